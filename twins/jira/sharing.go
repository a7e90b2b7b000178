package jira

import (
	"net/http"
	"net/url"
	"slices"
)

// Sharing of filters and dashboards: who sees them, and who may change them.

// sharedWith reports whether one of some shares is for somebody.
func (c *call) sharedWith(user string, shares []Share) bool {
	return slices.ContainsFunc(shares, func(s Share) bool {
		p, _ := c.j.projects.Get(c.Tx, key(s.Project))
		switch s.Type {
		case "global":
			return true
		case "loggedin":
			return user != ""
		case "user":
			return user != "" && user == s.User
		case "group":
			return c.inGroup(user, s.Group)
		case "project":
			if s.Role != 0 {
				return c.inRole(user, s.Project, s.Role)
			}
			return c.userMay(user, "BROWSE_PROJECTS", &p, nil)
		}
		return false
	})
}

// shareShown is one share, as the caller may see it.
func (c *call) shareShown(s Share) obj {
	v := obj{"id": s.ID, "type": s.Type}
	switch s.Type {
	case "user":
		v["user"] = c.userBrief(s.User)
	case "group":
		g, _ := c.j.groups.Get(c.Tx, s.Group)
		v["group"] = c.groupShown(g)
	case "project":
		p, ok := c.j.projects.Get(c.Tx, key(s.Project))
		if !ok || !c.visible(p) {
			v["type"] = "project-unknown"
			break
		}
		v["project"] = c.projectListed(p)
		if r, ok := c.j.roles.Get(c.Tx, key(s.Role)); ok {
			v["role"] = c.roleShown(r, p.ID, true)
		}
	}
	return v
}

// userBrief is an account as shares and dashboards show it.
func (c *call) userBrief(who string) any {
	u, ok := c.j.users.Get(c.Tx, who)
	if !ok {
		return nil
	}
	return obj{"self": c.api("/user?accountId=" + url.QueryEscape(u.ID)), "accountId": u.ID, "displayName": u.Name, "active": u.Active, "avatarUrls": c.avatarsOf(u)}
}

func (c *call) sharesShown(shares []Share) []any {
	out := []any{}
	for _, s := range shares {
		out = append(out, c.shareShown(s))
	}
	return out
}

// readShare reads a share: of the same shape as it is shown, or with ids alone.
func (c *call) readShare(doc obj) (s Share, err error) {
	if !c.hasGlobal(c.who.ID, "CREATE_SHARED_OBJECTS") {
		return s, wrong("share", "You do not have permission to share. All shares are invalid.")
	}
	first := func(vs ...any) string {
		for _, v := range vs {
			if v != nil && plainWords(v) != "" {
				return plainWords(v)
			}
		}
		return ""
	}
	switch s.Type = text(doc["type"]); s.Type {
	case "global":
	case "authenticated", "loggedin":
		s.Type = "loggedin"
	case "user":
		if s.User = first(doc["accountId"], dig(doc, "user", "accountId")); !c.j.users.Has(c.Tx, s.User) {
			return s, badRequest("The user '%s' does not exist.", s.User)
		}
	case "group":
		byID, name := first(doc["groupId"], dig(doc, "group", "groupId")), first(doc["groupname"], dig(doc, "group", "name"))
		g, ok := c.groupBy(byID, name)
		if !ok {
			return s, badRequest("The group '%s' does not exist.", byID+name)
		}
		s.Group = g.ID
	case "project", "projectRole":
		project, role := first(doc["projectId"], dig(doc, "project", "id")), first(doc["projectRoleId"], dig(doc, "role", "id"))
		p, ok := c.project(project)
		if !ok || !c.visible(p) {
			return s, badRequest("The project '%s' does not exist or you do not have permission to see it.", project)
		}
		r, known := c.j.roles.Get(c.Tx, key(number(role)))
		if role == "" && s.Type == "projectRole" || role != "" && !known {
			return s, badRequest("The project role '%s' does not exist.", role)
		}
		s.Type, s.Project, s.Role = "project", p.ID, r.ID
	default:
		return s, badRequest("The share type '%s' is not valid.", s.Type)
	}
	s.ID = c.next("share", firstID)
	return s, nil
}

// readShares reads a list of shares; what is not there stays.
func (c *call) readShares(v any, now []Share) ([]Share, error) {
	if v == nil {
		return now, nil
	}
	shares := []Share{}
	for _, x := range list(v) {
		s, err := c.readShare(object(x))
		if err != nil {
			return nil, err
		}
		shares = append(shares, s)
	}
	return shares, nil
}

// isFavourite reports whether the caller has marked something.
func (c *call) isFavourite(of string) bool { return c.j.favourites.Has(c.Tx, of+"/"+c.who.ID) }

// popularity is how many people have marked something.
func (c *call) popularity(of string) (n int) {
	for range c.j.favourites.All(c.Tx, of+"/") {
		n++
	}
	return n
}

// dropFavourites forgets that people have marked something.
func (c *call) dropFavourites(of string) {
	for x := range c.j.favourites.All(c.Tx, of+"/") {
		c.j.favourites.Delete(c.Tx, of+"/"+x.User)
	}
}

// A sharing is what a search asks of shares.
type sharing struct {
	owner, group string
	project      int64
}

// askedSharing reads whose, for which group and for which project a search wants what is shared.
func (c *call) askedSharing() (s sharing, err error) {
	s.owner = c.q("accountId")
	if old := c.q("owner"); old != "" {
		if s.owner != "" {
			return s, badRequest("The accountId and owner parameters cannot both be provided.")
		}
		s.owner = old
	}
	if s.owner != "" && !c.j.users.Has(c.Tx, s.owner) {
		return s, badRequest("The user '%s' does not exist.", s.owner)
	}
	if c.q("groupId")+c.q("groupname") != "" {
		g, err := c.askedGroup("groupId", "groupname")
		if err != nil {
			r := *err.(*refusal)
			r.status = http.StatusBadRequest
			return s, &r
		}
		s.group = g.ID
	}
	if written := c.q("projectId"); written != "" {
		if s.project = number(written); s.project == 0 {
			return s, badRequest("The value '%s' of the query parameter 'projectId' is not a number.", written)
		}
	}
	return s, nil
}

func (s sharing) fits(owner string, shares []Share) bool {
	return (s.owner == "" || s.owner == owner) &&
		(s.group == "" || slices.ContainsFunc(shares, func(x Share) bool { return x.Group == s.group })) &&
		(s.project == 0 || slices.ContainsFunc(shares, func(x Share) bool { return x.Project == s.project }))
}
