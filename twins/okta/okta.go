// Package okta is a digital twin of an Okta org: the management API, the OAuth 2.0 and OpenID Connect provider,
// SAML, provisioning, and what administrators and people see in a browser.
//
// https://developer.okta.com/docs/reference/
package okta

import (
	_ "embed"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/okta/internal/api"
)

//go:embed spec/SOURCE
var specSource string

// An Okta is one twin of an org.
type Okta struct {
	*twin.Base
	state
	spec    map[string]*operation // of the specification that nobody serves yet, by id
	served  map[string]*operation // by id
	keyring keyring
}

// New mounts an Okta twin on h.
func New(h *twin.Host) *twin.Base { return mount(h).Base }

func mount(h *twin.Host) *Okta {
	o := &Okta{state: newState(h.Schema), spec: map[string]*operation{}, served: map[string]*operation{}}
	o.Base = h.Mount(twin.Config{
		Service: "okta", Title: "Okta", Port: 7001, UI: "/", Spec: api.Spec, Source: strings.TrimSpace(specSource),
		Bookkeeping: []string{"events", "counters", "limits", "spent", "notifications", "messages", "transactions", "tokens.LastUsed", "*.Updated", "*.Joined", "users.Changed"},
		Seed:        o.seed, Credentials: o.credentials, Refuse: o.refuseFault, Fire: o.fire, Actions: o.actions(), Deliver: o.deliver, Retry: o.retry, Settled: o.settled, Roles: rolesFor,
	})
	o.Echo.Pre(withoutSlash, o.crossOrigin)
	o.specified()

	// People.
	o.usersOperations()
	o.usersLifecycleOperations()
	o.usersCredentialsOperations()
	o.userTypesOperations()
	o.schemasOperations()
	o.linkedObjectsOperations()
	o.userFactorsOperations()
	o.authenticatorEnrollmentsOperations()
	o.userGrantsOperations()
	o.userRiskOperations()
	o.subscriptionsOperations()
	o.devicesOperations()
	o.realmsOperations()
	o.groupsOperations()
	o.groupRulesOperations()
	o.roleAssignmentsOperations()
	o.roleTargetsOperations()
	o.apiTokensOperations()

	// Signing in.
	o.authnOperations()
	o.idxOperations()
	o.recoveryPages()
	o.sessionsOperations()

	// Security.
	o.policiesOperations()
	o.authServersOperations()
	o.authenticatorsOperations()
	o.originsOperations()
	o.behaviorsOperations()
	o.deviceAssuranceOperations()
	o.captchasOperations()
	o.threatsOperations()
	o.webauthnRegistrationOperations()
	o.privilegedAccessOperations()
	o.personalOperations()

	// Apps and who people come through.
	o.appsOperations()
	o.clientOperations()
	o.credentialOperations()
	o.appUsersOperations()
	o.appSchemaOperations()
	o.mappingsOperations()
	o.samlOperations()
	o.homeOperations()
	o.provisioningOperations()
	o.grantsOperations()
	o.appTokensOperations()
	o.appConnectionsOperations()
	o.clientRegistrationOperations()
	o.apiServicesOperations()
	o.idpsOperations()
	o.idpCredentialsOperations()

	// The org.
	o.zonesOperations()
	o.logOperations()
	o.orgOperations()
	o.privacyOperations()
	o.orgFactorsOperations()
	o.hotpProfilesOperations()
	o.featuresOperations()
	o.rateLimitsOperations()
	o.firstPartyAppsOperations()
	o.identitySourcesOperations()
	o.agentPoolsOperations()
	o.on(twin.Full, "updateADGroupMembership", o.updateADGroupMembership)

	// How it looks and speaks.
	o.brandsOperations()
	o.themesOperations()
	o.imagesOperations()
	o.pagesOperations()
	o.wellKnownURIsOperations()
	o.emailTemplatesOperations()
	o.domainsOperations()
	o.emailDomainsOperations()
	o.emailServersOperations()
	o.smsTemplatesOperations()
	o.uiSchemasOperations()
	o.pushProvidersOperations()

	// Whom it tells.
	o.eventHooksOperations()
	o.inlineHooksOperations()
	o.hookKeysOperations()
	o.logStreamsOperations()
	o.securityEventsOperations()
	o.ssfOperations()

	// Administrators.
	o.rolesOperations()
	o.resourceSetsOperations()
	o.governanceOperations()

	// The provider.
	o.wellknownOperations()
	o.oauthRoutes()
	o.signinRoutes()
	o.idpRoutes()
	o.samlRoutes()
	o.uiRoutes()

	o.unserved()
	for _, op := range o.served {
		op.takes = op.permissions()
	}
	o.noteUnheard()
	return o
}
