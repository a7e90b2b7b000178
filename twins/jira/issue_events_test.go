package jira

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"twinset.dev/kit/twintest"
)

// Webhooks are told of what happens to an issue, each event with what it is about, in the words of version 2.
func TestIssueEvents(t *testing.T) {
	_, w, ask := caller(t, "ana")
	names := []string{"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated", "comment_deleted", "worklog_created", "worklog_updated", "worklog_deleted",
		"issuelink_created", "issuelink_deleted", "attachment_created", "attachment_deleted", "issue_property_set", "issue_property_deleted"}
	send := func(method, path, body string) map[string]any {
		t.Helper()
		rec := ask(method, path, "application/json", []byte(body))
		if rec.Code >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
		var v map[string]any
		json.Unmarshal(rec.Body.Bytes(), &v)
		return v
	}
	hook, _ := json.Marshal(obj{"name": "all", "url": "http://127.0.0.1:1/", "events": names})
	send(http.MethodPost, "/rest/webhooks/1.0/webhook", string(hook))

	issue := "/rest/api/3/issue/" + text(send(http.MethodPost, "/rest/api/3/issue", `{"fields": {"project": {"key": "ROCK"}, "issuetype": {"name": "Task"}, "summary": "Told"}}`)["key"])
	paragraph := `{"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Bold", "marks": [{"type": "strong"}]}]}]}`
	comment := issue + "/comment/" + text(send(http.MethodPost, issue+"/comment?expand=renderedBody", `{"body": `+paragraph+`}`)["id"])
	send(http.MethodPut, comment, `{"body": `+paragraph+`}`)
	send(http.MethodDelete, comment, "")
	work := issue + "/worklog/" + text(send(http.MethodPost, issue+"/worklog", `{"timeSpent": "1h"}`)["id"])
	send(http.MethodPut, work, `{"timeSpent": "2h"}`)
	send(http.MethodDelete, work, "")
	send(http.MethodPut, issue, `{"update": {"issuelinks": [{"add": {"type": {"name": "Blocks"}, "outwardIssue": {"key": "ROCK-1"}}}]}}`)
	link, _ := twintest.Find(send(http.MethodGet, issue+"?fields=issuelinks", ""), "fields.issuelinks.0.id")
	send(http.MethodDelete, "/rest/api/3/issueLink/"+text(link), "")
	kind, body := form(t, "a.txt", []byte("hello"))
	rec := ask(http.MethodPost, issue+"/attachments", kind, body)
	var files []map[string]any
	json.Unmarshal(rec.Body.Bytes(), &files)
	send(http.MethodDelete, "/rest/api/3/attachment/"+text(files[0]["id"]), "")
	send(http.MethodPut, issue+"/properties/p", `1`)
	send(http.MethodDelete, issue+"/properties/p", "")
	send(http.MethodPut, issue+"/assignee", `{"accountId": "`+accountID("bo")+`"}`)
	send(http.MethodPost, issue+"/transitions", `{"transition": {"id": "31"}}`)
	send(http.MethodDelete, issue, "")

	told, kinds := map[string]map[string]any{}, []string{}
	for _, d := range w.Outbox() {
		var v map[string]any
		if err := json.Unmarshal([]byte(d.Body), &v); err != nil {
			t.Fatal(err)
		}
		told[d.Topic] = v
		if k := text(v["issue_event_type_name"]); k != "" {
			kinds = append(kinds, k)
		}
	}
	for _, name := range names {
		if told[name] == nil {
			t.Errorf("nobody is told of %s", name)
		}
	}
	wantKinds := []string{"issue_created", "issue_commented", "issue_comment_edited", "issue_comment_deleted", "issue_work_logged", "issue_worklog_updated", "issue_worklog_deleted", "issue_updated", "issue_updated", "issue_updated",
		"issue_updated", "issue_updated", "issue_updated", "issue_assigned", "issue_generic", "issue_deleted"}
	slices.Sort(kinds)
	slices.Sort(wantKinds)
	if !slices.Equal(kinds, wantKinds) {
		t.Errorf("kinds of events are\n%v, want\n%v", kinds, wantKinds)
	}
	for path, want := range map[string]any{
		"comment_created/comment.body":                        "*Bold*",
		"comment_created/comment.renderedBody":                nil,
		"comment_created/issue.fields.summary":                "Told",
		"worklog_updated/worklog.timeSpent":                   "2h",
		"issuelink_created/issueLink.issueLinkType.name":      "Blocks",
		"attachment_created/attachment.filename":              "a.txt",
		"issue_property_set/property.key":                     "p",
		"jira:issue_deleted/user.displayName":                 "Ana Silva",
		"jira:issue_deleted/issue.fields.status.name":         "Done",
		"jira:issue_created/issue.fields.creator.displayName": "Ana Silva",
	} {
		event, at, _ := strings.Cut(path, "/")
		if got, _ := twintest.Find(any(told[event]), at); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if self, _ := twintest.Find(any(told["comment_created"]), "comment.self"); !strings.Contains(text(self), "/rest/api/2/issue/") {
		t.Errorf("a comment is at %v", self)
	}
}
