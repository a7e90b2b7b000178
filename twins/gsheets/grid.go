package gsheets

import (
	"slices"
	"sort"
	"strings"
	"time"

	"twinset.dev/kit/tree"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
)

// A book is a spreadsheet at work within one call. What is read is the store's own and not changed; what is changed is
// copied first, and written by commit.
type book struct {
	Book
	s    *Sheets
	c    *call
	zone *time.Location // nil until it is needed
	file files.File
	role files.Role
	tabs []*tab // in the order of their index

	// How it is shown.
	comments string // COMMENTS_VIEW_MODE_…
	noTables bool   // leave the bands of tables out

	loc      *format.Locale
	gone     []*tab // deleted by this call
	dirty    bool   // the record has changed
	edited   bool   // something has changed
	changed  []calc.Position
	reading  bool // data sources are to be read
	rebuilt  bool // cells have moved, or names changed: no formula can be taken to be where it was
	formats  map[string]*Format
	masks    map[string]*cellMask
	patterns map[string]*format.Pattern
}

// A tab is a sheet of a book at work.
type tab struct {
	Sheet
	b      *book
	parts  []*part // of Sheet.Blocks
	starts []int   // the first row of each, and the row after the last; nil if that has to be found out
	last   int     // where row was last found
	dirty  bool
}

// A part is a stretch of a sheet's rows.
type part struct {
	*Block        // nil if it has not been read
	own    []bool // the rows that are this call's to change; nil if not even the block is
}

// blockRows is how many rows a new block has; one of twice as many is split.
const blockRows = 64

// load reads a spreadsheet without asking who wants it.
func (s *Sheets) load(c *call, f files.File) (*book, bool) {
	rec, ok := s.books.Get(c.Tx, f.ID)
	if !ok {
		return nil, false
	}
	b := &book{Book: rec, s: s, c: c, file: f, loc: format.LocaleOf(rec.Locale)}
	for sh := range s.sheets.All(c.Tx, f.ID+"/") {
		b.tabs = append(b.tabs, &tab{Sheet: sh, b: b, parts: make([]*part, len(sh.Blocks))})
	}
	b.order()
	return b, true
}

// order sorts the sheets by their index.
func (b *book) order() {
	sort.SliceStable(b.tabs, func(i, k int) bool { return b.tabs[i].Index < b.tabs[k].Index })
}

// tab finds a sheet by its id.
func (b *book) tab(id int) (*tab, bool) {
	for _, t := range b.tabs {
		if t.ID == id {
			return t, true
		}
	}
	return nil, false
}

// named finds a sheet by its title, in whatever case.
func (b *book) named(title string) (*tab, bool) {
	for _, t := range b.tabs {
		if strings.EqualFold(t.Title, title) {
			return t, true
		}
	}
	return nil, false
}

// add puts a new sheet at its index; the ones from there on make room.
func (b *book) add(sh Sheet) *tab {
	sh.Book = b.ID
	sh.Index = min(max(sh.Index, 0), len(b.tabs))
	t := &tab{Sheet: sh, b: b, parts: make([]*part, len(sh.Blocks)), dirty: true}
	b.tabs = slices.Insert(b.tabs, sh.Index, t)
	b.reindex()
	b.edited, b.rebuilt = true, true
	return t
}

// drop takes a sheet away.
func (b *book) drop(t *tab) {
	b.tabs = slices.DeleteFunc(b.tabs, func(x *tab) bool { return x == t })
	b.gone = append(b.gone, t)
	b.reindex()
	b.edited, b.rebuilt = true, true
}

// reindex numbers the sheets as they stand.
func (b *book) reindex() {
	for i, t := range b.tabs {
		if t.Index != i {
			t.Index, t.dirty = i, true
		}
	}
}

// newSheetID is an id that no sheet has.
func (b *book) newSheetID() int {
	for {
		id := b.number()
		if _, taken := b.tab(id); !taken {
			return id
		}
	}
}

// number is a number as new ids have it.
func (b *book) number() int { return int(b.c.Chance()*(1<<31-2)) + 1 }

// cells is how many cells all sheets have.
func (b *book) cells() (n int) {
	for _, t := range b.tabs {
		n += t.RowCount * t.ColCount
	}
	return n
}

// maxCells is how many cells a spreadsheet may have.
const maxCells = 10_000_000

// touch says that the book's record has changed.
func (b *book) touch() { b.dirty, b.edited = true, true }

// touch says that the sheet's record has changed.
func (t *tab) touch() { t.dirty, t.b.edited = true, true }

// intern is the one format of a tree.
func (b *book) intern(t Obj) *Format {
	if len(t) == 0 {
		return nil
	}
	j, _ := tree.Marshal(t)
	if f, ok := b.formats[string(j)]; ok {
		return f
	}
	if b.formats == nil {
		b.formats = map[string]*Format{}
	}
	f := newFormat(t)
	b.formats[string(j)] = f
	return f
}

// find returns the place of the block that a row is in, and the row's place in it; len(t.parts) if it is after the last.
func (t *tab) find(row int) (i, at int) {
	if t.starts == nil {
		t.starts = make([]int, len(t.Blocks)+1)
		for i, s := range t.Blocks {
			t.starts[i+1] = t.starts[i] + s.Rows
		}
	}
	if i = t.last; i >= len(t.Blocks) || row < t.starts[i] || row >= t.starts[i+1] {
		i = sort.SearchInts(t.starts, row+1) - 1
	}
	if t.last = i; i >= len(t.Blocks) {
		return len(t.Blocks), row - t.starts[len(t.Blocks)]
	}
	return i, row - t.starts[i]
}

// part reads a stretch's block; nil if its rows are empty.
func (t *tab) part(i int) *part {
	if p := t.parts[i]; p != nil {
		return p
	}
	if t.Blocks[i].Block == 0 {
		return nil
	}
	w, ok := t.b.s.blocks.Row(t.b.c.Tx, blockKey(t.Book, t.ID, t.Blocks[i].Block))
	if !ok {
		panic("gsheets: a block is missing: " + blockKey(t.Book, t.ID, t.Blocks[i].Block))
	}
	t.parts[i] = &part{Block: w.Value()}
	return t.parts[i]
}

// row is a row to look at; nil if it has nothing and is as in a new sheet.
func (t *tab) row(r int) *Row {
	i, at := t.find(r)
	if i == len(t.Blocks) {
		return nil
	}
	p := t.part(i)
	if p == nil || at >= len(p.Rows) {
		return nil
	}
	return &p.Rows[at]
}

// cell is a cell to look at; nil if it has nothing.
func (t *tab) cell(r, c int) *Cell {
	row := t.row(r)
	if row == nil || c >= len(row.Cells) {
		return nil
	}
	return &row.Cells[c]
}

// walk gives the cells of an area that have something, row by row, to look at, until yield is false.
func (t *tab) walk(a formula.Area, yield func(r, c int, x *Cell) bool) {
	t.walkRows(a.Row0, a.Row1, func(r int, row *Row) bool {
		for c := a.Col0; c < min(a.Col1, len(row.Cells)); c++ {
			if !row.Cells[c].blank() && !yield(r, c, &row.Cells[c]) {
				return false
			}
		}
		return true
	})
}

// walkRows gives the rows from one up to but without another that have something or are not as in a new sheet.
func (t *tab) walkRows(from, to int, yield func(r int, row *Row) bool) {
	for i, at := t.find(from); i < len(t.Blocks) && t.starts[i] < to; i, at = i+1, 0 {
		p := t.part(i)
		if p == nil {
			continue
		}
		for ; at < len(p.Rows) && t.starts[i]+at < to; at++ {
			if row := &p.Rows[at]; !row.blank() && !yield(t.starts[i]+at, row) {
				return
			}
		}
	}
}

// used is the rows and columns up to the last cell that shows or holds a value, a formula, a format or something rare.
func (t *tab) used() (rows, cols int) {
	t.walkRows(0, t.RowCount, func(r int, row *Row) bool {
		for c := len(row.Cells) - 1; c >= 0; c-- {
			if !row.Cells[c].blank() {
				rows, cols = r+1, max(cols, c+1)
				break
			}
		}
		return true
	})
	return rows, cols
}

// make gives a stretch a block of its own to change.
func (t *tab) make(i int) *part {
	p := t.part(i)
	if p == nil {
		t.Last++
		t.Blocks = slices.Clone(t.Blocks)
		t.Blocks[i].Block = t.Last
		p = &part{Block: &Block{Book: t.Book, Sheet: t.ID, ID: t.Last}, own: []bool{}}
		t.parts[i], t.dirty = p, true
	}
	if p.own == nil {
		b := *p.Block
		b.Rows = slices.Clone(b.Rows)
		p.Block, p.own = &b, make([]bool, len(b.Rows))
	}
	t.b.edited = true
	return p
}

// editRow is a row to change.
func (t *tab) editRow(r int) *Row {
	i, at := t.find(r)
	if i == len(t.Blocks) {
		t.extend(at + 1)
		i, at = t.find(r)
	}
	if t.Blocks[i].Block == 0 && t.Blocks[i].Rows > blockRows {
		from := at / blockRows * blockRows
		t.cut(t.starts[i] + from)
		i, _ = t.find(r)
		t.cut(t.starts[i] + min(blockRows, t.Blocks[i].Rows))
		i, at = t.find(r)
	}
	p := t.make(i)
	for at >= len(p.Rows) {
		p.Rows, p.own = append(p.Rows, Row{}), append(p.own, true)
	}
	row := &p.Rows[at]
	if !p.own[at] {
		row.Cells, p.own[at] = slices.Clone(row.Cells), true
	}
	return row
}

// edit is a cell to change. What it is changed to is told with wrote if it is another value or formula.
func (t *tab) edit(r, c int) *Cell {
	row := t.editRow(r)
	if c >= len(row.Cells) {
		row.Cells = append(row.Cells, make([]Cell, c+1-len(row.Cells))...)
	}
	return &row.Cells[c]
}

// wrote says that a cell has another value or formula than before.
func (t *tab) wrote(r, c int) {
	t.b.changed = append(t.b.changed, calc.Position{Sheet: t.ID, Row: r, Col: c})
}

// enter puts a formula, or else a value, into a cell.
func (t *tab) enter(r, c int, formula string, v calc.Value) *Cell {
	x := t.edit(r, c)
	x.Formula, x.Value, x.Spilled = formula, v, false
	t.wrote(r, c)
	return x
}

// formulas changes every formula of the book as its references need.
func (b *book) formulas(change func(t *tab, src string) string) {
	for _, t := range b.tabs {
		t.walk(formula.Area{Row1: t.RowCount, Col1: t.ColCount}, func(r, c int, x *Cell) bool {
			if x.Formula != "" {
				if to := change(t, x.Formula); to != x.Formula {
					t.edit(r, c).Formula = to
					t.wrote(r, c)
				}
			}
			return true
		})
	}
}

// rewrite changes the references of every formula.
func (b *book) rewrite(change formula.Change) {
	b.formulas(func(t *tab, src string) string { return formula.Rewrite(src, b.syntax(), t.Title, change) })
}

// syntax is how the spreadsheet's locale writes formulas.
func (b *book) syntax() formula.Syntax {
	if b.loc.ArgumentSeparator() == ';' {
		return formula.Comma
	}
	return formula.Point
}

// commit computes what has to be computed anew, and writes what has changed.
func (b *book) commit() error {
	if !b.edited && len(b.changed) == 0 {
		return nil
	}
	if err := b.read(); err != nil {
		return err
	}
	g := b.recalculate()
	for _, t := range b.gone {
		for i := range t.Blocks {
			t.forget(i)
		}
		b.s.sheets.Delete(b.c.Tx, sheetKey(b.ID, t.ID))
	}
	for _, t := range b.tabs {
		for i, p := range t.parts {
			if p == nil || p.own == nil {
				continue
			}
			if p.trim(); len(p.Rows) > 0 {
				b.s.blocks.Put(b.c.Tx, *p.Block)
				p.own = nil
				continue
			}
			t.forget(i)
			t.Blocks = slices.Clone(t.Blocks)
			t.Blocks[i].Block, t.parts[i], t.dirty = 0, nil, true
		}
		if t.dirty {
			for _, list := range t.laid() {
				*list = orNone(*list)
			}
			t.Merges = orNone(t.Merges)
			b.s.sheets.Put(b.c.Tx, t.Sheet)
			t.dirty = false
		}
	}
	b.Names, b.Metadata, b.Comments, b.DataSources = orNone(b.Names), orNone(b.Metadata), orNone(b.Comments), orNone(b.DataSources)
	b.Volatile = g.Volatile()
	b.Version++
	b.s.books.Put(b.c.Tx, b.Book)
	rec, _ := b.s.books.Row(b.c.Tx, b.ID)
	b.c.After(func() { b.s.graphs.keep(graphKey{b.c.World, b.ID}, &graph{g, rec.Value()}) })
	b.file = b.s.Edited(b.c, b.ID)
	b.gone, b.changed, b.dirty, b.edited, b.rebuilt = nil, nil, false, false, false
	return nil
}

// orNone is a list as it comes back from disk: an empty one is none.
func orNone[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// trim cuts off what is empty at the ends of changed rows, and of the block.
func (p *part) trim() {
	for at := range p.Rows {
		if row := &p.Rows[at]; p.own[at] {
			row.Cells = trimmed(row.Cells, (*Cell).blank)
		}
	}
	p.Rows = trimmed(p.Rows, (*Row).blank)
}

func trimmed[T any](s []T, blank func(*T) bool) []T {
	n := len(s)
	for n > 0 && blank(&s[n-1]) {
		n--
	}
	if n == 0 {
		return nil
	}
	return s[:n:n]
}

// copyOf adds a sheet with the cells of another, which may be of another book.
func (b *book) copyOf(from *tab, sh Sheet) *tab {
	sh.Blocks = slices.Clone(from.Blocks)
	t := b.add(sh)
	for i, s := range t.Blocks {
		if p := from.part(i); p != nil {
			t.parts[i] = &part{&Block{Book: b.ID, Sheet: t.ID, ID: s.Block, Rows: slices.Clone(p.Rows)}, make([]bool, len(p.Rows))}
		}
	}
	return t
}
