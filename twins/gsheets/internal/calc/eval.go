package calc

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// Setting is what formulas may know beyond the cells.
type Setting struct {
	Locale *format.Locale
	Now    time.Time // in the spreadsheet's time zone
	Seed   uint64    // what chance is made of, another for every calculation

	// Iterations is how often a circle of formulas is computed, 0 if circles are errors; it ends when no value changes by more than Threshold.
	Iterations int
	Threshold  float64

	// Import gives IMPORTRANGE its cells; nil refuses it.
	Import func(spreadsheet, cells string) Value
	// Pivot gives GETPIVOTDATA a value of the pivot table at a cell; nil refuses it.
	Pivot func(value string, table Ref, filters [][2]Value) Value
}

// Syntax is how the locale writes formulas.
func (s *Setting) Syntax() formula.Syntax {
	if s.Locale.Decimal == ',' {
		return formula.Comma
	}
	return formula.Point
}

// Position is the place of a cell.
type Position struct{ Sheet, Row, Col int }

// Call is what a function can know and do: the settings, the cells, and the formula that calls it.
type Call struct {
	*Setting
	Grid Grid
	At   Position // of the formula
	Func *Func    // the function that runs
	Rand *rand.Rand

	source rand.PCG
	arrays bool   // within ARRAYFORMULA
	scope  *scope // the names of LET and LAMBDA
	depth  int
	calls  int // of functions and lambdas that the formula made so far
	work   int // values that it went through

	found   []Ref // what the formula found out that it reads
	lookups lookups
}

// A formula has limits: how deep lambdas can call each other, how many calls it can make, and how many values it can go through; the last
// is the twin's own.
const (
	maxDepth = 10_000
	maxCalls = 2_000_000
	maxWork  = 100_000_000
)

// Evaluate computes a formula that stands at a cell, apart from any book. Its value is never a reference.
func Evaluate(x formula.Expr, g Grid, s *Setting, at Position) Value {
	c := newCall(g, s)
	bind(x, g, at.Sheet)
	return c.run(x, at)
}

func newCall(g Grid, s *Setting) *Call {
	c := &Call{Setting: s, Grid: g}
	c.Rand = rand.New(&c.source)
	return c
}

// run computes the formula of a cell. However often it runs in one calculation, and after whatever others, its chance is the same.
func (c *Call) run(x formula.Expr, at Position) Value {
	c.source.Seed(c.Seed, uint64(at.Sheet)<<48^uint64(at.Row)<<24^uint64(at.Col))
	c.At, c.Func, c.arrays, c.scope, c.depth, c.calls, c.work, c.found = at, nil, false, nil, 0, 0, 0, c.found[:0]
	return c.result(x)
}

// result computes a whole formula: a cell's value, or an array that spills.
func (c *Call) result(x formula.Expr) Value {
	v := c.eval(x)
	switch v.Kind {
	case KindRef:
		if r := v.Ref(); r.Area.Rows() == 1 && r.Area.Cols() == 1 {
			return c.Cell(r.Sheet, r.Area.Row0, r.Area.Col0)
		}
		switch x.(type) {
		case *formula.Reference, formula.Name, *formula.Binary, *formula.Table:
			return c.Scalar(v)
		}
		return c.Array(v).Value()
	case KindLambda:
		return errLambda
	case KindArray:
		a := v.array()
		if len(a.Cells) == 0 {
			return errNoRef
		}
		if len(a.Cells) == 1 {
			return a.Cells[0]
		}
	}
	return v
}

// eval computes an expression; its value can be a reference.
func (c *Call) eval(x formula.Expr) Value {
	switch x := x.(type) {
	case formula.Number:
		return Number(float64(x))
	case formula.Text:
		return Text(string(x))
	case formula.Bool:
		return Bool(bool(x))
	case formula.Error:
		return writtenError(string(x))
	case *formula.Reference:
		return c.reference(x)
	case formula.Name:
		return c.named(string(x))
	case *formula.Table:
		return c.table(x)
	case *formula.Unary:
		return c.unary(x)
	case *formula.Binary:
		return c.binary(x)
	case *formula.Call:
		return c.call(x)
	case *formula.Invoke:
		f := c.eval(x.Func)
		if f.Kind != KindLambda {
			if f.IsError() {
				return f
			}
			return errParse
		}
		return c.Apply(f, c.each(x.Args)...)
	case formula.Array:
		return c.literal(x)
	}
	return Empty
}

func (c *Call) each(xs []formula.Expr) []Value {
	vs := make([]Value, len(xs))
	for i, x := range xs {
		vs[i] = c.eval(x)
	}
	return vs
}

// writtenError is an error that stands in a formula.
func writtenError(s string) Value {
	for code := CodeNull; code <= CodeError; code++ {
		if code.String() == s {
			if code == CodeRef {
				return errNoRef
			}
			return Fail(code, "")
		}
	}
	return errParse
}

// reference is a reference's value; bind has found its sheet.
func (c *Call) reference(x *formula.Reference) Value {
	if x.Bound < 0 {
		return errUnknownSheet(x.Sheet)
	}
	rows, cols := c.Grid.Size(x.Bound)
	if x.Area.Row0 >= rows || x.Area.Col0 >= cols {
		return errNoRef
	}
	return Reference(Ref{x.Bound, x.Area.Clip(rows, cols)})
}

// named is the value of a name: of LET or LAMBDA, else of a named range.
func (c *Call) named(name string) Value {
	for s := c.scope; s != nil; s = s.outer {
		if sameName(s.name, name) {
			return s.value
		}
	}
	if r, ok := c.Grid.Name(name); ok {
		rows, cols := c.Grid.Size(r.Sheet)
		return Reference(Ref{r.Sheet, r.Area.Clip(rows, cols)})
	}
	if name[0] == '\'' || strings.Contains(name, "!") { // no named range is called so
		return errParse
	}
	return errUnknownName(name)
}

func (c *Call) table(x *formula.Table) Value {
	if r, ok := c.Grid.Table(x.Name, x.Column, c.At); ok {
		return Reference(r)
	}
	return errUnknownName(x.Name)
}

// call is a function's value.
func (c *Call) call(x *formula.Call) Value {
	f, _ := x.Bound.(*Func)
	if f == nil {
		for s := c.scope; s != nil; s = s.outer {
			if s.value.Kind == KindLambda && sameName(s.name, x.Typed) {
				return c.Apply(s.value, c.each(x.Args)...)
			}
		}
		return errUnknownFunction(x.Typed)
	}
	if !f.accepts(len(x.Args)) {
		return errCount(f, len(x.Args))
	}
	if c.calls++; c.calls > maxCalls {
		return errLimit
	}
	outer, arrays := c.Func, c.arrays
	c.arrays = arrays || f.Arrays
	var v Value
	if f.Special != nil {
		c.Func = f
		v = f.Special(c, x.Args)
	} else {
		a := make([]Value, len(x.Args))
		for i, arg := range x.Args {
			a[i] = c.eval(arg)
		}
		v = c.Run(f, a)
	}
	c.Func, c.arrays = outer, arrays
	return v
}

// Run calls a function with arguments that are computed: it makes of each what its parameter is, and calls once for every element where
// arrays stand for scalars.
func (c *Call) Run(f *Func, a []Value) Value {
	outer := c.Func
	c.Func = f
	defer func() { c.Func = outer }()
	rows, cols, lift := 1, 1, false
	for i := range a {
		param := f.param(i)
		if a[i].Kind == KindLambda && param != 'f' {
			a[i] = errLambda
		}
		switch param {
		case 'n', 't', 'b', 'v', 'e':
			a[i] = c.Scalar(a[i])
			if a[i].Kind == KindArray {
				m := a[i].array()
				if lift = true; !broadcast(&rows, m.Rows) || !broadcast(&cols, m.Cols) {
					return c.badSize()
				}
			}
		case 'r':
			if a[i].Kind == KindError {
				return a[i]
			}
			if a[i].Kind != KindRef {
				return Fail(CodeNA, "Argument must be a range.")
			}
		case 'f':
			if a[i].Kind == KindError {
				return a[i]
			}
			if a[i].Kind != KindLambda {
				return Fail(CodeValue, "Argument must be a lambda.")
			}
		}
	}
	if !lift {
		return c.once(f, a)
	}
	out := NewArray(rows, cols)
	one := make([]Value, len(a))
	var grown []Value // results that are arrays themselves, as of SPLIT over a column
	for i := range out.Cells {
		for j := range a {
			if one[j] = a[j]; a[j].Kind == KindArray && scalarParam(f.param(j)) {
				one[j] = a[j].array().spread(i/cols, i%cols)
			}
		}
		v := c.once(f, one)
		if v.Kind == KindArray || v.Kind == KindRef {
			if grown == nil {
				grown = make([]Value, len(out.Cells))
			}
			grown[i] = v
			v = c.Array(v).At(0, 0)
		}
		out.Cells[i] = v
	}
	if grown != nil && cols == 1 {
		return c.stacked(out, grown)
	}
	return out.Value()
}

// stacked joins the rows that a function gave for each element of a column.
func (c *Call) stacked(out *Array, grown []Value) Value {
	width := 1
	for _, v := range grown {
		if v.Kind != KindEmpty {
			width = max(width, c.Array(v).Cols)
		}
	}
	all := NewArray(out.Rows, width)
	for i, v := range grown {
		if v.Kind == KindEmpty {
			all.Set(i, 0, out.Cells[i])
			continue
		}
		copy(all.Row(i), c.Array(v).Row(0))
	}
	return all.Value()
}

func scalarParam(k byte) bool { return k == 'n' || k == 't' || k == 'b' || k == 'v' || k == 'e' }

// broadcast widens a size to that of another operand; a size of one fits every other.
func broadcast(size *int, n int) bool {
	if *size == 1 {
		*size = n
	}
	return n == *size || n == 1
}

// spread is the element at a place of an array that is repeated along a side of one.
func (a *Array) spread(row, col int) Value {
	if a.Rows == 1 {
		row = 0
	}
	if a.Cols == 1 {
		col = 0
	}
	return a.At(row, col)
}

// within is spread for a place that the array may not have.
func (a *Array) within(row, col int) Value {
	if a.Rows > 1 && row >= a.Rows || a.Cols > 1 && col >= a.Cols {
		return Fail(CodeNA, "")
	}
	return a.spread(row, col)
}

// once calls a function whose arguments are no longer arrays where it needs scalars.
func (c *Call) once(f *Func, a []Value) Value {
	if c.work++; c.work > maxWork {
		return errLimit
	}
	if f.Dynamic {
		v := f.Run(c, a)
		c.reads(v)
		return v
	}
	if !f.lifts {
		return c.checked(f.Run(c, a))
	}
	for i := range a {
		switch f.param(i) {
		case 'n':
			a[i] = c.NumberOf(a[i], i+1)
		case 't':
			a[i] = c.textOf(a[i])
		case 'b':
			a[i] = c.BoolOf(a[i], i+1)
		case 'v':
		default:
			continue
		}
		if a[i].Kind == KindError {
			return a[i]
		}
	}
	return c.checked(f.Run(c, a))
}

// reads notes that the formula found a reference.
func (c *Call) reads(v Value) {
	if v.Kind == KindRef {
		if r := v.Ref(); !slices.Contains(c.found, r) {
			c.found = append(c.found, r)
		}
	}
}

// checked is what a function gave, or #NUM! for a number that no cell can hold.
func (c *Call) checked(v Value) Value {
	if v.Kind == KindNumber && v.Num-v.Num != 0 {
		return c.finite(v.Num)
	}
	return v
}

// Apply calls a lambda.
func (c *Call) Apply(lambda Value, args ...Value) Value {
	l := lambda.more.(*Lambda)
	if len(args) != len(l.params) {
		return Fail(CodeNA, "Wrong number of arguments to LAMBDA. Expected "+itoa(len(l.params))+" arguments, but got "+itoa(len(args))+" arguments.")
	}
	if c.calls++; c.depth >= maxDepth || c.calls > maxCalls {
		return errLimit
	}
	c.depth++
	outer := c.scope
	c.scope = l.scope
	for i, name := range l.params {
		c.scope = &scope{name, args[i], c.scope}
	}
	v := c.eval(l.body)
	c.scope = outer
	c.depth--
	return v
}

// literal is {…}: rows of values and blocks, joined side by side and one under the other.
func (c *Call) literal(rows formula.Array) Value {
	var out *Array
	for _, row := range rows {
		var line *Array
		for i, x := range row {
			v := c.eval(x)
			if v.Kind == KindLambda {
				return errParse
			}
			a := c.Array(v)
			if line == nil {
				line = a
				continue
			}
			if a.Rows != line.Rows {
				return Fail(CodeValue, "Function ARRAY_ROW parameter "+itoa(i+1)+" has mismatched row size. Expected: "+itoa(line.Rows)+". Actual: "+itoa(a.Rows)+".")
			}
			line = beside(line, a)
		}
		switch {
		case line == nil:
		case out == nil:
			out = line
		case out.Cols != line.Cols:
			return errArrayRows
		default:
			out = &Array{out.Rows + line.Rows, out.Cols, append(out.Cells[:len(out.Cells):len(out.Cells)], line.Cells...)}
		}
	}
	if out == nil {
		return errNoRef
	}
	return out.Value()
}

// beside puts b to the right of a; they are equally high.
func beside(a, b *Array) *Array {
	out := &Array{a.Rows, a.Cols + b.Cols, make([]Value, 0, len(a.Cells)+len(b.Cells))}
	for i := range a.Rows {
		out.Cells = append(append(out.Cells, a.Row(i)...), b.Row(i)...)
	}
	return out
}

// bind finds the functions and sheets that a formula names.
func bind(x formula.Expr, g Grid, home int) {
	formula.Walk(x, func(x formula.Expr) {
		switch x := x.(type) {
		case *formula.Call:
			if f := functions[x.Name]; f != nil {
				x.Bound = f
			}
		case *formula.Reference:
			if x.Bound = home; x.HasSheet {
				if id, ok := g.Sheet(x.Sheet); ok {
					x.Bound = id
				} else {
					x.Bound = -1
				}
			}
		}
	})
}
