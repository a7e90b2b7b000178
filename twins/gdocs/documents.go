package gdocs

import (
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

const (
	inline  = "SUGGESTIONS_INLINE"
	without = "PREVIEW_WITHOUT_SUGGESTIONS"

	lower    = "0123456789abcdefghijklmnopqrstuvwxyz"
	anything = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
)

// open finds a document that the caller may at least do something with.
func (s *Docs) open(c *call, need files.Role) (files.File, files.Role, Doc, error) {
	f, role := s.Find(c, c.Param("documentId"))
	d, ok := s.docs.Get(c.Tx, f.ID)
	switch {
	case role == files.None && !s.Files.Has(c.Tx, c.Param("documentId")):
		return f, role, d, errNotFound
	case role < need || role == files.None:
		return f, role, d, errForbidden
	case f.Type != files.Document && !files.Native(f.Type):
		return f, role, d, errOffice
	case !ok:
		return f, role, d, errNotDocument
	}
	return f, role, d, nil
}

// documentsCreate makes an empty document. Only the title of what is sent counts.
//
// https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/create
func (s *Docs) documentsCreate(c *call) (any, error) {
	var in api.Document
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	title := "Untitled document"
	if in.Title != nil && *in.Title != "" {
		title = *in.Title
	}
	f, err := s.Create(c, files.File{Name: title, Type: files.Document})
	if err != nil {
		return nil, err
	}
	d, _ := s.docs.Get(c.Tx, f.ID)
	return tree(c, s.view(c, f, files.Owner, d, document.Look{Mode: inline})), nil
}

// documentsGet answers a document: its first tab in the old fields, or all tabs.
//
// https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/get
func (s *Docs) documentsGet(c *call) (any, error) {
	look := document.Look{Tabs: c.QTrue("includeTabsContent")}
	asked, comments := c.Q("suggestionsViewMode"), c.Q("commentsViewMode")
	f, role, d, err := s.open(c, files.Reader)
	if err != nil {
		return nil, err
	}
	switch asked {
	case "", "DEFAULT_FOR_CURRENT_ACCESS":
		look.Mode = inline
		if role < files.Commenter {
			look.Mode = without
		}
	case inline, "PREVIEW_SUGGESTIONS_ACCEPTED":
		if role < files.Commenter {
			return nil, errForbidden
		}
		look.Mode = asked
	case without:
		look.Mode = asked
	}
	switch comments {
	case "", "COMMENTS_VIEW_MODE_UNSPECIFIED", "COMMENTS_VIEW_MODE_OMITTED":
	case "COMMENTS_VIEW_MODE_DEFAULT_FOR_CURRENT_ACCESS":
		look.Comments = role >= files.Commenter && look.Tabs && look.Mode == inline
	case "COMMENTS_VIEW_MODE_INCLUDED":
		switch {
		case !look.Tabs:
			return nil, errCommentsNeedTabs
		case asked != inline:
			return nil, errCommentsNeedSuggestions
		}
		look.Comments = true
	}
	return tree(c, s.view(c, f, role, d, look)), nil
}

// view is a document as the caller sees it. A revision id is for those who may write.
func (s *Docs) view(c *call, f files.File, role files.Role, d Doc, look document.Look) *api.Document {
	look.ID, look.Title, look.Base = f.ID, f.Name, c.Link
	if role >= files.Writer {
		look.Revision = d.Revision
	}
	look.Who = func(author string) *api.PostAuthor { return s.author(c, author) }
	if look.Comments {
		look.Threads = s.threads(c, f)
	}
	return d.Content.View(look)
}

// tree is an answer in the form that a field mask can be laid on, if there is one.
func tree(c *call, v any) any {
	if c.Mask == nil {
		return v
	}
	return gapi.Tree(v)
}

// documentsBatchUpdate does all requests in their order, or none.
//
// https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/batchUpdate
func (s *Docs) documentsBatchUpdate(c *call) (any, error) {
	var in api.BatchUpdateDocumentRequest
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	if err := single(c.Body, &in); err != nil {
		return nil, err
	}
	f, role, d, err := s.open(c, files.Commenter)
	if err != nil {
		return nil, err
	}
	control := api.WriteControl{}
	if in.WriteControl != nil {
		control = *in.WriteControl
	}
	suggest := control.WriteMode != nil && *control.WriteMode == "SUGGEST"
	if role < files.Writer && !suggest || f.Lock != nil {
		return nil, errForbidden
	}
	if len(in.Requests) == 0 {
		return nil, errNoRequests
	}
	since, err := d.since(control)
	if err != nil {
		return nil, err
	}
	next, res, err := document.Apply(d.Content, s.context(c, f, role, suggest, since), in.Requests)
	if err != nil {
		return nil, refused(err)
	}
	d = s.save(c, d, next, res.Shifts)
	saved := "NO_UPDATES_REQUESTED"
	if res.Comments {
		saved = "ALL_SAVED"
	}
	control = api.WriteControl{RequiredRevisionID: &d.Revision}
	if in.WriteControl != nil && in.WriteControl.TargetRevisionID != nil {
		control = api.WriteControl{TargetRevisionID: &d.Revision}
	}
	return tree(c, api.BatchUpdateDocumentResponse{
		DocumentID: &f.ID, Replies: res.Replies, SuggestionResponses: res.Suggestions, CommentUpdateState: &saved, WriteControl: &control,
	}), nil
}

// since is what has moved since the revision that a batch was written against: nothing, if that is the last or none.
func (d *Doc) since(w api.WriteControl) ([]document.Shift, error) {
	switch {
	case w.RequiredRevisionID != nil && w.TargetRevisionID != nil:
		return nil, errTwoControls
	case w.RequiredRevisionID != nil && *w.RequiredRevisionID != d.Revision:
		return nil, errRevision(*w.RequiredRevisionID)
	case w.TargetRevisionID == nil || *w.TargetRevisionID == d.Revision:
		return nil, nil
	}
	i := slices.IndexFunc(d.Recent, func(r Revision) bool { return r.ID == *w.TargetRevisionID })
	if i < 0 {
		return nil, errOldTarget
	}
	var out []document.Shift
	for _, r := range d.Recent[i:] {
		out = append(out, r.Shifts...)
	}
	return out, nil
}

// How many revisions, and for how long, can still be the target of a write.
const (
	recentRevisions = 50
	recentTime      = 10 * time.Minute
)

// save keeps what a document has become.
func (s *Docs) save(c *call, d Doc, content *document.Document, shifts []document.Shift) Doc {
	now := c.Now.UnixMilli()
	recent := append(slices.Clone(d.Recent), Revision{d.Revision, now, shifts})
	recent = slices.DeleteFunc(recent, func(r Revision) bool { return now-r.Until > recentTime.Milliseconds() })
	d.Recent = recent[max(0, len(recent)-recentRevisions):]
	d.Revision, d.Content = newRevision(c), content
	s.docs.Put(c.Tx, d)
	s.Edited(c, d.ID)
	c.Notify(twin.Notice{Twin: "gdocs", Topic: "change"})
	return d
}

// newRevision makes up a revision id in the form of Google's.
func newRevision(c *call) string { return "ALBJ4L" + c.Rand(86, anything) }

// context is what a batch needs to know of the world around the document.
func (s *Docs) context(c *call, f files.File, role files.Role, suggest bool, since []document.Shift) document.Context {
	return document.Context{
		Now: c.Now, Author: c.Who.User.ID, Editor: role >= files.Writer, Suggest: suggest, Since: since,
		ID: func(prefix string) string {
			if prefix == "AAAA" {
				return prefix + c.Rand(7, anything)
			}
			return prefix + c.Rand(12, lower)
		},
		Picture: func(uri string) (document.Picture, error) { return s.picture(c, uri) },
		Name: func(email string) string {
			u, _ := s.ByEmail(c.Tx, strings.ToLower(email))
			return u.Name
		},
		Resource: func(uri string) (document.Resource, error) { return s.resource(c, uri) },
		Who:      func(author string) *api.PostAuthor { return s.author(c, author) },
		Comments: &comments{s, c, f},
	}
}

// author is who wrote a post, as the API shows them.
func (s *Docs) author(c *call, id string) *api.PostAuthor {
	u, ok := s.Users.Get(c.Tx, id)
	if !ok {
		yes := true
		return &api.PostAuthor{Anonymous: &yes}
	}
	out := &api.PostAuthor{DisplayName: &u.Name}
	name := "users/" + u.Sub
	out.User = &name
	if id == c.Who.User.ID {
		yes := true
		out.Me = &yes
	}
	return out
}

// resource is what a rich link shows: a file that the caller may see.
func (s *Docs) resource(c *call, uri string) (document.Resource, error) {
	id := fileID(uri)
	if f, role := s.Find(c, id); id != "" && role != files.None {
		return document.Resource{Title: f.Name, MimeType: f.Type}, nil
	}
	return document.Resource{}, &document.Error{Status: 400, Message: "The rich link's resource was not found."}
}
