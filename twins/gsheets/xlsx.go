package gsheets

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// xlsx is the spreadsheet as an Office Open XML workbook: values, formulas, formats, merged cells, sizes, names.
func (b *book) xlsx() ([]byte, error) {
	w := xlsxWriter{File: excelize.NewFile(), book: b, styles: map[*Format]int{}}
	defer w.Close()
	names := sheetNames(b)
	for i := range b.tabs {
		if i == 0 {
			w.SetSheetName("Sheet1", names[i])
		} else if _, err := w.NewSheet(names[i]); err != nil {
			return nil, err
		}
	}
	for i, t := range b.tabs {
		if err := w.sheet(t, names[i]); err != nil {
			return nil, fmt.Errorf("sheet %q as xlsx: %w", t.Title, err)
		}
	}
	for _, n := range b.Names {
		if t, ok := b.tab(n.Sheet); ok {
			// A name that a workbook cannot have is left out.
			_ = w.SetDefinedName(&excelize.DefinedName{Name: n.Name, RefersTo: formula.QuoteSheet(t.Title) + "!" + absolute(n.Area.Clip(t.RowCount, t.ColCount))})
		}
	}
	var out bytes.Buffer
	if err := w.Write(&out); err != nil {
		return nil, err
	}
	return w.withObjects(out.Bytes(), names)
}

// withObjects is a workbook with what lies on its sheets, which can only be written once their cells are.
func (w *xlsxWriter) withObjects(content []byte, names []string) ([]byte, error) {
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: 1 << 30})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	again := xlsxWriter{File: f, book: w.book}
	for i, t := range w.tabs {
		if err := again.objects(t, names[i]); err != nil {
			return nil, fmt.Errorf("what lies on sheet %q as xlsx: %w", t.Title, err)
		}
	}
	var out bytes.Buffer
	err = f.Write(&out)
	return out.Bytes(), err
}

// sheetNames are the titles of the sheets as a workbook takes them: without some signs, and no longer than 31.
func sheetNames(b *book) []string {
	names := make([]string, len(b.tabs))
	taken := map[string]bool{}
	for i, t := range b.tabs {
		name := strings.Trim(strings.NewReplacer(":", "", "\\", "", "/", "", "?", "", "*", "", "[", "", "]", "").Replace(t.Title), "'")
		if name == "" {
			name = "Sheet"
		}
		short := cut(name, 31)
		for n := 1; taken[strings.ToLower(short)]; n++ {
			tail := " " + strconv.Itoa(n)
			short = cut(name, 31-len(tail)) + tail
		}
		taken[strings.ToLower(short)] = true
		names[i] = short
	}
	return names
}

// cut is the first n characters of a text.
func cut(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}

func absolute(a formula.Area) string {
	cell := func(r, c int) string { return "$" + formula.ColumnName(c) + "$" + strconv.Itoa(r+1) }
	return cell(a.Row0, a.Col0) + ":" + cell(a.Row1-1, a.Col1-1)
}

type xlsxWriter struct {
	*excelize.File
	*book
	styles map[*Format]int
}

func (w *xlsxWriter) sheet(t *tab, name string) error {
	sw, err := w.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, d := range t.Columns {
		if d.Size != 0 {
			err = sw.SetColWidth(i+1, i+1, min(255, float64(d.Size)/pixelsPerChar))
		}
		if err == nil && (d.Hidden || d.Filtered) {
			err = sw.SetColVisible(i+1, i+1, false)
		}
		if err != nil {
			return err
		}
	}
	if t.FrozenRows > 0 || t.FrozenCols > 0 {
		pane := "bottomRight"
		switch {
		case t.FrozenCols == 0:
			pane = "bottomLeft"
		case t.FrozenRows == 0:
			pane = "topRight"
		}
		if err := sw.SetPanes(&excelize.Panes{Freeze: true, XSplit: t.FrozenCols, YSplit: t.FrozenRows, TopLeftCell: formula.CellName(t.FrozenRows, t.FrozenCols), ActivePane: pane}); err != nil {
			return err
		}
	}
	t.walkRows(0, t.RowCount, func(r int, row *Row) bool {
		cells := make([]any, len(row.Cells))
		for c := range row.Cells {
			if x := &row.Cells[c]; !x.blank() {
				cells[c] = w.cell(x)
			}
		}
		var opts []excelize.RowOpts
		if !row.asNew() {
			opts = append(opts, excelize.RowOpts{Height: min(409, float64(row.Size)*pointsPerPixel), Hidden: row.Hidden || row.Filtered})
		}
		err = sw.SetRow(formula.CellName(r, 0), cells, opts...)
		return err == nil
	})
	if err != nil {
		return err
	}
	for _, m := range t.Merges {
		if err := sw.MergeCell(formula.CellName(m.Row0, m.Col0), formula.CellName(m.Row1-1, m.Col1-1)); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	if t.Hidden {
		if err := w.SetSheetVisible(name, false); err != nil {
			return err
		}
	}
	return nil
}

const (
	pixelsPerChar  = 7.0
	pointsPerPixel = 0.75
)

func (w *xlsxWriter) cell(x *Cell) excelize.Cell {
	out := excelize.Cell{StyleID: w.style(x)}
	switch v := x.Value; v.Kind {
	case calc.KindNumber:
		out.Value = v.Num
	case calc.KindBool:
		out.Value = v.Num != 0
	case calc.KindText:
		out.Value = v.Text
	case calc.KindError:
		out.Value = v.Code.String()
	}
	if x.Formula != "" {
		out.Formula = strings.TrimPrefix(formula.Translate(x.Formula, w.syntax(), formula.Point), "=")
	}
	return out
}

// style is the workbook's style of a cell; 0 is none.
func (w *xlsxWriter) style(x *Cell) int {
	f := x.Format
	if pattern := x.Value.Pattern(w.loc); pattern != "" && (f == nil || f.Type == format.Automatic) {
		f = w.intern(with(f.tree(), "numberFormat", Obj{"type": string(x.Value.Hint.Type()), "pattern": pattern}))
	}
	if f == nil {
		return 0
	}
	id, ok := w.styles[f]
	if !ok {
		id, _ = w.NewStyle(excelStyle(f, w.loc)) // what a workbook cannot show is left out
		w.styles[f] = id
	}
	return id
}

// excelStyle is a format as a workbook has it.
func excelStyle(f *Format, loc *format.Locale) *excelize.Style {
	s := &excelize.Style{}
	if f.Type != format.Automatic {
		pattern := f.Pattern
		if pattern == "" {
			pattern = format.Default(f.Type, loc)
		}
		if pattern != "" {
			s.CustomNumFmt = &pattern
		}
	}
	if rgb := colorOf(f.Tree, "backgroundColor"); rgb != "" {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{rgb}}
	}
	if text, ok := f.Tree["textFormat"].(Obj); ok {
		on := func(name string) bool { return text[name] == true }
		s.Font = &excelize.Font{Bold: on("bold"), Italic: on("italic"), Strike: on("strikethrough"), Family: "Arial", Size: 10, Color: colorOf(text, "foregroundColor")}
		if on("underline") {
			s.Font.Underline = "single"
		}
		if n, ok := text["fontSize"].(float64); ok {
			s.Font.Size = n
		}
		if family, ok := text["fontFamily"].(string); ok {
			s.Font.Family = family
		}
	}
	a := excelize.Alignment{}
	a.Horizontal = map[any]string{"LEFT": "left", "CENTER": "center", "RIGHT": "right"}[f.Tree["horizontalAlignment"]]
	a.Vertical = map[any]string{"TOP": "top", "MIDDLE": "center", "BOTTOM": "bottom"}[f.Tree["verticalAlignment"]]
	a.WrapText = f.Tree["wrapStrategy"] == "WRAP"
	if r, ok := f.Tree["textRotation"].(Obj); ok {
		if angle, ok := r["angle"].(float64); ok {
			if a.TextRotation = int(angle); angle < 0 {
				a.TextRotation = 90 - int(angle)
			}
		}
	}
	if a != (excelize.Alignment{}) {
		s.Alignment = &a
	}
	if borders, ok := f.Tree["borders"].(Obj); ok {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			if line, ok := borders[side].(Obj); ok {
				if n := borderStyles[fmt.Sprint(line["style"])]; n != 0 {
					s.Border = append(s.Border, excelize.Border{Type: side, Style: n, Color: colorOf(line, "color")})
				}
			}
		}
	}
	return s
}

var borderStyles = map[string]int{"SOLID": 1, "SOLID_MEDIUM": 2, "DASHED": 3, "DOTTED": 4, "SOLID_THICK": 5, "DOUBLE": 6}

// colorOf is a colour of a tree as RRGGBB; "" if it has none.
func colorOf(o Obj, name string) string {
	if style, ok := o[name+"Style"].(Obj); ok {
		return hexColor(style)
	}
	if rgb, ok := o[name].(Obj); ok {
		return hexColor(Obj{"rgbColor": rgb})
	}
	return ""
}

// hexColor is a ColorStyle as RRGGBB; "" if it is none, or the theme's.
func hexColor(style Obj) string {
	rgb, ok := style["rgbColor"].(Obj)
	if !ok {
		return ""
	}
	s := ""
	for _, name := range []string{"red", "green", "blue"} {
		x, _ := rgb[name].(float64)
		s += fmt.Sprintf("%02X", int(math.Round(255*min(max(x, 0), 1))))
	}
	return s
}

// readXLSX makes the sheets of an Office Open XML workbook.
func (b *book) readXLSX(content []byte) error {
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: 1 << 30})
	if err != nil {
		return errUnreadable
	}
	defer f.Close()
	r := xlsxReader{f, b, map[int]*Format{}}
	for i, name := range f.GetSheetList() {
		id := b.newSheetID()
		if i == 0 {
			id = 0
		}
		if err := r.sheet(b.add(b.newSheet(id, name)), name); err != nil {
			return err
		}
	}
	if len(b.tabs) == 0 || b.cells() > maxCells {
		return errUnreadable
	}
	for _, n := range f.GetDefinedName() {
		if ref, ok := formula.ParseRef(n.RefersTo); ok && !ref.Gone {
			if t, ok := b.named(ref.Sheet); ok && !strings.HasPrefix(n.Name, "_xlnm") {
				b.Names = append(b.Names, NamedRange{ID: strconv.Itoa(b.number()), Name: n.Name, Sheet: t.ID, Area: ref.Area()})
			}
		}
	}
	return nil
}

type xlsxReader struct {
	*excelize.File
	*book
	formats map[int]*Format
}

func (r *xlsxReader) sheet(t *tab, name string) error {
	rows, err := r.Rows(name)
	if err != nil {
		return errUnreadable
	}
	defer rows.Close()
	cols := 0
	for row := 0; rows.Next(); row++ {
		line, err := rows.Columns()
		if err != nil || len(line) > formula.MaxCols || row >= formula.MaxRows {
			return errUnreadable
		}
		cols = max(cols, len(line))
		for col := range line {
			if err := r.cell(t, name, row, col, line[col]); err != nil {
				return err
			}
		}
		opts := rows.GetRowOpts()
		if d := (Dimension{Hidden: opts.Hidden}); opts.Height > 0 && opts.Height != 15 || opts.Hidden {
			if opts.Height != 15 {
				d.Size = int(math.Round(opts.Height / pointsPerPixel))
			}
			t.editRow(row).Dimension = d
		}
	}
	for col := range cols {
		letter := formula.ColumnName(col)
		width, _ := r.GetColWidth(name, letter)
		visible, err := r.GetColVisible(name, letter)
		d := Dimension{Hidden: err == nil && !visible}
		if width > 0 && math.Abs(width-9.140625) > 0.01 {
			d.Size = int(math.Round(width * pixelsPerChar))
		}
		if !d.asNew() {
			for len(t.Columns) <= col {
				t.Columns = append(t.Columns, Dimension{})
			}
			t.Columns[col] = d
		}
	}
	merges, _ := r.GetMergeCells(name, true)
	for _, m := range merges {
		if ref, ok := formula.ParseRef(m[0]); ok {
			t.Merges = append(t.Merges, ref.Area())
		}
	}
	if panes, err := r.GetPanes(name); err == nil && panes.Freeze {
		t.FrozenRows, t.FrozenCols = panes.YSplit, panes.XSplit
	}
	if visible, err := r.GetSheetVisible(name); err == nil {
		t.Hidden = !visible
	}
	if p, err := r.GetSheetProps(name); err == nil && p.TabColorRGB != nil {
		if rgb := rgbOf(*p.TabColorRGB); rgb != nil {
			t.Color = Obj{"rgbColor": rgb}
		}
	}
	t.fit()
	return r.objects(t, name)
}

// cell reads one cell, whose raw value is given.
func (r *xlsxReader) cell(t *tab, name string, row, col int, raw string) error {
	at := formula.CellName(row, col)
	kind, err := r.GetCellType(name, at)
	if err != nil {
		return errUnreadable
	}
	src, err := r.GetCellFormula(name, at)
	if err != nil {
		return errUnreadable
	}
	var f *Format
	if id, err := r.GetCellStyle(name, at); err == nil && id != 0 {
		f = r.format(id)
	}
	if raw == "" && src == "" && f == nil {
		return nil
	}
	x := t.edit(row, col)
	x.Format = f
	if ok, to, err := r.GetCellHyperLink(name, at); err == nil && ok && strings.Contains(to, ":") {
		t.editRest(row, col, func(rest *Rest) { rest.Link = to })
	}
	switch {
	case src != "":
		src = "=" + strings.NewReplacer("_xlfn.", "", "_xlws.", "", "_xlpm.", "").Replace(strings.TrimPrefix(src, "="))
		t.enter(row, col, formula.Translate(src, formula.Point, r.syntax()), calc.Empty)
	case raw == "":
	case kind == excelize.CellTypeBool:
		t.enter(row, col, "", calc.Bool(raw == "1" || strings.EqualFold(raw, "true")))
	case kind == excelize.CellTypeError:
		t.enter(row, col, "", calc.Fail(codeOf(raw), ""))
	case kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber:
		if n, err := strconv.ParseFloat(raw, 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
			t.enter(row, col, "", calc.Number(n))
			return nil
		}
		fallthrough
	default:
		t.enter(row, col, "", calc.Text(raw))
	}
	return nil
}

// format is the format of a workbook's style.
func (r *xlsxReader) format(id int) *Format {
	if f, ok := r.formats[id]; ok {
		return f
	}
	var f *Format
	if s, err := r.GetStyle(id); err == nil {
		f = r.intern(styleTree(s))
	}
	r.formats[id] = f
	return f
}

// builtin are the number formats that a workbook knows by number.
//
// https://learn.microsoft.com/dotnet/api/documentformat.openxml.spreadsheet.numberingformat
var builtin = map[int]string{
	1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
	18: "h:mm am/pm", 19: "h:mm:ss am/pm", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)",
	40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}

// styleTree is a workbook's style as a CellFormat.
func styleTree(s *excelize.Style) Obj {
	o := Obj{}
	pattern := builtin[s.NumFmt]
	if s.CustomNumFmt != nil {
		pattern = *s.CustomNumFmt
	}
	if p, err := format.Parse(pattern); err == nil && pattern != "" && !strings.EqualFold(pattern, "General") {
		o["numberFormat"] = Obj{"type": string(p.Kind()), "pattern": pattern}
	}
	if s.Fill.Type == "pattern" && s.Fill.Pattern == 1 && len(s.Fill.Color) > 0 {
		setColor(o, "backgroundColor", s.Fill.Color[0])
	}
	if f := s.Font; f != nil {
		text := Obj{}
		for name, on := range map[string]bool{"bold": f.Bold, "italic": f.Italic, "strikethrough": f.Strike, "underline": f.Underline != "" && f.Underline != "none"} {
			if on {
				text[name] = true
			}
		}
		if f.Size != 0 && f.Size != 10 && f.Size != 11 {
			text["fontSize"] = f.Size
		}
		if f.Family != "" && f.Family != "Arial" && f.Family != "Calibri" {
			text["fontFamily"] = f.Family
		}
		setColor(text, "foregroundColor", f.Color)
		if len(text) > 0 {
			o["textFormat"] = text
		}
	}
	if a := s.Alignment; a != nil {
		set := func(name string, v string) {
			if v != "" {
				o[name] = v
			}
		}
		set("horizontalAlignment", map[string]string{"left": "LEFT", "center": "CENTER", "right": "RIGHT"}[a.Horizontal])
		set("verticalAlignment", map[string]string{"top": "TOP", "center": "MIDDLE", "bottom": "BOTTOM"}[a.Vertical])
		if a.WrapText {
			o["wrapStrategy"] = "WRAP"
		}
		if n := a.TextRotation; n != 0 && n <= 180 {
			if n > 90 {
				n = 90 - n
			}
			o["textRotation"] = Obj{"angle": float64(n)}
		}
	}
	borders := Obj{}
	for _, line := range s.Border {
		for name, n := range borderStyles {
			if n == line.Style {
				one := Obj{"style": name, "width": float64(map[string]int{"SOLID_MEDIUM": 2, "SOLID_THICK": 3, "DOUBLE": 3}[name])}
				if one["width"] == 0.0 {
					one["width"] = 1.0
				}
				color := line.Color
				if color == "" {
					color = "000000"
				}
				setColor(one, "color", color)
				borders[line.Type] = one
			}
		}
	}
	if len(borders) > 0 {
		o["borders"] = borders
	}
	return o
}

func setColor(o Obj, name, hex string) {
	if rgb := rgbOf(hex); rgb != nil {
		o[name], o[name+"Style"] = rgb, Obj{"rgbColor": rgb}
	}
}

// rgbOf is a colour of RRGGBB, with or without a # or two digits of opacity before it; nil if it is none.
func rgbOf(hex string) Obj {
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 8 {
		hex = hex[2:]
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		return nil
	}
	o := Obj{}
	for i, name := range []string{"blue", "green", "red"} {
		if x := float64(n >> (8 * i) & 255); x != 0 {
			o[name] = float64single(x / 255)
		}
	}
	return o
}

// float64single is a number of single precision, as the API writes colours.
func float64single(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', -1, 32), 64)
	return y
}
