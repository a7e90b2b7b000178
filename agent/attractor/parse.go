package attractor

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where a DOT source is not a pipeline; lines and columns count from 1.
type SyntaxError struct {
	Line, Col int
	Msg       string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg) }

// Parse reads one pipeline: the published subset of DOT, and three things more: quoted keys, unquoted words with dots and
// colons as values, and empty attribute blocks. The error is a *SyntaxError.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#2-dot-dsl-schema
func Parse(src []byte) (g *Graph, err error) {
	p := &parser{src: strings.TrimPrefix(string(src), "\ufeff"), graph: &Graph{Attrs: Attrs{}}, nodes: map[string]*Node{}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			g, err = nil, e
		}
	}()
	p.file()
	return p.graph, nil
}

type tokenKind int

const (
	end tokenKind = iota
	word
	quoted
	punct // { } [ ] , ; = ->
)

type token struct {
	kind tokenKind
	text string
	at   int
}

type parser struct {
	src   string
	pos   int
	tok   token
	graph *Graph
	nodes map[string]*Node
	depth int
}

// scope is what holds between one pair of braces.
type scope struct {
	top        bool
	node, edge Attrs
	attrs      Attrs
	members    []*Node
}

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	key        = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	bareValue  = regexp.MustCompile(`^(-?[0-9]+(ms|s|m|h|d)?|-?[0-9]*\.[0-9]+|[A-Za-z_][A-Za-z0-9_]*([.:][A-Za-z_][A-Za-z0-9_]*)*)$`)
	keywords   = []string{"strict", "graph", "digraph", "node", "edge", "subgraph"}
)

func (p *parser) fail(at int, format string, args ...any) {
	before := p.src[:min(at, len(p.src))]
	line := strings.Count(before, "\n") + 1
	col := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	panic(&SyntaxError{line, col, fmt.Sprintf(format, args...)})
}

// next reads the token after white space and comments.
func (p *parser) next() {
	p.skip()
	p.tok = token{at: p.pos}
	if p.pos == len(p.src) {
		return
	}
	rest := p.src[p.pos:]
	switch c := rest[0]; {
	case c == '"':
		p.tok = token{quoted, p.text(), p.tok.at}
	case strings.HasPrefix(rest, "->"):
		p.take(punct, 2)
	case strings.HasPrefix(rest, "--"):
		p.fail(p.pos, "undirected edge --: a pipeline's edges are directed, write ->")
	case strings.IndexByte("{}[],;=", c) >= 0:
		p.take(punct, 1)
	case c == '<':
		p.fail(p.pos, "HTML labels are not supported: write a quoted string")
	default:
		n := 0
		if c == '-' {
			n = 1
		}
		for n < len(rest) && (isWord(rest[n]) || rest[n] == '.' || rest[n] == ':') {
			n++
		}
		if n == 0 || rest[:n] == "-" {
			r, _ := utf8.DecodeRuneInString(rest)
			p.fail(p.pos, "unexpected %q", r)
		}
		p.take(word, n)
	}
}

func (p *parser) take(k tokenKind, n int) {
	p.tok = token{k, p.src[p.pos : p.pos+n], p.pos}
	p.pos += n
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *parser) skip() {
	for p.pos < len(p.src) {
		rest := p.src[p.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			p.pos++
		case strings.HasPrefix(rest, "//"):
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				p.pos += n
			} else {
				p.pos = len(p.src)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				p.fail(p.pos, "this comment is never closed")
			}
			p.pos += n + 4
		default:
			return
		}
	}
}

// text reads a quoted string.
func (p *parser) text() string {
	var b strings.Builder
	open := p.pos
	for p.pos++; p.pos < len(p.src); p.pos++ {
		switch c := p.src[p.pos]; c {
		case '"':
			p.pos++
			if s := b.String(); utf8.ValidString(s) {
				return s
			}
			p.fail(open, "this string is not UTF-8")
		case '\\':
			p.pos++
			if p.pos == len(p.src) {
				p.fail(open, "this string is never closed")
			}
			i := strings.IndexByte(`"nt\`, p.src[p.pos])
			if i < 0 {
				p.fail(p.pos-1, `unknown escape \%c: a backslash itself is \\`, p.src[p.pos])
			}
			b.WriteByte("\"\n\t\\"[i])
		default:
			b.WriteByte(c)
		}
	}
	p.fail(open, "this string is never closed")
	return ""
}

func (p *parser) is(text string) bool { return p.tok.kind == punct && p.tok.text == text }

func (p *parser) accept(text string) bool {
	if !p.is(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) want(text string) {
	if !p.accept(text) {
		p.fail(p.tok.at, "expected %q, found %s", text, p.found())
	}
}

func (p *parser) found() string {
	if p.tok.kind == end {
		return "the end of the file"
	}
	return fmt.Sprintf("%q", p.tok.text)
}

func (p *parser) file() {
	p.next()
	switch {
	case p.tok.kind == word && p.tok.text == "strict":
		p.fail(p.tok.at, "strict graphs are not supported")
	case p.tok.kind == word && p.tok.text == "graph":
		p.fail(p.tok.at, "undirected graphs are not supported: write digraph")
	case p.tok.kind != word || p.tok.text != "digraph":
		p.fail(p.tok.at, "expected digraph, found %s", p.found())
	}
	p.next()
	p.graph.Name = p.id("the graph's name")
	p.want("{")
	p.statements(&scope{top: true, node: Attrs{}, edge: Attrs{}, attrs: p.graph.Attrs})
	if !p.is("}") {
		p.fail(p.tok.at, "expected }, found %s", p.found())
	}
	p.next()
	switch {
	case p.tok.kind == word && slices.Contains(keywords, p.tok.text):
		p.fail(p.tok.at, "one graph per file: a second one begins here")
	case p.tok.kind != end:
		p.fail(p.tok.at, "nothing may follow the graph, found %s", p.found())
	}
	// Nodes that only edges mention come last, so that printing keeps the order.
	slices.SortStableFunc(p.graph.Nodes, func(a, b *Node) int { return cmp.Compare(btoi(!a.Declared), btoi(!b.Declared)) })
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// id reads an identifier and says what is wrong with one that is none.
func (p *parser) id(what string) string {
	t := p.tok
	switch {
	case t.kind == quoted:
		p.fail(t.at, "%s must be an identifier without quotes: put %q into label", what, t.text)
	case t.kind != word:
		p.fail(t.at, "expected %s, found %s", what, p.found())
	case slices.Contains(keywords, t.text):
		p.fail(t.at, "%q is a keyword and cannot be %s", t.text, what)
	case !identifier.MatchString(t.text):
		p.fail(t.at, "%q is no identifier ([A-Za-z_][A-Za-z0-9_]*): put it into label", t.text)
	}
	if rest := p.src[p.pos:]; len(rest) > 1 && rest[0] == '-' && isWord(rest[1]) {
		n := strings.IndexFunc(rest, func(r rune) bool { return r != '-' && (r > 127 || !isWord(byte(r))) })
		if n < 0 {
			n = len(rest)
		}
		p.fail(t.at, "%q is no identifier ([A-Za-z_][A-Za-z0-9_]*): use %q and put the name into label",
			t.text+rest[:n], t.text+strings.ReplaceAll(rest[:n], "-", "_"))
	}
	p.next()
	return t.text
}

func (p *parser) statements(s *scope) {
	for !p.is("}") && p.tok.kind != end {
		p.statement(s)
		p.accept(";")
	}
}

func (p *parser) statement(s *scope) {
	t := p.tok
	if t.kind == word {
		switch t.text {
		case "graph", "node", "edge":
			p.next()
			if !p.is("[") {
				p.fail(p.tok.at, "expected [ after %s, found %s", t.text, p.found())
			}
			maps.Copy(map[string]Attrs{"graph": s.attrs, "node": s.node, "edge": s.edge}[t.text], p.block())
			return
		case "subgraph":
			p.subgraph(s)
			return
		}
	}
	if p.isKey() {
		k := p.key()
		p.want("=")
		s.attrs[k] = p.value()
		return
	}
	from := p.id("a node's id")
	if !p.is("->") {
		p.declare(s, from, p.blockIfAny())
		return
	}
	chain := []string{from}
	for p.accept("->") {
		if p.is("{") || p.tok.kind == word && p.tok.text == "subgraph" {
			p.fail(p.tok.at, "an edge leads to one node: write one edge for each")
		}
		chain = append(chain, p.id("a node's id"))
	}
	attrs := p.blockIfAny()
	for i := 1; i < len(chain); i++ {
		p.mention(chain[i-1])
		p.mention(chain[i])
		e := &Edge{From: chain[i-1], To: chain[i], Attrs: maps.Clone(s.edge)}
		maps.Copy(e.Attrs, attrs)
		p.graph.Edges = append(p.graph.Edges, e)
	}
}

// isKey looks past the token for an = sign: a top-level key = value.
func (p *parser) isKey() bool {
	if p.tok.kind != word && p.tok.kind != quoted {
		return false
	}
	back, tok := p.pos, p.tok
	p.skip()
	eq := p.pos < len(p.src) && p.src[p.pos] == '='
	p.pos, p.tok = back, tok
	return eq
}

func (p *parser) mention(id string) *Node {
	n, ok := p.nodes[id]
	if !ok {
		n = &Node{ID: id, Attrs: Attrs{}}
		p.nodes[id] = n
		p.graph.Nodes = append(p.graph.Nodes, n)
	}
	return n
}

func (p *parser) declare(s *scope, id string, attrs Attrs) {
	n := p.mention(id)
	if !n.Declared {
		n.Declared = true
		maps.Copy(n.Attrs, s.node)
		// Declared nodes keep the order of their statements.
		p.graph.Nodes = append(slices.DeleteFunc(p.graph.Nodes, func(m *Node) bool { return m == n }), n)
	}
	maps.Copy(n.Attrs, attrs)
	s.members = append(s.members, n)
}

var notClass = regexp.MustCompile(`[^a-z0-9-]`)

func (p *parser) subgraph(outer *scope) {
	at := p.tok.at
	if p.depth++; p.depth > 50 {
		p.fail(at, "subgraphs nest too deeply")
	}
	p.next()
	if p.tok.kind == word {
		p.id("the subgraph's name")
	}
	p.want("{")
	inner := &scope{node: maps.Clone(outer.node), edge: maps.Clone(outer.edge), attrs: Attrs{}}
	p.statements(inner)
	p.want("}")
	p.depth--
	class := notClass.ReplaceAllString(strings.ReplaceAll(strings.ToLower(inner.attrs["label"]), " ", "-"), "")
	for _, n := range inner.members {
		if class == "" {
			break
		}
		n.Scope = or(n.Scope, class)
		if classes := n.Classes(); !slices.Contains(classes, class) {
			n.Attrs["class"] = strings.Join(append(classes, class), ",")
		}
	}
	outer.members = append(outer.members, inner.members...)
}

func (p *parser) blockIfAny() Attrs {
	if p.is("[") {
		return p.block()
	}
	return nil
}

// block reads [key=value, …].
func (p *parser) block() Attrs {
	attrs := Attrs{}
	p.want("[")
	for !p.is("]") {
		k := p.key()
		p.want("=")
		attrs[k] = p.value()
		if !p.accept(",") {
			break
		}
		if p.is("]") {
			p.fail(p.tok.at, "expected another attribute after the comma")
		}
	}
	if p.tok.kind == word || p.tok.kind == quoted || p.is(";") {
		p.fail(p.tok.at, "expected a comma between attributes, found %s", p.found())
	}
	p.want("]")
	return attrs
}

func (p *parser) key() string {
	t := p.tok
	if t.kind != word && t.kind != quoted || !key.MatchString(t.text) {
		p.fail(t.at, "expected an attribute's name, found %s", p.found())
	}
	p.next()
	return t.text
}

func (p *parser) value() string {
	t := p.tok
	switch {
	case t.kind != word && t.kind != quoted:
		p.fail(t.at, "expected a value, found %s", p.found())
	case t.kind == word && !bareValue.MatchString(t.text):
		p.fail(t.at, "%q is no number, duration or word: quote it", t.text)
	}
	p.next()
	return t.text
}
