// Package numeric is the mathematics behind a spreadsheet's functions: special functions, distributions, regression,
// complex numbers and units. It knows no cells. What has no value is NaN.
package numeric

import "math"

// GammaP is the regularized lower incomplete gamma function, GammaQ its complement.
func GammaP(a, x float64) float64 { p, _ := incompleteGamma(a, x); return p }

// GammaQ is the regularized upper incomplete gamma function.
func GammaQ(a, x float64) float64 { _, q := incompleteGamma(a, x); return q }

func incompleteGamma(a, x float64) (p, q float64) {
	switch {
	case a <= 0 || x < 0 || math.IsNaN(a) || math.IsNaN(x):
		return math.NaN(), math.NaN()
	case x == 0:
		return 0, 1
	case math.IsInf(x, 1):
		return 1, 0
	}
	lg, _ := math.Lgamma(a)
	front := math.Exp(a*math.Log(x) - x - lg)
	if x < a+1 {
		term := 1 / a
		sum := term
		for n := 1; n < 20000; n++ {
			term *= x / (a + float64(n))
			sum += term
			if term < sum*1e-17 {
				break
			}
		}
		p = sum * front
		return p, 1 - p
	}
	const tiny = 1e-300
	b := x + 1 - a
	c := 1 / tiny
	d := 1 / b
	h := d
	for i := 1; i < 20000; i++ {
		an := -float64(i) * (float64(i) - a)
		b += 2
		d = an*d + b
		if math.Abs(d) < tiny {
			d = tiny
		}
		c = b + an/c
		if math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		delta := d * c
		h *= delta
		if math.Abs(delta-1) < 1e-16 {
			break
		}
	}
	q = front * h
	return 1 - q, q
}

// BetaI is the regularized incomplete beta function.
func BetaI(a, b, x float64) float64 {
	switch {
	case a <= 0 || b <= 0 || x < 0 || x > 1 || math.IsNaN(x):
		return math.NaN()
	case x == 0 || x == 1:
		return x
	}
	front := math.Exp(logBeta(a, b, x))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(a, b, x) / a
	}
	return 1 - front*betaFraction(b, a, 1-x)/b
}

// logBeta is the logarithm of x^a (1-x)^b / B(a,b).
func logBeta(a, b, x float64) float64 {
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return lab - la - lb + a*math.Log(x) + b*math.Log1p(-x)
}

func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	fix := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c := 1.0
	d := 1 / fix(1-(a+b)*x/(a+1))
	h := d
	for i := 1; i < 20000; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / fix(1+even*d)
		c = fix(1 + even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / fix(1+odd*d)
		c = fix(1 + odd/c)
		delta := d * c
		h *= delta
		if math.Abs(delta-1) < 1e-16 {
			break
		}
	}
	return h
}

// invert finds where an increasing function reaches p, between lo and hi; an infinite end is looked for.
func invert(f func(float64) float64, p, lo, hi float64) float64 {
	if math.IsInf(hi, 1) {
		hi = math.Max(1, 2*math.Abs(lo))
		for f(hi) < p {
			hi *= 2
			if math.IsInf(hi, 1) {
				return math.NaN()
			}
		}
	}
	if math.IsInf(lo, -1) {
		lo = -1
		for f(lo) > p {
			lo *= 2
			if math.IsInf(lo, -1) {
				return math.NaN()
			}
		}
	}
	for range 2000 {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			break
		}
		switch y := f(mid); {
		case math.IsNaN(y):
			return math.NaN()
		case y < p:
			lo = mid
		default:
			hi = mid
		}
		if hi-lo < 1e-300 {
			break
		}
	}
	return hi
}

// Choose is the number of ways to take k of n; both are cut to whole numbers.
func Choose(n, k float64) float64 {
	n, k = math.Trunc(n), math.Trunc(k)
	if k < 0 || n < 0 || k > n {
		return math.NaN()
	}
	k = math.Min(k, n-k)
	if k > 1e6 {
		return math.Exp(logChoose(n, k))
	}
	c := 1.0
	for i := 1.0; i <= k; i++ {
		c = c * (n - k + i) / i
		if math.IsInf(c, 1) {
			return c
		}
	}
	if c < 1<<53 {
		return math.Round(c)
	}
	return c
}

func logChoose(n, k float64) float64 {
	if n < 1000 {
		return math.Log(Choose(n, k))
	}
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}

// Factorial of a number cut to a whole one.
func Factorial(n float64) float64 {
	n = math.Trunc(n)
	if n < 0 || n > 170 {
		return math.NaN()
	}
	f := 1.0
	for i := 2.0; i <= n; i++ {
		f *= i
	}
	return f
}
