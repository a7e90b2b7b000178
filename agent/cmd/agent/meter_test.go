package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"twinset.dev/agent/llmtest"
)

// TestCaps stops what has become too dear: a task, and a pipeline at its last checkpoint, from which it goes on.
func TestCaps(t *testing.T) {
	dear := func(c llmtest.Conversation) llmtest.Step { // 2.50 dollars an answer
		step := llmtest.Step{Model: "claude-opus-4-6", Usage: &llmtest.Usage{In: 500_000}}
		if step.Say = "Done."; strings.Contains(c.Input(), "two") && c.Since() == 0 {
			step.Call = shell("true").Call
		}
		return step
	}
	got := code(t, "", dear, "two calls", "--work", t.TempDir(), "--model", "claude-opus-4-6", "--cap-run", "2.50")
	if got.exit != 2 || len(got.asked) != 1 || !regexp.MustCompile(`budget exceeded: run \S+ has spent \$2\.5000 of its \$2\.50`).MatchString(got.stderr) {
		t.Errorf("exit %d after %d calls\n%s", got.exit, len(got.asked), got.stderr)
	}
	dir := t.TempDir()
	graph := filepath.Join(dir, "g.dot")
	if err := os.WriteFile(graph, []byte(`digraph g { start [shape=Mdiamond] a [prompt="one"] b [prompt="one again"] done [shape=Msquare] start -> a -> b -> done }`), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "store")
	got = ask(t, "", dear, "run", graph, "--work", dir, "--store", store, "--model", "claude-opus-4-6", "--cap-run", "2")
	logs := regexp.MustCompile(`agent resume (\S+)`).FindStringSubmatch(got.stderr)
	if got.exit != 2 || len(got.asked) != 1 || logs == nil || !strings.Contains(got.stderr, "of its $2.00") {
		t.Fatalf("exit %d after %d calls\n%s%s", got.exit, len(got.asked), got.stdout, got.stderr)
	}
	got = ask(t, "", dear, "resume", logs[1], "--store", store, "--model", "claude-opus-4-6", "--cap-run", "2")
	if got.exit != 2 || len(got.asked) != 0 || !strings.Contains(got.stderr, "has spent $2.5000 of its $2.00") {
		t.Errorf("resumed under the same cap: exit %d after %d calls\n%s%s", got.exit, len(got.asked), got.stdout, got.stderr)
	}
	got = code(t, "", dear, "another task", "--work", t.TempDir(), "--store", store, "--model", "claude-opus-4-6", "--cap-day", "2")
	if got.exit != 2 || len(got.asked) != 0 || !strings.Contains(got.stderr, "day ") {
		t.Errorf("another task of the day: exit %d after %d calls\n%s", got.exit, len(got.asked), got.stderr)
	}
	got = ask(t, "", dear, "resume", logs[1], "--store", store, "--model", "claude-opus-4-6", "--cap-run", "10")
	if got.exit != 0 || len(got.asked) != 1 || !strings.Contains(got.stdout, "success") {
		t.Errorf("resumed: exit %d after %d calls\n%s%s", got.exit, len(got.asked), got.stdout, got.stderr)
	}
}

// TestTape records a task and does it again without asking anybody, elsewhere.
func TestTape(t *testing.T) {
	brain := func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{shell("echo hello > made"), {Say: "Made it."}}[c.Turn()]
	}
	tape := filepath.Join(t.TempDir(), "tape.jsonl")
	if got := code(t, "", brain, "make it", "--work", t.TempDir(), "--llm-mode", "record", "--tape", tape); got.exit != 0 || len(got.asked) != 2 {
		t.Fatalf("record: exit %d after %d calls\n%s", got.exit, len(got.asked), got.stderr)
	}
	work := t.TempDir()
	got := code(t, "", brain, "make it", "--work", work, "--llm-mode", "replay", "--tape", tape)
	if data, _ := os.ReadFile(filepath.Join(work, "made")); got.exit != 0 || len(got.asked) != 0 || got.stdout != "Made it.\n" || string(data) != "hello\n" {
		t.Errorf("replay: exit %d after %d calls\n%s%s", got.exit, len(got.asked), got.stdout, got.stderr)
	}
	if got := code(t, "", nil, "make it", "--work", t.TempDir(), "--llm-mode", "replay", "--tape", tape); got.exit != 0 || got.stdout != "Made it.\n" {
		t.Errorf("replay without keys: exit %d\n%s", got.exit, got.stderr)
	}
	got = code(t, "", brain, "make another", "--work", work, "--llm-mode", "replay", "--tape", tape)
	if got.exit != 2 || len(got.asked) != 0 || !strings.Contains(got.stderr, `make another`) {
		t.Errorf("another task: exit %d after %d calls\n%s", got.exit, len(got.asked), got.stderr)
	}
}

// TestMeterFlags refuses what makes no sense, before anything is asked.
func TestMeterFlags(t *testing.T) {
	sheet := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(sheet, []byte(`{"date":"2026-01-01","modles":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--cap-day", "-1"}, {"--prices", "/no/such"}, {"--prices", sheet}, {"--llm-mode", "replay"}, {"--tape", "x"},
		{"--llm-mode", "rewind", "--tape", "x"}, {"--llm-mode", "replay", "--tape", "/no/such"}} {
		got := code(t, "", llmtest.Null, append([]string{"task", "--work", t.TempDir()}, args...)...)
		if got.exit != 2 || len(got.asked) != 0 || !strings.HasPrefix(got.stderr, "agent: ") || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%v: exit %d, %s", args, got.exit, got.stderr)
		}
	}
}
