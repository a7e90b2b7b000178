package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// A receiver is an app's own server: it checks signatures, remembers what it was sent and answers what the test wants.
type receiver struct {
	*httptest.Server
	e        *env
	mu       sync.Mutex
	events   []json.RawMessage
	payloads []string
	commands []slack.SlashCommand
	retries  []http.Header
	fail     func(n int) int                                       // the status of the n-th event
	answer   func(slack.InteractionCallback) (body string)         // nil answers nothing
	command  func(slack.SlashCommand) (contentType, answer string) // nil answers nothing
}

// receive starts a receiver and points the demo's app at it.
func (e *env) receive(settings map[string]any) *receiver {
	e.t.Helper()
	r := &receiver{e: e}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	e.t.Cleanup(r.Close)
	conf := map[string]any{"request_url": r.URL + "/events", "interactivity_url": r.URL + "/interact", "options_url": r.URL + "/options"}
	for k, v := range settings {
		conf[k] = v
	}
	e.act("configure_app", conf, nil)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	sv, err := slack.NewSecretsVerifier(req.Header, r.e.creds.Env["SLACK_SIGNING_SECRET"])
	if err == nil {
		sv.Write(body)
		err = sv.Ensure()
	}
	if err != nil {
		r.e.t.Errorf("%s: %v", req.URL.Path, err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch req.URL.Path {
	case "/events":
		var outer struct{ Type, Challenge string }
		json.Unmarshal(body, &outer)
		if outer.Type == "url_verification" {
			io.WriteString(w, outer.Challenge)
			return
		}
		r.mu.Lock()
		r.events = append(r.events, body)
		r.retries = append(r.retries, req.Header)
		n, fail := len(r.events), r.fail
		r.mu.Unlock()
		if fail != nil {
			w.WriteHeader(fail(n))
		}
	case "/command":
		req.Body = io.NopCloser(bytes.NewReader(body))
		cmd, err := slack.SlashCommandParse(req)
		//lint:ignore SA1019 older bots still look at the token
		if err != nil || !cmd.ValidateToken(r.e.creds.Slack.Apps[0].VerificationToken) {
			r.e.t.Errorf("command: %v", err)
		}
		r.mu.Lock()
		r.commands = append(r.commands, cmd)
		r.mu.Unlock()
		if r.command != nil {
			kind, text := r.command(cmd)
			w.Header().Set("Content-Type", kind)
			io.WriteString(w, text)
		}
	default:
		form, _ := url.ParseQuery(string(body))
		var ic slack.InteractionCallback
		if err := json.Unmarshal([]byte(form.Get("payload")), &ic); err != nil {
			r.e.t.Errorf("%s: %v: %s", req.URL.Path, err, form.Get("payload"))
		}
		r.mu.Lock()
		r.payloads = append(r.payloads, form.Get("payload"))
		r.mu.Unlock()
		if r.answer != nil {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, r.answer(ic))
		}
	}
}

// event waits for an event of the type and parses it.
func (r *receiver) event(t *testing.T, kind string) slackevents.EventsAPIEvent {
	t.Helper()
	var found slackevents.EventsAPIEvent
	eventually(t, kind, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, b := range r.events {
			e, err := slackevents.ParseEvent(b, slackevents.OptionNoVerifyToken())
			if err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			if e.InnerEvent.Type == kind {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

// interaction returns the latest interaction.
func (r *receiver) interaction(t *testing.T) slack.InteractionCallback {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.payloads) == 0 {
		t.Fatal("there was no interaction")
	}
	var ic slack.InteractionCallback
	must(t, json.Unmarshal([]byte(r.payloads[len(r.payloads)-1]), &ic))
	return ic
}

// tryAct does an action that may be refused, and returns the sentence that it is refused with.
func (e *env) tryAct(action string, in any) string {
	e.t.Helper()
	b, _ := json.Marshal(in)
	res, err := http.Post(e.url+"/_twin/actions/"+action, "application/json", bytes.NewReader(b))
	must(e.t, err)
	defer res.Body.Close()
	var no struct{ Error string }
	json.NewDecoder(res.Body).Decode(&no)
	return no.Error
}

// shown is what a person has before them after an action.
type shown struct {
	View    *slack.View
	Message *slack.Message
	Errors  map[string]string
	Dialog  json.RawMessage
	Options []slack.OptionBlockObject
	Channel string
	TS      string
}

// config is slack-go with the configuration token of the workspace's owner.
func (e *env) config() (*slack.Client, string) {
	tok := e.creds.Env["SLACK_CONFIG_TOKEN"]
	return e.client("", slack.OptionConfigToken(tok)), tok
}

// code has somebody approve the demo's app.
func (e *env) code(user string, more map[string]any) string {
	e.t.Helper()
	in := map[string]any{"user": user, "client_id": e.creds.Env["SLACK_CLIENT_ID"], "redirect_uri": "http://localhost/back"}
	for k, v := range more {
		in[k] = v
	}
	var out struct{ Code, Redirect string }
	e.act("approve_install", in, &out)
	return out.Code
}

func (e *env) oauth() slack.OAuthOption { return slack.OAuthOptionAPIURL(e.url + "/api/") }

func modal(title string, blocks ...slack.Block) slack.ModalViewRequest {
	blocks = append(blocks, slack.NewDividerBlock())
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: "form", Title: slack.NewTextBlockObject("plain_text", title, false, false),
		Submit: slack.NewTextBlockObject("plain_text", "Send", false, false), Close: slack.NewTextBlockObject("plain_text", "Cancel", false, false),
		Blocks: slack.Blocks{BlockSet: blocks}}
}

func input(block, action string) *slack.InputBlock {
	return slack.NewInputBlock(block, slack.NewTextBlockObject("plain_text", "Name", false, false), nil, slack.NewPlainTextInputBlockElement(nil, action))
}

func button(action, value string) *slack.ActionBlock {
	return slack.NewActionBlock("buttons", slack.NewButtonBlockElement(action, value, slack.NewTextBlockObject("plain_text", "Press", false, false)))
}

// triggered has ana use a shortcut of the demo's app, and returns the trigger that the app gets.
func (r *receiver) triggered(t *testing.T) string {
	t.Helper()
	r.e.act("configure_app", map[string]any{"shortcuts": []map[string]any{{"name": "Launch", "callback": "launch", "description": "Launch it"}}}, nil)
	r.e.act("shortcut", map[string]any{"user": "ana", "callback_id": "launch"}, nil)
	ic := r.interaction(t)
	want(t, "type", ic.Type, slack.InteractionTypeShortcut)
	return ic.TriggerID
}

// manifest is of an app that listens to its socket.
func manifest(name string) *slack.Manifest {
	return &slack.Manifest{
		Display:     slack.Display{Name: name, Description: "Made of a manifest"},
		Features:    slack.Features{BotUser: slack.BotUser{DisplayName: name}, AppHome: slack.AppHome{HomeTabEnabled: true}},
		OAuthConfig: slack.OAuthConfig{Scopes: slack.OAuthScopes{Bot: []string{"chat:write", "app_mentions:read"}}, RedirectUrls: []string{"https://app.example/back"}},
		Settings:    slack.Settings{SocketModeEnabled: true, EventSubscriptions: &slack.EventSubscriptions{BotEvents: []string{"app_mention"}}},
	}
}

func init() {
	rawManifest := func(t *testing.T, name string) json.RawMessage {
		b, err := json.Marshal(manifest(name))
		must(t, err)
		return b
	}
	row("CreateManifestContext", func(t *testing.T) {
		e := world(t)
		api, tok := e.config()
		made, err := api.CreateManifestContext(t.Context(), manifest("Lander"), tok)
		must(t, err)
		got, err := api.ExportManifestContext(t.Context(), tok, made.AppId)
		must(t, err)
		want(t, "name", got.Display.Name, "Lander")
		want(t, "socket mode", got.Settings.SocketModeEnabled, true)
		if made.Credentials.ClientSecret == "" || !strings.HasPrefix(made.OAuthAuthorizeUrl, e.url+"/oauth/v2/authorize?client_id="+made.Credentials.ClientId) {
			t.Fatalf("credentials are %+v, address %s", made.Credentials, made.OAuthAuthorizeUrl)
		}
		res, err := http.Get(made.OAuthAuthorizeUrl)
		must(t, err)
		want(t, "the authorize page", res.StatusCode, 200)
		bad := manifest("Lander")
		bad.Display.Name = ""
		bad.Settings.SocketModeEnabled = false
		refused, err := api.CreateManifestContext(t.Context(), bad, tok)
		want(t, "a bad manifest", err.Error(), "invalid_manifest")
		want(t, "pointer", refused.Errors[0].Pointer, "/display_information/name")
		want(t, "message", refused.Errors[1].Message, "Event Subscription requires either Request URL or Socket Mode Enabled")
	})
	row("CreateManifestRawContext", func(t *testing.T) {
		e := world(t)
		api, _ := e.config()
		made, err := api.CreateManifestRawContext(t.Context(), rawManifest(t, "Lander"), "")
		must(t, err)
		got, err := api.ExportManifestRawContext(t.Context(), "", made.AppId)
		must(t, err)
		if !strings.Contains(string(got), `"Lander"`) {
			t.Fatalf("exported %s", got)
		}
		_, err = api.CreateManifestRawContext(t.Context(), json.RawMessage(`{"display_information":{"name":"x"},"sittings":{}}`), "")
		want(t, "an unknown section", err.Error(), "invalid_manifest")
	})
	row("DeleteManifestContext", func(t *testing.T) {
		e := world(t)
		api, tok := e.config()
		made, err := api.CreateManifest(manifest("Lander"), tok)
		must(t, err)
		_, err = api.DeleteManifestContext(t.Context(), tok, made.AppId)
		must(t, err)
		_, err = api.ExportManifest(tok, made.AppId)
		want(t, "the deleted one", err.Error(), "invalid_app_id")
	})
	row("ExportManifestContext", func(t *testing.T) {
		e := world(t)
		api, tok := e.config()
		got, err := api.ExportManifestContext(t.Context(), tok, e.creds.Slack.Apps[0].ID)
		must(t, err)
		want(t, "name", got.Display.Name, "rocketbot")
		want(t, "command", got.Features.SlashCommands[0].Command, "/rocket")
		want(t, "events", got.Settings.EventSubscriptions.BotEvents[0], "app_mention")
		_, err = api.ExportManifestContext(t.Context(), tok, "A000")
		want(t, "an unknown app", err.Error(), "invalid_app_id")
	})
	row("ExportManifestRawContext", func(t *testing.T) {
		e := world(t)
		api, _ := e.config()
		got, err := api.ExportManifestRawContext(t.Context(), "", e.creds.Slack.Apps[0].ID)
		must(t, err)
		var m slack.Manifest
		must(t, json.Unmarshal(got, &m))
		want(t, "name", m.Display.Name, "rocketbot")
	})
	row("UpdateManifestContext", func(t *testing.T) {
		e := world(t)
		api, tok := e.config()
		made, err := api.CreateManifest(manifest("Lander"), tok)
		must(t, err)
		next := manifest("Orbiter")
		next.OAuthConfig.Scopes.Bot = append(next.OAuthConfig.Scopes.Bot, "files:read")
		res, err := api.UpdateManifestContext(t.Context(), next, tok, made.AppId)
		must(t, err)
		want(t, "permissions updated", res.PermissionsUpdated, true)
		got, err := api.ExportManifest(tok, made.AppId)
		must(t, err)
		want(t, "name", got.Display.Name, "Orbiter")
		want(t, "scopes", strings.Join(got.OAuthConfig.Scopes.Bot, " "), "chat:write app_mentions:read files:read")
	})
	row("UpdateManifestRawContext", func(t *testing.T) {
		e := world(t)
		api, tok := e.config()
		made, err := api.CreateManifest(manifest("Lander"), tok)
		must(t, err)
		res, err := api.UpdateManifestRawContext(t.Context(), rawManifest(t, "Orbiter"), "", made.AppId)
		must(t, err)
		want(t, "permissions updated", res.PermissionsUpdated, false)
		got, err := api.ExportManifest(tok, made.AppId)
		must(t, err)
		want(t, "name", got.Display.Name, "Orbiter")
	})
	row("ValidateManifestContext", func(t *testing.T) {
		e := world(t)
		api, tok := e.config()
		_, err := api.ValidateManifestContext(t.Context(), manifest("Lander"), tok, "")
		must(t, err)
		bad := manifest("Lander")
		bad.OAuthConfig.Scopes.Bot = []string{"chat:wriet"}
		res, err := api.ValidateManifestContext(t.Context(), bad, tok, "")
		want(t, "error", err.Error(), "invalid_manifest")
		want(t, "pointer", res.Errors[0].Pointer, "/oauth_config/scopes/bot/0")
	})
	row("ValidateManifestRawContext", func(t *testing.T) {
		e := world(t)
		api, _ := e.config()
		_, err := api.ValidateManifestRawContext(t.Context(), rawManifest(t, "Lander"), "", e.creds.Slack.Apps[0].ID)
		must(t, err)
		res, err := api.ValidateManifestRawContext(t.Context(), json.RawMessage(`{"display_information":{"name":7}}`), "", "")
		want(t, "error", err.Error(), "invalid_manifest")
		want(t, "pointer", res.Errors[0].Pointer, "/display_information/name")
	})
	row("SetAppIconContext", func(t *testing.T) {
		e := world(t)
		api, tok := e.config()
		picture := func() string {
			res, err := http.Get(e.url + "/avatars/" + e.creds.Slack.Apps[0].ID + "_48.png")
			must(t, err)
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			must(t, err)
			return string(b)
		}
		before := picture()
		var red bytes.Buffer
		img := image.NewRGBA(image.Rect(0, 0, 64, 64))
		draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{200, 0, 0, 255}), image.Point{}, draw.Src)
		must(t, png.Encode(&red, img))
		must(t, api.SetAppIconContext(t.Context(), tok, e.creds.Slack.Apps[0].ID, slack.SetAppIconParameters{File: &red, Filename: "icon.png"}))
		want(t, "the picture is the same", picture() == before, false)
		must(t, api.SetAppIconContext(t.Context(), tok, e.creds.Slack.Apps[0].ID, slack.SetAppIconParameters{URL: "https://app.example/icon.png"}))
		err := api.SetAppIconContext(t.Context(), tok, e.creds.Slack.Apps[0].ID, slack.SetAppIconParameters{File: strings.NewReader("no picture")})
		want(t, "no picture", err.Error(), "bad_image")
	})
	row("ListEventAuthorizationsContext", func(t *testing.T) {
		e := world(t)
		r := e.receive(map[string]any{"events": []string{"message.channels"}})
		e.act("message", map[string]any{"user": "bo", "channel": "general", "text": "hello"}, nil)
		cb := r.event(t, "message").Data.(*slackevents.EventsAPICallbackEvent)
		got, err := e.bot().ListEventAuthorizationsContext(t.Context(), cb.EventContext)
		must(t, err)
		want(t, "authorizations", len(got), 1)
		want(t, "user", got[0].UserID, cb.Authorizations[0].UserID)
		want(t, "is bot", got[0].IsBot, true)
		_, err = e.bot().ListEventAuthorizationsContext(t.Context(), "4-nonsense")
		want(t, "another", err.Error(), "invalid_event_context")
	})
	row("UninstallAppContext", func(t *testing.T) {
		e := world(t)
		r := e.receive(map[string]any{"events": []string{"app_uninstalled", "tokens_revoked"}})
		id, secret := e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"]
		want(t, "a bad secret", e.bot().UninstallAppContext(t.Context(), id, "no").Error(), "bad_client_secret")
		must(t, e.bot().UninstallAppContext(t.Context(), id, secret))
		_, err := e.bot().AuthTest()
		want(t, "the token afterwards", err.Error(), "token_revoked")
		revoked := r.event(t, "tokens_revoked").InnerEvent.Data.(*slackevents.TokensRevokedEvent)
		want(t, "bots", len(revoked.Tokens.Bot), 1)
		r.event(t, "app_uninstalled")
	})
	row("RequestUserConnectionAuthContext", func(t *testing.T) {
		e := world(t)
		ana := e.person("ana")
		p := slack.UserConnectionPrimaryProvider{Value: "acme", Name: slack.NewTextBlockObject("plain_text", "Acme", false, false), AuthURL: "https://acme.example/auth"}
		must(t, e.bot().RequestUserConnectionAuthContext(t.Context(), p, slack.RequestUserConnectionAuthOptionUserID(ana)))
		err := e.bot().RequestUserConnectionAuthContext(t.Context(), p, slack.RequestUserConnectionAuthOptionUserID("U000"))
		want(t, "nobody", err.Error(), "user_not_found")
		e.receive(map[string]any{"events": []string{"user_connection_status_requested"}})
		var k struct{ Asked bool }
		e.act("connect", map[string]any{"user": "ana", "app": "rocketbot", "status": true}, &k)
		want(t, "asked", k.Asked, true)
	})
	row("BulkUpdateUserConnectionsContext", func(t *testing.T) {
		e := world(t)
		ana, bo := e.person("ana"), e.person("bo")
		_, err := e.bot().BulkUpdateUserConnectionsContext(t.Context(), []string{ana}, nil)
		want(t, "before it listens", err.Error(), "app_not_subscribed")
		r := e.receive(map[string]any{"events": []string{"user_connection"}})
		e.act("connect", map[string]any{"user": "ana", "app": "rocketbot"}, nil)
		asked := r.event(t, "user_connection").InnerEvent.Data.(*slackevents.UserConnectionEvent)
		want(t, "user", asked.User, ana)
		want(t, "subtype", asked.Subtype, "connect")
		res, err := e.bot().BulkUpdateUserConnectionsContext(t.Context(), []string{ana}, []string{bo, "U000"})
		must(t, err)
		want(t, "changed", strings.Join(res.ChangedUserIDs, " "), ana)
		want(t, "failed", res.Failures[0].UserID, "U000")
		var k struct{ Connected bool }
		e.act("connect", map[string]any{"user": "ana", "app": "rocketbot", "disconnect": true}, &k)
		want(t, "connected", k.Connected, true)
	})
	row("StartSocketModeContext", func(t *testing.T) {
		e := world(t)
		_, _, err := e.bot().StartSocketModeContext(t.Context())
		want(t, "without Socket Mode", err.Error(), "socket_mode_not_enabled")
		e.act("configure_app", map[string]any{"socket_mode": true}, nil)
		_, addr, err := e.bot().StartSocketModeContext(t.Context())
		must(t, err)
		if !strings.HasPrefix(addr, "ws"+strings.TrimPrefix(e.url, "http")+"/link/?ticket=") {
			t.Fatalf("the address is %s", addr)
		}
	})

	// OAuth.
	row("slack.GetOAuthV2ResponseContext", func(t *testing.T) {
		e := world(t)
		id, secret := e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"]
		code := e.code("bo", map[string]any{"scope": "chat:write,incoming-webhook", "user_scope": "users:read", "channel": "random"})
		_, err := slack.GetOAuthV2ResponseContext(t.Context(), http.DefaultClient, id, "no", code, "http://localhost/back", e.oauth())
		want(t, "a bad secret", err.Error(), "bad_client_secret")
		_, err = slack.GetOAuthV2ResponseContext(t.Context(), http.DefaultClient, id, secret, code, "http://localhost/elsewhere", e.oauth())
		want(t, "another redirect", err.Error(), "bad_redirect_uri")
		got, err := slack.GetOAuthV2ResponseContext(t.Context(), http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		must(t, err)
		who, err := e.client(got.AccessToken).AuthTest()
		must(t, err)
		want(t, "the bot", who.UserID, got.BotUserID)
		who, err = e.client(got.AuthedUser.AccessToken).AuthTest()
		must(t, err)
		want(t, "the person", who.User, "bo")
		want(t, "webhook", got.IncomingWebhook.Channel, "#random")
		must(t, slack.PostWebhook(got.IncomingWebhook.URL, &slack.WebhookMessage{Text: "installed"}))
		_, err = slack.GetOAuthV2ResponseContext(t.Context(), http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		want(t, "again", err.Error(), "code_already_used")

		verifier, err := slack.GenerateCodeVerifier()
		must(t, err)
		code = e.code("bo", map[string]any{"user_scope": "users:read", "code_challenge": slack.GenerateCodeChallenge(verifier), "code_challenge_method": "S256"})
		_, err = slack.GetOAuthV2ResponseContext(t.Context(), http.DefaultClient, id, "", code, "http://localhost/back", e.oauth(), slack.OAuthOptionCodeVerifier("guessed"))
		want(t, "a guess", err.Error(), "invalid_code_verifier")
		got, err = slack.GetOAuthV2ResponseContext(t.Context(), http.DefaultClient, id, "", code, "http://localhost/back", e.oauth(), slack.OAuthOptionCodeVerifier(verifier))
		must(t, err)
		if got.AuthedUser.AccessToken == "" {
			t.Fatal("no token for the one who knows the verifier")
		}
	})
	row("slack.RefreshOAuthV2TokenContext", func(t *testing.T) {
		e := world(t)
		id, secret := e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"]
		e.act("configure_app", map[string]any{"token_rotation": true}, nil)
		first, err := slack.GetOAuthV2Response(http.DefaultClient, id, secret, e.code("bo", map[string]any{"scope": "chat:write"}), "http://localhost/back", e.oauth())
		must(t, err)
		want(t, "expires in", first.ExpiresIn, 43200)
		e.advance("13h")
		_, err = e.client(first.AccessToken).AuthTest()
		want(t, "13 hours later", err.Error(), "token_expired")
		next, err := slack.RefreshOAuthV2TokenContext(t.Context(), http.DefaultClient, id, secret, first.RefreshToken, e.oauth())
		must(t, err)
		_, err = e.client(next.AccessToken).AuthTest()
		must(t, err)
		_, err = slack.RefreshOAuthV2TokenContext(t.Context(), http.DefaultClient, id, secret, first.RefreshToken, e.oauth())
		want(t, "a spent one", err.Error(), "invalid_refresh_token")
	})
	v1 := func(t *testing.T) (*env, string, string, string) {
		e := world(t)
		return e, e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"], e.code("bo", map[string]any{"scope": "bot,commands,chat:write:user,users:read", "flow": "v1"})
	}
	row("slack.GetOAuthResponseContext", func(t *testing.T) {
		e, id, secret, code := v1(t)
		_, err := slack.GetOAuthV2Response(http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		want(t, "at the second version", err.Error(), "oauth_authorization_url_mismatch")
		got, err := slack.GetOAuthResponseContext(t.Context(), http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		must(t, err)
		want(t, "user", got.UserID, e.person("bo"))
		want(t, "team", got.TeamName, "Acme Rockets")
	})
	row("slack.GetOAuthTokenContext", func(t *testing.T) {
		e, id, secret, code := v1(t)
		tok, scope, err := slack.GetOAuthTokenContext(t.Context(), http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		must(t, err)
		want(t, "scope", scope, "identify,bot,commands,chat:write:user,users:read")
		who, err := e.client(tok).AuthTest()
		must(t, err)
		want(t, "user", who.User, "bo")
	})
	row("slack.GetBotOAuthTokenContext", func(t *testing.T) {
		e, id, secret, code := v1(t)
		_, _, bot, err := slack.GetBotOAuthTokenContext(t.Context(), http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		must(t, err)
		who, err := e.client(bot.BotAccessToken).AuthTest()
		must(t, err)
		want(t, "bot", who.UserID, bot.BotUserID)
	})
	row("slack.GetOpenIDConnectTokenContext", func(t *testing.T) {
		e := world(t)
		id, secret := e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"]
		code := e.code("bo", map[string]any{"scope": "openid email profile", "flow": "openid", "nonce": "n-1"})
		got, err := slack.GetOpenIDConnectTokenContext(t.Context(), http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		must(t, err)
		claims := verifyIDToken(t, e, got.IdToken)
		want(t, "audience", claims["aud"], any(id))
		want(t, "nonce", claims["nonce"], any("n-1"))
		want(t, "email", claims["email"], any("bo@acme.example"))
		want(t, "subject", claims["sub"], any(e.person("bo")))
	})
	row("GetOpenIDConnectUserInfoContext", func(t *testing.T) {
		e := world(t)
		id, secret := e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"]
		code := e.code("bo", map[string]any{"scope": "openid profile", "flow": "openid"})
		tok, err := slack.GetOpenIDConnectToken(http.DefaultClient, id, secret, code, "http://localhost/back", e.oauth())
		must(t, err)
		got, err := e.client(tok.AccessToken).GetOpenIDConnectUserInfoContext(t.Context())
		must(t, err)
		want(t, "name", got.Name, "Bo Lindqvist")
		want(t, "team", got.TeamName, "Acme Rockets")
		want(t, "email without its scope", got.Email, "")
		_, err = e.user("ana").GetOpenIDConnectUserInfoContext(t.Context())
		want(t, "another token", err.Error(), "missing_scope")
	})
	row("RotateTokensContext", func(t *testing.T) {
		e := world(t)
		refresh := e.creds.Env["SLACK_CONFIG_REFRESH_TOKEN"]
		api := e.client("", slack.OptionConfigToken(e.creds.Env["SLACK_CONFIG_TOKEN"]), slack.OptionConfigRefreshToken(refresh))
		got, err := api.RotateTokensContext(t.Context(), "", "")
		must(t, err)
		if !strings.HasPrefix(got.Token, "xoxe.xoxp-1-") || !strings.HasPrefix(got.RefreshToken, "xoxe-1-") || got.ExpiresAt-got.IssuedAt != 43200 {
			t.Fatalf("rotated to %+v", got)
		}
		_, err = api.CreateManifest(manifest("Lander"), got.Token)
		must(t, err)
		_, err = api.RotateTokensContext(t.Context(), "", refresh)
		want(t, "a spent one", err.Error(), "invalid_refresh_token")
	})

	// Webhooks.
	row("slack.PostWebhookContext", func(t *testing.T) {
		e, hook := webhook(t, "random")
		must(t, slack.PostWebhookContext(t.Context(), hook, &slack.WebhookMessage{Text: "lift-off"}))
		got, err := e.user("ana").GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: e.channel("random"), Limit: 1})
		must(t, err)
		want(t, "text", got.Messages[0].Text, "lift-off")
		want(t, "subtype", got.Messages[0].SubType, "bot_message")
		err = slack.PostWebhook(hook, &slack.WebhookMessage{})
		want(t, "nothing said", err.(slack.StatusCodeError).Code, 400)
		err = slack.PostWebhook(strings.TrimSuffix(hook, hook[len(hook)-12:])+"000000000000", &slack.WebhookMessage{Text: "x"})
		want(t, "a bad secret", err.(slack.StatusCodeError).Code, 403)
	})
	row("slack.PostWebhookCustomHTTPContext", func(t *testing.T) {
		e, hook := webhook(t, "random")
		seen := 0
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) { seen++; return http.DefaultTransport.RoundTrip(r) })}
		must(t, slack.PostWebhookCustomHTTPContext(t.Context(), hook, client, &slack.WebhookMessage{Blocks: &slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}, Text: "t"}))
		want(t, "requests", seen, 1)
		got, err := e.user("ana").GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: e.channel("random"), Limit: 1})
		must(t, err)
		want(t, "blocks", got.Messages[0].Blocks.BlockSet[0].BlockType(), slack.MBTDivider)
		must(t, e.user("ana").ArchiveConversation(e.channel("random")))
		err = slack.PostWebhookCustomHTTPContext(t.Context(), hook, client, &slack.WebhookMessage{Text: "x"})
		want(t, "an archived channel", err.(slack.StatusCodeError).Code, 410)
	})

	// Views and dialogs.
	row("OpenViewContext", func(t *testing.T) {
		e := world(t)
		r := e.receive(nil)
		trigger := r.triggered(t)
		got, err := e.bot().OpenViewContext(t.Context(), trigger, modal("Launch", input("b", "name")))
		must(t, err)
		var s shown
		e.act("screen", map[string]any{"user": "ana"}, &s)
		want(t, "on ana's screen", s.View.ID, got.ID)
		want(t, "callback", s.View.CallbackID, "form")
		_, err = e.bot().OpenViewContext(t.Context(), trigger, modal("Launch"))
		want(t, "a spent trigger", err.Error(), "exchanged_trigger_id")
		late := r.triggered(t)
		e.advance("4s")
		_, err = e.bot().OpenViewContext(t.Context(), late, modal("Launch"))
		want(t, "too late", err.Error(), "expired_trigger_id")
	})
	row("PushViewContext", func(t *testing.T) {
		e := world(t)
		r := e.receive(nil)
		first, err := e.bot().OpenView(r.triggered(t), modal("One", button("go", "1")))
		must(t, err)
		for _, title := range []string{"Two", "Three"} {
			e.act("click", map[string]any{"user": "ana", "action_id": "go"}, nil)
			got, err := e.bot().PushViewContext(t.Context(), r.interaction(t).TriggerID, modal(title, button("go", "1")))
			must(t, err)
			want(t, "root", got.RootViewID, first.ID)
		}
		e.act("click", map[string]any{"user": "ana", "action_id": "go"}, nil)
		_, err = e.bot().PushViewContext(t.Context(), r.interaction(t).TriggerID, modal("Four"))
		want(t, "the fourth", err.Error(), "push_limit_reached")
		var s shown
		e.act("close_view", map[string]any{"user": "ana"}, &s)
		want(t, "below", s.View.Title.Text, "Two")
	})
	row("UpdateViewContext", func(t *testing.T) {
		e := world(t)
		r := e.receive(nil)
		v := modal("One")
		v.ExternalID = "launch-7"
		first, err := e.bot().OpenView(r.triggered(t), v)
		must(t, err)
		v.Title.Text = "Two"
		next, err := e.bot().UpdateViewContext(t.Context(), v, "launch-7", first.Hash, "")
		must(t, err)
		want(t, "title", next.Title.Text, "Two")
		_, err = e.bot().UpdateViewContext(t.Context(), v, "", first.Hash, first.ID)
		want(t, "an old hash", err.Error(), "hash_conflict")
		_, err = e.bot().UpdateViewContext(t.Context(), v, "", "", "V000")
		want(t, "another", err.Error(), "not_found")
	})
	row("PublishViewContext", func(t *testing.T) {
		e := world(t)
		r := e.receive(map[string]any{"events": []string{"app_home_opened"}})
		home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{button("go", "1")}}}
		got, err := e.bot().PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: e.person("ana"), View: home})
		must(t, err)
		var s shown
		e.act("open_home", map[string]any{"user": "ana", "app": "rocketbot"}, &s)
		want(t, "ana sees", s.View.ID, got.ID)
		opened := r.event(t, "app_home_opened").InnerEvent.Data.(*slackevents.AppHomeOpenedEvent)
		want(t, "view", opened.View.ID, got.ID)
		want(t, "tab", opened.Tab, "home")
		e.act("click", map[string]any{"user": "ana", "app": "rocketbot", "action_id": "go"}, nil)
		want(t, "clicked in", r.interaction(t).Container.ViewID, got.ID)
		stale := "1.x"
		_, err = e.bot().PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: e.person("ana"), View: home, Hash: &stale})
		want(t, "an old hash", err.Error(), "hash_conflict")
	})
	row("OpenDialogContext", func(t *testing.T) {
		e := world(t)
		r := e.receive(nil)
		dialog := slack.Dialog{CallbackID: "launch", Title: "Launch", SubmitLabel: "Go", NotifyOnCancel: true, State: "s1",
			Elements: []slack.DialogElement{slack.NewTextInput("pad", "Pad", "")}}
		must(t, e.bot().OpenDialogContext(t.Context(), r.triggered(t), dialog))
		r.answer = func(ic slack.InteractionCallback) string {
			if ic.Submission["pad"] == "39A" {
				return ""
			}
			return `{"errors":[{"name":"pad","error":"There is no such pad"}]}`
		}
		var s shown
		e.act("submit_dialog", map[string]any{"user": "ana", "values": map[string]string{"pad": "7"}}, &s)
		want(t, "error", s.Errors["pad"], "There is no such pad")
		s = shown{}
		e.act("submit_dialog", map[string]any{"user": "ana", "values": map[string]string{"pad": "39A"}}, &s)
		want(t, "errors", len(s.Errors)+len(s.Dialog), 0)
		want(t, "type", r.interaction(t).Type, slack.InteractionTypeDialogSubmission)
		dialog.Title = strings.Repeat("long ", 9)
		err := e.bot().OpenDialogContext(t.Context(), r.triggered(t), dialog)
		if err == nil || !strings.HasPrefix(err.Error(), "validation_errors") {
			t.Fatalf("a long title: %v", err)
		}
	})

	// Functions and workflows.
	row("FunctionCompleteSuccessContext", func(t *testing.T) {
		e := world(t)
		id, api := e.executed(t)
		err := api.FunctionCompleteSuccessContext(t.Context(), id, slack.FunctionCompleteSuccessRequestOptionOutput(map[string]string{"speed": "high"}))
		want(t, "other outputs", err.Error(), "parameter_validation_failed")
		must(t, api.FunctionCompleteSuccessContext(t.Context(), id, slack.FunctionCompleteSuccessRequestOptionOutput(map[string]string{"orbit": "low"})))
		_, err = api.AuthTest()
		want(t, "the run's token afterwards", err.Error(), "token_revoked")
		err = e.bot().FunctionCompleteSuccess("Fx000", slack.FunctionCompleteSuccessRequestOptionOutput(map[string]string{"a": "b"}))
		want(t, "no run", err.Error(), "function_execution_not_found")
	})
	row("FunctionCompleteErrorContext", func(t *testing.T) {
		e := world(t)
		id, api := e.executed(t)
		want(t, "not the app's own", e.bot().FunctionCompleteError(id, "no").Error(), "access_denied")
		must(t, api.FunctionCompleteErrorContext(t.Context(), id, "No fuel"))
	})
	featured := func(t *testing.T) (*env, string, []string) {
		e := world(t)
		var ids []string
		for _, name := range []string{"Launch", "Land"} {
			ids = append(ids, e.trigger(t, name))
		}
		return e, e.channel("general"), ids
	}
	titles := func(t *testing.T, e *env, channel string) string {
		got, err := e.bot().WorkflowsFeaturedList(t.Context(), &slack.WorkflowsFeaturedListInput{ChannelIDs: []string{channel}})
		must(t, err)
		var names []string
		for _, tr := range got.FeaturedWorkflows[0].Triggers {
			names = append(names, tr.Title)
		}
		return strings.Join(names, " ")
	}
	row("WorkflowsFeaturedAdd", func(t *testing.T) {
		e, ch, ids := featured(t)
		must(t, e.bot().WorkflowsFeaturedAdd(t.Context(), &slack.WorkflowsFeaturedAddInput{ChannelID: ch, TriggerIDs: ids[:1]}))
		must(t, e.bot().WorkflowsFeaturedAdd(t.Context(), &slack.WorkflowsFeaturedAddInput{ChannelID: ch, TriggerIDs: ids}))
		want(t, "featured", titles(t, e, ch), "Launch Land")
		err := e.bot().WorkflowsFeaturedAdd(t.Context(), &slack.WorkflowsFeaturedAddInput{ChannelID: ch, TriggerIDs: []string{"Ft000"}})
		want(t, "another", err.Error(), "trigger_not_found")
	})
	row("WorkflowsFeaturedList", func(t *testing.T) {
		e, ch, _ := featured(t)
		want(t, "featured", titles(t, e, ch), "")
		_, err := e.bot().WorkflowsFeaturedList(t.Context(), &slack.WorkflowsFeaturedListInput{ChannelIDs: []string{"C000"}})
		want(t, "no channel", err.Error(), "invalid_channel_id")
	})
	row("WorkflowsFeaturedRemove", func(t *testing.T) {
		e, ch, ids := featured(t)
		must(t, e.bot().WorkflowsFeaturedSet(t.Context(), &slack.WorkflowsFeaturedSetInput{ChannelID: ch, TriggerIDs: ids}))
		must(t, e.bot().WorkflowsFeaturedRemove(t.Context(), &slack.WorkflowsFeaturedRemoveInput{ChannelID: ch, TriggerIDs: ids[:1]}))
		want(t, "featured", titles(t, e, ch), "Land")
	})
	row("WorkflowsFeaturedSet", func(t *testing.T) {
		e, ch, ids := featured(t)
		must(t, e.bot().WorkflowsFeaturedSet(t.Context(), &slack.WorkflowsFeaturedSetInput{ChannelID: ch, TriggerIDs: ids}))
		must(t, e.bot().WorkflowsFeaturedSet(t.Context(), &slack.WorkflowsFeaturedSetInput{ChannelID: ch, TriggerIDs: ids[1:]}))
		want(t, "featured", titles(t, e, ch), "Land")
	})
	named := func(t *testing.T) (*env, string, string) {
		e := world(t)
		id, bo := e.trigger(t, "Launch"), e.person("bo")
		_, err := e.bot().WorkflowsTriggersPermissionsSet(t.Context(), &slack.WorkflowsTriggersPermissionsSetInput{TriggerId: id, PermissionType: "named_entities", UserIds: []string{bo}})
		must(t, err)
		return e, id, bo
	}
	row("WorkflowsTriggersPermissionsAdd", func(t *testing.T) {
		e, id, bo := named(t)
		got, err := e.bot().WorkflowsTriggersPermissionsAdd(t.Context(), &slack.WorkflowsTriggersPermissionsAddInput{TriggerId: id, UserIds: []string{e.person("dara")}})
		must(t, err)
		want(t, "users", strings.Join(got.UserIds, " "), bo+" "+e.person("dara"))
		_, err = e.bot().WorkflowsTriggersPermissionsAdd(t.Context(), &slack.WorkflowsTriggersPermissionsAddInput{TriggerId: id, UserIds: []string{"U000"}})
		want(t, "nobody", err.Error(), "user_not_found")
	})
	row("WorkflowsTriggersPermissionsList", func(t *testing.T) {
		e, id, bo := named(t)
		got, err := e.bot().WorkflowsTriggersPermissionsList(t.Context(), &slack.WorkflowsTriggersPermissionsListInput{TriggerId: id})
		must(t, err)
		want(t, "type", got.PermissionType, "named_entities")
		want(t, "user", got.UserIds[0], bo)
	})
	row("WorkflowsTriggersPermissionsRemove", func(t *testing.T) {
		e, id, bo := named(t)
		got, err := e.bot().WorkflowsTriggersPermissionsRemove(t.Context(), &slack.WorkflowsTriggersPermissionsRemoveInput{TriggerId: id, UserIds: []string{bo}})
		must(t, err)
		want(t, "users", len(got.UserIds), 0)
	})
	row("WorkflowsTriggersPermissionsSet", func(t *testing.T) {
		e, id, _ := named(t)
		got, err := e.bot().WorkflowsTriggersPermissionsSet(t.Context(), &slack.WorkflowsTriggersPermissionsSetInput{TriggerId: id, PermissionType: "everyone"})
		must(t, err)
		want(t, "type", got.PermissionType, "everyone")
		_, err = e.bot().WorkflowsTriggersPermissionsAdd(t.Context(), &slack.WorkflowsTriggersPermissionsAddInput{TriggerId: id, UserIds: []string{e.person("bo")}})
		want(t, "adding to everyone", err.Error(), "invalid_permission_type")
	})

	// Socket Mode.
	row("socketmode.Client.OpenContext", func(t *testing.T) {
		e := world(t)
		e.act("configure_app", map[string]any{"socket_mode": true}, nil)
		info, addr, err := socketmode.New(e.bot()).OpenContext(t.Context())
		must(t, err)
		want(t, "address", info.URL, addr)
	})
	row("socketmode.Client.RunContext", func(t *testing.T) {
		e := world(t)
		sm := e.socket(t, func(c *socketmode.Client, ev socketmode.Event) { c.Ack(*ev.Request) })
		e.act("message", map[string]any{"user": "bo", "channel": "general", "text": "hello"}, nil)
		got := sm.event(t, "message")
		want(t, "text", got.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.MessageEvent).Text, "hello")
		want(t, "attempt", got.Request.RetryAttempt, 0)
		hello := sm.of(t, socketmode.EventTypeHello)
		want(t, "app", hello.Request.ConnectionInfo.AppID, e.creds.Slack.Apps[0].ID)
		want(t, "connections", hello.Request.NumConnections, 1)
		e.outboxDelivered(t, "message")
	})
	row("socketmode.Client.AckCtx", func(t *testing.T) {
		e := world(t)
		sm := e.socket(t, func(c *socketmode.Client, ev socketmode.Event) {
			if ev.Type == socketmode.EventTypeSlashCommand {
				c.AckCtx(context.Background(), ev.Request.EnvelopeID, map[string]any{"text": "Launching", "response_type": "in_channel"})
			} else {
				c.Ack(*ev.Request)
			}
		})
		var s shown
		e.act("slash", map[string]any{"user": "bo", "channel": "general", "command": "/rocket", "text": "seven"}, &s)
		want(t, "everybody sees", s.Message.Text, "Launching")
		want(t, "text", sm.of(t, socketmode.EventTypeSlashCommand).Data.(slack.SlashCommand).Text, "seven")
		got, err := e.user("ana").GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: e.channel("general"), Limit: 1})
		must(t, err)
		want(t, "in the channel", got.Messages[0].Text, "Launching")
	})
	row("socketmode.SocketmodeHandler.RunEventLoopContext", func(t *testing.T) {
		e := world(t)
		e.act("configure_app", map[string]any{"socket_mode": true, "shortcuts": []map[string]any{{"name": "Launch", "callback": "launch", "description": "Launch it"}}}, nil)
		api := e.bot()
		client := socketmode.New(api)
		h := socketmode.NewSocketmodeHandler(client)
		up := make(chan bool, 4)
		h.Handle(socketmode.EventTypeHello, func(*socketmode.Event, *socketmode.Client) { up <- true })
		h.HandleShortcut("launch", func(ev *socketmode.Event, c *socketmode.Client) {
			c.Ack(*ev.Request)
			api.OpenView(ev.Data.(slack.InteractionCallback).TriggerID, modal("Launch"))
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- h.RunEventLoopContext(ctx) }()
		<-up
		var s shown
		e.act("shortcut", map[string]any{"user": "ana", "callback_id": "launch", "wait": "3s"}, &s)
		if s.View == nil || s.View.Title.Text != "Launch" {
			t.Fatalf("ana sees %+v", s.View)
		}
		cancel()
		<-done
	})

	// RTM.
	row("ConnectRTMContext", func(t *testing.T) {
		e := world(t)
		info, addr, err := e.bot().ConnectRTMContext(t.Context())
		must(t, err)
		want(t, "self", info.User.Name, "rocketbot")
		want(t, "team", info.Team.Domain, "acme-rockets")
		if !strings.HasPrefix(addr, "ws"+strings.TrimPrefix(e.url, "http")+"/websocket/") {
			t.Fatalf("the address is %s", addr)
		}
		_, _, err = e.user("ana").ConnectRTMContext(t.Context())
		want(t, "a token without the scope", err.Error(), "missing_scope")
	})
	row("StartRTMContext", func(t *testing.T) {
		e := world(t)
		//lint:ignore SA1019 older bots still call it
		info, addr, err := e.bot().StartRTMContext(t.Context())
		must(t, err)
		want(t, "self", info.User.Name, "rocketbot")
		if !strings.Contains(addr, "/websocket/") {
			t.Fatalf("the address is %s", addr)
		}
	})
	row("slack.RTM.ManageConnection", func(t *testing.T) {
		e := world(t)
		rtm := e.rtm(t)
		e.act("message", map[string]any{"user": "bo", "channel": "general", "text": "hello"}, nil)
		got := rtm.of(t, "message").(*slack.MessageEvent)
		want(t, "text", got.Text, "hello")
		want(t, "channel", got.Channel, e.channel("general"))
	})
	row("slack.RTM.SendMessage", func(t *testing.T) {
		e := world(t)
		rtm := e.rtm(t)
		rtm.SendMessage(rtm.NewOutgoingMessage("over RTM", e.channel("general")))
		ack := rtm.of(t, "ack").(*slack.AckMessage)
		want(t, "text", ack.Text, "over RTM")
		got, err := e.user("ana").GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: e.channel("general"), Limit: 1})
		must(t, err)
		want(t, "in the channel", got.Messages[0].Timestamp, ack.Timestamp)
		rtm.SendMessage(rtm.NewOutgoingMessage("nowhere", "C000"))
		no := rtm.of(t, "ack_error").(*slack.AckErrorEvent)
		want(t, "why", no.ErrorObj.Error(), "Code 4 - channel_not_found")
	})
	row("slack.RTM.Disconnect", func(t *testing.T) {
		e := world(t)
		rtm := e.rtm(t)
		must(t, rtm.Disconnect())
		gone := rtm.of(t, "disconnected").(*slack.DisconnectedEvent)
		want(t, "intentional", gone.Intentional, true)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// webhook installs an incoming webhook for a channel.
func webhook(t *testing.T, channel string) (*env, string) {
	e := world(t)
	got, err := slack.GetOAuthV2Response(http.DefaultClient, e.creds.Env["SLACK_CLIENT_ID"], e.creds.Env["SLACK_CLIENT_SECRET"],
		e.code("ana", map[string]any{"scope": "incoming-webhook", "channel": channel}), "http://localhost/back", e.oauth())
	must(t, err)
	return e, got.IncomingWebhook.URL
}

// trigger makes a link that starts a workflow.
func (e *env) trigger(t *testing.T, name string) string {
	var out struct{ Trigger struct{ ID string } }
	e.act("create_trigger", map[string]any{"name": name}, &out)
	return out.Trigger.ID
}

// executed runs a function of an app made for it, and returns the run with a client that has its token.
func (e *env) executed(t *testing.T) (string, *slack.Client) {
	t.Helper()
	raw := `{"display_information":{"name":"Pilot"},"features":{"bot_user":{"display_name":"Pilot"}},"oauth_config":{"scopes":{"bot":["chat:write"]}},
		"settings":{"event_subscriptions":{"request_url":"http://localhost:1/","bot_events":["function_executed"]},"function_runtime":"remote"},
		"functions":{"fly":{"title":"Fly","description":"Fly somewhere","input_parameters":{"to":{"type":"string","is_required":true}},
		"output_parameters":{"orbit":{"type":"string","is_required":true}}}}}`
	api, tok := e.config()
	made, err := api.CreateManifestRaw(json.RawMessage(raw), tok)
	must(t, err)
	var code struct{ Code string }
	e.act("approve_install", map[string]any{"user": "ana", "client_id": made.Credentials.ClientId, "scope": "chat:write"}, &code)
	_, err = slack.GetOAuthV2Response(http.DefaultClient, made.Credentials.ClientId, made.Credentials.ClientSecret, code.Code, "", e.oauth())
	must(t, err)
	r := &receiver{e: e}
	events := make(chan slackevents.EventsAPIEvent, 8)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var outer struct{ Challenge string }
		if json.Unmarshal(body, &outer); outer.Challenge != "" {
			io.WriteString(w, outer.Challenge)
			return
		}
		ev, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err == nil {
			events <- ev
		}
	}))
	t.Cleanup(r.Close)
	e.act("configure_app", map[string]any{"app": made.AppId, "request_url": r.URL}, nil)
	want(t, "an input that is missing", e.tryAct("run_function", map[string]any{"user": "ana", "app": "Pilot", "function": "fly"}), `the input "to" is needed`)
	var run struct {
		ID string `json:"function_execution_id"`
	}
	e.act("run_function", map[string]any{"user": "ana", "app": "Pilot", "function": "fly", "inputs": map[string]any{"to": "Mars"}}, &run)
	select {
	case ev := <-events:
		fe := ev.InnerEvent.Data.(*slackevents.FunctionExecutedEvent)
		want(t, "function", fe.Function.CallbackID, "fly")
		want(t, "run", fe.FunctionExecutionID, run.ID)
		return run.ID, e.client(fe.BotAccessToken)
	case <-time.After(5 * time.Second):
		t.Fatal("no function_executed")
	}
	return "", nil
}

// A mode is a client of Socket Mode and all it was told.
type mode struct {
	*socketmode.Client
	mu     sync.Mutex
	events []socketmode.Event
}

// socket runs a client of Socket Mode; answer acknowledges what needs it.
func (e *env) socket(t *testing.T, answer func(*socketmode.Client, socketmode.Event)) *mode {
	t.Helper()
	e.act("configure_app", map[string]any{"socket_mode": true}, nil)
	m := &mode{Client: socketmode.New(e.bot())}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); m.RunContext(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		for ev := range m.Events {
			m.mu.Lock()
			m.events = append(m.events, ev)
			m.mu.Unlock()
			if ev.Request != nil && ev.Request.EnvelopeID != "" {
				answer(m.Client, ev)
			}
		}
	}()
	m.of(t, socketmode.EventTypeHello)
	return m
}

// of waits for an event of Socket Mode.
func (m *mode) of(t *testing.T, kind socketmode.EventType) (found socketmode.Event) {
	t.Helper()
	eventually(t, string(kind), func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, ev := range m.events {
			if ev.Type == kind {
				found = ev
				return true
			}
		}
		return false
	})
	return found
}

// event waits for an event of the Events API.
func (m *mode) event(t *testing.T, kind string) (found socketmode.Event) {
	t.Helper()
	eventually(t, kind, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, ev := range m.events {
			if api, ok := ev.Data.(slackevents.EventsAPIEvent); ok && api.InnerEvent.Type == kind {
				found = ev
				return true
			}
		}
		return false
	})
	return found
}

// outboxDelivered waits until a delivery of the topic has been accepted.
func (e *env) outboxDelivered(t *testing.T, topic string) {
	t.Helper()
	eventually(t, "the delivery of "+topic, func() bool {
		var out struct {
			Deliveries []struct{ Topic, State string }
		}
		control(t, http.MethodGet, e.url+"/_twin/outbox", nil, &out)
		for _, d := range out.Deliveries {
			if d.Topic == topic && d.State == "delivered" {
				return true
			}
		}
		return false
	})
}

// An rtm is a client of RTM and all it was told.
type rtm struct {
	*slack.RTM
	mu     sync.Mutex
	events []slack.RTMEvent
}

// rtm connects the demo's bot.
func (e *env) rtm(t *testing.T) *rtm {
	t.Helper()
	return rtmOf(t, e.bot())
}

func rtmOf(t *testing.T, api *slack.Client) *rtm {
	r := &rtm{RTM: api.NewRTM()}
	go r.ManageConnection()
	t.Cleanup(func() { r.Disconnect() })
	go func() {
		for ev := range r.IncomingEvents {
			r.mu.Lock()
			switch ev.Data.(type) {
			case *slack.AckMessage:
				ev.Type = "ack"
			case *slack.AckErrorEvent:
				ev.Type = "ack_error"
			}
			r.events = append(r.events, ev)
			r.mu.Unlock()
		}
	}()
	r.of(t, "hello")
	return r
}

// of waits for an event of the type.
func (r *rtm) of(t *testing.T, kind string) (found any) {
	t.Helper()
	eventually(t, kind, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, ev := range r.events {
			if ev.Type == kind {
				found = ev.Data
				return true
			}
		}
		return false
	})
	return found
}
