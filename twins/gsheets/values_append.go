package gsheets

import (
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
)

// valuesAppend writes values behind the table that is found in a range, or where the range begins.
//
// https://developers.google.com/workspace/sheets/api/guides/values#append_values
func (s *Sheets) valuesAppend(c *call) (any, error) {
	var in api.ValueRange
	if err := c.BindField("data", &in); err != nil {
		return nil, err
	}
	w, err := queryWriteOptions(c)
	if err != nil {
		return nil, err
	}
	insert := c.Q("insertDataOption")
	b, err := s.open(c, c.Param("spreadsheetId"), files.Writer)
	if err != nil {
		return nil, err
	}
	r, err := b.span(c.Param("range"))
	if err != nil {
		return nil, err
	}
	out := Obj{"spreadsheetId": b.ID}
	at := span{r.tab, formula.Cell(r.asked.Row0, r.asked.Col0), true}
	if found, ok := r.lastTable(); ok {
		out["tableRange"] = r.a1(found)
		at.asked = formula.Cell(found.Row1, found.Col0)
	}
	rows, cols := extent(in)
	if insert == "INSERT_ROWS" && at.asked.Row0 < r.RowCount {
		b.insert(r.tab, formula.Rows, at.asked.Row0, rows)
	}
	if n := at.asked.Row0 + rows - r.RowCount; n > 0 {
		r.RowCount += n
		r.touch()
	}
	if n := at.asked.Col0 + cols - r.ColCount; n > 0 {
		r.ColCount += n
		r.touch()
	}
	if b.cells() > maxCells {
		return nil, errTooMany
	}
	done, err := at.write(in, w)
	if err != nil {
		return nil, err
	}
	if err := b.commit(); err != nil {
		return nil, err
	}
	out["updates"] = done.view(w)
	return out, nil
}

// extent is how many rows and columns values need.
func extent(in api.ValueRange) (rows, cols int) {
	for _, line := range in.Values {
		cols = max(cols, len(line))
	}
	rows = len(in.Values)
	if deref(in.MajorDimension) == "COLUMNS" {
		rows, cols = cols, rows
	}
	return rows, cols
}

// lastTable is the block of cells that touch one another and have values, which the last value in the span belongs to; or
// else the one that the span is in a hole of.
func (r span) lastTable() (formula.Area, bool) {
	row, col := -1, -1
	r.valued(r.area(), func(at, c int) bool {
		row, col = at, c
		return true
	})
	if row >= 0 {
		return r.around(row, col), true
	}
	a := r.area()
	var found formula.Area
	r.valued(formula.Area{Row0: max(0, a.Row0-1), Col0: max(0, a.Col0-1), Row1: a.Row1 + 1, Col1: a.Col1 + 1}, func(row, col int) bool {
		found = r.around(row, col)
		return !found.Contains(a.Row0, a.Col0)
	})
	return found, found.Contains(a.Row0, a.Col0)
}

// valued gives the cells of an area that have values.
func (t *tab) valued(a formula.Area, yield func(row, col int) bool) {
	t.walk(a, func(row, col int, x *Cell) bool {
		return x.Value.Kind == calc.KindEmpty || yield(row, col)
	})
}

// around is the block of values that a cell is in.
func (t *tab) around(row, col int) formula.Area {
	a := formula.Cell(row, col)
	reach := func(strip formula.Area) (more bool) {
		strip.Row0, strip.Col0 = max(0, strip.Row0), max(0, strip.Col0)
		t.valued(strip, func(r, c int) bool {
			a.Row0, a.Col0, a.Row1, a.Col1 = min(a.Row0, r), min(a.Col0, c), max(a.Row1, r+1), max(a.Col1, c+1)
			more = true
			return true
		})
		return more
	}
	for grown := true; grown; {
		grown = false
		for reach(formula.Area{Row0: a.Row0 - 1, Col0: a.Col0 - 1, Row1: a.Row0, Col1: a.Col1 + 1}) {
			grown = true
		}
		for reach(formula.Area{Row0: a.Row1, Col0: a.Col0 - 1, Row1: a.Row1 + 1, Col1: a.Col1 + 1}) {
			grown = true
		}
		left := reach(formula.Area{Row0: a.Row0 - 1, Col0: a.Col0 - 1, Row1: a.Row1 + 1, Col1: a.Col0})
		right := reach(formula.Area{Row0: a.Row0 - 1, Col0: a.Col1, Row1: a.Row1 + 1, Col1: a.Col1 + 1})
		grown = grown || left || right
	}
	return a
}
