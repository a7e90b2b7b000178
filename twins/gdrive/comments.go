package gdrive

import (
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

func (d *Drive) commentsOperations() {
	d.On(twin.Full, "comments.list", d.needsFields(d.commentsList)).Answers(api.CommentList{}, "")
	d.On(twin.Full, "comments.get", d.needsFields(d.commentsGet)).Answers(api.Comment{}, "")
	d.On(twin.Full, "comments.create", d.needsFields(d.commentsCreate)).Answers(api.Comment{}, "")
	d.On(twin.Full, "comments.update", d.needsFields(d.commentsUpdate)).Answers(api.Comment{}, "")
	d.On(twin.Full, "comments.delete", d.commentsDelete)
	d.On(twin.Full, "replies.list", d.needsFields(d.repliesList)).Answers(api.ReplyList{}, "")
	d.On(twin.Full, "replies.get", d.needsFields(d.repliesGet)).Answers(api.Reply{}, "")
	d.On(twin.Full, "replies.create", d.needsFields(d.repliesCreate)).Answers(api.Reply{}, "")
	d.On(twin.Full, "replies.update", d.needsFields(d.repliesUpdate)).Answers(api.Reply{}, "")
	d.On(twin.Full, "replies.delete", d.repliesDelete)
}

// needsFields is for the methods that answer nothing to a caller who does not say what they want.
//
// https://developers.google.com/drive/api/guides/fields-parameter
func (d *Drive) needsFields(serve gapi.Handler) gapi.Handler {
	return func(c *call) (any, error) {
		if c.Q("fields") == "" {
			return nil, gapi.Because(400, "required", "The 'fields' parameter is required for this method.").At("fields")
		}
		return serve(c)
	}
}

// commented finds the file that a call is about, for somebody who may read or write comments.
func (d *Drive) commented(c *call, need files.Role) (files.File, error) {
	f, role := d.Find(c, c.Param("fileId"))
	switch {
	case role == files.None:
		return f, errNoFile(c.Param("fileId"))
	case role < need:
		return f, gapi.Because(403, "insufficientFilePermissions", "The user does not have sufficient permissions for file %s.", f.ID)
	case f.Type == files.Folder || f.Type == files.Shortcut:
		return f, gapi.Because(403, "forbidden", "The file does not support comments.")
	}
	return f, nil
}

// commentsList lists what is said of a file, the newest change first.
//
// https://developers.google.com/drive/api/reference/rest/v3/comments/list
func (d *Drive) commentsList(c *call) (any, error) {
	f, err := d.commented(c, files.Reader)
	if err != nil {
		return nil, err
	}
	p, err := c.Page(20, 1, 100)
	if err != nil {
		return nil, err
	}
	since, err := d.since(c, "startModifiedTime")
	if err != nil {
		return nil, err
	}
	all := []files.Comment{}
	for x := range d.Comments.All(c.Tx, f.ID+"/") {
		if x.Modified >= since && (!x.Deleted || c.QTrue("includeDeleted")) {
			all = append(all, x)
		}
	}
	c.QTrue("includeDeleted")
	slices.SortStableFunc(all, func(a, b files.Comment) int { return int(b.Modified - a.Modified) })
	items, next := gapi.Take(p, slices.Values(all), func(x files.Comment) string { return x.ID }, func(x files.Comment) any { return d.commentView(c, x, c.QTrue("includeDeleted")) })
	return c.List("drive#commentList", "comments", items, next), nil
}

// copyComments says of another file what is said of one and is not settled.
func (d *Drive) copyComments(c *call, from, to string) {
	for x := range d.Comments.All(c.Tx, from+"/") {
		if !x.Resolved && !x.Deleted {
			x.File, x.ID, x.N = to, "AAAA"+c.Rand(7, secretAlphabet), d.Next(c, "comment")
			d.Comments.Put(c.Tx, x)
		}
	}
}

// since is a time of the query in milliseconds; 0 if it is not given.
func (d *Drive) since(c *call, name string) (int64, error) {
	s := c.Q(name)
	if s == "" {
		return 0, nil
	}
	t, ok := date(&s)
	if !ok {
		return 0, gapi.Because(400, "invalid", "Invalid Value").At(name)
	}
	return t, nil
}

// comment is the one that a call names.
func (d *Drive) comment(c *call, f files.File, deleted bool) (files.Comment, error) {
	x, ok := d.CommentByID.Get(c.Tx, f.ID+"/"+c.Param("commentId"))
	if !ok || x.Deleted && !deleted {
		return x, gapi.Because(404, "notFound", "Comment not found: %s.", c.Param("commentId")).At("commentId")
	}
	return x, nil
}

// commentsGet answers a comment with its replies.
//
// https://developers.google.com/drive/api/reference/rest/v3/comments/get
func (d *Drive) commentsGet(c *call) (any, error) {
	f, err := d.commented(c, files.Reader)
	if err != nil {
		return nil, err
	}
	deleted := c.QTrue("includeDeleted")
	x, err := d.comment(c, f, deleted)
	if err != nil {
		return nil, err
	}
	return d.commentView(c, x, deleted), nil
}

// commentsCreate says something of a file.
//
// https://developers.google.com/drive/api/reference/rest/v3/comments/create
func (d *Drive) commentsCreate(c *call) (any, error) {
	var in api.Comment
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	f, err := d.commented(c, files.Commenter)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(deref(in.Content)) == "" {
		return nil, errNoContent
	}
	now := c.Now.UnixMilli()
	x := files.Comment{File: f.ID, ID: "AAAA" + c.Rand(7, secretAlphabet), N: d.Next(c, "comment"), By: c.Who.User.ID, Text: *in.Content, Anchor: deref(in.Anchor), Created: now, Modified: now}
	if q := in.QuotedFileContent; q != nil {
		x.Quote = &files.Quote{Type: deref(q.MimeType), Text: deref(q.Value)}
	}
	d.Comments.Put(c.Tx, x)
	d.Save(c, f)
	d.tellOfComment(c, f, x.Text)
	return d.commentView(c, x, false), nil
}

var errNoContent = gapi.Because(400, "required", "The content of a comment must not be empty.").At("content")

// commentsUpdate changes what its author has said.
//
// https://developers.google.com/drive/api/reference/rest/v3/comments/update
func (d *Drive) commentsUpdate(c *call) (any, error) {
	var in api.Comment
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	f, err := d.commented(c, files.Commenter)
	if err != nil {
		return nil, err
	}
	x, err := d.comment(c, f, false)
	switch {
	case err != nil:
		return nil, err
	case x.By != c.Who.User.ID:
		return nil, errNotAuthor
	case in.Content != nil && strings.TrimSpace(*in.Content) == "":
		return nil, errNoContent
	}
	set(&x.Text, in.Content)
	x.Modified = c.Now.UnixMilli()
	d.Comments.Put(c.Tx, x)
	return d.commentView(c, x, false), nil
}

var errNotAuthor = gapi.Because(403, "forbidden", "The authenticated user is not the author of this comment or reply.")

// commentsDelete takes back a comment: its author may, and whoever owns the file.
//
// https://developers.google.com/drive/api/reference/rest/v3/comments/delete
func (d *Drive) commentsDelete(c *call) (any, error) {
	f, err := d.commented(c, files.Commenter)
	if err != nil {
		return nil, err
	}
	x, err := d.comment(c, f, false)
	switch {
	case err != nil:
		return nil, err
	case x.By != c.Who.User.ID && d.Role(c, f) < files.FileOrganizer:
		return nil, errNotAuthor
	}
	x.Deleted, x.Text, x.Quote, x.Anchor, x.Modified = true, "", nil, "", c.Now.UnixMilli()
	d.Comments.Put(c.Tx, x)
	return nil, nil
}

// commentView is a comment as the caller sees it.
func (d *Drive) commentView(c *call, x files.Comment, deleted bool) obj {
	v := obj{"kind": "drive#comment", "id": x.ID, "createdTime": stamp(x.Created), "modifiedTime": stamp(x.Modified), "deleted": x.Deleted, "author": d.author(c, x.By)}
	replies := []any{}
	for _, r := range x.Replies {
		if !r.Deleted || deleted {
			replies = append(replies, d.replyView(c, r))
		}
	}
	v["replies"] = replies
	if x.Deleted {
		return v
	}
	v["content"], v["htmlContent"], v["resolved"] = x.Text, markup(x.Text), x.Resolved
	if x.Anchor != "" {
		v["anchor"] = x.Anchor
	}
	if x.Quote != nil {
		v["quotedFileContent"] = obj{"mimeType": x.Quote.Type, "value": x.Quote.Text}
	}
	if m := mentions(x.Text); len(m) > 0 {
		v["mentionedEmailAddresses"] = m
	}
	return v
}

// author is somebody as those see them who read their comments: without an address.
func (d *Drive) author(c *call, id string) obj {
	v, _ := d.person(c, id).(obj)
	delete(v, "emailAddress")
	delete(v, "permissionId")
	return v
}

// mention is an address that a text names, with a "+" or an "@" before it.
var mention = regexp.MustCompile(`(^|\s)[+@]([\w.+-]+@[\w-]+(\.[\w-]+)+)`)

// markup is text as a browser shows it, with links to those whom it mentions.
func markup(text string) string {
	return strings.ReplaceAll(mention.ReplaceAllString(html.EscapeString(text), `$1<a href="mailto:$2">+$2</a>`), "\n", "<br>")
}

// mentions are the addresses that a text names.
func mentions(text string) (found []any) {
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		found = append(found, m[2])
	}
	return found
}

// tellOfComment writes to those whom a comment mentions, and to the owner of the file.
func (d *Drive) tellOfComment(c *call, f files.File, text string) {
	to := map[string]identity.User{}
	if u, ok := d.Users.Get(c.Tx, f.Owner); ok {
		to[u.ID] = u
	}
	for _, m := range mentions(text) {
		if u, ok := d.ByEmail(c.Tx, m.(string)); ok {
			to[u.ID] = u
		}
	}
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range to {
			if !yield(id) {
				return
			}
		}
	}) {
		if id != c.Who.User.ID {
			m, _ := json.Marshal(obj{"to": to[id].Email, "from": c.Who.User.Email, "subject": f.Name, "text": text, "fileId": f.ID, "link": c.Link + pageOf(f)})
			c.Deliver(outbox.Delivery{Twin: "gdrive", Kind: toMailbox, Topic: "comment", Subject: to[id].Email, Body: string(m)})
		}
	}
}
