package loop

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"twinset.dev/agent/llmtest"
)

// Abort, or the end of the context, ends what is under way: the request, the commands with all they started, the subagents.
func TestAbort(t *testing.T) {
	t.Run("request", func(t *testing.T) {
		each(t, func(r *rig) {
			asked := make(chan bool, 1)
			r.think(func(llmtest.Conversation) llmtest.Step {
				asked <- true
				return llmtest.Step{Say: "never heard", Fault: &llmtest.Fault{Hang: true}}
			}).start()
			go func() {
				<-asked
				r.Abort()
			}()
			_, err := r.Submit(r.Context(), "go")
			r.aborted(err)
		})
	})
	t.Run("command", func(t *testing.T) {
		each(t, func(r *rig) {
			r.play(`
- call: [{name: shell, args: {command: "sleep 60 & echo $! > pid; wait"}}, {name: shell, args: {command: "sleep 60 & echo $! > pid2; wait"}}]`).start()
			go func() {
				waitFor(r.env.Dir+"/pid", r.env.Dir+"/pid2")
				r.Abort()
			}()
			_, err := r.Submit(r.Context(), "go")
			r.aborted(err)
			gone(r.T, r.env.Dir+"/pid")
			gone(r.T, r.env.Dir+"/pid2")
			r.check("both calls are told", len(r.of(ToolCallEnd)), 2)
		})
	})
	t.Run("context", func(t *testing.T) {
		r := &rig{T: t, profile: OpenAI("m")}
		r.play("\n- call: [{name: shell, args: {command: \"sleep 60 & echo $! > pid; wait\"}}]").start()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			waitFor(r.env.Dir + "/pid")
			cancel()
		}()
		_, err := r.Submit(ctx, "go")
		r.aborted(err)
		gone(t, r.env.Dir+"/pid")
	})
	t.Run("idle", func(t *testing.T) {
		r := (&rig{T: t, profile: OpenAI("m")}).start()
		r.Abort()
		r.Abort()
		r.Close()
		_, err := r.Submit(t.Context(), "go")
		r.check("error", errors.Is(err, ErrClosed), true)
		r.check("ends", len(r.of(SessionEnd)), 1)
	})
	t.Run("subagents", func(t *testing.T) {
		r := &rig{T: t, profile: OpenAI("m")}
		r.think(func(c llmtest.Conversation) llmtest.Step {
			switch {
			case strings.Contains(c.Said("user"), "child's task"):
				return llmtest.Step{Call: []llmtest.Call{{Name: "shell", Args: map[string]any{"command": "sleep 60 & echo $! > pid; wait"}}}}
			case c.Turn() == 0:
				return llmtest.Step{Call: []llmtest.Call{{Name: "spawn_agent", Args: map[string]any{"task": "child's task"}}}}
			}
			return llmtest.Step{Call: []llmtest.Call{{Name: "wait", Args: map[string]any{"agent_id": "agent-1"}}}}
		}).start()
		go func() {
			waitFor(r.env.Dir + "/pid")
			r.Abort()
		}()
		_, err := r.Submit(t.Context(), "go")
		r.aborted(err)
		gone(t, r.env.Dir+"/pid")
		ends := r.of(SessionEnd)
		r.check("the child ends first", say(len(ends), ends[0].Session, ends[0].Parent, ends[1].Session), "2 s/agent-1 s s")
	})
}

// aborted says that the session has ended as it should.
func (r *rig) aborted(err error) {
	r.Helper()
	if !errors.Is(err, context.Canceled) {
		r.Errorf("error %v", err)
	}
	all := r.of()
	r.check("last", say(all[len(all)-1].Kind, r.State()), "session_end closed")
}

// waitFor waits until commands have written files.
func waitFor(files ...string) {
	for _, f := range files {
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if data, _ := os.ReadFile(f); len(data) > 0 {
				break
			}
		}
	}
}
