package convert

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
)

// readHTML reads a page: what its elements mean, what their style attributes say, and the classes of pages that Docs wrote.
func readHTML(b *document.Builder, content []byte, t Target) error {
	root, err := html.Parse(bytes.NewReader(content))
	if err != nil {
		return err
	}
	h := &htmlReader{target: t, rules: map[string]map[string]string{}}
	h.styles(root)
	h.walk(b, root, htmlState{kind: "NORMAL_TEXT"})
	h.end(b, htmlState{kind: "NORMAL_TEXT"})
	return nil
}

type htmlReader struct {
	target Target
	rules  map[string]map[string]string // declarations by class
	lists  map[string]string            // Docs' own lists by name
	space  bool                         // the paragraph at work ends with a space
	depth  int
}

// htmlState is what the elements around say.
type htmlState struct {
	text   api.TextStyle
	kind   string
	par    api.ParagraphStyle
	bullet *document.Bullet
	list   string // of the innermost list
	level  int
	pre    bool
}

var cssRule = regexp.MustCompile(`\.([\w-]+)\s*\{([^}]*)\}`)

func (h *htmlReader) styles(n *html.Node) {
	if n.DataAtom == atom.Style && n.FirstChild != nil {
		for _, m := range cssRule.FindAllStringSubmatch(n.FirstChild.Data, -1) {
			h.rules[m[1]] = declarations(m[2])
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		h.styles(c)
	}
}

func declarations(s string) map[string]string {
	out := map[string]string{}
	for d := range strings.SplitSeq(s, ";") {
		if k, v, ok := strings.Cut(d, ":"); ok {
			out[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
		}
	}
	return out
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// css is what an element's classes and its own style say.
func (h *htmlReader) css(n *html.Node) map[string]string {
	out := map[string]string{}
	for class := range strings.FieldsSeq(attr(n, "class")) {
		for k, v := range h.rules[class] {
			out[k] = v
		}
	}
	for k, v := range declarations(attr(n, "style")) {
		out[k] = v
	}
	return out
}

// end ends the paragraph, if there is one.
func (h *htmlReader) end(b *document.Builder, s htmlState) {
	if h.space {
		b.TrimSpace()
	}
	if b.Open() {
		b.End(s.kind, &s.par, s.bullet)
	}
	h.space = false
}

var headings = map[atom.Atom]string{atom.H1: "HEADING_1", atom.H2: "HEADING_2", atom.H3: "HEADING_3", atom.H4: "HEADING_4", atom.H5: "HEADING_5", atom.H6: "HEADING_6"}

const deepestHTML = 512 // elements in each other; what is deeper is left out

func (h *htmlReader) walk(b *document.Builder, n *html.Node, s htmlState) {
	if h.depth++; h.depth > deepestHTML {
		h.depth--
		return
	}
	defer func() { h.depth-- }()
	switch n.Type {
	case html.TextNode:
		h.text(b, n.Data, s)
		return
	case html.DocumentNode:
		h.children(b, n, s)
		return
	case html.ElementNode:
	default:
		return
	}
	css := h.css(n)
	switch n.DataAtom {
	case atom.Head, atom.Script, atom.Style, atom.Title, atom.Template:
		return
	case atom.Br:
		b.Text("\v", &s.text)
		h.space = false
		return
	case atom.Hr:
		if strings.Contains(css["page-break-before"], "always") {
			b.Add(document.Thing{PageBreak: true})
			return
		}
		h.end(b, s)
		b.Add(document.Thing{Rule: true})
		h.end(b, htmlState{kind: "NORMAL_TEXT"})
		return
	case atom.Img:
		addImage(b, h.target, attr(n, "src"), attr(n, "alt"), length(css["width"], attr(n, "width")), length(css["height"], attr(n, "height")))
		return
	case atom.Table:
		h.end(b, s)
		h.table(b, n, s)
		return
	}
	block := blockTags[n.DataAtom]
	if block {
		h.end(b, s)
	}
	s = h.enter(b, n, s, css)
	before := b.Blocks()
	h.children(b, n, s)
	if block {
		if !b.Open() && b.Blocks() == before && (n.DataAtom == atom.P || n.DataAtom == atom.Li || headings[n.DataAtom] != "") {
			b.End(s.kind, &s.par, s.bullet) // an empty paragraph is one too
		}
		h.end(b, s)
	}
}

var blockTags = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Li: true, atom.Ul: true, atom.Ol: true,
	atom.Blockquote: true, atom.Pre: true, atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Main: true, atom.Body: true, atom.Dl: true, atom.Dt: true,
	atom.Dd: true, atom.Figure: true, atom.Figcaption: true, atom.Nav: true, atom.Aside: true, atom.Address: true,
}

func (h *htmlReader) children(b *document.Builder, n *html.Node, s htmlState) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		h.walk(b, c, s)
	}
}

var docsList = regexp.MustCompile(`lst-(kix_\w+)-(\d)`)

// enter is what holds inside an element.
func (h *htmlReader) enter(b *document.Builder, n *html.Node, s htmlState, css map[string]string) htmlState {
	yes := ref(true)
	switch n.DataAtom {
	case atom.B, atom.Strong, atom.Th:
		s.text.Bold = yes
	case atom.I, atom.Em, atom.Cite, atom.Var:
		s.text.Italic = yes
	case atom.U, atom.Ins:
		s.text.Underline = yes
	case atom.S, atom.Del, atom.Strike:
		s.text.Strikethrough = yes
	case atom.Sup:
		s.text.BaselineOffset = ref("SUPERSCRIPT")
	case atom.Sub:
		s.text.BaselineOffset = ref("SUBSCRIPT")
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt:
		s.text = *codeStyle(&s.text)
	case atom.Pre:
		s.pre, s.text = true, *codeStyle(&s.text)
	case atom.A:
		if href := attr(n, "href"); href != "" && !strings.HasPrefix(href, "#") {
			s.text.Link = &api.Link{URL: ref(href)}
		}
	case atom.Blockquote:
		s.par.IndentStart, s.par.IndentFirstLine, s.par.IndentEnd = dim(30), dim(30), dim(30)
	case atom.Ul, atom.Ol:
		preset := "BULLET_DISC_CIRCLE_SQUARE"
		if n.DataAtom == atom.Ol {
			preset = "NUMBERED_DECIMAL_ALPHA_ROMAN"
		}
		if m := docsList.FindStringSubmatch(attr(n, "class")); m != nil { // one list of Docs is many elements
			if h.lists == nil {
				h.lists = map[string]string{}
			}
			if h.lists[m[1]] == "" {
				h.lists[m[1]] = b.List(preset)
			}
			s.list, s.level = h.lists[m[1]], int(m[2][0]-'0')
			break
		}
		if s.list != "" && n.Parent != nil && (n.Parent.DataAtom == atom.Li || n.Parent.DataAtom == atom.Ul || n.Parent.DataAtom == atom.Ol) && s.bullet != nil {
			s.level = min(s.level+1, 8)
			if n.DataAtom == atom.Ol || n.Parent.Parent != nil && n.Parent.Parent.DataAtom == atom.Ol {
				if parent := listTag(n.Parent); parent != n.DataAtom {
					s.list = b.List(preset)
				}
			}
		} else {
			s.list, s.level = b.List(preset), 0
		}
	case atom.Li:
		if s.list == "" {
			s.list = b.List("BULLET_DISC_CIRCLE_SQUARE")
		}
		s.bullet = &document.Bullet{List: s.list, Level: s.level}
	}
	if kind := headings[n.DataAtom]; kind != "" {
		s.kind = kind
	}
	classes := " " + attr(n, "class") + " "
	if n.DataAtom == atom.P {
		if strings.Contains(classes, " title ") {
			s.kind = "TITLE"
		} else if strings.Contains(classes, " subtitle ") {
			s.kind = "SUBTITLE"
		}
	}
	h.look(&s, css, blockTags[n.DataAtom])
	return s
}

func listTag(n *html.Node) atom.Atom {
	for ; n != nil; n = n.Parent {
		if n.DataAtom == atom.Ol || n.DataAtom == atom.Ul {
			return n.DataAtom
		}
	}
	return 0
}

// look reads declarations. What a run's are is compared with the named style later, when the document is drawn.
func (h *htmlReader) look(s *htmlState, css map[string]string, block bool) {
	yes := ref(true)
	heading := s.kind != "NORMAL_TEXT"
	switch w := css["font-weight"]; {
	case w == "bold" || w == "bolder":
		s.text.Bold = yes
	case w != "":
		if n, err := strconv.Atoi(w); err == nil && n >= 600 {
			s.text.Bold = yes
		}
	}
	if css["font-style"] == "italic" && s.kind != "HEADING_6" {
		s.text.Italic = yes
	}
	line := css["text-decoration"] + " " + css["text-decoration-line"]
	if strings.Contains(line, "underline") && s.text.Link == nil {
		s.text.Underline = yes
	}
	if strings.Contains(line, "line-through") {
		s.text.Strikethrough = yes
	}
	switch css["vertical-align"] {
	case "super":
		s.text.BaselineOffset = ref("SUPERSCRIPT")
	case "sub":
		s.text.BaselineOffset = ref("SUBSCRIPT")
	}
	if c := css["color"]; c != "" && c != "#000000" && !heading && s.text.Link == nil {
		if v := color(c); v != nil {
			s.text.ForegroundColor = v
		}
	}
	if c := css["background-color"]; c != "" && !block {
		if v := color(c); v != nil {
			s.text.BackgroundColor = v
		}
	}
	if f := strings.Trim(strings.Split(css["font-family"], ",")[0], `"' `); f != "" && f != "Arial" && !block {
		s.text.WeightedFontFamily = &api.WeightedFontFamily{FontFamily: ref(f), Weight: ref(int32(400))}
	}
	if n := length(css["font-size"], ""); n > 0 && n != 11 && !heading {
		s.text.FontSize = dim(n)
	}
	if !block {
		return
	}
	if a := map[string]string{"center": "CENTER", "right": "END", "justify": "JUSTIFIED"}[css["text-align"]]; a != "" {
		s.par.Alignment = &a
	}
}

// length is a CSS length, or an attribute's number of pixels, in points.
func length(css, pixels string) float64 {
	css = strings.TrimSpace(css)
	for _, u := range []struct {
		unit  string
		scale float64
	}{{"pt", 1}, {"px", 0.75}, {"in", 72}, {"cm", 72 / 2.54}, {"mm", 72 / 25.4}} {
		if s, ok := strings.CutSuffix(css, u.unit); ok {
			return number(strings.TrimSpace(s), u.scale)
		}
	}
	return number(pixels, 0.75)
}

// number is a length in points, within reason; 0 if it is none.
func number(s string, scale float64) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n > 0) {
		return 0
	}
	return min(n*scale, 10000)
}

// text adds the text of a node; runs of white space are one space, none at a paragraph's ends.
func (h *htmlReader) text(b *document.Builder, data string, s htmlState) {
	if s.pre {
		lines := strings.Split(strings.ReplaceAll(data, "\r\n", "\n"), "\n")
		for i, line := range lines {
			if i > 0 {
				b.End(s.kind, &s.par, s.bullet)
			}
			b.Text(line, &s.text)
		}
		return
	}
	space := func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' }
	out := strings.Join(strings.FieldsFunc(data, space), " ")
	if out == "" {
		out = " "
	} else {
		if space(rune(data[0])) {
			out = " " + out
		}
		if space(rune(data[len(data)-1])) {
			out += " "
		}
	}
	if h.space || !b.Open() {
		out = strings.TrimPrefix(out, " ")
	}
	if data != "" && out != "" {
		h.space = strings.HasSuffix(out, " ")
		b.Text(out, &s.text)
	}
}

func (h *htmlReader) table(b *document.Builder, n *html.Node, s htmlState) {
	var rows []*html.Node
	var find func(*html.Node)
	find = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.DataAtom {
			case atom.Tr:
				rows = append(rows, c)
			case atom.Thead, atom.Tbody, atom.Tfoot:
				find(c)
			}
		}
	}
	find(n)
	type place struct {
		node       *html.Node
		rows, cols int
	}
	at := map[[2]int]place{}
	taken := map[[2]int]bool{}
	cols, header := 0, 0
	for r, row := range rows {
		c, heads := 0, true
		for cell := row.FirstChild; cell != nil; cell = cell.NextSibling {
			if cell.DataAtom != atom.Td && cell.DataAtom != atom.Th {
				continue
			}
			heads = heads && cell.DataAtom == atom.Th
			for taken[[2]int{r, c}] {
				c++
			}
			p := place{cell, span(cell, "rowspan", len(rows)-r), span(cell, "colspan", 100)}
			at[[2]int{r, c}] = p
			for i := range p.rows {
				for j := range p.cols {
					taken[[2]int{r + i, c + j}] = true
				}
			}
			c += p.cols
			cols = max(cols, c)
		}
		if heads && c > 0 && header == r {
			header++
		}
	}
	b.Table(len(rows), cols, header, func(r, c int, cell *document.Builder) {
		if p := at[[2]int{r, c}]; p.node != nil {
			in := htmlState{kind: "NORMAL_TEXT", text: s.text}
			if p.node.DataAtom == atom.Th {
				in.text.Bold = ref(true)
			}
			h.space = false
			h.children(cell, p.node, in)
			h.end(cell, in)
		}
	})
	for rc, p := range at {
		b.Span(rc[0], rc[1], p.rows, p.cols)
	}
}

func span(n *html.Node, name string, most int) int {
	v, _ := strconv.Atoi(attr(n, name))
	return min(max(1, v), max(1, most))
}
