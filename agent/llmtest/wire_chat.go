package llmtest

import (
	"encoding/json"
	"errors"
	"net/http"

	"twinset.dev/agent/llm"
)

// chatWire is Chat Completions, with reasoning_content as other servers than OpenAI's have it.
//
// https://platform.openai.com/docs/api-reference/chat
var chatWire = protocol{
	name:  "chat",
	key:   bearer,
	parse: func(_ *http.Request, body []byte) (Conversation, error) { return parseChat(body) },
	whole: func(a answer) any {
		m := object{"role": "assistant", "content": nil}
		if a.Say != "" {
			m["content"] = a.Say
		}
		if a.Think != nil && !a.Think.Redacted {
			m["reasoning_content"] = a.Think.Text
		}
		if len(a.Call) > 0 {
			var calls []object
			for i, c := range a.Call {
				calls = append(calls, object{"id": a.callID(i), "type": "function", "function": object{"name": c.Name, "arguments": c.args()}})
			}
			m["tool_calls"] = calls
		}
		return object{"id": "chatcmpl-" + a.id, "object": "chat.completion", "created": 0, "model": a.model, "usage": chatUsage(a),
			"choices": []object{{"index": 0, "message": m, "finish_reason": chatFinish(a)}}}
	},
	events: chatEvents,
	end: func(a answer) []event {
		last := chatChunk(a, []object{})
		last["usage"] = chatUsage(a)
		return []event{{"", chatChunk(a, []object{{"index": 0, "delta": object{}, "finish_reason": chatFinish(a)}})},
			{"", last}, {"", json.RawMessage("[DONE]")}}
	},
	refuse: refuseOpenAI,
	broken: func(code string) []event {
		return []event{{"", object{"error": object{"message": code, "type": code, "param": nil, "code": code}}}}
	},
}

func chatFinish(a answer) string {
	switch {
	case a.Finish != "":
		return a.Finish
	case len(a.Call) > 0:
		return "tool_calls"
	}
	return "stop"
}

func chatUsage(a answer) object {
	u := object{"prompt_tokens": a.usage.Input, "completion_tokens": a.usage.Output, "total_tokens": a.usage.Total()}
	if a.usage.CacheRead != nil {
		in := object{"cached_tokens": *a.usage.CacheRead}
		if a.usage.CacheWrite != nil {
			in["cache_write_tokens"] = *a.usage.CacheWrite
		}
		u["prompt_tokens_details"] = in
	}
	if a.usage.Reasoning != nil {
		u["completion_tokens_details"] = object{"reasoning_tokens": *a.usage.Reasoning}
	}
	return u
}

func chatChunk(a answer, choices []object) object {
	return object{"id": "chatcmpl-" + a.id, "object": "chat.completion.chunk", "created": 0, "model": a.model, "choices": choices}
}

func chatEvents(a answer) (out []event) {
	put := func(delta object) {
		out = append(out, event{"", chatChunk(a, []object{{"index": 0, "delta": delta, "finish_reason": nil}})})
	}
	put(object{"role": "assistant", "content": ""})
	if a.Think != nil && !a.Think.Redacted {
		for _, p := range pieces(a.Think.Text) {
			put(object{"reasoning_content": p})
		}
	}
	for _, p := range pieces(a.Say) {
		put(object{"content": p})
	}
	for i, c := range a.Call {
		put(object{"tool_calls": []object{{"index": i, "id": a.callID(i), "type": "function", "function": object{"name": c.Name, "arguments": ""}}}})
		for _, p := range pieces(c.args()) {
			put(object{"tool_calls": []object{{"index": i, "function": object{"arguments": p}}}})
		}
	}
	return out
}

func parseChat(body []byte) (Conversation, error) {
	var in struct {
		Model    string
		Messages []struct {
			Role       string
			Content    openAIContent
			ToolCallID string `json:"tool_call_id"`
			ToolCalls  []struct {
				ID       string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		Stream     bool
		Tools      []openAITool
		ToolChoice openAIChoice `json:"tool_choice"`
		MaxTokens  int          `json:"max_tokens"`
		Effort     string       `json:"reasoning_effort"`
		Format     struct {
			Schema *struct {
				Name   string
				Schema json.RawMessage
				Strict bool
			} `json:"json_schema"`
		} `json:"response_format"`
		Temperature *float64
	}
	var c Conversation
	if err := json.Unmarshal(body, &in); err != nil {
		return c, err
	}
	c = Conversation{Stream: in.Stream, Request: llm.Request{Provider: "openai-compatible", Model: in.Model, MaxTokens: in.MaxTokens,
		Temperature: in.Temperature, ReasoningEffort: in.Effort, ToolChoice: llm.ToolChoice(in.ToolChoice)}}
	if s := in.Format.Schema; s != nil {
		c.Schema = &llm.Schema{Name: s.Name, Schema: s.Schema, Strict: s.Strict}
	}
	for _, t := range in.Tools {
		if t.Function == nil {
			return c, errors.New("Missing required parameter: 'tools[0].function'.")
		}
		c.Tools = append(c.Tools, llm.Tool{Name: t.Function.Name, Description: t.Function.Description, Schema: t.Function.Parameters})
	}
	names := map[string]string{}
	for _, m := range in.Messages {
		if m.Role == "tool" {
			c.Messages = appendTurn(c.Messages, llm.ToolResults(llm.ToolResult{CallID: m.ToolCallID, Name: names[m.ToolCallID], Content: m.Content.text()}))
			continue
		}
		parts, err := m.Content.parts()
		if err != nil {
			return c, err
		}
		for _, call := range m.ToolCalls {
			names[call.ID] = call.Function.Name
			parts = append(parts, llm.Part{Kind: llm.KindCall, Call: &llm.ToolCall{ID: call.ID, Name: call.Function.Name, Args: call.Function.Arguments}})
		}
		c.Messages = append(c.Messages, llm.Message{Role: llm.Role(m.Role), Parts: parts})
	}
	return c, nil
}
