package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// userGrantsOperations are what people have let apps do, and what apps were given for them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserGrant/
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserOAuth/
func (o *Okta) userGrantsOperations() {
	o.on(twin.Full, "listUserGrants", o.listUserGrants)
	o.on(twin.Full, "getUserGrant", o.getUserGrant)
	o.on(twin.Full, "revokeUserGrant", o.revokeUserGrant)
	o.on(twin.Full, "revokeUserGrants", o.revokeUserGrants)
	o.on(twin.Full, "listGrantsForUserAndClient", o.listGrantsForUserAndClient)
	o.on(twin.Full, "revokeGrantsForUserAndClient", o.revokeGrantsForUserAndClient)
	o.on(twin.Full, "listUserClients", o.listUserClients)
	tokenHolder{
		of: func(c *call) ([]RefreshToken, error) {
			u, err := c.user()
			return c.refreshTokensFor(u.ID, c.param("clientId")), err
		},
		none: func(c *call, id string) error { return notFound(id, "OAuth2RefreshToken") },
		view: (*call).refreshToken,
	}.serve(o, "listRefreshTokensForUserAndClient", "getRefreshTokenForUserAndClient", "revokeTokenForUserAndClient", "revokeTokensForUserAndClient")
}

func (c *call) grantsTo(u User, client string) (found []Grant) {
	for g := range c.o.grantsOf.All(c.Tx, u.ID) {
		if client == "" || g.Client == client {
			found = append(found, g)
		}
	}
	return inOrder(found, func(g Grant) int64 { return g.Created }, func(g Grant) string { return g.ID })
}

func (o *Okta) listUserGrants(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	scope := c.query.Get("scopeId")
	grants := slices.DeleteFunc(c.grantsTo(u, ""), func(g Grant) bool { return scope != "" && g.Scope != scope })
	return paged(c, slices.Values(grants), func(g Grant) string { return g.ID }, 20, 200, func(g Grant) any { return c.grant(g) })
}

func (o *Okta) listGrantsForUserAndClient(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	return paged(c, slices.Values(c.grantsTo(u, c.param("clientId"))), func(g Grant) string { return g.ID }, 20, 200, func(g Grant) any { return c.grant(g) })
}

func (c *call) grantOf() (Grant, error) {
	u, err := c.user()
	if err != nil {
		return Grant{}, err
	}
	id := c.param("grantId")
	g, ok := c.o.grants.Get(c.Tx, id)
	if !ok || g.User != u.ID {
		return g, notFound(id, "OAuth2ScopeConsentGrant")
	}
	return g, nil
}

func (o *Okta) getUserGrant(c *call) (any, error) {
	g, err := c.grantOf()
	if err != nil {
		return nil, err
	}
	return c.grant(g), nil
}

func (o *Okta) revokeUserGrant(c *call) (any, error) {
	g, err := c.grantOf()
	if err != nil {
		return nil, err
	}
	c.revokeGrants([]Grant{g})
	return nil, nil
}

func (o *Okta) revokeUserGrants(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	c.revokeGrants(c.grantsTo(u, ""))
	return nil, nil
}

func (o *Okta) revokeGrantsForUserAndClient(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	c.revokeGrants(c.grantsTo(u, c.param("clientId")))
	return nil, nil
}

func (c *call) revokeGrants(grants []Grant) {
	for _, g := range grants {
		c.o.grants.Delete(c.Tx, g.ID)
		c.logged("app.oauth2.consent.revoke", "SUCCESS", target{g.ID, "OAuth2ScopeConsentGrant", g.Scope})
	}
}

func (c *call) grant(g Grant) any {
	return obj{"id": g.ID, "status": g.Status, "created": stamp(g.Created), "lastUpdated": stamp(g.Updated), "issuer": g.Issuer, "clientId": g.Client, "userId": g.User, "scopeId": g.Scope, "source": "END_USER",
		"createdBy": obj{"id": g.User, "type": "User"}, "_links": obj{"self": hints(c.link("/api/v1/users/"+g.User+"/grants/"+g.ID), "GET", "DELETE"), "client": href(c.link("/oauth2/v1/clients/" + g.Client)), "app": href(c.link("/api/v1/apps/" + g.Client)),
			"user": href(c.link("/api/v1/users/" + g.User))}}
}

// refreshTokensFor are the tokens that a client was given for somebody, and are good still.
func (c *call) refreshTokensFor(user, client string) []RefreshToken {
	return c.goodTokens(c.o.refreshTokensOf.All(c.Tx, user), func(t RefreshToken) bool { return client == "" || t.Client == client })
}

// revokeTokens makes what was given for somebody good no longer: to one client, or to all.
func (c *call) revokeTokens(user, client string) {
	for _, t := range c.refreshTokensFor(user, client) {
		c.revokeToken(t)
	}
}

// listUserClients returns the apps that were given tokens for somebody.
func (o *Okta) listUserClients(c *call) (any, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	var clients []string
	for _, t := range c.refreshTokensFor(u.ID, "") {
		clients = append(clients, t.Client)
	}
	for _, g := range c.grantsTo(u, "") {
		clients = append(clients, g.Client)
	}
	slices.Sort(clients)
	views := []any{}
	for _, id := range slices.Compact(clients) {
		at := c.link("/api/v1/users/" + u.ID + "/clients/" + id)
		a, _ := c.clientCalled(id)
		views = append(views, obj{"client_id": id, "client_name": a.Label, "client_uri": nil, "logo_uri": nil, "_links": obj{"grants": hints(at+"/grants", "GET", "DELETE"), "tokens": hints(at+"/tokens", "GET", "DELETE")}})
	}
	return views, nil
}

func (c *call) refreshToken(t RefreshToken) any {
	at := c.link("/api/v1/users/" + t.User + "/clients/" + t.Client + "/tokens/" + t.ID)
	return obj{"id": t.ID, "status": "ACTIVE", "created": stamp(t.Created), "lastUpdated": stamp(t.Created), "expiresAt": stamp(t.Expires), "issuer": t.Issuer, "clientId": t.Client, "userId": t.User, "scopes": anys(t.Scopes),
		"_embedded": obj{"scopes": []any{}}, "_links": obj{"app": href(c.link("/api/v1/apps/" + t.Client)), "self": href(at), "revoke": hints(at, "DELETE"), "client": href(c.link("/oauth2/v1/clients/" + t.Client)), "user": href(c.link("/api/v1/users/" + t.User))}}
}
