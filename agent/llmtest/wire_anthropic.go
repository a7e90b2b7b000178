package llmtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"twinset.dev/agent/llm"
)

type object = map[string]any

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// anthropicWire is the Messages API.
//
// https://platform.claude.com/docs/en/api/messages
// https://platform.claude.com/docs/en/build-with-claude/streaming
var anthropicWire = protocol{
	name: "anthropic",
	key:  func(r *http.Request) string { return cmp.Or(r.Header.Get("X-Api-Key"), bearer(r)) },
	parse: func(r *http.Request, body []byte) (Conversation, error) {
		if r.Header.Get("Anthropic-Version") == "" {
			return Conversation{}, errors.New("anthropic-version: header is required")
		}
		return parseAnthropic(body)
	},
	whole: anthropicWhole,
	events: func(a answer) []event {
		start := anthropicWhole(a).(object)
		start["content"], start["stop_reason"] = []any{}, nil
		usage := anthropicUsage(a)
		usage["output_tokens"] = 1
		start["usage"] = usage
		out := []event{{"message_start", object{"type": "message_start", "message": start}}, {"ping", object{"type": "ping"}}}
		for i, b := range anthropicBlocks(a) {
			out = append(out, anthropicBlockEvents(i, b)...)
		}
		return append(out, event{"message_delta", object{"type": "message_delta",
			"delta": object{"stop_reason": anthropicStop(a), "stop_sequence": nil}, "usage": anthropicUsage(a)}})
	},
	end: func(answer) []event { return []event{{"message_stop", object{"type": "message_stop"}}} },
	refuse: func(status int, code, message string) any {
		return object{"type": "error", "error": object{"type": cmp.Or(code, anthropicError(status)), "message": message}, "request_id": "req_1"}
	},
	broken: func(code string) []event {
		return []event{{"error", object{"type": "error", "error": object{"type": code, "message": code}}}}
	},
}

func anthropicError(status int) string {
	switch status {
	case 400, 422:
		return "invalid_request_error"
	case 401:
		return "authentication_error"
	case 403:
		return "permission_error"
	case 404:
		return "not_found_error"
	case 413:
		return "request_too_large"
	case 429:
		return "rate_limit_error"
	case 529:
		return "overloaded_error"
	}
	return "api_error"
}

func anthropicWhole(a answer) any {
	blocks := anthropicBlocks(a)
	for _, b := range blocks {
		delete(b, "raw")
	}
	return object{"id": "msg_" + a.id, "type": "message", "role": "assistant", "model": a.model, "content": blocks,
		"stop_reason": anthropicStop(a), "stop_sequence": nil, "usage": anthropicUsage(a)}
}

func anthropicStop(a answer) string {
	switch {
	case a.Finish == "length":
		return "max_tokens"
	case a.Finish == "content_filter":
		return "refusal"
	case len(a.Call) > 0 || a.forced():
		return "tool_use"
	}
	return "end_turn"
}

func anthropicUsage(a answer) object {
	read, write := value(a.usage.CacheRead), value(a.usage.CacheWrite)
	u := object{"input_tokens": a.usage.Input - read - write, "output_tokens": a.usage.Output,
		"cache_read_input_tokens": read, "cache_creation_input_tokens": write, "service_tier": "standard"}
	if a.usage.Reasoning != nil {
		u["output_tokens_details"] = object{"thinking_tokens": *a.usage.Reasoning}
	}
	return u
}

func value(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

// forced reports whether a model that would have spoken must call a tool instead: it calls it with what it would have said.
func (a answer) forced() bool {
	var v object
	return a.c.ToolChoice.Mode == "named" && len(a.Call) == 0 && json.Unmarshal([]byte(a.Say), &v) == nil
}

// anthropicBlocks are an answer's; raw is what the model wrote as a call's input, be it JSON or not.
func anthropicBlocks(a answer) []object {
	blocks := []object{}
	if t := a.Think; t != nil && t.Redacted {
		blocks = append(blocks, object{"type": "redacted_thinking", "data": t.Signature})
	} else if t != nil {
		blocks = append(blocks, object{"type": "thinking", "thinking": t.Text, "signature": t.Signature})
	}
	calls := a.Call
	if a.forced() {
		calls = []Call{{Name: a.c.ToolChoice.Name, Raw: a.Say}}
	} else if a.Say != "" {
		blocks = append(blocks, object{"type": "text", "text": a.Say})
	}
	for i, c := range calls {
		input := json.RawMessage(c.args())
		if !json.Valid(input) {
			input, _ = json.Marshal(object{"INVALID_JSON": c.args()})
		}
		blocks = append(blocks, object{"type": "tool_use", "id": a.callID(i), "name": c.Name, "input": input, "raw": c.args()})
	}
	return blocks
}

// anthropicBlockEvents are a block as it arrives: it starts empty, grows, and stops.
func anthropicBlockEvents(i int, b object) []event {
	start := object{"type": b["type"]}
	var deltas []object
	grow := func(kind, key, s string) {
		for _, p := range pieces(s) {
			deltas = append(deltas, object{"type": kind, key: p})
		}
	}
	switch b["type"] {
	case "text":
		start["text"] = ""
		grow("text_delta", "text", b["text"].(string))
	case "thinking":
		start["thinking"], start["signature"] = "", ""
		grow("thinking_delta", "thinking", b["thinking"].(string))
		deltas = append(deltas, object{"type": "signature_delta", "signature": b["signature"]})
	case "tool_use":
		start["id"], start["name"], start["input"] = b["id"], b["name"], object{}
		grow("input_json_delta", "partial_json", b["raw"].(string))
	default:
		start = b
	}
	out := []event{{"content_block_start", object{"type": "content_block_start", "index": i, "content_block": start}}}
	for _, d := range deltas {
		out = append(out, event{"content_block_delta", object{"type": "content_block_delta", "index": i, "delta": d}})
	}
	return append(out, event{"content_block_stop", object{"type": "content_block_stop", "index": i}})
}

// anthropicBlock is a block of a request.
type anthropicBlock struct {
	Type, Text, Thinking, Signature, Data, ID, Name string
	Input                                           json.RawMessage
	ToolUseID                                       string `json:"tool_use_id"`
	Content                                         anthropicContent
	IsError                                         bool `json:"is_error"`
	Source                                          *struct {
		Type, URL, Data string
		MediaType       string `json:"media_type"`
	}
}

// anthropicContent is a text, or blocks.
type anthropicContent []anthropicBlock

func (c *anthropicContent) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*c = anthropicContent{{Type: "text", Text: s}}
		return nil
	}
	return json.Unmarshal(b, (*[]anthropicBlock)(c))
}

func parseAnthropic(body []byte) (Conversation, error) {
	var in struct {
		Model     string
		MaxTokens int `json:"max_tokens"`
		System    anthropicContent
		Messages  []struct {
			Role    string
			Content anthropicContent
		}
		Tools []struct {
			Name, Description string
			Schema            json.RawMessage `json:"input_schema"`
		}
		ToolChoice struct{ Type, Name string } `json:"tool_choice"`
		Stream     bool
		Output     struct {
			Effort string
			Format *struct{ Schema json.RawMessage }
		} `json:"output_config"`
		Temperature *float64
		Stop        []string `json:"stop_sequences"`
	}
	var c Conversation
	if err := json.Unmarshal(body, &in); err != nil {
		return c, err
	}
	c = Conversation{Stream: in.Stream, Request: llm.Request{Provider: "anthropic", Model: in.Model, MaxTokens: in.MaxTokens,
		Temperature: in.Temperature, Stop: in.Stop, ReasoningEffort: in.Output.Effort}}
	if in.MaxTokens <= 0 {
		return c, errors.New("max_tokens: Field required")
	}
	if in.Output.Format != nil {
		c.Schema = &llm.Schema{Schema: in.Output.Format.Schema}
	}
	names := map[string]string{}
	for _, b := range in.System {
		c.Messages = append(c.Messages, llm.SystemText(b.Text))
	}
	for i, m := range in.Messages {
		if m.Role != "user" && m.Role != "assistant" {
			return c, fmt.Errorf("messages.%d.role: Input should be 'user' or 'assistant'", i)
		}
		if i > 0 && in.Messages[i-1].Role == m.Role {
			return c, fmt.Errorf("messages.%d: roles must alternate between \"user\" and \"assistant\"", i)
		}
		msg := llm.Message{Role: llm.Role(m.Role)}
		for j, b := range m.Content {
			p, err := b.part(names)
			if err != nil {
				return c, fmt.Errorf("messages.%d.content.%d: %w", i, j, err)
			}
			msg.Parts = append(msg.Parts, p)
		}
		c.Messages = append(c.Messages, resultsApart(msg)...)
	}
	if len(in.Messages) == 0 {
		return c, errors.New("messages: at least one message is required")
	}
	for _, t := range in.Tools {
		c.Tools = append(c.Tools, llm.Tool{Name: t.Name, Description: t.Description, Schema: t.Schema})
	}
	c.ToolChoice = llm.ToolChoice{Mode: map[string]string{"any": "required", "tool": "named"}[in.ToolChoice.Type], Name: in.ToolChoice.Name}
	return c, nil
}

func (b anthropicBlock) part(names map[string]string) (llm.Part, error) {
	switch b.Type {
	case "text":
		if b.Text == "" {
			return llm.Part{}, errors.New("text content blocks must be non-empty")
		}
		return llm.Text(b.Text), nil
	case "thinking":
		return llm.Part{Kind: llm.KindThinking, Thinking: &llm.Thinking{Text: b.Thinking, Signature: b.Signature}}, nil
	case "redacted_thinking":
		return llm.Part{Kind: llm.KindThinking, Thinking: &llm.Thinking{Signature: b.Data, Redacted: true}}, nil
	case "tool_use":
		names[b.ID] = b.Name
		return llm.Part{Kind: llm.KindCall, Call: &llm.ToolCall{ID: b.ID, Name: b.Name, Args: string(b.Input)}}, nil
	case "tool_result":
		r := llm.ToolResult{CallID: b.ToolUseID, Name: names[b.ToolUseID], IsError: b.IsError}
		for _, inner := range b.Content {
			if inner.Type == "image" {
				r.Image = inner.image()
			}
			r.Content += inner.Text
		}
		return llm.Part{Kind: llm.KindResult, Result: &r}, nil
	case "image":
		if b.Source == nil {
			return llm.Part{}, errors.New("source: Field required")
		}
		return llm.Part{Kind: llm.KindImage, Media: b.image()}, nil
	}
	return llm.Part{}, fmt.Errorf("input tag %q found using 'type' does not match any of the expected tags", b.Type)
}

func (b anthropicBlock) image() *llm.Media {
	if b.Source == nil {
		return nil
	}
	m := &llm.Media{URL: b.Source.URL, Type: b.Source.MediaType}
	if b.Source.Data != "" {
		m.URL = "data:" + b.Source.MediaType + ";base64," + b.Source.Data
	}
	return m
}

// resultsApart splits the tool results of a user's turn from what the user says, as the other protocols have it.
func resultsApart(m llm.Message) []llm.Message {
	results, rest := llm.Message{Role: llm.RoleTool}, llm.Message{Role: m.Role}
	for _, p := range m.Parts {
		if p.Kind == llm.KindResult {
			results.Parts = append(results.Parts, p)
		} else {
			rest.Parts = append(rest.Parts, p)
		}
	}
	var out []llm.Message
	for _, m := range []llm.Message{results, rest} {
		if len(m.Parts) > 0 {
			out = append(out, m)
		}
	}
	return out
}
