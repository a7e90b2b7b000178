package document

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// summarize writes what each touched suggestion now says, and notes those whose words changed.
func (e *edit) summarize() {
	ids := make([]string, 0, len(e.touched))
	for id := range e.touched {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		s, err := e.thread(id)
		if err != nil {
			continue
		}
		words := e.doc.summary(s)
		if words != s.Summary {
			s.Summary, s.Updated = words, e.Now
			if !slices.Contains(e.answer.CreatedSuggestionIDs, id) {
				e.answer.UpdatedSummarySuggestionIDs = append(e.answer.UpdatedSummarySuggestionIDs, id)
			}
		}
	}
}

// A card is what a suggestion says, read from what it marks.
type card struct {
	id             string
	added, deleted []string
	looks          []string
	found          bool
}

// says notes what a mark says of something that is called so; whole is whether that is all there is to say of it.
func (c *card) says(m *Mark, what string) (whole bool) {
	if m.inserts(c.id) {
		c.added, whole = append(c.added, what), true
	}
	if m.deletes(c.id) {
		c.deleted, whole = append(c.deleted, what), true
	}
	c.found = c.found || whole
	return whole
}

// look notes which fields of a style a suggestion would change.
func (c *card) look(fields ...string) {
	c.looks, c.found = append(c.looks, fields...), true
}

func (c *card) read(content Content) {
	for _, b := range content {
		switch {
		case b.Paragraph != nil:
			c.readParagraph(b.Paragraph)
		case b.Section != nil:
			c.says(b.Section.Mark, "[section break]")
		case b.Table != nil:
			c.readTable(b.Table)
		case b.Contents != nil:
			c.read(b.Contents.Content)
		}
	}
}

func (c *card) readParagraph(pg *Paragraph) {
	if s, ok := pg.Styles[c.id]; ok {
		c.look(suggestedFields(reflect.ValueOf(s.ParagraphStyleSuggestionState))...)
	}
	if _, ok := pg.Bullets[c.id]; ok {
		c.look("list")
	}
	for _, el := range pg.Elements {
		if el.Mark == nil {
			continue
		}
		c.says(el.Mark, strings.ReplaceAll(cmp.Or(el.Text, el.Thing.label()), "\n", "¶"))
		if s, ok := el.Mark.Styles[c.id]; ok {
			c.look(suggestedFields(reflect.ValueOf(s.TextStyleSuggestionState))...)
		}
	}
}

func (c *card) readTable(t *Table) {
	if c.says(t.Mark, "[table]") {
		return
	}
	for r, row := range t.Rows {
		if s, ok := row.Styles[c.id]; ok {
			c.look(suggestedFields(reflect.ValueOf(s.TableRowStyleSuggestionState))...)
		}
		if c.says(row.Mark, "[table row]") {
			continue
		}
		for _, cell := range row.Cells {
			if s, ok := cell.Styles[c.id]; ok {
				c.look(suggestedFields(reflect.ValueOf(s.TableCellStyleSuggestionState))...)
			}
			if cell.Mark.inserts(c.id) || cell.Mark.deletes(c.id) {
				if r == 0 { // a column is said once
					c.says(cell.Mark, "[table column]")
				}
				continue
			}
			c.read(cell.Content)
		}
	}
}

// summary is a suggestion in words, as the editor's card says it.
func (d *Document) summary(s *Suggestion) string {
	c := card{id: s.ID}
	for _, t := range d.AllTabs() {
		if t.ID != s.Tab {
			continue
		}
		if s, ok := t.StyleMarks[s.ID]; ok {
			c.look(suggestedFields(reflect.ValueOf(s.DocumentStyleSuggestionState))...)
		}
		for _, seg := range t.Segments() {
			c.read(seg.Content)
		}
	}
	added, deleted := strings.Join(c.added, ""), strings.Join(c.deleted, "")
	slices.Sort(c.looks)
	switch looks := slices.Compact(c.looks); {
	case added != "" && deleted != "":
		return "Replace: “" + deleted + "” with “" + added + "”"
	case added != "":
		return "Add: “" + added + "”"
	case deleted != "":
		return "Delete: “" + deleted + "”"
	case len(looks) > 0:
		return "Format: " + strings.Join(looks, ", ")
	}
	return ""
}

// label is what a thing is called where only words can stand.
func (t *Thing) label() string {
	switch {
	case t == nil:
		return ""
	case t.Image != "":
		return "image"
	case t.Footnote != "":
		return "footnote"
	case t.PageBreak:
		return "page break"
	}
	return t.Words()
}

// Words is the text that a chip shows, if it is one.
func (t *Thing) Words() string {
	switch {
	case t.Person != nil:
		return cmp.Or(val(t.Person.PersonProperties.Name), val(t.Person.PersonProperties.Email))
	case t.Link != nil:
		return cmp.Or(val(t.Link.RichLinkProperties.Title), val(t.Link.RichLinkProperties.URI))
	case t.Date != nil:
		return val(t.Date.DateElementProperties.DisplayText)
	case t.Dropdown != nil:
		return val(t.Dropdown.DropdownProperties.DisplayValue)
	}
	return ""
}
