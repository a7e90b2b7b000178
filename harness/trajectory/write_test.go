package trajectory

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func record(id string) *Trajectory {
	at := time.Date(2026, 3, 6, 16, 40, 0, 0, time.UTC)
	return &Trajectory{
		ID: id, Scenario: "s", Subject: "reference", Twins: []string{"okta"}, Trial: 1, Seed: 7, Started: at, Ended: at, Termination: Completed, Player: Player{Kind: "scripted"},
		Events:   []Event{{N: 1, At: at, Actor: "user", Kind: "say", Text: "<hello>"}, {N: 2, At: at, Actor: "product", Kind: "say", Text: strings.Repeat("ö", 2500)}},
		Diff:     []Change{{Twin: "okta", Collection: "users", Key: "hana", Kind: "created", After: []byte("1")}},
		Checks:   []Check{{Name: "x", Group: "final_state", Result: "pass"}},
		Verdicts: []Verdict{{Judge: "j", Satisfied: true, Criteria: []Finding{{Criterion: "must-1", Met: "met"}}}},
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	a, b := record("a.1"), record("b.1")
	if err := Write(dir, b, ""); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, a, b.SHA); err != nil {
		t.Fatal(err)
	}
	all, err := ReadAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := all, []*Trajectory{b, a}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got[0], want[0])
	}
	whole, err := os.ReadFile(filepath.Join(dir, "a.1", "blobs", a.Events[1].Blob))
	if err != nil || string(whole) != strings.Repeat("ö", 2500) || len([]rune(a.Events[1].Text)) != 2000 {
		t.Errorf("the long text is not kept whole: %v", err)
	}

	a.Verdicts = nil
	if err := WriteVerdicts(dir, a); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(filepath.Join(dir, "a.1")); err != nil || got.Verdicts != nil {
		t.Errorf("judged again: %v, %v", got.Verdicts, err)
	}
}

// TestSeal changes a record behind its back, in each of its files, and takes one out of the chain.
func TestSeal(t *testing.T) {
	for _, c := range []struct{ file, old, new string }{
		{"trajectory.json", `"completed"`, `"crash"`},
		{"events.jsonl", "<hello>", "<goodbye>"},
		{"diff.json", "hana", "emre"},
		{"checks.json", `"pass"`, `"fail"`},
	} {
		dir := t.TempDir()
		if err := Write(dir, record("a.1"), ""); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "a.1", c.file)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(b), c.old, c.new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAll(dir); !errors.Is(err, ErrSeal) {
			t.Errorf("%s changed: %v", c.file, err)
		}
	}
	dir, prev := t.TempDir(), ""
	for _, id := range []string{"a.1", "b.1", "c.1"} {
		r := record(id)
		if err := Write(dir, r, prev); err != nil {
			t.Fatal(err)
		}
		prev = r.SHA
	}
	if err := os.RemoveAll(filepath.Join(dir, "b.1")); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAll(dir); !errors.Is(err, ErrSeal) {
		t.Errorf("one taken out: %v", err)
	}
}
