// Package finance is the arithmetic of a spreadsheet's financial functions. Dates are serial numbers of whole days, rates are
// fractions, and what has no value is NaN.
package finance

import (
	"twinset.dev/twins/gsheets/internal/format"
)

// Basis is how days are counted.
//
// https://support.google.com/docs/answer/3092989
type Basis int

// The five day counts, by the number the functions take.
const (
	US30      Basis = iota // 30/360 as in the United States
	Actual                 // actual/actual
	Actual360              // actual/360
	Actual365              // actual/365
	Euro30                 // 30/360 as in Europe
)

// Days360 counts days in a year of twelve months of thirty days.
func Days360(start, end float64, european bool) float64 {
	y1, m1, d1 := format.Civil(start)
	y2, m2, d2 := format.Civil(end)
	if european {
		d1, d2 = min(d1, 30), min(d2, 30)
	} else {
		if d1 == format.DaysIn(y1, m1) {
			d1 = 30
		}
		if d2 == format.DaysIn(y2, m2) {
			if d1 < 30 {
				m2, d2 = m2+1, 1
			} else {
				d2 = 30
			}
		}
	}
	return float64((y2-y1)*360 + (m2-m1)*30 + d2 - d1)
}

// nasd counts as securities dealers do: February's last day is a thirtieth only when both ends are.
func nasd(start, end float64) float64 {
	y1, m1, d1 := format.Civil(start)
	y2, m2, d2 := format.Civil(end)
	last := func(y, m, d int) bool { return m == 2 && d == format.DaysIn(y, m) }
	if last(y1, m1, d1) {
		if last(y2, m2, d2) {
			d2 = 30
		}
		d1 = 30
	}
	if d2 == 31 && d1 >= 30 {
		d2 = 30
	}
	d1 = min(d1, 30)
	return float64((y2-y1)*360 + (m2-m1)*30 + d2 - d1)
}

// days between two dates, end not before start.
func (b Basis) days(start, end float64) float64 {
	switch b {
	case US30:
		return nasd(start, end)
	case Euro30:
		return Days360(start, end, true)
	}
	return end - start
}

// YearFrac is the time between two dates in years.
func YearFrac(start, end float64, b Basis) float64 {
	if start > end {
		start, end = end, start
	}
	switch b {
	case US30, Euro30:
		return b.days(start, end) / 360
	case Actual360:
		return (end - start) / 360
	case Actual365:
		return (end - start) / 365
	}
	y1, m1, d1 := format.Civil(start)
	y2, m2, d2 := format.Civil(end)
	if y1 == y2 || y2 == y1+1 && (m2 < m1 || m2 == m1 && d2 <= d1) {
		length := 365.0
		switch {
		case y1 == y2 && leap(y1):
			length = 366
		case y1 != y2 && (leap(y1) && start <= format.Serial(y1, 2, 29) || leap(y2) && end >= format.Serial(y2, 2, 29)):
			length = 366
		}
		return (end - start) / length
	}
	mean := (format.Serial(y2+1, 1, 1) - format.Serial(y1, 1, 1)) / float64(y2-y1+1)
	return (end - start) / mean
}

func leap(y int) bool { return format.DaysIn(y, 2) == 29 }

// year is how many days a year has on a basis; an actual one is that of a date.
func (b Basis) year(at float64) float64 {
	switch b {
	case Actual365:
		return 365
	case Actual:
		y, _, _ := format.Civil(at)
		if leap(y) {
			return 366
		}
		return 365
	}
	return 360
}

// AddMonths moves a date by months and stays within the month it comes to.
func AddMonths(serial float64, months int) float64 {
	y, m, d := format.Civil(serial)
	first := format.Serial(y, m+months, 1)
	y, m, _ = format.Civil(first)
	return first + float64(min(d, format.DaysIn(y, m))) - 1
}

// EndOfMonth is the last day of the month that is so many months away.
func EndOfMonth(serial float64, months int) float64 {
	y, m, _ := format.Civil(serial)
	return format.Serial(y, m+months+1, 1) - 1
}

// coupon is the coupon date that lies n coupons before maturity; bonds that end on a month's last day pay on last days.
func coupon(maturity float64, n, frequency int) float64 {
	if EndOfMonth(maturity, 0) == maturity {
		return EndOfMonth(maturity, -n*12/frequency)
	}
	return AddMonths(maturity, -n*12/frequency)
}

// CouponsLeft is how many coupons are paid after settlement.
func CouponsLeft(settlement, maturity float64, frequency int) int {
	y1, m1, _ := format.Civil(settlement)
	y2, m2, _ := format.Civil(maturity)
	n := max(0, ((y2-y1)*12+m2-m1)*frequency/12-1)
	for coupon(maturity, n, frequency) > settlement {
		n++
	}
	return n
}

// PreviousCoupon is the coupon date at or before settlement, NextCoupon the one after it.
func PreviousCoupon(settlement, maturity float64, frequency int) float64 {
	return coupon(maturity, CouponsLeft(settlement, maturity, frequency), frequency)
}

// NextCoupon is the first coupon date after settlement.
func NextCoupon(settlement, maturity float64, frequency int) float64 {
	return coupon(maturity, CouponsLeft(settlement, maturity, frequency)-1, frequency)
}

// CouponDays is the length of the coupon period that settlement falls in.
func CouponDays(settlement, maturity float64, frequency int, b Basis) float64 {
	if b == Actual {
		return NextCoupon(settlement, maturity, frequency) - PreviousCoupon(settlement, maturity, frequency)
	}
	return b.year(0) / float64(frequency)
}

// CouponDaysBefore counts from the period's begin to settlement.
func CouponDaysBefore(settlement, maturity float64, frequency int, b Basis) float64 {
	return b.days(PreviousCoupon(settlement, maturity, frequency), settlement)
}

// CouponDaysAfter counts from settlement to the next coupon.
func CouponDaysAfter(settlement, maturity float64, frequency int, b Basis) float64 {
	if b == US30 || b == Euro30 {
		return CouponDays(settlement, maturity, frequency, b) - CouponDaysBefore(settlement, maturity, frequency, b)
	}
	return NextCoupon(settlement, maturity, frequency) - settlement
}
