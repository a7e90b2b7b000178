package slack

import (
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
