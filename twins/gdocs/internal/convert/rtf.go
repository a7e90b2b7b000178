package convert

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// A rich writes Rich Text Format.
type rich struct {
	*outline
	b      strings.Builder
	fonts  map[string]int
	names  []string
	colors map[string]int
	shades []string
}

// rtf writes Rich Text Format, all of it in ASCII.
func (o *outline) rtf() []byte {
	w := &rich{outline: o, fonts: map[string]int{}, colors: map[string]int{}}
	w.font("Arial")
	w.color("000000")
	height := 792.0
	if o.page.PageSize != nil && o.page.PageSize.Height != nil {
		height = points(o.page.PageSize.Height)
	}
	for _, m := range []struct {
		word   string
		blocks []block
	}{{"header", o.header}, {"footer", o.footer}} {
		if len(m.blocks) > 0 {
			w.b.WriteString(`{\` + m.word + ` `)
			w.blocks(m.blocks, false)
			w.b.WriteString("}\n")
		}
	}
	w.blocks(o.blocks, false)
	body := w.b.String()
	var head strings.Builder
	head.WriteString(`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl`)
	for i, name := range w.names {
		fmt.Fprintf(&head, `{\f%d %s;}`, i, strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' || strings.ContainsRune(`{}\;`, r) {
				return -1
			}
			return r
		}, name))
	}
	head.WriteString(`}{\colortbl;`)
	for _, c := range w.shades {
		rgb, _ := hex.DecodeString(c)
		if len(rgb) == 3 {
			fmt.Fprintf(&head, `\red%d\green%d\blue%d;`, rgb[0], rgb[1], rgb[2])
		}
	}
	fmt.Fprintf(&head, "}{\\info{\\title %s}}\\paperw%d\\paperh%d\\margl%d\\margr%d\\margt%d\\margb%d\n", rtfText(o.Title), twips(deref(sizeWidth(o.page).Magnitude)), twips(height),
		twips(points(o.page.MarginLeft)), twips(points(o.page.MarginRight)), twips(points(o.page.MarginTop)), twips(points(o.page.MarginBottom)))
	return []byte(head.String() + body + "}")
}

func (w *rich) font(name string) int {
	n, ok := w.fonts[name]
	if !ok {
		n = len(w.names)
		w.fonts[name] = n
		w.names = append(w.names, name)
	}
	return n
}

func (w *rich) color(c string) int {
	n, ok := w.colors[c]
	if !ok {
		w.shades = append(w.shades, c)
		n = len(w.shades)
		w.colors[c] = n
	}
	return n
}

// rtfText is text in RTF's escapes.
func rtfText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\' || r == '{' || r == '}':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\t':
			b.WriteString(`\tab `)
		case r == '\v':
			b.WriteString(`\line `)
		case r < ' ':
		case r < 0x7F:
			b.WriteRune(r)
		default:
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%d?`, int16(u))
			}
		}
	}
	return b.String()
}

func (w *rich) blocks(blocks []block, inTable bool) {
	for _, b := range blocks {
		if b.table != nil {
			w.table(b.table)
			continue
		}
		w.paragraph(b.par, inTable)
		w.b.WriteString("\\par\n")
	}
}

func (w *rich) paragraph(p *par, inTable bool) {
	w.b.WriteString(`\pard\plain`)
	if inTable {
		w.b.WriteString(`\intbl`)
	}
	if n := p.level(); n > 0 {
		fmt.Fprintf(&w.b, `\outlinelevel%d`, n-1)
	}
	w.b.WriteString(map[string]string{"CENTER": `\qc`, "END": `\qr`, "JUSTIFIED": `\qj`}[deref(p.look.Alignment)])
	fmt.Fprintf(&w.b, `\sb%d\sa%d\sl%d\slmult1\li%d\fi%d `, twips(points(p.look.SpaceAbove)), twips(points(p.look.SpaceBelow)), int(deref(p.look.LineSpacing)*2.4), twips(points(p.look.IndentStart)), twips(points(p.look.IndentFirstLine)-points(p.look.IndentStart)))
	if p.item != nil {
		w.b.WriteString(rtfText(p.item.glyph) + `\tab `)
	}
	for _, r := range p.runs {
		w.run(r)
	}
}

func (w *rich) run(r run) {
	switch {
	case r.brk:
		w.b.WriteString(`\page `)
	case r.rule:
		w.b.WriteString(`\line `)
	case r.note > 0:
		fmt.Fprintf(&w.b, `{\super %d}{\footnote `, r.note)
		w.blocks(w.notes[r.note-1], false)
		w.b.WriteString("}")
	case r.image != nil:
		kind := map[string]string{"image/png": `\pngblip`, "image/jpeg": `\jpegblip`}[r.image.mime]
		if kind != "" {
			fmt.Fprintf(&w.b, `{\pict%s\picwgoal%d\pichgoal%d %s}`, kind, twips(r.image.width), twips(r.image.height), hex.EncodeToString(r.image.data))
		}
	default:
		s := r.look
		var look strings.Builder
		if f := s.WeightedFontFamily; f != nil {
			fmt.Fprintf(&look, `\f%d`, w.font(deref(f.FontFamily)))
		}
		if n := points(s.FontSize); n > 0 {
			fmt.Fprintf(&look, `\fs%d`, int(n*2))
		}
		for _, x := range []struct {
			on   *bool
			word string
		}{{s.Bold, `\b`}, {s.Italic, `\i`}, {s.Underline, `\ul`}, {s.Strikethrough, `\strike`}, {s.SmallCaps, `\scaps`}} {
			if deref(x.on) {
				look.WriteString(x.word)
			}
		}
		look.WriteString(map[string]string{"SUPERSCRIPT": `\super`, "SUBSCRIPT": `\sub`}[deref(s.BaselineOffset)])
		if c := hexColor(s.ForegroundColor); c != "" {
			fmt.Fprintf(&look, `\cf%d`, w.color(c))
		}
		if c := hexColor(s.BackgroundColor); c != "" {
			fmt.Fprintf(&look, `\chcbpat%d`, w.color(c))
		}
		text := "{" + look.String() + " " + rtfText(r.text) + "}"
		if r.link != "" && !strings.HasPrefix(r.link, "#") {
			text = `{\field{\*\fldinst{HYPERLINK "` + rtfText(strings.ReplaceAll(r.link, `"`, "%22")) + `"}}{\fldrslt ` + text + "}}"
		}
		w.b.WriteString(text)
	}
}

func (w *rich) table(t *table) {
	for _, r := range t.rows {
		w.b.WriteString(`\trowd\trgaph100`)
		if r.header {
			w.b.WriteString(`\trhdr`)
		}
		at := 0.0
		for i, c := range r.cells {
			switch {
			case c.cols > 1:
				w.b.WriteString(`\clmgf`)
			case c.covered && i > 0 && (r.cells[i-1].cols > 1 || r.cells[i-1].covered):
				w.b.WriteString(`\clmrg`)
			}
			if c.rows > 1 {
				w.b.WriteString(`\clvmgf`)
			} else if c.covered && c.cols == 1 && (i == 0 || !r.cells[i-1].covered && r.cells[i-1].cols == 1) {
				w.b.WriteString(`\clvmrg`)
			}
			if c.fill != "" {
				fmt.Fprintf(&w.b, `\clcbpat%d`, w.color(c.fill))
			}
			width := t.widths[min(i, len(t.widths)-1)]
			if width == 0 {
				width = 468 / float64(len(r.cells))
			}
			at += width
			fmt.Fprintf(&w.b, `\clbrdrt\brdrs\brdrw20\clbrdrl\brdrs\brdrw20\clbrdrb\brdrs\brdrw20\clbrdrr\brdrs\brdrw20\cellx%d`, twips(at))
		}
		w.b.WriteString("\n")
		for _, c := range r.cells {
			for i, b := range c.blocks {
				if b.par == nil { // RTF's nested tables are not worth their words: their text stays
					all([]block{b}, func(p *par) { w.paragraph(p, true); w.b.WriteString(`\par `) })
					continue
				}
				w.paragraph(b.par, true)
				if i < len(c.blocks)-1 {
					w.b.WriteString(`\par `)
				}
			}
			w.b.WriteString("\\cell\n")
		}
		w.b.WriteString("\\row\n")
	}
	w.b.WriteString(`\pard `)
}
