package mcp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"twinset.dev/harness/universe"
	"twinset.dev/kit/twin"
)

// session is an agent's, at all twins.
func session(t *testing.T, query string) *mcp.ClientSession {
	t.Helper()
	u, err := universe.New(twin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Listen("127.0.0.1", 0); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- u.Serve(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: u.URL() + "/_twin/mcp" + query}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func call(t *testing.T, s *mcp.ClientSession, name string, with map[string]any) (said string, failed bool) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: with})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return res.Content[0].(*mcp.TextContent).Text, res.IsError
}

// TestAgent is an agent at work: in a world of its own it looks around, acts in three products, breaks one, and compares.
func TestAgent(t *testing.T) {
	s := session(t, "?operations=slack/chat.postMessage")
	says := func(want, name string, with map[string]any) {
		t.Helper()
		if said, failed := call(t, s, name, with); failed || !strings.Contains(said, want) {
			t.Fatalf("%s %v: failed %v\n%.600s\nwant %s", name, with, failed, said, want)
		}
	}
	refuses := func(want, name string, with map[string]any) {
		t.Helper()
		if said, failed := call(t, s, name, with); !failed || !strings.Contains(said, want) {
			t.Fatalf("%s %v: failed %v\n%.600s\nwant a refusal that says %s", name, with, failed, said, want)
		}
	}
	says(`/w/mine`, "fork_world", map[string]any{"name": "mine"})
	refuses("already", "fork_world", map[string]any{"name": "mine"})
	says(`"mine"`, "list_worlds", nil)
	says(`frozen`, "set_clock", map[string]any{"world": "mine", "mode": "frozen", "now": "2026-03-02T09:30:00Z"})
	says(`2026-03-03T09:30:00Z`, "advance_clock", map[string]any{"world": "mine", "by": "24h"})

	says(`"chat.postMessage"`, "find_operations", map[string]any{"words": "slack post message"})
	says(`"issueIdOrKey"`, "describe_operation", map[string]any{"twin": "jira", "operation": "getIssue"})
	refuses("find_operations", "describe_operation", map[string]any{"twin": "jira", "operation": "makeCoffee"})
	says(`"ok":true`, "slack_chat_postMessage", map[string]any{"world": "mine", "as": "ana", "body": map[string]any{"channel": "general", "text": "from an agent"}})
	says(`"status":200`, "call_operation", map[string]any{"twin": "jira", "operation": "getIssue", "with": map[string]any{"world": "mine", "as": "bo", "issueIdOrKey": "ROCK-1", "fields": []string{"summary"}}})
	says(`"login":"ana@acme.example"`, "call_operation", map[string]any{"twin": "okta", "operation": "getUser", "with": map[string]any{"userId": "ana@acme.example", "id": "ana@acme.example"}})
	says(`"files"`, "call_operation", map[string]any{"twin": "gdrive", "operation": "drive.files.list", "with": map[string]any{"world": "mine", "as": "bo", "pageSize": 2}})
	refuses("issueIdOrKey is missing", "call_operation", map[string]any{"twin": "jira", "operation": "getIssue"})
	refuses(`"status":404`, "call_operation", map[string]any{"twin": "jira", "operation": "getIssue", "with": map[string]any{"issueIdOrKey": "NONE-1"}})
	refuses("no ready credentials", "call_operation", map[string]any{"twin": "slack", "operation": "auth.test", "with": map[string]any{"as": "nobody"}})

	says(`from an agent`, "diff_world", map[string]any{"world": "mine"})
	if said, _ := call(t, s, "diff_world", nil); strings.Contains(said, "from an agent") {
		t.Fatal("what happened in one world shows in another")
	}
	says(`"id"`, "break_twin", map[string]any{"world": "mine", "fault": map[string]any{"twin": "slack", "error": "ratelimited", "times": 1}})
	says(`ratelimited`, "slack_chat_postMessage", map[string]any{"world": "mine", "body": map[string]any{"channel": "general", "text": "x"}})
	says(`true`, "mend_twin", map[string]any{"world": "mine"})
	says(`chat.postMessage`, "journal", map[string]any{"world": "mine"})
	says(`run_function`, "act_as_person", nil)
	says(`SLACK_BOT_TOKEN`, "credentials", map[string]any{"world": "mine"})
	says(`now`, "snapshot_world", map[string]any{"world": "mine", "name": "now"})
	says(`version`, "restore_world", map[string]any{"world": "mine", "snapshot": "now"})
	says(`version`, "seed_world", map[string]any{"world": "mine", "merge": true, "seed": "slack: {messages: [{channel: general, user: bo, text: seeded}]}"})
	says(`version`, "reset_world", map[string]any{"world": "mine"})
	says(`true`, "drop_world", map[string]any{"world": "mine"})
	refuses("no world", "credentials", map[string]any{"world": "mine"})
}

// TestEveryOperation offers each operation of each twin as a tool with a schema that clients accept.
func TestEveryOperation(t *testing.T) {
	s := session(t, "?operations=*/*")
	n, names := 0, map[string]bool{}
	for tool, err := range s.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(tool.InputSchema); err != nil || names[tool.Name] {
			t.Errorf("%s: twice, or %v", tool.Name, err)
		}
		names[tool.Name] = true
		n++
	}
	if n < 2500 {
		t.Fatalf("%d tools", n)
	}
	t.Logf("%d tools", n)
}
