package slack

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// rtmMethods are the rtm.* methods.
//
// https://docs.slack.dev/reference/methods?family=rtm
func (s *Slack) rtmMethods() {
	const scopes = "rtm:stream bot client"
	write(s, "rtm.connect", about{twin.Full, tier1, scopes, scopes}, s.rtmConnect)
	write(s, "rtm.start", about{twin.Full, tier1, scopes, scopes}, s.rtmStart)
}

// rtmConnect gives the address of a connection that tells of everything the caller can see.
//
// https://docs.slack.dev/reference/methods/rtm.connect
func (s *Slack) rtmConnect(c *call, in *api.RTMConnectRequest) (any, error) {
	t, _ := s.teams.Get(c.Tx, c.token.Team)
	return reply{"url": c.rtmURL(), "team": reply{"id": t.ID, "name": t.Name, "domain": t.Domain}, "self": reply{"id": c.user.ID, "name": c.user.Name}}, nil
}

// rtmURL is in one piece, because clients replace its query.
func (c *call) rtmURL() string {
	return socketBase(c.base) + "/websocket/" + c.ticket(Ticket{App: c.token.App, Token: c.token.Key})
}

// rtmStart is rtmConnect with what a client shows first.
//
// https://docs.slack.dev/legacy/legacy-rtm-api
func (s *Slack) rtmStart(c *call, in *struct {
	SimpleLatest bool `json:"simple_latest"`
	NoUnreads    bool `json:"no_unreads"`
	NoLatest     bool `json:"no_latest"`
	MPIMAware    bool `json:"mpim_aware"`
	PresenceSub  bool `json:"presence_sub"`
	BatchAware   bool `json:"batch_presence_aware"`
	Locale       bool `json:"include_locale"`
}) (any, error) {
	t, _ := s.teams.Get(c.Tx, c.token.Team)
	presence := "active"
	if c.user.Presence == "away" {
		presence = "away"
	}
	users, channels, groups, ims, mpims, bots := []reply{}, []reply{}, []reply{}, []reply{}, []reply{}, []reply{}
	for u := range s.users.All(c.Tx, "") {
		if u.Team == c.token.Team {
			users = append(users, c.userView(u))
		}
	}
	for ch := range s.channels.All(c.Tx, "") {
		if ch.Deleted || !c.sees(ch) || !inTeam(ch, c.token.Team) {
			continue
		}
		v := c.channelView(ch, viewInfo)
		switch typeOf(ch) {
		case "im":
			ims = append(ims, v)
		case "mpim":
			mpims = append(mpims, v)
		case "private_channel":
			groups = append(groups, v)
		default:
			channels = append(channels, v)
		}
	}
	for b := range s.bots.All(c.Tx, "") {
		if b.Team == c.token.Team {
			bots = append(bots, c.botView(b))
		}
	}
	return reply{
		"url": c.rtmURL(), "self": reply{"id": c.user.ID, "name": c.user.Name, "created": c.user.Created, "manual_presence": presence, "prefs": reply{}},
		"team": reply{"id": t.ID, "name": t.Name, "domain": t.Domain, "email_domain": t.EmailDomain}, "users": users, "channels": channels, "groups": groups,
		"ims": ims, "mpims": mpims, "bots": bots, "cache_ts": c.Now.Unix(), "latest_event_ts": formatTS(c.Now.UnixMicro()), "cache_ts_version": "v2",
	}, nil
}

// A listener is one connection of RTM.
type listener struct {
	s          *Slack
	r          *twin.Request
	conn       *websocket.Conn
	key        string // of the token
	mu         sync.Mutex
	subscribed map[string]bool // whose presence the client looks out for
}

// serveRTM tells of what happens until the client has had enough.
//
// https://docs.slack.dev/legacy/legacy-rtm-api
func (s *Slack) serveRTM(r *twin.Request, t Ticket, conn *websocket.Conn) {
	l := &listener{s: s, r: r, conn: conn, key: t.Token, subscribed: map[string]bool{}}
	notices, unwatch := r.World.Watch(1024)
	defer unwatch()
	if say(conn, reply{"type": "hello", "region": "local", "start": true, "host_id": "twin"}) != nil {
		return
	}
	if l.presence("active") != nil || l.again() != nil {
		return
	}
	defer l.presence("away")
	attend(conn, notices, l.pass, l.hear)
}

// again tells the client where it can connect should this connection break.
func (l *listener) again() error {
	url := ""
	err := l.r.World.Update(func(tc *twin.Call) error {
		c, err := l.call(tc)
		if err == nil {
			url = c.rtmURL()
		}
		return err
	})
	if err != nil {
		return err
	}
	return say(l.conn, reply{"type": "reconnect_url", "url": url})
}

// presence tells those who look out for it that the user has come or gone.
func (l *listener) presence(now string) error {
	return l.r.World.View(func(tc *twin.Call) error {
		c, err := l.call(tc)
		if err != nil {
			return err
		}
		tc.World.Notify(twin.Notice{Twin: "slack", Topic: live, Payload: event{Type: "presence_change", Body: reply{"type": "presence_change", "user": c.user.ID, "presence": now}}})
		return nil
	})
}

// call is a call of the token that the connection was opened with.
func (l *listener) call(tc *twin.Call) (*call, error) {
	tok, ok := l.s.tokens.Get(tc.Tx, l.key)
	u, there := l.s.users.Get(tc.Tx, tok.User)
	if !ok || tok.Revoked || !there || u.Deleted {
		return nil, errors.New("nobody is there any more")
	}
	return &call{Call: tc, s: l.s, args: &arguments{form: url.Values{}}, token: tok, user: u, base: l.s.URLIn(tc.World, l.r)}, nil
}

// pass tells the client of an event that its user gets to know of.
func (l *listener) pass(n twin.Notice) bool {
	if n.Topic == twin.Replaced {
		return false
	}
	e, ok := n.Payload.(event)
	if !ok || n.Topic != live {
		return true
	}
	var out []reply
	err := l.r.World.View(func(tc *twin.Call) error {
		c, err := l.call(tc)
		if err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		out = c.overRTM(e, l.subscribed)
		return nil
	})
	if err != nil {
		say(l.conn, reply{"type": "goodbye"})
		return false
	}
	for _, v := range out {
		if say(l.conn, v) != nil {
			return false
		}
	}
	return e.Type != "team_migration_started"
}

// appsAlone begin the names of the events that RTM does not know.
//
// https://docs.slack.dev/legacy/legacy-rtm-api
var appsAlone = []string{"agent_", "app_", "assistant_", "call_rejected", "channel_id_changed", "channel_shared", "channel_unshared", "entity_", "function_", "grid_",
	"invite_requested", "link_shared", "message_metadata_", "scope_", "shared_channel_", "team_access_", "tokens_revoked", "user_connection", "user_resource_", "workflow_"}

// overRTM is what an event sounds like on a connection of RTM, to the person it is of.
func (c *call) overRTM(e event, subscribed map[string]bool) (out []reply) {
	user, _ := e.Body["user"].(string)
	if slices.ContainsFunc(appsAlone, func(p string) bool { return strings.HasPrefix(e.Type, p) }) {
		return nil
	}
	switch e.Type {
	case "presence_change":
		if !subscribed[user] {
			return nil
		}
	case "user_typing":
		if user == c.user.ID {
			return nil
		}
	}
	if !c.s.concerned(c.Tx, c.user.ID, e) {
		return nil
	}
	body := merge(reply{}, e.Body)
	delete(body, "channel_type")
	if e.Type == "member_joined_channel" {
		body["channel_type"] = e.Body["channel_type"]
		if ch, ok := c.s.channels.Get(c.Tx, e.Channel.ID); ok && user == c.user.ID {
			out = append(out, reply{"type": kind(ch, "channel_joined", "group_joined"), "channel": c.channelView(ch, viewInfo)})
		}
	}
	if e.Type == "member_left_channel" {
		body["channel_type"] = e.Body["channel_type"]
	}
	out = append(out, body)
	if e.Type == "message" && c.token.Kind != tokenBot && user != "" && user != c.user.ID && e.Body["subtype"] == nil {
		text, _ := e.Body["text"].(string)
		if e.Channel.IM || strings.Contains(text, "<@"+c.user.ID+">") {
			u, _ := c.s.users.Get(c.Tx, user)
			t, _ := c.s.teams.Get(c.Tx, c.token.Team)
			ts, _ := e.Body["ts"].(string)
			out = append(out, reply{"type": "desktop_notification", "title": t.Name, "subtitle": or(e.Channel.Name, u.Name), "msg": ts, "content": u.Name + ": " + text,
				"channel": e.Channel.ID, "launchUri": "slack://channel?id=" + e.Channel.ID + "&message=" + ts + "&team=" + t.ID,
				"avatarImage": c.base + "/avatars/" + u.ID + "_192.png", "ssbFilename": "knock_brush.mp3", "imageUri": nil, "is_shared": len(e.Channel.External) > 0, "event_ts": e.Body["event_ts"]},
				reply{"type": "badge_counts_updated", "event_ts": e.Body["event_ts"]})
		}
	}
	return out
}

// hear does what the client says.
//
// https://docs.slack.dev/legacy/legacy-rtm-api#sending_messages
func (l *listener) hear(b []byte) {
	var in struct {
		ID        json.RawMessage `json:"id"`
		Type      string          `json:"type"`
		Channel   string          `json:"channel"`
		Text      string          `json:"text"`
		ThreadTS  string          `json:"thread_ts"`
		Broadcast bool            `json:"reply_broadcast"`
		IDs       []string        `json:"ids"`
	}
	if json.Unmarshal(b, &in) != nil {
		l.refuse(nil, 1, "invalid message")
		return
	}
	switch in.Type {
	case "ping":
		pong := reply{}
		json.Unmarshal(b, &pong)
		delete(pong, "id")
		pong["type"] = "pong"
		if in.ID != nil {
			pong["reply_to"] = in.ID
		}
		say(l.conn, pong)
	case "message":
		l.post(in.ID, in.Channel, in.Text, in.ThreadTS, in.Broadcast)
	case "typing", "user_typing":
		l.r.World.View(func(tc *twin.Call) error {
			c, err := l.call(tc)
			if err != nil {
				return err
			}
			ch, ok := c.channel(in.Channel)
			if !ok || !c.isMember(ch) {
				return nil
			}
			var to []string
			for m := range l.s.members.All(tc.Tx, ch.ID+"/") {
				to = append(to, m.User)
			}
			tc.World.Notify(twin.Notice{Twin: "slack", Topic: live, Payload: event{Type: "user_typing", Channel: ch, To: to,
				Body: reply{"type": "user_typing", "channel": ch.ID, "user": c.user.ID}}})
			return nil
		})
	case "presence_query", "presence_sub":
		if in.Type == "presence_sub" {
			l.subscribe(in.IDs)
		}
		active, away := []string{}, []string{}
		l.r.World.View(func(tc *twin.Call) error {
			for _, id := range in.IDs {
				u, ok := l.s.users.Get(tc.Tx, id)
				switch {
				case !ok:
				case u.Presence == "away" || u.Deleted || !u.Bot && u.Active == 0 && u.Presence == "":
					away = append(away, id)
				default:
					active = append(active, id)
				}
			}
			return nil
		})
		for presence, ids := range map[string][]string{"active": active, "away": away} {
			switch len(ids) {
			case 0:
			case 1:
				say(l.conn, reply{"type": "presence_change", "presence": presence, "user": ids[0]})
			default:
				say(l.conn, reply{"type": "presence_change", "presence": presence, "users": ids})
			}
		}
	default:
		l.refuse(in.ID, 1, "unknown message type")
	}
}

// subscribe says whose presence the client looks out for from now on.
func (l *listener) subscribe(ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subscribed = map[string]bool{}
	for _, id := range ids {
		l.subscribed[id] = true
	}
}

func (l *listener) refuse(id json.RawMessage, code int, msg string) {
	v := reply{"ok": false, "error": reply{"code": code, "msg": msg}}
	if id != nil {
		v["reply_to"] = id
	}
	say(l.conn, v)
}

// post says something for the client.
func (l *listener) post(id json.RawMessage, channel, text, thread string, broadcast bool) {
	var m Message
	err := l.r.World.Update(func(tc *twin.Call) error {
		c, err := l.call(tc)
		if err != nil {
			return err
		}
		ch, ok := c.channel(channel)
		if !ok {
			return errChannelNotFound
		}
		if m, err = c.compose(content{Text: text}); err != nil {
			return err
		}
		if err := c.mayPost(ch); err != nil {
			return err
		}
		m, err = c.post(ch, m, thread, broadcast)
		return err
	})
	code := Error("")
	switch {
	case errors.Is(err, errNoText):
		l.refuse(id, 2, "message text is missing")
	case errors.As(err, &code):
		l.refuse(id, 4, string(code))
	case err != nil:
		l.refuse(id, -1, "internal error")
	default:
		v := reply{"ok": true, "ts": m.TS, "text": m.Text}
		if id != nil {
			v["reply_to"] = id
		}
		say(l.conn, v)
	}
}
