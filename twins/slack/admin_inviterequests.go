package slack

import (
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// An InviteRequest is someone's wish that somebody else be invited to a workspace.
//
// https://docs.slack.dev/reference/methods/admin.inviteRequests.list
type InviteRequest struct {
	ID         string   `json:"id"`
	Team       string   `json:"team"`
	Email      string   `json:"email"`
	Name       string   `json:"name"`
	By         []string `json:"by"`
	Channels   []string `json:"channels"`
	Type       string   `json:"type"` // restricted, ultra_restricted or full_member
	Reason     string   `json:"reason"`
	Created    int64    `json:"created"`
	Until      int64    `json:"until"`
	State      string   `json:"state"` // "", approved or denied
	ResolvedBy string   `json:"resolved_by"`
	Resolved   int64    `json:"resolved"`
	Invite     string   `json:"invite"`
	Invited    string   `json:"invited"` // the invite, and the user that it made
}

// adminInviteRequestsMethods are the admin.inviteRequests.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.inviteRequests
func (s *Slack) adminInviteRequestsMethods() {
	write(s, "admin.inviteRequests.approve", about{twin.Full, tier2, "-", "admin.invites:write"}, s.adminInviteRequestsApprove)
	read(s, "admin.inviteRequests.approved.list", about{twin.Full, tier2, "-", "admin.invites:read"}, s.adminInviteRequestsApprovedList)
	read(s, "admin.inviteRequests.denied.list", about{twin.Full, tier2, "-", "admin.invites:read"}, s.adminInviteRequestsDeniedList)
	write(s, "admin.inviteRequests.deny", about{twin.Full, tier2, "-", "admin.invites:write"}, s.adminInviteRequestsDeny)
	read(s, "admin.inviteRequests.list", about{twin.Full, tier2, "-", "admin.invites:read"}, s.adminInviteRequestsList)
}

// requestInvite writes down that the caller wants somebody invited, and tells the apps that look after invites.
//
// https://docs.slack.dev/reference/events/invite_requested
func (c *call) requestInvite(r InviteRequest) InviteRequest {
	r.ID, r.Team, r.By, r.Created, r.Until = c.id("Ir"), c.token.Team, []string{c.user.ID}, c.Now.Unix(), c.Now.Add(30*24*time.Hour).Unix()
	c.s.inviteRequests.Put(c.Tx, r)
	t, _ := c.s.teams.Get(c.Tx, r.Team)
	v := inviteRequestView(r)
	v["team"] = reply{"id": t.ID, "name": t.Name, "domain": t.Domain}
	c.emit(event{Type: "invite_requested", Body: reply{"invite_request": v}})
	return r
}

func inviteRequestView(r InviteRequest) reply {
	v := reply{"id": r.ID, "email": r.Email, "date_created": r.Created, "requester_ids": r.By, "channel_ids": ids(r.Channels), "invite_type": r.Type,
		"date_expire": r.Until}
	if r.Reason != "" {
		v["request_reason"] = r.Reason
	}
	return v
}

// pending finds an invite request that has not been decided.
func (c *call) pending(team, id string) (InviteRequest, error) {
	if err := c.require("invite_request_id"); err != nil {
		return InviteRequest{}, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return InviteRequest{}, err
	}
	if _, ok := c.orgTeam(org, team); !ok && team != "" {
		return InviteRequest{}, errTeamNotFound
	}
	r, ok := c.s.inviteRequests.Get(c.Tx, id)
	switch {
	case !ok || !c.governs(org, r.Team) || team != "" && r.Team != team:
		return r, Error("invalid_request")
	case r.State != "":
		return r, Error("already_processed")
	}
	return r, nil
}

// adminInviteRequestsApprove invites whom somebody wanted invited.
//
// https://docs.slack.dev/reference/methods/admin.inviteRequests.approve
func (s *Slack) adminInviteRequestsApprove(c *call, in *api.AdminInviteRequestsApproveRequest) (any, error) {
	r, err := c.pending(in.TeamID, in.InviteRequestID)
	if err != nil {
		return nil, err
	}
	if _, known := s.usersByEmail.Get(c.Tx, strings.ToLower(r.Email)); known {
		return nil, Error("failed_to_send_invite")
	}
	r.State, r.ResolvedBy, r.Resolved, r.Invite = "approved", c.user.ID, c.Now.Unix(), c.id("I")
	r.Invited = c.invited(r.Team, User{Name: r.Email, Email: r.Email, RealName: r.Name, Restricted: r.Type != "full_member", UltraRestricted: r.Type == "ultra_restricted"}, r.Channels).ID
	s.inviteRequests.Put(c.Tx, r)
	return nil, nil
}

// adminInviteRequestsDeny refuses to invite somebody.
//
// https://docs.slack.dev/reference/methods/admin.inviteRequests.deny
func (s *Slack) adminInviteRequestsDeny(c *call, in *api.AdminInviteRequestsDenyRequest) (any, error) {
	r, err := c.pending(in.TeamID, in.InviteRequestID)
	if err != nil {
		return nil, err
	}
	r.State, r.ResolvedBy, r.Resolved = "denied", c.user.ID, c.Now.Unix()
	s.inviteRequests.Put(c.Tx, r)
	return nil, nil
}

// invitesIn lists the invite requests in a state.
func (c *call) invitesIn(state, team, after string, asked int64) (rs []InviteRequest, next string, err error) {
	n, err := c.between(asked, 100, 1000)
	if err != nil {
		return nil, "", err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, "", err
	}
	if _, ok := c.orgTeam(org, team); !ok && team != "" {
		return nil, "", errTeamNotFound
	}
	for r := range c.s.inviteRequests.All(c.Tx, "") {
		if r.State == state && c.governs(org, r.Team) && (team == "" || r.Team == team) && (state != "" || r.Until > c.Now.Unix()) {
			rs = append(rs, r)
		}
	}
	slices.SortStableFunc(rs, func(a, b InviteRequest) int { return int(b.Created - a.Created) })
	return page(rs, "invite", after, n, func(r InviteRequest) string { return r.ID })
}

// adminInviteRequestsList lists the invite requests that wait for a decision.
//
// https://docs.slack.dev/reference/methods/admin.inviteRequests.list
func (s *Slack) adminInviteRequestsList(c *call, in *api.AdminInviteRequestsListRequest) (any, error) {
	rs, next, err := c.invitesIn("", in.TeamID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, r := range rs {
		views = append(views, inviteRequestView(r))
	}
	return reply{"invite_requests": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminInviteRequestsApprovedList lists the invite requests that were approved, with the invites they led to.
//
// https://docs.slack.dev/reference/methods/admin.inviteRequests.approved.list
func (s *Slack) adminInviteRequestsApprovedList(c *call, in *api.AdminInviteRequestsApprovedListRequest) (any, error) {
	rs, next, err := c.invitesIn("approved", in.TeamID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, r := range rs {
		v := inviteRequestView(r)
		delete(v, "date_expire")
		delete(v, "request_reason")
		views = append(views, reply{
			"invite_request": v, "approved_by": reply{"actor_type": "user", "actor_id": r.ResolvedBy},
			"invite": reply{"id": r.Invite, "email": r.Email, "inviter_id": r.ResolvedBy, "date_created": r.Resolved, "is_bouncing": false, "invite_preferences": reply{
				"is_restricted": r.Type == "restricted", "is_ultra_restricted": r.Type == "ultra_restricted", "channel_ids": ids(r.Channels), "is_domain_matched": false}},
		})
	}
	return reply{"approved_requests": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminInviteRequestsDeniedList lists the invite requests that were denied.
//
// https://docs.slack.dev/reference/methods/admin.inviteRequests.denied.list
func (s *Slack) adminInviteRequestsDeniedList(c *call, in *api.AdminInviteRequestsDeniedListRequest) (any, error) {
	rs, next, err := c.invitesIn("denied", in.TeamID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, r := range rs {
		v := inviteRequestView(r)
		delete(v, "date_expire")
		views = append(views, reply{"invite_request": v, "denied_by": reply{"actor_type": "user", "actor_id": r.ResolvedBy}})
	}
	return reply{"denied_requests": views, "response_metadata": reply{"next_cursor": next}}, nil
}
