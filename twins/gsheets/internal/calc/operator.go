package calc

import (
	"math"

	"twinset.dev/twins/gsheets/internal/formula"
)

// The operators are functions too, and speak of themselves by those names.
//
// https://support.google.com/docs/table/25273 (Operator)
var (
	opAdd   = function("ADD", "n n", func(c *Call, a []Value) Value { return c.finite(a[0].Num + a[1].Num).shownAs(sumHint(a[0], a[1])) })
	opMinus = function("MINUS", "n n", func(c *Call, a []Value) Value {
		return c.finite(a[0].Num - a[1].Num).shownAs(differenceHint(a[0], a[1]))
	})
	opMultiply = function("MULTIPLY", "n n", func(c *Call, a []Value) Value { return c.finite(a[0].Num * a[1].Num).shownAs(productHint(a[0], a[1])) })
	opDivide   = function("DIVIDE", "n n", divide)
	opPow      = function("POW", "n n", power)
	opConcat   = function("CONCAT", "t t", func(_ *Call, a []Value) Value { return Text(a[0].Text + a[1].Text) })
	opEQ       = comparison("EQ", func(n int) bool { return n == 0 })
	opNE       = comparison("NE", func(n int) bool { return n != 0 })
	opLT       = comparison("LT", func(n int) bool { return n < 0 })
	opLTE      = comparison("LTE", func(n int) bool { return n <= 0 })
	opGT       = comparison("GT", func(n int) bool { return n > 0 })
	opGTE      = comparison("GTE", func(n int) bool { return n >= 0 })
	opUMinus   = function("UMINUS", "n", func(_ *Call, a []Value) Value { return Number(-a[0].Num).Like(a[0]) })
	opUPlus    = function("UPLUS", "v", func(_ *Call, a []Value) Value { return a[0] })
	opPercent  = function("UNARY_PERCENT", "n", func(_ *Call, a []Value) Value {
		return percentage(Number(a[0].Num / 100))
	})
)

func comparison(name string, holds func(int) bool) *Func {
	return function(name, "v v", func(_ *Call, a []Value) Value { return Bool(holds(Compare(a[0], a[1]))) })
}

func operatorOf(op byte) *Func {
	switch op {
	case '+':
		return opAdd
	case '-':
		return opMinus
	case '*':
		return opMultiply
	case '/':
		return opDivide
	case '^':
		return opPow
	case '&':
		return opConcat
	case '=':
		return opEQ
	case 'N':
		return opNE
	case '<':
		return opLT
	case 'L':
		return opLTE
	case '>':
		return opGT
	}
	return opGTE
}

func (c *Call) binary(x *formula.Binary) Value {
	if x.Op == ':' {
		v := c.rangeOf(c.eval(x.X), c.eval(x.Y))
		c.reads(v)
		return v
	}
	a := [2]Value{c.eval(x.X), c.eval(x.Y)}
	return c.Run(operatorOf(x.Op), a[:])
}

func (c *Call) unary(x *formula.Unary) Value {
	a := [1]Value{c.eval(x.X)}
	switch x.Op {
	case '-':
		return c.Run(opUMinus, a[:])
	case '%':
		return c.Run(opPercent, a[:])
	}
	return c.Run(opUPlus, a[:])
}

// rangeOf is the block that two references span.
func (c *Call) rangeOf(a, b Value) Value {
	for _, v := range [2]Value{a, b} {
		if v.IsError() {
			return v
		}
		if v.Kind != KindRef {
			return Fail(CodeNA, "Argument must be a range.")
		}
	}
	x, y := a.Ref(), b.Ref()
	if x.Sheet != y.Sheet {
		return errNoRef
	}
	return Reference(Ref{x.Sheet, area(
		min(x.Area.Row0, y.Area.Row0), min(x.Area.Col0, y.Area.Col0),
		max(x.Area.Row1, y.Area.Row1), max(x.Area.Col1, y.Area.Col1),
	)})
}

// finite is a number, or #NUM! if it is none that a cell can hold.
func (c *Call) finite(x float64) Value {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return Fail(CodeNum, "Numeric value is greater than 1.79769E+308 and cannot be displayed properly.")
	}
	return Number(x)
}

func divide(c *Call, a []Value) Value {
	if a[1].Num == 0 {
		return c.ZeroDivisor(2)
	}
	v := c.finite(a[0].Num / a[1].Num)
	if a[0].Hint == a[1].Hint || a[0].dated() || a[1].Hint == HintCurrency {
		return v
	}
	return v.shownAs(a[0])
}

func power(c *Call, a []Value) Value {
	x, y := a[0].Num, a[1].Num
	switch {
	case x == 0 && y < 0:
		return Fail(CodeDiv, "Function "+c.Func.Name+" parameter 2 cannot be negative when parameter 1 is zero.")
	case x < 0 && y != math.Trunc(y):
		return Fail(CodeNum, c.Func.Name+" evaluates to an imaginary number.")
	}
	return c.finite(math.Pow(x, y))
}

// shownAs is the number with another's hint.
func (v Value) shownAs(w Value) Value {
	if v.Kind == KindNumber {
		v.Hint, v.Text = w.Hint, w.Text
	}
	return v
}

// dated says if a number is shown as a date or a time.
func (v Value) dated() bool {
	return v.Hint == HintDate || v.Hint == HintDateTime || v.Hint == HintTime || v.Hint == HintDuration
}

// sumHint is the number whose hint a sum takes: a date and a time make a date with time, else the first that has one.
func sumHint(a, b Value) Value {
	switch {
	case a.Hint == HintDate && (b.Hint == HintTime || b.Hint == HintDuration), b.Hint == HintDate && (a.Hint == HintTime || a.Hint == HintDuration):
		return Value{Hint: HintDateTime}
	case a.Hint == HintNone || b.dated() && !a.dated():
		return b
	}
	return a
}

// differenceHint is the number whose hint a difference takes: of two dates it is a count of days, of two times a duration.
func differenceHint(a, b Value) Value {
	switch {
	case a.Hint == HintDate && b.Hint == HintDate:
		return Value{}
	case a.dated() && b.dated() && a.Hint == b.Hint:
		return Value{Hint: HintDuration}
	case a.dated() && b.dated():
		return a
	}
	return sumHint(a, b)
}

// productHint is the number whose hint a product takes: money stays money, and a percentage of a plain number is a plain number.
func productHint(a, b Value) Value {
	switch {
	case a.Hint == HintCurrency:
		return a
	case b.Hint == HintCurrency:
		return b
	case a.Hint == b.Hint && !a.dated():
		return a
	}
	return Value{}
}
