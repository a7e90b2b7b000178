package slack

import "twinset.dev/kit/twin"

// fire does what was due.
func (s *Slack) fire(c *twin.Call, t twin.Timer) error {
	switch t.Kind {
	case timerScheduled:
		s.sendScheduled(c, t.Key)
	case timerThreadStatus:
		s.threadStatusEnds(c, t.Key)
	}
	return nil
}
