package okta

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// oauthLogout ends a session, tells the apps that it was used for, and sends the person on to where the app wants them.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/#tag/OrgAS/operation/logout
func (o *Okta) oauthLogout(c *oauthCall) (any, error) {
	uri, client := c.form.Get("post_logout_redirect_uri"), c.form.Get("client_id")
	s, in := c.browserSession()
	if hint := c.form.Get("id_token_hint"); hint != "" {
		claims, ok := c.verified(c.server, hint)
		if !ok || text(claims["iss"]) != c.server.issuer || !strings.HasPrefix(c.World.Unseal(text(claims["jti"])), "ID.") || client != "" && client != claims["aud"] {
			return c.problem(badRequest("invalid_token", "The id token is invalid."))
		}
		client = text(claims["aud"])
		in = in && claims["sub"] == s.User // it ends nobody else's session
	}
	if client == "" {
		return c.problem(badRequest("invalid_request", "The 'id_token_hint' parameter must be specified."))
	}
	app, ok := c.clientCalled(client)
	if !ok {
		return c.problem(badRequest("invalid_client", "Invalid value for 'client_id' parameter."))
	}
	if uri != "" && !slices.Contains(texts(dig(app.Doc, "settings", "oauthClient", "post_logout_redirect_uris")), uri) {
		return c.problem(badRequest("invalid_request", "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings."))
	}
	var told []string
	if in {
		told = c.frontChannels(app, s)
		c.endSession(s)
		c.cookie = "-"
	}
	if st := c.form.Get("state"); st != "" && uri != "" {
		uri = withQuery(uri, url.Values{"state": {st}})
	}
	if uri != "" && len(told) == 0 {
		return c.redirect(uri), nil
	}
	return c.page(http.StatusOK, "out", obj{"Told": told, "To": uri}), nil
}

// frontChannels are the addresses at which other apps that a session was used for hear, in the person's browser, that it is over.
//
// https://openid.net/specs/openid-connect-frontchannel-1_0.html
func (c *oauthCall) frontChannels(from App, s Session) (uris []string) {
	for _, id := range s.Clients {
		app, ok := c.clientCalled(id)
		client := object(dig(app.Doc, "settings", "oauthClient"))
		uri := text(client["frontchannel_logout_uri"])
		if !ok || app.Status != "ACTIVE" || id == from.clientID() || uri == "" || !truth(client["participate_slo"]) {
			continue
		}
		if truth(client["frontchannel_logout_session_required"]) {
			uri = withQuery(uri, url.Values{"iss": {c.server.issuer}, "sid": {s.ID}})
		}
		uris = append(uris, uri)
	}
	return uris
}

// usedFor notes that a session was used for an app.
func (c *call) usedFor(s Session, app App) {
	if id := app.clientID(); !slices.Contains(s.Clients, id) {
		s.Clients = append(slices.Clone(s.Clients), id)
		c.o.sessions.Put(c.Tx, s)
	}
}

// withQuery is an address with more parameters.
func withQuery(uri string, more url.Values) string {
	if strings.Contains(uri, "?") {
		return uri + "&" + more.Encode()
	}
	return uri + "?" + more.Encode()
}
