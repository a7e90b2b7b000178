// Package contract is the client's part of the command line that AttractorBench drives: a request in JSON comes in, an answer in JSON
// goes out.
//
// https://github.com/strongdm/attractorbench
package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/providers"
)

// Command reads a request from in and writes the answer to out.
type Command func(ctx context.Context, in io.Reader, out io.Writer) error

// Commands are those of the client, by name, with the keys and addresses that getenv knows.
func Commands(getenv func(string) string) map[string]Command {
	client := providers.FromEnv(getenv, llm.Retry(llm.DefaultRetry))
	return map[string]Command{
		"client-from-env": func(_ context.Context, _ io.Reader, out io.Writer) error {
			names, fallback := client.Providers()
			if len(names) == 0 {
				return errors.New("there is no key of any provider in the environment")
			}
			return json.NewEncoder(out).Encode(object{"providers": names, "default": fallback})
		},
		"list-models": func(_ context.Context, _ io.Reader, out io.Writer) error {
			return json.NewEncoder(out).Encode(llm.Models(""))
		},
		"complete":        answer(client),
		"tool-call":       answer(client),
		"stream":          stream(client),
		"generate-object": generate(client),
	}
}

type object = map[string]any

// answer answers whole; tools are the caller's to run, so a call is part of the answer.
func answer(client *llm.Client) Command {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		r, err := read(in)
		if err != nil {
			return err
		}
		resp, err := client.Complete(ctx, r)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(view(resp))
	}
}

// stream writes an event a line.
func stream(client *llm.Client) Command {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		r, err := read(in)
		if err != nil {
			return err
		}
		lines := json.NewEncoder(out)
		for e, err := range client.Stream(ctx, r) {
			if err != nil {
				return errors.Join(err, lines.Encode(object{"type": "error", "error": err.Error()}))
			}
			line := object{"type": e.Type}
			switch e.Type {
			case llm.TextStart, llm.TextEnd:
				line["text_id"] = e.ID
			case llm.TextDelta:
				line["text_id"], line["delta"] = e.ID, e.Delta
			case llm.ReasoningDelta:
				line["reasoning_delta"] = e.Delta
			case llm.CallStart, llm.CallEnd:
				line["tool_call"] = call(*e.Call)
			case llm.CallDelta:
				line["tool_call"] = object{"id": e.ID, "arguments_delta": e.Delta}
			case llm.StreamFinish:
				line["finish_reason"], line["usage"], line["response"] = e.Response.Finish, usage(e.Response.Usage), view(e.Response)
			}
			if err := lines.Encode(line); err != nil {
				return err
			}
		}
		return nil
	}
}

// generate writes the object alone.
func generate(client *llm.Client) Command {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		r, err := read(in)
		if err != nil {
			return err
		}
		v, _, err := llm.Object(ctx, client, r)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(v)
	}
}

// request is one in the published words, and in those that the bench has been seen to use.
type request struct {
	Provider, Model string
	Messages        []message
	Tools           []struct {
		Name, Description string
		Parameters        json.RawMessage
	}
	ToolChoice *struct {
		Mode string
		Name string `json:"tool_name"`
	} `json:"tool_choice"`
	ResponseSchema json.RawMessage `json:"response_schema"`
	ResponseFormat *struct {
		Type   string
		Schema json.RawMessage `json:"json_schema"`
		Strict bool
	} `json:"response_format"`
	Temperature     *float64
	TopP            *float64                  `json:"top_p"`
	MaxTokens       int                       `json:"max_tokens"`
	Stop            []string                  `json:"stop_sequences"`
	ReasoningEffort string                    `json:"reasoning_effort"`
	Metadata        map[string]string         `json:"metadata"`
	ProviderOptions map[string]map[string]any `json:"provider_options"`
}

type message struct {
	Role       string
	Content    content
	ToolCallID string `json:"tool_call_id"`
	Name       string
}

// content is a text, or parts.
type content []part

func (c *content) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*c = content{{Kind: "text", Text: text}}
		return nil
	}
	return json.Unmarshal(b, (*[]part)(c))
}

type part struct {
	Kind, Type, Text string // kind is the published word, type the bench's
	Image            *struct {
		URL       string
		Data      []byte
		MediaType string `json:"media_type"`
		Detail    string
	}
	ImageURL *struct{ URL, Detail string } `json:"image_url"`
	ToolCall *struct {
		ID, Name  string
		Arguments json.RawMessage
	} `json:"tool_call"`
	ToolResult *struct {
		CallID  string `json:"tool_call_id"`
		Content json.RawMessage
		IsError bool `json:"is_error"`
	} `json:"tool_result"`
	Thinking *struct {
		Text, Signature string
		Redacted        bool
	}
}

func read(in io.Reader) (llm.Request, error) {
	var q request
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		return llm.Request{}, fmt.Errorf("the request: %w", err)
	}
	r := llm.Request{Provider: q.Provider, Model: q.Model, Temperature: q.Temperature, TopP: q.TopP, MaxTokens: q.MaxTokens, Stop: q.Stop,
		ReasoningEffort: q.ReasoningEffort, Metadata: q.Metadata, ProviderOptions: q.ProviderOptions}
	for _, t := range q.Tools {
		r.Tools = append(r.Tools, llm.Tool{Name: t.Name, Description: t.Description, Schema: t.Parameters})
	}
	if q.ToolChoice != nil {
		r.ToolChoice = llm.ToolChoice{Mode: strings.ToLower(q.ToolChoice.Mode), Name: q.ToolChoice.Name}
	}
	if f := q.ResponseFormat; f != nil && f.Type == "json_schema" {
		r.Schema = &llm.Schema{Name: "answer", Schema: f.Schema, Strict: f.Strict}
	} else if len(q.ResponseSchema) > 0 {
		r.Schema = &llm.Schema{Name: "answer", Schema: q.ResponseSchema}
	}
	for i, m := range q.Messages {
		msg, err := m.unified(r)
		if err != nil {
			return r, fmt.Errorf("message %d: %w", i, err)
		}
		r.Messages = append(r.Messages, msg)
	}
	return r, nil
}

func (m message) unified(r llm.Request) (llm.Message, error) {
	out := llm.Message{Role: llm.Role(strings.ToLower(m.Role))}
	for _, p := range m.Content {
		switch kind := strings.ToLower(p.Kind + p.Type); {
		case kind == "text" && out.Role == llm.RoleTool:
			out.Parts = append(out.Parts, llm.Part{Kind: llm.KindResult, Result: &llm.ToolResult{CallID: m.ToolCallID, Name: m.Name, Content: p.Text}})
		case kind == "text":
			out.Parts = append(out.Parts, llm.Text(p.Text))
		case p.ImageURL != nil:
			out.Parts = append(out.Parts, llm.Part{Kind: llm.KindImage, Media: &llm.Media{URL: p.ImageURL.URL, Detail: p.ImageURL.Detail}})
		case p.Image != nil:
			out.Parts = append(out.Parts, llm.Part{Kind: llm.KindImage,
				Media: &llm.Media{URL: p.Image.URL, Data: p.Image.Data, Type: p.Image.MediaType, Detail: p.Image.Detail}})
		case p.ToolCall != nil:
			out.Parts = append(out.Parts, llm.Part{Kind: llm.KindCall,
				Call: &llm.ToolCall{ID: p.ToolCall.ID, Name: p.ToolCall.Name, Args: unquoted(p.ToolCall.Arguments)}})
		case p.ToolResult != nil:
			out.Parts = append(out.Parts, llm.Part{Kind: llm.KindResult,
				Result: &llm.ToolResult{CallID: p.ToolResult.CallID, Name: m.Name, Content: unquoted(p.ToolResult.Content), IsError: p.ToolResult.IsError}})
		case p.Thinking != nil:
			out.Parts = append(out.Parts, llm.Part{Kind: llm.KindThinking, Thinking: &llm.Thinking{Provider: r.Provider, Model: r.Model,
				Text: p.Thinking.Text, Signature: p.Thinking.Signature, Redacted: p.Thinking.Redacted}})
		default:
			return out, fmt.Errorf("a part of kind %q is not understood", kind)
		}
	}
	return out, nil
}

// unquoted is a JSON string's text, or any other value's JSON.
func unquoted(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// view is a response in the published words.
func view(r *llm.Response) object {
	calls := []object{}
	for _, c := range r.Message.Calls() {
		calls = append(calls, call(c))
	}
	parts := []object{}
	for _, p := range r.Message.Parts {
		switch p.Kind {
		case llm.KindText:
			parts = append(parts, object{"kind": "text", "text": p.Text})
		case llm.KindCall:
			parts = append(parts, object{"kind": "tool_call", "tool_call": call(*p.Call)})
		case llm.KindThinking:
			parts = append(parts, object{"kind": "thinking", "thinking": object{"text": p.Thinking.Text, "signature": p.Thinking.Signature, "redacted": p.Thinking.Redacted}})
		}
	}
	return object{"id": r.ID, "model": r.Model, "provider": r.Provider, "message": object{"role": r.Message.Role, "content": parts},
		"text": r.Message.Text(), "tool_calls": calls, "reasoning": r.Message.Reasoning(), "finish_reason": r.Finish, "usage": usage(r.Usage)}
}

func call(c llm.ToolCall) object {
	o := object{"id": c.ID, "name": c.Name, "raw_arguments": c.Args}
	if json.Valid([]byte(c.Args)) {
		o["arguments"] = json.RawMessage(c.Args)
	}
	return o
}

func usage(u llm.Usage) object {
	return object{"input_tokens": u.Input, "output_tokens": u.Output, "total_tokens": u.Total(),
		"reasoning_tokens": u.Reasoning, "cache_read_tokens": u.CacheRead, "cache_write_tokens": u.CacheWrite}
}
