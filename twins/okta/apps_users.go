package okta

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// appUsersOperations are the people and groups that have an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/
func (o *Okta) appUsersOperations() {
	o.on(twin.Full, "assignUserToApplication", o.assignUserToApplication)
	o.on(twin.Full, "listApplicationUsers", o.listApplicationUsers)
	o.on(twin.Full, "getApplicationUser", o.getApplicationUser)
	o.on(twin.Full, "updateApplicationUser", o.updateApplicationUser)
	o.on(twin.Full, "unassignUserFromApplication", o.unassignUserFromApplication)
	o.on(twin.Full, "assignGroupToApplication", o.assignGroupToApplication)
	o.on(twin.Full, "listApplicationGroupAssignments", o.listApplicationGroupAssignments)
	o.on(twin.Full, "getApplicationGroupAssignment", o.getApplicationGroupAssignment)
	o.on(twin.Full, "updateGroupAssignmentToApplication", o.updateGroupAssignmentToApplication)
	o.on(twin.Full, "unassignApplicationFromGroup", o.unassignApplicationFromGroup)
}

var errGroupScope = &refusal{status: 403, code: "E0000006", summary: "You do not have permission to perform the requested action", causes: []string{"The user is assigned to the application by a group."}}

// assignUserToApplication gives somebody an app by themselves, even if a group of theirs has given it to them already.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationUsers/#tag/ApplicationUsers/operation/assignUserToApplication
func (o *Okta) assignUserToApplication(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	id := text(c.body["id"])
	if id == "" {
		return nil, blank("id")
	}
	u, ok := o.users.Get(c.Tx, id)
	switch {
	case !ok:
		return nil, notFound(id, "User")
	case !c.may("okta.users.appAssignment.manage", u):
		return nil, errForbidden
	}
	au, _ := c.appUserOf(a, u.ID)
	if au.User == "" {
		au = AppUser{App: a.ID, User: u.ID, Created: c.at(), Changed: c.at()}
	}
	au.Scope = "USER"
	if s := text(c.body["scope"]); s == "GROUP" {
		if au.Scope = "GROUP"; c.grantedBy(a, u.ID) == "" {
			return nil, invalid("scope", "The user is not a member of a group that is assigned to the application.")
		}
	}
	if err := c.setAppUser(a, u, &au); err != nil {
		return nil, err
	}
	c.logged("application.user_membership.add", "SUCCESS", u.target(), a.target())
	return c.appUser(a, au), nil
}

// listApplicationUsers returns who has an app: by themselves, or as a member of a group that has it.
func (o *Okta) listApplicationUsers(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	if n := c.query.Get("expand"); n != "" && n != "user" {
		return nil, invalid("RequestParams", "Expand query is malformed.")
	}
	q := strings.ToLower(c.query.Get("q"))
	users := slices.DeleteFunc(c.appUsersOf(a), func(au AppUser) bool {
		u, _ := o.users.Get(c.Tx, au.User)
		return !slices.ContainsFunc([]any{au.Credentials["userName"], u.Profile["firstName"], u.Profile["lastName"], u.Profile["email"]}, func(v any) bool {
			return strings.HasPrefix(strings.ToLower(text(v)), q)
		})
	})
	return paged(c, slices.Values(users), func(au AppUser) string { return au.User }, 50, 500, func(au AppUser) any { return c.appUserExpanded(a, au) })
}

func (o *Okta) getApplicationUser(c *call) (any, error) {
	a, au, err := c.appAndUser()
	if err != nil {
		return nil, err
	}
	return c.appUserExpanded(a, au), nil
}

// updateApplicationUser changes what an app knows of somebody.
func (o *Okta) updateApplicationUser(c *call) (any, error) {
	a, au, err := c.appAndUser()
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	}
	u, _ := o.users.Get(c.Tx, au.User)
	if s := text(c.body["scope"]); s == "USER" || s == "GROUP" {
		au.Scope = s
	}
	if err := c.setAppUser(a, u, &au); err != nil {
		return nil, err
	}
	c.logged("application.user_membership.change_username", "SUCCESS", u.target(), a.target())
	return c.appUser(a, au), nil
}

// unassignUserFromApplication takes an app away from somebody; a group of theirs may still give it to them.
func (o *Okta) unassignUserFromApplication(c *call) (any, error) {
	a, au, err := c.appAndUser()
	if err != nil {
		return nil, err
	}
	if au.Scope == "GROUP" {
		return nil, errGroupScope
	}
	o.appUsers.Delete(c.Tx, a.ID+"/"+au.User)
	u, _ := o.users.Get(c.Tx, au.User)
	c.logged("application.user_membership.remove", "SUCCESS", u.target(), a.target())
	return nil, nil
}

func (c *call) appAndUser() (App, AppUser, error) {
	a, err := c.appOf()
	if err != nil {
		return a, AppUser{}, err
	}
	id := c.param("userId")
	au, ok := c.appUserOf(a, id)
	if !ok {
		return a, au, notFound(id, "AppUser")
	}
	return a, au, nil
}

// setAppUser checks and takes over what was sent of somebody in an app.
func (c *call) setAppUser(a App, u User, au *AppUser) error {
	if p := object(c.body["profile"]); p != nil {
		attributes := c.appAttributes(a)
		for k := range p {
			if _, ok := attributes[k]; !ok {
				return invalid("profile", k+": The field is not an attribute of the application's user profile.")
			}
		}
		au.Profile = clone(with(with(obj{}, au.Profile), p))
	}
	name := text(dig(c.body, "credentials", "userName"))
	if name == "" && len(au.Credentials) == 0 {
		name = c.appUserName(a, u)
	}
	cr := with(obj{}, au.Credentials)
	if name != "" {
		cr["userName"] = name
	}
	if pw := text(dig(c.body, "credentials", "password", "value")); pw != "" {
		if a.SignOnMode == modeSAML20 || a.SignOnMode == modeOIDC || a.SignOnMode == modeBookmark {
			return invalid("credentials", "Credentials should not be set on this resource based on the scheme.")
		}
		cr["password"], au.PasswordChanged = hashed(pw), c.at()
	}
	au.Credentials, au.Updated = cr, c.at()
	c.o.appUsers.Put(c.Tx, *au)
	return nil
}

// appUserOf is somebody in an app, if they have it.
func (c *call) appUserOf(a App, user string) (AppUser, bool) {
	au, own := c.o.appUsers.Get(c.Tx, a.ID+"/"+user)
	if own && au.Scope == "USER" {
		return au, true
	}
	group := c.grantedBy(a, user)
	if group == "" {
		return AppUser{}, false
	}
	u, ok := c.o.users.Get(c.Tx, user)
	if !ok || u.Status == statusDeprovisioned {
		return AppUser{}, false
	}
	if !own {
		m, _ := c.o.members.Get(c.Tx, group+"/"+user)
		g, _ := c.o.appGroups.Get(c.Tx, a.ID+"/"+group)
		at := max(m.Since, g.Created)
		au = AppUser{App: a.ID, User: user, Scope: "GROUP", Created: at, Updated: at, Changed: at, Credentials: obj{"userName": c.appUserName(a, u)}, Profile: g.Profile}
	}
	au.Group = group
	return au, true
}

// grantedBy is the first group that gives an app to somebody, "" if none does.
func (c *call) grantedBy(a App, user string) string {
	for _, g := range c.appGroupsOf(a) {
		if c.o.members.Has(c.Tx, g.Group+"/"+user) {
			return g.Group
		}
	}
	return ""
}

// appUsersOf is who has an app, in the order in which they got it.
func (c *call) appUsersOf(a App) []AppUser {
	found := map[string]bool{}
	var users []AppUser
	add := func(user string) {
		if found[user] {
			return
		}
		found[user] = true
		if au, ok := c.appUserOf(a, user); ok {
			users = append(users, au)
		}
	}
	for au := range c.o.appUsers.All(c.Tx, a.ID+"/") {
		add(au.User)
	}
	for _, g := range c.appGroupsOf(a) {
		for m := range c.o.members.All(c.Tx, g.Group+"/") {
			add(m.User)
		}
	}
	return inOrder(users, func(au AppUser) int64 { return au.Created }, func(au AppUser) string { return au.User })
}

// appUserName is what an app calls somebody if nobody says otherwise.
func (c *call) appUserName(a App, u User) string {
	template := text(dig(a.Doc, "credentials", "userNameTemplate", "template"))
	expression := strings.TrimSuffix(strings.TrimPrefix(template, "${"), "}")
	if name, ok := evaluate(expression, obj{"user": u.Profile, "source": u.Profile}).(string); ok && name != "" {
		return name + text(dig(a.Doc, "credentials", "userNameTemplate", "suffix"))
	}
	return u.login()
}

// appUser is somebody in an app as the caller sees them.
func (c *call) appUser(a App, au AppUser) obj {
	u, _ := c.o.users.Get(c.Tx, au.User)
	cr := with(obj{}, au.Credentials)
	if cr["password"] != nil {
		cr["password"] = obj{}
	}
	links := obj{"app": href(c.link("/api/v1/apps/" + a.ID)), "user": href(c.link("/api/v1/users/" + au.User))}
	if g, ok := c.o.groups.Get(c.Tx, au.Group); ok {
		links["group"] = obj{"href": c.link("/api/v1/groups/" + g.ID), "name": g.name()}
	}
	return with(c.provisionedAs(a, au.User), obj{"id": au.User, "created": stamp(au.Created), "lastUpdated": stamp(au.Updated), "scope": au.Scope, "statusChanged": stamp(au.Changed),
		"passwordChanged": stamp(au.PasswordChanged), "credentials": cr, "profile": with(c.mapped(a, u), au.Profile), "_links": links})
}

func (c *call) appUserExpanded(a App, au AppUser) any {
	v := c.appUser(a, au)
	if u, ok := c.o.users.Get(c.Tx, au.User); ok && c.query.Get("expand") == "user" {
		v["_embedded"] = obj{"user": c.person(u)}
	}
	return v
}

// assignGroupToApplication gives everybody of a group an app. Of several groups the one that comes first decides what
// the app knows of somebody.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGroups/#tag/ApplicationGroups/operation/assignGroupToApplication
func (o *Okta) assignGroupToApplication(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	g, err := c.groupOf()
	if err != nil {
		return nil, err
	}
	ag, was := o.appGroups.Get(c.Tx, a.ID+"/"+g.ID)
	if !was {
		ag = AppGroup{App: a.ID, Group: g.ID, Created: c.at()}
	}
	if n, ok := c.body["priority"].(float64); ok {
		if n < 0 || n > 100 {
			return nil, invalid("priority", "priority: The field must be between 0 and 100")
		}
		ag.Priority = int(n)
	}
	ag.Profile, ag.Updated = clone(with(obj{}, object(c.body["profile"]))), c.at()
	c.rankGroup(ag)
	c.logged("group.application_assignment.add", "SUCCESS", g.target(), a.target())
	return c.appGroup(a, ag), nil
}

// rankGroup puts a group at its priority; one that is there already goes one down, and so on.
func (c *call) rankGroup(ag AppGroup) {
	groups := slices.DeleteFunc(c.appGroupsOf(App{ID: ag.App}), func(g AppGroup) bool { return g.Group == ag.Group })
	taken := ag.Priority
	for _, g := range groups {
		if g.Priority == taken {
			taken++
			g.Priority = taken
			c.o.appGroups.Put(c.Tx, g)
		}
	}
	c.o.appGroups.Put(c.Tx, ag)
}

func (c *call) appGroupsOf(a App) []AppGroup {
	groups := slices.Collect(c.o.appGroups.All(c.Tx, a.ID+"/"))
	slices.SortStableFunc(groups, func(x, y AppGroup) int { return x.Priority - y.Priority })
	return groups
}

func (o *Okta) listApplicationGroupAssignments(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	q := strings.ToLower(c.query.Get("q"))
	groups := slices.DeleteFunc(c.appGroupsOf(a), func(ag AppGroup) bool {
		g, _ := o.groups.Get(c.Tx, ag.Group)
		return !strings.HasPrefix(strings.ToLower(g.name()), q)
	})
	return paged(c, slices.Values(groups), func(g AppGroup) string { return g.Group }, 20, 200, func(g AppGroup) any { return c.appGroupExpanded(a, g) })
}

func (o *Okta) getApplicationGroupAssignment(c *call) (any, error) {
	a, ag, err := c.appAndGroup()
	if err != nil {
		return nil, err
	}
	return c.appGroupExpanded(a, ag), nil
}

// updateGroupAssignmentToApplication changes an assignment by a JSON patch.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGroups/#tag/ApplicationGroups/operation/updateGroupAssignmentToApplication
func (o *Okta) updateGroupAssignmentToApplication(c *call) (any, error) {
	a, ag, err := c.appAndGroup()
	if err != nil {
		return nil, err
	}
	var patch []struct {
		Op, Path string
		Value    any
	}
	if json.Unmarshal(c.sent, &patch) != nil {
		return nil, errMalformed
	}
	ag.Profile = clone(with(obj{}, ag.Profile))
	for _, p := range patch {
		name, ofProfile := strings.CutPrefix(p.Path, "/profile/")
		n, isNumber := p.Value.(float64)
		switch {
		case p.Op == "replace" && p.Path == "/priority" && isNumber:
			ag.Priority = int(n)
		case p.Op == "replace" && p.Path == "/profile" && object(p.Value) != nil:
			ag.Profile = object(p.Value)
		case p.Op == "replace" && ofProfile, p.Op == "add" && ofProfile:
			ag.Profile[name] = p.Value
		case p.Op == "remove" && ofProfile:
			delete(ag.Profile, name)
		default:
			return nil, invalid("path", "The patch operation '"+p.Op+"' is not supported for the path '"+p.Path+"'.")
		}
	}
	ag.Updated = c.at()
	c.rankGroup(ag)
	return c.appGroup(a, ag), nil
}

func (o *Okta) unassignApplicationFromGroup(c *call) (any, error) {
	a, ag, err := c.appAndGroup()
	if err != nil {
		return nil, err
	}
	o.appGroups.Delete(c.Tx, a.ID+"/"+ag.Group)
	g, _ := o.groups.Get(c.Tx, ag.Group)
	c.logged("group.application_assignment.remove", "SUCCESS", g.target(), a.target())
	return answer{status: http.StatusNoContent}, nil
}

func (c *call) appAndGroup() (App, AppGroup, error) {
	a, err := c.appOf()
	if err != nil {
		return a, AppGroup{}, err
	}
	id := c.param("groupId")
	g, ok := c.o.appGroups.Get(c.Tx, a.ID+"/"+id)
	if !ok {
		return a, g, notFound(id, "GroupAppAssignment")
	}
	return a, g, nil
}

// appGroup is the assignment of a group as the caller sees it.
func (c *call) appGroup(a App, g AppGroup) obj {
	at := c.link("/api/v1/apps/" + a.ID)
	return obj{"id": g.Group, "lastUpdated": stamp(g.Updated), "priority": g.Priority, "profile": with(obj{}, g.Profile),
		"_links": obj{"app": href(at), "self": href(at + "/groups/" + g.Group), "group": href(c.link("/api/v1/groups/" + g.Group))}}
}

func (c *call) appGroupExpanded(a App, ag AppGroup) any {
	v := c.appGroup(a, ag)
	if g, ok := c.o.groups.Get(c.Tx, ag.Group); ok && c.query.Get("expand") == "group" {
		v["_embedded"] = obj{"group": c.group(g)}
	}
	return v
}
