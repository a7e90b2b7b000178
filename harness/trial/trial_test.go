package trial

import (
	"encoding/json"
	"testing"

	"twinset.dev/harness/check"
	"twinset.dev/harness/scenario"
)

const folder = "../../scenarios"

// TestReference plays every open scenario with the reference subject, which all checks must find right.
func TestReference(t *testing.T) {
	all, err := scenario.ReadAll(folder)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Options{Subject: Reference{}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, s := range all {
		got := r.Run(t.Context(), Job{s, 1})
		b, _ := json.MarshalIndent(map[string]any{"t": got, "events": got.Events, "diff": got.Diff, "checks": got.Checks}, "", " ")
		t.Logf("%s", b)
		if !check.Passed(got.Checks) || got.Termination != "completed" {
			t.Errorf("%s", s.ID)
		}
	}
}
