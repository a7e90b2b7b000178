package convert

import (
	"bytes"
	"fmt"
	"strings"

	"twinset.dev/twins/gdocs/internal/document"
)

// text writes plain text as Docs does: a byte order mark, lines that end with CR LF, items behind their glyphs and footnotes at the end.
func (o *outline) text() []byte {
	var b strings.Builder
	b.WriteString("\ufeff")
	plainBlocks(&b, o.blocks)
	if len(o.notes) > 0 {
		b.WriteString("________________\n")
	}
	for i, n := range o.notes {
		fmt.Fprintf(&b, "[%d]", i+1)
		plainBlocks(&b, n)
	}
	return []byte(strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\n", "\r\n"))
}

func plainBlocks(b *strings.Builder, blocks []block) {
	for _, x := range blocks {
		if x.par != nil {
			x.par.plain(b)
			b.WriteString("\n")
			continue
		}
		for _, r := range x.table.rows {
			for i, c := range r.cells {
				if i > 0 {
					b.WriteString("\t")
				}
				var in strings.Builder
				plainBlocks(&in, c.blocks)
				b.WriteString(strings.TrimSuffix(in.String(), "\n"))
			}
			b.WriteString("\n")
		}
	}
}

func (p *par) plain(b *strings.Builder) {
	if p.item != nil {
		glyph := p.item.glyph
		if !p.item.ordered {
			glyph = "*"
		}
		b.WriteString(strings.Repeat("   ", p.item.level) + glyph + " ")
	}
	for _, r := range p.runs {
		switch {
		case r.note > 0:
			fmt.Fprintf(b, "[%d]", r.note)
		case r.brk, r.rule:
			b.WriteString("________________\n")
		default:
			b.WriteString(strings.ReplaceAll(r.text, "\v", "\n"))
		}
	}
}

// readText reads plain text: every line is a paragraph.
func readText(b *document.Builder, content []byte) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	s := strings.ReplaceAll(strings.ReplaceAll(string(content), "\r\n", "\n"), "\r", "\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		b.Text(line, nil)
		b.End("NORMAL_TEXT", nil, nil)
	}
}
