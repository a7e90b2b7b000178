package gsheets

import (
	"slices"
	"strings"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/gapi"
)

// updateCells gives cells what rows of them say, one by one; those of a range that the rows do not reach are emptied.
func (b *book) updateCells(in *api.UpdateCellsRequest) (Obj, error) {
	m, err := b.cellFields(in.Fields)
	if err != nil {
		return nil, err
	}
	var t *tab
	var a formula.Area
	switch {
	case in.Range != nil && in.Start != nil:
		return nil, no("Only one of range or start can be set.")
	case in.Range != nil:
		if t, a, err = b.area(in.Range); err != nil {
			return nil, err
		}
		if len(in.Rows) > a.Rows() {
			return nil, no("Attempting to write row: %d, beyond the last requested row of: %d", a.Row1, a.Row1-1)
		}
	case in.Start != nil:
		if t, err = b.grid(in.Start.SheetID); err != nil {
			return nil, err
		}
		a = formula.Area{Row0: int(deref(in.Start.RowIndex)), Col0: int(deref(in.Start.ColumnIndex))}
		a.Row1 = a.Row0 + len(in.Rows)
		for _, r := range in.Rows {
			a.Col1 = max(a.Col1, a.Col0+len(r.Values))
		}
		if a.Row1 > t.RowCount {
			return nil, no("Attempting to write row: %d, beyond the last row of: %d", t.RowCount, t.RowCount-1)
		}
		if a.Col1 > t.ColCount {
			return nil, no("Attempting to write column: %d, beyond the last column of: %d", t.ColCount, t.ColCount-1)
		}
	default:
		return nil, no("One of range or start must be set.")
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	for i, row := range in.Rows {
		if len(row.Values) > a.Cols() {
			return nil, no("Attempting to write column: %d, beyond the last requested column of: %d", a.Col1, a.Col1-1)
		}
		for k := range row.Values {
			if err := t.change(a.Row0+i, a.Col0+k, &row.Values[k], m); err != nil {
				return nil, err
			}
		}
	}
	if in.Range == nil {
		return nil, nil
	}
	var rest [][2]int // cells of the range that no row says anything of
	t.walk(a, func(r, c int, _ *Cell) bool {
		if i := r - a.Row0; i >= len(in.Rows) || c-a.Col0 >= len(in.Rows[i].Values) {
			rest = append(rest, [2]int{r, c})
		}
		return true
	})
	for _, at := range rest {
		if err := t.change(at[0], at[1], &api.CellData{}, m); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// repeatCell gives every cell of a range the same; formulas are as if they were copied from its first cell.
func (b *book) repeatCell(in *api.RepeatCellRequest) (Obj, error) {
	m, err := b.cellFields(in.Fields)
	if err != nil {
		return nil, err
	}
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	cell := in.Cell
	if cell == nil {
		cell = &api.CellData{}
	}
	var source string
	if v := cell.UserEnteredValue; v != nil && v.FormulaValue != nil {
		source = *v.FormulaValue
	}
	for r := a.Row0; r < a.Row1; r++ {
		for c := a.Col0; c < a.Col1; c++ {
			if source != "" {
				copied := formula.Rewrite(source, b.syntax(), t.Title, formula.Copy(r-a.Row0, c-a.Col0))
				cell.UserEnteredValue = &api.ExtendedValue{FormulaValue: &copied}
			}
			if err := t.change(r, c, cell, m); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// appendCells adds rows after the last one that has something.
func (b *book) appendCells(in *api.AppendCellsRequest) (Obj, error) {
	m, err := b.cellFields(in.Fields)
	if err != nil {
		return nil, err
	}
	var t *tab
	var at, col int
	if in.TableID != nil {
		x, i, ok := b.tableID(*in.TableID)
		if !ok {
			return nil, no("No table with id: %s", *in.TableID)
		}
		t = x
		a := areaOf(t.Tables[i]["range"].(Obj))
		at, col = a.Row1, a.Col0
		b.insert(t, formula.Rows, at, len(in.Rows))
		a.Row1 += len(in.Rows)
		t.Tables = slices.Clone(t.Tables)
		t.Tables[i] = with(t.Tables[i], "range", t.gridRange(a))
	} else {
		if t, err = b.grid(in.SheetID); err != nil {
			return nil, err
		}
		at, _ = t.used()
	}
	if n := at + len(in.Rows) - t.RowCount; n > 0 {
		t.RowCount += n
		t.touch()
	}
	for i, row := range in.Rows {
		if n := col + len(row.Values) - t.ColCount; n > 0 {
			t.ColCount += n
			t.touch()
		}
		for k := range row.Values {
			if err := t.change(at+i, col+k, &row.Values[k], m); err != nil {
				return nil, err
			}
		}
	}
	if b.cells() > maxCells {
		return nil, errTooMany
	}
	return nil, t.guard(formula.Area{Row0: at, Row1: at + len(in.Rows), Col1: t.ColCount})
}

// A cellMask is what of cells is changed. It remembers what became of formats, of which many cells have the same.
type cellMask struct {
	*gapi.Mask
	looks  *gapi.Mask // of userEnteredFormat
	became map[becoming]*Format
}

type becoming struct {
	was   *Format
	given *api.CellFormat
}

// cellFields reads the mask of an update of cells; the requests of a batchUpdate often have the same.
func (b *book) cellFields(mask *string) (*cellMask, error) {
	if m := b.masks[deref(mask)]; m != nil {
		return m, nil
	}
	m, err := fields(mask, api.CellData{})
	if err != nil {
		return nil, err
	}
	if b.masks == nil {
		b.masks = map[string]*cellMask{}
	}
	b.masks[*mask] = &cellMask{m, twins(m.Sub("userEnteredFormat")), map[becoming]*Format{}}
	return b.masks[*mask], nil
}

// format is what a format becomes when another one is given.
func (m *cellMask) format(b *book, was *Format, in *api.CellFormat) (*Format, error) {
	if now, ok := m.became[becoming{was, in}]; ok {
		return now, nil
	}
	var given Obj
	if in != nil {
		given = kept(in)
		if err := formatted(given); err != nil {
			return nil, err
		}
	}
	now := b.intern(updated(was.tree(), given, m.looks))
	m.became[becoming{was, in}] = now
	return now, nil
}

// change gives a cell what a mask names of what is given, and takes away what that does not have.
func (t *tab) change(r, c int, in *api.CellData, m *cellMask) error {
	x := t.edit(r, c)
	if m.Has("userEnteredValue") {
		if err := t.changeValue(r, c, in.UserEnteredValue); err != nil {
			return err
		}
	}
	if m.Has("userEnteredFormat") {
		now, err := m.format(t.b, x.Format, in.UserEnteredFormat)
		if err != nil {
			return err
		}
		x.Format = now
	}
	rest := Rest{}
	if x.Rest != nil {
		rest = *x.Rest
	}
	put(&rest.Note, m.Has("note"), deref(in.Note))
	if m.Has("textFormatRuns") {
		rest.Runs = nil
		for _, run := range in.TextFormatRuns {
			rest.Runs = append(rest.Runs, kept(run))
		}
		if len(rest.Runs) > 0 && x.Value.Kind != calc.KindText {
			return no("Text format runs can only be set on cells that have text.")
		}
	}
	if m.Has("chipRuns") {
		rest.Chips = nil
		for _, run := range in.ChipRuns {
			rest.Chips = append(rest.Chips, kept(run))
		}
	}
	if m.Has("dataValidation") {
		rest.Validation = nil
		if in.DataValidation != nil {
			v, err := validation(in.DataValidation)
			if err != nil {
				return err
			}
			rest.Validation = v
		}
	}
	if m.Has("pivotTable") {
		if err := t.setPivot(r, c, &rest, in.PivotTable); err != nil {
			return err
		}
		x = t.edit(r, c)
	}
	if m.Mask != nil && m.Has("dataSourceTable") && (in.DataSourceTable != nil || rest.Source != nil) {
		if err := t.setSourceTable(r, c, &rest, in.DataSourceTable); err != nil {
			return err
		}
		x = t.edit(r, c)
	}
	if x.Rest = nil; !rest.blank() {
		x.Rest = &rest
	}
	return nil
}

// blank reports whether nothing is there.
func (r *Rest) blank() bool {
	return r.Note == "" && r.Link == "" && r.Runs == nil && r.Chips == nil && r.Validation == nil && r.Pivot == nil && r.Source == nil && r.Sourced == nil
}

// changeValue enters a value that is not parsed, or a formula.
func (t *tab) changeValue(r, c int, v *api.ExtendedValue) error {
	x := t.edit(r, c)
	if x.Rest != nil && (x.Rest.Runs != nil || x.Rest.Link != "") {
		rest := *x.Rest
		rest.Runs, rest.Link = nil, ""
		x.Rest = &rest
	}
	switch {
	case v == nil:
		t.enter(r, c, "", calc.Empty)
	case v.FormulaValue != nil:
		if !strings.HasPrefix(*v.FormulaValue, "=") {
			return no("The formula must start with an equal sign: %s", *v.FormulaValue)
		}
		t.enter(r, c, formula.Normalize(*v.FormulaValue, t.b.syntax(), calc.Known), calc.Empty)
	case v.NumberValue != nil:
		t.enter(r, c, "", calc.Number(*v.NumberValue))
	case v.StringValue != nil:
		if len([]rune(*v.StringValue)) > maxText {
			return errTooLong
		}
		t.enter(r, c, "", textOr(*v.StringValue))
	case v.BoolValue != nil:
		t.enter(r, c, "", calc.Bool(*v.BoolValue))
	case v.ErrorValue != nil:
		return no("userEnteredValue.errorValue cannot be set.")
	default:
		t.enter(r, c, "", calc.Empty)
	}
	return nil
}

// textOr is a text, or nothing if it is empty.
func textOr(s string) calc.Value {
	if s == "" {
		return calc.Empty
	}
	return calc.Text(s)
}

// twins is the mask of a format in which a colour that is named by one of its two names is named by both.
func twins(m *gapi.Mask) *gapi.Mask {
	return m.Also(func(name string) (string, bool) {
		if style, ok := colorStyle(name); ok {
			return style, true
		}
		old, ok := strings.CutSuffix(name, "Style")
		return old, ok && (old == "color" || strings.HasSuffix(old, "Color"))
	})
}

// formatted refuses a format that there is not.
func formatted(o Obj) error {
	if n, ok := o["numberFormat"].(Obj); ok {
		if kind, _ := n["type"].(string); kind == "" || kind == "NUMBER_FORMAT_TYPE_UNSPECIFIED" {
			return no("Number format type must be specified.")
		}
	}
	return nil
}

// updateBorders draws the borders of a range: its outer sides, and the lines between its cells.
func (b *book) updateBorders(in *api.UpdateBordersRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	for r := a.Row0; r < a.Row1; r++ {
		for c := a.Col0; c < a.Col1; c++ {
			for _, side := range []struct {
				name         string
				outer, inner *api.Border
				atEdge       bool
			}{{"top", in.Top, in.InnerHorizontal, r == a.Row0}, {"bottom", in.Bottom, in.InnerHorizontal, r == a.Row1-1}, {"left", in.Left, in.InnerVertical, c == a.Col0}, {"right", in.Right, in.InnerVertical, c == a.Col1-1}} {
				border := side.inner
				if side.atEdge {
					border = side.outer
				}
				if border == nil {
					continue
				}
				x := t.edit(r, c)
				tree := x.Format.tree()
				borders, _ := tree["borders"].(Obj)
				if deref(border.Style) == "NONE" || border.Style == nil {
					borders = with(borders, side.name, nil)
					delete(borders, side.name)
				} else {
					borders = with(borders, side.name, lined(border))
				}
				if tree = with(tree, "borders", borders); len(borders) == 0 {
					delete(tree, "borders")
				}
				x.Format = b.intern(tree)
			}
		}
	}
	return nil, nil
}

// lined is a border as it is kept: with the width that its style has.
func lined(in *api.Border) Obj {
	o := kept(in)
	o["width"] = map[string]float64{"SOLID_MEDIUM": 2, "SOLID_THICK": 3, "DOUBLE": 3}[deref(in.Style)]
	if o["width"] == 0.0 {
		o["width"] = 1.0
	}
	if o["color"] == nil {
		o["color"], o["colorStyle"] = Obj{}, Obj{"rgbColor": Obj{}}
	}
	return o
}

// setDataValidation says which values the cells of a range may have, or that they may have any.
func (b *book) setDataValidation(in *api.SetDataValidationRequest) (Obj, error) {
	t, a, err := b.area(in.Range)
	if err != nil {
		return nil, err
	}
	if err := t.guard(a); err != nil {
		return nil, err
	}
	var rule Obj
	if in.Rule != nil {
		if rule, err = validation(in.Rule); err != nil {
			return nil, err
		}
	}
	for r := a.Row0; r < a.Row1; r++ {
		for c := a.Col0; c < a.Col1; c++ {
			x := t.cell(r, c)
			if rule == nil && (x == nil || x.Rest == nil || x.Rest.Validation == nil) || !deref(in.FilteredRowsIncluded) && t.hiddenByFilter(r) {
				continue
			}
			x = t.edit(r, c)
			rest := Rest{}
			if x.Rest != nil {
				rest = *x.Rest
			}
			if rest.Validation = rule; rest.blank() {
				x.Rest = nil
			} else {
				x.Rest = &rest
			}
		}
	}
	return nil, nil
}

// hiddenByFilter reports whether a filter hides a row.
func (t *tab) hiddenByFilter(r int) bool {
	row := t.row(r)
	return row != nil && row.Filtered
}
