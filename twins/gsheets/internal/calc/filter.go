package calc

import (
	"slices"
	"strings"
)

// https://support.google.com/docs/table/25273 (Filter)
func init() {
	function("FILTER", "a a...", filter).Arrays = true
	function("SORT", "a [(a b)...]", func(c *Call, a []Value) Value {
		in := c.Array(a[0])
		order, _, failed := c.sortOrder(in, a[1:], 2)
		if failed.IsError() {
			return failed
		}
		return in.rowsAt(order).Value()
	}).Arrays = true
	function("SORTN", "a [n] [n] [(a b)...]", sortN).Arrays = true
	function("UNIQUE", "a [b] [b]", unique)
}

// rowsAt are the rows with the numbers.
func (a *Array) rowsAt(rows []int) *Array {
	out := &Array{len(rows), a.Cols, make([]Value, 0, len(rows)*a.Cols)}
	for _, i := range rows {
		out.Cells = append(out.Cells, a.Row(i)...)
	}
	return out
}

// filter keeps the rows, or columns, for which every condition is true; an error is not.
func filter(c *Call, a []Value) Value {
	if a[0].IsError() {
		return a[0]
	}
	rows, cols := c.Size(a[0])
	axis, n := Rows, rows
	if _, k := c.Size(a[1]); rows == 1 && cols > 1 || k == cols && cols > 1 {
		if r, _ := c.Size(a[1]); r == 1 {
			axis, n = Cols, cols
		}
	}
	keep := make([]bool, n)
	for i := range keep {
		keep[i] = true
	}
	for _, condition := range a[1:] {
		r, k := c.Size(condition)
		if axis == Rows && (r != n || k != 1) {
			return c.sizes(CodeNA, rows, 1, condition)
		}
		if axis == Cols && (k != n || r != 1) {
			return c.sizes(CodeNA, 1, cols, condition)
		}
		for i, v := range c.Array(condition).Cells {
			switch v.Kind {
			case KindBool, KindNumber:
				keep[i] = keep[i] && v.Num != 0
			default:
				keep[i] = false
			}
		}
	}
	var kept []int
	for i, k := range keep {
		if k {
			kept = append(kept, i)
		}
	}
	if len(kept) == 0 {
		return Fail(CodeNA, "No matches are found in FILTER evaluation.")
	}
	return c.Array(a[0]).along(axis).rowsAt(kept).along(axis).Value()
}

// sortKey is a column to sort by.
type sortKey struct {
	cells     []Value
	ascending bool
}

// sortOrder gives the order of an array's rows by pairs of a column (its number, or a range as high as the array) and whether it ascends;
// without pairs by all columns. The sort is stable, and empty cells come last either way.
func (c *Call) sortOrder(in *Array, by []Value, param int) (order []int, keys []sortKey, failed Value) {
	column := func(n int) []Value {
		cells := make([]Value, in.Rows)
		for i := range cells {
			cells[i] = in.At(i, n)
		}
		return cells
	}
	for i := 0; i+1 < len(by); i += 2 {
		up := c.BoolOf(by[i+1], param+i+1)
		if up.IsError() {
			return nil, nil, up
		}
		key := sortKey{ascending: up.Num != 0}
		if rows, cols := c.Size(by[i]); rows == 1 && cols == 1 && in.Rows != 1 || by[i].Kind == KindNumber {
			n := c.NumberOf(by[i], param+i)
			if n.IsError() {
				return nil, nil, n
			}
			if n.Num < 1 || n.Num >= float64(in.Cols+1) {
				return nil, nil, c.OutOfRange(param+i, n.Num, 1, in.Cols)
			}
			key.cells = column(int(n.Num) - 1)
		} else if rows != in.Rows || cols != 1 {
			return nil, nil, c.sizes(CodeNA, in.Rows, 1, by[i])
		} else {
			key.cells = c.Array(by[i]).Cells
		}
		keys = append(keys, key)
	}
	if len(by) == 0 {
		for n := range in.Cols {
			keys = append(keys, sortKey{column(n), true})
		}
	}
	order = make([]int, in.Rows)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return compareKeys(keys, x, y) })
	return order, keys, Empty
}

func compareKeys(keys []sortKey, x, y int) int {
	for _, k := range keys {
		a, b := k.cells[x], k.cells[y]
		n := 0
		switch {
		case a.Kind == KindEmpty && b.Kind == KindEmpty:
		case a.Kind == KindEmpty:
			return 1
		case b.Kind == KindEmpty:
			return -1
		default:
			if n = Compare(a, b); !k.ascending {
				n = -n
			}
		}
		if n != 0 {
			return n
		}
	}
	return 0
}

// sortN gives the first n rows of a sorted range: 0 no more; 1 and those that tie with the last; 2 of each tie one; 3 of n ties all.
func sortN(c *Call, a []Value) Value {
	in := c.Array(a[0])
	n, ties := int(or(a, 1, 1)), int(or(a, 2, 0))
	switch {
	case n < 1:
		return c.Refuse(CodeNum, 2, "value is %d. It should be greater than or equal to 1.", n)
	case ties < 0 || ties > 3:
		return c.OutOfRange(3, float64(ties), 0, 3)
	}
	order, keys, failed := c.sortOrder(in, a[min(3, len(a)):], 4)
	if failed.IsError() {
		return failed
	}
	var kept []int
	distinct := 0
	for i, row := range order {
		tie := i > 0 && compareKeys(keys, order[i-1], row) == 0
		if !tie {
			distinct++
		}
		switch {
		case ties == 0 && i >= n, ties == 1 && i >= n && !(tie && sameTie(keys, order, n-1, i)), ties == 2 && tie, ties >= 2 && distinct > n:
			continue
		}
		kept = append(kept, row)
	}
	return in.rowsAt(kept).Value()
}

func sameTie(keys []sortKey, order []int, i, j int) bool {
	return compareKeys(keys, order[i], order[j]) == 0
}

// unique leaves out rows, or columns, that came before; or all that come more than once.
func unique(c *Call, a []Value) Value {
	if a[0].IsError() {
		return a[0]
	}
	axis := Rows
	if len(a) > 1 && a[1].Num != 0 {
		axis = Cols
	}
	once := len(a) > 2 && a[2].Num != 0
	in := c.Array(a[0]).along(axis)
	count := map[string]int{}
	names := make([]string, in.Rows)
	var b strings.Builder
	for i := range in.Rows {
		b.Reset()
		for _, v := range in.Row(i) {
			b.WriteString(identity(v))
			b.WriteByte(0)
		}
		names[i] = b.String()
		count[names[i]]++
	}
	var kept []int
	for i, name := range names {
		if once && count[name] == 1 || !once && count[name] > 0 {
			kept = append(kept, i)
		}
		if !once {
			count[name] = 0
		}
	}
	if len(kept) == 0 {
		return Fail(CodeNA, "No unique values are found in UNIQUE evaluation.")
	}
	return in.rowsAt(kept).along(axis).Value()
}

// identity is a text that only the same values have: texts by their case too.
func identity(v Value) string {
	switch v.Kind {
	case KindText:
		return "t" + v.Text
	case KindNumber:
		return "n" + numberText(v.Num, '.')
	case KindBool:
		return "b" + numberText(v.Num, '.')
	case KindError:
		return "e" + v.Code.String()
	}
	return ""
}
