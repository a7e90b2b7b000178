package okta

import (
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// appTokensOperations are the refresh tokens that people have given an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationTokens/
func (o *Okta) appTokensOperations() {
	o.on(twin.Full, "listOAuth2TokensForApplication", o.listOAuth2TokensForApplication)
	o.on(twin.Full, "getOAuth2TokenForApplication", o.getOAuth2TokenForApplication)
	o.on(twin.Full, "revokeOAuth2TokensForApplication", o.revokeOAuth2TokensForApplication)
	o.on(twin.Full, "revokeOAuth2TokenForApplication", o.revokeOAuth2TokenForApplication)
}

func (o *Okta) listOAuth2TokensForApplication(c *call) (any, error) {
	tokens, err := c.appTokens()
	if err != nil {
		return nil, err
	}
	return paged(c, slices.Values(tokens), func(t RefreshToken) string { return t.ID }, 20, 200, c.appToken)
}

func (o *Okta) getOAuth2TokenForApplication(c *call) (any, error) {
	t, err := c.appTokenOf()
	if err != nil {
		return nil, err
	}
	return c.appToken(t), nil
}

func (o *Okta) revokeOAuth2TokensForApplication(c *call) (any, error) {
	tokens, err := c.appTokens()
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		c.revokeToken(t)
	}
	return nil, nil
}

func (o *Okta) revokeOAuth2TokenForApplication(c *call) (any, error) {
	t, err := c.appTokenOf()
	if err != nil {
		return nil, err
	}
	c.revokeToken(t)
	return nil, nil
}

// appTokens are the refresh tokens of the app that the path names, the oldest first.
func (c *call) appTokens() (found []RefreshToken, err error) {
	if err := withinClient(c, c.param("appId")); err != nil {
		return nil, err
	}
	a, _ := c.o.apps.Get(c.Tx, c.param("appId"))
	for t := range c.o.refreshTokens.All(c.Tx, "") {
		if t.Client == a.ClientID && c.Now.UnixMilli() < t.Expires {
			found = append(found, t)
		}
	}
	return inOrder(found, func(t RefreshToken) int64 { return t.Created }, func(t RefreshToken) string { return t.ID }), nil
}

func (c *call) appTokenOf() (RefreshToken, error) {
	tokens, err := c.appTokens()
	if err != nil {
		return RefreshToken{}, err
	}
	id := c.param("tokenId")
	for _, t := range tokens {
		if t.ID == id {
			return t, nil
		}
	}
	return RefreshToken{}, notFound(c.param("appId")+"."+id, "OAuth2RefreshTokenTx")
}

// appToken is a refresh token as those see it who look after the app.
func (c *call) appToken(t RefreshToken) any {
	v := object(c.refreshToken(t))
	a, _ := c.clientCalled(t.Client)
	u, _ := c.o.users.Get(c.Tx, t.User)
	at := c.link("/api/v1/apps/" + a.ID + "/tokens/" + t.ID)
	titled := func(url, title string) obj { return obj{"href": url, "title": title} }
	links := obj{"app": titled(c.link("/api/v1/apps/"+a.ID), a.Label), "self": href(at), "revoke": hints(at, http.MethodDelete), "client": titled(c.link("/oauth2/v1/clients/"+t.Client), a.Label), "user": titled(c.link("/api/v1/users/"+t.User), u.display())}
	if _, server, ok := strings.Cut(t.Issuer, "/oauth2/"); ok {
		links["authorizationServer"] = href(c.link("/api/v1/authorizationServers/" + server))
	}
	v["_links"] = links
	delete(v, "_embedded")
	if c.query.Get("expand") == "scope" {
		scopes := []any{}
		for _, s := range t.Scopes {
			scopes = append(scopes, obj{"id": s, "displayName": s})
		}
		v["_embedded"] = obj{"scopes": scopes}
	}
	return v
}
