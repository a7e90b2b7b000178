package slack

import (
	"net/http"
	"slices"

	"twinset.dev/kit/twin"
)

// follow does over SCIM what the company's directory has done. The app that the directory has here is its primary owner's.
//
// https://docs.slack.dev/reference/scim-api
func (s *Slack) follow(tc *twin.Call, ch twin.Change) error {
	c := &scimCall{call: &call{Call: tc, s: s, m: scimMethod, args: &arguments{}, base: s.URL(tc)}, v2: true}
	for u := range s.users.All(c.Tx, "") {
		if u.PrimaryOwner {
			c.user, c.token = u, Token{Kind: tokenUser, Team: u.Team, User: u.ID, Scopes: []string{"admin"}}
		}
	}
	err := c.followPerson(ch)
	if ch.Group != nil {
		err = c.followGroup(ch)
	}
	if refused, ok := scimRefusal(err); ok && err != nil {
		return twin.Refusal{Status: refused.status, Code: refused.word}
	}
	return err
}

// ask runs an operation with the body that a directory would send.
func (c *scimCall) ask(operation, method, path string, body map[string]any, do func(*scimCall) (int, reply, error)) error {
	c.Did(operation, method, "/scim/v2"+path)
	c.body = body
	_, _, err := do(c)
	return err
}

func (c *scimCall) followPerson(ch twin.Change) error {
	if ch.Group != nil {
		return nil
	}
	u, there := c.userByEmail(or(ch.Was.Email, ch.Is.Email))
	if !there && ch.Is.Email != "" {
		u, there = c.userByEmail(ch.Is.Email)
	}
	active := ch.Is.Standing == twin.Active
	body := c.attributes(ch, there)
	switch c.id = u.ID; {
	case !there && active && ch.Link.Create:
		return c.ask("scim.users.create", http.MethodPost, "/Users", body, c.s.scimCreateUser)
	case !there:
		return nil
	case ch.Is.Standing == twin.Deleted:
		return c.ask("scim.users.delete", http.MethodDelete, "/Users/"+u.ID, nil, c.s.scimDeleteUser)
	case active == u.Deleted:
		body["active"] = active
		return c.ask(map[bool]string{true: "scim.users.reactivate", false: "scim.users.deactivate"}[active], http.MethodPatch, "/Users/"+u.ID, body, c.s.scimPatchUser)
	case len(body) > 0:
		return c.ask("scim.users.update", http.MethodPatch, "/Users/"+u.ID, body, c.s.scimPatchUser)
	}
	return nil
}

// attributes are what of a person has changed; all of them if they are new here.
func (c *scimCall) attributes(ch twin.Change, there bool) map[string]any {
	was, is := ch.Was, ch.Is
	if !there {
		was = twin.Person{}
	}
	one := func(v string) []any { return []any{map[string]any{"value": v, "primary": true}} }
	body := map[string]any{}
	for _, a := range []struct {
		name     string
		was, now string
		value    any
	}{
		{"userName", was.Handle(), is.Handle(), is.Handle()},
		{"emails", was.Email, is.Email, one(is.Email)},
		{"title", was.Title, is.Title, is.Title},
		{"phoneNumbers", was.Phone, is.Phone, one(is.Phone)},
		{"timezone", was.TimeZone, is.TimeZone, is.TimeZone},
		{"name", was.Given + " " + was.Family, is.Given + " " + is.Family, map[string]any{"givenName": is.Given, "familyName": is.Family}},
	} {
		if a.was != a.now {
			body[a.name] = a.value
		}
	}
	if m, ok := c.userByEmail(is.Manager); ok && was.Manager != is.Manager {
		body[scimEnterprise2] = map[string]any{"manager": map[string]any{"managerId": m.ID}}
	}
	if !there {
		body["externalId"] = is.Key
	}
	return body
}

func (c *scimCall) followGroup(ch twin.Change) error {
	var g Usergroup
	for x := range c.s.usergroups.All(c.Tx, "") {
		if x.Team == c.token.Team && (ch.Named(x.Name) || ch.Named(x.Handle)) {
			g = x
			break
		}
	}
	people := func(addresses []string) (ids []string) {
		for _, a := range addresses {
			if u, ok := c.userByEmail(a); ok && !u.Deleted {
				ids = append(ids, u.ID)
			}
		}
		return ids
	}
	switch c.id = g.ID; {
	case g.ID == "" && ch.Group.Deleted:
		return nil
	case g.ID == "":
		members := []any{}
		for _, id := range people(ch.Group.Members) {
			members = append(members, map[string]any{"value": id})
		}
		return c.ask("scim.groups.create", http.MethodPost, "/Groups", map[string]any{"displayName": ch.Group.Name, "members": members}, c.s.scimCreateGroup)
	case ch.Group.Deleted:
		g.IDP = true // the directory may delete one that was made here and that it has driven since
		c.s.usergroups.Put(c.Tx, g)
		return c.ask("scim.groups.delete", http.MethodDelete, "/Groups/"+g.ID, nil, c.s.scimDeleteGroup)
	}
	gone := people(ch.Left)
	users := slices.DeleteFunc(slices.Clone(g.Users), func(id string) bool { return slices.Contains(gone, id) })
	users = append(users, without(people(ch.In), users)...)
	if slices.Equal(users, g.Users) && ch.OldName == ch.Group.Name {
		return nil
	}
	return c.ask("scim.groups.update", http.MethodPatch, "/Groups/"+g.ID, nil, func(*scimCall) (int, reply, error) {
		var name any
		if ch.OldName != ch.Group.Name && ch.OldName != "" {
			name = ch.Group.Name
		}
		return c.changeGroup(g, name, users)
	})
}
