package gsheets

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
)

// htmlZip is an archive of a page for each sheet, with their style.
func (b *book) htmlZip() ([]byte, error) {
	all := []zipFile{{"resources/sheet.css", []byte(sheetCSS)}}
	names := map[string]bool{}
	for _, t := range b.tabs {
		name := strings.NewReplacer("/", "_", "\\", "_", "\x00", "").Replace(t.Title)
		for names[name] {
			name += "_"
		}
		names[name] = true
		all = append(all, zipFile{name + ".html", t.html()})
	}
	return zipped(all)
}

const sheetCSS = `.grid table{border-collapse:collapse;font:10pt Arial,sans-serif}
.grid th{background:#f8f9fa;color:#5f6368;font-weight:normal}
.grid th,.grid td{border:1px solid #e0e0e0;padding:2px 3px;vertical-align:bottom;white-space:nowrap}
`

// html is a sheet as a page.
func (t *tab) html() []byte {
	var w bytes.Buffer
	fmt.Fprintf(&w, `<!DOCTYPE html><html><head><meta charset="utf-8"><title>%s</title><link rel="stylesheet" href="resources/sheet.css"></head><body><div class="grid"><table><tbody>`, html.EscapeString(t.Title))
	rows, cols := t.used()
	l := t.look()
	for r := range rows {
		fmt.Fprintf(&w, "<tr><th>%d</th>", r+1)
		for c := range cols {
			span := ""
			covered := false
			for _, m := range t.Merges {
				if m.Row0 == r && m.Col0 == c {
					span = fmt.Sprintf(` rowspan="%d" colspan="%d"`, m.Rows(), m.Cols())
				} else if m.Contains(r, c) {
					covered = true
				}
			}
			if covered {
				continue
			}
			x := t.cell(r, c)
			if x == nil || x.blank() {
				fmt.Fprintf(&w, "<td%s></td>", span)
				continue
			}
			text := strings.ReplaceAll(html.EscapeString(t.b.shown(x)), "\n", "<br>")
			link := l.link(r, c, x)
			if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") || strings.HasPrefix(link, "mailto:") {
				text = `<a href="` + html.EscapeString(link) + `">` + text + "</a>"
			}
			fmt.Fprintf(&w, `<td%s style="%s">%s</td>`, span, html.EscapeString(l.css(r, c, x)), text)
		}
		w.WriteString("</tr>")
	}
	w.WriteString("</tbody></table></div></body></html>")
	return w.Bytes()
}

// css is how a cell looks, as far as it is not like every other.
func (l *look) css(r, c int, x *Cell) string {
	f := l.format(r, c, x, "")
	var out []string
	add := func(property, value string) { out = append(out, property+":"+value) }
	if rgb := colorOf(f, "backgroundColor"); rgb != "" && rgb != "FFFFFF" {
		add("background-color", "#"+rgb)
	}
	if text, ok := f["textFormat"].(Obj); ok {
		if rgb := colorOf(text, "foregroundColor"); rgb != "" && rgb != "000000" {
			add("color", "#"+rgb)
		}
		if text["bold"] == true {
			add("font-weight", "bold")
		}
		if text["italic"] == true {
			add("font-style", "italic")
		}
		decoration := ""
		if text["underline"] == true {
			decoration += " underline"
		}
		if text["strikethrough"] == true {
			decoration += " line-through"
		}
		if decoration != "" {
			add("text-decoration", decoration[1:])
		}
		if n, ok := text["fontSize"].(float64); ok && n != 10 {
			add("font-size", fmt.Sprintf("%gpt", n))
		}
	}
	if a, _ := f["horizontalAlignment"].(string); a != "" && (a != "LEFT" || x.Value.Kind != calc.KindText) {
		add("text-align", strings.ToLower(a))
	}
	if f["wrapStrategy"] == "WRAP" {
		add("white-space", "normal")
	}
	return strings.Join(out, ";")
}
