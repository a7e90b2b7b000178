package calc

import (
	"net/url"
	"strings"

	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// https://support.google.com/docs/table/25273 (Info, Web, and what Google adds)
func init() {
	is := func(name string, f func(c *Call, v Value) bool) {
		function(name, "e", func(c *Call, a []Value) Value { return Bool(f(c, a[0])) })
	}
	is("ISBLANK", func(_ *Call, v Value) bool { return v.Kind == KindEmpty })
	is("ISERR", func(_ *Call, v Value) bool { return v.IsError() && v.Code != CodeNA })
	is("ISERROR", func(_ *Call, v Value) bool { return v.IsError() })
	is("ISNA", func(_ *Call, v Value) bool { return v.IsError() && v.Code == CodeNA })
	is("ISLOGICAL", func(_ *Call, v Value) bool { return v.Kind == KindBool })
	is("ISNUMBER", func(_ *Call, v Value) bool { return v.Kind == KindNumber })
	is("ISTEXT", func(_ *Call, v Value) bool { return v.Kind == KindText })
	is("ISNONTEXT", func(_ *Call, v Value) bool { return v.Kind != KindText })
	is("ISDATE", func(c *Call, v Value) bool {
		if v.Kind == KindText {
			v, _ = c.readNumber(v.Text)
		}
		return v.Kind == KindNumber && v.dated()
	})
	is("ISEMAIL", func(_ *Call, v Value) bool { return v.Kind == KindText && format.IsEmail(v.Text) })
	is("ISURL", func(_ *Call, v Value) bool { return v.Kind == KindText && format.IsURL(v.Text) })
	function("ISREF", "p", func(_ *Call, a []Value) Value { return Bool(a[0].Kind == KindRef) })
	function("ISFORMULA", "p", func(c *Call, a []Value) Value {
		if a[0].Kind != KindRef {
			return Fail(CodeNA, "Argument must be a range.")
		}
		r := a[0].Ref()
		_, ok := c.Grid.Formula(r.Sheet, r.Area.Row0, r.Area.Col0)
		return Bool(ok)
	})
	function("ERROR.TYPE", "e", func(c *Call, a []Value) Value {
		if !a[0].IsError() {
			return Fail(CodeNA, "Function ERROR.TYPE parameter 1 value is not an error.")
		}
		return Number(float64(a[0].Code))
	})
	function("NA", "", func(*Call, []Value) Value { return Fail(CodeNA, "NA function called.") })
	function("N", "v", func(_ *Call, a []Value) Value {
		if a[0].Kind == KindNumber || a[0].Kind == KindBool {
			return Number(a[0].Num)
		}
		return Number(0)
	})
	function("TYPE", "a", func(c *Call, a []Value) Value {
		v := a[0]
		if rows, cols := c.Size(v); rows*cols > 1 {
			return Number(64)
		}
		switch c.at(v, 0, 0).Kind {
		case KindText:
			return Number(2)
		case KindBool:
			return Number(4)
		case KindError:
			return Number(16)
		}
		return Number(1)
	})
	function("CELL", "t r", func(c *Call, a []Value) Value {
		r := a[1].Ref()
		row, col := r.Area.Row0, r.Area.Col0
		v := c.Cell(r.Sheet, row, col)
		switch strings.ToLower(a[0].Text) {
		case "address":
			address := "$" + formula.ColumnName(col) + "$" + itoa(row+1)
			if r.Sheet != c.At.Sheet {
				address = formula.QuoteSheet(c.Grid.SheetName(r.Sheet)) + "!" + address
			}
			return Text(address)
		case "col":
			return Number(float64(col + 1))
		case "row":
			return Number(float64(row + 1))
		case "contents":
			return v
		case "color":
			return Number(0)
		case "prefix":
			if v.Kind == KindText {
				return Text("'")
			}
			return Text("")
		case "type":
			switch v.Kind {
			case KindEmpty:
				return Text("b")
			case KindText:
				return Text("l")
			}
			return Text("v")
		}
		return c.Refuse(CodeValue, 1, "value is %s. It is not a kind of information.", a[0].Text)
	})

	function("ISBETWEEN", "v v v [b b]", func(_ *Call, a []Value) Value {
		low, high := Compare(a[0], a[1]), Compare(a[0], a[2])
		open := func(i int) bool { return len(a) > i && !a[i].True() }
		return Bool((low > 0 || low == 0 && !open(3)) && (high < 0 || high == 0 && !open(4)))
	})

	function("ENCODEURL", "t", func(_ *Call, a []Value) Value {
		return Text(strings.ReplaceAll(url.QueryEscape(a[0].Text), "+", "%20"))
	})
	function("HYPERLINK", "t [v]", func(_ *Call, a []Value) Value {
		if len(a) > 1 && a[1].Kind != KindEmpty {
			return a[1]
		}
		return a[0]
	})
	// A picture and a small chart are drawn from the formula; the cell has no value.
	function("IMAGE", "t [n n n]", func(c *Call, a []Value) Value {
		mode := or(a, 1, 1)
		switch {
		case mode < 1 || mode > 4:
			return c.OutOfRange(2, mode, 1, 4)
		case mode == 4 && len(a) < 4:
			return Fail(CodeValue, "Function IMAGE mode 4 needs a height and a width.")
		case !format.IsURL(a[0].Text):
			return c.Refuse(CodeValue, 1, "value is %s. It is not a valid URL.", a[0].Text)
		}
		return Empty
	})
	function("SPARKLINE", "a [a]", func(c *Call, a []Value) Value {
		for _, v := range a {
			if v.IsError() {
				return v
			}
		}
		return Empty
	})
}
