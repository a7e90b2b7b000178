package okta

import (
	"fmt"
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
		Order              int64 // in which people came
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
		Failures           int  // logins failed since the last good one
		Blocked            bool // from devices that are not known, for failing too often
		Classification     string
		Classified         int64
		Risk               string
	}

	// Group is a group of people.
	Group struct {
		Order                    int64  // in which groups came
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

	// Schema says what a profile holds beyond what Okta itself defines, and which of Okta's properties differ from what they are at first.
	Schema struct {
		Of               string // a user type, or "group"
		Created, Updated int64
		Base, Custom     obj // properties, by name
	}

	// LinkDefinition is a relation between people: each of the associated has one primary.
	LinkDefinition struct {
		Primary, Associated obj
		Created             int64
	}

	// Link is one person's place in a relation.
	Link struct {
		Order               int64  // in which people were linked
		Name                string // of the primary side
		Primary, Associated string // people
		Created             int64
	}

	// GroupOwner is a person or a group that is responsible for a group.
	GroupOwner struct {
		Group, ID, Type string // Type: USER, GROUP
		Created         int64
	}

	// Factor is something that a person proves themselves with beside the password.
	Factor struct {
		Order                        int64 // in which factors were set up
		ID, User                     string
		Type, Provider, Vendor       string
		Status                       string // PENDING_ACTIVATION, ACTIVE, EXPIRED
		Created, Updated, LastUsed   int64
		Profile                      obj
		Secret                       string // of a generator of codes, or of the answer to a question, hashed
		Code                         string // that was sent and is waited for
		CodeUntil                    int64
		LastStep                     int64  // of the generator, whose codes are good once
		Generator                    string // the profile of one that is not Okta's
		Transaction, TransactionDone string // of a push: its id, and what became of it
	}

	// RoleAssignment is what a person, a group or a client may do as an administrator.
	RoleAssignment struct {
		ID, Kind, Assignee string // Kind: USER, GROUP, CLIENT
		Type               string
		Role, ResourceSet  string   // of a CUSTOM one
		Groups, Apps       []string // what it is confined to; an app of the catalog by name, an instance as name/id
		Created, Updated   int64
	}

	// Session is somebody's being signed in.
	Session struct {
		ID, User, Secret              string
		Created, Expires              int64
		PasswordVerified, MFAVerified int64
		AMR                           []string
		Clients                       []string // of the apps that it was used for
		IDP                           string   // through which they came
	}

	// AuthTransaction is a sign-in that is under way, by its state token; or one that is done, by its session token.
	AuthTransaction struct {
		Token, Status, User string
		Factor              string // that is being enrolled or was challenged
		RecoveryType        string // PASSWORD, UNLOCK
		RecoveryToken       string
		RelayState          string
		Expires             int64
		AMR                 []string

		// Of one that goes through the Identity Engine, which is for an app of a server.
		Client, Server, Query string   // Query: what the app asked with
		Handle                string   // by which it is found before it has begun
		Proven                []string // the authenticators that somebody has proven themselves with, by key
		Required, Optional    []string // those that are to be set up still, and those that may be
		New                   bool     // somebody registers
		Session, Code         string   // of one that is done
	}

	// OneTimeToken lets who has it activate an account or set a new password, once.
	OneTimeToken struct {
		Token, Use, User string // Use: activation, recovery, expired
		Expires          int64
	}

	// Message is a text message or a call with a code. Emails are in the outbox.
	Message struct {
		ID, User, Channel, To, Code string // Channel: sms, call
		Sent                        int64
	}

	// Grant is somebody's consent that a client may use a scope.
	Grant struct {
		ID, User, Client, Issuer, Scope, Status string
		Created, Updated                        int64
	}

	// RefreshToken lets a client get new access tokens for somebody.
	RefreshToken struct {
		ID, User, Client, Issuer string
		Secret                   string
		Scopes                   []string
		Created, Expires         int64
		Family                   string // of all tokens that came of one grant
		Grant                    string // its type
		AuthTime                 int64  // seconds
		AMR                      []string
		Used, LastUsed           int64 // Used: when one that rotates was exchanged
	}

	// AccessToken is what an access token says. It is not kept.
	AccessToken struct {
		JTI, Family, Client, User string
		Scopes                    []string
		AuthTime                  int64
		JKT                       string // the key that it is bound to
	}

	// Code is an authorization code, good once and for a short while.
	Code struct {
		Key, Client, Server, User  string
		Redirect, Nonce, Challenge string
		Session, Family            string
		Scopes, AMR                []string
		AuthTime, Expires          int64
		Used                       bool
		Interaction                bool // it came of the Identity Engine
	}

	// Pending is a request that waits for a person to go on.
	Pending struct {
		Key, Form      string   // Form: what its page sends back
		Client, Server string   // of an authorization request
		Query          string   // the request's parameters
		To             string   // where to go, if it is none
		User, Factor   string   // who has proven themselves once, and what they are asked for next
		AMR            []string // how they have
		IDP            string   // the identity provider that they are sent to, or come from
		Interaction    string   // the transaction of the Identity Engine that goes on then
		Expires        int64
	}

	// DeviceCode is a device, or an app behind somebody's back, that waits for them to say yes.
	DeviceCode struct {
		Key, UserCode, Client, Server, User string
		Asked, Message                      string // who is asked on their phone, and about what
		Scopes, AMR                         []string
		AuthTime, Expires, Polled           int64
		Denied                              bool
	}

	// Spent is something that is good no more.
	Spent struct {
		ID    string
		Until int64
	}

	// Notification is whether somebody, or a role's administrators, are told of something by mail.
	Notification struct {
		Of, Type string // Of: role/SUPER_ADMIN, user/00u…
		On       bool
	}

	// DeviceUser is a person's use of a device.
	DeviceUser struct {
		ID, Device, User string
		Management       string
		Created          int64
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
		Logo                    string // where its picture is
		Schema                  obj    // of its people: what differs from what it came with
		SchemaUpdated           int64
		IDToken                 obj // the claim that its ID tokens have besides the usual ones
		Connection, Features    obj // how people are provisioned
		Doc                     obj
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

	// Provisioned is what an app was told of a person or a group.
	Provisioned struct {
		App, ID  string
		External string // the app's own id of it, once that is known
		Active   bool
		Doomed   bool   // a group that shall not be in the app any more
		Wanted   string // what the app should know, as JSON
		Told     string // what it knows
		Busy     bool   // a request is under way
		Failed   string // why the last one did
		Synced   int64
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
		Token, TokenType    string // of the identity provider, with which Okta may ask it for more
		TokenScopes         []string
		TokenExpires        int64
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
		Hidden                   obj   // what is kept with it and not shown
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

	users            *store.Collection[User]
	usersByLogin     *store.Index[User]
	usersByEmail     *store.Index[User]
	usersInOrder     *store.Index[User]
	usersByAttribute *store.Index[User] // as "name=value", in small letters

	schemas         *store.Collection[Schema]
	linkDefinitions *store.Collection[LinkDefinition]
	links           *store.Collection[Link]
	linksByPrimary  *store.Index[Link]

	groups       *store.Collection[Group]
	groupsByName *store.Index[Group]
	members      *store.Collection[Member]
	membersOf    *store.Index[Member] // by person

	owners      *store.Collection[GroupOwner]
	assignments *store.Collection[RoleAssignment] // by assignee
	bindings    *store.Index[RoleAssignment]      // of CUSTOM ones, by set and role

	factors         *store.Collection[Factor]  // by person
	messages        *store.Collection[Message] // by person
	notifications   *store.Collection[Notification]
	grants          *store.Collection[Grant]
	grantsOf        *store.Index[Grant] // by person
	refreshTokens   *store.Collection[RefreshToken]
	refreshTokensOf *store.Index[RefreshToken] // by person
	refreshBySecret *store.Index[RefreshToken]
	refreshByFamily *store.Index[RefreshToken]
	codes           *store.Collection[Code]
	pending         *store.Collection[Pending]
	devicesWaiting  *store.Collection[DeviceCode]
	devicesByCode   *store.Index[DeviceCode]
	spent           *store.Collection[Spent] // assertions that were shown
	revoked         *store.Collection[Spent] // access tokens, and families of tokens
	deviceUsers     *store.Collection[DeviceUser]
	devicesOf       *store.Index[DeviceUser] // by person

	tokens         *store.Collection[APIToken]
	tokensBySecret *store.Index[APIToken]

	sessions         *store.Collection[Session]
	sessionsBySecret *store.Index[Session]
	sessionsOf       *store.Index[Session] // by person
	transactions     *store.Collection[AuthTransaction]
	interactions     *store.Index[AuthTransaction] // by handle
	oneTimeTokens    *store.Collection[OneTimeToken]
	apps             *store.Collection[App]
	appsByClient     *store.Index[App]
	appsProvisioned  *store.Index[App] // those to which people are brought, all as "yes"
	appUsers         *store.Collection[AppUser]
	provisioned      *store.Collection[Provisioned]
	appUsersOf       *store.Index[AppUser] // by person
	appGroups        *store.Collection[AppGroup]
	appGroupsOf      *store.Index[AppGroup] // by group
	keys             *store.Collection[Key]
	linked           *store.Collection[LinkedUser]

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

	s.usersInOrder = s.users.Index("order", func(u *User) []string { return []string{fmt.Sprintf("%013d", u.Order)} })
	s.usersByAttribute = s.users.Index("attribute", func(u *User) []string { return u.attributes() })
	s.schemas = store.NewCollection(sc, "okta.schemas", func(x *Schema) string { return x.Of })
	s.linkDefinitions = store.NewCollection(sc, "okta.linkDefinitions", func(d *LinkDefinition) string { return text(d.Primary["name"]) })
	s.links = store.NewCollection(sc, "okta.links", func(l *Link) string { return l.Name + "/" + l.Associated })
	s.linksByPrimary = s.links.Index("primary", func(l *Link) []string { return []string{l.Name + "/" + l.Primary} })

	s.groups = store.NewCollection(sc, "okta.groups", func(g *Group) string { return g.ID })
	s.groupsByName = s.groups.Index("name", func(g *Group) []string { return []string{strings.ToLower(g.name())} })
	s.members = store.NewCollection(sc, "okta.members", func(m *Member) string { return m.Group + "/" + m.User })
	s.membersOf = s.members.Index("user", func(m *Member) []string { return []string{m.User} })

	s.owners = store.NewCollection(sc, "okta.owners", func(w *GroupOwner) string { return w.Group + "/" + w.ID })
	s.assignments = store.NewCollection(sc, "okta.assignments", func(a *RoleAssignment) string { return a.Assignee + "/" + a.ID })
	s.bindings = s.assignments.Index("binding", func(a *RoleAssignment) []string {
		if a.Type != "CUSTOM" {
			return nil
		}
		return []string{a.ResourceSet + "/" + a.Role, a.ResourceSet}
	})

	s.factors = store.NewCollection(sc, "okta.factors", func(f *Factor) string { return f.User + "/" + f.ID })
	s.messages = store.NewCollection(sc, "okta.messages", func(m *Message) string { return m.User + "/" + m.ID })
	s.notifications = store.NewCollection(sc, "okta.notifications", func(n *Notification) string { return n.Of + "/" + n.Type })
	s.grants = store.NewCollection(sc, "okta.userGrants", func(g *Grant) string { return g.ID })
	s.grantsOf = s.grants.Index("user", func(g *Grant) []string { return []string{g.User} })
	s.refreshTokens = store.NewCollection(sc, "okta.refreshTokens", func(x *RefreshToken) string { return x.ID })
	s.refreshTokensOf = s.refreshTokens.Index("user", func(x *RefreshToken) []string { return []string{x.User} })
	s.refreshBySecret = s.refreshTokens.Unique("secret", func(x *RefreshToken) []string { return some(x.Secret) })
	s.refreshByFamily = s.refreshTokens.Index("family", func(x *RefreshToken) []string { return some(x.Family) })
	s.codes = store.NewCollection(sc, "okta.codes", func(x *Code) string { return x.Key })
	s.pending = store.NewCollection(sc, "okta.pending", func(x *Pending) string { return x.Key })
	s.devicesWaiting = store.NewCollection(sc, "okta.deviceCodes", func(x *DeviceCode) string { return x.Key })
	s.devicesByCode = s.devicesWaiting.Index("code", func(x *DeviceCode) []string { return some(x.UserCode) })
	s.spent = store.NewCollection(sc, "okta.spent", func(x *Spent) string { return x.ID })
	s.revoked = store.NewCollection(sc, "okta.revoked", func(x *Spent) string { return x.ID })
	s.deviceUsers = store.NewCollection(sc, "okta.deviceUsers", func(d *DeviceUser) string { return d.Device + "/" + d.User })
	s.devicesOf = s.deviceUsers.Index("user", func(d *DeviceUser) []string { return []string{d.User} })

	s.sessions = store.NewCollection(sc, "okta.sessions", func(x *Session) string { return x.ID })
	s.sessionsBySecret = s.sessions.Unique("secret", func(x *Session) []string { return some(x.Secret) })
	s.sessionsOf = s.sessions.Index("user", func(x *Session) []string { return []string{x.User} })
	s.transactions = store.NewCollection(sc, "okta.transactions", func(x *AuthTransaction) string { return x.Token })
	s.interactions = s.transactions.Index("handle", func(x *AuthTransaction) []string { return some(x.Handle) })
	s.oneTimeTokens = store.NewCollection(sc, "okta.oneTimeTokens", func(x *OneTimeToken) string { return x.Token })

	s.tokens = store.NewCollection(sc, "okta.tokens", func(t *APIToken) string { return t.ID })
	s.tokensBySecret = s.tokens.Unique("secret", func(t *APIToken) []string { return some(t.Secret) })

	s.apps = store.NewCollection(sc, "okta.apps", func(a *App) string { return a.ID })
	s.appsByClient = s.apps.Unique("client", func(a *App) []string { return some(a.ClientID) })
	s.appsProvisioned = s.apps.Index("provisioned", func(a *App) []string {
		if !a.provisions() {
			return nil
		}
		return []string{"yes"}
	})
	s.provisioned = store.NewCollection(sc, "okta.provisioned", func(p *Provisioned) string { return p.key() })
	s.appUsers = store.NewCollection(sc, "okta.appUsers", func(u *AppUser) string { return u.App + "/" + u.User })
	s.appUsersOf = s.appUsers.Index("user", func(u *AppUser) []string { return []string{u.User} })
	s.appGroups = store.NewCollection(sc, "okta.appGroups", func(g *AppGroup) string { return g.App + "/" + g.Group })
	s.appGroupsOf = s.appGroups.Index("group", func(g *AppGroup) []string { return []string{g.Group} })
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
	userTypeKind,
	groupRuleKind,
	realmKind,
	realmAssignmentKind,
	deviceKind,
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
	pushProviderKind,
	securityEventsKind,
	ssfStreamKind,
	principalLimitKind, hotpProfileKind,
	agentPoolKind,
	agentUpdateKind,
	identitySessionKind,
	sourcedKind,
	bundleKind,
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

func (p *Provisioned) key() string { return p.App + "/" + p.ID }

func (u *User) login() string { return text(u.Profile["login"]) }

func (g *Group) name() string { return text(g.Profile["name"]) }
