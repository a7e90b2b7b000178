package adapter

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"twinset.dev/agent/llm"
)

func unmarshal(s string, v any) error { return json.Unmarshal([]byte(s), v) }

// Segments tells the pieces of an answer to whoever listens: a start before the first delta of a segment, an end after its last. Once
// nobody listens, its methods do nothing.
type Segments struct {
	yield   func(llm.StreamEvent, error) bool
	open    []*segment
	stopped bool
}

type segment struct {
	id   string
	end  llm.EventType
	call *llm.ToolCall
	args strings.Builder
}

// NewSegments begins a stream.
func NewSegments(yield func(llm.StreamEvent, error) bool) *Segments {
	s := &Segments{yield: yield}
	s.tell(llm.StreamEvent{Type: llm.StreamStart})
	return s
}

// Stopped reports whether nobody listens any more.
func (s *Segments) Stopped() bool { return s.stopped }

func (s *Segments) tell(e llm.StreamEvent) {
	if !s.stopped {
		s.stopped = !s.yield(e, nil)
	}
}

// segment is the open one of that id.
func (s *Segments) segment(id string, start, end llm.EventType, call *llm.ToolCall) *segment {
	if i := slices.IndexFunc(s.open, func(g *segment) bool { return g.id == id }); i >= 0 {
		return s.open[i]
	}
	g := &segment{id: id, end: end, call: call}
	s.open = append(s.open, g)
	s.tell(llm.StreamEvent{Type: start, ID: id, Call: call})
	return g
}

// Text tells more text; an empty delta only starts the segment.
func (s *Segments) Text(id, delta string) {
	s.segment(id, llm.TextStart, llm.TextEnd, nil)
	s.delta(llm.TextDelta, id, delta)
}

// Reasoning tells more thinking.
func (s *Segments) Reasoning(id, delta string) {
	s.segment(id, llm.ReasoningStart, llm.ReasoningEnd, nil)
	s.delta(llm.ReasoningDelta, id, delta)
}

// Call tells more of a tool call's arguments. Its id and name count when it starts.
func (s *Segments) Call(id string, call llm.ToolCall, delta string) {
	g := s.segment(id, llm.CallStart, llm.CallEnd, &call)
	g.args.WriteString(delta)
	s.delta(llm.CallDelta, id, delta)
}

func (s *Segments) delta(t llm.EventType, id, delta string) {
	if delta != "" {
		s.tell(llm.StreamEvent{Type: t, ID: id, Delta: delta})
	}
}

// End ends a segment, if it is open.
func (s *Segments) End(id string) {
	for i, g := range s.open {
		if g.id != id {
			continue
		}
		s.open = slices.Delete(s.open, i, i+1)
		e := llm.StreamEvent{Type: g.end, ID: id}
		if g.call != nil {
			whole := *g.call
			whole.Args = Args(g.args.String())
			e.Call = &whole
		}
		s.tell(e)
		return
	}
}

// EndOthers ends every segment but one: for vendors who say when a segment begins only.
func (s *Segments) EndOthers(id string) {
	for _, g := range slices.Clone(s.open) {
		if g.id != id {
			s.End(g.id)
		}
	}
}

// Finish ends what is open, and the stream.
func (s *Segments) Finish(r *llm.Response) {
	s.EndOthers("")
	s.tell(llm.StreamEvent{Type: llm.StreamFinish, Response: r})
}

// Fail ends the stream with an error.
func (s *Segments) Fail(err error) {
	if !s.stopped {
		s.stopped = true
		s.yield(llm.StreamEvent{}, err)
	}
}

// Args are the arguments of a call; a tool without parameters is called with nothing, which is an empty object.
func Args(s string) string {
	if strings.TrimSpace(s) == "" {
		return "{}"
	}
	return s
}

// Compact is JSON without its spaces, or raw if it is none: the same arguments read the same, whole or streamed.
func Compact(raw []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}
