package okta

import (
	"net/url"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

func init() {
	zones()
	origins()
	authenticators()
	row("ThreatInsightConfiguration", "GetCurrentConfiguration", func(t *testing.T) {
		e := world(t)
		got, _, err := e.ThreatInsightConfiguration.GetCurrentConfiguration(e.ctx)
		must(t, err)
		want(t, "action", got.Action, "audit")
		want(t, "zones left out", len(got.ExcludeZones), 0)
	})
	row("ThreatInsightConfiguration", "UpdateConfiguration", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", "10.0.0.0/8")
		_, _, err := e.ThreatInsightConfiguration.UpdateConfiguration(e.ctx, okta.ThreatInsightConfiguration{Action: "block", ExcludeZones: []string{z.Id}})
		must(t, err)
		got, _, err := e.ThreatInsightConfiguration.GetCurrentConfiguration(e.ctx)
		must(t, err)
		want(t, "action", got.Action, "block")
		want(t, "zone left out", got.ExcludeZones[0], z.Id)
		_, _, err = e.ThreatInsightConfiguration.UpdateConfiguration(e.ctx, okta.ThreatInsightConfiguration{Action: "shoot"})
		refused(t, err, "E0000001", "action")
		_, _, err = e.ThreatInsightConfiguration.UpdateConfiguration(e.ctx, okta.ThreatInsightConfiguration{Action: "block", ExcludeZones: []string{"nzonone"}})
		refused(t, err, "E0000001", "nzonone")
	})
}

// zone makes a network zone of addresses.
func (e *env) zone(name, cidr string) *okta.NetworkZone {
	e.t.Helper()
	z, _, err := e.NetworkZone.CreateNetworkZone(e.ctx, addresses(name, cidr))
	must(e.t, err)
	return z
}

func addresses(name, cidr string) okta.NetworkZone {
	return okta.NetworkZone{Type: "IP", Name: name, Gateways: []*okta.NetworkZoneAddress{{Type: "CIDR", Value: cidr}}}
}

// loopback is where the tests sign in from.
const loopback = "127.0.0.0/8"

// keepOut lets nobody in from a zone.
func (e *env) keepOut(zone string) {
	e.t.Helper()
	r := signOnRule("From there", "DENY")
	r.Conditions = &okta.PolicyRuleConditions{Network: &okta.PolicyNetworkCondition{Connection: "ZONE", Include: []string{zone}}}
	_, _, err := e.Policy.CreatePolicyRule(e.ctx, e.signOnPolicy("Fence", nil).Id, r)
	must(e.t, err)
}

func zones() {
	row("NetworkZone", "CreateNetworkZone", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", loopback)
		want(t, "usage", z.Usage, "POLICY")
		want(t, "login before", e.login(), "SUCCESS")
		e.keepOut(z.Id)
		want(t, "login from the zone", e.login(), denied)
		_, _, err := e.NetworkZone.CreateNetworkZone(e.ctx, addresses("Hangar", "10.0.0.0/8"))
		refused(t, err, "E0000001", "must be unique")
		_, _, err = e.NetworkZone.CreateNetworkZone(e.ctx, addresses("Nowhere", "10.0.0.300/8"))
		refused(t, err, "E0000001", "The IP: 10.0.0.300 in the CIDR")
	})
	row("NetworkZone", "GetNetworkZone", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", "10.0.0.0/8")
		got, _, err := e.NetworkZone.GetNetworkZone(e.ctx, z.Id)
		must(t, err)
		want(t, "addresses", got.Gateways[0].Value, "10.0.0.0/8")
		want(t, "system", *got.System, false)
		_, _, err = e.NetworkZone.GetNetworkZone(e.ctx, "nzonone")
		refused(t, err, "E0000007", "nzonone (NetworkZone)")
	})
	row("NetworkZone", "ListNetworkZones", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", "10.0.0.0/8")
		all, res, err := e.NetworkZone.ListNetworkZones(e.ctx, query.NewQueryParams(query.WithLimit(1)))
		must(t, err)
		want(t, "zones of a page", len(all), 1)
		want(t, "more", res.HasNextPage(), true)
		found, _, err := e.NetworkZone.ListNetworkZones(e.ctx, query.NewQueryParams(query.WithFilter(`id eq "`+z.Id+`"`)))
		must(t, err)
		want(t, "zones found", len(found), 1)
		want(t, "name", found[0].Name, "Hangar")
	})
	row("NetworkZone", "UpdateNetworkZone", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", loopback)
		e.keepOut(z.Id)
		_, _, err := e.NetworkZone.UpdateNetworkZone(e.ctx, z.Id, addresses("Far away", "10.0.0.0/8"))
		must(t, err)
		want(t, "login", e.login(), "SUCCESS")
		got, _, err := e.NetworkZone.GetNetworkZone(e.ctx, z.Id)
		must(t, err)
		want(t, "name", got.Name, "Far away")
		_, _, err = e.NetworkZone.UpdateNetworkZone(e.ctx, z.Id, addresses("Here", "127.0.0.1"))
		must(t, err)
		want(t, "login from the zone's one address", e.login(), denied)
		_, _, err = e.NetworkZone.UpdateNetworkZone(e.ctx, z.Id, okta.NetworkZone{Type: "DYNAMIC", Name: "Far away"})
		refused(t, err, "E0000001", "type")
	})
	row("NetworkZone", "DeactivateNetworkZone", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", loopback)
		e.keepOut(z.Id)
		got, _, err := e.NetworkZone.DeactivateNetworkZone(e.ctx, z.Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
		want(t, "login", e.login(), "SUCCESS")
	})
	row("NetworkZone", "ActivateNetworkZone", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", loopback)
		e.keepOut(z.Id)
		_, _, err := e.NetworkZone.DeactivateNetworkZone(e.ctx, z.Id)
		must(t, err)
		want(t, "login before", e.login(), "SUCCESS")
		_, _, err = e.NetworkZone.ActivateNetworkZone(e.ctx, z.Id)
		must(t, err)
		want(t, "login after", e.login(), denied)
	})
	row("NetworkZone", "DeleteNetworkZone", func(t *testing.T) {
		e := world(t)
		z := e.zone("Hangar", "10.0.0.0/8")
		_, err := e.NetworkZone.DeleteNetworkZone(e.ctx, z.Id)
		refused(t, err, "E0000001", "Active zones cannot be deleted")
		_, _, err = e.NetworkZone.DeactivateNetworkZone(e.ctx, z.Id)
		must(t, err)
		_, err = e.NetworkZone.DeleteNetworkZone(e.ctx, z.Id)
		must(t, err)
		_, _, err = e.NetworkZone.GetNetworkZone(e.ctx, z.Id)
		refused(t, err, "E0000007", z.Id)
	})
}

// origin makes a site that people may be sent to.
func (e *env) origin(name, at string) *okta.TrustedOrigin {
	e.t.Helper()
	o, _, err := e.TrustedOrigin.CreateOrigin(e.ctx, site(name, at))
	must(e.t, err)
	return o
}

func site(name, at string) okta.TrustedOrigin {
	return okta.TrustedOrigin{Name: name, Origin: at, Scopes: []*okta.Scope{{Type: "REDIRECT"}}}
}

// callbackOrigin is the site of callback.
const callbackOrigin = "http://127.0.0.1:9"

// sentOn reports whether Okta sends somebody who has signed in on to the site of callback.
func (e *env) sentOn() bool {
	e.t.Helper()
	b := newBrowser(e.t)
	b.open(e.url + "/login/sessionCookieRedirect?token=" + e.authenticate().SessionToken + "&redirectUrl=" + url.QueryEscape(callback))
	return b.last != nil
}

func origins() {
	row("TrustedOrigin", "CreateOrigin", func(t *testing.T) {
		e := world(t)
		want(t, "sent on before", e.sentOn(), false)
		o := e.origin("Launch pad", callbackOrigin)
		want(t, "status", o.Status, "ACTIVE")
		want(t, "sent on after", e.sentOn(), true)
		me, _, err := e.User.GetUser(e.ctx, "me")
		must(t, err)
		want(t, "by whom", o.CreatedBy, me.Id)
		_, _, err = e.TrustedOrigin.CreateOrigin(e.ctx, site("Launch pad", "http://elsewhere.example.com"))
		refused(t, err, "E0000001", "name: An object with this field already exists")
		_, _, err = e.TrustedOrigin.CreateOrigin(e.ctx, site("Elsewhere", "elsewhere"))
		refused(t, err, "E0000001", "origin")
	})
	row("TrustedOrigin", "GetOrigin", func(t *testing.T) {
		e := world(t)
		got, _, err := e.TrustedOrigin.GetOrigin(e.ctx, e.origin("Launch pad", callbackOrigin).Id)
		must(t, err)
		want(t, "origin", got.Origin, callbackOrigin)
		want(t, "scope", got.Scopes[0].Type, "REDIRECT")
		_, _, err = e.TrustedOrigin.GetOrigin(e.ctx, "tosnone")
		refused(t, err, "E0000007", "tosnone (TrustedOrigin)")
	})
	row("TrustedOrigin", "ListOrigins", func(t *testing.T) {
		e := world(t)
		e.origin("Launch pad", callbackOrigin)
		e.origin("Hangar", "http://hangar.example.com")
		all, _, err := e.TrustedOrigin.ListOrigins(e.ctx, nil)
		must(t, err)
		want(t, "origins", len(all), 2)
		want(t, "first", all[0].Name, "Launch pad")
		found, _, err := e.TrustedOrigin.ListOrigins(e.ctx, query.NewQueryParams(query.WithFilter(`name eq "Hangar"`)))
		must(t, err)
		want(t, "origins found", len(found), 1)
		want(t, "origin", found[0].Origin, "http://hangar.example.com")
	})
	row("TrustedOrigin", "UpdateOrigin", func(t *testing.T) {
		e := world(t)
		o := e.origin("Launch pad", callbackOrigin)
		_, _, err := e.TrustedOrigin.UpdateOrigin(e.ctx, o.Id, site("Launch pad", "http://hangar.example.com"))
		must(t, err)
		want(t, "sent on", e.sentOn(), false)
		got, _, err := e.TrustedOrigin.GetOrigin(e.ctx, o.Id)
		must(t, err)
		want(t, "origin", got.Origin, "http://hangar.example.com")
		_, _, err = e.TrustedOrigin.UpdateOrigin(e.ctx, o.Id, okta.TrustedOrigin{Name: "Launch pad", Origin: callbackOrigin})
		refused(t, err, "E0000001", "scopes")
	})
	row("TrustedOrigin", "DeleteOrigin", func(t *testing.T) {
		e := world(t)
		o := e.origin("Launch pad", callbackOrigin)
		_, err := e.TrustedOrigin.DeleteOrigin(e.ctx, o.Id)
		must(t, err)
		want(t, "sent on", e.sentOn(), false)
		_, _, err = e.TrustedOrigin.GetOrigin(e.ctx, o.Id)
		refused(t, err, "E0000007", o.Id)
	})
	row("TrustedOrigin", "DeactivateOrigin", func(t *testing.T) {
		e := world(t)
		got, _, err := e.TrustedOrigin.DeactivateOrigin(e.ctx, e.origin("Launch pad", callbackOrigin).Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
		want(t, "sent on", e.sentOn(), false)
	})
	row("TrustedOrigin", "ActivateOrigin", func(t *testing.T) {
		e := world(t)
		o := e.origin("Launch pad", callbackOrigin)
		_, _, err := e.TrustedOrigin.DeactivateOrigin(e.ctx, o.Id)
		must(t, err)
		got, _, err := e.TrustedOrigin.ActivateOrigin(e.ctx, o.Id)
		must(t, err)
		want(t, "status", got.Status, "ACTIVE")
		want(t, "sent on", e.sentOn(), true)
	})
}

// authenticator is the org's authenticator of a key.
func (e *env) authenticator(key string) *okta.Authenticator {
	e.t.Helper()
	all, _, err := e.Authenticator.ListAuthenticators(e.ctx)
	must(e.t, err)
	for _, a := range all {
		if a.Key == key {
			return a
		}
	}
	e.t.Fatalf("the org has no authenticator %s", key)
	return nil
}

func authenticators() {
	row("Authenticator", "ListAuthenticators", func(t *testing.T) {
		e := world(t)
		want(t, "email", e.authenticator("okta_email").Status, "ACTIVE")
		want(t, "security key", e.authenticator("webauthn").Status, "INACTIVE")
	})
	row("Authenticator", "GetAuthenticator", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Authenticator.GetAuthenticator(e.ctx, e.authenticator("okta_email").Id)
		must(t, err)
		want(t, "name", got.Name, "Email")
		want(t, "lifetime", got.Settings.TokenLifetimeInMinutes, 5)
		_, _, err = e.Authenticator.GetAuthenticator(e.ctx, "autnone")
		refused(t, err, "E0000007", "autnone (Authenticator)")
	})
	row("Authenticator", "CreateAuthenticator", func(t *testing.T) {
		e := world(t)
		duo := okta.Authenticator{Key: "duo", Name: "Duo", Provider: &okta.AuthenticatorProvider{Type: "DUO", Configuration: &okta.AuthenticatorProviderConfiguration{Host: "https://api-x.duosecurity.com", IntegrationKey: "DI1", SecretKey: "hush"}}}
		made, _, err := e.Authenticator.CreateAuthenticator(e.ctx, duo, query.NewQueryParams(query.WithActivate(true)))
		must(t, err)
		got := e.authenticator("duo")
		want(t, "id", got.Id, made.Id)
		want(t, "status", got.Status, "ACTIVE")
		want(t, "host", got.Provider.Configuration.Host, "https://api-x.duosecurity.com")
		want(t, "secret", got.Provider.Configuration.SecretKey, "")
		_, _, err = e.Authenticator.CreateAuthenticator(e.ctx, duo, nil)
		refused(t, err, "E0000157", "duo is already active")
		_, _, err = e.Authenticator.CreateAuthenticator(e.ctx, okta.Authenticator{Key: "okta_email", Name: "Email"}, nil)
		refused(t, err, "E0000001", "AuthenticatorCatalog")
	})
	row("Authenticator", "UpdateAuthenticator", func(t *testing.T) {
		e := world(t)
		id := e.authenticator("okta_email").Id
		_, _, err := e.Authenticator.UpdateAuthenticator(e.ctx, id, okta.Authenticator{Key: "okta_email", Name: "Post", Settings: &okta.AuthenticatorSettings{AllowedFor: "any", TokenLifetimeInMinutes: 10}})
		must(t, err)
		got := e.authenticator("okta_email")
		want(t, "name", got.Name, "Post")
		want(t, "allowed for", got.Settings.AllowedFor, "any")
		want(t, "lifetime", got.Settings.TokenLifetimeInMinutes, 10)
		_, _, err = e.Authenticator.UpdateAuthenticator(e.ctx, id, okta.Authenticator{Key: "okta_email"})
		refused(t, err, "E0000001", "name")
	})
	row("Authenticator", "ActivateAuthenticator", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Authenticator.ActivateAuthenticator(e.ctx, e.authenticator("webauthn").Id)
		must(t, err)
		want(t, "status", got.Status, "ACTIVE")
		phone := e.authenticator("phone_number").Id
		_, _, err = e.Authenticator.ActivateAuthenticator(e.ctx, phone)
		refused(t, err, "E0000226", "active telephony inline hook")
		_, _, err = e.InlineHook.CreateInlineHook(e.ctx, inlineHook("Operator", "com.okta.telephony.provider", "https://operator.example.com"))
		must(t, err)
		_, _, err = e.Authenticator.ActivateAuthenticator(e.ctx, phone)
		must(t, err)
		want(t, "phone", e.authenticator("phone_number").Status, "ACTIVE")
	})
	row("Authenticator", "DeactivateAuthenticator", func(t *testing.T) {
		e := world(t)
		id := e.authenticator("webauthn").Id
		_, _, err := e.Authenticator.ActivateAuthenticator(e.ctx, id)
		must(t, err)
		_, _, err = e.Authenticator.DeactivateAuthenticator(e.ctx, id)
		must(t, err)
		want(t, "security key", e.authenticator("webauthn").Status, "INACTIVE")
		_, _, err = e.Authenticator.DeactivateAuthenticator(e.ctx, e.authenticator("okta_email").Id)
		refused(t, err, "E0000148", "Authenticator Enrollment Policies: Default Policy")
	})
}
