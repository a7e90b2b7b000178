// Package query reads what files.list and drives.list take as q.
//
// https://developers.google.com/workspace/drive/api/guides/search-files
// https://developers.google.com/workspace/drive/api/guides/ref-search-terms
package query

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Kind is what a term is compared with.
type Kind int

// Kinds of terms.
const (
	Text       Kind = iota // 'Hello'
	Bool                   // true; the term alone means that it is
	Time                   // '2012-06-04T12:00:00-08:00', without a zone it is UTC
	Number                 // 20
	Collection             // 'someone' in owners
	Properties             // has { key='x' and value='y' }
)

// A Term is what can be asked for, and how.
type Term struct {
	Kind Kind
	Ops  []string
}

// Terms are all that can be asked for, by name.
type Terms map[string]Term

var (
	equal   = []string{"=", "!="}
	text    = []string{"contains", "=", "!="}
	ordered = []string{"<=", "<", "=", "!=", ">", ">="}
)

// Files are the terms of files.list.
var Files = Terms{
	"name": {Text, text}, "fullText": {Text, []string{"contains"}}, "mimeType": {Text, text}, "visibility": {Text, equal},
	"modifiedTime": {Time, ordered}, "viewedByMeTime": {Time, ordered}, "createdTime": {Time, ordered}, "sharedWithMeTime": {Time, ordered},
	"trashed": {Bool, equal}, "starred": {Bool, equal}, "sharedWithMe": {Bool, equal},
	"parents": {Collection, nil}, "owners": {Collection, nil}, "writers": {Collection, nil}, "readers": {Collection, nil}, "labels": {Collection, nil},
	"properties": {Properties, nil}, "appProperties": {Properties, nil},
	"shortcutDetails.targetId": {Text, equal},
}

// Drives are the terms of drives.list.
var Drives = Terms{
	"name": {Text, text}, "createdTime": {Time, ordered}, "hidden": {Bool, equal}, "memberCount": {Number, ordered}, "organizerCount": {Number, ordered}, "orgUnitId": {Text, equal},
}

// A Node is a part of a query: And, Or, Not or Is.
type Node interface{ node() }

// And is for what is both.
type And struct{ Left, Right Node }

// Or is for what is one of two.
type Or struct{ Left, Right Node }

// Not is for what is not.
type Not struct{ Of Node }

// Is compares a term with a value. Field is for a label: of the label ID the field.
type Is struct {
	Term, Op  string // Op is "in" for a collection, "has" for properties; "null" and "not null" for fields of labels
	ID, Field string
	Text      string // the value as it is written, without its quotes
	Key       string // of a property
	Bool      bool
	Number    int64
	Time      time.Time
}

func (And) node() {}
func (Or) node()  {}
func (Not) node() {}
func (Is) node()  {}

// ErrInvalid is for what is no query.
var ErrInvalid = errors.New("invalid query")

// Parse reads a query. Google reads "and" and "or" from left to right, neither before the other. The empty text is nil.
func Parse(s string, terms Terms) (Node, error) {
	p := parser{terms: terms}
	if !p.split(s) {
		return nil, ErrInvalid
	}
	if len(p.words) == 0 {
		return nil, nil
	}
	n, ok := p.list(0)
	if !ok || p.at < len(p.words) {
		return nil, ErrInvalid
	}
	return n, nil
}

// A word is a name, an operator, a bracket, a number or a text in quotes.
type word struct {
	s      string
	quoted bool
}

type parser struct {
	terms Terms
	words []word
	at    int
}

func (p *parser) split(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'' || c == '"':
			var b strings.Builder
			for i++; ; i++ {
				if i >= len(s) {
					return false
				}
				if s[i] == c {
					break
				}
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				b.WriteByte(s[i])
			}
			i++
			p.words = append(p.words, word{b.String(), true})
		case strings.IndexByte("(){}", c) >= 0:
			p.words = append(p.words, word{s: s[i : i+1]})
			i++
		case strings.IndexByte("=!<>", c) >= 0:
			n := 1
			if i+1 < len(s) && s[i+1] == '=' && c != '=' {
				n = 2
			}
			p.words = append(p.words, word{s: s[i : i+n]})
			i += n
		default:
			start := i
			for i < len(s) && strings.IndexByte(" \t\n\r'\"(){}=!<>", s[i]) < 0 {
				i++
			}
			p.words = append(p.words, word{s: s[start:i]})
		}
	}
	return true
}

// depth bounds how deep brackets may be nested.
const depth = 100

func (p *parser) list(deep int) (Node, bool) {
	left, ok := p.one(deep)
	for ok {
		switch {
		case p.take("and"):
			var right Node
			right, ok = p.one(deep)
			left = And{left, right}
		case p.take("or"):
			var right Node
			right, ok = p.one(deep)
			left = Or{left, right}
		default:
			return left, true
		}
	}
	return nil, false
}

func (p *parser) one(deep int) (Node, bool) {
	if deep > depth {
		return nil, false
	}
	if p.take("not") {
		n, ok := p.one(deep + 1)
		return Not{n}, ok
	}
	if p.take("(") {
		n, ok := p.list(deep + 1)
		return n, ok && p.take(")")
	}
	w, ok := p.next()
	if !ok {
		return nil, false
	}
	if w.quoted {
		return p.in(w.s)
	}
	if label, ok := strings.CutPrefix(w.s, "labels/"); ok && p.terms["labels"].Kind == Collection {
		return p.label(label)
	}
	t, ok := p.terms[w.s]
	if !ok {
		return nil, false
	}
	return p.compare(w.s, t)
}

// in is what follows a text: in, and a collection that it is in.
func (p *parser) in(value string) (Node, bool) {
	if !p.take("in") {
		return nil, false
	}
	w, ok := p.next()
	t, known := p.terms[w.s]
	return Is{Term: w.s, Op: "in", Text: value}, ok && !w.quoted && known && t.Kind == Collection
}

func (p *parser) compare(name string, t Term) (Node, bool) {
	is := Is{Term: name}
	switch t.Kind {
	case Collection:
		return nil, false
	case Properties:
		return p.has(is)
	case Bool:
		is.Op, is.Bool = "=", true
		if w, ok := p.peek(); !ok || w.quoted || !slices.Contains(equal, w.s) {
			return is, true
		}
	}
	op, ok := p.next()
	if !ok || op.quoted || !slices.Contains(t.Ops, strings.ToLower(op.s)) {
		return nil, false
	}
	is.Op = strings.ToLower(op.s)
	v, ok := p.next()
	if !ok {
		return nil, false
	}
	is.Text = v.s
	switch t.Kind {
	case Text:
		return is, v.quoted
	case Bool:
		is.Bool = strings.EqualFold(v.s, "true")
		return is, is.Bool || strings.EqualFold(v.s, "false")
	case Number:
		n, err := strconv.ParseInt(v.s, 10, 64)
		is.Number = n
		return is, err == nil && !v.quoted
	}
	is.Time, ok = moment(v.s)
	return is, ok && v.quoted
}

// has is what follows properties and appProperties.
func (p *parser) has(is Is) (Node, bool) {
	is.Op = "has"
	ok := p.take("has") && p.take("{")
	for n := 0; ok && n < 2; n++ {
		if n > 0 && !p.take("and") {
			return nil, false
		}
		w, _ := p.next()
		ok = p.take("=")
		v, there := p.next()
		ok = ok && there && v.quoted && !w.quoted
		switch w.s {
		case "key":
			is.Key = v.s
		case "value":
			is.Text = v.s
		default:
			ok = false
		}
	}
	return is, ok && p.take("}")
}

// label is what follows labels/: an id, a dot, a field, and what is asked of it.
func (p *parser) label(path string) (Node, bool) {
	id, field, ok := strings.Cut(path, ".")
	is := Is{Term: "labels", ID: id, Field: field}
	if !ok || id == "" || field == "" {
		return nil, false
	}
	if p.take("is") {
		is.Op = "null"
		if p.take("not") {
			is.Op = "not null"
		}
		return is, p.take("null")
	}
	op, _ := p.next()
	v, ok := p.next()
	is.Op, is.Text = strings.ToLower(op.s), v.s
	if n, err := strconv.ParseInt(v.s, 10, 64); err == nil {
		is.Number = n
	} else if !v.quoted {
		return nil, false
	}
	return is, ok && !op.quoted && (slices.Contains(ordered, is.Op) || is.Op == "contains" || is.Op == "in")
}

func (p *parser) peek() (word, bool) {
	if p.at == len(p.words) {
		return word{}, false
	}
	return p.words[p.at], true
}

func (p *parser) next() (word, bool) {
	w, ok := p.peek()
	if ok {
		p.at++
	}
	return w, ok
}

func (p *parser) take(s string) bool {
	w, ok := p.peek()
	if ok = ok && !w.quoted && strings.EqualFold(w.s, s); ok {
		p.at++
	}
	return ok
}

var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"}

// moment reads a time; one without a zone is UTC.
func moment(s string) (time.Time, bool) {
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// Words are the words of a text, in small letters: runs of letters and digits.
func Words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 0x7f)
	})
}

// Starts reports whether each word of what is looked for begins a word of the text, as Google compares names.
func Starts(text, sought string) bool {
	words, want := Words(text), Words(sought)
	if len(want) == 0 {
		return strings.Contains(strings.ToLower(text), strings.ToLower(sought))
	}
	for _, w := range want {
		if !slices.ContainsFunc(words, func(have string) bool { return strings.HasPrefix(have, w) }) {
			return false
		}
	}
	return true
}

// Holds reports whether the words of a text hold what is looked for: every word of it, whole, and what is in double quotes
// one after the other.
func Holds(words []string, sought string) bool {
	for i, part := range strings.Split(sought, `"`) {
		want := Words(part)
		if i%2 == 1 && !follows(words, want) {
			return false
		}
		for _, w := range want {
			if !slices.Contains(words, w) {
				return false
			}
		}
	}
	return true
}

func follows(words, want []string) bool {
	for i := 0; i+len(want) <= len(words); i++ {
		if slices.Equal(words[i:i+len(want)], want) {
			return true
		}
	}
	return false
}
