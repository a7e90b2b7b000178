package jira

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// problems are what is wrong with what somebody wrote: each field's own sentence, and sentences about the whole.
type problems []*refusal

func (ps *problems) add(err error) {
	if r := (*refusal)(nil); errors.As(err, &r) {
		*ps = append(*ps, r)
	}
}

// refusal is all of them in one.
func (ps problems) refusal() *refusal {
	all := &refusal{status: ps[0].status, fields: map[string]string{}}
	for _, p := range ps {
		all.messages = append(all.messages, p.messages...)
		for f, s := range p.fields {
			if _, ok := all.fields[f]; !ok {
				all.fields[f] = s
			}
		}
	}
	return all
}

// An edit is the writing of an issue's fields, on the screen that its project shows for that.
//
// https://developer.atlassian.com/server/jira/platform/jira-rest-api-example-edit-issues-6291632/
type edit struct {
	c       *call
	p       *Project
	i       *Issue
	on      string          // create, edit, or the id of a transition's screen
	screen  map[string]bool // the fields that can be written
	touched map[string]bool
	later   []func(i *Issue) error // what is written beside the issue, once that is kept
}

func (c *call) editing(p *Project, i *Issue, operation string) *edit {
	e := &edit{c: c, p: p, i: i, on: operation, touched: map[string]bool{"project": true, "issuetype": true}}
	e.screen = c.screenFields(p, number(i.Fields["issuetype"]), operation)
	return e
}

// offScreen refuses a field that the screen does not have, or that the caller may not write.
func offScreen(field string) error {
	return wrong(field, "Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", field)
}

// needed are the permissions that writing a field takes beside that to edit.
var needed = map[string]string{"assignee": "ASSIGN_ISSUES", "reporter": "MODIFY_REPORTER", "duedate": "SCHEDULE_ISSUES", "security": "SET_ISSUE_SECURITY", "fixVersions": "RESOLVE_ISSUES",
	"issuelinks": "LINK_ISSUES", "comment": "ADD_COMMENTS", "attachment": "CREATE_ATTACHMENTS", "worklog": "WORK_ON_ISSUES", "timetracking": "WORK_ON_ISSUES"}

// writable finds a field that the caller can write now.
func (e *edit) writable(name string) (*field, error) {
	f, ok := e.c.field(name)
	if !ok || !e.screen[name] && !(e.on == "create" && name == "parent") || f.custom != nil && !e.c.applies(f, e.i) {
		return nil, offScreen(name)
	}
	if p := needed[name]; p != "" && !e.c.may(p, e.p, e.i) {
		return nil, offScreen(name)
	}
	return f, nil
}

// apply writes what fields and update say, and notes what is wrong with it.
func (e *edit) apply(doc obj, bad *problems) {
	fields, update := object(doc["fields"]), object(doc["update"])
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if e.on == "create" && (name == "project" || name == "issuetype") {
			continue
		}
		if _, twice := update[name]; twice {
			bad.add(wrong(name, "Field '%s' cannot be set in both 'fields' and 'update'.", name))
			continue
		}
		bad.add(e.set(name, fields[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(update)) {
		verbs, ok := update[name].([]any)
		if !ok {
			bad.add(badRequest("data was not an array"))
			continue
		}
		for _, v := range verbs {
			for verb, value := range object(v) {
				bad.add(e.verb(name, verb, value))
			}
		}
	}
}

// set puts a value in the place of a field's own.
func (e *edit) set(name string, v any) error {
	f, err := e.writable(name)
	if err != nil {
		return err
	}
	e.touched[name] = true
	if f.kind.computed != nil {
		return e.besides(f, "set", v)
	}
	if f.kind.read == nil {
		return offScreen(name)
	}
	if f.ID == "issuetype" || f.ID == "project" {
		return e.retype(f, v)
	}
	if f.kind == sprintKind {
		return e.enterSprint(f, v)
	}
	if f.many() {
		vs, ok := v.([]any)
		if !ok && v != nil {
			return wrong(name, "data was not an array")
		}
		kept := []any{}
		for _, x := range vs {
			y, err := f.kind.read(e.c, f, e.i, x)
			if err != nil {
				return err
			}
			if y != nil && !slices.Contains(kept, y) {
				kept = append(kept, y)
			}
		}
		e.put(f, kept)
		return nil
	}
	if v == nil && f.ID == "assignee" {
		v = obj{}
	}
	if v == nil && f.ID != "summary" {
		delete(e.i.Fields, name)
		return nil
	}
	kept, err := f.kind.read(e.c, f, e.i, v)
	if err != nil {
		return err
	}
	if f.ID == "parent" {
		if err := e.c.fitsBelow(e.i, kept); err != nil {
			return err
		}
	}
	if f.ID == "assignee" && kept != nil && kept != automaticAssignee && !e.c.userMay(text(kept), "ASSIGNABLE_USER", e.p, e.i) {
		u, _ := e.c.j.users.Get(e.c.Tx, text(kept))
		return wrong(name, "User '%s' cannot be assigned issues.", u.Name)
	}
	if kept == nil && f.ID == "assignee" {
		if !e.c.siteOption("jira.option.allowunassigned") {
			return wrong(name, "Issues must be assigned.")
		}
		if delete(e.i.Fields, name); e.on == "create" {
			e.i.Fields[name] = nil // which the project's own choice does not fill
		}
		return nil
	}
	e.put(f, kept)
	return nil
}

// enterSprint puts an issue into a sprint, out of any if v is null. Those that are closed stay its own.
func (e *edit) enterSprint(f *field, v any) error {
	ids := e.c.closedSprints(e.i)
	if v != nil {
		kept, err := f.kind.read(e.c, f, e.i, v)
		if err != nil {
			return err
		}
		ids = append(ids, kept)
	}
	e.put(f, ids)
	return nil
}

// put keeps a value; one that is nothing is not kept.
func (e *edit) put(f *field, v any) {
	if v == nil {
		delete(e.i.Fields, f.ID)
		return
	}
	if vs, ok := v.([]any); ok {
		if f.ID == "labels" {
			slices.SortFunc(vs, func(a, b any) int { return strings.Compare(text(a), text(b)) })
		}
		if len(vs) == 0 {
			delete(e.i.Fields, f.ID)
			return
		}
	}
	e.i.Fields[f.ID] = v
}

// verb does one thing of update: set, add, remove, edit or copy.
func (e *edit) verb(name, verb string, v any) error {
	f, err := e.writable(name)
	if err != nil {
		return err
	}
	if !slices.Contains(f.kind.Operations, verb) {
		return wrong(name, "Field with id '%s' and name '%s' does not support operation '%s' Supported operation(s) are: '%s'", f.ID, f.Name, verb, strings.Join(f.kind.Operations, ", "))
	}
	e.touched[name] = true
	if f.kind.computed != nil {
		return e.besides(f, verb, v)
	}
	if verb == "set" {
		return e.set(name, v)
	}
	kept, err := f.kind.read(e.c, f, e.i, v)
	if err != nil {
		return err
	}
	now := slices.Clone(list(e.i.Fields[name]))
	now = slices.DeleteFunc(now, func(x any) bool { return x == kept })
	if verb == "add" {
		now = append(now, kept)
	}
	e.put(f, now)
	return nil
}

// besides writes what is kept beside the issue: comments, worklogs, links, attachments and the like.
func (e *edit) besides(f *field, verb string, v any) error {
	write := writers[f.ID]
	if write == nil {
		return offScreen(f.ID)
	}
	return write(e, verb, v)
}

// rest writes what is kept beside the issue.
func (e *edit) rest(i *Issue) error {
	for _, write := range e.later {
		if err := write(i); err != nil {
			return err
		}
	}
	return nil
}

// required notes the fields that must have a value and have none. An edit only asks for those that it touches.
func (e *edit) required(bad *problems) {
	items := e.c.fieldItems(e.p, number(e.i.Fields["issuetype"]))
	for _, name := range slices.Sorted(maps.Keys(e.screen)) {
		must := items[name].Required || name == "summary"
		if !must || e.on != "create" && !e.touched[name] || e.i.Fields[name] != nil || slices.ContainsFunc(*bad, func(r *refusal) bool { return r.fields[name] != "" }) {
			continue
		}
		f, ok := e.c.field(name)
		if !ok || f.kind.computed != nil {
			continue
		}
		if name == "summary" {
			bad.add(wrong(name, "You must specify a summary of the issue."))
			continue
		}
		bad.add(wrong(name, "%s is required.", f.Name))
	}
}

// defaults gives a new issue what its fields have when nobody says otherwise.
func (e *edit) defaults() {
	for name := range e.screen {
		if e.touched[name] {
			continue
		}
		f, ok := e.c.field(name)
		if !ok {
			continue
		}
		if v := e.c.defaultOf(f, e.p.ID, number(e.i.Fields["issuetype"])); v != nil {
			e.put(f, v)
		}
	}
}

// defaultOf is what a field of a new issue has, as it is kept.
func (c *call) defaultOf(f *field, project, issueType int64) any {
	if f.ID == "priority" {
		if n := c.prioritySchemeOf(project).Default; n != 0 {
			return id(n)
		}
		return nil
	}
	if f.custom == nil {
		return nil
	}
	x, _ := c.context(f, project, issueType)
	return c.currentDefault(f, x.Default)
}

// retype moves an issue to another type of its project, if the workflow has its status.
func (e *edit) retype(f *field, v any) error {
	if f.ID == "project" {
		return nil // the same one, or Jira leaves it where it is
	}
	kind, err := issueTypeField.read(e.c, f, e.i, v)
	if err != nil {
		return err
	}
	was, _ := e.c.j.issueTypes.Get(e.c.Tx, key(number(e.i.Fields["issuetype"])))
	now, _ := e.c.j.issueTypes.Get(e.c.Tx, key(number(kind)))
	w, _ := e.c.workflowOf(e.p, now.ID)
	fits := slices.ContainsFunc(w.Statuses, func(s WorkflowStatus) bool { return id(s.Status) == e.i.Fields["status"] })
	if (was.Level < 0) != (now.Level < 0) || !fits {
		return wrong("issuetype", "The issue type selected is invalid.")
	}
	e.i.Fields["issuetype"] = kind
	return nil
}

// fitsBelow refuses a parent that is not one level above the issue, or in another project if the issue is a subtask.
func (c *call) fitsBelow(i *Issue, parent any) error {
	above, _ := c.j.issues.Get(c.Tx, key(number(parent)))
	p, _ := c.j.issueTypes.Get(c.Tx, key(number(above.Fields["issuetype"])))
	t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
	switch {
	case p.Level != t.Level+1:
		return wrong("parent", "Given parent issue does not belong to appropriate hierarchy.")
	case t.Level < 0 && above.Project != i.Project:
		return wrong("parent", "Issue with key '%s' does not belong to the same project.", c.keyOf(&above))
	}
	return nil
}

// save keeps an issue that has changed, writes its history and tells of it.
func (c *call) save(was, now Issue, metadata obj) Issue {
	return c.saveAs(kindOfUpdate(&was, &now), was, now, Change{Metadata: metadata})
}

// saveAs does so as an event of a kind, with what else its history says.
func (c *call) saveAs(kind string, was, now Issue, change Change) Issue {
	if a, b := was.Fields["resolution"], now.Fields["resolution"]; a == nil && b != nil {
		now.Fields["resolutiondate"] = float64(c.at())
	} else if b == nil && now.Fields["resolutiondate"] != nil {
		delete(now.Fields, "resolutiondate")
	}
	change.Issue, change.Author, change.Created = now.ID, c.who.ID, c.at()
	change.Items = append(change.Items, c.difference(&was, &now)...)
	if len(change.Items) == 0 && reflect.DeepEqual(was.Fields, now.Fields) && was.Project == now.Project {
		return was
	}
	now.Updated = c.at()
	if a, _ := c.status(was.Fields["status"]); was.Fields["status"] != now.Fields["status"] {
		if b, _ := c.status(now.Fields["status"]); a.Category != b.Category {
			now.StatusChanged = c.at()
		}
	}
	c.j.issues.Put(c.Tx, now)
	change = c.record(change)
	c.told(event{Name: "jira:issue_updated", Kind: kind, Issue: &now, Change: change})
	return now
}

// record keeps a line of an issue's history.
func (c *call) record(x Change) Change {
	if len(x.Items) > 0 {
		x.ID = c.next("change", firstID)
		c.j.changes.Put(c.Tx, x)
	}
	return x
}

// difference is what is different between two states of an issue, as its history says it.
func (c *call) difference(was, now *Issue) (items []ChangeItem) {
	names := map[string]bool{}
	for _, i := range []*Issue{was, now} {
		for n := range i.Fields {
			names[n] = true
		}
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		a, b := was.Fields[n], now.Fields[n]
		if reflect.DeepEqual(a, b) {
			continue
		}
		f, ok := c.field(n)
		if !ok || n == "resolutiondate" { // which follows from the resolution
			continue
		}
		item := ChangeItem{Field: f.inHistory(), FieldID: f.ID, FieldType: "jira"}
		if f.custom != nil {
			item.FieldType = "custom"
		}
		if f.kind.apart {
			items = append(items, c.comings(f, item, list(a), list(b))...)
			continue
		}
		if f.kind == rankKind {
			items = append(items, ranking(item, a, b))
			continue
		}
		item.From, item.FromText = c.inHistory(f, a)
		item.To, item.ToText = c.inHistory(f, b)
		items = append(items, item)
	}
	if was.Project != now.Project {
		a, _ := c.j.projects.Get(c.Tx, key(was.Project))
		b, _ := c.j.projects.Get(c.Tx, key(now.Project))
		items = append(items, ChangeItem{Field: "project", FieldID: "project", FieldType: "jira", From: id(a.ID), FromText: a.Name, To: id(b.ID), ToText: b.Name},
			ChangeItem{Field: "Key", FieldID: "issuekey", FieldType: "jira", FromText: c.keyOf(was), ToText: c.keyOf(now)})
	}
	return items
}

// comings are the values that have come or gone, one line each.
func (c *call) comings(f *field, item ChangeItem, was, now []any) (items []ChangeItem) {
	for _, v := range was {
		if !slices.Contains(now, v) {
			gone := item
			gone.From, gone.FromText = v, f.kind.words(c, f, v)
			items = append(items, gone)
		}
	}
	for _, v := range now {
		if !slices.Contains(was, v) {
			come := item
			come.To, come.ToText = v, f.kind.words(c, f, v)
			items = append(items, come)
		}
	}
	return items
}

// inHistory is a value as the history keeps it: its id if it is a thing of its own, and its words.
func (c *call) inHistory(f *field, v any) (kept, words any) {
	if f.kind == sprintKind {
		return strings.Join(texts(v), ", "), strings.Join(c.wordsOf(f, v), ", ")
	}
	if v == nil {
		if f.kind.Type == "string" && f.custom == nil || f.ID == "labels" {
			return nil, orEmpty(f, "")
		}
		return nil, nil
	}
	said := strings.Join(c.wordsOf(f, v), map[bool]string{true: " ", false: ", "}[f.ID == "labels"])
	switch f.kind.Type {
	case "string", "any":
		return nil, said
	case "date":
		return v, v
	case "number":
		return nilUnlessTime(f, said), said
	case "array":
		if f.ID == "labels" {
			return nil, said
		}
		return "[" + strings.Join(texts(v), ", ") + "]", said
	}
	return plainWords(v), said
}

func orEmpty(f *field, s string) any {
	if f.ID == "labels" {
		return s
	}
	return nil
}

// nilUnlessTime is the seconds of a time span, which the history has twice; other numbers it has as words alone.
func nilUnlessTime(f *field, said string) any {
	if f.custom == nil {
		return said
	}
	return nil
}
