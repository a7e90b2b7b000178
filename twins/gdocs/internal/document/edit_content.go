package document

import (
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

// splitAt divides elements at an offset. Inside a surrogate pair ok is false.
func splitAt(els []Element, off int) (left, right []Element, ok bool) {
	for i, el := range els {
		if off == 0 {
			return els[:i:i], els[i:], true
		}
		if off < el.units {
			l, r, ok := el.cut(off)
			if !ok {
				return nil, nil, false
			}
			a, b := el, el
			a.Text, a.units = l, off
			b.Text, b.units = r, el.units-off
			return append(els[:i:i], a), append([]Element{b}, els[i+1:]...), true
		}
		off -= el.units
	}
	return els, nil, off == 0
}

// join puts runs together as Docs does: neighbours of one style and one mark are one run.
func join(parts ...[]Element) []Element {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := make([]Element, 0, n)
	for _, part := range parts {
		for _, el := range part {
			if el.units == 0 {
				continue
			}
			if k := len(out) - 1; k >= 0 && out[k].Thing == nil && el.Thing == nil && same(out[k].Style, el.Style) && same(out[k].Mark, el.Mark) {
				out[k].Text += el.Text
				out[k].units += el.units
				continue
			}
			out = append(out, el)
		}
	}
	return out
}

// insert writes elements at the place. A newline in them ends a paragraph; the new one is like the one it was cut from.
func (e *edit) insert(pl place, els []Element) {
	pg := pl.block().Paragraph
	left, right, _ := splitAt(pg.Elements, pl.index-pl.start)
	size := 0
	var blocks []Block
	line := left
	first := *pg
	for _, el := range els {
		size += el.units
		for el.Thing == nil {
			head, tail, found := strings.Cut(el.Text, "\n")
			if !found {
				break
			}
			part := el
			part.Text = head + "\n"
			part.units = units(part.Text)
			done := first
			done.Elements = join(line, []Element{part})
			if len(blocks) > 0 || len(left) == 0 { // the part with the first of the old text stays the old paragraph
				done.Style, done.Positioned = e.freshHeading(done.Style), nil
			}
			blocks = append(blocks, block(&done))
			line = nil
			el.Text, el.units = tail, el.units-part.units
		}
		if el.units > 0 {
			line = append(line[:len(line):len(line)], el)
		}
	}
	last := first
	last.Elements = join(line, right)
	if len(blocks) > 0 && len(left) > 0 {
		last.Style, last.Positioned = e.freshHeading(last.Style), nil
	}
	pl.replace(append(blocks, block(&last))...)
	e.grow(pl.tab, pl.seg.ID, pl.index, size)
}

// freshHeading is the style of one more heading: no two share an id.
func (e *edit) freshHeading(s *api.ParagraphStyle) *api.ParagraphStyle {
	if s.HeadingID == nil {
		return s
	}
	c := *s
	c.HeadingID = p(e.ID("h."))
	return &c
}

// styleAt is the style that text written at an offset takes: of what stands before it, or at a paragraph's start of what follows.
// A link is not continued at its end.
func styleAt(pg *Paragraph, off int) *api.TextStyle {
	at := 0
	for i, el := range pg.Elements {
		if off == 0 || off > at && off < at+el.units {
			return el.Style
		}
		at += el.units
		if off == at {
			if el.Style == nil || el.Style.Link == nil {
				return el.Style
			}
			if i+1 < len(pg.Elements) && pg.Elements[i+1].Style != nil && same(pg.Elements[i+1].Style.Link, el.Style.Link) {
				return el.Style
			}
			return unlinked(el.Style)
		}
	}
	return nil
}

// unlinked is a style without its link and the look that came with it.
func unlinked(s *api.TextStyle) *api.TextStyle {
	c := *s
	c.Link = nil
	if same(c.ForegroundColor, linkBlue()) {
		c.ForegroundColor = nil
	}
	if val(c.Underline) {
		c.Underline = nil
	}
	if c == (api.TextStyle{}) {
		return nil
	}
	return &c
}

// delete removes a range of a segment, as far as what remains is a document.
func (e *edit) delete(s stretch) error {
	first, _ := e.find(s.seg, s.start)
	in, from := first.in, first.from
	if end := from + in.Size(); s.end > end || first.block().Paragraph == nil && first.start != s.start {
		// It leaves the cell it starts in, or starts on a table's marks: only the whole is allowed.
		return bad("Invalid deletion range. Cannot delete the requested range.")
	} else if s.end == end {
		return bad("The range cannot include the newline character at the end of the segment.")
	}
	if s.start == 0 && first.depth == 0 && first.block().Section != nil {
		return bad("Cannot operate on the first section break in the document.")
	}
	last, at := first.i, first.start // the block that holds the end, and its start
	for s.end > at+(*in)[last].Size() {
		at += (*in)[last].Size()
		last++
	}
	tail := (*in)[last]
	whole := s.end == at+tail.Size() // the last block goes too
	if !whole && tail.Paragraph == nil {
		return bad("Invalid deletion range. Cannot delete the requested range.")
	}
	var head []Element
	ok := true
	if pg := first.block().Paragraph; pg != nil {
		if head, _, ok = splitAt(pg.Elements, s.start-first.start); !ok {
			return bad("Invalid deletion range. Cannot delete the requested range.")
		}
	}
	next := last
	var rest []Element
	if whole {
		next++
		if tail.Paragraph != nil && (*in)[next].Paragraph == nil || len(head) > 0 && (*in)[next].Paragraph == nil {
			return bad("Invalid deletion range. Cannot delete the requested range.")
		}
	} else if _, rest, ok = splitAt(tail.Paragraph.Elements, s.end-at); !ok {
		return bad("Invalid deletion range. Cannot delete the requested range.")
	}
	removed := slices.Clone((*in)[first.i : last+1])
	var hung []string // positioned objects of paragraphs that merge stay, on what remains
	switch {
	case len(head) == 0 && whole:
		*in = slices.Delete(*in, first.i, next)
	default:
		keep := (*in)[next].Paragraph
		if !whole {
			keep = tail.Paragraph
		} else {
			rest = keep.Elements
		}
		merged := *keep
		if len(head) > 0 {
			hung = keep.Positioned
			if keep == first.block().Paragraph {
				hung = nil
			}
			merged = *first.block().Paragraph
		}
		merged.Elements = join(head, rest)
		merged.Positioned = append(slices.Clip(merged.Positioned), hung...)
		*in = slices.Replace(*in, first.i, next+1, block(&merged))
	}
	e.shrink(s.tab, s.seg.ID, s.start, s.end)
	e.sweep(s.tab, removed)
	return nil
}

// sweep drops the footnotes and objects that only the removed blocks referred to.
func (e *edit) sweep(t *Tab, removed []Block) {
	gone := map[string]bool{}
	for pg := range Content(removed).Paragraphs() {
		for _, el := range pg.Elements {
			if el.Thing != nil && el.Thing.Image+el.Thing.Footnote != "" {
				gone[el.Thing.Image+el.Thing.Footnote] = true
			}
		}
		for _, id := range pg.Positioned {
			gone[id] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, seg := range t.Segments() {
		for pg := range seg.Content.Paragraphs() {
			for _, el := range pg.Elements {
				if el.Thing != nil {
					delete(gone, el.Thing.Image+el.Thing.Footnote)
				}
			}
			for _, id := range pg.Positioned {
				delete(gone, id)
			}
		}
	}
	t.Objects = drop(t.Objects, func(o Object) bool { return gone[o.ID] })
	t.Footnotes = drop(t.Footnotes, func(s *Segment) bool { return gone[s.ID] })
	for _, names := range []*[]Name{&t.Names, &t.Anchors} {
		for i := range *names {
			n := &(*names)[i]
			n.Ranges = drop(n.Ranges, func(r Span) bool { return r.Segment != "" && gone[r.Segment] })
		}
		*names = drop(*names, func(n Name) bool { return len(n.Ranges) == 0 })
	}
}

// drop is a list without what gone says yes to; when nothing is left it is none, as when it comes back from its JSON.
func drop[E any](list []E, gone func(E) bool) []E {
	if list = slices.DeleteFunc(list, gone); len(list) == 0 {
		return nil
	}
	return list
}

// grow moves the named ranges of a segment for an insertion. One that it falls into grows with it.
func (e *edit) grow(t *Tab, segment string, at, n int) {
	e.shifts = append(e.shifts, Shift{t.ID, segment, at, at, n})
	for _, names := range [][]Name{t.Names, t.Anchors} {
		for i := range names {
			for j := range names[i].Ranges {
				r := &names[i].Ranges[j]
				if r.Segment != segment {
					continue
				}
				if r.Start >= at {
					r.Start += n
				}
				if r.End > at {
					r.End += n
				}
			}
		}
	}
}

// shrink moves the named ranges of a segment for a deletion. One with nothing left is gone.
func (e *edit) shrink(t *Tab, segment string, start, end int) {
	e.shifts = append(e.shifts, Shift{t.ID, segment, start, end, 0})
	cut := func(x int) int {
		if x <= start {
			return x
		}
		return x - (min(x, end) - start)
	}
	for _, names := range []*[]Name{&t.Names, &t.Anchors} {
		for i := range *names {
			n := &(*names)[i]
			for j := range n.Ranges {
				if r := &n.Ranges[j]; r.Segment == segment {
					r.Start, r.End = cut(r.Start), cut(r.End)
				}
			}
			n.Ranges = drop(n.Ranges, func(r Span) bool { return r.Start == r.End })
		}
		*names = drop(*names, func(n Name) bool { return len(n.Ranges) == 0 })
	}
}

// eachParagraph replaces every paragraph that the range overlaps by what change makes of it; start is its first index.
func (e *edit) eachParagraph(s stretch, change func(sp spot, pg *Paragraph) *Paragraph) {
	for index := s.start; index < s.end; {
		sp, ok := e.find(s.seg, index)
		if !ok {
			return
		}
		b := sp.block()
		if b.Paragraph == nil {
			index++ // a mark of a table
			continue
		}
		if pg := change(sp, b.Paragraph); pg != nil {
			*b = block(pg)
		}
		index = sp.start + b.size
	}
}

// restyle replaces the elements of a range; each is first cut at the range's ends.
func (e *edit) restyle(s stretch, change func(pg *Paragraph, el Element) Element) {
	e.eachParagraph(s, func(sp spot, pg *Paragraph) *Paragraph {
		from, to := max(0, s.start-sp.start), min(sp.block().size, s.end-sp.start)
		left, rest, ok := splitAt(pg.Elements, from)
		if !ok {
			left, rest, _ = splitAt(pg.Elements, from-1) // a pair is one character
		}
		width := 0
		for _, el := range left {
			width += el.units
		}
		mid, right, ok := splitAt(rest, to-width)
		if !ok {
			mid, right, _ = splitAt(rest, to-width+1)
		}
		mid = slices.Clone(mid)
		for i := range mid {
			mid[i] = change(pg, mid[i])
		}
		c := *pg
		c.Elements = join(left, mid, right)
		return &c
	})
}
