package satisfaction

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: got %.4f, want %.4f", what, got, want)
	}
}

// The numbers that stand next to every report.
func TestNeeded(t *testing.T) {
	for _, c := range []struct {
		bar     float64
		failing int
		want    int
	}{{0.90, 0, 35}, {0.95, 0, 73}, {0.72, 0, 10}, {0.90, 1, 53}, {1, 0, 0}} {
		if got := Needed(c.bar, c.failing); got != c.want {
			t.Errorf("Needed(%v, %d): got %d, want %d", c.bar, c.failing, got, c.want)
		}
	}
	near(t, "10 of 10", Wilson(1, 10).Low, 0.72, 0.005)
	near(t, "35 of 35", Wilson(1, 35).Low, 0.90, 0.005)
}

func TestStudent(t *testing.T) {
	for df, want := range map[int]float64{1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 9: 2.2622, 19: 2.0930, 100: 1.9840} {
		near(t, fmt.Sprint("df ", df), student(df), want, 0.004)
	}
}

func TestRoganGladen(t *testing.T) {
	c, err := RoganGladen(0.90, 100, Judge{0.95, 40, 0.85, 20})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "fraction", c.Fraction, 0.9375, 1e-9)
	near(t, "low", c.Interval.Low, 0.83, 0.005)
	near(t, "high", c.Interval.High, 1, 1e-9)
	if c, _ = RoganGladen(0.90, 100, Judge{0.95, 200, 0.85, 200}); true {
		near(t, "low with more labels", c.Interval.Low, 0.86, 0.01)
	}
	if _, err := RoganGladen(0.9, 100, Judge{0.6, 40, 0.59, 40}); err == nil {
		t.Error("a coin was corrected for")
	}
	if _, err := RoganGladen(0.9, 100, Judge{1, 40, 0, 0}); err == nil {
		t.Error("no negative label, and yet a specificity")
	}
}

// suite plays n trials of each scenario, whose chances are p.
func suite(r *rand.Rand, p []float64, n int) []Trial {
	var out []Trial
	for i, chance := range p {
		for j := range n {
			t := Trial{fmt.Sprintf("s%02d", i), uint64(j), Unsatisfied}
			if r.Float64() < chance {
				t.Outcome = Satisfied
			}
			out = append(out, t)
		}
	}
	return out
}

// Both intervals hold what they claim: 95 % of runs contain the truth, on these scenarios and for other ones of the kind.
// Scenarios differ in difficulty; the cases are the hard ones among those measured for the design.
func TestCoverage(t *testing.T) {
	beta := func(a, b float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 { x, y := gamma(r, a), gamma(r, b); return x / (x + y) }
	}
	cases := []struct {
		name         string
		s, n         int
		mean         float64
		draw         func(*rand.Rand) float64
		these, likes float64 // least coverage
	}{
		{"10x5 mean 0.80", 10, 5, 0.80, beta(3.2, 0.8), 0.95, 0.95},
		{"20x5 mean 0.80", 20, 5, 0.80, beta(3.2, 0.8), 0.95, 0.94},
		{"30x4 mean 0.80", 30, 4, 0.80, beta(3.2, 0.8), 0.95, 0.94},
		{"20x5 mean 0.90 in two kinds", 20, 5, 0.90, func(r *rand.Rand) float64 {
			if r.Float64() < 0.85 {
				return 0.99
			}
			return 0.39
		}, 0.95, 0.91},
	}
	const suites = 3000
	for _, c := range cases {
		r := rand.New(rand.NewPCG(7, 11))
		var these, likes int
		for range suites {
			p, mean := make([]float64, c.s), 0.0
			for i := range p {
				p[i] = c.draw(r)
				mean += p[i] / float64(c.s)
			}
			e := Of(suite(r, p, c.n), nil)
			if e.These.Low <= mean && mean <= e.These.High {
				these++
			}
			if e.LikeThese.Low <= c.mean && c.mean <= e.LikeThese.High {
				likes++
			}
		}
		a, b := float64(these)/suites, float64(likes)/suites
		t.Logf("%s: on these %.3f, for users like these %.3f", c.name, a, b)
		if a < c.these || b < c.likes {
			t.Errorf("%s: got %.3f and %.3f, want at least %.2f and %.2f", c.name, a, b, c.these, c.likes)
		}
	}
}

// gamma draws from the gamma distribution of shape a (Marsaglia and Tsang 2000).
func gamma(r *rand.Rand, a float64) float64 {
	if a < 1 {
		return gamma(r, a+1) * math.Pow(r.Float64(), 1/a)
	}
	d := a - 1.0/3
	for {
		x := r.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// A subject that succeeds with chance p is measured as such.
func TestFlaky(t *testing.T) {
	for _, p := range []float64{0.5, 0.8, 0.95} {
		r := rand.New(rand.NewPCG(3, uint64(p*100)))
		chances := make([]float64, 20)
		for i := range chances {
			chances[i] = p
		}
		const suites = 400
		var these, likes int
		for range suites {
			e := Of(suite(r, chances, 5), nil)
			if e.These.Low <= p && p <= e.These.High {
				these++
			}
			if e.LikeThese.Low <= p && p <= e.LikeThese.High {
				likes++
			}
		}
		t.Logf("flaky(%.2f): on these %d, like these %d of %d suites", p, these, likes, suites)
		if min(these, likes) < suites*93/100 {
			t.Errorf("flaky(%.2f): covered in %d and %d of %d suites", p, these, likes, suites)
		}
	}
}

// What a noisy judge says, corrected, is unbiased within two points, and its interval holds the truth.
func TestNoisyJudge(t *testing.T) {
	const truth, sens, spec, n, labels, suites = 0.85, 0.92, 0.80, 100, 60, 2000
	r := rand.New(rand.NewPCG(5, 5))
	count := func(p float64, n int) (k int) {
		for range n {
			if r.Float64() < p {
				k++
			}
		}
		return k
	}
	var sum float64
	var held int
	for range suites {
		p := float64(count(truth*sens+(1-truth)*(1-spec), n)) / n
		j := Judge{float64(count(sens, labels)) / labels, labels, float64(count(spec, labels)) / labels, labels}
		c, err := RoganGladen(p, n, j)
		if err != nil {
			t.Fatal(err)
		}
		sum += c.Fraction / suites
		if c.Interval.Low <= truth && truth <= c.Interval.High {
			held++
		}
	}
	near(t, "corrected", sum, truth, 0.02)
	if held < suites*93/100 {
		t.Errorf("the interval holds the truth in %d of %d suites", held, suites)
	}
}

func TestRefusals(t *testing.T) {
	trials := suite(rand.New(rand.NewPCG(1, 1)), []float64{1, 1}, 50)
	for i := range 5 {
		trials[i].Outcome = InfraError
	}
	if e := Of(trials, nil); e.Refused != "" || e.Trials != 95 || e.Fraction != 1 {
		t.Errorf("5 of 100 may fail: %+v", e)
	}
	trials[60].Outcome = PlayerError
	e := Of(trials, nil)
	if e.Refused == "" || e.Clears(0) {
		t.Errorf("6 of 100 may not fail: %+v", e)
	}
	if e := Of(nil, nil); e.Refused == "" {
		t.Error("a number for no trials")
	}
	lost := append(suite(rand.New(rand.NewPCG(1, 1)), []float64{1}, 99), Trial{"other", 1, InfraError})
	if e := Of(lost, nil); e.Refused == "" {
		t.Error("a scenario without a trial went unnoticed")
	}
}

func TestGateIsTheLower(t *testing.T) {
	trials := suite(rand.New(rand.NewPCG(2, 2)), []float64{0.8, 0.8, 0.8, 0.8}, 25)
	generous := Of(trials, &Judge{1, 100, 0.5, 100})
	strict := Of(trials, &Judge{0.8, 100, 1, 100})
	if got := generous.Gate(); got >= generous.Fraction {
		t.Errorf("a judge that passes half of the bad: gate %.2f, fraction %.2f", got, generous.Fraction)
	}
	if got := strict.Gate(); got != strict.Fraction {
		t.Errorf("a judge that is too strict lifts nothing: gate %.2f, fraction %.2f", got, strict.Fraction)
	}
}

func TestPassK(t *testing.T) {
	for k, want := range []float64{0.8, 0.6, 0.4, 0.2, 0} {
		near(t, fmt.Sprint("pass^", k+1), passK(5, 4, k+1), want, 1e-9)
	}
}

func TestCompare(t *testing.T) {
	run := func(outcomes string) (out []Trial) {
		for i, c := range outcomes {
			o := Unsatisfied
			if c == '+' {
				o = Satisfied
			} else if c == '!' {
				o = InfraError
			}
			out = append(out, Trial{fmt.Sprint("s", i%2), uint64(i), o})
		}
		return out
	}
	c := Compare(run("--------++"), run("++++++++++"))
	if c.Pairs != 10 || c.Better != 8 || c.Worse != 0 {
		t.Errorf("got %+v", c)
	}
	near(t, "difference", c.Difference, 0.8, 1e-9)
	near(t, "p of 8 of 8 one way", c.P, 2.0/256, 1e-9)
	if c := Compare(run("+-!+"), run("-++!")); c.Pairs != 2 || c.Unpaired != 4 || c.P != 1 {
		t.Errorf("got %+v", c)
	}
}

// Where versions are alike, one comparison in twenty is called significant, not more.
func TestCompareIsHonest(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	p := []float64{0.95, 0.9, 0.7, 0.5, 0.8}
	var found int
	const runs = 300
	for range runs {
		if Compare(suite(r, p, 5), suite(r, p, 5)).P <= 0.05 {
			found++
		}
	}
	if found > runs*8/100 {
		t.Errorf("%d of %d comparisons of a version with itself are significant", found, runs)
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 400).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		p := float64(k) / float64(n)
		i, wider := Wilson(p, float64(n)), Wilson(p, float64(n)/2)
		if i.Low < 0 || i.High > 1 || i.Low > p+1e-12 || i.High < p-1e-12 {
			t.Fatalf("%d of %d: %v does not hold %v", k, n, i, p)
		}
		if wider.High-wider.Low < i.High-i.Low-1e-12 {
			t.Fatalf("fewer trials, narrower interval: %v, %v", i, wider)
		}
		for j := 2; j <= n && j < 6; j++ {
			if passK(n, k, j) > passK(n, k, j-1)+1e-12 {
				t.Fatalf("pass^%d > pass^%d", j, j-1)
			}
		}
		q := rapid.Float64Range(0, 1).Draw(t, "truth")
		judge := Judge{rapid.Float64Range(0.7, 1).Draw(t, "sens"), 50, rapid.Float64Range(0.7, 1).Draw(t, "spec"), 50}
		seen := q*judge.Sensitivity + (1-q)*(1-judge.Specificity)
		if c, err := RoganGladen(seen, 100, judge); err != nil || math.Abs(c.Fraction-q) > 1e-9 || c.Interval.Low > q+1e-9 || c.Interval.High < q-1e-9 {
			t.Fatalf("truth %v seen as %v by %+v: %+v %v", q, seen, judge, c, err)
		}
	})
}

// The estimate does not depend on the order of trials.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := []Outcome{Satisfied, Unsatisfied, CannotTell}
		var trials []Trial
		for i := range rapid.IntRange(2, 60).Draw(t, "trials") {
			trials = append(trials, Trial{fmt.Sprint(i % 3), uint64(i), rapid.SampledFrom(outcomes).Draw(t, "outcome")})
		}
		want := fmt.Sprintf("%+v", Of(trials, nil).Tallies)
		shuffled := rapid.Permutation(trials).Draw(t, "order")
		e := Of(shuffled, nil)
		if got := fmt.Sprintf("%+v", e.Tallies); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if e.Upper < e.Fraction {
			t.Fatalf("upper %v < fraction %v", e.Upper, e.Fraction)
		}
	})
}
