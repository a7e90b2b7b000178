package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"twinset.dev/kit/twin"
)

// openAssistant opens an app's assistant, beside the channel that the person looks at.
//
// https://docs.slack.dev/reference/events/assistant_thread_started
func (s *Slack) openAssistant(ctx context.Context, r *twin.Request, in *struct{ User, App, Channel string }) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		app, inst, err := c.appHere(in.App)
		if err != nil {
			return nil, err
		}
		if !app.Assistant {
			return nil, fmt.Errorf("%s is no assistant", app.Name)
		}
		ch, _ := c.openIM(inst.BotUser)
		m, err := s.actor(c.Call, inst).post(ch, Message{Subtype: "assistant_app_thread", Text: "New Assistant Thread"}, "", false)
		if err != nil {
			return nil, err
		}
		s.sessions.Put(c.Tx, AgentSession{Channel: ch.ID, Thread: m.TS, App: app.ID, Team: inst.Team, Initiator: c.user.ID})
		c.emit(event{Type: "assistant_thread_started", Channel: ch, To: []string{inst.BotUser}, Body: reply{"assistant_thread": c.threadContext(ch, m.TS, in.Channel)}})
		return reply{"channel": ch.ID, "thread_ts": m.TS}, nil
	})
}

// appHere finds an app that is installed in the person's workspace and has a bot.
func (c *call) appHere(name string) (App, Install, error) {
	app, err := c.appNamed(name)
	if err != nil {
		return app, Install{}, err
	}
	inst, ok := c.s.installs.Get(c.Tx, app.ID+"/"+c.token.Team)
	if !ok || inst.BotUser == "" {
		return app, inst, fmt.Errorf("%s is not installed here", app.Name)
	}
	return app, inst, nil
}

// threadContext says what an assistant's thread is and what the person looks at meanwhile.
func (c *call) threadContext(ch Channel, thread, looking string) reply {
	about := reply{}
	if looking != "" {
		about = reply{"channel_id": c.channelID(looking), "team_id": c.token.Team, "enterprise_id": null(c.enterprise())}
	}
	return reply{"user_id": c.user.ID, "context": about, "channel_id": ch.ID, "thread_ts": thread}
}

func (c *call) enterprise() string {
	t, _ := c.s.teams.Get(c.Tx, c.token.Team)
	return t.Enterprise
}

// lookAt goes to another channel while an app's assistant is open.
//
// https://docs.slack.dev/reference/events/assistant_thread_context_changed
func (s *Slack) lookAt(ctx context.Context, r *twin.Request, in *struct{ User, App, Channel string }) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		_, inst, err := c.appHere(in.App)
		if err != nil {
			return nil, err
		}
		seen, ok := c.channel(c.channelID(in.Channel))
		if !ok {
			return nil, errChannelNotFound
		}
		ch, _ := c.openIM(inst.BotUser)
		thread := ""
		for x := range s.sessions.All(c.Tx, ch.ID+"/") {
			thread = x.Thread
		}
		if thread == "" {
			return nil, errors.New("they have not opened the assistant")
		}
		c.emit(event{Type: "assistant_thread_context_changed", Channel: ch, To: []string{inst.BotUser}, Body: reply{"assistant_thread": c.threadContext(ch, thread, seen.ID)}})
		entity := reply{"type": "slack#/types/channel_id", "value": seen.ID, "team_id": c.token.Team}
		if e := c.enterprise(); e != "" {
			entity["enterprise_id"] = e
		}
		c.emit(event{Type: "app_context_changed", Channel: ch, To: []string{inst.BotUser}, Body: reply{
			"user": c.user.ID, "channel": ch.ID, "context": reply{"entities": []reply{entity}}}})
		return reply{"channel": ch.ID, "thread_ts": thread}, nil
	})
}

// stopAgent stops what an agent is doing in a session.
//
// https://docs.slack.dev/reference/events/agent_session_stopped
func (s *Slack) stopAgent(ctx context.Context, r *twin.Request, in *struct{ User, Channel, TS string }) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		x, ch, err := c.agentThread(in.Channel, in.TS)
		if err != nil {
			return nil, err
		}
		streams := []string{}
		for m := range s.threads.Range(c.Tx, prefix(messageKey(ch.ID, x.Thread)+"/")) {
			if m.Stream != nil {
				streams = append(streams, m.TS)
				m.Stream = nil
				s.messages.Put(c.Tx, m)
			}
		}
		inst, _ := s.installs.Get(c.Tx, x.App+"/"+c.token.Team)
		s.sessions.Put(c.Tx, x.with(inst.BotUser, "active"))
		body := reply{"channel": ch.ID, "thread_ts": x.Thread, "user": c.user.ID}
		if len(streams) > 0 {
			body["streaming_message_ts"] = streams
		}
		c.emit(event{Type: "agent_session_stopped", Channel: ch, To: []string{inst.BotUser}, Body: body})
		return reply{"stopped": streams}, nil
	})
}

// renameSession gives a session with an agent another title.
//
// https://docs.slack.dev/reference/events/agent_session_title_changed
func (s *Slack) renameSession(ctx context.Context, r *twin.Request, in *struct{ User, Channel, TS, Title string }) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		x, ch, err := c.agentThread(in.Channel, in.TS)
		if err != nil {
			return nil, err
		}
		if in.Title == "" {
			return nil, errors.New("the title is empty")
		}
		was := x.Title
		x.Title = in.Title
		s.sessions.Put(c.Tx, x)
		inst, _ := s.installs.Get(c.Tx, x.App+"/"+c.token.Team)
		body := reply{"channel": ch.ID, "thread_ts": x.Thread, "user": c.user.ID, "team_id": c.token.Team, "title": in.Title}
		if was != "" {
			body["previous_title"] = was
		}
		if e := c.enterprise(); e != "" {
			body["enterprise_id"] = e
		}
		c.emit(event{Type: "agent_session_title_changed", Channel: ch, To: []string{inst.BotUser}, Body: body})
		return reply{"title": in.Title}, nil
	})
}

// agentThread finds a session with an agent that the person can see.
func (c *call) agentThread(channel, thread string) (AgentSession, Channel, error) {
	ch, ok := c.channel(c.channelID(channel))
	if !ok {
		return AgentSession{}, ch, errChannelNotFound
	}
	x, ok := c.s.sessions.Get(c.Tx, AgentSession{Channel: ch.ID, Thread: thread}.key())
	if !ok {
		return x, ch, errors.New("there is no session with an agent here")
	}
	return x, ch, nil
}

// changeWorkspace is what a workspace's owner does in its settings: another address, another email domain, or a preference.
//
// https://docs.slack.dev/reference/events/email_domain_changed
func (s *Slack) changeWorkspace(ctx context.Context, r *twin.Request, in *struct {
	User        string
	Domain      string
	EmailDomain string `json:"email_domain"`
	Prefs       map[string]json.RawMessage
}) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		if !c.user.Owner {
			return nil, errors.New("only an owner changes the workspace")
		}
		t, _ := s.teams.Get(c.Tx, c.token.Team)
		if in.EmailDomain != "" && in.EmailDomain != t.EmailDomain {
			t.EmailDomain = in.EmailDomain
			c.emit(event{Type: "email_domain_changed", Body: reply{"email_domain": in.EmailDomain}})
		}
		if in.Domain != "" && in.Domain != t.Domain {
			t.Domain = in.Domain
			c.emit(event{Type: "team_domain_change", Body: reply{"url": "https://" + t.Domain + ".slack.com", "domain": t.Domain, "team_id": t.ID}})
		}
		t.Prefs = maps.Clone(t.Prefs)
		if t.Prefs == nil {
			t.Prefs = map[string]json.RawMessage{}
		}
		for _, name := range slices.Sorted(maps.Keys(in.Prefs)) {
			t.Prefs[name] = in.Prefs[name]
			c.emit(event{Type: "team_pref_change", Body: reply{"name": name, "value": in.Prefs[name]}})
		}
		s.teams.Put(c.Tx, t)
		return reply{"domain": t.Domain, "email_domain": t.EmailDomain, "prefs": t.Prefs}, nil
	})
}

// migrate moves the workspace into its organisation, as Slack does in the night that its owner chose. Whoever listens over
// RTM has to connect again.
//
// https://docs.slack.dev/reference/events/grid_migration_started
func (s *Slack) migrate(ctx context.Context, r *twin.Request, in *struct{ User string }) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		org := c.enterprise()
		switch {
		case !c.user.Owner:
			return nil, errors.New("only an owner moves the workspace")
		case org == "":
			return nil, errors.New("the workspace has no organisation to move into")
		}
		c.emit(event{Type: "grid_migration_started", Body: reply{"enterprise_id": org}})
		c.emit(event{Type: "team_migration_started", Body: reply{}})
		c.emit(event{Type: "grid_migration_finished", Body: reply{"enterprise_id": org}})
		return reply{"enterprise": org}, nil
	})
}

// deleteHistory deletes what was said in a conversation before some time, as an owner's retention policy does.
//
// https://docs.slack.dev/reference/events/channel_history_changed
func (s *Slack) deleteHistory(ctx context.Context, r *twin.Request, in *struct{ User, Channel, Before string }) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		if !c.user.Owner {
			return nil, errors.New("only an owner deletes history")
		}
		ch, ok := c.channel(c.channelID(in.Channel))
		if !ok {
			return nil, errChannelNotFound
		}
		before := or(in.Before, formatTS(c.Now.UnixMicro()))
		n := 0
		for m := range s.messages.Range(c.Tx, prefix(ch.ID+"/")) {
			if m.TS < before {
				s.messages.Delete(c.Tx, messageKey(ch.ID, m.TS))
				n++
			}
		}
		name := map[string]string{"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "im"}[typeOf(ch)]
		c.emit(event{Type: name + "_history_changed", Channel: ch, Hidden: true, Body: reply{"channel": ch.ID, "latest": before, "ts": formatTS(c.Now.UnixMicro())}})
		return reply{"deleted": n}, nil
	})
}

// A Room is a huddle.
type Room struct {
	ID      string   `json:"id"`
	Channel string   `json:"channel"`
	By      string   `json:"by"`
	Started int64    `json:"started"`
	Ended   int64    `json:"ended"`
	In      []string `json:"in"`
	Been    []string `json:"been"` // who is in it, and who ever was
}

// huddle goes into a channel's huddle, which begins with the first and ends with the last who is in it.
//
// https://docs.slack.dev/reference/events/user_huddle_changed
func (s *Slack) huddle(ctx context.Context, r *twin.Request, in *struct {
	User, Channel string
	Leave         bool
}) (any, error) {
	return s.byHandOf(r, in.User, func(c *call) (any, error) {
		ch, ok := c.channel(c.channelID(in.Channel))
		switch {
		case !ok:
			return nil, errChannelNotFound
		case !c.isMember(ch):
			return nil, errNotInChannel
		}
		room := Room{ID: c.id("R"), Channel: ch.ID, By: c.user.ID, Started: c.Now.Unix()}
		for o := range s.rooms.All(c.Tx, "") {
			if o.Channel == ch.ID && o.Ended == 0 {
				room = o
			}
		}
		inside := slices.Contains(room.In, c.user.ID)
		switch {
		case in.Leave && !inside:
			return nil, errors.New("they are in no huddle here")
		case !in.Leave && inside:
			return nil, errors.New("they are in this huddle already")
		}
		what := "sh_room_join"
		c.user.Huddle = ch.ID
		if in.Leave {
			what, c.user.Huddle = "sh_room_leave", ""
			if room.In = without(room.In, []string{c.user.ID}); len(room.In) == 0 {
				room.Ended = c.Now.Unix()
			}
		} else {
			room.In, room.Been = union(room.In, []string{c.user.ID}), union(room.Been, []string{c.user.ID})
		}
		c.user.Updated = c.Now.Unix()
		s.users.Put(c.Tx, c.user)
		s.rooms.Put(c.Tx, room)
		for _, kind := range []string{what, "sh_room_update"} {
			c.emit(event{Type: kind, Channel: ch, Hidden: true, Body: reply{"room": room.view(), "user": c.user.ID, "huddle": reply{"channel_id": ch.ID}, "ts": formatTS(c.Now.UnixMicro())}})
		}
		c.emit(event{Type: "user_huddle_changed", Body: reply{"user": c.userView(c.user), "cache_ts": c.Now.Unix()}})
		return reply{"room": room.view()}, nil
	})
}

func (r Room) view() reply {
	return reply{"id": r.ID, "name": "", "media_server": "", "created_by": r.By, "date_start": r.Started, "date_end": r.Ended, "participants": ids(r.In), "participant_history": ids(r.Been),
		"participants_camera_on": []string{}, "participants_camera_off": ids(r.In), "participants_screenshare_on": []string{}, "participants_screenshare_off": ids(r.In),
		"channels": []string{r.Channel}, "is_dm_call": false, "was_rejected": false, "was_missed": false, "was_accepted": false, "has_ended": r.Ended != 0,
		"media_backend_type": "free_willy", "external_unique_id": "", "app_id": "A00", "call_family": "huddle"}
}
