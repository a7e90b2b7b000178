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
	tokenHolder{
		of:   (*call).serverTokens,
		none: func(c *call, id string) error { return notFound(id, "OAuth2RefreshToken") },
		view: (*call).serverToken,
	}.serve(o, "listRefreshTokensForAuthorizationServerAndClient", "getRefreshTokenForAuthorizationServerAndClient", "revokeRefreshTokenForAuthorizationServerAndClient", "revokeRefreshTokensForAuthorizationServerAndClient")
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

// serverTokens are the refresh tokens of the server that the path names, and of its client if it names one.
func (c *call) serverTokens() ([]RefreshToken, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	client := c.param("clientId")
	return c.goodTokens(c.o.refreshTokens.All(c.Tx, ""), func(t RefreshToken) bool {
		return strings.HasSuffix(t.Issuer, "/oauth2/"+s.ID) && (client == "" || t.Client == client)
	}), nil
}

// serverToken is a refresh token as those see it who look after its server.
func (c *call) serverToken(t RefreshToken) any {
	v := object(c.refreshToken(t))
	at := c.link("/api/v1/apps/" + t.Client + "/tokens/" + t.ID)
	v["_links"] = with(object(v["_links"]), obj{"authorizationServer": href(c.link("/api/v1/authorizationServers/" + c.param("authServerId"))), "self": href(at), "revoke": hints(at, "DELETE")})
	return v
}
