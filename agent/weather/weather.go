// Package weather reports how models do at each class of work, from the records of a context store alone: rates with
// intervals, never a bare number, and nothing at all where there is too little to say.
package weather

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"twinset.dev/agent/record"
)

// enough is how many first visits a row needs before it says anything.
const enough = 20

// level is that of the tests behind a change, all rows of a report together.
const level = .01

// Options say what a report is of.
type Options struct {
	Now    time.Time
	Window time.Duration // a week when 0; changes are against the one before it
}

// A Report is the weather of one window.
type Report struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Uses    []Use     `json:"uses"`
	Outlook []Outlook `json:"outlook"`
	Calls   Calls     `json:"calls"`
	Items   []Item    `json:"preference_changes"` // newest first
}

// Calls counts the model calls of the window. Simulated ones are in no other number.
type Calls struct {
	Total     int `json:"total"`
	Simulated int `json:"simulated"`
}

// A Use is a class of work with its models, the preferred one first.
type Use struct {
	Use      string           `json:"use"`
	Models   []Model          `json:"models"`
	Override *record.Override `json:"human_override,omitempty"` // in force: it goes before what was measured
}

// A Model is how one model with its parameters did at a class of work.
type Model struct {
	Provider string  `json:"provider"`
	Model    string  `json:"model"`
	Effort   string  `json:"effort,omitempty"`
	Share    float64 `json:"share_of_calls"`
	Calls    int     `json:"calls"`
	N        int     `json:"n"`         // first visits of a stage
	Enough   bool    `json:"enough"`    // N is 20 or more; else no rate is to be trusted
	Assigned string  `json:"assigned"`  // measured when all of N were drawn at random, else observed
	Success  Rate    `json:"success"`   // of first visits, with their retries
	FirstTry Rate    `json:"first_try"` // of first visits, at the first attempt

	Loops       int      `json:"loops"`
	BadArgs     int      `json:"bad_tool_args"`
	EditsFailed int      `json:"edits_failed"`
	MedianMs    int64    `json:"median_ms"` // of an attempt
	P95Ms       int64    `json:"p95_ms"`
	USD         *float64 `json:"usd_per_success"` // null too when some tokens have no price
	Tokens      *int64   `json:"tokens_per_success"`
	Unpriced    int64    `json:"unpriced_tokens,omitempty"`
	Change      *Change  `json:"change,omitempty"` // against the window before, when it is more than chance
	Notes       []string `json:"notes,omitempty"`
}

// A Change of the success rate since the window before.
type Change struct {
	Before Rate    `json:"before"`
	P      float64 `json:"p"` // of Fisher's exact test
}

// key tells the rows of a report apart.
type key struct{ use, provider, model, effort string }

// A visit is the first one to a stage, with all its attempts.
type visit struct {
	key
	ended          time.Time // of the last attempt
	outcome, first string
	random         bool
	attempts       []record.StageFinished
}

// Read makes the report of a store's records.
func Read(ctx context.Context, r record.Reader, o Options) (*Report, error) {
	stages, err := record.All[record.StageFinished](ctx, r)
	if err != nil {
		return nil, err
	}
	calls, err := record.All[record.LLMCall](ctx, r)
	if err != nil {
		return nil, err
	}
	overrides, err := record.All[record.Override](ctx, r)
	if err != nil {
		return nil, err
	}
	return compile(stages, calls, overrides, o), nil
}

func compile(stages []record.StageFinished, calls []record.LLMCall, overrides []record.Override, o Options) *Report {
	if o.Window == 0 {
		o.Window = 7 * 24 * time.Hour
	}
	visits := firstVisits(stages)
	rep := &Report{From: o.Now.Add(-o.Window).UTC(), To: o.Now.UTC(), Outlook: outlook(calls, o.Now)}
	in := func(m record.Millis) bool { return m.Time().After(rep.From) && !m.Time().After(rep.To) }
	byUse := map[key]int{}
	useCalls := map[string]int{}
	for _, c := range calls {
		if !in(c.Time) {
			continue
		}
		rep.Calls.Total++
		if c.Simulated {
			rep.Calls.Simulated++
			continue
		}
		byUse[key{use(c.Use), c.Provider, c.Requested, c.Effort}]++
		useCalls[use(c.Use)]++
	}
	rep.Uses = rows(visits, rep.From, rep.To)
	for i := range rep.Uses {
		u := &rep.Uses[i]
		for j := range u.Models {
			m := &u.Models[j]
			m.Calls = byUse[key{u.Use, m.Provider, m.Model, m.Effort}]
			m.Share = float64(m.Calls) / float64(max(1, useCalls[u.Use]))
		}
		u.Override = inForce(overrides, u.Use, o.Now)
	}
	changes(rep.Uses, rows(visits, rep.From.Add(-o.Window), rep.From))
	rep.Items = preferences(visits, o)
	return rep
}

func use(s string) string { return cmp.Or(s, "other") }

// firstVisits groups the attempts that a model made at the first visit of a stage, simulated ones left out.
func firstVisits(stages []record.StageFinished) []visit {
	type place struct{ run, node string }
	var order []place
	found := map[place]*visit{}
	for _, s := range stages {
		if s.Model == "" || s.Visit > 1 || s.Simulated {
			continue
		}
		at := place{s.Run, s.Node}
		v := found[at]
		if v == nil {
			v = &visit{key: key{use(s.Use), s.Provider, s.Model, s.Effort}, first: s.Outcome}
			v.random = s.Experiment != nil && s.Experiment.AssignedBy == "random"
			found[at] = v
			order = append(order, at)
		}
		v.outcome, v.ended = s.Outcome, s.Ended.Time()
		v.attempts = append(v.attempts, s)
	}
	list := make([]visit, len(order))
	for i, at := range order {
		list[i] = *found[at]
	}
	return list
}

// succeeded says whether an outcome is one: a partial success counts.
func succeeded(outcome string) bool { return outcome == "success" || outcome == "partial_success" }

// rows are the uses and models of the visits that ended in a window, the preferred model of each use first.
func rows(visits []visit, from, to time.Time) []Use {
	groups := map[key][]visit{}
	uses := map[string][]Model{}
	for _, v := range visits {
		if v.ended.After(from) && !v.ended.After(to) {
			groups[v.key] = append(groups[v.key], v)
		}
	}
	for k, group := range groups {
		uses[k.use] = append(uses[k.use], row(k, group))
	}
	var list []Use
	for _, name := range slices.Sorted(maps.Keys(uses)) {
		slices.SortFunc(uses[name], prefer)
		list = append(list, Use{Use: name, Models: uses[name]})
	}
	return list
}

// prefer orders models: enough weather first, then the highest lower bound of success, then the lowest price.
func prefer(a, b Model) int {
	rank := func(m Model) float64 {
		if m.Enough {
			return -m.Success.Low
		}
		return 1
	}
	price := func(m Model) float64 {
		if m.USD == nil {
			return 1e18
		}
		return *m.USD
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(price(a), price(b)),
		cmp.Compare(a.Provider+"/"+a.Model+" "+a.Effort, b.Provider+"/"+b.Model+" "+b.Effort))
}

func row(k key, visits []visit) Model {
	m := Model{Provider: k.provider, Model: k.model, Effort: k.effort, N: len(visits), Enough: len(visits) >= enough, Assigned: "measured"}
	var won, first int
	var usd float64
	var tokens int64
	var ms []int64
	for _, v := range visits {
		if succeeded(v.outcome) {
			won++
		}
		if succeeded(v.first) {
			first++
		}
		if !v.random {
			m.Assigned = "observed"
		}
		for _, a := range v.attempts {
			usd, tokens = usd+a.USD, tokens+a.Tokens
			m.Unpriced += a.Unpriced
			m.Loops, m.BadArgs, m.EditsFailed = m.Loops+int(a.Loops), m.BadArgs+int(a.BadArgs), m.EditsFailed+int(a.EditsFailed)
			ms = append(ms, a.Ms)
		}
	}
	m.Success, m.FirstTry = wilson(won, len(visits)), wilson(first, len(visits))
	slices.Sort(ms)
	m.MedianMs, m.P95Ms = percentile(ms, .5), percentile(ms, .95)
	if won > 0 && m.Enough {
		each := tokens / int64(won)
		m.Tokens = &each
		if m.Unpriced == 0 {
			price := usd / float64(won)
			m.USD = &price
		}
	}
	if m.Unpriced > 0 {
		m.Notes = append(m.Notes, "some tokens have no price")
	}
	return m
}

// changes marks the rows whose success is another than in the window before, all tests together at the level.
func changes(now, before []Use) {
	old := map[key]Model{}
	for _, u := range before {
		for _, m := range u.Models {
			old[key{u.Use, m.Provider, m.Model, m.Effort}] = m
		}
	}
	var p []float64
	var tested []*Model
	for _, u := range now {
		for i := range u.Models {
			m := &u.Models[i]
			b := old[key{u.Use, m.Provider, m.Model, m.Effort}]
			if !m.Enough || !b.Enough {
				continue
			}
			m.Change = &Change{b.Success, fisher(m.Success.K, m.Success.N, b.Success.K, b.Success.N)}
			tested, p = append(tested, m), append(p, m.Change.P)
		}
	}
	for i, holds := range holm(p, level) {
		if !holds {
			tested[i].Change = nil
		}
	}
}

// inForce returns the last override of a use that holds now.
func inForce(overrides []record.Override, name string, now time.Time) *record.Override {
	for _, o := range slices.Backward(overrides) {
		if use(o.Use) == name && !now.Before(o.From.Time()) && now.Before(o.Until.Time()) {
			return &o
		}
	}
	return nil
}

// An Item is a change of the preferred model of a use, with the numbers that caused it.
type Item struct {
	Day    time.Time `json:"day"` // at whose end
	Use    string    `json:"use"`
	Before *Model    `json:"before"` // null for the first
	After  Model     `json:"after"`
}

// days is how far back preferences are followed.
const days = 30

// preferences follows the preferred models from day to day, each with the window that ended then; newest first.
func preferences(visits []visit, o Options) (items []Item) {
	preferred := map[string]Model{}
	for d := days; d >= 0; d-- {
		end := o.Now.AddDate(0, 0, -d)
		for _, u := range rows(visits, end.Add(-o.Window), end) {
			top := u.Models[0]
			was, known := preferred[u.Use]
			if !top.Enough || known && was.Provider == top.Provider && was.Model == top.Model && was.Effort == top.Effort {
				continue
			}
			item := Item{Day: end.UTC(), Use: u.Use, After: top}
			if known {
				for _, m := range u.Models { // as it does now, if it still does
					if m.Provider == was.Provider && m.Model == was.Model && m.Effort == was.Effort {
						was = m
					}
				}
				item.Before = &was
			}
			preferred[u.Use] = top
			items = append(items, item)
		}
	}
	slices.Reverse(items)
	return items
}
