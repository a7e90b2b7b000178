package slack

import (
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// migrationMethods are the migration.* methods.
//
// https://docs.slack.dev/reference/methods/migration.exchange
func (s *Slack) migrationMethods() {
	read(s, "migration.exchange", about{twin.Full, tier2, "tokens.basic", "tokens.basic"}, s.migrationExchange)
}

// migrationExchange maps ids of users in the workspace to their ids in the organisation, or back. The people of a
// workspace that was made inside its organisation have one id for both.
//
// https://docs.slack.dev/reference/methods/migration.exchange
func (s *Slack) migrationExchange(c *call, in *api.MigrationExchangeRequest) (any, error) {
	team, err := c.inWorkspace(in.TeamID)
	if err != nil {
		return nil, err
	}
	users := list(in.Users)
	t, _ := s.teams.Get(c.Tx, team)
	switch {
	case t.Enterprise == "":
		return nil, errNotEnterpriseTeam
	case len(users) == 0:
		return nil, missing("users")
	case len(users) > 400:
		return nil, errTooManyUsers
	}
	known, unknown := reply{}, []string{}
	for _, id := range users {
		if u, ok := s.users.Get(c.Tx, id); ok && !u.Bot {
			known[id] = u.ID
		} else {
			unknown = append(unknown, id)
		}
	}
	return reply{"team_id": team, "enterprise_id": t.Enterprise, "user_id_map": known, "invalid_user_ids": unknown}, nil
}
