package jira

import (
	"net/url"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) myselfOperations() {
	j.on(twin.Full, "getCurrentUser", j.getCurrentUser)
}

func (j *Jira) usersOperations() {
	j.on(twin.Full, "getUser", j.getUser)
}

// getCurrentUser returns the caller.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-myself-get
func (j *Jira) getCurrentUser(c *call) (any, error) { return c.userWhole(c.who), nil }

// getUser returns an account.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-get
func (j *Jira) getUser(c *call) (any, error) {
	who := c.q("accountId")
	if who == "" {
		who = c.q("key") // which are the same since names and keys are gone
	}
	if who == "" {
		who = c.q("username")
	}
	if who == "" {
		return nil, badRequest("Specify an accountId to find a user.")
	}
	u, ok := c.j.users.Get(c.Tx, who)
	if !ok {
		return nil, notFound("Specified user does not exist or you do not have required permissions")
	}
	return c.userWhole(u), nil
}

// userShown is an account as other things show it, null if there is none.
func (c *call) userShown(who string) any {
	return shownOnce(c, c.j.users, who, c.user)
}

func (c *call) user(u User) obj {
	v := obj{"self": c.api("/user?accountId=" + url.QueryEscape(u.ID)), "accountId": u.ID, "accountType": u.Type, "avatarUrls": c.avatarsOf(u), "displayName": u.Name, "active": u.Active, "timeZone": u.TimeZone}
	if u.Email != "" {
		v["emailAddress"] = u.Email
	}
	return v
}

// userWhole is an account as it is shown when it is asked for itself.
func (c *call) userWhole(u User) obj {
	v := c.user(u)
	v["locale"] = u.Locale
	groups := []any{}
	for m := range c.j.groupsOf.All(c.Tx, u.ID) {
		g, _ := c.j.groups.Get(c.Tx, m.Group)
		groups = append(groups, c.groupShown(g))
	}
	roles := []any{}
	if c.hasProduct(u.ID) {
		roles = append(roles, obj{"key": "jira-software", "name": "Jira"})
	}
	some := func(items []any, name string) obj {
		whole := obj{"size": len(items), "items": []any{}}
		if c.expands(name) {
			whole["items"] = items
		}
		return whole
	}
	v["groups"], v["applicationRoles"] = some(groups, "groups"), some(roles, "applicationRoles")
	v["expand"] = "groups,applicationRoles"
	return v
}

// avatarsOf are the pictures of an account in the sizes that Jira has.
func (c *call) avatarsOf(u User) obj {
	return c.avatars("/secure/useravatar?ownerId=" + url.QueryEscape(u.ID))
}

// avatars are one picture in Jira's four sizes.
func (c *call) avatars(path string) obj {
	at := c.base + path
	join := "?"
	if strings.Contains(path, "?") {
		join = "&"
	}
	return obj{"48x48": at, "24x24": at + join + "size=small", "16x16": at + join + "size=xsmall", "32x32": at + join + "size=medium"}
}

// groupBy finds a group by its id or its name.
func (c *call) groupBy(id, name string) (Group, bool) {
	if id != "" {
		return c.j.groups.Get(c.Tx, id)
	}
	if name == "" {
		return Group{}, false
	}
	return c.j.groupsByName.Get(c.Tx, strings.ToLower(name))
}

func (c *call) groupShown(g Group) obj {
	return obj{"name": g.Name, "groupId": g.ID, "self": c.api("/group?groupId=" + url.QueryEscape(g.ID))}
}

// isProductGroup reports whether a group gives its members the use of Jira.
func (c *call) isProductGroup(g Group) bool {
	for _, id := range texts(c.site.Settings["productGroups"]) {
		if id == g.ID {
			return true
		}
	}
	return false
}
