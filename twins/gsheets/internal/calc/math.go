package calc

import (
	"math"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/numeric"
)

// https://support.google.com/docs/table/25273 (Math)
func init() {
	real := func(name string, f func(float64) float64) {
		function(name, "n", func(c *Call, a []Value) Value { return c.finite(f(a[0].Num)) })
	}
	// within is a function of one number that has values only between two bounds.
	within := func(name string, low, high float64, f func(float64) float64) {
		function(name, "n", func(c *Call, a []Value) Value {
			if x := a[0].Num; x < low || x > high {
				return c.Refuse(CodeNum, 1, "value is %s. Valid values are between %s and %s inclusive.", c.plain(x), c.plain(low), c.plain(high))
			}
			return c.finite(f(a[0].Num))
		})
	}
	// reciprocal is one over a function, which must not be zero.
	reciprocal := func(name string, f func(float64) float64) {
		function(name, "n", func(c *Call, a []Value) Value {
			d := f(a[0].Num)
			if d == 0 {
				return c.divideByZero()
			}
			return c.finite(1 / d)
		})
	}
	real("SIN", math.Sin)
	real("COS", math.Cos)
	real("TAN", math.Tan)
	real("SINH", math.Sinh)
	real("COSH", math.Cosh)
	real("TANH", math.Tanh)
	real("ATAN", math.Atan)
	real("ASINH", math.Asinh)
	real("EXP", math.Exp)
	real("DEGREES", func(x float64) float64 { return x * 180 / math.Pi })
	real("RADIANS", func(x float64) float64 { return x * math.Pi / 180 })
	real("ACOT", func(x float64) float64 { return math.Pi/2 - math.Atan(x) })
	real("ERFC", math.Erfc)
	alias("ERFC.PRECISE", "ERFC")
	within("ASIN", -1, 1, math.Asin)
	within("ACOS", -1, 1, math.Acos)
	reciprocal("CSC", math.Sin)
	reciprocal("SEC", math.Cos)
	reciprocal("COT", math.Tan)
	reciprocal("CSCH", math.Sinh)
	reciprocal("SECH", math.Cosh)
	reciprocal("COTH", math.Tanh)
	function("ACOSH", "n", func(c *Call, a []Value) Value {
		if a[0].Num < 1 {
			return c.Refuse(CodeNum, 1, "value is %s. It should be greater than or equal to 1.", c.plain(a[0].Num))
		}
		return Number(math.Acosh(a[0].Num))
	})
	function("ATANH", "n", func(c *Call, a []Value) Value {
		if math.Abs(a[0].Num) >= 1 {
			return c.Refuse(CodeNum, 1, "value is %s. Valid values are between -1 and 1 exclusive.", c.plain(a[0].Num))
		}
		return Number(math.Atanh(a[0].Num))
	})
	function("ACOTH", "n", func(c *Call, a []Value) Value {
		if math.Abs(a[0].Num) <= 1 {
			return c.Refuse(CodeNum, 1, "value is %s. Valid values are less than -1 or greater than 1.", c.plain(a[0].Num))
		}
		return Number(math.Atanh(1 / a[0].Num))
	})
	function("ATAN2", "n n", func(c *Call, a []Value) Value {
		if a[0].Num == 0 && a[1].Num == 0 {
			return c.divideByZero()
		}
		return Number(math.Atan2(a[1].Num, a[0].Num))
	})
	function("PI", "", func(*Call, []Value) Value { return Number(math.Pi) })
	function("ABS", "n", func(_ *Call, a []Value) Value { return Number(math.Abs(a[0].Num)).Like(a[0]) })
	function("SIGN", "n", func(_ *Call, a []Value) Value {
		switch x := a[0].Num; {
		case x > 0:
			return Number(1)
		case x < 0:
			return Number(-1)
		}
		return Number(0)
	})
	function("SQRT", "n", func(c *Call, a []Value) Value { return c.root(a[0].Num) })
	function("SQRTPI", "n", func(c *Call, a []Value) Value { return c.root(a[0].Num * math.Pi) })
	function("LN", "n", func(c *Call, a []Value) Value { return c.logarithm(a[0].Num, math.E) })
	function("LOG10", "n", func(c *Call, a []Value) Value { return c.logarithm(a[0].Num, 10) })
	function("LOG", "n [n]", func(c *Call, a []Value) Value { return c.logarithm(a[0].Num, or(a, 1, 10)) })
	function("POWER", "n n", power)
	function("GAMMALN", "n", func(c *Call, a []Value) Value {
		if refused, ok := c.positive(a, 1); !ok {
			return refused
		}
		lg, _ := math.Lgamma(a[0].Num)
		return Number(lg)
	})
	alias("GAMMALN.PRECISE", "GAMMALN")

	function("ROUND", "n [n]", func(_ *Call, a []Value) Value { return places(a, roundHalf) })
	function("ROUNDUP", "n [n]", func(_ *Call, a []Value) Value { return places(a, roundUp) })
	function("ROUNDDOWN", "n [n]", func(_ *Call, a []Value) Value { return places(a, roundDown) })
	function("TRUNC", "n [n]", func(_ *Call, a []Value) Value { return places(a, roundDown) })
	function("INT", "n", func(_ *Call, a []Value) Value {
		v := Number(math.Floor(a[0].Num))
		if a[0].Hint != HintPercent {
			v = v.Like(a[0])
		}
		return v
	})
	function("EVEN", "n", func(_ *Call, a []Value) Value {
		return Number(math.Copysign(2*math.Ceil(math.Abs(a[0].Num)/2), a[0].Num) + 0)
	})
	function("ODD", "n", func(_ *Call, a []Value) Value {
		sign := 1.0
		if a[0].Num < 0 {
			sign = -1
		}
		return Number(sign * (2*math.Ceil((math.Abs(a[0].Num)-1)/2) + 1))
	})
	function("MROUND", "n n", func(c *Call, a []Value) Value {
		x, f := a[0].Num, a[1].Num
		switch {
		case f == 0:
			return Number(0)
		case x*f < 0:
			return Fail(CodeNum, "Parameters of MROUND must have same signs.")
		}
		return c.finite(roundHalf(x/f, 0) * f).shownAs(a[0])
	})
	function("CEILING", "n [n]", func(c *Call, a []Value) Value {
		x, f := a[0].Num, or(a, 1, 1)
		if x > 0 && f < 0 {
			return Fail(CodeNum, "Parameters of "+c.Func.Name+" must have same signs.")
		}
		return c.finite(multiple(x, f, math.Ceil)).shownAs(a[0])
	})
	function("FLOOR", "n [n]", func(c *Call, a []Value) Value {
		x, f := a[0].Num, or(a, 1, 1)
		switch {
		case x > 0 && f < 0:
			return Fail(CodeNum, "Parameters of "+c.Func.Name+" must have same signs.")
		case f == 0 && x != 0:
			return c.ZeroDivisor(2)
		}
		return c.finite(multiple(x, f, math.Floor)).shownAs(a[0])
	})
	function("CEILING.MATH", "n [n n]", func(c *Call, a []Value) Value {
		if x := a[0].Num; x < 0 && or(a, 2, 0) != 0 {
			return c.finite(multiple(x, math.Abs(or(a, 1, 1)), math.Floor))
		}
		return c.finite(multiple(a[0].Num, math.Abs(or(a, 1, 1)), math.Ceil))
	})
	function("FLOOR.MATH", "n [n n]", func(c *Call, a []Value) Value {
		if x := a[0].Num; x < 0 && or(a, 2, 0) != 0 {
			return c.finite(multiple(x, math.Abs(or(a, 1, 1)), math.Ceil))
		}
		return c.finite(multiple(a[0].Num, math.Abs(or(a, 1, 1)), math.Floor))
	})
	function("CEILING.PRECISE", "n [n]", func(c *Call, a []Value) Value {
		return c.finite(multiple(a[0].Num, math.Abs(or(a, 1, 1)), math.Ceil))
	})
	alias("ISO.CEILING", "CEILING.PRECISE")
	function("FLOOR.PRECISE", "n [n]", func(c *Call, a []Value) Value {
		return c.finite(multiple(a[0].Num, math.Abs(or(a, 1, 1)), math.Floor))
	})
	function("MOD", "n n", func(c *Call, a []Value) Value {
		x, y := a[0].Num, a[1].Num
		if y == 0 {
			return c.ZeroDivisor(2)
		}
		m := math.Mod(x, y)
		if m != 0 && (m < 0) != (y < 0) {
			m += y
		}
		return Number(m).Like(a[0])
	})
	function("QUOTIENT", "n n", func(c *Call, a []Value) Value {
		if a[1].Num == 0 {
			return c.ZeroDivisor(2)
		}
		return c.finite(math.Trunc(a[0].Num / a[1].Num))
	})
	function("ISEVEN", "n", func(_ *Call, a []Value) Value { return Bool(math.Mod(math.Trunc(a[0].Num), 2) == 0) })
	function("ISODD", "n", func(_ *Call, a []Value) Value { return Bool(math.Mod(math.Trunc(a[0].Num), 2) != 0) })

	function("FACT", "n", func(c *Call, a []Value) Value {
		if a[0].Num < 0 {
			return c.negative(1, a[0].Num)
		}
		return c.finite(numeric.Factorial(a[0].Num))
	})
	function("FACTDOUBLE", "n", func(c *Call, a []Value) Value {
		if a[0].Num < 0 {
			return c.negative(1, a[0].Num)
		}
		f := 1.0
		for n := math.Trunc(a[0].Num); n > 1 && !math.IsInf(f, 1); n -= 2 {
			f *= n
		}
		return c.finite(f)
	})
	function("COMBIN", "n n", func(c *Call, a []Value) Value {
		n, k := math.Trunc(a[0].Num), math.Trunc(a[1].Num)
		switch {
		case n < 0:
			return c.negative(1, n)
		case k < 0:
			return c.negative(2, k)
		case k > n:
			return c.above(2, k, 1, n)
		}
		return c.finite(numeric.Choose(n, k))
	})
	function("COMBINA", "n n", func(c *Call, a []Value) Value {
		n, k := math.Trunc(a[0].Num), math.Trunc(a[1].Num)
		if n < 0 || k < 0 {
			return c.Refuse(CodeNum, 1, "value is %s. It should be greater than or equal to 0.", c.plain(n))
		}
		if k == 0 {
			return Number(1)
		}
		return c.finite(numeric.Choose(n+k-1, k))
	})
	function("MULTINOMIAL", "a...", func(c *Call, a []Value) Value {
		sum, product, refused := 0.0, 1.0, Empty
		failed := c.Numbers(a, func(v Value) {
			n := math.Trunc(v.Num)
			if n < 0 {
				refused = c.negative(1, n)
				return
			}
			sum += n
			product *= numeric.Choose(sum, n)
		})
		switch {
		case failed.IsError():
			return failed
		case refused.IsError():
			return refused
		}
		return c.finite(product)
	})
	function("GCD", "a...", func(c *Call, a []Value) Value { return c.whole(a, 0, gcd) })
	function("LCM", "a...", func(c *Call, a []Value) Value {
		return c.whole(a, 1, func(x, y float64) float64 {
			if x == 0 || y == 0 {
				return 0
			}
			return x / gcd(x, y) * y
		})
	})

	function("BASE", "n n [n]", func(c *Call, a []Value) Value {
		n, base := math.Trunc(a[0].Num), int(a[1].Num)
		switch {
		case n < 0 || n >= 1<<53:
			return c.Refuse(CodeNum, 1, "value is %s. Valid values are between 0 and 9007199254740991 inclusive.", c.plain(n))
		case base < 2 || base > 36:
			return c.OutOfRange(2, a[1].Num, 2, 36)
		case or(a, 2, 0) < 0 || or(a, 2, 0) > 255:
			return c.OutOfRange(3, a[2].Num, 0, 255)
		}
		s := strings.ToUpper(strconv.FormatInt(int64(n), base))
		return Text(strings.Repeat("0", max(0, int(or(a, 2, 0))-len(s))) + s)
	})
	function("DECIMAL", "t n", func(c *Call, a []Value) Value {
		base := int(a[1].Num)
		if base < 2 || base > 36 {
			return c.OutOfRange(2, a[1].Num, 2, 36)
		}
		if a[0].Text == "" {
			return Number(0)
		}
		n, err := strconv.ParseUint(a[0].Text, base, 64)
		if err != nil {
			return c.Refuse(CodeNum, 1, "value is %s. It is not a number of base %d.", a[0].Text, base)
		}
		return Number(float64(n))
	})

	function("SUM", "a...", sum)
	function("SUMSQ", "a...", func(c *Call, a []Value) Value {
		total := 0.0
		failed := c.Numbers(a, func(v Value) { total += v.Num * v.Num })
		if failed.IsError() {
			return failed
		}
		return c.finite(total)
	})
	function("PRODUCT", "a...", func(c *Call, a []Value) Value {
		product, n := 1.0, 0
		failed := c.Numbers(a, func(v Value) { product *= v.Num; n++ })
		switch {
		case failed.IsError():
			return failed
		case n == 0:
			return Number(0)
		}
		return c.finite(product)
	})
	function("SERIESSUM", "n n n a", func(c *Call, a []Value) Value {
		x, n, m := a[0].Num, a[1].Num, a[2].Num
		total := 0.0
		failed := c.Numbers(a[3:], func(v Value) {
			total += v.Num * math.Pow(x, n)
			n += m
		})
		if failed.IsError() {
			return failed
		}
		return c.finite(total)
	})
	function("MUNIT", "n", func(c *Call, a []Value) Value {
		n := int(a[0].Num)
		if n < 1 || n > 1000 {
			return c.OutOfRange(1, a[0].Num, 1, 1000)
		}
		unit := NewArray(n, n)
		for i := range unit.Cells {
			unit.Cells[i] = Number(0)
		}
		for i := range n {
			unit.Set(i, i, Number(1))
		}
		return unit.Value()
	})

	function("RAND", "", func(c *Call, _ []Value) Value { return Number(c.Rand.Float64()) }).Volatile = true
	function("RANDBETWEEN", "n n", func(c *Call, a []Value) Value {
		low, high := math.Ceil(a[0].Num), math.Floor(a[1].Num)
		if low > high || high-low >= 1<<62 {
			return c.Refuse(CodeNum, 2, "value is %s. It should be greater than or equal to %s.", c.plain(a[1].Num), c.plain(a[0].Num))
		}
		return Number(low + float64(c.Rand.Int64N(int64(high-low)+1)))
	}).Volatile = true
	function("RANDARRAY", "[n n]", func(c *Call, a []Value) Value {
		rows, cols := math.Trunc(or(a, 0, 1)), math.Trunc(or(a, 1, 1))
		if rows < 1 || cols < 1 {
			return c.Refuse(CodeNum, 1, "value is %s. It should be greater than or equal to 1.", c.plain(rows))
		}
		if rows*cols > 5e6 {
			return errTooBig
		}
		out := NewArray(int(rows), int(cols))
		for i := range out.Cells {
			out.Cells[i] = Number(c.Rand.Float64())
		}
		return out.Value()
	}).Volatile = true

	function("SUBTOTAL", "n a...", subtotal)
}

// or is an argument's number, or what it is when left out.
func or(a []Value, i int, otherwise float64) float64 {
	if i < len(a) {
		return a[i].Num
	}
	return otherwise
}

// divideByZero is #DIV/0! that comes of the arguments together.
func (c *Call) divideByZero() Value {
	return Fail(CodeDiv, "Evaluation of function "+c.Func.Name+" caused a divide by zero error.")
}

// negative is #NUM! because the parameter (from 1) must not be below zero.
func (c *Call) negative(param int, x float64) Value {
	return c.Refuse(CodeNum, param, "value is %s. It should be greater than or equal to 0.", c.plain(x))
}

// positive holds that the parameters (from 1) are more than zero; else it is #NUM!.
func (c *Call) positive(a []Value, params ...int) (refused Value, ok bool) {
	for _, p := range params {
		if p <= len(a) && !(a[p-1].Num > 0) {
			return c.Refuse(CodeNum, p, "value is %s. It should be greater than 0.", c.plain(a[p-1].Num)), false
		}
	}
	return Empty, true
}

func (c *Call) root(x float64) Value {
	if x < 0 {
		return c.negative(1, x)
	}
	return Number(math.Sqrt(x))
}

func (c *Call) logarithm(x, base float64) Value {
	switch {
	case x <= 0:
		return c.Refuse(CodeNum, 1, "value is %s. It should be greater than 0.", c.plain(x))
	case base <= 0:
		return c.Refuse(CodeNum, 2, "value is %s. It should be greater than 0.", c.plain(base))
	case base == 1:
		return c.divideByZero()
	case base == 10:
		return Number(math.Log10(x))
	case base == 2:
		return Number(math.Log2(x))
	case base == math.E:
		return Number(math.Log(x))
	}
	return Number(math.Log(x) / math.Log(base))
}

func sum(c *Call, a []Value) Value {
	total, like := 0.0, Empty
	failed := c.Numbers(a, func(v Value) {
		total += v.Num
		if like.Hint == HintNone {
			like = v
		}
	})
	if failed.IsError() {
		return failed
	}
	return c.finite(total).shownAs(like)
}

// whole folds numbers that are not negative and cut to whole ones.
func (c *Call) whole(a []Value, start float64, f func(x, y float64) float64) Value {
	refused := Empty
	failed := c.Numbers(a, func(v Value) {
		if v.Num < 0 {
			refused = c.negative(1, v.Num)
		}
		start = f(start, math.Trunc(v.Num))
	})
	switch {
	case failed.IsError():
		return failed
	case refused.IsError():
		return refused
	}
	return c.finite(start)
}

func gcd(x, y float64) float64 {
	for y > 0 { // and not NaN, which the remainder of infinity is
		x, y = y, math.Mod(x, y)
	}
	return x
}

// places rounds a number to decimals, fewer than none being tens.
func places(a []Value, f func(x float64, n int) float64) Value {
	n := math.Max(-308, math.Min(308, math.Trunc(or(a, 1, 0))))
	return Number(f(a[0].Num, int(n))).Like(a[0])
}

func roundHalf(x float64, n int) float64 {
	return scaled(x, n, func(y float64) float64 { return math.Floor(y + 0.5) })
}

func roundUp(x float64, n int) float64 { return scaled(x, n, math.Ceil) }

func roundDown(x float64, n int) float64 { return scaled(x, n, math.Floor) }

// fifteen is a number with the fifteen digits that Sheets rounds by, so that 1.005 is what it is written as.
func fifteen(x float64) float64 {
	var buf [32]byte
	y, _ := strconv.ParseFloat(string(strconv.AppendFloat(buf[:0], x, 'e', 14, 64)), 64)
	return y
}

// scaled makes a number whole at a decimal place, without regard to its sign.
func scaled(x float64, n int, f func(float64) float64) float64 {
	y := math.Abs(x)
	if n >= 0 {
		y *= math.Pow10(n)
	} else {
		y /= math.Pow10(-n)
	}
	if y >= 1<<52 || math.IsNaN(y) {
		return x
	}
	if y = f(fifteen(y)); n >= 0 {
		y /= math.Pow10(n)
	} else {
		y *= math.Pow10(-n)
	}
	if y == 0 {
		return 0
	}
	return math.Copysign(y, x)
}

// multiple is the multiple of a factor that is next to x on one side.
func multiple(x, factor float64, side func(float64) float64) float64 {
	if factor == 0 {
		return 0
	}
	q := x / factor
	if r := math.Round(q); math.Abs(q-r) < 1e-13*math.Max(1, math.Abs(q)) {
		return r * factor
	}
	return side(q)*factor + 0
}

// Hider is a grid that knows which rows are not seen.
type Hider interface {
	// Hidden says if a row is hidden, and if it is a filter that hides it.
	Hidden(sheet, row int) (hidden, filtered bool)
}

// subtotal leaves out other subtotals, rows that a filter hides, and from 101 on all hidden rows.
//
// https://support.google.com/docs/answer/3093649
func subtotal(c *Call, a []Value) Value {
	code := int(a[0].Num)
	byHand := code > 100
	if byHand {
		code -= 100
	}
	names := [...]string{1: "AVERAGE", "COUNT", "COUNTA", "MAX", "MIN", "PRODUCT", "STDEV", "STDEVP", "SUM", "VAR", "VARP"}
	if code < 1 || code >= len(names) {
		return Fail(CodeValue, "Function SUBTOTAL parameter 1 value is "+c.plain(a[0].Num)+". It is not a function code.")
	}
	hider, _ := c.Grid.(Hider)
	var cells []Value
	for i, v := range a[1:] {
		if v.Kind != KindRef {
			return c.Refuse(CodeValue, i+2, "expects a range.")
		}
		r := v.Ref()
		c.Grid.Walk(r.Sheet, r.Area, func(row, col int, v Value) bool {
			if hider != nil {
				if hidden, filtered := hider.Hidden(r.Sheet, row); filtered || hidden && byHand {
					return true
				}
			}
			if f, ok := c.Grid.Formula(r.Sheet, row, col); ok && strings.Contains(upper(f), "SUBTOTAL(") {
				return true
			}
			cells = append(cells, v)
			return true
		})
	}
	return c.Run(functions[names[code]], []Value{Column(cells)})
}
