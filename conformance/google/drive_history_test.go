package google

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"

	"twinset.dev/conformance/internal/lab"
)

// A receiver is called when something has changed.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	seen []http.Header
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = append(r.seen, q.Header)
	}))
	t.Cleanup(r.Close)
	return r
}

// states are those that a channel has been told of, in order.
func (r *receiver) states(channel string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, h := range r.seen {
		if h.Get("X-Goog-Channel-Id") == channel {
			all = append(all, h.Get("X-Goog-Resource-State"))
		}
	}
	return strings.Join(all, " ")
}

// revised gives a file content twice more.
func revised(t *testing.T, e *env, f *drive.File) {
	t.Helper()
	for _, s := range []string{"two", "three"} {
		_, err := e.drive.Files.Update(f.Id, &drive.File{}).Media(strings.NewReader(s), googleapi.ContentType("text/plain")).Do()
		must(t, err)
	}
}

func init() {
	row("drive", "RevisionsListCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "v.txt", "one")
		revised(t, e, f)
		l, err := e.drive.Revisions.List(f.Id).Fields("*").Do()
		must(t, err)
		want(t, "revisions", len(l.Revisions), 3)
		want(t, "size of the first", l.Revisions[0].Size, int64(3))
		want(t, "who", l.Revisions[2].LastModifyingUser.DisplayName, "Ana Silva")
	})
	row("drive", "RevisionsListCall.Pages", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "v.txt", "one")
		revised(t, e, f)
		pages, all := 0, 0
		must(t, e.drive.Revisions.List(f.Id).PageSize(2).Pages(t.Context(), func(l *drive.RevisionList) error {
			pages, all = pages+1, all+len(l.Revisions)
			return nil
		}))
		want(t, "revisions", all, 3)
		want(t, "pages", pages, 2)
	})
	row("drive", "RevisionsGetCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "v.txt", "one")
		r, err := e.drive.Revisions.Get(f.Id, f.HeadRevisionId).Fields("*").Do()
		must(t, err)
		want(t, "md5", r.Md5Checksum, f.Md5Checksum)
		_, err = e.drive.Revisions.Get(f.Id, "nothing").Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "RevisionsGetCall.Download", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "v.txt", "one")
		revised(t, e, f)
		res, err := e.drive.Revisions.Get(f.Id, f.HeadRevisionId).Download()
		want(t, "what it was at first", read(t, res, err), "one")
	})
	row("drive", "RevisionsUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "v.txt", "one")
		_, err := e.drive.Revisions.Update(f.Id, f.HeadRevisionId, &drive.Revision{KeepForever: true}).Do()
		must(t, err)
		r, err := e.drive.Revisions.Get(f.Id, f.HeadRevisionId).Fields("keepForever").Do()
		must(t, err)
		want(t, "kept", r.KeepForever, true)
	})
	row("drive", "RevisionsDeleteCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "v.txt", "one")
		revised(t, e, f)
		must(t, e.drive.Revisions.Delete(f.Id, f.HeadRevisionId).Do())
		_, err := e.drive.Revisions.Get(f.Id, f.HeadRevisionId).Do()
		refused(t, err, 404, "notFound")
		head := e.sees(t, f.Id).HeadRevisionId
		l, err := e.drive.Revisions.List(f.Id).Do()
		must(t, err)
		want(t, "revisions", len(l.Revisions), 2)
		want(t, "the newest", l.Revisions[1].Id, head)
	})

	row("drive", "ChangesGetStartPageTokenCall.Do", func(t *testing.T) {
		e := world(t)
		first, err := e.drive.Changes.GetStartPageToken().Do()
		must(t, err)
		e.makes(t, "new.txt", "x")
		second, err := e.drive.Changes.GetStartPageToken().Do()
		must(t, err)
		if first.StartPageToken == second.StartPageToken {
			t.Fatal("a new file is no change")
		}
	})
	row("drive", "ChangesListCall.Do", func(t *testing.T) {
		e := world(t)
		start, err := e.drive.Changes.GetStartPageToken().Do()
		must(t, err)
		f, gone := e.makes(t, "new.txt", "x"), e.makes(t, "gone.txt", "x")
		must(t, e.drive.Files.Delete(gone.Id).Do())
		l, err := e.drive.Changes.List(start.StartPageToken).Do()
		must(t, err)
		removed := map[string]bool{}
		for _, c := range l.Changes {
			removed[c.FileId] = c.Removed
		}
		want(t, "changes", fmt.Sprint(removed), fmt.Sprint(map[string]bool{f.Id: false, gone.Id: true}))
		l, err = e.drive.Changes.List(l.NewStartPageToken).Do()
		must(t, err)
		want(t, "changes since", len(l.Changes), 0)
		_, err = e.drive.Changes.List("nonsense").Do()
		refused(t, err, 400, "invalid")
	})
	row("drive", "ChangesWatchCall.Do", func(t *testing.T) {
		e, r := world(t), newReceiver(t)
		start, err := e.drive.Changes.GetStartPageToken().Do()
		must(t, err)
		ch, err := e.drive.Changes.Watch(start.StartPageToken, &drive.Channel{Id: "changes-1", Type: "web_hook", Address: r.URL, Token: "mine"}).Do()
		must(t, err)
		want(t, "id", ch.Id, "changes-1")
		lab.Eventually(t, "sync", func() bool { return r.states("changes-1") == "sync" })
		e.makes(t, "new.txt", "x")
		lab.Eventually(t, "change", func() bool { return strings.HasPrefix(r.states("changes-1"), "sync change") })
		want(t, "token", r.seen[0].Get("X-Goog-Channel-Token"), "mine")
	})
	row("drive", "FilesWatchCall.Do", func(t *testing.T) {
		e, r := world(t), newReceiver(t)
		f := e.makes(t, "watched.txt", "x")
		_, err := e.drive.Files.Watch(f.Id, &drive.Channel{Id: "file-1", Type: "web_hook", Address: r.URL}).Do()
		must(t, err)
		e.makes(t, "another.txt", "x")
		_, err = e.drive.Files.Update(f.Id, &drive.File{Name: "renamed.txt"}).Do()
		must(t, err)
		lab.Eventually(t, "update", func() bool { return r.states("file-1") == "sync update" })
		_, err = e.drive.Files.Watch(f.Id, &drive.Channel{Id: "file-1", Type: "web_hook", Address: r.URL}).Do()
		refused(t, err, 400, "channelIdNotUnique")
	})
	row("drive", "ChannelsStopCall.Do", func(t *testing.T) {
		e, r := world(t), newReceiver(t)
		f := e.makes(t, "watched.txt", "x")
		ch, err := e.drive.Files.Watch(f.Id, &drive.Channel{Id: "file-1", Type: "web_hook", Address: r.URL}).Do()
		must(t, err)
		lab.Eventually(t, "sync", func() bool { return r.states("file-1") == "sync" })
		must(t, e.drive.Channels.Stop(ch).Do())
		_, err = e.drive.Files.Update(f.Id, &drive.File{Name: "renamed.txt"}).Do()
		must(t, err)
		refused(t, e.drive.Channels.Stop(ch).Do(), 404, "notFound")
		want(t, "what a stopped channel is told", r.states("file-1"), "sync")
	})

	comment := func(t *testing.T, e *env, f *drive.File, text string) *drive.Comment {
		t.Helper()
		c, err := e.drive.Comments.Create(f.Id, &drive.Comment{Content: text, QuotedFileContent: &drive.CommentQuotedFileContent{Value: "x", MimeType: "text/plain"}}).Fields("*").Do()
		must(t, err)
		return c
	}
	row("drive", "CommentsCreateCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "Is this right?")
		want(t, "text", c.Content, "Is this right?")
		want(t, "author", c.Author.DisplayName, "Ana Silva")
		must(t, share(e.client, f.Id, "bo@acme.example", "reader"))
		_, err := e.as("bo").drive.Comments.Create(f.Id, &drive.Comment{Content: "no"}).Fields("*").Do()
		refused(t, err, 403, "insufficientFilePermissions")
		_, err = e.drive.Comments.Create(f.Id, &drive.Comment{Content: "no fields"}).Do()
		refused(t, err, 400, "required")
	})
	row("drive", "CommentsGetCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "Is this right?")
		got, err := e.drive.Comments.Get(f.Id, c.Id).Fields("content,quotedFileContent").Do()
		must(t, err)
		want(t, "text", got.Content+" "+got.QuotedFileContent.Value, "Is this right? x")
		_, err = e.drive.Comments.Get(f.Id, "nothing").Fields("*").Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "CommentsListCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		comment(t, e, f, "one")
		gone := comment(t, e, f, "two")
		must(t, e.drive.Comments.Delete(f.Id, gone.Id).Do())
		l, err := e.drive.Comments.List(f.Id).Fields("*").Do()
		must(t, err)
		want(t, "comments", len(l.Comments), 1)
		l, err = e.drive.Comments.List(f.Id).IncludeDeleted(true).Fields("*").Do()
		must(t, err)
		want(t, "comments with those deleted", len(l.Comments), 2)
	})
	row("drive", "CommentsListCall.Pages", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		for range 3 {
			comment(t, e, f, "more")
		}
		pages, all := 0, 0
		must(t, e.drive.Comments.List(f.Id).PageSize(2).Fields("nextPageToken,comments/id").Pages(t.Context(), func(l *drive.CommentList) error {
			pages, all = pages+1, all+len(l.Comments)
			return nil
		}))
		want(t, "comments", all, 3)
		want(t, "pages", pages, 2)
	})
	row("drive", "CommentsUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		got, err := e.drive.Comments.Update(f.Id, c.Id, &drive.Comment{Content: "one, better"}).Fields("*").Do()
		must(t, err)
		want(t, "text", got.Content, "one, better")
		must(t, share(e.client, f.Id, "bo@acme.example", "writer"))
		_, err = e.as("bo").drive.Comments.Update(f.Id, c.Id, &drive.Comment{Content: "mine"}).Fields("*").Do()
		refused(t, err, 403, "forbidden")
	})
	row("drive", "CommentsDeleteCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		must(t, e.drive.Comments.Delete(f.Id, c.Id).Do())
		_, err := e.drive.Comments.Get(f.Id, c.Id).Fields("*").Do()
		refused(t, err, 404, "notFound")
		got, err := e.drive.Comments.Get(f.Id, c.Id).IncludeDeleted(true).Fields("*").Do()
		must(t, err)
		want(t, "deleted", fmt.Sprint(got.Deleted, got.Content), "true")
	})

	reply := func(t *testing.T, e *env, f *drive.File, c *drive.Comment, text string) *drive.Reply {
		t.Helper()
		r, err := e.drive.Replies.Create(f.Id, c.Id, &drive.Reply{Content: text}).Fields("*").Do()
		must(t, err)
		return r
	}
	row("drive", "RepliesCreateCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		reply(t, e, f, c, "two")
		_, err := e.drive.Replies.Create(f.Id, c.Id, &drive.Reply{Action: "resolve"}).Fields("*").Do()
		must(t, err)
		got, err := e.drive.Comments.Get(f.Id, c.Id).Fields("*").Do()
		must(t, err)
		want(t, "replies", len(got.Replies), 2)
		want(t, "resolved", got.Resolved, true)
	})
	row("drive", "RepliesGetCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		got, err := e.drive.Replies.Get(f.Id, c.Id, reply(t, e, f, c, "two").Id).Fields("*").Do()
		must(t, err)
		want(t, "text", got.Content, "two")
	})
	row("drive", "RepliesListCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		reply(t, e, f, c, "two")
		reply(t, e, f, c, "three")
		l, err := e.drive.Replies.List(f.Id, c.Id).Fields("*").Do()
		must(t, err)
		want(t, "replies", l.Replies[0].Content+" "+l.Replies[1].Content, "two three")
	})
	row("drive", "RepliesListCall.Pages", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		for range 3 {
			reply(t, e, f, c, "more")
		}
		pages, all := 0, 0
		must(t, e.drive.Replies.List(f.Id, c.Id).PageSize(2).Fields("nextPageToken,replies/id").Pages(t.Context(), func(l *drive.ReplyList) error {
			pages, all = pages+1, all+len(l.Replies)
			return nil
		}))
		want(t, "replies", all, 3)
		want(t, "pages", pages, 2)
	})
	row("drive", "RepliesUpdateCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		got, err := e.drive.Replies.Update(f.Id, c.Id, reply(t, e, f, c, "two").Id, &drive.Reply{Content: "2"}).Fields("*").Do()
		must(t, err)
		want(t, "text", got.Content, "2")
	})
	row("drive", "RepliesDeleteCall.Do", func(t *testing.T) {
		e := world(t)
		f := e.makes(t, "talk.txt", "x")
		c := comment(t, e, f, "one")
		r := reply(t, e, f, c, "two")
		must(t, e.drive.Replies.Delete(f.Id, c.Id, r.Id).Do())
		l, err := e.drive.Replies.List(f.Id, c.Id).Fields("*").Do()
		must(t, err)
		want(t, "replies", len(l.Replies), 0)
	})

	// proposal is bo's wish to be let at a file of ana's, which people say on a page and not through the API.
	proposal := func(t *testing.T, e *env) (file, id string) {
		t.Helper()
		f := e.makes(t, "wanted.txt", "x")
		p := e.person()
		page, _ := p.reads(p.Get(e.url + "/file/d/" + f.Id + "/view"))
		page, _ = p.picks(page, "Bo Lindqvist")
		p.reads(p.PostForm(e.origin()+p.finds(page, `<form method="post" action="([^"]+/request)"`), map[string][]string{"form": {p.finds(page, `name="form" value="([^"]+)"`)}, "id": {f.Id}, "message": {"I have to see it"}}))
		l, err := e.drive.Accessproposals.List(f.Id).Do()
		must(t, err)
		want(t, "proposals", len(l.AccessProposals), 1)
		return f.Id, l.AccessProposals[0].ProposalId
	}
	row("drive", "AccessproposalsListCall.Do", func(t *testing.T) {
		e := world(t)
		file, _ := proposal(t, e)
		_, err := e.as("dara").drive.Accessproposals.List(file).Do()
		refused(t, err, 404, "notFound")
	})
	row("drive", "AccessproposalsListCall.Pages", func(t *testing.T) {
		e := world(t)
		file, id := proposal(t, e)
		var all []string
		must(t, e.drive.Accessproposals.List(file).PageSize(1).Pages(t.Context(), func(l *drive.ListAccessProposalsResponse) error {
			for _, p := range l.AccessProposals {
				all = append(all, p.ProposalId)
			}
			return nil
		}))
		want(t, "proposals", strings.Join(all, " "), id)
	})
	row("drive", "AccessproposalsGetCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := proposal(t, e)
		p, err := e.drive.Accessproposals.Get(file, id).Do()
		must(t, err)
		want(t, "who", p.RequesterEmailAddress, "bo@acme.example")
		want(t, "why", p.RequestMessage, "I have to see it")
	})
	row("drive", "AccessproposalsResolveCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := proposal(t, e)
		must(t, e.drive.Accessproposals.Resolve(file, id, &drive.ResolveAccessProposalRequest{Action: "ACCEPT", Role: []string{"writer"}}).Do())
		got, err := e.as("bo").drive.Files.Get(file).Fields("capabilities/canEdit").Do()
		must(t, err)
		want(t, "bo may edit", got.Capabilities.CanEdit, true)
		l, err := e.drive.Accessproposals.List(file).Do()
		must(t, err)
		want(t, "proposals", len(l.AccessProposals), 0)
	})

	// approval is one that ana asks bo and chidi for.
	approval := func(t *testing.T, e *env) (file, id string) {
		t.Helper()
		f := e.makes(t, "approve.txt", "x")
		must(t, share(e.client, f.Id, "bo@acme.example", "reader"))
		must(t, share(e.client, f.Id, "chidi@acme.example", "reader"))
		a, err := e.drive.Approvals.Start(f.Id, &drive.StartApprovalRequest{ReviewerEmails: []string{"bo@acme.example", "chidi@acme.example"}, Message: "Please"}).Do()
		must(t, err)
		want(t, "status", a.Status, "IN_PROGRESS")
		return f.Id, a.ApprovalId
	}
	status := func(t *testing.T, e *env, file, id string) *drive.Approval {
		t.Helper()
		a, err := e.drive.Approvals.Get(file, id).Do()
		must(t, err)
		return a
	}
	row("drive", "ApprovalsStartCall.Do", func(t *testing.T) {
		e := world(t)
		file, _ := approval(t, e)
		_, err := e.as("bo").drive.Approvals.Start(file, &drive.StartApprovalRequest{ReviewerEmails: []string{"ana@acme.example"}}).Do()
		if err == nil {
			t.Fatal("a reader started an approval")
		}
	})
	row("drive", "ApprovalsGetCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		want(t, "reviewers", len(status(t, e, file, id).ReviewerResponses), 2)
		_, err := e.drive.Approvals.Get(file, "nothing").Do()
		if err == nil {
			t.Fatal("there is an approval called nothing")
		}
	})
	row("drive", "ApprovalsListCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		l, err := e.drive.Approvals.List(file).Fields("*").Do()
		must(t, err)
		want(t, "approvals", len(l.Items), 1)
		want(t, "id", l.Items[0].ApprovalId, id)
	})
	row("drive", "ApprovalsListCall.Pages", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		_, err := e.drive.Approvals.Cancel(file, id, &drive.CancelApprovalRequest{}).Do()
		must(t, err)
		_, err = e.drive.Approvals.Start(file, &drive.StartApprovalRequest{ReviewerEmails: []string{"bo@acme.example"}}).Do()
		must(t, err)
		all := 0
		must(t, e.drive.Approvals.List(file).PageSize(1).Fields("*").Pages(t.Context(), func(l *drive.ApprovalList) error { all += len(l.Items); return nil }))
		want(t, "approvals", all, 2)
	})
	row("drive", "ApprovalsApproveCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		_, err := e.as("bo").drive.Approvals.Approve(file, id, &drive.ApproveApprovalRequest{}).Do()
		must(t, err)
		want(t, "after one", status(t, e, file, id).Status, "IN_PROGRESS")
		_, err = e.as("chidi").drive.Approvals.Approve(file, id, &drive.ApproveApprovalRequest{}).Do()
		must(t, err)
		want(t, "after both", status(t, e, file, id).Status, "APPROVED")
	})
	row("drive", "ApprovalsDeclineCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		_, err := e.as("bo").drive.Approvals.Decline(file, id, &drive.DeclineApprovalRequest{Message: "No"}).Do()
		must(t, err)
		want(t, "status", status(t, e, file, id).Status, "DECLINED")
	})
	row("drive", "ApprovalsCancelCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		_, err := e.drive.Approvals.Cancel(file, id, &drive.CancelApprovalRequest{}).Do()
		must(t, err)
		want(t, "status", status(t, e, file, id).Status, "CANCELLED")
	})
	row("drive", "ApprovalsCommentCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		a, err := e.as("bo").drive.Approvals.Comment(file, id, &drive.CommentApprovalRequest{Message: "Looking"}).Do()
		must(t, err)
		want(t, "status", a.Status, "IN_PROGRESS")
	})
	row("drive", "ApprovalsReassignCall.Do", func(t *testing.T) {
		e := world(t)
		file, id := approval(t, e)
		must(t, share(e.client, file, "dara@acme.example", "reader"))
		_, err := e.drive.Approvals.Reassign(file, id, &drive.ReassignApprovalRequest{ReplaceReviewers: []*drive.ReplaceReviewer{{RemovedReviewerEmail: "bo@acme.example", AddedReviewerEmail: "dara@acme.example"}}}).Do()
		must(t, err)
		b, _ := json.Marshal(status(t, e, file, id).ReviewerResponses)
		if !strings.Contains(string(b), "dara@acme.example") || strings.Contains(string(b), "bo@acme.example") {
			t.Fatalf("the reviewers are %s", b)
		}
	})
}
