package jira

import (
	"slices"

	"twinset.dev/kit/twin"
)

func (j *Jira) permissionsOperations() {
	j.on(twin.Full, "getMyPermissions", j.getMyPermissions).public()
	j.on(twin.Full, "getAllPermissions", j.getAllPermissions)
	j.on(twin.Full, "getBulkPermissions", j.getBulkPermissions).readsOnly().public()
	j.on(twin.Full, "getPermittedProjects", j.getPermittedProjects).readsOnly().public()
}

func (p permission) shown() obj {
	kind := "PROJECT"
	if p.Global {
		kind = "GLOBAL"
	}
	return obj{"key": p.Key, "name": p.Name, "type": kind, "description": p.Description}
}

// unrecognized refuses keys that are of no permission, or not of the kind that is wanted.
func unrecognized(keys []string, fits func(permission) bool) error {
	bad := problems{}
	for _, k := range keys {
		if p, ok := permissionOf(k); !ok || !fits(p) {
			bad.add(wrong(k, "Unrecognized permission"))
		}
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	return nil
}

// getMyPermissions returns which permissions the caller has: on the site, and in a project or on an issue if one is named.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-mypermissions-get
func (j *Jira) getMyPermissions(c *call) (any, error) {
	keys := c.qs("permissions")
	if len(keys) == 0 {
		return nil, badRequest("The 'permissions' query parameter is required.")
	}
	if err := unrecognized(keys, func(permission) bool { return true }); err != nil {
		return nil, err
	}
	has, err := c.permissionContext(keys)
	if err != nil {
		return nil, err
	}
	out := obj{}
	for _, k := range keys {
		p, _ := permissionOf(k)
		v := p.shown()
		v["id"], v["havePermission"] = id(int64(p.ID)), has(p)
		out[k] = v
	}
	return obj{"permissions": out}, nil
}

// permissionContext reads in what the caller wants to know their permissions: on an issue, in a project, or anywhere.
func (c *call) permissionContext(keys []string) (func(permission) bool, error) {
	project, issue := c.q("projectKey")+c.q("projectUuid")+c.q("projectConfigurationUuid"), c.q("issueKey")
	if s := c.q("projectId"); s != "" {
		project = s
	}
	if s := c.q("issueId"); s != "" {
		issue = s
	}
	if s := c.q("commentId"); s != "" {
		x, ok := c.j.commentsByID.Get(c.Tx, key(number(s)))
		switch {
		case !slices.Equal(keys, []string{"BROWSE_PROJECTS"}):
			return nil, badRequest("Only the BROWSE_PROJECTS permission can be checked for a comment.")
		case !ok:
			return nil, notFound("The comment with id '%s' does not exist.", s)
		}
		i, p, err := c.issue(id(x.Issue))
		return func(permission) bool { return c.may("BROWSE_PROJECTS", &p, &i) && c.seesVisibility(x.Visibility, &i) }, err
	}
	global := func(p permission) bool { return c.hasGlobal(c.who.ID, p.Key) }
	switch {
	case issue != "":
		i, p, err := c.issue(issue)
		return func(x permission) bool {
			if x.Global {
				return global(x)
			}
			return c.may(x.Key, &p, &i)
		}, err
	case project != "":
		for p := range c.j.projects.All(c.Tx, "") {
			if p.UUID == project {
				project = id(p.ID)
			}
		}
		p, err := c.seenProject(project)
		return func(x permission) bool {
			if x.Global {
				return global(x)
			}
			return c.may(x.Key, &p, nil)
		}, err
	}
	return func(x permission) bool {
		if x.Global {
			return global(x)
		}
		for p := range c.j.projects.All(c.Tx, "") {
			if c.may(x.Key, &p, nil) {
				return true
			}
		}
		return false
	}, nil
}

// getAllPermissions returns all permissions that there are.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-permissions-get
func (j *Jira) getAllPermissions(c *call) (any, error) {
	out := obj{}
	for _, p := range permissions {
		out[p.Key] = p.shown()
	}
	return obj{"permissions": out}, nil
}

// getBulkPermissions returns in which of some projects and on which of some issues somebody has permissions.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-permissions-check-post
func (j *Jira) getBulkPermissions(c *call) (any, error) {
	doc := object(c.body)
	who := c.who.ID
	if s := text(doc["accountId"]); s != "" && s != who {
		switch {
		case !c.isAdmin():
			return nil, forbidden("Only Jira administrators can perform this operation.")
		case !j.users.Has(c.Tx, s):
			return nil, badRequest("The user '%s' does not exist.", s)
		}
		who = s
	}
	globals := texts(doc["globalPermissions"])
	if err := unrecognized(globals, func(p permission) bool { return p.Global }); err != nil {
		return nil, err
	}
	has := []any{}
	for _, k := range globals {
		if c.hasGlobal(who, k) {
			has = append(has, k)
		}
	}
	granted, asked := []any{}, 0
	for _, v := range list(doc["projectPermissions"]) {
		keys, projects, issues := texts(object(v)["permissions"]), list(object(v)["projects"]), list(object(v)["issues"])
		if err := unrecognized(keys, func(p permission) bool { return !p.Global }); err != nil {
			return nil, err
		}
		if asked += len(projects) + len(issues); asked > 1000 {
			return nil, badRequest("The number of projects and issues exceeds the maximum of 1000.")
		}
		for _, k := range keys {
			in, on := []any{}, []any{}
			for _, n := range projects {
				if p, ok := j.projects.Get(c.Tx, key(number(n))); ok && c.userMay(who, k, &p, nil) {
					in = append(in, p.ID)
				}
			}
			for _, n := range issues {
				i, ok := j.issues.Get(c.Tx, key(number(n)))
				if p, _ := j.projects.Get(c.Tx, key(i.Project)); ok && c.userMay(who, "BROWSE_PROJECTS", &p, &i) && c.userMay(who, k, &p, &i) {
					on = append(on, i.ID)
				}
			}
			granted = append(granted, obj{"permission": k, "projects": in, "issues": on})
		}
	}
	return obj{"globalPermissions": has, "projectPermissions": granted}, nil
}

// getPermittedProjects returns the projects in which the caller has all of some permissions.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/#api-rest-api-3-permissions-project-post
func (j *Jira) getPermittedProjects(c *call) (any, error) {
	keys := texts(object(c.body)["permissions"])
	if len(keys) == 0 {
		return nil, badRequest("At least one permission has to be specified.")
	}
	if err := unrecognized(keys, func(p permission) bool { return !p.Global }); err != nil {
		return nil, err
	}
	out := []any{}
	for p := range j.projects.All(c.Tx, "") {
		if !slices.ContainsFunc(keys, func(k string) bool { return !c.may(k, &p, nil) }) {
			out = append(out, obj{"id": p.ID, "key": p.Key})
		}
	}
	return obj{"projects": out}, nil
}
