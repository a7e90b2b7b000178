package gsheets

import (
	"slices"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// insertRange moves the cells of a range down or to the right, and leaves empty ones in their place.
func (b *book) insertRange(in *api.InsertRangeRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	return nil, b.shift(t, a, deref(in.ShiftDimension), true)
}

// deleteRange takes the cells of a range away; those below or to the right of them move there.
func (b *book) deleteRange(in *api.DeleteRangeRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	return nil, b.shift(t, a, deref(in.ShiftDimension), false)
}

// shift moves what is behind an area away from it, or over it.
func (b *book) shift(t *tab, a formula.Area, dimension string, away bool) error {
	from, dr, dc := a, 0, 0
	switch dimension {
	case "ROWS":
		from.Row1, dr = t.RowCount, a.Rows()
	case "COLUMNS":
		from.Col1, dc = t.ColCount, a.Cols()
	default:
		return no("shiftDimension must be specified.")
	}
	for _, m := range t.Merges {
		if x := m.Intersect(from); !x.Empty() && x != m {
			return no("This operation would cut merged cells in two.")
		}
	}
	if err := t.guard(from); err != nil {
		return err
	}
	if away {
		// What would fall off the end makes the sheet larger.
		rows, cols := 0, 0
		t.walk(from, func(r, c int, _ *Cell) bool {
			rows, cols = max(rows, r+1+dr-t.RowCount), max(cols, c+1+dc-t.ColCount)
			return true
		})
		t.RowCount, t.ColCount = t.RowCount+max(0, rows), t.ColCount+max(0, cols)
		if b.cells() > maxCells {
			return errTooMany
		}
		b.cut(t, from, t, from.Row0+dr, from.Col0+dc)
		return nil
	}
	b.wipe(t, a)
	rest := from
	rest.Row0, rest.Col0 = a.Row0+dr, a.Col0+dc
	b.cut(t, rest, t, a.Row0, a.Col0)
	return nil
}

// wipe empties cells.
func (b *book) wipe(t *tab, a formula.Area) {
	var full [][2]int
	t.walk(a, func(r, c int, _ *Cell) bool {
		full = append(full, [2]int{r, c})
		return true
	})
	for _, at := range full {
		*t.enter(at[0], at[1], "", calc.Empty) = Cell{}
	}
}

// cut moves cells to another place, over what is there. References to them follow.
func (b *book) cut(from *tab, a formula.Area, to *tab, row, col int) {
	type held struct {
		r, c int
		x    Cell
	}
	var all []held
	from.walk(a, func(r, c int, x *Cell) bool {
		all = append(all, held{r, c, *x})
		return true
	})
	b.wipe(from, a)
	b.wipe(to, formula.Area{Row0: row, Col0: col, Row1: row + a.Rows(), Col1: col + a.Cols()})
	b.rewrite(formula.CutPaste(from.Title, a, to.Title, row, col))
	dr, dc := row-a.Row0, col-a.Col0
	for _, h := range all {
		if h.x.Formula != "" {
			if from != to {
				h.x.Formula = formula.Rewrite(h.x.Formula, b.syntax(), to.Title, formula.Rehome(from.Title))
			}
			h.x.Formula = formula.Rewrite(h.x.Formula, b.syntax(), from.Title, formula.CutPaste(from.Title, a, to.Title, row, col))
		}
		x := to.enter(h.r+dr, h.c+dc, h.x.Formula, h.x.Value)
		*x = h.x
	}
	var moved []formula.Area
	from.Merges = slices.DeleteFunc(slices.Clone(from.Merges), func(m formula.Area) bool {
		if a.Covers(m) {
			moved = append(moved, formula.Area{Row0: m.Row0 + dr, Row1: m.Row1 + dr, Col0: m.Col0 + dc, Col1: m.Col1 + dc})
			return true
		}
		return false
	})
	to.Merges = append(slices.Clone(to.Merges), moved...)
	for i, n := range b.Names {
		if n.Sheet == from.ID && a.Covers(n.Area) {
			b.Names = slices.Clone(b.Names)
			n.Sheet, n.Area = to.ID, formula.Area{Row0: n.Area.Row0 + dr, Row1: n.Area.Row1 + dr, Col0: n.Area.Col0 + dc, Col1: n.Area.Col1 + dc}
			b.Names[i] = n
		}
	}
	b.rebuilt = true
	from.touch()
	to.touch()
}
