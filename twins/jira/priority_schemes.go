package jira

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) prioritySchemesOperations() {
	j.on(twin.Full, "getPrioritySchemes", j.getPrioritySchemes)
	j.on(twin.Full, "createPriorityScheme", j.createPriorityScheme)
	j.on(twin.Full, "suggestedPrioritiesForMappings", j.suggestedPrioritiesForMappings).readsOnly()
	j.on(twin.Full, "getAvailablePrioritiesByPriorityScheme", j.getAvailablePriorities)
	j.on(twin.Full, "updatePriorityScheme", j.updatePriorityScheme)
	j.on(twin.Full, "deletePriorityScheme", j.deletePriorityScheme)
	j.on(twin.Full, "getPrioritiesByPriorityScheme", j.getPrioritiesByPriorityScheme)
	j.on(twin.Full, "getProjectsByPriorityScheme", j.getProjectsByPriorityScheme)

	j.task("mapPriorities", (*call).mapPriorities)
}

// defaultPriorityScheme is that of the projects that are in no other.
const defaultPriorityScheme = 1

const errPriorityScheme = "Only Jira administrators can access priority schemes."

func (c *call) prioritySchemes() iter.Seq[PriorityScheme] { return c.j.prioritySchemes.All(c.Tx, "") }

// prioritySchemeOf is the scheme of a project.
func (c *call) prioritySchemeOf(project int64) PriorityScheme {
	for s := range c.prioritySchemes() {
		if slices.Contains(s.Projects, project) {
			return s
		}
	}
	s, _ := c.j.prioritySchemes.Get(c.Tx, key(defaultPriorityScheme))
	return s
}

// prioritiesOf are the priorities that a project's issues can have, the most urgent first.
func (c *call) prioritiesOf(project int64) []Priority {
	s := c.prioritySchemeOf(project)
	return slices.Collect(c.prioritiesOfScheme(s))
}

func (c *call) prioritiesOfScheme(s PriorityScheme) iter.Seq[Priority] {
	return filtered(c.prioritiesInOrder(), func(p Priority) bool { return slices.Contains(s.Priorities, p.ID) })
}

// projectsOfScheme are the projects that a priority scheme holds for.
func (c *call) projectsOfPriorityScheme(s PriorityScheme) iter.Seq[Project] {
	return c.projectsUsing(func(p Project) bool { return c.prioritySchemeOf(p.ID).ID == s.ID })
}

func (c *call) prioritySchemeBrief(s PriorityScheme) obj {
	v := obj{"self": c.api("/priorityscheme/" + id(s.ID)), "id": id(s.ID), "name": s.Name, "description": s.Description, "isDefault": s.ID == defaultPriorityScheme}
	if s.Default != 0 {
		v["defaultPriorityId"] = id(s.Default)
	}
	return v
}

// priorityOfScheme is a priority as the schemes that have it show it.
func (c *call) priorityOfScheme(p Priority, s PriorityScheme) any {
	v := c.priorityShown(p)
	v["isDefault"], v["sequence"] = s.Default == p.ID, id(p.Order)
	return v
}

func (c *call) prioritySchemeShown(s PriorityScheme, priorities, projects bool) obj {
	v := c.prioritySchemeBrief(s)
	if priorities {
		out := []any{}
		for p := range c.prioritiesOfScheme(s) {
			out = append(out, c.priorityOfScheme(p, s))
		}
		v["priorities"] = inPages(out)
	}
	if projects {
		v["projects"] = c.projectsInPage(c.projectsOfPriorityScheme(s))
	}
	return v
}

// thePriorityScheme is the one that the path names.
func (c *call) thePriorityScheme(named string) (PriorityScheme, error) {
	s, ok := c.j.prioritySchemes.Get(c.Tx, key(number(named)))
	if !ok {
		return s, notFound("Priority scheme with ID %s not found.", named)
	}
	return s, nil
}

// getPrioritySchemes lists the priority schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-get
func (j *Jira) getPrioritySchemes(c *call) (any, error) {
	if err := c.admins(errPriorityScheme); err != nil {
		return nil, err
	}
	wanted, name, only, with := c.chosenIDs("schemeId"), c.q("schemeName"), c.qtrue("onlyDefault", false), c.qs("priorityId")
	rows := filtered(c.prioritySchemes(), func(s PriorityScheme) bool {
		return wanted(s.ID) && holding(s.Name, name) && (!only || s.ID == defaultPriorityScheme) &&
			(len(with) == 0 || slices.ContainsFunc(with, func(p string) bool { return slices.Contains(s.Priorities, number(p)) }))
	})
	rows, err := byOrder(c, rows, "+name", map[string]func(a, b PriorityScheme) int{"name": func(a, b PriorityScheme) int { return inOrder(a.Name, b.Name) }})
	if err != nil {
		return nil, err
	}
	return pageBean(c, rows, usualPage, func(s PriorityScheme) any {
		return c.prioritySchemeShown(s, c.expands("priorities"), c.expands("projects"))
	})
}

// getPrioritiesByPriorityScheme lists the priorities of a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-schemeid-priorities-get
func (j *Jira) getPrioritiesByPriorityScheme(c *call) (any, error) {
	if err := c.admins(errPriorityScheme); err != nil {
		return nil, err
	}
	s, err := c.thePriorityScheme(c.param("schemeId"))
	if err != nil {
		return nil, err
	}
	return pageBean(c, c.prioritiesOfScheme(s), usualPage, func(p Priority) any { return c.priorityOfScheme(p, s) })
}

// getAvailablePriorities lists the priorities that could be added to a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-priorities-available-get
func (j *Jira) getAvailablePriorities(c *call) (any, error) {
	if err := c.admins(errPriorityScheme); err != nil {
		return nil, err
	}
	if c.q("schemeId") == "" {
		return nil, badRequest("The schemeId has to be provided.")
	}
	s, err := c.thePriorityScheme(c.q("schemeId"))
	if err != nil {
		return nil, err
	}
	query, without := c.q("query"), c.qs("exclude")
	rows := filtered(c.prioritiesInOrder(), func(p Priority) bool {
		return !slices.Contains(s.Priorities, p.ID) && holding(p.Name, query) && !slices.Contains(without, id(p.ID))
	})
	return pageBean(c, rows, usualPage, func(p Priority) any { return c.priorityOfScheme(p, s) })
}

// getProjectsByPriorityScheme lists the projects that a scheme holds for.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-schemeid-projects-get
func (j *Jira) getProjectsByPriorityScheme(c *call) (any, error) {
	if err := c.admins(errPriorityScheme); err != nil {
		return nil, err
	}
	s, err := c.thePriorityScheme(c.param("schemeId"))
	if err != nil {
		return nil, err
	}
	wanted, query := c.chosenIDs("projectId"), c.q("query")
	rows := filtered(c.projectsOfPriorityScheme(s), func(p Project) bool { return wanted(p.ID) && (holding(p.Name, query) || holding(p.Key, query)) })
	return pageBean(c, rows, usualPage, func(p Project) any { return c.projectBrief(p) })
}

// createPriorityScheme makes a scheme of some priorities, perhaps for some projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-post
func (j *Jira) createPriorityScheme(c *call) (any, error) {
	doc, err := c.configuring(errPriorityScheme)
	if err != nil {
		return nil, err
	}
	s := PriorityScheme{Priorities: numbers(doc["priorityIds"]), Default: number(doc["defaultPriorityId"])}
	projects := numbers(doc["projectIds"])
	if s, err = c.readPriorityScheme(s, doc); err != nil {
		return nil, err
	}
	if err := c.checkPriorityScheme(s, projects); err != nil {
		return nil, err
	}
	jobs, err := c.mappingsNeeded(s, projects, object(doc["mappings"]), "in")
	if err != nil {
		return nil, err
	}
	s.ID = c.next("priorityScheme", firstID)
	c.enterPriorityScheme(&s, projects)
	j.prioritySchemes.Put(c.Tx, s)
	if len(jobs) == 0 {
		return created(obj{"id": id(s.ID)}), nil
	}
	t := c.begin("mapPriorities", "Migrate priorities of priority scheme "+s.Name, obj{"jobs": jobs})
	return accepted(obj{"id": id(s.ID), "task": c.taskShown(t)}), nil
}

// readPriorityScheme reads the name and the description of a scheme.
func (c *call) readPriorityScheme(s PriorityScheme, doc obj) (PriorityScheme, error) {
	return entitled(s, doc, c.prioritySchemes(), func(s *PriorityScheme) (int64, *string, *string) { return s.ID, &s.Name, &s.Description }, 255, 4000,
		badRequest("A priority scheme with the name '%s' already exists.", strings.TrimSpace(text(doc["name"]))))
}

// checkPriorityScheme refuses a scheme without priorities, with unknown ones, or whose default is not one of them.
func (c *call) checkPriorityScheme(s PriorityScheme, projects []int64) error {
	if len(s.Priorities) == 0 {
		return badRequest("The priority scheme must contain at least one priority.")
	}
	if repeated(s.Priorities) {
		return badRequest("The priorityIds must not contain duplicates.")
	}
	for _, n := range s.Priorities {
		if !c.j.priorities.Has(c.Tx, key(n)) {
			return badRequest("Priority with ID %d not found.", n)
		}
	}
	if !slices.Contains(s.Priorities, s.Default) {
		return badRequest("The default priority must be one of the priorities of the priority scheme.")
	}
	for _, n := range projects {
		p, ok := c.j.projects.Get(c.Tx, key(n))
		switch {
		case !ok || p.Trashed != 0:
			return badRequest("Project with ID %d not found.", n)
		case p.Team:
			return badRequest("Only classic projects can have priority schemes assigned.")
		}
	}
	return nil
}

// enterPriorityScheme takes projects out of their schemes and into another; the default scheme has all that are in none.
func (c *call) enterPriorityScheme(s *PriorityScheme, projects []int64) {
	for other := range c.prioritySchemes() {
		rest := slices.DeleteFunc(slices.Clone(other.Projects), func(n int64) bool { return slices.Contains(projects, n) })
		if other.ID != s.ID && len(rest) != len(other.Projects) {
			other.Projects = rest
			c.j.prioritySchemes.Put(c.Tx, other)
		}
	}
	if s.ID != defaultPriorityScheme {
		s.Projects = append(slices.Clone(s.Projects), projects...)
	}
}

// mappingsNeeded says what becomes of the priorities of issues of some projects that a scheme does not have: {project, from, to}. All
// of them have to be mapped.
func (c *call) mappingsNeeded(s PriorityScheme, projects []int64, mappings obj, direction string) ([]any, error) {
	said, jobs := object(mappings[direction]), []any{}
	for _, p := range projects {
		for _, was := range slices.Sorted(maps.Keys(c.valuesUsed(p, "priority"))) {
			if was == "" || slices.Contains(s.Priorities, number(was)) {
				continue
			}
			now := number(said[was])
			if now == 0 {
				return nil, badRequest("Priority with ID %s is used by issues of the projects and has no mapping.", was)
			}
			if !slices.Contains(s.Priorities, now) {
				return nil, badRequest("Priority with ID %d is not in the priority scheme.", now)
			}
			jobs = append(jobs, obj{"project": id(p), "from": was, "to": id(now)})
		}
	}
	return jobs, nil
}

// valuesUsed counts the issues of a project by what a field of theirs has.
func (c *call) valuesUsed(project int64, field string) map[string]int {
	used := map[string]int{}
	for i := range c.j.issuesByValue.All(c.Tx, "project="+id(project)) {
		used[text(i.Fields[field])]++
	}
	return used
}

// mapPriorities gives issues the priorities that are in the place of those that they had.
func (c *call) mapPriorities(t *Task) (any, error) {
	for _, x := range list(dig(t.Input, "jobs")) {
		job := object(x)
		for i := range c.j.issuesByValue.All(c.Tx, "priority="+text(job["from"])) {
			if i.Project == number(job["project"]) {
				was := i
				i.Fields = with(i.Fields, obj{"priority": job["to"]})
				c.save(was, i, nil)
			}
		}
	}
	return nil, nil
}

// updatePriorityScheme changes a scheme, its priorities and its projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-schemeid-put
func (j *Jira) updatePriorityScheme(c *call) (any, error) {
	doc, err := c.configuring(errPriorityScheme)
	if err != nil {
		return nil, err
	}
	s, err := c.thePriorityScheme(c.param("schemeId"))
	if err != nil {
		return nil, err
	}
	come, go_ := numbers(dig(doc, "projects", "add", "ids")), numbers(dig(doc, "projects", "remove", "ids"))
	gone := numbers(dig(doc, "priorities", "remove", "ids"))
	if s.ID == defaultPriorityScheme && (doc["name"] != nil || doc["description"] != nil || doc["priorities"] != nil) {
		return nil, badRequest("The default priority scheme cannot be edited.")
	}
	if s, err = c.readPriorityScheme(s, doc); err != nil {
		return nil, err
	}
	s.Priorities = slices.DeleteFunc(slices.Clone(s.Priorities), func(n int64) bool { return slices.Contains(gone, n) })
	s.Priorities = append(s.Priorities, numbers(dig(doc, "priorities", "add", "ids"))...)
	if doc["defaultPriorityId"] != nil {
		s.Default = number(doc["defaultPriorityId"])
	}
	if err := c.checkPriorityScheme(s, slices.Concat(come, go_)); err != nil {
		return nil, err
	}
	stay := slices.DeleteFunc(slices.Clone(s.Projects), func(n int64) bool { return slices.Contains(go_, n) })
	jobs, err := c.mappingsNeeded(s, slices.Concat(stay, come), object(doc["mappings"]), "in")
	if err != nil {
		return nil, err
	}
	usual, _ := j.prioritySchemes.Get(c.Tx, key(defaultPriorityScheme))
	leaving, err := c.mappingsNeeded(usual, go_, object(doc["mappings"]), "out")
	if err != nil {
		return nil, err
	}
	s.Projects = stay
	c.enterPriorityScheme(&s, come)
	j.prioritySchemes.Put(c.Tx, s)
	t := c.begin("mapPriorities", "Migrate priorities of priority scheme "+s.Name, obj{"jobs": append(jobs, leaving...)})
	return accepted(obj{"priorityScheme": c.prioritySchemeShown(s, true, true), "task": c.taskShown(t)}), nil
}

// deletePriorityScheme deletes a scheme that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-schemeid-delete
func (j *Jira) deletePriorityScheme(c *call) (any, error) {
	if err := c.admins(errPriorityScheme); err != nil {
		return nil, err
	}
	s, err := c.thePriorityScheme(c.param("schemeId"))
	switch {
	case err != nil:
		return nil, err
	case s.ID == defaultPriorityScheme:
		return nil, badRequest("The default priority scheme cannot be deleted.")
	case len(s.Projects) > 0:
		return nil, badRequest("The priority scheme cannot be deleted because it is assigned to one or more projects.")
	}
	j.prioritySchemes.Delete(c.Tx, key(s.ID))
	return nil, nil
}

// suggestedPrioritiesForMappings lists the priorities that would need a mapping if a scheme changed as the caller says.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-priority-schemes/#api-rest-api-3-priorityscheme-mappings-post
func (j *Jira) suggestedPrioritiesForMappings(c *call) (any, error) {
	doc, err := c.configuring(errPriorityScheme)
	if err != nil {
		return nil, err
	}
	s := PriorityScheme{}
	if doc["schemeId"] != nil {
		if s, err = c.thePriorityScheme(plainWords(doc["schemeId"])); err != nil {
			return nil, err
		}
	}
	gone := numbers(dig(doc, "priorities", "remove"))
	s.Priorities = slices.DeleteFunc(slices.Clone(s.Priorities), func(n int64) bool { return slices.Contains(gone, n) })
	s.Priorities = append(s.Priorities, numbers(dig(doc, "priorities", "add"))...)
	used := map[string]int{}
	for _, p := range slices.Concat(s.Projects, numbers(dig(doc, "projects", "add"))) {
		maps.Copy(used, c.valuesUsed(p, "priority"))
	}
	rows := filtered(c.prioritiesInOrder(), func(p Priority) bool { return used[id(p.ID)] > 0 && !slices.Contains(s.Priorities, p.ID) })
	for _, name := range []string{"startAt", "maxResults"} { // this one reads its page from the body
		if v := plainWords(doc[name]); v != "" {
			c.query.Set(name, v)
		}
	}
	return pageBean(c, rows, usualPage, func(p Priority) any { return c.priorityOfScheme(p, s) })
}
