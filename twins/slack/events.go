package slack

import (
	"encoding/json"
	"slices"
	"strings"

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
	if !c.heard(ch, m) {
		return
	}
	body := reply{}
	json.Unmarshal(encode(c.messageView(m)), &body)
	delete(body, "pinned_to")
	if len(m.Files) > 0 && m.Subtype == "" {
		body["subtype"] = "file_share" // which history does not say
	}
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

// heard reports whether there is anybody to tell of a message: what it says is not worked out for nobody.
func (c *call) heard(ch Channel, m Message) bool {
	if c.World.Watched() || strings.Contains(m.Text, "<@") {
		return true
	}
	for in := range c.s.installsByEvent.All(c.Tx, ch.Team+" "+event{Type: "message", Channel: ch}.subscription()) {
		if app, _ := c.s.apps.Get(c.Tx, in.App); app.listens() {
			return true
		}
	}
	return false
}

// listens reports whether there is anywhere to send the app its events.
func (a App) listens() bool { return !a.Disabled && (a.RequestURL != "" || a.SocketMode) }

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
	s.auditEvent(tc, by, e)
	if e.Type == "message" && e.Body["ts"] == nil {
		e.Body["ts"] = ts
	}
	for in := range s.installsByEvent.All(tc.Tx, team+" "+name) {
		if e.Screen {
			break
		}
		app, ok := s.apps.Get(tc.Tx, in.App)
		if !ok || !app.listens() || !in.allows(name) {
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
	"file_comment_added":               "files:read",
	"file_comment_edited":              "files:read",
	"file_comment_deleted":             "files:read",
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
	"app_home_opened":                  "",
	"app_uninstalled":                  "",
	"tokens_revoked":                   "",
	"function_executed":                "",
	"workflow_step_execute":            "workflow.steps:execute",
	"workflow_published":               "workflow.steps:execute",
	"workflow_unpublished":             "workflow.steps:execute",
	"workflow_deleted":                 "workflow.steps:execute",
	"workflow_step_deleted":            "workflow.steps:execute",
	"app_requested":                    "admin.apps:read",
	"app_installed":                    "admin.apps:read",
	"app_deleted":                      "admin.apps:read",
	"app_uninstalled_team":             "admin.apps:read",
	"channel_history_changed":          "channels:history",
	"channel_id_changed":               "channels:read",
	"group_history_changed":            "groups:history",
	"im_history_changed":               "im:history mpim:history",
	"grid_migration_started":           "",
	"grid_migration_finished":          "",
	"scope_granted":                    "",
	"scope_denied":                     "",
	"resources_added":                  "",
	"resources_removed":                "",
	"team_access_granted":              "",
	"team_access_revoked":              "",
	"user_resource_granted":            "",
	"user_resource_denied":             "",
	"user_resource_removed":            "",
	"goodbye":                          "",
	"shared_channel_invite_accepted":   "conversations.connect:manage",
	"shared_channel_invite_approved":   "conversations.connect:manage",
	"shared_channel_invite_declined":   "conversations.connect:manage",
	"shared_channel_invite_received":   "conversations.connect:write",
	"shared_channel_invite_requested":  "conversations.connect:manage",
	"message.app_home":                 "",
	"user_connection":                  "users:write",
	"user_connection_status_requested": "users:write",
	"entity_details_requested":         "",
	"commands_changed":                 "",
	"agent_session_stopped":            "assistant:write",
	"agent_session_title_changed":      "assistant:write",
	"app_context_changed":              "assistant:write",
}
