package gsheets

import (
	"encoding/json"
	"strconv"

	"twinset.dev/kit/tree"
	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/gapi"
)

// gridData is an area's cells and dimensions, as far as the mask wants them.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/sheets#GridData
func (t *tab) gridData(a formula.Area, m *gapi.Mask) Obj {
	o := Obj{}
	if a.Row0 > 0 {
		o["startRow"] = a.Row0
	}
	if a.Col0 > 0 {
		o["startColumn"] = a.Col0
	}
	if m.Has("rowData") {
		if rows := t.rowData(a, m.Sub("rowData").Sub("values")); rows != nil {
			o["rowData"] = json.RawMessage(rows)
		}
	}
	if m.Has("rowMetadata") {
		rows := make([]any, a.Rows())
		for i := range rows {
			rows[i] = newRow
		}
		t.walkRows(a.Row0, a.Row1, func(r int, row *Row) bool {
			rows[r-a.Row0] = row.view(21)
			return true
		})
		t.notes(rows, "ROW", a.Row0)
		o["rowMetadata"] = rows
	}
	if m.Has("columnMetadata") {
		cols := make([]any, a.Cols())
		for i := range cols {
			cols[i] = newColumn
			if c := a.Col0 + i; c < len(t.Columns) {
				cols[i] = t.Columns[c].view(100)
			}
		}
		t.notes(cols, "COLUMN", a.Col0)
		o["columnMetadata"] = cols
	}
	return o
}

var (
	newRow    = (&Dimension{}).view(21)
	newColumn = (&Dimension{}).view(100)
)

// view is the DimensionProperties, of a size unless it has its own.
func (d *Dimension) view(size int) Obj {
	if d.Size != 0 {
		size = d.Size
	}
	o := Obj{"pixelSize": size}
	if d.Filtered {
		o["hiddenByFilter"] = true
	}
	if d.Hidden {
		o["hiddenByUser"] = true
	}
	if d.Source != nil {
		o["dataSourceColumnReference"] = d.Source
	}
	return o
}

// notes adds the developer metadata of rows or columns to what is shown of them.
func (t *tab) notes(of []any, where string, first int) {
	for _, m := range t.b.Metadata {
		if i := m.At - first; m.Where == where && m.Sheet == t.ID && i >= 0 && i < len(of) && m.seen(t.b.c) {
			o := with(of[i].(Obj), "developerMetadata", nil)
			l, _ := of[i].(Obj)["developerMetadata"].([]any)
			o["developerMetadata"] = append(l[:len(l):len(l)], m.view())
			of[i] = o
		}
	}
}

// rowData are the rows of an area, without what is empty at the end, as JSON; nil if it has none.
func (t *tab) rowData(a formula.Area, m *gapi.Mask) []byte {
	w := cellWriter{look: t.look(), mask: m, formats: map[*Format][]byte{}}
	var painted []formula.Area // where cells look like something though they may have nothing
	end := a.Row0
	if m.Has("effectiveFormat") {
		for _, p := range t.painted() {
			if p = p.Intersect(a); !p.Empty() {
				painted, end = append(painted, p), max(end, p.Row1)
			}
		}
	}
	next, written := a.Row0, a.Row0
	add := func(r int, cells []Cell) {
		if row := w.row(r, cells, a, painted); row != nil {
			for ; written < r; written++ {
				w.rows = append(append(w.rows, sep(w.rows)), "{}"...)
			}
			w.rows = append(append(w.rows, sep(w.rows)), row...)
			written++
		}
	}
	gap := func(to int) {
		for ; next < min(to, end); next++ {
			add(next, nil)
		}
	}
	t.walkRows(a.Row0, a.Row1, func(r int, row *Row) bool {
		gap(r)
		add(r, row.Cells)
		next = r + 1
		return true
	})
	gap(end)
	return closed(w.rows)
}

// row is one row of an area up to the last cell that has something or looks like something; nil if there is none.
func (w *cellWriter) row(r int, cells []Cell, a formula.Area, painted []formula.Area) []byte {
	n := min(a.Col1, len(cells))
	for n > a.Col0 && cells[n-1].blank() {
		n--
	}
	for _, p := range painted {
		if r >= p.Row0 && r < p.Row1 {
			n = max(n, p.Col1)
		}
	}
	w.out = append(w.out[:0], `{"values":`...)
	last := 0 // where what is worth telling ends
	for c, open := a.Col0, byte('['); c < n; c, open = c+1, ',' {
		x := &Cell{}
		if c < len(cells) {
			x = &cells[c]
		}
		w.out = append(w.out, open)
		at := len(w.out)
		w.cell(r, c, x)
		if !x.blank() || string(w.out[at:]) != "{}" {
			last = len(w.out)
		}
	}
	if last == 0 {
		return nil
	}
	return append(w.out[:last], "]}"...)
}

// painted are the areas to which bands, tables and conditional formats give a look.
func (t *tab) painted() (out []formula.Area) {
	for _, list := range [][]Obj{t.Banded, t.Tables} {
		for _, o := range list {
			if r, ok := o["range"].(Obj); ok {
				out = append(out, areaOf(r).Clip(t.RowCount, t.ColCount))
			}
		}
	}
	for _, o := range t.Conditional {
		ranges, _ := o["ranges"].([]any)
		for _, r := range ranges {
			out = append(out, areaOf(r.(Obj)).Clip(t.RowCount, t.ColCount))
		}
	}
	return out
}

// A cellWriter writes cells as JSON, as far as a mask wants them.
type cellWriter struct {
	*look
	mask    *gapi.Mask
	rows    []byte
	out     []byte // the row that is being written
	open    byte   // what stands before the next field
	formats map[*Format][]byte
}

// wants begins a field, if it is wanted.
func (w *cellWriter) wants(name string) bool {
	if !w.mask.Has(name) {
		return false
	}
	w.out = append(append(append(w.out, w.open, '"'), name...), '"', ':')
	w.open = ','
	return true
}

// json is what is wanted of a field's tree.
func (w *cellWriter) json(name string, tree any) []byte {
	j, err := w.mask.Sub(name).Append(nil, tree)
	if err != nil {
		panic(err)
	}
	return j
}

// tree writes a field, if there is something and it is wanted.
func (w *cellWriter) tree(name string, tree Obj) {
	if tree != nil && w.wants(name) {
		w.out = append(w.out, w.json(name, tree)...)
	}
}

func (w *cellWriter) list(name string, list []any) {
	if list != nil && w.wants(name) {
		w.out = append(w.out, w.json(name, list)...)
	}
}

// cell writes a CellData.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/cells#CellData
func (w *cellWriter) cell(r, c int, x *Cell) {
	if x.blank() {
		if w.mask.Has("effectiveFormat") && (w.under(r, c) != nil || w.over(r, c, x) != nil) {
			w.open = '{'
			w.effectiveFormat(r, c, x, "")
			w.out = append(w.out, '}')
			return
		}
		w.out = append(w.out, "{}"...)
		return
	}
	rest := x.Rest
	if rest == nil {
		rest = &Rest{}
	}
	link := ""
	if w.mask.Has("hyperlink") || w.mask.Has("effectiveFormat") {
		link = w.link(r, c, x)
	}
	shows := x.Value.Kind != calc.KindEmpty && (x.Value.Kind != calc.KindText || x.Value.Text != "")
	w.open = '{'
	w.list("chipRuns", rest.Chips)
	w.tree("dataSourceFormula", rest.Sourced)
	w.tree("dataSourceTable", rest.Source)
	w.tree("dataValidation", rest.Validation)
	w.effectiveFormat(r, c, x, link)
	if shows {
		w.value("effectiveValue", "", x.Value)
		if w.wants("formattedValue") {
			w.out = w.b.appendValue(w.out, x, rendering{value: "FORMATTED_VALUE"})
		}
	}
	if link != "" && w.wants("hyperlink") {
		w.out = tree.AppendString(w.out, link)
	}
	if rest.Note != "" && w.wants("note") {
		w.out = tree.AppendString(w.out, rest.Note)
	}
	w.tree("pivotTable", rest.Pivot)
	w.list("textFormatRuns", rest.Runs)
	if x.Format != nil && w.wants("userEnteredFormat") {
		j := w.formats[x.Format]
		if j == nil {
			j = w.json("userEnteredFormat", x.Format.Tree)
			w.formats[x.Format] = j
		}
		w.out = append(w.out, j...)
	}
	if x.Formula != "" || !x.Spilled {
		w.value("userEnteredValue", x.Formula, x.Value)
	}
	if w.open == '{' {
		w.out = append(w.out, '{')
	}
	w.out = append(w.out, '}')
}

// effectiveFormat writes what a cell looks like.
func (w *cellWriter) effectiveFormat(r, c int, x *Cell, link string) {
	if !w.wants("effectiveFormat") {
		return
	}
	f := w.at(r, c, x, link)
	if f.json == nil {
		f.json = w.json("effectiveFormat", f.tree)
	}
	w.out = append(w.out, f.json...)
}

// value writes an ExtendedValue, of a formula or else of a value; nothing if there is neither.
func (w *cellWriter) value(name, formula string, v calc.Value) {
	if formula == "" && v.Kind == calc.KindEmpty || !w.wants(name) {
		return
	}
	var err error
	part, out := w.mask.Sub(name), append(w.out, '{')
	switch {
	case formula != "" && part.Has("formulaValue"):
		out = tree.AppendString(append(out, `"formulaValue":`...), formula)
	case formula != "":
	case v.Kind == calc.KindNumber && part.Has("numberValue"):
		out, err = tree.AppendNumber(append(out, `"numberValue":`...), v.Num)
	case v.Kind == calc.KindText && part.Has("stringValue"):
		out = tree.AppendString(append(out, `"stringValue":`...), v.Text)
	case v.Kind == calc.KindBool && part.Has("boolValue"):
		out = strconv.AppendBool(append(out, `"boolValue":`...), v.Num != 0)
	case v.Kind == calc.KindError && part.Has("errorValue"):
		e := Obj{"type": v.Code.Type()}
		if v.Text != "" {
			e["message"] = v.Text
		}
		out, err = part.Sub("errorValue").Append(append(out, `"errorValue":`...), e)
	}
	if err != nil {
		panic(err)
	}
	w.out = append(out, '}')
}
