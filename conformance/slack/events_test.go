package slack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// A caused is what was seen of the payloads, and parsed into its Go type.
type caused map[Payload]bool

// TestEvents causes what Slack sends, and has slack-go parse it.
func TestEvents(t *testing.T) {
	e := world(t)
	seen := caused{}
	var subscribed []string
	for _, p := range Payloads {
		if p.Group == "events_api_inner" && p.Type != "message" {
			subscribed = append(subscribed, p.Type)
		}
	}
	subscribed = append(subscribed, "message.channels", "message.groups", "message.im", "message.mpim")
	scopes := strings.Fields(eventScopes)
	e.act("configure_app", map[string]any{"bot_scopes": append(scopes, "app_mentions:read", "chat:write", "rtm:stream"), "user_scopes": append(scopes, "stars:read", "identify")}, nil)
	r := e.receive(map[string]any{"events": subscribed, "user_events": subscribed, "unfurl_domains": []string{"acme.example"}, "assistant": true})
	seen[Payload{"events_api_outer", "url_verification"}] = true // or receive had failed
	rtms := []*rtm{e.rtm(t), rtmOf(t, e.client(e.token("ana", "client", "rtm:stream")))}

	general := e.channel("general")
	rtms[0].SendMessage(rtms[0].NewTypingMessage(general))
	rtms[1].SendMessage(rtms[1].NewSubscribeUserPresence([]string{e.person("ana"), e.person("bo")}))

	e.causeConversations(t)
	e.causeMessages(t)
	e.causeFiles(t)
	e.causePeople(t)
	e.causeInteractions(t, r)
	e.causeBlocks(t, r, seen)
	e.causeSocket(t, seen)
	e.causeEnd(t, seen)

	read := 0 // of each receiver, what has been looked at
	heard := make([]int, len(rtms))
	look := func() bool {
		r.mu.Lock()
		for _, b := range r.events[read:] {
			seen.event(t, b)
		}
		read = len(r.events)
		for _, p := range r.payloads {
			seen.interaction(t, []byte(p))
		}
		r.mu.Unlock()
		for i, r := range rtms {
			r.mu.Lock()
			for _, ev := range r.events[heard[i]:] {
				if bad, ok := ev.Data.(*slack.UnmarshallingErrorEvent); ok && !unreadable(bad.ErrorObj) {
					t.Errorf("RTM: %v", bad.ErrorObj)
				}
				if to, ok := slack.EventMapping[ev.Type]; ok && reflect.TypeOf(ev.Data) == reflect.PointerTo(reflect.TypeOf(to)) {
					seen[Payload{"rtm", ev.Type}] = true
				}
			}
			heard[i] = len(r.events)
			r.mu.Unlock()
		}
		return !slices.ContainsFunc(Payloads, func(p Payload) bool { return !seen[p] && uncaused[p] == "" })
	}
	for end := time.Now().Add(30 * time.Second); !look() && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	n := 0
	for _, p := range Payloads {
		why := uncaused[p]
		switch {
		case seen[p] && why != "":
			t.Errorf("%s %s was caused: its reason not to be is out of date", p.Group, p.Type)
		case seen[p]:
			n++
		case why == "":
			t.Errorf("%s %s was not caused", p.Group, p.Type)
		default:
			t.Logf("%s %s is not caused: %s", p.Group, p.Type, why)
		}
	}
	t.Logf("slack: events %d of %d caused and parsed", n, len(Payloads))
	report(t, "events", map[string]any{"events": map[string]int{"passed": n, "of": len(Payloads)}})
}

const eventScopes = `channels:read channels:history channels:manage groups:read groups:history im:read im:history mpim:read mpim:history
	reactions:read pins:read files:read users:read users:read.email usergroups:read dnd:read emoji:read team:read links:read admin.apps:read admin.invites:read
	metadata.message:read calls:read calls:write users.profile:read conversations.connect:write conversations.connect:manage conversations.connect:read pins:write
	links:write links.embed:write commands files:write reactions:write im:write mpim:write groups:write users:write assistant:write`

// event parses what the Events API sent.
func (c caused) event(t *testing.T, body []byte) {
	ev, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
	if err != nil {
		t.Errorf("%v: %s", err, body)
		return
	}
	c.parsed(t, ev)
}

// parsed looks at an event's type, and whether it has the Go value of it.
func (c caused) parsed(t *testing.T, ev slackevents.EventsAPIEvent) {
	c[Payload{"events_api_outer", ev.Type}] = true
	if ev.Type != slackevents.CallbackEvent {
		return
	}
	to := slackevents.EventsAPIInnerEventMapping[slackevents.EventsAPIType(ev.InnerEvent.Type)]
	if to == nil || reflect.TypeOf(ev.InnerEvent.Data) != reflect.PointerTo(reflect.TypeOf(to)) {
		t.Errorf("%s is a %T", ev.InnerEvent.Type, ev.InnerEvent.Data)
		return
	}
	c[Payload{"events_api_inner", ev.InnerEvent.Type}] = true
}

func (c caused) interaction(t *testing.T, body []byte) {
	var ic slack.InteractionCallback
	if err := json.Unmarshal(body, &ic); err != nil || ic.Type == "" {
		t.Errorf("%v: %s", err, body)
		return
	}
	c[Payload{"interactivity", string(ic.Type)}] = true
}

// step says which step failed, and goes on.
func step(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// as calls a method with ana's token.
func (e *env) as(method string, args ...string) {
	e.t.Helper()
	form := url.Values{}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	var out struct {
		OK    bool
		Error string
	}
	if e.post("ana", method, form, &out); !out.OK {
		e.t.Errorf("%s: %s", method, out.Error)
	}
}

// does does an action, and goes on if it is refused.
func (e *env) does(action string, in map[string]any) {
	e.t.Helper()
	if no := e.tryAct(action, in); no != "" {
		e.t.Errorf("%s: %s", action, no)
	}
}

func (e *env) causeConversations(t *testing.T) {
	ana, bot := e.user("ana"), e.person("rocketbot")
	for _, private := range []bool{false, true} {
		ch, err := ana.CreateConversation(slack.CreateConversationParams{ChannelName: fmt.Sprint("orbit-", private), IsPrivate: private})
		must(t, err)
		_, err = ana.InviteUsersToConversation(ch.ID, bot, e.person("bo"))
		step(t, "invite", err)
		_, err = ana.RenameConversation(ch.ID, fmt.Sprint("orbits-", private))
		step(t, "rename", err)
		_, ts, err := ana.PostMessage(ch.ID, slack.MsgOptionText("hello", false))
		step(t, "post", err)
		step(t, "mark", ana.MarkConversation(ch.ID, ts))
		step(t, "archive", ana.ArchiveConversation(ch.ID))
		step(t, "unarchive", ana.UnArchiveConversation(ch.ID))
		step(t, "kick", ana.KickUserFromConversation(ch.ID, e.person("bo")))
		e.as("conversations.leave", "channel", ch.ID)
		e.as("admin.conversations.delete", "channel_id", ch.ID)
	}
	for _, users := range [][]string{{e.person("bo")}, {bot}, {e.person("bo"), bot}} {
		ch, _, _, err := ana.OpenConversation(&slack.OpenConversationParameters{Users: users})
		must(t, err)
		_, ts, err := ana.PostMessage(ch.ID, slack.MsgOptionText("hello", false))
		step(t, "post", err)
		step(t, "mark", ana.MarkConversation(ch.ID, ts))
		_, _, err = ana.CloseConversation(ch.ID)
		step(t, "close", err)
	}
	ch := e.channel("engineering")
	id, _, err := e.bot().InviteSharedEmailsToConversation(ch, "pat@umbrella.example")
	step(t, "invite shared", err)
	e.does("accept_shared_invite", map[string]any{"invite": id, "by": map[string]string{"domain": "umbrella", "team": "Umbrella"}})
	e.does("request_shared_invite", map[string]any{"user": e.person("ana"), "channel": e.channel("random"), "email": "kim@umbrella.example"})
	e.does("receive_shared_invite", map[string]any{"from": map[string]string{"domain": "umbrella", "team": "Umbrella", "email": "pat@umbrella.example"}, "channel": "joint", "to": e.person("rocketbot")})
}

func (e *env) causeMessages(t *testing.T) {
	ch, bot, ana := e.channel("engineering"), e.bot(), e.user("ana")
	e.does("message", map[string]any{"user": "bo", "channel": ch, "text": "<@" + e.person("ana") + "> look"})
	_, err := bot.PostEphemeral(ch, e.person("ana"), slack.MsgOptionText("psst", false))
	step(t, "ephemeral", err)
	call, err := bot.AddCall(slack.AddCallParameters{ExternalUniqueID: "call-1", JoinURL: "https://calls.example/1", CreatedBy: e.person("ana")})
	step(t, "call", err)
	_, _, err = bot.PostMessage(ch, slack.MsgOptionText("call", false), slack.MsgOptionBlocks(slack.NewCallBlock(call.ID)))
	step(t, "call block", err)
	e.does("reject_call", map[string]any{"call": call.ID, "user": "bo"})
	meta := func(v string) slack.MsgOption {
		return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "launch", EventPayload: map[string]any{"pad": v}})
	}
	_, ts, err := bot.PostMessage(ch, slack.MsgOptionText("launch", false), meta("a"))
	must(t, err)
	_, _, _, err = bot.UpdateMessage(ch, ts, slack.MsgOptionText("launched", false), meta("b"))
	step(t, "update", err)
	ref := slack.NewRefToMessage(ch, ts)
	for what, f := range map[string][2]func(string, slack.ItemRef) error{
		"react": {ana.AddReaction, ana.RemoveReaction},
		"pin":   {func(_ string, i slack.ItemRef) error { return bot.AddPin(ch, i) }, func(_ string, i slack.ItemRef) error { return bot.RemovePin(ch, i) }},
		"star":  {func(_ string, i slack.ItemRef) error { return ana.AddStar(ch, i) }, func(_ string, i slack.ItemRef) error { return ana.RemoveStar(ch, i) }},
	} {
		step(t, what, f[0]("rocket", ref))
		step(t, what, f[1]("rocket", ref))
	}
	_, _, err = bot.DeleteMessage(ch, ts)
	step(t, "delete", err)
	e.says("bo", ch, "<@"+e.person("rocketbot")+"> go")
	_, ts = e.linked()
	_, _, _, err = bot.UnfurlMessageWorkObject(ch, ts, nil, workObject())
	step(t, "unfurl", err)
	e.does("open_entity", map[string]any{"user": "ana", "channel": ch, "ts": ts})
}

func (e *env) causeFiles(t *testing.T) {
	ana, ch := e.user("ana"), e.channel("engineering")
	id := uploadText(t, ana, ch, "plan.txt", "up")
	_, _, _, err := ana.ShareFilePublicURL(id)
	step(t, "public", err)
	_, err = ana.RevokeFilePublicURL(id)
	step(t, "revoke", err)
	step(t, "delete", ana.DeleteFile(id))
	id = uploadText(t, ana, ch, "note.txt", "down")
	shares := fileInfo(t, ana, id).Shares.Public[ch]
	if len(shares) == 0 {
		t.Errorf("%s is not shared", id)
		return
	}
	_, _, err = ana.DeleteMessage(ch, shares[0].Ts)
	step(t, "unshare", err)
}

func (e *env) causePeople(t *testing.T) {
	ana := e.user("ana")
	g, err := ana.CreateUserGroup(slack.UserGroup{Name: "Pilots", Handle: "pilots"})
	must(t, err)
	for _, who := range []string{"ana", "bo"} {
		_, err = ana.UpdateUserGroupMembers(g.ID, e.person(who))
		step(t, "members", err)
	}
	_, err = ana.DisableUserGroup(g.ID)
	step(t, "disable", err)
	e.as("admin.emoji.add", "name", "events_made", "url", e.url+"/avatars/"+e.creds.Slack.Apps[0].ID+"_48.png")
	_, err = ana.SetSnooze(10)
	step(t, "snooze", err)
	_, err = ana.EndSnooze()
	step(t, "snooze", err)
	step(t, "status", ana.SetUserCustomStatus("flying", ":rocket:", 0))
	step(t, "presence", ana.SetUserPresence("away"))
	step(t, "presence", ana.SetUserPresence("auto"))
	team, _ := e.home()
	e.as("admin.teams.settings.setName", "team_id", team, "name", "Acme Rockets Two")
	e.does("open_home", map[string]any{"user": "ana", "app": "rocketbot"})
	e.does("connect", map[string]any{"user": "ana", "app": "rocketbot"})
	e.does("connect", map[string]any{"user": "ana", "app": "rocketbot", "status": true})
	e.does("request_app", map[string]any{"user": "bo", "app": e.creds.Slack.Apps[0].ID, "message": "please"})
	step(t, "invite", e.legacy("ana").InviteToTeam("acme-rockets", "Gus", "Ives", "zed@acme.example"))
	e.does("request_invite", map[string]any{"user": "bo", "email": "new@acme.example"})
}

func (e *env) causeInteractions(t *testing.T, r *receiver) {
	v := modal("Launch", input("b", "name"))
	v.NotifyOnClose = true
	for _, end := range []func(){
		func() {
			e.does("submit_view", map[string]any{"user": "ana", "values": map[string]any{"b": map[string]any{"name": "x"}}})
		},
		func() { e.does("close_view", map[string]any{"user": "ana"}) },
	} {
		_, err := e.bot().OpenView(r.triggered(t), v)
		must(t, err)
		end()
	}
	dialog := slack.Dialog{CallbackID: "launch", Title: "Launch", SubmitLabel: "Go", NotifyOnCancel: true, State: "s1",
		Elements: []slack.DialogElement{slack.NewTextInput("pad", "Pad", "")}}
	step(t, "dialog", e.bot().OpenDialog(r.triggered(t), dialog))
	e.does("submit_dialog", map[string]any{"user": "ana", "values": map[string]string{"pad": "7"}})
	step(t, "dialog", e.bot().OpenDialog(r.triggered(t), dialog))
	e.does("close_dialog", map[string]any{"user": "ana"})
	dialog.Elements = []slack.DialogElement{slack.DialogInputSelect{DialogInput: slack.DialogInput{Type: slack.InputTypeSelect, Name: "site", Label: "Site"}, DataSource: slack.DialogDataSourceExternal}}
	step(t, "dialog", e.bot().OpenDialog(r.triggered(t), dialog))
	r.answer = func(slack.InteractionCallback) string { return `{"options":[]}` }
	e.does("options", map[string]any{"user": "ana", "name": "site", "value": "3"})
	r.answer = nil
	e.does("close_dialog", map[string]any{"user": "ana"})
	ch := e.channel("engineering")
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, slack.NewTextBlockObject("plain_text", "Pad", false, false), "pad")
	_, ts, err := e.bot().PostMessage(ch, slack.MsgOptionText("press", false), slack.MsgOptionBlocks(button("go", "1"), slack.NewActionBlock("menus", menu)))
	must(t, err)
	e.does("click", map[string]any{"user": "ana", "channel": ch, "ts": ts, "action_id": "go"})
	r.answer = func(slack.InteractionCallback) string { return `{"options":[]}` }
	e.does("options", map[string]any{"user": "ana", "channel": ch, "ts": ts, "action_id": "pad", "value": "three"})
	r.answer = nil
	e.act("configure_app", map[string]any{"shortcuts": []map[string]any{{"name": "File", "callback": "file", "description": "File it", "message": true}}}, nil)
	e.does("shortcut", map[string]any{"user": "ana", "channel": ch, "ts": ts, "callback_id": "file"})
	e.does("workflow_step", map[string]any{"user": "ana", "app": "rocketbot", "callback_id": "step", "edit": true})
	old := slack.Attachment{Fallback: "f", CallbackID: "old", Actions: []slack.AttachmentAction{{Name: "go", Text: "Go", Type: "button", Value: "1"}}}
	_, ts, err = e.bot().PostMessage(ch, slack.MsgOptionText("press", false), slack.MsgOptionAttachments(old))
	must(t, err)
	e.does("click", map[string]any{"user": "ana", "channel": ch, "ts": ts, "name": "go"})
}

// eventBlocks are blocks by where they go.
var eventBlocks = map[string][]string{
	"message": {
		`{"type":"section","text":{"type":"mrkdwn","text":"m"},"accessory":{"type":"overflow","action_id":"o","options":[{"text":{"type":"plain_text","text":"p"},"value":"v"}]}}`,
		`{"type":"section","text":{"type":"mrkdwn","text":"m"},"accessory":{"type":"image","image_url":"https://x.example/i.png","alt_text":"i"}}`,
		`{"type":"actions","elements":[{"type":"button","action_id":"b","text":{"type":"plain_text","text":"p"}},{"type":"datepicker","action_id":"d"},{"type":"timepicker","action_id":"t"},{"type":"datetimepicker","action_id":"dt"}]}`,
		`{"type":"actions","elements":[{"type":"checkboxes","action_id":"c","options":[{"text":{"type":"plain_text","text":"p"},"value":"v"}]},{"type":"radio_buttons","action_id":"r","options":[{"text":{"type":"plain_text","text":"p"},"value":"v"}]}]}`,
		`{"type":"context","elements":[{"type":"mrkdwn","text":"m"}]}`, `{"type":"divider"}`, `{"type":"header","text":{"type":"plain_text","text":"p"}}`,
		`{"type":"image","image_url":"https://x.example/i.png","alt_text":"i"}`, `{"type":"markdown","text":"# m"}`,
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"r"}]}]}`,
		`{"type":"context_actions","elements":[{"type":"feedback_buttons","action_id":"f","positive_button":{"text":{"type":"plain_text","text":"y"},"value":"1"},"negative_button":{"text":{"type":"plain_text","text":"n"},"value":"0"}},{"type":"icon_button","action_id":"i","icon":"trash","text":{"type":"plain_text","text":"p"}}]}`,
		`{"type":"table","rows":[[{"type":"raw_text","text":"a"}]]}`,
		`{"type":"data_table","caption":"c","rows":[[{"type":"raw_text","text":"h"}],[{"type":"raw_text","text":"v"}]]}`,
		`{"type":"data_visualization","title":"t","chart":{"type":"pie","segments":[{"label":"l","value":1}]}}`,
		`{"type":"task_card","task_id":"1","title":"t","status":"complete"}`,
		`{"type":"card","title":{"type":"mrkdwn","text":"m"}}`, `{"type":"carousel","elements":[{"type":"card","title":{"type":"mrkdwn","text":"m"}}]}`,
		`{"type":"video","title":{"type":"plain_text","text":"p"},"video_url":"https://acme.example/v","thumbnail_url":"https://acme.example/t","alt_text":"v"}`,
		`{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"divider"},"width":"wide"}]}]}`,
	},
	"modal": {
		`{"type":"alert","text":{"type":"mrkdwn","text":"m"},"level":"error"}`,
		`{"type":"container","title":{"type":"plain_text","text":"p"},"child_blocks":[{"type":"divider"}]}`,
		`{"type":"input","label":{"type":"plain_text","text":"p"},"element":{"type":"email_text_input","action_id":"e"}}`,
		`{"type":"input","label":{"type":"plain_text","text":"p"},"element":{"type":"url_text_input","action_id":"u"}}`,
		`{"type":"input","label":{"type":"plain_text","text":"p"},"element":{"type":"number_input","action_id":"n","is_decimal_allowed":false}}`,
		`{"type":"input","label":{"type":"plain_text","text":"p"},"element":{"type":"plain_text_input","action_id":"p"}}`,
		`{"type":"input","label":{"type":"plain_text","text":"p"},"element":{"type":"rich_text_input","action_id":"r"}}`,
		`{"type":"input","label":{"type":"plain_text","text":"p"},"element":{"type":"file_input","action_id":"f"}}`,
	},
}

// causeBlocks shows blocks, and finds the Go values of what comes back.
func (e *env) causeBlocks(t *testing.T, r *receiver, seen caused) {
	ch := e.channel("engineering")
	for where, list := range eventBlocks {
		for _, raw := range list {
			var bs slack.Blocks
			must(t, json.Unmarshal([]byte("["+raw+"]"), &bs))
			var back slack.Blocks
			if where == "message" {
				_, ts, err := e.bot().PostMessage(ch, slack.MsgOptionText("blocks", false), slack.MsgOptionBlocks(bs.BlockSet...))
				if err != nil {
					t.Errorf("%s: %v", raw, err)
					continue
				}
				got, err := e.bot().GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: ch, Latest: ts, Inclusive: true, Limit: 1})
				must(t, err)
				back = got.Messages[0].Blocks
			} else {
				view := modal("Blocks", bs.BlockSet...)
				got, err := e.bot().OpenView(r.triggered(t), view)
				if err != nil {
					t.Errorf("%s: %v", raw, err)
					continue
				}
				back = got.Blocks
				e.does("close_view", map[string]any{"user": "ana", "clear": true})
			}
			seen.blocks(back)
		}
	}
}

// blocks notes the blocks and elements that have their own Go type.
func (c caused) blocks(bs slack.Blocks) {
	for _, b := range bs.BlockSet {
		if _, unknown := b.(*slack.UnknownBlock); unknown {
			continue
		}
		c[Payload{"block_kit", string(b.BlockType())}] = true
		var elements []slack.BlockElement
		switch b := b.(type) {
		case *slack.ActionBlock:
			elements = b.Elements.ElementSet
		case *slack.ContextActionsBlock:
			elements = b.Elements.ElementSet
		case *slack.InputBlock:
			elements = []slack.BlockElement{b.Element}
		case *slack.SectionBlock:
			if a := b.Accessory; a != nil && a.OverflowElement != nil {
				elements = append(elements, a.OverflowElement)
			} else if a != nil && a.ImageElement != nil {
				elements = append(elements, a.ImageElement)
			}
		}
		for _, el := range elements {
			if _, unknown := el.(*slack.UnknownBlockElement); !unknown {
				c[Payload{"block_kit_element", string(el.ElementType())}] = true
			}
		}
	}
}

// causeSocket has the app listen to its socket for a while.
func (e *env) causeSocket(t *testing.T, seen caused) {
	m := e.socket(t, func(c *socketmode.Client, ev socketmode.Event) { c.Ack(*ev.Request) })
	e.says("bo", e.channel("engineering"), "over the socket")
	e.does("slash", map[string]any{"user": "bo", "channel": "general", "command": "/rocket", "text": "seven"})
	e.does("shortcut", map[string]any{"user": "ana", "callback_id": "launch"})
	m.event(t, "message")
	m.of(t, socketmode.EventTypeInteractive)
	m.of(t, socketmode.EventTypeSlashCommand)
	m.mu.Lock()
	for _, ev := range m.events {
		if ev.Request != nil && slices.Contains([]socketmode.EventType{socketmode.EventTypeHello, socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand}, ev.Type) {
			seen[Payload{"socket_mode_envelope", ev.Request.Type}] = true
		}
	}
	m.mu.Unlock()
	e.act("configure_app", map[string]any{"socket_mode": false}, nil)
}

// causeEnd is the end of the app.
func (e *env) causeEnd(t *testing.T, seen caused) {
	e.executed(t) // which looks at the event itself
	seen[Payload{"events_api_inner", "function_executed"}] = true
	e.act("configure_app", map[string]any{"name": "rocketbot two", "slash_commands": []map[string]string{{"command": "/orbit", "description": "Orbit"}}}, nil)
	api, tok := e.config()
	made, err := api.CreateManifest(manifest("Lander"), tok)
	step(t, "manifest", err)
	_, err = api.DeleteManifest(tok, made.AppId)
	step(t, "delete the app", err)
	step(t, "uninstall", e.bot().UninstallApp(e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"]))
}

const (
	notYet  = "not caused by this test yet"
	notSent = "no action or method of the twin that this test knows causes it"
)

// uncaused says why something is not caused.
var uncaused = map[Payload]string{
	{"rtm", "accounts_changed"}:                              notSent,
	{"rtm", "activity"}:                                      notSent,
	{"rtm", "channel_history_changed"}:                       notSent,
	{"rtm", "channel_updated"}:                               notSent,
	{"rtm", "email_domain_changed"}:                          notSent,
	{"rtm", "file_comment_added"}:                            notYet,
	{"rtm", "file_comment_deleted"}:                          notYet,
	{"rtm", "file_comment_edited"}:                           notYet,
	{"rtm", "file_private"}:                                  notSent,
	{"rtm", "group_history_changed"}:                         notSent,
	{"rtm", "group_rename"}:                                  "slack-go takes the time of creation for a string, and cannot read the number",
	{"rtm", "im_history_changed"}:                            notSent,
	{"block_kit", "auth_provider"}:                           notYet,
	{"block_kit", "call"}:                                    notYet,
	{"block_kit", "file"}:                                    notYet,
	{"block_kit", "plan"}:                                    "the twin refuses the plan that slack-go writes",
	{"block_kit_element", "workflow_button"}:                 notYet,
	{"rtm", "mobile_in_app_notification"}:                    notSent,
	{"rtm", "pref_change"}:                                   notYet,
	{"rtm", "sh_room_join"}:                                  notSent,
	{"rtm", "sh_room_leave"}:                                 notSent,
	{"rtm", "sh_room_update"}:                                notSent,
	{"rtm", "team_domain_change"}:                            notSent,
	{"rtm", "team_migration_started"}:                        notSent,
	{"rtm", "team_pref_change"}:                              notSent,
	{"rtm", "user_huddle_changed"}:                           notSent,
	{"events_api_inner", "agent_session_stopped"}:            notSent,
	{"events_api_inner", "agent_session_title_changed"}:      notSent,
	{"events_api_inner", "app_context_changed"}:              notSent,
	{"events_api_inner", "app_uninstalled_team"}:             notYet,
	{"events_api_inner", "assistant_thread_context_changed"}: notYet,
	{"events_api_inner", "assistant_thread_started"}:         notYet,
	{"events_api_inner", "channel_history_changed"}:          notSent,
	{"events_api_inner", "channel_id_changed"}:               notSent,
	{"events_api_inner", "channel_shared"}:                   notYet,
	{"events_api_inner", "channel_unshared"}:                 notYet,
	{"events_api_inner", "email_domain_changed"}:             notSent,
	{"events_api_outer", "app_rate_limited"}:                 notYet,
	{"events_api_inner", "grid_migration_finished"}:          notSent,
	{"events_api_inner", "grid_migration_started"}:           notSent,
	{"events_api_inner", "group_history_changed"}:            notSent,
	{"events_api_inner", "im_history_changed"}:               notSent,
	{"events_api_inner", "shared_channel_invite_accepted"}:   notYet,
	{"events_api_inner", "shared_channel_invite_approved"}:   notYet,
	{"events_api_inner", "shared_channel_invite_declined"}:   notYet,
	{"events_api_inner", "shared_channel_invite_received"}:   notYet,
	{"events_api_inner", "team_access_granted"}:              notSent,
	{"events_api_inner", "team_access_revoked"}:              notSent,
	{"events_api_inner", "team_domain_change"}:               notSent,
	{"events_api_inner", "user_huddle_changed"}:              notSent,
	{"socket_mode_envelope", "disconnect"}:                   notYet,
}

// untyped are the events of RTM that slack-go has no type for.
var untyped = []string{"mpim_marked"}

// unreadable reports whether an error of RTM is one that slack-go's own types make: of an event it has no type for, or has a wrong one.
func unreadable(err error) bool {
	for _, kind := range untyped {
		if err.Error() == fmt.Sprintf("RTM Error: Received unmapped event %q", kind) {
			return true
		}
	}
	return err.Error() == `RTM Error: Could not unmarshall event "group_rename"`
}
