package jira

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueRemoteLinksOperations() {
	j.on(twin.Full, "getRemoteIssueLinks", j.getRemoteIssueLinks).public()
	j.on(twin.Full, "createOrUpdateRemoteIssueLink", j.createOrUpdateRemoteIssueLink).public()
	j.on(twin.Full, "deleteRemoteIssueLinkByGlobalId", j.deleteRemoteIssueLinkByGlobalID).public()
	j.on(twin.Full, "getRemoteIssueLinkById", j.getRemoteIssueLinkByID).public()
	j.on(twin.Full, "updateRemoteIssueLink", j.updateRemoteIssueLink).public()
	j.on(twin.Full, "deleteRemoteIssueLinkById", j.deleteRemoteIssueLinkByID).public()
}

// getRemoteIssueLinks returns what an issue is linked with elsewhere; the one with a global id if the caller names it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-get
func (j *Jira) getRemoteIssueLinks(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	global := c.q("globalId")
	out := []any{}
	for x := range j.remoteLinksOf.All(c.Tx, key(i.ID)) {
		if global == "" {
			out = append(out, c.remoteLinkShown(&i, x))
		} else if x.GlobalID == global {
			return c.remoteLinkShown(&i, x), nil
		}
	}
	if global != "" {
		return nil, noGlobalLink(global)
	}
	return out, nil
}

func noGlobalLink(global string) error {
	return notFound("No remote issue link was found for the given globalId '%s'.", global)
}

func (c *call) remoteLinkAt(i *Issue, x RemoteLink) string {
	return c.api("/issue/" + c.keyOf(i) + "/remotelink/" + id(x.ID))
}

func (c *call) remoteLinkShown(i *Issue, x RemoteLink) obj {
	v := obj{"id": x.ID, "self": c.remoteLinkAt(i, x), "application": obj{}, "object": x.Object}
	if x.Application != nil {
		v["application"] = x.Application
	}
	if x.GlobalID != "" {
		v["globalId"] = x.GlobalID
	}
	if x.Relationship != "" {
		v["relationship"] = x.Relationship
	}
	return v
}

// linksElsewhere finds the issue that the path names, which the caller may link.
func (c *call) linksElsewhere() (Issue, error) {
	if err := c.linksOn(); err != nil {
		return Issue{}, err
	}
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err == nil && !c.may("LINK_ISSUES", &p, &i) {
		err = forbidden("You do not have permission to link issues in this project.")
	}
	return i, err
}

// remoteLinkRead reads what an issue is to be linked with: {object: {url, title, summary, icon, status}, globalId, application, relationship}.
func remoteLinkRead(x RemoteLink, doc obj) (RemoteLink, error) {
	bad := problems{}
	thing := object(doc["object"])
	if thing == nil {
		return x, wrong("object", "'object' is required.")
	}
	for _, name := range []string{"title", "url"} {
		if s := text(thing[name]); strings.TrimSpace(s) == "" {
			bad.add(wrong(name, "'%s' is required.", name))
		}
	}
	if s := text(thing["url"]); s != "" {
		if u, err := url.Parse(s); err != nil || u.Scheme == "" {
			bad.add(wrong("url", "'url' is not a valid URL."))
		}
	}
	for name, s := range map[string]string{"globalId": text(doc["globalId"]), "title": text(thing["title"]), "relationship": text(doc["relationship"])} {
		if len(s) > 255 {
			bad.add(wrong(name, "'%s' is longer than the maximum length of 255 characters.", name))
		}
	}
	if len(bad) > 0 {
		return x, bad.refusal()
	}
	kept := obj{}
	for _, name := range []string{"url", "title", "summary", "icon", "status"} {
		if thing[name] != nil {
			kept[name] = clone[any](thing[name])
		}
	}
	if kept["icon"] == nil {
		kept["icon"] = obj{}
	}
	if kept["status"] == nil {
		kept["status"] = obj{"icon": obj{}}
	}
	x.GlobalID, x.Relationship, x.Application, x.Object = text(doc["globalId"]), text(doc["relationship"]), clone(object(doc["application"])), kept
	return x, nil
}

// words are a link as the history of an issue has it.
func (x RemoteLink) words() string {
	title := text(x.Object["title"])
	if name := text(x.Application["name"]); name != "" {
		title += " (" + name + ")"
	}
	return `This issue links to "` + title + `"`
}

// remoteLinkHistory writes into the history of an issue that a link elsewhere has come, changed or gone.
func (c *call) remoteLinkHistory(i Issue, was, now *RemoteLink) {
	item := ChangeItem{Field: "RemoteIssueLink", FieldType: "jira"}
	if was != nil {
		item.From, item.FromText = id(was.ID), was.words()
	}
	if now != nil {
		item.To, item.ToText = id(now.ID), now.words()
	}
	c.saveAs("issue_updated", i, i, Change{Items: []ChangeItem{item}})
}

// createOrUpdateRemoteIssueLink links an issue with something elsewhere; if a link has the global id already, it is changed.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-post
func (j *Jira) createOrUpdateRemoteIssueLink(c *call) (any, error) {
	i, err := c.linksElsewhere()
	if err != nil {
		return nil, err
	}
	x, err := remoteLinkRead(RemoteLink{Issue: i.ID, Created: c.at()}, object(c.body))
	if err != nil {
		return nil, err
	}
	status := http.StatusCreated
	var was *RemoteLink
	all := slices.Collect(j.remoteLinksOf.All(c.Tx, key(i.ID)))
	if n := slices.IndexFunc(all, func(y RemoteLink) bool { return y.GlobalID != "" && y.GlobalID == x.GlobalID }); n >= 0 {
		was, status = &all[n], http.StatusOK
		x.ID, x.Created = was.ID, was.Created
	} else if len(all) >= maxLinks {
		return nil, refuse(http.StatusRequestEntityTooLarge, "The issue '%s' has reached the limit of %d remote issue links.", c.keyOf(&i), maxLinks)
	} else {
		x.ID = c.next("remoteLink", firstID)
	}
	j.remoteLinks.Put(c.Tx, x)
	c.remoteLinkHistory(i, was, &x)
	return answer{status: status, body: obj{"id": x.ID, "self": c.remoteLinkAt(&i, x)}}, nil
}

// remoteLink finds the link of an issue that the path names.
func (c *call) remoteLink(i *Issue) (RemoteLink, error) {
	n := c.param("linkId")
	if number(n) == 0 {
		return RemoteLink{}, badRequest("The remote issue link id '%s' is not valid.", n)
	}
	x, ok := c.j.remoteLinks.Get(c.Tx, key(number(n)))
	switch {
	case !ok:
		return x, notFound("The remote issue link with id '%s' does not exist.", n)
	case x.Issue != i.ID:
		return x, badRequest("The remote issue link with id '%s' does not belong to the issue '%s'.", n, c.keyOf(i))
	}
	return x, nil
}

// getRemoteIssueLinkByID returns a link of an issue with something elsewhere.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-linkid-get
func (j *Jira) getRemoteIssueLinkByID(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	x, err := c.remoteLink(&i)
	if err != nil {
		return nil, err
	}
	return c.remoteLinkShown(&i, x), nil
}

// updateRemoteIssueLink changes a link. What the body leaves out is gone.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-linkid-put
func (j *Jira) updateRemoteIssueLink(c *call) (any, error) {
	i, err := c.linksElsewhere()
	if err != nil {
		return nil, err
	}
	was, err := c.remoteLink(&i)
	if err != nil {
		return nil, err
	}
	now, err := remoteLinkRead(was, object(c.body))
	if err != nil {
		return nil, err
	}
	j.remoteLinks.Put(c.Tx, now)
	c.remoteLinkHistory(i, &was, &now)
	return nil, nil
}

// deleteRemoteIssueLinkByID deletes a link.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-linkid-delete
func (j *Jira) deleteRemoteIssueLinkByID(c *call) (any, error) {
	i, err := c.linksElsewhere()
	if err != nil {
		return nil, err
	}
	x, err := c.remoteLink(&i)
	if err != nil {
		return nil, err
	}
	j.remoteLinks.Delete(c.Tx, key(x.ID))
	c.remoteLinkHistory(i, &x, nil)
	return nil, nil
}

// deleteRemoteIssueLinkByGlobalID deletes a link by the id that it has elsewhere.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-delete
func (j *Jira) deleteRemoteIssueLinkByGlobalID(c *call) (any, error) {
	i, err := c.linksElsewhere()
	if err != nil {
		return nil, err
	}
	global := c.q("globalId")
	if global == "" {
		return nil, badRequest("'globalId' is required.")
	}
	for x := range j.remoteLinksOf.All(c.Tx, key(i.ID)) {
		if x.GlobalID == global {
			j.remoteLinks.Delete(c.Tx, key(x.ID))
			c.remoteLinkHistory(i, &x, nil)
			return nil, nil
		}
	}
	return nil, noGlobalLink(global)
}
