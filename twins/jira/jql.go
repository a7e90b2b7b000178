package jira

import (
	"iter"
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
// The cheapest sources are those with the fewest entries in the indexes. What is not in the other sources, where they are of a like length, falls away by
// the index alone. The issues that are left are read one by one, and the whole condition and the caller's permissions are
// asked of each.
//
// How the beginning of what is found is had in order is told in jql_order.go.
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
	few      int                 // issues that are sooner read than thought about
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
	in    []string   // the projects, by their ids, that all issues of which it can hold are in; nil if it can be any
}

// A source is some issues, by their keys in the store.
type source struct {
	keys   func(yield func(string) bool) bool // what yield returned last
	count  func() int
	repeat bool // an issue can come more than once
}

var (
	always = condition{holds: func(*Issue) bool { return true }}
	never  = condition{holds: func(*Issue) bool { return false }, from: [][]source{{}}}
)

// find reads a query. What is wrong with it is in errors and warnings; a term that is wrong holds of no issue.
func (c *call) find(q jql.Query) *finder {
	f := &finder{call: c, query: q, where: always, zone: c.zone(), seen: map[int64]*seenProject{}, places: map[place]float64{}, byStatus: map[string][]string{}, few: 1024}
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
		if c.in == nil || p.in != nil && len(p.in) < len(c.in) {
			c.in = p.in
		}
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
		sources, _ := cheapest(p.from)
		all = append(all, sources...)
	}
	c.from = [][]source{all}
	return c
}

// cheapest returns the choice with the fewest entries, and how many these are.
func cheapest(choices [][]source) (best []source, size int) {
	for n, sources := range choices {
		if count := sizeOf(sources); n == 0 || count < size {
			best, size = sources, count
		}
	}
	return best, size
}

func sizeOf(sources []source) int {
	n := 0
	for _, s := range sources {
		n += s.count()
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
		count:  func() int { return x.Count(f.Tx, g) },
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
		count:  func() int { return len(ids) },
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

// holding yields the issues that the caller sees of which a condition holds, in no order, each once.
func (f *finder) holding(where condition) iter.Seq[*Issue] {
	return func(yield func(*Issue) bool) {
		take := func(i *Issue) bool { return !where.holds(i) || !f.sees(i) || yield(i) }
		if len(where.from) == 0 {
			for row := range f.j.issues.Rows(f.Tx, store.Range{}) {
				if !take(row.Value()) {
					return
				}
			}
			return
		}
		f.narrowed(where.from, func(k string) bool {
			row, ok := f.j.issues.Row(f.Tx, k)
			return !ok || take(row.Value())
		})
	}
}

// narrowed yields the keys of the cheapest sources that are in the others too, where these are not much longer: an entry of an index is
// read in a fraction of the time that an issue takes.
func (f *finder) narrowed(choices [][]source, yield func(string) bool) {
	sources, size := cheapest(choices)
	var others [][]source
	for _, other := range choices {
		if size > 64 && &other[0] != &sources[0] && sizeOf(other) < 3*size { // none is empty, as the cheapest is not
			others = append(others, other)
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
	for range f.holding(f.where) {
		n++
	}
	return n
}
