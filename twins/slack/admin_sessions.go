package slack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Session is a device that somebody is signed in on.
//
// https://docs.slack.dev/reference/methods/admin.users.session.list
type Session struct {
	ID        int64  `json:"id"`
	User      string `json:"user"`
	Team      string `json:"team"`
	Token     string `json:"token"` // key of the token that the device has; "" is one that nobody holds
	Mobile    bool   `json:"mobile"`
	Hardware  string `json:"hardware"`
	OS        string `json:"os"`
	OSVersion string `json:"os_version"`
	Client    string `json:"client"`
	IP        string `json:"ip"`
	Created   int64  `json:"created"`
	Last      int64  `json:"last"`
}

func (x Session) key() string { return fmt.Sprintf("%013d", x.ID) }

// outdated reports whether the device has a client that Slack no longer supports.
func (x Session) outdated() bool {
	major, _, _ := strings.Cut(x.Client, ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < 4
}

// A SessionRule is how long someone's sessions last.
type SessionRule struct {
	User     string `json:"user"`
	Duration int64  `json:"duration"` // seconds; 0 is not set
	Quit     *bool  `json:"quit"`     // ends when the client is closed
}

// adminSessionMethods are the admin.users.session.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.users
func (s *Slack) adminSessionMethods() {
	write(s, "admin.users.session.clearSettings", about{twin.Full, tier4, "-", "admin.users:write"}, s.adminUsersSessionClearSettings)
	read(s, "admin.users.session.getSettings", about{twin.Full, tier4, "-", "admin.users:read"}, s.adminUsersSessionGetSettings)
	write(s, "admin.users.session.invalidate", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersSessionInvalidate)
	read(s, "admin.users.session.list", about{twin.Full, tier2, "-", "admin.users:read"}, s.adminUsersSessionList)
	write(s, "admin.users.session.reset", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersSessionReset)
	write(s, "admin.users.session.resetBulk", about{twin.Full, tier2, "-", "admin.users:write"}, s.adminUsersSessionResetBulk)
	write(s, "admin.users.session.setSettings", about{twin.Full, tier4, "-", "admin.users:write"}, s.adminUsersSessionSetSettings)
}

// signIn begins a session of the caller's on a device that has a token.
func (c *call) signIn(x Session) Session {
	n, _ := strconv.ParseInt(c.Rand(1, "123456789")+c.Rand(12, "0123456789"), 10, 64)
	x.ID, x.User, x.Created, x.Last = n, c.user.ID, c.Now.Unix(), c.Now.Unix()
	x.Team = or(x.Team, c.token.Team)
	c.s.devices.Put(c.Tx, x)
	c.audit("user_login", aboutUser(c.user), nil)
	return x
}

// expired reports whether a session has lasted as long as its owner's settings let it.
func (c *call) expired(x Session) bool {
	r, ok := c.s.sessionRules.Get(c.Tx, x.User)
	return ok && r.Duration > 0 && c.Now.Unix() >= x.Created+r.Duration
}

// timeSessions lets the tokens of someone's sessions last so many seconds since they were signed in; 0 is for ever.
func (c *call) timeSessions(user string, seconds int64) {
	for x := range c.s.devicesByUser.All(c.Tx, user) {
		t, ok := c.s.tokens.Get(c.Tx, x.Token)
		if !ok || x.Token == "" {
			continue
		}
		t.Expires = 0
		if seconds > 0 {
			t.Expires = x.Created + seconds
		}
		c.s.tokens.Put(c.Tx, t)
	}
}

// endSession ends a session and the token that goes with it.
func (c *call) endSession(x Session) {
	c.s.devices.Delete(c.Tx, x.key())
	if t, ok := c.s.tokens.Get(c.Tx, x.Token); ok && x.Token != "" {
		t.Revoked = true
		c.s.tokens.Put(c.Tx, t)
	}
}

// settled finds the people whose session settings are looked at or changed.
func (c *call) settled(userIDs []string) ([]User, error) {
	if err := c.require("user_ids"); err != nil {
		return nil, err
	}
	if err := atMost("user_ids", userIDs, 1000); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	var users []User
	for _, id := range userIDs {
		u, ok := c.person(org, id)
		switch {
		case !ok || u.Deleted:
			return nil, errUserNotFound
		case u.Bot:
			return nil, Error("bots_not_allowed")
		}
		users = append(users, u)
	}
	return users, nil
}

// adminUsersSessionClearSettings gives people the session settings of everybody.
//
// https://docs.slack.dev/reference/methods/admin.users.session.clearSettings
func (s *Slack) adminUsersSessionClearSettings(c *call, in *api.AdminUsersSessionClearSettingsRequest) (any, error) {
	users, err := c.settled(in.UserIDs)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		s.sessionRules.Delete(c.Tx, u.ID)
		c.timeSessions(u.ID, 0)
	}
	return nil, nil
}

// adminUsersSessionGetSettings returns people's own session settings.
//
// https://docs.slack.dev/reference/methods/admin.users.session.getSettings
func (s *Slack) adminUsersSessionGetSettings(c *call, in *api.AdminUsersSessionGetSettingsRequest) (any, error) {
	users, err := c.settled(in.UserIDs)
	if err != nil {
		return nil, err
	}
	settings, none := []reply{}, []string{}
	for _, u := range users {
		r, ok := s.sessionRules.Get(c.Tx, u.ID)
		if !ok {
			none = append(none, u.ID)
			continue
		}
		v := reply{"user_id": u.ID, "desktop_app_browser_quit": nil, "duration": nil}
		if r.Quit != nil {
			v["desktop_app_browser_quit"] = *r.Quit
		}
		if r.Duration > 0 {
			v["duration"] = r.Duration
		}
		settings = append(settings, v)
	}
	return reply{"session_settings": settings, "no_settings_applied": none}, nil
}

// adminUsersSessionSetSettings gives people session settings of their own.
//
// https://docs.slack.dev/reference/methods/admin.users.session.setSettings
func (s *Slack) adminUsersSessionSetSettings(c *call, in *api.AdminUsersSessionSetSettingsRequest) (any, error) {
	users, err := c.settled(in.UserIDs)
	if err != nil {
		return nil, err
	}
	lasts, quits := c.args.given("duration"), c.args.given("desktop_app_browser_quit")
	switch {
	case !lasts && !quits:
		return nil, Error("at_least_one_session_setting_required")
	case lasts && (in.Duration < 28800 || in.Duration > 315569520):
		return nil, invalid("[ERROR] must be between 28800 and 315569520 [json-pointer:/duration]")
	}
	for _, u := range users {
		r, _ := s.sessionRules.Get(c.Tx, u.ID)
		r.User = u.ID
		details := reply{}
		if lasts {
			r.Duration, details["duration"] = in.Duration, in.Duration
		}
		if quits {
			r.Quit, details["desktop_app_browser_quit"] = new(in.DesktopAppBrowserQuit), in.DesktopAppBrowserQuit
		}
		s.sessionRules.Put(c.Tx, r)
		if lasts {
			c.timeSessions(u.ID, r.Duration)
		}
		c.audit("user_session_settings_changed", aboutUser(u), details)
	}
	return nil, nil
}

// adminUsersSessionInvalidate ends one session.
//
// https://docs.slack.dev/reference/methods/admin.users.session.invalidate
func (s *Slack) adminUsersSessionInvalidate(c *call, in *adminUsersSessionInvalidateRequest) (any, error) {
	if err := c.require("session_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	if in.UserID != "" {
		if _, ok := c.person(org, in.UserID); !ok {
			return nil, errUserNotFound
		}
	}
	x, ok := s.devices.Get(c.Tx, Session{ID: in.SessionID}.key())
	u, known := c.person(org, x.User)
	switch {
	case !ok || !known || in.UserID != "" && x.User != in.UserID || in.TeamID != "" && in.TeamID != org.ID && x.Team != in.TeamID:
		return nil, Error("session_not_found")
	case u.PrimaryOwner && !c.user.PrimaryOwner:
		return nil, Error("cannot_invalidate_primary_owner")
	}
	c.endSession(x)
	c.audit("user_session_invalidated", aboutUser(u), nil)
	return nil, nil
}

type adminUsersSessionInvalidateRequest struct {
	SessionID int64  `json:"session_id"`
	TeamID    string `json:"team_id"`
	UserID    string `json:"user_id"`
}

// adminUsersSessionList returns where people are signed in.
//
// https://docs.slack.dev/reference/methods/admin.users.session.list
func (s *Slack) adminUsersSessionList(c *call, in *api.AdminUsersSessionListRequest) (any, error) {
	n, err := c.between(in.Limit, 1000, 1000)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	switch {
	case in.UserID != "" && in.TeamID == "":
		return nil, Error("missing_team")
	case in.TeamID != "" && in.UserID == "":
		return nil, Error("missing_user")
	}
	if in.TeamID != "" {
		u, ok := c.person(org, in.UserID)
		switch {
		case !c.governs(org, in.TeamID):
			return nil, errTeamNotFound
		case !ok:
			return nil, errUserNotFound
		case u.Bot:
			return nil, Error("bots_not_allowed")
		}
	}
	var found []Session
	for x := range s.devices.All(c.Tx, "") {
		if c.governs(org, x.Team) && !c.expired(x) && (in.UserID == "" || x.User == in.UserID && (x.Team == in.TeamID || in.TeamID == org.ID)) {
			found = append(found, x)
		}
	}
	found, next, err := page(found, "session", in.Cursor, n, func(x Session) string { return x.key() })
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, Error("no_active_sessions")
	}
	views := []reply{}
	for _, x := range found {
		device := reply{"device_hardware": x.Hardware, "os": x.OS, "os_version": x.OSVersion, "slack_client_version": x.Client, "ip": x.IP}
		views = append(views, reply{"user_id": x.User, "session_id": x.ID, "team_id": x.Team, "created": device, "recent": device})
	}
	return reply{"active_sessions": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// resettable finds someone whose sessions are to end.
func (c *call) resettable(org Team, id string) (User, error) {
	u, ok := c.person(org, id)
	switch {
	case !ok || u.Deleted:
		return u, errUserNotFound
	case u.Bot:
		return u, Error("cannot_reset_bot")
	case u.PrimaryOwner && !c.user.PrimaryOwner:
		return u, Error("cannot_reset_primary_owner")
	}
	return u, nil
}

// adminUsersSessionReset signs someone out everywhere, or of their phones or browsers alone.
//
// https://docs.slack.dev/reference/methods/admin.users.session.reset
func (s *Slack) adminUsersSessionReset(c *call, in *api.AdminUsersSessionResetRequest) (any, error) {
	if err := c.require("user_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	u, err := c.resettable(org, in.UserID)
	if err != nil {
		return nil, err
	}
	c.resetSessions(u, in.MobileOnly, in.WebOnly)
	return nil, nil
}

// resetSessions ends someone's sessions and the tokens of their clients. Apps that they have authorized go on.
func (c *call) resetSessions(u User, mobile, web bool) {
	for x := range c.s.devicesByUser.All(c.Tx, u.ID) {
		if mobile == web || mobile == x.Mobile {
			c.endSession(x)
		}
	}
	for t := range c.s.tokensByUser.All(c.Tx, u.ID) {
		if t.Kind == tokenLegacy && !t.Revoked && !mobile {
			t.Revoked = true
			c.s.tokens.Put(c.Tx, t)
		}
	}
	c.audit("user_session_reset_by_admin", aboutUser(u), reply{"mobile_only": mobile, "web_only": web, "non_sso_only": false})
}

// timerReset is the timer of a reset of many people's sessions, which Slack does a little later.
const timerReset = "session_reset"

// adminUsersSessionResetBulk signs many people out, a little later.
//
// https://docs.slack.dev/reference/methods/admin.users.session.resetBulk
func (s *Slack) adminUsersSessionResetBulk(c *call, in *api.AdminUsersSessionResetBulkRequest) (any, error) {
	if err := c.require("user_ids"); err != nil {
		return nil, err
	}
	if err := atMost("user_ids", in.UserIDs, 1000); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	failed := map[string]Error{}
	for _, id := range in.UserIDs {
		if _, err := c.resettable(org, id); err != nil {
			failed[id] = err.(Error)
			continue
		}
		c.At(c.Now.Add(time.Second), "slack", timerReset, strings.Join([]string{c.user.ID, id, strconv.FormatBool(in.MobileOnly), strconv.FormatBool(in.WebOnly)}, "/"))
	}
	if len(failed) > 0 {
		return nil, twin.Keep(errFailedForSomeUsers.with(reply{"failed_user_ids": failed}))
	}
	return nil, nil
}

// resetLater ends the sessions of one of many.
func (s *Slack) resetLater(tc *twin.Call, key string) error {
	part := strings.Split(key, "/")
	if u, ok := s.users.Get(tc.Tx, part[1]); ok && !u.Deleted {
		s.as(&call{Call: tc, s: s, args: &arguments{}}, part[0]).resetSessions(u, part[2] == "true", part[3] == "true")
	}
	return nil
}

// signIns signs everybody in, on the devices that people have.
func (sd *seeding) signIns() {
	devices := []Session{
		{Hardware: "Apple", OS: "Mac OS", OSVersion: "15.3.1", Client: "4.42.120"},
		{Hardware: "Intel", OS: "Windows", OSVersion: "11", Client: "4.42.120"},
		{Hardware: "iPhone", OS: "iOS", OSVersion: "18.3", Client: "25.02.30", Mobile: true},
	}
	for i, u := range slices.Collect(sd.s.users.All(sd.Tx, "")) {
		if _, in := sd.s.devicesByUser.Get(sd.Tx, u.ID); in || u.Bot || u.Deleted || u.Email == "" {
			continue
		}
		sd.user, sd.token = u, Token{Team: u.Team}
		x := devices[i%len(devices)]
		x.IP = fmt.Sprintf("198.51.100.%d", i+10)
		sd.signIn(x)
	}
}
