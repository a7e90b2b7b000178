package calc

// Grid is the cells of a spreadsheet. Its sheets are known by numbers of 0 and more; rows and columns count from 0.
type Grid interface {
	// Sheet finds a sheet by its name, in whatever case.
	Sheet(name string) (id int, ok bool)
	// SheetName is the name of a sheet.
	SheetName(id int) string
	// Size is how many rows and columns a sheet has.
	Size(sheet int) (rows, cols int)
	// Value is what a cell has: what was typed, what its formula gave, or what another's formula filled it with. A number has the hint
	// of its cell's number format, or that which its formula gave it.
	Value(sheet, row, col int) Value
	// Walk gives the cells of an area that are not empty, row by row.
	Walk(sheet int, a Area, yield func(row, col int, v Value) bool)
	// Formula is the formula of a cell.
	Formula(sheet, row, col int) (string, bool)
	// Name finds a named range, in whatever case.
	Name(name string) (Ref, bool)
	// Table finds cells of a table: those of a column; all with #ALL; the head with #HEADERS; the data with #DATA or "". In the table's
	// own rows, @ before a column is its cell in the row of the formula at.
	Table(name, column string, at Position) (Ref, bool)
}

// Cell is a cell's value.
func (c *Call) Cell(sheet, row, col int) Value { return c.Grid.Value(sheet, row, col) }

// Scalar is a value without ranges: one cell's value for a reference to it. For more cells it is an array within ARRAYFORMULA, elsewhere
// the cell that stands in the formula's row or column. Of an array it is the first element, but within ARRAYFORMULA all of it.
func (c *Call) Scalar(v Value) Value {
	switch v.Kind {
	case KindRef:
		r := v.Ref()
		rows, cols := r.Area.Rows(), r.Area.Cols()
		switch {
		case rows == 1 && cols == 1:
			return c.Cell(r.Sheet, r.Area.Row0, r.Area.Col0)
		case c.arrays:
			return c.Array(v).Value()
		case cols == 1 && c.At.Row >= r.Area.Row0 && c.At.Row < r.Area.Row1:
			return c.Cell(r.Sheet, c.At.Row, r.Area.Col0)
		case rows == 1 && c.At.Col >= r.Area.Col0 && c.At.Col < r.Area.Col1:
			return c.Cell(r.Sheet, r.Area.Row0, c.At.Col)
		}
		return errIntersect
	case KindArray:
		a := v.array()
		if len(a.Cells) == 0 {
			return errNoRef
		}
		if len(a.Cells) == 1 || !c.arrays {
			return a.Cells[0]
		}
	case KindLambda:
		return errLambda
	}
	return v
}

// First is a value without ranges and arrays, as Scalar gives it outside ARRAYFORMULA.
func (c *Call) First(v Value) Value {
	arrays := c.arrays
	c.arrays = false
	v = c.Scalar(v)
	c.arrays = arrays
	return v
}

// Array is a value as a block of values: a reference's cells, an array itself, a scalar alone.
func (c *Call) Array(v Value) *Array {
	switch v.Kind {
	case KindArray:
		return v.array()
	case KindRef:
		r := v.Ref()
		if r.Area.Empty() {
			return &Array{1, 1, []Value{errNoRef}}
		}
		a := NewArray(r.Area.Rows(), r.Area.Cols())
		c.work += len(a.Cells)
		c.Grid.Walk(r.Sheet, r.Area, func(row, col int, v Value) bool {
			a.Set(row-r.Area.Row0, col-r.Area.Col0, v)
			return true
		})
		return a
	case KindLambda:
		v = errLambda
	}
	return &Array{1, 1, []Value{v}}
}

// Size is how many rows and columns a value has.
func (c *Call) Size(v Value) (rows, cols int) {
	switch v.Kind {
	case KindArray:
		return v.array().Rows, v.array().Cols
	case KindRef:
		return v.Ref().Area.Rows(), v.Ref().Area.Cols()
	}
	return 1, 1
}

// Walk gives every value of a reference, an array or a scalar that is not empty, row by row, with its place in it.
func (c *Call) Walk(v Value, yield func(row, col int, v Value) bool) {
	switch v.Kind {
	case KindRef:
		r := v.Ref()
		c.Grid.Walk(r.Sheet, r.Area, func(row, col int, v Value) bool {
			c.work++
			return yield(row-r.Area.Row0, col-r.Area.Col0, v)
		})
	case KindArray:
		a := v.array()
		c.work += len(a.Cells)
		for i, v := range a.Cells {
			if v.Kind != KindEmpty && !yield(i/a.Cols, i%a.Cols, v) {
				return
			}
		}
	case KindEmpty:
	default:
		yield(0, 0, v)
	}
}

// Numbers gives the numbers that functions such as SUM take: all in ranges and arrays that are numbers, and every scalar argument, which
// must be one or become one. It ends with the first error, which it answers; else its answer is Empty.
func (c *Call) Numbers(a []Value, yield func(v Value)) Value {
	failed := Empty
	for i, v := range a {
		if v.Kind != KindRef && v.Kind != KindArray {
			n := c.NumberOf(v, i+1)
			if n.IsError() {
				return n
			}
			yield(n)
			continue
		}
		c.Walk(v, func(_, _ int, v Value) bool {
			switch v.Kind {
			case KindNumber:
				yield(v)
			case KindError:
				failed = v
				return false
			}
			return true
		})
		if failed.IsError() {
			return failed
		}
	}
	return failed
}
