package attractor

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Status is how a stage ended.
type Status string

// A stage ends in one of these.
const (
	Success        Status = "success"
	PartialSuccess Status = "partial_success"
	Retry          Status = "retry"
	Fail           Status = "fail"
	Skipped        Status = "skipped"
)

// OK says whether a goal gate is content with the status.
func (s Status) OK() bool { return s == Success || s == PartialSuccess }

func parseStatus(s string) (Status, error) {
	switch st := Status(strings.ToLower(s)); st {
	case Success, PartialSuccess, Retry, Fail, Skipped:
		return st, nil
	}
	return "", fmt.Errorf("%q is no outcome: success, partial_success, retry, fail or skipped", s)
}

// Failure classes say why a stage failed, for retries and reports.
const (
	Transient = "transient" // trying again may help: a network, a rate limit, a server's bad minute
	Terminal  = "terminal"  // trying again cannot help: never retried
	TimedOut  = "timeout"
)

// Outcome is what a stage hands back to the engine: its status, and hints about where to go and what to remember.
type Outcome struct {
	Status         Status
	PreferredLabel string         // the label of the edge to follow
	SuggestedNext  []string       // node ids, best first
	Updates        map[string]any // merged into the context
	Notes          string
	FailureReason  string
	FailureClass   string // Transient, Terminal, TimedOut or the backend's own word; "" is unknown

	next string // where a parallel node's branches meet: the engine goes there instead of along an edge
}

// Failed is the outcome of a stage that did not do its work.
func Failed(class, format string, args ...any) *Outcome {
	return &Outcome{Status: Fail, FailureClass: class, FailureReason: fmt.Sprintf(format, args...)}
}

// outcomeFile is status.json: what a stage, or the tool or agent inside it, says of itself.
type outcomeFile struct {
	Outcome            string         `json:"outcome,omitempty"`
	Status             string         `json:"status,omitempty"`
	PreferredNextLabel string         `json:"preferred_next_label,omitempty"`
	PreferredLabel     string         `json:"preferred_label,omitempty"`
	SuggestedNextIDs   []string       `json:"suggested_next_ids,omitempty"`
	ContextUpdates     map[string]any `json:"context_updates,omitempty"`
	Notes              string         `json:"notes,omitempty"`
	FailureReason      string         `json:"failure_reason,omitempty"`
	FailureClass       string         `json:"failure_class,omitempty"`
}

// MarshalJSON writes the form of the status file contract.
func (o Outcome) MarshalJSON() ([]byte, error) {
	return json.Marshal(outcomeFile{
		Outcome: string(o.Status), PreferredNextLabel: o.PreferredLabel, SuggestedNextIDs: o.SuggestedNext,
		ContextUpdates: o.Updates, Notes: o.Notes, FailureReason: o.FailureReason, FailureClass: o.FailureClass,
	})
}

// UnmarshalJSON reads that form; it also takes status for outcome and preferred_label for preferred_next_label. A missing
// outcome is success: whoever only names a label or a key to remember has done the work.
func (o *Outcome) UnmarshalJSON(b []byte) error {
	var f outcomeFile
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	st, err := parseStatus(or(f.Outcome, f.Status, string(Success)))
	if err != nil {
		return err
	}
	*o = Outcome{Status: st, PreferredLabel: or(f.PreferredNextLabel, f.PreferredLabel), SuggestedNext: f.SuggestedNextIDs,
		Updates: f.ContextUpdates, Notes: f.Notes, FailureReason: f.FailureReason, FailureClass: f.FailureClass}
	return nil
}
