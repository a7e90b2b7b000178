package llmtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"twinset.dev/agent/llm"
)

// Script is what a model says, step by step. A strict one answers in its order only; another takes the first step left that fits.
type Script struct {
	Name   string `yaml:"name"`
	Strict bool   `yaml:"strict"`
	Steps  []Step `yaml:"steps"`
}

// When says which request a step answers; what it leaves out does not matter.
type When struct {
	Model          string      `yaml:"model"` // a pattern: claude*
	Turn           *int        `yaml:"turn"`
	SystemContains string      `yaml:"system_contains"`
	UserContains   string      `yaml:"user_contains"` // what the user said last
	ToolResult     *ToolResult `yaml:"tool_result"`
	// ThinkingRoundtrip is a signature that came back.
	ThinkingRoundtrip string `yaml:"thinking_roundtrip"`
	Stream            *bool  `yaml:"stream"`
}

// ToolResult says which result a request must bring.
type ToolResult struct {
	Name     string `yaml:"name"`
	Contains string `yaml:"contains"`
	IsError  *bool  `yaml:"is_error"`
}

// ParseScript reads a script in YAML, and refuses what it does not know.
func ParseScript(data []byte) (*Script, error) {
	var s Script
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("script: more than one document")
	}
	for i, step := range s.Steps {
		if err := step.check(); err != nil {
			return nil, fmt.Errorf("script: step %d: %w", i+1, err)
		}
		if step.Fault != nil && step.Fault.Status == 0 && step.empty() && (i+1 == len(s.Steps) || s.Steps[i+1].empty()) {
			return nil, fmt.Errorf("script: step %d: it fails in the middle of nothing: give it words, or a step that follows", i+1)
		}
	}
	return &s, nil
}

func (s Step) check() error {
	switch {
	case s.empty() && s.Fault == nil && s.Finish == "":
		return errors.New("it says nothing")
	case s.Finish != "" && s.Finish != string(llm.Length) && s.Finish != string(llm.ContentFilter):
		return fmt.Errorf("finish is length or content_filter, not %q", s.Finish)
	case s.Fault != nil && (s.Fault.Status != 0 && (s.Fault.Status < 400 || s.Fault.Status > 599)):
		return fmt.Errorf("status %d is no failure", s.Fault.Status)
	case s.Fault != nil && s.Fault.Incomplete != "" && s.Fault.Incomplete != "max_output_tokens" && s.Fault.Incomplete != "content_filter":
		return fmt.Errorf("incomplete is max_output_tokens or content_filter, not %q", s.Fault.Incomplete)
	}
	for _, c := range s.Call {
		if c.Name == "" {
			return errors.New("a call without a name")
		}
	}
	if s.When != nil {
		if _, err := path.Match(s.When.Model, ""); err != nil {
			return fmt.Errorf("model %q: %w", s.When.Model, err)
		}
	}
	return nil
}

// fits reports why a step does not answer c; "" if it does.
func (w *When) fits(c Conversation) string {
	if w == nil {
		return ""
	}
	if ok, _ := path.Match(w.Model, c.Model); w.Model != "" && !ok {
		return fmt.Sprintf("the model is %s, not %s", c.Model, w.Model)
	}
	if w.Turn != nil && *w.Turn != c.Turn() {
		return fmt.Sprintf("it is turn %d, not %d", c.Turn(), *w.Turn)
	}
	if w.Stream != nil && *w.Stream != c.Stream {
		return fmt.Sprintf("stream is %v", c.Stream)
	}
	for _, t := range []struct{ want, have, who string }{
		{w.SystemContains, c.Said(llm.System), "the system"},
		{w.UserContains, c.Input(), "the user"},
	} {
		if !strings.Contains(t.have, t.want) {
			return fmt.Sprintf("%s did not say %q", t.who, t.want)
		}
	}
	if w.ToolResult != nil && !w.ToolResult.among(c.Results()) {
		return fmt.Sprintf("no result of %q contains %q", w.ToolResult.Name, w.ToolResult.Contains)
	}
	if w.ThinkingRoundtrip != "" && !c.signed(w.ThinkingRoundtrip) {
		return fmt.Sprintf("the thinking signed %q did not come back", w.ThinkingRoundtrip)
	}
	return ""
}

func (t *ToolResult) among(results []llm.ToolResult) bool {
	for _, r := range results {
		if (t.Name == "" || t.Name == r.Name) && strings.Contains(r.Content, t.Contains) && (t.IsError == nil || *t.IsError == r.IsError) {
			return true
		}
	}
	return false
}

func (c Conversation) signed(signature string) bool {
	for _, m := range c.Messages {
		for _, p := range m.Parts {
			if p.Kind == llm.KindThinking && p.Thinking.Signature == signature || p.Kind == llm.KindCall && p.Call.Signature == signature {
				return true
			}
		}
	}
	return false
}

// playing is a script on its way.
type playing struct {
	mu   sync.Mutex
	name string
	left []Step
	any  bool
}

func play(s *Script) *playing {
	return &playing{name: s.Name, left: append([]Step(nil), s.Steps...), any: !s.Strict}
}

// next takes the step that answers c, or says why there is none.
func (p *playing) next(c Conversation) (Step, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.left) == 0 {
		return Step{}, fmt.Sprintf("no script: %q is at its end", p.name)
	}
	var first string
	for i, s := range p.left {
		why := s.When.fits(c)
		if why == "" {
			if s.Fault != nil && s.empty() && i+1 < len(p.left) { // it fails with the words of the next
				f := s.Fault
				s = p.left[i+1]
				s.Fault = f
			}
			p.left = append(p.left[:i:i], p.left[i+1:]...)
			return s, ""
		}
		if first == "" {
			first = why
		}
		if !p.any {
			break
		}
	}
	return Step{}, fmt.Sprintf("no script: %q: %s", p.name, first)
}

func (p *playing) rest() []Step {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Step(nil), p.left...)
}
