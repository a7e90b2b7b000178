package calc

import (
	"math"
	"slices"

	"twinset.dev/twins/gsheets/internal/formula"
)

// https://support.google.com/docs/table/25273 (Array)
func init() {
	function("ARRAYFORMULA", "a", func(c *Call, a []Value) Value { return c.whole2D(a[0]) }).Arrays = true
	function("ARRAY_CONSTRAIN", "a n n", func(c *Call, a []Value) Value {
		rows, cols := c.Size(a[0])
		rows, cols = min(rows, int(a[1].Num)), min(cols, int(a[2].Num))
		if rows < 1 || cols < 1 {
			return c.Refuse(CodeValue, 2, "value is %s. It should be greater than or equal to 1.", c.plain(min(a[1].Num, a[2].Num)))
		}
		return c.whole2D(c.part(a[0], area(0, 0, rows, cols)))
	})
	function("TRANSPOSE", "a", func(c *Call, a []Value) Value {
		in := c.Array(a[0])
		return in.transposed().Value()
	})
	function("FLATTEN", "a...", func(c *Call, a []Value) Value {
		var cells []Value
		for _, v := range a {
			cells = append(cells, c.Array(v).Cells...)
		}
		return Column(cells)
	})
	function("SEQUENCE", "n [n] [n] [n]", func(c *Call, a []Value) Value {
		rows, cols := int(a[0].Num), int(or(a, 1, 1))
		for i, n := range [2]int{rows, cols} {
			if n < 1 {
				return c.Refuse(CodeNum, i+1, "value is %d. It should be greater than or equal to 1.", n)
			}
		}
		if rows > maxCells/cols {
			return errTooBig
		}
		start, step := or(a, 2, 1), or(a, 3, 1)
		out := NewArray(rows, cols)
		for i := range out.Cells {
			out.Cells[i] = Number(start + step*float64(i))
			if len(a) > 2 {
				out.Cells[i] = out.Cells[i].Like(a[2])
			}
		}
		return out.Value()
	})
	function("CHOOSECOLS", "a a...", func(c *Call, a []Value) Value { return c.chosen(a, Cols) })
	function("CHOOSEROWS", "a a...", func(c *Call, a []Value) Value { return c.chosen(a, Rows) })
	function("HSTACK", "a...", func(c *Call, a []Value) Value { return c.stack(a, Cols) })
	function("VSTACK", "a...", func(c *Call, a []Value) Value { return c.stack(a, Rows) })
	function("TOCOL", "a [n] [b]", func(c *Call, a []Value) Value { return c.inOneLine(a, Column) })
	function("TOROW", "a [n] [b]", func(c *Call, a []Value) Value { return c.inOneLine(a, Row) })
	function("WRAPROWS", "a n [e]", func(c *Call, a []Value) Value { return c.wrapped(a, Rows) })
	function("WRAPCOLS", "a n [e]", func(c *Call, a []Value) Value { return c.wrapped(a, Cols) })
	function("TAKE", "a n [n]", func(c *Call, a []Value) Value {
		return c.ends(a, func(n, count int) (int, int) {
			if count >= 0 {
				return 0, min(n, count)
			}
			return max(0, n+count), n
		})
	})
	function("DROP", "a n [n]", func(c *Call, a []Value) Value {
		return c.ends(a, func(n, count int) (int, int) {
			if count >= 0 {
				return min(n, count), n
			}
			return 0, max(0, n+count)
		})
	})
	function("EXPAND", "a n [n] [e]", func(c *Call, a []Value) Value {
		in := c.Array(a[0])
		rows, cols := max(in.Rows, int(a[1].Num)), max(in.Cols, int(or(a, 2, 0)))
		if rows > maxCells/cols {
			return errTooBig
		}
		return in.padded(rows, cols, c.padding(a, 3)).Value()
	})
	function("SUMPRODUCT", "a...", sumProduct).Arrays = true
	function("SUMX2MY2", "a a", func(c *Call, a []Value) Value {
		return c.overPairs(a, func(x, y float64) float64 { return x*x - y*y })
	})
	function("SUMX2PY2", "a a", func(c *Call, a []Value) Value {
		return c.overPairs(a, func(x, y float64) float64 { return x*x + y*y })
	})
	function("SUMXMY2", "a a", func(c *Call, a []Value) Value {
		return c.overPairs(a, func(x, y float64) float64 { return (x - y) * (x - y) })
	})
	function("FREQUENCY", "a a", frequency)
	function("MMULT", "a a", mmult).Arrays = true
	function("MDETERM", "a", func(c *Call, a []Value) Value {
		m, failed := c.square(a[0])
		if failed.IsError() {
			return failed
		}
		det, _ := eliminate(m, nil)
		return c.finite(det)
	})
	function("MINVERSE", "a", func(c *Call, a []Value) Value {
		m, failed := c.square(a[0])
		if failed.IsError() {
			return failed
		}
		inverse := make([][]float64, len(m))
		for i := range inverse {
			inverse[i] = make([]float64, len(m))
			inverse[i][i] = 1
		}
		if det, _ := eliminate(m, inverse); det == 0 {
			return Fail(CodeNum, "Function MINVERSE parameter 1 is not an invertible matrix.")
		}
		return c.matrixValue(inverse)
	})
}

// whole2D is a value with the cells of a reference in it.
func (c *Call) whole2D(v Value) Value {
	if v.Kind == KindRef {
		return c.Array(v).Value()
	}
	return v
}

func (a *Array) transposed() *Array {
	out := NewArray(a.Cols, a.Rows)
	for i := range a.Rows {
		for j := range a.Cols {
			out.Set(j, i, a.At(i, j))
		}
	}
	return out
}

func (a *Array) padded(rows, cols int, with Value) *Array {
	out := NewArray(rows, cols)
	for i := range out.Cells {
		out.Cells[i] = with
	}
	for i := range a.Rows {
		copy(out.Row(i), a.Row(i))
	}
	return out
}

// padding is what fills the cells that nothing is given for: #N/A if not said otherwise.
func (c *Call) padding(a []Value, param int) Value {
	if len(a) > param && a[param].Kind != KindEmpty {
		return a[param]
	}
	return Fail(CodeNA, "")
}

// along is the array with its columns as rows if the axis is that of columns, so that what is done to rows is done to columns.
func (a *Array) along(axis formula.Axis) *Array {
	if axis == Cols {
		return a.transposed()
	}
	return a
}

// chosen takes rows or columns by their numbers; negative ones count from the end.
func (c *Call) chosen(a []Value, axis formula.Axis) Value {
	in := c.Array(a[0]).along(axis)
	out := &Array{Cols: in.Cols}
	for i, v := range a[1:] {
		for _, cell := range c.Array(v).Cells {
			n := c.NumberOf(cell, i+2)
			if n.IsError() {
				return n
			}
			row := int(n.Num)
			if row < 0 {
				row += in.Rows + 1
			}
			if row < 1 || row > in.Rows {
				return Fail(CodeValue, "Function "+c.Func.Name+" parameter "+itoa(i+2)+" value is "+itoa(int(n.Num))+". Valid values are between 1 and "+itoa(in.Rows)+" inclusive.")
			}
			out.Cells = append(out.Cells, in.Row(row-1)...)
			out.Rows++
		}
	}
	return out.along(axis).Value()
}

// stack puts values under one another, or beside one another; what is narrower than the others is filled with #N/A.
func (c *Call) stack(a []Value, axis formula.Axis) Value {
	parts := make([]*Array, len(a))
	rows, cols := 0, 0
	for i, v := range a {
		parts[i] = c.Array(v).along(axis)
		rows += parts[i].Rows
		cols = max(cols, parts[i].Cols)
	}
	if rows > maxCells/cols {
		return errTooBig
	}
	out := &Array{rows, cols, make([]Value, 0, rows*cols)}
	for _, p := range parts {
		out.Cells = append(out.Cells, p.padded(p.Rows, cols, c.padding(nil, 0)).Cells...)
	}
	return out.along(axis).Value()
}

// inOneLine is TOCOL and TOROW: 1 leaves out blanks, 2 errors, 3 both.
func (c *Call) inOneLine(a []Value, shape func([]Value) Value) Value {
	in, ignore := c.Array(a[0]), or(a, 1, 0)
	if ignore < 0 || ignore > 3 {
		return c.OutOfRange(2, ignore, 0, 3)
	}
	if len(a) > 2 && a[2].Num != 0 {
		in = in.transposed()
	}
	var cells []Value
	for _, v := range in.Cells {
		if v.Kind == KindEmpty && (ignore == 1 || ignore == 3) || v.IsError() && ignore >= 2 {
			continue
		}
		cells = append(cells, v)
	}
	if len(cells) == 0 {
		return Fail(CodeNA, c.Func.Name+" has no valid input data.")
	}
	return shape(cells)
}

// wrapped breaks a row or a column into rows of so many, or columns.
func (c *Call) wrapped(a []Value, axis formula.Axis) Value {
	in, n := c.Array(a[0]), int(a[1].Num)
	switch {
	case a[0].IsError():
		return a[0]
	case in.Rows != 1 && in.Cols != 1:
		return Fail(CodeValue, "Function "+c.Func.Name+" parameter 1 must be a single row or a single column.")
	case n < 1:
		return c.Refuse(CodeNum, 2, "value is %d. It should be greater than or equal to 1.", n)
	}
	n = min(n, len(in.Cells))
	lines := (len(in.Cells) + n - 1) / n
	out := (&Array{1, len(in.Cells), in.Cells}).padded(1, lines*n, c.padding(a, 2))
	out.Rows, out.Cols = lines, n
	return out.along(axis).Value()
}

// ends is a part from the beginning or the end, for TAKE and DROP.
func (c *Call) ends(a []Value, span func(n, count int) (from, to int)) Value {
	rows, cols := c.Size(a[0])
	part := area(0, 0, rows, cols)
	part.Row0, part.Row1 = span(rows, int(a[1].Num))
	if a[1].Kind == KindEmpty {
		part.Row0, part.Row1 = 0, rows
	}
	if len(a) > 2 && a[2].Kind != KindEmpty {
		part.Col0, part.Col1 = span(cols, int(a[2].Num))
	}
	if part.Empty() {
		return Fail(CodeNA, c.Func.Name+" has no valid input data.")
	}
	return c.whole2D(c.part(a[0], part))
}

// sizes is the error of a value that has not the size of the first one.
func (c *Call) sizes(code Code, rows, cols int, v Value) Value {
	r, k := c.Size(v)
	return Fail(code, c.Func.Name+" has mismatched range sizes. Expected row count: "+itoa(rows)+". column count: "+itoa(cols)+". Actual row count: "+itoa(r)+", column count: "+itoa(k)+".")
}

func sumProduct(c *Call, a []Value) Value {
	rows, cols := c.Size(a[0])
	product := make([]float64, rows*cols)
	for i := range product {
		product[i] = 1
	}
	for _, v := range a {
		if r, k := c.Size(v); r != rows || k != cols {
			return c.sizes(CodeValue, rows, cols, v)
		}
		for i, cell := range c.Array(v).Cells {
			switch cell.Kind {
			case KindError:
				return cell
			case KindNumber, KindBool:
				product[i] *= cell.Num
			default:
				product[i] = 0
			}
		}
	}
	total := 0.0
	for _, x := range product {
		total += x
	}
	return c.finite(total)
}

// overPairs sums what f makes of the numbers that stand in the same place of two ranges.
func (c *Call) overPairs(a []Value, f func(x, y float64) float64) Value {
	rows, cols := c.Size(a[0])
	if r, k := c.Size(a[1]); r != rows || k != cols {
		return c.sizes(CodeNA, rows, cols, a[1])
	}
	x, y := c.Array(a[0]), c.Array(a[1])
	total := 0.0
	for i, v := range x.Cells {
		w := y.Cells[i]
		switch {
		case v.IsError():
			return v
		case w.IsError():
			return w
		case v.Kind == KindNumber && w.Kind == KindNumber:
			total += f(v.Num, w.Num)
		}
	}
	return c.finite(total)
}

func frequency(c *Call, a []Value) Value {
	var data, classes []float64
	for i, into := range []*[]float64{&data, &classes} {
		if failed := c.Numbers(a[i:i+1], func(v Value) { *into = append(*into, v.Num) }); failed.IsError() {
			return failed
		}
	}
	sorted := slices.Clone(classes)
	slices.Sort(sorted)
	counts := make([]Value, len(sorted)+1)
	for i := range counts {
		counts[i] = Number(0)
	}
	for _, x := range data {
		i, _ := slices.BinarySearch(sorted, x)
		counts[i].Num++
	}
	return Column(counts)
}

// matrix is a value as numbers, all of which it must be.
func (c *Call) matrix(v Value, param int) ([][]float64, Value) {
	if v.IsError() {
		return nil, v
	}
	in := c.Array(v)
	m := make([][]float64, in.Rows)
	for i := range m {
		for _, cell := range in.Row(i) {
			switch cell.Kind {
			case KindNumber:
			case KindError:
				return nil, cell
			default:
				return nil, Fail(CodeValue, "Function "+c.Func.Name+" parameter "+itoa(param)+" expects number values. But '"+c.TextOf(cell)+"' is a "+kindName(cell.Kind)+" and cannot be coerced to a number.")
			}
			m[i] = append(m[i], cell.Num)
		}
	}
	return m, Empty
}

func kindName(k Kind) string {
	return [...]string{KindEmpty: "empty", KindNumber: "number", KindText: "text", KindBool: "boolean", KindError: "error", KindArray: "array", KindRef: "range", KindLambda: "lambda"}[k]
}

func (c *Call) square(v Value) ([][]float64, Value) {
	m, failed := c.matrix(v, 1)
	if !failed.IsError() && len(m) != len(m[0]) {
		failed = Fail(CodeValue, "Function "+c.Func.Name+" parameter 1 should be a square matrix. Actual row count: "+itoa(len(m))+", column count: "+itoa(len(m[0]))+".")
	}
	return m, failed
}

func (c *Call) matrixValue(m [][]float64) Value {
	out := NewArray(len(m), len(m[0]))
	for i, row := range m {
		for j, x := range row {
			out.Set(i, j, c.finite(x))
		}
	}
	return out.Value()
}

func mmult(c *Call, a []Value) Value {
	x, failed := c.matrix(a[0], 1)
	if failed.IsError() {
		return failed
	}
	y, failed := c.matrix(a[1], 2)
	if failed.IsError() {
		return failed
	}
	if len(x[0]) != len(y) {
		return Fail(CodeValue, "Function MMULT has incompatible matrix sizes. Number of columns in first matrix ("+itoa(len(x[0]))+") must equal number of rows in second matrix ("+itoa(len(y))+").")
	}
	out := make([][]float64, len(x))
	for i := range x {
		out[i] = make([]float64, len(y[0]))
		for j := range out[i] {
			for k := range y {
				out[i][j] += x[i][k] * y[k][j]
			}
		}
	}
	return c.matrixValue(out)
}

// eliminate brings a square matrix to the unit matrix, does the same to another, and gives the determinant; 0 if it has no inverse.
func eliminate(m, other [][]float64) (det float64, inverted bool) {
	det = 1
	for i := range m {
		pivot := i
		for j := i; j < len(m); j++ {
			if math.Abs(m[j][i]) > math.Abs(m[pivot][i]) {
				pivot = j
			}
		}
		if math.Abs(m[pivot][i]) < 1e-14 {
			return 0, false
		}
		if pivot != i {
			m[i], m[pivot] = m[pivot], m[i]
			if other != nil {
				other[i], other[pivot] = other[pivot], other[i]
			}
			det = -det
		}
		p := m[i][i]
		det *= p
		for j := range m {
			if j == i {
				continue
			}
			f := m[j][i] / p
			for k := range m {
				m[j][k] -= f * m[i][k]
			}
			if other != nil {
				for k := range m {
					other[j][k] -= f * other[i][k]
				}
			}
		}
	}
	if other != nil {
		for i := range m {
			for k := range m {
				other[i][k] /= m[i][i]
			}
		}
	}
	return det, true
}
