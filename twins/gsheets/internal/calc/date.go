package calc

import (
	"math"
	"time"

	"twinset.dev/twins/gsheets/internal/finance"
	"twinset.dev/twins/gsheets/internal/format"
)

// lastDay is 31 December 9999.
const lastDay = 2958465

// https://support.google.com/docs/table/25273 (Date)
func init() {
	function("NOW", "", func(c *Call, _ []Value) Value { return Date(c.now(), HintDateTime) }).Volatile = true
	function("TODAY", "", func(c *Call, _ []Value) Value { return Date(math.Floor(c.now()), HintDate) }).Volatile = true
	function("DATE", "n n n", func(c *Call, a []Value) Value {
		y, m, d := math.Trunc(a[0].Num), math.Trunc(a[1].Num), math.Trunc(a[2].Num)
		if y >= 0 && y < 1900 {
			y += 1900
		}
		if y < 0 || y > 9999 || math.Abs(m) > 1e5 || math.Abs(d) > 1e7 {
			return c.Refuse(CodeNum, 1, "value is %s. Valid values are between 0 and 9999 inclusive.", c.plain(a[0].Num))
		}
		return c.day(format.Serial(int(y), int(m), int(d)))
	})
	function("TIME", "n n n", func(c *Call, a []Value) Value {
		s := math.Trunc(a[0].Num)*3600 + math.Trunc(a[1].Num)*60 + math.Trunc(a[2].Num)
		if s < 0 {
			return Fail(CodeNum, c.Func.Name+" evaluates to a negative time.")
		}
		return Date(math.Mod(s, 86400)/86400, HintTime)
	})
	function("DATEVALUE", "v", func(c *Call, a []Value) Value { return c.dateText(a[0], math.Floor) })
	function("TIMEVALUE", "v", func(c *Call, a []Value) Value {
		return c.dateText(a[0], func(x float64) float64 { return x - math.Floor(x) })
	})
	part := func(name string, f func(serial float64) int) {
		function(name, "n", func(c *Call, a []Value) Value {
			if a[0].Num < 0 || a[0].Num > lastDay+1 {
				return c.negativeDate(1, a[0].Num)
			}
			return Number(float64(f(a[0].Num)))
		})
	}
	part("YEAR", func(s float64) int { y, _, _ := format.Civil(s); return y })
	part("MONTH", func(s float64) int { _, m, _ := format.Civil(s); return m })
	part("DAY", func(s float64) int { _, _, d := format.Civil(s); return d })
	part("HOUR", func(s float64) int { h, _, _, _ := format.Clock(s); return h })
	part("MINUTE", func(s float64) int { _, m, _, _ := format.Clock(s); return m })
	part("SECOND", func(s float64) int { _, _, t, _ := format.Clock(s); return t })
	part("ISOWEEKNUM", isoWeek)
	function("WEEKDAY", "n [n]", func(c *Call, a []Value) Value {
		day, kind := format.Weekday(a[0].Num), int(or(a, 1, 1))
		switch {
		case a[0].Num < 0:
			return c.negativeDate(1, a[0].Num)
		case kind == 1:
			return Number(float64(day + 1))
		case kind == 2:
			return Number(float64((day+6)%7 + 1))
		case kind == 3:
			return Number(float64((day + 6) % 7))
		}
		return c.OutOfRange(2, a[1].Num, 1, 3)
	})
	function("WEEKNUM", "n [n]", func(c *Call, a []Value) Value {
		kind := int(or(a, 1, 1))
		first := 0 // the weekday that begins a week
		switch {
		case a[0].Num < 0:
			return c.negativeDate(1, a[0].Num)
		case kind == 21:
			return Number(float64(isoWeek(a[0].Num)))
		case kind == 1 || kind == 2:
			first = kind - 1
		case kind >= 11 && kind <= 17:
			first = (kind - 10) % 7
		default:
			return c.Refuse(CodeNum, 2, "value is %s. Valid values are 1, 2, 11 to 17 and 21.", c.plain(a[1].Num))
		}
		y, _, _ := format.Civil(a[0].Num)
		begin := format.Serial(y, 1, 1)
		lead := (format.Weekday(begin) - first + 7) % 7
		return Number(math.Floor((math.Floor(a[0].Num)-begin+float64(lead))/7) + 1)
	})
	function("DAYS", "n n", func(_ *Call, a []Value) Value { return Number(math.Floor(a[0].Num) - math.Floor(a[1].Num)) })
	function("DAYS360", "n n [b]", func(_ *Call, a []Value) Value {
		return Number(finance.Days360(a[0].Num, a[1].Num, len(a) > 2 && a[2].True()))
	})
	function("EDATE", "n n", func(c *Call, a []Value) Value {
		if math.Abs(a[1].Num) > 1e6 {
			return c.negativeDate(2, a[1].Num)
		}
		return c.day(finance.AddMonths(a[0].Num, int(a[1].Num)))
	})
	function("EOMONTH", "n n", func(c *Call, a []Value) Value {
		if math.Abs(a[1].Num) > 1e6 {
			return c.negativeDate(2, a[1].Num)
		}
		return c.day(finance.EndOfMonth(a[0].Num, int(a[1].Num)))
	})
	function("DATEDIF", "n n t", dateDifference)
	function("YEARFRAC", "n n [n]", func(c *Call, a []Value) Value {
		basis := math.Trunc(or(a, 2, 0))
		if basis < 0 || basis > 4 {
			return c.OutOfRange(3, basis, 0, 4)
		}
		return Number(finance.YearFrac(math.Floor(a[0].Num), math.Floor(a[1].Num), finance.Basis(basis)))
	})
	function("EPOCHTODATE", "n [n]", func(c *Call, a []Value) Value {
		unit := math.Trunc(or(a, 1, 1))
		if unit < 1 || unit > 3 {
			return c.OutOfRange(2, unit, 1, 3)
		}
		if a[0].Num < 0 {
			return c.negative(1, a[0].Num)
		}
		seconds := math.Trunc(a[0].Num) / math.Pow(1000, unit-1)
		return Date(seconds/86400+25569, HintDateTime)
	})

	function("NETWORKDAYS", "n n [a]", func(c *Call, a []Value) Value { return c.workdays(a[0].Num, a[1].Num, satSun, a[2:]) })
	function("NETWORKDAYS.INTL", "n n [v a]", func(c *Call, a []Value) Value {
		off, rest, refused := c.weekend(a)
		if refused.IsError() {
			return refused
		}
		return c.workdays(a[0].Num, a[1].Num, off, rest)
	})
	function("WORKDAY", "n n [a]", func(c *Call, a []Value) Value { return c.workday(a[0].Num, a[1].Num, satSun, a[2:]) })
	function("WORKDAY.INTL", "n n [v a]", func(c *Call, a []Value) Value {
		off, rest, refused := c.weekend(a)
		if refused.IsError() {
			return refused
		}
		return c.workday(a[0].Num, a[1].Num, off, rest)
	})
}

// now is the time as a serial, in the spreadsheet's zone.
func (c *Call) now() float64 { return serialOf(c.Now) }

// serialOf is a time as the serial of what a clock shows.
func serialOf(t time.Time) float64 {
	clock := float64(t.Hour()*3600+t.Minute()*60+t.Second()) + math.Trunc(float64(t.Nanosecond())/1e6)/1e3
	return format.Serial(t.Year(), int(t.Month()), t.Day()) + clock/86400
}

// day is a date, or #NUM! if no calendar has it.
func (c *Call) day(serial float64) Value {
	if serial < 0 || serial > lastDay {
		return Fail(CodeNum, c.Func.Name+" evaluates to an out of range date.")
	}
	return Date(serial, HintDate)
}

func (c *Call) negativeDate(param int, x float64) Value { return c.OutOfRange(param, x, 0, lastDay) }

// dateText reads a date or a time from a text.
func (c *Call) dateText(v Value, f func(float64) float64) Value {
	if v.Kind == KindText {
		if n, ok := c.readNumber(v.Text); ok && n.dated() {
			return Number(f(n.Num))
		}
	} else if v.Kind == KindNumber && v.dated() {
		return Number(f(v.Num))
	}
	return Fail(CodeValue, c.Func.Name+" parameter '"+c.TextOf(v)+"' cannot be parsed to date/time.")
}

// isoWeek counts weeks from Monday; the first has the year's first Thursday.
func isoWeek(serial float64) int {
	thursday := math.Floor(serial) + float64(3-(format.Weekday(serial)+6)%7)
	y, _, _ := format.Civil(thursday)
	return int(thursday-format.Serial(y, 1, 1))/7 + 1
}

func dateDifference(c *Call, a []Value) Value {
	from, to := math.Floor(a[0].Num), math.Floor(a[1].Num)
	if from > to {
		return Fail(CodeNum, "Function DATEDIF parameter 1 ("+c.Shown(Date(from, HintDate))+") should be on or before Function DATEDIF parameter 2 ("+c.Shown(Date(to, HintDate))+").")
	}
	y1, m1, d1 := format.Civil(from)
	y2, m2, d2 := format.Civil(to)
	months := (y2-y1)*12 + m2 - m1
	if d2 < d1 {
		months--
	}
	switch upper(a[2].Text) {
	case "Y":
		return Number(float64(months / 12))
	case "M":
		return Number(float64(months))
	case "D":
		return Number(to - from)
	case "YM":
		return Number(float64(months % 12))
	case "MD":
		return Number(to - finance.AddMonths(from, months))
	case "YD":
		begin := format.Serial(y2, m1, d1)
		if begin > to {
			begin = format.Serial(y2-1, m1, d1)
		}
		return Number(to - begin)
	}
	return c.Refuse(CodeNum, 3, "value is %s. It should be one of: \"Y\", \"M\", \"D\", \"MD\", \"YM\", \"YD\".", a[2].Text)
}

// daysOff says of each weekday, from Sunday, if nobody works.
type daysOff [7]bool

var satSun = daysOff{0: true, 6: true}

// weekend reads the third argument of the INTL functions: a number for days that follow each other, or seven digits from Monday.
//
// https://support.google.com/docs/answer/3295902
func (c *Call) weekend(a []Value) (off daysOff, rest []Value, refused Value) {
	if len(a) < 3 || a[2].Kind == KindEmpty {
		return satSun, a[min(3, len(a)):], Empty
	}
	if s := a[2].Text; a[2].Kind == KindText {
		if len(s) != 7 {
			return off, nil, c.Refuse(CodeValue, 3, "value '%s' should be seven digits of 0 and 1.", s)
		}
		for i := range 7 {
			switch s[i] {
			case '1':
				off[(i+1)%7] = true
			case '0':
			default:
				return off, nil, c.Refuse(CodeValue, 3, "value '%s' should be seven digits of 0 and 1.", s)
			}
		}
		return off, a[3:], Empty
	}
	switch n := int(a[2].Num); {
	case n >= 1 && n <= 7:
		off[(n+5)%7], off[(n+6)%7] = true, true
	case n >= 11 && n <= 17:
		off[n-11] = true
	default:
		return off, nil, c.Refuse(CodeNum, 3, "value is %s. Valid values are 1 to 7 and 11 to 17.", c.plain(a[2].Num))
	}
	return off, a[3:], Empty
}

// holidays are the days of the last argument.
func (c *Call) holidays(a []Value) (map[float64]bool, Value) {
	days := map[float64]bool{}
	failed := Empty
	for _, v := range a {
		c.Walk(v, func(_, _ int, v Value) bool {
			switch v.Kind {
			case KindError:
				failed = v
			case KindText:
				failed = Fail(CodeValue, c.Func.Name+" expects number values. But '"+v.Text+"' is a text and cannot be coerced to a number.")
			default:
				days[math.Floor(v.Num)] = true
			}
			return !failed.IsError()
		})
	}
	return days, failed
}

func (c *Call) workdays(from, to float64, off daysOff, rest []Value) Value {
	free, failed := c.holidays(rest)
	if failed.IsError() {
		return failed
	}
	from, to = math.Floor(from), math.Floor(to)
	sign := 1.0
	if from > to {
		from, to, sign = to, from, -1
	}
	if from < 0 || to > lastDay {
		return c.negativeDate(1, from)
	}
	perWeek := 0.0
	for _, o := range off {
		if !o {
			perWeek++
		}
	}
	weeks := math.Floor((to - from + 1) / 7)
	n := weeks * perWeek
	for day := from + weeks*7; day <= to; day++ {
		if !off[format.Weekday(day)] {
			n++
		}
	}
	for day := range free {
		if day >= from && day <= to && !off[format.Weekday(day)] {
			n--
		}
	}
	return Number(sign*n + 0)
}

func (c *Call) workday(from, count float64, off daysOff, rest []Value) Value {
	free, failed := c.holidays(rest)
	if failed.IsError() {
		return failed
	}
	if off == (daysOff{true, true, true, true, true, true, true}) {
		return c.Refuse(CodeValue, 3, "leaves no day of the week to work on.")
	}
	day, step := math.Floor(from), 1.0
	if count = math.Trunc(count); math.Abs(count) > lastDay {
		return c.day(math.Inf(1))
	}
	if count < 0 {
		step = -1
	}
	for count != 0 && day >= 0 && day <= lastDay {
		day += step
		if !off[format.Weekday(day)] && !free[day] {
			count -= step
		}
	}
	return c.day(day)
}
