package loop

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"twinset.dev/agent/llm"
)

// round runs the calls of one answer together. Those that change files keep their order: two edits of one file must not meet.
// The results are in the order of the calls.
func (s *Session) round(ctx context.Context, calls []llm.ToolCall) []llm.ToolResult {
	results := make([]llm.ToolResult, len(calls))
	var writers []int
	var running sync.WaitGroup
	for i, c := range calls {
		if t, _ := s.tools.find(c.Name); t.Writes {
			writers = append(writers, i)
			continue
		}
		running.Go(func() { results[i] = s.call(ctx, c) })
	}
	running.Go(func() {
		for _, i := range writers {
			results[i] = s.call(ctx, calls[i])
		}
	})
	running.Wait()
	return results
}

// call runs one tool. Whatever goes wrong is for the model to read.
func (s *Session) call(ctx context.Context, c llm.ToolCall) llm.ToolResult {
	start := s.config.Now()
	s.emit(Event{Kind: ToolCallStart, Call: &c})
	out, err := s.guarded(ctx, c)
	if err != nil {
		out = Output{Text: fmt.Sprintf("Tool error (%s): %v", c.Name, err)}
	}
	s.emit(Event{Kind: ToolCallEnd, Call: &c, Output: out.Text, Hash: hash(out.Text), IsError: err != nil, Took: s.config.Now().Sub(start)})
	return llm.ToolResult{CallID: c.ID, Name: c.Name, Content: s.limit(c.Name).Cut(out.Text), IsError: err != nil, Image: out.Image}
}

// guarded is a call between the host's hooks, and a panic of a tool is its error.
func (s *Session) guarded(ctx context.Context, c llm.ToolCall) (out Output, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the tool broke down: %v", p)
		}
	}()
	if s.config.Before != nil {
		if err := s.config.Before(ctx, c); err != nil {
			return Output{}, err
		}
	}
	out, err = s.tools.call(ctx, s.env, c)
	if s.config.After != nil {
		text := out.Text
		if err != nil {
			text = err.Error()
		}
		s.config.After(ctx, c, text, err != nil)
	}
	return out, err
}

func (s *Session) limit(tool string) Limit {
	for _, limits := range []map[string]Limit{s.config.Limits, DefaultLimits} {
		if l, ok := limits[tool]; ok {
			return l
		}
	}
	return DefaultLimits[""]
}

// watch warns a model that goes round in circles. After a warning it has a whole window of calls to find another way.
func (s *Session) watch(calls []llm.ToolCall) {
	if s.config.IgnoreLoops {
		return
	}
	for _, c := range calls {
		s.calls = append(s.calls, signature(c))
	}
	s.calls = s.calls[max(0, len(s.calls)-s.config.LoopWindow):]
	if !loops(s.calls, s.config.LoopWindow) {
		return
	}
	s.calls = nil
	warning := fmt.Sprintf("Loop detected: your last %d tool calls repeat themselves. Stop, and try another way.", s.config.LoopWindow)
	s.add(SteeringTurn, llm.UserText(warning))
	s.emit(Event{Kind: LoopDetection, Text: warning})
}

// signature is the same for calls that ask the same.
func signature(c llm.ToolCall) string {
	var args any
	if err := json.Unmarshal([]byte(c.Args), &args); err != nil {
		return c.Name + " " + c.Args
	}
	b, _ := json.Marshal(args) // keys sorted
	return c.Name + " " + cmp.Or(string(b), c.Args)
}

// loops says whether the last calls are one, two or three calls over and over. A window that three does not divide is
// looked at as far as it does.
func loops(calls []string, window int) bool {
	if len(calls) < window {
		return false
	}
	for period := 1; period <= 3 && 2*period <= window; period++ {
		last := calls[len(calls)-window/period*period:]
		if slices.Equal(last[period:], last[:len(last)-period]) {
			return true
		}
	}
	return false
}
