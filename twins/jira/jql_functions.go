package jira

import (
	"fmt"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/jql"
)

// A jqlFunction is a function of JQL.
//
// https://support.atlassian.com/jira-software-cloud/docs/jql-functions/
type jqlFunction struct {
	name     string
	list     bool // it can give several values
	types    string
	min, max int // arguments; max -1 is any number
	shown    string
	evaluate func(f *finder, fn jql.Function) ([]literal, string) // or what is wrong
}

var jqlFunctionList = []*jqlFunction{
	{"cascadeOption", true, typeOption, 0, -1, "cascadeOption(parentOption, childOption)", cascadeOption},
	{"choiceOption", true, typeOption, 1, -1, "choiceOption(optionId)", choiceOption},
	{"closedSprints", true, typeSprint, 0, 0, "", sprintsBeing("closed")},
	{"componentsLeadByUser", true, "com.atlassian.jira.bc.project.component.ProjectComponent", 0, 1, "", componentsLeadByUser},
	{"currentLogin", false, typeDate, 0, 0, "", login(func(u *User) int64 { return u.LastLogin })},
	{"currentUser", false, typeUser, 0, 0, "", currentUser},
	{"earliestUnreleasedVersion", false, typeVersion, 1, 1, "earliestUnreleasedVersion(project)", oneVersion(false)},
	{"endOfDay", false, typeDate, 0, 1, "", dateFunction("d", true)},
	{"endOfMonth", false, typeDate, 0, 1, "", dateFunction("M", true)},
	{"endOfWeek", false, typeDate, 0, 1, "", dateFunction("w", true)},
	{"endOfYear", false, typeDate, 0, 1, "", dateFunction("y", true)},
	{"futureSprints", true, typeSprint, 0, 0, "", sprintsBeing("future")},
	{"issueHistory", true, typeIssue, 0, 0, "", issueHistory},
	{"issuesWithRemoteLinksByGlobalId", true, typeIssue, 1, 100, "issuesWithRemoteLinksByGlobalId(globalId)", issuesWithRemoteLinks},
	{"lastLogin", false, typeDate, 0, 0, "", login(func(u *User) int64 { return u.LoginThen })},
	{"latestReleasedVersion", false, typeVersion, 1, 1, "latestReleasedVersion(project)", oneVersion(true)},
	{"linkedIssue", true, typeIssue, 0, -1, "linkedIssue(issue)", linkedIssues},
	{"linkedIssues", true, typeIssue, 0, -1, "linkedIssues(issue)", linkedIssues},
	{"membersOf", true, typeUser, 1, 1, "membersOf(group)", membersOf},
	{"now", false, typeDate, 0, 0, "", func(f *finder, fn jql.Function) ([]literal, string) {
		return []literal{{from: fn.Name, kind: "date", at: f.Now.UnixMilli()}}, ""
	}},
	{"openSprints", true, typeSprint, 0, 0, "", sprintsBeing("active")},
	{"parentEpic", true, typeIssue, 1, -1, "parentEpic(epic)", parentEpic},
	{"projectsLeadByUser", true, typeProject, 0, 1, "", projectsLeadByUser},
	{"projectsWhereUserHasPermission", true, typeProject, 1, 1, "projectsWhereUserHasPermission(permission)", projectsWithPermission},
	{"projectsWhereUserHasRole", true, typeProject, 1, 1, "projectsWhereUserHasRole(role)", projectsWithRole},
	{"releasedVersions", true, typeVersion, 0, -1, "", versionsBeing(true)},
	{"standardIssueTypes", true, typeIssueType, 0, 0, "", issueTypesBeing(func(t *IssueType) bool { return t.Level >= 0 })},
	{"startOfDay", false, typeDate, 0, 1, "", dateFunction("d", false)},
	{"startOfMonth", false, typeDate, 0, 1, "", dateFunction("M", false)},
	{"startOfWeek", false, typeDate, 0, 1, "", dateFunction("w", false)},
	{"startOfYear", false, typeDate, 0, 1, "", dateFunction("y", false)},
	{"subtaskIssueTypes", true, typeIssueType, 0, 0, "", issueTypesBeing(func(t *IssueType) bool { return t.Level < 0 })},
	{"unreleasedVersions", true, typeVersion, 0, -1, "", versionsBeing(false)},
	{"updatedBy", true, typeIssue, 1, 3, "updatedBy(user, dateFrom, dateTo)", updatedBy},
	{"votedIssues", true, typeIssue, 0, 0, "", votedIssues},
	{"watchedIssues", true, typeIssue, 0, 0, "", watchedIssues},
}

// jqlFunctions are the functions by name, in lower case.
var jqlFunctions = map[string]*jqlFunction{}

func init() {
	for _, fn := range jqlFunctionList {
		jqlFunctions[strings.ToLower(fn.name)] = fn
	}
}

// evaluate calls a function, or says what is wrong with the call.
func (f *finder) evaluate(fn jql.Function) ([]literal, string) {
	x := jqlFunctions[strings.ToLower(fn.Name)]
	if x == nil {
		return nil, fmt.Sprintf("Unable to find JQL function '%s'.", fn)
	}
	n := len(fn.Args)
	fn.Name = x.name
	switch {
	case x.max == x.min && n != x.min:
		return nil, fmt.Sprintf("Function '%s' expected '%d' arguments but received '%d'.", x.name, x.min, n)
	case x.max > x.min && (n < x.min || n > x.max):
		return nil, fmt.Sprintf("Function '%s' expected between '%d' and '%d' arguments but received '%d'.", x.name, x.min, x.max, n)
	case n < x.min:
		return nil, fmt.Sprintf("Function '%s' expected at least '%d' arguments but received '%d'.", x.name, x.min, n)
	}
	return x.evaluate(f, fn)
}

// found are the keys of things of a kind as literals of a function.
func found(fn jql.Function, kind string, keys []string) (out []literal) {
	for _, k := range keys {
		out = append(out, literal{from: fn.Name, kind: kind, key: k})
	}
	return out
}

func currentUser(f *finder, fn jql.Function) ([]literal, string) {
	return found(fn, "user", []string{f.who.ID}), ""
}

func login(at func(*User) int64) func(*finder, jql.Function) ([]literal, string) {
	return func(f *finder, fn jql.Function) ([]literal, string) {
		ms := at(&f.who)
		if ms == 0 {
			return nil, ""
		}
		return []literal{{from: fn.Name, kind: "date", at: ms}}, ""
	}
}

// anonymous says that a function wants to know who is asking.
func (f *finder) anonymous(fn jql.Function) string {
	if f.who.ID == "" {
		return fmt.Sprintf("Function '%s' cannot be called as anonymous user.", fn.Name)
	}
	return ""
}

func membersOf(f *finder, fn jql.Function) ([]literal, string) {
	groups := findGroups(f, literal{text: fn.Args[0]})
	if len(groups) == 0 {
		return nil, fmt.Sprintf("Function 'membersOf' can not generate a list of usernames for group '%s'; the group does not exist.", fn.Args[0])
	}
	var who []string
	for m := range f.j.members.All(f.Tx, groups[0]+"/") {
		who = append(who, m.User)
	}
	return found(fn, "user", who), ""
}

// about is the account that a function is about: the one that it names, or the caller.
func (f *finder) about(fn jql.Function) (who, message string) {
	if len(fn.Args) == 0 {
		return f.who.ID, f.anonymous(fn)
	}
	if all := findPeople(f, literal{text: fn.Args[0]}); len(all) > 0 {
		return all[0], ""
	}
	return "", fmt.Sprintf("Could not resolve the user '%s' provided to function '%s'.", fn.Args[0], fn.Name)
}

func componentsLeadByUser(f *finder, fn jql.Function) ([]literal, string) {
	who, message := f.about(fn)
	var keys []string
	for x := range f.j.components.All(f.Tx, "") {
		if x.Lead == who && who != "" && f.projectSeen(x.Project).all {
			keys = append(keys, id(x.ID))
		}
	}
	return found(fn, "component", keys), message
}

func projectsLeadByUser(f *finder, fn jql.Function) ([]literal, string) {
	who, message := f.about(fn)
	return found(fn, "project", f.projectsThat(func(p *Project) bool { return who != "" && p.Lead == who })), message
}

func (f *finder) projectsThat(are func(*Project) bool) (keys []string) {
	for p := range f.projectsSeen {
		if are(p) {
			keys = append(keys, id(p.ID))
		}
	}
	return keys
}

func projectsWithPermission(f *finder, fn jql.Function) ([]literal, string) {
	if message := f.anonymous(fn); message != "" {
		return nil, message
	}
	for _, x := range permissions {
		if !x.Global && (strings.EqualFold(x.Name, fn.Args[0]) || strings.EqualFold(x.Key, fn.Args[0])) {
			return found(fn, "project", f.projectsThat(func(p *Project) bool { return f.may(x.Key, p, nil) })), ""
		}
	}
	return nil, fmt.Sprintf("Function 'projectsWhereUserHasPermission' can not generate a list of projects for permission '%s'; the permission does not exist.", fn.Args[0])
}

func projectsWithRole(f *finder, fn jql.Function) ([]literal, string) {
	if message := f.anonymous(fn); message != "" {
		return nil, message
	}
	for x := range f.j.roles.All(f.Tx, "") {
		if strings.EqualFold(x.Name, fn.Args[0]) {
			return found(fn, "project", f.projectsThat(func(p *Project) bool { return f.inRole(f.who.ID, p.ID, x.ID) })), ""
		}
	}
	return nil, fmt.Sprintf("Function 'projectsWhereUserHasRole' can not generate a list of projects for role '%s'; the role does not exist.", fn.Args[0])
}

func issueTypesBeing(so func(*IssueType) bool) func(*finder, jql.Function) ([]literal, string) {
	return func(f *finder, fn jql.Function) ([]literal, string) {
		var keys []string
		for t := range f.j.issueTypes.All(f.Tx, "") {
			if so(&t) {
				keys = append(keys, id(t.ID))
			}
		}
		return found(fn, "issuetype", keys), ""
	}
}

func sprintsBeing(state string) func(*finder, jql.Function) ([]literal, string) {
	return func(f *finder, fn jql.Function) ([]literal, string) {
		var keys []string
		for s := range f.j.sprints.All(f.Tx, "") {
			if s.State == state {
				keys = append(keys, id(s.ID))
			}
		}
		return found(fn, "sprint", keys), ""
	}
}

// projectsNamed are the projects that a function names, all that the caller sees if it names none.
func (f *finder) projectsNamed(fn jql.Function) (keys []string, message string) {
	if len(fn.Args) == 0 {
		return f.projectsThat(func(*Project) bool { return true }), ""
	}
	for _, a := range fn.Args {
		k := findProjects(f, literal{text: a})
		if len(k) == 0 {
			return nil, fmt.Sprintf("Could not resolve the project '%s' provided to function '%s'.", a, fn.Name)
		}
		keys = append(keys, k...)
	}
	return keys, ""
}

func versionsBeing(released bool) func(*finder, jql.Function) ([]literal, string) {
	return func(f *finder, fn jql.Function) ([]literal, string) {
		projects, message := f.projectsNamed(fn)
		var keys []string
		for _, p := range projects {
			for v := range f.versionsOf(number(p)) {
				if v.Released == released && !v.Archived {
					keys = append(keys, id(v.ID))
				}
			}
		}
		return found(fn, "version", keys), message
	}
}

// oneVersion is the last released version of a project, or the first that is not.
func oneVersion(released bool) func(*finder, jql.Function) ([]literal, string) {
	all := versionsBeing(released)
	return func(f *finder, fn jql.Function) ([]literal, string) {
		versions, message := all(f, fn)
		switch {
		case len(versions) == 0:
			return nil, message
		case released:
			return versions[len(versions)-1:], ""
		}
		return versions[:1], ""
	}
}

func issueHistory(f *finder, fn jql.Function) ([]literal, string) {
	var seen []View
	for v := range f.j.views.All(f.Tx, f.who.ID+"/") {
		seen = append(seen, v)
	}
	slices.SortFunc(seen, func(a, b View) int { return int(b.At - a.At) })
	var keys []string
	for _, v := range seen[:min(len(seen), 50)] {
		keys = append(keys, id(v.Issue))
	}
	return found(fn, "issue", keys), ""
}

func votedIssues(f *finder, fn jql.Function) ([]literal, string) {
	if message := f.anonymous(fn); message != "" {
		return nil, message
	}
	var keys []string
	for v := range f.j.votesOf.All(f.Tx, f.who.ID) {
		keys = append(keys, id(v.Issue))
	}
	return found(fn, "issue", keys), ""
}

func watchedIssues(f *finder, fn jql.Function) ([]literal, string) {
	if message := f.anonymous(fn); message != "" {
		return nil, message
	}
	var keys []string
	for w := range f.j.watchesOf.All(f.Tx, f.who.ID) {
		keys = append(keys, id(w.Issue))
	}
	return found(fn, "issue", keys), ""
}

// linkedIssues are those that an issue is linked with, by the kinds of link that are named, each as it reads from the issue.
func linkedIssues(f *finder, fn jql.Function) ([]literal, string) {
	if len(fn.Args) == 0 {
		return nil, fmt.Sprintf("Incorrect number of arguments for function '%s'. Usage: '%s ( issuekey [, linkDescription ]* )'.", fn.Name, fn.Name)
	}
	i, ok := f.findIssue(fn.Args[0])
	if !ok || !f.sees(&i) {
		return nil, fmt.Sprintf("Issue '%s' could not be found in function '%s'.", fn.Args[0], fn.Name)
	}
	for _, a := range fn.Args[1:] {
		if len(findLinkTypes(f, literal{text: a})) == 0 {
			return nil, fmt.Sprintf("Issue link type '%s' could not be found in function '%s'.", a, fn.Name)
		}
	}
	var keys []string
	for l := range f.j.linksOf.All(f.Tx, key(i.ID)) {
		t, _ := f.j.linkTypes.Get(f.Tx, key(l.Type))
		reads := t.Outward
		if l.Outward == i.ID {
			reads = t.Inward
		}
		if len(fn.Args) == 1 || slices.ContainsFunc(fn.Args[1:], func(a string) bool { return strings.EqualFold(a, reads) || strings.EqualFold(a, t.Name) }) {
			keys = append(keys, id(l.Inward+l.Outward-i.ID))
		}
	}
	return found(fn, "issue", keys), ""
}

func issuesWithRemoteLinks(f *finder, fn jql.Function) ([]literal, string) {
	var keys []string
	for row := range f.j.remoteLinks.Rows(f.Tx, store.Range{}) {
		if l := row.Value(); slices.Contains(fn.Args, l.GlobalID) && l.GlobalID != "" {
			keys = append(keys, id(l.Issue))
		}
	}
	return found(fn, "issue", keys), ""
}

// parentEpic are the issues below epics, and those below them.
func parentEpic(f *finder, fn jql.Function) ([]literal, string) {
	var keys []string
	for _, a := range fn.Args {
		i, ok := f.findIssue(a)
		if !ok || !f.sees(&i) {
			return nil, fmt.Sprintf("Issue '%s' could not be found in function 'parentEpic'.", a)
		}
		for _, below := range f.children(&i) {
			keys = append(keys, id(below.ID))
			for _, sub := range f.children(&below) {
				keys = append(keys, id(sub.ID))
			}
		}
	}
	return found(fn, "issue", keys), ""
}

// updatedBy are the issues that somebody created, edited, commented on or logged work on, between two dates if they are given.
func updatedBy(f *finder, fn jql.Function) ([]literal, string) {
	who, message := f.about(fn)
	if message != "" {
		return nil, message
	}
	from, till := int64(0), f.Now.UnixMilli()
	for n, a := range fn.Args[1:] {
		t, wholeDay, ok := f.readDate(literal{text: a})
		if !ok {
			return nil, fmt.Sprintf("Date value '%s' for function 'updatedBy' is invalid. Valid formats include: %s", a, dateFormats)
		}
		if n == 0 {
			from = t.UnixMilli()
		} else if till = t.UnixMilli(); wholeDay {
			till = t.AddDate(0, 0, 1).UnixMilli() - 1
		}
	}
	if from > till {
		return nil, "Invalid date range provided to function 'updatedBy': the start date is after the end date."
	}
	had := map[int64]bool{}
	note := func(issue int64, by string, at int64) {
		if by == who && at >= from && at <= till {
			had[issue] = true
		}
	}
	for row := range f.j.issuesByValue.Rows(f.Tx, exactly("creator="+who)) {
		note(row.Value().ID, who, row.Value().Created)
	}
	for row := range f.j.changesByAuthor.Rows(f.Tx, exactly(who)) {
		note(row.Value().Issue, who, row.Value().Created)
	}
	for row := range f.j.commentsByAuthor.Rows(f.Tx, exactly(who)) {
		note(row.Value().Issue, row.Value().Author, row.Value().Created)
		note(row.Value().Issue, row.Value().Editor, row.Value().Updated)
	}
	for row := range f.j.worklogsByAuthor.Rows(f.Tx, exactly(who)) {
		note(row.Value().Issue, row.Value().Author, row.Value().Created)
	}
	var keys []string
	for n := range had {
		keys = append(keys, id(n))
	}
	slices.Sort(keys)
	return found(fn, "issue", keys), ""
}

// cascadeOption are options of a cascading select: a top one with all below it, one of those, or only the top one ("none").
func cascadeOption(f *finder, fn jql.Function) ([]literal, string) {
	if len(fn.Args) < 1 || len(fn.Args) > 2 {
		return nil, `Incorrect number of arguments specified for the function 'cascadeOption'. Usages: cascadeOption(parentOption), cascadeOption(parentOption, childOption), cascadeOption(parentOption, "None").`
	}
	is := func(o Option, s string) bool { return strings.EqualFold(o.Value, s) || id(o.ID) == s }
	var tops, keys []string
	for x := range f.j.contexts.All(f.Tx, "") {
		for _, top := range x.Options {
			if top.Parent != 0 || !is(top, fn.Args[0]) {
				continue
			}
			tops = append(tops, id(top.ID))
			for _, o := range x.Options {
				if len(fn.Args) == 2 && o.Parent == top.ID && is(o, fn.Args[1]) {
					keys = append(keys, id(o.ID))
				}
			}
		}
	}
	switch {
	case len(tops) == 0:
		return nil, fmt.Sprintf("The option '%s' specified in function 'cascadeOption' is not a valid parent option.", fn.Args[0])
	case len(fn.Args) == 1:
		return found(fn, "option", tops), ""
	case strings.EqualFold(fn.Args[1], "none"):
		for n := range tops {
			tops[n] += withoutChild
		}
		return found(fn, "option", tops), ""
	case len(keys) == 0:
		return nil, fmt.Sprintf("The option '%s' is not a child of option '%s' in function 'cascadeOption'.", fn.Args[1], fn.Args[0])
	}
	return found(fn, "option", keys), ""
}

func choiceOption(f *finder, fn jql.Function) ([]literal, string) {
	var keys []string
	for _, a := range fn.Args {
		n := len(keys)
		for x := range f.j.contexts.All(f.Tx, "") {
			for _, o := range x.Options {
				if strings.EqualFold(o.Value, a) || id(o.ID) == a {
					keys = append(keys, id(o.ID))
				}
			}
		}
		if len(keys) == n {
			return nil, fmt.Sprintf("The option '%s' specified in function 'choiceOption' does not exist.", a)
		}
	}
	return found(fn, "option", keys), ""
}
