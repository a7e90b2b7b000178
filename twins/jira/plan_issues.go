package jira

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// planProblems refuses what a plan says of things that are not there, or in words that there are not.
func (c *call) planProblems(doc obj) error {
	for _, name := range []string{"startDate", "endDate"} {
		at := object(dig(doc, "scheduling", name))
		f, ok := c.field(customPrefix + plainWords(at["dateCustomFieldId"]))
		switch {
		case !slices.Contains([]string{"DueDate", "TargetStartDate", "TargetEndDate", "DateCustomField"}, text(at["type"])):
			return badRequest("The type of the %s must be one of DueDate, TargetStartDate, TargetEndDate, DateCustomField.", name)
		case at["type"] == "DateCustomField" && (!ok || f.kind.Type != "date" && f.kind.Type != "datetime"):
			return badRequest("The date custom field of the %s does not exist.", name)
		}
	}
	has := map[string]func(key string) bool{
		"issueIds": func(k string) bool { return c.j.issues.Has(c.Tx, k) }, "workStatusIds": func(k string) bool { return c.j.statuses.Has(c.Tx, k) }, "issueTypeIds": func(k string) bool { return c.j.issueTypes.Has(c.Tx, k) },
		"releaseIds": func(k string) bool { return c.j.versions.Has(c.Tx, k) }, "workStatusCategoryIds": func(k string) bool {
			return slices.Contains([]string{key(categoryToDo), key(categoryDoing), key(categoryDone)}, k)
		},
	}
	for _, name := range sorted(has) {
		for _, n := range numbers(dig(doc, "exclusionRules", name)) {
			if !has[name](key(n)) {
				return badRequest("The exclusion rule %s has the id %d, which does not exist.", name, n)
			}
		}
	}
	named := map[string]bool{}
	for _, x := range list(doc["crossProjectReleases"]) {
		name := strings.TrimSpace(text(object(x)["name"]))
		if name == "" || named[name] {
			return badRequest("The names of cross-project releases must be given, and different.")
		}
		named[name] = true
		for _, n := range numbers(object(x)["releaseIds"]) {
			if !has["releaseIds"](key(n)) {
				return badRequest("The cross-project release '%s' has the release %d, which does not exist.", name, n)
			}
		}
	}
	for _, x := range list(doc["customFields"]) {
		n := plainWords(object(x)["customFieldId"])
		if _, ok := c.field(customPrefix + n); !ok || named[customPrefix+n] {
			return badRequest("The custom field %s does not exist, or is in the plan twice.", n)
		}
		named[customPrefix+n] = true
	}
	return nil
}

// planHolders reads who may see or change a plan; groups are kept by their ids, and named by them only if the caller does so.
func (c *call) planHolders(v any) ([]any, error) {
	out := []any{}
	byID := c.qtrue("useGroupId", false)
	for _, x := range list(v) {
		x := object(x)
		kind, value := text(dig(x, "holder", "type")), text(dig(x, "holder", "value"))
		if x["type"] != "View" && x["type"] != "Edit" {
			return nil, badRequest("The type of a permission must be one of View, Edit.")
		}
		switch kind {
		case "Group":
			g, ok := c.groupBy("", value)
			if byID || !ok {
				g, ok = c.groupBy(value, "")
			}
			if !ok {
				return nil, badRequest("The group '%s' does not exist.", value)
			}
			value = g.ID
		case "AccountId":
			if !c.j.users.Has(c.Tx, value) {
				return nil, badRequest("The user '%s' does not exist.", value)
			}
		default:
			return nil, badRequest("The holder of a permission must be one of Group, AccountId.")
		}
		out = append(out, obj{"type": x["type"], "holder": obj{"type": kind, "value": value}})
	}
	return out, nil
}

// planHoldersShown are they as the caller names groups.
func (c *call) planHoldersShown(v any) []any {
	out := []any{}
	byID := c.qtrue("useGroupId", false)
	for _, x := range list(v) {
		x := object(x)
		if g, ok := c.j.groups.Get(c.Tx, text(dig(x, "holder", "value"))); ok && !byID && dig(x, "holder", "type") == "Group" {
			x = obj{"type": x["type"], "holder": obj{"type": "Group", "value": g.Name}}
		}
		out = append(out, x)
	}
	return out
}

// seesPlan reports whether the caller may look at a plan: administrators may, and who has been given it.
func (c *call) seesPlan(p Plan) bool {
	return c.isAdmin() || slices.ContainsFunc(list(p.Doc["permissions"]), func(x any) bool {
		value := text(dig(x, "holder", "value"))
		return value == c.who.ID || dig(x, "holder", "type") == "Group" && c.inGroup(c.who.ID, value)
	})
}

// A planned is an issue of a plan, with the days that it is planned for.
type planned struct {
	Issue
	Start, End string
}

// planIssues are the issues of a plan that the caller sees: those of its sources that no rule leaves out, by their start.
func (c *call) planIssues(p Plan) (out []planned, err error) {
	kept := map[int64]bool{}
	for _, x := range list(p.Doc["issueSources"]) {
		n := number(object(x)["value"])
		query := ""
		switch object(x)["type"] {
		case "Project":
			project, _ := c.j.projects.Get(c.Tx, key(n))
			query = "project = " + project.Key
		case "Board":
			b, _ := c.j.boards.Get(c.Tx, key(n))
			f, _ := c.j.filters.Get(c.Tx, key(b.Filter))
			query = f.JQL
		case "Filter":
			f, _ := c.j.filters.Get(c.Tx, key(n))
			query = f.JQL
		default:
			continue
		}
		fits, err := c.matching(query)
		if err != nil {
			return nil, err
		}
		for i := range c.j.issues.All(c.Tx, "") {
			if !kept[i.ID] && fits(&i) && !c.excluded(p, &i) {
				kept[i.ID] = true
				start, end := c.plannedFor(p, &i)
				out = append(out, planned{i, start, end})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b planned) int { return cmp.Compare(or(a.Start, "~"), or(b.Start, "~")) })
	return out, nil
}

// excluded reports whether a rule of a plan leaves an issue out.
func (c *call) excluded(p Plan, i *Issue) bool {
	rules := object(p.Doc["exclusionRules"])
	has := func(name string, n int64) bool { return slices.Contains(numbers(rules[name]), n) }
	s, _ := c.status(i.Fields["status"])
	days, _ := rules["numberOfDaysToShowCompletedIssues"].(float64)
	long := s.Category == categoryDone && c.at()-i.StatusChanged > int64(days)*day
	return long || has("issueIds", i.ID) || has("workStatusIds", s.ID) || has("workStatusCategoryIds", int64(s.Category)) || has("issueTypeIds", number(i.Fields["issuetype"])) ||
		slices.ContainsFunc(texts(i.Fields["fixVersions"]), func(v string) bool { return has("releaseIds", number(v)) })
}

// plannedFor are the days that an issue is planned for: as its fields say, or else as its sprint or its release does if the plan infers
// them from there.
func (c *call) plannedFor(p Plan, i *Issue) (start, end string) {
	of := func(name string) string {
		at := object(dig(p.Doc, "scheduling", name))
		switch at["type"] {
		case "DueDate":
			return text(i.Fields["duedate"])
		case "DateCustomField":
			return strings.SplitN(text(i.Fields[customPrefix+plainWords(at["dateCustomFieldId"])]), "T", 2)[0]
		}
		return ""
	}
	start, end = of("startDate"), of("endDate")
	switch dig(p.Doc, "scheduling", "inferredDates") {
	case "SprintDates":
		if s, ok := c.openSprint(i); ok {
			start, end = or(start, dayOf(s.Start)), or(end, dayOf(s.End))
		}
	case "ReleaseDates":
		for _, n := range texts(i.Fields["fixVersions"]) {
			v, _ := c.j.versions.Get(c.Tx, key(number(n)))
			start, end = or(start, v.Start), or(end, v.Release)
		}
	}
	return start, end
}

func dayOf(ms int64) string {
	if ms == 0 {
		return ""
	}
	return msTime(ms).UTC().Format(time.DateOnly)
}

// planScreen is a plan: its issues with the days that they are planned for, and its teams.
func (j *Jira) planScreen(c *call) (screen, error) {
	p, ok := j.plans.Get(c.Tx, key(number(c.param("plan"))))
	if !ok || p.Status == "Trashed" || !c.seesPlan(p) {
		return screen{}, notFound("The plan does not exist or you do not have permission to view it.")
	}
	all, err := c.planIssues(p)
	if err != nil {
		return screen{}, err
	}
	var rows, teams []obj
	for _, x := range all {
		rows = append(rows, obj{"Card": c.card(&x.Issue), "Start": x.Start, "End": x.End})
	}
	for _, t := range p.Teams {
		var who []string
		for _, n := range texts(t.Doc["memberAccountIds"]) {
			who = append(who, c.nameOf(n))
		}
		teams = append(teams, obj{"Name": or(text(t.Doc["name"]), t.ID), "Style": t.Doc["planningStyle"], "Who": strings.Join(who, ", ")})
	}
	s := screen{V: obj{"Rows": rows, "Teams": teams, "Releases": p.Doc["crossProjectReleases"]}}
	s.Title = text(p.Doc["name"])
	return s, nil
}
