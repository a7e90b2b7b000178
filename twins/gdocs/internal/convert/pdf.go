package convert

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
	"math"
	"strings"
	"sync"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonobolditalic"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/gofont/gosmallcaps"
	"golang.org/x/image/font/sfnt"

	"twinset.dev/twins/gdocs/internal/api"
)

// A sheet lays a document out on pages. Text is set in the Go fonts, which are in the program: Google's own cannot be.
type sheet struct {
	*outline
	f                        *fpdf.Fpdf
	top, right, bottom, left float64
	width, height            float64
	y                        float64
	pending                  []int // footnotes of the page
	seen                     map[*picture]string
	fonts                    map[string]bool // those in use
	inMargin                 bool
}

// pdf writes pages.
func (o *outline) pdf() ([]byte, error) {
	s := &sheet{outline: o, width: deref(sizeWidth(o.page).Magnitude), height: 792, seen: map[*picture]string{}, fonts: map[string]bool{}}
	if o.page.PageSize != nil && o.page.PageSize.Height != nil {
		s.height = points(o.page.PageSize.Height)
	}
	if deref(o.page.FlipPageOrientation) {
		s.width, s.height = s.height, s.width
	}
	s.width, s.height = min(max(s.width, 72), 14400), min(max(s.height, 72), 14400)
	s.top, s.bottom = min(points(o.page.MarginTop), s.height/3), min(points(o.page.MarginBottom), s.height/3)
	s.left, s.right = min(points(o.page.MarginLeft), s.width/3), min(points(o.page.MarginRight), s.width/3)
	s.f = fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: s.width, Ht: s.height}})
	s.f.SetTitle(o.Title, true)
	s.f.SetCreationDate(o.Now)
	s.f.SetModificationDate(o.Now)
	s.f.SetProducer("Twinset", true)
	s.f.SetCatalogSort(true)
	s.f.SetAutoPageBreak(false, 0)
	s.f.SetMargins(0, 0, 0)
	s.f.SetCellMargin(0)
	s.newPage()
	s.blocks(o.blocks, s.left, s.width-s.left-s.right)
	s.endPage()
	var b bytes.Buffer
	if err := s.f.Output(&b); err != nil {
		return nil, fmt.Errorf("convert: %w", err)
	}
	return b.Bytes(), nil
}

func (s *sheet) newPage() {
	s.f.AddPage()
	if c := pageColor(s.page); c != "ffffff" {
		r, g, b := rgb(c)
		s.f.SetFillColor(r, g, b)
		s.f.Rect(0, 0, s.width, s.height, "F")
	}
	s.inMargin = true
	if len(s.header) > 0 {
		s.y = points(s.page.MarginHeader)
		s.blocks(s.header, s.left, s.width-s.left-s.right)
	}
	if len(s.footer) > 0 {
		s.y = s.height - s.bottom + 6
		s.blocks(s.footer, s.left, s.width-s.left-s.right)
	}
	s.inMargin = false
	s.y = s.top
}

// endPage writes the footnotes of a page at its foot.
func (s *sheet) endPage() {
	notes := s.pending
	s.pending = nil
	if len(notes) == 0 || s.inMargin {
		return
	}
	s.inMargin = true
	s.y = max(s.y+6, s.height-s.bottom-14*float64(len(notes))-8)
	s.f.SetDrawColor(0, 0, 0)
	s.f.Line(s.left, s.y, s.left+144, s.y)
	s.y += 4
	for _, n := range notes {
		blocks := s.notes[n-1]
		if len(blocks) > 0 && blocks[0].par != nil {
			first := *blocks[0].par
			mark := run{text: fmt.Sprintf("%d", n), look: api.TextStyle{BaselineOffset: ref("SUPERSCRIPT"), FontSize: dim(11)}}
			first.runs = append([]run{mark}, first.runs...)
			blocks = append([]block{{par: &first}}, blocks[1:]...)
		}
		s.blocks(blocks, s.left, s.width-s.left-s.right)
	}
	s.inMargin = false
}

// room starts a page unless there is room for a height.
func (s *sheet) room(h float64) {
	if !s.inMargin && s.y+h > s.height-s.bottom-14*float64(len(s.pending)) && s.y > s.top {
		s.endPage()
		s.newPage()
	}
}

func (s *sheet) blocks(blocks []block, x, width float64) {
	for _, b := range blocks {
		if b.table != nil {
			s.table(b.table, x, width)
			continue
		}
		if deref(b.par.look.PageBreakBefore) && s.y > s.top && !s.inMargin {
			s.endPage()
			s.newPage()
		}
		s.paragraph(b.par, x, width)
	}
}

// A piece is a word, a space or an image of a line.
type piece struct {
	run
	width, size float64
	space       bool
	end         bool // the line ends behind it
}

func (s *sheet) font(l api.TextStyle) float64 {
	family, style := "text", ""
	if mono(l.WeightedFontFamily) {
		family = "mono"
	}
	if deref(l.Bold) || l.WeightedFontFamily != nil && deref(l.WeightedFontFamily.Weight) >= 600 {
		style += "B"
	}
	if deref(l.Italic) {
		style += "I"
	}
	if deref(l.SmallCaps) {
		family, style = "caps", ""
	}
	size := points(l.FontSize)
	if size <= 0 {
		size = 11
	}
	if o := deref(l.BaselineOffset); o == "SUPERSCRIPT" || o == "SUBSCRIPT" {
		size *= 0.6
	}
	size = min(max(size, 1), 400)
	if !s.fonts[family+style] {
		s.fonts[family+style] = true
		s.f.AddUTF8FontFromBytes(family, style, fonts[family+style])
	}
	s.f.SetFont(family, style, size)
	return size
}

var fonts = map[string][]byte{
	"text": goregular.TTF, "textB": gobold.TTF, "textI": goitalic.TTF, "textBI": gobolditalic.TTF, "caps": gosmallcaps.TTF,
	"mono": gomono.TTF, "monoB": gomonobold.TTF, "monoI": gomonoitalic.TTF, "monoBI": gomonobolditalic.TTF,
}

// glyphs is the font that decides what can be shown.
var glyphs = sync.OnceValue(func() func(rune) bool {
	f, err := sfnt.Parse(goregular.TTF)
	var mu sync.Mutex
	known := map[rune]bool{}
	return func(r rune) bool {
		mu.Lock()
		defer mu.Unlock()
		has, ok := known[r]
		if !ok && err == nil {
			var b sfnt.Buffer
			i, e := f.GlyphIndex(&b, r)
			has = e == nil && i != 0
			known[r] = has
		}
		return has
	}
})

// shown is text with what the font lacks replaced.
func shown(s string) string {
	has := glyphs()
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case has(r) && r < 0x10000:
			return r
		case r == '●' || r == '◆' || r == '★' || r == '❖' || r == '➢' || r == '➔' || r == '◄':
			return '•'
		case r == '○' || r == '◇':
			return 'o'
		case r == '☐' || r == '■':
			return '▪'
		}
		return '?'
	}, s)
}

// pieces cuts a paragraph into what can be put on lines.
func (s *sheet) pieces(p *par, width float64) []piece {
	var out []piece
	for _, r := range p.runs {
		switch {
		case r.image != nil:
			w, h := r.image.width, r.image.height
			scale := min(1, width/max(1, w), (s.height-s.top-s.bottom)/max(1, h))
			out = append(out, piece{run: r, width: w * scale, size: h * scale})
			continue
		case r.note > 0:
			r.look.BaselineOffset = ref("SUPERSCRIPT")
			r.text = fmt.Sprint(r.note)
		case r.brk, r.rule:
			out = append(out, piece{run: r, end: true})
			continue
		}
		size := s.font(r.look)
		for i, line := range strings.Split(r.text, "\v") {
			if i > 0 {
				out = append(out, piece{run: run{look: r.look}, size: size, end: true})
			}
			for word := range cutWords(shown(line)) {
				x := piece{run: r, size: size, space: strings.TrimSpace(word) == ""}
				x.text = word
				x.width = s.f.GetStringWidth(word)
				for x.width > width && utf8.RuneCountInString(x.text) > 1 { // a word longer than the line is cut
					head := x
					head.text = s.fits(x.text, width)
					head.width = s.f.GetStringWidth(head.text)
					out = append(out, head)
					x.text = x.text[len(head.text):]
					x.width = s.f.GetStringWidth(x.text)
				}
				out = append(out, x)
			}
		}
	}
	return out
}

func (s *sheet) fits(word string, width float64) string {
	end, w := 0, 0.0
	for i, r := range word {
		w += s.f.GetStringWidth(string(r))
		if w > width && end > 0 {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return word[:end]
}

// cutWords yields words and the spaces between them.
func cutWords(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for s != "" {
			n := strings.IndexByte(s, ' ')
			if n == 0 {
				n = len(s) - len(strings.TrimLeft(s, " "))
			} else if n < 0 {
				n = len(s)
			}
			if !yield(s[:n]) {
				return
			}
			s = s[n:]
		}
	}
}

func (s *sheet) paragraph(p *par, x, width float64) {
	start := min(points(p.look.IndentStart), width/2)
	first := min(points(p.look.IndentFirstLine), width/2)
	if p.item != nil && start == 0 {
		first, start = 18+36*float64(p.item.level), 36+36*float64(p.item.level)
	}
	s.y += min(points(p.look.SpaceAbove), s.height/4)
	spacing := deref(p.look.LineSpacing) / 100
	if spacing <= 0 {
		spacing = 1.15
	}
	spacing = min(spacing, 5)
	pieces := s.pieces(p, width-start)
	if len(pieces) == 0 {
		size := 11.0
		s.y += size * 1.17 * spacing
	}
	for n := 0; len(pieces) > 0; n++ {
		indent := start
		if n == 0 && p.item == nil {
			indent = first
		}
		line, used, tall := 0, 0.0, 0.0
		for line < len(pieces) {
			q := pieces[line]
			if used+q.width > width-indent && line > 0 && !q.space {
				break
			}
			used += q.width
			h := q.size * 1.17 * spacing
			if q.image != nil {
				h = q.size
			}
			tall = max(tall, h)
			line++
			if q.end {
				break
			}
		}
		if tall == 0 {
			tall = 11 * 1.17 * spacing
		}
		last := line == len(pieces) || pieces[line-1].end
		s.line(p, pieces[:line], x, indent, first, width, tall, n == 0, last)
		pieces = pieces[line:]
	}
	s.y += min(points(p.look.SpaceBelow), s.height/4)
}

// line draws one line and moves below it.
func (s *sheet) line(p *par, pieces []piece, x, indent, first, width, tall float64, opens, last bool) {
	for len(pieces) > 0 && pieces[len(pieces)-1].space {
		pieces = pieces[:len(pieces)-1]
	}
	s.room(tall)
	used, gaps := 0.0, 0
	for _, q := range pieces {
		used += q.width
		if q.space {
			gaps++
		}
	}
	at, stretch := x+indent, 0.0
	switch deref(p.look.Alignment) {
	case "CENTER":
		at += (width - indent - used) / 2
	case "END":
		at += width - indent - used
	case "JUSTIFIED":
		if gaps > 0 && !last {
			stretch = max(0, width-indent-used) / float64(gaps)
		}
	}
	base := s.y + tall*0.8
	if opens && p.item != nil {
		look := api.TextStyle{FontSize: dim(11)}
		if len(pieces) > 0 {
			look = pieces[0].look
			look.Underline, look.Strikethrough, look.BaselineOffset = nil, nil, nil
		}
		s.font(look)
		s.ink(look.ForegroundColor)
		s.f.Text(x+first, base, shown(p.item.glyph))
	}
	for _, q := range pieces {
		w := q.width
		if q.space {
			w += stretch
		}
		switch {
		case q.image != nil:
			s.picture(q.image, at, s.y+tall-q.size, q.width, q.size)
		case q.rule:
			s.f.SetDrawColor(128, 128, 128)
			s.f.Line(x, s.y+tall/2, x+width, s.y+tall/2)
		case q.brk:
			if !s.inMargin {
				s.endPage()
				s.newPage()
				return
			}
		case q.text != "":
			s.word(q, at, base, w, tall)
		}
		if q.note > 0 {
			s.pending = append(s.pending, q.note)
		}
		at += w
	}
	s.y += tall
}

func (s *sheet) ink(c *api.OptionalColor) {
	h := hexColor(c)
	if h == "" {
		h = "000000"
	}
	r, g, b := rgb(h)
	s.f.SetTextColor(r, g, b)
	s.f.SetDrawColor(r, g, b)
}

func rgb(h string) (r, g, b int) {
	fmt.Sscanf(h, "%02x%02x%02x", &r, &g, &b)
	return r, g, b
}

func (s *sheet) word(q piece, at, base, w, tall float64) {
	size := s.font(q.look)
	if c := hexColor(q.look.BackgroundColor); c != "" {
		r, g, b := rgb(c)
		s.f.SetFillColor(r, g, b)
		s.f.Rect(at, s.y, w, tall, "F")
	}
	s.ink(q.look.ForegroundColor)
	switch deref(q.look.BaselineOffset) {
	case "SUPERSCRIPT":
		base -= size * 0.55
	case "SUBSCRIPT":
		base += size * 0.25
	}
	s.f.Text(at, base, q.text)
	s.f.SetLineWidth(max(0.5, size/18))
	if deref(q.look.Underline) {
		s.f.Line(at, base+size*0.12, at+w, base+size*0.12)
	}
	if deref(q.look.Strikethrough) {
		s.f.Line(at, base-size*0.28, at+w, base-size*0.28)
	}
	if q.link != "" && !strings.HasPrefix(q.link, "#") {
		s.f.LinkString(at, s.y, w, tall, q.link)
	}
}

// picture draws an image; whatever it was, it is written as PNG, which every reader shows.
func (s *sheet) picture(p *picture, x, y, w, h float64) {
	name, ok := s.seen[p]
	if !ok {
		name = fmt.Sprintf("image%d", p.n)
		conf, _, err := image.DecodeConfig(bytes.NewReader(p.data))
		if err != nil || conf.Width*conf.Height > 50_000_000 {
			name = ""
		} else if img, _, err := image.Decode(bytes.NewReader(p.data)); err != nil {
			name = ""
		} else {
			var b bytes.Buffer
			plain := image.NewNRGBA(img.Bounds())
			for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
				for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
					plain.Set(x, y, img.At(x, y))
				}
			}
			if png.Encode(&b, plain) != nil {
				name = ""
			} else {
				s.f.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "PNG"}, &b)
			}
		}
		s.seen[p] = name
	}
	if name != "" {
		s.f.ImageOptions(name, x, y, w, h, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	}
}

// table draws a table: every row as tall as its tallest cell. A cell taller than a page is cut off at its end.
func (s *sheet) table(t *table, x, width float64) {
	widths, fixed, even := make([]float64, len(t.widths)), 0.0, 0
	for _, w := range t.widths {
		fixed += w
		if w == 0 {
			even++
		}
	}
	for i, w := range t.widths {
		widths[i] = w
		if w == 0 {
			widths[i] = max(20, width-fixed) / float64(even)
		}
	}
	total := 0.0
	for _, w := range widths {
		total += w
	}
	if total > width {
		for i := range widths {
			widths[i] *= width / total
		}
	}
	span := func(i, n int) float64 {
		w := 0.0
		for k := i; k < min(i+n, len(widths)); k++ {
			w += widths[k]
		}
		return w
	}
	const pad = 5
	tall := make([]float64, len(t.rows))
	for r, row := range t.rows {
		tall[r] = 11*1.17 + 2*pad
		for i, c := range row.cells {
			if !c.covered && c.rows == 1 {
				tall[r] = max(tall[r], s.measure(c.blocks, span(i, c.cols)-2*pad)+2*pad)
			}
		}
		tall[r] = min(tall[r], s.height-s.top-s.bottom)
	}
	for r, row := range t.rows {
		s.room(tall[r])
		top, at := s.y, x
		for i, c := range row.cells {
			if !c.covered {
				h := 0.0
				for k := r; k < min(r+c.rows, len(tall)); k++ {
					h += tall[k]
				}
				h = min(h, s.height-s.bottom-top)
				w := span(i, c.cols)
				if c.fill != "" {
					cr, cg, cb := rgb(c.fill)
					s.f.SetFillColor(cr, cg, cb)
					s.f.Rect(at, top, w, h, "F")
				}
				s.f.SetDrawColor(0, 0, 0)
				s.f.SetLineWidth(1)
				s.f.Rect(at, top, w, h, "D")
				s.f.ClipRect(at, top, w, h, false)
				was := s.inMargin
				s.inMargin, s.y = true, top+pad
				s.blocks(c.blocks, at+pad, w-2*pad)
				s.inMargin = was
				s.f.ClipEnd()
			}
			at += widths[min(i, len(widths)-1)]
		}
		s.y = top + tall[r]
	}
}

// measure is how tall blocks are at a width.
func (s *sheet) measure(blocks []block, width float64) float64 {
	h := 0.0
	for _, b := range blocks {
		if b.table != nil {
			for _, r := range b.table.rows {
				most := 20.0
				for _, c := range r.cells {
					most = max(most, s.measure(c.blocks, width/float64(len(r.cells))-10)+10)
				}
				h += most
			}
			continue
		}
		p := b.par
		spacing := max(1, deref(p.look.LineSpacing)/100)
		h += points(p.look.SpaceAbove) + points(p.look.SpaceBelow)
		used, tall := 0.0, 11*1.17*spacing
		room := max(10, width-points(p.look.IndentStart))
		for _, q := range s.pieces(p, room) {
			if used+q.width > room && !q.space && used > 0 {
				h, used, tall = h+tall, 0, 0
			}
			used += q.width
			size := q.size * 1.17 * spacing
			if q.image != nil {
				size = q.size
			}
			tall = math.Max(tall, size)
			if q.end {
				h, used = h+tall, 0
			}
		}
		h += tall
	}
	return h
}
