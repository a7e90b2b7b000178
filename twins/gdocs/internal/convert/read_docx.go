package convert

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
)

const mostUnpacked = 256 << 20

// readDocx reads a Word document: its text, headings, lists, tables, images, footnotes and looks.
func readDocx(b *document.Builder, content []byte, t Target) error {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return err
	}
	d := &docxReader{target: t, files: map[string]*zip.File{}, rels: map[string]string{}, styles: map[string]*node{}, lists: map[string]string{}, notes: map[string]*node{}, left: mostUnpacked}
	for _, f := range z.File {
		d.files[strings.TrimPrefix(f.Name, "/")] = f
	}
	main := d.xml("word/document.xml")
	if main == nil {
		return errors.New("convert: no document in it")
	}
	for _, r := range d.xml("word/_rels/document.xml.rels").all("Relationship") {
		d.rels[r.attr("Id")] = r.attr("Target")
	}
	for _, s := range d.xml("word/styles.xml").all("style") {
		d.styles[s.attr("styleId")] = s
	}
	d.numbering = d.xml("word/numbering.xml")
	for _, n := range d.xml("word/footnotes.xml").all("footnote") {
		d.notes[n.attr("id")] = n
	}
	d.blocks(b, main.child("body"), false)
	return nil
}

type docxReader struct {
	target    Target
	files     map[string]*zip.File
	rels      map[string]string
	styles    map[string]*node
	numbering *node
	lists     map[string]string // ours by Word's number
	notes     map[string]*node
	left      int64 // bytes that may still be unpacked
}

// A node is an element of XML.
type node struct {
	name     string
	attrs    map[string]string
	children []*node
	text     string
}

func (d *docxReader) read(name string) []byte {
	f := d.files[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	data, _ := io.ReadAll(io.LimitReader(r, d.left))
	d.left -= int64(len(data))
	return data
}

// xml is a part of the document as a tree; one that is missing or broken is empty.
func (d *docxReader) xml(name string) *node {
	data := d.read(name)
	if data == nil {
		return nil
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	root := &node{}
	stack := []*node{root}
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		top := stack[len(stack)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			if len(stack) < deepestHTML {
				top.children = append(top.children, n)
			}
			stack = append(stack, n)
		case xml.EndElement:
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			top.text += string(t)
		}
	}
	if len(root.children) == 0 {
		return nil
	}
	return root.children[0]
}

func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	return n.attrs[name]
}

// child is the element below a path of names, or nil.
func (n *node) child(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		var hit *node
		for _, c := range n.children {
			if c.name == name {
				hit = c
				break
			}
		}
		n = hit
	}
	return n
}

func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var out []*node
	for _, c := range n.children {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// find is the first element of a name anywhere below.
func (n *node) find(name string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name == name {
			return c
		}
		if hit := c.find(name); hit != nil {
			return hit
		}
	}
	return nil
}

// blocks reads paragraphs and tables; the last paragraph that only ends a table's cell or the document after a table is kept, as Word has it.
func (d *docxReader) blocks(b *document.Builder, n *node, header bool) {
	if n == nil {
		return
	}
	for _, c := range n.children {
		switch c.name {
		case "p":
			d.paragraph(b, c)
		case "tbl":
			d.table(b, c)
		case "sdt":
			d.blocks(b, c.child("sdtContent"), header)
		}
	}
}

var headingStyle = regexp.MustCompile(`(?i)^heading\s*([1-9])$`)

func (d *docxReader) paragraph(b *document.Builder, n *node) {
	pr := n.child("pPr")
	kind := "NORMAL_TEXT"
	id := pr.child("pStyle").attr("val")
	name := id
	if s := d.styles[id]; s != nil {
		name = s.child("name").attr("val")
	}
	if m := headingStyle.FindStringSubmatch(name); m != nil {
		kind = "HEADING_" + strconv.Itoa(min(6, int(m[1][0]-'0')))
	} else if strings.EqualFold(name, "title") {
		kind = "TITLE"
	} else if strings.EqualFold(name, "subtitle") {
		kind = "SUBTITLE"
	}
	style := &api.ParagraphStyle{}
	if a := map[string]string{"center": "CENTER", "right": "END", "end": "END", "both": "JUSTIFIED"}[pr.child("jc").attr("val")]; a != "" {
		style.Alignment = &a
	}
	var bullet *document.Bullet
	num := pr.child("numPr")
	if num == nil && d.styles[id] != nil {
		num = d.styles[id].child("pPr", "numPr")
	}
	if ref := num.child("numId").attr("val"); ref != "" && ref != "0" {
		level, _ := strconv.Atoi(num.child("ilvl").attr("val"))
		bullet = &document.Bullet{List: d.list(b, ref), Level: min(max(0, level), 8)}
	} else if left, err := strconv.Atoi(pr.child("ind").attr("left")); err == nil && left > 0 && left < 20000 {
		style.IndentStart = dim(float64(left) / 20)
		style.IndentFirstLine = style.IndentStart
	}
	d.runs(b, n, kind, nil)
	b.End(kind, style, bullet)
}

func (d *docxReader) runs(b *document.Builder, n *node, kind string, link *api.Link) {
	for _, c := range n.children {
		switch c.name {
		case "hyperlink":
			to := link
			if target := d.rels[c.attr("id")]; target != "" {
				to = &api.Link{URL: ref(target)}
			}
			d.runs(b, c, kind, to)
		case "ins", "smartTag":
			d.runs(b, c, kind, link)
		case "sdt":
			if in := c.child("sdtContent"); in != nil {
				d.runs(b, in, kind, link)
			}
		case "r":
			d.run(b, c, kind, link)
		}
	}
}

func on(n *node, name string) bool {
	c := n.child(name)
	return c != nil && c.attr("val") != "0" && c.attr("val") != "false" && c.attr("val") != "none"
}

func (d *docxReader) run(b *document.Builder, n *node, kind string, link *api.Link) {
	pr := n.child("rPr")
	s := &api.TextStyle{Link: link}
	yes := ref(true)
	if on(pr, "b") {
		s.Bold = yes
	}
	if on(pr, "i") && kind != "HEADING_6" {
		s.Italic = yes
	}
	if on(pr, "u") && link == nil {
		s.Underline = yes
	}
	if on(pr, "strike") {
		s.Strikethrough = yes
	}
	if on(pr, "smallCaps") {
		s.SmallCaps = yes
	}
	if v := map[string]string{"superscript": "SUPERSCRIPT", "subscript": "SUBSCRIPT"}[pr.child("vertAlign").attr("val")]; v != "" {
		s.BaselineOffset = &v
	}
	if kind == "NORMAL_TEXT" {
		if c := pr.child("color").attr("val"); c != "" && c != "auto" && c != "000000" && link == nil {
			s.ForegroundColor = color(c)
		}
		if n, err := strconv.ParseFloat(pr.child("sz").attr("val"), 64); err == nil && n != 22 && n > 0 && n < 3200 {
			s.FontSize = dim(n / 2)
		}
		if f := pr.child("rFonts").attr("ascii"); f != "" && f != "Arial" {
			s.WeightedFontFamily = &api.WeightedFontFamily{FontFamily: ref(f), Weight: ref(int32(400))}
		}
	}
	if c := pr.child("shd").attr("fill"); c != "" && c != "auto" {
		s.BackgroundColor = color(c)
	}
	for _, c := range n.children {
		switch c.name {
		case "t":
			b.Text(c.text, s)
		case "tab":
			b.Text("\t", s)
		case "br", "cr":
			if c.attr("type") == "page" {
				b.Add(document.Thing{PageBreak: true})
			} else {
				b.Text("\v", s)
			}
		case "footnoteReference":
			if note := d.notes[c.attr("id")]; note != nil {
				delete(d.notes, c.attr("id")) // a note that refers to itself ends here
				b.Footnote(func(in *document.Builder) { d.blocks(in, note, false) })
			}
		case "drawing":
			d.drawing(b, c)
		}
	}
}

func (d *docxReader) drawing(b *document.Builder, n *node) {
	target := d.rels[n.find("blip").attr("embed")]
	if target == "" {
		return
	}
	data := d.read(path.Join("word", target))
	if data == nil {
		return
	}
	pic, err := d.target.Keep(data)
	if err != nil {
		return
	}
	b.Image(pic, number(n.find("extent").attr("cx"), 1.0/12700), number(n.find("extent").attr("cy"), 1.0/12700), n.find("docPr").attr("descr"))
}

// list is ours for a numbering of Word's.
func (d *docxReader) list(b *document.Builder, num string) string {
	if id := d.lists[num]; id != "" {
		return id
	}
	abstract := ""
	for _, n := range d.numbering.all("num") {
		if n.attr("numId") == num {
			abstract = n.child("abstractNumId").attr("val")
		}
	}
	preset := "BULLET_DISC_CIRCLE_SQUARE"
	for _, a := range d.numbering.all("abstractNum") {
		if a.attr("abstractNumId") != abstract {
			continue
		}
		first := a.child("lvl")
		switch kind := first.child("numFmt").attr("val"); {
		case kind == "bullet" && first.child("lvlText").attr("val") == "☐":
			preset = "BULLET_CHECKBOX"
		case kind == "upperLetter":
			preset = "NUMBERED_UPPERALPHA_ALPHA_ROMAN"
		case kind == "upperRoman":
			preset = "NUMBERED_UPPERROMAN_UPPERALPHA_DECIMAL"
		case kind == "decimalZero":
			preset = "NUMBERED_ZERODECIMAL_ALPHA_ROMAN"
		case kind != "bullet" && kind != "":
			preset = "NUMBERED_DECIMAL_ALPHA_ROMAN"
		}
	}
	d.lists[num] = b.List(preset)
	return d.lists[num]
}

func (d *docxReader) table(b *document.Builder, n *node) {
	type place struct {
		node       *node
		rows, cols int
	}
	rows := n.all("tr")
	at := map[[2]int]*place{}
	above := map[int]*place{} // the merged cell that reaches into the next row, by column
	cols, header := 0, 0
	for r, row := range rows {
		if row.child("trPr", "tblHeader") != nil && header == r {
			header++
		}
		c := 0
		for _, cell := range row.all("tc") {
			pr := cell.child("tcPr")
			w, _ := strconv.Atoi(pr.child("gridSpan").attr("val"))
			w = min(max(1, w), 100)
			merge := pr.child("vMerge")
			switch {
			case merge != nil && merge.attr("val") != "restart" && above[c] != nil:
				above[c].rows++
			default:
				p := &place{cell, 1, w}
				at[[2]int{r, c}] = p
				above[c] = nil
				if merge != nil {
					above[c] = p
				}
			}
			c += w
		}
		cols = max(cols, c)
	}
	b.Table(len(rows), cols, header, func(r, c int, cell *document.Builder) {
		if p := at[[2]int{r, c}]; p != nil {
			d.blocks(cell, p.node, r < header)
		}
	})
	for rc, p := range at {
		b.Span(rc[0], rc[1], p.rows, p.cols)
	}
}
