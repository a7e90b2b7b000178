package document

import (
	"regexp"
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

// insertText writes text into a paragraph. Its newlines make paragraphs, its looks are those of its neighbours.
func (e *edit) insertText(in *api.InsertTextRequest) error {
	if val(in.Text) == "" {
		return bad("Insert text requests must specify text to insert.")
	}
	pl, err := e.insertion(in.Location, in.EndOfSegmentLocation)
	if err != nil {
		return err
	}
	if s := printable(*in.Text); s != "" {
		e.write(pl, text(s, styleAt(pl.block().Paragraph, pl.index-pl.start)))
	}
	return nil
}

// printable is text without what Docs does not take: control characters but tab, newline and vertical tab, and private use.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= 0x08 || r >= 0x0C && r <= 0x1F || r >= 0xE000 && r <= 0xF8FF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// write inserts elements, or suggests them.
func (e *edit) write(pl place, els ...Element) {
	if e.Suggest {
		id := e.suggestion(pl.tab, pl.seg, pl.index, pl.index)
		for i := range els {
			els[i].Mark = &Mark{Insert: []string{id}}
		}
	}
	e.insert(pl, els)
}

// deleteContentRange removes content, or suggests it.
func (e *edit) deleteContentRange(in *api.DeleteContentRangeRequest) error {
	s, err := e.stretch(in.Range)
	if err != nil {
		return err
	}
	return e.remove(s)
}

func (e *edit) remove(s stretch) error {
	if e.Suggest {
		return e.suggestDelete(s)
	}
	return e.delete(s)
}

// replaceAllText replaces every match in all segments of the tabs. Matches do not cross a paragraph.
func (e *edit) replaceAllText(in *api.ReplaceAllTextRequest) (*api.ReplaceAllTextResponse, error) {
	if in.ContainsText == nil || val(in.ContainsText.Text) == "" {
		return nil, bad("The text to find must not be empty.")
	}
	pattern := *in.ContainsText.Text
	if !val(in.ContainsText.SearchByRegex) {
		pattern = regexp.QuoteMeta(pattern)
	}
	if !val(in.ContainsText.MatchCase) {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, bad("The regular expression is not valid.")
	}
	tabs, err := e.tabs(in.TabsCriteria)
	if err != nil {
		return nil, err
	}
	with := printable(val(in.ReplaceText))
	var n int32
	for _, t := range tabs {
		for _, seg := range t.Segments() {
			hits := matches(seg.Content, re)
			if len(hits) == 0 {
				continue
			}
			s, err := e.segment(t, seg.ID)
			if err != nil {
				return nil, err
			}
			for _, h := range slices.Backward(hits) { // from the end, so that what is before keeps its indexes
				if err := e.swap(stretch{t, s, h.Start, h.End}, with); err != nil {
					return nil, err
				}
				n++
			}
		}
	}
	return &api.ReplaceAllTextResponse{OccurrencesChanged: some(n)}, nil
}

// swap replaces a range of one paragraph by text in the looks of what it replaces.
func (e *edit) swap(s stretch, with string) error {
	pl := place{tab: s.tab, seg: s.seg, index: s.start}
	pl.spot, _ = e.find(s.seg, s.start)
	if pg := pl.block().Paragraph; with != "" && pg != nil {
		_, rest, _ := splitAt(pg.Elements, s.start-pl.start)
		var style *api.TextStyle
		if len(rest) > 0 {
			style = rest[0].Style
		}
		n := units(with)
		e.write(pl, text(with, style))
		for i := range s.tab.Names { // a range that begins with what is replaced begins with the new text
			for j, r := range s.tab.Names[i].Ranges {
				if r.Segment == s.seg.ID && r.Start == s.start+n && r.End >= s.end+n {
					s.tab.Names[i].Ranges[j].Start = s.start
				}
			}
		}
		s.start, s.end = s.start+n, s.end+n
	}
	return e.remove(s)
}

// matches are the spans of a pattern in the runs of text of each paragraph, in order.
func matches(c Content, re *regexp.Regexp) []Span {
	var out []Span
	var walk func(Content, int) int
	walk = func(c Content, at int) int {
		for i := range c {
			b := &c[i]
			switch {
			case b.Paragraph != nil:
				var line strings.Builder
				for _, el := range b.Paragraph.Elements {
					if el.Thing != nil {
						line.WriteByte('\n') // a thing ends a match, as the paragraph's end does
						continue
					}
					line.WriteString(el.Text)
				}
				s := line.String()
				for from := 0; from < len(s); {
					to := from + strings.IndexByte(s[from:], '\n')
					for _, m := range re.FindAllStringIndex(s[from:to], -1) {
						if m[1] > m[0] {
							start := at + units(s[:from+m[0]])
							out = append(out, Span{Start: start, End: start + units(s[from+m[0]:from+m[1]])})
						}
					}
					from = to + 1
				}
				at += b.size
			case b.Table != nil:
				at++
				for r := range b.Table.Rows {
					at++
					for k := range b.Table.Rows[r].Cells {
						at = walk(b.Table.Rows[r].Cells[k].Content, at+1)
					}
				}
				at++
			default:
				at += b.Size()
			}
		}
		return at
	}
	walk(c, 0)
	return out
}

// updateTextStyle changes the looks of a range. What then equals the paragraph's own style is inherited.
func (e *edit) updateTextStyle(in *api.UpdateTextStyleRequest) error {
	m, err := parseMask[api.TextStyle](in.Fields)
	if err != nil {
		return err
	}
	want := in.TextStyle
	if want == nil {
		want = &api.TextStyle{}
	}
	if err := checkTextStyle(m, want); err != nil {
		return err
	}
	s, err := e.stretch(in.Range)
	if err != nil {
		return err
	}
	if m.has("link") && want.Link != nil {
		c := *want
		if c.Link, err = e.link(s.tab, *want.Link); err != nil {
			return err
		}
		want = &c
	}
	m, want = withLinkLook(m, want)
	s = e.withNewlines(s)
	if e.Suggest {
		e.suggestStyle(s, m, want)
		return nil
	}
	e.restyle(s, func(pg *Paragraph, el Element) Element {
		el.Style = s.tab.inherit(pg, m, apply(m, el.Style, want))
		return el
	})
	e.eachParagraph(s, func(sp spot, pg *Paragraph) *Paragraph {
		if pg.Bullet == nil || s.start > sp.start || s.end < sp.start+sp.block().size {
			return nil
		}
		c, bullet := *pg, *pg.Bullet
		bullet.Style = s.tab.inherit(pg, m, unlinkedIfAny(apply(m, bullet.Style, want)))
		c.Bullet = &bullet
		return &c
	})
	return nil
}

func unlinkedIfAny(s *api.TextStyle) *api.TextStyle {
	if s == nil || s.Link == nil {
		return s
	}
	return unlinked(s)
}

func checkTextStyle(m mask, want *api.TextStyle) error {
	switch {
	case m.has("link") && want.Link != nil && *want.Link == (api.Link{}):
		return bad("Links must include at least one type.")
	case m.has("weightedFontFamily") && want.WeightedFontFamily != nil && val(want.WeightedFontFamily.FontFamily) == "":
		return bad("A font family must be specified when updating the weighted font family.")
	case want.WeightedFontFamily != nil && (val(want.WeightedFontFamily.Weight)%100 != 0 || val(want.WeightedFontFamily.Weight) > 900 || val(want.WeightedFontFamily.Weight) < 0):
		return bad("The font weight must be a multiple of 100 between 100 and 900.")
	case m.has("fontSize") && want.FontSize != nil && points(want.FontSize) <= 0:
		return bad("The font size must be greater than 0.")
	}
	return checkColors(want.ForegroundColor, want.BackgroundColor)
}

func checkColors(colors ...*api.OptionalColor) error {
	for _, c := range colors {
		if c == nil || c.Color == nil || c.Color.RGBColor == nil {
			continue
		}
		for _, v := range []*float64{c.Color.RGBColor.Red, c.Color.RGBColor.Green, c.Color.RGBColor.Blue} {
			if val(v) < 0 || val(v) > 1 {
				return bad("The RGB color components must be between 0.0 and 1.0.")
			}
		}
	}
	return nil
}

// withLinkLook adds what goes with a link: blue and underlined when one is set, plain when it is taken away.
func withLinkLook(m mask, want *api.TextStyle) (mask, *api.TextStyle) {
	c := *want
	if c.WeightedFontFamily != nil && c.WeightedFontFamily.Weight == nil {
		f := *c.WeightedFontFamily
		f.Weight = p(int32(400))
		c.WeightedFontFamily = &f
	}
	if !m.has("link") {
		return m, &c
	}
	if !m.has("foregroundColor") {
		m, c.ForegroundColor = append(slices.Clip(m), "foregroundColor"), nil
		if c.Link != nil {
			c.ForegroundColor = linkBlue()
		}
	}
	if !m.has("underline") {
		m, c.Underline = append(slices.Clip(m), "underline"), nil
		if c.Link != nil {
			c.Underline = p(true)
		}
	}
	return m, &c
}

// link is a link in the form it is kept in: a heading or a tab is named with its tab, and is there.
func (e *edit) link(t *Tab, l api.Link) (*api.Link, error) {
	if l.HeadingID != nil {
		l.Heading, l.HeadingID = &api.HeadingLink{ID: l.HeadingID, TabID: p(t.ID)}, nil
	}
	switch {
	case l.Heading != nil:
		in := t
		if l.Heading.TabID != nil {
			var err error
			if in, err = e.tab(l.Heading.TabID); err != nil {
				return nil, err
			}
		}
		if !slices.Contains(in.Headings(), val(l.Heading.ID)) {
			return nil, bad("Heading with ID %s was not found.", val(l.Heading.ID))
		}
		l.Heading = &api.HeadingLink{ID: l.Heading.ID, TabID: p(in.ID)}
	case l.TabID != nil:
		if _, err := e.tab(l.TabID); err != nil {
			return nil, err
		}
	case l.BookmarkID != nil:
		return nil, bad("Bookmark with ID %s was not found.", *l.BookmarkID)
	case l.Bookmark != nil:
		return nil, bad("Bookmark with ID %s was not found.", val(l.Bookmark.ID))
	}
	return &l, nil
}

// inherit unsets the mask's fields that say what the paragraph's named style says anyway.
func (t *Tab) inherit(pg *Paragraph, m mask, s *api.TextStyle) *api.TextStyle {
	if s == nil {
		return nil
	}
	parent, _ := t.namedStyle(val(pg.Style.NamedStyleType))
	out := *s
	inheritFields(m, &out, &parent)
	if out == (api.TextStyle{}) {
		return nil
	}
	return &out
}

// withNewlines extends a range that covers all of a paragraph's text to its newline, unless that ends the segment's content.
func (e *edit) withNewlines(s stretch) stretch {
	sp, ok := e.find(s.seg, s.end)
	if ok && sp.block().Paragraph != nil && s.end == sp.start+sp.block().size-1 && s.start <= sp.start && s.end > sp.start {
		s.end++
	}
	return s
}

// updateParagraphStyle changes every paragraph that the range overlaps. A new named style comes first and clears what it decides.
func (e *edit) updateParagraphStyle(in *api.UpdateParagraphStyleRequest) error {
	m, err := parseMask[api.ParagraphStyle](in.Fields)
	if err != nil {
		return err
	}
	if val(in.Fields) != "*" && (m.has("headingId") || m.has("tabStops")) {
		return bad("Cannot update read-only field: %s", m[slices.IndexFunc(m, func(f string) bool { return f == "headingId" || strings.HasPrefix(f, "tabStops") })])
	}
	m = slices.DeleteFunc(m, func(f string) bool { return f == "headingId" || f == "tabStops" })
	s, err := e.stretch(in.Range)
	if err != nil {
		return err
	}
	want := in.ParagraphStyle
	if want == nil {
		want = &api.ParagraphStyle{}
	}
	if m.has("pageBreakBefore") && val(want.PageBreakBefore) {
		if sp, _ := e.find(s.seg, s.start); s.seg.ID != "" || sp.depth > 0 {
			return bad("Cannot update page break before for paragraphs in tables, headers, footers or footnotes.")
		}
	}
	if e.Suggest {
		e.suggestParagraphs(s, m, want)
		return nil
	}
	e.eachParagraph(s, func(_ spot, pg *Paragraph) *Paragraph {
		c := *pg
		c.Style = e.styled(s.tab, pg, m, want)
		return &c
	})
	return nil
}

// styled is a paragraph's style after an update.
func (e *edit) styled(t *Tab, pg *Paragraph, m mask, want *api.ParagraphStyle) *api.ParagraphStyle {
	base := *pg.Style
	if m.has("namedStyleType") {
		kind := val(want.NamedStyleType)
		if kind == "" {
			kind = "NORMAL_TEXT"
		}
		if kind != val(base.NamedStyleType) {
			fresh := api.ParagraphStyle{NamedStyleType: &kind, Direction: base.Direction, TabStops: base.TabStops}
			if pg.Bullet != nil {
				fresh.IndentFirstLine, fresh.IndentStart = base.IndentFirstLine, base.IndentStart
			}
			base = fresh
			if strings.HasPrefix(kind, "HEADING_") || kind == "TITLE" || kind == "SUBTITLE" {
				base.HeadingID = p(e.ID("h."))
			}
		}
		m = slices.DeleteFunc(slices.Clone(m), func(f string) bool { return f == "namedStyleType" })
	}
	out := apply(m, &base, want)
	_, parent := t.namedStyle(val(base.NamedStyleType))
	inheritFields(slices.DeleteFunc(slices.Clone(m), func(f string) bool { return f == "direction" }), out, &parent)
	if out.Direction == nil {
		out.Direction = p("LEFT_TO_RIGHT")
	}
	return out
}
