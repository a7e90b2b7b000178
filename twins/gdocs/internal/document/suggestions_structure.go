package document

import (
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

// Tables, their rows and cells, and section breaks are suggested like text: with a mark. A column has none of its own; it is
// one whose cells are all marked.

// A marking is what a suggestion makes of a mark.
type marking func(*Mark) *Mark

// inserting marks what a suggestion would add, deleting what it would remove.
func inserting(id string) marking {
	return func(m *Mark) *Mark {
		out := val(m)
		out.Insert = listed(out.Insert, id)
		return &out
	}
}

func deleting(id string) marking {
	return func(m *Mark) *Mark {
		out := val(m)
		out.Delete = listed(out.Delete, id)
		return &out
	}
}

func listed(ids []string, id string) []string {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(slices.Clip(ids), id)
}

// less is the mark without a suggestion, nil when nothing is left.
func (m *Mark) less(id string) *Mark {
	if m == nil {
		return nil
	}
	not := func(x string) bool { return x == id }
	out := Mark{
		Insert: drop(slices.Clone(m.Insert), not), Delete: drop(slices.Clone(m.Delete), not),
		Styles: without(m.Styles, id), Options: without(m.Options, id),
	}
	if len(out.Insert)+len(out.Delete)+len(out.Styles)+len(out.Options) == 0 {
		return nil
	}
	return &out
}

func (m *Mark) inserts(id string) bool { return m != nil && slices.Contains(m.Insert, id) }
func (m *Mark) deletes(id string) bool { return m != nil && slices.Contains(m.Delete, id) }

// mark marks a table, and all that is in it. The table is writable.
func (t *Table) mark(f marking) {
	t.Mark = f(t.Mark)
	for r := range t.Rows {
		t.Rows[r].mark(f)
	}
}

func (r *Row) mark(f marking) {
	r.Mark = f(r.Mark)
	for c := range r.Cells {
		r.Cells[c].mark(f)
	}
}

func (c *Cell) mark(f marking) {
	c.Mark = f(c.Mark)
	c.Content = c.Content.marked(f)
}

// marked is the content with all of it marked.
func (c Content) marked(f marking) Content {
	out := slices.Clone(c)
	for i := range out {
		switch b := &out[i]; {
		case b.Table != nil:
			b.Table = b.Table.clone()
			b.Table.mark(f)
		case b.Paragraph != nil:
			pg := *b.Paragraph
			pg.Elements = slices.Clone(pg.Elements)
			for k := range pg.Elements {
				pg.Elements[k].Mark = f(pg.Elements[k].Mark)
			}
			*b = block(&pg)
		}
	}
	return out
}

// structures calls f with every table and section break of a writable content, and with its first index, until f is false.
func (e *edit) structures(c Content, at int, f func(at int, b *Block) bool) bool {
	for i := range c {
		b := &c[i]
		if (b.Table != nil || b.Section != nil) && !f(at, b) {
			return false
		}
		if b.Table != nil {
			inside := at + 1
			for _, row := range e.ownTable(b).Rows {
				inside++
				for _, cell := range row.Cells {
					inside++
					if !e.structures(cell.Content, inside, f) {
						return false
					}
					inside += cell.Content.Size()
				}
			}
		}
		at += b.Size()
	}
	return true
}

// suggestRows marks rows of a table as to be removed; all of them are the table.
func (e *edit) suggestRows(g grid, row, n int) {
	id := e.suggestion(g.tab, g.seg, g.start, g.start)
	if n >= len(g.table.Rows) {
		g.table.mark(deleting(id))
	} else {
		for r := row; r < row+n; r++ {
			g.table.Rows[r].mark(deleting(id))
		}
	}
	e.withdraw(g.tab, id)
}

// suggestColumns marks columns of a table as to be removed; all of them are the table.
func (e *edit) suggestColumns(g grid, col, n int) {
	id := e.suggestion(g.tab, g.seg, g.start, g.start)
	if n >= len(g.table.Columns) {
		g.table.mark(deleting(id))
	} else {
		for r := range g.table.Rows {
			for c := col; c < col+n; c++ {
				g.table.Rows[r].Cells[c].mark(deleting(id))
			}
		}
	}
	e.withdraw(g.tab, id)
}

// withdraw removes at once what a suggestion would both add and remove.
func (e *edit) withdraw(t *Tab, id string) {
	both := func(m *Mark) bool { return m.inserts(id) && m.deletes(id) }
	e.cutStructures(t, both)
	e.cut(t, both)
}

// cutStructures removes the marked tables, rows, columns and section breaks of a tab that hit says yes to.
func (e *edit) cutStructures(t *Tab, hit func(*Mark) bool) {
	for _, old := range t.Segments() {
		if seg, err := e.segment(t, old.ID); err == nil {
			for e.cutStructure(t, seg, hit) {
			}
		}
	}
}

// cutStructure removes the first of them, and reports whether there was one.
func (e *edit) cutStructure(t *Tab, seg *Segment, hit func(*Mark) bool) (done bool) {
	marked := func(m *Mark) bool { return m != nil && hit(m) }
	e.structures(seg.Content, 0, func(at int, b *Block) bool {
		switch {
		case b.Section != nil:
			done = marked(b.Section.Mark) && e.delete(stretch{t, seg, at, at + 1}) == nil
			return !done
		case marked(b.Table.Mark):
			done = e.delete(stretch{t, seg, at, at + b.Size()}) == nil
			return !done
		}
		spot, _ := e.find(seg, at)
		g := grid{place{t, seg, at, spot}, e.ownTable(b)}
		for r := range g.table.Rows {
			if marked(g.table.Rows[r].Mark) {
				done = e.removeRows(g, r, 1) == nil
				return !done
			}
		}
		for c := range g.table.Columns {
			if !slices.ContainsFunc(g.table.Rows, func(r Row) bool { return c >= len(r.Cells) || !marked(r.Cells[c].Mark) }) {
				done = e.removeColumns(g, c, 1) == nil
				return !done
			}
		}
		return true
	})
	return done
}

// settleStructures makes what a suggestion says of tables and section breaks that remain, or forgets it.
func (e *edit) settleStructures(tab *Tab, seg *Segment, id string, accept bool) {
	e.structures(seg.Content, 0, func(_ int, b *Block) bool {
		if b.Section != nil {
			if c, ok := b.Section.Styles[id]; ok && accept {
				e.styleSection(tab, b, c.Fields, c.Want)
			}
			s := *b.Section
			s.Mark, s.Styles = s.Mark.less(id), without(s.Styles, id)
			b.Section = &s
			return true
		}
		t := e.ownTable(b)
		t.Mark = t.Mark.less(id)
		for r := range t.Rows {
			row := &t.Rows[r]
			if s, ok := row.Styles[id]; ok && accept {
				row.restyle(s.Fields, s.Want)
			}
			row.Mark, row.Styles = row.Mark.less(id), without(row.Styles, id)
			for c := range row.Cells {
				cell := &row.Cells[c]
				if s, ok := cell.Styles[id]; ok && accept {
					cell.restyle(s.Fields, s.Want)
				}
				cell.Mark, cell.Styles = cell.Mark.less(id), without(cell.Styles, id)
			}
		}
		return true
	})
}

// A style of a table's row or cell that a suggestion would add itself simply changes; else the suggestion keeps it.

func (r *Row) suggest(id string, m mask, want *api.TableRowStyle) {
	if r.Mark.inserts(id) {
		r.restyle(m, want)
		return
	}
	r.Styles = changed(r.Styles, id, m, want)
}

func (c *Cell) suggest(id string, m mask, want *api.TableCellStyle) {
	if c.Mark.inserts(id) {
		c.restyle(m, want)
		return
	}
	c.Styles = changed(c.Styles, id, m, want)
}

// suggestMerge marks cells as to become one, or a merged cell as to be taken apart.
func (e *edit) suggestMerge(t *Tab, cells []*Cell, merge bool) {
	id := e.newSuggestion(t)
	for _, c := range cells {
		c.Merges = with(c.Merges, id, merge)
	}
}

// box is the smallest area with all cells of a table that a suggestion would merge.
func (t *Table) box(id string) (row, col, rows, cols int) {
	row, col = len(t.Rows), len(t.Columns)
	bottom, right := 0, 0
	for r := range t.Rows {
		for c := range t.Rows[r].Cells {
			if t.Rows[r].Cells[c].Merges[id] {
				row, col, bottom, right = min(row, r), min(col, c), max(bottom, r+1), max(right, c+1)
			}
		}
	}
	return row, col, bottom - row, right - col
}

// changes are what suggestions would change of a cell's style; a merge is its spans.
func (t *Table) changes(r, c int) map[string]Change[api.TableCellStyle] {
	cell := &t.Rows[r].Cells[c]
	out := cell.Styles
	for id, merge := range cell.Merges {
		was, rows, cols := cell.Style, 1, 1
		if row, col, h, w := t.box(id); merge && r == row && c == col {
			rows, cols = h, w
		}
		m := mask{}
		if int(val(was.RowSpan)) != rows {
			m = append(m, "rowSpan")
		}
		if int(val(was.ColumnSpan)) != cols {
			m = append(m, "columnSpan")
		}
		if len(m) > 0 {
			out = changed(out, id, m, &api.TableCellStyle{RowSpan: p(int32(rows)), ColumnSpan: p(int32(cols))})
		}
	}
	return out
}

// settleMerges merges the cells that a suggestion would merge, as far as they still make a rectangle, or forgets it.
func (e *edit) settleMerges(t *Tab, id string, accept bool) {
	for _, old := range t.Segments() {
		if !mentions(old.Content, id) {
			continue
		}
		if seg, err := e.segment(t, old.ID); err == nil {
			for e.settleMerge(t, seg, id, accept) {
			}
		}
	}
}

// settleMerge settles the first table with such cells, and reports whether there was one.
func (e *edit) settleMerge(t *Tab, seg *Segment, id string, accept bool) (done bool) {
	e.structures(seg.Content, 0, func(at int, b *Block) bool {
		if b.Table == nil {
			return true
		}
		table := e.ownTable(b)
		row, col, rows, cols := table.box(id)
		for r := range table.Rows {
			for c := range table.Rows[r].Cells {
				cell := &table.Rows[r].Cells[c]
				merge, ok := cell.Merges[id]
				if !ok {
					continue
				}
				done = true
				if cell.Merges = without(cell.Merges, id); accept && !merge {
					cell.split()
				}
			}
		}
		if done && accept && rows > 0 {
			spot, _ := e.find(seg, at)
			_ = e.merge(area{grid{place{t, seg, at, spot}, table}, row, col, rows, cols})
		}
		return !done
	})
	return done
}
