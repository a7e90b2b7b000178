package jira

import (
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"twinset.dev/kit/store"
	"twinset.dev/kit/tree"
	"twinset.dev/kit/twin"
)

// A field is one thing that issues have: one of Jira's own, or one that somebody has added.
type field struct {
	ID, Name string
	Clauses  []string // what JQL calls it
	kind     *fieldKind
	custom   *CustomField // nil for Jira's own
	history  string       // what the history of an issue calls it
	order    bool         // can stand on a screen
	navigate bool         // can be a column of a list
	search   bool         // JQL knows it
}

// A fieldKind is how the values of a field look: to a caller, in the store, in words.
type fieldKind struct {
	Type, Items string   // of the schema; Items if there can be several
	Operations  []string // what update can do

	// read returns what is kept for what a caller wrote, one value at a time.
	read func(c *call, f *field, i *Issue, v any) (any, error)
	// show is the other way round.
	show func(c *call, f *field, v any) any
	// words are a value as a person reads it.
	words func(c *call, f *field, v any) string
	// allowed are the values to choose from in a project and an issue type, as show shows them; nil if any will do.
	allowed func(c *call, f *field, project, issueType int64) []any
	// computed fields follow from other records: they are not kept with the issue and nobody can set them.
	computed func(c *call, i *Issue) any
	// apart is for several values whose history has a line for each that comes or goes.
	apart bool
}

// many reports whether a field can have several values.
func (f *field) many() bool { return f.kind.Items != "" && f.kind.computed == nil }

// schema says what values of the field are.
func (f *field) schema() obj {
	s := obj{"type": f.kind.Type}
	if f.kind.Items != "" {
		s["items"] = f.kind.Items
	}
	if f.custom != nil {
		s["custom"], s["customId"] = f.custom.Type, f.custom.ID
	} else {
		s["system"] = f.ID
	}
	return s
}

// systemFields are Jira's own, in the order in which Jira lists them, and systemField finds them by id. They are made when the
// package is, and not declared, since what some of them show are issues, with fields.
var (
	systemFields []*field
	systemField  = map[string]*field{}
)

func init() {
	systemFields = ownFields()
	for _, f := range systemFields {
		systemField[f.ID] = f
	}
}

func ownFields() []*field {
	return []*field{
		{ID: "statuscategorychangedate", Name: "Status Category Changed", Clauses: []string{"statusCategoryChangedDate"}, kind: &fieldKind{Type: "datetime", computed: func(c *call, i *Issue) any { return stamp(i.StatusChanged) }}, navigate: true, search: true},
		{ID: "issuetype", Name: "Issue Type", Clauses: []string{"issuetype", "type"}, kind: issueTypeField, order: true, navigate: true, search: true},
		{ID: "parent", Name: "Parent", Clauses: []string{"parent"}, kind: parentField, history: "IssueParentAssociation", navigate: true, search: true},
		{ID: "timespent", Name: "Time Spent", Clauses: []string{"timespent"}, kind: secondsField, navigate: true},
		{ID: "project", Name: "Project", Clauses: []string{"project"}, kind: projectField, navigate: true, search: true},
		{ID: "fixVersions", Name: "Fix versions", Clauses: []string{"fixVersion"}, kind: versionsField, history: "Fix Version", order: true, navigate: true, search: true},
		{ID: "aggregatetimespent", Name: "Σ Time Spent", kind: aggregate("timespent"), navigate: true},
		{ID: "statusCategory", Name: "Status Category", Clauses: []string{"statusCategory"}, kind: &fieldKind{Type: "statusCategory", computed: func(c *call, i *Issue) any {
			s, _ := c.status(i.Fields["status"])
			return c.statusCategoryShown(s.Category)
		}}, navigate: true, search: true},
		{ID: "resolution", Name: "Resolution", Clauses: []string{"resolution"}, kind: resolutionField, order: true, navigate: true, search: true},
		{ID: "resolutiondate", Name: "Resolved", Clauses: []string{"resolutiondate", "resolved"}, kind: momentField, navigate: true, search: true},
		{ID: "workratio", Name: "Work Ratio", Clauses: []string{"workratio"}, kind: &fieldKind{Type: "number", computed: workRatio}, navigate: true, search: true},
		{ID: "lastViewed", Name: "Last Viewed", Clauses: []string{"lastViewed"}, kind: &fieldKind{Type: "datetime", computed: func(c *call, i *Issue) any { return nil }}, navigate: true, search: true},
		{ID: "watches", Name: "Watchers", Clauses: []string{"watchers"}, kind: &fieldKind{Type: "watches", computed: watchesShown}, navigate: true, search: true},
		{ID: "thumbnail", Name: "Images", kind: &fieldKind{computed: func(*call, *Issue) any { return nil }}, navigate: true},
		{ID: "created", Name: "Created", Clauses: []string{"created", "createdDate"}, kind: &fieldKind{Type: "datetime", computed: func(c *call, i *Issue) any { return stamp(i.Created) }}, navigate: true, search: true},
		{ID: "priority", Name: "Priority", Clauses: []string{"priority"}, kind: priorityField, order: true, navigate: true, search: true},
		{ID: "labels", Name: "Labels", Clauses: []string{"labels"}, kind: labelsField, order: true, navigate: true, search: true},
		{ID: "timeestimate", Name: "Remaining Estimate", Clauses: []string{"remainingEstimate", "timeestimate"}, kind: secondsField, navigate: true, search: true},
		{ID: "aggregatetimeoriginalestimate", Name: "Σ Original Estimate", kind: aggregate("timeoriginalestimate"), navigate: true},
		{ID: "versions", Name: "Affects versions", Clauses: []string{"affectedVersion"}, kind: versionsField, history: "Version", order: true, navigate: true, search: true},
		{ID: "issuelinks", Name: "Linked Issues", Clauses: []string{"issueLink"}, kind: &fieldKind{Type: "array", Items: "issuelinks", Operations: []string{"add", "copy"}, computed: linksShown}, order: true, navigate: true, search: true},
		{ID: "assignee", Name: "Assignee", Clauses: []string{"assignee"}, kind: userField, order: true, navigate: true, search: true},
		{ID: "updated", Name: "Updated", Clauses: []string{"updated", "updatedDate"}, kind: &fieldKind{Type: "datetime", computed: func(c *call, i *Issue) any { return stamp(i.Updated) }}, navigate: true, search: true},
		{ID: "status", Name: "Status", Clauses: []string{"status"}, kind: statusField, navigate: true, search: true},
		{ID: "components", Name: "Components", Clauses: []string{"component"}, kind: componentsField, history: "Component", order: true, navigate: true, search: true},
		{ID: "issuekey", Name: "Key", Clauses: []string{"id", "issue", "issuekey", "key"}, kind: &fieldKind{computed: func(c *call, i *Issue) any { return c.keyOf(i) }}, navigate: true},
		{ID: "timeoriginalestimate", Name: "Original estimate", Clauses: []string{"originalEstimate", "timeoriginalestimate"}, kind: secondsField, navigate: true, search: true},
		{ID: "description", Name: "Description", Clauses: []string{"description"}, kind: richField, order: true, navigate: true, search: true},
		{ID: "timetracking", Name: "Time tracking", kind: &fieldKind{Type: "timetracking", Operations: []string{"set", "edit"}, computed: timeTrackingShown}, order: true},
		{ID: "security", Name: "Security Level", Clauses: []string{"level"}, kind: securityField, order: true, navigate: true, search: true},
		{ID: "attachment", Name: "Attachment", Clauses: []string{"attachments"}, kind: &fieldKind{Type: "array", Items: "attachment", Operations: []string{"set", "copy"}, computed: attachmentsShown}, order: true, search: true},
		{ID: "aggregatetimeestimate", Name: "Σ Remaining Estimate", kind: aggregate("timeestimate"), navigate: true},
		{ID: "summary", Name: "Summary", Clauses: []string{"summary"}, kind: summaryField, order: true, navigate: true, search: true},
		{ID: "creator", Name: "Creator", Clauses: []string{"creator"}, kind: userField, navigate: true, search: true},
		{ID: "subtasks", Name: "Sub-tasks", Clauses: []string{"subtasks"}, kind: &fieldKind{Type: "array", Items: "issuelinks", computed: subtasksShown}, navigate: true},
		{ID: "reporter", Name: "Reporter", Clauses: []string{"reporter"}, kind: userField, order: true, navigate: true, search: true},
		{ID: "aggregateprogress", Name: "Σ Progress", kind: &fieldKind{Type: "progress", computed: aggregateProgress}, navigate: true},
		{ID: "environment", Name: "Environment", Clauses: []string{"environment"}, kind: richField, order: true, navigate: true, search: true},
		{ID: "duedate", Name: "Due date", Clauses: []string{"due", "duedate"}, kind: dateField, order: true, navigate: true, search: true},
		{ID: "progress", Name: "Progress", Clauses: []string{"progress"}, kind: &fieldKind{Type: "progress", computed: progressShown}, navigate: true},
		{ID: "votes", Name: "Votes", Clauses: []string{"votes"}, kind: &fieldKind{Type: "votes", computed: votesShown}, navigate: true, search: true},
		{ID: "comment", Name: "Comment", Clauses: []string{"comment"}, kind: &fieldKind{Type: "comments-page", Operations: []string{"add", "edit", "remove"}, computed: commentsShown}, order: true, search: true},
		{ID: "worklog", Name: "Log Work", kind: &fieldKind{Type: "array", Items: "worklog", Operations: []string{"add", "edit", "remove"}, computed: worklogsShown}, order: true},
	}
}

// Custom fields that come with boards.
const (
	epicLinkField    = "customfield_10014"
	storyPointsField = "customfield_10016"
	rankField        = "customfield_10019"
	sprintField      = "customfield_10020"
)

// field finds a field by its id.
func (c *call) field(id string) (*field, bool) {
	if f := systemField[id]; f != nil {
		return f, true
	}
	f := c.customs().byID[id]
	return f, f != nil
}

const customPrefix = "customfield_"

func customField(x CustomField) *field {
	kind := customKinds[x.Type]
	if kind == nil && strings.Contains(x.Type, "__") {
		kind = appOptionField
	}
	if kind == nil {
		kind = anyField // of an app that is not here: what is written is kept
	}
	n := strconv.FormatInt(x.ID, 10)
	return &field{ID: customPrefix + n, Name: x.Name, Clauses: []string{"cf[" + n + "]", x.Name}, kind: kind, custom: &x, history: x.Name, order: true, navigate: true, search: x.Searcher != ""}
}

// The customs of a site are its custom fields that are not in the trash.
type customs struct {
	stamps [2]uint64 // of the fields and the contexts
	all    []*field
	byID   map[string]*field
	within sync.Map // see customsWithin
}

func (c *call) customs() *customs {
	stamps := [2]uint64{c.j.customFields.Stamp(c.Tx), c.j.contexts.Stamp(c.Tx)}
	if x := c.j.customs.Load(); x != nil && x.stamps == stamps {
		return x
	}
	x := &customs{stamps: stamps, byID: map[string]*field{}}
	for custom := range c.j.customFields.All(c.Tx, "") {
		if custom.Trashed == 0 {
			f := customField(custom)
			x.all, x.byID[f.ID] = append(x.all, f), f
		}
	}
	c.j.customs.Store(x)
	return x
}

// customsWithin are the ids of the custom fields that hold for issues of a type in a project.
func (c *call) customsWithin(project, issueType int64) map[string]bool {
	x, within := c.customs(), [2]int64{project, issueType}
	if ids, ok := x.within.Load(within); ok {
		return ids.(map[string]bool)
	}
	ids := map[string]bool{}
	for _, f := range x.all {
		if _, ok := c.context(f, project, issueType); ok {
			ids[f.ID] = true
		}
	}
	x.within.Store(within, ids)
	return ids
}

// fields yields all fields, Jira's own first.
func (c *call) fields() iter.Seq[*field] {
	return func(yield func(*field) bool) {
		for _, fs := range [][]*field{systemFields, c.customs().all} {
			for _, f := range fs {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// inHistory is what the history of an issue calls a field.
func (f *field) inHistory() string {
	if f.history != "" {
		return f.history
	}
	return f.ID
}

// issueFieldsOperations are the lists of fields.
func (j *Jira) issueFieldsOperations() {
	j.on(twin.Full, "getFields", j.getFields)
}

// getFields lists the fields that the caller can see.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/#api-rest-api-3-field-get
func (j *Jira) getFields(c *call) (any, error) {
	out := []any{}
	for f := range c.fields() {
		out = append(out, c.fieldShown(f))
	}
	return out, nil
}

func (c *call) fieldShown(f *field) obj {
	v := obj{"id": f.ID, "key": f.ID, "name": f.Name, "custom": f.custom != nil, "orderable": f.order, "navigable": f.navigate, "searchable": f.search, "clauseNames": anys(f.Clauses)}
	if f.custom != nil {
		v["untranslatedName"] = f.Name
		if f.custom.Project != 0 {
			v["scope"] = obj{"type": "PROJECT", "project": obj{"id": id(f.custom.Project)}}
		}
	}
	if f.kind.Type != "" {
		v["schema"] = f.schema()
	}
	return v
}

// shownOnce is the JSON of a record that looks the same wherever it is shown. It is kept with the record until that changes; null
// if there is none. Also are the stamps of what else it shows.
func shownOnce[T any](c *call, x *store.Collection[T], k string, show func(T) obj, also ...uint64) any {
	row, ok := x.Row(c.Tx, k)
	if !ok {
		return nil
	}
	variant := c.rest
	for _, stamp := range also {
		variant += " " + strconv.FormatUint(stamp, 10)
	}
	return json.RawMessage(row.Memo(variant, func(v *T) []byte {
		b, _ := tree.Marshal(show(*v)) // which is made of text, numbers and switches
		return b
	}))
}

// A choice says which fields of an issue somebody wants.
type choice struct {
	all, navigable bool
	yes, no        map[string]bool
}

// chosen reads a list of fields: ids, "*all", "*navigable", and with "-" what to leave out.
func chosen(names []string, otherwise string) (w choice) {
	if len(names) == 0 {
		names = []string{otherwise}
	}
	w.yes, w.no = map[string]bool{}, map[string]bool{}
	positive := false
	for _, n := range names {
		switch rest, minus := strings.CutPrefix(n, "-"); {
		case minus:
			w.no[rest] = true
		case n == "*all":
			w.all, positive = true, true
		case n == "*navigable":
			w.navigable, positive = true, true
		default:
			w.yes[n], positive = true, true
		}
	}
	if !positive {
		w.all = otherwise == "*all"
		w.navigable = otherwise == "*navigable"
	}
	return w
}

func (w choice) has(f *field) bool {
	if w.no[f.ID] {
		return false
	}
	return w.all || w.navigable && f.navigate || w.yes[f.ID]
}

// fieldsShown are the fields of an issue that somebody wants.
func (c *call) fieldsShown(i *Issue, w choice) obj {
	fields := c.chosenFields(w)
	customs := c.customsWithin(i.Project, number(i.Fields["issuetype"]))
	out := make(obj, len(fields))
	for _, f := range fields {
		if f.ID == "issuekey" || f.ID == "parent" && i.Fields["parent"] == nil || f.custom != nil && !customs[f.ID] {
			continue
		}
		out[f.ID] = c.valueShown(f, i)
	}
	return out
}

// chosenFields are the fields that somebody wants.
func (c *call) chosenFields(w choice) (fs []*field) {
	if !w.all && !w.navigable {
		for name := range w.yes {
			if f, ok := c.field(name); ok && !w.no[name] {
				fs = append(fs, f)
			}
		}
		return fs
	}
	for f := range c.fields() {
		if w.has(f) {
			fs = append(fs, f)
		}
	}
	return fs
}

// applies reports whether a custom field holds for an issue.
func (c *call) applies(f *field, i *Issue) bool {
	return c.customsWithin(i.Project, number(i.Fields["issuetype"]))[f.ID]
}

// valueShown is what a caller sees of one field of an issue.
func (c *call) valueShown(f *field, i *Issue) any {
	if f.kind.computed != nil {
		return f.kind.computed(c, i)
	}
	if f.ID == "project" {
		return f.kind.show(c, f, id(i.Project))
	}
	v := i.Fields[f.ID]
	if f.many() {
		kept := list(v)
		if len(kept) == 0 && f.custom != nil {
			return nil
		}
		out := make([]any, 0, len(kept))
		for _, x := range kept {
			if s := f.kind.show(c, f, x); s != nil {
				out = append(out, s)
			}
		}
		return out
	}
	if v == nil {
		return nil
	}
	return f.kind.show(c, f, v)
}

// wordsOf are the words of everything that a field of an issue has.
func (c *call) wordsOf(f *field, v any) []string {
	if f.kind.words == nil || v == nil {
		return nil
	}
	if !f.many() {
		return some(f.kind.words(c, f, v))
	}
	var out []string
	for _, x := range list(v) {
		out = append(out, f.kind.words(c, f, x))
	}
	return out
}

// context is what holds of a custom field in a project for an issue type: the narrowest that fits.
//
// https://support.atlassian.com/jira-cloud-administration/docs/what-are-custom-field-contexts/
func (c *call) context(f *field, project, issueType int64) (best Context, ok bool) {
	if f.custom != nil && f.custom.Project != 0 && f.custom.Project != project {
		return best, false
	}
	rank := -1
	for x := range c.j.contextsOf.All(c.Tx, f.ID) {
		if len(x.Projects) > 0 && !slices.Contains(x.Projects, project) || len(x.Types) > 0 && issueType != 0 && !slices.Contains(x.Types, issueType) {
			continue
		}
		n := 0
		if len(x.Projects) > 0 {
			n += 2
		}
		if len(x.Types) > 0 {
			n++
		}
		if n > rank {
			best, ok, rank = x, true, n
		}
	}
	return best, ok
}
