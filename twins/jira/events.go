package jira

import (
	"net/url"
	"reflect"

	"twinset.dev/kit/twin"
)

// An event is something that has happened, as webhooks tell of it.
//
// https://developer.atlassian.com/cloud/jira/platform/webhooks/#available-webhook-events
type event struct {
	Name   string // jira:issue_updated, comment_created, …
	Kind   string // of an issue's own events: issue_created, issue_assigned, issue_commented, …
	Issue  *Issue // it happened to; nil if to none
	Change Change // of the issue's history
	More   obj    // what else is told: comment, worklog, issueLink, attachment, …
}

// told lets whoever looks on know what has happened.
func (c *call) told(e event) {
	x := obj{}
	if e.Issue != nil {
		x["issue"] = c.keyOf(e.Issue)
	}
	c.Notify(twin.Notice{Twin: "jira", Topic: e.Name, Payload: x})
	c.tellWebhooks(e)
	c.mail(e)
}

// payload is what a webhook is sent of an event. It speaks version 2 of the API.
func (c *call) payload(e event) obj {
	v2 := c.plainly()
	v := obj{"timestamp": c.at(), "webhookEvent": e.Name}
	for name, x := range e.More {
		v[name] = x
	}
	if e.Kind != "" {
		v["issue_event_type_name"] = e.Kind
		if who := v2.userShown(c.who.ID); who != nil {
			v["user"] = who
		}
		v["issue"] = obj{"id": id(e.Issue.ID), "self": v2.api("/issue/" + id(e.Issue.ID)), "key": v2.keyOf(e.Issue), "fields": v2.fieldsShown(e.Issue, chosen(nil, "*all"))}
		if len(e.Change.Items) > 0 {
			v["changelog"] = obj{"id": id(e.Change.ID), "items": v2.changeItems(e.Change)}
		}
	} else if e.Issue != nil {
		brief := v2.issueBrief(e.Issue)
		brief["fields"] = v2.fieldsShown(e.Issue, chosen([]string{"summary", "issuetype", "project", "assignee", "priority", "status"}, ""))
		v["issue"] = brief
	}
	return v
}

// plainly is the call as it would be in version 2 of the API without any parameters, which is how events show things.
func (c *call) plainly() *call {
	v2 := *c
	v2.speak("2")
	v2.query, v2.body = url.Values{}, nil
	return &v2
}

// kindOfTransition is what the event of a transition is called: as the transition says, or as what it changes.
func kindOfTransition(t Transition, was, now *Issue) string {
	if n := number(t.CustomIssueEvent); n != 0 && n <= int64(len(issueEvents)) {
		return issueEvents[n-1].kind
	}
	return kindOfUpdate(was, now)
}

// kindOfUpdate is what the event of a changed issue is called.
func kindOfUpdate(was, now *Issue) string {
	changed := func(field string) bool { return !reflect.DeepEqual(was.Fields[field], now.Fields[field]) }
	switch {
	case was.Project != now.Project:
		return "issue_moved"
	case changed("status"):
		return "issue_generic"
	case changed("assignee"):
		return "issue_assigned"
	}
	return "issue_updated"
}
