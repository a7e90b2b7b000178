// Package convert writes documents in other formats and reads them from such. It is pure: a document or bytes in, bytes or a
// document out.
//
// https://developers.google.com/workspace/drive/api/guides/ref-export-formats
package convert

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
)

// ErrFormat is for a type that a document cannot be written as or read from.
var ErrFormat = errors.New("convert: no such format")

// A Source is what a document does not know about itself.
type Source struct {
	Title   string
	Now     time.Time
	Picture func(contentURI string) ([]byte, error)
}

// A Target is what a document that is read needs.
type Target struct {
	ID   func(prefix string) string
	Keep func(image []byte) (document.Picture, error)
}

// MIME types.
const (
	Text     = "text/plain"
	HTML     = "text/html"
	Zip      = "application/zip"
	Markdown = "text/markdown"
	XMark    = "text/x-markdown"
	RTF      = "application/rtf"
	PDF      = "application/pdf"
	EPUB     = "application/epub+zip"
	ODT      = "application/vnd.oasis.opendocument.text"
	DOCX     = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

// Exports are the types that a document can be written as, in the order that Drive lists them.
func Exports() []string {
	return []string{RTF, ODT, HTML, PDF, XMark, Markdown, EPUB, Zip, DOCX, Text}
}

// Imports are the types that a document can be read from.
func Imports() []string { return []string{Text, HTML, Markdown, XMark, DOCX} }

// Export writes a document.
func Export(d *document.Document, mime string, s Source) ([]byte, error) {
	o := read(d, s)
	switch mime {
	case Text:
		return o.text(), nil
	case HTML:
		return o.html(), nil
	case Zip:
		return o.zip()
	case Markdown, XMark:
		return o.markdown(), nil
	case RTF:
		return o.rtf(), nil
	case PDF:
		return o.pdf()
	case EPUB:
		return o.epub()
	case ODT:
		return o.odt()
	case DOCX:
		return o.docx()
	}
	return nil, ErrFormat
}

// Import reads a document.
func Import(content []byte, mime string, t Target) (*document.Document, error) {
	b := document.Build(t.ID)
	var err error
	switch mime {
	case Text:
		readText(b, content)
	case HTML:
		err = readHTML(b, content, t)
	case Markdown, XMark:
		err = readMarkdown(b, content, t)
	case DOCX:
		err = readDocx(b, content, t)
	default:
		err = ErrFormat
	}
	if err != nil {
		return nil, err
	}
	return b.Document(), nil
}

// An outline is a document as the writers need it: all styles whole, all numbers counted, all images there.
type outline struct {
	Source
	page   api.DocumentStyle
	blocks []block
	notes  [][]block // by number, from 0
	header []block
	footer []block
}

type block struct {
	par   *par
	table *table
}

type par struct {
	kind string // NORMAL_TEXT, HEADING_1, …
	id   string // of a heading
	look api.ParagraphStyle
	item *item
	runs []run
}

// An item is a paragraph's place in a list.
type item struct {
	list    string
	level   int
	ordered bool
	check   bool
	glyph   string // as it is shown: "●", "2.", "iv."
	number  int
	kind    string // of number
}

type run struct {
	text  string
	look  api.TextStyle // whole
	own   api.TextStyle // what differs from the paragraph's
	link  string
	image *picture
	note  int // the footnote's number, from 1
	brk   bool
	rule  bool
}

type picture struct {
	data          []byte
	mime, ext     string
	width, height float64 // points
	alt           string
	n             int // from 1
}

type table struct {
	widths []float64 // points; 0 is even
	rows   []row
}

type row struct {
	header bool
	cells  []cell
}

type cell struct {
	blocks     []block
	rows, cols int
	covered    bool // by a merged cell
	fill       string
}

// reader makes an outline of a document's tabs.
type reader struct {
	*outline
	tab      *document.Tab
	counts   map[string][]int
	pictures int
}

func read(d *document.Document, s Source) *outline {
	o := &outline{Source: s}
	r := &reader{outline: o, counts: map[string][]int{}}
	for i, t := range d.AllTabs() {
		r.tab = t
		if i == 0 {
			o.page = *t.Style
			for _, seg := range t.Headers {
				if seg.ID == deref(t.Style.DefaultHeaderID) {
					o.header = r.content(seg.Content)
				}
			}
			for _, seg := range t.Footers {
				if seg.ID == deref(t.Style.DefaultFooterID) {
					o.footer = r.content(seg.Content)
				}
			}
		} else {
			o.blocks = append(o.blocks, block{par: &par{kind: "TITLE", runs: []run{{text: t.Title}}}})
		}
		o.blocks = append(o.blocks, r.content(t.Body.Content)...)
	}
	return o
}

func (r *reader) content(c document.Content) []block {
	var out []block
	for _, b := range c {
		switch {
		case b.Paragraph != nil:
			out = append(out, block{par: r.paragraph(b.Paragraph)})
		case b.Table != nil:
			out = append(out, block{table: r.table(b.Table)})
		case b.Contents != nil:
			out = append(out, r.content(b.Contents.Content)...)
		}
	}
	return out
}

func (r *reader) paragraph(p *document.Paragraph) *par {
	out := &par{kind: deref(p.Style.NamedStyleType), id: deref(p.Style.HeadingID), look: r.tab.ParagraphStyle(p)}
	if p.Bullet != nil {
		out.item = r.item(p.Bullet)
	}
	for _, id := range p.Positioned {
		out.runs = append(out.runs, run{image: r.picture(id)})
	}
	for _, e := range p.Elements {
		x := run{text: strings.TrimSuffix(e.Text, "\n"), look: r.tab.TextStyle(p, e.Style)}
		if e.Style != nil {
			x.own = *e.Style
			x.link = target(e.Style.Link)
		}
		if t := e.Thing; t != nil {
			x.text = t.Words()
			switch {
			case t.Image != "":
				x.image = r.picture(t.Image)
			case t.Footnote != "":
				for _, seg := range r.tab.Footnotes {
					if seg.ID == t.Footnote {
						r.notes = append(r.notes, nil)
						x.note = len(r.notes)
						r.notes[x.note-1] = r.content(seg.Content)
					}
				}
			case t.PageBreak, t.ColumnBreak:
				x.brk = true
			case t.Rule:
				x.rule = true
			case t.Link != nil:
				x.link = deref(t.Link.RichLinkProperties.URI)
			case t.Person != nil:
				x.link = "mailto:" + deref(t.Person.PersonProperties.Email)
			}
		}
		if x.text != "" || x.image != nil || x.note > 0 || x.brk || x.rule {
			out.runs = append(out.runs, x)
		}
	}
	return out
}

func target(l *api.Link) string {
	switch {
	case l == nil:
		return ""
	case l.URL != nil:
		return *l.URL
	case l.Heading != nil:
		return "#" + deref(l.Heading.ID)
	}
	return ""
}

func (r *reader) item(b *document.Bullet) *item {
	for _, l := range r.tab.Lists {
		if l.ID != b.List || b.Level >= len(l.Properties.NestingLevels) {
			continue
		}
		level := l.Properties.NestingLevels[b.Level]
		out := &item{list: b.List, level: b.Level, glyph: deref(level.GlyphSymbol), kind: deref(level.GlyphType)}
		out.ordered = out.kind != "" && out.kind != "GLYPH_TYPE_UNSPECIFIED" && out.kind != "NONE"
		out.check = l.Preset == "BULLET_CHECKBOX"
		if out.check {
			out.glyph = "☐"
		}
		if !out.ordered {
			return out
		}
		n := r.counts[b.List]
		for len(n) <= b.Level {
			n = append(n, 0)
		}
		n = n[:b.Level+1] // what is deeper starts again
		if n[b.Level] == 0 {
			n[b.Level] = max(1, int(deref(level.StartNumber))) - 1
		}
		n[b.Level]++
		r.counts[b.List] = n
		out.number = n[b.Level]
		out.glyph = deref(level.GlyphFormat)
		for k, v := range n {
			kind := deref(l.Properties.NestingLevels[k].GlyphType)
			out.glyph = strings.ReplaceAll(out.glyph, fmt.Sprintf("%%%d", k), numeral(kind, max(1, v)))
		}
		return out
	}
	return nil
}

// numeral writes a number the way a list counts.
func numeral(kind string, n int) string {
	switch kind {
	case "ZERO_DECIMAL":
		return fmt.Sprintf("%02d", n)
	case "ALPHA", "UPPER_ALPHA":
		s := ""
		for ; n > 0; n = (n - 1) / 26 {
			s = string(rune('a'+(n-1)%26)) + s
		}
		if kind == "UPPER_ALPHA" {
			return strings.ToUpper(s)
		}
		return s
	case "ROMAN", "UPPER_ROMAN":
		s := ""
		for _, d := range []struct {
			n int
			s string
		}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
			for n >= d.n && len(s) < 100 {
				s, n = s+d.s, n-d.n
			}
		}
		if kind == "UPPER_ROMAN" {
			return strings.ToUpper(s)
		}
		return s
	}
	return fmt.Sprint(n)
}

func (r *reader) picture(id string) *picture {
	for _, o := range r.tab.Objects {
		if o.ID != id {
			continue
		}
		data, err := r.Picture(o.ContentURI())
		if err != nil {
			return nil
		}
		r.pictures++
		e := o.Embedded()
		p := &picture{data: data, mime: http.DetectContentType(data), alt: deref(e.Description), n: r.pictures, width: 72, height: 72}
		p.ext = strings.TrimPrefix(strings.Replace(p.mime, "jpeg", "jpg", 1), "image/")
		if e.Size != nil && e.Size.Width != nil && e.Size.Height != nil {
			p.width, p.height = points(e.Size.Width), points(e.Size.Height)
		}
		return p
	}
	return nil
}

func (r *reader) table(t *document.Table) *table {
	out := &table{}
	for _, c := range t.Columns {
		out.widths = append(out.widths, points(c.Width))
	}
	covered := map[[2]int]bool{}
	for i, x := range t.Rows {
		line := row{header: deref(x.Style.TableHeader)}
		for j, y := range x.Cells {
			c := cell{blocks: r.content(y.Content), rows: max(1, int(deref(y.Style.RowSpan))), cols: max(1, int(deref(y.Style.ColumnSpan))), covered: covered[[2]int{i, j}]}
			if y.Style.BackgroundColor != nil {
				c.fill = hexColor(y.Style.BackgroundColor)
			}
			for a := range c.rows {
				for b := range c.cols {
					if a+b > 0 {
						covered[[2]int{i + a, j + b}] = true
					}
				}
			}
			line.cells = append(line.cells, c)
		}
		out.rows = append(out.rows, line)
	}
	return out
}

// all is every block of an outline, those in tables too.
func all(blocks []block, visit func(*par)) {
	for _, b := range blocks {
		if b.par != nil {
			visit(b.par)
			continue
		}
		for _, r := range b.table.rows {
			for _, c := range r.cells {
				all(c.blocks, visit)
			}
		}
	}
}

// pictures are all images of an outline.
func (o *outline) pictures() []*picture {
	var out []*picture
	take := func(p *par) {
		for _, r := range p.runs {
			if r.image != nil {
				out = append(out, r.image)
			}
		}
	}
	all(o.header, take)
	all(o.footer, take)
	all(o.blocks, take)
	for _, n := range o.notes {
		all(n, take)
	}
	return out
}

func deref[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

func ref[T any](v T) *T { return &v }

func points(d *api.Dimension) float64 {
	if d == nil {
		return 0
	}
	return deref(d.Magnitude)
}

// hexColor is a color as rrggbb, "" if it is transparent.
func hexColor(c *api.OptionalColor) string {
	if c == nil || c.Color == nil {
		return ""
	}
	v := deref(c.Color.RGBColor)
	part := func(x *float64) int { return int(math.Round(min(1, max(0, deref(x))) * 255)) }
	return fmt.Sprintf("%02x%02x%02x", part(v.Red), part(v.Green), part(v.Blue))
}

func color(s string) *api.OptionalColor {
	var r, g, b int
	if n, _ := fmt.Sscanf(strings.TrimPrefix(s, "#"), "%02x%02x%02x", &r, &g, &b); n != 3 {
		return nil
	}
	part := func(x int) *float64 {
		if x == 0 {
			return nil
		}
		return ref(math.Round(float64(x)/255*1e8) / 1e8)
	}
	return &api.OptionalColor{Color: &api.Color{RGBColor: &api.RGBColor{Red: part(r), Green: part(g), Blue: part(b)}}}
}

// level is a heading's, 0 for none. A title is above the first.
func (p *par) level() int {
	var n int
	fmt.Sscanf(p.kind, "HEADING_%d", &n)
	return n
}

// mono says whether a font has letters of one width: code.
func mono(f *api.WeightedFontFamily) bool {
	if f == nil {
		return false
	}
	s := strings.ToLower(deref(f.FontFamily))
	return strings.Contains(s, "mono") || strings.Contains(s, "courier") || strings.Contains(s, "consolas")
}
