package jira

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/andygrunwald/go-jira"
)

// issue makes a task of that summary.
func (e *env) issue(summary string) *jira.Issue {
	e.t.Helper()
	i, _, err := e.Issue.Create(&jira.Issue{Fields: &jira.IssueFields{Project: jira.Project{Key: "ROCK"}, Type: jira.IssueType{Name: "Task"}, Summary: summary}})
	must(e.t, err)
	return i
}

// read returns an issue as it is now.
func (e *env) read(key string) *jira.Issue {
	e.t.Helper()
	i, _, err := e.Issue.Get(key, nil)
	must(e.t, err)
	return i
}

func init() {
	row("Issue", "Create", func(t *testing.T) {
		e := world(t)
		i := e.issue("Sweep the pad")
		want(t, "summary", e.read(i.Key).Fields.Summary, "Sweep the pad")
		_, _, err := e.Issue.Create(&jira.Issue{Fields: &jira.IssueFields{Project: jira.Project{Key: "ROCK"}, Type: jira.IssueType{Name: "Task"}}})
		if err == nil {
			t.Fatal("an issue without a summary was created")
		}
	})
	row("Issue", "Get", func(t *testing.T) {
		e := world(t)
		i, _, err := e.Issue.Get("ROCK-8", &jira.GetQueryOptions{Fields: "summary,status", Expand: "changelog"})
		must(t, err)
		want(t, "summary", i.Fields.Summary, "Show the fuel level in the cockpit")
		want(t, "status", i.Fields.Status.Name, "In Progress")
		want(t, "history", len(i.Changelog.Histories) > 0, true)
		_, _, err = e.Issue.Get("ROCK-999", nil)
		refused(t, err, "Issue does not exist")
	})
	row("Issue", "Update", func(t *testing.T) {
		e := world(t)
		_, _, err := e.Issue.Update(&jira.Issue{Key: "ROCK-16", Fields: &jira.IssueFields{Summary: "Paint it red"}})
		must(t, err)
		want(t, "summary", e.read("ROCK-16").Fields.Summary, "Paint it red")
	})
	row("Issue", "UpdateWithOptions", func(t *testing.T) {
		e := world(t)
		_, _, err := e.Issue.UpdateWithOptions(&jira.Issue{Key: "ROCK-16", Fields: &jira.IssueFields{Labels: []string{"red", "nose"}}}, &jira.UpdateQueryOptions{NotifyUsers: true})
		must(t, err)
		want(t, "labels", strings.Join(e.read("ROCK-16").Fields.Labels, " "), "nose red")
	})
	row("Issue", "UpdateIssue", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.UpdateIssue("ROCK-16", map[string]any{"update": map[string]any{"labels": []any{map[string]any{"add": "red"}}}})
		must(t, err)
		want(t, "labels", strings.Join(e.read("ROCK-16").Fields.Labels, " "), "red")
	})
	row("Issue", "UpdateAssignee", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.UpdateAssignee("ROCK-16", &jira.User{AccountID: e.id("chidi")})
		must(t, err)
		want(t, "assignee", e.read("ROCK-16").Fields.Assignee.AccountID, e.id("chidi"))
	})
	row("Issue", "Delete", func(t *testing.T) {
		e := world(t)
		i := e.issue("Gone soon")
		_, err := e.Issue.Delete(i.Key)
		must(t, err)
		_, _, err = e.Issue.Get(i.Key, nil)
		refused(t, err, "Issue does not exist")
		_, err = e.as("bo").Issue.Delete("ROCK-16")
		want(t, "refused", err != nil, true)
	})
	row("Issue", "GetTransitions", func(t *testing.T) {
		e := world(t)
		ways, _, err := e.Issue.GetTransitions("ROCK-16")
		must(t, err)
		var names []string
		for _, w := range ways {
			names = append(names, w.To.Name)
		}
		want(t, "ways", strings.Join(names, ", "), "To Do, In Progress, Done")
	})
	row("Issue", "DoTransition", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.DoTransition("ROCK-16", "31")
		must(t, err)
		i := e.read("ROCK-16")
		want(t, "status", i.Fields.Status.Name, "Done")
		want(t, "resolution", i.Fields.Resolution.Name, "Done")
		_, err = e.Issue.DoTransition("ROCK-16", "999")
		want(t, "refused", err != nil, true)
	})
	row("Issue", "DoTransitionWithPayload", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.DoTransitionWithPayload("ROCK-16", jira.CreateTransitionPayload{Transition: jira.TransitionPayload{ID: "21"}})
		must(t, err)
		want(t, "status", e.read("ROCK-16").Fields.Status.Name, "In Progress")
	})
	row("Issue", "GetCustomFields", func(t *testing.T) {
		e := world(t)
		fields, _, err := e.Issue.GetCustomFields("ROCK-8")
		must(t, err)
		want(t, "story points", fields["customfield_10016"], "3")
	})
	row("Issue", "GetCreateMeta", func(t *testing.T) {
		e := world(t)
		meta, _, err := e.Issue.GetCreateMeta("ROCK")
		must(t, err)
		p := meta.GetProjectWithKey("ROCK")
		want(t, "project", p != nil, true)
		kind := p.GetIssueTypeWithName("Bug")
		want(t, "type", kind != nil, true)
		mandatory, err := kind.GetMandatoryFields()
		must(t, err)
		want(t, "summary", mandatory["Summary"], "summary")
	})
	row("Issue", "GetCreateMetaWithOptions", func(t *testing.T) {
		e := world(t)
		meta, _, err := e.Issue.GetCreateMetaWithOptions(&jira.GetQueryOptions{ProjectKeys: "OPS"})
		must(t, err)
		want(t, "projects", len(meta.Projects), 1)
		want(t, "key", meta.Projects[0].Key, "OPS")
	})
	row("Issue", "GetEditMeta", func(t *testing.T) {
		e := world(t)
		meta, _, err := e.Issue.GetEditMeta(&jira.Issue{Key: "ROCK-8"})
		must(t, err)
		_, there := meta.Fields["summary"]
		want(t, "summary can be edited", there, true)
	})
	searchRows()
	commentRows()
	linkRows()
	attachmentRows()
	watcherRows()
}

func searchRows() {
	const bugs = "project = ROCK AND issuetype = Bug ORDER BY key"
	row("Issue", "Search", func(t *testing.T) {
		e := world(t)
		found, res, err := e.Issue.Search(bugs, &jira.SearchOptions{MaxResults: 2, StartAt: 1, Fields: []string{"summary"}})
		must(t, err)
		want(t, "issues", keys(found), "ROCK-5 ROCK-11")
		want(t, "total", res.Total, 5)
		_, _, err = e.Issue.Search("nothing = 1", nil)
		refused(t, err, "Field 'nothing' does not exist")
	})
	row("Issue", "SearchPages", func(t *testing.T) {
		e := world(t)
		var found []jira.Issue
		must(t, e.Issue.SearchPages(bugs, &jira.SearchOptions{MaxResults: 2}, func(i jira.Issue) error {
			found = append(found, i)
			return nil
		}))
		want(t, "issues", keys(found), "ROCK-4 ROCK-5 ROCK-11 ROCK-15 ROCK-18")
	})
	row("Issue", "SearchV2JQL", func(t *testing.T) {
		e := world(t)
		first, res, err := e.Issue.SearchV2JQL(bugs, &jira.SearchOptionsV2{MaxResults: 3, Fields: []string{"summary"}})
		must(t, err)
		want(t, "first page", keys(first), "ROCK-4 ROCK-5 ROCK-11")
		rest, _, err := e.Issue.SearchV2JQL(bugs, &jira.SearchOptionsV2{MaxResults: 3, Fields: []string{"summary"}, NextPageToken: res.NextPageToken})
		must(t, err)
		want(t, "second page", keys(rest), "ROCK-15 ROCK-18")
	})
}

func commentRows() {
	row("Issue", "AddComment", func(t *testing.T) {
		e := world(t)
		c, _, err := e.Issue.AddComment("ROCK-16", &jira.Comment{Body: "Red, *please*."})
		must(t, err)
		want(t, "body", c.Body, "Red, *please*.")
		want(t, "comments", len(e.read("ROCK-16").Fields.Comments.Comments), 1)
	})
	row("Issue", "UpdateComment", func(t *testing.T) {
		e := world(t)
		c, _, err := e.Issue.AddComment("ROCK-16", &jira.Comment{Body: "Red"})
		must(t, err)
		_, _, err = e.Issue.UpdateComment("ROCK-16", &jira.Comment{ID: c.ID, Body: "Blue"})
		must(t, err)
		want(t, "body", e.read("ROCK-16").Fields.Comments.Comments[0].Body, "Blue")
	})
	row("Issue", "DeleteComment", func(t *testing.T) {
		e := world(t)
		c, _, err := e.Issue.AddComment("ROCK-16", &jira.Comment{Body: "Red"})
		must(t, err)
		must(t, e.Issue.DeleteComment("ROCK-16", c.ID))
		want(t, "comments", len(e.read("ROCK-16").Fields.Comments.Comments), 0)
		want(t, "refused", e.Issue.DeleteComment("ROCK-16", c.ID) != nil, true)
	})
	row("Issue", "AddWorklogRecord", func(t *testing.T) {
		e := world(t)
		started := jira.Time(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
		w, _, err := e.Issue.AddWorklogRecord("ROCK-13", &jira.WorklogRecord{TimeSpent: "3h", Comment: "Wrote", Started: &started})
		must(t, err)
		want(t, "seconds", w.TimeSpentSeconds, 3*3600)
		want(t, "time spent", e.read("ROCK-13").Fields.TimeSpent, 3*3600)
	})
	row("Issue", "UpdateWorklogRecord", func(t *testing.T) {
		e := world(t)
		w, _, err := e.Issue.AddWorklogRecord("ROCK-13", &jira.WorklogRecord{TimeSpent: "3h"})
		must(t, err)
		_, _, err = e.Issue.UpdateWorklogRecord("ROCK-13", w.ID, &jira.WorklogRecord{TimeSpent: "1h"})
		must(t, err)
		want(t, "time spent", e.read("ROCK-13").Fields.TimeSpent, 3600)
	})
	row("Issue", "GetWorklogs", func(t *testing.T) {
		e := world(t)
		w, _, err := e.Issue.GetWorklogs("ROCK-3")
		must(t, err)
		want(t, "worklogs", w.Total, 2)
		want(t, "first", w.Worklogs[0].TimeSpent, "3d")
	})
}

func linkRows() {
	linked := func(e *env) *jira.IssueLink {
		e.t.Helper()
		_, err := e.Issue.AddLink(&jira.IssueLink{Type: jira.IssueLinkType{Name: "Relates"}, InwardIssue: &jira.Issue{Key: "ROCK-16"}, OutwardIssue: &jira.Issue{Key: "ROCK-17"}})
		must(e.t, err)
		links := e.read("ROCK-16").Fields.IssueLinks
		want(e.t, "links", len(links), 1)
		return links[0]
	}
	row("Issue", "AddLink", func(t *testing.T) {
		e := world(t)
		want(t, "other", linked(e).OutwardIssue.Key, "ROCK-17")
		_, err := e.Issue.AddLink(&jira.IssueLink{Type: jira.IssueLinkType{Name: "Hates"}, InwardIssue: &jira.Issue{Key: "ROCK-16"}, OutwardIssue: &jira.Issue{Key: "ROCK-17"}})
		want(t, "refused", err != nil, true)
	})
	row("Issue", "DeleteLink", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.DeleteLink(linked(e).ID)
		must(t, err)
		want(t, "links", len(e.read("ROCK-16").Fields.IssueLinks), 0)
	})
	drawing := &jira.RemoteLink{GlobalID: "drawing=1", Object: &jira.RemoteLinkObject{URL: "https://drawings.example/1", Title: "Drawing 1"}}
	row("Issue", "AddRemoteLink", func(t *testing.T) {
		e := world(t)
		l, _, err := e.Issue.AddRemoteLink("ROCK-16", drawing)
		must(t, err)
		want(t, "id", l.ID > 0, true)
	})
	row("Issue", "GetRemoteLinks", func(t *testing.T) {
		e := world(t)
		_, _, err := e.Issue.AddRemoteLink("ROCK-16", drawing)
		must(t, err)
		all, _, err := e.Issue.GetRemoteLinks("ROCK-16")
		must(t, err)
		want(t, "links", len(*all), 1)
		want(t, "title", (*all)[0].Object.Title, "Drawing 1")
	})
	row("Issue", "UpdateRemoteLink", func(t *testing.T) {
		e := world(t)
		l, _, err := e.Issue.AddRemoteLink("ROCK-16", drawing)
		must(t, err)
		_, err = e.Issue.UpdateRemoteLink("ROCK-16", l.ID, &jira.RemoteLink{Object: &jira.RemoteLinkObject{URL: "https://drawings.example/2", Title: "Drawing 2"}})
		must(t, err)
		all, _, err := e.Issue.GetRemoteLinks("ROCK-16")
		must(t, err)
		want(t, "title", (*all)[0].Object.Title, "Drawing 2")
	})
	row("IssueLinkType", "GetList", func(t *testing.T) {
		e := world(t)
		// Jira answers with an object; go-jira wants a list.
		_, _, err := e.IssueLinkType.GetList()
		refused(t, err, "cannot unmarshal object")
		want(t, "types", sorted(linkTypes(e)), "Blocks Cloners Duplicate Relates")
	})
	row("IssueLinkType", "Get", func(t *testing.T) {
		e := world(t)
		x, _, err := e.IssueLinkType.Get("10000")
		must(t, err)
		want(t, "outward", x.Outward, "blocks")
	})
	causes := func(e *env) *jira.IssueLinkType {
		e.t.Helper()
		x, _, err := e.IssueLinkType.Create(&jira.IssueLinkType{Name: "Cause", Inward: "is caused by", Outward: "causes"})
		must(e.t, err)
		x.ID = "10004" // go-jira returns what it was given
		return x
	}
	row("IssueLinkType", "Create", func(t *testing.T) {
		e := world(t)
		causes(e)
		want(t, "types", sorted(linkTypes(e)), "Blocks Cause Cloners Duplicate Relates")
		_, _, err := e.as("bo").IssueLinkType.Create(&jira.IssueLinkType{Name: "Cause 2", Inward: "a", Outward: "b"})
		want(t, "refused", err != nil, true)
	})
	row("IssueLinkType", "Update", func(t *testing.T) {
		e := world(t)
		x := causes(e)
		x.Outward = "brings about"
		_, _, err := e.IssueLinkType.Update(x)
		must(t, err)
		now, _, err := e.IssueLinkType.Get(x.ID)
		must(t, err)
		want(t, "outward", now.Outward, "brings about")
	})
	row("IssueLinkType", "Delete", func(t *testing.T) {
		e := world(t)
		x := causes(e)
		_, err := e.IssueLinkType.Delete(x.ID)
		must(t, err)
		_, _, err = e.IssueLinkType.Get(x.ID)
		want(t, "gone", err != nil, true)
	})
}

// linkTypes are the names of the ways in which issues can be linked.
func linkTypes(e *env) (names []string) {
	e.t.Helper()
	var all struct{ IssueLinkTypes []jira.IssueLinkType }
	e.call(http.MethodGet, "rest/api/2/issueLinkType", nil, &all)
	for _, x := range all.IssueLinkTypes {
		names = append(names, x.Name)
	}
	return names
}

func attachmentRows() {
	attached := func(e *env) jira.Attachment {
		e.t.Helper()
		all, _, err := e.Issue.PostAttachment("ROCK-16", strings.NewReader("red\n"), "paint.txt")
		must(e.t, err)
		want(e.t, "attachments", len(*all), 1)
		return (*all)[0]
	}
	row("Issue", "PostAttachment", func(t *testing.T) {
		e := world(t)
		a := attached(e)
		want(t, "size", a.Size, 4)
		want(t, "name", e.read("ROCK-16").Fields.Attachments[0].Filename, "paint.txt")
	})
	row("Issue", "DownloadAttachment", func(t *testing.T) {
		e := world(t)
		res, err := e.Issue.DownloadAttachment(attached(e).ID)
		must(t, err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		must(t, err)
		want(t, "content", string(b), "red\n")
	})
	row("Issue", "DeleteAttachment", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.DeleteAttachment(attached(e).ID)
		must(t, err)
		want(t, "attachments", len(e.read("ROCK-16").Fields.Attachments), 0)
	})
}

func watcherRows() {
	names := func(e *env) string {
		e.t.Helper()
		all, _, err := e.Issue.GetWatchers("ROCK-8")
		must(e.t, err)
		var names []string
		for _, u := range *all {
			names = append(names, strings.Fields(u.DisplayName)[0])
		}
		return sorted(names)
	}
	row("Issue", "GetWatchers", func(t *testing.T) {
		want(t, "watchers", strings.Contains(names(world(t)), "Fatima"), true)
	})
	row("Issue", "AddWatcher", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.AddWatcher("ROCK-8", e.id("chidi"))
		must(t, err)
		want(t, "chidi watches", strings.Contains(names(e), "Chidi"), true)
	})
	row("Issue", "RemoveWatcher", func(t *testing.T) {
		e := world(t)
		_, err := e.Issue.AddWatcher("ROCK-8", e.id("chidi"))
		must(t, err)
		_, err = e.Issue.RemoveWatcher("ROCK-8", e.id("chidi")) // in the body of a DELETE
		must(t, err)
		want(t, "chidi watches", strings.Contains(names(e), "Chidi"), false)
	})
}
