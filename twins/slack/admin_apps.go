package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// An AppRequest is someone's wish that an app be approved for their workspace.
//
// https://docs.slack.dev/reference/methods/admin.apps.requests.list
type AppRequest struct {
	ID         string   `json:"id"`
	App        string   `json:"app"`
	Team       string   `json:"team"`
	User       string   `json:"user"`
	BotScopes  []string `json:"bot_scopes"`
	UserScopes []string `json:"user_scopes"`
	Message    string   `json:"message"`
	Created    int64    `json:"created"`
	State      string   `json:"state"` // "", approved, restricted or cancelled
}

// A Resolution is what administrators decided about an app in a workspace or in the organisation.
type Resolution struct {
	Team    string `json:"team"`
	App     string `json:"app"`
	State   string `json:"state"` // approved or restricted
	By      string `json:"by"`
	Updated int64  `json:"updated"`
}

// An AppConfig is how a connector may be used in workflows.
//
// https://docs.slack.dev/reference/methods/admin.apps.config.set
type AppConfig struct {
	App      string   `json:"app"`
	Strategy string   `json:"strategy"`
	URLs     []string `json:"ur_ls"`
	Emails   []string `json:"emails"`
}

// An Activity is one line of an app's log.
//
// https://docs.slack.dev/reference/methods/admin.apps.activities.list
type Activity struct {
	At          int64           `json:"at"` // microseconds
	App         string          `json:"app"`
	Team        string          `json:"team"`
	Enterprise  string          `json:"enterprise"`
	Level       string          `json:"level"`
	Event       string          `json:"event"`
	Source      string          `json:"source"`
	Component   string          `json:"component"`
	ComponentID string          `json:"component_id"`
	Trace       string          `json:"trace"`
	Payload     json.RawMessage `json:"payload"`
}

func (a Activity) key() string { return fmt.Sprintf("%016d/%s/%s", a.At, a.Trace, a.Event) }

// adminAppsMethods are the admin.apps.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.apps
func (s *Slack) adminAppsMethods() {
	read(s, "admin.apps.activities.list", about{twin.Partial, tier3, "-", "admin.app_activities:read"}, s.adminAppsActivitiesList).op.Notes = "runs of functions are logged, not deployments, triggers or data stores"
	write(s, "admin.apps.approve", about{twin.Full, tier2, "-", "admin.apps:write"}, s.adminAppsApprove)
	read(s, "admin.apps.approved.list", about{twin.Full, tier2, "-", "admin.apps:read"}, s.adminAppsApprovedList)
	write(s, "admin.apps.clearResolution", about{twin.Full, tier2, "-", "admin.apps:write"}, s.adminAppsClearResolution)
	read(s, "admin.apps.config.lookup", about{twin.Full, tier2, "-", "admin.apps:read"}, s.adminAppsConfigLookup)
	write(s, "admin.apps.config.set", about{twin.Full, tier3, "-", "admin.apps:write"}, s.adminAppsConfigSet)
	write(s, "admin.apps.requests.cancel", about{twin.Full, tier2, "-", "admin.apps:write"}, s.adminAppsRequestsCancel)
	read(s, "admin.apps.requests.list", about{twin.Full, tier2, "-", "admin.apps:read"}, s.adminAppsRequestsList)
	write(s, "admin.apps.restrict", about{twin.Full, tier2, "-", "admin.apps:write"}, s.adminAppsRestrict)
	read(s, "admin.apps.restricted.list", about{twin.Full, tier2, "-", "admin.apps:read"}, s.adminAppsRestrictedList)
	write(s, "admin.apps.uninstall", about{twin.Full, tier1, "-", "admin.apps:write"}, s.adminAppsUninstall)
}

// levels are how grave a line of a log is, the least first.
var levels = []string{"trace", "debug", "info", "warn", "error", "fatal"}

// adminAppsActivitiesList returns what apps have logged, newest first.
//
// https://docs.slack.dev/reference/methods/admin.apps.activities.list
func (s *Slack) adminAppsActivitiesList(c *call, in *api.AdminAppsActivitiesListRequest) (any, error) {
	org, err := c.admin(errNotAllowed, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	least := slices.Index(levels, or(in.MinLogLevel, "info"))
	switch {
	case in.AppID != "" && !strings.HasPrefix(in.AppID, "A"):
		return nil, errInvalidAppID
	case in.AppID != "" && !s.apps.Has(c.Tx, in.AppID):
		return nil, Error("invalid_app")
	case in.TeamID != "" && !c.governs(org, in.TeamID):
		return nil, errInvalidTeam
	case least < 0, in.SortDirection != "" && in.SortDirection != "asc" && in.SortDirection != "desc", in.Limit < 0 || in.Limit > 1000:
		return nil, Error("invalid_args")
	}
	r := store.Range{Desc: in.SortDirection != "asc"}
	if in.MinDateCreated > 0 {
		r.From = fmt.Sprintf("%016d", in.MinDateCreated)
	}
	if in.MaxDateCreated > 0 {
		r.To = fmt.Sprintf("%016d", in.MaxDateCreated+1)
	}
	var found []Activity
	for a := range s.activities.Range(c.Tx, r) {
		is := func(asked, has string) bool { return asked == "" || asked == has }
		if slices.Index(levels, a.Level) >= least && is(in.AppID, a.App) && is(in.TeamID, a.Team) && is(in.LogEventType, a.Event) && is(in.Source, a.Source) &&
			is(in.ComponentType, a.Component) && is(in.ComponentID, a.ComponentID) && is(in.TraceID, a.Trace) && c.governs(org, a.Team) {
			found = append(found, a)
		}
	}
	found, next, err := page(found, "log_id", in.Cursor, limit(in.Limit, 100, 1000), Activity.key)
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, a := range found {
		views = append(views, reply{"app_id": a.App, "level": a.Level, "event_type": a.Event, "source": a.Source, "component_type": a.Component,
			"component_id": a.ComponentID, "payload": a.Payload, "created": a.At, "trace_id": a.Trace, "team_id": a.Team, "enterprise_id": a.Enterprise})
	}
	return reply{"activities": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// logActivity writes a line into an app's log.
func (c *call) logActivity(a Activity) {
	t, _ := c.s.teams.Get(c.Tx, a.Team)
	a.Enterprise, a.Source, a.Level = t.Enterprise, or(a.Source, "slack"), or(a.Level, "info")
	a.At = c.Now.UnixMicro()
	for last := range c.s.activities.Range(c.Tx, store.Range{Desc: true}) {
		a.At = max(a.At, last.At+1)
		break
	}
	if a.Trace == "" {
		a.Trace = c.id("Tr")
	}
	c.s.activities.Put(c.Tx, a)
}

// logExecution writes what became of a run of a function into its app's log.
func (c *call) logExecution(e Execution, what, level string, payload reply) {
	f, _ := c.s.functions.Get(c.Tx, e.Function)
	merge(payload, reply{"function_id": f.ID, "function_name": f.Title, "function_type": "app", "function_execution_id": e.ID, "actor": e.User})
	c.logActivity(Activity{App: e.App, Team: e.Team, Event: what, Level: level, Component: "functions", ComponentID: f.ID, Trace: "Tr" + e.ID[2:], Payload: encode(payload)})
}

// resolve decides about an app, or about someone's request for it, in a workspace or in the whole organisation.
func (c *call) resolve(state, appID, requestID, team, enterprise string) error {
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return err
	}
	switch {
	case appID == "" && requestID == "":
		return Error("request_id_or_app_id_is_required")
	case appID != "" && requestID != "":
		return Error("too_many_ids_provided")
	}
	place, err := c.decidedIn(org, team, enterprise)
	if err != nil {
		return err
	}
	if requestID != "" {
		r, ok := c.s.appRequests.Get(c.Tx, requestID)
		switch {
		case !ok || !c.governs(org, r.Team):
			return Error("invalid_request_id")
		case r.State != "":
			return Error("request_already_resolved")
		}
		appID = r.App
		if team == "" && enterprise == "" {
			place = r.Team
		}
	}
	app, ok := c.s.apps.Get(c.Tx, appID)
	if !ok {
		return errInvalidAppID
	}
	whole, _ := c.s.resolutions.Get(c.Tx, org.ID+"/"+appID)
	if state == "approved" && place != org.ID && whole.State == "restricted" {
		return Error("app_restricted_org_wide")
	}
	c.s.resolutions.Put(c.Tx, Resolution{Team: place, App: appID, State: state, By: c.user.ID, Updated: c.Now.Unix()})
	for r := range c.s.appRequests.All(c.Tx, "") {
		if r.App == appID && r.State == "" && (r.Team == place || place == org.ID) {
			r.State = state
			c.s.appRequests.Put(c.Tx, r)
		}
	}
	details := reply{"is_internal_integration": true, "resolution": strings.ToUpper(state), "admin_app_id": c.token.App}
	c.audit("app_"+state, aboutApp(app), details)
	return nil
}

// decidedIn is where an app is decided about: a workspace, the organisation, or if neither is named where the caller is.
func (c *call) decidedIn(org Team, team, enterprise string) (string, error) {
	switch {
	case team != "" && enterprise != "":
		return "", Error("too_many_teams_provided")
	case enterprise != "" && enterprise != org.ID, team != "" && !c.governs(org, team):
		return "", errTeamNotFound
	}
	return or(or(team, enterprise), c.token.Team), nil
}

// adminAppsApprove lets an app be installed.
//
// https://docs.slack.dev/reference/methods/admin.apps.approve
func (s *Slack) adminAppsApprove(c *call, in *api.AdminAppsApproveRequest) (any, error) {
	return nil, c.resolve("approved", in.AppID, in.RequestID, in.TeamID, in.EnterpriseID)
}

// adminAppsRestrict keeps an app from being installed.
//
// https://docs.slack.dev/reference/methods/admin.apps.restrict
func (s *Slack) adminAppsRestrict(c *call, in *api.AdminAppsRestrictRequest) (any, error) {
	return nil, c.resolve("restricted", in.AppID, in.RequestID, in.TeamID, in.EnterpriseID)
}

// adminAppsClearResolution takes a decision about an app back.
//
// https://docs.slack.dev/reference/methods/admin.apps.clearResolution
func (s *Slack) adminAppsClearResolution(c *call, in *api.AdminAppsClearResolutionRequest) (any, error) {
	if err := c.require("app_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	place, err := c.decidedIn(org, in.TeamID, in.EnterpriseID)
	if err != nil {
		return nil, err
	}
	app, ok := s.apps.Get(c.Tx, in.AppID)
	if !ok {
		return nil, errInvalidAppID
	}
	r, ok := s.resolutions.Get(c.Tx, place+"/"+app.ID)
	if !ok {
		return nil, Error("no_resolution_found")
	}
	s.resolutions.Delete(c.Tx, place+"/"+app.ID)
	c.audit("app_removed_from_whitelist", aboutApp(app), reply{"cleared_resolution": r.State})
	return nil, nil
}

// resolution returns what was decided about an app in a workspace: there, or for the whole organisation.
func (c *call) resolution(app, team string) string {
	if r, ok := c.s.resolutions.Get(c.Tx, team+"/"+app); ok {
		return r.State
	}
	t, _ := c.s.teams.Get(c.Tx, team)
	r, _ := c.s.resolutions.Get(c.Tx, t.Enterprise+"/"+app)
	return r.State
}

// prefApproval is the key of a workspace's prefs that says whether apps need an administrator's approval.
const prefApproval = "app_whitelist_enabled"

// installable refuses an app that administrators have restricted. Where apps need approval, one that has none yet is
// asked for instead.
func (c *call) installable(app App, bot, user []string) error {
	t, _ := c.s.teams.Get(c.Tx, c.token.Team)
	switch state := c.resolution(app.ID, t.ID); {
	case state == "restricted":
		return errors.New("the admins of this workspace have restricted " + app.Name)
	case state == "approved" || c.user.Admin || string(t.Prefs[prefApproval]) != "true":
		return nil
	}
	for r := range c.s.appRequests.All(c.Tx, "") {
		if r.App == app.ID && r.Team == t.ID && r.User == c.user.ID && r.State == "" {
			return errors.New("the admins of this workspace have not approved " + app.Name + " yet")
		}
	}
	c.requestApp(AppRequest{App: app.ID, BotScopes: bot, UserScopes: user})
	return twin.Keep(errors.New("the admins of this workspace have been asked to approve " + app.Name))
}

// requestApp writes down that the caller wants an app approved, and tells the apps that look after approvals.
//
// https://docs.slack.dev/reference/events/app_requested
func (c *call) requestApp(r AppRequest) AppRequest {
	r.ID, r.Team, r.User, r.Created = c.id("Ar"), c.token.Team, c.user.ID, c.Now.Unix()
	c.s.appRequests.Put(c.Tx, r)
	c.emit(event{Type: "app_requested", Body: reply{"app_request": c.appRequestView(r)}})
	return r
}

// decided lists the apps about which there is a decision.
func (c *call) decided(state, team, enterprise, after string, asked int64, certified bool) ([]reply, string, error) {
	n, err := c.between(asked, 100, 1000)
	if err != nil {
		return nil, "", err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, "", err
	}
	place, err := c.decidedIn(org, team, enterprise)
	if err != nil {
		return nil, "", err
	}
	var found []Resolution
	for r := range c.s.resolutions.All(c.Tx, place+"/") {
		if r.State == state && !certified {
			found = append(found, r)
		}
	}
	found, next, err := page(found, "app", after, n, func(r Resolution) string { return r.App })
	if err != nil {
		return nil, "", err
	}
	views := []reply{}
	for _, r := range found {
		app, _ := c.s.apps.Get(c.Tx, r.App)
		views = append(views, reply{"app": c.adminAppView(app), "scopes": scopeViews(app.BotScopes, app.UserScopes), "date_updated": r.Updated,
			"last_resolved_by": reply{"actor_id": r.By, "actor_type": "user"}})
	}
	return views, next, nil
}

// adminAppsApprovedList lists the apps that were approved.
//
// https://docs.slack.dev/reference/methods/admin.apps.approved.list
func (s *Slack) adminAppsApprovedList(c *call, in *api.AdminAppsApprovedListRequest) (any, error) {
	views, next, err := c.decided("approved", in.TeamID, in.EnterpriseID, in.Cursor, in.Limit, in.Certified)
	if err != nil {
		return nil, err
	}
	return reply{"approved_apps": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminAppsRestrictedList lists the apps that were restricted.
//
// https://docs.slack.dev/reference/methods/admin.apps.restricted.list
func (s *Slack) adminAppsRestrictedList(c *call, in *api.AdminAppsRestrictedListRequest) (any, error) {
	views, next, err := c.decided("restricted", in.TeamID, in.EnterpriseID, in.Cursor, in.Limit, in.Certified)
	if err != nil {
		return nil, err
	}
	return reply{"restricted_apps": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminAppView is an app as administrators see it.
func (c *call) adminAppView(a App) reply {
	icons := reply{}
	for _, size := range []string{"32", "36", "48", "64", "72", "96", "128", "192", "512", "1024"} {
		icons["image_"+size] = c.base + "/avatars/" + a.ID + "_" + size + ".png"
	}
	return reply{"id": a.ID, "name": a.Name, "description": a.Description, "help_url": "", "privacy_policy_url": "", "app_homepage_url": "",
		"app_directory_url": c.base + "/apps/" + a.ID, "is_app_directory_approved": false, "is_internal": !a.Distributed, "is_granular_bot_app": true,
		"developer_type": "internal", "socket_mode_enabled": a.SocketMode, "icons": icons, "additional_info": ""}
}

// scopeViews are scopes as administrators see them.
func scopeViews(bot, user []string) []reply {
	views := []reply{}
	for _, kind := range []string{"bot", "user"} {
		list := bot
		if kind == "user" {
			list = user
		}
		for _, sc := range list {
			views = append(views, reply{"name": sc, "description": "Use " + sc, "is_sensitive": strings.Contains(sc, "history") || strings.HasPrefix(sc, "admin"), "token_type": kind})
		}
	}
	return views
}

func (c *call) appRequestView(r AppRequest) reply {
	app, _ := c.s.apps.Get(c.Tx, r.App)
	u, _ := c.s.users.Get(c.Tx, r.User)
	t, _ := c.s.teams.Get(c.Tx, r.Team)
	v := reply{"id": r.ID, "app": c.adminAppView(app), "previous_resolution": nil, "user": reply{"id": u.ID, "name": u.RealName, "email": u.Email},
		"team": reply{"id": t.ID, "name": t.Name, "domain": t.Domain}, "scopes": scopeViews(r.BotScopes, r.UserScopes), "message": r.Message,
		"is_user_app_collaborator": app.Owner == r.User, "date_created": r.Created}
	if state := c.resolution(r.App, r.Team); state != "" {
		v["previous_resolution"] = reply{"status": state, "scopes": scopeViews(app.BotScopes, app.UserScopes)}
	}
	return v
}

// adminAppsRequestsList lists the requests for apps that wait for a decision.
//
// https://docs.slack.dev/reference/methods/admin.apps.requests.list
func (s *Slack) adminAppsRequestsList(c *call, in *api.AdminAppsRequestsListRequest) (any, error) {
	n, err := c.between(in.Limit, 100, 1000)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	switch {
	case in.TeamID == "" && in.EnterpriseID == "" && c.token.Org:
		return nil, Error("no_team_or_enterprise_provided")
	case in.EnterpriseID != "" && in.TeamID == "" && in.EnterpriseID != org.ID:
		return nil, Error("enterprise_not_found")
	}
	place, err := c.decidedIn(org, in.TeamID, in.EnterpriseID)
	if err != nil {
		return nil, err
	}
	var found []AppRequest
	for r := range s.appRequests.All(c.Tx, "") {
		if r.State == "" && c.governs(org, r.Team) && (r.Team == place || place == org.ID) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b AppRequest) int { return int(b.Created - a.Created) })
	found, next, err := page(found, "request", in.Cursor, n, func(r AppRequest) string { return r.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, r := range found {
		views = append(views, c.appRequestView(r))
	}
	return reply{"app_requests": views, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminAppsRequestsCancel drops a request for an app without a decision.
//
// https://docs.slack.dev/reference/methods/admin.apps.requests.cancel
func (s *Slack) adminAppsRequestsCancel(c *call, in *api.AdminAppsRequestsCancelRequest) (any, error) {
	if err := c.require("request_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	place, err := c.decidedIn(org, in.TeamID, in.EnterpriseID)
	if err != nil {
		return nil, err
	}
	r, ok := s.appRequests.Get(c.Tx, in.RequestID)
	switch {
	case !ok || r.Team != place && place != org.ID:
		return nil, Error("invalid_request_id")
	case r.State != "":
		return nil, Error("request_already_resolved")
	}
	r.State = "cancelled"
	s.appRequests.Put(c.Tx, r)
	return nil, nil
}

// adminAppsUninstall takes an app out of workspaces, or out of the whole organisation.
//
// https://docs.slack.dev/reference/methods/admin.apps.uninstall
func (s *Slack) adminAppsUninstall(c *call, in *adminAppsUninstallRequest) (any, error) {
	if err := c.require("app_id"); err != nil {
		return nil, err
	}
	org, err := c.admin(errPermissionDenied, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	teams := in.TeamIDs
	if in.TeamID != "" {
		teams = append(slices.Clone(teams), in.TeamID)
	}
	app, ok := s.apps.Get(c.Tx, in.AppID)
	switch {
	case len(teams) > 0 && in.EnterpriseID != "" || len(teams) == 0 && in.EnterpriseID == "" && c.token.Org:
		return nil, Error("specify_enterprise_or_teams")
	case len(teams) > 100:
		return nil, Error("too_many_teams")
	case in.EnterpriseID != "" && in.EnterpriseID != org.ID:
		return nil, Error("enterprise_not_found")
	case !ok:
		return nil, errAppNotFound
	}
	if len(teams) == 0 && in.EnterpriseID == "" {
		teams = []string{c.token.Team}
	}
	for _, id := range teams {
		if _, ok := c.orgTeam(org, id); !ok {
			return nil, Error("teams_not_found")
		}
		if in, ok := s.installs.Get(c.Tx, app.ID+"/"+id); ok && in.Org {
			return nil, Error("must_revoke_access")
		}
	}
	found := false
	for in := range s.installs.All(c.Tx, app.ID+"/") {
		if len(teams) == 0 && c.governs(org, in.Team) || slices.Contains(teams, in.Team) {
			found = true
			c.uninstall(app, in)
		}
	}
	if !found {
		return nil, Error("can_not_uninstall")
	}
	return nil, nil
}

type adminAppsUninstallRequest struct {
	AppID        string   `json:"app_id"`
	EnterpriseID string   `json:"enterprise_id"`
	TeamIDs      []string `json:"team_ids"`
	TeamID       string   `json:"team_id"` // as some clients call it
}

// strategies are whose account a connector's step of a workflow uses.
var strategies = []string{"builder_choice", "end_user_only"}

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)

// adminAppsConfigSet says how a connector may be used.
//
// https://docs.slack.dev/reference/methods/admin.apps.config.set
func (s *Slack) adminAppsConfigSet(c *call, in *api.AdminAppsConfigSetRequest) (any, error) {
	if err := c.require("app_id"); err != nil {
		return nil, err
	}
	if _, err := c.admin(errAccessDenied, errFeatureNotEnabled); err != nil {
		return nil, err
	}
	if !s.apps.Has(c.Tx, in.AppID) {
		return nil, Error("invalid_app")
	}
	cfg, _ := s.appConfigs.Get(c.Tx, in.AppID)
	cfg.App = in.AppID
	if in.WorkflowAuthStrategy != "" {
		if !slices.Contains(strategies, in.WorkflowAuthStrategy) {
			return nil, Error("invalid_workflow_auth_strategy")
		}
		cfg.Strategy = in.WorkflowAuthStrategy
	}
	if j := present(in.DomainRestrictions); j != nil {
		var d struct{ URLs, Emails []string }
		if json.Unmarshal(j, &d) != nil {
			return nil, Error("invalid_domains")
		}
		switch {
		case len(d.URLs)+len(d.Emails) == 0:
			return nil, Error("no_domains_provided")
		case len(d.URLs) > 50 || len(d.Emails) > 50:
			return nil, Error("too_many_domains_provided")
		}
		for _, name := range slices.Concat(d.URLs, d.Emails) {
			if u, err := url.Parse(name); err == nil && u.Host != "" {
				name = u.Host
			}
			if !domainName.MatchString(strings.ToLower(name)) {
				return nil, Error("invalid_domains")
			}
		}
		cfg.URLs, cfg.Emails = d.URLs, d.Emails
	}
	s.appConfigs.Put(c.Tx, cfg)
	return nil, nil
}

// adminAppsConfigLookup says how connectors may be used. Ids that no app has are passed over.
//
// https://docs.slack.dev/reference/methods/admin.apps.config.lookup
func (s *Slack) adminAppsConfigLookup(c *call, in *api.AdminAppsConfigLookupRequest) (any, error) {
	if _, err := c.admin(errNotAllowed, errFeatureNotEnabled); err != nil {
		return nil, err
	}
	if len(in.AppIDs) == 0 {
		return nil, Error("missing_args")
	}
	if err := atMost("app_ids", in.AppIDs, 100); err != nil {
		return nil, err
	}
	views := []reply{}
	for _, id := range in.AppIDs {
		if !s.apps.Has(c.Tx, id) {
			continue
		}
		cfg, _ := s.appConfigs.Get(c.Tx, id)
		views = append(views, reply{"app_id": id, "workflow_auth_strategy": or(cfg.Strategy, "builder_choice"),
			"domain_restrictions": reply{"urls": ids(cfg.URLs), "emails": ids(cfg.Emails)}})
	}
	return reply{"configs": views}, nil
}
