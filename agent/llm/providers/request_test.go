package providers_test

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/providers"
)

// TestFromEnv makes clients of what keys there are.
func TestFromEnv(t *testing.T) {
	for _, c := range []struct {
		env      map[string]string
		names    []string
		fallback string
	}{
		{nil, nil, ""},
		{map[string]string{"ANTHROPIC_API_KEY": "k"}, []string{"anthropic"}, "anthropic"},
		{map[string]string{"GOOGLE_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}, []string{"anthropic", "gemini"}, "anthropic"},
		{map[string]string{"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "GEMINI_API_KEY": "k"}, []string{"anthropic", "gemini", "openai"}, "openai"},
		{map[string]string{"OPENAI_COMPATIBLE_BASE_URL": "http://x/v1", "OPENAI_BASE_URL": "http://y"}, []string{"openai-compatible"}, "openai-compatible"},
	} {
		client := providers.FromEnv(func(k string) string { return c.env[k] })
		if names, fallback := client.Providers(); !slices.Equal(names, c.names) || fallback != c.fallback {
			t.Errorf("%v: got %v, default %q", c.env, names, fallback)
		}
	}
	none := providers.FromEnv(func(string) string { return "" })
	if _, err := none.Complete(t.Context(), llm.Request{Model: "m", Messages: hello}); !errors.Is(err, llm.ErrConfiguration) || llm.Retryable(err) {
		t.Errorf("without a key: %v", err)
	}
}

// TestEndpoints asks each provider at its own path, with its own key and version, whatever the environment of the process says.
func TestEndpoints(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/")
	t.Setenv("OPENAI_ORG_ID", "somebody else")
	t.Setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1/")
	for provider, want := range map[string][2]string{
		"anthropic": {"/v1/messages", "/v1/messages"}, "openai": {"/v1/responses", "/v1/responses"},
		"openai-compatible": {"/v1/chat/completions", "/v1/chat/completions"},
		"gemini":            {"/v1beta/models/m-1:generateContent", "/v1beta/models/m-1:streamGenerateContent"},
	} {
		l := newLab(t, "steps: [{say: a}, {say: b}]") // the server answers 401 without a key
		for i, stream := range []bool{false, true} {
			if _, _, err := l.ask(t.Context(), stream, llm.Request{Provider: provider, Model: "m-1", Messages: hello}); err != nil {
				t.Fatal(err)
			}
			got := l.server.Requests(l.key)[i]
			if got.Path != want[i] || got.Stream != stream {
				t.Errorf("%s: asked %s, stream %v", provider, got.Path, got.Stream)
			}
			if v := got.Header.Get("Anthropic-Version"); (v == "2023-06-01") != (provider == "anthropic") {
				t.Errorf("%s: version %q", provider, v)
			}
			if o := got.Header.Get("OpenAI-Organization"); o != "" {
				t.Errorf("%s: it speaks for %q", provider, o)
			}
		}
	}
	env := map[string]string{"OPENAI_API_KEY": "test-key", "OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
	l := newLab(t, "steps: [{say: a}]")
	env["OPENAI_BASE_URL"] = l.url + "/v1"
	l.Client = providers.FromEnv(func(k string) string { return env[k] })
	if _, _, err := l.ask(t.Context(), false, llm.Request{Model: "m", Messages: hello}); err != nil {
		t.Fatal(err)
	}
	if h := l.server.Requests(l.key)[0].Header; h.Get("OpenAI-Organization") != "org-1" || h.Get("OpenAI-Project") != "proj-1" {
		t.Errorf("headers %v", h)
	}
}

// TestBody reads what a provider was sent, field by field.
func TestBody(t *testing.T) {
	everything := func(r *llm.Request) {
		r.Messages = []llm.Message{
			llm.SystemText("You are S."), {Role: llm.Developer, Parts: []llm.Part{llm.Text("You are D.")}},
			llm.UserText("one"), llm.UserText("two"),
		}
	}
	for _, c := range []struct {
		name     string
		provider string
		model    string
		change   func(*llm.Request)
		want     map[string]string // path -> JSON
	}{
		{"roles", "anthropic", "m", everything, map[string]string{
			"system.0.text": `"You are S."`, "system.1.text": `"You are D."`, "messages.0.role": `"user"`,
			"messages.0.content.0.text": `"one"`, "messages.0.content.1.text": `"two"`, "messages.1": "nothing"}},
		{"roles", "openai", "m", everything, map[string]string{
			"instructions": `"You are S."`, "input.0.role": `"developer"`, "input.1.content.0.text": `"one"`, "input.1.content.0.type": `"input_text"`,
			"input.2.role": `"user"`, "store": "false"}},
		{"roles", "openai-compatible", "m", everything, map[string]string{
			"messages.0.role": `"system"`, "messages.1.role": `"system"`, "messages.2.content": `"one"`}},
		{"roles", "gemini", "m", everything, map[string]string{
			"systemInstruction.parts.1.text": `"You are D."`, "contents.0.role": `"user"`, "contents.1.parts.0.text": `"two"`}},

		{"options are set last", "anthropic", "m", func(r *llm.Request) {
			r.MaxTokens = 5
			r.ProviderOptions = map[string]map[string]any{"anthropic": {"max_tokens": 7, "top_k": 3, "beta_headers": []string{"a", "b"}}, "openai": {"x": 1}}
		}, map[string]string{"max_tokens": "7", "top_k": "3", "beta_headers": "nothing", "x": "nothing"}},
		{"options are set last", "openai", "m", func(r *llm.Request) {
			r.ProviderOptions = map[string]map[string]any{"openai": {"store": true}}
		}, map[string]string{"store": "true"}},
		{"options are set last", "openai-compatible", "m", func(r *llm.Request) {
			r.ProviderOptions = map[string]map[string]any{"openai-compatible": {"seed": 4}}
		}, map[string]string{"seed": "4"}},
		{"options are set last", "gemini", "m", func(r *llm.Request) {
			r.ProviderOptions = map[string]map[string]any{"gemini": {"cachedContent": "c"}}
		}, map[string]string{"cachedContent": `"c"`}},

		{"settings", "anthropic", "m", settings, map[string]string{"max_tokens": "9", "temperature": "0.5", "top_p": "0.25", "stop_sequences": `["x"]`, "metadata": `{"user_id":"u"}`}},
		{"settings", "openai-compatible", "m", settings, map[string]string{"max_tokens": "9", "temperature": "0.5", "top_p": "0.25", "stop": `["x"]`}},
		{"settings", "gemini", "m", settings, map[string]string{"generationConfig": `{"maxOutputTokens":9,"stopSequences":["x"],"temperature":0.5,"topP":0.25}`}},
		{"settings", "openai", "m", func(r *llm.Request) { settings(r); r.Stop = nil }, map[string]string{"max_output_tokens": "9", "temperature": "0.5", "top_p": "0.25"}},
		{"no settings", "anthropic", "m", nil, map[string]string{"max_tokens": "4096", "temperature": "nothing", "thinking": "nothing", "tools": "nothing"}},

		{"effort", "anthropic", "claude-opus-5", effort("high"), map[string]string{"thinking": `{"type":"adaptive"}`, "output_config": `{"effort":"high"}`}},
		{"effort", "anthropic", "claude-haiku-4-5-20251001", effort("low"), map[string]string{"thinking": `{"budget_tokens":2048,"type":"enabled"}`, "max_tokens": "6144", "output_config": "nothing"}},
		{"effort none", "anthropic", "claude-opus-5", effort("none"), map[string]string{"thinking": `{"type":"disabled"}`}},
		{"effort", "openai", "m", effort("high"), map[string]string{"reasoning": `{"effort":"high"}`, "include": `["reasoning.encrypted_content"]`}},
		{"no effort", "openai", "m", nil, map[string]string{"reasoning": "nothing", "include": "nothing"}},
		{"effort", "openai-compatible", "m", effort("low"), map[string]string{"reasoning_effort": `"low"`}},
		{"effort", "gemini", "gemini-3-flash-preview", effort("low"), map[string]string{"generationConfig.thinkingConfig": `{"includeThoughts":true,"thinkingLevel":"low"}`}},
		{"effort", "gemini", "gemini-2.5-pro", effort("low"), map[string]string{"generationConfig.thinkingConfig": `{"includeThoughts":true,"thinkingBudget":2048}`}},

		{"choice auto", "anthropic", "m", choice(""), map[string]string{"tool_choice": `{"type":"auto"}`, "tools.0.name": `"read_file"`}},
		{"choice none", "anthropic", "m", choice("none"), map[string]string{"tool_choice": "nothing", "tools": "nothing"}},
		{"choice required", "anthropic", "m", choice("required"), map[string]string{"tool_choice": `{"type":"any"}`}},
		{"choice named", "anthropic", "m", choice("named"), map[string]string{"tool_choice": `{"name":"grep","type":"tool"}`}},
		{"choice none", "openai", "m", choice("none"), map[string]string{"tool_choice": `"none"`, "tools.1.name": `"grep"`, "tools.1.type": `"function"`}},
		{"choice required", "openai", "m", choice("required"), map[string]string{"tool_choice": `"required"`}},
		{"choice named", "openai", "m", choice("named"), map[string]string{"tool_choice": `{"name":"grep","type":"function"}`}},
		{"choice none", "openai-compatible", "m", choice("none"), map[string]string{"tool_choice": `"none"`}},
		{"choice required", "openai-compatible", "m", choice("required"), map[string]string{"tool_choice": `"required"`}},
		{"choice named", "openai-compatible", "m", choice("named"), map[string]string{"tool_choice": `{"function":{"name":"grep"},"type":"function"}`}},
		{"choice none", "gemini", "m", choice("none"), map[string]string{"toolConfig.functionCallingConfig": `{"mode":"NONE"}`}},
		{"choice required", "gemini", "m", choice("required"), map[string]string{"toolConfig.functionCallingConfig": `{"mode":"ANY"}`}},
		{"choice named", "gemini", "m", choice("named"), map[string]string{"toolConfig.functionCallingConfig": `{"allowedFunctionNames":["grep"],"mode":"ANY"}`}},
	} {
		t.Run(c.name+" "+c.provider, func(t *testing.T) {
			l := newLab(t, "steps: [{say: hi}]")
			r := llm.Request{Provider: c.provider, Model: c.model, Messages: hello}
			if c.change != nil {
				c.change(&r)
			}
			if _, _, err := l.ask(t.Context(), false, r); err != nil {
				t.Fatal(err)
			}
			for path, want := range c.want {
				if got := l.body(t, path); got != want {
					t.Errorf("%s is %s, want %s", path, got, want)
				}
			}
			if want := map[bool]string{true: "a,b"}[c.provider == "anthropic" && r.ProviderOptions != nil]; l.server.Requests(l.key)[0].Header.Get("Anthropic-Beta") != want {
				t.Errorf("beta header %v", l.server.Requests(l.key)[0].Header)
			}
		})
	}
	l := newLab(t, "")
	if _, _, err := l.ask(t.Context(), false, llm.Request{Provider: "openai", Model: "m", Messages: hello, Stop: []string{"x"}}); !errors.Is(err, llm.ErrUnsupported) {
		t.Errorf("stop sequences for the Responses API: %v", err)
	}
}

func settings(r *llm.Request) {
	r.MaxTokens, r.Temperature, r.TopP, r.Stop, r.Metadata = 9, ptr(0.5), ptr(0.25), []string{"x"}, map[string]string{"user_id": "u"}
}

func effort(e string) func(*llm.Request) {
	return func(r *llm.Request) { r.ReasoningEffort = e }
}

func choice(mode string) func(*llm.Request) {
	return func(r *llm.Request) {
		r.Tools, r.ToolChoice = tools, llm.ToolChoice{Mode: mode}
		if mode == "named" {
			r.ToolChoice.Name = "grep"
		}
	}
}

// TestImages shows a picture by its URL, its bytes and its path.
func TestImages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shot.jpg")
	if err := os.WriteFile(file, []byte("JPEG"), 0o600); err != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString
	at := map[string]string{"anthropic": "messages.0.content.0.source", "openai": "input.0.content.0.image_url",
		"openai-compatible": "messages.0.content.0.image_url.url", "gemini": "contents.0.parts.0"}
	for _, c := range []struct {
		media *llm.Media
		want  map[string]string
	}{
		{&llm.Media{URL: "https://example.com/a.png"}, map[string]string{
			"anthropic": `{"type":"url","url":"https://example.com/a.png"}`, "openai": `"https://example.com/a.png"`,
			"openai-compatible": `"https://example.com/a.png"`, "gemini": `{"fileData":{"fileUri":"https://example.com/a.png","mimeType":"image/png"}}`}},
		{&llm.Media{Data: []byte("PNG")}, map[string]string{
			"anthropic": `{"data":"` + b64([]byte("PNG")) + `","media_type":"image/png","type":"base64"}`, "openai": `"data:image/png;base64,` + b64([]byte("PNG")) + `"`,
			"openai-compatible": `"data:image/png;base64,` + b64([]byte("PNG")) + `"`, "gemini": `{"inlineData":{"data":"` + b64([]byte("PNG")) + `","mimeType":"image/png"}}`}},
		{&llm.Media{URL: file}, map[string]string{
			"anthropic": `{"data":"` + b64([]byte("JPEG")) + `","media_type":"image/jpeg","type":"base64"}`, "openai": `"data:image/jpeg;base64,` + b64([]byte("JPEG")) + `"`,
			"openai-compatible": `"data:image/jpeg;base64,` + b64([]byte("JPEG")) + `"`, "gemini": `{"inlineData":{"data":"` + b64([]byte("JPEG")) + `","mimeType":"image/jpeg"}}`}},
	} {
		for _, v := range vendors {
			l := newLab(t, "steps: [{say: I see}]")
			m := llm.Message{Role: llm.User, Parts: []llm.Part{{Kind: llm.KindImage, Media: c.media}, llm.Text("What is it?")}}
			if _, _, err := l.ask(t.Context(), false, llm.Request{Provider: v.provider, Model: v.model, Messages: []llm.Message{m}}); err != nil {
				t.Fatal(err)
			}
			if got := l.body(t, at[v.provider]); got != c.want[v.provider] {
				t.Errorf("%s: got %s, want %s", v.provider, got, c.want[v.provider])
			}
		}
	}
	everywhere(t, func(t *testing.T, provider, model string, stream bool) {
		l := newLab(t, "")
		m := llm.Message{Role: llm.User, Parts: []llm.Part{{Kind: llm.KindImage, Media: &llm.Media{URL: "/no/such/file.png"}}}}
		if _, _, err := l.ask(t.Context(), stream, llm.Request{Provider: provider, Model: model, Messages: []llm.Message{m}}); !errors.Is(err, llm.ErrInvalidRequest) {
			t.Errorf("a picture that is not there: %v", err)
		}
	})
}

// TestPromptCache has a conversation grow, and reads from the usage that its beginning is cached: by Claude only what is marked.
func TestPromptCache(t *testing.T) {
	long := strings.Repeat("Mind the details. ", 40)
	for _, v := range vendors {
		for _, off := range []bool{false, true} {
			l := newLab(t, "steps: [{call: [{name: grep}]}, {call: [{name: grep}]}, {say: done}]")
			r := llm.Request{Provider: v.provider, Model: v.model, Tools: tools, Messages: []llm.Message{llm.SystemText(long), llm.UserText("go")}}
			if off {
				r.ProviderOptions = map[string]map[string]any{"anthropic": {"auto_cache": false}}
			}
			var last llm.Usage
			for turn := range 3 {
				resp, _, err := l.ask(context.Background(), turn%2 == 0, r)
				if err != nil {
					t.Fatal(err)
				}
				read := *resp.Usage.CacheRead
				switch uncached := v.provider == "anthropic" && off; {
				case (turn == 0 || uncached) && read != 0:
					t.Errorf("%s, turn %d: %d tokens read from a cache that is empty", v.provider, turn, read)
				case turn > 0 && !uncached && (read < last.Input-1 || read >= resp.Usage.Input):
					t.Errorf("%s, turn %d: read %d of %d tokens; the turn before had %d", v.provider, turn, read, resp.Usage.Input, last.Input)
				}
				last = resp.Usage
				if calls := resp.Message.Calls(); len(calls) > 0 {
					r.Messages = append(r.Messages, resp.Message, llm.ToolResults(llm.ToolResult{CallID: calls[0].ID, Name: "grep", Content: "none"}))
				}
			}
			if v.provider != "anthropic" {
				continue
			}
			for _, path := range []string{"system.0.cache_control", "tools.1.cache_control", "messages.2.content.0.cache_control", "messages.4.content.0.cache_control"} {
				if got, want := l.body(t, path), map[bool]string{false: `{"type":"ephemeral"}`, true: "nothing"}[off]; got != want {
					t.Errorf("%s is %s, want %s", path, got, want)
				}
			}
			if n := strings.Count(string(l.server.Requests(l.key)[2].Body), `"cache_control"`); n > 4 {
				t.Errorf("%d marks; the vendor allows four", n)
			}
		}
	}
}

// TestConversation refuses what the vendors refuse: the server must, for the tests above to mean anything.
func TestConversation(t *testing.T) {
	for _, v := range vendors {
		l := newLab(t, "steps: [{say: hi}]")
		r := llm.Request{Provider: v.provider, Model: v.model, Messages: []llm.Message{llm.UserText("go"),
			llm.ToolResults(llm.ToolResult{CallID: "nobody", Name: "grep", Content: "x"})}}
		if _, _, err := l.ask(t.Context(), false, r); !errors.Is(err, llm.ErrInvalidRequest) {
			t.Errorf("%s: a result without its call: %v", v.provider, err)
		}
	}
	for _, v := range vendors[:2] {
		l := newLab(t, "steps: [{say: hi}]")
		forged := llm.Message{Role: llm.Assistant, Parts: []llm.Part{
			{Kind: llm.KindThinking, Thinking: &llm.Thinking{Provider: v.provider, Model: v.model, Text: "a", Signature: "forged"}}, llm.Text("hm")}}
		r := llm.Request{Provider: v.provider, Model: v.model, Messages: []llm.Message{llm.UserText("go"), forged, llm.UserText("on")}}
		if _, _, err := l.ask(t.Context(), false, r); !errors.Is(err, llm.ErrInvalidRequest) {
			t.Errorf("%s: forged thinking: %v", v.provider, err)
		}
	}
}
