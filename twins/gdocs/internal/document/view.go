package document

import (
	"html"
	"slices"
	"strconv"
	"time"

	"twinset.dev/twins/gdocs/internal/api"
)

// A Look is how a reader asked to see a document, and what the document itself does not know.
type Look struct {
	ID, Title, Revision string
	Base                string // what the addresses of images begin with, where they are the document's own copies
	Mode                string // SUGGESTIONS_INLINE, PREVIEW_SUGGESTIONS_ACCEPTED or PREVIEW_WITHOUT_SUGGESTIONS
	Tabs                bool   // includeTabsContent
	Comments            bool   // comments are included
	Threads             []api.CommentThread
	Who                 func(author string) *api.PostAuthor
}

// View is the document in the API's shape.
//
// https://developers.google.com/workspace/docs/api/reference/rest/v1/documents#Document
func (d *Document) View(l Look) *api.Document {
	seen := d
	switch l.Mode {
	case "PREVIEW_SUGGESTIONS_ACCEPTED":
		seen = d.Preview(true)
	case "PREVIEW_WITHOUT_SUGGESTIONS":
		seen = d.Preview(false)
	}
	v := &viewer{legacyLinks: !l.Tabs && len(d.Tabs) == 1 && len(d.Tabs[0].Children) == 0, comments: l.Comments, base: l.Base}
	out := &api.Document{
		DocumentID: some(l.ID), Title: some(l.Title), RevisionID: some(l.Revision), SuggestionsViewMode: p(l.Mode),
		CommentsViewMode: p("COMMENTS_VIEW_MODE_OMITTED"),
	}
	if l.Comments {
		out.CommentsViewMode = p("COMMENTS_VIEW_MODE_INCLUDED")
		out.Comments = l.Threads
		for _, s := range d.Suggestions {
			out.Suggestions = append(out.Suggestions, s.view(l.Who))
		}
	}
	if l.Tabs {
		out.Tabs = v.tabs(seen.Tabs, nil, 0, seen.Tabs[0].ID)
		return out
	}
	t := v.tab(seen.Tabs[0], seen.Tabs[0].ID)
	out.Body, out.Headers, out.Footers, out.Footnotes = t.Body, t.Headers, t.Footers, t.Footnotes
	out.DocumentStyle, out.NamedStyles, out.Lists, out.NamedRanges = t.DocumentStyle, t.NamedStyles, t.Lists, t.NamedRanges
	out.InlineObjects, out.PositionedObjects = t.InlineObjects, t.PositionedObjects
	out.SuggestedDocumentStyleChanges, out.SuggestedNamedStylesChanges = t.SuggestedDocumentStyleChanges, t.SuggestedNamedStylesChanges
	return out
}

type viewer struct {
	legacyLinks bool
	comments    bool
	base        string
	ints        []int32        // a block of memory for indexes
	notes       map[string]int // numbers of footnotes
}

// n is a pointer to an index; zero is left out of the JSON.
func (v *viewer) n(x int) *int32 {
	if x == 0 {
		return nil
	}
	if len(v.ints) == cap(v.ints) {
		v.ints = make([]int32, 0, 1024)
	}
	v.ints = append(v.ints, int32(x))
	return &v.ints[len(v.ints)-1]
}

func tabProperties(t *Tab, parent *string, index, level int) *api.TabProperties {
	return &api.TabProperties{
		TabID: p(t.ID), Title: p(t.Title), IconEmoji: some(t.Icon), ParentTabID: parent, Index: p(int32(index)), NestingLevel: some(int32(level)),
	}
}

func (v *viewer) tabs(tabs []*Tab, parent *string, level int, first string) []api.Tab {
	var out []api.Tab
	for i, t := range tabs {
		out = append(out, api.Tab{
			TabProperties: tabProperties(t, parent, i, level),
			DocumentTab:   v.tab(t, first),
			ChildTabs:     v.tabs(t.Children, p(t.ID), level+1, first),
		})
	}
	return out
}

func (v *viewer) tab(t *Tab, first string) *api.DocumentTab {
	v.notes = map[string]int{}
	for pg := range t.Body.Content.Paragraphs() {
		for _, el := range pg.Elements {
			if el.Thing != nil && el.Thing.Footnote != "" {
				v.notes[el.Thing.Footnote] = len(v.notes) + 1
			}
		}
	}
	out := &api.DocumentTab{
		Body:                          &api.Body{Content: v.content(t.Body.Content, 0)},
		DocumentStyle:                 t.Style,
		NamedStyles:                   &api.NamedStyles{Styles: t.Named},
		SuggestedDocumentStyleChanges: seen(t.StyleMarks, documentChange),
		SuggestedNamedStylesChanges:   namedChanges(t.NamedMarks),
	}
	for _, s := range t.Headers {
		out.Headers = put(out.Headers, s.ID, api.Header{HeaderID: p(s.ID), Content: v.content(s.Content, 0)})
	}
	for _, s := range t.Footers {
		out.Footers = put(out.Footers, s.ID, api.Footer{FooterID: p(s.ID), Content: v.content(s.Content, 0)})
	}
	for _, s := range t.Footnotes {
		out.Footnotes = put(out.Footnotes, s.ID, api.Footnote{FootnoteID: p(s.ID), Content: v.content(s.Content, 0)})
	}
	uses := t.uses()
	for _, l := range t.Lists {
		out.Lists = put(out.Lists, l.ID, uses.list(l))
	}
	for _, o := range t.Objects {
		if o.Inline != nil {
			out.InlineObjects = put(out.InlineObjects, o.ID, v.inline(o, uses.images[o.ID]))
		} else {
			out.PositionedObjects = put(out.PositionedObjects, o.ID, v.positioned(o))
		}
	}
	tab := some(t.ID)
	if t.ID == first {
		tab = nil // what is in the first tab need not say so
	}
	ranges := func(n Name) []api.Range {
		var out []api.Range
		for _, r := range n.Ranges {
			out = append(out, api.Range{SegmentID: some(r.Segment), StartIndex: v.n(r.Start), EndIndex: v.n(r.End), TabID: tab})
		}
		return out
	}
	for _, n := range t.Names {
		all := out.NamedRanges[n.Name]
		all.Name = p(n.Name)
		all.NamedRanges = append(all.NamedRanges, api.NamedRange{NamedRangeID: p(n.ID), Name: p(n.Name), Ranges: ranges(n)})
		out.NamedRanges = put(out.NamedRanges, n.Name, all)
	}
	for _, d := range t.Dropdowns {
		out.DropdownDefinitions = put(out.DropdownDefinitions, d.ID, *d.view())
	}
	if v.comments {
		for _, a := range t.Anchors {
			out.CommentAnchors = put(out.CommentAnchors, a.ID, api.CommentAnchor{AnchorID: p(a.ID), Ranges: ranges(a)})
		}
	}
	return out
}

func put[V any](m map[string]V, key string, v V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = v
	return m
}

func (v *viewer) content(c Content, at int) []api.StructuralElement {
	out := make([]api.StructuralElement, 0, len(c))
	for i := range c {
		b := &c[i]
		el := api.StructuralElement{StartIndex: v.n(at)}
		start := at
		at += b.Size()
		el.EndIndex = v.n(at)
		switch {
		case b.Paragraph != nil:
			el.Paragraph = v.paragraph(b.Paragraph, start)
		case b.Table != nil:
			el.Table = v.table(b.Table, start)
		case b.Section != nil:
			el.SectionBreak = &api.SectionBreak{SectionStyle: b.Section.Style}
			if m := b.Section.Mark; m != nil {
				el.SectionBreak.SuggestedInsertionIDs, el.SectionBreak.SuggestedDeletionIDs = m.Insert, m.Delete
			}
		case b.Contents != nil:
			el.TableOfContents = &api.TableOfContents{Content: v.content(b.Contents.Content, start+1)}
		}
		out = append(out, el)
	}
	return out
}

func (v *viewer) table(t *Table, at int) *api.Table {
	out := &api.Table{Rows: p(int32(len(t.Rows))), Columns: p(int32(len(t.Columns))), TableStyle: &api.TableStyle{TableColumnProperties: t.Columns}}
	if t.Mark != nil {
		out.SuggestedInsertionIDs, out.SuggestedDeletionIDs = t.Mark.Insert, t.Mark.Delete
	}
	at++
	for r := range t.Rows {
		row := api.TableRow{StartIndex: v.n(at), TableRowStyle: t.Rows[r].Style, SuggestedTableRowStyleChanges: seen(t.Rows[r].Styles, rowChange)}
		if m := t.Rows[r].Mark; m != nil {
			row.SuggestedInsertionIDs, row.SuggestedDeletionIDs = m.Insert, m.Delete
		}
		at++
		for k := range t.Rows[r].Cells {
			c := &t.Rows[r].Cells[k]
			cell := api.TableCell{StartIndex: v.n(at), TableCellStyle: c.Style, SuggestedTableCellStyleChanges: seen(t.changes(r, k), cellChange), Content: v.content(c.Content, at+1)}
			if m := c.Mark; m != nil {
				cell.SuggestedInsertionIDs, cell.SuggestedDeletionIDs = m.Insert, m.Delete
			}
			at += 1 + c.Content.Size()
			cell.EndIndex = v.n(at)
			row.TableCells = append(row.TableCells, cell)
		}
		row.EndIndex = v.n(at)
		out.TableRows = append(out.TableRows, row)
	}
	return out
}

func bulletView(b *Bullet) *api.Bullet {
	style := b.Style
	if style == nil {
		style = &api.TextStyle{}
	}
	return &api.Bullet{ListID: p(b.List), NestingLevel: some(int32(b.Level)), TextStyle: style}
}

func (v *viewer) paragraph(pg *Paragraph, at int) *api.Paragraph {
	out := &api.Paragraph{
		ParagraphStyle: pg.Style, PositionedObjectIDs: pg.Positioned,
		SuggestedParagraphStyleChanges: seen(pg.Styles, paragraphChange), SuggestedBulletChanges: bulletChanges(pg),
		Elements: make([]api.ParagraphElement, 0, len(pg.Elements)),
	}
	if pg.Bullet != nil {
		out.Bullet = bulletView(pg.Bullet)
	}
	for i := range pg.Elements {
		e := &pg.Elements[i]
		el := api.ParagraphElement{StartIndex: v.n(at), EndIndex: v.n(at + e.units)}
		at += e.units
		v.element(&el, e)
		out.Elements = append(out.Elements, el)
	}
	return out
}

var noStyle = &api.TextStyle{}

func (v *viewer) element(out *api.ParagraphElement, e *Element) {
	style := v.style(e.Style)
	var m Mark
	if e.Mark != nil {
		m = *e.Mark
	}
	styles := seen(m.Styles, textChange)
	t := e.Thing
	switch {
	case t == nil:
		out.TextRun = &api.TextRun{Content: &e.Text, TextStyle: style, SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete, SuggestedTextStyleChanges: styles}
	case t.Image != "":
		out.InlineObjectElement = &api.InlineObjectElement{InlineObjectID: &t.Image, TextStyle: style, SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete, SuggestedTextStyleChanges: styles}
	case t.Footnote != "":
		out.FootnoteReference = &api.FootnoteReference{
			FootnoteID: &t.Footnote, FootnoteNumber: p(strconv.Itoa(v.notes[t.Footnote])),
			TextStyle: style, SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete, SuggestedTextStyleChanges: styles,
		}
	case t.AutoText != "":
		out.AutoText = &api.AutoText{Type: &t.AutoText, TextStyle: style, SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete, SuggestedTextStyleChanges: styles}
	case t.PageBreak:
		out.PageBreak = &api.PageBreak{TextStyle: style, SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete, SuggestedTextStyleChanges: styles}
	case t.ColumnBreak:
		out.ColumnBreak = &api.ColumnBreak{TextStyle: style, SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete, SuggestedTextStyleChanges: styles}
	case t.Rule:
		out.HorizontalRule = &api.HorizontalRule{TextStyle: style, SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete, SuggestedTextStyleChanges: styles}
	case t.Equation:
		out.Equation = &api.Equation{SuggestedInsertionIDs: m.Insert, SuggestedDeletionIDs: m.Delete}
	case t.Person != nil:
		c := *t.Person
		c.TextStyle, c.SuggestedInsertionIDs, c.SuggestedDeletionIDs, c.SuggestedTextStyleChanges = style, m.Insert, m.Delete, styles
		out.Person = &c
	case t.Link != nil:
		c := *t.Link
		c.TextStyle, c.SuggestedInsertionIDs, c.SuggestedDeletionIDs, c.SuggestedTextStyleChanges = style, m.Insert, m.Delete, styles
		out.RichLink = &c
	case t.Date != nil:
		c := *t.Date
		c.TextStyle, c.SuggestedInsertionIDs, c.SuggestedDeletionIDs, c.SuggestedTextStyleChanges = style, m.Insert, m.Delete, styles
		out.DateElement = &c
	case t.Dropdown != nil:
		c := *t.Dropdown
		c.TextStyle, c.SuggestedInsertionIDs, c.SuggestedDeletionIDs, c.SuggestedTextStyleChanges = style, m.Insert, m.Delete, styles
		c.SuggestedDropdownPropertiesChanges = seen(m.Options, dropdownChange)
		out.Dropdown = &c
	}
}

// style shows a link the way the reader asked: within a document of one tab, the old fields.
func (v *viewer) style(s *api.TextStyle) *api.TextStyle {
	if s == nil {
		return noStyle
	}
	if !v.legacyLinks || s.Link == nil || s.Link.Heading == nil && s.Link.Bookmark == nil {
		return s
	}
	c, l := *s, api.Link{}
	if h := s.Link.Heading; h != nil {
		l.HeadingID = h.ID
	} else {
		l.BookmarkID = s.Link.Bookmark.ID
	}
	c.Link = &l
	return &c
}

func stamp(t time.Time) *string { return p(t.UTC().Format("2006-01-02T15:04:05.000Z")) }

func (s *Suggestion) view(who func(string) *api.PostAuthor) api.SuggestionThread {
	out := api.SuggestionThread{
		SuggestionID: p(s.ID), Status: p(s.Status), SummaryText: some(s.Summary), SummaryHTML: some(html.EscapeString(s.Summary)),
		HeadPost: &api.Post{
			PostID: p(s.ID), Author: who(s.Author), CreateTime: stamp(s.Created), UpdateTime: stamp(s.Updated), SuggestionAction: p("NO_SUGGESTION_ACTION_CHANGE"),
		},
	}
	for _, r := range s.Replies {
		out.Replies = append(out.Replies, *r.view(who))
	}
	return out
}

func (r Reply) view(who func(string) *api.PostAuthor) *api.Post {
	action := "NO_SUGGESTION_ACTION_CHANGE"
	if r.Action != "" {
		action = r.Action
	}
	return &api.Post{
		PostID: p(r.ID), Author: who(r.Author), Content: some(r.Content), ContentHTML: some(html.EscapeString(r.Content)),
		CreateTime: stamp(r.Created), UpdateTime: stamp(r.Updated), SuggestionAction: &action,
	}
}

// Headings are the ids of a tab's headings.
func (t *Tab) Headings() []string {
	var out []string
	for pg := range t.Body.Content.Paragraphs() {
		if pg.Style.HeadingID != nil {
			out = append(out, *pg.Style.HeadingID)
		}
	}
	return slices.Clip(out)
}
