// Package document is the model of a Google document: what it holds, how a reader sees it and what each request of a
// batchUpdate does to it. It is pure: a document goes in, a new one comes out, and the two share all that did not change.
//
// Structure is our own (Tab, Segment, Block, Paragraph, Element, Table). A style is the vendor's value object as it is:
// its fields, its masks and its JSON are what the API says they are. A style is never written to once it hangs in a document.
//
// https://developers.google.com/workspace/docs/api/concepts/structure
package document

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/twins/gdocs/internal/api"
)

// A Document is all its tabs and the threads of its suggestions. The title is the file's name and is not kept here.
type Document struct {
	Tabs        []*Tab       `json:"tabs"`
	Suggestions []Suggestion `json:"suggestions,omitempty"`
}

// A Tab is one document inside the document: every index, id and style belongs to its tab.
type Tab struct {
	ID         string                               `json:"id"`
	Title      string                               `json:"title"`
	Icon       string                               `json:"icon,omitempty"`
	Children   []*Tab                               `json:"children,omitempty"`
	Body       *Segment                             `json:"body"`
	Headers    []*Segment                           `json:"headers,omitempty"`
	Footers    []*Segment                           `json:"footers,omitempty"`
	Footnotes  []*Segment                           `json:"footnotes,omitempty"`
	Lists      []List                               `json:"lists,omitempty"`
	Named      []api.NamedStyle                     `json:"namedStyles"`
	NamedMarks map[string]NamedChanges              `json:"namedMarks,omitempty"` // by suggestion
	Style      *api.DocumentStyle                   `json:"style"`
	StyleMarks map[string]Change[api.DocumentStyle] `json:"styleMarks,omitempty"` // by suggestion
	Objects    []Object                             `json:"objects,omitempty"`
	Names      []Name                               `json:"names,omitempty"`
	Anchors    []Name                               `json:"anchors,omitempty"` // where comments hang; they have no name
	Dropdowns  []Dropdown                           `json:"dropdowns,omitempty"`
}

// NamedChanges are what one suggestion would change of named styles, each of which its Want names.
type NamedChanges []Change[api.NamedStyle]

// A Segment is content with indexes of its own: a body (no id), a header, a footer or a footnote.
type Segment struct {
	ID      string  `json:"id,omitempty"`
	Content Content `json:"content"`
	Insert  string  `json:"insert,omitempty"` // the suggestion that would add it, if it is a header or a footer
}

// Content is the blocks of a segment, of a table cell or of a table of contents. It ends with a paragraph.
type Content []Block

// A Block is a paragraph, a table, a section break or a table of contents: exactly one of them.
type Block struct {
	Paragraph *Paragraph `json:"p,omitempty"`
	Table     *Table     `json:"table,omitempty"`
	Section   *Section   `json:"section,omitempty"`
	Contents  *Contents  `json:"toc,omitempty"`

	size int // of a paragraph, in UTF-16 code units
}

// A Paragraph is elements, of which the last ends with the only newline.
type Paragraph struct {
	Elements   []Element                             `json:"e"`
	Style      *api.ParagraphStyle                   `json:"style"`
	Bullet     *Bullet                               `json:"bullet,omitempty"`
	Positioned []string                              `json:"positioned,omitempty"` // ids of the objects that hang on it
	Styles     map[string]Change[api.ParagraphStyle] `json:"styles,omitempty"`     // by suggestion
	Bullets    map[string]Bullet                     `json:"bullets,omitempty"`    // by suggestion; one of no list takes it out of its own
}

// A Bullet puts a paragraph into a list.
type Bullet struct {
	List  string         `json:"list,omitempty"`
	Level int            `json:"level,omitempty"`
	Style *api.TextStyle `json:"style,omitempty"`
}

// An Element is a run of text in one style, or one thing that stands in the text and takes one code unit.
type Element struct {
	Text  string         `json:"t,omitempty"`
	Thing *Thing         `json:"thing,omitempty"`
	Style *api.TextStyle `json:"style,omitempty"`
	Mark  *Mark          `json:"mark,omitempty"`

	units int
}

// A Thing is what stands in a text without being text. Exactly one field is set.
type Thing struct {
	Image       string           `json:"image,omitempty"`    // id of an Object
	Footnote    string           `json:"footnote,omitempty"` // id of a Segment
	AutoText    string           `json:"autoText,omitempty"`
	Person      *api.Person      `json:"person,omitempty"`
	Link        *api.RichLink    `json:"link,omitempty"`
	Date        *api.DateElement `json:"date,omitempty"`
	Dropdown    *api.Dropdown    `json:"dropdown,omitempty"`
	PageBreak   bool             `json:"pageBreak,omitempty"`
	ColumnBreak bool             `json:"columnBreak,omitempty"`
	Rule        bool             `json:"rule,omitempty"`
	Equation    bool             `json:"equation,omitempty"`
}

// A Mark is what open suggestions say of an element, of a table, a row or a cell of it, or of a section break.
type Mark struct {
	Insert  []string                                  `json:"insert,omitempty"`  // suggestions that would add it
	Delete  []string                                  `json:"delete,omitempty"`  // suggestions that would remove it
	Styles  map[string]Change[api.TextStyle]          `json:"styles,omitempty"`  // by suggestion
	Options map[string]Change[api.DropdownProperties] `json:"options,omitempty"` // of a dropdown, by suggestion
}

// A Table is rows of cells. A cell that a merge covers is still there, empty.
type Table struct {
	Rows    []Row                       `json:"rows"`
	Columns []api.TableColumnProperties `json:"columns"`
	Mark    *Mark                       `json:"mark,omitempty"`
}

// A Row is one row of a table.
type Row struct {
	Cells  []Cell                               `json:"cells"`
	Style  *api.TableRowStyle                   `json:"style"`
	Mark   *Mark                                `json:"mark,omitempty"`
	Styles map[string]Change[api.TableRowStyle] `json:"styles,omitempty"` // by suggestion
}

// A Cell is one cell of a row. Spans above one are in its style.
type Cell struct {
	Content Content                               `json:"content"`
	Style   *api.TableCellStyle                   `json:"style"`
	Mark    *Mark                                 `json:"mark,omitempty"`
	Styles  map[string]Change[api.TableCellStyle] `json:"styles,omitempty"` // by suggestion
	Merges  map[string]bool                       `json:"merges,omitempty"` // suggestions that would make one cell of all those that say true, or take this merged one apart
}

// A Section is the break that starts one: its style is that of what follows.
type Section struct {
	Style  *api.SectionStyle                   `json:"style"`
	Mark   *Mark                               `json:"mark,omitempty"`
	Styles map[string]Change[api.SectionStyle] `json:"styles,omitempty"` // by suggestion
}

// Contents is a table of contents.
type Contents struct {
	Content Content `json:"content"`
}

// A List is what the paragraphs of a list share: nine levels of glyphs.
type List struct {
	ID         string              `json:"id"`
	Preset     string              `json:"preset,omitempty"`
	Properties *api.ListProperties `json:"properties"`
}

// An Object is an image or a drawing: in the text, or positioned beside a paragraph.
type Object struct {
	ID         string                                `json:"id"`
	Inline     *api.InlineObjectProperties           `json:"inline,omitempty"`
	Positioned *api.PositionedObjectProperties       `json:"positioned,omitempty"`
	Changes    map[string]Change[api.EmbeddedObject] `json:"changes,omitempty"` // by suggestion
	Delete     []string                              `json:"delete,omitempty"`  // suggestions that would remove it from beside its paragraph
}

// A Dropdown is the options that chips offer.
type Dropdown struct {
	ID         string                                              `json:"id"`
	Properties *api.DropdownDefinitionProperties                   `json:"properties"`
	Insert     string                                              `json:"insert,omitempty"`  // the suggestion that would add it
	Delete     string                                              `json:"delete,omitempty"`  // the suggestion that would remove it
	Changes    map[string]Change[api.DropdownDefinitionProperties] `json:"changes,omitempty"` // by suggestion
}

// A Name is a named range, or the anchor of a comment.
type Name struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Ranges []Span `json:"ranges"`
}

// A Span is a stretch of a segment, in UTF-16 code units.
type Span struct {
	Segment string `json:"segment,omitempty"`
	Start   int    `json:"start"`
	End     int    `json:"end"`
}

// A Suggestion is the thread of one suggested change.
type Suggestion struct {
	ID      string    `json:"id"`
	Tab     string    `json:"tab"`
	Author  string    `json:"author"`
	Status  string    `json:"status"` // OPEN, ACCEPTED, REJECTED
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
	Summary string    `json:"summary,omitempty"`
	Replies []Reply   `json:"replies,omitempty"`
}

// A Reply is a post below a suggestion.
type Reply struct {
	ID      string    `json:"id"`
	Author  string    `json:"author"`
	Content string    `json:"content,omitempty"`
	Action  string    `json:"action,omitempty"` // ACCEPT, REJECT
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// New is an empty document as Google creates one.
func New() *Document {
	return &Document{Tabs: []*Tab{newTab("t.0", "Tab 1")}}
}

func newTab(id, title string) *Tab {
	first := &api.SectionStyle{ColumnSeparatorStyle: p("NONE"), ContentDirection: p("LEFT_TO_RIGHT"), SectionType: p("CONTINUOUS")}
	return &Tab{
		ID: id, Title: title,
		Body:  &Segment{Content: Content{{Section: &Section{Style: first}}, block(emptyParagraph())}},
		Named: defaultNamedStyles(),
		Style: defaultDocumentStyle(),
	}
}

func emptyParagraph() *Paragraph {
	return &Paragraph{Elements: []Element{text("\n", nil)}, Style: &api.ParagraphStyle{NamedStyleType: p("NORMAL_TEXT"), Direction: p("LEFT_TO_RIGHT")}}
}

// AllTabs is every tab, a parent before its children.
func (d *Document) AllTabs() []*Tab {
	var all []*Tab
	var walk func([]*Tab)
	walk = func(tabs []*Tab) {
		for _, t := range tabs {
			all = append(all, t)
			walk(t.Children)
		}
	}
	walk(d.Tabs)
	return all
}

// WithoutAnchors is the document without the places that comments hang on: a copy has none.
func (d *Document) WithoutAnchors() *Document {
	out := copyOf(d)
	for _, t := range out.AllTabs() {
		t.Anchors = nil
	}
	return out
}

// Segments is the body and every header, footer and footnote.
func (t *Tab) Segments() []*Segment {
	return slices.Concat([]*Segment{t.Body}, t.Headers, t.Footers, t.Footnotes)
}

// Text is the text of all paragraphs, tables' cells included, in reading order. Things are left out.
func (c Content) Text() string {
	var b strings.Builder
	for pg := range c.Paragraphs() {
		for _, e := range pg.Elements {
			b.WriteString(e.Text)
		}
	}
	return b.String()
}

// Paragraphs walks all paragraphs, those in tables included.
func (c Content) Paragraphs() func(func(*Paragraph) bool) {
	return func(yield func(*Paragraph) bool) { c.walk(yield) }
}

func (c Content) walk(yield func(*Paragraph) bool) bool {
	for _, b := range c {
		switch {
		case b.Paragraph != nil:
			if !yield(b.Paragraph) {
				return false
			}
		case b.Table != nil:
			for _, r := range b.Table.Rows {
				for _, cell := range r.Cells {
					if !cell.Content.walk(yield) {
						return false
					}
				}
			}
		case b.Contents != nil:
			if !b.Contents.Content.walk(yield) {
				return false
			}
		}
	}
	return true
}

// A text is a run; an empty style is no style, so that equal runs are equal.
func text(s string, style *api.TextStyle) Element {
	if style != nil && *style == (api.TextStyle{}) {
		style = nil
	}
	return Element{Text: s, Style: style, units: units(s)}
}

func thing(t Thing, style *api.TextStyle) Element { return Element{Thing: &t, Style: style, units: 1} }

// units is the length of s in UTF-16 code units.
func units(s string) int {
	n := len(s)
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		n -= w - 1
		if r > 0xFFFF {
			n++
		}
		i += w
	}
	return n
}

// cut splits a run's text at a code unit. Inside a surrogate pair ok is false.
func (e Element) cut(at int) (left, right string, ok bool) {
	if len(e.Text) == e.units {
		return e.Text[:at], e.Text[at:], true
	}
	n := 0
	for i, r := range e.Text {
		if n == at {
			return e.Text[:i], e.Text[i:], true
		}
		if n > at {
			return "", "", false
		}
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return e.Text, "", n == at
}

func block(pg *Paragraph) Block {
	n := 0
	for i := range pg.Elements {
		n += pg.Elements[i].units
	}
	return Block{Paragraph: pg, size: n}
}

// Size is the block's length in code units.
func (b *Block) Size() int {
	switch {
	case b.Paragraph != nil:
		return b.size
	case b.Table != nil:
		n := 2 // its start and its end
		for i := range b.Table.Rows {
			n += b.Table.Rows[i].Size()
		}
		return n
	case b.Contents != nil:
		return 2 + b.Contents.Content.Size()
	}
	return 1
}

// Size is the row's length in code units.
func (r *Row) Size() int {
	n := 1
	for i := range r.Cells {
		n += 1 + r.Cells[i].Content.Size()
	}
	return n
}

// Size is the content's length in code units.
func (c Content) Size() int {
	n := 0
	for i := range c {
		n += c[i].Size()
	}
	return n
}

// UnmarshalJSON counts the units of a stored run again.
func (e *Element) UnmarshalJSON(data []byte) error {
	type plain Element
	if err := json.Unmarshal(data, (*plain)(e)); err != nil {
		return err
	}
	e.units = 1
	if e.Thing == nil {
		e.units = units(e.Text)
	}
	return nil
}

// UnmarshalJSON counts the units of a stored paragraph again.
func (b *Block) UnmarshalJSON(data []byte) error {
	type plain Block
	if err := json.Unmarshal(data, (*plain)(b)); err != nil {
		return err
	}
	if b.Paragraph != nil {
		*b = block(b.Paragraph)
	}
	return nil
}

func p[T any](v T) *T { return &v }

// val is what a pointer of the API's types points at, or the zero value.
func val[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}

// some is nil for a zero value: proto3 leaves those out of its JSON.
func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// Units is the element's length in UTF-16 code units.
func (e Element) Units() int { return e.units }
