package jira

import (
	"maps"
	"slices"

	"twinset.dev/kit/twin"
)

func (j *Jira) screenSchemesOperations() {
	j.on(twin.Full, "getScreenSchemes", j.getScreenSchemes)
	j.on(twin.Full, "createScreenScheme", j.createScreenScheme)
	j.on(twin.Full, "updateScreenScheme", j.updateScreenScheme)
	j.on(twin.Full, "deleteScreenScheme", j.deleteScreenScheme)

	j.on(twin.Full, "getIssueTypeScreenSchemes", j.getIssueTypeScreenSchemes)
	j.on(twin.Full, "createIssueTypeScreenScheme", j.createIssueTypeScreenScheme)
	j.on(twin.Full, "getIssueTypeScreenSchemeMappings", j.getIssueTypeScreenSchemeMappings)
	j.on(twin.Full, "getIssueTypeScreenSchemeProjectAssociations", j.getIssueTypeScreenSchemeProjectAssociations)
	j.on(twin.Full, "assignIssueTypeScreenSchemeToProject", j.assignIssueTypeScreenSchemeToProject)
	j.on(twin.Full, "updateIssueTypeScreenScheme", j.updateIssueTypeScreenScheme)
	j.on(twin.Full, "deleteIssueTypeScreenScheme", j.deleteIssueTypeScreenScheme)
	j.on(twin.Full, "appendMappingsForIssueTypeScreenScheme", j.appendMappingsForIssueTypeScreenScheme)
	j.on(twin.Full, "updateDefaultScreenScheme", j.updateDefaultScreenScheme)
	j.on(twin.Full, "removeMappingsFromIssueTypeScreenScheme", j.removeMappingsFromIssueTypeScreenScheme)
	j.on(twin.Full, "getProjectsForIssueTypeScreenScheme", j.getProjectsForIssueTypeScreenScheme)
}

const (
	errScreenSchemes     = "Only Jira administrators can access screen schemes."
	errTypeScreenSchemes = "Only Jira administrators can access issue type screen schemes."
)

// theScreenScheme is the one that the path names.
func (c *call) theScreenScheme() (ScreenScheme, error) {
	s, ok := c.j.screenSchemes.Get(c.Tx, key(number(c.param("screenSchemeId"))))
	if !ok {
		return s, notFound("The screen scheme was not found.")
	}
	return s, nil
}

// getScreenSchemes lists the screen schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-schemes/#api-rest-api-3-screenscheme-get
func (j *Jira) getScreenSchemes(c *call) (any, error) {
	if err := c.admins(errScreenSchemes); err != nil {
		return nil, err
	}
	wanted, query := c.chosenIDs("id"), c.q("queryString")
	rows := filtered(j.screenSchemes.All(c.Tx, ""), func(s ScreenScheme) bool { return wanted(s.ID) && holding(s.Name, query) })
	rows, err := byOrder(c, rows, "id", map[string]func(a, b ScreenScheme) int{
		"id": func(a, b ScreenScheme) int { return int(a.ID - b.ID) }, "name": func(a, b ScreenScheme) int { return inOrder(a.Name, b.Name) },
	})
	if err != nil {
		return nil, err
	}
	return pageOf(c, rows, 25, 100, func(s ScreenScheme) any {
		screens := obj{}
		for use, n := range s.Screens {
			screens[use] = n
		}
		v := obj{"id": s.ID, "name": s.Name, "description": s.Description, "screens": screens}
		if c.expands("issueTypeScreenSchemes") {
			users := []any{}
			for t := range j.typeScreenSchemes.All(c.Tx, "") {
				if t.uses(s.ID) {
					users = append(users, typeScreenSchemeShown(t))
				}
			}
			v["issueTypeScreenSchemes"] = inPages(users)
		}
		return v
	})
}

// uses reports whether a screen scheme is one of those of an issue type screen scheme.
func (s TypeScreenScheme) uses(n int64) bool {
	return slices.Contains(slices.Collect(maps.Values(s.Mappings)), n)
}

// readScreenScheme reads {name, description, screens: {default, create, edit, view}}. Of one that is there, what is not said stays,
// and a screen that is null is no longer another one than the default.
func (c *call) readScreenScheme(s ScreenScheme, doc obj) (_ ScreenScheme, err error) {
	if s, err = entitled(s, doc, c.j.screenSchemes.All(c.Tx, ""), func(s *ScreenScheme) (int64, *string, *string) { return s.ID, &s.Name, &s.Description }, 255, 255,
		badRequest("The name is used by another scheme.")); err != nil {
		return s, err
	}
	screens := map[string]int64{}
	maps.Copy(screens, s.Screens)
	for use, v := range object(doc["screens"]) {
		if !slices.Contains([]string{"default", "create", "edit", "view"}, use) {
			continue
		}
		if v == nil {
			delete(screens, use)
			continue
		}
		screen, ok := c.j.screens.Get(c.Tx, key(number(v)))
		if !ok || screen.Project != 0 {
			return s, notFound("One or more screens assigned to screen types was not found.")
		}
		screens[use] = screen.ID
	}
	if screens["default"] == 0 {
		return s, badRequest("The default screen has to be provided.")
	}
	s.Screens = screens
	return s, nil
}

// createScreenScheme makes a screen scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-schemes/#api-rest-api-3-screenscheme-post
func (j *Jira) createScreenScheme(c *call) (any, error) {
	doc, err := c.configuring(errScreenSchemes)
	if err != nil {
		return nil, err
	}
	s, err := c.readScreenScheme(ScreenScheme{}, doc)
	if err != nil {
		return nil, err
	}
	s.ID = c.next("screenScheme", firstID)
	j.screenSchemes.Put(c.Tx, s)
	return created(obj{"id": s.ID}), nil
}

// updateScreenScheme changes a screen scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-schemes/#api-rest-api-3-screenscheme-screenschemeid-put
func (j *Jira) updateScreenScheme(c *call) (any, error) {
	return nil, changed(c, errScreenSchemes, c.theScreenScheme, c.readScreenScheme, j.screenSchemes)
}

// deleteScreenScheme deletes a screen scheme that no issue type screen scheme has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-screen-schemes/#api-rest-api-3-screenscheme-screenschemeid-delete
func (j *Jira) deleteScreenScheme(c *call) (any, error) {
	if err := c.admins(errScreenSchemes); err != nil {
		return nil, err
	}
	s, err := c.theScreenScheme()
	if err != nil {
		return nil, err
	}
	for t := range j.typeScreenSchemes.All(c.Tx, "") {
		if t.uses(s.ID) {
			return nil, badRequest("The screen scheme cannot be deleted as it is in use in an issue type screen scheme.")
		}
	}
	j.screenSchemes.Delete(c.Tx, key(s.ID))
	return nil, nil
}

// defaultTypeScreens is the issue type screen scheme that is there from the first day.
const defaultTypeScreens = 1

// theTypeScreenScheme is the one that the path names.
func (c *call) theTypeScreenScheme() (TypeScreenScheme, error) {
	s, ok := c.j.typeScreenSchemes.Get(c.Tx, key(number(c.param("issueTypeScreenSchemeId"))))
	if !ok {
		return s, errNoTypeScreenScheme
	}
	s.Mappings = maps.Clone(s.Mappings)
	return s, nil
}

var errNoTypeScreenScheme = notFound("The issue type screen scheme was not found.")

func typeScreenSchemeShown(s TypeScreenScheme) obj {
	return obj{"id": id(s.ID), "name": s.Name, "description": s.Description}
}

// getIssueTypeScreenSchemes lists the issue type screen schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-get
func (j *Jira) getIssueTypeScreenSchemes(c *call) (any, error) {
	if err := c.admins(errTypeScreenSchemes); err != nil {
		return nil, err
	}
	wanted, query := c.chosenIDs("id"), c.q("queryString")
	rows := filtered(j.typeScreenSchemes.All(c.Tx, ""), func(s TypeScreenScheme) bool { return wanted(s.ID) && holding(s.Name, query) })
	rows, err := byOrder(c, rows, "id", map[string]func(a, b TypeScreenScheme) int{
		"id": func(a, b TypeScreenScheme) int { return int(a.ID - b.ID) }, "name": func(a, b TypeScreenScheme) int { return inOrder(a.Name, b.Name) },
	})
	if err != nil {
		return nil, err
	}
	return pageBean(c, rows, 100, func(s TypeScreenScheme) any {
		v := typeScreenSchemeShown(s)
		if c.expands("projects") {
			v["projects"] = c.projectsInPage(c.projectsUsing(func(p Project) bool { return p.Screens == s.ID }))
		}
		return v
	})
}

// readTypeScreenScheme reads the name and the description of a scheme.
func (c *call) readTypeScreenScheme(s TypeScreenScheme, doc obj) (TypeScreenScheme, error) {
	return entitled(s, doc, c.j.typeScreenSchemes.All(c.Tx, ""), func(s *TypeScreenScheme) (int64, *string, *string) { return s.ID, &s.Name, &s.Description }, 255, 255,
		badRequest("The issue type screen scheme name is in use."))
}

// readScreenMappings adds [{issueTypeId, screenSchemeId}] to the mappings of a scheme.
func (c *call) readScreenMappings(s *TypeScreenScheme, v any) error {
	seen := map[string]bool{}
	for _, x := range list(v) {
		kind, n := plainWords(object(x)["issueTypeId"]), number(object(x)["screenSchemeId"])
		switch {
		case kind == "":
			return badRequest("The issueTypeId has to be provided.")
		case n == 0:
			return badRequest("The screenSchemeId has to be provided.")
		case seen[kind]:
			return badRequest("One or more issue type IDs are repeated, an issue type ID can only be specified once.")
		case kind != "default" && len(c.unknownTypes([]int64{number(kind)})) > 0:
			return notFound("One or more issue type IDs were not found.")
		case !c.j.screenSchemes.Has(c.Tx, key(n)):
			return notFound("One or more screen scheme IDs were not found.")
		}
		seen[kind] = true
		s.Mappings[kind] = n
	}
	return nil
}

// createIssueTypeScreenScheme makes a scheme; it has to have a mapping for "default".
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-post
func (j *Jira) createIssueTypeScreenScheme(c *call) (any, error) {
	doc, err := c.configuring(errTypeScreenSchemes)
	if err != nil {
		return nil, err
	}
	s, err := c.readTypeScreenScheme(TypeScreenScheme{Mappings: map[string]int64{}}, doc)
	if err != nil {
		return nil, err
	}
	if err := c.readScreenMappings(&s, doc["issueTypeMappings"]); err != nil {
		return nil, err
	}
	if s.Mappings["default"] == 0 {
		return nil, badRequest("A default mapping has to be provided.")
	}
	s.ID = c.next("typeScreenScheme", firstID)
	j.typeScreenSchemes.Put(c.Tx, s)
	return created(obj{"id": id(s.ID)}), nil
}

// getIssueTypeScreenSchemeMappings lists the mappings of schemes, a row for each.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-mapping-get
func (j *Jira) getIssueTypeScreenSchemeMappings(c *call) (any, error) {
	if err := c.admins(errTypeScreenSchemes); err != nil {
		return nil, err
	}
	wanted := c.chosenIDs("issueTypeScreenSchemeId")
	rows := func(yield func(obj) bool) {
		for s := range j.typeScreenSchemes.All(c.Tx, "") {
			for _, kind := range sorted(s.Mappings) {
				if wanted(s.ID) && !yield(obj{"issueTypeScreenSchemeId": id(s.ID), "issueTypeId": kind, "screenSchemeId": id(s.Mappings[kind])}) {
					return
				}
			}
		}
	}
	return pageBean(c, rows, 100, func(row obj) any { return row })
}

// getIssueTypeScreenSchemeProjectAssociations lists the schemes of projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-project-get
func (j *Jira) getIssueTypeScreenSchemeProjectAssociations(c *call) (any, error) {
	if err := c.admins(errTypeScreenSchemes); err != nil {
		return nil, err
	}
	rows, err := schemesOfProjects(c, func(p Project) int64 { return p.Screens })
	if err != nil {
		return nil, err
	}
	return pageBean(c, slices.Values(rows), 100, func(row [2]any) any {
		s, _ := j.typeScreenSchemes.Get(c.Tx, key(row[0].(int64)))
		return obj{"issueTypeScreenScheme": typeScreenSchemeShown(s), "projectIds": row[1]}
	})
}

// assignIssueTypeScreenSchemeToProject gives a project another scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-project-put
func (j *Jira) assignIssueTypeScreenSchemeToProject(c *call) (any, error) {
	doc, err := c.configuring(errTypeScreenSchemes)
	if err != nil {
		return nil, err
	}
	if number(doc["issueTypeScreenSchemeId"]) == 0 {
		return nil, badRequest("The issueTypeScreenSchemeId has to be provided.")
	}
	p, err := c.classicProject(doc, "issue type screen schemes")
	if err != nil {
		return nil, err
	}
	s, ok := j.typeScreenSchemes.Get(c.Tx, key(number(doc["issueTypeScreenSchemeId"])))
	if !ok {
		return nil, errNoTypeScreenScheme
	}
	p.Screens = s.ID
	j.projects.Put(c.Tx, p)
	return nil, nil
}

// updateIssueTypeScreenScheme renames a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-issuetypescreenschemeid-put
func (j *Jira) updateIssueTypeScreenScheme(c *call) (any, error) {
	return nil, changed(c, errTypeScreenSchemes, c.theTypeScreenScheme, c.readTypeScreenScheme, j.typeScreenSchemes)
}

// deleteIssueTypeScreenScheme deletes a scheme that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-issuetypescreenschemeid-delete
func (j *Jira) deleteIssueTypeScreenScheme(c *call) (any, error) {
	if err := c.admins(errTypeScreenSchemes); err != nil {
		return nil, err
	}
	s, err := c.theTypeScreenScheme()
	switch {
	case err != nil:
		return nil, err
	case s.ID == defaultTypeScreens:
		return nil, badRequest("The default issue type screen scheme cannot be deleted.")
	}
	for range c.projectsUsing(func(p Project) bool { return p.Screens == s.ID }) {
		return nil, badRequest("The issue type screen scheme cannot be deleted because it is assigned to one or more projects.")
	}
	j.typeScreenSchemes.Delete(c.Tx, key(s.ID))
	return nil, nil
}

// appendMappingsForIssueTypeScreenScheme says which screens issues of some types have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-issuetypescreenschemeid-mapping-put
func (j *Jira) appendMappingsForIssueTypeScreenScheme(c *call) (any, error) {
	doc, err := c.configuring(errTypeScreenSchemes)
	if err != nil {
		return nil, err
	}
	s, err := c.theTypeScreenScheme()
	if err != nil {
		return nil, err
	}
	added := list(doc["issueTypeMappings"])
	switch {
	case len(added) == 0:
		return nil, badRequest("The issueTypeMappings have to be provided.")
	case slices.ContainsFunc(added, func(v any) bool { return object(v)["issueTypeId"] == "default" }):
		return nil, badRequest("A default mapping cannot be added.")
	}
	if err := c.readScreenMappings(&s, added); err != nil {
		return nil, err
	}
	j.typeScreenSchemes.Put(c.Tx, s)
	return nil, nil
}

// updateDefaultScreenScheme says which screens issues of all other types have.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-issuetypescreenschemeid-mapping-default-put
func (j *Jira) updateDefaultScreenScheme(c *call) (any, error) {
	doc, err := c.configuring(errTypeScreenSchemes)
	if err != nil {
		return nil, err
	}
	s, err := c.theTypeScreenScheme()
	if err != nil {
		return nil, err
	}
	n := number(doc["screenSchemeId"])
	switch {
	case n == 0:
		return nil, badRequest("The screenSchemeId has to be provided.")
	case !j.screenSchemes.Has(c.Tx, key(n)):
		return nil, notFound("The screen scheme was not found.")
	}
	s.Mappings["default"] = n
	j.typeScreenSchemes.Put(c.Tx, s)
	return nil, nil
}

// removeMappingsFromIssueTypeScreenScheme makes issues of some types have the screens of the default.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-issuetypescreenschemeid-mapping-remove-post
func (j *Jira) removeMappingsFromIssueTypeScreenScheme(c *call) (any, error) {
	doc, err := c.configuring(errTypeScreenSchemes)
	if err != nil {
		return nil, err
	}
	s, err := c.theTypeScreenScheme()
	if err != nil {
		return nil, err
	}
	types := numbers(doc["issueTypeIds"])
	switch {
	case len(types) == 0:
		return nil, badRequest("The issueTypeIds have to be provided.")
	case repeated(types):
		return nil, badRequest("The issueTypeIds must not contain duplicates.")
	case len(c.unknownTypes(types)) > 0:
		return nil, notFound("One or more issue type IDs were not found.")
	}
	for _, n := range types {
		delete(s.Mappings, id(n))
	}
	j.typeScreenSchemes.Put(c.Tx, s)
	return nil, nil
}

// getProjectsForIssueTypeScreenScheme lists the projects that have a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-type-screen-schemes/#api-rest-api-3-issuetypescreenscheme-issuetypescreenschemeid-project-get
func (j *Jira) getProjectsForIssueTypeScreenScheme(c *call) (any, error) {
	if err := c.admins(errTypeScreenSchemes); err != nil {
		return nil, err
	}
	s, err := c.theTypeScreenScheme()
	if err != nil {
		return nil, err
	}
	query := c.q("query")
	rows := c.projectsUsing(func(p Project) bool { return p.Screens == s.ID && (holding(p.Name, query) || holding(p.Key, query)) })
	return pageBean(c, rows, 100, func(p Project) any { return c.projectBrief(p) })
}
