// Package expr reads and evaluates Jira expressions: a small language like JavaScript, without statements but let, and
// without any effect.
//
// https://developer.atlassian.com/cloud/jira/platform/jira-expressions/
package expr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A Node is a part of an expression.
type node struct {
	op       string // what it does; see eval
	text     string // a name, an operator or a string
	number   float64
	children []*node
	params   []string // of a function
	from, to int      // where it is in the source
}

// An Expression is what has been read.
type Expression struct {
	source string
	root   *node
	leaves int
}

// A SyntaxError says what cannot be read, and where; lines and columns count from 1.
type SyntaxError struct {
	Line, Column int
	Message      string
}

func (e *SyntaxError) Error() string { return e.Message }

// Limits of what can be read.
const (
	MaxLength = 1000
	MaxLeaves = 100
	maxDepth  = 100
)

type token struct {
	kind, text string // kind: name, number, string, template, punctuation, end
	from, to   int
}

type parser struct {
	source []rune
	tokens []token
	at     int
	depth  int
	leaves int
}

// Parse reads an expression. What it refuses is a *[SyntaxError].
func Parse(source string) (*Expression, error) {
	p := &parser{source: []rune(source)}
	if err := p.lex(); err != nil {
		return nil, err
	}
	root, err := p.sequence()
	if err == nil && p.peek().kind != "end" {
		err = p.expected("EOF")
	}
	if err != nil {
		return nil, err
	}
	return &Expression{source: source, root: root, leaves: p.leaves}, nil
}

// Leaves is how many names and literals the expression has.
func (e *Expression) Leaves() int { return e.leaves }

func (p *parser) fail(at int, format string, args ...any) error {
	line, column := 1, 1
	for _, r := range p.source[:at] {
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return &SyntaxError{line, column, fmt.Sprintf(format, args...)}
}

func (p *parser) expected(what string) error {
	t := p.peek()
	got := t.text
	if t.kind == "end" {
		got = "EOF"
	}
	return p.fail(t.from, "%s expected, %s encountered.", what, got)
}

const operand = "!, -, typeof, (, IDENTIFIER, null, true, false, NUMBER, STRING, TEMPLATE_LITERAL, new, [ or {"

var punctuation = []string{"===", "!==", "=>", "==", "!=", "<=", ">=", "&&", "||", "?.", "(", ")", "[", "]", "{", "}", ".", ",", ";", ":", "?", "+", "-", "*", "/", "%", "<", ">", "!", "="}

func (p *parser) lex() error {
	in := p.source
	for at := 0; ; {
		for at < len(in) && unicode.IsSpace(in[at]) {
			at++
		}
		if at == len(in) {
			p.tokens = append(p.tokens, token{"end", "", at, at})
			return nil
		}
		from := at
		switch r := in[at]; {
		case unicode.IsLetter(r) || r == '_' || r == '$':
			for at < len(in) && (unicode.IsLetter(in[at]) || unicode.IsDigit(in[at]) || in[at] == '_' || in[at] == '$') {
				at++
			}
			p.tokens = append(p.tokens, token{"name", string(in[from:at]), from, at})
		case unicode.IsDigit(r):
			for at < len(in) && (unicode.IsDigit(in[at]) || in[at] == '.' && at+1 < len(in) && unicode.IsDigit(in[at+1])) {
				at++
			}
			p.tokens = append(p.tokens, token{"number", string(in[from:at]), from, at})
		case r == '\'' || r == '"' || r == '`':
			text, end, ok := quoted(in, at)
			if !ok {
				return p.fail(at, "%s expected, %s encountered.", operand, string(r))
			}
			at = end
			kind := "string"
			if r == '`' {
				kind = "template"
			}
			p.tokens = append(p.tokens, token{kind, text, from, at})
		default:
			rest, found := string(in[at:min(len(in), at+3)]), ""
			for _, s := range punctuation {
				if strings.HasPrefix(rest, s) {
					found = s
					break
				}
			}
			if found == "" {
				return p.fail(at, "%s expected, %s encountered.", operand, string(r))
			}
			at += len(found)
			p.tokens = append(p.tokens, token{"punctuation", found, from, at})
		}
	}
}

// quoted reads a string. Of a template, the escapes stay as they are before a $.
func quoted(in []rune, at int) (text string, end int, ok bool) {
	quote := in[at]
	var b strings.Builder
	for at++; at < len(in); at++ {
		switch r := in[at]; {
		case r == quote:
			return b.String(), at + 1, true
		case r == '\\' && at+1 < len(in):
			at++
			switch in[at] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			default:
				b.WriteRune(in[at])
			}
		default:
			b.WriteRune(r)
		}
	}
	return "", 0, false
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) is(text string) bool {
	t := p.peek()
	return t.text == text && (t.kind == "punctuation" || t.kind == "name")
}

func (p *parser) take(text string) bool {
	if p.is(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) error {
	if p.take(text) {
		return nil
	}
	return p.expected(text)
}

// node makes a node that began at a token and ends before the current one.
func (p *parser) node(from token, op, text string, children ...*node) *node {
	return &node{op: op, text: text, children: children, from: from.from, to: p.tokens[max(0, p.at-1)].to}
}

// sequence is let after let, and the value at last.
func (p *parser) sequence() (*node, error) {
	from := p.peek()
	if p.take("let") {
		name := p.peek()
		if name.kind != "name" {
			return nil, p.expected("IDENTIFIER")
		}
		p.at++
		if err := p.expect("="); err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(";"); err != nil {
			return nil, err
		}
		rest, err := p.sequence()
		return p.node(from, "let", name.text, value, rest), err
	}
	e, err := p.expression()
	p.take(";")
	return e, err
}

func (p *parser) expression() (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, p.fail(p.peek().from, "The expression is nested too deeply.")
	}
	if params, ok := p.arrow(); ok {
		from := p.peek()
		body, err := p.body()
		n := p.node(from, "function", "", body)
		n.params = params
		return n, err
	}
	from := p.peek()
	condition, err := p.binary(0)
	if err != nil || !p.take("?") {
		return condition, err
	}
	yes, err := p.expression()
	if err == nil {
		err = p.expect(":")
	}
	if err != nil {
		return nil, err
	}
	no, err := p.expression()
	return p.node(from, "if", "", condition, yes, no), err
}

// arrow passes over the parameters of a function and its arrow, if a function comes next.
func (p *parser) arrow() (params []string, ok bool) {
	at := p.at
	defer func() {
		if !ok {
			p.at = at
		}
	}()
	if p.peek().kind == "name" {
		params = []string{p.peek().text}
		p.at++
		return params, p.take("=>")
	}
	if !p.take("(") {
		return nil, false
	}
	for !p.take(")") {
		if len(params) > 0 && !p.take(",") || p.peek().kind != "name" {
			return nil, false
		}
		params = append(params, p.peek().text)
		p.at++
	}
	return params, p.take("=>")
}

// body is what a function gives: an expression, which may be a map, or lets and an expression in braces.
func (p *parser) body() (*node, error) {
	if p.is("{") && p.tokens[p.at+1].text == "let" {
		p.at++
		n, err := p.sequence()
		if err == nil {
			err = p.expect("}")
		}
		return n, err
	}
	return p.expression()
}

// levels are the operators that join two operands, from the loosest to the tightest.
var levels = [][]string{{"||"}, {"&&"}, {"==", "!=", "===", "!=="}, {"<", ">", "<=", ">="}, {"+", "-"}, {"*", "/", "%"}}

func (p *parser) binary(level int) (*node, error) {
	if level == len(levels) {
		return p.unary()
	}
	from := p.peek()
	left, err := p.binary(level + 1)
	for err == nil {
		operator := ""
		for _, o := range levels[level] {
			if p.peek().kind == "punctuation" && p.take(o) {
				operator = o
				break
			}
		}
		if operator == "" {
			return left, nil
		}
		var right *node
		if right, err = p.binary(level + 1); err == nil {
			left = p.node(from, "binary", operator, left, right)
		}
	}
	return nil, err
}

func (p *parser) unary() (*node, error) {
	from := p.peek()
	for _, o := range []string{"!", "-", "typeof"} {
		if p.take(o) {
			p.depth++
			defer func() { p.depth-- }()
			if p.depth > maxDepth {
				return nil, p.fail(from.from, "The expression is nested too deeply.")
			}
			x, err := p.unary()
			return p.node(from, "unary", o, x), err
		}
	}
	return p.postfix()
}

func (p *parser) postfix() (*node, error) {
	from := p.peek()
	left, err := p.primary()
	for err == nil {
		switch {
		case p.is(".") || p.is("?."):
			op := "member"
			if p.take("?.") {
				op = "optional"
			} else {
				p.at++
			}
			name := p.peek()
			if name.kind != "name" {
				return nil, p.expected("IDENTIFIER")
			}
			p.at++
			left = p.node(from, op, name.text, left)
		case p.take("["):
			var key *node
			if key, err = p.expression(); err == nil {
				err = p.expect("]")
			}
			left = p.node(from, "index", "", left, key)
		case p.take("("):
			var arguments []*node
			arguments, err = p.list(")")
			left = p.node(from, "call", "", append([]*node{left}, arguments...)...)
		default:
			return left, nil
		}
	}
	return nil, err
}

// list reads expressions with commas between, up to what closes them.
func (p *parser) list(closing string) (out []*node, err error) {
	for !p.take(closing) {
		if len(out) > 0 {
			if !p.take(",") {
				return nil, p.expected(", or " + closing)
			}
		}
		x, err := p.expression()
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

func (p *parser) primary() (*node, error) {
	t := p.peek()
	p.leaves++
	switch {
	case t.kind == "number":
		p.at++
		n := p.node(t, "number", t.text)
		n.number, _ = strconv.ParseFloat(t.text, 64)
		return n, nil
	case t.kind == "string":
		p.at++
		return p.node(t, "string", t.text), nil
	case t.kind == "template":
		p.at++
		return p.template(t)
	case p.take("("):
		p.leaves--
		x, err := p.expression()
		if err == nil {
			err = p.expect(")")
		}
		return x, err
	case p.take("["):
		all, err := p.list("]")
		return p.node(t, "list", "", all...), err
	case p.take("{"):
		return p.object(t)
	case t.kind == "name" && t.text == "new":
		p.at++
		name := p.peek()
		if name.kind != "name" {
			return nil, p.expected("IDENTIFIER")
		}
		p.at++
		if err := p.expect("("); err != nil {
			return nil, err
		}
		arguments, err := p.list(")")
		return p.node(t, "new", name.text, arguments...), err
	case t.kind == "name" && t.text != "let" && t.text != "typeof":
		p.at++
		return p.node(t, "name", t.text), nil
	}
	return nil, p.expected(operand)
}

// object is a map: its keys are the names of its children, with NULs between.
func (p *parser) object(from token) (*node, error) {
	var keys []string
	var values []*node
	for !p.take("}") {
		if len(keys) > 0 && !p.take(",") {
			return nil, p.expected(", or }")
		}
		k := p.peek()
		if k.kind != "name" && k.kind != "string" && k.kind != "number" {
			return nil, p.expected("IDENTIFIER, STRING or }")
		}
		p.at++
		keys = append(keys, k.text)
		if k.kind == "name" && !p.is(":") { // {a} is {a: a}
			values = append(values, p.node(k, "name", k.text))
			continue
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		v, err := p.expression()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	n := p.node(from, "object", "", values...)
	n.params = keys
	return n, nil
}

// template is text with expressions in it: `a ${b}`.
func (p *parser) template(t token) (*node, error) {
	n := p.node(t, "template", "")
	rest := t.text
	for {
		before, after, found := strings.Cut(rest, "${")
		n.children = append(n.children, &node{op: "string", text: before, from: t.from, to: t.to})
		if !found {
			return n, nil
		}
		inside, tail, closed := strings.Cut(after, "}")
		if !closed {
			return nil, p.fail(t.from, "} expected, EOF encountered.")
		}
		e, err := Parse(inside)
		if err != nil {
			return nil, p.fail(t.from, "%s", err)
		}
		p.leaves += e.leaves
		n.children = append(n.children, &node{op: "nested", children: []*node{e.root}, text: inside, from: t.from, to: t.to})
		rest = tail
	}
}

// Expensive is how many of the properties that are named an expression reads, as far as it can be seen without its values.
func (e *Expression) Expensive(names map[string]bool) string {
	n := 0
	var count func(x *node)
	count = func(x *node) {
		if (x.op == "member" || x.op == "optional") && names[x.text] || x.op == "new" && x.text == "Issue" {
			n++
		}
		for _, c := range x.children {
			count(c)
		}
	}
	count(e.root)
	return strconv.Itoa(n)
}
