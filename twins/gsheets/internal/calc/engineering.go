package calc

import (
	"math"
	"math/bits"
	"math/cmplx"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/numeric"
)

// https://support.google.com/docs/table/25273 (Engineering)
func init() {
	// Numbers of other bases have ten digits, of which the first tells the sign: two's complement.
	type base struct {
		name  string
		radix int
		bits  uint
	}
	binary, octal, hex := base{"BIN", 2, 10}, base{"OCT", 8, 30}, base{"HEX", 16, 40}
	read := func(c *Call, b base, v Value) (int64, Value) {
		s := v.Text
		n, err := strconv.ParseInt(s, b.radix, 64)
		if s == "" {
			n, err = 0, nil
		}
		if err != nil || len(s) > 10 || n < 0 {
			return 0, c.Refuse(CodeNum, 1, "value is %s. It is not a valid number of base %d.", s, b.radix)
		}
		if n >= 1<<(b.bits-1) {
			n -= 1 << b.bits
		}
		return n, Empty
	}
	write := func(c *Call, b base, n int64, a []Value) Value {
		limit := int64(1) << (b.bits - 1)
		if n < -limit || n >= limit {
			return c.Refuse(CodeNum, 1, "value is %d. Valid values are between %d and %d inclusive.", n, -limit, limit-1)
		}
		if n < 0 {
			return Text(strings.ToUpper(strconv.FormatInt(n+1<<b.bits, b.radix)))
		}
		s := strings.ToUpper(strconv.FormatInt(n, b.radix))
		if len(a) > 1 {
			places := int(a[1].Num)
			if places < len(s) || places > 10 {
				return c.OutOfRange(2, a[1].Num, len(s), 10)
			}
			s = strings.Repeat("0", places-len(s)) + s
		}
		return Text(s)
	}
	for _, from := range []base{binary, octal, hex} {
		function(from.name+"2DEC", "t", func(c *Call, a []Value) Value {
			n, refused := read(c, from, a[0])
			if refused.IsError() {
				return refused
			}
			return Number(float64(n))
		})
		function("DEC2"+from.name, "n [n]", func(c *Call, a []Value) Value {
			x := math.Trunc(a[0].Num)
			if math.Abs(x) > 1<<40 {
				x = math.Copysign(1<<40, x)
			}
			return write(c, from, int64(x), a)
		})
		for _, to := range []base{binary, octal, hex} {
			if to != from {
				function(from.name+"2"+to.name, "t [n]", func(c *Call, a []Value) Value {
					n, refused := read(c, from, a[0])
					if refused.IsError() {
						return refused
					}
					return write(c, to, n, a)
				})
			}
		}
	}

	const most = 1<<48 - 1
	bitwise := func(name string, f func(x, y uint64) uint64) {
		function(name, "n n", func(c *Call, a []Value) Value {
			for i := range 2 {
				if x := a[i].Num; x < 0 || x > most || x != math.Trunc(x) {
					return c.OutOfRange(i+1, x, 0, most)
				}
			}
			return Number(float64(f(uint64(a[0].Num), uint64(a[1].Num))))
		})
	}
	bitwise("BITAND", func(x, y uint64) uint64 { return x & y })
	bitwise("BITOR", func(x, y uint64) uint64 { return x | y })
	bitwise("BITXOR", func(x, y uint64) uint64 { return x ^ y })
	shift := func(name string, direction float64) {
		function(name, "n n", func(c *Call, a []Value) Value {
			x, n := a[0].Num, math.Trunc(a[1].Num)*direction
			switch {
			case x < 0 || x > most || x != math.Trunc(x):
				return c.OutOfRange(1, x, 0, most)
			case math.Abs(n) > 53:
				return c.OutOfRange(2, a[1].Num, -53, 53)
			case n < 0:
				return Number(float64(uint64(x) >> uint(-n)))
			case bits.Len64(uint64(x))+int(n) > 48:
				return Fail(CodeNum, c.Func.Name+" evaluates to a number of more than 48 bits.")
			}
			return Number(float64(uint64(x) << uint(n)))
		})
	}
	shift("BITLSHIFT", 1)
	shift("BITRSHIFT", -1)

	function("DELTA", "n [n]", func(_ *Call, a []Value) Value { return Number(Bool(a[0].Num == or(a, 1, 0)).Num) })
	function("GESTEP", "n [n]", func(_ *Call, a []Value) Value { return Number(Bool(a[0].Num >= or(a, 1, 0)).Num) })
	function("ERF", "n [n]", func(_ *Call, a []Value) Value {
		if len(a) > 1 {
			return Number(math.Erf(a[1].Num) - math.Erf(a[0].Num))
		}
		return Number(math.Erf(a[0].Num))
	})
	function("ERF.PRECISE", "n", func(_ *Call, a []Value) Value { return Number(math.Erf(a[0].Num)) })

	function("COMPLEX", "n n [t]", func(c *Call, a []Value) Value {
		suffix := "i"
		if len(a) > 2 && a[2].Text != "" {
			suffix = a[2].Text
		}
		if suffix != "i" && suffix != "j" {
			return c.Refuse(CodeValue, 3, "value is %s. It should be \"i\" or \"j\".", suffix)
		}
		return c.complexText(complex(a[0].Num, a[1].Num), suffix[0])
	})
	// of is a function of one complex number.
	of := func(name string, f func(z complex128) complex128) {
		function(name, "v", func(c *Call, a []Value) Value {
			z, suffix, refused := c.complexOf(a[0], 1)
			if refused.IsError() {
				return refused
			}
			return c.complexText(f(z), suffix)
		})
	}
	part := func(name string, f func(z complex128) float64) {
		function(name, "v", func(c *Call, a []Value) Value {
			z, _, refused := c.complexOf(a[0], 1)
			if refused.IsError() {
				return refused
			}
			if z == 0 && name == "IMARGUMENT" {
				return c.divideByZero()
			}
			return c.finite(f(z))
		})
	}
	part("IMABS", cmplx.Abs)
	part("IMAGINARY", func(z complex128) float64 { return imag(z) })
	part("IMREAL", func(z complex128) float64 { return real(z) })
	part("IMARGUMENT", cmplx.Phase)
	of("IMCONJUGATE", cmplx.Conj)
	of("IMCOS", cmplx.Cos)
	of("IMCOSH", cmplx.Cosh)
	of("IMCOT", cmplx.Cot)
	of("IMCOTH", func(z complex128) complex128 { return 1 / cmplx.Tanh(z) })
	of("IMCSC", func(z complex128) complex128 { return 1 / cmplx.Sin(z) })
	of("IMCSCH", func(z complex128) complex128 { return 1 / cmplx.Sinh(z) })
	of("IMEXP", cmplx.Exp)
	of("IMLN", cmplx.Log)
	of("IMLOG10", cmplx.Log10)
	of("IMLOG2", func(z complex128) complex128 { return cmplx.Log(z) / math.Ln2 })
	of("IMSEC", func(z complex128) complex128 { return 1 / cmplx.Cos(z) })
	of("IMSECH", func(z complex128) complex128 { return 1 / cmplx.Cosh(z) })
	of("IMSIN", cmplx.Sin)
	of("IMSINH", cmplx.Sinh)
	of("IMSQRT", cmplx.Sqrt)
	of("IMTAN", cmplx.Tan)
	of("IMTANH", cmplx.Tanh)
	function("IMLOG", "v n", func(c *Call, a []Value) Value {
		z, suffix, refused := c.complexOf(a[0], 1)
		if refused.IsError() {
			return refused
		}
		if refused, ok := c.positive(a, 2); !ok {
			return refused
		}
		return c.complexText(cmplx.Log(z)/complex(math.Log(a[1].Num), 0), suffix)
	})
	function("IMPOWER", "v n", func(c *Call, a []Value) Value {
		z, suffix, refused := c.complexOf(a[0], 1)
		if refused.IsError() {
			return refused
		}
		n := a[1].Num
		if n == math.Trunc(n) && n >= 0 && n <= 64 {
			p := complex(1, 0)
			for range int(n) {
				p *= z
			}
			return c.complexText(p, suffix)
		}
		return c.complexText(cmplx.Pow(z, complex(n, 0)), suffix)
	})
	two := func(name string, f func(x, y complex128) complex128) {
		function(name, "v v", func(c *Call, a []Value) Value {
			x, s, refused := c.complexOf(a[0], 1)
			if refused.IsError() {
				return refused
			}
			y, t, refused := c.complexOf(a[1], 2)
			if refused.IsError() {
				return refused
			}
			if s != 0 && t != 0 && s != t {
				return Fail(CodeValue, "Parameters of "+c.Func.Name+" must have the same suffix.")
			}
			return c.complexText(f(x, y), max(s, t))
		})
	}
	two("IMSUB", func(x, y complex128) complex128 { return x - y })
	two("IMDIV", func(x, y complex128) complex128 { return x / y })
	fold := func(name string, start complex128, f func(x, y complex128) complex128) {
		function(name, "a...", func(c *Call, a []Value) Value {
			total, suffix, failed := start, byte(0), Empty
			for i, v := range a {
				c.Walk(v, func(_, _ int, v Value) bool {
					z, s, refused := c.complexOf(v, i+1)
					if failed = refused; failed.IsError() {
						return false
					}
					if s != 0 && suffix != 0 && s != suffix {
						failed = Fail(CodeValue, "Parameters of "+c.Func.Name+" must have the same suffix.")
						return false
					}
					suffix = max(suffix, s)
					total = f(total, z)
					return true
				})
				if failed.IsError() {
					return failed
				}
			}
			return c.complexText(total, suffix)
		})
	}
	fold("IMSUM", 0, func(x, y complex128) complex128 { return x + y })
	fold("IMPRODUCT", 1, func(x, y complex128) complex128 { return x * y })
}

// complexOf reads a complex number, which is a number or a text.
func (c *Call) complexOf(v Value, param int) (z complex128, suffix byte, refused Value) {
	switch v.Kind {
	case KindNumber:
		return complex(v.Num, 0), 0, Empty
	case KindEmpty:
		return 0, 0, Empty
	case KindError:
		return 0, 0, v
	}
	z, suffix, ok := numeric.ParseComplex(c.TextOf(v))
	if !ok {
		return 0, 0, c.Refuse(CodeNum, param, "value is '%s'. It is not a complex number.", c.TextOf(v))
	}
	return z, suffix, Empty
}

// complexText writes a complex number, with i unless its parts had a j.
func (c *Call) complexText(z complex128, suffix byte) Value {
	re, im := real(z), imag(z)
	if math.IsNaN(re) || math.IsNaN(im) || math.IsInf(re, 0) || math.IsInf(im, 0) {
		return c.finite(math.NaN())
	}
	if suffix == 0 {
		suffix = 'i'
	}
	s := ""
	if re != 0 || im == 0 {
		s = numberText(re+0, '.')
	}
	switch {
	case im == 0:
		return Text(s)
	case im == 1:
		return Text(strings.TrimPrefix(s+"+", "+") + string(suffix))
	case im == -1:
		return Text(s + "-" + string(suffix))
	case im > 0 && s != "":
		s += "+"
	}
	return Text(s + numberText(im, '.') + string(suffix))
}
