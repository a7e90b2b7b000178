package jira

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) notificationSchemesOperations() {
	j.on(twin.Full, "getNotificationSchemes", j.getNotificationSchemes)
	j.on(twin.Full, "createNotificationScheme", j.createNotificationScheme)
	j.on(twin.Full, "getNotificationSchemeToProjectMappings", j.getNotificationSchemeToProjectMappings)
	j.on(twin.Full, "getNotificationScheme", j.getNotificationScheme)
	j.on(twin.Full, "updateNotificationScheme", j.updateNotificationScheme)
	j.on(twin.Full, "addNotifications", j.addNotifications)
	j.on(twin.Full, "deleteNotificationScheme", j.deleteNotificationScheme)
	j.on(twin.Full, "removeNotificationFromNotificationScheme", j.removeNotification)
	j.on(twin.Full, "getNotificationSchemeForProject", j.getNotificationSchemeForProject)
	j.on(twin.Full, "getEvents", j.getEvents)
}

// An issueEvent is something that can happen to an issue, as schemes and people name it, and as webhooks do.
type issueEvent struct{ name, kind, description string }

// issueEvents are what can happen to an issue, by their ids from 1 on.
var issueEvents = []issueEvent{
	{"Issue Created", "issue_created", "This is the 'issue created' event."}, {"Issue Updated", "issue_updated", "This is the 'issue updated' event."}, {"Issue Assigned", "issue_assigned", "This is the 'issue assigned' event."},
	{"Issue Resolved", "issue_resolved", "This is the 'issue resolved' event."}, {"Issue Closed", "issue_closed", "This is the 'issue closed' event."}, {"Issue Commented", "issue_commented", "This is the 'issue commented' event."},
	{"Issue Reopened", "issue_reopened", "This is the 'issue reopened' event."}, {"Issue Deleted", "issue_deleted", "This is the 'issue deleted' event."}, {"Issue Moved", "issue_moved", "This is the 'issue moved' event."},
	{"Work Logged On Issue", "issue_work_logged", "This is the 'work logged on issue' event."}, {"Work Started On Issue", "issue_work_started", "This is the 'work started on issue' event."}, {"Work Stopped On Issue", "issue_work_stopped", "This is the 'work stopped on issue' event."},
	{"Generic Event", "issue_generic", "This is the 'generic event' event."}, {"Issue Comment Edited", "issue_comment_edited", "This is the 'issue comment edited' event."}, {"Issue Worklog Updated", "issue_worklog_updated", "This is the 'issue worklog updated' event."},
	{"Issue Worklog Deleted", "issue_worklog_deleted", "This is the 'issue worklog deleted' event."}, {"Issue Comment Deleted", "issue_comment_deleted", "This is the 'issue comment deleted' event."},
}

// notificationTypes are the ways in which people are named who are told, and what has to be said with each.
var notificationTypes = map[string]string{
	"CurrentAssignee": "", "Reporter": "", "CurrentUser": "", "ProjectLead": "", "ComponentLead": "", "AllWatchers": "",
	"User": "user", "Group": "group", "ProjectRole": "role", "EmailAddress": "email", "UserCustomField": "field", "GroupCustomField": "field",
}

// getEvents returns what can happen to an issue.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-events-get
func (j *Jira) getEvents(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	out := []any{}
	for n, e := range issueEvents {
		out = append(out, obj{"id": n + 1, "name": e.name})
	}
	return out, nil
}

func (c *call) notificationSchemeShown(s NotificationScheme) obj {
	v := obj{"expand": "notificationSchemeEvents,user,group,projectRole,field,all", "id": s.ID, "self": c.api("/notificationscheme/" + id(s.ID)), "name": s.Name, "description": s.Description}
	if s.Project != 0 {
		v["scope"] = obj{"type": "PROJECT", "project": obj{"id": id(s.Project)}}
	}
	projects := []any{}
	for p := range c.projectsUsing(func(p Project) bool { return p.Notifications == s.ID }) {
		projects = append(projects, p.ID)
	}
	v["projects"] = projects
	if !c.expandsAny() {
		return v
	}
	events := []any{}
	for n, e := range issueEvents {
		told := []any{}
		for _, x := range s.Notifications {
			if x.Event == int64(n+1) {
				told = append(told, c.notificationShown(x))
			}
		}
		if len(told) > 0 {
			events = append(events, obj{"event": obj{"id": n + 1, "name": e.name, "description": e.description}, "notifications": told})
		}
	}
	v["notificationSchemeEvents"] = events
	return v
}

func (c *call) notificationShown(x Notification) obj {
	v := obj{"id": x.ID, "notificationType": x.Type}
	if x.Value != "" {
		v["parameter"], v["recipient"] = x.Value, x.Value
	}
	switch notificationTypes[x.Type] {
	case "group":
		g, _ := c.j.groups.Get(c.Tx, x.Value)
		v["parameter"], v["group"], v["expand"] = g.Name, c.groupShown(g), "group"
	case "user":
		v["user"], v["expand"] = c.userShown(x.Value), "user"
	case "role":
		r, _ := c.j.roles.Get(c.Tx, key(number(x.Value)))
		v["projectRole"], v["expand"] = c.roleShown(r, 0, false), "projectRole"
	case "email":
		v["emailAddress"] = x.Value
	case "field":
		if f, ok := c.field(x.Value); ok {
			v["field"], v["expand"] = c.fieldDetails(f), "field"
		}
	}
	return v
}

// fieldDetails are a field as schemes show it.
func (c *call) fieldDetails(f *field) obj {
	return obj{"id": f.ID, "key": f.ID, "name": f.Name, "untranslatedName": f.Name, "custom": f.custom != nil, "orderable": true, "navigable": true, "searchable": true, "clauseNames": []any{f.ID}, "schema": f.schema()}
}

// notificationScheme finds a scheme by its id, as somebody wrote it.
func (c *call) notificationScheme(written string) (NotificationScheme, error) {
	n, err := strconv.ParseInt(written, 10, 64)
	if err != nil || n < 0 {
		return NotificationScheme{}, badRequest("%s is not a valid value. id must be zero or a positive integer.", written)
	}
	s, ok := c.j.notificationSchemes.Get(c.Tx, key(n))
	if !ok {
		return s, notFound("Notification scheme with ID %d not found.", n)
	}
	return s, nil
}

// managedNotifications finds a scheme for an administrator.
func (c *call) managedNotifications(written string) (NotificationScheme, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return NotificationScheme{}, err
	}
	return c.notificationScheme(written)
}

// seesNotifications reports whether the caller administers a project that has a scheme.
func (c *call) seesNotifications(s NotificationScheme) bool {
	for p := range c.projectsUsing(func(p Project) bool { return p.Notifications == s.ID }) {
		if c.may("ADMINISTER_PROJECTS", &p, nil) {
			return true
		}
	}
	return c.isAdmin()
}

// readNotifications reads who is told of what: [{event: {id}, notifications: [{notificationType, parameter}]}].
func (c *call) readNotifications(v any) (ns []Notification, err error) {
	for _, x := range list(v) {
		event := plainWords(dig(x, "event", "id"))
		if n := number(event); n < 1 || n > int64(len(issueEvents)) {
			return nil, badRequest("Event type with ID %s not found.", event)
		}
		for _, y := range list(object(x)["notifications"]) {
			n, err := c.readNotification(object(y))
			if err != nil {
				return nil, err
			}
			n.Event = number(event)
			ns = append(ns, n)
		}
	}
	return ns, nil
}

func (c *call) readNotification(doc obj) (n Notification, err error) {
	n.Type, n.Value = text(doc["notificationType"]), text(doc["parameter"])
	needs, ok := notificationTypes[n.Type]
	if !ok {
		return n, badRequest("Notification type %s is not valid.", n.Type)
	}
	found := true
	switch needs {
	case "":
		n.Value = ""
	case "user":
		found = c.j.users.Has(c.Tx, n.Value)
	case "group":
		g, ok := c.groupBy("", n.Value)
		if !ok {
			g, ok = c.groupBy(n.Value, "")
		}
		found, n.Value = ok, cmp.Or(g.ID, n.Value)
	case "role":
		found = c.j.roles.Has(c.Tx, key(number(n.Value)))
	case "field":
		_, found = c.field(n.Value)
	case "email":
		found = strings.Contains(n.Value, "@")
	}
	if !found {
		return n, badRequest("The parameter %s is not valid for the notification type %s.", n.Value, n.Type)
	}
	n.ID = c.next("notification", 20000)
	return n, nil
}

// getNotificationSchemes returns the schemes that the caller sees, page by page.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-get
func (j *Jira) getNotificationSchemes(c *call) (any, error) {
	byID, err := c.askedIDs("id")
	if err != nil {
		return nil, err
	}
	byProject, err := c.askedIDs("projectId")
	if err != nil {
		return nil, err
	}
	only, asked := c.qtrue("onlyDefault", false), len(c.qs("projectId")) > 0
	fit := filtered(j.notificationSchemes.All(c.Tx, ""), func(s NotificationScheme) bool {
		used := false
		for range c.projectsUsing(func(p Project) bool { return p.Notifications == s.ID && byProject(p.ID) }) {
			used = true
		}
		return byID(s.ID) && (used || !asked) && (!only || s.ID == defaultNotifications) && c.seesNotifications(s)
	})
	return pageBean(c, fit, 50, func(s NotificationScheme) any { return c.notificationSchemeShown(s) })
}

func (c *call) notificationSchemeDetails(s *NotificationScheme, doc obj) error {
	if err := nameAndDescription(doc, &s.Name, &s.Description, 255, 4000); err != nil {
		return err
	}
	for other := range c.j.notificationSchemes.All(c.Tx, "") {
		if other.ID != s.ID && strings.EqualFold(other.Name, s.Name) {
			return badRequest("The notification scheme name is in use by another notification scheme.")
		}
	}
	return nil
}

// createNotificationScheme makes a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-post
func (j *Jira) createNotificationScheme(c *call) (any, error) {
	if err := c.admins(errNotAuthorized); err != nil {
		return nil, err
	}
	doc := object(c.body)
	s := NotificationScheme{}
	if err := c.notificationSchemeDetails(&s, doc); err != nil {
		return nil, err
	}
	ns, err := c.readNotifications(doc["notificationSchemeEvents"])
	if err != nil {
		return nil, err
	}
	s.ID, s.Notifications = c.next("notificationScheme", defaultNotifications+1), ns
	j.notificationSchemes.Put(c.Tx, s)
	c.audited("Notification scheme created", "notifications", schemeItem(s.ID, s.Name), changedValues([3]string{"Name", "", s.Name}, [3]string{"Description", "", s.Description})...)
	return created(obj{"id": id(s.ID)}), nil
}

// getNotificationSchemeToProjectMappings returns which projects have which schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-project-get
func (j *Jira) getNotificationSchemeToProjectMappings(c *call) (any, error) {
	byScheme, err := c.askedIDs("notificationSchemeId")
	if err != nil {
		return nil, err
	}
	byProject, err := c.askedIDs("projectId")
	if err != nil {
		return nil, err
	}
	var fit iter.Seq[Project] = c.projectsUsing(func(p Project) bool {
		return p.Notifications != 0 && byScheme(p.Notifications) && byProject(p.ID) && c.may("ADMINISTER_PROJECTS", &p, nil)
	})
	return pageBean(c, fit, 50, func(p Project) any {
		return obj{"notificationSchemeId": id(p.Notifications), "projectId": id(p.ID)}
	})
}

// getNotificationScheme returns a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-id-get
func (j *Jira) getNotificationScheme(c *call) (any, error) {
	s, err := c.notificationScheme(c.param("id"))
	if err != nil {
		return nil, err
	}
	if !c.seesNotifications(s) {
		return nil, notFound("Notification scheme with ID %d not found.", s.ID)
	}
	return c.notificationSchemeShown(s), nil
}

// updateNotificationScheme renames a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-id-put
func (j *Jira) updateNotificationScheme(c *call) (any, error) {
	s, err := c.managedNotifications(c.param("id"))
	if err != nil {
		return nil, err
	}
	was := s
	if err := c.notificationSchemeDetails(&s, object(c.body)); err != nil {
		return nil, err
	}
	j.notificationSchemes.Put(c.Tx, s)
	c.audited("Notification scheme updated", "notifications", schemeItem(s.ID, s.Name), changedValues([3]string{"Name", was.Name, s.Name}, [3]string{"Description", was.Description, s.Description})...)
	return nil, nil
}

// addNotifications lets more people be told.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-id-notification-put
func (j *Jira) addNotifications(c *call) (any, error) {
	s, err := c.managedNotifications(c.param("id"))
	if err != nil {
		return nil, err
	}
	ns, err := c.readNotifications(object(c.body)["notificationSchemeEvents"])
	switch {
	case err != nil:
		return nil, err
	case len(ns) == 0:
		return nil, badRequest("At least one notification has to be specified.")
	}
	for _, n := range ns {
		if slices.ContainsFunc(s.Notifications, func(x Notification) bool { return x.Event == n.Event && x.Holder == n.Holder }) {
			return nil, badRequest("The notification %s already exists for the event with ID %d.", n.Type, n.Event)
		}
		s.Notifications = append(slices.Clone(s.Notifications), n)
	}
	j.notificationSchemes.Put(c.Tx, s)
	c.audited("Notification scheme updated", "notifications", schemeItem(s.ID, s.Name))
	return nil, nil
}

// deleteNotificationScheme deletes a scheme. Its projects have none then.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-id-delete
func (j *Jira) deleteNotificationScheme(c *call) (any, error) {
	s, err := c.managedNotifications(c.param("id"))
	switch {
	case err != nil:
		return nil, err
	case s.ID == defaultNotifications:
		return nil, badRequest("You can’t delete the default notification scheme.")
	}
	for p := range j.projects.All(c.Tx, "") {
		if p.Notifications == s.ID {
			p.Notifications = 0
			j.projects.Put(c.Tx, p)
		}
	}
	j.notificationSchemes.Delete(c.Tx, key(s.ID))
	c.audited("Notification scheme deleted", "notifications", schemeItem(s.ID, s.Name))
	return nil, nil
}

// removeNotification lets somebody no longer be told.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-notification-schemes/#api-rest-api-3-notificationscheme-notificationschemeid-notification-notificationid-delete
func (j *Jira) removeNotification(c *call) (any, error) {
	s, err := c.managedNotifications(c.param("notificationSchemeId"))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(s.Notifications, func(n Notification) bool { return id(n.ID) == c.param("notificationId") })
	if at < 0 {
		return nil, notFound("Notification with ID %s not found.", c.param("notificationId"))
	}
	s.Notifications = slices.Delete(slices.Clone(s.Notifications), at, at+1)
	j.notificationSchemes.Put(c.Tx, s)
	c.audited("Notification scheme updated", "notifications", schemeItem(s.ID, s.Name))
	return nil, nil
}

// getNotificationSchemeForProject returns the scheme of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectkeyorid-notificationscheme-get
func (j *Jira) getNotificationSchemeForProject(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectKeyOrId"))
	if err != nil {
		return nil, err
	}
	s, ok := j.notificationSchemes.Get(c.Tx, key(p.Notifications))
	if !ok {
		return nil, notFound("The project '%s' has no notification scheme.", p.Key)
	}
	return c.notificationSchemeShown(s), nil
}
