package gdocs

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/internal/google/bed"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() *bed.Bed { return bed.Open(New) })

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", host().Stage)
	played, all := requestKinds(t)
	host().Count(t, api.Operations, map[string]any{"kinds": map[string]int{"passed": len(played), "of": len(all)}})
}

// requestKinds are the kinds of requests that a batch can have, and those of them that a script shows done.
func requestKinds(t *testing.T) (played, all []string) {
	scripts, err := filepath.Glob("internal/document/testdata/requests/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, name := range scripts {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for step := range strings.SplitSeq(string(b), "\n\n") {
			in, out, _ := strings.Cut(step, "----\n")
			if len(out) > 3 && strings.Contains("400 403 404 ", out[:4]) {
				continue // refused
			}
			for _, m := range regexp.MustCompile(`(?m)^\{"(\w+)"`).FindAllStringSubmatch(in, -1) {
				done[m[1]] = true
			}
		}
	}
	kinds := reflect.TypeFor[api.Request]()
	for i := range kinds.NumField() {
		name, _, _ := strings.Cut(kinds.Field(i).Tag.Get("json"), ",")
		if all = append(all, name); done[name] {
			played = append(played, name)
		}
	}
	return played, all
}

func TestEveryRequest(t *testing.T) {
	played, all := requestKinds(t)
	for _, kind := range all {
		if !slices.Contains(played, kind) {
			t.Errorf("no script shows %s done", kind)
		}
	}
	t.Logf("%d of %d kinds of requests", len(played), len(all))
}
