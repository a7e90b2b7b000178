package slack

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// scheduledMethods are the chat.* methods for messages that are posted later.
//
// https://docs.slack.dev/messaging/sending-and-scheduling-messages#scheduling
func (s *Slack) scheduledMethods() {
	write(s, "chat.scheduleMessage", about{twin.Full, tier3, "chat:write", "chat:write chat:write:user"}, s.chatScheduleMessage).requires("channel", "post_at")
	write(s, "chat.deleteScheduledMessage", about{twin.Full, tier3, "chat:write", "chat:write chat:write:user"}, s.chatDeleteScheduledMessage).requires("channel", "scheduled_message_id")
	read(s, "chat.scheduledMessages.list", about{twin.Full, tier3, "", ""}, s.chatScheduledMessagesList)
}

// A Scheduled is a message that is going to be posted, and who is going to post it.
type Scheduled struct {
	ID        string   `json:"id"`
	Channel   string   `json:"channel"`
	ThreadTS  string   `json:"thread_ts"`
	PostAt    int64    `json:"post_at"`
	Created   int64    `json:"created"`
	Broadcast bool     `json:"broadcast"`
	Message   Message  `json:"message"`
	Kind      string   `json:"kind"`
	User      string   `json:"user"`
	Bot       string   `json:"bot"` // of the token
	App       string   `json:"app"`
	Team      string   `json:"team"`
	Scopes    []string `json:"scopes"`
}

// bucket is the channel and the five minutes in which a message is due.
func (m Scheduled) bucket() string { return m.Channel + "/" + strconv.FormatInt(m.PostAt/300, 10) }

// sender is whoever may see a message and take it back: a user of an app.
func (m Scheduled) sender() string { return m.App + "/" + m.User }

// timerScheduled posts a scheduled message.
const timerScheduled = "scheduled_message"

// How far ahead a message may be scheduled, how many within five minutes to one channel, and how long before it is
// posted it can no longer be taken back.
const (
	maxAhead     = 120 * 24 * time.Hour
	maxScheduled = 30
	tooLate      = 60
)

// chatScheduleMessage posts a message at a later time.
//
// https://docs.slack.dev/reference/methods/chat.scheduleMessage
func (s *Slack) chatScheduleMessage(c *call, in *api.ChatScheduleMessageRequest) (any, error) {
	ch, err := c.addressee(in.Channel)
	if err != nil {
		return nil, err
	}
	at, err := strconv.ParseInt(in.PostAt, 10, 64)
	switch {
	case err != nil:
		return nil, errInvalidTime
	case at <= c.Now.Unix():
		return nil, errTimeInPast
	case time.Unix(at, 0).Sub(c.Now) > maxAhead:
		return nil, errTimeTooFar
	}
	m, err := c.compose(content{
		Text: in.Text, Markdown: in.MarkdownText, Blocks: in.Blocks, Attachments: in.Attachments, Metadata: in.Metadata, Parse: in.Parse, LinkNames: in.LinkNames,
	})
	if err != nil {
		return nil, err
	}
	if err := c.mayPost(ch); err != nil {
		return nil, err
	}
	if err := c.restricted(ch, in.ThreadTS != ""); err != nil {
		return nil, err
	}
	if ch.ThreadOnly && in.ThreadTS == "" && !c.user.Admin {
		return nil, errRestrictedActionThreadOnlyChannel
	}
	c.sign(&m)
	m.UnfurlOff = c.args.given("unfurl_links") && !in.UnfurlLinks
	later := Scheduled{ID: c.id("Q"), Channel: ch.ID, ThreadTS: in.ThreadTS, PostAt: at, Created: c.Now.Unix(), Broadcast: in.ReplyBroadcast, Message: m,
		Kind: c.token.Kind, User: c.user.ID, Bot: c.token.Bot, App: c.token.App, Team: c.token.Team, Scopes: c.token.Scopes}
	if err := c.mayScheduleMore(later); err != nil {
		return nil, err
	}
	s.scheduled.Put(c.Tx, later)
	c.At(time.Unix(at, 0), "slack", timerScheduled, later.ID)
	v := reply{}
	decodeInto(c.messageView(m), &v)
	delete(v, "ts")
	v["type"] = "delayed_message"
	return c.posted(reply{"channel": ch.ID, "scheduled_message_id": later.ID, "post_at": at, "message": v}), nil
}

// mayScheduleMore refuses more than 30 messages to one channel within five minutes.
func (c *call) mayScheduleMore(later Scheduled) error {
	n := 0
	for range c.s.scheduledByBucket.All(c.Tx, later.bucket()) {
		n++
	}
	if n >= maxScheduled {
		return Error("restricted_too_many")
	}
	return nil
}

// sendScheduled posts a message that is due. If it can no longer be posted, nobody is told.
func (s *Slack) sendScheduled(tc *twin.Call, id string) {
	m, ok := s.scheduled.Get(tc.Tx, id)
	if !ok {
		return
	}
	s.scheduled.Delete(tc.Tx, id)
	ch, there := s.channels.Get(tc.Tx, m.Channel)
	u, ok := s.users.Get(tc.Tx, m.User)
	c := &call{Call: tc, s: s, user: u, args: &arguments{}, base: s.URL(tc),
		token: Token{Kind: m.Kind, User: m.User, Bot: m.Bot, App: m.App, Team: m.Team, Scopes: m.Scopes}}
	if !there || ch.Deleted || !ok || u.Deleted || c.mayPost(ch) != nil {
		return
	}
	c.post(ch, m.Message, m.ThreadTS, m.Broadcast)
}

// chatDeleteScheduledMessage takes a scheduled message back.
//
// https://docs.slack.dev/reference/methods/chat.deleteScheduledMessage
func (s *Slack) chatDeleteScheduledMessage(c *call, in *api.ChatDeleteScheduledMessageRequest) (any, error) {
	ch, err := c.addressee(in.Channel)
	if err != nil {
		return nil, err
	}
	m, ok := s.scheduled.Get(c.Tx, in.ScheduledMessageID)
	if !ok || m.Channel != ch.ID || m.sender() != (Scheduled{App: c.token.App, User: c.user.ID}).sender() || m.PostAt-c.Now.Unix() < tooLate {
		return nil, errInvalidScheduledMessageID
	}
	s.scheduled.Delete(c.Tx, m.ID)
	c.Cancel("slack", timerScheduled, m.ID)
	return nil, nil
}

// chatScheduledMessagesList returns the messages that the caller has scheduled, the next one first.
//
// https://docs.slack.dev/reference/methods/chat.scheduledMessages.list
func (s *Slack) chatScheduledMessagesList(c *call, in *api.ChatScheduledMessagesListRequest) (any, error) {
	if in.Channel != "" {
		if _, ok := c.channel(in.Channel); !ok {
			return nil, errInvalidChannel
		}
	}
	oldest, _ := strconv.ParseFloat(in.Oldest, 64)
	latest, _ := strconv.ParseFloat(in.Latest, 64)
	var due []Scheduled
	for m := range s.scheduledBySender.All(c.Tx, Scheduled{App: c.token.App, User: c.user.ID}.sender()) {
		if in.Channel != "" && m.Channel != in.Channel || float64(m.PostAt) < oldest || latest > 0 && float64(m.PostAt) > latest {
			continue
		}
		due = append(due, m)
	}
	slices.SortFunc(due, func(a, b Scheduled) int { return cmp.Or(cmp.Compare(a.PostAt, b.PostAt), cmp.Compare(a.ID, b.ID)) })
	due, next, err := page(due, "scheduled", in.Cursor, limit(in.Limit, 100, 1000), func(m Scheduled) string { return m.ID })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, m := range due {
		list = append(list, reply{"id": m.ID, "channel_id": m.Channel, "post_at": m.PostAt, "date_created": m.Created, "text": m.Message.Text})
	}
	return reply{"scheduled_messages": list, "response_metadata": reply{"next_cursor": next}}, nil
}
