// Package satisfaction says what fraction of observed trials likely satisfies the person, how sure that is, and when it must not
// be said at all. It is arithmetic alone: it reads no records and asks no judge.
package satisfaction

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// An Outcome is what came of one trial.
type Outcome string

// The outcomes. The last three say nothing about the subject: they are counted beside the fraction, never in it.
const (
	Satisfied   Outcome = "satisfied"
	Unsatisfied Outcome = "not_satisfied"
	CannotTell  Outcome = "cannot_tell" // not satisfied in the headline
	InfraError  Outcome = "infra_error"
	PlayerError Outcome = "player_error"
	JudgeError  Outcome = "judge_error"
)

// Counts reports whether the outcome says something about the subject.
func (o Outcome) Counts() bool { return o == Satisfied || o == Unsatisfied || o == CannotTell }

// A Trial is one trial of one scenario.
type Trial struct {
	Scenario string
	Seed     uint64
	Outcome  Outcome
}

// A Tally is what came of one scenario: of N trials that count, K satisfied, and for Unknown no judge could tell.
type Tally struct {
	Scenario string `json:"scenario"`
	N        int    `json:"trials"`
	K        int    `json:"satisfied"`
	Unknown  int    `json:"cannot_tell,omitempty"`
	Errors   int    `json:"errors,omitempty"` // trials that do not count
}

// Fraction is the part of the trials that satisfied.
func (t Tally) Fraction() float64 { return float64(t.K) / float64(t.N) }

// An Interval holds the true fraction in 95 of 100 such runs.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func (i Interval) String() string { return fmt.Sprintf("%.2f to %.2f", i.Low, i.High) }

// A Judge is how well whoever judged agreed with people, on trials that people had labelled.
type Judge struct {
	Sensitivity float64 `json:"sensitivity"` // of the satisfying ones, the part it called so
	Positives   int     `json:"positives"`   // labelled trials behind it
	Specificity float64 `json:"specificity"` // of the others, the part it called so
	Negatives   int     `json:"negatives"`
}

// An Estimate is what a run says about its subject.
type Estimate struct {
	Tallies      []Tally   `json:"scenarios"`
	Trials       int       `json:"trials"` // that count
	Satisfied    int       `json:"satisfied"`
	Unknown      int       `json:"cannot_tell"`
	InfraErrors  int       `json:"infra_errors"`
	PlayerErrors int       `json:"player_errors"`
	JudgeErrors  int       `json:"judge_errors"`
	Refused      string    `json:"refused,omitempty"`       // why there is no number
	Fraction     float64   `json:"fraction"`                // the mean of the scenarios' fractions
	Upper        float64   `json:"upper"`                   // the same if every cannot_tell had been satisfied
	These        Interval  `json:"on_these_scenarios"`      // were the same scenarios played again
	LikeThese    *Interval `json:"for_users_like_these"`    // were other scenarios of the kind played; nil if there is but one
	Effective    float64   `json:"effective_trials"`        // independent trials that LikeThese rests on
	PassK        []float64 `json:"pass_k"`                  // [k-1]: k trials of a scenario in a row satisfy
	Corrected    *Correct  `json:"corrected,omitempty"`     // for the judge's own errors, if those are known
	Uncorrected  string    `json:"not_corrected,omitempty"` // why they are not, though labels were given
}

// mostErrors is the part of trials that may fail for reasons of the harness before a run says nothing.
const mostErrors = 0.05

// Of estimates satisfaction from trials; judge is nil where nobody measured it.
func Of(trials []Trial, judge *Judge) Estimate {
	e := Estimate{Tallies: tally(trials)}
	for _, t := range trials {
		switch t.Outcome {
		case Satisfied:
			e.Satisfied++
		case CannotTell:
			e.Unknown++
		case InfraError:
			e.InfraErrors++
		case PlayerError:
			e.PlayerErrors++
		case JudgeError:
			e.JudgeErrors++
		}
	}
	failed := e.InfraErrors + e.PlayerErrors + e.JudgeErrors
	e.Trials = len(trials) - failed
	switch {
	case e.Trials == 0:
		e.Refused = "no trial says anything about the subject"
		return e
	case float64(failed) > mostErrors*float64(len(trials)):
		e.Refused = fmt.Sprintf("%d of %d trials failed for reasons that are not the subject's; at most %.0f %% may", failed, len(trials), 100*mostErrors)
		return e
	}
	counted := slices.DeleteFunc(slices.Clone(e.Tallies), func(t Tally) bool { return t.N == 0 })
	if left := len(e.Tallies) - len(counted); left > 0 {
		e.Refused = fmt.Sprintf("%d of %d scenarios have no trial that counts", left, len(e.Tallies))
		return e
	}
	n := e.estimate(counted)
	if judge != nil {
		c, err := RoganGladen(e.Fraction, n, *judge)
		if err != nil {
			e.Uncorrected = err.Error()
		} else {
			e.Corrected = &c
		}
	}
	return e
}

// estimate fills in the fraction and its intervals, and returns the trials that the mean of scenarios is worth.
func (e *Estimate) estimate(tallies []Tally) (n float64) {
	s := float64(len(tallies))
	var inverse float64
	least := math.MaxInt
	for _, t := range tallies {
		e.Fraction += t.Fraction() / s
		e.Upper += float64(t.K+t.Unknown) / float64(t.N) / s
		inverse += 1 / float64(t.N)
		least = min(least, t.N)
	}
	n = s * s / inverse // the number of trials, where every scenario has as many
	e.These = Wilson(e.Fraction, n)
	if len(tallies) > 1 {
		e.Effective = effective(tallies, e.Fraction, n)
		i := Wilson(e.Fraction, e.Effective)
		e.LikeThese = &i
	}
	for k := 1; k <= least; k++ {
		var sum float64
		for _, t := range tallies {
			sum += passK(t.N, t.K, k)
		}
		e.PassK = append(e.PassK, sum/s)
	}
	return n
}

// Gate is the number that is held against a bar: the lower of the fraction as judged and as corrected.
func (e Estimate) Gate() float64 {
	if e.Corrected != nil {
		return min(e.Fraction, e.Corrected.Fraction)
	}
	return e.Fraction
}

// Clears reports whether the estimate stands and its gate reaches the bar.
func (e Estimate) Clears(bar float64) bool { return e.Refused == "" && e.Gate() >= bar }

// Hopeless reports whether even the upper end of "on these scenarios" is below the bar: the only reason to stop a run early.
func (e Estimate) Hopeless(bar float64) bool { return e.Refused == "" && e.These.High < bar }

func tally(trials []Trial) []Tally {
	by := map[string]*Tally{}
	for _, t := range trials {
		s := by[t.Scenario]
		if s == nil {
			s = &Tally{Scenario: t.Scenario}
			by[t.Scenario] = s
		}
		if !t.Outcome.Counts() {
			s.Errors++
			continue
		}
		s.N++
		switch t.Outcome {
		case Satisfied:
			s.K++
		case CannotTell:
			s.Unknown++
		}
	}
	var out []Tally
	for _, s := range by {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Tally) int { return cmp.Compare(a.Scenario, b.Scenario) })
	return out
}
