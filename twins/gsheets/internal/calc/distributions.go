package calc

import (
	"math"

	"twinset.dev/twins/gsheets/internal/numeric"
)

// The distributions of the statistical functions. Their arguments are held to their bounds by rules: of each parameter, from the first.
func init() {
	// bounded is a function of numbers that have rules, of which a letter each says what is asked:
	//
	//	.  nothing      +  more than 0   0  not negative   p  from 0 to 1   q  between 0 and 1   P  more than 0, up to 1
	//	1  at least 1, cut to a whole    w  not negative, cut to a whole    u  from 0 and below 1    T  TRUE if left out
	bounded := func(params, rules string, f func(x []float64) float64, names ...string) {
		for _, name := range names {
			function(name, params, func(c *Call, a []Value) Value {
				x := make([]float64, len(rules))
				if n := len(rules) - 1; rules[n] == 'T' {
					x[n] = 1
				}
				for i := range a {
					if i >= len(rules) {
						break
					}
					x[i] = a[i].Num
					if refused := c.ruled(rules[i], i+1, &x[i]); refused.IsError() {
						return refused
					}
				}
				y := f(x)
				if math.IsNaN(y) {
					return Fail(CodeNum, "Function "+c.Func.Name+" has no value for these parameters.")
				}
				return c.finite(y)
			})
		}
	}
	pick := func(flag float64, cdf, pdf func() float64) float64 {
		if flag != 0 {
			return cdf()
		}
		return pdf()
	}

	bounded("n n n b", "..+.", func(x []float64) float64 {
		z := (x[0] - x[1]) / x[2]
		return pick(x[3], func() float64 { return numeric.NormalCDF(z) }, func() float64 { return numeric.NormalPDF(z) / x[2] })
	}, "NORM.DIST", "NORMDIST")
	bounded("n n n", "q.+", func(x []float64) float64 { return x[1] + x[2]*numeric.NormalInv(x[0]) }, "NORM.INV", "NORMINV")
	bounded("n", ".", func(x []float64) float64 { return numeric.NormalCDF(x[0]) }, "NORM.S.DIST", "NORMSDIST")
	bounded("n", "q", func(x []float64) float64 { return numeric.NormalInv(x[0]) }, "NORM.S.INV", "NORMSINV")
	bounded("n", ".", func(x []float64) float64 { return numeric.NormalPDF(x[0]) }, "PHI")
	bounded("n", ".", func(x []float64) float64 { return math.Erf(x[0]/math.Sqrt2) / 2 }, "GAUSS")
	function("FISHER", "n", func(c *Call, a []Value) Value {
		if math.Abs(a[0].Num) >= 1 {
			return c.Refuse(CodeNum, 1, "value is %s. Valid values are between -1 and 1 exclusive.", c.plain(a[0].Num))
		}
		return Number(math.Atanh(a[0].Num))
	})
	bounded("n", ".", func(x []float64) float64 { return math.Tanh(x[0]) }, "FISHERINV")

	lognormal := func(x []float64) float64 { return numeric.NormalCDF((math.Log(x[0]) - x[1]) / x[2]) }
	bounded("n n n", "+.+", lognormal, "LOGNORMDIST")
	bounded("n n n b", "+.+.", func(x []float64) float64 {
		return pick(x[3], func() float64 { return lognormal(x) }, func() float64 {
			return numeric.NormalPDF((math.Log(x[0])-x[1])/x[2]) / (x[0] * x[2])
		})
	}, "LOGNORM.DIST")
	bounded("n n n", "q.+", func(x []float64) float64 { return math.Exp(x[1] + x[2]*numeric.NormalInv(x[0])) }, "LOGNORM.INV", "LOGINV")

	bounded("n n b", "0+.", func(x []float64) float64 {
		return pick(x[2], func() float64 { return -math.Expm1(-x[1] * x[0]) }, func() float64 { return x[1] * math.Exp(-x[1]*x[0]) })
	}, "EXPON.DIST", "EXPONDIST")
	bounded("n n n b", "0++.", func(x []float64) float64 {
		t := math.Pow(x[0]/x[2], x[1])
		return pick(x[3], func() float64 { return -math.Expm1(-t) }, func() float64 {
			return x[1] / x[2] * math.Pow(x[0]/x[2], x[1]-1) * math.Exp(-t)
		})
	}, "WEIBULL", "WEIBULL.DIST")
	bounded("n", ".", func(x []float64) float64 {
		if x[0] <= 0 && x[0] == math.Trunc(x[0]) {
			return math.NaN()
		}
		return math.Gamma(x[0])
	}, "GAMMA")
	bounded("n n n b", "0++.", func(x []float64) float64 {
		return pick(x[3], func() float64 { return numeric.GammaP(x[1], x[0]/x[2]) }, func() float64 { return numeric.GammaPDF(x[0], x[1], x[2]) })
	}, "GAMMA.DIST", "GAMMADIST")
	bounded("n n n", "u++", func(x []float64) float64 { return numeric.GammaInv(x[0], x[1], x[2]) }, "GAMMA.INV", "GAMMAINV")

	// between moves a number of the beta distribution from its bounds to 0 and 1.
	between := func(x []float64, at int) (z, width float64) {
		width = x[at+1] - x[at]
		if width <= 0 || x[0] < x[at] || x[0] > x[at+1] {
			return math.NaN(), 1
		}
		return (x[0] - x[at]) / width, width
	}
	beta := func(name, params string, at int, density bool) {
		function(name, params, func(c *Call, a []Value) Value {
			x := []float64{a[0].Num, a[1].Num, a[2].Num, or(a, 3, 1), 0, 0}
			x[at], x[at+1] = or(a, at, 0), or(a, at+1, 1)
			if refused, ok := c.positive(a, 2, 3); !ok {
				return refused
			}
			z, width := between(x, at)
			if math.IsNaN(z) {
				return c.Refuse(CodeNum, 1, "value is %s. Valid values are between %s and %s inclusive.", c.plain(x[0]), c.plain(x[at]), c.plain(x[at+1]))
			}
			if density && x[3] == 0 {
				return c.finite(numeric.BetaPDF(z, x[1], x[2]) / width)
			}
			return c.finite(numeric.BetaI(x[1], x[2], z))
		})
	}
	beta("BETA.DIST", "n n n b [n n]", 4, true)
	beta("BETADIST", "n n n [n n]", 3, false)
	function("BETA.INV", "n n n [n n]", func(c *Call, a []Value) Value {
		if refused, ok := c.positive(a, 2, 3); !ok {
			return refused
		}
		p := a[0].Num
		if refused := c.ruled('q', 1, &p); refused.IsError() {
			return refused
		}
		low, high := or(a, 3, 0), or(a, 4, 1)
		return c.finite(low + (high-low)*numeric.BetaInv(p, a[1].Num, a[2].Num))
	})
	alias("BETAINV", "BETA.INV")

	bounded("n n", "01", func(x []float64) float64 { return numeric.GammaQ(x[1]/2, x[0]/2) }, "CHISQ.DIST.RT", "CHIDIST")
	bounded("n n b", "01.", func(x []float64) float64 {
		return pick(x[2], func() float64 { return numeric.GammaP(x[1]/2, x[0]/2) }, func() float64 { return numeric.GammaPDF(x[0], x[1]/2, 2) })
	}, "CHISQ.DIST")
	bounded("n n", "u1", func(x []float64) float64 { return numeric.ChiInv(x[0], x[1]) }, "CHISQ.INV")
	bounded("n n", "P1", func(x []float64) float64 { return numeric.ChiInvRT(x[0], x[1]) }, "CHISQ.INV.RT", "CHIINV")

	bounded("n n n", "011", func(x []float64) float64 { return numeric.FTail(x[0], x[1], x[2]) }, "F.DIST.RT", "FDIST")
	bounded("n n n b", "011.", func(x []float64) float64 {
		return pick(x[3], func() float64 { return numeric.FCDF(x[0], x[1], x[2]) }, func() float64 { return numeric.FPDF(x[0], x[1], x[2]) })
	}, "F.DIST")
	bounded("n n n", "u11", func(x []float64) float64 { return numeric.FInvRT(1-x[0], x[1], x[2]) }, "F.INV")
	bounded("n n n", "P11", func(x []float64) float64 { return numeric.FInvRT(x[0], x[1], x[2]) }, "F.INV.RT", "FINV")

	bounded("n n b", ".1.", func(x []float64) float64 {
		return pick(x[2], func() float64 { return numeric.TCDF(x[0], x[1]) }, func() float64 { return numeric.TPDF(x[0], x[1]) })
	}, "T.DIST")
	bounded("n n", "01", func(x []float64) float64 { return 2 * numeric.TTail(x[0], x[1]) }, "T.DIST.2T")
	bounded("n n", ".1", func(x []float64) float64 { return 1 - numeric.TCDF(x[0], x[1]) }, "T.DIST.RT")
	bounded("n n", "q1", func(x []float64) float64 { return numeric.TInv(x[0], x[1]) }, "T.INV")
	bounded("n n", "P1", func(x []float64) float64 { return -numeric.TInv(x[0]/2, x[1]) }, "T.INV.2T", "TINV")
	function("TDIST", "n n n", func(c *Call, a []Value) Value {
		x, df, tails := a[0].Num, a[1].Num, math.Trunc(a[2].Num)
		switch {
		case x < 0:
			return c.negative(1, x)
		case df < 1:
			return c.Refuse(CodeNum, 2, "value is %s. It should be greater than or equal to 1.", c.plain(df))
		case tails != 1 && tails != 2:
			return c.OutOfRange(3, tails, 1, 2)
		}
		return Number(tails * numeric.TTail(x, math.Trunc(df)))
	})

	bounded("n n n b", "wwp.", func(x []float64) float64 {
		if x[0] > x[1] {
			return math.NaN()
		}
		return pick(x[3], func() float64 { return numeric.BinomialCDF(x[0], x[1], x[2]) }, func() float64 { return numeric.BinomialPMF(x[0], x[1], x[2]) })
	}, "BINOM.DIST", "BINOMDIST")
	bounded("n n n", "wpp", func(x []float64) float64 { return numeric.BinomialInv(x[0], x[1], x[2]) }, "BINOM.INV", "CRITBINOM")
	bounded("n n n", "w1q", func(x []float64) float64 { return numeric.NegativeBinomialPMF(x[0], x[1], x[2]) }, "NEGBINOMDIST")
	bounded("n n n b", "w1q.", func(x []float64) float64 {
		return pick(x[3], func() float64 { return numeric.BetaI(x[1], x[0]+1, x[2]) }, func() float64 {
			return numeric.NegativeBinomialPMF(x[0], x[1], x[2])
		})
	}, "NEGBINOM.DIST")
	bounded("n n [b]", "w0T", func(x []float64) float64 {
		return pick(x[2], func() float64 {
			if x[1] == 0 {
				return 1
			}
			return numeric.GammaQ(x[0]+1, x[1])
		}, func() float64 { return numeric.PoissonPMF(x[0], x[1]) })
	}, "POISSON", "POISSON.DIST")
	hypergeometric := func(x []float64) float64 {
		if x[1] > x[3] || x[2] > x[3] || x[0] > math.Min(x[1], x[2]) {
			return math.NaN()
		}
		return numeric.HypergeometricPMF(x[0], x[1], x[2], x[3])
	}
	bounded("n n n n", "wwww", hypergeometric, "HYPGEOMDIST")
	bounded("n n n n b", "wwww.", func(x []float64) float64 {
		return pick(x[4], func() float64 {
			if math.IsNaN(hypergeometric(x)) {
				return math.NaN()
			}
			total := 0.0
			for k := math.Max(0, x[1]+x[2]-x[3]); k <= math.Min(x[0], 1e7); k++ {
				total += numeric.HypergeometricPMF(k, x[1], x[2], x[3])
			}
			return math.Min(1, total)
		}, func() float64 { return hypergeometric(x) })
	}, "HYPGEOM.DIST")
	bounded("n n", "ww", func(x []float64) float64 {
		if x[1] > x[0] {
			return math.NaN()
		}
		p := 1.0
		for k := range int(math.Min(x[1], 1e6)) {
			p *= x[0] - float64(k)
		}
		return p
	}, "PERMUT")
	bounded("n n", "w1", func(x []float64) float64 { return math.Pow(x[0], x[1]) }, "PERMUTATIONA")

	bounded("n n n", "q+1", func(x []float64) float64 {
		return -numeric.NormalInv(x[0]/2) * x[1] / math.Sqrt(x[2])
	}, "CONFIDENCE", "CONFIDENCE.NORM")
	function("CONFIDENCE.T", "n n n", func(c *Call, a []Value) Value {
		p, n := a[0].Num, math.Trunc(a[2].Num)
		if refused := c.ruled('q', 1, &p); refused.IsError() {
			return refused
		}
		if refused, ok := c.positive(a, 2); !ok {
			return refused
		}
		if n < 2 {
			return c.divideByZero()
		}
		return c.finite(-numeric.TInv(p/2, n-1) * a[1].Num / math.Sqrt(n))
	})
	function("MARGINOFERROR", "a n", func(c *Call, a []Value) Value {
		xs, failed := c.sample(a[:1])
		p := a[1].Num
		switch {
		case failed.IsError():
			return failed
		case len(xs) < 2:
			return c.divideByZero()
		}
		if refused := c.ruled('q', 2, &p); refused.IsError() {
			return refused
		}
		n := float64(len(xs))
		return c.finite(-numeric.TInv((1-p)/2, n-1) * math.Sqrt(squares(xs)/(n-1)/n))
	})

	function("Z.TEST", "a n [n]", func(c *Call, a []Value) Value {
		xs, failed := c.sample(a[:1])
		switch {
		case failed.IsError():
			return failed
		case len(xs) == 0:
			return Fail(CodeNA, c.Func.Name+" has no valid input data.")
		case len(a) < 3 && len(xs) < 2:
			return c.divideByZero()
		}
		n := float64(len(xs))
		sigma := or(a, 2, math.Sqrt(squares(xs)/(n-1)))
		if sigma <= 0 {
			return c.divideByZero()
		}
		return c.finite(1 - numeric.NormalCDF((mean(xs)-a[1].Num)/(sigma/math.Sqrt(n))))
	})
	alias("ZTEST", "Z.TEST")
	function("T.TEST", "a a n n", func(c *Call, a []Value) Value {
		tails, kind := math.Trunc(a[2].Num), int(a[3].Num)
		switch {
		case tails != 1 && tails != 2:
			return c.OutOfRange(3, a[2].Num, 1, 2)
		case kind < 1 || kind > 3:
			return c.OutOfRange(4, a[3].Num, 1, 3)
		}
		if kind == 1 {
			x, y, failed := c.pairs(a[0], a[1])
			if failed.IsError() {
				return failed
			}
			d := make([]float64, len(x))
			for i := range x {
				d[i] = x[i] - y[i]
			}
			n := float64(len(d))
			return c.studentTest(mean(d), squares(d)/(n-1)/n, n-1, tails)
		}
		x, failed := c.sample(a[:1])
		if failed.IsError() {
			return failed
		}
		y, failed := c.sample(a[1:2])
		if failed.IsError() {
			return failed
		}
		n, m := float64(len(x)), float64(len(y))
		if n < 2 || m < 2 {
			return c.divideByZero()
		}
		if kind == 2 {
			pooled := (squares(x) + squares(y)) / (n + m - 2)
			return c.studentTest(mean(x)-mean(y), pooled*(1/n+1/m), n+m-2, tails)
		}
		p, q := squares(x)/(n-1)/n, squares(y)/(m-1)/m
		return c.studentTest(mean(x)-mean(y), p+q, (p+q)*(p+q)/(p*p/(n-1)+q*q/(m-1)), tails)
	})
	alias("TTEST", "T.TEST")
	function("F.TEST", "a a", func(c *Call, a []Value) Value {
		x, failed := c.sample(a[:1])
		if failed.IsError() {
			return failed
		}
		y, failed := c.sample(a[1:])
		if failed.IsError() {
			return failed
		}
		n, m := float64(len(x)-1), float64(len(y)-1)
		if n < 1 || m < 1 || squares(x) == 0 || squares(y) == 0 {
			return c.divideByZero()
		}
		tail := numeric.FTail(squares(x)/n/(squares(y)/m), n, m)
		return c.finite(2 * math.Min(tail, 1-tail))
	})
	alias("FTEST", "F.TEST")
	function("CHISQ.TEST", "a a", func(c *Call, a []Value) Value {
		rows, cols := c.Size(a[0])
		if r, s := c.Size(a[1]); r != rows || s != cols {
			return Fail(CodeNA, "Array arguments to "+c.Func.Name+" are of different size.")
		}
		x, e, failed := c.pairs(a[0], a[1])
		if failed.IsError() {
			return failed
		}
		chi := 0.0
		for i := range x {
			if e[i] == 0 {
				return c.divideByZero()
			}
			chi += (x[i] - e[i]) * (x[i] - e[i]) / e[i]
		}
		df := float64((rows - 1) * (cols - 1))
		if rows == 1 || cols == 1 {
			df = float64(rows*cols - 1)
		}
		if df < 1 {
			return Fail(CodeNA, c.Func.Name+" has no valid input data.")
		}
		return c.finite(numeric.GammaQ(df/2, chi/2))
	})
	alias("CHITEST", "CHISQ.TEST")
}

// ruled holds a parameter (from 1) to a rule of the distributions and cuts it where the rule says.
func (c *Call) ruled(rule byte, param int, x *float64) Value {
	switch rule {
	case '+':
		if *x <= 0 {
			return c.Refuse(CodeNum, param, "value is %s. It should be greater than 0.", c.plain(*x))
		}
	case '0':
		if *x < 0 {
			return c.negative(param, *x)
		}
	case 'w':
		if *x < 0 {
			return c.negative(param, *x)
		}
		*x = math.Trunc(*x)
	case '1':
		if *x < 1 {
			return c.Refuse(CodeNum, param, "value is %s. It should be greater than or equal to 1.", c.plain(*x))
		}
		*x = math.Trunc(*x)
	case 'p':
		if *x < 0 || *x > 1 {
			return c.OutOfRange(param, *x, 0, 1)
		}
	case 'q':
		if *x <= 0 || *x >= 1 {
			return c.Refuse(CodeNum, param, "value is %s. Valid values are between 0 and 1 exclusive.", c.plain(*x))
		}
	case 'P':
		if *x <= 0 || *x > 1 {
			return c.Refuse(CodeNum, param, "value is %s. Valid values are between 0 exclusive and 1 inclusive.", c.plain(*x))
		}
	case 'u':
		if *x < 0 || *x >= 1 {
			return c.Refuse(CodeNum, param, "value is %s. Valid values are between 0 inclusive and 1 exclusive.", c.plain(*x))
		}
	}
	return Empty
}

// studentTest is the chance of a difference of means with a variance.
func (c *Call) studentTest(difference, variance, df, tails float64) Value {
	if variance == 0 || math.IsNaN(variance) || df < 1 {
		return c.divideByZero()
	}
	return c.finite(tails * numeric.TTail(math.Abs(difference)/math.Sqrt(variance), df))
}
