package jql

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

type kind int

const (
	eof kind = iota
	word
	quoted
	number
	keyword // text is the keyword in lower case
	symbol  // text is the symbol
)

// A token is a piece of a query. source is how it was written, text what it means.
type token struct {
	kind         kind
	text, source string
	line, char   int
	spaced       bool // white space is before it
}

func (t token) is(words ...string) bool {
	return (t.kind == keyword || t.kind == symbol) && slices.Contains(words, t.text)
}

// isText reports whether the token is a string, quoted or not.
func (t token) isText() bool { return t.kind == word || t.kind == quoted }

// keywords are the reserved words with a meaning; && and | and so on are the same keywords.
var keywords = map[string]string{
	"and": "and", "or": "or", "not": "not", "in": "in", "is": "is", "empty": "empty", "null": "empty", "was": "was", "changed": "changed", "before": "before",
	"after": "after", "from": "from", "to": "to", "on": "on", "during": "during", "order": "order", "by": "by", "asc": "asc", "desc": "desc", "cf": "cf",
}

type lexer struct {
	in         []rune
	at         int
	line, char int
}

// tokens reads the whole query: what is wrong with a character is told before what is wrong with the order of tokens.
func tokens(query string) ([]token, error) {
	l := &lexer{in: []rune(query), line: 1, char: 1}
	var all []token
	for {
		spaced := false
		for l.at < len(l.in) && isSpace(l.in[l.at]) {
			l.next()
			spaced = true
		}
		t, err := l.token()
		if err != nil {
			return nil, err
		}
		t.spaced = spaced
		all = append(all, t)
		if t.kind == eof {
			return all, nil
		}
	}
}

func (l *lexer) next() rune {
	r := l.in[l.at]
	l.at++
	l.char += max(1, utf16.RuneLen(r))
	if r == '\n' {
		l.line, l.char = l.line+1, 1
	}
	return r
}

func (l *lexer) token() (token, error) {
	t := token{line: l.line, char: l.char}
	start := l.at
	if l.at == len(l.in) {
		return t, nil
	}
	switch r := l.in[l.at]; {
	case r == '"' || r == '\'':
		return l.quoted(t)
	case strings.ContainsRune("()[],=~", r):
		l.next()
		t.kind = symbol
	case strings.ContainsRune("!<>", r):
		l.next()
		t.kind = symbol
		if l.at < len(l.in) && (l.in[l.at] == '=' || r == '!' && l.in[l.at] == '~') {
			l.next()
		}
	case r == '&' || r == '|':
		l.next()
		if l.at < len(l.in) && l.in[l.at] == r {
			l.next()
		}
		t.kind, t.source = keyword, string(l.in[start:l.at])
		t.text = map[rune]string{'&': "and", '|': "or"}[r]
		return t, nil
	case strings.ContainsRune(reservedChars, r):
		return t, t.err("The character '%c' is a reserved JQL character. You must enclose it in a string or use the escape '%s' instead.", r, escaped(r))
	case isControl(r):
		return t, l.illegal(r)
	default:
		return l.word(t)
	}
	t.source = string(l.in[start:l.at])
	t.text = t.source
	return t, nil
}

func (l *lexer) word(t token) (token, error) {
	start := l.at
	var text strings.Builder
	for l.at < len(l.in) {
		r := l.in[l.at]
		if r == '\\' {
			c, err := l.escape()
			if err != nil {
				return t, err
			}
			text.WriteRune(c)
			continue
		}
		if ends(r) {
			break
		}
		text.WriteRune(l.next())
	}
	t.source, t.text = string(l.in[start:l.at]), text.String()
	lower := strings.ToLower(t.text)
	switch {
	case strings.ContainsRune(t.source, '\\'):
		t.kind = word
	case isNumber(t.text):
		t.kind = number
	case keywords[lower] != "":
		t.kind, t.text = keyword, keywords[lower]
	case IsReserved(lower):
		return t, t.err("'%s' is a reserved JQL word. You must surround it in quotation marks to use it in a query.", t.text)
	default:
		t.kind = word
	}
	return t, nil
}

func (l *lexer) quoted(t token) (token, error) {
	start := l.at
	quote := l.next()
	var text strings.Builder
	for {
		if l.at == len(l.in) {
			if rest := string(l.in[start+1:]); strings.TrimSpace(rest) != "" {
				return t, t.err("The quoted string '%s' has not been completed.", rest)
			}
			return t, t.err("The quoted string has not been completed.")
		}
		switch r := l.in[l.at]; {
		case r == quote:
			l.next()
			t.kind, t.source, t.text = quoted, string(l.in[start:l.at]), text.String()
			return t, nil
		case r == '\\':
			c, err := l.escape()
			if err != nil {
				return t, err
			}
			text.WriteRune(c)
		case isControl(r):
			return t, l.illegal(r)
		default:
			text.WriteRune(l.next())
		}
	}
}

const escapes = ` The valid escape sequences are \', \", \t, \n, \r, \\, '\ ' and \uXXXX.`

// escape reads a backslash and what it stands for.
func (l *lexer) escape() (rune, error) {
	here, start := token{line: l.line, char: l.char}, l.at
	l.next()
	illegal := func() (rune, error) {
		return 0, here.err("'%s' is an illegal JQL escape sequence."+escapes, string(l.in[start:l.at]))
	}
	if l.at == len(l.in) {
		return 0, here.err("The escape sequence has not been completed." + escapes)
	}
	switch r := l.next(); r {
	case 't':
		return '\t', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case '"', '\'', '\\', ' ':
		return r, nil
	case 'u':
		var code rune
		for range 4 {
			if l.at == len(l.in) {
				return illegal()
			}
			digit := strings.IndexRune("0123456789abcdef", unicode.ToLower(l.next()))
			if digit < 0 {
				return illegal()
			}
			code = code<<4 | rune(digit)
		}
		return code, nil
	}
	return illegal()
}

func (l *lexer) illegal(r rune) error {
	here := token{line: l.line, char: l.char}
	return here.err("The character '%s' on line %d at position %d must be escaped. Use the escape '%s' instead.", printable(r), here.line, here.char, escaped(r))
}

const reservedChars = "{}*/%+^$#@?;"

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// ends reports whether a character ends an unquoted word.
func ends(r rune) bool {
	return isSpace(r) || isControl(r) || strings.ContainsRune(`"'=!<>()~,[]|&`+reservedChars, r)
}

// isControl reports whether a character may be in a query only as an escape.
func isControl(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f || r >= 0xfdd0 && r <= 0xfdef || r == 0xfffe || r == 0xffff
}

func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

func escaped(r rune) string { return fmt.Sprintf(`\u%04x`, r) }

func printable(r rune) string {
	if unicode.IsPrint(r) {
		return string(r)
	}
	return fmt.Sprintf("U+%04X", r)
}

// An Error is why a query cannot be read, in Jira's words. Line and Char are 0 at the query's end.
type Error struct {
	Message    string
	Line, Char int
}

func (e *Error) Error() string { return e.Message }

const prefix = "Error in the JQL Query: "

// err is an error at the token.
func (t token) err(format string, args ...any) error {
	text := strings.NewReplacer("\n", " ", "\r", " ").Replace(fmt.Sprintf(format, args...))
	if !strings.HasPrefix(text, "Error in") {
		text = prefix + text
	}
	return &Error{Message: fmt.Sprintf("%s (line %d, character %d)", text, t.line, t.char), Line: t.line, Char: t.char}
}
