// Package trajectory is the record of trials: what was said and done, what it did to the world, what the checks found and
// how the judges voted. A record is enough to judge a trial again without running it again.
package trajectory

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// A Termination says how a trial ended.
type Termination string

// How a trial ends. The last two say nothing about the subject: they are counted beside the fraction, never in it.
const (
	Completed   Termination = "completed"
	GaveUp      Termination = "user_gave_up"
	OverBudget  Termination = "budget"
	Crash       Termination = "crash"
	InfraError  Termination = "infra_error"
	PlayerError Termination = "player_error"
)

// Counts reports whether the trial says something about the subject.
func (t Termination) Counts() bool { return t != InfraError && t != PlayerError }

// A Trajectory is one trial of one scenario: trajectory.json in a directory of its own.
type Trajectory struct {
	ID          string      `json:"id"`
	Scenario    string      `json:"scenario"`
	ScenarioSHA string      `json:"scenario_sha256"`
	Suite       string      `json:"suite,omitempty"`
	Subject     string      `json:"subject"`
	Product     string      `json:"product,omitempty"` // commit or image digest of the subject
	Twins       []string    `json:"twins"`
	Trial       int         `json:"trial"` // from 1
	Seed        uint64      `json:"seed"`
	Started     time.Time   `json:"started"`
	Ended       time.Time   `json:"ended"`
	Termination Termination `json:"termination"`
	Why         string      `json:"why,omitempty"` // of the termination, in words
	Player      Player      `json:"player"`
	USD         float64     `json:"usd,omitempty"`
	Prev        string      `json:"prev_sha,omitempty"` // of the trajectory before it in the run
	SHA         string      `json:"sha"`                // of all of the record but this

	Events   []Event   `json:"-"` // events.jsonl
	Diff     []Change  `json:"-"` // diff.json
	Checks   []Check   `json:"-"` // checks.json
	Verdicts []Verdict `json:"-"` // verdicts/N.json, one for each vote
}

// A Player is who played the person.
type Player struct {
	Kind   string `json:"kind"` // scripted or llm
	Model  string `json:"model,omitempty"`
	Prompt string `json:"prompt_sha256,omitempty"`
}

// An Event is one thing that happened, in order: events.jsonl.
type Event struct {
	N         int             `json:"n"`     // from 1
	MS        int64           `json:"t_ms"`  // since the trial began
	At        time.Time       `json:"at"`    // world time
	Actor     string          `json:"actor"` // user, product, twin:okta, harness
	Kind      string          `json:"kind"`  // say, http, step, act, fault, log
	Operation string          `json:"operation,omitempty"`
	Status    int             `json:"status,omitempty"`
	Error     string          `json:"error,omitempty"` // the vendor's code of a refusal
	Text      string          `json:"text,omitempty"`  // up to 2,000 characters; the whole is in Blob
	Blob      string          `json:"blob,omitempty"`  // SHA-256 of the whole, blobs/<sha>
	Detail    json.RawMessage `json:"detail,omitempty"`
}

// OK reports whether an HTTP event is a call that the vendor did not refuse. Some refuse with status 200: Error says so.
func (e Event) OK() bool { return e.Status > 0 && e.Status < 400 && e.Error == "" }

// A Change is what the trial did to one record of the world, in the vendor's nouns.
type Change struct {
	Twin       string          `json:"twin"`
	Collection string          `json:"collection"`
	Key        string          `json:"key"`
	Kind       string          `json:"kind"` // created, updated, deleted
	Before     json.RawMessage `json:"before,omitempty"`
	After      json.RawMessage `json:"after,omitempty"`
	Event      int             `json:"event,omitempty"` // the event that brought it about
}

// Fields are the names of the fields in which an updated record differs, sorted.
func (c Change) Fields() []string {
	var before, after map[string]json.RawMessage
	json.Unmarshal(c.Before, &before)
	json.Unmarshal(c.After, &after)
	maps.Copy(before, after)
	return slices.Sorted(maps.Keys(before))
}

// A Check is one deterministic check of a scenario, and what came of it.
type Check struct {
	Name     string `json:"name"`
	Group    string `json:"group"`  // final_state, unchanged, order or limits
	Result   string `json:"result"` // pass, fail or error
	Observed string `json:"observed,omitempty"`
	Events   []int  `json:"events,omitempty"`
}

// A Verdict is one judge's vote: verdicts/N.json.
type Verdict struct {
	Judge     string    `json:"judge"` // its version: model and prompt, hashed
	Criteria  []Finding `json:"criteria"`
	Overall   bool      `json:"overall"`   // the judge's own answer: would this person be satisfied?
	Satisfied bool      `json:"satisfied"` // every must met, no never, and overall yes
	Certainty float64   `json:"confidence"`
	Reason    string    `json:"reason"`
	Class     string    `json:"failure_class,omitempty"`
	Error     string    `json:"error,omitempty"` // why there is no vote
}

// A Finding is what a judge says of one criterion, with what it rests on.
type Finding struct {
	Criterion string   `json:"criterion"`       // must-1, should-2, never-1
	Met       string   `json:"met"`             // met, not_met or cannot_tell; a "never" is met when it did not happen
	Cites     []string `json:"cites,omitempty"` // e12 is the event with n 12, d3 the third change, c2 the second check
	Quote     string   `json:"quote,omitempty"` // word for word from one of them
	Why       string   `json:"why,omitempty"`
}
