package slack

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// adminConversationsMethods are the admin.conversations.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.conversations
func (s *Slack) adminConversationsMethods() {
	const reads, writes = "admin.conversations:read", "admin.conversations:write"
	write(s, "admin.conversations.archive", about{twin.Full, tier2, "-", writes}, s.adminConversationsArchive)
	write(s, "admin.conversations.bulkArchive", about{twin.Full, tier2, "-", writes}, s.adminConversationsBulkArchive)
	write(s, "admin.conversations.bulkDelete", about{twin.Full, tier2, "-", writes}, s.adminConversationsBulkDelete)
	write(s, "admin.conversations.bulkMove", about{twin.Full, tier2, "-", writes}, s.adminConversationsBulkMove)
	write(s, "admin.conversations.convertToPrivate", about{twin.Full, tier2, "-", writes}, s.adminConversationsConvertToPrivate)
	write(s, "admin.conversations.convertToPublic", about{twin.Full, tier2, "-", writes}, s.adminConversationsConvertToPublic)
	write(s, "admin.conversations.create", about{twin.Full, tier2, "-", writes}, s.adminConversationsCreate)
	write(s, "admin.conversations.delete", about{twin.Full, tier2, "-", writes}, s.adminConversationsDelete)
	write(s, "admin.conversations.disconnectShared", about{twin.Full, tier2, "-", writes}, s.adminConversationsDisconnectShared)
	read(s, "admin.conversations.ekm.listOriginalConnectedChannelInfo", about{twin.Full, tier2, "-", reads}, s.adminConversationsEkmListOriginalConnectedChannelInfo)
	read(s, "admin.conversations.getConversationPrefs", about{twin.Full, tier2, "-", reads}, s.adminConversationsGetConversationPrefs)
	read(s, "admin.conversations.getCustomRetention", about{twin.Full, tier2, "-", reads}, s.adminConversationsGetCustomRetention)
	read(s, "admin.conversations.getTeams", about{twin.Full, tier2, "-", reads}, s.adminConversationsGetTeams)
	write(s, "admin.conversations.invite", about{twin.Full, tier2, "-", writes}, s.adminConversationsInvite)
	read(s, "admin.conversations.lookup", about{twin.Full, tier2, "-", reads}, s.adminConversationsLookup)
	write(s, "admin.conversations.removeCustomRetention", about{twin.Full, tier2, "-", writes}, s.adminConversationsRemoveCustomRetention)
	write(s, "admin.conversations.rename", about{twin.Full, tier2, "-", writes}, s.adminConversationsRename)
	write(s, "admin.conversations.restrictAccess.addGroup", about{twin.Full, tier2, "-", writes}, s.adminConversationsRestrictAccessAddGroup)
	read(s, "admin.conversations.restrictAccess.listGroups", about{twin.Full, tier2, "-", reads}, s.adminConversationsRestrictAccessListGroups)
	write(s, "admin.conversations.restrictAccess.removeGroup", about{twin.Full, tier1, "-", writes}, s.adminConversationsRestrictAccessRemoveGroup)
	read(s, "admin.conversations.search", about{twin.Full, tier2, "-", reads}, s.adminConversationsSearch)
	write(s, "admin.conversations.setConversationPrefs", about{twin.Full, tier3, "-", writes}, s.adminConversationsSetConversationPrefs)
	write(s, "admin.conversations.setCustomRetention", about{twin.Full, tier2, "-", writes}, s.adminConversationsSetCustomRetention)
	write(s, "admin.conversations.setTeams", about{twin.Full, tier2, "-", writes}, s.adminConversationsSetTeams)
	write(s, "admin.conversations.unarchive", about{twin.Full, tier2, "-", writes}, s.adminConversationsUnarchive)
	write(s, "admin.conversations.whitelist.add", about{twin.Full, tier2, "-", writes}, s.adminConversationsRestrictAccessAddGroup)
	read(s, "admin.conversations.whitelist.listGroupsLinkedToChannel", about{twin.Full, tier2, "-", reads}, s.adminConversationsRestrictAccessListGroups)
	write(s, "admin.conversations.whitelist.remove", about{twin.Full, tier2, "-", writes}, s.adminConversationsRestrictAccessRemoveGroup)
}

// orgChannel finds any conversation of the organisation, whether the caller is in it or not.
func (c *call) orgChannel(org Team, id string) (Channel, bool) {
	ch, ok := c.s.channels.Get(c.Tx, id)
	return ch, ok && !ch.Deleted && c.governs(org, ch.Team)
}

// changeable finds the channel that an administrator is about to change: no direct conversation, no #general, and not
// one that everybody in the organisation has to be in.
func (c *call) changeable(org Team, id string) (Channel, error) {
	ch, ok := c.orgChannel(org, id)
	switch {
	case !ok:
		return ch, errChannelNotFound
	case ch.IM || ch.MPIM || ch.General:
		return ch, errChannelTypeNotSupported
	case ch.OrgMandatory:
		return ch, errDefaultOrgWideChannel
	}
	return ch, nil
}

// adminConversationsArchive closes a channel that the caller need not be in.
//
// https://docs.slack.dev/reference/methods/admin.conversations.archive
func (s *Slack) adminConversationsArchive(c *call, in *api.AdminConversationsArchiveRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	ch, ok := c.orgChannel(org, in.ChannelID)
	switch {
	case !ok:
		return nil, errChannelNotFound
	case ch.IM || ch.MPIM:
		return nil, errChannelTypeNotSupported
	case ch.General:
		return nil, errCantArchiveGeneral
	case ch.OrgMandatory:
		return nil, errDefaultOrgWideChannel
	case ch.Archived:
		return nil, errAlreadyArchived
	}
	c.archive(ch)
	return nil, nil
}

// adminConversationsConvertToPrivate hides a public channel from those who are not in it, or names a conversation among several.
//
// https://docs.slack.dev/reference/methods/admin.conversations.convertToPrivate
func (s *Slack) adminConversationsConvertToPrivate(c *call, in *api.AdminConversationsConvertToPrivateRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	ch, ok := c.orgChannel(org, in.ChannelID)
	switch {
	case !ok:
		return nil, errChannelNotFound
	case ch.IM:
		return nil, errMethodNotSupportedForType
	case ch.General || ch.Private && !ch.MPIM:
		return nil, errChannelTypeNotSupported
	case ch.OrgMandatory:
		return nil, errDefaultOrgWideChannel
	case len(ch.Pending) > 0:
		return nil, errExternalChannelMigrating
	}
	action := "public_channel_converted_to_private"
	if ch.MPIM {
		name, err := c.nameFor(ch.Team, in.Name)
		switch {
		case err == errNameTaken:
			return nil, errNameTaken
		case err != nil:
			return nil, errCouldNotConvertChannel
		}
		ch.MPIM, ch.Name, ch.Peers = false, name, nil
		action = "mpim_converted_to_private"
	}
	ch.Private, ch.Updated = true, c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	c.announceAs(ch, "channel_convert_to_private", "made this channel *private*. Now, it can only be viewed or joined by invitation.")
	c.audit(action, aboutChannel(ch), nil)
	return nil, nil
}

// adminConversationsConvertToPublic lets everybody see a private channel.
//
// https://docs.slack.dev/reference/methods/admin.conversations.convertToPublic
func (s *Slack) adminConversationsConvertToPublic(c *call, in *api.AdminConversationsConvertToPublicRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	ch, ok := c.orgChannel(org, in.ChannelID)
	switch {
	case !ok:
		return nil, errChannelNotFound
	case ch.IM || ch.MPIM || !ch.Private:
		return nil, errNotSupported
	case len(ch.Groups) > 0:
		return nil, Error("is_idp_managed")
	}
	ch.Private, ch.Updated = false, c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	c.announceAs(ch, "channel_convert_to_public", "made this channel *public*. Any member can see and join it.")
	c.audit("group_converted_to_channel", aboutChannel(ch), nil)
	return nil, nil
}

// announceAs posts what the caller did to a channel as a message of exactly this subtype.
func (c *call) announceAs(ch Channel, subtype, text string) {
	c.say(ch, Message{Channel: ch.ID, User: c.user.ID, Team: ch.Team, Subtype: subtype, Text: text})
}

// nameFor checks a channel's name for a workspace.
func (c *call) nameFor(team, name string) (string, error) {
	d := *c
	d.token.Team = team
	return d.channelName(name)
}

// adminConversationsCreate makes a channel in a workspace or for the whole organisation.
//
// https://docs.slack.dev/reference/methods/admin.conversations.create
func (s *Slack) adminConversationsCreate(c *call, in *api.AdminConversationsCreateRequest) (any, error) {
	if err := c.require("name", "is_private"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	team := in.TeamID
	switch {
	case team == "" && !in.OrgWide:
		return nil, errTeamIDOrOrgRequired
	case team == "":
		team = c.user.Team
	case team == org.ID:
		return nil, errInvalidTeam
	}
	if _, ok := c.orgTeam(org, team); !ok {
		return nil, errTeamNotFound
	}
	name, err := c.nameFor(team, in.Name)
	switch {
	case err == errNameTaken:
		return nil, errNameTaken
	case err != nil:
		return nil, errInvalidName
	case !c.populated(team):
		return nil, Error("no_local_user_on_team")
	}
	ch := Channel{ID: c.id("C"), Team: team, Name: name, Private: in.IsPrivate, OrgWide: in.OrgWide, Creator: c.user.ID,
		Created: c.Now.Unix(), Updated: c.Now.UnixMilli()}
	if in.Description != "" {
		ch.Purpose = Note{in.Description, c.user.ID, c.Now.Unix()}
	}
	s.channels.Put(c.Tx, ch)
	c.emit(event{Type: "channel_created", Hidden: ch.Private, Channel: ch, Body: reply{"channel": c.channelView(ch, viewEvent)}})
	if _, in := c.seated(c.user, team); in {
		c.join(ch, c.user.ID, "")
	}
	return reply{"channel_id": ch.ID}, nil
}

// populated reports whether anybody is in a workspace.
func (c *call) populated(team string) bool {
	for u := range c.s.users.All(c.Tx, "") {
		if slices.Contains(u.Teams, team) && !u.Deleted && !u.Bot {
			return true
		}
	}
	return false
}

// adminConversationsDelete takes a channel and all that was said in it away for ever.
//
// https://docs.slack.dev/reference/methods/admin.conversations.delete
func (s *Slack) adminConversationsDelete(c *call, in *api.AdminConversationsDeleteRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	ch, err := c.changeable(org, in.ChannelID)
	if err != nil {
		return nil, err
	}
	c.deleteChannel(ch)
	return nil, nil
}

// deleteChannel takes a channel, its messages and its members away and tells those who could see it.
func (c *call) deleteChannel(ch Channel) {
	c.emit(event{Type: kind(ch, "channel_deleted", "group_deleted"), Channel: ch, Body: reply{"channel": ch.ID, "actor_id": c.user.ID}})
	for m := range c.s.messages.All(c.Tx, ch.ID+"/") {
		c.s.messages.Delete(c.Tx, messageKey(m.Channel, m.TS))
	}
	for m := range c.s.members.All(c.Tx, ch.ID+"/") {
		c.s.members.Delete(c.Tx, memberKey(m.Channel, m.User))
	}
	for g := range c.s.usergroups.All(c.Tx, "") {
		if slices.Contains(g.Channels, ch.ID) {
			g.Channels = slices.DeleteFunc(slices.Clone(g.Channels), func(id string) bool { return id == ch.ID })
			c.s.usergroups.Put(c.Tx, g)
		}
	}
	for a := range c.s.assignments.All(c.Tx, "") {
		if a.Entity == ch.ID {
			c.s.assignments.Delete(c.Tx, a.Role+"/"+a.Entity+"/"+a.User)
		}
	}
	for t := range c.s.teams.All(c.Tx, "") {
		if i := slices.Index(t.DefaultChannels, ch.ID); i >= 0 {
			t.DefaultChannels = slices.Delete(slices.Clone(t.DefaultChannels), i, i+1)
			c.s.teams.Put(c.Tx, t)
		}
	}
	c.Cancel("slack", timerRetention, ch.ID)
	c.s.channels.Delete(c.Tx, ch.ID)
}

// A Disconnected remembers that a channel was shared with another organisation, for those who manage its keys.
//
// https://docs.slack.dev/reference/methods/admin.conversations.ekm.listOriginalConnectedChannelInfo
type Disconnected struct {
	Channel    string   `json:"channel"`
	Team       string   `json:"team"`
	Host       string   `json:"host"`
	Original   string   `json:"original"`
	Workspaces []string `json:"workspaces"`
	At         int64    `json:"at"`
}

// adminConversationsDisconnectShared ends the sharing of a channel with another organisation.
//
// https://docs.slack.dev/reference/methods/admin.conversations.disconnectShared
func (s *Slack) adminConversationsDisconnectShared(c *call, in *api.AdminConversationsDisconnectSharedRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	ch, ok := s.channels.Get(c.Tx, in.ChannelID)
	home := c.governs(org, ch.Team)
	if !ok || ch.Deleted || !home && !slices.ContainsFunc(ch.External, func(t string) bool { return c.governs(org, t) }) {
		return nil, errChannelNotFound
	}
	leaving := in.LeavingTeamIDs
	switch {
	case ch.IM || ch.MPIM || ch.General:
		return nil, errNotSupported
	case len(ch.External) == 0:
		return nil, errNoTeamsToDisconnect
	case len(leaving) == 0 && len(ch.External) > 1:
		return nil, errLeavingTeamRequired
	case len(leaving) == 0:
		leaving = ch.External
	}
	for _, id := range leaving {
		switch {
		case !s.teams.Has(c.Tx, id):
			return nil, errTeamNotFound
		case id == ch.Team:
			return nil, errCannotKickHomeTeam
		case !slices.Contains(ch.External, id):
			return nil, errLeavingTeamNotInChannel
		case !home && !c.governs(org, id):
			return nil, errCannotKickTeam
		}
	}
	for _, id := range leaving {
		ch.External = slices.DeleteFunc(slices.Clone(ch.External), func(t string) bool { return t == id })
		ch.Updated = c.Now.UnixMilli()
		s.channels.Put(c.Tx, ch)
		s.disconnected.Put(c.Tx, Disconnected{Channel: ch.ID, Team: id, Host: ch.Team, Original: ch.ID, Workspaces: teamsOf(ch), At: c.Now.Unix()})
		for m := range s.members.All(c.Tx, ch.ID+"/") {
			if u, _ := s.users.Get(c.Tx, m.User); u.Team == id {
				c.evict(ch, u)
			}
		}
		c.emit(event{Type: "channel_unshared", Channel: ch, Body: reply{"previously_connected_team_id": id, "channel": ch.ID, "is_ext_shared": len(ch.External) > 0}})
		c.audit("external_shared_channel_disconnected", aboutChannel(ch), reply{"disconnecting_team": id})
	}
	return nil, nil
}

// evict takes someone out of a channel because of what an administrator did.
func (c *call) evict(ch Channel, u User) {
	if c.s.members.Has(c.Tx, memberKey(ch.ID, u.ID)) {
		c.part(ch, u.ID)
	}
}

// teamsOf lists the workspaces of the organisation that a channel is in.
func teamsOf(ch Channel) []string {
	if len(ch.Teams) > 0 {
		return ch.Teams
	}
	return []string{ch.Team}
}

// adminConversationsEkmListOriginalConnectedChannelInfo lists what channels were once shared with others.
//
// https://docs.slack.dev/reference/methods/admin.conversations.ekm.listOriginalConnectedChannelInfo
func (s *Slack) adminConversationsEkmListOriginalConnectedChannelInfo(c *call, in *api.AdminConversationsEkmListOriginalConnectedChannelInfoRequest) (any, error) {
	org, err := c.admin(errNotAnAdmin, Error("not_enabled"))
	if err != nil {
		return nil, err
	}
	if in.Limit < 0 || in.Limit > 1000 {
		return nil, errInvalidLimit
	}
	var all []Disconnected
	for d := range s.disconnected.All(c.Tx, "") {
		if c.governs(org, d.Host) && (len(in.ChannelIDs) == 0 || slices.Contains(in.ChannelIDs, d.Channel)) &&
			(len(in.TeamIDs) == 0 || slices.ContainsFunc(in.TeamIDs, func(t string) bool { return slices.Contains(d.Workspaces, t) })) {
			all = append(all, d)
		}
	}
	all, next, err := page(all, "channel", in.Cursor, limit(in.Limit, 100, 1000), func(d Disconnected) string { return d.Channel + "/" + d.Team })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, d := range all {
		views = append(views, reply{"id": d.Channel, "internal_team_ids": d.Workspaces, "original_connected_host_id": d.Host, "original_connected_channel_id": d.Original})
	}
	return reply{"channels": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminConversationsGetTeams lists the workspaces that a channel is in.
//
// https://docs.slack.dev/reference/methods/admin.conversations.getTeams
func (s *Slack) adminConversationsGetTeams(c *call, in *api.AdminConversationsGetTeamsRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errUnsupportedTeamType)
	if err != nil {
		return nil, err
	}
	ch, ok := c.orgChannel(org, in.ChannelID)
	switch {
	case !ok:
		return nil, errChannelNotFound
	case ch.IM || ch.MPIM:
		return nil, errChannelTypeNotSupported
	case in.Limit < 0 || in.Limit > 1000:
		return nil, errInvalidLimit
	}
	teams := teamsOf(ch)
	if ch.OrgWide {
		teams = nil
		for _, t := range c.workspaces(org) {
			teams = append(teams, t.ID)
		}
	}
	teams, next, err := page(teams, "team", in.Cursor, limit(in.Limit, 100, 1000), func(id string) string { return id })
	if err != nil {
		return nil, err
	}
	return reply{"team_ids": teams, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminConversationsInvite puts people into a channel that the caller need not be in. Whom it could not put there it says.
//
// https://docs.slack.dev/reference/methods/admin.conversations.invite
func (s *Slack) adminConversationsInvite(c *call, in *api.AdminConversationsInviteRequest) (any, error) {
	if err := c.require("channel_id", "user_ids"); err != nil {
		return nil, err
	}
	if err := atMost("user_ids", in.UserIDs, 1000); err != nil {
		return nil, err
	}
	org, err := c.admin(errUserMustBeAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	ch, err := c.changeable(org, in.ChannelID)
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, errRestrictedAction
	}
	failed := map[string]Error{}
	for _, id := range in.UserIDs {
		if code := c.unfit(org, ch, id); code != "" {
			failed[id] = code
		} else {
			c.join(ch, id, c.user.ID)
		}
	}
	if len(failed) > 0 {
		return nil, twin.Keep(errFailedForSomeUsers.with(reply{"failed_user_ids": failed}))
	}
	return nil, nil
}

// unfit says why someone cannot be put into a channel; "" is no reason.
func (c *call) unfit(org Team, ch Channel, user string) Error {
	u, ok := c.person(org, user)
	switch {
	case !ok || u.Deleted:
		return errUserNotFound
	case c.s.members.Has(c.Tx, memberKey(ch.ID, user)):
		return errAlreadyInChannel
	case u.UltraRestricted:
		return errUserIsUltraRestricted
	case !c.admitted(ch, user):
		return errRestrictedAction
	case !ch.OrgWide && !slices.ContainsFunc(teamsOf(ch), func(t string) bool { return slices.Contains(u.Teams, t) }):
		return Error("user_not_in_workspace")
	}
	return ""
}

// admitted reports whether someone may be in a channel: one that groups are linked to is for their members alone.
func (c *call) admitted(ch Channel, user string) bool {
	for _, id := range ch.Groups {
		if g, ok := c.group(id); ok && slices.Contains(g.Users, user) {
			return true
		}
	}
	return len(ch.Groups) == 0
}

// adminConversationsLookup lists public channels that few are in and that have been quiet.
//
// https://docs.slack.dev/reference/methods/admin.conversations.lookup
func (s *Slack) adminConversationsLookup(c *call, in *api.AdminConversationsLookupRequest) (any, error) {
	if err := c.require("team_ids", "last_message_activity_before"); err != nil {
		return nil, err
	}
	n, err := c.between(in.Limit, 1000, 1000)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	teams := slices.DeleteFunc(slices.Clone(in.TeamIDs), func(id string) bool { _, ok := c.orgTeam(org, id); return !ok })
	if len(teams) == 0 {
		return nil, Error("no_valid_teams")
	}
	most := 1
	if c.args.given("max_member_count") {
		most = int(in.MaxMemberCount)
	}
	found := []string{}
	for ch := range s.channels.All(c.Tx, "") {
		if ch.Private || ch.IM || ch.MPIM || ch.Deleted || !slices.ContainsFunc(teamsOf(ch), func(t string) bool { return slices.Contains(teams, t) }) {
			continue
		}
		if c.countMembers(ch.ID) <= most && c.lastActivity(ch) < in.LastMessageActivityBefore*1e6 {
			found = append(found, ch.ID)
		}
	}
	after := in.Cursor
	if after == "*" {
		after = ""
	}
	found, next, err := page(found, "channel", after, n, func(id string) string { return id })
	if err != nil {
		return nil, err
	}
	return reply{"channel_ids": found, "response_metadata": reply{"next_cursor": next}}, nil
}

// lastActivity is when something was last said in a channel, in microseconds.
func (c *call) lastActivity(ch Channel) int64 {
	for m := range c.s.messages.Range(c.Tx, store.Range{Prefix: ch.ID + "/", Desc: true}) {
		n, _ := strconv.ParseInt(strings.Replace(m.TS, ".", "", 1), 10, 64)
		return n
	}
	return 0
}

// adminConversationsRename gives a channel another name.
//
// https://docs.slack.dev/reference/methods/admin.conversations.rename
func (s *Slack) adminConversationsRename(c *call, in *api.AdminConversationsRenameRequest) (any, error) {
	if err := c.require("channel_id", "name"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	ch, err := c.changeable(org, in.ChannelID)
	if err != nil {
		return nil, err
	}
	name, err := c.nameFor(ch.Team, in.Name)
	switch {
	case err == errNameTaken:
		return nil, errNameTaken
	case err != nil:
		return nil, errCouldNotRenameChannel
	}
	c.rename(ch, name)
	return nil, nil
}

// adminConversationsUnarchive opens an archived channel again.
//
// https://docs.slack.dev/reference/methods/admin.conversations.unarchive
func (s *Slack) adminConversationsUnarchive(c *call, in *api.AdminConversationsUnarchiveRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	ch, err := c.changeable(org, in.ChannelID)
	switch {
	case err != nil:
		return nil, err
	case !ch.Archived:
		return nil, errChannelNotArchived
	}
	ch.Archived, ch.Updated = false, c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	c.announce(ch, "unarchive", "un-archived the channel", nil)
	c.emit(event{Type: kind(ch, "channel_unarchive", "group_unarchive"), Channel: ch, Body: reply{"channel": ch.ID, "user": c.user.ID}})
	return nil, nil
}

// adminConversationsSetTeams says which workspaces a channel is in.
//
// https://docs.slack.dev/reference/methods/admin.conversations.setTeams
func (s *Slack) adminConversationsSetTeams(c *call, in *api.AdminConversationsSetTeamsRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, Error("not_enabled"))
	if err != nil {
		return nil, err
	}
	ch, ok := c.orgChannel(org, in.ChannelID)
	switch {
	case !ok || in.TeamID != "" && !ch.OrgWide && !slices.Contains(teamsOf(ch), in.TeamID):
		return nil, errChannelNotFound
	case ch.IM || ch.MPIM || ch.General:
		return nil, errChannelTypeNotSupported
	case ch.OrgMandatory:
		return nil, errDefaultOrgWideChannel
	case len(ch.External) > 0:
		return nil, Error("externally_shared_or_disconnected_channel")
	case len(in.TargetTeamIDs) == 0 && !in.OrgChannel:
		return nil, Error("unsupported_arguments")
	case len(in.TargetTeamIDs) > 100:
		return nil, Error("too_many_target_teams")
	}
	var targets []string
	for _, id := range in.TargetTeamIDs {
		if _, ok := c.orgTeam(org, id); !ok {
			return nil, Error("invalid_target_team")
		}
		if other, ok := s.channelsByName.Get(c.Tx, id+"/"+ch.Name); ok && other.ID != ch.ID {
			return nil, errNameTaken
		}
		if !slices.Contains(targets, id) {
			targets = append(targets, id)
		}
	}
	if !in.OrgChannel && !slices.Contains(targets, ch.Team) {
		if len(teamsOf(ch)) == 1 && !ch.OrgWide {
			return nil, Error("cannot_move_local_channel")
		}
		ch.Team = targets[0]
	}
	ch.OrgWide, ch.Teams, ch.Updated = in.OrgChannel, targets, c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	c.dropOutsiders(ch)
	c.audit("channel_workspaces_updated", aboutChannel(ch), reply{"shared_to": strings.Join(targets, ",")})
	return reply{"channel": ch.ID}, nil
}

// dropOutsiders takes those out of a channel who are in none of its workspaces any more.
func (c *call) dropOutsiders(ch Channel) {
	if ch.OrgWide {
		return
	}
	for m := range c.s.members.All(c.Tx, ch.ID+"/") {
		u, _ := c.s.users.Get(c.Tx, m.User)
		if !slices.ContainsFunc(teamsOf(ch), func(t string) bool { return slices.Contains(u.Teams, t) }) && !slices.Contains(ch.External, u.Team) {
			c.evict(ch, u)
		}
	}
}

// adminConversationsRestrictAccessAddGroup links a private channel to a group, whose members alone may be in it from then on.
//
// https://docs.slack.dev/reference/methods/admin.conversations.restrictAccess.addGroup
func (s *Slack) adminConversationsRestrictAccessAddGroup(c *call, in *api.AdminConversationsRestrictAccessAddGroupRequest) (any, error) {
	ch, g, err := c.linkable(in.ChannelID, in.GroupID, in.TeamID)
	if err != nil {
		return nil, err
	}
	switch {
	case !ch.Private || ch.IM || ch.MPIM || len(ch.External) > 0:
		return nil, Error("invalid_channel_type")
	case slices.Contains(ch.Groups, g.ID):
		return nil, Error("group_already_linked_to_channel")
	case len(g.Users) == 0:
		return nil, Error("group_must_not_be_empty")
	}
	ch.Groups = append(slices.Clone(ch.Groups), g.ID)
	s.channels.Put(c.Tx, ch)
	return nil, nil
}

// linkable finds a channel and a group that are to be linked or parted.
func (c *call) linkable(channel, group, team string) (Channel, Usergroup, error) {
	if err := c.require("channel_id", "group_id"); err != nil {
		return Channel{}, Usergroup{}, err
	}
	ch, err := c.linked(channel, team)
	if err != nil {
		return ch, Usergroup{}, err
	}
	g, ok := c.group(group)
	if !ok {
		return ch, g, Error("group_not_found")
	}
	return ch, g, nil
}

// linked finds a channel whose groups are looked at.
func (c *call) linked(channel, team string) (Channel, error) {
	if strings.HasPrefix(c.m.name, "admin.conversations.whitelist.") {
		c.warn("method_deprecated")
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return Channel{}, err
	}
	if _, ok := c.orgTeam(org, team); !ok && team != "" && team != org.ID {
		return Channel{}, errTeamNotFound
	}
	ch, ok := c.orgChannel(org, channel)
	if !ok {
		return ch, errChannelNotFound
	}
	return ch, nil
}

// adminConversationsRestrictAccessListGroups lists the groups that a private channel is linked to.
//
// https://docs.slack.dev/reference/methods/admin.conversations.restrictAccess.listGroups
func (s *Slack) adminConversationsRestrictAccessListGroups(c *call, in *api.AdminConversationsRestrictAccessListGroupsRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	ch, err := c.linked(in.ChannelID, in.TeamID)
	if err != nil {
		return nil, err
	}
	if !ch.Private || ch.IM || ch.MPIM || len(ch.External) > 0 {
		return nil, errInvalidChannel
	}
	return reply{"group_ids": ids(ch.Groups)}, nil
}

// adminConversationsRestrictAccessRemoveGroup parts a private channel from a group. Its members leave, unless another
// linked group lets them stay or no group is left.
//
// https://docs.slack.dev/reference/methods/admin.conversations.restrictAccess.removeGroup
func (s *Slack) adminConversationsRestrictAccessRemoveGroup(c *call, in *api.AdminConversationsRestrictAccessRemoveGroupRequest) (any, error) {
	ch, g, err := c.linkable(in.ChannelID, in.GroupID, in.TeamID)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(ch.Groups, g.ID) {
		return nil, Error("link_not_found")
	}
	ch.Groups = slices.DeleteFunc(slices.Clone(ch.Groups), func(id string) bool { return id == g.ID })
	s.channels.Put(c.Tx, ch)
	for _, user := range g.Users {
		if u, ok := s.users.Get(c.Tx, user); ok && !c.admitted(ch, user) {
			c.evict(ch, u)
		}
	}
	return nil, nil
}

// channelTypes are the kinds of channels that a search can ask for, or ask to leave out.
//
// https://docs.slack.dev/reference/methods/admin.conversations.search#types
var channelTypes = map[string]func(Channel) bool{
	"private":                 func(ch Channel) bool { return ch.Private },
	"private_exclude":         func(ch Channel) bool { return !ch.Private },
	"archived":                func(ch Channel) bool { return ch.Archived },
	"exclude_archived":        func(ch Channel) bool { return !ch.Archived },
	"archived_exclude":        func(ch Channel) bool { return !ch.Archived },
	"multi_workspace":         func(ch Channel) bool { return len(ch.Teams) > 1 },
	"org_wide":                func(ch Channel) bool { return ch.OrgWide },
	"exclude_org_wide":        func(ch Channel) bool { return !ch.OrgWide },
	"exclude_org_shared":      func(ch Channel) bool { return !ch.OrgWide && len(ch.Teams) < 2 },
	"external_shared":         func(ch Channel) bool { return len(ch.External) > 0 },
	"external_shared_exclude": func(ch Channel) bool { return len(ch.External) == 0 },
	"external_shared_private": func(ch Channel) bool { return len(ch.External) > 0 && ch.Private },
	"external_shared_archived": func(ch Channel) bool {
		return len(ch.External) > 0 && ch.Archived
	},
}

// sharings are the types of which a channel needs only one.
var sharings = []string{"multi_workspace", "org_wide", "external_shared", "external_shared_private", "external_shared_archived"}

// adminConversationsSearch finds channels, public and private, in all workspaces of the organisation.
//
// https://docs.slack.dev/reference/methods/admin.conversations.search
func (s *Slack) adminConversationsSearch(c *call, in *api.AdminConversationsSearchRequest) (any, error) {
	n, err := c.between(in.Limit, 10, 20)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	for _, id := range in.TeamIDs {
		if _, ok := c.orgTeam(org, id); !ok {
			return nil, errTeamNotFound
		}
	}
	for _, t := range in.SearchChannelTypes {
		if channelTypes[t] == nil {
			return nil, errInvalidSearchChannelType
		}
	}
	found := []Channel{}
	for ch := range s.channels.All(c.Tx, "") {
		if !ch.IM && !ch.MPIM && !ch.Deleted && c.governs(org, ch.Team) && c.matches(ch, in) {
			found = append(found, ch)
		}
	}
	count := map[string]int{}
	for _, ch := range found {
		count[ch.ID] = c.countMembers(ch.ID)
	}
	var order func(a, b Channel) int
	query := strings.ToLower(strings.TrimPrefix(in.Query, "#"))
	switch or(in.Sort, "member_count") {
	case "name":
		order = func(a, b Channel) int { return strings.Compare(a.Name, b.Name) }
	case "member_count":
		order = func(a, b Channel) int { return count[a.ID] - count[b.ID] }
	case "created":
		order = func(a, b Channel) int { return cmp.Compare(a.Created, b.Created) }
	case "relevant":
		order = func(a, b Channel) int {
			return cmp.Or(strings.Index(b.Name, query)-strings.Index(a.Name, query), len(b.Name)-len(a.Name), count[a.ID]-count[b.ID])
		}
	default:
		return nil, errInvalidSort
	}
	switch or(in.SortDir, "desc") {
	case "asc":
		slices.SortStableFunc(found, order)
	case "desc":
		slices.SortStableFunc(found, func(a, b Channel) int { return order(b, a) })
	default:
		return nil, errInvalidSortDir
	}
	total := len(found)
	if in.TotalCountOnly {
		return reply{"conversations": []reply{}, "next_cursor": "", "total_count": total}, nil
	}
	found, next, err := page(found, "id", in.Cursor, n, func(ch Channel) string { return ch.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, ch := range found {
		views = append(views, c.foundView(org, ch, count[ch.ID]))
	}
	return reply{"conversations": views, "next_cursor": next, "total_count": total}, nil
}

// matches reports whether a channel is what a search asks for.
func (c *call) matches(ch Channel, in *api.AdminConversationsSearchRequest) bool {
	if !strings.Contains(ch.Name, strings.ToLower(strings.TrimPrefix(in.Query, "#"))) {
		return false
	}
	if len(in.TeamIDs) > 0 && !ch.OrgWide && !slices.ContainsFunc(teamsOf(ch), func(t string) bool { return slices.Contains(in.TeamIDs, t) }) {
		return false
	}
	if len(in.ConnectedTeamIDs) > 0 && !slices.ContainsFunc(ch.External, func(t string) bool { return slices.Contains(in.ConnectedTeamIDs, t) }) {
		return false
	}
	wanted, shared := false, false
	for _, t := range in.SearchChannelTypes {
		if slices.Contains(sharings, t) {
			wanted, shared = true, shared || channelTypes[t](ch)
		} else if !channelTypes[t](ch) {
			return false
		}
	}
	return !wanted || shared
}

// foundView is a channel as a search of the organisation shows it.
func (c *call) foundView(org Team, ch Channel, members int) reply {
	outside, managers := 0, 0
	for m := range c.s.members.All(c.Tx, ch.ID+"/") {
		if u, _ := c.s.users.Get(c.Tx, m.User); slices.Contains(ch.External, u.Team) {
			outside++
		}
	}
	for range c.s.assignments.All(c.Tx, "Rl0A/"+ch.ID+"/") {
		managers++
	}
	teams := teamsOf(ch)
	if ch.OrgWide {
		teams = nil
		for _, t := range c.workspaces(org) {
			teams = append(teams, t.ID)
		}
	}
	v := reply{
		"id": ch.ID, "name": ch.Name, "purpose": ch.Purpose.Value, "member_count": members, "created": ch.Created, "creator_id": ch.Creator,
		"is_private": ch.Private, "is_archived": ch.Archived, "is_general": ch.General, "last_activity_ts": c.lastActivity(ch),
		"is_ext_shared": len(ch.External) > 0, "is_global_shared": ch.OrgWide, "is_org_default": ch.OrgMandatory, "is_org_mandatory": ch.OrgMandatory,
		"is_org_shared": ch.OrgWide || len(teams) > 1, "is_frozen": false, "internal_team_ids": teams, "internal_team_ids_count": len(teams),
		"internal_team_ids_sample_team": teams[0], "pending_connected_team_ids": ids(ch.Pending), "is_pending_ext_shared": len(ch.Pending) > 0,
		"connected_team_ids": ids(ch.External), "connected_limited_team_ids": ids(ch.ConnectedLimitedTeams), "conversation_host_id": ch.Team,
		"channel_email_addresses": []reply{}, "external_user_count": outside, "channel_manager_count": managers, "is_disconnect_in_progress": false,
		"context_team_id": ch.Team, "canvas": reply{"total_count": 0, "ownership_details": []reply{}}, "lists": reply{"total_count": 0, "ownership_details": []reply{}},
	}
	if ch.Canvas != "" {
		v["canvas"] = reply{"total_count": 1, "ownership_details": []reply{{"count": 1, "team_id": ch.Team}}}
	}
	if p := c.properties(ch); len(p) > 0 {
		v["properties"] = p
	}
	return v
}

// Prefs are who may do what in a channel.
//
// https://docs.slack.dev/reference/methods/admin.conversations.setConversationPrefs
type Prefs struct {
	WhoCanPost      *Who         `json:"who_can_post,omitempty"`
	CanThread       *Who         `json:"can_thread,omitempty"`
	CanHuddle       *Switch      `json:"can_huddle,omitempty"`
	EnableAtChannel *Switch      `json:"enable_at_channel,omitempty"`
	EnableAtHere    *Switch      `json:"enable_at_here,omitempty"`
	MembershipLimit *MemberLimit `json:"membership_limit,omitempty"`
}

// A Who lists kinds of people, people and groups.
type Who struct {
	Type    []string `json:"type,omitempty"`
	User    []string `json:"user,omitempty"`
	Subteam []string `json:"subteam,omitempty"`
}

// A Switch is on or off.
type Switch struct {
	Enabled bool `json:"enabled"`
}

// A MemberLimit is how many may be in a channel.
type MemberLimit struct {
	Value int64 `json:"value"`
}

// whoTypes are the kinds of people that may be let post or reply.
var whoTypes = []string{"everyone", "user", "ra", "regular", "admin", "owner", "org_admin", "org_owner"}

// UnmarshalJSON reads both forms that Slack takes: an object of lists, and a string such as "type:admin,user:U1234".
func (w *Who) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) != nil {
		type plain Who
		return json.Unmarshal(b, (*plain)(w))
	}
	for _, part := range list(text) {
		what, who, _ := strings.Cut(part, ":")
		switch what {
		case "type":
			w.Type = append(w.Type, who)
		case "user":
			w.User = append(w.User, who)
		case "subteam":
			w.Subteam = append(w.Subteam, who)
		default:
			return errInvalidArguments
		}
	}
	return nil
}

// prefs returns who may do what in a channel; nothing set is no restriction.
func (ch Channel) prefs() (p Prefs) {
	if len(ch.Prefs) > 0 {
		json.Unmarshal(ch.Prefs, &p)
	}
	return p
}

// restrictions are what a channel shows about who may do what in it.
func restrictions(ch Channel) reply {
	v, p := reply{}, ch.prefs()
	if p.WhoCanPost != nil {
		v["posting_restricted_to"] = p.WhoCanPost
	}
	if p.CanThread != nil {
		v["threads_restricted_to"] = p.CanThread
	}
	if p.CanHuddle != nil {
		v["huddles_restricted"] = !p.CanHuddle.Enabled
	}
	if p.EnableAtChannel != nil {
		v["at_channel_restricted"] = !p.EnableAtChannel.Enabled
	}
	if p.EnableAtHere != nil {
		v["at_here_restricted"] = !p.EnableAtHere.Enabled
	}
	return v
}

// includes reports whether the caller is among those.
func (c *call) includes(w *Who) bool {
	if w == nil || slices.Contains(w.User, c.user.ID) {
		return true
	}
	for _, id := range w.Subteam {
		if g, ok := c.group(id); ok && slices.Contains(g.Users, c.user.ID) {
			return true
		}
	}
	for _, t := range w.Type {
		switch t {
		case "everyone", "user":
			return true
		case "ra", "regular":
			if !c.user.Restricted && !c.user.UltraRestricted {
				return true
			}
		case "admin", "org_admin":
			if c.user.Admin || c.user.Owner {
				return true
			}
		case "owner", "org_owner":
			if c.user.Owner {
				return true
			}
		}
	}
	return false
}

// restricted refuses a message, or a reply in a thread, that the channel does not take from the caller.
func (c *call) restricted(ch Channel, thread bool) error {
	p := ch.prefs()
	posts, threads := c.includes(p.WhoCanPost), c.includes(p.CanThread)
	switch {
	case thread && threads || !thread && posts:
		return nil
	case !posts && !threads:
		return errRestrictedActionReadOnlyChannel
	case thread:
		return errRestrictedActionNonThreadableChannel
	}
	return errRestrictedActionThreadOnlyChannel
}

// adminConversationsSetConversationPrefs says who may do what in a channel.
//
// https://docs.slack.dev/reference/methods/admin.conversations.setConversationPrefs
func (s *Slack) adminConversationsSetConversationPrefs(c *call, in *api.AdminConversationsSetConversationPrefsRequest) (any, error) {
	if err := c.require("channel_id", "prefs"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	ch, err := c.changeable(org, in.ChannelID)
	if err != nil {
		return nil, err
	}
	var given Prefs
	if json.Unmarshal(unquoted(in.Prefs), &given) != nil {
		return nil, errCouldNotSetChannelPref
	}
	for _, w := range []*Who{given.WhoCanPost, given.CanThread} {
		if w != nil && !c.nameable(org, *w) {
			return nil, Error("invalid_value")
		}
	}
	here, all := given.EnableAtHere, given.EnableAtChannel
	if (here == nil) != (all == nil) || here != nil && *here != *all {
		return nil, Error("channel_mention_sync_required")
	}
	p := ch.prefs()
	p.WhoCanPost, p.CanThread, p.CanHuddle = cmp.Or(given.WhoCanPost, p.WhoCanPost), cmp.Or(given.CanThread, p.CanThread), cmp.Or(given.CanHuddle, p.CanHuddle)
	p.EnableAtHere, p.EnableAtChannel = cmp.Or(here, p.EnableAtHere), cmp.Or(all, p.EnableAtChannel)
	p.MembershipLimit = cmp.Or(given.MembershipLimit, p.MembershipLimit)
	ch.Prefs, ch.Updated = encode(p), c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	details := reply{}
	json.Unmarshal(encode(given), &details)
	c.audit("channel_posting_permissions_updated", aboutChannel(ch), details)
	return nil, nil
}

// unquoted returns JSON that came with single quotes, as Slack's own examples have it, in proper form.
func unquoted(j json.RawMessage) json.RawMessage {
	if json.Valid(j) {
		return j
	}
	return json.RawMessage(strings.ReplaceAll(strings.Trim(string(j), `"`), "'", `"`))
}

// nameable reports whether all that a Who names is there.
func (c *call) nameable(org Team, w Who) bool {
	for _, t := range w.Type {
		if !slices.Contains(whoTypes, t) {
			return false
		}
	}
	for _, id := range w.User {
		if u, ok := c.person(org, id); !ok || u.Deleted {
			return false
		}
	}
	for _, id := range w.Subteam {
		if _, ok := c.group(id); !ok {
			return false
		}
	}
	return true
}

// adminConversationsGetConversationPrefs returns who may do what in a channel.
//
// https://docs.slack.dev/reference/methods/admin.conversations.getConversationPrefs
func (s *Slack) adminConversationsGetConversationPrefs(c *call, in *api.AdminConversationsGetConversationPrefsRequest) (any, error) {
	if err := c.require("channel_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errNotAnEnterprise)
	if err != nil {
		return nil, err
	}
	ch, ok := c.orgChannel(org, in.ChannelID)
	switch {
	case !ok:
		return nil, errChannelNotFound
	case ch.IM || ch.MPIM || ch.General:
		return nil, errChannelTypeNotSupported
	}
	return reply{"prefs": ch.prefs()}, nil
}

// timerRetention is the timer of the next look for messages that a channel keeps no longer.
const timerRetention = "retention"

// retained finds a channel whose retention is looked at or changed.
func (c *call) retained(id string, also ...string) (Channel, error) {
	if err := c.require(append([]string{"channel_id"}, also...)...); err != nil {
		return Channel{}, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return Channel{}, err
	}
	return c.changeable(org, id)
}

// adminConversationsSetCustomRetention says for how many days a channel keeps its messages.
//
// https://docs.slack.dev/reference/methods/admin.conversations.setCustomRetention
func (s *Slack) adminConversationsSetCustomRetention(c *call, in *api.AdminConversationsSetCustomRetentionRequest) (any, error) {
	ch, err := c.retained(in.ChannelID, "duration_days")
	if err != nil {
		return nil, err
	}
	if in.DurationDays <= 0 || in.DurationDays >= 36500 {
		return nil, Error("invalid_duration")
	}
	old := ch.RetentionDays
	ch.RetentionDays = in.DurationDays
	s.channels.Put(c.Tx, ch)
	c.At(c.Now.Add(time.Second), "slack", timerRetention, ch.ID)
	c.audit("channel_retention_changed", aboutChannel(ch), reply{"old_retention_policy": retentionView(old), "new_retention_policy": retentionView(in.DurationDays)})
	return nil, nil
}

func retentionView(days int64) reply {
	if days == 0 {
		return reply{"type": "default"}
	}
	return reply{"type": "custom", "duration_days": days}
}

// adminConversationsGetCustomRetention says for how many days a channel keeps its messages.
//
// https://docs.slack.dev/reference/methods/admin.conversations.getCustomRetention
func (s *Slack) adminConversationsGetCustomRetention(c *call, in *api.AdminConversationsGetCustomRetentionRequest) (any, error) {
	ch, err := c.retained(in.ChannelID)
	if err != nil {
		return nil, err
	}
	return reply{"is_policy_enabled": ch.RetentionDays > 0, "duration_days": ch.RetentionDays}, nil
}

// adminConversationsRemoveCustomRetention makes a channel keep its messages as all others do.
//
// https://docs.slack.dev/reference/methods/admin.conversations.removeCustomRetention
func (s *Slack) adminConversationsRemoveCustomRetention(c *call, in *api.AdminConversationsRemoveCustomRetentionRequest) (any, error) {
	ch, err := c.retained(in.ChannelID)
	if err != nil {
		return nil, err
	}
	old := ch.RetentionDays
	ch.RetentionDays = 0
	s.channels.Put(c.Tx, ch)
	c.Cancel("slack", timerRetention, ch.ID)
	c.audit("channel_retention_changed", aboutChannel(ch), reply{"old_retention_policy": retentionView(old), "new_retention_policy": retentionView(0)})
	return nil, nil
}

// expire takes the messages away that a channel keeps no longer, and sets the next look for when the oldest that is
// left will be due.
func (s *Slack) expire(tc *twin.Call, channel string) error {
	ch, ok := s.channels.Get(tc.Tx, channel)
	if !ok || ch.RetentionDays == 0 {
		return nil
	}
	keep := time.Duration(ch.RetentionDays) * 24 * time.Hour
	due := formatTS(tc.Now.Add(-keep).UnixMicro())
	next := tc.Now.Add(keep)
	orphaned := map[string]bool{}
	for m := range s.messages.All(tc.Tx, ch.ID+"/") {
		if m.TS > due {
			if micros, err := strconv.ParseInt(strings.Replace(m.TS, ".", "", 1), 10, 64); err == nil && len(orphaned) == 0 {
				next = time.UnixMicro(micros).Add(keep)
			}
			break
		}
		s.messages.Delete(tc.Tx, messageKey(m.Channel, m.TS))
		if m.Replies > 0 {
			orphaned[m.TS] = true
		}
	}
	c := &call{Call: tc, s: s, args: &arguments{}}
	for _, ts := range slices.Sorted(maps.Keys(orphaned)) {
		if first, ok := c.firstReply(ch.ID, ts); ok {
			s.messages.Put(tc.Tx, Message{Channel: ch.ID, TS: ts, User: "USLACKBOT", Team: ch.Team, Subtype: "tombstone", Text: "This message was deleted.",
				Hidden: true, ThreadTS: ts, LatestReply: first.TS})
			c.recount(ch.ID, ts)
		}
	}
	tc.At(next, "slack", timerRetention, channel)
	return nil
}

func (c *call) firstReply(channel, ts string) (Message, bool) {
	for m := range c.s.threads.Range(c.Tx, prefix(messageKey(channel, ts)+"/")) {
		return m, true
	}
	return Message{}, false
}
