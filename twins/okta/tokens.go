package okta

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// A grant is what somebody, or an app for itself, has been given.
type grant struct {
	kind     string // the grant type
	user     string // nobody's, if the app acts for itself
	scopes   []string
	nonce    string
	authTime int64 // seconds
	amr      []string
	session  string
	family   string // of the tokens that come of it
	refresh  string // the refresh token to give again
	jkt      string // the key that the tokens are bound to
	asked    bool   // the inline hook was asked
	commands []any  // what it said
}

// lifetimes are for how long tokens are good.
type lifetimes struct {
	access, refresh, window time.Duration
	policy, rule            string // that say so
	hook                    string // the inline hook that is asked about the tokens, if any
}

// issue makes the tokens of a grant.
func (c *oauthCall) issue(app App, g *grant) (any, error) {
	life, err := c.policyFor(app, g)
	if err != nil {
		return nil, err
	}
	var u *User
	if g.user != "" {
		found, ok := c.o.users.Get(c.Tx, g.user)
		if !ok || found.Status == statusDeprovisioned || found.Status == statusSuspended {
			return nil, badRequest("invalid_grant", "The user is not active.")
		}
		u = &found
		c.who.user = found
	}
	c.who.client = app.clientID()
	if r, err := c.fetch(inlineHookKind, "", life.hook); err == nil && r.Status == "ACTIVE" && !g.asked {
		return c.askAboutTokens(r, app, g, u, life)
	}
	life.access = g.lasting("com.okta.access.patch", life.access)
	out := obj{"token_type": "Bearer", "expires_in": int(life.access / time.Second), "scope": strings.Join(g.scopes, " ")}
	if g.jkt != "" {
		out["token_type"] = "DPoP"
	}
	access, err := c.newAccessToken(app, g, u, life.access)
	if err != nil {
		return nil, err
	}
	out["access_token"] = access
	if slices.Contains(g.scopes, "offline_access") && u != nil && slices.Contains(texts(dig(app.Doc, "settings", "oauthClient", "grant_types")), "refresh_token") {
		out["refresh_token"] = c.World.Seal(c.newRefreshToken(app, g, life))
	}
	if slices.Contains(g.scopes, "openid") && u != nil {
		if out["id_token"], err = c.newIDToken(app, g, *u, access, ""); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// newRefreshToken makes the token that new ones can be had for, unless the one there is goes on.
func (c *oauthCall) newRefreshToken(app App, g *grant, life lifetimes) string {
	if g.refresh != "" {
		return g.refresh
	}
	t := RefreshToken{Secret: c.Rand(43, idAlphabet), ID: c.id("oar"), Client: app.clientID(), User: g.user, Issuer: c.server.issuer, Grant: g.kind, Scopes: g.scopes, Family: g.family,
		AuthTime: g.authTime, AMR: g.amr, Created: c.Now.UnixMilli(), Expires: c.Now.Add(life.window).UnixMilli()}
	c.o.refreshTokens.Put(c.Tx, t)
	return t.Secret
}

// newAccessToken makes the token that opens an API.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/#access-token
func (c *oauthCall) newAccessToken(app App, g *grant, u *User, life time.Duration) (string, error) {
	now := c.Now.Unix()
	claims := obj{"ver": 1, "jti": c.World.Seal("AT." + c.Rand(43, idAlphabet) + "." + g.family), "iss": c.server.issuer, "aud": c.server.audience, "iat": now, "exp": now + int64(life/time.Second),
		"cid": app.clientID(), "scp": g.scopes, "sub": app.clientID()}
	if u != nil {
		claims["uid"], claims["sub"], claims["auth_time"] = u.ID, u.login(), g.authTime
	}
	if g.jkt != "" {
		claims["cnf"] = obj{"jkt": g.jkt}
	}
	typ := "application/okta-internal-at+jwt"
	if c.server.id != "" {
		typ = ""
		maps.Copy(claims, c.customClaims("RESOURCE", app, g, u, false))
	}
	g.patch("com.okta.access.patch", claims)
	return c.signer().sign(claims, typ)
}

// newIDToken says to an app who has signed in. code is that which it comes beside, if there is one.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/#id-token
func (c *oauthCall) newIDToken(app App, g *grant, u User, access, code string) (string, error) {
	now := c.Now.Unix()
	org, _ := c.o.orgs.Get(c.Tx, "org")
	claims := obj{"sub": u.ID, "ver": 1, "iss": c.server.issuer, "aud": app.clientID(), "iat": now, "exp": now + 3600, "jti": c.World.Seal("ID." + c.Rand(43, idAlphabet)), "amr": g.amr, "idp": org.ID, "auth_time": g.authTime}
	if s, ok := c.o.sessions.Get(c.Tx, g.session); ok && s.IDP != "" {
		claims["idp"] = s.IDP
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	if g.session != "" && truth(dig(app.Doc, "settings", "oauthClient", "frontchannel_logout_session_required")) {
		claims["sid"] = g.session // by which the app is told that it is over
	}
	if access != "" {
		claims["at_hash"] = halfHash(access)
	}
	if code != "" {
		claims["c_hash"] = halfHash(code)
	}
	if c.server.id == "" {
		for k, v := range c.profileClaims(u, g.scopes) {
			if access == "" || k == "name" || k == "email" || k == "preferred_username" { // who has an access token can ask for the rest
				claims[k] = v
			}
		}
	}
	maps.Copy(claims, c.customClaims("IDENTITY", app, g, &u, access != ""))
	claims["exp"] = now + int64(g.lasting("com.okta.identity.patch", time.Hour)/time.Second)
	g.patch("com.okta.identity.patch", claims)
	return c.signer().sign(claims, "")
}

func halfHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// profileClaims are what the scopes tell of a person.
//
// https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims
func (c *call) profileClaims(u User, scopes []string) obj {
	p, out := u.Profile, obj{}
	set := func(claim, attribute string) {
		if v := p[attribute]; v != nil && v != "" {
			out[claim] = v
		}
	}
	if slices.Contains(scopes, "profile") {
		out["name"], out["preferred_username"] = u.display(), u.login()
		for claim, attribute := range map[string]string{"given_name": "firstName", "family_name": "lastName", "middle_name": "middleName", "nickname": "nickName", "profile": "profileUrl", "locale": "locale"} {
			set(claim, attribute)
		}
		if out["locale"] == nil {
			out["locale"] = "en_US"
		}
		out["zoneinfo"] = "America/Los_Angeles"
		set("zoneinfo", "timezone")
		out["updated_at"] = u.Updated / 1000
	}
	if slices.Contains(scopes, "email") {
		out["email"], out["email_verified"] = p["email"], true
	}
	if slices.Contains(scopes, "phone") {
		set("phone_number", "primaryPhone")
	}
	if slices.Contains(scopes, "address") {
		address := obj{}
		for claim, attribute := range map[string]string{"street_address": "streetAddress", "locality": "city", "region": "state", "postal_code": "zipCode", "country": "countryCode"} {
			if v := p[attribute]; v != nil && v != "" {
				address[claim] = v
			}
		}
		if len(address) > 0 {
			out["address"] = address
		}
	}
	return out
}

// accessToken reads an access token of this world that is still good.
func (c *call) accessToken(token string) (t AccessToken, claims obj, ok bool) {
	at, ok := strings.CutPrefix(claimOf(token, "iss"), c.base)
	if !ok {
		return t, nil, false
	}
	server, err := c.findServer(strings.TrimPrefix(at, "/oauth2/"))
	if err != nil {
		return t, nil, false
	}
	if claims, ok = c.verified(server, token); !ok || text(claims["iss"]) != server.issuer {
		return t, nil, false
	}
	jti := c.World.Unseal(text(claims["jti"]))
	parts := strings.Split(jti, ".")
	exp, _ := claims["exp"].(float64)
	if len(parts) != 3 || parts[0] != "AT" || int64(exp) <= c.Now.Unix() || c.o.revoked.Has(c.Tx, jti) || c.o.revoked.Has(c.Tx, parts[2]) {
		return t, nil, false
	}
	since, _ := claims["auth_time"].(float64)
	t = AccessToken{JTI: jti, Family: parts[2], Client: text(claims["cid"]), User: text(claims["uid"]), Scopes: texts(claims["scp"]), AuthTime: int64(since), JKT: text(dig(claims, "cnf", "jkt"))}
	if t.User != "" {
		u, ok := c.o.users.Get(c.Tx, t.User)
		if !ok || u.Status == statusDeprovisioned || u.Status == statusSuspended {
			return t, nil, false
		}
	}
	return t, claims, true
}

// revokeFamily makes everything that came of one grant worthless.
func (c *call) revokeFamily(family string) {
	c.o.revoked.Put(c.Tx, Spent{ID: family, Until: c.Now.Add(24 * time.Hour).UnixMilli()})
	for t := range c.o.refreshByFamily.All(c.Tx, family) {
		c.o.refreshTokens.Delete(c.Tx, t.ID)
	}
}

// tokenOfClient is the app that calls, and the token that it asks about.
func (c *oauthCall) tokenOfClient() (App, string, error) {
	app, err := c.client()
	if err != nil {
		return app, "", err
	}
	token := c.form.Get("token")
	if token == "" {
		return app, "", badRequest("invalid_request", "The 'token' parameter must be specified.")
	}
	return app, token, nil
}

// oauthIntrospect says what a token is good for. One that is good for nothing is only not active.
//
// https://datatracker.ietf.org/doc/html/rfc7662
func (o *Okta) oauthIntrospect(c *oauthCall) (any, error) {
	app, token, err := c.tokenOfClient()
	if err != nil {
		return nil, err
	}
	if t, claims, ok := c.accessToken(token); ok && text(claims["iss"]) == c.server.issuer {
		out := with(without(claims, "ver", "scp", "auth_time", "cid"), obj{"active": true, "scope": strings.Join(t.Scopes, " "), "client_id": t.Client, "token_type": "Bearer"})
		if t.User != "" {
			out["username"] = claims["sub"]
		}
		return out, nil
	}
	if t, ok := o.refreshBySecret.Get(c.Tx, c.World.Unseal(token)); ok && t.Client == app.clientID() && t.Issuer == c.server.issuer && t.Expires > c.Now.UnixMilli() {
		u, _ := o.users.Get(c.Tx, t.User)
		return obj{"active": true, "scope": strings.Join(t.Scopes, " "), "username": u.login(), "exp": t.Expires / 1000, "iat": t.Created / 1000, "sub": u.login(), "iss": c.server.issuer, "client_id": t.Client, "uid": t.User, "token_type": "Bearer"}, nil
	}
	if claims, ok := c.verified(c.server, token); ok && strings.HasPrefix(c.World.Unseal(text(claims["jti"])), "ID.") && text(claims["iss"]) == c.server.issuer {
		if exp, _ := claims["exp"].(float64); int64(exp) > c.Now.Unix() {
			return with(claims, obj{"active": true, "token_type": "id_token", "client_id": claims["aud"]}), nil
		}
	}
	return obj{"active": false}, nil
}

// oauthRevoke makes a token worthless; with a refresh token, what came of it too. It says the same to all.
//
// https://datatracker.ietf.org/doc/html/rfc7009
func (o *Okta) oauthRevoke(c *oauthCall) (any, error) {
	app, token, err := c.tokenOfClient()
	if err != nil {
		return nil, err
	}
	if t, _, ok := c.accessToken(token); ok && t.Client == app.clientID() {
		o.revoked.Put(c.Tx, Spent{ID: t.JTI, Until: c.Now.Add(24 * time.Hour).UnixMilli()})
	}
	if t, ok := o.refreshBySecret.Get(c.Tx, c.World.Unseal(token)); ok && t.Client == app.clientID() {
		c.revokeFamily(t.Family)
	}
	return nil, nil
}

// oauthUserinfo tells an app what it may know of who has signed in.
func (o *Okta) oauthUserinfo(c *oauthCall) (any, error) {
	t, claims, ok := c.bearer(credentialOf(c.r.Echo.Request()))
	if !ok || text(claims["iss"]) != c.server.issuer || t.User == "" {
		return nil, errToken
	}
	if !slices.Contains(t.Scopes, "openid") {
		return nil, &oauthError{status: http.StatusForbidden, code: "insufficient_scope", description: "The access token must provide access to at least one of these scopes - profile, email, address or phone"}
	}
	u, _ := o.users.Get(c.Tx, t.User)
	app, _ := c.clientCalled(t.Client)
	out := obj{}
	if c.server.id == "" {
		out = c.profileClaims(u, t.Scopes)
	}
	out["sub"] = u.ID
	maps.Copy(out, c.customClaims("IDENTITY", app, &grant{user: u.ID, scopes: t.Scopes}, &u, false))
	return out, nil
}

// oauthKeys are the keys that tokens are verified with.
func (o *Okta) oauthKeys(c *oauthCall) (any, error) {
	keys := []any{}
	for _, kid := range c.kidsOf(c.server) {
		keys = append(keys, (&signer{o.privateKey(kid), kid}).public())
	}
	return obj{"keys": keys}, nil
}

// proof checks that whoever asks holds a key, and binds the tokens to it, if the app is set up for that or asks for it.
//
// https://datatracker.ietf.org/doc/html/rfc9449
func (c *oauthCall) proof(app App, g *grant) error {
	header := c.r.Echo.Request().Header.Get("DPoP")
	must := truth(dig(app.Doc, "settings", "oauthClient", "dpop_bound_access_tokens"))
	switch {
	case header == "" && must:
		return badRequest("invalid_dpop_proof", "The DPoP proof JWT header is missing.")
	case header == "":
		return nil
	}
	jkt, nonce, err := c.readProof(header, c.server.base+"/v1/token", "")
	if err != nil {
		return err
	}
	if nonce != c.nonce() {
		return &oauthError{status: http.StatusBadRequest, code: "use_dpop_nonce", description: "Authorization server requires nonce in DPoP proof.", nonce: c.nonce()}
	}
	g.jkt = jkt
	return nil
}

// nonce is what a proof must hold for these minutes, so that it has not been made long ago.
func (c *call) nonce() string {
	sum := sha256.Sum256(c.Now.Truncate(time.Hour).AppendFormat(c.World.Key("okta dpop"), time.RFC3339))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// readProof reads a proof for a request to url, and for the use of an access token if there is one.
func (c *call) readProof(header, url, access string) (jkt, nonce string, err error) {
	bad := func(why string) error { return badRequest("invalid_dpop_proof", why) }
	j, err := jose.ParseSignedCompact(header, withKeys)
	if err != nil || len(j.Signatures) != 1 {
		return "", "", bad("The DPoP proof JWT is malformed.")
	}
	h := j.Signatures[0].Header
	if h.JSONWebKey == nil || !h.JSONWebKey.IsPublic() || h.ExtraHeaders["typ"] != "dpop+jwt" {
		return "", "", bad("The DPoP proof JWT header must have a public key in 'jwk', and 'typ' must be 'dpop+jwt'.")
	}
	payload, err := j.Verify(h.JSONWebKey)
	if err != nil {
		return "", "", bad("The signature of the DPoP proof JWT is invalid.")
	}
	var claims obj
	json.Unmarshal(payload, &claims)
	iat, _ := claims["iat"].(float64)
	jti := text(claims["jti"])
	switch {
	case text(claims["htm"]) != c.r.Echo.Request().Method:
		return "", "", bad("The DPoP proof JWT has an invalid 'htm' claim.")
	case strings.SplitN(text(claims["htu"]), "?", 2)[0] != url:
		return "", "", bad("The DPoP proof JWT has an invalid 'htu' claim.")
	case jti == "":
		return "", "", bad("The DPoP proof JWT must have a 'jti' claim.")
	case iat == 0 || int64(iat) > c.Now.Unix()+300 || int64(iat) < c.Now.Unix()-3600:
		return "", "", bad("The DPoP proof JWT has an invalid 'iat' claim.")
	}
	if access != "" {
		sum := sha256.Sum256([]byte(access))
		if text(claims["ath"]) != base64.RawURLEncoding.EncodeToString(sum[:]) {
			return "", "", bad("The DPoP proof JWT has an invalid 'ath' claim.")
		}
	}
	print, err := h.JSONWebKey.Thumbprint(5) // SHA-256
	if err != nil {
		return "", "", bad("The DPoP proof JWT is malformed.")
	}
	jkt = base64.RawURLEncoding.EncodeToString(print)
	once := "dpop " + jkt + " " + jti
	if c.o.spent.Has(c.Tx, once) {
		return "", "", bad("The DPoP proof JWT has a 'jti' claim that was used before.")
	}
	c.o.spent.Put(c.Tx, Spent{ID: once, Until: (int64(iat) + 3600) * 1000})
	return jkt, text(claims["nonce"]), nil
}

// bearer is the access token that a request shows, with a proof that whoever asks holds the key that it is bound to.
func (c *call) bearer(k credential) (t AccessToken, claims obj, ok bool) {
	t, claims, ok = c.accessToken(k.secret)
	if !ok || t.JKT == "" && k.scheme != "DPoP" {
		return t, claims, ok
	}
	r := c.r.Echo.Request()
	jkt, _, err := c.readProof(r.Header.Get("DPoP"), c.base+r.URL.Path, k.secret)
	return t, claims, err == nil && k.scheme == "DPoP" && jkt == t.JKT
}

// proves reports whether a request holds a proof, which is good once: to remember it, the request has to write.
func proves(r *http.Request) bool { return r.Header.Get("DPoP") != "" }
