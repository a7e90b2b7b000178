package slack

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// adminTeamsMethods are the admin.teams.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.teams
func (s *Slack) adminTeamsMethods() {
	read(s, "admin.teams.admins.list", about{twin.Full, tier3, "-", "admin.teams:read"}, s.adminTeamsAdminsList)
	write(s, "admin.teams.create", about{twin.Full, tier1, "-", "admin.teams:write"}, s.adminTeamsCreate)
	read(s, "admin.teams.list", about{twin.Full, tier2, "-", "admin.teams:read"}, s.adminTeamsList)
	read(s, "admin.teams.owners.list", about{twin.Full, tier3, "-", "admin.teams:read"}, s.adminTeamsOwnersList)
	read(s, "admin.teams.settings.info", about{twin.Full, tier3, "-", "admin.teams:read"}, s.adminTeamsSettingsInfo)
	write(s, "admin.teams.settings.setDefaultChannels", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminTeamsSettingsSetDefaultChannels)
	write(s, "admin.teams.settings.setDescription", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminTeamsSettingsSetDescription)
	write(s, "admin.teams.settings.setDiscoverability", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminTeamsSettingsSetDiscoverability)
	write(s, "admin.teams.settings.setIcon", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminTeamsSettingsSetIcon)
	write(s, "admin.teams.settings.setName", about{twin.Full, tier3, "-", "admin.teams:write"}, s.adminTeamsSettingsSetName)
}

// adminTeamsAdminsList returns who administers a workspace.
//
// https://docs.slack.dev/reference/methods/admin.teams.admins.list
func (s *Slack) adminTeamsAdminsList(c *call, in *api.AdminTeamsAdminsListRequest) (any, error) {
	users, next, err := c.staff(in.TeamID, in.Cursor, in.Limit, func(u User) bool { return u.Admin })
	if err != nil {
		return nil, err
	}
	return reply{"admin_ids": users, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminTeamsOwnersList returns who owns a workspace.
//
// https://docs.slack.dev/reference/methods/admin.teams.owners.list
func (s *Slack) adminTeamsOwnersList(c *call, in *api.AdminTeamsOwnersListRequest) (any, error) {
	users, next, err := c.staff(in.TeamID, in.Cursor, in.Limit, func(u User) bool { return u.Owner })
	if err != nil {
		return nil, err
	}
	return reply{"owner_ids": users, "response_metadata": reply{"next_cursor": next}}, nil
}

// staff lists the people of a workspace who pass.
func (c *call) staff(team, after string, asked int64, pass func(User) bool) (users []string, next string, err error) {
	if err := c.require("team_id"); err != nil {
		return nil, "", err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, "", err
	}
	if asked < 0 || asked > 1000 {
		return nil, "", errInvalidLimit
	}
	if _, ok := c.orgTeam(org, team); !ok {
		return nil, "", errTeamNotFound
	}
	all := []string{}
	for u := range c.s.users.All(c.Tx, "") {
		if u, in := c.seated(u, team); in && !u.Deleted && !u.Bot && pass(u) {
			all = append(all, u.ID)
		}
	}
	return page(all, "user", after, limit(asked, 100, 1000), func(id string) string { return id })
}

// discoverability is who may find and join a workspace.
var discoverability = []string{"open", "invite_only", "closed", "unlisted"}

var teamDomain = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,20}$`)

// adminTeamsCreate makes a workspace, with the caller as its owner and the two channels that every workspace begins with.
//
// https://docs.slack.dev/reference/methods/admin.teams.create
func (s *Slack) adminTeamsCreate(c *call, in *api.AdminTeamsCreateRequest) (any, error) {
	if err := c.require("team_domain", "team_name"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	domain := strings.ToLower(strings.TrimSpace(in.TeamDomain))
	open := or(in.TeamDiscoverability, "open")
	switch {
	case domain == "":
		return nil, Error("must_provide_team_domain")
	case strings.TrimSpace(in.TeamName) == "":
		return nil, Error("must_provide_team_name")
	case !teamDomain.MatchString(domain):
		return nil, Error("bad_url")
	case !slices.Contains(discoverability, open):
		return nil, Error("discoverability_setting_invalid")
	}
	for t := range s.teams.All(c.Tx, "") {
		if t.Domain == domain {
			return nil, Error("domain_taken")
		}
		if t.Enterprise == org.ID && t.Name == in.TeamName {
			return nil, Error("name_taken_in_org")
		}
	}
	t := Team{ID: c.id("T"), Name: in.TeamName, Domain: domain, EmailDomain: org.EmailDomain, Enterprise: org.ID, Description: in.TeamDescription,
		Discoverability: open, Created: c.Now.Unix()}
	owner := c.user
	owner.Teams = append(slices.Clone(owner.Teams), t.ID)
	s.users.Put(c.Tx, owner)
	s.seats.Put(c.Tx, Seat{Team: t.ID, User: owner.ID, Admin: true, Owner: true, Since: c.Now.Unix()})
	for _, name := range []string{"general", "random"} {
		ch := Channel{ID: c.id("C"), Team: t.ID, Name: name, General: name == "general", Creator: owner.ID, Created: c.Now.Unix(), Updated: c.Now.UnixMilli()}
		t.DefaultChannels = append(t.DefaultChannels, ch.ID)
		s.channels.Put(c.Tx, ch)
		s.members.Put(c.Tx, Member{Channel: ch.ID, User: owner.ID, Joined: c.Now.Unix()})
	}
	s.teams.Put(c.Tx, t)
	c.audit("workspace_created", aboutTeam(t), nil)
	return reply{"team": t.ID}, nil
}

// adminTeamsList returns the organisation's workspaces.
//
// https://docs.slack.dev/reference/methods/admin.teams.list
func (s *Slack) adminTeamsList(c *call, in *api.AdminTeamsListRequest) (any, error) {
	n, err := c.between(in.Limit, 100, 100)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	teams, next, err := page(c.workspaces(org), "team", in.Cursor, n, func(t Team) string { return t.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, t := range teams {
		owner := c.primaryOwner(t)
		views = append(views, reply{"id": t.ID, "name": t.Name, "discoverability": t.Discoverability, "team_url": c.base + "/",
			"primary_owner": reply{"user_id": owner.ID, "email": owner.Email}})
	}
	return reply{"teams": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// primaryOwner returns the first owner of a workspace; one that has none belongs to the organisation's.
func (c *call) primaryOwner(t Team) (owner User) {
	for u := range c.s.users.All(c.Tx, "") {
		if in, ok := c.seated(u, t.ID); ok && in.Owner && !u.Deleted && (owner.ID == "" || u.PrimaryOwner) {
			owner = u
		}
	}
	if owner.ID != "" {
		return owner
	}
	for u := range c.s.users.All(c.Tx, "") {
		if home, _ := c.s.teams.Get(c.Tx, u.Team); u.PrimaryOwner && home.Enterprise == t.Enterprise {
			return u
		}
	}
	return owner
}

// adminTeamsSettingsInfo returns how a workspace is set up.
//
// https://docs.slack.dev/reference/methods/admin.teams.settings.info
func (s *Slack) adminTeamsSettingsInfo(c *call, in *api.AdminTeamsSettingsInfoRequest) (any, error) {
	t, err := c.setting(in.TeamID)
	if err != nil {
		return nil, err
	}
	org, _ := s.teams.Get(c.Tx, t.Enterprise)
	icon := reply{"image_default": t.Icon == ""}
	for _, size := range []string{"34", "44", "68", "88", "102", "132", "230"} {
		icon["image_"+size] = or(t.Icon, c.base+"/avatars/"+t.ID+"_"+size+".png")
	}
	if t.Icon != "" {
		icon["image_original"] = t.Icon
	}
	return reply{"team": reply{
		"id": t.ID, "name": t.Name, "url": c.base + "/", "domain": t.Domain, "email_domain": t.EmailDomain, "icon": icon, "avatar_base_url": c.base + "/avatars/",
		"is_verified": false, "enterprise_id": org.ID, "enterprise_name": org.Name, "enterprise_domain": org.Domain, "default_channels": ids(t.DefaultChannels),
	}}, nil
}

// setting finds the workspace whose settings are looked at or changed.
func (c *call) setting(id string, also ...string) (Team, error) {
	if err := c.require(append([]string{"team_id"}, also...)...); err != nil {
		return Team{}, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return org, err
	}
	t, ok := c.orgTeam(org, id)
	if !ok {
		return t, errTeamNotFound
	}
	return t, nil
}

// adminTeamsSettingsSetDefaultChannels says which channels newcomers are put into.
//
// https://docs.slack.dev/reference/methods/admin.teams.settings.setDefaultChannels
func (s *Slack) adminTeamsSettingsSetDefaultChannels(c *call, in *api.AdminTeamsSettingsSetDefaultChannelsRequest) (any, error) {
	if err := c.require("team_id", "channel_ids"); err != nil {
		return nil, err
	}
	if err := atMost("channel_ids", in.ChannelIDs, 100); err != nil {
		return nil, err
	}
	t, err := c.setting(in.TeamID)
	if err != nil {
		return nil, err
	}
	var channels []string
	for _, id := range in.ChannelIDs {
		ch, ok := s.channels.Get(c.Tx, id)
		if !ok || ch.Deleted || ch.Archived || ch.Private || ch.IM || ch.MPIM || ch.Team != t.ID && !ch.OrgWide && !slices.Contains(ch.Teams, t.ID) {
			return nil, Error("one_or_more_invalid_channels")
		}
		channels = append(channels, id)
	}
	t.DefaultChannels = channels
	s.teams.Put(c.Tx, t)
	c.audit("pref.enterprise_default_channels", aboutTeam(t), reply{"new_value": channels})
	return nil, nil
}

// adminTeamsSettingsSetDescription says what a workspace is for.
//
// https://docs.slack.dev/reference/methods/admin.teams.settings.setDescription
func (s *Slack) adminTeamsSettingsSetDescription(c *call, in *api.AdminTeamsSettingsSetDescriptionRequest) (any, error) {
	t, err := c.setting(in.TeamID, "description")
	if err != nil {
		return nil, err
	}
	t.Description = in.Description
	s.teams.Put(c.Tx, t)
	return nil, nil
}

// adminTeamsSettingsSetDiscoverability says who may find and join a workspace.
//
// https://docs.slack.dev/reference/methods/admin.teams.settings.setDiscoverability
func (s *Slack) adminTeamsSettingsSetDiscoverability(c *call, in *api.AdminTeamsSettingsSetDiscoverabilityRequest) (any, error) {
	t, err := c.setting(in.TeamID, "discoverability")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(discoverability, in.Discoverability) {
		return nil, Error("discoverability_setting_invalid")
	}
	t.Discoverability = in.Discoverability
	s.teams.Put(c.Tx, t)
	return nil, nil
}

// adminTeamsSettingsSetIcon gives a workspace a picture. The twin does not fetch it: the address itself is shown.
//
// https://docs.slack.dev/reference/methods/admin.teams.settings.setIcon
func (s *Slack) adminTeamsSettingsSetIcon(c *call, in *api.AdminTeamsSettingsSetIconRequest) (any, error) {
	t, err := c.setting(in.TeamID, "image_url")
	if err != nil {
		return nil, err
	}
	if u, err := url.Parse(in.ImageURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, Error("invalid_url")
	}
	t.Icon = in.ImageURL
	s.teams.Put(c.Tx, t)
	return nil, nil
}

// adminTeamsSettingsSetName renames a workspace.
//
// https://docs.slack.dev/reference/methods/admin.teams.settings.setName
func (s *Slack) adminTeamsSettingsSetName(c *call, in *api.AdminTeamsSettingsSetNameRequest) (any, error) {
	t, err := c.setting(in.TeamID, "name")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Name) == "" {
		return nil, Error("failed_to_set_name")
	}
	t.Name = in.Name
	s.teams.Put(c.Tx, t)
	c.emitIn(t.ID, event{Type: "team_rename", Body: reply{"name": t.Name, "team_id": t.ID}})
	return nil, nil
}

// emitIn tells the apps in a workspace that need not be the caller's of an event.
func (c *call) emitIn(team string, e event) {
	by := c.user
	by.Team = team
	c.s.emit(c.Call, by, e)
}
