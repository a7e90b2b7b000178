package jira

import (
	"fmt"
	"math"
	"slices"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/jql"
)

// A during is the stretch of time in which a field of an issue had a value.
type during struct {
	value      string // as it is kept; empty for none
	from, till int64
	by         string // who gave it the value
}

// A span is a stretch of time that a query speaks of.
type span struct{ from, till int64 }

// A when is what the predicates of WAS and CHANGED ask for.
type when struct {
	by       []string
	anyone   bool
	spans    []span
	from, to *[]string // values of CHANGED; "" is none
}

// history asks about the past of a field.
//
// https://support.atlassian.com/jira-software-cloud/docs/jql-operators/#WAS
func (a *asked) history() condition {
	w, ok := a.predicates()
	values, fine := a.keysOf(a.values)
	if !ok || !fine {
		return never
	}
	var holds func(*Issue) bool
	if a.Term.Op == jql.Changed {
		holds = func(i *Issue) bool { return a.changed(i, &w) }
	} else {
		holds = func(i *Issue) bool { return a.was(i, values, &w) }
	}
	switch a.op {
	case jql.WasNot, jql.WasNotIn, opposite[jql.Changed]:
		return condition{holds: func(i *Issue) bool { return !holds(i) }}
	case jql.Changed:
		return condition{holds: holds, from: [][]source{a.changes(a.field.past)}}
	}
	from := []source{}
	for _, v := range values {
		from = append(from, a.changes(a.field.past+"="+v)...)
		from = append(from, a.valued(a.field.past, v))
	}
	return condition{holds: holds, from: [][]source{from}}
}

// changes are the issues with a change of a field, or from or to a value of it.
func (a *asked) changes(key string) []source {
	return []source{indexed(a.finder, a.j.changesByItem, exactly(key))}
}

// keysOf are what a field keeps for literals.
func (a *asked) keysOf(values []literal) (keys []string, ok bool) {
	ok = true
	for _, v := range values {
		if v.empty {
			keys = append(keys, "")
			continue
		}
		found := a.field.keyed.resolve(a.finder, v)
		if len(found) == 0 && (v.from == "" || v.kind != a.field.keyed.kind) {
			a.wrong(missing(a.name(), v))
			ok = false
		}
		keys = append(keys, found...)
	}
	return keys, ok
}

func (a *asked) predicates() (w when, ok bool) {
	ok = true
	w.anyone = true
	for _, p := range a.Predicates {
		values, fine := a.finder.values(a.Term, p.Operand)
		ok = ok && fine
		switch p.Op {
		case "from", "to":
			if a.Term.Op != jql.Changed {
				a.wrong(fmt.Sprintf("The predicate '%s' is only supported by the CHANGED operator.", p.Op))
				return w, false
			}
			keys, fine := a.keysOf(values)
			ok = ok && fine
			if p.Op == "from" {
				w.from = &keys
			} else {
				w.to = &keys
			}
		case "by":
			w.anyone = false
			for _, v := range values {
				found := people.resolve(a.finder, v)
				if len(found) == 0 && v.from == "" {
					a.wrong(fmt.Sprintf("The user '%s' does not exist and cannot be used in the 'by' predicate.", v.text))
					ok = false
				}
				w.by = append(w.by, found...)
			}
		default:
			s, fine := a.span(p.Op, values)
			ok = ok && fine
			w.spans = append(w.spans, s)
		}
	}
	return w, ok
}

// span is the time that a predicate speaks of. A day stands for all of it.
func (a *asked) span(predicate string, values []literal) (s span, ok bool) {
	switch {
	case predicate == "during" && len(values) != 2:
		a.wrong("The DURING predicate must be supplied with exactly 2 date values.")
		return s, false
	case predicate != "during" && len(values) != 1:
		a.wrong(fmt.Sprintf("The %s predicate must be supplied with only 1 date value.", map[string]string{"before": "BEFORE", "after": "AFTER", "on": "ON"}[predicate]))
		return s, false
	}
	var begin, end [2]time.Time
	for n, v := range values {
		t, wholeDay, fine := time.UnixMilli(v.at), false, v.kind == "date"
		switch {
		case v.from != "" && !fine:
			a.wrong(fmt.Sprintf("A date for the predicate '%s' provided by the function '%s' is not valid.", predicate, v.from))
			return s, false
		case v.from == "":
			if t, wholeDay, fine = a.readDate(v); !fine {
				a.wrong(fmt.Sprintf("Date value '%s' for predicate '%s' is invalid. Valid formats include: %s", v.text, predicate, dateFormats))
				return s, false
			}
		}
		begin[n], end[n] = t, t
		if wholeDay {
			end[n] = t.AddDate(0, 0, 1).Add(-time.Millisecond)
		}
	}
	switch predicate {
	case "after":
		return span{end[0].UnixMilli() + 1, math.MaxInt64}, true
	case "before":
		return span{0, begin[0].UnixMilli() - 1}, true
	case "on":
		day := startOf("d", begin[0].In(a.zone))
		return span{day.UnixMilli(), day.AddDate(0, 0, 1).UnixMilli() - 1}, true
	}
	return span{begin[0].UnixMilli(), end[1].UnixMilli()}, true
}

// was reports whether the field had one of the values, when and by whom the predicates say.
func (a *asked) was(i *Issue, values []string, w *when) bool {
	for _, d := range a.past(i) {
		if slices.Contains(values, d.value) && (w.anyone || slices.Contains(w.by, d.by)) &&
			!slices.ContainsFunc(w.spans, func(s span) bool { return d.from > s.till || d.till < s.from }) {
			return true
		}
	}
	return false
}

// changed reports whether there is a change of the field as the predicates ask for.
func (a *asked) changed(i *Issue, w *when) bool {
	for row := range a.j.changes.Rows(a.Tx, store.Range{Prefix: key(i.ID) + "/"}) {
		x := row.Value()
		if !w.anyone && !slices.Contains(w.by, x.Author) || slices.ContainsFunc(w.spans, func(s span) bool { return x.Created < s.from || x.Created > s.till }) {
			continue
		}
		for _, item := range x.Items {
			if item.FieldID == a.field.past && (w.from == nil || slices.Contains(*w.from, text(item.From))) && (w.to == nil || slices.Contains(*w.to, text(item.To))) {
				return true
			}
		}
	}
	return false
}

// past is everything that a field of an issue was and is.
func (a *asked) past(i *Issue) (all []during) {
	open := map[string]int{} // places in all of what still holds
	many := a.field.many
	begin := func(value, by string, at int64) {
		open[value] = len(all)
		all = append(all, during{value, at, math.MaxInt64, by})
	}
	end := func(value string, at int64) {
		n, held := open[value]
		if !held { // it was so from the beginning
			begin(value, text(i.Fields["creator"]), i.Created)
			n = open[value]
		}
		all[n].till = at
		delete(open, value)
	}
	for row := range a.j.changes.Rows(a.Tx, store.Range{Prefix: key(i.ID) + "/"}) {
		for _, item := range row.Value().Items {
			if item.FieldID != a.field.past {
				continue
			}
			from, to := text(item.From), text(item.To)
			if from != "" || !many {
				end(from, row.Value().Created)
			}
			if to != "" || !many {
				begin(to, row.Value().Author, row.Value().Created)
			}
		}
	}
	now := a.field.keyed.keys(a.finder, i)
	if len(now) == 0 {
		now = []string{""}
	}
	for _, v := range now {
		if _, held := open[v]; !held {
			begin(v, text(i.Fields["creator"]), i.Created)
		}
	}
	return all
}

// items are the keys of a change in the index by what changed: the field, and the field with what it was and what it became.
func (x *Change) items() (keys []string) {
	for _, item := range x.Items {
		keys = append(keys, item.FieldID, item.FieldID+"="+text(item.From), item.FieldID+"="+text(item.To))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
