package slack

import (
	"encoding/json"
	"slices"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// An event is something that happened, for the apps that subscribe to it and the people who look on.
//
// https://docs.slack.dev/apis/events-api
type event struct {
	Type    string
	Scope   string   // the scope a subscriber needs beside being there; "" asks for none
	Channel Channel  // where it happened; the zero Channel is the whole workspace
	To      []string // the only users concerned; nil is everyone who can see the channel
	Hidden  bool     // of a private thing, though it is not in the channel
	Screen  bool     // for the screens of people, who look on; no app can subscribe to it
	Body    reply    // the event's own keys; type and event_ts are added
}

// live is the topic of the notices that pages, RTM and Socket Mode look out for.
const live = "event"

// emit tells the apps that subscribe to the event, and whoever is looking on.
func (c *call) emit(e event) { c.s.emit(c.Call, c.user, e) }

// emitMessage tells of a new message, under the name that subscribers know its kind of conversation by.
func (c *call) emitMessage(ch Channel, m Message) {
	body := reply{}
	json.Unmarshal(encode(c.messageView(m)), &body)
	delete(body, "pinned_to")
	delete(body, "metadata")
	body["channel"] = ch.ID
	body["channel_type"] = channelType(ch)
	if m.Ephemeral != "" {
		body["is_ephemeral"] = true
		c.emit(event{Type: "message", Channel: ch, To: []string{m.Ephemeral}, Screen: true, Body: body})
		return
	}
	c.emit(event{Type: "message", Channel: ch, Body: body})
	c.emitMentions(ch, m, body)
	c.emitMetadata(ch, m, nil)
}

// channelType is what a message event calls its kind of conversation.
func channelType(ch Channel) string {
	switch {
	case ch.IM:
		return "im"
	case ch.MPIM:
		return "mpim"
	case ch.Private:
		return "group"
	}
	return "channel"
}

// emitMentions tells the apps that a message names.
func (c *call) emitMentions(ch Channel, m Message, body reply) {
	if m.Subtype != "" && m.Subtype != "thread_broadcast" && m.Subtype != "file_share" && m.Subtype != "bot_message" || ch.IM {
		return
	}
	for _, user := range mrkdwn.Mentions(m.Text).Users {
		if u, ok := c.s.users.Get(c.Tx, user); ok && u.BotID != "" && u.ID != m.User {
			mention := merge(reply{}, body)
			mention["type"] = "app_mention"
			delete(mention, "channel_type")
			c.emit(event{Type: "app_mention", Channel: ch, To: []string{u.ID}, Body: mention})
		}
	}
}

// subscription is the name that apps subscribe to an event by.
func (e event) subscription() string {
	switch {
	case e.Type != "message":
		return e.Type
	case e.Channel.IM:
		return "message.im"
	case e.Channel.MPIM:
		return "message.mpim"
	case e.Channel.Private:
		return "message.groups"
	}
	return "message.channels"
}

// emit writes a delivery into the outbox for each app that subscribes to the event and may know of it.
func (s *Slack) emit(tc *twin.Call, by User, e event) {
	name := e.subscription()
	team := e.Channel.Team
	if team == "" {
		team = by.Team
	}
	ts := formatTS(tc.Now.UnixMicro())
	if t, ok := e.Body["ts"].(string); ok && e.Type == "message" && e.Body["subtype"] != "message_changed" && e.Body["subtype"] != "message_deleted" {
		ts = t
	}
	e.Body["type"], e.Body["event_ts"] = e.Type, ts
	if e.Type == "message" && e.Body["ts"] == nil {
		e.Body["ts"] = ts
	}
	for in := range s.installsByEvent.All(tc.Tx, team+" "+name) {
		if e.Screen {
			break
		}
		app, ok := s.apps.Get(tc.Tx, in.App)
		if !ok || app.Disabled || app.RequestURL == "" && !app.SocketMode || !in.allows(name) {
			continue
		}
		for _, a := range in.audience(name) {
			if s.concerned(tc.Tx, a.User, e) {
				s.notifyApp(tc, app, in, a, e)
				break
			}
		}
	}
	if tc.World.Watched() {
		tc.Notify(twin.Notice{Twin: "slack", Topic: live, Payload: e})
	}
}

// notifyApp writes the delivery of one event to one app.
//
// https://docs.slack.dev/apis/events-api/#callback-field
func (s *Slack) notifyApp(tc *twin.Call, app App, in Install, a authorization, e event) {
	id := newID(tc, "Ev")
	body := encode(reply{
		"token": tc.World.Seal(app.Verification), "team_id": in.Team, "api_app_id": app.ID, "event": e.Body, "type": "event_callback",
		"event_id": id, "event_time": tc.Now.Unix(), "is_ext_shared_channel": len(e.Channel.External) > 0,
		"event_context":  id + "-" + in.Team,
		"authorizations": []reply{{"enterprise_id": null(in.Enterprise), "team_id": in.Team, "user_id": a.User, "is_bot": a.Bot, "is_enterprise_install": in.Org}},
	})
	tc.Deliver(outbox.Delivery{
		Twin: "slack", Kind: "events", Topic: e.Type, Subject: app.ID, URL: app.RequestURL,
		Header: map[string]string{"Content-Type": "application/json"}, Body: string(body),
	})
}

// null is nil for "", as Slack has it in ids that need not be there.
func null(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// concerned reports whether a user gets to know of the event.
func (s *Slack) concerned(tx *store.Tx, user string, e event) bool {
	switch {
	case e.To != nil:
		return slices.Contains(e.To, user)
	case e.Channel.ID == "":
		return true
	case s.members.Has(tx, memberKey(e.Channel.ID, user)):
		return true
	case e.Type == "message" || e.Channel.Private || e.Hidden:
		return false
	}
	return true
}

// eventScopes are the scopes, any of which lets an app subscribe to an event.
//
// https://docs.slack.dev/reference/events
var eventScopes = map[string]string{
	"app_mention":                      "app_mentions:read",
	"message.channels":                 "channels:history",
	"message.groups":                   "groups:history",
	"message.im":                       "im:history",
	"message.mpim":                     "mpim:history",
	"channel_created":                  "channels:read",
	"channel_deleted":                  "channels:read",
	"channel_archive":                  "channels:read",
	"channel_unarchive":                "channels:read",
	"channel_rename":                   "channels:read",
	"channel_left":                     "channels:read",
	"channel_shared":                   "channels:read groups:read",
	"channel_unshared":                 "channels:read groups:read",
	"group_archive":                    "groups:read",
	"group_unarchive":                  "groups:read",
	"group_rename":                     "groups:read",
	"group_left":                       "groups:read",
	"group_open":                       "groups:read",
	"group_close":                      "groups:read",
	"group_deleted":                    "groups:read",
	"im_created":                       "im:read",
	"im_open":                          "im:read",
	"im_close":                         "im:read",
	"member_joined_channel":            "channels:read groups:read",
	"member_left_channel":              "channels:read groups:read",
	"reaction_added":                   "reactions:read",
	"reaction_removed":                 "reactions:read",
	"pin_added":                        "pins:read",
	"pin_removed":                      "pins:read",
	"star_added":                       "stars:read",
	"star_removed":                     "stars:read",
	"file_created":                     "files:read",
	"file_change":                      "files:read",
	"file_deleted":                     "files:read",
	"file_public":                      "files:read",
	"file_shared":                      "files:read",
	"file_unshared":                    "files:read",
	"user_change":                      "users:read",
	"user_profile_changed":             "users:read",
	"user_status_changed":              "users:read",
	"user_huddle_changed":              "users:read",
	"team_join":                        "users:read",
	"team_rename":                      "team:read",
	"team_domain_change":               "team:read",
	"email_domain_changed":             "team:read",
	"emoji_changed":                    "emoji:read",
	"dnd_updated":                      "dnd:read",
	"dnd_updated_user":                 "dnd:read",
	"subteam_created":                  "usergroups:read",
	"subteam_updated":                  "usergroups:read",
	"subteam_members_changed":          "usergroups:read",
	"subteam_self_added":               "usergroups:read",
	"subteam_self_removed":             "usergroups:read",
	"link_shared":                      "links:read",
	"message_metadata_posted":          "metadata.message:read",
	"message_metadata_updated":         "metadata.message:read",
	"message_metadata_deleted":         "metadata.message:read",
	"call_rejected":                    "calls:read",
	"invite_requested":                 "admin.invites:read",
	"assistant_thread_started":         "assistant:write",
	"assistant_thread_context_changed": "assistant:write",
}
