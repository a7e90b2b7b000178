package slack

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Code is what an app gets when somebody approves it, to exchange for tokens once.
//
// https://docs.slack.dev/authentication/installing-with-oauth
type Code struct {
	Key        string    `json:"key"`
	App        string    `json:"app"`
	Team       string    `json:"team"`
	User       string    `json:"user"`
	Flow       string    `json:"flow"` // v2, v1 or openid
	Scopes     []string  `json:"scopes"`
	UserScopes []string  `json:"user_scopes"`
	Redirect   string    `json:"redirect"`
	Channel    string    `json:"channel"` // of the incoming webhook
	Challenge  string    `json:"challenge"`
	Method     string    `json:"method"` // PKCE
	Nonce      string    `json:"nonce"`
	Until      time.Time `json:"until"`
	Used       bool      `json:"used"`
}

// The ways to ask a person for their approval.
const (
	flowV2     = "v2"
	flowV1     = "v1"
	flowOpenID = "openid"
)

// codeLife is for how long a code can be exchanged.
const codeLife = 10 * time.Minute

// rotation is for how long the tokens of an app that rotates them are good.
//
// https://docs.slack.dev/authentication/using-token-rotation
const rotation = 12 * time.Hour

// oauthMethods are the oauth.*, openid.* and tooling.* methods.
//
// https://docs.slack.dev/reference/methods?family=oauth
func (s *Slack) oauthMethods() {
	for _, m := range []*method{
		write(s, "oauth.v2.access", about{twin.Full, tier4, "", ""}, s.oauthV2Access),
		write(s, "oauth.v2.user.access", about{twin.Full, tier4, "", ""}, s.oauthV2UserAccess),
		write(s, "oauth.access", about{twin.Full, tier4, "", ""}, s.oauthAccess),
		write(s, "oauth.token", about{twin.Full, tier4, "", ""}, s.oauthToken),
		write(s, "openid.connect.token", about{twin.Full, tier4, "", ""}, s.openidConnectToken),
		write(s, "tooling.tokens.rotate", about{twin.Full, tier1, "", ""}, s.toolingTokensRotate),
	} {
		m.open, m.anyToken = true, true
	}
	write(s, "oauth.v2.exchange", about{twin.Full, tier4, "", ""}, s.oauthV2Exchange)
	read(s, "openid.connect.userInfo", about{twin.Full, tier4, "", "openid"}, s.openidConnectUserInfo)
}

// An oauthRequest is what the methods that exchange codes are sent.
type oauthRequest struct {
	ClientID      string `json:"client_id"`
	ClientSecret  string `json:"client_secret"`
	Code          string `json:"code"`
	CodeVerifier  string `json:"code_verifier"`
	GrantType     string `json:"grant_type"`
	RedirectURI   string `json:"redirect_uri"`
	RefreshToken  string `json:"refresh_token"`
	SingleChannel bool   `json:"single_channel"`
}

// oauthV2Access exchanges a code, or a refresh token, for an app's tokens.
//
// https://docs.slack.dev/reference/methods/oauth.v2.access
func (s *Slack) oauthV2Access(c *call, in *oauthRequest) (any, error) {
	app, err := c.client(in)
	if err != nil {
		return nil, err
	}
	switch in.GrantType {
	case "", "authorization_code":
	case "refresh_token":
		return c.refresh(app, in.RefreshToken)
	default:
		return nil, errInvalidGrantType
	}
	code, err := c.redeemCode(app, in, flowV2)
	if err != nil {
		return nil, err
	}
	return c.grantCode(app, code)
}

// oauthV2UserAccess exchanges a code for the token of a person alone, without a client secret.
//
// https://docs.slack.dev/reference/methods/oauth.v2.user.access
func (s *Slack) oauthV2UserAccess(c *call, in *oauthRequest) (any, error) {
	app, err := c.client(in)
	if err != nil {
		return nil, err
	}
	switch in.GrantType {
	case "", "authorization_code":
	case "refresh_token":
		return c.refresh(app, in.RefreshToken)
	default:
		return nil, errInvalidGrantType
	}
	code, err := c.redeemCode(app, in, flowV2)
	if err != nil {
		return nil, err
	}
	if len(code.Scopes) > 0 {
		return nil, errInvalidScope
	}
	return c.grantCode(app, code)
}

// oauthAccess exchanges a code of the first version of OAuth at Slack.
//
// https://docs.slack.dev/reference/methods/oauth.access
func (s *Slack) oauthAccess(c *call, in *oauthRequest) (any, error) {
	app, err := c.client(in)
	if err != nil {
		return nil, err
	}
	code, err := c.redeemCode(app, in, flowV1)
	if err != nil {
		return nil, err
	}
	t, _ := s.teams.Get(c.Tx, code.Team)
	in2 := c.install(app, t, code.User, botPart(code.Scopes))
	tok := c.grant(in2, code.User, code.Scopes)
	v := reply{"access_token": c.World.Seal(tok.Key), "scope": "identify," + strings.Join(code.Scopes, ","), "user_id": code.User,
		"team_id": t.ID, "team_name": t.Name, "enterprise_id": null(t.Enterprise)}
	if bot, ok := c.botToken(in2); ok && slices.Contains(code.Scopes, "bot") {
		v["bot"] = reply{"bot_user_id": in2.BotUser, "bot_access_token": c.World.Seal(bot.Key)}
	}
	if slices.Contains(code.Scopes, "incoming-webhook") {
		v["incoming_webhook"] = c.webhookView(c.newWebhook(in2, code.Channel, code.User))
	}
	c.installed(app, in2)
	return v, nil
}

// botPart is what of the scopes of OAuth's first version a bot user gets.
func botPart(scopes []string) []string {
	if !slices.Contains(scopes, "bot") {
		return nil
	}
	return []string{"bot", "chat:write", "channels:read", "channels:history", "groups:read", "groups:history", "im:read", "im:history", "im:write",
		"mpim:read", "mpim:history", "users:read", "reactions:read", "reactions:write", "files:read", "files:write", "rtm:stream", "team:read", "emoji:read", "pins:read"}
}

// oauthToken exchanges the code of a workspace app. Slack has retired those; an app's bot stands for one.
//
// https://docs.slack.dev/reference/methods/oauth.token
func (s *Slack) oauthToken(c *call, in *oauthRequest) (any, error) {
	app, err := c.client(in)
	if err != nil {
		return nil, err
	}
	code, err := c.redeemCode(app, in, flowV1)
	if err != nil {
		return nil, err
	}
	t, _ := s.teams.Get(c.Tx, code.Team)
	inst := c.install(app, t, code.User, union(botPart([]string{"bot"}), code.Scopes))
	bot, _ := c.botToken(inst)
	c.installed(app, inst)
	return reply{"access_token": c.World.Seal(bot.Key), "token_type": "app", "app_id": app.ID, "app_user_id": inst.BotUser, "team_name": t.Name, "team_id": t.ID,
		"authorizing_user": reply{"user_id": code.User, "app_home": ""}, "installer_user": reply{"user_id": inst.By, "app_home": ""}}, nil
}

// oauthV2Exchange turns a token that never expires into one that does.
//
// https://docs.slack.dev/reference/methods/oauth.v2.exchange
func (s *Slack) oauthV2Exchange(c *call, in *api.OAuthV2ExchangeRequest) (any, error) {
	app, err := c.client(&oauthRequest{ClientID: in.ClientID, ClientSecret: in.ClientSecret})
	switch {
	case err != nil:
		return nil, err
	case app.ID != c.token.App:
		return nil, errClientIDTokenMismatch
	case !app.Rotation:
		return nil, Error("token_rotation_not_enabled")
	case c.token.Expires != 0:
		return nil, Error("token_already_exchanged")
	}
	old := c.token
	old.Revoked = true
	s.tokens.Put(c.Tx, old)
	inst, _ := s.installs.Get(c.Tx, app.ID+"/"+c.token.Team)
	if old.Kind == tokenBot {
		return c.grantedBot(app, inst, c.rotated(old)), nil
	}
	return c.grantedUser(app, inst, c.rotated(old)), nil
}

// client finds the app that calls an OAuth method. Whoever proves with a verifier that it was they who asked for the code
// needs no secret.
func (c *call) client(in *oauthRequest) (App, error) {
	app, ok := c.s.appsByClient.Get(c.Tx, in.ClientID)
	switch {
	case !ok || app.Disabled:
		return app, errInvalidClientID
	case in.ClientSecret == "" && in.CodeVerifier != "" && c.m.name != "oauth.access":
		return app, nil
	case in.ClientSecret == "" && in.GrantType == "refresh_token" && c.publicClient(in.RefreshToken):
		return app, nil
	case c.World.Unseal(in.ClientSecret) != app.Secret:
		return app, errBadClientSecret
	}
	return app, nil
}

// publicClient reports whether a refresh token was given out without a client secret.
func (c *call) publicClient(refresh string) bool {
	t, ok := c.s.tokens.Get(c.Tx, c.World.Unseal(refresh))
	return ok && t.Kind == tokenRefresh && t.Incoming == "pkce"
}

// redeemCode takes a code of the app.
func (c *call) redeemCode(app App, in *oauthRequest, flow string) (Code, error) {
	code, ok := c.s.codes.Get(c.Tx, c.World.Unseal(in.Code))
	switch {
	case !ok || code.App != app.ID || c.Now.After(code.Until):
		return code, errInvalidCode
	case code.Flow != flow:
		return code, errOauthAuthorizationURLMismatch
	case code.Used:
		return code, Error("code_already_used")
	case code.Redirect != in.RedirectURI:
		return code, Error("bad_redirect_uri")
	case code.Challenge != "" && !verifies(code, in.CodeVerifier), code.Challenge == "" && in.CodeVerifier != "":
		return code, Error("invalid_code_verifier")
	}
	code.Used = true
	c.s.codes.Put(c.Tx, code)
	return code, nil
}

// verifies reports whether it is the one who asked for a code who exchanges it.
//
// https://www.rfc-editor.org/rfc/rfc7636#section-4.6
func verifies(code Code, verifier string) bool {
	if code.Method == "plain" {
		return verifier == code.Challenge
	}
	sum := sha256.Sum256([]byte(verifier))
	return verifier != "" && base64.RawURLEncoding.EncodeToString(sum[:]) == code.Challenge
}

// grantCode installs the app with what was approved, and answers with its tokens.
func (c *call) grantCode(app App, code Code) (any, error) {
	t, _ := c.s.teams.Get(c.Tx, code.Team)
	in := c.install(app, t, code.User, code.Scopes)
	var out reply
	if len(code.Scopes) > 0 {
		bot, _ := c.botToken(in)
		if app.Rotation {
			bot = c.rotated(bot)
		}
		out = c.grantedBot(app, in, bot)
	} else {
		out = c.granted(app, in)
	}
	user := reply{"id": code.User}
	if len(code.UserScopes) > 0 {
		tok := c.userToken(in, code.User, code.UserScopes)
		if app.Rotation {
			tok = c.rotated(tok)
		}
		merge(user, c.tokenView(tok, "user"))
		user["id"] = code.User
	}
	out["authed_user"] = user
	if slices.Contains(code.Scopes, "incoming-webhook") && code.Channel != "" {
		out["incoming_webhook"] = c.webhookView(c.newWebhook(in, code.Channel, code.User))
	}
	c.installed(app, in)
	return out, nil
}

// granted is what every OAuth answer says of an installation.
func (c *call) granted(app App, in Install) reply {
	t, _ := c.s.teams.Get(c.Tx, in.Team)
	v := reply{"app_id": app.ID, "team": reply{"id": t.ID, "name": t.Name}, "enterprise": nil, "is_enterprise_install": in.Org}
	if t.Enterprise != "" {
		org, _ := c.s.teams.Get(c.Tx, t.Enterprise)
		v["enterprise"] = reply{"id": org.ID, "name": org.Name}
	}
	return v
}

func (c *call) grantedBot(app App, in Install, bot Token) reply {
	return merge(merge(c.granted(app, in), c.tokenView(bot, "bot")), reply{"bot_user_id": in.BotUser})
}

func (c *call) grantedUser(app App, in Install, tok Token) reply {
	return merge(c.granted(app, in), reply{"authed_user": merge(c.tokenView(tok, "user"), reply{"id": tok.User})})
}

// tokenView is a token as OAuth answers show it.
func (c *call) tokenView(t Token, kind string) reply {
	v := reply{"access_token": c.World.Seal(t.Key), "token_type": kind, "scope": strings.Join(t.Scopes, ",")}
	if t.Expires != 0 {
		v["expires_in"], v["refresh_token"] = t.Expires-c.Now.Unix(), c.World.Seal(t.Refreshes)
	}
	return v
}

// botToken returns the token of an installation's bot that is good for as long as the installation.
func (c *call) botToken(in Install) (Token, bool) {
	for t := range c.s.tokensByApp.All(c.Tx, in.App) {
		if t.Kind == tokenBot && t.Team == in.Team && !t.Revoked && t.Expires == 0 && !strings.HasPrefix(t.Key, "xwfp-") {
			return t, true
		}
	}
	return Token{}, false
}

// userToken returns the token that an app has of a person, with these scopes added to it.
func (c *call) userToken(in Install, user string, scopes []string) Token {
	for t := range c.s.tokensByApp.All(c.Tx, in.App) {
		if t.Kind == tokenUser && t.User == user && t.Team == in.Team && !t.Revoked && t.Expires == 0 && !t.OpenID {
			t.Scopes = union(t.Scopes, scopes)
			c.s.tokens.Put(c.Tx, t)
			in.UserScopes = maps.Clone(in.UserScopes)
			in.UserScopes[user] = union(in.UserScopes[user], scopes)
			c.s.installs.Put(c.Tx, in)
			return t
		}
	}
	return c.grant(in, user, scopes)
}

// rotated returns a token like this one that expires, with what refreshes it.
func (c *call) rotated(like Token) Token {
	kind := map[string]string{tokenBot: "xoxe.xoxb-1-", tokenUser: "xoxe.xoxp-1-", tokenConfig: "xoxe.xoxp-1-"}[like.Kind]
	next := like
	next.Key, next.Revoked = kind+c.Rand(120, secretAlphabet), false
	next.Created, next.Expires = c.Now.Unix(), c.Now.Add(rotation).Unix()
	r := Token{Key: "xoxe-1-" + c.Rand(120, secretAlphabet), Kind: tokenRefresh, User: like.User, Bot: like.Bot, App: like.App, Team: like.Team,
		Scopes: like.Scopes, Refreshes: next.Key, Created: c.Now.Unix()}
	if c.args != nil && c.args.form.Get("client_secret") == "" && c.args.form.Get("code_verifier") != "" {
		r.Incoming = "pkce"
	}
	next.Refreshes = r.Key
	c.s.tokens.Put(c.Tx, next)
	c.s.tokens.Put(c.Tx, r)
	return next
}

// refresh exchanges a refresh token, which is spent by it. The token it came with is good until it expires.
func (c *call) refresh(app App, presented string) (any, error) {
	r, ok := c.s.tokens.Get(c.Tx, c.World.Unseal(presented))
	if !ok || r.Kind != tokenRefresh || r.Revoked || r.App != app.ID {
		return nil, errInvalidRefreshToken
	}
	old, _ := c.s.tokens.Get(c.Tx, r.Refreshes)
	in, installed := c.s.installs.Get(c.Tx, app.ID+"/"+r.Team)
	if !installed {
		return nil, errInvalidRefreshToken
	}
	r.Revoked = true
	c.s.tokens.Put(c.Tx, r)
	next := c.rotated(old)
	if old.Kind == tokenBot {
		return merge(c.grantedBot(app, in, next), reply{"authed_user": reply{"id": in.By}}), nil
	}
	out := merge(c.granted(app, in), c.tokenView(next, "user"))
	return merge(out, reply{"authed_user": reply{"id": next.User}}), nil
}

// installed tells those who look after a workspace's apps that it has a new one.
func (c *call) installed(app App, in Install) {
	a := c.s.actor(c.Call, in)
	a.base = c.base
	t, _ := c.s.teams.Get(c.Tx, in.Team)
	a.user.Team = in.Team
	a.emit(event{Type: "app_installed", Body: reply{"app_id": app.ID, "app_name": app.Name, "app_owner_id": app.Owner, "user_id": in.By, "team_id": t.ID, "team_domain": t.Domain}})
	c.tellElsewhere(app, in, "team_access_granted")
	if b, ok := c.s.bots.Get(c.Tx, in.Bot); ok && in.At == c.Now.Unix() {
		a.emit(event{Type: "bot_added", Body: reply{"bot": a.botView(b)}})
	}
	if len(app.Commands) > 0 {
		a.emit(event{Type: "commands_changed", Body: reply{}})
	}
}

// An approval is what a person is asked for.
type approval struct {
	Flow              string
	ClientID          string
	Scope, UserScope  []string
	Redirect, State   string
	Team, Nonce       string
	Challenge, Method string
	Channel           string
	app               App
	redirect          string // where the person is sent in the end
}

// errApproval is why a person is not asked at all; Slack shows it on a page.
type errApproval struct{ code, why string }

func (e errApproval) Error() string { return e.why }

// approval checks what a person is asked for.
//
// https://docs.slack.dev/authentication/installing-with-oauth#asking
func (c *call) approval(a approval) (approval, error) {
	app, ok := c.s.appsByClient.Get(c.Tx, a.ClientID)
	if !ok || app.Disabled {
		return a, errApproval{"invalid_client_id", "Invalid client_id parameter"}
	}
	a.app = app
	if a.redirect = a.Redirect; a.redirect == "" && len(app.Redirects) > 0 {
		a.redirect = app.Redirects[0]
	}
	switch {
	case a.redirect == "":
		return a, errApproval{"bad_redirect_uri", "redirect_uri did not match any configured URIs. No URI was passed"}
	case !redirects(app, a.redirect):
		return a, errApproval{"bad_redirect_uri", "redirect_uri did not match any configured URIs. Passed URI: " + a.redirect}
	}
	if a.Flow == flowOpenID && !slices.Contains(a.Scope, "openid") {
		return a, errApproval{"invalid_scope", "Invalid permissions requested: openid is not among them"}
	}
	if len(a.Scope)+len(a.UserScope) == 0 {
		return a, errApproval{"no_scopes", "No scopes requested"}
	}
	for _, sc := range slices.Concat(a.Scope, a.UserScope) {
		if !c.s.scopes[sc] {
			return a, errApproval{"invalid_scope", "Invalid permissions requested: " + sc}
		}
	}
	if a.Challenge != "" && a.Method != "" && a.Method != "S256" && a.Method != "plain" {
		return a, errApproval{"invalid_code_challenge_method", "code_challenge_method must be S256"}
	}
	return a, nil
}

// redirects reports whether an app may send people there: somewhere below one of its redirect URLs. One that has none may
// send them anywhere on this machine.
func redirects(app App, to string) bool {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" {
		return false
	}
	for _, r := range app.Redirects {
		o, err := url.Parse(r)
		if err == nil && o.Scheme == u.Scheme && o.Host == u.Host && strings.HasPrefix(u.Path, o.Path) {
			return true
		}
	}
	ip := net.ParseIP(u.Hostname())
	return len(app.Redirects) == 0 && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// authorize gives the app a code for what somebody approves, and returns where they are sent with it.
func (c *call) authorize(a approval) (code string, to string, err error) {
	switch {
	case c.user.Bot || c.user.Restricted || c.user.UltraRestricted:
		return "", "", errors.New("guests cannot install apps")
	case a.Team != "" && a.Team != c.token.Team:
		if t, ok := c.s.teams.Get(c.Tx, a.Team); !ok || !slices.Contains(c.user.Teams, t.ID) {
			return "", "", errors.New("they are not in this workspace")
		}
		c.token.Team = a.Team
	}
	if err := c.installable(a.app, a.Scope, a.UserScope); err != nil {
		return "", "", err
	}
	if slices.Contains(a.Scope, "incoming-webhook") {
		ch, ok := c.channel(c.channelID(a.Channel))
		if a.Channel == "" {
			for ch = range c.s.channels.All(c.Tx, "") {
				if ok = ch.General && ch.Team == c.token.Team; ok {
					break
				}
			}
		}
		if !ok {
			return "", "", errors.New("there is no such channel to post to")
		}
		a.Channel = ch.ID
	}
	k := Code{Key: c.Rand(12, "0123456789") + "." + c.Rand(13, "0123456789") + "." + c.Rand(64, hexAlphabet), App: a.app.ID, Team: c.token.Team, User: c.user.ID,
		Flow: a.Flow, Scopes: a.Scope, UserScopes: a.UserScope, Redirect: a.Redirect, Channel: a.Channel, Challenge: a.Challenge, Method: a.Method, Nonce: a.Nonce,
		Until: c.Now.Add(codeLife)}
	for o := range c.s.codes.All(c.Tx, "") {
		if c.Now.After(o.Until.Add(time.Hour)) {
			c.s.codes.Delete(c.Tx, o.Key)
		}
	}
	c.s.codes.Put(c.Tx, k)
	code = c.World.Seal(k.Key)
	return code, back(a.redirect, url.Values{"code": {code}, "state": {a.State}}), nil
}

// back adds what an app is told to the address that a person is sent to.
func back(to string, with url.Values) string {
	u, _ := url.Parse(to)
	q := u.Query()
	for k, v := range with {
		q[k] = v
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// uninstall takes an app out of a workspace, and tells it.
//
// https://docs.slack.dev/reference/events/app_uninstalled
func (c *call) uninstall(app App, in Install) {
	bots, users := []string{}, []string{}
	var revoked []Token
	for t := range c.s.tokensByApp.All(c.Tx, app.ID) {
		if t.Team != in.Team || t.Revoked || t.Kind == tokenApp {
			continue
		}
		revoked = append(revoked, t)
		switch t.Kind {
		case tokenBot:
			bots = union(bots, []string{t.User})
		case tokenUser:
			users = union(users, []string{t.User})
		}
	}
	c.tellApp(app, in, "tokens_revoked", reply{"tokens": reply{"oauth": users, "bot": bots}})
	c.tellApp(app, in, "app_uninstalled", reply{})
	for _, t := range revoked {
		t.Revoked = true
		c.s.tokens.Put(c.Tx, t)
	}
	if u, ok := c.s.users.Get(c.Tx, in.BotUser); ok {
		u.Deleted, u.Updated = true, c.Now.Unix()
		c.s.users.Put(c.Tx, u)
	}
	if b, ok := c.s.bots.Get(c.Tx, in.Bot); ok {
		b.Deleted, b.Updated = true, c.Now.Unix()
		c.s.bots.Put(c.Tx, b)
	}
	for w := range c.s.webhooksByApp.All(c.Tx, app.ID+"/"+in.Team) {
		c.s.webhooks.Delete(c.Tx, w.ID)
	}
	c.s.installs.Delete(c.Tx, app.ID+"/"+in.Team)
	c.tellElsewhere(app, in, "team_access_revoked")
	t, _ := c.s.teams.Get(c.Tx, in.Team)
	c.emit(event{Type: "app_uninstalled_team", Body: reply{"app_id": app.ID, "app_name": app.Name, "app_owner_id": app.Owner, "user_id": c.user.ID, "team_id": t.ID, "team_domain": t.Domain}})
	c.emit(event{Type: "apps_uninstalled", Body: reply{"app_id": app.ID}})
	if len(app.Commands) > 0 {
		c.emit(event{Type: "commands_changed", Body: reply{}})
	}
}

// tellElsewhere tells an app, where else it is in the organisation, that it has come into a workspace or has left it.
//
// https://docs.slack.dev/reference/events/team_access_granted
func (c *call) tellElsewhere(app App, in Install, kind string) {
	for o := range c.s.installs.All(c.Tx, app.ID+"/") {
		if o.Team != in.Team && o.Enterprise != "" && o.Enterprise == in.Enterprise {
			c.tellApp(app, o, kind, reply{"team_ids": []string{in.Team}})
		}
	}
}

// tellApp tells an app of something that concerns it alone, whoever it acts for.
func (c *call) tellApp(app App, in Install, kind string, body reply) {
	if !slices.Contains(in.BotEvents, kind) && !slices.Contains(in.UserEvents, kind) || app.RequestURL == "" && !app.SocketMode {
		return
	}
	body["type"], body["event_ts"] = kind, formatTS(c.Now.UnixMicro())
	who := authorization{in.BotUser, true}
	if in.BotUser == "" {
		who = authorization{in.By, false}
	}
	c.s.notifyApp(c.Call, app, in, who, event{Type: kind, Body: body})
}
