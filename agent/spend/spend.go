// Package spend reports what models cost, from the records of a context store alone, beside what the money has bought.
//
// The target is a thousand dollars of tokens a day for each engineer on duty; a dollar per satisfied trajectory and per
// accepted change stands next to it, because waste would meet the target as well.
package spend

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"twinset.dev/agent/record"
)

// Target is in dollars a day for each engineer on duty.
const Target = 1000

// A Calendar says how many engineers are on duty.
type Calendar struct {
	Weekdays map[string]int `json:"weekdays"` // mon to sun
	Days     map[string]int `json:"days"`     // such as 2026-12-24, before the weekdays
}

// ReadCalendar reads a calendar file.
func ReadCalendar(path string) (c Calendar, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	for name, n := range c.Weekdays {
		if n < 0 || len(name) != 3 || !strings.Contains("sun mon tue wed thu fri sat", name) {
			return c, fmt.Errorf("%s: weekdays are mon to sun, with a number from 0: %s is %d", path, name, n)
		}
	}
	for day, n := range c.Days {
		if _, err := time.Parse(time.DateOnly, day); n < 0 || err != nil {
			return c, fmt.Errorf("%s: days are such as 2026-12-24, with a number from 0: %s is %d", path, day, n)
		}
	}
	return c, nil
}

// On returns how many are on duty on a day: at least one, who looks at the report.
func (c Calendar) On(day time.Time) int {
	n, ok := c.Days[day.Format(time.DateOnly)]
	if !ok {
		n = c.Weekdays[strings.ToLower(day.Format("Mon"))]
	}
	return max(1, n)
}

// Options say what a report is of.
type Options struct {
	Now      time.Time // its location says where a day begins
	Calendar Calendar
}

// week is how many days a report looks back, today included.
const week = 7

// A Report is the spend of today and of the last seven days.
type Report struct {
	Now         time.Time `json:"now"`
	Engineers   int       `json:"engineers_on_duty"`
	Today       Sum       `json:"today"`
	PerEngineer float64   `json:"usd_per_engineer"`
	Target      float64   `json:"target_usd_per_engineer"`
	LastHour    float64   `json:"usd_last_hour"`
	Forecast    float64   `json:"forecast_usd"` // for the end of the day, at the rate of the last hour

	Days      []Day  `json:"days"` // oldest first, today last
	Week      Sum    `json:"week"`
	ByPurpose []Part `json:"by_purpose"` // of the week
	ByUse     []Part `json:"by_use"`
	ByModel   []Part `json:"by_model"`
	Simulated Sum    `json:"simulated"` // of the week, in no other number

	Satisfied    int64    `json:"satisfied_trajectories"`
	Accepted     int64    `json:"accepted_changes"`
	PerSatisfied *float64 `json:"usd_per_satisfied_trajectory"` // of the week; null when there is none, or some tokens have no price
	PerAccepted  *float64 `json:"usd_per_accepted_change"`
	CacheShare   *float64 `json:"cache_read_share"` // of the week's prompt tokens
	Sheets       []string `json:"price_sheets"`
}

// A Sum is of calls. Tokens without a price are counted apart, and are not $0.
type Sum struct {
	Calls    int64   `json:"calls"`
	Failed   int64   `json:"failed_calls"`
	USD      float64 `json:"usd"`
	Tokens   int64   `json:"tokens"`
	Unpriced int64   `json:"unpriced_tokens"`
}

func (s *Sum) add(c record.LLMCall) {
	s.Calls++
	s.Tokens += c.Tokens()
	if c.ErrorClass != "" {
		s.Failed++
	}
	if c.USD == nil {
		s.Unpriced += c.Tokens()
	} else {
		s.USD += *c.USD
	}
}

// A Day is one of the seven.
type Day struct {
	Date      string `json:"date"`
	Engineers int    `json:"engineers_on_duty"`
	Sum
}

// A Part is the spend of one purpose, use or model.
type Part struct {
	Name string `json:"name"`
	Sum
}

// Read makes the report of a store's records.
func Read(ctx context.Context, r record.Reader, o Options) (*Report, error) {
	calls, err := record.All[record.LLMCall](ctx, r)
	if err != nil {
		return nil, err
	}
	outcomes, err := record.All[record.Outcome](ctx, r)
	if err != nil {
		return nil, err
	}
	return compile(calls, outcomes, o), nil
}

// Simulated says whether a call cost nobody anything: a recording or a script answered.
func simulated(c record.LLMCall) bool { return c.Simulated || c.Purpose == "simulated" }

func compile(calls []record.LLMCall, outcomes []record.Outcome, o Options) *Report {
	loc := o.Now.Location()
	y, m, d := o.Now.Date()
	rep := &Report{Now: o.Now, Engineers: o.Calendar.On(o.Now), Target: Target}
	index := map[string]int{}
	for i := range week {
		day := time.Date(y, m, d-week+1+i, 0, 0, 0, 0, loc)
		index[day.Format(time.DateOnly)] = i
		rep.Days = append(rep.Days, Day{Date: day.Format(time.DateOnly), Engineers: o.Calendar.On(day)})
	}
	parts := [3]map[string]*Sum{{}, {}, {}}
	sheets := map[string]bool{}
	var prompt, cached int64
	for _, c := range calls {
		t := c.Time.Time().In(loc)
		i, ok := index[t.Format(time.DateOnly)]
		if !ok || t.After(o.Now) {
			continue
		}
		if simulated(c) {
			rep.Simulated.add(c)
			continue
		}
		rep.Week.add(c)
		rep.Days[i].add(c)
		for p, name := range []string{cmp.Or(c.Purpose, "build"), cmp.Or(c.Use, "other"), c.Provider + "/" + cmp.Or(c.Served, c.Requested)} {
			if parts[p][name] == nil {
				parts[p][name] = &Sum{}
			}
			parts[p][name].add(c)
		}
		prompt, cached = prompt+c.In, cached+c.CacheRead
		if c.PriceSheet != "" {
			sheets[c.PriceSheet] = true
		}
		if c.USD != nil && t.After(o.Now.Add(-time.Hour)) {
			rep.LastHour += *c.USD
		}
	}
	rep.Today = rep.Days[week-1].Sum
	rep.PerEngineer = rep.Today.USD / float64(rep.Engineers)
	midnight := time.Date(y, m, d+1, 0, 0, 0, 0, loc)
	rep.Forecast = rep.Today.USD + rep.LastHour*midnight.Sub(o.Now).Hours()
	rep.ByPurpose, rep.ByUse, rep.ByModel = sorted(parts[0]), sorted(parts[1]), sorted(parts[2])
	rep.Sheets = slices.Sorted(maps.Keys(sheets))
	if prompt > 0 {
		share := float64(cached) / float64(prompt)
		rep.CacheShare = &share
	}
	for _, out := range outcomes {
		if t := out.Time.Time().In(loc); t.After(o.Now) || index[t.Format(time.DateOnly)] == 0 && t.Format(time.DateOnly) != rep.Days[0].Date {
			continue
		}
		rep.Satisfied += out.Satisfied
		if out.Accepted && !out.Reverted {
			rep.Accepted++
		}
	}
	if rep.Week.Unpriced == 0 {
		rep.PerSatisfied, rep.PerAccepted = per(rep.Week.USD, rep.Satisfied), per(rep.Week.USD, rep.Accepted)
	}
	return rep
}

func per(usd float64, n int64) *float64 {
	if n == 0 {
		return nil
	}
	each := usd / float64(n)
	return &each
}

// sorted puts the dearest first.
func sorted(sums map[string]*Sum) []Part {
	list := []Part{}
	for name, s := range sums {
		list = append(list, Part{name, *s})
	}
	slices.SortFunc(list, func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.USD, a.USD), cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// Today returns the dollars and the unpriced tokens since midnight: where a day's cap begins.
func Today(ctx context.Context, r record.Reader, now time.Time) (usd float64, unpriced int64, err error) {
	rep, err := Read(ctx, r, Options{Now: now})
	if err != nil {
		return 0, 0, err
	}
	return rep.Today.USD, rep.Today.Unpriced, nil
}
