package okta

import (
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// group makes a group of that name.
func (e *env) group(name string) *okta.Group {
	e.t.Helper()
	g, _, err := e.Group.CreateGroup(e.ctx, okta.Group{Profile: &okta.GroupProfile{Name: name}})
	must(e.t, err)
	return g
}

func init() {
	row("Group", "CreateGroup", func(t *testing.T) {
		e := world(t)
		g, _, err := e.Group.CreateGroup(e.ctx, okta.Group{Profile: &okta.GroupProfile{Name: "Pilots", Description: "They fly"}})
		must(t, err)
		want(t, "type", g.Type, "OKTA_GROUP")
		got, _, err := e.Group.GetGroup(e.ctx, g.Id)
		must(t, err)
		want(t, "description", got.Profile.Description, "They fly")
		_, _, err = e.Group.CreateGroup(e.ctx, okta.Group{Profile: &okta.GroupProfile{Name: "Pilots"}})
		refused(t, err, "E0000001", "already exists")
	})
	row("Group", "GetGroup", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Group.GetGroup(e.ctx, e.group("Pilots").Id)
		must(t, err)
		want(t, "name", got.Profile.Name, "Pilots")
		_, _, err = e.Group.GetGroup(e.ctx, "00gnone")
		refused(t, err, "E0000007", "00gnone (UserGroup)")
	})
	row("Group", "UpdateGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		_, _, err := e.Group.UpdateGroup(e.ctx, g.Id, okta.Group{Profile: &okta.GroupProfile{Name: "Test pilots"}})
		must(t, err)
		got, _, err := e.Group.GetGroup(e.ctx, g.Id)
		must(t, err)
		want(t, "name", got.Profile.Name, "Test pilots")
	})
	row("Group", "DeleteGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		_, err := e.Group.DeleteGroup(e.ctx, g.Id)
		must(t, err)
		_, _, err = e.Group.GetGroup(e.ctx, g.Id)
		refused(t, err, "E0000007", g.Id)
	})
	row("Group", "ListGroups", func(t *testing.T) {
		e := world(t)
		e.group("Pilots")
		found, _, err := e.Group.ListGroups(e.ctx, query.NewQueryParams(query.WithQ("Pil")))
		must(t, err)
		want(t, "groups", len(found), 1)
		all, res, err := e.Group.ListGroups(e.ctx, query.NewQueryParams(query.WithLimit(2)))
		must(t, err)
		want(t, "first page", len(all), 2)
		want(t, "more", res.HasNextPage(), true)
	})
	row("Group", "AddUserToGroup", func(t *testing.T) {
		e := world(t)
		u, g := e.user("Mia"), e.group("Pilots")
		_, err := e.Group.AddUserToGroup(e.ctx, g.Id, u.Id)
		must(t, err)
		want(t, "members", e.members(g), "mia@pilots.example")
		want(t, "in the log", e.logged("group.user_membership.add", g.Id), 1)
		_, err = e.Group.AddUserToGroup(e.ctx, g.Id, "00unone")
		refused(t, err, "E0000007", "00unone (User)")
	})
	row("Group", "RemoveUserFromGroup", func(t *testing.T) {
		e := world(t)
		u, g := e.user("Mia"), e.group("Pilots")
		_, err := e.Group.AddUserToGroup(e.ctx, g.Id, u.Id)
		must(t, err)
		_, err = e.Group.RemoveUserFromGroup(e.ctx, g.Id, u.Id)
		must(t, err)
		want(t, "members", e.members(g), "")
		groups, _, err := e.User.ListUserGroups(e.ctx, u.Id)
		must(t, err)
		_, err = e.Group.RemoveUserFromGroup(e.ctx, groups[0].Id, u.Id)
		refused(t, err, "E0000060", "") // nobody leaves Everyone
	})
	row("Group", "ListGroupUsers", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		for _, name := range []string{"Mia", "Noa", "Zoe"} {
			_, err := e.Group.AddUserToGroup(e.ctx, g.Id, e.user(name).Id)
			must(t, err)
		}
		page, res, err := e.Group.ListGroupUsers(e.ctx, g.Id, query.NewQueryParams(query.WithLimit(2)))
		must(t, err)
		want(t, "on the first page", len(page), 2)
		want(t, "more", res.HasNextPage(), true)
		_, _, err = e.Group.ListGroupUsers(e.ctx, "00gnone", nil)
		refused(t, err, "E0000007", "00gnone")
	})
	row("Group", "ListAssignedApplicationsForGroup", func(t *testing.T) {
		e := world(t)
		g, a := e.group("Pilots"), e.bookmark("Stars")
		none, _, err := e.Group.ListAssignedApplicationsForGroup(e.ctx, g.Id, nil)
		must(t, err)
		want(t, "apps", len(none), 0)
		_, _, err = e.Application.CreateApplicationGroupAssignment(e.ctx, a.Id, g.Id, okta.ApplicationGroupAssignment{})
		must(t, err)
		apps, _, err := e.Group.ListAssignedApplicationsForGroup(e.ctx, g.Id, nil)
		must(t, err)
		want(t, "apps", len(apps), 1)
		want(t, "which", apps[0].(*okta.Application).Id, a.Id)
	})
	groupRuleRows()
	groupRoleRows()
}

// members are the logins of those who are in a group.
func (e *env) members(g *okta.Group) string {
	e.t.Helper()
	users, _, err := e.Group.ListGroupUsers(e.ctx, g.Id, nil)
	must(e.t, err)
	return names(users, func(u *okta.User) string { return (*u.Profile)["login"].(string) })
}

// ruleFor puts everybody whose first name it is into a group.
func ruleFor(firstName string, g *okta.Group) okta.GroupRule {
	return okta.GroupRule{Name: "All called " + firstName, Type: "group_rule",
		Conditions: &okta.GroupRuleConditions{Expression: &okta.GroupRuleExpression{Type: "urn:okta:expression:1.0", Value: `user.firstName=="` + firstName + `"`}},
		Actions:    &okta.GroupRuleAction{AssignUserToGroups: &okta.GroupRuleGroupAssignment{GroupIds: []string{g.Id}}}}
}

// rule makes such a rule, which does nothing yet.
func (e *env) rule(firstName string, g *okta.Group) *okta.GroupRule {
	e.t.Helper()
	r, _, err := e.Group.CreateGroupRule(e.ctx, ruleFor(firstName, g))
	must(e.t, err)
	return r
}

func groupRuleRows() {
	row("Group", "CreateGroupRule", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		r := e.rule("Mia", g)
		want(t, "status", r.Status, "INACTIVE")
		got, _, err := e.Group.GetGroupRule(e.ctx, r.Id, nil)
		must(t, err)
		want(t, "name", got.Name, "All called Mia")
		_, _, err = e.Group.CreateGroupRule(e.ctx, ruleFor("Mia", g))
		refused(t, err, "E0000001", "already in use")
		bad := ruleFor("Zoe", g)
		bad.Conditions.Expression.Value = "user.firstName =="
		_, _, err = e.Group.CreateGroupRule(e.ctx, bad)
		refused(t, err, "E0000001", "Invalid expression")
	})
	row("Group", "GetGroupRule", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		got, _, err := e.Group.GetGroupRule(e.ctx, e.rule("Mia", g).Id, nil)
		must(t, err)
		want(t, "group", got.Actions.AssignUserToGroups.GroupIds[0], g.Id)
		_, _, err = e.Group.GetGroupRule(e.ctx, "0prnone", nil)
		refused(t, err, "E0000007", "0prnone")
	})
	row("Group", "ListGroupRules", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		e.rule("Mia", g)
		e.rule("Noa", g)
		all, _, err := e.Group.ListGroupRules(e.ctx, nil)
		must(t, err)
		want(t, "rules", names(all, func(r *okta.GroupRule) string { return r.Name }), "All called Mia, All called Noa")
		found, _, err := e.Group.ListGroupRules(e.ctx, query.NewQueryParams(query.WithSearch("Noa")))
		must(t, err)
		want(t, "found", names(found, func(r *okta.GroupRule) string { return r.Name }), "All called Noa")
	})
	row("Group", "UpdateGroupRule", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		e.user("Noa")
		r := e.rule("Mia", g)
		_, _, err := e.Group.UpdateGroupRule(e.ctx, r.Id, ruleFor("Noa", g))
		must(t, err)
		_, err = e.Group.ActivateGroupRule(e.ctx, r.Id)
		must(t, err)
		want(t, "members", e.members(g), "noa@pilots.example")
		_, _, err = e.Group.UpdateGroupRule(e.ctx, r.Id, ruleFor("Zoe", g))
		refused(t, err, "E0000001", "ACTIVE")
	})
	row("Group", "ActivateGroupRule", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		mia := e.user("Mia")
		_, err := e.Group.ActivateGroupRule(e.ctx, e.rule("Mia", g).Id)
		must(t, err)
		want(t, "members", e.members(g), "mia@pilots.example")
		noa := e.user("Noa") // the rule goes on applying
		for u, name := range map[*okta.User]string{mia: "Mara", noa: "Mia"} {
			_, _, err = e.User.PartialUpdateUser(e.ctx, u.Id, okta.User{Profile: &okta.UserProfile{"firstName": name}}, nil)
			must(t, err)
		}
		want(t, "members", e.members(g), "noa@pilots.example")
		_, err = e.Group.ActivateGroupRule(e.ctx, "0prnone")
		refused(t, err, "E0000007", "0prnone")
	})
	row("Group", "DeactivateGroupRule", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		r := e.rule("Mia", g)
		_, err := e.Group.ActivateGroupRule(e.ctx, r.Id)
		must(t, err)
		_, err = e.Group.DeactivateGroupRule(e.ctx, r.Id)
		must(t, err)
		e.user("Mia")
		want(t, "members", e.members(g), "")
	})
	row("Group", "DeleteGroupRule", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		e.user("Mia")
		r := e.rule("Mia", g)
		_, err := e.Group.ActivateGroupRule(e.ctx, r.Id)
		must(t, err)
		_, err = e.Group.DeleteGroupRule(e.ctx, r.Id, nil)
		refused(t, err, "E0000001", "ACTIVE")
		_, err = e.Group.DeactivateGroupRule(e.ctx, r.Id)
		must(t, err)
		_, err = e.Group.DeleteGroupRule(e.ctx, r.Id, query.NewQueryParams(query.WithRemoveUsers(true)))
		must(t, err)
		want(t, "members", e.members(g), "")
		_, _, err = e.Group.GetGroupRule(e.ctx, r.Id, nil)
		refused(t, err, "E0000007", r.Id)
	})
}

// groupRole gives a group a role.
func (e *env) groupRole(g *okta.Group, kind string) *okta.Role {
	e.t.Helper()
	r, _, err := e.Group.AssignRoleToGroup(e.ctx, g.Id, okta.AssignRoleRequest{Type: kind}, nil)
	must(e.t, err)
	return r
}

// groupsOfRole are the names of the groups that a group's role is confined to.
func (e *env) groupsOfRole(g *okta.Group, r *okta.Role) string {
	e.t.Helper()
	groups, _, err := e.Group.ListGroupTargetsForGroupRole(e.ctx, g.Id, r.Id, nil)
	must(e.t, err)
	return names(groups, func(g *okta.Group) string { return g.Profile.Name })
}

// appsOfRole are the names of the apps that a group's role is confined to.
func (e *env) appsOfRole(g *okta.Group, r *okta.Role) string {
	e.t.Helper()
	apps, _, err := e.Group.ListApplicationTargetsForApplicationAdministratorRoleForGroup(e.ctx, g.Id, r.Id, nil)
	must(e.t, err)
	return names(apps, func(a *okta.CatalogApplication) string { return a.Name })
}

func groupRoleRows() {
	row("Group", "AssignRoleToGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		want(t, "label", e.groupRole(g, "READ_ONLY_ADMIN").Label, "Read-only Administrator")
		roles, _, err := e.Group.ListGroupAssignedRoles(e.ctx, g.Id, nil)
		must(t, err)
		want(t, "roles", names(roles, func(r *okta.Role) string { return r.Type }), "READ_ONLY_ADMIN")
		want(t, "in the log", e.logged("group.privilege.grant", g.Id), 1)
		_, _, err = e.Group.AssignRoleToGroup(e.ctx, g.Id, okta.AssignRoleRequest{Type: "READ_ONLY_ADMIN"}, nil)
		refused(t, err, "E0000090", "already assigned")
	})
	row("Group", "ListGroupAssignedRoles", func(t *testing.T) {
		e := world(t)
		g, other := e.group("Pilots"), e.group("Crew")
		e.groupRole(g, "ORG_ADMIN")
		e.groupRole(g, "APP_ADMIN")
		e.groupRole(other, "MOBILE_ADMIN")
		roles, _, err := e.Group.ListGroupAssignedRoles(e.ctx, g.Id, nil)
		must(t, err)
		want(t, "roles", len(roles), 2)
		for _, r := range roles {
			want(t, r.Type+" is the group's", r.AssignmentType, "GROUP")
		}
	})
	row("Group", "GetRole", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		got, _, err := e.Group.GetRole(e.ctx, g.Id, e.groupRole(g, "ORG_ADMIN").Id)
		must(t, err)
		want(t, "type", got.Type, "ORG_ADMIN")
		_, _, err = e.Group.GetRole(e.ctx, g.Id, "granone")
		refused(t, err, "E0000007", "granone")
	})
	row("Group", "RemoveRoleFromGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		r := e.groupRole(g, "ORG_ADMIN")
		_, err := e.Group.RemoveRoleFromGroup(e.ctx, g.Id, r.Id)
		must(t, err)
		left, _, err := e.Group.ListGroupAssignedRoles(e.ctx, g.Id, nil)
		must(t, err)
		want(t, "roles left", len(left), 0)
		_, err = e.Group.RemoveRoleFromGroup(e.ctx, g.Id, r.Id)
		refused(t, err, "E0000007", r.Id)
	})
	row("Group", "AddGroupTargetToGroupAdministratorRoleForGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		r := e.groupRole(g, "HELP_DESK_ADMIN")
		_, err := e.Group.AddGroupTargetToGroupAdministratorRoleForGroup(e.ctx, g.Id, r.Id, e.group("Crew").Id)
		must(t, err)
		want(t, "targets", e.groupsOfRole(g, r), "Crew")
		_, err = e.Group.AddGroupTargetToGroupAdministratorRoleForGroup(e.ctx, g.Id, r.Id, "00gnone")
		refused(t, err, "E0000007", "00gnone")
	})
	row("Group", "ListGroupTargetsForGroupRole", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		r := e.groupRole(g, "USER_ADMIN")
		want(t, "targets", e.groupsOfRole(g, r), "")
		for _, name := range []string{"Crew", "Guests"} {
			_, err := e.Group.AddGroupTargetToGroupAdministratorRoleForGroup(e.ctx, g.Id, r.Id, e.group(name).Id)
			must(t, err)
		}
		want(t, "targets", e.groupsOfRole(g, r), "Crew, Guests")
		_, _, err := e.Group.ListGroupTargetsForGroupRole(e.ctx, g.Id, e.groupRole(g, "ORG_ADMIN").Id, nil)
		refused(t, err, "E0000091", "role type")
	})
	row("Group", "RemoveGroupTargetFromGroupAdministratorRoleGivenToGroup", func(t *testing.T) {
		e := world(t)
		g, crew, guests := e.group("Pilots"), e.group("Crew"), e.group("Guests")
		r := e.groupRole(g, "USER_ADMIN")
		for _, to := range []*okta.Group{crew, guests} {
			_, err := e.Group.AddGroupTargetToGroupAdministratorRoleForGroup(e.ctx, g.Id, r.Id, to.Id)
			must(t, err)
		}
		_, err := e.Group.RemoveGroupTargetFromGroupAdministratorRoleGivenToGroup(e.ctx, g.Id, r.Id, crew.Id)
		must(t, err)
		want(t, "targets", e.groupsOfRole(g, r), "Guests")
		_, err = e.Group.RemoveGroupTargetFromGroupAdministratorRoleGivenToGroup(e.ctx, g.Id, r.Id, crew.Id)
		refused(t, err, "E0000007", crew.Id)
	})
	row("Group", "AddApplicationTargetToAdminRoleGivenToGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		r := e.groupRole(g, "APP_ADMIN")
		_, err := e.Group.AddApplicationTargetToAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "bookmark")
		must(t, err)
		want(t, "targets", e.appsOfRole(g, r), "bookmark")
		_, err = e.Group.AddApplicationTargetToAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "unheard_of")
		refused(t, err, "E0000007", "unheard_of")
	})
	row("Group", "AddApplicationInstanceTargetToAppAdminRoleGivenToGroup", func(t *testing.T) {
		e := world(t)
		g, a := e.group("Pilots"), e.bookmark("Stars")
		r := e.groupRole(g, "APP_ADMIN")
		_, err := e.Group.AddApplicationInstanceTargetToAppAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "bookmark", a.Id)
		must(t, err)
		want(t, "targets", e.appsOfRole(g, r), "Stars")
		_, err = e.Group.AddApplicationInstanceTargetToAppAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "bookmark", "0oanone")
		refused(t, err, "E0000007", "0oanone")
	})
	row("Group", "ListApplicationTargetsForApplicationAdministratorRoleForGroup", func(t *testing.T) {
		e := world(t)
		g, a := e.group("Pilots"), e.bookmark("Stars")
		r := e.groupRole(g, "APP_ADMIN")
		want(t, "targets", e.appsOfRole(g, r), "")
		_, err := e.Group.AddApplicationInstanceTargetToAppAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "bookmark", a.Id)
		must(t, err)
		_, err = e.Group.AddApplicationTargetToAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "google")
		must(t, err)
		want(t, "targets", e.appsOfRole(g, r), "google, Stars")
		_, err = e.Group.AddApplicationTargetToAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "bookmark")
		must(t, err)
		want(t, "targets", e.appsOfRole(g, r), "bookmark, google") // all bookmarks, and so not the one alone
	})
	row("Group", "RemoveApplicationTargetFromApplicationAdministratorRoleGivenToGroup", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		r := e.groupRole(g, "APP_ADMIN")
		for _, name := range []string{"bookmark", "google"} {
			_, err := e.Group.AddApplicationTargetToAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, name)
			must(t, err)
		}
		_, err := e.Group.RemoveApplicationTargetFromApplicationAdministratorRoleGivenToGroup(e.ctx, g.Id, r.Id, "google")
		must(t, err)
		want(t, "targets", e.appsOfRole(g, r), "bookmark")
		_, err = e.Group.RemoveApplicationTargetFromApplicationAdministratorRoleGivenToGroup(e.ctx, g.Id, r.Id, "google")
		refused(t, err, "E0000007", "google")
	})
	row("Group", "RemoveApplicationTargetFromAdministratorRoleGivenToGroup", func(t *testing.T) {
		e := world(t)
		g, one, two := e.group("Pilots"), e.bookmark("Stars"), e.bookmark("Moon")
		r := e.groupRole(g, "APP_ADMIN")
		for _, a := range []*okta.BookmarkApplication{one, two} {
			_, err := e.Group.AddApplicationInstanceTargetToAppAdminRoleGivenToGroup(e.ctx, g.Id, r.Id, "bookmark", a.Id)
			must(t, err)
		}
		_, err := e.Group.RemoveApplicationTargetFromAdministratorRoleGivenToGroup(e.ctx, g.Id, r.Id, "bookmark", one.Id)
		must(t, err)
		want(t, "targets", e.appsOfRole(g, r), "Moon")
	})
}
