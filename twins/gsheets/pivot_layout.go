package gsheets

import (
	"slices"

	"twinset.dev/twins/gsheets/internal/calc"
)

// A leaf is a line of a pivot table: the rows that a path of values leads to, or a total over them.
type leaf struct {
	path   []branch
	rows   []int
	total  bool
	value  int  // which value it shows, where the values are on this side
	values bool // they are
}

// leaves are the lines of a tree, with the totals that its groups show; for each value one, if the values are on this side.
func (p *pivoting) leaves(groups, other []pivotGroup, values bool) (out []leaf) {
	var walk func(tree []branch, above []branch, rows []int)
	walk = func(tree []branch, above []branch, rows []int) {
		depth := len(above)
		if depth == len(groups) || depth > 0 && above[depth-1].closed {
			out = append(out, leaf{path: above, rows: rows})
			return
		}
		for _, br := range tree {
			walk(br.under, append(slices.Clone(above), br), br.rows)
		}
		if groups[depth].totals {
			out = append(out, leaf{path: above, rows: rows, total: true})
		}
	}
	walk(p.tree(p.all, groups, other), nil, p.all)
	if !values {
		return out
	}
	var each []leaf
	for _, l := range out {
		for k := range p.values {
			l.value, l.values = k, true
			each = append(each, l)
		}
	}
	return each
}

// label is what a line shows for one of its groups, after the line before; of several values only the first one's line shows it.
func (p *pivoting) label(l, before *leaf, depth int, g pivotGroup, last bool) calc.Value {
	n := len(l.path)
	switch {
	case l.values && l.value > 0 && !g.repeat:
		return calc.Empty
	case l.total && n == 0 && depth == 0:
		return calc.Text("Grand Total")
	case l.total && depth == n-1:
		return calc.Text(p.b.plain(l.path[depth].value) + " Total")
	case depth >= n || l.total && !g.repeat:
		return calc.Empty
	case last || g.repeat || before == nil || before.total && len(before.path) <= depth || !samePath(l.path, before.path, depth+1):
		return l.path[depth].value
	}
	return calc.Empty
}

// samePath reports whether two paths begin with the same values.
func samePath(a, b []branch, n int) bool {
	return len(a) >= n && len(b) >= n && slices.EqualFunc(a[:n], b[:n], func(x, y branch) bool { return x.label == y.label })
}

// pivotGrid is what a pivot table shows.
func (b *book) pivotGrid(o Obj) [][]calc.Value {
	p, ok := b.pivotTable(o)
	if !ok {
		return [][]calc.Value{{calc.Fail(calc.CodeRef, "The source of the pivot table is gone.")}}
	}
	several := len(p.values) > 1
	across := p.leaves(p.cols, p.rows, len(p.values) > 0 && !(p.vertical && several))
	down := p.leaves(p.rows, p.cols, p.vertical && several)
	grid := p.heads(across)
	for i := range down {
		l := &down[i]
		var before *leaf
		if i > 0 {
			before = &down[i-1]
		}
		var line []calc.Value
		for depth, g := range p.rows {
			line = append(line, p.label(l, before, depth, g, depth == len(p.rows)-1))
		}
		if l.values {
			line = append(line, calc.Text(p.values[l.value].name))
		}
		for _, col := range across {
			line = append(line, p.crossing(l, &col))
		}
		grid = append(grid, line)
	}
	return grid
}

// crossing is the value where a row and a column meet.
func (p *pivoting) crossing(row, col *leaf) calc.Value {
	both := meet(row.rows, col.rows)
	if len(p.values) == 0 || len(both) == 0 && len(p.cols) > 0 {
		return calc.Empty
	}
	return p.value(row.value+col.value, both, row.rows, col.rows) // one of the two is 0
}

// heads are the lines above: the names of the groups and values, and the labels of the columns.
func (p *pivoting) heads(across []leaf) (grid [][]calc.Value) {
	several := len(p.values) > 1
	var lead []calc.Value // stands over the labels of the rows
	for _, g := range p.rows {
		lead = append(lead, calc.Text(g.name))
	}
	if p.vertical && several {
		lead = append(lead, calc.Text("Values"))
	}
	blank := make([]calc.Value, len(lead))
	names := slices.Clone(lead) // of the values, in the last line
	for _, l := range across {
		if l.values {
			names = append(names, calc.Text(p.values[l.value].name))
		}
	}
	if len(p.cols) == 0 {
		return [][]calc.Value{names}
	}
	first := slices.Clone(blank)
	if len(p.values) == 1 && len(p.rows) > 0 {
		first[0] = calc.Text(p.values[0].name)
	}
	for _, g := range p.cols {
		first = append(first, calc.Text(g.name))
	}
	if several && !p.vertical {
		first = append(first, calc.Text("Values"))
	}
	grid = append(grid, first)
	for depth, g := range p.cols {
		g.repeat = false // that is for rows
		line := slices.Clone(blank)
		for i := range across {
			var before *leaf
			if i > 0 {
				before = &across[i-1]
			}
			line = append(line, p.label(&across[i], before, depth, g, depth == len(p.cols)-1))
		}
		grid = append(grid, line)
	}
	if several && !p.vertical {
		return append(grid, names)
	}
	copy(grid[len(grid)-1], lead)
	return grid
}
