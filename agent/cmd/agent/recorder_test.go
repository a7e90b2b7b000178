package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/llmtest"
	"twinset.dev/agent/record"
)

// recorded counts what a store holds.
func recorded(t *testing.T, dir string) (calls []record.LLMCall, tools []record.ToolCall, stages []record.StageFinished, runs []record.RunStarted, ends []record.RunFinished) {
	t.Helper()
	api, done, err := cxdb.Connect(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	for _, err := range []error{all(t, api, &calls), all(t, api, &tools), all(t, api, &stages), all(t, api, &runs), all(t, api, &ends)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return calls, tools, stages, runs, ends
}

func all[R record.Record](t *testing.T, api cxdb.API, into *[]R) (err error) {
	*into, err = record.All[R](t.Context(), api)
	return err
}

const twoStages = `digraph Two { goal="have it made"
	start [shape=Mdiamond]; done [shape=Msquare]
	write [prompt="write it", llm_model="claude-x", class="code"]
	check [prompt="check it", llm_model="gpt-x"]
	start -> write -> check -> done }`

// Every use of a model and of a tool is in the store, under its run and stage, and so is how it all ended.
func TestRunIsRecorded(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "two.dot")
	if err := os.WriteFile(file, []byte(twoStages), 0o644); err != nil {
		t.Fatal(err)
	}
	got := ask(t, "", func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{shell("echo hello"), {Say: "Made it."}}[c.Turn()]
	}, "run", file, "--work", t.TempDir(), "--store", dir)
	if got.exit != 0 {
		t.Fatalf("exit %d\n%s\n%s", got.exit, got.stdout, got.stderr)
	}
	calls, tools, stages, runs, ends := recorded(t, dir)
	if len(calls) != len(got.asked) || len(calls) != 4 || len(tools) != 2 {
		t.Errorf("%d calls and %d tools recorded, %d made", len(calls), len(tools), len(got.asked))
	}
	if c := calls[0]; c.Stage != "write" || c.Use != "code" || c.Run != runs[0].Run || c.Purpose != "build" || c.In == 0 || c.Requested != "claude-x" || c.Session == "" {
		t.Errorf("call %+v", c)
	}
	if !strings.Contains(tools[0].Args, "echo hello") || tools[0].Bytes == 0 || tools[0].Stage != "write" {
		t.Errorf("tool %+v", tools[0])
	}
	total := int64(0)
	for _, s := range stages {
		total += s.Calls
	}
	if total != 4 || len(runs) != 1 || runs[0].Pipeline != "Two" || runs[0].Goal != "have it made" || len(ends) != 1 || ends[0].Status != "success" {
		t.Errorf("%d calls in stages, runs %+v, ends %+v", total, runs, ends)
	}
}

func TestCodeIsRecorded(t *testing.T) {
	dir := t.TempDir()
	got := code(t, "", func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{shell("echo hello"), {Say: "Made it."}}[c.Turn()]
	}, "make it", "--work", t.TempDir(), "--store", dir)
	calls, tools, _, runs, ends := recorded(t, dir)
	if got.exit != 0 || len(calls) != 2 || len(tools) != 1 || len(runs) != 1 || runs[0].Goal != "make it" || len(ends) != 1 || ends[0].Status != "success" {
		t.Errorf("exit %d, %d calls, %d tools, runs %+v, ends %+v\n%s", got.exit, len(calls), len(tools), runs, ends, got.stderr)
	}
}

// A run that was interrupted goes on in the same context.
func TestResumeIsRecorded(t *testing.T) {
	dir, work, logs, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "logs"), filepath.Join(t.TempDir(), "two.dot")
	if err := os.WriteFile(file, []byte(twoStages), 0o644); err != nil {
		t.Fatal(err)
	}
	interrupt := func(c llmtest.Conversation) llmtest.Step {
		if strings.Contains(c.Input(), "check it") {
			child.Load().Signal(os.Interrupt)
			return llmtest.Step{Say: "never heard", Fault: &llmtest.Fault{Hang: true}}
		}
		return llmtest.Step{Say: "ok"}
	}
	if got := ask(t, "", interrupt, "run", file, "--work", work, "--logs", logs, "--store", dir); got.exit != 2 || !strings.Contains(got.stderr, "agent resume "+logs) {
		t.Fatalf("exit %d\n%s", got.exit, got.stderr)
	}
	ok := func(llmtest.Conversation) llmtest.Step { return llmtest.Step{Say: "ok"} }
	if got := ask(t, "", ok, "resume", logs, "--store", dir); got.exit != 0 {
		t.Fatalf("exit %d\n%s", got.exit, got.stderr)
	}
	calls, _, stages, runs, ends := recorded(t, dir)
	if len(runs) != 1 || len(ends) != 2 || ends[0].Status != "stopped" || ends[1].Status != "success" || len(calls) != 3 || len(stages) < 3 {
		t.Errorf("runs %+v, ends %+v, %d calls, %d stages", runs, ends, len(calls), len(stages))
	}
}

func TestStoreThatCannotBeOpened(t *testing.T) {
	got := code(t, "", func(llmtest.Conversation) llmtest.Step { return llmtest.Step{Say: "ok"} }, "make it", "--work", t.TempDir(), "--store", "http://127.0.0.1:1")
	if got.exit != 2 || len(got.asked) > 0 && !strings.Contains(got.stderr, "the record is not complete") {
		t.Errorf("exit %d: %s", got.exit, got.stderr)
	}
}
