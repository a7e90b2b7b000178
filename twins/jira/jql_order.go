package jira

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/jql"
)

// The beginning of what a query finds, in order, is had in the cheapest of three ways. An index that has all issues in that order is walked
// until the page is full, which is soon if much is found. Where the order follows from a field with few values, like the priority, the
// issues of one value are found after those of the other, each in what is left of the order. Else all that is found is read, and the
// best are kept.

// An ordering is one field of ORDER BY.
type ordering struct {
	desc  bool
	value func(*Issue) sortValue
	walk  func(where condition) iter.Seq[string] // the keys, in this order, of issues with all of which a condition can hold; nil if no index has them
	exact bool                                   // what has the same value comes in walk with the newest first
	by    string                                 // the field whose one value, which is indexed, this one's follows from
}

// A sortValue is what an issue is sorted by: nothing, which comes last, a number, or a text.
type sortValue struct {
	none   bool
	number float64
	text   string
}

func (o ordering) compare(a, b sortValue) int {
	by := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
	switch {
	case a.none && b.none:
		by = 0
	case a.none:
		by = 1
	case b.none:
		by = -1
	}
	if o.desc {
		return -by
	}
	return by
}

// compare says which of two issues comes first; of those that are the same in every way the newest does.
func (f *finder) compare(order []ordering, a, b *Issue) int {
	for _, o := range order {
		if by := o.compare(o.value(a), o.value(b)); by != 0 {
			return by
		}
	}
	return cmp.Compare(b.ID, a.ID)
}

// found returns all that the query finds, in order.
func (f *finder) found() []*Issue { return f.sorted(f.where, f.order, math.MaxInt) }

// first returns the beginning of what the query finds, in order: as many issues as are asked for, or all.
func (f *finder) first(n int) []*Issue { return f.best(f.where, f.order, n) }

func (f *finder) best(where condition, order []ordering, n int) []*Issue {
	if n <= 0 {
		return nil
	}
	if all := f.j.issues.Len(f.Tx); n < all {
		// Of size issues, spread evenly, n are met after n/size of all: sooner than all of them if there are more than far.
		size, far := all, math.Sqrt(float64(n)*float64(all))
		if len(where.from) > 0 {
			_, size = cheapest(where.from)
		}
		if size > max(n, f.few, int(far)) {
			if out, ok := f.walked(where, order, n, size); ok {
				return out
			}
			if out, ok := f.grouped(where, order, n, size); ok {
				return out
			}
		}
	}
	return f.sorted(where, order, n)
}

// walked walks along the index that has the order, no further than it would be to read all of a source. What has the same value as the last is
// taken too, and all put into the rest of the order.
func (f *finder) walked(where condition, order []ordering, n, size int) (out []*Issue, ok bool) {
	keys, exact := f.newest, true
	if len(order) > 0 {
		if order[0].walk == nil {
			return nil, false
		}
		keys, exact = order[0].walk(where), order[0].exact && len(order) == 1
	}
	for k := range keys {
		if size--; size < 0 {
			return nil, false
		}
		row, _ := f.j.issues.Row(f.Tx, k)
		i := row.Value()
		if len(out) >= n && (exact || order[0].compare(order[0].value(out[n-1]), order[0].value(i)) != 0) {
			break
		}
		if where.holds(i) && f.sees(i) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b *Issue) int { return f.compare(order, a, b) })
	return out[:min(n, len(out))], true
}

func (f *finder) newest(yield func(string) bool) {
	for row := range f.j.issues.Rows(f.Tx, store.Range{Desc: true}) {
		if !yield(key(row.Value().ID)) {
			return
		}
	}
}

// grouped takes the issues with one value of a field after those with the other.
func (f *finder) grouped(where condition, order []ordering, n, size int) (out []*Issue, ok bool) {
	if len(order) == 0 || order[0].by == "" {
		return nil, false
	}
	o := order[0]
	field := o.by
	value := func(i *Issue) string {
		if field == "project" {
			return id(i.Project)
		}
		return text(i.Fields[field])
	}
	values := map[sortValue][]string{}
	for from := field + "="; ; {
		var next *Issue
		for row := range f.j.issuesByValue.Rows(f.Tx, store.Range{Prefix: field + "=", From: from}) {
			next = row.Value()
			break
		}
		if next == nil {
			break
		}
		values[o.value(next)] = append(values[o.value(next)], value(next))
		if from = field + "=" + value(next) + "\x00"; len(values) > size/16 {
			return nil, false
		}
	}
	for _, v := range slices.SortedFunc(maps.Keys(values), o.compare) {
		same := values[v]
		group := f.withValues(condition{holds: func(i *Issue) bool { return slices.Contains(same, value(i)) }}, field, same)
		if out = append(out, f.best(allOf([]condition{group, where}), order[1:], n-len(out))...); len(out) == n {
			break
		}
	}
	return out, true
}

// sorted reads all of which a condition holds, and keeps the best.
func (f *finder) sorted(where condition, order []ordering, n int) []*Issue {
	type row struct {
		issue *Issue
		by    []sortValue
	}
	var rows []row
	cut := func() {
		slices.SortFunc(rows, func(a, b row) int {
			for n, o := range order {
				if by := o.compare(a.by[n], b.by[n]); by != 0 {
					return by
				}
			}
			return cmp.Compare(b.issue.ID, a.issue.ID)
		})
		rows = rows[:min(n, len(rows))]
	}
	full := false // rows begins with the best so far
	for i := range f.holding(where) {
		if full && f.compare(order, i, rows[n-1].issue) > 0 {
			continue
		}
		r := row{i, make([]sortValue, len(order))}
		for n, o := range order {
			r.by[n] = o.value(i)
		}
		if rows = append(rows, r); len(rows)/2-f.few > n {
			cut()
			full = true
		}
	}
	cut()
	out := make([]*Issue, len(rows))
	for n, r := range rows {
		out[n] = r.issue
	}
	return out
}

// ordered reads ORDER BY. Without one, a search for words has the best match first, and any other the newest key.
func (f *finder) ordered(by []jql.Sort) (out []ordering) {
	if len(by) == 0 {
		if len(f.scores) > 0 {
			out = append(out, ordering{desc: true, value: func(i *Issue) sortValue {
				var sum float64
				for _, score := range f.scores {
					sum += score(i)
				}
				return sortValue{number: sum}
			}})
		}
		return append(out, f.byKey(true))
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
			out = append(out, f.byKey(desc))
			continue
		}
		o := ordering{desc: desc, value: func(i *Issue) sortValue { return x.sort(f, i) }}
		if x.keyed != nil && !x.many {
			o.by = x.keyed.index
		}
		if x.index != nil {
			o.exact = desc
			o.walk = func(where condition) iter.Seq[string] {
				if x.within != nil && len(where.in) == 1 {
					return x.within(f).Keys(f.Tx, store.Range{Prefix: key(number(where.in[0])) + "/", Desc: desc})
				}
				return x.index(f).Keys(f.Tx, store.Range{Desc: desc})
			}
		}
		out = append(out, o)
	}
	return out
}

// byKey orders by project and number.
func (f *finder) byKey(desc bool) ordering {
	o := ordering{desc: desc, exact: true, value: func(i *Issue) sortValue { return sortValue{text: f.projectSeen(i.Project).Key + "-" + key(i.Number)} }}
	o.walk = func(where condition) iter.Seq[string] {
		return func(yield func(string) bool) {
			var in []*seenProject
			for p := range f.j.projects.All(f.Tx, "") {
				if where.in == nil || slices.Contains(where.in, id(p.ID)) {
					in = append(in, f.projectSeen(p.ID))
				}
			}
			slices.SortFunc(in, func(a, b *seenProject) int {
				if desc {
					a, b = b, a
				}
				return strings.Compare(a.Key, b.Key)
			})
			for _, p := range in {
				for k := range f.j.issuesByKey.Keys(f.Tx, store.Range{Prefix: key(p.ID) + "/", Desc: desc}) {
					if !yield(k) {
						return
					}
				}
			}
		}
	}
	return o
}
