package llmtest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"twinset.dev/agent/llm"
)

// responsesWire is OpenAI's Responses API.
//
// https://platform.openai.com/docs/api-reference/responses
// https://platform.openai.com/docs/api-reference/responses-streaming
var responsesWire = protocol{
	name:   "responses",
	key:    bearer,
	parse:  func(_ *http.Request, body []byte) (Conversation, error) { return parseResponses(body) },
	whole:  func(a answer) any { return responsesWhole(a, responsesItems(a)) },
	events: responsesEvents,
	end: func(a answer) []event {
		kind := "response.completed"
		if a.Finish != "" {
			kind = "response.incomplete"
		}
		n := len(responsesEvents(a))
		return []event{{kind, object{"type": kind, "sequence_number": n, "response": responsesWhole(a, responsesItems(a))}}}
	},
	refuse: refuseOpenAI,
	broken: func(code string) []event {
		return []event{{"error", object{"type": "error", "sequence_number": 99, "code": code, "message": code, "param": nil}}}
	},
	failed: func(a answer, code string) (any, []event) {
		r := responsesWhole(a, []object{}).(object)
		r["status"], r["error"], r["usage"] = "failed", object{"code": code, "message": code}, nil
		return r, []event{{"response.failed", object{"type": "response.failed", "sequence_number": 99, "response": r}}}
	},
}

func refuseOpenAI(status int, code, message string) any {
	kind := "invalid_request_error"
	switch {
	case status == 401:
		kind, code = "authentication_error", cmp.Or(code, "invalid_api_key")
	case status == 429:
		kind, code = "requests", cmp.Or(code, "rate_limit_exceeded")
	case status >= 500:
		kind = "server_error"
	}
	var c any
	if code != "" {
		c = code
	}
	return object{"error": object{"message": message, "type": kind, "param": nil, "code": c}}
}

func responsesWhole(a answer, items []object) any {
	r := object{"id": "resp_" + a.id, "object": "response", "created_at": 0, "status": "completed", "model": a.model, "output": items,
		"error": nil, "incomplete_details": nil, "instructions": nil, "metadata": object{}, "parallel_tool_calls": true,
		"tool_choice": "auto", "tools": []any{}, "temperature": 1, "top_p": 1, "usage": responsesUsage(a)}
	switch a.Finish {
	case "length":
		r["status"], r["incomplete_details"] = "incomplete", object{"reason": "max_output_tokens"}
	case "content_filter":
		r["status"], r["incomplete_details"] = "incomplete", object{"reason": "content_filter"}
	}
	return r
}

func responsesUsage(a answer) object {
	u := object{"input_tokens": a.usage.Input, "output_tokens": a.usage.Output, "total_tokens": a.usage.Total()}
	if a.usage.CacheRead != nil {
		in := object{"cached_tokens": *a.usage.CacheRead}
		if a.usage.CacheWrite != nil {
			in["cache_write_tokens"] = *a.usage.CacheWrite
		}
		u["input_tokens_details"] = in
	}
	if a.usage.Reasoning != nil {
		u["output_tokens_details"] = object{"reasoning_tokens": *a.usage.Reasoning}
	}
	return u
}

func responsesItems(a answer) []object {
	items := []object{}
	if t := a.Think; t != nil {
		summary := []object{}
		if !t.Redacted {
			summary = append(summary, object{"type": "summary_text", "text": t.Text})
		}
		items = append(items, object{"id": "rs_" + a.id, "type": "reasoning", "summary": summary, "encrypted_content": t.Signature})
	}
	if a.Say != "" {
		items = append(items, object{"id": "msg_" + a.id, "type": "message", "role": "assistant", "status": "completed",
			"content": []object{{"type": "output_text", "text": a.Say, "annotations": []any{}}}})
	}
	for i, c := range a.Call {
		items = append(items, object{"id": fmt.Sprintf("fc_%s_%d", a.id, i+1), "type": "function_call", "status": "completed",
			"call_id": a.callID(i), "name": c.Name, "arguments": c.args()})
	}
	return items
}

func responsesEvents(a answer) []event {
	var out []event
	put := func(kind string, data object) {
		data["type"], data["sequence_number"] = kind, len(out)
		out = append(out, event{kind, data})
	}
	start := responsesWhole(a, []object{}).(object)
	start["status"], start["usage"], start["incomplete_details"] = "in_progress", nil, nil
	put("response.created", object{"response": start})
	put("response.in_progress", object{"response": start})
	for i, item := range responsesItems(a) {
		at := func(more object) object {
			more["output_index"], more["item_id"] = i, item["id"]
			return more
		}
		begun := object{}
		for k, v := range item {
			begun[k] = v
		}
		switch item["type"] {
		case "reasoning":
			begun["summary"] = []any{}
			put("response.output_item.added", object{"output_index": i, "item": begun})
			for _, s := range item["summary"].([]object) {
				for _, p := range pieces(s["text"].(string)) {
					put("response.reasoning_summary_text.delta", at(object{"summary_index": 0, "delta": p}))
				}
				put("response.reasoning_summary_text.done", at(object{"summary_index": 0, "text": s["text"]}))
			}
		case "message":
			begun["content"], begun["status"] = []any{}, "in_progress"
			text := item["content"].([]object)[0]
			put("response.output_item.added", object{"output_index": i, "item": begun})
			put("response.content_part.added", at(object{"content_index": 0, "part": object{"type": "output_text", "text": "", "annotations": []any{}}}))
			for _, p := range pieces(text["text"].(string)) {
				put("response.output_text.delta", at(object{"content_index": 0, "delta": p, "logprobs": []any{}}))
			}
			put("response.output_text.done", at(object{"content_index": 0, "text": text["text"], "logprobs": []any{}}))
			put("response.content_part.done", at(object{"content_index": 0, "part": text}))
		case "function_call":
			begun["arguments"], begun["status"] = "", "in_progress"
			put("response.output_item.added", object{"output_index": i, "item": begun})
			for _, p := range pieces(item["arguments"].(string)) {
				put("response.function_call_arguments.delta", at(object{"delta": p}))
			}
			put("response.function_call_arguments.done", at(object{"arguments": item["arguments"]}))
		}
		put("response.output_item.done", object{"output_index": i, "item": item})
	}
	return out
}

// responsesItem is an item of a request.
type responsesItem struct {
	Type, Role, Name, Arguments, ID string
	CallID                          string `json:"call_id"`
	Content, Output                 openAIContent
	Summary                         []struct{ Text string }
	Encrypted                       string `json:"encrypted_content"`
}

// openAIContent is a text, or parts of the kinds that both of OpenAI's protocols know.
type openAIContent []openAIPart

type openAIPart struct {
	Type, Text string
	ImageURL   openAIImage `json:"image_url"`
}

// openAIImage is a URL, bare or in an object.
type openAIImage string

func (i *openAIImage) UnmarshalJSON(b []byte) error {
	var o struct{ URL string }
	if json.Unmarshal(b, &o) == nil {
		*i = openAIImage(o.URL)
		return nil
	}
	return json.Unmarshal(b, (*string)(i))
}

func (c *openAIContent) UnmarshalJSON(b []byte) error {
	var s *string
	if json.Unmarshal(b, &s) == nil {
		if s != nil {
			*c = openAIContent{{Type: "text", Text: *s}}
		}
		return nil
	}
	return json.Unmarshal(b, (*[]openAIPart)(c))
}

func (c openAIContent) parts() (parts []llm.Part, err error) {
	for _, p := range c {
		switch p.Type {
		case "text", "input_text", "output_text":
			parts = append(parts, llm.Text(p.Text))
		case "image_url", "input_image":
			parts = append(parts, llm.Part{Kind: llm.KindImage, Media: &llm.Media{URL: string(p.ImageURL)}})
		default:
			return nil, fmt.Errorf("Invalid value: '%s'", p.Type)
		}
	}
	return parts, nil
}

func (c openAIContent) text() (s string) {
	for _, p := range c {
		s += p.Text
	}
	return s
}

// openAITool is a tool in either of OpenAI's forms: Responses has it flat, Chat Completions in a function.
type openAITool struct {
	Type, Name, Description string
	Parameters              json.RawMessage
	Function                *struct {
		Name, Description string
		Parameters        json.RawMessage
	}
}

// openAIChoice is a word, or a tool in either form.
type openAIChoice llm.ToolChoice

func (c *openAIChoice) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &c.Mode) == nil {
		return nil
	}
	var t openAITool
	if err := json.Unmarshal(b, &t); err != nil {
		return err
	}
	if c.Mode, c.Name = "named", t.Name; t.Function != nil {
		c.Name = t.Function.Name
	}
	return nil
}

func parseResponses(body []byte) (Conversation, error) {
	var in struct {
		Model, Instructions string
		Input               json.RawMessage
		Stream              bool
		Tools               []openAITool
		ToolChoice          openAIChoice `json:"tool_choice"`
		MaxTokens           int          `json:"max_output_tokens"`
		Reasoning           struct{ Effort string }
		Text                struct {
			Format struct {
				Type, Name string
				Schema     json.RawMessage
				Strict     bool
			}
		}
		Temperature *float64
	}
	var c Conversation
	if err := json.Unmarshal(body, &in); err != nil {
		return c, err
	}
	c = Conversation{Stream: in.Stream, Request: llm.Request{Provider: "openai", Model: in.Model, MaxTokens: in.MaxTokens,
		Temperature: in.Temperature, ReasoningEffort: in.Reasoning.Effort, ToolChoice: llm.ToolChoice(in.ToolChoice)}}
	if f := in.Text.Format; f.Type == "json_schema" {
		c.Schema = &llm.Schema{Name: f.Name, Schema: f.Schema, Strict: f.Strict}
	}
	if in.Instructions != "" {
		c.Messages = append(c.Messages, llm.SystemText(in.Instructions))
	}
	for _, t := range in.Tools {
		if t.Name == "" {
			return c, errors.New("Missing required parameter: 'tools[0].name'.")
		}
		c.Tools = append(c.Tools, llm.Tool{Name: t.Name, Description: t.Description, Schema: t.Parameters})
	}
	var text string
	if json.Unmarshal(in.Input, &text) == nil {
		c.Messages = append(c.Messages, llm.UserText(text))
		return c, nil
	}
	var items []responsesItem
	if err := json.Unmarshal(in.Input, &items); err != nil {
		return c, fmt.Errorf("input: %w", err)
	}
	names := map[string]string{}
	for i, item := range items {
		m, err := item.message(names)
		if err != nil {
			return c, fmt.Errorf("input[%d]: %w", i, err)
		}
		c.Messages = appendTurn(c.Messages, m)
	}
	return c, nil
}

// appendTurn joins what the model said in one turn, which comes as items apart, and the results that answer it.
func appendTurn(messages []llm.Message, m llm.Message) []llm.Message {
	if n := len(messages); n > 0 && messages[n-1].Role == m.Role && (m.Role == llm.Assistant || m.Role == llm.RoleTool) {
		messages[n-1].Parts = append(messages[n-1].Parts, m.Parts...)
		return messages
	}
	return append(messages, m)
}

func (i responsesItem) message(names map[string]string) (llm.Message, error) {
	switch cmp.Or(i.Type, "message") {
	case "message":
		parts, err := i.Content.parts()
		return llm.Message{Role: llm.Role(i.Role), Parts: parts}, err
	case "function_call":
		names[i.CallID] = i.Name
		return llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Kind: llm.KindCall,
			Call: &llm.ToolCall{ID: i.CallID, Name: i.Name, Args: i.Arguments}}}}, nil
	case "function_call_output":
		return llm.ToolResults(llm.ToolResult{CallID: i.CallID, Name: names[i.CallID], Content: i.Output.text()}), nil
	case "reasoning":
		t := &llm.Thinking{ID: i.ID, Signature: i.Encrypted}
		for _, s := range i.Summary {
			t.Text += s.Text
		}
		return llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Kind: llm.KindThinking, Thinking: t}}}, nil
	}
	return llm.Message{}, fmt.Errorf("Invalid value: '%s'", i.Type)
}
