package bigquery

import (
	"regexp"
	"slices"
	"strings"
)

// A node is an expression of a query.
type node struct {
	op   string // "literal", "column", "parameter", "call", "case", or an operator
	at   int    // where it begins in the query, from 0
	text string // of a literal as it is written, a column, a parameter, a function, a type
	args []node
	kind string // of a literal: number, text, bool, null, or DATE …
	star bool   // COUNT(*)
	uniq bool   // COUNT(DISTINCT x)
}

// An item is a column of what a query gives.
type item struct {
	node
	name string // "" if it has none
	all  bool   // *
}

type order struct {
	node
	down bool
}

// A selection is a query as it is read.
type selection struct {
	distinct      bool
	items         []item
	table         []string // its path
	tableAt       int
	alias         string
	where, having *node
	group         []node
	order         []order
	limit, offset int // -1 is none
}

type word struct {
	text string
	at   int
	kind byte // n name, q `name`, s text, d number, p @parameter, o sign, 0 the end
}

var words = regexp.MustCompile("^(?:" + strings.Join([]string{
	`(--[^\n]*|#[^\n]*|/\*(?s:.*?)\*/|\s+)`, "`([^`]*)`", `('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`, `(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)`,
	`@([A-Za-z_]\w*)`, `([A-Za-z_]\w*)`, `(<=|>=|<>|!=|\|\||[-+*/(),.;=<>])`}, "|") + ")")

// A reader reads a query from the left, one word ahead. What is wrong it panics with.
type reader struct {
	src   string
	all   []word
	i     int
	depth int
}

// maxDepth is how deep expressions can be nested.
const maxDepth = 200

// parse reads a query.
func parse(src string) (s *selection, err *Error) {
	r := &reader{src: src}
	defer func() {
		if p, ok := recover().(*Error); ok {
			s, err = nil, p
		}
	}()
	for at := 0; at < len(src); {
		m := words.FindStringSubmatchIndex(src[at:])
		if m == nil {
			r.fail(at, "Syntax error: Illegal input character %q", src[at:at+1])
		}
		for k, kind := range []byte{0, 'q', 's', 'd', 'p', 'n', 'o'} {
			if from := m[2*k+2]; from >= 0 && kind != 0 {
				r.all = append(r.all, word{src[at+from : at+m[2*k+3]], at, kind})
			}
		}
		at += m[1]
	}
	r.all = append(r.all, word{"", len(src), 0})
	s = r.selection()
	r.takes(";")
	if r.word().kind != 0 {
		r.unexpected("")
	}
	return s, nil
}

// fail says what is wrong at a place of the query.
func (r *reader) fail(at int, format string, args ...any) {
	line := 1 + strings.Count(r.src[:at], "\n")
	column := at - strings.LastIndexByte(r.src[:at], '\n')
	panic(fail("ENGINE", format+" at [%d:%d]", append(args, line, column)...))
}

func (r *reader) unexpected(wanted string) {
	what := "end of script"
	switch w := r.word(); {
	case w.kind == 'n' && reserved[strings.ToUpper(w.text)]:
		what = "keyword " + strings.ToUpper(w.text)
	case w.kind == 'n', w.kind == 'q':
		what = "identifier \"" + w.text + "\""
	case w.kind == 's':
		what = "string literal " + w.text
	case w.kind == 'd':
		what = "number literal \"" + w.text + "\""
	case w.kind != 0:
		what = "\"" + w.text + "\""
	}
	if wanted != "" {
		r.fail(r.word().at, "Syntax error: Expected %s but got %s", wanted, what)
	}
	r.fail(r.word().at, "Syntax error: Unexpected %s", what)
}

var reserved = map[string]bool{}

func init() {
	for _, w := range strings.Fields("ALL AND AS ASC BETWEEN BY CASE CAST CROSS DESC DISTINCT ELSE END EXCEPT EXISTS EXTRACT FALSE FROM FULL GROUP HAVING IF IN INNER INTERSECT IS JOIN LEFT LIKE LIMIT NOT NULL ON OR ORDER OUTER OVER PARTITION QUALIFY RIGHT ROLLUP SELECT THEN TRUE UNION UNNEST USING WHEN WHERE WINDOW WITH") {
		reserved[w] = true
	}
}

func (r *reader) word() word { return r.all[r.i] }

// is reports whether the next word is a keyword or a sign.
func (r *reader) is(text string) bool {
	w := r.word()
	return (w.kind == 'n' || w.kind == 'o') && strings.EqualFold(w.text, text)
}

// takes goes past keywords or signs if they are next.
func (r *reader) takes(texts ...string) bool {
	for k, text := range texts {
		if w := r.all[min(r.i+k, len(r.all)-1)]; w.kind != 'n' && w.kind != 'o' || !strings.EqualFold(w.text, text) {
			return false
		}
	}
	r.i += len(texts)
	return true
}

func (r *reader) need(text string) {
	if !r.takes(text) {
		wanted := "\"" + text + "\""
		if reserved[text] {
			wanted = "keyword " + text
		}
		r.unexpected(wanted)
	}
}

// name reads an identifier.
func (r *reader) name() string {
	w := r.word()
	if w.kind != 'q' && (w.kind != 'n' || reserved[strings.ToUpper(w.text)]) {
		r.unexpected("")
	}
	r.i++
	return w.text
}

func (r *reader) selection() *selection {
	r.need("SELECT")
	s := &selection{limit: -1}
	s.distinct = r.takes("DISTINCT")
	for {
		s.items = append(s.items, r.item())
		if !r.takes(",") {
			break
		}
	}
	r.need("FROM")
	s.tableAt = r.word().at
	for {
		s.table = append(s.table, strings.Split(r.name(), ".")...)
		if r.takes("-") { // a project's name can have dashes
			s.table[len(s.table)-1] += "-" + r.name()
			continue
		}
		if !r.takes(".") {
			break
		}
	}
	if r.takes("AS") || r.word().kind == 'q' || r.word().kind == 'n' && !reserved[strings.ToUpper(r.word().text)] {
		s.alias = r.name()
	}
	if r.takes("WHERE") {
		s.where = ptr(r.expr())
	}
	if r.takes("GROUP", "BY") {
		s.group = r.list()
	}
	if r.takes("HAVING") {
		s.having = ptr(r.expr())
	}
	if r.takes("ORDER", "BY") {
		for {
			o := order{node: r.expr()}
			o.down = r.takes("DESC")
			if !o.down {
				r.takes("ASC")
			}
			s.order = append(s.order, o)
			if !r.takes(",") {
				break
			}
		}
	}
	if r.takes("LIMIT") {
		s.limit = r.count()
		if r.takes("OFFSET") {
			s.offset = r.count()
		}
	}
	return s
}

func ptr[T any](v T) *T { return &v }

// count reads a number of rows.
func (r *reader) count() (n int) {
	w := r.word()
	if w.kind != 'd' || len(w.text) > 9 || strings.ContainsAny(w.text, ".eE") {
		r.unexpected("integer literal")
	}
	for _, d := range w.text {
		n = 10*n + int(d-'0')
	}
	r.i++
	return n
}

func (r *reader) item() item {
	if r.takes("*") {
		return item{all: true}
	}
	it := item{node: r.expr()}
	switch w := r.word(); {
	case r.takes("AS"), w.kind == 'q', w.kind == 'n' && !reserved[strings.ToUpper(w.text)]:
		it.name = r.name()
	case it.op == "column":
		it.name = it.text
	}
	return it
}

func (r *reader) list() (out []node) {
	for {
		out = append(out, r.expr())
		if !r.takes(",") {
			return out
		}
	}
}

func (r *reader) expr() node {
	if r.depth++; r.depth > maxDepth {
		r.fail(r.word().at, "Query is too deeply nested")
	}
	defer func() { r.depth-- }()
	x := r.and()
	for r.is("OR") {
		at := r.word().at
		r.i++
		x = node{op: "OR", at: at, args: []node{x, r.and()}}
	}
	return x
}

func (r *reader) and() node {
	x := r.not()
	for r.is("AND") {
		at := r.word().at
		r.i++
		x = node{op: "AND", at: at, args: []node{x, r.not()}}
	}
	return x
}

func (r *reader) not() node {
	at, n := r.word().at, 0
	for r.takes("NOT") {
		n++
	}
	x := r.comparison()
	for range n {
		x = node{op: "NOT", at: at, args: []node{x}}
	}
	return x
}

func (r *reader) comparison() node {
	x := r.sum()
	at := r.word().at
	for _, op := range []string{"<=", ">=", "<>", "!=", "=", "<", ">"} {
		if r.takes(op) {
			if op == "!=" {
				op = "<>"
			}
			return node{op: op, at: at, args: []node{x, r.sum()}}
		}
	}
	if r.takes("IS") {
		not := r.takes("NOT")
		if !r.takes("NULL") {
			r.unexpected("keyword NULL")
		}
		return negated(node{op: "IS NULL", at: at, args: []node{x}}, not)
	}
	not := r.takes("NOT")
	switch {
	case r.takes("IN"):
		r.need("(")
		args := append([]node{x}, r.list()...)
		r.need(")")
		return negated(node{op: "IN", at: at, args: args}, not)
	case r.takes("BETWEEN"):
		low := r.sum()
		r.need("AND")
		return negated(node{op: "AND", at: at, args: []node{{op: ">=", at: at, args: []node{x, low}}, {op: "<=", at: at, args: []node{x, r.sum()}}}}, not)
	case r.takes("LIKE"):
		return negated(node{op: "LIKE", at: at, args: []node{x, r.sum()}}, not)
	case not:
		r.unexpected("")
	}
	return x
}

func negated(x node, not bool) node {
	if not {
		return node{op: "NOT", at: x.at, args: []node{x}}
	}
	return x
}

func (r *reader) sum() node {
	x := r.product()
	for r.is("+") || r.is("-") || r.is("||") {
		w := r.word()
		r.i++
		x = node{op: w.text, at: w.at, args: []node{x, r.product()}}
	}
	return x
}

func (r *reader) product() node {
	x := r.sign()
	for r.is("*") || r.is("/") {
		w := r.word()
		r.i++
		x = node{op: w.text, at: w.at, args: []node{x, r.sign()}}
	}
	return x
}

func (r *reader) sign() node {
	at, minus := r.word().at, false
	for r.is("-") || r.is("+") {
		minus = minus != r.is("-")
		r.i++
	}
	if x := r.primary(); !minus {
		return x
	} else {
		return node{op: "-", at: at, args: []node{{op: "literal", kind: "number", text: "0"}, x}}
	}
}

func (r *reader) primary() node {
	w := r.word()
	switch {
	case w.kind == 'd':
		r.i++
		return node{op: "literal", at: w.at, kind: "number", text: w.text}
	case w.kind == 's':
		r.i++
		return node{op: "literal", at: w.at, kind: "text", text: unquote(w.text)}
	case w.kind == 'p':
		r.i++
		return node{op: "parameter", at: w.at, text: w.text}
	case r.takes("("):
		x := r.expr()
		r.need(")")
		return x
	case r.is("TRUE"), r.is("FALSE"):
		r.i++
		return node{op: "literal", at: w.at, kind: "bool", text: strings.ToUpper(w.text)}
	case r.takes("NULL"):
		return node{op: "literal", at: w.at, kind: "null"}
	case r.takes("CASE"):
		return r.choice(w.at)
	case w.kind == 'n' && layouts[strings.ToUpper(w.text)] != nil && r.all[r.i+1].kind == 's':
		r.i += 2
		return node{op: "literal", at: w.at, kind: strings.ToUpper(w.text), text: unquote(r.all[r.i-1].text)}
	case w.kind == 'n' && r.all[r.i+1].text == "(" && r.all[r.i+1].kind == 'o':
		r.i += 2
		return r.call(strings.ToUpper(w.text), w.at)
	}
	x := node{op: "column", at: w.at, text: r.name()}
	for r.takes(".") {
		x.text = r.name() // of the one table there is
	}
	return x
}

// choice reads CASE after that word.
func (r *reader) choice(at int) node {
	x := node{op: "case", at: at}
	var of *node
	if !r.is("WHEN") {
		of = ptr(r.expr())
	}
	for r.takes("WHEN") {
		when := r.expr()
		if of != nil {
			when = node{op: "=", at: when.at, args: []node{*of, when}}
		}
		r.need("THEN")
		x.args = append(x.args, when, r.expr())
	}
	if len(x.args) == 0 {
		r.unexpected("keyword WHEN")
	}
	if r.takes("ELSE") {
		x.args = append(x.args, r.expr())
	}
	r.need("END")
	return x
}

// call reads a function's arguments after the bracket.
func (r *reader) call(name string, at int) node {
	x := node{op: "call", at: at, text: name}
	switch {
	case name == "COUNT" && r.takes("*"):
		x.star = true
	case name == "CAST" || name == "SAFE_CAST":
		x.args = []node{r.expr()}
		r.need("AS")
		x.kind = strings.ToUpper(r.name())
	case name == "EXTRACT":
		x.kind = strings.ToUpper(r.name())
		r.need("FROM")
		x.args = []node{r.expr()}
	case !r.is(")"):
		x.uniq = slices.Contains(aggregates, name) && r.takes("DISTINCT")
		x.args = r.list()
	}
	r.need(")")
	return x
}

// unquote is a text without its quotes.
func unquote(s string) string {
	s = s[1 : len(s)-1]
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`, `\n`, "\n", `\t`, "\t").Replace(s)
}
