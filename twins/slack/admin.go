package slack

import (
	"slices"
	"strconv"
	"strings"
)

// adminMethods are the admin.* methods. All of them are for people who administer an organisation, none for bots.
//
// https://docs.slack.dev/reference/methods?family=admin
func (s *Slack) adminMethods() {
	s.adminAnalyticsMethods()
	s.adminAppsMethods()
	s.adminAuthMethods()
	s.adminBarriersMethods()
	s.adminConversationsMethods()
	s.adminEmojiMethods()
	s.adminFunctionsMethods()
	s.adminInviteRequestsMethods()
	s.adminRolesMethods()
	s.adminTeamsMethods()
	s.adminUsergroupsMethods()
	s.adminUsersMethods()
	s.adminSessionMethods()
}

// admin returns the organisation that the caller administers. Each method has its own words for a caller who does
// not, and for a workspace that is in no organisation.
//
// https://docs.slack.dev/admins/managing-users
func (c *call) admin(unentitled, unorganised Error) (Team, error) {
	c.Request.Permit("admin")
	org, ok := c.org()
	switch {
	case !ok:
		return org, unorganised
	case !c.user.Admin && !c.user.Owner && !c.delegated(org):
		return org, unentitled
	}
	return org, nil
}

// org returns the organisation that the caller's token is of.
func (c *call) org() (Team, bool) {
	t, ok := c.s.teams.Get(c.Tx, c.token.Team)
	if ok && !t.Org {
		t, ok = c.s.teams.Get(c.Tx, t.Enterprise)
	}
	return t, ok
}

// delegated reports whether a role that the caller was given opens the method.
//
// https://docs.slack.dev/reference/methods/admin.roles.addAssignments#roles
func (c *call) delegated(org Team) bool {
	for a := range c.s.assignmentsByUser.All(c.Tx, c.user.ID) {
		if (a.Entity == org.ID || a.Entity == c.token.Team) && roles[a.Role].opens != "" && strings.HasPrefix(c.m.name, roles[a.Role].opens) {
			return true
		}
	}
	return false
}

// require refuses a call that lacks one of the arguments.
func (c *call) require(names ...string) error {
	var said []string
	for _, n := range names {
		if !c.args.given(n) {
			said = append(said, "[ERROR] missing required field: "+n)
		}
	}
	if said == nil {
		return nil
	}
	return invalid(said...)
}

// between refuses a limit that is not from 1 to largest, and returns the usual one for none.
func (c *call) between(asked int64, usual, largest int) (int, error) {
	if !c.args.given("limit") || asked == 0 {
		return usual, nil
	}
	switch {
	case asked < 1:
		return 0, invalid("[ERROR] must be greater than 0 [json-pointer:/limit]")
	case asked > int64(largest):
		return 0, invalid("[ERROR] must be less than " + strconv.Itoa(largest+1) + " [json-pointer:/limit]")
	}
	return int(asked), nil
}

// atMost refuses a list that is empty or too long.
func atMost(name string, items []string, largest int) error {
	switch {
	case len(items) == 0:
		return invalid("[ERROR] must provide at least 1 item [json-pointer:/" + name + "]")
	case len(items) > largest:
		return invalid("[ERROR] no more than " + strconv.Itoa(largest) + " items allowed [json-pointer:/" + name + "]")
	}
	return nil
}

// orgTeam returns a workspace of the organisation.
func (c *call) orgTeam(org Team, id string) (Team, bool) {
	t, ok := c.s.teams.Get(c.Tx, id)
	return t, ok && !t.Org && t.Enterprise == org.ID
}

// workspaces lists the workspaces of the organisation in the order of their ids.
func (c *call) workspaces(org Team) (ts []Team) {
	for t := range c.s.teams.All(c.Tx, "") {
		if !t.Org && t.Enterprise == org.ID {
			ts = append(ts, t)
		}
	}
	return ts
}

// governs reports whether a team is the organisation or one of its workspaces.
func (c *call) governs(org Team, team string) bool {
	if team == org.ID {
		return true
	}
	_, ok := c.orgTeam(org, team)
	return ok
}

// person returns someone in the organisation.
func (c *call) person(org Team, id string) (User, bool) {
	u, ok := c.s.users.Get(c.Tx, id)
	return u, ok && !u.Stranger && c.governs(org, u.Team)
}

// A Seat is someone's place in a workspace of the organisation that is not their first one.
type Seat struct {
	Team            string `json:"team"`
	User            string `json:"user"`
	Admin           bool   `json:"admin"`
	Owner           bool   `json:"owner"`
	Restricted      bool   `json:"restricted"`
	UltraRestricted bool   `json:"ultra_restricted"`
	GuestUntil      int64  `json:"guest_until"`
	Since           int64  `json:"since"`
}

// seated returns a user as they are in a workspace, and whether they are in it.
func (c *call) seated(u User, team string) (User, bool) {
	if !slices.Contains(u.Teams, team) {
		return u, false
	}
	if st, ok := c.s.seats.Get(c.Tx, team+"/"+u.ID); ok && team != u.Team {
		u.Admin, u.Owner, u.PrimaryOwner = st.Admin || st.Owner, st.Owner, false
		u.Restricted, u.UltraRestricted, u.GuestUntil = st.Restricted || st.UltraRestricted, st.UltraRestricted, st.GuestUntil
	}
	return u, true
}

// reseat writes what role a user has in a workspace.
func (c *call) reseat(u User, team string) {
	if team == u.Team {
		u.Updated = c.Now.Unix()
		c.s.users.Put(c.Tx, u)
		return
	}
	st, _ := c.s.seats.Get(c.Tx, team+"/"+u.ID)
	c.s.seats.Put(c.Tx, Seat{Team: team, User: u.ID, Admin: u.Admin, Owner: u.Owner, Restricted: u.Restricted, UltraRestricted: u.UltraRestricted,
		GuestUntil: u.GuestUntil, Since: st.Since})
}

// as returns a call of someone who acts while nobody calls: when a timer fires, or by an action.
func (s *Slack) as(c *call, user string) *call {
	d := *c
	d.user, _ = s.users.Get(c.Tx, user)
	d.token.User = user
	if d.token.Team == "" {
		d.token.Team = d.user.Team
	}
	return &d
}
