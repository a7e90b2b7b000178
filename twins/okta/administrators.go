package okta

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// A power is what somebody may do as an administrator by one of their roles.
type power struct {
	role        string // its type
	permissions []string
	confined    []string // the sorts of things of which it is over some; a role of the org's own always is
	// over are these things, each as the end of its ORN: users, groups:00g…, groups:00g…:contained_resources, apps:slack, apps:slack:0oa….
	over []string
	but  []string // what is left out of that
	// conditions are which attributes of people a permission is about, if it is not about all.
	conditions map[string]obj
}

// Powers are what somebody may do as an administrator.
type powers struct {
	all  bool // a super administrator, or somebody about themselves
	some []power
}

// mayCall refuses whoever has not the permissions that an operation takes, over what its path names. About themselves
// people may ask without being an administrator.
//
// https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/
func (c *call) mayCall() error {
	if c.aboutSelf() {
		c.who.powers = &powers{all: true}
	}
	own := c.who.powers != nil
	for _, p := range c.op.takes {
		if !own {
			c.r.Permit(p)
		}
		if !c.powers().all && !c.permitted(p) {
			return errForbidden
		}
	}
	return nil
}

// aboutSelf reports whether the call is about the caller, and one that takes no administrator.
func (c *call) aboutSelf() bool {
	u := c.who.user
	path := c.r.Echo.Request().URL.Path
	for _, own := range []string{"/api/v1/users/me", "/api/v1/users/" + u.ID, "/api/v1/users/" + u.login(), "/api/v1/sessions/me", "/idp/"} {
		if rest, ok := strings.CutPrefix(path, own); ok && u.ID != "" && (rest == "" || rest[0] == '/' || strings.HasSuffix(own, "/")) {
			return !strings.HasPrefix(rest, "/roles") && !strings.HasPrefix(rest, "/lifecycle") && c.op.ID != "deleteUser"
		}
	}
	return false
}

// atOwnDiscretion are operations that look themselves at what they are asked for.
var atOwnDiscretion = []string{"createUser", "createApplication"}

// named finds in a path the parameter that names a thing of a sort.
var named = map[string]*regexp.Regexp{
	"users": regexp.MustCompile(`/users/\{(\w+)\}`), "groups": regexp.MustCompile(`/groups/\{(\w+)\}`), "apps": regexp.MustCompile(`/(?:apps|clients)/\{(\w+)\}`), "authzServers": regexp.MustCompile(`/authorizationServers/\{(\w+)\}`),
}

// permitted reports whether the caller has a permission over what the call's path names, or over everything of its sort
// if it names nothing and is about to change something. What is listed is filtered, and what is not there is told so.
func (c *call) permitted(permission string) bool {
	sort := sortOf(permission)
	var param string
	if re := named[sort]; re != nil {
		if m := re.FindStringSubmatch(c.op.Path); m != nil {
			param = c.param(m[1])
		}
	}
	switch {
	case param == "" && (c.op.Method == http.MethodGet || slices.Contains(atOwnDiscretion, c.op.ID)):
		return c.mayAnywhere(permission)
	case param == "":
		return c.mayEverywhere(permission)
	}
	var thing any = param
	found := true
	switch sort {
	case "users":
		thing, found = c.userCalled(param)
	case "groups":
		thing, found = c.o.groups.Get(c.Tx, param)
	case "apps":
		if thing, found = c.o.apps.Get(c.Tx, param); !found {
			thing, found = c.o.appsByClient.Get(c.Tx, param)
		}
	}
	if !found {
		return c.mayAnywhere(permission)
	}
	return c.may(permission, thing)
}

// may reports whether the caller has a permission over a thing: a User, a Group, an App, or the id of something else.
func (c *call) may(permission string, thing any) bool {
	p := c.powers()
	return p.all || slices.ContainsFunc(p.some, func(p power) bool {
		sort := sortOf(permission)
		return allows(p.permissions, permission) && (p.free(sort) || c.covers(p.over, sort, thing) && !c.covers(p.but, sort, thing)) && !c.shielded(p, permission, thing)
	})
}

// mayAnywhere reports whether the caller has a permission over something.
func (c *call) mayAnywhere(permission string) bool {
	p := c.powers()
	return p.all || slices.ContainsFunc(p.some, func(p power) bool { return allows(p.permissions, permission) })
}

// mayEverywhere reports whether the caller has a permission over everything of its sort.
func (c *call) mayEverywhere(permission string) bool {
	p := c.powers()
	return p.all || slices.ContainsFunc(p.some, func(p power) bool {
		return allows(p.permissions, permission) && (p.free(sortOf(permission)) || slices.Contains(p.over, sortOf(permission)))
	})
}

// free reports whether a power is over all things of a sort because nobody has confined it.
func (p power) free(sort string) bool {
	return p.role != "CUSTOM" && !slices.Contains(p.confined, sort)
}

// alwaysSeen are the attributes of people that no condition hides.
//
// https://developer.okta.com/docs/api/openapi/okta-management/guides/permissions/#permissions-conditions
var alwaysSeen = []string{"firstName", "lastName", "login", "email", "mobilePhone"}

// mayAttribute reports whether the caller has a permission over an attribute of somebody.
func (c *call) mayAttribute(permission string, u User, name string) bool {
	p := c.powers()
	return p.all || slices.ContainsFunc(p.some, func(p power) bool {
		if !allows(p.permissions, permission) || !p.free("users") && !c.covers(p.over, "users", u) {
			return false
		}
		const profile = "okta:ResourceAttribute/User/Profile"
		conditions := p.conditions[permission]
		if include := object(conditions["include"]); include != nil {
			return slices.Contains(texts(include[profile]), name)
		}
		return !slices.Contains(texts(dig(conditions, "exclude", profile)), name)
	})
}

// conceals reports whether there may be attributes of people that the caller does not see.
func (c *call) conceals() bool {
	return slices.ContainsFunc(c.powers().some, func(p power) bool { return p.conditions["okta.users.read"] != nil })
}

// seen is what the caller sees of somebody's profile.
func (c *call) seen(u User) obj {
	if !c.conceals() {
		return u.Profile
	}
	out := obj{}
	for name, v := range u.Profile {
		if slices.Contains(alwaysSeen, name) || c.mayAttribute("okta.users.read", u, name) {
			out[name] = v
		}
	}
	return out
}

// mayCreate reports whether the caller may create somebody in some groups: anywhere, or in those that they see to.
func (c *call) mayCreate(groups []Group) bool {
	const permission = "okta.users.create"
	return c.mayEverywhere(permission) || c.may(permission, Group{}) || len(groups) > 0 && !slices.ContainsFunc(groups, func(g Group) bool { return !c.may(permission, g) })
}

// covers reports whether a thing is among some.
func (c *call) covers(over []string, sort string, thing any) bool {
	in := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(over, n) })
	}
	switch t := thing.(type) {
	case User:
		if in("users", "users:"+t.ID, "realms:"+t.Realm+":contained_resources") {
			return true
		}
		for _, name := range over {
			group, ok := strings.CutPrefix(strings.TrimSuffix(name, ":users"), "groups:")
			if g, contained := strings.CutSuffix(group, ":contained_resources"); ok && (contained || strings.HasSuffix(name, ":users")) && c.o.members.Has(c.Tx, g+"/"+t.ID) {
				return true
			}
		}
		return false
	case Group:
		return in("groups", "groups:"+t.ID)
	case App:
		return in("apps", "apps:"+t.Name, "apps:"+t.Name+":"+t.ID, "apps:"+t.ID)
	case string:
		return in(sort, sort+":"+t)
	}
	return false
}

// harmless are permissions that lesser administrators have over greater ones too.
var harmless = []string{"okta.users.read", "okta.users.lifecycle.suspend", "okta.users.lifecycle.unsuspend", "okta.users.lifecycle.activate", "okta.users.lifecycle.clearSessions", "okta.users.groupMembership.manage", "okta.users.appAssignment.manage"}

// shielded reports whether a thing is out of reach because it is a greater administrator, or makes people administrators:
// nobody but a super administrator changes another one or who is in a group that has a role, and those who see to groups
// or to the help desk change no administrator at all.
func (c *call) shielded(p power, permission string, thing any) bool {
	switch t := thing.(type) {
	case Group:
		if permission == "okta.groups.members.manage" {
			for range c.o.assignments.All(c.Tx, t.ID+"/") {
				return true
			}
		}
	case User:
		if !slices.Contains(harmless, permission) {
			theirs := c.powersOf(c.assignees(t))
			return theirs.all || len(theirs.some) > 0 && slices.Contains([]string{"USER_ADMIN", "HELP_DESK_ADMIN"}, p.role)
		}
	}
	return false
}

// powers are what the caller may do as an administrator. What nobody asks for Okta does by itself.
func (c *call) powers() *powers {
	if c.who.user.ID == "" && c.who.client == "" {
		return &powers{all: true}
	}
	if c.who.powers == nil {
		of := []string{c.who.client}
		if c.who.user.ID != "" {
			of = c.assignees(c.who.user)
		} else if a, ok := c.o.appsByClient.Get(c.Tx, c.who.client); ok {
			of = append(of, a.ID)
		}
		c.who.powers = c.powersOf(of)
	}
	return c.who.powers
}

// assignees are those by whose roles somebody is an administrator: themselves, and their groups.
func (c *call) assignees(u User) []string {
	of := []string{u.ID}
	for m := range c.o.membersOf.All(c.Tx, u.ID) {
		of = append(of, m.Group)
	}
	return of
}

func (c *call) powersOf(assignees []string) *powers {
	var out powers
	for _, id := range assignees {
		for a := range c.o.assignments.All(c.Tx, id+"/") {
			switch a.Type {
			case "SUPER_ADMIN":
				return &powers{all: true}
			case "CUSTOM":
				out.some = append(out.some, c.customPower(a))
			default:
				out.some = append(out.some, standardPower(a))
			}
		}
	}
	return &out
}

// standardPower is one of Okta's own roles, over what it is confined to. Who sees to API access has no apps but those of
// OpenID Connect.
func standardPower(a RoleAssignment) power {
	p := power{role: a.Type, permissions: standardRoles[a.Type]}
	for _, g := range a.Groups {
		p.confined, p.over = []string{"users", "groups"}, append(p.over, "groups:"+g, "groups:"+g+":contained_resources")
	}
	for _, app := range a.Apps {
		p.confined, p.over = []string{"apps"}, append(p.over, "apps:"+strings.ReplaceAll(app, "/", ":"))
	}
	if a.Type == "API_ACCESS_MANAGEMENT_ADMIN" {
		p.confined, p.over = []string{"apps"}, []string{"apps:oidc_client"}
	}
	return p
}

// customPower is a role that the org has made, over the set of resources that it is bound to.
func (c *call) customPower(a RoleAssignment) power {
	p := power{role: a.Type, conditions: map[string]obj{}}
	for r := range c.all(permissionKind, a.Role) {
		p.permissions = append(p.permissions, r.Name)
		if conditions := object(r.Doc["conditions"]); len(conditions) > 0 {
			p.conditions[r.Name] = conditions
		}
	}
	for r := range c.all(resourceKind, a.ResourceSet) {
		p.over = append(p.over, ornEnd(r.Name))
		for _, orn := range texts(dig(r.Doc, "conditions", "Exclude", "okta:ORN")) {
			p.but = append(p.but, ornEnd(orn))
		}
	}
	return p
}

// ornSorts are what ORNs call the sorts of things that permissions call otherwise.
var ornSorts = map[string]string{"authorization_servers": "authzServers", "authorizationServers": "authzServers", "idps": "identityProviders", "identity_providers": "identityProviders"}

// ornEnd is an ORN from the sort of its thing on.
func ornEnd(orn string) string {
	parts := strings.SplitN(orn, ":", 5)
	sort, rest, more := strings.Cut(parts[len(parts)-1], ":")
	if s := ornSorts[sort]; s != "" {
		sort = s
	}
	if sort == "contained_resources" && len(parts) == 5 {
		sort = parts[2] // all of a service
	}
	if more {
		return sort + ":" + rest
	}
	return sort
}

// rolesFor is the least of Okta's own roles that allows some things; a custom role may be less still.
func rolesFor(needed []string) []string {
	best := ""
	for _, role := range slices.Sorted(maps.Keys(standardRoles)) {
		has := standardRoles[role]
		if !slices.ContainsFunc(needed, func(p string) bool { return !allows(has, p) }) && (best == "" || len(has) < len(standardRoles[best])) {
			best = role
		}
	}
	switch {
	case len(needed) == 0:
		return nil
	case best == "":
		return []string{"SUPER_ADMIN"}
	}
	return []string{best}
}
