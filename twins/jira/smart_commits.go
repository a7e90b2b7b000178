package jira

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// smartCommand is one command of a commit's message: #comment, #time or the name of a transition, and what follows it.
var smartCommand = regexp.MustCompile(`#([A-Za-z][\w-]*)([^#\n]*)`)

// smartTime is how much time #time logs, before what is said of it.
var smartTime = regexp.MustCompile(`^\s*((?:\d+(?:\.\d+)?[wdhm]\s*)+)`)

// smartCommit does what the message of a commit asks for, of the issues that it names, in the name of its author. What cannot be
// done, the author is mailed.
//
// https://support.atlassian.com/jira-software-cloud/docs/process-issues-with-smart-commits/
func (c *call) smartCommit(x Supplied) error {
	if slices.Contains(texts(x.Doc["flags"]), "MERGE_COMMIT") {
		return nil
	}
	author, ok := c.j.usersByEmail.Get(c.Tx, strings.ToLower(text(dig(x.Doc, "author", "email"))))
	if !ok || !author.Active {
		return nil
	}
	message := text(x.Doc["message"])
	for _, n := range x.Issues {
		i, ok := c.j.issues.Get(c.Tx, key(n))
		if !ok || !strings.Contains(message, c.keyOf(&i)) {
			continue
		}
		for _, m := range smartCommand.FindAllStringSubmatch(message, -1) {
			as := *c
			as.who = author
			err := as.smartly(n, strings.ToLower(m[1]), strings.TrimSpace(m[2]))
			if refused := (*refusal)(nil); errors.As(err, &refused) {
				c.send("smart_commit", author.ID, letter{To: author.Email, From: "jira@" + c.siteDomain(), Subject: "[JIRA] Smart commit of " + c.keyOf(&i) + " could not be processed", Text: "#" + m[1] + ": " + refused.code(), Issue: c.keyOf(&i)})
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// smartly does one command to an issue.
func (c *call) smartly(n int64, command, said string) error {
	i, p, err := c.issue(id(n))
	if err != nil {
		return err
	}
	switch command {
	case "comment":
		x, err := c.commented(&p, &i, obj{"body": said})
		if err != nil {
			return err
		}
		c.addedComment(i, x, nil)
		return nil
	case "time":
		spent := smartTime.FindString(said)
		doc := obj{"timeSpent": strings.TrimSpace(spent)}
		if rest := strings.TrimSpace(said[len(spent):]); rest != "" {
			doc["comment"] = rest
		}
		x, a, err := c.newWorklog(&p, &i, doc, func(string) string { return "" })
		if err == nil {
			c.addedWorklog(i, x, a, nil)
		}
		return err
	}
	for _, t := range c.open(&p, &i) {
		if strings.HasPrefix(strings.ToLower(strings.ReplaceAll(t.Name, " ", "-")), command) {
			_, err := c.transition(i, obj{"transition": obj{"id": plainWords(float64(t.ID))}})
			return err
		}
	}
	return badRequest("There is no transition '%s' that you can take.", command)
}

// developmentTrigger is what has happened in a repository, as triggers of transitions name it; "" if it triggers none. was is how
// the thing was known before.
func developmentTrigger(kind string, was, now Supplied) string {
	before, after := strings.ToUpper(text(was.Doc["status"])), strings.ToUpper(text(now.Doc["status"]))
	switch {
	case kind != "pull_request" && was.Doc == nil:
		return kind + "-created-trigger"
	case kind != "pull_request" || before == after:
	case after == "OPEN" && before == "":
		return "pullrequest-created-trigger"
	case after == "OPEN":
		return "pullrequest-reopened-trigger"
	case after == "MERGED":
		return "pullrequest-merged-trigger"
	case after == "DECLINED":
		return "pullrequest-declined-trigger"
	}
	return ""
}

// triggered takes issues through the transitions that what has happened in a repository triggers, whoever may take them and
// whatever they ask for.
//
// https://support.atlassian.com/jira-cloud-administration/docs/configure-workflow-triggers/
func (c *call) triggered(happened string, issues []int64) {
	for _, n := range issues {
		i, ok := c.j.issues.Get(c.Tx, key(n))
		p, _ := c.j.projects.Get(c.Tx, key(i.Project))
		if !ok || happened == "" {
			continue
		}
		for _, t := range c.leaving(&p, &i) {
			if !t.triggers(happened) || id(t.To) == i.Fields["status"] {
				continue
			}
			was := i
			i.Fields = clone(i.Fields)
			i.Fields["status"] = id(t.To)
			c.act(t, &p, &i)
			i = c.saveAs(kindOfTransition(t, &was, &i), was, i, Change{})
			c.trigger(t, &was, &i)
			break
		}
	}
}

// triggers reports whether a transition is taken when something has happened.
func (t Transition) triggers(happened string) bool {
	for _, x := range t.Triggers {
		for _, v := range object(object(x)["parameters"]) {
			if slices.ContainsFunc(strings.Split(text(v), ","), func(s string) bool { return strings.HasSuffix(strings.TrimSpace(s), happened) }) {
				return true
			}
		}
	}
	return false
}
