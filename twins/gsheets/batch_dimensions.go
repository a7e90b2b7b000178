package gsheets

import (
	"slices"
	"unicode/utf8"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A lines is a span of rows or columns of a sheet.
type lines struct {
	*tab
	axis   formula.Axis
	lo, hi int
}

// lines reads a span of rows or columns. Open sides end with the sheet.
func (b *book) lines(r *api.DimensionRange) (lines, error) {
	if r == nil {
		return lines{}, no("A dimension range is required.")
	}
	t, err := b.grid(r.SheetID)
	if err != nil {
		return lines{}, err
	}
	if t.DataSource != nil {
		return lines{}, errDataSheet
	}
	l := lines{tab: t, lo: int(deref(r.StartIndex))}
	switch deref(r.Dimension) {
	case "ROWS":
	case "COLUMNS":
		l.axis = formula.Cols
	default:
		return l, no("range.dimension must be specified.")
	}
	l.hi = l.size()
	if r.EndIndex != nil {
		l.hi = int(*r.EndIndex)
	}
	switch {
	case l.lo < 0 || l.hi < 0:
		return l, no("DimensionRange indexes must be >= 0")
	case l.hi <= l.lo:
		return l, no("range.endIndex[%d] must be greater than range.startIndex[%d].", l.hi, l.lo)
	}
	return l, nil
}

// columnsOr are a span of rows or columns, or else columns of a data source's sheet, each a span.
func (b *book) columnsOr(r *api.DimensionRange, of *api.DataSourceSheetDimensionRange) ([]lines, error) {
	if of == nil {
		l, err := b.lines(r)
		return []lines{l}, err
	}
	t, ok := b.tab(int(deref(of.SheetID)))
	if !ok || t.DataSource == nil {
		return nil, no("No data source sheet with id: %d", deref(of.SheetID))
	}
	var out []lines
	for _, c := range of.ColumnReferences {
		i := slices.IndexFunc(t.Columns, func(d Dimension) bool { return d.Source != nil && d.Source["name"] == deref(c.Name) })
		if i < 0 {
			return nil, no("There is no column %s on the data source sheet.", deref(c.Name))
		}
		out = append(out, lines{tab: t, axis: formula.Cols, lo: i, hi: i + 1})
	}
	return out, nil
}

// size is how many rows or columns the sheet has.
func (l lines) size() int {
	if l.axis == formula.Cols {
		return l.ColCount
	}
	return l.RowCount
}

// area is all cells of the span.
func (l lines) area() formula.Area {
	if l.axis == formula.Cols {
		return formula.Area{Row1: l.RowCount, Col0: l.lo, Col1: l.hi}
	}
	return formula.Area{Row0: l.lo, Row1: l.hi, Col1: l.ColCount}
}

// line and lines in words.
func (l lines) word(many bool) string {
	s := "row"
	if l.axis == formula.Cols {
		s = "column"
	}
	if many {
		s += "s"
	}
	return s
}

// inside refuses a span that goes beyond the sheet.
func (l lines) inside(what string) error {
	if l.hi > l.size() {
		return no("Cannot %s a %s that doesn't exist. Tried to %s %s index %d but there are only %d %s.", what, l.word(false), what, l.word(false), l.hi-1, l.size(), l.word(true))
	}
	return nil
}

// appendDimension adds rows or columns at the end of a sheet.
func (b *book) appendDimension(in *api.AppendDimensionRequest) (Obj, error) {
	t, err := b.grid(in.SheetID)
	n := int(deref(in.Length))
	switch {
	case err != nil:
		return nil, err
	case n <= 0:
		return nil, no("length must be greater than 0.")
	}
	switch deref(in.Dimension) {
	case "ROWS":
		t.RowCount += n
	case "COLUMNS":
		t.ColCount += n
	default:
		return nil, no("dimension must be specified.")
	}
	if t.ColCount > formula.MaxCols {
		return nil, no("You can't have more than %d columns.", formula.MaxCols)
	}
	if b.cells() > maxCells {
		return nil, errTooMany
	}
	t.touch()
	return nil, nil
}

// insertDimension puts rows or columns into a sheet that look like those before or after them.
func (b *book) insertDimension(in *api.InsertDimensionRequest) (Obj, error) {
	l, err := b.lines(in.Range)
	before := deref(in.InheritFromBefore)
	switch {
	case err != nil:
		return nil, err
	case before && l.lo == 0:
		return nil, no("inheritFromBefore can't be true if range.startIndex is 0.")
	case !before && l.lo >= l.size():
		return nil, no("range.startIndex[%d] must be less than the grid size (%d) if inheritFromBefore is false.", l.lo, l.size())
	case l.lo > l.size():
		return nil, no("range.startIndex[%d] must not be greater than the grid size (%d).", l.lo, l.size())
	}
	if err := l.guard(formula.Area{Row0: l.area().Row0, Col0: l.area().Col0, Row1: l.RowCount, Col1: l.ColCount}); err != nil {
		return nil, err
	}
	n := l.hi - l.lo
	b.insert(l.tab, l.axis, l.lo, n)
	if b.cells() > maxCells {
		return nil, errTooMany
	}
	like := l.lo + n
	if before {
		like = l.lo - 1
	}
	l.dress(like)
	return nil, nil
}

// dress gives new rows or columns the size, the formats and the validation of another one.
func (l lines) dress(like int) {
	if l.axis == formula.Cols {
		if like < len(l.Columns) {
			size := l.Columns[like].Size
			l.each(func(d *Dimension) { d.Size = size })
		}
		l.walk(formula.Area{Row1: l.RowCount, Col0: like, Col1: like + 1}, func(r, _ int, x *Cell) bool {
			for c := l.lo; c < l.hi; c++ {
				l.wear(r, c, x)
			}
			return true
		})
		return
	}
	model := l.row(like)
	if model == nil {
		return
	}
	cells, size := slices.Clone(model.Cells), model.Size
	for r := l.lo; r < l.hi; r++ {
		if size != 0 {
			l.editRow(r).Size = size
		}
		for c := range cells {
			l.wear(r, c, &cells[c])
		}
	}
}

// wear gives a cell the format and the validation of another.
func (t *tab) wear(r, c int, like *Cell) {
	if like.Format == nil && (like.Rest == nil || like.Rest.Validation == nil) {
		return
	}
	x := t.edit(r, c)
	x.Format = like.Format
	if like.Rest != nil && like.Rest.Validation != nil {
		x.Rest = &Rest{Validation: like.Rest.Validation}
	}
}

// columns are how the first n columns or more are shown, to change.
func (t *tab) columns(n int) []Dimension {
	t.Columns = append(slices.Clone(t.Columns), make([]Dimension, max(0, n-len(t.Columns)))...)
	t.touch()
	return t.Columns
}

// deleteDimension takes rows or columns out of a sheet: not all of them.
func (b *book) deleteDimension(in *api.DeleteDimensionRequest) (Obj, error) {
	l, err := b.lines(in.Range)
	if err != nil {
		return nil, err
	}
	if err := l.inside("delete"); err != nil {
		return nil, err
	}
	if l.hi-l.lo == l.size() {
		return nil, no("You can't delete all the %s on the sheet.", l.word(true))
	}
	if frozen := map[formula.Axis]int{formula.Rows: l.FrozenRows, formula.Cols: l.FrozenCols}[l.axis]; frozen > 0 && l.lo <= frozen && l.hi == l.size() {
		return nil, no("Sorry, it is not possible to delete all non-frozen %s.", l.word(true))
	}
	if err := l.guard(l.area()); err != nil {
		return nil, err
	}
	b.remove(l.tab, l.axis, l.lo, l.hi-l.lo)
	return nil, nil
}

// moveDimension moves rows or columns to another place of their sheet.
func (b *book) moveDimension(in *api.MoveDimensionRequest) (Obj, error) {
	l, err := b.lines(in.Source)
	if err != nil {
		return nil, err
	}
	to := int(deref(in.DestinationIndex))
	switch {
	case l.hi > l.size():
		return nil, l.inside("move")
	case to < 0 || to > l.size():
		return nil, no("destinationIndex[%d] must be between 0 and the grid size (%d).", to, l.size())
	case to > l.lo && to < l.hi:
		return nil, no("destinationIndex[%d] is within the source range.", to)
	}
	for _, m := range l.Merges {
		at := m
		if l.axis == formula.Cols {
			at.Row0, at.Row1 = m.Col0, m.Col1
		}
		if at.Row0 < l.lo && at.Row1 > l.lo || at.Row0 < l.hi && at.Row1 > l.hi || at.Row0 < to && at.Row1 > to {
			return nil, no("Cannot move rows or columns that are part of merged cells.")
		}
	}
	if err := l.guard(l.area()); err != nil {
		return nil, err
	}
	if to != l.lo && to != l.hi {
		b.moveLines(l.tab, l.axis, l.lo, l.hi-l.lo, to)
	}
	return nil, nil
}

// updateDimensionProperties changes how rows or columns are shown.
func (b *book) updateDimensionProperties(in *api.UpdateDimensionPropertiesRequest) (Obj, error) {
	m, err := fields(in.Fields, api.DimensionProperties{})
	if err != nil {
		return nil, err
	}
	all, err := b.columnsOr(in.Range, in.DataSourceSheetRange)
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		if err := l.inside("update"); err != nil {
			return nil, err
		}
	}
	p := in.Properties
	if p == nil {
		p = &api.DimensionProperties{}
	}
	if m.Has("pixelSize") && (m != nil || p.PixelSize != nil) && deref(p.PixelSize) <= 0 {
		return nil, no("pixelSize[%d] must be greater than 0.", deref(p.PixelSize))
	}
	for _, l := range all {
		l.each(func(d *Dimension) {
			if m.Has("pixelSize") && p.PixelSize != nil {
				d.Size = int(*p.PixelSize)
			}
			if m.Has("hiddenByUser") && (m != nil || p.HiddenByUser != nil) {
				d.Hidden = deref(p.HiddenByUser)
			}
		})
	}
	return nil, nil
}

// each changes how every row or column of the span is shown.
func (l lines) each(change func(d *Dimension)) {
	if l.axis == formula.Cols {
		columns := l.columns(l.hi)
		for i := l.lo; i < l.hi; i++ {
			change(&columns[i])
		}
		return
	}
	for i := l.lo; i < l.hi; i++ {
		change(&l.editRow(i).Dimension)
	}
}

// autoResizeDimensions makes rows as high and columns as wide as what is in them needs.
func (b *book) autoResizeDimensions(in *api.AutoResizeDimensionsRequest) (Obj, error) {
	all, err := b.columnsOr(in.Dimensions, in.DataSourceSheetDimensions)
	for _, l := range all {
		if err == nil {
			l.fitContent()
		}
	}
	return nil, err
}

// fitContent makes rows as high as a new sheet's, and columns as wide as what they show.
func (l lines) fitContent() {
	l.hi = min(l.hi, l.size())
	if l.axis == formula.Rows {
		l.each(func(d *Dimension) { d.Size = 0 })
		return
	}
	widest := make([]int, max(0, l.hi-l.lo))
	l.walk(l.area(), func(_, c int, x *Cell) bool {
		// A letter of ten points is about seven pixels wide, and a cell has three on each side.
		if n := utf8.RuneCountInString(l.b.shown(x)); n > 0 {
			widest[c-l.lo] = max(widest[c-l.lo], 7*n+6)
		}
		return true
	})
	columns := l.columns(l.hi)
	for i, w := range widest {
		if w > 0 {
			columns[l.lo+i].Size = max(w, minWidth)
		}
	}
}

// minWidth is how narrow a column gets by itself.
const minWidth = 21

// Groups of rows or columns can be nested; of a sheet's groups on one axis none crosses another, and each is one deeper
// than the smallest that it lies in.

// groups are those of a span's axis.
func (l lines) groups() *[]Obj {
	if l.axis == formula.Cols {
		return &l.ColumnGroups
	}
	return &l.RowGroups
}

// maxGroups is how deep groups can be nested.
const maxGroups = 8

// addDimensionGroup makes a group of rows or columns, which is one deeper where there was one.
func (b *book) addDimensionGroup(in *api.AddDimensionGroupRequest) (Obj, error) {
	l, err := b.lines(in.Range)
	if err != nil {
		return nil, err
	}
	if err := l.inside("group"); err != nil {
		return nil, err
	}
	depths := l.depths()
	for i := l.lo; i < l.hi; i++ {
		if depths[i]++; depths[i] > maxGroups {
			return nil, no("You can't have more than %d levels of groups.", maxGroups)
		}
	}
	l.regroup(depths)
	if l.axis == formula.Cols {
		l.ColsAfter = true
	} else {
		l.RowsAfter = true
	}
	return Obj{"dimensionGroups": each(*l.groups(), func(o Obj) Obj { return o })}, nil
}

// deleteDimensionGroup takes the rows or columns of a span out of their innermost group.
func (b *book) deleteDimensionGroup(in *api.DeleteDimensionGroupRequest) (Obj, error) {
	l, err := b.lines(in.Range)
	if err != nil {
		return nil, err
	}
	depths, any := l.depths(), false
	for i := l.lo; i < min(l.hi, l.size()); i++ {
		if depths[i] > 0 {
			depths[i]--
			any = true
		}
	}
	if !any {
		return nil, no("Could not find a dimension group that spans exactly [%d, %d).", l.lo, l.hi)
	}
	l.regroup(depths)
	out := Obj{}
	if g := *l.groups(); len(g) > 0 {
		out["dimensionGroups"] = each(g, func(o Obj) Obj { return o })
	}
	return out, nil
}

// depths are in how many groups each row or column is.
func (l lines) depths() []int {
	d := make([]int, l.size())
	for _, g := range *l.groups() {
		r := g["range"].(Obj)
		for i := numberIn(r, "startIndex", 0); i < min(numberIn(r, "endIndex", len(d)), len(d)); i++ {
			d[i] = max(d[i], numberIn(g, "depth", 1))
		}
	}
	return d
}

// regroup makes the groups that the depths say. A group that was collapsed and is still there stays so.
func (l lines) regroup(depths []int) {
	was := *l.groups()
	var now []Obj
	for depth := 1; ; depth++ {
		found := false
		for i := 0; i < len(depths); i++ {
			if depths[i] < depth {
				continue
			}
			lo := i
			for i < len(depths) && depths[i] >= depth {
				i++
			}
			found = true
			g := Obj{"range": dimensionRange(l.ID, l.axis, lo, i), "depth": float64(depth)}
			if k := findGroup(was, lo, i, depth); k >= 0 && was[k]["collapsed"] == true {
				g["collapsed"] = true
			}
			now = append(now, g)
		}
		if !found {
			break
		}
	}
	*l.groups() = now
	l.touch()
}

// findGroup is the place of a group of just this span, at a depth, or at any if that is 0.
func findGroup(groups []Obj, lo, hi, depth int) int {
	return slices.IndexFunc(groups, func(g Obj) bool {
		r := g["range"].(Obj)
		return numberIn(r, "startIndex", 0) == lo && numberIn(r, "endIndex", 0) == hi && (depth == 0 || numberIn(g, "depth", 1) == depth)
	})
}

// updateDimensionGroup collapses a group or opens it: its rows or columns are hidden or shown.
func (b *book) updateDimensionGroup(in *api.UpdateDimensionGroupRequest) (Obj, error) {
	m, err := fields(in.Fields, api.DimensionGroup{})
	if err != nil {
		return nil, err
	}
	g := in.DimensionGroup
	if g == nil {
		return nil, no("dimensionGroup must be specified.")
	}
	l, err := b.lines(g.Range)
	if err != nil {
		return nil, err
	}
	groups := l.groups()
	i := findGroup(*groups, l.lo, l.hi, int(deref(g.Depth)))
	if i < 0 {
		return nil, no("Could not find a dimension group that spans exactly [%d, %d) at depth %d.", l.lo, l.hi, deref(g.Depth))
	}
	if m.Has("collapsed") {
		now := with((*groups)[i], "collapsed", true)
		if !deref(g.Collapsed) {
			delete(now, "collapsed")
		}
		*groups = slices.Clone(*groups)
		(*groups)[i] = now
		l.each(func(d *Dimension) { d.Hidden = deref(g.Collapsed) })
		l.touch()
	}
	return nil, nil
}
