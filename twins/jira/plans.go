package jira

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

func (j *Jira) plansOperations() {
	j.on(twin.Full, "getPlans", j.getPlans)
	j.on(twin.Full, "createPlan", j.createPlan)
	j.on(twin.Full, "getPlan", j.getPlan)
	j.on(twin.Full, "updatePlan", j.updatePlan)
	j.on(twin.Full, "archivePlan", j.archivePlan)
	j.on(twin.Full, "trashPlan", j.trashPlan)
	j.on(twin.Full, "duplicatePlan", j.duplicatePlan)
	j.on(twin.Full, "getTeams", j.getTeams)
	j.on(twin.Full, "addAtlassianTeam", j.addAtlassianTeam)
	j.on(twin.Full, "getAtlassianTeam", j.getTeam("Atlassian", "atlassianTeamId"))
	j.on(twin.Full, "updateAtlassianTeam", j.updateTeam("Atlassian", "atlassianTeamId"))
	j.on(twin.Full, "removeAtlassianTeam", j.removeTeam("Atlassian", "atlassianTeamId"))
	j.on(twin.Full, "createPlanOnlyTeam", j.createPlanOnlyTeam)
	j.on(twin.Full, "getPlanOnlyTeam", j.getTeam("PlanOnly", "planOnlyTeamId"))
	j.on(twin.Full, "updatePlanOnlyTeam", j.updateTeam("PlanOnly", "planOnlyTeamId"))
	j.on(twin.Full, "deletePlanOnlyTeam", j.removeTeam("PlanOnly", "planOnlyTeamId"))
}

// plan finds the plan that the path names, for an administrator; one that is to change has to be active.
func (c *call) plan(change bool) (Plan, error) {
	p, ok := c.j.plans.Get(c.Tx, key(number(c.param("planId"))))
	switch {
	case !c.isAdmin():
		return p, errAdminOnly
	case !ok:
		return p, notFound("The plan with id %s does not exist.", c.param("planId"))
	case change && p.Status != "Active":
		return p, refuse(409, "The plan with id %d is not active.", p.ID)
	}
	return p, nil
}

// usualPlan is what a plan has of which people say nothing.
var usualPlan = obj{
	"scheduling":           obj{"estimation": "Days", "startDate": obj{"type": "TargetStartDate"}, "endDate": obj{"type": "TargetEndDate"}, "inferredDates": "None", "dependencies": "Sequential"},
	"exclusionRules":       obj{"issueIds": []any{}, "issueTypeIds": []any{}, "numberOfDaysToShowCompletedIssues": 30.0, "releaseIds": []any{}, "workStatusCategoryIds": []any{}, "workStatusIds": []any{}},
	"crossProjectReleases": []any{}, "customFields": []any{}, "permissions": []any{},
}

// planDoc checks what people say of a plan, and fills up the rest.
func (c *call) planDoc(doc obj) (obj, error) {
	full := clone(usualPlan)
	for name, v := range doc {
		if m, ok := full[name].(obj); ok {
			v = with(m, object(v))
		}
		full[name] = clone(v)
	}
	switch name := strings.TrimSpace(text(full["name"])); {
	case name == "" || len(name) > 255:
		return nil, badRequest("The name of the plan must have between 1 and 255 characters.")
	case len(list(full["issueSources"])) == 0:
		return nil, badRequest("The plan must have at least one issue source.")
	case !slices.Contains([]string{"StoryPoints", "Days", "Hours"}, text(dig(full, "scheduling", "estimation"))):
		return nil, badRequest("The estimation must be one of StoryPoints, Days, Hours.")
	case !slices.Contains([]string{"None", "SprintDates", "ReleaseDates"}, text(dig(full, "scheduling", "inferredDates"))):
		return nil, badRequest("The inferred dates must be one of None, SprintDates, ReleaseDates.")
	case !slices.Contains([]string{"Sequential", "Concurrent"}, text(dig(full, "scheduling", "dependencies"))):
		return nil, badRequest("The dependencies must be one of Sequential, Concurrent.")
	}
	for _, x := range list(full["issueSources"]) {
		n := number(object(x)["value"])
		there, ok := map[string]func() bool{
			"Project": func() bool { return c.j.projects.Has(c.Tx, key(n)) }, "Board": func() bool { return c.j.boards.Has(c.Tx, key(n)) }, "Filter": func() bool { return c.j.filters.Has(c.Tx, key(n)) }, "Custom": func() bool { return true },
		}[text(object(x)["type"])]
		if !ok || !there() {
			return nil, badRequest("The issue source of type %s with value %d does not exist.", text(object(x)["type"]), n)
		}
	}
	if who, ok := full["leadAccountId"].(string); ok && !c.j.users.Has(c.Tx, who) {
		return nil, badRequest("The user '%s' does not exist.", who)
	}
	if err := c.planProblems(full); err != nil {
		return nil, err
	}
	holders, err := c.planHolders(full["permissions"])
	full["permissions"] = holders
	return full, err
}

func (c *call) planShown(p Plan) obj {
	return with(p.Doc, obj{"id": p.ID, "status": p.Status, "lastSaved": time.UnixMilli(p.Saved).UTC().Format(time.RFC3339), "permissions": c.planHoldersShown(p.Doc["permissions"])})
}

// cursorPage is a page of a list that goes on at a cursor, which is where the next page begins.
func cursorPage[T any](c *call, all []T, view func(T) any) (any, error) {
	most, err := c.qint("maxResults", 50)
	if err != nil {
		return nil, err
	}
	cursor := c.q("cursor")
	from, err := strconv.Atoi("0" + cursor)
	if err != nil || from > len(all) {
		return nil, badRequest("The cursor '%s' is not valid.", cursor)
	}
	most = min(max(most, 1), 50)
	to, values := min(from+most, len(all)), []any{}
	for _, x := range all[from:to] {
		values = append(values, view(x))
	}
	v := obj{"cursor": cursor, "maxResults": most, "total": len(all), "isLast": to == len(all), "values": values, "size": len(values)}
	if to < len(all) {
		v["nextPageCursor"] = strconv.Itoa(to)
	}
	return v, nil
}

// getPlans returns the plans of the site.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-plans/#api-rest-api-3-plans-plan-get
func (j *Jira) getPlans(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	trashed, archived := c.qtrue("includeTrashed", false), c.qtrue("includeArchived", false)
	all := slices.Collect(filtered(j.plans.All(c.Tx, ""), func(p Plan) bool {
		return p.Status == "Active" || p.Status == "Trashed" && trashed || p.Status == "Archived" && archived
	}))
	return cursorPage(c, all, func(p Plan) any {
		return obj{"id": id(p.ID), "name": p.Doc["name"], "scenarioId": id(p.Scenario), "status": p.Status, "issueSources": p.Doc["issueSources"]}
	})
}

// createPlan makes a plan.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-plans/#api-rest-api-3-plans-plan-post
func (j *Jira) createPlan(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	doc, err := c.planDoc(object(c.body))
	if err != nil {
		return nil, err
	}
	return c.newPlan(doc, nil), nil
}

func (c *call) newPlan(doc obj, teams []PlanTeam) any {
	p := Plan{ID: c.next("plan", 1), Scenario: c.next("scenario", 1), Status: "Active", Saved: c.at(), Doc: doc, Teams: teams}
	c.j.plans.Put(c.Tx, p)
	return created(obj{"id": p.ID})
}

// getPlan returns a plan.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-plans/#api-rest-api-3-plans-plan-planid-get
func (j *Jira) getPlan(c *call) (any, error) {
	p, err := c.plan(false)
	if err != nil {
		return nil, err
	}
	return c.planShown(p), nil
}

// updatePlan changes a plan: by what is to be in it, or by a JSON patch.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-plans/#api-rest-api-3-plans-plan-planid-put
func (j *Jira) updatePlan(c *call) (any, error) {
	p, err := c.plan(true)
	if err != nil {
		return nil, err
	}
	doc, err := patched(p.Doc, c.body)
	if err != nil {
		return nil, err
	}
	if p.Doc, err = c.planDoc(doc); err != nil {
		return nil, err
	}
	p.Saved = c.at()
	j.plans.Put(c.Tx, p)
	return nil, nil
}

// patched is an object after a JSON patch, or with the members of another.
//
// https://www.rfc-editor.org/rfc/rfc6902
func patched(doc obj, by any) (obj, error) {
	steps, ok := by.([]any)
	if !ok {
		return with(doc, object(by)), nil
	}
	doc = clone(doc)
	for _, s := range steps {
		s := object(s)
		path := strings.Split(strings.TrimPrefix(text(s["path"]), "/"), "/")
		for n := range path {
			path[n] = strings.NewReplacer("~1", "/", "~0", "~").Replace(path[n])
		}
		v, err := patchedAt(doc, path, text(s["op"]), s["value"])
		if err != nil {
			return nil, err
		}
		doc = object(v)
	}
	return doc, nil
}

func patchedAt(in any, path []string, op string, value any) (any, error) {
	bad := badRequest("The JSON patch could not be applied at '%s'.", strings.Join(path, "/"))
	if len(path) == 0 {
		return clone(value), nil
	}
	switch x := in.(type) {
	case obj:
		now, there := x[path[0]]
		switch {
		case len(path) == 1 && op == "remove" && there:
			delete(x, path[0])
			return x, nil
		case !there && (op != "add" || len(path) > 1), !slices.Contains([]string{"add", "replace", "remove"}, op):
			return nil, bad
		}
		v, err := patchedAt(now, path[1:], op, value)
		x[path[0]] = v
		return x, err
	case []any:
		at, err := strconv.Atoi(path[0])
		if path[0] == "-" {
			at, err = len(x), nil
		}
		switch {
		case err != nil || at < 0 || at > len(x) || at == len(x) && op != "add":
			return nil, bad
		case len(path) == 1 && op == "add":
			return slices.Insert(x, at, clone(value)), nil
		case len(path) == 1 && op == "remove":
			return slices.Delete(x, at, at+1), nil
		}
		v, err := patchedAt(x[at], path[1:], op, value)
		x[at] = v
		return x, err
	}
	return nil, bad
}

// archivePlan puts a plan away.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-plans/#api-rest-api-3-plans-plan-planid-archive-put
func (j *Jira) archivePlan(c *call) (any, error) { return c.endPlan("Archived") }

// trashPlan puts a plan into the trash.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-plans/#api-rest-api-3-plans-plan-planid-trash-put
func (j *Jira) trashPlan(c *call) (any, error) { return c.endPlan("Trashed") }

func (c *call) endPlan(status string) (any, error) {
	p, err := c.plan(true)
	if err != nil {
		return nil, err
	}
	p.Status = status
	c.j.plans.Put(c.Tx, p)
	return nil, nil
}

// duplicatePlan makes a plan that is like another.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-plans/#api-rest-api-3-plans-plan-planid-duplicate-post
func (j *Jira) duplicatePlan(c *call) (any, error) {
	p, err := c.plan(true)
	if err != nil {
		return nil, err
	}
	doc, err := c.planDoc(with(p.Doc, obj{"name": object(c.body)["name"]}))
	if err != nil {
		return nil, err
	}
	return c.newPlan(doc, slices.Clone(p.Teams)), nil
}

// getTeams returns the teams of a plan.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-teams-in-plan/#api-rest-api-3-plans-plan-planid-team-get
func (j *Jira) getTeams(c *call) (any, error) {
	p, err := c.plan(false)
	if err != nil {
		return nil, err
	}
	return cursorPage(c, p.Teams, func(t PlanTeam) any {
		v := obj{"id": t.ID, "type": t.Type}
		if t.Type == "PlanOnly" {
			v["name"] = t.Doc["name"]
		}
		return v
	})
}

// checkTeam refuses what cannot be said of a team.
func (c *call) checkTeam(t PlanTeam) error {
	if !slices.Contains([]string{"Scrum", "Kanban"}, text(t.Doc["planningStyle"])) {
		return badRequest("The planning style must be one of Scrum, Kanban.")
	}
	if t.Type == "PlanOnly" && strings.TrimSpace(text(t.Doc["name"])) == "" {
		return badRequest("The name of the team must be specified.")
	}
	for _, who := range texts(t.Doc["memberAccountIds"]) {
		if !c.j.users.Has(c.Tx, who) {
			return badRequest("The user '%s' does not exist.", who)
		}
	}
	return nil
}

// addTeam puts a team into a plan.
func (c *call) addTeam(p Plan, t PlanTeam) error {
	if err := c.checkTeam(t); err != nil {
		return err
	}
	p.Teams = append(slices.Clone(p.Teams), t)
	c.j.plans.Put(c.Tx, p)
	return nil
}

// addAtlassianTeam puts a team of the organization into a plan.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-teams-in-plan/#api-rest-api-3-plans-plan-planid-team-atlassian-post
func (j *Jira) addAtlassianTeam(c *call) (any, error) {
	p, err := c.plan(true)
	if err != nil {
		return nil, err
	}
	t := PlanTeam{ID: text(object(c.body)["id"]), Type: "Atlassian", Doc: clone(object(c.body))}
	switch {
	case t.ID == "":
		return nil, badRequest("The id of the team must be specified.")
	case t.in(p) >= 0:
		return nil, badRequest("The team '%s' is in the plan already.", t.ID)
	}
	return nil, c.addTeam(p, t)
}

// createPlanOnlyTeam makes a team that a plan alone has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-teams-in-plan/#api-rest-api-3-plans-plan-planid-team-planonly-post
func (j *Jira) createPlanOnlyTeam(c *call) (any, error) {
	p, err := c.plan(true)
	if err != nil {
		return nil, err
	}
	n := c.next("planTeam", 1)
	if err := c.addTeam(p, PlanTeam{ID: id(n), Type: "PlanOnly", Doc: clone(object(c.body))}); err != nil {
		return nil, err
	}
	return created(obj{"id": n}), nil
}

// in is where a plan has a team.
func (t PlanTeam) in(p Plan) int {
	return slices.IndexFunc(p.Teams, func(x PlanTeam) bool { return x.ID == t.ID && x.Type == t.Type })
}

// team is where a plan has the team that the path names.
func (c *call) team(kind, name string, change bool) (Plan, int, error) {
	p, err := c.plan(change)
	if err != nil {
		return p, 0, err
	}
	at := PlanTeam{ID: c.param(name), Type: kind}.in(p)
	if at < 0 {
		return p, at, notFound("The team with id %s does not exist in the plan.", c.param(name))
	}
	return p, at, nil
}

// getTeam returns a team of a plan.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-teams-in-plan/
func (j *Jira) getTeam(kind, name string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		p, at, err := c.team(kind, name, false)
		if err != nil {
			return nil, err
		}
		t := p.Teams[at]
		if kind == "PlanOnly" {
			return with(t.Doc, obj{"id": number(t.ID)}), nil
		}
		return with(t.Doc, obj{"id": t.ID}), nil
	}
}

// updateTeam changes a team of a plan.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-teams-in-plan/
func (j *Jira) updateTeam(kind, name string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		p, at, err := c.team(kind, name, true)
		if err != nil {
			return nil, err
		}
		t := p.Teams[at]
		if t.Doc, err = patched(t.Doc, c.body); err != nil {
			return nil, err
		}
		if err := c.checkTeam(t); err != nil {
			return nil, err
		}
		p.Teams = slices.Clone(p.Teams)
		p.Teams[at] = t
		j.plans.Put(c.Tx, p)
		return nil, nil
	}
}

// removeTeam takes a team out of a plan.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-teams-in-plan/
func (j *Jira) removeTeam(kind, name string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		p, at, err := c.team(kind, name, true)
		if err != nil {
			return nil, err
		}
		p.Teams = slices.Delete(slices.Clone(p.Teams), at, at+1)
		j.plans.Put(c.Tx, p)
		return nil, nil
	}
}
