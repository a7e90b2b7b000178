package jira

import (
	"cmp"
	"fmt"
	"html"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) groupsOperations() {
	j.on(twin.Full, "getGroup", j.getGroup)
	j.on(twin.Full, "createGroup", j.createGroup)
	j.on(twin.Full, "removeGroup", j.removeGroup)
	j.on(twin.Full, "bulkGetGroups", j.bulkGetGroups)
	j.on(twin.Full, "getUsersFromGroup", j.getUsersFromGroup)
	j.on(twin.Full, "addUserToGroup", j.addUserToGroup)
	j.on(twin.Full, "removeUserFromGroup", j.removeUserFromGroup)
	j.on(twin.Full, "findGroups", j.findGroups).public()
}

// browsesUsers refuses who may not see accounts and groups.
func (c *call) browsesUsers(sentence string) error {
	if !c.hasGlobal(c.who.ID, "USER_PICKER") {
		return forbidden("%s", sentence)
	}
	return nil
}

// askedGroup finds a group by its id or its name, as the query has it.
func (c *call) askedGroup(byID, byName string) (Group, error) {
	groupID, name := c.q(byID), c.q(byName)
	switch {
	case groupID == "" && name == "":
		return Group{}, badRequest("You must specify a group name or a group ID.")
	case groupID != "" && name != "":
		return Group{}, badRequest("You must specify either a group name or a group ID, not both.")
	}
	g, ok := c.groupBy(groupID, name)
	switch {
	case ok:
		return g, nil
	case name != "":
		return g, notFound("The group named '%s' does not exist.", name)
	}
	return g, notFound("The group with id '%s' does not exist.", groupID)
}

// membersOf are the accounts in a group, by their names.
func (c *call) membersOf(g Group, inactive bool) (us []User) {
	for m := range c.j.members.All(c.Tx, g.ID+"/") {
		if u, ok := c.j.users.Get(c.Tx, m.User); ok && (u.Active || inactive) {
			us = append(us, u)
		}
	}
	slices.SortFunc(us, func(a, b User) int { return inOrder(a.Name, b.Name) })
	return us
}

// groupWhole is a group and the accounts in it, if the caller expands them: users, or users[0:20].
func (c *call) groupWhole(g Group) obj {
	v := c.groupShown(g)
	from, to := 0, 0
	for _, s := range c.qs("expand") {
		if s == "users" {
			to = 50
		} else if n, _ := fmt.Sscanf(s, "users[%d:%d]", &from, &to); n == 2 {
			to = min(to+1, from+50)
		}
	}
	us := c.membersOf(g, false)
	items := []any{}
	for n := max(from, 0); n < min(to, len(us)); n++ {
		items = append(items, c.user(us[n]))
	}
	v["users"] = obj{"size": len(us), "items": items, "max-results": 50, "start-index": max(from, 0), "end-index": max(from+len(items)-1, 0)}
	v["expand"] = "users"
	return v
}

// getGroup returns a group.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-get
func (j *Jira) getGroup(c *call) (any, error) {
	if err := c.browsesUsers("You do not have permission to browse users and groups."); err != nil {
		return nil, err
	}
	g, err := c.askedGroup("groupId", "groupname")
	if err != nil {
		return nil, err
	}
	return c.groupWhole(g), nil
}

// createGroup makes a group.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-post
func (j *Jira) createGroup(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	name := strings.TrimSpace(text(object(c.body)["name"]))
	_, taken := c.groupBy("", name)
	switch {
	case name == "":
		return nil, badRequest("You must specify a valid group name.")
	case utf8.RuneCountInString(name) > 255:
		return nil, badRequest("The group name must not exceed 255 characters in length.")
	case taken:
		return nil, badRequest("A group or user with this name already exists.")
	}
	g := Group{ID: c.uuid(), Name: name}
	j.groups.Put(c.Tx, g)
	c.audited("Group created", "group management", groupItem(g))
	return created(c.groupWhole(g)), nil
}

// removeGroup deletes a group. What is for its members alone is for those of another one if the caller names one.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-delete
func (j *Jira) removeGroup(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	g, err := c.askedGroup("groupId", "groupname")
	if err != nil {
		return nil, err
	}
	var swap Group
	if c.q("swapGroupId")+c.q("swapGroup") != "" {
		if swap, err = c.askedGroup("swapGroupId", "swapGroup"); err != nil {
			return nil, err
		}
		if swap.ID == g.ID {
			return nil, badRequest("The group to swap to must not be the group that is deleted.")
		}
	}
	restricted := c.restrictedTo(g)
	if swap.ID == "" && restricted.n > 0 {
		return nil, badRequest("The group '%s' is used to restrict comments or worklogs. Specify a group to swap to.", g.Name)
	}
	restricted.swap(swap)
	c.eraseGroup(g)
	return answer{status: 200, body: obj{}}, nil
}

// eraseGroup deletes a group and all that names it but the visibility of comments and worklogs.
func (c *call) eraseGroup(g Group) {
	j := c.j
	for m := range j.members.All(c.Tx, g.ID+"/") {
		j.members.Delete(c.Tx, g.ID+"/"+m.User)
	}
	for x := range j.globals.All(c.Tx, "") {
		if x.Group == g.ID {
			j.globals.Delete(c.Tx, x.Permission+"/"+x.Group)
		}
	}
	for a := range j.actors.All(c.Tx, "") {
		if a.Group == g.ID {
			j.actors.Delete(c.Tx, key(a.ID))
		}
	}
	j.groups.Delete(c.Tx, g.ID)
	c.audited("Group deleted", "group management", groupItem(g))
}

// A restriction is all comments and worklogs that are for the members of a group.
type restriction struct {
	n    int
	swap func(to Group)
}

func (c *call) restrictedTo(g Group) (r restriction) {
	var comments []Comment
	var worklogs []Worklog
	is := func(v obj) bool { return text(v["type"]) == "group" && text(v["identifier"]) == g.ID }
	for x := range c.j.comments.All(c.Tx, "") {
		if is(x.Visibility) {
			comments = append(comments, x)
		}
	}
	for x := range c.j.worklogs.All(c.Tx, "") {
		if is(x.Visibility) {
			worklogs = append(worklogs, x)
		}
	}
	return restriction{len(comments) + len(worklogs), func(to Group) {
		v := obj{"type": "group", "value": to.Name, "identifier": to.ID}
		for _, x := range comments {
			x.Visibility = v
			c.j.comments.Put(c.Tx, x)
		}
		for _, x := range worklogs {
			x.Visibility = v
			c.j.worklogs.Put(c.Tx, x)
		}
	}}
}

// bulkGetGroups returns groups page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-bulk-get
func (j *Jira) bulkGetGroups(c *call) (any, error) {
	if err := c.browsesUsers("Browse users and groups permission is required to view groups."); err != nil {
		return nil, err
	}
	groupIDs, names, access := c.qs("groupId"), c.qs("groupName"), c.q("accessType")
	if access != "" && !slices.Contains([]string{"site-admin", "admin", "user"}, access) {
		return nil, badRequest("The access type has to be one of site-admin, admin, user.")
	}
	if key := c.q("applicationKey"); key != "" && key != "jira-software" {
		return nil, badRequest("The application key '%s' is not valid.", key)
	}
	fit := filtered(c.groupsByName(), func(g Group) bool {
		named := len(groupIDs)+len(names) == 0 || slices.Contains(groupIDs, g.ID) || slices.Contains(names, g.Name)
		switch access {
		case "site-admin":
			return named && j.globals.Has(c.Tx, "SYSTEM_ADMIN/"+g.ID)
		case "admin":
			return named && j.globals.Has(c.Tx, "ADMINISTER/"+g.ID)
		case "user":
			return named && c.isProductGroup(g)
		}
		return named
	})
	return pageBean(c, fit, 50, func(g Group) any { return obj{"name": g.Name, "groupId": g.ID} })
}

// groupsByName are all groups in the order of their names.
func (c *call) groupsByName() iter.Seq[Group] {
	return slices.Values(slices.SortedFunc(c.j.groups.All(c.Tx, ""), func(a, b Group) int { return inOrder(a.Name, b.Name) }))
}

// getUsersFromGroup returns the accounts in a group page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-member-get
func (j *Jira) getUsersFromGroup(c *call) (any, error) {
	if err := c.browsesUsers("You do not have permission to browse users and groups."); err != nil {
		return nil, err
	}
	g, err := c.askedGroup("groupId", "groupname")
	if err != nil {
		return nil, err
	}
	return pageBean(c, slices.Values(c.membersOf(g, c.qtrue("includeInactiveUsers", false))), 50, func(u User) any { return c.user(u) })
}

// addUserToGroup puts an account into a group.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-user-post
func (j *Jira) addUserToGroup(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	g, err := c.askedGroup("groupId", "groupname")
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	who := cmp.Or(text(doc["accountId"]), text(doc["name"])) // older clients call it so
	u, ok := j.users.Get(c.Tx, who)
	switch {
	case who == "":
		return nil, badRequest("You must specify an accountId.")
	case !ok:
		return nil, notFound("The user with accountId '%s' does not exist.", who)
	case c.inGroup(who, g.ID):
		return nil, badRequest("Cannot add user '%s', user is already a member of '%s'.", u.Name, g.Name)
	}
	j.members.Put(c.Tx, Member{g.ID, u.ID})
	c.auditedWith("User added to group", "group management", groupItem(g), []any{accountItem(u)}, changedValue("User", "", u.Name))
	return created(c.groupWhole(g)), nil
}

// removeUserFromGroup takes an account out of a group.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-group-user-delete
func (j *Jira) removeUserFromGroup(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	g, err := c.askedGroup("groupId", "groupname")
	if err != nil {
		return nil, err
	}
	who := cmp.Or(c.q("accountId"), c.q("username")) // older clients call it so
	u, ok := j.users.Get(c.Tx, who)
	switch {
	case who == "":
		return nil, badRequest("You must specify an accountId.")
	case !ok:
		return nil, notFound("The user with accountId '%s' does not exist.", who)
	case !j.members.Delete(c.Tx, g.ID+"/"+who):
		return nil, badRequest("Cannot remove user '%s' from group '%s' since user is not a member of '%s'.", u.Name, g.Name, g.Name)
	}
	c.auditedWith("User removed from group", "group management", groupItem(g), []any{accountItem(u)}, changedValue("User", u.Name, ""))
	return answer{status: 200, body: obj{}}, nil
}

// findGroups suggests groups whose names have what somebody has typed.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-groups/#api-rest-api-3-groups-picker-get
func (j *Jira) findGroups(c *call) (any, error) {
	most, err := c.qint("maxResults", 20)
	if err != nil {
		return nil, err
	}
	return c.groupsSuggested(most), nil
}

// groupsSuggested are the groups that a picker shows.
func (c *call) groupsSuggested(most int) obj {
	query, but, butIDs, of := c.q("query"), c.qs("exclude"), c.qs("excludeId"), c.q("accountId")
	fold := func(s string) string { return s }
	if c.qtrue("caseInsensitive", false) {
		fold = strings.ToLower
	}
	out, total := []any{}, 0
	for g := range c.groupsByName() {
		at := strings.Index(fold(g.Name), fold(query))
		if at < 0 || slices.Contains(but, g.Name) || slices.Contains(butIDs, g.ID) || of != "" && !c.inGroup(of, g.ID) || !c.hasGlobal(c.who.ID, "USER_PICKER") {
			continue
		}
		if total++; len(out) < most {
			end := at + len(query)
			marked := html.EscapeString(g.Name[:at]) + "<b>" + html.EscapeString(g.Name[at:end]) + "</b>" + html.EscapeString(g.Name[end:])
			if query == "" {
				marked = html.EscapeString(g.Name)
			}
			out = append(out, obj{"name": g.Name, "html": marked, "labels": []any{}, "groupId": g.ID})
		}
	}
	return obj{"header": fmt.Sprintf("Showing %d of %d matching groups", len(out), total), "total": total, "groups": out}
}
