package calc

import (
	"math"

	"twinset.dev/twins/gsheets/internal/numeric"
)

// https://support.google.com/docs/table/25273 (Parser)
func init() {
	// as shows a number in a way of its own; what is no number stays as it is.
	as := func(name string, shown func(c *Call, v Value) Value) {
		function(name, "v", func(c *Call, a []Value) Value {
			if a[0].Kind == KindText || a[0].Kind == KindBool {
				return a[0]
			}
			return shown(c, Number(a[0].Num))
		})
	}
	as("TO_DATE", func(_ *Call, v Value) Value { return Date(v.Num, HintDate) })
	as("TO_DOLLARS", money)
	as("TO_PERCENT", func(_ *Call, v Value) Value { return percentage(v) })
	as("TO_PURE_NUMBER", func(_ *Call, v Value) Value { return v })
	function("TO_TEXT", "v", func(c *Call, a []Value) Value {
		if a[0].Kind == KindText {
			return a[0]
		}
		return Text(c.Shown(a[0]))
	})
	function("CONVERT", "n t t", func(c *Call, a []Value) Value {
		y := numeric.Convert(a[0].Num, a[1].Text, a[2].Text)
		if math.IsNaN(y) {
			return Fail(CodeNA, "Invalid units for conversion.")
		}
		return c.finite(y)
	})
}
