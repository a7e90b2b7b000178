package convert

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"strings"
	"unicode"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
)

// A page writes HTML that is XML too: classes for every look, lists as one element for each run of a level, images in it or beside it.
type page struct {
	*outline
	b       strings.Builder
	classes map[string]string // by declarations
	sheet   strings.Builder
	beside  bool // images are files in images/
	list    *item
}

// html writes a page that holds everything.
func (o *outline) html() []byte { return []byte(o.document(false)) }

// zip writes a page with its images beside it.
func (o *outline) zip() ([]byte, error) {
	files := []file{{o.fileName() + ".html", []byte(o.document(true))}}
	for _, p := range o.pictures() {
		files = append(files, file{fmt.Sprintf("images/image%d.%s", p.n, p.ext), p.data})
	}
	return o.archive(files)
}

// fileName is the title as it can stand in an archive.
func (o *outline) fileName() string {
	s := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return '_'
		}
		return r
	}, o.Title)
	if s == "" {
		return "document"
	}
	return s
}

type file struct {
	name string
	data []byte
}

// archive is a zip of files; those named "mimetype" are not compressed, as OpenDocument and EPUB want it.
func (o *outline) archive(files []file) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: o.Now.UTC()}
		if f.name == "mimetype" {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

func (o *outline) document(beside bool) string {
	p := o.render(beside)
	return `<html><head><meta content="text/html; charset=UTF-8" http-equiv="content-type"/><title>` + html.EscapeString(o.Title) + `</title><style type="text/css">` + p.sheet.String() + `</style></head>` + p.b.String() + `</html>`
}

func (o *outline) render(beside bool) *page {
	p := &page{outline: o, classes: map[string]string{}, beside: beside}
	p.sheet.WriteString("ol{margin:0;padding:0}table td,table th{padding:0}")
	width := points(ref(sizeWidth(o.page))) - points(o.page.MarginLeft) - points(o.page.MarginRight)
	fmt.Fprintf(&p.b, `<body class="%s doc-content">`, p.class(fmt.Sprintf("background-color:#%s;max-width:%gpt;padding:%gpt %gpt %gpt %gpt",
		pageColor(o.page), width, points(o.page.MarginTop), points(o.page.MarginRight), points(o.page.MarginBottom), points(o.page.MarginLeft))))
	if len(o.header) > 0 {
		p.b.WriteString("<div>")
		p.blocks(o.header)
		p.b.WriteString("</div>")
	}
	p.blocks(o.blocks)
	for i, n := range o.notes {
		if i == 0 {
			p.b.WriteString(`<hr class="` + p.class("width:33%;height:1px") + `"/>`)
		}
		fmt.Fprintf(&p.b, `<div id="ftnt%d"><a href="#ftnt_ref%d">[%d]</a>`, i+1, i+1, i+1)
		p.blocks(n)
		p.b.WriteString("</div>")
	}
	if len(o.footer) > 0 {
		p.b.WriteString("<div>")
		p.blocks(o.footer)
		p.b.WriteString("</div>")
	}
	p.b.WriteString("</body>")
	return p
}

func sizeWidth(s api.DocumentStyle) api.Dimension {
	if s.PageSize != nil && s.PageSize.Width != nil {
		return *s.PageSize.Width
	}
	return api.Dimension{Magnitude: ref(612.0)}
}

func pageColor(s api.DocumentStyle) string {
	if s.Background != nil {
		if c := hexColor(s.Background.Color); c != "" {
			return c
		}
	}
	return "ffffff"
}

// class is the class of a set of declarations.
func (p *page) class(css string) string {
	name, ok := p.classes[css]
	if !ok {
		name = fmt.Sprintf("c%d", len(p.classes))
		p.classes[css] = name
		fmt.Fprintf(&p.sheet, ".%s{%s}", name, css)
	}
	return name
}

func (p *page) blocks(blocks []block) {
	outer := p.list
	p.list = nil
	for _, b := range blocks {
		if b.par != nil {
			p.paragraph(b.par)
			continue
		}
		p.to(nil)
		p.table(b.table)
	}
	p.to(nil)
	p.list = outer
}

// to closes and opens lists: each list and level is an element of its own, named by its class.
func (p *page) to(i *item) {
	if p.list != nil && (i == nil || i.list != p.list.list || i.level != p.list.level) {
		p.b.WriteString(tag("</", p.list) + ">")
		p.list = nil
	}
	if i != nil && p.list == nil {
		start := ""
		if i.ordered {
			start = fmt.Sprintf(` start="%d"`, i.number)
		}
		fmt.Fprintf(&p.b, `%s class="%s lst-%s-%d start"%s>`, tag("<", i), p.class("list-style-type:"+listStyle(i)+";margin:0;padding:0"), strings.Replace(i.list, ".", "_", 1), i.level, start)
		p.list = i
	}
}

func tag(open string, i *item) string {
	if i.ordered {
		return open + "ol"
	}
	return open + "ul"
}

func listStyle(i *item) string {
	switch i.kind {
	case "DECIMAL":
		return "decimal"
	case "ZERO_DECIMAL":
		return "decimal-leading-zero"
	case "ALPHA":
		return "lower-latin"
	case "UPPER_ALPHA":
		return "upper-latin"
	case "ROMAN":
		return "lower-roman"
	case "UPPER_ROMAN":
		return "upper-roman"
	}
	return fmt.Sprintf("'%s '", i.glyph)
}

var headingTags = map[string]string{"HEADING_1": "h1", "HEADING_2": "h2", "HEADING_3": "h3", "HEADING_4": "h4", "HEADING_5": "h5", "HEADING_6": "h6"}

func (p *page) paragraph(x *par) {
	p.to(x.item)
	name, class := "p", p.class(paragraphCSS(x))
	if h := headingTags[x.kind]; h != "" {
		name = h
	}
	if x.item != nil {
		name = "li"
	}
	switch x.kind {
	case "TITLE":
		class += " title"
	case "SUBTITLE":
		class += " subtitle"
	}
	id := ""
	if x.id != "" {
		id = ` id="` + html.EscapeString(x.id) + `"`
	}
	fmt.Fprintf(&p.b, `<%s class="%s"%s>`, name, class, id)
	for _, r := range x.runs {
		p.run(r)
	}
	if len(x.runs) == 0 {
		p.b.WriteString(`<span></span>`)
	}
	fmt.Fprintf(&p.b, "</%s>", name)
}

func (p *page) run(r run) {
	switch {
	case r.brk:
		p.b.WriteString(`<hr style="page-break-before:always;display:none;"/>`)
	case r.rule:
		p.b.WriteString("<hr/>")
	case r.note > 0:
		fmt.Fprintf(&p.b, `<sup id="ftnt_ref%d"><a href="#ftnt%d">[%d]</a></sup>`, r.note, r.note, r.note)
	case r.image != nil:
		src := fmt.Sprintf("images/image%d.%s", r.image.n, r.image.ext)
		if !p.beside {
			src = "data:" + r.image.mime + ";base64," + base64.StdEncoding.EncodeToString(r.image.data)
		}
		fmt.Fprintf(&p.b, `<img alt="%s" src="%s" style="width: %.2fpx; height: %.2fpx;"/>`, html.EscapeString(r.image.alt), src, r.image.width/0.75, r.image.height/0.75)
	default:
		text := strings.ReplaceAll(html.EscapeString(r.text), "\v", "<br/>")
		if r.link != "" {
			text = fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(followable(r.link)), text)
		}
		fmt.Fprintf(&p.b, `<span class="%s">%s</span>`, p.class(textCSS(r.look)), text)
	}
}

func (p *page) table(t *table) {
	fmt.Fprintf(&p.b, `<table class="%s">`, p.class("border-spacing:0;border-collapse:collapse;margin-right:auto"))
	for _, r := range t.rows {
		p.b.WriteString("<tr>")
		name := "td"
		if r.header {
			name = "th"
		}
		for _, c := range r.cells {
			if c.covered {
				continue
			}
			css := "border:1pt solid #000000;padding:5pt;vertical-align:top"
			if c.fill != "" {
				css += ";background-color:#" + c.fill
			}
			fmt.Fprintf(&p.b, `<%s class="%s" colspan="%d" rowspan="%d">`, name, p.class(css), c.cols, c.rows)
			p.blocks(c.blocks)
			fmt.Fprintf(&p.b, "</%s>", name)
		}
		p.b.WriteString("</tr>")
	}
	p.b.WriteString("</table>")
}

func textCSS(s api.TextStyle) string {
	var css []string
	add := func(format string, v any) { css = append(css, fmt.Sprintf(format, v)) }
	if c := hexColor(s.BackgroundColor); c != "" {
		add("background-color:#%s", c)
	}
	if c := hexColor(s.ForegroundColor); c != "" {
		add("color:#%s", c)
	}
	weight := 400
	if f := s.WeightedFontFamily; f != nil {
		if f.Weight != nil {
			weight = int(*f.Weight)
		}
		add(`font-family:"%s"`, strings.Map(fontRune, deref(f.FontFamily)))
	}
	if deref(s.Bold) {
		weight = 700
	}
	add("font-weight:%d", weight)
	lines := []string{}
	if deref(s.Underline) {
		lines = append(lines, "underline")
	}
	if deref(s.Strikethrough) {
		lines = append(lines, "line-through")
	}
	if len(lines) == 0 {
		lines = []string{"none"}
	}
	add("text-decoration:%s", strings.Join(lines, " "))
	switch deref(s.BaselineOffset) {
	case "SUPERSCRIPT":
		add("vertical-align:%s", "super")
	case "SUBSCRIPT":
		add("vertical-align:%s", "sub")
	default:
		add("vertical-align:%s", "baseline")
	}
	if n := points(s.FontSize); n > 0 {
		add("font-size:%gpt", n)
	}
	if deref(s.SmallCaps) {
		add("font-variant:%s", "small-caps")
	}
	style := "normal"
	if deref(s.Italic) {
		style = "italic"
	}
	add("font-style:%s", style)
	return strings.Join(css, ";")
}

// fontRune lets through what the name of a font is made of; it stands in a style sheet.
func fontRune(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' || r == '-' || r == '_' {
		return r
	}
	return -1
}

// followable is a link that may be on a page: one that runs nothing.
func followable(link string) string {
	scheme, _, ok := strings.Cut(strings.ToLower(link), ":")
	if !ok || strings.HasPrefix(link, "#") || scheme == "http" || scheme == "https" || scheme == "mailto" {
		return link
	}
	return "#"
}

func paragraphCSS(x *par) string {
	s := x.look
	css := []string{
		fmt.Sprintf("padding-top:%gpt;padding-bottom:%gpt;margin:0", points(s.SpaceAbove), points(s.SpaceBelow)),
		fmt.Sprintf("line-height:%g", max(0.06, deref(s.LineSpacing)/100)),
		"text-align:" + map[string]string{"CENTER": "center", "END": "right", "JUSTIFIED": "justify"}[deref(s.Alignment)],
	}
	if deref(s.Alignment) == "START" || s.Alignment == nil {
		css[2] = "text-align:left"
	}
	if n := points(s.IndentStart); n != 0 {
		css = append(css, fmt.Sprintf("margin-left:%gpt", n))
	}
	if n := points(s.IndentFirstLine) - points(s.IndentStart); n != 0 && x.item == nil {
		css = append(css, fmt.Sprintf("text-indent:%gpt", n))
	}
	if s.Shading != nil {
		if c := hexColor(s.Shading.BackgroundColor); c != "" {
			css = append(css, "background-color:#"+c)
		}
	}
	if deref(s.PageBreakBefore) {
		css = append(css, "page-break-before:always")
	}
	return strings.Join(css, ";")
}

// TextCSS is how text in a style, with all that it inherits, looks on a page.
func TextCSS(s api.TextStyle) string { return textCSS(s) }

// ParagraphCSS is the same of a paragraph. An item's glyph hangs in its indent.
func ParagraphCSS(s api.ParagraphStyle, listed bool) string {
	x := &par{look: s}
	if listed {
		x.item = hung
	}
	return paragraphCSS(x)
}

var hung = &item{}

// Glyphs counts through a tab: it answers the glyph of each bullet, asked for in the order of the text.
func Glyphs(t *document.Tab) func(*document.Bullet) string {
	r := &reader{tab: t, counts: map[string][]int{}}
	return func(b *document.Bullet) string {
		if i := r.item(b); i != nil {
			return i.glyph
		}
		return ""
	}
}
