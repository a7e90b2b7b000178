package trial

import (
	"context"

	"twinset.dev/harness/scenario"
)

// A Subject is a product under trial.
type Subject interface {
	// Name says which it is, in records.
	Name() string
	// Meet begins a conversation with somebody, in a world that only this conversation has.
	Meet(ctx context.Context, s Session) (Conversation, error)
}

// A Session is what a subject is given: where the twins are, and credentials, as environment variables.
type Session struct {
	Env map[string]string

	// For the subjects that the harness ships and nobody else: they are told which scenario and trial they are in.
	Scenario *scenario.Scenario
	Seed     uint64
}

// A Conversation is one person talking to the product.
type Conversation interface {
	// Hear is told what the person says, and answers through say, as often as it likes, until it returns.
	Hear(ctx context.Context, words string, say func(string)) error
	// Close ends it.
	Close() error
}

// Func is a Subject in Go: it is called for each thing that the person says.
type Func func(ctx context.Context, s Session, words string, say func(string)) error

// Name implements [Subject].
func (Func) Name() string { return "func" }

// Meet implements [Subject].
func (f Func) Meet(_ context.Context, s Session) (Conversation, error) { return meeting{f, s}, nil }

type meeting struct {
	f Func
	s Session
}

func (m meeting) Hear(ctx context.Context, words string, say func(string)) error {
	return m.f(ctx, m.s, words, say)
}

func (meeting) Close() error { return nil }
