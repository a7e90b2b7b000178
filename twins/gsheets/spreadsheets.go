package gsheets

import (
	"encoding/json"
	"fmt"
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (s *Sheets) spreadsheetsOperations() {
	s.On(twin.Full, "spreadsheets.create", s.spreadsheetsCreate).Answers(api.Spreadsheet{}, "")
	s.On(twin.Full, "spreadsheets.get", s.spreadsheetsGet).Answers(api.Spreadsheet{}, "").Public()
}

// open is a spreadsheet that the caller may do something with.
func (s *Sheets) open(c *call, id string, least files.Role) (*book, error) {
	f, role := s.Find(c, id)
	switch {
	case role == files.None:
		if f, ok := s.Files.Get(c.Tx, id); ok && s.Reaches(c, f) {
			return nil, errForbidden
		}
		return nil, errNotFound
	case f.Type != files.Spreadsheet:
		return nil, errNoSheet
	case role < least:
		return nil, errForbidden
	}
	b, ok := s.load(c, f)
	if !ok {
		return nil, errNotFound
	}
	b.role = role
	if least == files.Reader && b.Volatile {
		b.graph(b.setting()).Recalculate(b, b.setting()) // shown as it is now, and not written
	}
	return b, nil
}

// spreadsheetsCreate makes a spreadsheet in the caller's My Drive.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/create
func (s *Sheets) spreadsheetsCreate(c *call) (any, error) {
	var in api.Spreadsheet
	if err := c.BindField("spreadsheet", &in); err != nil {
		return nil, err
	}
	if deref(in.SpreadsheetID) != "" {
		return nil, gapi.Invalid("Invalid spreadsheet.spreadsheetId: This user did not create this id.")
	}
	f := files.File{Type: files.Spreadsheet, Name: "Untitled spreadsheet"}
	if p := in.Properties; p != nil && p.Title != nil && *p.Title != "" {
		f.Name = *p.Title
	}
	f, err := s.Create(c, f)
	if err != nil {
		return nil, err
	}
	b, _ := s.load(c, f)
	if in.Properties != nil {
		if err := b.setProperties(in.Properties); err != nil {
			return nil, err
		}
	}
	if len(in.Sheets) > 0 {
		b.drop(b.tabs[0])
	}
	for i := range in.Sheets {
		if err := b.giveSheet(fmt.Sprintf("spreadsheet.sheets[%d]", i), &in.Sheets[i]); err != nil {
			return nil, err
		}
	}
	for i := range in.NamedRanges {
		if err := b.give(fmt.Sprintf("spreadsheet.namedRanges[%d]", i), api.Request{AddNamedRange: &api.AddNamedRangeRequest{NamedRange: &in.NamedRanges[i]}}); err != nil {
			return nil, err
		}
	}
	for i := range in.DeveloperMetadata {
		if err := b.give(fmt.Sprintf("spreadsheet.developerMetadata[%d]", i), api.Request{CreateDeveloperMetadata: &api.CreateDeveloperMetadataRequest{DeveloperMetadata: &in.DeveloperMetadata[i]}}); err != nil {
			return nil, err
		}
	}
	if err := b.commit(); err != nil {
		return nil, err
	}
	return b.view(c.Mask, b.chosen(nil, withCells(c.Mask, false))), nil
}

// create writes a new spreadsheet.
func (b *book) create() error {
	b.s.books.Put(b.c.Tx, b.Book)
	b.edited = true
	return b.commit()
}

// setLocale says in which locale things are shown and typed.
func (b *book) setLocale(name string) { b.Locale, b.loc = name, format.LocaleOf(name) }

// spreadsheetsGet answers a spreadsheet, with its cells if they are asked for.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/get
func (s *Sheets) spreadsheetsGet(c *call) (any, error) {
	b, err := s.open(c, c.Param("spreadsheetId"), files.Reader)
	if err != nil {
		return nil, err
	}
	var spans []span
	for _, text := range c.Qs("ranges") {
		r, err := b.span(text)
		if err != nil {
			return nil, err
		}
		spans = append(spans, r)
	}
	b.noTables, b.comments = c.QTrue("excludeTablesInBandedRanges"), c.Q("commentsViewMode")
	return b.view(c.Mask, b.chosen(spans, withCells(c.Mask, c.QTrue("includeGridData")))), nil
}

// withCells reports whether an answer has cells: if they are asked for, or, where there is a mask, if that names them.
func withCells(m *gapi.Mask, asked bool) bool {
	if m == nil {
		return asked
	}
	return m.Has("sheets") && m.Sub("sheets").Has("data")
}

// showsComments reports whether an answer has what is said of cells.
func (b *book) showsComments() bool {
	return b.comments == "COMMENTS_VIEW_MODE_INCLUDED" || b.comments == "COMMENTS_VIEW_MODE_DEFAULT_FOR_CURRENT_ACCESS"
}

// A wanted is a sheet that is shown, with some areas of its cells; several are several entries of data.
type wanted struct {
	*tab
	areas []formula.Area
}

// chosen is what is shown of a spreadsheet: the sheets that the spans are of, or all without any spans.
func (b *book) chosen(spans []span, cells bool) (out []wanted) {
	for _, t := range b.tabs {
		w := wanted{tab: t}
		for _, r := range spans {
			if r.tab == t {
				w.areas = append(w.areas, r.area())
			}
		}
		if spans != nil && w.areas == nil {
			continue
		}
		switch {
		case !cells || t.Type == "OBJECT":
			w.areas = nil
		case spans == nil:
			w.areas = []formula.Area{t.all()}
		}
		out = append(out, w)
	}
	return out
}

// view is a spreadsheet as the API shows it.
func (b *book) view(m *gapi.Mask, shown []wanted) Obj {
	o := Obj{"spreadsheetId": b.ID, "spreadsheetUrl": b.c.Link + "/spreadsheets/d/" + b.ID + "/edit"}
	if m.Has("properties") {
		o["properties"] = b.properties()
	}
	if m.Has("sheets") {
		sheets := make([]any, len(shown))
		for i, w := range shown {
			sheets[i] = w.view(m.Sub("sheets"))
		}
		if len(sheets) > 0 {
			o["sheets"] = sheets
		}
	}
	if len(b.Names) > 0 {
		o["namedRanges"] = each(b.Names, NamedRange.view)
	}
	if md := b.metadata("SPREADSHEET", 0, 0); md != nil {
		o["developerMetadata"] = md
	}
	list(o, "dataSources", b.DataSources)
	list(o, "dataSourceSchedules", b.Schedules)
	if b.showsComments() {
		list(o, "comments", b.Comments)
		o["commentsViewMode"] = "COMMENTS_VIEW_MODE_INCLUDED"
	}
	return o
}

// properties is the SpreadsheetProperties.
func (b *book) properties() Obj {
	o := Obj{"title": b.file.Name, "locale": b.Locale, "autoRecalc": b.Recalc, "timeZone": b.TimeZone, "defaultFormat": b.defaultFormat(), "spreadsheetTheme": b.theme()}
	if b.Iterate != nil {
		o["iterativeCalculationSettings"] = b.Iterate
	}
	if b.Imports {
		o["importFunctionsExternalUrlAccessAllowed"] = true
	}
	return o
}

func (b *book) defaultFormat() Obj {
	if b.Format != nil {
		return b.Format
	}
	return newDefaultFormat
}

func (b *book) theme() Obj {
	if b.Theme != nil {
		return b.Theme
	}
	return newTheme
}

// What a new spreadsheet looks like.
var (
	newDefaultFormat = literal(`{"backgroundColor": {"red": 1, "green": 1, "blue": 1}, "backgroundColorStyle": {"rgbColor": {"red": 1, "green": 1, "blue": 1}},
		"padding": {"top": 2, "right": 3, "bottom": 2, "left": 3}, "verticalAlignment": "BOTTOM", "wrapStrategy": "OVERFLOW_CELL",
		"textFormat": {"foregroundColor": {}, "fontFamily": "arial,sans,sans-serif", "fontSize": 10, "bold": false, "italic": false, "strikethrough": false, "underline": false,
			"foregroundColorStyle": {"rgbColor": {}}}}`)
	newTheme = literal(`{"primaryFontFamily": "Arial", "themeColors": [
		{"colorType": "TEXT", "color": {"rgbColor": {}}},
		{"colorType": "BACKGROUND", "color": {"rgbColor": {"red": 1, "green": 1, "blue": 1}}},
		{"colorType": "ACCENT1", "color": {"rgbColor": {"red": 0.25882354, "green": 0.52156866, "blue": 0.95686275}}},
		{"colorType": "ACCENT2", "color": {"rgbColor": {"red": 0.91764706, "green": 0.2627451, "blue": 0.20784314}}},
		{"colorType": "ACCENT3", "color": {"rgbColor": {"red": 0.9843137, "green": 0.7372549, "blue": 0.015686275}}},
		{"colorType": "ACCENT4", "color": {"rgbColor": {"red": 0.20392157, "green": 0.65882355, "blue": 0.3254902}}},
		{"colorType": "ACCENT5", "color": {"rgbColor": {"red": 1, "green": 0.42745098, "blue": 0.003921569}}},
		{"colorType": "ACCENT6", "color": {"rgbColor": {"red": 0.27450982, "green": 0.7411765, "blue": 0.7764706}}},
		{"colorType": "LINK", "color": {"rgbColor": {"red": 0.06666667, "green": 0.33333334, "blue": 0.8}}}]}`)
)

// literal is JSON of ours as a tree.
func literal(s string) (o Obj) {
	if err := json.Unmarshal([]byte(s), &o); err != nil {
		panic(err)
	}
	return o
}

// treeOf is a value of a generated type as a tree.
func treeOf(v any) Obj {
	o, _ := gapi.Tree(v).(Obj)
	return o
}

// view is a sheet as the API shows it.
func (w wanted) view(m *gapi.Mask) Obj {
	t := w.tab
	o := Obj{}
	if m.Has("properties") {
		o["properties"] = t.properties()
	}
	if len(t.Merges) > 0 {
		o["merges"] = each(t.Merges, t.gridRange)
	}
	list(o, "conditionalFormats", t.Conditional)
	list(o, "filterViews", t.FilterViews)
	if len(t.Protected) > 0 {
		o["protectedRanges"] = each(t.Protected, t.b.protectedView)
	}
	list(o, "bandedRanges", t.banded())
	list(o, "rowGroups", t.RowGroups)
	list(o, "columnGroups", t.ColumnGroups)
	list(o, "charts", t.Charts)
	list(o, "slicers", t.Slicers)
	list(o, "tables", t.Tables)
	if t.b.showsComments() {
		list(o, "commentAnchors", t.Anchors)
	}
	if t.Filter != nil {
		o["basicFilter"] = t.Filter
	}
	if m.Has("data") {
		for _, a := range w.areas {
			appendTo(o, "data", t.gridData(a, m.Sub("data")))
		}
	}
	if md := t.b.metadata("SHEET", t.ID, 0); md != nil {
		o["developerMetadata"] = md
	}
	return o
}

// banded are the banded ranges, with those that tables have unless they are not wanted.
func (t *tab) banded() []Obj {
	if t.b.noTables {
		return t.Banded
	}
	out := slices.Clone(t.Banded)
	for _, o := range t.Tables {
		if rows, ok := o["rowsProperties"].(Obj); ok {
			out = append(out, Obj{"bandedRangeReference": o["tableId"], "range": o["range"], "rowProperties": rows})
		}
	}
	return out
}

// properties is the SheetProperties.
func (t *tab) properties() Obj {
	o := Obj{"sheetId": t.ID, "title": t.Title, "index": t.Index, "sheetType": t.Type}
	if t.Type != "OBJECT" {
		g := Obj{"rowCount": t.RowCount, "columnCount": t.ColCount}
		for name, n := range map[string]int{"frozenRowCount": t.FrozenRows, "frozenColumnCount": t.FrozenCols} {
			if n != 0 {
				g[name] = n
			}
		}
		for name, on := range map[string]bool{"hideGridlines": t.NoLines, "rowGroupControlAfter": t.RowsAfter, "columnGroupControlAfter": t.ColsAfter} {
			if on {
				g[name] = true
			}
		}
		o["gridProperties"] = g
	}
	if t.Hidden {
		o["hidden"] = true
	}
	if t.Right {
		o["rightToLeft"] = true
	}
	if t.Color != nil {
		o["tabColorStyle"] = t.Color
		if rgb, ok := t.Color["rgbColor"]; ok {
			o["tabColor"] = rgb
		}
	}
	if t.DataSource != nil {
		o["dataSourceSheetProperties"] = t.DataSource
	}
	return o
}

// gridRange is an area as a GridRange: the sheet 0 and open sides are left out.
func (t *tab) gridRange(a formula.Area) Obj { return gridRange(t.ID, a) }

func gridRange(sheet int, a formula.Area) Obj {
	o := Obj{}
	if sheet != 0 {
		o["sheetId"] = float64(sheet)
	}
	side := func(start, end string, from, to int) {
		if to == formula.Open && from == 0 {
			return
		}
		o[start] = float64(from)
		if to != formula.Open {
			o[end] = float64(to)
		}
	}
	side("startRowIndex", "endRowIndex", a.Row0, a.Row1)
	side("startColumnIndex", "endColumnIndex", a.Col0, a.Col1)
	return o
}

func (n NamedRange) view() Obj {
	return Obj{"namedRangeId": n.ID, "name": n.Name, "range": gridRange(n.Sheet, n.Area)}
}

// metadata are those at a place that the caller may see; nil if there are none.
func (b *book) metadata(where string, sheet, at int) (out []any) {
	for _, m := range b.Metadata {
		if m.Where == where && m.Sheet == sheet && m.At == at && m.seen(b.c) {
			out = append(out, m.view())
		}
	}
	return out
}

// seen reports whether the caller's project may see it.
func (m Metadata) seen(c *call) bool { return m.Visibility != "PROJECT" || m.Client == c.Who.Client }

func (m Metadata) view() Obj {
	at := Obj{"locationType": m.Where}
	switch m.Where {
	case "SPREADSHEET":
		at["spreadsheet"] = true
	case "SHEET":
		at["sheetId"] = float64(m.Sheet)
	default:
		r := Obj{"dimension": m.Where + "S", "startIndex": float64(m.At), "endIndex": float64(m.At + 1)}
		if m.Sheet != 0 {
			r["sheetId"] = float64(m.Sheet)
		}
		at["dimensionRange"] = r
	}
	o := Obj{"metadataId": float64(m.ID), "metadataKey": m.Key, "location": at, "visibility": m.Visibility}
	if m.Value != "" {
		o["metadataValue"] = m.Value
	}
	return o
}

func each[T any](in []T, view func(T) Obj) []any {
	out := make([]any, len(in))
	for i, x := range in {
		out[i] = view(x)
	}
	return out
}

// list puts a list into an object unless it is empty.
func list(o Obj, name string, of []Obj) {
	if len(of) > 0 {
		o[name] = each(of, func(x Obj) Obj { return x })
	}
}
