package document

import (
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

const largestTable = 10000 // cells; Docs itself stops being usable long before

// A grid is a table at its place.
type grid struct {
	place
	table *Table
}

// tableAt is the table that starts at the location.
func (e *edit) tableAt(l *api.Location) (grid, error) {
	if l == nil {
		return grid{}, bad("The provided table start location is invalid.")
	}
	pl, err := e.place(l.TabID, l.SegmentID, int(val(l.Index)))
	if err != nil {
		return grid{}, err
	}
	if pl.block().Table == nil || pl.start != pl.index {
		return grid{}, bad("Invalid table start location. Must specify the start index of the table.")
	}
	return grid{pl, e.ownTable(pl.block())}, nil
}

// cellAt is the table and the merged cell's corner that a cell location means.
func (e *edit) cellAt(l *api.TableCellLocation) (g grid, row, col int, err error) {
	if l == nil {
		return g, 0, 0, bad("A table cell location must be specified.")
	}
	if g, err = e.tableAt(l.TableStartLocation); err != nil {
		return g, 0, 0, err
	}
	row, col = int(val(l.RowIndex)), int(val(l.ColumnIndex))
	if row < 0 || row >= len(g.table.Rows) || col < 0 || col >= len(g.table.Columns) {
		return g, 0, 0, bad("The table cell location is outside the bounds of the table.")
	}
	row, col = g.table.head(row, col)
	return g, row, col, nil
}

func (c *Cell) spans() (rows, cols int) {
	return max(1, int(val(c.Style.RowSpan))), max(1, int(val(c.Style.ColumnSpan)))
}

// head is the corner of the merged cell that covers a place, or the place itself.
func (t *Table) head(row, col int) (int, int) {
	for r := row; r >= 0; r-- {
		for c := min(col, len(t.Rows[r].Cells)-1); c >= 0; c-- {
			if h, w := t.Rows[r].Cells[c].spans(); r+h > row && c+w > col {
				if h > 1 || w > 1 {
					return r, c
				}
				break
			}
		}
	}
	return row, col
}

// index is where a row of the table starts, or where its rows end.
func (g grid) rowIndex(row int) int {
	at := g.start + 1
	for r := range row {
		at += g.table.Rows[r].Size()
	}
	return at
}

func newCell() Cell {
	return Cell{
		Content: Content{block(&Paragraph{Elements: []Element{text("\n", nil)}, Style: cellParagraphStyle()})},
		Style: &api.TableCellStyle{
			RowSpan: p(int32(1)), ColumnSpan: p(int32(1)), BackgroundColor: &api.OptionalColor{},
			PaddingLeft: pt(5), PaddingRight: pt(5), PaddingTop: pt(5), PaddingBottom: pt(5), ContentAlignment: p("TOP"),
		},
	}
}

func newRow(cols int) Row {
	r := Row{Style: &api.TableRowStyle{MinRowHeight: pt(0)}}
	for range cols {
		r.Cells = append(r.Cells, newCell())
	}
	return r
}

// insertTable cuts the paragraph and puts a table between the two: it starts one after the location.
func (e *edit) insertTable(in *api.InsertTableRequest) error {
	rows, cols := int(val(in.Rows)), int(val(in.Columns))
	if rows < 1 || cols < 1 {
		return bad("The number of rows and columns must be at least 1.")
	}
	if rows > largestTable || cols > largestTable || rows*cols > largestTable {
		return bad("The table is too large.")
	}
	pl, err := e.insertion(in.Location, in.EndOfSegmentLocation)
	if err != nil {
		return err
	}
	if pl.footnote() {
		return bad("Tables cannot be inserted inside a footnote.")
	}
	style := styleAt(pl.block().Paragraph, pl.index-pl.start)
	e.write(pl, text("\n", style))
	t := &Table{}
	for range cols {
		t.Columns = append(t.Columns, api.TableColumnProperties{WidthType: p("EVENLY_DISTRIBUTED")})
	}
	for range rows {
		row := newRow(cols)
		for c := range row.Cells { // the cells' text looks like what it was inserted into
			row.Cells[c].Content[0].Paragraph.Elements[0].Style = style
		}
		t.Rows = append(t.Rows, row)
	}
	e.owned[t] = true
	if e.Suggest {
		t.mark(inserting(e.suggestion(pl.tab, pl.seg, pl.index, pl.index)))
	}
	*pl.in = slices.Insert(*pl.in, pl.i+1, Block{Table: t})
	e.grow(pl.tab, pl.seg.ID, pl.index+1, (&(*pl.in)[pl.i+1]).Size())
	return nil
}

func (pl place) footnote() bool {
	return slices.ContainsFunc(pl.tab.Footnotes, func(s *Segment) bool { return s == pl.seg })
}

// insertTableRow adds an empty row above or below a cell. A merged cell that the new row falls into grows.
func (e *edit) insertTableRow(in *api.InsertTableRowRequest) error {
	g, row, col, err := e.cellAt(in.TableCellLocation)
	if err != nil {
		return err
	}
	if val(in.InsertBelow) {
		h, _ := g.table.Rows[row].Cells[col].spans()
		row += h
	}
	fresh := newRow(len(g.table.Columns))
	if e.Suggest {
		fresh.mark(inserting(e.suggestion(g.tab, g.seg, g.start, g.start)))
	}
	for r := range row {
		for c := range g.table.Rows[r].Cells {
			if h, _ := g.table.Rows[r].Cells[c].spans(); r+h > row {
				g.table.Rows[r].Cells[c].stretch(1, 0)
			}
		}
	}
	e.grow(g.tab, g.seg.ID, g.rowIndex(row), fresh.Size())
	g.table.Rows = slices.Insert(g.table.Rows, row, fresh)
	return nil
}

func (c *Cell) stretch(rows, cols int32) {
	s := *c.Style
	s.RowSpan, s.ColumnSpan = p(val(s.RowSpan)+rows), p(val(s.ColumnSpan)+cols)
	c.Style = &s
}

// insertTableColumn adds an empty column left or right of a cell.
func (e *edit) insertTableColumn(in *api.InsertTableColumnRequest) error {
	g, row, col, err := e.cellAt(in.TableCellLocation)
	if err != nil {
		return err
	}
	if val(in.InsertRight) {
		_, w := g.table.Rows[row].Cells[col].spans()
		col += w
	}
	props := g.table.Columns[min(col, len(g.table.Columns)-1)]
	g.table.Columns = slices.Insert(g.table.Columns, col, props)
	added := newCell()
	if e.Suggest {
		added.mark(inserting(e.suggestion(g.tab, g.seg, g.start, g.start)))
	}
	at := g.start + 1
	for r := range g.table.Rows {
		cells := &g.table.Rows[r].Cells
		at++
		for c := range *cells {
			if c == col {
				break
			}
			if _, w := (*cells)[c].spans(); c+w > col {
				(*cells)[c].stretch(0, 1)
			}
			at += 1 + (*cells)[c].Content.Size()
		}
		fresh := added
		fresh.Content = slices.Clone(fresh.Content)
		e.grow(g.tab, g.seg.ID, at, 1+fresh.Content.Size())
		*cells = slices.Insert(*cells, col, fresh)
		at = g.rowIndex(r + 1)
	}
	return nil
}

// deleteTableRow removes the rows that a cell spans; with its last row the table goes.
func (e *edit) deleteTableRow(in *api.DeleteTableRowRequest) error {
	g, row, col, err := e.cellAt(in.TableCellLocation)
	if err != nil {
		return err
	}
	h, _ := g.table.Rows[row].Cells[col].spans()
	if e.Suggest {
		e.suggestRows(g, row, h)
		return nil
	}
	return e.removeRows(g, row, h)
}

// removeRows takes rows out of a table; all of them are the table.
func (e *edit) removeRows(g grid, row, h int) error {
	if h >= len(g.table.Rows) {
		return e.delete(stretch{g.tab, g.seg, g.start, g.start + g.block().Size()})
	}
	for r := range g.table.Rows { // merged cells that reach into the rows shrink; those that start there move down
		for c := range g.table.Rows[r].Cells {
			cell := &g.table.Rows[r].Cells[c]
			span, _ := cell.spans()
			if lost := min(r+span, row+h) - max(r, row); lost > 0 && span > 1 {
				if r >= row && r+span > row+h {
					g.table.Rows[row+h].Cells[c] = *cell
					g.table.Rows[row+h].Cells[c].stretch(-int32(lost), 0)
				} else if r < row {
					cell.stretch(-int32(lost), 0)
				}
			}
		}
	}
	removed := g.table.Rows[row : row+h]
	e.shrink(g.tab, g.seg.ID, g.rowIndex(row), g.rowIndex(row+h))
	e.sweepRows(g, removed, func() { g.table.Rows = slices.Delete(slices.Clone(g.table.Rows), row, row+h) })
	return nil
}

// sweepRows takes rows out and then drops what only they referred to.
func (e *edit) sweepRows(g grid, removed []Row, take func()) {
	gone := []Block{{Table: &Table{Rows: slices.Clone(removed)}}}
	take()
	e.sweep(g.tab, gone)
}

// deleteTableColumn removes the columns that a cell spans; with its last column the table goes.
func (e *edit) deleteTableColumn(in *api.DeleteTableColumnRequest) error {
	g, row, col, err := e.cellAt(in.TableCellLocation)
	if err != nil {
		return err
	}
	_, w := g.table.Rows[row].Cells[col].spans()
	if e.Suggest {
		e.suggestColumns(g, col, w)
		return nil
	}
	return e.removeColumns(g, col, w)
}

// removeColumns takes columns out of a table; all of them are the table.
func (e *edit) removeColumns(g grid, col, w int) error {
	if w >= len(g.table.Columns) {
		return e.delete(stretch{g.tab, g.seg, g.start, g.start + g.block().Size()})
	}
	var removed []Row
	for r := range g.table.Rows {
		cells := &g.table.Rows[r].Cells
		for c := range *cells {
			_, span := (*cells)[c].spans()
			if lost := min(c+span, col+w) - max(c, col); lost > 0 && span > 1 {
				if c >= col && c+span > col+w {
					(*cells)[col+w] = (*cells)[c]
					(*cells)[col+w].stretch(0, -int32(lost))
				} else if c < col {
					(*cells)[c].stretch(0, -int32(lost))
				}
			}
		}
		at := g.rowIndex(r) + 1
		for c := range col {
			at += 1 + (*cells)[c].Content.Size()
		}
		end := at
		for c := col; c < col+w; c++ {
			end += 1 + (*cells)[c].Content.Size()
		}
		e.shrink(g.tab, g.seg.ID, at, end)
		removed = append(removed, Row{Cells: slices.Clone((*cells)[col : col+w])})
		*cells = slices.Delete(*cells, col, col+w)
	}
	g.table.Columns = slices.Delete(g.table.Columns, col, col+w)
	e.sweepRows(g, removed, func() {})
	return nil
}

// An area is the cells of a table that a TableRange means.
type area struct {
	grid
	row, col, rows, cols int
}

func (e *edit) area(r *api.TableRange) (area, error) {
	if r == nil || r.TableCellLocation == nil {
		return area{}, bad("A table range must be specified.")
	}
	g, err := e.tableAt(r.TableCellLocation.TableStartLocation)
	if err != nil {
		return area{}, err
	}
	a := area{g, int(val(r.TableCellLocation.RowIndex)), int(val(r.TableCellLocation.ColumnIndex)), int(val(r.RowSpan)), int(val(r.ColumnSpan))}
	if a.rows < 1 || a.cols < 1 {
		return a, bad("The row span and column span of the table range must be at least 1.")
	}
	if a.row < 0 || a.col < 0 || a.rows > len(g.table.Rows)-a.row || a.cols > len(g.table.Columns)-a.col {
		return a, bad("The table range extends outside the bounds of the table.")
	}
	return a, nil
}

// mergeTableCells makes one cell of many; their text comes together in it.
func (e *edit) mergeTableCells(in *api.MergeTableCellsRequest) error {
	a, err := e.area(in.TableRange)
	if err != nil {
		return err
	}
	if err := a.rectangular(); err != nil {
		return err
	}
	cells := a.cells()
	if slices.ContainsFunc(cells, func(c *Cell) bool { return !e.ours(c.Mark) }) {
		e.suggestMerge(a.tab, cells, true)
		return nil
	}
	return e.merge(a)
}

// rectangular refuses an area that a merged cell reaches out of: it is in it whole or not at all.
func (a area) rectangular() error {
	for r := range a.table.Rows {
		for c := range a.table.Rows[r].Cells {
			h, w := a.table.Rows[r].Cells[c].spans()
			inside := r >= a.row && c >= a.col && r+h <= a.row+a.rows && c+w <= a.col+a.cols
			apart := r+h <= a.row || r >= a.row+a.rows || c+w <= a.col || c >= a.col+a.cols
			if h*w > 1 && !inside && !apart {
				return bad("The table range must be rectangular.")
			}
		}
	}
	return nil
}

func (a area) cells() (out []*Cell) {
	for r := a.row; r < a.row+a.rows; r++ {
		for c := a.col; c < a.col+a.cols; c++ {
			out = append(out, &a.table.Rows[r].Cells[c])
		}
	}
	return out
}

func (e *edit) merge(a area) error {
	if err := a.rectangular(); err != nil {
		return err
	}
	var gathered Content
	for r := a.row; r < a.row+a.rows; r++ {
		for c := a.col; c < a.col+a.cols; c++ {
			cell := &a.table.Rows[r].Cells[c]
			if cell.Content.Size() > 1 {
				gathered = append(gathered, cell.Content...)
			}
			style := *cell.Style
			style.RowSpan, style.ColumnSpan = p(int32(1)), p(int32(1))
			cell.Style = &style
			e.refill(a.grid, r, c, newCell().Content)
		}
	}
	if len(gathered) > 0 {
		e.refill(a.grid, a.row, a.col, gathered)
	}
	a.table.Rows[a.row].Cells[a.col].stretch(int32(a.rows-1), int32(a.cols-1))
	return nil
}

// refill puts other content into a cell and moves what comes after.
func (e *edit) refill(g grid, row, col int, with Content) {
	at := g.rowIndex(row) + 1
	for c := range col {
		at += 1 + g.table.Rows[row].Cells[c].Content.Size()
	}
	cell := &g.table.Rows[row].Cells[col]
	old, size := cell.Content.Size(), with.Size()
	if old > size {
		e.shrink(g.tab, g.seg.ID, at+size, at+old)
	} else {
		e.grow(g.tab, g.seg.ID, at+old, size-old)
	}
	cell.Content = with
}

// unmergeTableCells takes the merged cells of a range apart; the text stays in the corner.
func (e *edit) unmergeTableCells(in *api.UnmergeTableCellsRequest) error {
	a, err := e.area(in.TableRange)
	if err != nil {
		return err
	}
	var suggested []*Cell
	for r := range a.table.Rows {
		for c := range a.table.Rows[r].Cells {
			cell := &a.table.Rows[r].Cells[c]
			h, w := cell.spans()
			if h*w == 1 || r >= a.row+a.rows || c >= a.col+a.cols || r+h <= a.row || c+w <= a.col {
				continue
			}
			if e.ours(cell.Mark) {
				cell.split()
			} else {
				suggested = append(suggested, cell)
			}
		}
	}
	if len(suggested) > 0 {
		e.suggestMerge(a.tab, suggested, false)
	}
	return nil
}

// split takes a merged cell apart.
func (c *Cell) split() {
	h, w := c.spans()
	c.stretch(int32(1-h), int32(1-w))
}

// Covered says whether a merged cell lies over a place.
func (t *Table) Covered(row, col int) bool {
	r, c := t.head(row, col)
	return r != row || c != col
}
