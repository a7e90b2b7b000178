// Package contract is the agent loop's part of the command line that AttractorBench drives: a request in JSON comes in, an answer in
// JSON goes out.
//
// https://github.com/strongdm/attractorbench
package contract

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/providers"
	"twinset.dev/agent/loop"
)

// Command reads a request from in and writes the answer to out. Tools act in the current directory.
type Command func(ctx context.Context, in io.Reader, out io.Writer) error

// Commands are those of the loop, by name, with the keys and addresses that getenv knows.
func Commands(getenv func(string) string) map[string]Command {
	client := providers.FromEnv(getenv)
	with := func(f func(context.Context, *llm.Client, request, *json.Encoder) error) Command {
		return func(ctx context.Context, in io.Reader, out io.Writer) error {
			r, err := read(in)
			if err != nil {
				return err
			}
			return f(ctx, client, r, json.NewEncoder(out))
		}
	}
	return map[string]Command{
		"session-create": with(sessionCreate),
		"process-input":  with(processInput),
		"tool-dispatch":  with(toolDispatch),
		"steering":       with(steering),
		"events":         with(events),
	}
}

type object = map[string]any

// request is what the commands are told. The bench's versions have several names for the text.
type request struct {
	Prompt    string          `json:"prompt"`
	Input     string          `json:"input"`
	Task      string          `json:"task"`
	Message   string          `json:"message"`
	Content   string          `json:"content"`
	Model     string          `json:"model"`
	Provider  string          `json:"provider"`
	MaxRounds int             `json:"max_tool_rounds_per_input"`
	Tool      string          `json:"tool_name"`
	Name      string          `json:"name"`
	ID        string          `json:"id"`
	Arguments json.RawMessage `json:"arguments"`
}

func (r request) text() string { return cmp.Or(r.Prompt, r.Input, r.Task, r.Message, r.Content) }

// read takes no input for an empty request.
func read(in io.Reader) (r request, err error) {
	b, err := io.ReadAll(in)
	if err != nil || len(b) == 0 {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("the input is no JSON object: %w", err)
	}
	return r, nil
}

// open starts a session in the current directory.
func open(ctx context.Context, client *llm.Client, r request, tell func(loop.Event)) (*loop.Session, error) {
	_, fallback := client.Providers()
	provider := cmp.Or(r.Provider, fallback)
	if r.Model == "" {
		newest, ok := llm.Latest(provider, "tools")
		if !ok {
			return nil, fmt.Errorf("no model of %q is known", provider)
		}
		r.Model = newest.ID
	}
	env, err := loop.NewLocal(".")
	if err != nil {
		return nil, err
	}
	return loop.New(ctx, client, loop.ProfileOf(provider, r.Model), env, loop.Config{MaxRounds: r.MaxRounds, Events: tell})
}

func sessionCreate(ctx context.Context, client *llm.Client, r request, out *json.Encoder) error {
	s, err := open(ctx, client, r, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	return out.Encode(object{"session_id": s.ID, "id": s.ID, "status": "created", "state": s.State()})
}

func processInput(ctx context.Context, client *llm.Client, r request, out *json.Encoder) error {
	if r.text() == "" {
		return errors.New("the input has no prompt")
	}
	var calls []object
	s, err := open(ctx, client, r, func(e loop.Event) {
		if e.Kind == loop.ToolCallEnd {
			calls = append(calls, object{"id": e.Call.ID, "name": e.Call.Name, "output": e.Output, "is_error": e.IsError})
		}
	})
	if err != nil {
		return err
	}
	defer s.Close()
	a, err := s.Submit(ctx, r.text())
	if err != nil {
		return err
	}
	return out.Encode(object{"session_id": s.ID, "status": "completed", "state": s.State(), "output": a.Text, "response": a.Text,
		"rounds": a.Rounds, "turns": len(s.History()), "tool_calls": calls, "limited": a.Limited, "usage": a.Usage})
}

// toolDispatch knows the tools of every profile.
func toolDispatch(ctx context.Context, _ *llm.Client, r request, out *json.Encoder) error {
	env, err := loop.NewLocal(".")
	if err != nil {
		return err
	}
	all := loop.OpenAI("").With(loop.Anthropic("").Tools...)
	result := all.Call(ctx, env, llm.ToolCall{ID: cmp.Or(r.ID, "call_1"), Name: cmp.Or(r.Tool, r.Name), Args: string(r.Arguments)})
	return out.Encode(object{"tool_call_id": result.CallID, "tool_name": result.Name, "output": result.Content,
		"content": result.Content, "is_error": result.IsError})
}

// steering tells a session something while it works, and says whether its model was told.
func steering(ctx context.Context, client *llm.Client, r request, out *json.Encoder) error {
	if r.text() == "" {
		return errors.New("the input has no message")
	}
	injected := false
	s, err := open(ctx, client, r, func(e loop.Event) { injected = injected || e.Kind == loop.SteeringInjected && e.Text == r.text() })
	if err != nil {
		return err
	}
	defer s.Close()
	s.Steer(r.text())
	if _, err := s.Submit(ctx, "Say hello."); err != nil {
		return err
	}
	return out.Encode(object{"status": "acknowledged", "acknowledged": injected, "session_id": s.ID, "message": r.text()})
}

func events(ctx context.Context, client *llm.Client, r request, out *json.Encoder) error {
	s, err := open(ctx, client, r, func(e loop.Event) {
		out.Encode(struct {
			Type loop.EventKind `json:"type"`
			loop.Event
		}{e.Kind, e})
	})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Submit(ctx, cmp.Or(r.text(), "Say hello."))
	return err
}
