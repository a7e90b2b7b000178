package document

import (
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

// createHeader makes an empty header for a section, or for the document.
func (e *edit) createHeader(in *api.CreateHeaderRequest) (*api.CreateHeaderResponse, error) {
	if val(in.Type) == "" {
		return nil, bad("A header type must be specified.")
	}
	id, err := e.createMargin(in.SectionBreakLocation, headers)
	if err != nil {
		return nil, err
	}
	return &api.CreateHeaderResponse{HeaderID: &id}, nil
}

// createFooter makes an empty footer for a section, or for the document.
func (e *edit) createFooter(in *api.CreateFooterRequest) (*api.CreateFooterResponse, error) {
	if val(in.Type) == "" {
		return nil, bad("A footer type must be specified.")
	}
	id, err := e.createMargin(in.SectionBreakLocation, footers)
	if err != nil {
		return nil, err
	}
	return &api.CreateFooterResponse{FooterID: &id}, nil
}

func (e *edit) newSegment(s string) *Segment {
	pg := emptyParagraph()
	pg.Elements = []Element{text(s, nil)}
	return &Segment{ID: e.ID("kix."), Content: Content{block(pg)}}
}

// A margin is headers or footers: what one is called, the field of a style that names the default one, and where a tab keeps them.
type margin struct {
	name, field string
	of          func(*Tab) *[]*Segment
	inDocument  func(*api.DocumentStyle) **string
	inSection   func(*api.SectionStyle) **string
}

var (
	headers = margin{
		"header", "defaultHeaderId", func(t *Tab) *[]*Segment { return &t.Headers },
		func(s *api.DocumentStyle) **string { return &s.DefaultHeaderID }, func(s *api.SectionStyle) **string { return &s.DefaultHeaderID },
	}
	footers = margin{
		"footer", "defaultFooterId", func(t *Tab) *[]*Segment { return &t.Footers },
		func(s *api.DocumentStyle) **string { return &s.DefaultFooterID }, func(s *api.SectionStyle) **string { return &s.DefaultFooterID },
	}
)

// createMargin makes an empty header or footer and notes it at a section break, or in the document's style.
func (e *edit) createMargin(l *api.Location, g margin) (string, error) {
	at := val(l)
	pl, err := e.place(at.TabID, at.SegmentID, int(val(at.Index)))
	if err != nil {
		return "", err
	}
	section := pl.block().Section
	if pl.seg.ID != "" || section == nil {
		return "", bad("Invalid section break location. Must specify the index of a section break.")
	}
	var seg *Segment
	if pl.i > 0 {
		seg, err = e.createInSection(pl, g)
	} else {
		seg, err = e.createInDocument(pl.tab, g)
	}
	if err != nil {
		return "", err
	}
	all := g.of(pl.tab)
	*all = append(*all, seg)
	return seg.ID, nil
}

func (e *edit) createInSection(pl place, g margin) (*Segment, error) {
	s := *pl.block().Section
	if *g.inSection(s.Style) != nil || suggestsField(s.Styles, g.field) {
		return nil, bad("A default %s already exists.", g.name)
	}
	seg, want := e.newSegment("\n"), &api.SectionStyle{}
	*g.inSection(want) = &seg.ID
	if e.ours(s.Mark) {
		s.Style = apply(mask{g.field}, s.Style, want)
		if e.Suggest {
			seg.Insert = e.added(s.Mark)
		}
	} else {
		seg.Insert = e.newSuggestion(pl.tab)
		s.Styles = changed(s.Styles, seg.Insert, mask{g.field}, want)
	}
	pl.block().Section = &s
	return seg, nil
}

func (e *edit) createInDocument(t *Tab, g margin) (*Segment, error) {
	if *g.inDocument(t.Style) != nil || suggestsField(t.StyleMarks, g.field) {
		return nil, bad("A default %s already exists.", g.name)
	}
	seg, want := e.newSegment("\n"), &api.DocumentStyle{}
	*g.inDocument(want) = &seg.ID
	if e.Suggest {
		seg.Insert = e.newSuggestion(t)
		t.StyleMarks = changed(t.StyleMarks, seg.Insert, mask{g.field}, want)
	} else {
		t.Style = apply(mask{g.field}, t.Style, want)
	}
	return seg, nil
}

// suggestsField reports whether a suggestion would set a field: what is only suggested takes the place too.
func suggestsField[S any](all map[string]Change[S], field string) bool {
	for _, c := range all {
		if c.Fields.has(field) {
			return true
		}
	}
	return false
}

// deleteHeader removes a header and every mention of it.
func (e *edit) deleteHeader(in *api.DeleteHeaderRequest) error {
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	return e.deleteMargin(t, &t.Headers, val(in.HeaderID), "Header")
}

// deleteFooter removes a footer and every mention of it.
func (e *edit) deleteFooter(in *api.DeleteFooterRequest) error {
	t, err := e.tab(in.TabID)
	if err != nil {
		return err
	}
	return e.deleteMargin(t, &t.Footers, val(in.FooterID), "Footer")
}

func (e *edit) deleteMargin(t *Tab, from *[]*Segment, id, what string) error {
	i := slices.IndexFunc(*from, func(s *Segment) bool { return s.ID == id })
	if i < 0 {
		return bad("%s with ID %s was not found.", what, id)
	}
	e.dropMargin(t, from, (*from)[i])
	return nil
}

// dropMargin removes a header or footer, and what would have made one of it.
func (e *edit) dropMargin(t *Tab, from *[]*Segment, gone *Segment) {
	*from = drop(*from, func(s *Segment) bool { return s == gone })
	t.StyleMarks = without(t.StyleMarks, gone.Insert)
	style := *t.Style
	for _, f := range []**string{
		&style.DefaultHeaderID, &style.DefaultFooterID, &style.FirstPageHeaderID, &style.FirstPageFooterID, &style.EvenPageHeaderID, &style.EvenPageFooterID,
	} {
		if val(*f) == gone.ID {
			*f = nil
		}
	}
	t.Style = &style
	body := e.own(&t.Body)
	for i := range body.Content {
		if body.Content[i].Section == nil {
			continue
		}
		s := *body.Content[i].Section.Style
		for _, f := range []**string{
			&s.DefaultHeaderID, &s.DefaultFooterID, &s.FirstPageHeaderID, &s.FirstPageFooterID, &s.EvenPageHeaderID, &s.EvenPageFooterID,
		} {
			if val(*f) == gone.ID {
				*f = nil
			}
		}
		section := body.Content[i].Section.with(&s)
		section.Styles = without(section.Styles, gone.Insert)
		body.Content[i].Section = section
	}
	e.shrink(t, gone.ID, 0, gone.Content.Size())
	e.sweep(t, gone.Content)
}
