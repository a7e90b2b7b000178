package gsheets

import (
	"bytes"
	"fmt"
	"strings"

	"twinset.dev/twins/gsheets/internal/calc"
)

// Points of a letter page, its margins, and of a line of text.
const (
	pageWidth  = 612.0
	pageHeight = 792.0
	pageMargin = 50.0
	lineHeight = 15.75
	textSize   = 10.0

	rowsPerPage = 43 // so many lines fit between the margins
)

// pdf is the spreadsheet printed: sheets one after another, each over as many pages as its rows and columns need.
//
// https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf
func (b *book) pdf() ([]byte, error) {
	var pages []string
	for _, t := range b.tabs {
		if !t.Hidden {
			pages = append(pages, t.pdfPages()...)
		}
	}
	if len(pages) == 0 {
		pages = []string{""}
	}
	var out bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", len(at))
		fmt.Fprintf(&out, format, args...)
		out.WriteString("\nendobj\n")
	}
	out.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	kids := make([]string, len(pages))
	for i := range pages {
		kids[i] = fmt.Sprintf("%d 0 R", 5+2*i)
	}
	object("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), strings.Join(kids, " "))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
	for i, page := range pages {
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents %d 0 R >>", pageWidth, pageHeight, 6+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(page), page)
	}
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return out.Bytes(), nil
}

// pdfPages are the drawings of a sheet's pages: bands of columns that fit a page's width, each from top to bottom.
func (t *tab) pdfPages() (pages []string) {
	rows, cols := t.used()
	l := t.look()
	for c0 := 0; c0 < cols; {
		width, c1 := 0.0, c0
		for c1 < cols && (c1 == c0 || width+t.points(c1) <= pageWidth-2*pageMargin) {
			width += t.points(c1)
			c1++
		}
		for r0 := 0; r0 < rows; r0 += rowsPerPage {
			var w strings.Builder
			for r := r0; r < min(rows, r0+rowsPerPage); r++ {
				left := pageMargin
				base := pageHeight - pageMargin - float64(r-r0+1)*lineHeight
				for c := c0; c < c1; c++ {
					if x := t.cell(r, c); x != nil && !x.blank() {
						l.pdfCell(&w, r, c, x, left, base)
					}
					left += t.points(c)
				}
			}
			pages = append(pages, w.String())
		}
		c0 = c1
	}
	return pages
}

// points is the width of a column on paper.
func (t *tab) points(c int) float64 {
	if c < len(t.Columns) {
		if d := t.Columns[c]; d.Hidden || d.Filtered {
			return 0
		} else if d.Size != 0 {
			return float64(d.Size) * pointsPerPixel
		}
	}
	return 100 * pointsPerPixel
}

// pdfCell draws one cell, whose lower left corner is given.
func (l *look) pdfCell(w *strings.Builder, r, c int, x *Cell, left, base float64) {
	width := l.points(c)
	f := l.format(r, c, x, "")
	if rgb := colorOf(f, "backgroundColor"); rgb != "" && rgb != "FFFFFF" {
		fmt.Fprintf(w, "%s rg %.2f %.2f %.2f %.2f re f\n", pdfColor(rgb), left, base, width, lineHeight)
	}
	if x.Value.Kind == calc.KindEmpty {
		return
	}
	text, _ := f["textFormat"].(Obj)
	font := "F1"
	if text["bold"] == true {
		font = "F2"
	}
	shown := winAnsi(l.b.shown(x))
	start := left + 2
	used := float64(len(shown)) * textSize * 0.5 // near enough for what Helvetica needs
	switch f["horizontalAlignment"] {
	case "RIGHT":
		start = max(start, left+width-used-2)
	case "CENTER":
		start = max(start, left+(width-used)/2)
	}
	color := "000000"
	if rgb := colorOf(text, "foregroundColor"); rgb != "" {
		color = rgb
	}
	fmt.Fprintf(w, "q %.2f %.2f %.2f %.2f re W n BT %s rg /%s %g Tf %.2f %.2f Td (%s) Tj ET Q\n", left, base, max(width, used), lineHeight, pdfColor(color), font, textSize, start, base+4,
		strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "\n", " ", "\r", " ").Replace(shown))
}

func pdfColor(rgb string) string {
	var r, g, b int
	fmt.Sscanf(rgb, "%02X%02X%02X", &r, &g, &b)
	return fmt.Sprintf("%.3f %.3f %.3f", float64(r)/255, float64(g)/255, float64(b)/255)
}

// winAnsi is a text in the encoding that every reader's own fonts have; what that lacks is a question mark.
func winAnsi(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r == '€':
			out = append(out, 0x80)
		case r < 0x80 || r >= 0xa0 && r <= 0xff:
			out = append(out, byte(r))
		default:
			out = append(out, '?')
		}
	}
	return string(out)
}
