package okta

import (
	"encoding/base32"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// An administered is a sort of thing that roles are assigned to, and where its operations are.
type administered struct {
	kind, prefix string // of the assignment, and of its id
	event        string // what the log's events begin with
	path, member string // of the thing, in answers, and as a member of a binding
	// find returns the thing's id, or that there is none.
	find func(c *call) (string, error)
}

var (
	adminUsers = &administered{"USER", "ra1", "user.account.privilege", "/api/v1/users/", "/api/v1/users/", func(c *call) (string, error) {
		u, err := c.user()
		return u.ID, err
	}}
	adminGroups = &administered{"GROUP", "gra", "group.privilege", "/api/v1/groups/", "/api/v1/groups/", func(c *call) (string, error) {
		g, err := c.groupOf()
		return g.ID, err
	}}
	adminClients = &administered{"CLIENT", "ca1", "app.oauth2.client.privilege", "/oauth2/v1/clients/", "/api/v1/apps/", func(c *call) (string, error) { return c.param("clientId"), nil }}
)

// roleAssignmentsOperations are who is an administrator, of what.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/
func (o *Okta) roleAssignmentsOperations() {
	for _, x := range []struct {
		of                        *administered
		list, assign, get, remove string
	}{
		{adminUsers, "listAssignedRolesForUser", "assignRoleToUser", "getUserAssignedRole", "unassignRoleFromUser"},
		{adminGroups, "listGroupAssignedRoles", "assignRoleToGroup", "getGroupAssignedRole", "unassignRoleFromGroup"},
		{adminClients, "listRolesForClient", "assignRoleToClient", "retrieveClientRole", "deleteRoleFromClient"},
	} {
		o.on(twin.Full, x.list, x.of.list)
		o.on(twin.Full, x.assign, x.of.assign)
		o.on(twin.Full, x.get, x.of.get)
		o.on(twin.Full, x.remove, x.of.remove)
	}
	o.on(twin.Full, "listUsersWithRoleAssignments", o.listUsersWithRoleAssignments)
}

// roleLabels are the standard roles.
//
// https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/
var roleLabels = map[string]string{"SUPER_ADMIN": "Super Administrator", "ORG_ADMIN": "Organization Administrator", "APP_ADMIN": "Application Administrator", "USER_ADMIN": "Group Administrator",
	"HELP_DESK_ADMIN": "Help Desk Administrator", "READ_ONLY_ADMIN": "Read-only Administrator", "MOBILE_ADMIN": "Mobile Administrator", "API_ACCESS_MANAGEMENT_ADMIN": "API Access Management Administrator",
	"REPORT_ADMIN": "Report Administrator", "GROUP_MEMBERSHIP_ADMIN": "Group Membership Administrator", "WORKFLOWS_ADMIN": "Workflows Administrator", "ACCESS_CERTIFICATIONS_ADMIN": "Access Certifications Administrator",
	"ACCESS_REQUESTS_ADMIN": "Access Requests Administrator"}

// Roles that can be confined to groups, and those that can be confined to apps. Somebody has such a role once, so its id is its name.
var (
	groupRoles = []string{"USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN"}
	appRoles   = []string{"APP_ADMIN"}
)

func (d *administered) list(c *call) (any, error) {
	id, err := d.find(c)
	if err != nil {
		return nil, err
	}
	found := c.rolesOf(d, id)
	if u, ok := c.o.users.Get(c.Tx, id); ok && d == adminUsers {
		for g := range c.groupsOf(u) {
			found = append(found, c.rolesOf(adminGroups, g.ID)...)
		}
	}
	found = inOrder(found, func(a RoleAssignment) int64 { return a.Created }, func(a RoleAssignment) string { return a.ID })
	views := make([]any, len(found))
	for i, a := range found {
		views[i] = c.roleAssignment(a)
	}
	return views, nil
}

// rolesOf are the assignments of one thing. Those of the org's own roles are members of bindings.
func (c *call) rolesOf(d *administered, id string) (found []RoleAssignment) {
	for a := range c.o.assignments.All(c.Tx, id+"/") {
		found = append(found, a)
	}
	for b := range c.o.tables[bindingKind].records.All(c.Tx, "") {
		if b.Name == d.member+id {
			set, role, _ := strings.Cut(b.Parent, "/")
			found = append(found, RoleAssignment{ID: b.ID, Kind: d.kind, Assignee: id, Type: "CUSTOM", Role: role, ResourceSet: set, Created: b.Created, Updated: b.Updated})
		}
	}
	return found
}

// assign makes somebody an administrator.
func (d *administered) assign(c *call) (any, error) {
	id, err := d.find(c)
	kind := text(c.body["type"])
	a := RoleAssignment{Kind: d.kind, Assignee: id, Type: kind, Created: c.at(), Updated: c.at()}
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	case kind == "":
		return nil, blank("type")
	case kind == "CUSTOM":
		return d.bind(c, id)
	case roleLabels[kind] == "":
		return nil, invalid("type", "type: The field has an invalid value")
	case slices.Contains(groupRoles, kind) || slices.Contains(appRoles, kind):
		a.ID = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(kind))
	default:
		a.ID = c.id(d.prefix)
	}
	for other := range c.o.assignments.All(c.Tx, id+"/") {
		if other.Type == kind {
			return nil, errRoleAssigned
		}
	}
	c.o.assignments.Put(c.Tx, a)
	c.logged(d.event+".grant", "SUCCESS", target{id, d.kind, ""})
	return created(c.roleAssignment(a)), nil
}

// bind gives a thing a role of the org's own on a resource set.
func (d *administered) bind(c *call, id string) (any, error) {
	roleID, setID := text(c.body["role"]), text(c.body["resource-set"])
	if roleID == "" {
		return nil, blank("role")
	}
	if setID == "" {
		return nil, blank("resource-set")
	}
	role, err := c.role(roleID)
	if err != nil {
		return nil, err
	}
	set, err := c.fetch(resourceSetKind, "", setID)
	if err != nil {
		return nil, err
	}
	if _, has := c.called(bindingKind, set.ID+"/"+role.ID, d.member+id); has {
		return nil, errRoleAssigned
	}
	b := c.bind(set, role, d.member+id)
	return created(c.roleAssignment(RoleAssignment{ID: b.ID, Kind: d.kind, Assignee: id, Type: "CUSTOM", Role: role.ID, ResourceSet: set.ID, Created: b.Created, Updated: b.Updated})), nil
}

// of returns the assignment that the path names.
func (d *administered) of(c *call) (RoleAssignment, error) {
	id, err := d.find(c)
	if err != nil {
		return RoleAssignment{}, err
	}
	role := c.param("roleAssignmentId")
	for _, a := range c.rolesOf(d, id) {
		if a.ID == role {
			return a, nil
		}
	}
	return RoleAssignment{}, notFound(role, "RoleAssignment")
}

func (d *administered) get(c *call) (any, error) {
	a, err := d.of(c)
	if err != nil {
		return nil, err
	}
	return c.roleAssignment(a), nil
}

func (d *administered) remove(c *call) (any, error) {
	a, err := d.of(c)
	if err != nil {
		return nil, err
	}
	if a.Type == "CUSTOM" {
		c.o.tables[bindingKind].records.Delete(c.Tx, a.ID)
	}
	c.o.assignments.Delete(c.Tx, a.Assignee+"/"+a.ID)
	c.logged(d.event+".revoke", "SUCCESS", target{a.Assignee, d.kind, ""})
	return nil, nil
}

// roleAssignment is an assignment as the caller sees it.
func (c *call) roleAssignment(a RoleAssignment) any {
	d := map[string]*administered{"USER": adminUsers, "GROUP": adminGroups, "CLIENT": adminClients}[a.Kind]
	links := obj{"assignee": href(c.link(d.path + a.Assignee))}
	v := obj{"id": a.ID, "label": roleLabels[a.Type], "type": a.Type, "status": "ACTIVE", "created": stamp(a.Created), "lastUpdated": stamp(a.Updated), "assignmentType": a.Kind, "_links": links}
	if role, err := c.role(a.Role); a.Type == "CUSTOM" && err == nil {
		v["role"], v["resource-set"], v["label"] = a.Role, a.ResourceSet, text(role.Doc["label"])
		links["role"], links["permissions"] = href(c.link("/api/v1/iam/roles/"+a.Role)), href(c.link("/api/v1/iam/roles/"+a.Role+"/permissions"))
		links["resource-set"], links["member"] = href(c.link("/api/v1/iam/resource-sets/"+a.ResourceSet)), href(c.link("/api/v1/iam/resource-sets/"+a.ResourceSet+"/bindings/"+a.Role+"/members/"+a.ID))
	}
	return v
}

// listUsersWithRoleAssignments returns the people who are administrators themselves.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/#tag/RoleAssignmentAUser/operation/listUsersWithRoleAssignments
func (o *Okta) listUsersWithRoleAssignments(c *call) (any, error) {
	limit, err := c.limitOf(100, 100)
	if err != nil {
		return nil, err
	}
	after, last := c.query.Get("after"), ""
	value, links := []any{}, obj{}
	for u := range o.users.Range(c.Tx, store.Range{From: after}) {
		if u.ID == after || len(c.rolesOf(adminUsers, u.ID)) == 0 {
			continue
		}
		if len(value) == limit {
			links["next"] = href(c.link("/api/v1/iam/assignees/users?after=" + last))
			break
		}
		last = u.ID
		at := c.link("/api/v1/users/" + u.ID)
		value = append(value, obj{"id": u.ID, "orn": c.orn("users", u.ID), "_links": obj{"self": href(at), "roles": href(at + "/roles")}})
	}
	return obj{"value": value, "_links": links}, nil
}

// orn is the name of a thing in this org among all orgs.
func (c *call) orn(kind, id string) string {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	return "orn:okta:directory:" + org.ID + ":" + kind + ":" + id
}
