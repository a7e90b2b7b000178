// Package codergen has loop sessions do the model stages of a pipeline.
package codergen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"twinset.dev/agent/attractor"
	"twinset.dev/agent/llm"
	"twinset.dev/agent/loop"
)

// A Backend is an [attractor.Backend]. Under full fidelity the stages of a thread are inputs of one session; every other stage has
// a session of its own.
type Backend struct {
	LLM    llm.Caller
	Config loop.Config // of every session; the backend sets ID, Events, Before and After itself
	// Profile is that of a stage; loop.ProfileOf what the stage asks for if nil.
	Profile func(attractor.ModelParams) (loop.Profile, error)
	// Environment is where a new session works. One that has a Close is closed with it.
	Environment func(*attractor.Stage) (loop.Environment, error)
	// Observe hears of what the sessions do; may be nil.
	Observe func(*attractor.Stage, loop.Event)

	mu      sync.Mutex
	threads map[string]*thread
	opened  int
}

// A thread is a session and the stage that it works for.
type thread struct {
	mu      sync.Mutex // held by the stage
	stage   atomic.Pointer[attractor.Stage]
	session *loop.Session
	close   func()
}

// Run sets a session to work on a stage. What ends the stage's context ends the session.
func (b *Backend) Run(ctx context.Context, s *attractor.Stage, prompt string) (attractor.Reply, error) {
	profile, err := b.profile(s.Params)
	if err != nil {
		return attractor.Reply{}, err
	}
	t := &thread{}
	if s.Fidelity == "full" {
		t = b.thread(s.Thread)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage.Store(s)
	ctx = llm.WithTags(ctx, llm.Tags{Run: s.Run, Stage: s.Node.ID, Visit: s.Visit, Attempt: s.Attempt, Purpose: "build", Use: s.Params.Use})
	if err := b.ready(ctx, s, t, profile); err != nil {
		return attractor.Reply{}, err
	}
	if s.Fidelity != "full" {
		defer t.end()
	}
	t.session.SetReasoningEffort(s.Params.Effort)
	answer, err := t.session.Submit(ctx, prompt)
	reply := attractor.Reply{Text: answer.Text}
	switch {
	case errors.Is(err, llm.ErrBudgetExceeded):
		return reply, fmt.Errorf("%w: %w", attractor.ErrStop, err)
	case err != nil:
		return reply, err
	case answer.Limited:
		reply.Outcome = attractor.Failed("limit", "the agent was not done after %d rounds of tools", answer.Rounds)
	}
	return reply, nil
}

func (b *Backend) profile(p attractor.ModelParams) (loop.Profile, error) {
	if b.Profile != nil {
		return b.Profile(p)
	}
	if p.Model == "" {
		return loop.Profile{}, errors.New("the stage names no model: give it an llm_model, or the run a default")
	}
	return loop.ProfileOf(p.Provider, p.Model), nil
}

func (b *Backend) thread(key string) *thread {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.threads == nil {
		b.threads = map[string]*thread{}
	}
	if b.threads[key] == nil {
		b.threads[key] = &thread{}
	}
	return b.threads[key]
}

// ready gives a thread a session: the one it has, if that still lives, with the stage's model.
func (b *Backend) ready(ctx context.Context, s *attractor.Stage, t *thread, profile loop.Profile) error {
	if t.session != nil && t.session.State() != loop.Closed {
		return t.session.Use(ctx, profile)
	}
	t.end()
	env, err := b.Environment(s)
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.opened++
	config := b.Config
	config.ID = fmt.Sprintf("%s/session-%d", s.Run, b.opened)
	b.mu.Unlock()
	config.Events = func(e loop.Event) { b.tell(t.stage.Load(), e) }
	config.Before = func(ctx context.Context, c llm.ToolCall) error {
		if !t.stage.Load().Hooks.Before(ctx, hooked(c)) {
			return errors.New("tool_hooks.pre refused the call")
		}
		return nil
	}
	config.After = func(ctx context.Context, c llm.ToolCall, output string, failed bool) {
		h := hooked(c)
		h.Result, h.Failed = output, failed
		t.stage.Load().Hooks.After(ctx, h)
	}
	session, err := loop.New(ctx, b.LLM, profile, staged{env, t}, config)
	if err != nil {
		return err
	}
	t.session = session
	t.close = func() {
		session.Close()
		if c, ok := env.(interface{ Close() error }); ok {
			c.Close()
		}
	}
	return nil
}

func (t *thread) end() {
	if t.session != nil {
		t.close()
		t.session = nil
	}
}

// Close ends every session.
func (b *Backend) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.threads {
		t.mu.Lock()
		t.end()
		t.mu.Unlock()
	}
}

// tell has the run hear of the tools, and the observer of everything.
func (b *Backend) tell(s *attractor.Stage, e loop.Event) {
	switch e.Kind {
	case loop.ToolCallStart:
		s.Emit(attractor.Event{Kind: attractor.BackendNote, Target: e.Call.Name, Text: e.Call.Args})
	case loop.LoopDetection, loop.TurnLimit, loop.Warning:
		s.Emit(attractor.Event{Kind: attractor.BackendNote, Target: string(e.Kind), Text: e.Text})
	}
	if b.Observe != nil {
		b.Observe(s, e)
	}
}

func hooked(c llm.ToolCall) attractor.ToolCall {
	h := attractor.ToolCall{ID: c.ID, Name: c.Name}
	if json.Valid([]byte(c.Args)) {
		h.Args = json.RawMessage(c.Args)
	}
	return h
}

// staged tells commands the directory of the stage that they run for, where a status.json says how it went.
type staged struct {
	loop.Environment
	thread *thread
}

func (e staged) Exec(ctx context.Context, c loop.Command) (loop.Result, error) {
	s := e.thread.stage.Load()
	c.Env = append(c.Env, "ATTRACTOR_STAGE_DIR="+s.Dir, "ATTRACTOR_RUN="+s.Run, "ATTRACTOR_NODE="+s.Node.ID)
	return e.Environment.Exec(ctx, c)
}
