package jira

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/store"
)

// A card is an issue as boards and lists show it.
type card struct {
	Key, Summary, Type, Icon, Priority, Status, Assignee, Epic string
	Category                                                   int
	Done                                                       bool
	Labels                                                     []string
	Points                                                     any
	Updated                                                    any
}

func (c *call) card(i *Issue) card {
	v := card{Key: c.keyOf(i), Summary: text(i.Fields["summary"]), Points: i.Fields[storyPointsField], Labels: texts(i.Fields["labels"]), Updated: msTime(i.Updated)}
	t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
	v.Type, v.Icon = t.Name, typeMark(t)
	s, _ := c.status(i.Fields["status"])
	v.Status, v.Category, v.Done = s.Name, s.Category, s.Category == categoryDone
	p, _ := c.j.priorities.Get(c.Tx, key(number(i.Fields["priority"])))
	v.Priority = p.Name
	u, _ := c.j.users.Get(c.Tx, text(i.Fields["assignee"]))
	v.Assignee = u.Name
	if e, ok := c.j.issues.Get(c.Tx, key(number(i.Fields["parent"]))); ok {
		v.Epic = text(e.Fields["summary"])
	}
	return v
}

// typeMark is the class of the mark that an issue type is drawn with.
func typeMark(t IssueType) string {
	switch {
	case t.Level > 0:
		return "epic"
	case t.Level < 0:
		return "subtask"
	case strings.EqualFold(t.Name, "Bug"), strings.EqualFold(t.Name, "Incident"), strings.EqualFold(t.Name, "Problem"):
		return "bug"
	case strings.EqualFold(t.Name, "Story"):
		return "story"
	}
	return "task"
}

// workScreen is what somebody has to do.
func (j *Jira) workScreen(c *call) (screen, error) {
	var mine []card
	for _, i := range c.assigned(c.who.ID) {
		if v := c.card(&i); !v.Done {
			mine = append(mine, v)
		}
	}
	s, err := j.projectsScreen(c)
	s.Title = "Your work"
	s.V["Mine"] = mine
	return s, err
}

// assigned are the issues that somebody is to work on, the latest changed first.
func (c *call) assigned(who string) (out []Issue) {
	for i := range c.j.issuesByValue.All(c.Tx, "assignee="+who) {
		p, _ := c.j.projects.Get(c.Tx, key(i.Project))
		if c.may("BROWSE_PROJECTS", &p, &i) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b Issue) int { return cmp.Compare(b.Updated, a.Updated) })
	return out
}

// projectsScreen is the projects that somebody may see.
func (j *Jira) projectsScreen(c *call) (screen, error) {
	var rows []obj
	for p := range j.projects.All(c.Tx, "") {
		if p.Trashed != 0 || !c.may("BROWSE_PROJECTS", &p, nil) {
			continue
		}
		lead, _ := j.users.Get(c.Tx, p.Lead)
		rows = append(rows, obj{"Key": p.Key, "Name": p.Name, "Type": p.Type, "Lead": lead.Name, "To": c.projectHome(p)})
	}
	return screen{V: obj{"Projects": rows}}, nil
}

// projectHome is the page that a project opens with: its board if it has one.
func (c *call) projectHome(p Project) string {
	for b := range c.j.boards.All(c.Tx, "") {
		if b.Project == p.ID {
			return "/jira/software/c/projects/" + p.Key + "/boards/" + id(b.ID)
		}
	}
	return "/jira/software/c/projects/" + p.Key + "/settings"
}

// ofProject begins a page of a project.
func (c *call) ofProject(key, nav string) (Project, screen, error) {
	p, err := c.seenProject(key)
	s := screen{Key: p.Key, Nav: nav, V: obj{"Project": p, "Name": p.Name}}
	s.Title = p.Name
	for b := range c.j.boards.All(c.Tx, "") {
		if b.Project == p.ID && s.Board == 0 {
			s.Board = b.ID
		}
	}
	return p, s, err
}

// onBoard are the issues of a board's project that are no epics and no subtasks, in their order.
func (c *call) onBoard(p Project, keep func(i *Issue) bool) (out []Issue) {
	for i := range c.j.issuesByValue.All(c.Tx, "project="+id(p.ID)) {
		t, _ := c.j.issueTypes.Get(c.Tx, key(number(i.Fields["issuetype"])))
		if t.Level == 0 && i.Archived == 0 && c.may("BROWSE_PROJECTS", &p, &i) && keep(&i) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(text(a.Fields[rankField]), text(b.Fields[rankField])), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// boardScreen is a board: a column a group of statuses, with the issues of the sprints that are under way.
func (j *Jira) boardScreen(c *call) (screen, error) {
	p, s, err := c.ofProject(c.param("key"), "board")
	if err != nil {
		return s, err
	}
	b, ok := j.boards.Get(c.Tx, key(number(c.param("board"))))
	if !ok {
		return s, notFound("The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
	}
	s.Board = b.ID
	s.Title = b.Name
	active := map[string]bool{}
	var sprints []Sprint
	for x := range j.sprints.All(c.Tx, "") {
		if x.Board == b.ID && x.State == "active" {
			active[id(x.ID)] = true
			sprints = append(sprints, x)
		}
	}
	chosen, holds := c.q("quickFilter"), func(*Issue) bool { return true }
	var quick []obj
	for _, q := range b.QuickFilters {
		on := id(q.ID) == chosen
		quick = append(quick, obj{"ID": q.ID, "Name": q.Name, "About": or(q.Description, q.JQL), "On": on})
		if on {
			if holds, err = c.matching(q.JQL); err != nil {
				return s, err
			}
		}
	}
	s.V["QuickFilters"], s.V["Configures"] = quick, c.managesBoard(b)
	issues := c.onBoard(p, func(i *Issue) bool {
		return holds(i) && (b.Type != "scrum" || slices.ContainsFunc(list(i.Fields[sprintField]), func(n any) bool { return active[text(n)] }))
	})
	type column struct {
		Name   string
		Status int64
		Cards  []card
	}
	var columns []column
	for n, col := range b.Columns {
		if n == 0 && b.Type == "kanban" && len(b.Columns) > 3 {
			continue // which is the backlog
		}
		v := column{Name: col.Name}
		for _, st := range col.Statuses {
			v.Status = st
		}
		for _, i := range issues {
			if slices.Contains(col.Statuses, number(i.Fields["status"])) {
				v.Cards = append(v.Cards, c.card(&i))
			}
		}
		columns = append(columns, v)
	}
	s.V["Columns"], s.V["Sprints"], s.V["BoardName"], s.V["Scrum"] = columns, sprints, b.Name, b.Type == "scrum"
	return s, nil
}

// backlogScreen is what is to come: the sprints that are not over, and what is in none.
func (j *Jira) backlogScreen(c *call) (screen, error) {
	p, s, err := c.ofProject(c.param("key"), "backlog")
	if err != nil {
		return s, err
	}
	b, ok := j.boards.Get(c.Tx, key(number(c.param("board"))))
	if !ok {
		return s, notFound("The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
	}
	s.Board, s.Title = b.ID, "Backlog – "+p.Name
	type section struct {
		ID          int64
		Name, State string
		Goal        string
		Cards       []card
		Points      float64
	}
	var sections []*section
	of := map[string]*section{}
	for x := range j.sprintsOf.Range(c.Tx, store.Range{Prefix: key(b.ID) + "/"}) {
		if x.State != "closed" {
			v := &section{ID: x.ID, Name: x.Name, State: x.State, Goal: x.Goal}
			sections, of[id(x.ID)] = append(sections, v), v
		}
	}
	rest := &section{Name: "Backlog"}
	for _, i := range c.onBoard(p, func(i *Issue) bool { return true }) {
		at := rest
		for _, n := range list(i.Fields[sprintField]) {
			if v := of[text(n)]; v != nil {
				at = v
			}
		}
		v := c.card(&i)
		if at == rest && v.Done {
			continue
		}
		at.Cards = append(at.Cards, v)
		if n, ok := i.Fields[storyPointsField].(float64); ok {
			at.Points += n
		}
	}
	s.V["Sections"] = append(sections, rest)
	return s, nil
}

// settingsScreen sums up how a project is set up.
func (j *Jira) settingsScreen(c *call) (screen, error) {
	p, s, err := c.ofProject(c.param("key"), "settings")
	if err != nil {
		return s, err
	}
	s.Title = "Settings – " + p.Name
	lead, _ := j.users.Get(c.Tx, p.Lead)
	category, _ := j.categories.Get(c.Tx, key(p.Category))
	permissions, _ := j.permissionSchemes.Get(c.Tx, key(p.Permissions))
	notifications, _ := j.notificationSchemes.Get(c.Tx, key(p.Notifications))
	s.V["Lead"], s.V["Category"], s.V["Permissions"], s.V["Notifications"] = lead.Name, category.Name, permissions.Name, notifications.Name
	types := c.issueTypesOf(p.ID)
	var ways []obj
	for _, t := range types {
		w, _ := c.workflowOf(&p, t.ID)
		var statuses []Status
		for _, x := range w.Statuses {
			st, _ := j.statuses.Get(c.Tx, key(x.Status))
			statuses = append(statuses, st)
		}
		ways = append(ways, obj{"Type": t.Name, "Icon": typeMark(t), "Workflow": w.Name, "Statuses": statuses})
	}
	s.V["Ways"] = ways
	s.V["Components"] = slices.Collect(j.componentsOf.All(c.Tx, key(p.ID)))
	s.V["Versions"] = slices.Collect(c.versionsOf(p.ID))
	var roles []obj
	for r := range j.roles.All(c.Tx, "") {
		var who []string
		for a := range j.actorsIn.All(c.Tx, key(p.ID)+"/"+key(r.ID)) {
			u, _ := j.users.Get(c.Tx, a.User)
			g, _ := j.groups.Get(c.Tx, a.Group)
			who = append(who, cmp.Or(u.Name, g.Name))
		}
		if len(who) > 0 {
			roles = append(roles, obj{"Name": r.Name, "Who": strings.Join(who, ", ")})
		}
	}
	s.V["Roles"] = roles
	return s, nil
}

// deeds are what people do on the pages.
func (j *Jira) deeds() map[string]deed {
	return map[string]deed{
		"create":  {serve: j.createIssue, body: j.createForm, said: "The issue is created.", to: func(_ *call, _ url.Values, out any) string { return "/browse/" + text(dig(out.(answer).body, "key")) }},
		"move":    {serve: j.moveCard, said: ""},
		"comment": {serve: j.addComment, body: j.commentForm},
		"edit":    {serve: j.editIssue, body: j.editForm, said: "Saved."},
		"transition": {serve: j.doTransition, body: func(_ *call, f url.Values) (any, error) {
			return obj{"transition": obj{"id": f.Get("transition")}}, nil
		}},
		"quickfilter": {serve: j.createQuickFilter, said: "The quick filter is added.", body: func(_ *call, f url.Values) (any, error) {
			return obj{"name": f.Get("name"), "query": f.Get("query"), "description": f.Get("description")}, nil
		}},
	}
}

// moveCard takes an issue to the column that its card was dropped on.
func (j *Jira) moveCard(c *call) (any, error) {
	i, p, err := c.issue(c.param("issueIdOrKey"))
	if err != nil {
		return nil, err
	}
	to := number(c.param("status"))
	if number(i.Fields["status"]) == to {
		return nil, nil
	}
	for _, t := range c.open(&p, &i) {
		if t.To == to {
			_, err := c.transition(i, obj{"transition": obj{"id": id(int64(t.ID))}})
			return nil, err
		}
	}
	s, _ := j.statuses.Get(c.Tx, key(to))
	return nil, badRequest("%s cannot be moved to %s.", c.keyOf(&i), s.Name)
}
