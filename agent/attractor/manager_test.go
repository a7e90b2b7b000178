package attractor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func managed(attrs string) string {
	return `digraph Boss { "stack.child_dotfile"="child.dot" s [shape=Mdiamond] e [shape=Msquare] m [shape=house, label=manage` + attrs + `] s -> m -> e }`
}

func TestManager(t *testing.T) {
	const child = `digraph Child { s [shape=Mdiamond] e [shape=Msquare] a [prompt=a] w [type=mine] s -> a -> w -> e }`
	const failing = `digraph Child { s [shape=Mdiamond] e [shape=Msquare] a [shape=parallelogram, tool_command="exit 1"] s -> a a -> e [condition="outcome=success"] }`
	for name, c := range map[string]struct{ attrs, child, want string }{
		"child succeeds":   {"", child, "success"},
		"child fails":      {"", failing, "child failed: exit status 1: "},
		"child is broken":  {"", "digraph {", "1:9: expected the graph's name, found \"{\""},
		"child is missing": {`, stack.child_dotfile="none.dot"`, child, "child pipeline: open"},
		"bad condition":    {`, manager.stop_condition="a || b"`, child, "manager.stop_condition"},
		"cycles used up":   {`, manager.max_cycles=3, stack.child_autostart=false`, child, "the child was not done after manager.max_cycles"},
		"stop condition":   {`, manager.poll_interval=10ms, manager.stop_condition="context.stack.child.stages=3"`, "hold" + child, "success"},
		"no waiting":       {`, manager.actions="observe", manager.max_cycles=10000000`, child, "success"},
	} {
		t.Run(name, func(t *testing.T) {
			src, hold := strings.CutPrefix(c.child, "hold")
			res, events, _ := run(t, managed(c.attrs), func(o *Options) {
				clk := newClock()
				if c.attrs == "" {
					clk.held = func(d time.Duration) bool { return d == 45*time.Second } // the child ends before the manager looks again
				}
				o.Clock = clk
				o.Handlers = map[string]Handler{"mine": HandlerFunc(func(ctx context.Context, s *Stage) (*Outcome, error) {
					if hold {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return &Outcome{Status: Success}, nil
				})}
				if hold {
					o.Clock = realClock{}
				}
				os.WriteFile(filepath.Join(o.Work, "child.dot"), []byte(src), 0o644)
			})
			got := outcomeOf(events, "m")
			if is := or(got.FailureReason, string(got.Status)); !strings.HasPrefix(is, c.want) {
				t.Errorf("got %q want %q", is, c.want)
			}
			if name == "child succeeds" && (res.Context["context.stack.child.status"] != "completed" || res.Context["context.stack.child.outcome"] != "success") {
				t.Errorf("context %v", res.Context)
			}
		})
	}
}

// TestManagerSteers leaves instructions with the stage that the child is at.
func TestManagerSteers(t *testing.T) {
	steered := make(chan string, 1)
	_, events, _ := run(t, managed(`, prompt="hurry up", manager.actions="observe,steer,wait", manager.poll_interval=10ms`), func(o *Options) {
		o.Clock = realClock{}
		os.WriteFile(filepath.Join(o.Work, "child.dot"), []byte(one("type=mine")), 0o644)
		o.Handlers = map[string]Handler{"mine": HandlerFunc(func(ctx context.Context, s *Stage) (*Outcome, error) {
			for {
				if b, err := os.ReadFile(filepath.Join(s.Dir, "steering.md")); err == nil {
					steered <- string(b)
					return &Outcome{Status: Success}, nil
				}
				select {
				case <-ctx.Done():
					return nil, ctx.Err()
				case <-time.After(5 * time.Millisecond):
				}
			}
		})}
	})
	if got := outcomeOf(events, "m"); got.Status != Success || <-steered != "hurry up\n" {
		t.Errorf("%+v", got)
	}
}
