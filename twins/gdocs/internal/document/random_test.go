package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"strconv"
	"testing"

	"twinset.dev/twins/gdocs/internal/api"
)

// FuzzRequests throws random requests at a document: each is done or refused, and what remains is a document.
func FuzzRequests(f *testing.F) {
	for seed := range int64(25) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed int64) {
		r := rand.New(rand.NewSource(seed))
		d, c := New(), testContext()
		var moved []Shift
		for range 60 {
			c.Suggest, c.Since = r.Intn(6) == 0, nil
			if r.Intn(5) == 0 {
				c.Since = moved // written against what was there before the last request
			}
			req := randomRequest(r, d)
			before, _ := json.Marshal(d)
			j, _ := json.Marshal(req)
			next, res, err := Apply(d, c, []api.Request{req})
			if after, _ := json.Marshal(d); !bytes.Equal(before, after) {
				t.Fatalf("%s wrote to the old document", j)
			}
			if err != nil {
				continue
			}
			d, moved = next, res.Shifts
			func() {
				defer func() {
					if t.Failed() {
						t.Logf("after %s", j)
					}
				}()
				check(t, d)
			}()
			if r.Intn(20) == 0 {
				check(t, d.Preview(true))
				check(t, d.Preview(false))
			}
		}
	})
}

var words = []string{"a", "hello", "\n", "x\ny", "😀", "é", "e\u0301", "\t\tdeep\n", "one\ntwo\nthree", "\u0001\ue000", "👩‍👩‍👧", "b\r\nc", ""}

func randomRequest(r *rand.Rand, d *Document) api.Request {
	tabs := d.AllTabs()
	tab := tabs[r.Intn(len(tabs))]
	segs := tab.Segments()
	seg := segs[r.Intn(len(segs))]
	if r.Intn(3) > 0 {
		seg = tab.Body
	}
	size := seg.Content.Size()
	index := func() *int32 { return p(int32(r.Intn(size+2) - 1)) }
	loc := func() *api.Location { return &api.Location{TabID: &tab.ID, SegmentID: &seg.ID, Index: index()} }
	rng := func() *api.Range {
		a := int32(r.Intn(size + 1))
		return &api.Range{TabID: &tab.ID, SegmentID: &seg.ID, StartIndex: p(a), EndIndex: p(a + int32(r.Intn(8)))}
	}
	// mostly the start of a table that is there
	table := func() *api.Location {
		at := 0
		for i := range seg.Content {
			if seg.Content[i].Table != nil && r.Intn(2) == 0 {
				break
			}
			at += seg.Content[i].Size()
		}
		return &api.Location{TabID: &tab.ID, SegmentID: &seg.ID, Index: p(int32(at))}
	}
	cell := func() *api.TableCellLocation {
		return &api.TableCellLocation{TableStartLocation: table(), RowIndex: p(int32(r.Intn(3))), ColumnIndex: p(int32(r.Intn(3)))}
	}
	area := func() *api.TableRange {
		return &api.TableRange{TableCellLocation: cell(), RowSpan: p(int32(r.Intn(3))), ColumnSpan: p(int32(r.Intn(3)))}
	}
	word := func() *string { return &words[r.Intn(len(words))] }
	yes := func() *bool { return p(r.Intn(2) == 0) }
	id := func() *string {
		all := []string{"nope"}
		for _, s := range d.Suggestions {
			all = append(all, s.ID)
		}
		for _, o := range tab.Objects {
			all = append(all, o.ID)
		}
		for _, s := range segs {
			all = append(all, s.ID)
		}
		for _, n := range tab.Names {
			all = append(all, n.ID)
		}
		for _, d := range tab.Dropdowns {
			all = append(all, d.ID)
		}
		return &all[r.Intn(len(all))]
	}
	some := func(ids []string) *string { return &append(ids, "nope")[r.Intn(len(ids)+1)] }
	var definitions, optionIDs, chips, images, sections []string
	for _, d := range tab.Dropdowns {
		definitions = append(definitions, d.ID)
		for _, o := range d.Properties.Options {
			optionIDs = append(optionIDs, *o.OptionID)
		}
		for _, c := range tab.chips(d.ID) {
			chips = append(chips, *c.DropdownID)
		}
	}
	for _, o := range tab.Objects {
		images = append(images, o.ID)
	}
	for at, i := 0, 0; i < len(tab.Body.Content); i++ {
		if tab.Body.Content[i].Section != nil {
			sections = append(sections, strconv.Itoa(at))
		}
		at += tab.Body.Content[i].Size()
	}
	section := func() *api.Location {
		at, _ := strconv.Atoi(sections[r.Intn(len(sections))])
		return &api.Location{TabID: &tab.ID, Index: p(int32(at))}
	}
	options := func() *api.DropdownDefinitionProperties {
		props := &api.DropdownDefinitionProperties{Title: word()}
		for range 2 + r.Intn(2) {
			props.Options = append(props.Options, api.DropdownOption{DisplayValue: p(fmt.Sprint("option ", r.Intn(9))), OptionID: p(fmt.Sprint("dropdownItem.", r.Intn(1e9)))})
		}
		if len(optionIDs) > 0 {
			props.Options[0].OptionID = some(optionIDs)
		}
		return props
	}
	switch r.Intn(62) {
	case 42:
		return api.Request{PinTableHeaderRows: &api.PinTableHeaderRowsRequest{TableStartLocation: table(), PinnedHeaderRowsCount: p(int32(r.Intn(3)))}}
	case 43:
		return api.Request{UpdateSectionStyle: &api.UpdateSectionStyleRequest{
			Range: &api.Range{TabID: &tab.ID, StartIndex: p(int32(0)), EndIndex: index()}, Fields: p("columnSeparatorStyle,marginHeader"),
			SectionStyle: &api.SectionStyle{ColumnSeparatorStyle: p("BETWEEN_EACH_COLUMN"), MarginHeader: pt(float64(1 + r.Intn(9)))},
		}}
	case 44:
		return api.Request{UpdateNamedStyle: &api.UpdateNamedStyleRequest{
			TabID: &tab.ID, Fields: p("namedStyleType,textStyle.bold,paragraphStyle.shading.backgroundColor,paragraphStyle.alignment"),
			NamedStyle: &api.NamedStyle{NamedStyleType: p([]string{"NORMAL_TEXT", "HEADING_1"}[r.Intn(2)]), TextStyle: &api.TextStyle{Bold: yes()}, ParagraphStyle: &api.ParagraphStyle{Alignment: p("END")}},
		}}
	case 45:
		return api.Request{CreateHeader: &api.CreateHeaderRequest{Type: p("DEFAULT"), SectionBreakLocation: section()}}
	case 46:
		return api.Request{CreateFooter: &api.CreateFooterRequest{Type: p("DEFAULT"), SectionBreakLocation: section()}}
	case 47:
		return api.Request{ReplaceImage: &api.ReplaceImageRequest{TabID: &tab.ID, ImageObjectID: some(images), URI: p(fmt.Sprintf("y%d.png", r.Intn(9)))}}
	case 48:
		return api.Request{DeletePositionedObject: &api.DeletePositionedObjectRequest{TabID: &tab.ID, ObjectID: some(images)}}
	case 49:
		return api.Request{CreateDropdownDefinition: &api.CreateDropdownDefinitionRequest{TabID: &tab.ID, DropdownDefinition: &api.DropdownDefinition{DropdownDefinitionProperties: options()}}}
	case 50, 51:
		req := &api.UpdateDropdownDefinitionPropertiesRequest{TabID: &tab.ID, DropdownDefinitionID: some(definitions), Fields: p([]string{"title", "*", "options"}[r.Intn(3)]), DropdownDefinitionProperties: options()}
		req.DropdownDefinitionProperties.Options[1].OptionID = p("dropdownItem.stays")
		req.SelectedOptionIDReplacements = map[string]string{}
		for _, o := range optionIDs {
			req.SelectedOptionIDReplacements[o] = "dropdownItem.stays"
		}
		return api.Request{UpdateDropdownDefinitionProperties: req}
	case 52, 60:
		return api.Request{DeleteDropdownDefinition: &api.DeleteDropdownDefinitionRequest{TabID: &tab.ID, DropdownDefinitionID: some(definitions)}}
	case 53, 54:
		return api.Request{InsertDropdown: &api.InsertDropdownRequest{Location: loc(), DropdownDefinitionID: some(definitions)}}
	case 55, 56:
		return api.Request{UpdateDropdownProperties: &api.UpdateDropdownPropertiesRequest{TabID: &tab.ID, DropdownID: some(chips), Fields: p("selectedOptionId"), DropdownProperties: &api.DropdownProperties{SelectedOptionID: some(optionIDs)}}}
	case 0, 1, 2, 3, 4, 5:
		return api.Request{InsertText: &api.InsertTextRequest{Text: word(), Location: loc()}}
	case 6:
		return api.Request{InsertText: &api.InsertTextRequest{Text: word(), EndOfSegmentLocation: &api.EndOfSegmentLocation{SegmentID: &seg.ID, TabID: &tab.ID}}}
	case 7, 8, 9, 10:
		return api.Request{DeleteContentRange: &api.DeleteContentRangeRequest{Range: rng()}}
	case 11, 12:
		return api.Request{UpdateTextStyle: &api.UpdateTextStyleRequest{Range: rng(), Fields: p([]string{"*", "bold", "link", "bold,italic"}[r.Intn(4)]), TextStyle: &api.TextStyle{Bold: yes(), Link: &api.Link{URL: p("https://x")}}}}
	case 13:
		return api.Request{UpdateParagraphStyle: &api.UpdateParagraphStyleRequest{Range: rng(), Fields: p("namedStyleType,alignment"), ParagraphStyle: &api.ParagraphStyle{NamedStyleType: p("HEADING_1")}}}
	case 14, 15:
		return api.Request{CreateParagraphBullets: &api.CreateParagraphBulletsRequest{Range: rng(), BulletPreset: p("NUMBERED_DECIMAL_NESTED")}}
	case 16:
		return api.Request{DeleteParagraphBullets: &api.DeleteParagraphBulletsRequest{Range: rng()}}
	case 17, 18:
		return api.Request{InsertTable: &api.InsertTableRequest{Location: loc(), Rows: p(int32(r.Intn(3))), Columns: p(int32(1 + r.Intn(3)))}}
	case 19, 57:
		return api.Request{InsertTableRow: &api.InsertTableRowRequest{TableCellLocation: cell(), InsertBelow: yes()}}
	case 20:
		return api.Request{InsertTableColumn: &api.InsertTableColumnRequest{TableCellLocation: cell(), InsertRight: yes()}}
	case 21:
		return api.Request{DeleteTableRow: &api.DeleteTableRowRequest{TableCellLocation: cell()}}
	case 22:
		return api.Request{DeleteTableColumn: &api.DeleteTableColumnRequest{TableCellLocation: cell()}}
	case 23:
		return api.Request{MergeTableCells: &api.MergeTableCellsRequest{TableRange: area()}}
	case 24, 58, 59:
		return api.Request{UnmergeTableCells: &api.UnmergeTableCellsRequest{TableRange: area()}}
	case 25:
		return api.Request{UpdateTableCellStyle: &api.UpdateTableCellStyleRequest{TableRange: area(), Fields: p("*"), TableCellStyle: &api.TableCellStyle{BorderLeft: &api.TableCellBorder{Width: pt(1)}}}}
	case 26:
		return api.Request{InsertPageBreak: &api.InsertPageBreakRequest{Location: loc()}}
	case 27:
		return api.Request{InsertSectionBreak: &api.InsertSectionBreakRequest{Location: loc(), SectionType: p("NEXT_PAGE")}}
	case 28:
		return api.Request{CreateHeader: &api.CreateHeaderRequest{Type: p("DEFAULT")}}
	case 29:
		return api.Request{CreateFootnote: &api.CreateFootnoteRequest{Location: loc()}}
	case 30:
		return api.Request{InsertInlineImage: &api.InsertInlineImageRequest{Location: loc(), URI: p("x.png")}}
	case 31:
		return api.Request{CreateNamedRange: &api.CreateNamedRangeRequest{Name: p("n"), Range: rng()}}
	case 32:
		return api.Request{ReplaceNamedRangeContent: &api.ReplaceNamedRangeContentRequest{NamedRangeName: p("n"), Text: word()}}
	case 33:
		return api.Request{ReplaceAllText: &api.ReplaceAllTextRequest{ContainsText: &api.SubstringMatchCriteria{Text: word(), SearchByRegex: yes()}, ReplaceText: word()}}
	case 34:
		return api.Request{AcceptSuggestion: &api.AcceptSuggestionRequest{SuggestionID: id()}}
	case 35:
		return api.Request{RejectSuggestion: &api.RejectSuggestionRequest{SuggestionID: id()}}
	case 36:
		return api.Request{AddDocumentTab: &api.AddDocumentTabRequest{TabProperties: &api.TabProperties{ParentTabID: p(tab.ID)}}}
	case 37:
		return api.Request{DeleteTab: &api.DeleteTabRequest{TabID: &tab.ID}}
	case 39:
		return api.Request{UpdateTableCellStyle: &api.UpdateTableCellStyleRequest{TableRange: area(), TableCellStyle: &api.TableCellStyle{PaddingTop: pt(float64(r.Intn(9)))}, Fields: p("paddingTop,backgroundColor")}}
	case 40:
		return api.Request{UpdateTableRowStyle: &api.UpdateTableRowStyleRequest{TableStartLocation: table(), TableRowStyle: &api.TableRowStyle{MinRowHeight: pt(float64(r.Intn(40)))}, Fields: p("minRowHeight")}}
	case 41:
		return api.Request{UpdateDocumentStyle: &api.UpdateDocumentStyleRequest{DocumentStyle: &api.DocumentStyle{MarginTop: pt(float64(r.Intn(90)))}, Fields: p("marginTop"), TabID: &tab.ID}}
	case 38:
		return api.Request{DeleteHeader: &api.DeleteHeaderRequest{HeaderID: id()}}
	default:
		return api.Request{InsertPerson: &api.InsertPersonRequest{Location: loc(), PersonProperties: &api.PersonProperties{Email: p("bo@example.com")}}}
	}
}

// TestInsertThenDelete: what is written and taken away again leaves the document as it was.
func TestInsertThenDelete(t *testing.T) {
	for seed := range int64(80) {
		r := rand.New(rand.NewSource(seed))
		d, c := New(), testContext()
		for range 30 {
			if next, _, err := Apply(d, c, []api.Request{randomRequest(r, d)}); err == nil {
				d = next
			}
		}
		before := d.View(Look{Mode: "SUGGESTIONS_INLINE", Tabs: true})
		tab := d.Tabs[0]
		at := int32(r.Intn(tab.Body.Content.Size()))
		e := &edit{doc: d, owned: map[any]bool{}}
		sp, _ := e.find(copyOf(d).Tabs[0].Body, int(at))
		if sp.block().Paragraph != nil {
			at += int32(graphemeRest(sp.block().Paragraph, int(at)-sp.start))
		}
		word := words[r.Intn(len(words))]
		n := int32(units(printable(word)))
		next, _, err := Apply(d, c, []api.Request{
			{InsertText: &api.InsertTextRequest{Text: &word, Location: &api.Location{Index: &at}}},
			{DeleteContentRange: &api.DeleteContentRangeRequest{Range: &api.Range{StartIndex: p(at), EndIndex: p(at + n)}}},
		})
		if err != nil {
			continue // a place where nothing can be written, or nothing to write
		}
		after := next.View(Look{Mode: "SUGGESTIONS_INLINE", Tabs: true})
		if a, b := mustJSON(before), mustJSON(after); a != b {
			t.Fatalf("seed %d: %q at %d\nbefore %s\nafter  %s", seed, word, at, a, b)
		}
	}
}
