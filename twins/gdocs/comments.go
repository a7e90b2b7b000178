package gdocs

import (
	"html"
	"slices"
	"strings"
	"time"

	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/gdocs/internal/document"
	"twinset.dev/twins/internal/google/files"
)

// comments are the threads of one document: the comments of its file, which Drive shows too.
type comments struct {
	s *Docs
	c *call
	f files.File
}

var _ document.Comments = (*comments)(nil)

// threads are a document's comments as Docs shows them.
func (s *Docs) threads(c *call, f files.File) []api.CommentThread {
	var out []api.CommentThread
	for x := range s.Comments.All(c.Tx, f.ID+"/") {
		if !x.Deleted {
			out = append(out, *(&comments{s, c, f}).thread(x))
		}
	}
	return out
}

func (t *comments) thread(x files.Comment) *api.CommentThread {
	status := "OPEN"
	if x.Resolved {
		status = "RESOLVED"
	}
	out := &api.CommentThread{CommentID: &x.ID, Status: &status, HeadPost: t.post(x.ID, x.By, x.Text, "", x.Created, x.Modified)}
	if strings.HasPrefix(x.Anchor, "kix.") {
		out.AnchorID = &x.Anchor
	}
	if x.Quote != nil {
		out.PlainTextQuote = &x.Quote.Text
	}
	if x.Assigned != "" {
		out.HeadPost.AssigneeEmail = &x.Assigned
	}
	for _, r := range x.Replies {
		if r.Deleted {
			yes := true
			out.Replies = append(out.Replies, api.Post{PostID: &r.ID, Deleted: &yes, CreateTime: stamp(r.Created), UpdateTime: stamp(r.Modified)})
			continue
		}
		out.Replies = append(out.Replies, *t.post(r.ID, r.By, r.Text, r.Action, r.Created, r.Modified))
	}
	return out
}

func (t *comments) post(id, by, text, action string, created, modified int64) *api.Post {
	out := &api.Post{PostID: &id, Author: t.s.author(t.c, by), CreateTime: stamp(created), UpdateTime: stamp(modified)}
	if text != "" {
		markup := html.EscapeString(text)
		out.Content, out.ContentHTML = &text, &markup
	}
	kind := map[string]string{"": "NO_COMMENT_ACTION_CHANGE", "resolve": "RESOLVE", "reopen": "REOPEN"}[action]
	out.CommentAction = &kind
	return out
}

func stamp(ms int64) *string {
	s := time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
	return &s
}

func (t *comments) find(id string) (files.Comment, error) {
	x, ok := t.s.CommentByID.Get(t.c.Tx, t.f.ID+"/"+id)
	if !ok || x.Deleted {
		return x, &document.Error{Status: 404, Message: "Comment with ID " + id + " does not exist."}
	}
	return x, nil
}

func (t *comments) put(x files.Comment) {
	x.Modified = t.c.Now.UnixMilli()
	t.s.Comments.Put(t.c.Tx, x)
}

func (t *comments) newID() string { return "AAAA" + t.c.Rand(7, anything) }

// Insert opens a thread.
func (t *comments) Insert(anchor, quote, content, assignee string) (*api.CommentThread, error) {
	now := t.c.Now.UnixMilli()
	x := files.Comment{
		File: t.f.ID, ID: t.newID(), N: t.s.Next(t.c, "comment"), By: t.c.Who.User.ID, Text: content, Anchor: anchor, Created: now, Assigned: assignee,
		Quote: &files.Quote{Type: "text/html", Text: quote},
	}
	x.Modified = now
	t.put(x)
	return t.thread(x), nil
}

// Reply answers in a thread, and may settle it, open it again or hand it to somebody.
func (t *comments) Reply(comment string, post *api.Post) (*api.Post, error) {
	x, err := t.find(comment)
	if err != nil {
		return nil, err
	}
	if post.AssigneeEmail != nil && x.Assigned == "" {
		return nil, badPost("A comment that is not assigned cannot be reassigned.")
	}
	now := t.c.Now.UnixMilli()
	r := files.Reply{ID: t.newID(), By: t.c.Who.User.ID, Created: now, Modified: now}
	if post.Content != nil {
		r.Text = *post.Content
	}
	if post.CommentAction != nil {
		r.Action = map[string]string{"RESOLVE": "resolve", "REOPEN": "reopen"}[*post.CommentAction]
	}
	if r.Action != "" {
		x.Resolved = r.Action == "resolve"
	}
	out := t.post(r.ID, r.By, r.Text, r.Action, now, now)
	if post.AssigneeEmail != nil {
		x.Assigned = *post.AssigneeEmail
		out.AssigneeEmail = post.AssigneeEmail
	}
	x.Replies = append(slices.Clone(x.Replies), r)
	t.put(x)
	return out, nil
}

func badPost(why string) error { return &document.Error{Status: 400, Message: why} }

// Update rewrites a post of the caller's: the first of a thread has the thread's id.
func (t *comments) Update(comment, post, content string) error {
	x, err := t.find(comment)
	if err != nil {
		return err
	}
	if post == x.ID || post == "" {
		if x.By != t.c.Who.User.ID {
			return badPost("Only the author of a post can change it.")
		}
		x.Text = content
		t.put(x)
		return nil
	}
	i, err := t.reply(x, post)
	if err != nil {
		return err
	}
	x.Replies = slices.Clone(x.Replies)
	x.Replies[i].Text, x.Replies[i].Modified = content, t.c.Now.UnixMilli()
	t.put(x)
	return nil
}

// reply is where a reply of the caller's stands in a thread.
func (t *comments) reply(x files.Comment, id string) (int, error) {
	i := slices.IndexFunc(x.Replies, func(r files.Reply) bool { return r.ID == id && !r.Deleted })
	switch {
	case i < 0:
		return i, &document.Error{Status: 404, Message: "Reply with ID " + id + " does not exist."}
	case x.Replies[i].By != t.c.Who.User.ID:
		return i, badPost("Only the author of a post can change it.")
	}
	return i, nil
}

// Delete takes a thread of the caller's back, and says where it hung.
func (t *comments) Delete(comment string) (string, error) {
	x, err := t.find(comment)
	if err != nil {
		return "", err
	}
	if x.By != t.c.Who.User.ID {
		return "", badPost("Only the author of a comment can delete it.")
	}
	anchor := x.Anchor
	x.Deleted, x.Text, x.Quote, x.Anchor = true, "", nil, ""
	t.put(x)
	return anchor, nil
}

// DeleteReply takes a reply of the caller's back, unless it did something.
func (t *comments) DeleteReply(comment, post string) error {
	x, err := t.find(comment)
	if err != nil {
		return err
	}
	i, err := t.reply(x, post)
	if err != nil {
		return err
	}
	if x.Replies[i].Action != "" {
		return badPost("A reply with an action cannot be deleted.")
	}
	x.Replies = slices.Clone(x.Replies)
	x.Replies[i].Deleted, x.Replies[i].Text, x.Replies[i].Modified = true, "", t.c.Now.UnixMilli()
	t.put(x)
	return nil
}
