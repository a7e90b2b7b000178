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
