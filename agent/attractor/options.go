package attractor

import (
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"time"
)

// Options say how an engine runs. The zero value simulates every model stage and takes the first choice at every human gate.
type Options struct {
	Logs        string             // the run's directory; required
	Work        string             // where tools and models work; "" is the current directory
	RunID       string             // "" takes the name of the logs directory
	Goal        string             // replaces the graph's goal
	Set         map[string]any     // put into the context before the first stage
	Seed        uint64             // for jitter and experiments
	Backend     Backend            // nil simulates
	Interviewer Interviewer        // nil is AutoApprove
	Handlers    map[string]Handler // more stage types, or others for the built-in ones
	Rules       []Rule             // more lint
	Transforms  []Transform        // after the built-in ones, in order
	Observe     func(Event)        // called in order, one at a time; the run waits for it
	Clock       Clock              // nil is the real one
	Force       bool               // resume although the graph has changed
}

// Clock tells the time and waits. Tests bring their own.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Result is how a run ended.
type Result struct {
	Run     string
	Status  Status // Success or Fail
	Reason  string // why it failed
	Path    []string
	Context map[string]any
	Logs    string
}

// ErrStopped is in the error of a run that was cancelled or that a handler stopped: resume it from its checkpoint.
var ErrStopped = errors.New("stopped at the last checkpoint")

// ErrStop in a handler's or backend's error stops the run at its last checkpoint, as a spent budget must.
var ErrStop = errors.New("stop the run")

// Classify says whether an error is worth another try: what an error says of itself by Retryable() bool wins, networks and
// timeouts are, everything else is not.
func Classify(err error) string {
	var self interface{ Retryable() bool }
	var network net.Error
	switch {
	case errors.As(err, &self):
		if self.Retryable() {
			return Transient
		}
		return Terminal
	case errors.As(err, &network), errors.Is(err, os.ErrDeadlineExceeded):
		return Transient
	}
	return Terminal
}

// backoff is the wait before a retry, attempt counted from 1: 200 ms doubling to a minute, times 0.5 to 1.5.
func backoff(attempt int, rng *rand.Rand) time.Duration {
	d := min(200*time.Millisecond<<min(attempt-1, 20), time.Minute)
	return time.Duration(float64(d) * (0.5 + rng.Float64()))
}
