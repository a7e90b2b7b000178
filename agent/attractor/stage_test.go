package attractor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// one is a pipeline with one stage between its ends.
func one(attrs string) string {
	return "digraph One { graph [goal=\"the goal\"] s [shape=Mdiamond] n [" + attrs + "] e [shape=Msquare] s -> n -> e }"
}

func answers(f func(s *Stage) (*Outcome, error)) func(*Options) {
	return func(o *Options) {
		o.Handlers = map[string]Handler{"mine": HandlerFunc(func(_ context.Context, s *Stage) (*Outcome, error) { return f(s) })}
	}
}

// outcomeOf is how a node's last attempt ended.
func outcomeOf(events []Event, node string) *Outcome {
	var out *Outcome
	for _, ev := range events {
		if ev.Node == node && ev.Outcome != nil && (ev.Kind == StageCompleted || ev.Kind == StageFailed) {
			out = ev.Outcome
		}
	}
	return out
}

func TestStartAndExit(t *testing.T) {
	for _, src := range []string{"digraph G { a [shape=Mdiamond] z [shape=Msquare] a -> z }", "digraph G { Start [] end [] Start -> end }", "digraph G { start [] exit [] start -> exit }"} {
		if res, _, _ := run(t, src, nil); res.Status != Success || len(res.Path) != 2 {
			t.Errorf("%s: %+v", src, res)
		}
	}
	// The shape decides; a box that is called start is a box.
	g := mustParse(t, `digraph G { start [] a [shape=Mdiamond] }`)
	if g.TypeOf(g.Node("start")) != TypeCodergen {
		t.Error("two starts")
	}
}

func TestHandlerResolution(t *testing.T) {
	said := func(what string) HandlerFunc {
		return func(context.Context, *Stage) (*Outcome, error) {
			return &Outcome{Status: Success, Updates: map[string]any{"by": what}}, nil
		}
	}
	handlers := map[string]Handler{"mine": said("mine"), TypeTool: said("replaced")}
	for attrs, want := range map[string]string{
		"type=mine, shape=parallelogram":    "mine",
		"shape=parallelogram, tool_command": "replaced",
		"type=unknown, shape=parallelogram": "replaced", // an unknown type runs as its shape says
		"shape=box":                         "",
		"type=unknown":                      "",
		"shape=egg":                         "",
	} {
		res, _, _ := run(t, one(strings.Replace(attrs, "tool_command", `tool_command="exit 1"`, 1)+`, label=x`), func(o *Options) { o.Handlers = handlers })
		if got := res.Context["by"]; fmt.Sprint(got) != want && !(got == nil && want == "" && res.Context["last_response"] == "done n") {
			t.Errorf("%s: by %v, want %q", attrs, got, want)
		}
	}
}

// TestRetries counts attempts and waits for each way a stage can end.
func TestRetries(t *testing.T) {
	for name, c := range map[string]struct {
		attrs    string
		outcomes []any // in turn, the last for ever
		attempts int
		want     Status
	}{
		"no retries by default":         {"", []any{Fail}, 1, Fail},
		"extra attempts":                {"max_retries=2", []any{Fail}, 3, Fail},
		"retry then success":            {"max_retries=2", []any{Retry, Success}, 2, Success},
		"fail then success":             {"max_retries=1", []any{Fail, Success}, 2, Success},
		"terminal is not retried":       {"max_retries=5", []any{Failed(Terminal, "no")}, 1, Fail},
		"error that may pass":           {"max_retries=1", []any{retryable(true), Success}, 2, Success},
		"error that will not pass":      {"max_retries=3", []any{retryable(false)}, 1, Fail},
		"unknown error":                 {"max_retries=3", []any{errors.New("bad configuration")}, 1, Fail},
		"exhausted":                     {"max_retries=1", []any{Retry}, 2, Fail},
		"exhausted, partial":            {"max_retries=1, allow_partial=true", []any{Retry}, 2, PartialSuccess},
		"exhausted failures, partial":   {"max_retries=1, allow_partial=true", []any{Fail}, 2, PartialSuccess},
		"plain failure is not partial":  {"allow_partial=true", []any{Fail}, 1, Fail},
		"terminal failure is no part":   {"max_retries=1, allow_partial=true", []any{Failed(Terminal, "no")}, 1, Fail},
		"partial success ends it":       {"max_retries=3", []any{PartialSuccess}, 1, PartialSuccess},
		"skipped ends it":               {"max_retries=3", []any{Skipped}, 1, Skipped},
		"retry without retries is fail": {"", []any{Retry}, 1, Fail},
	} {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			clk := newClock()
			_, events, _ := run(t, one(or(c.attrs, "x=1")+", type=mine"), func(o *Options) {
				o.Clock = clk
				answers(func(s *Stage) (*Outcome, error) {
					attempts++
					if s.Attempt != attempts {
						t.Errorf("attempt %d is told %d", attempts, s.Attempt)
					}
					switch o := c.outcomes[min(attempts, len(c.outcomes))-1].(type) {
					case error:
						return nil, o
					case *Outcome:
						return o, nil
					default:
						return &Outcome{Status: o.(Status)}, nil
					}
				})(o)
			})
			var got Status
			var delays []time.Duration
			for _, ev := range events {
				if ev.Node == "n" && ev.Outcome != nil && !ev.Retrying {
					got = ev.Outcome.Status
				}
				if ev.Kind == StageRetrying {
					delays = append(delays, ev.Delay)
				}
			}
			if got != c.want || attempts != c.attempts {
				t.Errorf("%s after %d attempts, want %s after %d", got, attempts, c.want, c.attempts)
			}
			if !slices.Equal(delays, clk.waits) || len(delays) != attempts-1 {
				t.Errorf("waits %v, told %v", clk.waits, delays)
			}
		})
	}
	t.Run("never retried", func(t *testing.T) {
		for _, attrs := range []string{"shape=Mdiamond", "shape=Msquare", "shape=diamond", "shape=hexagon"} {
			g := mustParse(t, "digraph G { default_max_retries=3 n ["+attrs+"] }")
			tries := 0
			e := New(Options{Logs: t.TempDir(), Clock: newClock(), Handlers: map[string]Handler{g.TypeOf(g.Node("n")): HandlerFunc(func(context.Context, *Stage) (*Outcome, error) {
				tries++
				return &Outcome{Status: Fail}, nil
			})}})
			if err := e.open(); err != nil {
				t.Fatal(err)
			}
			if _, err := e.stage(t.Context(), g, newState(e.Logs, e.Work, NewContext()), g.Node("n"), &way{}); err != nil || tries != 1 {
				t.Errorf("%s: %d tries, %v", attrs, tries, err)
			}
			e.journal.close()
		}
	})
	t.Run("default", func(t *testing.T) {
		for attrs, want := range map[string]int{"default_max_retries=2": 3, "default_max_retry=1": 2, "default_max_retry=1 default_max_retries=3": 4} {
			tries := 0
			run(t, strings.Replace(one("type=mine"), "goal=", attrs[:0]+"goal=", 1)[:len("digraph One { ")]+attrs+" "+one("type=mine")[len("digraph One { "):],
				answers(func(*Stage) (*Outcome, error) { tries++; return &Outcome{Status: Fail}, nil }))
			if tries != want {
				t.Errorf("%s: %d tries", attrs, tries)
			}
		}
	})
	t.Run("counter", func(t *testing.T) {
		var counts []string
		tries := 0
		res, _, _ := run(t, one("type=mine, max_retries=2"), answers(func(s *Stage) (*Outcome, error) {
			tries++
			counts = append(counts, s.Context.String("internal.retry_count.n"))
			return &Outcome{Status: []Status{Fail, Fail, Success}[tries-1]}, nil
		}))
		if !slices.Equal(counts, []string{"", "1", "2"}) || fmt.Sprint(res.Context["internal.retry_count.n"]) != "0" {
			t.Errorf("counters %v, then %v", counts, res.Context["internal.retry_count.n"])
		}
	})
}

func TestBackoff(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for attempt, base := range map[int]time.Duration{1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 5: 3200 * time.Millisecond, 9: 51200 * time.Millisecond, 10: time.Minute, 60: time.Minute} {
		lo, hi := time.Hour, time.Duration(0)
		for range 2000 {
			d := backoff(attempt, rng)
			lo, hi = min(lo, d), max(hi, d)
		}
		if lo < base/2 || hi > base*3/2 || lo > base*6/10 || hi < base*14/10 {
			t.Errorf("attempt %d: from %s to %s, wanted the whole of %s to %s", attempt, lo, hi, base/2, base*3/2)
		}
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, Transient},
		{fmt.Errorf("call: %w", os.ErrDeadlineExceeded), Transient},
		{fmt.Errorf("429: %w", retryable(true)), Transient},
		{fmt.Errorf("401: %w", retryable(false)), Terminal},
		{errors.New("no such model"), Terminal},
	} {
		if got := Classify(c.err); got != c.want {
			t.Errorf("%v: got %s", c.err, got)
		}
	}
}

func TestPanicIsFailure(t *testing.T) {
	_, events, o := run(t, one("type=mine, max_retries=3"), answers(func(*Stage) (*Outcome, error) { panic("out of paper") }))
	if got := outcomeOf(events, "n"); got.Status != Fail || got.FailureReason != "panic: out of paper" {
		t.Errorf("%+v", got)
	}
	cp, err := LoadCheckpoint(o.Logs)
	if err != nil || !strings.Contains(strings.Join(cp.Logs, "\n"), "TestPanicIsFailure") {
		t.Errorf("the log does not say where: %v, %v", cp.Logs, err)
	}
}

func TestTimeout(t *testing.T) {
	_, events, _ := run(t, one("type=mine, timeout=90s"), func(o *Options) {
		o.Handlers = map[string]Handler{"mine": HandlerFunc(func(ctx context.Context, s *Stage) (*Outcome, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})}
	})
	if got := outcomeOf(events, "n"); got.Status != Fail || got.FailureClass != TimedOut || got.FailureReason != "timeout after 1m30s" {
		t.Errorf("%+v", got)
	}
	began := time.Now()
	_, events, _ = run(t, one(`shape=parallelogram, tool_command="sleep 600 & sleep 600", timeout=1s`), nil)
	if got := outcomeOf(events, "n"); got.Status != Fail || got.FailureReason != "timeout after 1s" || time.Since(began) > 8*time.Second {
		t.Errorf("after %s: %+v", time.Since(began), got)
	}
}

// TestCodergen follows a model stage: what it is asked, and how its answer becomes an outcome.
func TestCodergen(t *testing.T) {
	for name, c := range map[string]struct {
		attrs  string
		answer func(*Stage) (Reply, error)
		want   Outcome
	}{
		"text": {"prompt=p", func(*Stage) (Reply, error) { return Reply{Text: "made it"}, nil }, Outcome{Status: Success, Notes: "Stage completed: n"}},
		"outcome": {"prompt=p", func(*Stage) (Reply, error) {
			return Reply{Text: `{"outcome":"success"}`, Outcome: &Outcome{Status: PartialSuccess}}, nil
		}, Outcome{Status: PartialSuccess}},
		"json at the end": {"prompt=p", func(*Stage) (Reply, error) {
			return Reply{Text: `Not this: {"preferred_label":"A"} and {broken. But this: {"preferred_label":"B","suggested_next_ids":["e"],"outcome":"success","notes":"n"} as said {"x":1}`}, nil
		}, Outcome{Status: Success, PreferredLabel: "B", SuggestedNext: []string{"e"}, Notes: "n"}},
		"unknown outcome": {"prompt=p", func(*Stage) (Reply, error) { return Reply{Text: `{"outcome":"splendid"}`}, nil }, Outcome{Status: Success, Notes: "Stage completed: n"}},
		"status file": {"prompt=p", func(s *Stage) (Reply, error) {
			return Reply{Text: `{"outcome":"success"}`}, os.WriteFile(filepath.Join(s.Dir, "status.json"), []byte(`{"outcome":"fail","failure_reason":"by file","preferred_next_label":"L"}`), 0o644)
		}, Outcome{Status: Fail, FailureReason: "by file", PreferredLabel: "L"}},
		"broken status file": {"prompt=p", func(s *Stage) (Reply, error) {
			return Reply{}, os.WriteFile(filepath.Join(s.Dir, "status.json"), []byte(`{`), 0o644)
		}, Outcome{Status: Fail}},
		"error": {"prompt=p", func(*Stage) (Reply, error) { return Reply{}, errors.New("no key") }, Outcome{Status: Fail, FailureReason: "no key", FailureClass: Terminal}},
	} {
		t.Run(name, func(t *testing.T) {
			_, events, _ := run(t, one(c.attrs), func(o *Options) { o.Backend = backendFunc(c.answer) })
			got := outcomeOf(events, "n")
			if name == "broken status file" && strings.Contains(got.FailureReason, "status.json") {
				got.FailureReason = ""
			}
			got.Updates = nil
			if !reflect.DeepEqual(*got, c.want) {
				t.Errorf("got %+v want %+v", *got, c.want)
			}
		})
	}
	t.Run("files", func(t *testing.T) {
		res, _, o := run(t, one(`label="do $goal", llm_model=m, reasoning_effort=low, class="code,x"`), nil)
		for file, want := range map[string]string{"prompt.md": "Goal: the goal\nRun: run\nStages:\n- s: success\n\ndo the goal", "response.md": "done n"} {
			if b, err := os.ReadFile(filepath.Join(o.Logs, "n", file)); err != nil || string(b) != want {
				t.Errorf("%s: %q, %v", file, b, err)
			}
		}
		var status outcomeFile
		if err := readJSON(filepath.Join(o.Logs, "n", "status.json"), &status); err != nil || status.Outcome != "success" {
			t.Errorf("status.json: %+v, %v", status, err)
		}
		if res.Context["last_response"] != "done n" || res.Context["last_stage"] != "e" {
			t.Errorf("context %v", res.Context)
		}
		_, events, _ := run(t, one(`label="x", llm_model=m, reasoning_effort=low, class="code,x"`), nil)
		i := slices.IndexFunc(events, func(ev Event) bool { return ev.Params != nil })
		if want := (ModelParams{Model: "m", Effort: "low", Use: "code", Assigned: "rule"}); *events[i].Params != want {
			t.Errorf("params %+v", *events[i].Params)
		}
	})
	t.Run("simulated", func(t *testing.T) {
		res, _, _ := run(t, one("prompt=p"), func(o *Options) { o.Backend = nil })
		if res.Context["last_response"] != "[Simulated] Response for stage: n" {
			t.Errorf("context %v", res.Context)
		}
	})
	t.Run("long response", func(t *testing.T) {
		res, _, _ := run(t, one("prompt=p"), func(o *Options) {
			o.Backend = backendFunc(func(*Stage) (Reply, error) { return Reply{Text: strings.Repeat("ä", 300)}, nil })
		})
		if got := res.Context["last_response"]; got != strings.Repeat("ä", 100) {
			t.Errorf("%d bytes", len(got.(string)))
		}
	})
}

func FuzzOutcomeIn(f *testing.F) {
	f.Add(`text {"preferred_label": "x"} {"outcome": "fail", "context_updates": {"a": {"b": 1}}} {`)
	f.Fuzz(func(t *testing.T, text string) {
		if o := outcomeIn(text); o != nil && o.Status == "" {
			t.Error("an outcome without a status")
		}
	})
}

// TestLongAnswers finds the outcome at the end of an answer, and is not held up by one that only opens brackets.
func TestLongAnswers(t *testing.T) {
	if o := outcomeIn(strings.Repeat("{", 1<<20) + `{"outcome":"fail"}`); o == nil || o.Status != Fail {
		t.Errorf("got %+v", o)
	}
	if o := outcomeIn(strings.Repeat(`{"a":`, 1<<18)); o != nil {
		t.Errorf("got %+v", o)
	}
}

type backendFunc func(*Stage) (Reply, error)

func (f backendFunc) Run(_ context.Context, s *Stage, _ string) (Reply, error) { return f(s) }

// TestNoOutcome is about handlers that do not say how it went.
func TestNoOutcome(t *testing.T) {
	silent := func(*Stage) (*Outcome, error) { return nil, nil }
	written := func(s *Stage) (*Outcome, error) {
		return nil, os.WriteFile(filepath.Join(s.Dir, "status.json"), []byte(`{"status":"partial_success","context_updates":{"k":"v"}}`), 0o644)
	}
	for name, c := range map[string]struct {
		attrs string
		f     func(*Stage) (*Outcome, error)
		want  Status
	}{
		"silent": {"type=mine", silent, Fail}, "auto_status": {"type=mine, auto_status=true", silent, Success},
		"written": {"type=mine", written, PartialSuccess}, "written, auto_status": {"type=mine, auto_status=true", written, PartialSuccess},
	} {
		_, events, _ := run(t, one(c.attrs), answers(c.f))
		if got := outcomeOf(events, "n"); got.Status != c.want {
			t.Errorf("%s: got %+v want %s", name, got, c.want)
		}
	}
	// What an earlier attempt wrote does not speak for a later one.
	tries := 0
	_, events, _ := run(t, one("type=mine, max_retries=1"), answers(func(s *Stage) (*Outcome, error) {
		if tries++; tries == 1 {
			os.WriteFile(filepath.Join(s.Dir, "status.json"), []byte(`{"outcome":"retry"}`), 0o644)
		}
		return nil, nil
	}))
	if got := outcomeOf(events, "n"); got.Status != Fail || tries != 2 {
		t.Errorf("%d tries, %+v", tries, got)
	}
}

func TestTool(t *testing.T) {
	for name, c := range map[string]struct {
		command string
		want    Status
		reason  string
		context map[string]any
	}{
		"success":       {"echo out; echo err >&2", Success, "", map[string]any{"tool.output": "out\n", "tool.exit_code": json.Number("0")}},
		"exit code":     {"echo out; echo broken >&2; exit 7", Fail, "exit status 7: ", map[string]any{"tool.output": "out\n", "tool.exit_code": json.Number("7")}},
		"status file":   {`printf '{"context_updates":{"satisfaction.stalled":true},"preferred_label":"x"}' > $ATTRACTOR_STAGE_DIR/status.json`, Success, "", map[string]any{"satisfaction.stalled": true, "preferred_label": "x"}},
		"file says no":  {`printf '{"outcome":"fail","failure_reason":"by file"}' > $ATTRACTOR_STAGE_DIR/status.json`, Fail, "by file", nil},
		"exit wins":     {`printf '{"outcome":"success","context_updates":{"k":1}}' > $ATTRACTOR_STAGE_DIR/status.json; exit 1`, Fail, "exit status 1", map[string]any{"k": json.Number("1")}},
		"broken file":   {`echo nonsense > $ATTRACTOR_STAGE_DIR/status.json`, Fail, "status.json", nil},
		"environment":   {`echo $ATTRACTOR_NODE $ATTRACTOR_RUN $ATTRACTOR_GOAL; test -f $ATTRACTOR_LOGS/manifest.json`, Success, "", map[string]any{"tool.output": "n run the goal\n"}},
		"work tree":     {`basename $PWD`, Success, "", map[string]any{"tool.output": "work\n"}},
		"long output":   {`head -c 20000 /dev/zero | tr '\0' x; echo end`, Success, "", map[string]any{"tool.output": strings.Repeat("x", toolOutput-4) + "end\n"}},
		"unknown":       {`no-such-command`, Fail, "exit status 127", nil},
		"killed itself": {`kill -9 $$`, Fail, "signal: killed", nil},
	} {
		t.Run(name, func(t *testing.T) {
			command, _ := json.Marshal(c.command)
			src := strings.NewReplacer(`\u003e`, ">", `\u003c`, "<", `\u0026`, "&").Replace(string(command))
			res, events, o := run(t, one("shape=parallelogram, tool_command="+src), nil)
			got := outcomeOf(events, "n")
			if got.Status != c.want || !strings.Contains(got.FailureReason, c.reason) {
				t.Errorf("got %s %q", got.Status, got.FailureReason)
			}
			for k, v := range c.context {
				if k == "preferred_label" {
					if got.PreferredLabel != v {
						t.Errorf("label %q", got.PreferredLabel)
					}
				} else if !reflect.DeepEqual(res.Context[k], v) {
					t.Errorf("%s = %#v want %#v", k, res.Context[k], v)
				}
			}
			if b, err := os.ReadFile(filepath.Join(o.Logs, "n", "output.txt")); err != nil || name == "long output" && len(b) != 20004 {
				t.Errorf("output.txt: %d bytes, %v", len(b), err)
			}
		})
	}
}

func TestHooks(t *testing.T) {
	src := `digraph G { "tool_hooks.pre"="test $TOOL_NAME != rm && cat > in.json" s [shape=Mdiamond] e [shape=Msquare]
		n [prompt=p, tool_hooks.post="cat > out.json; exit 3"] s -> n -> e }`
	_, events, o := run(t, src, func(o *Options) {
		o.Backend = backendFunc(func(s *Stage) (Reply, error) {
			c := ToolCall{ID: "c1", Name: "ls", Args: json.RawMessage(`{"path":"."}`)}
			if !s.Hooks.Before(t.Context(), c) || s.Hooks.Before(t.Context(), ToolCall{ID: "c2", Name: "rm"}) {
				t.Error("the pre hook decides")
			}
			c.Result = "files"
			s.Hooks.After(t.Context(), c)
			return Reply{Text: "ok"}, nil
		})
	})
	for file, want := range map[string]string{"in.json": `{"id":"c1","name":"ls","arguments":{"path":"."}}`, "out.json": `{"id":"c1","name":"ls","arguments":{"path":"."},"result":"files"}`} {
		if b, err := os.ReadFile(filepath.Join(o.Work, file)); err != nil || string(b) != want {
			t.Errorf("%s: %s, %v", file, b, err)
		}
	}
	var told []string
	for _, ev := range events {
		if ev.Kind == ToolHookRan {
			told = append(told, fmt.Sprint(ev.Text, " ", ev.Target, " ", ev.Count))
		}
	}
	log, err := os.ReadFile(filepath.Join(o.Logs, "n", "tool_hooks.jsonl"))
	if want := []string{"pre ls 0", "pre rm 1", "post ls 3"}; !slices.Equal(told, want) || strings.Count(string(log), "\n") != 3 || err != nil {
		t.Errorf("told %v, log %s %v", told, log, err)
	}
}

func TestContext(t *testing.T) {
	c := NewContext()
	nested := map[string]any{"list": []any{1, "x"}}
	c.Apply(map[string]any{"n": 1, "big": uint64(1<<63 + 1), "f": 0.5, "b": true, "s": "x", "m": nested, "nil": nil})
	nested["list"] = "changed"
	for k, want := range map[string]string{"n": "1", "big": "9223372036854775809", "f": "0.5", "b": "true", "s": "x", "m": `{"list":[1,"x"]}`, "nil": "", "missing": ""} {
		if got := c.String(k); got != want {
			t.Errorf("%s: got %q want %q", k, got, want)
		}
	}
	clone := c.Clone()
	snap := c.Snapshot()
	snap["m"].(map[string]any)["list"] = 0
	clone.Set("s", "clone")
	v, _ := clone.Get("m")
	v.(map[string]any)["list"] = 0
	if c.String("s") != "x" || c.String("m") != `{"list":[1,"x"]}` || clone.String("m") != `{"list":[1,"x"]}` {
		t.Error("a copy shares something")
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 200 {
				c.Set(fmt.Sprint(i), i)
				c.Log("%d", i)
				_, _, _, _ = c.Snapshot(), c.Clone(), c.String("0"), c.Logs()
			}
		}()
	}
	wg.Wait()
	if len(c.Logs()) != 1600 {
		t.Errorf("%d log lines", len(c.Logs()))
	}
}

// TestGates holds the exit to the goal gates.
func TestGates(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		path string
		want Status
	}{
		"node target first":   {`graph [retry_target=b] n [prompt=n, goal_gate=true, retry_target=a, fallback_retry_target=b, replies="{\"outcome\":\"fail\"}|ok"] g [shape=diamond] a [prompt=a] b [prompt=b] s -> g0 g0 [prompt=x] g0 -> n -> g -> e a -> n b -> n`, "", ""},
		"graph target":        {`graph [retry_target=n] n [prompt=n, goal_gate=true, replies="{\"outcome\":\"fail\"}|ok"] g [shape=diamond] s -> n -> g -> e`, "s n g n g e", Success},
		"graph fallback":      {`graph [retry_target=zz, fallback_retry_target=n] n [prompt=n, goal_gate=true, replies="{\"outcome\":\"fail\"}|ok"] s -> n -> e`, "s n n e", Success},
		"none":                {`n [prompt=n, goal_gate=true, replies="{\"outcome\":\"fail\"}"] s -> n -> e`, "s n", Fail},
		"partial is enough":   {`n [prompt=n, goal_gate=true, replies="{\"outcome\":\"partial_success\"}"] s -> n -> e`, "s n e", Success},
		"unvisited":           {`n [prompt=n, goal_gate=true] s -> e [weight=1] s -> n -> e`, "s e", Success},
		"unvisited, strict":   {`strict_gates=true n [prompt=n, goal_gate=true] s -> e [weight=1] s -> n -> e`, "s", Fail},
		"strict with target":  {`strict_gates=true n [prompt=n, goal_gate=true, retry_target=n] s -> e [weight=1] s -> n -> e`, "s n e", Success},
		"dead end":            {`n [prompt=n, goal_gate=true, replies="{\"outcome\":\"fail\"}"] d [prompt=d] s -> n -> d s -> e`, "s n d", Fail},
		"dead end, gates met": {`n [prompt=n, goal_gate=true] d [prompt=d] s -> n [weight=1] n -> d s -> e`, "s n d", Success},
		"nothing open":        {`n [prompt=n] s -> n n -> e [condition="outcome=fail"]`, "s n", Fail},
		"jumps to the exit":   {`max_steps=50 n [prompt=n, goal_gate=true, retry_target=e, replies="{\"outcome\":\"fail\"}"] s -> n n -> e [condition="outcome=fail"]`, "s n", Fail},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "node target first" {
				c.path, c.want = "s g0 n a n g e", Success // the failure itself goes to the retry target
			}
			if name == "dead end" {
				c.src = strings.Replace(c.src, "s -> n -> d", "s -> n [weight=1] n -> d", 1)
			}
			res, _, _ := run(t, "digraph G { s [shape=Mdiamond] e [shape=Msquare] "+c.src+" }", nil)
			if got := strings.Join(res.Path, " "); got != c.path || res.Status != c.want {
				t.Errorf("got %s %s (%s), want %s %s", res.Status, got, res.Reason, c.want, c.path)
			}
		})
	}
}

func TestSteps(t *testing.T) {
	res, _, _ := run(t, `digraph G { max_steps=7 max_visits=100 s [shape=Mdiamond] e [shape=Msquare] a [prompt=a] b [prompt=b] s -> a -> b b -> a [weight=1] b -> e }`, nil)
	if res.Status != Fail || res.Reason != "more than 7 steps (max_steps)" || len(res.Path) != 7 {
		t.Errorf("%+v", res)
	}
	res, _, _ = run(t, `digraph G { max_restarts=2 s [shape=Mdiamond] e [shape=Msquare] a [prompt=a] b [prompt=b] s -> a -> b b -> a [loop_restart=true, weight=1] b -> e }`, nil)
	if res.Status != Fail || res.Reason != "restarted more than 2 times (max_restarts)" {
		t.Errorf("%+v", res)
	}
	// By default a node is visited 25 times.
	res, _, _ = run(t, `digraph G { s [shape=Mdiamond] e [shape=Msquare] a [prompt=a] s -> a a -> a [weight=1] a -> e }`, nil)
	if res.Status != Fail || len(res.Path) != 26 {
		t.Errorf("%d stages, %s", len(res.Path), res.Reason)
	}
}
