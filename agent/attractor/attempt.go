package attractor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// stage runs one node, again and again as its retry policy says.
func (e *Engine) stage(ctx context.Context, g *Graph, st *state, n *Node, by *way) (*Outcome, error) {
	s := &Stage{Run: e.RunID, Graph: g, Node: n, Branch: st.branch, Visit: st.visits[n.ID], Context: st.context, Logs: e.Logs, Work: st.work,
		Dir: filepath.Join(st.dir, n.ID), Params: paramsOf(g, n), engine: e, state: st}
	if s.Visit > 1 {
		s.Dir = filepath.Join(s.Dir, fmt.Sprintf("visit-%d", s.Visit))
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, err
	}
	s.Emit = func(ev Event) {
		ev.Node, ev.Branch, ev.Visit, ev.Attempt = n.ID, or(ev.Branch, st.branch), s.Visit, s.Attempt
		e.emit(ev)
	}
	s.Ask = func(ctx context.Context, q Question) (Answer, error) { return e.ask(ctx, s, q) }
	s.Hooks = hooksOf(s)
	remember(s, by)
	st.context.Set("current_node", n.ID)

	attempts := 1
	if !slices.Contains([]string{TypeStart, TypeExit, TypeConditional, TypeHuman}, g.TypeOf(n)) {
		attempts += n.Attrs.Int("max_retries", defaultRetries(g))
	}
	for s.Attempt = 1; ; s.Attempt++ {
		began := e.Clock.Now()
		started := Event{Kind: StageStarted, Count: st.steps}
		if g.TypeOf(n) == TypeCodergen {
			started.Params = &s.Params
		}
		s.Emit(started)
		o, err := e.attempt(ctx, s)
		if err != nil {
			return nil, err
		}
		again := o.Status == Retry || o.Status == Fail && o.FailureClass != Terminal
		if again && s.Attempt < attempts {
			delay := e.jitter(s.Attempt)
			s.Emit(Event{Kind: StageFailed, Text: o.FailureReason, Outcome: o, Retrying: true, Duration: e.Clock.Now().Sub(began)})
			st.retries[n.ID]++
			st.context.Set("internal.retry_count."+n.ID, st.retries[n.ID])
			s.Emit(Event{Kind: StageRetrying, Delay: delay})
			select {
			case <-e.Clock.After(delay):
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
			continue
		}
		switch {
		case again && (attempts > 1 || o.Status == Retry) && n.Attrs.Bool("allow_partial"):
			o = &Outcome{Status: PartialSuccess, Notes: "retries exhausted, partial result accepted: " + o.FailureReason, Updates: o.Updates}
		case o.Status == Retry:
			o = &Outcome{Status: Fail, FailureReason: or(o.FailureReason, "max retries exceeded"), Updates: o.Updates}
		}
		if o.Status.OK() && st.retries[n.ID] > 0 {
			st.retries[n.ID] = 0
			st.context.Set("internal.retry_count."+n.ID, 0)
		}
		if err := writeJSON(filepath.Join(s.Dir, "status.json"), o); err != nil {
			return nil, err
		}
		kind := StageCompleted
		if o.Status == Fail {
			kind = StageFailed
		}
		s.Emit(Event{Kind: kind, Text: o.FailureReason, Outcome: o, Duration: e.Clock.Now().Sub(began)})
		return o, nil
	}
}

// errTimeout is why a stage's context ended.
var errTimeout = errors.New("timeout")

// attempt calls the handler once; its error stops the run.
func (e *Engine) attempt(ctx context.Context, s *Stage) (*Outcome, error) {
	file := filepath.Join(s.Dir, "status.json")
	os.Remove(file)
	stageCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	limit := s.Node.Attrs.Duration("timeout", 0)
	if limit > 0 && s.Graph.TypeOf(s.Node) != TypeHuman {
		late := e.Clock.After(limit)
		go func() {
			select {
			case <-late:
				cancel(errTimeout)
			case <-stageCtx.Done():
			}
		}()
	}
	o, err := e.call(stageCtx, s)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, ErrStop), errors.Is(err, ErrStopped):
		return nil, err
	case context.Cause(stageCtx) == errTimeout && (err != nil || o != nil && !o.Status.OK()):
		return Failed(TimedOut, "timeout after %s", limit), nil
	case err != nil:
		return Failed(Classify(err), "%v", err), nil
	case o != nil:
		return o, nil
	}
	o, err = readOutcome(file)
	switch {
	case err != nil:
		return Failed(Terminal, "%v", err), nil
	case o != nil:
		return o, nil
	case s.Node.Attrs.Bool("auto_status"):
		return &Outcome{Status: Success, Notes: "auto-status: the handler wrote no status"}, nil
	}
	return Failed(Terminal, "the handler of %s neither returned nor wrote an outcome", s.Node.ID), nil
}

// call finds the handler and turns its panic into a failure.
func (e *Engine) call(ctx context.Context, s *Stage) (o *Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.Context.Log("%s: panic: %v\n%s", s.Node.ID, r, debug.Stack())
			o, err = Failed(Terminal, "panic: %v", r), nil
		}
	}()
	h, ok := e.handlers[s.Graph.TypeOf(s.Node)]
	if !ok {
		h, ok = e.handlers[typeOfShape[s.Node.Attrs["shape"]]]
	}
	if !ok {
		h = e.handlers[TypeCodergen]
	}
	return h.Execute(ctx, s)
}

// readOutcome reads a status.json; nil when there is none.
func readOutcome(path string) (*Outcome, error) {
	var o Outcome
	switch err := readJSON(path, &o); {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &o, nil
}

func (e *Engine) jitter(attempt int) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return backoff(attempt, e.rng)
}

func paramsOf(g *Graph, n *Node) ModelParams {
	p := ModelParams{
		Model: or(n.Attrs["llm_model"], g.Attrs["llm_model"]), Provider: or(n.Attrs["llm_provider"], g.Attrs["llm_provider"]),
		Effort: or(n.Attrs["reasoning_effort"], g.Attrs["reasoning_effort"], "high"), Assigned: "rule",
	}
	if classes := n.Classes(); len(classes) > 0 {
		p.Use = classes[0]
	}
	for k := range n.Attrs {
		if strings.HasPrefix(k, "experiment.") {
			p.Assigned = "random"
		}
	}
	return p
}
