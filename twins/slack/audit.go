package slack

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// An Audit is one entry of an organisation's audit log: who did what to what, as they were called then.
//
// https://docs.slack.dev/admins/audit-logs-api
type Audit struct {
	At      int64           `json:"at"` // microseconds; no two entries have the same
	ID      string          `json:"id"`
	Action  string          `json:"action"`
	Org     string          `json:"org"`
	Team    string          `json:"team"` // where it happened
	User    string          `json:"user"` // who did it
	Actor   json.RawMessage `json:"actor"`
	Object  string          `json:"object"` // the id of the entity
	Entity  json.RawMessage `json:"entity"`
	Details json.RawMessage `json:"details"`
	App     json.RawMessage `json:"app"` // through which it was done
	Agent   string          `json:"agent"`
	IP      string          `json:"ip"`
	Session string          `json:"session"`
}

func (a Audit) key() string { return auditKey(a.Org, a.At) }

func auditKey(org string, micros int64) string { return fmt.Sprintf("%s/%016d", org, micros) }

// audit writes into the organisation's log that the caller did something. The entity is one of those below.
func (c *call) audit(action string, entity reply, details reply) {
	c.s.auditBy(c.Call, c.user, c.token, action, entity, details)
}

// auditBy is audit for whoever did it; a workspace of no organisation has no log.
func (s *Slack) auditBy(tc *twin.Call, by User, through Token, action string, entity, details reply) {
	team := or(through.Team, by.Team)
	t, _ := s.teams.Get(tc.Tx, team)
	org := t.Enterprise
	if t.Org {
		org = t.ID
	}
	if org == "" {
		return
	}
	a := Audit{At: tc.Now.UnixMicro(), Action: action, Org: org, Team: team, User: by.ID, Actor: encode(reply{"type": "user", "user": auditUser(by)})}
	for last := range s.audits.Range(tc.Tx, store.Range{Prefix: org + "/", Desc: true}) {
		a.At = max(a.At, last.At+1)
		break
	}
	h := fmt.Sprintf("%x", sha256.Sum256([]byte(a.key()))) // not by chance, which the call itself may draw on
	a.ID = h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
	kind, _ := entity["type"].(string)
	if body, ok := entity[kind].(reply); ok {
		a.Object, _ = body["id"].(string)
	}
	a.Entity = encode(entity)
	if len(details) > 0 {
		a.Details = encode(details)
	}
	if app, ok := s.apps.Get(tc.Tx, through.App); ok {
		a.App = encode(reply{"id": app.ID, "name": app.Name, "is_distributed": app.Distributed, "is_directory_approved": false, "is_workflow_app": false, "scopes": ids(app.UserScopes)})
	}
	if tc.Request != nil {
		r := tc.Request.Echo.Request()
		a.Agent, a.IP = r.UserAgent(), tc.Request.Echo.RealIP()
	}
	s.audits.Put(tc.Tx, a)
}

// The entities of audit entries.
//
// https://docs.slack.dev/reference/audit-logs-api/methods-actions-reference#entity

func auditUser(u User) reply {
	return reply{"id": u.ID, "name": u.RealName, "email": u.Email, "team": u.Team}
}

func aboutUser(u User) reply { return reply{"type": "user", "user": auditUser(u)} }

func aboutChannel(ch Channel) reply {
	v := reply{"id": ch.ID, "name": ch.Name, "privacy": kind(ch, "public", "private"), "is_shared": len(ch.External) > 0,
		"is_org_shared": len(ch.Teams) > 1 || ch.OrgWide, "teams_shared_with": ids(slices.Concat(ch.Teams, ch.External))}
	return reply{"type": "channel", "channel": v}
}

func aboutApp(a App) reply {
	return reply{"type": "app", "app": reply{"id": a.ID, "name": a.Name, "is_distributed": a.Distributed, "is_directory_approved": false,
		"is_workflow_app": false, "scopes": ids(slices.Concat(a.BotScopes, a.UserScopes)), "creator": a.Owner}}
}

func aboutFile(f File) reply {
	return reply{"type": "file", "file": reply{"id": f.ID, "name": f.Name, "filetype": f.Type, "title": f.Title}}
}

func aboutTeam(t Team) reply {
	v := reply{"id": t.ID, "name": t.Name, "domain": t.Domain}
	if t.Org {
		return reply{"type": "enterprise", "enterprise": v}
	}
	return reply{"type": "workspace", "workspace": v}
}

// auditEvent writes into the log what subscribers are told of, where it is something that Slack logs.
func (s *Slack) auditEvent(tc *twin.Call, by User, e event) {
	about := func(public, private string) {
		action := public
		if e.Channel.Private {
			action = private
		}
		s.auditBy(tc, by, Token{Team: e.Channel.Team}, action, aboutChannel(e.Channel), nil)
	}
	member := func(user, guest string) {
		id, _ := e.Body["user"].(string)
		u, _ := s.users.Get(tc.Tx, id)
		action := user
		if u.Restricted || u.UltraRestricted {
			action = guest
		}
		details := reply{}
		if inviter, ok := s.users.Get(tc.Tx, fmt.Sprint(e.Body["inviter"])); ok {
			details["inviter"] = auditUser(inviter)
		} else if by.ID != u.ID && by.ID != "" && strings.HasSuffix(user, "leave") {
			details["kicker"] = auditUser(by)
		}
		s.auditBy(tc, u, Token{Team: e.Channel.Team}, action, aboutChannel(e.Channel), details)
	}
	actor := func() User {
		id, _ := e.Body["user_id"].(string)
		if u, ok := s.users.Get(tc.Tx, id); ok {
			return u
		}
		return by
	}
	app := func(action string) {
		id, _ := e.Body["app_id"].(string)
		if a, ok := s.apps.Get(tc.Tx, id); ok {
			s.auditBy(tc, actor(), Token{Team: by.Team}, action, aboutApp(a), nil)
		}
	}
	file := func(action string) {
		id, _ := e.Body["file_id"].(string)
		if f, ok := s.files.Get(tc.Tx, id); ok {
			s.auditBy(tc, actor(), Token{Team: f.Team}, action, aboutFile(f), nil)
		}
	}
	switch e.Type {
	case "app_installed":
		app("app_installed")
	case "app_uninstalled_team":
		app("app_uninstalled")
	case "file_created":
		file("file_uploaded")
	case "file_shared":
		file("file_shared")
	case "file_deleted":
		file("file_deleted")
	case "channel_created":
		about("public_channel_created", "private_channel_created")
	case "channel_deleted", "group_deleted":
		about("public_channel_deleted", "private_channel_deleted")
	case "channel_archive", "group_archive":
		about("public_channel_archive", "private_channel_archive")
	case "channel_unarchive", "group_unarchive":
		about("public_channel_unarchive", "private_channel_unarchive")
	case "channel_rename", "group_rename":
		about("channel_renamed", "channel_renamed")
	case "member_joined_channel":
		member("user_channel_join", "guest_channel_join")
	case "member_left_channel":
		member("user_channel_leave", "guest_channel_leave")
	}
}

// auditActions are the actions that the twin logs, as Slack groups them.
var auditActions = map[string][]string{
	"workspace_or_org": {"emoji_added", "emoji_aliased", "emoji_removed", "emoji_renamed", "pref.enterprise_default_channels", "workspace_created"},
	"user": {"guest_created", "guest_deactivated", "guest_expiration_cleared", "guest_expiration_set", "guest_expired", "guest_joined_workspace", "guest_reactivated",
		"role_assigned", "role_change_to_admin", "role_change_to_guest", "role_change_to_owner", "role_change_to_user", "role_removed", "user_created", "user_deactivated",
		"user_joined_workspace", "user_login", "user_logout", "user_reactivated", "user_session_invalidated", "user_session_reset_by_admin", "user_session_settings_changed"},
	"file": {"file_deleted", "file_downloaded", "file_public_link_created", "file_public_link_revoked", "file_shared", "file_uploaded"},
	"channel": {"channel_moved", "channel_posting_permissions_updated", "channel_renamed", "channel_retention_changed", "channel_workspaces_updated",
		"external_shared_channel_disconnected", "group_converted_to_channel", "guest_channel_join", "guest_channel_leave", "mpim_converted_to_private",
		"private_channel_archive", "private_channel_created", "private_channel_deleted", "private_channel_unarchive",
		"public_channel_archive", "public_channel_converted_to_private", "public_channel_created", "public_channel_deleted", "public_channel_unarchive",
		"user_channel_join", "user_channel_leave"},
	"app":              {"app_approved", "app_installed", "app_removed_from_whitelist", "app_restricted", "app_uninstalled"},
	"barrier":          {"barrier_created", "barrier_deleted", "barrier_updated"},
	"workflow_builder": {"workflow_unpublished"},
}

// auditTypes are the kinds of entities and actors, with what they are.
var auditTypes = map[string]string{
	"app":        "A Slack app",
	"barrier":    "An information barrier between user groups",
	"channel":    "A channel, public or private",
	"enterprise": "An Enterprise organisation",
	"file":       "A file",
	"message":    "A message",
	"role":       "A role that can be assigned to people",
	"user":       "A person",
	"usergroup":  "A group of people",
	"workflow":   "A workflow",
	"workspace":  "A workspace of an organisation",
}

// auditAPI serves the audit logs API, which lives beside the Web API and answers errors with a status of their own.
//
// https://docs.slack.dev/reference/audit-logs-api/methods-actions-reference
func (s *Slack) auditAPI() {
	serve := func(m *method) echo.HandlerFunc {
		return func(ec echo.Context) error {
			args, refused := decode(ec)
			return s.Serve(ec, m.op, args.token, func(r *twin.Request) (twin.Answer, error) {
				if refused != nil {
					args.token = ""
				}
				a, err := s.run(r, m, args)
				switch Error(a.Error) {
				case "":
					a.Body = append([]byte("{"), a.Body[len(`{"ok":true,`):]...)
				case errNotAuthed, errInvalidAuth, errAccountInactive, errTokenRevoked, errTokenExpired:
					a.Status = http.StatusUnauthorized
				case errMissingScope, errNotAllowedTokenType, errNotAuthorized, errFeatureNotEnabled:
					a.Status = http.StatusForbidden
				case errRatelimited:
				default:
					a.Status = http.StatusBadRequest
				}
				return a, err
			})
		}
	}
	declare := func(id, path string, open bool, h func(*call) (any, error)) {
		m := &method{name: id, about: about{twin.Full, tier3, "-", "auditlogs:read"}, reads: true, open: open, bot: []string{"-"}, user: []string{"auditlogs:read"}, serve: h}
		m.takes = map[string]bool{"latest": true, "oldest": true, "limit": true, "action": true, "actor": true, "entity": true, "cursor": true}
		if open {
			m.bot, m.user, m.anyToken = nil, nil, true
		}
		m.op = s.Operation(&twin.Operation{ID: id, Method: http.MethodGet, Path: path, Level: twin.Full})
		s.Echo.GET(path, serve(m))
	}
	declare("audit.logs", "/audit/v1/logs", false, s.auditLogs)
	declare("audit.schemas", "/audit/v1/schemas", true, s.auditSchemas)
	declare("audit.actions", "/audit/v1/actions", true, s.auditActionList)
}

// auditQuery is what GET /audit/v1/logs takes.
type auditQuery struct {
	Latest int64  `json:"latest"`
	Oldest int64  `json:"oldest"`
	Limit  int64  `json:"limit"`
	Action string `json:"action"`
	Actor  string `json:"actor"`
	Entity string `json:"entity"`
	Cursor string `json:"cursor"`
}

// auditLogs returns the organisation's log, newest first.
//
// https://docs.slack.dev/reference/audit-logs-api/methods-actions-reference#logs
func (s *Slack) auditLogs(c *call) (any, error) {
	in := new(auditQuery)
	bind, _ := binder(reflect.TypeFor[auditQuery]())
	if err := bind(c.args, in); err != nil {
		return nil, err
	}
	org, ok := c.org()
	switch {
	case !ok:
		return nil, errFeatureNotEnabled
	case !c.user.Owner && !c.hasRole("Rl0C", org.ID):
		return nil, errNotAuthorized
	case in.Limit < 0 || in.Limit > 9999:
		return nil, errInvalidLimit
	}
	known := slices.Concat(slices.Collect(maps.Values(auditActions))...)
	actions := list(in.Action)
	for _, a := range actions {
		if !slices.Contains(known, a) {
			return nil, errInvalidAction
		}
	}
	after, err := from("audit", in.Cursor)
	if err != nil {
		return nil, err
	}
	r := store.Range{Prefix: org.ID + "/", Desc: true}
	if in.Oldest > 0 {
		r.From = auditKey(org.ID, in.Oldest*1e6)
	}
	if in.Latest > 0 {
		r.To = auditKey(org.ID, (in.Latest+1)*1e6)
	}
	if after != "" {
		r.To = org.ID + "/" + after
	}
	n := limit(in.Limit, 100, 9999)
	entries, next, last := []reply{}, "", int64(0)
	for a := range s.audits.Range(c.Tx, r) {
		if len(actions) > 0 && !slices.Contains(actions, a.Action) || in.Actor != "" && a.User != in.Actor || in.Entity != "" && a.Object != in.Entity {
			continue
		}
		if len(entries) == n {
			next = cursor("audit", fmt.Sprintf("%016d", last))
			break
		}
		entries, last = append(entries, c.auditView(a)), a.At
	}
	return reply{"entries": entries, "response_metadata": reply{"next_cursor": next}}, nil
}

// auditView is an entry as the API shows it.
func (c *call) auditView(a Audit) reply {
	t, _ := c.s.teams.Get(c.Tx, a.Team)
	where := reply{"type": "workspace", "id": t.ID, "name": t.Name, "domain": t.Domain}
	if t.Org {
		where["type"] = "enterprise"
	}
	context := reply{"location": where, "ua": a.Agent, "ip_address": a.IP}
	if a.Session != "" {
		context["session_id"] = a.Session
	}
	if a.App != nil {
		context["app"] = a.App
	}
	v := reply{"id": a.ID, "date_create": a.At / 1e6, "action": a.Action, "actor": a.Actor, "entity": a.Entity, "context": context}
	if a.Details != nil {
		v["details"] = a.Details
	}
	return v
}

// auditSchemas returns the kinds of things that the log is about.
func (s *Slack) auditSchemas(c *call) (any, error) {
	var schemas []reply
	for _, t := range slices.Sorted(maps.Keys(auditTypes)) {
		schemas = append(schemas, reply{"type": t, t: reply{"id": "string", "name": "string"}, "description": auditTypes[t]})
	}
	return reply{"schemas": schemas}, nil
}

// auditActionList returns what the log can say was done, by what it was done to.
func (s *Slack) auditActionList(c *call) (any, error) { return reply{"actions": auditActions}, nil }
