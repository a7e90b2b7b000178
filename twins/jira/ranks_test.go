package jira

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRankBetween puts ranks between others at random places, many times at the same one, and wants all to be different and in order.
func TestRankBetween(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	ranks := []string{rankBetween("", "")}
	for n := range 3000 {
		at := r.IntN(len(ranks) + 1)
		switch n % 3 {
		case 1:
			at = 0
		case 2:
			at = min(1, len(ranks))
		}
		low, high := "", ""
		if at > 0 {
			low = ranks[at-1]
		}
		if at < len(ranks) {
			high = ranks[at]
		}
		rank := rankBetween(low, high)
		if low != "" && rank <= low || high != "" && rank >= high {
			t.Fatalf("%q is not between %q and %q", rank, low, high)
		}
		ranks = slices.Insert(ranks, at, rank)
	}
}
