package jira

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueMetadataOperations() {
	j.on(twin.Full, "getCreateIssueMeta", j.getCreateIssueMeta).public()
	j.on(twin.Full, "getCreateIssueMetaIssueTypes", j.getCreateIssueMetaIssueTypes).public()
	j.on(twin.Full, "getCreateIssueMetaIssueTypeId", j.getCreateIssueMetaIssueTypeID).public()
	j.on(twin.Full, "getEditIssueMeta", j.getEditIssueMeta).public()
}

// getCreateIssueMeta tells in which projects the caller can create which issues, and with which fields.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-get
func (j *Jira) getCreateIssueMeta(c *call) (any, error) {
	wanted := func(list []string, values ...string) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return slices.Contains(values, s) })
	}
	ids, keys := c.qs("projectIds"), c.qs("projectKeys")
	typeIDs, typeNames := c.qs("issuetypeIds"), c.query["issuetypeNames"]
	c.q("issuetypeNames")
	projects := []any{}
	for p := range j.projects.All(c.Tx, "") {
		if len(ids)+len(keys) > 0 && !slices.Contains(ids, id(p.ID)) && !slices.Contains(keys, p.Key) || !c.may("CREATE_ISSUES", &p, nil) {
			continue
		}
		types := []any{}
		for _, t := range c.issueTypesOf(p.ID) {
			if !wanted(typeIDs, id(t.ID)) || !wanted(typeNames, t.Name) {
				continue
			}
			v := with(c.issueTypeShown(t), obj{"expand": "fields"})
			if c.expands("projects.issuetypes.fields") {
				v["fields"] = c.createFields(&p, t)
			}
			types = append(types, v)
		}
		brief := c.projectBrief(p)
		projects = append(projects, obj{"expand": "issuetypes", "self": brief["self"], "id": brief["id"], "key": brief["key"], "name": brief["name"], "avatarUrls": brief["avatarUrls"], "issuetypes": types})
	}
	return obj{"expand": "projects", "projects": projects}, nil
}

// createFields say how the fields of a new issue can be written.
func (c *call) createFields(p *Project, t IssueType) obj {
	i := Issue{Project: p.ID, Fields: obj{"issuetype": id(t.ID)}}
	return c.fieldsMeta(p, &i, c.screenFields(p, t.ID, "create"), "create")
}

// creating finds the project that the path names, in which the caller can create issues, and the part of a list that is asked for.
func (c *call) creating() (Project, window, error) {
	w, err := c.window(usualPage, 1<<31)
	if err != nil {
		return Project{}, w, err
	}
	if w.max > 200 {
		return Project{}, w, badRequest("Parameter 'maxResults' must not exceed the limit '200'")
	}
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err == nil && !c.may("CREATE_ISSUES", &p, nil) {
		err = badRequest("You do not have permission to create issues in this project.")
	}
	return p, w, err
}

// getCreateIssueMetaIssueTypes lists the types of which the caller can create issues in a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-get
func (j *Jira) getCreateIssueMetaIssueTypes(c *call) (any, error) {
	p, w, err := c.creating()
	if err != nil {
		return nil, err
	}
	types := c.issueTypesOf(p.ID)
	return obj{"startAt": w.start, "maxResults": w.max, "total": len(types), "issueTypes": shownWithin(w, types, c.issueTypeShown)}, nil
}

// getCreateIssueMetaIssueTypeID says how the fields of a new issue of a type can be written.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-issuetypeid-get
func (j *Jira) getCreateIssueMetaIssueTypeID(c *call) (any, error) {
	p, w, err := c.creating()
	if err != nil {
		return nil, err
	}
	for _, t := range c.issueTypesOf(p.ID) {
		if id(t.ID) != c.param("issueTypeId") {
			continue
		}
		fields := c.createFields(&p, t)
		return obj{"startAt": w.start, "maxResults": w.max, "total": len(fields), "fields": shownWithin(w, sorted(fields), func(name string) obj {
			return with(object(fields[name]), obj{"fieldId": name})
		})}, nil
	}
	return nil, notFound("The issue type '%s' was not found in the project '%s'.", c.param("issueTypeId"), p.Key)
}

// getEditIssueMeta says how the fields of an issue can be written. Who may not edit it gets none.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-editmeta-get
func (j *Jira) getEditIssueMeta(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	whole, always := c.qtrue("overrideScreenSecurity", false), c.qtrue("overrideEditableFlag", false)
	if (whole || always) && !c.isAdmin() {
		return nil, forbidden("You do not have permission to override the screen security or the editable flag.")
	}
	return obj{"fields": c.editFields(&p, &i, whole, always)}, nil
}

// editFields say how the fields of an issue can be written: those of its screen, or whole all that there are, and always
// even if its status does not let it be edited.
func (c *call) editFields(p *Project, i *Issue, whole, always bool) obj {
	if !c.may("EDIT_ISSUES", p, i) || !always && !c.editable(p, i) {
		return obj{}
	}
	screen := c.screenFields(p, number(i.Fields["issuetype"]), "edit")
	if whole {
		for f := range c.fields() {
			if f.order {
				screen[f.ID] = true
			}
		}
	}
	return c.fieldsMeta(p, i, screen, "edit")
}

// operations are what people can do with an issue, as its page offers it.
func (c *call) operations(p *Project, i *Issue) obj {
	link := func(name, label, path, permission string, weight int) any {
		if !c.may(permission, p, i) {
			return nil
		}
		return obj{"id": name, "styleClass": "issueaction-" + name, "iconClass": "", "label": label, "title": label, "href": c.base + path, "weight": weight}
	}
	some := func(links ...any) []any {
		return slices.DeleteFunc(links, func(v any) bool { return v == nil })
	}
	k := c.keyOf(i)
	var transitions []any
	for n, t := range c.open(p, i) {
		transitions = append(transitions, obj{"id": "action_id_" + id(int64(t.ID)), "styleClass": "issueaction-workflow-transition", "iconClass": "", "label": t.Name, "title": t.Name,
			"href": c.base + "/secure/WorkflowUIDispatcher.jspa?id=" + id(i.ID) + "&action=" + id(int64(t.ID)), "weight": n + 1})
	}
	group := func(name string, weight int, links []any) obj {
		return obj{"id": name, "weight": weight, "links": links, "groups": []any{}}
	}
	edit := group("edit-issue_container", 1, some(link("edit-issue", "Edit", "/secure/EditIssue!default.jspa?key="+k, "EDIT_ISSUES", 1)))
	comment := group("comment-issue_container", 10, some(link("comment-issue", "Add comment", "/browse/"+k, "ADD_COMMENTS", 10)))
	more := group("opsbar-operations", 20, some(
		link("assign-issue", "Assign", "/secure/AssignIssue!default.jspa?key="+k, "ASSIGN_ISSUES", 10),
		link("log-work", "Log work", "/secure/CreateWorklog!default.jspa?key="+k, "WORK_ON_ISSUES", 20),
		link("attach-file", "Attach files", "/secure/AttachFile!default.jspa?key="+k, "CREATE_ATTACHMENTS", 30),
		link("link-issue", "Link", "/secure/LinkJiraIssue!default.jspa?key="+k, "LINK_ISSUES", 40),
		link("delete-issue", "Delete", "/secure/DeleteIssue!default.jspa?key="+k, "DELETE_ISSUES", 50)))
	return obj{"linkGroups": []any{obj{"id": "view.issue.opsbar", "links": []any{}, "groups": []any{edit, comment, more, group("opsbar-transitions", 30, append([]any{}, transitions...))}}}}
}

// renderedFields are the fields of an issue as a page has them: rich text as HTML, times and spans in words.
func (c *call) renderedFields(i *Issue, w choice) obj {
	out := obj{}
	for f := range c.fields() {
		if !w.has(f) || f.ID == "issuekey" || f.custom != nil && !c.applies(f, i) {
			continue
		}
		out[f.ID] = c.renderedField(f, i)
	}
	return out
}

func (c *call) renderedField(f *field, i *Issue) any {
	switch f.ID {
	case "comment":
		page := object(commentsShown(c, i))
		shown := []any{}
		for n, x := range c.seenComments(i) {
			v := with(object(list(page["comments"])[n]), obj{"body": c.rendered(x.Body, i), "created": c.inWords(x.Created), "updated": c.inWords(x.Updated)})
			shown = append(shown, v)
		}
		return with(page, obj{"comments": shown})
	case "worklog":
		page := object(worklogsShown(c, i))
		xs, shown := c.seenWorklogs(i), []any{}
		for n, v := range list(page["worklogs"]) {
			x := xs[n]
			shown = append(shown, with(object(v), obj{"comment": c.rendered(x.Comment, i), "created": c.inWords(x.Created), "updated": c.inWords(x.Updated), "started": c.inWords(x.Started)}))
		}
		return with(page, obj{"worklogs": shown})
	case "attachment":
		shown, n := []any{}, 0
		for a := range c.j.attachmentsOf.All(c.Tx, key(i.ID)) {
			shown = append(shown, with(c.attachmentShown(a), obj{"created": c.inWords(a.Created), "size": humanSize(uint64(a.Size))}))
			n++
		}
		return shown
	case "timetracking":
		return timeTrackingShown(c, i)
	case "created":
		return c.inWords(i.Created)
	case "updated":
		return c.inWords(i.Updated)
	case "statuscategorychangedate":
		return c.inWords(i.StatusChanged)
	case "timespent", "timeestimate", "timeoriginalestimate", "aggregatetimespent", "aggregatetimeestimate", "aggregatetimeoriginalestimate":
		switch n := c.valueShown(f, i).(type) {
		case int64:
			return c.span(n)
		case float64:
			return c.span(int64(n))
		}
		return nil
	}
	v := i.Fields[f.ID]
	switch {
	case f.kind == richField:
		return c.rendered(v, i)
	case v == nil:
		return nil
	case f.kind == momentField:
		ms, _ := v.(float64)
		return c.inWords(int64(ms))
	case f.kind == dateField:
		return dayInWords(text(v))
	}
	return nil
}

// inWords is a time as a page shows it to the caller.
func (c *call) inWords(ms int64) any {
	if ms == 0 {
		return nil
	}
	t := msTime(ms).In(c.zone())
	switch age := c.Now.Sub(t); {
	case age >= 0 && age.Minutes() < 1:
		return "Just now"
	case age >= 0 && age.Hours() < 1:
		return plural(int(age.Minutes()), "minute") + " ago"
	case age >= 0 && age.Hours() < 24 && t.YearDay() == c.Now.In(t.Location()).YearDay():
		return plural(int(age.Hours()), "hour") + " ago"
	case age >= 0 && t.AddDate(0, 0, 1).YearDay() == c.Now.In(t.Location()).YearDay() && age.Hours() < 48:
		return "Yesterday " + t.Format("3:04 PM")
	case age >= 0 && age.Hours() < 7*24:
		return t.Format("Monday 3:04 PM")
	}
	return t.Format("02/Jan/06 3:04 PM")
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return id(int64(n)) + " " + what
}

// dayInWords is a day as a page shows it.
func dayInWords(day string) any {
	t, ok := parseMoment(day)
	if !ok {
		return strings.TrimSpace(day)
	}
	return msTime(t).Format("02/Jan/06")
}
