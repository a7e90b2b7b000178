package jira

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

func (j *Jira) sprintsOperations() {
	j.on(twin.Full, "agile.getAllSprints", j.getAllSprints).public()
	j.on(twin.Full, "agile.getBoardIssuesForSprint", j.getBoardIssuesForSprint).public()
	j.on(twin.Full, "agile.createSprint", j.createSprint)
	j.on(twin.Full, "agile.getSprint", j.getSprint).public()
	j.on(twin.Full, "agile.updateSprint", j.updateSprint)
	j.on(twin.Full, "agile.partiallyUpdateSprint", j.partiallyUpdateSprint)
	j.on(twin.Full, "agile.deleteSprint", j.deleteSprint)
	j.on(twin.Full, "agile.getIssuesForSprint", j.getIssuesForSprint).public()
	j.on(twin.Full, "agile.moveIssuesToSprintAndRank", j.moveIssuesToSprintAndRank)
	j.on(twin.Full, "agile.swapSprint", j.swapSprint)
	j.on(twin.Full, "agile.getPropertiesKeys", j.getSprintPropertyKeys).public()
	j.on(twin.Full, "agile.getProperty", j.getSprintProperty).public()
	j.on(twin.Full, "agile.setProperty", j.setSprintProperty)
	j.on(twin.Full, "agile.deleteProperty", j.deleteSprintProperty)
}

// sprintKind is the sprints that an issue is or has been in.
var sprintKind = &fieldKind{Type: "array", Items: "json", Operations: sets,
	read: func(c *call, f *field, _ *Issue, v any) (any, error) {
		n := number(v)
		s, ok := c.j.sprints.Get(c.Tx, key(n))
		switch {
		case n == 0:
			return nil, wrong(f.ID, "Number value expected as the Sprint id.")
		case !ok:
			return nil, wrong(f.ID, "Sprint with id %d does not exist", n)
		case s.State == "closed":
			return nil, wrong(f.ID, "Issue can be assigned only active or future sprints.")
		}
		return id(n), nil
	},
	show: func(c *call, _ *field, v any) any {
		return shownOnce(c, c.j.sprints, key(number(v)), c.sprintBrief)
	},
	words: func(c *call, _ *field, v any) string {
		s, _ := c.j.sprints.Get(c.Tx, key(number(v)))
		return s.Name
	},
}

// sprintBrief is a sprint as the issues in it show it.
func (c *call) sprintBrief(s Sprint) obj {
	out := obj{"id": s.ID, "name": s.Name, "state": s.State, "boardId": s.Board, "goal": s.Goal}
	for name, at := range map[string]int64{"startDate": s.Start, "endDate": s.End, "completeDate": s.Complete} {
		if at != 0 {
			out[name] = sprintStamp(at)
		}
	}
	return out
}

// sprintStamp is a time as sprints have it.
func sprintStamp(ms int64) any {
	if ms == 0 {
		return nil
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// sprint finds the sprint that the path names, and its board. Who sees the board sees it.
func (c *call) sprint() (Sprint, Board, error) { return c.sprintNumbered(c.param("sprintId")) }

func (c *call) sprintNumbered(n any) (Sprint, Board, error) {
	s, ok := c.j.sprints.Get(c.Tx, key(number(n)))
	b, kept := c.j.boards.Get(c.Tx, key(s.Board))
	if !ok || kept && !c.seesBoard(b) || !kept && !c.isAdmin() {
		return s, b, errNoSprint
	}
	return s, b, nil
}

// managedSprint finds the sprint that the path names, which the caller may change.
func (c *call) managedSprint() (Sprint, Board, error) {
	s, b, err := c.sprint()
	if err == nil && !c.managesSprints(b) {
		err = errNotYourSprint
	}
	return s, b, err
}

// managesSprints reports whether the caller may plan on a board: whoever may in all its projects.
func (c *call) managesSprints(b Board) bool {
	return c.who.ID != "" && !slices.ContainsFunc(c.boardProjects(b), func(p Project) bool { return !c.may("MANAGE_SPRINTS_PERMISSION", &p, nil) })
}

// sprintShown is a sprint as the Agile API shows it.
func (c *call) sprintShown(s Sprint) any {
	v := obj{"id": s.ID, "self": c.agile("/sprint/" + id(s.ID)), "state": s.State, "name": s.Name, "createdDate": sprintStamp(s.Created), "originBoardId": s.Board, "goal": s.Goal}
	for name, at := range map[string]int64{"startDate": s.Start, "endDate": s.End, "completeDate": s.Complete} {
		if at != 0 {
			v[name] = sprintStamp(at)
		}
	}
	return v
}

// sprintStates are in the order in which boards list their sprints.
var sprintStates = []string{"closed", "active", "future"}

// getAllSprints lists the sprints of a board: its own, and those of others in which it has issues.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-sprint-get
func (j *Jira) getAllSprints(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	if !b.hasSprints() {
		return nil, errNoSprints
	}
	states := c.qs("state")
	for _, s := range states {
		if !slices.Contains(sprintStates, s) {
			return nil, badRequest("The sprint state '%s' is not valid. Valid states are: future, active, closed.", s)
		}
	}
	sprints := slices.DeleteFunc(c.sprintsOn(b), func(s Sprint) bool { return states != nil && !slices.Contains(states, s.State) })
	return agilePage(c, sprints, c.sprintShown)
}

// ownSprints are the sprints that have been planned on a board.
func (c *call) ownSprints(b Board) iter.Seq[Sprint] {
	return c.j.sprintsOf.Range(c.Tx, store.Range{Prefix: key(b.ID) + "/"})
}

// sprintsOn are the sprints of a board in its order.
func (c *call) sprintsOn(b Board) (all []Sprint) {
	had := map[int64]bool{}
	for s := range c.ownSprints(b) {
		had[s.ID] = true
		all = append(all, s)
	}
	if q, ok := c.boardQuery(b); ok {
		for _, i := range c.find(q).found() {
			for _, n := range list(i.Fields[sprintField]) {
				if s, ok := c.j.sprints.Get(c.Tx, key(number(n))); ok && !had[s.ID] {
					had[s.ID] = true
					all = append(all, s)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Sprint) int {
		return cmp.Or(slices.Index(sprintStates, a.State)-slices.Index(sprintStates, b.State), cmp.Compare(a.Order, b.Order))
	})
	return all
}

// getBoardIssuesForSprint lists the issues of a board that are in a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-sprint-sprintid-issue-get
func (j *Jira) getBoardIssuesForSprint(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	if !b.hasSprints() {
		return nil, errNoSprints
	}
	s, _, err := c.sprint()
	if err != nil {
		return nil, err
	}
	return c.boardIssues(func(_ Board, i *Issue) bool { return s.has(i) })
}

// has reports whether an issue is or was in a sprint.
func (s Sprint) has(i *Issue) bool {
	return slices.Contains(list(i.Fields[sprintField]), any(id(s.ID)))
}

// createSprint plans a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-post
func (j *Jira) createSprint(c *call) (any, error) {
	doc := object(c.body)
	if doc["originBoardId"] == nil {
		return nil, wrong("originBoardId", "You must specify an origin board for the sprint")
	}
	b, err := c.boardNumbered(doc["originBoardId"])
	switch {
	case err != nil:
		return nil, err
	case !b.hasSprints():
		return nil, errNoSprints
	case !c.managesSprints(b):
		return nil, errNotYourSprint
	}
	s := Sprint{Board: b.ID, State: "future", Created: c.at()}
	if err := s.read(doc, true); err != nil {
		return nil, err
	}
	s.ID = c.next("sprint", 1)
	s.Order = s.ID
	j.sprints.Put(c.Tx, s)
	v := c.sprintShown(s)
	c.told(event{Name: "sprint_created", More: obj{"sprint": v}})
	return created(v), nil
}

// maxSprintName bounds the name of a sprint, in characters.
const maxSprintName = 30

// read takes {name, goal, startDate, endDate}. Unless all is said of the sprint, what is not there stays.
func (s *Sprint) read(doc obj, all bool) error {
	bad := problems{}
	if _, said := doc["name"]; said || all {
		s.Name = strings.TrimSpace(text(doc["name"]))
		switch {
		case s.Name == "":
			bad.add(wrong("name", "You must specify a name for the sprint"))
		case utf8.RuneCountInString(s.Name) > maxSprintName:
			bad.add(wrong("name", "The sprint name must be shorter than %d characters", maxSprintName))
		}
	}
	if _, said := doc["goal"]; said || all {
		s.Goal = text(doc["goal"])
	}
	if s.State != "closed" {
		for name, at := range map[string]*int64{"startDate": &s.Start, "endDate": &s.End} {
			v, said := doc[name]
			if !said && !all {
				continue
			}
			if *at = 0; v == nil || v == "" {
				continue
			}
			t, ok := sprintTime(text(v))
			if !ok {
				bad.add(wrong(name, "The date '%s' is not valid", plainWords(v)))
				continue
			}
			*at = t.UnixMilli()
		}
		if s.Start != 0 && s.End != 0 && s.Start >= s.End {
			bad.add(wrong("startDate", "The start date of a sprint must be before the end date"))
		}
	}
	if len(bad) > 0 {
		return bad.refusal()
	}
	return nil
}

// sprintTime reads a time with its zone; without one it is the world's own.
func sprintTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.000-0700", "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// getSprint returns a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-get
func (j *Jira) getSprint(c *call) (any, error) {
	s, _, err := c.sprint()
	if err != nil {
		return nil, err
	}
	return c.sprintShown(s), nil
}

// updateSprint says everything of a sprint anew.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-put
func (j *Jira) updateSprint(c *call) (any, error) { return c.changeSprint(true) }

// partiallyUpdateSprint changes what the body has of a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-post
func (j *Jira) partiallyUpdateSprint(c *call) (any, error) { return c.changeSprint(false) }

// changeSprint changes a sprint, starts it or completes it. Of one that is closed only the name and the goal can change.
func (c *call) changeSprint(all bool) (any, error) {
	s, _, err := c.managedSprint()
	if err != nil {
		return nil, err
	}
	doc, was := object(c.body), s
	state := text(doc["state"])
	if err := s.read(doc, all); err != nil {
		return nil, err
	}
	happened := "sprint_updated"
	switch {
	case doc["state"] == nil && all:
		return nil, wrong("state", "You must specify a state for the sprint")
	case doc["state"] == nil || state == was.State || was.State == "closed":
	case !slices.Contains(sprintStates, state):
		return nil, wrong("state", "The sprint state '%s' is not valid", plainWords(doc["state"]))
	case was.State == "future" && state == "active":
		s.State, happened = state, "sprint_started"
	case was.State == "active" && state == "closed":
		s.State, s.Complete, happened = state, c.at(), "sprint_closed"
	default:
		return nil, wrong("state", "The sprint cannot go from the state '%s' to '%s'", was.State, state)
	}
	if s.State == "active" {
		bad := problems{}
		if s.Start == 0 {
			bad.add(wrong("startDate", "You must specify a start date for the sprint"))
		}
		if s.End == 0 {
			bad.add(wrong("endDate", "You must specify an end date for the sprint"))
		}
		if len(bad) > 0 {
			return nil, bad.refusal()
		}
	}
	c.j.sprints.Put(c.Tx, s)
	v := c.sprintShown(s)
	c.told(event{Name: happened, More: obj{"sprint": v}})
	return v, nil
}

// deleteSprint deletes a sprint. Its issues go back to the backlog.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-delete
func (j *Jira) deleteSprint(c *call) (any, error) {
	s, _, err := c.managedSprint()
	if err != nil {
		return nil, err
	}
	for i := range j.issuesByValue.All(c.Tx, sprintField+"="+id(s.ID)) {
		if !s.has(&i) {
			continue
		}
		was := i
		i.Fields = clone(i.Fields)
		rest := slices.DeleteFunc(list(i.Fields[sprintField]), func(n any) bool { return n == id(s.ID) })
		if i.Fields[sprintField] = rest; len(rest) == 0 {
			delete(i.Fields, sprintField)
		}
		c.save(was, i, nil)
	}
	v := c.sprintShown(s)
	c.dropProperties("sprint/" + id(s.ID))
	j.sprints.Delete(c.Tx, key(s.ID))
	c.told(event{Name: "sprint_deleted", More: obj{"sprint": v}})
	return nil, nil
}

// getIssuesForSprint lists the issues of a sprint by rank.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-issue-get
func (j *Jira) getIssuesForSprint(c *call) (any, error) {
	s, _, err := c.sprint()
	if err != nil {
		return nil, err
	}
	found, err := c.narrowed(whereIs("sprint", id(s.ID)))
	if err != nil {
		return nil, err
	}
	return c.agileIssues(found)
}

// moveIssuesToSprintAndRank plans issues for a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-issue-post
func (j *Jira) moveIssuesToSprintAndRank(c *call) (any, error) {
	s, _, err := c.sprint()
	switch {
	case err != nil:
		return nil, err
	case s.State == "closed":
		return nil, badRequest("Issue can be assigned only active or future sprints.")
	}
	issues, err := c.moved()
	if err != nil {
		return nil, err
	}
	for n, i := range issues {
		issues[n] = c.intoSprint(i, s)
	}
	return c.rankedAsAsked(issues)
}

// swapSprint lets two sprints change their places.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-swap-post
func (j *Jira) swapSprint(c *call) (any, error) {
	s, _, err := c.managedSprint()
	if err != nil {
		return nil, err
	}
	other, b, err := c.sprintNumbered(object(c.body)["sprintToSwapWith"])
	switch {
	case err != nil:
		return nil, err
	case !c.managesSprints(b):
		return nil, errNotYourSprint
	}
	s.Order, other.Order = other.Order, s.Order
	j.sprints.Put(c.Tx, s)
	j.sprints.Put(c.Tx, other)
	return nil, nil
}

// getSprintPropertyKeys lists the keys of a sprint's properties.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-properties-get
func (j *Jira) getSprintPropertyKeys(c *call) (any, error) {
	s, _, err := c.sprint()
	if err != nil {
		return nil, err
	}
	return c.agilePropertyKeys("sprint/" + id(s.ID))
}

// getSprintProperty returns a property of a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-properties-propertykey-get
func (j *Jira) getSprintProperty(c *call) (any, error) {
	s, _, err := c.sprint()
	if err != nil {
		return nil, err
	}
	return c.getProperty("sprint/" + id(s.ID))
}

// setSprintProperty keeps a property of a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-properties-propertykey-put
func (j *Jira) setSprintProperty(c *call) (any, error) {
	s, _, err := c.managedSprint()
	if err != nil {
		return nil, err
	}
	return c.putProperty("sprint/" + id(s.ID))
}

// deleteSprintProperty deletes a property of a sprint.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-properties-propertykey-delete
func (j *Jira) deleteSprintProperty(c *call) (any, error) {
	s, _, err := c.managedSprint()
	if err != nil {
		return nil, err
	}
	return c.deleteProperty("sprint/" + id(s.ID))
}

var (
	errNoSprint      = notFound("We could not find the sprint")
	errNotYourSprint = forbidden("You do not have the Manage Sprints permission for all the projects of this board.")
)
