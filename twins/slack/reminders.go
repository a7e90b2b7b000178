package slack

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// remindersMethods are the reminders.* methods.
//
// https://docs.slack.dev/reference/methods?family=reminders
func (s *Slack) remindersMethods() {
	write(s, "reminders.add", about{twin.Full, tier2, "-", "reminders:write"}, s.remindersAdd)
	write(s, "reminders.complete", about{twin.Full, tier2, "-", "reminders:write"}, s.remindersComplete)
	write(s, "reminders.delete", about{twin.Full, tier2, "-", "reminders:write"}, s.remindersDelete)
	read(s, "reminders.info", about{twin.Full, tier2, "-", "reminders:read"}, s.remindersInfo)
	read(s, "reminders.list", about{twin.Full, tier2, "-", "reminders:read"}, s.remindersList)
}

// A Reminder is a note that Slackbot sends when its time has come.
//
// https://docs.slack.dev/reference/methods/reminders.add
type Reminder struct {
	ID         string      `json:"id"`
	Team       string      `json:"team"`
	Creator    string      `json:"creator"`
	User       string      `json:"user"`
	Channel    string      `json:"channel"` // that it is for instead of a user
	Text       string      `json:"text"`
	Time       int64       `json:"time"` // Unix seconds; of a recurring one, the next time
	Recurrence *Recurrence `json:"recurrence"`
	Complete   int64       `json:"complete"`
}

// timerReminder delivers a reminder.
const timerReminder = "reminder"

func (c *call) reminderView(r Reminder) reply {
	v := reply{"id": r.ID, "creator": r.Creator, "user": r.User, "text": r.Text, "recurring": r.Recurrence != nil}
	if r.Channel != "" {
		v["channel"] = r.Channel
	}
	if r.Recurrence == nil {
		v["time"], v["complete_ts"] = r.Time, r.Complete
	} else {
		rec := reply{"frequency": r.Recurrence.Frequency}
		if len(r.Recurrence.Weekdays) > 0 {
			rec["weekdays"] = r.Recurrence.Weekdays
		}
		v["recurrence"] = rec
	}
	return v
}

type remindersAddRequest struct {
	Text       string          `json:"text"`
	Time       string          `json:"time"`
	User       string          `json:"user"`
	Channel    string          `json:"channel"`
	Recurrence json.RawMessage `json:"recurrence"`
	TeamID     string          `json:"team_id"`
}

// remindersAdd makes a reminder: for the caller, somebody else or a channel.
//
// https://docs.slack.dev/reference/methods/reminders.add
func (s *Slack) remindersAdd(c *call, in *remindersAddRequest) (any, error) {
	if in.Text == "" || in.Time == "" {
		return nil, errMissingArgument
	}
	r := Reminder{Team: c.token.Team, Creator: c.user.ID, User: or(in.User, c.user.ID), Text: in.Text, Channel: in.Channel}
	if in.Channel != "" {
		ch, ok := c.channel(in.Channel)
		if !ok {
			return nil, errChannelNotFound
		}
		if err := c.mayPost(ch); err != nil {
			return nil, err
		}
	}
	u, ok := s.users.Get(c.Tx, r.User)
	switch {
	case !ok || u.Deleted:
		return nil, errUserNotFound
	case u.ID == slackbot:
		return nil, errCannotAddSlackbot
	case u.Bot:
		return nil, errCannotAddBot
	case u.ID != c.user.ID && (c.user.Restricted || c.user.UltraRestricted):
		return nil, errCannotAddOthers
	}
	zone := zoneOf(c.user)
	when, recurrence, ok := parseWhen(in.Time, c.Now.In(zone))
	if !ok {
		return nil, errCannotParse
	}
	if given := present(in.Recurrence); given != nil {
		if recurrence, ok = parseRecurrence(given, when); !ok {
			return nil, errInvalidArguments
		}
		if days := recurrence.Weekdays; len(days) > 0 && !slices.Contains(days, strings.ToLower(when.Weekday().String())) {
			when = recurrence.next(when)
		}
	}
	if recurrence != nil && u.ID != c.user.ID {
		return nil, errCannotAddOthersRecurring
	}
	r.ID, r.Time, r.Recurrence = c.id("Rm"), when.Unix(), recurrence
	s.reminders.Put(c.Tx, r)
	c.At(when, "slack", timerReminder, r.ID)
	return reply{"reminder": c.reminderView(r)}, nil
}

func zoneOf(u User) *time.Location {
	if zone, err := time.LoadLocation(u.TZ); err == nil {
		return zone
	}
	return time.UTC
}

// reminder finds a reminder that the caller made or is to get.
func (c *call) reminder(id string) (Reminder, error) {
	r, ok := c.s.reminders.Get(c.Tx, id)
	if !ok || r.Creator != c.user.ID && r.User != c.user.ID {
		return r, errNotFound
	}
	return r, nil
}

// remindersComplete marks one of the caller's own reminders as done.
//
// https://docs.slack.dev/reference/methods/reminders.complete
func (s *Slack) remindersComplete(c *call, in *api.RemindersCompleteRequest) (any, error) {
	r, err := c.reminder(in.Reminder)
	switch {
	case err != nil:
		return nil, err
	case r.User != c.user.ID:
		return nil, errCannotCompleteOthers
	case r.Recurrence != nil:
		return nil, errCannotCompleteRecurring
	}
	if r.Complete == 0 {
		r.Complete = c.Now.Unix()
		s.reminders.Put(c.Tx, r)
		c.Cancel("slack", timerReminder, r.ID)
	}
	return nil, nil
}

// remindersDelete takes a reminder back.
//
// https://docs.slack.dev/reference/methods/reminders.delete
func (s *Slack) remindersDelete(c *call, in *api.RemindersDeleteRequest) (any, error) {
	r, err := c.reminder(in.Reminder)
	if err != nil {
		return nil, err
	}
	s.reminders.Delete(c.Tx, r.ID)
	c.Cancel("slack", timerReminder, r.ID)
	return nil, nil
}

// remindersInfo returns one reminder.
//
// https://docs.slack.dev/reference/methods/reminders.info
func (s *Slack) remindersInfo(c *call, in *api.RemindersInfoRequest) (any, error) {
	r, err := c.reminder(in.Reminder)
	if err != nil {
		return nil, err
	}
	return reply{"reminder": c.reminderView(r)}, nil
}

// remindersList returns the reminders that the caller made or is to get.
//
// https://docs.slack.dev/reference/methods/reminders.list
func (s *Slack) remindersList(c *call, in *api.RemindersListRequest) (any, error) {
	list := []reply{}
	for r := range s.remindersByUser.All(c.Tx, c.user.ID) {
		list = append(list, c.reminderView(r))
	}
	return reply{"reminders": list}, nil
}

// remind has Slackbot deliver a reminder; a recurring one is set for its next time.
func (s *Slack) remind(tc *twin.Call, id string) error {
	r, ok := s.reminders.Get(tc.Tx, id)
	if !ok || r.Complete != 0 {
		return nil
	}
	u, _ := s.users.Get(tc.Tx, r.User)
	if r.Recurrence != nil {
		next := r.Recurrence.next(time.Unix(r.Time, 0).In(zoneOf(u)))
		r.Time = next.Unix()
		s.reminders.Put(tc.Tx, r)
		tc.At(next, "slack", timerReminder, r.ID)
	}
	if u.Deleted {
		return nil
	}
	c := s.act(tc, slackbot)
	c.token.Team = r.Team
	var ch Channel
	if r.Channel != "" {
		if ch, ok = s.channels.Get(tc.Tx, r.Channel); !ok || ch.Archived || ch.Deleted {
			return nil
		}
	} else {
		ch, _ = c.openIM(r.User)
	}
	text := "Reminder: " + r.Text
	if r.Creator != r.User {
		text = "<@" + r.Creator + "> asked me to remind you: " + r.Text
	}
	if !strings.ContainsAny(text[len(text)-1:], ".!?") {
		text += "."
	}
	m, err := c.compose(content{Text: text})
	if err != nil {
		return err
	}
	m.User, m.Team = slackbot, r.Team
	_, err = c.post(ch, m, "", false)
	return err
}

// A Recurrence is how often a reminder comes back.
type Recurrence struct {
	Frequency string   `json:"frequency"`  // daily, weekly, monthly or yearly
	Weekdays  []string `json:",omitempty"` // of weekly: sunday to saturday
	Every     int      `json:",omitempty"` // of so many days, weeks … one; 0 is every one
}

// next returns the time after t that the reminder comes back at.
func (r Recurrence) next(t time.Time) time.Time {
	n := max(r.Every, 1)
	switch r.Frequency {
	case "daily":
		return t.AddDate(0, 0, n)
	case "monthly":
		return sameDay(t, 0, n)
	case "yearly":
		return sameDay(t, n, 0)
	}
	if len(r.Weekdays) == 0 {
		return t.AddDate(0, 0, 7*n)
	}
	for day := 1; ; day++ {
		at := t.AddDate(0, 0, day)
		if at.Weekday() == time.Sunday && n > 1 {
			at = at.AddDate(0, 0, 7*(n-1))
			day += 7 * (n - 1)
		}
		if slices.Contains(r.Weekdays, strings.ToLower(at.Weekday().String())) {
			return at
		}
	}
}

// sameDay is the same day so many years and months later, or the month's last day if it has no such day.
func sameDay(t time.Time, years, months int) time.Time {
	first := time.Date(t.Year()+years, t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// parseRecurrence reads the argument of that name.
func parseRecurrence(j json.RawMessage, first time.Time) (*Recurrence, bool) {
	var in struct {
		Frequency string
		Weekdays  []string
	}
	if json.Unmarshal(j, &in) != nil {
		return nil, false
	}
	r := &Recurrence{Frequency: in.Frequency, Weekdays: in.Weekdays}
	for _, d := range in.Weekdays {
		if _, ok := weekdays[d]; !ok || in.Frequency != "weekly" {
			return nil, false
		}
	}
	switch in.Frequency {
	case "weekly":
		if len(in.Weekdays) == 0 {
			r.Weekdays = []string{strings.ToLower(first.Weekday().String())}
		}
	case "daily", "monthly", "yearly":
	default:
		return nil, false
	}
	return r, true
}
