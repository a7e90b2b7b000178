package cxdb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Query is a parsed CQL expression over the metadata of contexts.
//
// https://github.com/strongdm/cxdb/blob/main/docs/CQL_REFERENCE.md
type Query struct{ match func(c *candidate) bool }

// A candidate is a context under test.
type candidate struct {
	Context
	live bool
	now  time.Time
}

// A QueryError says what is wrong with a query and where, in bytes from its start.
type QueryError struct {
	Position int
	Field    string // when it is about one
	Text     string
}

func (e *QueryError) Error() string { return fmt.Sprintf("CQL at %d: %s", e.Position, e.Text) }
func (e *QueryError) Unwrap() error { return ErrInvalid }

// Match tells whether a context is one that the query is for. Relative times count back from now.
func (q Query) Match(c Context, live bool, now time.Time) bool {
	return q.match(&candidate{c, live, now})
}

// ParseCQL reads a query.
func ParseCQL(text string) (Query, error) {
	p := &cqlParser{text: text}
	p.next()
	match := p.or(0)
	if p.err == nil && p.token != "" {
		p.fail("%q is not expected here", p.token)
	}
	if p.err != nil {
		return Query{}, p.err
	}
	return Query{match}, nil
}

// A cqlParser holds one token ahead: a word, a number, an operator, or a string with its opening quote.
type cqlParser struct {
	text  string
	pos   int // after the token
	at    int // of the token
	token string
	err   *QueryError
}

func (p *cqlParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &QueryError{Position: p.at, Text: fmt.Sprintf(format, args...)}
	}
	p.token = ""
}

const operators = "^~= != ^= ~= >= <= > < = ( ) ,"

func (p *cqlParser) next() {
	for p.pos < len(p.text) && strings.ContainsRune(" \t\r\n", rune(p.text[p.pos])) {
		p.pos++
	}
	rest := p.text[p.pos:]
	p.at, p.token = p.pos, ""
	if rest == "" || p.err != nil {
		return
	}
	if rest[0] == '"' {
		p.token, p.pos = p.quoted()
		return
	}
	for op := range strings.FieldsSeq(operators) {
		if strings.HasPrefix(rest, op) {
			p.token, p.pos = op, p.pos+len(op)
			return
		}
	}
	end := strings.IndexAny(rest, " \t\r\n\"^~=!<>(),")
	if end < 0 {
		end = len(rest)
	}
	if end == 0 {
		p.fail("%q is not CQL", rest[:1])
		return
	}
	p.token, p.pos = rest[:end], p.pos+end
}

// quoted reads a string; a backslash takes the next character as it is.
func (p *cqlParser) quoted() (token string, end int) {
	out := []byte{'"'}
	for i := p.pos + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"' && utf8.Valid(out):
			return string(out), i + 1
		case c == '\\' && i+1 < len(p.text):
			i++
			out = append(out, p.text[i])
		default:
			out = append(out, c)
		}
	}
	p.fail("the string does not end")
	return "", len(p.text)
}

// word tells whether the token is a keyword, and takes it.
func (p *cqlParser) word(w string) bool {
	if !strings.EqualFold(p.token, w) {
		return false
	}
	p.next()
	return true
}

func (p *cqlParser) or(depth int) func(*candidate) bool {
	left := p.and(depth)
	for p.word("OR") {
		a, b := left, p.and(depth)
		left = func(c *candidate) bool { return a(c) || b(c) }
	}
	return left
}

func (p *cqlParser) and(depth int) func(*candidate) bool {
	left := p.unary(depth)
	for p.word("AND") {
		a, b := left, p.unary(depth)
		left = func(c *candidate) bool { return a(c) && b(c) }
	}
	return left
}

func (p *cqlParser) unary(depth int) func(*candidate) bool {
	if depth > deepest {
		p.fail("more than %d levels", deepest)
		return nil
	}
	if p.word("NOT") {
		f := p.unary(depth + 1)
		return func(c *candidate) bool { return !f(c) }
	}
	if p.word("(") {
		f := p.or(depth + 1)
		if p.err == nil && !p.word(")") {
			p.fail(") is missing")
		}
		return f
	}
	return p.comparison()
}

// texts, numbers and others are the fields of a query.
var (
	cqlTexts = map[string]func(*candidate) []string{
		"tag":      func(c *candidate) []string { return []string{c.Tag} },
		"title":    func(c *candidate) []string { return []string{c.Title} },
		"label":    func(c *candidate) []string { return c.Labels },
		"user":     fromProvenance(func(p *Provenance) string { return p.User }),
		"service":  fromProvenance(func(p *Provenance) string { return p.Service }),
		"host":     fromProvenance(func(p *Provenance) string { return p.Host }),
		"trace_id": fromProvenance(func(p *Provenance) string { return p.TraceID }),
	}
	cqlNumbers = map[string]func(*candidate) uint64{
		"id":     func(c *candidate) uint64 { return c.ID },
		"parent": func(c *candidate) uint64 { return c.Parent },
		"root":   func(c *candidate) uint64 { return c.Root },
		"depth":  func(c *candidate) uint64 { return uint64(c.Depth) },
	}
)

func fromProvenance(f func(*Provenance) string) func(*candidate) []string {
	return func(c *candidate) []string {
		if c.Provenance == nil {
			return nil
		}
		return []string{f(c.Provenance)}
	}
}

func (p *cqlParser) comparison() func(*candidate) bool {
	field, at := strings.ToLower(p.token), p.at
	if p.token == "" {
		p.fail("a comparison is missing")
		return nil
	}
	p.next()
	op := strings.ToUpper(p.token)
	p.next()
	values := p.values(op == "IN")
	if p.err != nil {
		return nil
	}
	var match func(*candidate) bool
	var wrong string
	if text, ok := cqlTexts[field]; ok {
		match, wrong = textTest(text, op, values)
	} else if number, ok := cqlNumbers[field]; ok {
		match, wrong = numberTest(number, op, values)
	} else if field == "created" {
		match, wrong = createdTest(op, values)
	} else if field == "is_live" {
		match, wrong = liveTest(op, values)
	} else {
		wrong = "there is no field " + strconv.Quote(field)
	}
	if match == nil {
		p.err = &QueryError{at, field, wrong}
	}
	return match
}

// values reads a value, or a list of them for IN.
func (p *cqlParser) values(list bool) (values []string) {
	if list && !p.word("(") {
		p.fail("IN needs a list in parentheses")
	}
	for p.err == nil {
		if p.token == "" || p.token[0] != '"' && strings.Contains(" "+operators+" ", " "+p.token+" ") {
			p.fail("a value is missing")
			break
		}
		values = append(values, strings.TrimPrefix(p.token, `"`))
		p.next()
		if !list || p.word(")") {
			break
		}
		if !p.word(",") {
			p.fail(", or ) is missing")
		}
	}
	return values
}

func textTest(get func(*candidate) []string, op string, values []string) (func(*candidate) bool, string) {
	hasPrefix := func(s, v string) bool { return strings.HasPrefix(s, v) }
	tests := map[string]func(s, v string) bool{
		"=": func(s, v string) bool { return s == v }, "IN": func(s, v string) bool { return s == v },
		"!=": func(s, v string) bool { return s == v }, "~=": strings.EqualFold, "^=": hasPrefix,
		"^~=": func(s, v string) bool { return hasPrefix(strings.ToLower(s), strings.ToLower(v)) },
	}
	test := tests[op]
	if test == nil {
		return nil, op + " does not compare text"
	}
	return func(c *candidate) bool {
		found := slices.ContainsFunc(get(c), func(s string) bool {
			return s != "" && slices.ContainsFunc(values, func(v string) bool { return test(s, v) })
		})
		return found != (op == "!=")
	}, ""
}

// ordered compares by an operator; nil when it is none of order.
func ordered(op string) func(order int) bool {
	return map[string]func(int) bool{
		"=": func(o int) bool { return o == 0 }, "IN": func(o int) bool { return o == 0 },
		"!=": func(o int) bool { return o != 0 }, ">": func(o int) bool { return o > 0 },
		">=": func(o int) bool { return o >= 0 }, "<": func(o int) bool { return o < 0 },
		"<=": func(o int) bool { return o <= 0 },
	}[op]
}

func numberTest(get func(*candidate) uint64, op string, values []string) (func(*candidate) bool, string) {
	test := ordered(op)
	if test == nil {
		return nil, op + " does not compare numbers"
	}
	var numbers []uint64
	for _, v := range values {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return nil, strconv.Quote(v) + " is not a number"
		}
		numbers = append(numbers, n)
	}
	return func(c *candidate) bool {
		return slices.ContainsFunc(numbers, func(n uint64) bool { return test(compare(get(c), n)) })
	}, ""
}

func compare[T uint64 | int64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// createdTest compares with a date, an RFC 3339 time, or an age such as -24h, -7d or -30m.
func createdTest(op string, values []string) (func(*candidate) bool, string) {
	test := ordered(op)
	if test == nil {
		return nil, op + " does not compare times"
	}
	var moments []func(now time.Time) int64
	for _, v := range values {
		if age, ok := age(v); ok {
			moments = append(moments, func(now time.Time) int64 { return now.Add(-age).UnixMilli() })
			continue
		}
		t, err := time.Parse(time.DateOnly, v)
		if err != nil {
			t, err = time.Parse(time.RFC3339, v)
		}
		if err != nil {
			return nil, strconv.Quote(v) + " is not a time"
		}
		moments = append(moments, func(time.Time) int64 { return t.UnixMilli() })
	}
	return func(c *candidate) bool {
		return slices.ContainsFunc(moments, func(m func(time.Time) int64) bool { return test(compare(c.Created, m(c.now))) })
	}, ""
}

func age(v string) (time.Duration, bool) {
	if len(v) < 3 || v[0] != '-' {
		return 0, false
	}
	unit, ok := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[v[len(v)-1]]
	n, err := strconv.ParseUint(v[1:len(v)-1], 10, 31)
	return time.Duration(n) * unit, ok && err == nil && n < 1<<16
}

func liveTest(op string, values []string) (func(*candidate) bool, string) {
	if op != "=" && op != "!=" {
		return nil, op + " does not compare booleans"
	}
	want, err := strconv.ParseBool(strings.ToLower(values[0]))
	if err != nil {
		return nil, strconv.Quote(values[0]) + " is not true or false"
	}
	return func(c *candidate) bool { return (c.live == want) == (op == "=") }, ""
}
