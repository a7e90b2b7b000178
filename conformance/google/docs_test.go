package google

import (
	"strings"
	"testing"

	"google.golang.org/api/docs/v1"
)

// words are the text of a document.
func words(d *docs.Document) string {
	var b strings.Builder
	for _, el := range d.Body.Content {
		if el.Paragraph != nil {
			for _, run := range el.Paragraph.Elements {
				if run.TextRun != nil {
					b.WriteString(run.TextRun.Content)
				}
			}
		}
	}
	return b.String()
}

func init() {
	row("docs", "DocumentsCreateCall.Do", func(t *testing.T) {
		e := world(t)
		d, err := e.docs.Documents.Create(&docs.Document{Title: "Flight manual"}).Do()
		must(t, err)
		f := e.sees(t, d.DocumentId)
		want(t, "file", f.Name+" "+f.MimeType, "Flight manual "+documentType)
		want(t, "text", words(d), "\n")
	})
	row("docs", "DocumentsGetCall.Do", func(t *testing.T) {
		e := world(t)
		id := e.typed(t, "Plan", documentType).Id
		d, err := e.docs.Documents.Get(id).Do()
		must(t, err)
		want(t, "title", d.Title, "Plan")
		d, err = e.docs.Documents.Get(id).IncludeTabsContent(true).Do()
		must(t, err)
		want(t, "tabs", len(d.Tabs), 1)
		if d.Body != nil {
			t.Fatal("what is in tabs is there twice")
		}
		_, err = e.as("bo").docs.Documents.Get(id).Do()
		refused(t, err, 403, "does not have permission")
		_, err = e.docs.Documents.Get("nothing").Do()
		refused(t, err, 404, "Requested entity was not found.")
	})
	row("docs", "DocumentsBatchUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		id := e.typed(t, "Plan", documentType).Id
		insert := func(at int64, text string) *docs.Request {
			return &docs.Request{InsertText: &docs.InsertTextRequest{Location: &docs.Location{Index: at}, Text: text}}
		}
		change := func(requests ...*docs.Request) (*docs.BatchUpdateDocumentResponse, error) {
			return e.docs.Documents.BatchUpdate(id, &docs.BatchUpdateDocumentRequest{Requests: requests}).Do()
		}
		out, err := change(insert(1, "Land upright.\n"), insert(1, "🚀 "), &docs.Request{UpdateTextStyle: &docs.UpdateTextStyleRequest{Range: &docs.Range{StartIndex: 4, EndIndex: 8}, TextStyle: &docs.TextStyle{Bold: true}, Fields: "bold"}},
			&docs.Request{ReplaceAllText: &docs.ReplaceAllTextRequest{ContainsText: &docs.SubstringMatchCriteria{Text: "upright"}, ReplaceText: "softly"}})
		must(t, err)
		want(t, "replaced", out.Replies[3].ReplaceAllText.OccurrencesChanged, int64(1))
		d, err := e.docs.Documents.Get(id).Do()
		must(t, err)
		want(t, "text", words(d), "🚀 Land softly.\n\n")
		bold := ""
		for _, run := range d.Body.Content[1].Paragraph.Elements {
			if run.TextRun.TextStyle.Bold {
				bold += run.TextRun.Content
			}
		}
		want(t, "bold", bold, "Land")
		_, err = change(insert(1, "half done"), insert(1000, "x"))
		refused(t, err, 400, "Invalid requests[1].insertText: Index 1000 must be less than the end index of the referenced segment, 27.")
		again, err := e.docs.Documents.Get(id).Do()
		must(t, err)
		want(t, "revision", again.RevisionId, d.RevisionId)
		_, err = e.docs.Documents.BatchUpdate(id, &docs.BatchUpdateDocumentRequest{Requests: []*docs.Request{insert(1, "x")}, WriteControl: &docs.WriteControl{RequiredRevisionId: "nothing"}}).Do()
		if err == nil {
			t.Fatal("a change of a revision that never was")
		}
	})
}
