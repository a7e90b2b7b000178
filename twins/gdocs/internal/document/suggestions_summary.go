package document

import (
	"cmp"
	"slices"
	"strings"
)

// summarize writes what each touched suggestion now says, and notes those whose words changed. A new one that says nothing is none.
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
		words, found := e.doc.summary(s)
		created := slices.Index(e.answer.CreatedSuggestionIDs, id)
		if created >= 0 && !found { // it came to nothing
			e.answer.CreatedSuggestionIDs = slices.Delete(e.answer.CreatedSuggestionIDs, created, created+1)
			e.doc.Suggestions = drop(e.doc.Suggestions, func(s Suggestion) bool { return s.ID == id })
			continue
		}
		if words != s.Summary {
			s.Summary, s.Updated = words, e.Now
			if created < 0 {
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

// look notes what of the looks a suggestion would change.
func (c *card) look(fields ...string) {
	c.looks, c.found = append(c.looks, fields...), true
}

// look notes the fields of a change, if the suggestion has one there.
func look[S any](c *card, changes map[string]Change[S]) {
	if change, ok := changes[c.id]; ok {
		c.look(change.Fields...)
	}
}

// readTab reads what a suggestion says of the tab itself.
func (c *card) readTab(t *Tab) {
	for _, s := range t.Headers {
		if s.Insert == c.id {
			c.added, c.found = append(c.added, "[header]"), true
		}
	}
	for _, s := range t.Footers {
		if s.Insert == c.id {
			c.added, c.found = append(c.added, "[footer]"), true
		}
	}
	look(c, t.StyleMarks)
	for _, change := range t.NamedMarks[c.id] {
		c.look(change.Fields...)
	}
	for _, o := range t.Objects {
		look(c, o.Changes)
		if slices.Contains(o.Delete, c.id) {
			c.deleted, c.found = append(c.deleted, "[image]"), true
		}
	}
	for _, d := range t.Dropdowns {
		look(c, d.Changes)
		if d.Insert == c.id {
			c.added, c.found = append(c.added, "[dropdown]"), true
		}
		if d.Delete == c.id {
			c.deleted, c.found = append(c.deleted, "[dropdown]"), true
		}
	}
}

func (c *card) read(content Content) {
	for _, b := range content {
		switch {
		case b.Paragraph != nil:
			c.readParagraph(b.Paragraph)
		case b.Section != nil:
			c.says(b.Section.Mark, "[section break]")
			look(c, b.Section.Styles)
		case b.Table != nil:
			c.readTable(b.Table)
		case b.Contents != nil:
			c.read(b.Contents.Content)
		}
	}
}

func (c *card) readParagraph(pg *Paragraph) {
	look(c, pg.Styles)
	if _, ok := pg.Bullets[c.id]; ok {
		c.look("list")
	}
	for _, el := range pg.Elements {
		if el.Mark == nil {
			continue
		}
		c.says(el.Mark, strings.ReplaceAll(cmp.Or(el.Text, el.Thing.label()), "\n", "¶"))
		look(c, el.Mark.Styles)
		look(c, el.Mark.Options)
	}
}

func (c *card) readTable(t *Table) {
	if c.says(t.Mark, "[table]") {
		return
	}
	for r, row := range t.Rows {
		look(c, row.Styles)
		if c.says(row.Mark, "[table row]") {
			continue
		}
		for _, cell := range row.Cells {
			look(c, cell.Styles)
			if _, ok := cell.Merges[c.id]; ok {
				c.look("merged cells")
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

// summary is a suggestion in words, as the editor's card says it, and whether it marks anything.
func (d *Document) summary(s *Suggestion) (words string, found bool) {
	c := card{id: s.ID}
	for _, t := range d.AllTabs() {
		if t.ID != s.Tab {
			continue
		}
		c.readTab(t)
		for _, seg := range t.Segments() {
			c.read(seg.Content)
		}
	}
	added, deleted := strings.Join(c.added, ""), strings.Join(c.deleted, "")
	slices.Sort(c.looks)
	var said []string
	switch {
	case added != "" && deleted != "":
		said = append(said, "Replace: “"+deleted+"” with “"+added+"”")
	case added != "":
		said = append(said, "Add: “"+added+"”")
	case deleted != "":
		said = append(said, "Delete: “"+deleted+"”")
	}
	if len(c.looks) > 0 {
		said = append(said, "Format: "+strings.Join(slices.Compact(c.looks), ", "))
	}
	return strings.Join(said, "; "), c.found
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
