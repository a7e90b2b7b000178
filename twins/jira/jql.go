package jira

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/jql"
)

// A finder answers one query for one caller.
//
// A query becomes a condition: what is to hold of an issue, and sources, parts of indexes that together have every issue of
// which it can hold. An equation has the entries of its values in the index by value, a date the stretch between two
// moments, ~ the entries of a word's stem, a function the issues that it found, WAS those with a change from or to its values.
// AND may use the sources of any of its clauses and takes the cheapest; OR needs some for each, and takes them together;
// NOT is moved down to the terms, where it turns an operator into its opposite, as in Jira.
//
// The cheapest sources are found by counting index entries of all of them up to a bound that grows, so that nobody counts to
// the end of a long one while a short one would do. What is not in the other sources, where they are of a like length, falls away by
// the index alone. The issues that are left are read one by one, and the whole condition and the caller's permissions are
// asked of each.
//
// What is found is put in order by values computed once an issue; a query without sources that is ordered by a time walks along
// that time's index, and stops when the page is full.
type finder struct {
	*call
	query    jql.Query
	where    condition
	order    []ordering
	errors   []string
	warnings []string
	scores   []func(*Issue) float64 // of the text that the query asks for
	zone     *time.Location
	seen     map[int64]*seenProject // by id
	places   map[place]float64
	byStatus map[string][]string // categories
	filters  []int64             // that are being read, one inside the other
}

// A seenProject is what the caller may see of a project.
type seenProject struct {
	Project
	all    bool // every issue without a security level
	hidden bool // nothing, whoever is asked
}

// A place is a key of a field, to remember where it stands among others.
type place struct {
	of  *keyed
	key string
}

// A condition is a part of a query as it can be asked.
type condition struct {
	holds func(*Issue) bool
	from  [][]source // choices: the sources of each have all issues of which the condition can hold; none if it can be any issue
	slow  bool       // better asked last
}

// A source is some issues, by their keys in the store.
type source struct {
	keys   func(yield func(string) bool) bool // what yield returned last
	count  func(limit int) int
	repeat bool // an issue can come more than once
}

var (
	always = condition{holds: func(*Issue) bool { return true }}
	never  = condition{holds: func(*Issue) bool { return false }, from: [][]source{{}}}
)

// find reads a query. What is wrong with it is in errors and warnings; a term that is wrong holds of no issue.
func (c *call) find(q jql.Query) *finder {
	f := &finder{call: c, query: q, where: always, zone: c.zone(), seen: map[int64]*seenProject{}, places: map[place]float64{}, byStatus: map[string][]string{}}
	if q.Where != nil {
		f.where = f.clause(q.Where, false)
	}
	f.order = f.ordered(q.OrderBy)
	return f
}

// zone is where the caller's days begin and end.
func (c *call) zone() *time.Location {
	if zone, err := time.LoadLocation(c.who.TimeZone); err == nil {
		return zone
	}
	return time.UTC
}

func (f *finder) wrong(message string) condition {
	if !slices.Contains(f.errors, message) {
		f.errors = append(f.errors, message)
	}
	return never
}

func (f *finder) warn(message string) {
	if !slices.Contains(f.warnings, message) {
		f.warnings = append(f.warnings, message)
	}
}

func (f *finder) clause(c jql.Clause, not bool) condition {
	switch c := c.(type) {
	case *jql.Not:
		return f.clause(c.Clause, !not)
	case *jql.And:
		return f.both(c.Clauses, not, !not)
	case *jql.Or:
		return f.both(c.Clauses, not, not)
	}
	return f.term(c.(*jql.Term), not)
}

// both joins clauses with AND if all is true, else with OR.
func (f *finder) both(clauses []jql.Clause, not, all bool) condition {
	var parts []condition
	for _, c := range clauses {
		parts = append(parts, f.clause(c, not))
	}
	if all {
		return allOf(parts)
	}
	return f.oneOf(parts)
}

func allOf(parts []condition) condition {
	slices.SortStableFunc(parts, func(a, b condition) int {
		switch {
		case a.slow == b.slow:
			return 0
		case b.slow:
			return -1
		}
		return 1
	})
	c := condition{slow: parts[len(parts)-1].slow, holds: func(i *Issue) bool {
		for _, p := range parts {
			if !p.holds(i) {
				return false
			}
		}
		return true
	}}
	for _, p := range parts {
		c.from = append(c.from, p.from...)
	}
	return c
}

func (f *finder) oneOf(parts []condition) condition {
	c := condition{slow: slices.ContainsFunc(parts, func(p condition) bool { return p.slow }), holds: func(i *Issue) bool {
		for _, p := range parts {
			if p.holds(i) {
				return true
			}
		}
		return false
	}}
	var all []source
	for _, p := range parts {
		if len(p.from) == 0 {
			return c
		}
		all = append(all, p.from[cheapest(p.from)]...)
	}
	c.from = [][]source{all}
	return c
}

// cheapest returns the place of the choice with the fewest entries.
func cheapest(choices [][]source) int {
	if len(choices) == 1 {
		return 0
	}
	for limit := 64; ; limit *= 4 {
		best, least := -1, limit
		for n, sources := range choices {
			if size := sizeOf(sources, least); size < least {
				best, least = n, size
			}
		}
		if best >= 0 {
			return best
		}
	}
}

func sizeOf(sources []source, limit int) int {
	n := 0
	for _, s := range sources {
		if n += s.count(limit - n); n >= limit {
			return limit
		}
	}
	return n
}

// exactly is the part of an index under one key.
func exactly(key string) store.Range { return store.Range{From: key, To: key + "\x00"} }

// indexed are the issues of the records in a part of an index: of issues, or of what is kept under their keys.
func indexed[T any](f *finder, x *store.Index[T], g store.Range) source {
	_, own := any(x).(*store.Index[Issue])
	return source{
		keys: func(yield func(string) bool) bool {
			for pk := range x.Keys(f.Tx, g) {
				issue, _, _ := strings.Cut(pk, "/")
				if !yield(issue) {
					return false
				}
			}
			return true
		},
		count:  func(limit int) int { return x.Count(f.Tx, g, limit) },
		repeat: !own || any(x) == any(f.j.issuesByWord),
	}
}

// valued are the issues with a value in a field that is indexed.
func (f *finder) valued(field, value string) source {
	return indexed(f, f.j.issuesByValue, exactly(field+"="+value))
}

// withIDs are the issues with these ids.
func withIDs(ids []int64) source {
	return source{
		keys: func(yield func(string) bool) bool {
			for _, n := range ids {
				if !yield(key(n)) {
					return false
				}
			}
			return true
		},
		count:  func(limit int) int { return min(limit, len(ids)) },
		repeat: true,
	}
}

// sees reports whether the caller sees an issue and searches find it.
func (f *finder) sees(i *Issue) bool {
	p := f.projectSeen(i.Project)
	switch {
	case p.hidden || i.Archived != 0:
		return false
	case p.all && i.Fields["security"] == nil:
		return true
	}
	return f.may("BROWSE_PROJECTS", &p.Project, i)
}

func (f *finder) projectSeen(n int64) *seenProject {
	p := f.seen[n]
	if p == nil {
		p = &seenProject{}
		p.Project, _ = f.j.projects.Get(f.Tx, key(n))
		p.hidden = p.Trashed != 0 || p.Archived != 0
		p.all = !p.hidden && f.may("BROWSE_PROJECTS", &p.Project, nil)
		f.seen[n] = p
	}
	return p
}

// projectsSeen yields the projects that the caller may browse.
func (f *finder) projectsSeen(yield func(*Project) bool) {
	for row := range f.j.projects.Rows(f.Tx, store.Range{}) {
		if p := f.projectSeen(row.Value().ID); p.all && !yield(row.Value()) {
			return
		}
	}
}

// each yields what the query finds, in no order, each issue once.
func (f *finder) each(yield func(*Issue) bool) {
	take := func(i *Issue) bool { return !f.where.holds(i) || !f.sees(i) || yield(i) }
	if len(f.where.from) == 0 {
		for row := range f.j.issues.Rows(f.Tx, store.Range{}) {
			if !take(row.Value()) {
				return
			}
		}
		return
	}
	for k := range f.narrowed {
		if row, ok := f.j.issues.Row(f.Tx, k); ok && !take(row.Value()) {
			return
		}
	}
}

// narrowed yields the keys of the cheapest sources that are in the others too, where these are not much longer: an entry of an index is
// read in a fraction of the time that an issue takes.
func (f *finder) narrowed(yield func(string) bool) {
	best := cheapest(f.where.from)
	sources := f.where.from[best]
	var others [][]source
	if len(f.where.from) > 1 {
		limit := 3 * sizeOf(sources, math.MaxInt)
		for n, other := range f.where.from {
			if n != best && limit > 200 && sizeOf(other, limit) < limit {
				others = append(others, other)
			}
		}
	}
	if len(others) == 0 && len(sources) == 1 && !sources[0].repeat {
		sources[0].keys(yield)
		return
	}
	had := map[string]bool{}
	for _, s := range sources {
		s.keys(func(k string) bool { had[k] = true; return true })
	}
	for _, other := range others {
		both := map[string]bool{}
		for _, s := range other {
			s.keys(func(k string) bool {
				if had[k] {
					both[k] = true
				}
				return true
			})
		}
		had = both
	}
	for k := range had {
		if !yield(k) {
			return
		}
	}
}

// count is how many issues the query finds.
func (f *finder) count() int {
	n := 0
	for range f.each {
		n++
	}
	return n
}

// found returns all that the query finds, in order.
func (f *finder) found() []*Issue {
	type row struct {
		issue *Issue
		by    []sortValue
	}
	var rows []row
	for i := range f.each {
		r := row{i, make([]sortValue, len(f.order))}
		for n, o := range f.order {
			r.by[n] = o.value(i)
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b row) int {
		for n, o := range f.order {
			if by := a.by[n].compare(b.by[n]); by != 0 {
				if o.desc {
					return -by
				}
				return by
			}
		}
		return cmp.Compare(b.issue.ID, a.issue.ID)
	})
	out := make([]*Issue, len(rows))
	for n, r := range rows {
		out[n] = r.issue
	}
	return out
}

// first returns the beginning of what the query finds, in order: as many issues as are asked for, or all.
func (f *finder) first(n int) []*Issue {
	walk, ok := f.walk()
	if !ok {
		all := f.found()
		return all[:min(n, len(all))]
	}
	var out []*Issue
	walk.keys(func(k string) bool {
		if row, _ := f.j.issues.Row(f.Tx, k); f.where.holds(row.Value()) && f.sees(row.Value()) {
			out = append(out, row.Value())
		}
		return len(out) < n
	})
	return out
}

// walk is all issues in the query's order, if an index has that order and no source is short.
func (f *finder) walk() (source, bool) {
	if len(f.query.OrderBy) != 1 || len(f.order) != 1 || len(f.scores) > 0 {
		return source{}, false
	}
	const short = 4096
	for _, sources := range f.where.from {
		if sizeOf(sources, short) < short {
			return source{}, false
		}
	}
	g := store.Range{Desc: f.order[0].desc}
	switch strings.ToLower(f.query.OrderBy[0].Field.Name) {
	case "created", "createddate":
		return indexed(f, f.j.issuesByCreated, g), g.Desc
	case "updated", "updateddate":
		return indexed(f, f.j.issuesByUpdate, g), g.Desc
	case "rank":
		return indexed(f, f.j.issuesByRank, g), !g.Desc
	}
	return source{}, false
}

// An ordering is one field of ORDER BY.
type ordering struct {
	desc  bool
	value func(*Issue) sortValue
}

// A sortValue is what an issue is sorted by: nothing, which comes last, a number, or a text.
type sortValue struct {
	none   bool
	number float64
	text   string
}

func (a sortValue) compare(b sortValue) int {
	switch {
	case a.none && b.none:
		return 0
	case a.none:
		return 1
	case b.none:
		return -1
	}
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
}

// ordered reads ORDER BY. Without one, a search for words has the best match first, and any other the newest key.
func (f *finder) ordered(by []jql.Sort) (out []ordering) {
	if len(by) == 0 {
		if len(f.scores) > 0 {
			out = append(out, ordering{true, func(i *Issue) sortValue {
				var sum float64
				for _, score := range f.scores {
					sum += score(i)
				}
				return sortValue{number: sum}
			}})
		}
		return append(out, f.byKey(true)...)
	}
	var had []string
	for _, s := range by {
		x, found := f.fieldNamed(s.Field)
		switch {
		case !found:
			f.wrong("Not able to sort using field '" + s.Field.Name + "'.")
			continue
		case x.sort == nil:
			f.wrong("Field '" + s.Field.Name + "' does not support sorting.")
			continue
		case slices.Contains(had, x.id):
			f.wrong("The sort field '" + s.Field.Name + "' is referenced multiple times in the JQL sort.")
			continue
		}
		had = append(had, x.id)
		desc := s.Order == "DESC" || s.Order == "" && x.descends
		if x.id == "issuekey" {
			out = append(out, f.byKey(desc)...)
			continue
		}
		out = append(out, ordering{desc, func(i *Issue) sortValue { return x.sort(f, i) }})
	}
	return out
}

// byKey orders by project and number.
func (f *finder) byKey(desc bool) []ordering {
	return []ordering{
		{desc, func(i *Issue) sortValue { return sortValue{text: f.projectSeen(i.Project).Key} }},
		{desc, func(i *Issue) sortValue { return sortValue{number: float64(i.Number)} }},
	}
}
