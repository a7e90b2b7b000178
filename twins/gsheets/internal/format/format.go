// Package format shows values as Google Sheets shows them, and reads what people type as Google Sheets reads it.
//
// https://developers.google.com/workspace/sheets/api/guides/formats
package format

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Type is the kind of a number format, as the API names it.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/cells#NumberFormatType
type Type string

// The types the API knows; Automatic is a cell without a format.
const (
	Automatic  Type = ""
	Text       Type = "TEXT"
	Number     Type = "NUMBER"
	Percent    Type = "PERCENT"
	Currency   Type = "CURRENCY"
	Date       Type = "DATE"
	Time       Type = "TIME"
	DateTime   Type = "DATE_TIME"
	Scientific Type = "SCIENTIFIC"
)

// Default is the pattern a type has when a request names none.
func Default(t Type, l *Locale) string {
	switch t {
	case Text:
		return "@"
	case Number:
		return "#,##0.00"
	case Percent:
		return "0.00%"
	case Currency:
		return l.Currency
	case Date:
		return l.Date
	case Time:
		return l.Time
	case DateTime:
		return l.DateTime
	case Scientific:
		return "0.00E+00"
	}
	return ""
}

// ErrPattern refuses a pattern Google Sheets would not take.
var ErrPattern = errors.New("invalid number format pattern")

// Pattern is a number format, read once and shown with often.
type Pattern struct {
	sections []section // of numbers: all; or not negative, negative; or positive, negative, zero; or by condition
	text     *section  // of text, nil shows it as it is
	byRule   bool      // some section has a condition
}

// section is one part of a pattern between semicolons.
type section struct {
	tokens  []token
	rule    string // "", "<", "<=", ">", ">=", "=", "<>"
	bound   float64
	date    bool
	half    bool // the clock has twelve hours
	general bool
	numeric bool

	percents, scale int // how often % and trailing commas stand there
	whole, decimals int // placeholders before and after the point
	group           bool
	exponent        bool
	plus            bool // E+ shows the plus
	expDigits       int
	fraction        bool
	denominator     int // fixed, or 0
	denomDigits     int
}

type kind uint8

const (
	literal   kind = iota
	digit          // one placeholder before the point: 0 # ?
	decimal        // one after it
	point          // the decimal sign
	exp            // E+ or E-
	expDigit       // one of the exponent
	numerator      // the placeholders over the bar, as one token
	divisor        // those under it
	at             // @
	year           // the date's and the clock's parts, with their length
	month
	day
	hour
	minute
	second
	halfDay
	fractional
	elapsedHour
	elapsedMinute
	elapsedSecond
	automatic // the word General
)

type token struct {
	kind kind
	n    int
	text string
}

// Parse reads a pattern.
func Parse(pattern string) (*Pattern, error) {
	parts, err := split(pattern)
	if err != nil {
		return nil, err
	}
	if len(parts) > 4 {
		return nil, ErrPattern
	}
	p := &Pattern{}
	for i, part := range parts {
		s, err := parseSection(part)
		if err != nil {
			return nil, err
		}
		if i == 3 || (i == len(parts)-1 && s.has(at)) {
			p.text = &s
			break
		}
		p.byRule = p.byRule || s.rule != ""
		p.sections = append(p.sections, s)
	}
	return p, nil
}

func (s *section) has(k kind) bool {
	for _, t := range s.tokens {
		if t.kind == k {
			return true
		}
	}
	return false
}

// split cuts a pattern at the semicolons that are not quoted.
func split(pattern string) ([]string, error) {
	var parts []string
	start, quoted, bracket := 0, false, false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case quoted:
			quoted = c != '"'
		case c == '"':
			quoted = true
		case c == '\\':
			i++
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case c == ';' && !bracket:
			parts = append(parts, pattern[start:i])
			start = i + 1
		}
	}
	if quoted {
		return nil, ErrPattern
	}
	return append(parts, pattern[start:]), nil
}

func (s *section) add(k kind, n int, text string) {
	if k == literal && len(s.tokens) > 0 && s.tokens[len(s.tokens)-1].kind == literal {
		s.tokens[len(s.tokens)-1].text += text
		return
	}
	s.tokens = append(s.tokens, token{k, n, text})
}

func parseSection(src string) (section, error) {
	var s section
	pointed := false
	for i := 0; i < len(src); {
		c := src[i]
		run := i + 1
		for run < len(src) && src[run]|0x20 == c|0x20 && isLetter(c) {
			run++
		}
		n := run - i
		switch {
		case c == '"':
			end := strings.IndexByte(src[i+1:], '"')
			if end < 0 {
				return s, ErrPattern
			}
			s.add(literal, 0, src[i+1:i+1+end])
			i += end + 2
			continue
		case c == '\\':
			_, size := utf8.DecodeRuneInString(src[i+1:])
			s.add(literal, 0, src[i+1:i+1+size])
			i += 1 + size
			continue
		case c == '_':
			_, size := utf8.DecodeRuneInString(src[i+1:])
			s.add(literal, 0, " ")
			i += 1 + size
			continue
		case c == '*':
			_, size := utf8.DecodeRuneInString(src[i+1:])
			i += 1 + size
			continue
		case c == '[':
			end := strings.IndexByte(src[i:], ']')
			if end < 0 {
				return s, ErrPattern
			}
			if err := s.bracket(src[i+1 : i+end]); err != nil {
				return s, err
			}
			i += end + 1
			continue
		case hasPrefixFold(src[i:], "general"):
			s.general = true
			s.add(automatic, 0, "")
			i += 7
			continue
		case hasPrefixFold(src[i:], "am/pm"):
			s.date, s.half = true, true
			s.add(halfDay, 2, src[i:i+5])
			i += 5
			continue
		case hasPrefixFold(src[i:], "a/p"):
			s.date, s.half = true, true
			s.add(halfDay, 1, src[i:i+3])
			i += 3
			continue
		case c == '@':
			s.add(at, 0, "")
		case (c == 'E' || c == 'e') && i+1 < len(src) && (src[i+1] == '+' || src[i+1] == '-') && s.numeric:
			s.exponent, s.plus = true, src[i+1] == '+'
			s.add(exp, 0, "")
			i += 2
			continue
		case isDateLetter(c):
			s.date = true
			s.add(map[byte]kind{'y': year, 'm': month, 'd': day, 'h': hour, 's': second}[c|0x20], n, "")
			i = run
			continue
		case c == '0' || c == '#' || c == '?':
			switch {
			case s.exponent:
				s.expDigits++
				s.add(expDigit, 0, string(c))
			case pointed:
				s.decimals++
				s.add(decimal, 0, string(c))
			default:
				s.whole++
				s.add(digit, 0, string(c))
			}
			s.numeric = true
		case c == '.' && !pointed && !s.exponent && (!s.date || strings.HasPrefix(src[i:], ".0")):
			pointed = true
			s.add(point, 0, "")
		case c == ',' && s.numeric && !s.exponent:
			end := i
			for end < len(src) && src[end] == ',' {
				end++
			}
			more := end < len(src) && (src[end] == '0' || src[end] == '#' || src[end] == '?')
			if more && !pointed {
				s.group = true
			} else if !more {
				s.scale += end - i
			}
			i = end
			continue
		case c == '%':
			s.percents++
			s.add(literal, 0, "%")
		case c == '/' && s.numeric && !s.date && !pointed && !s.exponent && s.whole > 0 && s.tokens[len(s.tokens)-1].kind == digit:
			if used := s.bar(src[i+1:]); used > 0 {
				i += 1 + used
				continue
			}
			s.add(literal, 0, "/")
		default:
			_, size := utf8.DecodeRuneInString(src[i:])
			s.add(literal, 0, src[i:i+size])
			i += size
			continue
		}
		i++
	}
	if s.date {
		s.settleDate()
	}
	return s, nil
}

// bar makes the last placeholders a numerator when what follows the bar is a denominator; it says how much of it.
func (s *section) bar(after string) int {
	n := 0
	for n < len(after) && (after[n] == '?' || after[n] == '#' || after[n] == '0') {
		n++
	}
	if n == 0 {
		for n < len(after) && after[n] >= '0' && after[n] <= '9' {
			n++
		}
		if n == 0 || n > 6 {
			return 0
		}
	}
	if d, err := strconv.Atoi(after[:n]); err == nil && d > 0 {
		s.denominator = d
	}
	s.denomDigits = min(n, 7)
	s.fraction = true
	first := len(s.tokens)
	over := ""
	for first > 0 && s.tokens[first-1].kind == digit {
		first--
		over = s.tokens[first].text + over
		s.whole--
	}
	s.tokens = append(s.tokens[:first], token{numerator, 0, over}, token{literal, 0, "/"}, token{divisor, n, after[:n]})
	return n
}

// bracket reads what stands in square brackets: a condition, a currency, elapsed time or a colour.
func (s *section) bracket(in string) error {
	low := strings.ToLower(in)
	switch {
	case in == "":
		return ErrPattern
	case in[0] == '<' || in[0] == '>' || in[0] == '=':
		op := in[:1]
		if len(in) > 1 && (in[1] == '=' || in[1] == '>') {
			op = in[:2]
		}
		bound, err := strconv.ParseFloat(strings.TrimSpace(in[len(op):]), 64)
		if err != nil || s.rule != "" {
			return ErrPattern
		}
		s.rule, s.bound = op, bound
	case in[0] == '$':
		sign, _, _ := strings.Cut(in[1:], "-")
		s.add(literal, 0, sign)
	case strings.Trim(low, "h") == "":
		s.date = true
		s.add(elapsedHour, len(in), "")
	case strings.Trim(low, "m") == "":
		s.date = true
		s.add(elapsedMinute, len(in), "")
	case strings.Trim(low, "s") == "":
		s.date = true
		s.add(elapsedSecond, len(in), "")
	case isColor(low):
	default:
		return ErrPattern
	}
	return nil
}

func isColor(name string) bool {
	switch name {
	case "black", "blue", "cyan", "green", "magenta", "red", "white", "yellow":
		return true
	}
	n, err := strconv.Atoi(strings.TrimPrefix(name, "color"))
	return err == nil && strings.HasPrefix(name, "color") && n >= 1 && n <= 56
}

// settleDate tells minutes from months, by their neighbours, and makes placeholders after seconds their fraction.
func (s *section) settleDate() {
	last := literal
	var out []token
	for i, t := range s.tokens {
		switch t.kind {
		case month:
			if last == hour || last == elapsedHour || s.next(i) == second || s.next(i) == elapsedSecond {
				t.kind = minute
			}
		case digit, decimal:
			if n := len(out); n > 0 && out[n-1].kind == fractional {
				out[n-1].n++
				continue
			}
			t = token{fractional, 1, ""}
		}
		if t.kind >= year && t.kind <= elapsedSecond && t.kind != fractional {
			last = t.kind
		}
		out = append(out, t)
	}
	s.tokens = out
}

func (s *section) next(i int) kind {
	for _, t := range s.tokens[i+1:] {
		if t.kind >= year && t.kind <= elapsedSecond {
			return t.kind
		}
	}
	return literal
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDateLetter(c byte) bool {
	switch c | 0x20 {
	case 'y', 'm', 'd', 'h', 's':
		return isLetter(c)
	}
	return false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// Kind is the type a pattern shows values as, Number when it says nothing else.
func (p *Pattern) Kind() Type {
	if len(p.sections) == 0 {
		return Text
	}
	s := &p.sections[0]
	switch {
	case s.date:
		days, clock := s.has(year) || s.has(month) || s.has(day), s.has(hour) || s.has(minute) || s.has(second) || s.has(elapsedHour) || s.has(elapsedMinute) || s.has(elapsedSecond)
		switch {
		case days && clock:
			return DateTime
		case days:
			return Date
		}
		return Time
	case s.percents > 0:
		return Percent
	case s.exponent:
		return Scientific
	}
	return Number
}
