package contract_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"twinset.dev/agent/llm/contract"
	"twinset.dev/agent/llmtest"
)

// run is one command against a script, with the environment that the bench sets.
func run(t *testing.T, script, command, in string) (string, error) {
	t.Helper()
	s, err := llmtest.ParseScript([]byte(script))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(&llmtest.Server{Script: s})
	defer web.Close()
	env := map[string]string{"OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": web.URL + "/v1", "ANTHROPIC_API_KEY": "test-key",
		"ANTHROPIC_BASE_URL": web.URL, "GEMINI_API_KEY": "test-key", "GEMINI_BASE_URL": web.URL}
	var out bytes.Buffer
	err = contract.Commands(func(k string) string { return env[k] })[command](t.Context(), strings.NewReader(in), &out)
	return out.String(), err
}

// TestContract drives every command with every provider.
func TestContract(t *testing.T) {
	for _, provider := range []string{"openai", "anthropic", "gemini"} {
		ask := func(more string) string {
			return `{"model":"m","provider":"` + provider + `","messages":[{"role":"user","content":"hello"}],"max_tokens":100` + more + `}`
		}
		const tools = `,"tools":[{"name":"get_weather","description":"d","parameters":{"type":"object","properties":{"location":{"type":"string"}}}}],"tool_choice":{"mode":"required"}`
		out, err := run(t, `steps: [{say: "Hello!"}]`, "complete", ask(""))
		var resp struct {
			ID, Text, Provider string
			Usage              map[string]*int
			Finish             struct{ Reason string } `json:"finish_reason"`
			Calls              []struct {
				Name      string
				Arguments map[string]string
			} `json:"tool_calls"`
		}
		if json.Unmarshal([]byte(out), &resp); err != nil || resp.ID == "" || resp.Text != "Hello!" || resp.Finish.Reason != "stop" ||
			resp.Usage["input_tokens"] == nil || *resp.Usage["total_tokens"] != *resp.Usage["input_tokens"]+*resp.Usage["output_tokens"] {
			t.Errorf("%s complete: %s, %v", provider, out, err)
		}
		out, err = run(t, `steps: [{call: [{name: get_weather, args: {location: SF}}]}]`, "tool-call", ask(tools))
		if json.Unmarshal([]byte(out), &resp); err != nil || len(resp.Calls) != 1 || resp.Calls[0].Arguments["location"] != "SF" || resp.Finish.Reason != "tool_calls" {
			t.Errorf("%s tool-call: %s, %v", provider, out, err)
		}
		out, err = run(t, `steps: [{think: {text: hm, signature: s}, say: "Hello there, all of you!", call: [{name: get_weather}]}]`, "stream", ask(tools))
		var said, first, last string
		for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
			var e struct{ Type, Delta string }
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s stream: %s", provider, line)
			}
			if said += e.Delta; first == "" {
				first = e.Type
			}
			last = e.Type
		}
		if err != nil || said != "Hello there, all of you!" || first != "stream_start" || last != "finish" {
			t.Errorf("%s stream: %s, %v", provider, out, err)
		}
		for _, schema := range []string{`,"response_schema":{"type":"object","required":["age"]}`,
			`,"response_format":{"type":"json_schema","json_schema":{"type":"object","required":["age"]}}`} {
			if out, err = run(t, `steps: [{say: '{"name":"Alice","age":30}'}]`, "generate-object", ask(schema)); err != nil || strings.TrimSpace(out) != `{"name":"Alice","age":30}` {
				t.Errorf("%s generate-object: %s, %v", provider, out, err)
			}
			if out, err = run(t, `steps: [{say: '{"name":"Alice"}'}]`, "generate-object", ask(schema)); err == nil {
				t.Errorf("%s generate-object of another shape: %s", provider, out)
			}
		}
		if out, err := run(t, "steps: [{fault: {status: 404}}]", "complete", ask("")); err == nil {
			t.Errorf("%s error: %s", provider, out)
		}
		if _, err := run(t, "steps: [{fault: {cut_after_events: 6}, say: a long answer that is cut in its midst although it has begun so well and had so much to tell}]", "stream", ask("")); err == nil {
			t.Errorf("%s: a stream that is cut is taken for whole", provider)
		}
		parts := `{"model":"m","provider":"` + provider + `","max_tokens":9,"messages":[
			{"role":"SYSTEM","content":"s"},
			{"role":"user","content":[{"type":"text","text":"What do you see?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]},
			{"role":"assistant","content":[{"kind":"tool_call","tool_call":{"id":"c1","name":"look","arguments":{"a":1}}}]},
			{"role":"tool","tool_call_id":"c1","name":"look","content":"a cat"}]}`
		if out, err := run(t, `steps: [{when: {tool_result: {name: look, contains: cat}}, say: "A cat."}]`, "complete", parts); err != nil || !strings.Contains(out, "A cat.") {
			t.Errorf("%s parts: %s, %v", provider, out, err)
		}
	}
	out, err := run(t, "steps: []", "list-models", "")
	var models []map[string]any
	if json.Unmarshal([]byte(out), &models); err != nil || len(models) < 10 || models[0]["id"] == "" {
		t.Errorf("list-models: %s, %v", out, err)
	}
	if out, err = run(t, "steps: []", "client-from-env", ""); err != nil || !strings.Contains(out, `"default":"openai"`) {
		t.Errorf("client-from-env: %s, %v", out, err)
	}
	none := contract.Commands(func(string) string { return "" })
	if err := none["client-from-env"](t.Context(), nil, &bytes.Buffer{}); err == nil {
		t.Error("a client without keys")
	}
	for _, bad := range []string{"", "{", `{"messages":[{"role":"user","content":[{"type":"video"}]}]}`, `{"messages":[{"role":"user","content":7}]}`} {
		if _, err := run(t, "steps: []", "complete", bad); err == nil {
			t.Errorf("%q is a request", bad)
		}
	}
}
