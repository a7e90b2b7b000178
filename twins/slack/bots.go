package slack

import (
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// botsMethods are the bots.* methods.
//
// https://docs.slack.dev/reference/methods/bots.info
func (s *Slack) botsMethods() {
	read(s, "bots.info", about{twin.Full, tier3, "users:read", "users:read"}, s.botsInfo)
}

// botsInfo returns an app's presence in the workspace; a bot need not say which to get its own.
//
// https://docs.slack.dev/reference/methods/bots.info
func (s *Slack) botsInfo(c *call, in *api.BotsInfoRequest) (any, error) {
	if _, err := c.inWorkspace(in.TeamID); err != nil {
		return nil, err
	}
	b, ok := s.bots.Get(c.Tx, or(in.Bot, c.token.Bot))
	if !ok {
		return nil, errBotNotFound
	}
	v := c.botProfile(b)
	delete(v, "team_id")
	v["user_id"] = b.User
	return reply{"bot": v}, nil
}
