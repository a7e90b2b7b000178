package jira

import (
	"slices"

	"twinset.dev/kit/twin"
)

func (j *Jira) fieldContextsOperations() {
	j.on(twin.Full, "getContextsForField", j.getContextsForField)
	j.on(twin.Full, "getContextsForFieldDeprecated", j.getContextsForFieldDeprecated)
	j.on(twin.Full, "createCustomFieldContext", j.createCustomFieldContext)
	j.on(twin.Full, "updateCustomFieldContext", j.updateCustomFieldContext)
	j.on(twin.Full, "deleteCustomFieldContext", j.deleteCustomFieldContext)
	j.on(twin.Full, "getIssueTypeMappingsForContexts", j.getIssueTypeMappingsForContexts)
	j.on(twin.Full, "getProjectContextMapping", j.getProjectContextMapping)
	j.on(twin.Full, "getCustomFieldContextsForProjectsAndIssueTypes", j.getCustomFieldContextsForProjectsAndIssueTypes).readsOnly()
	j.on(twin.Full, "addIssueTypesToContext", j.addIssueTypesToContext)
	j.on(twin.Full, "removeIssueTypesFromContext", j.removeIssueTypesFromContext)
	j.on(twin.Full, "assignProjectsToCustomFieldContext", j.assignProjectsToCustomFieldContext)
	j.on(twin.Full, "removeCustomFieldContextFromProjects", j.removeCustomFieldContextFromProjects)
}

const errContexts = "Only Jira administrators can access custom field contexts."

var errNoContext = notFound("The context was not found.")

// contextsAsked are the contexts of the field that the path names, those that the query names with contextId.
func (c *call) contextsAsked() (f *field, rows []Context, err error) {
	if err := c.admins(errContexts); err != nil {
		return nil, nil, err
	}
	f, ok := c.field(c.param("fieldId"))
	if !ok || f.custom == nil {
		return nil, nil, errNoField
	}
	wanted := c.chosenIDs("contextId")
	for x := range c.j.contextsOf.All(c.Tx, f.ID) {
		if wanted(x.ID) {
			rows = append(rows, x)
		}
	}
	return f, rows, nil
}

// theContext is the context that the path names, of the field that it names; its body is an object.
func (c *call) theContext(sentence string) (f *field, x Context, err error) {
	if err := c.admins(sentence); err != nil {
		return nil, x, err
	}
	f, ok := c.field(c.param("fieldId"))
	if !ok || f.custom == nil {
		return nil, x, errNoField
	}
	if x, ok = c.j.contexts.Get(c.Tx, key(number(c.param("contextId")))); !ok || x.Field != f.ID {
		return nil, x, errNoContext
	}
	return f, x, nil
}

// getContextsForField lists the contexts of a field.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-get
func (j *Jira) getContextsForField(c *call) (any, error) {
	_, rows, err := c.contextsAsked()
	if err != nil {
		return nil, err
	}
	anyType, global := c.q("isAnyIssueType"), c.q("isGlobalContext")
	fits := func(asked string, is bool) bool { return asked == "" || (asked == "true") == is }
	seq := filtered(slices.Values(rows), func(x Context) bool { return fits(anyType, len(x.Types) == 0) && fits(global, len(x.Projects) == 0) })
	return pageBean(c, seq, 100, func(x Context) any {
		return obj{"id": id(x.ID), "name": x.Name, "description": x.Description, "isGlobalContext": len(x.Projects) == 0, "isAnyIssueType": len(x.Types) == 0}
	})
}

// getContextsForFieldDeprecated lists the contexts of a field in an older form.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/#api-rest-api-3-field-fieldid-contexts-get
func (j *Jira) getContextsForFieldDeprecated(c *call) (any, error) {
	_, rows, err := c.contextsAsked()
	if err != nil {
		return nil, err
	}
	return pageOf(c, slices.Values(rows), 20, 100, func(x Context) any { return obj{"id": x.ID, "name": x.Name} })
}

// readContext reads the name and the description of a context.
func (c *call) readContext(x Context, doc obj) (Context, error) {
	return entitled(x, doc, c.j.contextsOf.All(c.Tx, x.Field), func(x *Context) (int64, *string, *string) { return x.ID, &x.Name, &x.Description }, 255, 255,
		badRequest("The name is used by another context."))
}

// contextTypes reads the types of {issueTypeIds}.
func (c *call) contextTypes(doc obj) ([]int64, error) {
	types := numbers(doc["issueTypeIds"])
	if repeated(types) {
		return nil, badRequest("The issueTypeIds must not contain duplicates.")
	}
	if unknown := c.unknownTypes(types); len(unknown) > 0 {
		return nil, notFound("These issue types were not found: %s.", idsJoined(unknown))
	}
	return types, nil
}

// contextProjects reads the projects of {projectIds}; none is in another context of the field than the one with an id.
func (c *call) contextProjects(doc obj, f *field, own int64) ([]int64, error) {
	projects := numbers(doc["projectIds"])
	if repeated(projects) {
		return nil, badRequest("The projectIds must not contain duplicates.")
	}
	var unknown, taken []int64
	for _, n := range projects {
		p, ok := c.j.projects.Get(c.Tx, key(n))
		if !ok || p.Trashed != 0 {
			unknown = append(unknown, n)
		}
		for other := range c.j.contextsOf.All(c.Tx, f.ID) {
			if other.ID != own && slices.Contains(other.Projects, n) {
				taken = append(taken, n)
			}
		}
	}
	switch {
	case len(unknown) > 0:
		return nil, notFound("These projects were not found: %s.", idsJoined(unknown))
	case len(taken) > 0:
		return nil, badRequest("These projects are already associated with a context: %s.", idsJoined(taken))
	}
	return projects, nil
}

// createCustomFieldContext adds a context to a field.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-post
func (j *Jira) createCustomFieldContext(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	f, ok := c.field(c.param("fieldId"))
	if !ok || f.custom == nil {
		return nil, errNoField
	}
	x, err := c.readContext(Context{Field: f.ID}, doc)
	if err != nil {
		return nil, err
	}
	if x.Types, err = c.contextTypes(doc); err != nil {
		return nil, err
	}
	if x.Projects, err = c.contextProjects(doc, f, 0); err != nil {
		return nil, err
	}
	if len(x.Projects) == 0 {
		for other := range j.contextsOf.All(c.Tx, f.ID) {
			if len(other.Projects) == 0 {
				return nil, badRequest("A global context already exists for the custom field.")
			}
		}
	}
	x.ID = c.next("context", firstID)
	j.contexts.Put(c.Tx, x)
	return created(obj{"id": id(x.ID), "name": x.Name, "description": x.Description, "projectIds": ids(x.Projects), "issueTypeIds": ids(x.Types)}), nil
}

// updateCustomFieldContext renames a context.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-put
func (j *Jira) updateCustomFieldContext(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	_, x, err := c.theContext(errContexts)
	if err != nil {
		return nil, err
	}
	if x, err = c.readContext(x, doc); err != nil {
		return nil, err
	}
	j.contexts.Put(c.Tx, x)
	return nil, nil
}

// deleteCustomFieldContext deletes a context with its options.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-delete
func (j *Jira) deleteCustomFieldContext(c *call) (any, error) {
	_, x, err := c.theContext(errContexts)
	if err != nil {
		return nil, err
	}
	j.contexts.Delete(c.Tx, key(x.ID))
	return nil, nil
}

// getIssueTypeMappingsForContexts lists the types of contexts, a row for each.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-issuetypemapping-get
func (j *Jira) getIssueTypeMappingsForContexts(c *call) (any, error) {
	_, contexts, err := c.contextsAsked()
	if err != nil {
		return nil, err
	}
	var rows []obj
	for _, x := range contexts {
		for _, t := range x.Types {
			rows = append(rows, obj{"contextId": id(x.ID), "issueTypeId": id(t)})
		}
		if len(x.Types) == 0 {
			rows = append(rows, obj{"contextId": id(x.ID), "isAnyIssueType": true})
		}
	}
	return pageBean(c, slices.Values(rows), 100, func(row obj) any { return row })
}

// getProjectContextMapping lists the projects of contexts, a row for each.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-projectmapping-get
func (j *Jira) getProjectContextMapping(c *call) (any, error) {
	_, contexts, err := c.contextsAsked()
	if err != nil {
		return nil, err
	}
	var rows []obj
	for _, x := range contexts {
		for _, p := range x.Projects {
			rows = append(rows, obj{"contextId": id(x.ID), "projectId": id(p)})
		}
		if len(x.Projects) == 0 {
			rows = append(rows, obj{"contextId": id(x.ID), "isGlobalContext": true})
		}
	}
	return pageBean(c, slices.Values(rows), 100, func(row obj) any { return row })
}

// getCustomFieldContextsForProjectsAndIssueTypes says which context holds for each project and type that the caller asks about.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-mapping-post
func (j *Jira) getCustomFieldContextsForProjectsAndIssueTypes(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	f, ok := c.field(c.param("fieldId"))
	if !ok || f.custom == nil {
		return nil, errNoField
	}
	asked := list(doc["mappings"])
	if len(asked) == 0 {
		return nil, badRequest("The mappings have to be provided.")
	}
	seen := map[[2]int64]bool{}
	var lost, unknown []int64
	var rows []obj
	for _, m := range asked {
		project, kind := number(object(m)["projectId"]), number(object(m)["issueTypeId"])
		if seen[[2]int64{project, kind}] {
			return nil, badRequest("Duplicate project and issue type mappings cannot be provided.")
		}
		seen[[2]int64{project, kind}] = true
		if !j.projects.Has(c.Tx, key(project)) {
			lost = append(lost, project)
		}
		if !j.issueTypes.Has(c.Tx, key(kind)) {
			unknown = append(unknown, kind)
		}
		row := obj{"projectId": id(project), "issueTypeId": id(kind), "contextId": nil}
		if x, ok := c.context(f, project, kind); ok {
			row["contextId"] = id(x.ID)
		}
		rows = append(rows, row)
	}
	switch {
	case len(lost) > 0:
		return nil, notFound("These projects were not found: %s.", idsJoined(lost))
	case len(unknown) > 0:
		return nil, notFound("These issue types were not found: %s.", idsJoined(unknown))
	}
	return pageBean(c, slices.Values(rows), 100, func(row obj) any { return row })
}

// addIssueTypesToContext makes a context hold for some types.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-issuetype-put
func (j *Jira) addIssueTypesToContext(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	_, x, err := c.theContext(errContexts)
	if err != nil {
		return nil, err
	}
	types, err := c.contextTypes(doc)
	if err != nil {
		return nil, err
	}
	present := slices.DeleteFunc(slices.Clone(types), func(n int64) bool { return !slices.Contains(x.Types, n) })
	switch {
	case len(types) == 0:
		return nil, badRequest("The issueTypeIds have to be provided.")
	case len(present) > 0:
		return nil, badRequest("These issue types are already associated with the context: %s.", idsJoined(present))
	}
	x.Types = append(slices.Clone(x.Types), types...)
	j.contexts.Put(c.Tx, x)
	return nil, nil
}

// removeIssueTypesFromContext makes a context hold no longer for some types; for all, if none is left.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-issuetype-remove-post
func (j *Jira) removeIssueTypesFromContext(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	_, x, err := c.theContext(errContexts)
	if err != nil {
		return nil, err
	}
	types, err := c.contextTypes(doc)
	if err != nil {
		return nil, err
	}
	absent := slices.DeleteFunc(slices.Clone(types), func(n int64) bool { return slices.Contains(x.Types, n) })
	switch {
	case len(types) == 0:
		return nil, badRequest("The issueTypeIds have to be provided.")
	case len(absent) > 0:
		return nil, badRequest("These issue types are not associated with the context: %s.", idsJoined(absent))
	}
	x.Types = slices.DeleteFunc(slices.Clone(x.Types), func(n int64) bool { return slices.Contains(types, n) })
	j.contexts.Put(c.Tx, x)
	return nil, nil
}

// assignProjectsToCustomFieldContext makes a context hold in some projects, and no longer in all if it did.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-project-put
func (j *Jira) assignProjectsToCustomFieldContext(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	f, x, err := c.theContext(errContexts)
	if err != nil {
		return nil, err
	}
	projects, err := c.contextProjects(doc, f, x.ID)
	switch {
	case err != nil:
		return nil, err
	case len(projects) == 0:
		return nil, badRequest("The projectIds have to be provided.")
	}
	x.Projects = slices.Clone(x.Projects)
	for _, n := range projects {
		if !slices.Contains(x.Projects, n) {
			x.Projects = append(x.Projects, n)
		}
	}
	j.contexts.Put(c.Tx, x)
	return nil, nil
}

// removeCustomFieldContextFromProjects makes a context hold no longer in some projects; in all, if none is left.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-custom-field-contexts/#api-rest-api-3-field-fieldid-context-contextid-project-remove-post
func (j *Jira) removeCustomFieldContextFromProjects(c *call) (any, error) {
	doc, err := c.configuring(errContexts)
	if err != nil {
		return nil, err
	}
	f, x, err := c.theContext(errContexts)
	if err != nil {
		return nil, err
	}
	projects, err := c.contextProjects(doc, f, x.ID)
	if err != nil {
		return nil, err
	}
	absent := slices.DeleteFunc(slices.Clone(projects), func(n int64) bool { return slices.Contains(x.Projects, n) })
	switch {
	case len(projects) == 0:
		return nil, badRequest("The projectIds have to be provided.")
	case len(absent) > 0:
		return nil, badRequest("These projects are not associated with the context: %s.", idsJoined(absent))
	}
	x.Projects = slices.DeleteFunc(slices.Clone(x.Projects), func(n int64) bool { return slices.Contains(projects, n) })
	j.contexts.Put(c.Tx, x)
	return nil, nil
}
