package attractor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Engine walks one pipeline at a time, from its start to its exit.
type Engine struct {
	Options
	handlers map[string]Handler

	mu       sync.Mutex // guards the fields below: parallel branches share them
	journal  *journal
	rng      *rand.Rand
	asked    int
	threads  map[string]bool // sessions that full fidelity has begun
	writeErr error
	kept     photo // the work tree's latest that has a ref
}

// New is an engine with the built-in handlers and those of the options, which replace built-in ones of the same type.
func New(o Options) *Engine {
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Interviewer == nil {
		o.Interviewer = AutoApprove{}
	}
	e := &Engine{Options: o, threads: map[string]bool{}, handlers: map[string]Handler{
		TypeStart: HandlerFunc(succeed), TypeExit: HandlerFunc(succeed), TypeCodergen: HandlerFunc(codergen), TypeHuman: HandlerFunc(waitHuman),
		TypeConditional: HandlerFunc(conditional), TypeParallel: HandlerFunc(parallel), TypeFanIn: HandlerFunc(fanIn), TypeTool: HandlerFunc(tool),
		TypeManager: HandlerFunc(manager),
	}}
	maps.Copy(e.handlers, o.Handlers)
	return e
}

// Types are the stage types that have a handler, sorted.
func (e *Engine) Types() []string { return slices.Sorted(maps.Keys(e.handlers)) }

// Run walks a pipeline in a new run directory. The error says why it could not be run or, wrapping ErrStopped, that it
// stopped at a checkpoint; a pipeline that ran and failed is a Result.
func (e *Engine) Run(ctx context.Context, src []byte) (*Result, error) {
	if err := e.open(); err != nil {
		return nil, err
	}
	defer e.journal.close()
	if _, err := os.Stat(filepath.Join(e.Logs, "graph.dot")); err == nil {
		return nil, fmt.Errorf("%s holds a run already: resume it, or choose another directory", e.Logs)
	}
	m := &Manifest{Run: e.RunID, Started: e.Clock.Now(), Seed: e.Seed, Work: e.Work, NewGoal: e.Goal, Set: e.Set}
	return e.begin(ctx, src, m, Event{Kind: PipelineStarted})
}

// Resume goes on with the run in the options' directory from its checkpoint. A finished run only tells its result.
func (e *Engine) Resume(ctx context.Context) (*Result, error) {
	if _, err := os.Stat(filepath.Join(e.Logs, "graph.dot")); err != nil {
		return nil, fmt.Errorf("nothing to resume: %w", err)
	}
	src, err := os.ReadFile(filepath.Join(e.Logs, "graph.dot"))
	if err != nil {
		return nil, err
	}
	m, err := LoadManifest(e.Logs)
	if err != nil {
		return nil, err
	}
	e.RunID, e.Seed, e.Work, e.Goal, e.Set = m.Run, m.Seed, or(e.Work, m.Work), m.NewGoal, m.Set
	if err := e.open(); err != nil {
		return nil, err
	}
	defer e.journal.close()
	cp, err := LoadCheckpoint(e.Logs)
	if errors.Is(err, os.ErrNotExist) {
		return e.begin(ctx, src, m, Event{Kind: PipelineResumed, Text: "from the beginning"})
	} else if err != nil {
		return nil, err
	}
	if cp.GraphSHA256 != hash(src) && !e.Force {
		return nil, fmt.Errorf("%s: the graph has changed since the checkpoint; force it to resume all the same", e.Logs)
	}
	if cp.Status != "running" {
		return &Result{Run: cp.RunID, Status: Status(cp.Status), Reason: cp.Reason, Path: cp.Completed, Context: cp.Context, Logs: e.Logs}, nil
	}
	g, err := e.prepare(src, false)
	if err != nil {
		return nil, err
	}
	st, to := cp.state(g, e.Logs, e.Work)
	if g.Node(to.to) == nil {
		return nil, fmt.Errorf("%s: the next node %s is not in the graph", e.Logs, to.to)
	}
	st.resumed = true
	ev := Event{Kind: PipelineResumed, Target: to.to}
	if w := openWorktree(e.Work); w != nil && cp.Work != nil {
		changed, err := w.restore(*cp.Work, e.ref("before-resume"))
		if err != nil {
			return nil, fmt.Errorf("restore the work tree: %w", err)
		}
		if changed {
			ev.Text = "the work tree is as it was at the checkpoint again; what it was before is kept as " + e.ref("before-resume")
		}
	}
	e.emit(ev)
	return e.execute(ctx, g, src, st, to)
}

// open takes hold of the run's directory.
func (e *Engine) open() (err error) {
	if e.Logs, err = filepath.Abs(e.Logs); err != nil {
		return err
	}
	if e.Work, err = filepath.Abs(e.Work); err != nil {
		return err
	}
	e.RunID = or(e.RunID, filepath.Base(e.Logs))
	e.rng = rand.New(rand.NewPCG(e.Seed, 1))
	e.journal, err = openJournal(e.Logs)
	return err
}

func (e *Engine) ref(name string) string {
	return "refs/attractor/" + refUnsafe.ReplaceAllString(e.RunID, "-") + "/" + name
}

// begin takes a run from its source to its end.
func (e *Engine) begin(ctx context.Context, src []byte, m *Manifest, first Event) (*Result, error) {
	if err := errors.Join(writeJSON(filepath.Join(e.Logs, "manifest.json"), m), writeFile(filepath.Join(e.Logs, "graph.dot"), src)); err != nil {
		return nil, err
	}
	e.emit(first)
	g, err := e.prepare(src, true)
	if err != nil {
		e.emit(Event{Kind: PipelineFailed, Text: err.Error()})
		return nil, err
	}
	e.phase("initialize")
	m.Name, m.Goal = g.Name, g.Goal()
	st := newState(e.Logs, e.Work, e.initialContext(g))
	to := &way{to: g.OfType(TypeStart)[0].ID, rule: "start"}
	if err := errors.Join(writeJSON(filepath.Join(e.Logs, "manifest.json"), m), e.save(g, src, st, "", to)); err != nil {
		return nil, err
	}
	return e.execute(ctx, g, src, st, to)
}

// prepare parses, transforms and lints; only a new run tells of it.
func (e *Engine) prepare(src []byte, tell bool) (*Graph, error) {
	phase := func(name string) {
		if tell {
			e.phase(name)
		}
	}
	phase("parse")
	g, err := Parse(src)
	if err != nil {
		return nil, err
	}
	if e.Goal != "" {
		g.Attrs["goal"] = e.Goal
	}
	phase("transform")
	if g, err = Prepare(g, e.Seed, e.Transforms...); err != nil {
		return nil, fmt.Errorf("transform: %w", err)
	}
	phase("validate")
	ds := Lint(g, e.Types(), e.Rules...)
	if err := Errors(ds); err != nil || !tell {
		return g, err
	}
	for _, d := range ds {
		e.emit(Event{Kind: Diagnosed, Node: d.Node, Text: d.String()})
	}
	for _, n := range g.Nodes {
		for _, prop := range styleProps {
			if offered := n.Attrs["experiment."+prop]; offered != "" {
				e.emit(Event{Kind: ExperimentDrawn, Node: n.ID, Text: prop + ": " + offered, Target: n.Attrs[prop]})
			}
		}
	}
	return g, nil
}

func (e *Engine) phase(name string) { e.emit(Event{Kind: PhaseStarted, Text: name}) }

func (e *Engine) initialContext(g *Graph) *Context {
	c := NewContext()
	for k, v := range g.Attrs {
		c.Set("graph."+k, v)
	}
	c.Set("graph.goal", g.Goal())
	c.Apply(e.Set)
	return c
}

// execute walks from a way on to the end and closes the run.
func (e *Engine) execute(ctx context.Context, g *Graph, src []byte, st *state, to *way) (*Result, error) {
	began := e.Clock.Now()
	e.phase("execute")
	o, err := e.walk(ctx, g, st, to, "", func(at string, to *way) error { return e.save(g, src, st, at, to) })
	res := &Result{Run: e.RunID, Path: st.path, Context: st.context.Snapshot(), Logs: e.Logs}
	if err != nil {
		e.emit(Event{Kind: PipelineStopped, Text: err.Error(), Duration: e.Clock.Now().Sub(began)})
		return res, fmt.Errorf("%w: %w", ErrStopped, err)
	}
	e.phase("finalize")
	res.Status, res.Reason = Success, ""
	if !o.Status.OK() {
		res.Status, res.Reason = Fail, or(o.FailureReason, "the last stage ended in "+string(o.Status))
	}
	cp := st.save(g, last(st.path), nil)
	cp.Status, cp.Reason = string(res.Status), res.Reason
	if err := e.write(cp, src, st.work); err != nil {
		return nil, err
	}
	e.emit(Event{Kind: CheckpointSaved, Node: cp.CurrentNode})
	if res.Status == Success {
		e.emit(Event{Kind: PipelineCompleted, Count: st.steps, Duration: e.Clock.Now().Sub(began)})
	} else {
		e.emit(Event{Kind: PipelineFailed, Text: res.Reason, Duration: e.Clock.Now().Sub(began)})
	}
	return res, e.writeErr
}

func last(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// walk goes from node to node: to the exit or a dead end, or, in a branch, to the node where branches meet. The error means
// that the run stops where it is; what a pipeline makes of itself is the outcome. done is told of every finished stage.
func (e *Engine) walk(ctx context.Context, g *Graph, st *state, to *way, stop string, done func(at string, to *way) error) (*Outcome, error) {
	for {
		n := g.Node(to.to)
		if to.edge != nil && to.edge.Attrs.Bool("loop_restart") && stop == "" {
			st.restart(e.initialContext(g), e.Logs)
			if limit := g.Attrs.Int("max_restarts", 100); st.restarts > limit {
				return Failed(Terminal, "restarted more than %d times (max_restarts)", limit), nil
			}
			to = &way{to: n.ID, rule: "restart"}
			if err := done("", to); err != nil {
				return nil, err
			}
			e.emit(Event{Kind: PipelineRestarted, Target: n.ID, Count: st.restarts})
		}
		if n.ID == stop {
			return st.previous, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		exit := g.TypeOf(n) == TypeExit
		if exit {
			if gate := unmetGate(g, st.last); gate != nil {
				target := or(retryTarget(g, gate.Attrs), retryTarget(g, g.Attrs))
				e.emit(Event{Kind: GateUnmet, Node: gate.ID, Target: target})
				if target == "" {
					return Failed("", "goal gate %s is unmet and has no retry target", gate.ID), nil
				}
				if o := st.step(g); o != nil {
					return o, nil
				}
				to = &way{to: target, rule: "goal_gate"}
				continue
			}
		}
		if o := cmp.Or(st.step(g), st.visit(g, n)); o != nil {
			return o, nil
		}
		o, err := e.stage(ctx, g, st, n, to)
		if err != nil {
			return nil, err
		}
		st.record(g, n, o)
		var next *way
		if !exit {
			next = route(g, n, o, st.context)
		}
		if next != nil {
			e.emit(Event{Kind: EdgeSelected, Node: n.ID, Branch: st.branch, Target: next.to, Text: next.rule})
			if err := done(n.ID, next); err != nil {
				return nil, err
			}
			to = next
			continue
		}
		switch {
		case exit, o.Status == Fail:
			return o, nil
		case len(g.Out(n.ID)) > 0:
			return Failed("", "no edge out of %s is open after %s", n.ID, o.Status), nil
		}
		if gate := unmetGate(g, st.last); gate != nil && stop == "" {
			e.emit(Event{Kind: GateUnmet, Node: gate.ID})
			return Failed("", "the pipeline ended at %s with goal gate %s unmet", n.ID, gate.ID), nil
		}
		return o, nil
	}
}

// step counts what the walk does, and visit how often it comes to a node; both fail beyond their limits, for a pipeline that
// jumps back for ever would never end.
func (st *state) step(g *Graph) *Outcome {
	if st.steps++; st.steps > g.Attrs.Int("max_steps", 1000) {
		return Failed(Terminal, "more than %d steps (max_steps)", st.steps-1)
	}
	return nil
}

func (st *state) visit(g *Graph, n *Node) *Outcome {
	st.visits[n.ID]++
	if limit := n.Attrs.Int("max_visits", g.Attrs.Int("max_visits", 25)); st.visits[n.ID] > limit {
		return Failed(Terminal, "node %s was visited more than %d times (max_visits)", n.ID, limit)
	}
	return nil
}

// record takes a stage's outcome into what the run remembers.
func (st *state) record(g *Graph, n *Node, o *Outcome) {
	st.path = append(st.path, n.ID)
	st.previous = o
	if t := g.TypeOf(n); t != TypeConditional && o.Status != Skipped {
		st.last[n.ID] = o
	}
	st.context.Apply(o.Updates)
	st.context.Apply(map[string]any{"outcome": string(o.Status), "preferred_label": o.PreferredLabel, "last_stage": n.ID})
	line := fmt.Sprintf("%s: %s", n.ID, o.Status)
	if why := or(o.FailureReason, o.Notes); why != "" {
		line += ": " + why
	}
	st.context.Log("%s", line)
}

// restart begins anew in a fresh directory, as a loop_restart edge wants it.
func (st *state) restart(ctx *Context, logs string) {
	n := st.restarts + 1
	*st = *newState(filepath.Join(logs, fmt.Sprintf("restart-%d", n)), st.work, ctx)
	st.restarts = n
	st.context.Set("internal.restarts", n)
}

func (e *Engine) save(g *Graph, src []byte, st *state, at string, to *way) error {
	if err := e.write(st.save(g, at, to), src, st.work); err != nil {
		return err
	}
	e.emit(Event{Kind: CheckpointSaved, Node: at, Target: to.to})
	return nil
}

func (e *Engine) write(c *Checkpoint, src []byte, work string) error {
	c.RunID, c.GraphSHA256, c.Timestamp = e.RunID, hash(src), e.Clock.Now()
	if w := openWorktree(work); w != nil {
		p, err := w.photograph()
		if err == nil && p != e.kept {
			_, err = w.keep(p, e.ref("checkpoint"))
			e.kept = p
		}
		if err != nil {
			return fmt.Errorf("photograph the work tree: %w", err)
		}
		c.Work = &p
	}
	return writeJSON(filepath.Join(e.Logs, "checkpoint.json"), c)
}

func (e *Engine) emit(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.journal.seq++
	ev.Seq, ev.Time, ev.Run = e.journal.seq, e.Clock.Now().UTC(), e.RunID
	e.writeErr = errors.Join(e.writeErr, e.journal.write(ev))
	if e.Observe != nil {
		e.Observe(ev)
	}
}

// newThread says whether no stage has used the session before.
func (e *Engine) newThread(key string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.threads[key] {
		return false
	}
	e.threads[key] = true
	return true
}
