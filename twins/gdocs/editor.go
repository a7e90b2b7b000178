package gdocs

import (
	"twinset.dev/twins/gdocs/internal/convert"
	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// New makes an empty document in a file that was just made.
func (s *Docs) New(c *call, f files.File) error {
	s.docs.Put(c.Tx, Doc{ID: f.ID, Revision: newRevision(c), Content: document.New()})
	return nil
}

// Copy makes a document the same as another. Suggestions come along, comments do not.
func (s *Docs) Copy(c *call, from, to files.File) error {
	d, ok := s.docs.Get(c.Tx, from.ID)
	if !ok {
		return errNotFound
	}
	s.docs.Put(c.Tx, Doc{ID: to.ID, Revision: newRevision(c), Content: d.Content.WithoutAnchors()})
	return nil
}

// Delete forgets a document.
func (s *Docs) Delete(c *call, f files.File) { s.docs.Delete(c.Tx, f.ID) }

// Exports are the types that a document can be written as.
func (s *Docs) Exports() []string { return convert.Exports() }

// Export writes a document as one of these, as if nobody had suggested anything.
func (s *Docs) Export(c *call, f files.File, mime string) ([]byte, error) {
	d, ok := s.docs.Get(c.Tx, f.ID)
	if !ok {
		return nil, errNotFound
	}
	out, err := convert.Export(d.Content.Preview(false), mime, convert.Source{Title: f.Name, Now: c.Now, Picture: s.pictureBytes})
	if err != nil {
		return nil, gapi.Because(400, "badRequest", "The requested conversion is not supported.").At("convertTo")
	}
	return out, nil
}

// Imports are the types that a document can be made of.
func (s *Docs) Imports() []string { return convert.Imports() }

// Import makes a document of bytes of one of these.
func (s *Docs) Import(c *call, f files.File, mime string, content []byte) error {
	doc, err := convert.Import(content, mime, convert.Target{
		ID:   s.context(c, f, files.Owner, false, nil).ID,
		Keep: s.keep,
	})
	if err != nil {
		return gapi.Because(400, "badRequest", "The file could not be converted.")
	}
	s.docs.Put(c.Tx, Doc{ID: f.ID, Revision: newRevision(c), Content: doc})
	return nil
}

// Text is what a search looks through.
func (s *Docs) Text(c *call, f files.File) string {
	d, ok := s.docs.Get(c.Tx, f.ID)
	if !ok {
		return ""
	}
	text := ""
	for _, t := range d.Content.AllTabs() {
		for _, seg := range t.Segments() {
			text += seg.Content.Text()
		}
	}
	return text
}
