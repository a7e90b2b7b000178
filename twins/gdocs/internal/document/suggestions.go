package document

import (
	"maps"
	"slices"

	"twinset.dev/twins/gdocs/internal/api"
)

const (
	open     = "OPEN"
	accepted = "ACCEPTED"
	rejected = "REJECTED"
)

// suggestion is the suggestion that a change to a range belongs to: the writer's own if one is there or beside it, else a new one.
func (e *edit) suggestion(t *Tab, seg *Segment, start, end int) string {
	found := ""
	if e.mine(seg.Insert) {
		found = seg.Insert
	}
	for index := max(0, start-1); index <= min(end, seg.Content.Size()-1) && found == ""; {
		sp, _ := e.find(seg, index)
		pg := sp.block().Paragraph
		if pg == nil {
			index++
			continue
		}
		at := sp.start
		for _, el := range pg.Elements {
			if at+el.units >= start && at <= end && el.Mark != nil {
				for _, id := range el.Mark.ids() {
					if e.mine(id) {
						found = id
					}
				}
			}
			at += el.units
		}
		index = sp.start + sp.block().size
	}
	if found == "" {
		return e.newSuggestion(t)
	}
	e.touched[found] = true
	return found
}

// newSuggestion is a suggestion that stands alone.
func (e *edit) newSuggestion(t *Tab) string {
	id := e.ID("suggest.")
	e.doc.Suggestions = append(e.doc.Suggestions, Suggestion{ID: id, Tab: t.ID, Author: e.Author, Status: open, Created: e.Now, Updated: e.Now})
	e.answer.CreatedSuggestionIDs = append(e.answer.CreatedSuggestionIDs, id)
	e.touched[id] = true
	return id
}

// mine reports whether an open suggestion is the writer's. What it would add simply changes when they change it.
func (e *edit) mine(id string) bool {
	return slices.ContainsFunc(e.doc.Suggestions, func(s Suggestion) bool { return s.ID == id && s.Status == open && s.Author == e.Author })
}

// added is the suggestion of the writer's that would add what is marked so, or "".
func (e *edit) added(m *Mark) string {
	if m != nil {
		if i := slices.IndexFunc(m.Insert, e.mine); i >= 0 {
			return m.Insert[i]
		}
	}
	return ""
}

// ours reports whether what is marked so simply changes: nothing is only suggested, or the writer's own suggestion would add it.
func (e *edit) ours(m *Mark) bool {
	id := e.added(m)
	if id != "" {
		e.touched[id] = true
	}
	return !e.Suggest || id != ""
}

func (m *Mark) ids() []string {
	out := slices.Concat(m.Insert, m.Delete)
	out = slices.AppendSeq(out, maps.Keys(m.Styles))
	out = slices.AppendSeq(out, maps.Keys(m.Options))
	slices.Sort(out)
	return slices.Compact(out)
}

// suggestDelete marks a range as to be removed. What the writer only suggested goes at once.
func (e *edit) suggestDelete(s stretch) error {
	trial := &edit{Context: e.Context, doc: copyOf(e.doc), owned: map[any]bool{}}
	t, err := trial.tab(&s.tab.ID)
	if err != nil {
		return err
	}
	seg, err := trial.segment(t, s.seg.ID)
	if err != nil {
		return err
	}
	if err := trial.delete(stretch{t, seg, s.start, s.end}); err != nil {
		return err
	}
	id := e.suggestion(s.tab, s.seg, s.start, s.end)
	e.restyle(s, func(_ *Paragraph, el Element) Element {
		el.Mark = deleting(id)(el.Mark)
		return el
	})
	e.structures(s.seg.Content, 0, func(at int, b *Block) bool {
		if at >= s.start && at+b.Size() <= s.end {
			if b.Section != nil {
				s := *b.Section
				s.Mark = deleting(id)(s.Mark)
				b.Section = &s
			} else {
				e.ownTable(b).mark(deleting(id))
			}
		}
		return true
	})
	e.withdraw(s.tab, id)
	return nil
}

// cut deletes all marked elements of a tab that hit says yes to, as far as a document remains.
func (e *edit) cut(t *Tab, hit func(*Mark) bool) {
	for _, old := range t.Segments() {
		var spans []Span
		at := 0
		var walk func(Content)
		walk = func(c Content) {
			for i := range c {
				b := &c[i]
				if b.Table != nil {
					at++
					for r := range b.Table.Rows {
						at++
						for k := range b.Table.Rows[r].Cells {
							at++
							walk(b.Table.Rows[r].Cells[k].Content)
						}
					}
					at++
					continue
				}
				if b.Paragraph == nil {
					at += b.Size()
					continue
				}
				for _, el := range b.Paragraph.Elements {
					if el.Mark != nil && hit(el.Mark) {
						if n := len(spans); n > 0 && spans[n-1].End == at {
							spans[n-1].End += el.units
						} else {
							spans = append(spans, Span{Start: at, End: at + el.units})
						}
					}
					at += el.units
				}
			}
		}
		walk(old.Content)
		if len(spans) == 0 {
			continue
		}
		seg, err := e.segment(t, old.ID)
		if err != nil {
			continue
		}
		for _, s := range slices.Backward(spans) {
			if e.delete(stretch{t, seg, s.Start, s.End}) != nil && s.End-s.Start > 1 {
				_ = e.delete(stretch{t, seg, s.Start, s.End - 1}) // its last newline has to stay
			}
		}
	}
}

// suggestStyle marks a range as to be drawn differently.
func (e *edit) suggestStyle(s stretch, m mask, want *api.TextStyle) {
	id := e.suggestion(s.tab, s.seg, s.start, s.end)
	e.restyle(s, func(pg *Paragraph, el Element) Element {
		if el.Mark != nil && slices.Contains(el.Mark.Insert, id) { // its own text simply changes
			el.Style = s.tab.inherit(pg, m, apply(m, el.Style, want))
			return el
		}
		mark := Mark{}
		if el.Mark != nil {
			mark = *el.Mark
		}
		mark.Styles = changed(mark.Styles, id, m, want)
		el.Mark = &mark
		return el
	})
}

// suggestParagraphs marks the paragraphs of a range as to be styled differently.
func (e *edit) suggestParagraphs(s stretch, m mask, want *api.ParagraphStyle) {
	id := e.suggestion(s.tab, s.seg, s.start, s.end)
	e.eachParagraph(s, func(_ spot, pg *Paragraph) *Paragraph {
		c := *pg
		c.Styles = changed(c.Styles, id, m, want)
		return &c
	})
}

// acceptSuggestion makes a suggested change.
func (e *edit) acceptSuggestion(in *api.AcceptSuggestionRequest) error {
	if !e.Editor {
		return errForbidden
	}
	s, err := e.settle(val(in.SuggestionID), accepted, "ACCEPT")
	if err != nil {
		return err
	}
	e.answer.AcceptedSuggestionIDs = []string{s}
	return nil
}

// rejectSuggestion drops a suggested change.
func (e *edit) rejectSuggestion(in *api.RejectSuggestionRequest) error {
	if t, err := e.thread(val(in.SuggestionID)); err == nil && !e.Editor && t.Author != e.Author {
		return errForbidden
	}
	s, err := e.settle(val(in.SuggestionID), rejected, "REJECT")
	if err != nil {
		return err
	}
	e.answer.RejectedSuggestionIDs = []string{s}
	return nil
}

// deleteSuggestion takes one's own suggestion back, its thread too.
func (e *edit) deleteSuggestion(in *api.DeleteSuggestionRequest) error {
	t, err := e.thread(val(in.SuggestionID))
	if err != nil {
		return err
	}
	if t.Author != e.Author {
		return errForbidden
	}
	id := t.ID
	if t.Status == open {
		for _, tab := range e.doc.AllTabs() {
			e.resolve(tab, id, false)
		}
	}
	e.doc.Suggestions = drop(e.doc.Suggestions, func(s Suggestion) bool { return s.ID == id })
	e.answer.DeletedSuggestionIDs = []string{id}
	return nil
}

func (e *edit) thread(id string) (*Suggestion, error) {
	for i := range e.doc.Suggestions {
		if e.doc.Suggestions[i].ID == id {
			return &e.doc.Suggestions[i], nil
		}
	}
	return nil, missing("Suggestion", id)
}

func (e *edit) settle(id, status, action string) (string, error) {
	s, err := e.thread(id)
	if err != nil {
		return "", err
	}
	if s.Status != open {
		return "", bad("Suggestion with ID %s is not open.", id)
	}
	s.Status, s.Updated = status, e.Now
	s.Replies = append(slices.Clip(s.Replies), Reply{ID: e.ID("AAAA"), Author: e.Author, Action: action, Created: e.Now, Updated: e.Now})
	for _, t := range e.doc.AllTabs() {
		e.resolve(t, id, status == accepted)
	}
	return id, nil
}

// resolve makes a suggestion's changes in a tab, or forgets them.
func (e *edit) resolve(t *Tab, id string, accept bool) {
	gone := func(m *Mark) bool { return accept && m.deletes(id) || !accept && m.inserts(id) }
	e.cutStructures(t, gone)
	e.cut(t, gone)
	e.settleMerges(t, id, accept)
	e.settleTab(t, id, accept)
	e.settleObjects(t, id, accept)
	e.settleDropdowns(t, id, accept)
	for _, old := range t.Segments() {
		if !mentions(old.Content, id) {
			continue
		}
		seg, err := e.segment(t, old.ID)
		if err != nil {
			continue
		}
		e.settleStructures(t, seg, id, accept)
		all := stretch{t, seg, 0, seg.Content.Size()}
		e.restyle(all, func(pg *Paragraph, el Element) Element {
			if el.Mark == nil {
				return el
			}
			if c, ok := el.Mark.Styles[id]; ok && accept {
				el.Style = t.inherit(pg, c.Fields, apply(c.Fields, el.Style, c.Want))
			}
			if c, ok := el.Mark.Options[id]; ok && accept {
				chip := *el.Thing.Dropdown
				chip.DropdownProperties = t.selected(apply(c.Fields, chip.DropdownProperties, c.Want))
				el.Thing = &Thing{Dropdown: &chip}
			}
			el.Mark = el.Mark.less(id)
			return el
		})
		e.eachParagraph(all, func(sp spot, pg *Paragraph) *Paragraph {
			c := *pg
			if change, ok := c.Styles[id]; ok && accept {
				c.Style = e.styled(t, pg, change.Fields, change.Want)
			}
			if b, ok := c.Bullets[id]; ok && accept {
				switch {
				case t.list(b.List) != nil:
					c.bulleted(t, b)
				case c.Bullet != nil:
					c.Style, c.Bullet = unindented(pg), nil
				}
			}
			c.Styles, c.Bullets = without(c.Styles, id), without(c.Bullets, id)
			return &c
		})
	}
	e.dropLists(t)
}

// settleTab makes what a suggestion says of the tab itself, or forgets it.
func (e *edit) settleTab(t *Tab, id string, accept bool) {
	for _, margins := range []*[]*Segment{&t.Headers, &t.Footers} {
		for _, s := range slices.Clone(*margins) {
			switch {
			case s.Insert != id:
			case !accept:
				e.dropMargin(t, margins, s)
			default:
				i := slices.Index(*margins, s)
				e.own(&(*margins)[i]).Insert = ""
			}
		}
	}
	if c, ok := t.StyleMarks[id]; ok && accept {
		e.styleDocument(t, c.Fields, c.Want)
	}
	if accept {
		for _, c := range t.NamedMarks[id] {
			t.styleNamed(c.Fields, c.Want)
		}
	}
	t.StyleMarks, t.NamedMarks = without(t.StyleMarks, id), without(t.NamedMarks, id)
}

// mentions says whether a suggestion marks anything in the content.
func mentions(c Content, id string) bool {
	card := card{id: id}
	card.read(c)
	return card.found
}

// Preview is the document as it would be with every open suggestion made, or with none.
func (d *Document) Preview(accept bool) *Document {
	e := &edit{doc: copyOf(d), owned: map[any]bool{}, touched: map[string]bool{}}
	e.ID = func(prefix string) string { return prefix + "preview" }
	order := slices.Clone(d.Suggestions)
	if !accept {
		slices.Reverse(order) // what builds on others goes first
	}
	for _, t := range e.doc.AllTabs() {
		for _, s := range order {
			if s.Status == open {
				e.resolve(t, s.ID, accept)
			}
		}
	}
	return e.doc
}
