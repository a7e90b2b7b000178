package okta

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// authServersClientsOperations are the apps that have refresh tokens of a server.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServerClients/
func (o *Okta) authServersClientsOperations() {
	o.on(twin.Full, "listOAuth2ClientsForAuthorizationServer", o.listOAuth2ClientsForAuthorizationServer)
	o.on(twin.Full, "listRefreshTokensForAuthorizationServerAndClient", o.listRefreshTokensForAuthorizationServerAndClient)
	o.on(twin.Full, "getRefreshTokenForAuthorizationServerAndClient", o.getRefreshTokenForAuthorizationServerAndClient)
	o.on(twin.Full, "revokeRefreshTokenForAuthorizationServerAndClient", o.revokeRefreshTokenForAuthorizationServerAndClient)
	o.on(twin.Full, "revokeRefreshTokensForAuthorizationServerAndClient", o.revokeRefreshTokensForAuthorizationServerAndClient)
}

func (o *Okta) listOAuth2ClientsForAuthorizationServer(c *call) (any, error) {
	tokens, err := c.serverTokens()
	if err != nil {
		return nil, err
	}
	var clients []string
	for _, t := range tokens {
		if !slices.Contains(clients, t.Client) {
			clients = append(clients, t.Client)
		}
	}
	out := []any{}
	for _, id := range clients {
		v := obj{"client_id": id, "client_name": id, "client_uri": nil, "logo_uri": nil}
		for a := range o.appsByClient.All(c.Tx, id) {
			v["client_name"], v["client_uri"], v["logo_uri"] = a.Label, dig(a.Doc, "settings", "oauthClient", "client_uri"), dig(a.Doc, "settings", "oauthClient", "logo_uri")
		}
		v["_links"] = obj{"tokens": hints(c.link("/api/v1/authorizationServers/"+c.param("authServerId")+"/clients/"+id+"/tokens"), "GET", "DELETE")}
		out = append(out, v)
	}
	return out, nil
}

func (o *Okta) listRefreshTokensForAuthorizationServerAndClient(c *call) (any, error) {
	tokens, err := c.serverTokens()
	if err != nil {
		return nil, err
	}
	return paged(c, slices.Values(tokens), func(t RefreshToken) string { return t.ID }, 20, 200, func(t RefreshToken) any { return c.serverToken(t) })
}

func (o *Okta) getRefreshTokenForAuthorizationServerAndClient(c *call) (any, error) {
	t, err := c.serverTokenOf()
	if err != nil {
		return nil, err
	}
	return c.serverToken(t), nil
}

func (o *Okta) revokeRefreshTokenForAuthorizationServerAndClient(c *call) (any, error) {
	t, err := c.serverTokenOf()
	if err != nil {
		return nil, err
	}
	c.revokeToken(t)
	return nil, nil
}

func (o *Okta) revokeRefreshTokensForAuthorizationServerAndClient(c *call) (any, error) {
	tokens, err := c.serverTokens()
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		c.revokeToken(t)
	}
	return nil, nil
}

// serverTokens are the refresh tokens of the server that the path names, and of its client if it names one.
func (c *call) serverTokens() (found []RefreshToken, err error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	client := c.param("clientId")
	for t := range c.o.refreshTokens.All(c.Tx, "") {
		if strings.HasSuffix(t.Issuer, "/oauth2/"+s.ID) && (client == "" || t.Client == client) && c.Now.UnixMilli() < t.Expires {
			found = append(found, t)
		}
	}
	return inOrder(found, func(t RefreshToken) int64 { return t.Created }, func(t RefreshToken) string { return t.ID }), nil
}

func (c *call) serverTokenOf() (RefreshToken, error) {
	tokens, err := c.serverTokens()
	if err != nil {
		return RefreshToken{}, err
	}
	id := c.param("tokenId")
	for _, t := range tokens {
		if t.ID == id {
			return t, nil
		}
	}
	return RefreshToken{}, notFound(id, "OAuth2RefreshToken")
}

// revokeToken makes a refresh token good no longer.
func (c *call) revokeToken(t RefreshToken) {
	c.o.refreshTokens.Delete(c.Tx, t.ID)
	c.logged("app.oauth2.token.revoke", "SUCCESS", target{t.ID, "refresh_token", t.Client})
}

// serverToken is a refresh token as those see it who look after its server.
func (c *call) serverToken(t RefreshToken) any {
	v := object(c.refreshToken(t))
	at := c.link("/api/v1/apps/" + t.Client + "/tokens/" + t.ID)
	v["_links"] = with(object(v["_links"]), obj{"authorizationServer": href(c.link("/api/v1/authorizationServers/" + c.param("authServerId"))), "self": href(at), "revoke": hints(at, "DELETE")})
	return v
}
