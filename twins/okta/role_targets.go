package okta

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// roleTargetsOperations are what an administrator is confined to.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleBTargetAdmin/
func (o *Okta) roleTargetsOperations() {
	for _, x := range []struct {
		of                                 *administered
		groups, addGroup, removeGroup      string
		apps, addApp, removeApp            string
		addInstance, removeInstance, allOf string
	}{
		{adminUsers, "listGroupTargetsForRole", "assignGroupTargetToUserRole", "unassignGroupTargetFromUserAdminRole",
			"listApplicationTargetsForApplicationAdministratorRoleForUser", "assignAppTargetToAdminRoleForUser", "unassignAppTargetFromAppAdminRoleForUser",
			"assignAppInstanceTargetToAppAdminRoleForUser", "unassignAppInstanceTargetFromAdminRoleForUser", "assignAllAppsAsTargetToRoleForUser"},
		{adminGroups, "listGroupTargetsForGroupRole", "assignGroupTargetToGroupAdminRole", "unassignGroupTargetFromGroupAdminRole",
			"listApplicationTargetsForApplicationAdministratorRoleForGroup", "assignAppTargetToAdminRoleForGroup", "unassignAppTargetToAdminRoleForGroup",
			"assignAppInstanceTargetToAppAdminRoleForGroup", "unassignAppInstanceTargetToAppAdminRoleForGroup", ""},
		{adminClients, "listGroupTargetRoleForClient", "assignGroupTargetRoleForClient", "removeGroupTargetRoleFromClient",
			"listAppTargetRoleToClient", "assignAppTargetRoleToClient", "removeAppTargetRoleFromClient",
			"assignAppTargetInstanceRoleForClient", "removeAppTargetInstanceRoleForClient", ""},
	} {
		o.on(twin.Full, x.groups, x.of.listGroupTargets)
		o.on(twin.Full, x.addGroup, x.of.addGroupTarget)
		o.on(twin.Full, x.removeGroup, x.of.removeGroupTarget)
		o.on(twin.Full, x.apps, x.of.listAppTargets)
		o.on(twin.Full, x.addApp, x.of.addAppTarget)
		o.on(twin.Full, x.removeApp, x.of.removeAppTarget)
		o.on(twin.Full, x.addInstance, x.of.addAppTarget)
		o.on(twin.Full, x.removeInstance, x.of.removeAppTarget)
		if x.allOf != "" {
			o.on(twin.Full, x.allOf, x.of.allApps)
		}
	}
	o.on(twin.Full, "getRoleTargetsByUserIdAndRoleId", o.getRoleTargetsByUserIDAndRoleID)
}

// confined is the assignment that the path names, if its role can be confined so.
func (d *administered) confined(c *call, roles []string) (RoleAssignment, error) {
	a, err := d.of(c)
	if err == nil && !slices.Contains(roles, a.Type) {
		return a, errRoleType
	}
	return a, err
}

func (d *administered) listGroupTargets(c *call) (any, error) {
	a, err := d.confined(c, groupRoles)
	if err != nil {
		return nil, err
	}
	return paged(c, slices.Values(a.Groups), func(id string) string { return id }, 20, 200, func(id string) any {
		g, _ := c.o.groups.Get(c.Tx, id)
		return c.group(g)
	})
}

func (c *call) targetGroup() string {
	for _, p := range []string{"targetGroupId", "groupId"} {
		if id := c.param(p); id != "" {
			return id
		}
	}
	return ""
}

func (d *administered) addGroupTarget(c *call) (any, error) {
	a, err := d.confined(c, groupRoles)
	id := c.targetGroup()
	switch {
	case err != nil:
		return nil, err
	case !c.o.groups.Has(c.Tx, id):
		return nil, notFound(id, "UserGroup")
	case !slices.Contains(a.Groups, id):
		a.Groups, a.Updated = append(slices.Clone(a.Groups), id), c.at()
		c.o.assignments.Put(c.Tx, a)
	}
	return nil, nil
}

func (d *administered) removeGroupTarget(c *call) (any, error) {
	a, err := d.confined(c, groupRoles)
	id := c.targetGroup()
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(a.Groups, id):
		return nil, notFound(id, "RoleTarget")
	case len(a.Groups) == 1:
		return nil, errLastTarget
	}
	a.Groups, a.Updated = slices.DeleteFunc(slices.Clone(a.Groups), func(g string) bool { return g == id }), c.at()
	c.o.assignments.Put(c.Tx, a)
	return nil, nil
}

func (d *administered) listAppTargets(c *call) (any, error) {
	a, err := d.confined(c, appRoles)
	if err != nil {
		return nil, err
	}
	return paged(c, slices.Values(a.Apps), func(name string) string { return name }, 20, 200, c.appTarget)
}

// targetApp is an app of the catalog by its name, or one of its instances as name/id.
func (c *call) targetApp() string {
	if id := c.param("appId"); id != "" {
		return c.param("appName") + "/" + id
	}
	return c.param("appName")
}

// addAppTarget confines a role to an app, which comes first from then on. All instances of an app take the place of some of them, and the other way round.
func (d *administered) addAppTarget(c *call) (any, error) {
	a, err := d.confined(c, appRoles)
	if err != nil {
		return nil, err
	}
	name := c.targetApp()
	if slices.Contains(a.Apps, name) {
		return nil, nil
	}
	app, id, instance := strings.Cut(name, "/")
	if _, listed := catalog[app]; !instance && !listed {
		return nil, notFound(app, "AppTemplate")
	}
	if instance && !c.o.apps.Has(c.Tx, id) {
		return nil, notFound(id, "AppInstance")
	}
	a.Apps = slices.DeleteFunc(slices.Clone(a.Apps), func(other string) bool {
		return instance && other == app || !instance && strings.HasPrefix(other, app+"/")
	})
	a.Apps, a.Updated = append([]string{name}, a.Apps...), c.at()
	c.o.assignments.Put(c.Tx, a)
	return nil, nil
}

func (d *administered) removeAppTarget(c *call) (any, error) {
	a, err := d.confined(c, appRoles)
	name := c.targetApp()
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(a.Apps, name):
		return nil, notFound(name, "RoleTarget")
	case len(a.Apps) == 1:
		return nil, errLastTarget
	}
	a.Apps, a.Updated = slices.DeleteFunc(slices.Clone(a.Apps), func(other string) bool { return other == name }), c.at()
	c.o.assignments.Put(c.Tx, a)
	return nil, nil
}

// allApps confines a role to nothing.
func (d *administered) allApps(c *call) (any, error) {
	a, err := d.confined(c, appRoles)
	if err != nil {
		return nil, err
	}
	a.Apps, a.Updated = nil, c.at()
	c.o.assignments.Put(c.Tx, a)
	return answer{status: 200}, nil
}

// appTarget is an app that a role is confined to, as the caller sees it.
func (c *call) appTarget(name string) any {
	app, id, instance := strings.Cut(name, "/")
	if instance {
		a, _ := c.o.apps.Get(c.Tx, id)
		return obj{"name": a.Label, "status": a.Status, "id": id, "_links": obj{"self": href(c.link("/api/v1/apps/" + id))}}
	}
	t, d := catalog[app], catalogDescriptions[app]
	return obj{"name": app, "displayName": t.label, "description": otherwise(d.description, t.label), "status": "ACTIVE", "lastUpdated": stamp(c.orgBorn()), "category": otherwise(d.category, "COLLABORATION"), "verificationStatus": "OKTA_VERIFIED",
		"website": d.website, "signOnModes": anys(t.modes), "features": []any{},
		"_links": obj{"logo": []any{obj{"name": "medium", "href": c.link("/assets/img/logos/default.6770228fb0dab49a1695ef440a5279bb.png"), "type": "image/png"}}, "self": href(c.link("/api/v1/catalog/apps/" + app))}}
}

// catalogDescriptions are what the catalog says of some apps beside their name.
var catalogDescriptions = map[string]struct{ category, description, website string }{
	"oidc_client": {"OAUTH2", "OpenID Connect Client", "http://openid.net/specs/openid-connect-core-1_0.html"},
	"facebook":    {"SOCIAL", "Giving people the power to share and make the world more open and connected.", "https://www.facebook.com/"},
}

func (c *call) orgBorn() int64 {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	return org.Created
}

// getRoleTargetsByUserIDAndRoleID returns what a person's role is confined to, however they have come to it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleBTargetAdmin/#tag/RoleBTargetAdmin/operation/getRoleTargetsByUserIdAndRoleId
func (o *Okta) getRoleTargetsByUserIDAndRoleID(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	role := c.param("roleIdOrEncodedRoleId")
	targets, found := []any{}, false
	of := func(assignee string) {
		for a := range o.assignments.All(c.Tx, assignee+"/") {
			if a.ID != role && a.Role != role {
				continue
			}
			found = true
			if want := c.query.Get("assignmentType"); want != "" && want != a.Kind {
				continue
			}
			for _, g := range a.Groups {
				targets = append(targets, obj{"assignmentType": a.Kind, "orn": c.orn("groups", g), "_links": obj{"self": href(c.link("/api/v1/groups/" + g))}})
			}
			for _, app := range a.Apps {
				targets = append(targets, obj{"assignmentType": a.Kind, "orn": c.orn("apps", strings.ReplaceAll(app, "/", ":")), "_links": obj{"self": object(c.appTarget(app))["_links"].(obj)["self"]}})
			}
		}
	}
	of(u.ID)
	for g := range c.groupsOf(u) {
		of(g.ID)
	}
	if !found {
		return nil, notFound(role, "RoleAssignment")
	}
	return targets, nil
}
