package gsheets

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/internal/google/bed"
	"twinset.dev/twins/internal/google/files"
)

// host is the one twin that all tests of this package share, and scene where they play; each works in a world of its own.
var (
	host = sync.OnceValue(func() *Sheets { scene(); return sheets })

	scene = sync.OnceValue(func() *bed.Bed {
		b := bed.Open(func(t *files.Table) *twin.Base { sheets = mount(t); return sheets.API.Base })
		b.Heard = coverage.Hear
		return b
	})
	sheets *Sheets
)

// coverage is what the scripts draw. Where a refusal's words are only what others say, there is nothing to look for.
var coverage = bed.Coverage{
	Words: map[string]int{"no": 0, "Invalid": 0, "Refuse": 1},
	Elsewhere: map[string]string{
		"sheets.batch":                "the tests of twins/google, where Docs' calls are in the batch too",
		"ui.":                         "TestPages, and the browser's tests",
		"Sign in and try again.":      "TestPages",
		"Unsupported export format: ": "TestPages",
		"This action would increase the number of cells": "TestTooManyCells",
		"This operation is not twinned: %s.":             "nothing: every kind is there, as TestEveryKind holds",
	},
}

// world forks a world of its own for one test.
func world(t testing.TB) (*Sheets, *twin.World) { return host(), scene().World(t) }

// stage is where scripts are played: see bed. $x50001 is so many letters, $budget a spreadsheet of ana's in which bo may write.
func stage(t *testing.T) twintest.Stage {
	w := scene().World(t)
	st := scene().In(w)
	st.Vars["x50001"] = strings.Repeat("x", 50001)
	if err := w.Update(func(c *twin.Call) error {
		for f := range host().ByName.All(c.Tx, "budget 2026") {
			st.Vars["budget"] = f.ID
		}
		host().Permissions.Put(c.Tx, files.Permission{File: st.Vars["budget"], ID: "bo", Type: "user", Email: "bo@acme.example", Role: files.Writer})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return st
}

func token(t testing.TB, w *twin.World, as string) string { return scene().Token(t, w, as) }

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	coverage.Check(t, host().Operations())
	done, all := requestKinds(t)
	scene().Count(t, api.Operations, map[string]any{"kinds": map[string]int{"passed": len(done), "of": len(all)}})
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

func TestEveryKind(t *testing.T) {
	done, all := requestKinds(t)
	for _, kind := range all {
		if !slices.Contains(done, kind) {
			t.Errorf("no script shows %s done", kind)
		}
	}
	t.Logf("%d of %d kinds of requests", len(done), len(all))
}
