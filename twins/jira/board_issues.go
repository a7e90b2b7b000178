package jira

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

func (j *Jira) boardIssuesOperations() {
	j.on(twin.Full, "agile.getIssuesForBoard", j.getIssuesForBoard).public()
	j.on(twin.Full, "agile.getIssuesForBacklog", j.getIssuesForBacklog).public()
	j.on(twin.Full, "agile.moveIssuesToBoard", j.moveIssuesToBoard)
	j.on(twin.Full, "agile.moveIssuesToBacklog", j.moveIssuesToBacklog)
	j.on(twin.Full, "agile.moveIssuesToBacklogForBoard", j.moveIssuesToBacklogForBoard)
	j.on(twin.Full, "agile.getIssue", j.getAgileIssue).public()
	j.on(twin.Full, "agile.getIssueEstimationForBoard", j.getIssueEstimationForBoard).public()
	j.on(twin.Full, "agile.estimateIssueForBoard", j.estimateIssueForBoard)
}

// query is what the filter of a board says. A filter that cannot be read any more finds nothing.
func (c *call) boardQuery(b Board) (jql.Query, bool) {
	f, _ := c.j.filters.Get(c.Tx, key(b.Filter))
	q, err := jql.Parse(f.JQL)
	return q, err == nil
}

// projectsNamedIn are the projects that the filter of a board asks for by name, id or key.
func (c *call) projectsNamedIn(b Board) (names []string) {
	q, ok := c.boardQuery(b)
	if !ok || q.Where == nil {
		return nil
	}
	jql.Walk(q.Where, func(t *jql.Term) {
		if !strings.EqualFold(t.Field.Name, "project") || t.Op != jql.Eq && t.Op != jql.In {
			return
		}
		operands, _ := t.Operand.(jql.List)
		if operands == nil {
			operands = jql.List{t.Operand}
		}
		for _, o := range operands {
			if v, ok := o.(jql.Value); ok {
				names = append(names, v.Text)
			}
		}
	})
	return names
}

// narrowed are the issues that a query finds and the caller's jql finds too, in the caller's order, that of the query, or by rank.
func (c *call) narrowed(q jql.Query) ([]*Issue, error) {
	if more := c.q("jql"); more != "" {
		extra, err := jql.Parse(more)
		if err != nil {
			return nil, badRequest("%s", err)
		}
		switch {
		case q.Where == nil:
			q.Where = extra.Where
		case extra.Where != nil:
			q.Where = &jql.And{Clauses: []jql.Clause{q.Where, extra.Where}}
		}
		if len(extra.OrderBy) > 0 {
			q.OrderBy = extra.OrderBy
		}
	}
	if len(q.OrderBy) == 0 {
		q.OrderBy = []jql.Sort{{Field: jql.Field{Name: "Rank"}, Order: "ASC"}}
	}
	f := c.find(q)
	if len(f.errors) > 0 && c.qtrue("validateQuery", true) {
		return nil, &refusal{status: http.StatusBadRequest, messages: f.errors}
	}
	return f.found(), nil
}

// whereIs asks for one value of a field.
func whereIs(field, value string) jql.Query {
	return jql.Query{Where: &jql.Term{Field: jql.Field{Name: field}, Op: jql.Eq, Operand: jql.Value{Text: value, Number: true}}}
}

// issuesOn are the issues of a board: those its filter finds, in a status of one of its columns. Epics are not on scrum boards.
func (c *call) issuesOn(b Board) ([]*Issue, error) {
	q, ok := c.boardQuery(b)
	if !ok {
		return nil, nil
	}
	found, err := c.narrowed(q)
	shown := map[string]bool{}
	for _, col := range b.Columns {
		for _, s := range col.Statuses {
			shown[id(s)] = true
		}
	}
	return slices.DeleteFunc(found, func(i *Issue) bool {
		return i.Archived != 0 || !shown[text(i.Fields["status"])] || b.Type == "scrum" && c.isEpic(i)
	}), err
}

func (c *call) isEpic(i *Issue) bool {
	t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
	return t.Level == 1
}

// openSprint is the sprint that an issue is in now, or will be. Subtasks are where their parents are.
func (c *call) openSprint(i *Issue) (Sprint, bool) {
	if t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"]))); t.Level < 0 {
		above, _ := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"])))
		i = &above
	}
	for _, n := range list(i.Fields[sprintField]) {
		if s, ok := c.j.sprints.Get(c.Tx, key(number(n))); ok && s.State != "closed" {
			return s, true
		}
	}
	return Sprint{}, false
}

// isDoneOn reports whether an issue is in the last column of a board.
func (b Board) isDoneOn(i *Issue) bool {
	return len(b.Columns) > 0 && slices.Contains(b.Columns[len(b.Columns)-1].Statuses, number(i.Fields["status"]))
}

// inBacklog reports whether an issue of a board waits: in no sprint that is open, or in the first column if there are no sprints.
func (c *call) inBacklog(b Board, i *Issue) bool {
	if !b.hasSprints() {
		return len(b.Columns) > 0 && slices.Contains(b.Columns[0].Statuses, number(i.Fields["status"]))
	}
	_, planned := c.openSprint(i)
	return !planned && !b.isDoneOn(i)
}

// getIssuesForBoard lists the issues of a board.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-issue-get
func (j *Jira) getIssuesForBoard(c *call) (any, error) {
	return c.boardIssues(func(Board, *Issue) bool { return true })
}

// getIssuesForBacklog lists the issues of a board that wait.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-backlog-get
func (j *Jira) getIssuesForBacklog(c *call) (any, error) { return c.boardIssues(c.inBacklog) }

// boardIssues lists issues of the board that the path names.
func (c *call) boardIssues(keep func(Board, *Issue) bool) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	found, err := c.issuesOn(b)
	if err != nil {
		return nil, err
	}
	return c.agileIssues(slices.DeleteFunc(found, func(i *Issue) bool { return !keep(b, i) }))
}

// agileIssues is the page of some issues that the caller asks for.
func (c *call) agileIssues(all []*Issue) (any, error) {
	w, err := c.window(usualPage, 100)
	if err != nil {
		return nil, err
	}
	fields, issues := chosen(c.qs("fields"), "*all"), []any{}
	out := obj{"expand": "schema,names", "startAt": w.start, "maxResults": w.max, "total": len(all)}
	for _, i := range all[min(w.start, len(all)):min(w.start+w.max, len(all))] {
		v := c.agileIssue(i, fields)
		for _, part := range []string{"names", "schema"} {
			if x, ok := v[part]; ok {
				out[part] = x
				delete(v, part)
			}
		}
		issues = append(issues, v)
	}
	out["issues"] = issues
	return out, nil
}

// agileIssue is an issue as the Agile API shows it: with its sprints, its epic and its flag beside the fields.
func (c *call) agileIssue(i *Issue, w choice) obj {
	v := c.issueShown(i, w)
	v["expand"], v["self"] = "operations,versionedRepresentations,editmeta,changelog,renderedFields", c.agile("/issue/"+id(i.ID))
	fields := object(v["fields"])
	closed := []any{}
	for _, n := range list(i.Fields[sprintField]) {
		if s, ok := c.j.sprints.Get(c.Tx, key(number(n))); ok && s.State == "closed" {
			closed = append(closed, c.sprintShown(s))
		}
	}
	more := obj{"flagged": c.isFlagged(i), "sprint": nil, "epic": nil}
	if s, ok := c.openSprint(i); ok {
		more["sprint"] = c.sprintShown(s)
	}
	if len(closed) > 0 {
		more["closedSprints"] = closed
	}
	if e, ok := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"]))); ok && c.isEpic(&e) {
		more["epic"] = c.epicShown(&e)
	}
	for name, x := range more {
		if !w.no[name] && (w.all || w.navigable || w.yes[name]) {
			fields[name] = x
		}
	}
	return v
}

// isFlagged reports whether somebody has put up a flag, which is a field of that name.
func (c *call) isFlagged(i *Issue) bool {
	for f := range c.fields() {
		if f.custom != nil && f.Name == "Flagged" && i.Fields[f.ID] != nil {
			return true
		}
	}
	return false
}

// getAgileIssue returns an issue.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-issue/#api-rest-agile-1-0-issue-issueidorkey-get
func (j *Jira) getAgileIssue(c *call) (any, error) {
	i, _, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	c.q("updateHistory")
	return c.agileIssue(&i, chosen(c.qs("fields"), "*all")), nil
}

// maxMoved is how many issues can be moved or ranked at once.
const maxMoved = 50

// moved are the issues that the body names, which the caller may edit.
func (c *call) moved() (issues []Issue, err error) {
	names, ok := object(c.body)["issues"].([]any)
	switch {
	case !ok || len(names) == 0:
		return nil, badRequest("At least one issue must be specified.")
	case len(names) > maxMoved:
		return nil, badRequest("The maximum number of issues that can be moved in one operation is %d.", maxMoved)
	}
	for _, n := range names {
		i, p, err := c.issue(plainWords(n))
		if err != nil {
			return nil, badRequest("The issue with key '%s' does not exist or you do not have permission to see it.", plainWords(n))
		}
		if !c.may("EDIT_ISSUES", &p, &i) || !c.may("SCHEDULE_ISSUES", &p, &i) {
			return nil, forbidden("You do not have permission to edit issue %s.", c.keyOf(&i))
		}
		issues = append(issues, i)
	}
	return issues, nil
}

// closedSprints are the sprints of an issue that are over, which stay its own.
func (c *call) closedSprints(i *Issue) []any {
	ids := []any{}
	for _, n := range list(i.Fields[sprintField]) {
		if s, _ := c.j.sprints.Get(c.Tx, key(number(n))); s.State == "closed" {
			ids = append(ids, n)
		}
	}
	return ids
}

// intoSprint puts an issue into a sprint, or out of any if it is none. Sprints that are closed stay its own.
func (c *call) intoSprint(i Issue, s Sprint) Issue {
	was, ids := i, c.closedSprints(&i)
	if s.ID != 0 {
		ids = append(ids, id(s.ID))
	}
	i.Fields = clone(i.Fields)
	if i.Fields[sprintField] = ids; len(ids) == 0 {
		delete(i.Fields, sprintField)
	}
	return c.save(was, i, nil)
}

// moveIssuesToBacklog takes issues out of their sprints.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-backlog/#api-rest-agile-1-0-backlog-issue-post
func (j *Jira) moveIssuesToBacklog(c *call) (any, error) {
	issues, err := c.moved()
	if err != nil {
		return nil, err
	}
	for _, i := range issues {
		c.intoSprint(i, Sprint{})
	}
	return nil, nil
}

// moveIssuesToBacklogForBoard takes issues of a board out of their sprints, or into its first column if it has none.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-backlog/#api-rest-agile-1-0-backlog-boardid-issue-post
func (j *Jira) moveIssuesToBacklogForBoard(c *call) (any, error) {
	return c.moveOnBoard(func(b Board, i Issue) (Issue, error) {
		if b.hasSprints() {
			return c.intoSprint(i, Sprint{}), nil
		}
		return c.enterColumn(b, i, 0)
	})
}

// moveIssuesToBoard takes issues from the backlog onto the board: into its active sprint, or its first column after the backlog.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-issue-post
func (j *Jira) moveIssuesToBoard(c *call) (any, error) {
	return c.moveOnBoard(func(b Board, i Issue) (Issue, error) {
		if !b.hasSprints() {
			return c.enterColumn(b, i, 1)
		}
		for s := range c.ownSprints(b) {
			if s.State == "active" {
				return c.intoSprint(i, s), nil
			}
		}
		return i, badRequest("The board does not have an active sprint.")
	})
}

// moveOnBoard moves the issues that the body names, and ranks them if it says where.
func (c *call) moveOnBoard(move func(Board, Issue) (Issue, error)) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	issues, err := c.moved()
	if err != nil {
		return nil, err
	}
	for n, i := range issues {
		if issues[n], err = move(b, i); err != nil {
			return nil, err
		}
	}
	return c.rankedAsAsked(issues)
}

// enterColumn takes an issue to the first status of a column that it can go to.
func (c *call) enterColumn(b Board, i Issue, column int) (Issue, error) {
	if column >= len(b.Columns) || slices.Contains(b.Columns[column].Statuses, number(i.Fields["status"])) {
		return i, nil
	}
	p, _ := c.j.projects.Get(c.Tx, key(i.Project))
	for _, t := range c.open(&p, &i) {
		if slices.Contains(b.Columns[column].Statuses, t.To) {
			return c.transition(i, obj{"transition": obj{"id": id(int64(t.ID))}})
		}
	}
	return i, badRequest("The issue %s cannot be moved to the column '%s'.", c.keyOf(&i), b.Columns[column].Name)
}

// estimated finds the issue that the path names and the field in which the board of the query estimates.
func (c *call) estimated() (i Issue, p Project, f *field, err error) {
	if i, p, err = c.issue(c.param("issueIdOrKey")); err != nil {
		return
	}
	if c.q("boardId") == "" {
		return i, p, nil, badRequest("The board id must be specified.")
	}
	b, err := c.boardNumbered(c.q("boardId"))
	if err != nil {
		return i, p, nil, err
	}
	f, ok := c.field(b.Estimation)
	if !ok {
		return i, p, nil, badRequest("The board does not have an estimation field configured.")
	}
	return i, p, f, nil
}

// getIssueEstimationForBoard returns how big an issue is said to be.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-issue/#api-rest-agile-1-0-issue-issueidorkey-estimation-get
func (j *Jira) getIssueEstimationForBoard(c *call) (any, error) {
	i, _, f, err := c.estimated()
	if err != nil {
		return nil, err
	}
	return c.estimationShown(f, &i), nil
}

func (c *call) estimationShown(f *field, i *Issue) obj {
	v := obj{"fieldId": f.ID, "value": nil}
	if f.ID == "timeoriginalestimate" {
		if n, ok := seconds(i, f.ID); ok {
			v["value"] = c.span(n)
		}
	} else if n, ok := i.Fields[f.ID].(float64); ok {
		if v["value"] = plainWords(n); n == float64(int64(n)) {
			v["value"] = plainWords(n) + ".0"
		}
	}
	return v
}

// estimateIssueForBoard says how big an issue is: {value}.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-issue/#api-rest-agile-1-0-issue-issueidorkey-estimation-put
func (j *Jira) estimateIssueForBoard(c *call) (any, error) {
	i, p, f, err := c.estimated()
	if err != nil {
		return nil, err
	}
	if !c.may("EDIT_ISSUES", &p, &i) {
		return nil, forbidden("You do not have permission to edit issues in this project.")
	}
	doc := object(c.body)
	if doc == nil {
		return nil, errPayload
	}
	was := i
	i.Fields = clone(i.Fields)
	said := strings.TrimSpace(plainWords(doc["value"]))
	n, ok := 0.0, true
	switch {
	case said == "":
		delete(i.Fields, f.ID)
	case f.ID == "timeoriginalestimate":
		var s int64
		s, ok = c.parseSpan(said)
		n = float64(s)
	default:
		var bad error
		n, bad = strconv.ParseFloat(said, 64)
		ok = bad == nil
	}
	if !ok || n < 0 {
		return nil, badRequest("The estimation value '%s' is not valid.", said)
	}
	if said != "" {
		i.Fields[f.ID] = n
	}
	i = c.save(was, i, nil)
	return c.estimationShown(f, &i), nil
}
