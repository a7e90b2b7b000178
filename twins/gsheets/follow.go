package gsheets

import (
	"strings"

	"twinset.dev/twins/gsheets/internal/formula"
)

// Rows and columns that come, go and move take everything with them that is at a place of the sheet: formulas, merged
// cells, names, metadata, and whatever lies on the sheet.

// insert puts n empty rows or columns into a sheet.
func (b *book) insert(t *tab, axis formula.Axis, at, n int) {
	if axis == formula.Rows {
		t.insertRows(at, n)
		t.FrozenRows = grown(t.FrozenRows, at, n)
	} else {
		t.insertCols(at, n)
		t.FrozenCols = grown(t.FrozenCols, at, n)
	}
	b.follow(t, axis, formula.Insert(t.Title, axis, at, n), func(lo, hi int) (int, int) {
		if lo >= at {
			lo += n
		}
		if hi > at && hi != formula.Open {
			hi += n
		}
		return lo, hi
	})
}

// grown is a number of frozen rows or columns after n have come in among them.
func grown(frozen, at, n int) int {
	if at < frozen {
		return frozen + n
	}
	return frozen
}

// remove takes n rows or columns out of a sheet.
func (b *book) remove(t *tab, axis formula.Axis, at, n int) {
	left := func(i int) int {
		if i == formula.Open {
			return i
		}
		return i - max(0, min(i, at+n)-at)
	}
	if axis == formula.Rows {
		t.deleteRows(at, n)
		t.FrozenRows = left(t.FrozenRows)
	} else {
		t.deleteCols(at, n)
		t.FrozenCols = left(t.FrozenCols)
	}
	b.follow(t, axis, formula.Delete(t.Title, axis, at, n), func(lo, hi int) (int, int) { return left(lo), left(hi) })
}

// moveLines moves n rows or columns before the one that was at before.
func (b *book) moveLines(t *tab, axis formula.Axis, at, n, before int) {
	if axis == formula.Rows {
		t.moveRows(at, n, before)
	} else {
		t.moveCols(at, n, before)
	}
	to := func(i int) int {
		switch {
		case i >= at && i < at+n && before > at:
			return i - at + before - n
		case i >= at && i < at+n:
			return i - at + before
		case i >= at+n && i < before:
			return i - n
		case i >= before && i < at:
			return i + n
		}
		return i
	}
	b.follow(t, axis, formula.Move(t.Title, axis, at, n, before), func(lo, hi int) (int, int) {
		if hi == formula.Open || lo >= hi {
			return lo, hi
		}
		a, z := to(lo), to(hi-1)
		return min(a, z), max(a, z) + 1
	})
}

// follow changes whatever is at a place of a sheet as a span of its rows or columns changes: to is the span that another
// one becomes, which is nothing if it is empty.
func (b *book) follow(t *tab, axis formula.Axis, change formula.Change, to func(lo, hi int) (int, int)) {
	b.rewrite(change)
	f := &following{t.ID, axis, to}
	var merges = t.Merges[:0:0]
	for _, m := range t.Merges {
		if m, ok := f.area(m); ok && (m.Rows() > 1 || m.Cols() > 1) {
			merges = append(merges, m)
		}
	}
	t.Merges = merges
	var names []NamedRange
	for _, n := range b.Names {
		ok := true
		if n.Sheet == t.ID {
			n.Area, ok = f.area(n.Area)
		}
		if ok {
			names = append(names, n)
		}
	}
	b.Names = names
	var metadata []Metadata
	for _, m := range b.Metadata {
		if m.Sheet == t.ID && (m.Where == "ROW" && axis == formula.Rows || m.Where == "COLUMN" && axis == formula.Cols) {
			lo, hi := to(m.At, m.At+1)
			if lo >= hi {
				continue
			}
			m.At = lo
		}
		metadata = append(metadata, m)
	}
	b.Metadata = metadata
	if t.Filter != nil {
		if t.Filter = f.object(t.Filter); t.Filter == nil {
			t.applyFilter()
		}
	}
	for _, x := range b.tabs {
		for _, list := range x.laid() {
			if now, changed := f.objects(*list); changed {
				*list = now
				x.touch()
			}
		}
	}
	b.rules(func(x *tab, src string) string { return formula.Rewrite(src, b.syntax(), x.Title, change) })
	b.dirty = true
}

// laid are the lists of what lies on a sheet.
func (t *tab) laid() []*[]Obj {
	return []*[]Obj{&t.Conditional, &t.FilterViews, &t.Protected, &t.Banded, &t.RowGroups, &t.ColumnGroups, &t.Charts, &t.Slicers, &t.Tables, &t.Anchors}
}

// rules changes the formulas of conditions, in conditional formats and in the validation of cells.
func (b *book) rules(change func(t *tab, src string) string) {
	for _, t := range b.tabs {
		for i, rule := range t.Conditional {
			if now := ruled(rule, func(src string) string { return change(t, src) }).(Obj); i < len(t.Conditional) {
				t.Conditional[i] = now
			}
		}
		t.walk(formula.Area{Row1: t.RowCount, Col1: t.ColCount}, func(r, c int, x *Cell) bool {
			if x.Rest != nil && x.Rest.Validation != nil {
				changed := false
				now := ruled(x.Rest.Validation, func(src string) string {
					to := change(t, src)
					changed = changed || to != src
					return to
				}).(Obj)
				if changed {
					rest := *x.Rest
					rest.Validation = now
					t.edit(r, c).Rest = &rest
				}
			}
			return true
		})
	}
}

// ruled is a tree with the formulas of its conditions changed.
func ruled(v any, change func(src string) string) any {
	switch v := v.(type) {
	case Obj:
		out := make(Obj, len(v))
		for k, x := range v {
			if s, ok := x.(string); ok && k == "userEnteredValue" && strings.HasPrefix(s, "=") {
				out[k] = change(s)
			} else {
				out[k] = ruled(x, change)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = ruled(x, change)
		}
		return out
	}
	return v
}

// following is what becomes of places on a sheet.
type following struct {
	sheet int
	axis  formula.Axis
	to    func(lo, hi int) (int, int)
}

// area is what an area becomes; false is nothing.
func (f *following) area(a formula.Area) (formula.Area, bool) {
	if f.axis == formula.Rows {
		a.Row0, a.Row1 = f.to(a.Row0, a.Row1)
	} else {
		a.Col0, a.Col1 = f.to(a.Col0, a.Col1)
	}
	return a, !a.Empty()
}

// objects are what things that lie on a sheet become. One whose own range is nothing any more is gone.
func (f *following) objects(list []Obj) (out []Obj, changed bool) {
	for _, o := range list {
		now := f.object(o)
		if now != nil {
			out = append(out, now)
		}
	}
	return out, len(list) > 0
}

// object is what a thing becomes; nil if it is gone.
func (f *following) object(o Obj) Obj {
	if r, ok := o["range"].(Obj); ok && f.tree(r) == nil {
		return nil
	}
	if rs, ok := o["ranges"].([]any); ok && len(rs) > 0 && len(f.tree(rs).([]any)) == 0 {
		return nil
	}
	out, _ := f.tree(o).(Obj)
	return out
}

// tree is a tree with its places changed. A place that is nothing any more is nil, and leaves a list.
func (f *following) tree(v any) any {
	switch v := v.(type) {
	case Obj:
		sheet := 0
		if n, ok := v["sheetId"].(float64); ok {
			sheet = int(n)
		}
		switch {
		case sheet == f.sheet && v["dimension"] != nil && (v["startIndex"] != nil || v["endIndex"] != nil):
			return f.lines(v)
		case sheet == f.sheet && isRange(v):
			a, ok := f.area(areaOf(v))
			if !ok {
				return nil
			}
			return gridRange(sheet, a)
		case sheet == f.sheet && isCell(v):
			return f.cell(v)
		}
		out := make(Obj, len(v))
		for k, x := range v {
			if n := f.tree(x); n != nil {
				out[k] = n
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, x := range v {
			if n := f.tree(x); n != nil {
				out = append(out, n)
			}
		}
		return out
	}
	return v
}

// lines is what a span of rows or columns becomes.
func (f *following) lines(r Obj) any {
	if r["dimension"] != axisName(f.axis) {
		return r
	}
	lo, hi := numberIn(r, "startIndex", 0), numberIn(r, "endIndex", formula.Open)
	if lo, hi = f.to(lo, hi); lo >= hi {
		return nil
	}
	return dimensionRange(f.sheet, f.axis, lo, hi)
}

// cell is what a place of one cell becomes: something is always there.
func (f *following) cell(o Obj) Obj {
	out := Obj{}
	for k, v := range o {
		out[k] = v
	}
	name := "rowIndex"
	if f.axis == formula.Cols {
		name = "columnIndex"
	}
	at := numberIn(o, name, 0)
	if lo, _ := f.to(at, at+1); lo != 0 {
		out[name] = float64(lo)
	} else {
		delete(out, name)
	}
	return out
}

// isRange reports whether an object is a GridRange that says where it begins or ends.
func isRange(o Obj) bool {
	return o["startRowIndex"] != nil || o["endRowIndex"] != nil || o["startColumnIndex"] != nil || o["endColumnIndex"] != nil
}

// isCell reports whether an object is a GridCoordinate.
func isCell(o Obj) bool {
	for k := range o {
		if k != "sheetId" && k != "rowIndex" && k != "columnIndex" {
			return false
		}
	}
	return o["rowIndex"] != nil || o["columnIndex"] != nil
}

func numberIn(o Obj, name string, otherwise int) int {
	if f, ok := o[name].(float64); ok {
		return int(f)
	}
	return otherwise
}

func axisName(a formula.Axis) string {
	if a == formula.Cols {
		return "COLUMNS"
	}
	return "ROWS"
}

// dimensionRange is a span of rows or columns as the API shows it.
func dimensionRange(sheet int, axis formula.Axis, lo, hi int) Obj {
	o := Obj{"dimension": axisName(axis), "startIndex": float64(lo)}
	if sheet != 0 {
		o["sheetId"] = float64(sheet)
	}
	if hi != formula.Open {
		o["endIndex"] = float64(hi)
	}
	return o
}
