package attractor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// telemetry is what a manager has seen of its child.
type telemetry struct {
	mu                              sync.Mutex
	stage, dir                      string
	stages, failures, retries, seen int
}

func (t *telemetry) observe(logs string) func(Event) {
	return func(ev Event) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.seen++
		switch ev.Kind {
		case StageStarted:
			t.stages++
			t.stage, t.dir = ev.Node, filepath.Join(logs, ev.Node)
			if ev.Visit > 1 {
				t.dir = filepath.Join(t.dir, fmt.Sprintf("visit-%d", ev.Visit))
			}
		case StageFailed:
			t.failures++
		case StageRetrying:
			t.retries++
		}
	}
}

// manager supervises a child pipeline: it runs it in its own directory, looks at it every poll interval, steers it, and
// ends when the child ends, the stop condition holds or the cycles are used up.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#411-manager-loop-handler
func manager(ctx context.Context, s *Stage) (*Outcome, error) {
	file := or(s.Node.Attrs["stack.child_dotfile"], s.Graph.Attrs["stack.child_dotfile"])
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.Work, file)
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return Failed(Terminal, "child pipeline: %v", err), nil
	}
	stop, err := ParseCondition(s.Node.Attrs["manager.stop_condition"])
	if err != nil {
		return Failed(Terminal, "manager.stop_condition: %v", err), nil
	}
	work := or(s.Graph.Attrs["stack.child_workdir"], s.Work)
	if !filepath.IsAbs(work) {
		work = filepath.Join(s.Work, work)
	}
	actions := strings.Split(or(s.Node.Attrs["manager.actions"], "observe,wait"), ",")
	seen := &telemetry{}
	childCtx, cancel := context.WithCancel(ctx)
	var ended chan childEnd
	if or(s.Node.Attrs["stack.child_autostart"], "true") == "true" {
		ended = s.startChild(childCtx, src, work, seen)
	}
	defer func() {
		cancel()
		if ended != nil {
			<-ended
		}
	}()
	poll := s.Node.Attrs.Duration("manager.poll_interval", 45*time.Second)
	var over *childEnd
	for range s.Node.Attrs.Int("manager.max_cycles", 1000) {
		if slices.Contains(actions, "observe") {
			s.Context.Apply(seen.report(over))
		}
		if slices.Contains(actions, "steer") && over == nil {
			if err := seen.steer(s); err != nil {
				return nil, err
			}
		}
		switch {
		case over != nil && over.err != nil:
			return nil, over.err
		case over != nil && over.result.Status == Success:
			return &Outcome{Status: Success, Notes: "Child completed"}, nil
		case over != nil:
			return Failed("", "child failed: %s", over.result.Reason), nil
		case len(stop) > 0 && stop.Holds(&Outcome{}, s.Context):
			return &Outcome{Status: Success, Notes: "Stop condition satisfied"}, nil
		}
		var tick <-chan time.Time
		if slices.Contains(actions, "wait") {
			tick = s.engine.Clock.After(poll)
		} else {
			now := make(chan time.Time)
			close(now)
			tick = now
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick:
		case end, ok := <-ended:
			if ok {
				over = &end
			}
		}
	}
	return Failed("", "the child was not done after manager.max_cycles"), nil
}

type childEnd struct {
	result *Result
	err    error
}

// startChild runs the child, or goes on with it when the manager itself was resumed.
func (s *Stage) startChild(ctx context.Context, src []byte, work string, seen *telemetry) chan childEnd {
	o := s.engine.Options
	o.Logs, o.Work, o.RunID, o.Goal, o.Set = filepath.Join(s.Dir, "child"), work, s.Run+"-"+s.Node.ID, "", nil
	o.Observe = seen.observe(o.Logs)
	child := New(o)
	ended := make(chan childEnd, 1)
	go func() {
		defer close(ended)
		run := func() (*Result, error) { return child.Run(ctx, src) }
		if _, err := os.Stat(filepath.Join(o.Logs, "graph.dot")); err == nil {
			run = func() (*Result, error) { return child.Resume(ctx) }
		}
		res, err := run()
		ended <- childEnd{res, err}
	}()
	return ended
}

// report is the child's state as context keys.
func (t *telemetry) report(over *childEnd) map[string]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	status, outcome := "running", ""
	if over != nil && over.err == nil {
		status, outcome = "completed", string(over.result.Status)
		if over.result.Status != Success {
			status = "failed"
		}
	}
	return map[string]any{
		"context.stack.child.status": status, "context.stack.child.outcome": outcome, "context.stack.child.stage": t.stage,
		"context.stack.child.stages": t.stages, "context.stack.child.failures": t.failures, "context.stack.child.retries": t.retries,
	}
}

// steer leaves the manager's instructions in the directory of the stage the child is at, as steering.md.
func (t *telemetry) steer(s *Stage) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dir == "" || s.Node.Attrs["prompt"] == "" {
		return nil
	}
	return writeFile(filepath.Join(t.dir, "steering.md"), []byte(s.Node.Attrs["prompt"]+"\n"))
}
