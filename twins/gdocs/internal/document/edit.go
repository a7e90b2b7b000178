package document

import (
	"slices"
	"unicode"

	"twinset.dev/twins/gdocs/internal/api"
)

// An edit is one batch at work on its own copy of the document. Tabs are copied at once, a segment when it is first
// written to, a table when something in it is; paragraphs are never written to but replaced.
type edit struct {
	Context
	doc     *Document
	owned   map[any]bool
	touched map[string]bool // suggestions whose summary the request at work changed
	answer  *api.SuggestionResponse
	shifts  []Shift // what the batch has moved
}

// copyOf is a document whose tabs may be written to.
func copyOf(d *Document) *Document {
	out := &Document{Suggestions: slices.Clone(d.Suggestions)}
	var tabs func([]*Tab) []*Tab
	tabs = func(in []*Tab) []*Tab {
		out := slices.Clone(in)
		for i, t := range in {
			c := *t
			c.Children = tabs(t.Children)
			c.Headers, c.Footers, c.Footnotes = slices.Clone(t.Headers), slices.Clone(t.Footers), slices.Clone(t.Footnotes)
			c.Lists, c.Objects, c.Named = slices.Clone(t.Lists), slices.Clone(t.Objects), slices.Clone(t.Named)
			c.Names, c.Anchors, c.Dropdowns = copyNames(t.Names), copyNames(t.Anchors), slices.Clone(t.Dropdowns)
			out[i] = &c
		}
		return out
	}
	out.Tabs = tabs(d.Tabs)
	return out
}

func copyNames(in []Name) []Name {
	out := slices.Clone(in)
	for i := range out {
		out[i].Ranges = slices.Clone(out[i].Ranges)
	}
	return out
}

// tab is the tab a request names, or the first.
func (e *edit) tab(id *string) (*Tab, error) {
	if val(id) == "" {
		return e.doc.Tabs[0], nil
	}
	for _, t := range e.doc.AllTabs() {
		if t.ID == *id {
			return t, nil
		}
	}
	return nil, bad("Tab with ID %s was not found.", *id)
}

// tabs are those that a TabsCriteria names, or all.
func (e *edit) tabs(c *api.TabsCriteria) ([]*Tab, error) {
	if c == nil || len(c.TabIDs) == 0 {
		return e.doc.AllTabs(), nil
	}
	var out []*Tab
	for _, id := range c.TabIDs {
		t, err := e.tab(&id)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// segment is a segment of the tab that may be written to; "" is the body.
func (e *edit) segment(t *Tab, id string) (*Segment, error) {
	if id == "" {
		return e.own(&t.Body), nil
	}
	for _, kind := range [][]*Segment{t.Headers, t.Footers, t.Footnotes} {
		for i := range kind {
			if kind[i].ID == id {
				return e.own(&kind[i]), nil
			}
		}
	}
	return nil, bad("Segment with ID %s was not found. If a segment ID is provided, it must be a header, footer or footnote ID.", id)
}

func (e *edit) own(s **Segment) *Segment {
	if !e.owned[*s] {
		*s = &Segment{ID: (*s).ID, Content: slices.Clone((*s).Content), Insert: (*s).Insert}
		e.owned[*s] = true
	}
	return *s
}

// ownTable makes the table of a block writable, with all its rows and cells.
func (e *edit) ownTable(b *Block) *Table {
	if e.owned[b.Table] {
		return b.Table
	}
	b.Table = b.Table.clone()
	e.owned[b.Table] = true
	return b.Table
}

func (t *Table) clone() *Table {
	c := *t
	c.Columns = slices.Clone(c.Columns)
	c.Rows = slices.Clone(c.Rows)
	for i := range c.Rows {
		c.Rows[i].Cells = slices.Clone(c.Rows[i].Cells)
		for j := range c.Rows[i].Cells {
			c.Rows[i].Cells[j].Content = slices.Clone(c.Rows[i].Cells[j].Content)
		}
	}
	return &c
}

// A spot is a block of a segment, in the content that holds it: the segment's own or a cell's.
type spot struct {
	in    *Content
	i     int // the block's place in it
	start int // the block's first index
	from  int // the content's first index
	depth int // tables around it
}

func (s spot) block() *Block { return &(*s.in)[s.i] }

// find is the innermost block that holds the index. The index of a table's own marks is in the table.
func (e *edit) find(seg *Segment, index int) (spot, bool) {
	return e.findIn(spot{in: &seg.Content}, index)
}

func (e *edit) findIn(s spot, index int) (spot, bool) {
	at := s.from
	for i := range *s.in {
		b := &(*s.in)[i]
		size := b.size
		if b.Paragraph == nil {
			size = b.Size()
		}
		if index >= at+size {
			at += size
			continue
		}
		s.i, s.start = i, at
		if b.Table == nil {
			return s, index >= s.from
		}
		t, row := e.ownTable(b), at+1
		for r := range t.Rows {
			cell := row + 1
			for c := range t.Rows[r].Cells {
				in := &t.Rows[r].Cells[c].Content
				n := in.Size()
				if index > cell && index <= cell+n {
					return e.findIn(spot{in: in, from: cell + 1, depth: s.depth + 1}, index)
				}
				cell += 1 + n
			}
			row = cell
		}
		return s, index >= s.from
	}
	return s, false
}

// A place is where a request writes: a tab, a segment and an index in it.
type place struct {
	tab   *Tab
	seg   *Segment
	index int
	spot
}

// insertion resolves the location of an insert request: inside a paragraph of the segment.
func (e *edit) insertion(l *api.Location, end *api.EndOfSegmentLocation) (place, error) {
	var pl place
	var err error
	switch {
	case l != nil && end != nil:
		return pl, bad("Exactly one insertion location field may be set.")
	case l != nil:
		pl, err = e.place(l.TabID, l.SegmentID, int(val(l.Index)))
	case end != nil:
		if pl.tab, err = e.tab(end.TabID); err == nil {
			if pl.seg, err = e.segment(pl.tab, val(end.SegmentID)); err == nil {
				pl.index = pl.seg.Content.Size() - 1
				pl.spot, _ = e.find(pl.seg, pl.index)
			}
		}
	default:
		return pl, bad("An insertion location field must be set.")
	}
	if err != nil {
		return pl, err
	}
	if pl.block().Paragraph == nil {
		return pl, bad("The insertion index must be inside the bounds of an existing paragraph. You can still create new paragraphs by inserting newlines.")
	}
	pl.index += graphemeRest(pl.block().Paragraph, pl.index-pl.start)
	return pl, nil
}

func (e *edit) place(tab, segment *string, index int) (place, error) {
	pl := place{index: index}
	var err error
	if pl.tab, err = e.tab(tab); err != nil {
		return pl, err
	}
	if pl.seg, err = e.segment(pl.tab, val(segment)); err != nil {
		return pl, err
	}
	if index < 0 {
		return pl, bad("Index %d must be greater than or equal to 0.", index)
	}
	if end := pl.seg.Content.Size(); index >= end {
		return pl, bad("Index %d must be less than the end index of the referenced segment, %d.", index, end)
	}
	pl.spot, _ = e.find(pl.seg, index)
	return pl, nil
}

// A stretch is a range of a segment that a request names.
type stretch struct {
	tab        *Tab
	seg        *Segment
	start, end int
}

func (e *edit) stretch(r *api.Range) (stretch, error) {
	var s stretch
	if r == nil || r.StartIndex == nil && r.EndIndex == nil {
		return s, bad("Invalid range: must contain a start and end index")
	}
	s.start, s.end = int(val(r.StartIndex)), int(val(r.EndIndex))
	var err error
	if s.tab, err = e.tab(r.TabID); err != nil {
		return s, err
	}
	if s.seg, err = e.segment(s.tab, val(r.SegmentID)); err != nil {
		return s, err
	}
	switch size := s.seg.Content.Size(); {
	case s.start < 0:
		return s, bad("Index %d must be greater than or equal to 0.", s.start)
	case s.end <= s.start:
		return s, bad("The range should not be empty.")
	case s.start >= size:
		return s, bad("Index %d must be less than the end index of the referenced segment, %d.", s.start, size)
	case s.end > size:
		return s, bad("Index %d must be less than the end index of the referenced segment, %d.", s.end, size)
	}
	return s, nil
}

// graphemeRest is how far an offset has to move so as not to stand inside a character as a reader sees it.
func graphemeRest(pg *Paragraph, off int) int {
	at := 0
	joined := false
	for i := range pg.Elements {
		if pg.Elements[i].Thing != nil {
			at, joined = at+1, false
			continue
		}
		for _, r := range pg.Elements[i].Text {
			extends := at > 0 && (joined || unicode.In(r, unicode.Mn, unicode.Me) || r == 0x200D || r >= 0x1F3FB && r <= 0x1F3FF)
			if at >= off && !extends {
				return at - off
			}
			joined = r == 0x200D
			at++
			if r > 0xFFFF {
				at++
			}
		}
	}
	return 0
}

// replace puts new paragraphs and blocks where the spot's block was.
func (s spot) replace(with ...Block) { *s.in = slices.Replace(*s.in, s.i, s.i+1, with...) }
