package jira

import (
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) customTemplatesOperations() {
	j.on(twin.Partial, "createProjectWithCustomTemplate", j.createProjectWithCustomTemplate).
		noted("Projects that their teams manage, levels of issue types above epics, layouts of issues, and colours, layouts, swimlanes and working days of boards are refused or left out.")
	j.on(twin.Full, "editTemplate", j.editTemplate)
	j.on(twin.Full, "liveTemplate", j.liveTemplate)
	j.on(twin.Full, "removeTemplate", j.removeTemplate)
	j.on(twin.Full, "saveTemplate", j.saveTemplate)
	j.task("project.template", (*call).makeFromTemplate)
}

// Sentences about custom templates.
var (
	errNoTemplate       = notFound("The project template does not exist.")
	errTemplateName     = badRequest("The template name must have between 1 and 80 characters.")
	errTemplateText     = badRequest("The template description must not exceed 150 characters.")
	errTemplateTaken    = badRequest("A project template with that name already exists.")
	errTemplateType     = badRequest("The template type must be one of LIVE, SNAPSHOT.")
	errTemplateProject  = badRequest("The project of the template does not exist.")
	errTemplateOfTeam   = badRequest("Templates can be made of company-managed projects only.")
	errConnectTemplates = forbidden("Connect apps cannot access this REST resource.")
)

// templating is the body of a call of somebody who may work with custom templates.
func (c *call) templating() (obj, error) {
	if c.connect != "" {
		return nil, errConnectTemplates
	}
	return object(c.body), c.adminOnly()
}

// createProjectWithCustomTemplate makes a project of the capabilities of a template, as a task: {details, template}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-templates/#api-rest-api-3-project-template-post
func (j *Jira) createProjectWithCustomTemplate(c *call) (any, error) {
	doc, err := c.templating()
	if err != nil {
		return nil, err
	}
	details, bad := object(doc["details"]), problems{}
	c.newProject(details, &bad)
	switch {
	case len(bad) > 0:
		return nil, bad.refusal()
	case dig(doc, "template", "scope", "type") == "PROJECT":
		return nil, errNotTwinned
	}
	return c.seeTask(c.begin("project.template", "Create project "+text(details["key"]), clone(doc))), nil
}

func (c *call) makeFromTemplate(t *Task) (any, error) {
	bad := problems{}
	p := c.newProject(object(dig(t.Input, "details")), &bad)
	if len(bad) > 0 {
		return nil, bad.refusal()
	}
	p, err := c.makeOf(p, object(dig(t.Input, "template")))
	if err != nil {
		return nil, err
	}
	return obj{"projectId": id(p.ID), "projectKey": p.Key}, nil
}

// makeOf makes a project of the capabilities of a template, and tells of it.
func (c *call) makeOf(p Project, template obj) (Project, error) {
	m := &making{call: c, refs: map[string]string{}}
	p, err := m.build(p, template)
	if err == nil {
		c.projectMade(p)
	}
	return p, err
}

// templateNamed reads what a template is called, which no other is, and what is said of it.
func (c *call) templateNamed(t *CustomTemplate, doc obj) error {
	if v, ok := doc["templateName"]; ok || t.Name == "" {
		t.Name = strings.TrimSpace(text(v))
	}
	if v, ok := doc["templateDescription"].(string); ok {
		t.Description = v
	}
	switch {
	case t.Name == "" || utf8.RuneCountInString(t.Name) > 80:
		return errTemplateName
	case utf8.RuneCountInString(t.Description) > 150:
		return errTemplateText
	}
	for other := range c.j.templates.All(c.Tx, "") {
		if other.Key != t.Key && strings.EqualFold(other.Name, t.Name) {
			return errTemplateTaken
		}
	}
	return nil
}

// options reads {enableScreenDelegatedAdminSupport, enableWorkflowDelegatedAdminSupport}.
func (t *CustomTemplate) options(v any) {
	for name, to := range map[string]*bool{"enableScreenDelegatedAdminSupport": &t.Screens, "enableWorkflowDelegatedAdminSupport": &t.Workflows} {
		if b, ok := object(v)[name].(bool); ok {
			*to = b
		}
	}
}

// saveTemplate makes a template of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-templates/#api-rest-api-3-project-template-save-template-post
func (j *Jira) saveTemplate(c *call) (any, error) {
	doc, err := c.templating()
	if err != nil {
		return nil, err
	}
	from := object(doc["templateFromProjectRequest"])
	t := CustomTemplate{Type: text(from["templateType"]), Project: number(from["projectId"])}
	if err := c.templateNamed(&t, doc); err != nil {
		return nil, err
	}
	p, ok := j.projects.Get(c.Tx, key(t.Project))
	switch {
	case t.Type != "LIVE" && t.Type != "SNAPSHOT":
		return nil, errTemplateType
	case !ok || p.Trashed != 0:
		return nil, errTemplateProject
	case p.Team:
		return nil, errTemplateOfTeam
	}
	t.options(from["templateGenerationOptions"])
	t.UUID = c.uuid()
	t.Key = "custom-template:" + t.UUID
	if t.Type == "SNAPSHOT" {
		t.Snapshot = c.capabilitiesOf(p, t)
	}
	j.templates.Put(c.Tx, t)
	c.audited("Project template created", "projects", item(t.Key, t.Name, "PROJECT_TEMPLATE"))
	return obj{"projectTemplateKey": t.keyShown()}, nil
}

func (t CustomTemplate) keyShown() obj { return obj{"key": t.Key, "uuid": t.UUID} }

// editTemplate changes what a template is called, and what is copied.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-templates/#api-rest-api-3-project-template-edit-template-put
func (j *Jira) editTemplate(c *call) (any, error) {
	doc, err := c.templating()
	if err != nil {
		return nil, err
	}
	t, ok := j.templates.Get(c.Tx, text(doc["templateKey"]))
	if !ok {
		return nil, errNoTemplate
	}
	if err := c.templateNamed(&t, doc); err != nil {
		return nil, err
	}
	t.options(doc["templateGenerationOptions"])
	j.templates.Put(c.Tx, t)
	return obj{}, nil
}

// liveTemplate returns a template by its key, or the live one of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-templates/#api-rest-api-3-project-template-live-template-get
func (j *Jira) liveTemplate(c *call) (any, error) {
	if _, err := c.templating(); err != nil {
		return nil, err
	}
	named, projectID := c.q("templateKey"), c.q("projectId")
	if named == "" && projectID == "" {
		return nil, badRequest("Either templateKey or projectId has to be provided.")
	}
	of, _ := c.project(projectID)
	for t := range j.templates.All(c.Tx, "") {
		if t.Key == named || named == "" && t.Type == "LIVE" && t.Project == of.ID {
			return c.templateShown(t), nil
		}
	}
	return nil, errNoTemplate
}

func (c *call) templateShown(t CustomTemplate) obj {
	p, _ := c.j.projects.Get(c.Tx, key(t.Project))
	kind := strings.ToUpper(p.Type)
	v := obj{"name": t.Name, "description": t.Description, "type": t.Type, "projectTemplateKey": t.keyShown(), "archetype": obj{"type": kind, "realType": kind, "style": projectStyle(p)},
		"templateGenerationOptions": obj{"enableScreenDelegatedAdminSupport": t.Screens, "enableWorkflowDelegatedAdminSupport": t.Workflows}}
	for b := range c.j.boards.All(c.Tx, "") {
		if b.Project == p.ID && v["defaultBoardView"] == nil {
			v["defaultBoardView"] = b.Type
		}
	}
	if t.Type == "LIVE" {
		v["liveTemplateProjectIdReference"] = t.Project
	} else {
		v["snapshotTemplate"] = t.Snapshot
	}
	return v
}

// removeTemplate deletes a template. The projects that began with it stay.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-templates/#api-rest-api-3-project-template-remove-template-delete
func (j *Jira) removeTemplate(c *call) (any, error) {
	if _, err := c.templating(); err != nil {
		return nil, err
	}
	t, ok := j.templates.Get(c.Tx, c.q("templateKey"))
	if !ok {
		return nil, errNoTemplate
	}
	j.templates.Delete(c.Tx, t.Key)
	c.audited("Project template deleted", "projects", item(t.Key, t.Name, "PROJECT_TEMPLATE"))
	return obj{}, nil
}

// capabilities are what a new project of a template is made of.
func (c *call) capabilities(t CustomTemplate) (obj, error) {
	if t.Type == "SNAPSHOT" {
		return t.Snapshot, nil
	}
	p, ok := c.j.projects.Get(c.Tx, key(t.Project))
	if !ok {
		return nil, errTemplateProject
	}
	return c.capabilitiesOf(p, t), nil
}

// there and new are identifiers in a template: of what a site has, and of what the template makes.
func there(kind, n string) string { return "pcri:" + kind + ":id:" + n }
func fresh(kind, n string) string { return "pcri:" + kind + ":ref:" + n }

// capabilitiesOf is a project as a template has it. Its schemes are shared, except for those that the template copies.
func (c *call) capabilitiesOf(p Project, t CustomTemplate) obj {
	project := obj{"projectTypeKey": p.Type}
	for name, x := range map[string]struct {
		kind string
		n    int64
	}{"fieldLayoutSchemeId": {"fieldLayoutScheme", p.Fields}, "issueSecuritySchemeId": {"issueSecurityScheme", p.Security}, "issueTypeSchemeId": {"issueTypeScheme", p.IssueTypes}, "issueTypeScreenSchemeId": {"issueTypeScreenScheme", p.Screens},
		"notificationSchemeId": {"notificationScheme", p.Notifications}, "permissionSchemeId": {"permissionScheme", p.Permissions}, "workflowSchemeId": {"workflowScheme", p.Workflows}} {
		if x.n != 0 {
			project[name] = there(x.kind, id(x.n))
		}
	}
	v := obj{"scope": obj{"type": "GLOBAL"}, "project": project}
	if t.Screens {
		v["field"] = c.screensCopied(p)
		project["issueTypeScreenSchemeId"] = fresh("issueTypeScreenScheme", id(p.Screens))
	}
	if t.Workflows {
		v["workflow"] = c.workflowsCopied(p)
		project["workflowSchemeId"] = fresh("workflowScheme", id(p.Workflows))
	}
	actors := obj{}
	for a := range c.j.actors.All(c.Tx, "") {
		if a.Project == p.ID && !(a.Role == administratorsRole && a.User == p.Lead) {
			role, who := there("role", id(a.Role)), there("user", a.User)
			if a.Group != "" {
				who = there("group", a.Group)
			}
			actors[role] = append(list(actors[role]), who)
		}
	}
	v["role"] = obj{"roleToProjectActors": actors}
	boards := []any{}
	for b := range c.j.boards.All(c.Tx, "") {
		if b.Project == p.ID {
			boards = append(boards, boardCopied(b))
		}
	}
	v["boards"] = obj{"boards": boards}
	return v
}

// screensCopied are the screens of a project and their schemes, to be made again.
func (c *call) screensCopied(p Project) obj {
	types, _ := c.j.typeScreenSchemes.Get(c.Tx, key(p.Screens))
	screens, schemes, had := []any{}, []any{}, map[int64]bool{}
	mapped := obj{}
	for _, kind := range sorted(types.Mappings) {
		s, _ := c.j.screenSchemes.Get(c.Tx, key(types.Mappings[kind]))
		name := "default"
		if kind != "default" {
			name = there("issueType", kind)
		}
		mapped[name] = fresh("screenScheme", id(s.ID))
		if had[-s.ID] {
			continue
		}
		had[-s.ID] = true
		uses := obj{}
		for _, use := range sorted(s.Screens) {
			screen, _ := c.j.screens.Get(c.Tx, key(s.Screens[use]))
			uses[use] = fresh("screen", id(screen.ID))
			if had[screen.ID] {
				continue
			}
			had[screen.ID] = true
			tabs := []any{}
			for _, t := range screen.Tabs {
				fields := []any{}
				for _, f := range t.Fields {
					fields = append(fields, there("field", f))
				}
				tabs = append(tabs, obj{"name": t.Name, "fields": fields})
			}
			screens = append(screens, obj{"pcri": fresh("screen", id(screen.ID)), "name": screen.Name, "description": screen.Description, "tabs": tabs})
		}
		schemes = append(schemes, obj{"pcri": fresh("screenScheme", id(s.ID)), "name": s.Name, "description": s.Description, "defaultScreen": uses["default"], "screens": uses})
	}
	return obj{"screens": screens, "screenScheme": schemes, "issueTypeScreenScheme": obj{"pcri": fresh("issueTypeScreenScheme", id(types.ID)), "name": types.Name, "description": types.Description, "defaultScreenScheme": mapped["default"], "explicitMappings": mapped}}
}

// workflowsCopied are the workflows of a project and their scheme, to be made again.
func (c *call) workflowsCopied(p Project) obj {
	s, _ := c.j.workflowSchemes.Get(c.Tx, key(p.Workflows))
	mapped, used := obj{}, []string{s.Default}
	for _, kind := range sorted(s.Mappings) {
		mapped[there("issueType", kind)] = fresh("workflow", s.Mappings[kind])
		if !slices.Contains(used, s.Mappings[kind]) {
			used = append(used, s.Mappings[kind])
		}
	}
	workflows := []any{}
	for _, n := range used {
		w, _ := c.j.workflows.Get(c.Tx, n)
		statuses, transitions := []any{}, []any{}
		for _, x := range w.Statuses {
			statuses = append(statuses, obj{"pcri": there("status", id(x.Status)), "layout": layout(x.Layout), "properties": properties(x.Properties)})
		}
		for _, t := range w.Transitions {
			d := transitionDocument(t)
			shown := obj{"id": float64(t.ID), "name": t.Name, "description": t.Description, "type": t.Type, "properties": d["properties"], "actions": d["actions"], "validators": d["validators"], "triggers": d["triggers"]}
			if t.To != 0 {
				shown["to"] = obj{"status": there("status", id(t.To))}
			}
			from := []any{}
			for _, l := range links(t) {
				from = append(from, obj{"status": there("status", plainWords(object(l)["fromStatusReference"])), "fromPort": object(l)["fromPort"], "toPortOverride": object(l)["toPort"]})
			}
			if shown["from"] = from; t.Conditions != nil {
				shown["conditions"] = grouped(t.Conditions)
			}
			if d["transitionScreen"] != nil {
				shown["transitionScreen"] = d["transitionScreen"]
			}
			transitions = append(transitions, shown)
		}
		workflows = append(workflows, obj{"pcri": fresh("workflow", w.ID), "name": w.Name, "description": w.Description, "statuses": statuses, "transitions": transitions})
	}
	return obj{"workflows": workflows, "workflowScheme": obj{"pcri": fresh("workflowScheme", id(s.ID)), "name": s.Name, "description": s.Description, "defaultWorkflow": fresh("workflow", s.Default), "explicitMappings": mapped}}
}

// grouped is a tree of conditions as templates have it.
func grouped(tree obj) obj {
	groups := []any{}
	for _, g := range list(tree["conditionGroups"]) {
		groups = append(groups, grouped(object(g)))
	}
	return obj{"operation": tree["operation"], "conditions": tree["conditions"], "conditionGroup": groups}
}

// boardCopied is a board of a project, to be made again.
func boardCopied(b Board) obj {
	columns, quick := []any{}, []any{}
	for _, x := range b.Columns {
		statuses := []any{}
		for _, n := range x.Statuses {
			statuses = append(statuses, there("status", id(n)))
		}
		columns = append(columns, obj{"name": x.Name, "statusIds": statuses, "minimumIssueConstraint": float64(x.Min), "maximumIssueConstraint": float64(x.Max)})
	}
	for _, q := range b.QuickFilters {
		quick = append(quick, obj{"name": q.Name, "jqlQuery": q.JQL, "description": q.Description})
	}
	return obj{"supportsSprint": b.Type == "scrum", "columns": columns, "quickFilters": quick, "features": []any{obj{"featureKey": "ESTIMATION", "state": b.Estimation != ""}}}
}
