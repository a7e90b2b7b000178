package calc

import (
	"math/bits"

	"twinset.dev/twins/gsheets/internal/formula"
)

// index finds which formulas read a cell. An area is kept in the blocks of a grid as coarse as the area is large, so that it lies in four of
// them at most; a cell's readers are in one block of each coarseness that is in use.
type index struct {
	heads map[block]int32
	edges []edge
	free  int32 // the first edge that is not used, or -1
	used  map[coarse]int
}

// block is a square of a sheet: 16 bits of sheet, 5 and 4 of coarseness, 24 of row, 15 of column.
type block uint64

// coarse is a sheet and how many rows and columns, as powers of two, its blocks have.
type coarse struct {
	sheet      uint16
	rows, cols uint8
}

// edge is one formula's reading of an area, in the list of a block.
type edge struct {
	row0, row1, col0, col1 int32
	reader, next           int32
}

func newIndex() *index {
	return &index{heads: map[block]int32{}, free: -1, used: map[coarse]int{}}
}

const maxColBits = 15

func (k coarse) block(row, col int) block {
	return block(k.sheet)<<48 | block(k.rows)<<43 | block(k.cols)<<39 | block(row>>k.rows)<<15 | block(col>>k.cols)
}

// coarseness is that of the blocks an area is kept in, and the area without what no sheet has.
func coarseness(sheet uint16, a Area) (coarse, Area) {
	a = a.Clip(formula.Open, 1<<maxColBits)
	return coarse{sheet, uint8(bits.Len(uint(max(a.Rows()-1, 0)))), uint8(bits.Len(uint(max(a.Cols()-1, 0))))}, a
}

// blocks gives those that an area lies in.
func (k coarse) blocks(a Area, yield func(block) bool) {
	for row := a.Row0 >> k.rows; row <= (a.Row1-1)>>k.rows; row++ {
		for col := a.Col0 >> k.cols; col <= (a.Col1-1)>>k.cols; col++ {
			if !yield(k.block(row<<k.rows, col<<k.cols)) {
				return
			}
		}
	}
}

// add notes that a formula reads an area.
func (x *index) add(sheet uint16, a Area, reader int32) {
	k, a := coarseness(sheet, a)
	if a.Empty() {
		return
	}
	k.blocks(a, func(b block) bool {
		at := x.free
		if at >= 0 {
			x.free = x.edges[at].next
		} else {
			at = int32(len(x.edges))
			x.edges = append(x.edges, edge{})
		}
		next, ok := x.heads[b]
		if !ok {
			next = -1
		}
		x.edges[at] = edge{int32(a.Row0), int32(a.Row1), int32(a.Col0), int32(a.Col1), reader, next}
		x.heads[b] = at
		x.used[k]++
		return true
	})
}

// remove forgets that a formula reads an area.
func (x *index) remove(sheet uint16, a Area, reader int32) {
	k, a := coarseness(sheet, a)
	if a.Empty() {
		return
	}
	k.blocks(a, func(b block) bool {
		before := int32(-1)
		at, ok := x.heads[b]
		for ok && at >= 0 {
			e := &x.edges[at]
			if e.reader == reader && e.row0 == int32(a.Row0) && e.row1 == int32(a.Row1) && e.col0 == int32(a.Col0) && e.col1 == int32(a.Col1) {
				switch {
				case before >= 0:
					x.edges[before].next = e.next
				case e.next >= 0:
					x.heads[b] = e.next
				default:
					delete(x.heads, b)
				}
				e.next, x.free = x.free, at
				if x.used[k]--; x.used[k] == 0 {
					delete(x.used, k)
				}
				break
			}
			before, at = at, e.next
		}
		return true
	})
}

// readers gives the formulas that read some cell of an area; one can come more than once.
func (x *index) readers(sheet uint16, a Area, yield func(reader int32)) {
	a = a.Clip(formula.Open, 1<<maxColBits)
	if a.Empty() {
		return
	}
	chain := func(b block) {
		at, ok := x.heads[b]
		for ok && at >= 0 {
			e := &x.edges[at]
			if int(e.row0) < a.Row1 && int(e.row1) > a.Row0 && int(e.col0) < a.Col1 && int(e.col1) > a.Col0 {
				yield(e.reader)
			}
			at = e.next
		}
	}
	for k := range x.used {
		if k.sheet != sheet {
			continue
		}
		if many := (a.Rows()>>k.rows + 1) * (a.Cols()>>k.cols + 1); many > len(x.heads) {
			for b := range x.heads {
				if uint16(b>>48) == sheet && uint8(b>>43)&31 == k.rows && uint8(b>>39)&15 == k.cols {
					chain(b)
				}
			}
			continue
		}
		k.blocks(a, func(b block) bool {
			chain(b)
			return true
		})
	}
}
