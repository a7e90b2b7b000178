package slack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"twinset.dev/kit/spec/check"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/internal/testbed"
	"twinset.dev/twins/slack/internal/api"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() (s *Slack) {
	testbed.Open(func(h *twin.Host) *twin.Base { s = mount(h); return s.Base })
	return s
})

// world forks a world of its own for one test.
func world(t testing.TB) (*Slack, *twin.World) { return host(), testbed.World(t, host().Base) }

// stage is where scripts are played. as=ana is ana with all the scopes of the demo's app, as=bot is its bot, as=app its
// app-level token; as=bot:chat:write+users:read is the bot with these scopes alone, as=bot: with none; as=legacy:ana has a
// legacy token, as=config:ana a configuration token; as=none a token that nobody knows.
func stage(t *testing.T) twintest.Stage {
	s, w := world(t)
	vars := map[string]string{"nobodies": strings.TrimSuffix(strings.Repeat("U0000000000,", 1001), ","), "attachments101": "[" + strings.TrimSuffix(strings.Repeat(`{"text":"x"},`, 101), ",") + "]"}
	for _, n := range []int{81, 201, 251, 561, 4001, 12001, 17000, 40001, 1000001} {
		vars[fmt.Sprint("x", n)] = strings.Repeat("x", n)
	}
	w.View(func(c *twin.Call) error {
		for u := range s.users.All(c.Tx, "") {
			vars[u.Name] = u.ID
		}
		for ch := range s.channels.All(c.Tx, "") {
			if ch.Name != "" {
				vars[strings.ReplaceAll(ch.Name, "-", "_")] = ch.ID
			}
		}
		for a := range s.apps.All(c.Tx, "") {
			vars["app"], vars["client"], vars["secret"] = a.ID, a.ClientID, w.Seal(a.Secret)
		}
		for t := range s.teams.All(c.Tx, "") {
			vars[strings.ReplaceAll(t.Domain, "-", "_")] = t.ID
		}
		return nil
	})
	vars["bot_token"] = mint(t, s, w, "bot")
	in, app := testbed.Handler(s.Base, w), newAppServer(t)
	vars["receiver"] = app.URL
	return twintest.Stage{
		Handler: http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
			if app.serve(res, r) {
				return
			}
			in.ServeHTTP(res, r)
		}),
		Token: func(t *testing.T, as string) string { return mint(t, s, w, as) },
		Seen:  seen,
		Vars:  vars,
	}
}

// mint returns a token for a name as scripts use them, making it if need be.
func mint(t testing.TB, s *Slack, w *twin.World, as string) string {
	t.Helper()
	if as == "none" || strings.HasPrefix(as, "xo") || strings.HasPrefix(as, "xwfp") || strings.HasPrefix(as, "xapp") {
		return as
	}
	who, scopes, limited := strings.Cut(as, ":")
	kind := tokenUser
	switch who {
	case "bot":
		kind, who = tokenBot, "rocketbot"
	case "app":
		kind, who = tokenApp, ""
	case "legacy":
		kind, who = tokenLegacy, scopes
		limited = false
	case "config":
		kind, who = tokenConfig, scopes
		limited = false
	}
	var secret string
	err := w.Update(func(c *twin.Call) error {
		var app App
		for app = range s.apps.All(c.Tx, "") {
			break
		}
		u, ok := s.usersByName.Get(c.Tx, who)
		if !ok && who != "" {
			return fmt.Errorf("there is nobody called %q", who)
		}
		tok := Token{Key: "xox-test-" + strings.ReplaceAll(as, "!", ""), Kind: kind, User: u.ID, Bot: u.BotID, App: app.ID, Team: app.Team, Scopes: app.UserScopes}
		if kind == tokenBot {
			tok.Scopes = app.BotScopes
		}
		if kind == tokenApp {
			tok.Scopes = []string{"connections:write", "authorizations:read", "app_configurations:write"}
		}
		if kind == tokenConfig {
			tok.App, tok.Scopes = "", []string{"app_configurations:read", "app_configurations:write"}
		}
		if kind == tokenLegacy {
			tok.App, tok.Scopes = "", []string{"identify", "read", "post", "client", "apps"}
		}
		if limited {
			tok.Scopes = strings.FieldsFunc(scopes, func(r rune) bool { return r == '+' })
		}
		s.tokens.Put(c.Tx, tok)
		secret = w.Reveal(tok.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// played is which answers the scripts have drawn from each method: "" for ok, else the error.
var played = struct {
	sync.Mutex
	answers map[string]map[string]bool
}{answers: map[string]map[string]bool{}}

// seen holds every answer of a script against the samples, and counts it.
func seen(t *testing.T, x twintest.Exchange) {
	method, ok := strings.CutPrefix(x.Path, "/api/")
	if !ok {
		return
	}
	var v map[string]any
	if err := json.Unmarshal(x.Body, &v); err != nil {
		if x.Type != "" && !strings.HasPrefix(x.Type, "application/json") {
			v = map[string]any{"ok": true} // a file or the like
		} else {
			t.Errorf("%s: %s answers no JSON: %.200s", x.Script, method, x.Body)
			return
		}
	}
	code, _ := v["error"].(string)
	if _, is := v["ok"].(bool); !is && code == "" {
		t.Errorf("%s: %s answers without ok: %.200s", x.Script, method, x.Body)
	}
	played.Lock()
	if played.answers[method] == nil {
		played.answers[method] = map[string]bool{}
	}
	played.answers[method][code] = true
	played.Unlock()
	if code == "" && host().methods[method] != nil && x.Type != "" {
		for _, err := range checker().Response(method, x.Status, x.Type, x.Body) {
			schemaErrors.Add(1)
			t.Logf("%s: %s differs from the schema: %v", x.Script, method, err)
		}
	}
	if code == "" {
		for _, d := range unlikeSample(method, v) {
			t.Errorf("%s: %s: %s", x.Script, method, d)
		}
	}
}

// checker knows the public specification; what it does not agree with is counted on the scoreboard.
var checker = sync.OnceValue(func() *check.Checker { return check.New(api.Spec) })

var schemaErrors atomic.Int64

// samples is the folder with the keys and types of real answers, which a user's clone has not.
const samples = "../../../shared/samples/slack"

// unlikeSample lists what an answer has that the sample of its method has not.
func unlikeSample(method string, v map[string]any) []string {
	b, err := os.ReadFile(filepath.Join(samples, "api", method+".json"))
	if err != nil {
		return nil
	}
	var sample map[string]any
	if json.Unmarshal(b, &sample) != nil {
		return nil
	}
	return twintest.Unlike(v, sample, func(path string) bool {
		return slices.Contains(beyondSamples, method+" "+path) || slices.Contains(beyondSamples, path) || slices.Contains(beyondPlatform, method+" "+path) || beyondSample.MatchString(path) || strings.Contains(path, "blocks[]") || strings.Contains(path, "event_payload.")
	})
}

// beyondSample matches what the samples cannot have: a share is under the id of its channel, and the sizes of images
// are strings there, though Slack and its SDKs have them as numbers; the cells of a list are of one
// type there, and its newer keys are in the samples of slackLists alone; emoji, functions, workflows and their inputs are
// under names of their own.
var beyondSample = regexp.MustCompile(`^emoji\.[^.]+$|^(permissions|metadata)\.(Fn|Wf)\w+$|(inputs|input_parameters)\.\w+$|fields\[\]\.\w+$|schema\[\]\.options\.\w+$|list_limits\.archived_row_count$|list_metadata\.(default_view|subtask_schema|todo_mode)$|shares\.(public|private)|(thumb_\d+|original)_[wh]$`)

// beyondPlatform are those of the platform: functions go by names of their developer's, and the samples were drawn by an
// app that Slack refused what was for workspace apps alone.
var beyondPlatform = []string{
	"apps.manifest.export manifest.functions.fly", "apps.permissions.info info", "apps.permissions.scopes.list scopes",
	"apps.permissions.resources.list resources", "apps.permissions.users.list resources", "workflows.featured.list featured_workflows",
	"oauth.token access_token", "oauth.token token_type", "oauth.token app_id", "oauth.token app_user_id", "oauth.token team_name", "oauth.token team_id",
	"openid.connect.userInfo https://slack.com/team_image_default", "oauth.token authorizing_user", "oauth.token installer_user",
}

// beyondSamples are paths that Slack's documentation shows though no sample has them.
var beyondSamples = []string{
	"response_metadata", "response_metadata.next_cursor", "response_metadata.warnings", "response_metadata.messages", "warning",
	"api.test args",
	"reactions.get file", "files.sharedPublicURL comments", "files.sharedPublicURL paging", "files.comments.add comment",
	"slackLists.items.create item.parent_record_id", "slackLists.items.list items[].parent_record_id", "slackLists.items.list list", "slackLists.items.info subtasks[].parent_record_id",
	"auth.revoke revoked", "dnd.info snooze_enabled", "dnd.info snooze_endtime", "dnd.info snooze_remaining", "dnd.info snooze_is_indefinite", "emoji.list emoji", "dnd.teamInfo users", "team.billableInfo billable_info", "migration.exchange user_id_map", "stars.list items[].message", "usergroup.deleted_by",
	"reminders.add reminder.recurrence", "reminders.info reminder.recurrence", "reminders.add reminder.channel", "users.info users", "team.info team.slackbot_availability",
	"usergroups[].auto_type", "usergroup.auto_type", "usergroup.user_count", "stars.list paging", "stars.list response_metadata",
	"users.lookupByEmail user.enterprise_user", "profile.team", "profile.fields", "users.info user.profile.pronouns", "users.list members[].profile.pronouns",
	"calls.add call.channels", "channel.properties.canvas", "channel.properties.tabs[].data",

	// Messaging.
	"message.root", "messages[].root", "message.metadata", "messages[].attachments[].work_object_entity", "items[].message.pinned_to", "items[].message.attachments", "messages[].name", "messages[].old_name", "messages[].item", "messages[].item_type", "messages[].hidden", "messages[].pinned_to", "messages[].last_read",
	"conversations.replies messages[].subtype", "conversations.replies messages[].username", "conversations.replies messages[].icons", "conversations.leave not_in_channel", "conversations.info channel.user", "conversations.info channel.is_open", "conversations.info channel.latest",
	"conversations.info channel.unread_count", "conversations.info channel.unread_count_display", "conversations.info channel.priority",
	"conversations.info channel.properties.agent_session", "conversations.info channel.properties.code_channel", "conversations.info channel.properties.agent_resource",
	"chat.update message.attachments", "chat.update message.subtype", "chat.update message.username", "chat.update message.icons",
	"chat.scheduleMessage message.attachments", "reactions.get message.attachments", "reactions.get message.subtype",
	"conversations.open channel.name", "reactions.get file", "reactions.get comment", "pins.list items[].message", "pins.list items[].channel", "chat.stopStream channel", "chat.stopStream ts", "chat.stopStream message",
	"chat.postMessage message.icons.image_36", "chat.postMessage message.icons.image_48", "chat.postMessage message.icons.image_72", "chat.postMessage message.metadata.entities",
	"messages[].name", "messages[].old_name",
	"channel.properties.posting_restricted_to", "channel.properties.threads_restricted_to",
	"admin.conversations.ekm.listOriginalConnectedChannelInfo channels",
	"admin.usergroups.listChannels channels[].team_id", "admin.usergroups.listChannels channels[].num_members", "admin.usergroups.listChannels channels[].is_redacted",
	"admin.apps.approved.list approved_apps[].app.developer_type", "admin.apps.approved.list approved_apps[].app.socket_mode_enabled",
	"admin.apps.restricted.list restricted_apps[].app.developer_type", "admin.apps.restricted.list restricted_apps[].app.socket_mode_enabled",
	"admin.apps.requests.list app_requests[].app.developer_type", "admin.apps.requests.list app_requests[].app.socket_mode_enabled",
	"admin.users.list users[].deactivated_ts",
	"admin.workflows.search workflows[].steps[].inputs",
}

func TestSamplesAreThere(t *testing.T) {
	if _, err := os.Stat(samples); err != nil {
		t.Skip("SKIPPED: no samples of real answers beside this clone; answers are not held against them")
	}
}

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	checkFull(t)
	for _, op := range api.Operations {
		if host().methods[op.ID] == nil {
			t.Errorf("%s is not routed", op.ID)
		}
	}
	testbed.Count(t, host().Base, api.Operations, schemaErrors.Load(), nil)
}
