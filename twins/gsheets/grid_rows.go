package gsheets

import (
	"slices"
)

// extend adds empty rows after the last block.
func (t *tab) extend(n int) {
	t.Blocks = slices.Clone(t.Blocks)
	if k := len(t.Blocks) - 1; k >= 0 && t.Blocks[k].Rows < blockRows {
		room := min(n, blockRows-t.Blocks[k].Rows)
		t.Blocks[k].Rows += room
		n -= room
	}
	if n > 0 {
		t.Blocks = append(t.Blocks, Stretch{Rows: n})
		t.parts = append(t.parts, nil)
	}
	t.starts = nil
	t.touch()
}

// cut makes a stretch end before a row, if the row is in the middle of one.
func (t *tab) cut(r int) {
	i, at := t.find(r)
	if i == len(t.Blocks) || at == 0 {
		return
	}
	was := t.Blocks[i].Rows
	first, second := Stretch{t.Blocks[i].Block, at}, Stretch{0, was - at}
	parts := []*part{t.parts[i], nil}
	if t.Blocks[i].Block != 0 {
		p := t.make(i)
		if at < len(p.Rows) {
			t.Last++
			second.Block = t.Last
			parts[1] = &part{&Block{Book: t.Book, Sheet: t.ID, ID: t.Last, Rows: slices.Clone(p.Rows[at:])}, slices.Clone(p.own[at:])}
			p.Rows, p.own = p.Rows[:at:at], p.own[:at:at]
		}
		parts[0] = p
	}
	t.Blocks = slices.Replace(slices.Clone(t.Blocks), i, i+1, first, second)
	t.parts = slices.Replace(t.parts, i, i+1, parts...)
	t.starts = nil
	t.touch()
}

// insertRows puts n empty rows before a row. What refers to cells follows by itself: see formulas.
func (t *tab) insertRows(at, n int) {
	t.RowCount += n
	t.shifted()
	i, off := t.find(at)
	if i == len(t.Blocks) {
		return
	}
	if p := t.part(i); p != nil && t.Blocks[i].Rows+n <= 2*blockRows {
		p = t.make(i)
		if off < len(p.Rows) {
			p.Rows = slices.Insert(p.Rows, off, make([]Row, n)...)
			p.own = slices.Insert(p.own, off, make([]bool, n)...)
			for k := range n {
				p.own[off+k] = true
			}
		}
		t.Blocks = slices.Clone(t.Blocks)
		t.Blocks[i].Rows += n
	} else {
		t.cut(at)
		i, _ = t.find(at)
		t.Blocks = slices.Insert(slices.Clone(t.Blocks), i, Stretch{Rows: n})
		t.parts = slices.Insert(t.parts, i, nil)
	}
	t.starts = nil
}

// deleteRows takes rows away.
func (t *tab) deleteRows(at, n int) {
	t.RowCount -= n
	t.shifted()
	t.cut(at)
	t.cut(at + n)
	from, _ := t.find(at)
	to, _ := t.find(at + n)
	for i := from; i < to; i++ {
		t.forget(i)
	}
	t.Blocks = slices.Delete(slices.Clone(t.Blocks), from, to)
	t.parts = slices.Delete(t.parts, from, to)
	t.starts = nil
}

// forget deletes a stretch's block from the store.
func (t *tab) forget(i int) {
	if id := t.Blocks[i].Block; id != 0 {
		t.b.s.blocks.Delete(t.b.c.Tx, blockKey(t.Book, t.ID, id))
	}
}

// moveRows takes rows out and puts them before the one that was at before.
func (t *tab) moveRows(at, n, before int) {
	t.shifted()
	if i, beyond := t.find(max(at+n, before)); i == len(t.Blocks) && beyond > 0 {
		t.extend(beyond) // rows after the last block move too
	}
	t.cut(at)
	t.cut(at + n)
	t.cut(before)
	from, _ := t.find(at)
	to, _ := t.find(at + n)
	dest, _ := t.find(before)
	blocks, parts := slices.Clone(t.Blocks), slices.Clone(t.parts)
	movedBlocks, movedParts := slices.Clone(blocks[from:to]), slices.Clone(parts[from:to])
	blocks, parts = slices.Delete(blocks, from, to), slices.Delete(parts, from, to)
	if dest > from {
		dest -= to - from
	}
	t.Blocks, t.parts = slices.Insert(blocks, dest, movedBlocks...), slices.Insert(parts, dest, movedParts...)
	t.starts = nil
}

// shifted says that cells have other places than before.
func (t *tab) shifted() {
	t.b.rebuilt = true
	t.touch()
}

// insertCols puts n empty columns before a column.
func (t *tab) insertCols(at, n int) {
	t.ColCount += n
	t.shifted()
	if at < len(t.Columns) {
		t.Columns = slices.Insert(slices.Clone(t.Columns), at, make([]Dimension, n)...)
	}
	t.everyRow(at, func(row *Row) { row.Cells = slices.Insert(row.Cells, at, make([]Cell, n)...) })
}

// deleteCols takes columns away.
func (t *tab) deleteCols(at, n int) {
	t.ColCount -= n
	t.shifted()
	if at < len(t.Columns) {
		t.Columns = slices.Delete(slices.Clone(t.Columns), at, min(at+n, len(t.Columns)))
	}
	t.everyRow(at, func(row *Row) { row.Cells = slices.Delete(row.Cells, at, min(at+n, len(row.Cells))) })
}

// moveCols takes columns out and puts them before the one that was at before.
func (t *tab) moveCols(at, n, before int) {
	t.shifted()
	end := max(at+n, before)
	if min(at, before) < len(t.Columns) {
		cols := slices.Clone(t.Columns)
		cols = append(cols, make([]Dimension, max(0, end-len(cols)))...)
		t.Columns = moved(cols, at, n, before)
	}
	t.everyRow(min(at, before), func(row *Row) {
		row.Cells = append(row.Cells, make([]Cell, max(0, end-len(row.Cells)))...)
		row.Cells = moved(row.Cells, at, n, before)
	})
}

func moved[T any](s []T, at, n, before int) []T {
	out := slices.Clone(s[at : at+n])
	s = slices.Delete(s, at, at+n)
	if before > at {
		before -= n
	}
	return slices.Insert(s, before, out...)
}

// everyRow gives each row that reaches beyond a column to change.
func (t *tab) everyRow(col int, change func(row *Row)) {
	for i := range t.Blocks {
		p := t.part(i)
		if p == nil {
			continue
		}
		for at := range p.Rows {
			if len(p.Rows[at].Cells) > col {
				p = t.make(i)
				if !p.own[at] {
					p.Rows[at].Cells, p.own[at] = slices.Clone(p.Rows[at].Cells), true
				}
				change(&p.Rows[at])
			}
		}
	}
}
