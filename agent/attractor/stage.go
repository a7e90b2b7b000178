package attractor

import "context"

// Stage is one attempt at one node: what a handler and a backend get to know.
type Stage struct {
	Run            string // the run's id
	Graph          *Graph
	Node           *Node
	Branch         string // the parallel branch it runs in, or ""
	Visit, Attempt int    // from 1
	Context        *Context
	Logs           string // the run's directory
	Dir            string // this visit's own directory: prompt.md, response.md, status.json
	Work           string // where code lives: the work tree, or the branch's copy of it

	// For model stages: how much of the past the model is given.
	Fidelity string // full, truncate, compact, summary:low, summary:medium, summary:high
	Thread   string // under full fidelity, stages with the same key share one session
	Preamble string // the past in words, for a session that starts fresh; "" when it goes on

	Params ModelParams
	Hooks  Hooks

	// Emit tells observers something about this stage; run, node, branch, visit and attempt are filled in.
	Emit func(Event)
	// Ask puts a question to the person in charge and waits; it fails only when the run is cancelled.
	Ask func(context.Context, Question) (Answer, error)

	engine *Engine
	state  *state
}

// Handler does a stage's work. An error is a failure whose class comes from the error itself (see Classify); ErrStop in it
// stops the run at its last checkpoint. A nil outcome without an error means that the handler has not said how it went.
// Handlers are called from parallel branches at once.
type Handler interface {
	Execute(ctx context.Context, s *Stage) (*Outcome, error)
}

// HandlerFunc is a handler that is one function.
type HandlerFunc func(ctx context.Context, s *Stage) (*Outcome, error)

// Execute calls it.
func (f HandlerFunc) Execute(ctx context.Context, s *Stage) (*Outcome, error) { return f(ctx, s) }

// Backend sets a model to work on a codergen stage. The prompt is complete: the preamble, the task and how to answer.
type Backend interface {
	Run(ctx context.Context, s *Stage, prompt string) (Reply, error)
}

// Reply is what a backend brings back. Without an outcome, a status.json in the stage's directory or a JSON object at the
// end of the text says how it went; without those too it is a success.
type Reply struct {
	Text    string
	Outcome *Outcome
}
