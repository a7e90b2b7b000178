package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// hear subscribes the demo's bot to events and returns what it has been sent since it was last asked.
func hear(t *testing.T, s *Slack, w *twin.World, events ...string) func() (names []string, bodies []map[string]any) {
	t.Helper()
	if s.Deliver == nil {
		s.Deliver = func(context.Context, *twin.World, outbox.Delivery) outbox.Attempt {
			return outbox.Attempt{Status: http.StatusOK}
		}
	}
	w.Update(func(c *twin.Call) error {
		for app := range s.apps.All(c.Tx, "") {
			app.RequestURL, app.BotEvents = "http://127.0.0.1:1/events", events
			s.apps.Put(c.Tx, app)
			in, _ := s.installs.Get(c.Tx, app.ID+"/"+app.Team)
			in.BotEvents = events
			s.installs.Put(c.Tx, in)
		}
		return nil
	})
	told := 0
	return func() (names []string, bodies []map[string]any) {
		t.Helper()
		all := w.Outbox()
		for _, d := range all[told:] {
			var v struct {
				Event map[string]any `json:"event"`
			}
			if err := json.Unmarshal([]byte(d.Body), &v); err != nil {
				t.Fatal(err)
			}
			name := v.Event["type"].(string)
			if sub, ok := v.Event["subtype"].(string); ok {
				name += "." + sub
			}
			names, bodies = append(names, name), append(bodies, v.Event)
		}
		told = len(all)
		return names, bodies
	}
}

// Every change of a message is told to those who see it, the way Slack tells it.
func TestMessageEvents(t *testing.T) {
	s, w := world(t)
	heard := hear(t, s, w, "message.channels", "reaction_added", "reaction_removed", "pin_added", "pin_removed",
		"message_metadata_posted", "message_metadata_updated", "message_metadata_deleted", "link_shared")
	bo, bot := as(t, s, w, "bo"), as(t, s, w, "bot")
	general, leads := demoChannel(t, s, w, "general").ID, demoChannel(t, s, w, "leads").ID
	saw := func(what string, want ...string) []map[string]any {
		t.Helper()
		names, bodies := heard()
		if !slices.Equal(names, want) {
			t.Fatalf("after %s the bot hears %v, want %v", what, names, want)
		}
		return bodies
	}

	ts := bo.call("chat.postMessage", "channel", general, "text", "one", "metadata", `{"event_type":"launch","event_payload":{"n":7}}`)["ts"].(string)
	posted := saw("a post", "message", "message_metadata_posted")
	if m := posted[0]; m["text"] != "one" || m["channel_type"] != "channel" || m["metadata"] != nil || m["event_ts"] != ts {
		t.Errorf("the message is told as %v", m)
	}
	if m := posted[1]; m["message_ts"] != ts || m["channel_id"] != general || m["metadata"].(map[string]any)["event_type"] != "launch" {
		t.Errorf("its metadata is told as %v", m)
	}
	bo.call("chat.update", "channel", general, "ts", ts, "text", "two", "metadata", `{"event_type":"launch","event_payload":{"n":8}}`)
	changed := saw("an edit", "message.message_changed", "message_metadata_updated")
	now, was := changed[0]["message"].(map[string]any), changed[0]["previous_message"].(map[string]any)
	if now["text"] != "two" || was["text"] != "one" || now["edited"] == nil || was["edited"] != nil || changed[0]["hidden"] != true {
		t.Errorf("the edit is told as %v", changed[0])
	}
	if fmt.Sprint(changed[1]["previous_metadata"]) == fmt.Sprint(changed[1]["metadata"]) {
		t.Errorf("the new metadata is told as %v", changed[1])
	}
	bo.call("reactions.add", "channel", general, "timestamp", ts, "name", "tada")
	bo.call("reactions.remove", "channel", general, "timestamp", ts, "name", "tada")
	reacted := saw("a reaction that is taken back", "reaction_added", "reaction_removed")
	if item := reacted[0]["item"].(map[string]any); item["ts"] != ts || item["channel"] != general || reacted[0]["item_user"] != now["user"] {
		t.Errorf("the reaction is told as %v", reacted[0])
	}
	bot.call("pins.add", "channel", general, "timestamp", ts)
	bot.call("pins.remove", "channel", general, "timestamp", ts)
	saw("a pin that is taken away", "message.pinned_item", "pin_added", "pin_removed")
	bo.call("chat.postMessage", "channel", general, "thread_ts", ts, "text", "shout", "reply_broadcast", "true")
	saw("a broadcast reply", "message.thread_broadcast")
	bo.call("chat.delete", "channel", general, "ts", ts)
	names, gone := heard()
	if i := slices.Index(names, "message.message_deleted"); i >= 0 {
		if gone[i]["deleted_ts"] != ts || gone[i]["previous_message"].(map[string]any)["text"] != "two" {
			t.Errorf("the end of the message is told as %v", gone[i])
		}
	} else if i := slices.Index(names, "message.message_changed"); i < 0 || gone[i]["message"].(map[string]any)["subtype"] != "tombstone" {
		t.Errorf("the end of a message with replies is told as %v", names)
	}
	if !slices.Contains(names, "message_metadata_deleted") {
		t.Errorf("after the end of the message the bot hears %v, and nothing of its metadata", names)
	}

	bot.call("chat.postEphemeral", "channel", general, "user", bo.call("auth.test")["user_id"].(string), "text", "psst")
	as(t, s, w, "ana").call("chat.postMessage", "channel", leads, "text", "not for bots")
	saw("what is not for it")

	ts = as(t, s, w, "legacy:chidi").call("chat.postMessage", "channel", general, "text", "https://www.acme.example/7 and https://elsewhere.example")["ts"].(string)
	shared := saw("a link", "message", "link_shared")[1]
	links := shared["links"].([]any)
	if len(links) != 1 || shared["message_ts"] != ts || fmt.Sprint(links[0]) != "map[domain:acme.example url:https://www.acme.example/7]" {
		t.Errorf("the link is told as %v", shared)
	}
	bot.call("chat.unfurl", "unfurl_id", shared["unfurl_id"].(string), "source", shared["source"].(string), "unfurls", `{"https://www.acme.example/7":{"text":"Seven"}}`)
	unfurled := saw("its unfurl", "message.message_changed")[0]["message"].(map[string]any)
	if unfurled["edited"] != nil || len(unfurled["attachments"].([]any)) != 1 {
		t.Errorf("the unfurl is told as %v", unfurled)
	}
}

// A scheduled message whose channel is gone by then is dropped, and everybody else's are still sent.
func TestScheduledMessages(t *testing.T) {
	s, w := world(t)
	bot, ana := as(t, s, w, "bot"), as(t, s, w, "ana")
	general, engineering := demoChannel(t, s, w, "general").ID, demoChannel(t, s, w, "engineering").ID
	var at time.Time
	w.View(func(c *twin.Call) error { at = c.Now.Add(time.Hour); return nil })
	schedule := func(channel string, at time.Time) *strings.Reader {
		return strings.NewReader(fmt.Sprintf(`{"channel":%q,"post_at":%d,"text":"due"}`, channel, at.Unix()))
	}
	for i := range 31 {
		rec := bot.do(http.MethodPost, "/api/chat.scheduleMessage", "application/json", schedule(general, at.Add(time.Duration(i)*time.Second)))
		if full := strings.Contains(rec.Body.String(), "restricted_too_many"); full != (i == 30) {
			t.Fatalf("schedule %d for the same five minutes answers %s", i+1, rec.Body)
		}
	}
	bot.call("chat.scheduleMessage", "channel", engineering, "post_at", fmt.Sprint(at.Unix()), "text", "due")
	ana.call("conversations.archive", "channel", engineering)
	before := len(ana.call("conversations.history", "channel", general, "limit", "999")["messages"].([]any))
	ana.do(http.MethodPost, "/_twin/clock/advance", "application/json", strings.NewReader(`{"by":"2h"}`))
	if n := len(ana.call("conversations.history", "channel", general, "limit", "999")["messages"].([]any)) - before; n != 30 {
		t.Errorf("%d messages were posted when they were due, want 30", n)
	}
	for _, m := range ana.call("conversations.history", "channel", engineering)["messages"].([]any) {
		if m.(map[string]any)["text"] == "due" {
			t.Errorf("an archived channel has a new message: %v", m)
		}
	}
	if left := bot.call("chat.scheduledMessages.list")["scheduled_messages"].([]any); len(left) != 0 {
		t.Errorf("still to come: %v", left)
	}
}

// The status of an assistant goes when it answers, and of itself after two minutes.
func TestThreadStatusEnds(t *testing.T) {
	s, w := world(t)
	bot, ana := as(t, s, w, "bot"), as(t, s, w, "ana")
	dm := ana.call("conversations.open", "users", bot.call("auth.test")["user_id"].(string))["channel"].(map[string]any)["id"].(string)
	ts := ana.call("chat.postMessage", "channel", dm, "text", "?")["ts"].(string)
	status := func() (text string) {
		w.View(func(c *twin.Call) error {
			x, _ := s.sessions.Get(c.Tx, AgentSession{Channel: dm, Thread: ts}.key())
			text = x.Doing
			return nil
		})
		return text
	}
	set := func() {
		bot.call("assistant.threads.setStatus", "channel_id", dm, "thread_ts", ts, "status", "is thinking...")
		if status() != "is thinking..." {
			t.Fatalf("the status is %q", status())
		}
	}
	set()
	bot.call("chat.postMessage", "channel", dm, "thread_ts", ts, "text", "!")
	if status() != "" {
		t.Errorf("the status is %q when the answer is there", status())
	}
	set()
	ana.do(http.MethodPost, "/_twin/clock/advance", "application/json", strings.NewReader(`{"by":"2m1s"}`))
	if status() != "" {
		t.Errorf("the status is %q after two minutes", status())
	}
}
