package jira

import (
	"maps"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

func (j *Jira) workflowSchemesOperations() {
	j.on(twin.Full, "getAllWorkflowSchemes", j.getAllWorkflowSchemes)
	j.on(twin.Full, "createWorkflowScheme", j.createWorkflowScheme)
	j.on(twin.Full, "getWorkflowScheme", j.getWorkflowScheme)
	j.on(twin.Full, "updateWorkflowScheme", j.updateWorkflowScheme)
	j.on(twin.Full, "deleteWorkflowScheme", j.deleteWorkflowScheme)
	j.on(twin.Full, "getDefaultWorkflow", j.getDefaultWorkflow)
	j.on(twin.Full, "updateDefaultWorkflow", j.updateDefaultWorkflow)
	j.on(twin.Full, "deleteDefaultWorkflow", j.deleteDefaultWorkflow)
	j.on(twin.Full, "getWorkflowSchemeIssueType", j.getWorkflowSchemeIssueType)
	j.on(twin.Full, "setWorkflowSchemeIssueType", j.setWorkflowSchemeIssueType)
	j.on(twin.Full, "deleteWorkflowSchemeIssueType", j.deleteWorkflowSchemeIssueType)
	j.on(twin.Full, "getWorkflow", j.getWorkflow)
	j.on(twin.Full, "updateWorkflowMapping", j.updateWorkflowMapping)
	j.on(twin.Full, "deleteWorkflowMapping", j.deleteWorkflowMapping)

	j.on(twin.Full, "createWorkflowSchemeDraftFromParent", j.createWorkflowSchemeDraftFromParent)
	j.on(twin.Full, "getWorkflowSchemeDraft", j.ofDraft(j.getWorkflowScheme))
	j.on(twin.Full, "updateWorkflowSchemeDraft", j.ofDraft(j.updateWorkflowScheme))
	j.on(twin.Full, "deleteWorkflowSchemeDraft", j.deleteWorkflowSchemeDraft)
	j.on(twin.Full, "getDraftDefaultWorkflow", j.ofDraft(j.getDefaultWorkflow))
	j.on(twin.Full, "updateDraftDefaultWorkflow", j.ofDraft(j.updateDefaultWorkflow))
	j.on(twin.Full, "deleteDraftDefaultWorkflow", j.ofDraft(j.deleteDefaultWorkflow))
	j.on(twin.Full, "getWorkflowSchemeDraftIssueType", j.ofDraft(j.getWorkflowSchemeIssueType))
	j.on(twin.Full, "setWorkflowSchemeDraftIssueType", j.ofDraft(j.setWorkflowSchemeIssueType))
	j.on(twin.Full, "deleteWorkflowSchemeDraftIssueType", j.ofDraft(j.deleteWorkflowSchemeIssueType))
	j.on(twin.Full, "getDraftWorkflow", j.ofDraft(j.getWorkflow))
	j.on(twin.Full, "updateDraftWorkflowMapping", j.ofDraft(j.updateWorkflowMapping))
	j.on(twin.Full, "deleteDraftWorkflowMapping", j.ofDraft(j.deleteWorkflowMapping))
	j.on(twin.Full, "publishDraftWorkflowScheme", j.publishDraftWorkflowScheme)
}

// ofDraft is an operation on the draft of a scheme that is otherwise the same as on the scheme.
func (j *Jira) ofDraft(serve func(*call) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		if err := c.adminOnly(); err != nil {
			return nil, err
		}
		s, err := c.theWorkflowScheme()
		if err != nil {
			return nil, err
		}
		if s.Draft == nil {
			return nil, errNoDraft
		}
		c.query.Set("draft", "true")
		return serve(c)
	}
}

var (
	errNoDraft          = notFound("Draft workflow scheme was not found.")
	errNoWorkflowScheme = notFound("The workflow scheme was not found.")
)

// theWorkflowScheme is the one that the path names.
func (c *call) theWorkflowScheme() (WorkflowScheme, error) {
	s, ok := c.j.workflowSchemes.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return s, errNoWorkflowScheme
	}
	return s, nil
}

// projectsOfWorkflowScheme are those that have a scheme.
func (c *call) schemeProjects(s WorkflowScheme) []Project {
	return slices.Collect(c.projectsUsing(func(p Project) bool { return p.Workflows == s.ID }))
}

// draftOf is the draft that a scheme has, or else the one that it would have.
func draftOf(s WorkflowScheme) WorkflowDraft {
	if s.Draft != nil {
		d := *s.Draft
		d.Mappings = maps.Clone(d.Mappings)
		return d
	}
	return WorkflowDraft{Name: s.Name, Description: s.Description, Default: s.Default, Mappings: maps.Clone(s.Mappings)}
}

// asked is what the caller looks at: a scheme, or its draft if they ask for that. It has the form of a draft.
func (c *call) askedScheme() (s WorkflowScheme, d WorkflowDraft, draft bool, err error) {
	if err := c.adminOnly(); err != nil {
		return s, d, false, err
	}
	if s, err = c.theWorkflowScheme(); err != nil {
		return s, d, false, err
	}
	draft = s.Draft != nil && (c.qtrue("draft", false) || c.qtrue("returnDraftIfExists", false))
	if draft {
		return s, draftOf(s), true, nil
	}
	return s, WorkflowDraft{ID: s.ID, Name: s.Name, Description: s.Description, Default: s.Default, Mappings: maps.Clone(s.Mappings)}, false, nil
}

// changeScheme changes a scheme, or its draft. A scheme that a project has is only changed through its draft, which is made if the
// caller lets it.
func (c *call) changeScheme(change func(d *WorkflowDraft, doc obj) error) (any, error) {
	s, d, draft, err := c.askedScheme()
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	if !draft && len(c.schemeProjects(s)) > 0 {
		if !truth(doc["updateDraftIfNeeded"]) && !c.qtrue("updateDraftIfNeeded", false) {
			return nil, badRequest("The workflow scheme is active and can only be edited through its draft.")
		}
		d, draft = draftOf(s), true
	}
	was := d
	if err := change(&d, doc); err != nil {
		return nil, err
	}
	switch {
	case draft:
		if d.ID == 0 {
			d.ID = c.next("workflowScheme", firstID)
		}
		d.Updated, d.By = c.at(), c.who.ID
		s.Draft = &d
	default:
		s.Name, s.Description, s.Default, s.Mappings = d.Name, d.Description, d.Default, d.Mappings
		s.Version++
		c.audited("Workflow scheme updated", "workflows", item(id(s.ID), s.Name, "SCHEME"), changedValues([3]string{"Name", was.Name, d.Name}, [3]string{"Description", was.Description, d.Description})...)
	}
	c.j.workflowSchemes.Put(c.Tx, s)
	return c.workflowSchemeShown(s, draft), nil
}

// workflowNamed finds a workflow that all projects share by its name.
func (c *call) workflowNamed(name string) (Workflow, bool) {
	for w := range c.j.workflows.All(c.Tx, "") {
		if w.Name == name && w.Project == 0 {
			return w, true
		}
	}
	return Workflow{}, false
}

func (c *call) workflowName(n string) string {
	w, _ := c.j.workflows.Get(c.Tx, n)
	return w.Name
}

func (c *call) namesOf(mappings map[string]string) obj {
	out := obj{}
	for kind, w := range mappings {
		out[kind] = c.workflowName(w)
	}
	return out
}

// workflowSchemeShown is a scheme, or its draft.
func (c *call) workflowSchemeShown(s WorkflowScheme, draft bool) obj {
	if !draft {
		return obj{"id": s.ID, "name": s.Name, "description": s.Description, "defaultWorkflow": c.workflowName(s.Default), "issueTypeMappings": c.namesOf(s.Mappings), "draft": false, "self": c.api("/workflowscheme/" + id(s.ID))}
	}
	d := s.Draft
	return obj{"id": d.ID, "name": d.Name, "description": d.Description, "defaultWorkflow": c.workflowName(d.Default), "issueTypeMappings": c.namesOf(d.Mappings), "draft": true, "self": c.api("/workflowscheme/" + id(s.ID) + "/draft"),
		"originalDefaultWorkflow": c.workflowName(s.Default), "originalIssueTypeMappings": c.namesOf(s.Mappings), "lastModified": c.spoken(d.Updated), "lastModifiedUser": c.userShown(d.By)}
}

// spoken is a time as people read it: "Today 6:38 PM".
func (c *call) spoken(ms int64) string {
	t, today := msTime(ms).In(c.zone()), c.Now.In(c.zone())
	switch t.Format(time.DateOnly) {
	case today.Format(time.DateOnly):
		return t.Format("Today 3:04 PM")
	case today.AddDate(0, 0, -1).Format(time.DateOnly):
		return t.Format("Yesterday 3:04 PM")
	}
	return t.Format("02/Jan/06 3:04 PM")
}

// getAllWorkflowSchemes lists the schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-get
func (j *Jira) getAllWorkflowSchemes(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	own := map[int64]bool{}
	for p := range c.projectsUsing(func(p Project) bool { return p.Team }) {
		own[p.Workflows] = true
	}
	rows := filtered(j.workflowSchemes.All(c.Tx, ""), func(s WorkflowScheme) bool { return !own[s.ID] })
	return pageBean(c, rows, 100, func(s WorkflowScheme) any {
		v := c.workflowSchemeShown(s, false)
		delete(v, "draft")
		return v
	})
}

// readWorkflowScheme reads {name, description, defaultWorkflow, issueTypeMappings}; what is not there stays.
func (c *call) readWorkflowScheme(own int64, d *WorkflowDraft, doc obj) (err error) {
	if doc["name"] != nil || d.Name == "" {
		if d.Name, err = readName(doc, 255); err != nil {
			return err
		}
	}
	for other := range c.j.workflowSchemes.All(c.Tx, "") {
		if other.ID != own && strings.EqualFold(other.Name, d.Name) {
			return badRequest("The name is used by another scheme.")
		}
	}
	if d.Description, err = readDescription(doc, d.Description, 4000); err != nil {
		return err
	}
	if v := doc["defaultWorkflow"]; v != nil {
		if d.Default, err = c.readWorkflow(v); err != nil {
			return err
		}
	}
	if m, ok := doc["issueTypeMappings"].(obj); ok {
		d.Mappings = map[string]string{}
		for kind, v := range m {
			if err := c.mapType(d, kind, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// readWorkflow finds a workflow by its name.
func (c *call) readWorkflow(v any) (string, error) {
	w, ok := c.workflowNamed(text(v))
	if !ok {
		return "", badRequest("The workflow '%s' was not found.", plainWords(v))
	}
	return w.ID, nil
}

// mapType makes issues of a type go by a workflow.
func (c *call) mapType(d *WorkflowDraft, kind string, workflow any) error {
	if len(c.unknownTypes([]int64{number(kind)})) > 0 {
		return badRequest("The issue type with id '%s' was not found.", kind)
	}
	w, err := c.readWorkflow(workflow)
	if err == nil {
		d.Mappings[kind] = w
	}
	return err
}

// createWorkflowScheme makes a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-post
func (j *Jira) createWorkflowScheme(c *call) (any, error) {
	doc, err := c.configuring(errAdminOnly.messages[0])
	if err != nil {
		return nil, err
	}
	usual, _ := c.workflowNamed(classicWorkflow)
	d := WorkflowDraft{Default: usual.ID, Mappings: map[string]string{}}
	if err := c.readWorkflowScheme(0, &d, doc); err != nil {
		return nil, err
	}
	s := WorkflowScheme{ID: c.next("workflowScheme", firstID), Name: d.Name, Description: d.Description, Default: d.Default, Mappings: d.Mappings, Version: 1}
	j.workflowSchemes.Put(c.Tx, s)
	c.audited("Workflow scheme created", "workflows", item(id(s.ID), s.Name, "SCHEME"))
	return created(c.workflowSchemeShown(s, false)), nil
}

// getWorkflowScheme returns a scheme, or its draft.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-get
func (j *Jira) getWorkflowScheme(c *call) (any, error) {
	s, _, draft, err := c.askedScheme()
	if err != nil {
		return nil, err
	}
	return c.workflowSchemeShown(s, draft), nil
}

// updateWorkflowScheme changes a scheme, or its draft.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-put
func (j *Jira) updateWorkflowScheme(c *call) (any, error) {
	return c.changeScheme(func(d *WorkflowDraft, doc obj) error { return c.readWorkflowScheme(number(c.param("id")), d, doc) })
}

// deleteWorkflowScheme deletes a scheme that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-delete
func (j *Jira) deleteWorkflowScheme(c *call) (any, error) {
	s, _, _, err := c.askedScheme()
	switch {
	case err != nil:
		return nil, err
	case len(c.schemeProjects(s)) > 0:
		return nil, badRequest("The workflow scheme is used by one or more projects and cannot be deleted.")
	}
	j.workflowSchemes.Delete(c.Tx, key(s.ID))
	c.audited("Workflow scheme deleted", "workflows", item(id(s.ID), s.Name, "SCHEME"))
	return nil, nil
}

// getDefaultWorkflow returns the workflow of the types that have no other.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-default-get
func (j *Jira) getDefaultWorkflow(c *call) (any, error) {
	_, d, _, err := c.askedScheme()
	if err != nil {
		return nil, err
	}
	return obj{"workflow": c.workflowName(d.Default)}, nil
}

// updateDefaultWorkflow sets the workflow of the types that have no other.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-default-put
func (j *Jira) updateDefaultWorkflow(c *call) (any, error) {
	return c.changeScheme(func(d *WorkflowDraft, doc obj) (err error) {
		d.Default, err = c.readWorkflow(doc["workflow"])
		return err
	})
}

// deleteDefaultWorkflow makes Jira's own workflow that of the types that have no other.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-default-delete
func (j *Jira) deleteDefaultWorkflow(c *call) (any, error) {
	return c.changeScheme(func(d *WorkflowDraft, _ obj) (err error) {
		d.Default, err = c.readWorkflow(classicWorkflow)
		return err
	})
}

// getWorkflowSchemeIssueType returns the workflow of a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-issuetype-issuetype-get
func (j *Jira) getWorkflowSchemeIssueType(c *call) (any, error) {
	_, d, _, err := c.askedScheme()
	if err != nil {
		return nil, err
	}
	w, ok := d.Mappings[c.param("issueType")]
	if !ok {
		return nil, notFound("The issue type is not mapped in the workflow scheme.")
	}
	return obj{"issueType": c.param("issueType"), "workflow": c.workflowName(w)}, nil
}

// setWorkflowSchemeIssueType sets the workflow of a type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-issuetype-issuetype-put
func (j *Jira) setWorkflowSchemeIssueType(c *call) (any, error) {
	return c.changeScheme(func(d *WorkflowDraft, doc obj) error { return c.mapType(d, c.param("issueType"), doc["workflow"]) })
}

// deleteWorkflowSchemeIssueType makes a type have the default workflow.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-issuetype-issuetype-delete
func (j *Jira) deleteWorkflowSchemeIssueType(c *call) (any, error) {
	return c.changeScheme(func(d *WorkflowDraft, _ obj) error {
		if _, ok := d.Mappings[c.param("issueType")]; !ok {
			return notFound("The issue type is not mapped in the workflow scheme.")
		}
		delete(d.Mappings, c.param("issueType"))
		return nil
	})
}

// getWorkflow returns which types have each workflow of a scheme, or one of them.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-workflow-get
func (j *Jira) getWorkflow(c *call) (any, error) {
	_, d, _, err := c.askedScheme()
	if err != nil {
		return nil, err
	}
	types := map[string][]string{d.Default: nil}
	for _, kind := range sorted(d.Mappings) {
		types[d.Mappings[kind]] = append(types[d.Mappings[kind]], kind)
	}
	out, only := []any{}, c.q("workflowName")
	for _, w := range sorted(types) {
		v := obj{"workflow": c.workflowName(w), "issueTypes": anys(types[w]), "defaultMapping": w == d.Default}
		if v["workflow"] == only {
			return v, nil
		}
		out = append(out, v)
	}
	if only != "" {
		return nil, notFound("The workflow '%s' is not in the workflow scheme.", only)
	}
	return out, nil
}

// updateWorkflowMapping sets the types that have a workflow: {issueTypes, defaultMapping}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-workflow-put
func (j *Jira) updateWorkflowMapping(c *call) (any, error) {
	name := c.q("workflowName")
	return c.changeScheme(func(d *WorkflowDraft, doc obj) error {
		w, err := c.readWorkflow(name)
		if err != nil {
			return err
		}
		maps.DeleteFunc(d.Mappings, func(_, mapped string) bool { return mapped == w })
		for _, kind := range list(doc["issueTypes"]) {
			if err := c.mapType(d, plainWords(kind), name); err != nil {
				return err
			}
		}
		if truth(doc["defaultMapping"]) {
			d.Default = w
		}
		return nil
	})
}

// deleteWorkflowMapping takes a workflow out of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-id-workflow-delete
func (j *Jira) deleteWorkflowMapping(c *call) (any, error) {
	name := c.q("workflowName")
	_, err := c.changeScheme(func(d *WorkflowDraft, _ obj) error {
		w, err := c.readWorkflow(name)
		if err != nil {
			return err
		}
		was := len(d.Mappings)
		maps.DeleteFunc(d.Mappings, func(_, mapped string) bool { return mapped == w })
		if len(d.Mappings) == was && d.Default != w {
			return notFound("The workflow '%s' is not in the workflow scheme.", name)
		}
		if d.Default == w {
			d.Default, err = c.readWorkflow(classicWorkflow)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return obj{}, nil
}

// createWorkflowSchemeDraftFromParent makes the draft of a scheme that a project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-scheme-drafts/#api-rest-api-3-workflowscheme-id-createdraft-post
func (j *Jira) createWorkflowSchemeDraftFromParent(c *call) (any, error) {
	s, _, _, err := c.askedScheme()
	switch {
	case err != nil:
		return nil, err
	case len(c.schemeProjects(s)) == 0:
		return nil, badRequest("A draft can only be created for an active workflow scheme.")
	case s.Draft != nil:
		return nil, badRequest("The workflow scheme already has a draft.")
	}
	d := draftOf(s)
	d.ID, d.Updated, d.By = c.next("workflowScheme", firstID), c.at(), c.who.ID
	s.Draft = &d
	j.workflowSchemes.Put(c.Tx, s)
	return created(c.workflowSchemeShown(s, true)), nil
}

// deleteWorkflowSchemeDraft forgets the draft of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-scheme-drafts/#api-rest-api-3-workflowscheme-id-draft-delete
func (j *Jira) deleteWorkflowSchemeDraft(c *call) (any, error) {
	s, _, _, err := c.askedScheme()
	switch {
	case err != nil:
		return nil, err
	case s.Draft == nil:
		return nil, errNoDraft
	}
	s.Draft = nil
	j.workflowSchemes.Put(c.Tx, s)
	return nil, nil
}

// publishDraftWorkflowScheme puts a draft in the place of its scheme. Issues whose status is no longer in their workflow are moved
// by a task, as the caller says: {statusMappings: [{issueTypeId, statusId, newStatusId}]}.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-scheme-drafts/#api-rest-api-3-workflowscheme-id-draft-publish-post
func (j *Jira) publishDraftWorkflowScheme(c *call) (any, error) {
	s, _, _, err := c.askedScheme()
	switch {
	case err != nil:
		return nil, err
	case s.Draft == nil:
		return nil, errNoDraft
	}
	said := map[[2]string]string{}
	for _, x := range list(object(c.body)["statusMappings"]) {
		m := object(x)
		said[[2]string{plainWords(m["issueTypeId"]), plainWords(m["statusId"])}] = plainWords(m["newStatusId"])
	}
	now := s
	now.Name, now.Description, now.Default, now.Mappings, now.Draft = s.Draft.Name, s.Draft.Description, s.Draft.Default, s.Draft.Mappings, nil
	now.Version++
	jobs, err := c.movesBetween(s, now, func(kind, from string) string { return said[[2]string{kind, from}] })
	if err != nil {
		return nil, err
	}
	if c.qtrue("validateOnly", false) {
		return nil, nil
	}
	if err := c.conflict(); err != nil {
		return nil, err
	}
	j.workflowSchemes.Put(c.Tx, now)
	c.audited("Workflow scheme updated", "workflows", item(id(s.ID), now.Name, "SCHEME"))
	return c.seeTask(c.begin("moveStatuses", "Publish draft of workflow scheme "+now.Name, obj{"jobs": jobs})), nil
}

// workflowIn is the workflow of a type in a scheme.
func (c *call) workflowIn(s WorkflowScheme, kind int64) Workflow {
	n, ok := s.Mappings[id(kind)]
	if !ok {
		n = s.Default
	}
	w, _ := c.j.workflows.Get(c.Tx, n)
	return w
}

// movesBetween are the jobs of moveStatuses that have to be done when all projects of a scheme get another one. Every status that
// is lost has to be mapped to one of the new workflow.
func (c *call) movesBetween(was, now WorkflowScheme, mapped func(kind, from string) string) ([]any, error) {
	jobs := []any{}
	for _, p := range c.schemeProjects(was) {
		more, err := c.movesOf(p, now, mapped)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, more...)
	}
	return jobs, nil
}

// movesOf are those of one project.
func (c *call) movesOf(p Project, now WorkflowScheme, mapped func(kind, from string) string) ([]any, error) {
	jobs := []any{}
	for _, t := range c.issueTypesOf(p.ID) {
		w := c.workflowIn(now, t.ID)
		for _, from := range c.statusesUsed(p.ID, t.ID) {
			if w.has(number(from)) {
				continue
			}
			to := mapped(id(t.ID), from)
			if !w.has(number(to)) {
				return nil, badRequest("Issue type with ID '%d' is missing the mappings required for statuses with IDs %s.", t.ID, from)
			}
			jobs = append(jobs, obj{"project": id(p.ID), "type": id(t.ID), "from": from, "to": to})
		}
	}
	return jobs, nil
}

// statusesUsed are the statuses that issues of a type have in a project.
func (c *call) statusesUsed(project, kind int64) []string {
	used := map[string]bool{}
	for i := range c.j.issuesByValue.All(c.Tx, "issuetype="+id(kind)) {
		if i.Project == project {
			used[text(i.Fields["status"])] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}
