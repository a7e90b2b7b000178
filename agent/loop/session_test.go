package loop

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/anthropic"
	"twinset.dev/agent/llm/openai"
	"twinset.dev/agent/llmtest"
)

var models llmtest.Server

// client asks the scripted models by both vendors' own libraries; the test's name is the key.
var client = func() func(t *testing.T) *llm.Client {
	web := sync.OnceValue(func() string { return httptest.NewServer(&models).URL })
	return func(t *testing.T) *llm.Client {
		return llm.NewClient(map[string]llm.Caller{
			"anthropic": anthropic.New(llm.Endpoint{Key: t.Name(), BaseURL: web()}),
			"openai":    openai.New(llm.Endpoint{Key: t.Name(), BaseURL: web() + "/v1"}),
		}, "")
	}
}()

// A rig is a session at the scripted model.
type rig struct {
	*testing.T
	*Session
	env     *Local
	profile Profile
	config  Config
	mu      sync.Mutex
	events  []Event
}

// each runs a test with both profiles, streaming or not.
func each(t *testing.T, test func(r *rig)) {
	for _, profile := range []Profile{Anthropic("claude-test"), OpenAI("gpt-test")} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%t", profile.Provider, stream), func(t *testing.T) {
				test(&rig{T: t, profile: profile, config: Config{Stream: stream}})
			})
		}
	}
}

// start opens the session, with whatever the test has changed.
func (r *rig) start() *rig {
	r.Helper()
	if r.env == nil {
		r.env = folder(r.T, nil)
	}
	r.config.Events = func(e Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events = append(r.events, e)
	}
	r.config.ID = "s"
	if r.config.Retry == nil {
		r.config.Retry = &llm.RetryPolicy{Retries: 2, Sleep: func(context.Context, time.Duration) error { return nil }}
	}
	s, err := New(r.Context(), client(r.T), r.profile, r.env, r.config)
	if err != nil {
		r.Fatal(err)
	}
	r.Session = s
	r.Cleanup(s.Close)
	return r
}

// play has the model follow a script, to its end.
func (r *rig) play(script string) *rig {
	r.Helper()
	s, err := llmtest.ParseScript([]byte("strict: true\nsteps:\n" + script))
	if err != nil {
		r.Fatal(err)
	}
	models.Play(r.Name(), s)
	r.Cleanup(func() {
		for _, step := range models.Unconsumed(r.Name()) {
			r.Errorf("nobody asked for %+v", step)
		}
	})
	return r
}

// think has the model answer by a function.
func (r *rig) think(b llmtest.Brain) *rig {
	models.Think(r.Name(), b)
	return r
}

func (r *rig) submit(input string) Answer {
	r.Helper()
	a, err := r.Submit(r.Context(), input)
	if err != nil {
		r.Fatalf("%s: %v", input, err)
	}
	return a
}

// of are the events of some kinds; of all without kinds.
func (r *rig) of(kinds ...EventKind) (got []Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if len(kinds) == 0 || slices.Contains(kinds, e.Kind) {
			got = append(got, e)
		}
	}
	return got
}

func (r *rig) results() (got []llm.ToolResult) {
	for _, t := range r.History() {
		for _, p := range t.Message.Parts {
			if p.Kind == llm.KindResult {
				got = append(got, *p.Result)
			}
		}
	}
	return got
}

func (r *rig) kinds() string {
	var got []string
	for _, t := range r.History() {
		got = append(got, string(t.Kind))
	}
	return strings.Join(got, " ")
}

// say is values with blanks between them.
func say(values ...any) string { return strings.TrimSpace(fmt.Sprintln(values...)) }

func (r *rig) check(what string, got, want any) {
	r.Helper()
	if g, w := fmt.Sprintf("%v", got), fmt.Sprintf("%v", want); g != w {
		r.Errorf("%s: got  %s\nwant %s", what, g, w)
	}
}

func TestSession(t *testing.T) {
	each(t, func(r *rig) {
		r.env = folder(t, map[string]string{"a.go": "package a\n"})
		r.play(`
- when: {system_contains: Working directory, user_contains: look}
  say: Let me see.
  call: [{name: read_file, args: {file_path: a.go}}]
- when: {tool_result: {name: read_file, contains: "1 | package a"}}
  call: [{name: write_file, args: {file_path: b.go, content: "package b\n"}}, {name: shell, args: {command: "ls; echo out"}}]
- when: {tool_result: {name: shell, contains: "exit code 0"}}
  say: It is Go.
- when: {user_contains: again}
  say: As I said.`).start()
		a := r.submit("look around")
		r.check("answer", say(a.Text, a.Rounds, a.Limited), "It is Go. 2 false")
		r.check("history", r.kinds(), "user assistant tool_results assistant tool_results assistant")
		r.check("files", contents(t, r.env.Dir), map[string]string{"a.go": "package a\n", "b.go": "package b\n"})
		r.check("state", r.State(), Idle)
		if a.Usage.Input == 0 || a.Usage.Output == 0 {
			r.Errorf("usage %+v", a.Usage)
		}
		// The same session takes another input, and the model sees what went before.
		r.check("second", r.submit("once again").Text, "As I said.")
		r.check("history", r.kinds(), "user assistant tool_results assistant tool_results assistant user assistant")
		r.Close()
		if _, err := r.Submit(r.Context(), "more"); !errors.Is(err, ErrClosed) {
			r.Errorf("a closed session says %v", err)
		}
		r.check("id", r.ID, "s")
	})
}

func TestSessionIDs(t *testing.T) {
	var ids []string
	for range 2 {
		s, err := New(t.Context(), client(t), OpenAI("m"), folder(t, nil), Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ids = append(ids, s.ID)
	}
	if ids[0] == ids[1] || !strings.HasPrefix(ids[0], "session_") {
		t.Errorf("ids %v", ids)
	}
}

// Every kind of event comes at its moment; those of streaming only when streaming.
func TestEvents(t *testing.T) {
	each(t, func(r *rig) {
		r.play(`
- say: A first look.
  call: [{name: shell, args: {command: "echo hi"}}]
- say: "Done, all of it."`).start()
		r.Steer("be quick")
		r.submit("go")
		r.Close()
		var got []string
		text := ""
		for _, e := range r.of() {
			if e.Kind == AssistantTextDelta {
				text += e.Text
				continue
			}
			if e.Session != "s" || e.Time.IsZero() {
				r.Errorf("%+v", e)
			}
			got = append(got, string(e.Kind))
		}
		r.check("events", strings.Join(got, " "), "session_start user_input steering_injected assistant_text_start assistant_text_end "+
			"tool_call_start tool_call_end assistant_text_start assistant_text_end session_end")
		if want := map[bool]string{true: "A first look.Done, all of it."}[r.config.Stream]; text != want {
			r.Errorf("deltas say %q, want %q", text, want)
		}
		end := r.of(AssistantTextEnd)
		r.check("texts", end[0].Text+end[1].Text, "A first look.Done, all of it.")
		if end[0].Usage == nil || end[0].Response == "" || end[1].Turns != 2 {
			r.Errorf("%+v", end)
		}
		call := r.of(ToolCallEnd)[0]
		if call.Call.Name != "shell" || !strings.HasPrefix(call.Output, "hi\n[exit code 0]") || call.Hash != hash(call.Output) || call.IsError {
			r.Errorf("%+v", call)
		}
		last := r.of(SessionEnd)[0]
		r.check("last", say(last.State, last.Turns), "closed 2")
	})
}

func TestLimits(t *testing.T) {
	call := "\n- call: [{name: shell, args: {command: \"true\"}}]"
	t.Run("rounds", func(t *testing.T) {
		each(t, func(r *rig) {
			r.config.MaxRounds = 2
			r.play(call + call + "\n- say: finished").start()
			a := r.submit("go")
			r.check("answer", say(a.Rounds, a.Limited, r.State(), len(r.of(TurnLimit))), "2 true idle 1")
			// The limit is for one input: the next one has its own.
			a = r.submit("go on")
			r.check("second", say(a.Text, a.Rounds, a.Limited), "finished 0 false")
		})
	})
	t.Run("turns", func(t *testing.T) {
		each(t, func(r *rig) {
			r.config.MaxTurns = 3
			r.play("\n- say: one" + call + call).start()
			r.submit("first")
			a := r.submit("second")
			r.check("answer", say(a.Rounds, a.Limited, r.State(), len(r.of(TurnLimit))), "2 true idle 1")
			a = r.submit("third")
			r.check("third", say(a.Rounds, a.Limited), "0 true")
		})
	})
	t.Run("default", func(t *testing.T) {
		r := &rig{T: t, profile: OpenAI("m")}
		r.config.IgnoreLoops = true
		r.think(func(llmtest.Conversation) llmtest.Step {
			return llmtest.Step{Call: []llmtest.Call{{Name: "glob", Args: map[string]any{"pattern": "*"}}}}
		})
		a := r.start().submit("go")
		r.check("rounds", say(a.Rounds, a.Limited), "200 true")
	})
}

// What is steered is read before the first request, or after the round it came in, as the user's words.
func TestSteering(t *testing.T) {
	each(t, func(r *rig) {
		tool := NewTool("nudge", "nudges", func(context.Context, Environment, struct{}) (string, error) {
			r.Steer("only the health check")
			r.Steer("and nothing else")
			return "nudged", nil
		})
		r.profile = r.profile.With(tool)
		r.play(`
- when: {user_contains: in French}
  call: [{name: nudge}]
- when: {user_contains: and nothing else, tool_result: {name: nudge}}
  say: d'accord`).start()
		r.Steer("in French")
		r.check("answer", r.submit("make a site").Text, "d'accord")
		r.check("history", r.kinds(), "user steering assistant tool_results steering steering assistant")
		r.check("role", r.History()[4].Message.Role, llm.User)
		var said []string
		for _, e := range r.of(SteeringInjected) {
			said = append(said, e.Text)
		}
		r.check("events", strings.Join(said, ", "), "in French, only the health check, and nothing else")
	})
}

func TestFollowUp(t *testing.T) {
	each(t, func(r *rig) {
		r.play(`
- when: {user_contains: first}
  call: [{name: shell, args: {command: "true"}}]
- when: {tool_result: {name: shell}}
  say: one
- when: {user_contains: second}
  say: two
- when: {user_contains: third}
  say: three`).start()
		r.FollowUp("second")
		r.FollowUp("third")
		a := r.submit("first")
		r.check("answer", say(a.Text, a.Rounds), "three 1")
		r.check("history", r.kinds(), "user assistant tool_results assistant user assistant user assistant")
	})
}

func TestReasoningEffort(t *testing.T) {
	each(t, func(r *rig) {
		var efforts []string
		r.think(func(c llmtest.Conversation) llmtest.Step {
			efforts = append(efforts, c.ReasoningEffort)
			if len(efforts) == 2 {
				return llmtest.Step{Call: []llmtest.Call{{Name: "harder"}}}
			}
			return llmtest.Step{Say: "ok"}
		})
		r.profile = r.profile.With(NewTool("harder", "", func(context.Context, Environment, struct{}) (string, error) {
			r.SetReasoningEffort("high")
			return "", nil
		}))
		r.config.ReasoningEffort = "low"
		r.start()
		r.submit("one")
		r.submit("two") // the tool changes it between two requests of one input
		r.check("efforts", efforts, "[low low high]")
	})
}

func TestLoopDetection(t *testing.T) {
	for period := 1; period <= 3; period++ {
		t.Run(fmt.Sprintf("period %d", period), func(t *testing.T) {
			each(t, func(r *rig) {
				n, warned := 0, 0
				r.think(func(c llmtest.Conversation) llmtest.Step {
					if strings.Contains(c.Input(), "Loop detected") && c.Since() == 0 {
						if warned++; warned == 2 {
							return llmtest.Step{Say: "I give up."}
						}
					}
					n++
					return llmtest.Step{Call: []llmtest.Call{{Name: "glob", Args: map[string]any{"pattern": fmt.Sprintf("*.%d", n%period)}}}}
				})
				a := r.start().submit("find it")
				r.check("answer", say(a.Text, a.Rounds, len(r.of(LoopDetection))), "I give up. 20 2")
				r.check("steered", strings.Count(r.kinds(), "steering"), 2)
			})
		})
	}
	t.Run("off", func(t *testing.T) {
		r := &rig{T: t, profile: OpenAI("m"), config: Config{IgnoreLoops: true, MaxRounds: 30}}
		r.think(func(c llmtest.Conversation) llmtest.Step {
			return llmtest.Step{Call: []llmtest.Call{{Name: "glob", Args: map[string]any{"pattern": "*"}}}}
		})
		r.start().submit("find it")
		r.check("warnings", len(r.of(LoopDetection)), 0)
	})
	t.Run("window", func(t *testing.T) {
		r := &rig{T: t, profile: OpenAI("m"), config: Config{LoopWindow: 4, MaxRounds: 4}}
		r.think(func(c llmtest.Conversation) llmtest.Step {
			return llmtest.Step{Call: []llmtest.Call{{Name: "glob", Args: map[string]any{"pattern": "*"}}}}
		})
		r.start().submit("find it")
		r.check("warnings", len(r.of(LoopDetection)), 1)
	})
}

// Each profile edits in its own way.
func TestEditing(t *testing.T) {
	each(t, func(r *rig) {
		r.env = folder(t, map[string]string{"a.go": "package a\n", "b.go": "package b\n"})
		step := `
- call: [{name: edit_file, args: {file_path: a.go, old_string: package a, new_string: package x}}, {name: edit_file, args: {file_path: b.go, old_string: "package b\n", new_string: "package b\n\nvar B int\n"}}]`
		if r.profile.Provider == "openai" {
			step = `
- call:
  - name: apply_patch
    args: {patch: "*** Begin Patch\n*** Update File: a.go\n@@\n-package a\n+package x\n*** Update File: b.go\n@@\n package b\n+\n+var B int\n*** End Patch"}`
		}
		r.play(step + "\n- say: ok").start().submit("edit both")
		r.check("files", contents(t, r.env.Dir), map[string]string{"a.go": "package x\n", "b.go": "package b\n\nvar B int\n"})
	})
}

// Whatever goes wrong with a tool is told to the model, which may do better.
func TestToolErrors(t *testing.T) {
	each(t, func(r *rig) {
		r.profile = r.profile.With(NewTool("boom", "", func(context.Context, Environment, struct{}) (string, error) { panic("bang") }))
		r.env = folder(t, map[string]string{"a.go": "package a\n"})
		r.play(`
- call: [{name: poem}, {name: read_file, args: {file_path: none.go}}, {name: read_file, args: {path: 7}}, {name: read_file, raw: '{"file_path": '}, {name: boom}]
- when: {tool_result: {name: read_file, contains: "file not found: none.go"}}
  call: [{name: read_file, args: {file_path: a.go}}, {name: shell, args: {command: exit 3}}]
- when: {tool_result: {name: read_file, contains: package a}}
  say: recovered`).start()
		r.check("answer", r.submit("go").Text, "recovered")
		results := r.results()
		for i, want := range []string{`unknown tool "poem"`, "file not found: none.go", "file_path", "", "the tool broke down: bang"} {
			if !results[i].IsError || !strings.HasPrefix(results[i].Content, "Tool error (") || !strings.Contains(results[i].Content, want) {
				r.Errorf("result %d is %+v, want %q", i, results[i], want)
			}
		}
		if results[5].IsError || results[6].IsError || !strings.Contains(results[6].Content, "exit code 3") {
			r.Errorf("results %+v", results[5:])
		}
		failed := 0
		for _, e := range r.of(ToolCallEnd) {
			if e.IsError {
				failed++
			}
		}
		r.check("events of errors", failed, 5)
	})
}

// Calls of one answer run together, and their results keep the order of the calls; those that write run one after another.
func TestParallelCalls(t *testing.T) {
	each(t, func(r *rig) {
		meet := make(chan string)
		r.profile = r.profile.With(
			NewTool("ping", "", func(context.Context, Environment, struct{}) (string, error) { return "pong:" + <-meet, nil }),
			NewTool("serve", "", func(context.Context, Environment, struct{}) (string, error) { meet <- "ball"; return "served", nil }),
			writing(NewTool("append", "", func(ctx context.Context, env Environment, in struct{ S string }) (string, error) {
				old, _ := env.ReadFile(ctx, "log")
				return in.S, env.WriteFile(ctx, "log", append(old, in.S...))
			})))
		r.play(`
- call: [{name: append, args: {S: a}}, {name: ping}, {name: append, args: {S: b}}, {name: serve}, {name: append, args: {S: c}}]
- say: ok`).start().submit("go")
		var got []string
		for _, res := range r.results() {
			got = append(got, res.Content)
		}
		r.check("results", got, "[a pong:ball b served c]")
		r.check("log", contents(t, r.env.Dir), map[string]string{"log": "abc"})
	})
}

// The model sees part of a long output, the events all of it.
func TestTruncation(t *testing.T) {
	each(t, func(r *rig) {
		r.config.Limits = map[string]Limit{"shell": {Chars: 40}}
		r.env = folder(t, map[string]string{"big.txt": strings.Repeat("x", 100_000)})
		r.play(`
- call: [{name: read_file, args: {file_path: big.txt}}, {name: shell, args: {command: "seq 1000"}}]
- when: {tool_result: {contains: "[WARNING: Tool output was truncated."}}
  say: ok`).start().submit("go")
		for i, want := range []int{50_000, 40} {
			seen := r.results()[i].Content
			_, marked, _ := strings.Cut(seen, "[WARNING: Tool output was truncated.")
			if len(seen) > want+300 || marked == "" {
				r.Errorf("the model sees %d characters of %d", len(seen), want)
			}
		}
		for _, e := range r.of(ToolCallEnd) {
			if e.Call.Name == "read_file" && e.Output != "1 | "+strings.Repeat("x", 100_000)+"\n" || e.Hash != hash(e.Output) {
				r.Errorf("the event has %d characters", len(e.Output))
			}
		}
	})
}

// A model that reads an image is shown it.
func TestImages(t *testing.T) {
	png, _ := base64.StdEncoding.DecodeString(dot)
	each(t, func(r *rig) {
		r.env = folder(t, map[string]string{"dot.png": string(png)})
		r.think(func(c llmtest.Conversation) llmtest.Step {
			if c.Turn() == 0 {
				return llmtest.Step{Call: []llmtest.Call{{Name: "read_file", Args: map[string]any{"file_path": "dot.png"}}}}
			}
			return llmtest.Step{Say: fmt.Sprint(strings.Contains(string(c.Raw), dot))}
		})
		r.check("shown", r.start().submit("look").Text, "true")
	})
}

func TestCommandTimeout(t *testing.T) {
	each(t, func(r *rig) {
		r.play(`
- call: [{name: shell, args: {command: "echo begun; sleep 30", timeout_ms: 500}}]
- when: {tool_result: {contains: "begun\n[ERROR: Command timed out after 500ms"}}
  say: it hangs`).start()
		r.check("answer", r.submit("run it").Text, "it hangs")
	})
}

// Errors that may pass are tried again; of the others a wrong key closes the session, and too long a text does not.
func TestProviderErrors(t *testing.T) {
	each(t, func(r *rig) {
		r.play(`
- fault: {status: 429, retry_after: "0"}
- fault: {status: 503}
- say: at last
- fault: {status: 500}
- fault: {status: 500}
- fault: {status: 500}
- say: better
- fault: {status: 400, message: "prompt is too long: the context window is exceeded", code: context_length_exceeded}
- say: shorter
- fault: {status: 401, message: wrong key}`).start()
		r.check("answer", r.submit("go").Text, "at last")
		r.check("warnings", len(r.of(Warning)), 2)
		_, err := r.Submit(r.Context(), "go")
		r.check("three times", say(errors.Is(err, llm.ErrServer), r.State()), "true idle")
		r.check("answer", r.submit("go").Text, "better")
		_, err = r.Submit(r.Context(), "a long story")
		r.check("too long", say(errors.Is(err, llm.ErrContextLength), r.State()), "true idle")
		r.check("warned", strings.Contains(r.of(Warning)[len(r.of(Warning))-1].Text, "longer than the model can read"), true)
		r.check("answer", r.submit("a short story").Text, "shorter")
		_, err = r.Submit(r.Context(), "go")
		r.check("wrong key", say(errors.Is(err, llm.ErrAuthentication), r.State()), "true closed")
		all := r.of()
		r.check("last", all[len(all)-1].Kind, SessionEnd)
		r.check("errors", len(r.of(ErrorEvent)), 3)
	})
}

// A stream that breaks off is not taken for an answer.
func TestBrokenStream(t *testing.T) {
	r := &rig{T: t, profile: OpenAI("m"), config: Config{Stream: true}}
	r.play(`
- say: This is the beginning of a long answer that will not end well at all.
  fault: {cut_after_events: 8}
- say: whole`).start()
	_, err := r.Submit(r.Context(), "go")
	r.check("error", say(err != nil, r.State()), "true idle")
	r.check("history", r.kinds(), "user")
	r.check("answer", r.submit("again").Text, "whole")
}

// An answer of nothing is an answer, and the conversation goes on; one that was cut short is told of.
func TestPoorAnswers(t *testing.T) {
	each(t, func(r *rig) {
		r.think(func(c llmtest.Conversation) llmtest.Step {
			switch c.Input() {
			case "nothing":
				return llmtest.Step{}
			case "a lot":
				return llmtest.Step{Say: "As I was", Finish: "length"}
			}
			return llmtest.Step{Say: "ok"}
		}).start()
		r.check("nothing", r.submit("nothing").Text, "")
		r.check("then", r.submit("something").Text, "ok")
		r.check("warnings", len(r.of(Warning)), 0)
		r.check("cut", r.submit("a lot").Text, "As I was")
		if w := r.of(Warning); len(w) != 1 || !strings.Contains(w[0].Text, "cut short: length") {
			r.Errorf("warnings %+v", w)
		}
	})
}

func TestContextWarning(t *testing.T) {
	each(t, func(r *rig) {
		r.profile.Window = 4_000
		r.config.NoSubagents = true
		r.play("\n- say: one\n- say: two\n- say: three").start()
		r.submit("short")
		r.check("warnings", len(r.of(Warning)), 0)
		r.submit(strings.Repeat("long ", 3_000))
		r.submit("more")
		if w := r.of(Warning); len(w) != 1 || !strings.Contains(w[0].Text, "% of the context window") {
			r.Errorf("warnings %+v", w)
		}
	})
}

func TestHooks(t *testing.T) {
	each(t, func(r *rig) {
		var after []string
		r.config.Before = func(_ context.Context, c llm.ToolCall) error {
			if c.Name == "write_file" {
				return errors.New("the hook refuses")
			}
			return nil
		}
		r.config.After = func(_ context.Context, c llm.ToolCall, output string, failed bool) {
			after = append(after, say(c.Name, failed, output))
		}
		r.play(`
- call: [{name: write_file, args: {file_path: a, content: b}}]
- when: {tool_result: {contains: the hook refuses}}
  call: [{name: read_file, args: {file_path: a}}]
- say: ok`).start().submit("go")
		r.check("files", contents(t, r.env.Dir), "map[]")
		r.check("after", after, "[read_file true file not found: a]")
	})
}

func TestBusy(t *testing.T) {
	r := &rig{T: t, profile: OpenAI("m")}
	r.profile = r.profile.With(NewTool("again", "", func(ctx context.Context, _ Environment, _ struct{}) (string, error) {
		_, err := r.Submit(ctx, "at the same time")
		return "", err
	}))
	r.play("\n- call: [{name: again}]\n- when: {tool_result: {contains: at work on another input}}\n  say: ok").start().submit("go")
}
