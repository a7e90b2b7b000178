package attractor

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Hooks are shell commands around each of a model's tool calls: tool_hooks.pre and tool_hooks.post of the node, else of the
// graph. Both get the call in TOOL_NAME and TOOL_CALL_ID and as JSON on stdin, and leave a line in tool_hooks.jsonl.
type Hooks struct {
	pre, post string
	stage     *Stage
}

// ToolCall is what a hook is told.
type ToolCall struct {
	ID     string          `json:"id"`
	Name   string          `json:"name"`
	Args   json.RawMessage `json:"arguments,omitempty"`
	Result string          `json:"result,omitempty"` // after the call
	Failed bool            `json:"is_error,omitempty"`
}

func hooksOf(s *Stage) Hooks {
	return Hooks{
		pre:   or(s.Node.Attrs["tool_hooks.pre"], s.Graph.Attrs["tool_hooks.pre"]),
		post:  or(s.Node.Attrs["tool_hooks.post"], s.Graph.Attrs["tool_hooks.post"]),
		stage: s,
	}
}

// Before runs the pre hook and says whether the call may go ahead: not when the hook exits with anything but 0.
func (h Hooks) Before(ctx context.Context, c ToolCall) bool { return h.run(ctx, "pre", h.pre, c) == 0 }

// After runs the post hook; whatever it does, the call has happened.
func (h Hooks) After(ctx context.Context, c ToolCall) { h.run(ctx, "post", h.post, c) }

func (h Hooks) run(ctx context.Context, when, command string, c ToolCall) int {
	if command == "" {
		return 0
	}
	in, _ := json.Marshal(c)
	cmd := shell(ctx, h.stage.Work, command)
	cmd.Env = append(os.Environ(), "TOOL_NAME="+c.Name, "TOOL_CALL_ID="+c.ID, "ATTRACTOR_NODE="+h.stage.Node.ID, "ATTRACTOR_STAGE_DIR="+h.stage.Dir)
	cmd.Stdin = strings.NewReader(string(in))
	out, err := cmd.CombinedOutput()
	code := cmd.ProcessState.ExitCode()
	if cmd.ProcessState == nil {
		code, out = -1, []byte(err.Error())
	}
	line, _ := json.Marshal(map[string]any{"hook": when, "tool": c.Name, "call": c.ID, "exit": code, "output": tail(string(out), 2000)})
	if f, err := os.OpenFile(filepath.Join(h.stage.Dir, "tool_hooks.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
		f.Write(append(line, '\n'))
		f.Close()
	}
	h.stage.Emit(Event{Kind: ToolHookRan, Text: when, Target: c.Name, Count: code})
	return code
}

// shell is a command in a process group of its own, which ends with the context.
func shell(ctx context.Context, dir, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Dir = dir
	endWithUs(cmd)
	return cmd
}

// tail is the end of a text, at most n bytes, cut between characters.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	for len(s) > 0 && s[0]&0xC0 == 0x80 {
		s = s[1:]
	}
	return s
}
