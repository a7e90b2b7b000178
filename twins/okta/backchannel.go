package okta

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

const cibaGrant = "urn:openid:params:grant-type:ciba"

// backchannelLife is for how long somebody's yes is waited for, unless the app wants less.
const backchannelLife = 5 * time.Minute

// oauthBackchannel asks somebody on their phone to let an app in that they do not see.
//
// https://developer.okta.com/docs/guides/configure-ciba/main/
func (o *Okta) oauthBackchannel(c *oauthCall) (any, error) {
	app, err := c.client()
	if err != nil {
		return nil, err
	}
	if grants := texts(dig(app.Doc, "settings", "oauthClient", "grant_types")); !slices.Contains(grants, cibaGrant) {
		return nil, badRequest("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: ["+strings.Join(grants, ", ")+"].")
	}
	scopes, err := c.scopes(app, nil)
	if err != nil {
		return nil, err
	}
	name, hint, message := c.form.Get("login_hint"), c.form.Get("id_token_hint"), c.form.Get("binding_message")
	switch {
	case !slices.Contains(scopes, "openid"):
		return nil, badRequest("invalid_scope", "The 'openid' scope must be specified.")
	case (name == "") == (hint == ""):
		return nil, badRequest("invalid_request", "Exactly one of 'login_hint' and 'id_token_hint' must be specified.")
	case len([]rune(message)) > 20:
		return nil, badRequest("invalid_binding_message", "The 'binding_message' parameter must be at most 20 characters long.")
	}
	if hint != "" {
		claims, ok := c.verified(c.server, hint)
		if !ok || text(claims["iss"]) != c.server.issuer || claims["aud"] != app.clientID() {
			return nil, badRequest("invalid_request", "The 'id_token_hint' parameter is invalid.")
		}
		name = text(claims["sub"])
	}
	u, ok := c.userCalled(name)
	if !ok || name == "me" || u.Status != statusActive || !c.assigned(app, u) {
		return nil, badRequest("unknown_user_id", "The user cannot be identified from the hint.")
	}
	life := backchannelLife
	if s := c.form.Get("request_expiry"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > int(backchannelLife/time.Second) {
			return nil, badRequest("invalid_request", "The 'request_expiry' parameter must be between 1 and 300.")
		}
		life = time.Duration(n) * time.Second
	}
	d := DeviceCode{Key: c.Rand(36, idAlphabet), Asked: u.ID, Message: message, Client: app.clientID(), Server: c.server.id, Scopes: scopes, Expires: c.Now.Add(life).UnixMilli()}
	o.devicesWaiting.Put(c.Tx, d)
	return obj{"auth_req_id": c.World.Seal(d.Key), "expires_in": int(life / time.Second), "interval": 5}, nil
}

// byBackchannel gives an app its tokens once the person has said yes on their phone.
func (c *oauthCall) byBackchannel(app App) (*grant, error) {
	return c.poll(app, cibaGrant, c.form.Get("auth_req_id"), "The auth_req_id is invalid.", "The auth_req_id has expired.", "The authorization request is still pending as the end-user hasn't yet been authenticated.")
}

// asksBehind is an app that waits for somebody's yes.
func (c *call) asksBehind(u User) (DeviceCode, bool) {
	for d := range c.o.devicesWaiting.All(c.Tx, "") {
		if d.Asked == u.ID && d.User == "" && !d.Denied && d.Expires > c.Now.UnixMilli() {
			return d, true
		}
	}
	return DeviceCode{}, false
}
