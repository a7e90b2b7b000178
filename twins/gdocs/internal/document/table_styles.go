package document

import (
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

// updateTableColumnProperties sets the widths of some or all columns.
func (e *edit) updateTableColumnProperties(in *api.UpdateTableColumnPropertiesRequest) error {
	m, err := parseMask[api.TableColumnProperties](in.Fields)
	if err != nil {
		return err
	}
	want := in.TableColumnProperties
	if want == nil {
		want = &api.TableColumnProperties{}
	}
	g, err := e.tableAt(in.TableStartLocation)
	if err != nil {
		return err
	}
	if m.has("width") && want.Width != nil && points(want.Width) < 5 {
		return bad("The column width must be at least 5 points.")
	}
	if m.has("width") && want.Width == nil && val(want.WidthType) == "FIXED_WIDTH" {
		return bad("A width must be specified for a column with a fixed width.")
	}
	which, err := indices(in.ColumnIndices, len(g.table.Columns), "column")
	if err != nil {
		return err
	}
	for _, c := range which {
		props := apply(m, &g.table.Columns[c], want)
		if m.has("width") && props.Width != nil && !m.has("widthType") {
			props.WidthType = p("FIXED_WIDTH")
		}
		if val(props.WidthType) == "" {
			props.WidthType = p("EVENLY_DISTRIBUTED")
		}
		if val(props.WidthType) == "EVENLY_DISTRIBUTED" {
			props.Width = nil
		}
		g.table.Columns[c] = *props
	}
	return nil
}

// indices are the rows or columns a request names, or all.
func indices(named []int32, n int, what string) ([]int, error) {
	var out []int
	for _, i := range named {
		if i < 0 || int(i) >= n {
			return nil, bad("The %s index %d is out of bounds.", what, i)
		}
		out = append(out, int(i))
	}
	if len(named) == 0 {
		for i := range n {
			out = append(out, i)
		}
	}
	return out, nil
}

// updateTableRowStyle changes the style of some or all rows.
func (e *edit) updateTableRowStyle(in *api.UpdateTableRowStyleRequest) error {
	m, err := parseMask[api.TableRowStyle](in.Fields)
	if err != nil {
		return err
	}
	g, err := e.tableAt(in.TableStartLocation)
	if err != nil {
		return err
	}
	which, err := indices(in.RowIndices, len(g.table.Rows), "row")
	if err != nil {
		return err
	}
	id := ""
	if e.Suggest {
		id = e.suggestion(g.tab, g.seg, g.start, g.start)
	}
	for _, r := range which {
		if e.Suggest {
			g.table.Rows[r].suggest(id, m, in.TableRowStyle)
		} else {
			g.table.Rows[r].restyle(m, in.TableRowStyle)
		}
	}
	return nil
}

func (r *Row) restyle(m mask, want *api.TableRowStyle) {
	if r.Style = apply(m, r.Style, want); r.Style.MinRowHeight == nil {
		r.Style.MinRowHeight = pt(0)
	}
}

func (c *Cell) restyle(m mask, want *api.TableCellStyle) {
	full := *newCell().Style // an unset field is the look of a new cell again
	overlay(&full, apply(m, c.Style, want))
	c.Style = &full
}

// pinTableHeaderRows makes the first rows of a table its header.
func (e *edit) pinTableHeaderRows(in *api.PinTableHeaderRowsRequest) error {
	g, err := e.tableAt(in.TableStartLocation)
	if err != nil {
		return err
	}
	n := int(val(in.PinnedHeaderRowsCount))
	if n < 0 || n > len(g.table.Rows) {
		return bad("The number of pinned header rows must be between 0 and the number of rows in the table.")
	}
	id, pinned := "", mask{"tableHeader"}
	for r := range g.table.Rows {
		row, want := &g.table.Rows[r], &api.TableRowStyle{TableHeader: some(r < n)}
		switch {
		case val(row.Style.TableHeader) == (r < n):
		case e.ours(row.Mark):
			row.restyle(pinned, want)
		default:
			if id == "" {
				id = e.newSuggestion(g.tab)
			}
			row.suggest(id, pinned, want)
		}
	}
	return nil
}

// updateTableCellStyle changes cells: those of a range, or all of the table. A border is shared with the cell beside it.
func (e *edit) updateTableCellStyle(in *api.UpdateTableCellStyleRequest) error {
	m, err := parseMask[api.TableCellStyle](in.Fields)
	if err != nil {
		return err
	}
	if val(in.Fields) != "*" && (m.has("rowSpan") || m.has("columnSpan")) {
		return bad("The row span and column span of a table cell are read-only.")
	}
	m = slices.DeleteFunc(m, func(f string) bool { return f == "rowSpan" || f == "columnSpan" })
	var a area
	switch {
	case in.TableRange != nil && in.TableStartLocation != nil || in.TableRange == nil && in.TableStartLocation == nil:
		return bad("Exactly one of table range or table start location must be specified.")
	case in.TableRange != nil:
		a, err = e.area(in.TableRange)
	default:
		a.grid, err = e.tableAt(in.TableStartLocation)
		if err == nil {
			a.rows, a.cols = len(a.table.Rows), len(a.table.Columns)
		}
	}
	if err != nil {
		return err
	}
	want := in.TableCellStyle
	if want == nil {
		want = &api.TableCellStyle{}
	}
	if err := checkColors(want.BackgroundColor); err != nil {
		return err
	}
	id := ""
	if e.Suggest {
		id = e.suggestion(a.tab, a.seg, a.start, a.start)
	}
	set := func(r, c int, m mask, want *api.TableCellStyle) {
		if r < 0 || c < 0 || r >= len(a.table.Rows) || c >= len(a.table.Rows[r].Cells) || len(m) == 0 {
			return
		}
		if e.Suggest {
			a.table.Rows[r].Cells[c].suggest(id, m, want)
		} else {
			a.table.Rows[r].Cells[c].restyle(m, want)
		}
	}
	for r := a.row; r < a.row+a.rows; r++ {
		for c := a.col; c < a.col+a.cols; c++ {
			h, w := a.table.Rows[r].Cells[c].spans()
			set(r, c, m, want)
			if m.has("borderRight") {
				set(r, c+w, mask{"borderLeft"}, &api.TableCellStyle{BorderLeft: want.BorderRight})
			}
			if m.has("borderLeft") {
				set(r, c-1, mask{"borderRight"}, &api.TableCellStyle{BorderRight: want.BorderLeft})
			}
			if m.has("borderBottom") {
				set(r+h, c, mask{"borderTop"}, &api.TableCellStyle{BorderTop: want.BorderBottom})
			}
			if m.has("borderTop") {
				set(r-1, c, mask{"borderBottom"}, &api.TableCellStyle{BorderBottom: want.BorderTop})
			}
		}
	}
	return nil
}
