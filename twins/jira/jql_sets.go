package jira

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/jql"
)

// byIDOrName finds the ids of what a literal means: a number is an id first, a text is a name first. Names are the same in any
// case of letters, and several things may have one.
func byIDOrName[T any](f *finder, c *store.Collection[T], v literal, of func(*T) (id int64, names []string)) (ids, names []string) {
	for row := range c.Rows(f.Tx, store.Range{}) {
		n, called := of(row.Value())
		if n == number(v.text) {
			ids = append(ids, id(n))
		}
		if slices.ContainsFunc(called, func(s string) bool { return strings.EqualFold(s, v.text) }) {
			names = append(names, id(n))
		}
	}
	return ids, names
}

func firstOf(v literal, ids, names []string) []string {
	if v.number && len(ids) > 0 || len(names) == 0 {
		return ids
	}
	return names
}

// ofCollection is a find for things with an id and a name.
func ofCollection[T any](from func(*Jira) *store.Collection[T], of func(f *finder, x *T) (id int64, names []string)) func(*finder, literal) []string {
	return func(f *finder, v literal) []string {
		ids, names := byIDOrName(f, from(f.j), v, func(x *T) (int64, []string) { return of(f, x) })
		return firstOf(v, ids, names)
	}
}

// people are accounts, by id, by e-mail address or by name.
var people = &keyed{kind: "user", find: findPeople}

func findPeople(f *finder, v literal) (out []string) {
	if u, ok := f.j.users.Get(f.Tx, v.text); ok {
		return []string{u.ID}
	}
	for u := range f.j.usersByEmail.All(f.Tx, strings.ToLower(v.text)) {
		return []string{u.ID}
	}
	for row := range f.j.users.Rows(f.Tx, store.Range{}) {
		if u := row.Value(); strings.EqualFold(u.Name, v.text) {
			out = append(out, u.ID)
		}
	}
	return out
}

func peopleIn(id string) *keyed {
	return &keyed{kind: "user", index: id, keys: fieldKeys(id), find: findPeople, lenient: true}
}

func suggestPeople(f *finder, yield func(value, shown string) bool) {
	for row := range f.j.users.Rows(f.Tx, store.Range{}) {
		u := row.Value()
		shown := u.Name
		if u.Email != "" {
			shown += " - " + u.Email
		}
		if u.Active && !yield(u.ID, shown) {
			return
		}
	}
}

func findGroups(f *finder, v literal) []string {
	if g, ok := f.groupBy(v.text, ""); ok {
		return []string{g.ID}
	}
	if g, ok := f.groupBy("", v.text); ok {
		return []string{g.ID}
	}
	return nil
}

var projectsIn = &keyed{kind: "project", index: "project", find: findProjects,
	keys: func(_ *finder, i *Issue) []string { return []string{id(i.Project)} }}

// findProjects finds a project that the caller sees by its key, its name or its id.
func findProjects(f *finder, v literal) []string {
	var ids, names []string
	for p := range f.projectsSeen {
		if p.ID == number(v.text) {
			ids = append(ids, id(p.ID))
		}
		if strings.EqualFold(p.Key, v.text) || strings.EqualFold(p.Name, v.text) || slices.Contains(p.OldKeys, strings.ToUpper(v.text)) {
			names = append(names, id(p.ID))
		}
	}
	return firstOf(v, ids, names)
}

func suggestProjects(f *finder, yield func(value, shown string) bool) {
	for p := range f.projectsSeen {
		if !yield(p.Key, p.Name+" ("+p.Key+")") {
			return
		}
	}
}

// byProject spreads a key over the projects that have it.
func byProject(of func(*Project) string) func(*finder, string) []string {
	return func(f *finder, key string) (out []string) {
		for row := range f.j.projects.Rows(f.Tx, store.Range{}) {
			if p := row.Value(); of(p) == key {
				out = append(out, id(p.ID))
			}
		}
		return out
	}
}

func ofProject(of func(*Project) string) func(*finder, *Issue) []string {
	return func(f *finder, i *Issue) []string { return some(of(&f.projectSeen(i.Project).Project)) }
}

func categoryOf(p *Project) string {
	if p.Category == 0 {
		return ""
	}
	return id(p.Category)
}

var categories = &keyed{index: "project", keys: ofProject(categoryOf), spread: byProject(categoryOf),
	find: ofCollection(func(j *Jira) *store.Collection[Category] { return j.categories }, func(_ *finder, x *Category) (int64, []string) { return x.ID, []string{x.Name} })}

func suggestCategories(f *finder, yield func(value, shown string) bool) {
	for x := range f.j.categories.All(f.Tx, "") {
		if !yield(x.Name, x.Name) {
			return
		}
	}
}

func typeOfProject(p *Project) string { return p.Type }

var projectTypeNames = []string{"business", "service_desk", "software"}

var projectTypes = &keyed{index: "project", keys: ofProject(typeOfProject), spread: byProject(typeOfProject), find: func(_ *finder, v literal) []string {
	if name := strings.ToLower(v.text); slices.Contains(projectTypeNames, name) {
		return []string{name}
	}
	return nil
}}

func suggestProjectTypes(_ *finder, yield func(value, shown string) bool) {
	for _, s := range projectTypeNames {
		if !yield(s, s) {
			return
		}
	}
}

// versionsOf is a field of versions. Those of one project come one after the other.
func versionsOf(field string) *keyed {
	k := &keyed{kind: "version", keys: fieldKeys(field),
		find: ofCollection(func(j *Jira) *store.Collection[Version] { return j.versions }, func(f *finder, x *Version) (int64, []string) {
			if !f.projectSeen(x.Project).all {
				return 0, nil
			}
			return x.ID, []string{x.Name}
		}),
		place: func(f *finder, k string) (string, float64) {
			x, _ := f.j.versions.Get(f.Tx, key(number(k)))
			return id(x.Project), float64(x.Order)
		}}
	if slices.Contains(indexedFields, field) {
		k.index = field
	}
	return k
}

func suggestVersions(f *finder, yield func(value, shown string) bool) {
	suggestNames(f, f.j.versions, func(x *Version) (string, int64) { return x.Name, x.Project }, yield)
}

// suggestNames offers the names of things of projects that the caller sees, and of those of no project, each name once.
func suggestNames[T any](f *finder, c *store.Collection[T], of func(*T) (name string, project int64), yield func(value, shown string) bool) {
	var had []string
	for row := range c.Rows(f.Tx, store.Range{}) {
		name, project := of(row.Value())
		if slices.Contains(had, name) || project != 0 && !f.projectSeen(project).all {
			continue
		}
		had = append(had, name)
		if !yield(name, name) {
			return
		}
	}
}

var components = &keyed{kind: "component", index: "components", keys: fieldKeys("components"),
	find: ofCollection(func(j *Jira) *store.Collection[Component] { return j.components }, func(f *finder, x *Component) (int64, []string) {
		if !f.projectSeen(x.Project).all {
			return 0, nil
		}
		return x.ID, []string{x.Name}
	})}

func suggestComponents(f *finder, yield func(value, shown string) bool) {
	suggestNames(f, f.j.components, func(x *Component) (string, int64) { return x.Name, x.Project }, yield)
}

var issueTypesIn = &keyed{kind: "issuetype", index: "issuetype", keys: fieldKeys("issuetype"),
	find: ofCollection(func(j *Jira) *store.Collection[IssueType] { return j.issueTypes }, func(_ *finder, x *IssueType) (int64, []string) { return x.ID, []string{x.Name} })}

func suggestIssueTypes(f *finder, yield func(value, shown string) bool) {
	suggestNames(f, f.j.issueTypes, func(x *IssueType) (string, int64) { return x.Name, x.Project }, yield)
}

// prioritiesIn are compared by how urgent they are.
var prioritiesIn = &keyed{kind: "priority", index: "priority", keys: fieldKeys("priority"),
	find: ofCollection(func(j *Jira) *store.Collection[Priority] { return j.priorities }, func(_ *finder, x *Priority) (int64, []string) { return x.ID, []string{x.Name} }),
	place: func(f *finder, k string) (string, float64) {
		x, _ := f.j.priorities.Get(f.Tx, key(number(k)))
		return "", -float64(x.Order)
	}}

func suggestPriorities(f *finder, yield func(value, shown string) bool) {
	suggestNames(f, f.j.priorities, func(x *Priority) (string, int64) { return x.Name, 0 }, yield)
}

// resolutionsIn has a name for having none.
var resolutionsIn = &keyed{kind: "resolution", index: "resolution", keys: fieldKeys("resolution"),
	find: func(f *finder, v literal) []string {
		if strings.EqualFold(v.text, "Unresolved") {
			return []string{""}
		}
		ids, names := byIDOrName(f, f.j.resolutions, v, func(x *Resolution) (int64, []string) { return x.ID, []string{x.Name} })
		return firstOf(v, ids, names)
	},
	place: func(f *finder, k string) (string, float64) {
		x, _ := f.j.resolutions.Get(f.Tx, key(number(k)))
		return "", float64(x.Order)
	}}

func suggestResolutions(f *finder, yield func(value, shown string) bool) {
	if yield("Unresolved", "Unresolved") {
		suggestNames(f, f.j.resolutions, func(x *Resolution) (string, int64) { return x.Name, 0 }, yield)
	}
}

// categoryPlaces is how far on a status category is.
var categoryPlaces = map[int]float64{categoryNone: 0, categoryToDo: 1, categoryDoing: 2, categoryDone: 3}

var statusesIn = &keyed{kind: "status", index: "status", keys: fieldKeys("status"),
	find: ofCollection(func(j *Jira) *store.Collection[Status] { return j.statuses }, func(f *finder, x *Status) (int64, []string) {
		if x.Project != 0 && !f.projectSeen(x.Project).all {
			return 0, nil
		}
		return x.ID, []string{x.Name}
	}),
	place: func(f *finder, k string) (string, float64) {
		x, _ := f.status(k)
		return "", categoryPlaces[x.Category]*1e12 + float64(x.ID)
	}}

func suggestStatuses(f *finder, yield func(value, shown string) bool) {
	suggestNames(f, f.j.statuses, func(x *Status) (string, int64) { return x.Name, x.Project }, yield)
}

var statusCategoriesIn = &keyed{kind: "statusCategory", index: "status",
	keys: func(f *finder, i *Issue) []string {
		s := text(i.Fields["status"])
		keys, known := f.byStatus[s]
		if !known {
			if x, _ := f.status(s); x.Category != 0 && x.Category != categoryNone {
				keys = []string{id(int64(x.Category))}
			}
			f.byStatus[s] = keys
		}
		return keys
	},
	spread: func(f *finder, category string) (out []string) {
		for x := range f.j.statuses.All(f.Tx, "") {
			if category == id(int64(x.Category)) || category == "" && x.Category == categoryNone {
				out = append(out, id(x.ID))
			}
		}
		return out
	},
	find: func(_ *finder, v literal) []string {
		for _, x := range statusCategories {
			switch {
			case !strings.EqualFold(v.text, x.Name) && !strings.EqualFold(v.text, x.Key) && v.text != id(int64(x.ID)):
			case x.ID == categoryNone:
				return []string{""}
			default:
				return []string{id(int64(x.ID))}
			}
		}
		return nil
	},
	place: func(_ *finder, k string) (string, float64) { return "", categoryPlaces[int(number(k))] },
}

func suggestStatusCategories(_ *finder, yield func(value, shown string) bool) {
	for _, x := range statusCategories {
		if !yield(x.Name, x.Name) {
			return
		}
	}
}

// labelsIn are the same in any case of letters.
func labelsIn(field string) *keyed {
	keys := fieldKeys(field)
	k := &keyed{free: true, keys: func(f *finder, i *Issue) []string {
		all := slices.Clone(keys(f, i))
		for n := range all {
			all[n] = strings.ToLower(all[n])
		}
		return all
	}}
	if slices.Contains(indexedFields, field) {
		k.index = field
	}
	return k
}

func suggestLabels(f *finder, yield func(value, shown string) bool) {
	last := ""
	for row := range f.j.issuesByValue.Rows(f.Tx, store.Range{Prefix: "labels="}) {
		if i := row.Value(); f.sees(i) {
			for _, l := range texts(i.Fields["labels"]) {
				if l != last && !yield(l, l) {
					return
				}
				last = l
			}
		}
	}
}

var securityLevels = &keyed{kind: "level", index: "security", keys: fieldKeys("security"),
	find: ofCollection(func(j *Jira) *store.Collection[SecurityLevel] { return j.securityLevels }, func(_ *finder, x *SecurityLevel) (int64, []string) { return x.ID, []string{x.Name} })}

func suggestLevels(f *finder, yield func(value, shown string) bool) {
	suggestNames(f, f.j.securityLevels, func(x *SecurityLevel) (string, int64) { return x.Name, 0 }, yield)
}

// sprintsIn is a field of sprints.
func sprintsIn(field string) *keyed {
	return &keyed{kind: "sprint", index: field, keys: fieldKeys(field),
		find: ofCollection(func(j *Jira) *store.Collection[Sprint] { return j.sprints }, func(_ *finder, x *Sprint) (int64, []string) { return x.ID, []string{x.Name} }),
		place: func(f *finder, k string) (string, float64) {
			x, _ := f.j.sprints.Get(f.Tx, key(number(k)))
			return "", float64(x.Order)*1e12 + float64(x.ID)
		},
		missing: func(_ string, v literal) string {
			if v.number {
				return fmt.Sprintf("Sprint with id '%s' does not exist or you do not have permission to view it.", v.text)
			}
			return fmt.Sprintf("Sprint with name '%s' does not exist or you do not have permission to view it.", v.text)
		}}
}

func suggestSprints(f *finder, yield func(value, shown string) bool) {
	suggestNames(f, f.j.sprints, func(x *Sprint) (string, int64) { return x.Name, 0 }, yield)
}

// optionsIn are the values that a custom field has in any of its contexts.
func optionsIn(x *field) *keyed {
	keys := fieldKeys(x.ID)
	if x.kind == cascadeField {
		keys = func(f *finder, i *Issue) []string {
			all := texts(i.Fields[x.ID])
			if len(all) == 1 {
				all = append(all, all[0]+withoutChild)
			}
			return all
		}
	}
	return &keyed{kind: "option", keys: keys, find: func(f *finder, v literal) []string {
		var ids, names []string
		for ctx := range f.j.contextsOf.All(f.Tx, x.ID) {
			for _, o := range ctx.Options {
				if o.ID == number(v.text) {
					ids = append(ids, id(o.ID))
				}
				if strings.EqualFold(o.Value, v.text) {
					names = append(names, id(o.ID))
				}
			}
		}
		return firstOf(v, ids, names)
	}, missing: func(name string, v literal) string {
		return fmt.Sprintf("The option '%s' for field '%s' does not exist.", v.text, name)
	}}
}

// withoutChild follows the id of a cascading select's top option when nothing below it is chosen.
const withoutChild = "/none"

func suggestOptions(f *finder, x *field, yield func(value, shown string) bool) {
	for ctx := range f.j.contextsOf.All(f.Tx, x.ID) {
		for _, o := range ctx.Options {
			if !o.Disabled && !yield(o.Value, o.Value) {
				return
			}
		}
	}
}

// findIssues finds an issue that the caller sees by its key or its id.
func findIssues(f *finder, v literal) []string {
	if i, ok := f.findIssue(v.text); ok && f.sees(&i) {
		return []string{id(i.ID)}
	}
	return nil
}

var keyForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*-[0-9]+$`)

func noSuchKey(name string, v literal) string {
	switch {
	case v.number:
		return fmt.Sprintf("A value with ID '%s' does not exist for the field '%s'.", v.text, name)
	case keyForm.MatchString(v.text):
		return fmt.Sprintf("An issue with key '%s' does not exist for field '%s'.", v.text, name)
	}
	return fmt.Sprintf("The issue key '%s' for field '%s' is invalid.", v.text, name)
}

// askKey asks for issues themselves. Those of one project come by number.
func askKey(a *asked) condition {
	var want []int64
	bad := false
	for _, v := range a.values {
		found := []string{v.key}
		if v.from == "" {
			found = findIssues(a.finder, v)
		}
		if len(found) == 0 || v.from != "" && v.kind != "issue" {
			message := noSuchKey(a.name(), v)
			if v.from != "" {
				message = missing(a.name(), v)
			}
			a.wrong(message)
			bad = true
			continue
		}
		want = append(want, number(found[0]))
	}
	if bad {
		return never
	}
	if ranges(a.op) {
		return a.beyond(want)
	}
	set := map[int64]bool{}
	for _, n := range want {
		set[n] = true
	}
	if a.negative() {
		return condition{holds: func(i *Issue) bool { return !set[i.ID] }}
	}
	return condition{holds: func(i *Issue) bool { return set[i.ID] }, from: [][]source{{withIDs(want)}}}
}

// beyond are the issues of the same project with a higher number, or a lower one.
func (a *asked) beyond(want []int64) condition {
	if len(want) == 0 {
		return never
	}
	w, _ := a.j.issues.Get(a.Tx, key(want[0]))
	g := store.Range{Prefix: key(w.Project) + "/"}
	switch a.op {
	case jql.Less, jql.LessEq:
		g.To = issueIndexKey(w.Project, w.Number+1)
	default:
		g.From = issueIndexKey(w.Project, w.Number)
	}
	return condition{
		holds: func(i *Issue) bool {
			return i.Project == w.Project && within(a.op, compareFloats(float64(i.Number), float64(w.Number)))
		},
		from: [][]source{{indexed(a.finder, a.j.issuesByKey, g)}},
	}
}

// askFilter asks for what saved filters find for the caller. A filter that asks for itself is refused.
func askFilter(a *asked) condition {
	var parts []condition
	for _, v := range a.values {
		x, ok := a.filterNamed(v)
		if !ok {
			a.wrong(missing(a.name(), v))
			return never
		}
		q, err := jql.Parse(x.JQL)
		switch {
		case slices.Contains(a.filters, x.ID):
			return a.wrong(fmt.Sprintf("Field '%s' with value '%s' matches filter '%s' and causes a cyclical reference, this query can not be executed and should be edited.", a.name(), v.text, x.Name))
		case err != nil:
			return a.wrong(err.Error())
		case q.Where == nil && a.negative():
			parts = append(parts, never)
		case q.Where == nil:
			parts = append(parts, always)
		default:
			a.filters = append(a.filters, x.ID)
			parts = append(parts, a.clause(q.Where, a.negative()))
			a.filters = a.filters[:len(a.filters)-1]
		}
	}
	if a.negative() {
		return allOf(parts)
	}
	return a.oneOf(parts)
}

// filterNamed finds a filter that the caller may use by its id or its name.
func (f *finder) filterNamed(v literal) (Filter, bool) {
	if x, ok := f.j.filters.Get(f.Tx, key(number(v.text))); ok && f.seesFilter(x) {
		return x, true
	}
	for row := range f.j.filters.Rows(f.Tx, store.Range{}) {
		if x := row.Value(); strings.EqualFold(x.Name, v.text) && f.seesFilter(*x) {
			return *x, true
		}
	}
	return Filter{}, false
}

func suggestFilters(f *finder, yield func(value, shown string) bool) {
	for x := range f.j.filters.All(f.Tx, "") {
		if f.seesFilter(x) && !yield(x.Name, x.Name) {
			return
		}
	}
}

func parentProjectKeys(f *finder, i *Issue) []string {
	if p, ok := f.j.issues.Get(f.Tx, key(number(i.Fields["parent"]))); ok {
		return []string{id(p.Project)}
	}
	return nil
}

// epicKeys is the parent of an issue, if that is an epic.
func epicKeys(f *finder, i *Issue) []string {
	p, ok := f.j.issues.Get(f.Tx, key(number(i.Fields["parent"])))
	if t, _ := f.j.issueTypes.Get(f.Tx, key(number(p.Fields["issuetype"]))); !ok || t.Level != 1 {
		return nil
	}
	return []string{id(p.ID)}
}

func linkedKeys(f *finder, i *Issue) (out []string) {
	for l := range f.j.linksOf.All(f.Tx, key(i.ID)) {
		out = append(out, id(l.Inward+l.Outward-i.ID))
	}
	return out
}

// linkTypeKeys are the names of an issue's links, each by the type and by how it reads from this issue.
func linkTypeKeys(f *finder, i *Issue) (out []string) {
	for l := range f.j.linksOf.All(f.Tx, key(i.ID)) {
		t, _ := f.j.linkTypes.Get(f.Tx, key(l.Type))
		reads := t.Outward
		if l.Outward == i.ID {
			reads = t.Inward
		}
		out = append(out, strings.ToLower(t.Name), strings.ToLower(reads))
	}
	return out
}

func findLinkTypes(f *finder, v literal) []string {
	for t := range f.j.linkTypes.All(f.Tx, "") {
		for _, s := range []string{t.Name, t.Inward, t.Outward} {
			if strings.EqualFold(s, v.text) {
				return []string{strings.ToLower(s)}
			}
		}
	}
	return nil
}

func suggestLinkTypes(f *finder, yield func(value, shown string) bool) {
	for t := range f.j.linkTypes.All(f.Tx, "") {
		if !yield(t.Outward, t.Outward) || t.Inward != t.Outward && !yield(t.Inward, t.Inward) {
			return
		}
	}
}
