package jira

import (
	"iter"
	"slices"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueTypeSchemesOperations() {
	j.on(twin.Full, "getAllIssueTypeSchemes", j.getAllIssueTypeSchemes)
	j.on(twin.Full, "createIssueTypeScheme", j.createIssueTypeScheme)
	j.on(twin.Full, "getIssueTypeSchemesMapping", j.getIssueTypeSchemesMapping)
	j.on(twin.Full, "getIssueTypeSchemeForProjects", j.getIssueTypeSchemeForProjects)
	j.on(twin.Full, "assignIssueTypeSchemeToProject", j.assignIssueTypeSchemeToProject)
	j.on(twin.Full, "deleteIssueTypeScheme", j.deleteIssueTypeScheme)
	j.on(twin.Full, "updateIssueTypeScheme", j.updateIssueTypeScheme)
	j.on(twin.Full, "addIssueTypesToIssueTypeScheme", j.addIssueTypesToIssueTypeScheme)
	j.on(twin.Full, "reorderIssueTypesInIssueTypeScheme", j.reorderIssueTypesInIssueTypeScheme)
	j.on(twin.Full, "removeIssueTypeFromIssueTypeScheme", j.removeIssueTypeFromIssueTypeScheme)
}

// defaultIssueTypes is the scheme that has all types.
const defaultIssueTypes = 10000

const errIssueTypeScheme = "Only Jira administrators can access issue type schemes."

var errNoIssueTypeScheme = notFound("The issue type scheme was not found.")

// sharedIssueTypeSchemes are the schemes but those of projects that their teams manage.
func (c *call) sharedIssueTypeSchemes() iter.Seq[IssueTypeScheme] {
	own := map[int64]bool{}
	for p := range c.j.projects.All(c.Tx, "") {
		if p.Team {
			own[p.IssueTypes] = true
		}
	}
	return filtered(c.j.issueTypeSchemes.All(c.Tx, ""), func(s IssueTypeScheme) bool { return !own[s.ID] })
}

// theIssueTypeScheme is the one that the path names.
func (c *call) theIssueTypeScheme() (IssueTypeScheme, error) {
	s, ok := c.j.issueTypeSchemes.Get(c.Tx, key(number(c.param("issueTypeSchemeId"))))
	if !ok {
		return s, errNoIssueTypeScheme
	}
	return s, nil
}

func (c *call) issueTypeSchemeShown(s IssueTypeScheme) obj {
	v := obj{"id": id(s.ID), "name": s.Name, "description": s.Description}
	if s.Default != 0 {
		v["defaultIssueTypeId"] = id(s.Default)
	}
	if s.ID == defaultIssueTypes {
		v["isDefault"] = true
	}
	return v
}

// getAllIssueTypeSchemes lists the schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-get
func (j *Jira) getAllIssueTypeSchemes(c *call) (any, error) {
	if err := c.admins(errIssueTypeScheme); err != nil {
		return nil, err
	}
	wanted, query := c.chosenIDs("id"), c.q("queryString")
	rows := filtered(c.sharedIssueTypeSchemes(), func(s IssueTypeScheme) bool { return wanted(s.ID) && holding(s.Name, query) })
	rows, err := byOrder(c, rows, "id", map[string]func(a, b IssueTypeScheme) int{
		"id": func(a, b IssueTypeScheme) int { return int(a.ID - b.ID) }, "name": func(a, b IssueTypeScheme) int { return inOrder(a.Name, b.Name) },
	})
	if err != nil {
		return nil, err
	}
	return pageBean(c, rows, 100, func(s IssueTypeScheme) any {
		v := c.issueTypeSchemeShown(s)
		if c.expands("projects") {
			v["projects"] = c.projectsInPage(c.projectsUsing(func(p Project) bool { return p.IssueTypes == s.ID }))
		}
		if c.expands("issueTypes") {
			types := []any{}
			for _, n := range s.Types {
				t, _ := j.issueTypes.Get(c.Tx, key(n))
				types = append(types, c.issueTypeShown(t))
			}
			v["issueTypes"] = inPages(types)
		}
		return v
	})
}

// readIssueTypeScheme reads the name and the description of a scheme.
func (c *call) readIssueTypeScheme(s IssueTypeScheme, doc obj) (IssueTypeScheme, error) {
	return entitled(s, doc, c.j.issueTypeSchemes.All(c.Tx, ""), func(s *IssueTypeScheme) (int64, *string, *string) { return s.ID, &s.Name, &s.Description }, 255, 4000,
		refuse(409, "The name is used by another scheme."))
}

// unknownTypes are those of some ids that no shared type has.
func (c *call) unknownTypes(types []int64) (out []int64) {
	for _, n := range types {
		if t, ok := c.j.issueTypes.Get(c.Tx, key(n)); !ok || t.Project != 0 {
			out = append(out, n)
		}
	}
	return out
}

// hasStandard reports whether one of some types is not of the subtask level.
func (c *call) hasStandard(types []int64) bool {
	return slices.ContainsFunc(types, func(n int64) bool {
		t, ok := c.j.issueTypes.Get(c.Tx, key(n))
		return ok && t.Level >= 0
	})
}

// createIssueTypeScheme makes a scheme of some types.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-post
func (j *Jira) createIssueTypeScheme(c *call) (any, error) {
	doc, err := c.configuring(errIssueTypeScheme)
	if err != nil {
		return nil, err
	}
	s := IssueTypeScheme{Types: numbers(doc["issueTypeIds"]), Default: number(doc["defaultIssueTypeId"])}
	if s, err = c.readIssueTypeScheme(s, doc); err != nil {
		return nil, err
	}
	unknown := c.unknownTypes(s.Types)
	switch {
	case len(s.Types) == 0:
		return nil, badRequest("The issueTypeIds have to be provided.")
	case repeated(s.Types):
		return nil, badRequest("The issueTypeIds must not contain duplicates.")
	case len(unknown) > 0:
		return nil, badRequest("These issue types were not found: %s", idsJoined(unknown))
	case !c.hasStandard(s.Types):
		return nil, badRequest("At least one standard issue type has to be provided.")
	case doc["defaultIssueTypeId"] != nil && !slices.Contains(s.Types, s.Default):
		return nil, badRequest("The default issue type ID has to be present in issue type IDs list.")
	}
	s.ID = c.next("issueTypeScheme", firstID)
	j.issueTypeSchemes.Put(c.Tx, s)
	return created(obj{"issueTypeSchemeId": id(s.ID)}), nil
}

// getIssueTypeSchemesMapping lists the types of schemes, a row for each.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-mapping-get
func (j *Jira) getIssueTypeSchemesMapping(c *call) (any, error) {
	if err := c.admins(errIssueTypeScheme); err != nil {
		return nil, err
	}
	wanted := c.chosenIDs("issueTypeSchemeId")
	rows := func(yield func([2]int64) bool) {
		for s := range c.sharedIssueTypeSchemes() {
			for _, t := range s.Types {
				if wanted(s.ID) && !yield([2]int64{s.ID, t}) {
					return
				}
			}
		}
	}
	return pageBean(c, rows, 100, func(row [2]int64) any {
		return obj{"issueTypeSchemeId": id(row[0]), "issueTypeId": id(row[1])}
	})
}

// getIssueTypeSchemeForProjects lists the schemes of projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-project-get
func (j *Jira) getIssueTypeSchemeForProjects(c *call) (any, error) {
	if err := c.admins(errIssueTypeScheme); err != nil {
		return nil, err
	}
	rows, err := schemesOfProjects(c, func(p Project) int64 { return p.IssueTypes })
	if err != nil {
		return nil, err
	}
	return pageBean(c, slices.Values(rows), 100, func(row [2]any) any {
		s, _ := j.issueTypeSchemes.Get(c.Tx, key(row[0].(int64)))
		return obj{"issueTypeScheme": c.issueTypeSchemeShown(s), "projectIds": row[1]}
	})
}

// assignIssueTypeSchemeToProject gives a project another scheme, if it has all types of the project's issues.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-project-put
func (j *Jira) assignIssueTypeSchemeToProject(c *call) (any, error) {
	doc, err := c.configuring(errIssueTypeScheme)
	if err != nil {
		return nil, err
	}
	if number(doc["issueTypeSchemeId"]) == 0 {
		return nil, badRequest("The issueTypeSchemeId has to be provided.")
	}
	p, err := c.classicProject(doc, "issue type schemes")
	if err != nil {
		return nil, err
	}
	s, ok := j.issueTypeSchemes.Get(c.Tx, key(number(doc["issueTypeSchemeId"])))
	if !ok {
		return nil, errNoIssueTypeScheme
	}
	lost := 0
	for t, n := range c.valuesUsed(p.ID, "issuetype") {
		if !slices.Contains(s.Types, number(t)) {
			lost += n
		}
	}
	if lost > 0 {
		return nil, badRequest("This issue type scheme can't be assigned to the project. This is because some issues in this project use issue types not present in the scheme. Before assigning the scheme to the project, update the issue types on these issues: %d", lost)
	}
	p.IssueTypes = s.ID
	j.projects.Put(c.Tx, p)
	return nil, nil
}

// deleteIssueTypeScheme deletes a scheme; its projects get the default one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-issuetypeschemeid-delete
func (j *Jira) deleteIssueTypeScheme(c *call) (any, error) {
	if err := c.admins(errIssueTypeScheme); err != nil {
		return nil, err
	}
	s, err := c.theIssueTypeScheme()
	switch {
	case err != nil:
		return nil, err
	case s.ID == defaultIssueTypes:
		return nil, badRequest("The default issue type scheme can't be removed.")
	}
	for p := range c.projectsUsing(func(p Project) bool { return p.IssueTypes == s.ID }) {
		p.IssueTypes = defaultIssueTypes
		j.projects.Put(c.Tx, p)
	}
	j.issueTypeSchemes.Delete(c.Tx, key(s.ID))
	return nil, nil
}

// updateIssueTypeScheme changes a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-issuetypeschemeid-put
func (j *Jira) updateIssueTypeScheme(c *call) (any, error) {
	doc, err := c.configuring(errIssueTypeScheme)
	if err != nil {
		return nil, err
	}
	s, err := c.theIssueTypeScheme()
	if err != nil {
		return nil, err
	}
	if s, err = c.readIssueTypeScheme(s, doc); err != nil {
		return nil, err
	}
	if v := doc["defaultIssueTypeId"]; v != nil {
		if s.Default = number(v); v != "" && !slices.Contains(s.Types, s.Default) {
			return nil, badRequest("The default issue type has to be one of the issue types of the scheme.")
		}
	}
	j.issueTypeSchemes.Put(c.Tx, s)
	return nil, nil
}

// addIssueTypesToIssueTypeScheme puts types at the end of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-issuetypeschemeid-issuetype-put
func (j *Jira) addIssueTypesToIssueTypeScheme(c *call) (any, error) {
	doc, err := c.configuring(errIssueTypeScheme)
	if err != nil {
		return nil, err
	}
	s, err := c.theIssueTypeScheme()
	if err != nil {
		return nil, err
	}
	types := numbers(doc["issueTypeIds"])
	unknown := c.unknownTypes(types)
	present := slices.DeleteFunc(slices.Clone(types), func(n int64) bool { return !slices.Contains(s.Types, n) })
	switch {
	case len(types) == 0:
		return nil, badRequest("The issueTypeIds have to be provided.")
	case repeated(types):
		return nil, badRequest("The issueTypeIds must not contain duplicates.")
	case len(unknown) > 0:
		return nil, notFound("These issue types were not found: %s", idsJoined(unknown))
	case len(present) > 0:
		return nil, badRequest("These issue types were not added because they are already present in the issue type scheme: %s", idsJoined(present))
	}
	s.Types = append(slices.Clone(s.Types), types...)
	j.issueTypeSchemes.Put(c.Tx, s)
	return nil, nil
}

// reorderIssueTypesInIssueTypeScheme moves types within a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-issuetypeschemeid-issuetype-move-put
func (j *Jira) reorderIssueTypesInIssueTypeScheme(c *call) (any, error) {
	doc, err := c.configuring(errIssueTypeScheme)
	if err != nil {
		return nil, err
	}
	s, err := c.theIssueTypeScheme()
	if err != nil {
		return nil, err
	}
	types, after, position := numbers(doc["issueTypeIds"]), number(doc["after"]), text(doc["position"])
	missing := slices.DeleteFunc(slices.Clone(types), func(n int64) bool { return slices.Contains(s.Types, n) })
	switch {
	case len(types) == 0:
		return nil, badRequest("The issueTypeIds have to be provided.")
	case repeated(types):
		return nil, badRequest("The issueTypeIds must not contain duplicates.")
	case doc["after"] != nil && position != "":
		return nil, badRequest("'after' and 'position' were provided. Only 'after' or 'position' can be specified.")
	case doc["after"] == nil && position != "First" && position != "Last":
		return nil, badRequest("'after' or 'position' has to be provided.")
	case len(missing) > 0:
		return nil, badRequest("The issue type scheme does not include some of the specified issue types. Issue type IDs missing from the scheme are:  %s", idsJoined(missing))
	}
	order := movedTo(s.Types, types, after, position)
	if order == nil {
		return nil, badRequest("The issue type scheme does not include some of the specified issue types. Issue type IDs missing from the scheme are:  %s", plainWords(doc["after"]))
	}
	s.Types = order
	j.issueTypeSchemes.Put(c.Tx, s)
	return nil, nil
}

// removeIssueTypeFromIssueTypeScheme takes a type out of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-schemes/#api-rest-api-3-issuetypescheme-issuetypeschemeid-issuetype-issuetypeid-delete
func (j *Jira) removeIssueTypeFromIssueTypeScheme(c *call) (any, error) {
	if err := c.admins(errIssueTypeScheme); err != nil {
		return nil, err
	}
	s, err := c.theIssueTypeScheme()
	if err != nil {
		return nil, err
	}
	n := slices.Index(s.Types, number(c.param("issueTypeId")))
	if n < 0 {
		return nil, notFound("The issue type was not found in the issue type scheme.")
	}
	gone := s.Types[n]
	rest := slices.Delete(slices.Clone(s.Types), n, n+1)
	used := 0
	for p := range c.projectsUsing(func(p Project) bool { return p.IssueTypes == s.ID }) {
		used += c.countIssues(p.ID, gone)
	}
	switch {
	case s.ID == defaultIssueTypes:
		return nil, badRequest("Issue types can't be removed from the default issue type scheme.")
	case !c.hasStandard(rest):
		return nil, badRequest("Can't remove the last standard issue type from the issue type scheme.")
	case used > 0:
		return nil, badRequest("The issue type can't be removed from the issue type scheme because it is used by %d issues.", used)
	}
	s.Types = rest
	if s.Default == gone {
		s.Default = 0
	}
	j.issueTypeSchemes.Put(c.Tx, s)
	return nil, nil
}
