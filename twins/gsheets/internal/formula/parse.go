// Package formula is the language of spreadsheet formulas: reading them, writing them as Google Sheets keeps them, and changing
// the references in them when cells, sheets and names move. It knows no values and no functions.
package formula

import (
	"errors"
	"strconv"
	"strings"
)

// ErrParse is what a cell whose formula cannot be read shows as #ERROR!.
//
//lint:ignore ST1005 the sentence is the service's own
var ErrParse = errors.New("Formula parse error.")

// Expr is a node of a formula: one of the types below.
type Expr interface{}

type (
	// Number is a literal number.
	Number float64
	// Text is a literal text, without its quotes.
	Text string
	// Bool is TRUE or FALSE.
	Bool bool
	// Error is an error that is written in the formula, such as #N/A.
	Error string
	// Missing is an argument that is left out: the second of IF(A1,,2).
	Missing struct{}
	// Reference is an A1 reference.
	Reference struct {
		Ref
		Area  Area
		Bound int // a place for what the reader finds the sheet to be
	}
	// Name is a named range, or a name of LET or LAMBDA.
	Name string
	// Table is a reference to a table by its name: Table1[Column], Table1[#ALL].
	Table struct{ Name, Column string }
	// Unary is + or - before its operand, or % behind it.
	Unary struct {
		Op byte
		X  Expr
	}
	// Binary is an operation of two operands: + - * / ^ & = < > and L for <=, G for >=, N for <>, and : for a range between two references.
	Binary struct {
		Op   byte
		X, Y Expr
	}
	// Call is a function's call; Bound is a place for what the reader finds the function to be.
	Call struct {
		Name  string // in capitals
		Typed string // as the formula writes it
		Args  []Expr
		Bound any
	}
	// Invoke is a call of what an expression gives: LAMBDA(x, x+1)(2).
	Invoke struct {
		Func Expr
		Args []Expr
	}
	// Array is {1,2;3,4}, by rows.
	Array [][]Expr
)

// Parse reads a formula. It must begin with = or +.
func Parse(src string, syntax Syntax) (Expr, error) {
	p := parser{lex: lexer{src: src, syntax: syntax}}
	switch {
	case strings.HasPrefix(src, "="):
		p.lex.pos = 1
	case !strings.HasPrefix(src, "+"):
		return nil, ErrParse
	}
	p.advance()
	x := p.comparison()
	if p.failed || p.tok.kind != end {
		return nil, ErrParse
	}
	return x, nil
}

// parser reads by recursive descent, one token ahead.
type parser struct {
	lex    lexer
	tok    token
	depth  int
	failed bool
}

// maxDepth is how deep parentheses and operators can be nested.
const maxDepth = 1000

func (p *parser) advance() {
	for {
		if p.tok = p.lex.next(); p.tok.kind != space {
			return
		}
	}
}

func (p *parser) fail() Expr {
	p.failed = true
	p.lex.pos = len(p.lex.src)
	p.tok = token{}
	return Missing{}
}

// levels are the binary operators, the loosest first; all of them group to the left.
var levels = [...]string{"=<>LGN", "&", "+-", "*/", "^"}

func (p *parser) comparison() Expr { return p.binary(0) }

// binary reads operands and the operators between them that are of the level or bind closer.
func (p *parser) binary(level int) Expr {
	x := p.unary()
	for p.tok.kind == operator {
		op := operatorCode(p.tok.text)
		at := levelOf(op)
		if at < level {
			break
		}
		p.advance()
		x = &Binary{op, x, p.binary(at + 1)}
	}
	return x
}

func levelOf(op byte) int {
	for i, l := range levels {
		if strings.IndexByte(l, op) >= 0 {
			return i
		}
	}
	return -1
}

// operatorCode is the one letter by which a Binary knows an operator.
func operatorCode(s string) byte {
	switch s {
	case "<=":
		return 'L'
	case ">=":
		return 'G'
	case "<>":
		return 'N'
	}
	return s[0]
}

// unary binds closer than ^: -2^2 is 4.
func (p *parser) unary() Expr {
	if p.tok.kind == operator && (p.tok.text == "-" || p.tok.text == "+") {
		op := p.tok.text[0]
		if p.depth++; p.depth > maxDepth {
			return p.fail()
		}
		p.advance()
		x := p.unary()
		p.depth--
		return &Unary{op, x}
	}
	x := p.joined()
	for p.tok.kind == operator && p.tok.text == "%" {
		p.advance()
		x = &Unary{'%', x}
	}
	return x
}

// joined is the : between two expressions that give references, as in A1:INDEX(B:B,3).
func (p *parser) joined() Expr {
	x := p.called()
	for p.tok.kind == operator && p.tok.text == ":" {
		p.advance()
		x = &Binary{':', x, p.called()}
	}
	return x
}

// called is a primary, and calls of what it gives.
func (p *parser) called() Expr {
	x := p.primary()
	for p.tok.kind == open {
		switch x.(type) {
		case *Call, *Invoke, Name:
			x = &Invoke{x, p.args()}
		default:
			return p.fail()
		}
	}
	return x
}

func (p *parser) primary() Expr {
	if p.depth++; p.depth > maxDepth {
		return p.fail()
	}
	defer func() { p.depth-- }()
	t := p.tok
	switch t.kind {
	case number:
		p.advance()
		s := t.text
		if p.lex.syntax.Decimal != '.' {
			s = strings.Replace(s, ",", ".", 1)
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return p.fail()
		}
		return Number(f)
	case text:
		p.advance()
		return Text(unquote(t.text))
	case boolean:
		p.advance()
		return Bool(len(t.text) == 4)
	case errorValue:
		p.advance()
		return Error(strings.ToUpper(t.text))
	case reference:
		p.advance()
		if t.ref.Gone {
			return Error("#REF!")
		}
		return &Reference{Ref: t.ref, Area: t.ref.Area()}
	case table:
		p.advance()
		return readTable(t.text)
	case name:
		p.advance()
		return Name(t.text)
	case function:
		p.advance()
		return &Call{Name: strings.ToUpper(t.text), Typed: t.text, Args: p.args()}
	case open:
		p.advance()
		x := p.comparison()
		if !p.shut(shut) {
			return p.fail()
		}
		return x
	case openArray:
		p.advance()
		return p.array()
	}
	return p.fail()
}

// shut goes past a closing bracket; the end of the formula closes what is open.
func (p *parser) shut(k kind) bool {
	switch p.tok.kind {
	case k:
		p.advance()
		return true
	case end:
		return !p.failed
	}
	return false
}

// args reads the arguments from ( to ).
func (p *parser) args() []Expr {
	p.advance()
	if p.tok.kind == shut || p.tok.kind == end {
		p.shut(shut)
		return nil
	}
	args := make([]Expr, 0, 3)
	for {
		switch p.tok.kind {
		case separator, shut:
			args = append(args, Missing{})
		default:
			args = append(args, p.comparison())
		}
		// A semicolon parts arguments in every locale.
		if p.tok.kind == separator && (p.tok.text[0] == p.lex.syntax.Argument || p.tok.text == ";") {
			p.advance()
			if p.tok.kind == end {
				return append(args, Missing{})
			}
			continue
		}
		if !p.shut(shut) {
			p.fail()
		}
		return args
	}
}

// array reads what stands behind {.
func (p *parser) array() Expr {
	if p.tok.kind == shutArray {
		p.advance()
		return Array{}
	}
	rows := Array{nil}
	for {
		i := len(rows) - 1
		rows[i] = append(rows[i], p.comparison())
		if p.tok.kind == separator {
			switch {
			case p.tok.text[0] == p.lex.syntax.Column:
				p.advance()
				continue
			case p.tok.text == ";":
				p.advance()
				rows = append(rows, nil)
				continue
			}
		}
		if !p.shut(shutArray) {
			return p.fail()
		}
		return rows
	}
}

// unquote takes the quotes from a text.
func unquote(s string) string {
	s = s[1:]
	s = strings.TrimSuffix(s, `"`)
	if strings.Contains(s, `"`) {
		s = strings.ReplaceAll(s, `""`, `"`)
	}
	return s
}

// readTable reads Table1[Column], Table1[[#ALL],[Column]], Table1[].
func readTable(s string) Expr {
	i := strings.IndexByte(s, '[')
	column := strings.TrimSpace(s[i+1 : len(s)-1])
	if strings.HasPrefix(column, "[") && strings.HasSuffix(column, "]") {
		column = column[1 : len(column)-1]
	}
	return &Table{Name: s[:i], Column: column}
}

// Walk gives a formula's nodes, each before what is in it.
func Walk(x Expr, visit func(Expr)) {
	visit(x)
	switch x := x.(type) {
	case *Unary:
		Walk(x.X, visit)
	case *Binary:
		Walk(x.X, visit)
		Walk(x.Y, visit)
	case *Call:
		for _, a := range x.Args {
			Walk(a, visit)
		}
	case *Invoke:
		Walk(x.Func, visit)
		for _, a := range x.Args {
			Walk(a, visit)
		}
	case Array:
		for _, row := range x {
			for _, a := range row {
				Walk(a, visit)
			}
		}
	}
}
