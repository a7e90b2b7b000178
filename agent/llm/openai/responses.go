package openai

import (
	"context"
	"encoding/json"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/internal/adapter"
)

const name = "openai"

type provider struct{ client sdk.Client }

// New is the Responses API at an endpoint, whose base URL ends in /v1. It keeps nothing at the vendor's: reasoning travels with the
// conversation, encrypted.
func New(e llm.Endpoint) llm.Caller { return provider{newClient(e, name)} }

func (p provider) Complete(ctx context.Context, r llm.Request) (*llm.Response, error) {
	b, err := body(r)
	if err != nil {
		return nil, err
	}
	resp, err := p.client.Responses.New(ctx, param.Override[responses.ResponseNewParams](b))
	if err != nil {
		return nil, translate(ctx, name, err)
	}
	return response(r, resp)
}

func (p provider) Stream(ctx context.Context, r llm.Request) llm.Stream {
	return func(yield func(llm.StreamEvent, error) bool) {
		b, err := body(r)
		if err != nil {
			yield(llm.StreamEvent{}, err)
			return
		}
		stream := p.client.Responses.NewStreaming(ctx, param.Override[responses.ResponseNewParams](b))
		defer stream.Close()
		var out *adapter.Segments
		calls := map[string]llm.ToolCall{} // by item
		for stream.Next() {
			e := stream.Current()
			if out == nil {
				out = adapter.NewSegments(yield)
			}
			switch e.Type {
			case "error":
				out.Fail(failure{Code: e.Code, Message: e.Message}.error(name, []byte(e.RawJSON())))
				return
			case "response.completed", "response.incomplete", "response.failed":
				resp, err := response(r, &e.Response)
				if err != nil {
					out.Fail(err)
					return
				}
				out.Finish(resp)
				return
			case "response.output_item.added":
				if e.Item.Type == "function_call" {
					calls[e.Item.ID] = llm.ToolCall{ID: e.Item.CallID, Name: e.Item.Name}
					out.Call(e.Item.CallID, calls[e.Item.ID], "")
				}
			case "response.output_text.delta", "response.refusal.delta":
				out.Text(e.ItemID, e.Delta)
			case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
				out.Reasoning(e.ItemID, e.Delta)
			case "response.function_call_arguments.delta":
				out.Call(calls[e.ItemID].ID, calls[e.ItemID], e.Delta)
			case "response.output_item.done":
				out.End(e.Item.ID)
				out.End(e.Item.CallID)
			}
			if out.Stopped() {
				return
			}
		}
		err = stream.Err()
		if err == nil {
			err = &llm.Error{Kind: llm.ErrStream, Provider: name, Message: "the stream ended before response.completed"}
		}
		yield(llm.StreamEvent{}, translate(ctx, name, err))
	}
}

// response reads a whole answer. Why the model stopped is not said in one word: it follows from the status, from what is incomplete,
// and from whether there are calls.
func response(r llm.Request, in *responses.Response) (*llm.Response, error) {
	if in.Status == "failed" || in.Error.Message != "" {
		return nil, failure{Code: string(in.Error.Code), Message: in.Error.Message}.error(name, []byte(in.RawJSON()))
	}
	resp := &llm.Response{ID: in.ID, Provider: name, Model: in.Model, Raw: json.RawMessage(in.RawJSON()),
		Message: llm.Message{Role: llm.Assistant}, Finish: llm.Finish{Reason: llm.Stop, Raw: string(in.Status)}, Usage: usage(in.Usage)}
	add := func(p llm.Part) { resp.Message.Parts = append(resp.Message.Parts, p) }
	for _, item := range in.Output {
		switch item.Type {
		case "message":
			for _, c := range item.Content {
				if c.Type == "refusal" {
					resp.Finish = llm.Finish{Reason: llm.ContentFilter, Raw: c.Type}
				}
				add(llm.Text(c.Text + c.Refusal))
			}
		case "function_call":
			resp.Finish.Reason = llm.ToolCalls
			add(llm.Part{Kind: llm.KindCall, Call: &llm.ToolCall{ID: item.CallID, Name: item.Name,
				Args: adapter.Args(adapter.Compact([]byte(item.Arguments.OfString)))}})
		case "reasoning":
			t := &llm.Thinking{Provider: name, Model: r.Model, ID: item.ID, Signature: item.EncryptedContent}
			for _, s := range item.Summary {
				t.Text += s.Text
			}
			t.Redacted = t.Text == ""
			add(llm.Part{Kind: llm.KindThinking, Thinking: t})
		}
	}
	if in.Status == "incomplete" {
		resp.Finish.Raw = in.IncompleteDetails.Reason
		switch in.IncompleteDetails.Reason {
		case "max_output_tokens":
			resp.Finish.Reason = llm.Length
		case "content_filter":
			resp.Finish.Reason = llm.ContentFilter
		default:
			resp.Finish.Reason = llm.Other
		}
	}
	return resp, nil
}

func usage(u responses.ResponseUsage) llm.Usage {
	out := llm.Usage{Input: int(u.InputTokens), Output: int(u.OutputTokens)}
	if u.InputTokensDetails.JSON.CachedTokens.Valid() {
		n := int(u.InputTokensDetails.CachedTokens)
		out.CacheRead = &n
	}
	if u.InputTokensDetails.JSON.CacheWriteTokens.Valid() {
		n := int(u.InputTokensDetails.CacheWriteTokens)
		out.CacheWrite = &n
	}
	if u.OutputTokensDetails.JSON.ReasoningTokens.Valid() {
		n := int(u.OutputTokensDetails.ReasoningTokens)
		out.Reasoning = &n
	}
	return out
}

// body is a request in the vendor's words. The system's words are its instructions; calls and their results are items of their own,
// known by call_id.
func body(r llm.Request) (object, error) {
	b := object{"model": r.Model, "store": false}
	input := []object{}
	var instructions []string
	for _, m := range r.Messages {
		if m.Role == llm.System {
			instructions = append(instructions, m.Text())
			continue
		}
		items, err := items(r, m)
		if err != nil {
			return nil, err
		}
		input = append(input, items...)
	}
	b["input"] = input
	if len(instructions) > 0 {
		b["instructions"] = strings.Join(instructions, "\n\n")
	}
	var list []object
	for _, t := range r.Tools {
		list = append(list, object{"type": "function", "name": t.Name, "description": t.Description, "parameters": t.Schema, "strict": false})
	}
	if len(list) > 0 {
		b["tools"] = list
		switch r.ToolChoice.Mode {
		case "":
		case "auto", "none", "required":
			b["tool_choice"] = r.ToolChoice.Mode
		case "named":
			b["tool_choice"] = object{"type": "function", "name": r.ToolChoice.Name}
		default:
			return nil, adapter.Unsupported(name, "tool choice %q", r.ToolChoice.Mode)
		}
	}
	if len(r.Stop) > 0 {
		return nil, adapter.Unsupported(name, "the Responses API has no stop sequences")
	}
	if r.Schema != nil {
		format := shape(r.Schema)
		format["type"] = "json_schema"
		b["text"] = object{"format": format}
	}
	if r.MaxTokens > 0 {
		b["max_output_tokens"] = r.MaxTokens
	}
	if r.Temperature != nil {
		b["temperature"] = *r.Temperature
	}
	if r.TopP != nil {
		b["top_p"] = *r.TopP
	}
	if len(r.Metadata) > 0 {
		b["metadata"] = r.Metadata
	}
	if r.ReasoningEffort != "" {
		b["reasoning"] = object{"effort": r.ReasoningEffort}
	}
	if r.ReasoningEffort != "" || llm.Lookup(r.Model).Reasoning { // a model that does not reason refuses this
		b["include"] = []string{"reasoning.encrypted_content"}
	}
	adapter.Merge(b, r.ProviderOptions[name])
	return b, nil
}

// items are a message in the vendor's words, in order: texts and pictures together, all else on its own.
func items(r llm.Request, m llm.Message) ([]object, error) {
	kind, role := "input_text", m.Role
	if m.Role == llm.Assistant {
		kind = "output_text"
	} else if m.Role == llm.RoleTool {
		role = llm.User
	}
	var items, content []object
	flush := func() {
		if len(content) > 0 {
			items = append(items, object{"type": "message", "role": role, "content": content})
			content = nil
		}
	}
	for _, p := range m.Parts {
		switch p.Kind {
		case llm.KindText:
			content = append(content, object{"type": kind, "text": p.Text})
		case llm.KindImage:
			b, err := picture(p.Media)
			if err != nil {
				return nil, err
			}
			content = append(content, b)
		case llm.KindCall:
			flush()
			items = append(items, object{"type": "function_call", "call_id": p.Call.ID, "name": p.Call.Name, "arguments": p.Call.Args})
		case llm.KindResult:
			flush()
			var output any = p.Result.Content
			if p.Result.Image != nil {
				b, err := picture(p.Result.Image)
				if err != nil {
					return nil, err
				}
				output = []object{{"type": "input_text", "text": p.Result.Content}, b}
			}
			items = append(items, object{"type": "function_call_output", "call_id": p.Result.CallID, "output": output})
		case llm.KindThinking:
			flush()
			if t := p.Thinking; t.Fits(r) && t.Signature != "" {
				summary := []object{}
				if t.Text != "" {
					summary = append(summary, object{"type": "summary_text", "text": t.Text})
				}
				items = append(items, object{"type": "reasoning", "id": t.ID, "summary": summary, "encrypted_content": t.Signature})
			}
		default:
			return nil, adapter.Unsupported(name, "%s cannot be shown to the model", p.Kind)
		}
	}
	flush()
	return items, nil
}

func picture(m *llm.Media) (object, error) {
	uri, err := adapter.DataURI(m)
	b := object{"type": "input_image", "image_url": uri}
	if m.Detail != "" {
		b["detail"] = m.Detail
	}
	return b, err
}
