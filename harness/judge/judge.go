// Package judge decides whether a trial would satisfy the person it is about: deterministic checks first and final, then a
// majority of votes by judges who read the record.
package judge

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

//go:embed prompt.md
var prompt string

// A Model reads evidence and answers by calling tools: a language model, or a scripted stand-in for one.
type Model interface {
	Name() string
	Family() string // models of one family make the same mistakes
	Call(context.Context, Request) (Call, error)
}

// A Request is what a model is asked.
type Request struct {
	System string
	Turns  []Turn
	Only   string // the one tool it may call; any of Tools if empty
	Pack   *Pack  // what a scripted judge looks at instead of the text
}

// Tools are those that the model may call.
func (r Request) Tools() []Tool {
	if r.Only == "" {
		return Tools
	}
	return slices.DeleteFunc(slices.Clone(Tools), func(t Tool) bool { return t.Name != r.Only })
}

// A Turn is what the model was told, or what it called and was answered.
type Turn struct {
	User   string
	Call   *Call
	Answer string
}

// A Call is a model's call of a tool.
type Call struct {
	ID   string
	Tool string
	Args json.RawMessage
}

// Answers of a model that are none.
var (
	ErrCut    = errors.New("judge: the answer was cut off before its last event")
	ErrNoCall = errors.New("judge: the model answered without calling a tool")
)

// A Refusal is an HTTP error of a model's server.
type Refusal struct {
	Model  string
	Status int
	Said   string
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %d: %s", r.Model, r.Status, r.Said) }

// worthAgain reports whether the same call may fare better a moment later.
func worthAgain(err error) bool {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Status == http.StatusRequestTimeout || r.Status == http.StatusConflict || r.Status == http.StatusTooManyRequests || r.Status >= 500
	}
	var unreachable net.Error
	return errors.Is(err, ErrCut) || errors.Is(err, ErrNoCall) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &unreachable)
}

// A Panel is who votes.
type Panel struct {
	Models []Model
	Votes  int           // for each trial; 3 if zero
	Author string        // the family that wrote the product, which does not vote on it
	Wait   time.Duration // before a failed call is made again; doubled each time
}

// calls is how often a call is made before a vote is given up: the SDKs do not try again by themselves.
const calls = 3

// expansions is how often a judge may ask for folded items.
const expansions = 3

func (p Panel) votes() int {
	if p.Votes == 0 {
		return 3
	}
	return p.Votes
}

// Seats says which model casts which vote: families take turns, so that three votes come from two of them wherever two are given.
func (p Panel) Seats() ([]Model, error) {
	var families []string
	by := map[string][]Model{}
	for _, m := range p.Models {
		if m.Family() == p.Author {
			continue
		}
		if by[m.Family()] == nil {
			families = append(families, m.Family())
		}
		by[m.Family()] = append(by[m.Family()], m)
	}
	if len(families) == 0 {
		return nil, errors.New("judge: there is no model that may vote")
	}
	var seats []Model
	for i := range p.votes() {
		of := by[families[i%len(families)]]
		seats = append(seats, of[i/len(families)%len(of)])
	}
	return seats, nil
}

// Version changes whenever anything does that a verdict depends on but the record.
func (p Panel) Version() string {
	seats, err := p.Seats()
	if err != nil {
		return ""
	}
	var names []string
	for _, m := range seats {
		names = append(names, version(m))
	}
	return digest(strings.Join(names, "\n"))
}

func version(m Model) string {
	tools, err := json.Marshal(Tools)
	if err != nil {
		panic(err) // they are ours
	}
	return m.Name() + "@" + digest(m.Name(), prompt, string(tools), fmt.Sprint(calls, expansions, folded, foldedSaid))
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:6])
}

// Judge has the panel vote on t, unless its checks or its end have decided it already. blob reads the whole of a long event and
// may be nil. A judge that fails casts an empty vote that says why; only a context that is done is an error.
func (p Panel) Judge(ctx context.Context, s *scenario.Scenario, t *trajectory.Trajectory, blob func(sha string) ([]byte, error)) error {
	t.Verdicts = nil
	if t.Termination != trajectory.Completed || checked(t) != satisfaction.Satisfied {
		return nil
	}
	seats, err := p.Seats()
	if err != nil {
		return err
	}
	for i, m := range seats {
		v, err := p.vote(ctx, m, NewPack(s, t, uint64(i), blob))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			v = trajectory.Verdict{Error: err.Error()}
		}
		v.Judge = version(m)
		t.Verdicts = append(t.Verdicts, v)
	}
	return nil
}

// vote has one model look at the evidence until it says its verdict.
func (p Panel) vote(ctx context.Context, m Model, pack *Pack) (trajectory.Verdict, error) {
	r := Request{System: prompt, Turns: []Turn{{User: pack.Text()}}, Pack: pack}
	expanded, asked := 0, false
	for {
		if expanded == expansions || asked {
			r.Only = "verdict"
		}
		c, err := p.call(ctx, m, r)
		if err != nil {
			return trajectory.Verdict{}, err
		}
		if c.Tool == "expand" && r.Only == "" {
			expanded++
			r.Turns = append(r.Turns, Turn{Call: &c, Answer: pack.Expand(c.Args)})
			continue
		}
		v, wrong := pack.Read(c)
		if len(wrong) == 0 || asked {
			return v, nil
		}
		asked = true
		r.Turns = append(r.Turns, Turn{Call: &c, Answer: "Refused:\n" + strings.Join(wrong, "\n") +
			"\nCall verdict once more, with every criterion. What is wrong again counts as cannot_tell."})
	}
}

func (p Panel) call(ctx context.Context, m Model, r Request) (c Call, err error) {
	wait := p.Wait
	for range calls {
		if c, err = m.Call(ctx, r); err == nil || !worthAgain(err) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return c, ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
	return c, err
}

// A Decision is what came of one trial, and by whom it was decided.
type Decision struct {
	Outcome satisfaction.Outcome `json:"outcome"`
	By      string               `json:"by"` // its end, checks, judges, or checks alone where no judge was asked
	For     int                  `json:"for"`
	Votes   int                  `json:"votes"`
	Class   string               `json:"class,omitempty"`
	Reason  string               `json:"reason"`
}

// Decide reads the outcome from a record: from how it ended, what the checks found and how the judges voted.
func Decide(t *trajectory.Trajectory) Decision {
	switch t.Termination {
	case trajectory.InfraError:
		return Decision{Outcome: satisfaction.InfraError, By: "its end", Reason: t.Why}
	case trajectory.PlayerError:
		return Decision{Outcome: satisfaction.PlayerError, By: "its end", Reason: t.Why}
	case trajectory.Crash:
		return Decision{Outcome: satisfaction.Unsatisfied, By: "its end", Class: "crash", Reason: t.Why}
	case trajectory.OverBudget:
		return Decision{Outcome: satisfaction.Unsatisfied, By: "its end", Class: "too slow", Reason: t.Why}
	case trajectory.GaveUp:
		return Decision{Outcome: satisfaction.Unsatisfied, By: "its end", Class: "other", Reason: t.Why}
	}
	if o := checked(t); o != satisfaction.Satisfied {
		failed := slices.DeleteFunc(slices.Clone(t.Checks), func(c trajectory.Check) bool {
			return c.Result == "pass" || o != satisfaction.CannotTell && c.Result != "fail"
		})
		c, class := failed[0], "other"
		for _, f := range slices.Backward(failed) { // the first that says more than that something is not as it should be
			if known := checkClass(f); known != "other" {
				class = known
			}
		}
		return Decision{Outcome: o, By: "checks", Class: class, Reason: strings.TrimSuffix(c.Name+": "+c.Observed, ": ")}
	}
	if len(t.Verdicts) == 0 {
		return Decision{Outcome: satisfaction.Satisfied, By: "checks alone", Reason: "every deterministic check passed; no judge was asked"}
	}
	return majority(t.Verdicts)
}

// checked is what the deterministic checks say: not satisfied when one failed, cannot tell when one could not be evaluated.
func checked(t *trajectory.Trajectory) satisfaction.Outcome {
	o := satisfaction.Satisfied
	for _, c := range t.Checks {
		switch c.Result {
		case "fail":
			return satisfaction.Unsatisfied
		case "error":
			o = satisfaction.CannotTell
		}
	}
	return o
}

// majority counts votes. Where half of them or more could not be cast, nobody decided.
func majority(votes []trajectory.Verdict) Decision {
	d := Decision{By: "judges", Votes: len(votes)}
	count := map[satisfaction.Outcome]int{}
	classes := map[string]int{}
	first := map[satisfaction.Outcome]trajectory.Verdict{}
	for _, v := range votes {
		o := voted(v)
		if count[o]++; count[o] == 1 {
			first[o] = v
		}
		if v.Class != "" && o == satisfaction.Unsatisfied {
			classes[v.Class]++
		}
	}
	d.For = count[satisfaction.Satisfied]
	switch {
	case 2*count[satisfaction.JudgeError] >= len(votes):
		d.Outcome, d.Reason = satisfaction.JudgeError, first[satisfaction.JudgeError].Error
		return d
	case 2*d.For > len(votes):
		d.Outcome = satisfaction.Satisfied
	case count[satisfaction.Unsatisfied] >= count[satisfaction.CannotTell]:
		d.Outcome = satisfaction.Unsatisfied
		for _, c := range Classes {
			if classes[c] > classes[d.Class] {
				d.Class = c
			}
		}
	default:
		d.Outcome = satisfaction.CannotTell
	}
	d.Reason = first[d.Outcome].Reason
	return d
}

// voted is what one vote comes to: its criteria decide, and its overall answer can only lower them.
func voted(v trajectory.Verdict) satisfaction.Outcome {
	if v.Error != "" {
		return satisfaction.JudgeError
	}
	o := satisfaction.Satisfied
	for _, f := range v.Criteria {
		if strings.HasPrefix(f.Criterion, "should-") {
			continue
		}
		switch f.Met {
		case "not_met":
			return satisfaction.Unsatisfied
		case "cannot_tell":
			o = satisfaction.CannotTell
		}
	}
	if o == satisfaction.Satisfied && !v.Overall {
		return satisfaction.Unsatisfied
	}
	return o
}

// Classes are the kinds of failure that a complaint may name.
var Classes = []string{
	"wrong target", "not finished but said so", "unclear explanation", "no confirmation", "collateral change",
	"lost on rate limit", "permission error shown raw", "too slow", "crash", "data lost", "wrong person", "other",
}

// checkClass says what kind of failure a failed check is, as far as code can.
func checkClass(c trajectory.Check) string {
	switch c.Group {
	case "unchanged":
		return "collateral change"
	case "limits":
		return "too slow"
	case "order":
		return "not finished but said so"
	}
	return "other"
}
