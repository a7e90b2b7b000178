package calc

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"twinset.dev/twins/gsheets/internal/format"
)

// NumberOf is a scalar as a number, or the error of the function that runs if it cannot be one; param counts from 1. A text is read as if
// it were typed into a cell, so that "50%" and "1/2/2020" are numbers.
func (c *Call) NumberOf(v Value, param int) Value {
	switch v.Kind {
	case KindNumber, KindError:
		return v
	case KindEmpty:
		return Number(0)
	case KindBool:
		return Number(v.Num)
	case KindText:
		if v.Text == "" {
			return Number(0)
		}
		if n, ok := c.readNumber(v.Text); ok {
			return Number(n.Num)
		}
		return c.notNumber(param, v.Text)
	case KindRef, KindArray:
		return c.NumberOf(c.Scalar(v), param)
	}
	return c.notNumber(param, "")
}

// readNumber reads a number, a date, a percentage or an amount of money.
func (c *Call) readNumber(s string) (Value, bool) {
	if x, ok := digits(s); ok {
		return Number(x), true
	}
	e, ok := format.Read(s, c.Locale, c.Now)
	if !ok || e.Kind != format.NumberValue {
		return Value{}, false
	}
	return Value{Kind: KindNumber, Num: e.Number, Hint: HintOf(e.Type)}, true
}

// digits is a whole number of a few digits, which most texts that are numbers are.
func digits(s string) (float64, bool) {
	if len(s) == 0 || len(s) > 15 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int(d)
	}
	return float64(n), true
}

// BoolOf is a scalar as a truth value, or the error of the function that runs if it cannot be one; param counts from 1.
func (c *Call) BoolOf(v Value, param int) Value {
	switch v.Kind {
	case KindBool, KindError:
		return v
	case KindEmpty:
		return Bool(false)
	case KindNumber:
		return Bool(v.Num != 0)
	case KindText:
		switch {
		case strings.EqualFold(v.Text, "TRUE"), strings.EqualFold(v.Text, c.Locale.True):
			return Bool(true)
		case v.Text == "", strings.EqualFold(v.Text, "FALSE"), strings.EqualFold(v.Text, c.Locale.False):
			return Bool(false)
		}
		return c.notBool(param, v.Text)
	case KindRef, KindArray:
		return c.BoolOf(c.Scalar(v), param)
	}
	return c.notBool(param, "")
}

// TextOf is a scalar as a text: dates and times as they are shown, other numbers with up to 15 digits, errors by their sign.
func (c *Call) TextOf(v Value) string {
	switch v.Kind {
	case KindText:
		return v.Text
	case KindNumber:
		switch v.Hint {
		case HintDate, HintTime, HintDateTime, HintDuration:
			return c.Shown(v)
		}
		return numberText(v.Num, c.Locale.Decimal)
	case KindBool:
		return c.Locale.Bool(v.Num != 0)
	case KindError:
		return v.Code.String()
	case KindRef, KindArray:
		return c.TextOf(c.Scalar(v))
	}
	return ""
}

func (c *Call) textOf(v Value) Value {
	if v.Kind == KindText || v.Kind == KindError {
		return v
	}
	return Text(c.TextOf(v))
}

// Shown is a value as a cell without a number format of its own shows it.
func (c *Call) Shown(v Value) string { return Shown(v, c.Locale) }

// Shown is a value as a cell without a number format of its own shows it.
func Shown(v Value, l *format.Locale) string {
	switch v.Kind {
	case KindText:
		return v.Text
	case KindBool:
		return l.Bool(v.Num != 0)
	case KindError:
		return v.Code.String()
	case KindNumber:
		if pattern := v.Pattern(l); pattern != "" {
			if p, err := format.Parse(pattern); err == nil {
				return p.Number(v.Num, l)
			}
		}
		return format.General(v.Num, l)
	}
	return ""
}

// Pattern is the number format that a number's hint stands for, "" for none.
func (v Value) Pattern(l *format.Locale) string {
	switch {
	case v.Kind != KindNumber:
		return ""
	case v.Text != "":
		return v.Text
	case v.Hint == HintDuration:
		return "[h]:mm:ss"
	case v.Hint == HintPercent:
		return "0%"
	}
	return format.Default(v.Hint.Type(), l)
}

// numberText writes a number with up to 15 significant digits.
func numberText(x float64, decimal byte) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatInt(int64(x), 10)
	}
	s := strconv.FormatFloat(x, 'E', 14, 64)
	mantissa, exponent, _ := strings.Cut(s, "E")
	mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	if e, _ := strconv.Atoi(exponent); e >= -7 && e < 21 {
		r, _ := strconv.ParseFloat(s, 64)
		s = strconv.FormatFloat(r, 'f', -1, 64)
	} else {
		s = mantissa + "E" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
	}
	if decimal != '.' {
		s = strings.Replace(s, ".", string(decimal), 1)
	}
	return s
}

func itoa(n int) string { return strconv.Itoa(n) }

func upper(s string) string { return strings.ToUpper(s) }

func sameName(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// Compare orders two scalars as < and > do: numbers before texts, texts before truth values; texts without regard to case. An empty cell
// is 0, "" or FALSE, as its counterpart needs.
func Compare(a, b Value) int {
	if a.Kind == KindEmpty {
		a = zeroLike(b)
	}
	if b.Kind == KindEmpty {
		b = zeroLike(a)
	}
	if a.Kind != b.Kind {
		return int(order[a.Kind]) - int(order[b.Kind])
	}
	switch a.Kind {
	case KindText:
		return compareText(a.Text, b.Text)
	case KindError:
		return int(a.Code) - int(b.Code)
	}
	switch {
	case a.Num < b.Num:
		return -1
	case a.Num > b.Num:
		return 1
	}
	return 0
}

// order is how kinds stand to each other.
var order = [...]int8{KindEmpty: 0, KindNumber: 1, KindText: 2, KindBool: 3, KindError: 4, KindArray: 5, KindRef: 6, KindLambda: 7}

func zeroLike(v Value) Value {
	switch v.Kind {
	case KindText:
		return Text("")
	case KindBool:
		return Bool(false)
	}
	return Number(0)
}

// compareText orders texts as dictionaries do: signs before digits before letters, without regard to case, and accents only where nothing
// else differs.
func compareText(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			return compareRunes(a[i:], b[i:])
		}
		if x, y := letterOrder[x], letterOrder[y]; x != y {
			return int(x) - int(y)
		}
	}
	if n := min(len(a), len(b)); len(a) > n && a[n] >= utf8.RuneSelf || len(b) > n && b[n] >= utf8.RuneSelf {
		return compareRunes(a[n:], b[n:])
	}
	return len(a) - len(b)
}

// letterOrder is how the characters of ASCII follow one another in dictionaries.
//
// https://www.unicode.org/charts/collation/
var letterOrder = func() (order [utf8.RuneSelf]uint8) {
	const signs = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
	for i := range len(signs) {
		order[signs[i]] = uint8(i + 1)
	}
	for c := byte('a'); c <= 'z'; c++ {
		order[c], order[c-'a'+'A'] = c, c
	}
	return order
}()

// compareRunes is compareText for what is not ASCII alone.
func compareRunes(a, b string) int {
	x, y := []rune(norm.NFD.String(strings.ToLower(a))), []rune(norm.NFD.String(strings.ToLower(b)))
	letters := func(rs []rune) []rune {
		return slices.DeleteFunc(slices.Clone(rs), func(r rune) bool { return unicode.Is(unicode.Mn, r) })
	}
	return cmp.Or(slices.CompareFunc(letters(x), letters(y), func(x, y rune) int {
		if x < utf8.RuneSelf {
			x = rune(letterOrder[x])
		}
		if y < utf8.RuneSelf {
			y = rune(letterOrder[y])
		}
		return cmp.Compare(x, y)
	}), slices.Compare(x, y))
}
