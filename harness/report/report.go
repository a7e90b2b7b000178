// Package report says what a run came to, from its records alone: as a page for people, as JSON, as JUnit XML and as Markdown.
// The same records give the same bytes, but for how long things took.
package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"twinset.dev/harness/holdout"
	"twinset.dev/harness/judge"
	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// A Run is what a report is made of.
type Run struct {
	Name         string
	Trajectories []*trajectory.Trajectory
	Scenarios    map[string]*scenario.Scenario // by id; those that are missing are shown without their text
	Health       *judge.Health                 // of the judges; nil where none voted
	Breaches     []holdout.Breach              // the subject came by sealed scenarios, or reached for them
	Bar          float64                       // what the gate is held against; 0 is no bar
}

// A Report is what a run came to.
type Report struct {
	Run      string                `json:"run"`
	Subject  string                `json:"subject"`
	Product  string                `json:"product,omitempty"`
	Judges   []string              `json:"judges"` // who voted, by version; empty if checks alone decided
	Bar      float64               `json:"bar,omitempty"`
	Withheld []string              `json:"withheld,omitempty"` // why no number is shown
	Estimate satisfaction.Estimate `json:"satisfaction"`       // left empty when withheld
	Needed   int                   `json:"needed_for_bar"`     // trials, all of them satisfying, until the lower end reaches the bar
	Compared *Compared             `json:"compared,omitempty"`
	Classes  []Count               `json:"failures"`
	Health   *judge.Health         `json:"judge_health,omitempty"`
	Driven   []Count               `json:"operations"`       // twin and operation, and how often it was called
	Access   []string              `json:"access,omitempty"` // who opened sealed scenarios, and why
	Stories  []Story               `json:"stories"`
	Started  time.Time             `json:"started"` // wall time, like each trial's seconds
	Took     float64               `json:"took_s"`
}

// A Count is how often something was.
type Count struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

// Compared holds this run against an earlier one.
type Compared struct {
	With string `json:"with"`
	satisfaction.Comparison
}

// A Story is a scenario and its trials.
type Story struct {
	ID     string             `json:"id"`
	Title  string             `json:"title,omitempty"`
	Person string             `json:"person,omitempty"`
	Risk   string             `json:"risk,omitempty"`
	Twins  []string           `json:"twins"`
	Tally  satisfaction.Tally `json:"tally"`
	Trials []Trial            `json:"trials"`
	Wants  []judge.Criterion  `json:"-"`
	text   *scenario.Scenario
}

// A Trial is one trajectory and what was decided about it.
type Trial struct {
	ID          string                 `json:"id"`
	Trial       int                    `json:"trial"`
	Seed        uint64                 `json:"seed"`
	Termination trajectory.Termination `json:"termination"`
	judge.Decision
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`

	Record *trajectory.Trajectory `json:"-"`
}

// New reads what a run came to.
func New(r Run) *Report {
	rep := &Report{Run: r.Name, Bar: r.Bar, Health: r.Health}
	stories := map[string]*Story{}
	judges, classes, driven := map[string]int{}, map[string]int{}, map[string]int{}
	var trials []satisfaction.Trial
	records := slices.SortedFunc(slices.Values(r.Trajectories), func(a, b *trajectory.Trajectory) int {
		return cmp.Or(cmp.Compare(a.Scenario, b.Scenario), cmp.Compare(a.Trial, b.Trial), cmp.Compare(a.ID, b.ID))
	})
	var ended time.Time
	for _, t := range records {
		d := judge.Decide(t)
		one := Trial{ID: t.ID, Trial: t.Trial, Seed: t.Seed, Termination: t.Termination, Decision: d, Seconds: t.Ended.Sub(t.Started).Seconds(), Record: t}
		for _, e := range t.Events {
			if twin, ok := strings.CutPrefix(e.Actor, "twin:"); ok && e.Status != 0 {
				one.Requests++
				driven[twin+" "+cmp.Or(e.Operation, "(no operation of the twin)")]++
			}
		}
		for _, v := range t.Verdicts {
			judges[v.Judge]++
		}
		if d.Outcome == satisfaction.Unsatisfied {
			classes[cmp.Or(d.Class, "other")]++
		}
		trials = append(trials, satisfaction.Trial{Scenario: t.Scenario, Seed: t.Seed, Outcome: d.Outcome})
		s := stories[t.Scenario]
		if s == nil {
			s = &Story{ID: t.Scenario, Twins: t.Twins}
			if sc := r.Scenarios[t.Scenario]; sc != nil {
				s.Title, s.Person, s.Risk, s.text = sc.Title, sc.Person, sc.Risk, sc
				s.Wants = judge.Criteria(sc)
			}
			stories[t.Scenario] = s
		}
		s.Trials = append(s.Trials, one)
		if rep.Subject, rep.Product = t.Subject, t.Product; rep.Started.IsZero() || t.Started.Before(rep.Started) {
			rep.Started = t.Started
		}
		if t.Ended.After(ended) {
			ended = t.Ended
		}
	}
	for _, b := range r.Breaches {
		rep.Withheld = append(rep.Withheld, "holdout breach: "+b.String())
	}
	rep.Took = ended.Sub(rep.Started).Seconds()
	rep.Judges = slices.Sorted(maps.Keys(judges))
	rep.Classes, rep.Driven = counts(classes), counts(driven)
	rep.estimate(trials)
	for _, tally := range satisfaction.Of(trials, nil).Tallies {
		stories[tally.Scenario].Tally = tally
		rep.Stories = append(rep.Stories, *stories[tally.Scenario])
	}
	return rep
}

// estimate says the number, or why there is none.
func (rep *Report) estimate(trials []satisfaction.Trial) {
	var measured *satisfaction.Judge
	if h := rep.Health; h != nil {
		measured = h.Measured
		for _, why := range h.Withheld {
			rep.Withheld = append(rep.Withheld, "the judges cannot be believed: "+why)
		}
	}
	e := satisfaction.Of(trials, measured)
	if e.Refused != "" {
		rep.Withheld = append(rep.Withheld, e.Refused)
	}
	if len(rep.Withheld) > 0 {
		e = satisfaction.Estimate{Trials: e.Trials, InfraErrors: e.InfraErrors, PlayerErrors: e.PlayerErrors, JudgeErrors: e.JudgeErrors, Refused: strings.Join(rep.Withheld, "; ")}
	}
	rep.Estimate = e
	if rep.Bar > 0 {
		rep.Needed = satisfaction.Needed(rep.Bar, 0)
	}
}

// Clears reports whether the run reaches its bar; without one, every run that has a number does.
func (rep *Report) Clears() bool { return rep.Estimate.Clears(rep.Bar) }

// Compare holds the run against an earlier one, trial by trial.
func (rep *Report) Compare(old *Report) {
	rep.Compared = &Compared{old.Run, satisfaction.Compare(old.trials(), rep.trials())}
}

func (rep *Report) trials() (out []satisfaction.Trial) {
	for _, s := range rep.Stories {
		for _, t := range s.Trials {
			out = append(out, satisfaction.Trial{Scenario: s.ID, Seed: t.Seed, Outcome: t.Outcome})
		}
	}
	return out
}

func counts(m map[string]int) []Count {
	out := []Count{}
	for name, n := range m {
		out = append(out, Count{name, n})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	return out
}

// Line is the whole run in a line.
func (rep *Report) Line() string {
	if len(rep.Withheld) > 0 {
		return fmt.Sprintf("No number: %s.", rep.Withheld[0])
	}
	e := rep.Estimate
	verdict := ""
	if rep.Bar > 0 {
		verdict = fmt.Sprintf(", below the bar of %.2f", rep.Bar)
		if rep.Clears() {
			verdict = fmt.Sprintf(", at or above the bar of %.2f", rep.Bar)
		}
	}
	return fmt.Sprintf("%d of %d trials satisfied: %.2f (%v on these scenarios)%s.", e.Satisfied, e.Trials, e.Gate(), e.These, verdict)
}

// Paragraph is the whole run in a few sentences.
func (rep *Report) Paragraph() string {
	e := rep.Estimate
	var b strings.Builder
	fmt.Fprintf(&b, "%s was tried %s on %s. %s", cmp.Or(rep.Subject, "The subject"), plural(e.Trials+e.InfraErrors+e.PlayerErrors+e.JudgeErrors, "time"), plural(len(rep.Stories), "scenario"), rep.Line())
	if errs := e.InfraErrors + e.PlayerErrors + e.JudgeErrors; errs > 0 {
		fmt.Fprintf(&b, " %s not counted: %d failed by infrastructure, %d by the player, %d by the judges.", plural(errs, "trial"), e.InfraErrors, e.PlayerErrors, e.JudgeErrors)
	}
	if len(rep.Withheld) == 0 {
		if e.LikeThese != nil {
			fmt.Fprintf(&b, " For users like these it is %v: the trials are worth %.1f independent ones.", *e.LikeThese, e.Effective)
		} else {
			b.WriteString(" One scenario says nothing about other ones.")
		}
		if k := min(3, len(e.PassK)); k > 1 {
			fmt.Fprintf(&b, " %d in a row satisfy with chance %.2f.", k, e.PassK[k-1])
		}
		if e.Unknown > 0 {
			fmt.Fprintf(&b, " In %s nobody could tell; had all of them satisfied, it would be %.2f.", plural(e.Unknown, "trial"), e.Upper)
		}
		if c := e.Corrected; c != nil {
			fmt.Fprintf(&b, " Corrected for the judges' own errors it is %.2f (%v); as judged %.2f. The lower one counts.", c.Fraction, c.Interval, e.Fraction)
		}
	}
	if len(rep.Classes) > 0 {
		fmt.Fprintf(&b, " The most frequent failure is %q (%d).", rep.Classes[0].Name, rep.Classes[0].N)
	}
	if len(rep.Judges) == 0 {
		b.WriteString(" No judge voted: deterministic checks alone decided.")
	} else if len(rep.Judges) == 1 && strings.HasPrefix(rep.Judges[0], "rules@") {
		b.WriteString(" The judge was a set of rules that repeats the checks: no language model read what was said.")
	}
	if c := rep.Compared; c != nil {
		fmt.Fprintf(&b, " Against %s: %+.2f over %s, %d better and %d worse, p = %.3f.", c.With, c.Difference, plural(c.Pairs, "pair"), c.Better, c.Worse, c.P)
	}
	return b.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
