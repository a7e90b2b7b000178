package slack

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// listen puts the demo's app behind a server of the test's, and returns what Slack sends it: events by type, and
// interactions.
func (e *env) listen() (event func(kind string) json.RawMessage, interaction func() slack.InteractionCallback) {
	e.t.Helper()
	events, interactions := make(chan json.RawMessage, 100), make(chan slack.InteractionCallback, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if r.Header.Get("Content-Type") != "application/json" {
			form, _ := url.ParseQuery(string(b))
			var cb slack.InteractionCallback
			if json.Unmarshal([]byte(form.Get("payload")), &cb) == nil {
				interactions <- cb
			}
			return
		}
		var outer struct {
			Type, Challenge string
			Event           json.RawMessage
		}
		json.Unmarshal(b, &outer)
		if outer.Type == slackevents.URLVerification {
			io.WriteString(w, outer.Challenge)
			return
		}
		events <- outer.Event
	}))
	e.t.Cleanup(srv.Close)
	subscribed := []string{"link_shared", "entity_details_requested", "message.channels", "reaction_added"}
	e.act("configure_app", map[string]any{"app": "rocketbot", "request_url": srv.URL, "interactivity_url": srv.URL, "events": subscribed}, nil)
	event = func(kind string) json.RawMessage {
		e.t.Helper()
		for timeout := time.After(5 * time.Second); ; {
			select {
			case got := <-events:
				var head struct{ Type string }
				if json.Unmarshal(got, &head); head.Type == kind {
					return got
				}
			case <-timeout:
				e.t.Fatalf("no %s came", kind)
			}
		}
	}
	return event, func() slack.InteractionCallback {
		e.t.Helper()
		select {
		case cb := <-interactions:
			return cb
		case <-time.After(5 * time.Second):
			e.t.Fatal("no interaction came")
			return slack.InteractionCallback{}
		}
	}
}

// says posts what a person writes themselves, and returns its ts.
func (e *env) says(user, channel, text string) string {
	e.t.Helper()
	var out struct{ TS string }
	e.act("message", map[string]string{"user": user, "channel": channel, "text": text}, &out)
	return out.TS
}

const deploy = "https://status.acme.example/deploys/9"

// linked is a message of chidi's with a link that the demo's app unfurls.
func (e *env) linked() (channel, ts string) {
	channel = e.channel("engineering")
	return channel, e.says("chidi", channel, "see "+deploy)
}

func unfurls() map[string]slack.Attachment {
	return map[string]slack.Attachment{deploy: {Title: "Deploy 9", Text: "telemetry"}}
}

func workObject() slack.WorkObjectMetadata {
	return slack.WorkObjectMetadata{Entities: []slack.WorkObjectEntity{{AppUnfurlURL: deploy, URL: deploy, ExternalRef: slack.WorkObjectExternalRef{ID: "9", Type: "deploy"},
		EntityType: "slack#/entities/item", EntityPayload: map[string]any{"attributes": map[string]any{"title": map[string]any{"text": "Deploy nine"}}}}}}
}

// unfurled checks the unfurl of the newest message.
func (e *env) unfurled(channel, title string) {
	e.t.Helper()
	m := e.seen(e.bot(), channel)[0]
	want(e.t, "attachments", len(m.Attachments), 1)
	want(e.t, "title", m.Attachments[0].Title, title)
	want(e.t, "link", m.Attachments[0].FromURL, deploy)
}

// linkShared has what slack-go leaves out.
type linkShared struct {
	slackevents.LinkSharedEvent
	UnfurlID string `json:"unfurl_id"`
	Source   string
}

func section(text string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil)
}

func init() {
	row("PostMessageContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		channel, ts, err := e.bot().PostMessageContext(t.Context(), id, slack.MsgOptionText("Launch <8> & more", true), slack.MsgOptionBlocks(section("*Launch*")),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "launch", EventPayload: map[string]any{"n": 8}}))
		must(t, err)
		m := e.seen(e.bot(), channel)[0]
		want(t, "ts", m.Timestamp, ts)
		want(t, "text", m.Text, "Launch &lt;8&gt; &amp; more")
		want(t, "blocks", len(m.Blocks.BlockSet), 1)
		want(t, "metadata", m.Metadata.EventType, "launch")
		want(t, "sender", m.BotID != "", true)
		_, ts, err = e.bot().PostMessage(id, slack.MsgOptionText("reply", false), slack.MsgOptionTS(ts), slack.MsgOptionBroadcast())
		must(t, err)
		m = e.seen(e.bot(), channel)[0]
		want(t, "broadcast", m.SubType+" "+m.Timestamp, "thread_broadcast "+ts)
		want(t, "root", m.Root.Text, "Launch &lt;8&gt; &amp; more")
		_, _, err = e.bot().PostMessage(id)
		refused(t, err, "no_text")
		_, _, err = e.bot().PostMessage(id, slack.MsgOptionBlocks(slack.NewDividerBlock(), slack.NewSectionBlock(nil, nil, nil)))
		if err == nil || !strings.Contains(err.Error(), "invalid_blocks") {
			t.Fatalf("the error is %v, want invalid_blocks", err)
		}
	})
	row("PostMessageWithResponseContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		_, ts, m, err := e.bot().PostMessageWithResponseContext(t.Context(), id, slack.MsgOptionText("hello", false), slack.MsgOptionUsername("Mission control"), slack.MsgOptionIconEmoji(":rocket:"))
		must(t, err)
		want(t, "ts", m.Timestamp, ts)
		want(t, "username", e.seen(e.bot(), id)[0].Username, "Mission control")
		_, _, _, err = e.bot().PostMessageWithResponse(e.channel("leads"), slack.MsgOptionText("hello", false))
		refused(t, err, "channel_not_found")
	})
	row("SendMessageContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		_, ts, text, err := e.bot().SendMessageContext(t.Context(), id, slack.MsgOptionText("hello", false))
		must(t, err)
		want(t, "text", text, "")
		want(t, "posted", e.seen(e.bot(), id)[0].Timestamp, ts)
		_, _, _, err = e.bot().SendMessage("C0000000000", slack.MsgOptionText("hello", false))
		refused(t, err, "channel_not_found")
	})
	row("PostEphemeralContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		before := len(e.seen(e.bot(), id))
		ts, err := e.bot().PostEphemeralContext(t.Context(), id, e.person("bo"), slack.MsgOptionText("only you", false))
		must(t, err)
		want(t, "ts", strings.Contains(ts, "."), true)
		want(t, "messages", len(e.seen(e.bot(), id)), before)
		_, err = e.bot().PostEphemeral(id, e.person("dara"), slack.MsgOptionText("only you", false))
		refused(t, err, "user_not_in_channel")
	})
	row("UpdateMessageContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		ts := e.posted(id, "Launch 8 is on")
		_, same, text, err := e.bot().UpdateMessageContext(t.Context(), id, ts, slack.MsgOptionText("Launch 8 is off", false))
		must(t, err)
		want(t, "ts", same, ts)
		want(t, "text", text, "Launch 8 is off")
		m := e.seen(e.user("ana"), id)[0]
		want(t, "read back", m.Text, "Launch 8 is off")
		want(t, "editor", m.Edited.User, m.BotID)
		_, _, _, err = e.user("bo").UpdateMessage(id, ts, slack.MsgOptionText("mine", false))
		refused(t, err, "cant_update_message")
	})
	row("DeleteMessageContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		before := len(e.seen(e.bot(), id))
		ts := e.posted(id, "oops")
		_, gone, err := e.bot().DeleteMessageContext(t.Context(), id, ts)
		must(t, err)
		want(t, "ts", gone, ts)
		want(t, "messages", len(e.seen(e.bot(), id)), before)
		_, _, err = e.bot().DeleteMessage(id, ts)
		refused(t, err, "message_not_found")
	})
	row("GetPermalinkContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		ts := e.posted(id, "see this")
		link, err := e.bot().GetPermalinkContext(t.Context(), &slack.PermalinkParameters{Channel: id, Ts: ts})
		must(t, err)
		want(t, "link", strings.HasSuffix(link, "/archives/"+id+"/p"+strings.ReplaceAll(ts, ".", "")), true)
		_, err = e.bot().GetPermalink(&slack.PermalinkParameters{Channel: id, Ts: "1.000001"})
		refused(t, err, "message_not_found")
	})

	row("ScheduleMessageContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		at := e.now().Add(time.Hour).Unix()
		_, _, err := e.bot().ScheduleMessageContext(t.Context(), id, strconv.FormatInt(at, 10), slack.MsgOptionText("later", false))
		must(t, err)
		want(t, "posted yet", e.seen(e.bot(), id)[0].Text == "later", false)
		e.advance("61m")
		m := e.seen(e.bot(), id)[0]
		want(t, "text", m.Text, "later")
		want(t, "on time", strings.HasPrefix(m.Timestamp, strconv.FormatInt(at, 10)+"."), true)
		list, _, err := e.bot().GetScheduledMessages(&slack.GetScheduledMessagesParameters{})
		must(t, err)
		want(t, "still to come", len(list), 0)
		_, _, err = e.bot().ScheduleMessage(id, "1000", slack.MsgOptionText("earlier", false))
		refused(t, err, "time_in_past")
	})
	row("GetScheduledMessagesContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		for i := range 3 {
			_, _, err := e.bot().ScheduleMessage(id, strconv.FormatInt(e.now().Add(time.Duration(i+1)*time.Hour).Unix(), 10), slack.MsgOptionText("later "+strconv.Itoa(i), false))
			must(t, err)
		}
		list, next, err := e.bot().GetScheduledMessagesContext(t.Context(), &slack.GetScheduledMessagesParameters{Channel: id, Limit: 2})
		must(t, err)
		want(t, "first", list[0].Text, "later 0")
		rest, _, err := e.bot().GetScheduledMessages(&slack.GetScheduledMessagesParameters{Channel: id, Limit: 2, Cursor: next})
		must(t, err)
		want(t, "last", rest[0].Text, "later 2")
		_, _, err = e.bot().GetScheduledMessages(&slack.GetScheduledMessagesParameters{Channel: "C0000000000"})
		refused(t, err, "invalid_channel")
	})
	row("DeleteScheduledMessageContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		_, _, err := e.bot().ScheduleMessage(id, strconv.FormatInt(e.now().Add(time.Hour).Unix(), 10), slack.MsgOptionText("later", false))
		must(t, err)
		list, _, err := e.bot().GetScheduledMessages(&slack.GetScheduledMessagesParameters{})
		must(t, err)
		ok, err := e.bot().DeleteScheduledMessageContext(t.Context(), &slack.DeleteScheduledMessageParameters{Channel: id, ScheduledMessageID: list[0].ID})
		must(t, err)
		want(t, "ok", ok, true)
		e.advance("61m")
		want(t, "posted", e.seen(e.bot(), id)[0].Text == "later", false)
		_, err = e.bot().DeleteScheduledMessage(&slack.DeleteScheduledMessageParameters{Channel: id, ScheduledMessageID: list[0].ID})
		refused(t, err, "invalid_scheduled_message_id")
	})

	row("StartStreamContext", func(t *testing.T) {
		e := world(t)
		id, ts := e.stream(t)
		want(t, "text", e.replies(id)[1].Text, "Let me see")
		want(t, "ts", e.replies(id)[1].Timestamp, ts)
		_, _, err := e.bot().StartStream(id, slack.MsgOptionMarkdownText("x"))
		if err == nil {
			t.Fatal("a stream started outside of a thread")
		}
	})
	row("AppendStreamContext", func(t *testing.T) {
		e := world(t)
		id, ts := e.stream(t)
		_, _, err := e.bot().AppendStreamContext(t.Context(), id, ts, slack.MsgOptionMarkdownText(" **closely**"))
		must(t, err)
		want(t, "text", strings.Contains(e.replies(id)[1].Text, "closely"), true)
		_, _, err = e.bot().AppendStream(id, e.posted(id, "no stream"), slack.MsgOptionMarkdownText("x"))
		refused(t, err, "message_not_in_streaming_state")
	})
	row("StopStreamContext", func(t *testing.T) {
		e := world(t)
		id, ts := e.stream(t)
		_, _, err := e.bot().StopStreamContext(t.Context(), id, ts, slack.MsgOptionMarkdownText(". Done."))
		must(t, err)
		want(t, "text", e.replies(id)[1].Text, "Let me see. Done.")
		_, _, err = e.bot().StopStream(id, ts)
		refused(t, err, "message_not_in_streaming_state")
	})

	row("UnfurlMessageContext", func(t *testing.T) {
		e := world(t)
		id, ts := e.linked()
		_, _, _, err := e.bot().UnfurlMessageContext(t.Context(), id, ts, unfurls())
		must(t, err)
		e.unfurled(id, "Deploy 9")
		_, _, _, err = e.bot().UnfurlMessage(id, ts, map[string]slack.Attachment{"https://elsewhere.example": {Text: "x"}})
		refused(t, err, "cannot_unfurl_url")
	})
	row("UnfurlMessageWithAuthURLContext", func(t *testing.T) {
		e := world(t)
		id, ts := e.linked()
		_, _, _, err := e.bot().UnfurlMessageWithAuthURLContext(t.Context(), id, ts, "https://acme.example/connect")
		must(t, err)
		want(t, "unfurled", len(e.seen(e.bot(), id)[0].Attachments), 0)
		_, _, _, err = e.bot().UnfurlMessageWithAuthURL(id, e.posted(id, "mine "+deploy), "https://acme.example/connect")
		refused(t, err, "user_is_bot")
	})
	row("UnfurlMessageWorkObjectContext", func(t *testing.T) {
		e := world(t)
		id, ts := e.linked()
		_, _, _, err := e.bot().UnfurlMessageWorkObjectContext(t.Context(), id, ts, nil, workObject())
		must(t, err)
		e.unfurled(id, "Deploy nine")
	})
	row("UnfurlMessageByIDContext", func(t *testing.T) {
		e := world(t)
		event, _ := e.listen()
		id, ts := e.linked()
		var shared linkShared
		must(t, json.Unmarshal(event("link_shared"), &shared))
		want(t, "message", shared.MessageTimeStamp, ts)
		want(t, "link", shared.Links[0].URL, deploy)
		want(t, "domain", shared.Links[0].Domain, "acme.example")
		_, _, _, err := e.bot().UnfurlMessageByIDContext(t.Context(), shared.UnfurlID, shared.Source, unfurls())
		must(t, err)
		e.unfurled(id, "Deploy 9")
		_, _, _, err = e.bot().UnfurlMessageByID("forged", shared.Source, unfurls())
		refused(t, err, "invalid_unfurl_id")
	})
}

// now is the world's time.
func (e *env) now() time.Time {
	e.t.Helper()
	var clock struct{ Now time.Time }
	control(e.t, http.MethodGet, e.url+"/_twin/clock", nil, &clock)
	return clock.Now
}

// stream is a message that the bot streams to bo in reply to him.
func (e *env) stream(t *testing.T) (channel, ts string) {
	channel = e.channel("engineering")
	team, err := e.bot().AuthTest()
	must(t, err)
	_, ts, err = e.bot().StartStreamContext(t.Context(), channel, slack.MsgOptionTS(e.says("bo", channel, "what is it?")), slack.MsgOptionMarkdownText("Let me see"),
		slack.MsgOptionRecipientUserID(e.person("bo")), slack.MsgOptionRecipientTeamID(team.TeamID))
	must(t, err)
	return channel, ts
}

// replies are the thread under the newest message that has one.
func (e *env) replies(channel string) []slack.Message {
	e.t.Helper()
	for _, m := range e.seen(e.bot(), channel) {
		if m.ThreadTimestamp != "" {
			ms, _, _, err := e.bot().GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: channel, Timestamp: m.ThreadTimestamp})
			must(e.t, err)
			return ms
		}
	}
	return nil
}

// TestMessageOptions drives what the options of SendMessageContext send instead of chat.postMessage.
func TestMessageOptions(t *testing.T) {
	text := slack.MsgOptionText("hello", false)
	sends := func(t *testing.T, e *env, channel string, options ...slack.MsgOption) (ts string) {
		t.Helper()
		_, ts, _, err := e.bot().SendMessageContext(t.Context(), channel, options...)
		must(t, err)
		return ts
	}
	unfurlAsks := func(option func(ts string) slack.MsgOption) func(*testing.T, *env) {
		return func(t *testing.T, e *env) {
			channel, ts := e.linked()
			sends(t, e, channel, option(ts))
			want(t, "unfurled", len(e.seen(e.bot(), channel)[0].Attachments), 0)
			_, _, _, err := e.bot().SendMessage(channel, option(e.posted(channel, deploy)))
			refused(t, err, "user_is_bot")
		}
	}
	// clicked is a message with a button that bo has clicked, and the response_url that the app was given for it.
	clicked := func(t *testing.T, e *env) (channel, ts, url string) {
		_, interaction := e.listen()
		channel = e.channel("engineering")
		button := slack.NewActionBlock("b", slack.NewButtonBlockElement("go", "1", slack.NewTextBlockObject(slack.PlainTextType, "Go", false, false)))
		ts = sends(t, e, channel, text, slack.MsgOptionBlocks(button))
		e.act("click", map[string]string{"user": "bo", "channel": channel, "ts": ts, "action_id": "go"}, nil)
		return channel, ts, interaction().ResponseURL
	}
	for name, run := range map[string]func(*testing.T, *env){
		"MsgOptionPost": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			ts := sends(t, e, id, slack.MsgOptionPost(), text)
			want(t, "posted", e.seen(e.bot(), id)[0].Timestamp, ts)
		},
		"MsgOptionPostEphemeral": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			before := len(e.seen(e.bot(), id))
			ts := sends(t, e, id, slack.MsgOptionPostEphemeral(e.person("bo")), text)
			want(t, "ts", strings.Contains(ts, "."), true)
			want(t, "messages", len(e.seen(e.bot(), id)), before)
		},
		"MsgOptionMeMessage": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			sends(t, e, id, slack.MsgOptionMeMessage(), text)
			want(t, "subtype", e.seen(e.bot(), id)[0].SubType, "me_message")
		},
		"MsgOptionUpdate": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			ts := e.posted(id, "before")
			sends(t, e, id, slack.MsgOptionUpdate(ts), text)
			want(t, "text", e.seen(e.bot(), id)[0].Text, "hello")
		},
		"MsgOptionDelete": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			before := len(e.seen(e.bot(), id))
			sends(t, e, id, slack.MsgOptionDelete(e.posted(id, "before")))
			want(t, "messages", len(e.seen(e.bot(), id)), before)
		},
		"MsgOptionSchedule": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			scheduled := sends(t, e, id, slack.MsgOptionSchedule(strconv.FormatInt(e.now().Add(time.Hour).Unix(), 10)), text)
			list, _, err := e.bot().GetScheduledMessages(&slack.GetScheduledMessagesParameters{})
			must(t, err)
			want(t, "id", list[0].ID, scheduled)
		},
		"MsgOptionStartStream": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			team, err := e.bot().AuthTest()
			must(t, err)
			sends(t, e, id, slack.MsgOptionStartStream(), slack.MsgOptionTS(e.says("bo", id, "?")), slack.MsgOptionMarkdownText("Well"),
				slack.MsgOptionRecipientUserID(e.person("bo")), slack.MsgOptionRecipientTeamID(team.TeamID))
			want(t, "text", e.replies(id)[1].Text, "Well")
		},
		"MsgOptionAppendStream": func(t *testing.T, e *env) {
			id, ts := e.stream(t)
			sends(t, e, id, slack.MsgOptionAppendStream(ts), slack.MsgOptionMarkdownText(" again"))
			want(t, "text", e.replies(id)[1].Text, "Let me see again")
		},
		"MsgOptionStopStream": func(t *testing.T, e *env) {
			id, ts := e.stream(t)
			sends(t, e, id, slack.MsgOptionStopStream(ts))
			_, _, err := e.bot().AppendStream(id, ts, slack.MsgOptionMarkdownText("x"))
			refused(t, err, "message_not_in_streaming_state")
		},
		"MsgOptionUnfurl": func(t *testing.T, e *env) {
			id, ts := e.linked()
			sends(t, e, id, slack.MsgOptionUnfurl(ts, unfurls()))
			e.unfurled(id, "Deploy 9")
		},
		"MsgOptionUnfurlByID": func(t *testing.T, e *env) {
			event, _ := e.listen()
			id, _ := e.linked()
			var shared linkShared
			must(t, json.Unmarshal(event("link_shared"), &shared))
			sends(t, e, id, slack.MsgOptionUnfurlByID(shared.UnfurlID, shared.Source, unfurls()))
			e.unfurled(id, "Deploy 9")
		},
		"MsgOptionUnfurlMetadataOnly": func(t *testing.T, e *env) {
			id, ts := e.linked()
			sends(t, e, id, slack.MsgOptionUnfurlMetadataOnly(ts, workObject()))
			e.unfurled(id, "Deploy nine")
		},
		"MsgOptionUnfurlWorkObject": func(t *testing.T, e *env) {
			id, ts := e.linked()
			sends(t, e, id, slack.MsgOptionUnfurlWorkObject(ts, unfurls(), workObject()))
			e.unfurled(id, "Deploy 9")
		},
		"MsgOptionUnfurlAuthURL": unfurlAsks(func(ts string) slack.MsgOption {
			return slack.MsgOptionUnfurlAuthURL(ts, "https://acme.example/connect")
		}),
		"MsgOptionUnfurlAuthRequired": unfurlAsks(slack.MsgOptionUnfurlAuthRequired),
		"MsgOptionUnfurlAuthMessage":  unfurlAsks(func(ts string) slack.MsgOption { return slack.MsgOptionUnfurlAuthMessage(ts, "Sign in") }),
		"MsgOptionUnfurlAuthBlocks":   unfurlAsks(func(ts string) slack.MsgOption { return slack.MsgOptionUnfurlAuthBlocks(ts, section("Sign in")) }),
		"MsgOptionResponseURL": func(t *testing.T, e *env) {
			id, _, url := clicked(t, e)
			sends(t, e, id, slack.MsgOptionResponseURL(url, slack.ResponseTypeInChannel), text)
			want(t, "text", e.seen(e.bot(), id)[0].Text, "hello")
			want(t, "messages", len(e.seen(e.bot(), id)), 4)
		},
		"MsgOptionReplaceOriginal": func(t *testing.T, e *env) {
			id, ts, url := clicked(t, e)
			sends(t, e, id, slack.MsgOptionReplaceOriginal(url), slack.MsgOptionText("done", false))
			m := e.seen(e.bot(), id)[0]
			want(t, "message", m.Timestamp, ts)
			want(t, "text", m.Text, "done")
		},
		"MsgOptionDeleteOriginal": func(t *testing.T, e *env) {
			id, _, url := clicked(t, e)
			before := len(e.seen(e.bot(), id))
			sends(t, e, id, slack.MsgOptionDeleteOriginal(url))
			want(t, "messages", len(e.seen(e.bot(), id)), before-1)
		},
		"UnsafeMsgOptionEndpoint": func(t *testing.T, e *env) {
			id := e.channel("engineering")
			sends(t, e, id, text, slack.UnsafeMsgOptionEndpoint(e.url+"/api/chat.meMessage", func(v url.Values) { v.Set("text", "waves") }))
			want(t, "text", e.seen(e.bot(), id)[0].Text, "waves")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, world(t))
		})
	}
}
