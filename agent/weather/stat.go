package weather

import (
	"math"
	"slices"
)

// A Rate is a share with its 95 % interval.
type Rate struct {
	K    int     `json:"k"`
	N    int     `json:"n"`
	P    float64 `json:"p"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// wilson is the score interval of k out of n (Wilson, JASA 22, 1927), which does not fall to nothing at 0 or n.
func wilson(k, n int) Rate {
	if n == 0 {
		return Rate{High: 1}
	}
	const z = 1.959963984540054 // the 97.5th percentile of the normal distribution
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Rate{k, n, p, max(0, middle-half), min(1, middle+half)}
}

// fisher is the two-sided p value of Fisher's exact test that two shares are one.
func fisher(k1, n1, k2, n2 int) float64 {
	k, n := k1+k2, n1+n2
	weight := func(x int) float64 { return math.Exp(choose(n1, x) + choose(n2, k-x) - choose(n, k)) }
	seen, p := weight(k1), 0.0
	for x := max(0, k-n2); x <= min(k, n1); x++ {
		if w := weight(x); w <= seen*(1+1e-9) {
			p += w
		}
	}
	return min(1, p)
}

// choose is the logarithm of the binomial coefficient.
func choose(n, k int) float64 {
	l := func(n int) float64 { v, _ := math.Lgamma(float64(n + 1)); return v }
	return l(n) - l(k) - l(n-k)
}

// holm tells which of several tests hold at a level all together (Holm, Scandinavian Journal of Statistics 6, 1979).
func holm(p []float64, level float64) []bool {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if p[a] < p[b] {
			return -1
		}
		return 1
	})
	holds := make([]bool, len(p))
	for rank, i := range order {
		if p[i] > level/float64(len(p)-rank) {
			break
		}
		holds[i] = true
	}
	return holds
}

// percentile is the value below which a share of the sorted values lies, by the nearest rank.
func percentile(sorted []int64, share float64) int64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}
