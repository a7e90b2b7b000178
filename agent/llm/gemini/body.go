package gemini

import (
	"cmp"
	"encoding/json"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/internal/adapter"
)

type object = map[string]any

// budgets are the tokens of thinking for models that know no levels.
var budgets = map[string]int{"minimal": 512, "low": 2048, "medium": 8192, "high": 24576}

// body is a request in the vendor's words. The caller's options are fields of it, but for those of generationConfig.
func body(r llm.Request) (object, error) {
	config := object{}
	b := object{}
	var system []object
	contents := []object{}
	for _, m := range r.Messages {
		if m.Role == llm.System || m.Role == llm.Developer {
			system = append(system, object{"text": m.Text()})
			continue
		}
		role := "user"
		if m.Role == llm.Assistant {
			role = "model"
		}
		parts := []object{}
		for _, p := range m.Parts {
			switch part, err := words(p); {
			case err != nil:
				return nil, err
			case part != nil:
				parts = append(parts, part)
			}
		}
		if len(parts) > 0 {
			contents = append(contents, object{"role": role, "parts": parts})
		}
	}
	b["contents"] = contents
	if len(system) > 0 {
		b["systemInstruction"] = object{"parts": system}
	}
	if err := tools(r, b); err != nil {
		return nil, err
	}
	if r.Schema != nil {
		config["responseMimeType"], config["responseJsonSchema"] = "application/json", json.RawMessage(r.Schema.Schema)
	}
	if r.MaxTokens > 0 {
		config["maxOutputTokens"] = r.MaxTokens
	}
	if r.Temperature != nil {
		config["temperature"] = *r.Temperature
	}
	if r.TopP != nil {
		config["topP"] = *r.TopP
	}
	if len(r.Stop) > 0 {
		config["stopSequences"] = r.Stop
	}
	switch {
	case r.ReasoningEffort == "":
	case r.ReasoningEffort == "none":
		config["thinkingConfig"] = object{"thinkingBudget": 0}
	case llm.Lookup(r.Model).Thinking == "budget":
		config["thinkingConfig"] = object{"thinkingBudget": cmp.Or(budgets[r.ReasoningEffort], budgets["medium"]), "includeThoughts": true}
	default:
		config["thinkingConfig"] = object{"thinkingLevel": r.ReasoningEffort, "includeThoughts": true}
	}
	if len(config) > 0 {
		b["generationConfig"] = config
	}
	adapter.Merge(b, r.ProviderOptions[name])
	return b, nil
}

// words are a part in the vendor's; what the model thought is not shown again, but for the signatures on its calls.
func words(p llm.Part) (object, error) {
	switch p.Kind {
	case llm.KindText:
		if p.Text == "" {
			return nil, nil
		}
		return object{"text": p.Text}, nil
	case llm.KindImage:
		url, data, kind, err := adapter.Image(p.Media)
		if err != nil {
			return nil, err
		}
		if url != "" {
			return object{"fileData": object{"mimeType": kind, "fileUri": url}}, nil
		}
		return object{"inlineData": object{"mimeType": kind, "data": data}}, nil
	case llm.KindCall:
		part := object{"functionCall": object{"name": p.Call.Name, "args": adapter.Object(p.Call.Args)}}
		if p.Call.Signature != "" {
			part["thoughtSignature"] = p.Call.Signature
		}
		return part, nil
	case llm.KindResult:
		if p.Result.Image != nil {
			return nil, adapter.Unsupported(name, "a tool result cannot be a picture")
		}
		key := "output"
		if p.Result.IsError {
			key = "error"
		}
		return object{"functionResponse": object{"name": p.Result.Name, "response": object{key: p.Result.Content}}}, nil
	case llm.KindThinking:
		return nil, nil
	}
	return nil, adapter.Unsupported(name, "%s cannot be shown to the model", p.Kind)
}

func tools(r llm.Request, b object) error {
	if len(r.Tools) == 0 {
		return nil
	}
	var list []object
	for _, t := range r.Tools {
		list = append(list, object{"name": t.Name, "description": t.Description, "parametersJsonSchema": t.Schema})
	}
	b["tools"] = []object{{"functionDeclarations": list}}
	calling := object{}
	switch r.ToolChoice.Mode {
	case "", "auto":
		calling["mode"] = "AUTO"
	case "none":
		calling["mode"] = "NONE"
	case "required":
		calling["mode"] = "ANY"
	case "named":
		calling["mode"], calling["allowedFunctionNames"] = "ANY", []string{r.ToolChoice.Name}
	default:
		return adapter.Unsupported(name, "tool choice %q", r.ToolChoice.Mode)
	}
	b["toolConfig"] = object{"functionCallingConfig": calling}
	return nil
}
