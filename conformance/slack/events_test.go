package slack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"twinset.dev/conformance/internal/lab"
)

// The groups of payloads.
const (
	overRTM     = "rtm"
	overEvents  = "events_api_inner"
	outerEvent  = "events_api_outer"
	interaction = "interactivity"
	blockType   = "block_kit"
	elementType = "block_kit_element"
	overSocket  = "socket_mode_envelope"
)

// internal is why what Slack tells to its own clients alone is not caused.
const internal = "Slack tells this to its own clients alone and documents nothing of it"

// uncaused are the payloads that nothing here can cause, and why.
var uncaused = map[Payload]string{
	{overRTM, "activity"}:                   internal,
	{overRTM, "mobile_in_app_notification"}: internal,
	{overRTM, "channel_updated"}:            internal,
	{overRTM, "file_private"}:               "Slack has no way any more to make a file private",
	{overRTM, "group_rename"}:               "slack-go takes the time of creation for a string, and cannot read the number",
	{overEvents, "channel_id_changed"}:      "a channel keeps its id for good",
}

// A witness remembers what Slack told, by payload type, and says what of it slack-go could not make sense of.
type witness struct {
	t     *testing.T
	e     *env
	mu    sync.Mutex
	seen  map[Payload]bool
	said  map[string]bool            // complaints, each once
	last  map[string]json.RawMessage // interactions, by type
	reply string                     // what the app answers interactions with
}

func (w *witness) saw(way, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[Payload{way, name}] = true
}

// knew reports whether something has been seen before, and remembers it.
func (w *witness) knew(what string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.said[what]
	w.said[what] = true
	return before
}

// typed decodes a payload into the value that slack-go has for it and checks that the value says as much as the payload:
// what it writes is, key for key, what it read.
func (w *witness) typed(way, name string, raw []byte, example any) {
	if example == nil {
		w.t.Errorf("%s %s: slack-go has no type for it", way, name)
		return
	}
	v := reflect.New(reflect.TypeOf(example))
	if err := json.Unmarshal(raw, v.Interface()); err != nil {
		w.t.Errorf("%s %s: %v: %s", way, name, err, raw)
		return
	}
	if empty := unset(v.Elem(), raw, name == "message"); len(empty) > 0 {
		if what := way + " " + name + " " + strings.Join(empty, ", "); !w.knew(what) {
			w.t.Errorf("%s %s: %s are empty in %T: %s", way, name, strings.Join(empty, ", "), example, raw)
		}
		return
	}
	w.saw(way, name)
}

// mayBeEmpty are the keys of a typed value that Slack leaves out at times.
var mayBeEmpty = []string{"inviter", "thread_ts", "user_team", "source_team", "bot_id", "blocks", "attachments", "files", "upload", "edited", "assistant_thread", "action_token", "view",
	"context", "client_msg_id", "icons", "username", "subtype", "metadata", "root", "message", "previous_message", "is_ext_shared", "value", "name", "names", "old_name", "new_name", "user",
	"users", "team", "channel_type", "item_user", "event_ts", "cache_ts", "streaming_message_ts", "previous_title", "enterprise_id", "trigger_id", "ts", "latest", "is_shared", "imageUri",
	"has_pins", "approval_required", "requires_sponsorship", "pinned_info", "deleted_ts", "deleted", "hidden", "app_id", "token", "team_id", "api_app_id", "event", "event_id", "authed_users",
	"bot_profile", "edited", "user_id", "channel_id", "channel", "updates", "channels", "huddle", "ok", "reply_to", "info", "is_starred", "purpose", "topic", "text", "is_limited", "comment",
	"source", "unfurl_id", "message_ts", "is_bot_user_member", "link", "app_unfurl_url", "external_ref", "entity_url", "presence", "reaction", "dnd_status", "state"}

// unset lists the keys that the payload has and the typed value has a place for, but nothing in it; and those that it
// lacks, unless its type is one of many shapes.
func unset(v reflect.Value, raw []byte, many bool) (empty []string) {
	var has map[string]json.RawMessage
	json.Unmarshal(raw, &has)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	filled := 0
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && key == "" {
			if more := unset(v.Field(i), raw, many); len(more) > 0 {
				empty = append(empty, more...)
			} else {
				filled++
			}
			continue
		}
		if key == "" || key == "-" {
			continue
		}
		got, there := has[key]
		switch zero := v.Field(i).IsZero(); {
		case !zero:
			filled++
		case there && f.Type.Kind() == reflect.Struct && f.Type.NumField() == 0: // slack-go reads nothing of it
			filled++
		case there && !slices.Contains([]string{`""`, "0", "false", "null", "[]", "{}"}, string(got)):
			empty = append(empty, key) // it was said and not heard
		case !many && !there && v.Field(i).Kind() == reflect.String && !slices.Contains(mayBeEmpty, key):
			empty = append(empty, key) // it is never said
		}
	}
	if filled < 1 {
		empty = append(empty, "all")
	}
	return empty
}

// blocks remembers the types of the blocks and elements in a payload, wherever they are, as slack-go reads them.
func (w *witness) blocks(raw json.RawMessage) {
	var bs slack.Blocks
	if err := json.Unmarshal(raw, &bs); err != nil {
		w.t.Errorf("blocks: %v: %s", err, raw)
		return
	}
	for _, b := range bs.BlockSet {
		if u, unknown := b.(*slack.UnknownBlock); unknown {
			w.t.Errorf("slack-go does not know the block %s", u.Type)
			continue
		}
		w.saw(blockType, string(b.BlockType()))
	}
	again, err := json.Marshal(bs)
	if err != nil {
		w.t.Errorf("blocks: %v", err)
	}
	var v any
	json.Unmarshal(again, &v)
	w.elements(v)
}

// elements remembers what elements there are in blocks that slack-go has written again.
func (w *witness) elements(v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			w.elements(x)
		}
	case map[string]any:
		if kind, ok := v["type"].(string); ok {
			_, block := v["block_id"]
			if v["action_id"] != nil || kind == "image" && !block {
				w.saw(elementType, kind)
			}
			w.saw(blockType, kind) // blocks inside others
		}
		for _, x := range v {
			w.elements(x)
		}
	}
}

// event takes what came over the Events API, by HTTP or through a socket.
func (w *witness) event(raw []byte) {
	outer, err := slackevents.ParseEvent(raw, slackevents.OptionNoVerifyToken())
	if err != nil {
		w.t.Errorf("%v: %s", err, raw)
		return
	}
	w.typed(outerEvent, outer.Type, raw, slackevents.EventsAPIEventMap[outer.Type])
	if outer.Type != slackevents.CallbackEvent {
		return
	}
	inner := *outer.Data.(*slackevents.EventsAPICallbackEvent).InnerEvent
	example, known := slackevents.EventsAPIInnerEventMapping[slackevents.EventsAPIType(outer.InnerEvent.Type)]
	if known {
		w.typed(overEvents, outer.InnerEvent.Type, inner, example)
	}
}

// interact takes an interaction and answers it.
func (w *witness) interact(raw []byte) string {
	var ic slack.InteractionCallback
	if err := json.Unmarshal(raw, &ic); err != nil {
		w.t.Errorf("%v: %s", err, raw)
		return ""
	}
	switch {
	case ic.Token == "" || ic.User.ID == "" || ic.Team.ID == "" || ic.APIAppID == "":
		w.t.Errorf("%s does not say who and where: %s", ic.Type, raw)
	case ic.Type == slack.InteractionTypeBlockActions && (len(ic.ActionCallback.BlockActions) != 1 || ic.ActionCallback.BlockActions[0].ActionID == "" || ic.Container.Type == ""):
		w.t.Errorf("block_actions without its action: %s", raw)
	case strings.HasPrefix(string(ic.Type), "view_") && (ic.View.ID == "" || ic.View.State == nil || ic.View.Hash == ""):
		w.t.Errorf("%s without its view: %s", ic.Type, raw)
	case strings.HasPrefix(string(ic.Type), "dialog_") && ic.CallbackID == "":
		w.t.Errorf("%s without its callback_id: %s", ic.Type, raw)
	case ic.Type == slack.InteractionTypeInteractionMessage && (len(ic.ActionCallback.AttachmentActions) != 1 || ic.OriginalMessage.Text == ""):
		w.t.Errorf("interactive_message without its action: %s", raw)
	case ic.Type == slack.InteractionTypeMessageAction && (ic.Message.Text == "" || ic.ResponseURL == ""):
		w.t.Errorf("message_action without its message: %s", raw)
	case ic.Type == slack.InteractionTypeBlockSuggestion && (ic.Value == "" || ic.ActionID == ""):
		w.t.Errorf("block_suggestion of nothing: %s", raw)
	default:
		w.saw(interaction, string(ic.Type))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last[string(ic.Type)] = raw
	return w.reply
}

// answers sets what the app answers interactions with.
func (w *witness) answers(body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reply = body
}

// latest is the latest interaction of a type.
func (w *witness) latest(kind slack.InteractionType) (ic slack.InteractionCallback) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := json.Unmarshal(w.last[string(kind)], &ic); err != nil {
		w.t.Fatalf("no %s: %v", kind, err)
	}
	return ic
}

// call calls a method and fails the test unless it answers ok.
func (w *witness) call(token, method string, args map[string]any) map[string]any {
	w.t.Helper()
	form := url.Values{"token": {token}}
	for k, v := range args {
		switch v := v.(type) {
		case string:
			form.Set(k, v)
		default:
			b, _ := json.Marshal(v)
			form.Set(k, string(b))
		}
	}
	res, err := http.PostForm(w.e.url+"/api/"+method, form)
	must(w.t, err)
	defer res.Body.Close()
	var out map[string]any
	must(w.t, json.NewDecoder(res.Body).Decode(&out))
	if out["ok"] != true {
		w.t.Errorf("%s: %v", method, out)
	}
	return out
}

// listenRTM remembers what comes over RTM.
func (w *witness) listenRTM(token string) *websocket.Conn {
	w.t.Helper()
	_, addr, err := w.e.client(token).ConnectRTM()
	must(w.t, err)
	conn, _, err := websocket.DefaultDialer.Dial(addr, nil)
	must(w.t, err)
	w.t.Cleanup(func() { conn.Close() })
	go func() {
		for {
			_, raw, err := conn.ReadMessage()
			if err != nil {
				return
			}
			var head struct{ Type string }
			json.Unmarshal(raw, &head)
			if uncaused[Payload{overRTM, head.Type}] != "" {
				continue
			}
			if example, known := slack.EventMapping[head.Type]; known {
				w.typed(overRTM, head.Type, raw, example)
			} else if head.Type != "hello" && head.Type != "goodbye" {
				w.t.Errorf("rtm: slack-go does not know %s", raw)
			}
		}
	}()
	return conn
}

func TestEvents(t *testing.T) {
	e := world(t)
	w := &witness{t: t, e: e, seen: map[Payload]bool{}, said: map[string]bool{}, last: map[string]json.RawMessage{}}
	srv := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		if p := r.FormValue("payload"); p != "" {
			res.Header().Set("Content-Type", "application/json")
			fmt.Fprint(res, w.interact([]byte(p)))
			return
		}
		if r.FormValue("command") != "" {
			return
		}
		var raw json.RawMessage
		json.NewDecoder(r.Body).Decode(&raw)
		w.event(raw)
		var v struct{ Challenge string }
		json.Unmarshal(raw, &v)
		fmt.Fprint(res, v.Challenge)
	}))
	t.Cleanup(srv.Close)
	w.cause(srv.URL)
	missing := func() (ps []Payload) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, p := range Payloads {
			if !w.seen[p] && uncaused[p] == "" {
				ps = append(ps, p)
			}
		}
		return ps
	}
	for end := time.Now().Add(30 * time.Second); len(missing()) > 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	for _, p := range missing() {
		t.Errorf("%s %s was not caused", p.Group, p.Type)
	}
	n := 0
	for _, p := range Payloads {
		switch why := uncaused[p]; {
		case w.seen[p] && why != "":
			t.Errorf("%s %s was caused: its reason not to be is out of date", p.Group, p.Type)
		case w.seen[p]:
			n++
		case why != "":
			t.Logf("%s %s is not caused: %s", p.Group, p.Type, why)
		}
	}
	t.Logf("slack: events %d of %d caused and parsed", n, len(Payloads))
	lab.Report(t, "slack", "events", map[string]any{"events": map[string]int{"passed": n, "of": len(Payloads)}})
}

// cause does everything that Slack tells of.
func (w *witness) cause(app string) {
	t, e := w.t, w.e
	t.Helper()
	act := func(name string, in map[string]any) map[string]any {
		t.Helper()
		var out map[string]any
		e.act(name, in, &out)
		return out
	}
	str := func(v any, path ...string) string {
		for _, k := range path {
			m, _ := v.(map[string]any)
			v = m[k]
		}
		s, _ := v.(string)
		return s
	}
	bot := e.creds.Env["SLACK_BOT_TOKEN"]
	tokenOf := func(name string) string {
		for _, tok := range e.creds.Slack.Tokens {
			if tok.Kind == "user" && tok.Name == name {
				return tok.Token
			}
		}
		return ""
	}
	ana, bo := tokenOf("ana"), tokenOf("bo")
	anaID, boID, daraID := e.person("ana"), e.person("bo"), e.person("dara")
	botID := e.person("rocketbot")
	general := e.channel("general")
	team, _ := e.home()

	// The app hears of everything that there is to hear of.
	var names []string
	for name := range slackevents.EventsAPIInnerEventMapping {
		if name != "message" {
			names = append(names, string(name))
		}
	}
	names = append(names, "message.channels", "message.groups", "message.im", "message.mpim")
	act("configure_app", map[string]any{"request_url": app, "interactivity_url": app, "options_url": app, "events": names, "user_events": names, "assistant": true,
		"shortcuts":      []map[string]any{{"name": "Launch", "callback": "launch", "description": "d"}, {"name": "Note", "callback": "note", "description": "d", "message": true}},
		"slash_commands": []map[string]any{{"command": "/rocket", "url": app, "description": "d"}}, "unfurl_domains": []string{"acme.example"}})
	w.listenRTM(bot)
	conn := w.listenRTM(e.token("ana", "rtm:stream"))
	boConn := w.listenRTM(e.token("bo", "rtm:stream"))

	// Conversations.
	made := w.call(ana, "conversations.create", map[string]any{"name": "causes"})
	ch := str(made, "channel", "id")
	private := str(w.call(ana, "conversations.create", map[string]any{"name": "quiet-causes", "is_private": "true"}), "channel", "id")
	for _, c := range []string{ch, private} {
		w.call(ana, "conversations.invite", map[string]any{"channel": c, "users": boID + "," + botID})
		w.call(bo, "conversations.leave", map[string]any{"channel": c})
		w.call(ana, "conversations.invite", map[string]any{"channel": c, "users": boID})
		ts := str(w.call(ana, "chat.postMessage", map[string]any{"channel": c, "text": "first"}), "ts")
		w.call(bo, "conversations.mark", map[string]any{"channel": c, "ts": ts})
		w.call(ana, "conversations.rename", map[string]any{"channel": c, "name": map[string]string{ch: "more-causes", private: "more-quiet"}[c]})
		w.call(ana, "conversations.setTopic", map[string]any{"channel": c, "topic": "t"})
		w.call(ana, "conversations.archive", map[string]any{"channel": c})
		w.call(ana, "conversations.unarchive", map[string]any{"channel": c})
	}
	im := str(w.call(ana, "conversations.open", map[string]any{"users": boID}), "channel", "id")
	imTS := str(act("message", map[string]any{"user": "bo", "channel": im, "text": "psst"}), "ts")
	w.call(ana, "conversations.mark", map[string]any{"channel": im, "ts": imTS})
	w.call(ana, "conversations.close", map[string]any{"channel": im})
	w.call(ana, "conversations.open", map[string]any{"channel": im})
	group := str(w.call(ana, "conversations.open", map[string]any{"users": boID + "," + daraID + "," + botID}), "channel", "id")
	w.call(ana, "conversations.close", map[string]any{"channel": group})
	w.call(ana, "conversations.open", map[string]any{"channel": group})
	for _, c := range []string{ch, private, im} {
		act("delete_history", map[string]any{"user": "ana", "channel": c})
	}

	// Messages and what is done to them.
	act("message", map[string]any{"user": "bo", "channel": general, "text": "<@" + botID + "> and <@" + anaID + ">, see https://status.acme.example/deploys/9"})
	ts := str(w.call(bot, "chat.postMessage", map[string]any{"channel": general, "text": "mark me", "metadata": map[string]any{"event_type": "launch", "event_payload": map[string]any{"n": 1}}}), "ts")
	w.call(ana, "reactions.add", map[string]any{"channel": general, "timestamp": ts, "name": "tada"})
	w.call(ana, "reactions.remove", map[string]any{"channel": general, "timestamp": ts, "name": "tada"})
	w.call(ana, "pins.add", map[string]any{"channel": general, "timestamp": ts})
	w.call(ana, "pins.remove", map[string]any{"channel": general, "timestamp": ts})
	w.call(ana, "stars.add", map[string]any{"channel": general, "timestamp": ts})
	w.call(ana, "stars.remove", map[string]any{"channel": general, "timestamp": ts})
	w.call(bot, "chat.update", map[string]any{"channel": general, "ts": ts, "text": "changed", "metadata": map[string]any{"event_type": "launch", "event_payload": map[string]any{"n": 2}}})
	w.call(bot, "chat.delete", map[string]any{"channel": general, "ts": ts})
	must(t, boConn.WriteJSON(map[string]any{"id": 1, "type": "typing", "channel": general}))

	// People and the workspace.
	w.call(ana, "users.profile.set", map[string]any{"profile": map[string]any{"status_text": "busy", "status_emoji": ":rocket:", "title": "Chief"}})
	w.call(ana, "users.setPresence", map[string]any{"presence": "away"})
	must(t, conn.WriteJSON(map[string]any{"id": 1, "type": "presence_sub", "ids": []string{boID, botID}}))
	w.call(ana, "users.prefs.set", map[string]any{"name": "muted_channels", "value": general})
	w.call(ana, "dnd.setSnooze", map[string]any{"num_minutes": "5"})
	w.call(ana, "dnd.endSnooze", nil)
	ug := str(w.call(ana, "usergroups.create", map[string]any{"name": "Causes", "handle": "causes"}), "usergroup", "id")
	w.call(ana, "usergroups.users.update", map[string]any{"usergroup": ug, "users": anaID + "," + boID})
	w.call(ana, "usergroups.users.update", map[string]any{"usergroup": ug, "users": boID})
	w.call(ana, "usergroups.update", map[string]any{"usergroup": ug, "name": "More causes"})
	w.call(ana, "admin.emoji.add", map[string]any{"name": "cause", "url": "https://emoji.example/c.png"})
	w.call(ana, "admin.teams.settings.setName", map[string]any{"team_id": team, "name": "Acme"})
	act("change_workspace", map[string]any{"user": "ana", "domain": "acme-moved", "email_domain": "moved.example", "prefs": map[string]any{"default_channels": []string{"general"}}})
	act("huddle", map[string]any{"user": "ana", "channel": "general"})
	act("huddle", map[string]any{"user": "ana", "channel": "general", "leave": true})
	act("sign_in", map[string]any{"user": "ana"})
	w.call(ana, "admin.users.invite", map[string]any{"team_id": team, "channel_ids": general, "email": "jo@acme.example", "real_name": "Jo"})
	act("request_invite", map[string]any{"user": "dara", "email": "kim@acme.example"})
	act("request_app", map[string]any{"user": "dara", "app": "rocketbot", "message": "please"})

	// Files.
	api := e.user("ana")
	id := uploadText(t, api, general, "cause.txt", "text")
	w.call(ana, "files.sharedPublicURL", map[string]any{"file": id})
	said := str(w.call(ana, "files.comments.add", map[string]any{"file": id, "comment": "good"}), "comment", "id")
	w.call(ana, "files.comments.edit", map[string]any{"file": id, "id": said, "comment": "better"})
	w.call(ana, "files.comments.delete", map[string]any{"file": id, "id": said})
	w.call(ana, "chat.delete", map[string]any{"channel": general, "ts": latestMessage(t, api, general).Timestamp})
	w.call(ana, "files.delete", map[string]any{"file": id})

	// Calls, assistants, agents.
	c := str(w.call(bot, "calls.add", map[string]any{"external_unique_id": "c1", "join_url": "https://call.example/1", "created_by": boID}), "call", "id")
	w.call(bot, "chat.postMessage", map[string]any{"channel": general, "text": "call", "blocks": []map[string]any{{"type": "call", "call_id": c}}})
	act("reject_call", map[string]any{"user": boID, "call": c})
	thread := act("open_assistant", map[string]any{"user": "ana", "app": "rocketbot", "channel": "general"})
	act("look_at", map[string]any{"user": "ana", "app": "rocketbot", "channel": "random"})
	act("rename_session", map[string]any{"user": "ana", "channel": thread["channel"], "ts": thread["thread_ts"], "title": "Launch"})
	act("stop_agent", map[string]any{"user": "ana", "channel": thread["channel"], "ts": thread["thread_ts"]})

	// Links and what is behind them.
	link := "https://status.acme.example/deploys/9"
	linked := str(act("message", map[string]any{"user": "bo", "channel": general, "text": "see " + link}), "ts")
	w.call(bot, "chat.unfurl", map[string]any{"channel": general, "ts": linked, "metadata": workObject()})
	act("open_entity", map[string]any{"user": "ana", "channel": general, "ts": linked})

	// Other organisations.
	shared := e.channel("engineering")
	given := w.call(bot, "conversations.inviteShared", map[string]any{"channel": shared, "emails": "pat@umbrella.example"})
	by := act("accept_shared_invite", map[string]any{"invite": str(given, "invite_id"), "by": map[string]any{"domain": "umbrella", "team": "Umbrella"}})
	w.call(bot, "conversations.approveSharedInvite", map[string]any{"invite_id": str(given, "invite_id"), "target_team": by["team"]})
	w.call(ana, "admin.conversations.disconnectShared", map[string]any{"channel_id": shared, "leaving_team_ids": by["team"]})
	given = w.call(bot, "conversations.inviteShared", map[string]any{"channel": e.channel("incidents"), "emails": "sam@umbrella.example"})
	by = act("accept_shared_invite", map[string]any{"invite": str(given, "invite_id"), "by": map[string]any{"domain": "umbrella", "team": "Umbrella"}})
	w.call(bot, "conversations.declineSharedInvite", map[string]any{"invite_id": str(given, "invite_id"), "target_team": by["team"]})
	act("receive_shared_invite", map[string]any{"from": map[string]any{"domain": "umbrella", "team": "Umbrella", "name": "Pat", "email": "pat@umbrella.example"}, "channel": "theirs", "to": anaID})
	act("request_shared_invite", map[string]any{"user": boID, "channel": e.channel("incidents"), "email": "pat@umbrella.example"})

	// What administrators do away with.
	for _, c := range []string{ch, private} {
		w.call(ana, "admin.conversations.delete", map[string]any{"channel_id": c})
	}

	// Apps come and go.
	api2, tok := e.config()
	m := manifest("Lander")
	m.Features.SlashCommands = []slack.ManifestSlashCommand{{Command: "/land", Description: "Land"}}
	m.OAuthConfig.Scopes.Bot = append(m.OAuthConfig.Scopes.Bot, "commands")
	lander, err := api2.CreateManifest(m, tok)
	must(t, err)
	install := func(client, secret, team string) *slack.OAuthV2Response {
		in := map[string]any{"user": "ana", "client_id": client, "scope": "chat:write,commands", "team": team}
		got, err := slack.GetOAuthV2Response(http.DefaultClient, client, secret, str(act("approve_install", in), "code"), "", e.oauth())
		must(t, err)
		return got
	}
	install(lander.Credentials.ClientId, lander.Credentials.ClientSecret, team)
	m.Display.Name, m.Features.BotUser.DisplayName = "Orbiter", "Orbiter"
	_, err = api2.UpdateManifest(m, tok, lander.AppId)
	must(t, err)
	act("uninstall_app", map[string]any{"user": "ana", "app": "Orbiter"})
	_, err = api2.DeleteManifest(tok, lander.AppId)
	must(t, err)
	act("connect", map[string]any{"user": "ana", "app": "rocketbot"})
	act("connect", map[string]any{"user": "ana", "app": "rocketbot", "status": true})
	w.call(ana, "admin.users.assign", map[string]any{"team_id": e.labs(), "user_id": anaID})
	elsewhere := install(e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"], e.labs())
	w.call(elsewhere.AccessToken, "apps.uninstall", map[string]any{"client_id": e.creds.Env["SLACK_CLIENT_ID"], "client_secret": e.creds.Env["SLACK_CLIENT_SECRET"]})
	act("open_home", map[string]any{"user": "ana", "app": "rocketbot"})
	w.functions(act)

	w.interactions(act, bot, general)
	w.everyBlock(bot, general)
	w.sockets(act, app)

	// The hour's events are used up.
	control(t, http.MethodPost, e.url+"/_twin/faults", map[string]any{"rate_limits": "vendor"}, nil)
	e.seedRecords("slack.event_rates", map[string]any{"app": e.creds.Slack.Apps[0].ID, "team": team, "since": time.Now().Unix(), "events": 30000})
	act("message", map[string]any{"user": "bo", "channel": general, "text": "one too many"})
	control(t, http.MethodDelete, e.url+"/_twin/faults", nil, nil)
	e.seedRecords("slack.event_rates", map[string]any{"app": e.creds.Slack.Apps[0].ID, "team": team})

	// The end of all.
	act("migrate", map[string]any{"user": "ana"})
	w.call(bot, "apps.uninstall", map[string]any{"client_id": e.creds.Env["SLACK_CLIENT_ID"], "client_secret": e.creds.Env["SLACK_CLIENT_SECRET"]})
}

// seedRecords puts records as an export has them into the world.
func (e *env) seedRecords(collection string, records ...any) {
	e.t.Helper()
	control(e.t, http.MethodPost, e.url+"/_twin/seed?mode=merge", map[string]any{"records": map[string]any{collection: records}}, nil)
}

// functions gives the demo's app a function, which somebody runs.
func (w *witness) functions(act func(string, map[string]any) map[string]any) {
	app := w.e.creds.Slack.Apps[0].ID
	w.e.seedRecords("slack.functions", map[string]any{"id": "Fn0000000001", "app": app, "callback": "fly", "title": "Fly", "description": "Flies", "permission": "everyone"})
	act("run_function", map[string]any{"user": "ana", "app": "rocketbot", "function": "fly"})
}

// interactions does everything that people can do with an app.
func (w *witness) interactions(act func(string, map[string]any) map[string]any, bot, channel string) {
	t, e := w.t, w.e
	e.t.Helper()
	api := e.bot()
	act("shortcut", map[string]any{"user": "ana", "callback_id": "launch"})
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	external := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, text("Pick"), "crew")
	v := modal("Launch", input("who", "name"), slack.NewActionBlock("acts", slack.NewButtonBlockElement("go", "1", text("Go")), external))
	v.NotifyOnClose = true
	_, err := api.OpenView(w.latest(slack.InteractionTypeShortcut).TriggerID, v)
	must(t, err)
	act("click", map[string]any{"user": "ana", "action_id": "go"})
	w.answers(`{"options":[{"text":{"type":"plain_text","text":"Laika"},"value":"laika"}]}`)
	act("options", map[string]any{"user": "ana", "action_id": "crew", "value": "lai"})
	w.answers(`{"response_action":"errors","errors":{"who":"Not you"}}`)
	act("submit_view", map[string]any{"user": "ana", "values": map[string]any{"who": map[string]any{"name": "Laika"}}})
	w.answers("")
	act("close_view", map[string]any{"user": "ana"})

	_, ts, err := api.PostMessage(channel, slack.MsgOptionText("Buy?", false), slack.MsgOptionAttachments(slack.Attachment{Text: "Fuel", Fallback: "Fuel", CallbackID: "buy",
		Actions: []slack.AttachmentAction{{Name: "buy", Text: "Yes", Type: "button", Value: "yes"}}}))
	must(t, err)
	act("shortcut", map[string]any{"user": "ana", "channel": channel, "ts": ts, "callback_id": "note"})
	act("click", map[string]any{"user": "ana", "channel": channel, "ts": ts, "name": "buy", "value": "yes"})

	dialog := slack.Dialog{CallbackID: "launch", Title: "Launch", NotifyOnCancel: true, Elements: []slack.DialogElement{slack.NewTextInput("pad", "Pad", "1"),
		slack.NewExternalSelectDialogInput("crew", "Crew", nil)}}
	for _, end := range []string{"submit_dialog", "close_dialog"} {
		act("shortcut", map[string]any{"user": "ana", "callback_id": "launch"})
		must(t, api.OpenDialog(w.latest(slack.InteractionTypeShortcut).TriggerID, dialog))
		w.answers(`{"options":[{"label":"Laika","value":"laika"}]}`)
		act("options", map[string]any{"user": "ana", "name": "crew", "value": "lai"})
		w.answers("")
		act(end, map[string]any{"user": "ana"})
	}
	act("workflow_step", map[string]any{"user": "ana", "app": "rocketbot", "callback_id": "step", "edit": true})
}

// everyBlock posts or shows every block and element that there is, and reads them back.
func (w *witness) everyBlock(bot, channel string) {
	e := w.e
	plain := map[string]any{"type": "plain_text", "text": "text"}
	image := map[string]any{"type": "image", "image_url": "https://a.example/a.png", "alt_text": "a"}
	rich := map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_section", "elements": []any{map[string]any{"type": "text", "text": "t"}}}}}
	option := map[string]any{"text": plain, "value": "v"}
	raw := func(s string) map[string]any { return map[string]any{"type": "raw_text", "text": s} }
	button := map[string]any{"type": "button", "action_id": "b", "text": plain}
	card := map[string]any{"type": "card", "title": plain}
	task := map[string]any{"type": "task_card", "task_id": "t1", "title": "Task"}
	file := w.call(bot, "files.remote.add", map[string]any{"external_id": "r1", "external_url": "https://a.example/f", "title": "Remote"})
	_ = file
	call, _ := w.call(bot, "calls.add", map[string]any{"external_unique_id": "c2", "join_url": "https://call.example/2", "created_by": e.person("bo")})["call"].(map[string]any)
	messages := [][]any{
		{map[string]any{"type": "section", "text": plain, "accessory": image}, map[string]any{"type": "divider"}, map[string]any{"type": "header", "text": plain}, image,
			map[string]any{"type": "context", "elements": []any{plain, image}}, rich,
			map[string]any{"type": "actions", "elements": []any{button, map[string]any{"type": "overflow", "action_id": "o", "options": []any{option}},
				map[string]any{"type": "checkboxes", "action_id": "c", "options": []any{option}}, map[string]any{"type": "radio_buttons", "action_id": "r", "options": []any{option}},
				map[string]any{"type": "datepicker", "action_id": "d"}, map[string]any{"type": "timepicker", "action_id": "t"}, map[string]any{"type": "datetimepicker", "action_id": "dt"},
				map[string]any{"type": "workflow_button", "action_id": "w", "text": plain, "workflow": map[string]any{"trigger": map[string]any{"url": "https://slack.com/shortcuts/Ft1/x"}}}}},
			map[string]any{"type": "context_actions", "elements": []any{map[string]any{"type": "feedback_buttons", "action_id": "f", "positive_button": map[string]any{"text": plain, "value": "y"},
				"negative_button": map[string]any{"text": plain, "value": "n"}}, map[string]any{"type": "icon_button", "action_id": "i", "icon": "trash", "text": plain}}},
			map[string]any{"type": "video", "title": plain, "video_url": "https://a.example/v", "thumbnail_url": "https://a.example/t.png", "alt_text": "v"},
			map[string]any{"type": "file", "external_id": "r1", "source": "remote"}, map[string]any{"type": "call", "call_id": call["id"]},
			map[string]any{"type": "table", "rows": []any{[]any{raw("a"), raw("b")}}}},
		{map[string]any{"type": "markdown", "text": "**bold**"}},
		{map[string]any{"type": "data_table", "caption": "c", "rows": []any{[]any{raw("h")}, []any{raw("v")}}}},
		{map[string]any{"type": "data_visualization", "title": "t", "chart": map[string]any{"type": "pie", "segments": []any{map[string]any{"label": "l", "value": 1}}}}},
		{task, map[string]any{"type": "plan", "title": "Plan", "tasks": []any{task}}, card, map[string]any{"type": "carousel", "elements": []any{card}}},
		{map[string]any{"type": "container", "title": plain, "child_blocks": []any{map[string]any{"type": "divider"}}}},
		{map[string]any{"type": "layout", "label": "l", "rows": []any{map[string]any{"items": []any{map[string]any{"block": map[string]any{"type": "divider"}}}}}}},
		{map[string]any{"type": "auth_provider", "value": "acme", "name": plain, "is_connected": false}},
	}
	for _, blocks := range messages {
		sent := w.call(bot, "chat.postMessage", map[string]any{"channel": channel, "text": "blocks", "blocks": blocks})
		ts, _ := sent["ts"].(string)
		if ts == "" {
			continue
		}
		got := w.call(bot, "conversations.history", map[string]any{"channel": channel, "latest": ts, "inclusive": "true", "limit": "1"})
		b, _ := json.Marshal(got["messages"].([]any)[0].(map[string]any)["blocks"])
		w.blocks(b)
	}
	inputs := []any{map[string]any{"type": "alert", "text": plain}}
	for _, kind := range []string{"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input"} {
		el := map[string]any{"type": kind, "action_id": kind}
		if kind == "number_input" {
			el["is_decimal_allowed"] = true
		}
		inputs = append(inputs, map[string]any{"type": "input", "label": plain, "element": el})
	}
	var trigger slack.InteractionCallback
	e.act("shortcut", map[string]any{"user": "ana", "callback_id": "launch"}, nil)
	trigger = w.latest(slack.InteractionTypeShortcut)
	shown := w.call(bot, "views.open", map[string]any{"trigger_id": trigger.TriggerID, "view": map[string]any{"type": "modal", "title": plain, "submit": plain, "blocks": inputs}})
	if view, ok := shown["view"].(map[string]any); ok {
		b, _ := json.Marshal(view["blocks"])
		w.blocks(b)
	}
	e.act("close_view", map[string]any{"user": "ana"}, nil)
}

// sockets has the app listen to its socket for a while.
func (w *witness) sockets(act func(string, map[string]any) map[string]any, app string) {
	t, e := w.t, w.e
	sm := e.socket(t, func(c *socketmode.Client, ev socketmode.Event) {
		w.saw(overSocket, ev.Request.Type)
		switch ev.Request.Type {
		case socketmode.RequestTypeEventsAPI:
			w.event(ev.Request.Payload)
		case socketmode.RequestTypeInteractive:
			w.interact(ev.Request.Payload)
		case socketmode.RequestTypeSlashCommands:
			if cmd, ok := ev.Data.(slack.SlashCommand); !ok || cmd.Command != "/rocket" || cmd.ResponseURL == "" || cmd.TriggerID == "" {
				t.Errorf("slash_commands is %s", ev.Request.Payload)
			}
		}
		c.Ack(*ev.Request)
	})
	if hello := sm.of(t, socketmode.EventTypeHello).Request; hello.ConnectionInfo.AppID != "" && hello.NumConnections == 1 && hello.DebugInfo.ApproximateConnectionTime > 0 {
		w.saw(overSocket, socketmode.RequestTypeHello)
	}
	act("shortcut", map[string]any{"user": "ana", "callback_id": "launch"})
	act("slash", map[string]any{"user": "ana", "channel": "general", "command": "/rocket", "text": "go"})
	act("message", map[string]any{"user": "bo", "channel": "general", "text": "by socket"})
	sm.event(t, "message")
	_, addr, err := e.bot().StartSocketModeContext(t.Context()) // slack-go's client keeps to itself that it is told to go
	must(t, err)
	conn, _, err := websocket.DefaultDialer.Dial(addr, nil)
	must(t, err)
	defer conn.Close()
	var told socketmode.Request
	must(t, conn.ReadJSON(&told))
	act("configure_app", map[string]any{"socket_mode": false, "request_url": app})
	for told.Type != socketmode.RequestTypeDisconnect {
		must(t, conn.ReadJSON(&told))
	}
	if told.Reason == "link_disabled" && told.DebugInfo.Host != "" {
		w.saw(overSocket, told.Type)
	}
}
