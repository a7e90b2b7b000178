package jira

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) workflowSchemeProjectsOperations() {
	j.on(twin.Full, "getWorkflowSchemeProjectAssociations", j.getWorkflowSchemeProjectAssociations)
	j.on(twin.Full, "assignSchemeToProject", j.assignSchemeToProject)
	j.on(twin.Full, "switchWorkflowSchemeForProject", j.switchWorkflowSchemeForProject)
	j.on(twin.Full, "getProjectUsagesForWorkflowScheme", j.getProjectUsagesForWorkflowScheme)
	j.on(twin.Full, "readWorkflowSchemes", j.readWorkflowSchemes).readsOnly()
	j.on(twin.Full, "updateSchemes", j.updateSchemes)
	j.on(twin.Full, "updateWorkflowSchemeMappings", j.updateWorkflowSchemeMappings).readsOnly()
}

const errSchemeProjects = "Only Jira administrators can access workflow scheme associations."

// getWorkflowSchemeProjectAssociations lists the schemes of projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-scheme-project-associations/#api-rest-api-3-workflowscheme-project-get
func (j *Jira) getWorkflowSchemeProjectAssociations(c *call) (any, error) {
	if err := c.admins(errSchemeProjects); err != nil {
		return nil, err
	}
	rows, err := schemesOfProjects(c, func(p Project) int64 { return p.Workflows })
	if err != nil {
		return nil, err
	}
	values := []any{}
	for _, row := range rows {
		s, _ := j.workflowSchemes.Get(c.Tx, key(row[0].(int64)))
		v := c.workflowSchemeShown(s, false)
		delete(v, "draft")
		values = append(values, obj{"projectIds": row[1], "workflowScheme": v})
	}
	return obj{"values": values}, nil
}

// assignSchemeToProject gives a project without issues another scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-scheme-project-associations/#api-rest-api-3-workflowscheme-project-put
func (j *Jira) assignSchemeToProject(c *call) (any, error) {
	doc, err := c.configuring(errSchemeProjects)
	if err != nil {
		return nil, err
	}
	p, err := c.classicProject(doc, "workflow schemes")
	if err != nil {
		return nil, err
	}
	s, ok := j.workflowSchemes.Get(c.Tx, key(number(doc["workflowSchemeId"])))
	switch {
	case !ok:
		return nil, errNoWorkflowScheme
	case len(c.valuesUsed(p.ID, "status")) > 0 && p.Workflows != s.ID:
		return nil, badRequest("The workflow scheme can't be assigned to the project because the project contains issues.")
	}
	p.Workflows = s.ID
	j.projects.Put(c.Tx, p)
	c.audited("Workflow scheme added to project", "workflows", item(id(s.ID), s.Name, "SCHEME"))
	return nil, nil
}

// overridden is where issues of a type go from a status, as [{issueTypeId, statusMappings: [{oldStatusId, newStatusId}]}] says.
func overridden(v any) func(kind, from string) string {
	said := map[[2]string]string{}
	for _, x := range list(v) {
		for _, m := range list(object(x)["statusMappings"]) {
			said[[2]string{plainWords(object(x)["issueTypeId"]), plainWords(object(m)["oldStatusId"])}] = plainWords(object(m)["newStatusId"])
		}
	}
	return func(kind, from string) string { return said[[2]string{kind, from}] }
}

// switchWorkflowSchemeForProject gives a project another scheme and moves its issues, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-project-switch-post
func (j *Jira) switchWorkflowSchemeForProject(c *call) (any, error) {
	doc, err := c.configuring(errSchemeProjects)
	if err != nil {
		return nil, err
	}
	p, err := c.classicProject(doc, "workflow schemes")
	if err != nil {
		return nil, err
	}
	s, ok := j.workflowSchemes.Get(c.Tx, key(number(doc["targetSchemeId"])))
	if !ok {
		return nil, errNoWorkflowScheme
	}
	if err := c.conflict(); err != nil {
		return nil, err
	}
	jobs, err := c.movesOf(p, s, overridden(doc["mappingsByIssueTypeOverride"]))
	if err != nil {
		return nil, err
	}
	p.Workflows = s.ID
	j.projects.Put(c.Tx, p)
	c.audited("Workflow scheme added to project", "workflows", item(id(s.ID), s.Name, "SCHEME"))
	return c.seeTask(c.begin("moveStatuses", "Switch workflow scheme of project "+p.Key, obj{"jobs": jobs})), nil
}

// getProjectUsagesForWorkflowScheme lists the projects that have a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-workflowschemeid-projectusages-get
func (j *Jira) getProjectUsagesForWorkflowScheme(c *call) (any, error) {
	s, ok := j.workflowSchemes.Get(c.Tx, key(number(c.param("workflowSchemeId"))))
	switch {
	case !c.administersAny():
		return nil, errNoRight
	case !ok:
		return nil, errNoWorkflowScheme
	}
	var named []string
	for _, p := range c.schemeProjects(s) {
		named = append(named, id(p.ID))
	}
	page, err := c.usagesPage(named)
	if err != nil {
		return nil, err
	}
	return obj{"workflowSchemeId": id(s.ID), "projects": page}, nil
}

// schemeVersion is which version of a scheme this is.
func schemeVersion(s WorkflowScheme) obj {
	return obj{"id": seedUUID("workflow scheme " + id(s.ID) + " " + id(s.Version)), "versionNumber": s.Version}
}

// schemeDocument is a scheme as newer operations show it.
func (c *call) schemeDocument(s WorkflowScheme) obj {
	brief := func(n string) obj {
		w, _ := c.j.workflows.Get(c.Tx, n)
		return obj{"id": w.ID, "name": w.Name, "description": w.Description, "version": versionOf(w)}
	}
	types := map[string][]string{}
	for _, kind := range sorted(s.Mappings) {
		types[s.Mappings[kind]] = append(types[s.Mappings[kind]], kind)
	}
	by := []any{}
	for _, w := range sorted(types) {
		by = append(by, obj{"workflow": brief(w), "issueTypeIds": anys(types[w])})
	}
	projects, scope := []any{}, int64(0)
	for _, p := range c.schemeProjects(s) {
		projects = append(projects, id(p.ID))
		if p.Team {
			scope = p.ID
		}
	}
	return obj{"id": id(s.ID), "name": s.Name, "description": s.Description, "scope": scopeShown(scope), "version": schemeVersion(s), "defaultWorkflow": brief(s.Default), "workflowsForIssueTypes": by, "projectIdsUsingScheme": projects}
}

// readWorkflowSchemes returns schemes by id or by project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-read-post
func (j *Jira) readWorkflowSchemes(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	named, projects := texts(doc["workflowSchemeIds"]), texts(doc["projectIds"])
	switch {
	case !c.administersAny():
		return nil, errNoRight
	case len(named)+len(projects) == 0:
		return nil, badRequest("At least one of workflowSchemeIds or projectIds has to be provided.")
	}
	for _, n := range projects {
		p, _ := j.projects.Get(c.Tx, key(number(n)))
		named = append(named, id(p.Workflows))
	}
	out := []any{}
	for s := range j.workflowSchemes.All(c.Tx, "") {
		if slices.Contains(named, id(s.ID)) {
			out = append(out, c.schemeDocument(s))
		}
	}
	return out, nil
}

// readSchemeWorkflows reads {id, defaultWorkflowId, workflowsForIssueTypes: [{workflowId, issueTypeIds}]} over a scheme.
func (c *call) readSchemeWorkflows(doc obj) (was, now WorkflowScheme, err error) {
	was, ok := c.j.workflowSchemes.Get(c.Tx, key(number(doc["id"])))
	switch {
	case !c.isAdmin():
		return was, now, errNoRight
	case doc["id"] == nil:
		return was, now, lacks("id")
	case !ok:
		return was, now, badRequest("The workflow scheme with id '%s' was not found.", plainWords(doc["id"]))
	}
	now = was
	if v := text(doc["defaultWorkflowId"]); v != "" {
		now.Default = v
	}
	if doc["workflowsForIssueTypes"] != nil {
		now.Mappings = map[string]string{}
	}
	for _, x := range list(doc["workflowsForIssueTypes"]) {
		for _, kind := range texts(object(x)["issueTypeIds"]) {
			if len(c.unknownTypes([]int64{number(kind)})) > 0 {
				return was, now, badRequest("The issue type with id '%s' was not found.", kind)
			}
			now.Mappings[kind] = text(object(x)["workflowId"])
		}
	}
	for _, n := range append([]string{now.Default}, mapValues(now.Mappings)...) {
		if w, ok := c.j.workflows.Get(c.Tx, n); !ok || w.Project != 0 {
			return was, now, badRequest("The workflow with id '%s' was not found.", n)
		}
	}
	return was, now, nil
}

// mapValues are the values of a map, in the order of its keys.
func mapValues(m map[string]string) (out []string) {
	for _, k := range sorted(m) {
		out = append(out, m[k])
	}
	return out
}

// updateSchemes changes a scheme. Issues whose status is no longer in their workflow are moved by a task, as the caller says by
// workflow (statusMappingsByWorkflows) or by type (statusMappingsByIssueTypeOverride).
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-update-post
func (j *Jira) updateSchemes(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	was, now, err := c.readSchemeWorkflows(doc)
	if err != nil {
		return nil, err
	}
	switch {
	case doc["name"] == nil:
		return nil, lacks("name")
	case doc["version"] == nil:
		return nil, lacks("version")
	case dig(doc, "version", "versionNumber") != float64(was.Version):
		return nil, refuse(409, "The workflow scheme has been changed since this version. Read it again and try again.")
	}
	if now.Name, err = readName(doc, 255); err != nil {
		return nil, err
	}
	for other := range j.workflowSchemes.All(c.Tx, "") {
		if other.ID != was.ID && strings.EqualFold(other.Name, now.Name) {
			return nil, badRequest("The name is used by another scheme.")
		}
	}
	if now.Description, err = readDescription(doc, now.Description, 4000); err != nil {
		return nil, err
	}
	if err := c.conflict(); err != nil {
		return nil, err
	}
	byType := overridden(doc["statusMappingsByIssueTypeOverride"])
	byWorkflow := map[[3]string]string{}
	for _, x := range list(doc["statusMappingsByWorkflows"]) {
		for _, m := range list(object(x)["statusMappings"]) {
			byWorkflow[[3]string{text(object(x)["oldWorkflowId"]), text(object(x)["newWorkflowId"]), plainWords(object(m)["oldStatusId"])}] = plainWords(object(m)["newStatusId"])
		}
	}
	jobs, err := c.movesBetween(was, now, func(kind, from string) string {
		if to := byType(kind, from); to != "" {
			return to
		}
		return byWorkflow[[3]string{c.workflowIn(was, number(kind)).ID, c.workflowIn(now, number(kind)).ID, from}]
	})
	if err != nil {
		return nil, err
	}
	now.Version++
	j.workflowSchemes.Put(c.Tx, now)
	c.audited("Workflow scheme updated", "workflows", item(id(now.ID), now.Name, "SCHEME"))
	if len(jobs) > 0 {
		return c.seeTask(c.begin("moveStatuses", "Update workflow scheme "+now.Name, obj{"jobs": jobs})), nil
	}
	return obj{}, nil
}

// updateWorkflowSchemeMappings says which statuses would have to be mapped if a scheme changed.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-schemes/#api-rest-api-3-workflowscheme-update-mappings-post
func (j *Jira) updateWorkflowSchemeMappings(c *call) (any, error) {
	doc, ok := c.body.(obj)
	if !ok {
		return nil, errPayload
	}
	was, now, err := c.readSchemeWorkflows(doc)
	if err != nil {
		return nil, err
	}
	type pair [2]string
	byType, byWorkflow := map[string][]string{}, map[pair][]string{}
	var targets []Workflow
	lost := map[int64]bool{}
	note := func(all []string, s string) []string {
		if slices.Contains(all, s) {
			return all
		}
		return append(all, s)
	}
	for _, p := range c.schemeProjects(was) {
		for _, t := range c.issueTypesOf(p.ID) {
			a, b := c.workflowIn(was, t.ID), c.workflowIn(now, t.ID)
			for _, from := range c.statusesUsed(p.ID, t.ID) {
				if b.has(number(from)) {
					continue
				}
				byType[id(t.ID)] = note(byType[id(t.ID)], from)
				byWorkflow[pair{a.ID, b.ID}] = note(byWorkflow[pair{a.ID, b.ID}], from)
				lost[number(from)] = true
				if !slices.ContainsFunc(targets, func(w Workflow) bool { return w.ID == b.ID }) {
					targets = append(targets, b)
				}
			}
		}
	}
	types, pairs, statuses, perWorkflow := []any{}, []any{}, []any{}, []any{}
	for _, kind := range sorted(byType) {
		types = append(types, obj{"issueTypeId": kind, "statusIds": anys(byType[kind])})
	}
	for _, p := range sortedPairs(byWorkflow) {
		pairs = append(pairs, obj{"sourceWorkflowId": p[0], "targetWorkflowId": p[1], "statusIds": anys(byWorkflow[p])})
	}
	for _, w := range targets {
		in := []any{}
		for _, s := range w.Statuses {
			in = append(in, id(s.Status))
			lost[s.Status] = true
		}
		initial := w.Transitions[slices.IndexFunc(w.Transitions, func(t Transition) bool { return t.Type == "initial" })]
		perWorkflow = append(perWorkflow, obj{"workflowId": w.ID, "initialStatusId": id(initial.To), "statuses": in})
	}
	for s := range j.statuses.All(c.Tx, "") {
		if lost[s.ID] {
			statuses = append(statuses, obj{"id": id(s.ID), "name": s.Name, "category": categoryName(s.Category)})
		}
	}
	return obj{"statusMappingsByIssueTypes": types, "statusMappingsByWorkflows": pairs, "statuses": statuses, "statusesPerWorkflow": perWorkflow}, nil
}

// sortedPairs are the keys of a map of pairs in order.
func sortedPairs[K ~[2]string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b K) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	return keys
}
