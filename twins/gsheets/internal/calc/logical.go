package calc

import "twinset.dev/twins/gsheets/internal/formula"

// https://support.google.com/docs/table/25273 (Logical)
func init() {
	special("IF", "x x [x]", ifFunction)
	special("IFS", "(x x)...", ifs)
	special("IFERROR", "x [x]", func(c *Call, args []formula.Expr) Value { return c.instead(args, Value.IsError) })
	special("IFNA", "x [x]", func(c *Call, args []formula.Expr) Value {
		return c.instead(args, func(v Value) bool { return v.IsError() && v.Code == CodeNA })
	})
	special("SWITCH", "x x x [x...]", switchFunction)
	special("LET", "x x x [x...]", let)
	special("LAMBDA", "x [x...]", lambda)
	function("TRUE", "", func(*Call, []Value) Value { return Bool(true) })
	function("FALSE", "", func(*Call, []Value) Value { return Bool(false) })
	function("NOT", "b", func(_ *Call, a []Value) Value { return Bool(a[0].Num == 0) })
	function("AND", "a...", func(c *Call, a []Value) Value {
		return c.truths(a, func(yes, no int) bool { return no == 0 })
	})
	function("OR", "a...", func(c *Call, a []Value) Value {
		return c.truths(a, func(yes, no int) bool { return yes > 0 })
	})
	function("XOR", "a...", func(c *Call, a []Value) Value {
		return c.truths(a, func(yes, no int) bool { return yes%2 == 1 })
	})
	special("MAP", "x x [x...]", mapFunction)
	function("REDUCE", "a a f", func(c *Call, a []Value) Value {
		v := a[0]
		c.eachElement(a[1], func(x Value) { v = c.Apply(a[2], v, x) })
		return v
	})
	function("SCAN", "a a f", func(c *Call, a []Value) Value {
		v := a[0]
		rows, cols := c.Size(a[1])
		out := &Array{rows, cols, make([]Value, 0, rows*cols)}
		c.eachElement(a[1], func(x Value) {
			v = c.Scalar(c.Apply(a[2], v, x))
			out.Cells = append(out.Cells, v)
		})
		return out.Value()
	})
	function("BYROW", "a f", func(c *Call, a []Value) Value {
		rows, cols := c.Size(a[0])
		return c.joined(rows, Rows, func(i int) Value { return c.Apply(a[1], c.part(a[0], area(i, 0, i+1, cols))) })
	})
	function("BYCOL", "a f", func(c *Call, a []Value) Value {
		rows, cols := c.Size(a[0])
		return c.joined(cols, Cols, func(i int) Value { return c.Apply(a[1], c.part(a[0], area(0, i, rows, i+1))) })
	})
	function("MAKEARRAY", "n n f", func(c *Call, a []Value) Value {
		rows, cols := int(a[0].Num), int(a[1].Num)
		for i, n := range []int{rows, cols} {
			if n < 1 {
				return c.Refuse(CodeNum, i+1, "value is %d. It should be greater than or equal to 1.", n)
			}
		}
		if rows*cols > maxCells {
			return errTooBig
		}
		out := NewArray(rows, cols)
		for i := range out.Cells {
			out.Cells[i] = c.Scalar(c.Apply(a[2], Number(float64(i/cols+1)), Number(float64(i%cols+1))))
		}
		return out.Value()
	})
}

// maxCells is how many cells one formula can fill.
const maxCells = 10_000_000

// ifFunction computes only the branch that it takes; over an array of conditions it takes each value from the branch it belongs to.
func ifFunction(c *Call, args []formula.Expr) Value {
	test := c.Scalar(c.eval(args[0]))
	branch := func(i int) Value {
		if i < len(args) {
			return c.eval(args[i])
		}
		return Bool(false)
	}
	if test.Kind == KindArray {
		return c.pick(test, branch(1), branch(2))
	}
	switch b := c.boolAs("IF", test, 1); {
	case b.IsError():
		return b
	case b.Num != 0:
		return branch(1)
	}
	return branch(2)
}

// pick takes each element from one of two values by an array of truths.
func (c *Call) pick(test, yes, no Value) Value { return c.Run(picker, []Value{test, yes, no}) }

var picker = &Func{Name: "IF", fixed: []byte("eee"), lifts: true, Run: func(c *Call, a []Value) Value {
	b := c.BoolOf(a[0], 1)
	switch {
	case b.IsError():
		return b
	case b.Num != 0:
		return a[1]
	}
	return a[2]
}}

// boolAs is BoolOf for a function whose arguments may have run others in between.
func (c *Call) boolAs(name string, v Value, param int) Value {
	c.Func = functions[name]
	return c.BoolOf(v, param)
}

func ifs(c *Call, args []formula.Expr) Value {
	for i := 0; i < len(args); i += 2 {
		test := c.Scalar(c.eval(args[i]))
		if test.Kind == KindArray {
			rest := Fail(CodeNA, "No match.")
			if i+2 < len(args) {
				rest = ifs(c, args[i+2:])
			}
			return c.pick(test, c.eval(args[i+1]), rest)
		}
		switch b := c.boolAs("IFS", test, i+1); {
		case b.IsError():
			return b
		case b.Num != 0:
			return c.eval(args[i+1])
		}
	}
	return Fail(CodeNA, "No match.")
}

// instead is the first argument, or the second where the first is an error of the kind.
func (c *Call) instead(args []formula.Expr, bad func(Value) bool) Value {
	other := func() Value {
		if len(args) > 1 {
			return c.eval(args[1])
		}
		return Empty
	}
	v := c.eval(args[0])
	if v.Kind == KindRef {
		v = c.Scalar(v)
	}
	if v.Kind != KindArray {
		if bad(v) {
			return other()
		}
		return v
	}
	var otherwise *Array
	out := v.array()
	for i, e := range out.Cells {
		if !bad(e) {
			continue
		}
		if otherwise == nil {
			otherwise = c.Array(other())
			out = &Array{out.Rows, out.Cols, append([]Value(nil), out.Cells...)}
		}
		out.Cells[i] = otherwise.within(i/out.Cols, i%out.Cols)
	}
	return out.Value()
}

func switchFunction(c *Call, args []formula.Expr) Value {
	v := c.Scalar(c.eval(args[0]))
	if v.IsError() {
		return v
	}
	if v.Kind == KindArray {
		one := append([]formula.Expr(nil), args...)
		in := v.array()
		out := NewArray(in.Rows, in.Cols)
		outer := c.scope
		for i, e := range in.Cells {
			c.scope = &scope{" ", e, outer} // a name that no formula can write
			one[0] = formula.Name(" ")
			out.Cells[i] = c.Array(switchFunction(c, one)).within(i/in.Cols, i%in.Cols)
		}
		c.scope = outer
		return out.Value()
	}
	i := 1
	for ; i+1 < len(args); i += 2 {
		w := c.Scalar(c.eval(args[i]))
		if w.IsError() {
			return w
		}
		if Compare(v, w) == 0 {
			return c.eval(args[i+1])
		}
	}
	if i < len(args) {
		return c.eval(args[i])
	}
	return Fail(CodeNA, "No match for SWITCH expression.")
}

// let gives names to values, one after the other, for the last argument.
func let(c *Call, args []formula.Expr) Value {
	if len(args)%2 == 0 {
		return Fail(CodeNA, "Wrong number of arguments to LET. Expected an odd number of arguments, but got "+itoa(len(args))+" arguments.")
	}
	outer := c.scope
	defer func() { c.scope = outer }()
	for i := 0; i+1 < len(args); i += 2 {
		name, ok := args[i].(formula.Name)
		if !ok {
			return Fail(CodeName, "Argument "+itoa(i+1)+" of LET must be a name.")
		}
		c.scope = &scope{string(name), c.eval(args[i+1]), c.scope}
	}
	return c.eval(args[len(args)-1])
}

func lambda(c *Call, args []formula.Expr) Value {
	l := &Lambda{body: args[len(args)-1], scope: c.scope}
	for i, x := range args[:len(args)-1] {
		name, ok := x.(formula.Name)
		if !ok {
			return Fail(CodeName, "Argument "+itoa(i+1)+" of LAMBDA must be a name.")
		}
		l.params = append(l.params, string(name))
	}
	return Value{Kind: KindLambda, more: l}
}

// mapFunction calls its last argument with the elements of the others that stand in the same place.
func mapFunction(c *Call, args []formula.Expr) Value {
	a := c.each(args)
	f := a[len(a)-1]
	a = a[:len(a)-1]
	if f.Kind != KindLambda {
		return Fail(CodeValue, "Argument must be a lambda.")
	}
	rows, cols := c.Size(a[0])
	for _, v := range a {
		if r, k := c.Size(v); r != rows || k != cols {
			c.Func = functions["MAP"]
			return c.badSize()
		}
	}
	call := func(row, col int) Value {
		one := make([]Value, len(a))
		for i, v := range a {
			one[i] = c.part(v, area(row, col, row+1, col+1))
		}
		return c.Apply(f, one...)
	}
	if cols == 1 {
		return c.joined(rows, Rows, func(i int) Value { return call(i, 0) })
	}
	out := NewArray(rows, cols)
	for i := range out.Cells {
		out.Cells[i] = c.Scalar(call(i/cols, i%cols))
	}
	return out.Value()
}

// part is a block of a value: of a reference again a reference.
func (c *Call) part(v Value, a Area) Value {
	if v.Kind == KindRef {
		r := v.Ref()
		r.Area = area(r.Area.Row0+a.Row0, r.Area.Col0+a.Col0, r.Area.Row0+a.Row1, r.Area.Col0+a.Col1)
		return Reference(r)
	}
	in := c.Array(v)
	if a.Rows() == 1 && a.Cols() == 1 {
		return in.At(a.Row0, a.Col0)
	}
	out := NewArray(a.Rows(), a.Cols())
	for i := range out.Rows {
		copy(out.Row(i), in.Row(a.Row0 + i)[a.Col0:a.Col1])
	}
	return out.Value()
}

// eachElement gives every element of a value, row by row, empty ones too; a reference's as references.
func (c *Call) eachElement(v Value, yield func(Value)) {
	rows, cols := c.Size(v)
	for i := range rows * cols {
		yield(c.part(v, area(i/cols, i%cols, i/cols+1, i%cols+1)))
	}
}

// joined puts n results under one another, or beside one another.
func (c *Call) joined(n int, axis formula.Axis, result func(i int) Value) Value {
	lines := make([]*Array, n)
	width := 1
	for i := range lines {
		lines[i] = c.Array(result(i))
		across, along := lines[i].Cols, lines[i].Rows
		if axis == Cols {
			across, along = along, across
		}
		if along != 1 {
			return Fail(CodeValue, "Result should be a single "+[...]string{"row", "column"}[axis]+".")
		}
		width = max(width, across)
	}
	rows, cols := n, width
	if axis == Cols {
		rows, cols = width, n
	}
	out := NewArray(rows, cols)
	for i, line := range lines {
		for j, v := range line.Cells {
			if axis == Rows {
				out.Set(i, j, v)
			} else {
				out.Set(j, i, v)
			}
		}
	}
	return out.Value()
}

const (
	Rows = formula.Rows
	Cols = formula.Cols
)

// truths counts what is true and what is not; texts in ranges are passed over, and without any truth value there is nothing to say.
func (c *Call) truths(a []Value, holds func(yes, no int) bool) Value {
	yes, no := 0, 0
	failed := Empty
	count := func(v Value) {
		if v.Num != 0 {
			yes++
		} else {
			no++
		}
	}
	for i, v := range a {
		if v.Kind != KindRef && v.Kind != KindArray {
			b := c.BoolOf(v, i+1)
			if b.IsError() {
				return b
			}
			count(b)
			continue
		}
		c.Walk(v, func(_, _ int, v Value) bool {
			switch v.Kind {
			case KindError:
				failed = v
				return false
			case KindBool, KindNumber:
				count(v)
			}
			return true
		})
		if failed.IsError() {
			return failed
		}
	}
	if yes+no == 0 {
		return Fail(CodeValue, c.Func.Name+" has no valid input data.")
	}
	return Bool(holds(yes, no))
}
