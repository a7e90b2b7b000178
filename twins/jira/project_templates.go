package jira

import (
	"cmp"
	"strings"
)

// A template is what a new project begins with.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-post
type template struct {
	key, name, kind string
	team            bool
	board           string   // scrum, kanban; "" for none
	types           []string // issue types, the usual one first
	columns         []templateColumn
}

// A templateColumn is a status of the project's workflow, and a column of its board.
type templateColumn struct {
	name     string
	category int
}

var (
	threeColumns  = []templateColumn{{"To Do", categoryToDo}, {"In Progress", categoryDoing}, {"Done", categoryDone}}
	kanbanColumns = []templateColumn{{"Backlog", categoryToDo}, {"Selected for Development", categoryToDo}, {"In Progress", categoryDoing}, {"Done", categoryDone}}
	deskColumns   = []templateColumn{{"Open", categoryToDo}, {"In progress", categoryDoing}, {"Resolved", categoryDone}}
	softwareTypes = []string{"Story", "Task", "Bug", "Epic", "Subtask"}
	businessTypes = []string{"Task", "Subtask"}
	serviceTypes  = []string{"Service Request", "Incident", "Problem", "Change", "Task", "Subtask"}
)

// templates are those that Jira has.
var templates = []template{
	{"com.pyxis.greenhopper.jira:gh-simplified-scrum-classic", "Scrum", "software", false, "scrum", softwareTypes, threeColumns},
	{"com.pyxis.greenhopper.jira:gh-simplified-kanban-classic", "Kanban", "software", false, "kanban", softwareTypes, kanbanColumns},
	{"com.pyxis.greenhopper.jira:gh-simplified-basic", "Basic software development", "software", false, "kanban", softwareTypes, threeColumns},
	{"com.pyxis.greenhopper.jira:gh-simplified-agility-scrum", "Scrum", "software", true, "scrum", []string{"Task", "Story", "Bug", "Epic", "Subtask"}, threeColumns},
	{"com.pyxis.greenhopper.jira:gh-simplified-agility-kanban", "Kanban", "software", true, "kanban", []string{"Task", "Epic", "Subtask"}, threeColumns},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-project-management", "Project management", "business", false, "", businessTypes, threeColumns},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-task-tracking", "Task tracking", "business", false, "", businessTypes, []templateColumn{{"To Do", categoryToDo}, {"Done", categoryDone}}},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-content-management", "Content management", "business", false, "", businessTypes, []templateColumn{{"To Do", categoryToDo}, {"In Progress", categoryDoing}, {"In Review", categoryDoing}, {"Done", categoryDone}}},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-process-control", "Process control", "business", false, "", businessTypes, []templateColumn{{"Open", categoryToDo}, {"In Progress", categoryDoing}, {"Under Review", categoryDoing}, {"Approved", categoryDone}, {"Rejected", categoryDone}}},
	{"com.atlassian.servicedesk:simplified-it-service-management", "IT service management", "service_desk", false, "", serviceTypes, []templateColumn{{"Open", categoryToDo}, {"Work in progress", categoryDoing}, {"Waiting for customer", categoryDoing}, {"Resolved", categoryDone}, {"Closed", categoryDone}}},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-document-approval", "Document approval", "business", false, "", businessTypes, []templateColumn{{"Open", categoryToDo}, {"In Progress", categoryDoing}, {"In Review", categoryDoing}, {"Approved", categoryDone}, {"Rejected", categoryDone}}},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-lead-tracking", "Lead tracking", "business", false, "", businessTypes, []templateColumn{{"Lead", categoryToDo}, {"Contacted", categoryDoing}, {"Negotiation", categoryDoing}, {"Won", categoryDone}, {"Lost", categoryDone}}},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-procurement", "Procurement", "business", false, "", businessTypes, []templateColumn{{"Requested", categoryToDo}, {"In Review", categoryDoing}, {"Ordered", categoryDoing}, {"Received", categoryDone}, {"Rejected", categoryDone}}},
	{"com.atlassian.jira-core-project-templates:jira-core-simplified-recruitment", "Recruitment", "business", false, "", businessTypes, []templateColumn{{"Applications", categoryToDo}, {"Screening", categoryDoing}, {"Interviewing", categoryDoing}, {"Offer", categoryDoing}, {"Accepted", categoryDone}, {"Rejected", categoryDone}}},
	{"com.atlassian.servicedesk:simplified-internal-service-desk", "Internal service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-external-service-desk", "External service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-general-service-desk", "General service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-general-service-desk-it", "IT service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-general-service-desk-business", "Business service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-hr-service-desk", "HR service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-facilities-service-desk", "Facilities service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-legal-service-desk", "Legal service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-marketing-service-desk", "Marketing service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-finance-service-desk", "Finance service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-analytics-service-desk", "Analytics service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-design-service-desk", "Design service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-sales-service-desk", "Sales service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-halp-service-desk", "Chat service desk", "service_desk", false, "", serviceTypes, deskColumns},
	{"com.atlassian.servicedesk:simplified-custom-project-service-desk", "Blank service desk", "service_desk", false, "", serviceTypes, deskColumns},
}

// templateOf finds a template by its key; of an unknown one of a kind, the usual one.
func templateOf(key, kind string) (template, bool) {
	for _, t := range templates {
		if t.key == key {
			return t, true
		}
	}
	for _, t := range templates {
		if key == "" && t.kind == kind {
			return t, true
		}
	}
	return template{}, false
}

// furnish gives a new project its own issue types, workflow, screens and board, as its template has them.
func (c *call) furnish(p Project, t template) Project {
	scope, title := int64(0), p.Key+": "+t.name
	if t.team {
		scope, title = p.ID, p.Name
	}
	types := IssueTypeScheme{ID: c.next("issueTypeScheme", firstID), Name: title + " Issue Type Scheme", Description: "Default issue type scheme for project " + p.Key}
	for _, name := range t.types {
		types.Types = append(types.Types, c.issueTypeNamed(name, scope).ID)
	}
	types.Default = types.Types[0]
	c.j.issueTypeSchemes.Put(c.Tx, types)

	w := Workflow{ID: c.uuid(), Name: "Software Simplified Workflow for Project " + p.Key, Description: "Generated by JIRA Software version 1001.0.0-SNAPSHOT. This workflow is managed internally by JIRA Software. Do not manually modify this workflow.", Version: 1, Created: c.at(), Updated: c.at(), Project: scope}
	if t.kind != "software" {
		w.Name, w.Description = p.Key+": "+t.name+" Workflow", ""
	}
	var board Board
	for n, col := range t.columns {
		s := c.statusNamed(col.name, col.category, scope)
		w.Statuses = append(w.Statuses, WorkflowStatus{Status: s.ID, Properties: map[string]string{}})
		if n == 0 {
			w.Transitions = append(w.Transitions, Transition{ID: 1, Name: "Create", Type: "initial", To: s.ID})
		}
		way := Transition{ID: 11 + 10*n, Name: col.name, Type: "global", To: s.ID, Actions: resolving(col.category == categoryDone)}
		w.Transitions = append(w.Transitions, way)
		board.Columns = append(board.Columns, BoardColumn{Name: col.name, Statuses: []int64{s.ID}})
	}
	c.j.workflows.Put(c.Tx, w)
	ws := WorkflowScheme{ID: c.next("workflowScheme", firstID), Name: p.Key + ": Software Simplified Workflow Scheme", Description: "Generated by JIRA Software version 1001.0.0-SNAPSHOT", Default: w.ID, Mappings: map[string]string{}, Version: 1}
	c.j.workflowSchemes.Put(c.Tx, ws)

	screen := Screen{ID: c.next("screen", firstID), Name: title + " Default Issue Screen", Project: scope, Tabs: []Tab{{ID: c.next("tab", firstID), Name: "Field Tab", Fields: strings.Fields(issueScreenFields)}}}
	c.j.screens.Put(c.Tx, screen)
	ss := ScreenScheme{ID: c.next("screenScheme", firstID), Name: title + " Default Screen Scheme", Screens: map[string]int64{"default": screen.ID}}
	c.j.screenSchemes.Put(c.Tx, ss)
	ts := TypeScreenScheme{ID: c.next("typeScreenScheme", firstID), Name: title + " Issue Type Screen Scheme", Mappings: map[string]int64{"default": ss.ID}}
	c.j.typeScreenSchemes.Put(c.Tx, ts)

	p.IssueTypes, p.Workflows, p.Screens = cmp.Or(p.IssueTypes, types.ID), cmp.Or(p.Workflows, ws.ID), cmp.Or(p.Screens, ts.ID)
	p.Template, p.Type, p.Team = t.key, t.kind, t.team
	c.j.projects.Put(c.Tx, p)
	c.staff(p)
	if t.kind == "service_desk" {
		c.openDesk(p)
	}
	if t.board != "" {
		f := Filter{ID: c.next("filter", firstID), Name: "Filter for " + p.Key + " board", JQL: "project = " + p.Key + " ORDER BY Rank ASC", Owner: p.Lead, Shares: []Share{{ID: c.next("share", firstID), Type: "project", Project: p.ID}}}
		c.j.filters.Put(c.Tx, f)
		board.ID, board.Filter, board.Name, board.Type, board.Project, board.Owner = c.next("board", 1), f.ID, p.Key+" board", t.board, p.ID, p.Lead
		if t.team {
			board.Type, board.Features = "simple", map[string]bool{featureSprints: t.board == "scrum", "jsw.agility.backlog": t.board == "scrum", "jsw.agility.estimation": t.board == "scrum", "jsw.agility.reports": true}
		}
		board.Ranking = rankField
		if t.board == "scrum" {
			board.Estimation = storyPointsField
		}
		c.j.boards.Put(c.Tx, board)
	}
	return p
}

// staff gives the roles of a new project to whom every project begins with, and to its lead.
func (c *call) staff(p Project) {
	for a := range c.j.actors.All(c.Tx, "") {
		if a.Project == 0 {
			c.j.actors.Put(c.Tx, Actor{ID: c.next("actor", firstID), Role: a.Role, Project: p.ID, User: a.User, Group: a.Group})
		}
	}
	if p.Lead != "" {
		c.j.actors.Put(c.Tx, Actor{ID: c.next("actor", firstID), Role: administratorsRole, Project: p.ID, User: p.Lead})
	}
}

// issueScreenFields are on the screen of a new project.
const issueScreenFields = "summary issuetype parent components description fixVersions priority labels attachment environment timetracking duedate issuelinks assignee reporter versions security " + sprintField + " " + storyPointsField + " " + epicLinkField

// resolving is what a transition to a status does with the resolution.
func resolving(done bool) []any {
	value := ""
	if done {
		value = id(resolutionDone)
	}
	return []any{obj{"ruleKey": "system:update-field", "parameters": obj{"field": "resolution", "value": value}}}
}

// issueTypeNamed finds an issue type, or makes it for a project that has its own.
func (c *call) issueTypeNamed(name string, project int64) IssueType {
	var shared IssueType
	for t := range c.j.issueTypes.All(c.Tx, "") {
		if t.Name != name && !(name == "Subtask" && t.Level < 0) {
			continue
		}
		if t.Project == project {
			return t
		}
		if t.Project == 0 {
			shared = t
		}
	}
	t := shared
	if t.ID == 0 {
		t = IssueType{Name: name, Avatar: 10318}
	}
	t.ID, t.Project = c.next("issueType", 10005), project
	if project != 0 {
		t.UUID = c.uuid()
	}
	c.j.issueTypes.Put(c.Tx, t)
	return t
}

// statusNamed finds a status, or makes it for a project that has its own.
func (c *call) statusNamed(name string, category int, project int64) Status {
	for s := range c.j.statuses.All(c.Tx, "") {
		if s.Name == name && s.Project == project {
			return s
		}
	}
	s := Status{ID: c.next("status", 10002), Name: name, Category: category, Project: project}
	c.j.statuses.Put(c.Tx, s)
	return s
}

// uuid is a new id as those are that are not numbers.
func (c *call) uuid() string {
	h := c.Rand(32, "0123456789abcdef")
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}
