package okta

import (
	"strings"

	"twinset.dev/kit/store"
)

// Times are in milliseconds since 1970, zero where there is none. Objects are as the caller wrote them, with what Okta adds.
type (
	// Org is the org itself.
	Org struct {
		ID, Name, Subdomain string
		Created, Updated    int64
		Settings            obj // by what they are settings of
	}

	// User is a person.
	User struct {
		ID, Status, Type   string
		Realm              string
		Transitioning      string // the status that it is on its way to
		Created, Updated   int64
		Activated, Changed int64 // Changed: the status
		LastLogin          int64
		PasswordChanged    int64
		Password           string   // hashed
		Passwords          []string // those it had before, hashed
		Temporary          bool     // the password is good for one login
		Question           string
		Answer             string // hashed
		Provider           obj    // who keeps the password; Okta if nil
		Profile            obj
		Failures           int // logins failed since the last good one
		ImportedFrom       string
	}

	// Group is a group of people.
	Group struct {
		ID, Type                 string // BUILT_IN, OKTA_GROUP, APP_GROUP
		Source                   string // the app that it comes from
		Created, Updated, Joined int64  // Joined: when its members last changed
		Profile                  obj
	}

	// Member is a person in a group.
	Member struct {
		Group, User string
		Manual      bool     // somebody put them there
		Rules       []string // the rules that did
		Since       int64
	}

	// App is an app of the org: one of the catalog, or one of its own.
	App struct {
		ID, Name, Label, Status string
		SignOnMode              string
		Order                   int64 // in which the apps came
		Created, Updated        int64
		Policy, Enrollment      string // the policies that decide who signs in and how they enroll
		ClientID                string // of an OAuth client
		SigningKey              string
		Key, Link               string // what SAML calls it, and where its page is
		System                  bool   // it came with the org
		Logo                    *Logo
		Schema                  obj // of its people: what differs from what it came with
		SchemaUpdated           int64
		IDToken                 obj // the claim that its ID tokens have besides the usual ones
		Connection, Features    obj // how people are provisioned
		Doc                     obj
	}

	// Logo is a picture.
	Logo struct {
		ID, Type string
		Data     string // base64
	}

	// AppUser is a person in an app.
	AppUser struct {
		App, User, Scope string // USER or GROUP
		Group            string // the group that the app comes from; not kept, but found
		Created, Updated int64
		Changed          int64 // the status
		PasswordChanged  int64
		Credentials      obj
		Profile          obj // what differs from what is mapped
	}

	// AppGroup is a group whose people have an app.
	AppGroup struct {
		App, Group       string
		Priority         int
		Created, Updated int64
		Profile          obj
	}

	// Key is a pair of keys with which Okta signs for an app or an identity provider. What the private key is follows from its id.
	Key struct {
		ID, Parent                string
		Created, Updated, Expires int64
		Certificate               string // base64 of DER, if it is not one that Okta has signed
	}

	// LinkedUser is a person who signs in through an identity provider.
	LinkedUser struct {
		IDP, User, External string
		Created, Updated    int64
		Profile             obj
	}

	// APIToken is a token of the management API.
	APIToken struct {
		ID, Name, User             string
		Secret                     string // hashed
		Created, Expires, LastUsed int64
		Network                    obj
	}

	// Limit counts the calls of a minute.
	Limit struct {
		Bucket string
		Reset  int64 // seconds
		Calls  int
	}

	// Event is a line of the system log.
	Event struct {
		ID        string
		Published int64 // milliseconds
		Doc       obj
	}

	// Record is a thing that is kept as the caller wrote it. See kind.
	Record struct {
		ID, Parent, Name, Status string
		System                   bool // it came with the org
		Priority                 int
		Created, Updated         int64
		Order                    int64 // among those of one second
		Secret                   obj   // what the caller wrote and is never shown
		Doc                      obj
	}

	// Counter is the last of some numbers.
	Counter struct {
		Name string
		N    int64
	}

	// Image is a picture that somebody has uploaded.
	Image struct{ ID, Type, Blob string }
)

// state is every collection of an org.
type state struct {
	orgs   *store.Collection[Org]
	limits *store.Collection[Limit]

	users        *store.Collection[User]
	usersByLogin *store.Index[User]
	usersByEmail *store.Index[User]

	groups       *store.Collection[Group]
	groupsByName *store.Index[Group]
	members      *store.Collection[Member]
	membersOf    *store.Index[Member] // by person

	tokens         *store.Collection[APIToken]
	tokensBySecret *store.Index[APIToken]

	apps         *store.Collection[App]
	appsByClient *store.Index[App]
	appUsers     *store.Collection[AppUser]
	appGroups    *store.Collection[AppGroup]
	keys         *store.Collection[Key]
	linked       *store.Collection[LinkedUser]

	events *store.Collection[Event]

	counters *store.Collection[Counter]
	images   *store.Collection[Image]

	tables map[*kind]*table
}

func newState(sc *store.Schema) (s state) {
	s.orgs = store.NewCollection(sc, "okta.orgs", func(o *Org) string { return "org" })
	s.limits = store.NewCollection(sc, "okta.limits", func(l *Limit) string { return l.Bucket })

	s.users = store.NewCollection(sc, "okta.users", func(u *User) string { return u.ID })
	s.usersByLogin = s.users.Unique("login", func(u *User) []string { return []string{strings.ToLower(u.login())} })
	s.usersByEmail = s.users.Index("email", func(u *User) []string { return some(strings.ToLower(text(u.Profile["email"]))) })

	s.groups = store.NewCollection(sc, "okta.groups", func(g *Group) string { return g.ID })
	s.groupsByName = s.groups.Index("name", func(g *Group) []string { return []string{strings.ToLower(g.name())} })
	s.members = store.NewCollection(sc, "okta.members", func(m *Member) string { return m.Group + "/" + m.User })
	s.membersOf = s.members.Index("user", func(m *Member) []string { return []string{m.User} })

	s.tokens = store.NewCollection(sc, "okta.tokens", func(t *APIToken) string { return t.ID })
	s.tokensBySecret = s.tokens.Unique("secret", func(t *APIToken) []string { return some(t.Secret) })

	s.apps = store.NewCollection(sc, "okta.apps", func(a *App) string { return a.ID })
	s.appsByClient = s.apps.Unique("client", func(a *App) []string { return some(a.ClientID) })
	s.appUsers = store.NewCollection(sc, "okta.appUsers", func(u *AppUser) string { return u.App + "/" + u.User })
	s.appGroups = store.NewCollection(sc, "okta.appGroups", func(g *AppGroup) string { return g.App + "/" + g.Group })
	s.keys = store.NewCollection(sc, "okta.keys", func(k *Key) string { return k.Parent + "/" + k.ID })
	s.linked = store.NewCollection(sc, "okta.linked", func(l *LinkedUser) string { return l.IDP + "/" + l.User })

	s.events = store.NewCollection(sc, "okta.events", func(e *Event) string { return e.ID })

	s.counters = store.NewCollection(sc, "okta.counters", func(n *Counter) string { return n.Name })
	s.images = store.NewCollection(sc, "okta.images", func(i *Image) string { return i.ID })
	s.images.Blobs(func(i *Image) []string { return some(i.Blob) })

	s.tables = map[*kind]*table{}
	for _, k := range kinds {
		s.tables[k] = newTable(sc, k)
	}
	return s
}

// kinds are the things of which an org keeps what the caller wrote.
var kinds = []*kind{
	zoneKind,
	brandKind,
	themeKind,
	pageKind,
	emailCustomizationKind,
	domainKind,
	emailDomainKind,
	emailServerKind,
	smsTemplateKind,
	uiSchemaKind,
	eventHookKind,
	inlineHookKind,
	hookKeyKind,
	logStreamKind,
	roleKind,
	permissionKind,
	resourceSetKind,
	resourceKind,
	bindingKind,
	pushProviderKind,
	securityEventsKind,
	ssfStreamKind,
	principalLimitKind,
	agentPoolKind,
	agentUpdateKind,
	identitySessionKind,
	sourcedKind,
	bundleKind,
	clientRoleKind,
	yubikeyTokenKind,
	policyKind,
	ruleKind,
	authServerKind,
	scopeKind,
	claimKind,
	resourceKeyKind,
	authenticatorKind,
	originKind,
	behaviorKind,
	assuranceKind,
	postureKind,
	integrationKind,
	captchaKind,
	serviceAccountKind,
	preregistrationKind,

	appSecretKind,
	jwkKind,
	csrKind,
	grantKind,
	pushKind,
	crossAppKind,
	federatedClaimKind,
	mappingKind,
	apiServiceKind,
	apiSecretKind,
	idpKind,
	idpKeyKind,
}

// some is the key, or none if it is empty.
func some(key string) []string {
	if key == "" {
		return nil
	}
	return []string{key}
}

func (u *User) login() string { return text(u.Profile["login"]) }

func (g *Group) name() string { return text(g.Profile["name"]) }
