package jira

import (
	"encoding/base64"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) statusesOperations() {
	j.on(twin.Full, "getStatuses", j.getStatuses)
	j.on(twin.Full, "getStatus", j.getStatus)
	j.on(twin.Full, "getStatusCategories", j.getStatusCategories)
	j.on(twin.Full, "getStatusCategory", j.getStatusCategory)

	j.on(twin.Full, "getStatusesById", j.getStatusesByID)
	j.on(twin.Full, "getStatusesByName", j.getStatusesByName)
	j.on(twin.Full, "search", j.searchStatuses)
	j.on(twin.Full, "createStatuses", j.createStatuses)
	j.on(twin.Full, "updateStatuses", j.updateStatuses)
	j.on(twin.Full, "deleteStatusesById", j.deleteStatusesByID)
	j.on(twin.Full, "getProjectUsagesForStatus", j.getProjectUsagesForStatus)
	j.on(twin.Full, "getProjectIssueTypeUsagesForStatus", j.getProjectIssueTypeUsagesForStatus)
	j.on(twin.Full, "getWorkflowUsagesForStatus", j.getWorkflowUsagesForStatus)
}

// seesStatus reports whether the caller sees a status: administrators see all, others those of workflows of projects that they browse.
func (c *call) seesStatus(s Status) bool {
	if c.isAdmin() {
		return true
	}
	for p := range c.projectsUsing(func(p Project) bool { return c.may("BROWSE_PROJECTS", &p, nil) }) {
		for w := range c.workflowsOf(p) {
			if w.has(s.ID) {
				return true
			}
		}
	}
	return false
}

// has reports whether a status is in a workflow.
func (w Workflow) has(status int64) bool {
	return slices.ContainsFunc(w.Statuses, func(s WorkflowStatus) bool { return s.Status == status })
}

// workflowsOf are the workflows of a project, each once.
func (c *call) workflowsOf(p Project) iter.Seq[Workflow] {
	return func(yield func(Workflow) bool) {
		seen := map[string]bool{}
		for _, t := range c.issueTypesOf(p.ID) {
			if w, _ := c.workflowOf(&p, t.ID); w.ID != "" && !seen[w.ID] {
				seen[w.ID] = true
				if !yield(w) {
					return
				}
			}
		}
	}
}

// getStatuses lists the statuses of workflows that are in use.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-statuses/#api-rest-api-3-status-get
func (j *Jira) getStatuses(c *call) (any, error) {
	out := []any{}
	for s := range j.statuses.All(c.Tx, "") {
		if c.seesStatus(s) {
			out = append(out, c.statusShown(s))
		}
	}
	return out, nil
}

// getStatus returns a status by its id or its name.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-statuses/#api-rest-api-3-status-idorname-get
func (j *Jira) getStatus(c *call) (any, error) {
	named := c.param("idOrName")
	for s := range j.statuses.All(c.Tx, "") {
		if (id(s.ID) == named || strings.EqualFold(s.Name, named)) && c.seesStatus(s) {
			return c.statusShown(s), nil
		}
	}
	return nil, notFound("The status with id or name '%s' does not exist", named)
}

// getStatusCategories lists what every status is one of.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-status-categories/#api-rest-api-3-statuscategory-get
func (j *Jira) getStatusCategories(c *call) (any, error) {
	out := []any{}
	for _, x := range statusCategories {
		out = append(out, c.statusCategoryShown(x.ID))
	}
	return out, nil
}

// getStatusCategory returns one by its id or its key.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-status-categories/#api-rest-api-3-statuscategory-idorkey-get
func (j *Jira) getStatusCategory(c *call) (any, error) {
	named := c.param("idOrKey")
	for _, x := range statusCategories {
		if id(int64(x.ID)) == named || x.Key == named {
			return c.statusCategoryShown(x.ID), nil
		}
	}
	return nil, notFound("The status category with id or key '%s' does not exist", named)
}

// categoryNames are what newer operations call the categories.
var categoryNames = map[string]int{"TODO": categoryToDo, "IN_PROGRESS": categoryDoing, "DONE": categoryDone}

func categoryName(n int) string {
	for name, x := range categoryNames {
		if x == n {
			return name
		}
	}
	return "TODO"
}

// scopeShown says whether something is everybody's or one project's.
func scopeShown(project int64) obj {
	if project == 0 {
		return obj{"type": "GLOBAL"}
	}
	return obj{"type": "PROJECT", "project": obj{"id": id(project)}}
}

// errNoRight refuses who may not administer what is asked for; these operations say 401 for that.
var errNoRight = refuse(http.StatusUnauthorized, "You do not have permission to perform this operation.")

// administers reports whether the caller administers what is in a scope.
func (c *call) administers(project int64) bool {
	p, ok := c.j.projects.Get(c.Tx, key(project))
	return c.isAdmin() || ok && p.Team && c.may("ADMINISTER_PROJECTS", &p, nil)
}

// administersAny reports whether the caller administers the site or a project.
func (c *call) administersAny() bool {
	if c.isAdmin() {
		return true
	}
	for range c.projectsUsing(func(p Project) bool { return c.may("ADMINISTER_PROJECTS", &p, nil) }) {
		return true
	}
	return false
}

func (c *call) jiraStatus(s Status) obj {
	v := obj{"id": id(s.ID), "name": s.Name, "description": s.Description, "statusCategory": categoryName(s.Category), "scope": scopeShown(s.Project)}
	if c.expands("usages") {
		usages := []any{}
		for p := range c.projectsUsing(func(Project) bool { return true }) {
			if types := c.typesBy(p, func(w Workflow) bool { return w.has(s.ID) }); len(types) > 0 {
				usages = append(usages, obj{"project": obj{"id": id(p.ID)}, "issueTypes": ids(types)})
			}
		}
		v["usages"] = usages
	}
	if c.expands("workflowUsages") {
		usages := []any{}
		for w := range c.j.workflows.All(c.Tx, "") {
			if w.has(s.ID) {
				usages = append(usages, obj{"workflowId": w.ID, "workflowName": w.Name})
			}
		}
		v["workflowUsages"] = usages
	}
	return v
}

// typesBy are the issue types of a project whose workflow fits.
func (c *call) typesBy(p Project, fits func(Workflow) bool) (out []int64) {
	for _, t := range c.issueTypesOf(p.ID) {
		if w, _ := c.workflowOf(&p, t.ID); fits(w) {
			out = append(out, t.ID)
		}
	}
	return out
}

// getStatusesByID returns statuses by their ids.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-get
func (j *Jira) getStatusesByID(c *call) (any, error) {
	if !c.administersAny() {
		return nil, errNoRight
	}
	named, err := c.statusIDs()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, n := range named {
		if s, ok := j.statuses.Get(c.Tx, key(n)); ok && c.administers(s.Project) {
			out = append(out, c.jiraStatus(s))
		}
	}
	return out, nil
}

// statusIDs are the ids that the query names: from one to fifty.
func (c *call) statusIDs() (out []int64, err error) {
	named := c.qs("id")
	if len(named) == 0 || len(named) > 50 {
		return nil, badRequest("The number of ids must be between 1 and 50.")
	}
	for _, s := range named {
		if number(s) == 0 {
			return nil, badRequest("The id '%s' is not valid.", s)
		}
		out = append(out, number(s))
	}
	return out, nil
}

// getStatusesByName returns statuses by their names, of the site or of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-bynames-get
func (j *Jira) getStatusesByName(c *call) (any, error) {
	project, names := number(c.q("projectId")), c.qs("name")
	switch {
	case !c.administersAny():
		return nil, errNoRight
	case len(names) == 0 || len(names) > 50:
		return nil, badRequest("The number of names must be between 1 and 50.")
	}
	out := []any{}
	for s := range j.statuses.All(c.Tx, "") {
		if slices.Contains(names, s.Name) && s.Project == project {
			out = append(out, c.jiraStatus(s))
		}
	}
	return out, nil
}

// searchStatuses lists statuses page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-search-get
func (j *Jira) searchStatuses(c *call) (any, error) {
	if !c.administersAny() {
		return nil, errNoRight
	}
	project, query, category := c.q("projectId"), c.q("searchString"), c.q("statusCategory")
	if category != "" && categoryNames[category] == 0 {
		return nil, badRequest("The statusCategory '%s' is not valid.", category)
	}
	rows := filtered(j.statuses.All(c.Tx, ""), func(s Status) bool {
		return (project == "" || s.Project == number(project)) && holding(s.Name, query) && (category == "" || s.Category == categoryNames[category])
	})
	return pageOf(c, rows, 200, 200, func(s Status) any { return c.jiraStatus(s) })
}

// readStatus reads {name, statusCategory, description}.
func (c *call) readStatus(s Status, m obj) (Status, error) {
	s.Name = strings.TrimSpace(text(m["name"]))
	switch {
	case s.Name == "":
		return s, badRequest("The name must not be empty")
	case utf8.RuneCountInString(s.Name) > 255:
		return s, badRequest("The name is too long, maxSize=255")
	case categoryNames[text(m["statusCategory"])] == 0:
		return s, badRequest("The statusCategory '%s' is not valid.", plainWords(m["statusCategory"]))
	}
	for other := range c.j.statuses.All(c.Tx, "") {
		if other.ID != s.ID && other.Project == s.Project && strings.EqualFold(other.Name, s.Name) {
			return s, badRequest("The status name '%s' is already in use.", s.Name)
		}
	}
	s.Category = categoryNames[text(m["statusCategory"])]
	if d, ok := m["description"].(string); ok {
		s.Description = d
	}
	return s, nil
}

// readScope reads {type: GLOBAL} or {type: PROJECT, project: {id}}, of what the caller administers.
func (c *call) readScope(v any) (int64, error) {
	switch dig(v, "type") {
	case "GLOBAL":
		if !c.isAdmin() {
			return 0, errNoRight
		}
		return 0, nil
	case "PROJECT":
		n := number(dig(v, "project", "id"))
		p, ok := c.j.projects.Get(c.Tx, key(n))
		switch {
		case !ok || p.Trashed != 0:
			return 0, badRequest("The project with id '%s' was not found.", plainWords(dig(v, "project", "id")))
		case !p.Team:
			return 0, badRequest("The project with id '%d' is not a team-managed project.", n)
		case !c.administers(n):
			return 0, errNoRight
		}
		return n, nil
	}
	return 0, badRequest("The scope type must be GLOBAL or PROJECT.")
}

// createStatuses adds statuses to the site or to a project: {scope, statuses: [{name, statusCategory, description}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-post
func (j *Jira) createStatuses(c *call) (any, error) {
	doc, ok := c.body.(obj)
	written := list(doc["statuses"])
	if !ok || len(written) == 0 {
		return nil, errPayload
	}
	project, err := c.readScope(doc["scope"])
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, v := range written {
		s, err := c.readStatus(Status{Project: project}, object(v))
		if err != nil {
			return nil, err
		}
		s.ID = c.next("status", firstID)
		j.statuses.Put(c.Tx, s)
		c.audited("Status created", "workflows", item(id(s.ID), s.Name, "STATUS"))
		out = append(out, c.jiraStatus(s))
	}
	return out, nil
}

// updateStatuses changes statuses: {statuses: [{id, name, statusCategory, description}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-put
func (j *Jira) updateStatuses(c *call) (any, error) {
	doc, ok := c.body.(obj)
	written := list(doc["statuses"])
	if !ok || len(written) == 0 {
		return nil, errPayload
	}
	for _, v := range written {
		s, ok := j.statuses.Get(c.Tx, key(number(object(v)["id"])))
		switch {
		case !ok:
			return nil, badRequest("The status with id '%s' was not found.", plainWords(object(v)["id"]))
		case !c.administers(s.Project):
			return nil, errNoRight
		}
		s, err := c.readStatus(s, object(v))
		if err != nil {
			return nil, err
		}
		j.statuses.Put(c.Tx, s)
		c.audited("Status updated", "workflows", item(id(s.ID), s.Name, "STATUS"))
	}
	return nil, nil
}

// deleteStatusesByID deletes statuses that no workflow has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-delete
func (j *Jira) deleteStatusesByID(c *call) (any, error) {
	if !c.administersAny() {
		return nil, errNoRight
	}
	named, err := c.statusIDs()
	if err != nil {
		return nil, err
	}
	for _, n := range named {
		s, ok := j.statuses.Get(c.Tx, key(n))
		switch {
		case !ok:
			return nil, badRequest("The status with id '%d' was not found.", n)
		case !c.administers(s.Project):
			return nil, errNoRight
		}
		for w := range j.workflows.All(c.Tx, "") {
			if w.has(n) {
				return nil, badRequest("The status '%s' is in use by the workflow '%s' and cannot be deleted.", s.Name, w.Name)
			}
		}
		j.statuses.Delete(c.Tx, key(n))
		c.audited("Status deleted", "workflows", item(id(s.ID), s.Name, "STATUS"))
	}
	return nil, nil
}

// usagesPage is the page of a list of uses that the query asks for with maxResults and nextPageToken: {values, nextPageToken}.
func (c *call) usagesPage(named []string) (obj, error) {
	most, err := c.qint("maxResults", 50)
	if err != nil || most < 1 || most > 200 {
		return nil, badRequest("maxResults must be between 1 and 200")
	}
	start := 0
	if token := c.q("nextPageToken"); token != "" {
		var at struct{ O int }
		raw, err := base64.StdEncoding.DecodeString(token)
		if err != nil || json.Unmarshal(raw, &at) != nil || at.O < 0 || at.O > len(named) {
			return nil, badRequest("Invalid format of nextPageToken")
		}
		start = at.O
	}
	end := min(start+most, len(named))
	values := []any{}
	for _, n := range named[start:end] {
		values = append(values, obj{"id": n})
	}
	page := obj{"values": values}
	if end < len(named) {
		page["nextPageToken"] = base64.StdEncoding.EncodeToString([]byte(`{"o":` + id(int64(end)) + `}`))
	}
	return page, nil
}

// projectsWith are the ids of the projects that have a workflow that fits.
func (c *call) projectsWith(fits func(Workflow) bool) (out []string) {
	for p := range c.projectsUsing(func(Project) bool { return true }) {
		if len(c.typesBy(p, fits)) > 0 {
			out = append(out, id(p.ID))
		}
	}
	return out
}

// theUsedStatus is the status that the path names, for who administers the site.
func (c *call) theUsedStatus() (Status, error) {
	s, ok := c.j.statuses.Get(c.Tx, key(number(c.param("statusId"))))
	switch {
	case !c.administersAny():
		return s, errNoRight
	case !ok:
		return s, notFound("The status with id '%s' was not found.", c.param("statusId"))
	}
	return s, nil
}

// getProjectUsagesForStatus lists the projects that have a status.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-statusid-projectusages-get
func (j *Jira) getProjectUsagesForStatus(c *call) (any, error) {
	s, err := c.theUsedStatus()
	if err != nil {
		return nil, err
	}
	page, err := c.usagesPage(c.projectsWith(func(w Workflow) bool { return w.has(s.ID) }))
	if err != nil {
		return nil, err
	}
	return obj{"statusId": id(s.ID), "projects": page}, nil
}

// getProjectIssueTypeUsagesForStatus lists the types of a project whose issues can have a status.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-statusid-project-projectid-issuetypeusages-get
func (j *Jira) getProjectIssueTypeUsagesForStatus(c *call) (any, error) {
	s, err := c.theUsedStatus()
	if err != nil {
		return nil, err
	}
	page, err := c.typeUsages(func(w Workflow) bool { return w.has(s.ID) })
	if err != nil {
		return nil, err
	}
	return obj{"statusId": id(s.ID), "projectId": c.param("projectId"), "issueTypes": page}, nil
}

// typeUsages are the types of the project that the path names whose workflow fits.
func (c *call) typeUsages(fits func(Workflow) bool) (obj, error) {
	p, ok := c.j.projects.Get(c.Tx, key(number(c.param("projectId"))))
	if !ok || p.Trashed != 0 {
		return nil, notFound("The project with id '%s' was not found.", c.param("projectId"))
	}
	return c.usagesPage(texts(ids(c.typesBy(p, fits))))
}

// getWorkflowUsagesForStatus lists the workflows that have a status.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-status/#api-rest-api-3-statuses-statusid-workflowusages-get
func (j *Jira) getWorkflowUsagesForStatus(c *call) (any, error) {
	s, err := c.theUsedStatus()
	if err != nil {
		return nil, err
	}
	var named []string
	for w := range j.workflows.All(c.Tx, "") {
		if w.has(s.ID) {
			named = append(named, w.ID)
		}
	}
	page, err := c.usagesPage(named)
	if err != nil {
		return nil, err
	}
	return obj{"statusId": id(s.ID), "workflows": page}, nil
}
