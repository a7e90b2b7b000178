package slack

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// groupResource is a user group of an identity provider's as SCIM shows it.
func (c *scimCall) groupResource(g Usergroup) reply {
	members := []reply{}
	for _, id := range g.Users {
		u, _ := c.s.users.Get(c.Tx, id)
		members = append(members, reply{"value": id, "display": or(u.RealName, u.Name)})
	}
	v := reply{"schemas": []string{c.name(scimCore1, scimGroup2)}, "id": g.ID, "displayName": g.Name, "members": members,
		"meta": reply{"created": scimTime(g.Created), "location": c.location("Groups", g.ID)}}
	if c.v2 {
		v["meta"].(reply)["resourceType"] = "Group"
	}
	return v
}

func (c *scimCall) group() (Usergroup, error) {
	g, ok := c.s.usergroups.Get(c.Tx, c.id)
	if !ok || !g.IDP || g.Team != c.token.Team {
		return g, scimError{http.StatusNotFound, "group_not_found"}
	}
	return g, nil
}

func (s *Slack) scimGroups(c *scimCall) (int, reply, error) {
	all := []reply{}
	for g := range s.usergroups.All(c.Tx, "") {
		if g.IDP && g.Team == c.token.Team {
			all = append(all, c.groupResource(g))
		}
	}
	all, err := c.matching(all)
	return http.StatusOK, c.list(all), err
}

func (s *Slack) scimGroup(c *scimCall) (int, reply, error) {
	g, err := c.group()
	return http.StatusOK, c.groupResource(g), err
}

// scimCreateGroup makes a user group that nobody but the identity provider changes.
func (s *Slack) scimCreateGroup(c *scimCall) (int, reply, error) {
	g := Usergroup{ID: c.call.id("S"), Team: c.token.Team, IDP: true, Created: c.Now.Unix(), By: c.user.ID}
	g, err := c.named(g, c.body["displayName"])
	if err != nil {
		return 0, nil, err
	}
	if g.Name == "" {
		return 0, nil, scimError{http.StatusBadRequest, "name_required"}
	}
	members, err := c.people(c.body["members"])
	if err != nil {
		return 0, nil, err
	}
	g.Handle = handleOf(g.Name)
	for i := 2; g.Handle == "" || c.handleTaken(g, g.Handle); i++ {
		g.Handle = or(handleOf(g.Name), "group") + "-" + strconv.Itoa(i)
	}
	g = c.putUsergroup(g)
	c.emit(event{Type: "subteam_created", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	if len(members) > 0 {
		g = c.setUsergroupUsers(g, members)
	}
	return http.StatusCreated, c.groupResource(g), nil
}

// named returns g with the name that a document gives it.
func (c *scimCall) named(g Usergroup, v any) (Usergroup, error) {
	name, ok := v.(string)
	if name = strings.TrimSpace(name); !ok || name == "" || name == g.Name {
		return g, nil
	}
	if other, taken := c.s.usergroupsByName.Get(c.Tx, g.Team+"/"+strings.ToLower(name)); taken && other.ID != g.ID {
		return g, scimError{http.StatusConflict, "name_already_exists"}
	}
	if utf8.RuneCountInString(name) > 80 {
		return g, scimError{http.StatusBadRequest, "name_too_long"}
	}
	g.Name = name
	return g, nil
}

// people are the users whom a list of members names.
func (c *scimCall) people(v any) (users []string, err error) {
	items, ok := v.([]any)
	if !ok && v != nil {
		items = []any{v}
	}
	for _, it := range items {
		m, _ := it.(map[string]any)
		id, _ := m["value"].(string)
		if u, ok := c.s.users.Get(c.Tx, id); !ok || u.Deleted || !c.provisioned(u) {
			return nil, scimError{http.StatusNotFound, "user_not_found"}
		}
		if !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	return users, nil
}

var memberPath = regexp.MustCompile(`(?i)^members\[value eq "([^"]+)"\]$`)

// scimPatchGroup renames a group, and adds and removes members: in 1.1 an entry of members says operation: delete.
func (s *Slack) scimPatchGroup(c *scimCall) (int, reply, error) {
	g, err := c.group()
	if err != nil {
		return 0, nil, err
	}
	doc, err := c.patch()
	if err != nil {
		return 0, nil, err
	}
	users := slices.Clone(g.Users)
	ops := memberOps(doc["members"])
	if items, ok := doc["members"].([]any); ok {
		for _, it := range items {
			m, _ := it.(map[string]any)
			verb := "add"
			if m["operation"] == "delete" {
				verb = "remove"
			}
			ops = append(ops, memberOp{verb, "members", []any{m}})
		}
	}
	for _, op := range ops {
		if m := memberPath.FindStringSubmatch(op.path); m != nil {
			op.value = []any{map[string]any{"value": m[1]}}
		}
		if op.verb == "remove" && op.value == nil {
			users = nil
			continue
		}
		if op.verb == "remove" {
			items, _ := op.value.([]any)
			for _, it := range items {
				m, _ := it.(map[string]any)
				users = slices.DeleteFunc(users, func(id string) bool { return id == m["value"] })
			}
			continue
		}
		add, err := c.people(op.value)
		if err != nil {
			return 0, nil, err
		}
		if op.verb == "replace" {
			users = nil
		}
		users = append(users, without(add, users)...)
	}
	return c.changeGroup(g, doc["displayName"], users)
}

func (s *Slack) scimPutGroup(c *scimCall) (int, reply, error) {
	g, err := c.group()
	if err != nil {
		return 0, nil, err
	}
	users, err := c.people(c.body["members"])
	if err != nil {
		return 0, nil, err
	}
	return c.changeGroup(g, c.body["displayName"], users)
}

func (c *scimCall) changeGroup(g Usergroup, name any, users []string) (int, reply, error) {
	g, err := c.named(g, name)
	if err != nil {
		return 0, nil, err
	}
	if slices.Equal(users, g.Users) {
		g = c.putUsergroup(g)
		c.emit(event{Type: "subteam_updated", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	} else {
		g = c.setUsergroupUsers(g, users)
	}
	return http.StatusOK, c.groupResource(g), nil
}

// scimDeleteGroup removes a group for good.
func (s *Slack) scimDeleteGroup(c *scimCall) (int, reply, error) {
	g, err := c.group()
	if err != nil {
		return 0, nil, err
	}
	if len(g.Users) > 0 {
		g = c.setUsergroupUsers(g, nil)
	}
	g.Deleted, g.DeletedBy = c.Now.Unix(), c.user.ID
	c.emit(event{Type: "subteam_updated", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	s.usergroups.Delete(c.Tx, g.ID)
	return http.StatusNoContent, nil, nil
}

var filterToken = regexp.MustCompile(`\(|\)|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s()]+`)

// parseFilter reads a filter of SCIM: comparisons with and, or, not and parentheses.
//
// https://docs.slack.dev/reference/scim-api
func parseFilter(s string) (func(reply) bool, error) {
	p := &filterParser{tokens: filterToken.FindAllString(s, -1)}
	test := p.or()
	if p.bad || len(p.tokens) > 0 {
		return nil, scimError{http.StatusBadRequest, "invalid_filter"}
	}
	return test, nil
}

type filterParser struct {
	tokens []string
	bad    bool
}

// next takes a token that is one of these words, or any if none is said.
func (p *filterParser) next(words ...string) (string, bool) {
	if len(p.tokens) == 0 || len(words) > 0 && !slices.Contains(words, strings.ToLower(p.tokens[0])) {
		return "", false
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t, true
}

func (p *filterParser) or() func(reply) bool {
	a := p.and()
	for {
		if _, ok := p.next("or"); !ok {
			return a
		}
		left, right := a, p.and()
		a = func(r reply) bool { return left(r) || right(r) }
	}
}

func (p *filterParser) and() func(reply) bool {
	a := p.one()
	for {
		if _, ok := p.next("and"); !ok {
			return a
		}
		left, right := a, p.one()
		a = func(r reply) bool { return left(r) && right(r) }
	}
}

func (p *filterParser) one() func(reply) bool {
	no := func(reply) bool { return false }
	if _, ok := p.next("not"); ok {
		test := p.one()
		return func(r reply) bool { return !test(r) }
	}
	if _, ok := p.next("("); ok {
		test := p.or()
		if _, ok := p.next(")"); !ok {
			p.bad = true
		}
		return test
	}
	attribute, ok := p.next()
	op, known := p.next("eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le")
	if !ok || !known {
		p.bad = true
		return no
	}
	op = strings.ToLower(op)
	value := ""
	if op != "pr" {
		if value, ok = p.next(); !ok {
			p.bad = true
			return no
		}
		value = strings.Trim(value, `"'`)
	}
	return func(r reply) bool {
		found := attributeValues(r, strings.Split(strings.ToLower(attribute), "."))
		if op == "ne" {
			return !slices.ContainsFunc(found, func(v string) bool { return compare("eq", v, value) })
		}
		return slices.ContainsFunc(found, func(v string) bool { return compare(op, v, value) })
	}
}

// compare holds a value against that of a filter, in whatever case.
func compare(op, v, with string) bool {
	v, with = strings.ToLower(v), strings.ToLower(with)
	if n, ok := map[string]string{"1": "true", "0": "false"}[with]; ok && (v == "true" || v == "false") {
		with = n
	}
	switch op {
	case "eq":
		return v == with
	case "co":
		return strings.Contains(v, with)
	case "sw":
		return strings.HasPrefix(v, with)
	case "ew":
		return strings.HasSuffix(v, with)
	case "pr":
		return v != ""
	case "gt":
		return v > with
	case "ge":
		return v >= with
	case "lt":
		return v < with
	}
	return v <= with
}

// attributeValues are the values that a path of attributes leads to. email and restricted are names of Slack's own.
func attributeValues(v any, path []string) []string {
	if len(path) == 0 {
		switch v := v.(type) {
		case string:
			return []string{v}
		case bool:
			return []string{strconv.FormatBool(v)}
		case []reply:
			return attributeValues(v, []string{"value"})
		}
		return nil
	}
	switch v := v.(type) {
	case reply:
		switch path[0] {
		case "email":
			path = []string{"emails", "value"}
		case "restricted":
			_, one := v[scimGuest1]
			_, two := v[scimGuest2]
			return []string{strconv.FormatBool(one || two)}
		}
		for k, x := range v {
			if strings.ToLower(k) == path[0] {
				return attributeValues(x, path[1:])
			}
		}
	case []reply:
		var all []string
		for _, x := range v {
			all = append(all, attributeValues(x, path)...)
		}
		return all
	}
	return nil
}
