package trial

import (
	"context"
	"fmt"
	"strings"

	"twinset.dev/harness/check"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// An Acceptance says whether a scenario tells good from bad: what became of each of the subjects that it must tell apart.
type Acceptance struct {
	Scenario string  `json:"scenario"`
	Accepted bool    `json:"accepted"`
	Runs     []Proof `json:"runs"`
}

// A Proof is what became of one subject.
type Proof struct {
	Subject string `json:"subject"`
	Must    string `json:"must"` // pass or fail
	Did     string `json:"did"`
	Why     string `json:"why,omitempty"` // what the checks found
}

// Accept plays a scenario with subjects that it must tell apart. The one that does nothing and the one that only says it is done
// must fail, the reference must pass, and so must none of its mutants.
func Accept(ctx context.Context, r *Runner, s *scenario.Scenario) (*Acceptance, error) {
	script, err := ReadScript(ScriptOf(s.Path))
	if err != nil {
		return nil, err
	}
	if err := r.Prepare(s); err != nil {
		return nil, err
	}
	a := &Acceptance{Scenario: s.ID, Accepted: true}
	prove := func(subject Subject, must string) error {
		t := r.With(subject).Run(ctx, Job{s, 1})
		p := Proof{Subject: subject.Name(), Must: must, Did: "pass"}
		if !Good(t) {
			p.Did, p.Why = "fail", Why(t)
		}
		if !t.Termination.Counts() {
			return fmt.Errorf("%s: %s", subject.Name(), t.Why)
		}
		a.Accepted = a.Accepted && p.Did == must
		a.Runs = append(a.Runs, p)
		return nil
	}
	if err := prove(Null{}, "fail"); err != nil {
		return nil, err
	}
	if err := prove(Lazy{}, "fail"); err != nil {
		return nil, err
	}
	if err := prove(Reference{}, "pass"); err != nil {
		return nil, err
	}
	mutants := script.Mutants()
	for _, m := range mutants {
		if err := prove(Reference{Script: m.Script, Label: m.Name, Blind: true}, "fail"); err != nil {
			return nil, err
		}
	}
	if len(mutants) < 3 {
		return nil, fmt.Errorf("only %d mutants can be made of the reference; it takes a write, something looked up by [key=value], and a say after the work", len(mutants))
	}
	return a, nil
}

// Good reports whether a trial came to its end and passed every check, which is all that can be said of it without a judge.
func Good(t *trajectory.Trajectory) bool {
	return t.Termination == trajectory.Completed && check.Passed(t.Checks)
}

// Why says in a line why a trial is not good.
func Why(t *trajectory.Trajectory) string {
	var why []string
	if t.Termination != trajectory.Completed {
		why = append(why, string(t.Termination)+": "+t.Why)
	}
	for _, c := range t.Checks {
		if c.Result == check.Pass {
			continue
		}
		text := c.Name
		if c.Result == check.Error {
			text = "error in " + text
		}
		if c.Observed != "" {
			text += " (" + c.Observed + ")"
		}
		why = append(why, text)
	}
	return strings.Join(why, "; ")
}
