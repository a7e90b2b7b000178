package gsheets

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A pivot table is anchored at a cell and fills those below and to the right of it with sums over its source, again
// whenever that changes; one of a data source when that is read.
//
// https://developers.google.com/workspace/sheets/api/guides/pivot-tables

// setPivot anchors a pivot table at a cell, or takes away the one that is there.
func (t *tab) setPivot(r, c int, rest *Rest, in *api.PivotTable) error {
	t.b.wipePivot(t, r, c, rest)
	rest.Pivot, rest.PivotRows, rest.PivotCols = nil, 0, 0
	if in == nil {
		return nil
	}
	if err := t.b.pivotFormed(in); err != nil {
		return err
	}
	o := kept(in)
	filtersBoth(o)
	if in.DataSourceID != nil {
		if t.b.sourceAt(*in.DataSourceID) < 0 {
			return noSource(in.DataSourceID)
		}
		if err := t.b.connects(); err != nil {
			return err
		}
		o["dataExecutionStatus"] = running
		t.b.reading = true
	} else {
		from, a, err := t.b.area(in.Source)
		if err != nil {
			return err
		}
		if err := pivotWithin(in, a.Cols()); err != nil {
			return err
		}
		o["source"] = from.gridRange(a)
		t.b.Pivots = true
	}
	rest.Pivot = o
	return nil
}

// filtersBoth writes the filters of a pivot table under both of their names: by column, and as a list, which counts if both are given.
func filtersBoth(o Obj) {
	if specs, ok := o["filterSpecs"].([]any); ok {
		by := Obj{}
		for _, s := range specs {
			if s := s.(Obj); s["dataSourceColumnReference"] == nil {
				by[strconv.Itoa(numberIn(s, "columnOffsetIndex", 0))] = s["filterCriteria"]
			}
		}
		if delete(o, "criteria"); len(by) > 0 {
			o["criteria"] = by
		}
		return
	}
	by, _ := o["criteria"].(Obj)
	for _, k := range slices.Sorted(maps.Keys(by)) {
		n, _ := strconv.Atoi(k)
		appendTo(o, "filterSpecs", Obj{"columnOffsetIndex": float64(n), "filterCriteria": by[k]})
	}
}

// pivotFormed refuses a pivot table whose groups and values say too little, or too much.
func (b *book) pivotFormed(in *api.PivotTable) error {
	switch {
	case in.DataSourceID == nil && in.Source == nil:
		return no("pivotTable.source must be specified.")
	case in.DataSourceID != nil && in.Source != nil:
		return no("Only one of pivotTable.source and pivotTable.dataSourceId can be set.")
	}
	for i, v := range in.Values {
		fn := deref(v.SummarizeFunction)
		switch {
		case v.SourceColumnOffset == nil && v.Formula == nil && v.DataSourceColumnReference == nil:
			return no("pivotTable.values[%d] must have a sourceColumnOffset or a formula.", i)
		case v.DataSourceColumnReference != nil && in.DataSourceID == nil:
			return no("pivotTable.values[%d].dataSourceColumnReference is only supported with a data source.", i)
		case v.Formula != nil && fn != "SUM" && fn != "CUSTOM":
			return no("pivotTable.values[%d].summarizeFunction must be SUM or CUSTOM if formula is set.", i)
		case v.Formula == nil && (fn == "" || fn == "CUSTOM" || fn == "NONE" || fn == "PIVOT_STANDARD_VALUE_FUNCTION_UNSPECIFIED"):
			return no("pivotTable.values[%d].summarizeFunction must be specified.", i)
		}
		if v.Formula != nil {
			if _, err := formula.Parse(*v.Formula, b.syntax()); err != nil || !strings.HasPrefix(*v.Formula, "=") {
				return no("pivotTable.values[%d].formula cannot be parsed: %s", i, *v.Formula)
			}
		}
	}
	for _, side := range pivotSides(in) {
		for i, g := range side.groups {
			name := side.name
			switch {
			case in.DataSourceID == nil && g.DataSourceColumnReference != nil:
				return no("pivotTable.%s[%d].dataSourceColumnReference is only supported with a data source.", name, i)
			case in.DataSourceID != nil && g.DataSourceColumnReference == nil:
				return no("pivotTable.%s[%d].dataSourceColumnReference must be specified.", name, i)
			case g.GroupLimit != nil && deref(g.GroupLimit.CountLimit) < 1:
				return no("pivotTable.%s[%d].groupLimit.countLimit must be greater than 0.", name, i)
			case g.ValueBucket != nil && (deref(g.ValueBucket.ValuesIndex) < 0 || int(deref(g.ValueBucket.ValuesIndex)) >= len(in.Values)):
				return no("pivotTable.%s[%d].valueBucket.valuesIndex[%d] is outside of the values.", name, i, deref(g.ValueBucket.ValuesIndex))
			}
			if g.GroupRule != nil && g.GroupRule.HistogramRule != nil {
				h := g.GroupRule.HistogramRule
				switch {
				case deref(h.Interval) <= 0:
					return no("pivotTable.%s[%d].groupRule.histogramRule.interval must be greater than 0.", name, i)
				case h.Start != nil && h.End != nil && *h.Start >= *h.End:
					return no("pivotTable.%s[%d].groupRule.histogramRule.start must be less than end.", name, i)
				}
			}
		}
	}
	return nil
}

// A pivotSide is the groups of the rows, or of the columns.
type pivotSide struct {
	name   string
	groups []api.PivotGroup
}

func pivotSides(in *api.PivotTable) []pivotSide {
	return []pivotSide{{"rows", in.Rows}, {"columns", in.Columns}}
}

// pivotWithin refuses a pivot table that asks for columns that its source does not have.
func pivotWithin(in *api.PivotTable, cols int) error {
	for _, side := range pivotSides(in) {
		for i, g := range side.groups {
			name := side.name
			if n := int(deref(g.SourceColumnOffset)); n < 0 || n >= cols {
				return no("pivotTable.%s[%d].sourceColumnOffset[%d] is outside of the source.", name, i, n)
			}
		}
	}
	for i, v := range in.Values {
		if n := int(deref(v.SourceColumnOffset)); n < 0 || n >= cols {
			return no("pivotTable.values[%d].sourceColumnOffset[%d] is outside of the source.", i, n)
		}
	}
	return nil
}

// pivots computes every pivot table of cells anew.
func (b *book) pivots() {
	type anchor struct {
		*tab
		r, c int
	}
	var all []anchor
	for _, t := range b.tabs {
		t.walk(t.all(), func(r, c int, x *Cell) bool {
			if x.Rest != nil && x.Rest.Pivot != nil && x.Rest.Pivot["dataSourceId"] == nil {
				all = append(all, anchor{t, r, c})
			}
			return true
		})
	}
	for _, at := range all {
		b.pivot(at.tab, at.r, at.c)
	}
}

// wipePivot empties the cells that a pivot table, or a data source table, fills.
func (b *book) wipePivot(t *tab, r, c int, rest *Rest) {
	for i := r; i < r+rest.PivotRows; i++ {
		for k := c; k < c+rest.PivotCols; k++ {
			if x := t.cell(i, k); x != nil && x.Spilled {
				x = t.edit(i, k)
				x.Value, x.Spilled = calc.Empty, false
				t.wrote(i, k)
			}
		}
	}
}

// pivot computes the pivot table that is anchored at a cell.
func (b *book) pivot(t *tab, r, c int) {
	b.wipePivot(t, r, c, t.cell(r, c).Rest)
	t.fill(r, c, b.pivotGrid(t.cell(r, c).Rest.Pivot))
}

// fill shows a block of values from a cell on, where nothing else is and the sheet has cells.
func (t *tab) fill(r, c int, grid [][]calc.Value) {
	rows, cols := len(grid), 0
	for i, line := range grid {
		cols = max(cols, len(line))
		for k, v := range line {
			if r+i >= t.RowCount || c+k >= t.ColCount {
				continue
			}
			y := t.edit(r+i, c+k)
			if i+k > 0 && (y.Formula != "" || y.Value.Kind != calc.KindEmpty && !y.Spilled) {
				continue
			}
			y.Value, y.Formula, y.Spilled = v, "", true
			t.wrote(r+i, c+k)
		}
	}
	t.editRest(r, c, func(rest *Rest) { rest.PivotRows, rest.PivotCols = rows, cols })
}

// pivotTable reads a pivot table: its groups, and the rows of its source. It is not ok if the source is gone.
func (b *book) pivotTable(o Obj) (p pivoting, ok bool) {
	p = pivoting{b: b, vertical: o["valueLayout"] == "VERTICAL"}
	var rows, criteria = 0, formula.Area{}
	if id, _ := o["dataSourceId"].(string); id != "" {
		res, ok := b.result(id)
		if !ok {
			return p, false
		}
		p.tab, p.names, rows = b.tabs[0], res.Names, len(res.Rows)
		p.cell = func(r, c int) *Cell { return &Cell{Value: res.Rows[r][c]} }
	} else {
		src := o["source"].(Obj)
		t, ok := b.tab(numberIn(src, "sheetId", 0))
		if !ok {
			return p, false
		}
		a := areaOf(src).Clip(t.RowCount, t.ColCount)
		p.tab, rows, criteria = t, a.Rows()-1, a
		for _, s := range b.slicersOver(t) {
			if s.pivots && !s.Intersect(a).Empty() {
				p.slicers = append(p.slicers, s)
			}
		}
		p.cell = func(r, c int) *Cell {
			if x := t.cell(a.Row0+1+r, a.Col0+c); x != nil {
				return x
			}
			return &Cell{}
		}
		for c := range a.Cols() {
			p.names = append(p.names, b.shown(p.cell(-1, c)))
		}
	}
	list, _ := o["values"].([]any)
	for _, v := range list {
		x, ok := p.valueOf(v.(Obj))
		if !ok {
			return p, false
		}
		p.values = append(p.values, x)
	}
	if p.rows, ok = p.groups(o["rows"]); !ok {
		return p, false
	}
	if p.cols, ok = p.groups(o["columns"]); !ok {
		return p, false
	}
	for r := range max(0, rows) {
		if !p.emptyRow(r) && p.lets(o, r, criteria) {
			p.all = append(p.all, r)
		}
	}
	p.limit()
	return p, true
}

// emptyRow reports whether a row of the source has nothing.
func (p *pivoting) emptyRow(r int) bool {
	for c := range p.names {
		if p.cell(r, c).Value.Kind != calc.KindEmpty {
			return false
		}
	}
	return true
}

// lets reports whether the filters of a pivot table let a row of its source through.
func (p *pivoting) lets(o Obj, r int, a formula.Area) bool {
	lets := func(col int, c Obj) bool {
		if col < 0 || col >= len(p.names) {
			return true
		}
		x := p.cell(r, col)
		if cond, ok := c["condition"].(Obj); ok && !p.b.meetsCell(cond, x, p.tab, a.Row0+1+r, a.Col0+col, formula.Cell(a.Row0+1, a.Col0+col)) {
			return false
		}
		visible, ok := c["visibleValues"].([]any)
		if !ok && c["visibleByDefault"] != false {
			return true
		}
		return c["visibleByDefault"] == true || slices.ContainsFunc(visible, func(v any) bool { return v == p.b.shown(x) })
	}
	for _, s := range p.slicers {
		if row := a.Row0 + 1 + r; row > s.Row0 && row < s.Row1 && !p.tab.lets(s.criteria, row, s.column, s.Area) {
			return false
		}
	}
	specs, _ := o["filterSpecs"].([]any)
	for _, s := range specs {
		s := s.(Obj)
		col := numberIn(s, "columnOffsetIndex", 0)
		if s["dataSourceColumnReference"] != nil {
			col = slices.Index(p.names, columnName(s))
		}
		if c, ok := s["filterCriteria"].(Obj); ok && !lets(col, c) {
			return false
		}
	}
	return true
}

// pivotData is what GETPIVOTDATA gives: a value of the pivot table that covers a cell, over the rows of its source that have the items
// in the groups.
//
// https://support.google.com/docs/answer/6167538
func (b *book) pivotData(value string, at calc.Ref, items [][2]calc.Value) calc.Value {
	gone := calc.Fail(calc.CodeRef, "Reference does not exist.")
	t, ok := b.tab(at.Sheet)
	if !ok {
		return gone
	}
	var o Obj
	t.walk(formula.Area{Row1: at.Area.Row0 + 1, Col1: at.Area.Col0 + 1}, func(r, c int, x *Cell) bool {
		if x.Rest != nil && x.Rest.Pivot != nil && at.Area.Row0 < r+x.Rest.PivotRows && at.Area.Col0 < c+x.Rest.PivotCols {
			o = x.Rest.Pivot
		}
		return o == nil
	})
	if o == nil {
		return gone
	}
	p, ok := b.pivotTable(o)
	if !ok {
		return gone
	}
	k := slices.IndexFunc(p.values, func(v pivotValue) bool { return strings.EqualFold(v.name, value) })
	if k < 0 {
		return gone
	}
	groups, rows := slices.Concat(p.rows, p.cols), slices.Clone(p.all)
	for _, item := range items {
		i := slices.IndexFunc(groups, func(g pivotGroup) bool { return strings.EqualFold(g.name, b.plain(item[0])) })
		if i < 0 {
			return gone
		}
		rows = slices.DeleteFunc(rows, func(r int) bool { return !strings.EqualFold(b.plain(p.grouped(r, groups[i]).value), b.plain(item[1])) })
	}
	if len(rows) == 0 {
		return gone
	}
	return p.value(k, rows, rows, rows)
}

// plain is a value as text.
func (b *book) plain(v calc.Value) string { return b.shown(&Cell{Value: v}) }
