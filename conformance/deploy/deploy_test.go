// Package deploy holds what deploys the twins against the APIs that it is written for.
package deploy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	yamlstream "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const folder = "../../deploy"

// images are those that the project makes; others are named with a version.
var images = []string{"twinset/universe"}

func imageNamed(image string) bool {
	_, version, _ := strings.Cut(image, ":")
	return slices.Contains(images, image) || version != "" && version != "latest"
}

// TestCompose reads the compose file as docker compose does, with every profile.
func TestCompose(t *testing.T) {
	o, err := cli.NewProjectOptions([]string{filepath.Join(folder, "compose.yaml")}, cli.WithProfiles([]string{"*"}), cli.WithInterpolation(true))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(p.Services)); !slices.Equal(got, []string{"queue", "run", "universe", "worker"}) {
		t.Errorf("services %v", got)
	}
	for name, s := range p.Services {
		if !imageNamed(s.Image) || !slices.Contains(s.CapDrop, "ALL") {
			t.Errorf("%s: image %q, drops %v", name, s.Image, s.CapDrop)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to the network", name, port.Published)
			}
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeVolume && p.Volumes[v.Source].Name == "" {
				t.Errorf("%s: there is no volume %s", name, v.Source)
			}
			if _, err := os.Stat(v.Source); v.Type == types.VolumeTypeBind && v.ReadOnly && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// An object is a manifest, as far as all of them are alike.
type object struct {
	kind, name string
	labels     map[string]string // of its pods
	selector   map[string]string
	pods       *corev1.PodSpec
	ports      []corev1.ServicePort
}

// TestKubernetes reads the manifests with the types of the API they name, strictly: a field that there is not is an error. What one
// names in another is there.
func TestKubernetes(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(folder, "kubernetes", "*.yaml"))
	if len(files) == 0 {
		t.Fatal("no manifests")
	}
	var all []object
	for _, file := range files {
		for _, o := range manifests(t, file) {
			all = append(all, o)
			if o.pods != nil {
				podsAreSound(t, file, o)
			}
		}
	}
	for _, s := range all {
		if s.kind != "Service" {
			continue
		}
		i := slices.IndexFunc(all, func(o object) bool { return o.pods != nil && within(s.selector, o.labels) })
		if i < 0 {
			t.Errorf("service %s selects nobody", s.name)
			continue
		}
		for _, p := range s.ports {
			if !slices.ContainsFunc(all[i].pods.Containers[0].Ports, func(c corev1.ContainerPort) bool { return c.Name == p.TargetPort.StrVal }) {
				t.Errorf("service %s: %s has no port %s", s.name, all[i].name, p.TargetPort.StrVal)
			}
		}
	}
}

func manifests(t *testing.T, file string) (list []object) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := yamlstream.NewYAMLReader(bufio.NewReader(bytes.NewReader(src)))
	for {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		var of struct {
			APIVersion, Kind string
			Metadata         struct{ Name string }
		}
		if err := yaml.Unmarshal(doc, &of); err != nil {
			t.Fatal(err)
		}
		o := object{kind: of.Kind, name: of.Metadata.Name}
		strict := func(v any) {
			if err := yaml.UnmarshalStrict(doc, v); err != nil {
				t.Errorf("%s: %s %s: %v", file, of.Kind, o.name, err)
			}
		}
		switch of.APIVersion + " " + of.Kind {
		case "v1 Service":
			var s corev1.Service
			strict(&s)
			o.selector, o.ports = s.Spec.Selector, s.Spec.Ports
		case "apps/v1 Deployment":
			var d appsv1.Deployment
			strict(&d)
			o.selector, o.labels, o.pods = d.Spec.Selector.MatchLabels, d.Spec.Template.Labels, &d.Spec.Template.Spec
		case "apps/v1 StatefulSet":
			var s appsv1.StatefulSet
			strict(&s)
			o.selector, o.labels, o.pods = s.Spec.Selector.MatchLabels, s.Spec.Template.Labels, &s.Spec.Template.Spec
			for _, c := range s.Spec.VolumeClaimTemplates {
				o.pods.Volumes = append(o.pods.Volumes, corev1.Volume{Name: c.Name})
			}
		case "batch/v1 Job":
			var j batchv1.Job
			strict(&j)
			o.labels, o.pods = j.Spec.Template.Labels, &j.Spec.Template.Spec
		default:
			t.Errorf("%s: %s %s is not known here", file, of.APIVersion, of.Kind)
		}
		list = append(list, o)
	}
}

// podsAreSound checks what the API server would, and what it would let pass.
func podsAreSound(t *testing.T, file string, o object) {
	t.Helper()
	bad := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: %s: "+format, append([]any{file, o.name}, args...)...)
	}
	if !within(o.selector, o.labels) {
		bad("its selector is not its pods'")
	}
	if sc := o.pods.SecurityContext; sc == nil || sc.RunAsNonRoot == nil || !*sc.RunAsNonRoot {
		bad("it may run as root")
	}
	for _, c := range o.pods.Containers {
		if !imageNamed(c.Image) {
			bad("image %q", c.Image)
		}
		if c.SecurityContext == nil || c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
			bad("its image is not read-only")
		}
		if c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
			bad("it says nothing of memory")
		}
		for _, m := range c.VolumeMounts {
			if !slices.ContainsFunc(o.pods.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name }) {
				bad("there is no volume %s", m.Name)
			}
		}
		for _, p := range []*corev1.Probe{c.ReadinessProbe, c.LivenessProbe} {
			if p != nil && !slices.ContainsFunc(c.Ports, func(port corev1.ContainerPort) bool { return port.Name == p.HTTPGet.Port.StrVal }) {
				bad("a probe asks port %s", p.HTTPGet.Port.StrVal)
			}
		}
	}
}

// within reports whether all labels of a selector are among others.
func within(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}
