package jira

import (
	"slices"

	"twinset.dev/kit/twin"
)

func (j *Jira) issueNotifyOperations() {
	j.on(twin.Full, "notify", j.notify)
}

// notify writes to people about an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-notify-post
func (j *Jira) notify(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	who, err := c.recipients(&p, &i, object(doc["to"]))
	if err != nil {
		return nil, err
	}
	restrict, err := c.restriction(&p, &i, object(doc["restrict"]))
	if err != nil {
		return nil, err
	}
	who = slices.DeleteFunc(who, func(u string) bool { return !c.userMay(u, "BROWSE_PROJECTS", &p, &i) || !restrict(u) })
	if len(who) == 0 {
		return nil, badRequest("No recipients were defined for notification.")
	}
	subject := or(text(doc["subject"]), text(i.Fields["summary"]))
	for _, account := range who {
		u, _ := j.users.Get(c.Tx, account)
		c.send("notify", account, letter{To: u.Email, From: c.projectEmail(p), Subject: "[JIRA] (" + c.keyOf(&i) + ") " + subject, Text: text(doc["textBody"]), HTML: text(doc["htmlBody"]), Issue: c.keyOf(&i)})
	}
	return nil, nil
}

// recipients are the accounts that {reporter, assignee, watchers, voters, users, groups, groupIds} names, each once.
func (c *call) recipients(p *Project, i *Issue, to obj) (who []string, err error) {
	for _, name := range []string{"reporter", "assignee"} {
		if u := text(i.Fields[name]); truth(to[name]) && u != "" {
			who = append(who, u)
		}
	}
	if truth(to["watchers"]) {
		for x := range c.j.watches.All(c.Tx, key(i.ID)+"/") {
			who = append(who, x.User)
		}
	}
	if truth(to["voters"]) {
		for x := range c.j.votes.All(c.Tx, key(i.ID)+"/") {
			who = append(who, x.User)
		}
	}
	for _, v := range list(to["users"]) {
		account := text(object(v)["accountId"])
		if !c.j.users.Has(c.Tx, account) {
			return nil, wrong("users", "User '%s' does not exist.", account)
		}
		who = append(who, account)
	}
	groups, err := c.groupsNamed(to)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		for m := range c.j.members.All(c.Tx, g.ID+"/") {
			who = append(who, m.User)
		}
	}
	slices.Sort(who)
	return slices.Compact(who), nil
}

// groupsNamed are the groups of {groups: [{name or groupId}], groupIds}.
func (c *call) groupsNamed(m obj) (gs []Group, err error) {
	names := slices.Clone(list(m["groups"]))
	for _, n := range texts(m["groupIds"]) {
		names = append(names, obj{"groupId": n})
	}
	for _, v := range names {
		g, ok := c.groupBy(text(object(v)["groupId"]), text(object(v)["name"]))
		if !ok {
			return nil, wrong("groups", "Group '%s' does not exist.", or(text(object(v)["name"]), text(object(v)["groupId"])))
		}
		gs = append(gs, g)
	}
	return gs, nil
}

// restriction tells who is in one of the groups and has all permissions of {groups, groupIds, permissions}.
func (c *call) restriction(p *Project, i *Issue, m obj) (func(user string) bool, error) {
	groups, err := c.groupsNamed(m)
	if err != nil {
		return nil, err
	}
	var needs []string
	for _, v := range list(m["permissions"]) {
		k, n := text(object(v)["key"]), number(object(v)["id"])
		at := slices.IndexFunc(permissions, func(x permission) bool { return x.Key == k || k == "" && n != 0 && int64(x.ID) == n })
		if at < 0 {
			return nil, wrong("permissions", "Permission '%s' does not exist.", or(k, plainWords(object(v)["id"])))
		}
		needs = append(needs, permissions[at].Key)
	}
	return func(user string) bool {
		if len(groups) > 0 && !slices.ContainsFunc(groups, func(g Group) bool { return c.inGroup(user, g.ID) }) {
			return false
		}
		return !slices.ContainsFunc(needs, func(k string) bool { return !c.userMay(user, k, p, i) })
	}, nil
}
