package slack

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// teamMethods are the team.* methods.
//
// https://docs.slack.dev/reference/methods?family=team
func (s *Slack) teamMethods() {
	read(s, "team.info", about{twin.Full, tier3, "team:read", "team:read"}, s.teamInfo)
	read(s, "team.profile.get", about{twin.Full, tier3, "users.profile:read", "users.profile:read"}, s.teamProfileGet)
	read(s, "team.preferences.list", about{twin.Full, tier3, "team.preferences:read", "team.preferences:read"}, s.teamPreferencesList)
	read(s, "team.billing.info", about{twin.Full, tier3, "team.billing:read", "team.billing:read"}, s.teamBillingInfo)
	read(s, "team.billableInfo", about{twin.Full, tier2, "-", "admin"}, s.teamBillableInfo)
	read(s, "team.accessLogs", about{twin.Full, tier2, "-", "admin"}, s.teamAccessLogs)
	read(s, "team.integrationLogs", about{twin.Full, tier2, "-", "admin"}, s.teamIntegrationLogs)
	read(s, "team.externalTeams.list", about{twin.Partial, tier2, "conversations.connect:manage team:read", "-"}, s.teamExternalTeamsList).op.Notes = "organisations have no Slack Connect preferences of their own: slack_connect_pref_filter filters nothing"
	write(s, "team.externalTeams.disconnect", about{twin.Full, tier1, "conversations.connect:manage", "-"}, s.teamExternalTeamsDisconnect)
}

// A Login is someone at one address with one program, and how often.
//
// https://docs.slack.dev/reference/methods/team.accessLogs
type Login struct {
	User  string `json:"user"`
	Team  string `json:"team"`
	IP    string `json:"ip"`
	Agent string `json:"agent"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	Count int64  `json:"count"`
}

// An IntegrationLog is a change of an app in a workspace.
//
// https://docs.slack.dev/reference/methods/team.integrationLogs
type IntegrationLog struct {
	Team   string   `json:"team"`
	App    string   `json:"app"`
	User   string   `json:"user"`
	At     int64    `json:"at"` // microseconds
	Change string   `json:"change"`
	Scopes []string `json:"scopes"`
}

// An ExternalTeam is an organisation that channels are or were shared with, when more is known of it than its id.
//
// https://docs.slack.dev/reference/methods/team.externalTeams.list
type ExternalTeam struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Domain string `json:"domain"`
	Status string `json:"status"` // CONNECTED, DISCONNECTED, BLOCKED or IN_REVIEW
	Active int64  `json:"active"`
}

type teamInfoRequest struct {
	Team         string `json:"team"`
	Domain       string `json:"domain"`
	Availability bool   `json:"include_slackbot_availability"`
}

// teamInfo returns a workspace: the caller's, or another one of the organisation or one that channels are shared with.
//
// https://docs.slack.dev/reference/methods/team.info
func (s *Slack) teamInfo(c *call, in *teamInfoRequest) (any, error) {
	own, _ := s.teams.Get(c.Tx, c.token.Team)
	t, ok := own, true
	switch {
	case in.Team != "":
		t, ok = s.teams.Get(c.Tx, in.Team)
	case in.Domain != "":
		if own.Enterprise == "" {
			return nil, Error("team_not_on_enterprise")
		}
		if t, ok = c.teamByDomain(in.Domain); ok && (t.Org || t.Enterprise != own.Enterprise) {
			ok = false
		}
	}
	if !ok {
		return nil, errTeamNotFound
	}
	v := reply{"id": t.ID, "name": t.Name, "domain": t.Domain, "email_domain": t.EmailDomain, "icon": c.teamIcon(t), "url": c.base + "/",
		"avatar_base_url": c.base + "/avatars/", "is_verified": false, "lob_sales_home_enabled": false, "is_sfdc_auto_slack": false, "discoverable": or(t.Discoverability, "open"), "locale": "en-US"}
	if org, ok := s.teams.Get(c.Tx, t.Enterprise); ok {
		merge(v, reply{"enterprise_id": org.ID, "enterprise_name": org.Name, "enterprise_domain": org.Domain})
	}
	if in.Availability && t.ID == own.ID {
		v["slackbot_availability"] = "available"
	}
	return reply{"team": v}, nil
}

func (c *call) teamByDomain(domain string) (Team, bool) {
	for t := range c.s.teams.All(c.Tx, "") {
		if t.Domain == domain {
			return t, true
		}
	}
	return Team{}, false
}

// teamIcon is the picture of a workspace in every size.
func (c *call) teamIcon(t Team) reply {
	v := reply{"image_default": t.Icon == ""}
	for _, size := range []string{"34", "44", "68", "88", "102", "132", "230"} {
		v["image_"+size] = or(t.Icon, c.avatar(t.ID, size))
	}
	if t.Icon != "" {
		v["image_original"] = t.Icon
	}
	return v
}

// teamProfileGet returns the fields that the workspace adds to profiles.
//
// https://docs.slack.dev/reference/methods/team.profile.get
func (s *Slack) teamProfileGet(c *call, in *api.TeamProfileGetRequest) (any, error) {
	list, sections := []reply{}, []reply{}
	for f := range s.profileFields.All(c.Tx, c.token.Team+"/") {
		if in.Visibility == "visible" && f.Hidden || in.Visibility == "hidden" && !f.Hidden {
			continue
		}
		v := reply{"id": f.ID, "ordering": f.Ordering, "field_name": f.Name, "label": f.Label, "hint": f.Hint, "type": f.Type, "is_hidden": f.Hidden,
			"options": reply{"is_scim": f.SCIM, "is_protected": f.Protected}, "is_inverse": false, "section_id": f.Section,
			"permissions": reply{"api": []string{"read", "write"}, "ui": !f.SCIM, "scim": f.SCIM}}
		if f.Type == "options_list" {
			v["possible_values"] = ids(f.Values)
		}
		list = append(list, v)
	}
	slices.SortStableFunc(list, func(a, b reply) int { return cmp.Compare(a["ordering"].(int64), b["ordering"].(int64)) })
	for i, section := range []struct{ kind, label string }{{"contact", "Contact Information"}, {"additional_fields", "About me"}} {
		sections = append(sections, reply{"id": sectionID(c.token.Team, section.kind), "team_id": c.token.Team, "section_type": section.kind,
			"label": section.label, "order": i + 1, "is_hidden": false})
	}
	return reply{"profile": reply{"fields": list, "sections": sections}}, nil
}

// sectionID is the id of a section of a workspace's profiles.
func sectionID(team, kind string) string { return seedID("S", team+kind) }

// teamPreferencesList returns what the workspace allows.
//
// https://docs.slack.dev/reference/methods/team.preferences.list
func (s *Slack) teamPreferencesList(c *call, in *api.TeamPreferencesListRequest) (any, error) {
	t, _ := s.teams.Get(c.Tx, c.token.Team)
	v := reply{"msg_edit_window_mins": -1, "allow_message_deletion": true, "display_real_names": false, "disable_file_uploads": "allow_all", "who_can_post_general": "ra"}
	for name := range v {
		if j, ok := t.Prefs[name]; ok {
			v[name] = j
		}
	}
	return v, nil
}

// teamBillingInfo returns the plan that the workspace is on.
//
// https://docs.slack.dev/reference/methods/team.billing.info
func (s *Slack) teamBillingInfo(c *call, in *api.TeamBillingInfoRequest) (any, error) {
	if t, _ := s.teams.Get(c.Tx, c.token.Team); t.Enterprise != "" {
		return reply{"plan": "enterprise"}, nil
	}
	return reply{"plan": "plus"}, nil
}

// teamBillableInfo says for whom the workspace pays: members and guests of several channels who are active.
//
// https://docs.slack.dev/reference/methods/team.billableInfo
func (s *Slack) teamBillableInfo(c *call, in *api.TeamBillableInfoRequest) (any, error) {
	team, err := c.adminOf(in.TeamID)
	if err != nil {
		return nil, err
	}
	active := func(u User) reply { return reply{"billing_active": !u.Deleted && !u.UltraRestricted && !u.Invited} }
	if in.User != "" {
		u, ok := s.users.Get(c.Tx, in.User)
		if !ok || u.Bot {
			return nil, errUserNotFound
		}
		return reply{"billable_info": reply{u.ID: active(u)}}, nil
	}
	after, err := from("user", in.Cursor)
	if err != nil {
		return nil, err
	}
	r := store.Range{}
	if after != "" {
		r.From = after + "\x00"
	}
	info, next, last := reply{}, "", ""
	for u := range s.users.Range(c.Tx, r) {
		if u.Bot || u.ID == slackbot || u.Team != team {
			continue
		}
		if in.Limit > 0 && len(info) == int(min(in.Limit, 1000)) {
			next = cursor("user", last)
			break
		}
		info[u.ID] = active(u)
		last = u.ID
	}
	return reply{"billable_info": info, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminOf returns the workspace that an admin asks about, and refuses who is none.
func (c *call) adminOf(teamID string) (string, error) {
	if !c.user.Admin {
		return "", errNotAdmin
	}
	return c.inWorkspace(teamID)
}

// paging is where a page of an older method is in the whole. It is refused beyond what Slack looks up.
type paging struct {
	Count int64 `json:"count"`
	Total int64 `json:"total"`
	Page  int64 `json:"page"`
	Pages int64 `json:"pages"`
}

// pageOf cuts page of count items out of a list.
func pageOf[T any](items []T, count, page int64) ([]T, paging) {
	total := int64(len(items))
	p := paging{count, total, max(page, 1), (total + count - 1) / count}
	start := min((p.Page-1)*count, total)
	return items[start:min(start+count, total)], p
}

// login notes that the caller is here, with the address and the program that the request came from.
func (c *call) login() {
	if c.user.Bot || c.user.ID == "" || c.Request == nil {
		return
	}
	l := Login{User: c.user.ID, Team: c.user.Team, IP: c.Request.Echo.RealIP(), Agent: c.Request.Echo.Request().UserAgent()}
	if known, ok := c.s.logins.Get(c.Tx, l.User+"/"+l.IP+"/"+l.Agent); ok {
		l = known
	} else {
		l.First = c.Now.Unix()
	}
	l.Last = c.Now.Unix()
	l.Count++
	c.s.logins.Put(c.Tx, l)
}

// teamAccessLogs returns who has been here, newest first.
//
// https://docs.slack.dev/reference/methods/team.accessLogs
func (s *Slack) teamAccessLogs(c *call, in *api.TeamAccessLogsRequest) (any, error) {
	team, err := c.adminOf(in.TeamID)
	switch {
	case err != nil:
		return nil, err
	case in.Count > 1000 || in.Page > 100:
		return nil, errOverPaginationLimit
	case in.Limit < 0 || in.Limit > 1000:
		return nil, errInvalidLimit
	}
	logs := []Login{}
	for l := range s.loginsByTeam.Range(c.Tx, store.Range{Prefix: team + "/", Desc: true}) {
		if in.Before == 0 || l.First <= in.Before {
			logs = append(logs, l)
		}
	}
	view := func(logs []Login) []reply {
		list := []reply{}
		for _, l := range logs {
			u, _ := s.users.Get(c.Tx, l.User)
			list = append(list, reply{"user_id": l.User, "username": u.Name, "date_first": l.First, "date_last": l.Last, "count": l.Count, "ip": l.IP, "user_agent": l.Agent,
				"isp": nil, "country": nil, "region": nil})
		}
		return list
	}
	if in.Limit > 0 || in.Cursor != "" {
		key := func(l Login) string { return l.User + "/" + l.IP + "/" + l.Agent }
		cut, next, err := page(logs, "login", in.Cursor, limit(in.Limit, 100, 1000), key)
		if err != nil {
			return nil, err
		}
		return reply{"logins": view(cut), "response_metadata": reply{"next_cursor": next}}, nil
	}
	cut, p := pageOf(logs, int64(limit(in.Count, 100, 1000)), in.Page)
	return reply{"logins": view(cut), "paging": p}, nil
}

// logIntegration notes a change of an app in the workspace.
func (c *call) logIntegration(team, app, by, change string, scopes []string) {
	c.s.integrationLogs.Put(c.Tx, IntegrationLog{Team: team, App: app, User: by, At: c.Now.UnixMicro(), Change: change, Scopes: scopes})
}

// teamIntegrationLogs returns what has happened to apps in the workspace, newest first.
//
// https://docs.slack.dev/reference/methods/team.integrationLogs
func (s *Slack) teamIntegrationLogs(c *call, in *api.TeamIntegrationLogsRequest) (any, error) {
	team, err := c.adminOf(in.TeamID)
	if err != nil {
		return nil, err
	}
	logs := []IntegrationLog{}
	for l := range s.integrationLogs.Range(c.Tx, store.Range{Prefix: team + "/", Desc: true}) {
		if (in.AppID == "" || l.App == in.AppID) && (in.ChangeType == "" || l.Change == in.ChangeType) && (in.User == "" || l.User == in.User) && in.ServiceID == "" {
			logs = append(logs, l)
		}
	}
	cut, p := pageOf(logs, int64(limit(in.Count, 100, 1000)), in.Page)
	list := []reply{}
	for _, l := range cut {
		u, _ := s.users.Get(c.Tx, l.User)
		app, _ := s.apps.Get(c.Tx, l.App)
		list = append(list, reply{"app_id": l.App, "app_type": app.Name, "user_id": l.User, "user_name": u.Name, "date": strconv.FormatInt(l.At/1e6, 10), "change_type": l.Change,
			"scope": strings.Join(l.Scopes, ",")})
	}
	return reply{"logs": list, "paging": p}, nil
}

// teamExternalTeamsList returns the organisations that channels are shared with.
//
// https://docs.slack.dev/reference/methods/team.externalTeams.list
func (s *Slack) teamExternalTeamsList(c *call, in *api.TeamExternalTeamsListRequest) (any, error) {
	own, _ := s.teams.Get(c.Tx, c.token.Team)
	for _, id := range in.WorkspaceFilter {
		if t, ok := s.teams.Get(c.Tx, id); !ok || id != own.ID && (t.Enterprise == "" || t.Enterprise != own.Enterprise) {
			return nil, errInvalidWorkspaceFilter
		}
	}
	if in.Limit < 0 {
		return nil, errInvalidLimit
	}
	type organisation struct {
		ExternalTeam
		public  int
		private int
		im      int
		mpim    int
	}
	found := map[string]*organisation{}
	at := func(id string) *organisation {
		if found[id] == nil {
			t, ok := s.externalTeams.Get(c.Tx, id)
			if !ok {
				other, _ := s.teams.Get(c.Tx, id)
				t = ExternalTeam{ID: id, Name: or(other.Name, id), Domain: other.Domain, Status: "CONNECTED", Active: c.Now.Unix()}
			}
			found[id] = &organisation{ExternalTeam: t}
		}
		return found[id]
	}
	for t := range s.externalTeams.All(c.Tx, "") {
		at(t.ID)
	}
	for ch := range s.channels.All(c.Tx, "") {
		if len(in.WorkspaceFilter) > 0 && !slices.Contains(in.WorkspaceFilter, ch.Team) {
			continue
		}
		for _, id := range ch.External {
			o := at(id)
			switch typeOf(ch) {
			case "public_channel":
				o.public++
			case "private_channel":
				o.private++
			case "im":
				o.im++
			case "mpim":
				o.mpim++
			}
		}
	}
	orgs := []*organisation{}
	for _, o := range found {
		if in.ConnectionStatusFilter == "" || strings.EqualFold(in.ConnectionStatusFilter, o.Status) {
			orgs = append(orgs, o)
		}
	}
	slices.SortFunc(orgs, func(a, b *organisation) int {
		by := cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
		switch in.SortField {
		case "last_active_timestamp":
			by = cmp.Or(cmp.Compare(a.Active, b.Active), by)
		case "connection_status":
			by = cmp.Or(cmp.Compare(a.Status, b.Status), by)
		}
		if in.SortDirection == "desc" {
			return -by
		}
		return by
	})
	cut, next, err := page(orgs, "team", in.Cursor, limit(in.Limit, 20, 1000), func(o *organisation) string { return o.ID })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, o := range cut {
		list = append(list, reply{"team_id": o.ID, "team_name": o.Name, "team_domain": o.Domain, "public_channel_count": o.public, "private_channel_count": o.private,
			"im_channel_count": o.im, "mpim_channel_count": o.mpim, "connected_workspaces": []reply{{"workspace_id": own.ID, "workspace_name": own.Name}},
			"slack_connect_prefs": reply{}, "connection_status": o.Status, "last_active_timestamp": o.Active, "is_sponsored": false})
	}
	return reply{"organizations": list, "total_count": len(orgs), "response_metadata": reply{"next_cursor": next}}, nil
}

// teamExternalTeamsDisconnect stops sharing channels with an organisation.
//
// https://docs.slack.dev/reference/methods/team.externalTeams.disconnect
func (s *Slack) teamExternalTeamsDisconnect(c *call, in *api.TeamExternalTeamsDisconnectRequest) (any, error) {
	if in.TargetTeam == "" {
		return nil, errMissingArgument
	}
	t, known := s.externalTeams.Get(c.Tx, in.TargetTeam)
	shared := false
	for ch := range s.channels.All(c.Tx, "") {
		if !slices.Contains(ch.External, in.TargetTeam) {
			continue
		}
		shared = true
		ch.External = without(ch.External, []string{in.TargetTeam})
		s.channels.Put(c.Tx, ch)
		c.emit(event{Type: "channel_unshared", Channel: ch, Body: reply{"channel": ch.ID, "previously_connected_team_id": in.TargetTeam, "is_ext_shared": len(ch.External) > 0}})
	}
	if !shared && (!known || t.Status == "DISCONNECTED") {
		return nil, errInvalidTargetTeam
	}
	if !known {
		other, _ := s.teams.Get(c.Tx, in.TargetTeam)
		t = ExternalTeam{ID: in.TargetTeam, Name: or(other.Name, in.TargetTeam), Domain: other.Domain}
	}
	t.Status, t.Active = "DISCONNECTED", c.Now.Unix()
	s.externalTeams.Put(c.Tx, t)
	return nil, nil
}
