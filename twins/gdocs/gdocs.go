// Package gdocs is a digital twin of Google Docs: the documents of a company's people, as the Docs API version 1 and a
// browser see them. What a document is and what requests do to it is in internal/document; a document is a file too, and
// who may see it is in the file table.
//
// https://developers.google.com/workspace/docs/api/reference/rest/v1
package gdocs

import (
	_ "embed"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

//go:embed spec/SOURCE
var specSource string

// Docs is one twin of Google Docs.
type Docs struct {
	*gapi.API
	*files.Table
	docs      *store.Collection[Doc]
	byPicture *store.Index[Doc]
}

type call = gapi.Call

// New mounts a Docs twin beside the Drive whose files are in the table.
func New(t *files.Table) *twin.Base { return mount(t).API.Base }

func mount(t *files.Table) *Docs {
	s := &Docs{Table: t, docs: store.NewCollection(t.Schema, "gdocs.documents", func(d *Doc) string { return d.ID })}
	s.byPicture = s.docs.Index("picture", func(d *Doc) []string { return d.pictures() })
	s.docs.Blobs(func(d *Doc) []string { return d.pictures() })
	s.API = gapi.New(t.Mount(twin.Config{
		Service: "gdocs", Title: "Google Docs", Port: 7006, UI: "/drive/my-drive", Spec: api.Spec, Source: strings.TrimSpace(specSource), On: t.Identity.Base,
		Bookkeeping: []string{"documents.revision"},
		Seed:        s.seed, Credentials: s.credentials,
	}), t.Identity, "docs", false, api.Operations)
	s.API.Words("google.apps.docs.v1", true, nil)
	t.Editors[files.Document] = s

	s.On(twin.Full, "documents.create", s.documentsCreate).Answers(api.Document{}, "")
	s.On(twin.Full, "documents.get", s.documentsGet).Answers(api.Document{}, "").
		Noted("suggestions are those that requests can make: no new objects beside the text, no other dates, no other glyphs of lists")
	s.On(twin.Full, "documents.batchUpdate", s.documentsBatchUpdate).Answers(api.BatchUpdateDocumentResponse{}, "")
	s.Batch("/batch", 1000)
	s.Unserved()
	s.pictureRoute()
	s.uiRoutes()
	return s
}

func (s *Docs) credentials(c *twin.Call) (map[string]string, map[string]any) {
	return map[string]string{"DOCS_URL": s.API.URL(c)}, nil
}

// A Doc is what is in one document.
type Doc struct {
	ID       string             `json:"id"`
	Revision string             `json:"revision"`
	Recent   []Revision         `json:"recent,omitempty"` // those before it that may still be written to, the oldest first
	Content  *document.Document `json:"content"`
}

// A Revision is a state that the document has been in, and how the next edit moved what was in it.
type Revision struct {
	ID     string           `json:"id"`
	Until  int64            `json:"until"` // when the next one came, in milliseconds
	Shifts []document.Shift `json:"shifts,omitempty"`
}

// pictures are the hashes of the images that the document has its own copies of.
func (d *Doc) pictures() []string {
	var out []string
	for _, t := range d.Content.AllTabs() {
		for _, o := range t.Objects {
			for _, uri := range o.ContentURIs() {
				if hash, ok := strings.CutPrefix(uri, pictures); ok {
					out = append(out, hash)
				}
			}
		}
	}
	return out
}
