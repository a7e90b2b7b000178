package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twinset.dev/agent/llmtest"
)

// ask answers one subcommand about a pipeline.
func ask(t *testing.T, command, dot string) (map[string]any, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.dot")
	if err := os.WriteFile(file, []byte(dot), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := answer(t.Context(), []string{command, file}, nil, &out); err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v: %s", command, err, &out)
	}
	return v, nil
}

func items(v map[string]any, key string) []any {
	list, _ := v[key].([]any)
	return list
}

func worst(v map[string]any) string {
	worst := ""
	for _, d := range items(v, "diagnostics") {
		d := d.(map[string]any)
		if d["severity"] == "error" || worst == "" {
			worst = d["severity"].(string) + ": " + d["message"].(string)
		}
	}
	return worst
}

const (
	simple = `digraph simple { start [shape=Mdiamond] a [shape=box, prompt="Do A"] done [shape=Msquare] start -> a -> done }`
	attrs  = "digraph attrs { graph [goal=\"Test\", label=\"L\"] start [shape=Mdiamond]\n step [shape=box,\n prompt=\"two\\nlines\",\n max_retries=2]\n done [shape=Msquare] start -> step [label=\"go\", weight=10] step -> done }"
	gate   = `digraph gate { graph [goal="G"] start [shape=Mdiamond] work [prompt="Work on $goal", goal_gate=true] done [shape=Msquare]
		start -> work work -> done [condition="outcome=success"] work -> work [condition="outcome=fail"] }`
)

// TestPipelines holds the third tier's shapes.
func TestPipelines(t *testing.T) {
	for _, key := range []string{"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_COMPATIBLE_BASE_URL"} {
		t.Setenv(key, "")
	}
	ast, err := ask(t, "parse", attrs)
	if err != nil || ast["goal"] != "Test" || ast["graph_attrs"].(map[string]any)["label"] != "L" || len(items(ast, "nodes")) != 3 || len(items(ast, "edges")) != 2 {
		t.Errorf("parse: %v, %v", ast, err)
	}
	if e := items(ast, "edges")[0].(map[string]any); e["from"] != "start" || e["to"] != "step" || e["label"] != "go" || e["weight"] != 10.0 {
		t.Errorf("edge %v", e)
	}
	if _, err := ask(t, "parse", "digraph {"); err == nil {
		t.Error("nonsense was parsed")
	}
	for dot, want := range map[string]string{
		simple: "",
		`digraph bad { a [prompt=a] done [shape=Msquare] a -> done }`:                                                      "error: a pipeline has exactly one start node",
		`digraph orphan { start [shape=Mdiamond] a [prompt=a] orphan [prompt=o] done [shape=Msquare] start -> a -> done }`: "error: node orphan is unreachable (orphan)",
		`graph g {}`: "error: 1:1: undirected graphs",
	} {
		v, err := ask(t, "validate", dot)
		if err != nil || !strings.HasPrefix(worst(v), want) || v["valid"] != (want == "") {
			t.Errorf("validate %s: %v, %v", dot, v, err)
		}
	}
	for dot, path := range map[string]int{simple: 3, gate: 3} {
		v, err := ask(t, "run", dot)
		if err != nil || v["status"] != "success" || len(items(v, "completed_nodes")) != path {
			t.Errorf("run: %v, %v", v, err)
		}
	}
	if _, err := ask(t, "run", "digraph G { a [prompt=a] }"); err == nil {
		t.Error("a broken pipeline was run")
	}
	var out bytes.Buffer
	var handlers []string
	if err := answer(t.Context(), []string{"list-handlers"}, nil, &out); err != nil || json.Unmarshal(out.Bytes(), &handlers) != nil || len(handlers) != 9 {
		t.Errorf("handlers %s, %v", &out, err)
	}
	for _, bad := range [][]string{{}, {"dance"}, {"parse"}, {"run", "a", "b"}, {"parse", "/nowhere.dot"}, {"list-handlers", "x"}, {"complete", "x"}} {
		if err := answer(t.Context(), bad, strings.NewReader(""), &out); err == nil {
			t.Errorf("%v was answered", bad)
		}
	}
}

// TestRunAsksTheModel has the stages answered by the model server that the environment names.
func TestRunAsksTheModel(t *testing.T) {
	for _, c := range []struct{ key, base, path string }{{"OPENAI_API_KEY", "OPENAI_BASE_URL", "/v1"}, {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", ""}} {
		t.Run(c.key, func(t *testing.T) {
			var models llmtest.Server
			models.Think("test-key", func(llmtest.Conversation) llmtest.Step {
				return llmtest.Step{Say: `Done. {"context_updates":{"k":"v"}}`}
			})
			web := httptest.NewServer(&models)
			defer web.Close()
			for _, key := range []string{"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_COMPATIBLE_BASE_URL"} {
				t.Setenv(key, "")
			}
			t.Setenv(c.key, "test-key")
			t.Setenv(c.base, web.URL+c.path)
			v, err := ask(t, "run", gate)
			if err != nil || v["status"] != "success" || v["context"].(map[string]any)["k"] != "v" || len(models.Requests("test-key")) != 1 {
				t.Errorf("%v, %v, %d requests", v, err, len(models.Requests("test-key")))
			}
		})
	}
}

// TestAllTiers sends one request to every subcommand of the first two tiers, as the bench does.
func TestAllTiers(t *testing.T) {
	t.Chdir(t.TempDir())
	var models llmtest.Server
	models.Think("test-key", func(c llmtest.Conversation) llmtest.Step { return llmtest.Step{Say: `{"name":"Alice","age":30}`} })
	web := httptest.NewServer(&models)
	defer web.Close()
	for _, key := range []string{"GEMINI_API_KEY", "GOOGLE_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_COMPATIBLE_BASE_URL"} {
		t.Setenv(key, "")
	}
	t.Setenv("OPENAI_API_KEY", "test-key")
	t.Setenv("OPENAI_BASE_URL", web.URL+"/v1")
	const hello = `{"model":"gpt-4o","provider":"openai","messages":[{"role":"user","content":"Say hello"}],"max_tokens":100}`
	schema := strings.Replace(hello, "{", `{"response_schema":{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"]},`, 1)
	for name, in := range map[string]string{
		"client-from-env": "", "list-models": "", "complete": hello, "stream": hello, "tool-call": hello, "generate-object": schema,
		"session-create": "", "process-input": `{"prompt":"Do nothing"}`, "tool-dispatch": `{"tool_name":"read_file","arguments":{"path":"main.go"}}`,
		"steering": `{"message":"Use TypeScript"}`, "events": "",
	} {
		if name == "tool-dispatch" {
			if err := os.WriteFile("main.go", []byte("package main"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := answer(t.Context(), []string{name}, strings.NewReader(in), &out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s answers %q", name, line)
			}
		}
	}
}
