package okta

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/labstack/echo/v4"

	"twinset.dev/kit/twin"
)

// An oauthError is what the OAuth endpoints answer instead.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/CustomAS/
type oauthError struct {
	status      int
	code        string
	description string
	nonce       string // for a DPoP proof
}

func (e *oauthError) Error() string { return e.code }

func badRequest(code, description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: code, description: description}
}

var (
	errClient        = &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: "Client authentication failed. Either the client or the client credentials are invalid."}
	errNoClient      = &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: "Invalid value for 'client_id' parameter."}
	errClientSecret  = &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: "The client secret supplied for a confidential client is invalid."}
	errCode          = badRequest("invalid_grant", "The authorization code is invalid or has expired.")
	errPKCE          = badRequest("invalid_grant", "PKCE verification failed.")
	errRefresh       = badRequest("invalid_grant", "The refresh token is invalid or expired.")
	errCredentialsAt = badRequest("invalid_grant", "The credentials provided were invalid.")
	errScope         = badRequest("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
	errPolicy        = badRequest("access_denied", "Policy evaluation failed for this request, please check the policy configurations.")
	errToken         = &oauthError{status: http.StatusUnauthorized, code: "invalid_token", description: "The access token is invalid."}
)

// An oauthServer is the org's own authorization server, whose id is "", or a custom one.
type oauthServer struct {
	id, issuer, audience string
	base                 string // what its endpoints begin with: /oauth2 or /oauth2/{id}
	record               Record
}

// An oauthCall is a request to an endpoint of an authorization server.
type oauthCall struct {
	*call
	server oauthServer
	form   url.Values
	cookie string // sets the session's, if not empty
}

// oauthRoutes are the endpoints of the org's authorization server and of the custom ones.
func (o *Okta) oauthRoutes() {
	both := func(method, path, id string, write bool, serve func(*oauthCall) (any, error)) {
		for prefix, name := range map[string]string{"/oauth2/v1": id, "/oauth2/{authServerId}/v1": id + "Custom"} {
			op := &operation{open: true, reads: !write}
			op.ID, op.Method, op.Path = name, method, prefix+path
			o.oauthRoute(op, serve)
		}
	}
	both("POST", "/token", "token", true, o.oauthToken)
	both("POST", "/introspect", "introspect", false, o.oauthIntrospect)
	both("POST", "/revoke", "revoke", true, o.oauthRevoke)
	both("GET", "/userinfo", "userinfo", false, o.oauthUserinfo)
	both("POST", "/userinfo", "userinfoPost", false, o.oauthUserinfo)
	both("GET", "/keys", "oauthKeys", false, o.oauthKeys)
	both("GET", "/authorize", "authorize", true, o.oauthAuthorize)
	both("POST", "/authorize", "authorizeWithPost", true, o.oauthAuthorize)
	both("POST", "/par", "par", true, o.oauthPAR)
	both("GET", "/logout", "logout", true, o.oauthLogout)
	both("POST", "/logout", "logoutWithPost", true, o.oauthLogout)
	both("POST", "/interact", "interact", true, o.oauthInteract)
	both("POST", "/bc/authorize", "bcAuthorize", true, o.oauthBackchannel)
	both("POST", "/device/authorize", "deviceAuthorize", true, o.oauthDevice)
}

// oauthRoute serves what is refused as OAuth refuses it.
func (o *Okta) oauthRoute(op *operation, serve func(*oauthCall) (any, error)) *twin.Operation {
	op.row = o.Operation(&twin.Operation{ID: op.ID, Method: op.Method, Path: op.Path, Level: twin.Full})
	o.Echo.Add(op.Method, routed(op.Path), func(ec echo.Context) error { return o.serveOAuth(ec, op, serve) })
	return op.row
}

// serveOAuth is the way of a request to an OAuth endpoint. What it refuses is said as OAuth says it.
func (o *Okta) serveOAuth(ec echo.Context, op *operation, serve func(*oauthCall) (any, error)) error {
	req := ec.Request()
	sent, err := readBody(req)
	form := ec.QueryParams()
	if strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if more, err := url.ParseQuery(string(sent)); err == nil {
			merged := url.Values{}
			for k, v := range form {
				merged[k] = v
			}
			for k, v := range more {
				merged[k] = v
			}
			form = merged
		}
	}
	return o.Serve(ec, op.row, taggedOf(req, form), func(r *twin.Request) (twin.Answer, error) {
		if err != nil {
			return oauthAnswer(nil, badRequest("invalid_request", "The request body was not well-formed."))
		}
		var c *oauthCall
		var out any
		transaction := r.Update
		if op.reads && !r.VendorLimits() && !proves(req) {
			transaction = r.View
		}
		err := hearing(req.Context(), func(heard map[string]word) (*call, error) {
			err := transaction(func(tc *twin.Call) (err error) {
				c = &oauthCall{call: &call{Call: tc, o: o, r: r, op: op, base: o.URL(tc), query: ec.QueryParams(), sent: sent, more: http.Header{}, heard: heard}, form: maps.Clone(form)}
				if err := c.limit(); err != nil {
					return err
				}
				if c.server, err = c.findServer(ec.Param("authServerId")); err != nil {
					return err
				}
				out, err = serve(c)
				return err
			})
			return c.call, err
		})
		if err == nil {
			out, err = c.hold(req.Context(), out)
		}
		r.Actor = c.who.actor()
		var refused *refusal
		if errors.As(err, &refused) {
			return o.encode(r, c.call, nil, refused)
		}
		var oe *oauthError
		if err != nil && !errors.As(err, &oe) {
			return twin.Answer{}, err
		}
		a, err := oauthAnswer(out, oe)
		for k, v := range c.more {
			a.Header[k] = v
		}
		return a, err
	})
}

// taggedOf is the part of an OAuth request that says which world it is for.
func taggedOf(r *http.Request, form url.Values) string {
	for _, name := range []string{"code", "interaction_code", "refresh_token", "device_code", "auth_req_id", "request_uri", "stateToken"} {
		if v := form.Get(name); v != "" {
			return v
		}
	}
	for _, jwt := range []string{form.Get("token"), form.Get("id_token_hint"), credentialOf(r).secret} {
		if strings.Count(jwt, ".") == 2 {
			return claimOf(jwt, "jti")
		} else if jwt != "" {
			return jwt
		}
	}
	if _, secret, ok := r.BasicAuth(); ok {
		return secret
	}
	return form.Get("client_secret")
}

func oauthAnswer(out any, refused *oauthError) (twin.Answer, error) {
	a := twin.Answer{Type: "application/json", Header: http.Header{"X-Okta-Request-Id": {requestID()}, "Cache-Control": {"no-cache, no-store"}, "Pragma": {"no-cache"}, "Expires": {"0"}}}
	if refused != nil {
		a.Status, a.Error = refused.status, refused.code
		out = obj{"error": refused.code, "error_description": refused.description}
		if refused.nonce != "" {
			a.Header.Set("Dpop-Nonce", refused.nonce)
		}
		if refused.status == http.StatusUnauthorized {
			a.Header.Set("Www-Authenticate", `Bearer error="`+refused.code+`", error_description="`+refused.description+`"`)
		}
	}
	switch x := out.(type) {
	case twin.Answer:
		for k, v := range a.Header {
			if x.Header == nil {
				x.Header = http.Header{}
			}
			if _, ok := x.Header[k]; !ok {
				x.Header[k] = v
			}
		}
		return x, nil
	case nil:
		a.Type = ""
		return a, nil
	}
	b, err := json.Marshal(out)
	a.Body = b
	return a, err
}

// findServer is the authorization server of an id or, of the custom one every org has, of the name default.
func (c *call) findServer(id string) (oauthServer, error) {
	if id == "" {
		return oauthServer{issuer: c.base, audience: c.base, base: c.base + "/oauth2"}, nil
	}
	r, ok := c.o.tables[authServerKind].records.Get(c.Tx, id)
	if !ok || r.Status != "ACTIVE" {
		return oauthServer{}, notFound(id, "AuthorizationServer")
	}
	at := c.base + "/oauth2/" + r.ID
	audience := ""
	if l := texts(r.Doc["audiences"]); len(l) > 0 {
		audience = l[0]
	}
	return oauthServer{id: r.ID, issuer: at, audience: audience, base: at, record: r}, nil
}

// oauthToken exchanges a grant for tokens.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/#tag/OrgAS/operation/token
func (o *Okta) oauthToken(c *oauthCall) (any, error) {
	app, err := c.client()
	if err != nil {
		return nil, err
	}
	kind := c.form.Get("grant_type")
	if kind == "" {
		return nil, badRequest("invalid_request", "The token request must specify a 'grant_type'.")
	}
	serve, known := map[string]func(*oauthCall, App) (*grant, error){
		"authorization_code": (*oauthCall).byCode, "refresh_token": (*oauthCall).byRefresh, "password": (*oauthCall).byPassword, "client_credentials": (*oauthCall).byClient,
		"interaction_code": (*oauthCall).byInteraction,
		cibaGrant:          (*oauthCall).byBackchannel, "urn:ietf:params:oauth:grant-type:device_code": (*oauthCall).byDevice, "urn:ietf:params:oauth:grant-type:token-exchange": (*oauthCall).byExchange,
	}[kind]
	allowed := texts(dig(app.Doc, "settings", "oauthClient", "grant_types"))
	if !known || !slices.Contains(allowed, kind) {
		return nil, badRequest("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: ["+strings.Join(allowed, ", ")+"].")
	}
	g, err := serve(c, app)
	if err != nil {
		return nil, err
	}
	if err := c.proof(app, g); err != nil {
		return nil, err
	}
	return c.issue(app, g)
}

// client authenticates the app that calls, in the way that it is set up for.
func (c *oauthCall) client() (App, error) {
	id, secret, how := c.form.Get("client_id"), c.form.Get("client_secret"), "none"
	if secret != "" {
		how = "client_secret_post"
	}
	if u, p, ok := c.r.Echo.Request().BasicAuth(); ok {
		how = "client_secret_basic"
		id, _ = url.QueryUnescape(u)
		secret, _ = url.QueryUnescape(p)
	}
	assertion := c.form.Get("client_assertion")
	if assertion != "" {
		how, id = "private_key_jwt", claimOf(assertion, "sub")
	}
	if id == "" {
		return App{}, badRequest("invalid_request", "The client credentials must be provided.")
	}
	app, ok := c.clientCalled(id)
	if !ok || app.Status != "ACTIVE" {
		return app, errNoClient
	}
	method := text(dig(app.Doc, "credentials", "oauthClient", "token_endpoint_auth_method"))
	switch {
	case method == "none" && how == "none":
		return app, nil
	case method == "none":
		return app, errClient
	case method == "private_key_jwt" || method == "client_secret_jwt":
		if assertion == "" {
			return app, errClient
		}
		return app, c.assertion(app, assertion, method)
	}
	if how == "none" {
		return app, &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: "Client authentication failed. Either the client or the client credentials are invalid."}
	}
	for _, s := range c.secretsOf(app) {
		if same(s, c.World.Unseal(secret)) {
			return app, nil
		}
	}
	return app, errClientSecret
}

// assertion checks the JWT with which an app says who it is.
//
// https://datatracker.ietf.org/doc/html/rfc7523
func (c *oauthCall) assertion(app App, token, method string) error {
	bad := func(why string) error {
		return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: why}
	}
	if c.form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return bad("The client_assertion_type is invalid.")
	}
	algs := withKeys
	if method == "client_secret_jwt" {
		algs = withSecrets
	}
	claims, parsed, verified := c.signedBy(app, token, algs)
	switch {
	case !parsed:
		return bad("The client_assertion token is malformed.")
	case !verified:
		return bad("The client_assertion signature is invalid.")
	}
	now := float64(c.Now.Unix())
	exp, _ := claims["exp"].(float64)
	auds := texts(claims["aud"])
	if s := text(claims["aud"]); s != "" {
		auds = append(auds, s)
	}
	switch {
	case text(claims["iss"]) != text(claims["sub"]):
		return bad("The client_assertion token has an invalid subject or issuer.")
	case !slices.ContainsFunc(auds, func(a string) bool {
		return strings.HasSuffix(a, "/v1/token") && sameHost(a, c.base) || a == c.server.issuer
	}):
		return bad("The audience claim for client_assertion must be the endpoint invoked for the request.")
	case exp == 0:
		return bad("The client_assertion token must contain an expiration (exp claim) that is set to no more than 60 minutes from the current time.")
	case exp < now:
		return bad("The client_assertion token is expired.")
	case exp > now+3600+300:
		return bad("The client_assertion token must contain an expiration (exp claim) that is set to no more than 60 minutes from the current time.")
	}
	if jti := text(claims["jti"]); jti != "" {
		if c.o.spent.Has(c.Tx, app.ID+" "+jti) {
			return bad("The client_assertion token has a 'jti' that has already been used.")
		}
		c.o.spent.Put(c.Tx, Spent{ID: app.ID + " " + jti, Until: int64(exp) * 1000})
	}
	return nil
}

// With what an app may sign: with a key of its own, or with its secret.
var (
	withKeys    = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}
	withSecrets = []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512}
)

// signedBy reads a JWT, and says whether it is one and whether an app has signed it.
func (c *oauthCall) signedBy(app App, token string, algs []jose.SignatureAlgorithm) (claims obj, parsed, verified bool) {
	j, err := jose.ParseSignedCompact(token, algs)
	if err != nil || len(j.Signatures) != 1 {
		return nil, false, false
	}
	var keys []any
	if head := j.Signatures[0].Header; slices.Contains(withSecrets, jose.SignatureAlgorithm(head.Algorithm)) {
		for _, s := range c.secretsOf(app) {
			keys = append(keys, []byte(c.World.Reveal(s)))
		}
	} else {
		for _, k := range c.keysOf(app) {
			if head.KeyID == "" || k.KeyID == "" || k.KeyID == head.KeyID {
				keys = append(keys, k)
			}
		}
	}
	for _, k := range keys {
		if payload, err := j.Verify(k); err == nil {
			return claims, json.Unmarshal(payload, &claims) == nil, true
		}
	}
	return nil, true, false
}

func sameHost(a, b string) bool {
	x, err1 := url.Parse(a)
	y, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && x.Host == y.Host
}

// byCode redeems an authorization code.
func (c *oauthCall) byCode(app App) (*grant, error) {
	return c.redeemCode(app, "authorization_code", c.form.Get("code"), c.form.Get("redirect_uri"))
}

// redeemCode redeems a code, once. redirect is where the app says that it was sent.
func (c *oauthCall) redeemCode(app App, kind, sent, redirect string) (*grant, error) {
	code, ok := c.o.codes.Get(c.Tx, c.World.Unseal(sent))
	if !ok || code.Server != c.server.id || code.Expires < c.Now.UnixMilli() {
		return nil, errCode
	}
	if code.Client != app.clientID() || code.Interaction != (kind == "interaction_code") {
		return nil, errCode
	}
	if code.Used {
		c.revokeFamily(code.Family)
		return nil, twin.Keep(errCode)
	}
	if code.Redirect != redirect && !code.Interaction {
		return nil, badRequest("invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request.")
	}
	if code.Challenge != "" {
		sum := sha256.Sum256([]byte(c.form.Get("code_verifier")))
		if subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(code.Challenge)) != 1 {
			return nil, errPKCE
		}
	} else if c.form.Get("code_verifier") != "" {
		return nil, errPKCE
	}
	code.Used = true
	c.o.codes.Put(c.Tx, code)
	return &grant{user: code.User, scopes: code.Scopes, nonce: code.Nonce, authTime: code.AuthTime, amr: code.AMR, session: code.Session, family: code.Family, kind: kind}, nil
}

// byRefresh exchanges a refresh token. One that rotates is good once: whoever shows it again loses all that came of it.
func (c *oauthCall) byRefresh(app App) (*grant, error) {
	t, ok := c.o.refreshBySecret.Get(c.Tx, c.World.Unseal(c.form.Get("refresh_token")))
	now := c.Now.UnixMilli()
	if !ok || t.Client != app.clientID() || t.Issuer != c.server.issuer || t.Expires < now {
		return nil, errRefresh
	}
	rotates := text(dig(app.Doc, "settings", "oauthClient", "refresh_token", "rotation_type")) == "ROTATE"
	leeway, _ := dig(app.Doc, "settings", "oauthClient", "refresh_token", "leeway").(float64)
	if t.Used != 0 && now > t.Used+int64(leeway)*1000 {
		c.revokeFamily(t.Family)
		return nil, twin.Keep(errRefresh)
	}
	scopes := t.Scopes
	if want := strings.Fields(c.form.Get("scope")); len(want) > 0 {
		if slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(t.Scopes, s) }) {
			return nil, badRequest("invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner.")
		}
		scopes = want
	}
	g := &grant{user: t.User, scopes: scopes, authTime: t.AuthTime, amr: t.AMR, family: t.Family, kind: t.Grant, refresh: t.Secret}
	if rotates {
		if t.Used == 0 {
			t.Used = now
		}
		g.refresh = ""
	}
	t.LastUsed = now
	c.o.refreshTokens.Put(c.Tx, t)
	return g, nil
}

// byPassword signs a person in by their password, without a page.
func (c *oauthCall) byPassword(app App) (*grant, error) {
	u, ok, err := c.checkPassword(c.form.Get("username"), c.form.Get("password"))
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, twin.Keep(errCredentialsAt)
	}
	if !c.assigned(app, u) {
		return nil, badRequest("access_denied", "User is not assigned to the client application.")
	}
	scopes, err := c.scopes(app, &u)
	return &grant{user: u.ID, scopes: scopes, authTime: c.Now.Unix(), amr: []string{"pwd"}, family: c.id("oar"), kind: "password"}, err
}

// byClient gives an app a token of its own.
func (c *oauthCall) byClient(app App) (*grant, error) {
	scopes, err := c.scopes(app, nil)
	if err != nil {
		return nil, err
	}
	for _, s := range scopes {
		switch {
		case s == "openid" || s == "profile" || s == "email" || s == "offline_access" || s == "address" || s == "phone":
			return nil, badRequest("invalid_scope", "The client credentials grant cannot be used with the '"+s+"' scope.")
		case c.server.id == "" && !strings.HasPrefix(s, "okta."):
			return nil, errScope
		}
	}
	if c.server.id == "" && text(dig(app.Doc, "credentials", "oauthClient", "token_endpoint_auth_method")) != "private_key_jwt" {
		return nil, badRequest("invalid_client", "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.")
	}
	return &grant{scopes: scopes, kind: "client_credentials", family: c.id("oar")}, nil
}

// byExchange gives a token for one that somebody has: a service that acts for a person.
//
// https://datatracker.ietf.org/doc/html/rfc8693
func (c *oauthCall) byExchange(app App) (*grant, error) {
	if c.form.Get("subject_token_type") != "urn:ietf:params:oauth:token-type:access_token" {
		return nil, badRequest("invalid_request", "The 'subject_token_type' is invalid.")
	}
	t, _, ok := c.accessToken(c.form.Get("subject_token"))
	if !ok || t.User == "" {
		return nil, badRequest("invalid_request", "The 'subject_token' is invalid.")
	}
	u, ok := c.o.users.Get(c.Tx, t.User)
	if !ok {
		return nil, badRequest("invalid_request", "The 'subject_token' is invalid.")
	}
	scopes, err := c.scopes(app, &u)
	return &grant{user: t.User, scopes: scopes, authTime: t.AuthTime, family: c.id("oar"), kind: "urn:ietf:params:oauth:grant-type:token-exchange"}, err
}

// byDevice gives a device its token once somebody has said yes for it.
func (c *oauthCall) byDevice(app App) (*grant, error) {
	return c.poll(app, "urn:ietf:params:oauth:grant-type:device_code", c.form.Get("device_code"), "The device code is invalid.", "The device code has expired.", "The device authorization is pending. Please try again later.")
}

// poll gives an app the grant that somebody elsewhere is asked for, as soon as they have said yes.
func (c *oauthCall) poll(app App, kind, code, wrong, expired, pending string) (*grant, error) {
	d, ok := c.o.devicesWaiting.Get(c.Tx, c.World.Unseal(code))
	now := c.Now.UnixMilli()
	switch {
	case !ok || d.Client != app.clientID() || d.Server != c.server.id || (d.Asked != "") != (kind == cibaGrant):
		return nil, badRequest("invalid_grant", wrong)
	case d.Expires < now:
		return nil, badRequest("expired_token", expired)
	case d.Denied:
		return nil, badRequest("access_denied", "The resource owner denied the request.")
	case d.User == "" && d.Polled != 0 && now-d.Polled < 5000:
		return nil, badRequest("slow_down", "The client is polling too quickly and should back off.")
	case d.User == "":
		d.Polled = now
		c.o.devicesWaiting.Put(c.Tx, d)
		return nil, twin.Keep(badRequest("authorization_pending", pending))
	}
	c.o.devicesWaiting.Delete(c.Tx, d.Key)
	return &grant{user: d.User, scopes: d.Scopes, authTime: d.AuthTime, amr: d.AMR, family: c.id("oar"), kind: kind}, nil
}

// oauthDevice begins the flow of a device without a keyboard.
//
// https://datatracker.ietf.org/doc/html/rfc8628
func (o *Okta) oauthDevice(c *oauthCall) (any, error) {
	app, err := c.client()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(texts(dig(app.Doc, "settings", "oauthClient", "grant_types")), "urn:ietf:params:oauth:grant-type:device_code") {
		return nil, badRequest("unauthorized_client", "The client is not authorized to use the device authorization grant type.")
	}
	scopes, err := c.scopes(app, nil)
	if err != nil {
		return nil, err
	}
	const life = 10 * time.Minute
	d := DeviceCode{Key: c.Rand(36, idAlphabet), UserCode: c.Rand(8, "BCDFGHJKLMNPQRSTVWXZ"), Client: app.clientID(), Server: c.server.id, Scopes: scopes, Expires: c.Now.Add(life).UnixMilli()}
	o.devicesWaiting.Put(c.Tx, d)
	return obj{"device_code": c.World.Seal(d.Key), "user_code": d.UserCode, "verification_uri": c.link("/activate"), "verification_uri_complete": c.link("/activate?user_code=" + d.UserCode),
		"expires_in": int(life / time.Second), "interval": 5}, nil
}
