package jira

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) boardsOperations() {
	j.on(twin.Full, "agile.getAllBoards", j.getAllBoards).public()
	j.on(twin.Full, "agile.createBoard", j.createBoard)
	j.on(twin.Full, "agile.getBoardByFilterId", j.getBoardByFilterID).public()
	j.on(twin.Full, "agile.getBoard", j.getBoard).public()
	j.on(twin.Full, "agile.deleteBoard", j.deleteBoard)
	j.on(twin.Full, "agile.getConfiguration", j.getBoardConfiguration).public()
	j.on(twin.Full, "agile.getFeaturesForBoard", j.getFeaturesForBoard).public()
	j.on(twin.Full, "agile.toggleFeatures", j.toggleFeatures)
	j.on(twin.Full, "agile.getProjects", j.getBoardProjects).public()
	j.on(twin.Full, "agile.getProjectsFull", j.getBoardProjectsFull).public()
	j.on(twin.Full, "agile.getReportsForBoard", j.getReportsForBoard).public()
	j.on(twin.Full, "agile.getAllVersions", j.getBoardVersions).public()
	j.on(twin.Full, "agile.getBoardPropertyKeys", j.getBoardPropertyKeys).public()
	j.on(twin.Full, "agile.getBoardProperty", j.getBoardProperty).public()
	j.on(twin.Full, "agile.setBoardProperty", j.setBoardProperty)
	j.on(twin.Full, "agile.deleteBoardProperty", j.deleteBoardProperty)
}

// agile is an address of the Agile API.
func (c *call) agile(path string) string { return c.base + "/rest/agile/1.0" + path }

// agilePage is the page of a list that the caller asks for, as the Agile API writes it: without links.
func agilePage[T any](c *call, all []T, view func(T) any) (any, error) {
	w, err := c.window(usualPage, usualPage)
	if err != nil {
		return nil, err
	}
	page := pageWithin(c, w, slices.Values(all), view)
	delete(page, "self")
	delete(page, "nextPage")
	return page, nil
}

// board finds the board that the path names. Who sees its filter sees it.
func (c *call) board() (Board, error) { return c.boardNumbered(c.param("boardId")) }

func (c *call) boardNumbered(n any) (Board, error) {
	b, ok := c.j.boards.Get(c.Tx, key(number(n)))
	if !ok || !c.seesBoard(b) {
		return b, errNoBoard
	}
	return b, nil
}

func (c *call) seesBoard(b Board) bool {
	f, ok := c.j.filters.Get(c.Tx, key(b.Filter))
	return ok && (c.seesFilter(f) || b.Owner != "" && b.Owner == c.who.ID)
}

// managesBoard reports whether the caller may configure a board: who made it, and who administers its project or the site.
func (c *call) managesBoard(b Board) bool {
	p, ok := c.j.projects.Get(c.Tx, key(b.Project))
	return b.Owner != "" && b.Owner == c.who.ID || c.isAdmin() || ok && c.may("ADMINISTER_PROJECTS", &p, nil)
}

// hasSprints reports whether a board plans in sprints.
func (b Board) hasSprints() bool {
	return b.Type == "scrum" || b.Type == "simple" && b.Features[featureSprints]
}

// boardShown is a board as lists show it.
func (c *call) boardShown(b Board) any {
	v := obj{"id": b.ID, "self": c.agile("/board/" + id(b.ID)), "name": b.Name, "type": b.Type, "isPrivate": c.isPrivate(b)}
	if p, ok := c.j.projects.Get(c.Tx, key(b.Project)); ok {
		title := p.Name + " (" + p.Key + ")"
		v["location"] = obj{"projectId": p.ID, "displayName": title, "projectName": p.Name, "projectKey": p.Key, "projectTypeKey": p.Type, "name": title,
			"avatarURI": c.api("/universal_avatar/view/type/project/avatar/" + id(p.Avatar) + "?size=small")}
	} else if u, ok := c.j.users.Get(c.Tx, b.User); ok {
		v["location"] = obj{"userId": c.accountNumber(u.ID), "userAccountId": u.ID, "displayName": u.Name, "name": u.Name, "avatarURI": c.avatarsOf(u)["24x24"]}
	}
	if c.expands("admins") {
		users := []any{}
		if u := c.userShown(b.Owner); u != nil {
			users = append(users, u)
		}
		v["admins"] = obj{"users": users, "groups": []any{}}
	}
	if c.expands("permissions") {
		v["canEdit"] = c.managesBoard(b)
	}
	if c.expands("favourite") {
		v["favourite"] = false
	}
	return v
}

// isPrivate reports whether nobody but its owner sees a board.
func (c *call) isPrivate(b Board) bool {
	f, _ := c.j.filters.Get(c.Tx, key(b.Filter))
	return len(f.Shares) == 0
}

// boardKinds are the kinds of board.
var boardKinds = []string{"scrum", "kanban", "simple"}

// getAllBoards lists the boards that the caller sees.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-get
func (j *Jira) getAllBoards(c *call) (any, error) {
	kinds := c.qs("type")
	for _, k := range kinds {
		if !slices.Contains(boardKinds, k) {
			return nil, badRequest("The board type '%s' is not valid.", k)
		}
	}
	relevant := int64(0)
	if key := c.q("projectKeyOrId"); key != "" {
		p, err := c.seenProject(key)
		if err != nil {
			return nil, badRequest("No project could be found with key or id '%s'.", key)
		}
		relevant = p.ID
	}
	name, account, negate := strings.ToLower(c.q("name")), c.q("accountIdLocation"), c.qtrue("negateLocationFiltering", false)
	projects, projectKinds, filter := c.qs("projectLocation"), c.qs("projectTypeLocation"), c.q("filterId")
	everybodys := c.qtrue("includePrivate", false) && c.isAdmin()
	located := func(b Board) bool {
		p, _ := j.projects.Get(c.Tx, key(b.Project))
		return (account == "" || b.User == account) && (projects == nil || slices.Contains(projects, p.Key) || slices.Contains(projects, id(p.ID))) &&
			(projectKinds == nil || slices.Contains(projectKinds, p.Type))
	}
	asked := account != "" || projects != nil || projectKinds != nil
	var found []Board
	for b := range j.boards.All(c.Tx, "") {
		switch {
		case !c.seesBoard(b) && !everybodys:
		case kinds != nil && !slices.Contains(kinds, b.Type) || !strings.Contains(strings.ToLower(b.Name), name):
		case relevant != 0 && !c.isAbout(b, relevant):
		case asked && located(b) == negate:
		case filter != "" && id(b.Filter) != filter:
		default:
			found = append(found, b)
		}
	}
	switch order := c.q("orderBy"); order {
	case "":
	case "name", "+name", "-name":
		slices.SortStableFunc(found, func(a, b Board) int {
			if order == "-name" {
				a, b = b, a
			}
			return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		})
	default:
		return nil, badRequest("The value '%s' for parameter 'orderBy' is not valid.", order)
	}
	return agilePage(c, found, func(b Board) any {
		if !c.seesBoard(b) {
			return obj{"id": b.ID, "self": c.agile("/board/" + id(b.ID)), "isPrivate": true}
		}
		return c.boardShown(b)
	})
}

// isAbout reports whether a board is of a project, or can show issues of it.
func (c *call) isAbout(b Board, project int64) bool {
	return b.Project == project || slices.ContainsFunc(c.boardProjects(b), func(p Project) bool { return p.ID == project })
}

// createBoard makes a board of a filter.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-post
func (j *Jira) createBoard(c *call) (any, error) {
	doc, bad := object(c.body), problems{}
	b := Board{Name: strings.TrimSpace(text(doc["name"])), Type: text(doc["type"]), Filter: number(doc["filterId"]), Owner: c.who.ID, Ranking: rankField}
	switch {
	case b.Name == "":
		bad.add(wrong("name", "You must specify a name for the board."))
	case utf8.RuneCountInString(b.Name) >= 255:
		bad.add(wrong("name", "The board name must be shorter than 255 characters."))
	}
	if b.Type == "agility" {
		b.Type = "simple"
	}
	if !slices.Contains(boardKinds, b.Type) {
		bad.add(wrong("type", "The board type must be one of scrum, kanban or simple."))
	}
	if len(bad) > 0 {
		return nil, bad.refusal()
	}
	f, ok := j.filters.Get(c.Tx, key(b.Filter))
	if !ok || !c.seesFilter(f) {
		return nil, errNoFilter
	}
	at := object(doc["location"])
	switch kind := text(at["type"]); {
	case kind == "project":
		p, err := c.seenProject(plainWords(at["projectKeyOrId"]))
		if err != nil {
			return nil, badRequest("No project could be found with key or id '%s'.", plainWords(at["projectKeyOrId"]))
		}
		b.Project = p.ID
	case kind == "user" || at == nil:
		b.User = c.who.ID
	default:
		return nil, badRequest("The location type must be project or user.")
	}
	if b.Type == "scrum" {
		b.Estimation = storyPointsField
	}
	b.Columns = c.columnsFor(b)
	if b.Type == "kanban" {
		b.SubQuery = "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"
	}
	b.ID = c.next("board", 1)
	j.boards.Put(c.Tx, b)
	v := c.boardShown(b)
	c.told(event{Name: "board_created", More: obj{"board": v}})
	return created(v), nil
}

// columnsFor are the columns of a new board: the statuses that issues of its projects can have, by category.
func (c *call) columnsFor(b Board) []BoardColumn {
	columns := []BoardColumn{{Name: "To Do"}, {Name: "In Progress"}, {Name: "Done"}}
	if b.Type == "kanban" {
		columns[0].Name = "Backlog"
	}
	had := map[int64]bool{}
	for _, p := range c.boardProjects(b) {
		for _, t := range c.issueTypesOf(p.ID) {
			w, _ := c.workflowOf(&p, t.ID)
			for _, s := range w.Statuses {
				if had[s.Status] {
					continue
				}
				had[s.Status] = true
				status, _ := c.j.statuses.Get(c.Tx, key(s.Status))
				n := 0
				switch status.Category {
				case categoryDoing:
					n = 1
				case categoryDone:
					n = 2
				}
				columns[n].Statuses = append(columns[n].Statuses, s.Status)
			}
		}
	}
	return columns
}

// getBoardByFilterID lists the boards of a filter.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-filter-filterid-get
func (j *Jira) getBoardByFilterID(c *call) (any, error) {
	f, ok := j.filters.Get(c.Tx, key(number(c.param("filterId"))))
	if !ok || !c.seesFilter(f) {
		return nil, errNoFilter
	}
	var found []Board
	for b := range j.boards.All(c.Tx, "") {
		if b.Filter == f.ID {
			found = append(found, b)
		}
	}
	return agilePage(c, found, func(b Board) any {
		return obj{"id": b.ID, "self": c.agile("/board/" + id(b.ID)), "name": b.Name}
	})
}

// getBoard returns a board.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-get
func (j *Jira) getBoard(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	return c.boardShown(b), nil
}

// deleteBoard deletes a board. Its filter and its sprints stay.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-delete
func (j *Jira) deleteBoard(c *call) (any, error) {
	b, err := c.managedBoard()
	if err != nil {
		return nil, err
	}
	v := c.boardShown(b)
	c.dropProperties("board/" + id(b.ID))
	j.boards.Delete(c.Tx, key(b.ID))
	c.told(event{Name: "board_deleted", More: obj{"board": v}})
	return nil, nil
}

// managedBoard finds the board that the path names, which the caller may configure.
func (c *call) managedBoard() (Board, error) {
	b, err := c.board()
	if err == nil && !c.managesBoard(b) {
		err = errNotYourBoard
	}
	return b, err
}

// getBoardConfiguration returns what a board shows and how.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-configuration-get
func (j *Jira) getBoardConfiguration(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	columns := []any{}
	for _, col := range b.Columns {
		statuses := []any{}
		for _, s := range col.Statuses {
			statuses = append(statuses, obj{"id": id(s), "self": c.api("/status/" + id(s))})
		}
		v := obj{"name": col.Name, "statuses": statuses}
		if col.Min != 0 {
			v["min"] = col.Min
		}
		if col.Max != 0 {
			v["max"] = col.Max
		}
		columns = append(columns, v)
	}
	v := obj{"id": b.ID, "name": b.Name, "type": b.Type, "self": c.agile("/board/" + id(b.ID) + "/configuration"), "filter": obj{"id": id(b.Filter), "self": c.api("/filter/" + id(b.Filter))},
		"columnConfig": obj{"columns": columns, "constraintType": "issueCount"}, "ranking": obj{"rankCustomFieldId": number(strings.TrimPrefix(b.Ranking, customPrefix))}}
	if p, ok := j.projects.Get(c.Tx, key(b.Project)); ok {
		v["location"] = obj{"type": "project", "key": p.Key, "id": id(p.ID), "self": c.api("/project/" + id(p.ID)), "name": p.Name}
	} else {
		v["location"] = obj{"type": "user", "id": b.User, "self": c.api("/user?accountId=" + b.User)}
	}
	if b.SubQuery != "" {
		v["subQuery"] = obj{"query": b.SubQuery}
	}
	if b.hasSprints() {
		v["estimation"] = obj{"type": "none"}
		if f, ok := c.field(b.Estimation); ok {
			v["estimation"] = obj{"type": "field", "field": obj{"fieldId": f.ID, "displayName": f.Name}}
		}
	}
	return v, nil
}

// boardProjects are the projects that a board is about: its own, and those that its filter names or finds issues of.
func (c *call) boardProjects(b Board) (ps []Project) {
	had := map[int64]bool{}
	add := func(n int64) {
		if p, ok := c.j.projects.Get(c.Tx, key(n)); ok && !had[n] && p.Trashed == 0 && c.may("BROWSE_PROJECTS", &p, nil) {
			had[n] = true
			ps = append(ps, p)
		}
	}
	add(b.Project)
	for _, name := range c.projectsNamedIn(b) {
		if p, ok := c.project(name); ok {
			add(p.ID)
		}
	}
	return ps
}

// getBoardProjects lists the projects of a board.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-project-get
func (j *Jira) getBoardProjects(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	return agilePage(c, c.boardProjects(b), func(p Project) any { return c.projectBrief(p) })
}

// getBoardProjectsFull lists the projects that the filter of a board names.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-project-full-get
func (j *Jira) getBoardProjectsFull(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, p := range c.boardProjects(b) {
		out = append(out, with(c.projectBrief(p), obj{"style": projectStyle(p), "insight": c.insight(p)}))
	}
	return out, nil
}

// projectStyle is how Jira calls who manages a project.
func projectStyle(p Project) string {
	if p.Team {
		return "next-gen"
	}
	return "classic"
}

// getReportsForBoard lists the reports that a board has.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-reports-get
func (j *Jira) getReportsForBoard(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	names := []string{"cumulativeFlowDiagram", "controlChart"}
	if b.hasSprints() {
		names = []string{"burndownChart", "burnupChart", "sprintReport", "velocityChart", "cumulativeFlowDiagram", "versionReport", "epicReport", "controlChart", "epicBurndown", "releaseBurndown"}
	}
	reports := []any{}
	for _, n := range names {
		reports = append(reports, obj{"key": n})
	}
	return obj{"reports": reports}, nil
}

// getBoardVersions lists the versions of a board's projects, in their order.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-version-get
func (j *Jira) getBoardVersions(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	released := c.qs("released")
	var all []Version
	for _, p := range c.boardProjects(b) {
		for v := range c.versionsOf(p.ID) {
			if released == nil || slices.Contains(released, map[bool]string{true: "true", false: "false"}[v.Released]) {
				all = append(all, v)
			}
		}
	}
	return agilePage(c, all, func(v Version) any {
		out := obj{"self": c.api("/version/" + id(v.ID)), "id": v.ID, "projectId": v.Project, "name": v.Name, "description": v.Description, "archived": v.Archived, "released": v.Released}
		for name, day := range map[string]string{"startDate": v.Start, "releaseDate": v.Release} {
			if day != "" {
				out[name] = day + "T00:00:00.000Z"
			}
		}
		return out
	})
}

// getBoardPropertyKeys lists the keys of a board's properties.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-properties-get
func (j *Jira) getBoardPropertyKeys(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	return c.agilePropertyKeys("board/" + id(b.ID))
}

// agilePropertyKeys are the keys of the properties of a board or a sprint.
func (c *call) agilePropertyKeys(of string) (any, error) {
	keys := []any{}
	for x := range c.j.properties.All(c.Tx, of+"/") {
		keys = append(keys, obj{"self": c.agile("/" + of + "/properties/" + x.Key), "key": x.Key})
	}
	return obj{"keys": keys}, nil
}

// getBoardProperty returns a property of a board.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-properties-propertykey-get
func (j *Jira) getBoardProperty(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	return c.getProperty("board/" + id(b.ID))
}

// setBoardProperty keeps a property of a board.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-properties-propertykey-put
func (j *Jira) setBoardProperty(c *call) (any, error) {
	b, err := c.managedBoard()
	if err != nil {
		return nil, err
	}
	return c.putProperty("board/" + id(b.ID))
}

// deleteBoardProperty deletes a property of a board.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-properties-propertykey-delete
func (j *Jira) deleteBoardProperty(c *call) (any, error) {
	b, err := c.managedBoard()
	if err != nil {
		return nil, err
	}
	return c.deleteProperty("board/" + id(b.ID))
}

var (
	errNoBoard = &refusal{status: http.StatusNotFound, fields: map[string]string{"rapidViewId": "The requested board cannot be viewed because it either does not exist or you do not have permission to view it."}}

	errNotYourBoard = forbidden("You do not have permission to configure this board.")
	errNoSprints    = badRequest("The board does not support sprints")
)
