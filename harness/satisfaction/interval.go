package satisfaction

import (
	"errors"
	"fmt"
	"math"
)

// z cuts 2.5 % off each end of the normal distribution.
const z = 1.959963984540054

// Wilson is the score interval of a fraction p of n trials, which need not be whole.
//
// Wilson, Probable inference, the law of succession, and statistical inference (1927).
func Wilson(p, n float64) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	zz := z * z / n
	mid := (p + zz/2) / (1 + zz)
	half := z / (1 + zz) * math.Sqrt(p*(1-p)/n+zz/(4*n))
	return Interval{max(0, mid-half), min(1, mid+half)}
}

// effective is how many independent trials n trials are worth when scenarios differ in difficulty: n over the design effect,
// and less again where few scenarios measured it.
//
// Korn and Graubard, Confidence intervals for proportions with small expected number of positive counts estimated from survey
// data (1998).
func effective(tallies []Tally, mean, n float64) float64 {
	s := float64(len(tallies))
	var between float64
	for _, t := range tallies {
		d := t.Fraction() - mean
		between += d * d / (s - 1)
	}
	deff := 1.0
	if within := mean * (1 - mean) / n; within > 0 {
		deff = max(1, between/s/within)
	}
	few := z / student(len(tallies)-1)
	return n / deff * few * few
}

// student cuts 2.5 % off each end of Student's t with df degrees of freedom, to within a thousandth: exactly for 1 and 2, else
// by Fisher's expansion (Abramowitz and Stegun 26.7.5).
func student(df int) float64 {
	switch df {
	case 1:
		return math.Tan(math.Pi * 0.475)
	case 2:
		return 0.95 * math.Sqrt(2/(1-0.95*0.95))
	}
	v, z2 := float64(df), z*z
	g1 := z * (z2 + 1) / 4
	g2 := z * ((5*z2+16)*z2 + 3) / 96
	g3 := z * (((3*z2+19)*z2+17)*z2 - 15) / 384
	g4 := z * ((((79*z2+776)*z2+1482)*z2-1920)*z2 - 945) / 92160
	return z + (g1+(g2+(g3+g4/v)/v)/v)/v
}

// passK is the chance that k different trials drawn from n all are among the c that satisfied.
func passK(n, c, k int) float64 {
	p := 1.0
	for i := range k {
		p *= float64(max(0, c-i)) / float64(n-i)
	}
	return p
}

// Needed is how many trials it takes, with so many of them failing, until the lower end of "on these scenarios" reaches bar.
func Needed(bar float64, failing int) int {
	if bar >= 1 {
		return 0
	}
	n := max(1, failing)
	for Wilson(float64(n-failing)/float64(n), float64(n)).Low < bar {
		n++
	}
	return n
}

// A Correct is a fraction corrected for the judge's errors.
type Correct struct {
	Fraction float64  `json:"fraction"`
	Interval Interval `json:"interval"`
	Judge    Judge    `json:"judge"`
}

// errCoin refuses to correct for a judge that knows too little.
var errCoin = errors.New("the judge is too near a coin to correct for: sensitivity + specificity is below 1.2")

// RoganGladen corrects a fraction p of n trials for the judge's errors. The interval is of the delta method, and counts
// what the labels leave unknown as well.
//
// Rogan and Gladen, Estimating prevalence from the results of a screening test (1978); Lee et al., arXiv 2511.21140.
func RoganGladen(p, n float64, j Judge) (Correct, error) {
	if j.Positives == 0 || j.Negatives == 0 {
		return Correct{}, fmt.Errorf("%d satisfying and %d other trials are labelled; it takes some of each", j.Positives, j.Negatives)
	}
	if j.Sensitivity+j.Specificity < 1.2 {
		return Correct{}, errCoin
	}
	youden := j.Sensitivity + j.Specificity - 1
	raw := (p + j.Specificity - 1) / youden
	theta := min(1, max(0, raw))
	variance := spread(p, n) +
		(1-theta)*(1-theta)*spread(j.Specificity, float64(j.Negatives)) +
		theta*theta*spread(j.Sensitivity, float64(j.Positives))
	half := z * math.Sqrt(variance) / youden
	return Correct{theta, Interval{min(1, max(0, raw-half)), max(0, min(1, raw+half))}, j}, nil
}

// spread is the variance of a fraction of n. None or all of a few is not known for certain: there half a count is added.
func spread(p, n float64) float64 {
	if p == 0 || p == 1 {
		p, n = (p*n+0.5)/(n+1), n+1
	}
	return p * (1 - p) / n
}
