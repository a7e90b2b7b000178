package calc

import (
	"math"

	"twinset.dev/twins/gsheets/internal/finance"
)

// https://support.google.com/docs/table/25273 (Financial)
func init() {
	// number is a function of numbers alone, those that are left out being as given.
	number := func(name, params string, left []float64, f func(x []float64) float64) {
		function(name, params, func(c *Call, a []Value) Value {
			x := make([]float64, max(len(a), len(left)))
			copy(x, left)
			for i := range a {
				x[i] = a[i].Num
			}
			return c.worth(f(x))
		})
	}
	due := func(x float64) float64 {
		if x != 0 {
			return 1
		}
		return 0
	}
	number("PMT", "n n n [n n]", make([]float64, 5), func(x []float64) float64 { return finance.Payment(x[0], x[1], x[2], x[3], due(x[4])) })
	number("FV", "n n n [n n]", make([]float64, 5), func(x []float64) float64 { return finance.FutureValue(x[0], x[1], x[2], x[3], due(x[4])) })
	number("PV", "n n n [n n]", make([]float64, 5), func(x []float64) float64 { return finance.PresentValue(x[0], x[1], x[2], x[3], due(x[4])) })
	number("NPER", "n n n [n n]", make([]float64, 5), func(x []float64) float64 { return finance.Periods(x[0], x[1], x[2], x[3], due(x[4])) })
	number("RATE", "n n n [n n n]", []float64{0, 0, 0, 0, 0, .1}, func(x []float64) float64 {
		return finance.Rate(x[0], x[1], x[2], x[3], due(x[4]), x[5])
	})
	inTerm := func(x []float64) bool { return x[1] >= 1 && x[1] <= x[2] }
	number("IPMT", "n n n n [n n]", make([]float64, 6), func(x []float64) float64 {
		if !inTerm(x) {
			return math.NaN()
		}
		return finance.Interest(x[0], x[1], x[2], x[3], x[4], due(x[5]))
	})
	number("PPMT", "n n n n [n n]", make([]float64, 6), func(x []float64) float64 {
		if !inTerm(x) {
			return math.NaN()
		}
		return finance.Payment(x[0], x[2], x[3], x[4], due(x[5])) - finance.Interest(x[0], x[1], x[2], x[3], x[4], due(x[5]))
	})
	number("ISPMT", "n n n n", nil, func(x []float64) float64 { return -x[3] * x[0] * (1 - x[1]/x[2]) })
	cumulative := func(name string, part func(rate, period, n, pv, due float64) float64) {
		number(name, "n n n n n n", nil, func(x []float64) float64 {
			first, last := math.Trunc(x[3]), math.Trunc(x[4])
			if x[0] <= 0 || x[1] <= 0 || x[2] <= 0 || first < 1 || last < first || last > x[1] || x[5] != 0 && x[5] != 1 {
				return math.NaN()
			}
			total := 0.0
			for p := first; p <= last; p++ {
				total += part(x[0], p, x[1], x[2], x[5])
			}
			return total
		})
	}
	cumulative("CUMIPMT", func(rate, p, n, pv, due float64) float64 { return finance.Interest(rate, p, n, pv, 0, due) })
	cumulative("CUMPRINC", func(rate, p, n, pv, due float64) float64 {
		return finance.Payment(rate, n, pv, 0, due) - finance.Interest(rate, p, n, pv, 0, due)
	})
	number("EFFECT", "n n", nil, func(x []float64) float64 {
		if n := math.Trunc(x[1]); x[0] > 0 && n >= 1 {
			return math.Pow(1+x[0]/n, n) - 1
		}
		return math.NaN()
	})
	number("NOMINAL", "n n", nil, func(x []float64) float64 {
		if n := math.Trunc(x[1]); x[0] > 0 && n >= 1 {
			return n * (math.Pow(1+x[0], 1/n) - 1)
		}
		return math.NaN()
	})
	number("PDURATION", "n n n", nil, func(x []float64) float64 {
		if x[0] <= 0 || x[1] <= 0 || x[2] <= 0 {
			return math.NaN()
		}
		return math.Log(x[2]/x[1]) / math.Log1p(x[0])
	})
	number("RRI", "n n n", nil, func(x []float64) float64 {
		if x[0] <= 0 || x[1] == 0 {
			return math.NaN()
		}
		return math.Pow(x[2]/x[1], 1/x[0]) - 1
	})
	number("SLN", "n n n", nil, func(x []float64) float64 { return (x[0] - x[1]) / x[2] })
	number("SYD", "n n n n", nil, func(x []float64) float64 {
		if x[2] <= 0 || x[3] < 1 || x[3] > x[2] {
			return math.NaN()
		}
		return (x[0] - x[1]) * (x[2] - x[3] + 1) * 2 / (x[2] * (x[2] + 1))
	})
	number("DB", "n n n n [n]", []float64{0, 0, 0, 0, 12}, func(x []float64) float64 {
		month := math.Trunc(x[4])
		if x[0] < 0 || x[1] < 0 || x[2] <= 0 || x[3] < 1 || month < 1 || month > 12 || x[3] > x[2]+1 || x[3] > x[2] && month == 12 {
			return math.NaN()
		}
		return finance.FixedDeclining(x[0], x[1], x[2], math.Trunc(x[3]), month)
	})
	number("DDB", "n n n n [n]", []float64{0, 0, 0, 0, 2}, func(x []float64) float64 {
		if x[0] < 0 || x[1] < 0 || x[2] <= 0 || x[3] < 1 || x[3] > x[2] || x[4] <= 0 {
			return math.NaN()
		}
		return finance.Declining(x[0], x[1], x[2], x[3], x[4])
	})
	number("VDB", "n n n n n [n b]", []float64{0, 0, 0, 0, 0, 2, 0}, func(x []float64) float64 {
		if x[0] < 0 || x[1] < 0 || x[2] <= 0 || x[3] < 0 || x[4] < x[3] || x[4] > x[2] || x[5] <= 0 || x[2] > 1e5 {
			return math.NaN()
		}
		return finance.VariableDeclining(x[0], x[1], x[2], x[3], x[4], x[5], x[6] != 0)
	})
	number("DOLLARDE", "n n", nil, func(x []float64) float64 {
		f := math.Trunc(x[1])
		if f < 1 {
			return math.NaN()
		}
		whole, part := math.Modf(x[0])
		return whole + part*math.Pow(10, math.Ceil(math.Log10(f)))/f
	})
	number("DOLLARFR", "n n", nil, func(x []float64) float64 {
		f := math.Trunc(x[1])
		if f < 1 {
			return math.NaN()
		}
		whole, part := math.Modf(x[0])
		return whole + part*f/math.Pow(10, math.Ceil(math.Log10(f)))
	})

	function("NPV", "n a...", func(c *Call, a []Value) Value {
		flows, failed := c.sample(a[1:])
		if failed.IsError() {
			return failed
		}
		if a[0].Num == -1 {
			return c.divideByZero()
		}
		return c.worth(finance.NetPresentValue(a[0].Num, flows))
	})
	function("IRR", "a [n]", func(c *Call, a []Value) Value {
		flows, failed := c.sample(a[:1])
		if failed.IsError() {
			return failed
		}
		return c.worth(finance.InternalRate(flows, or(a, 1, .1)))
	})
	function("MIRR", "a n n", func(c *Call, a []Value) Value {
		flows, failed := c.sample(a[:1])
		if failed.IsError() {
			return failed
		}
		r := finance.ModifiedInternalRate(flows, a[1].Num, a[2].Num)
		if math.IsNaN(r) {
			return c.divideByZero()
		}
		return c.worth(r)
	})
	function("XNPV", "n a a", func(c *Call, a []Value) Value {
		flows, dates, failed := c.datedFlows(a[1], a[2])
		if failed.IsError() {
			return failed
		}
		if refused, ok := c.positive(a, 1); !ok {
			return refused
		}
		return c.worth(finance.DatedValue(a[0].Num, flows, dates))
	})
	function("XIRR", "a a [n]", func(c *Call, a []Value) Value {
		flows, dates, failed := c.datedFlows(a[0], a[1])
		if failed.IsError() {
			return failed
		}
		return c.worth(finance.DatedInternalRate(flows, dates, or(a, 2, .1)))
	})
	function("FVSCHEDULE", "n a", func(c *Call, a []Value) Value {
		value := a[0].Num
		failed := c.Numbers(a[1:], func(v Value) { value *= 1 + v.Num })
		if failed.IsError() {
			return failed
		}
		return c.worth(value)
	})

	// security is a function of a security; rules say of each parameter what it is:
	//
	//	s  the settlement   m  the maturity, after it   d  another date   f  coupons a year: 1, 2 or 4
	//	b  the day count, 0 to 4   r  a rate, not negative   +  an amount above zero   .  any number
	security := func(name, params, rules string, f func(x []float64, frequency int, b finance.Basis) Value) {
		function(name, params, func(c *Call, a []Value) Value {
			x := make([]float64, len(rules))
			frequency, basis, settlement := 0, finance.US30, 0.0
			for i := range a {
				x[i] = a[i].Num
				switch rules[i] {
				case 's', 'm', 'd':
					x[i] = math.Floor(x[i])
					if x[i] < 0 || x[i] > lastDay {
						return c.OutOfRange(i+1, x[i], 0, lastDay)
					}
					if rules[i] == 's' {
						settlement = x[i]
					}
					if rules[i] == 'm' && x[i] <= settlement {
						return Fail(CodeNum, "Function "+name+" parameter 1 ("+c.Shown(Date(settlement, HintDate))+") should be before parameter "+itoa(i+1)+" ("+c.Shown(Date(x[i], HintDate))+").")
					}
				case 'f':
					if frequency = int(x[i]); frequency != 1 && frequency != 2 && frequency != 4 {
						return c.Refuse(CodeNum, i+1, "value is %s. It should be one of: 1, 2, 4.", c.plain(x[i]))
					}
				case 'b':
					if basis = finance.Basis(x[i]); x[i] < 0 || basis > finance.Euro30 {
						return c.OutOfRange(i+1, x[i], 0, 4)
					}
				case 'r':
					if x[i] < 0 {
						return c.negative(i+1, x[i])
					}
				case '+':
					if x[i] <= 0 {
						return c.Refuse(CodeNum, i+1, "value is %s. It should be greater than 0.", c.plain(x[i]))
					}
				}
			}
			v := f(x, frequency, basis)
			if v.Kind == KindNumber && v.Hint == HintNone {
				return c.worth(v.Num)
			}
			return v
		})
	}
	type basis = finance.Basis
	security("PRICE", "n n n n n n [n]", "smrr+fb", func(x []float64, f int, b basis) Value {
		return Number(finance.Price(x[0], x[1], x[2], x[3], x[4], f, b))
	})
	security("YIELD", "n n n n n n [n]", "smr++fb", func(x []float64, f int, b basis) Value {
		return Number(finance.Yield(x[0], x[1], x[2], x[3], x[4], f, b))
	})
	security("DURATION", "n n n n n [n]", "smrrfb", func(x []float64, f int, b basis) Value {
		return Number(finance.Duration(x[0], x[1], x[2], x[3], f, b, false))
	})
	security("MDURATION", "n n n n n [n]", "smrrfb", func(x []float64, f int, b basis) Value {
		return Number(finance.Duration(x[0], x[1], x[2], x[3], f, b, true))
	})
	security("COUPNUM", "n n n [n]", "smfb", func(x []float64, f int, _ basis) Value {
		return Number(float64(finance.CouponsLeft(x[0], x[1], f)))
	})
	security("COUPPCD", "n n n [n]", "smfb", func(x []float64, f int, _ basis) Value {
		return Date(finance.PreviousCoupon(x[0], x[1], f), HintDate)
	})
	security("COUPNCD", "n n n [n]", "smfb", func(x []float64, f int, _ basis) Value {
		return Date(finance.NextCoupon(x[0], x[1], f), HintDate)
	})
	security("COUPDAYS", "n n n [n]", "smfb", func(x []float64, f int, b basis) Value {
		return Number(finance.CouponDays(x[0], x[1], f, b))
	})
	security("COUPDAYBS", "n n n [n]", "smfb", func(x []float64, f int, b basis) Value {
		return Number(finance.CouponDaysBefore(x[0], x[1], f, b))
	})
	security("COUPDAYSNC", "n n n [n]", "smfb", func(x []float64, f int, b basis) Value {
		return Number(finance.CouponDaysAfter(x[0], x[1], f, b))
	})
	security("ACCRINT", "n n n n n n [n]", "sdm++fb", func(x []float64, _ int, b basis) Value {
		return Number(finance.Accrued(x[0], x[2], x[3], x[4], b))
	})
	security("ACCRINTM", "n n n n [n]", "sm++b", func(x []float64, _ int, b basis) Value {
		return Number(finance.Accrued(x[0], x[1], x[2], x[3], b))
	})
	security("DISC", "n n n n [n]", "sm++b", func(x []float64, _ int, b basis) Value {
		return Number((x[3] - x[2]) / x[3] / finance.YearFrac(x[0], x[1], b))
	})
	security("INTRATE", "n n n n [n]", "sm++b", func(x []float64, _ int, b basis) Value {
		return Number((x[3] - x[2]) / x[2] / finance.YearFrac(x[0], x[1], b))
	})
	security("RECEIVED", "n n n n [n]", "sm++b", func(x []float64, _ int, b basis) Value {
		return Number(x[2] / (1 - x[3]*finance.YearFrac(x[0], x[1], b)))
	})
	security("PRICEDISC", "n n n n [n]", "sm++b", func(x []float64, _ int, b basis) Value {
		return Number(x[3] - x[2]*x[3]*finance.YearFrac(x[0], x[1], b))
	})
	security("YIELDDISC", "n n n n [n]", "sm++b", func(x []float64, _ int, b basis) Value {
		return Number((x[3] - x[2]) / x[2] / finance.YearFrac(x[0], x[1], b))
	})
	security("PRICEMAT", "n n n n n [n]", "smdrrb", func(x []float64, _ int, b basis) Value {
		return Number(finance.PriceAtMaturity(x[0], x[1], x[2], x[3], x[4], b))
	})
	security("YIELDMAT", "n n n n n [n]", "smdr+b", func(x []float64, _ int, b basis) Value {
		return Number(finance.YieldAtMaturity(x[0], x[1], x[2], x[3], x[4], b))
	})
	// A treasury bill runs for a year at the most.
	bill := func(name string, f func(settlement, maturity, x float64) float64) {
		security(name, "n n n", "sm+", func(x []float64, _ int, _ basis) Value {
			if x[1] > finance.AddMonths(x[0], 12) {
				return Fail(CodeNum, "Function "+name+" parameter 2 should be within one year of parameter 1.")
			}
			return Number(f(x[0], x[1], x[2]))
		})
	}
	bill("TBILLEQ", finance.BillEquivalent)
	bill("TBILLPRICE", func(s, m, x float64) float64 { return 100 * (1 - x*(m-s)/360) })
	bill("TBILLYIELD", func(s, m, x float64) float64 { return (100 - x) / x * 360 / (m - s) })
	security("AMORLINC", "n n n n n n [n]", ".dd..+b", func(x []float64, _ int, b basis) Value {
		if x[0] <= 0 || x[3] < 0 || x[3] > x[0] || x[4] < 0 || x[1] > x[2] {
			return Number(math.NaN())
		}
		return Number(finance.AmortLinear(x[0], x[1], x[2], x[3], int(math.Min(x[4], 1e6)), x[5], b))
	})
}

// worth is a number, or #NUM! where the sum does not come out.
func (c *Call) worth(x float64) Value {
	if math.IsNaN(x) {
		return Fail(CodeNum, "Function "+c.Func.Name+" has no value for these parameters.")
	}
	return c.finite(x)
}

// datedFlows are amounts and their dates; none lies before the first.
func (c *Call) datedFlows(amounts, days Value) (flows, dates []float64, failed Value) {
	if flows, failed = c.sample([]Value{amounts}); failed.IsError() {
		return
	}
	if dates, failed = c.sample([]Value{days}); failed.IsError() {
		return
	}
	if len(flows) != len(dates) || len(flows) == 0 {
		return nil, nil, Fail(CodeNum, "Array arguments to "+c.Func.Name+" are of different size.")
	}
	for i := range dates {
		if dates[i] = math.Floor(dates[i]); dates[i] < dates[0] {
			return nil, nil, Fail(CodeNum, "Function "+c.Func.Name+" has a date before the first one.")
		}
	}
	return flows, dates, Empty
}
