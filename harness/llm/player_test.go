package llm

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"twinset.dev/harness/judge"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trial"
)

// TestPlayer lets a model speak for a person over both protocols, and fail.
func TestPlayer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), "It is Friday.") {
			http.Error(w, "no story", http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/messages") {
			json.NewEncoder(w).Encode(map[string]any{"id": "msg_1", "type": "message", "role": "assistant", "content": []any{map[string]any{"type": "text", "text": "Please go on. [give up]"}}})
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"id": "1", "object": "chat.completion", "choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": map[string]any{"role": "assistant", "content": "Please go on. [give up]"}}}})
	}))
	defer srv.Close()
	s := &scenario.Scenario{Person: "Priya", Story: "It is Friday.", Steps: []scenario.Step{{Text: "Asks to go on."}}}
	for _, name := range []string{"openai:m@" + srv.URL + "/v1", "anthropic:m@" + srv.URL} {
		p, err := Player(name)
		if err != nil {
			t.Fatal(err)
		}
		if words, enough, err := p.Play(t.Context(), s, 0, nil); err != nil || len(words) != 1 || words[0] != "Please go on." || !enough {
			t.Errorf("%s: %q %v %v", name, words, enough, err)
		}
		if _, _, err := p.Play(t.Context(), &scenario.Scenario{Steps: s.Steps}, 0, nil); err == nil || p.Who().Model != "m" {
			t.Errorf("%s: a refusal is no word: %v", name, err)
		}
	}
	if p, err := Player("scripted"); err != nil || p != (trial.Scripted{}) {
		t.Errorf("%v %v", p, err)
	}
	if m, err := Judge("rules"); err != nil || m != (judge.Rules{}) {
		t.Errorf("%v %v", m, err)
	}
}
