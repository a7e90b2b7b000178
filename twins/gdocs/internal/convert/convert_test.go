package convert

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	imgcolor "image/color"
	"image/png"
	"io"
	"math/rand"
	"strings"
	"testing"
	"time"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
)

var pictureData = func() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for x := range 40 {
		m.Set(x, x/2, imgcolor.RGBA{200, 30, 60, 255})
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}()

func testTarget() Target {
	n := 0
	return Target{
		ID: func(prefix string) string { n++; return fmt.Sprintf("%s%d", prefix, n) },
		Keep: func(b []byte) (document.Picture, error) {
			c, _, err := image.DecodeConfig(bytes.NewReader(b))
			return document.Picture{ContentURI: "/p", Width: c.Width, Height: c.Height}, err
		},
	}
}

func testSource() Source {
	return Source{Title: "Plan & <draft>", Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Picture: func(string) ([]byte, error) { return pictureData, nil }}
}

// sample has one of everything that the formats share.
func sample() *document.Document {
	t := testTarget()
	b := document.Build(t.ID)
	style := func(f func(*api.TextStyle)) *api.TextStyle { s := &api.TextStyle{}; f(s); return s }
	yes := ref(true)
	b.Text("Launch plan", nil)
	b.End("TITLE", nil, nil)
	b.Text("First things", nil)
	b.End("HEADING_1", nil, nil)
	b.Text("Plain, ", nil)
	b.Text("bold", style(func(s *api.TextStyle) { s.Bold = yes }))
	b.Text(" and ", nil)
	b.Text("italic", style(func(s *api.TextStyle) { s.Italic = yes }))
	b.Text(", struck ", style(func(s *api.TextStyle) { s.Strikethrough = yes }))
	b.Text("a link", style(func(s *api.TextStyle) { s.Link = &api.Link{URL: ref("https://example.com/a?b=1&c=2")} }))
	b.Text(" & <tags> *stars* _under_ 😀 ü.", nil)
	b.End("NORMAL_TEXT", nil, nil)
	ul, ol := b.List("BULLET_DISC_CIRCLE_SQUARE"), b.List("NUMBERED_DECIMAL_ALPHA_ROMAN")
	for i, item := range []string{"one", "two", "three"} {
		b.Text(item, nil)
		b.End("NORMAL_TEXT", nil, &document.Bullet{List: ul, Level: i % 2})
	}
	for _, item := range []string{"first", "second"} {
		b.Text(item, nil)
		b.End("NORMAL_TEXT", nil, &document.Bullet{List: ol})
	}
	b.Text("Numbers", nil)
	b.End("HEADING_2", nil, nil)
	b.Table(2, 3, 1, func(r, c int, cell *document.Builder) {
		cell.Text(fmt.Sprintf("r%dc%d", r, c), nil)
		cell.End("NORMAL_TEXT", nil, nil)
	})
	b.Text("See", nil)
	b.Image(document.Picture{ContentURI: "/p", Width: 40, Height: 20}, 0, 0, "a line")
	b.Footnote(func(n *document.Builder) { n.Text("A note.", nil); n.End("NORMAL_TEXT", nil, nil) })
	b.Text("1. not a list # at all", nil)
	b.End("NORMAL_TEXT", nil, nil)
	b.Text("right", nil)
	b.End("NORMAL_TEXT", &api.ParagraphStyle{Alignment: ref("END")}, nil)
	return b.Document()
}

// sketch is what the formats have to keep: paragraphs with their kinds and levels, runs with bold, italic, strike and link, tables.
func sketch(d *document.Document) string {
	var b strings.Builder
	var walk func(blocks []block, in string)
	walk = func(blocks []block, in string) {
		for _, x := range blocks {
			if x.table != nil {
				for _, r := range x.table.rows {
					fmt.Fprintf(&b, "%srow %v\n", in, r.header)
					for _, c := range r.cells {
						walk(c.blocks, in+"  ")
					}
				}
				continue
			}
			p := x.par
			var line strings.Builder
			for _, r := range p.runs {
				switch {
				case r.image != nil:
					fmt.Fprintf(&line, "(image %s)", r.image.alt)
				case r.note > 0:
					fmt.Fprintf(&line, "(note %d)", r.note)
				case r.text != "":
					fmt.Fprintf(&line, "{%v %v %v %s|%s}", deref(r.own.Bold), deref(r.own.Italic), deref(r.own.Strikethrough), r.link, r.text)
				}
			}
			if line.Len() == 0 {
				continue
			}
			item := ""
			if p.item != nil {
				item = fmt.Sprintf("%d %v %s", p.item.level, p.item.ordered, p.item.glyph)
			}
			fmt.Fprintf(&b, "%s%s [%s] %s\n", in, p.kind, item, line.String())
		}
	}
	o := read(d, testSource())
	walk(o.blocks, "")
	for _, n := range o.notes {
		walk(n, "note ")
	}
	return b.String()
}

func TestRoundTrips(t *testing.T) {
	want := sketch(sample())
	for _, mime := range []string{HTML, Markdown, DOCX} {
		out, err := Export(sample(), mime, testSource())
		if err != nil {
			t.Fatal(err)
		}
		back, err := Import(out, mime, testTarget())
		if err != nil {
			t.Fatal(err)
		}
		got, wanted := sketch(back), want
		switch mime {
		case Markdown: // has no title of its own, and no trailing blank in a strike
			wanted = strings.Replace(wanted, "TITLE", "HEADING_1", 1)
			wanted = strings.Replace(wanted, "{false false true |, struck }", "{false false true |, struck}{false false false | }", 1)
			wanted = strings.ReplaceAll(wanted, "row true\n  NORMAL_TEXT [] {false", "row true\n  NORMAL_TEXT [] {true")
			wanted = strings.ReplaceAll(wanted, "{false false false |r0c", "{true false false |r0c")
		case HTML: // notes are at its end
			got = dropNotes(got)
			wanted = dropNotes(wanted)
			wanted = strings.ReplaceAll(wanted, "{false false false |r0c", "{true false false |r0c")
		}
		if got != wanted {
			t.Errorf("%s\ngot\n%s\nwant\n%s\nfrom\n%.3000s", mime, got, wanted, out)
		}
	}
}

func dropNotes(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.NewReplacer("(note 1)", "", "{false false false |[1]}", "").Replace(line)
		if !strings.HasPrefix(line, "note") && line != "NORMAL_TEXT [] " && !strings.Contains(line, "A note.") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// TestWellFormed: every part that is XML is, and every format says what the document says.
func TestWellFormed(t *testing.T) {
	for _, mime := range Exports() {
		out, err := Export(sample(), mime, testSource())
		if err != nil || len(out) == 0 {
			t.Fatalf("%s: %v", mime, err)
		}
		again, _ := Export(sample(), mime, testSource())
		if !bytes.Equal(out, again) && mime != PDF { // the fonts in it are cut in no fixed order
			t.Errorf("%s differs from one time to the next", mime)
		}
		if !bytes.HasPrefix(out, []byte("PK")) {
			if mime != PDF && !bytes.Contains(out, []byte("Launch plan")) {
				t.Errorf("%s has no text", mime)
			}
			continue
		}
		z, err := zip.NewReader(bytes.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatalf("%s: %v", mime, err)
		}
		text := false
		for _, f := range z.File {
			r, _ := f.Open()
			data, _ := io.ReadAll(r)
			text = text || bytes.Contains(data, []byte("Launch plan"))
			if strings.HasSuffix(f.Name, ".xml") || strings.HasSuffix(f.Name, ".rels") || strings.HasSuffix(f.Name, ".opf") || strings.HasSuffix(f.Name, ".xhtml") {
				d := xml.NewDecoder(bytes.NewReader(data))
				for {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						t.Errorf("%s %s: %v\n%s", mime, f.Name, err, data)
						break
					}
				}
			}
		}
		if !text {
			t.Errorf("%s has no text", mime)
		}
	}
}

func TestText(t *testing.T) {
	out, _ := Export(sample(), Text, testSource())
	want := "\ufeffLaunch plan\r\nFirst things\r\nPlain, bold and italic, struck a link & <tags> *stars* _under_ 😀 ü.\r\n" +
		"* one\r\n   * two\r\n* three\r\n1. first\r\n2. second\r\nNumbers\r\nr0c0\tr0c1\tr0c2\r\nr1c0\tr1c1\tr1c2\r\nSee[1]1. not a list # at all\r\nright\r\n________________\r\n[1]A note."
	if string(out) != want {
		t.Errorf("got %q\nwant %q", out, want)
	}
	back, _ := Import(out, Text, testTarget())
	if got := back.Tabs[0].Body.Content.Text(); !strings.HasPrefix(got, "Launch plan\nFirst things\n") {
		t.Errorf("read %q", got)
	}
}

// FuzzImport: whatever the bytes, there is a document or an error, and it can be written in every format.
func FuzzImport(f *testing.F) {
	for _, mime := range []string{HTML, Markdown, DOCX, Text} {
		out, _ := Export(sample(), mime, testSource())
		f.Add(out, mime)
	}
	f.Add([]byte("<table><tr><td colspan=3 rowspan=9>x<td>y</table><ol><li><ul><li>a<ol><li>b"), HTML)
	f.Add([]byte("- a\n  1. b\n     - c\n\n|a|b|\n|-|-|\n|c|\n\n[^1]\n\n[^1]: note [^1]"), Markdown)
	f.Fuzz(func(t *testing.T, content []byte, mime string) {
		d, err := Import(content, mime, testTarget())
		if err != nil {
			return
		}
		for _, as := range Exports() {
			if _, err := Export(d, as, testSource()); err != nil {
				t.Fatalf("%s of %s: %v", as, mime, err)
			}
		}
	})
}

// TestBroken plays with the bytes of good files.
func TestBroken(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, mime := range []string{HTML, Markdown, DOCX} {
		good, _ := Export(sample(), mime, testSource())
		for range 12 {
			b := bytes.Clone(good)
			for range 1 + r.Intn(20) {
				b[r.Intn(len(b))] = byte(r.Intn(256))
			}
			d, err := Import(b[:r.Intn(len(b))+1], mime, testTarget())
			if err != nil {
				continue
			}
			if _, err := Export(d, PDF, testSource()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
