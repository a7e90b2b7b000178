package llmtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"twinset.dev/agent/llm"
)

// geminiWire is Gemini's generateContent. Its calls have no ids, and its streams no last event: the reason to finish is the end.
//
// https://ai.google.dev/api/generate-content
var geminiWire = protocol{
	name:  "gemini",
	key:   func(r *http.Request) string { return cmp.Or(r.Header.Get("X-Goog-Api-Key"), r.URL.Query().Get("key")) },
	parse: parseGemini,
	whole: func(a answer) any { return geminiChunk(a, geminiParts(a, false), geminiFinish(a)) },
	events: func(a answer) (out []event) {
		for _, p := range geminiParts(a, true) {
			out = append(out, event{"", geminiChunk(a, []object{p}, "")})
		}
		return out
	},
	end: func(a answer) []event { return []event{{"", geminiChunk(a, []object{{"text": ""}}, geminiFinish(a))}} },
	refuse: func(status int, code, message string) any {
		return object{"error": object{"code": status, "message": message, "status": cmp.Or(code, geminiStatus(status))}}
	},
	broken: func(code string) []event {
		return []event{{"", object{"error": object{"code": 500, "message": code, "status": "INTERNAL"}}}}
	},
}

func geminiStatus(status int) string {
	switch status {
	case 400:
		return "INVALID_ARGUMENT"
	case 401:
		return "UNAUTHENTICATED"
	case 403:
		return "PERMISSION_DENIED"
	case 404:
		return "NOT_FOUND"
	case 429:
		return "RESOURCE_EXHAUSTED"
	case 503:
		return "UNAVAILABLE"
	case 504:
		return "DEADLINE_EXCEEDED"
	}
	return "INTERNAL"
}

func geminiFinish(a answer) string {
	switch a.Finish {
	case "length":
		return "MAX_TOKENS"
	case "content_filter":
		return "SAFETY"
	}
	return "STOP"
}

func geminiChunk(a answer, parts []object, finish string) any {
	candidate := object{"index": 0, "content": object{"role": "model", "parts": parts}}
	u := object{"promptTokenCount": a.usage.Input, "candidatesTokenCount": a.usage.Output - value(a.usage.Reasoning), "totalTokenCount": a.usage.Total()}
	if a.usage.Reasoning != nil {
		u["thoughtsTokenCount"] = *a.usage.Reasoning
	}
	if a.usage.CacheRead != nil {
		u["cachedContentTokenCount"] = *a.usage.CacheRead
	}
	if finish != "" {
		candidate["finishReason"] = finish
	}
	return object{"candidates": []object{candidate}, "usageMetadata": u, "modelVersion": a.model, "responseId": "gem_" + a.id}
}

// geminiParts are what an answer says; what it thinks is signed on the part that follows.
func geminiParts(a answer, cut bool) (parts []object) {
	text := func(s string, more object) {
		all := []string{s}
		if cut {
			all = pieces(s)
		}
		for _, p := range all {
			part := object{"text": p}
			for k, v := range more {
				part[k] = v
			}
			parts = append(parts, part)
		}
	}
	signature := ""
	if t := a.Think; t != nil {
		if signature = t.Signature; !t.Redacted {
			text(t.Text, object{"thought": true})
		}
	}
	if a.Say != "" {
		text(a.Say, nil)
	}
	for _, c := range a.Call {
		args := json.RawMessage(c.args())
		if !json.Valid(args) {
			args, _ = json.Marshal(object{"INVALID_JSON": c.args()})
		}
		parts = append(parts, object{"functionCall": object{"name": c.Name, "args": args}})
	}
	if signature != "" && len(parts) > 0 {
		last := parts[len(parts)-1]
		for _, p := range parts {
			if p["functionCall"] != nil {
				last = p
				break
			}
		}
		last["thoughtSignature"] = signature
	}
	return parts
}

type geminiPart struct {
	Text         string
	Thought      bool
	Signature    string `json:"thoughtSignature"`
	FunctionCall *struct {
		Name string
		Args json.RawMessage
	}
	FunctionResponse *struct {
		Name     string
		Response object
	}
	InlineData *struct{ MimeType, Data string }
	FileData   *struct{ MimeType, FileURI string }
}

func parseGemini(r *http.Request, body []byte) (Conversation, error) {
	var in struct {
		System   struct{ Parts []geminiPart } `json:"systemInstruction"`
		Contents []struct {
			Role  string
			Parts []geminiPart
		}
		Tools []struct {
			Functions []struct {
				Name, Description string
				Parameters        json.RawMessage `json:"parametersJsonSchema"`
			} `json:"functionDeclarations"`
		}
		ToolConfig struct {
			Calling struct {
				Mode    string
				Allowed []string `json:"allowedFunctionNames"`
			} `json:"functionCallingConfig"`
		}
		Config struct {
			MaxTokens   int             `json:"maxOutputTokens"`
			Schema      json.RawMessage `json:"responseJsonSchema"`
			Temperature *float64
			Thinking    struct{ ThinkingLevel string } `json:"thinkingConfig"`
		} `json:"generationConfig"`
	}
	var c Conversation
	if err := json.Unmarshal(body, &in); err != nil {
		return c, err
	}
	model, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1beta/models/"), ":")
	if method != "generateContent" && (method != "streamGenerateContent" || r.URL.Query().Get("alt") != "sse") {
		return c, fmt.Errorf("llmtest does not serve %s; streams come as server-sent events only", method)
	}
	c = Conversation{Stream: method == "streamGenerateContent", Request: llm.Request{Provider: "gemini", Model: model,
		MaxTokens: in.Config.MaxTokens, Temperature: in.Config.Temperature, ReasoningEffort: in.Config.Thinking.ThinkingLevel}}
	if in.Config.Schema != nil {
		c.Schema = &llm.Schema{Schema: in.Config.Schema}
	}
	for _, p := range in.System.Parts {
		c.Messages = append(c.Messages, llm.SystemText(p.Text))
	}
	for _, t := range in.Tools {
		for _, f := range t.Functions {
			c.Tools = append(c.Tools, llm.Tool{Name: f.Name, Description: f.Description, Schema: f.Parameters})
		}
	}
	mode := in.ToolConfig.Calling
	c.ToolChoice.Mode = map[string]string{"ANY": "required", "NONE": "none", "AUTO": "auto"}[mode.Mode]
	if len(mode.Allowed) == 1 {
		c.ToolChoice = llm.ToolChoice{Mode: "named", Name: mode.Allowed[0]}
	}
	calls := geminiCalls{made: map[string]int{}, answered: map[string]int{}}
	for _, turn := range in.Contents {
		role := llm.Role(turn.Role)
		if turn.Role == "model" {
			role = llm.Assistant
		}
		m := llm.Message{Role: role}
		for _, p := range turn.Parts {
			part, err := p.part(calls)
			if err != nil {
				return c, err
			}
			m.Parts = append(m.Parts, part)
		}
		c.Messages = append(c.Messages, resultsApart(m)...)
	}
	if len(in.Contents) == 0 {
		return c, fmt.Errorf("* GenerateContentRequest.contents: contents is not specified")
	}
	return c, nil
}

// geminiCalls finds the call that a result answers: it names only the tool, so results come in the order of the calls.
type geminiCalls struct{ made, answered map[string]int }

func (p geminiPart) part(calls geminiCalls) (llm.Part, error) {
	switch {
	case p.FunctionCall != nil:
		name := p.FunctionCall.Name
		calls.made[name]++
		id := fmt.Sprintf("%s_%d", name, calls.made[name])
		return llm.Part{Kind: llm.KindCall, Call: &llm.ToolCall{ID: id, Name: name, Args: string(p.FunctionCall.Args), Signature: p.Signature}}, nil
	case p.FunctionResponse != nil:
		name := p.FunctionResponse.Name
		calls.answered[name]++
		r := &llm.ToolResult{Name: name, CallID: fmt.Sprintf("%s_%d", name, calls.answered[name])}
		text := p.FunctionResponse.Response["output"]
		if e := p.FunctionResponse.Response["error"]; e != nil {
			text, r.IsError = e, true
		}
		r.Content = fmt.Sprint(text)
		return llm.Part{Kind: llm.KindResult, Result: r}, nil
	case p.InlineData != nil:
		return llm.Part{Kind: llm.KindImage, Media: &llm.Media{URL: "data:" + p.InlineData.MimeType + ";base64," + p.InlineData.Data}}, nil
	case p.FileData != nil:
		return llm.Part{Kind: llm.KindImage, Media: &llm.Media{URL: p.FileData.FileURI, Type: p.FileData.MimeType}}, nil
	case p.Text == "":
		return llm.Part{}, fmt.Errorf("* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one initialized field")
	}
	return llm.Text(p.Text), nil
}
