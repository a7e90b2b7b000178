// Package jira is a digital twin of a Jira Cloud site: the platform's REST API in versions 3 and 2, the Agile API, and
// what people see in a browser.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/
package jira

import (
	_ "embed"
	"strings"
	"sync/atomic"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/api"
)

//go:embed spec/SOURCE
var specSource string

// A Jira is one twin of a site.
type Jira struct {
	*twin.Base
	state
	spec    map[string]*operation // of the specification that nobody serves yet, by id
	works   map[string]work       // of tasks, by their kind
	customs atomic.Pointer[customs]
}

// New mounts a Jira twin on h.
func New(h *twin.Host) *twin.Base { return mount(h).Base }

func mount(h *twin.Host) *Jira {
	j := &Jira{state: newState(h.Schema), spec: map[string]*operation{}, works: map[string]work{}}
	j.Base = h.Mount(twin.Config{
		Service: "jira", Title: "Jira", Port: 7002, UI: "/jira", Spec: api.PlatformV3Spec, Source: strings.TrimSpace(specSource),
		Bookkeeping: []string{"audit", "changes", "counters", "views", "supplied", "*.Updated", "issues.StatusChanged", "projects.Last", "users.LastLogin", "users.LoginThen"},
		Seed:        j.seed, Follow: j.follow, Credentials: j.credentials, Refuse: j.refuseFault, Fire: j.fire, Deliver: j.deliver, Retry: j.retry, Settled: j.settled,
	})
	j.Echo.Pre(acceptedPaths)
	j.specified()

	// Issues.
	j.issuesOperations()
	j.manyIssuesOperations()
	j.issueMetadataOperations()
	j.issueArchiveOperations()
	j.issueNotifyOperations()
	j.issueBulkOperations()
	j.issueRedactionOperations()
	j.issueFieldsOperations()
	j.issueCommentsOperations()
	j.issueWorklogsOperations()
	j.issueAttachmentsOperations()
	j.issueLinksOperations()
	j.issueRemoteLinksOperations()
	j.issueWatchersOperations()
	j.issuePropertiesOperations()
	j.issueSearchOperations()
	j.jqlOperations()
	j.jiraExpressionsOperations()

	// Configuration.
	j.issueTypesOperations()
	j.issueTypeSchemesOperations()
	j.customFieldsOperations()
	j.fieldContextsOperations()
	j.fieldOptionsOperations()
	j.fieldDefaultsOperations()
	j.fieldConfigurationsOperations()
	j.fieldSchemesOperations()
	j.appFieldsOperations()
	j.uiModificationsOperations()
	j.statusesOperations()
	j.workflowsOperations()
	j.legacyWorkflowsOperations()
	j.workflowSchemesOperations()
	j.workflowSchemeProjectsOperations()
	j.screensOperations()
	j.screenSchemesOperations()
	j.prioritiesOperations()
	j.prioritySchemesOperations()
	j.resolutionsOperations()

	// Projects.
	j.projectsOperations()
	j.customTemplatesOperations()
	j.projectPartsOperations()
	j.projectCategoriesOperations()
	j.projectRolesOperations()
	j.componentsOperations()
	j.versionsOperations()
	j.avatarsOperations()

	// Permissions.
	j.permissionsOperations()
	j.permissionSchemesOperations()
	j.securitySchemesOperations()
	j.notificationSchemesOperations()

	// Boards.
	j.boardsOperations()
	j.quickFiltersOperations()
	j.boardIssuesOperations()
	j.sprintsOperations()
	j.epicsOperations()
	j.ranksOperations()

	// What tools of developers supply.
	j.suppliesOperations()
	j.devinfoOperations()
	j.workspacesOperations()
	j.developmentOperations()

	// Service projects.
	j.serviceDesksOperations()
	j.organizationsOperations()
	j.requestsOperations()

	// People.
	j.myselfOperations()
	j.usersOperations()
	j.userAccountsOperations()
	j.userSearchOperations()
	j.groupsOperations()

	// Sharing.
	j.filtersOperations()
	j.dashboardsOperations()

	// The site.
	j.serverInfoOperations()
	j.auditOperations()
	j.tasksOperations()
	j.webhooksOperations()
	j.appsOperations()
	j.appMigrationOperations()
	j.plansOperations()
	j.siteSettingsOperations()
	j.classificationLevelsOperations()

	// Signing in.
	j.oauthRoutes()
	j.sessionOperations()

	// What people see.
	j.uiRoutes()

	j.unserved()
	return j
}
