package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twinset.dev/agent/llmtest"
)

// reported are the calls of a store as each report counts them.
func reported(t *testing.T, store string) (weather, spend, simulated int) {
	t.Helper()
	var w struct{ Calls struct{ Total int } }
	var s struct{ Week, Simulated struct{ Calls int } }
	for command, into := range map[string]any{"weather": &w, "spend": &s} {
		got := ask(t, "", nil, command, "--format", "json", "--store", store)
		if err := json.Unmarshal([]byte(got.stdout), into); err != nil || got.exit != 0 {
			t.Fatalf("%s: exit %d, %v\n%s%s", command, got.exit, err, got.stdout, got.stderr)
		}
	}
	return w.Calls.Total, s.Week.Calls, s.Simulated.Calls
}

// TestReportsAgree runs a pipeline with tools and a retry: weather, spend, the store and the model's own server count the same calls.
func TestReportsAgree(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "two.dot")
	if err := os.WriteFile(file, []byte(strings.Replace(twoStages, `class="code"`, `class="code", max_retries=1`, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	failed := false
	got := ask(t, "", func(c llmtest.Conversation) llmtest.Step {
		switch {
		case c.Turn() == 0:
			return shell("echo hello")
		case !failed:
			failed = true
			return llmtest.Step{Say: `{"outcome": "fail", "failure_reason": "not yet"}`}
		}
		return llmtest.Step{Say: "Made it."}
	}, "run", file, "--work", t.TempDir(), "--store", dir)
	if got.exit != 0 {
		t.Fatalf("exit %d\n%s\n%s", got.exit, got.stdout, got.stderr)
	}
	stored, _, _, _, _ := recorded(t, dir)
	weather, spent, simulated := reported(t, dir)
	if n := len(got.asked); n != 6 || weather != n || spent+simulated != n || len(stored) != n {
		t.Errorf("the model was asked %d times; weather says %d, spend %d and %d simulated, the store %d", n, weather, spent, simulated, len(stored))
	}
	list := ask(t, "", nil, "cxdb", "ls", "--store", dir)
	if !strings.Contains(list.stdout, "Two: attempt 2 at write") || strings.Count(list.stdout, "\n") != 3 {
		t.Errorf("the retry is no fork:\n%s%s", list.stdout, list.stderr)
	}
	if v := ask(t, "", nil, "cxdb", "verify", "--store", dir); v.exit != 0 || !strings.HasSuffix(v.stdout, " 0 problems\n") {
		t.Errorf("%s%s", v.stdout, v.stderr)
	}
}

// TestDaysCap counts what commands before have spent today.
func TestDaysCap(t *testing.T) {
	dear := func(llmtest.Conversation) llmtest.Step { // 2.50 dollars an answer
		return llmtest.Step{Say: "Done.", Model: "claude-opus-4-6", Usage: &llmtest.Usage{In: 500_000}}
	}
	store := t.TempDir()
	for i, calls := range []int{1, 1, 0} {
		got := code(t, "", dear, "a task", "--work", t.TempDir(), "--model", "claude-opus-4-6", "--cap-day", "4", "--store", store)
		if len(got.asked) != calls || (got.exit == 2) != (calls == 0) {
			t.Errorf("command %d: exit %d after %d calls\n%s", i+1, got.exit, len(got.asked), got.stderr)
		}
	}
}
