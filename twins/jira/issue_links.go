package jira

import (
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueLinksOperations() {
	j.on(twin.Full, "linkIssues", j.linkIssues).public()
	j.on(twin.Full, "getIssueLink", j.getIssueLink).public()
	j.on(twin.Full, "deleteIssueLink", j.deleteIssueLink).public()

	j.on(twin.Full, "getIssueLinkTypes", j.getIssueLinkTypes).public()
	j.on(twin.Full, "createIssueLinkType", j.createIssueLinkType)
	j.on(twin.Full, "getIssueLinkType", j.getIssueLinkType).public()
	j.on(twin.Full, "updateIssueLinkType", j.updateIssueLinkType)
	j.on(twin.Full, "deleteIssueLinkType", j.deleteIssueLinkType)
}

// maxLinks is how many links an issue can have.
const maxLinks = 2000

// linksOn refuses all that has to do with links while the site has them off.
func (c *call) linksOn() error {
	if !c.siteOption("jira.option.issuelinking") {
		return notFound("Issue linking is currently disabled.")
	}
	return nil
}

// linkIssues links two issues: the inward one does to the outward one what the type says.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-post
func (j *Jira) linkIssues(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	doc := object(c.body)
	t, err := c.linkTypeNamed(doc["type"])
	if err != nil {
		return nil, err
	}
	from, p, err := c.linkable(doc["inwardIssue"])
	if err != nil {
		return nil, err
	}
	to, _, err := c.linkable(doc["outwardIssue"])
	if err != nil {
		return nil, err
	}
	var said Comment
	comment := object(doc["comment"])
	if comment != nil {
		if said, err = c.commented(&p, &from, comment); err != nil {
			return nil, err
		}
	}
	l, err := c.link(t, from, to)
	if err != nil {
		return nil, err
	}
	if comment != nil {
		from, _ = j.issues.Get(c.Tx, key(from.ID))
		c.addedComment(from, said, list(comment["properties"]))
	}
	return answer{status: http.StatusCreated, header: http.Header{"Location": {c.api("/issueLink/" + id(l.ID))}}}, nil
}

// linkTypeNamed finds a type of link by its id or its name.
func (c *call) linkTypeNamed(v any) (LinkType, error) {
	m := object(v)
	if n := plainWords(m["id"]); n != "" {
		if t, ok := c.j.linkTypes.Get(c.Tx, key(number(n))); ok {
			return t, nil
		}
		return LinkType{}, notFound("No issue link type with id '%s' found.", n)
	}
	for t := range c.j.linkTypes.All(c.Tx, "") {
		if name := text(m["name"]); strings.EqualFold(name, t.Name) {
			return t, nil
		}
	}
	return LinkType{}, notFound("No issue link type with name '%s' found.", text(m["name"]))
}

// linkable finds an issue that the caller may link, by its key or id.
func (c *call) linkable(v any) (Issue, Project, error) {
	m := object(v)
	i, p, err := c.issue(or(plainWords(m["key"]), plainWords(m["id"])))
	if err == nil && !c.may("LINK_ISSUES", &p, &i) {
		err = refuse(http.StatusUnauthorized, "No Link Issue Permission for issue '%s'", c.keyOf(&i))
	}
	return i, p, err
}

// link links two issues, unless they are linked so already, and writes that into the history of both.
func (c *call) link(t LinkType, from, to Issue) (Link, error) {
	if from.ID == to.ID {
		return Link{}, badRequest("You cannot link an issue to itself.")
	}
	for l := range c.j.linksOf.All(c.Tx, key(from.ID)) {
		if l.Type == t.ID && l.Inward == from.ID && l.Outward == to.ID {
			return l, nil
		}
	}
	for _, i := range []*Issue{&from, &to} {
		if len(slices.Collect(c.j.linksOf.All(c.Tx, key(i.ID)))) >= maxLinks {
			return Link{}, refuse(http.StatusRequestEntityTooLarge, "The issue '%s' has reached the limit of %d issue links.", c.keyOf(i), maxLinks)
		}
	}
	l := Link{ID: c.next("link", firstID), Type: t.ID, Inward: from.ID, Outward: to.ID, Created: c.at()}
	c.j.links.Put(c.Tx, l)
	c.linkHistory(from, ChangeItem{To: c.keyOf(&to), ToText: "This issue " + t.Outward + " " + c.keyOf(&to)})
	c.linkHistory(to, ChangeItem{To: c.keyOf(&from), ToText: "This issue " + t.Inward + " " + c.keyOf(&from)})
	c.told(event{Name: "issuelink_created", More: obj{"issueLink": linkTold(l, t)}})
	return l, nil
}

// unlink deletes a link, and writes that into the history of both issues, but not of one that is being deleted.
func (c *call) unlink(l Link, deleted int64) {
	t, _ := c.j.linkTypes.Get(c.Tx, key(l.Type))
	from, _ := c.j.issues.Get(c.Tx, key(l.Inward))
	to, _ := c.j.issues.Get(c.Tx, key(l.Outward))
	c.j.links.Delete(c.Tx, key(l.ID))
	if from.ID != deleted {
		c.linkHistory(from, ChangeItem{From: c.keyOf(&to), FromText: "This issue " + t.Outward + " " + c.keyOf(&to)})
	}
	if to.ID != deleted {
		c.linkHistory(to, ChangeItem{From: c.keyOf(&from), FromText: "This issue " + t.Inward + " " + c.keyOf(&from)})
	}
	c.told(event{Name: "issuelink_deleted", More: obj{"issueLink": linkTold(l, t)}})
}

// linkHistory writes into the history of an issue that a link has come or gone.
func (c *call) linkHistory(i Issue, item ChangeItem) {
	item.Field, item.FieldID, item.FieldType = "Link", "issuelinks", "jira"
	c.saveAs("issue_updated", i, i, Change{Items: []ChangeItem{item}})
}

// linkTold is a link as webhooks tell of it.
func linkTold(l Link, t LinkType) obj {
	return obj{"id": l.ID, "sourceIssueId": l.Inward, "destinationIssueId": l.Outward, "systemLink": false,
		"issueLinkType": obj{"id": t.ID, "name": t.Name, "outwardName": t.Outward, "inwardName": t.Inward, "isSubTaskLinkType": false, "isSystemLinkType": false}}
}

// linkOf finds the link that the path names, whose issues the caller sees both.
func (c *call) linkOf() (l Link, ends [2]Issue, projects [2]Project, err error) {
	n := c.param("linkId")
	if number(n) == 0 {
		return l, ends, projects, badRequest("The issue link id '%s' is not valid.", n)
	}
	l, ok := c.j.links.Get(c.Tx, key(number(n)))
	if !ok {
		return l, ends, projects, notFound("No issue link with id '%s' exists.", n)
	}
	for k, issue := range []int64{l.Inward, l.Outward} {
		if ends[k], projects[k], err = c.issue(id(issue)); err != nil {
			return l, ends, projects, err
		}
	}
	return l, ends, projects, nil
}

// getIssueLink returns a link.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-linkid-get
func (j *Jira) getIssueLink(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	l, ends, _, err := c.linkOf()
	if err != nil {
		return nil, err
	}
	t, _ := j.linkTypes.Get(c.Tx, key(l.Type))
	return obj{"id": id(l.ID), "self": c.api("/issueLink/" + id(l.ID)), "type": c.linkTypeShown(t), "inwardIssue": c.issueBrief(&ends[0]), "outwardIssue": c.issueBrief(&ends[1])}, nil
}

// deleteIssueLink deletes a link. To link one of its issues is enough to be allowed to.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-linkid-delete
func (j *Jira) deleteIssueLink(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	l, ends, projects, err := c.linkOf()
	if err != nil {
		return nil, err
	}
	if !c.may("LINK_ISSUES", &projects[0], &ends[0]) && !c.may("LINK_ISSUES", &projects[1], &ends[1]) {
		return nil, refuse(http.StatusUnauthorized, "No Link Issue Permission for issue '%s'", c.keyOf(&ends[0]))
	}
	c.unlink(l, 0)
	return nil, nil
}

// writeLink links an issue as it is created or edited: {add: {type, outwardIssue or inwardIssue}}.
func writeLink(e *edit, _ string, v any) error {
	doc, c := object(v), e.c
	if doc == nil {
		return wrong("issuelinks", "data was not an object")
	}
	t, err := c.linkTypeNamed(doc["type"])
	if err != nil {
		return wrong("issuelinks", "%s", err.(*refusal).messages[0])
	}
	outward := doc["outwardIssue"] != nil
	other, _, err := c.linkable(doc[map[bool]string{true: "outwardIssue", false: "inwardIssue"}[outward]])
	if err != nil {
		return wrong("issuelinks", "%s", err.(*refusal).messages[0])
	}
	e.later = append(e.later, func(i *Issue) error {
		from, to := *i, other
		if !outward {
			from, to = other, *i
		}
		_, err := c.link(t, from, to)
		*i, _ = c.j.issues.Get(c.Tx, key(i.ID))
		return err
	})
	return nil
}

// getIssueLinkTypes lists the types of links.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/#api-rest-api-3-issuelinktype-get
func (j *Jira) getIssueLinkTypes(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	out := []any{}
	for t := range j.linkTypes.All(c.Tx, "") {
		out = append(out, c.linkTypeShown(t))
	}
	return obj{"issueLinkTypes": out}, nil
}

// pathLinkType finds the type of link that the path names.
func (c *call) pathLinkType() (LinkType, error) {
	n := c.param("issueLinkTypeId")
	if number(n) == 0 {
		return LinkType{}, badRequest("The issue link type id '%s' is not valid.", n)
	}
	t, ok := c.j.linkTypes.Get(c.Tx, key(number(n)))
	if !ok {
		return t, notFound("No issue link type with id '%s' found.", n)
	}
	return t, nil
}

// getIssueLinkType returns a type of link.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/#api-rest-api-3-issuelinktype-issuelinktypeid-get
func (j *Jira) getIssueLinkType(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	t, err := c.pathLinkType()
	if err != nil {
		return nil, err
	}
	return c.linkTypeShown(t), nil
}

// changesLinkTypes refuses who does not administer the site: with 401, as only these operations do.
func (c *call) changesLinkTypes() error {
	if !c.isAdmin() {
		return refuse(http.StatusUnauthorized, "%s", errAdminOnly.messages[0])
	}
	return nil
}

// fitLinkType refuses a type of link that lacks a name, or has that of another.
func (c *call) fitLinkType(t LinkType) error {
	bad := problems{}
	for _, x := range [][3]string{{"name", t.Name, "Please specify a name for the link."}, {"outward", t.Outward, "Please specify a description for the outward link."}, {"inward", t.Inward, "Please specify a description for the inward link."}} {
		if strings.TrimSpace(x[1]) == "" {
			bad.add(wrong(x[0], "%s", x[2]))
		}
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	for other := range c.j.linkTypes.All(c.Tx, "") {
		if other.ID != t.ID && strings.EqualFold(other.Name, t.Name) {
			return badRequest("You cannot create two issue link types with the same name.")
		}
	}
	return nil
}

// createIssueLinkType makes a type of link.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/#api-rest-api-3-issuelinktype-post
func (j *Jira) createIssueLinkType(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	if err := c.changesLinkTypes(); err != nil {
		return nil, err
	}
	doc := object(c.body)
	t := LinkType{Name: text(doc["name"]), Inward: text(doc["inward"]), Outward: text(doc["outward"])}
	if err := c.fitLinkType(t); err != nil {
		return nil, err
	}
	t.ID = c.next("linkType", firstID)
	j.linkTypes.Put(c.Tx, t)
	return created(c.linkTypeShown(t)), nil
}

// updateIssueLinkType changes a type of link. What the body leaves out stays as it is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/#api-rest-api-3-issuelinktype-issuelinktypeid-put
func (j *Jira) updateIssueLinkType(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	if err := c.changesLinkTypes(); err != nil {
		return nil, err
	}
	t, err := c.pathLinkType()
	if err != nil {
		return nil, err
	}
	for name, v := range map[string]*string{"name": &t.Name, "inward": &t.Inward, "outward": &t.Outward} {
		if s, ok := object(c.body)[name].(string); ok {
			*v = s
		}
	}
	if err := c.fitLinkType(t); err != nil {
		return nil, err
	}
	j.linkTypes.Put(c.Tx, t)
	return c.linkTypeShown(t), nil
}

// deleteIssueLinkType deletes a type of link, and all links of it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/#api-rest-api-3-issuelinktype-issuelinktypeid-delete
func (j *Jira) deleteIssueLinkType(c *call) (any, error) {
	if err := c.linksOn(); err != nil {
		return nil, err
	}
	if err := c.changesLinkTypes(); err != nil {
		return nil, err
	}
	t, err := c.pathLinkType()
	if err != nil {
		return nil, err
	}
	for l := range j.links.All(c.Tx, "") {
		if l.Type == t.ID {
			c.unlink(l, 0)
		}
	}
	j.linkTypes.Delete(c.Tx, key(t.ID))
	return nil, nil
}
