package convert

import (
	"fmt"
	"strings"
)

// An odf writes OpenDocument: a style for every look.
//
// https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part3-schema/OpenDocument-v1.3-os-part3-schema.html
type odf struct {
	*outline
	b     strings.Builder
	auto  strings.Builder
	names map[string]string
}

const odfSpaces = ` xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.3"`

// odt writes an OpenDocument text.
func (o *outline) odt() ([]byte, error) {
	w := &odf{outline: o, names: map[string]string{}}
	w.blocks(o.blocks)
	body := w.b.String()
	part := func(blocks []block) string {
		w.b.Reset()
		w.blocks(blocks)
		return w.b.String()
	}
	width, height := deref(sizeWidth(o.page).Magnitude), 792.0
	if o.page.PageSize != nil && o.page.PageSize.Height != nil {
		height = points(o.page.PageSize.Height)
	}
	margins := ""
	if len(o.header) > 0 {
		margins += "<style:header>" + part(o.header) + "</style:header>"
	}
	if len(o.footer) > 0 {
		margins += "<style:footer>" + part(o.footer) + "</style:footer>"
	}
	auto := w.auto.String()
	lists := `<text:list-style style:name="UL">`
	for n := range 9 {
		lists += fmt.Sprintf(`<text:list-level-style-bullet text:level="%d" text:bullet-char="%s"/>`, n+1, []string{"●", "○", "■"}[n%3])
	}
	lists += `</text:list-style><text:list-style style:name="OL">`
	for n := range 9 {
		lists += fmt.Sprintf(`<text:list-level-style-number text:level="%d" style:num-suffix="." style:num-format="%s"/>`, n+1, []string{"1", "a", "i"}[n%3])
	}
	lists += `</text:list-style>`
	layout := fmt.Sprintf(`<style:page-layout style:name="page"><style:page-layout-properties fo:page-width="%gpt" fo:page-height="%gpt" fo:margin-top="%gpt" fo:margin-bottom="%gpt" fo:margin-left="%gpt" fo:margin-right="%gpt"/></style:page-layout>`,
		width, height, points(o.page.MarginTop), points(o.page.MarginBottom), points(o.page.MarginLeft), points(o.page.MarginRight))
	manifest := `<manifest:file-entry manifest:full-path="/" manifest:media-type="` + ODT + `"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/><manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>`
	files := []file{{"mimetype", []byte(ODT)}}
	for _, p := range o.pictures() {
		name := fmt.Sprintf("Pictures/image%d.%s", p.n, p.ext)
		files = append(files, file{name, p.data})
		manifest += `<manifest:file-entry manifest:full-path="` + name + `" manifest:media-type="` + p.mime + `"/>`
	}
	head := `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	files = append(files,
		file{"content.xml", []byte(head + "<office:document-content" + odfSpaces + "><office:automatic-styles>" + auto + lists + "</office:automatic-styles><office:body><office:text>" + body + "</office:text></office:body></office:document-content>")},
		file{"styles.xml", []byte(head + "<office:document-styles" + odfSpaces + "><office:styles/><office:automatic-styles>" + layout + auto + `</office:automatic-styles><office:master-styles><style:master-page style:name="Standard" style:page-layout-name="page">` + margins + `</style:master-page></office:master-styles></office:document-styles>`)},
		file{"META-INF/manifest.xml", []byte(head + `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">` + manifest + `</manifest:manifest>`)},
	)
	return o.archive(files)
}

// style is the name of an automatic style.
func (w *odf) style(family, props string) string {
	name, ok := w.names[family+props]
	if !ok {
		name = fmt.Sprintf("%s%d", strings.ToUpper(family[:1]), len(w.names)+1)
		w.names[family+props] = name
		fmt.Fprintf(&w.auto, `<style:style style:name="%s" style:family="%s"><style:%s-properties%s/></style:style>`, name, family, family, props)
	}
	return name
}

func (w *odf) blocks(blocks []block) {
	for _, b := range blocks {
		if b.table != nil {
			w.table(b.table)
			continue
		}
		p := b.par
		end := ""
		if i := p.item; i != nil {
			name, start := "UL", ""
			if i.ordered {
				name, start = "OL", fmt.Sprintf(` text:start-value="%d"`, i.number)
			}
			fmt.Fprintf(&w.b, `<text:list text:style-name="%s">`, name)
			end = "</text:list-item></text:list>"
			for range i.level {
				w.b.WriteString("<text:list-item><text:list>")
				end += "</text:list-item></text:list>"
			}
			w.b.WriteString("<text:list-item" + start + ">")
		}
		w.paragraph(p)
		w.b.WriteString(end)
	}
}

func (w *odf) paragraph(p *par) {
	props := fmt.Sprintf(` fo:margin-top="%gpt" fo:margin-bottom="%gpt" fo:line-height="%g%%"`, points(p.look.SpaceAbove), points(p.look.SpaceBelow), max(6, deref(p.look.LineSpacing)))
	if a := map[string]string{"CENTER": "center", "END": "end", "JUSTIFIED": "justify"}[deref(p.look.Alignment)]; a != "" {
		props += ` fo:text-align="` + a + `"`
	}
	if p.item == nil {
		if start, first := points(p.look.IndentStart), points(p.look.IndentFirstLine); start != 0 || first != 0 {
			props += fmt.Sprintf(` fo:margin-left="%gpt" fo:text-indent="%gpt"`, start, first-start)
		}
	}
	for _, r := range p.runs {
		if r.brk {
			props += ` fo:break-before="page"`
			break
		}
	}
	name, level := "p", ""
	if n := p.level(); n > 0 {
		name, level = "h", fmt.Sprintf(` text:outline-level="%d"`, n)
	}
	fmt.Fprintf(&w.b, `<text:%s text:style-name="%s"%s>`, name, w.style("paragraph", props), level)
	for _, r := range p.runs {
		w.run(r)
	}
	fmt.Fprintf(&w.b, "</text:%s>", name)
}

func (w *odf) run(r run) {
	switch {
	case r.brk, r.rule:
	case r.note > 0:
		fmt.Fprintf(&w.b, `<text:note text:note-class="footnote"><text:note-citation>%d</text:note-citation><text:note-body>`, r.note)
		w.blocks(w.notes[r.note-1])
		w.b.WriteString("</text:note-body></text:note>")
	case r.image != nil:
		fmt.Fprintf(&w.b, `<draw:frame svg:width="%gpt" svg:height="%gpt"><draw:image xlink:href="Pictures/image%d.%s" xlink:type="simple"/><svg:title>%s</svg:title></draw:frame>`, r.image.width, r.image.height, r.image.n, r.image.ext, xmlText(r.image.alt))
	default:
		text := xmlText(r.text)
		for _, x := range [][2]string{{"\t", "<text:tab/>"}, {"  ", ` <text:s/>`}} {
			text = strings.ReplaceAll(text, x[0], x[1])
		}
		parts := strings.Split(r.text, "\v")
		if len(parts) > 1 {
			for i := range parts {
				parts[i] = xmlText(parts[i])
			}
			text = strings.Join(parts, "<text:line-break/>")
		}
		text = `<text:span text:style-name="` + w.style("text", odfLook(r)) + `">` + text + "</text:span>"
		if r.link != "" {
			text = `<text:a xlink:type="simple" xlink:href="` + xmlText(r.link) + `">` + text + "</text:a>"
		}
		w.b.WriteString(text)
	}
}

func odfLook(r run) string {
	s, out := r.look, ""
	if f := s.WeightedFontFamily; f != nil {
		out += ` fo:font-family="` + xmlText(deref(f.FontFamily)) + `"`
	}
	if n := points(s.FontSize); n > 0 {
		out += fmt.Sprintf(` fo:font-size="%gpt"`, n)
	}
	for _, x := range []struct {
		on   *bool
		prop string
	}{
		{s.Bold, `fo:font-weight="bold"`}, {s.Italic, `fo:font-style="italic"`}, {s.Underline, `style:text-underline-style="solid"`},
		{s.Strikethrough, `style:text-line-through-style="solid"`}, {s.SmallCaps, `fo:font-variant="small-caps"`},
	} {
		if deref(x.on) {
			out += " " + x.prop
		}
	}
	if c := hexColor(s.ForegroundColor); c != "" {
		out += ` fo:color="#` + c + `"`
	}
	if c := hexColor(s.BackgroundColor); c != "" {
		out += ` fo:background-color="#` + c + `"`
	}
	if v := map[string]string{"SUPERSCRIPT": "super", "SUBSCRIPT": "sub"}[deref(s.BaselineOffset)]; v != "" {
		out += ` style:text-position="` + v + ` 58%"`
	}
	return out
}

func (w *odf) table(t *table) {
	fmt.Fprintf(&w.b, `<table:table><table:table-column table:number-columns-repeated="%d"/>`, len(t.widths))
	for _, r := range t.rows {
		if r.header {
			w.b.WriteString("<table:table-header-rows>")
		}
		w.b.WriteString("<table:table-row>")
		for _, c := range r.cells {
			if c.covered {
				w.b.WriteString("<table:covered-table-cell/>")
				continue
			}
			props := ` fo:border="1pt solid #000000" fo:padding="5pt"`
			if c.fill != "" {
				props += ` fo:background-color="#` + c.fill + `"`
			}
			fmt.Fprintf(&w.b, `<table:table-cell table:style-name="%s" table:number-columns-spanned="%d" table:number-rows-spanned="%d">`, w.style("table-cell", props), c.cols, c.rows)
			w.blocks(c.blocks)
			w.b.WriteString("</table:table-cell>")
		}
		w.b.WriteString("</table:table-row>")
		if r.header {
			w.b.WriteString("</table:table-header-rows>")
		}
	}
	w.b.WriteString("</table:table>")
}
