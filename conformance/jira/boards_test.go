package jira

import (
	"strconv"
	"strings"
	"testing"

	"github.com/andygrunwald/go-jira"
)

func init() {
	row("Board", "GetAllBoards", func(t *testing.T) {
		e := world(t)
		all, _, err := e.Board.GetAllBoards(&jira.BoardListOptions{BoardType: "kanban", ProjectKeyOrID: "OPS"})
		must(t, err)
		want(t, "boards", len(all.Values), 1)
		want(t, "name", all.Values[0].Name, "OPS board")
		page, _, err := e.Board.GetAllBoards(&jira.BoardListOptions{SearchOptions: jira.SearchOptions{MaxResults: 1, StartAt: 1}})
		must(t, err)
		want(t, "second page", page.Values[0].ID, 2)
		want(t, "last", page.IsLast, true)
	})
	row("Board", "GetBoard", func(t *testing.T) {
		e := world(t)
		b, _, err := e.Board.GetBoard(1)
		must(t, err)
		want(t, "type", b.Type, "scrum")
		_, _, err = e.Board.GetBoard(99)
		refused(t, err, "The requested board cannot be viewed")
	})
	row("Board", "CreateBoard", func(t *testing.T) {
		e := world(t)
		b := e.board("Bugs")
		got, _, err := e.Board.GetBoard(b.ID)
		must(t, err)
		want(t, "name", got.Name, "Bugs")
	})
	row("Board", "DeleteBoard", func(t *testing.T) {
		e := world(t)
		b := e.board("Bugs")
		_, _, err := e.Board.DeleteBoard(b.ID)
		must(t, err)
		_, _, err = e.Board.GetBoard(b.ID)
		refused(t, err, "The requested board cannot be viewed")
	})
	row("Board", "GetBoardConfiguration", func(t *testing.T) {
		e := world(t)
		c, _, err := e.Board.GetBoardConfiguration(1)
		must(t, err)
		var names []string
		for _, col := range c.ColumnConfig.Columns {
			names = append(names, col.Name)
		}
		want(t, "columns", strings.Join(names, ", "), "To Do, In Progress, Done")
		want(t, "project", c.Location.Key, "ROCK")
	})
	row("Board", "GetAllSprints", func(t *testing.T) {
		e := world(t)
		all, _, err := e.Board.GetAllSprints("1")
		must(t, err)
		want(t, "sprints", len(all), 4)
		want(t, "first", all[0].State, "closed")
		_, _, err = e.Board.GetAllSprints("2")
		refused(t, err, "The board does not support sprints")
	})
	row("Board", "GetAllSprintsWithOptions", func(t *testing.T) {
		e := world(t)
		l, _, err := e.Board.GetAllSprintsWithOptions(1, &jira.GetAllSprintsOptions{State: "active"})
		must(t, err)
		want(t, "sprints", len(l.Values), 1)
		want(t, "name", l.Values[0].Name, "ROCK Sprint 3")
		want(t, "board", l.Values[0].OriginBoardID, 1)
	})
	row("Sprint", "MoveIssuesToSprint", func(t *testing.T) {
		e := world(t)
		_, err := e.Sprint.MoveIssuesToSprint(4, []string{"ROCK-16", "ROCK-17"})
		must(t, err)
		in, _, err := e.Sprint.GetIssuesForSprint(4)
		must(t, err)
		want(t, "issues", keys(in), "ROCK-14 ROCK-16 ROCK-17")
		_, err = e.Sprint.MoveIssuesToSprint(1, []string{"ROCK-16"})
		refused(t, err, "Issue can be assigned only active or future sprints.")
	})
	row("Sprint", "GetIssuesForSprint", func(t *testing.T) {
		e := world(t)
		in, _, err := e.Sprint.GetIssuesForSprint(3)
		must(t, err)
		want(t, "issues", keys(in), "ROCK-8 ROCK-11 ROCK-12 ROCK-13")
	})
	row("Sprint", "GetIssue", func(t *testing.T) {
		e := world(t)
		i, _, err := e.Sprint.GetIssue("ROCK-8", nil)
		must(t, err)
		want(t, "sprint", i.Fields.Sprint.Name, "ROCK Sprint 3")
		want(t, "epic", i.Fields.Epic.Key, "ROCK-1")
	})
}

// board makes a board of a filter of its own.
func (e *env) board(name string) *jira.Board {
	e.t.Helper()
	b, _, err := e.Board.CreateBoard(&jira.Board{Name: name, Type: "kanban", FilterID: e.filter(name, "project = ROCK AND issuetype = Bug")})
	must(e.t, err)
	return b
}

// filter keeps a query and returns its id. go-jira itself makes none.
func (e *env) filter(name, jql string) int {
	e.t.Helper()
	req, err := e.NewRequest("POST", "rest/api/3/filter", map[string]any{"name": name, "jql": jql, "favourite": true})
	must(e.t, err)
	var made struct{ ID string }
	_, err = e.Do(req, &made)
	must(e.t, err)
	n, err := strconv.Atoi(made.ID)
	must(e.t, err)
	return n
}
