package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// connectMethods are the conversations.* methods of Slack Connect: channels that are shared with other organisations.
//
// https://docs.slack.dev/apis/slack-connect
func (s *Slack) connectMethods() {
	const invites, manages = "conversations.connect:write", "conversations.connect:manage"
	write(s, "conversations.inviteShared", about{twin.Full, tier2, invites, invites}, s.conversationsInviteShared).requires("channel")
	write(s, "conversations.acceptSharedInvite", about{twin.Full, tier2, invites, invites}, s.conversationsAcceptSharedInvite).requires("channel_name")
	write(s, "conversations.approveSharedInvite", about{twin.Full, tier2, manages, manages}, s.conversationsApproveSharedInvite).requires("invite_id")
	write(s, "conversations.declineSharedInvite", about{twin.Full, tier2, manages, manages}, s.conversationsDeclineSharedInvite).requires("invite_id")
	read(s, "conversations.listConnectInvites", about{twin.Full, tier1, manages, manages}, s.conversationsListConnectInvites)
	write(s, "conversations.requestSharedInvite.approve", about{twin.Full, tier2, manages, manages}, s.conversationsRequestSharedInviteApprove).requires("invite_id")
	write(s, "conversations.requestSharedInvite.deny", about{twin.Full, tier2, manages, manages}, s.conversationsRequestSharedInviteDeny).requires("invite_id")
	read(s, "conversations.requestSharedInvite.list", about{twin.Full, tier2, manages, manages}, s.conversationsRequestSharedInviteList)
	write(s, "conversations.externalInvitePermissions.set", about{twin.Full, tier2, manages, manages}, s.conversationsExternalInvitePermissionsSet).requires("action", "channel", "target_team")
}

// An Invite to a channel goes from one organisation to another: it is sent, accepted there and approved on both sides.
// A request is one that waits for leave to be sent at all.
type Invite struct {
	ID         string   `json:"id"`
	Code       string   `json:"code"`
	Channel    string   `json:"channel"`
	Name       string   `json:"name"` // Name is what its host calls the channel
	Private    bool     `json:"private"`
	By         string   `json:"by"`
	Team       string   `json:"team"` // who invites
	Email      string   `json:"email"`
	User       string   `json:"user"`    // who is invited
	Limited    bool     `json:"limited"` // the invited may post, and not invite others
	Request    bool     `json:"request"`
	State      string   `json:"state"`
	Created    int64    `json:"created"`
	Expires    int64    `json:"expires"`
	Updated    int64    `json:"updated"`
	Accepting  string   `json:"accepting"` // the team that has accepted
	AcceptedBy string   `json:"accepted_by"`
	Accepted   int64    `json:"accepted"`
	Approved   []string `json:"approved"` // the teams that have approved
	Message    string   `json:"message"`
}

// States of an Invite.
const (
	inviteRequested = "requested"
	inviteSent      = "sent"
	inviteAccepted  = "accepted"
	inviteApproved  = "approved"
	inviteDeclined  = "declined"
)

// inviteLasts is how long an invite can be accepted; maxInviteMessage, how much can be said along with it.
const (
	inviteLasts      = 14 * 24 * time.Hour
	maxInviteMessage = 560
)

func (i Invite) expired(now time.Time) bool { return now.Unix() >= i.Expires }

// conversationsInviteShared invites somebody from another organisation to a channel.
//
// https://docs.slack.dev/reference/methods/conversations.inviteShared
func (s *Slack) conversationsInviteShared(c *call, in *api.ConversationsInviteSharedRequest) (any, error) {
	ch, err := c.sharable(in.Channel)
	if err != nil {
		return nil, err
	}
	switch {
	case len(in.Emails)+len(in.UserIDs) == 0:
		return nil, Error("recipients_not_specified")
	case len(in.Emails)+len(in.UserIDs) > 1:
		return nil, Error("too_many_emails")
	}
	i := Invite{Channel: ch.ID, Name: ch.Name, Private: ch.Private, By: c.user.ID, Team: ch.Team, State: inviteSent,
		Limited: !c.args.given("external_limited") || in.ExternalLimited}
	if len(in.Emails) == 1 {
		if i.Email = in.Emails[0]; !isEmail(i.Email) {
			return nil, errInvalidEmail
		}
	} else {
		u, ok := s.users.Get(c.Tx, in.UserIDs[0])
		switch {
		case !ok || u.Deleted:
			return nil, errUserNotFound
		case s.members.Has(c.Tx, memberKey(ch.ID, u.ID)):
			return nil, errAlreadyInChannel
		}
		i.User = u.ID
	}
	i = c.invite(i)
	if u, ok := s.users.Get(c.Tx, i.User); ok && u.Bot {
		c.emit(event{Type: "shared_channel_invite_received", To: []string{u.ID}, Body: reply{"invite": c.inviteView(i), "channel": c.sharedChannel(i)}})
	}
	return reply{"invite_id": i.ID, "conf_code": i.Code, "url": c.inviteLink(i), "is_legacy_shared_channel": false}, nil
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && strings.Contains(s, ".")
}

// sharable finds a channel that the caller may share.
func (c *call) sharable(id string) (Channel, error) {
	ch, ok := c.channel(id)
	switch {
	case !ok:
		return ch, errChannelNotFound
	case ch.IM || ch.MPIM:
		return ch, Error("invalid_channel_type")
	case ch.Archived:
		return ch, Error("channel_archived")
	case ch.General || ch.OrgMandatory:
		return ch, Error("cannot_share_mandatory_channel")
	case len(ch.Teams) > 1 || ch.OrgWide:
		return ch, Error("cannot_share_cross_workspace_channel")
	case !c.isMember(ch):
		return ch, errNotInChannel
	case c.user.Restricted || c.user.UltraRestricted:
		return ch, errRestrictedAction
	}
	return ch, nil
}

// invite keeps a new invite.
func (c *call) invite(i Invite) Invite {
	i.ID, i.Code = c.id("I"), c.Rand(20, secretAlphabet)
	i.Created, i.Updated, i.Expires = c.Now.Unix(), c.Now.Unix(), c.Now.Add(inviteLasts).Unix()
	c.s.invites.Put(c.Tx, i)
	return i
}

func (c *call) inviteLink(i Invite) string { return c.base + "/share/" + c.World.Seal(i.Code) }

// conversationsAcceptSharedInvite takes an invite from another organisation: the channel is there as soon as it is approved.
//
// https://docs.slack.dev/reference/methods/conversations.acceptSharedInvite
func (s *Slack) conversationsAcceptSharedInvite(c *call, in *api.ConversationsAcceptSharedInviteRequest) (any, error) {
	i, ok := s.invites.Get(c.Tx, in.InviteID)
	if !ok && in.ChannelID != "" {
		i, ok = s.invitesByChannel.Get(c.Tx, in.ChannelID)
	}
	host, _ := s.teams.Get(c.Tx, i.Team)
	own, _ := s.teams.Get(c.Tx, c.token.Team)
	switch {
	case in.InviteID == "" && in.ChannelID == "":
		return nil, invalid("[ERROR] one of invite_id and channel_id must be provided")
	case !ok || i.Request || i.expired(c.Now):
		return nil, errInviteNotFound
	case i.Team == c.token.Team || host.Enterprise != "" && host.Enterprise == own.Enterprise:
		return nil, Error("invite_from_same_org")
	case i.State != inviteSent:
		return nil, Error("invite_used")
	case c.user.Restricted || c.user.UltraRestricted:
		return nil, errUserIsRestricted
	}
	name, err := c.channelName(in.ChannelName)
	if err != nil {
		return nil, err
	}
	ch := c.newChannel(Channel{Name: name, Private: in.IsPrivate, Pending: []string{i.Team}})
	c.join(ch, c.user.ID, "")
	i.State, i.Channel, i.Accepting, i.AcceptedBy, i.Accepted, i.Updated = inviteAccepted, ch.ID, c.token.Team, c.user.ID, c.Now.Unix(), c.Now.Unix()
	s.invites.Put(c.Tx, i)
	implicit := c.user.Admin && c.token.Kind != tokenBot
	c.emit(event{Type: "shared_channel_invite_accepted", Body: reply{"approval_required": !implicit, "invite": c.inviteView(i), "channel": c.sharedChannel(i),
		"teams_in_channel": c.teamsIn(i), "accepting_user": c.shownUser(c.user)}})
	if implicit {
		c.approve(i, c.token.Team)
	}
	return reply{"implicit_approval": implicit, "channel_id": ch.ID, "invite_id": i.ID, "can_open_scdm": false}, nil
}

// conversationsApproveSharedInvite lets an accepted invite connect the two organisations.
//
// https://docs.slack.dev/reference/methods/conversations.approveSharedInvite
func (s *Slack) conversationsApproveSharedInvite(c *call, in *api.ConversationsApproveSharedInviteRequest) (any, error) {
	i, ok := s.invites.Get(c.Tx, in.InviteID)
	switch {
	case !ok || i.Request:
		return nil, errInviteNotFound
	case i.State == inviteDeclined || i.State == inviteSent && i.expired(c.Now):
		return nil, Error("approval_inactive")
	case i.State == inviteSent:
		return nil, Error("approval_not_found")
	case slices.Contains(i.Approved, c.token.Team):
		return nil, Error("already_approved")
	case i.Team == c.token.Team && in.TargetTeam == "":
		return nil, Error("missing_target_team")
	}
	c.approve(i, c.token.Team)
	return nil, nil
}

// approve records that a team wants the connection. The other organisation is taken to want it as well.
func (c *call) approve(i Invite, team string) {
	i.Approved = append(slices.Clone(i.Approved), team)
	i.State, i.Updated = inviteApproved, c.Now.Unix()
	c.s.invites.Put(c.Tx, i)
	other := i.Accepting
	if other == team {
		other = i.Team
	}
	ch, _ := c.s.channels.Get(c.Tx, i.Channel)
	ch.Pending = slices.DeleteFunc(slices.Clone(ch.Pending), func(t string) bool { return t == other })
	if !slices.Contains(ch.External, other) {
		ch.External = append(slices.Clone(ch.External), other)
	}
	if i.Limited && other == i.Accepting {
		ch.ConnectedLimitedTeams = append(slices.Clone(ch.ConnectedLimitedTeams), other)
	}
	c.s.channels.Put(c.Tx, ch)
	if u, ok := c.s.users.Get(c.Tx, i.AcceptedBy); ok && !c.s.members.Has(c.Tx, memberKey(ch.ID, u.ID)) {
		c.join(ch, u.ID, i.By)
	}
	c.emit(event{Type: "shared_channel_invite_approved", Body: reply{"invite": c.inviteView(i), "channel": c.sharedChannel(i), "approving_team_id": team,
		"teams_in_channel": c.teamsIn(i), "approving_user": c.shownUser(c.user)}})
	c.emit(event{Type: "channel_shared", Channel: ch, Body: reply{"connected_team_id": other, "channel": ch.ID}})
}

// conversationsDeclineSharedInvite turns an invite down.
//
// https://docs.slack.dev/reference/methods/conversations.declineSharedInvite
func (s *Slack) conversationsDeclineSharedInvite(c *call, in *api.ConversationsDeclineSharedInviteRequest) (any, error) {
	i, ok := s.invites.Get(c.Tx, in.InviteID)
	switch {
	case !ok || i.Request:
		return nil, errInviteNotFound
	case i.State == inviteDeclined || i.State == inviteApproved || i.expired(c.Now):
		return nil, Error("inactive_invite")
	case i.Team == c.token.Team && i.State == inviteAccepted && in.TargetTeam == "":
		return nil, Error("missing_target_team")
	}
	i.State, i.Updated = inviteDeclined, c.Now.Unix()
	s.invites.Put(c.Tx, i)
	c.emit(event{Type: "shared_channel_invite_declined", Body: reply{"invite": c.inviteView(i), "channel": c.sharedChannel(i), "declining_team_id": c.token.Team,
		"teams_in_channel": c.teamsIn(i), "declining_user": c.shownUser(c.user)}})
	return nil, nil
}

// conversationsListConnectInvites returns the invites, sent and received, that have not been approved by all.
//
// https://docs.slack.dev/reference/methods/conversations.listConnectInvites
func (s *Slack) conversationsListConnectInvites(c *call, in *api.ConversationsListConnectInvitesRequest) (any, error) {
	var open []Invite
	for i := range s.invites.All(c.Tx, "") {
		if !i.Request && (i.State == inviteSent || i.State == inviteAccepted) && !i.expired(c.Now) {
			open = append(open, i)
		}
	}
	open, next, err := page(open, "invite", in.Cursor, limit(in.Count, 100, 1000), func(i Invite) string { return i.ID })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, i := range open {
		v := reply{"direction": "outgoing", "status": "active", "date_last_updated": i.Updated, "invite_type": "channel",
			"invite": c.inviteView(i), "channel": c.sharedChannel(i), "acceptances": []reply{}}
		if i.Team != c.token.Team {
			v["direction"] = "incoming"
		}
		if i.State == inviteAccepted {
			accepting, _ := s.teams.Get(c.Tx, i.Accepting)
			by, _ := s.users.Get(c.Tx, i.AcceptedBy)
			v["acceptances"] = []reply{{"approval_status": "pending_approval", "date_accepted": i.Accepted, "date_invalid": i.Expires, "date_last_updated": i.Updated,
				"accepting_team": c.sharedTeam(accepting), "accepting_user": c.shownUser(by), "reviews": []reply{}}}
		}
		list = append(list, v)
	}
	return reply{"invites": list, "response_metadata": reply{"next_cursor": next}}, nil
}

// conversationsRequestSharedInviteApprove sends an invite that somebody has asked leave for.
//
// https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.approve
func (s *Slack) conversationsRequestSharedInviteApprove(c *call, in *api.ConversationsRequestSharedInviteApproveRequest) (any, error) {
	i, err := c.requested(in.InviteID)
	if err != nil {
		return nil, err
	}
	if in.ChannelID != "" {
		ch, ok := c.channel(in.ChannelID)
		if !ok {
			return nil, errChannelNotFound
		}
		i.Channel, i.Name, i.Private = ch.ID, ch.Name, ch.Private
	}
	if c.args.given("is_external_limited") {
		i.Limited = in.IsExternalLimited
	}
	if present(in.Message) != nil {
		var m struct {
			Text     string `json:"text"`
			Override bool   `json:"is_override"`
		}
		if json.Unmarshal(in.Message, &m) != nil || m.Text == "" {
			return nil, invalid("[ERROR] missing required field: text [json-pointer:/message]")
		}
		if m.Override {
			i.Message = m.Text
		} else {
			i.Message += m.Text
		}
		if utf8.RuneCountInString(i.Message) > maxInviteMessage {
			return nil, Error("message_too_long")
		}
	}
	i.State, i.Updated = inviteApproved, c.Now.Unix()
	s.invites.Put(c.Tx, i)
	sent := i
	sent.Request, sent.State, sent.Approved = false, inviteSent, nil
	return reply{"invite_id": c.invite(sent).ID}, nil
}

// conversationsRequestSharedInviteDeny refuses to have an invite sent.
//
// https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.deny
func (s *Slack) conversationsRequestSharedInviteDeny(c *call, in *api.ConversationsRequestSharedInviteDenyRequest) (any, error) {
	i, err := c.requested(in.InviteID)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(in.Message) > maxInviteMessage {
		return nil, Error("message_too_long")
	}
	i.State, i.Message, i.Updated = inviteDeclined, in.Message, c.Now.Unix()
	s.invites.Put(c.Tx, i)
	return nil, nil
}

// requested finds a request that has not been decided yet.
func (c *call) requested(id string) (Invite, error) {
	i, ok := c.s.invites.Get(c.Tx, id)
	switch {
	case !ok || !i.Request:
		return i, errInviteNotFound
	case i.State == inviteApproved:
		return i, Error("invite_already_approved")
	case i.State == inviteDeclined:
		return i, Error("invite_already_denied")
	case i.expired(c.Now):
		return i, Error("invite_expired")
	}
	return i, nil
}

// conversationsRequestSharedInviteList returns the requests to invite somebody from outside: those undecided, and others
// that are asked for.
//
// https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.list
func (s *Slack) conversationsRequestSharedInviteList(c *call, in *api.ConversationsRequestSharedInviteListRequest) (any, error) {
	var requests []Invite
	for i := range s.invites.All(c.Tx, "") {
		switch {
		case !i.Request, len(in.InviteIDs) > 0 && !slices.Contains(in.InviteIDs, i.ID), in.UserID != "" && i.By != in.UserID:
		case i.State == inviteApproved && !in.IncludeApproved, i.State == inviteDeclined && !in.IncludeDenied:
		case i.State == inviteRequested && i.expired(c.Now) && !in.IncludeExpired:
		default:
			requests = append(requests, i)
		}
	}
	requests, next, err := page(requests, "invite_request", in.Cursor, limit(in.Limit, 200, 1000), func(i Invite) string { return i.ID })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, i := range requests {
		v := c.inviteView(i)
		ch, _ := s.channels.Get(c.Tx, i.Channel)
		list = append(list, reply{"id": i.ID, "date_created": i.Created, "expires_at": i.Expires, "date_last_updated": i.Updated, "inviting_team": v["inviting_team"],
			"inviting_user": v["inviting_user"], "channel": merge(c.sharedChannel(i), reply{"date_created": ch.Created, "connections": []any{}, "pending_connections": []any{},
				"previous_connections": []any{}}), "is_external_limited": i.Limited, "target_user": reply{"recipient_email": i.Email}})
	}
	return reply{"invite_requests": list, "response_metadata": reply{"next_cursor": next}}, nil
}

// conversationsExternalInvitePermissionsSet says whether another organisation may invite others to a channel that is
// shared with it, or post alone.
//
// https://docs.slack.dev/reference/methods/conversations.externalInvitePermissions.set
func (s *Slack) conversationsExternalInvitePermissionsSet(c *call, in *api.ConversationsExternalInvitePermissionsSetRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	switch {
	case !ok:
		return nil, errChannelNotFound
	case in.Action != "upgrade" && in.Action != "downgrade":
		return nil, errInvalidAction
	case !slices.Contains(ch.External, in.TargetTeam):
		return nil, Error("invalid_target_team")
	}
	limited := slices.DeleteFunc(slices.Clone(ch.ConnectedLimitedTeams), func(t string) bool { return t == in.TargetTeam })
	if in.Action == "downgrade" {
		limited = append(limited, in.TargetTeam)
	}
	ch.ConnectedLimitedTeams, ch.Updated = limited, c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	return nil, nil
}

// inviteView is an invite as Slack shows it.
func (c *call) inviteView(i Invite) reply {
	team, _ := c.s.teams.Get(c.Tx, i.Team)
	by, _ := c.s.users.Get(c.Tx, i.By)
	v := reply{"id": i.ID, "date_created": i.Created, "date_invalid": i.Expires, "inviting_team": c.sharedTeam(team), "inviting_user": c.shownUser(by), "link": c.inviteLink(i)}
	if i.Email != "" {
		v["recipient_email"] = i.Email
	}
	if i.User != "" {
		v["recipient_user_id"] = i.User
	}
	return v
}

func (c *call) sharedChannel(i Invite) reply {
	return reply{"id": i.Channel, "is_private": i.Private, "is_im": false, "name": i.Name}
}

func (c *call) teamsIn(i Invite) []reply {
	var list []reply
	for _, id := range []string{i.Team, i.Accepting} {
		if t, ok := c.s.teams.Get(c.Tx, id); ok {
			list = append(list, c.sharedTeam(t))
		}
	}
	return list
}

// sharedTeam is a workspace as another organisation sees it.
func (c *call) sharedTeam(t Team) reply {
	icon := reply{"image_default": t.Icon == ""}
	for _, size := range []string{"34", "44", "68", "88", "102", "132", "230"} {
		icon["image_"+size] = c.base + "/avatars/" + t.ID + "_" + size + ".png"
	}
	return reply{"id": t.ID, "name": t.Name, "icon": icon, "avatar_base_url": c.base + "/avatars/", "is_verified": false, "domain": t.Domain,
		"date_created": t.Created, "requires_sponsorship": false}
}

// shownUser is a person as another organisation sees them.
func (c *call) shownUser(u User) reply {
	full := c.profileView(u)
	profile := reply{}
	for _, k := range []string{"real_name", "display_name", "real_name_normalized", "display_name_normalized", "team", "avatar_hash", "email",
		"image_24", "image_32", "image_48", "image_72", "image_192", "image_512"} {
		if v, ok := full[k]; ok {
			profile[k] = v
		}
	}
	return reply{"id": u.ID, "team_id": u.Team, "name": u.Name, "updated": u.Updated, "who_can_share_contact_card": "EVERYONE", "profile": profile}
}

// stranger is somebody of another organisation, who is made up the first time they are named.
type stranger struct {
	Team, Domain, Name, Email string
}

// meet puts somebody of another organisation into the world.
func (c *call) meet(st stranger) (Team, User) {
	t := Team{ID: seedID("T", st.Domain), Name: or(st.Team, st.Domain), Domain: st.Domain, Created: c.Now.Unix()}
	if known, ok := c.s.teams.Get(c.Tx, t.ID); ok {
		t = known
	}
	c.s.teams.Put(c.Tx, t)
	handle, _, _ := strings.Cut(st.Email, "@")
	u := User{ID: seedID("U", st.Domain+"/"+st.Email), Team: t.ID, Name: handle, RealName: or(st.Name, handle), DisplayName: handle, Email: st.Email, Stranger: true,
		TZ: "America/Los_Angeles", TZLabel: "Pacific Standard Time", TZOffset: -28800, Teams: []string{t.ID}, Created: c.Now.Unix(), Updated: c.Now.Unix(), Color: colors[0]}
	if known, ok := c.s.users.Get(c.Tx, u.ID); ok {
		u = known
	}
	c.s.users.Put(c.Tx, u)
	return t, u
}

// onBehalf runs f on behalf of the first workspace, without anybody's token.
func (s *Slack) onBehalf(w *twin.World, f func(c *call) error) error {
	return w.Update(func(tc *twin.Call) error {
		c := &call{Call: tc, s: s, args: &arguments{}, base: s.URL(tc)}
		for t := range s.teams.All(tc.Tx, "") {
			if ours := !t.Org && s.hasApps(c, t.ID); ours {
				c.token.Team, c.user.Team = t.ID, t.ID
				break
			}
		}
		return f(c)
	})
}

// hasApps reports whether a workspace is one that apps are installed in.
func (s *Slack) hasApps(c *call, team string) bool {
	for in := range s.installs.All(c.Tx, "") {
		if in.Team == team {
			return true
		}
	}
	return false
}

// receivesInvite is what happens when another organisation invites us: {"from": {"team", "domain", "name", "email"},
// "channel": name, "to": user id or email}.
func (s *Slack) receivesInvite(ctx context.Context, w *twin.World, r *twin.Request, body json.RawMessage) (any, error) {
	var in struct {
		From    stranger
		Channel string
		Private bool
		To      string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	var i Invite
	err := s.onBehalf(w, func(c *call) error {
		if in.From.Domain == "" || in.From.Email == "" || in.Channel == "" {
			return fmt.Errorf("from.domain, from.email and channel say who invites to what")
		}
		t, u := c.meet(in.From)
		i = Invite{Name: in.Channel, Private: in.Private, By: u.ID, Team: t.ID, State: inviteSent, Channel: c.id("C")}
		if to, ok := s.users.Get(c.Tx, in.To); ok {
			i.User = to.ID
		} else {
			i.Email = in.To
		}
		i = c.invite(i)
		c.emit(event{Type: "shared_channel_invite_received", Body: reply{"invite": c.inviteView(i), "channel": c.sharedChannel(i)}})
		return nil
	})
	return reply{"invite_id": i.ID, "channel_id": i.Channel}, err
}

// acceptsInvite is what happens when somebody takes our invite: {"invite": id, "by": {"team", "domain", "name", "email"}}.
func (s *Slack) acceptsInvite(ctx context.Context, w *twin.World, r *twin.Request, body json.RawMessage) (any, error) {
	var in struct {
		Invite string
		By     stranger
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	out := reply{}
	err := s.onBehalf(w, func(c *call) error {
		i, ok := s.invites.Get(c.Tx, in.Invite)
		switch {
		case !ok || i.Request || i.State != inviteSent || i.expired(c.Now):
			return fmt.Errorf("there is no open invite %q", in.Invite)
		case in.By.Domain == "":
			return fmt.Errorf("by.domain says whose organisation it is")
		}
		in.By.Email = or(in.By.Email, i.Email)
		t, u := c.meet(in.By)
		i.State, i.Accepting, i.AcceptedBy, i.Accepted, i.Updated = inviteAccepted, t.ID, u.ID, c.Now.Unix(), c.Now.Unix()
		s.invites.Put(c.Tx, i)
		ch, _ := s.channels.Get(c.Tx, i.Channel)
		ch.Pending = append(slices.Clone(ch.Pending), t.ID)
		s.channels.Put(c.Tx, ch)
		c.emit(event{Type: "shared_channel_invite_accepted", Body: reply{"approval_required": true, "invite": c.inviteView(i), "channel": c.sharedChannel(i),
			"teams_in_channel": c.teamsIn(i), "accepting_user": c.shownUser(u)}})
		out["team"], out["user"] = t.ID, u.ID
		return nil
	})
	return out, err
}

// requestsInvite is what happens when a member may not invite anybody from outside without leave: {"user", "channel", "email"}.
func (s *Slack) requestsInvite(ctx context.Context, w *twin.World, r *twin.Request, body json.RawMessage) (any, error) {
	var in struct{ User, Channel, Email string }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	var i Invite
	err := s.onBehalf(w, func(c *call) error {
		u, ok := s.users.Get(c.Tx, in.User)
		if !ok {
			return fmt.Errorf("there is no user %q", in.User)
		}
		c.user, c.token.Team = u, u.Team
		ch, err := c.sharable(in.Channel)
		if err != nil {
			return err
		}
		i = c.invite(Invite{Channel: ch.ID, Name: ch.Name, Private: ch.Private, By: u.ID, Team: u.Team, Email: in.Email, Limited: true, Request: true, State: inviteRequested})
		team, _ := s.teams.Get(c.Tx, u.Team)
		kind := "public"
		if ch.Private {
			kind = "private"
		}
		c.emit(event{Type: "shared_channel_invite_requested", Body: reply{
			"actor":      reply{"id": u.ID, "name": u.Name, "is_bot": u.Bot, "team_id": u.Team, "timezone": u.TZ, "real_name": u.RealName, "display_name": u.DisplayName},
			"channel_id": ch.ID, "event_type": "slack#/events/shared_channel_invite_requested", "channel_name": ch.Name, "channel_type": kind,
			"target_users": []reply{{"email": in.Email, "invite_id": i.ID}}, "teams_in_channel": []reply{c.sharedTeam(team)}, "is_external_limited": i.Limited,
			"channel_date_created": ch.Created, "channel_message_latest_counted_timestamp": ch.LastTS,
		}})
		return nil
	})
	return reply{"invite_id": i.ID}, err
}
