package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"
)

// A twin is one service: how its documents are made of its sources, and what is generated from them.
type twin struct {
	name  string
	docs  []document
	fetch func(f *fetcher, from []Source) (map[string]object, error)
	types func(*gen)
}

// A document is one OpenAPI document of a twin.
type document struct {
	file   string                              // its name in spec/ and internal/api/, without .json
	derive func(docs map[string]object) object // makes it of the twin's other documents; nil if it is in spec/
}

// twins are all services.
var twins = []twin{
	{"okta", openapi, fetchOkta, components},
	{"jira", []document{{file: "platform-v3"}, {file: "platform-v2", derive: jiraV2}, {file: "agile"}}, fetchJira, components},
	{"slack", openapi, fetchSlack, arguments},
	{"gdrive", openapi, fetchGoogle, components},
	{"gsheets", openapi, fetchGoogle, components},
	{"gdocs", openapi, fetchGoogle, components},
}

var openapi = []document{{file: "openapi"}}

// generate writes the Go files and embedded specs of the named twins, or of all, or with check says which would change.
func generate(root string, names []string, check bool) error {
	var changed []string
	for _, t := range twins {
		if len(names) > 0 && !slices.Contains(names, t.name) {
			continue
		}
		dir := filepath.Join(root, "twins", t.name)
		files, err := t.generate(filepath.Join(dir, "spec"))
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		api := filepath.Join(dir, "internal", "api")
		for _, name := range slices.Sorted(maps.Keys(files)) {
			path := filepath.Join(api, name)
			old, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if err == nil && bytes.Equal(old, files[name]) {
				continue
			}
			changed = append(changed, path)
			if check {
				continue
			}
			if err := os.MkdirAll(api, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, files[name], 0o644); err != nil {
				return err
			}
		}
	}
	if check && len(changed) > 0 {
		return fmt.Errorf("not as generated: %s", strings.Join(changed, ", "))
	}
	return nil
}

// generate returns a twin's generated files by name.
func (t twin) generate(specDir string) (map[string][]byte, error) {
	docs, err := t.load(specDir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	g := &gen{used: map[string]bool{"Operations": true, "Spec": true}}
	for _, d := range t.docs {
		b := writeSpec(docs[d.file])
		files[d.file+".json.gz"] = zip(b)
		doc, err := openapi3.NewLoader().LoadFromData(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.file, err)
		}
		if err := doc.Validate(context.Background()); err != nil {
			return nil, fmt.Errorf("%s: %w", d.file, err)
		}
		g.add(d, docs[d.file], doc)
	}
	t.types(g)
	if files["ops.gen.go"], err = source(g.operations(t)); err != nil {
		return nil, err
	}
	files["types.gen.go"], err = source(g.typesFile(t))
	return files, err
}

// load returns a twin's documents with the corrections of overlay.yaml: a merge patch on the only document,
// or one for each document by name.
func (t twin) load(specDir string) (map[string]object, error) {
	b, err := os.ReadFile(filepath.Join(specDir, "overlay.yaml"))
	if err != nil {
		return nil, err
	}
	overlay, err := readYAML(b)
	if err != nil {
		return nil, fmt.Errorf("overlay.yaml: %w", err)
	}
	docs := map[string]object{}
	for _, d := range t.docs {
		if d.derive != nil {
			docs[d.file] = d.derive(docs)
		} else {
			b, err := os.ReadFile(filepath.Join(specDir, d.file+".json"))
			if err != nil {
				return nil, err
			}
			if docs[d.file], err = readJSON(b); err != nil {
				return nil, fmt.Errorf("%s.json: %w", d.file, err)
			}
		}
		patch := overlay
		if len(t.docs) > 1 {
			patch = sub(overlay, d.file)
		}
		docs[d.file] = mergePatch(docs[d.file], patch).(object)
		if err := allowNulls(docs[d.file]); err != nil {
			return nil, fmt.Errorf("overlay.yaml: %w", err)
		}
	}
	return docs, nil
}

// readYAML reads a YAML document as if it were JSON.
func readYAML(b []byte) (object, error) {
	var v any
	if err := yaml.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	if v == nil {
		return object{}, nil
	}
	return readJSON(compact(v))
}

// zip compresses with nothing in the result but b.
func zip(b []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	z.Write(b) // into memory
	z.Close()
	return out.Bytes()
}

func source(b []byte) ([]byte, error) {
	f, err := format.Source(b)
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, b)
	}
	return f, nil
}
