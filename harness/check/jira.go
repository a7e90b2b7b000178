package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

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

// The records as the twin keeps them, as far as the views need them.
type (
	jiraNamed struct { // what has a number and a name
		ID   json.Number
		Name string
		Key  string
	}
	jiraGroup  struct{ ID, Name string }
	jiraMember struct{ Group, User string }
	jiraUser   struct {
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
	jiraWatch struct {
		Issue int64
		User  string
	}
)

func (st *State) jiraUsers() naming {
	return names(st, "jira.users", func(u *jiraUser) (string, string) { return u.ID, cmp.Or(st.handle(u.Email), u.Name) })
}

func (st *State) jiraGroups() naming {
	return names(st, "jira.groups", func(g *jiraGroup) (string, string) { return g.ID, g.Name })
}

func (st *State) jiraProjects() naming {
	return names(st, "jira.projects", func(p *jiraNamed) (string, string) { return p.ID.String(), p.Key })
}

func (st *State) jiraIssues() naming {
	projects := st.jiraProjects()
	return names(st, "jira.issues", func(i *jiraIssue) (string, string) {
		return num(i.ID), projects.of(num(i.Project)) + "-" + num(i.Number)
	}, projects)
}

func (st *State) jira() Jira {
	return Jira{
		Issue: func(key string) (Issue, error) {
			keys := st.jiraIssues()
			for i := range records[jiraIssue](st, "jira.issues") {
				if keys.of(num(i.ID)) == key {
					return st.issue(i), nil
				}
			}
			return Issue{}, st.none("there is no issue %s", key)
		},
		User: func(handle string) (JiraUser, error) {
			handle = st.handle(handle)
			for u := range records[jiraUser](st, "jira.users") {
				if st.jiraUsers().of(u.ID) == handle {
					return st.jiraUser(u), nil
				}
			}
			return JiraUser{}, st.none("there is no %q in Jira", handle)
		},
		Group: func(name string) ([]string, error) {
			for g := range records[jiraGroup](st, "jira.groups") {
				if g.Name != name {
					continue
				}
				var ids []string
				for m := range records[jiraMember](st, "jira.members") {
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
	v := JiraUser{ID: u.ID, Handle: st.jiraUsers().of(u.ID), Name: u.Name, Active: u.Active}
	for _, m := range grouped(st, "jira.members", "user", func(m *jiraMember) string { return m.User })[u.ID] {
		v.Groups = append(v.Groups, st.jiraGroups().of(m.Group))
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
	return cmp.Or(names(st, collection, func(n *jiraNamed) (string, string) { return n.ID.String(), n.Name }).of(want), want)
}

func (st *State) issue(i *jiraIssue) Issue {
	f, people, keys := i.Fields, st.jiraUsers(), st.jiraIssues()
	v := Issue{
		Key: keys.of(num(i.ID)), Project: st.jiraProjects().of(num(i.Project)),
		Type: st.named("jira.issueTypes", f["issuetype"]), Status: st.named("jira.statuses", f["status"]), Resolution: st.named("jira.resolutions", f["resolution"]),
		Priority: st.named("jira.priorities", f["priority"]), Summary: text(f["summary"]), Description: plain(f["description"]),
		Assignee: people.of(text(f["assignee"])), Reporter: people.of(text(f["reporter"])), Labels: texts(f["labels"]),
		Due: text(f["duedate"]), Parent: keys.of(text(f["parent"])), Fields: f, Created: i.Created,
	}
	for _, c := range texts(f["components"]) {
		v.Components = append(v.Components, st.named("jira.components", c))
	}
	id := num(i.ID)
	for _, c := range grouped(st, "jira.comments", "issue", func(c *jiraComment) string { return num(c.Issue) })[id] {
		v.Comments = append(v.Comments, IssueComment{people.of(c.Author), plain(c.Body)})
	}
	for _, w := range grouped(st, "jira.watches", "issue", func(w *jiraWatch) string { return num(w.Issue) })[id] {
		v.Watchers = append(v.Watchers, people.of(w.User))
	}
	for l := range records[jiraLink](st, "jira.links") {
		if l.Inward != i.ID && l.Outward != i.ID {
			continue
		}
		for t := range records[jiraLinkType](st, "jira.linkTypes") {
			switch {
			case t.ID != l.Type:
			case l.Inward == i.ID:
				v.Links = append(v.Links, t.Outward+" "+keys.of(num(l.Outward)))
			default:
				v.Links = append(v.Links, t.Inward+" "+keys.of(num(l.Inward)))
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
