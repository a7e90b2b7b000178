package jira

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/jql"
)

// A jqlField is a field as JQL knows it.
//
// https://support.atlassian.com/jira-software-cloud/docs/jql-fields/
type jqlField struct {
	id       string   // of the field, or of what JQL alone knows
	names    []string // in any case of letters
	ops      []jql.Op
	empty    bool // EMPTY can be asked for
	types    string
	past     string // the field whose history WAS and CHANGED ask about
	many     bool
	descends bool // ORDER BY begins with the highest if nothing else is said
	sort     func(f *finder, i *Issue) sortValue
	index    func(f *finder) *store.Index[Issue] // that has all issues in the order of sort
	within   func(f *finder) *store.Index[Issue] // that has those of each project so
	keyed    *keyed                              // if it asks about one of a set
	ask      func(a *asked) condition
	suggest  func(f *finder, yield func(value, shown string) bool) // what completion offers
}

// Operators that go together.
var (
	equality    = []jql.Op{jql.Eq, jql.NotEq, jql.In, jql.NotIn}
	empties     = []jql.Op{jql.Is, jql.IsNot}
	comparisons = []jql.Op{jql.Greater, jql.GreatEq, jql.Less, jql.LessEq}
	likes       = []jql.Op{jql.Like, jql.NotLike}
)

// Types, as completion names them.
const (
	typeText      = "java.lang.String"
	typeNumber    = "java.lang.Number"
	typeDate      = "java.util.Date"
	typeUser      = "com.atlassian.jira.user.ApplicationUser"
	typeIssue     = "com.atlassian.jira.issue.Issue"
	typeProject   = "com.atlassian.jira.project.Project"
	typeVersion   = "com.atlassian.jira.project.version.Version"
	typeOption    = "com.atlassian.jira.issue.customfields.option.Option"
	typeIssueType = "com.atlassian.jira.issue.issuetype.IssueType"
	typeSprint    = "com.atlassian.greenhopper.service.sprint.Sprint"
)

// fieldNamed finds a field by what a query calls it: cf[10010], a custom field's name, alone or with its type in brackets, or one of
// Jira's own names. Of custom fields with the same name the first is meant.
func (f *finder) fieldNamed(name jql.Field) (*jqlField, bool) {
	if len(name.Properties) > 0 && strings.EqualFold(name.Name, "development") {
		return developmentClause(name)
	}
	if len(name.Properties) > 0 {
		return propertyField(name)
	}
	if n, ok := name.IsCustom(); ok {
		x, found := f.field(customPrefix + n)
		if !found || !x.search {
			return nil, false
		}
		return customClause(x)
	}
	if x := jqlNames[strings.ToLower(name.Name)]; x != nil {
		return x, true
	}
	for x := range f.fields() {
		if x.custom != nil && x.search && (strings.EqualFold(x.Name, name.Name) || strings.EqualFold(x.ID, name.Name) || strings.EqualFold(x.Name+"["+typeName(x)+"]", name.Name)) {
			return customClause(x)
		}
	}
	return nil, false
}

// jqlNames are Jira's own fields by every name, in lower case.
var jqlNames map[string]*jqlField

func init() {
	jqlNames = map[string]*jqlField{}
	for _, x := range jqlFields {
		for _, n := range x.names {
			jqlNames[strings.ToLower(n)] = x
		}
	}
}

// oneOfSet is a field whose values are of a set.
func oneOfSet(x jqlField, k *keyed) *jqlField {
	x.keyed, x.ask = k, k.ask
	x.ops = slices.Concat(equality, x.ops)
	if x.empty {
		x.ops = append(x.ops, empties...)
	}
	return &x
}

func ofTime(x jqlField, m *moments) *jqlField {
	x.ask, x.types, x.descends, x.index = m.ask, typeDate, true, m.index
	x.ops = slices.Concat(equality, comparisons)
	if x.empty {
		x.ops = append(x.ops, empties...)
	}
	x.sort = func(f *finder, i *Issue) sortValue {
		at := m.values(f, i)
		if len(at) == 0 {
			return sortValue{none: true}
		}
		return sortValue{number: float64(at[0])}
	}
	return &x
}

func ofNumber(x jqlField, n *numeric) *jqlField {
	x.ask, x.types = n.ask, typeNumber
	x.ops = slices.Concat(equality, comparisons)
	if x.empty {
		x.ops = append(x.ops, empties...)
	}
	x.sort = func(f *finder, i *Issue) sortValue {
		v, ok := n.value(f, i)
		return sortValue{none: !ok, number: v}
	}
	return &x
}

func ofText(x jqlField, w *written) *jqlField {
	x.ask, x.types = w.ask, typeText
	if x.ops == nil {
		x.ops = likes
	}
	if x.empty {
		x.ops = slices.Concat(x.ops, empties)
	}
	return &x
}

// sortedByWords orders by the words of a field's first value.
func sortedByWords(id string) func(*finder, *Issue) sortValue {
	return func(f *finder, i *Issue) sortValue {
		x, _ := f.field(id)
		all := f.wordsOf(x, i.Fields[id])
		if len(all) == 0 {
			return sortValue{none: true}
		}
		slices.Sort(all)
		return sortValue{text: strings.ToLower(all[0])}
	}
}

// sortedByPlace orders by where a field's value stands in its list.
func sortedByPlace(k *keyed) func(*finder, *Issue) sortValue {
	return func(f *finder, i *Issue) sortValue {
		v := sortValue{none: true}
		for _, x := range k.keys(f, i) {
			at, known := f.places[place{k, x}]
			if !known {
				_, at = k.place(f, x)
				f.places[place{k, x}] = at
			}
			if v.none || at < v.number {
				v = sortValue{number: at}
			}
		}
		return v
	}
}

// jqlFields are the fields that JQL has of its own, in the order in which completion offers them.
var jqlFields = []*jqlField{
	oneOfSet(jqlField{id: "versions", names: []string{"affectedVersion"}, empty: true, types: typeVersion, many: true, ops: comparisons, sort: sortedByPlace(versionsOf("versions")), suggest: suggestVersions}, versionsOf("versions")),
	oneOfSet(jqlField{id: "assignee", names: []string{"assignee"}, empty: true, types: typeUser, past: "assignee", sort: sortedByWords("assignee"), suggest: suggestPeople}, peopleIn("assignee")),
	{id: "attachment", names: []string{"attachments"}, ops: empties, empty: true, types: typeText, ask: (&written{texts: attachmentNames}).ask},
	oneOfSet(jqlField{id: "category", names: []string{"category"}, empty: true, types: typeText, suggest: suggestCategories}, categories),
	ofText(jqlField{id: "comment", names: []string{"comment"}}, commentTexts),
	oneOfSet(jqlField{id: "components", names: []string{"component"}, empty: true, types: typeText, many: true, sort: sortedByWords("components"), suggest: suggestComponents}, components),
	ofTime(jqlField{id: "created", names: []string{"created", "createdDate"}, empty: true}, &moments{values: func(_ *finder, i *Issue) []int64 { return []int64{i.Created} }, index: func(f *finder) *store.Index[Issue] { return f.j.issuesByCreated }}),
	oneOfSet(jqlField{id: "creator", names: []string{"creator"}, empty: true, types: typeUser, sort: sortedByWords("creator"), suggest: suggestPeople}, peopleIn("creator")),
	ofText(jqlField{id: "description", names: []string{"description"}, empty: true, sort: sortedByWords("description")}, ownText("description")),
	ofTime(jqlField{id: "duedate", names: []string{"due", "duedate"}, empty: true}, &moments{values: dayIn("duedate"), day: true}),
	ofText(jqlField{id: "environment", names: []string{"environment"}, empty: true, sort: sortedByWords("environment")}, ownText("environment")),
	{id: "filter", names: []string{"filter", "request", "savedFilter", "searchRequest"}, ops: equality, types: "com.atlassian.jira.issue.search.SearchRequest", ask: askFilter, suggest: suggestFilters},
	oneOfSet(jqlField{id: "fixVersions", names: []string{"fixVersion"}, empty: true, types: typeVersion, many: true, past: "fixVersions", ops: comparisons, sort: sortedByPlace(versionsOf("fixVersions")), suggest: suggestVersions}, versionsOf("fixVersions")),
	ofNumber(jqlField{id: "hierarchyLevel", names: []string{"hierarchyLevel"}}, &numeric{value: levelOf, parse: parseWhole, bad: badWhole}),
	{id: "issuekey", names: []string{"key", "issuekey", "issue", "id"}, ops: slices.Concat(equality, comparisons), types: typeIssue, ask: askKey, sort: func(f *finder, i *Issue) sortValue { return sortValue{} }},
	oneOfSet(jqlField{id: "issueLink", names: []string{"issueLink"}, types: typeIssue}, &keyed{kind: "issue", keys: linkedKeys, find: findIssues, missing: noSuchKey}),
	oneOfSet(jqlField{id: "issueLinkType", names: []string{"issueLinkType"}, empty: true, types: typeText, suggest: suggestLinkTypes}, &keyed{keys: linkTypeKeys, find: findLinkTypes}),
	oneOfSet(jqlField{id: "issuetype", names: []string{"issuetype", "type"}, empty: true, types: typeIssueType, sort: sortedByWords("issuetype"), suggest: suggestIssueTypes}, issueTypesIn),
	oneOfSet(jqlField{id: "labels", names: []string{"labels"}, empty: true, types: typeText, many: true, sort: sortedByWords("labels"), suggest: suggestLabels}, labelsIn("labels")),
	ofTime(jqlField{id: "lastViewed", names: []string{"lastViewed"}, empty: true}, &moments{values: viewedAt}),
	oneOfSet(jqlField{id: "security", names: []string{"level"}, empty: true, types: "com.atlassian.jira.issue.security.IssueSecurityLevel", sort: sortedByWords("security"), suggest: suggestLevels}, securityLevels),
	ofNumber(jqlField{id: "timeoriginalestimate", names: []string{"originalEstimate", "timeOriginalEstimate"}, empty: true}, spanIn("timeoriginalestimate")),
	oneOfSet(jqlField{id: "parent", names: []string{"parent"}, empty: true, types: typeIssue}, &keyed{kind: "issue", index: "parent", keys: fieldKeys("parent"), find: findIssues, missing: noSuchKey}),
	oneOfSet(jqlField{id: "parentProject", names: []string{"parentProject"}, types: typeProject}, &keyed{kind: "project", keys: parentProjectKeys, find: findProjects}),
	oneOfSet(jqlField{id: "priority", names: []string{"priority"}, empty: true, types: "com.atlassian.jira.issue.priority.Priority", past: "priority", ops: comparisons, descends: true, sort: sortedByPlace(prioritiesIn), suggest: suggestPriorities}, prioritiesIn),
	ofNumber(jqlField{id: "progress", names: []string{"progress"}}, &numeric{value: progressIn, parse: parseNumber, bad: badNumber}),
	oneOfSet(jqlField{id: "project", names: []string{"project"}, empty: true, types: typeProject, sort: func(f *finder, i *Issue) sortValue {
		return sortValue{text: strings.ToLower(f.projectSeen(i.Project).Name)}
	}, suggest: suggestProjects}, projectsIn),
	oneOfSet(jqlField{id: "projectType", names: []string{"projectType"}, types: typeText, suggest: suggestProjectTypes}, projectTypes),
	ofNumber(jqlField{id: "timeestimate", names: []string{"remainingEstimate", "timeEstimate"}, empty: true}, spanIn("timeestimate")),
	oneOfSet(jqlField{id: "reporter", names: []string{"reporter"}, empty: true, types: typeUser, past: "reporter", sort: sortedByWords("reporter"), suggest: suggestPeople}, peopleIn("reporter")),
	oneOfSet(jqlField{id: "resolution", names: []string{"resolution"}, empty: true, types: "com.atlassian.jira.issue.resolution.Resolution", past: "resolution", ops: comparisons, sort: sortedByPlace(resolutionsIn), suggest: suggestResolutions}, resolutionsIn),
	ofTime(jqlField{id: "resolutiondate", names: []string{"resolved", "resolutionDate"}, empty: true}, &moments{values: momentIn("resolutiondate")}),
	oneOfSet(jqlField{id: sprintField, names: []string{"sprint"}, empty: true, types: typeSprint, many: true, sort: sortedByPlace(sprintsIn(sprintField)), suggest: suggestSprints}, sprintsIn(sprintField)),
	oneOfSet(jqlField{id: "status", names: []string{"status"}, empty: true, types: "com.atlassian.jira.issue.status.Status", past: "status", sort: sortedByPlace(statusesIn), suggest: suggestStatuses}, statusesIn),
	oneOfSet(jqlField{id: "statusCategory", names: []string{"statusCategory"}, empty: true, types: "com.atlassian.jira.issue.status.category.StatusCategory", sort: sortedByPlace(statusCategoriesIn), suggest: suggestStatusCategories}, statusCategoriesIn),
	ofTime(jqlField{id: "statuscategorychangedate", names: []string{"statusCategoryChangedDate"}, empty: true}, &moments{values: func(_ *finder, i *Issue) []int64 { return someTimes(i.StatusChanged) }}),
	ofText(jqlField{id: "summary", names: []string{"summary"}, empty: true, sort: sortedByWords("summary")}, ownText("summary")),
	ofText(jqlField{id: "text", names: []string{"text", "textfields"}, ops: likes[:1]}, allText),
	ofNumber(jqlField{id: "timespent", names: []string{"timeSpent"}, empty: true}, spanIn("timespent")),
	ofTime(jqlField{id: "updated", names: []string{"updated", "updatedDate"}, empty: true}, &moments{values: func(_ *finder, i *Issue) []int64 { return []int64{i.Updated} }, index: func(f *finder) *store.Index[Issue] { return f.j.issuesByUpdate }}),
	oneOfSet(jqlField{id: "voter", names: []string{"voter"}, empty: true, types: typeUser, suggest: suggestPeople}, &keyed{kind: "user", keys: votersOf, find: findPeople, lenient: true}),
	ofNumber(jqlField{id: "votes", names: []string{"votes"}, descends: true}, &numeric{value: func(f *finder, i *Issue) (float64, bool) { return float64(len(votersOf(f, i))), true }, parse: parseWhole, bad: badWhole}),
	oneOfSet(jqlField{id: "watcher", names: []string{"watcher"}, empty: true, types: typeUser, suggest: suggestPeople}, &keyed{kind: "user", keys: watchersOf, find: findPeople, lenient: true}),
	ofNumber(jqlField{id: "watches", names: []string{"watchers"}, descends: true}, &numeric{value: func(f *finder, i *Issue) (float64, bool) { return float64(len(watchersOf(f, i))), true }, parse: parseWhole, bad: badWhole}),
	oneOfSet(jqlField{id: "worklogAuthor", names: []string{"worklogAuthor"}, empty: true, types: typeUser, suggest: suggestPeople}, &keyed{kind: "user", keys: worklogAuthors, find: findPeople, lenient: true}),
	ofText(jqlField{id: "worklogComment", names: []string{"worklogComment"}, empty: true}, &written{texts: worklogTexts}),
	ofTime(jqlField{id: "worklogDate", names: []string{"worklogDate"}, empty: true}, &moments{values: worklogDays, day: true}),
	ofNumber(jqlField{id: "workratio", names: []string{"workRatio"}}, &numeric{value: func(f *finder, i *Issue) (float64, bool) { return numberOf(workRatio(f.call, i)) }, parse: parseWhole, bad: badWhole}),
}

// customClause is a custom field as JQL knows it: what can be asked follows from what its values are.
func customClause(x *field) (*jqlField, bool) {
	if x.ID == sprintField {
		return jqlNames["sprint"], true
	}
	b := jqlField{id: x.ID, names: []string{x.Name, x.Clauses[0]}, empty: true, many: x.many(), sort: sortedByWords(x.ID)}
	kind := x.kind.Type
	if x.many() {
		kind = x.kind.Items
	}
	switch kind {
	case "number":
		return ofNumber(b, &numeric{value: func(_ *finder, i *Issue) (float64, bool) { return numberOf(i.Fields[x.ID]) }, parse: parseNumber, bad: badNumber}), true
	case "date":
		return ofTime(b, &moments{values: dayIn(x.ID), day: true}), true
	case "datetime":
		return ofTime(b, &moments{values: momentIn(x.ID)}), true
	case "user":
		b.types, b.suggest = typeUser, suggestPeople
		return oneOfSet(b, &keyed{kind: "user", keys: fieldKeys(x.ID), find: findPeople, lenient: true}), true
	case "group":
		b.types = "com.atlassian.crowd.embedded.api.Group"
		return oneOfSet(b, &keyed{kind: "group", keys: fieldKeys(x.ID), find: findGroups, missing: func(name string, v literal) string {
			return fmt.Sprintf("The group '%s' for field '%s' does not exist.", v.text, name)
		}}), true
	case "option", "option-with-child":
		b.types = typeOption
		b.suggest = func(f *finder, yield func(value, shown string) bool) { suggestOptions(f, x, yield) }
		return oneOfSet(b, optionsIn(x)), true
	case "version":
		b.types, b.ops, b.suggest = typeVersion, comparisons, suggestVersions
		return oneOfSet(b, versionsOf(x.ID)), true
	case "project":
		b.types, b.suggest = typeProject, suggestProjects
		return oneOfSet(b, &keyed{kind: "project", keys: fieldKeys(x.ID), find: findProjects}), true
	}
	switch {
	case x.kind.Items == "string":
		b.types = typeText
		return oneOfSet(b, labelsIn(x.ID)), true
	case x.ID == epicLinkField:
		b.types, b.sort = typeIssue, nil
		return oneOfSet(b, &keyed{kind: "issue", index: "parent", keys: epicKeys, find: findIssues, missing: noSuchKey}), true
	case x.ID == rankField:
		b.ops, b.empty, b.types = nil, false, typeText
		b.sort = func(_ *finder, i *Issue) sortValue { return sortValue{text: text(i.Fields[rankField])} }
		b.index = func(f *finder) *store.Index[Issue] { return f.j.issuesByRank }
		b.within = func(f *finder) *store.Index[Issue] { return f.j.issuesByRankIn }
		return &b, true
	case strings.HasSuffix(x.custom.Searcher, ":exacttextsearcher"):
		b.types = typeText
		return oneOfSet(b, &keyed{keys: fieldKeys(x.ID), free: true}), true
	}
	return ofText(b, ownText(x.ID)), true
}

// typeName is what completion calls the type of a custom field whose name is not its own: "Team[Dropdown]".
func typeName(x *field) string {
	switch x.custom.Type {
	case boardTypes + "gh-epic-label":
		return "Name of Epic"
	case boardTypes + "gh-epic-link":
		return "Epic Link Relationship"
	case boardTypes + "gh-lexo-rank":
		return "Global Rank"
	case boardTypes + "gh-sprint":
		return "Jira Sprint Field"
	case customTypes + "radiobuttons":
		return "Radio Buttons"
	case customTypes + "multicheckboxes":
		return "Checkboxes"
	}
	switch x.kind.Type {
	case "number":
		return "Number"
	case "date":
		return "Date"
	case "datetime":
		return "Time stamp"
	case "user":
		return "User Picker (single user)"
	case "group":
		return "Group Picker (single group)"
	case "option":
		return "Dropdown"
	case "option-with-child":
		return "Select List (cascading)"
	case "version":
		return "Version Picker (single version)"
	case "array":
		switch x.kind.Items {
		case "string":
			return "Labels"
		case "user":
			return "User Picker (multiple users)"
		case "group":
			return "Group Picker (multiple groups)"
		case "version":
			return "Version Picker (multiple versions)"
		}
		return "Select List (multiple choices)"
	}
	if x.kind == richField {
		return "Paragraph"
	}
	if x.kind == urlField {
		return "URL Field"
	}
	return "Short text"
}

// propertyField is a JSON value that an app keeps with an issue: issue.property[key].path.
//
// https://support.atlassian.com/jira-software-cloud/docs/jql-fields/#Issue-property
func propertyField(name jql.Field) (*jqlField, bool) {
	if !strings.EqualFold(name.Name, "issue.property") || len(name.Properties) != 1 {
		return nil, false
	}
	p := name.Properties[0]
	values := func(f *finder, i *Issue) (out []any) {
		x, ok := f.j.properties.Get(f.Tx, "issue/"+id(i.ID)+"/"+p.Key)
		if !ok {
			return nil
		}
		v := x.Value
		if p.Path != "" {
			v = dig(v, strings.Split(p.Path, ".")...)
		}
		if l, many := v.([]any); many {
			return l
		}
		if v == nil {
			return nil
		}
		return []any{v}
	}
	return &jqlField{id: name.String(), names: []string{name.String()}, ops: slices.Concat(equality, comparisons, empties, likes), empty: true, ask: func(a *asked) condition {
		if a.Op == jql.Like || a.Op == jql.NotLike {
			return (&written{texts: func(f *finder, i *Issue) (out []string) {
				for _, v := range values(f, i) {
					if s := plainWords(v); s != "" {
						out = append(out, s)
					}
				}
				return out
			}}).ask(a)
		}
		is := func(x any, v literal) bool { by, ok := a.propertyCompare(x, v); return ok && within(a.op, by) }
		if !ranges(a.op) {
			is = func(x any, v literal) bool { by, ok := a.propertyCompare(x, v); return ok && by == 0 }
		}
		return condition{holds: func(i *Issue) bool {
			has, empty := false, false
			all := values(a.finder, i)
			for _, v := range a.values {
				empty = empty || v.empty
				has = has || !v.empty && slices.ContainsFunc(all, func(x any) bool { return is(x, v) })
			}
			if a.negative() {
				return len(all) > 0 && !has
			}
			return has || empty && len(all) == 0
		}}
	}, sort: func(f *finder, i *Issue) sortValue {
		all := values(f, i)
		if len(all) == 0 {
			return sortValue{none: true}
		}
		if n, ok := all[0].(float64); ok {
			return sortValue{number: n}
		}
		return sortValue{text: strings.ToLower(plainWords(all[0]))}
	}}, true
}

// propertyCompare compares a JSON value with a literal: as numbers, as times, or as texts.
func (a *asked) propertyCompare(x any, v literal) (int, bool) {
	want := v.text
	if v.from != "" {
		want = v.key
	}
	switch x := x.(type) {
	case float64:
		n, err := strconv.ParseFloat(want, 64)
		return compareFloats(x, n), err == nil
	case bool:
		return strings.Compare(strconv.FormatBool(x), strings.ToLower(want)), true
	case string:
		at, isTime := parseMoment(x)
		if isTime {
			if v.kind == "date" {
				return compareFloats(float64(at), float64(v.at)), true
			}
			if t, _, ok := a.readDate(v); ok {
				return compareFloats(float64(at), float64(t.UnixMilli())), true
			}
		}
		return strings.Compare(strings.ToLower(x), strings.ToLower(want)), true
	}
	return 0, false
}

func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	}
	return 0, false
}

// dayIn are the days of a field, as their midnight in UTC.
func dayIn(id string) func(*finder, *Issue) []int64 {
	return func(_ *finder, i *Issue) []int64 {
		t, err := time.Parse(time.DateOnly, text(i.Fields[id]))
		if err != nil {
			return nil
		}
		return []int64{t.UnixMilli()}
	}
}

func momentIn(id string) func(*finder, *Issue) []int64 {
	return func(_ *finder, i *Issue) []int64 {
		ms, _ := i.Fields[id].(float64)
		return someTimes(int64(ms))
	}
}

func someTimes(ms int64) []int64 {
	if ms == 0 {
		return nil
	}
	return []int64{ms}
}

// spanIn is a time span: "3d 4h", or a number of minutes.
func spanIn(id string) *numeric {
	return &numeric{
		value: func(_ *finder, i *Issue) (float64, bool) { return numberOf(i.Fields[id]) },
		parse: func(f *finder, text string) (float64, bool) { n, ok := f.parseSpan(text); return float64(n), ok },
		bad:   "The value '%s' for field '%s' is invalid - please specify a duration, e.g. '4w 2d'.",
	}
}

func levelOf(f *finder, i *Issue) (float64, bool) {
	t, ok := f.j.issueTypes.Get(f.Tx, key(number(i.Fields["issuetype"])))
	return float64(t.Level), ok
}

func progressIn(_ *finder, i *Issue) (float64, bool) {
	return numberOf(progress(secondsOf(i, "timespent"), secondsOf(i, "timeestimate"))["percent"])
}

// ownText is what an issue says in a field of its own.
func ownText(id string) *written {
	return &written{
		texts: func(_ *finder, i *Issue) []string { return some(plainText(i.Fields[id])) },
		under: func(f *finder, g store.Range) []source { return []source{indexed(f, f.j.issuesByWord, g)} },
	}
}

var commentTexts = &written{
	texts: func(f *finder, i *Issue) (out []string) {
		for row := range f.j.comments.Rows(f.Tx, store.Range{Prefix: key(i.ID) + "/"}) {
			if x := row.Value(); f.seesVisibility(x.Visibility, i) {
				out = append(out, plainText(x.Body))
			}
		}
		return out
	},
	under: func(f *finder, g store.Range) []source { return []source{indexed(f, f.j.commentsByWord, g)} },
}

// allText is summary, description, environment, comments and every custom field that holds text.
var allText = &written{
	texts: func(f *finder, i *Issue) (out []string) {
		for _, id := range []string{"summary", "description", "environment"} {
			out = append(out, some(plainText(i.Fields[id]))...)
		}
		for id, v := range i.Fields {
			if strings.HasPrefix(id, customPrefix) && id != rankField {
				if x, ok := f.field(id); ok && (x.kind == stringField || x.kind == richField) {
					out = append(out, plainText(v))
				}
			}
		}
		return append(out, commentTexts.texts(f, i)...)
	},
	under: func(f *finder, g store.Range) []source {
		return []source{indexed(f, f.j.issuesByWord, g), indexed(f, f.j.commentsByWord, g)}
	},
}

func attachmentNames(f *finder, i *Issue) (out []string) {
	for x := range f.j.attachmentsOf.All(f.Tx, key(i.ID)) {
		out = append(out, x.Name)
	}
	return out
}

func (f *finder) worklogs(i *Issue, yield func(*Worklog)) {
	for row := range f.j.worklogs.Rows(f.Tx, store.Range{Prefix: key(i.ID) + "/"}) {
		if x := row.Value(); f.seesVisibility(x.Visibility, i) {
			yield(x)
		}
	}
}

func worklogAuthors(f *finder, i *Issue) (out []string) {
	f.worklogs(i, func(x *Worklog) { out = append(out, x.Author) })
	return out
}

func worklogTexts(f *finder, i *Issue) (out []string) {
	f.worklogs(i, func(x *Worklog) { out = append(out, some(plainText(x.Comment))...) })
	return out
}

func worklogDays(f *finder, i *Issue) (out []int64) {
	f.worklogs(i, func(x *Worklog) {
		y, m, d := time.UnixMilli(x.Started).In(f.zone).Date()
		out = append(out, time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMilli())
	})
	return out
}

func votersOf(f *finder, i *Issue) (out []string) {
	for x := range f.j.votes.All(f.Tx, key(i.ID)+"/") {
		out = append(out, x.User)
	}
	return out
}

func watchersOf(f *finder, i *Issue) (out []string) {
	for x := range f.j.watches.All(f.Tx, key(i.ID)+"/") {
		out = append(out, x.User)
	}
	return out
}

// viewedAt is when the caller last looked at an issue.
func viewedAt(f *finder, i *Issue) []int64 {
	v, _ := f.j.views.Get(f.Tx, f.who.ID+"/"+key(i.ID))
	return someTimes(v.At)
}
