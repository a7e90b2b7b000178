package slack

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// usergroupsMethods are the usergroups.* methods.
//
// https://docs.slack.dev/reference/methods?family=usergroups
func (s *Slack) usergroupsMethods() {
	write(s, "usergroups.create", about{twin.Full, tier2, "usergroups:write", "usergroups:write"}, s.usergroupsCreate)
	write(s, "usergroups.update", about{twin.Full, tier2, "usergroups:write", "usergroups:write"}, s.usergroupsUpdate)
	write(s, "usergroups.disable", about{twin.Full, tier2, "usergroups:write", "usergroups:write"}, s.usergroupsDisable)
	write(s, "usergroups.enable", about{twin.Full, tier2, "usergroups:write", "usergroups:write"}, s.usergroupsEnable)
	read(s, "usergroups.list", about{twin.Full, tier2, "usergroups:read", "usergroups:read"}, s.usergroupsList)
	read(s, "usergroups.users.list", about{twin.Full, tier2, "usergroups:read", "usergroups:read"}, s.usergroupsUsersList)
	write(s, "usergroups.users.update", about{twin.Full, tier2, "usergroups:write", "usergroups:write"}, s.usergroupsUsersUpdate)
}

// A Usergroup is several people under one handle.
//
// https://docs.slack.dev/reference/objects/usergroup-object
type Usergroup struct {
	ID          string   `json:"id"`
	Team        string   `json:"team"`
	Name        string   `json:"name"`
	Handle      string   `json:"handle"`
	Description string   `json:"description"`
	Users       []string `json:"users"`
	Channels    []string `json:"channels"` // that its members are put into
	More        []string `json:"more"`     // further channels that it may be added to
	Teams       []string `json:"teams"`    // workspaces of the organisation that it is in
	Section     bool     `json:"section"`  // shown in the sidebar
	IDP         bool     `json:"idp"`      // kept by an identity provider over SCIM
	Created     int64    `json:"created"`
	Updated     int64    `json:"updated"`
	Deleted     int64    `json:"deleted"`
	By          string   `json:"by"`
	UpdatedBy   string   `json:"updated_by"`
	DeletedBy   string   `json:"deleted_by"`
}

// usergroupView returns a user group; its members and their number come when they are asked for.
func (c *call) usergroupView(g Usergroup, users, count bool) reply {
	channels, groups := []string{}, []string{}
	for _, id := range g.Channels {
		if ch, ok := c.s.channels.Get(c.Tx, id); ok && ch.Private {
			if c.sees(ch) {
				groups = append(groups, id)
			}
		} else {
			channels = append(channels, id)
		}
	}
	v := reply{
		"id": g.ID, "team_id": g.Team, "is_usergroup": true, "is_subteam": true, "name": g.Name, "description": g.Description, "handle": g.Handle,
		"is_external": false, "date_create": g.Created, "date_update": g.Updated, "date_delete": g.Deleted, "auto_type": nil,
		"auto_provision": g.IDP, "enterprise_subteam_id": "", "created_by": g.By, "updated_by": g.UpdatedBy, "deleted_by": null(g.DeletedBy),
		"prefs": reply{"channels": channels, "groups": groups}, "channel_count": len(g.Channels), "is_section": g.Section, "is_idp_group": g.IDP,
		"is_visible": true, "is_editing_restricted": g.IDP, "is_membership_locked": g.IDP, "is_org_level": false,
	}
	if users {
		v["users"] = ids(g.Users)
	}
	if count {
		v["user_count"] = len(g.Users)
	}
	return v
}

type usergroupRequest struct {
	Usergroup    string   `json:"usergroup"`
	Name         string   `json:"name"`
	Handle       string   `json:"handle"`
	Description  string   `json:"description"`
	Channels     []string `json:"channels"`
	More         []string `json:"additional_channels"`
	Section      bool     `json:"enable_section"`
	IncludeCount bool     `json:"include_count"`
	TeamID       string   `json:"team_id"`
}

// usergroupsCreate makes a user group, with nobody in it.
//
// https://docs.slack.dev/reference/methods/usergroups.create
func (s *Slack) usergroupsCreate(c *call, in *usergroupRequest) (any, error) {
	team, err := c.inWorkspace(in.TeamID)
	if err != nil {
		return nil, err
	}
	if c.user.Restricted || c.user.UltraRestricted {
		return nil, errUserIsRestricted
	}
	if strings.TrimSpace(in.Name) == "" {
		return nil, errMissingSubteamName
	}
	g := Usergroup{ID: c.id("S"), Team: team, Created: c.Now.Unix(), By: c.user.ID}
	if in.Handle == "" {
		in.Handle = handleOf(in.Name)
	}
	if g, err = c.setUsergroup(g, in); err != nil {
		return nil, err
	}
	g = c.putUsergroup(g)
	c.emit(event{Type: "subteam_created", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	v := c.usergroupView(g, true, in.IncludeCount)
	return reply{"usergroup": v}, nil
}

// handleOf makes a handle of a name.
func handleOf(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r == ' ' {
			return '-'
		}
		if !handleSyntax.MatchString(string(r)) {
			return -1
		}
		return r
	}, strings.ToLower(name)), "-._")
}

var handleSyntax = regexp.MustCompile(`^[a-z0-9._-]{1,80}$`)

// setUsergroup returns g with what the caller has given.
func (c *call) setUsergroup(g Usergroup, in *usergroupRequest) (Usergroup, error) {
	if name := strings.TrimSpace(in.Name); name != "" && name != g.Name {
		if utf8.RuneCountInString(name) > 80 {
			return g, errNameTooLong
		}
		if other, taken := c.s.usergroupsByName.Get(c.Tx, g.Team+"/"+strings.ToLower(name)); taken && other.ID != g.ID {
			return g, errNameAlreadyExists
		}
		g.Name = name
	}
	if handle := strings.TrimPrefix(strings.ToLower(in.Handle), "@"); handle != "" && handle != g.Handle {
		switch {
		case !handleSyntax.MatchString(handle):
			return g, errBadHandle
		case slices.Contains(reservedNames, handle):
			return g, errForbiddenHandle
		case c.handleTaken(g, handle):
			return g, errHandleAlreadyExists
		}
		g.Handle = handle
	}
	if c.args.given("description") {
		if utf8.RuneCountInString(in.Description) > 140 {
			return g, errDescriptionTooLong
		}
		g.Description = in.Description
	}
	for _, id := range slices.Concat(in.Channels, in.More) {
		if ch, ok := c.channel(id); !ok || ch.IM || ch.MPIM {
			return g, errInvalidChannelProvided
		}
	}
	if c.args.given("channels") {
		g.Channels = in.Channels
	}
	if c.args.given("additional_channels") {
		g.More = in.More
	}
	if c.args.given("enable_section") {
		g.Section = in.Section && len(g.Channels) > 0
	}
	return g, nil
}

// handleTaken reports whether a person, a channel or another user group has the handle already.
func (c *call) handleTaken(g Usergroup, handle string) bool {
	if other, ok := c.s.usergroupsByName.Get(c.Tx, g.Team+"/@"+handle); ok && other.ID != g.ID {
		return true
	}
	if _, ok := c.userByName(handle); ok {
		return true
	}
	_, ok := c.s.channelsByName.Get(c.Tx, g.Team+"/"+handle)
	return ok
}

// putUsergroup stores a user group that the caller has changed.
func (c *call) putUsergroup(g Usergroup) Usergroup {
	g.Updated, g.UpdatedBy = c.Now.Unix(), c.user.ID
	c.s.usergroups.Put(c.Tx, g)
	return g
}

// usergroup finds a user group that the caller may change. What an identity provider keeps nobody else changes.
func (c *call) usergroup(id, teamID string) (Usergroup, error) {
	team, err := c.inWorkspace(teamID)
	if err != nil {
		return Usergroup{}, err
	}
	g, ok := c.s.usergroups.Get(c.Tx, id)
	switch {
	case c.user.Restricted || c.user.UltraRestricted:
		return g, errUserIsRestricted
	case !ok || g.Team != team:
		return g, errSubteamNotFound
	case g.IDP:
		return g, errPermissionDenied
	}
	return g, nil
}

// usergroupsUpdate changes what a user group is called and which channels it brings.
//
// https://docs.slack.dev/reference/methods/usergroups.update
func (s *Slack) usergroupsUpdate(c *call, in *usergroupRequest) (any, error) {
	g, err := c.usergroup(in.Usergroup, in.TeamID)
	if err != nil {
		return nil, err
	}
	if g, err = c.setUsergroup(g, in); err != nil {
		return nil, err
	}
	g = c.putUsergroup(g)
	for _, id := range g.Users {
		u, _ := s.users.Get(c.Tx, id)
		c.joinAll(u, g.Channels)
	}
	c.emit(event{Type: "subteam_updated", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	return reply{"usergroup": c.usergroupView(g, true, in.IncludeCount)}, nil
}

// usergroupsDisable takes a user group out of use; it stays and can be enabled again.
//
// https://docs.slack.dev/reference/methods/usergroups.disable
func (s *Slack) usergroupsDisable(c *call, in *api.UsergroupsDisableRequest) (any, error) {
	g, err := c.usergroup(in.Usergroup, in.TeamID)
	if err != nil {
		return nil, err
	}
	if g.Deleted != 0 {
		return nil, Error("already_disabled")
	}
	g.Deleted, g.DeletedBy = c.Now.Unix(), c.user.ID
	g = c.putUsergroup(g)
	c.emit(event{Type: "subteam_updated", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	return reply{"usergroup": c.usergroupView(g, true, in.IncludeCount)}, nil
}

// usergroupsEnable takes a disabled user group back into use.
//
// https://docs.slack.dev/reference/methods/usergroups.enable
func (s *Slack) usergroupsEnable(c *call, in *api.UsergroupsEnableRequest) (any, error) {
	g, err := c.usergroup(in.Usergroup, in.TeamID)
	if err != nil {
		return nil, err
	}
	if g.Deleted == 0 {
		return nil, Error("already_enabled")
	}
	g.Deleted, g.DeletedBy = 0, ""
	g = c.putUsergroup(g)
	c.emit(event{Type: "subteam_updated", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	return reply{"usergroup": c.usergroupView(g, true, in.IncludeCount)}, nil
}

// usergroupsList returns the user groups of the workspace.
//
// https://docs.slack.dev/reference/methods/usergroups.list
func (s *Slack) usergroupsList(c *call, in *api.UsergroupsListRequest) (any, error) {
	team, err := c.inWorkspace(in.TeamID)
	if err != nil {
		return nil, err
	}
	if c.user.UltraRestricted {
		return nil, errUserIsRestricted
	}
	list := []reply{}
	for g := range s.usergroups.All(c.Tx, "") {
		if g.Team == team && (g.Deleted == 0 || in.IncludeDisabled) {
			list = append(list, c.usergroupView(g, in.IncludeUsers, in.IncludeCount))
		}
	}
	return reply{"usergroups": list}, nil
}

// usergroupsUsersList returns who is in a user group. A disabled one has nobody unless it is asked for.
//
// https://docs.slack.dev/reference/methods/usergroups.users.list
func (s *Slack) usergroupsUsersList(c *call, in *api.UsergroupsUsersListRequest) (any, error) {
	team, err := c.inWorkspace(in.TeamID)
	if err != nil {
		return nil, err
	}
	g, ok := s.usergroups.Get(c.Tx, in.Usergroup)
	switch {
	case c.user.UltraRestricted:
		return nil, errUserIsRestricted
	case !ok || g.Team != team:
		return nil, errNoSuchSubteam
	case g.Deleted != 0 && !in.IncludeDisabled:
		return reply{"users": []string{}}, nil
	}
	return reply{"users": ids(g.Users)}, nil
}

type usergroupsUsersUpdateRequest struct {
	Usergroup    string   `json:"usergroup"`
	Users        []string `json:"users"`
	More         []string `json:"additional_channels"`
	IsShared     bool     `json:"is_shared"`
	IncludeCount bool     `json:"include_count"`
	TeamID       string   `json:"team_id"`
}

// usergroupsUsersUpdate says who is in a user group: these, and nobody else.
//
// https://docs.slack.dev/reference/methods/usergroups.users.update
func (s *Slack) usergroupsUsersUpdate(c *call, in *usergroupsUsersUpdateRequest) (any, error) {
	g, err := c.usergroup(in.Usergroup, in.TeamID)
	if err != nil {
		return nil, err
	}
	if len(in.Users) == 0 {
		return nil, errNoUsersProvided
	}
	var users []string
	for _, id := range in.Users {
		u, ok := s.users.Get(c.Tx, id)
		if !ok || u.Deleted || u.Bot || u.ID == slackbot {
			return nil, errInvalidUsers
		}
		if u.Team != g.Team && !slices.Contains(u.Teams, g.Team) {
			return nil, errFailedForSomeUsers
		}
		if !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	g = c.setUsergroupUsers(g, users)
	for _, id := range in.More {
		if _, ok := c.channel(id); ok {
			for _, user := range users {
				u, _ := s.users.Get(c.Tx, user)
				c.joinAll(u, []string{id})
			}
		}
	}
	return reply{"usergroup": c.usergroupView(g, true, in.IncludeCount)}, nil
}

// setUsergroupUsers says who is in a user group, brings the new ones into its channels and tells everyone concerned.
func (c *call) setUsergroupUsers(g Usergroup, users []string) Usergroup {
	before, previous := g.Users, g.Updated
	added, removed := without(users, before), without(before, users)
	g.Users = users
	g = c.putUsergroup(g)
	for _, id := range added {
		if u, ok := c.s.users.Get(c.Tx, id); ok {
			c.joinAll(u, g.Channels)
		}
	}
	c.emit(event{Type: "subteam_updated", Body: reply{"subteam": c.usergroupView(g, true, true)}})
	c.emit(event{Type: "subteam_members_changed", Body: reply{"subteam_id": g.ID, "team_id": g.Team, "date_previous_update": previous, "date_update": g.Updated,
		"added_users": added, "added_users_count": len(added), "removed_users": removed, "removed_users_count": len(removed)}})
	for _, id := range added {
		c.emit(event{Type: "subteam_self_added", To: []string{id}, Body: reply{"subteam_id": g.ID}})
	}
	for _, id := range removed {
		c.emit(event{Type: "subteam_self_removed", To: []string{id}, Body: reply{"subteam_id": g.ID}})
	}
	return g
}
