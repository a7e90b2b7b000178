package document

import (
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"

	"twinset.dev/twins/gdocs/internal/api"
)

// TestSuggestThenSettle: what is suggested and rejected leaves the document as it was; what is suggested and accepted makes
// of it what the request itself would have made.
func TestSuggestThenSettle(t *testing.T) {
	suggested := map[string]int{} // requests by kind
	for seed := range int64(120) {
		r := rand.New(rand.NewSource(seed))
		c := testContext()
		d := furnished(t, c)
		for range 10 {
			if next, _, err := Apply(d, c, []api.Request{randomRequest(r, d)}); err == nil {
				d = next
			}
		}
		for range 8 {
			suggestThenSettle(t, seed, c, d, randomRequest(r, d), suggested)
		}
	}
	for _, name := range []string{
		"insertText", "deleteContentRange", "insertTable", "insertTableRow", "insertTableColumn", "deleteTableRow", "deleteTableColumn", "updateTableCellStyle", "updateTableRowStyle",
		"insertSectionBreak", "updateDocumentStyle", "createParagraphBullets", "deleteParagraphBullets", "mergeTableCells", "unmergeTableCells", "pinTableHeaderRows",
		"updateSectionStyle", "updateNamedStyle", "createHeader", "createFooter", "replaceImage", "deletePositionedObject", "createDropdownDefinition",
		"updateDropdownDefinitionProperties", "deleteDropdownDefinition", "insertDropdown", "updateDropdownProperties",
	} {
		if suggested[name] == 0 {
			t.Errorf("%s was never suggested", name)
		}
	}
}

func suggestThenSettle(t *testing.T, seed int64, c Context, d *Document, req api.Request, suggested map[string]int) {
	name := kind(&req)
	if commentRequests[name] {
		return
	}
	c.Suggest = true
	with, res, err := Apply(d, c, []api.Request{req})
	if err != nil || len(res.Suggestions[0].CreatedSuggestionIDs) != 1 {
		return
	}
	check(t, with)
	suggested[name]++
	id := res.Suggestions[0].CreatedSuggestionIDs[0]
	if s := with.Suggestions[len(with.Suggestions)-1]; s.ID != id || s.Summary == "" {
		t.Fatalf("seed %d: %s says nothing: %+v", seed, mustJSON(req), s)
	}
	c.Suggest = false
	settled := func(req api.Request) string {
		out, _, err := Apply(with, c, []api.Request{req})
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, mustJSON(req), err)
		}
		check(t, out)
		return shape(out)
	}
	if got, want := settled(api.Request{RejectSuggestion: &api.RejectSuggestionRequest{SuggestionID: &id}}), shape(d); got != want {
		t.Fatalf("seed %d: %s rejected: %s", seed, mustJSON(req), firstDifference(got, want))
	}
	direct, _, err := Apply(d, c, []api.Request{req})
	if err != nil {
		t.Fatalf("seed %d: %s can be suggested, but not done: %v", seed, mustJSON(req), err)
	}
	if got, want := settled(api.Request{AcceptSuggestion: &api.AcceptSuggestionRequest{SuggestionID: &id}}), shape(direct); got != want {
		t.Fatalf("seed %d: %s accepted: %s", seed, mustJSON(req), firstDifference(got, want))
	}
}

// furnished is a document with a table of merged cells, a list, a dropdown, an image in the text and one beside it.
func furnished(t *testing.T, c Context) *Document {
	d := New()
	tab := d.Tabs[0]
	tab.Objects = []Object{{ID: "kix.beside", Positioned: &api.PositionedObjectProperties{EmbeddedObject: &api.EmbeddedObject{
		Size: fit(Picture{Width: 8, Height: 8}, nil, 100), ImageProperties: &api.ImageProperties{ContentURI: p("https://content/x.png")},
	}}}}
	first := *tab.Body.Content[1].Paragraph
	first.Positioned = []string{"kix.beside"}
	tab.Body.Content[1] = block(&first)
	start := func(n int32) *api.Location { return &api.Location{Index: p(n)} }
	d, _, err := Apply(d, c, []api.Request{
		{CreateDropdownDefinition: &api.CreateDropdownDefinitionRequest{DropdownDefinition: &api.DropdownDefinition{
			DropdownDefinitionID: p("kix.state"), DropdownDefinitionProperties: &api.DropdownDefinitionProperties{Options: []api.DropdownOption{
				{DisplayValue: p("open"), OptionID: p("dropdownItem.open")}, {DisplayValue: p("shut"), OptionID: p("dropdownItem.shut")},
			}},
		}}},
		{CreateDropdownDefinition: &api.CreateDropdownDefinitionRequest{DropdownDefinition: &api.DropdownDefinition{
			DropdownDefinitionID: p("kix.spare"), DropdownDefinitionProperties: &api.DropdownDefinitionProperties{Options: []api.DropdownOption{{DisplayValue: p("a"), OptionID: p("dropdownItem.aa")}, {DisplayValue: p("b"), OptionID: p("dropdownItem.bb")}}},
		}}},
		{InsertText: &api.InsertTextRequest{Location: start(1), Text: p("\t\tone\ntwo\nthree\n")}},
		{CreateParagraphBullets: &api.CreateParagraphBulletsRequest{Range: &api.Range{StartIndex: p(int32(7)), EndIndex: p(int32(12))}, BulletPreset: p("BULLET_CHECKBOX")}},
		{InsertInlineImage: &api.InsertInlineImageRequest{Location: start(8), URI: p("x.png")}},
		{InsertDropdown: &api.InsertDropdownRequest{Location: start(8), DropdownDefinitionID: p("kix.state")}},
		{InsertTable: &api.InsertTableRequest{Rows: p(int32(2)), Columns: p(int32(3)), Location: start(1)}},
		{MergeTableCells: &api.MergeTableCellsRequest{TableRange: &api.TableRange{
			TableCellLocation: &api.TableCellLocation{TableStartLocation: start(2)}, RowSpan: p(int32(1)), ColumnSpan: p(int32(2)),
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d\ngot  %s\nwant %s", i, g[i], strings.Join(w[min(i, len(w)):min(i+1, len(w))], ""))
		}
	}
	return "more is wanted"
}

var madeUp = regexp.MustCompile(`(kix|h|suggest|AAAA|dropdownItem)\.?\d+`)

// shape is a document without the ids that are made up on the way and what stands in their order, and without lists, of which
// settling drops the unused.
func shape(d *Document) string {
	var b strings.Builder
	view := d.View(Look{Mode: "SUGGESTIONS_INLINE", Tabs: true})
	outlineTabs(&b, view.Tabs)
	var out []string
	for line := range strings.Lines(b.String()) {
		switch kind, _, _ := strings.Cut(line, " "); kind {
		case "list", "object", "positioned", "dropdown":
		default:
			out = append(out, madeUp.ReplaceAllString(line, "$1"))
		}
	}
	plain := mustJSON(&api.NamedStyles{Styles: defaultNamedStyles()})
	for _, t := range view.Tabs {
		t := t.DocumentTab
		if named := mustJSON(t.NamedStyles); named != plain {
			out = append(out, named+"\n")
		}
		out = append(out, madeUp.ReplaceAllString(mustJSON(t.DocumentStyle), "$1"), "\n")
		out = append(out, values(t.InlineObjects), values(t.PositionedObjects), values(t.DropdownDefinitions))
	}
	return strings.Join(out, "")
}

// values are those of a map, without their keys and in an order of their own.
func values[V any](m map[string]V) string {
	var all []string
	for _, v := range m {
		all = append(all, madeUp.ReplaceAllString(mustJSON(v), "$1"))
	}
	slices.Sort(all)
	return strings.Join(all, "\n") + "\n"
}
