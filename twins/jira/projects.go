package jira

import (
	"iter"
	"slices"

	"twinset.dev/kit/store"
)

// project finds a project that is not in the trash by its id or a key of its own, present or past.
func (c *call) project(idOrKey string) (Project, bool) {
	if n := number(idOrKey); n != 0 {
		p, ok := c.j.projects.Get(c.Tx, key(n))
		return p, ok && p.Trashed == 0
	}
	for p := range c.j.projectsByKey.All(c.Tx, idOrKey) {
		if p.Trashed == 0 && (p.Key == idOrKey || slices.Contains(p.OldKeys, idOrKey)) {
			return p, true
		}
	}
	return Project{}, false
}

// seenProject finds a project that the caller may browse, or administers.
func (c *call) seenProject(idOrKey string) (Project, error) {
	p, ok := c.project(idOrKey)
	if ok && (c.may("BROWSE_PROJECTS", &p, nil) || c.may("ADMINISTER_PROJECTS", &p, nil)) {
		return p, nil
	}
	if number(idOrKey) != 0 {
		return p, notFound("No project could be found with id '%s'.", idOrKey)
	}
	return p, notFound("No project could be found with key '%s'.", idOrKey)
}

// projectBrief is a project as other things show it.
func (c *call) projectBrief(p Project) obj {
	v := obj{"self": c.api("/project/" + id(p.ID)), "id": id(p.ID), "key": p.Key, "name": p.Name, "projectTypeKey": p.Type, "simplified": p.Team, "avatarUrls": c.avatars("/rest/api/" + c.version + "/universal_avatar/view/type/project/avatar/" + id(p.Avatar))}
	if x, ok := c.j.categories.Get(c.Tx, key(p.Category)); ok {
		v["projectCategory"] = c.categoryShown(x)
	}
	return v
}

func (c *call) categoryShown(x Category) obj {
	return obj{"self": c.api("/projectCategory/" + id(x.ID)), "id": id(x.ID), "name": x.Name, "description": x.Description}
}

// issueTypesOf are the types that a project's issues can have, in order.
func (c *call) issueTypesOf(project int64) (ts []IssueType) {
	p, _ := c.j.projects.Get(c.Tx, key(project))
	s, _ := c.j.issueTypeSchemes.Get(c.Tx, key(p.IssueTypes))
	for _, n := range s.Types {
		if t, ok := c.j.issueTypes.Get(c.Tx, key(n)); ok {
			ts = append(ts, t)
		}
	}
	return ts
}

// versionsOf yields a project's versions in their order.
func (c *call) versionsOf(project int64) iter.Seq[Version] {
	return c.j.versionsOf.Range(c.Tx, store.Range{Prefix: key(project) + "/"})
}

func (c *call) versionBrief(v Version) obj {
	out := obj{"self": c.api("/version/" + id(v.ID)), "id": id(v.ID), "name": v.Name, "archived": v.Archived, "released": v.Released, "description": v.Description}
	if v.Release != "" {
		out["releaseDate"] = v.Release
	}
	return out
}

func (c *call) componentBrief(x Component) obj {
	v := obj{"self": c.api("/component/" + id(x.ID)), "id": id(x.ID), "name": x.Name}
	if x.Description != "" {
		v["description"] = x.Description
	}
	return v
}

func (c *call) issueTypeShown(t IssueType) obj {
	v := obj{"self": c.api("/issuetype/" + id(t.ID)), "id": id(t.ID), "description": t.Description, "iconUrl": c.api("/universal_avatar/view/type/issuetype/avatar/" + id(t.Avatar) + "?size=medium"),
		"name": t.Name, "untranslatedName": t.Name, "subtask": t.Level < 0, "avatarId": t.Avatar, "hierarchyLevel": t.Level}
	if t.Project != 0 {
		v["scope"], v["entityId"] = obj{"type": "PROJECT", "project": obj{"id": id(t.Project)}}, t.UUID
	}
	return v
}

// statusCategories are what every status is one of.
var statusCategories = []struct {
	ID               int
	Key, Name, Color string
}{{1, "undefined", "No Category", "medium-gray"}, {2, "new", "To Do", "blue-gray"}, {4, "indeterminate", "In Progress", "yellow"}, {3, "done", "Done", "green"}}

// Ids of status categories.
const (
	categoryNone  = 1
	categoryToDo  = 2
	categoryDone  = 3
	categoryDoing = 4
)

func (c *call) statusCategoryShown(n int) obj {
	for _, x := range statusCategories {
		if x.ID == n {
			return obj{"self": c.api("/statuscategory/" + id(int64(n))), "id": n, "key": x.Key, "colorName": x.Color, "name": x.Name}
		}
	}
	return c.statusCategoryShown(categoryNone)
}

func (c *call) statusShown(s Status) obj {
	v := obj{"self": c.api("/status/" + id(s.ID)), "description": s.Description, "iconUrl": c.base + "/images/icons/statuses/generic.png", "name": s.Name, "untranslatedName": s.Name, "id": id(s.ID), "statusCategory": c.statusCategoryShown(s.Category)}
	if s.Project != 0 {
		v["scope"] = obj{"type": "PROJECT", "project": obj{"id": id(s.Project)}}
	}
	return v
}

func (c *call) priorityBrief(p Priority) obj {
	return obj{"self": c.api("/priority/" + id(p.ID)), "iconUrl": c.base + p.Icon, "name": p.Name, "id": id(p.ID)}
}

func (c *call) resolutionShown(r Resolution) obj {
	return obj{"self": c.api("/resolution/" + id(r.ID)), "id": id(r.ID), "description": r.Description, "name": r.Name}
}

func (c *call) securityLevelBrief(l SecurityLevel) obj {
	return obj{"self": c.api("/securitylevel/" + id(l.ID)), "id": id(l.ID), "description": l.Description, "name": l.Name}
}
