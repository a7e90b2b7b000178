package jira

import (
	"cmp"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/store"
)

// projectExpand is what the answer for a project says can be had besides.
const projectExpand = "description,lead,issueTypes,url,projectKeys,permissions,insight"

// projectListed is a project in a list.
func (c *call) projectListed(p Project) obj {
	v := c.projectBrief(p)
	v["expand"], v["style"], v["isPrivate"], v["uuid"], v["entityId"] = projectExpand, "classic", p.Private, p.UUID, p.UUID
	if p.Team {
		v["style"] = "next-gen"
	}
	v["properties"] = obj{}
	if names := c.qs("properties"); len(names) > 0 {
		v["properties"] = c.propertiesShown("project/"+id(p.ID), names)
	}
	for name, show := range map[string]func() any{
		"description": func() any { return p.Description },
		"lead":        func() any { return c.userShown(p.Lead) },
		"url":         func() any { return p.URL },
		"projectKeys": func() any { return anys(append([]string{p.Key}, p.OldKeys...)) },
		"permissions": func() any { return obj{"canEdit": c.may("ADMINISTER_PROJECTS", &p, nil)} },
		"insight":     func() any { return c.insight(p) },
		"issueTypes": func() any {
			types := []any{}
			for _, t := range c.issueTypesOf(p.ID) {
				types = append(types, c.issueTypeShown(t))
			}
			return types
		},
	} {
		if c.expands(name) {
			v[name] = show()
		}
	}
	if c.expands("issueTypeHierarchy") {
		v["issueTypeHierarchy"] = c.hierarchyShown(p)["hierarchy"]
	}
	if p.Archived != 0 {
		v["archived"], v["archivedDate"], v["archivedBy"] = true, stamp(p.Archived), c.userShown(p.ArchivedBy)
	}
	if p.Trashed != 0 {
		v["deleted"], v["deletedDate"], v["deletedBy"], v["retentionTillDate"] = true, stamp(p.Trashed), c.userShown(p.TrashedBy), stamp(p.Trashed+trashDays*day)
	}
	return v
}

// projectWhole is a project as it is shown when it is asked for itself.
func (c *call) projectWhole(p Project) obj {
	v := c.projectListed(p)
	v["description"], v["assigneeType"], v["lead"] = p.Description, p.Assignee, c.userShown(p.Lead)
	if p.URL != "" {
		v["url"] = p.URL
	}
	if p.Email != "" {
		v["email"] = p.Email
	}
	components, versions, types, roles := []any{}, []any{}, []any{}, obj{}
	for x := range c.j.componentsOf.All(c.Tx, key(p.ID)) {
		components = append(components, c.componentBrief(x))
	}
	for x := range c.versionsOf(p.ID) {
		versions = append(versions, c.versionShown(x))
	}
	for _, t := range c.issueTypesOf(p.ID) {
		types = append(types, c.issueTypeShown(t))
	}
	for r := range c.rolesOf(p) {
		roles[r.Name] = c.roleAt(p, r)
	}
	v["components"], v["versions"], v["issueTypes"], v["roles"] = components, versions, types, roles
	return v
}

// insight is how many issues a project has, and when the latest of them changed.
func (c *call) insight(p Project) obj {
	n, last := c.issueTotal(p)
	v := obj{"totalIssueCount": n}
	if n > 0 {
		v["lastIssueUpdateTime"] = stamp(last)
	}
	return v
}

func (c *call) issueTotal(p Project) (n int, last int64) {
	for i := range c.j.issuesByValue.All(c.Tx, "project="+id(p.ID)) {
		n, last = n+1, max(last, i.Updated)
	}
	return n, last
}

// visible reports whether the caller sees that a project is there.
func (c *call) visible(p Project) bool {
	return c.may("BROWSE_PROJECTS", &p, nil) || c.may("ADMINISTER_PROJECTS", &p, nil)
}

// liveProjects are those that are neither archived nor in the trash and that the caller sees, by their keys.
func (c *call) liveProjects() (ps []Project) {
	for p := range c.j.projects.All(c.Tx, "") {
		if p.Archived == 0 && p.Trashed == 0 && c.visible(p) {
			ps = append(ps, p)
		}
	}
	slices.SortFunc(ps, func(a, b Project) int { return inOrder(a.Name, b.Name) })
	return ps
}

// recentProjects are those in which the caller has had to do with an issue, the latest first.
func (c *call) recentProjects(most int) (ps []Project) {
	seen := map[int64]bool{}
	for i := range c.j.issuesByUpdate.Range(c.Tx, store.Range{Desc: true}) {
		if seen[i.Project] || i.Fields["creator"] != c.who.ID && i.Fields["reporter"] != c.who.ID && i.Fields["assignee"] != c.who.ID {
			continue
		}
		seen[i.Project] = true
		if p, _ := c.j.projects.Get(c.Tx, key(i.Project)); p.Archived == 0 && p.Trashed == 0 && c.visible(p) {
			if ps = append(ps, p); len(ps) >= most {
				break
			}
		}
	}
	return ps
}

// getAllProjects returns the projects that the caller sees, in one list.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-get
func (j *Jira) getAllProjects(c *call) (any, error) {
	recent, err := c.qint("recent", 0)
	if err != nil {
		return nil, err
	}
	ps := c.liveProjects()
	if recent > 0 {
		ps = c.recentProjects(min(recent, 20))
	}
	return c.projectsListed(ps), nil
}

// getRecent returns up to 20 projects in which the caller has worked.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-recent-get
func (j *Jira) getRecent(c *call) (any, error) { return c.projectsListed(c.recentProjects(20)), nil }

func (c *call) projectsListed(ps []Project) []any {
	out := []any{}
	for _, p := range ps {
		out = append(out, c.projectListed(p))
	}
	return out
}

// searchProjects returns the projects that the caller sees and that fit, page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-search-get
func (j *Jira) searchProjects(c *call) (any, error) {
	fits, err := c.projectFilter()
	if err != nil {
		return nil, err
	}
	lead := func(p Project) string { u, _ := j.users.Get(c.Tx, p.Lead); return u.Name }
	category := func(p Project) string { x, _ := j.categories.Get(c.Tx, key(p.Category)); return x.Name }
	count := func(p Project) int { n, _ := c.issueTotal(p); return n }
	latest := func(p Project) int64 { _, at := c.issueTotal(p); return at }
	ps, err := byOrder(c, filtered(j.projects.All(c.Tx, ""), fits), "key", map[string]func(a, b Project) int{
		"key":                  func(a, b Project) int { return cmp.Compare(a.Key, b.Key) },
		"name":                 func(a, b Project) int { return inOrder(a.Name, b.Name) },
		"owner":                func(a, b Project) int { return inOrder(lead(a), lead(b)) },
		"category":             func(a, b Project) int { return inOrder(category(a), category(b)) },
		"issueCount":           func(a, b Project) int { return cmp.Compare(count(a), count(b)) },
		"lastIssueUpdatedDate": func(a, b Project) int { return cmp.Compare(latest(a), latest(b)) },
		"archivedDate":         func(a, b Project) int { return cmp.Compare(a.Archived, b.Archived) },
		"deletedDate":          func(a, b Project) int { return cmp.Compare(a.Trashed, b.Trashed) },
	})
	if err != nil {
		return nil, err
	}
	return pageBean(c, ps, 100, func(p Project) any { return c.projectListed(p) })
}

// projectFilter reads which projects a search is for.
func (c *call) projectFilter() (func(Project) bool, error) {
	ids, keys, types, query, states := c.qs("id"), c.qs("keys"), c.qs("typeKey"), c.q("query"), c.qs("status")
	if len(ids) > 50 || len(keys) > 50 {
		return nil, badRequest("The number of project ids or keys exceeds the maximum of 50.")
	}
	for _, n := range ids {
		if number(n) == 0 {
			return nil, badRequest("The value '%s' of the query parameter 'id' is not a number.", n)
		}
	}
	category, err := c.qint("categoryId", 0)
	if err != nil {
		return nil, err
	}
	permission, ok := map[string]string{"": "view", "view": "view", "browse": "browse", "edit": "edit", "create": "create"}[c.q("action")]
	if !ok {
		return nil, badRequest("'%s' is not a valid value for the query parameter 'action'.", c.q("action"))
	}
	if len(states) == 0 {
		states = []string{"live"}
	}
	for _, s := range states {
		if !slices.Contains([]string{"live", "archived", "deleted"}, s) {
			return nil, badRequest("'%s' is not a valid value for the query parameter 'status'.", s)
		}
	}
	property, err := c.projectProperty()
	if err != nil {
		return nil, err
	}
	admin := c.isAdmin()
	return func(p Project) bool {
		state := "live"
		switch {
		case p.Trashed != 0:
			state = "deleted"
		case p.Archived != 0:
			state = "archived"
		}
		switch {
		case !slices.Contains(states, state), state != "live" && !admin && !c.may("ADMINISTER_PROJECTS", &p, nil):
			return false
		case len(ids) > 0 && !slices.Contains(ids, id(p.ID)), len(keys) > 0 && !slices.Contains(keys, p.Key), len(types) > 0 && !slices.Contains(types, p.Type):
			return false
		case category != 0 && p.Category != int64(category), !holding(p.Name, query) && !holding(p.Key, query), !property(p):
			return false
		}
		switch permission {
		case "browse":
			return c.may("BROWSE_PROJECTS", &p, nil)
		case "edit":
			return c.may("ADMINISTER_PROJECTS", &p, nil)
		case "create":
			return c.may("CREATE_ISSUES", &p, nil)
		}
		return c.visible(p)
	}, nil
}

// propertyQuery is how a search asks for a property: [key].path.into.it=value.
var propertyQuery = regexp.MustCompile(`^\[([^\]]+)\]((?:\.[^.=]+)*)=(.+)$`)

func (c *call) projectProperty() (func(Project) bool, error) {
	q := c.q("propertyQuery")
	if q == "" {
		return func(Project) bool { return true }, nil
	}
	m := propertyQuery.FindStringSubmatch(q)
	if m == nil {
		return nil, badRequest("The property query '%s' is not valid.", q)
	}
	var want any = m[3]
	var read any
	if json.Unmarshal([]byte(m[3]), &read) == nil {
		want = read
	}
	return func(p Project) bool {
		x, ok := c.j.properties.Get(c.Tx, "project/"+id(p.ID)+"/"+m[1])
		v := x.Value
		if m[2] != "" {
			v = dig(v, strings.Split(m[2][1:], ".")...)
		}
		return ok && reflect.DeepEqual(v, want)
	}, nil
}

// getProject returns a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-get
func (j *Jira) getProject(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	return c.projectWhole(p), nil
}

// getAllStatuses returns the statuses that issues of a project can have, by their types.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-statuses-get
func (j *Jira) getAllStatuses(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, t := range c.issueTypesOf(p.ID) {
		w, _ := c.workflowOf(&p, t.ID)
		statuses := []any{}
		for _, x := range w.Statuses {
			if s, ok := j.statuses.Get(c.Tx, key(x.Status)); ok {
				statuses = append(statuses, c.statusShown(s))
			}
		}
		out = append(out, obj{"self": c.api("/issuetype/" + id(t.ID)), "id": id(t.ID), "name": t.Name, "subtask": t.Level < 0, "statuses": statuses})
	}
	return out, nil
}

// getHierarchy returns the levels of a project's issue types.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectid-hierarchy-get
func (j *Jira) getHierarchy(c *call) (any, error) {
	n := number(c.param("projectId"))
	if n == 0 {
		return nil, badRequest("The project ID '%s' is not valid.", c.param("projectId"))
	}
	p, err := c.seenProject(id(n))
	if err != nil {
		return nil, err
	}
	return c.hierarchyShown(p), nil
}

func (c *call) hierarchyShown(p Project) obj {
	levels := []any{}
	for _, l := range []struct {
		level int
		name  string
	}{{0, "Base"}, {1, "Epic"}, {-1, "Subtask"}} {
		types := []any{}
		for _, t := range c.issueTypesOf(p.ID) {
			if t.Level != l.level {
				continue
			}
			v := obj{"id": t.ID, "name": t.Name, "avatarId": t.Avatar}
			if t.UUID != "" {
				v["entityId"] = t.UUID
			}
			types = append(types, v)
		}
		if len(types) > 0 {
			levels = append(levels, obj{"level": l.level, "name": l.name, "issueTypes": types})
		}
	}
	return obj{"projectId": p.ID, "hierarchy": levels}
}
