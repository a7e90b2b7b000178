package jira

import (
	"net/http"
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/adf"
)

func (j *Jira) issueCommentsOperations() {
	j.on(twin.Full, "getComments", j.getComments).public()
	j.on(twin.Full, "addComment", j.addComment).public()
	j.on(twin.Full, "getComment", j.getComment).public()
	j.on(twin.Full, "updateComment", j.updateComment).public()
	j.on(twin.Full, "deleteComment", j.deleteComment).public()
	j.on(twin.Full, "getCommentsByIds", j.getCommentsByIds).public().readsOnly()

	j.on(twin.Full, "getCommentPropertyKeys", j.getCommentPropertyKeys).public()
	j.on(twin.Full, "getCommentProperty", j.getCommentProperty).public()
	j.on(twin.Full, "setCommentProperty", j.setCommentProperty).public()
	j.on(twin.Full, "deleteCommentProperty", j.deleteCommentProperty).public()
}

// maxComments is how many comments an issue can have.
const maxComments = 5000

// publicComment is the property by which service projects keep a comment from customers: {internal: true}.
const publicComment = "sd.public.comment"

// seenComments are the comments of an issue that the caller sees, in the order in which they were written.
func (c *call) seenComments(i *Issue) (xs []Comment) {
	for x := range c.j.comments.All(c.Tx, key(i.ID)+"/") {
		if c.seesVisibility(x.Visibility, i) {
			xs = append(xs, x)
		}
	}
	return xs
}

// comment finds a comment of an issue that the caller sees.
func (c *call) comment(i *Issue, n string) (Comment, error) {
	x, ok := c.j.comments.Get(c.Tx, key(i.ID)+"/"+key(number(n)))
	if !ok || !c.seesVisibility(x.Visibility, i) {
		return x, notFound("Can not find a comment for the id: %s.", n)
	}
	return x, nil
}

// getComments returns the comments of an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-get
func (j *Jira) getComments(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	w, err := c.window(maxComments, maxComments)
	if err != nil {
		return nil, err
	}
	xs := c.seenComments(&i)
	switch order := c.q("orderBy"); order {
	case "", "created", "+created", " created":
	case "-created":
		slices.Reverse(xs)
	default:
		return nil, badRequest("Invalid orderBy value: '%s'. Supported values are: 'created', '-created', '+created'.", order)
	}
	return obj{"startAt": w.start, "maxResults": w.max, "total": len(xs), "comments": shownWithin(w, xs, c.commentShown)}, nil
}

// shownWithin shows the part of a list that is in a window.
func shownWithin[T any](w window, xs []T, view func(T) obj) []any {
	out := []any{}
	for _, x := range xs[min(w.start, len(xs)):min(w.start+w.max, len(xs))] {
		out = append(out, view(x))
	}
	return out
}

// getComment returns a comment.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-id-get
func (j *Jira) getComment(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	x, err := c.comment(&i, c.param("id"))
	if err != nil {
		return nil, err
	}
	return c.commentShown(x), nil
}

// getCommentsByIds returns comments by their ids, wherever they are. Those that the caller does not see are left out.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-comment-list-post
func (j *Jira) getCommentsByIds(c *call) (any, error) {
	ids := list(object(c.body)["ids"])
	switch {
	case len(ids) == 0:
		return nil, badRequest("The list of comment IDs cannot be empty.")
	case len(ids) > 1000:
		return nil, badRequest("The number of comment IDs cannot be greater than 1000.")
	}
	values := []any{}
	for _, n := range ids {
		if x, _, err := c.commentByID(plainWords(n)); err == nil {
			values = append(values, c.commentShown(x))
		}
	}
	return obj{"maxResults": 1048576, "startAt": 0, "total": len(values), "isLast": true, "values": values}, nil
}

// addComment writes a comment.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-post
func (j *Jira) addComment(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	x, err := c.commented(&p, &i, object(c.body))
	if err != nil {
		return nil, err
	}
	return created(c.commentShown(c.addedComment(i, x, list(object(c.body)["properties"])))), nil
}

// commented reads a new comment on an issue: {body, visibility, parentId, properties}. It is not kept yet.
func (c *call) commented(p *Project, i *Issue, doc obj) (Comment, error) {
	x := Comment{Issue: i.ID, Author: c.who.ID, Editor: c.who.ID, Created: c.at(), Updated: c.at()}
	if !c.may("ADD_COMMENTS", p, i) {
		return x, badRequest("%s, you do not have the permission to comment on this issue.", c.callerName())
	}
	var err error
	if x.Body, err = c.commentBody(doc["body"]); err != nil {
		return x, err
	}
	if x.Visibility, err = c.visibility(i, doc["visibility"]); err != nil {
		return x, err
	}
	if n := doc["parentId"]; n != nil {
		above, err := c.comment(i, plainWords(n))
		if err != nil {
			return x, err
		}
		if x.Parent = above.ID; above.Parent != 0 {
			return x, badRequest("A reply cannot be added to a comment that is a reply itself.")
		}
	}
	for _, v := range list(doc["properties"]) {
		if err := fitProperty(text(object(v)["key"]), object(v)["value"]); err != nil {
			return x, err
		}
		if object(v)["key"] == publicComment {
			x.Internal = truth(dig(v, "value", "internal"))
		}
	}
	if n := len(slices.Collect(c.j.comments.All(c.Tx, key(i.ID)+"/"))); n >= maxComments {
		return x, refuse(http.StatusRequestEntityTooLarge, "The issue has reached the limit of %d comments.", maxComments)
	}
	if v, ok := doc["jsdPublic"].(bool); ok {
		x.Internal = !v
	}
	return x, nil
}

// addedComment keeps a new comment, and tells of it. Who comments on an issue watches it.
func (c *call) addedComment(i Issue, x Comment, properties []any) Comment {
	x.ID = c.next("comment", firstID)
	c.j.comments.Put(c.Tx, x)
	for _, v := range properties {
		c.setProperty("comment/"+id(x.ID), text(object(v)["key"]), object(v)["value"])
	}
	i = c.touched(i)
	if c.who.ID != "" {
		c.watch(i.ID, c.who.ID)
	}
	c.told(event{Name: "comment_created", Issue: &i, More: obj{"comment": c.plainly().commentShown(x)}})
	c.told(event{Name: "jira:issue_updated", Kind: "issue_commented", Issue: &i, More: obj{"comment": c.plainly().commentShown(x)}})
	return x
}

// touched notes that something beside an issue's fields has changed.
func (c *call) touched(i Issue) Issue {
	i.Updated = c.at()
	c.j.issues.Put(c.Tx, i)
	return i
}

// callerName is what refusals call the caller.
func (c *call) callerName() string {
	if c.who.ID == "" {
		return "Anonymous"
	}
	return c.who.Name
}

// commentBody reads the text of a comment.
func (c *call) commentBody(v any) (any, error) {
	doc := object(v)
	switch {
	case v == nil || v == "":
		return nil, wrong("comment", "Comment body can not be empty!")
	case c.version == "3" && doc == nil:
		return nil, wrong("comment", "Comment body is not valid!")
	case c.version == "3" && adf.Check(doc) != nil:
		return nil, badRequest("INVALID_INPUT")
	case c.version == "3" && len(list(doc["content"])) == 0:
		return nil, wrong("comment", "Comment body can not be empty!")
	}
	return c.richText("comment", v)
}

// visibility reads to whom a comment or a worklog is shown: {type: group or role, value or identifier}. Nothing is everybody.
func (c *call) visibility(i *Issue, v any) (obj, error) {
	m := object(v)
	name, identifier := text(m["value"]), plainWords(m["identifier"])
	switch kind := text(m["type"]); {
	case len(m) == 0 || kind == "" && name == "" && identifier == "":
		return nil, nil
	case kind == "group":
		g, ok := c.groupBy(identifier, name)
		if !ok {
			return nil, wrong("commentLevel", "Group: %s does not exist.", or(name, identifier))
		}
		if !c.inGroup(c.who.ID, g.ID) {
			return nil, wrong("commentLevel", "You are currently not a member of the group: %s.", g.Name)
		}
		return obj{"type": "group", "identifier": g.ID}, nil
	case kind == "role":
		for r := range c.j.roles.All(c.Tx, "") {
			if r.Name != or(name, identifier) && id(r.ID) != or(identifier, name) {
				continue
			}
			if !c.inRole(c.who.ID, i.Project, r.ID) {
				return nil, wrong("commentLevel", "You are currently not a member of the project role: %s.", r.Name)
			}
			return obj{"type": "role", "identifier": id(r.ID)}, nil
		}
		return nil, wrong("commentLevel", "Role: %s does not exist.", or(name, identifier))
	}
	return nil, badRequest("Invalid visibility type '%s'. Supported values are: 'group', 'role'.", text(m["type"]))
}

// or is the first text that is there.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// visibilityShown is to whom a comment or a worklog is shown, by the names that groups and roles have now.
func (c *call) visibilityShown(v obj) obj {
	if v["type"] == "group" {
		g, _ := c.j.groups.Get(c.Tx, text(v["identifier"]))
		return obj{"type": "group", "value": g.Name, "identifier": g.ID}
	}
	r, _ := c.j.roles.Get(c.Tx, key(number(v["identifier"])))
	return obj{"type": "role", "value": r.Name, "identifier": r.Name}
}

// updateComment changes a comment. What the body leaves out stays as it is.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-id-put
func (j *Jira) updateComment(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	c.quiet = !c.qtrue("notifyUsers", true)
	if err := c.editableNow(&p, &i); err != nil {
		return nil, err
	}
	x, err := c.editedComment(&p, &i, c.param("id"), object(c.body))
	if err != nil {
		return nil, err
	}
	return c.commentShown(x), nil
}

// editedComment changes a comment, and tells of it.
func (c *call) editedComment(p *Project, i *Issue, n string, doc obj) (Comment, error) {
	x, err := c.comment(i, n)
	if err != nil {
		return x, err
	}
	if !c.may("EDIT_ALL_COMMENTS", p, i) && !(x.Author == c.who.ID && c.who.ID != "" && c.may("EDIT_OWN_COMMENTS", p, i)) {
		return x, badRequest("%s, you do not have the permission to edit this comment.", c.callerName())
	}
	if v, set := doc["body"]; set || doc["visibility"] == nil && doc["properties"] == nil {
		if x.Body, err = c.commentBody(v); err != nil {
			return x, err
		}
	}
	if v, set := doc["visibility"]; set {
		if x.Visibility, err = c.visibility(i, v); err != nil {
			return x, err
		}
	}
	for _, v := range list(doc["properties"]) {
		if err := fitProperty(text(object(v)["key"]), object(v)["value"]); err != nil {
			return x, err
		}
		c.setProperty("comment/"+id(x.ID), text(object(v)["key"]), object(v)["value"])
	}
	if v, ok := doc["jsdPublic"].(bool); ok {
		x.Internal = !v
	}
	x.Updated, x.Editor = c.at(), c.who.ID
	c.j.comments.Put(c.Tx, x)
	now := c.touched(*i)
	c.told(event{Name: "comment_updated", Issue: &now, More: obj{"comment": c.plainly().commentShown(x)}})
	c.told(event{Name: "jira:issue_updated", Kind: "issue_comment_edited", Issue: &now, More: obj{"comment": c.plainly().commentShown(x)}})
	return x, nil
}

// editableNow refuses to change what belongs to an issue that cannot be edited in its status.
func (c *call) editableNow(p *Project, i *Issue) error {
	if c.qtrue("overrideEditableFlag", false) {
		if !c.isAdmin() {
			return forbidden("You do not have permission to override the editable flag.")
		}
		return nil
	}
	if !c.editable(p, i) {
		return badRequest("You can not edit this issue as it is in a non-editable workflow state.")
	}
	return nil
}

// deleteComment deletes a comment, and the replies to it. The issue's history keeps that there was one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-id-delete
func (j *Jira) deleteComment(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	return nil, c.removedComment(&p, i, c.param("id"))
}

func (c *call) removedComment(p *Project, i Issue, n string) error {
	x, err := c.comment(&i, n)
	switch {
	case err != nil:
		return err
	case !c.may("DELETE_ALL_COMMENTS", p, &i) && !(x.Author == c.who.ID && c.may("DELETE_OWN_COMMENTS", p, &i)):
		return badRequest("You do not have permission to delete comment with id: %d", x.ID)
	case !c.editable(p, &i):
		return badRequest("You can not delete comments of this issue as it is in a non-editable workflow state.")
	}
	gone := ChangeItem{Field: "Comment", FieldType: "jira", FromText: c.wiki(x.Body)}
	if x.Visibility != nil {
		gone.FromText = "A comment with security level '" + text(c.visibilityShown(x.Visibility)["value"]) + "' was removed."
	}
	now := c.touched(i)
	change := c.record(Change{Issue: i.ID, Author: c.who.ID, Created: c.at(), Items: []ChangeItem{gone}})
	c.told(event{Name: "comment_deleted", Issue: &now, More: obj{"comment": c.plainly().commentShown(x)}})
	c.told(event{Name: "jira:issue_updated", Kind: "issue_comment_deleted", Issue: &now, Change: change, More: obj{"comment": c.plainly().commentShown(x)}})
	for y := range c.j.comments.All(c.Tx, key(i.ID)+"/") {
		if y.ID == x.ID || y.Parent == x.ID {
			c.j.comments.Delete(c.Tx, key(i.ID)+"/"+key(y.ID))
			c.dropProperties("comment/" + id(y.ID))
		}
	}
	return nil
}

// commentByID finds a comment that the caller sees, wherever it is, and its issue.
func (c *call) commentByID(n string) (Comment, Issue, error) {
	x, ok := c.j.commentsByID.Get(c.Tx, key(number(n)))
	i, _ := c.j.issues.Get(c.Tx, key(x.Issue))
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	if !ok || !c.may("BROWSE_PROJECTS", &p, &i) || !c.seesVisibility(x.Visibility, &i) {
		return x, i, notFound("Can not find a comment for the id: %s.", n)
	}
	return x, i, nil
}

// ownComment finds the comment that the path names, which the caller may change.
func (c *call) ownComment() (Comment, error) {
	x, i, err := c.commentByID(c.param("commentId"))
	if err != nil {
		return x, err
	}
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	if !c.may("EDIT_ALL_COMMENTS", &p, &i) && !(x.Author == c.who.ID && c.who.ID != "" && c.may("EDIT_OWN_COMMENTS", &p, &i)) {
		return x, forbidden("%s, you do not have the permission to edit this comment.", c.callerName())
	}
	return x, nil
}

// getCommentPropertyKeys lists the keys of a comment's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comment-properties/#api-rest-api-3-comment-commentid-properties-get
func (j *Jira) getCommentPropertyKeys(c *call) (any, error) {
	x, _, err := c.commentByID(c.param("commentId"))
	if err != nil {
		return nil, err
	}
	return c.propertyKeys("comment/"+id(x.ID), "/comment/"+id(x.ID))
}

// getCommentProperty returns a property of a comment.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comment-properties/#api-rest-api-3-comment-commentid-properties-propertykey-get
func (j *Jira) getCommentProperty(c *call) (any, error) {
	x, _, err := c.commentByID(c.param("commentId"))
	if err != nil {
		return nil, err
	}
	return c.getProperty("comment/" + id(x.ID))
}

// setCommentProperty keeps a property of a comment.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comment-properties/#api-rest-api-3-comment-commentid-properties-propertykey-put
func (j *Jira) setCommentProperty(c *call) (any, error) {
	x, err := c.ownComment()
	if err != nil {
		return nil, err
	}
	return c.putProperty("comment/" + id(x.ID))
}

// deleteCommentProperty deletes a property of a comment.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comment-properties/#api-rest-api-3-comment-commentid-properties-propertykey-delete
func (j *Jira) deleteCommentProperty(c *call) (any, error) {
	x, err := c.ownComment()
	if err != nil {
		return nil, err
	}
	return c.deleteProperty("comment/" + id(x.ID))
}

// writeComment adds, edits or removes a comment along with the issue: {add: {body}}, {edit: {id, body}}, {remove: {id}}.
func writeComment(e *edit, verb string, v any) error {
	doc := object(v)
	if doc == nil {
		return wrong("comment", "data was not an object")
	}
	c := e.c
	switch n := plainWords(doc["id"]); {
	case verb == "add":
		x, err := c.commented(e.p, e.i, doc)
		if err != nil {
			return err
		}
		e.later = append(e.later, func(i *Issue) error {
			x.Issue = i.ID
			c.addedComment(*i, x, list(doc["properties"]))
			return nil
		})
	case n == "":
		return wrong("comment", "A comment id is required.")
	case verb == "remove":
		e.later = append(e.later, func(i *Issue) error { return c.removedComment(e.p, *i, n) })
	default:
		e.later = append(e.later, func(i *Issue) error {
			_, err := c.editedComment(e.p, i, n, doc)
			return err
		})
	}
	return nil
}
