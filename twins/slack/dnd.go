package slack

import (
	"time"
	_ "time/tzdata" // a machine without a zone database still knows where people are

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// dndMethods are the dnd.* methods.
//
// https://docs.slack.dev/reference/methods?family=dnd
func (s *Slack) dndMethods() {
	read(s, "dnd.info", about{twin.Full, tier3, "dnd:read", "dnd:read"}, s.dndInfo)
	read(s, "dnd.teamInfo", about{twin.Full, tier2, "dnd:read", "dnd:read"}, s.dndTeamInfo)
	write(s, "dnd.setSnooze", about{twin.Full, tier2, "-", "dnd:write"}, s.dndSetSnooze)
	write(s, "dnd.endSnooze", about{twin.Full, tier2, "-", "dnd:write"}, s.dndEndSnooze)
	write(s, "dnd.endDnd", about{twin.Full, tier2, "-", "dnd:write"}, s.dndEndDND)
}

// A DND says when someone does not want to be disturbed. Whoever has none keeps the workspace's hours.
//
// https://docs.slack.dev/reference/methods/dnd.info
type DND struct {
	User   string `json:"user"`
	Off    bool   `json:"off"` // keeps no hours
	From   int64  `json:"from"`
	To     int64  `json:"to"`     // minutes of the day, in the user's zone
	Snooze int64  `json:"snooze"` // Unix seconds that notifications are paused until
	Awake  int64  `json:"awake"`  // Unix seconds until which the hours do not count: the session was ended by hand
}

// The workspace's quiet hours: ten in the evening to eight in the morning.
const (
	quietFrom = 22 * 60
	quietTo   = 8 * 60
)

// timerSnooze ends a pause of notifications.
const timerSnooze = "snooze"

// maxSnooze is the longest pause in minutes: a year.
const maxSnooze = 365 * 24 * 60

func (c *call) dnd(user string) DND {
	d, ok := c.s.dnd.Get(c.Tx, user)
	if !ok {
		d = DND{User: user, From: quietFrom, To: quietTo}
	}
	return d
}

// session returns the quiet session of the user that is under way or comes next.
func (c *call) session(u User, d DND) (start, end time.Time) {
	zone, err := time.LoadLocation(u.TZ)
	if err != nil {
		zone = time.UTC
	}
	now := c.Now.In(zone)
	for day := -1; ; day++ {
		start = time.Date(now.Year(), now.Month(), now.Day()+day, 0, int(d.From), 0, 0, zone)
		end = time.Date(now.Year(), now.Month(), now.Day()+day, 0, int(d.To), 0, 0, zone)
		if d.To <= d.From {
			end = time.Date(now.Year(), now.Month(), now.Day()+day+1, 0, int(d.To), 0, 0, zone)
		}
		if end.After(now) && end.Unix() > d.Awake {
			return start, end
		}
	}
}

// dndView is when someone is not to be disturbed, as others see it.
func (c *call) dndView(u User) reply {
	d := c.dnd(u.ID)
	if d.Off || u.Bot || u.ID == slackbot {
		return reply{"dnd_enabled": false, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
	}
	start, end := c.session(u, d)
	return reply{"dnd_enabled": true, "next_dnd_start_ts": start.Unix(), "next_dnd_end_ts": end.Unix()}
}

// snoozeView is whether someone has paused notifications.
func (c *call) snoozeView(d DND) reply {
	if d.Snooze <= c.Now.Unix() {
		return reply{"snooze_enabled": false}
	}
	return reply{"snooze_enabled": true, "snooze_endtime": d.Snooze, "snooze_remaining": d.Snooze - c.Now.Unix(), "snooze_is_indefinite": false}
}

// dndInfo says when someone is not to be disturbed; of oneself, also whether notifications are paused.
//
// https://docs.slack.dev/reference/methods/dnd.info
func (s *Slack) dndInfo(c *call, in *api.DNDInfoRequest) (any, error) {
	u, ok := s.users.Get(c.Tx, or(in.User, c.user.ID))
	if !ok || !c.seesUser(u) {
		return nil, errUserNotFound
	}
	v := c.dndView(u)
	if u.ID == c.user.ID {
		merge(v, c.snoozeView(c.dnd(u.ID)))
	}
	return v, nil
}

// dndTeamInfo says of up to fifty people when they are not to be disturbed.
//
// https://docs.slack.dev/reference/methods/dnd.teamInfo
func (s *Slack) dndTeamInfo(c *call, in *api.DNDTeamInfoRequest) (any, error) {
	users := list(in.Users)
	switch {
	case len(users) == 0:
		return nil, errNoUsersProvided
	case len(users) > 50:
		return nil, errTooManyUsers
	}
	v := reply{}
	for _, id := range users {
		u, ok := s.users.Get(c.Tx, id)
		if ok && !c.seesUser(u) {
			return nil, errUserNotVisible
		}
		if ok {
			v[id] = c.dndView(u)
		}
	}
	return reply{"users": v}, nil
}

// dndSetSnooze pauses the caller's notifications, or says anew for how long.
//
// https://docs.slack.dev/reference/methods/dnd.setSnooze
func (s *Slack) dndSetSnooze(c *call, in *api.DNDSetSnoozeRequest) (any, error) {
	switch {
	case !c.args.given("num_minutes"):
		return nil, errMissingDuration
	case in.NumMinutes <= 0:
		return nil, errSnoozeFailed
	case in.NumMinutes > maxSnooze:
		return nil, errTooLong
	}
	d := c.dnd(c.user.ID)
	end := c.Now.Add(time.Duration(in.NumMinutes) * time.Minute)
	d.Snooze = end.Unix()
	c.At(time.Unix(d.Snooze, 0), "slack", timerSnooze, c.user.ID)
	c.keepDND(d)
	return c.snoozeView(d), nil
}

// dndEndSnooze lets notifications through again.
//
// https://docs.slack.dev/reference/methods/dnd.endSnooze
func (s *Slack) dndEndSnooze(c *call, in *api.DNDEndSnoozeRequest) (any, error) {
	d := c.dnd(c.user.ID)
	if d.Snooze <= c.Now.Unix() {
		return nil, errSnoozeNotActive
	}
	d.Snooze = 0
	c.Cancel("slack", timerSnooze, c.user.ID)
	c.keepDND(d)
	return merge(c.dndView(c.user), reply{"snooze_enabled": false}), nil
}

// dndEndDND ends the quiet session that is under way, paused notifications included.
//
// https://docs.slack.dev/reference/methods/dnd.endDnd
func (s *Slack) dndEndDND(c *call, in *api.DNDEndDNDRequest) (any, error) {
	d := c.dnd(c.user.ID)
	if d.Snooze > c.Now.Unix() {
		c.Cancel("slack", timerSnooze, c.user.ID)
	}
	d.Snooze = 0
	if start, end := c.session(c.user, d); !d.Off && !start.After(c.Now) {
		d.Awake = end.Unix()
	}
	c.keepDND(d)
	return nil, nil
}

// keepDND stores when someone is not to be disturbed and tells everyone concerned: the user all of it, others the hours.
func (c *call) keepDND(d DND) {
	c.s.dnd.Put(c.Tx, d)
	u, _ := c.s.users.Get(c.Tx, d.User)
	status := c.dndView(u)
	c.emit(event{Type: "dnd_updated", To: []string{u.ID}, Body: reply{"user": u.ID, "dnd_status": merge(merge(reply{}, status), c.snoozeView(d))}})
	c.emit(event{Type: "dnd_updated_user", Body: reply{"user": u.ID, "dnd_status": status}})
}

// snoozeEnds lets notifications through again when the pause is over.
func (s *Slack) snoozeEnds(tc *twin.Call, user string) {
	c := s.act(tc, user)
	d := c.dnd(user)
	if d.Snooze == 0 {
		return
	}
	d.Snooze = 0
	c.keepDND(d)
}
