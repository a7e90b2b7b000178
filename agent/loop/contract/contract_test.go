package contract

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llmtest"
)

// commands are those for each provider, at a scripted model.
func commands(t *testing.T, brain llmtest.Brain) map[string]map[string]Command {
	web := httptest.NewServer(&llmtest.Server{Brain: brain})
	t.Cleanup(web.Close)
	out := map[string]map[string]Command{}
	for name, env := range map[string]map[string]string{
		"openai":    {"OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": web.URL + "/v1"},
		"anthropic": {"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": web.URL},
	} {
		out[name] = Commands(func(k string) string { return env[k] })
	}
	return out
}

// ask runs a command in a directory of its own, and reads the lines that it writes.
func ask(t *testing.T, commands map[string]Command, command, in string) ([]map[string]any, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.txt", []byte("alpha\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err := commands[command](t.Context(), strings.NewReader(in), &out)
	var lines []map[string]any
	for line := range strings.Lines(out.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s writes %s: %v", command, line, err)
		}
		lines = append(lines, m)
	}
	return lines, err
}

func TestLoop(t *testing.T) {
	brain := func(c llmtest.Conversation) llmtest.Step {
		switch {
		case strings.Contains(c.Said(llm.User), "read") && c.Turn() == 0:
			return llmtest.Step{Call: []llmtest.Call{{Name: "read_file", Args: map[string]any{"path": "a.txt"}}}}
		case strings.Contains(c.Said(llm.User), "in French"):
			return llmtest.Step{Say: "bonjour"}
		}
		return llmtest.Step{Say: "hello"}
	}
	for name, client := range commands(t, brain) {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct{ command, in, want string }{
				{"session-create", "", "status=created state=idle"},
				{"process-input", `{"prompt":"read it"}`, "status=completed output=hello rounds=1 limited=false"},
				{"process-input", `{"task":"read it","max_tool_rounds_per_input":1}`, "rounds=1 limited=true"},
				{"tool-dispatch", `{"tool_name":"read_file","arguments":{"path":"a.txt"}}`, "tool_name=read_file output=1 | alpha\n is_error=false"},
				{"tool-dispatch", `{"tool_name":"edit_file","arguments":{"path":"a.txt","old_string":"alpha","new_string":"b"}}`, "is_error=false"},
				{"tool-dispatch", `{"tool_name":"poem","arguments":{}}`, "is_error=true"},
				{"steering", `{"message":"in French"}`, "acknowledged=true message=in French"},
			} {
				lines, err := ask(t, client, c.command, c.in)
				if err != nil || len(lines) != 1 {
					t.Errorf("%s %s: %v, %v", c.command, c.in, lines, err)
					continue
				}
				for _, pair := range strings.Split(c.want, " ") {
					if key, want, ok := strings.Cut(pair, "="); ok && !strings.HasPrefix(fmt.Sprint(lines[0][key]), want) {
						t.Errorf("%s %s: %s is %q, want %q", c.command, c.in, key, lines[0][key], want)
					}
				}
			}
			lines, err := ask(t, client, "events", "")
			var types []string
			for _, l := range lines {
				types = append(types, fmt.Sprint(l["type"]))
			}
			if got := strings.Join(types, " "); got != "session_start user_input assistant_text_start assistant_text_end session_end" || err != nil {
				t.Errorf("events %s, %v", got, err)
			}
			for _, c := range [][2]string{{"process-input", "zzz"}, {"process-input", "{}"}, {"steering", "{}"}, {"tool-dispatch", "["}, {"session-create", `{"provider":"acme"}`}} {
				if lines, err := ask(t, client, c[0], c[1]); err == nil {
					t.Errorf("%s takes %s: %v", c[0], c[1], lines)
				}
			}
		})
	}
}
