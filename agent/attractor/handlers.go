package attractor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

func succeed(context.Context, *Stage) (*Outcome, error) { return &Outcome{Status: Success}, nil }

// conditional passes on what the stage before it said; the edges decide.
func conditional(_ context.Context, s *Stage) (*Outcome, error) {
	o := &Outcome{Status: Success}
	if p := s.state.previous; p != nil {
		o = &Outcome{Status: p.Status, PreferredLabel: p.PreferredLabel, FailureReason: p.FailureReason, FailureClass: p.FailureClass}
	}
	return o, nil
}

// codergen sets a model to work on the node's prompt and finds out how it went.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#45-codergen-handler-llm-task
func codergen(ctx context.Context, s *Stage) (*Outcome, error) {
	prompt := modelPrompt(s, strings.ReplaceAll(or(s.Node.Attrs["prompt"], s.Node.Label()), "$goal", s.Graph.Goal()))
	if err := os.WriteFile(filepath.Join(s.Dir, "prompt.md"), []byte(prompt), 0o644); err != nil {
		return nil, err
	}
	reply := Reply{Text: "[Simulated] Response for stage: " + s.Node.ID}
	if b := s.engine.Backend; b != nil {
		var err error
		if reply, err = b.Run(ctx, s, prompt); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "response.md"), []byte(reply.Text), 0o644); err != nil {
		return nil, err
	}
	o := reply.Outcome
	if o == nil {
		var err error
		if o, err = readOutcome(filepath.Join(s.Dir, "status.json")); err != nil {
			return Failed("", "%v", err), nil
		}
	}
	if o == nil {
		o = outcomeIn(reply.Text)
	}
	if o == nil {
		o = &Outcome{Status: Success, Notes: "Stage completed: " + s.Node.ID}
	}
	if o.Updates == nil {
		o.Updates = map[string]any{}
	}
	o.Updates["last_response"] = head(reply.Text, 200)
	return o, nil
}

// modelPrompt is the task between the past and the ways on.
func modelPrompt(s *Stage, task string) string {
	var b strings.Builder
	if s.Preamble != "" {
		fmt.Fprintf(&b, "%s\n", s.Preamble)
	}
	b.WriteString(task)
	var labels []string
	for _, e := range s.Graph.Out(s.Node.ID) {
		if e.Label() != "" && e.Condition() == "" {
			labels = append(labels, e.Label())
		}
	}
	if len(labels) > 1 {
		b.WriteString("\n\nWhen you are done, say which way to go on: end your answer with one line of JSON, {\"preferred_label\": \"…\"}, where the label is one of:\n")
		for _, l := range labels {
			fmt.Fprintf(&b, "- %s\n", l)
		}
	}
	return b.String()
}

// answerEnd is how much of an answer's end is searched for JSON.
const answerEnd = 16 << 10

// outcomeIn reads the last JSON object of a text that says something about the outcome; nil when none does.
func outcomeIn(text string) *Outcome {
	var found *Outcome
	eachObject(tail(text, answerEnd), func(raw []byte) {
		var f outcomeFile
		var o Outcome
		if json.Unmarshal(raw, &f) != nil || or(f.Outcome, f.PreferredLabel, f.PreferredNextLabel) == "" && f.ContextUpdates == nil && f.SuggestedNextIDs == nil {
			return
		}
		if json.Unmarshal(raw, &o) == nil {
			found = &o
		}
	})
	return found
}

// eachObject calls with every JSON object of a text that is not inside another.
func eachObject(text string, use func(raw []byte)) {
	for i := strings.IndexByte(text, '{'); i >= 0; {
		var raw json.RawMessage
		step := 1
		d := json.NewDecoder(strings.NewReader(text[i:]))
		if d.Decode(&raw) == nil {
			use(raw)
			step = int(d.InputOffset())
		}
		next := strings.IndexByte(text[i+step:], '{')
		if next < 0 {
			return
		}
		i += step + next
	}
}

// toolOutput is how much of a command's output the context keeps; output.txt has all of it.
const toolOutput = 8000

// tool runs the node's command in the work tree. Its exit code decides; what it writes to
// $ATTRACTOR_STAGE_DIR/status.json adds to that: context keys, a label, a worse outcome.
func tool(ctx context.Context, s *Stage) (*Outcome, error) {
	command := s.Node.Attrs["tool_command"]
	if command == "" {
		return Failed(Terminal, "no tool_command"), nil
	}
	var stdout, all bytes.Buffer
	cmd := shell(ctx, s.Work, command)
	cmd.Env = append(os.Environ(), "ATTRACTOR_STAGE_DIR="+s.Dir, "ATTRACTOR_LOGS="+s.Logs, "ATTRACTOR_RUN="+s.Run, "ATTRACTOR_NODE="+s.Node.ID, "ATTRACTOR_GOAL="+s.Graph.Goal())
	both := &lockedWriter{to: &all}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, both), both
	err := cmd.Run()
	if err := os.WriteFile(filepath.Join(s.Dir, "output.txt"), all.Bytes(), 0o644); err != nil {
		return nil, err
	}
	o, fileErr := readOutcome(filepath.Join(s.Dir, "status.json"))
	switch {
	case fileErr != nil:
		o = Failed("", "%v", fileErr)
	case o == nil:
		o = &Outcome{Status: Success, Notes: "Tool completed: " + head(command, 200)}
	}
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		o = Failed(Terminal, "%v", err)
	} else if err != nil && o.Status.OK() {
		o.Status, o.FailureReason = Fail, or(o.FailureReason, fmt.Sprintf("%v: %s", err, tail(strings.TrimSpace(all.String()), 500)))
	}
	if o.Updates == nil {
		o.Updates = map[string]any{}
	}
	o.Updates["tool.output"] = tail(stdout.String(), toolOutput)
	o.Updates["tool.exit_code"] = cmd.ProcessState.ExitCode()
	return o, nil
}

// lockedWriter lets two streams into one buffer.
type lockedWriter struct {
	mu sync.Mutex
	to *bytes.Buffer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(b)
}
