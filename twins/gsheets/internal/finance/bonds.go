package finance

import "math"

// Price of a bond that pays coupons, per 100 of face value.
func Price(settlement, maturity, rate, yield, redemption float64, frequency int, b Basis) float64 {
	f := float64(frequency)
	n := CouponsLeft(settlement, maturity, frequency)
	e := CouponDays(settlement, maturity, frequency, b)
	dsc := CouponDaysAfter(settlement, maturity, frequency, b) / e
	a := CouponDaysBefore(settlement, maturity, frequency, b) / e
	c := 100 * rate / f
	if n == 1 {
		return (redemption+c)/(1+dsc*yield/f) - c*a
	}
	v := 1 + yield/f
	price := redemption / math.Pow(v, float64(n-1)+dsc)
	for k := range n {
		price += c / math.Pow(v, float64(k)+dsc)
	}
	return price - c*a
}

// Yield is the yield at which a bond has a price.
func Yield(settlement, maturity, rate, price, redemption float64, frequency int, b Basis) float64 {
	f := float64(frequency)
	if CouponsLeft(settlement, maturity, frequency) == 1 {
		e := CouponDays(settlement, maturity, frequency, b)
		dsr := CouponDaysAfter(settlement, maturity, frequency, b)
		paid := price/100 + CouponDaysBefore(settlement, maturity, frequency, b)/e*rate/f
		return (redemption/100 + rate/f - paid) / paid * f * e / dsr
	}
	return solve(func(y float64) float64 {
		return Price(settlement, maturity, rate, y, redemption, frequency, b) - price
	}, rate, -f+1e-9)
}

// Duration is Macaulay's, in years; the modified one is divided by one plus the period's yield.
func Duration(settlement, maturity, rate, yield float64, frequency int, b Basis, modified bool) float64 {
	f := float64(frequency)
	n := CouponsLeft(settlement, maturity, frequency)
	dsc := CouponDaysAfter(settlement, maturity, frequency, b) / CouponDays(settlement, maturity, frequency, b)
	c := 100 * rate / f
	v := 1 + yield/f
	worth, weighted := 0.0, 0.0
	for k := range n {
		t := float64(k) + dsc
		pay := c
		if k == n-1 {
			pay += 100
		}
		pay /= math.Pow(v, t)
		worth += pay
		weighted += t * pay
	}
	d := weighted / worth / f
	if modified {
		d /= v
	}
	return d
}

// Accrued is the interest that has come to a holder since issue.
func Accrued(issue, settlement, rate, par float64, b Basis) float64 {
	return par * rate * YearFrac(issue, settlement, b)
}

// PriceAtMaturity is the price per 100 of a security that pays its interest at maturity.
func PriceAtMaturity(settlement, maturity, issue, rate, yield float64, b Basis) float64 {
	year := b.year(issue)
	im, is, sm := b.days(issue, maturity)/year, b.days(issue, settlement)/year, b.days(settlement, maturity)/year
	return (100+im*rate*100)/(1+sm*yield) - is*rate*100
}

// YieldAtMaturity is the yield of a security that pays its interest at maturity.
func YieldAtMaturity(settlement, maturity, issue, rate, price float64, b Basis) float64 {
	year := b.year(issue)
	im, is, sm := b.days(issue, maturity)/year, b.days(issue, settlement)/year, b.days(settlement, maturity)/year
	paid := price/100 + is*rate
	return ((1 + im*rate) - paid) / paid / sm
}

// BillEquivalent is the bond-equivalent yield of a treasury bill.
func BillEquivalent(settlement, maturity, discount float64) float64 {
	days := maturity - settlement
	if days <= 182 {
		return 365 * discount / (360 - discount*days)
	}
	price := (100 - discount*100*days/360) / 100
	year := 365.0
	if days == 366 {
		year = 366
	}
	t := days / year
	return (-2*t + 2*math.Sqrt(t*t-(2*t-1)*(1-1/price))) / (2*t - 1)
}

// AmortLinear is the depreciation of one period of an asset bought within the first, by the French code.
func AmortLinear(cost, bought, firstEnd, salvage float64, period int, rate float64, b Basis) float64 {
	full := cost * rate
	first := full * YearFrac(bought, firstEnd, b)
	total := cost - salvage
	if period == 0 {
		return math.Min(first, total)
	}
	left := total - first - full*float64(period-1)
	return math.Max(0, math.Min(full, left))
}
