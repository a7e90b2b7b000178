package bigquery

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
)

// scalars are the functions of one row's values, none of them NULL.
var scalars = map[string]struct {
	min, max int
	run      func(v []calc.Value) (calc.Value, bool)
}{
	"UPPER":   {1, 1, texts(func(s []string) string { return strings.ToUpper(s[0]) })},
	"LOWER":   {1, 1, texts(func(s []string) string { return strings.ToLower(s[0]) })},
	"TRIM":    {1, 1, texts(func(s []string) string { return strings.TrimSpace(s[0]) })},
	"REPLACE": {3, 3, texts(func(s []string) string { return strings.ReplaceAll(s[0], s[1], s[2]) })},
	"CONCAT":  {1, math.MaxInt, func(v []calc.Value) (calc.Value, bool) { return calc.Text(joined(v)), true }},
	"LENGTH": {1, 1, func(v []calc.Value) (calc.Value, bool) {
		return calc.Number(float64(len([]rune(v[0].Text)))), isText(v[0])
	}},
	"STARTS_WITH": {2, 2, func(v []calc.Value) (calc.Value, bool) {
		return calc.Bool(strings.HasPrefix(v[0].Text, v[1].Text)), isText(v...)
	}},
	"ENDS_WITH": {2, 2, func(v []calc.Value) (calc.Value, bool) {
		return calc.Bool(strings.HasSuffix(v[0].Text, v[1].Text)), isText(v...)
	}},
	"SUBSTR": {2, 3, substring},
	"ABS":    {1, 1, numbers(func(n []float64) float64 { return math.Abs(n[0]) })},
	"CEIL":   {1, 1, numbers(func(n []float64) float64 { return math.Ceil(n[0]) })},
	"FLOOR":  {1, 1, numbers(func(n []float64) float64 { return math.Floor(n[0]) })},
	"SQRT":   {1, 1, numbers(func(n []float64) float64 { return math.Sqrt(n[0]) })},
	"POW":    {2, 2, numbers(func(n []float64) float64 { return math.Pow(n[0], n[1]) })},
	"MOD":    {2, 2, numbers(func(n []float64) float64 { return math.Mod(n[0], n[1]) })},
	"ROUND": {1, 2, numbers(func(n []float64) float64 {
		if len(n) == 1 {
			return math.Round(n[0])
		}
		return math.Round(n[0]*math.Pow(10, n[1])) / math.Pow(10, n[1])
	})},
	"GREATEST": {1, math.MaxInt, func(v []calc.Value) (calc.Value, bool) { return slices.MaxFunc(v, compare), true }},
	"LEAST":    {1, math.MaxInt, func(v []calc.Value) (calc.Value, bool) { return slices.MinFunc(v, compare), true }},
	"DATE_DIFF": {2, 2, func(v []calc.Value) (calc.Value, bool) {
		return calc.Number(math.Floor(v[0].Num) - math.Floor(v[1].Num)), v[0].Hint != 0 && v[1].Hint != 0
	}},
}

func isText(v ...calc.Value) bool {
	return !slices.ContainsFunc(v, func(v calc.Value) bool { return v.Kind != calc.KindText })
}

func joined(v []calc.Value) (s string) {
	for _, v := range v {
		s += text(v)
	}
	return s
}

func texts(f func([]string) string) func([]calc.Value) (calc.Value, bool) {
	return func(v []calc.Value) (calc.Value, bool) {
		var s []string
		for _, v := range v {
			s = append(s, v.Text)
		}
		return calc.Text(f(s)), isText(v...)
	}
}

func numbers(f func([]float64) float64) func([]calc.Value) (calc.Value, bool) {
	return func(v []calc.Value) (calc.Value, bool) {
		var n []float64
		for _, v := range v {
			if v.Kind != calc.KindNumber {
				return v, false
			}
			n = append(n, v.Num)
		}
		return calc.Number(f(n)), true
	}
}

func substring(v []calc.Value) (calc.Value, bool) {
	if !isText(v[0]) || v[1].Kind != calc.KindNumber {
		return calc.Empty, false
	}
	r := []rune(v[0].Text)
	from := int(v[1].Num) - 1
	if v[1].Num < 0 {
		from = len(r) + int(v[1].Num)
	}
	from = min(max(from, 0), len(r))
	to := len(r)
	if len(v) == 3 {
		to = min(max(from+int(v[2].Num), from), len(r))
	}
	return calc.Text(string(r[from:to])), true
}

// call is what a function of one row's values gives.
func (q *query) call(x node, g group) calc.Value {
	v := make([]calc.Value, len(x.args))
	for i, a := range x.args {
		v[i] = q.eval(a, g)
	}
	switch n := len(v); {
	case x.text == "IF" && n == 3:
		if v[0].True() {
			return v[1]
		}
		return v[2]
	case x.text == "COALESCE" && n > 0, x.text == "IFNULL" && n == 2:
		for _, one := range v {
			if one.Kind != calc.KindEmpty {
				return one
			}
		}
		return calc.Empty
	case x.text == "NULLIF" && n == 2:
		if v[0].Kind == v[1].Kind && compare(v[0], v[1]) == 0 {
			return calc.Empty
		}
		return v[0]
	}
	if slices.ContainsFunc(v, func(v calc.Value) bool { return v.Kind == calc.KindEmpty }) {
		return calc.Empty
	}
	switch {
	case x.text == "SAFE_DIVIDE" && len(v) == 2:
		if v[1].Num == 0 {
			return calc.Empty
		}
		return q.arithmetic(node{op: "/", at: x.at}, v[0], v[1])
	case x.text == "EXTRACT":
		return q.extract(x, v[0])
	case x.text == "CAST", x.text == "SAFE_CAST":
		return q.cast(x, v[0])
	}
	f := scalars[x.text]
	if f.run != nil && len(v) >= f.min && len(v) <= f.max {
		if out, ok := f.run(v); ok {
			return out
		}
	}
	var kinds []string
	for _, v := range v {
		kinds = append(kinds, typeOf(v))
	}
	q.fail(x.at, "No matching signature for function %s for argument types: %s", x.text, strings.Join(kinds, ", "))
	return calc.Empty
}

func (q *query) extract(x node, v calc.Value) calc.Value {
	year, month, day := format.Civil(v.Num)
	hour, minute, second, _ := format.Clock(v.Num)
	n, ok := map[string]int{"YEAR": year, "MONTH": month, "DAY": day, "HOUR": hour, "MINUTE": minute, "SECOND": second,
		"QUARTER": (month + 2) / 3, "DAYOFWEEK": format.Weekday(v.Num) + 1}[x.kind]
	if !ok || v.Hint == calc.HintNone {
		q.fail(x.at, "EXTRACT from %s does not support the %s date part", typeOf(v), x.kind)
	}
	return calc.Number(float64(n))
}

func (q *query) cast(x node, v calc.Value) calc.Value {
	bad := func() calc.Value {
		if x.text == "SAFE_CAST" {
			return calc.Empty
		}
		panic(fail("ENGINE", "Bad %s value: %s", strings.ToLower(x.kind), text(v)))
	}
	switch x.kind {
	case "STRING":
		return calc.Text(text(v))
	case "INT64", "FLOAT64", "NUMERIC":
		n, err := v.Num, error(nil)
		if v.Kind == calc.KindText {
			n, err = strconv.ParseFloat(strings.TrimSpace(v.Text), 64)
		}
		if err != nil {
			return bad()
		}
		if x.kind == "INT64" {
			n = math.Round(n)
		}
		return calc.Number(n)
	case "DATE", "DATETIME", "TIMESTAMP":
		if v.Kind == calc.KindNumber {
			v.Hint = calc.HintDateTime
			if x.kind == "DATE" {
				v = calc.Date(math.Floor(v.Num), calc.HintDate)
			}
			return v
		}
		at, err := moment(v.Text, x.kind)
		if err != nil {
			return bad()
		}
		return at
	case "BOOL":
		if b, err := strconv.ParseBool(strings.ToLower(text(v))); err == nil {
			return calc.Bool(b)
		}
		return bad()
	}
	q.fail(x.at, "Type not found: %s", x.kind)
	return calc.Empty
}
