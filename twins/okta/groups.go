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
	o.on(twin.Partial, "listGroups", o.listGroups)
	o.on(twin.Full, "addGroup", o.addGroup)
	o.on(twin.Full, "getGroup", o.getGroup)
	o.on(twin.Full, "replaceGroup", o.replaceGroup)
	o.on(twin.Full, "deleteGroup", o.deleteGroup)
	o.on(twin.Full, "listGroupUsers", o.listGroupUsers)
	o.on(twin.Full, "assignUserToGroup", o.assignUserToGroup)
	o.on(twin.Full, "unassignUserFromGroup", o.unassignUserFromGroup)
}

// listGroups finds groups: q by the beginning of the name, filter and search by expression.
func (o *Okta) listGroups(c *call) (any, error) {
	q := strings.ToLower(c.query.Get("q"))
	match, err := c.filtered("filter")
	if err != nil {
		return nil, err
	}
	search, err := c.filtered("search")
	if err != nil {
		return nil, err
	}
	groups := slices.DeleteFunc(slices.Collect(o.groups.All(c.Tx, "")), func(g Group) bool {
		v := c.group(g).(obj)
		return !strings.HasPrefix(strings.ToLower(g.name()), q) || !match(v) || !search(v)
	})
	groups = inOrder(groups, func(g Group) int64 { return g.Created }, func(g Group) string { return g.ID })
	return paged(c, slices.Values(groups), func(g Group) string { return g.ID }, 10000, 10000, func(g Group) any { return c.group(g) })
}

// addGroup makes a group.
func (o *Okta) addGroup(c *call) (any, error) {
	g := Group{ID: c.id("00g"), Type: "OKTA_GROUP", Created: c.at(), Updated: c.at(), Joined: c.at()}
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
	users = inOrder(users, func(u User) int64 { return u.Created }, func(u User) string { return u.ID })
	return paged(c, slices.Values(users), func(u User) string { return u.ID }, 1000, 1000, c.member)
}

func (c *call) member(u User) any { return c.personInList(u) }

func (o *Okta) assignUserToGroup(c *call) (any, error) {
	g, u, err := c.groupAndUser()
	if err != nil {
		return nil, err
	}
	c.join(g, u)
	return nil, nil
}

func (o *Okta) unassignUserFromGroup(c *call) (any, error) {
	g, u, err := c.groupAndUser()
	if err != nil {
		return nil, err
	}
	c.leave(g, u)
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

func (c *call) groupProfile(g *Group) error {
	p := object(c.body["profile"])
	name := text(p["name"])
	if name == "" {
		return blank("name")
	}
	for other := range c.o.groupsByName.All(c.Tx, strings.ToLower(name)) {
		if other.ID != g.ID && other.Type == "OKTA_GROUP" {
			return invalid("name", "name: An object with this field already exists")
		}
	}
	g.Profile = clone(p)
	if _, ok := g.Profile["description"]; !ok {
		g.Profile["description"] = nil
	}
	return nil
}

// group is a group as the caller sees it.
func (c *call) group(g Group) any {
	at := c.link("/api/v1/groups/" + g.ID)
	logo := func(size string) obj {
		return obj{"name": size, "href": c.link("/assets/img/logos/groups/odyssey/okta-" + size + ".png"), "type": "image/png"}
	}
	return obj{"id": g.ID, "created": stamp(g.Created), "lastUpdated": stamp(g.Updated), "lastMembershipUpdated": stamp(g.Joined), "objectClass": []any{"okta:user_group"}, "type": g.Type, "profile": g.Profile,
		"_links": obj{"logo": []any{logo("medium"), logo("large")}, "users": href(at + "/users"), "apps": href(at + "/apps")}}
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
	return slices.Values(inOrder(groups, func(g Group) int64 { return g.Created }, func(g Group) string { return g.ID }))
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
	if was {
		return
	}
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
