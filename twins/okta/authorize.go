package okta

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	htmltemplate "html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"twinset.dev/kit/twin"
)

// codeLife is for how long an authorization code is good, and pendingLife a page that somebody does not go on from.
const (
	codeLife    = 5 * time.Minute
	pendingLife = time.Hour
)

// oauthAuthorize is where an app sends a person to sign in.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/OrgAS/#tag/OrgAS/operation/authorize
func (o *Okta) oauthAuthorize(c *oauthCall) (any, error) {
	params := c.form
	if uri := params.Get("request_uri"); uri != "" {
		p, ok := o.pending.Get(c.Tx, c.World.Unseal(strings.TrimPrefix(uri, parPrefix)))
		if !ok || p.Expires < c.Now.UnixMilli() || p.Client != params.Get("client_id") {
			return c.problem(badRequest("invalid_request_uri", "The 'request_uri' is invalid or has expired."))
		}
		params, _ = url.ParseQuery(p.Query)
	}
	params, err := c.opened(params)
	if err != nil {
		return c.problem(err)
	}
	app, err := c.asked(params)
	if err != nil {
		return c.problem(err)
	}
	if err := c.sensible(app, params); err != nil {
		return c.back(params, url.Values{"error": {err.code}, "error_description": {err.description}}), nil
	}
	s, ok := c.browserSession()
	if token := params.Get("sessionToken"); token != "" {
		if s, ok = c.redeemSession(token); !ok {
			return c.back(params, url.Values{"error": {"login_required"}, "error_description": {"The session token is invalid or has expired."}}), nil
		}
	}
	if age, err := strconv.Atoi(params.Get("max_age")); err == nil && ok && c.Now.UnixMilli()-s.Created > int64(age)*1000 {
		ok = false
	}
	prompt := strings.Fields(params.Get("prompt"))
	switch {
	case !ok && slices.Contains(prompt, "none"):
		return c.back(params, url.Values{"error": {"login_required"}, "error_description": {"The client specified not to prompt, but the user is not logged in."}}), nil
	case !ok && params.Get("idp") != "":
		r, err := c.fetch(idpKind, "", params.Get("idp"))
		if err != nil || r.Status != "ACTIVE" {
			return c.back(params, url.Values{"error": {"invalid_request"}, "error_description": {"The 'idp' parameter is not an active identity provider."}}), nil
		}
		return c.goThrough(r, Pending{Client: app.clientID(), Server: c.server.id, Query: params.Encode()})
	case !ok || slices.Contains(prompt, "login"):
		return c.showSignIn(Pending{Client: app.clientID(), Server: c.server.id, Query: params.Encode()}, params.Get("login_hint"), "")
	}
	return c.allowed(app, params, s, false)
}

// opened are the parameters of a request, those that the app has signed in the place of those that anybody can write.
//
// https://developer.okta.com/docs/guides/implement-grant-type/authcode/main/
func (c *oauthCall) opened(params url.Values) (url.Values, *oauthError) {
	raw := params.Get("request")
	app, ok := c.clientCalled(params.Get("client_id"))
	if raw == "" || !ok {
		return params, nil
	}
	bad := func(why string) (url.Values, *oauthError) { return nil, badRequest("invalid_request_object", why) }
	algs := slices.Concat(withKeys, withSecrets)
	if set := text(dig(app.Doc, "settings", "oauthClient", "request_object_signing_alg")); set != "" {
		algs = []jose.SignatureAlgorithm{jose.SignatureAlgorithm(set)}
	}
	claims, parsed, verified := c.signedBy(app, raw, algs)
	exp, expires := claims["exp"].(float64)
	auds := append(texts(claims["aud"]), text(claims["aud"]))
	switch {
	case !parsed:
		return bad("The 'request' parameter is not a valid JWT, or it is signed with an algorithm that the client does not use.")
	case !verified:
		return bad("The signature of the 'request' parameter is invalid.")
	case text(claims["iss"]) != app.clientID() || claims["client_id"] != nil && claims["client_id"] != app.clientID():
		return bad("The 'iss' claim of the 'request' parameter must be the client ID.")
	case !slices.Contains(auds, c.server.issuer) && !slices.Contains(auds, c.server.base+"/v1/authorize"):
		return bad("The 'aud' claim of the 'request' parameter must be the authorization server.")
	case expires && int64(exp) < c.Now.Unix():
		return bad("The 'request' parameter has expired.")
	}
	out := url.Values{"client_id": {app.clientID()}}
	for k, v := range params {
		if k != "request" {
			out[k] = v
		}
	}
	for k, v := range claims {
		if s := inText(v); len(s) == 1 && !slices.Contains([]string{"iss", "aud", "exp", "iat", "nbf", "jti", "sub"}, k) {
			out.Set(k, s[0])
		}
	}
	return out, nil
}

// asked finds the app that a person is sent by. Whatever is wrong with it is told to the person: where to send them
// back to is not known.
func (c *oauthCall) asked(params url.Values) (App, *oauthError) {
	app, ok := c.clientCalled(params.Get("client_id"))
	if !ok || app.Status != "ACTIVE" {
		return app, badRequest("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	uri := params.Get("redirect_uri")
	uris := texts(dig(app.Doc, "settings", "oauthClient", "redirect_uris"))
	if uri == "" || !slices.Contains(uris, uri) {
		return app, badRequest("invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings: "+c.link("/admin/app/oidc_client/instance/"+app.ID+"#tab-general"))
	}
	return app, nil
}

// sensible checks what a request asks for, and how.
func (c *oauthCall) sensible(app App, params url.Values) *oauthError {
	kinds := strings.Fields(params.Get("response_type"))
	allowed, grants := texts(dig(app.Doc, "settings", "oauthClient", "response_types")), texts(dig(app.Doc, "settings", "oauthClient", "grant_types"))
	if len(kinds) == 0 {
		return badRequest("invalid_request", "The authentication request has an invalid 'response_type' parameter.")
	}
	for _, k := range kinds {
		need := "implicit"
		switch {
		case k == "code":
			need = "authorization_code"
		case k != "token" && k != "id_token":
			return badRequest("unsupported_response_type", "The response type is not supported by the authorization server.")
		}
		if !slices.Contains(allowed, k) {
			return badRequest("unsupported_response_type", "The response type is not supported by the authorization server. Configured response types: ["+strings.Join(allowed, ", ")+"]")
		}
		if !slices.Contains(grants, need) {
			return badRequest("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: ["+strings.Join(grants, ", ")+"].")
		}
	}
	return c.wellFormed(app, params)
}

// wellFormed checks the rest of a request.
func (c *oauthCall) wellFormed(app App, params url.Values) *oauthError {
	kinds := strings.Fields(params.Get("response_type"))
	if params.Get("state") == "" {
		return badRequest("invalid_request", "The authentication request has an invalid 'state' parameter.")
	}
	if slices.Contains(kinds, "id_token") && params.Get("nonce") == "" {
		return badRequest("invalid_request", "The authentication request has an invalid 'nonce' parameter.")
	}
	if mode := params.Get("response_mode"); mode != "" && !slices.Contains([]string{"query", "fragment", "form_post", "okta_post_message"}, mode) || mode == "query" && (len(kinds) > 1 || kinds[0] != "code") {
		return badRequest("invalid_request", "The response mode is not supported for the response type.")
	}
	if m := params.Get("code_challenge_method"); m != "" && m != "S256" {
		return badRequest("invalid_request", "The 'code_challenge_method' parameter must be S256.")
	}
	public := text(dig(app.Doc, "credentials", "oauthClient", "token_endpoint_auth_method")) == "none"
	if slices.Contains(kinds, "code") && params.Get("code_challenge") == "" && (public || truth(dig(app.Doc, "credentials", "oauthClient", "pkce_required"))) {
		return badRequest("invalid_request", "PKCE code challenge is required when the token endpoint authentication method is 'NONE'.")
	}
	if n := len(params.Get("code_challenge")); n != 0 && (n < 43 || n > 128) {
		return badRequest("invalid_request", "The 'code_challenge' parameter must be between 43 and 128 characters long.")
	}
	c.form = params
	if _, err := c.scopes(app, nil); err != nil {
		if oe, ok := err.(*oauthError); ok {
			return oe
		}
	}
	return nil
}

// allowed gives an app what a signed-in person lets it have.
func (c *oauthCall) allowed(app App, params url.Values, s Session, consented bool) (any, error) {
	u, ok := c.o.users.Get(c.Tx, s.User)
	if !ok {
		return c.showSignIn(Pending{Client: app.clientID(), Server: c.server.id, Query: params.Encode()}, "", "")
	}
	refuse := func(code, why string) (any, error) {
		return c.back(params, url.Values{"error": {code}, "error_description": {why}}), nil
	}
	if !c.assigned(app, u) {
		return refuse("access_denied", "User is not assigned to the client application.")
	}
	switch next, err := c.afterFirst(u, app); {
	case err != nil:
		return refuse("access_denied", errSignOnDenied.summary)
	case next == authSuccess || s.MFAVerified != 0:
	case slices.Contains(strings.Fields(params.Get("prompt")), "none"):
		return refuse("login_required", "The client specified not to prompt, but the user is not logged in.")
	default:
		return c.askFactor(Pending{Key: c.Rand(43, idAlphabet), Client: app.clientID(), Server: c.server.id, Query: params.Encode(), AMR: s.AMR, IDP: s.IDP, Expires: c.Now.Add(pendingLife).UnixMilli()}, u)
	}
	c.form = params
	scopes, err := c.scopes(app, &u)
	if err != nil {
		oe, _ := err.(*oauthError)
		return refuse(oe.code, oe.description)
	}
	ask := c.consentNeeded(app, u, scopes, slices.Contains(strings.Fields(params.Get("prompt")), "consent"))
	if len(ask) > 0 && !consented {
		if slices.Contains(strings.Fields(params.Get("prompt")), "none") {
			return refuse("consent_required", "The client specified not to prompt, but the client app requires consent.")
		}
		return c.askConsent(app, u, params, ask)
	}
	g := &grant{kind: grantOf(params), user: u.ID, scopes: scopes, nonce: params.Get("nonce"), authTime: s.Created / 1000, amr: s.AMR, session: s.ID, family: c.id("oar")}
	if _, err := c.policyFor(app, g); err != nil {
		return refuse("access_denied", "Policy evaluation failed for this request, please check the policy configurations.")
	}
	kinds := strings.Fields(params.Get("response_type"))
	out := url.Values{}
	code := ""
	if slices.Contains(kinds, "code") {
		k := Code{Key: c.Rand(43, idAlphabet), Client: app.clientID(), Server: c.server.id, User: u.ID, Scopes: scopes, Redirect: params.Get("redirect_uri"), Nonce: g.nonce, Challenge: params.Get("code_challenge"),
			AuthTime: g.authTime, AMR: g.amr, Session: s.ID, Family: g.family, Expires: c.Now.Add(codeLife).UnixMilli()}
		c.o.codes.Put(c.Tx, k)
		code = c.World.Seal(k.Key)
		out.Set("code", code)
	}
	access := ""
	if slices.Contains(kinds, "token") {
		life, _ := c.policyFor(app, g)
		if access, err = c.newAccessToken(app, g, &u, life.access); err != nil {
			return nil, err
		}
		out.Set("access_token", access)
		out.Set("token_type", "Bearer")
		out.Set("expires_in", strconv.Itoa(int(life.access/time.Second)))
		out.Set("scope", strings.Join(scopes, " "))
	}
	if slices.Contains(kinds, "id_token") {
		id, err := c.newIDToken(app, g, u, access, code)
		if err != nil {
			return nil, err
		}
		out.Set("id_token", id)
	}
	c.usedFor(s, app)
	c.logged("user.authentication.sso", "SUCCESS", u.target(), app.target())
	return c.back(params, out), nil
}

// grantOf is the type of the grant that a request asks for.
func grantOf(params url.Values) string {
	if slices.Contains(strings.Fields(params.Get("response_type")), "code") {
		return "authorization_code"
	}
	return "implicit"
}

// back sends a person back to the app, with the answer where the app wants it.
func (c *oauthCall) back(params, out url.Values) twin.Answer {
	out.Set("state", params.Get("state"))
	uri := params.Get("redirect_uri")
	mode := params.Get("response_mode")
	if mode == "" {
		mode = "query"
		if kinds := strings.Fields(params.Get("response_type")); len(kinds) > 1 || len(kinds) == 1 && kinds[0] != "code" {
			mode = "fragment"
		}
	}
	switch mode {
	case "form_post", "okta_post_message":
		return c.page(http.StatusOK, "answer", obj{"Mode": mode, "URI": uri, "Origin": originOf(uri), "Values": out})
	case "fragment":
		return c.redirect(uri + "#" + out.Encode())
	}
	return c.redirect(withQuery(uri, out))
}

func originOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (c *oauthCall) redirect(to string) twin.Answer {
	return twin.Answer{Status: http.StatusFound, Header: c.withCookie(http.Header{"Location": {to}})}
}

func (c *oauthCall) withCookie(h http.Header) http.Header {
	if c.cookie != "" {
		ck := http.Cookie{Name: sessionCookie, Value: c.cookie, Path: c.cookiePath(), HttpOnly: true, SameSite: http.SameSiteLaxMode}
		if c.cookie == "-" {
			ck.Value, ck.MaxAge = "", -1
		}
		h.Add("Set-Cookie", ck.String())
	}
	return h
}

// cookiePath keeps a session's cookie within its world.
func (c *call) cookiePath() string {
	if u, err := url.Parse(c.base); err == nil && u.Path != "" {
		return u.Path
	}
	return "/"
}

//go:embed ui/signin.html
var signinHTML string

// signinPages are read when somebody first signs in with a browser.
var signinPages = sync.OnceValue(func() *htmltemplate.Template {
	return htmltemplate.Must(htmltemplate.New("signin").Parse(signinHTML))
})

func (c *oauthCall) page(status int, name string, data obj) twin.Answer {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	data["Org"], data["Root"] = org.Name, strings.TrimSuffix(c.cookiePath(), "/")
	var b bytes.Buffer
	if err := signinPages().ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // the template is ours
	}
	h := http.Header{}
	if name != "answer" { // which an app may ask for in a frame that nobody sees
		h.Set("Content-Security-Policy", strings.Join(append([]string{"frame-ancestors 'self'"}, c.trustedFor("IFRAME_EMBED")...), " "))
	}
	return twin.Answer{Status: status, Type: "text/html; charset=utf-8", Body: b.Bytes(), Header: c.withCookie(h)}
}

// problem tells a person what is wrong with the request that they were sent with.
func (c *oauthCall) problem(err *oauthError) (any, error) {
	return c.page(http.StatusBadRequest, "problem", obj{"Code": err.code, "Description": err.description}), nil
}

const parPrefix = "urn:okta:"

// requested is what an app asks with that has said who it is, without how it said so.
func (c *oauthCall) requested(app App) url.Values {
	params := url.Values{}
	for k, v := range c.form {
		if !slices.Contains([]string{"client_secret", "client_assertion", "client_assertion_type", "request_uri"}, k) {
			params[k] = v
		}
	}
	params.Set("client_id", app.clientID())
	return params
}

// oauthPAR keeps a request that the app will send a person with.
//
// https://datatracker.ietf.org/doc/html/rfc9126
func (o *Okta) oauthPAR(c *oauthCall) (any, error) {
	app, err := c.client()
	if err != nil {
		return nil, err
	}
	params, refused := c.opened(c.requested(app))
	if refused != nil {
		return nil, refused
	}
	if _, err := c.asked(params); err != nil {
		return nil, err
	}
	if err := c.sensible(app, params); err != nil {
		return nil, err
	}
	p := Pending{Key: c.Rand(43, idAlphabet), Client: app.clientID(), Server: c.server.id, Query: params.Encode(), Expires: c.Now.Add(pendingLife).UnixMilli()}
	o.pending.Put(c.Tx, p)
	return twin.Answer{Status: http.StatusCreated, Type: "application/json", Body: encodeJSON(obj{"request_uri": parPrefix + c.World.Seal(p.Key), "expires_in": int(pendingLife / time.Second)})}, nil
}

// showSignIn shows the page on which a person says who they are. p is where they go on to.
func (c *oauthCall) showSignIn(p Pending, hint, wrong string) (any, error) {
	p.Key, p.Expires = c.Rand(43, idAlphabet), c.Now.Add(pendingLife).UnixMilli()
	p.Form = c.Rand(24, idAlphabet)
	c.o.pending.Put(c.Tx, p)
	label := ""
	if app, ok := c.clientCalled(p.Client); ok {
		label = app.Label
	}
	through := []obj{}
	for _, r := range c.routed() {
		through = append(through, obj{"Name": r.Name, "To": c.link("/sso/idps/" + r.ID + "?" + url.Values{"stateToken": {c.World.Seal(p.Key)}, "form": {p.Form}}.Encode())})
	}
	return c.page(http.StatusOK, "password", obj{"State": c.World.Seal(p.Key), "Form": p.Form, "Hint": hint, "Wrong": wrong, "App": label, "Through": through}), nil
}

func (c *oauthCall) askConsent(app App, u User, params url.Values, scopes []string) (any, error) {
	p := Pending{Key: c.Rand(43, idAlphabet), Client: app.clientID(), Server: c.server.id, Query: params.Encode(), User: u.ID, Form: c.Rand(24, idAlphabet), Expires: c.Now.Add(pendingLife).UnixMilli()}
	c.o.pending.Put(c.Tx, p)
	return c.page(http.StatusOK, "consent", obj{"State": c.World.Seal(p.Key), "Form": p.Form, "App": app.Label, "User": u.login(), "Scopes": c.scopesInWords(scopes)}), nil
}

// signinRoutes are the pages that a person goes through, each a form of its own.
func (o *Okta) signinRoutes() {
	o.pageRoute("GET", "/login/login.htm", "signin.page", func(c *oauthCall) (any, error) {
		return c.showSignIn(Pending{To: c.fromURI()}, c.form.Get("username"), "")
	})
	o.pageRoute("POST", "/login/password", "signin.password", o.signinPassword)
	o.pageRoute("POST", "/login/code", "signin.code", o.signinCode)
	o.pageRoute("POST", "/login/consent", "signin.consent", o.signinConsent)
	o.pageRoute("GET", "/login/signout", "signin.signout", func(c *oauthCall) (any, error) {
		if s, ok := c.browserSession(); ok {
			c.endSession(s)
		}
		c.cookie = "-"
		return c.redirect(c.link("/login/login.htm")), nil
	})
	o.pageRoute("GET", "/login/sessionCookieRedirect", "signin.cookie", func(c *oauthCall) (any, error) {
		s, ok := c.redeemSession(c.form.Get("token"))
		to := c.form.Get("redirectUrl")
		if !ok || !c.trusted(to) {
			return c.redirect(c.link("/login/login.htm")), nil
		}
		c.cookie = c.World.Seal(s.Secret)
		return c.redirect(to), nil
	})
	o.pageRoute("GET", "/activate", "signin.activate", func(c *oauthCall) (any, error) {
		s, ok := c.browserSession()
		if !ok {
			return c.showSignIn(Pending{To: c.link("/activate?user_code=" + url.QueryEscape(c.form.Get("user_code")))}, "", "")
		}
		return c.page(http.StatusOK, "device", obj{"UserCode": c.form.Get("user_code"), "Form": formOf(s)}), nil
	})
	o.pageRoute("POST", "/activate", "signin.activate.answer", o.signinDevice)
}

// pageRoute serves a page that a person sees.
func (o *Okta) pageRoute(method, path, id string, serve func(*oauthCall) (any, error)) {
	op := &operation{open: true}
	op.ID, op.Method, op.Path = id, method, path
	o.oauthRoute(op, serve).Notes = "a page that a person sees"
}

// formOf is what the forms of a session hold, so that nobody else can send them.
func formOf(s Session) string {
	sum := sha256.Sum256([]byte("form " + s.Secret))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// fromURI is where a person goes on to after signing in: a page of this org.
func (c *oauthCall) fromURI() string {
	if to := c.form.Get("fromURI"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
		return c.link(to)
	}
	return c.link("/app/UserHome")
}

// waiting is the request that a form goes on with.
func (c *oauthCall) waiting() (Pending, bool) {
	p, ok := c.o.pending.Get(c.Tx, c.World.Unseal(c.form.Get("stateToken")))
	if !ok || p.Expires < c.Now.UnixMilli() || subtle.ConstantTimeCompare([]byte(p.Form), []byte(c.form.Get("form"))) != 1 {
		return p, false
	}
	return p, true
}

// signinPassword takes a name and a password.
func (o *Okta) signinPassword(c *oauthCall) (any, error) {
	p, ok := c.waiting()
	if !ok {
		return c.problem(badRequest("session_expired", "You have been signed out due to inactivity. Go back to the app and sign in again."))
	}
	name := c.form.Get("username")
	u, ok, err := c.checkPassword(name, c.form.Get("password"))
	if err != nil {
		return nil, err
	}
	if !ok {
		o.pending.Delete(c.Tx, p.Key)
		return c.showSignIn(p, name, "Unable to sign in")
	}
	if u.Status == statusExpired {
		o.pending.Delete(c.Tx, p.Key)
		return c.newPasswordPage(c.oneTime("expired", u, pendingLife).Token, "")
	}
	return c.passedFirst(p, u, []string{"pwd"})
}

// passedFirst goes on with somebody who has proven themselves in one way: with what the policies want beside it.
func (c *oauthCall) passedFirst(p Pending, u User, amr []string) (any, error) {
	app, _ := c.clientCalled(p.Client)
	next, err := c.afterFirst(u, app)
	switch {
	case err != nil:
		c.o.pending.Delete(c.Tx, p.Key)
		return c.showSignIn(p, u.login(), errSignOnDenied.summary)
	case next == authSuccess:
		return c.welcome(p, u, amr)
	}
	p.AMR = amr
	return c.askFactor(p, u)
}

// askFactor asks somebody for the factor that they can prove on a page, or has them set up a generator of codes.
func (c *oauthCall) askFactor(p Pending, u User) (any, error) {
	var f Factor
	for _, kind := range []string{"token:software:totp", "push", "sms", "call", "email", "token:hardware", "question"} {
		for _, has := range c.factorsOf(u) {
			if f.ID == "" && has.Status == factorActive && has.Type == kind {
				f = has
			}
		}
	}
	if f.ID == "" {
		var err error
		if f, err = c.enroll(u, obj{"factorType": "token:software:totp", "provider": "GOOGLE"}); err != nil {
			return nil, err
		}
	} else {
		c.challenge(u, &f)
	}
	p.User, p.Form, p.Factor = u.ID, c.Rand(24, idAlphabet), f.ID
	c.o.pending.Put(c.Tx, p)
	return c.factorPage(p, u, f, ""), nil
}

// factorPage asks for the proof of a factor.
func (c *oauthCall) factorPage(p Pending, u User, f Factor, wrong string) twin.Answer {
	data := obj{"State": c.World.Seal(p.Key), "Form": p.Form, "User": u.login(), "Wrong": wrong, "Factor": f.authenticator()[2], "Type": f.Type}
	if f.Type == "question" {
		data["Question"] = f.Profile["questionText"]
	}
	if f.Status == factorPending {
		data["Secret"] = f.Secret
	}
	return c.page(http.StatusOK, "code", data)
}

// signinCode takes the proof of a second factor.
func (o *Okta) signinCode(c *oauthCall) (any, error) {
	p, ok := c.waiting()
	if !ok || p.User == "" {
		return c.problem(badRequest("session_expired", "You have been signed out due to inactivity. Go back to the app and sign in again."))
	}
	u, _ := o.users.Get(c.Tx, p.User)
	f, _ := o.factors.Get(c.Tx, u.ID+"/"+p.Factor)
	sent := strings.TrimSpace(c.form.Get("code"))
	proof, wrong := obj{"passCode": sent, "answer": sent}, "Invalid code. Try again."
	if f.Type == "push" {
		wrong = map[string]string{"REJECTED": "You have chosen to reject this login.", "TIMEOUT": "Your push notification has expired."}[f.pushed(c.Now)]
	}
	prove := c.answered
	if f.Status == factorPending {
		prove = c.activates
	}
	if err := prove(u, &f, proof); err != nil {
		return c.factorPage(p, u, f, wrong), nil
	}
	return c.welcome(p, u, append([]string{"mfa", amrOf(f)}, p.AMR...))
}

// welcome opens a session, and goes on with what the person came for.
func (c *oauthCall) welcome(p Pending, u User, amr []string) (any, error) {
	c.o.pending.Delete(c.Tx, p.Key)
	c.who.user = u
	s := c.signIn(u, amr)
	s.IDP = p.IDP
	c.o.sessions.Put(c.Tx, s)
	c.cookie = c.World.Seal(s.Secret)
	switch {
	case p.Interaction != "":
		return c.interactionDone(p, u, s)
	case p.Client == "":
		return c.redirect(p.To), nil
	}
	app, ok := c.clientCalled(p.Client)
	if !ok {
		return c.problem(badRequest("invalid_client", "Invalid value for 'client_id' parameter."))
	}
	var err error
	if c.server, err = c.findServer(p.Server); err != nil {
		return nil, err
	}
	params, _ := url.ParseQuery(p.Query)
	params.Del("prompt")
	return c.allowed(app, params, s, false)
}

// signinConsent takes what a person says to what an app asks for.
func (o *Okta) signinConsent(c *oauthCall) (any, error) {
	p, ok := c.waiting()
	s, in := c.browserSession()
	if !ok || !in || s.User != p.User {
		return c.problem(badRequest("session_expired", "You have been signed out due to inactivity. Go back to the app and sign in again."))
	}
	o.pending.Delete(c.Tx, p.Key)
	app, _ := c.clientCalled(p.Client)
	params, _ := url.ParseQuery(p.Query)
	var err error
	answer := c.form.Get("answer")
	if c.server, err = c.findServer(p.Server); err != nil {
		return nil, err
	}
	if answer != "allow" {
		return c.back(params, url.Values{"error": {"access_denied"}, "error_description": {"The resource owner denied the request."}}), nil
	}
	c.form = params
	u, _ := o.users.Get(c.Tx, s.User)
	scopes, err := c.scopes(app, &u)
	if err != nil {
		return nil, err
	}
	c.consent(app, u, c.consentNeeded(app, u, scopes, false))
	return c.allowed(app, params, s, true)
}

// signinDevice lets a device in, or not.
func (o *Okta) signinDevice(c *oauthCall) (any, error) {
	s, ok := c.browserSession()
	if !ok || subtle.ConstantTimeCompare([]byte(formOf(s)), []byte(c.form.Get("form"))) != 1 {
		return c.problem(badRequest("session_expired", "You have been signed out due to inactivity."))
	}
	code := strings.ToUpper(strings.ReplaceAll(c.form.Get("user_code"), "-", ""))
	for d := range o.devicesByCode.All(c.Tx, code) {
		if d.Expires > c.Now.UnixMilli() && d.User == "" && !d.Denied {
			d.Denied = c.form.Get("answer") != "allow"
			if !d.Denied {
				d.User, d.AuthTime, d.AMR = s.User, s.Created/1000, s.AMR
			}
			o.devicesWaiting.Put(c.Tx, d)
			return c.page(http.StatusOK, "deviceDone", obj{"Denied": d.Denied}), nil
		}
	}
	return c.page(http.StatusOK, "device", obj{"UserCode": c.form.Get("user_code"), "Form": formOf(s), "Wrong": "Invalid code. Try again."}), nil
}
