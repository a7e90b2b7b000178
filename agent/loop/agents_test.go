package loop

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"twinset.dev/agent/llm"
	"twinset.dev/agent/llmtest"
)

// calls is a step that calls one tool.
func calls(name string, args ...any) llmtest.Step {
	m := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	return llmtest.Step{Call: []llmtest.Call{{Name: name, Args: m}}}
}

// A parent sends a child to work, waits for it, and gets its answer; the child sees the files but not the conversation.
func TestSubagent(t *testing.T) {
	each(t, func(r *rig) {
		r.config.ReasoningEffort = "high"
		var seen []llm.Tool
		r.think(func(c llmtest.Conversation) llmtest.Step {
			if !strings.Contains(c.Said(llm.User), "the parent's business") {
				seen = c.Tools
				if c.Model != "small-model" || strings.Contains(c.Said(llm.System), "spawn_agent") {
					return llmtest.Step{Say: "I am the wrong model, or may have children: " + c.Model}
				}
				return []llmtest.Step{calls("shell", "command", "pwd; echo test > t"), {Say: "Tests written."}}[c.Turn()]
			}
			return []llmtest.Step{
				calls("spawn_agent", "task", "write tests", "model", "small-model", "working_dir", "sub"),
				calls("wait", "agent_id", "agent-1"),
				{Say: "All done."},
			}[c.Turn()]
		})
		r.env = folder(t, map[string]string{"sub/x": ""})
		r.start()
		r.check("answer", r.submit("the parent's business").Text, "All done.")
		var spawned, waited report
		json.Unmarshal([]byte(r.results()[0].Content), &spawned)
		json.Unmarshal([]byte(r.results()[1].Content), &waited)
		r.check("spawned", say(spawned.ID, spawned.Status, spawned.Success == nil), "agent-1 running true")
		r.check("waited", say(waited.ID, waited.Status, *waited.Success, waited.Output, waited.Turns), "agent-1 completed true Tests written. 2")
		r.check("files", contents(t, r.env.Dir), map[string]string{"sub/x": "", "sub/t": "test\n"})
		for _, tool := range seen {
			if strings.Contains(tool.Name, "agent") {
				r.Errorf("a child has %s", tool.Name)
			}
		}
		r.check("history", r.kinds(), "user assistant tool_results assistant tool_results assistant")
		child := 0
		for _, e := range r.of(AssistantTextEnd) {
			if e.Session == "s/agent-1" && e.Parent == "s" {
				child++
			}
		}
		r.check("events of the child", child, 2)
	})
}

// A child can be told more: at work it is steered, and when it is done it goes to work again.
func TestSubagentInput(t *testing.T) {
	r := &rig{T: t, profile: OpenAI("m")}
	steered := make(chan bool)
	r.think(func(c llmtest.Conversation) llmtest.Step {
		switch said := c.Said(llm.User); {
		case !strings.Contains(said, "the parent's business") && strings.HasSuffix(said, "and test it"):
			return llmtest.Step{Say: "tested"}
		case !strings.Contains(said, "the parent's business") && strings.HasSuffix(said, "in French"):
			return llmtest.Step{Say: "bonjour"}
		case !strings.Contains(said, "the parent's business"):
			<-steered
			return llmtest.Step{Say: "hello"}
		}
		return []llmtest.Step{
			calls("spawn_agent", "task", "say hello"),
			calls("send_input", "agent_id", "agent-1", "message", "in French"),
			calls("wait", "agent_id", "agent-1"),
			calls("send_input", "agent_id", "agent-1", "message", "and test it"),
			calls("wait", "agent_id", "agent-1"),
			calls("close_agent", "agent_id", "agent-1"),
			calls("send_input", "agent_id", "agent-1", "message", "are you there?"),
			calls("wait", "agent_id", "agent-7"),
			{Say: "ok"},
		}[c.Turn()]
	})
	r.config.After = func(_ context.Context, c llm.ToolCall, _ string, _ bool) {
		if c.Name == "send_input" && strings.Contains(c.Args, "French") {
			close(steered)
		}
	}
	r.start().submit("the parent's business")
	var got []string
	for _, res := range r.results() {
		var rep report
		if json.Unmarshal([]byte(res.Content), &rep) != nil {
			got = append(got, res.Content)
			continue
		}
		got = append(got, strings.TrimSpace(rep.Status+" "+rep.Output+" "+rep.Error))
	}
	r.check("results", strings.Join(got, "; "), "running; running; completed bonjour; running; completed tested; completed tested; "+
		"Tool error (send_input): the session is closed; Tool error (wait): no agent \"agent-7\"")
}

func TestSubagentLimits(t *testing.T) {
	r := &rig{T: t, profile: OpenAI("m")}
	r.think(func(c llmtest.Conversation) llmtest.Step {
		if !strings.Contains(c.Said(llm.User), "the parent's business") {
			return calls("shell", "command", "true")
		}
		return []llmtest.Step{
			calls("spawn_agent", "task", "go on and on", "max_turns", 3),
			calls("wait", "agent_id", "agent-1"),
			calls("spawn_agent", "task", "leave", "working_dir", "/etc"),
			calls("spawn_agent", "task", "", "turns", 3),
			{Say: "ok"},
		}[c.Turn()]
	})
	r.config.IgnoreLoops = true
	r.start().submit("the parent's business")
	var rep report
	json.Unmarshal([]byte(r.results()[1].Content), &rep)
	r.check("limited", say(rep.Status, *rep.Success, rep.Turns), "failed false 3")
	r.check("outside", strings.Contains(r.results()[2].Content, "/etc is outside"), true)
	r.check("unknown argument", strings.Contains(r.results()[3].Content, "turns"), true)
}
