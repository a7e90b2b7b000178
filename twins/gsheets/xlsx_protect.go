package gsheets

import (
	"slices"

	"github.com/xuri/excelize/v2"

	"twinset.dev/twins/gsheets/internal/formula"
)

// A workbook protects a sheet as a whole, and says of each cell, or of all of a column, whether it is locked then.

// A lock is cells that are protected, but for some.
type lock struct {
	area formula.Area
	open []formula.Area
}

func (l lock) holds(row, col int) bool {
	return l.area.Contains(row, col) && !slices.ContainsFunc(l.open, func(a formula.Area) bool { return a.Contains(row, col) })
}

// locks are what is protected on a sheet, and does not only warn.
func (t *tab) locks() (out []lock) {
	for _, p := range t.Protected {
		sheet, a := t.b.protects(p)
		if p["warningOnly"] == true || sheet != t.ID {
			continue
		}
		l := lock{area: a.Clip(t.RowCount, t.ColCount)}
		open, _ := p["unprotectedRanges"].([]any)
		for _, r := range open {
			l.open = append(l.open, areaOf(r.(Obj)).Clip(t.RowCount, t.ColCount))
		}
		out = append(out, l)
	}
	return out
}

// protect locks what is protected on a sheet that has been written.
func (w *xlsxWriter) protect(t *tab, name string) error {
	locks := t.locks()
	if len(locks) == 0 {
		return nil
	}
	styles := map[[2]int]int{} // of the cells that are there
	t.walk(t.all(), func(r, c int, _ *Cell) bool {
		styles[[2]int{r, c}], _ = w.GetCellStyle(name, formula.CellName(r, c))
		return true
	})
	var special []formula.Area // what is not as the rest of the sheet
	for _, l := range locks {
		special = append(special, l.open...)
	}
	if !slices.ContainsFunc(locks, func(l lock) bool { return l.area == t.all() }) {
		open, err := w.NewStyle(&excelize.Style{Protection: &excelize.Protection{}})
		if err != nil {
			return err
		}
		if err := w.SetColStyle(name, "A:"+formula.ColumnName(max(t.ColCount, newCols)-1), open); err != nil {
			return err
		}
		for _, l := range locks {
			special = append(special, l.area)
		}
	}
	type look struct {
		style  int
		locked bool
	}
	made := map[look]int{}
	set := func(r, c int) {
		x := look{styles[[2]int{r, c}], slices.ContainsFunc(locks, func(l lock) bool { return l.holds(r, c) })}
		if _, ok := made[x]; !ok {
			s, err := w.GetStyle(x.style)
			if err != nil {
				s = &excelize.Style{}
			}
			s.Protection = &excelize.Protection{Locked: x.locked}
			made[x], _ = w.NewStyle(s)
		}
		_ = w.SetCellStyle(name, formula.CellName(r, c), formula.CellName(r, c), made[x])
	}
	t.walk(t.all(), func(r, c int, _ *Cell) bool { set(r, c); return true })
	for _, a := range special {
		t.within(a, set)
	}
	return w.ProtectSheet(name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true})
}

// protection reads what is protected on a sheet: all of it but the cells that are open, or, where most is open, those that are locked.
func (r *xlsxReader) protection(t *tab, name string) {
	if opts, err := r.GetSheetProtection(name); err != nil || opts == (excelize.SheetProtectionOptions{}) {
		return
	}
	known := map[int]bool{} // open, by style
	open := func(row, col int) bool {
		id, _ := r.GetCellStyle(name, formula.CellName(row, col))
		is, ok := known[id]
		if !ok {
			s, err := r.GetStyle(id)
			is = err == nil && s.Protection != nil && !s.Protection.Locked
			known[id] = is
		}
		return is
	}
	mostly := open(t.RowCount, 0)
	protected := func(a formula.Area, but []any) {
		p := Obj{"protectedRangeId": float64(r.number()), "range": t.gridRange(a), "editors": Obj{"users": []any{r.c.Who.User.Email}}}
		if but != nil {
			p["unprotectedRanges"] = but
		}
		t.Protected = append(t.Protected, p)
	}
	var but []any
	for _, a := range t.rectangles(func(row, col int) bool { return open(row, col) != mostly }) {
		if mostly {
			protected(a, nil)
		} else {
			but = append(but, t.gridRange(a))
		}
	}
	if !mostly {
		protected(formula.Area{Row1: formula.Open, Col1: formula.Open}, but)
	}
}

// rectangles are the cells of a sheet that is says yes to, as few areas as their rows allow.
func (t *tab) rectangles(is func(row, col int) bool) (out []formula.Area) {
	begun := map[[2]int]int{} // areas by their columns
	put := func(row, from, to int) {
		if i, ok := begun[[2]int{from, to}]; ok && out[i].Row1 == row {
			out[i].Row1++
			return
		}
		begun[[2]int{from, to}] = len(out)
		out = append(out, formula.Area{Row0: row, Row1: row + 1, Col0: from, Col1: to})
	}
	from, last := -1, 0
	t.within(t.all(), func(row, col int) {
		if from >= 0 && row != last {
			put(last, from, t.ColCount)
			from = -1
		}
		yes := is(row, col)
		switch {
		case yes && from < 0:
			from = col
		case !yes && from >= 0:
			put(row, from, col)
			from = -1
		}
		last = row
	})
	if from >= 0 {
		put(last, from, t.ColCount)
	}
	return out
}
