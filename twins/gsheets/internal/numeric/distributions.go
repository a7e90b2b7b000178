package numeric

import "math"

// NormalCDF is the standard normal distribution.
func NormalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// NormalPDF is the density of the standard normal distribution.
func NormalPDF(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

// NormalInv is the z below which a share p of the standard normal distribution lies.
func NormalInv(p float64) float64 {
	switch {
	case p <= 0 || p >= 1 || math.IsNaN(p):
		return math.NaN()
	case p > 0.5:
		if q := 1 - p; q > 0 {
			return -NormalInv(q)
		}
	}
	z := -math.Sqrt(math.Max(0, -2*math.Log(p))) // too far out; the steps below come back from there
	if p > 0.01 {
		z = math.Sqrt2 * math.Erfinv(2*p-1)
	}
	for range 60 {
		e := (NormalCDF(z) - p) / NormalPDF(z)
		step := e / (1 + z*e/2)
		z -= step
		if math.Abs(step) < 1e-15*math.Max(1, math.Abs(z)) {
			break
		}
	}
	return z
}

// TCDF is Student's distribution.
func TCDF(t, df float64) float64 {
	tail := TTail(math.Abs(t), df)
	if t > 0 {
		return 1 - tail
	}
	return tail
}

// TTail is the share of Student's distribution beyond t, which is not negative.
func TTail(t, df float64) float64 {
	if t*t < df/16 { // df/(df+t²) would not tell a small t from none
		return 0.5 - BetaI(0.5, df/2, t*t/(df+t*t))/2
	}
	return BetaI(df/2, 0.5, df/(df+t*t)) / 2
}

// TPDF is the density of Student's distribution.
func TPDF(t, df float64) float64 {
	a, _ := math.Lgamma((df + 1) / 2)
	b, _ := math.Lgamma(df / 2)
	return math.Exp(a-b-(df+1)/2*math.Log1p(t*t/df)) / math.Sqrt(df*math.Pi)
}

// TInv is the t below which a share p of Student's distribution lies.
func TInv(p, df float64) float64 {
	switch {
	case p <= 0 || p >= 1 || df <= 0:
		return math.NaN()
	case p == 0.5:
		return 0
	case p > 0.5:
		return -TInv(1-p, df)
	}
	return -invert(func(t float64) float64 { return -TTail(t, df) }, -p, 0, math.Inf(1))
}

// ChiInv is the x below which a share p of the chi-squared distribution lies.
func ChiInv(p, df float64) float64 { return GammaInv(p, df/2, 2) }

// ChiInvRT is the x above which a share p of it lies.
func ChiInvRT(p, df float64) float64 {
	if p <= 0 || p > 1 {
		return math.NaN()
	}
	if p == 1 {
		return 0
	}
	return 2 * invert(func(x float64) float64 { return -GammaQ(df/2, x) }, -p, 0, math.Inf(1))
}

// GammaInv is the x below which a share p of the gamma distribution lies.
func GammaInv(p, shape, scale float64) float64 {
	switch {
	case p < 0 || p >= 1 || shape <= 0 || scale <= 0:
		return math.NaN()
	case p == 0:
		return 0
	case p > 0.5:
		return scale * invert(func(x float64) float64 { return -GammaQ(shape, x) }, p-1, 0, math.Inf(1))
	}
	return scale * invert(func(x float64) float64 { return GammaP(shape, x) }, p, 0, math.Inf(1))
}

// GammaPDF is the density of the gamma distribution.
func GammaPDF(x, shape, scale float64) float64 {
	if x == 0 {
		switch {
		case shape < 1:
			return math.Inf(1)
		case shape == 1:
			return 1 / scale
		}
		return 0
	}
	lg, _ := math.Lgamma(shape)
	return math.Exp((shape-1)*math.Log(x/scale)-x/scale-lg) / scale
}

// BetaPDF is the density of the beta distribution between 0 and 1.
func BetaPDF(x, a, b float64) float64 {
	if x == 0 || x == 1 {
		if x == 0 && a == 1 {
			return b
		}
		if x == 1 && b == 1 {
			return a
		}
		if x == 0 && a > 1 || x == 1 && b > 1 {
			return 0
		}
		return math.NaN()
	}
	return math.Exp(logBeta(a, b, x)) / (x * (1 - x))
}

// BetaInv is the x below which a share p of the beta distribution lies.
func BetaInv(p, a, b float64) float64 {
	if p < 0 || p > 1 || a <= 0 || b <= 0 {
		return math.NaN()
	}
	if p == 0 || p == 1 {
		return p
	}
	return invert(func(x float64) float64 { return BetaI(a, b, x) }, p, 0, 1)
}

// FCDF is Fisher's distribution.
func FCDF(x, d1, d2 float64) float64 {
	if d1*x > d2 {
		return 1 - BetaI(d2/2, d1/2, d2/(d1*x+d2))
	}
	return BetaI(d1/2, d2/2, d1*x/(d1*x+d2))
}

// FTail is the share of Fisher's distribution beyond x.
func FTail(x, d1, d2 float64) float64 {
	if d1*x > d2 {
		return BetaI(d2/2, d1/2, d2/(d1*x+d2))
	}
	return 1 - BetaI(d1/2, d2/2, d1*x/(d1*x+d2))
}

// FPDF is the density of Fisher's distribution.
func FPDF(x, d1, d2 float64) float64 {
	if x == 0 {
		switch {
		case d1 < 2:
			return math.NaN()
		case d1 == 2:
			return 1
		}
		return 0
	}
	return math.Exp(logBeta(d1/2, d2/2, d1*x/(d1*x+d2))) / x
}

// FInvRT is the x above which a share p of Fisher's distribution lies.
func FInvRT(p, d1, d2 float64) float64 {
	switch {
	case p <= 0 || p > 1:
		return math.NaN()
	case p == 1:
		return 0
	}
	return invert(func(x float64) float64 { return -FTail(x, d1, d2) }, -p, 0, math.Inf(1))
}

// BinomialPMF is the chance of k successes in n trials.
func BinomialPMF(k, n, p float64) float64 {
	switch {
	case k < 0 || k > n:
		return 0
	case p == 0 || p == 1:
		if k == n*p {
			return 1
		}
		return 0
	}
	return math.Exp(logChoose(n, k) + k*math.Log(p) + (n-k)*math.Log1p(-p))
}

// BinomialCDF is the chance of at most k successes in n trials.
func BinomialCDF(k, n, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n:
		return 1
	}
	return BetaI(n-k, k+1, 1-p)
}

// BinomialInv is the fewest successes whose distribution reaches q.
func BinomialInv(n, p, q float64) float64 {
	if n > 1<<53 {
		return math.NaN()
	}
	lo, hi := -1.0, n
	for hi-lo > 1 {
		mid := math.Floor((lo + hi) / 2)
		if BinomialCDF(mid, n, p) >= q*(1-1e-14) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// NegativeBinomialPMF is the chance of x failures before success number r.
func NegativeBinomialPMF(x, r, p float64) float64 {
	return math.Exp(logChoose(x+r-1, r-1)+x*math.Log1p(-p)) * math.Pow(p, r)
}

// PoissonPMF is the chance of k events where mean are expected.
func PoissonPMF(k, mean float64) float64 {
	if mean == 0 {
		if k == 0 {
			return 1
		}
		return 0
	}
	lg, _ := math.Lgamma(k + 1)
	return math.Exp(k*math.Log(mean) - mean - lg)
}

// HypergeometricPMF is the chance of k successes in a sample of n drawn from a population that holds so many.
func HypergeometricPMF(k, n, successes, population float64) float64 {
	if k < math.Max(0, n-population+successes) || k > math.Min(n, successes) {
		return 0
	}
	return math.Exp(logChoose(successes, k) + logChoose(population-successes, n-k) - logChoose(population, n))
}
