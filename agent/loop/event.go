package loop

import (
	"encoding/hex"
	"time"

	"github.com/zeebo/blake3"
	"twinset.dev/agent/llm"
)

// EventKind is what happened in a session.
type EventKind string

// The events. A session's first is SessionStart and its last SessionEnd.
const (
	SessionStart       EventKind = "session_start"
	SessionEnd         EventKind = "session_end"
	UserInput          EventKind = "user_input"
	AssistantTextStart EventKind = "assistant_text_start"
	AssistantTextDelta EventKind = "assistant_text_delta" // only when streaming
	AssistantTextEnd   EventKind = "assistant_text_end"   // once for each answer, also for one of tool calls alone
	ToolCallStart      EventKind = "tool_call_start"
	ToolCallEnd        EventKind = "tool_call_end"
	SteeringInjected   EventKind = "steering_injected"
	TurnLimit          EventKind = "turn_limit"
	LoopDetection      EventKind = "loop_detection"
	Warning            EventKind = "warning"
	ErrorEvent         EventKind = "error"
)

// Event is one thing that happened. What a kind has no use for is empty.
type Event struct {
	Kind    EventKind `json:"kind"`
	Time    time.Time `json:"ts"`
	Session string    `json:"session"`
	Parent  string    `json:"parent,omitempty"` // the session of which this is a subagent's

	Text      string        `json:"text,omitempty"` // said, or gone wrong
	Reasoning string        `json:"reasoning,omitempty"`
	Usage     *llm.Usage    `json:"usage,omitempty"`    // of one answer
	Response  string        `json:"response,omitempty"` // its id
	Call      *llm.ToolCall `json:"call,omitempty"`
	Output    string        `json:"output,omitempty"` // of a tool, all of it
	Hash      string        `json:"hash,omitempty"`   // BLAKE3-256 of Output, hex
	IsError   bool          `json:"is_error,omitempty"`
	Took      time.Duration `json:"took_ns,omitempty"`
	Turns     int           `json:"turns,omitempty"` // answers of the session so far
	State     State         `json:"state,omitempty"`
}

// hash is the address of an output in a content store.
func hash(s string) string {
	sum := blake3.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// emit tells the host, one event at a time.
func (s *Session) emit(e Event) {
	if s.config.Events == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	e.Time, e.Session, e.Parent = s.config.Now(), s.ID, s.parent
	s.config.Events(e)
}
