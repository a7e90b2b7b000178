package jira

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// follow does what the company's directory has done, as Atlassian's user provisioning does it in a site: accounts stay, and
// those of people who have left are inactive.
//
// https://developer.atlassian.com/cloud/admin/user-provisioning/rest/intro/
func (j *Jira) follow(tc *twin.Call, ch twin.Change) error {
	c := j.newCall(tc)
	c.site, _ = j.sites.Get(c.Tx, "site")
	if ch.Group != nil {
		c.followGroup(ch)
		return nil
	}
	return c.followPerson(ch)
}

const provisioning = "/scim/directory/default"

func (c *call) followPerson(ch twin.Change) error {
	u, there := c.j.usersByEmail.Get(c.Tx, strings.ToLower(cmp.Or(ch.Was.Email, ch.Is.Email)))
	if !there {
		u, there = c.j.usersByEmail.Get(c.Tx, strings.ToLower(ch.Is.Email))
	}
	active := ch.Is.Standing == twin.Active
	if !there {
		if active && ch.Link.Create {
			c.Did("scim.users.create", http.MethodPost, provisioning+"/Users")
			c.addAccount(ch.Is)
		}
		return nil
	}
	was := u
	if ch.Was.Email != ch.Is.Email && ch.Is.Email != "" {
		if other, taken := c.j.usersByEmail.Get(c.Tx, strings.ToLower(ch.Is.Email)); taken && other.ID != u.ID {
			c.Did("scim.users.update", http.MethodPatch, provisioning+"/Users/"+u.ID)
			return twin.Refusal{Status: http.StatusConflict, Code: "A user with this email address exists already."}
		}
		u.Email = ch.Is.Email
	}
	if ch.Was.Name != ch.Is.Name && ch.Is.Name != "" {
		u.Name = ch.Is.Name
	}
	if ch.Was.TimeZone != ch.Is.TimeZone && ch.Is.TimeZone != "" {
		u.TimeZone = ch.Is.TimeZone
	}
	u.Active = active
	step, method, told := "scim.users.update", http.MethodPatch, "user_updated"
	switch {
	case ch.Is.Standing == twin.Deleted:
		step, method, told = "scim.users.delete", http.MethodDelete, "user_deleted"
	case active && !was.Active:
		step = "scim.users.reactivate"
	case !active && was.Active:
		step = "scim.users.deactivate"
	case was.Name == u.Name && was.Email == u.Email && was.TimeZone == u.TimeZone:
		return nil
	}
	c.Did(step, method, provisioning+"/Users/"+u.ID)
	c.j.users.Put(c.Tx, u)
	if !active {
		c.lockOut(u)
	}
	c.audited(map[string]string{"scim.users.update": "User updated", "scim.users.delete": "User deleted", "scim.users.deactivate": "User deactivated", "scim.users.reactivate": "User activated"}[step], "user management", accountItem(u))
	c.told(event{Name: told, More: obj{"user": c.user(u)}})
	return nil
}

// addAccount makes the account of somebody who is new, with the use of Jira.
func (c *call) addAccount(p twin.Person) {
	u := User{ID: "712020:" + c.uuid(), Type: "atlassian", Name: p.Name, Email: p.Email, TimeZone: cmp.Or(p.TimeZone, "UTC"), Locale: "en_US", Active: true, Created: c.at()}
	c.j.users.Put(c.Tx, u)
	if ids := texts(c.site.Settings["productGroups"]); len(ids) > 0 {
		c.j.members.Put(c.Tx, Member{ids[0], u.ID})
	}
	c.audited("User created", "user management", accountItem(u))
	c.told(event{Name: "user_created", More: obj{"user": c.user(u)}})
}

// lockOut ends all that somebody could still come in with.
func (c *call) lockOut(u User) {
	for t := range c.j.tokens.All(c.Tx, "") {
		if t.User == u.ID {
			c.j.tokens.Delete(c.Tx, t.Secret)
		}
	}
	for t := range c.j.oauthTokens.All(c.Tx, "") {
		if t.User == u.ID {
			c.j.oauthTokens.Delete(c.Tx, t.Secret)
		}
	}
	for s := range c.j.sessions.All(c.Tx, "") {
		if s.User == u.ID {
			c.j.sessions.Delete(c.Tx, s.Secret)
		}
	}
}

func (c *call) followGroup(ch twin.Change) {
	g, there := Group{}, false
	for x := range c.groupsByName() {
		if there = ch.Named(x.Name); there {
			g = x
			break
		}
	}
	switch {
	case !there && ch.Group.Deleted:
		return
	case !there:
		g = Group{ID: c.uuid(), Name: ch.Group.Name}
		c.Did("scim.groups.create", http.MethodPost, provisioning+"/Groups")
		c.j.groups.Put(c.Tx, g)
		c.audited("Group created", "group management", groupItem(g))
		ch.In, ch.OldName = ch.Group.Members, g.Name
	case ch.Group.Deleted:
		c.Did("scim.groups.delete", http.MethodDelete, provisioning+"/Groups/"+g.ID)
		c.eraseGroup(g)
		return
	default:
		c.Did("scim.groups.update", http.MethodPatch, provisioning+"/Groups/"+g.ID)
	}
	if ch.OldName != "" && ch.OldName != ch.Group.Name {
		from := g.Name
		g.Name = ch.Group.Name
		c.j.groups.Put(c.Tx, g)
		c.auditedWith("Group updated", "group management", groupItem(g), nil, changedValue("Name", from, g.Name))
	}
	for _, a := range slices.Concat(ch.In, ch.Left) {
		u, ok := c.j.usersByEmail.Get(c.Tx, strings.ToLower(a))
		comes := slices.Contains(ch.In, a)
		if !ok || comes == c.inGroup(u.ID, g.ID) {
			continue
		}
		if comes {
			c.j.members.Put(c.Tx, Member{g.ID, u.ID})
			c.auditedWith("User added to group", "group management", groupItem(g), []any{accountItem(u)}, changedValue("User", "", u.Name))
		} else {
			c.j.members.Delete(c.Tx, g.ID+"/"+u.ID)
			c.auditedWith("User removed from group", "group management", groupItem(g), []any{accountItem(u)}, changedValue("User", u.Name, ""))
		}
	}
}
