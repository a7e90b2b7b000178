package jql

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds how deep parentheses, lists and NOTs nest.
const maxDepth = 500

// Parse reads a query. What it refuses is an *[Error].
func Parse(query string) (Query, error) {
	all, err := tokens(query)
	if err != nil {
		return Query{}, err
	}
	p := &parser{tokens: all}
	q, err := p.query()
	if err != nil {
		return Query{}, err
	}
	return q, nil
}

type parser struct {
	tokens []token
	at     int
	depth  int
	lists  int // that are being read, one inside the other
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != eof {
		p.at++
	}
	return t
}

// take passes over the token if it is one of the keywords or symbols.
func (p *parser) take(words ...string) bool {
	if p.peek().is(words...) {
		p.at++
		return true
	}
	return false
}

// expect passes over a keyword or symbol or says that it was expected.
func (p *parser) expect(text string) error {
	if p.take(text) {
		return nil
	}
	return p.expected(fmt.Sprintf("'%s'", text))
}

// expected says what was expected in place of the token that comes next.
func (p *parser) expected(what string) error {
	return p.wrong("Expecting "+what+" before the end of the query.", "Expecting "+what+" but got '%s'.")
}

// wrong says the first sentence at the end of the query, the second elsewhere: each %s of it is the next token.
func (p *parser) wrong(atEnd, got string) error {
	t := p.peek()
	if t.kind == eof {
		if !strings.HasPrefix(atEnd, "Error in") {
			atEnd = prefix + atEnd
		}
		return &Error{Message: atEnd}
	}
	shown := t.source
	if t.isText() {
		shown = t.text
	}
	return t.err("%s", strings.ReplaceAll(got, "%s", shown))
}

func (p *parser) query() (q Query, err error) {
	if t := p.peek(); t.kind != eof && !t.is("order") {
		if q.Where, err = p.or(); err != nil {
			return q, err
		}
	}
	switch {
	case p.take("order"):
		q.OrderBy, err = p.orderBy()
	case p.peek().kind != eof:
		err = p.noConnective()
	}
	return q, err
}

func (p *parser) noConnective() error { return p.expected("either 'OR' or 'AND'") }

func (p *parser) or() (Clause, error) {
	clauses, err := p.joined("or", p.and)
	if err != nil || len(clauses) == 1 {
		return first(clauses), err
	}
	return &Or{clauses}, nil
}

func (p *parser) and() (Clause, error) {
	clauses, err := p.joined("and", p.not)
	if err != nil || len(clauses) == 1 {
		return first(clauses), err
	}
	return &And{clauses}, nil
}

func first(clauses []Clause) Clause {
	if len(clauses) == 0 {
		return nil
	}
	return clauses[0]
}

func (p *parser) joined(by string, read func() (Clause, error)) ([]Clause, error) {
	var clauses []Clause
	for {
		c, err := read()
		if err != nil {
			return nil, err
		}
		clauses = append(clauses, c)
		if !p.take(by) {
			return clauses, nil
		}
	}
}

// deeper counts one more level, up to a bound that no person's query meets.
func (p *parser) deeper() error {
	p.depth++
	if p.depth > maxDepth {
		return p.peek().err("The query is nested too deeply.")
	}
	return nil
}

func (p *parser) not() (Clause, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("not", "!"):
		c, err := p.not()
		return &Not{c}, err
	case p.take("("):
		c, err := p.or()
		if err == nil {
			err = p.expect(")")
		}
		return c, err
	}
	return p.term()
}

func (p *parser) term() (Clause, error) {
	f, err := p.field()
	if err != nil {
		return nil, err
	}
	op, err := p.op()
	if err != nil {
		return nil, err
	}
	c := &Term{Field: f, Op: op}
	if op != Changed || !p.ended() && !p.atPredicate() {
		if c.Operand, err = p.operand(); err != nil {
			return nil, err
		}
	}
	for p.atPredicate() {
		h := Predicate{Op: p.next().text}
		if h.Operand, err = p.operand(); err != nil {
			return nil, err
		}
		c.Predicates = append(c.Predicates, h)
	}
	switch {
	case op == Changed && c.Operand != nil:
		return nil, &Error{Message: fmt.Sprintf(prefix+"The CHANGED operator does not support the use of values without predicates. You must prefix the %s value with a suitable predicate.", shown(c.Operand))}
	case !op.IsHistory() && len(c.Predicates) > 0:
		var parts []string
		for _, h := range c.Predicates {
			parts = append(parts, h.Op+" "+shown(h.Operand))
		}
		return nil, &Error{Message: fmt.Sprintf(prefix+"The %s operator does not support the use of the %s predicate.", opNames[op], strings.Join(parts, " "))}
	}
	return c, nil
}

// shown is an operand as these two sentences show it, every string in quotes.
func shown(o Operand) string {
	if v, ok := o.(Value); ok && !v.Number {
		return `"` + v.Text + `"`
	}
	return o.String()
}

// ended reports whether the clause is over.
func (p *parser) ended() bool {
	t := p.peek()
	return t.kind == eof || t.is("and", "or", ")", "order")
}

func (p *parser) atPredicate() bool {
	return p.peek().is("from", "to", "by", "before", "after", "on", "during")
}

func (p *parser) field() (Field, error) {
	t := p.peek()
	switch {
	case t.kind == number:
		p.at++
		return Field{Name: t.text}, nil
	case t.isText():
		p.at++
		if strings.TrimSpace(t.text) == "" {
			return Field{}, t.err("A field name cannot be empty.")
		}
		return p.properties(Field{Name: t.text})
	case p.take("cf"):
		if err := p.expect("["); err != nil {
			return Field{}, err
		}
		id := p.peek()
		if id.kind != number || id.text[0] == '-' {
			return Field{}, p.expected("a custom field id (a positive number)")
		}
		if _, err := strconv.ParseInt(id.text, 10, 64); err != nil {
			return Field{}, badNumber(id)
		}
		p.at++
		if err := p.expect("]"); err != nil {
			return Field{}, err
		}
		return p.properties(Field{Name: "cf[" + id.text + "]"})
	case t.is("["):
		return Field{}, t.err("Expecting a field name but got '['. Did you mean 'cf['?")
	}
	return Field{}, p.wrong("Expecting a field name at the end of the query.",
		"Expecting a field name but got '%s'. You must surround '%s' in quotation marks to use it as a field name.")
}

// properties reads the [key].path that may follow a field's name.
func (p *parser) properties(f Field) (Field, error) {
	for p.take("[") {
		t := p.peek()
		if !t.isText() && t.kind != number {
			return f, p.wrong("Expecting a property id before the end of the query.",
				"Expecting a property id but got '%s'. You must surround '%s' in quotation marks to use it as a value.")
		}
		p.at++
		if err := p.expect("]"); err != nil {
			return f, err
		}
		property := Property{Key: t.text}
		if path := p.peek(); path.isText() {
			// The path begins with its dot; a word without one, after a space, stands where the operator should.
			name, dotted := strings.CutPrefix(path.text, ".")
			switch {
			case !dotted && path.spaced:
				return f, p.noOperator()
			case !dotted || name == "" || name[0] == '.':
				return f, p.wrong("", "Expecting a property id but got '%s'. You must surround '%s' in quotation marks to use it as a value.")
			}
			p.at++
			property.Path = name
		}
		f.Properties = append(f.Properties, property)
	}
	return f, nil
}

const operators = " The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."

func (p *parser) noOperator() error {
	return p.wrong("Expecting operator before the end of the query."+operators, "Expecting operator but got '%s'."+operators)
}

func (p *parser) op() (Op, error) {
	t := p.peek()
	switch {
	case t.is("=", "!=", "<", "<=", ">", ">=", "~", "!~", "in", "changed"):
		p.at++
		return Op(t.text), nil
	case p.take("is"):
		if p.take("not") {
			return IsNot, nil
		}
		if o := p.peek(); o.kind == keyword && o.text != "empty" || o.kind == symbol && o.text != "(" {
			return "", p.expected("'NOT'")
		}
		return Is, nil
	case p.take("not"):
		if !p.take("in") {
			return "", p.expected("'IN'")
		}
		return NotIn, nil
	case p.take("was"):
		switch not, in := p.take("not"), p.take("in"); {
		case not && in:
			return WasNotIn, nil
		case not:
			return WasNot, nil
		case in:
			return WasIn, nil
		}
		return Was, nil
	}
	return "", p.noOperator()
}

func (p *parser) operand() (Operand, error) {
	t := p.peek()
	switch {
	case p.take("empty"):
		return Empty{}, nil
	case p.take("("):
		return p.list()
	case t.isText() || t.kind == number:
		p.at++
		if p.take("(") {
			return p.function(t)
		}
		if !p.ended() && !p.peek().is(",") && !p.atPredicate() {
			if p.lists > 0 {
				return nil, p.expected("',' or ')'")
			}
			return nil, p.noConnective()
		}
		if t.kind == number {
			if _, err := strconv.ParseInt(t.text, 10, 64); err != nil {
				return nil, badNumber(t)
			}
		}
		return Value{Text: t.text, Number: t.kind == number}, nil
	}
	return nil, p.wrong("Error in JQL Query: Expecting either a value, list or function before the end of the query.",
		"Error in JQL Query: Expecting either a value, list or function but got '%s'. You must surround '%s' in quotation marks to use it as a value.")
}

func badNumber(t token) error {
	return t.err("'%s' is not a valid number. Numbers must be between -9,223,372,036,854,775,808 and 9,223,372,036,854,775,807.", t.text)
}

func (p *parser) list() (Operand, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	p.lists++
	defer func() { p.depth, p.lists = p.depth-1, p.lists-1 }()
	var l List
	for {
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		l = append(l, o)
		if !p.take(",") {
			return l, p.expect(")")
		}
	}
}

// function reads the arguments of a call whose parenthesis has been read.
func (p *parser) function(name token) (Operand, error) {
	if strings.TrimSpace(name.text) == "" {
		return nil, name.err("A function name cannot be empty.")
	}
	f := Function{Name: name.text}
	if p.take(")") {
		return f, nil
	}
	if t := p.peek(); t.kind == eof || t.is(",") {
		return nil, p.expected("')'")
	}
	for {
		t := p.peek()
		switch {
		case t.isText() || t.kind == number:
			p.at++
			f.Args = append(f.Args, t.text)
		case t.is(",", ")"):
			return nil, t.err("Function argument must be specified.")
		default:
			return nil, p.wrong("Expecting a function argument at the end of the query.",
				"Expecting a function argument but got '%s'. You must surround '%s' in quotation marks to use it as an argument.")
		}
		switch {
		case p.take(")"):
			return f, nil
		case p.take(","):
		case p.peek().kind == eof:
			return nil, p.expected("')'")
		default:
			return nil, p.expected("')' or ','")
		}
	}
}

func (p *parser) orderBy() (sorts []Sort, err error) {
	if err := p.expect("by"); err != nil {
		return nil, err
	}
	for {
		var s Sort
		if s.Field, err = p.field(); err != nil {
			return nil, err
		}
		if t := p.peek(); p.take("asc", "desc") {
			s.Order = strings.ToUpper(t.text)
		} else if t.kind != eof && !t.is(",") {
			return nil, p.expected("either 'ASC' or 'DESC'")
		}
		sorts = append(sorts, s)
		if p.peek().kind == eof {
			return sorts, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}
