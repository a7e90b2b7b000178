package gsheets

import (
	"cmp"
	"encoding/xml"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"twinset.dev/twins/gsheets/internal/formula"
)

// A plotType is a kind of chart that both sides have, plain or stacked.
type plotType struct {
	kind, stacked string
	out           excelize.ChartType
}

var plotTypes = []plotType{
	{"COLUMN", "", excelize.Col}, {"COLUMN", "STACKED", excelize.ColStacked}, {"COLUMN", "PERCENT_STACKED", excelize.ColPercentStacked},
	{"BAR", "", excelize.Bar}, {"BAR", "STACKED", excelize.BarStacked}, {"BAR", "PERCENT_STACKED", excelize.BarPercentStacked},
	{"AREA", "", excelize.Area}, {"AREA", "STACKED", excelize.AreaStacked}, {"AREA", "PERCENT_STACKED", excelize.AreaPercentStacked},
	{"LINE", "", excelize.Line}, {"SCATTER", "", excelize.Scatter},
}

// legends are where a legend can stand, as Sheets, the writer and the file say it.
var legends = [][3]string{{"BOTTOM_LEGEND", "bottom", "b"}, {"TOP_LEGEND", "top", "t"}, {"LEFT_LEGEND", "left", "l"}, {"RIGHT_LEGEND", "right", "r"}, {"NO_LEGEND", "none", ""}}

// chart writes a chart whose kind workbooks have too.
func (w *xlsxWriter) chart(t *tab, o Obj, name string) error {
	spec, _ := o["spec"].(Obj)
	at, _ := o["position"].(Obj)
	over, _ := at["overlayPosition"].(Obj)
	if over == nil || spec["dataSourceChartProperties"] != nil {
		return nil
	}
	anchor, _ := over["anchorCell"].(Obj)
	row, col := numberIn(anchor, "rowIndex", 0), numberIn(anchor, "columnIndex", 0)
	left, top := whole(over["offsetXPixels"], 0), whole(over["offsetYPixels"], 0)
	out := &excelize.Chart{
		Dimension: excelize.ChartDimension{
			Width:  uint(drawn(left, whole(over["widthPixels"], objectWidth), func(i int) (int, int) { return t.drawnColumn(col + i) })),
			Height: uint(drawn(top, whole(over["heightPixels"], objectHeight), func(i int) (int, int) { return t.drawnRow(row + i) })),
		},
		Format: excelize.GraphicOptions{OffsetX: left, OffsetY: top},
	}
	if title, _ := spec["title"].(string); title != "" {
		out.Title = []excelize.RichTextRun{{Text: title}}
	}
	legend := func(of Obj) {
		for _, l := range legends {
			if of["legendPosition"] == l[0] {
				out.Legend.Position = l[1]
			}
		}
	}
	if basic, ok := spec["basicChart"].(Obj); ok {
		stacked, _ := basic["stackedType"].(string)
		i := slices.IndexFunc(plotTypes, func(p plotType) bool {
			return basic["chartType"] == p.kind && (stacked == p.stacked || p.stacked == "" && stacked == "NOT_STACKED")
		})
		if i < 0 {
			return nil
		}
		out.Type = plotTypes[i].out
		legend(basic)
		domains, _ := basic["domains"].([]any)
		series, _ := basic["series"].([]any)
		head, categories := whole(basic["headerCount"], 0), ""
		if len(domains) > 0 {
			_, categories = w.sourceRef(domains[0].(Obj)["domain"], head)
		}
		for _, s := range series {
			title, values := w.sourceRef(s.(Obj)["series"], head)
			out.Series = append(out.Series, excelize.ChartSeries{Name: title, Categories: categories, Values: values})
		}
	} else if pie, ok := spec["pieChart"].(Obj); ok {
		_, categories := w.sourceRef(pie["domain"], 0)
		_, values := w.sourceRef(pie["series"], 0)
		out.Type, out.Series = excelize.Pie, []excelize.ChartSeries{{Categories: categories, Values: values}}
		if hole, _ := pie["pieHole"].(float64); hole > 0 {
			out.Type, out.HoleSize = excelize.Doughnut, int(math.Round(hole*100))
		}
		legend(pie)
	}
	if len(out.Series) == 0 {
		return nil
	}
	return w.AddChart(name, formula.CellName(row, col), out)
}

// drawn is the size that the writer has to be told so that what it draws ends where it should: it takes rows and columns to be of
// another size than those who open the workbook do. size is the real size and the writer's of the rows or columns from the anchor on.
func drawn(offset, pixels int, size func(i int) (real, writers int)) int {
	out := 0
	for i, rest := 0, offset+pixels; ; i++ {
		real, writers := size(i)
		if rest < real {
			return out + min(rest, writers-1) - offset
		}
		rest -= real
		out += writers
	}
}

func (t *tab) drawnColumn(c int) (real, writers int) {
	if c < len(t.Columns) && t.Columns[c].Size > 0 {
		chars := min(255, float64(t.Columns[c].Size)/pixelsPerChar)
		return int(math.Round(chars * pixelsPerChar)), int(chars*8 + 0.5)
	}
	return 64, 64
}

func (t *tab) drawnRow(r int) (real, writers int) {
	points := 15.0
	if row := t.row(r); row != nil && row.Size > 0 {
		points = min(409, float64(row.Size)*pointsPerPixel)
	}
	return int(math.Round(points / pointsPerPixel)), int(math.Ceil(points * 4 / 3.4))
}

// sourceRef are the references to the head and to the rest of the first range of a ChartData.
func (w *xlsxWriter) sourceRef(data any, head int) (title, values string) {
	d, _ := data.(Obj)
	from, _ := d["sourceRange"].(Obj)
	all, _ := from["sources"].([]any)
	if len(all) == 0 {
		return "", ""
	}
	r := all[0].(Obj)
	t, ok := w.tab(numberIn(r, "sheetId", 0))
	if !ok {
		return "", ""
	}
	a := areaOf(r).Clip(t.RowCount, t.ColCount)
	sheet := formula.QuoteSheet(t.Title) + "!"
	if head > 0 {
		title = sheet + absolute(formula.Cell(a.Row0, a.Col0))
		a.Row0 += head
	}
	return title, sheet + absolute(a)
}

// What a file says of its parts, of a drawing and of a chart, as far as it is read.
type (
	xlsxVal struct {
		Val string `xml:"val,attr"`
	}
	xlsxRels struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:",attr"`
			Target string `xml:",attr"`
		} `xml:"Relationship"`
	}
	xlsxMarker struct {
		Col    int     `xml:"col"`
		ColOff float64 `xml:"colOff"`
		Row    int     `xml:"row"`
		RowOff float64 `xml:"rowOff"`
	}
	xlsxAnchor struct {
		From xlsxMarker  `xml:"from"`
		To   *xlsxMarker `xml:"to"`
		Ext  struct {
			X float64 `xml:"cx,attr"`
			Y float64 `xml:"cy,attr"`
		} `xml:"ext"`
		Chart struct {
			ID string `xml:"id,attr"`
		} `xml:"graphicFrame>graphic>graphicData>chart"`
	}
	xlsxDrawing struct {
		Two []xlsxAnchor `xml:"twoCellAnchor"`
		One []xlsxAnchor `xml:"oneCellAnchor"`
	}
	xlsxSeries struct {
		Name   string `xml:"tx>strRef>f"`
		Texts  string `xml:"cat>strRef>f"`
		Dates  string `xml:"cat>numRef>f"`
		X      string `xml:"xVal>numRef>f"`
		XTexts string `xml:"xVal>strRef>f"`
		Values string `xml:"val>numRef>f"`
		Y      string `xml:"yVal>numRef>f"`
	}
	xlsxPlot struct {
		Direction xlsxVal      `xml:"barDir"`
		Grouping  xlsxVal      `xml:"grouping"`
		Hole      xlsxVal      `xml:"holeSize"`
		Series    []xlsxSeries `xml:"ser"`
	}
	xlsxChart struct {
		Title  []string `xml:"chart>title>tx>rich>p>r>t"`
		Legend *struct {
			At xlsxVal `xml:"legendPos"`
		} `xml:"chart>legend"`
		Bars    []xlsxPlot `xml:"chart>plotArea>barChart"`
		Lines   []xlsxPlot `xml:"chart>plotArea>lineChart"`
		Areas   []xlsxPlot `xml:"chart>plotArea>areaChart"`
		Scatter []xlsxPlot `xml:"chart>plotArea>scatterChart"`
		Pies    []xlsxPlot `xml:"chart>plotArea>pieChart"`
		Rings   []xlsxPlot `xml:"chart>plotArea>doughnutChart"`
	}
)

// partOf reads a file of a workbook; false is for one that is not there or cannot be read.
func partOf(f *excelize.File, name string, into any) bool {
	content, ok := f.Pkg.Load(name)
	b, isBytes := content.([]byte)
	return ok && isBytes && xml.Unmarshal(b, into) == nil
}

// related are the files that a file names, by the id it names them by; kind is the end of what they are to it.
func related(f *excelize.File, name, kind string) map[string]string {
	var rels xlsxRels
	dir, base := path.Split(name)
	partOf(f, path.Join(dir, "_rels", base+".rels"), &rels)
	out := map[string]string{}
	for _, r := range rels.All {
		if strings.HasSuffix(r.Type, "/"+kind) {
			if to, whole := strings.CutPrefix(r.Target, "/"); whole {
				out[r.ID] = to
			} else {
				out[r.ID] = path.Join(dir, r.Target)
			}
		}
	}
	return out
}

// sheetParts are the files of a workbook's sheets, by name.
func sheetParts(f *excelize.File) map[string]string {
	out := map[string]string{}
	for _, book := range related(f, "", "officeDocument") {
		var in struct {
			Sheets []struct {
				Name string `xml:"name,attr"`
				ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
			} `xml:"sheets>sheet"`
		}
		partOf(f, book, &in)
		files := related(f, book, "worksheet")
		for _, s := range in.Sheets {
			out[s.Name] = files[s.ID]
		}
	}
	return out
}

// charts reads the charts of a sheet. All sheets' cells are there.
func (r *xlsxReader) charts(t *tab, name string) {
	for _, file := range sorted(related(r.File, r.parts[name], "drawing")) {
		var d xlsxDrawing
		partOf(r.File, file, &d)
		charts := related(r.File, file, "chart")
		for _, a := range append(d.Two, d.One...) {
			var x xlsxChart
			if !partOf(r.File, charts[a.Chart.ID], &x) {
				continue
			}
			if spec := r.chartSpec(x); spec != nil {
				t.Charts = append(t.Charts, Obj{"chartId": float64(r.number()), "spec": spec, "position": Obj{"overlayPosition": r.overlay(t, name, a)}})
			}
		}
	}
}

func sorted(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// overlay is where a drawing lies. The file measures in 9525ths of a pixel, and in its own rows and columns.
func (r *xlsxReader) overlay(t *tab, name string, a xlsxAnchor) Obj {
	const pixel = 9525
	width, height := a.Ext.X/pixel, a.Ext.Y/pixel
	if to := a.To; to != nil {
		width, height = (to.ColOff-a.From.ColOff)/pixel, (to.RowOff-a.From.RowOff)/pixel
		for c := a.From.Col; c < min(to.Col, formula.MaxCols); c++ {
			chars, _ := r.GetColWidth(name, formula.ColumnName(c))
			width += math.Round(chars * pixelsPerChar)
		}
		for row := a.From.Row; row < min(to.Row, a.From.Row+1000); row++ {
			points, _ := r.GetRowHeight(name, row+1)
			height += math.Round(points / pointsPerPixel)
		}
	}
	p, anchor := Obj{"widthPixels": float64(objectWidth), "heightPixels": float64(objectHeight)}, Obj{}
	if width >= 1 && height >= 1 {
		p["widthPixels"], p["heightPixels"] = math.Round(width), math.Round(height)
	}
	for key, n := range map[string]float64{
		"sheetId": float64(t.ID), "rowIndex": float64(max(0, min(a.From.Row, t.RowCount-1))), "columnIndex": float64(max(0, min(a.From.Col, t.ColCount-1))),
	} {
		if n != 0 {
			anchor[key] = n
		}
	}
	for key, n := range map[string]float64{"offsetXPixels": math.Round(a.From.ColOff / pixel), "offsetYPixels": math.Round(a.From.RowOff / pixel)} {
		if n > 0 {
			p[key] = n
		}
	}
	p["anchorCell"] = anchor
	return p
}

// chartSpec is what a chart shows; nil if Sheets has none of its kind, or if what it shows is not in the workbook.
func (r *xlsxReader) chartSpec(x xlsxChart) Obj {
	spec, legend := Obj{"fontName": "Roboto", "hiddenDimensionStrategy": "SKIP_HIDDEN_ROWS_AND_COLUMNS"}, "NO_LEGEND"
	if title := strings.Join(x.Title, ""); title != "" {
		spec["title"] = title
	}
	if x.Legend != nil {
		legend = "RIGHT_LEGEND"
		for _, l := range legends {
			if x.Legend.At.Val == l[2] {
				legend = l[0]
			}
		}
	}
	pies := append(x.Pies, x.Rings...)
	if len(pies) == 0 {
		basic := r.basicSpec(x)
		if basic == nil {
			return nil
		}
		basic["legendPosition"], spec["basicChart"] = legend, basic
		return spec
	}
	if len(pies[0].Series) == 0 {
		return nil
	}
	pie := Obj{"legendPosition": legend}
	series, ok := r.chartData(pies[0].Series[0].Values, 0)
	if !ok {
		return nil
	}
	pie["series"] = series
	if domain, ok := r.chartData(pies[0].Series[0].domain(), 0); ok {
		pie["domain"] = domain
	}
	if hole, _ := strconv.Atoi(pies[0].Hole.Val); hole > 0 {
		pie["pieHole"] = float64(hole) / 100
	}
	spec["pieChart"] = pie
	return spec
}

func (s xlsxSeries) domain() string { return cmp.Or(s.Texts, s.Dates, s.XTexts, s.X) }
func (s xlsxSeries) values() string { return cmp.Or(s.Values, s.Y) }

// basicSpec is a chart with axes; of several kinds together it is a COMBO.
func (r *xlsxReader) basicSpec(x xlsxChart) Obj {
	type group struct {
		kind string
		xlsxPlot
	}
	var groups []group
	for _, of := range []struct {
		kind  string
		plots []xlsxPlot
	}{{"COLUMN", x.Bars}, {"LINE", x.Lines}, {"AREA", x.Areas}, {"SCATTER", x.Scatter}} {
		for _, p := range of.plots {
			kind := of.kind
			if p.Direction.Val == "bar" {
				kind = "BAR"
			}
			groups = append(groups, group{kind, p})
		}
	}
	if len(groups) == 0 {
		return nil
	}
	out := Obj{"chartType": groups[0].kind}
	combo := slices.ContainsFunc(groups, func(g group) bool { return g.kind != groups[0].kind })
	if combo {
		out["chartType"] = "COMBO"
	}
	if stacked := map[string]string{"stacked": "STACKED", "percentStacked": "PERCENT_STACKED"}[groups[0].Grouping.Val]; stacked != "" {
		out["stackedType"] = stacked
	}
	head := 1 // every series has its name in the cell above
	for _, g := range groups {
		for _, s := range g.Series {
			if !r.heads(s.Name, s.values()) {
				head = 0
			}
		}
	}
	if head > 0 {
		out["headerCount"] = float64(head)
	}
	for _, g := range groups {
		for _, s := range g.Series {
			values, ok := r.chartData(s.values(), head)
			if !ok {
				continue
			}
			one := Obj{"series": values}
			if combo {
				one["type"] = g.kind
			}
			appendTo(out, "series", one)
			if domain, ok := r.chartData(s.domain(), head); ok && out["domains"] == nil {
				appendTo(out, "domains", Obj{"domain": domain})
			}
		}
	}
	if out["series"] == nil {
		return nil
	}
	return out
}

// heads reports whether one reference is the cell above another.
func (r *xlsxReader) heads(name, values string) bool {
	n, ok := formula.ParseRef(name)
	v, is := formula.ParseRef(values)
	if !ok || !is {
		return false
	}
	a, b := n.Area(), v.Area()
	return n.Sheet == v.Sheet && a.Row1 == b.Row0 && a.Rows() == 1 && a.Col0 == b.Col0 && a.Cols() == 1
}

// chartData are the cells of a reference with so many above them; false is for a reference to none.
func (r *xlsxReader) chartData(ref string, head int) (Obj, bool) {
	parsed, ok := formula.ParseRef(ref)
	if !ok || parsed.Gone {
		return nil, false
	}
	t, ok := r.named(parsed.Sheet)
	if !ok {
		return nil, false
	}
	a := parsed.Area().Clip(t.RowCount, t.ColCount)
	a.Row0 = max(0, a.Row0-head)
	return Obj{"sourceRange": Obj{"sources": []any{t.gridRange(a)}}}, true
}
