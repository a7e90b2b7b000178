package gsheets

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
	"twinset.dev/twins/gsheets/internal/formula"
)

// readXLSX makes the sheets of an Office Open XML workbook.
func (b *book) readXLSX(content []byte) error {
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: 1 << 30})
	if err != nil {
		return errUnreadable
	}
	defer f.Close()
	r := xlsxReader{f, b, map[int]*Format{}, sheetParts(f)}
	for i, name := range f.GetSheetList() {
		id := b.newSheetID()
		if i == 0 {
			id = 0
		}
		if err := r.sheet(b.add(b.newSheet(id, name)), name); err != nil {
			return err
		}
	}
	for i, name := range f.GetSheetList() { // a chart may show cells of a sheet after its own
		r.charts(b.tabs[i], name)
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
	parts   map[string]string // the files of the sheets, by name
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
