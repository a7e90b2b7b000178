package document

import (
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

// inBody refuses a place where breaks and footnotes cannot stand.
func (pl place) inBody(what string) error {
	if pl.seg.ID != "" {
		return bad("%s cannot be inserted inside a header, footer or footnote.", what)
	}
	return nil
}

// insertPageBreak writes a page break and a newline.
func (e *edit) insertPageBreak(in *api.InsertPageBreakRequest) error {
	pl, err := e.insertion(in.Location, in.EndOfSegmentLocation)
	if err != nil {
		return err
	}
	if err := pl.inBody("Page breaks"); err != nil {
		return err
	}
	if pl.depth > 0 {
		return bad("Page breaks cannot be inserted inside a table.")
	}
	style := styleAt(pl.block().Paragraph, pl.index-pl.start)
	e.write(pl, thing(Thing{PageBreak: true}, style), text("\n", style))
	return nil
}

// insertSectionBreak cuts the paragraph and puts a section break between the two. The new section looks like the old.
func (e *edit) insertSectionBreak(in *api.InsertSectionBreakRequest) error {
	kind := val(in.SectionType)
	if kind == "" {
		return bad("A section type must be specified.")
	}
	pl, err := e.insertion(in.Location, in.EndOfSegmentLocation)
	if err != nil {
		return err
	}
	if err := pl.inBody("Section breaks"); err != nil {
		return err
	}
	if pl.depth > 0 {
		return bad("Section breaks cannot be inserted inside a table.")
	}
	style := api.SectionStyle{ColumnSeparatorStyle: p("NONE"), ContentDirection: p("LEFT_TO_RIGHT")}
	for i := pl.i; i >= 0; i-- {
		if s := (*pl.in)[i].Section; s != nil {
			style = *s.Style
			break
		}
	}
	style.SectionType = &kind
	style.DefaultHeaderID, style.DefaultFooterID = nil, nil // continued from the section before
	style.FirstPageHeaderID, style.FirstPageFooterID, style.EvenPageHeaderID, style.EvenPageFooterID = nil, nil, nil, nil
	e.write(pl, text("\n", styleAt(pl.block().Paragraph, pl.index-pl.start)))
	section := &Section{Style: &style}
	if e.Suggest {
		section.Mark = inserting(e.suggestion(pl.tab, pl.seg, pl.index, pl.index))(nil)
	}
	*pl.in = slices.Insert(*pl.in, pl.i+1, Block{Section: section})
	e.grow(pl.tab, "", pl.index+1, 1)
	return nil
}

// with is the break with another style.
func (s *Section) with(style *api.SectionStyle) *Section {
	c := *s
	c.Style = style
	return &c
}

// updateSectionStyle changes the sections that the range overlaps. A section's style hangs on the break before it.
func (e *edit) updateSectionStyle(in *api.UpdateSectionStyleRequest) error {
	m, err := parseMask[api.SectionStyle](in.Fields)
	if err != nil {
		return err
	}
	want := in.SectionStyle
	if want == nil {
		want = &api.SectionStyle{}
	}
	if val(in.Fields) == "*" {
		m = slices.DeleteFunc(m, readOnlySection)
	} else if i := slices.IndexFunc(m, readOnlySection); i >= 0 {
		return bad("Cannot update read-only field: %s", m[i])
	} else if f := clears(m, want); f != "" {
		return bad("Unsetting the field %s is not supported.", f)
	}
	if len(want.ColumnProperties) > 3 {
		return bad("A section can have at most 3 columns.")
	}
	s, err := e.stretch(in.Range)
	if err != nil {
		return err
	}
	if s.seg.ID != "" {
		return bad("Section styles can only be updated in the document body.")
	}
	at, current := 0, 0
	var hit []int
	for i := range s.seg.Content {
		b := &s.seg.Content[i]
		size := b.Size()
		if b.Section != nil {
			current = i
		}
		if at+size > s.start && at < s.end && !slices.Contains(hit, current) {
			hit = append(hit, current)
		}
		at += size
	}
	id := ""
	for _, i := range hit {
		b := &s.seg.Content[i]
		if e.ours(b.Section.Mark) {
			e.styleSection(s.tab, b, m, want)
			continue
		}
		if id == "" {
			id = e.newSuggestion(s.tab)
		}
		section := *b.Section
		section.Styles = changed(section.Styles, id, m, want)
		b.Section = &section
	}
	return nil
}

// styleSection changes a section. A margin of its own for headers or footers makes the document respect them.
func (e *edit) styleSection(t *Tab, b *Block, m mask, want *api.SectionStyle) {
	b.Section = b.Section.with(apply(m, b.Section.Style, want))
	if m.has("marginHeader") || m.has("marginFooter") {
		style := *t.Style
		style.UseCustomHeaderFooterMargins = p(true)
		t.Style = &style
	}
}

func readOnlySection(f string) bool {
	return strings.HasSuffix(f, "HeaderId") || strings.HasSuffix(f, "FooterId") || f == "sectionType"
}

// clears is the first field of a mask whose new value is not set.
func clears(m mask, want *api.SectionStyle) string {
	for _, f := range m {
		if f == "columnProperties" || strings.Contains(f, ".") {
			continue // no columns is one column
		}
		if same(apply(mask{f}, &api.SectionStyle{}, want), &api.SectionStyle{}) {
			return f
		}
	}
	return ""
}

// updateDocumentStyle changes the page. A margin set here is taken from the sections.
func (e *edit) updateDocumentStyle(in *api.UpdateDocumentStyleRequest) error {
	m, err := parseMask[api.DocumentStyle](in.Fields)
	if err != nil {
		return err
	}
	readOnly := func(f string) bool {
		return strings.HasSuffix(f, "HeaderId") || strings.HasSuffix(f, "FooterId") || f == "useCustomHeaderFooterMargins"
	}
	if val(in.Fields) == "*" {
		m = slices.DeleteFunc(m, readOnly)
	} else if i := slices.IndexFunc(m, readOnly); i >= 0 {
		return bad("Cannot update read-only field: %s", m[i])
	}
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	want := in.DocumentStyle
	if want == nil {
		want = &api.DocumentStyle{}
	}
	if want.PageSize != nil && m.has("pageSize") && (points(want.PageSize.Width) <= 0 || points(want.PageSize.Height) <= 0) {
		return bad("The page size must be greater than 0.")
	}
	if want.Background != nil {
		if err := checkColors(want.Background.Color); err != nil {
			return err
		}
	}
	if !e.Suggest {
		e.styleDocument(t, m, want)
		return nil
	}
	if m.has("documentFormat") || m.has("useEvenPageHeaderFooter") || m.has("useFirstPageHeaderFooter") {
		return errNoSuggestion
	}
	t.StyleMarks = changed(t.StyleMarks, e.newSuggestion(t), m, want)
	return nil
}

func (e *edit) styleDocument(t *Tab, m mask, want *api.DocumentStyle) {
	style := apply(m, t.Style, want)
	full := *defaultDocumentStyle() // a field that is unset is a new document's again
	overlay(&full, style)
	if m.has("marginHeader") || m.has("marginFooter") {
		full.UseCustomHeaderFooterMargins = p(true)
	}
	t.Style = &full
	cleared := slices.DeleteFunc(slices.Clone(m), func(f string) bool {
		return f != "marginTop" && f != "marginBottom" && f != "marginLeft" && f != "marginRight"
	})
	if len(cleared) > 0 {
		body := e.own(&t.Body)
		for i := range body.Content {
			if s := body.Content[i].Section; s != nil {
				body.Content[i].Section = s.with(apply(cleared, s.Style, &api.SectionStyle{}))
			}
		}
	}
}

// updateNamedStyle changes what paragraphs of a named style inherit.
func (e *edit) updateNamedStyle(in *api.UpdateNamedStyleRequest) error {
	m, err := parseMask[api.NamedStyle](in.Fields)
	if err != nil {
		return err
	}
	if in.NamedStyle == nil || val(in.NamedStyle.NamedStyleType) == "" || !m.has("namedStyleType") {
		return bad("The named style type must be specified.")
	}
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	kind := *in.NamedStyle.NamedStyleType
	if !slices.ContainsFunc(t.Named, func(n api.NamedStyle) bool { return val(n.NamedStyleType) == kind }) {
		return bad("Invalid named style type: %s", kind)
	}
	// "text_style" beside "text_style.bold" only opens the way to it.
	m = slices.DeleteFunc(m, func(f string) bool {
		return f == "namedStyleType" || slices.ContainsFunc(m, func(g string) bool { return strings.HasPrefix(g, f+".") })
	})
	if m.has("textStyle") && in.NamedStyle.TextStyle != nil {
		sub := mask{}
		for _, f := range m {
			sub = append(sub, strings.TrimPrefix(f, "textStyle."))
		}
		if err := checkTextStyle(sub, in.NamedStyle.TextStyle); err != nil {
			return err
		}
	}
	if e.Suggest {
		want := apply(m, nil, in.NamedStyle)
		want.NamedStyleType = &kind
		t.NamedMarks = with(t.NamedMarks, e.newSuggestion(t), NamedChanges{{m, want}})
		return nil
	}
	t.styleNamed(m, in.NamedStyle)
	return nil
}

// styleNamed changes the named style that want names.
func (t *Tab) styleNamed(m mask, named *api.NamedStyle) {
	kind, want := *named.NamedStyleType, *named
	i := slices.IndexFunc(t.Named, func(n api.NamedStyle) bool { return val(n.NamedStyleType) == kind })
	if want.ParagraphStyle == nil {
		want.ParagraphStyle = &api.ParagraphStyle{}
	}
	if want.TextStyle == nil {
		want.TextStyle = &api.TextStyle{}
	}
	style := *apply(m, &t.Named[i], &want)
	if kind == "NORMAL_TEXT" { // it inherits from the editor's own defaults
		plain := defaultNamedStyles()[0]
		txt, par := *plain.TextStyle, *plain.ParagraphStyle
		overlay(&txt, style.TextStyle)
		overlay(&par, style.ParagraphStyle)
		style.TextStyle, style.ParagraphStyle = &txt, &par
	}
	par := *style.ParagraphStyle
	par.NamedStyleType = p("NORMAL_TEXT")
	style.ParagraphStyle = &par
	t.Named[i] = style
}

// createFootnote puts a footnote's number into the text and makes the footnote: a space.
func (e *edit) createFootnote(in *api.CreateFootnoteRequest) (*api.CreateFootnoteResponse, error) {
	pl, err := e.insertion(in.Location, in.EndOfSegmentLocation)
	if err != nil {
		return nil, err
	}
	if err := pl.inBody("Footnotes"); err != nil {
		return nil, err
	}
	seg := e.newSegment(" \n")
	pl.tab.Footnotes = append(pl.tab.Footnotes, seg)
	e.write(pl, thing(Thing{Footnote: seg.ID}, styleAt(pl.block().Paragraph, pl.index-pl.start)))
	return &api.CreateFootnoteResponse{FootnoteID: &seg.ID}, nil
}
