package finance

import "math"

// In an annuity money received is positive and money paid negative; due is 1 for payments at a period's begin, 0 at its end.

// Payment of each of n periods.
func Payment(rate, n, pv, fv, due float64) float64 {
	if rate == 0 {
		return -(pv + fv) / n
	}
	q := math.Pow(1+rate, n)
	return -rate * (fv + pv*q) / ((1 + rate*due) * (q - 1))
}

// FutureValue after n periods.
func FutureValue(rate, n, payment, pv, due float64) float64 {
	if rate == 0 {
		return -(pv + payment*n)
	}
	q := math.Pow(1+rate, n)
	return -pv*q - payment*(1+rate*due)*(q-1)/rate
}

// PresentValue of n payments and what is left at the end.
func PresentValue(rate, n, payment, fv, due float64) float64 {
	if rate == 0 {
		return -(fv + payment*n)
	}
	q := math.Pow(1+rate, n)
	return -(fv + payment*(1+rate*due)*(q-1)/rate) / q
}

// Periods until the future value is reached.
func Periods(rate, payment, pv, fv, due float64) float64 {
	if rate == 0 {
		return -(pv + fv) / payment
	}
	p := payment * (1 + rate*due) / rate
	return math.Log((p-fv)/(p+pv)) / math.Log1p(rate)
}

// Interest is the part of a period's payment that is interest.
func Interest(rate, period, n, pv, fv, due float64) float64 {
	payment := Payment(rate, n, pv, fv, due)
	if period == 1 {
		if due != 0 {
			return 0
		}
		return -pv * rate
	}
	if due != 0 {
		return (FutureValue(rate, period-2, payment, pv, 1) - payment) * rate
	}
	return FutureValue(rate, period-1, payment, pv, 0) * rate
}

// Rate per period.
func Rate(n, payment, pv, fv, due, guess float64) float64 {
	return solve(func(r float64) float64 {
		if math.Abs(r) < 1e-12 {
			return pv + payment*n + fv
		}
		q := math.Pow(1+r, n)
		return pv*q + payment*(1+r*due)*(q-1)/r + fv
	}, guess, -1+1e-9)
}

// NetPresentValue of cash flows at the end of each period.
func NetPresentValue(rate float64, flows []float64) float64 {
	v := 0.0
	for i, f := range flows {
		v += f / math.Pow(1+rate, float64(i+1))
	}
	return v
}

// InternalRate at which the cash flows are worth nothing; they must have both signs.
func InternalRate(flows []float64, guess float64) float64 {
	return solve(func(r float64) float64 {
		v := 0.0
		for i, f := range flows {
			v += f / math.Pow(1+r, float64(i))
		}
		return v
	}, guess, -1+1e-9)
}

// ModifiedInternalRate lends at one rate and borrows at another.
func ModifiedInternalRate(flows []float64, finance, reinvest float64) float64 {
	n := float64(len(flows))
	in, out := 0.0, 0.0
	for i, f := range flows {
		if f > 0 {
			in += f * math.Pow(1+reinvest, n-1-float64(i))
		} else {
			out += f / math.Pow(1+finance, float64(i))
		}
	}
	return math.Pow(-in/out, 1/(n-1)) - 1
}

// DatedValue is the present value of cash flows on dates, at the first of them.
func DatedValue(rate float64, flows, dates []float64) float64 {
	v := 0.0
	for i, f := range flows {
		v += f / math.Pow(1+rate, (dates[i]-dates[0])/365)
	}
	return v
}

// DatedInternalRate is the yearly rate at which cash flows on dates are worth nothing.
func DatedInternalRate(flows, dates []float64, guess float64) float64 {
	return solve(func(r float64) float64 { return DatedValue(r, flows, dates) }, guess, -1+1e-9)
}

// BothSigns says whether money comes in as well as goes out.
func BothSigns(flows []float64) bool {
	in, out := false, false
	for _, f := range flows {
		in = in || f > 0
		out = out || f < 0
	}
	return in && out
}

// solve finds a root above low near a guess: Newton's way while it works, halving where it does not.
func solve(f func(float64) float64, guess, low float64) float64 {
	if f(0) == 0 {
		return 0
	}
	x := guess
	for range 60 {
		y := f(x)
		if y == 0 {
			return x
		}
		h := 1e-6 * math.Max(1, math.Abs(x))
		slope := (f(x+h) - f(x-h)) / (2 * h)
		next := x - y/slope
		if math.IsNaN(next) || next <= low {
			break
		}
		if math.Abs(next-x) < 1e-14*math.Max(1, math.Abs(x)) {
			return next
		}
		x = next
	}
	if y := f(x); math.Abs(y) < 1e-9 && x > low {
		return x
	}
	// A change of sign is looked for outward from the guess.
	a, b := math.Max(low, guess-0.1), guess+0.1
	fa, fb := f(a), f(b)
	for range 200 {
		if fa*fb <= 0 {
			for range 300 {
				mid := (a + b) / 2
				if mid == a || mid == b {
					break
				}
				if fm := f(mid); fa*fm <= 0 {
					b = mid
				} else {
					a, fa = mid, fm
				}
			}
			return (a + b) / 2
		}
		a, b = low+(a-low)*0.7, b+(b-low)*0.3
		fa, fb = f(a), f(b)
		if b > 1e9 {
			break
		}
	}
	return math.NaN()
}
