package okta

import (
	"encoding/base32"
	"slices"

	"twinset.dev/kit/twin"
)

// An administered is a sort of thing that roles are assigned to, and where its operations are.
type administered struct {
	kind, prefix string // of the assignment, and of its id
	event        string // what the log's events begin with
	path         string // of the thing, in answers
	// find returns the thing's id, or that there is none.
	find func(c *call) (string, error)
}

var (
	adminUsers = &administered{"USER", "ra1", "user.account.privilege", "/api/v1/users/", func(c *call) (string, error) {
		u, err := c.user()
		return u.ID, err
	}}
	adminGroups = &administered{"GROUP", "gra", "group.privilege", "/api/v1/groups/", func(c *call) (string, error) {
		g, err := c.groupOf()
		return g.ID, err
	}}
	adminClients = &administered{"CLIENT", "ca1", "app.oauth2.client.privilege", "/oauth2/v1/clients/", administeredClient}
)

// administeredClient is the client that the path names.
func administeredClient(c *call) (string, error) {
	id := c.param("clientId")
	if _, ok := c.clientCalled(id); !ok {
		return id, notFound(id, "PublicClientApp")
	}
	return id, nil
}

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
	var found []RoleAssignment
	for a := range c.o.assignments.All(c.Tx, id+"/") {
		found = append(found, a)
	}
	if u, ok := c.o.users.Get(c.Tx, id); ok && d == adminUsers {
		for g := range c.groupsOf(u) {
			for a := range c.o.assignments.All(c.Tx, g.ID+"/") {
				found = append(found, a)
			}
		}
	}
	found = inOrder(found, func(a RoleAssignment) int64 { return a.Created }, func(a RoleAssignment) string { return a.ID })
	views := make([]any, len(found))
	for i, a := range found {
		views[i] = c.roleAssignment(a)
	}
	return views, nil
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
		a.ID, a.Role, a.ResourceSet = c.id("irb"), text(c.body["role"]), text(c.body["resource-set"])
		if a.Role == "" {
			return nil, blank("role")
		}
		if a.ResourceSet == "" {
			return nil, blank("resource-set")
		}
		role, err := c.role(a.Role)
		if err != nil {
			return nil, err
		}
		set, err := c.fetch(resourceSetKind, "", a.ResourceSet)
		if err != nil {
			return nil, err
		}
		a.Role, a.ResourceSet = role.ID, set.ID
	case roleLabels[kind] == "":
		return nil, invalid("type", "type: The field has an invalid value")
	case slices.Contains(groupRoles, kind) || slices.Contains(appRoles, kind):
		a.ID = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(kind))
	default:
		a.ID = c.id(d.prefix)
	}
	for other := range c.o.assignments.All(c.Tx, id+"/") {
		if other.Type == kind && other.Role == a.Role && other.ResourceSet == a.ResourceSet {
			return nil, errRoleAssigned
		}
	}
	c.o.assignments.Put(c.Tx, a)
	c.logged(d.event+".grant", "SUCCESS", target{id, d.kind, ""})
	return created(c.roleAssignment(a)), nil
}

// empower makes a new service app an administrator of everything, in an org that has chosen so.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OrgSettingAdmin/#tag/OrgSettingAdmin/operation/assignClientPrivilegesSetting
func (c *call) empower(a App) {
	if truth(c.settingOf("switches", obj{})["clientPrivilegesSetting"]) && dig(a.Doc, "settings", "oauthClient", "application_type") == "service" {
		c.o.assignments.Put(c.Tx, RoleAssignment{ID: c.id(adminClients.prefix), Kind: adminClients.kind, Assignee: a.ClientID, Type: "SUPER_ADMIN", Created: c.at(), Updated: c.at()})
	}
}

// of returns the assignment that the path names.
func (d *administered) of(c *call) (RoleAssignment, error) {
	id, err := d.find(c)
	if err != nil {
		return RoleAssignment{}, err
	}
	role := c.param("roleAssignmentId")
	a, ok := c.o.assignments.Get(c.Tx, id+"/"+role)
	if !ok {
		return a, notFound(role, "RoleAssignment")
	}
	return a, nil
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
	c.o.assignments.Delete(c.Tx, a.Assignee+"/"+a.ID)
	c.logged(d.event+".revoke", "SUCCESS", target{a.Assignee, d.kind, ""})
	return nil, nil
}

// roleAssignment is an assignment as the caller sees it.
func (c *call) roleAssignment(a RoleAssignment) any {
	d := map[string]*administered{"USER": adminUsers, "GROUP": adminGroups, "CLIENT": adminClients}[a.Kind]
	links := obj{"assignee": href(c.link(d.path + a.Assignee))}
	v := obj{"id": a.ID, "label": roleLabels[a.Type], "type": a.Type, "status": "ACTIVE", "created": stamp(a.Created), "lastUpdated": stamp(a.Updated), "assignmentType": a.Kind, "_links": links}
	if a.Type == "CUSTOM" {
		v["role"], v["resource-set"], v["label"] = a.Role, a.ResourceSet, c.customRoleLabel(a.Role)
		links["role"], links["permissions"] = href(c.link("/api/v1/iam/roles/"+a.Role)), href(c.link("/api/v1/iam/roles/"+a.Role+"/permissions"))
		links["resource-set"], links["member"] = href(c.link("/api/v1/iam/resource-sets/"+a.ResourceSet)), href(c.link("/api/v1/iam/resource-sets/"+a.ResourceSet+"/bindings/"+a.Role+"/members/"+a.ID))
	}
	return v
}

// customRoleLabel is what a role of the org's own is called.
func (c *call) customRoleLabel(id string) string {
	r, _ := c.fetch(roleKind, "", id)
	return r.Name
}

// listUsersWithRoleAssignments returns the people who are administrators themselves.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/#tag/RoleAssignmentAUser/operation/listUsersWithRoleAssignments
func (o *Okta) listUsersWithRoleAssignments(c *call) (any, error) {
	limit, err := c.limitOf(100, 100)
	if err != nil {
		return nil, err
	}
	after, seen := c.query.Get("after"), ""
	value, links := []any{}, obj{}
	for a := range o.assignments.All(c.Tx, "") {
		if a.Kind != "USER" || a.Assignee == seen || a.Assignee <= after {
			continue
		}
		if len(value) == limit {
			links["next"] = href(c.link("/api/v1/iam/assignees/users?after=" + seen))
			break
		}
		seen = a.Assignee
		value = append(value, obj{"id": seen, "orn": c.orn("users", seen), "_links": obj{"self": href(c.link("/api/v1/users/" + seen)), "roles": href(c.link("/api/v1/users/" + seen + "/roles"))}})
	}
	return obj{"value": value, "_links": links}, nil
}

// orn is the name of a thing in this org among all orgs.
func (c *call) orn(kind, id string) string {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	return "orn:okta:directory:" + org.ID + ":" + kind + ":" + id
}
