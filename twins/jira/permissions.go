package jira

import (
	"slices"
	"strings"
)

// A permission is one of those that Jira itself has.
type permission struct {
	ID                     int
	Key, Name, Description string
	Global                 bool
}

// permissions are Jira's own, with their old numbers.
//
// https://support.atlassian.com/jira-cloud-administration/docs/permissions-for-company-managed-projects/
var permissions = []permission{
	{0, "ADMINISTER", "Administer Jira", "Create and administer projects, issue types, fields, workflows, and schemes for all projects. Users with this permission can perform most administration tasks, except: managing users, importing data, and editing system email settings.", true},
	{44, "SYSTEM_ADMIN", "System Administrators", "Ability to perform all administration functions. There must be at least one group with this permission.", true},
	{27, "USER_PICKER", "Browse users and groups", "View and select users or groups from the user picker, and share issues. Users with this permission can see the names of all users and groups on your site.", true},
	{22, "CREATE_SHARED_OBJECTS", "Share dashboards and filters", "Share dashboards and filters with other users.", true},
	{24, "MANAGE_GROUP_FILTER_SUBSCRIPTIONS", "Manage group filter subscriptions", "Create and delete group filter subscriptions.", true},
	{33, "BULK_CHANGE", "Make bulk changes", "Modify collections of issues at once. For example, resolve multiple issues in one step.", true},
	{-1, "CREATE_PROJECT", "Create team-managed projects", "Create projects separate from shared configurations and schemes. Users with this permission don't affect existing projects or shared configurations and schemes.", true},
	{23, "ADMINISTER_PROJECTS", "Administer Projects", "Ability to administer a project in Jira.", false},
	{10, "BROWSE_PROJECTS", "Browse Projects", "Ability to browse projects and the issues within them.", false},
	{-1, "MANAGE_SPRINTS_PERMISSION", "Manage sprints", "Ability to manage sprints.", false},
	{-1, "SERVICEDESK_AGENT", "Service Project Agent", "Allows users to interact with customers and access Jira Service Management features of a project.", false},
	{29, "VIEW_DEV_TOOLS", "View Development Tools", "Allows users to view development-related information on the view issue screen, like commits, reviews and build information.", false},
	{45, "VIEW_READONLY_WORKFLOW", "View Read-Only Workflow", "Users with this permission may view a read-only version of a workflow.", false},
	{-1, "VIEW_AGGREGATED_DATA", "View aggregated data", "Ability to view the aggregated data of a project.", false},
	{13, "ASSIGN_ISSUES", "Assign Issues", "Ability to assign issues to other people.", false},
	{17, "ASSIGNABLE_USER", "Assignable User", "Users with this permission may be assigned to issues.", false},
	{-1, "ARCHIVE_ISSUES", "Archive Issues", "Ability to archive issues for a specific project.", false},
	{-1, "UNARCHIVE_ISSUES", "Restore Issues", "Ability to restore issues for a specific project.", false},
	{18, "CLOSE_ISSUES", "Close Issues", "Ability to close issues. Often useful where your developers resolve issues, and a QA department closes them.", false},
	{11, "CREATE_ISSUES", "Create Issues", "Ability to create issues.", false},
	{16, "DELETE_ISSUES", "Delete Issues", "Ability to delete issues.", false},
	{12, "EDIT_ISSUES", "Edit Issues", "Ability to edit issues.", false},
	{-1, "EDIT_ISSUE_LAYOUT", "Edit Issue Layout", "Ability to edit the layout of issues.", false},
	{21, "LINK_ISSUES", "Link Issues", "Ability to link issues together and create linked issues. Only useful if issue linking is turned on.", false},
	{30, "MODIFY_REPORTER", "Modify Reporter", "Ability to modify the reporter when creating or editing an issue.", false},
	{25, "MOVE_ISSUES", "Move Issues", "Ability to move issues between projects or between workflows of the same project (if applicable). Note the user can only move issues to a project he or she has the create permission for.", false},
	{14, "RESOLVE_ISSUES", "Resolve Issues", "Ability to resolve and reopen issues. This includes the ability to set a fix version.", false},
	{28, "SCHEDULE_ISSUES", "Schedule Issues", "Ability to view or edit an issue's due date.", false},
	{26, "SET_ISSUE_SECURITY", "Set Issue Security", "Ability to set the level of security on an issue so that only people in that security level can see the issue.", false},
	{46, "TRANSITION_ISSUES", "Transition Issues", "Ability to transition issues.", false},
	{32, "MANAGE_WATCHERS", "Manage Watchers", "Ability to manage the watchers of an issue.", false},
	{31, "VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers", "Ability to view the voters and watchers of an issue.", false},
	{15, "ADD_COMMENTS", "Add Comments", "Ability to comment on issues.", false},
	{42, "DELETE_ALL_COMMENTS", "Delete All Comments", "Ability to delete all comments made on issues.", false},
	{43, "DELETE_OWN_COMMENTS", "Delete Own Comments", "Ability to delete own comments made on issues.", false},
	{34, "EDIT_ALL_COMMENTS", "Edit All Comments", "Ability to edit all comments made on issues.", false},
	{35, "EDIT_OWN_COMMENTS", "Edit Own Comments", "Ability to edit own comments made on issues.", false},
	{19, "CREATE_ATTACHMENTS", "Create Attachments", "Users with this permission may create attachments.", false},
	{38, "DELETE_ALL_ATTACHMENTS", "Delete All Attachments", "Users with this permission may delete all attachments.", false},
	{39, "DELETE_OWN_ATTACHMENTS", "Delete Own Attachments", "Users with this permission may delete own attachments.", false},
	{20, "WORK_ON_ISSUES", "Work On Issues", "Ability to log work done against an issue. Only useful if Time Tracking is turned on.", false},
	{36, "DELETE_ALL_WORKLOGS", "Delete All Worklogs", "Ability to delete all worklogs made on issues.", false},
	{37, "DELETE_OWN_WORKLOGS", "Delete Own Worklogs", "Ability to delete own worklogs made on issues.", false},
	{41, "EDIT_ALL_WORKLOGS", "Edit All Worklogs", "Ability to edit all worklogs made on issues.", false},
	{40, "EDIT_OWN_WORKLOGS", "Edit Own Worklogs", "Ability to edit own worklogs made on issues.", false},
}

// permissionOf finds a permission by its key.
func permissionOf(key string) (permission, bool) {
	for _, p := range permissions {
		if p.Key == key {
			return p, true
		}
	}
	return permission{}, false
}

// inGroup reports whether an account is in a group.
func (c *call) inGroup(user, group string) bool {
	return user != "" && c.j.members.Has(c.Tx, group+"/"+user)
}

// hasGlobal reports whether an account has a permission on the site.
func (c *call) hasGlobal(user, permission string) bool {
	for g := range c.j.globals.All(c.Tx, permission+"/") {
		if g.Group == anyone || c.inGroup(user, g.Group) {
			return true
		}
	}
	return permission == "ADMINISTER" && c.hasGlobal(user, "SYSTEM_ADMIN")
}

// anyone is in the place of a group when nobody has to be known.
const anyone = ""

// isAdmin reports whether the caller administers the site.
func (c *call) isAdmin() bool { return c.hasGlobal(c.who.ID, "ADMINISTER") }

// adminOnly refuses who does not administer the site.
func (c *call) adminOnly() error {
	c.Request.Permit("ADMINISTER")
	if !c.isAdmin() {
		return errAdminOnly
	}
	return nil
}

// may reports whether the caller has a permission in a project, on an issue of it if there is one. An administrator of the
// site has what the project's permission scheme gives and no more, except to administer it.
func (c *call) may(permission string, p *Project, i *Issue) bool {
	if c.Request != nil && (permission == "BROWSE_PROJECTS" || !c.op.reads) {
		c.Request.Permit(permission)
	}
	return c.userMay(c.who.ID, permission, p, i)
}

func (c *call) userMay(user, permission string, p *Project, i *Issue) bool {
	if p.Trashed != 0 {
		return permission == "ADMINISTER_PROJECTS" && c.hasGlobal(user, "ADMINISTER")
	}
	if i != nil && permission == "BROWSE_PROJECTS" && !c.seesLevel(user, p, i) {
		return false
	}
	if i != nil && i.Archived != 0 && permission != "BROWSE_PROJECTS" && !strings.HasPrefix(permission, "VIEW_") {
		return false
	}
	if p.Archived != 0 && permission != "BROWSE_PROJECTS" && permission != "ADMINISTER_PROJECTS" {
		return false
	}
	if permission == "ADMINISTER_PROJECTS" && c.hasGlobal(user, "ADMINISTER") {
		return true
	}
	s, _ := c.j.permissionSchemes.Get(c.Tx, key(p.Permissions))
	for _, g := range s.Grants {
		if g.Permission == permission && c.holds(user, g.Holder, p, i) {
			return true
		}
	}
	return false
}

// holds reports whether somebody is among those that a holder names.
func (c *call) holds(user string, h Holder, p *Project, i *Issue) bool {
	switch h.Type {
	case "anyone":
		return true
	case "applicationRole":
		return c.hasProduct(user)
	}
	if user == "" {
		return false
	}
	switch h.Type {
	case "user":
		return h.Value == user
	case "group":
		return c.inGroup(user, h.Value)
	case "projectLead":
		return p.Lead == user
	case "projectRole":
		return c.inRole(user, p.ID, number(h.Value))
	case "assignee", "reporter":
		return i != nil && i.Fields[h.Type] == user
	case "userCustomField":
		return i != nil && (i.Fields[h.Value] == user || slices.Contains(list(i.Fields[h.Value]), any(user)))
	case "groupCustomField":
		return i != nil && slices.ContainsFunc(append(list(i.Fields[h.Value]), i.Fields[h.Value]), func(g any) bool { return text(g) != "" && c.inGroup(user, text(g)) })
	}
	return false
}

// inRole reports whether somebody has a role in a project. That of apps every app has everywhere.
func (c *call) inRole(user string, project, role int64) bool {
	if role == appsRole {
		u, _ := c.j.users.Get(c.Tx, user)
		return u.Type == "app"
	}
	for a := range c.j.actorsIn.All(c.Tx, key(project)+"/"+key(role)) {
		if a.User == user || a.Group != "" && c.inGroup(user, a.Group) {
			return true
		}
	}
	return false
}

// hasProduct reports whether an account may use Jira at all.
func (c *call) hasProduct(user string) bool {
	for m := range c.j.groupsOf.All(c.Tx, user) {
		if g, _ := c.j.groups.Get(c.Tx, m.Group); c.isProductGroup(g) {
			return true
		}
	}
	return false
}

// seesLevel reports whether an issue's security level lets somebody see it.
func (c *call) seesLevel(user string, p *Project, i *Issue) bool {
	level := number(i.Fields["security"])
	if level == 0 {
		return true
	}
	l, ok := c.j.securityLevels.Get(c.Tx, key(p.Security)+"/"+key(level))
	if !ok {
		return true
	}
	for _, m := range l.Members {
		if c.holds(user, m.Holder, p, i) {
			return true
		}
	}
	return false
}
