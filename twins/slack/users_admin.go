package slack

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// usersAdminMethods are the users.admin.* methods, which Slack never documented and its own clients still call.
func (s *Slack) usersAdminMethods() {
	admin := about{twin.Full, tier2, "-", "admin client"}
	write(s, "users.admin.invite", admin, s.usersAdminInvite)
	write(s, "users.admin.setInactive", admin, s.usersAdminSetInactive)
	write(s, "users.admin.setRegular", admin, s.usersAdminSetRegular)
	write(s, "users.admin.setRestricted", admin, s.usersAdminSetRestricted)
	write(s, "users.admin.setUltraRestricted", admin, s.usersAdminSetUltraRestricted)
	write(s, "users.admin.sendSSOBind", admin, s.usersAdminSendSSOBind)
}

// An Email is one that Slack has sent to a person. It leaves the twin no other way.
type Email struct {
	ID    string `json:"id"`
	Team  string `json:"team"`
	To    string `json:"to"`
	About string `json:"about"` // invite, sso_binding
	User  string `json:"user"`
	At    int64  `json:"at"`
}

// mail sends a person an email.
func (c *call) mail(u User, about string) {
	c.s.emails.Put(c.Tx, Email{ID: c.id("Em"), Team: c.token.Team, To: u.Email, About: about, User: u.ID, At: c.Now.Unix()})
}

type usersAdminInviteRequest struct {
	Email           string   `json:"email"`
	FirstName       string   `json:"first_name"`
	LastName        string   `json:"last_name"`
	RealName        string   `json:"real_name"`
	Channels        []string `json:"channels"`
	Restricted      bool     `json:"restricted"`
	UltraRestricted bool     `json:"ultra_restricted"`
	Resend          bool     `json:"resend"`
	SetActive       bool     `json:"set_active"`
	Attempts        int64    `json:"_attempts"`
	T               string   `json:"t"`
}

// usersAdminInvite asks someone into the workspace by email: a member, or a guest of the channels named.
func (s *Slack) usersAdminInvite(c *call, in *usersAdminInviteRequest) (any, error) {
	switch {
	case !c.user.Admin:
		return nil, errNotAdmin
	case !validEmail(in.Email):
		return nil, errInvalidEmail
	case (in.Restricted || in.UltraRestricted) && len(in.Channels) == 0:
		return nil, Error("requires_channel")
	case in.UltraRestricted && len(in.Channels) > 1:
		return nil, Error("requires_one_channel")
	}
	for _, id := range in.Channels {
		if ch, ok := c.channel(id); !ok || ch.Archived || ch.IM || ch.MPIM {
			return nil, errChannelNotFound
		}
	}
	u, ok := c.userByEmail(in.Email)
	switch {
	case ok && u.Deleted:
		return nil, errUserDisabled
	case ok && !u.Invited:
		return nil, errAlreadyInTeam
	case ok && !in.Resend:
		return nil, errAlreadyInvited
	}
	if !ok {
		name := or(in.RealName, strings.TrimSpace(in.FirstName+" "+in.LastName))
		u = c.newUser(User{Name: in.Email, Email: in.Email, FirstName: in.FirstName, LastName: in.LastName, RealName: or(name, strings.Split(in.Email, "@")[0]),
			Restricted: in.Restricted || in.UltraRestricted, UltraRestricted: in.UltraRestricted, Invited: true})
	}
	c.joinAll(u, in.Channels)
	c.mail(u, "invite")
	return nil, nil
}

// joinAll puts a user into the channels that they are not in yet.
func (c *call) joinAll(u User, channels []string) {
	for _, id := range channels {
		if ch, ok := c.s.channels.Get(c.Tx, id); ok && !c.s.members.Has(c.Tx, memberKey(id, u.ID)) {
			c.join(ch, u.ID, c.user.ID)
		}
	}
}

type usersAdminRequest struct {
	User      string   `json:"user"`
	Channel   string   `json:"channel"`
	Channels  []string `json:"channels"`
	SetActive bool     `json:"set_active"`
	Attempts  int64    `json:"_attempts"`
	T         string   `json:"t"`
}

// underling finds the member whom an admin manages, and refuses one above the caller.
func (c *call) underling(user string) (User, error) {
	if !c.user.Admin {
		return User{}, errNotAdmin
	}
	u, ok := c.s.users.Get(c.Tx, user)
	switch {
	case !ok || u.ID == slackbot:
		return u, errUserNotFound
	case u.Bot:
		return u, errUserIsBot
	case u.PrimaryOwner, u.Owner && !c.user.PrimaryOwner, u.Admin && !c.user.Owner:
		return u, errCannotUpdateAdminUser
	}
	return u, nil
}

// usersAdminSetInactive ends a member's account.
func (s *Slack) usersAdminSetInactive(c *call, in *usersAdminRequest) (any, error) {
	u, err := c.underling(in.User)
	if err != nil {
		return nil, err
	}
	c.deactivate(u)
	return nil, nil
}

// usersAdminSetRegular makes a guest a member; a former member is one again.
func (s *Slack) usersAdminSetRegular(c *call, in *usersAdminRequest) (any, error) {
	u, err := c.underling(in.User)
	if err != nil {
		return nil, err
	}
	u.Restricted, u.UltraRestricted = false, false
	c.changeRole(u, in.SetActive)
	return nil, nil
}

// usersAdminSetRestricted makes a member a guest of the channels named; without any they stay where they are.
func (s *Slack) usersAdminSetRestricted(c *call, in *usersAdminRequest) (any, error) {
	u, err := c.underling(in.User)
	if err != nil {
		return nil, err
	}
	for _, id := range in.Channels {
		if _, ok := c.channel(id); !ok {
			return nil, errChannelNotFound
		}
	}
	u.Admin, u.Owner, u.Restricted, u.UltraRestricted = false, false, true, false
	c.changeRole(u, in.SetActive)
	if len(in.Channels) > 0 {
		c.confine(u, in.Channels)
	}
	return nil, nil
}

// usersAdminSetUltraRestricted makes a member a guest of one channel.
func (s *Slack) usersAdminSetUltraRestricted(c *call, in *usersAdminRequest) (any, error) {
	u, err := c.underling(in.User)
	if err != nil {
		return nil, err
	}
	if _, ok := c.channel(in.Channel); !ok {
		return nil, errChannelNotFound
	}
	u.Admin, u.Owner, u.Restricted, u.UltraRestricted = false, false, true, true
	c.changeRole(u, in.SetActive)
	c.confine(u, []string{in.Channel})
	return nil, nil
}

// changeRole stores a user whose role has changed and tells everyone concerned.
func (c *call) changeRole(u User, activate bool) {
	u.Updated = c.Now.Unix()
	c.s.users.Put(c.Tx, u)
	if u.Deleted && activate {
		c.reactivate(u)
		return
	}
	c.emitUser(u)
}

// confine leaves a guest in these channels alone.
func (c *call) confine(u User, channels []string) {
	for m := range c.s.membersByUser.All(c.Tx, u.ID) {
		ch, ok := c.s.channels.Get(c.Tx, m.Channel)
		if !ok || ch.IM || ch.MPIM || slices.Contains(channels, ch.ID) {
			continue
		}
		c.s.members.Delete(c.Tx, memberKey(ch.ID, u.ID))
		c.emit(event{Type: "member_left_channel", Channel: ch, Body: reply{"user": u.ID, "channel": ch.ID, "channel_type": letter(ch), "team": u.Team}})
	}
	c.joinAll(u, channels)
}

// usersAdminSendSSOBind sends a member the email that ties the account to single sign-on.
func (s *Slack) usersAdminSendSSOBind(c *call, in *usersAdminRequest) (any, error) {
	if !c.user.Admin {
		return nil, errNotAdmin
	}
	u, ok := s.users.Get(c.Tx, in.User)
	if !ok || u.Deleted || u.Bot || u.Email == "" {
		return nil, errUserNotFound
	}
	c.mail(u, "sso_binding")
	return nil, nil
}
