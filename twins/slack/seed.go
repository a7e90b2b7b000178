package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// company is what a seed says of the people that all twins share.
type company struct {
	Name        string
	Domain      string
	EmailDomain string `json:"email_domain"`
	People      []person
	Groups      []group
}

type person struct {
	Handle, Name, Title, TZ, Email, Phone, Manager string
	Admin, Owner, Guest, Left                      bool
}

type group struct {
	Handle, Name string
	Members      []string
}

// section is what a seed says of Slack alone. People, channels and apps are named by handle or by id.
type section struct {
	Enterprise *struct{ ID, Name, Domain string }
	Teams      []seedTeam
	Channels   []seedChannel
	Messages   []seedMessage
	Apps       []seedApp
	Emoji      []struct{ Name, URL, Alias string }
	Usergroups []string
	Fields     []seedField `json:"profile_fields"`
	Tokens     []seedToken
}

// seedField is a field that the workspace adds to profiles, with what people have in it.
type seedField struct {
	Name, Label, Hint, Type string
	Options                 []string
	Hidden, Protected, Scim bool
	Values                  map[string]string // by handle
}

type seedTeam struct{ ID, Name, Domain, Description string }

type seedChannel struct {
	ID, Name, Topic, Purpose, Creator string
	General, Private, Archived        bool
	Members                           []string
}

type seedMessage struct {
	Channel, User, Text, Ago string
	Blocks                   json.RawMessage
	Reactions                map[string][]string
	Pinned                   bool
	Replies                  []seedMessage
}

type seedApp struct {
	ID, Name, Description, Owner string
	BotScopes                    []string `json:"bot_scopes"`
	UserScopes                   []string `json:"user_scopes"`
	BotEvents                    []string `json:"bot_events"`
	UserEvents                   []string `json:"user_events"`
	RequestURL                   string   `json:"request_url"`
	InteractivityURL             string   `json:"interactivity_url"`
	OptionsURL                   string   `json:"options_url"`
	SocketMode                   bool     `json:"socket_mode"`
	Redirects                    []string `json:"redirect_urls"`
	UnfurlDomains                []string `json:"unfurl_domains"`
	Commands                     []struct{ Command, URL, Description, Hint string }
	Shortcuts                    []struct {
		Name, Callback, Description string
		Message                     bool
	}
	Install *struct {
		By    string
		Users []string
	}
}

// seedToken is a token that a user chooses, as it will be presented.
type seedToken struct {
	Token, User, App, Kind string
	Scopes                 []string
}

// seeding is the state of one load of a seed.
type seeding struct {
	*call
	org   string
	team  Team
	users map[string]string // id by handle
}

// seed makes the workspace that a seed file describes.
func (s *Slack) seed(tc *twin.Call, companyDoc, sectionDoc json.RawMessage) error {
	var co company
	var sec section
	for _, d := range []struct {
		doc  json.RawMessage
		into any
	}{{companyDoc, &co}, {sectionDoc, &sec}} {
		if len(d.doc) == 0 {
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(d.doc))
		dec.DisallowUnknownFields()
		if err := dec.Decode(d.into); err != nil {
			return err
		}
	}
	sd := &seeding{call: &call{Call: tc, s: s, args: &arguments{}}, users: map[string]string{}}
	if err := sd.workspace(co, sec); err != nil {
		return err
	}
	for i, p := range co.People {
		sd.person(co, p, i)
	}
	sd.slackbot()
	for i, f := range sec.Fields {
		if err := sd.field(f, i); err != nil {
			return fmt.Errorf("profile_fields: %s: %w", f.Name, err)
		}
	}
	for _, handle := range sec.Usergroups {
		if err := sd.usergroup(co, handle); err != nil {
			return fmt.Errorf("usergroups: %w", err)
		}
	}
	for _, e := range sec.Emoji {
		sd.s.emoji.Put(sd.Tx, Emoji{Team: sd.team.ID, Name: e.Name, URL: e.URL, Alias: e.Alias, Created: sd.team.Created})
	}
	for _, a := range sec.Apps {
		if err := sd.app(a); err != nil {
			return fmt.Errorf("apps: %s: %w", a.Name, err)
		}
	}
	sd.configToken()
	for _, ch := range sec.Channels {
		if err := sd.conversation(ch); err != nil {
			return fmt.Errorf("channels: %s: %w", ch.Name, err)
		}
	}
	for _, m := range sec.Messages {
		if err := sd.message(m, Message{}); err != nil {
			return fmt.Errorf("messages: %w", err)
		}
	}
	for _, t := range sec.Tokens {
		if err := sd.chosen(t); err != nil {
			return fmt.Errorf("tokens: %w", err)
		}
	}
	sd.signIns()
	return nil
}

// seedID derives an id from a name, so that the same seed gives the same ids everywhere.
func seedID(prefix, name string) string {
	h := fnv.New64a()
	h.Write([]byte(prefix + "/" + name))
	n := h.Sum64()
	b := []byte(prefix + "0")
	for range 9 {
		b = append(b, idAlphabet[n%36])
		n /= 36
	}
	return string(b)
}

func (sd *seeding) workspace(co company, sec section) error {
	if len(sec.Teams) == 0 && co.Domain == "" { // more of the workspace that is there
		for t := range sd.s.teams.All(sd.Tx, "") {
			if !t.Org {
				sd.team, sd.token.Team, sd.org = t, t.ID, t.Enterprise
				return nil
			}
		}
	}
	if len(sec.Teams) == 0 {
		sec.Teams = []seedTeam{{Name: co.Name, Domain: co.Domain}}
	}
	created := sd.Now.Add(-365 * 24 * time.Hour).Unix()
	if e := sec.Enterprise; e != nil {
		sd.org = or(e.ID, seedID("E", e.Domain))
		sd.s.teams.Put(sd.Tx, Team{ID: sd.org, Name: e.Name, Domain: e.Domain, EmailDomain: co.EmailDomain, Org: true, Created: created})
	}
	for i, t := range sec.Teams {
		if t.Domain == "" {
			return fmt.Errorf("teams[%d] has no domain", i)
		}
		team := Team{ID: or(t.ID, seedID("T", t.Domain)), Name: or(t.Name, t.Domain), Domain: t.Domain, EmailDomain: co.EmailDomain,
			Enterprise: sd.org, Description: t.Description, Discoverability: "open", Created: created}
		sd.s.teams.Put(sd.Tx, team)
		if i == 0 {
			sd.team, sd.token.Team = team, team.ID
		}
	}
	return nil
}

func (sd *seeding) person(co company, p person, i int) {
	zone, err := time.LoadLocation(p.TZ)
	if err != nil || p.TZ == "" {
		zone = time.UTC
	}
	label, offset := sd.Now.In(zone).Zone()
	first, last, _ := strings.Cut(p.Name, " ")
	email := p.Email
	if email == "" && co.EmailDomain != "" {
		email = p.Handle + "@" + co.EmailDomain
	}
	u := User{
		ID: seedID("U", p.Handle), Team: sd.team.ID, Name: p.Handle, RealName: p.Name, DisplayName: p.Handle, FirstName: first, LastName: last,
		Email: email, Title: p.Title, Phone: p.Phone, TZ: zone.String(), TZLabel: label, TZOffset: int64(offset), Locale: "en-US",
		Color: colors[i%len(colors)], Deleted: p.Left, Admin: p.Admin || p.Owner, Owner: p.Owner, PrimaryOwner: p.Owner && i == 0, Restricted: p.Guest,
		Teams: []string{sd.team.ID}, Created: sd.team.Created, Updated: sd.Now.Add(-30 * 24 * time.Hour).Unix(), TwoFactor: p.Admin,
	}
	sd.users[p.Handle] = u.ID
	sd.s.users.Put(sd.Tx, u)
}

// colors are those that Slack gives to people in turn.
var colors = []string{"9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "e0a729", "684b6c", "5b89d5", "2b6836"}

func (sd *seeding) slackbot() {
	sd.s.users.Put(sd.Tx, User{
		ID: "USLACKBOT", Team: sd.team.ID, Name: "slackbot", RealName: "Slackbot", DisplayName: "Slackbot", FirstName: "slackbot", Color: "757575",
		TZ: "America/Los_Angeles", TZLabel: "Pacific Standard Time", TZOffset: -28800, Teams: []string{sd.team.ID},
	})
}

// who returns the id of a person or an app's user, named by handle or by id.
func (sd *seeding) who(handle string) (string, error) {
	if id, ok := sd.users[handle]; ok {
		return id, nil
	}
	if sd.s.users.Has(sd.Tx, handle) {
		return handle, nil
	}
	if u, ok := sd.userByName(handle); ok {
		return u.ID, nil
	}
	return "", fmt.Errorf("there is nobody called %q", handle)
}

func (sd *seeding) field(f seedField, i int) error {
	field := ProfileField{ID: seedID("Xf", f.Name), Team: sd.team.ID, Ordering: int64(i), Name: f.Name, Label: or(f.Label, f.Name), Hint: f.Hint, Type: or(f.Type, "text"),
		Values: f.Options, Hidden: f.Hidden, Protected: f.Protected, SCIM: f.Scim, Section: sectionID(sd.team.ID, "additional_fields")}
	sd.s.profileFields.Put(sd.Tx, field)
	for handle, value := range f.Values {
		id, err := sd.who(handle)
		if err != nil {
			return err
		}
		u, _ := sd.s.users.Get(sd.Tx, id)
		u.Fields = maps.Clone(u.Fields)
		if u.Fields == nil {
			u.Fields = map[string]Custom{}
		}
		u.Fields[field.ID] = Custom{Value: value}
		sd.s.users.Put(sd.Tx, u)
	}
	return nil
}

func (sd *seeding) usergroup(co company, handle string) error {
	i := slices.IndexFunc(co.Groups, func(g group) bool { return g.Handle == handle })
	if i < 0 {
		return fmt.Errorf("the company has no group %q", handle)
	}
	g := Usergroup{ID: seedID("S", handle), Team: sd.team.ID, Handle: handle, Name: co.Groups[i].Name, Created: sd.team.Created, Updated: sd.team.Created}
	for _, m := range co.Groups[i].Members {
		id, err := sd.who(m)
		if err != nil {
			return err
		}
		g.Users = append(g.Users, id)
	}
	for u := range sd.s.users.All(sd.Tx, "") {
		if u.PrimaryOwner {
			g.By, g.UpdatedBy = u.ID, u.ID
		}
	}
	sd.s.usergroups.Put(sd.Tx, g)
	return nil
}

func (sd *seeding) app(a seedApp) error {
	if a.Owner == "" && len(sd.users) > 0 {
		a.Owner = slices.Min(slices.Collect(maps.Keys(sd.users)))
	}
	owner, err := sd.who(a.Owner)
	if err != nil {
		return err
	}
	app := App{
		ID: or(a.ID, seedID("A", a.Name)), Name: a.Name, Description: a.Description, Owner: owner, Team: sd.team.ID, BotName: a.Name,
		BotScopes: a.BotScopes, UserScopes: a.UserScopes, BotEvents: a.BotEvents, UserEvents: a.UserEvents, RequestURL: a.RequestURL, Verified: a.RequestURL != "",
		InteractivityURL: a.InteractivityURL, OptionsURL: a.OptionsURL, Interactive: true, SocketMode: a.SocketMode, Redirects: a.Redirects, UnfurlDomains: a.UnfurlDomains,
		HomeTab: true, MessagesTab: true,
	}
	for _, cmd := range a.Commands {
		app.Commands = append(app.Commands, Command{Command: cmd.Command, URL: cmd.URL, Description: cmd.Description, Hint: cmd.Hint})
	}
	for _, sc := range a.Shortcuts {
		app.Shortcuts = append(app.Shortcuts, Shortcut(sc))
	}
	app = newApp(sd.Call, app)
	sd.s.apps.Put(sd.Tx, app)
	sd.s.tokens.Put(sd.Tx, Token{Key: "xapp-1-" + app.ID + "-" + sd.Rand(13, "0123456789") + "-" + sd.Rand(56, hexAlphabet), Kind: tokenApp, App: app.ID,
		Team: app.Team, Scopes: []string{"connections:write", "authorizations:read", "app_configurations:write"}, Created: sd.Now.Unix()})
	if a.Install == nil {
		return nil
	}
	by, err := sd.who(a.Install.By)
	if err != nil {
		return err
	}
	in := sd.install(app, sd.team, by, app.BotScopes)
	sd.users[a.Name] = in.BotUser
	for _, handle := range a.Install.Users {
		u, err := sd.who(handle)
		if err != nil {
			return err
		}
		sd.grant(in, u, app.UserScopes)
	}
	return nil
}

// configToken gives the workspace's owner what an app's developer finds under App Configuration Tokens.
//
// https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests#config-tokens
func (sd *seeding) configToken() {
	for u := range sd.s.users.All(sd.Tx, "") {
		held := slices.ContainsFunc(slices.Collect(sd.s.tokensByUser.All(sd.Tx, u.ID)), func(t Token) bool { return t.Kind == tokenConfig })
		if u.PrimaryOwner && !held {
			t := sd.rotated(Token{Kind: tokenConfig, User: u.ID, Team: u.Team, Scopes: []string{"app_configurations:read", "app_configurations:write"}})
			t.Expires = 0 // so that a world has a good one for as long as it lives
			sd.s.tokens.Put(sd.Tx, t)
		}
	}
}

const hexAlphabet = "0123456789abcdef"

// newApp gives an app its ids and secrets.
func newApp(c *twin.Call, app App) App {
	if app.ID == "" {
		app.ID = newID(c, "A")
	}
	app.ClientID = c.Rand(12, "0123456789") + "." + c.Rand(13, "0123456789")
	app.Secret, app.Signing, app.Verification = c.Rand(24, hexAlphabet), c.Rand(24, hexAlphabet), c.Rand(16, secretAlphabet)
	app.Created, app.Updated = c.Now.Unix(), c.Now.Unix()
	return app
}

// install puts an app into a workspace: its bot user, its bot, and the bot's token.
func (c *call) install(app App, t Team, by string, scopes []string) Install {
	in, ok := c.s.installs.Get(c.Tx, app.ID+"/"+t.ID)
	change := "updated"
	if !ok {
		change = "added"
		in = Install{App: app.ID, Team: t.ID, Enterprise: t.Enterprise, By: by, UserScopes: map[string][]string{}}
	}
	in.BotEvents, in.UserEvents, in.At = app.BotEvents, app.UserEvents, c.Now.Unix()
	if len(scopes) > 0 {
		for _, sc := range scopes {
			if !slices.Contains(in.BotScopes, sc) {
				in.BotScopes = append(slices.Clone(in.BotScopes), sc)
			}
		}
		if in.BotUser == "" {
			u := User{ID: seedID("U", app.ID+t.ID), Team: t.ID, Name: strings.ToLower(strings.ReplaceAll(or(app.BotName, app.Name), " ", "")), RealName: or(app.BotName, app.Name),
				Bot: true, App: app.ID, Color: colors[0], TZ: "America/Los_Angeles", TZLabel: "Pacific Standard Time", TZOffset: -28800,
				Teams: []string{t.ID}, Created: c.Now.Unix(), Updated: c.Now.Unix()}
			b := Bot{ID: seedID("B", app.ID+t.ID), App: app.ID, User: u.ID, Team: t.ID, Name: or(app.BotName, app.Name), Updated: c.Now.Unix()}
			u.BotID = b.ID
			in.BotUser, in.Bot = u.ID, b.ID
			c.s.users.Put(c.Tx, u)
			c.s.bots.Put(c.Tx, b)
		}
		bot, ok := c.botToken(in)
		if !ok {
			bot = Token{Key: "xoxb-" + c.Rand(12, "0123456789") + "-" + c.Rand(13, "0123456789") + "-" + c.Rand(16, secretAlphabet),
				Kind: tokenBot, User: in.BotUser, Bot: in.Bot, App: app.ID, Team: t.ID, Created: c.Now.Unix()}
		}
		bot.Scopes = in.BotScopes
		c.s.tokens.Put(c.Tx, bot)
	}
	c.s.installs.Put(c.Tx, in)
	c.logIntegration(t.ID, app.ID, by, change, scopes)
	return in
}

// grant gives an installed app a token of a person's.
func (c *call) grant(in Install, user string, scopes []string) Token {
	if held, ok := c.s.installs.Get(c.Tx, in.App+"/"+in.Team); ok {
		in = held // others may have been granted something since
	}
	in.UserScopes = maps.Clone(in.UserScopes)
	if in.UserScopes == nil {
		in.UserScopes = map[string][]string{}
	}
	in.UserScopes[user] = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(in.UserScopes[user]), scopes...))))
	c.s.installs.Put(c.Tx, in)
	t := Token{Key: "xoxp-" + c.Rand(12, "0123456789") + "-" + c.Rand(12, "0123456789") + "-" + c.Rand(13, "0123456789") + "-" + c.Rand(24, hexAlphabet),
		Kind: tokenUser, User: user, App: in.App, Team: in.Team, Scopes: scopes, Created: c.Now.Unix()}
	c.s.tokens.Put(c.Tx, t)
	return t
}

func (sd *seeding) conversation(s seedChannel) error {
	ch := Channel{ID: or(s.ID, seedID("C", s.Name)), Team: sd.team.ID, Name: s.Name, General: s.General, Private: s.Private, Archived: s.Archived,
		Created: sd.team.Created, Updated: sd.team.Created * 1000}
	for i, handle := range s.Members {
		u, err := sd.who(handle)
		if err != nil {
			return err
		}
		if i == 0 {
			ch.Creator = u
		}
		sd.s.members.Put(sd.Tx, Member{Channel: ch.ID, User: u, Joined: ch.Created})
	}
	if s.Creator != "" {
		u, err := sd.who(s.Creator)
		if err != nil {
			return err
		}
		ch.Creator = u
	}
	if s.Topic != "" {
		ch.Topic = Note{s.Topic, ch.Creator, ch.Created}
	}
	if s.Purpose != "" {
		ch.Purpose = Note{s.Purpose, ch.Creator, ch.Created}
	}
	if _, err := sd.channelName(s.Name); err != nil {
		return err
	}
	sd.s.channels.Put(sd.Tx, ch)
	return nil
}

func (sd *seeding) message(sm seedMessage, root Message) error {
	ch, ok := sd.s.channelsByName.Get(sd.Tx, sd.team.ID+"/"+sm.Channel)
	if root.Channel != "" {
		ch, ok = sd.s.channels.Get(sd.Tx, root.Channel)
	}
	if !ok {
		return fmt.Errorf("there is no channel %q", sm.Channel)
	}
	author, err := sd.who(sm.User)
	if err != nil {
		return err
	}
	ago, err := clock.ParseDuration(or(sm.Ago, "0s"))
	if err != nil {
		return err
	}
	sd.user, _ = sd.s.users.Get(sd.Tx, author)
	sd.token = Token{Team: sd.team.ID, App: sd.user.App, Bot: sd.user.BotID}
	text := sm.Text
	for handle, id := range sd.users {
		text = strings.ReplaceAll(text, "<@"+handle+">", "<@"+id+">")
	}
	m := Message{Channel: ch.ID, Blocks: sm.Blocks, Pinned: sm.Pinned, TS: formatTS(sd.Now.Add(-ago).UnixMicro())}
	m.Text = mrkdwn.Store(text, mrkdwn.Options{})
	if m.Blocks == nil {
		m.Blocks = sd.richText(m.Text)
	}
	sd.sign(&m)
	for sd.s.messages.Has(sd.Tx, messageKey(ch.ID, m.TS)) {
		return fmt.Errorf("two messages in #%s are from the same time", ch.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(sm.Reactions)) {
		r := Reaction{Name: name}
		for _, handle := range sm.Reactions[name] {
			u, err := sd.who(handle)
			if err != nil {
				return err
			}
			r.Users = append(r.Users, u)
		}
		r.Count = len(r.Users)
		m.Reactions = append(m.Reactions, r)
	}
	if root.Channel != "" {
		root, _ = sd.s.messages.Get(sd.Tx, messageKey(root.Channel, root.TS))
		m.ThreadTS, m.Parent = root.TS, root.User
		sd.addReply(root, m)
	}
	sd.s.messages.Put(sd.Tx, m)
	for _, r := range sm.Replies {
		if err := sd.message(r, m); err != nil {
			return err
		}
	}
	ch, _ = sd.s.channels.Get(sd.Tx, ch.ID)
	if ts := sd.Now.Add(-ago).UnixMicro(); ts > ch.LastTS {
		ch.LastTS = ts
		sd.s.channels.Put(sd.Tx, ch)
	}
	return nil
}

func (sd *seeding) chosen(t seedToken) error {
	user, err := sd.who(t.User)
	if err != nil {
		return err
	}
	u, _ := sd.s.users.Get(sd.Tx, user)
	kind := or(t.Kind, tokenUser)
	if u.Bot {
		kind = tokenBot
	}
	sd.s.tokens.Put(sd.Tx, Token{Key: sd.World.Literal(t.Token), Kind: kind, User: user, Bot: u.BotID, App: or(u.App, t.App), Team: sd.team.ID, Scopes: t.Scopes, Created: sd.Now.Unix()})
	return nil
}

// credentials returns what a developer pastes: the tokens and secrets of the first app, and everybody's.
func (s *Slack) credentials(c *twin.Call) (map[string]string, map[string]any) {
	env := map[string]string{"SLACK_API_URL": s.URL(c) + "/api/"}
	var users, apps []any
	for app := range s.apps.All(c.Tx, "") {
		view := map[string]any{"id": app.ID, "name": app.Name, "client_id": app.ClientID, "client_secret": c.World.Seal(app.Secret),
			"signing_secret": s.signingSecret(c, app), "verification_token": c.World.Seal(app.Verification)}
		first := env["SLACK_CLIENT_ID"] == ""
		if first {
			env["SLACK_CLIENT_ID"], env["SLACK_CLIENT_SECRET"], env["SLACK_SIGNING_SECRET"] = app.ClientID, c.World.Seal(app.Secret), s.signingSecret(c, app)
		}
		for t := range s.tokensByApp.All(c.Tx, app.ID) {
			if t.Revoked {
				continue
			}
			secret := c.World.Reveal(t.Key)
			name := map[string]string{tokenBot: "SLACK_BOT_TOKEN", tokenUser: "SLACK_USER_TOKEN", tokenApp: "SLACK_APP_TOKEN"}[t.Kind]
			if name != "" && first && env[name] == "" {
				env[name] = secret
			}
			u, _ := s.users.Get(c.Tx, t.User)
			users = append(users, map[string]any{"app": app.ID, "kind": t.Kind, "user": t.User, "name": u.Name, "token": secret, "scopes": t.Scopes})
		}
		apps = append(apps, view)
	}
	for t := range s.tokens.All(c.Tx, "xoxe") {
		if name := map[string]string{tokenConfig: "SLACK_CONFIG_TOKEN", tokenRefresh: "SLACK_CONFIG_REFRESH_TOKEN"}[t.Kind]; name != "" && t.App == "" && !t.Revoked {
			u, _ := s.users.Get(c.Tx, t.User)
			env[name] = c.World.Reveal(t.Key)
			users = append(users, map[string]any{"kind": t.Kind, "user": t.User, "name": u.Name, "token": c.World.Reveal(t.Key), "scopes": t.Scopes})
		}
	}
	return env, map[string]any{"apps": apps, "tokens": users}
}

// signingSecret is what an app checks the signatures of this world with.
func (s *Slack) signingSecret(c *twin.Call, app App) string {
	return fmt.Sprintf("%x", c.World.Key("slack signing "+app.Signing))[:32]
}
