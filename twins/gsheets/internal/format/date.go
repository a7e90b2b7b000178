package format

import "math"

// A serial is a count of days since 30 December 1899; its fraction is the time of day.
//
// https://developers.google.com/workspace/sheets/api/guides/formats#about_date_and_time_values

// epoch is 30 December 1899 in days since 1 March of the year 0, the count that makes leap days fall last.
const epoch = 693899

// Serial is the day a calendar date is, month and day running over into their neighbours as DATE lets them.
func Serial(year, month, day int) float64 {
	month--
	year += floorDiv(month, 12)
	month -= floorDiv(month, 12) * 12
	month++
	if month <= 2 {
		year--
		month += 12
	}
	days := 365*year + floorDiv(year, 4) - floorDiv(year, 100) + floorDiv(year, 400) + (153*(month-3)+2)/5
	return float64(days - epoch + day - 1)
}

// Civil is the calendar date of a serial; its time of day is left out.
func Civil(serial float64) (year, month, day int) {
	if math.Abs(serial) > 1e9 || math.IsNaN(serial) {
		return 0, 1, 1
	}
	n := int(math.Floor(serial)) + epoch
	era := floorDiv(n, 146097)
	doe := n - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	year = yoe + era*400
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// Clock is the time of day of a serial, to the millisecond.
func Clock(serial float64) (hour, minute, second, milli int) {
	ms := millis(serial)
	ms -= floorDiv(ms, 86400000) * 86400000
	return ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000
}

// Weekday counts from Sunday, which is 0.
func Weekday(serial float64) int {
	n := int(math.Floor(serial)) + 6
	return n - floorDiv(n, 7)*7
}

// DaysIn is the length of a month.
func DaysIn(year, month int) int {
	return int(Serial(year, month+1, 1) - Serial(year, month, 1))
}

// millis is a serial in milliseconds, so that 10:00 typed never shows as 9:59:59.
func millis(serial float64) int {
	if math.Abs(serial) > 1e9 || math.IsNaN(serial) {
		return 0
	}
	return int(math.Round(serial * 86400000))
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
