package jira

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) projectRolesOperations() {
	j.on(twin.Full, "getAllProjectRoles", j.getAllProjectRoles)
	j.on(twin.Full, "createProjectRole", j.createProjectRole)
	j.on(twin.Full, "getProjectRoleById", j.getProjectRoleById)
	j.on(twin.Full, "partialUpdateProjectRole", j.partialUpdateProjectRole)
	j.on(twin.Full, "fullyUpdateProjectRole", j.fullyUpdateProjectRole)
	j.on(twin.Full, "deleteProjectRole", j.deleteProjectRole)
	j.on(twin.Full, "getProjectRoleActorsForRole", j.getProjectRoleActorsForRole)
	j.on(twin.Full, "addProjectRoleActorsToRole", j.addProjectRoleActorsToRole)
	j.on(twin.Full, "deleteProjectRoleActorsFromRole", j.deleteProjectRoleActorsFromRole)
	j.on(twin.Full, "getProjectRoles", j.getProjectRoles).public()
	j.on(twin.Full, "getProjectRole", j.getProjectRole)
	j.on(twin.Full, "addActorUsers", j.addActorUsers)
	j.on(twin.Full, "setActors", j.setActors)
	j.on(twin.Full, "deleteActor", j.deleteActor)
	j.on(twin.Full, "getProjectRoleDetails", j.getProjectRoleDetails).public()
}

// rolesOf yields the roles that people can have in a project.
func (c *call) rolesOf(p Project) iter.Seq[Role] {
	return filtered(c.j.roles.All(c.Tx, ""), func(r Role) bool { return r.Project == 0 || r.Project == p.ID })
}

// roleAt is the address of a role in a project.
func (c *call) roleAt(p Project, r Role) string {
	return c.api("/project/" + id(p.ID) + "/role/" + id(r.ID))
}

// roleBrief is a role by itself.
func (c *call) roleBrief(r Role) obj {
	v := obj{"self": c.api("/role/" + id(r.ID)), "id": r.ID, "name": r.Name, "description": r.Description}
	if p, ok := c.j.projects.Get(c.Tx, key(r.Project)); ok {
		v["scope"] = obj{"type": "PROJECT", "project": obj{"id": id(p.ID), "key": p.Key, "name": p.Name}}
	}
	return v
}

// roleShown is a role and who has it in a project, or in projects that are new if that is 0.
func (c *call) roleShown(r Role, project int64, inactive bool) obj {
	v := c.roleBrief(r)
	v["actors"] = c.actorsShown(r, project, inactive)
	if p, ok := c.j.projects.Get(c.Tx, key(project)); ok {
		v["self"] = c.roleAt(p, r)
	}
	return v
}

func (c *call) actorsShown(r Role, project int64, inactive bool) []any {
	var as []Actor
	for a := range c.j.actorsIn.All(c.Tx, key(project)+"/"+key(r.ID)) {
		if u, _ := c.j.users.Get(c.Tx, a.User); a.User == "" || u.Active || inactive {
			as = append(as, a)
		}
	}
	slices.SortFunc(as, func(a, b Actor) int { return cmp.Or(inOrder(c.actorName(a), c.actorName(b)), cmp.Compare(a.ID, b.ID)) })
	out := []any{}
	for _, a := range as {
		out = append(out, c.actorShown(a))
	}
	return out
}

func (c *call) actorName(a Actor) string {
	if g, ok := c.j.groups.Get(c.Tx, a.Group); ok {
		return g.Name
	}
	return c.nameOf(a.User)
}

func (c *call) actorShown(a Actor) obj {
	name := c.actorName(a)
	if a.Group != "" {
		return obj{"id": a.ID, "displayName": name, "name": name, "type": "atlassian-group-role-actor", "actorGroup": obj{"name": name, "displayName": name, "groupId": a.Group}}
	}
	return obj{"id": a.ID, "displayName": name, "type": "atlassian-user-role-actor", "actorUser": obj{"accountId": a.User}}
}

// role finds the role that the path names.
func (c *call) role() (Role, error) {
	r, ok := c.j.roles.Get(c.Tx, key(number(c.param("id"))))
	if !ok {
		return r, notFound("Can not find a role with id %s", c.param("id"))
	}
	return r, nil
}

// managedRole finds the role that the path names, for an administrator.
func (c *call) managedRole() (Role, error) {
	if err := c.adminOnly(); err != nil {
		return Role{}, err
	}
	return c.role()
}

// checkRole refuses a role without a name, or with that of another.
func (c *call) checkRole(r Role, taken int) error {
	switch {
	case strings.TrimSpace(r.Name) == "":
		return badRequest("Must specify a name for the role")
	case utf8.RuneCountInString(r.Name) > 255:
		return badRequest("The role name must not exceed 255 characters in length.")
	}
	for other := range c.j.roles.All(c.Tx, "") {
		if other.ID != r.ID && strings.EqualFold(other.Name, r.Name) && other.Project == r.Project {
			return refuse(taken, "A project role with name '%s' already exists.", r.Name)
		}
	}
	return nil
}

func roleItem(r Role) obj { return item(id(r.ID), r.Name, "PROJECT_ROLE") }

// getAllProjectRoles returns all roles, and who has them in new projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-role-get
func (j *Jira) getAllProjectRoles(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	out := []any{}
	for r := range j.roles.All(c.Tx, "") {
		out = append(out, c.roleShown(r, 0, true))
	}
	return out, nil
}

// createProjectRole makes a role.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-role-post
func (j *Jira) createProjectRole(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	doc := object(c.body)
	r := Role{Name: strings.TrimSpace(text(doc["name"])), Description: text(doc["description"])}
	if err := c.checkRole(r, http.StatusConflict); err != nil {
		return nil, err
	}
	r.ID = c.next("role", 10005)
	j.roles.Put(c.Tx, r)
	c.audited("Project role created", "projects", roleItem(r), changedValues([3]string{"Name", "", r.Name}, [3]string{"Description", "", r.Description})...)
	return c.roleBrief(r), nil
}

// getProjectRoleById returns a role, and who has it in new projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-role-id-get
func (j *Jira) getProjectRoleById(c *call) (any, error) {
	r, err := c.managedRole()
	if err != nil {
		return nil, err
	}
	return c.roleShown(r, 0, true), nil
}

// partialUpdateProjectRole renames a role or gives it another description, not both.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-role-id-post
func (j *Jira) partialUpdateProjectRole(c *call) (any, error) {
	r, err := c.managedRole()
	if err != nil {
		return nil, err
	}
	was, doc := r, object(c.body)
	switch {
	case doc["name"] != nil: // the description is ignored then
		r.Name = strings.TrimSpace(text(doc["name"]))
	case doc["description"] != nil:
		r.Description = text(doc["description"])
	default:
		return nil, badRequest("Must specify a name or a description for the role")
	}
	return c.keepRole(was, r)
}

// fullyUpdateProjectRole gives a role another name and description.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-role-id-put
func (j *Jira) fullyUpdateProjectRole(c *call) (any, error) {
	r, err := c.managedRole()
	if err != nil {
		return nil, err
	}
	was, doc := r, object(c.body)
	if doc["name"] == nil || doc["description"] == nil {
		return nil, badRequest("Must specify a name and a description for the role")
	}
	r.Name, r.Description = strings.TrimSpace(text(doc["name"])), text(doc["description"])
	return c.keepRole(was, r)
}

func (c *call) keepRole(was, r Role) (any, error) {
	if err := c.checkRole(r, http.StatusBadRequest); err != nil {
		return nil, err
	}
	c.j.roles.Put(c.Tx, r)
	c.audited("Project role updated", "projects", roleItem(r), changedValues([3]string{"Name", was.Name, r.Name}, [3]string{"Description", was.Description, r.Description})...)
	return c.roleShown(r, 0, true), nil
}

// roleUses are the names of the schemes that a role is in.
func (c *call) roleUses(r Role) (uses []string) {
	is := func(h Holder) bool { return h.Type == "projectRole" && h.Value == id(r.ID) }
	for s := range c.j.permissionSchemes.All(c.Tx, "") {
		if slices.ContainsFunc(s.Grants, func(g Grant) bool { return is(g.Holder) }) {
			uses = append(uses, s.Name)
		}
	}
	for s := range c.j.notificationSchemes.All(c.Tx, "") {
		if slices.ContainsFunc(s.Notifications, func(n Notification) bool { return n.Type == "ProjectRole" && n.Value == id(r.ID) }) {
			uses = append(uses, s.Name)
		}
	}
	for l := range c.j.securityLevels.All(c.Tx, "") {
		if slices.ContainsFunc(l.Members, func(m LevelMember) bool { return is(m.Holder) }) {
			uses = append(uses, l.Name)
		}
	}
	return uses
}

// deleteProjectRole deletes a role. One that schemes name needs another to take its place.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-role-id-delete
func (j *Jira) deleteProjectRole(c *call) (any, error) {
	r, err := c.managedRole()
	if err != nil {
		return nil, err
	}
	swap := c.q("swap")
	other, ok := j.roles.Get(c.Tx, key(number(swap)))
	switch {
	case swap != "" && (!ok || other.ID == r.ID):
		return nil, notFound("Can not find a role with id %s", swap)
	case swap == "" && len(c.roleUses(r)) > 0:
		return nil, refuse(http.StatusConflict, "Cannot delete the role with id %d: it is used in %s.", r.ID, strings.Join(c.roleUses(r), ", "))
	}
	if ok {
		c.replaceRole(r, other)
	}
	for a := range j.actors.All(c.Tx, "") {
		if a.Role == r.ID {
			j.actors.Delete(c.Tx, key(a.ID))
			if ok && !c.isActor(other, a.Project, a) {
				j.actors.Put(c.Tx, Actor{ID: c.next("actor", firstID), Role: other.ID, Project: a.Project, User: a.User, Group: a.Group})
			}
		}
	}
	j.roles.Delete(c.Tx, key(r.ID))
	c.audited("Project role deleted", "projects", roleItem(r))
	return nil, nil
}

// replaceRole puts another role into all schemes that a role is in.
func (c *call) replaceRole(r, other Role) {
	swap := func(h *Holder) {
		if strings.EqualFold(h.Type, "projectRole") && h.Value == id(r.ID) {
			h.Value = id(other.ID)
		}
	}
	for s := range c.j.permissionSchemes.All(c.Tx, "") {
		s.Grants = slices.Clone(s.Grants)
		for n := range s.Grants {
			swap(&s.Grants[n].Holder)
		}
		c.j.permissionSchemes.Put(c.Tx, s)
	}
	for s := range c.j.notificationSchemes.All(c.Tx, "") {
		s.Notifications = slices.Clone(s.Notifications)
		for n := range s.Notifications {
			swap(&s.Notifications[n].Holder)
		}
		c.j.notificationSchemes.Put(c.Tx, s)
	}
	for l := range c.j.securityLevels.All(c.Tx, "") {
		l.Members = slices.Clone(l.Members)
		for n := range l.Members {
			swap(&l.Members[n].Holder)
		}
		c.j.securityLevels.Put(c.Tx, l)
	}
}

// isActor reports whether an account or a group has a role already.
func (c *call) isActor(r Role, project int64, a Actor) bool {
	for x := range c.j.actorsIn.All(c.Tx, key(project)+"/"+key(r.ID)) {
		if x.User == a.User && x.Group == a.Group {
			return true
		}
	}
	return false
}

// readActors reads accounts and groups: {user: [...], group: [...], groupId: [...]}.
func (c *call) readActors(doc obj) (as []Actor, err error) {
	for _, who := range texts(doc["user"]) {
		u, ok := c.j.users.Get(c.Tx, who)
		if !ok {
			return nil, notFound("We can't find '%s' in any accessible user directory. Check they're still active and available, and try again.", who)
		}
		as = append(as, Actor{User: u.ID})
	}
	for _, x := range []struct{ name, how string }{{"group", "name"}, {"groupId", "id"}} {
		for _, s := range texts(doc[x.name]) {
			g, ok := c.groupBy("", s)
			if x.how == "id" {
				g, ok = c.groupBy(s, "")
			}
			if !ok {
				return nil, notFound("We can't find '%s' in any accessible user directory. Check they're still active and available, and try again.", s)
			}
			as = append(as, Actor{Group: g.ID})
		}
	}
	if len(as) == 0 {
		return nil, badRequest("You must specify at least one user or group.")
	}
	return as, nil
}

// addActors gives accounts and groups a role. None of them may have it already.
func (c *call) addActors(r Role, project int64, as []Actor) error {
	for _, a := range as {
		if c.isActor(r, project, a) {
			return badRequest("'%s' is already a member of the project role.", c.actorName(a))
		}
	}
	for _, a := range as {
		a.ID, a.Role, a.Project = c.next("actor", firstID), r.ID, project
		c.j.actors.Put(c.Tx, a)
	}
	return nil
}

// dropActor takes a role from the account or the group that the query names.
func (c *call) dropActor(r Role, project int64) error {
	user, group, groupID := c.q("user"), c.q("group"), c.q("groupId")
	given := 0
	for _, s := range []string{user, group, groupID} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return badRequest("You must specify exactly one of user, group or groupId.")
	}
	g, _ := c.groupBy(groupID, group)
	for a := range c.j.actorsIn.All(c.Tx, key(project)+"/"+key(r.ID)) {
		if user != "" && a.User == user || g.ID != "" && a.Group == g.ID {
			c.j.actors.Delete(c.Tx, key(a.ID))
			return nil
		}
	}
	return notFound("'%s' is not a member of the project role.", user+group+groupID)
}

// getProjectRoleActorsForRole returns who has a role in new projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-role-actors/#api-rest-api-3-role-id-actors-get
func (j *Jira) getProjectRoleActorsForRole(c *call) (any, error) {
	r, err := c.managedRole()
	if err != nil {
		return nil, err
	}
	return obj{"actors": c.actorsShown(r, 0, true)}, nil
}

// addProjectRoleActorsToRole gives accounts and groups a role in new projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-role-actors/#api-rest-api-3-role-id-actors-post
func (j *Jira) addProjectRoleActorsToRole(c *call) (any, error) {
	r, err := c.managedRole()
	if err != nil {
		return nil, err
	}
	as, err := c.readActors(object(c.body))
	if err != nil {
		return nil, err
	}
	if err := c.addActors(r, 0, as); err != nil {
		return nil, err
	}
	c.audited("Default actors of project role updated", "projects", roleItem(r))
	return obj{"actors": c.actorsShown(r, 0, true)}, nil
}

// deleteProjectRoleActorsFromRole takes a role in new projects from an account or a group.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-role-actors/#api-rest-api-3-role-id-actors-delete
func (j *Jira) deleteProjectRoleActorsFromRole(c *call) (any, error) {
	r, err := c.managedRole()
	if err != nil {
		return nil, err
	}
	if err := c.dropActor(r, 0); err != nil {
		return nil, err
	}
	c.audited("Default actors of project role updated", "projects", roleItem(r))
	return obj{"actors": c.actorsShown(r, 0, true)}, nil
}

// getProjectRoles returns the addresses of a project's roles, by their names.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-project-projectidorkey-role-get
func (j *Jira) getProjectRoles(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	out := obj{}
	for r := range c.rolesOf(p) {
		out[r.Name] = c.roleAt(p, r)
	}
	return out, nil
}

// getProjectRoleDetails returns the roles of a project, or those that the caller has in it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-project-projectidorkey-roledetails-get
func (j *Jira) getProjectRoleDetails(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	mine, noApps := c.qtrue("currentMember", false), c.qtrue("excludeConnectAddons", false)
	out := []any{}
	for r := range c.rolesOf(p) {
		if mine && !c.inRole(c.who.ID, p.ID, r.ID) || noApps && r.Name == "atlassian-addons-project-access" {
			continue
		}
		v := c.roleBrief(r)
		v["self"], v["admin"], v["default"], v["translatedName"], v["roleConfigurable"] = c.roleAt(p, r), r.ID == administratorsRole, r.ID == administratorsRole, r.Name, r.Name != "atlassian-addons-project-access"
		out = append(out, v)
	}
	return out, nil
}

// projectRole finds the role that the path names, in a project that the caller administers.
func (c *call) projectRole() (Project, Role, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	if err != nil {
		return p, Role{}, err
	}
	r, err := c.role()
	switch {
	case err != nil:
		return p, r, err
	case r.Project != 0 && r.Project != p.ID:
		return p, r, notFound("Can not find a role with id %s", c.param("id"))
	case !c.may("ADMINISTER_PROJECTS", &p, nil):
		return p, r, notFound("You do not have permission to administer the project '%s'.", p.Key)
	}
	return p, r, nil
}

// getProjectRole returns who has a role in a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-roles/#api-rest-api-3-project-projectidorkey-role-id-get
func (j *Jira) getProjectRole(c *call) (any, error) {
	p, r, err := c.projectRole()
	if err != nil {
		return nil, err
	}
	return c.roleShown(r, p.ID, !c.qtrue("excludeInactiveUsers", false)), nil
}

// actorsChanged audits who has a role in a project and shows it.
func (c *call) actorsChanged(p Project, r Role) (any, error) {
	c.audited("Project roles changed", "projects", projectItem(p), changedValue("Role", "", r.Name))
	return c.roleShown(r, p.ID, true), nil
}

// addActorUsers gives accounts and groups a role in a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-role-actors/#api-rest-api-3-project-projectidorkey-role-id-post
func (j *Jira) addActorUsers(c *call) (any, error) {
	p, r, err := c.projectRole()
	if err != nil {
		return nil, err
	}
	as, err := c.readActors(object(c.body))
	if err != nil {
		return nil, err
	}
	if err := c.addActors(r, p.ID, as); err != nil {
		return nil, err
	}
	return c.actorsChanged(p, r)
}

// setActors says who alone has a role in a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-role-actors/#api-rest-api-3-project-projectidorkey-role-id-put
func (j *Jira) setActors(c *call) (any, error) {
	p, r, err := c.projectRole()
	if err != nil {
		return nil, err
	}
	by := object(object(c.body)["categorisedActors"])
	as := []Actor{}
	if len(list(by["atlassian-user-role-actor"]))+len(list(by["atlassian-group-role-actor"]))+len(list(by["atlassian-group-role-actor-id"])) > 0 {
		if as, err = c.readActors(obj{"user": by["atlassian-user-role-actor"], "group": by["atlassian-group-role-actor"], "groupId": by["atlassian-group-role-actor-id"]}); err != nil {
			return nil, err
		}
	}
	for a := range j.actorsIn.All(c.Tx, key(p.ID)+"/"+key(r.ID)) {
		if at := slices.IndexFunc(as, func(x Actor) bool { return x.User == a.User && x.Group == a.Group }); at >= 0 {
			as = slices.Delete(as, at, at+1)
			continue
		}
		j.actors.Delete(c.Tx, key(a.ID))
	}
	if err := c.addActors(r, p.ID, as); err != nil {
		return nil, err
	}
	return c.actorsChanged(p, r)
}

// deleteActor takes a role in a project from an account or a group.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-role-actors/#api-rest-api-3-project-projectidorkey-role-id-delete
func (j *Jira) deleteActor(c *call) (any, error) {
	p, r, err := c.projectRole()
	if err != nil {
		return nil, err
	}
	if err := c.dropActor(r, p.ID); err != nil {
		return nil, err
	}
	_, err = c.actorsChanged(p, r)
	return nil, err
}
