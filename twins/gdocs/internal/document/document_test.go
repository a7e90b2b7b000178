package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/internal/google/bed"
)

// testContext is a world with a clock that stands, ids that count and one picture.
func testContext() Context {
	n := 0
	return Context{
		Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		ID: func(prefix string) string {
			n++
			return fmt.Sprintf("%s%d", prefix, n)
		},
		Author: "ann@example.com", Editor: true,
		Picture: func(uri string) (Picture, error) {
			if !strings.HasSuffix(uri, ".png") {
				return Picture{}, bad("The provided image was not found.")
			}
			return Picture{ContentURI: "https://content/" + uri, Width: 1200, Height: 300}, nil
		},
		Name:     func(email string) string { return strings.TrimSuffix(email, "@example.com") },
		Resource: func(uri string) (Resource, error) { return Resource{Title: "Plan", MimeType: "text/plain"}, nil },
		Who:      func(a string) *api.PostAuthor { return &api.PostAuthor{DisplayName: p(a)} },
		Comments: noComments{},
	}
}

type noComments struct{}

func (noComments) Insert(anchor, quote, content, _ string) (*api.CommentThread, error) {
	return &api.CommentThread{CommentID: p("AAAA1"), AnchorID: p(anchor), PlainTextQuote: p(quote)}, nil
}
func (noComments) Reply(comment string, post *api.Post) (*api.Post, error) { return post, nil }
func (noComments) Update(comment, post, content string) error              { return nil }
func (noComments) Delete(comment string) (string, error) {
	if comment == "AAAA1" {
		return "kix.1", nil
	}
	return "", missing("Comment", comment)
}
func (noComments) DeleteReply(comment, post string) error { return missing("Reply", post) }

// TestRequests plays testdata: "apply" does requests, one JSON object a line, and prints the document, or the refusal.
// Its arguments: positioned (an object beside the first paragraph), suggest, as=NAME, reader (no editor), show=json, mode=, new (start over).
func TestRequests(t *testing.T) {
	coverage := bed.Coverage{Words: map[string]int{"bad": 0, "missing": 0}}
	datadriven.Walk(t, "testdata/requests", func(t *testing.T, path string) {
		doc, c := New(), testContext()
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			if td.HasArg("new") {
				doc, c = New(), testContext()
			}
			if td.HasArg("positioned") { // no request makes one
				tab := doc.Tabs[0]
				tab.Objects = []Object{{ID: "kix.beside", Positioned: &api.PositionedObjectProperties{EmbeddedObject: &api.EmbeddedObject{Size: fit(Picture{Width: 8, Height: 8}, nil, 100)}}}}
				first := *tab.Body.Content[1].Paragraph
				first.Positioned = []string{"kix.beside"}
				tab.Body.Content[1] = block(&first)
			}
			c.Suggest = td.HasArg("suggest")
			c.Editor = !td.HasArg("reader")
			c.Author = "ann@example.com"
			td.MaybeScanArgs(t, "as", &c.Author)
			mode := "SUGGESTIONS_INLINE"
			td.MaybeScanArgs(t, "mode", &mode)
			var reqs []api.Request
			dec := json.NewDecoder(strings.NewReader(td.Input))
			for dec.More() {
				var r api.Request
				dec.DisallowUnknownFields()
				if err := dec.Decode(&r); err != nil {
					return "bad script: " + err.Error()
				}
				reqs = append(reqs, r)
			}
			next, res, err := Apply(doc, c, reqs)
			if err != nil {
				coverage.Refused(err.Error())
				return fmt.Sprintf("%d %s\n", err.(*Error).Status, err)
			}
			doc = next
			check(t, doc)
			view := doc.View(Look{Mode: mode, Tabs: true, Who: c.Who, Comments: true})
			var b strings.Builder
			for i, r := range res.Replies {
				if j, _ := json.Marshal(r); string(j) != "{}" {
					fmt.Fprintf(&b, "%s\n", j)
				}
				if j, _ := json.Marshal(res.Suggestions[i]); string(j) != "{}" {
					fmt.Fprintf(&b, "%s\n", j)
				}
			}
			if td.HasArg("json") {
				for _, el := range view.Tabs[0].DocumentTab.Body.Content {
					fmt.Fprintf(&b, "%s\n", mustJSON(el))
				}
				return b.String() + mustJSON(view.Tabs[0].DocumentTab.InlineObjects) + "\n"
			}
			for _, s := range doc.Suggestions {
				fmt.Fprintf(&b, "%s %s %s\n", s.ID, s.Status, s.Summary)
			}
			outlineTabs(&b, view.Tabs)
			return b.String()
		})
	})
	coverage.Check(t, nil)
}

func outlineTabs(b *strings.Builder, tabs []api.Tab) {
	for _, t := range tabs {
		if len(tabs) > 1 || *t.TabProperties.TabID != "t.0" {
			fmt.Fprintf(b, "tab %s %q\n", *t.TabProperties.TabID, *t.TabProperties.Title)
		}
		outline(b, t.DocumentTab.Body.Content, "")
		for _, id := range sortedKeys(t.DocumentTab.Headers) {
			fmt.Fprintf(b, "header %s\n", id)
			outline(b, t.DocumentTab.Headers[id].Content, "  ")
		}
		for _, id := range sortedKeys(t.DocumentTab.Footers) {
			fmt.Fprintf(b, "footer %s\n", id)
			outline(b, t.DocumentTab.Footers[id].Content, "  ")
		}
		for _, id := range sortedKeys(t.DocumentTab.Footnotes) {
			fmt.Fprintf(b, "footnote %s\n", id)
			outline(b, t.DocumentTab.Footnotes[id].Content, "  ")
		}
		for _, name := range sortedKeys(t.DocumentTab.NamedRanges) {
			j, _ := json.Marshal(t.DocumentTab.NamedRanges[name].NamedRanges)
			fmt.Fprintf(b, "named %s\n", j)
		}
		for _, id := range sortedKeys(t.DocumentTab.CommentAnchors) {
			j, _ := json.Marshal(t.DocumentTab.CommentAnchors[id])
			fmt.Fprintf(b, "anchor %s\n", j)
		}
		for _, id := range sortedKeys(t.DocumentTab.InlineObjects) {
			o := t.DocumentTab.InlineObjects[id]
			fmt.Fprintf(b, "object %s %s%s", id, mustJSON(o.InlineObjectProperties.EmbeddedObject.Size), marks(one(o.SuggestedInsertionID), o.SuggestedDeletionIDs))
			changes(b, o.SuggestedInlineObjectPropertiesChanges)
		}
		for _, id := range sortedKeys(t.DocumentTab.PositionedObjects) {
			o := t.DocumentTab.PositionedObjects[id]
			fmt.Fprintf(b, "positioned %s%s", id, marks(one(o.SuggestedInsertionID), o.SuggestedDeletionIDs))
			changes(b, o.SuggestedPositionedObjectPropertiesChanges)
		}
		for _, id := range sortedKeys(t.DocumentTab.DropdownDefinitions) {
			d := t.DocumentTab.DropdownDefinitions[id]
			fmt.Fprintf(b, "dropdown %s %s%s", id, mustJSON(d.DropdownDefinitionProperties), marks(one(d.SuggestedInsertionID), one(d.SuggestedDeletionID)))
			changes(b, d.SuggestedDropdownDefinitionPropertiesChanges)
		}
		for _, id := range sortedKeys(t.DocumentTab.Lists) {
			list := t.DocumentTab.Lists[id]
			l := list.ListProperties.NestingLevels[0]
			fmt.Fprintf(b, "list %s %s%s %s%s\n", id, val(l.GlyphSymbol), val(l.GlyphType), val(l.GlyphFormat), marks(one(list.SuggestedInsertionID), list.SuggestedDeletionIDs))
		}
		for _, id := range sortedKeys(t.DocumentTab.SuggestedDocumentStyleChanges) {
			fmt.Fprintf(b, "~%s %s\n", id, mustJSON(t.DocumentTab.SuggestedDocumentStyleChanges[id]))
		}
		for _, id := range sortedKeys(t.DocumentTab.SuggestedNamedStylesChanges) {
			fmt.Fprintf(b, "~%s %s\n", id, mustJSON(t.DocumentTab.SuggestedNamedStylesChanges[id]))
		}
		outlineTabs(b, t.ChildTabs)
	}
}

// changes are what suggestions would change of a thing, and the end of its line.
func changes[V any](b *strings.Builder, m map[string]V) {
	for _, id := range sortedKeys(m) {
		fmt.Fprintf(b, " ~%s %s", id, mustJSON(m[id]))
	}
	b.WriteString("\n")
}

func one(id *string) []string {
	if id == nil {
		return nil
	}
	return []string{*id}
}

// marks is what suggestions would do with a table, a row, a cell or a section break.
func marks(inserted, deleted []string) (out string) {
	for _, id := range inserted {
		out += " +" + id
	}
	for _, id := range deleted {
		out += " -" + id
	}
	return out
}

func outline(b *strings.Builder, content []api.StructuralElement, in string) {
	for _, el := range content {
		fmt.Fprintf(b, "%s%d-%d ", in, val(el.StartIndex), val(el.EndIndex))
		switch {
		case el.SectionBreak != nil:
			j, _ := json.Marshal(el.SectionBreak.SectionStyle)
			fmt.Fprintf(b, "section %s%s\n", j, marks(el.SectionBreak.SuggestedInsertionIDs, el.SectionBreak.SuggestedDeletionIDs))
		case el.Table != nil:
			fmt.Fprintf(b, "table %dx%d%s\n", *el.Table.Rows, *el.Table.Columns, marks(el.Table.SuggestedInsertionIDs, el.Table.SuggestedDeletionIDs))
			for _, r := range el.Table.TableRows {
				fmt.Fprintf(b, "%s  %d-%d row", in, *r.StartIndex, *r.EndIndex)
				if val(r.TableRowStyle.TableHeader) {
					b.WriteString(" header")
				}
				b.WriteString(marks(r.SuggestedInsertionIDs, r.SuggestedDeletionIDs))
				for _, id := range sortedKeys(r.SuggestedTableRowStyleChanges) {
					fmt.Fprintf(b, " ~%s %s", id, mustJSON(r.SuggestedTableRowStyleChanges[id]))
				}
				b.WriteString("\n")
				for _, c := range r.TableCells {
					fmt.Fprintf(b, "%s    %d-%d cell", in, *c.StartIndex, *c.EndIndex)
					if h, w := *c.TableCellStyle.RowSpan, *c.TableCellStyle.ColumnSpan; h*w > 1 {
						fmt.Fprintf(b, " %dx%d", h, w)
					}
					b.WriteString(marks(c.SuggestedInsertionIDs, c.SuggestedDeletionIDs))
					for _, id := range sortedKeys(c.SuggestedTableCellStyleChanges) {
						fmt.Fprintf(b, " ~%s %s", id, mustJSON(c.SuggestedTableCellStyleChanges[id]))
					}
					b.WriteString("\n")
					outline(b, c.Content, in+"      ")
				}
			}
		case el.Paragraph != nil:
			pg := el.Paragraph
			style := *pg.ParagraphStyle
			b.WriteString(*style.NamedStyleType)
			style.NamedStyleType = nil
			if val(style.Direction) == "LEFT_TO_RIGHT" {
				style.Direction = nil
			}
			cell := *cellParagraphStyle()
			cell.NamedStyleType, cell.Direction = nil, nil
			if reflect.DeepEqual(style, cell) {
				style = api.ParagraphStyle{}
			}
			if j, _ := json.Marshal(style); string(j) != "{}" {
				fmt.Fprintf(b, " %s", j)
			}
			if pg.Bullet != nil {
				fmt.Fprintf(b, " *%s/%d", *pg.Bullet.ListID, val(pg.Bullet.NestingLevel))
			}
			for _, e := range pg.Elements {
				j, _ := json.Marshal(e)
				var m map[string]map[string]any
				var kind string
				_ = json.Unmarshal(j, &m)
				for k := range m {
					if m[k] != nil {
						kind = k
					}
				}
				parts := m[kind]
				if kind == "textRun" {
					fmt.Fprintf(b, " %q", parts["content"])
					delete(parts, "content")
				} else {
					fmt.Fprintf(b, " <%s>", kind)
				}
				if s, ok := parts["textStyle"].(map[string]any); ok && len(s) == 0 {
					delete(parts, "textStyle")
				}
				if len(parts) > 0 {
					j, _ := json.Marshal(parts)
					b.Write(j)
				}
			}
			for _, id := range sortedKeys(pg.SuggestedParagraphStyleChanges) {
				j, _ := json.Marshal(pg.SuggestedParagraphStyleChanges[id])
				fmt.Fprintf(b, " ~%s %s", id, j)
			}
			for _, id := range sortedKeys(pg.SuggestedBulletChanges) {
				j, _ := json.Marshal(pg.SuggestedBulletChanges[id])
				fmt.Fprintf(b, " ~%s %s", id, j)
			}
			b.WriteString("\n")
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	// a handful: sort in place
	for i := range out {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// check holds a document to what must be true of all of them.
func check(t testing.TB, d *Document) {
	t.Helper()
	for _, tab := range d.AllTabs() {
		for _, seg := range tab.Segments() {
			checkContent(t, tab, seg.Content)
			view := (&viewer{notes: map[string]int{}}).content(seg.Content, 0)
			at, runs := 0, ""
			checkIndexes(t, view, &at, &runs)
			if at != seg.Content.Size() {
				t.Fatalf("indexes end at %d, the segment at %d", at, seg.Content.Size())
			}
			if got := seg.Content.Text(); got != runs {
				t.Fatalf("text %q, runs %q", got, runs)
			}
			for _, n := range append(copyNames(tab.Names), tab.Anchors...) {
				for _, r := range n.Ranges {
					if r.Segment == seg.ID && (r.Start < 0 || r.Start >= r.End || r.End > at) {
						t.Fatalf("named range %v outside of a segment of %d", r, at)
					}
				}
			}
		}
	}
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Document
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(&back); !bytes.Equal(data, again) {
		t.Fatalf("stored form changed:\n%s\n%s", data, again)
	}
	if !reflect.DeepEqual(&back, d) {
		t.Fatalf("the document does not come back from its JSON as it was: %s", unlike("document", reflect.ValueOf(&back), reflect.ValueOf(d)))
	}
	l := Look{Mode: "SUGGESTIONS_INLINE", Tabs: true, Who: func(string) *api.PostAuthor { return nil }}
	a, _ := json.Marshal(d.View(l))
	b, _ := json.Marshal(back.View(l))
	if !bytes.Equal(a, b) {
		t.Fatalf("the view of the stored form differs:\n%s\n%s", a, b)
	}
}

func checkContent(t testing.TB, tab *Tab, c Content) {
	t.Helper()
	if len(c) == 0 || c[len(c)-1].Paragraph == nil {
		t.Fatalf("content does not end with a paragraph: %+v", c)
	}
	for i, b := range c {
		if (b.Table != nil || b.Section != nil && i > 0) && c[i-1].Paragraph == nil {
			t.Fatalf("no paragraph before block %d", i)
		}
		if b.Table != nil {
			for _, r := range b.Table.Rows {
				if len(r.Cells) != len(b.Table.Columns) {
					t.Fatalf("a row of %d cells in a table of %d columns", len(r.Cells), len(b.Table.Columns))
				}
				for _, cell := range r.Cells {
					checkContent(t, tab, cell.Content)
				}
			}
		}
		if b.Paragraph == nil {
			continue
		}
		n := 0
		for k, el := range b.Paragraph.Elements {
			n += el.units
			if el.Thing == nil && el.units != units(el.Text) || el.units == 0 {
				t.Fatalf("%q counts as %d units", el.Text, el.units)
			}
			if nl := strings.Index(el.Text, "\n"); (nl >= 0) != (k == len(b.Paragraph.Elements)-1) || nl >= 0 && nl != len(el.Text)-1 {
				t.Fatalf("newline out of place: %+v", b.Paragraph.Elements)
			}
			if k > 0 && el.Thing == nil && b.Paragraph.Elements[k-1].Thing == nil && same(el.Style, b.Paragraph.Elements[k-1].Style) && same(el.Mark, b.Paragraph.Elements[k-1].Mark) {
				t.Fatalf("neighbours of one style: %+v", b.Paragraph.Elements)
			}
		}
		if n != b.size {
			t.Fatalf("a paragraph of %d units says %d", n, b.size)
		}
		if bl := b.Paragraph.Bullet; bl != nil && tab.list(bl.List) == nil {
			t.Fatalf("no list %s", bl.List)
		}
	}
}

// checkIndexes holds every element to start where the last ended.
func checkIndexes(t testing.TB, els []api.StructuralElement, at *int, runs *string) {
	t.Helper()
	next := func(start, end *int32, inner func()) {
		if int(val(start)) != *at {
			t.Fatalf("starts at %d, not at %d", val(start), *at)
		}
		inner()
		if int(val(end)) != *at {
			t.Fatalf("ends at %d, not at %d", val(end), *at)
		}
	}
	for _, el := range els {
		next(el.StartIndex, el.EndIndex, func() {
			switch {
			case el.Paragraph != nil:
				for _, e := range el.Paragraph.Elements {
					next(e.StartIndex, e.EndIndex, func() {
						if e.TextRun != nil {
							*runs += *e.TextRun.Content
							*at += units(*e.TextRun.Content)
						} else {
							*at++
						}
					})
				}
			case el.Table != nil:
				*at++
				for _, r := range el.Table.TableRows {
					next(r.StartIndex, r.EndIndex, func() {
						*at++
						for _, c := range r.TableCells {
							next(c.StartIndex, c.EndIndex, func() {
								*at++
								checkIndexes(t, c.Content, at, runs)
							})
						}
					})
				}
				*at++
			default:
				*at++
			}
		})
	}
}

// unlike is the first place where two values differ.
func unlike(at string, a, b reflect.Value) string {
	switch {
	case a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil():
		return unlike(at, a.Elem(), b.Elem())
	case a.Kind() == reflect.Struct:
		for i := range a.NumField() {
			if f := a.Type().Field(i); f.IsExported() && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
				return unlike(at+"."+f.Name, a.Field(i), b.Field(i))
			}
		}
	case a.Kind() == reflect.Slice && a.Len() == b.Len():
		for i := range a.Len() {
			if !reflect.DeepEqual(a.Index(i).Interface(), b.Index(i).Interface()) {
				return unlike(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i))
			}
		}
	}
	return fmt.Sprintf("%s: %#v and %#v", at, a, b)
}

func mustJSON(v any) string {
	j, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(j)
}

// big is a document of a megabyte in 10,000 paragraphs.
func big(t testing.TB) *Document {
	line := strings.Repeat("0123456789", 10) + "\n"
	d, _, err := Apply(New(), testContext(), []api.Request{{InsertText: &api.InsertTextRequest{Text: p(strings.Repeat(line, 10000)), Location: &api.Location{Index: p(int32(1))}}}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func BenchmarkBatchOf100(b *testing.B) {
	d, c := big(b), testContext()
	for b.Loop() {
		var reqs []api.Request
		for i := range int32(50) {
			at := 500000 + i*1000
			reqs = append(reqs,
				api.Request{InsertText: &api.InsertTextRequest{Text: p("word "), Location: &api.Location{Index: p(at)}}},
				api.Request{UpdateTextStyle: &api.UpdateTextStyleRequest{Range: &api.Range{StartIndex: p(at), EndIndex: p(at + 40)}, Fields: p("bold"), TextStyle: &api.TextStyle{Bold: p(true)}}})
		}
		if _, _, err := Apply(d, c, reqs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkView(b *testing.B) {
	d := big(b)
	for b.Loop() {
		d.View(Look{Mode: "SUGGESTIONS_INLINE"})
	}
}
