package jira

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) projectsOperations() {
	j.on(twin.Full, "getAllProjects", j.getAllProjects).public()
	j.on(twin.Full, "createProject", j.createProject)
	j.on(twin.Full, "getRecent", j.getRecent).public()
	j.on(twin.Full, "searchProjects", j.searchProjects).public()
	j.on(twin.Full, "getProject", j.getProject).public()
	j.on(twin.Full, "updateProject", j.updateProject)
	j.on(twin.Full, "deleteProject", j.deleteProject)
	j.on(twin.Full, "deleteProjectAsynchronously", j.deleteProjectAsynchronously)
	j.on(twin.Full, "archiveProject", j.archiveProject)
	j.on(twin.Full, "restore", j.restore)
	j.on(twin.Full, "getAllStatuses", j.getAllStatuses).public()
	j.on(twin.Full, "getHierarchy", j.getHierarchy).public()
	j.on(twin.Partial, "updateProjectType", j.updateProjectType).noted("The statuses and screens of the project stay as they are.")
	j.task("project.delete", (*call).eraseProjectTask)
}

// Sentences about the key and the name of a project.
var (
	errNoProjectName   = wrong("projectName", "You must specify a valid project name.")
	errLongProjectName = wrong("projectName", "The project name must not exceed 80 characters in length.")
	errProjectName     = wrong("projectName", "A project with that name already exists.")
	errProjectKey      = wrong("projectKey", "Project keys must start with an uppercase letter, followed by one or more uppercase alphanumeric characters.")
	errLongProjectKey  = wrong("projectKey", "The project key must not exceed 10 characters in length.")
	errProjectLead     = wrong("projectLead", "You must specify a valid project lead.")
	errProjectEdit     = forbidden("You cannot edit the configuration of this project.")
	errProjectAdmin    = forbidden("You must have global administrator rights in order to modify projects.")
)

var projectKey = regexp.MustCompile(`^[A-Z][A-Z0-9]+$`)

// checkProjectKey refuses a key that cannot be one, or that a project has or had.
func (c *call) checkProjectKey(k string, of int64) error {
	switch {
	case !projectKey.MatchString(k):
		return errProjectKey
	case len(k) > 10:
		return errLongProjectKey
	}
	for p := range c.j.projectsByKey.All(c.Tx, k) {
		if p.ID != of {
			return wrong("projectKey", "Project '%s' uses this project key.", p.Name)
		}
	}
	return nil
}

// checkProjectName refuses a name that another project has, in whatever case.
func (c *call) checkProjectName(name string, of int64) error {
	switch n := utf8.RuneCountInString(name); {
	case n < 2:
		return errNoProjectName
	case n > 80:
		return errLongProjectName
	}
	for p := range c.j.projects.All(c.Tx, "") {
		if p.ID != of && strings.EqualFold(p.Name, name) {
			return errProjectName
		}
	}
	return nil
}

// projectDetails reads what a caller says of a project, new or not, into p.
func (c *call) projectDetails(p *Project, doc obj, bad *problems) {
	if v, ok := doc["name"]; ok || p.ID == 0 {
		p.Name = strings.TrimSpace(text(v))
		bad.add(c.checkProjectName(p.Name, p.ID))
	}
	if v, ok := doc["key"]; ok || p.ID == 0 {
		k := text(v)
		bad.add(c.checkProjectKey(k, p.ID))
		if p.Key != "" && p.Key != k {
			p.OldKeys = append(slices.DeleteFunc(slices.Clone(p.OldKeys), func(s string) bool { return s == k }), p.Key)
		}
		p.Key = k
	}
	lead, led := doc["leadAccountId"]
	if !led {
		lead, led = doc["lead"]
	}
	if led || p.ID == 0 {
		p.Lead = text(lead)
		if u, ok := c.j.users.Get(c.Tx, p.Lead); !ok || !u.Active {
			bad.add(errProjectLead)
		}
	}
	for name, s := range map[string]*string{"description": &p.Description, "url": &p.URL} {
		if v, ok := doc[name]; ok {
			*s = text(v)
		}
	}
	if len(p.URL) > 255 {
		bad.add(wrong("projectUrl", "The URL must not exceed 255 characters in length."))
	}
	if v, ok := doc["assigneeType"]; ok {
		if p.Assignee = text(v); p.Assignee != "PROJECT_LEAD" && p.Assignee != "UNASSIGNED" {
			bad.add(wrong("assigneeType", "Invalid default Assignee."))
		}
	}
	c.projectSchemes(p, doc, bad)
}

// projectSchemes reads the schemes, the category and the avatar of a project.
func (c *call) projectSchemes(p *Project, doc obj, bad *problems) {
	for _, x := range []struct {
		name, sentence string
		to             *int64
		exists         func(key string) bool
	}{
		{"avatarId", "The avatar with id '%v' does not exist.", &p.Avatar, func(string) bool {
			return c.avatarFor("project", id(p.ID), number(doc["avatarId"]))
		}},
		{"categoryId", "The project category with id '%v' does not exist.", &p.Category, func(k string) bool { return c.j.categories.Has(c.Tx, k) }},
		{"permissionScheme", "The permission scheme with id '%v' does not exist.", &p.Permissions, func(k string) bool { return c.j.permissionSchemes.Has(c.Tx, k) }},
		{"notificationScheme", "The notification scheme with id '%v' does not exist.", &p.Notifications, func(k string) bool { return c.j.notificationSchemes.Has(c.Tx, k) }},
		{"issueSecurityScheme", "The issue security scheme with id '%v' does not exist.", &p.Security, func(k string) bool { return c.j.securitySchemes.Has(c.Tx, k) }},
		{"issueTypeScheme", "The issue type scheme with id '%v' does not exist.", &p.IssueTypes, func(k string) bool { return c.j.issueTypeSchemes.Has(c.Tx, k) }},
		{"workflowScheme", "The workflow scheme with id '%v' does not exist.", &p.Workflows, func(k string) bool { return c.j.workflowSchemes.Has(c.Tx, k) }},
		{"issueTypeScreenScheme", "The issue type screen scheme with id '%v' does not exist.", &p.Screens, func(k string) bool { return c.j.typeScreenSchemes.Has(c.Tx, k) }},
		{"fieldConfigurationScheme", "The field configuration scheme with id '%v' does not exist.", &p.Fields, func(k string) bool { return c.j.fieldConfigSchemes.Has(c.Tx, k) }},
	} {
		v, ok := doc[x.name]
		switch n := number(v); {
		case !ok || v == nil:
		case v == float64(-1) && x.name == "categoryId":
			*x.to = 0
		case v == float64(0) && x.name == "permissionScheme":
			*x.to = 0
		case n == 0 || !x.exists(key(n)):
			bad.add(wrong(x.name, x.sentence, plainWords(v)))
		default:
			*x.to = n
		}
	}
}

// createProject creates a project from a template.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-post
func (j *Jira) createProject(c *call) (any, error) {
	doc := object(c.body)
	kind, named := text(doc["projectTypeKey"]), text(doc["projectTemplateKey"])
	t, ok := templateOf(named, kind)
	own, custom := j.templates.Get(c.Tx, named)
	if custom {
		t.kind, ok = kind, true
	}
	if !c.isAdmin() && !(t.team && c.hasGlobal(c.who.ID, "CREATE_PROJECT")) {
		return nil, errProjectAdmin
	}
	switch {
	case kind == "" && named == "":
		return nil, badRequest("You must specify a project type or a project template.")
	case kind != "" && !slices.ContainsFunc(projectKinds, func(x projectType) bool { return x.key == kind }):
		return nil, wrong("projectTypeKey", "An invalid project type was specified. Make sure the project type is one of software, service_desk, business.")
	case !ok && named != "":
		return nil, badRequest("The project template specified does not exist. Make sure the project template is available in your Jira instance. Please talk to your Jira administrator if you need more help.")
	case kind != "" && t.kind != kind:
		return nil, wrong("projectTemplateKey", "An invalid project template was specified. Make sure the project template matches the project type you want to create.")
	}
	bad := problems{}
	p := c.newProject(doc, &bad)
	if len(bad) > 0 {
		return nil, bad.refusal()
	}
	if custom {
		has, err := c.capabilities(own)
		if err == nil {
			p, err = c.makeOf(p, has)
		}
		if err != nil {
			return nil, err
		}
	} else {
		p.ID, p.UUID = c.next("project", firstID), c.uuid()
		p = c.furnish(p, t)
		c.projectMade(p)
	}
	return created(obj{"self": c.api("/project/" + id(p.ID)), "id": p.ID, "key": p.Key}), nil
}

// newProject is a project as its details say.
func (c *call) newProject(details obj, bad *problems) Project {
	p := Project{Assignee: "UNASSIGNED", Avatar: firstProjectAvatar, Permissions: defaultPermissions, Notifications: defaultNotifications, Created: c.at()}
	c.projectDetails(&p, details, bad)
	return p
}

// projectMade tells of a new project.
func (c *call) projectMade(p Project) {
	c.audited("Project created", "projects", projectItem(p), changedValues([3]string{"Name", "", p.Name}, [3]string{"Key", "", p.Key}, [3]string{"Description", "", p.Description}, [3]string{"URL", "", p.URL}, [3]string{"Project lead", "", c.nameOf(p.Lead)}, [3]string{"Default Assignee", "", p.Assignee})...)
	c.toldProject("project_created", p)
}

func projectItem(p Project) obj { return item(id(p.ID), p.Name, "PROJECT") }

// nameOf is the name of an account.
func (c *call) nameOf(account string) string {
	u, _ := c.j.users.Get(c.Tx, account)
	return u.Name
}

// managedProject finds a project that the caller administers.
func (c *call) managedProject(idOrKey string) (Project, error) {
	p, err := c.seenProject(idOrKey)
	if err == nil && !c.may("ADMINISTER_PROJECTS", &p, nil) {
		err = errProjectEdit
	}
	return p, err
}

// updateProject changes a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-put
func (j *Jira) updateProject(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectIdOrKey"))
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	if p.Archived != 0 {
		return nil, badRequest("The project is archived.")
	}
	if k := text(doc["key"]); (k != "" && k != p.Key || doc["permissionScheme"] != nil || doc["notificationScheme"] != nil || doc["issueSecurityScheme"] != nil) && !c.isAdmin() {
		return nil, errProjectAdmin
	}
	was, bad := p, problems{}
	c.projectDetails(&p, doc, &bad)
	if len(bad) > 0 {
		return nil, bad.refusal()
	}
	for _, k := range texts(doc["releasedProjectKeys"]) {
		p.OldKeys = slices.DeleteFunc(slices.Clone(p.OldKeys), func(s string) bool { return s == k })
	}
	j.projects.Put(c.Tx, p)
	changed := changedValues([3]string{"Name", was.Name, p.Name}, [3]string{"Key", was.Key, p.Key}, [3]string{"Description", was.Description, p.Description}, [3]string{"URL", was.URL, p.URL},
		[3]string{"Project lead", c.nameOf(was.Lead), c.nameOf(p.Lead)}, [3]string{"Default Assignee", was.Assignee, p.Assignee})
	c.audited("Project updated", "projects", projectItem(p), changed...)
	c.toldProject("project_updated", p)
	return c.projectWhole(p), nil
}

// deletableProject finds a project that the caller may delete.
func (c *call) deletableProject() (Project, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	switch {
	case err != nil:
		return p, err
	case !c.isAdmin() && !(p.Team && c.may("ADMINISTER_PROJECTS", &p, nil)):
		return p, errProjectAdmin
	case p.Archived != 0:
		return p, badRequest("You can't delete a project if it's archived. To delete an archived project, restore the project and then delete it.")
	}
	return p, nil
}

// deleteProject puts a project into the trash, or deletes it for good.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-delete
func (j *Jira) deleteProject(c *call) (any, error) {
	p, err := c.deletableProject()
	if err != nil {
		return nil, err
	}
	if !c.qtrue("enableUndo", true) {
		c.eraseProject(p)
		return nil, nil
	}
	p.Trashed, p.TrashedBy = c.at(), c.who.ID
	j.projects.Put(c.Tx, p)
	c.At(c.Now.AddDate(0, 0, trashDays), "jira", timerTrash, id(p.ID))
	c.audited("Project moved to trash", "projects", projectItem(p))
	c.toldProject("project_soft_deleted", p)
	return nil, nil
}

// deleteProjectAsynchronously deletes a project for good, as a task.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-delete-post
func (j *Jira) deleteProjectAsynchronously(c *call) (any, error) {
	p, err := c.deletableProject()
	if err != nil {
		return nil, err
	}
	return c.seeTask(c.begin("project.delete", "Delete project "+p.Key, obj{"project": id(p.ID)})), nil
}

func (c *call) eraseProjectTask(t *Task) (any, error) {
	p, ok := c.j.projects.Get(c.Tx, key(number(dig(t.Input, "project"))))
	if !ok {
		return nil, notFound("No project could be found with id '%s'.", text(dig(t.Input, "project")))
	}
	c.eraseProject(p)
	return nil, nil
}

// eraseProject deletes a project and all that is in it or is its own.
func (c *call) eraseProject(p Project) {
	j, tx := c.j, c.Tx
	for _, i := range slices.Collect(j.issuesByValue.All(tx, "project="+id(p.ID))) {
		if i, ok := j.issues.Get(tx, key(i.ID)); ok { // it may have changed with those below it
			c.erase(i)
		}
	}
	for x := range j.componentsOf.All(tx, key(p.ID)) {
		j.components.Delete(tx, key(x.ID))
	}
	for x := range c.versionsOf(p.ID) {
		j.versions.Delete(tx, key(x.ID))
	}
	for a := range j.actors.All(tx, "") {
		if a.Project == p.ID {
			j.actors.Delete(tx, key(a.ID))
		}
	}
	for b := range j.boards.All(tx, "") {
		if b.Project == p.ID {
			for s := range j.sprintsOf.All(tx, key(b.ID)) {
				j.sprints.Delete(tx, key(s.ID))
			}
			j.boards.Delete(tx, key(b.ID))
		}
	}
	for x := range j.properties.All(tx, "project/"+id(p.ID)+"/") {
		j.properties.Delete(tx, x.Of+"/"+x.Key)
	}
	if p.Team {
		c.eraseTeamConfiguration(p)
	}
	j.projects.Delete(tx, key(p.ID))
	c.Cancel("jira", timerTrash, id(p.ID))
	c.audited("Project deleted", "projects", projectItem(p))
	c.toldProject("project_deleted", p)
}

// eraseTeamConfiguration deletes the types, statuses and schemes that a team-managed project has for itself.
func (c *call) eraseTeamConfiguration(p Project) {
	j, tx := c.j, c.Tx
	for x := range j.issueTypes.All(tx, "") {
		if x.Project == p.ID {
			j.issueTypes.Delete(tx, key(x.ID))
		}
	}
	for x := range j.statuses.All(tx, "") {
		if x.Project == p.ID {
			j.statuses.Delete(tx, key(x.ID))
		}
	}
	for x := range j.workflows.All(tx, "") {
		if x.Project == p.ID {
			j.workflows.Delete(tx, x.ID)
		}
	}
	for x := range j.customFields.All(tx, "") {
		if x.Project == p.ID {
			j.customFields.Delete(tx, key(x.ID))
		}
	}
	j.issueTypeSchemes.Delete(tx, key(p.IssueTypes))
	j.workflowSchemes.Delete(tx, key(p.Workflows))
	j.typeScreenSchemes.Delete(tx, key(p.Screens))
}

// archiveProject makes a project and its issues read-only.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-archive-post
func (j *Jira) archiveProject(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	switch {
	case err != nil:
		return nil, err
	case !c.isAdmin():
		return nil, errProjectAdmin
	case p.Archived != 0:
		return nil, badRequest("The project is already archived.")
	}
	p.Archived, p.ArchivedBy = c.at(), c.who.ID
	j.projects.Put(c.Tx, p)
	c.audited("Project archived", "projects", projectItem(p))
	c.toldProject("project_archived", p)
	return nil, nil
}

// restore brings a project back from the archive or the trash.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-restore-post
func (j *Jira) restore(c *call) (any, error) {
	p, ok := c.anyProject(c.param("projectIdOrKey"))
	if !ok || !c.isAdmin() && !(p.Team && p.Archived == 0 && c.may("ADMINISTER_PROJECTS", &p, nil)) {
		_, err := c.seenProject(c.param("projectIdOrKey"))
		if err == nil {
			err = errProjectAdmin
		}
		return nil, err
	}
	event := "project_restored_deleted"
	switch {
	case p.Trashed != 0:
	case p.Archived != 0:
		event = "project_restored_archived"
	default:
		return nil, badRequest("The project is neither archived nor deleted.")
	}
	p.Archived, p.ArchivedBy, p.Trashed, p.TrashedBy = 0, "", 0, ""
	j.projects.Put(c.Tx, p)
	c.Cancel("jira", timerTrash, id(p.ID))
	c.audited("Project restored", "projects", projectItem(p))
	c.toldProject(event, p)
	return c.projectWhole(p), nil
}

// anyProject finds a project, wherever it is.
func (c *call) anyProject(idOrKey string) (Project, bool) {
	if n := number(idOrKey); n != 0 {
		return c.j.projects.Get(c.Tx, key(n))
	}
	return c.j.projectsByKey.Get(c.Tx, idOrKey)
}

// updateProjectType makes a project one of another type.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-type-newprojecttypekey-put
func (j *Jira) updateProjectType(c *call) (any, error) {
	p, err := c.seenProject(c.param("projectIdOrKey"))
	kind := c.param("newProjectTypeKey")
	switch {
	case err != nil:
		return nil, err
	case !c.isAdmin():
		return nil, errProjectAdmin
	case !slices.ContainsFunc(projectKinds, func(x projectType) bool { return x.key == kind }):
		return nil, badRequest("The project type '%s' is not valid.", kind)
	case p.Team:
		return nil, badRequest("The project type of a team-managed project cannot be changed.")
	}
	was := p.Type
	p.Type = kind
	j.projects.Put(c.Tx, p)
	c.audited("Project type updated", "projects", projectItem(p), changedValues([3]string{"Type", was, kind})...)
	c.toldProject("project_updated", p)
	return c.projectWhole(p), nil
}

// toldProject tells of a project.
func (c *call) toldProject(name string, p Project) {
	v2 := c.plainly()
	v := v2.projectBrief(p)
	v["projectLead"], v["assigneeType"] = v2.userShown(p.Lead), p.Assignee
	c.told(event{Name: name, More: obj{"project": v}})
}
