// Package replay plays recorded traffic of a real service at its twin, and says how alike the answers are.
//
// A recording is what some client asked the service, and what it was answered, in order. It is played in a world of its
// own, over HTTP alone. What the service made up then (ids, tokens, dates) is another today: each is bound to what the
// twin answers in the same place, and replaced in the requests that follow.
package replay

import (
	"encoding/json"
	"net/http"
)

// A Recording is one conversation with a service. Bodies are JSON values (numbers are json.Number) or strings.
type Recording struct {
	Source string // the folder or the tool it comes from
	Name   string
	Steps  []Step
}

// A Step is one request and its answer.
type Step struct {
	Method string
	Host   string // "" if the recording does not say
	Path   string // as it was sent, escaped
	Query  string // without "?"
	Type   string // content type of the body; "" if the recording does not say
	Body   any    // a JSON value, or a string; "" is none
	Sent   http.Header

	Status   int
	Header   http.Header // of the answer, nil if the recording does not say
	Response any         // as Body
}

// A Diff is a place in an answer that differs from the recorded one.
type Diff struct {
	Path string `json:"path"`
	Want any    `json:"recorded"`
	Got  any    `json:"answered"`
	Note string `json:"note,omitempty"` // "missing", "type", "value", "extra"
}

// A Result is how one step went.
type Result struct {
	Recording string  `json:"recording"`
	Index     int     `json:"step"` // from 0
	Operation string  `json:"operation"`
	Unscored  string  `json:"unscored,omitempty"` // why it does not count
	Want      int     `json:"recordedStatus"`
	Got       int     `json:"status"`
	Keys      float64 `json:"keys"`   // share of the recorded keys, with their types, that the answer has
	Values    float64 `json:"values"` // share of the recorded values that the answer has
	Alike     bool    `json:"alike"`
	Diffs     []Diff  `json:"differences,omitempty"`

	step     Step // with what is bound replaced
	answered any  // in the recorded one's order, with what is made up as it was recorded
}

// What makes an answer alike.
const (
	alikeKeys   = 0.95
	alikeValues = 0.90
)

func (r *Result) scored() bool { return r.Unscored == "" }

// score is how alike the answer is, from 0 to 1.
func (r *Result) score() float64 {
	if r.Want != r.Got {
		return 0
	}
	return (r.Keys + r.Values) / 2
}

// str is the text of a scalar; ok is false of what is none.
func str(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}
