package calc

import (
	"math"

	"twinset.dev/twins/gsheets/internal/finance"
)

// https://support.google.com/docs/table/25273 (Financial)
func init() {
	// number is a function of numbers alone, those that are left out being as given; rules are those of the distributions, and
	// z for what must not be zero, m for what must be more than 0 and not more than the parameter before it.
	number := func(name, params, rules string, left []float64, shown func(*Call, Value) Value, f func(x []float64) float64) {
		function(name, params, func(c *Call, a []Value) Value {
			x := make([]float64, max(len(a), len(left)))
			copy(x, left)
			for i := range a {
				x[i] = a[i].Num
				if i >= len(rules) {
					continue
				}
				rule := rules[i]
				switch {
				case rule == 'z' && x[i] == 0:
					return c.ZeroDivisor(i + 1)
				case rule == 'm' && x[i] > x[i-1]:
					return c.above(i+1, x[i], i, x[i-1])
				case rule == 'm':
					rule = '+'
				}
				if refused := c.ruled(rule, i+1, &x[i]); refused.IsError() {
					return refused
				}
			}
			return shown(c, c.worth(f(x)))
		})
	}
	none := func(n int) []float64 { return make([]float64, n) }
	plain := func(_ *Call, v Value) Value { return v }

	number("PMT", "n n n [n n]", ".z", none(5), money, func(x []float64) float64 { return finance.Payment(x[0], x[1], x[2], x[3], due(x[4])) })
	number("FV", "n n n [n n]", "", none(5), money, func(x []float64) float64 { return finance.FutureValue(x[0], x[1], x[2], x[3], due(x[4])) })
	number("PV", "n n n [n n]", "", none(5), money, func(x []float64) float64 { return finance.PresentValue(x[0], x[1], x[2], x[3], due(x[4])) })
	number("NPER", "n n n [n n]", "", none(5), plain, func(x []float64) float64 { return finance.Periods(x[0], x[1], x[2], x[3], due(x[4])) })
	function("RATE", "n n n [n n n]", func(c *Call, a []Value) Value {
		n, payment, pv, fv := a[0].Num, a[1].Num, a[2].Num, or(a, 3, 0)
		if refused, ok := c.positive(a, 1); !ok {
			return refused
		}
		if payment >= 0 && pv >= 0 && fv >= 0 || payment <= 0 && pv <= 0 && fv <= 0 {
			return c.oneSign(CodeNum)
		}
		return percentage(c.worth(finance.Rate(n, payment, pv, fv, due(or(a, 4, 0)), or(a, 5, .1))))
	})
	part := func(name string, f func(x []float64) float64) {
		function(name, "n n n n [n n]", func(c *Call, a []Value) Value {
			x := []float64{a[0].Num, a[1].Num, a[2].Num, a[3].Num, or(a, 4, 0), due(or(a, 5, 0))}
			if x[1] < 1 || x[1] > x[2] {
				return c.Refuse(CodeNum, 2, "value %s is out of range.", c.plain(x[1]))
			}
			return money(c, c.worth(f(x)))
		})
	}
	part("IPMT", func(x []float64) float64 { return finance.Interest(x[0], x[1], x[2], x[3], x[4], x[5]) })
	part("PPMT", func(x []float64) float64 {
		return finance.Payment(x[0], x[2], x[3], x[4], x[5]) - finance.Interest(x[0], x[1], x[2], x[3], x[4], x[5])
	})
	number("ISPMT", "n n n n", "..z", nil, plain, func(x []float64) float64 { return -x[3]*x[0]*(1-x[1]/x[2]) + 0 })
	cumulative := func(name string, part func(rate, period, n, pv, due float64) float64) {
		number(name, "n n n n n n", "+++11", nil, plain, func(x []float64) float64 {
			if x[4] < x[3] || x[4] > x[1] || x[4] > 1e6 {
				return math.NaN()
			}
			total := 0.0
			for p := x[3]; p <= x[4]; p++ {
				total += part(x[0], p, x[1], x[2], due(x[5]))
			}
			return total
		})
	}
	cumulative("CUMIPMT", func(rate, p, n, pv, due float64) float64 { return finance.Interest(rate, p, n, pv, 0, due) })
	cumulative("CUMPRINC", func(rate, p, n, pv, due float64) float64 {
		return finance.Payment(rate, n, pv, 0, due) - finance.Interest(rate, p, n, pv, 0, due)
	})
	number("EFFECT", "n n", "+1", nil, plain, func(x []float64) float64 { return math.Pow(1+x[0]/x[1], x[1]) - 1 })
	number("NOMINAL", "n n", "+1", nil, plain, func(x []float64) float64 { return x[1] * (math.Pow(1+x[0], 1/x[1]) - 1) })
	number("PDURATION", "n n n", "+++", nil, plain, func(x []float64) float64 { return math.Log(x[2]/x[1]) / math.Log1p(x[0]) })
	number("RRI", "n n n", "zz", nil, plain, func(x []float64) float64 { return math.Pow(x[2]/x[1], 1/x[0]) - 1 })
	number("SLN", "n n n", "..z", nil, money, func(x []float64) float64 { return (x[0] - x[1]) / x[2] })
	number("SYD", "n n n n", "..+m", nil, money, func(x []float64) float64 {
		return (x[0] - x[1]) * (x[2] - x[3] + 1) * 2 / (x[2] * (x[2] + 1))
	})
	number("DB", "n n n n [n]", "00+11", []float64{0, 0, 0, 0, 12}, money, func(x []float64) float64 {
		if x[4] > 12 || x[3] > 1e6 || x[3] > x[2]+1 || x[3] > x[2] && x[4] == 12 {
			return math.NaN()
		}
		return finance.FixedDeclining(x[0], x[1], x[2], x[3], x[4])
	})
	number("DDB", "n n n n [n]", "00+m+", []float64{0, 0, 0, 0, 2}, money, func(x []float64) float64 {
		return finance.Declining(x[0], x[1], x[2], x[3], x[4])
	})
	number("VDB", "n n n n n [n b]", "00+00+", []float64{0, 0, 0, 0, 0, 2, 0}, money, func(x []float64) float64 {
		if x[4] < x[3] || x[4] > x[2] || x[2] > 1e5 {
			return math.NaN()
		}
		return finance.VariableDeclining(x[0], x[1], x[2], x[3], x[4], x[5], x[6] != 0)
	})
	number("DOLLARDE", "n n", ".1", nil, plain, func(x []float64) float64 {
		whole, part := math.Modf(x[0])
		return whole + part*math.Pow(10, math.Ceil(math.Log10(x[1])))/x[1]
	})
	number("DOLLARFR", "n n", ".1", nil, plain, func(x []float64) float64 {
		whole, part := math.Modf(x[0])
		return whole + part*x[1]/math.Pow(10, math.Ceil(math.Log10(x[1])))
	})

	function("NPV", "n a...", func(c *Call, a []Value) Value {
		flows, failed := c.sample(a[1:])
		if failed.IsError() {
			return failed
		}
		if a[0].Num == -1 {
			return c.divideByZero()
		}
		return money(c, c.worth(finance.NetPresentValue(a[0].Num, flows)))
	})
	function("IRR", "a [n]", func(c *Call, a []Value) Value {
		flows, failed := c.sample(a[:1])
		switch {
		case failed.IsError():
			return failed
		case !finance.BothSigns(flows):
			return c.oneSign(CodeNum)
		}
		return percentage(c.worth(finance.InternalRate(flows, or(a, 1, .1))))
	})
	function("MIRR", "a n n", func(c *Call, a []Value) Value {
		flows, failed := c.sample(a[:1])
		switch {
		case failed.IsError():
			return failed
		case !finance.BothSigns(flows):
			return c.oneSign(CodeDiv)
		}
		return percentage(c.worth(finance.ModifiedInternalRate(flows, a[1].Num, a[2].Num)))
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
		if !finance.BothSigns(flows) {
			return c.oneSign(CodeNum)
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

// due is 1 for payments at the begin of their periods.
func due(x float64) float64 {
	if x != 0 {
		return 1
	}
	return 0
}

// money is a number shown in the locale's currency, percentage one in whole percents.
func money(c *Call, v Value) Value {
	return v.shownAs(Value{Hint: HintCurrency, Text: c.Locale.Currency})
}

func percentage(v Value) Value { return v.shownAs(Value{Hint: HintPercent, Text: "0%"}) }

// oneSign is the error of a rate whose cash flows go one way only.
func (c *Call) oneSign(code Code) Value {
	return Fail(code, "In "+c.Func.Name+" evaluation, the value array must include positive and negative numbers.")
}

// above is #NUM! because the parameter (from 1) is more than another.
func (c *Call) above(param int, x float64, other int, limit float64) Value {
	return c.Refuse(CodeNum, param, "value is %s. It should be less than or equal to value of Function %s parameter %d with %s.", c.plain(x), c.Func.Name, other, c.plain(limit))
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
