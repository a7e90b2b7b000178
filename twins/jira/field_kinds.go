package jira

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What update can do with fields.
var (
	sets  = []string{"set"}
	lists = []string{"add", "set", "remove"}
)

// plainKind is a kind whose values are kept as they are shown.
func plainKind(kind string, read func(c *call, f *field, i *Issue, v any) (any, error)) *fieldKind {
	return &fieldKind{Type: kind, Operations: sets, read: read,
		show:  func(_ *call, _ *field, v any) any { return v },
		words: func(_ *call, _ *field, v any) string { return plainWords(v) }}
}

func plainWords(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

var summaryField = plainKind("string", func(_ *call, f *field, _ *Issue, v any) (any, error) {
	s, ok := v.(string)
	switch {
	case v == nil || ok && strings.TrimSpace(s) == "":
		return nil, wrong(f.ID, "You must specify a summary of the issue.")
	case !ok:
		return nil, wrong(f.ID, "Operation value must be a string")
	case strings.ContainsAny(s, "\r\n"):
		return nil, wrong(f.ID, "The summary is invalid because it contains newline characters.")
	case utf8.RuneCountInString(s) > 255:
		return nil, wrong(f.ID, "Summary must be less than 255 characters.")
	}
	return strings.TrimSpace(s), nil
})

var stringField = plainKind("string", func(_ *call, f *field, _ *Issue, v any) (any, error) {
	s, ok := v.(string)
	switch {
	case !ok:
		return nil, wrong(f.ID, "Operation value must be a string")
	case utf8.RuneCountInString(s) > 255:
		return nil, wrong(f.ID, "The entered text is too long. It exceeds the allowed limit of 255 characters.")
	case s == "":
		return nil, nil
	}
	return s, nil
})

var urlField = plainKind("string", func(_ *call, f *field, _ *Issue, v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, wrong(f.ID, "Operation value must be a string")
	}
	if s == "" {
		return nil, nil
	}
	if u, err := url.Parse(s); err != nil || u.Scheme == "" || strings.ContainsAny(s, " \t") {
		return nil, wrong(f.ID, "Not a valid URL")
	}
	return s, nil
})

var numberField = plainKind("number", func(_ *call, f *field, _ *Issue, v any) (any, error) {
	switch v := v.(type) {
	case float64:
		if v > 100000000000000 || v < -100000000000000 {
			return nil, wrong(f.ID, "Number value must be between -100000000000000 and 100000000000000.")
		}
		return v, nil
	case string:
		if v == "" {
			return nil, nil
		}
	}
	return nil, wrong(f.ID, "Operation value must be a number")
})

var dateField = plainKind("date", func(_ *call, f *field, _ *Issue, v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, wrong(f.ID, "Operation value must be a string")
	}
	if s == "" {
		return nil, nil
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return nil, wrong(f.ID, "Error parsing date string: %s", s)
	}
	return s, nil
})

// momentField is a date with a time.
var momentField = &fieldKind{Type: "datetime", Operations: sets,
	read: func(_ *call, f *field, _ *Issue, v any) (any, error) {
		s, ok := v.(string)
		if !ok {
			return nil, wrong(f.ID, "Operation value must be a string")
		}
		if s == "" {
			return nil, nil
		}
		at, ok := parseMoment(s)
		if !ok {
			return nil, wrong(f.ID, "Error parsing time: %s", s)
		}
		return float64(at), nil
	},
	show:  func(_ *call, _ *field, v any) any { ms, _ := v.(float64); return stamp(int64(ms)) },
	words: func(_ *call, _ *field, v any) string { ms, _ := v.(float64); return text(stamp(int64(ms))) },
}

// parseMoment reads a time as Jira takes it, in milliseconds.
func parseMoment(s string) (int64, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", "2006-01-02T15:04:05.999Z07:00", "2006-01-02T15:04:05-0700", "2006-01-02T15:04-0700", "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

// secondsField is a time span, which only time tracking sets.
var secondsField = &fieldKind{Type: "number",
	show:  func(_ *call, _ *field, v any) any { return v },
	words: func(_ *call, _ *field, v any) string { return plainWords(v) },
}

// richField is text with headings, lists and the like. It is kept as it was written: ADF as an object, wiki markup as text.
var richField = &fieldKind{Type: "string", Operations: sets,
	read:  func(c *call, f *field, _ *Issue, v any) (any, error) { return c.richText(f.ID, v) },
	show:  func(c *call, _ *field, v any) any { return c.richShown(v) },
	words: func(c *call, _ *field, v any) string { return c.wiki(v) },
}

// anyField keeps what is written.
var anyField = &fieldKind{Type: "any", Operations: sets,
	read:  func(_ *call, _ *field, _ *Issue, v any) (any, error) { return clone(v), nil },
	show:  func(_ *call, _ *field, v any) any { return v },
	words: func(_ *call, _ *field, v any) string { return plainWords(v) },
}

var labelsField = &fieldKind{Type: "array", Items: "string", Operations: lists,
	read: func(_ *call, f *field, _ *Issue, v any) (any, error) {
		s, ok := v.(string)
		switch {
		case !ok:
			return nil, wrong(f.ID, "string expected at index 0")
		case strings.ContainsAny(s, " \t\n"):
			return nil, wrong(f.ID, "The label '%s' contains spaces which is invalid.", s)
		case utf8.RuneCountInString(s) > 255:
			return nil, wrong(f.ID, "The label '%s' exceeds the maximum length for a single label of 255 characters.", s)
		}
		return s, nil
	},
	show:  func(_ *call, _ *field, v any) any { return v },
	words: func(_ *call, _ *field, v any) string { return text(v) },
}

// userField is an account, by its id.
var userField = &fieldKind{Type: "user", Operations: sets,
	read: func(c *call, f *field, i *Issue, v any) (any, error) {
		m := object(v)
		if m == nil {
			return nil, wrong(f.ID, "expected Object")
		}
		who, named := m["accountId"], false
		for _, k := range []string{"accountId", "id"} {
			if x, ok := m[k]; ok {
				who, named = x, true
				break
			}
		}
		if !named || who == nil {
			return nil, nil
		}
		u, ok := c.j.users.Get(c.Tx, text(who))
		if !ok {
			if text(who) == automaticAssignee && f.ID == "assignee" {
				return automaticAssignee, nil
			}
			return nil, wrong(f.ID, "Specify a valid value for %s", f.ID)
		}
		return u.ID, nil
	},
	show: func(c *call, _ *field, v any) any { return c.userShown(text(v)) },
	words: func(c *call, _ *field, v any) string {
		u, _ := c.j.users.Get(c.Tx, text(v))
		return u.Name
	},
}

// automaticAssignee stands for whom the project or the component says.
const automaticAssignee = "-1"

// several is the same for any number of values.
func several(k *fieldKind, operations []string) *fieldKind {
	many := *k
	many.Type, many.Items, many.Operations = "array", k.Type, operations
	return &many
}

var groupField = &fieldKind{Type: "group", Operations: sets,
	read: func(c *call, f *field, _ *Issue, v any) (any, error) {
		m := object(v)
		if m == nil {
			return nil, wrong(f.ID, "data was not an object")
		}
		if g, ok := c.groupBy(text(m["groupId"]), text(m["name"])); ok {
			return g.ID, nil
		}
		return nil, wrong(f.ID, "Specify a valid group name or ID for %s", f.Name)
	},
	show: func(c *call, _ *field, v any) any {
		g, _ := c.j.groups.Get(c.Tx, text(v))
		return c.groupShown(g)
	},
	words: func(c *call, _ *field, v any) string {
		g, _ := c.j.groups.Get(c.Tx, text(v))
		return g.Name
	},
}

// parentField is the issue that an issue is below.
var parentField = &fieldKind{Type: "issuelink", Operations: sets,
	read: func(c *call, f *field, _ *Issue, v any) (any, error) {
		m := object(v)
		if m == nil {
			return nil, wrong(f.ID, "data was not an object")
		}
		for _, k := range []string{"key", "id"} {
			if m[k] != nil {
				if p, ok := c.findIssue(plainWords(m[k])); ok {
					return id(p.ID), nil
				}
			}
		}
		return nil, wrong(f.ID, "Could not find issue by id or key.")
	},
	show: func(c *call, _ *field, v any) any {
		return c.briefly(key(number(v)))
	},
	words: func(c *call, _ *field, v any) string {
		p, ok := c.j.issues.Get(c.Tx, key(number(v)))
		if !ok {
			return ""
		}
		return c.keyOf(&p)
	},
}

// optionField is one of the values that a custom field has.
var optionField = &fieldKind{Type: "option", Operations: sets,
	read: func(c *call, f *field, i *Issue, v any) (any, error) {
		m := object(v)
		if m == nil {
			return nil, wrong(f.ID, "Specify a valid 'id' or 'name' for %s", f.Name)
		}
		o, err := c.readOption(f, i, m, 0)
		if err != nil {
			return nil, err
		}
		return id(o.ID), nil
	},
	show: func(c *call, f *field, v any) any {
		o, ok := c.option(f, number(v))
		if !ok {
			return nil
		}
		return c.optionShown(o)
	},
	words: func(c *call, f *field, v any) string {
		o, _ := c.option(f, number(v))
		return o.Value
	},
	allowed: func(c *call, f *field, project, issueType int64) []any {
		out := []any{}
		x, _ := c.context(f, project, issueType)
		for _, o := range x.Options {
			if o.Parent == 0 && !o.Disabled {
				out = append(out, c.optionShown(o))
			}
		}
		return out
	},
}

// readOption finds an option of the context that holds for the issue.
func (c *call) readOption(f *field, i *Issue, m obj, parent int64) (Option, error) {
	x, _ := c.context(f, i.Project, number(i.Fields["issuetype"]))
	for _, o := range x.Options {
		if o.Parent == parent && !o.Disabled && (m["id"] != nil && number(m["id"]) == o.ID || m["id"] == nil && m["value"] == o.Value) {
			return o, nil
		}
	}
	if m["id"] != nil {
		return Option{}, wrong(f.ID, "Option id '%v' is not valid", m["id"])
	}
	if s, ok := m["value"].(string); ok {
		return Option{}, wrong(f.ID, "Option value '%s' is not valid", s)
	}
	return Option{}, wrong(f.ID, "Specify a valid 'id' or 'name' for %s", f.Name)
}

// option finds an option of a field in any of its contexts.
func (c *call) option(f *field, n int64) (Option, bool) {
	for x := range c.j.contextsOf.All(c.Tx, f.ID) {
		for _, o := range x.Options {
			if o.ID == n {
				return o, true
			}
		}
	}
	return Option{}, false
}

func (c *call) optionShown(o Option) obj {
	return obj{"self": c.api("/customFieldOption/" + id(o.ID)), "value": o.Value, "id": id(o.ID)}
}

// cascadeField is an option and perhaps one below it: a list of one or two ids.
var cascadeField = &fieldKind{Type: "option-with-child", Operations: sets,
	read: func(c *call, f *field, i *Issue, v any) (any, error) {
		m := object(v)
		if m == nil {
			return nil, wrong(f.ID, "Could not find valid 'id' or 'value' in the Parent Option object.")
		}
		top, err := c.readOption(f, i, m, 0)
		if err != nil {
			return nil, err
		}
		kept := []any{id(top.ID)}
		if child := object(m["child"]); child != nil {
			below, err := c.readOption(f, i, child, top.ID)
			if err != nil {
				return nil, err
			}
			kept = append(kept, id(below.ID))
		}
		return kept, nil
	},
	show: func(c *call, f *field, v any) any {
		var shown obj
		for n, x := range list(v) {
			o, ok := c.option(f, number(x))
			if !ok {
				break
			}
			if n == 0 {
				shown = c.optionShown(o)
			} else {
				shown["child"] = c.optionShown(o)
			}
		}
		if shown == nil {
			return nil
		}
		return shown
	},
	words: func(c *call, f *field, v any) string {
		var words []string
		for n, x := range list(v) {
			o, _ := c.option(f, number(x))
			words = append(words, [...]string{"Parent values: ", "Level 1 values: "}[min(n, 1)]+o.Value+"("+id(o.ID)+")")
		}
		return strings.Join(words, "")
	},
	allowed: func(c *call, f *field, project, issueType int64) []any {
		out := []any{}
		x, _ := c.context(f, project, issueType)
		for _, o := range x.Options {
			if o.Parent != 0 || o.Disabled {
				continue
			}
			shown, children := c.optionShown(o), []any{}
			for _, below := range x.Options {
				if below.Parent == o.ID && !below.Disabled {
					children = append(children, c.optionShown(below))
				}
			}
			shown["children"] = children
			out = append(out, shown)
		}
		return out
	},
}

// customTypes begins the names of the types of custom fields that come with Jira, and of those that come with its boards.
const (
	customTypes = "com.atlassian.jira.plugin.system.customfieldtypes:"
	boardTypes  = "com.pyxis.greenhopper.jira:"
	devSummary  = "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf"
)

// customKinds are how values of each type of custom field look.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/#api-rest-api-3-field-post
var customKinds = map[string]*fieldKind{
	customTypes + "textfield":                stringField,
	customTypes + "textarea":                 richField,
	customTypes + "readonlyfield":            stringField,
	customTypes + "url":                      urlField,
	customTypes + "float":                    numberField,
	customTypes + "datepicker":               dateField,
	customTypes + "datetime":                 momentField,
	customTypes + "labels":                   labelsField,
	customTypes + "select":                   optionField,
	customTypes + "radiobuttons":             optionField,
	customTypes + "multiselect":              several(optionField, lists),
	customTypes + "multicheckboxes":          several(optionField, lists),
	customTypes + "cascadingselect":          cascadeField,
	customTypes + "userpicker":               userField,
	customTypes + "multiuserpicker":          several(userField, lists),
	customTypes + "people":                   several(userField, lists),
	customTypes + "grouppicker":              groupField,
	customTypes + "multigrouppicker":         several(groupField, lists),
	customTypes + "project":                  projectField,
	customTypes + "version":                  versionField,
	customTypes + "multiversion":             several(versionField, lists),
	customTypes + "importid":                 numberField,
	customTypes + "hiddenjobswitch":          stringField,
	customTypes + "jobcheckbox":              stringField,
	boardTypes + "gh-epic-label":             stringField,
	boardTypes + "gh-epic-color":             stringField,
	boardTypes + "gh-epic-status":            optionField,
	boardTypes + "gh-epic-link":              epicLinkKind,
	boardTypes + "gh-lexo-rank":              rankKind,
	boardTypes + "gh-sprint":                 sprintKind,
	boardTypes + "jsw-story-points":          numberField,
	"com.atlassian.jira.toolkit:viewmessage": stringField,
	devSummary:                               developmentField,
}
