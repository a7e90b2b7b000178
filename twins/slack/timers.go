package slack

import (
	"strings"

	"twinset.dev/kit/twin"
)

// Kinds of timers.
const (
	timerTicket        = "ticket"
	timerSocketWarning = "socket_warning"
	timerSocketRefresh = "socket_refresh"
)

// fire does what was due.
func (s *Slack) fire(c *twin.Call, t twin.Timer) error {
	switch t.Kind {
	case timerTicket:
		s.tickets.Delete(c.Tx, t.Key)
	case timerSocketWarning, timerSocketRefresh:
		app, id, _ := strings.Cut(t.Key, "/")
		why := map[string]string{timerSocketWarning: "warning", timerSocketRefresh: "refresh_requested"}[t.Kind]
		c.After(func() { s.disconnect(c.World, app, id, why) })
	case timerScheduled:
		s.sendScheduled(c, t.Key)
	case timerThreadStatus:
		s.threadStatusEnds(c, t.Key)
	case timerStatus:
		s.statusExpires(c, t.Key)
	case timerSnooze:
		s.snoozeEnds(c, t.Key)
	case timerReminder:
		return s.remind(c, t.Key)
	case timerBulk:
		return s.finish(c, t.Key)
	case timerRetention:
		return s.expire(c, t.Key)
	case timerGuest:
		return s.endGuest(c, t.Key)
	case timerReset:
		return s.resetLater(c, t.Key)
	}
	return nil
}

// act is what someone does by themselves, not by a call: what timers and pages do on their behalf.
func (s *Slack) act(tc *twin.Call, user string) *call {
	u, _ := s.users.Get(tc.Tx, user)
	return &call{Call: tc, s: s, user: u, token: Token{Team: u.Team, User: user}, args: &arguments{}, base: s.URL(tc)}
}
