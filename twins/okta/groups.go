package okta

import (
	"iter"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// groupsOperations are groups and who is in them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group/
func (o *Okta) groupsOperations() {
	o.on(twin.Full, "listGroups", o.listGroups)
	o.on(twin.Full, "addGroup", o.addGroup)
	o.on(twin.Full, "getGroup", o.getGroup)
	o.on(twin.Full, "replaceGroup", o.replaceGroup)
	o.on(twin.Full, "deleteGroup", o.deleteGroup)
	o.on(twin.Full, "listGroupUsers", o.listGroupUsers)
	o.on(twin.Full, "assignUserToGroup", o.assignUserToGroup)
	o.on(twin.Full, "unassignUserFromGroup", o.unassignUserFromGroup)
	o.on(twin.Full, "listAssignedApplicationsForGroup", o.listAssignedApplicationsForGroup)
	o.on(twin.Full, "listGroupOwners", o.listGroupOwners)
	o.on(twin.Full, "assignGroupOwner", o.assignGroupOwner)
	o.on(twin.Full, "deleteGroupOwner", o.deleteGroupOwner)
}

// listGroups finds groups: q by the beginning of the name, filter and search by expression.
func (o *Okta) listGroups(c *call) (any, error) {
	q := strings.ToLower(c.query.Get("q"))
	filter, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	search, err := c.filtered("search")
	if err != nil {
		return nil, err
	}
	var groups []Group
	for g := range o.groups.All(c.Tx, "") {
		if v := g.own(); strings.HasPrefix(strings.ToLower(g.name()), q) && filter(v) && search(v) && c.may("okta.groups.read", g) {
			groups = append(groups, g)
		}
	}
	groups = inOrder(groups, func(g Group) int64 { return g.Order }, func(g Group) string { return g.ID })
	if sortBy := c.query.Get("sortBy"); sortBy != "" && c.query.Get("search") != "" {
		path := strings.Split(sortBy, ".")
		key := func(g Group) string { return strings.ToLower(text(valueAt(g.own(), path))) }
		slices.SortStableFunc(groups, func(a, b Group) int { return strings.Compare(key(a), key(b)) })
		if strings.EqualFold(c.query.Get("sortOrder"), "desc") {
			slices.Reverse(groups)
		}
	}
	return paged(c, slices.Values(groups), func(g Group) string { return g.ID }, 10000, 10000, func(g Group) any { return c.group(g) })
}

// addGroup makes a group.
func (o *Okta) addGroup(c *call) (any, error) {
	g := Group{ID: c.id("00g"), Order: c.order(), Type: "OKTA_GROUP", Created: c.at(), Updated: c.at(), Joined: c.at()}
	if err := c.groupProfile(&g); err != nil {
		return nil, err
	}
	o.groups.Put(c.Tx, g)
	c.logged("group.lifecycle.create", "SUCCESS", g.target())
	return c.group(g), nil
}

func (o *Okta) getGroup(c *call) (any, error) {
	g, err := c.groupOf()
	if err != nil {
		return nil, err
	}
	return c.group(g), nil
}

// replaceGroup changes the profile of a group that is the org's own.
func (o *Okta) replaceGroup(c *call) (any, error) {
	g, err := c.ownGroup()
	if err != nil {
		return nil, err
	}
	if err := c.groupProfile(&g); err != nil {
		return nil, err
	}
	g.Updated = c.at()
	o.groups.Put(c.Tx, g)
	c.logged("group.profile.update", "SUCCESS", g.target())
	return c.group(g), nil
}

func (o *Okta) deleteGroup(c *call) (any, error) {
	g, err := c.ownGroup()
	if err != nil {
		return nil, err
	}
	for m := range o.members.All(c.Tx, g.ID+"/") {
		o.members.Delete(c.Tx, m.Group+"/"+m.User)
		c.touch("", []target{{m.User, "User", ""}})
	}
	for w := range o.owners.All(c.Tx, "") {
		if w.Group == g.ID || w.ID == g.ID {
			o.owners.Delete(c.Tx, w.Group+"/"+w.ID)
		}
	}
	for a := range o.assignments.All(c.Tx, "") {
		if a.Assignee == g.ID {
			o.assignments.Delete(c.Tx, a.Assignee+"/"+a.ID)
		} else if slices.Contains(a.Groups, g.ID) {
			a.Groups = slices.DeleteFunc(slices.Clone(a.Groups), func(id string) bool { return id == g.ID })
			o.assignments.Put(c.Tx, a)
		}
	}
	for _, a := range c.appsOfGroup(g) {
		o.appGroups.Delete(c.Tx, a.ID+"/"+g.ID)
	}
	for r := range c.all(groupRuleKind, "") {
		if slices.Contains(ruleGroups(r), g.ID) {
			r.Status, r.Updated = statusInvalid, c.at()
			c.keep(groupRuleKind, r)
		}
	}
	o.groups.Delete(c.Tx, g.ID)
	c.logged("group.lifecycle.delete", "SUCCESS", g.target())
	return nil, nil
}

// listGroupUsers returns who is in a group, in the order in which they came.
func (o *Okta) listGroupUsers(c *call) (any, error) {
	g, err := c.groupOf()
	if err != nil {
		return nil, err
	}
	var users []User
	for m := range o.members.All(c.Tx, g.ID+"/") {
		if u, ok := o.users.Get(c.Tx, m.User); ok && u.Status != statusDeprovisioned {
			users = append(users, u)
		}
	}
	users = inOrder(users, func(u User) int64 { return u.Order }, func(u User) string { return u.ID })
	return paged(c, slices.Values(users), func(u User) string { return u.ID }, 1000, 1000, c.member)
}

// listAssignedApplicationsForGroup returns the apps that a group gives its people.
func (o *Okta) listAssignedApplicationsForGroup(c *call) (any, error) {
	g, err := c.groupOf()
	if err != nil {
		return nil, err
	}
	apps := slices.DeleteFunc(c.appsOfGroup(g), func(a App) bool { return !c.may("okta.apps.read", a) })
	return paged(c, slices.Values(apps), func(a App) string { return a.ID }, 20, 200, func(a App) any { return c.app(a) })
}

func (c *call) appsOfGroup(g Group) []App {
	var ids []string
	for ag := range c.o.appGroupsOf.All(c.Tx, g.ID) {
		ids = append(ids, ag.App)
	}
	return c.appsOf(ids)
}

func (c *call) member(u User) any { return c.personInList(u) }

func (o *Okta) assignUserToGroup(c *call) (any, error) {
	g, u, err := c.groupAndUser()
	if err != nil {
		return nil, err
	}
	c.join(g, u)
	c.applyRules(u)
	return nil, nil
}

func (o *Okta) unassignUserFromGroup(c *call) (any, error) {
	g, u, err := c.groupAndUser()
	if err != nil {
		return nil, err
	}
	c.leave(g, u)
	c.applyRules(u)
	return nil, nil
}

func (c *call) groupAndUser() (Group, User, error) {
	g, err := c.ownGroup()
	if err != nil {
		return g, User{}, err
	}
	u, err := c.user()
	return g, u, err
}

// groupOf is the group that the path names.
func (c *call) groupOf() (Group, error) {
	id := c.param("groupId")
	g, ok := c.o.groups.Get(c.Tx, id)
	if !ok {
		return g, notFound(id, "UserGroup")
	}
	return g, nil
}

// ownGroup is the group that the path names, if people may change it.
func (c *call) ownGroup() (Group, error) {
	g, err := c.groupOf()
	if err == nil && g.Type != "OKTA_GROUP" {
		return g, errUnsupported
	}
	return g, err
}

// groupProfile takes over the profile that was sent.
func (c *call) groupProfile(g *Group) error {
	if c.body == nil {
		return errMalformed
	}
	p := clone(object(c.body["profile"]))
	if p == nil {
		p = obj{}
	}
	causes, unknown := c.schema("group").check(p)
	for other := range c.o.groupsByName.All(c.Tx, strings.ToLower(text(p["name"]))) {
		if other.ID != g.ID && other.Type == "OKTA_GROUP" {
			causes = append(causes, "name: An object with this field already exists")
		}
	}
	switch {
	case causes != nil:
		return invalid(causes[0][:strings.IndexByte(causes[0], ':')], causes...)
	case unknown:
		return errMalformed
	}
	for k, v := range p {
		if v == nil {
			delete(p, k)
		}
	}
	if _, ok := p["description"]; !ok {
		p["description"] = nil // this is always there
	}
	g.Profile = p
	return nil
}

// own is what a group itself is, as expressions see it.
func (g Group) own() obj {
	v := obj{"id": g.ID, "created": stamp(g.Created), "lastUpdated": stamp(g.Updated), "lastMembershipUpdated": stamp(g.Joined), "objectClass": []any{"okta:user_group"}, "type": g.Type, "profile": g.Profile}
	if g.Source != "" {
		v["source"] = obj{"id": g.Source}
	}
	return v
}

// group is a group as the caller sees it.
func (c *call) group(g Group) any {
	at := c.link("/api/v1/groups/" + g.ID)
	logo := func(size string) obj {
		return obj{"name": size, "href": c.link("/assets/img/logos/groups/odyssey/okta-" + size + ".png"), "type": "image/png"}
	}
	v := g.own()
	v["_links"] = obj{"logo": []any{logo("medium"), logo("large")}, "users": href(at + "/users"), "apps": href(at + "/apps"), "owners": href(at + "/owners")}
	if strings.Contains(c.query.Get("expand"), "stats") {
		v["_embedded"] = obj{"stats": c.groupStats(g)}
	}
	return v
}

// groupStats counts what a group is used for.
func (c *call) groupStats(g Group) obj {
	users, admin := 0, false
	for m := range c.o.members.All(c.Tx, g.ID+"/") {
		if u, ok := c.o.users.Get(c.Tx, m.User); ok && u.Status != statusDeprovisioned {
			users++
		}
	}
	for range c.o.assignments.All(c.Tx, g.ID+"/") {
		admin = true
	}
	at := c.link("/api/v1/groups/" + g.ID)
	return obj{"usersCount": users, "appsCount": len(c.appsOfGroup(g)), "groupPushMappingsCount": 0, "hasAdminPrivilege": admin, "_links": obj{"users": href(at + "/users"), "apps": href(at + "/apps")}}
}

// everyone is the group that all people are in.
func (o *Okta) everyone(c *call) (Group, bool) {
	for g := range o.groupsByName.All(c.Tx, "everyone") {
		if g.Type == "BUILT_IN" {
			return g, true
		}
	}
	return Group{}, false
}

// groupsOf yields the groups of a person, the oldest first.
func (c *call) groupsOf(u User) iter.Seq[Group] {
	var groups []Group
	for m := range c.o.membersOf.All(c.Tx, u.ID) {
		if g, ok := c.o.groups.Get(c.Tx, m.Group); ok {
			groups = append(groups, g)
		}
	}
	return slices.Values(inOrder(groups, func(g Group) int64 { return g.Order }, func(g Group) string { return g.ID }))
}

// join puts a person into a group by hand.
func (c *call) join(g Group, u User) {
	m, was := c.o.members.Get(c.Tx, g.ID+"/"+u.ID)
	if was && m.Manual {
		return
	}
	if !was {
		m = Member{Group: g.ID, User: u.ID, Since: c.at()}
	}
	m.Manual = true
	c.o.members.Put(c.Tx, m)
	if !was {
		c.joined(g, u)
	}
}

// joined notes that somebody has come into a group.
func (c *call) joined(g Group, u User) {
	g.Joined = c.at()
	c.o.groups.Put(c.Tx, g)
	if g.Type != "BUILT_IN" {
		c.logged("group.user_membership.add", "SUCCESS", u.target(), g.target())
	}
}

// leave takes a person out of a group, whoever has put them there.
func (c *call) leave(g Group, u User) {
	if !c.o.members.Delete(c.Tx, g.ID+"/"+u.ID) {
		return
	}
	g.Joined = c.at()
	c.o.groups.Put(c.Tx, g)
	c.logged("group.user_membership.remove", "SUCCESS", u.target(), g.target())
}
