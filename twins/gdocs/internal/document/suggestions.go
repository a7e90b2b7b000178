package document

import (
	"reflect"
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

const (
	open     = "OPEN"
	accepted = "ACCEPTED"
	rejected = "REJECTED"
)

// suggestion is the suggestion that a change to a range belongs to: the writer's own if one is there or beside it, else a new one.
func (e *edit) suggestion(t *Tab, seg *Segment, start, end int) string {
	mine := func(id string) bool {
		i := slices.IndexFunc(e.doc.Suggestions, func(s Suggestion) bool { return s.ID == id })
		return i >= 0 && e.doc.Suggestions[i].Status == open && e.doc.Suggestions[i].Author == e.Author
	}
	found := ""
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
					if mine(id) {
						found = id
					}
				}
			}
			at += el.units
		}
		index = sp.start + sp.block().size
	}
	if found == "" {
		found = e.ID("suggest.")
		e.doc.Suggestions = append(e.doc.Suggestions, Suggestion{ID: found, Tab: t.ID, Author: e.Author, Status: open, Created: e.Now, Updated: e.Now})
		e.answer.CreatedSuggestionIDs = append(e.answer.CreatedSuggestionIDs, found)
	}
	e.touched[found] = true
	return found
}

func (m *Mark) ids() []string {
	out := slices.Concat(m.Insert, m.Delete)
	for id := range m.Styles {
		out = append(out, id)
	}
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
				b.Section = &Section{Style: b.Section.Style, Mark: deleting(id)(b.Section.Mark)}
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
		was := mark.Styles[id]
		state := val(was.TextStyleSuggestionState)
		suggested(reflect.ValueOf(&state).Elem(), m)
		mark.Styles = with(mark.Styles, id, api.SuggestedTextStyle{TextStyle: apply(m, was.TextStyle, want), TextStyleSuggestionState: &state})
		el.Mark = &mark
		return el
	})
}

// suggestParagraphs marks the paragraphs of a range as to be styled differently.
func (e *edit) suggestParagraphs(s stretch, m mask, want *api.ParagraphStyle) {
	id := e.suggestion(s.tab, s.seg, s.start, s.end)
	e.eachParagraph(s, func(_ spot, pg *Paragraph) *Paragraph {
		c := *pg
		was := c.Styles[id]
		state := val(was.ParagraphStyleSuggestionState)
		suggested(reflect.ValueOf(&state).Elem(), m)
		c.Styles = with(c.Styles, id, api.SuggestedParagraphStyle{ParagraphStyle: apply(m, was.ParagraphStyle, want), ParagraphStyleSuggestionState: &state})
		return &c
	})
}

// suggested notes in a suggestion state which fields of a style a mask names.
func suggested(state reflect.Value, m mask) {
	for _, f := range m {
		head, rest, _ := strings.Cut(f, ".")
		if i := fieldIndex(state.Type(), head+"Suggested"); i >= 0 {
			state.Field(i).Set(reflect.ValueOf(p(true)))
		} else if i := fieldIndex(state.Type(), head+"SuggestionState"); i >= 0 {
			inner := reflect.New(state.Field(i).Type().Elem())
			fields := mask{rest}
			if rest == "" {
				fields = nil
				for k := range inner.Elem().NumField() {
					fields = append(fields, strings.TrimSuffix(jsonName(inner.Elem().Type().Field(k)), "Suggested"))
				}
			}
			suggested(inner.Elem(), fields)
			state.Field(i).Set(inner)
		}
	}
}

// suggestedFields is the mask that a suggestion state stands for.
func suggestedFields(state reflect.Value) mask {
	var m mask
	if state.Kind() == reflect.Pointer {
		if state.IsNil() {
			return nil
		}
		state = state.Elem()
	}
	for i := range state.NumField() {
		name := jsonName(state.Type().Field(i))
		if field, ok := strings.CutSuffix(name, "Suggested"); ok && !state.Field(i).IsNil() && state.Field(i).Elem().Bool() {
			m = append(m, field)
		} else if field, ok := strings.CutSuffix(name, "SuggestionState"); ok && !state.Field(i).IsNil() {
			m = append(m, field)
		}
	}
	return m
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
	e.doc.Suggestions = slices.DeleteFunc(e.doc.Suggestions, func(s Suggestion) bool { return s.ID == id })
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
	if s, ok := t.StyleMarks[id]; ok && accept {
		e.styleDocument(t, suggestedFields(reflect.ValueOf(s.DocumentStyleSuggestionState)), s.DocumentStyle)
	}
	t.StyleMarks = without(t.StyleMarks, id)
	for _, old := range t.Segments() {
		if !mentions(old.Content, id) {
			continue
		}
		seg, err := e.segment(t, old.ID)
		if err != nil {
			continue
		}
		e.settleStructures(seg, id, accept)
		all := stretch{t, seg, 0, seg.Content.Size()}
		e.restyle(all, func(pg *Paragraph, el Element) Element {
			if el.Mark == nil {
				return el
			}
			if c, ok := el.Mark.Styles[id]; ok && accept {
				fields := suggestedFields(reflect.ValueOf(c.TextStyleSuggestionState))
				el.Style = t.inherit(pg, fields, apply(fields, el.Style, c.TextStyle))
			}
			el.Mark = el.Mark.less(id)
			return el
		})
		e.eachParagraph(all, func(sp spot, pg *Paragraph) *Paragraph {
			c := *pg
			if change, ok := c.Styles[id]; ok && accept {
				c.Style = e.styled(t, pg, suggestedFields(reflect.ValueOf(change.ParagraphStyleSuggestionState)), change.ParagraphStyle)
			}
			if change, ok := c.Bullets[id]; ok && accept {
				switch list := t.list(val(change.Bullet.ListID)); {
				case list != nil:
					level := int(val(change.Bullet.NestingLevel))
					c.Bullet = &Bullet{List: list.ID, Level: level, Style: change.Bullet.TextStyle}
					style := *c.Style
					style.IndentFirstLine, style.IndentStart = list.Properties.NestingLevels[level].IndentFirstLine, list.Properties.NestingLevels[level].IndentStart
					c.Style = &style
				case c.Bullet != nil:
					c.Style, c.Bullet = unindented(pg), nil
				}
			}
			c.Styles, c.Bullets = without(c.Styles, id), without(c.Bullets, id)
			return &c
		})
	}
	for i := range t.Objects {
		if t.Objects[i].Insert == id {
			t.Objects[i].Insert = ""
		}
	}
	e.dropLists(t)
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
	for _, t := range e.doc.AllTabs() {
		for _, s := range d.Suggestions {
			if s.Status == open {
				e.resolve(t, s.ID, accept)
			}
		}
	}
	return e.doc
}
