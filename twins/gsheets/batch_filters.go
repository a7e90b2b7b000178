package gsheets

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// setBasicFilter puts the filter of a sheet on a range: rows that it does not let through are hidden, and those of the
// range are sorted as it says.
func (b *book) setBasicFilter(in *api.SetBasicFilterRequest) (Obj, error) {
	f := in.Filter
	if f == nil {
		return nil, no("filter must be specified.")
	}
	t, a, o, err := b.filter(f.Range, f.TableID, f.Criteria, f.FilterSpecs, f.SortSpecs)
	if err != nil {
		return nil, err
	}
	for _, m := range t.Merges {
		if x := m.Intersect(a); !x.Empty() && m.Rows() > 1 && len(f.SortSpecs) > 0 {
			return nil, no("You can't sort a range with vertically merged cells.")
		}
	}
	if err := t.guard(a); err != nil && len(f.SortSpecs) > 0 {
		return nil, err
	}
	t.unfilter()
	t.Filter = o
	if len(f.SortSpecs) > 0 {
		t.sort(formula.Area{Row0: a.Row0 + 1, Row1: a.Row1, Col0: a.Col0, Col1: a.Col1}, f.SortSpecs)
	}
	t.applyFilter()
	t.touch()
	return nil, nil
}

// clearBasicFilter takes a sheet's filter away, and shows the rows that it hid.
func (b *book) clearBasicFilter(in *api.ClearBasicFilterRequest) (Obj, error) {
	t, err := b.grid(in.SheetID)
	if err != nil {
		return nil, err
	}
	t.Filter = nil
	t.applyFilter()
	t.touch()
	return nil, nil
}

// notInFilters are the types of conditions that filters and slicers do not have.
var notInFilters = []string{"ONE_OF_RANGE", "ONE_OF_LIST", "BOOLEAN", "TEXT_IS_EMAIL", "TEXT_IS_URL", "DATE_IS_VALID"}

// filter reads a filter: what it is on, and what it lets through. Criteria can be given by column or as a list; both are kept.
func (b *book) filter(r *api.GridRange, table *string, criteria map[string]api.FilterCriteria, specs []api.FilterSpec, sorts []api.SortSpec) (*tab, formula.Area, Obj, error) {
	var t *tab
	var a formula.Area
	var err error
	if table != nil {
		x, i, ok := b.tableID(*table)
		if !ok {
			return nil, a, nil, no("No table with id: %s", *table)
		}
		t, a = x, areaOf(x.Tables[i]["range"].(Obj))
	} else if t, a, err = b.area(r); err != nil {
		return nil, a, nil, err
	}
	o := Obj{"range": t.gridRange(a)}
	if table != nil {
		o["tableId"] = *table
	}
	by := map[int]*api.FilterCriteria{}
	for k, c := range criteria {
		n, err := strconv.Atoi(k)
		if err != nil {
			return nil, a, nil, no("Invalid column index: %s", k)
		}
		by[n] = &c
	}
	for _, s := range specs {
		if s.ColumnIndex == nil {
			return nil, a, nil, no("filterSpecs.columnIndex must be specified.")
		}
		by[int(*s.ColumnIndex)] = s.FilterCriteria
	}
	columns := make([]int, 0, len(by))
	for n, c := range by {
		if n < a.Col0 || n >= a.Col1 {
			return nil, a, nil, no("Filter column index %d is outside of the range of the filter.", n)
		}
		if c == nil {
			by[n] = &api.FilterCriteria{}
		} else if c.Condition != nil {
			if err := wellFormed(c.Condition, notInFilters...); err != nil {
				return nil, a, nil, err
			}
		}
		columns = append(columns, n)
	}
	sort.Ints(columns)
	if len(columns) > 0 {
		all, list := Obj{}, []any{}
		for _, n := range columns {
			c := kept(by[n])
			all[strconv.Itoa(n)] = c
			list = append(list, Obj{"columnIndex": float64(n), "filterCriteria": c})
		}
		o["criteria"], o["filterSpecs"] = all, list
	}
	var order []any
	for _, s := range sorts {
		if n := int(deref(s.DimensionIndex)); n < a.Col0 || n >= a.Col1 {
			return nil, a, nil, no("Sort dimension index %d is outside of the range.", n)
		}
		order = append(order, kept(s))
	}
	if order != nil {
		o["sortSpecs"] = order
	}
	return t, a, o, nil
}

// unfilter shows the rows that the sheet's filter hid.
func (t *tab) unfilter() {
	var hidden []int
	t.walkRows(0, t.RowCount, func(r int, row *Row) bool {
		if row.Filtered {
			hidden = append(hidden, r)
		}
		return true
	})
	for _, r := range hidden {
		t.editRow(r).Filtered = false
	}
}

// applyFilter hides the rows that the sheet's filter, or a slicer over it, does not let through.
func (t *tab) applyFilter() {
	t.unfilter()
	hide := func(a formula.Area, col int, criteria Obj) {
		for r := a.Row0 + 1; r < a.Row1; r++ {
			if !t.lets(criteria, r, col, a) {
				t.editRow(r).Filtered = true
			}
		}
	}
	if t.Filter != nil {
		a := areaOf(t.Filter["range"].(Obj)).Clip(t.RowCount, t.ColCount)
		list, _ := t.Filter["filterSpecs"].([]any)
		for _, s := range list {
			s := s.(Obj)
			criteria, _ := s["filterCriteria"].(Obj)
			hide(a, numberIn(s, "columnIndex", 0), criteria)
		}
	}
	for _, s := range t.b.slicersOver(t) {
		hide(s.Area, s.column, s.criteria)
	}
}

// A slicing is what a slicer does to cells.
type slicing struct {
	formula.Area
	column   int // on the sheet
	criteria Obj
	pivots   bool // it does so to pivot tables too
}

// slicersOver are the slicers, wherever they lie, that filter cells of a sheet.
func (b *book) slicersOver(t *tab) (out []slicing) {
	for _, x := range b.tabs {
		for _, o := range x.Slicers {
			spec, _ := o["spec"].(Obj)
			r, _ := spec["dataRange"].(Obj)
			criteria, ok := spec["filterCriteria"].(Obj)
			if !ok || r == nil || numberIn(r, "sheetId", 0) != t.ID {
				continue
			}
			a := areaOf(r).Clip(t.RowCount, t.ColCount)
			out = append(out, slicing{a, a.Col0 + numberIn(spec, "columnIndex", 0), criteria, spec["applyToPivotTables"] != false})
		}
	}
	return out
}

// sliced lets every slicer filter anew, after one is another.
func (b *book) sliced() {
	for _, t := range b.tabs {
		t.applyFilter()
	}
}

// lets reports whether a filter's criteria for a column let a row through.
func (t *tab) lets(c Obj, r, col int, a formula.Area) bool {
	x := t.cell(r, col)
	if x == nil {
		x = &Cell{}
	}
	return t.letsCell(c, x, r, col, formula.Cell(a.Row0+1, col))
}

// letsCell is lets of a cell that need not be on the sheet.
func (t *tab) letsCell(c Obj, x *Cell, r, col int, from formula.Area) bool {
	shown := t.b.shown(x)
	hidden, _ := c["hiddenValues"].([]any)
	for _, h := range hidden {
		if s, _ := h.(string); strings.EqualFold(s, shown) {
			return false
		}
	}
	if cond, ok := c["condition"].(Obj); ok && !t.b.meetsCell(cond, x, t, r, col, from) {
		return false
	}
	for name, of := range map[string]string{"visibleBackgroundColor": "backgroundColor", "visibleForegroundColor": "foregroundColor"} {
		want, ok := c[name].(Obj)
		if !ok {
			continue
		}
		tree := x.Format.tree()
		if of == "foregroundColor" {
			tree, _ = tree["textFormat"].(Obj)
		}
		have, _ := tree[of].(Obj)
		if !sameColor(have, want) {
			return false
		}
	}
	return true
}

func sameColor(a, b Obj) bool {
	for _, k := range []string{"red", "green", "blue"} {
		x, _ := a[k].(float64)
		y, _ := b[k].(float64)
		if x != y {
			return false
		}
	}
	return true
}

// sortRange puts the rows of a range in order.
func (b *book) sortRange(in *api.SortRangeRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	if len(in.SortSpecs) == 0 {
		return nil, no("At least one sort spec must be specified.")
	}
	for _, s := range in.SortSpecs {
		if n := int(deref(s.DimensionIndex)); n < a.Col0 || n >= a.Col1 {
			return nil, no("Sort dimension index %d is outside of the range.", n)
		}
	}
	for _, m := range t.Merges {
		if !m.Intersect(a).Empty() && m.Rows() > 1 {
			return nil, no("You can't sort a range with vertically merged cells.")
		}
	}
	t.sort(a, in.SortSpecs)
	return nil, nil
}

// sort puts the rows of an area in order: numbers first, then text, truth values, errors, and at the end always what is
// empty. Formulas go with their rows, as if they were copied.
func (t *tab) sort(a formula.Area, specs []api.SortSpec) {
	a = a.Clip(t.RowCount, t.ColCount)
	order := make([]int, a.Rows())
	for i := range order {
		order[i] = a.Row0 + i
	}
	none := &Cell{}
	at := func(r, c int) *Cell {
		if x := t.cell(r, c); x != nil {
			return x
		}
		return none
	}
	slices.SortStableFunc(order, func(i, k int) int {
		for _, s := range specs {
			c := int(deref(s.DimensionIndex))
			if n := compareCells(at(i, c), at(k, c), s); n != 0 {
				return n
			}
		}
		return 0
	})
	t.arrange(a, order)
}

func compareCells(x, y *Cell, s api.SortSpec) int {
	if want := s.BackgroundColorStyle; want != nil && want.RGBColor != nil {
		return byColor(x, y, kept(want.RGBColor), "backgroundColor")
	}
	if a, b := x.Value.Kind == calc.KindEmpty, y.Value.Kind == calc.KindEmpty; a || b {
		switch {
		case a && b:
			return 0
		case a:
			return 1
		}
		return -1
	}
	n := calc.Compare(x.Value, y.Value)
	if deref(s.SortOrder) == "DESCENDING" {
		return -n
	}
	return n
}

// byColor puts cells of a colour before the others.
func byColor(x, y *Cell, want Obj, of string) int {
	is := func(x *Cell) bool {
		have, _ := x.Format.tree()[of].(Obj)
		return sameColor(have, single(want))
	}
	switch a, b := is(x), is(y); {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// addFilterView keeps a filter that everybody can use for themselves; it hides nothing from others.
func (b *book) addFilterView(in *api.AddFilterViewRequest) (Obj, error) {
	f := in.Filter
	if f == nil {
		return nil, no("filter must be specified.")
	}
	t, o, err := b.filterView(f)
	if err != nil {
		return nil, err
	}
	if f.FilterViewID != nil {
		if _, _, taken := b.filterViewID(*f.FilterViewID); taken {
			return nil, no("Duplicate filter view id: %d", *f.FilterViewID)
		}
		o["filterViewId"] = float64(*f.FilterViewID)
	} else {
		o["filterViewId"] = float64(b.number())
	}
	if o["title"] == nil {
		o["title"] = "Filter " + strconv.Itoa(len(t.FilterViews)+1)
	}
	t.FilterViews = append(slices.Clone(t.FilterViews), o)
	t.touch()
	return Obj{"filter": o}, nil
}

// filterView reads a filter view. Without a range it is of the range that a name or a table has, or of all of the sheet.
func (b *book) filterView(f *api.FilterView) (*tab, Obj, error) {
	r := f.Range
	if f.NamedRangeID != nil {
		i := b.nameID(*f.NamedRangeID)
		if i < 0 {
			return nil, nil, no("No named range with id: %s", *f.NamedRangeID)
		}
		n := b.Names[i]
		var given api.GridRange
		fromTree(gridRange(n.Sheet, n.Area), &given)
		r = &given
	}
	t, _, o, err := b.filter(r, f.TableID, f.Criteria, f.FilterSpecs, f.SortSpecs)
	if err != nil {
		return nil, nil, err
	}
	if f.NamedRangeID != nil {
		o["namedRangeId"] = *f.NamedRangeID
	}
	if s := deref(f.Title); s != "" {
		o["title"] = s
	}
	return t, o, nil
}

// filterViewID finds a filter view by its id.
func (b *book) filterViewID(id int32) (*tab, int, bool) {
	return b.lying(func(t *tab) []Obj { return t.FilterViews }, "filterViewId", id)
}

// lying finds what lies on a sheet by its id.
func (b *book) lying(list func(*tab) []Obj, name string, id int32) (*tab, int, bool) {
	for _, t := range b.tabs {
		if i := indexOf(list(t), name, int(id)); i >= 0 {
			return t, i, true
		}
	}
	return nil, 0, false
}

// updateFilterView changes a filter view.
func (b *book) updateFilterView(in *api.UpdateFilterViewRequest) (Obj, error) {
	m, err := fields(in.Fields, api.FilterView{})
	if err != nil {
		return nil, err
	}
	if in.Filter == nil {
		return nil, no("filter must be specified.")
	}
	t, i, ok := b.filterViewID(deref(in.Filter.FilterViewID))
	if !ok {
		return nil, no("No filter view with id: %d", deref(in.Filter.FilterViewID))
	}
	now := updated(t.FilterViews[i], kept(in.Filter), m)
	// Criteria are kept under two names; what is given under one of them counts.
	if m.Has("criteria") && !(m != nil && m.Has("filterSpecs")) && in.Filter.FilterSpecs == nil {
		delete(now, "filterSpecs")
	} else if m != nil && m.Has("filterSpecs") && !m.Has("criteria") {
		delete(now, "criteria")
	}
	var full api.FilterView
	fromTree(now, &full)
	to, o, err := b.filterView(&full)
	if err != nil {
		return nil, err
	}
	o["filterViewId"] = t.FilterViews[i]["filterViewId"]
	t.FilterViews = slices.Delete(slices.Clone(t.FilterViews), i, i+1)
	to.FilterViews = slices.Insert(slices.Clone(to.FilterViews), min(i, len(to.FilterViews)), o)
	t.touch()
	to.touch()
	return nil, nil
}

// duplicateFilterView keeps a filter view a second time.
func (b *book) duplicateFilterView(in *api.DuplicateFilterViewRequest) (Obj, error) {
	t, i, ok := b.filterViewID(deref(in.FilterID))
	if !ok {
		return nil, no("No filter view with id: %d", deref(in.FilterID))
	}
	o := with(t.FilterViews[i], "filterViewId", float64(b.number()))
	title, _ := o["title"].(string)
	o["title"] = "Copy of " + title
	t.FilterViews = append(slices.Clone(t.FilterViews), o)
	t.touch()
	return Obj{"filter": o}, nil
}

// deleteFilterView takes a filter view away.
func (b *book) deleteFilterView(in *api.DeleteFilterViewRequest) (Obj, error) {
	t, i, ok := b.filterViewID(deref(in.FilterID))
	if !ok {
		return nil, no("No filter view with id: %d", deref(in.FilterID))
	}
	t.FilterViews = slices.Delete(slices.Clone(t.FilterViews), i, i+1)
	t.touch()
	return nil, nil
}
