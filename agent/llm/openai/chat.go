package openai

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/internal/adapter"
)

// Chat is the name of the provider that speaks Chat Completions.
const Chat = "openai-compatible"

type chat struct{ client sdk.Client }

// NewChat is a server that speaks Chat Completions, as most gateways and local servers do, at a base URL that ends in /v1 for most of
// them.
func NewChat(e llm.Endpoint) llm.Caller { return chat{newClient(e, Chat)} }

// completion is an answer, whole or a piece of it. The SDK's types know no reasoning_content, which is how others than OpenAI show what
// a model thinks.
type completion struct {
	ID, Model string
	Choices   []struct {
		Message, Delta turn
		FinishReason   string `json:"finish_reason"`
	}
	Usage *struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		In         struct {
			Cached *int `json:"cached_tokens"`
			Write  *int `json:"cache_write_tokens"`
		} `json:"prompt_tokens_details"`
		Out struct {
			Reasoning *int `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
	Error *failure
}

type turn struct {
	Content, Refusal string
	Reasoning        string `json:"reasoning_content"`
	Calls            []call `json:"tool_calls"`
}

type call struct {
	Index    int
	ID       string
	Function struct{ Name, Arguments string }
}

func (c chat) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) {
	b, err := chatBody(r)
	if err != nil {
		return nil, err
	}
	var raw []byte
	if err := c.client.Post(ctx, "chat/completions", b, &raw); err != nil {
		return nil, translate(ctx, Chat, err)
	}
	var in completion
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, llm.NetError(ctx, Chat, err)
	}
	if in.Error != nil {
		return nil, in.Error.error(Chat, raw)
	}
	if len(in.Choices) == 0 {
		return nil, &llm.Error{Kind: llm.ErrStream, Provider: Chat, Message: "an answer without choices", Raw: raw}
	}
	resp := in.response(r, in.Choices[0].Message, in.Choices[0].FinishReason)
	resp.Raw = raw
	return resp, nil
}

func (c chat) Stream(ctx context.Context, r llm.Request) llm.Stream {
	return func(yield func(llm.StreamEvent, error) bool) {
		b, err := chatBody(r)
		if err != nil {
			yield(llm.StreamEvent{}, err)
			return
		}
		b["stream"] = true
		b["stream_options"] = object{"include_usage": true}
		var raw *http.Response
		if err := c.client.Post(ctx, "chat/completions", b, &raw, option.WithHeader("Accept", "text/event-stream")); err != nil {
			yield(llm.StreamEvent{}, translate(ctx, Chat, err))
			return
		}
		events := ssestream.NewDecoder(raw) // the SDK's own stream does not tell [DONE] from a connection that broke
		defer events.Close()
		var out *adapter.Segments
		var whole completion
		var said turn
		var finish string
		for events.Next() {
			data := bytes.TrimSpace(events.Event().Data)
			if bytes.Equal(data, []byte("[DONE]")) {
				break
			}
			var in completion
			if err := json.Unmarshal(data, &in); err != nil {
				yield(llm.StreamEvent{}, llm.NetError(ctx, Chat, err))
				return
			}
			if in.Error != nil {
				yield(llm.StreamEvent{}, in.Error.error(Chat, data))
				return
			}
			if out == nil {
				out = adapter.NewSegments(yield)
			}
			whole.ID, whole.Model = cmp.Or(whole.ID, in.ID), cmp.Or(whole.Model, in.Model)
			if in.Usage != nil {
				whole.Usage = in.Usage
			}
			for _, choice := range in.Choices {
				finish = cmp.Or(choice.FinishReason, finish)
				said.grow(out, choice.Delta)
			}
			if out.Stopped() {
				return
			}
		}
		done := bytes.HasPrefix(events.Event().Data, []byte("[DONE]"))
		switch err := events.Err(); {
		case err != nil:
			yield(llm.StreamEvent{}, translate(ctx, Chat, err))
		case !done || finish == "":
			yield(llm.StreamEvent{}, llm.NetError(ctx, Chat, &llm.Error{Kind: llm.ErrStream, Provider: Chat, Message: "the stream ended before [DONE]"}))
		default:
			out.Finish(whole.response(r, said, finish))
		}
	}
}

// grow adds a delta to what was said, and tells it. The vendor says when a segment begins only.
func (t *turn) grow(out *adapter.Segments, d turn) {
	if d.Reasoning != "" {
		t.Reasoning += d.Reasoning
		out.EndOthers("reasoning")
		out.Reasoning("reasoning", d.Reasoning)
	}
	if text := d.Content + d.Refusal; text != "" {
		t.Content, t.Refusal = t.Content+d.Content, t.Refusal+d.Refusal
		out.EndOthers("text")
		out.Text("text", text)
	}
	for _, c := range d.Calls {
		for len(t.Calls) <= c.Index {
			t.Calls = append(t.Calls, call{})
		}
		have := &t.Calls[c.Index]
		have.ID = cmp.Or(have.ID, c.ID, "call_"+strconv.Itoa(c.Index))
		have.Function.Name += c.Function.Name
		have.Function.Arguments += c.Function.Arguments
		out.EndOthers(have.ID)
		out.Call(have.ID, llm.ToolCall{ID: have.ID, Name: have.Function.Name}, c.Function.Arguments)
	}
}

func (c completion) response(r llm.Request, t turn, finish string) *llm.Response {
	resp := &llm.Response{ID: c.ID, Provider: Chat, Model: c.Model, Message: llm.Message{Role: llm.Assistant},
		Finish: llm.Finish{Reason: llm.Other, Raw: finish}}
	switch finish {
	case "stop", "length", "tool_calls", "content_filter":
		resp.Finish.Reason = llm.Reason(finish)
	}
	if t.Reasoning != "" {
		resp.Message.Parts = append(resp.Message.Parts, llm.Part{Kind: llm.KindThinking,
			Thinking: &llm.Thinking{Provider: Chat, Model: r.Model, Text: t.Reasoning}})
	}
	if text := t.Content + t.Refusal; text != "" {
		resp.Message.Parts = append(resp.Message.Parts, llm.Text(text))
	}
	for _, c := range t.Calls {
		resp.Message.Parts = append(resp.Message.Parts, llm.Part{Kind: llm.KindCall, Call: &llm.ToolCall{ID: c.ID, Name: c.Function.Name,
			Args: adapter.Args(adapter.Compact([]byte(c.Function.Arguments)))}})
	}
	if u := c.Usage; u != nil {
		resp.Usage = llm.Usage{Input: u.Prompt, Output: u.Completion, Reasoning: u.Out.Reasoning, CacheRead: u.In.Cached, CacheWrite: u.In.Write}
	}
	return resp
}

// chatBody is a request in the words of Chat Completions. Thinking is not shown again: no server takes it.
func chatBody(r llm.Request) (object, error) {
	b := object{"model": r.Model}
	messages := []object{}
	for _, m := range r.Messages {
		more, err := chatMessages(m)
		if err != nil {
			return nil, err
		}
		messages = append(messages, more...)
	}
	b["messages"] = messages
	var list []object
	for _, t := range r.Tools {
		list = append(list, object{"type": "function", "function": object{"name": t.Name, "description": t.Description, "parameters": t.Schema}})
	}
	if len(list) > 0 {
		b["tools"] = list
		switch r.ToolChoice.Mode {
		case "":
		case "auto", "none", "required":
			b["tool_choice"] = r.ToolChoice.Mode
		case "named":
			b["tool_choice"] = object{"type": "function", "function": object{"name": r.ToolChoice.Name}}
		default:
			return nil, adapter.Unsupported(Chat, "tool choice %q", r.ToolChoice.Mode)
		}
	}
	if r.Schema != nil {
		b["response_format"] = object{"type": "json_schema", "json_schema": shape(r.Schema)}
	}
	if r.MaxTokens > 0 {
		b["max_tokens"] = r.MaxTokens
	}
	if r.Temperature != nil {
		b["temperature"] = *r.Temperature
	}
	if r.TopP != nil {
		b["top_p"] = *r.TopP
	}
	if len(r.Stop) > 0 {
		b["stop"] = r.Stop
	}
	if r.ReasoningEffort != "" {
		b["reasoning_effort"] = r.ReasoningEffort
	}
	if len(r.Metadata) > 0 {
		b["metadata"] = r.Metadata
	}
	adapter.Merge(b, r.ProviderOptions[Chat])
	return b, nil
}

// chatMessages are a message in the words of Chat Completions, which has one for each tool result. Few servers know a developer.
func chatMessages(m llm.Message) ([]object, error) {
	role := m.Role
	if role == llm.Developer {
		role = llm.System
	}
	var content, calls, out []object
	for _, p := range m.Parts {
		switch p.Kind {
		case llm.KindText:
			content = append(content, object{"type": "text", "text": p.Text})
		case llm.KindImage:
			uri, err := adapter.DataURI(p.Media)
			if err != nil {
				return nil, err
			}
			image := object{"url": uri}
			if p.Media.Detail != "" {
				image["detail"] = p.Media.Detail
			}
			content = append(content, object{"type": "image_url", "image_url": image})
		case llm.KindCall:
			calls = append(calls, object{"id": p.Call.ID, "type": "function",
				"function": object{"name": p.Call.Name, "arguments": p.Call.Args}})
		case llm.KindResult:
			if p.Result.Image != nil {
				return nil, adapter.Unsupported(Chat, "a tool result cannot be a picture")
			}
			out = append(out, object{"role": "tool", "tool_call_id": p.Result.CallID, "content": p.Result.Content})
		case llm.KindThinking:
		default:
			return nil, adapter.Unsupported(Chat, "%s cannot be shown to the model", p.Kind)
		}
	}
	said := object{"role": role}
	switch {
	case len(content) == 1 && content[0]["type"] == "text": // the form that every server takes
		said["content"] = content[0]["text"]
	case len(content) > 0:
		said["content"] = content
	case len(calls) == 0:
		return out, nil
	}
	if len(calls) > 0 {
		said["tool_calls"] = calls
	}
	return append(out, said), nil
}
