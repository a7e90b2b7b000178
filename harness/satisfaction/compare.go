package satisfaction

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// A Comparison holds two versions against each other, trial by trial.
type Comparison struct {
	Pairs      int     `json:"pairs"`    // trials of the same scenario with the same seed that count in both
	Unpaired   int     `json:"unpaired"` // trials that have no such partner: they say nothing here
	Better     int     `json:"better"`   // pairs that only the new version satisfied
	Worse      int     `json:"worse"`
	Difference float64 `json:"difference"` // new minus old, scenarios weighing the same
	P          float64 `json:"p"`          // how often chance alone brings a difference this large, either way
}

// draws is how many sign patterns are tried where there are too many to try them all.
const draws = 20000

// Compare pairs trials by scenario and seed and tests the difference by flipping the signs of pairs: if the versions were
// alike, each pair could as well have come out the other way round.
func Compare(old, new []Trial) Comparison {
	type key struct {
		scenario string
		seed     uint64
	}
	before := map[key][]Trial{}
	for _, t := range old {
		k := key{t.Scenario, t.Seed}
		before[k] = append(before[k], t)
	}
	c := Comparison{Unpaired: len(old)}
	by := map[string][]float64{}
	for _, t := range new {
		k := key{t.Scenario, t.Seed}
		if len(before[k]) == 0 || !t.Outcome.Counts() || !before[k][0].Outcome.Counts() {
			c.Unpaired++
			continue
		}
		was, is := before[k][0].Outcome == Satisfied, t.Outcome == Satisfied
		before[k] = before[k][1:]
		c.Unpaired--
		c.Pairs++
		var d float64
		switch {
		case is && !was:
			c.Better++
			d = 1
		case was && !is:
			c.Worse++
			d = -1
		}
		by[t.Scenario] = append(by[t.Scenario], d)
	}
	var weights []float64 // of the pairs that differ; the others stay as they are whichever way they are flipped
	for _, scenario := range slices.Sorted(maps.Keys(by)) {
		ds := by[scenario]
		for _, d := range ds {
			if d != 0 {
				w := d / float64(len(ds)) / float64(len(by))
				c.Difference += w
				weights = append(weights, math.Abs(w))
			}
		}
	}
	slices.SortFunc(weights, func(a, b float64) int { return cmp.Compare(b, a) })
	c.P = signFlip(weights, math.Abs(c.Difference))
	return c
}

// signFlip is how often random signs on weights sum to at least observed, in size: exactly for up to 16 weights, else by
// drawing, where the observed pattern counts as one draw so that p is never 0.
func signFlip(weights []float64, observed float64) float64 {
	const rounding = 1e-9
	sum := func(signs func(i int) bool) float64 {
		var s float64
		for i, w := range weights {
			if signs(i) {
				s += w
			} else {
				s -= w
			}
		}
		return math.Abs(s)
	}
	if len(weights) <= 16 {
		hits, all := 0, 1<<len(weights)
		for pattern := range all {
			if sum(func(i int) bool { return pattern>>i&1 == 1 }) >= observed-rounding {
				hits++
			}
		}
		return float64(hits) / float64(all)
	}
	hits := 1
	r := rand.New(rand.NewPCG(1, uint64(len(weights))))
	for range draws {
		if sum(func(int) bool { return r.Uint64()&1 == 1 }) >= observed-rounding {
			hits++
		}
	}
	return float64(hits) / (draws + 1)
}
