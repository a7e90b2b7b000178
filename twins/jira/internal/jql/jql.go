// Package jql reads and writes Jira's query language. It knows the grammar and nothing of fields, values or issues.
//
// The reader is a lexer and a recursive descent by hand: Jira says what it expected in one sentence for each place in
// the grammar, with the place, and complains of characters and reserved words anywhere in the query before it complains
// of its structure. A grammar library words its own errors and stops at the first.
//
// https://support.atlassian.com/jira-software-cloud/docs/what-is-advanced-search-in-jira-cloud/
package jql

import (
	"slices"
	"strings"
)

// A Query is what a JQL text says. Its zero value asks for everything.
type Query struct {
	Where   Clause // nil when there is no restriction
	OrderBy []Sort
}

// A Sort is one field of ORDER BY; Order is "ASC", "DESC" or empty when the query leaves it to the field.
type Sort struct {
	Field Field
	Order string
}

// A Clause is an *[And], *[Or], *[Not] or *[Term].
type Clause interface{ text(within int) string }

// And holds of what all its clauses hold of.
type And struct{ Clauses []Clause }

// Or holds of what one of its clauses holds of.
type Or struct{ Clauses []Clause }

// Not holds of what its clause does not hold of.
type Not struct{ Clause Clause }

// A Term compares a field. Operand is nil under CHANGED; only WAS, its kin and CHANGED have predicates.
type Term struct {
	Field      Field
	Op         Op
	Operand    Operand
	Predicates []Predicate
}

// A Field is a field as the query names it: by name, as cf[10010], or an entity property: issue.property[key].path.
type Field struct {
	Name       string // "cf[10010]" for a custom field by number
	Properties []Property
}

// A Property is the [key].path after a field's name.
type Property struct{ Key, Path string }

// An Op is an operator, as Jira writes it.
type Op string

// The operators.
const (
	Eq       Op = "="
	NotEq    Op = "!="
	Less     Op = "<"
	LessEq   Op = "<="
	Greater  Op = ">"
	GreatEq  Op = ">="
	Like     Op = "~"
	NotLike  Op = "!~"
	In       Op = "in"
	NotIn    Op = "not in"
	Is       Op = "is"
	IsNot    Op = "is not"
	Was      Op = "was"
	WasNot   Op = "was not"
	WasIn    Op = "was in"
	WasNotIn Op = "was not in"
	Changed  Op = "changed"
)

// opNames are the names that Jira's sentences call the operators by.
var opNames = map[Op]string{
	Eq: "EQUALS", NotEq: "NOT_EQUALS", Less: "LESS_THAN", LessEq: "LESS_THAN_EQUALS", Greater: "GREATER_THAN", GreatEq: "GREATER_THAN_EQUALS",
	Like: "LIKE", NotLike: "NOT_LIKE", In: "IN", NotIn: "NOT_IN", Is: "IS", IsNot: "IS_NOT", Was: "WAS", WasNot: "WAS_NOT", WasIn: "WAS_IN",
	WasNotIn: "WAS_NOT_IN", Changed: "CHANGED",
}

// IsHistory reports whether the operator asks about the past.
func (o Op) IsHistory() bool {
	return o == Was || o == WasNot || o == WasIn || o == WasNotIn || o == Changed
}

// IsList reports whether the operator wants a list.
func (o Op) IsList() bool { return o == In || o == NotIn || o == WasIn || o == WasNotIn }

// An Operand is a [Value], [List], [Function] or [Empty].
type Operand interface{ String() string }

// A Value is one word, string or whole number.
type Value struct {
	Text   string
	Number bool // it was written as a number, without quotes
}

// A List is what stands in parentheses; a list may hold lists.
type List []Operand

// A Function is a call; its arguments are strings.
type Function struct {
	Name string
	Args []string
}

// Empty is EMPTY, which may be written NULL.
type Empty struct{}

// A Predicate narrows WAS and CHANGED: from, to, by, before, after, on, during.
type Predicate struct {
	Op      string
	Operand Operand
}

// Walk calls f for every term of a clause, from left to right.
func Walk(c Clause, f func(*Term)) {
	switch c := c.(type) {
	case *And:
		for _, c := range c.Clauses {
			Walk(c, f)
		}
	case *Or:
		for _, c := range c.Clauses {
			Walk(c, f)
		}
	case *Not:
		Walk(c.Clause, f)
	case *Term:
		f(c)
	}
}

// String writes the query with as few quotes and parentheses as it can be read with.
func (q Query) String() string {
	var parts []string
	if q.Where != nil {
		parts = append(parts, q.Where.text(inOr))
	}
	for i, s := range q.OrderBy {
		t := s.Field.String()
		if s.Order != "" {
			t += " " + s.Order
		}
		if i == 0 {
			t = "ORDER BY " + t
		} else {
			parts[len(parts)-1] += ","
		}
		parts = append(parts, t)
	}
	return strings.Join(parts, " ")
}

// How tightly what surrounds a clause binds.
const (
	inOr = iota
	inAnd
	inNot
)

func (c *Or) text(within int) string  { return compound(c.Clauses, " OR ", inOr, within) }
func (c *And) text(within int) string { return compound(c.Clauses, " AND ", inAnd, within) }
func (c *Not) text(int) string        { return "NOT " + c.Clause.text(inNot) }

func compound(clauses []Clause, word string, binds, within int) string {
	var parts []string
	for _, c := range clauses {
		parts = append(parts, c.text(binds+1))
	}
	text := strings.Join(parts, word)
	if within > binds {
		return "(" + text + ")"
	}
	return text
}

func (c *Term) text(int) string { return c.String() }

// String writes the term alone.
func (c *Term) String() string {
	parts := []string{c.Field.String(), string(c.Op)}
	if c.Operand != nil {
		parts = append(parts, c.Operand.String())
	}
	for _, p := range c.Predicates {
		parts = append(parts, p.Op, p.Operand.String())
	}
	return strings.Join(parts, " ")
}

// IsCustom reports the number of a field that is written cf[number].
func (f Field) IsCustom() (id string, ok bool) {
	id, ok = strings.CutPrefix(f.Name, "cf[")
	if !ok || !strings.HasSuffix(id, "]") {
		return "", false
	}
	id = strings.TrimSuffix(id, "]")
	return id, isNumber(id) && id[0] != '-'
}

// String writes the field.
func (f Field) String() string {
	text := f.Name
	if _, custom := f.IsCustom(); !custom && !isNumber(text) {
		text = Quote(text)
	}
	for _, p := range f.Properties {
		text += "[" + argument(p.Key) + "]"
		if p.Path != "" {
			if path := "." + p.Path; Quote(path) != path {
				text += " " + Quote(path)
			} else {
				text += path
			}
		}
	}
	return text
}

// String writes the value.
func (v Value) String() string {
	if v.Number {
		return v.Text
	}
	return Quote(v.Text)
}

// String writes the list.
func (l List) String() string {
	var parts []string
	for _, o := range l {
		parts = append(parts, o.String())
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// String writes the call.
func (f Function) String() string {
	var parts []string
	for _, a := range f.Args {
		parts = append(parts, argument(a))
	}
	return argument(f.Name) + "(" + strings.Join(parts, ", ") + ")"
}

// String writes EMPTY.
func (Empty) String() string { return "EMPTY" }

// argument writes a string where a number is one too.
func argument(s string) string {
	if isNumber(s) {
		return s
	}
	return Quote(s)
}

// Quote writes a string so that it is read as one: as it is when it can be, else in double quotes.
func Quote(s string) string {
	if s != "" && !isNumber(s) && !IsReserved(s) && !strings.ContainsFunc(s, ends) && !strings.ContainsRune(s, '\\') {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case isControl(r):
			b.WriteString(escaped(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// IsReserved reports whether a word needs quotes to be a name or a value.
func IsReserved(word string) bool {
	_, found := slices.BinarySearch(reserved, strings.ToLower(word))
	return found
}

// Reserved returns the reserved words, in order.
func Reserved() []string { return slices.Clone(reserved) }

var reserved = strings.Fields(`abort access add after alias all alter and any as asc audit avg before begin between boolean
	break by byte catch cf changed char character check checkpoint collate collation column commit connect continue count create current
	date decimal declare decrement default defaults define delete delimiter desc difference distinct divide do double drop
	during else empty encoding end equals escape exclusive exec execute exists explain false fetch field file first float for from function
	go goto grant greater group having identified if immediate in increment index initial inner inout input insert int integer
	intersect intersection into is isempty isnull join last left less like limit lock long max min minus mode modify modulo more
	multiply next noaudit not notin nowait null number object of on option or order outer output power previous prior privileges
	public raise raw remainder rename resource return returns revoke right row rowid rownum rows select session set share size
	sqrt start strict string subtract sum synonym table then to trans transaction trigger true uid union unique update user
	validate values view was when whenever where while with`)
