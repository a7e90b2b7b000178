package gsheets

import (
	"fmt"
	"html"
	htmltemplate "html/template"
	"math"
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
	"twinset.dev/twins/gsheets/internal/format"
)

// drawings are the charts of a sheet, drawn simply.
func (t *tab) drawings() (out []drawing) {
	for _, o := range t.Charts {
		d := drawing{Width: 600, Height: 371}
		pos, _ := o["position"].(Obj)
		if over, ok := pos["overlayPosition"].(Obj); ok {
			anchor, _ := over["anchorCell"].(Obj)
			d.Left, d.Top = headWidth+whole(over["offsetXPixels"], 0), headHeight+whole(over["offsetYPixels"], 0)
			for c := range whole(anchor["columnIndex"], 0) {
				d.Left += t.width(c)
			}
			d.Top += 21 * whole(anchor["rowIndex"], 0)
			d.Width, d.Height = whole(over["widthPixels"], d.Width), whole(over["heightPixels"], d.Height)
		}
		spec, _ := o["spec"].(Obj)
		d.SVG = htmltemplate.HTML(t.b.chartSVG(spec, d.Width, d.Height))
		out = append(out, d)
	}
	return out
}

// Sizes of the grid's heads, in pixels.
const headWidth, headHeight = 46, 24

func whole(v any, otherwise int) int {
	if n, ok := v.(float64); ok {
		return int(n)
	}
	return otherwise
}

var chartColors = []string{"#4285f4", "#ea4335", "#fbbc04", "#34a853", "#ff6d01", "#46bdc6"}

// A plot is one row of numbers of a chart.
type plot struct {
	name   string
	values []float64
}

// chartSVG draws a chart's specification.
func (b *book) chartSVG(spec Obj, w, h int) string {
	title, _ := spec["title"].(string)
	var body string
	ofSource := spec["dataSourceChartProperties"] != nil
	if basic, ok := spec["basicChart"].(Obj); ok && !ofSource {
		body = b.basicChart(basic, float64(w), float64(h))
	} else if pie, ok := spec["pieChart"].(Obj); ok && !ofSource {
		body = b.pieChart(pie, float64(w), float64(h))
	} else {
		body = fmt.Sprintf(`<text x="%d" y="%d" text-anchor="middle">This kind of chart is kept, but not drawn.</text>`, w/2, h/2)
	}
	return fmt.Sprintf(`<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s"><rect width="%d" height="%d" fill="#fff" stroke="#dadce0"/><text x="16" y="28" font-size="16" fill="#444">%s</text>%s</svg>`,
		w, h, w, h, html.EscapeString("Chart: "+title), w, h, html.EscapeString(title), body)
}

// source is what the cells of a ChartData show, and their numbers.
func (b *book) source(data any, head int) (name string, texts []string, values []float64) {
	d, _ := data.(Obj)
	from, _ := d["sourceRange"].(Obj)
	all, _ := from["sources"].([]any)
	for _, s := range all {
		r, _ := s.(Obj)
		t, ok := b.tab(whole(r["sheetId"], 0))
		if !ok {
			continue
		}
		a := areaOf(r).Clip(t.RowCount, t.ColCount)
		for row := a.Row0; row < min(a.Row1, a.Row0+1000); row++ {
			if x := t.row(row); x != nil && (x.Hidden || x.Filtered) {
				continue // as SKIP_HIDDEN_ROWS_AND_COLUMNS, which charts have unless they say otherwise
			}
			for col := a.Col0; col < a.Col1; col++ {
				text, n := "", math.NaN()
				if x := t.cell(row, col); x != nil {
					text = b.shown(x)
					if x.Value.Kind == calc.KindNumber {
						n = x.Value.Num
					}
				}
				if head > 0 {
					name, head = text, head-1
					continue
				}
				texts, values = append(texts, text), append(values, n)
			}
		}
	}
	return name, texts, values
}

func (b *book) basicChart(spec Obj, w, h float64) string {
	head := whole(spec["headerCount"], 0)
	var labels []string
	if domains, _ := spec["domains"].([]any); len(domains) > 0 {
		d, _ := domains[0].(Obj)
		_, labels, _ = b.source(d["domain"], head)
	}
	var all []plot
	lo, hi, n := 0.0, 0.0, len(labels)
	list, _ := spec["series"].([]any)
	for _, s := range list {
		o, _ := s.(Obj)
		name, _, values := b.source(o["series"], head)
		for _, v := range values {
			if !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		n = max(n, len(values))
		all = append(all, plot{name, values})
	}
	if hi == lo {
		hi = lo + 1
	}
	left, top, right, bottom := 56.0, 44.0, w-16, h-56
	x := func(i float64) float64 { return left + (right-left)*i/max(1, float64(n)) }
	y := func(v float64) float64 { return bottom - (bottom-top)*(v-lo)/(hi-lo) }
	var out strings.Builder
	for i := range 5 {
		v := lo + (hi-lo)*float64(i)/4
		fmt.Fprintf(&out, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#e0e0e0"/><text x="%.1f" y="%.1f" text-anchor="end" font-size="11" fill="#444">%s</text>`, left, right, y(v), y(v), left-6, y(v)+4, html.EscapeString(format.General(math.Round(v*1000)/1000, b.loc)))
	}
	for i, label := range labels {
		if n <= 12 || i%(n/12+1) == 0 {
			fmt.Fprintf(&out, `<text x="%.1f" y="%.1f" text-anchor="middle" font-size="11" fill="#444">%s</text>`, x(float64(i)+.5), bottom+16, html.EscapeString(label))
		}
	}
	kind, _ := spec["chartType"].(string)
	for k, s := range all {
		color := chartColors[k%len(chartColors)]
		var line []string
		for i, v := range s.values {
			if math.IsNaN(v) {
				continue
			}
			at := x(float64(i) + .5)
			switch kind {
			case "LINE", "AREA", "STEPPED_AREA":
				line = append(line, fmt.Sprintf("%.1f,%.1f", at, y(v)))
			case "SCATTER":
				fmt.Fprintf(&out, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, at, y(v), color)
			default:
				width := (right - left) / max(1, float64(n)) * .7 / float64(len(all))
				from := x(float64(i)+.15) + width*float64(k)
				fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, from, min(y(v), y(0)), width, math.Abs(y(v)-y(0)), color)
			}
		}
		if len(line) > 0 {
			fmt.Fprintf(&out, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`, strings.Join(line, " "), color)
		}
		fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="10" height="10" fill="%s"/><text x="%.1f" y="%.1f" font-size="12" fill="#444">%s</text>`, left+float64(k)*120, h-22, color, left+float64(k)*120+16, h-13, html.EscapeString(s.name))
	}
	return out.String()
}

func (b *book) pieChart(spec Obj, w, h float64) string {
	_, labels, _ := b.source(spec["domain"], 0)
	_, _, values := b.source(spec["series"], 0)
	sum := 0.0
	for _, v := range values {
		if v > 0 {
			sum += v
		}
	}
	var out strings.Builder
	cx, cy, r, angle := w*.35, h*.55, min(w*.3, h*.38), -math.Pi/2
	for i, v := range values {
		if !(v > 0) {
			continue
		}
		color, to := chartColors[i%len(chartColors)], angle+2*math.Pi*v/sum
		long := 0
		if to-angle > math.Pi {
			long = 1
		}
		if v == sum {
			fmt.Fprintf(&out, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"/>`, cx, cy, r, color)
		} else {
			fmt.Fprintf(&out, `<path d="M%.1f %.1fL%.1f %.1fA%.1f %.1f 0 %d 1 %.1f %.1fZ" fill="%s"/>`, cx, cy, cx+r*math.Cos(angle), cy+r*math.Sin(angle), r, r, long, cx+r*math.Cos(to), cy+r*math.Sin(to), color)
		}
		label := ""
		if i < len(labels) {
			label = labels[i]
		}
		fmt.Fprintf(&out, `<rect x="%.1f" y="%.1f" width="10" height="10" fill="%s"/><text x="%.1f" y="%.1f" font-size="12" fill="#444">%s</text>`, w*.7, 50+20*float64(i), color, w*.7+16, 59+20*float64(i), html.EscapeString(label))
		angle = to
	}
	return out.String()
}
