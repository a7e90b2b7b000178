package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// actions are what people do in Slack: the control plane's POST /_twin/actions/NAME.
func (s *Slack) actions() map[string]twin.Action {
	return map[string]twin.Action{
		"accept_shared_invite":  s.acceptsInvite,
		"receive_shared_invite": s.receivesInvite,
		"request_shared_invite": s.requestsInvite,

		"answer_permissions": act(s.answerPermissions),
		"approve_install":    act(s.approveInstall),
		"change_workspace":   act(s.changeWorkspace),
		"click":              act(s.click),
		"close_dialog":       act(s.closeDialog),
		"close_view":         act(s.closeView),
		"configure_app":      act(s.configureApp),
		"connect":            act(s.connect),
		"create_trigger":     act(s.createTrigger),
		"delete_history":     act(s.deleteHistory),
		"huddle":             act(s.huddle),
		"join":               act(s.joinChannel),
		"look_at":            act(s.lookAt),
		"message":            act(s.sendMessage),
		"migrate":            act(s.migrate),
		"open_assistant":     act(s.openAssistant),
		"open_entity":        act(s.openEntity),
		"open_home":          act(s.openHome),
		"options":            act(s.options),
		"react":              act(s.react),
		"reject_call":        s.rejectCall,
		"rename_session":     act(s.renameSession),
		"request_app":        act(s.askForApp),
		"request_invite":     act(s.askForInvite),
		"run_function":       act(s.runFunction),
		"screen":             act(s.screen),
		"select":             act(s.click),
		"shortcut":           act(s.shortcut),
		"sign_in":            act(s.signInOn),
		"sign_out":           act(s.signOut),
		"slash":              act(s.slash),
		"stop_agent":         act(s.stopAgent),
		"submit_dialog":      act(s.submitDialog),
		"submit_view":        act(s.submitView),
		"uninstall_app":      act(s.uninstallApp),
		"workflow_step":      act(s.workflowStep),
	}
}

// act reads what an action is given, and says in a sentence why it cannot be done.
func act[In any](do func(context.Context, *twin.Request, *In) (any, error)) twin.Action {
	return func(ctx context.Context, _ *twin.World, r *twin.Request, body json.RawMessage) (any, error) {
		in := new(In)
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(in); err != nil {
			return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
		}
		out, err := do(ctx, r, in)
		if refused := Error(""); errors.As(err, &refused) {
			return nil, errors.New(sentence(err, refused))
		}
		return out, err
	}
}

// sentence says a refusal the way a person is told of it.
func sentence(err error, code Error) string {
	said := map[Error]string{
		errChannelNotFound:  "there is no such channel, or they cannot see it",
		errNotInChannel:     "they are not in this channel",
		errIsArchived:       "the channel is archived",
		errMessageNotFound:  "there is no such message",
		errUserNotFound:     "there is no such person",
		errThreadNotFound:   "there is no such thread",
		errNoText:           "the message is empty",
		errInvalidArguments: "that is not valid",
	}[code]
	if said == "" {
		said = strings.ReplaceAll(string(code), "_", " ")
	}
	if r, ok := errors.AsType[refusal](err); ok {
		if meta, ok := r.with["response_metadata"].(reply); ok {
			if list, ok := meta["messages"].([]string); ok {
				said += ": " + strings.Join(list, "; ")
			}
		}
	}
	return said
}

// person is a call in which somebody acts with their own hands. They are named by id or by handle.
func (s *Slack) person(tc *twin.Call, who string) (*call, error) {
	c := &call{Call: tc, s: s, args: &arguments{form: url.Values{}}, base: s.URL(tc)}
	u, ok := s.users.Get(tc.Tx, who)
	if !ok {
		u, ok = c.userByName(who)
	}
	switch {
	case who == "":
		return nil, errors.New("user says who does it: an id or a handle")
	case !ok:
		return nil, fmt.Errorf("there is nobody called %q", who)
	case u.Deleted:
		return nil, fmt.Errorf("%s is deactivated", u.Name)
	}
	c.user, c.token = u, Token{Kind: tokenLegacy, User: u.ID, Team: u.Team}
	return c, nil
}

// appNamed finds an app by id, name or client id; without a name it is the workspace's first.
func (c *call) appNamed(name string) (App, error) {
	for app := range c.s.apps.All(c.Tx, "") {
		if name == "" || app.ID == name || app.Name == name || app.ClientID == name {
			return app, nil
		}
	}
	return App{}, fmt.Errorf("there is no app %q", name)
}

// personAt is a person, and an app that is installed in their workspace.
func (s *Slack) personAt(tc *twin.Call, who, name string) (*call, App, Install, error) {
	c, err := s.person(tc, who)
	if err != nil {
		return nil, App{}, Install{}, err
	}
	app, err := c.appNamed(name)
	if err != nil {
		return nil, App{}, Install{}, err
	}
	in, ok := s.installs.Get(c.Tx, app.ID+"/"+c.token.Team)
	if !ok {
		return nil, App{}, Install{}, fmt.Errorf("%s is not installed here", app.Name)
	}
	return c, app, in, nil
}

// do calls a method of the Web API as the person.
func (c *call) do(method string, args url.Values) (reply, error) {
	m := c.s.methods[method]
	if m == nil {
		return nil, fmt.Errorf("%s is not twinned", method)
	}
	c.m, c.args = m, &arguments{form: args}
	out, err := m.serve(c)
	if err != nil {
		return nil, err
	}
	return viewOf(out), nil
}

// message posts what somebody writes.
func (s *Slack) sendMessage(ctx context.Context, r *twin.Request, in *struct {
	User, Channel, Text string
	ThreadTS            string   `json:"thread_ts"`
	Broadcast           bool     `json:"reply_broadcast"`
	Files               []string `json:"files"`
}) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, in.User)
		if err != nil {
			return err
		}
		ch, err := c.addressee(in.Channel)
		if err != nil {
			return err
		}
		m := Message{}
		if in.Text != "" || len(in.Files) == 0 {
			if m, err = c.compose(content{Text: in.Text, LinkNames: true}); err != nil {
				return err
			}
		}
		if err := c.mayPost(ch); err != nil {
			return err
		}
		if len(in.Files) > 0 {
			m.Files, m.Subtype = in.Files, "file_share"
		}
		m.ClientMsgID = uuid(tc)
		if in.ThreadTS != "" && !s.messages.Has(tc.Tx, messageKey(ch.ID, in.ThreadTS)) {
			return errThreadNotFound
		}
		if m, err = c.post(ch, m, in.ThreadTS, in.Broadcast); err != nil {
			return err
		}
		out = reply{"channel": ch.ID, "ts": m.TS, "message": viewOf(c.messageView(m))}
		return nil
	})
	return out, err
}

// uuid is an id in the form that clients make up.
func uuid(tc *twin.Call) string {
	h := tc.Rand(32, hexAlphabet)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// react puts an emoji under a message.
func (s *Slack) react(ctx context.Context, r *twin.Request, in *struct{ User, Channel, TS, Name string }) (any, error) {
	return s.byHand(r, in.User, "reactions.add", func(c *call) url.Values {
		return url.Values{"channel": {c.channelID(in.Channel)}, "timestamp": {in.TS}, "name": {strings.Trim(in.Name, ":")}}
	})
}

// joinChannel puts somebody into a public channel.
func (s *Slack) joinChannel(ctx context.Context, r *twin.Request, in *struct{ User, Channel string }) (any, error) {
	return s.byHand(r, in.User, "conversations.join", func(c *call) url.Values { return url.Values{"channel": {c.channelID(in.Channel)}} })
}

func (s *Slack) byHand(r *twin.Request, user, method string, args func(*call) url.Values) (out reply, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, user)
		if err != nil {
			return err
		}
		out, err = c.do(method, args(c))
		return err
	})
	return out, err
}

// channelID returns the id of a channel that is named by id or by name.
func (c *call) channelID(ref string) string {
	if ch, ok := c.s.channelsByName.Get(c.Tx, c.token.Team+"/"+strings.TrimPrefix(ref, "#")); ok {
		return ch.ID
	}
	return ref
}

// screen shows what a person has before them.
func (s *Slack) screen(ctx context.Context, r *twin.Request, in *struct{ User string }) (any, error) {
	return s.see(r, in.User, nil)
}

// see answers what a person has before them once an action is done: the modal or dialog on top, and the message it was
// done in as it is now.
func (s *Slack) see(r *twin.Request, user string, more reply) (reply, error) {
	out := reply{"view": nil}
	err := r.View(func(tc *twin.Call) error {
		c, err := s.person(tc, user)
		if err != nil {
			return err
		}
		if v, ok := c.onTop(c.user.ID); ok {
			out["view"] = c.viewView(v)
		}
		for d := range s.dialogsByUser.All(tc.Tx, c.user.ID) {
			out["dialog"] = d.Dialog
		}
		if d, ok := s.details.Get(tc.Tx, c.user.ID); ok {
			out["entity"] = detailsView(d)
		}
		return nil
	})
	return merge(out, more), err
}

// await gives an app time to act on an interaction that it has acknowledged: until it has used the trigger or the
// response_url it was given. Waiting is on the machine's clock, and only when it is asked for.
func (s *Slack) await(ctx context.Context, w *twin.World, wait, triggerKey string, before uint64) error {
	if wait == "" {
		return nil
	}
	d, err := time.ParseDuration(wait)
	if err != nil {
		return fmt.Errorf("wait is %q; it is a duration like 2s", wait)
	}
	ctx, cancel := context.WithTimeout(ctx, min(d, 30*time.Second))
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		used := false
		w.View(func(tc *twin.Call) error {
			t, _ := s.triggers.Get(tc.Tx, triggerKey)
			used = t.Exchanged || w.Version() > before
			return nil
		})
		if used {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// configureApp changes an app's settings, as its developer does. A new Request URL has to answer a challenge. What the
// app is subscribed to and its scopes change in the workspaces that have it, as if it were installed again.
func (s *Slack) configureApp(ctx context.Context, r *twin.Request, in *struct {
	App              string
	Name             *string
	RequestURL       *string    `json:"request_url"`
	InteractivityURL *string    `json:"interactivity_url"`
	OptionsURL       *string    `json:"options_url"`
	SocketMode       *bool      `json:"socket_mode"`
	Commands         *[]Command `json:"slash_commands"`
	Shortcuts        *[]Shortcut
	Events           *[]string
	UserEvents       *[]string `json:"user_events"`
	BotScopes        *[]string `json:"bot_scopes"`
	UserScopes       *[]string `json:"user_scopes"`
	Redirects        *[]string `json:"redirect_urls"`
	UnfurlDomains    *[]string `json:"unfurl_domains"`
	HomeTab          *bool     `json:"home_tab"`
	MessagesTab      *bool     `json:"messages_tab"`
	Rotation         *bool     `json:"token_rotation"`
	Assistant        *bool
}) (out any, err error) {
	var app App
	if err := r.View(func(tc *twin.Call) (err error) {
		app, err = (&call{Call: tc, s: s}).appNamed(in.App)
		return err
	}); err != nil {
		return nil, err
	}
	socket := app.SocketMode
	if in.SocketMode != nil {
		socket = *in.SocketMode
	}
	for _, u := range []*string{in.RequestURL, in.InteractivityURL, in.OptionsURL} {
		if u != nil && *u != "" {
			if p, err := url.Parse(*u); err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" {
				return nil, fmt.Errorf("%q is not a URL", *u)
			}
		}
	}
	if in.RequestURL != nil && *in.RequestURL != "" && !socket {
		if err := s.challenge(ctx, r.World, app, *in.RequestURL); err != nil {
			return nil, err
		}
	}
	err = r.Update(func(tc *twin.Call) error {
		app, _ = s.apps.Get(tc.Tx, app.ID)
		was := app
		set(&app.Name, in.Name)
		if set(&app.RequestURL, in.RequestURL) {
			app.Verified = app.RequestURL != ""
		}
		if set(&app.InteractivityURL, in.InteractivityURL) {
			app.Interactive = true
		}
		set(&app.OptionsURL, in.OptionsURL)
		set(&app.SocketMode, in.SocketMode)
		set(&app.Commands, in.Commands)
		set(&app.Shortcuts, in.Shortcuts)
		set(&app.BotEvents, in.Events)
		set(&app.UserEvents, in.UserEvents)
		set(&app.BotScopes, in.BotScopes)
		set(&app.UserScopes, in.UserScopes)
		set(&app.Redirects, in.Redirects)
		set(&app.UnfurlDomains, in.UnfurlDomains)
		set(&app.HomeTab, in.HomeTab)
		set(&app.MessagesTab, in.MessagesTab)
		set(&app.Rotation, in.Rotation)
		set(&app.Assistant, in.Assistant)
		for i, cmd := range app.Commands {
			if in.Commands == nil {
				break
			}
			if !strings.HasPrefix(cmd.Command, "/") {
				return fmt.Errorf("slash_commands[%d] is %q; a command begins with /", i, cmd.Command)
			}
			if cmd.URL == "" && !app.SocketMode && app.InteractivityURL == "" && app.RequestURL == "" {
				return fmt.Errorf("%s has no url", cmd.Command)
			}
		}
		app.Updated = tc.Now.Unix()
		s.apps.Put(tc.Tx, app)
		s.reinstall(tc, was, app)
		if was.SocketMode && !app.SocketMode {
			tc.After(func() { s.disconnect(tc.World, app.ID, "", "link_disabled") })
		}
		out = reply{"app": app.ID, "name": app.Name, "request_url": app.RequestURL, "interactivity_url": app.InteractivityURL,
			"options_url": app.OptionsURL, "socket_mode": app.SocketMode, "events": ids(app.BotEvents), "user_events": ids(app.UserEvents)}
		return nil
	})
	return out, err
}

// set puts a value that was given in the place of another.
func set[T any](to *T, given *T) bool {
	if given != nil {
		*to = *given
	}
	return given != nil
}

// reinstall brings the workspaces that have an app up to its settings, and tells their clients of it.
func (s *Slack) reinstall(tc *twin.Call, was, app App) {
	for in := range s.installs.All(tc.Tx, app.ID+"/") {
		in.BotEvents, in.UserEvents = app.BotEvents, app.UserEvents
		if !slices.Equal(was.BotScopes, app.BotScopes) && in.BotUser != "" {
			in.BotScopes = app.BotScopes
			for t := range s.tokensByApp.All(tc.Tx, app.ID) {
				if t.Kind == tokenBot && t.Team == in.Team && !t.Revoked {
					t.Scopes = app.BotScopes
					s.tokens.Put(tc.Tx, t)
				}
			}
		}
		s.installs.Put(tc.Tx, in)
		c := s.actor(tc, in)
		if !slices.Equal(was.Commands, app.Commands) {
			c.emit(event{Type: "commands_changed", Body: reply{}})
		}
		if b, ok := s.bots.Get(tc.Tx, in.Bot); ok && (was.Name != app.Name || was.Icon != app.Icon) {
			b.Name, b.Updated = or(app.BotName, app.Name), tc.Now.Unix()
			s.bots.Put(tc.Tx, b)
			c.emit(event{Type: "bot_changed", Body: reply{"bot": c.botView(b)}})
		}
	}
}

// botView is a bot as RTM tells of it.
func (c *call) botView(b Bot) reply {
	return reply{"id": b.ID, "app_id": b.App, "name": b.Name, "deleted": b.Deleted, "updated": b.Updated, "icons": c.icons(b)}
}
