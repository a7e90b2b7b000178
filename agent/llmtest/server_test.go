package llmtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"twinset.dev/agent/llmtest"
)

// ways are a question in the words of each vendor.
var ways = map[string]struct{ path, header, body, kind string }{
	"anthropic": {"/v1/messages", "X-Api-Key", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}`, "error.type"},
	"responses": {"/v1/responses", "Authorization", `{"model":"m","input":"hello"}`, "error.type"},
	"chat":      {"/v1/chat/completions", "Authorization", `{"model":"m","messages":[{"role":"user","content":"hello"}]}`, "error.type"},
	"gemini":    {"/v1beta/models/m:generateContent", "X-Goog-Api-Key", `{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}`, "error.status"},
}

func start(t *testing.T, s *llmtest.Server) string {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return web.URL
}

func send(t *testing.T, method, url string, header map[string]string, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// ask asks one way, as somebody.
func ask(t *testing.T, url, way, key string) (int, string) {
	w := ways[way]
	return send(t, "POST", url+w.path, map[string]string{w.header: key, "Anthropic-Version": "2023-06-01"}, w.body)
}

func script(t *testing.T, text string) *llmtest.Script {
	t.Helper()
	s, err := llmtest.ParseScript([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestNamespaces keeps keys apart, counts in each from one, and says the same bytes each time.
func TestNamespaces(t *testing.T) {
	for way := range ways {
		var said [2][]string
		for i := range said {
			url := start(t, &llmtest.Server{Script: script(t, "steps: [{say: one, think: {text: hm, signature: s}}, {call: [{name: f, args: {b: 1, a: 2}}]}]")})
			for _, key := range []string{"a", "b", "a", "b"} {
				status, body := ask(t, url, way, key)
				if status != 200 {
					t.Fatalf("%s: %d %s", way, status, body)
				}
				said[i] = append(said[i], body)
			}
		}
		if !reflect.DeepEqual(said[0], said[1]) {
			t.Errorf("%s: not the same twice", way)
		}
		if said[0][0] == said[0][2] || !strings.Contains(said[0][0], "a_0001") || !strings.Contains(said[0][3], "b_0002") {
			t.Errorf("%s: ids: %s", way, said[0])
		}
	}
}

// TestRefusals are in the words of each vendor.
func TestRefusals(t *testing.T) {
	for way, w := range ways {
		s := &llmtest.Server{}
		url := start(t, s)
		s.Play("k", script(t, "strict: true\nsteps: [{say: hi, when: {user_contains: goodbye}}]"))
		good := map[string]string{w.header: "k", "Anthropic-Version": "2023-06-01"}
		for _, c := range []struct {
			name, body string
			header     map[string]string
			status     int
			says       string
		}{
			{"no key", w.body, nil, 401, ""},
			{"no JSON", "{", good, 400, ""},
			{"another script", w.body, good, 500, `the user did not say`},
			{"no script", w.body, map[string]string{w.header: "other", "Anthropic-Version": "1"}, 500, "no script"},
		} {
			status, body := send(t, "POST", url+w.path, c.header, c.body)
			var v any
			if err := json.Unmarshal([]byte(body), &v); err != nil {
				t.Fatalf("%s, %s: %s", way, c.name, body)
			}
			for _, k := range strings.Split(w.kind, ".") {
				v = v.(map[string]any)[k]
			}
			if status != c.status || v == nil || !strings.Contains(body, c.says) {
				t.Errorf("%s, %s: %d %s", way, c.name, status, body)
			}
		}
		if left := s.Unconsumed("k"); len(left) != 1 {
			t.Errorf("%s: %d steps left", way, len(left))
		}
	}
	url := start(t, &llmtest.Server{Brain: llmtest.Null})
	for body, says := range map[string]string{
		`{"model":"m","messages":[{"role":"user","content":"x"}]}`:                                                       "max_tokens",
		`{"model":"m","max_tokens":1,"messages":[]}`:                                                                     "at least one message",
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"},{"role":"user","content":"y"}]}`:          "alternate",
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":""}]}]}`:                "non-empty",
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"video"}]}]}`:                         "video",
		`{"model":"m","max_tokens":1,"messages":[{"role":"system","content":"x"}]}`:                                      "role",
		`{"max_tokens":1,"messages":[{"role":"user","content":"x"}]}`:                                                    "model",
		`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"x"}]}]}`: "no tool call",
	} {
		if status, got := send(t, "POST", url+"/v1/messages", map[string]string{"X-Api-Key": "k", "Anthropic-Version": "2023-06-01"}, body); status != 400 || !strings.Contains(got, says) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
	if status, _ := send(t, "GET", url+"/v1/nothing", nil, ""); status != 404 {
		t.Errorf("an unknown path: %d", status)
	}
}

// TestAdmin plays, looks and resets over HTTP.
func TestAdmin(t *testing.T) {
	url := start(t, &llmtest.Server{})
	admin := func(method, call, body string) (int, string) { return send(t, method, url+"/__admin/"+call, nil, body) }
	if status, body := admin("PUT", "scripts?key=k", "name: n\nsteps: [{say: one}, {say: two}]"); status != 200 || !strings.Contains(body, `"steps":2`) {
		t.Fatalf("%d %s", status, body)
	}
	if status, body := admin("PUT", "scripts?key=k", "steps: [{sya: one}]"); status != 400 || !strings.Contains(body, "sya") {
		t.Errorf("a misspelt script: %d %s", status, body)
	}
	if _, body := ask(t, url, "chat", "k"); !strings.Contains(body, `"one"`) {
		t.Errorf("it says %s", body)
	}
	if _, body := admin("GET", "unconsumed?key=k", ""); strings.TrimSpace(body) != `["two"]` {
		t.Errorf("left: %s", body)
	}
	_, body := admin("GET", "requests?key=k", "")
	var log []llmtest.Logged
	if err := json.Unmarshal([]byte(body), &log); err != nil || len(log) != 1 || log[0].Protocol != "chat" || log[0].Status != 200 || log[0].Header.Get("Authorization") != "" {
		t.Errorf("requests: %s", body)
	}
	if status, _ := admin("POST", "reset?key=k", ""); status != 204 {
		t.Error("not reset")
	}
	if _, body := admin("GET", "requests?key=k", ""); strings.TrimSpace(body) != "[]" {
		t.Errorf("after a reset: %s", body)
	}
	for call, want := range map[string]int{"GET requests": 400, "GET nothing?key=k": 404, "POST reset": 204} {
		method, path, _ := strings.Cut(call, " ")
		if status, body := admin(method, path, ""); status != want {
			t.Errorf("%s: %d %s", call, status, body)
		}
	}
	if status, body := send(t, "GET", url+"/v1/models", nil, ""); status != 200 || !strings.Contains(body, "claude-opus-5-5") {
		t.Errorf("models: %d %s", status, body)
	}
	if status, _ := send(t, "GET", url+"/healthz", nil, ""); status != 200 {
		t.Error("not healthy")
	}
}

// TestOrder plays strict scripts in order, and others by what fits.
func TestOrder(t *testing.T) {
	for strict, want := range map[bool]int{true: 500, false: 200} {
		s := &llmtest.Server{}
		url := start(t, s)
		s.Play("k", script(t, fmt.Sprintf("strict: %v\nsteps: [{say: later, when: {turn: 1}}, {say: now, when: {turn: 0, model: 'm*', stream: false}}]", strict)))
		if status, body := ask(t, url, "chat", "k"); status != want || want == 200 && !strings.Contains(body, "now") {
			t.Errorf("strict %v: %d %s", strict, status, body)
		}
	}
}

// FuzzScript parses anything, and plays what it takes without falling over.
func FuzzScript(f *testing.F) {
	for _, s := range []string{
		"steps: [{say: hi}]", "name: n\nstrict: true\nsteps:\n - when: {turn: 0, tool_result: {name: a, contains: b}}\n   call: [{name: x, args: {a: [1, {b: null}]}}]",
		"steps: [{fault: {status: 429, retry_after: '1'}}, {fault: {cut_after_events: 1}}, {say: x, usage: {in: 1, out: 2}}]",
		"steps: [{think: {text: t, signature: s, redacted: true}, finish: length}]", "steps: [{call: [{name: x, raw: '{'}]}]", "{}", "a: &a [*a]",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := llmtest.ParseScript(data)
		if err != nil {
			return
		}
		for _, step := range s.Steps {
			if step.Fault != nil && (step.Fault.Hang || step.Fault.SlowMS > 0) {
				return
			}
		}
		server := &llmtest.Server{Script: s}
		for _, w := range ways {
			for range s.Steps {
				for _, body := range []string{w.body, strings.Replace(w.body, "{", `{"stream":true,`, 1)} {
					req := httptest.NewRequest("POST", w.path, strings.NewReader(body))
					req.Header.Set(w.header, "k")
					req.Header.Set("Anthropic-Version", "2023-06-01")
					rec := httptest.NewRecorder()
					func() {
						defer func() {
							if r := recover(); r != nil && r != http.ErrAbortHandler {
								panic(r)
							}
						}()
						server.ServeHTTP(rec, req)
					}()
				}
			}
		}
	})
}

// FuzzRequest answers any request in JSON, and refuses none with a 500.
func FuzzRequest(f *testing.F) {
	for _, w := range ways {
		f.Add([]byte(w.body))
	}
	f.Add([]byte(`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"image","source":null}]}]}],"tools":[{}],"tool_choice":{"type":"tool"}}`))
	f.Add([]byte(`{"model":"m","input":[{"type":"reasoning","summary":[{}]},{"type":"function_call_output","output":[{"type":"input_image"}]}],"tool_choice":{"function":{}}}`))
	f.Add([]byte(`{"contents":[{"role":"model","parts":[{"functionCall":{}},{"functionResponse":{"name":"x","response":{"error":1}}}]}],"toolConfig":{"functionCallingConfig":{"allowedFunctionNames":["x"]}}}`))
	server := &llmtest.Server{Brain: func(llmtest.Conversation) llmtest.Step {
		return llmtest.Step{Think: &llmtest.Think{Text: "t", Signature: "s"}, Say: `{"a": 1}`, Call: []llmtest.Call{{Name: "f", Raw: "{"}}}
	}}
	f.Fuzz(func(t *testing.T, body []byte) {
		for way, w := range ways {
			req := httptest.NewRequest("POST", w.path, strings.NewReader(string(body)))
			req.Header.Set(w.header, "k")
			req.Header.Set("Anthropic-Version", "1")
			rec := httptest.NewRecorder()
			server.ServeHTTP(rec, req)
			if rec.Code != 200 && rec.Code != 400 || rec.Code == 400 && !json.Valid(rec.Body.Bytes()) {
				t.Errorf("%s: %d %s", way, rec.Code, rec.Body)
			}
		}
	})
}
