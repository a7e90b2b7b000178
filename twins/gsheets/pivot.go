package gsheets

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// A pivot table is anchored at a cell and fills those below and to the right of it with sums over its source, again
// whenever that changes.
//
// https://developers.google.com/workspace/sheets/api/guides/pivot-tables

// setPivot anchors a pivot table at a cell, or takes away the one that is there.
func (t *tab) setPivot(r, c int, rest *Rest, in *api.PivotTable) error {
	t.b.wipePivot(t, r, c, rest)
	rest.Pivot, rest.PivotRows, rest.PivotCols = nil, 0, 0
	if in == nil {
		return nil
	}
	if in.DataSourceID != nil {
		return noSource(in.DataSourceID)
	}
	if in.Source == nil {
		return no("pivotTable.source must be specified.")
	}
	from, a, err := t.b.area(in.Source)
	if err != nil {
		return err
	}
	for name, groups := range map[string][]api.PivotGroup{"rows": in.Rows, "columns": in.Columns} {
		for i, g := range groups {
			if n := int(deref(g.SourceColumnOffset)); n < 0 || n >= a.Cols() {
				return no("pivotTable.%s[%d].sourceColumnOffset[%d] is outside of the source.", name, i, n)
			}
		}
	}
	for i, v := range in.Values {
		n := int(deref(v.SourceColumnOffset))
		switch {
		case v.SourceColumnOffset == nil && v.Formula == nil:
			return no("pivotTable.values[%d] must have a sourceColumnOffset or a formula.", i)
		case n < 0 || n >= a.Cols():
			return no("pivotTable.values[%d].sourceColumnOffset[%d] is outside of the source.", i, n)
		case v.Formula == nil && (v.SummarizeFunction == nil || *v.SummarizeFunction == "CUSTOM" || *v.SummarizeFunction == "NONE"):
			return no("pivotTable.values[%d].summarizeFunction must be specified.", i)
		}
	}
	o := kept(in)
	o["source"] = from.gridRange(a)
	rest.Pivot = o
	t.b.Pivots = true
	return nil
}

// pivots computes every pivot table anew.
func (b *book) pivots() {
	type anchor struct {
		*tab
		r, c int
	}
	var all []anchor
	for _, t := range b.tabs {
		t.walk(t.all(), func(r, c int, x *Cell) bool {
			if x.Rest != nil && x.Rest.Pivot != nil {
				all = append(all, anchor{t, r, c})
			}
			return true
		})
	}
	for _, at := range all {
		b.pivot(at.tab, at.r, at.c)
	}
}

// wipePivot empties the cells that a pivot table fills.
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

// A pivotGroup is one group of a pivot table with what it is of.
type pivotGroup struct {
	column int
	name   string
	down   bool // DESCENDING
	totals bool
	limit  int
	rule   Obj
}

// pivot computes the pivot table that is anchored at a cell.
func (b *book) pivot(t *tab, r, c int) {
	x := t.cell(r, c)
	b.wipePivot(t, r, c, x.Rest)
	grid := b.pivotGrid(x.Rest.Pivot)
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
	rest := *x.Rest
	rest.PivotRows, rest.PivotCols = rows, cols
	t.edit(r, c).Rest = &rest
}

// pivotTable reads a pivot table: its groups, and the rows of its source. It is not ok if the source is gone.
func (b *book) pivotTable(o Obj) (p pivoting, rowGroups, colGroups []pivotGroup, rows []int, ok bool) {
	src := o["source"].(Obj)
	t, ok := b.tab(numberIn(src, "sheetId", 0))
	if !ok {
		return p, nil, nil, nil, false
	}
	a := areaOf(src).Clip(t.RowCount, t.ColCount)
	p = pivoting{b: b, vertical: o["valueLayout"] == "VERTICAL"}
	p.values, _ = o["values"].([]any)
	p.at = func(r, c int) calc.Value {
		if x := t.cell(r, a.Col0+c); x != nil {
			return x.Value
		}
		return calc.Empty
	}
	p.name = func(c int) string {
		if x := t.cell(a.Row0, a.Col0+c); x != nil {
			return b.shown(x)
		}
		return ""
	}
	groups := func(key string) (out []pivotGroup) {
		list, _ := o[key].([]any)
		for _, g := range list {
			g := g.(Obj)
			group := pivotGroup{column: numberIn(g, "sourceColumnOffset", 0), down: g["sortOrder"] == "DESCENDING", totals: g["showTotals"] == true}
			if group.name, _ = g["label"].(string); group.name == "" {
				group.name = p.name(group.column)
			}
			if l, ok := g["groupLimit"].(Obj); ok {
				group.limit = numberIn(l, "countLimit", 0)
			}
			group.rule, _ = g["groupRule"].(Obj)
			out = append(out, group)
		}
		return out
	}
	for r := a.Row0 + 1; r < a.Row1; r++ {
		if !emptyRow(t, r, a) && b.pivotLets(o, t, r, a) {
			rows = append(rows, r)
		}
	}
	return p, groups("rows"), groups("columns"), rows, true
}

// pivotData is what GETPIVOTDATA gives: a value of the pivot table that covers a cell, over the rows of its source that have the items
// in the groups.
//
// https://support.google.com/docs/answer/6167538
func (b *book) pivotData(value string, at calc.Ref, items [][2]calc.Value) calc.Value {
	gone := calc.Fail(calc.CodeRef, "Reference does not exist.")
	t, _ := b.tab(at.Sheet)
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
	p, rowGroups, colGroups, all, ok := b.pivotTable(o)
	if !ok {
		return gone
	}
	k := 0
	for k < len(p.values) && !strings.EqualFold(p.valueName(k), value) {
		k++
	}
	if k == len(p.values) {
		return gone
	}
	groups, rows := slices.Concat(rowGroups, colGroups), slices.Clone(all)
	for _, item := range items {
		i := slices.IndexFunc(groups, func(g pivotGroup) bool { return strings.EqualFold(g.name, b.plain(item[0])) })
		if i < 0 {
			return gone
		}
		rows = slices.DeleteFunc(rows, func(r int) bool {
			return !strings.EqualFold(b.plain(p.grouped(p.at(r, groups[i].column), groups[i].rule)), b.plain(item[1]))
		})
	}
	if len(rows) == 0 {
		return gone
	}
	return p.value(k, rows, rows, rows, all)
}

// pivotGrid is what a pivot table shows.
func (b *book) pivotGrid(o Obj) [][]calc.Value {
	p, rowGroups, colGroups, rows, ok := b.pivotTable(o)
	if !ok {
		return [][]calc.Value{{calc.Fail(calc.CodeRef, "The source of the pivot table is gone.")}}
	}
	values := p.values
	colTree, rowTree := p.tree(rows, colGroups), p.tree(rows, rowGroups)
	colLeaves, rowLeaves := p.leaves(colTree, colGroups, nil), p.leaves(rowTree, rowGroups, nil)
	across := max(1, len(values))
	if p.vertical {
		across = 1
	}

	var grid [][]calc.Value
	// The heads: the values of the column groups, and the names of the row groups and values.
	for depth, g := range colGroups {
		line := make([]calc.Value, len(rowGroups))
		if depth == 0 && len(rowGroups) > 0 && len(values) <= 1 && len(values) > 0 {
			line[0] = calc.Text(p.valueName(0))
		}
		head := slices.Clone(line)
		if len(grid) == 0 {
			head = append(head, calc.Text(g.name))
			grid = append(grid, head)
		}
		last := ""
		for _, leaf := range colLeaves {
			for k := range across {
				v := calc.Empty
				switch label := strings.Join(leaf.labels[:min(depth+1, len(leaf.labels))], "\x00"); {
				case leaf.total && len(leaf.path) == depth && k == 0:
					v = calc.Text(leaf.totalName())
				case depth < len(leaf.path) && (label != last || depth == len(colGroups)-1) && k == 0:
					v = leaf.path[depth]
					last = label
				}
				line = append(line, v)
			}
		}
		grid = append(grid, line)
	}
	var head []calc.Value
	for _, g := range rowGroups {
		head = append(head, calc.Text(g.name))
	}
	if len(colGroups) > 0 && len(grid) > 0 && len(values) <= 1 {
		copy(grid[len(grid)-1], head)
	} else {
		for range max(1, len(colLeaves)) {
			for k := range values {
				if p.vertical {
					break
				}
				head = append(head, calc.Text(p.valueName(k)))
			}
		}
		grid = append(grid, head)
	}
	last := make([]string, len(rowGroups))
	for _, leaf := range rowLeaves {
		line := make([]calc.Value, len(rowGroups))
		for i := range rowGroups {
			label := strings.Join(leaf.labels[:min(i+1, len(leaf.labels))], "\x00")
			switch {
			case leaf.total && i == len(leaf.path):
				line[i] = calc.Text(leaf.totalName())
			case i < len(leaf.path) && (label != last[i] || leaf.total && i == len(leaf.path)-1):
				line[i] = leaf.path[i]
				last[i] = label
			}
		}
		if leaf.total && len(leaf.path) > 0 {
			line[len(leaf.path)-1] = calc.Text(b.plain(leaf.path[len(leaf.path)-1]) + " Total")
			for i := len(leaf.path); i < len(line); i++ {
				line[i] = calc.Empty
			}
		}
		for _, col := range colLeaves {
			both := meet(leaf.rows, col.rows)
			for k := range values {
				if len(both) == 0 && len(values) > 0 && len(colGroups) > 0 {
					line = append(line, calc.Empty)
					continue
				}
				line = append(line, p.value(k, both, leaf.rows, col.rows, rows))
			}
		}
		grid = append(grid, line)
	}
	if len(grid) == 0 {
		grid = [][]calc.Value{{calc.Empty}}
	}
	return grid
}

func emptyRow(t *tab, r int, a formula.Area) bool {
	full := false
	t.walk(formula.Area{Row0: r, Row1: r + 1, Col0: a.Col0, Col1: a.Col1}, func(_, _ int, x *Cell) bool {
		full = x.Value.Kind != calc.KindEmpty
		return !full
	})
	return !full
}

// pivotLets reports whether the filters of a pivot table let a row of its source through.
func (b *book) pivotLets(o Obj, t *tab, r int, a formula.Area) bool {
	lets := func(col int, c Obj) bool {
		x := t.cell(r, a.Col0+col)
		if x == nil {
			x = &Cell{}
		}
		if cond, ok := c["condition"].(Obj); ok && !b.meets(cond, t, r, a.Col0+col, formula.Cell(a.Row0+1, a.Col0+col)) {
			return false
		}
		visible, ok := c["visibleValues"].([]any)
		if !ok && c["visibleByDefault"] != false {
			return true
		}
		return c["visibleByDefault"] == true || slices.ContainsFunc(visible, func(v any) bool { return v == b.shown(x) })
	}
	criteria, _ := o["criteria"].(Obj)
	for k, c := range criteria {
		n, _ := strconv.Atoi(k)
		if !lets(n, c.(Obj)) {
			return false
		}
	}
	specs, _ := o["filterSpecs"].([]any)
	for _, s := range specs {
		s := s.(Obj)
		if c, ok := s["filterCriteria"].(Obj); ok && !lets(numberIn(s, "columnOffsetIndex", 0), c) {
			return false
		}
	}
	return true
}

// plain is a value as text.
func (b *book) plain(v calc.Value) string { return b.shown(&Cell{Value: v}) }

// pivoting is a pivot table at work.
type pivoting struct {
	b        *book
	at       func(r, c int) calc.Value
	values   []any
	vertical bool
	name     func(c int) string
}

// A branch is the rows of a source that have one value in a group's column, parted by the next group.
type branch struct {
	value calc.Value
	label string
	rows  []int
	under []branch
}

// A leaf is a line of a pivot table: the rows that a path of values leads to, or a total over them.
type leaf struct {
	path   []calc.Value
	labels []string
	rows   []int
	total  bool
}

func (l leaf) totalName() string {
	if len(l.path) == 0 {
		return "Grand Total"
	}
	return "Total"
}

// tree parts rows by groups.
func (p pivoting) tree(rows []int, groups []pivotGroup) []branch {
	if len(groups) == 0 {
		return nil
	}
	g := groups[0]
	var out []branch
	place := map[string]int{}
	for _, r := range rows {
		v := p.grouped(p.at(r, g.column), g.rule)
		label := strconv.Itoa(int(v.Kind)) + strings.ToLower(p.b.plain(v))
		i, ok := place[label]
		if !ok {
			i = len(out)
			place[label] = i
			out = append(out, branch{value: v, label: label})
		}
		out[i].rows = append(out[i].rows, r)
	}
	sort.SliceStable(out, func(i, k int) bool {
		n := calc.Compare(out[i].value, out[k].value)
		if g.down {
			n = -n
		}
		return n < 0
	})
	if g.limit > 0 && len(out) > g.limit {
		out = out[:g.limit]
	}
	for i := range out {
		out[i].under = p.tree(out[i].rows, groups[1:])
	}
	return out
}

// grouped is the value under which a group's rule puts a value.
func (p pivoting) grouped(v calc.Value, rule Obj) calc.Value {
	if h, ok := rule["histogramRule"].(Obj); ok && v.Kind == calc.KindNumber {
		interval, _ := h["interval"].(float64)
		start, hasStart := h["start"].(float64)
		end, hasEnd := h["end"].(float64)
		switch {
		case interval <= 0:
			return v
		case hasStart && v.Num < start:
			return calc.Text("< " + p.b.plain(calc.Number(start)))
		case hasEnd && v.Num > end:
			return calc.Text("> " + p.b.plain(calc.Number(end)))
		}
		lo := start + float64(int((v.Num-start)/interval))*interval
		return calc.Text(p.b.plain(calc.Number(lo)) + " - " + p.b.plain(calc.Number(lo+interval)))
	}
	if m, ok := rule["manualRule"].(Obj); ok {
		list, _ := m["groups"].([]any)
		for _, g := range list {
			g := g.(Obj)
			items, _ := g["items"].([]any)
			for _, item := range items {
				for _, want := range item.(Obj) {
					if s, ok := want.(string); ok && s == v.Text && v.Kind == calc.KindText || want == v.Num && v.Kind == calc.KindNumber {
						name, _ := g["groupName"].(Obj)
						s, _ := name["stringValue"].(string)
						return calc.Text(s)
					}
				}
			}
		}
	}
	if d, ok := rule["dateTimeRule"].(Obj); ok && v.Kind == calc.KindNumber {
		kind, _ := d["type"].(string)
		return datePart(v.Num, kind)
	}
	return v
}

// leaves are the lines of a tree, with the totals that its groups show.
func (p pivoting) leaves(tree []branch, groups []pivotGroup, above []branch) (out []leaf) {
	if len(groups) == 0 {
		l := leaf{rows: nil}
		for _, b := range above {
			l.path, l.labels, l.rows = append(l.path, b.value), append(l.labels, b.label), b.rows
		}
		return []leaf{l}
	}
	for _, br := range tree {
		out = append(out, p.leaves(br.under, groups[1:], append(slices.Clone(above), br))...)
	}
	if groups[0].totals {
		t := leaf{total: true}
		for _, b := range above {
			t.path, t.labels, t.rows = append(t.path, b.value), append(t.labels, b.label), b.rows
		}
		if len(above) == 0 {
			for _, br := range tree {
				t.rows = append(t.rows, br.rows...)
			}
			slices.Sort(t.rows)
		}
		out = append(out, t)
	}
	return out
}

// meet is the rows that are in both; nil is all.
func meet(a, b []int) []int {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	var out []int
	for _, r := range a {
		if _, ok := slices.BinarySearchFunc(b, r, cmp.Compare[int]); ok {
			out = append(out, r)
		}
	}
	return out
}

// valueName is what a value is called.
func (p pivoting) valueName(k int) string {
	v := p.values[k].(Obj)
	if s, _ := v["name"].(string); s != "" {
		return s
	}
	if s, _ := v["formula"].(string); s != "" {
		return "Calculated Field " + strconv.Itoa(k+1)
	}
	fn, _ := v["summarizeFunction"].(string)
	return fn + " of " + p.name(numberIn(v, "sourceColumnOffset", 0))
}

// value is a value over rows: a number of its function, and of the whole if it is shown as a part of that.
func (p pivoting) value(k int, rows, inRow, inCol, all []int) calc.Value {
	v := p.values[k].(Obj)
	if rows == nil {
		rows = all
	}
	one := p.sum(v, rows)
	whole := rows
	switch v["calculatedDisplayType"] {
	case "PERCENT_OF_ROW_TOTAL":
		whole = inRow
	case "PERCENT_OF_COLUMN_TOTAL":
		whole = inCol
	case "PERCENT_OF_GRAND_TOTAL":
		whole = all
	default:
		return one
	}
	if whole == nil {
		whole = all
	}
	total := p.sum(v, whole)
	if total.Num == 0 {
		return calc.Fail(calc.CodeDiv, "Function DIVIDE parameter 2 cannot be zero.")
	}
	return calc.Date(one.Num/total.Num, calc.HintPercent)
}

// sum is what a value's function makes of a column of the source.
func (p pivoting) sum(v Obj, rows []int) calc.Value {
	fn, _ := v["summarizeFunction"].(string)
	column := make([]calc.Value, len(rows))
	for i, r := range rows {
		column[i] = p.at(r, numberIn(v, "sourceColumnOffset", 0))
	}
	switch fn {
	case "COUNTUNIQUE", "SUM", "COUNTA", "COUNT", "AVERAGE", "MAX", "MIN", "MEDIAN", "PRODUCT", "STDEV", "STDEVP", "VAR", "VARP":
		return calc.Apply(fn, calc.Column(column), p.b.setting())
	}
	// A calculated field: its formula over the sums of the columns that it names.
	src, _ := v["formula"].(string)
	return calc.Fail(calc.CodeError, "Calculated fields are not twinned: "+src)
}

// datePart is the part of a date that a rule groups by.
func datePart(serial float64, kind string) calc.Value {
	year, month, day := format.Civil(serial)
	hour, minute, second, _ := format.Clock(serial)
	two := func(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
	name := time.Month(month).String()[:3]
	switch kind {
	case "SECOND":
		return calc.Number(float64(second))
	case "MINUTE":
		return calc.Number(float64(minute))
	case "HOUR":
		return calc.Number(float64(hour))
	case "HOUR_MINUTE":
		return calc.Text(two(hour) + ":" + two(minute))
	case "HOUR_MINUTE_AMPM":
		half := " AM"
		if hour >= 12 {
			half = " PM"
		}
		return calc.Text(strconv.Itoa((hour+11)%12+1) + ":" + two(minute) + half)
	case "DAY_OF_WEEK":
		return calc.Text(time.Weekday(format.Weekday(serial)).String())
	case "DAY_OF_YEAR":
		return calc.Number(math.Floor(serial) - format.Serial(year, 1, 1) + 1)
	case "DAY_OF_MONTH":
		return calc.Number(float64(day))
	case "DAY_MONTH":
		return calc.Text(strconv.Itoa(day) + "-" + name)
	case "MONTH":
		return calc.Text(name)
	case "QUARTER":
		return calc.Text("Q" + strconv.Itoa((month+2)/3))
	case "YEAR":
		return calc.Number(float64(year))
	case "YEAR_MONTH":
		return calc.Text(strconv.Itoa(year) + "-" + name)
	case "YEAR_QUARTER":
		return calc.Text(strconv.Itoa(year) + "-Q" + strconv.Itoa((month+2)/3))
	}
	return calc.Text(strconv.Itoa(year) + "-" + name + "-" + two(day))
}
