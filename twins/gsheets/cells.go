package gsheets

import (
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
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
			o["rowData"] = rows
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

// rowData are the rows of an area, without what is empty at the end.
func (t *tab) rowData(a formula.Area, m *gapi.Mask) (rows []any) {
	l := t.look()
	var painted []formula.Area // where cells look like something though they may have nothing
	end := a.Row0
	if m.Has("effectiveFormat") {
		for _, p := range t.painted() {
			if p = p.Intersect(a); !p.Empty() {
				painted, end = append(painted, p), max(end, p.Row1)
			}
		}
	}
	add := func(r int, cells []Cell) {
		n := min(a.Col1, len(cells))
		for _, p := range painted {
			if r >= p.Row0 && r < p.Row1 {
				n = max(n, p.Col1)
			}
		}
		values, last := make([]any, max(0, n-a.Col0)), 0
		for c := a.Col0; c < n; c++ {
			x := &Cell{}
			if c < len(cells) {
				x = &cells[c]
			}
			o := l.cell(r, c, x, m)
			if values[c-a.Col0] = o; len(o) > 0 || !x.blank() {
				last = c - a.Col0 + 1
			}
		}
		if last == 0 {
			return
		}
		for len(rows) < r-a.Row0 {
			rows = append(rows, Obj{})
		}
		rows = append(rows, Obj{"values": values[:last]})
	}
	next := a.Row0
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
	return rows
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

// cell is a CellData, as far as the mask wants it.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/cells#CellData
func (l *look) cell(r, c int, x *Cell, m *gapi.Mask) Obj {
	o := Obj{}
	if x.blank() {
		if m.Has("effectiveFormat") && (l.under(r, c) != nil || l.over(r, c, x) != nil) {
			o["effectiveFormat"] = l.format(r, c, x, "")
		}
		return o
	}
	if m.Has("userEnteredValue") {
		if v := x.entered(); v != nil {
			o["userEnteredValue"] = v
		}
	}
	shows := x.Value.Kind != calc.KindEmpty && (x.Value.Kind != calc.KindText || x.Value.Text != "")
	if shows {
		if m.Has("effectiveValue") {
			o["effectiveValue"] = x.effective()
		}
		if m.Has("formattedValue") {
			o["formattedValue"] = l.b.shown(x)
		}
	}
	if x.Format != nil {
		o["userEnteredFormat"] = x.Format.Tree
	}
	link := ""
	if m.Has("hyperlink") || m.Has("effectiveFormat") {
		if link = l.link(r, c, x); link != "" {
			o["hyperlink"] = link
		}
	}
	if m.Has("effectiveFormat") {
		o["effectiveFormat"] = l.format(r, c, x, link)
	}
	if x.Rest != nil {
		x.Rest.view(o)
	}
	return o
}

// view adds what few cells have.
func (r *Rest) view(o Obj) {
	if r.Note != "" {
		o["note"] = r.Note
	}
	if r.Runs != nil {
		o["textFormatRuns"] = r.Runs
	}
	if r.Chips != nil {
		o["chipRuns"] = r.Chips
	}
	for name, tree := range map[string]Obj{"dataValidation": r.Validation, "pivotTable": r.Pivot, "dataSourceTable": r.Source, "dataSourceFormula": r.Sourced} {
		if tree != nil {
			o[name] = tree
		}
	}
}

// entered is what was typed, as an ExtendedValue; nil if nothing was.
func (x *Cell) entered() Obj {
	switch {
	case x.Formula != "":
		return Obj{"formulaValue": x.Formula}
	case x.Spilled:
		return nil
	}
	return x.effective()
}

// effective is a value as an ExtendedValue; nil if there is none.
func (x *Cell) effective() Obj {
	switch v := x.Value; v.Kind {
	case calc.KindNumber:
		return Obj{"numberValue": v.Num}
	case calc.KindText:
		return Obj{"stringValue": v.Text}
	case calc.KindBool:
		return Obj{"boolValue": v.Num != 0}
	case calc.KindError:
		e := Obj{"type": v.Code.Type()}
		if v.Text != "" {
			e["message"] = v.Text
		}
		return Obj{"errorValue": e}
	}
	return nil
}

// A look tells how the cells of a sheet look.
type look struct {
	*tab
	under func(r, c int) Obj          // what shows where a cell's own format says nothing: bands, tables
	over  func(r, c int, x *Cell) Obj // what shows whatever that says: conditional formats
	known map[looks]Obj
	base  Obj
}

// looks is what most cells' formats follow from.
type looks struct {
	format *Format
	kind   calc.Kind
	hint   calc.Hint
	text   bool // that is not empty
	link   string
}

func (t *tab) look() *look {
	base := with(t.b.defaultFormat(), "textFormat", nil)
	text, _ := t.b.defaultFormat()["textFormat"].(Obj)
	base["textFormat"] = with(text, "fontFamily", t.b.font(text))
	return &look{tab: t, under: t.bands(), over: t.conditional(), known: map[looks]Obj{}, base: base}
}

// font is the font of a text format: the theme's where it is a new spreadsheet's.
func (b *book) font(text Obj) any {
	if text["fontFamily"] == "arial,sans,sans-serif" {
		return b.theme()["primaryFontFamily"]
	}
	return text["fontFamily"]
}

// format is the effectiveFormat of a cell.
func (l *look) format(r, c int, x *Cell, link string) Obj {
	k := looks{x.Format, x.Value.Kind, x.Value.Hint, x.Value.Text != "", link}
	under, over := l.under(r, c), l.over(r, c, x)
	if under == nil && over == nil {
		if o, ok := l.known[k]; ok {
			return o
		}
	}
	o := Obj{}
	if v := x.Value; v.Kind != calc.KindEmpty {
		o["hyperlinkDisplayType"] = "PLAIN_TEXT"
		switch v.Kind {
		case calc.KindNumber:
			o["horizontalAlignment"] = "RIGHT"
			if t := v.Hint.Type(); t != format.Automatic {
				n := Obj{"type": string(t)}
				if v.Text != "" {
					n["pattern"] = v.Text
				}
				o["numberFormat"] = n
			}
		case calc.KindText:
			o["horizontalAlignment"] = "LEFT"
		default:
			o["horizontalAlignment"] = "CENTER"
		}
	}
	o = merged(l.base, o)
	if link != "" && x.Value.Kind != calc.KindEmpty {
		blue := l.b.themeColor("LINK")
		o = merged(o, Obj{"hyperlinkDisplayType": "LINKED", "textFormat": Obj{
			"foregroundColor": blue, "foregroundColorStyle": Obj{"rgbColor": blue}, "underline": true, "link": Obj{"uri": link}}})
	}
	o = merged(merged(merged(o, under), x.Format.tree()), over)
	if under == nil && over == nil {
		l.known[k] = o
	}
	return o
}

// themeColor is the colour that a theme has for something.
func (b *book) themeColor(kind string) any {
	pairs, _ := b.theme()["themeColors"].([]any)
	for _, p := range pairs {
		if p, _ := p.(Obj); p["colorType"] == kind {
			c, _ := p["color"].(Obj)
			return c["rgbColor"]
		}
	}
	return Obj{}
}

// merged is a tree with another one over it. Colours are not mixed.
func merged(under, over Obj) Obj {
	if len(over) == 0 {
		return under
	}
	out := make(Obj, len(under)+len(over))
	for k, v := range under {
		out[k] = v
	}
	for k, v := range over {
		if part, ok := v.(Obj); ok && (k == "textFormat" || k == "padding" || k == "borders") {
			if was, ok := out[k].(Obj); ok {
				v = merged(was, part)
			}
		}
		out[k] = v
	}
	return out
}

// link is where a cell leads.
func (l *look) link(r, c int, x *Cell) string {
	if x.Rest != nil && x.Rest.Link != "" {
		return x.Rest.Link
	}
	if x.Format != nil {
		text, _ := x.Format.Tree["textFormat"].(Obj)
		if to, ok := text["link"].(Obj); ok {
			uri, _ := to["uri"].(string)
			return uri
		}
	}
	if x.Formula != "" && len(x.Formula) > 11 && strings.EqualFold(x.Formula[:11], "=HYPERLINK(") {
		if e, err := formula.Parse(x.Formula, l.b.syntax()); err == nil {
			if call, ok := e.(*formula.Call); ok && call.Name == "HYPERLINK" && len(call.Args) > 0 {
				v := calc.Evaluate(call.Args[0], l.b, &calc.Setting{Locale: l.b.loc, Now: l.b.now()}, calc.Position{Sheet: l.ID, Row: r, Col: c})
				if v.Kind == calc.KindText {
					return v.Text
				}
			}
		}
	}
	return ""
}

// bands tells the colours that banded ranges and tables give cells.
func (t *tab) bands() func(r, c int) Obj {
	type band struct {
		formula.Area
		rows, cols Obj
	}
	var all []band
	for _, o := range t.Banded {
		r, _ := o["range"].(Obj)
		rows, _ := o["rowProperties"].(Obj)
		cols, _ := o["columnProperties"].(Obj)
		all = append(all, band{areaOf(r).Clip(t.RowCount, t.ColCount), rows, cols})
	}
	for _, o := range t.Tables {
		r, _ := o["range"].(Obj)
		rows, _ := o["rowsProperties"].(Obj)
		all = append(all, band{Area: areaOf(r).Clip(t.RowCount, t.ColCount), rows: rows})
	}
	return func(r, c int) Obj {
		for _, b := range all {
			if !b.Contains(r, c) {
				continue
			}
			style := stripe(b.rows, r-b.Row0, b.Rows())
			if style == nil {
				style = stripe(b.cols, c-b.Col0, b.Cols())
			}
			if style != nil {
				o := Obj{"backgroundColorStyle": style}
				if rgb, ok := style["rgbColor"]; ok {
					o["backgroundColor"] = rgb
				}
				return o
			}
		}
		return nil
	}
}

// stripe is the colour of one of n rows or columns.
func stripe(p Obj, i, n int) Obj {
	pick := func(name string) Obj {
		style, _ := p[name+"Style"].(Obj)
		return style
	}
	header, footer := pick("headerColor"), pick("footerColor")
	switch {
	case p == nil:
		return nil
	case i == 0 && header != nil:
		return header
	case i == n-1 && footer != nil:
		return footer
	}
	if header != nil {
		i--
	}
	if second := pick("secondBandColor"); i%2 == 1 && second != nil {
		return second
	} else if i%2 == 1 {
		return nil
	}
	return pick("firstBandColor")
}
