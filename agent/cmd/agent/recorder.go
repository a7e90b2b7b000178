package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"twinset.dev/agent/attractor"
	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/llm"
	"twinset.dev/agent/loop"
	"twinset.dev/agent/record"
)

// A recorder puts what runs do into a context store: their events, what is said in their sessions, every use of a model and of a tool.
type recorder struct {
	where string

	api     cxdb.API // nil records nothing
	mu      sync.Mutex
	runs    map[string]*record.Run
	waiting map[string][]attractor.Event // of runs that have not begun to execute
	lost    error                        // of the first record that could not be written
}

func (r *recorder) flags(f *pflag.FlagSet) {
	f.StringVar(&r.where, "store", cmp.Or(os.Getenv("CXDB_STORE"), ".factory/cxdb"),
		"the context store where all is recorded: its directory, its URL with the token in $CXDB_TOKEN, or none")
}

// open connects the store; done closes it, and says whether a record was lost.
func (r *recorder) open() (done func() error, err error) {
	r.runs, r.waiting = map[string]*record.Run{}, map[string][]attractor.Event{}
	if r.where == "none" {
		return func() error { return nil }, nil
	}
	api, disconnect, err := cxdb.Connect(r.where, os.Getenv("CXDB_TOKEN"))
	if err != nil {
		return nil, fmt.Errorf("--store %s: %w", r.where, err)
	}
	r.api = api
	return func() error {
		err := disconnect()
		if r.lost != nil {
			err = errors.Join(fmt.Errorf("the record is not complete: %w", r.lost), err)
		}
		return err
	}, nil
}

// begin starts the record of a run, or goes on with it.
func (r *recorder) begin(started record.RunStarted, resumed bool) {
	if r.api == nil {
		return
	}
	ctx := context.Background()
	r.mu.Lock()
	defer r.mu.Unlock()
	if resumed {
		found, err := r.api.Search(ctx, fmt.Sprintf("label = %q AND parent = 0", "run:"+started.Run), 1)
		if len(found) > 0 {
			r.runs[started.Run], err = record.Resume(ctx, r.api, started.Run, found[0].ID)
		}
		r.lose(err)
	}
	if r.runs[started.Run] == nil {
		run, err := record.Begin(ctx, r.api, started)
		r.lose(err)
		r.runs[started.Run] = run
	}
}

// lose remembers the first error; r.mu is held.
func (r *recorder) lose(err error) {
	if r.lost == nil {
		r.lost = err
	}
}

// put writes to a run's record; what is of no run that was begun is not recorded.
func (r *recorder) put(run string, write func(*record.Run) error) {
	r.mu.Lock()
	to := r.runs[run]
	r.mu.Unlock()
	if to == nil {
		return
	}
	if err := write(to); err != nil {
		r.mu.Lock()
		r.lose(err)
		r.mu.Unlock()
	}
}

// observe hears what pipelines tell.
func (r *recorder) observe(logs func(run string) string) func(attractor.Event) {
	return func(e attractor.Event) {
		for _, e := range r.due(e, logs) {
			r.put(e.Run, func(run *record.Run) error { return run.Event(context.Background(), eventRecord(e)) })
		}
		if lastEvent[e.Kind] {
			status := map[attractor.EventKind]string{attractor.PipelineCompleted: "success", attractor.PipelineFailed: "fail"}[e.Kind]
			r.put(e.Run, func(run *record.Run) error {
				return run.Finish(context.Background(), record.RunFinished{Status: cmp.Or(status, "stopped"), Reason: e.Text, Ended: record.At(e.Time)})
			})
		}
	}
}

// due are the events to write now: none of a run until its graph has been read, for its name and goal are in its manifest only then.
func (r *recorder) due(e attractor.Event, logs func(run string) string) []attractor.Event {
	r.mu.Lock()
	held, waits := r.waiting[e.Run]
	held = append(held, e)
	if !waits && e.Kind != attractor.PipelineStarted && e.Kind != attractor.PipelineResumed {
		r.mu.Unlock()
		return held
	}
	known := lastEvent[e.Kind] || e.Kind == attractor.PhaseStarted && e.Text == "execute"
	if r.waiting[e.Run] = held; known {
		delete(r.waiting, e.Run)
	}
	r.mu.Unlock()
	if !known {
		return nil
	}
	started := record.RunStarted{Run: e.Run, Started: record.At(held[0].Time), About: record.Metadata{Client: "agent run"}}
	if m, err := attractor.LoadManifest(logs(e.Run)); err == nil {
		started.Pipeline, started.Goal, started.Started = m.Name, m.Goal, record.At(m.Started)
	}
	r.begin(started, held[0].Kind == attractor.PipelineResumed)
	return held
}

// finish writes how a session's only task ended.
func (r *recorder) finish(run string, a loop.Answer, err error) {
	end := record.RunFinished{Status: "success", Ended: record.At(time.Now())}
	switch {
	case err != nil:
		end.Status, end.Reason = "fail", err.Error()
	case a.Limited:
		end.Status, end.Reason = "fail", "not done in time"
	}
	r.put(run, func(to *record.Run) error { return to.Finish(context.Background(), end) })
}

// lastEvent are the events after which a run tells nothing more.
var lastEvent = map[attractor.EventKind]bool{attractor.PipelineCompleted: true, attractor.PipelineFailed: true, attractor.PipelineStopped: true}

func eventRecord(e attractor.Event) record.Event {
	out := record.Event{Seq: int64(e.Seq), Time: record.At(e.Time), Kind: string(e.Kind), Node: e.Node, Branch: e.Branch, Visit: int64(e.Visit),
		Attempt: int64(e.Attempt), Target: e.Target, Text: e.Text, WillRetry: e.Retrying, Ms: e.Duration.Milliseconds()}
	if e.Outcome != nil {
		out.Status, out.FailureClass = string(e.Outcome.Status), e.Outcome.FailureClass
	}
	if p := e.Params; p != nil {
		out.Model, out.Provider, out.Effort, out.Use, out.AssignedBy = p.Model, p.Provider, p.Effort, p.Use, p.Assigned
	}
	return out
}

// session hears what a session does for a stage.
func (r *recorder) session(run, stage string, e loop.Event) {
	r.put(run, func(to *record.Run) error {
		switch e.Kind {
		case loop.ToolCallEnd:
			return to.Tool(context.Background(), record.ToolCall{Stage: stage, Session: e.Session, ID: e.Call.ID, Name: e.Call.Name, Args: e.Call.Args,
				IsError: e.IsError, Ms: e.Took.Milliseconds(), Time: record.At(e.Time)}, []byte(e.Output))
		case loop.UserInput, loop.AssistantTextEnd, loop.SteeringInjected, loop.LoopDetection, loop.TurnLimit, loop.Warning, loop.ErrorEvent:
			return to.Say(context.Background(), record.Message{Stage: stage, Session: e.Session, Kind: string(e.Kind), Text: e.Text, Time: record.At(e.Time)})
		}
		return nil
	})
}

// trace is the middleware that hears of every request.
func (r *recorder) trace(prices *llm.PriceSheet) llm.Middleware {
	return llm.Trace(llm.Tracer{Prices: prices, Record: func(_ context.Context, c llm.Call) {
		r.put(c.Run, func(to *record.Run) error { return to.Call(context.Background(), callRecord(c)) })
	}})
}

func callRecord(c llm.Call) record.LLMCall {
	count := func(n *int) int64 {
		if n == nil {
			return 0
		}
		return int64(*n)
	}
	return record.LLMCall{ID: c.ID, Time: record.At(c.Time), Run: c.Run, Stage: c.Stage, Visit: int64(c.Visit), Attempt: int64(c.Attempt),
		Session: c.Session, Purpose: c.Purpose, Use: c.Use, Provider: c.Provider, Requested: c.ModelRequested, Served: c.ModelServed,
		Effort: c.Params.Effort, Temperature: c.Params.Temperature, MaxTokens: int64(c.Params.MaxTokens),
		In: int64(c.Usage.Input), Out: int64(c.Usage.Output), Reasoning: count(c.Usage.Reasoning), CacheRead: count(c.Usage.CacheRead),
		CacheWrite: count(c.Usage.CacheWrite), PriceSheet: c.PriceSheet, USD: c.USD, MsFirst: c.MsFirst, MsTotal: c.MsTotal,
		Finish: string(c.Finish), ErrorClass: string(c.ErrorClass), Retries: int64(c.Retries), ToolCalls: int64(c.ToolCalls),
		BadArgs: int64(c.BadToolArgs), Simulated: c.Simulated}
}
