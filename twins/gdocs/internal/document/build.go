package document

import (
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

// A Builder writes a document from its beginning, for those who read other formats.
type Builder struct {
	id      func(prefix string) string
	tab     *Tab
	content *Content
	line    []Element
}

// Build starts a document. id makes fresh ids.
func Build(id func(prefix string) string) *Builder {
	t := newTab("t.0", "Tab 1")
	t.Body.Content = t.Body.Content[:1]
	return &Builder{id: id, tab: t, content: &t.Body.Content}
}

// Document ends the document.
func (b *Builder) Document() *Document {
	b.close()
	return &Document{Tabs: []*Tab{b.tab}}
}

// close ends content: its last block is a paragraph.
func (b *Builder) close() {
	if len(b.line) > 0 {
		b.End("NORMAL_TEXT", nil, nil)
	}
	if n := len(*b.content); n == 0 || (*b.content)[n-1].Paragraph == nil {
		*b.content = append(*b.content, block(emptyParagraph()))
	}
}

// Open says whether the paragraph at work has anything in it.
func (b *Builder) Open() bool { return len(b.line) > 0 }

// Text adds text to the paragraph at work. A newline in it is a line break, not the paragraph's end.
func (b *Builder) Text(s string, style *api.TextStyle) {
	if style != nil && style.Link != nil {
		c := *style
		if c.ForegroundColor == nil {
			c.ForegroundColor = linkBlue()
		}
		if c.Underline == nil {
			c.Underline = p(true)
		}
		style = &c
	}
	if s = printable(strings.ReplaceAll(s, "\n", "\v")); s != "" {
		b.line = append(b.line, text(s, style))
	}
}

// Add adds a thing to the paragraph at work.
func (b *Builder) Add(t Thing) { b.line = append(b.line, thing(t, nil)) }

// Image adds an image in a size, in points; zeros are its own.
func (b *Builder) Image(pic Picture, width, height float64, alt string) {
	id := b.id("kix.")
	var want *api.Size
	if width > 0 || height > 0 {
		want = &api.Size{Width: pt(width), Height: pt(height)}
	}
	o := &api.EmbeddedObject{
		Description:     some(alt),
		ImageProperties: &api.ImageProperties{ContentURI: p(pic.ContentURI), CropProperties: &api.CropProperties{}},
		Size:            fit(pic, want, b.tab.textWidth()),
		MarginTop:       pt(9), MarginBottom: pt(9), MarginRight: pt(9), MarginLeft: pt(9),
	}
	b.tab.Objects = append(b.tab.Objects, Object{ID: id, Inline: &api.InlineObjectProperties{EmbeddedObject: o}})
	b.Add(Thing{Image: id})
}

// End ends the paragraph at work: its named style, what else is special about it, and its place in a list.
func (b *Builder) End(kind string, style *api.ParagraphStyle, bullet *Bullet) {
	s := api.ParagraphStyle{}
	if style != nil {
		s = *style
	}
	s.NamedStyleType = p(kind)
	if s.Direction == nil {
		s.Direction = p("LEFT_TO_RIGHT")
	}
	if kind != "NORMAL_TEXT" {
		s.HeadingID = p(b.id("h."))
	}
	if bullet != nil {
		if l := b.tab.list(bullet.List); l != nil {
			level := l.Properties.NestingLevels[min(bullet.Level, deepest)]
			s.IndentFirstLine, s.IndentStart = level.IndentFirstLine, level.IndentStart
		}
	}
	var last *api.TextStyle
	if n := len(b.line); n > 0 && (b.line[n-1].Style == nil || b.line[n-1].Style.Link == nil) {
		last = b.line[n-1].Style
	}
	pg := &Paragraph{Elements: join(b.line, []Element{text("\n", last)}), Style: &s, Bullet: bullet}
	b.line = nil
	*b.content = append(*b.content, block(pg))
}

// List starts a list with the glyphs of a preset, and answers its id.
func (b *Builder) List(preset string) string {
	id := b.id("kix.")
	b.tab.Lists = append(b.tab.Lists, List{ID: id, Preset: preset, Properties: presetList(preset)})
	return id
}

// Table adds a table; fill writes each cell. The first rows of it are its header.
func (b *Builder) Table(rows, cols, header int, fill func(row, col int, cell *Builder)) {
	if rows < 1 || cols < 1 || rows*cols > largestTable {
		return
	}
	if len(b.line) > 0 {
		b.End("NORMAL_TEXT", nil, nil)
	}
	if n := len(*b.content); n == 0 || (*b.content)[n-1].Paragraph == nil {
		*b.content = append(*b.content, block(emptyParagraph()))
	}
	t := &Table{}
	for range cols {
		t.Columns = append(t.Columns, api.TableColumnProperties{WidthType: p("EVENLY_DISTRIBUTED")})
	}
	for r := range rows {
		row := newRow(cols)
		for c := range cols {
			row.Cells[c].Content = nil
			cell := &Builder{id: b.id, tab: b.tab, content: &row.Cells[c].Content}
			fill(r, c, cell)
			cell.close()
		}
		if r < header {
			row.Style.TableHeader = p(true)
		}
		t.Rows = append(t.Rows, row)
	}
	*b.content = append(*b.content, Block{Table: t})
}

// Span merges a cell of the table that was just added with those beside and below it.
func (b *Builder) Span(row, col, rows, cols int) {
	t := (*b.content)[len(*b.content)-1].Table
	if t == nil || row >= len(t.Rows) || col >= len(t.Columns) {
		return
	}
	rows, cols = min(rows, len(t.Rows)-row), min(cols, len(t.Columns)-col)
	if rows > 1 || cols > 1 {
		t.Rows[row].Cells[col].stretch(int32(rows-1), int32(cols-1))
	}
}

// Footnote puts a footnote's number into the paragraph at work; fill writes the note.
func (b *Builder) Footnote(fill func(note *Builder)) {
	seg := &Segment{ID: b.id("kix.")}
	b.tab.Footnotes = append(b.tab.Footnotes, seg)
	b.Add(Thing{Footnote: seg.ID})
	note := &Builder{id: b.id, tab: b.tab, content: &seg.Content}
	fill(note)
	note.close()
}

// Blocks is how many blocks the content at work has.
func (b *Builder) Blocks() int { return len(*b.content) }

// TrimSpace takes one space off the end of the paragraph at work.
func (b *Builder) TrimSpace() {
	n := len(b.line) - 1
	if n < 0 || !strings.HasSuffix(b.line[n].Text, " ") {
		return
	}
	if b.line[n] = text(strings.TrimSuffix(b.line[n].Text, " "), b.line[n].Style); b.line[n].units == 0 {
		b.line = b.line[:n]
	}
}
