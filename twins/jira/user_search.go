package jira

import (
	"fmt"
	"html"
	"iter"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) userSearchOperations() {
	j.on(twin.Full, "findUsers", j.findUsers).public()
	j.on(twin.Full, "findAssignableUsers", j.findAssignableUsers).public()
	j.on(twin.Full, "findBulkAssignableUsers", j.findBulkAssignableUsers).public()
	j.on(twin.Full, "findUsersWithAllPermissions", j.findUsersWithAllPermissions)
	j.on(twin.Full, "findUsersWithBrowsePermission", j.findUsersWithBrowsePermission).public()
	j.on(twin.Full, "findUsersForPicker", j.findUsersForPicker).public()
	j.on(twin.Full, "findUsersAndGroups", j.findUsersAndGroups)
	j.on(twin.Full, "findUsersByQuery", j.findUsersByQuery)
	j.on(twin.Full, "findUserKeysByQuery", j.findUserKeysByQuery)
}

// typed reports whether what somebody has typed begins a word of an account's name, or its address.
func (u User) typed(query string) bool {
	query = strings.ToLower(strings.TrimSpace(query))
	name := strings.ToLower(u.Name)
	if strings.HasPrefix(name, query) || strings.HasPrefix(strings.ToLower(u.Email), query) || u.ID == query {
		return true
	}
	return slices.ContainsFunc(strings.Fields(name), func(w string) bool { return strings.HasPrefix(w, query) })
}

// people are the accounts that fit, by their names. Nobody sees any who may not browse them.
func (c *call) people(fits func(User) bool) (us []User) {
	if !c.hasGlobal(c.who.ID, "USER_PICKER") {
		return nil
	}
	for u := range c.j.users.All(c.Tx, "") {
		if fits(u) {
			us = append(us, u)
		}
	}
	slices.SortFunc(us, func(a, b User) int { return inOrder(a.Name, b.Name) })
	return us
}

// wantedUser reads whom a search is for: query, or accountId, or what old clients call username.
func (c *call) wantedUser(required bool) (func(User) bool, error) {
	query, account := c.q("query"), c.q("accountId")
	if query == "" {
		query = c.q("username")
	}
	property := c.q("property")
	switch {
	case query != "" && account != "":
		return nil, badRequest("Only one of the 'query' and 'accountId' query parameters can be provided.")
	case query == "" && account == "" && property == "" && required:
		return nil, badRequest("One of the 'query', 'accountId' or 'property' query parameters must be provided.")
	case property != "":
		m := userProperty.FindStringSubmatch(property)
		if m == nil {
			return nil, badRequest("The property query '%s' is not valid.", property)
		}
		return func(u User) bool { return c.userHasProperty(u, m[1], m[2], m[3]) }, nil
	case account != "":
		return func(u User) bool { return u.ID == account }, nil
	}
	return func(u User) bool { return u.typed(query) }, nil
}

// userProperty is how a search asks for a property of accounts: key.path.into.it=value.
var userProperty = regexp.MustCompile(`^([^.=]+)((?:\.[^.=]+)*)=(.+)$`)

func (c *call) userHasProperty(u User, name, path, value string) bool {
	x, ok := c.j.properties.Get(c.Tx, "user/"+u.ID+"/"+name)
	v := x.Value
	if path != "" {
		v = dig(v, strings.Split(path[1:], ".")...)
	}
	return ok && v != nil && plainWords(v) == value
}

// usersListed is the part of a list of accounts that the caller asks for.
func (c *call) usersListed(us []User, usual int) (any, error) {
	w, err := c.window(usual, 1000)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for n := w.start; n < min(w.start+w.max, len(us)); n++ {
		out = append(out, c.user(us[n]))
	}
	return out, nil
}

// findUsers returns the active accounts that fit what somebody types.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-get
func (j *Jira) findUsers(c *call) (any, error) {
	fits, err := c.wantedUser(true)
	if err != nil {
		return nil, err
	}
	return c.usersListed(c.people(func(u User) bool { return u.Active && fits(u) }), usualPage)
}

// userContext reads the issue or the project that a search is about.
func (c *call) userContext(project, issue string) (p Project, i *Issue, err error) {
	if issue != "" {
		x, p, err := c.issue(issue)
		return p, &x, err
	}
	p, err = c.seenProject(project)
	return p, nil, err
}

// findAssignableUsers returns who can be given an issue, or the issues of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-assignable-search-get
func (j *Jira) findAssignableUsers(c *call) (any, error) {
	project, issue := c.q("project"), c.q("issueKey")
	if issue == "" {
		issue = c.q("issueId")
	}
	if project == "" && issue == "" {
		return nil, badRequest("You must specify a project, an issueKey or an issueId.")
	}
	p, i, err := c.userContext(project, issue)
	if err != nil {
		return nil, err
	}
	fits, err := c.wantedUser(false)
	if err != nil {
		return nil, err
	}
	return c.usersListed(c.people(func(u User) bool { return u.Active && fits(u) && c.userMay(u.ID, "ASSIGNABLE_USER", &p, i) }), usualPage)
}

// findBulkAssignableUsers returns who can be given issues in all of some projects.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-assignable-multiprojectsearch-get
func (j *Jira) findBulkAssignableUsers(c *call) (any, error) {
	names := c.qs("projectKeys")
	if len(names) == 0 {
		return nil, badRequest("You must specify the projectKeys.")
	}
	var ps []Project
	for _, name := range names {
		p, err := c.seenProject(name)
		if err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	fits, err := c.wantedUser(false)
	if err != nil {
		return nil, err
	}
	return c.usersListed(c.people(func(u User) bool {
		return u.Active && fits(u) && !slices.ContainsFunc(ps, func(p Project) bool { return !c.userMay(u.ID, "ASSIGNABLE_USER", &p, nil) })
	}), usualPage)
}

// findUsersWithAllPermissions returns who has all of some permissions in a project or on an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-permission-search-get
func (j *Jira) findUsersWithAllPermissions(c *call) (any, error) {
	keys, project, issue := c.qs("permissions"), c.q("projectKey"), c.q("issueKey")
	switch {
	case len(keys) == 0:
		return nil, badRequest("You must specify the permissions.")
	case project == "" && issue == "":
		return nil, badRequest("You must specify a projectKey or an issueKey.")
	}
	for _, k := range keys {
		if p, ok := permissionOf(k); !ok || p.Global {
			return nil, badRequest("The permission '%s' is not valid.", k)
		}
	}
	p, i, err := c.userContext(project, issue)
	switch {
	case err != nil:
		return nil, err
	case !c.may("ADMINISTER_PROJECTS", &p, nil):
		return nil, forbidden("You do not have permission to administer the project '%s'.", p.Key)
	}
	fits, err := c.wantedUser(false)
	if err != nil {
		return nil, err
	}
	return c.usersListed(c.people(func(u User) bool {
		return u.Active && fits(u) && !slices.ContainsFunc(keys, func(k string) bool { return !c.userMay(u.ID, k, &p, i) })
	}), usualPage)
}

// findUsersWithBrowsePermission returns who sees an issue, or any issue of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-viewissue-search-get
func (j *Jira) findUsersWithBrowsePermission(c *call) (any, error) {
	project, issue := c.q("projectKey"), c.q("issueKey")
	if project == "" && issue == "" {
		return nil, badRequest("You must specify a projectKey or an issueKey.")
	}
	p, i, err := c.userContext(project, issue)
	if err != nil {
		return nil, err
	}
	fits, err := c.wantedUser(false)
	if err != nil {
		return nil, err
	}
	return c.usersListed(c.people(func(u User) bool { return u.Active && fits(u) && c.userMay(u.ID, "BROWSE_PROJECTS", &p, i) }), usualPage)
}

// findUsersForPicker suggests accounts for what somebody has typed.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-picker-get
func (j *Jira) findUsersForPicker(c *call) (any, error) {
	if c.q("query") == "" {
		return nil, badRequest("The 'query' query parameter must be provided.")
	}
	most, err := c.qint("maxResults", 50)
	if err != nil {
		return nil, err
	}
	return c.usersSuggested(c.qs("excludeAccountIds"), most), nil
}

// usersSuggested are the accounts that a picker shows.
func (c *call) usersSuggested(but []string, most int) obj {
	query, avatars := c.q("query"), c.qtrue("showAvatar", false)
	c.q("avatarSize")
	us := c.people(func(u User) bool { return u.Active && u.typed(query) && !slices.Contains(but, u.ID) })
	out := []any{}
	for n := range min(len(us), most) {
		u := us[n]
		v := obj{"accountId": u.ID, "accountType": u.Type, "displayName": u.Name, "html": marked(u.Name, query)}
		if u.Email != "" {
			v["html"] = marked(u.Name, query) + " - " + marked(u.Email, query)
		}
		if avatars {
			v["avatarUrl"] = c.avatarsOf(u)["16x16"]
		}
		out = append(out, v)
	}
	return obj{"users": out, "total": len(us), "header": fmt.Sprintf("Showing %d of %d matching users", len(out), len(us))}
}

// marked is a text with what somebody has typed in bold, where a word begins with it.
func marked(s, query string) string {
	low, q := strings.ToLower(s), strings.ToLower(query)
	var b strings.Builder
	for at := 0; at < len(s); {
		begins := at == 0 || s[at-1] == ' '
		if q != "" && begins && strings.HasPrefix(low[at:], q) && len(low) == len(s) {
			b.WriteString("<strong>" + html.EscapeString(s[at:at+len(q)]) + "</strong>")
			at += len(q)
			continue
		}
		b.WriteString(html.EscapeString(s[at : at+1]))
		at++
	}
	return b.String()
}

// findUsersAndGroups suggests accounts and groups for what somebody has typed.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-group-and-user-picker/#api-rest-api-3-groupuserpicker-get
func (j *Jira) findUsersAndGroups(c *call) (any, error) {
	if !c.query.Has("query") {
		return nil, badRequest("The 'query' query parameter must be provided.")
	}
	most, err := c.qint("maxResults", 50)
	if err != nil {
		return nil, err
	}
	return obj{"users": c.usersSuggested(nil, most), "groups": c.groupsSuggested(most)}, nil
}

// A userTest is a statement of the language in which accounts are searched.
type userTest func(User) bool

var (
	userStatement  = regexp.MustCompile(`(?i)^is\s+(assignee|reporter|watcher|voter|commenter|transitioner)\s+of\s+(\([^)]*\)|[A-Za-z0-9_-]+)\s*`)
	userByProperty = regexp.MustCompile(`(?i)^\[([^\]]+)\]((?:\.[^.\s]+)*)\s+is\s+(?:"([^"]*)"|(\S+))\s*`)
	userConnective = regexp.MustCompile(`(?i)^(and|or)\b\s*`)
)

// userQuery reads a query for accounts: statements with AND and OR between them, of which AND binds more closely.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-query-get
func (c *call) userQuery(s string) (userTest, error) {
	rest := strings.TrimSpace(s)
	bad := badRequest("The query '%s' is not valid.", s)
	var either [][]userTest
	all := []userTest{}
	for {
		var test userTest
		if m := userStatement.FindStringSubmatch(rest); m != nil {
			people, err := c.peopleOf(strings.ToLower(m[1]), strings.FieldsFunc(strings.Trim(m[2], "()"), func(r rune) bool { return r == ',' || r == ' ' }))
			if err != nil {
				return nil, err
			}
			test, rest = func(u User) bool { return people[u.ID] }, rest[len(m[0]):]
		} else if m := userByProperty.FindStringSubmatch(rest); m != nil {
			test, rest = func(u User) bool { return c.userHasProperty(u, m[1], m[2], m[3]+m[4]) }, rest[len(m[0]):]
		} else {
			return nil, bad
		}
		all = append(all, test)
		m := userConnective.FindStringSubmatch(rest)
		if rest == "" || m == nil {
			either = append(either, all)
			break
		}
		if rest = rest[len(m[0]):]; strings.EqualFold(m[1], "or") {
			either, all = append(either, all), nil
		}
	}
	if rest != "" {
		return nil, bad
	}
	return func(u User) bool {
		return slices.ContainsFunc(either, func(all []userTest) bool {
			return !slices.ContainsFunc(all, func(test userTest) bool { return !test(u) })
		})
	}, nil
}

// peopleOf are the accounts that have to do with some issues, or with any issue of a project.
func (c *call) peopleOf(as string, names []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, name := range names {
		var is iter.Seq[Issue]
		if i, _, err := c.issue(name); err == nil {
			is = slices.Values([]Issue{i})
		} else if p, err := c.seenProject(name); err == nil {
			is = c.j.issuesByValue.All(c.Tx, "project="+id(p.ID))
		} else {
			return nil, badRequest("The issue or project '%s' does not exist.", name)
		}
		for i := range is {
			c.peopleOn(as, &i, out)
		}
	}
	return out, nil
}

func (c *call) peopleOn(as string, i *Issue, out map[string]bool) {
	switch as {
	case "assignee", "reporter":
		out[text(i.Fields[as])] = true
	case "watcher":
		for w := range c.j.watches.All(c.Tx, key(i.ID)+"/") {
			out[w.User] = true
		}
	case "voter":
		for v := range c.j.votes.All(c.Tx, key(i.ID)+"/") {
			out[v.User] = true
		}
	case "commenter":
		for x := range c.j.comments.All(c.Tx, key(i.ID)+"/") {
			out[x.Author] = true
		}
	case "transitioner":
		for x := range c.j.changes.All(c.Tx, key(i.ID)+"/") {
			if slices.ContainsFunc(x.Items, func(it ChangeItem) bool { return it.FieldID == "status" }) {
				out[x.Author] = true
			}
		}
	}
}

// queried are the accounts that the query of a search names.
func (c *call) queried() (iter.Seq[User], error) {
	switch {
	case !c.hasGlobal(c.who.ID, "USER_PICKER"):
		return nil, forbidden("You do not have permission to browse users and groups.")
	case c.q("query") == "":
		return nil, badRequest("The 'query' query parameter must be provided.")
	}
	test, err := c.userQuery(c.q("query"))
	if err != nil {
		return nil, err
	}
	return slices.Values(c.people(test)), nil
}

// findUsersByQuery returns the accounts of a query.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-query-get
func (j *Jira) findUsersByQuery(c *call) (any, error) {
	us, err := c.queried()
	if err != nil {
		return nil, err
	}
	return pageBean(c, us, 100, func(u User) any { return c.user(u) })
}

// findUserKeysByQuery returns the keys of the accounts of a query, which are their ids.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-query-key-get
func (j *Jira) findUserKeysByQuery(c *call) (any, error) {
	us, err := c.queried()
	if err != nil {
		return nil, err
	}
	return pageBean(c, us, 100, func(u User) any { return obj{"accountId": u.ID, "key": u.ID} })
}
