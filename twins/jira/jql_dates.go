package jira

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/jql"
)

// moments asks about times, days, or several of them.
type moments struct {
	values func(f *finder, i *Issue) []int64 // milliseconds; of days, their midnight in UTC
	day    bool
	index  func(f *finder) *store.Index[Issue] // by the time as key writes it
}

func (m *moments) ask(a *asked) condition {
	var want []int64
	wantEmpty, bad := false, false
	for _, v := range a.values {
		switch at, message := m.moment(a, v); {
		case v.empty:
			wantEmpty = true
		case message != "":
			a.wrong(message)
			bad = true
		default:
			want = append(want, at)
		}
	}
	if bad {
		return never
	}
	values := func(i *Issue) []int64 { return m.values(a.finder, i) }
	if ranges(a.op) {
		if len(want) == 0 {
			return never
		}
		c := condition{holds: func(i *Issue) bool {
			return slices.ContainsFunc(values(i), func(x int64) bool { return within(a.op, compareFloats(float64(x), float64(want[0]))) })
		}}
		if m.index != nil {
			c.from = [][]source{{indexed(a.finder, m.index(a.finder), timeRange(a.op, want[0]))}}
		}
		return c
	}
	has := func(i *Issue) bool {
		return slices.ContainsFunc(values(i), func(x int64) bool { return slices.Contains(want, x) })
	}
	if a.negative() {
		return condition{holds: func(i *Issue) bool { return len(values(i)) > 0 && !has(i) }}
	}
	return condition{holds: func(i *Issue) bool { return has(i) || wantEmpty && len(values(i)) == 0 }}
}

// timeRange is the part of an index by time that a comparison asks for.
func timeRange(op jql.Op, at int64) store.Range {
	at = max(at, 0)
	switch op {
	case jql.Less:
		return store.Range{To: key(at)}
	case jql.LessEq:
		return store.Range{To: key(at + 1)}
	case jql.Greater:
		return store.Range{From: key(at + 1)}
	}
	return store.Range{From: key(at)}
}

// moment is the time that a literal means to the field.
func (m *moments) moment(a *asked, v literal) (int64, string) {
	if v.empty {
		return 0, ""
	}
	if v.from != "" && v.kind != "date" {
		return 0, fmt.Sprintf("A date for the field '%s' provided by the function '%s' is not valid.", a.name(), v.from)
	}
	at := v.at
	if v.from == "" {
		t, _, ok := a.readDate(v)
		if !ok {
			formats := dateFormats
			if m.day {
				formats = dayFormats
			}
			return 0, fmt.Sprintf("Date value '%s' for field '%s' is invalid. Valid formats include: %s", v.text, a.name(), formats)
		}
		at = t.UnixMilli()
	}
	if m.day {
		y, month, d := time.UnixMilli(at).In(a.zone).Date()
		at = time.Date(y, month, d, 0, 0, 0, 0, time.UTC).UnixMilli()
	}
	return at, ""
}

const (
	dateFormats = "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
	dayFormats  = "'YYYY/MM/DD', 'YYYY-MM-DD', or a period format e.g. '-5d', '4w 2d'."
)

var periodForm = regexp.MustCompile(`^[+-]?(\d{1,6}[wdhm]\s*)+$`)
var periodPart = regexp.MustCompile(`(\d+)([wdhm])`)

// readDate reads a date as JQL has it, in the caller's zone: a day, a minute, a period from now, or milliseconds since 1970.
func (f *finder) readDate(v literal) (t time.Time, wholeDay, ok bool) {
	text := strings.TrimSpace(v.text)
	if v.number {
		ms, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMilli(ms), false, err == nil
	}
	for _, layout := range []string{"2006/1/2", "2006-1-2", "2006/1/2 15:04", "2006-1-2 15:04"} {
		if t, err := time.ParseInLocation(layout, text, f.zone); err == nil {
			return t, len(layout) == len("2006-1-2"), true
		}
	}
	if !periodForm.MatchString(text) {
		return t, false, false
	}
	var span time.Duration
	for _, part := range periodPart.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(part[1])
		span += time.Duration(n) * map[string]time.Duration{"w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour, "m": time.Minute}[part[2]]
	}
	if text[0] == '-' {
		span = -span
	}
	return f.Now.Add(span), false, true
}

var incrementForm = regexp.MustCompile(`^([+-]?)(\d{1,6})([yMwdhm]?)$`)

// dateFunction is startOf or endOf a unit: y, M, w, d. An increment in the unit goes to another one, in any other unit it moves
// the beginning or the end.
//
// https://support.atlassian.com/jira-software-cloud/docs/jql-functions/#endOfDay--
func dateFunction(unit string, end bool) func(*finder, jql.Function) ([]literal, string) {
	return func(f *finder, fn jql.Function) ([]literal, string) {
		n, by := 0, unit
		if len(fn.Args) == 1 {
			m := incrementForm.FindStringSubmatch(fn.Args[0])
			if m == nil {
				return nil, fmt.Sprintf("Duration for function '%s' should have the format (+/-)n(yMwdm), e.g -1M for 1 month earlier.", fn.Name)
			}
			n, _ = strconv.Atoi(m[2])
			if m[1] == "-" {
				n = -n
			}
			if m[3] != "" {
				by = m[3]
			}
		}
		t := startOf(unit, f.Now.In(f.zone))
		if by == unit {
			t = moved(t, n, by)
		}
		if end {
			t = moved(t, 1, unit).Add(-time.Millisecond)
		}
		if by != unit {
			t = moved(t, n, by)
		}
		return []literal{{from: fn.Name, kind: "date", at: t.UnixMilli()}}, ""
	}
}

// startOf is the beginning of the year, month, week or day that a time is in. Weeks begin on Sunday, as they do in the United States.
func startOf(unit string, t time.Time) time.Time {
	y, m, d := t.Date()
	switch unit {
	case "y":
		m, d = 1, 1
	case "M":
		d = 1
	case "w":
		d -= int(t.Weekday())
	}
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

func moved(t time.Time, n int, unit string) time.Time {
	switch unit {
	case "y":
		return monthsLater(t, 12*n)
	case "M":
		return monthsLater(t, n)
	case "w":
		return t.AddDate(0, 0, 7*n)
	case "d":
		return t.AddDate(0, 0, n)
	case "h":
		return t.Add(time.Duration(n) * time.Hour)
	}
	return t.Add(time.Duration(n) * time.Minute)
}

// monthsLater is the same day of another month, or its last day if it is shorter.
func monthsLater(t time.Time, n int) time.Time {
	later := t.AddDate(0, n, 0)
	if later.Day() < t.Day() { // beyond the month's end
		return later.AddDate(0, 0, -later.Day())
	}
	return later
}
