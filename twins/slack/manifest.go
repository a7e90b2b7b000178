package slack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/twins/slack/internal/api"
)

// manifest is what a developer writes down of an app.
//
// https://docs.slack.dev/reference/app-manifest
type manifest struct {
	Metadata *struct {
		Major int `json:"major_version"`
		Minor int `json:"minor_version"`
	} `json:"_metadata"`
	Display struct {
		Name            string `json:"name"`
		Description     string `json:"description"`
		LongDescription string `json:"long_description"`
		Color           string `json:"background_color"`
	} `json:"display_information"`
	Features struct {
		Home *struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
			ReadOnly bool `json:"messages_tab_read_only_enabled"`
		} `json:"app_home"`
		Bot *struct {
			Name   string `json:"display_name"`
			Online bool   `json:"always_online"`
		} `json:"bot_user"`
		Assistant json.RawMessage    `json:"assistant_view"`
		Shortcuts []manifestShortcut `json:"shortcuts"`
		Commands  []manifestCommand  `json:"slash_commands"`
		Unfurl    []string           `json:"unfurl_domains"`
		Steps     []struct {
			Name     string `json:"name"`
			Callback string `json:"callback_id"`
		} `json:"workflow_steps"`
	} `json:"features"`
	OAuth struct {
		Redirects []string `json:"redirect_urls"`
		Scopes    struct {
			Bot  []string `json:"bot"`
			User []string `json:"user"`
		} `json:"scopes"`
	} `json:"oauth_config"`
	Settings struct {
		Events *struct {
			URL  string   `json:"request_url"`
			Bot  []string `json:"bot_events"`
			User []string `json:"user_events"`
		} `json:"event_subscriptions"`
		Interactivity *struct {
			Enabled bool   `json:"is_enabled"`
			URL     string `json:"request_url"`
			Options string `json:"message_menu_options_url"`
		} `json:"interactivity"`
		SocketMode bool   `json:"socket_mode_enabled"`
		Rotation   bool   `json:"token_rotation_enabled"`
		OrgDeploy  bool   `json:"org_deploy_enabled"`
		Runtime    string `json:"function_runtime"`
	} `json:"settings"`
	Functions map[string]struct {
		Title       string                     `json:"title"`
		Description string                     `json:"description"`
		Inputs      map[string]json.RawMessage `json:"input_parameters"`
		Outputs     map[string]json.RawMessage `json:"output_parameters"`
	} `json:"functions"`
	Workflows json.RawMessage `json:"workflows"`
}

type manifestShortcut struct {
	Type        string `json:"type"`
	Callback    string `json:"callback_id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

type manifestCommand struct {
	Command     string `json:"command"`
	URL         string `json:"url,omitempty"`
	Description string `json:"description"`
	Hint        string `json:"usage_hint,omitempty"`
	Escape      bool   `json:"should_escape"`
}

// A manifestError says what is wrong with a manifest, and where.
type manifestError struct {
	Message string `json:"message"`
	Pointer string `json:"pointer"`
}

// readManifest checks a manifest.
//
// https://docs.slack.dev/reference/app-manifest
func (s *Slack) readManifest(raw json.RawMessage) (m manifest, keys map[string]json.RawMessage, err error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return m, nil, missing("manifest")
	}
	if json.Unmarshal(raw, &keys) != nil || keys == nil {
		return m, nil, refuseManifest([]manifestError{{"Manifest is not a JSON object", "/"}})
	}
	var wrong []manifestError
	if err := json.Unmarshal(raw, &m); err != nil {
		at, want := "/", "object"
		if typed, ok := err.(*json.UnmarshalTypeError); ok {
			at, want = "/"+strings.ReplaceAll(typed.Field, ".", "/"), kindOf(typed.Type.Kind().String())
		}
		return m, nil, refuseManifest([]manifestError{{"Must be a " + want, at}})
	}
	for k := range keys {
		if !slices.Contains([]string{"_metadata", "display_information", "features", "oauth_config", "settings", "functions", "workflows", "types", "datastores",
			"outgoing_domains", "external_auth_providers", "events", "app_directory", "mcp_servers", "agents"}, k) {
			wrong = append(wrong, manifestError{"Unexpected property: " + k, "/" + k})
		}
	}
	wrong = append(wrong, m.check(s)...)
	if len(wrong) > 0 {
		slices.SortStableFunc(wrong, func(a, b manifestError) int { return strings.Compare(a.Pointer, b.Pointer) })
		return m, keys, refuseManifest(wrong)
	}
	return m, keys, nil
}

func kindOf(goKind string) string {
	switch goKind {
	case "slice":
		return "array"
	case "struct", "map":
		return "object"
	case "bool":
		return "boolean"
	case "int":
		return "number"
	}
	return goKind
}

func refuseManifest(wrong []manifestError) error {
	return errInvalidManifest.with(reply{"errors": wrong})
}

var hexColour = regexp.MustCompile(`^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// check says what is wrong with a manifest.
func (m manifest) check(s *Slack) (wrong []manifestError) {
	say := func(at, format string, args ...any) {
		wrong = append(wrong, manifestError{fmt.Sprintf(format, args...), at})
	}
	text := func(at, v string, least, most int) {
		switch n := utf8.RuneCountInString(v); {
		case least > 0 && n == 0:
			say(at, "Missing required field")
		case n > 0 && n < least:
			say(at, "Must be at least %d characters", least)
		case n > most:
			say(at, "Must be %d characters or fewer", most)
		}
	}
	link := func(at, v string) {
		if u, err := url.Parse(v); v != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
			say(at, "Must be a valid URL")
		}
	}
	if m.Metadata != nil && m.Metadata.Major > 2 {
		say("/_metadata/major_version", "Must be 1 or 2")
	}
	text("/display_information/name", m.Display.Name, 1, 35)
	text("/display_information/description", m.Display.Description, 0, 140)
	if m.Display.LongDescription != "" {
		text("/display_information/long_description", m.Display.LongDescription, 174, 4000)
	}
	if m.Display.Color != "" && !hexColour.MatchString(m.Display.Color) {
		say("/display_information/background_color", "Must be a hex color code")
	}
	if b := m.Features.Bot; b != nil {
		text("/features/bot_user/display_name", b.Name, 1, 80)
	}
	if len(m.OAuth.Scopes.Bot) > 0 && m.Features.Bot == nil {
		say("/oauth_config/scopes/bot", "Bot scopes require a bot user")
	}
	if n := len(m.Features.Shortcuts); n > 10 {
		say("/features/shortcuts", "No more than 10 items allowed")
	}
	seen := map[string]bool{}
	for i, sc := range m.Features.Shortcuts {
		at := fmt.Sprintf("/features/shortcuts/%d", i)
		text(at+"/name", sc.Name, 1, 75)
		text(at+"/callback_id", sc.Callback, 1, 255)
		text(at+"/description", sc.Description, 1, 150)
		if sc.Type != "global" && sc.Type != "message" {
			say(at+"/type", "Must be one of: message, global")
		}
		if seen[sc.Callback] {
			say(at+"/callback_id", "Callback IDs must be unique")
		}
		seen[sc.Callback] = true
	}
	if n := len(m.Features.Commands); n > 50 {
		say("/features/slash_commands", "No more than 50 items allowed")
	}
	for i, cmd := range m.Features.Commands {
		at := fmt.Sprintf("/features/slash_commands/%d", i)
		text(at+"/command", cmd.Command, 1, 32)
		if cmd.Command != "" && (!strings.HasPrefix(cmd.Command, "/") || strings.ContainsAny(cmd.Command, " \t")) {
			say(at+"/command", "Must start with a slash and contain no spaces")
		}
		if seen[cmd.Command] && cmd.Command != "" {
			say(at+"/command", "Commands must be unique")
		}
		seen[cmd.Command] = true
		text(at+"/description", cmd.Description, 1, 2000)
		text(at+"/usage_hint", cmd.Hint, 0, 1000)
		link(at+"/url", cmd.URL)
		if cmd.URL == "" && !m.Settings.SocketMode {
			say(at+"/url", "Slash commands require a URL unless Socket Mode is enabled")
		}
		if !slices.Contains(m.OAuth.Scopes.Bot, "commands") {
			say("/oauth_config/scopes/bot", "Slash commands require the commands scope")
		}
	}
	if n := len(m.Features.Unfurl); n > 5 {
		say("/features/unfurl_domains", "No more than 5 items allowed")
	}
	if n := len(m.OAuth.Redirects); n > 1000 {
		say("/oauth_config/redirect_urls", "No more than 1000 items allowed")
	}
	for i, r := range m.OAuth.Redirects {
		link(fmt.Sprintf("/oauth_config/redirect_urls/%d", i), r)
	}
	for name, list := range map[string][]string{"bot": m.OAuth.Scopes.Bot, "user": m.OAuth.Scopes.User} {
		if len(list) > 255 {
			say("/oauth_config/scopes/"+name, "No more than 255 items allowed")
		}
		for i, sc := range list {
			if !s.scopes[sc] {
				say(fmt.Sprintf("/oauth_config/scopes/%s/%d", name, i), "Must be a valid scope: %s", sc)
			}
		}
	}
	if e := m.Settings.Events; e != nil {
		link("/settings/event_subscriptions/request_url", e.URL)
		if e.URL == "" && !m.Settings.SocketMode {
			say("/settings/event_subscriptions", "Event Subscription requires either Request URL or Socket Mode Enabled")
		}
		for name, list := range map[string][]string{"bot_events": e.Bot, "user_events": e.User} {
			if len(list) > 100 {
				say("/settings/event_subscriptions/"+name, "No more than 100 items allowed")
			}
			scopes := m.OAuth.Scopes.User
			if name == "bot_events" {
				scopes = m.OAuth.Scopes.Bot
			}
			for i, ev := range list {
				need, known := eventScopes[ev]
				switch {
				case !known:
					say(fmt.Sprintf("/settings/event_subscriptions/%s/%d", name, i), "Unknown event: %s", ev)
				case need != "" && !slices.ContainsFunc(strings.Fields(need), func(sc string) bool { return slices.Contains(scopes, sc) }):
					say(fmt.Sprintf("/settings/event_subscriptions/%s/%d", name, i), "%s requires one of the scopes: %s", ev, strings.ReplaceAll(need, " ", ", "))
				}
			}
		}
	}
	if in := m.Settings.Interactivity; in != nil {
		link("/settings/interactivity/request_url", in.URL)
		link("/settings/interactivity/message_menu_options_url", in.Options)
		if in.Enabled && in.URL == "" && !m.Settings.SocketMode {
			say("/settings/interactivity", "Interactivity requires a Request URL")
			say("/settings/interactivity", "Interactivity requires Socket Mode enabled")
		}
	}
	if len(m.Features.Shortcuts) > 0 && (m.Settings.Interactivity == nil || !m.Settings.Interactivity.Enabled) {
		say("/features/shortcuts", "Shortcuts require interactivity to be enabled")
	}
	if r := m.Settings.Runtime; r != "" && r != "slack" && r != "remote" {
		say("/settings/function_runtime", "Must be one of: slack, remote")
	}
	for name, f := range m.Functions {
		at := "/functions/" + name
		text(at+"/title", f.Title, 1, 255)
		text(at+"/description", f.Description, 0, 255)
		if f.Inputs == nil {
			say(at+"/input_parameters", "Missing required field")
		}
		if f.Outputs == nil {
			say(at+"/output_parameters", "Missing required field")
		}
	}
	return wrong
}

// apply makes an app what its manifest says.
func (m manifest) apply(app App, raw map[string]json.RawMessage) App {
	app.Name, app.Description = m.Display.Name, m.Display.Description
	app.Manifest = encode(raw)
	app.BotName, app.BotAlwaysOnline = app.Name, false
	if b := m.Features.Bot; b != nil {
		app.BotName, app.BotAlwaysOnline = b.Name, b.Online
	}
	app.HomeTab, app.MessagesTab, app.MessagesReadOnly = false, true, false
	if h := m.Features.Home; h != nil {
		app.HomeTab, app.MessagesTab, app.MessagesReadOnly = h.Home, h.Messages, h.ReadOnly
	}
	app.Commands, app.Shortcuts = nil, nil
	for _, cmd := range m.Features.Commands {
		app.Commands = append(app.Commands, Command(cmd))
	}
	for _, sc := range m.Features.Shortcuts {
		app.Shortcuts = append(app.Shortcuts, Shortcut{Name: sc.Name, Callback: sc.Callback, Description: sc.Description, Message: sc.Type == "message"})
	}
	app.UnfurlDomains, app.Assistant = m.Features.Unfurl, present(m.Features.Assistant) != nil
	app.Redirects, app.BotScopes, app.UserScopes = m.OAuth.Redirects, m.OAuth.Scopes.Bot, m.OAuth.Scopes.User
	app.RequestURL, app.BotEvents, app.UserEvents = "", nil, nil
	if e := m.Settings.Events; e != nil {
		app.RequestURL, app.BotEvents, app.UserEvents = e.URL, e.Bot, e.User
	}
	app.Interactive, app.InteractivityURL, app.OptionsURL = false, "", ""
	if in := m.Settings.Interactivity; in != nil {
		app.Interactive, app.InteractivityURL, app.OptionsURL = in.Enabled, in.URL, in.Options
	}
	app.SocketMode, app.Rotation, app.Distributed = m.Settings.SocketMode, m.Settings.Rotation, m.Settings.OrgDeploy
	app.Functions, app.Workflows = raw["functions"], m.Workflows
	return app
}

// putFunctions makes the functions of an app those of its manifest. One that stays keeps its id.
func (c *call) putFunctions(app App, m manifest) {
	for f := range c.s.functionsByApp.Range(c.Tx, prefix(app.ID+"/")) {
		if _, stays := m.Functions[f.Callback]; !stays {
			c.s.functions.Delete(c.Tx, f.ID)
		}
	}
	for _, callback := range sortedKeys(m.Functions) {
		d := m.Functions[callback]
		f, ok := c.s.functionsByApp.Get(c.Tx, app.ID+"/"+callback)
		if !ok {
			f = Function{ID: c.id("Fn"), App: app.ID, Callback: callback, Permission: "app_collaborators", Created: c.Now.Unix()}
		}
		f.Title, f.Description, f.Updated = d.Title, d.Description, c.Now.Unix()
		f.Inputs, f.Outputs = readParameters(d.Inputs), readParameters(d.Outputs)
		c.s.functions.Put(c.Tx, f)
	}
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// readParameters reads the parameters of a function, in either form that manifests have them.
func readParameters(list map[string]json.RawMessage) (ps []Parameter) {
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	json.Unmarshal(encode(list), &schema)
	if schema.Properties != nil {
		list = schema.Properties
	}
	for _, name := range sortedKeys(list) {
		p := Parameter{Name: name}
		json.Unmarshal(list[name], &p)
		p.Name = name
		p.IsRequired = p.IsRequired || slices.Contains(schema.Required, name)
		ps = append(ps, p)
	}
	return ps
}

// appsManifestCreate makes an app.
//
// https://docs.slack.dev/reference/methods/apps.manifest.create
func (s *Slack) appsManifestCreate(c *call, in *struct {
	Manifest json.RawMessage `json:"manifest"`
	TeamID   string          `json:"team_id"`
}) (any, error) {
	m, raw, err := s.readManifest(in.Manifest)
	if err != nil {
		return nil, err
	}
	team := or(in.TeamID, c.token.Team)
	if t, ok := s.teams.Get(c.Tx, team); !ok || t.Org {
		return nil, errTeamNotFound
	}
	owner := c.token.User
	if owner == "" {
		self, _ := s.apps.Get(c.Tx, c.token.App)
		owner = self.Owner
	}
	app := newApp(c.Call, m.apply(App{Owner: owner, Team: team}, raw))
	s.apps.Put(c.Tx, app)
	c.putFunctions(app, m)
	s.tokens.Put(c.Tx, Token{Key: "xapp-1-" + app.ID + "-" + c.Rand(13, "0123456789") + "-" + c.Rand(56, hexAlphabet), Kind: tokenApp, App: app.ID,
		Team: app.Team, Scopes: []string{"connections:write", "authorizations:read", "app_configurations:write"}, Created: c.Now.Unix()})
	t, _ := s.teams.Get(c.Tx, team)
	return reply{"app_id": app.ID, "credentials": reply{
		"client_id": app.ClientID, "client_secret": c.World.Seal(app.Secret), "verification_token": c.World.Seal(app.Verification), "signing_secret": s.signingSecret(c.Call, app),
	}, "oauth_authorize_url": c.authorizeURL(app), "team_id": t.ID, "team_domain": t.Domain}, nil
}

// authorizeURL is where people approve an app.
func (c *call) authorizeURL(app App) string {
	q := "?client_id=" + url.QueryEscape(app.ClientID)
	if len(app.BotScopes) > 0 {
		q += "&scope=" + url.QueryEscape(strings.Join(app.BotScopes, ","))
	}
	if len(app.UserScopes) > 0 {
		q += "&user_scope=" + url.QueryEscape(strings.Join(app.UserScopes, ","))
	}
	return c.base + "/oauth/v2/authorize" + q
}

// appsManifestDelete deletes an app, in all workspaces that have it.
//
// https://docs.slack.dev/reference/methods/apps.manifest.delete
func (s *Slack) appsManifestDelete(c *call, in *api.AppsManifestDeleteRequest) (any, error) {
	app, err := c.ownApp(in.AppID)
	if err != nil {
		return nil, err
	}
	t, _ := s.teams.Get(c.Tx, app.Team)
	for inst := range s.installs.All(c.Tx, app.ID+"/") {
		c.uninstall(app, inst)
	}
	for tok := range s.tokensByApp.All(c.Tx, app.ID) {
		tok.Revoked = true
		s.tokens.Put(c.Tx, tok)
	}
	for f := range s.functionsByApp.Range(c.Tx, prefix(app.ID+"/")) {
		s.functions.Delete(c.Tx, f.ID)
	}
	s.apps.Delete(c.Tx, app.ID)
	c.emit(event{Type: "app_deleted", Body: reply{"app_id": app.ID, "app_name": app.Name, "app_owner_id": app.Owner, "team_id": t.ID, "team_domain": t.Domain}})
	c.After(func() { s.disconnect(c.World, app.ID, "", "link_disabled") })
	return nil, nil
}

// appsManifestExport returns an app as a manifest.
//
// https://docs.slack.dev/reference/methods/apps.manifest.export
func (s *Slack) appsManifestExport(c *call, in *api.AppsManifestExportRequest) (any, error) {
	app, err := c.ownApp(in.AppID)
	if err != nil {
		return nil, err
	}
	return reply{"manifest": app.manifest()}, nil
}

// manifest is an app as a manifest: what it was given, with what has been changed since.
func (a App) manifest() reply {
	m := reply{}
	json.Unmarshal(a.Manifest, &m)
	part := func(of reply, key string) reply {
		p := reply{}
		if held, ok := of[key].(map[string]any); ok {
			p = held
		}
		return p
	}
	display := part(m, "display_information")
	display["name"] = a.Name
	if a.Description != "" {
		display["description"] = a.Description
	}
	features := part(m, "features")
	features["app_home"] = reply{"home_tab_enabled": a.HomeTab, "messages_tab_enabled": a.MessagesTab, "messages_tab_read_only_enabled": a.MessagesReadOnly}
	if len(a.BotScopes) > 0 || features["bot_user"] != nil {
		features["bot_user"] = reply{"display_name": or(a.BotName, a.Name), "always_online": a.BotAlwaysOnline}
	}
	delete(features, "slash_commands")
	if len(a.Commands) > 0 {
		list := []manifestCommand{}
		for _, cmd := range a.Commands {
			list = append(list, manifestCommand(cmd))
		}
		features["slash_commands"] = list
	}
	delete(features, "shortcuts")
	if len(a.Shortcuts) > 0 {
		list := []manifestShortcut{}
		for _, sc := range a.Shortcuts {
			kind := "global"
			if sc.Message {
				kind = "message"
			}
			list = append(list, manifestShortcut{kind, sc.Callback, sc.Name, sc.Description})
		}
		features["shortcuts"] = list
	}
	delete(features, "unfurl_domains")
	if len(a.UnfurlDomains) > 0 {
		features["unfurl_domains"] = a.UnfurlDomains
	}
	oauth := part(m, "oauth_config")
	delete(oauth, "redirect_urls")
	if len(a.Redirects) > 0 {
		oauth["redirect_urls"] = a.Redirects
	}
	scopes := reply{}
	if len(a.BotScopes) > 0 {
		scopes["bot"] = a.BotScopes
	}
	if len(a.UserScopes) > 0 {
		scopes["user"] = a.UserScopes
	}
	oauth["scopes"] = scopes
	settings := part(m, "settings")
	delete(settings, "event_subscriptions")
	if events := (reply{}); a.RequestURL != "" || len(a.BotEvents)+len(a.UserEvents) > 0 {
		for key, list := range map[string][]string{"bot_events": a.BotEvents, "user_events": a.UserEvents} {
			if len(list) > 0 {
				events[key] = list
			}
		}
		if a.RequestURL != "" {
			events["request_url"] = a.RequestURL
		}
		settings["event_subscriptions"] = events
	}
	if a.Interactive {
		in := reply{"is_enabled": true}
		if a.InteractivityURL != "" {
			in["request_url"] = a.InteractivityURL
		}
		if a.OptionsURL != "" {
			in["message_menu_options_url"] = a.OptionsURL
		}
		settings["interactivity"] = in
	} else {
		delete(settings, "interactivity")
	}
	settings["org_deploy_enabled"], settings["socket_mode_enabled"], settings["token_rotation_enabled"] = a.Distributed, a.SocketMode, a.Rotation
	m["display_information"], m["features"], m["oauth_config"], m["settings"] = display, features, oauth, settings
	return m
}

// appsManifestUpdate changes an app to what a manifest says.
//
// https://docs.slack.dev/reference/methods/apps.manifest.update
func (s *Slack) appsManifestUpdate(c *call, in *api.AppsManifestUpdateRequest) (any, error) {
	app, err := c.ownApp(in.AppID)
	if err != nil {
		return nil, err
	}
	m, raw, err := s.readManifest(in.Manifest)
	if err != nil {
		return nil, err
	}
	was := app
	app = m.apply(app, raw)
	app.Updated = c.Now.Unix()
	s.apps.Put(c.Tx, app)
	c.putFunctions(app, m)
	granted := app
	granted.BotScopes = was.BotScopes // new scopes need a new approval
	s.reinstall(c.Call, was, granted)
	if was.SocketMode && !app.SocketMode {
		c.After(func() { s.disconnect(c.World, app.ID, "", "link_disabled") })
	}
	return reply{"app_id": app.ID, "permissions_updated": !slices.Equal(was.BotScopes, app.BotScopes) || !slices.Equal(was.UserScopes, app.UserScopes)}, nil
}

// appsManifestValidate says what is wrong with a manifest.
//
// https://docs.slack.dev/reference/methods/apps.manifest.validate
func (s *Slack) appsManifestValidate(c *call, in *api.AppsManifestValidateRequest) (any, error) {
	if in.AppID != "" {
		if _, err := c.ownApp(in.AppID); err != nil {
			return nil, err
		}
	}
	if _, _, err := s.readManifest(in.Manifest); err != nil {
		return nil, err
	}
	return nil, nil
}

// scopesKnown collects the scopes there are: those that methods and events ask for, and a few that open other things.
func (s *Slack) scopesKnown() map[string]bool {
	known := map[string]bool{}
	for _, m := range s.methods {
		for _, sc := range slices.Concat(m.bot, m.user) {
			known[sc] = true
		}
	}
	for _, op := range api.Operations {
		for _, sc := range op.Scopes {
			known[sc] = true
		}
	}
	for _, list := range eventScopes {
		for _, sc := range strings.Fields(list) {
			known[sc] = true
		}
	}
	for sc := range strings.FieldsSeq(otherScopes) {
		known[sc] = true
	}
	delete(known, "-")
	return known
}

// otherScopes open no method of their own, or ones that have scopes in common with these.
//
// https://docs.slack.dev/reference/scopes
const otherScopes = `commands incoming-webhook bot client identify openid email profile identity.basic identity.email identity.avatar identity.team
	app_mentions:read assistant:write channels:join channels:manage channels:read channels:history channels:write channels:write.invites channels:write.topic
	groups:read groups:history groups:write groups:write.invites groups:write.topic im:read im:history im:write im:write.topic mpim:read mpim:history mpim:write mpim:write.topic
	chat:write chat:write.customize chat:write.public chat:write:bot chat:write:user users:read users:read.email users:write users.profile:read users.profile:write
	files:read files:write files:write:user remote_files:read remote_files:write remote_files:share links:read links:write links.embed:write metadata.message:read
	reactions:read reactions:write pins:read pins:write stars:read stars:write reminders:read reminders:write reminders:read:user reminders:write:user
	bookmarks:read bookmarks:write calls:read calls:write canvases:read canvases:write lists:read lists:write dnd:read dnd:write emoji:read team:read
	team.preferences:read team.billing:read usergroups:read usergroups:write search:read search:read.public search:read.private search:read.im search:read.mpim
	search:read.files search:read.users search:read.enterprise workflow.steps:execute workflows.templates:read workflows.templates:write triggers:read triggers:write
	datastore:read datastore:write rtm:stream authorizations:read connections:write app_configurations:read app_configurations:write hosting:read hosting:write
	conversations.connect:read conversations.connect:write conversations.connect:manage conversations:history tokens.basic auditlogs:read admin
	admin.analytics:read admin.app_activities:read admin.apps:read admin.apps:write admin.barriers:read admin.barriers:write admin.chat:read admin.chat:write
	admin.conversations:read admin.conversations:write admin.invites:read admin.invites:write admin.roles:read admin.roles:write admin.teams:read admin.teams:write
	admin.usergroups:read admin.usergroups:write admin.users:read admin.users:write admin.workflows:read admin.workflows:write admin.functions:read admin.functions:write
	app_approvals:read app_approvals:write entity:write users:write.connection`
