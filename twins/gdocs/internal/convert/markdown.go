package convert

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
)

// markdown writes Markdown as Docs does: images by reference, with their bytes at the end.
func (o *outline) markdown() []byte {
	var b strings.Builder
	o.mdBlocks(&b, o.blocks)
	for i, n := range o.notes {
		var in strings.Builder
		o.mdBlocks(&in, n)
		fmt.Fprintf(&b, "[^%d]: %s\n\n", i+1, strings.ReplaceAll(strings.TrimSpace(in.String()), "\n", "\n    "))
	}
	for _, p := range o.pictures() {
		fmt.Fprintf(&b, "[image%d]: <data:%s;base64,%s>\n\n", p.n, p.mime, base64.StdEncoding.EncodeToString(p.data))
	}
	return []byte(strings.TrimRight(b.String(), "\n") + "\n")
}

func (o *outline) mdBlocks(b *strings.Builder, blocks []block) {
	for i := 0; i < len(blocks); i++ {
		if t := blocks[i].table; t != nil {
			mdTable(b, t)
			continue
		}
		p := blocks[i].par
		if p.item != nil {
			mark := "*"
			switch {
			case p.item.ordered:
				mark = fmt.Sprintf("%d.", p.item.number)
			case p.item.check:
				mark = "- [ ]"
			}
			b.WriteString(strings.Repeat("    ", p.item.level) + mark + " " + mdLine(p, true) + "\n")
			if i+1 == len(blocks) || blocks[i+1].par == nil || blocks[i+1].par.item == nil || blocks[i+1].par.item.list != p.item.list {
				b.WriteString("\n")
			}
			continue
		}
		line := mdLine(p, false)
		if line == "" {
			continue
		}
		switch {
		case p.kind == "TITLE":
			line = "# " + line
		case p.level() > 0:
			line = strings.Repeat("#", p.level()) + " " + line
		}
		b.WriteString(line + "\n\n")
	}
}

func mdTable(b *strings.Builder, t *table) {
	for i, r := range t.rows {
		b.WriteString("|")
		for _, c := range r.cells {
			var parts []string
			all(c.blocks, func(p *par) {
				if s := mdLine(p, false); s != "" {
					parts = append(parts, s)
				}
			})
			b.WriteString(" " + strings.ReplaceAll(strings.ReplaceAll(strings.Join(parts, " "), "|", "\\|"), "  \n", " ") + " |")
		}
		b.WriteString("\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" :---- |", len(r.cells)) + "\n")
		}
	}
	b.WriteString("\n")
}

// mdLine is a paragraph's text in one line.
func mdLine(p *par, item bool) string {
	var b strings.Builder
	for i, r := range p.runs {
		switch {
		case r.image != nil:
			fmt.Fprintf(&b, "![%s][image%d]", mdEscape(r.image.alt), r.image.n)
		case r.note > 0:
			fmt.Fprintf(&b, "[^%d]", r.note)
		case r.rule:
			return "---"
		case r.brk:
		default:
			b.WriteString(mdRun(r, p.level() > 0, i == 0 && !item))
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func mdRun(r run, heading, first bool) string {
	core := strings.Trim(r.text, " \t\v")
	if core == "" {
		return strings.ReplaceAll(r.text, "\v", "  \n")
	}
	at := strings.Index(r.text, core)
	lead, tail := r.text[:at], r.text[at+len(core):]
	s := mdEscape(core)
	if first && lead == "" {
		s = mdEscapeStart(s)
	}
	s = strings.ReplaceAll(s, "\v", "  \n")
	if mono(r.own.WeightedFontFamily) {
		fence := "`"
		for strings.Contains(core, fence) {
			fence += "`"
		}
		s = fence + strings.ReplaceAll(core, "\v", " ") + fence
		if len(fence) > 1 {
			s = fence + " " + core + " " + fence
		}
	}
	if deref(r.look.Strikethrough) {
		s = "~~" + s + "~~"
	}
	if deref(r.look.Italic) && (r.own.Italic != nil || !heading) {
		s = "*" + s + "*"
	}
	if deref(r.look.Bold) && (r.own.Bold != nil || !heading) {
		s = "**" + s + "**"
	}
	if r.link != "" {
		s = "[" + s + "](" + strings.NewReplacer("(", "%28", ")", "%29", " ", "%20").Replace(r.link) + ")"
	}
	return strings.ReplaceAll(lead, "\v", "  \n") + s + strings.ReplaceAll(tail, "\v", "  \n")
}

func mdEscape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mdEscapeStart keeps a line that begins like a heading, an item or a rule from being one.
func mdEscapeStart(s string) string {
	if s == "" {
		return s
	}
	if strings.ContainsRune("#+-=|", rune(s[0])) {
		return "\\" + s
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')') {
		return s[:digits] + "\\" + s[digits:]
	}
	return s
}

// readMarkdown reads Markdown with GitHub's tables, strikes and tasks, and with footnotes.
func readMarkdown(b *document.Builder, content []byte, t Target) error {
	root := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote)).Parser().Parse(text.NewReader(content))
	m := &mdReader{target: t, source: content, notes: map[int]*east.Footnote{}}
	_ = ast.Walk(root, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		if f, ok := n.(*east.Footnote); ok && enter {
			m.notes[f.Index] = f
		}
		return ast.WalkContinue, nil
	})
	m.blocks(b, root)
	return nil
}

type mdReader struct {
	target Target
	source []byte
	notes  map[int]*east.Footnote
}

func (m *mdReader) blocks(b *document.Builder, parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		m.block(b, n, nil, "NORMAL_TEXT", nil)
	}
}

// block reads one block: bullet and style are those of the list or quote that it is in.
func (m *mdReader) block(b *document.Builder, n ast.Node, bullet *document.Bullet, kind string, style *api.ParagraphStyle) {
	switch n := n.(type) {
	case *ast.Heading:
		m.inline(b, n, api.TextStyle{})
		b.End(fmt.Sprintf("HEADING_%d", n.Level), style, bullet)
	case *ast.Paragraph, *ast.TextBlock:
		m.inline(b, n, api.TextStyle{})
		b.End(kind, style, bullet)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		lines := n.Lines()
		for i := range lines.Len() {
			seg := lines.At(i)
			b.Text(strings.TrimRight(string(seg.Value(m.source)), "\n"), codeStyle(nil))
			b.End("NORMAL_TEXT", style, bullet)
		}
	case *ast.Blockquote:
		indent := &api.ParagraphStyle{IndentStart: dim(30), IndentFirstLine: dim(30), IndentEnd: dim(30)}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			m.block(b, c, nil, "NORMAL_TEXT", indent)
		}
	case *ast.List:
		m.list(b, n, "", 0)
	case *ast.ThematicBreak:
		b.Add(document.Thing{Rule: true})
		b.End("NORMAL_TEXT", style, bullet)
	case *east.Table:
		m.table(b, n)
	case *ast.HTMLBlock:
		lines := n.Lines()
		for i := range lines.Len() {
			seg := lines.At(i)
			b.Text(strings.TrimRight(string(seg.Value(m.source)), "\n"), nil)
			b.End("NORMAL_TEXT", style, bullet)
		}
	case *east.FootnoteList:
	default:
		m.blocks(b, n)
	}
}

func (m *mdReader) list(b *document.Builder, n *ast.List, id string, level int) {
	if id == "" {
		preset := "BULLET_DISC_CIRCLE_SQUARE"
		if n.IsOrdered() {
			preset = "NUMBERED_DECIMAL_ALPHA_ROMAN"
		} else if item := n.FirstChild(); item != nil && item.FirstChild() != nil {
			if _, ok := item.FirstChild().FirstChild().(*east.TaskCheckBox); ok {
				preset = "BULLET_CHECKBOX"
			}
		}
		id = b.List(preset)
	}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			if sub, ok := c.(*ast.List); ok {
				next := id
				if sub.IsOrdered() != n.IsOrdered() {
					next = ""
					next = b.List(map[bool]string{true: "NUMBERED_DECIMAL_ALPHA_ROMAN", false: "BULLET_DISC_CIRCLE_SQUARE"}[sub.IsOrdered()])
				}
				m.list(b, sub, next, level+1)
				continue
			}
			m.block(b, c, &document.Bullet{List: id, Level: min(level, 8)}, "NORMAL_TEXT", nil)
		}
	}
}

func (m *mdReader) table(b *document.Builder, n *east.Table) {
	var rows [][]ast.Node
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var cells []ast.Node
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, c)
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		return
	}
	b.Table(len(rows), len(rows[0]), 1, func(r, c int, cell *document.Builder) {
		if c < len(rows[r]) {
			style := api.TextStyle{}
			if r == 0 {
				style.Bold = ref(true)
			}
			m.inline(cell, rows[r][c], style)
			cell.End("NORMAL_TEXT", nil, nil)
		}
	})
}

func (m *mdReader) inline(b *document.Builder, parent ast.Node, style api.TextStyle) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		inner := style
		switch n := n.(type) {
		case *ast.Text:
			b.Text(unescape(string(n.Segment.Value(m.source))), &style)
			switch {
			case n.HardLineBreak():
				b.Text("\v", &style)
			case n.SoftLineBreak():
				b.Text(" ", &style)
			}
			continue
		case *ast.String:
			b.Text(string(n.Value), &style)
			continue
		case *ast.CodeSpan:
			s := ""
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					s += string(t.Segment.Value(m.source))
				}
			}
			b.Text(s, codeStyle(&style))
			continue
		case *ast.AutoLink:
			inner.Link = &api.Link{URL: ref(string(n.URL(m.source)))}
			b.Text(string(n.Label(m.source)), &inner)
			continue
		case *ast.RawHTML:
			if s := strings.ToLower(string(n.Segments.Value(m.source))); strings.HasPrefix(s, "<br") {
				b.Text("\v", &style)
			}
			continue
		case *ast.Image:
			m.image(b, string(n.Destination), n)
			continue
		case *east.FootnoteLink:
			if f := m.notes[n.Index]; f != nil {
				delete(m.notes, n.Index) // a note that refers to itself ends here
				b.Footnote(func(in *document.Builder) { m.blocks(in, f) })
			}
			continue
		case *east.FootnoteBacklink, *east.TaskCheckBox:
			continue
		case *ast.Emphasis:
			if n.Level > 1 {
				inner.Bold = ref(true)
			} else {
				inner.Italic = ref(true)
			}
		case *east.Strikethrough:
			inner.Strikethrough = ref(true)
		case *ast.Link:
			inner.Link = &api.Link{URL: ref(string(n.Destination))}
		}
		m.inline(b, n, inner)
	}
}

func (m *mdReader) image(b *document.Builder, src string, n *ast.Image) {
	alt := ""
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			alt += string(t.Segment.Value(m.source))
		}
	}
	if !addImage(b, m.target, src, alt, 0, 0) {
		b.Text(alt, nil)
	}
}

// addImage adds an image whose bytes are in its address. There is no other way to them from here.
func addImage(b *document.Builder, t Target, src, alt string, width, height float64) bool {
	head, data, ok := strings.Cut(strings.TrimPrefix(src, "data:"), ",")
	if !ok || !strings.HasPrefix(src, "data:image/") || !strings.HasSuffix(head, ";base64") {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return false
	}
	pic, err := t.Keep(raw)
	if err != nil {
		return false
	}
	b.Image(pic, width, height, alt)
	return true
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func codeStyle(base *api.TextStyle) *api.TextStyle {
	s := deref(base)
	s.WeightedFontFamily = &api.WeightedFontFamily{FontFamily: ref("Roboto Mono"), Weight: ref(int32(400))}
	return &s
}

func dim(n float64) *api.Dimension { return &api.Dimension{Magnitude: ref(n), Unit: ref("PT")} }
