package jira

import (
	"iter"
	"strings"

	"twinset.dev/kit/store"
)

// records are what a field has that keeps the ids of records.
type records[T any] struct {
	noun    string // in refusals
	in      func(*Jira) *store.Collection[T]
	called  func(T) (id int64, name string)
	view    func(*call, T) obj
	also    func(*call) uint64                       // the stamp of what else view shows, if it does
	among   func(c *call, project int64) iter.Seq[T] // the issues of a project can have
	offered func(T) bool                             // of those; nil is all
}

// field is a field that has one of the records.
func (r *records[T]) field(kind string) *fieldKind {
	k := &fieldKind{Type: kind, Operations: sets, show: r.show, words: r.words}
	if r.among != nil {
		k.read, k.allowed = r.read, r.allowed
	}
	return k
}

func (r *records[T]) show(c *call, _ *field, v any) any {
	var also []uint64
	if r.also != nil {
		also = append(also, r.also(c))
	}
	return shownOnce(c, r.in(c.j), key(number(v)), func(x T) obj { return r.view(c, x) }, also...)
}

func (r *records[T]) words(c *call, _ *field, v any) string {
	x, ok := r.in(c.j).Get(c.Tx, key(number(v)))
	if !ok {
		return ""
	}
	_, name := r.called(x)
	return name
}

// read takes {id} or {name}; the id counts if there are both.
func (r *records[T]) read(c *call, f *field, i *Issue, v any) (any, error) {
	m := object(v)
	if m == nil {
		return nil, wrong(f.ID, "Specify the %s (id or name) in the string format", r.noun)
	}
	for x := range r.among(c, i.Project) {
		n, name := r.called(x)
		if m["id"] != nil && number(m["id"]) == n || m["id"] == nil && strings.EqualFold(text(m["name"]), name) {
			return id(n), nil
		}
	}
	if s := text(m["name"]); s != "" && m["id"] == nil {
		return nil, wrong(f.ID, "%s name '%s' is not valid", r.noun, s)
	}
	if m["id"] != nil {
		return nil, wrong(f.ID, "%s with id '%v' is not valid", r.noun, m["id"])
	}
	return nil, wrong(f.ID, "Specify a valid 'id' or 'name' for %s", r.noun)
}

func (r *records[T]) allowed(c *call, _ *field, project, _ int64) []any {
	out := []any{}
	for x := range r.among(c, project) {
		if r.offered == nil || r.offered(x) {
			out = append(out, r.view(c, x))
		}
	}
	return out
}

var priorityRecords = &records[Priority]{noun: "Priority",
	in:     func(j *Jira) *store.Collection[Priority] { return j.priorities },
	called: func(x Priority) (int64, string) { return x.ID, x.Name },
	view:   (*call).priorityBrief,
	among:  func(c *call, _ int64) iter.Seq[Priority] { return c.j.priorities.All(c.Tx, "") },
}

var priorityField = &fieldKind{Type: "priority", Operations: sets, read: priorityRecords.read, show: priorityRecords.show, words: priorityRecords.words,
	allowed: func(c *call, _ *field, project, _ int64) (out []any) {
		for _, p := range c.prioritiesOf(project) {
			out = append(out, c.priorityBrief(p))
		}
		return out
	},
}

var resolutionField = (&records[Resolution]{noun: "Resolution",
	in:     func(j *Jira) *store.Collection[Resolution] { return j.resolutions },
	called: func(x Resolution) (int64, string) { return x.ID, x.Name },
	view:   (*call).resolutionShown,
	among:  func(c *call, _ int64) iter.Seq[Resolution] { return c.j.resolutions.All(c.Tx, "") },
}).field("resolution")

// statusField is never written: an issue is taken through its workflow.
var statusField = &fieldKind{Type: "status", show: statusRecords.show, words: statusRecords.words}

var statusRecords = &records[Status]{
	in:     func(j *Jira) *store.Collection[Status] { return j.statuses },
	called: func(x Status) (int64, string) { return x.ID, x.Name },
	view:   (*call).statusShown,
}

func (c *call) status(v any) (Status, bool) { return c.j.statuses.Get(c.Tx, key(number(v))) }

var issueTypeRecords = &records[IssueType]{
	in:     func(j *Jira) *store.Collection[IssueType] { return j.issueTypes },
	called: func(x IssueType) (int64, string) { return x.ID, x.Name },
	view:   (*call).issueTypeShown,
}

var issueTypeField = &fieldKind{Type: "issuetype", Operations: []string{}, show: issueTypeRecords.show, words: issueTypeRecords.words,
	read: func(c *call, f *field, i *Issue, v any) (any, error) {
		m := object(v)
		for _, t := range c.issueTypesOf(i.Project) {
			if m["id"] != nil && number(m["id"]) == t.ID || m["id"] == nil && text(m["name"]) != "" && strings.EqualFold(text(m["name"]), t.Name) {
				return id(t.ID), nil
			}
		}
		if m["id"] != nil || text(m["name"]) != "" {
			return nil, wrong(f.ID, "The issue type selected is invalid.")
		}
		return nil, wrong(f.ID, "Specify an issue type")
	},
	allowed: func(c *call, _ *field, project, _ int64) (out []any) {
		for _, t := range c.issueTypesOf(project) {
			out = append(out, c.issueTypeShown(t))
		}
		return out
	},
}

var projectRecords = &records[Project]{
	in:     func(j *Jira) *store.Collection[Project] { return j.projects },
	called: func(x Project) (int64, string) { return x.ID, x.Name },
	view:   (*call).projectBrief,
	also:   func(c *call) uint64 { return c.j.categories.Stamp(c.Tx) },
}

var projectField = &fieldKind{Type: "project", Operations: sets, show: projectRecords.show, words: projectRecords.words,
	read: func(c *call, f *field, _ *Issue, v any) (any, error) {
		m := object(v)
		if m == nil {
			return nil, wrong(f.ID, "data was not an object")
		}
		for _, k := range []string{"id", "key"} {
			if m[k] != nil {
				if p, ok := c.project(plainWords(m[k])); ok {
					return id(p.ID), nil
				}
				return nil, wrong(f.ID, "Specify a valid project ID or key")
			}
		}
		return nil, wrong(f.ID, "Specify a valid project ID or key")
	},
}

// versionField is one version, versionsField any number of them, as an issue's own fields have them.
var (
	versionField = (&records[Version]{noun: "Version",
		in:      func(j *Jira) *store.Collection[Version] { return j.versions },
		called:  func(x Version) (int64, string) { return x.ID, x.Name },
		view:    (*call).versionBrief,
		among:   (*call).versionsOf,
		offered: func(x Version) bool { return !x.Archived },
	}).field("version")

	versionsField = apart(versionField)
)

var componentsField = apart((&records[Component]{noun: "Component",
	in:     func(j *Jira) *store.Collection[Component] { return j.components },
	called: func(x Component) (int64, string) { return x.ID, x.Name },
	view:   (*call).componentBrief,
	among:  func(c *call, project int64) iter.Seq[Component] { return c.j.componentsOf.All(c.Tx, key(project)) },
}).field("component"))

// apart is the same for any number of values, each with a line of its own in the history.
func apart(k *fieldKind) *fieldKind {
	many := several(k, lists)
	many.apart = true
	return many
}

var securityRecords = &records[SecurityLevel]{noun: "Security Level",
	called: func(x SecurityLevel) (int64, string) { return x.ID, x.Name },
	view:   (*call).securityLevelBrief,
	among: func(c *call, project int64) iter.Seq[SecurityLevel] {
		p, _ := c.j.projects.Get(c.Tx, key(project))
		return c.j.securityLevels.All(c.Tx, key(p.Security)+"/")
	},
}

var securityField = &fieldKind{Type: "securitylevel", Operations: sets, read: securityRecords.read, allowed: securityRecords.allowed,
	show: func(c *call, _ *field, v any) any {
		l, ok := c.securityLevel(number(v))
		if !ok {
			return nil
		}
		return c.securityLevelBrief(l)
	},
	words: func(c *call, _ *field, v any) string {
		l, _ := c.securityLevel(number(v))
		return l.Name
	},
}

// securityLevel finds a level by its id.
func (c *call) securityLevel(n int64) (SecurityLevel, bool) {
	for l := range c.j.securityLevels.All(c.Tx, "") {
		if l.ID == n {
			return l, true
		}
	}
	return SecurityLevel{}, false
}
