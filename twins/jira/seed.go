package jira

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/twin"
)

// company is what a seed says of the people that all twins share.
type company struct {
	Name        string
	Domain      string
	EmailDomain string `json:"email_domain"`
	People      []struct {
		Handle, Name, Title, TZ, Email, Phone, Manager string
		Admin, Owner, Guest, Left                      bool
	}
	Groups []struct {
		Handle, Name string
		Members      []string
	}
}

// section is what a seed says of Jira alone.
type section struct {
	Projects []seededProject
	Apps     []struct { // that sign people in with OAuth, or share a secret with the site
		Key, Name, Owner  string
		Callbacks, Scopes []string
		Connect           bool
	}
	Classifications []Classification // of the organization, the closest first
	Fields          []struct {
		Name, Type string
		Options    []string
		Values     map[string]any // by issue key
	}
}

// A seededProject is a project with its issues, everything by its name.
type seededProject struct {
	Key, Name, Description, Lead, Template, Category string
	Components                                       []struct{ Name, Description, Lead string }
	Versions                                         []struct {
		Name, Description, Start, Release string
		Released, Archived                bool
	}
	Sprints []struct {
		Name, Goal, State string
		Start, End        string // how long ago, or in how long with a +
	}
	QuickFilters []struct{ Name, JQL, Description string } // of its board
	Issues       []seededIssue
	Roles        map[string][]string // people and groups, by role
}

type seededIssue struct {
	Type, Summary, Description, Status, Priority, Assignee, Reporter, Resolution, Parent, Due, Environment string
	Labels, Components, Fix, Affects, Sprints, Watchers, Votes                                             []string
	Points                                                                                                 float64
	Estimate                                                                                               string
	Ago, Done                                                                                              string // how long since it was created, and since it was finished
	Comments                                                                                               []struct{ By, Text, Ago string }
	Work                                                                                                   []struct{ By, Spent, Text, Ago string }
	Links                                                                                                  []struct{ Type, To string }
}

// Ids of what every site has from its first day.
const (
	administratorsRole   = 10002
	appsRole             = 10003
	defaultPermissions   = 10001 // Default software scheme
	defaultNotifications = 10000
	resolutionDone       = 10000
)

// accountID is the account of a person of the company, the same in every world.
func accountID(handle string) string {
	h := sha256.Sum256([]byte("jira account " + handle))
	return "5b10" + hex.EncodeToString(h[:])[:20]
}

// seedUUID is an id that is not a number, the same in every world.
func seedUUID(of string) string {
	h := hex.EncodeToString(func() []byte { h := sha256.Sum256([]byte("jira " + of)); return h[:] }())
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}

// seed fills a site: its own things first, then the company's people and what the seed says of projects.
func (j *Jira) seed(tc *twin.Call, rawCompany, rawSection json.RawMessage) error {
	var co company
	if len(rawCompany) > 0 {
		if err := json.Unmarshal(rawCompany, &co); err != nil {
			return err
		}
	}
	var se section
	if len(rawSection) > 0 {
		d := json.NewDecoder(bytes.NewReader(rawSection))
		d.DisallowUnknownFields()
		if err := d.Decode(&se); err != nil {
			return err
		}
	}
	c := j.newCall(tc)
	c.quiet = true
	c.bootstrap(co)
	c.site, _ = j.sites.Get(tc.Tx, "site")
	people := c.seedPeople(co)
	for _, a := range se.Apps {
		secret := c.World.Unseal(c.World.Seal(c.Rand(48, tokenAlphabet)))
		if !a.Connect {
			j.oauthApps.Put(tc.Tx, OAuthApp{ID: a.Key, Secret: secret, Name: a.Name, Callbacks: a.Callbacks, Scopes: a.Scopes, Owner: people[a.Owner]})
			continue
		}
		u := User{ID: accountID("app " + a.Key), Type: "app", Name: a.Name, TimeZone: "UTC", Locale: "en_US", Active: true, Created: c.at()}
		j.users.Put(tc.Tx, u)
		j.connectApps.Put(tc.Tx, ConnectApp{Key: a.Key, Name: a.Name, Secret: secret, Account: u.ID, Scopes: a.Scopes})
	}
	c.seedClassifications(se.Classifications)
	for _, p := range se.Projects {
		if err := c.seedProject(p, people); err != nil {
			return fmt.Errorf("project %s: %w", p.Key, err)
		}
	}
	return nil
}

// bootstrap is what every site has from the day it is made.
func (c *call) bootstrap(co company) {
	if _, ok := c.j.sites.Get(c.Tx, "site"); ok {
		return
	}
	j, tx := c.j, c.Tx
	title := "Jira"
	admins, users := Group{seedUUID("site-admins"), "site-admins"}, Group{seedUUID("jira-users"), "jira-users"}
	if co.Domain != "" {
		users.Name = "jira-users-" + co.Domain
	}
	software := Group{seedUUID("jira-administrators"), "jira-administrators"}
	for _, g := range []Group{admins, users, software} {
		j.groups.Put(tx, g)
	}
	j.sites.Put(tx, Site{Title: title, Cloud: seedUUID("cloud " + co.Domain), Created: c.at() - 400*day, Settings: obj{"productGroups": []any{users.ID, admins.ID}}})
	for _, p := range permissions {
		if !p.Global {
			continue
		}
		groups := []string{admins.ID, software.ID}
		if slices.Contains([]string{"USER_PICKER", "CREATE_SHARED_OBJECTS", "MANAGE_GROUP_FILTER_SUBSCRIPTIONS", "BULK_CHANGE", "CREATE_PROJECT"}, p.Key) {
			groups = append(groups, users.ID)
		}
		if p.Key == "SYSTEM_ADMIN" {
			groups = groups[:1]
		}
		for _, g := range groups {
			j.globals.Put(tx, GlobalGrant{p.Key, g})
		}
	}

	for n, t := range []IssueType{
		{Name: "Epic", Description: "A big user story that needs to be broken down. Created by Jira Software - do not edit or delete.", Avatar: 10307, Level: 1},
		{Name: "Story", Description: "Functionality or a feature expressed as a user goal.", Avatar: 10315},
		{Name: "Task", Description: "A small, distinct piece of work.", Avatar: 10318},
		{Name: "Subtask", Description: "A small piece of work that's part of a larger task.", Avatar: 10316, Level: -1},
		{Name: "Bug", Description: "A problem or error.", Avatar: 10303},
	} {
		t.ID = int64(firstID + n)
		j.issueTypes.Put(tx, t)
	}
	for _, s := range []Status{
		{ID: 1, Name: "Open", Description: "The work item is open and ready for the assignee to start work on it.", Category: categoryToDo},
		{ID: 3, Name: "In Progress", Description: "This work item is being actively worked on at the moment by the assignee.", Category: categoryDoing},
		{ID: 4, Name: "Reopened", Description: "This work item was once resolved, but the resolution was deemed incorrect. From here work items are either marked assigned or resolved.", Category: categoryToDo},
		{ID: 5, Name: "Resolved", Description: "A resolution has been taken, and it is awaiting verification by reporter. From here work items are either reopened, or are closed.", Category: categoryDone},
		{ID: 6, Name: "Closed", Description: "The work item is considered finished, the resolution is correct. Work items which are closed can be reopened.", Category: categoryDone},
		{ID: 10000, Name: "To Do", Category: categoryToDo},
		{ID: 10001, Name: "Done", Category: categoryDone},
	} {
		j.statuses.Put(tx, s)
	}
	for n, p := range []Priority{
		{Name: "Highest", Description: "This problem will block progress.", Color: "#d04437"}, {Name: "High", Description: "Serious problem that could block progress.", Color: "#f15C75"},
		{Name: "Medium", Description: "Has the potential to affect progress.", Color: "#f79232", Default: true}, {Name: "Low", Description: "Minor problem or easily worked around.", Color: "#707070"},
		{Name: "Lowest", Description: "Trivial problem with little or no impact on progress.", Color: "#999999"},
	} {
		p.ID, p.Order, p.Icon = int64(n+1), int64(n+1), "/images/icons/priorities/"+strings.ToLower(p.Name)+".svg"
		j.priorities.Put(tx, p)
	}
	j.prioritySchemes.Put(tx, PriorityScheme{ID: defaultPriorityScheme, Name: "Default priority scheme", Description: "This is default priority scheme used by all projects without any other scheme associated.", Default: 3, Priorities: []int64{1, 2, 3, 4, 5}})
	for n, r := range []Resolution{{Name: "Done", Description: "Work has been completed on this issue."}, {Name: "Won't Do", Description: "This issue won't be actioned."},
		{Name: "Duplicate", Description: "The problem is a duplicate of an existing issue."}, {Name: "Cannot Reproduce", Description: "All attempts at reproducing this issue failed, or not enough information was available to reproduce the issue. Reading the code produces no clues as to why this behavior would occur. If more information appears later, please reopen the issue."}} {
		r.ID, r.Order = int64(resolutionDone+n), int64(n+1)
		j.resolutions.Put(tx, r)
	}
	for n, t := range []LinkType{{Name: "Blocks", Inward: "is blocked by", Outward: "blocks"}, {Name: "Cloners", Inward: "is cloned by", Outward: "clones"},
		{Name: "Duplicate", Inward: "is duplicated by", Outward: "duplicates"}, {Name: "Relates", Inward: "relates to", Outward: "relates to"}} {
		t.ID = int64(firstID + n)
		j.linkTypes.Put(tx, t)
	}
	for _, r := range []Role{{ID: administratorsRole, Name: "Administrators", Description: "A project role that represents administrators in a project"},
		{ID: appsRole, Name: "atlassian-addons-project-access", Description: "A project role that represents Connect add-ons declaring a scope that requires more than read issue permissions"},
		{ID: 10004, Name: "Developers", Description: "A project role that represents developers in a project"}} {
		j.roles.Put(tx, r)
	}
	j.actors.Put(tx, Actor{ID: firstID, Role: administratorsRole, Group: software.ID})
	c.bootstrapSchemes()
	c.bootstrapFields()
	c.bootstrapClassifications()
	j.dashboards.Put(tx, Dashboard{ID: firstID, Name: "Default dashboard", Shares: []Share{{ID: firstID, Type: "global"}}})
	for name, n := range map[string]int64{"issueType": 10004, "status": 10001, "resolution": 10003, "linkType": 10003, "role": 10004, "actor": firstID, "dashboard": firstID, "share": firstID} {
		j.counters.Put(tx, Counter{Name: name, N: n})
	}
}

// bootstrapSchemes are the schemes that new projects share.
func (c *call) bootstrapSchemes() {
	grants := func(from int64) (gs []Grant) {
		give := func(permission, holder, value string) {
			gs = append(gs, Grant{from + int64(len(gs)), permission, Holder{holder, value}})
		}
		for _, p := range permissions {
			if p.Global || p.Key == "SERVICEDESK_AGENT" {
				continue
			}
			give(p.Key, "projectRole", id(appsRole))
			switch p.Key {
			case "ADMINISTER_PROJECTS", "DELETE_ISSUES", "DELETE_ALL_COMMENTS", "DELETE_ALL_ATTACHMENTS", "DELETE_ALL_WORKLOGS", "EDIT_ALL_COMMENTS", "EDIT_ALL_WORKLOGS", "MANAGE_SPRINTS_PERMISSION", "ARCHIVE_ISSUES", "UNARCHIVE_ISSUES", "EDIT_ISSUE_LAYOUT":
				give(p.Key, "projectRole", id(administratorsRole))
			default:
				give(p.Key, "applicationRole", "")
			}
			if p.Key == "MANAGE_SPRINTS_PERMISSION" {
				give(p.Key, "applicationRole", "")
			}
		}
		return gs
	}
	c.j.permissionSchemes.Put(c.Tx, PermissionScheme{ID: 0, Name: "Default Permission Scheme", Description: "This is the default Permission Scheme. Any new projects that are created will be assigned this scheme.", Grants: grants(10000)})
	c.j.permissionSchemes.Put(c.Tx, PermissionScheme{ID: defaultPermissions, Name: "Default software scheme", Description: "Default scheme for Software projects.", Grants: grants(10200)})
	var told []Notification
	for event := int64(1); event <= 17; event++ {
		for _, who := range []string{"CurrentAssignee", "Reporter", "AllWatchers"} {
			told = append(told, Notification{ID: firstID + int64(len(told)), Event: event, Holder: Holder{Type: who}})
		}
	}
	c.j.notificationSchemes.Put(c.Tx, NotificationScheme{ID: defaultNotifications, Name: "Default Notification Scheme", Notifications: told})
	c.j.fieldSchemes.Put(c.Tx, FieldScheme{ID: defaultFieldScheme, Name: "Default Field Scheme", Description: "The default field scheme", Fields: map[string]FieldAssociation{}})
	c.j.fieldConfigs.Put(c.Tx, FieldConfig{ID: defaultFieldConfig, Name: "Default Field Configuration", Description: "The default field configuration", Default: true, Items: map[string]FieldItem{}})
	c.j.screens.Put(c.Tx, Screen{ID: 1, Name: "Default Screen", Description: "Allows to update all system fields.", Tabs: []Tab{{firstID, "Field Tab", strings.Fields(issueScreenFields)}}})
	c.j.screens.Put(c.Tx, Screen{ID: 3, Name: "Resolve Issue Screen", Description: "Allows to set resolution, change fix versions and assign an issue.", Tabs: []Tab{{firstID + 1, "Field Tab", []string{"resolution", "fixVersions", "assignee", "worklog"}}}})
	c.j.screens.Put(c.Tx, Screen{ID: 2, Name: "Workflow Screen", Description: "This screen is used in the workflow and enables you to assign issues", Tabs: []Tab{{firstID + 2, "Field Tab", []string{"assignee"}}}})
	c.j.screenSchemes.Put(c.Tx, ScreenScheme{ID: 1, Name: "Default Screen Scheme", Description: "Default Screen Scheme", Screens: map[string]int64{"default": 1}})
	c.j.typeScreenSchemes.Put(c.Tx, TypeScreenScheme{ID: 1, Name: "Default Issue Type Screen Scheme", Description: "The default issue type screen scheme", Mappings: map[string]int64{"default": 1}})
	all := IssueTypeScheme{ID: firstID, Name: "Default Issue Type Scheme", Description: "Default issue type scheme is the list of global issue types. All newly created issue types will automatically be added to this scheme."}
	for t := range c.j.issueTypes.All(c.Tx, "") {
		all.Types = append(all.Types, t.ID)
	}
	c.j.issueTypeSchemes.Put(c.Tx, all)
	classic := Workflow{ID: seedUUID("workflow jira"), Name: "jira", Description: "The default Jira workflow.", Version: 1, Created: c.at() - 400*day, Updated: c.at() - 400*day}
	for _, s := range []int64{1, 3, 5, 4, 6} {
		classic.Statuses = append(classic.Statuses, WorkflowStatus{Status: s, Properties: map[string]string{}})
	}
	classic.Transitions = []Transition{{ID: 1, Name: "Create Issue", Type: "initial", To: 1},
		{ID: 4, Name: "Start Progress", Type: "directed", From: []int64{1, 4}, To: 3, Actions: resolving(false)}, {ID: 5, Name: "Resolve Issue", Type: "directed", From: []int64{1, 3, 4}, To: 5, Screen: 3, Actions: nil},
		{ID: 2, Name: "Close Issue", Type: "directed", From: []int64{1, 3, 4}, To: 6, Screen: 3}, {ID: 301, Name: "Stop Progress", Type: "directed", From: []int64{3}, To: 1, Actions: resolving(false)},
		{ID: 701, Name: "Close Issue", Type: "directed", From: []int64{5}, To: 6, Screen: 2}, {ID: 3, Name: "Reopen Issue", Type: "directed", From: []int64{5, 6}, To: 4, Screen: 2, Actions: resolving(false)}}
	c.j.workflows.Put(c.Tx, classic)
	for name, n := range map[string]int64{"issueTypeScheme": firstID, "tab": firstID + 2, "fieldConfig": defaultFieldConfig, "grant": 10399} {
		c.j.counters.Put(c.Tx, Counter{Name: name, N: n})
	}
}

// bootstrapFields are the custom fields that come with boards.
func (c *call) bootstrapFields() {
	for _, x := range []CustomField{
		{ID: 10000, Name: "development", Type: devSummary, Description: "Development Summary Field for Jira Software use only"},
		{ID: 10011, Name: "Epic Name", Type: boardTypes + "gh-epic-label", Searcher: boardTypes + "gh-epic-label-searcher"},
		{ID: 10014, Name: "Epic Link", Type: boardTypes + "gh-epic-link", Searcher: boardTypes + "gh-epic-link-searcher"},
		{ID: 10016, Name: "Story point estimate", Type: boardTypes + "jsw-story-points", Searcher: boardTypes + "jsw-story-points-searcher", Description: "Measurement of complexity and/or size of a requirement."},
		{ID: 10019, Name: "Rank", Type: boardTypes + "gh-lexo-rank", Searcher: boardTypes + "gh-lexo-rank-searcher", Description: "Global rank field for Jira Software use only."},
		{ID: 10020, Name: "Sprint", Type: boardTypes + "gh-sprint", Searcher: boardTypes + "gh-sprint-searcher", Description: "Jira Software sprint field"},
	} {
		x.Created = c.at() - 400*day
		x.LockedFor = "com.pyxis.greenhopper.jira"
		c.j.customFields.Put(c.Tx, x)
		c.j.contexts.Put(c.Tx, Context{ID: x.ID + 100, Field: customPrefix + id(x.ID), Name: "Default Configuration Scheme for " + x.Name, Description: "Default configuration scheme generated by Jira"})
	}
	c.j.counters.Put(c.Tx, Counter{Name: "customField", N: 10029})
	c.j.counters.Put(c.Tx, Counter{Name: "context", N: 10199})
	c.j.counters.Put(c.Tx, Counter{Name: "option", N: 10009})
}

// day is one, in milliseconds.
const day = 24 * 3600 * 1000

// seedPeople makes the company's accounts and groups, and returns the accounts by their handles.
func (c *call) seedPeople(co company) map[string]string {
	accounts := map[string]string{}
	in := func(name, user string) {
		if g, ok := c.groupBy("", name); ok {
			c.j.members.Put(c.Tx, Member{g.ID, user})
		}
	}
	for n, p := range co.People {
		u := User{ID: accountID(p.Handle), Type: "atlassian", Name: p.Name, Email: p.Email, TimeZone: p.TZ, Locale: "en_US", Active: !p.Left, Created: c.at() - 300*day + int64(n)*1000}
		if u.Email == "" {
			u.Email = p.Handle + "@" + co.EmailDomain
		}
		c.j.users.Put(c.Tx, u)
		accounts[p.Handle] = u.ID
		if !p.Left {
			in("jira-users-"+co.Domain, u.ID)
			c.j.tokens.Put(c.Tx, APIToken{Secret: "ATATT3x" + c.Rand(40, tokenAlphabet), User: u.ID, Label: p.Handle, Created: u.Created})
		}
		if p.Admin || p.Owner {
			in("jira-administrators", u.ID)
		}
		if p.Owner {
			in("site-admins", u.ID)
		}
	}
	for _, g := range co.Groups {
		group := Group{seedUUID("group " + g.Handle), g.Handle}
		c.j.groups.Put(c.Tx, group)
		for _, m := range g.Members {
			if accounts[m] != "" {
				c.j.members.Put(c.Tx, Member{group.ID, accounts[m]})
			}
		}
	}
	return accounts
}

const tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// before is a time so long ago, in milliseconds.
func (c *call) before(ago string) (int64, error) {
	if ago == "" {
		return c.at(), nil
	}
	rest, later := strings.CutPrefix(ago, "+")
	d, err := clock.ParseDuration(rest)
	if later {
		d = -d
	}
	return c.at() - d.Milliseconds(), err
}

// seedProject makes a project and its issues as people would have, at the times that the seed says.
func (c *call) seedProject(s seededProject, people map[string]string) error {
	t, ok := templateOf(s.Template, "software")
	for _, x := range templates {
		if strings.HasSuffix(x.key, s.Template) {
			t, ok = x, true
		}
	}
	if !ok {
		return fmt.Errorf("there is no template %s", s.Template)
	}
	now := c.Now
	defer func() { c.Now = now }()
	p := Project{ID: c.next("project", firstID), UUID: c.uuid(), Key: s.Key, Name: s.Name, Description: s.Description, Lead: people[s.Lead], Assignee: "UNASSIGNED", Avatar: 10400 + int64(len(s.Key)), Permissions: defaultPermissions, Notifications: defaultNotifications, Created: c.at() - 200*day}
	if s.Category != "" {
		x := Category{ID: c.next("category", firstID), Name: s.Category}
		for old := range c.j.categories.All(c.Tx, "") {
			if old.Name == s.Category {
				x = old
			}
		}
		c.j.categories.Put(c.Tx, x)
		p.Category = x.ID
	}
	p = c.furnish(p, t)
	for _, x := range s.Components {
		c.j.components.Put(c.Tx, Component{ID: c.next("component", firstID), Project: p.ID, Name: x.Name, Description: x.Description, Lead: people[x.Lead], Assignee: "PROJECT_DEFAULT"})
	}
	for n, x := range s.Versions {
		c.j.versions.Put(c.Tx, Version{ID: c.next("version", firstID), Project: p.ID, Name: x.Name, Description: x.Description, Start: x.Start, Release: x.Release, Released: x.Released, Archived: x.Archived, Order: int64(n + 1)})
	}
	for _, role := range sorted(s.Roles) {
		for r := range c.j.roles.All(c.Tx, "") {
			if r.Name != role {
				continue
			}
			for _, who := range s.Roles[role] {
				a := Actor{ID: c.next("actor", firstID), Role: r.ID, Project: p.ID, User: people[who]}
				if g, ok := c.groupBy("", who); ok {
					a.User, a.Group = "", g.ID
				}
				c.j.actors.Put(c.Tx, a)
			}
		}
	}
	board := Board{}
	for b := range c.j.boards.All(c.Tx, "") {
		if b.Project == p.ID {
			board = b
		}
	}
	for _, q := range s.QuickFilters {
		if err := c.addQuickFilter(&board, QuickFilter{Name: q.Name, JQL: q.JQL, Description: q.Description}); err != nil {
			return err
		}
		c.j.boards.Put(c.Tx, board)
	}
	sprints := map[string]Sprint{}
	for _, x := range s.Sprints {
		sp := Sprint{ID: c.next("sprint", 1), Board: board.ID, Name: x.Name, Goal: x.Goal, State: x.State, Created: p.Created}
		sp.Order = sp.ID
		for ago, at := range map[string]*int64{x.Start: &sp.Start, x.End: &sp.End} {
			var err error
			if *at, err = c.before(ago); err != nil {
				return err
			}
			if ago == "" {
				*at = 0
			}
		}
		if x.State == "closed" {
			sp.Complete = sp.End
		}
		c.j.sprints.Put(c.Tx, sp)
		sprints[x.Name] = sp
	}
	for _, x := range s.Issues {
		c.Now = now
		born, err := c.before(x.Ago)
		if err != nil {
			return err
		}
		c.Now = msTime(born)
		c.who, _ = c.j.users.Get(c.Tx, people[x.Reporter])
		if c.who.ID == "" {
			return fmt.Errorf("%q: nobody is called %q", x.Summary, x.Reporter)
		}
		fields := obj{"project": obj{"key": s.Key}, "issuetype": obj{"name": x.Type}, "summary": x.Summary}
		put := func(name string, v any, there bool) {
			if there {
				fields[name] = v
			}
		}
		names := func(list []string) any {
			out := []any{}
			for _, n := range list {
				out = append(out, obj{"name": n})
			}
			return out
		}
		put("description", x.Description, x.Description != "")
		put("environment", x.Environment, x.Environment != "")
		put("priority", obj{"name": x.Priority}, x.Priority != "")
		put("assignee", obj{"accountId": people[x.Assignee]}, x.Assignee != "")
		put("duedate", x.Due, x.Due != "")
		put("parent", obj{"key": x.Parent}, x.Parent != "")
		put("labels", anys(x.Labels), x.Labels != nil)
		put("components", names(x.Components), x.Components != nil)
		put("fixVersions", names(x.Fix), x.Fix != nil)
		put("versions", names(x.Affects), x.Affects != nil)
		put(storyPointsField, x.Points, x.Points != 0)
		i, err := c.create(obj{"fields": fields})
		if err != nil {
			return fmt.Errorf("%q: %w", x.Summary, err)
		}
		if err := c.seedStory(i, x, people, sprints, now); err != nil {
			return fmt.Errorf("%q: %w", x.Summary, err)
		}
	}
	return nil
}

// credentials are ready ones of the world: those of the first administrator.
func (j *Jira) credentials(tc *twin.Call) (map[string]string, map[string]any) {
	env := map[string]string{"JIRA_URL": j.URL(tc)}
	people := map[string]any{}
	c := j.newCall(tc)
	for t := range j.tokens.All(tc.Tx, "") {
		u, _ := j.users.Get(tc.Tx, t.User)
		secret := tc.World.Seal(t.Secret)
		people[t.Label] = obj{"accountId": u.ID, "email": u.Email, "token": secret}
		if c.hasGlobal(u.ID, "SYSTEM_ADMIN") && env["JIRA_USER"] == "" {
			env["JIRA_USER"], env["JIRA_TOKEN"] = u.Email, secret
		}
	}
	objects := map[string]any{"people": people}
	apps := map[string]any{}
	for a := range j.oauthApps.All(tc.Tx, "") {
		env["JIRA_OAUTH_CLIENT_ID"], env["JIRA_OAUTH_CLIENT_SECRET"] = a.ID, tc.World.Reveal(a.Secret)
		apps[a.Name] = obj{"client_id": a.ID, "client_secret": tc.World.Reveal(a.Secret), "callbacks": a.Callbacks, "scopes": a.Scopes, "authorize_url": j.URL(tc) + "/authorize", "token_url": j.URL(tc) + "/oauth/token"}
	}
	for a := range j.connectApps.All(tc.Tx, "") {
		apps[a.Name] = obj{"key": a.Key, "shared_secret": tc.World.Reveal(a.Secret)}
	}
	objects["apps"] = apps
	return env, objects
}
