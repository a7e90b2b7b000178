package document

import (
	"slices"
	"strings"

	"twinset.dev/twins/gdocs/internal/api"
)

const longestPost = 2048 // UTF-8 code units

func checkPost(content string) error {
	if content == "" {
		return bad("The content must not be empty.")
	}
	if len(content) > longestPost {
		return bad("The content must not exceed 2048 UTF-8 code units.")
	}
	return nil
}

// insertComment opens a thread on a range.
func (e *edit) insertComment(in *api.InsertCommentRequest) (*api.InsertCommentResponse, error) {
	if in.Range == nil {
		return nil, bad("Insert comment requests must specify a range to anchor to.")
	}
	s, err := e.stretch(in.Range)
	if err != nil {
		return nil, err
	}
	if err := checkPost(val(in.Content)); err != nil {
		return nil, err
	}
	if len(val(in.AssigneeEmailAddress)) > longestPost {
		return nil, bad("The assignee email address must not exceed 2048 UTF-8 code units.")
	}
	anchor := e.ID("kix.")
	thread, err := e.Comments.Insert(anchor, e.quote(s), *in.Content, val(in.AssigneeEmailAddress))
	if err != nil {
		return nil, err
	}
	s.tab.Anchors = append(s.tab.Anchors, Name{ID: anchor, Ranges: []Span{{s.seg.ID, s.start, s.end}}})
	return &api.InsertCommentResponse{CommentThread: thread}, nil
}

// quote is the text of a range.
func (e *edit) quote(s stretch) string {
	var b strings.Builder
	e.eachParagraph(s, func(sp spot, pg *Paragraph) *Paragraph {
		_, rest, ok := splitAt(pg.Elements, max(0, s.start-sp.start))
		if mid, _, fits := splitAt(rest, min(sp.block().size, s.end-sp.start)-max(0, s.start-sp.start)); ok && fits {
			for _, el := range mid {
				b.WriteString(el.Text)
			}
		}
		return nil
	})
	return strings.TrimSuffix(b.String(), "\n")
}

// addCommentReply answers in a comment's thread or in a suggestion's.
func (e *edit) addCommentReply(in *api.AddCommentReplyRequest) (*api.AddCommentReplyResponse, error) {
	if (in.CommentID == nil) == (in.SuggestionID == nil) {
		return nil, bad("Exactly one of comment ID or suggestion ID must be specified.")
	}
	post := val(in.Post)
	action := val(post.CommentAction)
	switch {
	case action != "RESOLVE" && action != "REOPEN":
		if in.SuggestionID != nil && val(post.SuggestionAction) != "" && *post.SuggestionAction != "NO_SUGGESTION_ACTION_CHANGE" {
			return nil, bad("Suggestions are accepted and rejected with their own requests.")
		}
		if err := checkPost(val(post.Content)); err != nil {
			return nil, err
		}
	case in.SuggestionID != nil:
		return nil, bad("A suggestion cannot be resolved or reopened.")
	case len(val(post.Content)) > longestPost:
		return nil, checkPost(*post.Content)
	case val(post.AssigneeEmail) != "":
		return nil, bad("A reply that resolves or reopens a comment cannot assign it.")
	}
	if in.CommentID != nil {
		reply, err := e.Comments.Reply(*in.CommentID, &post)
		if err != nil {
			return nil, err
		}
		return &api.AddCommentReplyResponse{Post: reply}, nil
	}
	if val(post.AssigneeEmail) != "" {
		return nil, bad("A suggestion cannot be assigned.")
	}
	s, err := e.thread(*in.SuggestionID)
	if err != nil {
		return nil, err
	}
	r := Reply{ID: e.ID("AAAA"), Author: e.Author, Content: val(post.Content), Created: e.Now, Updated: e.Now}
	s.Replies = append(slices.Clip(s.Replies), r)
	return &api.AddCommentReplyResponse{Post: r.view(e.Who)}, nil
}

// updateCommentPost rewrites a post of one's own.
func (e *edit) updateCommentPost(in *api.UpdateCommentPostRequest) error {
	if err := checkPost(val(in.Content)); err != nil {
		return err
	}
	if in.CommentID != nil {
		return e.Comments.Update(*in.CommentID, val(in.PostID), *in.Content)
	}
	s, i, err := e.reply(in.SuggestionID, in.PostID)
	if err != nil {
		return err
	}
	s.Replies = slices.Clone(s.Replies)
	s.Replies[i].Content, s.Replies[i].Updated = *in.Content, e.Now
	return nil
}

// deleteComment removes a thread of one's own, with its anchor.
func (e *edit) deleteComment(in *api.DeleteCommentRequest) error {
	anchor, err := e.Comments.Delete(val(in.CommentID))
	if err != nil {
		return err
	}
	for _, t := range e.doc.AllTabs() {
		t.Anchors = drop(t.Anchors, func(n Name) bool { return n.ID == anchor })
	}
	return nil
}

// deleteCommentReply removes a reply of one's own that does nothing else.
func (e *edit) deleteCommentReply(in *api.DeleteCommentReplyRequest) error {
	if in.CommentID != nil {
		return e.Comments.DeleteReply(*in.CommentID, val(in.PostID))
	}
	s, i, err := e.reply(in.SuggestionID, in.PostID)
	if err != nil {
		return err
	}
	if s.Replies[i].Action != "" {
		return bad("A reply with an action cannot be deleted.")
	}
	s.Replies = drop(slices.Clone(s.Replies), func(r Reply) bool { return r.ID == val(in.PostID) })
	return nil
}

// reply is a reply of one's own to a suggestion.
func (e *edit) reply(suggestion, post *string) (*Suggestion, int, error) {
	if val(suggestion) == "" {
		return nil, 0, bad("Exactly one of comment ID or suggestion ID must be specified.")
	}
	s, err := e.thread(*suggestion)
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(s.Replies, func(r Reply) bool { return r.ID == val(post) })
	switch {
	case i < 0:
		return nil, 0, missing("Reply", val(post))
	case s.Replies[i].Author != e.Author:
		return nil, 0, bad("Only the author of a post can change it.")
	}
	return s, i, nil
}
