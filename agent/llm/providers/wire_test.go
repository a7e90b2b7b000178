package providers_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/providers"
	"twinset.dev/agent/llmtest"
)

// vendors are the providers and a model of each, whose name no catalog knows where nothing depends on it.
var vendors = []struct{ provider, model string }{
	{"anthropic", "claude-test"},
	{"openai", "gpt-test"},
	{"openai-compatible", "local-test"},
	{"gemini", "gemini-test"},
}

// lab is a scripted model and a client of it, through every provider.
type lab struct {
	*llm.Client
	server *llmtest.Server
	url    string
	key    string
}

func newLab(t *testing.T, script string, layers ...llm.Middleware) lab {
	t.Helper()
	l := lab{server: &llmtest.Server{}, key: "test-key"}
	web := httptest.NewServer(l.server)
	t.Cleanup(web.Close)
	l.url = web.URL
	if script != "" {
		s, err := llmtest.ParseScript([]byte(script))
		if err != nil {
			t.Fatal(err)
		}
		l.server.Play(l.key, s)
	}
	env := map[string]string{
		"ANTHROPIC_API_KEY": l.key, "ANTHROPIC_BASE_URL": l.url,
		"OPENAI_API_KEY": l.key, "OPENAI_BASE_URL": l.url + "/v1",
		"OPENAI_COMPATIBLE_API_KEY": l.key, "OPENAI_COMPATIBLE_BASE_URL": l.url + "/v1",
		"GEMINI_API_KEY": l.key, "GEMINI_BASE_URL": l.url,
	}
	l.Client = providers.FromEnv(func(k string) string { return env[k] }, layers...)
	return l
}

// spent fails the test if steps of the script are left.
func (l lab) spent(t *testing.T) {
	t.Helper()
	if left := l.server.Unconsumed(l.key); len(left) > 0 {
		t.Errorf("%d steps of the script were not asked for", len(left))
	}
}

// ask is a call, streamed or not, and what the stream told.
func (l lab) ask(ctx context.Context, stream bool, r llm.Request) (*llm.Response, []llm.StreamEvent, error) {
	if !stream {
		resp, err := l.Complete(ctx, r)
		return resp, nil, err
	}
	var events []llm.StreamEvent
	resp, err := llm.Collect(func(yield func(llm.StreamEvent, error) bool) {
		for e, err := range l.Stream(ctx, r) {
			if err == nil {
				events = append(events, e)
			}
			if !yield(e, err) {
				return
			}
		}
	})
	return resp, events, err
}

// everywhere runs a test with each provider, streamed and not.
func everywhere(t *testing.T, test func(t *testing.T, provider, model string, stream bool)) {
	for _, v := range vendors {
		t.Run(v.provider, func(t *testing.T) {
			t.Run("whole", func(t *testing.T) { t.Parallel(); test(t, v.provider, v.model, false) })
			t.Run("stream", func(t *testing.T) { t.Parallel(); test(t, v.provider, v.model, true) })
		})
	}
}

var tools = []llm.Tool{
	{Name: "read_file", Description: "Read a file.", Schema: json.RawMessage(`{"type":"object","properties":{"file_path":{"type":"string"}},"required":["file_path"]}`)},
	{Name: "grep", Description: "Search.", Schema: json.RawMessage(`{"type":"object","properties":{"pattern":{"type":"string"}}}`)},
}

func ptr[T any](v T) *T { return &v }

// body is the newest request that the model got, as a path finds it: messages.0.role.
func (l lab) body(t *testing.T, path string) string {
	t.Helper()
	requests := l.server.Requests(l.key)
	var v any
	if err := json.Unmarshal(requests[len(requests)-1].Body, &v); err != nil {
		t.Fatal(err)
	}
	for _, key := range strings.Split(path, ".") {
		switch have := v.(type) {
		case map[string]any:
			v = have[key]
		case []any:
			i := strings.Index("0123456789", key)
			if i < 0 || i >= len(have) {
				return "nothing"
			}
			v = have[i]
		default:
			return "nothing"
		}
	}
	if v == nil {
		return "nothing"
	}
	b, _ := json.Marshal(v)
	return cmp.Or(string(b), "nothing")
}
