package convert

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// xmlText is text as it stands in XML: what XML cannot hold is left out.
func xmlText(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s))
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func twips(pt float64) int { return int(math.Round(pt * 20)) }

func emu(pt float64) int { return int(math.Round(pt * 12700)) }

// A word writes WordprocessingML.
//
// https://learn.microsoft.com/en-us/openspecs/office_standards/ms-docx
type word struct {
	*outline
	b     strings.Builder
	rels  []string
	links map[string]int
	nums  map[string]int // numbering by list
	lists []*item        // one of each
	kinds map[[2]any]*item
}

var wordStyles = []struct{ kind, id, name string }{
	{"HEADING_1", "Heading1", "heading 1"}, {"HEADING_2", "Heading2", "heading 2"}, {"HEADING_3", "Heading3", "heading 3"}, {"HEADING_4", "Heading4", "heading 4"},
	{"HEADING_5", "Heading5", "heading 5"}, {"HEADING_6", "Heading6", "heading 6"}, {"TITLE", "Title", "Title"}, {"SUBTITLE", "Subtitle", "Subtitle"},
}

// docx writes a Word document.
func (o *outline) docx() ([]byte, error) {
	w := &word{outline: o, links: map[string]int{}, nums: map[string]int{}, kinds: map[[2]any]*item{}}
	w.rel("styles", "styles.xml", "")
	w.rel("numbering", "numbering.xml", "")
	w.rel("footnotes", "footnotes.xml", "")
	for _, p := range o.pictures() {
		w.rel("image", fmt.Sprintf("media/image%d.%s", p.n, p.ext), "")
	}
	part := func(blocks []block) string {
		w.b.Reset()
		w.blocks(blocks)
		return w.b.String()
	}
	body := part(o.blocks)
	section := ""
	files := []file{}
	for _, m := range []struct {
		name   string
		blocks []block
	}{{"header", o.header}, {"footer", o.footer}} {
		if len(m.blocks) > 0 {
			n := w.rel(m.name, m.name+"1.xml", "")
			tag := map[string]string{"header": "hdr", "footer": "ftr"}[m.name]
			files = append(files, file{"word/" + m.name + "1.xml", []byte(xmlHead + "<w:" + tag + wordSpaces + ">" + part(m.blocks) + "</w:" + tag + ">")})
			section += fmt.Sprintf(`<w:%sReference w:type="default" r:id="rId%d"/>`, m.name, n)
		}
	}
	notes := `<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>`
	for i, n := range o.notes {
		notes += fmt.Sprintf(`<w:footnote w:id="%d">%s</w:footnote>`, i+1, part(n))
	}
	width, height := sizeWidth(o.page), 792.0
	if o.page.PageSize != nil && o.page.PageSize.Height != nil {
		height = points(o.page.PageSize.Height)
	}
	section += fmt.Sprintf(`<w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="%d" w:footer="%d"/>`, twips(deref(width.Magnitude)), twips(height),
		twips(points(o.page.MarginTop)), twips(points(o.page.MarginRight)), twips(points(o.page.MarginBottom)), twips(points(o.page.MarginLeft)), twips(points(o.page.MarginHeader)), twips(points(o.page.MarginFooter)))
	files = append([]file{
		{"[Content_Types].xml", []byte(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="jpg" ContentType="image/jpeg"/><Default Extension="gif" ContentType="image/gif"/>` +
			contentType("document", "document.main") + contentType("styles", "styles") + contentType("numbering", "numbering") + contentType("footnotes", "footnotes") + contentType("header1", "header") + contentType("footer1", "footer") + `</Types>`)},
		{"_rels/.rels", []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`)},
		{"word/document.xml", []byte(xmlHead + "<w:document" + wordSpaces + "><w:body>" + body + "<w:sectPr>" + section + "</w:sectPr></w:body></w:document>")},
		{"word/styles.xml", []byte(w.styles())},
		{"word/numbering.xml", []byte(w.numbering())},
		{"word/footnotes.xml", []byte(xmlHead + "<w:footnotes" + wordSpaces + ">" + notes + "</w:footnotes>")},
		{"word/_rels/document.xml.rels", []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + strings.Join(w.rels, "") + `</Relationships>`)},
	}, files...)
	for _, p := range o.pictures() {
		files = append(files, file{fmt.Sprintf("word/media/image%d.%s", p.n, p.ext), p.data})
	}
	for _, name := range []string{"header1", "footer1", "footnotes"} { // each part has relations of its own
		files = append(files, file{"word/_rels/" + name + ".xml.rels", []byte(xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + strings.Join(w.rels, "") + `</Relationships>`)})
	}
	return o.archive(files)
}

const wordSpaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`

func contentType(part, kind string) string {
	return `<Override PartName="/word/` + part + `.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.` + kind + `+xml"/>`
}

// rel notes a relation of the document, and answers its number.
func (w *word) rel(kind, target, mode string) int {
	n := len(w.rels) + 1
	w.rels = append(w.rels, fmt.Sprintf(`<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"%s/>`, n, kind, xmlText(target), mode))
	return n
}

func (w *word) blocks(blocks []block) {
	for i, b := range blocks {
		if b.par != nil {
			w.paragraph(b.par)
			continue
		}
		w.table(b.table)
		if i == len(blocks)-1 {
			w.b.WriteString("<w:p/>")
		}
	}
}

func (w *word) paragraph(p *par) {
	w.b.WriteString("<w:p><w:pPr>")
	for _, s := range wordStyles {
		if s.kind == p.kind {
			fmt.Fprintf(&w.b, `<w:pStyle w:val="%s"/>`, s.id)
		}
	}
	if deref(p.look.PageBreakBefore) {
		w.b.WriteString("<w:pageBreakBefore/>")
	}
	if p.item != nil {
		n, ok := w.nums[p.item.list]
		if !ok {
			n = len(w.nums) + 1
			w.nums[p.item.list] = n
			w.lists = append(w.lists, p.item)
		}
		w.kinds[[2]any{p.item.list, p.item.level}] = p.item
		fmt.Fprintf(&w.b, `<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, p.item.level, n)
	}
	if p.look.Shading != nil {
		if c := hexColor(p.look.Shading.BackgroundColor); c != "" {
			fmt.Fprintf(&w.b, `<w:shd w:val="clear" w:fill="%s"/>`, c)
		}
	}
	if p.look.LineSpacing != nil {
		fmt.Fprintf(&w.b, `<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="auto"/>`, twips(points(p.look.SpaceAbove)), twips(points(p.look.SpaceBelow)), int(*p.look.LineSpacing*2.4))
	}
	if start, first := points(p.look.IndentStart), points(p.look.IndentFirstLine); start != 0 || first != 0 {
		if first >= start {
			fmt.Fprintf(&w.b, `<w:ind w:left="%d" w:firstLine="%d"/>`, twips(start), twips(first-start))
		} else {
			fmt.Fprintf(&w.b, `<w:ind w:left="%d" w:hanging="%d"/>`, twips(start), twips(start-first))
		}
	}
	if a := map[string]string{"CENTER": "center", "END": "right", "JUSTIFIED": "both"}[deref(p.look.Alignment)]; a != "" {
		fmt.Fprintf(&w.b, `<w:jc w:val="%s"/>`, a)
	}
	w.b.WriteString("</w:pPr>")
	for _, r := range p.runs {
		w.run(r)
	}
	w.b.WriteString("</w:p>")
}

func (w *word) run(r run) {
	end := ""
	if r.link != "" && !strings.HasPrefix(r.link, "#") {
		n := w.links[r.link]
		if n == 0 {
			n = w.rel("hyperlink", r.link, ` TargetMode="External"`)
			w.links[r.link] = n
		}
		fmt.Fprintf(&w.b, `<w:hyperlink r:id="rId%d">`, n)
		end = "</w:hyperlink>"
	}
	w.b.WriteString("<w:r>")
	switch {
	case r.brk:
		w.b.WriteString(`<w:br w:type="page"/>`)
	case r.rule:
		w.b.WriteString(`<w:pict/>`)
	case r.note > 0:
		fmt.Fprintf(&w.b, `<w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="%d"/>`, r.note)
	case r.image != nil:
		p := r.image
		fmt.Fprintf(&w.b, `<w:drawing><wp:inline><wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="image%d" descr="%s"/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="%d" name="image%d"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="rId%d"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%d" cy="%d"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>`,
			emu(p.width), emu(p.height), p.n, p.n, xmlText(p.alt), p.n, p.n, w.pictureRel(p), emu(p.width), emu(p.height))
	default:
		w.look(r)
		for i, part := range strings.Split(r.text, "\v") {
			if i > 0 {
				w.b.WriteString("<w:br/>")
			}
			for k, s := range strings.Split(part, "\t") {
				if k > 0 {
					w.b.WriteString("<w:tab/>")
				}
				w.b.WriteString(`<w:t xml:space="preserve">` + xmlText(s) + "</w:t>")
			}
		}
	}
	w.b.WriteString("</w:r>" + end)
}

// pictureRel is the relation of an image: they come after the first three, in their order.
func (w *word) pictureRel(p *picture) int {
	for i, q := range w.pictures() {
		if p == q {
			return 4 + i
		}
	}
	return 0
}

func (w *word) look(r run) {
	s := r.look
	w.b.WriteString("<w:rPr>")
	if f := s.WeightedFontFamily; f != nil {
		name := xmlText(deref(f.FontFamily))
		fmt.Fprintf(&w.b, `<w:rFonts w:ascii="%s" w:hAnsi="%s" w:cs="%s"/>`, name, name, name)
	}
	flag := func(on *bool, own *bool, tag string) {
		if deref(on) {
			w.b.WriteString("<w:" + tag + "/>")
		} else if own != nil {
			w.b.WriteString("<w:" + tag + ` w:val="0"/>`)
		}
	}
	flag(s.Bold, r.own.Bold, "b")
	flag(s.Italic, r.own.Italic, "i")
	flag(s.SmallCaps, nil, "smallCaps")
	flag(s.Strikethrough, nil, "strike")
	if c := hexColor(s.ForegroundColor); c != "" {
		fmt.Fprintf(&w.b, `<w:color w:val="%s"/>`, c)
	}
	if n := points(s.FontSize); n > 0 {
		fmt.Fprintf(&w.b, `<w:sz w:val="%d"/>`, int(math.Round(n*2)))
	}
	if deref(s.Underline) {
		w.b.WriteString(`<w:u w:val="single"/>`)
	}
	if c := hexColor(s.BackgroundColor); c != "" {
		fmt.Fprintf(&w.b, `<w:shd w:val="clear" w:fill="%s"/>`, c)
	}
	if v := map[string]string{"SUPERSCRIPT": "superscript", "SUBSCRIPT": "subscript"}[deref(s.BaselineOffset)]; v != "" {
		fmt.Fprintf(&w.b, `<w:vertAlign w:val="%s"/>`, v)
	}
	w.b.WriteString("</w:rPr>")
}

func (w *word) table(t *table) {
	w.b.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		w.b.WriteString(`<w:` + side + ` w:val="single" w:sz="8" w:color="000000"/>`)
	}
	w.b.WriteString(`</w:tblBorders></w:tblPr><w:tblGrid>`)
	for _, x := range t.widths {
		if x == 0 {
			x = 468 / float64(len(t.widths))
		}
		fmt.Fprintf(&w.b, `<w:gridCol w:w="%d"/>`, twips(x))
	}
	w.b.WriteString("</w:tblGrid>")
	down := make([]int, len(t.widths)) // rows that a cell above still covers
	for _, r := range t.rows {
		w.b.WriteString("<w:tr>")
		if r.header {
			w.b.WriteString("<w:trPr><w:tblHeader/></w:trPr>")
		}
		for i := 0; i < len(r.cells); {
			c := r.cells[i]
			w.b.WriteString("<w:tc><w:tcPr>")
			if c.cols > 1 {
				fmt.Fprintf(&w.b, `<w:gridSpan w:val="%d"/>`, c.cols)
			}
			switch {
			case down[i] > 0:
				w.b.WriteString("<w:vMerge/>")
				down[i]--
			case c.rows > 1:
				w.b.WriteString(`<w:vMerge w:val="restart"/>`)
				down[i] = c.rows - 1
			}
			if c.fill != "" {
				fmt.Fprintf(&w.b, `<w:shd w:val="clear" w:fill="%s"/>`, c.fill)
			}
			w.b.WriteString("</w:tcPr>")
			w.blocks(c.blocks)
			w.b.WriteString("</w:tc>")
			i += c.cols
		}
		w.b.WriteString("</w:tr>")
	}
	w.b.WriteString("</w:tbl>")
}

func (w *word) styles() string {
	var b strings.Builder
	b.WriteString(xmlHead + "<w:styles" + wordSpaces + `><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="22"/></w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="normal"/></w:style>`)
	for _, s := range wordStyles {
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/><w:keepLines/></w:pPr></w:style>`, s.id, s.name)
	}
	return b.String() + "</w:styles>"
}

func (w *word) numbering() string {
	var b strings.Builder
	b.WriteString(xmlHead + "<w:numbering" + wordSpaces + ">")
	for n, l := range w.lists {
		fmt.Fprintf(&b, `<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="multilevel"/>`, n+1)
		for level := range 9 {
			i := w.kinds[[2]any{l.list, level}]
			if i == nil {
				i = l
			}
			kind, text := "bullet", xmlText(i.glyph)
			if i.ordered {
				kind = map[string]string{"ALPHA": "lowerLetter", "UPPER_ALPHA": "upperLetter", "ROMAN": "lowerRoman", "UPPER_ROMAN": "upperRoman", "ZERO_DECIMAL": "decimalZero"}[i.kind]
				if kind == "" {
					kind = "decimal"
				}
				text = fmt.Sprintf("%%%d.", level+1)
			}
			fmt.Fprintf(&b, `<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="%d" w:hanging="360"/></w:pPr></w:lvl>`, level, kind, text, 720*(level+1))
		}
		b.WriteString("</w:abstractNum>")
	}
	for n := range w.lists {
		fmt.Fprintf(&b, `<w:num w:numId="%d"><w:abstractNumId w:val="%d"/></w:num>`, n+1, n+1)
	}
	return b.String() + "</w:numbering>"
}
