package gsheets

import (
	"strconv"

	"twinset.dev/kit/tree"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
)

// shown is a cell's value as people see it.
func (b *book) shown(x *Cell) string {
	v := x.Value
	switch v.Kind {
	case calc.KindNumber:
		if p := b.patternOf(x); p != nil {
			return p.Number(v.Num, b.loc)
		}
		return format.General(v.Num, b.loc)
	case calc.KindText:
		if x.Format != nil && x.Format.shown != nil {
			return x.Format.shown.Text(v.Text)
		}
		return v.Text
	case calc.KindBool:
		return b.loc.Bool(v.Num != 0)
	case calc.KindError:
		return v.Code.String()
	}
	return ""
}

// patternOf is how a cell shows its number: by its number format, or else as its formula says; nil is automatically.
func (b *book) patternOf(x *Cell) *format.Pattern {
	if x.Format != nil && x.Format.Type != format.Automatic {
		if x.Format.shown != nil {
			return x.Format.shown
		}
		return b.pattern(format.Default(x.Format.Type, b.loc))
	}
	return b.pattern(x.Value.Pattern(b.loc))
}

// pattern is a pattern that was read before, or is now; nil if it is none.
func (b *book) pattern(text string) *format.Pattern {
	if text == "" {
		return nil
	}
	p, ok := b.patterns[text]
	if !ok {
		if b.patterns == nil {
			b.patterns = map[string]*format.Pattern{}
		}
		p, _ = format.Parse(text)
		b.patterns[text] = p
	}
	return p
}

// typeOf is the number format type that a cell's number is shown by.
func (b *book) typeOf(x *Cell) format.Type {
	if x.Format != nil && x.Format.Type != format.Automatic {
		return x.Format.Type
	}
	return x.Value.Hint.Type()
}

// A rendering is how values are answered.
type rendering struct{ value, time string }

// isTime reports whether a cell's number is shown as a date or a time of day.
func (b *book) isTime(x *Cell) bool {
	switch b.typeOf(x) {
	case format.Date, format.Time, format.DateTime:
		return true
	}
	return false
}

// appendValue appends a cell's value in an answer, as JSON.
func (b *book) appendValue(out []byte, x *Cell, r rendering) []byte {
	if r.value == "FORMULA" && x.Formula != "" {
		return tree.AppendString(out, x.Formula)
	}
	if r.value != "FORMATTED_VALUE" {
		switch v := x.Value; v.Kind {
		case calc.KindNumber:
			if r.time != "FORMATTED_STRING" || !b.isTime(x) {
				if number, err := tree.AppendNumber(out, v.Num); err == nil {
					return number
				}
			}
		case calc.KindBool:
			return strconv.AppendBool(out, v.Num != 0)
		case calc.KindText:
			return tree.AppendString(out, v.Text)
		}
	}
	switch {
	case x.Value.Kind == calc.KindNumber && b.patternOf(x) == nil:
		return append(format.AppendGeneral(append(out, '"'), x.Value.Num, b.loc), '"')
	case x.Value.Kind == calc.KindText && x.Format == nil:
		return tree.AppendString(out, x.Value.Text)
	}
	return tree.AppendString(out, b.shown(x))
}
