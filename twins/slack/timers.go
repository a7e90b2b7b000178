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
	}
	return nil
}
