package jira

import (
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/jira/internal/words"
)

// Times are in milliseconds since 1970, zero where there is none. Ids are numbers, which the API mostly writes as text. What
// is shared by all projects has no Project; what is of one alone (of a team-managed one) names it.
type (
	// Site is the site itself.
	Site struct {
		Title, Cloud string // Cloud: its id among all sites
		Created      int64
		Settings     obj // by what they are settings of
	}

	// User is an account.
	User struct {
		ID, Type             string // Type: atlassian, app, customer
		Name, Email          string
		TimeZone, Locale     string
		Active               bool
		Created              int64
		Preferences          map[string]string
		Columns              []string // of lists of issues; nil is the site's
		LastLogin, LoginThen int64    // the latest login, and the one before
	}

	// Group is a group of accounts.
	Group struct{ ID, Name string }

	// Member is an account in a group.
	Member struct{ Group, User string }

	// APIToken lets somebody call the API in the place of a password.
	APIToken struct {
		Secret, User, Label string // Secret: as World.Unseal makes it
		Created             int64
	}

	// OAuthApp is an app that acts for people once they have said yes.
	OAuthApp struct {
		ID, Secret, Name  string // Secret: as World.Unseal makes it
		Callbacks, Scopes []string
		Owner             string
	}

	// OAuthToken is a code, an access token or a refresh token.
	OAuthToken struct {
		Secret, Kind, App, User string
		Scopes                  []string
		Redirect                string // of a code
		Family                  string // of all tokens that came of one consent
		Expires                 int64
		Used                    bool
	}

	// ConnectApp is an app that the site and it have a secret with.
	ConnectApp struct {
		Key, Name, Secret string // Secret: as World.Unseal makes it
		Account           string
		Scopes            []string
	}

	// Session is somebody's being signed in, in a browser or by a cookie.
	Session struct {
		Secret, User string
		Created      int64
	}

	// Project is what issues are in.
	Project struct {
		ID                             int64
		UUID                           string
		Key, Name, Description, URL    string
		Lead, Type, Template           string // Type: software, business, service_desk
		Assignee                       string // PROJECT_LEAD, UNASSIGNED
		Team                           bool   // managed by its team, not by administrators
		Private                        bool   // of a team-managed one: who is not in it does not see it
		Category, Avatar               int64
		IssueTypes, Workflows, Screens int64 // schemes
		Fields, Permissions, Security  int64
		Notifications                  int64
		Last                           int64    // number of the newest issue
		OldKeys                        []string // by which it is still found
		Created                        int64
		Archived, Trashed              int64
		ArchivedBy, TrashedBy          string
		Email                          string
		Features                       map[string]string // by what it is: ENABLED, DISABLED
		Styles                         obj
	}

	// Classification is how closely data is to be kept, as an organization has it.
	Classification struct {
		ID, Name, Status              string // Status: draft, published, archived
		Description, Guideline, Color string
		Rank                          int // 1 is kept the closest
	}

	// CustomTemplate is what new projects can begin with, made of a project.
	CustomTemplate struct {
		Key, UUID, Name, Description string
		Type                         string // LIVE: as the project is then; SNAPSHOT: as it was
		Project                      int64
		Screens, Workflows           bool // are copied, with their schemes, in the place of being shared
		Snapshot                     obj  // capabilities
	}

	// Category groups projects.
	Category struct {
		ID                int64
		Name, Description string
	}

	// Avatar is a picture that somebody has uploaded.
	Avatar struct {
		ID          int64
		Type, Owner string // Type: project, issuetype, priority
		Picture     []byte // a square PNG
	}

	// Role is what people are in projects.
	Role struct {
		ID                int64
		Name, Description string
		Project           int64
	}

	// Actor is an account or a group in a role of a project, or in one that new projects begin with.
	Actor struct {
		ID            int64
		Role, Project int64 // Project: 0 for those that new projects begin with
		User, Group   string
	}

	// Component is a part of a project.
	Component struct {
		ID, Project             int64
		Name, Description, Lead string
		Assignee                string // PROJECT_DEFAULT, COMPONENT_LEAD, PROJECT_LEAD, UNASSIGNED
	}

	// Version is a release of a project.
	Version struct {
		ID, Project        int64
		Name, Description  string
		Start, Release     string // days
		Released, Archived bool
		Order              int64
		Driver             string
		Approvers, Related []any
	}

	// IssueType is a kind of issue.
	IssueType struct {
		ID                int64
		Name, Description string
		Avatar            int64
		Level             int // 1 an epic, 0 a standard issue, -1 a subtask
		Project           int64
		UUID              string
	}

	// Status is where an issue stands.
	Status struct {
		ID                int64
		Name, Description string
		Category          int // see statusCategories
		Project           int64
	}

	// Priority is how urgent an issue is.
	Priority struct {
		ID                             int64
		Name, Description, Color, Icon string
		Order                          int64
		Default                        bool
	}

	// PriorityScheme is which priorities projects have.
	PriorityScheme struct {
		ID, Default       int64
		Name, Description string
		Priorities        []int64
		Projects          []int64
	}

	// Resolution is how an issue ended.
	Resolution struct {
		ID                int64
		Name, Description string
		Order             int64
		Default           bool
	}

	// Workflow is the statuses of issues and the ways between them.
	Workflow struct {
		ID, Name, Description string
		Version               int64
		Created, Updated      int64
		Project               int64
		Statuses              []WorkflowStatus
		Transitions           []Transition
		VersionID             string
		Start, Loops          obj    // where the editor draws the start, and the transitions that stay
		By                    string // who wrote this version
		Past                  []PastWorkflow
	}

	// PastWorkflow is a workflow as it was.
	PastWorkflow struct {
		Version, Written int64
		Document         obj // as it was shown, with its statuses
	}

	// WorkflowStatus is a status in a workflow.
	WorkflowStatus struct {
		Status     int64
		Name       string // in this workflow, if it is another one
		Properties map[string]string
		Layout     obj
		Approval   obj
	}

	// Transition is a way from one status to another.
	Transition struct {
		ID                int
		Name, Description string
		Type              string  // initial, global, directed
		From              []int64 // statuses, of a directed one
		To                int64   // 0: the status stays
		Screen            int64
		Conditions        obj   // operator AND or OR, conditions, groups
		Validators        []any // rules: ruleKey and parameters
		Actions           []any // rules, beyond those that every transition has
		Triggers          []any
		Properties        map[string]string
		CustomIssueEvent  string
		Links             []any // {fromStatusReference, fromPort, toPort} of a directed one
		Reminder          obj   // rule of a screen that reminds of fields
	}

	// WorkflowScheme says by which workflow issues of a type go.
	WorkflowScheme struct {
		ID                int64
		Name, Description string
		Default           string            // a workflow
		Mappings          map[string]string // workflows by issue type
		Draft             *WorkflowDraft
		Version           int64
	}

	// WorkflowDraft is a workflow scheme as it will be once it is published.
	WorkflowDraft struct {
		ID                int64
		Name, Description string
		Default           string
		Mappings          map[string]string
		Updated           int64
		By                string
	}

	// Screen is the fields that are shown together.
	Screen struct {
		ID                int64
		Name, Description string
		Project           int64
		Tabs              []Tab
	}

	// Tab is a part of a screen.
	Tab struct {
		ID     int64
		Name   string
		Fields []string
	}

	// ScreenScheme says on which screen an issue is created, edited and viewed.
	ScreenScheme struct {
		ID                int64
		Name, Description string
		Screens           map[string]int64 // by default, create, edit, view
	}

	// TypeScreenScheme says which screen scheme issues of a type have.
	TypeScreenScheme struct {
		ID                int64
		Name, Description string
		Mappings          map[string]int64 // by "default" or issue type
	}

	// FieldConfig says how fields behave.
	FieldConfig struct {
		ID                int64
		Name, Description string
		Default           bool
		Items             map[string]FieldItem // by field, where it differs
	}

	// FieldItem is how one field behaves.
	FieldItem struct {
		Description, Renderer string
		Hidden, Required      bool
	}

	// FieldConfigScheme says which field configuration issues of a type have.
	FieldConfigScheme struct {
		ID                int64
		Name, Description string
		Mappings          map[string]int64 // by "default" or issue type
	}

	// FieldScheme is the fields that projects have, which takes the place of their field configurations.
	FieldScheme struct {
		ID                int64
		Name, Description string
		Fields            map[string]FieldAssociation
		Projects          []int64
	}

	// FieldAssociation is how a field stands in a scheme.
	FieldAssociation struct {
		Types       []int64 // that alone have it; all if empty
		Description string
		Required    bool
		ByType      map[string]FieldItem // where it is otherwise for a type
	}

	// UIModification is what an app does to views.
	UIModification struct {
		ID, App                 string
		Name, Description, Data string
		Contexts                []any
	}

	// FieldOption is a value of a field of an app.
	FieldOption struct {
		ID         int64
		Field      string // its key: that of the app and that of its module
		Value      string
		Properties obj
		Config     obj
	}

	// IssueTypeScheme is the issue types that a project has.
	IssueTypeScheme struct {
		ID                int64
		Name, Description string
		Default           int64
		Types             []int64
	}

	// PermissionScheme says who may do what in a project.
	PermissionScheme struct {
		ID                int64
		Name, Description string
		Grants            []Grant
		Project           int64
	}

	// Grant gives a permission to a holder.
	Grant struct {
		ID         int64
		Permission string
		Holder
	}

	// Holder is somebody, in one of the ways in which people are named: anyone, applicationRole, assignee, group,
	// groupCustomField, projectLead, projectRole, reporter, user, userCustomField, sd.customer.portal.only.
	Holder struct{ Type, Value string } // Value: id of a group, role, account or field

	// GlobalGrant gives a permission on the site to a group.
	GlobalGrant struct{ Permission, Group string }

	// NotificationScheme says who is told of what.
	NotificationScheme struct {
		ID                int64
		Name, Description string
		Notifications     []Notification
		Project           int64
	}

	// Notification is somebody who is told of an event.
	Notification struct {
		ID, Event int64
		Holder
	}

	// SecurityScheme is the levels at which issues of a project can be hidden.
	SecurityScheme struct {
		ID                int64
		Name, Description string
		Default           int64
	}

	// SecurityLevel is who sees an issue.
	SecurityLevel struct {
		ID, Scheme        int64
		Name, Description string
		Members           []LevelMember
	}

	// LevelMember is somebody who sees issues of a level.
	LevelMember struct {
		ID int64
		Holder
	}

	// CustomField is a field that somebody has added.
	CustomField struct {
		ID                int64 // of customfield_10010: 10010
		Name, Description string
		Type, Searcher    string
		Project           int64
		Trashed           int64
		TrashedBy         string
		LockedFor         string // the app that alone may change it
		Created           int64
	}

	// Context says where a custom field holds, and what it can be there.
	Context struct {
		ID                int64
		Field             string
		Name, Description string
		Projects, Types   []int64 // all if empty
		Default           any
		UserFilter        obj // who can be chosen, of a field for one account
		Options           []Option
		Configuration     any
	}

	// Option is one value that a custom field can have.
	Option struct {
		ID, Parent int64
		Value      string
		Disabled   bool
	}

	// Issue is an issue. Fields are its fields' values as they are kept, by field; see fieldKind.
	Issue struct {
		ID, Project, Number int64
		Fields              obj
		Created, Updated    int64
		StatusChanged       int64
		Archived            int64
		ArchivedBy          string
		OldKeys             []string // by which it is still found
	}

	// Change is one line of an issue's history.
	Change struct {
		ID, Issue int64
		Author    string
		Created   int64
		Items     []ChangeItem
		Metadata  obj
	}

	// ChangeItem is one field that changed: what is kept, and how it read.
	ChangeItem struct {
		Field, FieldID, FieldType string // FieldType: jira, custom
		From, To                  any    // text or null
		FromText, ToText          any
	}

	// Comment is a comment on an issue.
	Comment struct {
		ID, Issue        int64
		Author, Editor   string
		Body             any // see richText
		Created, Updated int64
		Visibility       obj
		Parent           int64
		Internal         bool // of a request: customers do not see it
	}

	// Worklog is time that somebody spent.
	Worklog struct {
		ID, Issue        int64
		Author, Editor   string
		Comment          any
		Started          int64
		Seconds          int64
		Created, Updated int64
		Visibility       obj
	}

	// DeletedWorklog is what is still known of a worklog that is gone.
	DeletedWorklog struct{ ID, Deleted int64 }

	// Attachment is a file of an issue.
	Attachment struct {
		ID, Issue        int64
		Author           string
		Name, Type, Blob string
		Size, Created    int64
		UUID             string
	}

	// LinkType is how issues are linked.
	LinkType struct {
		ID                    int64
		Name, Inward, Outward string
	}

	// Link is two issues that are linked.
	Link struct{ ID, Type, Inward, Outward, Created int64 }

	// RemoteLink is something elsewhere that an issue is linked with.
	RemoteLink struct {
		ID, Issue    int64
		GlobalID     string
		Relationship string
		Application  obj
		Object       obj
		Created      int64
	}

	// Watch is somebody who follows an issue.
	Watch struct {
		Issue int64
		User  string
	}

	// Vote is somebody who wants an issue done.
	Vote struct {
		Issue int64
		User  string
	}

	// Board is a view of the issues of a filter, with columns.
	Board struct {
		ID, Filter, Project int64
		Name, Type          string // Type: scrum, kanban, simple
		User                string // whose it is, if it is of no project
		Owner               string // who made it
		Private             bool
		Columns             []BoardColumn
		Estimation, Ranking string // fields
		SubQuery            string // of a kanban board: what is shown of done issues
		QuickFilters        []QuickFilter
		Features            map[string]bool
	}

	// BoardColumn is a column of a board.
	BoardColumn struct {
		Name     string
		Statuses []int64
		Min, Max int64
	}

	// QuickFilter narrows a board down.
	QuickFilter struct {
		ID                     int64
		Name, JQL, Description string
	}

	// Filter is a query that somebody keeps.
	Filter struct {
		ID                     int64
		Name, Description, JQL string
		Owner                  string
		Shares, Editors        []Share
		Columns                []string // of its list of issues; nil is the caller's own
		Subscriptions          []Subscription
		Updated                int64
	}

	// Share lets others see something, or change it.
	Share struct {
		ID            int64
		Type          string // global, loggedin, user, group, project
		User, Group   string
		Project, Role int64
	}

	// Subscription is somebody who is sent what a filter finds.
	Subscription struct {
		ID          int64
		User, Group string
	}

	// Favourite is something that somebody has marked.
	Favourite struct{ Of, User string } // Of: as filter/10000

	// Dashboard is a page of gadgets.
	Dashboard struct {
		ID                int64
		Name, Description string
		Owner             string // nobody of the one that every site has
		Shares, Editors   []Share
		Gadgets           []Gadget
	}

	// Gadget is a part of a dashboard.
	Gadget struct {
		ID                 int64
		Module, URI, Title string
		Color              string
		Row, Column        int
	}

	// Sprint is a time in which the issues of a board are worked on.
	Sprint struct {
		ID, Board            int64
		Name, Goal           string
		State                string // future, active, closed
		Start, End, Complete int64
		Created              int64
		Order                int64 // among those of its board
	}

	// View is when somebody last looked at an issue.
	View struct {
		User      string
		Issue, At int64
	}

	// Epic is what boards know of an epic beside the issue.
	Epic struct {
		Issue int64
		Color string
		Done  bool
	}

	// Supplied is what a tool of developers says of its own: a build, a deployment, a feature flag, a repository.
	Supplied struct {
		Kind, Key  string
		Tool       string  // that says it
		Issues     []int64 // it is about
		Sequence   int64   // of the latest update; older ones come too late
		Properties obj
		Doc        obj
		Updated    int64
	}

	// ServiceDesk is a project at which customers ask for things.
	ServiceDesk struct {
		ID, Project   int64
		Customers     []string
		Organizations []int64
	}

	// RequestType is a kind of thing that customers ask for.
	RequestType struct {
		ID, Desk, IssueType int64
		Name, Description   string
	}

	// Request is what a customer asks for, beside the issue that it is.
	Request struct {
		Issue, Type  int64
		Participants []string
	}

	// Organization is customers who belong together.
	Organization struct {
		ID      int64
		UUID    string
		Name    string
		Members []string
		Created int64
	}

	// Property is a JSON value that an app keeps with something.
	Property struct {
		Of, Key string // Of: what it is kept with, as issue/10001
		Value   any
		Updated int64
	}

	// Webhook is somebody who is told of events: one that an app has registered, or an administrator.
	Webhook struct {
		ID                int64
		App               string // "" of an administrator's
		Name, Description string
		URL, JQL, Secret  string // Secret: to sign with, as World.Seal makes it
		Events            []string
		Fields            []string // that have to change; all if empty
		Properties        []string
		Expires           int64
		Disabled, NoBody  bool
		By                string
		Updated           int64
	}

	// FailedWebhook is what a webhook could not be told.
	FailedWebhook struct {
		ID        int64
		App       string
		URL, Body string
		At        int64
	}

	// Plan is work of several projects, boards and filters as it is planned.
	Plan struct {
		ID, Scenario int64
		Status       string // Active, Trashed, Archived
		Saved        int64
		Doc          obj // what people say of it
		Teams        []PlanTeam
	}

	// PlanTeam is a team in a plan.
	PlanTeam struct {
		ID, Type string // Type: PlanOnly, Atlassian
		Doc      obj
	}

	// Task is long work.
	Task struct {
		ID                        int64
		Kind, Description, Status string // Status: ENQUEUED, RUNNING, COMPLETE, FAILED, CANCEL_REQUESTED, CANCELLED, DEAD
		By                        string
		Submitted, Started        int64
		Finished, Updated         int64
		Progress                  int64
		Message                   string
		Input, Result             any
	}

	// AuditRecord is a line of the site's audit log.
	AuditRecord struct {
		ID               int64
		Created          int64
		Summary          string
		Author           string
		Category, Source string
		Object           obj
		Changed          []any
		Associated       []any
	}

	// Counter is the last of some numbers.
	Counter struct {
		Name string
		N    int64
	}
)

// state is every collection of a site.
type state struct {
	sites    *store.Collection[Site]
	counters *store.Collection[Counter]

	users        *store.Collection[User]
	usersByEmail *store.Index[User]
	groups       *store.Collection[Group]
	groupsByName *store.Index[Group]
	members      *store.Collection[Member]
	groupsOf     *store.Index[Member] // by account
	tokens       *store.Collection[APIToken]
	sessions     *store.Collection[Session]
	oauthApps    *store.Collection[OAuthApp]
	oauthTokens  *store.Collection[OAuthToken]
	connectApps  *store.Collection[ConnectApp]
	globals      *store.Collection[GlobalGrant]

	projects        *store.Collection[Project]
	projectsByKey   *store.Index[Project] // also by old keys
	classifications *store.Collection[Classification]
	templates       *store.Collection[CustomTemplate]
	categories      *store.Collection[Category]
	avatars         *store.Collection[Avatar]
	roles           *store.Collection[Role]
	actors          *store.Collection[Actor]
	actorsIn        *store.Index[Actor] // by project and role
	components      *store.Collection[Component]
	componentsOf    *store.Index[Component] // by project
	versions        *store.Collection[Version]
	versionsOf      *store.Index[Version] // by project, in order

	issueTypes          *store.Collection[IssueType]
	statuses            *store.Collection[Status]
	priorities          *store.Collection[Priority]
	prioritySchemes     *store.Collection[PriorityScheme]
	resolutions         *store.Collection[Resolution]
	workflows           *store.Collection[Workflow]
	workflowSchemes     *store.Collection[WorkflowScheme]
	screens             *store.Collection[Screen]
	screenSchemes       *store.Collection[ScreenScheme]
	typeScreenSchemes   *store.Collection[TypeScreenScheme]
	fieldConfigs        *store.Collection[FieldConfig]
	fieldConfigSchemes  *store.Collection[FieldConfigScheme]
	fieldSchemes        *store.Collection[FieldScheme]
	fieldOptions        *store.Collection[FieldOption] // by field
	uiModifications     *store.Collection[UIModification]
	issueTypeSchemes    *store.Collection[IssueTypeScheme]
	permissionSchemes   *store.Collection[PermissionScheme]
	notificationSchemes *store.Collection[NotificationScheme]
	securitySchemes     *store.Collection[SecurityScheme]
	securityLevels      *store.Collection[SecurityLevel]
	customFields        *store.Collection[CustomField]
	contexts            *store.Collection[Context]
	contextsOf          *store.Index[Context] // by field

	issues           *store.Collection[Issue]
	issuesByKey      *store.Index[Issue] // project and number, see issueIndexKey
	issuesByOldKey   *store.Index[Issue]
	issuesByValue    *store.Index[Issue] // "field=value"; see indexedFields
	issuesByUpdate   *store.Index[Issue]
	issuesByCreated  *store.Index[Issue]
	issuesByRank     *store.Index[Issue]
	issuesByRankIn   *store.Index[Issue]       // the same within a project
	issuesByWord     *store.Index[Issue]       // see Issue.stems
	changes          *store.Collection[Change] // by issue
	changesByItem    *store.Index[Change]      // see Change.items
	changesByAuthor  *store.Index[Change]
	comments         *store.Collection[Comment] // by issue
	commentsByID     *store.Index[Comment]
	commentsByWord   *store.Index[Comment]
	commentsByAuthor *store.Index[Comment]      // also by editor
	worklogs         *store.Collection[Worklog] // by issue
	worklogsByID     *store.Index[Worklog]
	worklogsByAuthor *store.Index[Worklog]
	worklogsGone     *store.Collection[DeletedWorklog]
	attachments      *store.Collection[Attachment]
	attachmentsOf    *store.Index[Attachment] // by issue
	linkTypes        *store.Collection[LinkType]
	links            *store.Collection[Link]
	linksOf          *store.Index[Link] // by either issue
	remoteLinks      *store.Collection[RemoteLink]
	remoteLinksOf    *store.Index[RemoteLink] // by issue
	watches          *store.Collection[Watch] // by issue
	watchesOf        *store.Index[Watch]      // by account
	viewsOf          *store.Index[View]       // by issue
	views            *store.Collection[View]  // by account
	votes            *store.Collection[Vote]  // by issue
	votesOf          *store.Index[Vote]       // by account
	boards           *store.Collection[Board]
	filters          *store.Collection[Filter]
	favourites       *store.Collection[Favourite] // by what is marked
	dashboards       *store.Collection[Dashboard]
	epics            *store.Collection[Epic] // by issue
	sprints          *store.Collection[Sprint]
	sprintsOf        *store.Index[Sprint]        // by board, in order
	supplied         *store.Collection[Supplied] // by kind
	suppliedOf       *store.Index[Supplied]      // by issue
	desks            *store.Collection[ServiceDesk]
	desksOf          *store.Index[ServiceDesk]      // by project
	requestTypes     *store.Collection[RequestType] // by desk
	requests         *store.Collection[Request]
	organizations    *store.Collection[Organization]
	properties       *store.Collection[Property]
	webhooks         *store.Collection[Webhook]
	failedWebhooks   *store.Collection[FailedWebhook]
	plans            *store.Collection[Plan]
	tasks            *store.Collection[Task]
	audit            *store.Collection[AuditRecord]
}

func newState(sc *store.Schema) (s state) {
	s.sites = store.NewCollection(sc, "jira.sites", func(*Site) string { return "site" })
	s.counters = store.NewCollection(sc, "jira.counters", func(x *Counter) string { return x.Name })

	s.users = store.NewCollection(sc, "jira.users", func(x *User) string { return x.ID })
	s.usersByEmail = s.users.Index("email", func(x *User) []string { return some(strings.ToLower(x.Email)) })
	s.groups = store.NewCollection(sc, "jira.groups", func(x *Group) string { return x.ID })
	s.groupsByName = s.groups.Index("name", func(x *Group) []string { return []string{strings.ToLower(x.Name)} })
	s.members = store.NewCollection(sc, "jira.members", func(x *Member) string { return x.Group + "/" + x.User })
	s.groupsOf = s.members.Index("user", func(x *Member) []string { return []string{x.User} })
	s.tokens = store.NewCollection(sc, "jira.tokens", func(x *APIToken) string { return x.Secret })
	s.sessions = store.NewCollection(sc, "jira.sessions", func(x *Session) string { return x.Secret })
	s.oauthApps = store.NewCollection(sc, "jira.oauthApps", func(x *OAuthApp) string { return x.ID })
	s.oauthTokens = store.NewCollection(sc, "jira.oauthTokens", func(x *OAuthToken) string { return x.Secret })
	s.connectApps = store.NewCollection(sc, "jira.connectApps", func(x *ConnectApp) string { return x.Key })
	s.globals = store.NewCollection(sc, "jira.globals", func(x *GlobalGrant) string { return x.Permission + "/" + x.Group })

	s.projects = store.NewCollection(sc, "jira.projects", func(x *Project) string { return key(x.ID) })
	s.projectsByKey = s.projects.Index("key", func(x *Project) []string { return append([]string{x.Key}, x.OldKeys...) })
	s.classifications = store.NewCollection(sc, "jira.classifications", func(x *Classification) string { return x.ID })
	s.templates = store.NewCollection(sc, "jira.templates", func(x *CustomTemplate) string { return x.Key })
	s.categories = store.NewCollection(sc, "jira.categories", func(x *Category) string { return key(x.ID) })
	s.avatars = store.NewCollection(sc, "jira.avatars", func(x *Avatar) string { return key(x.ID) })
	s.roles = store.NewCollection(sc, "jira.roles", func(x *Role) string { return key(x.ID) })
	s.actors = store.NewCollection(sc, "jira.actors", func(x *Actor) string { return key(x.ID) })
	s.actorsIn = s.actors.Index("in", func(x *Actor) []string { return []string{key(x.Project) + "/" + key(x.Role)} })
	s.components = store.NewCollection(sc, "jira.components", func(x *Component) string { return key(x.ID) })
	s.componentsOf = s.components.Index("project", func(x *Component) []string { return []string{key(x.Project)} })
	s.versions = store.NewCollection(sc, "jira.versions", func(x *Version) string { return key(x.ID) })
	s.versionsOf = s.versions.Index("project", func(x *Version) []string { return []string{key(x.Project) + "/" + key(x.Order)} })

	s.issueTypes = store.NewCollection(sc, "jira.issueTypes", func(x *IssueType) string { return key(x.ID) })
	s.statuses = store.NewCollection(sc, "jira.statuses", func(x *Status) string { return key(x.ID) })
	s.priorities = store.NewCollection(sc, "jira.priorities", func(x *Priority) string { return key(x.ID) })
	s.prioritySchemes = store.NewCollection(sc, "jira.prioritySchemes", func(x *PriorityScheme) string { return key(x.ID) })
	s.resolutions = store.NewCollection(sc, "jira.resolutions", func(x *Resolution) string { return key(x.ID) })
	s.workflows = store.NewCollection(sc, "jira.workflows", func(x *Workflow) string { return x.ID })
	s.workflowSchemes = store.NewCollection(sc, "jira.workflowSchemes", func(x *WorkflowScheme) string { return key(x.ID) })
	s.screens = store.NewCollection(sc, "jira.screens", func(x *Screen) string { return key(x.ID) })
	s.screenSchemes = store.NewCollection(sc, "jira.screenSchemes", func(x *ScreenScheme) string { return key(x.ID) })
	s.typeScreenSchemes = store.NewCollection(sc, "jira.typeScreenSchemes", func(x *TypeScreenScheme) string { return key(x.ID) })
	s.fieldConfigs = store.NewCollection(sc, "jira.fieldConfigs", func(x *FieldConfig) string { return key(x.ID) })
	s.fieldConfigSchemes = store.NewCollection(sc, "jira.fieldConfigSchemes", func(x *FieldConfigScheme) string { return key(x.ID) })
	s.fieldSchemes = store.NewCollection(sc, "jira.fieldSchemes", func(x *FieldScheme) string { return key(x.ID) })
	s.fieldOptions = store.NewCollection(sc, "jira.fieldOptions", func(x *FieldOption) string { return x.Field + "/" + key(x.ID) })
	s.uiModifications = store.NewCollection(sc, "jira.uiModifications", func(x *UIModification) string { return x.ID })
	s.issueTypeSchemes = store.NewCollection(sc, "jira.issueTypeSchemes", func(x *IssueTypeScheme) string { return key(x.ID) })
	s.permissionSchemes = store.NewCollection(sc, "jira.permissionSchemes", func(x *PermissionScheme) string { return key(x.ID) })
	s.notificationSchemes = store.NewCollection(sc, "jira.notificationSchemes", func(x *NotificationScheme) string { return key(x.ID) })
	s.securitySchemes = store.NewCollection(sc, "jira.securitySchemes", func(x *SecurityScheme) string { return key(x.ID) })
	s.securityLevels = store.NewCollection(sc, "jira.securityLevels", func(x *SecurityLevel) string { return key(x.Scheme) + "/" + key(x.ID) })
	s.customFields = store.NewCollection(sc, "jira.customFields", func(x *CustomField) string { return key(x.ID) })
	s.contexts = store.NewCollection(sc, "jira.contexts", func(x *Context) string { return key(x.ID) })
	s.contextsOf = s.contexts.Index("field", func(x *Context) []string { return []string{x.Field} })

	s.issues = store.NewCollection(sc, "jira.issues", func(x *Issue) string { return key(x.ID) })
	s.issuesByKey = s.issues.Unique("key", func(x *Issue) []string { return []string{issueIndexKey(x.Project, x.Number)} })
	s.issuesByOldKey = s.issues.Index("oldKey", func(x *Issue) []string { return x.OldKeys })
	s.issuesByValue = s.issues.Index("value", func(x *Issue) []string { return x.values() })
	s.issuesByUpdate = s.issues.Index("updated", func(x *Issue) []string { return []string{key(x.Updated)} })
	s.issuesByCreated = s.issues.Index("created", func(x *Issue) []string { return []string{key(x.Created)} })
	s.issuesByRank = s.issues.Index("rank", func(x *Issue) []string { return []string{text(x.Fields[rankField])} })
	s.issuesByRankIn = s.issues.Index("rankIn", func(x *Issue) []string { return []string{key(x.Project) + "/" + text(x.Fields[rankField])} })
	s.issuesByWord = s.issues.Index("word", func(x *Issue) []string { return x.stems() })
	s.changes = store.NewCollection(sc, "jira.changes", func(x *Change) string { return key(x.Issue) + "/" + key(x.ID) })
	s.changesByItem = s.changes.Index("item", func(x *Change) []string { return x.items() })
	s.changesByAuthor = s.changes.Index("author", func(x *Change) []string { return some(x.Author) })
	s.comments = store.NewCollection(sc, "jira.comments", func(x *Comment) string { return key(x.Issue) + "/" + key(x.ID) })
	s.commentsByWord = s.comments.Index("word", func(x *Comment) []string { return words.Stems(plainText(x.Body)) })
	s.commentsByAuthor = s.comments.Index("author", func(x *Comment) []string { return slices.Compact(append(some(x.Author), some(x.Editor)...)) })
	s.commentsByID = s.comments.Index("id", func(x *Comment) []string { return []string{key(x.ID)} })
	s.worklogs = store.NewCollection(sc, "jira.worklogs", func(x *Worklog) string { return key(x.Issue) + "/" + key(x.ID) })
	s.worklogsByAuthor = s.worklogs.Index("author", func(x *Worklog) []string { return some(x.Author) })
	s.worklogsByID = s.worklogs.Index("id", func(x *Worklog) []string { return []string{key(x.ID)} })
	s.worklogsGone = store.NewCollection(sc, "jira.worklogsGone", func(x *DeletedWorklog) string { return key(x.ID) })
	s.attachments = store.NewCollection(sc, "jira.attachments", func(x *Attachment) string { return key(x.ID) })
	s.attachments.Blobs(func(x *Attachment) []string { return []string{x.Blob} })
	s.attachmentsOf = s.attachments.Index("issue", func(x *Attachment) []string { return []string{key(x.Issue)} })
	s.linkTypes = store.NewCollection(sc, "jira.linkTypes", func(x *LinkType) string { return key(x.ID) })
	s.links = store.NewCollection(sc, "jira.links", func(x *Link) string { return key(x.ID) })
	s.linksOf = s.links.Index("issue", func(x *Link) []string { return []string{key(x.Inward), key(x.Outward)} })
	s.remoteLinks = store.NewCollection(sc, "jira.remoteLinks", func(x *RemoteLink) string { return key(x.ID) })
	s.remoteLinksOf = s.remoteLinks.Index("issue", func(x *RemoteLink) []string { return []string{key(x.Issue)} })
	s.watches = store.NewCollection(sc, "jira.watches", func(x *Watch) string { return key(x.Issue) + "/" + x.User })
	s.watchesOf = s.watches.Index("user", func(x *Watch) []string { return []string{x.User} })
	s.views = store.NewCollection(sc, "jira.views", func(x *View) string { return x.User + "/" + key(x.Issue) })
	s.viewsOf = s.views.Index("issue", func(x *View) []string { return []string{key(x.Issue)} })
	s.votes = store.NewCollection(sc, "jira.votes", func(x *Vote) string { return key(x.Issue) + "/" + x.User })
	s.votesOf = s.votes.Index("user", func(x *Vote) []string { return []string{x.User} })
	s.epics = store.NewCollection(sc, "jira.epics", func(x *Epic) string { return key(x.Issue) })
	s.boards = store.NewCollection(sc, "jira.boards", func(x *Board) string { return key(x.ID) })
	s.filters = store.NewCollection(sc, "jira.filters", func(x *Filter) string { return key(x.ID) })
	s.favourites = store.NewCollection(sc, "jira.favourites", func(x *Favourite) string { return x.Of + "/" + x.User })
	s.dashboards = store.NewCollection(sc, "jira.dashboards", func(x *Dashboard) string { return key(x.ID) })
	s.sprints = store.NewCollection(sc, "jira.sprints", func(x *Sprint) string { return key(x.ID) })
	s.sprintsOf = s.sprints.Index("board", func(x *Sprint) []string { return []string{key(x.Board) + "/" + key(x.Order)} })
	s.supplied = store.NewCollection(sc, "jira.supplied", func(x *Supplied) string { return x.Kind + "/" + x.Key })
	s.suppliedOf = s.supplied.Index("issue", func(x *Supplied) []string {
		keys := make([]string, len(x.Issues))
		for n, i := range x.Issues {
			keys[n] = key(i)
		}
		return keys
	})
	s.desks = store.NewCollection(sc, "jira.desks", func(x *ServiceDesk) string { return key(x.ID) })
	s.desksOf = s.desks.Index("project", func(x *ServiceDesk) []string { return []string{key(x.Project)} })
	s.requestTypes = store.NewCollection(sc, "jira.requestTypes", func(x *RequestType) string { return key(x.Desk) + "/" + key(x.ID) })
	s.requests = store.NewCollection(sc, "jira.requests", func(x *Request) string { return key(x.Issue) })
	s.organizations = store.NewCollection(sc, "jira.organizations", func(x *Organization) string { return key(x.ID) })
	s.properties = store.NewCollection(sc, "jira.properties", func(x *Property) string { return x.Of + "/" + x.Key })
	s.webhooks = store.NewCollection(sc, "jira.webhooks", func(x *Webhook) string { return key(x.ID) })
	s.failedWebhooks = store.NewCollection(sc, "jira.failedWebhooks", func(x *FailedWebhook) string { return key(x.ID) })
	s.plans = store.NewCollection(sc, "jira.plans", func(x *Plan) string { return key(x.ID) })
	s.tasks = store.NewCollection(sc, "jira.tasks", func(x *Task) string { return key(x.ID) })
	s.audit = store.NewCollection(sc, "jira.audit", func(x *AuditRecord) string { return key(x.ID) })
	return s
}

// some is a list of a string that is there.
func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func issueIndexKey(project, n int64) string { return key(project) + "/" + key(n) }

// indexedFields are those whose issues are found by value without looking at others.
var indexedFields = []string{"status", "issuetype", "assignee", "reporter", "creator", "priority", "resolution", "labels", "components", "fixVersions", "versions", "parent", "security", sprintField}

// values are the keys of an issue in the index by value: "project=10000", "labels=blue". A field that is empty is "labels=".
func (i *Issue) values() []string {
	keys := make([]string, 0, len(indexedFields)+4)
	keys = append(keys, "project="+strconv.FormatInt(i.Project, 10))
	for _, f := range indexedFields {
		switch v := i.Fields[f].(type) {
		case string:
			keys = append(keys, f+"="+v)
		case []any:
			for _, x := range v {
				keys = append(keys, f+"="+strings.ToLower(text(x)))
			}
			if len(v) == 0 {
				keys = append(keys, f+"=")
			}
		default:
			keys = append(keys, f+"=")
		}
	}
	return keys
}
