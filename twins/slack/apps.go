package slack

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Connection says whether somebody has connected their account at an app's service.
//
// https://docs.slack.dev/authentication/connection-reporting
type Connection struct {
	App       string          `json:"app"`
	User      string          `json:"user"`
	Connected bool            `json:"connected"`
	Provider  json.RawMessage `json:"provider"` // what the app asked them to connect with
	Asked     bool            `json:"asked"`
}

// appsMethods are the apps.* methods.
//
// https://docs.slack.dev/reference/methods?family=apps
func (s *Slack) appsMethods() {
	write(s, "apps.connections.open", about{twin.Full, tier1, "-", "connections:write"}, s.appsConnectionsOpen).appTokens = true
	read(s, "apps.event.authorizations.list", about{twin.Full, special, "-", "authorizations:read"}, s.appsEventAuthorizationsList).appTokens = true
	write(s, "apps.manifest.create", about{twin.Full, tier1, "-", "app_configurations:write"}, s.appsManifestCreate).appTokens = true
	write(s, "apps.manifest.delete", about{twin.Full, tier1, "-", "app_configurations:write"}, s.appsManifestDelete).appTokens = true
	read(s, "apps.manifest.export", about{twin.Full, tier3, "-", "app_configurations:read app_configurations:write"}, s.appsManifestExport).appTokens = true
	write(s, "apps.manifest.update", about{twin.Full, tier1, "-", "app_configurations:write"}, s.appsManifestUpdate).appTokens = true
	read(s, "apps.manifest.validate", about{twin.Full, tier3, "-", "app_configurations:read app_configurations:write"}, s.appsManifestValidate).appTokens = true
	icon := write(s, "apps.icon.set", about{twin.Full, tier2, "-", "app_configurations:write"}, s.appsIconSet)
	icon.appTokens, icon.receives = true, []string{"file"}
	write(s, "apps.uninstall", about{twin.Full, tier1, "", ""}, s.appsUninstall)
	s.appsPermissionsMethods()
	write(s, "apps.user.connection.update", about{twin.Full, tier2, "users:write", "users:write"}, s.appsUserConnectionUpdate)
	write(s, "apps.user.connection.bulkUpdate", about{twin.Full, tier2, "users:write", "users:write"}, s.appsUserConnectionBulkUpdate)
	write(s, "apps.user.connection.requestAuth", about{twin.Full, tier2, "users:write", "users:write"}, s.appsUserConnectionRequestAuth)
}

// appsEventAuthorizationsList says on whose behalf an app got an event.
//
// https://docs.slack.dev/reference/methods/apps.event.authorizations.list
func (s *Slack) appsEventAuthorizationsList(c *call, in *api.AppsEventAuthorizationsListRequest) (any, error) {
	if in.EventContext == "" {
		return nil, missing("event_context")
	}
	e, err := parseEventContext(in.EventContext)
	switch {
	case err != nil || e.App == "" || e.Team == "":
		return nil, Error("invalid_event_context")
	case e.App != c.token.App:
		return nil, Error("auth_mismatch")
	}
	ch, _ := s.channels.Get(c.Tx, e.Channel)
	happened := event{Type: e.Event, Channel: ch, To: e.To}
	type one struct {
		in Install
		a  authorization
	}
	var all []one
	for inst := range s.installs.All(c.Tx, e.App+"/") {
		if inst.Team != e.Team && !slices.Contains(ch.Teams, inst.Team) {
			continue
		}
		for _, a := range inst.audience(happened.subscription()) {
			if s.concerned(c.Tx, a.User, happened) {
				all = append(all, one{inst, a})
			}
		}
	}
	cut, next, err := page(all, "auth", in.Cursor, limit(in.Limit, 100, 1000), func(o one) string { return o.in.Team + o.a.User })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, o := range cut {
		list = append(list, o.a.view(o.in))
	}
	out := reply{"authorizations": list}
	if next != "" {
		out["response_metadata"] = reply{"next_cursor": next}
	}
	return out, nil
}

// appsUninstall takes the app out of the workspace of the token.
//
// https://docs.slack.dev/reference/methods/apps.uninstall
func (s *Slack) appsUninstall(c *call, in *api.AppsUninstallRequest) (any, error) {
	app, ok := s.appsByClient.Get(c.Tx, in.ClientID)
	switch {
	case !ok:
		return nil, errInvalidClientID
	case c.World.Unseal(in.ClientSecret) != app.Secret:
		return nil, errBadClientSecret
	case app.ID != c.token.App:
		return nil, errClientIDTokenMismatch
	}
	inst, _ := s.installs.Get(c.Tx, app.ID+"/"+c.token.Team)
	c.uninstall(app, inst)
	return nil, nil
}

// appsIconSet gives an app a picture.
//
// https://docs.slack.dev/reference/methods/apps.icon.set
func (s *Slack) appsIconSet(c *call, in *struct {
	AppID string `json:"app_id"`
	URL   string `json:"url"`
	File  string `json:"file"`
}) (any, error) {
	app, err := c.ownApp(in.AppID)
	if err != nil {
		return nil, err
	}
	was := app
	got, uploaded := c.args.received["file"]
	switch {
	case in.URL == "" && !uploaded:
		return nil, Error("no_image_data")
	case in.URL != "" && uploaded:
		return nil, Error("too_many_sources")
	case in.URL != "":
		if !strings.HasPrefix(in.URL, "https://") && !strings.HasPrefix(in.URL, "http://") {
			return nil, Error("invalid_url")
		}
		app.Icon = in.URL
	default:
		if got.Width == 0 {
			return nil, errBadImage
		}
		app.Icon = iconBlob + got.Blob
	}
	app.Updated = c.Now.Unix()
	s.apps.Put(c.Tx, app)
	for b := range s.botsByApp.All(c.Tx, app.ID) {
		b.Icon = app.Icon
		s.bots.Put(c.Tx, b)
	}
	s.reinstall(c.Call, was, app)
	return nil, nil
}

// iconBlob begins the icon of an app that is kept as a blob; any other is a URL.
const iconBlob = "blob:"

// blobs are the blobs that an app keeps alive.
func (a App) blobs() []string {
	if hash, ok := strings.CutPrefix(a.Icon, iconBlob); ok {
		return []string{hash}
	}
	return nil
}

// ownApp finds an app that the caller may configure.
func (c *call) ownApp(id string) (App, error) {
	if id == "" {
		return App{}, missing("app_id")
	}
	app, ok := c.s.apps.Get(c.Tx, id)
	switch {
	case !ok || app.Disabled:
		return app, errInvalidAppID
	case c.token.Kind == tokenApp && c.token.App != id, c.token.Kind == tokenConfig && app.Owner != c.token.User:
		return app, errNoPermission
	}
	return app, nil
}

// appsUserConnectionUpdate says whether somebody is connected at the app's service.
//
// https://docs.slack.dev/reference/methods/apps.user.connection.update
func (s *Slack) appsUserConnectionUpdate(c *call, in *api.AppsUserConnectionUpdateRequest) (any, error) {
	switch {
	case in.UserID == "":
		return nil, missing("user_id")
	case in.Status == "":
		return nil, missing("status")
	case in.Status != "connected" && in.Status != "disconnected":
		return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/status]")
	}
	if err := c.reportsConnections(); err != nil {
		return nil, err
	}
	if u, ok := s.users.Get(c.Tx, in.UserID); !ok || u.Deleted || u.Bot {
		return nil, errUserNotFound
	}
	s.connections.Put(c.Tx, Connection{App: c.token.App, User: in.UserID, Connected: in.Status == "connected"})
	return nil, nil
}

// reportsConnections refuses an app that does not listen for people who want to connect.
func (c *call) reportsConnections() error {
	inst, ok := c.s.installs.Get(c.Tx, c.token.App+"/"+c.token.Team)
	switch {
	case !ok:
		return errAppNotFound
	case !slices.Contains(inst.BotEvents, "user_connection") && !slices.Contains(inst.UserEvents, "user_connection"):
		return Error("app_not_subscribed")
	}
	return nil
}

// appsUserConnectionBulkUpdate is appsUserConnectionUpdate for up to a thousand people.
//
// https://docs.slack.dev/reference/methods/apps.user.connection.bulkUpdate
func (s *Slack) appsUserConnectionBulkUpdate(c *call, in *struct {
	Connected    []string `json:"connected_user_ids"`
	Disconnected []string `json:"disconnected_user_ids"`
}) (any, error) {
	switch n := len(in.Connected) + len(in.Disconnected); {
	case n == 0:
		return nil, missing("connected_user_ids")
	case n > 1000:
		return nil, invalid("[ERROR] no more than 1000 items allowed [json-pointer:/connected_user_ids]")
	}
	if err := c.reportsConnections(); err != nil {
		return nil, err
	}
	changed, failures := []string{}, []reply{}
	for i, list := range [][]string{in.Connected, in.Disconnected} {
		for _, id := range list {
			u, ok := s.users.Get(c.Tx, id)
			switch {
			case !ok || u.Deleted || u.Bot:
				failures = append(failures, reply{"user_id": id, "error": "user_not_found"})
				continue
			case i == 1 && slices.Contains(in.Connected, id):
				failures = append(failures, reply{"user_id": id, "error": "conflicting_status"})
				continue
			}
			was, _ := s.connections.Get(c.Tx, c.token.App+"/"+id)
			if was.Connected != (i == 0) {
				changed = append(changed, id)
			}
			s.connections.Put(c.Tx, Connection{App: c.token.App, User: id, Connected: i == 0})
		}
	}
	return reply{"changed_user_ids": changed, "failures": failures}, nil
}

// appsUserConnectionRequestAuth asks somebody to connect their account at the app's service.
//
// https://docs.slack.dev/reference/methods/apps.user.connection.requestAuth
func (s *Slack) appsUserConnectionRequestAuth(c *call, in *struct {
	TriggerID string          `json:"trigger_id"`
	UserID    string          `json:"user_id"`
	Provider  json.RawMessage `json:"primary_provider"`
}) (any, error) {
	var p struct {
		Value     string
		Name      *struct{ Text string }
		Connected *bool  `json:"is_connected"`
		AuthURL   string `json:"auth_url"`
	}
	switch {
	case present(in.Provider) == nil:
		return nil, missing("primary_provider")
	case json.Unmarshal(in.Provider, &p) != nil:
		return nil, invalid("[ERROR] must provide an object [json-pointer:/primary_provider]")
	case p.Value == "":
		return nil, invalid("[ERROR] missing required field: value [json-pointer:/primary_provider]")
	case p.Name == nil:
		return nil, invalid("[ERROR] missing required field: name [json-pointer:/primary_provider]")
	case p.Connected == nil:
		return nil, invalid("[ERROR] missing required field: is_connected [json-pointer:/primary_provider]")
	case in.TriggerID == "" && in.UserID == "":
		return nil, missing("trigger_id")
	}
	user := in.UserID
	if in.TriggerID != "" {
		t, err := c.exchange(in.TriggerID, errInvalidTriggerID, errExpiredTriggerID, Error("exchanged_trigger_id"))
		if err != nil {
			return nil, err
		}
		user = t.User
	}
	if u, ok := s.users.Get(c.Tx, user); !ok || u.Deleted || u.Bot {
		return nil, errUserNotFound
	}
	k, _ := s.connections.Get(c.Tx, c.token.App+"/"+user)
	k.App, k.User, k.Provider, k.Asked = c.token.App, user, in.Provider, true
	s.connections.Put(c.Tx, k)
	return nil, nil
}

// connect presses Connect or Disconnect next to an app's name, or looks at whether it is connected.
//
// https://docs.slack.dev/reference/events/user_connection
func (s *Slack) connect(ctx context.Context, r *twin.Request, in *struct {
	User, App  string
	Disconnect bool
	Status     bool // just looking
}) (out any, err error) {
	err = r.Update(func(tc *twin.Call) error {
		c, app, inst, err := s.personAt(tc, in.User, in.App)
		if err != nil {
			return err
		}
		k, _ := s.connections.Get(tc.Tx, app.ID+"/"+c.user.ID)
		out = reply{"connected": k.Connected, "asked": k.Asked, "provider": k.Provider}
		body := reply{"user": c.user.ID}
		if inst.Enterprise != "" {
			body["enterprise_id"] = inst.Enterprise
		}
		if in.Status {
			c.emit(event{Type: "user_connection_status_requested", To: []string{inst.BotUser}, Body: reply{"user": c.user.ID}})
			return nil
		}
		if !slices.Contains(inst.BotEvents, "user_connection") {
			return errors.New(app.Name + " does not say who is connected")
		}
		body["subtype"] = "disconnect"
		if !in.Disconnect {
			body["subtype"], body["trigger_id"] = "connect", c.trigger(Trigger{App: app.ID})
		}
		c.emit(event{Type: "user_connection", To: []string{inst.BotUser}, Body: body})
		return nil
	})
	return out, err
}
