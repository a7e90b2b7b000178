// Package query is the language of Slack's search box: what a query asks for, which messages answer it, and which of
// their words are highlighted.
//
// https://slack.com/help/articles/202528808-Search-in-Slack
package query

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// A Query is what somebody typed into the search box.
type Query struct {
	Me      string // the id of who searches, for whom "me" stands; Parse leaves it to the caller
	Terms   []Term
	Filters []Filter
}

// A Term is a word or a phrase to find, or not to.
type Term struct {
	Words  []string // in lower case; several stand beside each other
	Prefix bool     // the last word may go on: wild*
	Not    bool
}

// A Filter is a modifier: in:#general, -from:me, before:2026-01-01.
type Filter struct {
	Key      string // one of the names in Keys
	Value    string
	Not      bool
	From, To time.Time // the time a date means, To excluded
}

// Keys are the modifiers there are. Anything else before a colon is text.
var Keys = []string{"in", "from", "to", "with", "has", "hasmy", "is", "before", "after", "on", "during"}

var dateKeys = []string{"before", "after", "on", "during"}

// Parse reads a query. Like Slack it takes anything: what is not a modifier, and a date that is none, is text. Dates
// are those of now's time zone.
func Parse(s string, now time.Time) Query {
	var q Query
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		not := false
		if len(s) > 1 && s[0] == '-' && !strings.ContainsRune(" \t\n-", rune(s[1])) {
			not, s = true, s[1:]
		}
		if phrase, rest, ok := quoted(s); ok {
			q.term(phrase, not)
			s = rest
			continue
		}
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		token, rest := s[:end], s[end:]
		if key, _, ok := strings.Cut(token, ":"); ok && slices.Contains(Keys, strings.ToLower(key)) {
			value := token[len(key)+1:]
			if v, r, ok := quoted(s[len(key)+1:]); ok {
				value, rest = v, r
			}
			if q.filter(strings.ToLower(key), value, not, now) {
				s = rest
				continue
			}
			token = key + " " + value
		}
		q.term(token, not)
		s = rest
	}
	return q
}

// quoted takes a quoted string off the front of s; one that is not closed goes on to the end.
func quoted(s string) (value, rest string, ok bool) {
	for _, mark := range [][2]string{{`"`, `"`}, {"“", "”"}} {
		if after, found := strings.CutPrefix(s, mark[0]); found {
			value, rest, _ = strings.Cut(after, mark[1])
			return value, rest, true
		}
	}
	return "", "", false
}

func (q *Query) term(text string, not bool) {
	t := Term{Prefix: strings.HasSuffix(text, "*"), Not: not}
	for _, w := range split(text, false) {
		t.Words = append(t.Words, w.text)
	}
	if len(t.Words) > 0 {
		q.Terms = append(q.Terms, t)
	}
}

func (q *Query) filter(key, value string, not bool, now time.Time) bool {
	f := Filter{Key: key, Value: value, Not: not}
	if strings.TrimSpace(value) == "" {
		return false
	}
	if slices.Contains(dateKeys, key) {
		var ok bool
		if f.From, f.To, ok = dates(value, now); !ok {
			return false
		}
	}
	q.Filters = append(q.Filters, f)
	return true
}

// dates reads a day, a month or a year, by number or by name, as the time from its beginning to its end. A name
// without a year means the last one that has begun.
func dates(value string, now time.Time) (from, to time.Time, ok bool) {
	value = strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(value, ",", " ")), " "))
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	day := func(t time.Time) (time.Time, time.Time, bool) { return t, t.AddDate(0, 0, 1), true }
	month := func(t time.Time) (time.Time, time.Time, bool) { return t, t.AddDate(0, 1, 0), true }
	year := func(t time.Time) (time.Time, time.Time, bool) { return t, t.AddDate(1, 0, 0), true }
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	sunday := today.AddDate(0, 0, -int(today.Weekday()))
	switch value {
	case "today":
		return day(today)
	case "yesterday":
		return day(today.AddDate(0, 0, -1))
	case "week", "this week":
		return sunday, sunday.AddDate(0, 0, 7), true
	case "last week":
		return sunday.AddDate(0, 0, -7), sunday, true
	case "month", "this month":
		return month(first)
	case "last month":
		return month(first.AddDate(0, -1, 0))
	case "year", "this year":
		return year(time.Date(now.Year(), 1, 1, 0, 0, 0, 0, now.Location()))
	case "last year":
		return year(time.Date(now.Year()-1, 1, 1, 0, 0, 0, 0, now.Location()))
	}
	for d := range 7 {
		t := today.AddDate(0, 0, -d)
		if named(value, t.Weekday().String()) {
			return day(t)
		}
	}
	for m := range 12 {
		t := first.AddDate(0, -m, 0)
		if named(value, t.Month().String()) {
			return month(t)
		}
	}
	for _, layout := range []string{"2006-1-2", "2006/1/2", "1/2/2006", "1/2/06", "Jan 2 2006", "January 2 2006", "2 Jan 2006", "2 January 2006"} {
		if t, err := time.ParseInLocation(layout, value, now.Location()); err == nil && t.Year() > 0 {
			return day(t)
		}
	}
	for _, layout := range []string{"2006-1", "2006/1", "1/2006", "Jan 2006", "January 2006", "Jan-2006", "January-2006", "2006 Jan", "2006 January"} {
		if t, err := time.ParseInLocation(layout, value, now.Location()); err == nil && t.Year() > 0 {
			return month(t)
		}
	}
	if t, err := time.ParseInLocation("2006", value, now.Location()); err == nil && t.Year() > 0 {
		return year(t)
	}
	return time.Time{}, time.Time{}, false
}

// named reports whether a value is a name or its first letters, at least three.
func named(value, name string) bool {
	return len(value) >= 3 && strings.HasPrefix(strings.ToLower(name), value)
}
