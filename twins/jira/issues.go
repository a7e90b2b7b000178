package jira

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) issuesOperations() {
	j.on(twin.Full, "getIssue", j.getIssue).public().writesOn("updateHistory")
	j.on(twin.Full, "createIssue", j.createIssue)
	j.on(twin.Full, "editIssue", j.editIssue)
	j.on(twin.Full, "deleteIssue", j.deleteIssue)
	j.on(twin.Full, "assignIssue", j.assignIssue)
	j.on(twin.Full, "getTransitions", j.getTransitions).public()
	j.on(twin.Full, "doTransition", j.doTransition)
}

// keyOf is the key of an issue: that of its project, and its number there.
func (c *call) keyOf(i *Issue) string {
	p, ok := c.j.projects.Row(c.Tx, key(i.Project))
	if !ok {
		return ""
	}
	return p.Value().Key + "-" + id(i.Number)
}

// findIssue finds an issue by its id or a key of its own, present or past, whether or not the caller sees it.
func (c *call) findIssue(idOrKey string) (Issue, bool) {
	if n := number(idOrKey); n != 0 {
		return c.j.issues.Get(c.Tx, key(n))
	}
	at := strings.LastIndexByte(idOrKey, '-')
	if at < 0 {
		return Issue{}, false
	}
	k := strings.ToUpper(idOrKey)
	if p, ok := c.project(k[:at]); ok {
		if i, ok := c.j.issuesByKey.Get(c.Tx, issueIndexKey(p.ID, number(k[at+1:]))); ok {
			return i, true
		}
	}
	return c.j.issuesByOldKey.Get(c.Tx, k)
}

// issue finds an issue that the caller sees, and its project.
func (c *call) issue(idOrKey string) (Issue, Project, error) {
	i, ok := c.findIssue(idOrKey)
	if !ok {
		return i, Project{}, errNoIssue
	}
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	if !c.may("BROWSE_PROJECTS", &p, &i) {
		return i, p, errNoIssue
	}
	return i, p, nil
}

// getIssue returns an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
func (j *Jira) getIssue(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	if c.qtrue("updateHistory", false) && c.who.ID != "" {
		c.j.views.Put(c.Tx, View{User: c.who.ID, Issue: i.ID, At: c.at()})
	}
	v := c.issueShown(&i, chosen(c.qs("fields"), "*all"))
	if names := c.qs("properties"); len(names) > 0 {
		v["properties"] = c.propertiesShown("issue/"+id(i.ID), names)
	}
	return v, nil
}

// issueExpand is what the answer for an issue says can be had besides.
const issueExpand = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"

// issueShown is an issue with the fields that somebody wants, and the parts that the caller asks for.
func (c *call) issueShown(i *Issue, w choice) obj {
	v := obj{"expand": issueExpand, "id": id(i.ID), "self": c.api("/issue/" + id(i.ID)), "key": c.keyOf(i), "fields": c.fieldsShown(i, w)}
	c.expandIssue(v, i, w)
	return v
}

// issueBrief is an issue as others show it that are linked with it.
func (c *call) issueBrief(i *Issue) obj {
	return obj{"id": id(i.ID), "key": c.keyOf(i), "self": c.api("/issue/" + id(i.ID)), "fields": c.fieldsShown(i, inBrief)}
}

// briefly is that of the issue with a key, null if there is none.
func (c *call) briefly(k string) any {
	return shownOnce(c, c.j.issues, k, func(i Issue) obj { return c.issueBrief(&i) }, c.j.projects.Stamp(c.Tx), c.j.statuses.Stamp(c.Tx), c.j.priorities.Stamp(c.Tx), c.j.issueTypes.Stamp(c.Tx))
}

var inBrief = chosen([]string{"summary", "status", "priority", "issuetype"}, "")

// createIssue creates an issue or a subtask.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post
func (j *Jira) createIssue(c *call) (any, error) {
	out, err := c.createdIssue(object(c.body))
	if err != nil {
		return nil, err
	}
	return created(out), nil
}

// createdIssue makes an issue, takes it through a transition if somebody says so, and answers with its key.
func (c *call) createdIssue(doc obj) (obj, error) {
	i, err := c.create(doc)
	if err != nil {
		return nil, err
	}
	out := obj{"id": id(i.ID), "key": c.keyOf(&i), "self": c.api("/issue/" + id(i.ID))}
	if object(doc["transition"]) != nil {
		said := obj{"status": 200, "errorCollection": obj{"errorMessages": []any{}, "errors": obj{}}}
		if _, err := c.transition(i, obj{"transition": doc["transition"]}); err != nil {
			if r, ok := err.(*refusal); ok {
				said = obj{"status": r.status, "errorCollection": r.said()}
			}
		}
		out["transition"] = said
	}
	return out, nil
}

// create makes an issue of what somebody wrote: {fields, update, properties, historyMetadata}.
func (c *call) create(doc obj) (Issue, error) {
	fields, bad := object(doc["fields"]), problems{}
	if fields == nil && doc["fields"] == nil && doc["update"] == nil {
		fields = obj{}
	}
	i := Issue{Fields: obj{}, Created: c.at(), Updated: c.at(), StatusChanged: c.at()}
	v, err := projectField.read(c, systemField["project"], &i, fields["project"])
	if err != nil {
		bad.add(err)
		if fields["issuetype"] == nil {
			bad.add(wrong("issuetype", "Specify an issue type"))
		}
		return i, bad.refusal()
	}
	i.Project = number(v)
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	if !c.may("BROWSE_PROJECTS", &p, nil) && !c.may("CREATE_ISSUES", &p, nil) {
		return i, wrong("project", "Specify a valid project ID or key")
	}
	if p.Archived != 0 {
		return i, wrong("project", "The project is archived.")
	}
	if !c.may("CREATE_ISSUES", &p, nil) {
		return i, wrong("project", "You cannot create issues in this project.")
	}
	kind, err := issueTypeField.read(c, systemField["issuetype"], &i, fields["issuetype"])
	if err != nil {
		return i, err
	}
	i.Fields["issuetype"] = kind
	t, _ := c.j.issueTypes.Get(c.Tx, key(number(kind)))
	if t.Level < 0 && fields["parent"] == nil {
		return i, wrong("issuetype", "Issue type is a sub-task but parent issue key or id not specified.")
	}

	e := c.editing(&p, &i, "create")
	e.apply(doc, &bad)
	e.defaults()
	e.required(&bad)
	if len(bad) > 0 {
		return i, bad.refusal()
	}

	_, start := c.workflowOf(&p, t.ID)
	i.Fields["status"] = id(start.To)
	i.Fields["creator"] = c.who.ID
	if i.Fields["reporter"] == nil && c.who.ID != "" {
		i.Fields["reporter"] = c.who.ID
	}
	c.settleAssignee(&p, &i)
	if err := c.validate(&Issue{Fields: obj{}}, &i, start, &p); err != nil {
		return i, err
	}
	c.act(start, &p, &i)
	p.Last++
	c.j.projects.Put(c.Tx, p)
	i.ID, i.Number = c.next("issue", firstID), p.Last
	if _, ok := i.Fields[rankField]; !ok {
		i.Fields[rankField] = c.lastRank()
	}
	c.j.issues.Put(c.Tx, i)
	c.watch(i.ID, c.who.ID)
	for _, x := range list(doc["properties"]) {
		c.setProperty("issue/"+id(i.ID), text(object(x)["key"]), object(x)["value"])
	}
	c.told(event{Name: "jira:issue_created", Kind: "issue_created", Issue: &i})
	return i, e.rest(&i)
}

// firstID is the first id of what people make; smaller ones are of what a site has from its first day.
const firstID = 10000

// settleAssignee gives an issue that nobody has, or "-1", to whom the component or the project says.
func (c *call) settleAssignee(p *Project, i *Issue) {
	if v, set := i.Fields["assignee"]; set && v != automaticAssignee {
		return
	}
	delete(i.Fields, "assignee")
	who := ""
	if p.Assignee == "PROJECT_LEAD" {
		who = p.Lead
	}
	for _, n := range list(i.Fields["components"]) {
		x, _ := c.j.components.Get(c.Tx, key(number(n)))
		switch {
		case x.Assignee == "COMPONENT_LEAD" && x.Lead != "":
			who = x.Lead
		case x.Assignee == "PROJECT_LEAD":
			who = p.Lead
		case x.Assignee == "UNASSIGNED":
			who = ""
		default:
			continue
		}
		break
	}
	if who != "" && c.userMay(who, "ASSIGNABLE_USER", p, i) {
		i.Fields["assignee"] = who
	}
}

// editIssue changes an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
func (j *Jira) editIssue(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	if !c.may("EDIT_ISSUES", &p, &i) {
		return nil, forbidden("You do not have permission to edit issues in this project.")
	}
	doc := object(c.body)
	if !c.qtrue("notifyUsers", true) { // who may not say so is not listened to
		c.quiet = c.isAdmin() || c.may("ADMINISTER_PROJECTS", &p, &i)
	}
	if over := c.qtrue("overrideScreenSecurity", false) || c.qtrue("overrideEditableFlag", false); over && !c.isAdmin() {
		return nil, forbidden("You do not have permission to override the screen security or the editable flag.")
	}
	if status, _ := c.status(i.Fields["status"]); !c.editable(&p, &i) && !c.qtrue("overrideEditableFlag", false) {
		return nil, badRequest("You do not have permission to edit issues in the status '%s'.", status.Name)
	}
	if i, err = c.edit(p, i, doc); err != nil {
		return nil, err
	}
	if c.qtrue("returnIssue", false) {
		return c.issueShown(&i, chosen(nil, "*all")), nil
	}
	return nil, nil
}

// edit changes an issue by what somebody wrote: {fields, update, properties, historyMetadata}.
func (c *call) edit(p Project, i Issue, doc obj) (Issue, error) {
	if doc["fields"] == nil && doc["update"] == nil && doc["properties"] == nil && doc["historyMetadata"] == nil {
		return i, badRequest("one of 'fields' or 'update' required")
	}
	was, bad := i, problems{}
	i.Fields = clone(i.Fields)
	e := c.editing(&p, &i, "edit")
	e.apply(doc, &bad)
	e.required(&bad)
	if len(bad) > 0 {
		return was, bad.refusal()
	}
	if v, set := i.Fields["assignee"]; set && v == automaticAssignee {
		c.settleAssignee(&p, &i)
	}
	for _, x := range list(doc["properties"]) {
		c.setProperty("issue/"+id(i.ID), text(object(x)["key"]), object(x)["value"])
	}
	i = c.save(was, i, object(doc["historyMetadata"]))
	return i, e.rest(&i)
}

// assignIssue gives an issue to somebody: to nobody if the accountId is null, to whom the project says if it is "-1".
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-assignee-put
func (j *Jira) assignIssue(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	if !c.may("ASSIGN_ISSUES", &p, &i) {
		return nil, forbidden("You do not have permission to assign issues in this project.")
	}
	who := text(object(c.body)["accountId"])
	u, ok := j.users.Get(c.Tx, who)
	switch {
	case who == "" && !c.siteOption("jira.option.allowunassigned"):
		return nil, wrong("assignee", "Issues must be assigned.")
	case who == "" || who == automaticAssignee:
	case !ok:
		return nil, wrong("assignee", "User '%s' does not exist.", who)
	case !c.userMay(who, "ASSIGNABLE_USER", &p, &i):
		return nil, wrong("assignee", "User '%s' cannot be assigned issues.", u.Name)
	}
	was := i
	i.Fields = clone(i.Fields)
	switch who {
	case automaticAssignee:
		i.Fields["assignee"] = automaticAssignee
		c.settleAssignee(&p, &i)
	case "":
		delete(i.Fields, "assignee")
	default:
		i.Fields["assignee"] = who
	}
	c.save(was, i, nil)
	return nil, nil
}

// editable reports whether the workflow lets issues be edited in the status that the issue has.
//
// https://support.atlassian.com/jira-cloud-administration/docs/use-workflow-properties/
func (c *call) editable(p *Project, i *Issue) bool {
	w, _ := c.workflowOf(p, number(i.Fields["issuetype"]))
	for _, s := range w.Statuses {
		if id(s.Status) == i.Fields["status"] {
			return s.Properties["jira.issue.editable"] != "false"
		}
	}
	return true
}

// deleteIssue deletes an issue, and those below it if the caller says so.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-delete
func (j *Jira) deleteIssue(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	if !c.may("DELETE_ISSUES", &p, &i) {
		return nil, forbidden("You do not have permission to delete issues in this project.")
	}
	below := c.subtasks(&i)
	if len(below) > 0 && !c.qtrue("deleteSubtasks", false) {
		return nil, badRequest("The issue '%s' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.", c.keyOf(&i))
	}
	for _, sub := range below {
		c.erase(sub)
	}
	c.erase(i)
	return nil, nil
}

// subtasks are the issues of the subtask level below an issue, in order.
func (c *call) subtasks(i *Issue) []Issue {
	if at := c.j.issues.Stamp(c.Tx); c.below.of != i.ID || c.below.stamp != at { // several fields in a row ask for them
		c.below = below{of: i.ID, stamp: at}
		for x := range c.j.issuesByValue.All(c.Tx, "parent="+id(i.ID)) {
			if t, _ := c.j.issueTypes.Get(c.Tx, key(number(x.Fields["issuetype"]))); t.Level < 0 {
				c.below.issues = append(c.below.issues, x)
			}
		}
	}
	return c.below.issues
}

// below are the subtasks of an issue, as they were when the issues had a stamp.
type below struct {
	of     int64
	stamp  uint64
	issues []Issue
}

// children are all issues directly below an issue.
func (c *call) children(i *Issue) []Issue {
	return slices.Collect(c.j.issuesByValue.All(c.Tx, "parent="+id(i.ID)))
}

// erase deletes an issue and all that is kept with it.
func (c *call) erase(i Issue) {
	c.told(event{Name: "jira:issue_deleted", Kind: "issue_deleted", Issue: &i})
	for _, below := range c.children(&i) {
		was := below
		below.Fields = clone(below.Fields)
		delete(below.Fields, "parent")
		c.save(was, below, nil)
	}
	c.j.epics.Delete(c.Tx, key(i.ID))
	c.j.requests.Delete(c.Tx, key(i.ID))
	k := key(i.ID) + "/"
	for x := range c.j.changes.All(c.Tx, k) {
		c.j.changes.Delete(c.Tx, k+key(x.ID))
	}
	for x := range c.j.comments.All(c.Tx, k) {
		c.j.comments.Delete(c.Tx, k+key(x.ID))
		c.dropProperties("comment/" + id(x.ID))
	}
	for x := range c.j.worklogs.All(c.Tx, k) {
		c.j.worklogs.Delete(c.Tx, k+key(x.ID))
		c.dropProperties("worklog/" + id(x.ID))
		c.j.worklogsGone.Put(c.Tx, DeletedWorklog{ID: x.ID, Deleted: c.at()})
	}
	for x := range c.j.attachmentsOf.All(c.Tx, key(i.ID)) {
		c.j.attachments.Delete(c.Tx, key(x.ID))
	}
	for x := range c.j.linksOf.All(c.Tx, key(i.ID)) {
		c.unlink(x, i.ID)
	}
	for x := range c.j.remoteLinksOf.All(c.Tx, key(i.ID)) {
		c.j.remoteLinks.Delete(c.Tx, key(x.ID))
	}
	for x := range c.j.watches.All(c.Tx, k) {
		c.j.watches.Delete(c.Tx, k+x.User)
	}
	for x := range c.j.votes.All(c.Tx, k) {
		c.j.votes.Delete(c.Tx, k+x.User)
	}
	for x := range c.j.viewsOf.All(c.Tx, key(i.ID)) {
		c.j.views.Delete(c.Tx, x.User+"/"+key(i.ID))
	}
	c.dropProperties("issue/" + id(i.ID))
	c.j.issues.Delete(c.Tx, key(i.ID))
}

// watch makes somebody follow an issue, unless they have turned that off.
func (c *call) watch(issue int64, who string) {
	u, ok := c.j.users.Get(c.Tx, who)
	if ok && u.Preferences["user.autowatch.disabled"] != "true" {
		c.j.watches.Put(c.Tx, Watch{Issue: issue, User: who})
	}
}
