package slack

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// adminUsersMethods are the admin.users.* methods but those about sessions.
//
// https://docs.slack.dev/reference/methods?family=admin.users
func (s *Slack) adminUsersMethods() {
	write(s, "admin.users.assign", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersAssign)
	read(s, "admin.users.getExpiration", about{twin.Full, tier4, "-", "admin.users:read"}, s.adminUsersGetExpiration)
	write(s, "admin.users.invite", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersInvite)
	read(s, "admin.users.list", about{twin.Full, tier4, "-", "admin.users:read"}, s.adminUsersList)
	write(s, "admin.users.remove", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersRemove)
	write(s, "admin.users.setAdmin", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersSetAdmin)
	write(s, "admin.users.setExpiration", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersSetExpiration)
	write(s, "admin.users.setOwner", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersSetOwner)
	write(s, "admin.users.setRegular", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersSetRegular)
	write(s, "admin.users.unsupportedVersions.export", about{twin.Partial, tier1, "-", "admin.users:read"}, s.adminUsersUnsupportedVersionsExport).op.Notes = "Slackbot says how many sessions are outdated; it sends no zipped table"
}

// adminUsersAssign brings someone of the organisation into a further workspace.
//
// https://docs.slack.dev/reference/methods/admin.users.assign
func (s *Slack) adminUsersAssign(c *call, in *api.AdminUsersAssignRequest) (any, error) {
	if err := c.require("team_id", "user_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	if _, ok := c.orgTeam(org, in.TeamID); !ok {
		return nil, errTeamNotFound
	}
	u, ok := c.person(org, in.UserID)
	guest := u.Restricted || u.UltraRestricted
	switch {
	case !ok:
		return nil, errUserNotFound
	case u.Bot:
		return nil, errUserIsBot
	case !u.Deleted && slices.Contains(u.Teams, in.TeamID):
		return nil, errUserAlreadyTeamMember
	case (in.IsRestricted || in.IsUltraRestricted) != guest && !u.Deleted && len(u.Teams) > 0:
		return nil, Error("invalid_role_for_user")
	}
	for _, id := range in.ChannelIDs {
		if ch, ok := c.orgChannel(org, id); !ok || ch.Archived || ch.Private && !c.isMember(ch) || !ch.OrgWide && !slices.Contains(teamsOf(ch), in.TeamID) {
			return nil, Error("invitor_cannot_see_channel")
		}
	}
	c.assign(u, Seat{Team: in.TeamID, User: u.ID, Restricted: in.IsRestricted || in.IsUltraRestricted, UltraRestricted: in.IsUltraRestricted}, in.ChannelIDs)
	return nil, nil
}

// assign gives someone a place in a workspace, and puts them into its default channels and others.
func (c *call) assign(u User, st Seat, channels []string) {
	st.Since = c.Now.Unix()
	back := u.Deleted
	if back || len(u.Teams) == 0 {
		u.Team, u.Teams = st.Team, []string{st.Team}
		u.Restricted, u.UltraRestricted, u.Deleted = st.Restricted, st.UltraRestricted, false
	} else {
		u.Teams = append(slices.Clone(u.Teams), st.Team)
		c.s.seats.Put(c.Tx, st)
	}
	u.Updated = c.Now.Unix()
	c.s.users.Put(c.Tx, u)
	t, _ := c.s.teams.Get(c.Tx, st.Team)
	if !st.Restricted && !st.UltraRestricted {
		channels = slices.Concat(t.DefaultChannels, channels)
		for ch := range c.s.channels.All(c.Tx, "") {
			if ch.General && ch.Team == st.Team {
				channels = append(channels, ch.ID)
			}
		}
	}
	c.joinAll(u, channels)
	joined := u
	joined.Team = st.Team
	c.emitIn(st.Team, event{Type: "team_join", Body: reply{"user": c.userView(joined)}})
	action := "user_joined_workspace"
	if st.Restricted || st.UltraRestricted {
		action = "guest_joined_workspace"
	}
	if back {
		c.audit(strings.Split(action, "_")[0]+"_reactivated", aboutUser(u), nil)
	}
	c.audit(action, aboutUser(u), reply{"target_team": st.Team})
}

// adminUsersGetExpiration says when a guest's account ends.
//
// https://docs.slack.dev/reference/methods/admin.users.getExpiration
func (s *Slack) adminUsersGetExpiration(c *call, in *adminUsersGetExpirationRequest) (any, error) {
	id := or(in.User, in.UserID)
	if id == "" {
		return nil, missing("user")
	}
	org, err := c.admin(Error("no_perms"), errPaidTeamsOnly)
	if err != nil {
		return nil, err
	}
	team := or(in.TargetTeam, c.token.Team)
	if t, ok := s.teams.Get(c.Tx, team); !ok {
		return nil, errTeamNotFound
	} else if !c.governs(org, t.ID) {
		return nil, Error("target_team_not_on_org")
	}
	u, ok := c.person(org, id)
	if !ok {
		return nil, errUserNotFound
	}
	if u, ok = c.seated(u, team); !ok && team != org.ID {
		return nil, errUserNotFound
	}
	if !u.Restricted && !u.UltraRestricted {
		return nil, Error("user_is_not_guest")
	}
	return reply{"user": reply{"id": u.ID, "email": u.Email, "is_restricted": u.Restricted && !u.UltraRestricted, "is_ultra_restricted": u.UltraRestricted,
		"expiration_ts": u.GuestUntil}}, nil
}

type adminUsersGetExpirationRequest struct {
	TargetTeam string `json:"target_team"`
	User       string `json:"user"`
	UserID     string `json:"user_id"` // as some clients call it
}

// adminUsersInvite invites someone by email: they are there at once, and have still to accept.
//
// https://docs.slack.dev/reference/methods/admin.users.invite
func (s *Slack) adminUsersInvite(c *call, in *api.AdminUsersInviteRequest) (any, error) {
	if err := c.require("email", "team_id", "channel_ids"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	if _, ok := c.orgTeam(org, in.TeamID); !ok {
		return nil, errTeamNotFound
	}
	if at := strings.LastIndex(in.Email, "@"); at < 1 || at == len(in.Email)-1 || strings.ContainsAny(in.Email, " ,<>") {
		return nil, errInvalidEmail
	}
	guest := in.IsRestricted || in.IsUltraRestricted
	if len(in.ChannelIDs) == 0 || in.IsUltraRestricted && len(in.ChannelIDs) != 1 || !c.joinable(org, in.TeamID, in.ChannelIDs) {
		return nil, Error("failed_to_validate_channels")
	}
	var until int64
	if in.GuestExpirationTS != "" {
		seconds, err := strconv.ParseFloat(in.GuestExpirationTS, 64)
		if until = int64(seconds); err != nil || until <= c.Now.Unix() || !guest {
			return nil, Error("failed_to_validate_expiration")
		}
	}
	u, known := s.usersByEmail.Get(c.Tx, strings.ToLower(in.Email))
	switch {
	case known && u.Deleted:
		return nil, errUserDisabled
	case known && u.Invited && slices.Contains(u.Teams, in.TeamID) && in.Resend:
		c.mail(u, "invite")
		return nil, nil
	case known && u.Invited && slices.Contains(u.Teams, in.TeamID):
		return nil, Error("already_in_team_invited_user")
	case known && slices.Contains(u.Teams, in.TeamID):
		return nil, Error("already_in_team")
	case known:
		c.assign(u, Seat{Team: in.TeamID, User: u.ID, Restricted: guest, UltraRestricted: in.IsUltraRestricted, GuestUntil: until}, in.ChannelIDs)
		return nil, nil
	}
	c.invited(in.TeamID, User{Name: in.Email, Email: in.Email, RealName: in.RealName, Restricted: guest, UltraRestricted: in.IsUltraRestricted, GuestUntil: until}, in.ChannelIDs)
	return nil, nil
}

// invited makes the account of someone who has been invited to a workspace.
func (c *call) invited(team string, u User, channels []string) User {
	u.FirstName, u.LastName, _ = strings.Cut(u.RealName, " ")
	u.Invited = true
	d := *c
	d.token.Team = team
	u = d.newUser(u)
	d.joinAll(u, channels)
	d.mail(u, "invite")
	if u.GuestUntil != 0 {
		c.At(time.Unix(u.GuestUntil, 0), "slack", timerGuest, team+"/"+u.ID)
	}
	action := "user_created"
	if u.Restricted {
		action = "guest_created"
	}
	d.audit(action, aboutUser(u), nil)
	return u
}

// joinable reports whether somebody new in a workspace can be put into all these channels.
func (c *call) joinable(org Team, team string, channels []string) bool {
	for _, id := range channels {
		ch, ok := c.orgChannel(org, id)
		if !ok || ch.Archived || ch.IM || ch.MPIM || !ch.OrgWide && !slices.Contains(teamsOf(ch), team) {
			return false
		}
	}
	return true
}

// adminUsersList lists the people of the organisation or of one workspace.
//
// https://docs.slack.dev/reference/methods/admin.users.list
func (s *Slack) adminUsersList(c *call, in *adminUsersListRequest) (any, error) {
	n, err := c.between(in.Limit, 100, 100)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	if in.TeamID != "" {
		if _, ok := c.orgTeam(org, in.TeamID); !ok {
			return nil, errTeamNotFound
		}
		if in.IncludeDeactivated {
			return nil, Error("include_deactivated_user_workspaces_invalid")
		}
	}
	active := !c.args.given("is_active") || in.IsActive
	var found []User
	for u := range s.users.All(c.Tx, "") {
		if u.ID == "USLACKBOT" || u.Stranger || !c.governs(org, u.Team) || u.Deleted == active {
			continue
		}
		if in.TeamID != "" {
			in, ok := c.seated(u, in.TeamID)
			if !ok {
				continue
			}
			u = in
		}
		if in.OnlyGuests && !u.Restricted && !u.UltraRestricted {
			continue
		}
		if (in.IncludeAdmins || in.IncludeOwners) && !(in.IncludeAdmins && u.Admin || in.IncludeOwners && u.Owner) {
			continue
		}
		found = append(found, u)
	}
	found, next, err := page(found, "user", in.Cursor, n, func(u User) string { return u.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, u := range found {
		views = append(views, c.adminUserView(u, in))
	}
	return reply{"users": views, "response_metadata": reply{"next_cursor": next}}, nil
}

type adminUsersListRequest struct {
	Cursor             string `json:"cursor"`
	IncludeDeactivated bool   `json:"include_deactivated_user_workspaces"`
	IsActive           bool   `json:"is_active"`
	Limit              int64  `json:"limit"`
	TeamID             string `json:"team_id"`
	OnlyGuests         bool   `json:"only_guests"`
	IncludeAdmins      bool   `json:"include_admins"`
	IncludeOwners      bool   `json:"include_owners"`
}

// adminUserView is a person as administrators see them.
func (c *call) adminUserView(u User, in *adminUsersListRequest) reply {
	given := []string{}
	for a := range c.s.assignmentsByUser.All(c.Tx, u.ID) {
		if !slices.Contains(given, a.Role) {
			given = append(given, a.Role)
		}
	}
	v := reply{
		"id": u.ID, "email": u.Email, "is_admin": u.Admin, "is_owner": u.Owner, "is_primary_owner": u.PrimaryOwner,
		"is_restricted": u.Restricted && !u.UltraRestricted, "is_ultra_restricted": u.UltraRestricted, "is_bot": u.Bot,
		"username": u.Name, "full_name": u.RealName, "is_active": !u.Deleted, "date_created": u.Created, "expiration_ts": u.GuestUntil, "roles": given,
	}
	workspaces := ids(u.Teams)
	if u.Deleted && !in.IncludeDeactivated {
		workspaces = []string{}
	}
	v["workspaces"] = workspaces
	if u.Deleted {
		v["deactivated_ts"] = u.Updated
	}
	if in.TeamID == "" {
		v["has_2fa"], v["has_sso"], v["last_active_ts"] = u.TwoFactor, false, u.Active
	}
	return v
}

// adminUsersRemove takes someone out of a workspace; out of their last one, their account ends.
//
// https://docs.slack.dev/reference/methods/admin.users.remove
func (s *Slack) adminUsersRemove(c *call, in *api.AdminUsersRemoveRequest) (any, error) {
	if err := c.require("team_id", "user_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(Error("invalid_permissions"), errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	if _, ok := c.orgTeam(org, in.TeamID); !ok {
		return nil, errTeamNotFound
	}
	u, ok := c.person(org, in.UserID)
	switch {
	case !ok:
		return nil, errUserNotFound
	case u.Deleted || !slices.Contains(u.Teams, in.TeamID):
		return nil, Error("user_already_deleted")
	case u.PrimaryOwner:
		return nil, Error("cannot_modify_primary_owner")
	case u.Bot:
		return nil, Error("failed_to_remove_user_from_workspace")
	}
	c.removeFrom(u, in.TeamID)
	return nil, nil
}

// removeFrom takes someone out of a workspace and all that is in it.
func (c *call) removeFrom(u User, team string) {
	if len(u.Teams) == 1 {
		action := "user_deactivated"
		if u.Restricted || u.UltraRestricted {
			action = "guest_deactivated"
		}
		for x := range c.s.devicesByUser.All(c.Tx, u.ID) {
			c.endSession(x)
		}
		c.deactivate(u)
		c.audit(action, aboutUser(u), nil)
		return
	}
	for m := range c.s.membersByUser.All(c.Tx, u.ID) {
		if ch, ok := c.s.channels.Get(c.Tx, m.Channel); ok && ch.Team == team && !ch.OrgWide && !slices.ContainsFunc(ch.Teams, func(t string) bool { return t != team && slices.Contains(u.Teams, t) }) {
			c.evict(ch, u)
		}
	}
	for x := range c.s.devicesByUser.All(c.Tx, u.ID) {
		if x.Team == team {
			c.endSession(x)
		}
	}
	for t := range c.s.tokensByUser.All(c.Tx, u.ID) {
		if t.Team == team && !t.Revoked {
			t.Revoked = true
			c.s.tokens.Put(c.Tx, t)
		}
	}
	u.Teams = slices.DeleteFunc(slices.Clone(u.Teams), func(t string) bool { return t == team })
	if u.Team == team {
		seat, _ := c.s.seats.Get(c.Tx, u.Teams[0]+"/"+u.ID)
		u.Team, u.Admin, u.Owner, u.PrimaryOwner = u.Teams[0], seat.Admin, seat.Owner, false
		u.Restricted, u.UltraRestricted, u.GuestUntil = seat.Restricted, seat.UltraRestricted, seat.GuestUntil
	}
	c.s.seats.Delete(c.Tx, u.Team+"/"+u.ID)
	c.s.seats.Delete(c.Tx, team+"/"+u.ID)
	u.Updated = c.Now.Unix()
	c.s.users.Put(c.Tx, u)
	gone := u
	gone.Deleted, gone.Team = true, team
	c.emitIn(team, event{Type: "user_change", Body: reply{"user": c.userView(gone)}})
	c.audit("user_deactivated", aboutUser(gone), reply{"target_team": team})
}

// ranked finds someone whose role in a workspace is to change.
func (c *call) ranked(team, user string) (User, error) {
	if err := c.require("team_id", "user_id"); err != nil {
		return User{}, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return User{}, err
	}
	if _, ok := c.orgTeam(org, team); !ok {
		return User{}, errTeamNotFound
	}
	u, ok := c.person(org, user)
	if ok && !u.Deleted {
		u, ok = c.seated(u, team)
	}
	switch {
	case !ok || u.Deleted || u.Bot:
		return u, errUserNotFound
	case u.PrimaryOwner:
		return u, Error("cannot_modify_primary_owner")
	}
	return u, nil
}

// adminUsersSetAdmin makes someone an administrator of a workspace.
//
// https://docs.slack.dev/reference/methods/admin.users.setAdmin
func (s *Slack) adminUsersSetAdmin(c *call, in *api.AdminUsersSetAdminRequest) (any, error) {
	u, err := c.ranked(in.TeamID, in.UserID)
	switch {
	case err != nil:
		return nil, err
	case u.Restricted || u.UltraRestricted:
		return nil, Error("invalid_role_for_user")
	case u.Owner && !c.user.Owner:
		return nil, Error("invalid_permissions")
	}
	u.Admin, u.Owner = true, false
	c.promoted(u, in.TeamID, "role_change_to_admin")
	return nil, nil
}

// adminUsersSetOwner makes someone an owner of a workspace.
//
// https://docs.slack.dev/reference/methods/admin.users.setOwner
func (s *Slack) adminUsersSetOwner(c *call, in *api.AdminUsersSetOwnerRequest) (any, error) {
	u, err := c.ranked(in.TeamID, in.UserID)
	switch {
	case err != nil:
		return nil, err
	case u.Restricted || u.UltraRestricted:
		return nil, Error("invalid_role_for_user")
	case !c.user.Owner:
		return nil, errNotSupported
	}
	u.Admin, u.Owner = true, true
	c.promoted(u, in.TeamID, "role_change_to_owner")
	return nil, nil
}

// adminUsersSetRegular makes a guest, an administrator or an owner a regular member.
//
// https://docs.slack.dev/reference/methods/admin.users.setRegular
func (s *Slack) adminUsersSetRegular(c *call, in *api.AdminUsersSetRegularRequest) (any, error) {
	u, err := c.ranked(in.TeamID, in.UserID)
	guest := u.Restricted || u.UltraRestricted
	switch {
	case err != nil:
		return nil, err
	case guest && len(u.Teams) > 1:
		return nil, Error("cannot_set_this_guest_to_regular_at_team_level")
	case u.Owner && !c.user.Owner:
		return nil, Error("failed_to_set_user_to_regular")
	}
	u.Admin, u.Owner, u.Restricted, u.UltraRestricted, u.GuestUntil = false, false, false, false, 0
	c.Cancel("slack", timerGuest, in.TeamID+"/"+u.ID)
	c.promoted(u, in.TeamID, "role_change_to_user")
	if guest {
		t, _ := s.teams.Get(c.Tx, in.TeamID)
		c.joinAll(u, t.DefaultChannels)
	}
	return nil, nil
}

// promoted writes someone's new role and tells everyone concerned.
func (c *call) promoted(u User, team, action string) {
	c.reseat(u, team)
	u.Team = team
	c.emitIn(team, event{Type: "user_change", Body: reply{"user": c.userView(u)}})
	c.audit(action, aboutUser(u), nil)
}

// timerGuest is the timer of the end of a guest's account.
const timerGuest = "guest_expiration"

// adminUsersSetExpiration says when a guest's account ends; 0 is never.
//
// https://docs.slack.dev/reference/methods/admin.users.setExpiration
func (s *Slack) adminUsersSetExpiration(c *call, in *api.AdminUsersSetExpirationRequest) (any, error) {
	if err := c.require("user_id", "expiration_ts"); err != nil {
		return nil, err
	}
	org, err := c.admin(Error("failed_to_validate_caller"), errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	team := in.TeamID
	if team == "" && c.token.Org {
		return nil, Error("team_id_required_for_enterprise")
	}
	team = or(team, c.token.Team)
	if _, ok := c.orgTeam(org, team); !ok {
		return nil, errTeamNotFound
	}
	u, ok := c.person(org, in.UserID)
	if ok && !u.Deleted {
		u, ok = c.seated(u, team)
	}
	switch {
	case !ok:
		return nil, errUserNotFound
	case u.Deleted:
		return nil, Error("user_is_already_deleted")
	case !u.Restricted && !u.UltraRestricted:
		return nil, Error("user_is_not_a_guest")
	case in.ExpirationTS != 0 && in.ExpirationTS <= c.Now.Unix():
		return nil, Error("failed_to_validate_expiration")
	}
	u.GuestUntil = in.ExpirationTS
	c.reseat(u, team)
	if u.GuestUntil == 0 {
		c.Cancel("slack", timerGuest, team+"/"+u.ID)
		c.audit("guest_expiration_cleared", aboutUser(u), nil)
		return nil, nil
	}
	c.At(time.Unix(u.GuestUntil, 0), "slack", timerGuest, team+"/"+u.ID)
	c.audit("guest_expiration_set", aboutUser(u), reply{"expires_on": u.GuestUntil})
	return nil, nil
}

// endGuest ends a guest's account when its time has come.
func (s *Slack) endGuest(tc *twin.Call, key string) error {
	team, user, _ := strings.Cut(key, "/")
	u, ok := s.users.Get(tc.Tx, user)
	if !ok || u.Deleted {
		return nil
	}
	c := s.as(&call{Call: tc, s: s, args: &arguments{}, token: Token{Team: team}}, user)
	if in, ok := c.seated(u, team); !ok || in.GuestUntil == 0 || in.GuestUntil > tc.Now.Unix() {
		return nil
	}
	c.audit("guest_expired", aboutUser(u), nil)
	c.removeFrom(u, team)
	return nil
}

// adminUsersUnsupportedVersionsExport has Slackbot send the caller a list of those who use old clients. The list that
// is sent names the sessions that were begun since then.
//
// https://docs.slack.dev/reference/methods/admin.users.unsupportedVersions.export
func (s *Slack) adminUsersUnsupportedVersionsExport(c *call, in *api.AdminUsersUnsupportedVersionsExportRequest) (any, error) {
	if _, err := c.admin(errNotAllowed, errNotAnEnterprise); err != nil {
		return nil, err
	}
	since := in.DateSessionsStarted
	if since == 0 {
		since = c.Now.AddDate(0, -6, 0).Unix()
	}
	old := 0
	for x := range s.devices.All(c.Tx, "") {
		if x.Created >= since && x.outdated() {
			old++
		}
	}
	text := "No one in your organization uses an unsupported version of Slack."
	if old > 0 {
		text = strconv.Itoa(old) + " sessions in your organization use an unsupported version of Slack."
	}
	ch, _ := c.openIM("USLACKBOT")
	_, err := c.post(ch, Message{User: "USLACKBOT", Team: c.token.Team, Text: text, Blocks: c.richText(text)}, "", false)
	return nil, err
}
