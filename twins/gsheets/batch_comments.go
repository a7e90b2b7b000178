package gsheets

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/gsheets/internal/formula"
)

// Comments that are made here lie on cells.
//
// https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets#CommentThread

// post is what the caller says now.
func (b *book) post(content string) Obj {
	at := b.c.Now.UTC().Format(time.RFC3339Nano)
	return Obj{
		"postId": strconv.Itoa(b.number()), "content": content, "contentHtml": html.EscapeString(content), "createTime": at, "updateTime": at,
		"author": Obj{"displayName": b.c.Who.User.Name, "emailAddress": b.c.Who.User.Email},
	}
}

// thread finds a comment by its id.
func (b *book) thread(id *string) (int, error) {
	i := slices.IndexFunc(b.Comments, func(o Obj) bool { return o["commentId"] == deref(id) })
	if i < 0 {
		return 0, no("No comment with id: %s", deref(id))
	}
	return i, nil
}

// rethread puts another state of a comment in its place.
func (b *book) rethread(i int, o Obj) {
	b.Comments = slices.Clone(b.Comments)
	b.Comments[i] = o
	b.touch()
}

// insertComment says something of a cell.
func (b *book) insertComment(in *api.InsertCommentRequest) (Obj, error) {
	at := in.Coordinate
	if at == nil {
		return nil, no("coordinate must be specified.")
	}
	t, err := b.grid(at.SheetID)
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(deref(in.Content)) == "":
		return nil, no("content must be specified.")
	}
	row, col, err := t.place(at)
	if err != nil {
		return nil, err
	}
	head := b.post(*in.Content)
	if to := deref(in.AssigneeEmailAddress); to != "" {
		if _, ok := b.s.ByEmail(b.c.Tx, to); !ok {
			return nil, no("Invalid email address: %s", to)
		}
		head["assigneeEmail"] = to
	}
	id := strconv.Itoa(b.number())
	thread := Obj{"commentId": id, "anchorId": id, "headPost": head, "status": "OPEN"}
	if x := t.cell(row, col); x != nil {
		if s := b.shown(x); s != "" {
			thread["plainTextQuote"] = s
		}
	}
	b.Comments = append(slices.Clone(b.Comments), thread)
	t.Anchors = append(slices.Clone(t.Anchors), Obj{"anchorId": id, "range": t.gridRange(formula.Cell(row, col))})
	t.touch()
	b.touch()
	return Obj{"commentThread": thread}, nil
}

// addCommentReply answers a comment, settles it, or opens it again.
func (b *book) addCommentReply(in *api.AddCommentReplyRequest) (Obj, error) {
	i, err := b.thread(in.CommentID)
	if err != nil {
		return nil, err
	}
	if in.Post == nil {
		return nil, no("post must be specified.")
	}
	action := deref(in.Post.CommentAction)
	if strings.TrimSpace(deref(in.Post.Content)) == "" && action != "RESOLVE" && action != "REOPEN" {
		return nil, no("post.content must be specified.")
	}
	o, p := b.Comments[i], b.post(deref(in.Post.Content))
	replies, _ := o["replies"].([]any)
	switch action {
	case "RESOLVE":
		o, p["commentAction"] = with(o, "status", "RESOLVED"), action
	case "REOPEN":
		o, p["commentAction"] = with(o, "status", "OPEN"), action
	}
	b.rethread(i, with(o, "replies", append(slices.Clone(replies), p)))
	return Obj{"post": p}, nil
}

// own refuses to change what somebody else has said.
func (b *book) own(p Obj) error {
	author, _ := p["author"].(Obj)
	if author["emailAddress"] != b.c.Who.User.Email {
		return errForbidden
	}
	return nil
}

// updateCommentPost changes what its author has said.
func (b *book) updateCommentPost(in *api.UpdateCommentPostRequest) (Obj, error) {
	i, err := b.thread(in.CommentID)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(deref(in.Content)) == "" {
		return nil, no("content must be specified.")
	}
	o := b.Comments[i]
	said := func(p Obj) Obj {
		p = with(p, "content", *in.Content)
		p["contentHtml"], p["updateTime"] = html.EscapeString(*in.Content), b.c.Now.UTC().Format(time.RFC3339Nano)
		return p
	}
	if head, _ := o["headPost"].(Obj); head["postId"] == deref(in.PostID) {
		if err := b.own(head); err != nil {
			return nil, err
		}
		head = said(head)
		b.rethread(i, with(o, "headPost", head))
		return nil, nil
	}
	replies, k, err := reply(o, in.PostID)
	if err != nil {
		return nil, err
	}
	if err := b.own(replies[k].(Obj)); err != nil {
		return nil, err
	}
	replies[k] = said(replies[k].(Obj))
	b.rethread(i, with(o, "replies", replies))
	return nil, nil
}

// reply finds an answer among those of a comment, in a list to change.
func reply(o Obj, id *string) ([]any, int, error) {
	replies, _ := o["replies"].([]any)
	k := slices.IndexFunc(replies, func(p any) bool { return p.(Obj)["postId"] == deref(id) })
	if k < 0 {
		return nil, 0, no("No post with id: %s", deref(id))
	}
	return slices.Clone(replies), k, nil
}

// deleteComment takes back a comment with what was answered.
func (b *book) deleteComment(in *api.DeleteCommentRequest) (Obj, error) {
	i, err := b.thread(in.CommentID)
	if err != nil {
		return nil, err
	}
	o := b.Comments[i]
	if err := b.own(o["headPost"].(Obj)); err != nil {
		return nil, err
	}
	b.Comments = slices.Delete(slices.Clone(b.Comments), i, i+1)
	for _, t := range b.tabs {
		if k := slices.IndexFunc(t.Anchors, func(a Obj) bool { return a["anchorId"] == o["anchorId"] }); k >= 0 {
			t.Anchors = slices.Delete(slices.Clone(t.Anchors), k, k+1)
			t.touch()
		}
	}
	b.touch()
	return nil, nil
}

// deleteCommentReply takes back an answer.
func (b *book) deleteCommentReply(in *api.DeleteCommentReplyRequest) (Obj, error) {
	i, err := b.thread(in.CommentID)
	if err != nil {
		return nil, err
	}
	o := b.Comments[i]
	replies, k, err := reply(o, in.PostID)
	if err != nil {
		return nil, err
	}
	if err := b.own(replies[k].(Obj)); err != nil {
		return nil, err
	}
	b.rethread(i, with(o, "replies", slices.Delete(replies, k, k+1)))
	return nil, nil
}
