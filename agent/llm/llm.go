// Package llm asks language models of several vendors in one vocabulary.
//
// A Client routes a Request to the provider it names, through middleware: retry, record and replay, spend caps, trace. The providers
// are in the packages below, one for each vendor, so that who needs only the words of this package compiles no vendor's library.
//
// The behaviours are those of the unified LLM client specification (github.com/strongdm/attractor, unified-llm-spec.md);
// CHECKLIST.md names the test of each.
package llm

import (
	"encoding/json"
	"strings"
)

// Role is who says a message.
type Role string

// The roles. A provider without a developer role takes it for system.
const (
	System    Role = "system"
	Developer Role = "developer"
	User      Role = "user"
	Assistant Role = "assistant"
	RoleTool  Role = "tool"
)

// Message is one turn of a conversation.
type Message struct {
	Role  Role   `json:"role"`
	Parts []Part `json:"parts"`
}

// SystemText, UserText and AssistantText are messages of a single text.
func SystemText(s string) Message    { return Message{System, []Part{Text(s)}} }
func UserText(s string) Message      { return Message{User, []Part{Text(s)}} }
func AssistantText(s string) Message { return Message{Assistant, []Part{Text(s)}} }

// ToolResults is the message that answers tool calls, all of one turn, in the order in which they were made.
func ToolResults(results ...ToolResult) Message {
	m := Message{Role: RoleTool}
	for _, r := range results {
		m.Parts = append(m.Parts, Part{Kind: KindResult, Result: &r})
	}
	return m
}

// Text is all text of a message in one.
func (m Message) Text() string { return m.join(KindText) }

// Reasoning is all readable thinking of a message in one.
func (m Message) Reasoning() string { return m.join(KindThinking) }

func (m Message) join(k Kind) string {
	var b strings.Builder
	for _, p := range m.Parts {
		switch {
		case p.Kind != k:
		case k == KindThinking:
			b.WriteString(p.Thinking.Text)
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// Calls are the tool calls of a message, in order.
func (m Message) Calls() []ToolCall {
	var calls []ToolCall
	for _, p := range m.Parts {
		if p.Kind == KindCall {
			calls = append(calls, *p.Call)
		}
	}
	return calls
}

// Kind says which field of a Part is set.
type Kind string

// The kinds of parts.
const (
	KindText     Kind = "text"
	KindImage    Kind = "image"
	KindAudio    Kind = "audio"    // refused by every provider here
	KindDocument Kind = "document" // refused by every provider here
	KindCall     Kind = "tool_call"
	KindResult   Kind = "tool_result"
	KindThinking Kind = "thinking"
)

// Part is a piece of a message; Kind says which.
type Part struct {
	Kind     Kind        `json:"kind"`
	Text     string      `json:"text,omitempty"`
	Media    *Media      `json:"media,omitempty"` // image, audio, document
	Call     *ToolCall   `json:"call,omitempty"`
	Result   *ToolResult `json:"result,omitempty"`
	Thinking *Thinking   `json:"thinking,omitempty"`
}

// Text is a part of text.
func Text(s string) Part { return Part{Kind: KindText, Text: s} }

// Media is a file shown to the model: bytes, or where they are. A URL that begins with /, ./ or ~ is a file on this machine.
type Media struct {
	URL    string `json:"url,omitempty"`
	Data   []byte `json:"data,omitempty"`
	Type   string `json:"type,omitempty"`   // MIME type; image/png if empty
	Detail string `json:"detail,omitempty"` // auto, low, high; for the vendors that know it
}

// ToolCall is a tool the model wants to be run. Args is what the model wrote: it may not be JSON at all.
type ToolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Args      string `json:"args"`
	Signature string `json:"signature,omitempty"` // the provider's, to be sent back unchanged
}

// ToolResult is what came of a ToolCall.
type ToolResult struct {
	CallID  string `json:"call_id"`
	Name    string `json:"name"` // of the tool
	Content string `json:"content"`
	IsError bool   `json:"is_error,omitempty"`
	Image   *Media `json:"image,omitempty"`
}

// Thinking is reasoning the model shows. Signature proves to the provider that it wrote it, and is sent back byte for byte; of a
// redacted part it is all there is. Only the model that wrote it is shown it again.
type Thinking struct {
	Provider  string `json:"provider"`
	Model     string `json:"model"` // as it was asked for
	ID        string `json:"id,omitempty"`
	Text      string `json:"text,omitempty"`
	Signature string `json:"signature,omitempty"`
	Redacted  bool   `json:"redacted,omitempty"`
}

// Fits reports whether the model that r asks wrote t, so that t can be sent back to it.
func (t *Thinking) Fits(r Request) bool { return t.Provider == r.Provider && t.Model == r.Model }

// Tool is what the model may call. Schema is a JSON Schema whose root is an object.
type Tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"schema"`
}

// ToolChoice says whether the model may, must or must not call tools. The zero value is auto.
type ToolChoice struct {
	Mode string `json:"mode,omitempty"` // auto, none, required, named
	Name string `json:"name,omitempty"` // of the one tool, if Mode is named
}

// Schema is the shape an answer must have.
type Schema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
	Strict bool            `json:"strict,omitempty"` // the provider enforces it, where it can
}

// Request is all that is asked of a model at once.
type Request struct {
	Provider        string                    `json:"provider,omitempty"` // the client's default if empty
	Model           string                    `json:"model"`              // the vendor's own name for it
	Messages        []Message                 `json:"messages"`
	Tools           []Tool                    `json:"tools,omitempty"`
	ToolChoice      ToolChoice                `json:"tool_choice,omitzero"`
	Schema          *Schema                   `json:"response_schema,omitempty"`
	Temperature     *float64                  `json:"temperature,omitempty"`
	TopP            *float64                  `json:"top_p,omitempty"`
	MaxTokens       int                       `json:"max_tokens,omitempty"` // 0 is the provider's default
	Stop            []string                  `json:"stop,omitempty"`
	ReasoningEffort string                    `json:"reasoning_effort,omitempty"` // none, low, medium, high or a word of the vendor's own
	Metadata        map[string]string         `json:"metadata,omitempty"`
	ProviderOptions map[string]map[string]any `json:"provider_options,omitempty"` // by provider: fields of its body, set last
}

// Response is a whole answer.
type Response struct {
	ID        string          `json:"id"`
	Provider  string          `json:"provider"`
	Model     string          `json:"model"` // which answered; may be a more exact name than was asked for
	Message   Message         `json:"message"`
	Finish    Finish          `json:"finish"`
	Usage     Usage           `json:"usage"`
	Raw       json.RawMessage `json:"raw,omitempty"`
	Simulated bool            `json:"simulated,omitempty"` // nobody was asked: a recording answered
}

// simulated reports whether nobody was asked; the model of a simulated server says so by its name.
func (r *Response) simulated() bool { return r.Simulated || strings.HasPrefix(r.Model, "simulated/") }

// Finish is why the model stopped, in our word and in the vendor's.
type Finish struct {
	Reason Reason `json:"reason"`
	Raw    string `json:"raw,omitempty"`
}

// Reason is why a model stopped.
type Reason string

// The reasons.
const (
	Stop          Reason = "stop"
	Length        Reason = "length"
	ToolCalls     Reason = "tool_calls"
	ContentFilter Reason = "content_filter"
	Other         Reason = "other"
)

// Usage counts tokens. Input is the whole prompt, of which CacheRead came from the vendor's cache and CacheWrite went into it; Output
// is all that the model wrote, of which Reasoning was thinking. Vendors differ in what they add up, providers here do not. Nil is
// what the vendor does not tell.
type Usage struct {
	Input      int  `json:"in"`
	Output     int  `json:"out"`
	Reasoning  *int `json:"reasoning,omitempty"`
	CacheRead  *int `json:"cache_read,omitempty"`
	CacheWrite *int `json:"cache_write,omitempty"`
}

// Total is every token in and out.
func (u Usage) Total() int { return u.Input + u.Output }

// Add is the usage of both. What neither tells stays untold.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.Input + v.Input, u.Output + v.Output,
		add(u.Reasoning, v.Reasoning), add(u.CacheRead, v.CacheRead), add(u.CacheWrite, v.CacheWrite)}
}

func add(a, b *int) *int {
	if a == nil && b == nil {
		return nil
	}
	sum := deref(a) + deref(b)
	return &sum
}

func deref(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}
