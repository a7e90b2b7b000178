package slack

import "twinset.dev/kit/twin"

// fire does what was due.
func (s *Slack) fire(c *twin.Call, t twin.Timer) error {
	switch t.Kind {
	case timerStatus:
		s.statusExpires(c, t.Key)
	case timerSnooze:
		s.snoozeEnds(c, t.Key)
	case timerReminder:
		return s.remind(c, t.Key)
	}
	return nil
}

// act is what someone does by themselves, not by a call: what timers and pages do on their behalf.
func (s *Slack) act(tc *twin.Call, user string) *call {
	u, _ := s.users.Get(tc.Tx, user)
	return &call{Call: tc, s: s, user: u, token: Token{Team: u.Team, User: user}, args: &arguments{}, base: tc.Base()}
}
