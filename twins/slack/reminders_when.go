package slack

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var weekdays = map[string]time.Weekday{
	"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
	"sun": 0, "mon": 1, "tue": 2, "tues": 2, "wed": 3, "thu": 4, "thurs": 4, "fri": 5, "sat": 6,
}

var months = map[string]time.Month{
	"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12,
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}

var numbers = map[string]int{
	"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"fifteen": 15, "twenty": 20, "thirty": 30, "other": 2,
}

var (
	clockTime = regexp.MustCompile(`^(\d{1,2})(?::(\d{2}))?(am|pm|a|p)?$`)
	ordinal   = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?$`)
	isoDate   = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})$`)
	usDate    = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?$`)
	amount    = regexp.MustCompile(`^(\d+)([a-z]+)$`)
)

// The hour of a reminder that names a day alone.
const morning = 9

// phrase reads a time in words, a word at a time.
type phrase struct {
	now        time.Time
	words      []string
	day        time.Time // midnight of the day, if there is one
	hour, min  int       // -1 is none
	half       bool      // said which half of the day the hour is in
	tonight    bool
	shift      time.Time // now and a duration, if there is one
	recurrence *Recurrence
}

// parseWhen reads when a reminder is due: Unix seconds, seconds from now up to a day, or words. now is in the zone of
// whoever speaks.
//
// https://docs.slack.dev/reference/methods/reminders.add
func parseWhen(s string, now time.Time) (time.Time, *Recurrence, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		at := time.Unix(n, 0).In(now.Location())
		if n <= 24*60*60 {
			at = now.Add(time.Duration(n) * time.Second)
		}
		return at, nil, n > 0 && at.After(now) && at.Before(now.AddDate(5, 0, 1))
	}
	p := &phrase{now: now, words: strings.Fields(strings.NewReplacer(",", " ", ".", "", " a.m", "am", " p.m", "pm", " am", "am", " pm", "pm").Replace(s)), hour: -1}
	for len(p.words) > 0 {
		if !p.step() {
			return now, nil, false
		}
	}
	at, ok := p.at()
	return at, p.recurrence, ok
}

// take removes n words from the front.
func (p *phrase) take(n int) { p.words = p.words[n:] }

// word is the i-th word from the front, "" past the end.
func (p *phrase) word(i int) string {
	if i >= len(p.words) {
		return ""
	}
	return p.words[i]
}

func (p *phrase) midnight(days int) time.Time {
	return time.Date(p.now.Year(), p.now.Month(), p.now.Day()+days, 0, 0, 0, 0, p.now.Location())
}

// step reads what the next words say. It is false for words that say nothing.
func (p *phrase) step() bool {
	w := p.word(0)
	switch w {
	case "on", "at", "and", "the", "this", "of":
		p.take(1)
		return len(p.words) > 0
	case "in":
		switch p.word(1) + " " + p.word(2) {
		case "the morning":
			p.take(3)
			return p.setHour(morning, 0)
		case "the afternoon":
			p.take(3)
			return p.setHour(15, 0)
		case "the evening":
			p.take(3)
			return p.setHour(18, 0)
		}
		p.take(1)
		return p.duration()
	case "today":
		p.day = p.midnight(0)
	case "tonight":
		p.day, p.tonight = p.midnight(0), true
	case "tomorrow":
		p.day = p.midnight(1)
	case "morning":
		p.take(1)
		return p.setHour(morning, 0)
	case "noon":
		p.take(1)
		return p.setHour(12, 0)
	case "midnight":
		p.take(1)
		return p.setHour(0, 0)
	case "day":
		if p.word(1) != "after" || p.word(2) != "tomorrow" {
			return false
		}
		p.day = p.midnight(2)
		p.take(3)
		return true
	case "next":
		return p.next()
	case "every", "each":
		p.take(1)
		return p.every()
	case "daily", "weekly", "monthly", "yearly":
		p.recurrence = &Recurrence{Frequency: w}
	default:
		return p.date() || p.clock() || p.bareDuration()
	}
	p.take(1)
	return true
}

// bareDuration reads a duration that no "in" announces.
func (p *phrase) bareDuration() bool { return p.shift.IsZero() && p.duration() }

func (p *phrase) setHour(hour, minute int) bool {
	p.hour, p.min = hour, minute
	return true
}

// next reads "next week", "next month", "next year" or "next friday"; the word itself is still there.
func (p *phrase) next() bool {
	switch d, ok := weekdays[p.word(1)]; {
	case ok:
		p.day = p.weekday(d)
	case p.word(1) == "week":
		p.day = p.weekday(time.Monday)
	case p.word(1) == "month":
		p.day = time.Date(p.now.Year(), p.now.Month()+1, 1, 0, 0, 0, 0, p.now.Location())
	case p.word(1) == "year":
		p.day = time.Date(p.now.Year()+1, 1, 1, 0, 0, 0, 0, p.now.Location())
	default:
		return false
	}
	p.take(2)
	return true
}

// weekday is the midnight of the next such day after today.
func (p *phrase) weekday(d time.Weekday) time.Time {
	return p.midnight((int(d)-int(p.now.Weekday())+6)%7 + 1)
}

// number reads a number in digits or words.
func number(w string) (int, bool) {
	if n, err := strconv.Atoi(w); err == nil {
		return n, true
	}
	n, ok := numbers[w]
	return n, ok
}

// duration reads "5 minutes", "an hour", "half an hour", "1 hour and 30 minutes", "2h".
func (p *phrase) duration() bool {
	at, some := p.now, false
	if !p.shift.IsZero() {
		at = p.shift
	}
	for {
		if p.word(0) == "and" && some {
			p.take(1)
		}
		if p.word(0) == "half" && (p.word(1) == "an" || p.word(1) == "a") && p.word(2) == "hour" {
			p.take(3)
			at, some = at.Add(30*time.Minute), true
			continue
		}
		n, ok := number(p.word(0))
		unit, words := p.word(1), 2
		if m := amount.FindStringSubmatch(p.word(0)); m != nil {
			n, _ = strconv.Atoi(m[1])
			unit, words, ok = m[2], 1, true
		}
		if !ok {
			break
		}
		next, ok := later(at, n, unit)
		if !ok {
			break
		}
		p.take(words)
		at, some = next, true
		if strings.HasPrefix(unit, "day") || strings.HasPrefix(unit, "week") || strings.HasPrefix(unit, "month") || strings.HasPrefix(unit, "year") {
			p.day = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
		}
	}
	if some {
		p.shift = at
	}
	return some
}

// later is t and n units.
func later(t time.Time, n int, unit string) (time.Time, bool) {
	switch strings.TrimSuffix(unit, "s") {
	case "second", "sec":
		return t.Add(time.Duration(n) * time.Second), true
	case "":
		return t, false
	case "minute", "min", "m":
		return t.Add(time.Duration(n) * time.Minute), true
	case "hour", "hr", "h":
		return t.Add(time.Duration(n) * time.Hour), true
	case "day", "d":
		return t.AddDate(0, 0, n), true
	case "week", "wk", "w":
		return t.AddDate(0, 0, 7*n), true
	case "month":
		return sameDay(t, 0, n), true
	case "year":
		return sameDay(t, n, 0), true
	}
	return t, false
}

// every reads what follows "every".
func (p *phrase) every() bool {
	r := &Recurrence{}
	if n, ok := number(p.word(0)); ok && countable(p.word(1)) {
		r.Every = n
		p.take(1)
	}
	switch w := strings.TrimSuffix(p.word(0), "s"); w {
	case "day", "morning", "evening", "night":
		r.Frequency = "daily"
		switch w {
		case "morning":
			p.setHour(morning, 0)
		case "evening":
			p.setHour(18, 0)
		case "night":
			p.setHour(20, 0)
		}
		p.take(1)
	case "week":
		r.Frequency = "weekly"
		p.take(1)
	case "weekday":
		r.Frequency, r.Weekdays = "weekly", []string{"monday", "tuesday", "wednesday", "thursday", "friday"}
		p.take(1)
	case "weekend":
		r.Frequency, r.Weekdays = "weekly", []string{"saturday", "sunday"}
		p.take(1)
	case "month":
		r.Frequency = "monthly"
		p.take(1)
	case "year":
		r.Frequency = "yearly"
		p.take(1)
	default:
		if !p.everyDay(r) {
			return false
		}
	}
	p.recurrence = r
	return true
}

// countable reports whether a word is a unit of time or a weekday, so that the number before it counts them.
func countable(w string) bool {
	_, day := weekdays[strings.TrimSuffix(w, "s")]
	_, unit := later(time.Time{}, 1, w)
	return day || unit
}

// everyDay reads the weekdays, the day of the month or the date that follows "every".
func (p *phrase) everyDay(r *Recurrence) bool {
	for {
		d, ok := weekdays[strings.TrimSuffix(p.word(0), "s")]
		if !ok {
			d, ok = weekdays[p.word(0)]
		}
		if !ok {
			break
		}
		r.Frequency = "weekly"
		r.Weekdays = append(r.Weekdays, strings.ToLower(d.String()))
		p.take(1)
		if p.word(0) == "and" {
			p.take(1)
		}
	}
	if r.Frequency != "" {
		return true
	}
	if m := ordinal.FindStringSubmatch(p.word(0)); m != nil {
		n, _ := strconv.Atoi(m[1])
		if n < 1 || n > 31 {
			return false
		}
		p.take(1)
		r.Frequency = "monthly"
		p.day = time.Date(p.now.Year(), p.now.Month(), n, 0, 0, 0, 0, p.now.Location())
		if !p.day.After(p.now) {
			p.day = sameDay(p.day, 0, 1)
		}
		return true
	}
	if _, ok := months[p.word(0)]; ok && p.date() {
		r.Frequency = "yearly"
		return true
	}
	return false
}

// date reads a weekday or a date.
func (p *phrase) date() bool {
	w := p.word(0)
	if d, ok := weekdays[w]; ok {
		p.day = p.weekday(d)
		p.take(1)
		return true
	}
	if m := isoDate.FindStringSubmatch(w); m != nil {
		return p.setDate(m[1], m[2], m[3])
	}
	if m := usDate.FindStringSubmatch(w); m != nil {
		return p.setDate(m[3], m[1], m[2])
	}
	month, ok := months[w]
	day := p.word(1)
	if !ok {
		after := 1
		if p.word(1) == "of" {
			after = 2
		}
		if month, ok = months[p.word(after)]; !ok || !ordinal.MatchString(w) {
			return false
		}
		day = w
		if after == 2 {
			p.take(1)
		}
	}
	m := ordinal.FindStringSubmatch(day)
	if m == nil {
		return false
	}
	p.take(1)
	year := ""
	if len(p.word(1)) == 4 && p.word(1) >= "1970" && p.word(1) <= "2999" {
		year = p.word(1)
		p.words = slices.Delete(slices.Clone(p.words), 1, 2)
	}
	return p.setDate(year, strconv.Itoa(int(month)), m[1])
}

// setDate takes one word and sets the day; without a year it is the next such day.
func (p *phrase) setDate(year, month, day string) bool {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if y > 0 && y < 100 {
		y += 2000
	}
	next := y == 0
	if next {
		y = p.now.Year()
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, p.now.Location())
	if t.Day() != d || int(t.Month()) != m {
		return false
	}
	if next && t.Before(p.midnight(0)) {
		t = sameDay(t, 1, 0)
	}
	p.day = t
	p.take(1)
	return true
}

// clock reads a time of day: 9am, 9:30, 15:00, 9.
func (p *phrase) clock() bool {
	m := clockTime.FindStringSubmatch(p.word(0))
	if m == nil {
		return false
	}
	if m[2] == "" && m[3] == "" && countable(p.word(1)) {
		return false
	}
	h, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	switch {
	case m[3] != "" && (h < 1 || h > 12), h > 23, minute > 59:
		return false
	case strings.HasPrefix(m[3], "p") && h < 12:
		h += 12
	case strings.HasPrefix(m[3], "a") && h == 12:
		h = 0
	}
	p.take(1)
	p.half = m[3] != ""
	return p.setHour(h, minute)
}

// at is the time that all of the words together mean: the first such time from now on.
func (p *phrase) at() (time.Time, bool) {
	on := func(day time.Time, hour, minute int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
	}
	switch {
	case p.tonight && p.hour < 0:
		p.hour = 20
	case p.tonight && p.hour < 12 && !p.half:
		p.hour += 12
	}
	switch {
	case !p.shift.IsZero() && p.hour < 0:
		return p.shift, p.shift.After(p.now)
	case p.recurrence != nil:
		hour, minute := p.hour, p.min
		if hour < 0 {
			hour, minute = morning, 0
		}
		first := p.day
		if first.IsZero() {
			first = p.midnight(0)
		}
		t := on(first, hour, minute)
		for !t.After(p.now) || len(p.recurrence.Weekdays) > 0 && !slices.Contains(p.recurrence.Weekdays, strings.ToLower(t.Weekday().String())) {
			t = t.AddDate(0, 0, 1)
			if p.recurrence.Frequency == "monthly" || p.recurrence.Frequency == "yearly" {
				t = p.recurrence.next(t.AddDate(0, 0, -1))
			}
		}
		return t, true
	case !p.day.IsZero() && p.hour >= 0:
		t := on(p.day, p.hour, p.min)
		return t, t.After(p.now)
	case !p.day.IsZero():
		t := on(p.day, morning, 0)
		if !t.After(p.now) && p.day.Equal(p.midnight(0)) {
			t = p.now.Add(3 * time.Hour)
		}
		return t, t.After(p.now)
	case p.hour >= 0:
		t := on(p.midnight(0), p.hour, p.min)
		if !t.After(p.now) {
			t = on(p.midnight(1), p.hour, p.min)
		}
		return t, true
	}
	return p.now, false
}
