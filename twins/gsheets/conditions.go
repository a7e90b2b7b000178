package gsheets

import (
	"math"
	"net/url"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A condition is what filters, conditional formats and validation ask of a cell.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ConditionType

// conditionTakes is how many values each type of condition has, at least and at most.
var conditionTakes = map[string][2]int{
	"NUMBER_GREATER": {1, 1}, "NUMBER_GREATER_THAN_EQ": {1, 1}, "NUMBER_LESS": {1, 1}, "NUMBER_LESS_THAN_EQ": {1, 1}, "NUMBER_EQ": {1, math.MaxInt}, "NUMBER_NOT_EQ": {1, 1},
	"NUMBER_BETWEEN": {2, 2}, "NUMBER_NOT_BETWEEN": {2, 2}, "TEXT_CONTAINS": {1, 1}, "TEXT_NOT_CONTAINS": {1, 1}, "TEXT_STARTS_WITH": {1, 1}, "TEXT_ENDS_WITH": {1, 1},
	"TEXT_EQ": {1, math.MaxInt}, "TEXT_NOT_EQ": {1, 1}, "TEXT_IS_EMAIL": {0, 0}, "TEXT_IS_URL": {0, 0}, "DATE_EQ": {1, math.MaxInt}, "DATE_NOT_EQ": {1, 1}, "DATE_BEFORE": {1, 1}, "DATE_AFTER": {1, 1},
	"DATE_ON_OR_BEFORE": {1, 1}, "DATE_ON_OR_AFTER": {1, 1}, "DATE_BETWEEN": {2, 2}, "DATE_NOT_BETWEEN": {2, 2}, "DATE_IS_VALID": {0, 0},
	"ONE_OF_RANGE": {1, 1}, "ONE_OF_LIST": {1, math.MaxInt}, "BLANK": {0, 0}, "NOT_BLANK": {0, 0}, "CUSTOM_FORMULA": {1, 1}, "BOOLEAN": {0, 2}, "FILTER_EXPRESSION": {1, 1},
}

// wellFormed refuses a condition that there is not, or one that is not for a purpose.
func wellFormed(c *api.BooleanCondition, but ...string) error {
	if c == nil || c.Type == nil {
		return no("A condition type must be specified.")
	}
	n, ok := conditionTakes[*c.Type]
	for _, not := range but {
		ok = ok && *c.Type != not
	}
	switch {
	case !ok:
		return no("The condition type %s is not supported here.", *c.Type)
	case len(c.Values) < n[0] || len(c.Values) > n[1]:
		return no("ConditionType '%s' requires exactly %d ConditionValues, but %d values were supplied.", *c.Type, n[0], len(c.Values))
	}
	for _, v := range c.Values {
		if v.RelativeDate != nil && (!strings.HasPrefix(*c.Type, "DATE_") || len(c.Values) > 1) {
			return no("Relative dates are not supported by the condition type %s.", *c.Type)
		}
	}
	return nil
}

// validation is a rule as it is kept.
func validation(in *api.DataValidationRule) (Obj, error) {
	if err := wellFormed(in.Condition, "BLANK", "NOT_BLANK", "FILTER_EXPRESSION"); err != nil {
		return nil, err
	}
	o := kept(in)
	for _, name := range []string{"strict", "showCustomUi"} {
		if o[name] == false {
			delete(o, name)
		}
	}
	return o, nil
}

// meets reports whether a cell is as a condition asks. Formulas in it are as if they were copied from the cell at from.
func (b *book) meets(c Obj, t *tab, row, col int, from formula.Area) bool {
	x := t.cell(row, col)
	if x == nil {
		x = &Cell{}
	}
	return b.meetsCell(c, x, t, row, col, from)
}

// meetsCell is meets of a cell that need not be on the sheet on which the condition's formulas stand.
func (b *book) meetsCell(c Obj, x *Cell, t *tab, row, col int, from formula.Area) bool {
	kind, _ := c["type"].(string)
	values, _ := c["values"].([]any)
	value := func(i int) calc.Value {
		if i >= len(values) {
			return calc.Empty
		}
		return b.conditionValue(values[i].(Obj), t, row, col, from)
	}
	switch kind {
	case "BLANK":
		return x.Value.Blank()
	case "NOT_BLANK":
		return !x.Value.Blank()
	case "CUSTOM_FORMULA":
		v := value(0)
		return v.True() || v.Kind == calc.KindNumber && v.Num != 0
	case "BOOLEAN":
		if len(values) == 0 {
			return x.Value.Kind == calc.KindBool
		}
		return strings.EqualFold(b.shown(x), text(value(0))) || len(values) > 1 && strings.EqualFold(b.shown(x), text(value(1)))
	case "TEXT_IS_EMAIL":
		return format.IsEmail(b.shown(x))
	case "TEXT_IS_URL":
		u, err := url.Parse(b.shown(x))
		return err == nil && u.Host != ""
	case "ONE_OF_LIST":
		for i := range values {
			if strings.EqualFold(b.shown(x), text(value(i))) {
				return true
			}
		}
		return false
	case "ONE_OF_RANGE":
		v, _ := values[0].(Obj)["userEnteredValue"].(string)
		r, err := b.span(strings.TrimPrefix(v, "="))
		if err != nil {
			return false
		}
		found := false
		r.walk(r.area(), func(_, _ int, y *Cell) bool {
			found = calc.Compare(x.Value, y.Value) == 0
			return !found
		})
		return found
	}
	if what, ok := strings.CutPrefix(kind, "TEXT_"); ok {
		return textMeets(what, strings.ToLower(b.shown(x)), values, value)
	}
	if x.Value.Kind != calc.KindNumber {
		return kind == "NUMBER_NOT_EQ" && !x.Value.Blank()
	}
	n := x.Value.Num
	what, number := strings.CutPrefix(kind, "NUMBER_")
	if !number {
		what = strings.TrimPrefix(kind, "DATE_")
		n = math.Floor(n)
		if what == "IS_VALID" {
			t := b.typeOf(x)
			return t == format.Date || t == format.DateTime
		}
	}
	return numberMeets(what, n, len(values), func(i int) (float64, bool) {
		v := value(i)
		if v.Kind == calc.KindText {
			if e, ok := format.Read(v.Text, b.loc, b.now()); ok && e.Kind == format.NumberValue {
				v = calc.Number(e.Number)
			}
		}
		return v.Num, v.Kind == calc.KindNumber
	})
}

func textMeets(what, shown string, values []any, value func(int) calc.Value) bool {
	want := strings.ToLower(text(value(0)))
	switch what {
	case "CONTAINS":
		return strings.Contains(shown, want)
	case "NOT_CONTAINS":
		return !strings.Contains(shown, want)
	case "STARTS_WITH":
		return strings.HasPrefix(shown, want)
	case "ENDS_WITH":
		return strings.HasSuffix(shown, want)
	case "NOT_EQ":
		return shown != want
	}
	for i := range values {
		if shown == strings.ToLower(text(value(i))) {
			return true
		}
	}
	return false
}

func numberMeets(what string, n float64, count int, value func(int) (float64, bool)) bool {
	a, ok := value(0)
	if !ok {
		return false
	}
	switch what {
	case "GREATER", "AFTER":
		return n > a
	case "GREATER_THAN_EQ", "ON_OR_AFTER":
		return n >= a
	case "LESS", "BEFORE":
		return n < a
	case "LESS_THAN_EQ", "ON_OR_BEFORE":
		return n <= a
	case "NOT_EQ":
		return n != a
	case "BETWEEN", "NOT_BETWEEN":
		z, ok := value(1)
		return ok && (n >= min(a, z) && n <= max(a, z)) == (what == "BETWEEN")
	}
	for i := range count {
		if a, ok := value(i); ok && n == a {
			return true
		}
	}
	return false
}

// text is a value of a condition as it is compared with what a cell shows.
func text(v calc.Value) string {
	switch v.Kind {
	case calc.KindNumber:
		return calc.Shown(v, nil)
	case calc.KindBool:
		if v.True() {
			return "TRUE"
		}
		return "FALSE"
	}
	return v.Text
}

// conditionValue is what a value of a condition is for a cell.
func (b *book) conditionValue(v Obj, t *tab, row, col int, from formula.Area) calc.Value {
	if relative, ok := v["relativeDate"].(string); ok {
		now := b.now()
		switch relative {
		case "YESTERDAY":
			now = now.AddDate(0, 0, -1)
		case "TOMORROW":
			now = now.AddDate(0, 0, 1)
		case "PAST_WEEK":
			now = now.AddDate(0, 0, -7)
		case "PAST_MONTH":
			now = now.AddDate(0, -1, 0)
		case "PAST_YEAR":
			now = now.AddDate(-1, 0, 0)
		}
		return calc.Number(format.Serial(now.Year(), int(now.Month()), now.Day()))
	}
	s, _ := v["userEnteredValue"].(string)
	if strings.HasPrefix(s, "=") {
		src := formula.Rewrite(s, b.syntax(), t.Title, formula.Copy(row-from.Row0, col-from.Col0))
		return b.evaluate(t, row, col, src)
	}
	e := format.Enter(s, b.loc, b.now())
	switch e.Kind {
	case format.NumberValue:
		return calc.Value{Kind: calc.KindNumber, Num: e.Number, Text: s}
	case format.BoolValue:
		return calc.Bool(e.Bool)
	}
	return calc.Text(s)
}

// evaluate is what a formula gives in a cell that does not keep it.
func (b *book) evaluate(t *tab, row, col int, src string) calc.Value {
	x, err := formula.Parse(src, b.syntax())
	if err != nil {
		return calc.Fail(calc.CodeError, err.Error())
	}
	return calc.Evaluate(x, b, b.setting(), calc.Position{Sheet: t.ID, Row: row, Col: col})
}
