package jira

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/jira/internal/jql"
)

// A literal is one value that a term compares with: as it is written, or as a function found it.
type literal struct {
	text   string
	number bool
	empty  bool
	from   string // the function
	kind   string // of what the function finds: user, issue, version, date, …
	key    string // of what the function found, as fields keep it
	at     int64  // of a date
}

// opposite is what NOT makes of an operator. NOT CHANGED has no name of its own.
var opposite = map[jql.Op]jql.Op{
	jql.Eq: jql.NotEq, jql.NotEq: jql.Eq, jql.In: jql.NotIn, jql.NotIn: jql.In, jql.Is: jql.IsNot, jql.IsNot: jql.Is, jql.Like: jql.NotLike, jql.NotLike: jql.Like,
	jql.Less: jql.GreatEq, jql.GreatEq: jql.Less, jql.Greater: jql.LessEq, jql.LessEq: jql.Greater,
	jql.Was: jql.WasNot, jql.WasNot: jql.Was, jql.WasIn: jql.WasNotIn, jql.WasNotIn: jql.WasIn, jql.Changed: "not changed",
}

// term checks one term in Jira's order: how the operator is used, the functions, the field, what the field can do, the values.
func (f *finder) term(t *jql.Term, not bool) condition {
	if message := f.misused(t); message != "" {
		return f.wrong(message)
	}
	values, ok := f.values(t, t.Operand)
	for _, p := range t.Predicates {
		if _, fine := f.values(t, p.Operand); !fine {
			ok = false
		}
	}
	if !ok {
		return never
	}
	x, found := f.fieldNamed(t.Field)
	if !found {
		if f.who.ID == "" {
			return f.wrong(fmt.Sprintf("Field '%s' does not exist or this field cannot be viewed by anonymous users.", t.Field.Name))
		}
		return f.wrong(fmt.Sprintf("Field '%s' does not exist or you do not have permission to view it.", t.Field.Name))
	}
	op := t.Op
	switch {
	case op.IsHistory() && x.past == "":
		return f.wrong(fmt.Sprintf("History searches do not support the '%s' field.", t.Field.Name))
	case !op.IsHistory() && !slices.Contains(x.ops, op):
		return f.wrong(fmt.Sprintf("The operator '%s' is not supported by the '%s' field.", op, t.Field.Name))
	}
	for _, v := range values {
		if v.empty && !x.empty && !op.IsHistory() {
			return f.wrong(fmt.Sprintf("The field '%s' does not support searching for EMPTY values.", t.Field.Name))
		}
	}
	if not {
		op = opposite[op]
	}
	a := asked{finder: f, Term: t, field: x, op: op, values: values}
	if t.Op.IsHistory() {
		return a.history()
	}
	return x.ask(&a)
}

// An asked is a term while its field makes a condition of it. op is the term's operator, or its opposite under NOT.
type asked struct {
	*finder
	*jql.Term
	field  *jqlField
	op     jql.Op
	values []literal
}

// name is what the query calls the field.
func (a *asked) name() string { return a.Term.Field.Name }

// negative reports whether the operator asks for issues that have something else.
func (a *asked) negative() bool {
	return a.op == jql.NotEq || a.op == jql.NotIn || a.op == jql.IsNot || a.op == jql.NotLike
}

// ranges reports whether the operator compares.
func ranges(op jql.Op) bool {
	return op == jql.Less || op == jql.LessEq || op == jql.Greater || op == jql.GreatEq
}

// within reports what a comparison says of two values that compare as by.
func within(op jql.Op, by int) bool {
	switch op {
	case jql.Less:
		return by < 0
	case jql.LessEq:
		return by <= 0
	case jql.Greater:
		return by > 0
	case jql.GreatEq:
		return by >= 0
	}
	return by == 0
}

// misused says what is wrong with an operator's operand, before anybody looks at the field.
func (f *finder) misused(t *jql.Term) string {
	op, o := t.Op, t.Operand
	if o == nil {
		return ""
	}
	_, empty := o.(jql.Empty)
	switch {
	case empty && (op.IsList() || ranges(op)):
		return fmt.Sprintf("Operator '%s' does not support the empty value representation 'EMPTY' for field '%s'.", op, t.Field.Name)
	case !empty && (op == jql.Is || op == jql.IsNot):
		return fmt.Sprintf("Operator '%s' does not support searching for non-empty values for field '%s'.", op, t.Field.Name)
	case op.IsList() && !isList(o):
		return fmt.Sprintf("Operator '%s' does not support the non-list value '%s' for field '%s'.", op, inQuotes(o), t.Field.Name)
	case !op.IsList() && isList(o):
		return fmt.Sprintf("Operator '%s' does not support the list value '%s' for field '%s'.", op, inQuotes(o), t.Field.Name)
	}
	return ""
}

// inQuotes is an operand as these sentences show it.
func inQuotes(o jql.Operand) string {
	switch o := o.(type) {
	case jql.Value:
		if !o.Number {
			return `"` + o.Text + `"`
		}
	case jql.List:
		var parts []string
		for _, o := range o {
			parts = append(parts, inQuotes(o))
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return o.String()
}

// isList reports whether an operand can be several values. What nobody knows can be.
func isList(o jql.Operand) bool {
	switch o := o.(type) {
	case jql.List:
		return true
	case jql.Function:
		fn, known := jqlFunctions[strings.ToLower(o.Name)]
		return known && fn.list
	}
	return false
}

// values are the literals of an operand. What is wrong with its functions is noted.
func (f *finder) values(t *jql.Term, o jql.Operand) (out []literal, ok bool) {
	switch o := o.(type) {
	case jql.Empty:
		return []literal{{empty: true}}, true
	case jql.Value:
		return []literal{{text: o.Text, number: o.Number}}, true
	case jql.List:
		ok = true
		for _, o := range o {
			more, fine := f.values(t, o)
			out, ok = append(out, more...), ok && fine
		}
		return out, ok
	case jql.Function:
		found, message := f.evaluate(o)
		if message != "" {
			f.wrong(message)
			return nil, false
		}
		return found, true
	}
	return nil, true
}

// missing says that a value is not one of the field's.
func missing(name string, v literal) string {
	switch {
	case v.from != "":
		return fmt.Sprintf("A value provided by the function '%s' is invalid for the field '%s'.", v.from, name)
	case v.number:
		return fmt.Sprintf("A value with ID '%s' does not exist for the field '%s'.", v.text, name)
	}
	return fmt.Sprintf("The value '%s' does not exist for the field '%s'.", v.text, name)
}

// keyed asks about fields whose values are one or more of a set: people, versions, labels.
type keyed struct {
	kind  string // of the literals of functions that it takes
	index string // of the index by value that has it
	// spread gives the values under which the index has a key, if it is not itself one; "" asks for those of no key.
	spread func(f *finder, key string) []string
	keys   func(f *finder, i *Issue) []string
	// find returns the keys that a literal means, none if there are none.
	find func(f *finder, v literal) []string
	// place is where a key stands among those of its group, for fields that can be compared.
	place   func(f *finder, key string) (group string, place float64)
	missing func(name string, v literal) string // instead of the usual sentence
	lenient bool                                // a value that is not there is a warning
	free    bool                                // any text is a value
}

func (k *keyed) ask(a *asked) condition {
	var want []string
	wantEmpty, bad := false, false
	for _, v := range a.values {
		if v.empty {
			wantEmpty = true
			continue
		}
		keys := k.resolve(a.finder, v)
		if len(keys) == 0 && !(v.from != "" && v.kind == k.kind) {
			message := missing(a.name(), v)
			if k.missing != nil && v.from == "" {
				message = k.missing(a.name(), v)
			}
			if k.lenient && v.from == "" {
				a.warn(message)
			} else {
				a.wrong(message)
				bad = true
			}
			continue
		}
		for _, x := range keys {
			if x == "" { // a name for having no value
				wantEmpty = true
			} else {
				want = append(want, x)
			}
		}
	}
	if bad {
		return never
	}
	if ranges(a.op) {
		return k.compare(a, want)
	}
	has := func(i *Issue) bool {
		for _, x := range k.keys(a.finder, i) {
			if slices.Contains(want, x) {
				return true
			}
		}
		return false
	}
	if len(want) > 16 {
		set := map[string]bool{}
		for _, x := range want {
			set[x] = true
		}
		has = func(i *Issue) bool {
			return slices.ContainsFunc(k.keys(a.finder, i), func(x string) bool { return set[x] })
		}
	}
	if a.negative() {
		return condition{holds: func(i *Issue) bool { return len(k.keys(a.finder, i)) > 0 && !has(i) }}
	}
	c := condition{holds: func(i *Issue) bool { return has(i) || wantEmpty && len(k.keys(a.finder, i)) == 0 }}
	if k.index != "" {
		if wantEmpty {
			want = append(want, "")
		}
		values := want
		if k.spread != nil {
			values = nil
			for _, x := range want {
				values = append(values, k.spread(a.finder, x)...)
			}
		}
		c = a.withValues(c, k.index, values)
	}
	return c
}

// withValues adds to a condition that it can only hold of issues with some values in a field that is indexed.
func (f *finder) withValues(c condition, field string, values []string) condition {
	from := []source{}
	for _, v := range values {
		from = append(from, f.valued(field, v))
	}
	if c.from = [][]source{from}; field == "project" {
		c.in = append([]string{}, values...)
	}
	return c
}

func (k *keyed) resolve(f *finder, v literal) []string {
	switch {
	case v.from == "":
		if k.free {
			return []string{strings.ToLower(v.text)}
		}
		return k.find(f, v)
	case v.kind == k.kind:
		return some(v.key)
	case v.kind == "text" && k.find != nil:
		return k.find(f, literal{text: v.key})
	}
	return nil
}

// compare holds of issues with a key beyond one of the wanted, in the same group.
func (k *keyed) compare(a *asked, want []string) condition {
	return condition{holds: func(i *Issue) bool {
		for _, x := range k.keys(a.finder, i) {
			group, place := k.place(a.finder, x)
			for _, w := range want {
				if g, p := k.place(a.finder, w); g == group && within(a.op, compareFloats(place, p)) {
					return true
				}
			}
		}
		return false
	}}
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// fieldKeys are the keys that an issue keeps in a field, be it one or a list.
func fieldKeys(id string) func(*finder, *Issue) []string {
	return func(_ *finder, i *Issue) []string {
		switch v := i.Fields[id].(type) {
		case string:
			return []string{v}
		case []any:
			return texts(v)
		}
		return nil
	}
}

// numeric asks about numbers.
type numeric struct {
	value func(f *finder, i *Issue) (float64, bool)
	parse func(f *finder, text string) (float64, bool)
	bad   string // the sentence for what is no number, of the value and the field
}

func (n *numeric) ask(a *asked) condition {
	var want []float64
	wantEmpty, bad := false, false
	for _, v := range a.values {
		if v.empty {
			wantEmpty = true
			continue
		}
		x, ok := n.parse(a.finder, v.text)
		if v.from != "" || !ok {
			message := fmt.Sprintf(n.bad, v.text, a.name())
			if v.from != "" {
				message = missing(a.name(), v)
			}
			a.wrong(message)
			bad = true
		}
		want = append(want, x)
	}
	if bad {
		return never
	}
	return condition{holds: func(i *Issue) bool {
		x, ok := n.value(a.finder, i)
		switch {
		case ranges(a.op):
			return ok && len(want) > 0 && within(a.op, compareFloats(x, want[0]))
		case a.negative():
			return ok && !slices.Contains(want, x)
		}
		return ok && slices.Contains(want, x) || !ok && wantEmpty
	}}
}

func parseNumber(_ *finder, text string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return n, err == nil
}

func parseWhole(_ *finder, text string) (float64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return float64(n), err == nil
}

const (
	badNumber = "Value '%s' for the '%s' field is not a valid number."
	badWhole  = "The value '%s' for field '%s' is invalid - please specify an integer."
)
