package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What checks see of each twin, in the vendor's nouns. People are named by their handles: the name before the @ of the company's
// addresses, the whole address for anybody else.

// Okta is the org.
type Okta struct {
	Users  []OktaUser                            `expr:"users"`
	Groups []OktaGroup                           `expr:"groups"`
	User   func(handle string) (OktaUser, error) `expr:"user"`
	Group  func(name string) (OktaGroup, error)  `expr:"group"`
}

// An OktaUser is a person in Okta.
type OktaUser struct {
	ID        string         `expr:"id"`
	Login     string         `expr:"login"`
	Handle    string         `expr:"handle"`
	Status    string         `expr:"status"` // STAGED, PROVISIONED, ACTIVE, RECOVERY, PASSWORD_EXPIRED, LOCKED_OUT, SUSPENDED, DEPROVISIONED
	FirstName string         `expr:"firstName"`
	LastName  string         `expr:"lastName"`
	Profile   map[string]any `expr:"profile"`
	Groups    []string       `expr:"groups"`   // names
	Apps      []string       `expr:"apps"`     // labels of those assigned to the person
	Sessions  int            `expr:"sessions"` // that are live
	Roles     []string       `expr:"roles"`    // ORG_ADMIN, …
}

// An OktaGroup is a group.
type OktaGroup struct {
	ID          string   `expr:"id"`
	Name        string   `expr:"name"`
	Description string   `expr:"description"`
	Members     []string `expr:"members"` // handles
	Apps        []string `expr:"apps"`    // labels
}

// Slack is the workspace.
type Slack struct {
	Users      []SlackUser                             `expr:"users"`
	Channels   []Channel                               `expr:"channels"`
	Messages   []Message                               `expr:"messages"`
	Usergroups []Usergroup                             `expr:"usergroups"`
	User       func(handle string) (SlackUser, error)  `expr:"user"`
	Channel    func(name string) (Channel, error)      `expr:"channel"`
	Usergroup  func(handle string) (Usergroup, error)  `expr:"usergroup"`
	In         func(channel string) ([]Message, error) `expr:"in"`
	Direct     func(handle string) []Message           `expr:"direct"` // what stands in direct messages with somebody
}

// A SlackUser is a person or an app in Slack.
type SlackUser struct {
	ID       string   `expr:"id"`
	Handle   string   `expr:"handle"`
	RealName string   `expr:"realName"`
	Email    string   `expr:"email"`
	Title    string   `expr:"title"`
	Deleted  bool     `expr:"deleted"`
	Admin    bool     `expr:"admin"`
	Guest    bool     `expr:"guest"`
	Bot      bool     `expr:"bot"`
	Channels []string `expr:"channels"` // names
}

// A Channel is a conversation of many.
type Channel struct {
	ID       string   `expr:"id"`
	Name     string   `expr:"name"`
	Private  bool     `expr:"private"`
	Archived bool     `expr:"archived"`
	Topic    string   `expr:"topic"`
	Purpose  string   `expr:"purpose"`
	Members  []string `expr:"members"` // handles
}

// A Message is what somebody has said in Slack.
type Message struct {
	Channel   string              `expr:"channel"` // name, or dm:HANDLE+HANDLE
	User      string              `expr:"user"`    // handle
	Text      string              `expr:"text"`
	TS        string              `expr:"ts"`
	Thread    string              `expr:"thread"` // ts of the root, of a reply
	Pinned    bool                `expr:"pinned"`
	Reactions map[string][]string `expr:"reactions"` // handles by emoji
}

// A Usergroup is a group of people who can be mentioned together.
type Usergroup struct {
	ID       string   `expr:"id"`
	Handle   string   `expr:"handle"`
	Name     string   `expr:"name"`
	Disabled bool     `expr:"disabled"`
	Users    []string `expr:"users"` // handles
}

// Jira is the site.
type Jira struct {
	Issues []Issue                               `expr:"issues"`
	Users  []JiraUser                            `expr:"users"`
	Issue  func(key string) (Issue, error)       `expr:"issue"`
	User   func(handle string) (JiraUser, error) `expr:"user"`
	Group  func(name string) ([]string, error)   `expr:"group"` // handles of its members
}

// An Issue is a piece of work.
type Issue struct {
	Key         string         `expr:"key"`
	Project     string         `expr:"project"` // key
	Type        string         `expr:"type"`
	Status      string         `expr:"status"`
	Resolution  string         `expr:"resolution"`
	Priority    string         `expr:"priority"`
	Summary     string         `expr:"summary"`
	Description string         `expr:"description"` // text, whatever it was written in
	Assignee    string         `expr:"assignee"`    // handle
	Reporter    string         `expr:"reporter"`
	Labels      []string       `expr:"labels"`
	Components  []string       `expr:"components"`
	Due         string         `expr:"due"`
	Parent      string         `expr:"parent"` // key
	Links       []string       `expr:"links"`  // "blocks OPS-2"
	Watchers    []string       `expr:"watchers"`
	Comments    []IssueComment `expr:"comments"`
	Fields      map[string]any `expr:"fields"`  // as they are stored, by id
	Created     int64          `expr:"created"` // milliseconds
}

// An IssueComment is what somebody has said of an issue.
type IssueComment struct {
	Author string `expr:"author"`
	Text   string `expr:"text"`
}

// A JiraUser is an account.
type JiraUser struct {
	ID     string   `expr:"id"`
	Handle string   `expr:"handle"`
	Name   string   `expr:"name"`
	Active bool     `expr:"active"`
	Groups []string `expr:"groups"`
}

// Google is the workspace: Drive, Sheets and Docs.
type Google struct {
	Files  []File                                              `expr:"files"`
	Drives []Drive                                             `expr:"drives"`
	File   func(name string) (File, error)                     `expr:"file"`
	Drive  func(name string) (Drive, error)                    `expr:"drive"`
	Doc    func(name string) (string, error)                   `expr:"doc"`  // the text of a document
	Rows   func(book, sheet string) ([][]any, error)           `expr:"rows"` // the cells of a sheet
	Cell   func(book, sheet string, row, col int) (any, error) `expr:"cell"` // both from 1
	Find   func(book, sheet string, first any) ([]any, error)  `expr:"row"`  // the row that begins with something
}

// A File is a file or folder.
type File struct {
	ID       string         `expr:"id"`
	Name     string         `expr:"name"`
	Type     string         `expr:"type"`   // MIME type
	Owner    string         `expr:"owner"`  // handle; nobody's in a shared drive
	Drive    string         `expr:"drive"`  // name of the shared drive that it is in
	Folder   string         `expr:"folder"` // name of what it is in
	Trashed  bool           `expr:"trashed"`
	Text     string         `expr:"text"`   // the beginning of one that is text
	Access   map[string]any `expr:"access"` // role by handle, group:HANDLE, domain or anyone: its own permissions, not those of its folder
	Comments []string       `expr:"comments"`
}

// A Drive is a shared drive.
type Drive struct {
	ID      string         `expr:"id"`
	Name    string         `expr:"name"`
	Members map[string]any `expr:"members"` // role by handle or group:HANDLE
}

// The records as the twins keep them, as far as the views need them.
type (
	oktaUser struct {
		ID, Status string
		Profile    map[string]any
	}
	oktaGroup struct {
		ID      string
		Profile struct{ Name, Description string }
	}
	pair struct { // membership and assignment in Okta and Jira
		Group, User, App, Assignee, Type, ID, Label, Status string
		Expires                                             int64
	}
	slackUser struct {
		ID, Name, Email, Title          string
		Deleted, Admin, Restricted, Bot bool
		RealName                        string `json:"real_name"`
		UltraRestricted                 bool   `json:"ultra_restricted"`
		AppUser                         bool   `json:"app_user"`
	}
	slackChannel struct {
		ID, Name                             string
		Private, IM, MPIM, Archived, Deleted bool
		Topic, Purpose                       struct{ Value string }
		Peers                                []string
	}
	team struct {
		EmailDomain string `json:"email_domain"`
	}
	slackMember  struct{ Channel, User string }
	slackMessage struct {
		Channel, TS, User, Text string
		ThreadTS                string `json:"thread_ts"`
		Pinned, Hidden          bool
		Reactions               []struct {
			Name  string
			Users []string
		}
	}
	slackGroup struct {
		ID, Handle, Name string
		Users            []string
		Deleted          int64
	}
	jiraNamed struct { // what has a number and a name
		ID   json.Number
		Name string
		Key  string
	}
	jiraGroup struct{ ID, Name string }
	jiraUser  struct {
		ID, Name, Email string
		Active          bool
	}
	jiraIssue struct {
		ID, Project, Number, Created int64
		Fields                       map[string]any
	}
	jiraComment struct {
		ID, Issue int64
		Author    string
		Body      any
	}
	jiraLink struct {
		ID, Type, Inward, Outward int64
	}
	jiraLinkType struct {
		ID              int64
		Inward, Outward string
	}
	jiraAt struct { // what belongs to an issue and a person
		Issue int64
		User  string
	}
	holder      struct{ User string } // of a token
	googleUser  struct{ ID, Email string }
	googleGroup struct{ ID, Email, Name string }
	driveFile   struct {
		ID, Name, Type, Parent, Drive, Owner string
		Trashed                              int64
		Content                              *struct{ Words string }
	}
	drive      struct{ ID, Name string }
	permission struct {
		File, ID, Type, Email, Domain string
		Role                          int
	}
	driveComment struct {
		File, ID, By, Text string
		Deleted            bool
	}
	sheet struct {
		Book, Title string
		ID, Index   int
		Blocks      []struct{ Block, Rows int }
	}
	block struct {
		Book  string
		Sheet int
		ID    int
		Rows  []json.RawMessage
	}
	document struct {
		ID      string
		Content struct{ Tabs []any }
	}
)

var roles = []string{"", "reader", "commenter", "writer", "fileOrganizer", "organizer", "owner"}

// names are what ids stand for in a state.
type names struct {
	made   map[string]bool
	domain string // of the company's addresses, with its @

	oktaUsers, oktaGroups, oktaApps     map[string]string
	slackUsers, slackChannels           map[string]string
	jiraUsers, jiraIssues, jiraProjects map[string]string
	googleUsers, files                  map[string]string
}

// once reports whether a part of the names has yet to be made.
func (n *names) once(what string) bool {
	if n.made == nil {
		n.made = map[string]bool{}
	}
	if n.made[what] {
		return false
	}
	n.made[what] = true
	return true
}

// handle is what a person with an address is called.
func (st *State) handle(email string) string {
	if st.names.once("domain") {
		for _, t := range records[team](st, "slack.teams") {
			st.names.domain = cmp.Or(st.names.domain, t.EmailDomain)
		}
		for _, w := range records[struct{ Domain string }](st, "google.workspace") {
			st.names.domain = cmp.Or(st.names.domain, w.Domain)
		}
		for _, u := range records[oktaUser](st, "okta.users") {
			_, domain, _ := strings.Cut(fmt.Sprint(u.Profile["login"]), "@")
			st.names.domain = cmp.Or(st.names.domain, domain)
		}
	}
	return strings.TrimSuffix(email, "@"+st.names.domain)
}

// dictionary makes one part of the names, once.
func dictionary[T any](st *State, into *map[string]string, collection string, name func(*T) (id, name string)) map[string]string {
	if st.names.once(collection) {
		m := map[string]string{}
		for _, rec := range records[T](st, collection) {
			id, as := name(rec)
			m[id] = as
		}
		*into = m
	}
	return *into
}

func (st *State) oktaUsers() map[string]string {
	return dictionary(st, &st.names.oktaUsers, "okta.users", func(u *oktaUser) (string, string) { return u.ID, st.handle(text(u.Profile["login"])) })
}

func (st *State) oktaGroups() map[string]string {
	return dictionary(st, &st.names.oktaGroups, "okta.groups", func(g *oktaGroup) (string, string) { return g.ID, g.Profile.Name })
}

func (st *State) oktaApps() map[string]string {
	return dictionary(st, &st.names.oktaApps, "okta.apps", func(a *pair) (string, string) { return a.ID, a.Label })
}

func (st *State) slackUsers() map[string]string {
	return dictionary(st, &st.names.slackUsers, "slack.users", func(u *slackUser) (string, string) { return u.ID, u.Name })
}

func (st *State) slackChannels() map[string]string {
	people := st.slackUsers()
	return dictionary(st, &st.names.slackChannels, "slack.channels", func(c *slackChannel) (string, string) {
		if c.IM || c.MPIM {
			return c.ID, "dm:" + strings.Join(called(people, c.Peers), "+")
		}
		return c.ID, c.Name
	})
}

func (st *State) jiraUsers() map[string]string {
	return dictionary(st, &st.names.jiraUsers, "jira.users", func(u *jiraUser) (string, string) { return u.ID, cmp.Or(st.handle(u.Email), u.Name) })
}

func (st *State) jiraProjects() map[string]string {
	return dictionary(st, &st.names.jiraProjects, "jira.projects", func(p *jiraNamed) (string, string) { return p.ID.String(), p.Key })
}

func (st *State) jiraIssues() map[string]string {
	projects := st.jiraProjects()
	return dictionary(st, &st.names.jiraIssues, "jira.issues", func(i *jiraIssue) (string, string) { return num(i.ID), projects[num(i.Project)] + "-" + num(i.Number) })
}

func (st *State) googleUsers() map[string]string {
	return dictionary(st, &st.names.googleUsers, "google.users", func(u *googleUser) (string, string) { return u.ID, st.handle(u.Email) })
}

func (st *State) files() map[string]string {
	return dictionary(st, &st.names.files, "gdrive.files", func(f *driveFile) (string, string) { return f.ID, f.Name })
}

func num(n int64) string { return strconv.FormatInt(n, 10) }

func text(v any) string {
	s, _ := v.(string)
	return s
}

// called are the names of ids, sorted; one without a name stands for itself.
func called(by map[string]string, ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		out = append(out, cmp.Or(by[id], id))
	}
	slices.Sort(out)
	return out
}

func (st *State) okta() Okta {
	return Okta{
		User: func(handle string) (OktaUser, error) {
			handle = st.handle(handle)
			for _, u := range records[oktaUser](st, "okta.users") {
				if st.handle(text(u.Profile["login"])) == handle {
					return st.oktaUser(u), nil
				}
			}
			return OktaUser{}, st.none("there is no %q in Okta", handle)
		},
		Group: func(name string) (OktaGroup, error) {
			for _, g := range records[oktaGroup](st, "okta.groups") {
				if g.Profile.Name == name {
					return st.oktaGroup(g), nil
				}
			}
			return OktaGroup{}, st.none("there is no group %q in Okta", name)
		},
	}
}

func (st *State) oktaUser(u *oktaUser) OktaUser {
	v := OktaUser{ID: u.ID, Login: text(u.Profile["login"]), Status: u.Status, FirstName: text(u.Profile["firstName"]), LastName: text(u.Profile["lastName"]), Profile: u.Profile}
	v.Handle = st.handle(v.Login)
	for _, m := range records[pair](st, "okta.members") {
		if m.User == u.ID {
			v.Groups = append(v.Groups, st.oktaGroups()[m.Group])
		}
	}
	for _, a := range records[pair](st, "okta.appUsers") {
		if a.User == u.ID {
			v.Apps = append(v.Apps, st.oktaApps()[a.App])
		}
	}
	for _, a := range records[pair](st, "okta.assignments") {
		if a.Assignee == u.ID {
			v.Roles = append(v.Roles, a.Type)
		}
	}
	for _, s := range records[pair](st, "okta.sessions") {
		if s.User == u.ID {
			v.Sessions++
		}
	}
	slices.Sort(v.Groups)
	slices.Sort(v.Apps)
	return v
}

func (st *State) oktaGroup(g *oktaGroup) OktaGroup {
	v := OktaGroup{ID: g.ID, Name: g.Profile.Name, Description: g.Profile.Description}
	for _, m := range records[pair](st, "okta.members") {
		if m.Group == g.ID {
			v.Members = append(v.Members, st.oktaUsers()[m.User])
		}
	}
	for _, a := range records[pair](st, "okta.appGroups") {
		if a.Group == g.ID {
			v.Apps = append(v.Apps, st.oktaApps()[a.App])
		}
	}
	slices.Sort(v.Members)
	slices.Sort(v.Apps)
	return v
}

func (st *State) slack() Slack {
	return Slack{
		User: func(handle string) (SlackUser, error) {
			handle = st.handle(handle)
			for _, u := range records[slackUser](st, "slack.users") {
				if u.Name == handle || st.handle(u.Email) == handle {
					return st.slackUser(u), nil
				}
			}
			return SlackUser{}, st.none("there is no %q in Slack", handle)
		},
		Channel: func(name string) (Channel, error) {
			name = strings.TrimPrefix(name, "#")
			for _, c := range records[slackChannel](st, "slack.channels") {
				if c.Name == name && !c.Deleted {
					return st.channel(c), nil
				}
			}
			return Channel{}, st.none("there is no channel #%s", name)
		},
		Usergroup: func(handle string) (Usergroup, error) {
			for _, g := range records[slackGroup](st, "slack.usergroups") {
				if g.Handle == strings.TrimPrefix(handle, "@") {
					return st.usergroup(g), nil
				}
			}
			return Usergroup{}, st.none("there is no user group @%s", handle)
		},
		In: func(channel string) ([]Message, error) {
			channel = strings.TrimPrefix(channel, "#")
			for id, name := range st.slackChannels() {
				if name == channel {
					return st.messages(func(m *slackMessage) bool { return m.Channel == id }), nil
				}
			}
			return nil, st.none("there is no channel #%s", channel)
		},
		Direct: func(handle string) []Message {
			channels := st.slackChannels()
			return st.messages(func(m *slackMessage) bool {
				who, dm := strings.CutPrefix(channels[m.Channel], "dm:")
				return dm && slices.Contains(strings.Split(who, "+"), st.handle(handle))
			})
		},
	}
}

func (st *State) slackUser(u *slackUser) SlackUser {
	v := SlackUser{ID: u.ID, Handle: u.Name, RealName: u.RealName, Email: u.Email, Title: u.Title, Deleted: u.Deleted, Admin: u.Admin, Guest: u.Restricted || u.UltraRestricted, Bot: u.Bot || u.AppUser}
	for _, m := range records[slackMember](st, "slack.members") {
		if m.User == u.ID {
			v.Channels = append(v.Channels, st.slackChannels()[m.Channel])
		}
	}
	slices.Sort(v.Channels)
	return v
}

func (st *State) channel(c *slackChannel) Channel {
	v := Channel{ID: c.ID, Name: c.Name, Private: c.Private, Archived: c.Archived, Topic: c.Topic.Value, Purpose: c.Purpose.Value}
	for _, m := range records[slackMember](st, "slack.members") {
		if m.Channel == c.ID {
			v.Members = append(v.Members, st.slackUsers()[m.User])
		}
	}
	slices.Sort(v.Members)
	return v
}

func (st *State) messages(wanted func(*slackMessage) bool) (list []Message) {
	people, channels := st.slackUsers(), st.slackChannels()
	for _, m := range records[slackMessage](st, "slack.messages") {
		if m.Hidden || !wanted(m) {
			continue
		}
		v := Message{Channel: channels[m.Channel], User: people[m.User], Text: m.Text, TS: m.TS, Pinned: m.Pinned}
		if m.ThreadTS != m.TS {
			v.Thread = m.ThreadTS
		}
		for _, r := range m.Reactions {
			if v.Reactions == nil {
				v.Reactions = map[string][]string{}
			}
			v.Reactions[r.Name] = called(people, r.Users)
		}
		list = append(list, v)
	}
	return list
}

func (st *State) usergroup(g *slackGroup) Usergroup {
	return Usergroup{ID: g.ID, Handle: g.Handle, Name: g.Name, Disabled: g.Deleted != 0, Users: called(st.slackUsers(), g.Users)}
}

func (st *State) jira() Jira {
	return Jira{
		Issue: func(key string) (Issue, error) {
			keys := st.jiraIssues()
			for _, i := range records[jiraIssue](st, "jira.issues") {
				if keys[num(i.ID)] == key {
					return st.issue(i), nil
				}
			}
			return Issue{}, st.none("there is no issue %s", key)
		},
		User: func(handle string) (JiraUser, error) {
			handle = st.handle(handle)
			for _, u := range records[jiraUser](st, "jira.users") {
				if st.jiraUsers()[u.ID] == handle {
					return st.jiraUser(u), nil
				}
			}
			return JiraUser{}, st.none("there is no %q in Jira", handle)
		},
		Group: func(name string) ([]string, error) {
			for _, g := range records[jiraGroup](st, "jira.groups") {
				if g.Name != name {
					continue
				}
				var ids []string
				for _, m := range records[pair](st, "jira.members") {
					if m.Group == g.ID {
						ids = append(ids, m.User)
					}
				}
				return called(st.jiraUsers(), ids), nil
			}
			return nil, st.none("there is no group %q in Jira", name)
		},
	}
}

func (st *State) jiraUser(u *jiraUser) JiraUser {
	v := JiraUser{ID: u.ID, Handle: st.jiraUsers()[u.ID], Name: u.Name, Active: u.Active}
	for _, m := range records[pair](st, "jira.members") {
		if m.User == u.ID {
			for _, g := range records[jiraGroup](st, "jira.groups") {
				if g.ID == m.Group {
					v.Groups = append(v.Groups, g.Name)
				}
			}
		}
	}
	slices.Sort(v.Groups)
	return v
}

// named is the name of the record of a Jira collection with that number.
func (st *State) named(collection string, id any) string {
	if id == nil {
		return ""
	}
	want := fmt.Sprint(id)
	for _, n := range records[jiraNamed](st, collection) {
		if n.ID.String() == want {
			return n.Name
		}
	}
	return want
}

func (st *State) issue(i *jiraIssue) Issue {
	f, people, keys := i.Fields, st.jiraUsers(), st.jiraIssues()
	v := Issue{
		Key: keys[num(i.ID)], Project: st.jiraProjects()[num(i.Project)],
		Type: st.named("jira.issueTypes", f["issuetype"]), Status: st.named("jira.statuses", f["status"]), Resolution: st.named("jira.resolutions", f["resolution"]),
		Priority: st.named("jira.priorities", f["priority"]), Summary: text(f["summary"]), Description: plain(f["description"]),
		Assignee: people[text(f["assignee"])], Reporter: people[text(f["reporter"])], Labels: texts(f["labels"]),
		Due: text(f["duedate"]), Parent: keys[text(f["parent"])], Fields: f, Created: i.Created,
	}
	for _, c := range texts(f["components"]) {
		v.Components = append(v.Components, st.named("jira.components", c))
	}
	for _, c := range records[jiraComment](st, "jira.comments") {
		if c.Issue == i.ID {
			v.Comments = append(v.Comments, IssueComment{people[c.Author], plain(c.Body)})
		}
	}
	for _, w := range records[jiraAt](st, "jira.watches") {
		if w.Issue == i.ID {
			v.Watchers = append(v.Watchers, people[w.User])
		}
	}
	for _, l := range records[jiraLink](st, "jira.links") {
		if l.Inward != i.ID && l.Outward != i.ID {
			continue
		}
		for _, t := range records[jiraLinkType](st, "jira.linkTypes") {
			switch {
			case t.ID != l.Type:
			case l.Inward == i.ID:
				v.Links = append(v.Links, t.Outward+" "+keys[num(l.Outward)])
			default:
				v.Links = append(v.Links, t.Inward+" "+keys[num(l.Inward)])
			}
		}
	}
	slices.Sort(v.Watchers)
	return v
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

// plain is the text in what Jira was given: wiki markup as it is, or a document's text.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var b strings.Builder
		for _, x := range v {
			b.WriteString(plain(x))
		}
		return b.String()
	case map[string]any:
		s := text(v["text"]) + plain(v["content"])
		if k := text(v["type"]); k == "paragraph" || k == "heading" || k == "hardBreak" {
			s += "\n"
		}
		return s
	}
	return ""
}

func (st *State) google() Google {
	return Google{
		File: func(name string) (File, error) {
			f, err := st.fileNamed(name, "")
			if err != nil {
				return File{}, err
			}
			return st.file(f), nil
		},
		Drive: func(name string) (Drive, error) {
			for _, d := range records[drive](st, "gdrive.drives") {
				if d.Name == name {
					return Drive{d.ID, d.Name, st.access(d.ID)}, nil
				}
			}
			return Drive{}, st.none("there is no shared drive %q", name)
		},
		Doc: func(name string) (string, error) {
			f, err := st.fileNamed(name, "application/vnd.google-apps.document")
			if err != nil {
				return "", err
			}
			for _, d := range records[document](st, "gdocs.documents") {
				if d.ID == f.ID {
					return docText(d.Content.Tabs), nil
				}
			}
			return "", st.none("the document %q has no text", name)
		},
		Rows: st.rows,
		Cell: func(book, sheet string, row, col int) (any, error) {
			rows, err := st.rows(book, sheet)
			if err != nil || row < 1 || row > len(rows) || col < 1 || col > len(rows[row-1]) {
				return nil, err
			}
			return rows[row-1][col-1], nil
		},
		Find: func(book, sheet string, first any) ([]any, error) {
			rows, err := st.rows(book, sheet)
			for _, r := range rows {
				if len(r) > 0 && fmt.Sprint(r[0]) == fmt.Sprint(first) {
					return r, nil
				}
			}
			if err == nil {
				err = st.none("no row of %s in %q begins with %v", sheet, book, first)
			}
			return nil, err
		},
	}
}

// fileNamed is the newest file of that name, and kind, that is not in the trash.
func (st *State) fileNamed(name, kind string) (*driveFile, error) {
	var found *driveFile
	for _, f := range records[driveFile](st, "gdrive.files") {
		if f.Name == name && (kind == "" || f.Type == kind) && (found == nil || found.Trashed != 0) {
			found = f
		}
	}
	if found == nil {
		return nil, st.none("there is no file %q", name)
	}
	return found, nil
}

func (st *State) file(f *driveFile) File {
	v := File{ID: f.ID, Name: f.Name, Type: f.Type, Owner: st.googleUsers()[f.Owner], Drive: st.files()[f.Drive], Folder: st.files()[f.Parent], Trashed: f.Trashed != 0, Access: st.access(f.ID)}
	for _, d := range records[drive](st, "gdrive.drives") {
		if d.ID == f.Drive {
			v.Drive = d.Name
		}
	}
	if f.Content != nil {
		v.Text = f.Content.Words
	}
	for _, c := range records[driveComment](st, "gdrive.comments") {
		if c.File == f.ID && !c.Deleted {
			v.Comments = append(v.Comments, c.Text)
		}
	}
	return v
}

func (st *State) access(file string) map[string]any {
	m := map[string]any{}
	for _, p := range records[permission](st, "gdrive.permissions") {
		if p.File == file {
			m[st.holder(p)] = roles[p.Role]
		}
	}
	return m
}

// holder is whom a permission is for.
func (st *State) holder(p *permission) string {
	switch p.Type {
	case "user":
		return st.handle(p.Email)
	case "group":
		return "group:" + st.handle(p.Email)
	}
	return p.Type
}

func (st *State) rows(book, title string) ([][]any, error) {
	f, err := st.fileNamed(book, "application/vnd.google-apps.spreadsheet")
	if err != nil {
		return nil, err
	}
	for _, s := range records[sheet](st, "gsheets.sheets") {
		if s.Book != f.ID || s.Title != title {
			continue
		}
		blocks := map[int][]json.RawMessage{}
		for _, b := range records[block](st, "gsheets.blocks") {
			if b.Book == s.Book && b.Sheet == s.ID {
				blocks[b.ID] = b.Rows
			}
		}
		var rows [][]any
		for _, part := range s.Blocks {
			have := blocks[part.Block]
			for i := range part.Rows {
				var row []any
				if part.Block != 0 && i < len(have) {
					row = cells(have[i])
				}
				rows = append(rows, row)
			}
		}
		return rows, nil
	}
	return nil, st.none("the spreadsheet %q has no sheet %q", book, title)
}

// cells are the values of a stored row.
func cells(raw json.RawMessage) []any {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	if m, ok := v.(map[string]any); ok {
		v = m["cells"]
	}
	row, _ := v.([]any)
	for i, c := range row {
		if m, ok := c.(map[string]any); ok {
			row[i] = m["v"]
		}
	}
	return row
}

// docText is the text of a document's tabs, without what is only suggested.
func docText(v any) string {
	switch v := v.(type) {
	case []any:
		var b strings.Builder
		for _, x := range v {
			b.WriteString(docText(x))
		}
		return b.String()
	case map[string]any:
		if mark, ok := v["mark"].(map[string]any); ok && mark["insert"] != nil {
			return ""
		}
		if t, ok := v["t"].(string); ok {
			return t
		}
		s := ""
		for _, k := range []string{"p", "e", "table", "rows", "cells", "content", "body", "tabs"} {
			s += docText(v[k])
		}
		return s
	}
	return ""
}
