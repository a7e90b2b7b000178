package calc

import (
	"math"

	"twinset.dev/twins/gsheets/internal/numeric"
)

// https://support.google.com/docs/table/25273 (Parser)
func init() {
	as := func(name string, h Hint) {
		function(name, "v", func(_ *Call, a []Value) Value {
			if a[0].Kind == KindText || a[0].Kind == KindBool {
				return a[0]
			}
			return Value{Kind: KindNumber, Num: a[0].Num, Hint: h}
		})
	}
	as("TO_DATE", HintDate)
	as("TO_DOLLARS", HintCurrency)
	as("TO_PERCENT", HintPercent)
	as("TO_PURE_NUMBER", HintNone)
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
