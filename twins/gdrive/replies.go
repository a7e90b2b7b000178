package gdrive

import (
	"slices"
	"strings"

	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// replied finds the comment whose replies a call is about.
func (d *Drive) replied(c *call, need files.Role) (files.File, files.Comment, error) {
	f, err := d.commented(c, need)
	if err != nil {
		return f, files.Comment{}, err
	}
	x, err := d.comment(c, f, c.QTrue("includeDeleted"))
	return f, x, err
}

// reply is the one that a call names, and where it is among those of its comment.
func (d *Drive) reply(c *call, x files.Comment, deleted bool) (int, error) {
	i := slices.IndexFunc(x.Replies, func(r files.Reply) bool { return r.ID == c.Param("replyId") })
	if i < 0 || x.Replies[i].Deleted && !deleted {
		return 0, gapi.Because(404, "notFound", "Reply not found: %s.", c.Param("replyId")).At("replyId")
	}
	return i, nil
}

// repliesList lists the answers to a comment, the oldest first.
//
// https://developers.google.com/drive/api/reference/rest/v3/replies/list
func (d *Drive) repliesList(c *call) (any, error) {
	_, x, err := d.replied(c, files.Reader)
	if err != nil {
		return nil, err
	}
	p, err := c.Page(20, 1, 100)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Clone(x.Replies), func(r files.Reply) bool { return r.Deleted && !c.QTrue("includeDeleted") })
	items, next := gapi.Take(p, slices.Values(all), func(r files.Reply) string { return r.ID }, func(r files.Reply) any { return d.replyView(c, r) })
	return c.List("drive#replyList", "replies", items, next), nil
}

// repliesGet answers an answer to a comment.
//
// https://developers.google.com/drive/api/reference/rest/v3/replies/get
func (d *Drive) repliesGet(c *call) (any, error) {
	_, x, err := d.replied(c, files.Reader)
	if err != nil {
		return nil, err
	}
	i, err := d.reply(c, x, c.QTrue("includeDeleted"))
	if err != nil {
		return nil, err
	}
	return d.replyView(c, x.Replies[i]), nil
}

// repliesCreate answers a comment, settles it, or opens it again.
//
// https://developers.google.com/drive/api/reference/rest/v3/replies/create
func (d *Drive) repliesCreate(c *call) (any, error) {
	var in api.Reply
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	f, x, err := d.replied(c, files.Commenter)
	action := deref(in.Action)
	switch {
	case err != nil:
		return nil, err
	case x.Deleted:
		return nil, gapi.Because(403, "forbidden", "A deleted comment cannot be replied to.")
	case action == "" && strings.TrimSpace(deref(in.Content)) == "":
		return nil, gapi.Because(400, "required", "The content of a reply is required if it has no action.").At("content")
	case action != "" && action != "resolve" && action != "reopen":
		return nil, gapi.Because(400, "invalid", "Invalid Value").At("action")
	}
	r := files.Reply{ID: "AAAA" + c.Rand(7, secretAlphabet), By: c.Who.User.ID, Text: deref(in.Content), Action: action, Created: c.Now.UnixMilli(), Modified: c.Now.UnixMilli()}
	if action != "" {
		x.Resolved = action == "resolve"
	}
	x.Replies = append(slices.Clone(x.Replies), r)
	x.Modified = r.Modified
	d.Comments.Put(c.Tx, x)
	d.Save(c, f)
	d.tellOfComment(c, f, r.Text)
	return d.replyView(c, r), nil
}

// repliesUpdate changes what its author has answered.
//
// https://developers.google.com/drive/api/reference/rest/v3/replies/update
func (d *Drive) repliesUpdate(c *call) (any, error) {
	var in api.Reply
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	_, x, err := d.replied(c, files.Commenter)
	if err != nil {
		return nil, err
	}
	i, err := d.reply(c, x, false)
	switch {
	case err != nil:
		return nil, err
	case x.Replies[i].By != c.Who.User.ID:
		return nil, errNotAuthor
	case strings.TrimSpace(deref(in.Content)) == "":
		return nil, errNoContent
	}
	x.Replies = slices.Clone(x.Replies)
	x.Replies[i].Text, x.Replies[i].Modified = *in.Content, c.Now.UnixMilli()
	x.Modified = c.Now.UnixMilli()
	d.Comments.Put(c.Tx, x)
	return d.replyView(c, x.Replies[i]), nil
}

// repliesDelete takes back an answer.
//
// https://developers.google.com/drive/api/reference/rest/v3/replies/delete
func (d *Drive) repliesDelete(c *call) (any, error) {
	f, x, err := d.replied(c, files.Commenter)
	if err != nil {
		return nil, err
	}
	i, err := d.reply(c, x, false)
	switch {
	case err != nil:
		return nil, err
	case x.Replies[i].By != c.Who.User.ID && d.Role(c, f) < files.FileOrganizer:
		return nil, errNotAuthor
	}
	x.Replies = slices.Clone(x.Replies)
	x.Replies[i].Deleted, x.Replies[i].Text, x.Replies[i].Modified = true, "", c.Now.UnixMilli()
	x.Modified = c.Now.UnixMilli()
	d.Comments.Put(c.Tx, x)
	return nil, nil
}

// replyView is an answer to a comment as the caller sees it.
func (d *Drive) replyView(c *call, r files.Reply) obj {
	v := obj{"kind": "drive#reply", "id": r.ID, "createdTime": stamp(r.Created), "modifiedTime": stamp(r.Modified), "deleted": r.Deleted, "author": d.author(c, r.By)}
	if r.Deleted {
		return v
	}
	if r.Text != "" {
		v["content"], v["htmlContent"] = r.Text, markup(r.Text)
	}
	if r.Action != "" {
		v["action"] = r.Action
	}
	if m := mentions(r.Text); len(m) > 0 {
		v["mentionedEmailAddresses"] = m
	}
	return v
}
