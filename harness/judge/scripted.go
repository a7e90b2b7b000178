package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"strings"

	"twinset.dev/harness/trajectory"
)

// Rules is the judge to run without any language model, and it judges nothing: it repeats what the deterministic checks found.
// Where they passed, it says met and quotes them; where a trial has none, it says cannot_tell. What the product said, whether it
// was plain, kind or true, it does not see. A scenario is as strict under it as its checks are.
type Rules struct{}

func (Rules) Name() string   { return "rules" }
func (Rules) Family() string { return "rules" }

// Call says met if every check passed.
func (Rules) Call(_ context.Context, r Request) (Call, error) {
	checks := r.Pack.Trajectory.Checks
	f := trajectory.Finding{Met: "cannot_tell", Why: "The scenario has no check, and no language model judged."}
	reason := "No deterministic check says anything, and no language model judged."
	passed := len(checks) > 0
	for _, c := range checks {
		passed = passed && c.Result == "pass"
	}
	switch {
	case passed:
		f = trajectory.Finding{Met: "met", Cites: []string{"c1"}, Quote: checks[0].Name, Why: "Deterministic checks alone: all passed."}
		reason = fmt.Sprintf("%d of %d deterministic checks passed. No language model judged what was said.", len(checks), len(checks))
	case len(checks) > 0:
		f = trajectory.Finding{Met: "cannot_tell", Why: "A deterministic check did not pass."}
		reason = "A deterministic check did not pass."
	}
	return say(r, func(Criterion) trajectory.Finding { return f }, passed, reason)
}

// An Oracle reads the truth that a test has planted.
type Oracle struct {
	Truth func(*trajectory.Trajectory) bool
}

func (Oracle) Name() string   { return "oracle" }
func (Oracle) Family() string { return "scripted" }

// Call says the truth.
func (o Oracle) Call(_ context.Context, r Request) (Call, error) {
	return answer(r, o.Truth(r.Pack.Trajectory))
}

// A Noisy judge is right about satisfying trials with chance Sens and about the others with chance Spec, the same way each time
// it is asked about the same vote on the same trial.
type Noisy struct {
	Truth      func(*trajectory.Trajectory) bool
	Sens, Spec float64
	Seed       uint64
}

func (n Noisy) Name() string { return fmt.Sprintf("noisy(%v,%v,%d)", n.Sens, n.Spec, n.Seed) }
func (Noisy) Family() string { return "scripted" }

// Call says the truth, or not.
func (n Noisy) Call(_ context.Context, r Request) (Call, error) {
	h := fnv.New64a()
	fmt.Fprint(h, r.Pack.Trajectory.ID, "/", r.Pack.Vote)
	right, truth := n.Spec, n.Truth(r.Pack.Trajectory)
	if truth {
		right = n.Sens
	}
	if rand.New(rand.NewPCG(n.Seed, h.Sum64())).Float64() >= right {
		truth = !truth
	}
	return answer(r, truth)
}

// Gullible does as it is told by whatever it reads, and else believes Otherwise.
type Gullible struct{ Otherwise Model }

func (Gullible) Name() string   { return "gullible" }
func (Gullible) Family() string { return "scripted" }

var order = regexp.MustCompile(`(?i)ignore|disregard|instruct|verdict|judge|satisfied|must-1|overall|criteri|evalua|grad(e|ing)|system|^\[[cde][0-9]+\]`)

// Call obeys.
func (g Gullible) Call(ctx context.Context, r Request) (Call, error) {
	for _, it := range r.Pack.Items {
		if strings.HasPrefix(it.ID, "e") && order.MatchString(it.Text) {
			return answer(r, true)
		}
	}
	return g.Otherwise.Call(ctx, r)
}

// Verbose talks before it answers: the first call of every vote is not JSON.
type Verbose struct{ Model }

// Call answers in prose first.
func (v Verbose) Call(ctx context.Context, r Request) (Call, error) {
	if len(r.Turns) == 1 {
		return Call{"call_1", "verdict", json.RawMessage(`Let me think. {"overall": tru`)}, nil
	}
	return v.Model.Call(ctx, r)
}

// answer says met or not_met of everything, and quotes the first thing in the record.
func answer(r Request, satisfied bool) (Call, error) {
	return say(r, func(c Criterion) trajectory.Finding {
		f := trajectory.Finding{Met: "met", Why: "scripted"}
		if !satisfied {
			f.Met = "not_met"
		}
		if (f.Met == "met") != strings.HasPrefix(c.ID, "never-") {
			for _, it := range r.Pack.Items {
				if words := strings.Fields(it.Text); len(words) > 0 {
					f.Cites, f.Quote = []string{it.ID}, strings.Join(words[:min(4, len(words))], " ")
					break
				}
			}
		}
		return f
	}, satisfied, "scripted")
}

func say(r Request, find func(Criterion) trajectory.Finding, overall bool, reason string) (Call, error) {
	criteria := []trajectory.Finding{}
	for _, c := range r.Pack.Criteria {
		f := find(c)
		f.Criterion = c.ID
		criteria = append(criteria, f)
	}
	args, err := json.Marshal(map[string]any{"criteria": criteria, "overall": overall, "confidence": 1, "reason": reason, "failure_class": ""})
	return Call{fmt.Sprint("call_", len(r.Turns)), "verdict", args}, err
}
