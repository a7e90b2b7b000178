package jira

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/jql"
)

func (j *Jira) epicsOperations() {
	j.on(twin.Full, "agile.getEpics", j.getEpics).public()
	j.on(twin.Full, "agile.getEpic", j.getEpic).public()
	j.on(twin.Full, "agile.partiallyUpdateEpic", j.partiallyUpdateEpic)
	j.on(twin.Full, "agile.rankEpics", j.rankEpics)
	j.on(twin.Full, "agile.getIssuesForEpic", j.getIssuesForEpic).public()
	j.on(twin.Full, "agile.getIssuesWithoutEpic", j.getIssuesWithoutEpic).public()
	j.on(twin.Full, "agile.getBoardIssuesForEpic", j.getBoardIssuesForEpic).public()
	j.on(twin.Full, "agile.getIssuesWithoutEpicForBoard", j.getIssuesWithoutEpicForBoard).public()
	j.on(twin.Full, "agile.moveIssuesToEpic", j.moveIssuesToEpic)
	j.on(twin.Full, "agile.removeIssuesFromEpic", j.removeIssuesFromEpic)
}

// epicLinkKind is the epic of an issue, by the field that boards had before issues had parents.
var epicLinkKind = &fieldKind{Type: "any", Operations: sets, computed: func(c *call, i *Issue) any {
	if p, ok := c.epicOf(i); ok {
		return c.keyOf(&p)
	}
	return nil
}}

// epicNameField is the short name of an epic.
const epicNameField = "customfield_10011"

// epicOf is the epic that an issue is in.
func (c *call) epicOf(i *Issue) (Issue, bool) {
	p, ok := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"])))
	return p, ok && c.isEpic(&p)
}

// epic finds the epic that the path names, which is in a project that is not managed by its team.
func (c *call) epic() (Issue, Project, error) {
	name := c.param("epicIdOrKey")
	i, p, err := c.issue(name)
	switch {
	case err != nil || !c.isEpic(&i):
		return i, p, notFound("The requested epic '%s' does not exist or you do not have permission to view it.", name)
	case p.Team:
		return i, p, badRequest("This operation cannot be performed on an epic of a team-managed project.")
	}
	return i, p, nil
}

// epicShown is an epic as boards show it.
func (c *call) epicShown(i *Issue) obj {
	e, ok := c.j.epics.Get(c.Tx, key(i.ID))
	if !ok {
		e.Color = epicColors[int(i.Number)%len(epicColors)]
	}
	name := text(i.Fields[epicNameField])
	if name == "" {
		name = text(i.Fields["summary"])
	}
	return obj{"id": i.ID, "key": c.keyOf(i), "self": c.agile("/epic/" + id(i.ID)), "name": name, "summary": i.Fields["summary"], "color": obj{"key": e.Color}, "done": e.Done}
}

// epicColors are those that an epic can have.
var epicColors = func() (all []string) {
	for n := 1; n <= 14; n++ {
		all = append(all, "color_"+strconv.Itoa(n))
	}
	return all
}()

// getEpics lists the epics of a board.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-epic-get
func (j *Jira) getEpics(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	q, _ := c.boardQuery(b)
	q.OrderBy = []jql.Sort{{Field: jql.Field{Name: "Rank"}, Order: "ASC"}}
	found, done := []*Issue{}, c.q("done")
	for _, i := range c.find(q).found() {
		if e, _ := j.epics.Get(c.Tx, key(i.ID)); c.isEpic(i) && i.Archived == 0 && (done == "" || (done == "true") == e.Done) {
			found = append(found, i)
		}
	}
	return agilePage(c, found, func(i *Issue) any { return c.epicShown(i) })
}

// getEpic returns an epic.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-epic/#api-rest-agile-1-0-epic-epicidorkey-get
func (j *Jira) getEpic(c *call) (any, error) {
	i, _, err := c.epic()
	if err != nil {
		return nil, err
	}
	return c.epicShown(&i), nil
}

// partiallyUpdateEpic changes what the body has of an epic: {name, summary, color, done}.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-epic/#api-rest-agile-1-0-epic-epicidorkey-post
func (j *Jira) partiallyUpdateEpic(c *call) (any, error) {
	i, p, err := c.epic()
	if err != nil {
		return nil, err
	}
	if !c.may("EDIT_ISSUES", &p, &i) {
		return nil, forbidden("You do not have permission to edit issues in this project.")
	}
	doc, bad := object(c.body), problems{}
	e, ok := j.epics.Get(c.Tx, key(i.ID))
	if !ok {
		e = Epic{Issue: i.ID, Color: text(object(c.epicShown(&i)["color"])["key"])}
	}
	was := i
	i.Fields = clone(i.Fields)
	for name, field := range map[string]string{"name": epicNameField, "summary": "summary"} {
		if v, said := doc[name]; said {
			if i.Fields[field] = strings.TrimSpace(text(v)); i.Fields[field] == "" {
				bad.add(wrong(name, "The %s of an epic cannot be empty.", name))
			}
		}
	}
	if v, said := doc["color"]; said {
		if e.Color = text(object(v)["key"]); !slices.Contains(epicColors, e.Color) {
			bad.add(wrong("color", "The color '%s' is not valid.", e.Color))
		}
	}
	if v, said := doc["done"]; said {
		e.Done = truth(v)
	}
	if len(bad) > 0 {
		return nil, bad.refusal()
	}
	j.epics.Put(c.Tx, e)
	i = c.save(was, i, nil)
	return c.epicShown(&i), nil
}

// rankEpics puts an epic before or after another: {rankBeforeEpic or rankAfterEpic}.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-epic/#api-rest-agile-1-0-epic-epicidorkey-rank-put
func (j *Jira) rankEpics(c *call) (any, error) {
	i, p, err := c.epic()
	if err != nil {
		return nil, err
	}
	if !c.may("SCHEDULE_ISSUES", &p, &i) {
		return nil, errNoRank
	}
	doc := object(c.body)
	place := obj{"rankCustomFieldId": doc["rankCustomFieldId"], "rankBeforeIssue": doc["rankBeforeEpic"], "rankAfterIssue": doc["rankAfterEpic"]}
	other, before, err := c.rankPlace(place)
	switch {
	case err != nil:
		return nil, err
	case other.ID == 0:
		return nil, badRequest("Either rankBeforeEpic or rankAfterEpic must be specified.")
	case !c.isEpic(&other):
		return nil, badRequest("The issue %s is not an epic.", c.keyOf(&other))
	case other.ID != i.ID:
		c.rank([]Issue{i}, other, before)
	}
	return nil, nil
}

// getIssuesForEpic lists the issues of an epic.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-epic/#api-rest-agile-1-0-epic-epicidorkey-issue-get
func (j *Jira) getIssuesForEpic(c *call) (any, error) {
	i, _, err := c.epic()
	if err != nil {
		return nil, err
	}
	return c.issuesWhere(whereIs("parent", id(i.ID)), func(*Issue) bool { return true })
}

// getIssuesWithoutEpic lists the issues that could be in an epic and are in none.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-epic/#api-rest-agile-1-0-epic-none-issue-get
func (j *Jira) getIssuesWithoutEpic(c *call) (any, error) {
	return c.issuesWhere(jql.Query{}, c.lacksEpic)
}

// lacksEpic reports whether an issue could be in an epic and is in none. Subtasks are where their parents are.
func (c *call) lacksEpic(i *Issue) bool {
	t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
	_, in := c.epicOf(i)
	return t.Level == 0 && !in && i.Archived == 0
}

func (c *call) issuesWhere(q jql.Query, keep func(*Issue) bool) (any, error) {
	found, err := c.narrowed(q)
	if err != nil {
		return nil, err
	}
	return c.agileIssues(slices.DeleteFunc(found, func(i *Issue) bool { return !keep(i) }))
}

// getBoardIssuesForEpic lists the issues of a board that are in an epic.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-epic-epicid-issue-get
func (j *Jira) getBoardIssuesForEpic(c *call) (any, error) {
	if _, err := c.board(); err != nil {
		return nil, err
	}
	e, _, err := c.issue(c.param("epicId"))
	if err != nil || !c.isEpic(&e) {
		return nil, notFound("The requested epic '%s' does not exist or you do not have permission to view it.", c.param("epicId"))
	}
	return c.boardIssues(func(_ Board, i *Issue) bool { return i.Fields["parent"] == id(e.ID) })
}

// getIssuesWithoutEpicForBoard lists the issues of a board that are in no epic.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-epic-none-issue-get
func (j *Jira) getIssuesWithoutEpicForBoard(c *call) (any, error) {
	return c.boardIssues(func(_ Board, i *Issue) bool { return c.lacksEpic(i) })
}

// moveIssuesToEpic puts issues into an epic.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-epic/#api-rest-agile-1-0-epic-epicidorkey-issue-post
func (j *Jira) moveIssuesToEpic(c *call) (any, error) {
	e, _, err := c.epic()
	if err != nil {
		return nil, err
	}
	return nil, c.enterEpic(id(e.ID))
}

// removeIssuesFromEpic takes issues out of their epics.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-epic/#api-rest-agile-1-0-epic-none-issue-post
func (j *Jira) removeIssuesFromEpic(c *call) (any, error) { return nil, c.enterEpic(nil) }

// enterEpic makes an epic, or none, the parent of the issues that the body names.
func (c *call) enterEpic(epic any) error {
	issues, err := c.moved()
	if err != nil {
		return err
	}
	for _, i := range issues {
		p, _ := c.j.projects.Get(c.Tx, key(i.Project))
		t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
		switch {
		case p.Team:
			return errTeamEpic
		case t.Level != 0:
			return badRequest("The issue %s cannot be added to an epic.", c.keyOf(&i))
		}
	}
	for _, i := range issues {
		was := i
		i.Fields = clone(i.Fields)
		if i.Fields["parent"] = epic; epic == nil {
			delete(i.Fields, "parent")
		}
		c.save(was, i, nil)
	}
	return nil
}

// errTeamEpic refuses to move issues of projects that teams manage.
var errTeamEpic = refuse(http.StatusBadRequest, "The request contains a next-gen issue. This operation cant add next-gen issues to epics. To add a next-gen issue to an epic, use the Edit issue operation and set the parent property (i.e., `\"parent\":{\"key\":\"PROJ-123\"}` where `PROJ-123` has an issue type at level one of the issue type hierarchy). See <a href=\"https://developer.atlassian.com/cloud/jira/platform/rest/v2/\"> developer.atlassian.com </a> for more details.")
