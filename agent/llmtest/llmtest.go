// Package llmtest is a language model without one: a server that speaks the protocols of Anthropic, OpenAI and Gemini, and answers from
// a script or from a brain, a deterministic function. Programs are pointed at it by base URL and key; a key is a namespace of its own,
// so that tests share a server.
//
// It counts tokens, caches prompts, signs thinking and refuses what the vendors refuse, each in its own words, so that what works here
// has a reason to work there. The official libraries drive it in the tests of the packages below agent/llm.
package llmtest

import (
	"encoding/json"
	"strings"

	"twinset.dev/agent/llm"
)

// Conversation is a request, whichever protocol it came by.
type Conversation struct {
	llm.Request
	Protocol  string // anthropic, responses, chat, gemini
	Namespace string
	Stream    bool
	Raw       json.RawMessage
}

// Turn counts the answers of the model so far.
func (c Conversation) Turn() int { return c.count(0) }

// Since counts the answers of the model since the user last spoke.
func (c Conversation) Since() int { return c.count(c.lastInput()) }

func (c Conversation) count(from int) (n int) {
	for _, m := range c.Messages[from:] {
		if m.Role == llm.Assistant {
			n++
		}
	}
	return n
}

// lastInput is the index of the newest message of the user's, or 0.
func (c Conversation) lastInput() int {
	for i := len(c.Messages) - 1; i >= 0; i-- {
		if c.Messages[i].Role == llm.User {
			return i
		}
	}
	return 0
}

// Said is all text of a role; of system, the developer's too.
func (c Conversation) Said(role llm.Role) string {
	var all []string
	for _, m := range c.Messages {
		if m.Role == role || role == llm.System && m.Role == llm.Developer {
			all = append(all, m.Text())
		}
	}
	return strings.Join(all, "\n")
}

// Input is what the user said last.
func (c Conversation) Input() string {
	if len(c.Messages) == 0 {
		return ""
	}
	return c.Messages[c.lastInput()].Text()
}

// Results are the tool results since the model last spoke.
func (c Conversation) Results() (results []llm.ToolResult) {
	for _, m := range c.Messages {
		if m.Role == llm.Assistant {
			results = nil
		}
		for _, p := range m.Parts {
			if p.Kind == llm.KindResult {
				results = append(results, *p.Result)
			}
		}
	}
	return results
}

// Tool is the first of names that the model may call, or "".
func (c Conversation) Tool(names ...string) string {
	for _, n := range names {
		for _, t := range c.Tools {
			if t.Name == n {
				return n
			}
		}
	}
	return ""
}

// Step is an answer: what the model thinks, says and calls, in this order, or how it fails.
type Step struct {
	When   *When  `yaml:"when"`
	Think  *Think `yaml:"think"`
	Say    string `yaml:"say"`
	Call   []Call `yaml:"call"`
	Finish string `yaml:"finish"` // length or content_filter, if the answer does not end by itself
	Usage  *Usage `yaml:"usage"`
	Model  string `yaml:"model"` // that answers; simulated/ and the one asked for if empty
	Fault  *Fault `yaml:"fault"`
}

// empty reports whether a step is nothing but a fault.
func (s Step) empty() bool { return s.Think == nil && s.Say == "" && len(s.Call) == 0 }

// Think is what the model shows of its thinking. A redacted one shows its signature only.
type Think struct {
	Text      string `yaml:"text"`
	Signature string `yaml:"signature"`
	Redacted  bool   `yaml:"redacted"`
}

// Call is a tool call. Raw is for arguments that are no JSON.
type Call struct {
	Name string         `yaml:"name"`
	Args map[string]any `yaml:"args"`
	Raw  string         `yaml:"raw"`
}

func (c Call) args() string {
	if c.Raw != "" {
		return c.Raw
	}
	if c.Args == nil {
		return "{}"
	}
	b, _ := json.Marshal(c.Args) // of strings, numbers, lists and maps with string keys
	return string(b)
}

// Usage are token counts instead of those that the server finds.
type Usage struct {
	In         int  `yaml:"in"`
	Out        int  `yaml:"out"`
	Reasoning  *int `yaml:"reasoning"`
	CacheRead  *int `yaml:"cache_read"`
	CacheWrite *int `yaml:"cache_write"`
}

// Fault is how an answer fails. Without a status it fails in the middle: of the step's own words, or of those of the step that follows.
type Fault struct {
	Status           int    `yaml:"status"`
	Message          string `yaml:"message"`
	Code             string `yaml:"code"`
	RetryAfter       string `yaml:"retry_after"`
	CutAfterEvents   *int   `yaml:"cut_after_events"`   // the connection ends; of an answer that is not streamed, half is sent
	Hang             bool   `yaml:"hang"`               // silence after the first event, until the caller goes
	SlowMS           int    `yaml:"slow_ms"`            // before each event
	MalformedSSE     bool   `yaml:"malformed_sse"`      // an event that is no JSON
	MidStreamError   string `yaml:"mid_stream_error"`   // the vendor's kind of error, inside of a stream that began well
	WrongContentType bool   `yaml:"wrong_content_type"` // a page for people
	ResponseFailed   string `yaml:"response_failed"`    // the code of a response that failed; where a protocol has no such thing, as mid_stream_error
	Incomplete       string `yaml:"incomplete"`         // max_output_tokens or content_filter
}

// Brain answers. It must be safe for concurrent use.
type Brain func(Conversation) Step
