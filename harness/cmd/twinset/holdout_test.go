package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A pool is made, filled, looked into and logged from the command line; a log with a line missing exits with 1.
func TestHoldoutCommands(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TWINSET_SCENARIOS", filepath.Join(dir, "place"))
	t.Setenv("TWINSET_KEY", filepath.Join(dir, "key"))
	do := func(args ...string) (string, error) {
		root := rootCommand()
		var out bytes.Buffer
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs(append([]string{"holdout"}, args...))
		err := root.ExecuteContext(t.Context())
		return out.String(), err
	}
	open, err := os.ReadFile("../../../scenarios/oncall-approval.md")
	if err != nil {
		t.Fatal(err)
	}
	draft := filepath.Join(dir, "draft.md")
	if err := os.WriteFile(draft, bytes.Replace(open, []byte("pool: open"), []byte("pool: sealed"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		want string
		fail bool
	}{
		{[]string{"init"}, "TWINSET_KEY=", false},
		{[]string{"seal", "../../../scenarios/oncall-approval.md"}, "", true}, // it is open
		{[]string{"seal", draft, "--why", "first"}, "1 files sealed", false},
		{[]string{"open", "draft.md"}, "", true}, // no reason
		{[]string{"open", "draft.md", "--why", "curious"}, "# Story", false},
		{[]string{"log"}, "curious", false},
		{[]string{"verify"}, "2 lines, unbroken", false},
	} {
		out, err := do(step.args...)
		if (err != nil) != step.fail || !strings.Contains(out, step.want) {
			t.Errorf("holdout %v: %v, %q", step.args, err, out)
		}
	}
	path := filepath.Join(dir, "place", "access.log")
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, log[bytes.IndexByte(log, '\n')+1:], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := do("verify"); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a line was taken out: %v", err)
	}
}
