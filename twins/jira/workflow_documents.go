package jira

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) workflowsOperations() {
	j.on(twin.Full, "readWorkflows", j.readWorkflows).readsOnly()
	j.on(twin.Full, "searchWorkflows", j.searchWorkflows)
	j.on(twin.Full, "createWorkflows", j.createWorkflows)
	j.on(twin.Full, "validateCreateWorkflows", j.validateCreateWorkflows).readsOnly()
	j.on(twin.Full, "updateWorkflows", j.updateWorkflows)
	j.on(twin.Full, "validateUpdateWorkflows", j.validateUpdateWorkflows).readsOnly()
	j.on(twin.Full, "workflowCapabilities", j.workflowCapabilities)
	j.on(twin.Full, "getDefaultEditor", j.getDefaultEditor)
	j.on(twin.Full, "readWorkflowPreviews", j.readWorkflowPreviews).readsOnly()
	j.on(twin.Full, "readWorkflowFromHistory", j.readWorkflowFromHistory).readsOnly()
	j.on(twin.Full, "listWorkflowHistory", j.listWorkflowHistory).readsOnly()
	j.on(twin.Full, "deleteInactiveWorkflow", j.deleteInactiveWorkflow)
	j.on(twin.Full, "getProjectUsagesForWorkflow", j.getProjectUsagesForWorkflow)
	j.on(twin.Full, "getWorkflowProjectIssueTypeUsages", j.getWorkflowProjectIssueTypeUsages)
	j.on(twin.Full, "getWorkflowSchemeUsagesForWorkflow", j.getWorkflowSchemeUsagesForWorkflow)

	j.task("moveStatuses", (*call).moveStatuses)
}

// versionOf is which version of a workflow this is.
func versionOf(w Workflow) obj {
	return obj{"id": cmp.Or(w.VersionID, seedUUID("version "+w.ID+" "+id(w.Version))), "versionNumber": float64(w.Version)}
}

// layout is where the editor draws something.
func layout(v obj) obj {
	if v == nil {
		return obj{"x": 0.0, "y": 0.0}
	}
	return v
}

// workflowDocument is a workflow as it is read and written, all at once.
func (c *call) workflowDocument(w Workflow) obj {
	statuses, transitions := []any{}, []any{}
	for _, s := range w.Statuses {
		v := obj{"statusReference": id(s.Status), "layout": layout(s.Layout), "properties": properties(s.Properties), "deprecated": false}
		if s.Approval != nil {
			v["approvalConfiguration"] = s.Approval
		}
		statuses = append(statuses, v)
	}
	for _, t := range w.Transitions {
		transitions = append(transitions, transitionDocument(t))
	}
	v := obj{"id": w.ID, "name": w.Name, "description": w.Description, "scope": scopeShown(w.Project), "version": versionOf(w), "isEditable": w.Name != classicWorkflow,
		"startPointLayout": layout(w.Start), "statuses": statuses, "transitions": transitions}
	if w.Loops != nil {
		v["loopedTransitionContainerLayout"] = w.Loops
	}
	if c.expands("values.usages") || c.expands("workflows.usages") || c.expands("usages") {
		usages := []any{}
		for p := range c.projectsUsing(func(Project) bool { return true }) {
			if types := c.typesBy(p, func(x Workflow) bool { return x.ID == w.ID }); len(types) > 0 {
				usages = append(usages, obj{"project": obj{"id": id(p.ID)}, "issueTypes": ids(types)})
			}
		}
		v["usages"] = usages
	}
	return v
}

// classicWorkflow is the one that comes with Jira, which nobody can change.
const classicWorkflow = "jira"

func properties(m map[string]string) obj {
	out := obj{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func transitionDocument(t Transition) obj {
	v := obj{"id": strconv.Itoa(t.ID), "name": t.Name, "description": t.Description, "type": strings.ToUpper(t.Type), "links": links(t), "properties": properties(t.Properties),
		"actions": rulesShown(t.Actions), "validators": rulesShown(t.Validators), "triggers": rulesShown(t.Triggers)}
	if t.To != 0 {
		v["toStatusReference"] = id(t.To)
	}
	if t.Conditions != nil {
		v["conditions"] = t.Conditions
	}
	if t.CustomIssueEvent != "" {
		v["customIssueEventId"] = t.CustomIssueEvent
	}
	switch {
	case t.Reminder != nil:
		v["transitionScreen"] = t.Reminder
	case t.Screen != 0:
		v["transitionScreen"] = obj{"ruleKey": "system:transition-screen", "parameters": obj{"screenId": id(t.Screen)}}
	}
	return v
}

func rulesShown(rules []any) []any {
	if rules == nil {
		return []any{}
	}
	return rules
}

// links are where a directed transition comes from.
func links(t Transition) []any {
	if t.Links != nil {
		return t.Links
	}
	out := []any{}
	for _, n := range t.From {
		out = append(out, obj{"fromStatusReference": id(n), "fromPort": 0.0, "toPort": 1.0})
	}
	return out
}

// statusesShown are the statuses of some workflows, each once.
func (c *call) statusesShown(ws ...Workflow) []any {
	seen, out := map[int64]bool{}, []any{}
	for _, w := range ws {
		for _, x := range w.Statuses {
			s, ok := c.j.statuses.Get(c.Tx, key(x.Status))
			if ok && !seen[s.ID] {
				seen[s.ID] = true
				out = append(out, c.statusDocument(s))
			}
		}
	}
	return out
}

func (c *call) statusDocument(s Status) obj {
	return obj{"id": id(s.ID), "name": s.Name, "description": s.Description, "scope": scopeShown(s.Project), "statusCategory": categoryName(s.Category), "statusReference": id(s.ID)}
}

// documents are workflows with their statuses, as answers have them.
func (c *call) documents(ws []Workflow) obj {
	shown := []any{}
	for _, w := range ws {
		shown = append(shown, c.workflowDocument(w))
	}
	return obj{"statuses": c.statusesShown(ws...), "workflows": shown}
}

// readWorkflows returns workflows by id, by name, or by project and issue type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-post
func (j *Jira) readWorkflows(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	ws, err := c.namedWorkflows(doc)
	if err != nil {
		return nil, err
	}
	out := c.documents(ws)
	if c.q("useTransitionLinksFormat") == "false" {
		for _, w := range list(out["workflows"]) {
			for _, t := range list(object(w)["transitions"]) {
				inOldForm(object(t))
			}
		}
	}
	c.q("useApprovalConfiguration")
	return out, nil
}

// inOldForm says where a transition comes from and goes to in the form that was there before links.
func inOldForm(t obj) {
	from := []any{}
	for _, l := range list(t["links"]) {
		place := obj{"statusReference": object(l)["fromStatusReference"]}
		if port := object(l)["fromPort"]; port != nil {
			place["port"] = port
		}
		from = append(from, place)
	}
	t["from"] = from
	if to := t["toStatusReference"]; to != nil {
		t["to"] = obj{"statusReference": to}
	}
	delete(t, "links")
	delete(t, "toStatusReference")
}

// namedWorkflows are those of {workflowIds, workflowNames, projectAndIssueTypes} that the caller administers, each once.
func (c *call) namedWorkflows(doc obj) (ws []Workflow, err error) {
	named, called, pairs := texts(doc["workflowIds"]), texts(doc["workflowNames"]), list(doc["projectAndIssueTypes"])
	switch {
	case !c.administersAny():
		return nil, errNoRight
	case len(named)+len(called)+len(pairs) == 0:
		return nil, badRequest("At least one of workflowIds, workflowNames or projectAndIssueTypes has to be provided.")
	}
	for _, x := range pairs {
		p, ok := c.j.projects.Get(c.Tx, key(number(object(x)["projectId"])))
		if !ok || p.Trashed != 0 {
			return nil, badRequest("The project with id '%s' was not found.", plainWords(object(x)["projectId"]))
		}
		w, _ := c.workflowOf(&p, number(object(x)["issueTypeId"]))
		named = append(named, w.ID)
	}
	for w := range c.j.workflows.All(c.Tx, "") {
		if (slices.Contains(named, w.ID) || slices.Contains(called, w.Name)) && (w.Project == 0 || c.administers(w.Project)) {
			ws = append(ws, w)
		}
	}
	return ws, nil
}

// isActive reports whether a project has a workflow.
func (c *call) isActive(w Workflow) bool {
	return len(c.projectsWith(func(x Workflow) bool { return x.ID == w.ID })) > 0
}

// searchWorkflows lists workflows page by page, with their statuses.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-search-get
func (j *Jira) searchWorkflows(c *call) (any, error) {
	if !c.administersAny() {
		return nil, errNoRight
	}
	query, scope, active := c.q("queryString"), c.q("scope"), c.q("isActive")
	rows := filtered(j.workflows.All(c.Tx, ""), func(w Workflow) bool {
		return (holding(w.Name, query) || holding(w.Description, query)) && (scope == "" || scopeShown(w.Project)["type"] == scope) && (w.Project == 0 && c.isAdmin() || w.Project != 0 && c.administers(w.Project)) &&
			(active == "" || c.isActive(w) == (active == "true"))
	})
	rows, err := byOrder(c, rows, "name", map[string]func(a, b Workflow) int{
		"name": func(a, b Workflow) int { return inOrder(a.Name, b.Name) }, "created": func(a, b Workflow) int { return cmp.Compare(a.Created, b.Created) },
		"updated": func(a, b Workflow) int { return cmp.Compare(a.Updated, b.Updated) },
	})
	if err != nil {
		return nil, err
	}
	var ws []Workflow
	page, err := pageOf(c, rows, 50, 200, func(w Workflow) any {
		ws = append(ws, w)
		v := c.workflowDocument(w)
		if !c.expands("values.transitions") {
			delete(v, "transitions")
		}
		return v
	})
	if err != nil {
		return nil, err
	}
	return with(page.(obj), obj{"statuses": c.statusesShown(ws...)}), nil
}

// workflowCapabilities says which rules workflows can have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-capabilities-get
func (j *Jira) workflowCapabilities(c *call) (any, error) {
	if !c.administersAny() {
		return nil, errNoRight
	}
	project := int64(0)
	named, workflow := c.q("projectId"), c.q("workflowId")
	c.q("issueTypeId")
	switch {
	case workflow != "":
		w, ok := j.workflows.Get(c.Tx, workflow)
		if !ok {
			return nil, badRequest("The workflow with id '%s' was not found.", workflow)
		}
		project = w.Project
	case named != "":
		p, ok := j.projects.Get(c.Tx, key(number(named)))
		if !ok || p.Trashed != 0 {
			return nil, badRequest("The project with id '%s' was not found.", named)
		}
		if p.Team {
			project = p.ID
		}
	}
	rules := []any{}
	for _, r := range systemRules {
		rules = append(rules, obj{"ruleKey": r.Key, "ruleType": r.Type, "name": r.Name, "description": r.Description, "incompatibleRuleKeys": anys(r.Without), "isAvailableForInitialTransition": r.Initial, "isVisible": !r.Hidden})
	}
	triggers := []any{}
	for _, t := range developmentTriggers {
		triggers = append(triggers, obj{"type": "com.atlassian.jira.plugins.jira-development-integration-plugin:" + t[0], "name": t[1], "description": "Automatically transitions the issue when " + t[2]})
	}
	return obj{"editorScope": scopeShown(project)["type"], "projectTypes": []any{"software", "business", "service_desk"}, "systemRules": rules, "connectRules": c.connectRules(), "forgeRules": []any{},
		"triggerRules": []any{obj{"ruleKey": "system:development-triggers", "availableTypes": triggers}}}, nil
}

// connectModules are the modules of Connect apps that are rules of workflows: what kind of rule, and the key that it has in a workflow.
var connectModules = map[string][2]string{
	"jiraWorkflowConditions": {"Condition", "connect:expression-condition"}, "jiraWorkflowPostFunctions": {"Function", "connect:remote-workflow-function"}, "jiraWorkflowValidators": {"Validator", "connect:expression-validator"},
}

// connectRules are the rules that Connect apps have registered.
func (c *call) connectRules() []any {
	out := []any{}
	for app := range c.j.connectApps.All(c.Tx, "") {
		for x := range c.j.properties.All(c.Tx, "modules/"+app.Key+"/") {
			m := object(dig(x.Value, "module"))
			rule, ok := connectModules[text(dig(x.Value, "type"))]
			if !ok {
				continue
			}
			v := obj{"addonKey": app.Key, "moduleKey": m["key"], "name": text(dig(m, "name", "value")) + " (by " + app.Name + ")", "description": text(dig(m, "description", "value")), "ruleKey": rule[1], "ruleType": rule[0]}
			for _, page := range []string{"create", "edit", "view"} {
				if at := text(dig(m, page, "url")); at != "" {
					v[page+"Url"] = at
				}
			}
			out = append(out, v)
		}
	}
	return out
}

// developmentTriggers are what connected repositories can move issues by: key, name and when.
var developmentTriggers = [][3]string{
	{"branch-created-trigger", "Branch created", "a related branch is created in a connected repository"}, {"commit-created-trigger", "Commit created", "a related commit is made in a connected repository"},
	{"pullrequest-created-trigger", "Pull request created", "a related pull request is created in a connected repository"}, {"pullrequest-merged-trigger", "Pull request merged", "a related pull request is merged in a connected repository"},
	{"pullrequest-declined-trigger", "Pull request declined", "a related pull request is declined in a connected repository"}, {"pullrequest-reopened-trigger", "Pull request reopened", "a related pull request is reopened in a connected repository"},
	{"review-started-trigger", "Review started", "a related review is started in a connected repository"}, {"review-approval-trigger", "Submitted for approval", "a related review is submitted for approval"},
	{"review-closed-trigger", "Review closed", "a related review is closed"}, {"review-rejected-trigger", "Review rejected", "a related review is rejected"},
	{"review-abandoned-trigger", "Review abandoned", "a related review is abandoned"}, {"review-summarized-trigger", "Review summarized", "a related review is summarized"},
}

// getDefaultEditor says which editor of workflows the caller has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-defaulteditor-get
func (j *Jira) getDefaultEditor(c *call) (any, error) { return obj{"value": "NEW"}, nil }

// readWorkflowPreviews returns workflows of a project as somebody who only browses it sees them.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflows-preview-post
func (j *Jira) readWorkflowPreviews(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	named, called, types := texts(doc["workflowIds"]), texts(doc["workflowNames"]), numbers(doc["issueTypeIds"])
	p, ok := j.projects.Get(c.Tx, key(number(doc["projectId"])))
	switch {
	case doc["projectId"] == nil:
		return nil, badRequest("The projectId has to be provided.")
	case !ok || !c.may("BROWSE_PROJECTS", &p, nil):
		return nil, notFound("No project could be found with id '%s'.", plainWords(doc["projectId"]))
	case len(named)+len(called)+len(types) == 0:
		return nil, badRequest("At least one of workflowIds, workflowNames or issueTypeIds has to be provided.")
	}
	var ws []Workflow
	for w := range c.workflowsOf(p) {
		has := slices.ContainsFunc(c.typesBy(p, func(x Workflow) bool { return x.ID == w.ID }), func(t int64) bool { return slices.Contains(types, t) })
		if slices.Contains(named, w.ID) || slices.Contains(called, w.Name) || has {
			ws = append(ws, w)
		}
	}
	out := c.documents(ws)
	for _, s := range list(out["statuses"]) {
		object(s)["rawName"] = object(s)["name"]
	}
	for n, x := range list(out["workflows"]) {
		v := object(x)
		delete(v, "isEditable")
		v["queryContext"] = []any{obj{"project": id(p.ID), "issueTypes": ids(c.typesBy(p, func(w Workflow) bool { return w.ID == ws[n].ID }))}}
		for _, part := range []string{"statuses", "transitions"} {
			for _, s := range list(v[part]) {
				delete(object(s), "properties")
			}
		}
	}
	return out, nil
}

// writtenAt is a time as the history of workflows has it.
func writtenAt(ms int64) string { return msTime(ms).UTC().Format("2006-01-02 15:04:05.000") }

// historyKept is how long a version of a workflow is kept.
const historyKept = 60 * day

// theHistory is the workflow of {workflowId}, for administrators.
func (c *call) theHistory() (Workflow, obj, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return Workflow{}, nil, errPayload
	}
	w, ok := c.j.workflows.Get(c.Tx, text(doc["workflowId"]))
	switch {
	case !c.administersAny():
		return w, doc, errNoRight
	case !ok:
		return w, doc, notFound("The workflow was not found.")
	case !c.administers(w.Project):
		return w, doc, errNoRight
	}
	return w, doc, nil
}

// listWorkflowHistory lists the versions of a workflow, the newest first.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-history-list-post
func (j *Jira) listWorkflowHistory(c *call) (any, error) {
	w, _, err := c.theHistory()
	if err != nil {
		return nil, err
	}
	entries := []any{obj{"workflowId": w.ID, "workflowVersion": w.Version, "writtenAt": writtenAt(w.Updated), "isIntermediate": false}}
	for _, x := range slices.Backward(w.Past) {
		if x.Written >= c.at()-historyKept {
			entries = append(entries, obj{"workflowId": w.ID, "workflowVersion": x.Version, "writtenAt": writtenAt(x.Written), "isIntermediate": false})
		}
	}
	return obj{"entries": entries}, nil
}

// readWorkflowFromHistory returns a workflow as it was: {workflowId, version}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-history-post
func (j *Jira) readWorkflowFromHistory(c *call) (any, error) {
	w, doc, err := c.theHistory()
	if err != nil {
		return nil, err
	}
	asked, ok := doc["version"].(float64)
	switch {
	case !ok:
		return nil, badRequest("The version has to be provided.")
	case int64(asked) == w.Version:
		return c.historyDocument(w), nil
	}
	for _, x := range w.Past {
		if x.Version == int64(asked) && x.Written >= c.at()-historyKept {
			return x.Document, nil
		}
	}
	return nil, notFound("The workflow version was not found.")
}

// historyDocument is a workflow as its history keeps it.
func (c *call) historyDocument(w Workflow) obj {
	v := c.workflowDocument(w)
	delete(v, "isEditable")
	delete(v, "usages")
	v["created"], v["updated"] = writtenAt(w.Created), writtenAt(w.Updated)
	if w.By != "" {
		v["lastUpdateAuthorAAID"] = w.By
	}
	return obj{"statuses": c.statusesShown(w), "workflows": []any{v}}
}

// deleteInactiveWorkflow deletes a workflow that no scheme has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-entityid-delete
func (j *Jira) deleteInactiveWorkflow(c *call) (any, error) {
	if err := c.admins("Only Jira administrators can access the workflow configuration."); err != nil {
		return nil, err
	}
	w, ok := j.workflows.Get(c.Tx, c.param("entityId"))
	switch {
	case !ok:
		return nil, notFound("The workflow was not found.")
	case w.Name == classicWorkflow:
		return nil, badRequest("Cannot delete the default workflow.")
	case c.isActive(w):
		return nil, badRequest("Cannot delete an active workflow.")
	}
	for s := range j.workflowSchemes.All(c.Tx, "") {
		if s.uses(w.ID) {
			return nil, badRequest("Cannot delete a workflow that is associated with a workflow scheme.")
		}
	}
	j.workflows.Delete(c.Tx, w.ID)
	c.audited("Workflow deleted", "workflows", item(w.ID, w.Name, "WORKFLOW"))
	return nil, nil
}

// theUsedWorkflow is the workflow that the path names, for administrators.
func (c *call) theUsedWorkflow() (Workflow, error) {
	w, ok := c.j.workflows.Get(c.Tx, c.param("workflowId"))
	switch {
	case !c.administersAny():
		return w, errNoRight
	case !ok:
		return w, notFound("The workflow with id '%s' was not found.", c.param("workflowId"))
	}
	return w, nil
}

// getProjectUsagesForWorkflow lists the projects that have a workflow.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-workflowid-projectusages-get
func (j *Jira) getProjectUsagesForWorkflow(c *call) (any, error) {
	w, err := c.theUsedWorkflow()
	if err != nil {
		return nil, err
	}
	page, err := c.usagesPage(c.projectsWith(func(x Workflow) bool { return x.ID == w.ID }))
	if err != nil {
		return nil, err
	}
	return obj{"workflowId": w.ID, "projects": page}, nil
}

// getWorkflowProjectIssueTypeUsages lists the types of a project that have a workflow.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-workflowid-project-projectid-issuetypeusages-get
func (j *Jira) getWorkflowProjectIssueTypeUsages(c *call) (any, error) {
	w, err := c.theUsedWorkflow()
	if err != nil {
		return nil, err
	}
	page, err := c.typeUsages(func(x Workflow) bool { return x.ID == w.ID })
	if err != nil {
		return nil, err
	}
	return obj{"workflowId": w.ID, "projectId": c.param("projectId"), "issueTypes": page}, nil
}

// getWorkflowSchemeUsagesForWorkflow lists the schemes that have a workflow.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflows/#api-rest-api-3-workflow-workflowid-workflowschemes-get
func (j *Jira) getWorkflowSchemeUsagesForWorkflow(c *call) (any, error) {
	w, err := c.theUsedWorkflow()
	if err != nil {
		return nil, err
	}
	var named []string
	for s := range j.workflowSchemes.All(c.Tx, "") {
		if s.uses(w.ID) {
			named = append(named, id(s.ID))
		}
	}
	page, err := c.usagesPage(named)
	if err != nil {
		return nil, err
	}
	return obj{"workflowId": w.ID, "workflowSchemes": page}, nil
}

// moveStatuses moves the issues of projects and types out of statuses that their workflow no longer has: jobs of {project, type,
// from, to}.
func (c *call) moveStatuses(t *Task) (any, error) {
	for _, x := range list(dig(t.Input, "jobs")) {
		job := object(x)
		for i := range c.j.issuesByValue.All(c.Tx, "status="+text(job["from"])) {
			if i.Project == number(job["project"]) && i.Fields["issuetype"] == job["type"] {
				was := i
				i.Fields = with(i.Fields, obj{"status": job["to"]})
				c.save(was, i, nil)
			}
		}
	}
	return obj{}, nil
}

// conflict refuses a change of workflows while another one goes on.
func (c *call) conflict() error {
	for t := range c.j.tasks.All(c.Tx, "") {
		if t.Kind == "moveStatuses" && t.Status == "ENQUEUED" {
			return &refusal{status: http.StatusConflict, messages: errTaskRunning.messages, fields: map[string]string{"conflictingTaskId": id(t.ID)}}
		}
	}
	return nil
}

// uses reports whether a workflow is one of those of a scheme.
func (s WorkflowScheme) uses(workflow string) bool {
	for _, w := range s.Mappings {
		if w == workflow {
			return true
		}
	}
	return s.Default == workflow
}
