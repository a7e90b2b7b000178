package jira

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/outbox"
)

// toMailbox is how mail travels: it stays in the outbox, where a test reads it.
const toMailbox = "mail"

// A letter is what somebody is mailed.
type letter struct {
	To      string `json:"to"`
	From    string `json:"from"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html,omitempty"`
	Issue   string `json:"issue,omitempty"`
}

// send mails somebody: an account by its id, or an address.
func (c *call) send(topic, account string, l letter) {
	b, err := json.Marshal(l)
	if err == nil {
		c.Deliver(outbox.Delivery{Twin: "jira", Kind: toMailbox, Topic: topic, Subject: account, Body: string(b)})
	}
}

// worklogEvents are mailed as what they do to the worklog, which not everybody may read; what they do to the issue is no letter of its own.
var worklogEvents = map[string]string{"worklog_created": "issue_work_logged", "worklog_updated": "issue_worklog_updated", "worklog_deleted": "issue_worklog_deleted"}

// mail tells people of what has happened to an issue, as the notification scheme of its project says: those who may see it, and
// nobody of their own changes unless they want that.
//
// https://support.atlassian.com/jira-cloud-administration/docs/configure-notification-schemes/
func (c *call) mail(e event) {
	kind := e.Kind
	if strings.Contains(kind, "work_log") || strings.Contains(kind, "worklog") || kind == "" {
		kind = worklogEvents[e.Name]
	}
	n := slices.IndexFunc(issueEvents, func(x issueEvent) bool { return x.kind == kind }) + 1
	if e.Issue == nil || n == 0 || c.quiet {
		return
	}
	p, _ := c.j.projects.Get(c.Tx, key(e.Issue.Project))
	scheme, _ := c.j.notificationSchemes.Get(c.Tx, key(p.Notifications))
	accounts, addresses := map[string]bool{}, map[string]bool{}
	for _, x := range scheme.Notifications {
		if x.Event != int64(n) {
			continue
		}
		if x.Type == "EmailAddress" {
			if c.userMay(anyone, "BROWSE_PROJECTS", &p, e.Issue) {
				addresses[x.Value] = true
			}
			continue
		}
		for _, who := range c.namedBy(x, &p, e) {
			accounts[who] = true
		}
	}
	l := c.letterOf(e, p, kind)
	for _, who := range sorted(accounts) {
		u, ok := c.j.users.Get(c.Tx, who)
		switch {
		case !ok || !u.Active || u.Email == "" || u.ID == c.who.ID && u.Preferences["user.notifiy.own.changes"] != "true":
		case !c.userMay(u.ID, "BROWSE_PROJECTS", &p, e.Issue) || !c.toldTo(u, e):
		case c.post != nil:
			c.post.add(u.ID, l.Issue)
		default:
			l.To = u.Email
			c.send(kind, u.ID, l)
		}
	}
	for _, to := range sorted(addresses) {
		if l.To = to; c.post == nil {
			c.send(kind, "", l)
		}
	}
}

// toldTo reports whether somebody may read the comment or the worklog that an event is about.
func (c *call) toldTo(u User, e event) bool {
	as := *c
	as.who = u
	for _, part := range []string{"comment", "worklog"} {
		if !as.seesVisibility(object(dig(e.More, part, "visibility")), e.Issue) {
			return false
		}
	}
	return true
}

// namedBy are the accounts that a notification names for an event. Who was the assignee until now is told too.
func (c *call) namedBy(x Notification, p *Project, e event) (who []string) {
	i := e.Issue
	switch x.Type {
	case "CurrentAssignee":
		who = some(text(i.Fields["assignee"]))
		for _, item := range e.Change.Items {
			if item.FieldID == "assignee" {
				who = append(who, text(item.From))
			}
		}
	case "Reporter":
		who = some(text(i.Fields["reporter"]))
	case "CurrentUser":
		who = some(c.who.ID)
	case "ProjectLead":
		who = some(p.Lead)
	case "ComponentLead":
		for _, n := range texts(i.Fields["components"]) {
			x, _ := c.j.components.Get(c.Tx, key(number(n)))
			who = append(who, x.Lead)
		}
	case "AllWatchers":
		for w := range c.j.watches.All(c.Tx, key(i.ID)+"/") {
			who = append(who, w.User)
		}
	case "User":
		who = some(x.Value)
	case "Group":
		who = c.inGroups(x.Value)
	case "ProjectRole":
		for a := range c.j.actorsIn.All(c.Tx, key(p.ID)+"/"+key(number(x.Value))) {
			who = append(who, append(some(a.User), c.inGroups(a.Group)...)...)
		}
	case "UserCustomField":
		who = append(some(text(i.Fields[x.Value])), texts(i.Fields[x.Value])...)
	case "GroupCustomField":
		who = c.inGroups(append(some(text(i.Fields[x.Value])), texts(i.Fields[x.Value])...)...)
	}
	return who
}

// inGroups are the accounts in groups.
func (c *call) inGroups(groups ...string) (who []string) {
	for _, g := range groups {
		for m := range c.j.members.All(c.Tx, g+"/") {
			if g != "" {
				who = append(who, m.User)
			}
		}
	}
	return who
}

// letterOf is what is written of an event: who did what, what has changed, and what they said.
func (c *call) letterOf(e event, p Project, kind string) letter {
	k := c.keyOf(e.Issue)
	lines := []string{fmt.Sprintf("%s: %s (%s)", or(c.who.Name, "Anonymous"), strings.ReplaceAll(strings.TrimPrefix(kind, "issue_"), "_", " "), k)}
	for _, x := range e.Change.Items {
		lines = append(lines, fmt.Sprintf("%s: %s -> %s", x.Field, plainWords(x.FromText), plainWords(x.ToText)))
	}
	for _, said := range []any{dig(e.More, "worklog", "timeSpent"), dig(e.More, "worklog", "comment"), dig(e.More, "comment", "body")} {
		if s := text(said); s != "" {
			lines = append(lines, s)
		}
	}
	lines = append(lines, c.base+"/browse/"+k)
	return letter{From: c.projectEmail(p), Subject: "[JIRA] (" + k + ") " + text(e.Issue.Fields["summary"]), Text: strings.Join(lines, "\n"), Issue: k}
}

// A bulkMail gathers what people would be mailed of, issue by issue, for one letter to each.
type bulkMail struct{ issues map[string][]string }

func (b *bulkMail) add(account, issue string) {
	if !slices.Contains(b.issues[account], issue) {
		b.issues[account] = append(b.issues[account], issue)
	}
}

// sendBulk writes to everybody once, of all issues that a bulk operation has changed.
func (c *call) sendBulk(what string) {
	for _, account := range slices.Sorted(maps.Keys(c.post.issues)) {
		u, _ := c.j.users.Get(c.Tx, account)
		keys := c.post.issues[account]
		c.send("bulk", account, letter{To: u.Email, From: "jira@" + c.siteDomain(), Subject: fmt.Sprintf("[JIRA] Bulk %s: %d work items", what, len(keys)), Text: or(c.who.Name, "Anonymous") + ": bulk " + what + "\n" + strings.Join(keys, "\n")})
	}
	c.post = nil
}
