package mcp

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/anthropic"
	"twinset.dev/agent/llmtest"
	"twinset.dev/agent/loop"
)

type in struct {
	Word string `json:"word"`
}

// serve starts a server with a tool for each kind of answer. It asks for a token.
func serve(t *testing.T, more ...string) string {
	t.Helper()
	s := sdk.NewServer(&sdk.Implementation{Name: "word shop", Version: "1"}, &sdk.ServerOptions{Instructions: "Sells words."})
	add := func(name string, answer func(in) (*sdk.CallToolResult, any, error)) {
		sdk.AddTool(s, &sdk.Tool{Name: name, Description: "does " + name}, func(_ context.Context, _ *sdk.CallToolRequest, i in) (*sdk.CallToolResult, any, error) {
			return answer(i)
		})
	}
	add("say", func(i in) (*sdk.CallToolResult, any, error) {
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: i.Word}, &sdk.TextContent{Text: "!"}}}, nil, nil
	})
	add("draw", func(in) (*sdk.CallToolResult, any, error) {
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.ImageContent{Data: []byte("png"), MIMEType: "image/png"}}}, nil, nil
	})
	add("count", func(i in) (*sdk.CallToolResult, any, error) { return nil, map[string]int{"letters": len(i.Word)}, nil })
	add("fail", func(in) (*sdk.CallToolResult, any, error) { return nil, nil, errors.New("sold out") })
	for _, name := range more {
		add(name, func(in) (*sdk.CallToolResult, any, error) { return &sdk.CallToolResult{}, nil, nil })
	}
	handler := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s }, nil)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sesame" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return web.URL
}

func TestTools(t *testing.T) {
	s, err := Connect(t.Context(), serve(t), "sesame")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Instructions() != "Sells words." {
		t.Errorf("instructions %q", s.Instructions())
	}
	tools, err := s.Tools(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, tool := range tools {
		out, err := tool.Run(t.Context(), nil, []byte(`{"word":"hello"}`))
		text := out.Text
		if err != nil {
			text = "error: " + err.Error()
		}
		if out.Image != nil {
			text += out.Image.Type + ":" + string(out.Image.Data)
		}
		got[tool.Name] = text
		if !strings.Contains(string(tool.Schema), `"word"`) || !strings.HasPrefix(tool.Description, "does ") {
			t.Errorf("%s: %s, schema %s", tool.Name, tool.Description, tool.Schema)
		}
	}
	for name, want := range map[string]string{"word_shop__say": "hello\n!", "word_shop__draw": "image/png:png", "word_shop__count": `{"letters":5}`,
		"word_shop__fail": "error: sold out"} {
		if got[name] != want {
			t.Errorf("%s answers %q, want %q", name, got[name], want)
		}
	}
}

func TestRefusals(t *testing.T) {
	url := serve(t, strings.Repeat("x", 80)+"1", strings.Repeat("x", 80)+"2")
	if _, err := Connect(t.Context(), url, "wrong"); err == nil {
		t.Error("a wrong token connects")
	}
	if _, err := Connect(t.Context(), "http://127.0.0.1:1/", ""); err == nil {
		t.Error("nobody answers, and it connects")
	}
	s, err := Connect(t.Context(), url, "sesame")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Tools(t.Context()); err == nil || !strings.Contains(err.Error(), "two tools") {
		t.Errorf("two tools of one name: %v", err)
	}
}

// The twins' own server gives an agent their worlds and operations.
func TestTwins(t *testing.T) {
	twinset, err := filepath.Abs("../../../bin/twinset")
	if _, missing := os.Stat(twinset); err != nil || missing != nil {
		t.Skip("NOT TESTED against the twins: make build makes bin/twinset")
	}
	cmd := exec.Command(twinset, "up", "--port", "0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(os.Interrupt)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var url string
	for lines := bufio.NewScanner(out); url == "" && lines.Scan(); {
		if _, rest, ok := strings.Cut(lines.Text(), "http://127.0.0.1:"); ok {
			url = "http://127.0.0.1:" + strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })[0]
		}
	}
	s, err := Connect(ctx, url+"/_twin/mcp", "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tools, err := s.Tools(ctx)
	if err != nil {
		t.Fatal(err)
	}

	env, err := loop.NewLocal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	brain := func(c llmtest.Conversation) llmtest.Step {
		call := func(tool string, args map[string]any) llmtest.Step {
			return llmtest.Step{Call: []llmtest.Call{{Name: "twinset__" + tool, Args: args}}}
		}
		return []llmtest.Step{
			call("fork_world", map[string]any{"name": "agents"}),
			call("call_operation", map[string]any{"twin": "slack", "operation": "conversations.create", "with": map[string]any{"world": "agents", "body": map[string]any{"name": "from-an-agent"}}}),
			call("diff_world", map[string]any{"world": "agents"}),
			{Say: "done"},
		}[c.Turn()]
	}
	models := httptest.NewServer(&llmtest.Server{Brain: brain})
	defer models.Close()
	client := llm.NewClient(map[string]llm.Caller{"anthropic": anthropic.New(llm.Endpoint{Key: "k", BaseURL: models.URL})}, "anthropic")
	var outputs []string
	session, err := loop.New(ctx, client, loop.Anthropic("claude-test").With(tools...), env, loop.Config{Events: func(e loop.Event) {
		if e.Kind == loop.ToolCallEnd {
			outputs = append(outputs, e.Output)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if a, err := session.Submit(ctx, "make a channel"); a.Text != "done" || err != nil {
		t.Fatalf("%+v, %v", a, err)
	}
	if !strings.Contains(outputs[2], "from-an-agent") {
		t.Errorf("the world does not have the channel: %s\n%s", outputs[1], outputs[2])
	}
}
