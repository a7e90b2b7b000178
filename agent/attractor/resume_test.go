package attractor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// interrupted plays a pipeline until a node's stage begins, and cancels it there.
func interrupted(t *testing.T, src, at string) Options {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	o := Options{Logs: filepath.Join(dir, "run"), Work: dir, Clock: newClock(), Seed: 7, Backend: &scripted{}, Observe: func(ev Event) {
		if ev.Kind == StageStarted && ev.Node == at {
			cancel()
		}
	}}
	res, err := New(o).Run(ctx, []byte(src))
	if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) || slices.Contains(res.Path, at) {
		t.Fatalf("%+v, %v", res, err)
	}
	return o
}

const chain = `digraph Chain { s [shape=Mdiamond] e [shape=Msquare] a [prompt=a] b [prompt=b, fidelity=full, thread_id=t] c [prompt=c, fidelity=full, thread_id=t] s -> a -> b -> c -> e }`

func TestResume(t *testing.T) {
	t.Run("cancelled", func(t *testing.T) {
		o := interrupted(t, chain, "b")
		backend := &scripted{}
		seen := &observed{}
		res, err := New(Options{Logs: o.Logs, Clock: newClock(), Backend: backend, Observe: seen.add}).Resume(t.Context())
		if err != nil || res.Status != Success || strings.Join(res.Path, " ") != "s a b c e" {
			t.Fatalf("%+v, %v", res, err)
		}
		// The session is gone: once, the past is told in words.
		if len(backend.prompts) != 2 || !strings.HasPrefix(backend.prompts[0], "## b fidelity=summary:high thread=\nRun: run\nStages:") || !strings.HasPrefix(backend.prompts[1], "## c fidelity=full thread=t\n") {
			t.Errorf("prompts %q", backend.prompts)
		}
		events, err := ReadEvents(o.Logs)
		if err != nil || events[len(events)-1].Seq != len(events) || !slices.Contains(kinds(events), "pipeline_resumed ") || seen.events[0].Kind != PipelineResumed {
			t.Errorf("%v, %v", kinds(events), err)
		}
		again, err := New(Options{Logs: o.Logs, Clock: newClock(), Backend: backend}).Resume(t.Context())
		if err != nil || again.Status != Success || strings.Join(again.Path, " ") != "s a b c e" || len(backend.prompts) != 2 {
			t.Errorf("a finished run was run again: %+v, %v", again, err)
		}
	})
	t.Run("final checkpoint", func(t *testing.T) {
		_, _, o := run(t, chain, nil)
		cp, err := LoadCheckpoint(o.Logs)
		if err != nil || cp.CurrentNode != "e" || cp.Status != "success" || cp.NextNode != "" || strings.Join(cp.Completed, " ") != "s a b c e" || cp.Schema != 1 || cp.RunID != "run" || cp.Outcomes["a"].Status != Success || cp.Visits["a"] != 1 || len(cp.Logs) != 5 {
			t.Errorf("%+v, %v", cp, err)
		}
	})
	t.Run("changed graph", func(t *testing.T) {
		o := interrupted(t, chain, "b")
		if err := os.WriteFile(filepath.Join(o.Logs, "graph.dot"), []byte(strings.Replace(chain, "prompt=c", "prompt=d", 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{Logs: o.Logs, Clock: newClock()}).Resume(t.Context()); err == nil || !strings.Contains(err.Error(), "changed") {
			t.Errorf("got %v", err)
		}
		if res, err := New(Options{Logs: o.Logs, Clock: newClock(), Force: true}).Resume(t.Context()); err != nil || res.Status != Success {
			t.Errorf("forced: %+v, %v", res, err)
		}
		o = interrupted(t, chain, "b")
		os.WriteFile(filepath.Join(o.Logs, "graph.dot"), []byte(`digraph G { s [shape=Mdiamond] e [shape=Msquare] s -> e }`), 0o644)
		if _, err := New(Options{Logs: o.Logs, Force: true}).Resume(t.Context()); err == nil || !strings.Contains(err.Error(), "next node b is not in the graph") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nothing there", func(t *testing.T) {
		if _, err := New(Options{Logs: t.TempDir()}).Resume(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing to resume") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("directory taken", func(t *testing.T) {
		_, _, o := run(t, chain, nil)
		if _, err := New(Options{Logs: o.Logs}).Run(t.Context(), []byte(chain)); err == nil || !strings.Contains(err.Error(), "holds a run already") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("in use", func(t *testing.T) {
		var second error
		_, _, _ = run(t, one("type=mine"), answers(func(s *Stage) (*Outcome, error) {
			_, second = New(Options{Logs: s.Logs}).Resume(t.Context())
			return &Outcome{Status: Success}, nil
		}))
		if second == nil || !strings.Contains(second.Error(), "another process runs in it") {
			t.Errorf("got %v", second)
		}
	})
	t.Run("broken checkpoint", func(t *testing.T) {
		o := interrupted(t, chain, "b")
		os.WriteFile(filepath.Join(o.Logs, "checkpoint.json"), []byte(`{"schema":9}`), 0o644)
		if _, err := New(Options{Logs: o.Logs}).Resume(t.Context()); err == nil || !strings.Contains(err.Error(), "schema 9") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("half a line of events", func(t *testing.T) {
		o := interrupted(t, chain, "b")
		before, _ := ReadEvents(o.Logs)
		f, _ := os.OpenFile(filepath.Join(o.Logs, "events.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
		f.WriteString(`{"seq":99,"ki`)
		f.Close()
		if _, err := New(Options{Logs: o.Logs, Clock: newClock()}).Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, err := ReadEvents(o.Logs)
		if err != nil || after[len(before)].Seq != len(before)+1 {
			t.Errorf("%v", err)
		}
	})
	t.Run("experiment keeps its arm", func(t *testing.T) {
		src := strings.Replace(chain, "digraph Chain {", `digraph Chain { model_stylesheet="* { llm_model: x | y; }"`, 1)
		models := map[string]string{}
		note := func(ev Event) {
			if ev.Params != nil {
				models[ev.Node] += ev.Params.Model
			}
		}
		o := interrupted(t, src, "c")
		events, _ := ReadEvents(o.Logs)
		for _, ev := range events {
			note(ev)
		}
		New(Options{Logs: o.Logs, Clock: newClock(), Observe: note}).Resume(t.Context())
		if models["c"] != "xx" && models["c"] != "yy" {
			t.Errorf("models %v", models)
		}
	})
}

// TestRestoreKeepsWhatWasThere resumes over a work tree that a person has changed: the change is kept under a ref.
func TestRestoreKeepsWhatWasThere(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	repository(t, work)
	o := Options{Logs: filepath.Join(work, "logs", "run"), Work: work, Clock: newClock(), Observe: func(ev Event) {
		if ev.Kind == StageStarted && ev.Node == "b" {
			cancel()
		}
	}}
	src := `digraph G { s [shape=Mdiamond] e [shape=Msquare] a [shape=parallelogram, tool_command="echo a >> log.txt"] b [shape=parallelogram, tool_command="cat log.txt"] s -> a -> b -> e }`
	if _, err := New(o).Run(ctx, []byte(src)); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(work, "log.txt"), []byte("mine\n"), 0o644)
	os.WriteFile(filepath.Join(work, "new.txt"), []byte("mine\n"), 0o644)
	seen := &observed{}
	res, err := New(Options{Logs: o.Logs, Clock: newClock(), Observe: seen.add}).Resume(t.Context())
	if err != nil || res.Context["tool.output"] != "log.txt\na\n" || !strings.Contains(seen.events[0].Text, "kept as refs/attractor/run/before-resume") {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := os.Stat(filepath.Join(work, "new.txt")); err == nil {
		t.Error("new.txt is still there")
	}
	for _, name := range []string{"log.txt", "new.txt"} {
		if got := git(t, work, "show", "refs/attractor/run/before-resume:"+name); got != "mine" {
			t.Errorf("%s was not kept: %s", name, got)
		}
	}
	if got := git(t, work, "status", "--porcelain"); got != "M log.txt" {
		t.Errorf("status %q: the run's own directory must not show", got)
	}
}

// TestStopError stops a run at its checkpoint as a spent budget does.
func TestStopError(t *testing.T) {
	dir := t.TempDir()
	budget := errors.New("budget exceeded")
	o := Options{Logs: filepath.Join(dir, "run"), Work: dir, Clock: newClock(), Backend: backendFunc(func(s *Stage) (Reply, error) {
		if s.Node.ID == "b" {
			return Reply{}, errors.Join(ErrStop, budget)
		}
		return Reply{Text: "ok"}, nil
	})}
	res, err := New(o).Run(t.Context(), []byte(chain))
	if !errors.Is(err, ErrStopped) || !errors.Is(err, budget) || strings.Join(res.Path, " ") != "s a" {
		t.Fatalf("%+v, %v", res, err)
	}
	o.Backend = &scripted{}
	if res, err = New(o).Resume(t.Context()); err != nil || res.Status != Success {
		t.Errorf("%+v, %v", res, err)
	}
}
