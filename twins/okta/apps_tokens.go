package okta

import (
	"net/http"
	"strings"
)

// appTokensOperations are the refresh tokens that people have given an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationTokens/
func (o *Okta) appTokensOperations() {
	tokenHolder{
		of:   (*call).appTokens,
		none: func(c *call, id string) error { return notFound(c.param("appId")+"."+id, "OAuth2RefreshTokenTx") },
		view: (*call).appToken,
	}.serve(o, "listOAuth2TokensForApplication", "getOAuth2TokenForApplication", "revokeOAuth2TokenForApplication", "revokeOAuth2TokensForApplication")
}

// appTokens are the refresh tokens of the app that the path names, the oldest first.
func (c *call) appTokens() ([]RefreshToken, error) {
	if err := withinClient(c, c.param("appId")); err != nil {
		return nil, err
	}
	a, _ := c.o.apps.Get(c.Tx, c.param("appId"))
	return c.goodTokens(c.o.refreshTokens.All(c.Tx, ""), func(t RefreshToken) bool { return t.Client == a.ClientID }), nil
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
