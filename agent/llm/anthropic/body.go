package anthropic

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/anthropics/anthropic-sdk-go/option"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/internal/adapter"
)

type object = map[string]any

// defaultMax are the tokens an answer may have if the caller says nothing; the vendor has no default.
const defaultMax = 4096

// budgets are the tokens of thinking for models that take no effort.
var budgets = map[string]int{"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 32768, "max": 32768}

// body is a request in the vendor's words. Options of the caller's that are no field of the body: auto_cache (false leaves the marks of
// the prompt cache away), beta_headers (see betas).
func body(r llm.Request) (object, error) {
	b := object{"model": r.Model, "max_tokens": cmp.Or(r.MaxTokens, defaultMax)}
	messages, system, err := conversation(r)
	if err != nil {
		return nil, err
	}
	b["messages"] = messages
	if len(system) > 0 {
		b["system"] = system
	}
	if err := tools(r, b); err != nil {
		return nil, err
	}
	if r.Temperature != nil {
		b["temperature"] = *r.Temperature
	}
	if r.TopP != nil {
		b["top_p"] = *r.TopP
	}
	if len(r.Stop) > 0 {
		b["stop_sequences"] = r.Stop
	}
	if id := r.Metadata["user_id"]; id != "" { // the only one there is
		b["metadata"] = object{"user_id": id}
	}
	think(r, b)
	if r.ProviderOptions[name]["auto_cache"] != false {
		cache(b)
	}
	adapter.Merge(b, r.ProviderOptions[name], "auto_cache", "beta_headers", "beta_features")
	return b, nil
}

// betas are the features the caller asks for by header, in one header; their names are the vendor's and change.
func betas(r llm.Request) []option.RequestOption {
	var names []string
	for _, key := range []string{"beta_headers", "beta_features"} {
		switch v := r.ProviderOptions[name][key].(type) {
		case []string:
			names = append(names, v...)
		case []any:
			for _, n := range v {
				if s, ok := n.(string); ok {
					names = append(names, s)
				}
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []option.RequestOption{option.WithHeader("anthropic-beta", strings.Join(names, ","))}
}

// conversation splits the system's words from the turns, and merges neighbours of one role: the vendor wants user and assistant to
// alternate, and tool results to be the user's.
func conversation(r llm.Request) (messages, system []object, err error) {
	for _, m := range r.Messages {
		if m.Role == llm.System || m.Role == llm.Developer {
			system = append(system, object{"type": "text", "text": m.Text()})
			continue
		}
		role := "user"
		if m.Role == llm.Assistant {
			role = "assistant"
		}
		blocks := []object{}
		for _, p := range m.Parts {
			switch b, err := block(r, p); {
			case err != nil:
				return nil, nil, err
			case b != nil:
				blocks = append(blocks, b)
			}
		}
		switch n := len(messages); {
		case len(blocks) == 0:
		case n > 0 && messages[n-1]["role"] == role:
			messages[n-1]["content"] = append(messages[n-1]["content"].([]object), blocks...)
		default:
			messages = append(messages, object{"role": role, "content": blocks})
		}
	}
	return messages, system, nil
}

// block is a part in the vendor's words, or nil if the model must not see it.
func block(r llm.Request, p llm.Part) (object, error) {
	switch p.Kind {
	case llm.KindText:
		if p.Text == "" { // refused as empty
			return nil, nil
		}
		return object{"type": "text", "text": p.Text}, nil
	case llm.KindImage:
		return image(p.Media)
	case llm.KindCall:
		return object{"type": "tool_use", "id": p.Call.ID, "name": p.Call.Name, "input": adapter.Object(p.Call.Args)}, nil
	case llm.KindResult:
		content := []object{{"type": "text", "text": cmp.Or(p.Result.Content, "(no output)")}}
		if p.Result.Image != nil {
			b, err := image(p.Result.Image)
			if err != nil {
				return nil, err
			}
			content = append(content, b)
		}
		return object{"type": "tool_result", "tool_use_id": p.Result.CallID, "content": content, "is_error": p.Result.IsError}, nil
	case llm.KindThinking:
		switch t := p.Thinking; {
		case !t.Fits(r):
			return nil, nil
		case t.Redacted:
			return object{"type": "redacted_thinking", "data": t.Signature}, nil
		default:
			return object{"type": "thinking", "thinking": t.Text, "signature": t.Signature}, nil
		}
	}
	return nil, adapter.Unsupported(name, "%s cannot be shown to the model", p.Kind)
}

func image(m *llm.Media) (object, error) {
	url, data, kind, err := adapter.Image(m)
	switch {
	case err != nil:
		return nil, err
	case url != "":
		return object{"type": "image", "source": object{"type": "url", "url": url}}, nil
	}
	return object{"type": "image", "source": object{"type": "base64", "media_type": kind, "data": data}}, nil
}

// tools sets the tools, who chooses among them, and the shape of the answer.
func tools(r llm.Request, b object) error {
	var list []object
	for _, t := range r.Tools {
		list = append(list, object{"name": t.Name, "description": t.Description, "input_schema": t.Schema})
	}
	choice := object{}
	switch r.ToolChoice.Mode {
	case "", "auto":
		choice["type"] = "auto"
	case "none": // the vendor's own none is newer than some of its models
		list = nil
	case "required":
		choice["type"] = "any"
	case "named":
		choice["type"], choice["name"] = "tool", r.ToolChoice.Name
	default:
		return adapter.Unsupported(name, "tool choice %q", r.ToolChoice.Mode)
	}
	switch {
	case forced(r):
		list = append(list, object{"name": answer, "description": "Give the answer.", "input_schema": r.Schema.Schema})
		choice = object{"type": "tool", "name": answer}
	case r.Schema != nil:
		config(b)["format"] = object{"type": "json_schema", "schema": json.RawMessage(r.Schema.Schema)}
	}
	if len(list) > 0 {
		b["tools"], b["tool_choice"] = list, choice
	}
	return nil
}

// config is the body's output_config, made when it is first needed.
func config(b object) object {
	if b["output_config"] == nil {
		b["output_config"] = object{}
	}
	return b["output_config"].(object)
}

// think sets how much the model thinks: by effort, or by a budget for the models that only know that.
//
// https://platform.claude.com/docs/en/build-with-claude/effort
func think(r llm.Request, b object) {
	model := llm.Lookup(r.Model)
	switch {
	case r.ReasoningEffort == "" || forced(r): // a forced call and thinking exclude each other
	case r.ReasoningEffort == "none":
		b["thinking"] = object{"type": "disabled"}
	case model.Thinking == "budget":
		budget := cmp.Or(budgets[r.ReasoningEffort], budgets["medium"])
		b["thinking"] = object{"type": "enabled", "budget_tokens": budget}
		b["max_tokens"] = b["max_tokens"].(int) + budget // which counts the thinking too
	default:
		b["thinking"] = object{"type": "adaptive"}
		config(b)["effort"] = r.ReasoningEffort
	}
}

// cache marks what will come again: the tools, the system's words, and the two newest turns of the user's, the older of which the
// request before this one ended with. The vendor allows four marks.
//
// https://platform.claude.com/docs/en/build-with-claude/prompt-caching
func cache(b object) {
	mark := func(blocks []object) {
		if n := len(blocks); n > 0 {
			blocks[n-1]["cache_control"] = object{"type": "ephemeral"}
		}
	}
	if list, ok := b["tools"].([]object); ok {
		mark(list)
	}
	if system, ok := b["system"].([]object); ok {
		mark(system)
	}
	marks := 0
	messages := b["messages"].([]object)
	for i := len(messages) - 1; i >= 0 && marks < 2; i-- {
		if messages[i]["role"] == "user" {
			mark(messages[i]["content"].([]object))
			marks++
		}
	}
}
