package attractor

import (
	"context"
	"time"
)

// QuestionType says what kind of answer is wanted.
type QuestionType string

// The kinds of question.
const (
	YesNo          QuestionType = "yes_no"
	MultipleChoice QuestionType = "multiple_choice"
	Freeform       QuestionType = "freeform"
	Confirmation   QuestionType = "confirmation"
)

// Question is put to a person.
type Question struct {
	ID       string         `json:"id"`
	Text     string         `json:"text"`
	Type     QuestionType   `json:"type"`
	Options  []Option       `json:"options,omitempty"`
	Default  *Answer        `json:"default,omitempty"` // taken when nobody answers in time
	Timeout  time.Duration  `json:"timeout_ns,omitempty"`
	Stage    string         `json:"stage"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// Option is one choice; its key is what one types.
type Option struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Answers that are not a choice's key.
const (
	Yes     = "yes"
	No      = "no"
	Skip    = "skipped"
	Timeout = "timeout"
)

// Answer is what came back: Value is an option's key, Yes, No, Skip or Timeout; Text is what was written.
type Answer struct {
	Value  string  `json:"value,omitempty"`
	Option *Option `json:"option,omitempty"`
	Text   string  `json:"text,omitempty"`
}

// Interviewer puts questions to a person. Ask returns when there is an answer or the context ends.
type Interviewer interface {
	Ask(ctx context.Context, q Question) (Answer, error)
}
