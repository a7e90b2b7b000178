// Package loop is a coding agent without a terminal: a session asks a language model, runs the tools that it calls for in an
// environment, and goes on until the model answers with text alone. The host hears of everything by events, and can steer.
//
// The behaviours are those of the coding agent loop specification (github.com/strongdm/attractor, coding-agent-loop-spec.md);
// CHECKLIST.md names the test of each.
package loop

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"twinset.dev/agent/llm"
)

// Config is what a host decides. The zero value is the specification's default.
type Config struct {
	ID              string // random if empty
	MaxTurns        int    // answers of the model in the whole session; 0 is no limit
	MaxRounds       int    // of tools for one input; 200 if 0
	ReasoningEffort string // until SetReasoningEffort; empty is the provider's default
	Instructions    string // the host's, at the end of the system prompt
	Stream          bool   // tell the text as it arrives
	Limits          map[string]Limit
	LoopWindow      int  // calls that must repeat to be a loop; 10 if 0
	IgnoreLoops     bool // do not look for any
	NoSubagents     bool
	Retry           *llm.RetryPolicy // llm.DefaultRetry if nil
	Now             func() time.Time // time.Now if nil
	Events          func(Event)      // called one at a time; it must not wait for the session

	// Before may refuse a call: its error is what the model is told instead.
	Before func(context.Context, llm.ToolCall) error
	// After hears of every call that was not refused.
	After func(ctx context.Context, c llm.ToolCall, output string, failed bool)
}

// State is what a session is doing.
type State string

// The states. A closed session stays closed.
const (
	Idle       State = "idle"
	Processing State = "processing"
	Closed     State = "closed"
)

// TurnKind is who made a turn.
type TurnKind string

// The kinds of turns.
const (
	UserTurn      TurnKind = "user"
	AssistantTurn TurnKind = "assistant"
	ToolsTurn     TurnKind = "tool_results"
	SteeringTurn  TurnKind = "steering"
)

// Turn is one entry of a session's history.
type Turn struct {
	Kind     TurnKind
	Time     time.Time
	Message  llm.Message // as the model is told it
	Usage    llm.Usage   // of an answer
	Response string      // its id
}

// Answer is what came of one input.
type Answer struct {
	Text    string // the model's last
	Rounds  int    // of tools
	Usage   llm.Usage
	Limited bool // a limit ended it before the model did
}

// Errors of using a session.
var (
	ErrBusy   = errors.New("the session is at work on another input")
	ErrClosed = errors.New("the session is closed")
)

// A Session is one conversation with a model that works in an environment. Its methods may be called at the same time.
type Session struct {
	ID     string
	parent string

	caller  llm.Caller // as the host gave it
	llm     llm.Caller // with retries
	profile Profile
	env     Environment
	config  Config
	tools   toolset
	system  string
	agents  agents

	life    context.Context // ends at Abort
	abort   context.CancelFunc
	working sync.Mutex // held by Submit
	telling sync.Mutex

	mu       sync.Mutex // of what follows
	state    State
	history  []Turn
	steering []string
	follow   []string
	effort   string
	calls    []string // signatures since the last loop
	warned   bool     // of a full context
}

// New starts a session. It looks at the environment once: its project documents and its git repository go into the system prompt.
func New(ctx context.Context, caller llm.Caller, profile Profile, env Environment, config Config) (*Session, error) {
	config.ID = cmp.Or(config.ID, "session_"+strings.ToLower(rand.Text()))
	config.MaxRounds = cmp.Or(config.MaxRounds, 200)
	config.LoopWindow = cmp.Or(config.LoopWindow, 10)
	if config.Now == nil {
		config.Now = time.Now
	}
	return start(ctx, caller, profile, env, config, "")
}

func start(ctx context.Context, caller llm.Caller, profile Profile, env Environment, config Config, parent string) (*Session, error) {
	s := &Session{ID: config.ID, parent: parent, caller: caller, profile: profile, env: env, config: config,
		state: Idle, effort: config.ReasoningEffort}
	retry := llm.DefaultRetry
	if config.Retry != nil {
		retry = *config.Retry
	}
	heard := retry.OnRetry
	retry.OnRetry = func(err error, attempt int, delay time.Duration) {
		s.emit(Event{Kind: Warning, Text: fmt.Sprintf("attempt %d failed, again in %v: %v", attempt, delay, err)})
		if heard != nil {
			heard(err, attempt, delay)
		}
	}
	s.llm = llm.Retry(retry)(caller)
	s.life, s.abort = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.equip(ctx); err != nil {
		return nil, err
	}
	s.emit(Event{Kind: SessionStart, State: Idle})
	return s, nil
}

// Steer has the model read a message after the round of tools that it is in, or with the next input.
func (s *Session) Steer(message string) {
	s.locked(func() { s.steering = append(s.steering, message) })
}

// FollowUp is an input for when the model is done with the one it works on.
func (s *Session) FollowUp(message string) { s.locked(func() { s.follow = append(s.follow, message) }) }

// SetReasoningEffort holds from the next request on.
func (s *Session) SetReasoningEffort(effort string) { s.locked(func() { s.effort = effort }) }

// Effort is the reasoning effort of the next request.
func (s *Session) Effort() (effort string) {
	s.locked(func() { effort = s.effort })
	return effort
}

// unread takes what was steered and not yet read.
func (s *Session) unread() (message string) {
	s.locked(func() { message, s.steering = strings.Join(s.steering, "\n\n"), nil })
	return message
}

// Use has another model, or other tools, go on with the conversation from the next input on.
func (s *Session) Use(ctx context.Context, profile Profile) error {
	if !s.working.TryLock() {
		return ErrBusy
	}
	defer s.working.Unlock()
	s.profile = profile
	return s.equip(ctx)
}

// equip gives the session the tools and the system prompt of its profile.
func (s *Session) equip(ctx context.Context) (err error) {
	s.tools = s.profile.Tools
	if !s.config.NoSubagents {
		s.tools = s.tools.with(s.agentTools()...)
	}
	s.system, err = s.prompt(ctx)
	return err
}

// State is what the session is doing.
func (s *Session) State() (state State) {
	s.locked(func() { state = s.state })
	return state
}

// History is every turn so far.
func (s *Session) History() (turns []Turn) {
	s.locked(func() { turns = append(turns, s.history...) })
	return turns
}

func (s *Session) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Abort ends the request and the commands that are under way; Submit then returns, and the session is closed.
func (s *Session) Abort() {
	s.abort()
	if s.working.TryLock() { // nothing is under way
		defer s.working.Unlock()
		s.end()
	}
}

// Close aborts the session and waits until nothing of it runs.
func (s *Session) Close() {
	s.abort()
	s.working.Lock()
	defer s.working.Unlock()
	s.end()
}

// end is the last thing a session does, by whoever holds working.
func (s *Session) end() {
	if s.State() == Closed {
		return
	}
	s.abort()
	s.agents.closeAll()
	s.locked(func() { s.state = Closed })
	s.emit(Event{Kind: SessionEnd, State: Closed, Turns: s.turns()})
}

// Submit has the model work on an input until it answers with text alone, and then on what FollowUp has queued. When ctx ends,
// the session is aborted. After an error that may pass, or one for too long a context, the session takes further input; after
// any other it is closed.
func (s *Session) Submit(ctx context.Context, input string) (Answer, error) {
	if !s.working.TryLock() {
		return Answer{}, ErrBusy
	}
	defer s.working.Unlock()
	if s.State() == Closed {
		return Answer{}, ErrClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	tags := llm.TagsOf(ctx)
	tags.Session = s.ID
	ctx = llm.WithTags(ctx, tags)

	s.locked(func() { s.state = Processing })
	var total Answer
	for {
		a, err := s.process(ctx, input)
		total = Answer{a.Text, total.Rounds + a.Rounds, total.Usage.Add(a.Usage), a.Limited}
		if err != nil {
			return total, s.failed(ctx, err)
		}
		more := false
		s.locked(func() {
			if more = len(s.follow) > 0; more {
				input, s.follow = s.follow[0], s.follow[1:]
			} else {
				s.state = Idle
			}
		})
		if !more {
			return total, nil
		}
	}
}

// failed says what an error means for the session.
func (s *Session) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	s.emit(Event{Kind: ErrorEvent, Text: err.Error(), IsError: true})
	switch {
	case ctx.Err() != nil:
		s.end()
	case errors.Is(err, llm.ErrContextLength):
		s.emit(Event{Kind: Warning, Text: "the conversation is longer than the model can read"})
		s.locked(func() { s.state = Idle })
	case llm.Retryable(err):
		s.locked(func() { s.state = Idle })
	default:
		s.end()
	}
	return err
}

func (s *Session) process(ctx context.Context, input string) (a Answer, err error) {
	s.add(UserTurn, llm.UserText(input))
	s.emit(Event{Kind: UserInput, Text: input})
	s.drain()
	for {
		if a.Rounds >= s.config.MaxRounds || s.config.MaxTurns > 0 && s.turns() >= s.config.MaxTurns {
			s.emit(Event{Kind: TurnLimit, Turns: s.turns(), Text: fmt.Sprintf("%d rounds of tools, %d turns", a.Rounds, s.turns())})
			a.Limited = true
			return a, nil
		}
		resp, err := s.ask(ctx)
		if err != nil {
			return a, err
		}
		a.Text, a.Usage = resp.Message.Text(), a.Usage.Add(resp.Usage)
		calls := resp.Message.Calls()
		if len(calls) == 0 {
			return a, nil
		}
		a.Rounds++
		results := s.round(ctx, calls)
		if ctx.Err() != nil {
			return a, ctx.Err()
		}
		s.add(ToolsTurn, llm.ToolResults(results...))
		s.drain()
		s.watch(calls)
	}
}

// add puts a turn into the history.
func (s *Session) add(kind TurnKind, m llm.Message) {
	s.locked(func() { s.history = append(s.history, Turn{Kind: kind, Time: s.config.Now(), Message: m}) })
}

// turns counts the model's answers.
func (s *Session) turns() (n int) {
	s.locked(func() {
		for _, t := range s.history {
			if t.Kind == AssistantTurn {
				n++
			}
		}
	})
	return n
}

// drain tells the model what the host has steered.
func (s *Session) drain() {
	var messages []string
	s.locked(func() { messages, s.steering = s.steering, nil })
	for _, m := range messages {
		s.add(SteeringTurn, llm.UserText(m))
		s.emit(Event{Kind: SteeringInjected, Text: m})
	}
}

// ask makes one request, and puts its answer into the history.
func (s *Session) ask(ctx context.Context) (*llm.Response, error) {
	req := llm.Request{Provider: s.profile.Provider, Model: s.profile.Model, Tools: s.tools.definitions(),
		ProviderOptions: s.profile.Options, Messages: []llm.Message{llm.SystemText(s.system)}}
	size := 0
	s.locked(func() {
		req.ReasoningEffort = s.effort
		for _, t := range s.history {
			if len(t.Message.Parts) > 0 { // no vendor takes an answer of nothing back
				req.Messages = append(req.Messages, t.Message)
			}
		}
	})
	for _, m := range req.Messages {
		size += length(m)
	}
	if share := 100 * size / 4 / max(1, s.profile.Window); s.profile.Window > 0 && share > 80 && !s.warned {
		s.warned = true
		s.emit(Event{Kind: Warning, Text: fmt.Sprintf("about %d%% of the context window is in use", share)})
	}
	resp, err := s.listen(ctx, req)
	if err != nil {
		return nil, err
	}
	s.locked(func() {
		s.history = append(s.history, Turn{AssistantTurn, s.config.Now(), resp.Message, resp.Usage, resp.ID})
	})
	s.emit(Event{Kind: AssistantTextEnd, Text: resp.Message.Text(), Reasoning: resp.Message.Reasoning(), Usage: &resp.Usage,
		Response: resp.ID, Turns: s.turns()})
	if r := resp.Finish.Reason; r == llm.Length || r == llm.ContentFilter {
		s.emit(Event{Kind: Warning, Text: fmt.Sprintf("the answer was cut short: %s", r)})
	}
	return resp, nil
}

// listen hears an answer to its end, and tells of its text as it comes.
func (s *Session) listen(ctx context.Context, req llm.Request) (*llm.Response, error) {
	if !s.config.Stream {
		resp, err := s.llm.Complete(ctx, req)
		if err == nil {
			s.emit(Event{Kind: AssistantTextStart})
		}
		return resp, err
	}
	started := false
	return llm.Collect(func(yield func(llm.StreamEvent, error) bool) {
		for e, err := range s.llm.Stream(ctx, req) {
			if !started && (e.Type == llm.TextDelta || e.Type == llm.StreamFinish) {
				started = true
				s.emit(Event{Kind: AssistantTextStart})
			}
			if e.Type == llm.TextDelta {
				s.emit(Event{Kind: AssistantTextDelta, Text: e.Delta})
			}
			if !yield(e, err) {
				return
			}
		}
	})
}

// length is how much of a message the model reads, in bytes.
func length(m llm.Message) (n int) {
	for _, p := range m.Parts {
		n += len(p.Text)
		if p.Call != nil {
			n += len(p.Call.Name) + len(p.Call.Args)
		}
		if p.Result != nil {
			n += len(p.Result.Content)
		}
		if p.Thinking != nil {
			n += len(p.Thinking.Text)
		}
	}
	return n
}
