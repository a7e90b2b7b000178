package codergen

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"twinset.dev/agent/attractor"
	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/anthropic"
	"twinset.dev/agent/llm/openai"
	"twinset.dev/agent/llmtest"
	"twinset.dev/agent/loop"
)

// A rig runs pipelines whose model is a brain.
type rig struct {
	*testing.T
	Backend
	work, logs string
	mu         sync.Mutex
	asked      []llmtest.Conversation
	events     []attractor.Event
}

func start(t *testing.T, brain llmtest.Brain) *rig {
	r := &rig{T: t, work: t.TempDir(), logs: t.TempDir()}
	var models llmtest.Server
	models.Think(t.Name(), func(c llmtest.Conversation) llmtest.Step {
		r.mu.Lock()
		r.asked = append(r.asked, c)
		r.mu.Unlock()
		return brain(c)
	})
	web := httptest.NewServer(&models)
	t.Cleanup(web.Close)
	r.LLM = llm.NewClient(map[string]llm.Caller{
		"anthropic": anthropic.New(llm.Endpoint{Key: t.Name(), BaseURL: web.URL}),
		"openai":    openai.New(llm.Endpoint{Key: t.Name(), BaseURL: web.URL + "/v1"}),
	}, "")
	r.Config.Retry = &llm.RetryPolicy{}
	r.Environment = func(s *attractor.Stage) (loop.Environment, error) { return loop.NewLocal(s.Work) }
	t.Cleanup(r.Close)
	return r
}

// run runs a pipeline: the nodes and edges between start and done.
func (r *rig) run(ctx context.Context, body string) (*attractor.Result, error) {
	e := attractor.New(attractor.Options{Logs: r.logs, Work: r.work, RunID: "run", Backend: &r.Backend, Goal: "ship it",
		Observe: func(ev attractor.Event) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.events = append(r.events, ev)
		}})
	return e.Run(ctx, []byte("digraph T { start [shape=Mdiamond]; done [shape=Msquare]; node [llm_model=\"gpt-test\"]\n"+body+"\n}"))
}

func (r *rig) ok(body string) *attractor.Result {
	r.Helper()
	res, err := r.run(r.Context(), body)
	if err != nil || res.Status != attractor.Success {
		r.Fatalf("%+v, %v", res, err)
	}
	return res
}

func call(name string, args map[string]any) llmtest.Step {
	return llmtest.Step{Call: []llmtest.Call{{Name: name, Args: args}}}
}

func shell(command string) llmtest.Step { return call("shell", map[string]any{"command": command}) }

// A stage is a session in the work tree: the model's tools act there.
func TestStage(t *testing.T) {
	r := start(t, func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{shell("echo hello > hello.txt"), {Say: "Written."}}[c.Turn()]
	})
	var seen []loop.EventKind
	r.Observe = func(s *attractor.Stage, e loop.Event) {
		if s.Node.ID != "write" {
			t.Errorf("%s at %s", e.Kind, s.Node.ID)
		}
		seen = append(seen, e.Kind)
	}
	res := r.ok(`write [prompt="Write for: $goal"]; start -> write -> done`)
	if data, err := os.ReadFile(r.work + "/hello.txt"); string(data) != "hello\n" {
		t.Errorf("%q, %v", data, err)
	}
	if data, err := os.ReadFile(filepath.Join(r.logs, "write", "response.md")); string(data) != "Written." {
		t.Errorf("response %q, %v", data, err)
	}
	if !strings.Contains(r.asked[0].Input(), "Write for: ship it") || res.Context["last_response"] != "Written." {
		t.Errorf("asked %q, context %v", r.asked[0].Input(), res.Context)
	}
	if seen[0] != loop.SessionStart || seen[len(seen)-1] != loop.SessionEnd {
		t.Errorf("events %v", seen)
	}
	noted := false
	for _, e := range r.events {
		noted = noted || e.Kind == attractor.BackendNote && e.Node == "write" && e.Target == "shell"
	}
	if !noted {
		t.Error("the run does not hear of the tool")
	}
}

// Under full fidelity the stages of a thread share a conversation; under any other each starts anew, with the past in words.
func TestFidelity(t *testing.T) {
	for fidelity, want := range map[string]string{"full": "plan: make a plan, then build it", "compact": "build it alone", "truncate": "build it alone"} {
		t.Run(fidelity, func(t *testing.T) {
			r := start(t, func(c llmtest.Conversation) llmtest.Step { return llmtest.Step{Say: "ok: " + c.Input()[:4]} })
			r.ok(`node [fidelity="` + fidelity + `", thread_id=t]; plan [prompt="make a plan"]; build [prompt="build it"]; other [prompt="third", thread_id=u]
				start -> plan -> build -> other -> done`)
			said := r.asked[1].Said(llm.User)
			got := "build it alone"
			if strings.Contains(said, "make a plan\n") && r.asked[1].Turn() == 1 {
				got = "plan: make a plan, then build it"
			}
			if got != want || !strings.HasSuffix(said, "build it") {
				t.Errorf("the second stage is told %q", said)
			}
			if preamble := strings.Contains(r.asked[1].Input(), "Goal: ship it"); preamble != (fidelity != "full") {
				t.Errorf("preamble %t in %q", preamble, r.asked[1].Input())
			}
			if r.asked[2].Turn() != 0 {
				t.Error("another thread shares the session")
			}
		})
	}
}

// The next stage of a thread may be another vendor's model, which goes on with the same conversation and its own tools.
func TestThreadChangesModel(t *testing.T) {
	r := start(t, func(c llmtest.Conversation) llmtest.Step {
		if c.Turn() == 0 {
			return shell("echo seen")
		}
		return llmtest.Step{Say: "ok"}
	})
	r.ok(`node [fidelity=full, thread_id=t]; plan [prompt="first"]; build [prompt="second", llm_model="claude-test", reasoning_effort=high]; start -> plan -> build -> done`)
	last := r.asked[len(r.asked)-1]
	if last.Model != "claude-test" || last.Turn() != 2 || last.Tool("edit_file", "apply_patch") != "edit_file" || !strings.Contains(string(last.Raw), "seen") {
		t.Errorf("model %s, turn %d, edits by %s", last.Model, last.Turn(), last.Tool("edit_file", "apply_patch"))
	}
}

// Requests of a stage, and of its subagents, are made on the stage's behalf, also in a session that another stage began.
func TestTags(t *testing.T) {
	r := start(t, func(c llmtest.Conversation) llmtest.Step {
		switch said := c.Said(llm.User); {
		case !strings.Contains(said, "first"): // the subagent
			return llmtest.Step{Say: "helped"}
		case strings.Contains(said, "second") && c.Since() == 0:
			return call("spawn_agent", map[string]any{"task": "help"})
		case strings.Contains(said, "second") && c.Since() == 1:
			return call("wait", map[string]any{"agent_id": "agent-1"})
		}
		return llmtest.Step{Say: "ok"}
	})
	var mu sync.Mutex
	var got []string
	r.LLM = llm.Trace(llm.Tracer{Record: func(_ context.Context, c llm.Call) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprint(c.Run, " ", c.Stage, " ", c.Purpose, " ", c.Use, " ", c.Session))
	}})(r.LLM)
	r.ok(`node [fidelity=full, thread_id=t, class=code]; a [prompt=first]; b [prompt=second]; start -> a -> b -> done`)
	slices.Sort(got)
	want := "run a build code run/session-1, run b build code run/session-1, run b build code run/session-1, run b build code run/session-1, run b build code run/session-1/agent-1"
	if strings.Join(got, ", ") != want {
		t.Errorf("requests of %q", got)
	}
}

// The model and its effort come from the stage; without a model there is a clear error.
func TestParams(t *testing.T) {
	r := start(t, func(c llmtest.Conversation) llmtest.Step { return llmtest.Step{Say: "ok"} })
	r.ok(`a [prompt=a, llm_model="gpt-a", reasoning_effort=low]; b [prompt=b, llm_model="my-model", llm_provider=anthropic]; start -> a -> b -> done`)
	got := fmt.Sprint(r.asked[0].Protocol, r.asked[0].Model, r.asked[0].ReasoningEffort, r.asked[1].Protocol, r.asked[1].Model)
	if got != "responsesgpt-alowanthropicmy-model" {
		t.Errorf("asked %s", got)
	}
	r = start(t, nil)
	if res, err := r.run(t.Context(), `a [prompt=a, llm_model=""]; start -> a -> done [condition="outcome=success"]`); err != nil || (res.Status != attractor.Fail || !strings.Contains(res.Reason, "names no model")) {
		t.Errorf("%+v, %v", res, err)
	}
}

// The model says which way to go, in the last JSON of its answer or in the stage's status.json.
func TestRouting(t *testing.T) {
	for name, steps := range map[string][]llmtest.Step{
		"answer": {{Say: "I saw {\"preferred_label\": \"Good\"} somewhere, but:\n{\"preferred_label\": \"Bad\", \"context_updates\": {\"why\": \"typo\"}}"}},
		"file":   {shell(`echo '{"outcome":"success","preferred_next_label":"Bad","context_updates":{"why":"typo"}}' > $ATTRACTOR_STAGE_DIR/status.json`), {Say: "done"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, func(c llmtest.Conversation) llmtest.Step {
				if strings.Contains(c.Input(), "judge") {
					return steps[c.Turn()]
				}
				return llmtest.Step{Say: "fixed"}
			})
			res := r.ok(`judge [prompt="judge it"]; fix [prompt="mend it"]; start -> judge; judge -> done [label=Good]; judge -> fix [label=Bad]; fix -> done`)
			if got := strings.Join(res.Path, " "); got != "start judge fix done" || res.Context["why"] != "typo" {
				t.Errorf("path %s, context %v", got, res.Context)
			}
			if !strings.Contains(r.asked[0].Input(), "- Good\n- Bad") {
				t.Errorf("the labels are not in %q", r.asked[0].Input())
			}
		})
	}
}

func TestToolHooks(t *testing.T) {
	r := start(t, func(c llmtest.Conversation) llmtest.Step {
		return []llmtest.Step{call("write_file", map[string]any{"file_path": "no.txt", "content": "x"}), shell("echo yes > yes.txt"), {Say: "ok"}}[c.Turn()]
	})
	r.ok(`a [prompt=a, tool_hooks.pre="test $TOOL_NAME = shell", tool_hooks.post="cat > last.json; exit 9"]; start -> a -> done`)
	if _, err := os.Stat(r.work + "/no.txt"); err == nil {
		t.Error("a refused call was made")
	}
	if got := r.asked[1].Results()[0].Content; !strings.Contains(got, "tool_hooks.pre refused") {
		t.Errorf("the model is told %q", got)
	}
	post, _ := os.ReadFile(r.work + "/last.json")
	if !strings.Contains(string(post), `"name":"shell"`) || !strings.Contains(string(post), "exit code 0") {
		t.Errorf("the post hook reads %s", post)
	}
	record, _ := os.ReadFile(filepath.Join(r.logs, "a", "tool_hooks.jsonl"))
	if n := strings.Count(string(record), "\n"); n != 3 {
		t.Errorf("recorded %d hooks:\n%s", n, record)
	}
}

// A stage that takes too long fails, and its commands end.
func TestTimeout(t *testing.T) {
	r := start(t, func(c llmtest.Conversation) llmtest.Step { return shell("sleep 60; echo late > late") })
	res, err := r.run(t.Context(), `a [prompt=a, timeout="300ms"]; start -> a -> done [condition="outcome=success"]`)
	if err != nil || (res.Status != attractor.Fail || !strings.Contains(res.Reason, "timeout")) {
		t.Errorf("%+v, %v", res, err)
	}
}

// Whoever stops the run stops the model at work.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := start(t, func(c llmtest.Conversation) llmtest.Step {
		cancel()
		return llmtest.Step{Say: "never heard", Fault: &llmtest.Fault{Hang: true}}
	})
	if _, err := r.run(ctx, `a [prompt=a]; start -> a -> done`); !errors.Is(err, attractor.ErrStopped) {
		t.Errorf("%v", err)
	}
}

// A spent budget stops the run, to be resumed; a limit of the loop and a refusal fail the stage.
func TestEnds(t *testing.T) {
	r := start(t, func(c llmtest.Conversation) llmtest.Step { return llmtest.Step{Say: "ok"} })
	r.LLM = broke{}
	if _, err := r.run(t.Context(), `a [prompt=a]; start -> a -> done`); !errors.Is(err, attractor.ErrStopped) {
		t.Errorf("budget: %v", err)
	}
	r = start(t, func(c llmtest.Conversation) llmtest.Step { return shell("true") })
	r.Config.MaxRounds = 2
	if res, err := r.run(t.Context(), `a [prompt=a]; start -> a -> done [condition="outcome=success"]`); err != nil || (res.Status != attractor.Fail || !strings.Contains(res.Reason, "2 rounds")) {
		t.Errorf("limit: %+v, %v", res, err)
	}
	r = start(t, func(c llmtest.Conversation) llmtest.Step { return llmtest.Step{Fault: &llmtest.Fault{Status: 401}} })
	if res, err := r.run(t.Context(), `a [prompt=a, max_retries=3]; start -> a -> done [condition="outcome=success"]`); err != nil || res.Status != attractor.Fail || len(r.asked) != 1 {
		t.Errorf("wrong key: %+v, %v, asked %d times", res, err, len(r.asked))
	}
}

// broke has no money left.
type broke struct{}

func (broke) Complete(context.Context, llm.Request) (*llm.Response, error) {
	return nil, &llm.Error{Kind: llm.ErrBudgetExceeded, Message: "the run has spent its dollar"}
}

func (broke) Stream(context.Context, llm.Request) llm.Stream { panic("not streamed") }
