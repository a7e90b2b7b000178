package gsheets

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"twinset.dev/kit/spec/check"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/identity"
	"twinset.dev/twins/internal/testbed"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() (s *Sheets) {
	testbed.Open(func(h *twin.Host) *twin.Base { s = mount(files.New(identity.New(h))); return s.API.Base })
	return s
})

// world forks a world of its own for one test.
func world(t testing.TB) (*Sheets, *twin.World) { return host(), testbed.World(t, host().API.Base) }

// stage is where scripts are played. as=ana is ana's ready-made token.
func stage(t *testing.T) twintest.Stage {
	s, w := world(t)
	return twintest.Stage{
		Handler: testbed.Handler(s.API.Base, w),
		Token:   func(t *testing.T, as string) string { return token(w, s, as) },
		Seen:    seen,
		Vars:    map[string]string{"x50001": strings.Repeat("x", 50001)},
	}
}

func token(w *twin.World, s *Sheets, as string) (token string) {
	w.View(func(c *twin.Call) error {
		token = s.Ready(c, as+"@acme.example")
		return nil
	})
	return token
}

var (
	schemaErrors atomic.Int64
	checker      = sync.OnceValue(func() *check.Checker { return check.New(api.Spec) })
)

// seen notes every answer of a script, and holds the good ones against the public specification.
func seen(t *testing.T, x twintest.Exchange) {
	if x.Status >= 300 || x.Status == http.StatusNoContent || !strings.HasPrefix(x.Path, "/v4/") {
		return
	}
	for _, op := range host().Operations() {
		if op.Method != x.Method || !fits(op.Path, x.Path) {
			continue
		}
		for _, err := range checker().Response(op.ID, x.Status, x.Type, x.Body) {
			schemaErrors.Add(1)
			t.Logf("%s: differs from the schema: %v", x.Script, err)
		}
		return
	}
}

// fits reports whether a path is one of a template with {parameters} and a verb behind the last of them.
func fits(template, path string) bool {
	verb := func(s string) (string, string) {
		if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') && !strings.Contains(s[i:], "!") {
			return s[:i], s[i:]
		}
		return s, ""
	}
	template, tv := verb(template)
	if tv != "" {
		var ok bool
		if path, ok = strings.CutSuffix(path, tv); !ok {
			return false
		}
	} else if _, pv := verb(path); pv != "" && pv[1:] == strings.ToLower(pv[1:2])+pv[2:] && len(pv) > 3 {
		return false
	}
	a, b := strings.Split(template, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	done, all := requestKinds(t)
	testbed.Count(t, host().API.Base, api.Operations, schemaErrors.Load(), map[string]any{"kinds": map[string]int{"passed": len(done), "of": len(all)}})
}

// requestKinds are the kinds of requests that a batchUpdate can have, and those of them that a script shows done.
func requestKinds(t *testing.T) (done, all []string) {
	scripts, err := filepath.Glob("testdata/batch_*.txt")
	if err != nil {
		t.Fatal(err)
	}
	played := map[string]bool{}
	for _, name := range scripts {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for step := range strings.SplitSeq(string(b), "\n\n") {
			asked, answered, _ := strings.Cut(step, "----\n")
			if !strings.HasPrefix(answered, "200") {
				continue
			}
			for _, kind := range regexp.MustCompile(`(?m)\{"(\w+)": \{`).FindAllStringSubmatch(asked, -1) {
				played[kind[1]] = true
			}
		}
	}
	of := reflect.TypeFor[api.Request]()
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if all = append(all, name); played[name] && kinds[name] != nil {
			done = append(done, name)
		}
	}
	return done, all
}

// refused are the kinds that no spreadsheet of a twin can have done, and why: a script holds their refusals.
var refused = map[string]string{"addDataSource": "a twin does not reach BigQuery", "updateDataSource": "there is no data source", "deleteDataSource": "there is no data source"}

func TestEveryKind(t *testing.T) {
	done, all := requestKinds(t)
	for _, kind := range all {
		if !slices.Contains(done, kind) && refused[kind] == "" {
			t.Errorf("no script shows %s done", kind)
		}
	}
	t.Logf("%d of %d kinds of requests", len(done), len(all))
}
