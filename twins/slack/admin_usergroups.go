package slack

import (
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// adminUsergroupsMethods are the admin.usergroups.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.usergroups
func (s *Slack) adminUsergroupsMethods() {
	write(s, "admin.usergroups.addChannels", about{twin.Full, tier1, "-", "admin.usergroups:write"}, s.adminUsergroupsAddChannels)
	write(s, "admin.usergroups.addTeams", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminUsergroupsAddTeams)
	read(s, "admin.usergroups.listChannels", about{twin.Full, tier2, "-", "admin.usergroups:read"}, s.adminUsergroupsListChannels)
	write(s, "admin.usergroups.removeChannels", about{twin.Full, tier2, "-", "admin.usergroups:write"}, s.adminUsergroupsRemoveChannels)
}

// group finds a user group of the caller's organisation, or of the caller's workspace if it is in none.
func (c *call) group(id string) (Usergroup, bool) {
	g, ok := c.s.usergroups.Get(c.Tx, id)
	if !ok || g.Deleted != 0 {
		return g, false
	}
	if g.Team == c.token.Team {
		return g, true
	}
	org, in := c.org()
	return g, in && c.governs(org, g.Team)
}

// linkedTo reports whether a group is in a workspace.
func linkedTo(g Usergroup, team string) bool { return g.Team == team || slices.Contains(g.Teams, team) }

// adminUsergroupsAddChannels gives a group channels that its members are put into.
//
// https://docs.slack.dev/reference/methods/admin.usergroups.addChannels
func (s *Slack) adminUsergroupsAddChannels(c *call, in *api.AdminUsergroupsAddChannelsRequest) (any, error) {
	if err := c.require("usergroup_id", "channel_ids"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	g, err := c.groupIn(org, in.UsergroupID, in.TeamID)
	if err != nil {
		return nil, err
	}
	channels, err := c.channelsFor(org, in.ChannelIDs)
	if err != nil {
		return nil, err
	}
	g.Channels, g.Updated, g.UpdatedBy = slices.Clone(g.Channels), c.Now.Unix(), c.user.ID
	for _, ch := range channels {
		if !slices.Contains(g.Channels, ch.ID) {
			g.Channels = append(g.Channels, ch.ID)
		}
	}
	s.usergroups.Put(c.Tx, g)
	for _, user := range g.Users {
		if u, ok := s.users.Get(c.Tx, user); ok && !u.Deleted {
			c.joinAll(u, in.ChannelIDs)
		}
	}
	return nil, nil
}

// groupIn finds a group, and refuses one that is not in the workspace.
func (c *call) groupIn(org Team, id, team string) (Usergroup, error) {
	if team != "" {
		if t, ok := c.s.teams.Get(c.Tx, team); !ok || t.Org {
			return Usergroup{}, errTeamNotFound
		}
		if _, ok := c.orgTeam(org, team); !ok {
			return Usergroup{}, errInvalidAuth
		}
	}
	g, ok := c.group(id)
	switch {
	case !ok:
		return g, Error("usergroup_not_found")
	case team != "" && !linkedTo(g, team):
		return g, Error("usergroup_not_linked_to_team")
	}
	return g, nil
}

// channelsFor finds the channels that a group is given or loses, and says which of them cannot be.
func (c *call) channelsFor(org Team, list []string) (channels []Channel, err error) {
	if len(list) > 100 {
		return nil, Error("invalid_channels_limit")
	}
	var bad []string
	for _, id := range list {
		if ch, ok := c.orgChannel(org, id); ok && !ch.IM && !ch.MPIM && !ch.Archived {
			channels = append(channels, ch)
		} else {
			bad = append(bad, id)
		}
	}
	if bad != nil {
		return nil, errChannelNotFound.with(reply{"invalid_channels": bad})
	}
	return channels, nil
}

// adminUsergroupsAddTeams puts a group into more workspaces, and if wanted its members too.
//
// https://docs.slack.dev/reference/methods/admin.usergroups.addTeams
func (s *Slack) adminUsergroupsAddTeams(c *call, in *api.AdminUsergroupsAddTeamsRequest) (any, error) {
	if err := c.require("usergroup_id", "team_ids"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	if len(in.TeamIDs) == 0 {
		return nil, Error("no_team_ids_given")
	}
	g, ok := c.group(in.UsergroupID)
	if !ok {
		return nil, Error("usergroup_not_found")
	}
	var bad []string
	for _, id := range in.TeamIDs {
		if _, ok := c.orgTeam(org, id); !ok {
			bad = append(bad, id)
		}
	}
	if bad != nil {
		return nil, Error("invalid_team_ids").with(reply{"errors": bad})
	}
	g.Teams, g.Updated, g.UpdatedBy = slices.Clone(g.Teams), c.Now.Unix(), c.user.ID
	for _, id := range in.TeamIDs {
		if !linkedTo(g, id) {
			g.Teams = append(g.Teams, id)
		}
		if !in.AutoProvision {
			continue
		}
		for _, user := range g.Users {
			if u, ok := s.users.Get(c.Tx, user); ok && !u.Deleted && !slices.Contains(u.Teams, id) {
				c.assign(u, Seat{Team: id, User: u.ID, Restricted: u.Restricted, UltraRestricted: u.UltraRestricted}, nil)
			}
		}
	}
	s.usergroups.Put(c.Tx, g)
	return nil, nil
}

// adminUsergroupsListChannels lists the channels that a group's members are put into.
//
// https://docs.slack.dev/reference/methods/admin.usergroups.listChannels
func (s *Slack) adminUsergroupsListChannels(c *call, in *api.AdminUsergroupsListChannelsRequest) (any, error) {
	if err := c.require("usergroup_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	g, err := c.groupIn(org, in.UsergroupID, in.TeamID)
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, id := range g.Channels {
		ch, ok := c.orgChannel(org, id)
		if !ok || in.TeamID != "" && !ch.OrgWide && !slices.Contains(teamsOf(ch), in.TeamID) {
			continue
		}
		v := reply{"id": ch.ID, "name": ch.Name, "team_id": ch.Team}
		if ch.Private && !c.isMember(ch) {
			v["is_redacted"] = true
		}
		if in.IncludeNumMembers {
			v["num_members"] = c.countMembers(ch.ID)
		}
		views = append(views, v)
	}
	return reply{"channels": views}, nil
}

// adminUsergroupsRemoveChannels takes channels from those that a group's members are put into. Nobody leaves them.
//
// https://docs.slack.dev/reference/methods/admin.usergroups.removeChannels
func (s *Slack) adminUsergroupsRemoveChannels(c *call, in *api.AdminUsergroupsRemoveChannelsRequest) (any, error) {
	if err := c.require("usergroup_id", "channel_ids"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	g, err := c.groupIn(org, in.UsergroupID, "")
	if err != nil {
		return nil, err
	}
	if _, err := c.channelsFor(org, in.ChannelIDs); err != nil {
		return nil, err
	}
	g.Channels, g.Updated, g.UpdatedBy = slices.DeleteFunc(slices.Clone(g.Channels), func(id string) bool { return slices.Contains(in.ChannelIDs, id) }), c.Now.Unix(), c.user.ID
	s.usergroups.Put(c.Tx, g)
	return nil, nil
}
