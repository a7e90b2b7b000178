package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// A Trigger is the leave that an interaction gives an app to put something before the person: once, within three seconds.
//
// https://docs.slack.dev/interactivity/handling-user-interaction/#modal_responses
type Trigger struct {
	Key       string    `json:"key"`
	App       string    `json:"app"`
	Team      string    `json:"team"`
	User      string    `json:"user"`
	Channel   string    `json:"channel"`
	View      string    `json:"view"`      // the modal it was done in
	Execution string    `json:"execution"` // the run of a function it was done in
	Until     time.Time `json:"until"`
	Exchanged bool      `json:"exchanged"`
}

const triggerLife = 3 * time.Second

// trigger gives an app leave to answer the person c acts as, and returns what it presents.
func (c *call) trigger(t Trigger) string {
	old := fmt.Sprintf("%013d", c.Now.Add(-time.Hour).UnixMilli())
	for o := range c.s.triggers.All(c.Tx, "") {
		if o.Key > old {
			break
		}
		c.s.triggers.Delete(c.Tx, o.Key)
	}
	t.Key = fmt.Sprintf("%013d.%s.%s", c.Now.UnixMilli(), c.Rand(12, "0123456789"), c.Rand(24, hexAlphabet))
	t.User, t.Team, t.Until = c.user.ID, c.token.Team, c.Now.Add(triggerLife)
	c.s.triggers.Put(c.Tx, t)
	return c.World.Seal(t.Key)
}

// exchange takes a trigger or an interactivity pointer of the calling app.
func (c *call) exchange(presented string, invalid, expired, exchanged Error) (Trigger, error) {
	t, ok := c.s.triggers.Get(c.Tx, c.World.Unseal(presented))
	switch {
	case !ok || t.App != c.token.App:
		return t, invalid
	case t.Exchanged:
		return t, exchanged
	case c.Now.After(t.Until):
		return t, expired
	}
	t.Exchanged = true
	c.s.triggers.Put(c.Tx, t)
	return t, nil
}

// A ReplyURL is where an app answers an interaction: five times, within half an hour.
//
// https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses
type ReplyURL struct {
	Key     string    `json:"key"`
	App     string    `json:"app"`
	Team    string    `json:"team"`
	User    string    `json:"user"`
	Channel string    `json:"channel"`
	TS      string    `json:"ts"` // of the message it was done in
	Thread  string    `json:"thread"`
	Command bool      `json:"command"`
	Uses    int       `json:"uses"`
	Until   time.Time `json:"until"`
}

const (
	replyLife = 30 * time.Minute
	replyUses = 5
)

// replyURL gives an app an address to answer the person c acts as.
func (c *call) replyURL(r ReplyURL) string {
	old := fmt.Sprintf("%013d", c.Now.Add(-24*time.Hour).UnixMilli())
	for o := range c.s.replies.All(c.Tx, "") {
		if o.Key > old {
			break
		}
		c.s.replies.Delete(c.Tx, o.Key)
	}
	at := fmt.Sprintf("%013d", c.Now.UnixMilli())
	secret := c.Rand(24, secretAlphabet)
	r.Key, r.User, r.Team, r.Until = at+"/"+secret, c.user.ID, c.token.Team, c.Now.Add(replyLife)
	c.s.replies.Put(c.Tx, r)
	kind := "actions"
	if r.Command {
		kind = "commands"
	}
	return c.base + "/" + kind + "/" + r.Team + "/" + at + "/" + c.World.Seal(secret)
}

// responseRoutes are where apps answer interactions.
func (s *Slack) responseRoutes() {
	for _, kind := range []string{"actions", "commands"} {
		op := s.Operation(&twin.Operation{ID: "response_url." + kind, Method: http.MethodPost, Path: "/" + kind + "/:team/:at/:secret", Level: twin.Full})
		s.Echo.POST(op.Path, func(ec echo.Context) error {
			said, status, problem := webhookBody(ec)
			return s.Serve(ec, op, ec.Param("secret"), func(r *twin.Request) (twin.Answer, error) {
				if problem != "" {
					return refuseReply(status, problem), nil
				}
				code := ""
				err := r.Update(func(tc *twin.Call) error {
					u, ok := s.replies.Get(tc.Tx, ec.Param("at")+"/"+tc.World.Unseal(ec.Param("secret")))
					in, installed := s.installs.Get(tc.Tx, u.App+"/"+u.Team)
					switch {
					case !ok || u.Team != ec.Param("team") || !installed || tc.Now.After(u.Until):
						code = "expired_url"
						return nil
					case u.Uses >= replyUses:
						code = "used_url"
						return nil
					}
					r.Actor = in.BotUser
					c := s.actor(tc, in)
					if err := c.respond(u, said); err != nil {
						return err
					}
					u.Uses++
					s.replies.Put(tc.Tx, u)
					return nil
				})
				if refused := Error(""); errors.As(err, &refused) {
					return refuseReply(http.StatusInternalServerError, string(refused)), nil
				} else if err != nil {
					return twin.Answer{}, err
				}
				if code != "" {
					return refuseReply(http.StatusNotFound, code), nil
				}
				return twin.Answer{Type: "application/json; charset=utf-8", Body: []byte(`{"ok":true}`)}, nil
			})
		})
	}
}

func refuseReply(status int, code string) twin.Answer {
	return twin.Answer{Status: status, Type: "application/json; charset=utf-8", Body: encode(struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}{false, code}), Error: code}
}

// A said is what an app says in answer to an interaction, or through a webhook.
type said struct {
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	Attachments     json.RawMessage `json:"attachments"`
	Metadata        json.RawMessage `json:"metadata"`
	ResponseType    string          `json:"response_type"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
	ThreadTS        string          `json:"thread_ts"`
	ReplyBroadcast  bool            `json:"reply_broadcast"`
	Mrkdwn          *bool           `json:"mrkdwn"`
	Parse           string          `json:"parse"`
	LinkNames       json.RawMessage `json:"link_names"`
	Channel         string          `json:"channel"`
	Username        string          `json:"username"`
	IconEmoji       string          `json:"icon_emoji"`
	IconURL         string          `json:"icon_url"`
}

func (m said) content() content {
	return content{Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments, Metadata: m.Metadata, Parse: m.Parse,
		LinkNames: truthy(strings.Trim(string(m.LinkNames), `"`)), NoMrkdwn: m.Mrkdwn != nil && !*m.Mrkdwn}
}

// webhookBody reads what was posted to a webhook: JSON, or a form whose payload is.
func webhookBody(ec echo.Context) (m said, status int, problem string) {
	b, err := io.ReadAll(http.MaxBytesReader(ec.Response(), ec.Request().Body, maxBody))
	if err != nil {
		return m, http.StatusRequestEntityTooLarge, "request_too_large"
	}
	if strings.HasPrefix(ec.Request().Header.Get("Content-Type"), "application/x-www-form-urlencoded") && !strings.HasPrefix(strings.TrimSpace(string(b)), "{") {
		form, err := url.ParseQuery(string(b))
		if err != nil || form.Get("payload") == "" {
			return m, http.StatusBadRequest, "invalid_payload"
		}
		b = []byte(form.Get("payload"))
	}
	if m, err = parseSaid(b); err != nil {
		return m, http.StatusBadRequest, "invalid_payload"
	}
	return m, 0, ""
}

// parseSaid is lenient as Slack is: a flag may be a string.
func parseSaid(b []byte) (m said, err error) {
	var loose map[string]json.RawMessage
	if err := json.Unmarshal(b, &loose); err != nil || loose == nil {
		return m, errors.New("not an object")
	}
	for _, flag := range []string{"replace_original", "delete_original", "reply_broadcast", "mrkdwn"} {
		if j, ok := loose[flag]; ok {
			loose[flag] = json.RawMessage(strconv.FormatBool(truthy(strings.Trim(string(j), `"`))))
		}
	}
	return m, json.Unmarshal(encode(loose), &m)
}

// respond does what an app answers to an interaction.
//
// https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses
func (c *call) respond(u ReplyURL, m said) error {
	ch, ok := c.s.channels.Get(c.Tx, u.Channel)
	if !ok || ch.Deleted {
		return errChannelNotFound
	}
	original, there := c.s.messages.Get(c.Tx, messageKey(u.Channel, u.TS))
	switch {
	case m.DeleteOriginal && there:
		c.takeBack(ch, original)
		return nil
	case m.DeleteOriginal:
		return nil
	case m.ReplaceOriginal && there:
		return c.rewrite(ch, original, m)
	}
	msg, err := c.compose(m.content())
	if err != nil {
		return err
	}
	thread := m.ThreadTS
	if thread == "" && there && original.Ephemeral == "" {
		thread = original.ThreadTS
	}
	if m.ResponseType == "in_channel" {
		if ch.Archived {
			return errIsArchived
		}
		_, err := c.post(ch, msg, m.ThreadTS, m.ReplyBroadcast)
		return err
	}
	c.whisper(ch, msg, u.User, thread)
	return nil
}

// whisper shows somebody alone a message.
func (c *call) whisper(ch Channel, m Message, user, thread string) Message {
	m.Channel, m.Ephemeral = ch.ID, user
	if m.User == "" {
		c.sign(&m)
	}
	if root, ok := c.s.messages.Get(c.Tx, messageKey(ch.ID, thread)); ok && thread != "" {
		m.ThreadTS, m.Parent = root.TS, root.User
	}
	ch, _ = c.s.channels.Get(c.Tx, ch.ID)
	m.TS = ch.nextTS(c.Now.UnixMicro())
	c.s.channels.Put(c.Tx, ch)
	c.s.messages.Put(c.Tx, m)
	c.show(ch, user, merge(viewOf(c.messageView(m)), reply{"channel": ch.ID, "is_ephemeral": true}))
	return m
}

// show tells the clients of one person of a message that nobody else knows of.
func (c *call) show(ch Channel, user string, body reply) {
	if body["event_ts"] == nil {
		body["event_ts"] = formatTS(c.Now.UnixMicro())
	}
	c.Notify(twin.Notice{Twin: "slack", Topic: live, Payload: event{Type: "message", Channel: ch, To: []string{user}, Body: body}})
}

// viewOf is a view as a map.
func viewOf(v any) reply {
	r := reply{}
	json.Unmarshal(encode(v), &r)
	return r
}

// takeBack deletes a message of the app's.
func (c *call) takeBack(ch Channel, m Message) {
	if m.Ephemeral == "" {
		c.unpost(ch, m)
		return
	}
	c.s.messages.Delete(c.Tx, messageKey(ch.ID, m.TS))
	c.show(ch, m.Ephemeral, reply{"type": "message", "subtype": "message_deleted", "hidden": true, "channel": ch.ID, "deleted_ts": m.TS, "ts": formatTS(c.Now.UnixMicro())})
}

// rewrite puts what an app says in the place of its message.
func (c *call) rewrite(ch Channel, old Message, m said) error {
	next, err := c.compose(m.content())
	if err != nil {
		return err
	}
	before := viewOf(c.messageView(old))
	now := old
	now.Text, now.Blocks, now.Attachments = next.Text, next.Blocks, next.Attachments
	if old.Ephemeral == "" {
		now.Edited = &Edit{User: c.user.ID, TS: formatTS(c.Now.Unix() * 1e6)}
	}
	c.s.messages.Put(c.Tx, now)
	body := reply{"type": "message", "subtype": "message_changed", "hidden": true, "channel": ch.ID,
		"message": viewOf(c.messageView(now)), "previous_message": before, "channel_type": channelType(ch), "ts": formatTS(c.Now.UnixMicro())}
	if old.Ephemeral != "" {
		c.show(ch, old.Ephemeral, body)
		return nil
	}
	c.emit(event{Type: "message", Channel: ch, Body: body})
	return nil
}

// actor is a call in which an app acts as its bot.
func (s *Slack) actor(tc *twin.Call, in Install) *call {
	c := &call{Call: tc, s: s, args: &arguments{form: url.Values{}}, base: s.URL(tc),
		token: Token{Kind: tokenBot, User: in.BotUser, Bot: in.Bot, App: in.App, Team: in.Team, Scopes: in.BotScopes}}
	c.user, _ = s.users.Get(tc.Tx, in.BotUser)
	return c
}

// about is what every interaction says of where it comes from.
//
// https://docs.slack.dev/reference/interaction-payloads
func (c *call) interaction(kind string, app App, more reply) reply {
	t, _ := c.s.teams.Get(c.Tx, c.token.Team)
	team := reply{"id": t.ID, "domain": t.Domain}
	v := reply{
		"type": kind, "team": team, "user": reply{"id": c.user.ID, "username": c.user.Name, "name": c.user.Name, "team_id": c.user.Team},
		"token": c.World.Seal(app.Verification), "api_app_id": app.ID, "enterprise": nil, "is_enterprise_install": false,
	}
	if t.Enterprise != "" {
		org, _ := c.s.teams.Get(c.Tx, t.Enterprise)
		team["enterprise_id"], team["enterprise_name"] = org.ID, org.Name
		v["enterprise"] = reply{"id": org.ID, "name": org.Name}
	}
	return merge(v, more)
}

// channelNamed is how interactions name a conversation.
func channelNamed(ch Channel) reply {
	name := ch.Name
	switch {
	case ch.IM:
		name = "directmessage"
	case ch.MPIM || ch.Private:
		name = "privategroup"
	}
	return reply{"id": ch.ID, "name": name}
}

// toApp is the delivery of an interaction: to its socket, or to one of its addresses.
func (c *call) toApp(app App, kind, topic, to string, payload reply) outbox.Delivery {
	d := outbox.Delivery{Twin: "slack", Kind: kind, Topic: topic, Subject: app.ID}
	if app.SocketMode {
		d.Body = string(encode(payload))
		return d
	}
	d.URL, d.Header = to, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	form := url.Values{}
	if kind == toCommand {
		for k, v := range payload {
			form.Set(k, fmt.Sprint(v))
		}
	} else {
		form.Set("payload", string(encode(payload)))
	}
	d.Body = form.Encode()
	return d
}

// A noAnswer is what a person sees when an app does not do its part.
type noAnswer struct {
	app  App
	why  string
	said string
}

func (e noAnswer) Error() string { return e.said }

// ask makes a delivery that a person is waiting for, and returns the app's answer.
func (s *Slack) ask(ctx context.Context, w *twin.World, app App, d outbox.Delivery) (outbox.Attempt, error) {
	if d.URL == "" && !app.SocketMode {
		return outbox.Attempt{}, noAnswer{app, "dispatch_failed", app.Name + " is not set up to handle this: it has no Request URL"}
	}
	d, err := w.Send(ctx, s.Base, d)
	if err != nil {
		return outbox.Attempt{}, err
	}
	a := d.Attempts[0]
	switch {
	case a.OK():
		return a, nil
	case reason(a) == "http_timeout":
		return a, noAnswer{app, "operation_timeout", app.Name + " did not respond in time"}
	case reason(a) == "http_error":
		return a, noAnswer{app, fmt.Sprintf("%d_service_error", a.Status), fmt.Sprintf("%s responded with status code %d", app.Name, a.Status)}
	}
	return a, noAnswer{app, "dispatch_failed", app.Name + " could not be reached"}
}
