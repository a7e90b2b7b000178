// Package testbed is where the tests of the twins play: one twin with the demo company in it and a clock that stands still,
// and a world of its own for each test.
package testbed

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/control"
	"twinset.dev/kit/spec"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/demo"
)

// Open mounts a twin for all tests of a package. It is 2 March 2026, half past nine in the morning, and stays so.
func Open(mount func(*twin.Host) *twin.Base) {
	h := twin.NewHost(twin.Options{Demo: demo.YAML, WorldSeed: 1})
	h.Schema.Check = true
	b := mount(h)
	if err := h.Open(); err != nil {
		panic(err)
	}
	control.Mount(b, b)
	w, _ := h.World(twin.DefaultWorld)
	if err := w.SetClock(clock.Clock{Frozen: true, At: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)}); err != nil {
		panic(err)
	}
	if err := w.Reseed(append([]byte("clock: {frozen: true, at: 2026-03-02T09:30:00Z}\n"), demo.YAML...), false); err != nil {
		panic(err)
	}
}

// World forks a world for one test, which is dropped with it.
func World(t testing.TB, b *twin.Base) *twin.World {
	t.Helper()
	w, _ := b.World(twin.DefaultWorld)
	f, err := b.Fork(w.Snapshot(), strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestScripts/"), "/", "-"), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Drop(f.Name()) })
	return f
}

// Handler answers for one world whatever names no other.
func Handler(b *twin.Base, w *twin.World) http.Handler {
	prefix := "/w/" + w.Name()
	return http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/w/") {
			r.URL.Path = prefix + r.URL.Path
		}
		b.Echo.ServeHTTP(res, r)
	})
}

// Count leaves what the scripts have counted for the scoreboard, if somebody waits for it, with what the twin alone counts.
func Count(t *testing.T, b *twin.Base, public []spec.Operation, schemaErrors int64, more map[string]any) {
	t.Helper()
	dir := os.Getenv("COUNTS")
	if dir == "" || t.Failed() {
		return
	}
	known := map[string]bool{}
	for _, op := range public {
		known[op.ID] = true
	}
	operations, beyond := map[twin.Level]int{}, map[twin.Level]int{}
	var rows []map[string]any
	for _, op := range b.Operations() {
		if known[op.ID] {
			operations[op.Level]++
		} else {
			beyond[op.Level]++
		}
		rows = append(rows, map[string]any{"id": op.ID, "fidelity": op.Level, "notes": op.Notes, "beyond": !known[op.ID]})
	}
	scripts, _ := filepath.Glob("testdata/*.txt")
	counts := map[string]any{
		"title": b.Title, "source": b.Source, "operations": operations, "beyond": beyond, "rows": rows,
		"schema_errors": schemaErrors, "scripts": map[string]int{"passed": len(scripts), "of": len(scripts)},
	}
	maps.Copy(counts, more)
	out, err := json.Marshal(counts)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, b.Service+".scripts.json"), out, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
