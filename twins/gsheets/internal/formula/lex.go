package formula

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Syntax is how a locale writes formulas: its decimal sign, and what stands between arguments and between the columns of {…}.
type Syntax struct{ Decimal, Argument, Column byte }

// Point is the syntax of locales that write 1.5, and Comma that of locales that write 1,5.
var (
	Point = Syntax{Decimal: '.', Argument: ',', Column: ','}
	Comma = Syntax{Decimal: ',', Argument: ';', Column: '\\'}
)

// kind says what a token is.
type kind uint8

const (
	end kind = iota
	space
	number
	text
	boolean
	errorValue
	reference // an A1 reference with its sheet, whole: 'My Sheet'!$A$1:B
	table     // Table1[Column]
	name      // also of a column elsewhere: Sales!amount, 'the amount'
	function  // a name that a parenthesis follows
	open      // (
	shut      // )
	openArray
	shutArray
	separator // , ; or \
	operator
	invalid
)

// token is a piece of a formula's text.
type token struct {
	kind kind
	text string
	ref  Ref // of a reference
}

// lexer cuts a formula into tokens; together their texts are the formula.
type lexer struct {
	src    string
	pos    int
	syntax Syntax
}

// next gives the token at the lexer's place and goes past it.
func (l *lexer) next() token {
	if l.pos >= len(l.src) {
		return token{kind: end}
	}
	start := l.pos
	c := l.src[start]
	switch {
	case isSpace(c):
		for l.pos < len(l.src) && isSpace(l.src[l.pos]) {
			l.pos++
		}
		return l.cut(space, start)
	case c == '"':
		return l.quoted(start)
	case c == '#':
		return l.errorValue(start)
	}
	if ref, n := readRef(l.src[start:]); n > 0 {
		l.pos += n
		return token{kind: reference, text: l.src[start:l.pos], ref: ref}
	}
	if n := columnLen(l.src[start:]); n > 0 {
		l.pos += n
		return l.cut(name, start)
	}
	switch {
	case isDigit(c), c == l.syntax.Decimal && start+1 < len(l.src) && isDigit(l.src[start+1]):
		l.number()
		return l.cut(number, start)
	case c == ',', c == ';', c == '\\':
		l.pos++
		return l.cut(separator, start)
	case c == '<' && start+1 < len(l.src) && (l.src[start+1] == '=' || l.src[start+1] == '>'),
		c == '>' && start+1 < len(l.src) && l.src[start+1] == '=':
		l.pos += 2
		return l.cut(operator, start)
	case strings.IndexByte("+-*/^&=<>%:", c) >= 0:
		l.pos++
		return l.cut(operator, start)
	case c == '(':
		l.pos++
		return l.cut(open, start)
	case c == ')':
		l.pos++
		return l.cut(shut, start)
	case c == '{':
		l.pos++
		return l.cut(openArray, start)
	case c == '}':
		l.pos++
		return l.cut(shutArray, start)
	}
	if n := nameLen(l.src[start:]); n > 0 {
		l.pos += n
		return l.word(start)
	}
	_, n := utf8.DecodeRuneInString(l.src[start:])
	l.pos += n
	return l.cut(invalid, start)
}

// cut is the token from start to the lexer's place.
func (l *lexer) cut(k kind, start int) token { return token{kind: k, text: l.src[start:l.pos]} }

// quoted reads "text", in which "" is a quotation mark. The last one may be missing at the end of the formula.
func (l *lexer) quoted(start int) token {
	for l.pos++; l.pos < len(l.src); l.pos++ {
		if l.src[l.pos] != '"' {
			continue
		}
		if l.pos+1 < len(l.src) && l.src[l.pos+1] == '"' {
			l.pos++
			continue
		}
		l.pos++
		break
	}
	return l.cut(text, start)
}

// errorTexts are the errors that can be written in a formula.
var errorTexts = []string{"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!"}

func (l *lexer) errorValue(start int) token {
	for _, e := range errorTexts {
		if hasPrefixFold(l.src[start:], e) {
			l.pos += len(e)
			return l.cut(errorValue, start)
		}
	}
	l.pos++
	return l.cut(invalid, start)
}

// number reads digits, the decimal sign and an exponent.
func (l *lexer) number() {
	digits := func() {
		for l.pos < len(l.src) && isDigit(l.src[l.pos]) {
			l.pos++
		}
	}
	digits()
	if l.pos < len(l.src) && l.src[l.pos] == l.syntax.Decimal {
		l.pos++
		digits()
	}
	if l.pos < len(l.src) && l.src[l.pos]|0x20 == 'e' {
		i := l.pos + 1
		if i < len(l.src) && (l.src[i] == '+' || l.src[i] == '-') {
			i++
		}
		if i < len(l.src) && isDigit(l.src[i]) {
			l.pos = i
			digits()
		}
	}
}

// word says what a run of letters is by what follows it.
func (l *lexer) word(start int) token {
	rest := l.src[l.pos:]
	if strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n"), "(") {
		return l.cut(function, start)
	}
	if strings.HasPrefix(rest, "[") {
		depth := 0
		for i := 0; i < len(rest); i++ {
			switch rest[i] {
			case '[':
				depth++
			case ']':
				if depth--; depth == 0 {
					l.pos += i + 1
					return l.cut(table, start)
				}
			}
		}
		return l.cut(invalid, start)
	}
	if w := l.src[start:l.pos]; strings.EqualFold(w, "TRUE") || strings.EqualFold(w, "FALSE") {
		return l.cut(boolean, start)
	}
	return l.cut(name, start)
}

// nameLen is how many bytes of s are a name: letters, digits, _ and ., not beginning with a digit.
func nameLen(s string) int {
	n := 0
	for n < len(s) {
		c := s[n]
		if c < utf8.RuneSelf {
			if !isLetter(c) && c != '_' && (n == 0 || !isDigit(c) && c != '.') {
				break
			}
			n++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[n:])
		if !unicode.IsLetter(r) && (n == 0 || !unicode.IsDigit(r) && !unicode.IsMark(r)) {
			break
		}
		n += size
	}
	return n
}

// columnLen is how many bytes of s name a column that is no part of a grid: one of a data source, Sales!amount, or one whose name is in
// quotes.
func columnLen(s string) int {
	n := quotedLen(s)
	if n == 0 {
		n = nameLen(s)
	}
	if n == 0 || n >= len(s) || s[n] != '!' {
		return quotedLen(s)
	}
	rest := s[n+1:]
	m := quotedLen(rest)
	if m == 0 {
		m = nameLen(rest)
	}
	if m == 0 || strings.HasPrefix(rest[m:], "(") {
		return quotedLen(s)
	}
	return n + 1 + m
}

// quotedLen is how many bytes of s are a name in single quotes, in which two are one.
func quotedLen(s string) int {
	if !strings.HasPrefix(s, "'") {
		return 0
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			i++
			continue
		}
		if i == 1 {
			return 0
		}
		return i + 1
	}
	return 0
}

func isSpace(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool  { return c-'0' < 10 }
func isLetter(c byte) bool { return c|0x20-'a' < 26 }

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
