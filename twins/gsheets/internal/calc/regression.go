package calc

import (
	"math"
	"slices"

	"twinset.dev/twins/gsheets/internal/numeric"
)

// https://support.google.com/docs/table/25273 (Array)
func init() {
	function("LINEST", "a [a b b]", func(c *Call, a []Value) Value { return c.coefficients(a, false) })
	function("LOGEST", "a [a b b]", func(c *Call, a []Value) Value { return c.coefficients(a, true) })
	function("TREND", "a [a a b]", func(c *Call, a []Value) Value { return c.predicted(a, false) })
	function("GROWTH", "a [a a b]", func(c *Call, a []Value) Value { return c.predicted(a, true) })
}

// points are the known values and, point by point, the variables they depend on; without those they are 1, 2, 3 and so on.
type points struct {
	y    []float64
	x    [][]float64
	wide bool // the points stand side by side
}

func (c *Call) points(a []Value, logarithmic bool) (points, Value) {
	var p points
	known := c.Array(a[0])
	for _, v := range known.Cells {
		switch {
		case v.IsError():
			return p, v
		case v.Kind != KindNumber:
			return p, Fail(CodeValue, c.Func.Name+" expects number values in its first parameter.")
		case logarithmic && v.Num <= 0:
			return p, Fail(CodeNum, c.Func.Name+" expects values greater than 0 in its first parameter.")
		case logarithmic:
			p.y = append(p.y, math.Log(v.Num))
		default:
			p.y = append(p.y, v.Num)
		}
	}
	p.wide = known.Rows == 1 && known.Cols > 1
	if len(a) < 2 || a[1].Kind == KindEmpty {
		for i := range p.y {
			p.x = append(p.x, []float64{float64(i + 1)})
		}
		return p, Empty
	}
	of := c.Array(a[1])
	single := of.Rows == known.Rows && of.Cols == known.Cols
	var refused Value
	p.x, refused = c.variables(of, p.wide, single)
	if !refused.IsError() && len(p.x) != len(p.y) {
		refused = Fail(CodeRef, "Array arguments to "+c.Func.Name+" are of different size.")
	}
	return p, refused
}

// variables reads a block point by point; single says that each cell is a point of its own.
func (c *Call) variables(of *Array, wide, single bool) ([][]float64, Value) {
	for _, v := range of.Cells {
		switch {
		case v.IsError():
			return nil, v
		case v.Kind != KindNumber:
			return nil, Fail(CodeValue, c.Func.Name+" expects number values.")
		}
	}
	var x [][]float64
	switch {
	case single:
		for _, v := range of.Cells {
			x = append(x, []float64{v.Num})
		}
	case wide:
		for col := range of.Cols {
			point := make([]float64, of.Rows)
			for row := range point {
				point[row] = of.At(row, col).Num
			}
			x = append(x, point)
		}
	default:
		for row := range of.Rows {
			point := make([]float64, of.Cols)
			for col := range point {
				point[col] = of.At(row, col).Num
			}
			x = append(x, point)
		}
	}
	return x, Empty
}

// coefficients are a row, the last variable's first and the constant last; with statistics four rows more stand below it.
func (c *Call) coefficients(a []Value, logarithmic bool) Value {
	p, refused := c.points(a, logarithmic)
	if refused.IsError() {
		return refused
	}
	fit, ok := numeric.LeastSquares(p.x, p.y, len(a) < 3 || a[2].True())
	if !ok {
		return Fail(CodeNum, c.Func.Name+" has too few points.")
	}
	if logarithmic {
		for i := range fit.Coef {
			fit.Coef[i] = math.Exp(fit.Coef[i])
		}
	}
	last := len(fit.Coef) - 1
	slices.Reverse(fit.Coef[:last])
	slices.Reverse(fit.Errors[:last])
	rows := [][]float64{fit.Coef}
	if len(a) > 3 && a[3].True() {
		rows = append(rows, fit.Errors, []float64{fit.R2, fit.StdError}, []float64{fit.F, fit.Freedom}, []float64{fit.Explained, fit.Residual})
	}
	out := NewArray(len(rows), last+1)
	for i, row := range rows {
		for j := range last + 1 {
			v := Fail(CodeNA, "")
			if j < len(row) {
				if v = Number(row[j]); math.IsNaN(row[j]) || math.IsInf(row[j], 0) {
					v = Fail(CodeNum, c.Func.Name+" has no value here.")
				}
			}
			out.Set(i, j, v)
		}
	}
	return out.Value()
}

// predicted are the values of a fit at new points, or at those it was made of.
func (c *Call) predicted(a []Value, logarithmic bool) Value {
	p, refused := c.points(a, logarithmic)
	if refused.IsError() {
		return refused
	}
	fit, ok := numeric.LeastSquares(p.x, p.y, len(a) < 4 || a[3].True())
	if !ok {
		return Fail(CodeNum, c.Func.Name+" has too few points.")
	}
	at := p.x
	rows, cols := c.Size(a[0])
	if len(a) > 2 && a[2].Kind != KindEmpty {
		of := c.Array(a[2])
		single := len(p.x[0]) == 1
		if at, refused = c.variables(of, p.wide, single); refused.IsError() {
			return refused
		}
		switch {
		case len(at) == 0 || len(at[0]) != len(p.x[0]):
			return Fail(CodeRef, "Array arguments to "+c.Func.Name+" are of different size.")
		case single:
			rows, cols = of.Rows, of.Cols
		case p.wide:
			rows, cols = 1, len(at)
		default:
			rows, cols = len(at), 1
		}
	}
	out := NewArray(rows, cols)
	for i := range out.Cells {
		v := fit.At(at[i])
		if logarithmic {
			v = math.Exp(v)
		}
		out.Cells[i] = c.finite(v)
	}
	return out.Value()
}
