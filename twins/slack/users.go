package slack

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// usersMethods are the users.* methods but for profiles.
//
// https://docs.slack.dev/reference/methods?family=users
func (s *Slack) usersMethods() {
	read(s, "users.list", about{twin.Full, tier2, "users:read", "users:read"}, s.usersList)
	read(s, "users.info", about{twin.Full, tier4, "users:read", "users:read"}, s.usersInfo)
	read(s, "users.lookupByEmail", about{twin.Full, tier3, "users:read.email", "users:read.email"}, s.usersLookupByEmail)
	read(s, "users.conversations", about{twin.Full, tier3, scopesRead, scopesRead}, s.usersConversations)
	read(s, "users.getPresence", about{twin.Full, tier3, "users:read", "users:read"}, s.usersGetPresence)
	write(s, "users.setPresence", about{twin.Full, tier2, "users:write", "users:write"}, s.usersSetPresence)
	write(s, "users.setActive", about{twin.Full, tier2, "users:write", "users:write"}, s.usersSetActive)
	read(s, "users.identity", about{twin.Full, tier3, "-", "identity.basic"}, s.usersIdentity)
	read(s, "users.discoverableContacts.lookup", about{twin.Full, tier2, "conversations.connect:manage team:read", "-"}, s.usersDiscoverableContactsLookup)
	read(s, "users.prefs.get", about{twin.Full, tier3, "-", ""}, s.usersPrefsGet)
	write(s, "users.prefs.set", about{twin.Full, tier3, "-", ""}, s.usersPrefsSet)
}

// usersList returns everybody in the workspace, in the order of their ids. Without a limit it returns all of them.
//
// https://docs.slack.dev/reference/methods/users.list
func (s *Slack) usersList(c *call, in *api.UsersListRequest) (any, error) {
	team, err := c.inWorkspace(in.TeamID)
	if err != nil {
		return nil, err
	}
	after, err := from("user", in.Cursor)
	if err != nil {
		return nil, err
	}
	if in.Limit < 0 || in.Limit > 1000 {
		return nil, errInvalidLimit
	}
	r := store.Range{}
	if after != "" {
		r.From = after + "\x00"
	}
	variant := c.userVariant(in.IncludeLocale)
	b := append(c.begin(), `,"members":[`...)
	n, next, last := int64(0), "", ""
	for row := range s.users.Rows(c.Tx, r) {
		u := row.Value()
		if u.Team != team && !slices.Contains(u.Teams, team) || !c.seesUser(*u) {
			continue
		}
		if in.Limit > 0 && n == in.Limit {
			next = cursor("user", last)
			break
		}
		if n > 0 {
			b = append(b, ',')
		}
		b = c.appendUser(b, row, variant, in.IncludeLocale)
		last = u.ID
		n++
	}
	b = append(b, `],"cache_ts":`...)
	b = strconv.AppendInt(b, c.Now.Unix(), 10)
	b = append(b, `,"response_metadata":{"next_cursor":"`...)
	b = append(b, next...)
	return raw(append(b, `"}}`...)), nil
}

// appendUser appends a user as the caller sees it to JSON. What is the same for every caller of a variant is kept
// beside the row.
func (c *call) appendUser(b []byte, row store.Row[User], variant string, locale bool) []byte {
	view := func(u *User) []byte {
		v := c.userView(*u)
		if locale {
			v["locale"] = or(u.Locale, "en-US")
		}
		return encode(v)
	}
	if u := row.Value(); u.ID == c.user.ID {
		return append(b, view(u)...)
	}
	return append(b, row.Memo(variant, view)...)
}

// userVariant names what a user's view depends on beside the user.
func (c *call) userVariant(locale bool) string {
	t, _ := c.s.teams.Get(c.Tx, c.token.Team)
	org, _ := c.s.teams.Get(c.Tx, t.Enterprise)
	return strings.Join([]string{c.base, strconv.FormatBool(c.has("users:read.email")), strconv.FormatBool(locale), org.ID, org.Name}, " ")
}

// inWorkspace returns the workspace that a method with a team_id works in: that of the token, unless the token is an
// organisation's, which has to say.
func (c *call) inWorkspace(teamID string) (string, error) {
	if !c.token.Org {
		return c.token.Team, nil
	}
	if teamID == "" {
		return "", errMissingArgument
	}
	t, ok := c.s.teams.Get(c.Tx, teamID)
	if !ok || t.Org {
		return "", errTeamNotFound
	}
	return t.ID, nil
}

// usersInfo returns one user, or several by the undocumented argument users.
//
// https://docs.slack.dev/reference/methods/users.info
func (s *Slack) usersInfo(c *call, in *usersInfoRequest) (any, error) {
	view := func(u User) reply {
		v := c.userView(u)
		if in.IncludeLocale {
			v["locale"] = or(u.Locale, "en-US")
		}
		return v
	}
	if len(in.Users) > 0 {
		list := []reply{}
		for _, id := range in.Users {
			u, ok := s.users.Get(c.Tx, id)
			if !ok || !c.seesUser(u) {
				return nil, errUsersNotFound
			}
			list = append(list, view(u))
		}
		return reply{"users": list}, nil
	}
	u, ok := s.users.Get(c.Tx, in.User)
	switch {
	case !ok:
		return nil, errUserNotFound
	case !c.seesUser(u):
		return nil, errUserNotVisible
	}
	return reply{"user": view(u)}, nil
}

type usersInfoRequest struct {
	User          string   `json:"user"`
	Users         []string `json:"users"`
	IncludeLocale bool     `json:"include_locale"`
}

// usersLookupByEmail finds an active member by email address.
//
// https://docs.slack.dev/reference/methods/users.lookupByEmail
func (s *Slack) usersLookupByEmail(c *call, in *api.UsersLookupByEmailRequest) (any, error) {
	if in.Email == "" {
		return nil, missing("email")
	}
	u, ok := c.userByEmail(in.Email)
	if !ok || u.Deleted || !c.seesUser(u) {
		return nil, errUsersNotFound
	}
	return reply{"user": c.userView(u)}, nil
}

// userByEmail finds a user by email address, in whatever case.
func (c *call) userByEmail(email string) (User, bool) {
	return c.s.usersByEmail.Get(c.Tx, strings.ToLower(strings.TrimSpace(email)))
}

// usersConversations returns the conversations that a user is in; of another user's, only those the caller sees.
//
// https://docs.slack.dev/reference/methods/users.conversations
func (s *Slack) usersConversations(c *call, in *usersConversationsRequest) (any, error) {
	types, err := c.conversationTypes(in.Types)
	if err != nil {
		return nil, err
	}
	after, err := from("channel", in.Cursor)
	if err != nil {
		return nil, err
	}
	if in.Limit < 0 || in.Limit > 999 {
		return nil, errInvalidLimit
	}
	user := or(in.User, c.user.ID)
	if !s.users.Has(c.Tx, user) {
		return nil, errUserNotFound
	}
	n := limit(in.Limit, 100, 999)
	list, next := []reply{}, ""
	for m := range s.membersByUser.All(c.Tx, user) {
		ch, ok := c.channel(m.Channel)
		if !ok || m.Channel <= after || !types[typeOf(ch)] || !inTeam(ch, c.token.Team) ||
			in.ExcludeArchived && ch.Archived || in.ExcludeMuted && m.Muted || user != c.user.ID && typeOf(ch) != "public_channel" && !c.isMember(ch) {
			continue
		}
		if len(list) == n {
			next = cursor("channel", list[n-1]["id"].(string))
			break
		}
		v := c.channelView(ch, viewListed)
		delete(v, "is_member")
		if user == c.user.ID && (ch.IM || ch.MPIM) {
			v["is_open"] = m.Open
		}
		list = append(list, v)
	}
	return reply{"channels": list, "response_metadata": reply{"next_cursor": next}}, nil
}

type usersConversationsRequest struct {
	Cursor          string `json:"cursor"`
	ExcludeArchived bool   `json:"exclude_archived"`
	ExcludeMuted    bool   `json:"exclude_muted"`
	Limit           int64  `json:"limit"`
	TeamID          string `json:"team_id"`
	Types           string `json:"types"`
	User            string `json:"user"`
}

// autoAway is how long after the last sign of life someone is shown as away.
//
// https://docs.slack.dev/apis/web-api/user-presence-and-status
const autoAway = 10 * time.Minute

// usersGetPresence says whether someone is there; of oneself, why.
//
// https://docs.slack.dev/reference/methods/users.getPresence
func (s *Slack) usersGetPresence(c *call, in *api.UsersGetPresenceRequest) (any, error) {
	u, ok := s.users.Get(c.Tx, or(in.User, c.user.ID))
	switch {
	case !ok:
		return nil, errUserNotFound
	case !c.seesUser(u):
		return nil, errUserNotVisible
	}
	online := c.online(u)
	v := reply{"presence": c.presence(u)}
	if u.ID == c.user.ID {
		merge(v, reply{"online": online, "auto_away": !online && u.Presence == "", "manual_away": u.Presence == "away", "connection_count": 0})
		if online {
			v["connection_count"] = 1
		}
		if u.Active != 0 {
			v["last_activity"] = u.Active
		}
	}
	return v, nil
}

// online reports whether someone has given a sign of life lately. An app's user is there if its app says so.
func (c *call) online(u User) bool {
	if app, ok := c.s.apps.Get(c.Tx, u.App); ok && u.Bot && app.BotAlwaysOnline {
		return true
	}
	return !u.Deleted && u.Active != 0 && c.Now.Unix()-u.Active < int64(autoAway.Seconds())
}

// presence is "active" or "away".
func (c *call) presence(u User) string {
	if u.Presence == "away" || !c.online(u) {
		return "away"
	}
	return "active"
}

// usersSetPresence makes the caller look away, or lets Slack find out.
//
// https://docs.slack.dev/reference/methods/users.setPresence
func (s *Slack) usersSetPresence(c *call, in *api.UsersSetPresenceRequest) (any, error) {
	u := c.user
	switch in.Presence {
	case "away":
		u.Presence = "away"
	case "auto":
		u.Presence = ""
	default:
		return nil, errInvalidPresence
	}
	c.setPresence(u)
	return nil, nil
}

// usersSetActive is a sign of life.
//
// https://docs.slack.dev/reference/methods/users.setActive
func (s *Slack) usersSetActive(c *call, in *api.UsersSetActiveRequest) (any, error) {
	u := c.user
	u.Active = c.Now.Unix()
	c.setPresence(u)
	return nil, nil
}

// setPresence keeps a user and tells those who look on if the presence differs from before. Apps get no such event.
func (c *call) setPresence(u User) {
	before, _ := c.s.users.Get(c.Tx, u.ID)
	c.s.users.Put(c.Tx, u)
	if was, is := c.presence(before), c.presence(u); was != is {
		c.emit(event{Type: "presence_change", Body: reply{"user": u.ID, "presence": is}})
	}
	if before.Presence != u.Presence {
		c.emit(event{Type: "manual_presence_change", To: []string{u.ID}, Body: reply{"presence": or(u.Presence, "active")}})
	}
}

// usersIdentity returns who has signed in with Slack, as far as the identity scopes let see.
//
// https://docs.slack.dev/reference/methods/users.identity
func (s *Slack) usersIdentity(c *call, in *api.UsersIdentityRequest) (any, error) {
	u := reply{"name": c.user.RealName, "id": c.user.ID}
	t := reply{"id": c.token.Team}
	if c.has("identity.email") {
		u["email"] = c.user.Email
	}
	if c.has("identity.avatar") {
		for _, size := range avatarSizes {
			u["image_"+size] = c.avatar(c.user.ID, size)
		}
	}
	if c.has("identity.team") {
		team, _ := s.teams.Get(c.Tx, c.token.Team)
		t["name"] = team.Name
	}
	return reply{"user": u, "team": t}, nil
}

// usersDiscoverableContactsLookup says whether someone outside can be found on Slack by email address: here, a member
// of another workspace.
//
// https://docs.slack.dev/reference/methods/users.discoverableContacts.lookup
func (s *Slack) usersDiscoverableContactsLookup(c *call, in *api.UsersDiscoverableContactsLookupRequest) (any, error) {
	if in.Email == "" {
		return nil, missing("email")
	}
	if t, _ := s.teams.Get(c.Tx, c.token.Team); t.Enterprise == "" {
		return nil, errNotAnEnterprise
	}
	u, ok := c.userByEmail(in.Email)
	return reply{"is_discoverable": ok && !u.Deleted && !u.Bot}, nil
}

// userByName finds a user by the name that is written after an @.
func (c *call) userByName(name string) (User, bool) {
	return c.s.usersByName.Get(c.Tx, strings.ToLower(strings.TrimPrefix(name, "@")))
}

// seesUser reports whether a user is there for the caller: a guest sees apps and those in the same channels.
func (c *call) seesUser(u User) bool {
	if !c.user.Restricted && !c.user.UltraRestricted || u.ID == c.user.ID || u.Bot || u.ID == slackbot {
		return true
	}
	for m := range c.s.membersByUser.All(c.Tx, c.user.ID) {
		if c.s.members.Has(c.Tx, memberKey(m.Channel, u.ID)) {
			return true
		}
	}
	return false
}

// slackbot is the id of Slackbot in every workspace.
const slackbot = "USLACKBOT"

// userView returns a user as the caller sees it: an email address needs users:read.email.
//
// https://docs.slack.dev/reference/objects/user-object
func (c *call) userView(u User) reply {
	v := reply{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "deleted": u.Deleted, "profile": c.profileView(u), "updated": u.Updated,
		"is_bot": u.Bot, "is_app_user": u.AppUser,
	}
	if u.Deleted {
		return v
	}
	merge(v, reply{
		"color": u.Color, "real_name": u.RealName, "tz": u.TZ, "tz_label": u.TZLabel, "tz_offset": u.TZOffset,
		"is_admin": u.Admin, "is_owner": u.Owner, "is_primary_owner": u.PrimaryOwner,
		"is_restricted": u.Restricted, "is_ultra_restricted": u.UltraRestricted,
		"is_email_confirmed": !u.Invited && !u.Bot && u.ID != slackbot, "who_can_share_contact_card": "EVERYONE",
	})
	if u.Invited {
		v["is_invited_user"] = true
	}
	if u.ID == c.user.ID && c.token.Kind != tokenBot {
		v["has_2fa"] = u.TwoFactor
	}
	if t, ok := c.s.teams.Get(c.Tx, u.Team); ok && t.Enterprise != "" && !u.Bot && u.ID != slackbot {
		org, _ := c.s.teams.Get(c.Tx, t.Enterprise)
		v["enterprise_user"] = reply{
			"id": u.ID, "enterprise_id": org.ID, "enterprise_name": org.Name, "is_admin": false, "is_owner": u.PrimaryOwner,
			"is_primary_owner": u.PrimaryOwner, "teams": ids(u.Teams),
		}
	}
	return v
}

// newUser brings someone into the workspace: into its default channels too, unless they are a guest.
func (c *call) newUser(u User) User {
	u.ID, u.Team, u.Teams = c.id("U"), c.token.Team, []string{c.token.Team}
	u.Name = c.freeHandle(u.Name)
	u.Created, u.Updated = c.Now.Unix(), c.Now.Unix()
	u.Color = colors[c.s.users.Len(c.Tx)%len(colors)]
	u.Locale = or(u.Locale, "en-US")
	if u.TZ == "" {
		u.TZ, u.TZLabel, u.TZOffset = "America/Los_Angeles", "Pacific Standard Time", -28800
	}
	u.Email = strings.ToLower(u.Email)
	c.s.users.Put(c.Tx, u)
	if !u.Restricted && !u.UltraRestricted {
		t, _ := c.s.teams.Get(c.Tx, u.Team)
		for ch := range c.s.channels.All(c.Tx, "") {
			if ch.Team == u.Team && !ch.Archived && !ch.Deleted && (ch.General || slices.Contains(t.DefaultChannels, ch.ID)) {
				c.join(ch, u.ID, "")
			}
		}
	}
	c.emit(event{Type: "team_join", Body: reply{"user": c.userInEvent(u)}})
	return u
}

// freeHandle makes a name that nobody has of what is before an @.
func (c *call) freeHandle(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "@")
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return -1
	}, name)
	name = or(name, "user")
	free := name
	for i := 2; ; i++ {
		if _, taken := c.userByName(free); !taken {
			return free
		}
		free = name + strconv.Itoa(i)
	}
}

// deactivate ends a member's account: their tokens die and they leave channels and user groups.
//
// https://docs.slack.dev/reference/scim-api
func (c *call) deactivate(u User) User {
	if u.Deleted {
		return u
	}
	u.Deleted, u.Updated = true, c.Now.Unix()
	c.s.users.Put(c.Tx, u)
	for t := range c.s.tokensByUser.All(c.Tx, u.ID) {
		t.Revoked = true
		c.s.tokens.Put(c.Tx, t)
	}
	for m := range c.s.membersByUser.All(c.Tx, u.ID) {
		if ch, ok := c.s.channels.Get(c.Tx, m.Channel); ok && !ch.IM && !ch.MPIM {
			c.s.members.Delete(c.Tx, memberKey(m.Channel, u.ID))
		}
	}
	for g := range c.s.usergroupsByUser.All(c.Tx, u.ID) {
		c.setUsergroupUsers(g, slices.DeleteFunc(slices.Clone(g.Users), func(id string) bool { return id == u.ID }))
	}
	c.emitUser(u)
	return u
}

// reactivate gives a former member the account back; tokens and channels stay lost but for #general.
func (c *call) reactivate(u User) User {
	if !u.Deleted {
		return u
	}
	u.Deleted, u.Updated = false, c.Now.Unix()
	c.s.users.Put(c.Tx, u)
	for ch := range c.s.channels.All(c.Tx, "") {
		if ch.General && ch.Team == u.Team && !u.Restricted && !u.UltraRestricted {
			c.join(ch, u.ID, "")
		}
	}
	c.emitUser(u)
	return u
}

// emitUser tells that something about a user has changed; more names what, as the narrower events have it.
//
// https://docs.slack.dev/reference/events/user_change
func (c *call) emitUser(u User, more ...string) {
	for _, name := range append([]string{"user_change"}, more...) {
		c.emit(event{Type: name, Body: reply{"user": c.userInEvent(u), "cache_ts": c.Now.Unix()}})
	}
}

// userInEvent is a user as events show it: whole, and each app gets what its scopes let it see.
func (c *call) userInEvent(u User) reply {
	all := *c
	all.token, all.user = Token{Team: u.Team}, User{}
	v := all.userView(u)
	v["locale"] = or(u.Locale, "en-US")
	return v
}
