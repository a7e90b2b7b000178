package loop

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"twinset.dev/agent/llm"
)

// agents are a session's subagents.
type agents struct {
	mu   sync.Mutex
	byID map[string]*agent
	n    int
}

// An agent is a session at work for another one.
type agent struct {
	*Session
	mu     sync.Mutex
	id     string
	done   chan struct{} // closed while it does nothing
	status string        // running, completed, failed
	last   Answer
	err    error
}

// agentTurns is how many answers a subagent may give when nobody says.
const agentTurns = 50

type spawnIn struct {
	Task     string `json:"task" jsonschema:"what it is to do; it sees nothing of this conversation"`
	Dir      string `json:"working_dir,omitempty" jsonschema:"a directory below the working directory, to work in"`
	Model    string `json:"model,omitempty" jsonschema:"another model than yours"`
	MaxTurns int    `json:"max_turns,omitempty" jsonschema:"how many answers it may give; 50 if left out"`
}

type agentIn struct {
	ID string `json:"agent_id" jsonschema:"the subagent"`
}

type sendIn struct {
	ID      string `json:"agent_id" jsonschema:"the subagent"`
	Message string `json:"message" jsonschema:"what it is told"`
}

// report is what a parent is told of a subagent.
type report struct {
	ID      string `json:"agent_id"`
	Status  string `json:"status"`
	Output  string `json:"output,omitempty"`
	Success *bool  `json:"success,omitempty"` // of one that is done
	Turns   int    `json:"turns_used"`
	Error   string `json:"error,omitempty"`
}

// agentTools are how the model commands subagents. They have none themselves.
func (s *Session) agentTools() []Tool {
	with := func(f func(context.Context, *agent) error) func(context.Context, Environment, agentIn) (string, error) {
		return func(ctx context.Context, _ Environment, in agentIn) (string, error) {
			a, err := s.agents.find(in.ID)
			if err != nil {
				return "", err
			}
			if err := f(ctx, a); err != nil {
				return "", err
			}
			return a.report()
		}
	}
	return []Tool{
		NewTool("spawn_agent", "Have a subagent do a task of its own, in the same files, while you go on. Wait for it with wait.", s.spawn),
		NewTool("send_input", "Tell a subagent something. One that is done goes to work again.",
			func(ctx context.Context, _ Environment, in sendIn) (string, error) {
				a, err := s.agents.find(in.ID)
				if err != nil {
					return "", err
				}
				if err := a.send(s.lasting(ctx), in.Message); err != nil {
					return "", err
				}
				return a.report()
			}),
		NewTool("wait", "Wait until a subagent is done, and read its result.", with(func(ctx context.Context, a *agent) error {
			return a.wait(ctx)
		})),
		NewTool("close_agent", "End a subagent, done or not.", with(func(_ context.Context, a *agent) error {
			a.Close()
			return a.wait(context.Background())
		})),
	}
}

func (s *Session) spawn(ctx context.Context, env Environment, in spawnIn) (string, error) {
	env, err := Within(env, in.Dir)
	if err != nil {
		return "", err
	}
	config, profile := s.config, s.profile
	config.NoSubagents, config.MaxTurns, config.ReasoningEffort = true, agentTurns, s.Effort()
	if in.MaxTurns > 0 {
		config.MaxTurns = in.MaxTurns
	}
	if in.Model != "" {
		profile.Model = in.Model
	}
	s.agents.mu.Lock()
	s.agents.n++
	id := fmt.Sprintf("agent-%d", s.agents.n)
	s.agents.mu.Unlock()
	config.ID = s.ID + "/" + id
	child, err := start(ctx, s.caller, profile, env, config, s.ID)
	if err != nil {
		return "", err
	}
	a := &agent{Session: child, id: id, status: "completed", done: make(chan struct{})}
	close(a.done)
	s.agents.mu.Lock()
	if s.agents.byID == nil {
		s.agents.byID = map[string]*agent{}
	}
	s.agents.byID[id] = a
	s.agents.mu.Unlock()
	if err := a.send(s.lasting(ctx), in.Task); err != nil {
		return "", err
	}
	return a.report()
}

// lasting is for work that outlives a call: it ends with the session, and is on behalf of whom the call is.
func (s *Session) lasting(ctx context.Context) context.Context {
	return llm.WithTags(s.life, llm.TagsOf(ctx))
}

func (as *agents) find(id string) (*agent, error) {
	as.mu.Lock()
	defer as.mu.Unlock()
	a, ok := as.byID[id]
	if !ok {
		return nil, fmt.Errorf("no agent %q", id)
	}
	return a, nil
}

// closeAll ends every subagent and waits for them.
func (as *agents) closeAll() {
	as.mu.Lock()
	defer as.mu.Unlock()
	for _, a := range as.byID {
		a.Close()
		a.wait(context.Background())
	}
}

// send steers an agent at work, or sets it to work.
func (a *agent) send(ctx context.Context, message string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.State() == Closed:
		return ErrClosed
	case a.status == "running":
		a.Steer(message)
	default:
		a.status, a.done = "running", make(chan struct{})
		go a.work(ctx, message, a.done)
	}
	return nil
}

// work goes on until nothing is left unread: what came too late for one input is the next.
func (a *agent) work(ctx context.Context, input string, done chan struct{}) {
	defer close(done)
	for {
		answer, err := a.Submit(ctx, input)
		a.mu.Lock()
		a.last, a.err = answer, err
		if more := a.unread(); err == nil && more != "" {
			a.mu.Unlock()
			input = more
			continue
		}
		if a.status = "completed"; err != nil || answer.Limited {
			a.status = "failed"
		}
		a.mu.Unlock()
		return
	}
}

func (a *agent) wait(ctx context.Context) error {
	a.mu.Lock()
	done := a.done
	a.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *agent) report() (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := report{ID: a.id, Status: a.status, Turns: a.turns()}
	if a.status != "running" {
		ok := a.status == "completed"
		r.Success, r.Output = &ok, a.last.Text
		if a.err != nil {
			r.Error = a.err.Error()
		}
	}
	b, err := json.Marshal(r)
	return string(b), err
}
