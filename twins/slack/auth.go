package slack

import (
	"maps"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// apiMethods are the api.* methods.
func (s *Slack) apiMethods() {
	write(s, "api.test", about{twin.Full, tier4, "", ""}, s.apiTest).open = true
}

// authMethods are the auth.* methods.
//
// https://docs.slack.dev/reference/methods?family=auth
func (s *Slack) authMethods() {
	write(s, "auth.test", about{twin.Full, special, "", ""}, s.authTest).anyToken = true
	write(s, "auth.revoke", about{twin.Full, tier3, "", ""}, s.authRevoke).anyToken = true
	read(s, "auth.teams.list", about{twin.Full, tier2, "", ""}, s.authTeamsList)
}

// apiTest answers with what it was sent; error=x makes it fail with x.
//
// https://docs.slack.dev/reference/methods/api.test
func (s *Slack) apiTest(c *call, in *api.APITestRequest) (any, error) {
	args := reply{}
	for k, v := range c.args.form {
		args[k] = v[len(v)-1]
	}
	for k, v := range c.args.json {
		args[k] = v
	}
	facts := reply{}
	if len(args) > 0 {
		facts["args"] = args
	}
	if in.Error != "" {
		return nil, Error(in.Error).with(facts)
	}
	return facts, nil
}

// authTest says who the caller is.
//
// https://docs.slack.dev/reference/methods/auth.test
func (s *Slack) authTest(c *call, in *api.AuthTestRequest) (any, error) {
	c.login()
	t, _ := s.teams.Get(c.Tx, c.token.Team)
	v := reply{"url": c.base + "/", "team": t.Name, "team_id": t.ID, "is_enterprise_install": c.token.Org}
	if c.user.ID != "" {
		v["user"], v["user_id"] = c.user.Name, c.user.ID
	}
	if c.token.Kind == tokenBot {
		v["bot_id"] = c.token.Bot
	}
	if t.Enterprise != "" {
		v["enterprise_id"] = t.Enterprise
	}
	if c.token.Kind == tokenApp {
		app, _ := s.apps.Get(c.Tx, c.token.App)
		v["app_name"], v["app_id"] = app.Name, app.ID
	}
	if c.token.Expires != 0 {
		v["expires_in"] = c.token.Expires - c.Now.Unix()
	}
	return v, nil
}

// authRevoke ends the token that it is called with. With test set it only says what it would do.
//
// https://docs.slack.dev/reference/methods/auth.revoke
func (s *Slack) authRevoke(c *call, in *api.AuthRevokeRequest) (any, error) {
	if in.Test {
		return reply{"revoked": false}, nil
	}
	t := c.token
	t.Revoked = true
	s.tokens.Put(c.Tx, t)
	gone := reply{}
	switch t.Kind {
	case tokenUser:
		gone["oauth"] = []string{t.User}
	case tokenBot:
		gone["bot"] = []string{t.User}
	}
	if len(gone) > 0 {
		c.emit(event{Type: "tokens_revoked", Body: reply{"tokens": gone}})
	}
	if in, ok := s.installs.Get(c.Tx, t.App+"/"+t.Team); ok && t.Kind == tokenUser && !c.holds(t) {
		in.UserScopes = maps.Clone(in.UserScopes)
		delete(in.UserScopes, t.User)
		s.installs.Put(c.Tx, in)
	}
	return reply{"revoked": true}, nil
}

// holds reports whether the app has another good token of the same person.
func (c *call) holds(t Token) bool {
	for other := range c.s.tokensByUser.All(c.Tx, t.User) {
		if other.Key != t.Key && other.App == t.App && other.Kind == t.Kind && !other.Revoked {
			return true
		}
	}
	return false
}

// authTeamsList returns the workspaces that the token is good for: its own, or those of the organisation that the app
// is installed in.
//
// https://docs.slack.dev/reference/methods/auth.teams.list
func (s *Slack) authTeamsList(c *call, in *api.AuthTeamsListRequest) (any, error) {
	if in.Limit < 0 || in.Limit > 1000 {
		return nil, errInvalidLimit
	}
	teams := []Team{}
	for t := range s.teams.All(c.Tx, "") {
		if !t.Org && (t.ID == c.token.Team || c.token.Org && t.Enterprise == c.token.Team || c.token.Org && s.installs.Has(c.Tx, c.token.App+"/"+t.ID)) {
			teams = append(teams, t)
		}
	}
	cut, next, err := page(teams, "team", in.Cursor, limit(in.Limit, 100, 1000), func(t Team) string { return t.ID })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, t := range cut {
		v := reply{"id": t.ID, "name": t.Name}
		if in.IncludeIcon {
			v["icon"] = c.teamIcon(t)
		}
		list = append(list, v)
	}
	return reply{"teams": list, "response_metadata": reply{"next_cursor": next}}, nil
}
