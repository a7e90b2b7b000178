package identity

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/labstack/echo/v4"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// A refusal is what the endpoints of OAuth answer instead.
//
// https://developers.google.com/identity/protocols/oauth2/web-server#errors
type refusal struct {
	status      int
	code        string
	description string
}

func (e *refusal) Error() string { return e.code }

func badRequest(code, description string) *refusal {
	return &refusal{http.StatusBadRequest, code, description}
}

func missing(parameter string) *refusal {
	return badRequest("invalid_request", "Missing required parameter: "+parameter)
}

var (
	errClientUnknown  = &refusal{http.StatusUnauthorized, "invalid_client", "The OAuth client was not found."}
	errClientSecret   = &refusal{http.StatusUnauthorized, "invalid_client", "The provided client secret is invalid."}
	errClientKind     = &refusal{http.StatusUnauthorized, "invalid_client", "Invalid client type."}
	errNoClient       = badRequest("invalid_request", "Could not determine client ID from request.")
	errNoSecret       = badRequest("invalid_request", "client_secret is missing.")
	errGrant          = badRequest("invalid_grant", "Bad Request")
	errCode           = badRequest("invalid_grant", "Malformed auth code.")
	errRedirect       = badRequest("redirect_uri_mismatch", "Bad Request")
	errNoVerifier     = badRequest("invalid_grant", "Missing code verifier.")
	errVerifier       = badRequest("invalid_grant", "Invalid code verifier.")
	errVerifierUnused = badRequest("invalid_grant", "code_verifier or verifier is not needed.")
	errRevoked        = badRequest("invalid_grant", "Token has been expired or revoked.")
	errScopeWider     = badRequest("invalid_scope", "Bad Request")

	errJWT         = badRequest("invalid_grant", "Invalid JWT: malformed assertion.")
	errJWTAccount  = badRequest("invalid_grant", "Invalid grant: account not found")
	errJWTSigned   = badRequest("invalid_grant", "Invalid JWT Signature.")
	errJWTAudience = badRequest("invalid_grant", "Invalid JWT: Failed audience check.")
	errJWTTime     = badRequest("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.")
	errJWTScope    = badRequest("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
	errJWTSubject  = badRequest("invalid_grant", "Invalid email or User ID")
	errJWTClient   = &refusal{http.StatusUnauthorized, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."}

	errPending       = &refusal{http.StatusPreconditionRequired, "authorization_pending", "Precondition Required"}
	errSlowDown      = &refusal{http.StatusForbidden, "slow_down", "Forbidden"}
	errDenied        = &refusal{http.StatusForbidden, "access_denied", "Forbidden"}
	errDeviceExpired = badRequest("expired_token", "The device code has expired.")

	errTokenGone  = badRequest("invalid_token", "Token expired or revoked")
	errTokenValue = badRequest("invalid_token", "Invalid Value")
)

// A flow is a request to one of the endpoints of OAuth, as one transaction.
type flow struct {
	*twin.Call
	i    *Identity
	req  *http.Request
	form url.Values // the query, and the form if there is one
	root string     // what addresses within the twin begin with
}

// endpoint serves a path. What serve answers is written as JSON, unless it is a twin.Answer.
func (i *Identity) endpoint(method, path, id string, serve func(*flow) (any, error)) {
	op := i.Operation(&twin.Operation{ID: id, Method: method, Path: path, Level: twin.Full})
	i.Echo.Add(method, path, func(ec echo.Context) error {
		req := ec.Request()
		req.Body = http.MaxBytesReader(ec.Response(), req.Body, 1<<20)
		err := req.ParseForm()
		return i.Serve(ec, op, sealedIn(req), func(r *twin.Request) (a twin.Answer, _ error) {
			if err != nil {
				return answered(nil, badRequest("invalid_request", "Bad Request"))
			}
			var out any
			err := r.Update(func(c *twin.Call) (err error) {
				f := &flow{Call: c, i: i, req: req, form: req.Form}
				if f.root = "/w/" + c.World.Name(); c.World.Name() == twin.DefaultWorld {
					f.root = ""
				}
				out, err = serve(f)
				return err
			})
			return answered(out, err)
		})
	})
}

// sealedIn is the part of a request that says which world it is for.
func sealedIn(r *http.Request) string {
	for _, name := range []string{"code", "refresh_token", "device_code", "token", "access_token", "client_secret"} {
		if v := r.Form.Get(name); v != "" {
			return v
		}
	}
	if t, err := jose.ParseSignedCompact(r.Form.Get("assertion"), []jose.SignatureAlgorithm{jose.RS256}); err == nil {
		return t.Signatures[0].Header.KeyID
	}
	if _, secret, ok := r.BasicAuth(); ok {
		return secret
	}
	if token, _ := Credential(r); token != "" {
		return token
	}
	if c, err := r.Cookie(SessionCookie); err == nil {
		return c.Value
	}
	return ""
}

func answered(out any, err error) (twin.Answer, error) {
	a, whole := out.(twin.Answer)
	if !whole {
		a = twin.Answer{Type: "application/json; charset=utf-8", Header: http.Header{"Cache-Control": {"no-cache, no-store, max-age=0, must-revalidate"}, "Pragma": {"no-cache"}, "Vary": {"Origin, X-Origin, Referer"}, "X-Content-Type-Options": {"nosniff"}}}
	}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		a.Status, a.Error = refused.status, refused.code
		out = struct {
			Error       string `json:"error"`
			Description string `json:"error_description,omitempty"`
		}{refused.code, refused.description}
		if refused.status == http.StatusUnauthorized {
			a.Header.Set("Www-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
		}
	} else if err != nil || whole {
		return a, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(out)
	a.Body = b.Bytes()
	return a, err
}

// oauthRoutes are where clients get their tokens. At Google they are on three hosts; here they are all on one.
//
// https://developers.google.com/identity/protocols/oauth2
func (i *Identity) oauthRoutes() {
	i.endpoint(http.MethodPost, "/token", "oauth2.token", (*flow).token)
	i.endpoint(http.MethodPost, "/o/oauth2/token", "oauth2.tokenOlder", (*flow).token)
	i.endpoint(http.MethodPost, "/oauth2/v4/token", "oauth2.tokenV4", (*flow).token)
	i.endpoint(http.MethodPost, "/revoke", "oauth2.revoke", (*flow).revoke)
	i.endpoint(http.MethodPost, "/o/oauth2/revoke", "oauth2.revokeOlder", (*flow).revoke)
	i.endpoint(http.MethodGet, "/o/oauth2/revoke", "oauth2.revokeByGet", (*flow).revoke)
	i.endpoint(http.MethodPost, "/device/code", "oauth2.deviceCode", (*flow).deviceCode)
	i.endpoint(http.MethodPost, "/o/oauth2/device/code", "oauth2.deviceCodeOlder", (*flow).deviceCode)
}

// tokenPaths are where a service account may say that its assertion is for.
var tokenPaths = []string{"/token", "/o/oauth2/token", "/oauth2/v4/token"}

// tokens is what the token endpoint answers.
type tokens struct {
	Access  string `json:"access_token,omitempty"`
	Expires int    `json:"expires_in,omitempty"`
	Refresh string `json:"refresh_token,omitempty"`
	Scope   string `json:"scope,omitempty"`
	Type    string `json:"token_type,omitempty"`
	ID      string `json:"id_token,omitempty"`
}

// token exchanges what a client has for tokens.
func (f *flow) token() (any, error) {
	switch grant := f.form.Get("grant_type"); grant {
	case "":
		return nil, badRequest("invalid_request", "Required parameter is missing: grant_type")
	case "authorization_code":
		return f.exchange()
	case "refresh_token":
		return f.refresh()
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		return f.assertion()
	case "urn:ietf:params:oauth:grant-type:device_code", "http://oauth.net/grant_type/device/1.0":
		return f.poll()
	default:
		return nil, badRequest("unsupported_grant_type", "Invalid grant_type: "+grant)
	}
}

// client is the app that asks, which has shown its secret.
func (f *flow) client() (Client, error) {
	id, secret := f.form.Get("client_id"), f.form.Get("client_secret")
	if user, password, ok := f.req.BasicAuth(); ok {
		id, secret = user, password
		if s, err := url.QueryUnescape(id); err == nil {
			id = s
		}
	}
	cl, ok := f.i.Clients.Get(f.Tx, id)
	switch {
	case id == "":
		return cl, errNoClient
	case !ok:
		return cl, errClientUnknown
	case secret == "":
		return cl, errNoSecret
	case subtle.ConstantTimeCompare([]byte(cl.Secret), []byte(f.World.Unseal(secret))) != 1:
		return cl, errClientSecret
	}
	return cl, nil
}

// exchange redeems a code, which is good once.
//
// https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code
func (f *flow) exchange() (any, error) {
	cl, err := f.client()
	if err != nil {
		return nil, err
	}
	given, verifier := f.form.Get("code"), f.form.Get("code_verifier")
	code, ok := f.i.codes.Get(f.Tx, f.World.Unseal(given))
	switch {
	case given == "":
		return nil, missing("code")
	case !strings.HasPrefix(given, "4/"):
		return nil, errCode
	case !ok, code.Client != cl.ID, code.Expires <= f.Now.Unix():
		return nil, errGrant
	case f.form.Get("redirect_uri") != code.Redirect:
		return nil, errRedirect
	case code.Challenge == "" && verifier != "":
		return nil, errVerifierUnused
	case code.Challenge != "" && verifier == "":
		return nil, errNoVerifier
	case code.Challenge != "" && !proves(code.Method, code.Challenge, verifier):
		return nil, errVerifier
	}
	f.i.codes.Delete(f.Tx, code.Secret)
	return f.grant(code.Token, code.Nonce)
}

func proves(method, challenge, verifier string) bool {
	if method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		verifier = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return subtle.ConstantTimeCompare([]byte(challenge), []byte(verifier)) == 1
}

// grant mints the tokens of a consent.
func (f *flow) grant(t Token, nonce string) (any, error) {
	u, ok := f.i.Users.Get(f.Tx, t.User)
	if !ok || u.Suspended {
		return nil, errGrant
	}
	out := tokens{Access: f.i.Mint(f.Call, t), Expires: lives, Scope: strings.Join(t.Scopes, " "), Type: "Bearer"}
	if t.Offline {
		out.Refresh = f.i.mintRefresh(f.Call, t)
	}
	var err error
	if slices.Contains(t.Scopes, scopeOpenID) {
		out.ID, err = f.idToken(u, t, nonce, out.Access)
	}
	return out, err
}

// lives is for how many seconds an access token is said to be good when it is handed out.
const lives = int(accessLives/time.Second) - 1

// refresh mints an access token, of the same scopes or of fewer.
//
// https://developers.google.com/identity/protocols/oauth2/web-server#offline
func (f *flow) refresh() (any, error) {
	cl, err := f.client()
	if err != nil {
		return nil, err
	}
	given := f.form.Get("refresh_token")
	t, ok := f.i.Refresh.Get(f.Tx, f.World.Unseal(given))
	u, known := f.i.Users.Get(f.Tx, t.User)
	switch {
	case given == "":
		return nil, missing("refresh_token")
	case !strings.HasPrefix(given, "1//"):
		return nil, errGrant
	case !ok, !known, u.Suspended:
		return nil, errRevoked
	case t.Client != cl.ID:
		return nil, &refusal{http.StatusUnauthorized, "unauthorized_client", "Unauthorized"}
	}
	if asked := strings.Fields(f.form.Get("scope")); len(asked) > 0 {
		asked = canonical(asked)
		if !within(asked, t.Scopes) {
			return nil, errScopeWider
		}
		t.Scopes = asked
	}
	out := tokens{Access: f.i.Mint(f.Call, t), Expires: lives, Scope: strings.Join(t.Scopes, " "), Type: "Bearer"}
	if slices.Contains(t.Scopes, scopeOpenID) {
		out.ID, err = f.idToken(u, t, "", out.Access)
	}
	return out, err
}

// assertion lets a service account in, which has signed who it is, or anybody of the domain in whose name it may act.
//
// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
func (f *flow) assertion() (any, error) {
	given := f.form.Get("assertion")
	if given == "" {
		return nil, missing("assertion")
	}
	signed, err := jose.ParseSignedCompact(given, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, errJWT
	}
	var claims struct {
		Iss, Scope, Aud, Sub, Prn string
		Iat, Exp                  float64
		Target                    string `json:"target_audience"`
	}
	if json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &claims) != nil {
		return nil, errJWT
	}
	robot, ok := f.i.ByEmail(f.Tx, claims.Iss)
	if !ok || !robot.Robot {
		return nil, errJWTAccount
	}
	if kid := signed.Signatures[0].Header.KeyID; kid != "" && f.World.Unseal(kid) != robot.Key {
		return nil, errJWTSigned
	} else if _, err := signed.Verify(&f.i.key().PublicKey); err != nil || kid == "" && f.World.Name() != twin.DefaultWorld {
		return nil, errJWTSigned
	}
	now, scopes := float64(f.Now.Unix()), canonical(strings.Fields(claims.Scope))
	switch {
	case !f.forUs(claims.Aud):
		return nil, errJWTAudience
	case claims.Exp <= now, claims.Iat > now+skew, claims.Exp-claims.Iat > accessLives.Seconds(), claims.Exp <= claims.Iat:
		return nil, errJWTTime
	case claims.Target != "":
		id, err := f.signed(map[string]any{"aud": claims.Target, "azp": robot.Email, "email": robot.Email, "email_verified": true, "exp": f.Now.Add(accessLives).Unix(), "iat": f.Now.Unix(), "iss": f.i.URL(f.Call), "sub": robot.Sub})
		return tokens{ID: id}, err
	case len(scopes) == 0 || slices.ContainsFunc(scopes, unknownScope):
		return nil, errJWTScope
	}
	who := robot
	if claims.Sub == "" {
		claims.Sub = claims.Prn
	}
	if claims.Sub != "" && !strings.EqualFold(claims.Sub, robot.Email) {
		switch who, ok = f.i.ByEmail(f.Tx, claims.Sub); {
		case !ok || who.Suspended:
			return nil, errJWTSubject
		case who.Domain == "" || !within(scopes, robot.Delegated):
			return nil, errJWTClient
		}
	}
	access := f.i.Mint(f.Call, Token{User: who.ID, Client: robot.Email, Scopes: scopes})
	return tokens{Access: access, Expires: lives, Type: "Bearer"}, nil
}

// skew is by how many seconds clocks may differ.
const skew = 300

// forUs reports whether an audience is the token endpoint, by the twin's address or by Google's.
func (f *flow) forUs(audience string) bool {
	if slices.Contains([]string{"https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token", "https://www.googleapis.com/oauth2/v3/token"}, audience) {
		return true
	}
	u, err := url.Parse(audience)
	if err != nil || u.Host != f.req.Host && !strings.HasPrefix(audience, f.World.Host.BaseURL+"/") {
		return false
	}
	return slices.ContainsFunc(tokenPaths, func(p string) bool { return u.Path == p || u.Path == "/w/"+f.World.Name()+p })
}

// deviceLives is how long somebody has to let a device in, and devicePause how long it has to wait between questions.
const (
	deviceLives = 30 * time.Minute
	devicePause = 5 * time.Second
)

// deviceCode begins to let in a device that has no browser.
//
// https://developers.google.com/identity/protocols/oauth2/limited-input-device
func (f *flow) deviceCode() (any, error) {
	cl, ok := f.i.Clients.Get(f.Tx, f.form.Get("client_id"))
	scopes := canonical(strings.Fields(f.form.Get("scope")))
	switch {
	case f.form.Get("client_id") == "":
		return nil, missing("client_id")
	case !ok:
		return nil, errClientUnknown
	case cl.Kind != "device":
		return nil, errClientKind
	case len(scopes) == 0:
		return nil, missing("scope")
	case !within(scopes, deviceScopes):
		return nil, badRequest("invalid_scope", "Invalid device flow scope: "+f.form.Get("scope"))
	}
	letters := f.Rand(8, "BCDFGHJKLMNPQRSTVWXZ")
	d := Device{Secret: f.World.Unseal(f.World.Seal("AH-1Ng" + f.Rand(94, secretAlphabet))), UserCode: letters[:4] + "-" + letters[4:], Client: cl.ID, Scopes: scopes, Expires: f.Now.Add(deviceLives).Unix()}
	f.i.devices.Put(f.Tx, d)
	return struct {
		Device   string `json:"device_code"`
		User     string `json:"user_code"`
		Expires  int    `json:"expires_in"`
		Interval int    `json:"interval"`
		URL      string `json:"verification_url"`
	}{f.World.Reveal(d.Secret), d.UserCode, int(deviceLives / time.Second), int(devicePause / time.Second), f.i.URL(f.Call) + "/device"}, nil
}

// poll answers a device that asks whether somebody has let it in. That it asks too often is remembered.
func (f *flow) poll() (any, error) {
	cl, err := f.client()
	if err != nil {
		return nil, err
	}
	given := f.form.Get("device_code")
	if given == "" {
		given = f.form.Get("code")
	}
	d, ok := f.i.devices.Get(f.Tx, f.World.Unseal(given))
	now := f.Now.UnixMilli()
	switch {
	case given == "":
		return nil, missing("device_code")
	case !ok || d.Client != cl.ID:
		return nil, errCode
	case d.Expires <= f.Now.Unix():
		return nil, errDeviceExpired
	case d.Denied:
		return nil, errDenied
	case d.User == "":
		refused := errPending
		if now-d.Asked < devicePause.Milliseconds() {
			refused = errSlowDown
		}
		d.Asked = now
		f.i.devices.Put(f.Tx, d)
		return nil, twin.Keep(refused)
	}
	f.i.devices.Delete(f.Tx, d.Secret)
	return f.grant(Token{User: d.User, Client: d.Client, Scopes: d.Scopes, Offline: true}, "")
}

// revoke ends what somebody has let a client do, by any token that came of it.
//
// https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
func (f *flow) revoke() (any, error) {
	given := f.form.Get("token")
	if given == "" {
		return nil, missing("token")
	}
	key := f.World.Unseal(given)
	t, ok := f.i.Refresh.Get(f.Tx, key)
	if !ok {
		t, ok = f.i.Access.Get(f.Tx, key)
		ok = ok && (t.Expires == 0 || t.Expires > f.Now.Unix())
	}
	if !ok {
		return nil, errTokenGone
	}
	f.i.Forget(f.Tx, t.User, t.Client)
	return struct{}{}, nil
}

// Forget ends all that somebody has let a client do.
func (i *Identity) Forget(tx *store.Tx, user, client string) {
	holder := user + "/" + client
	for _, t := range slices.Collect(i.accessOf.All(tx, holder)) {
		i.Access.Delete(tx, t.Secret)
	}
	for _, t := range slices.Collect(i.refreshOf.All(tx, holder)) {
		i.Refresh.Delete(tx, t.Secret)
	}
	i.consents.Delete(tx, holder)
}

// mac is what only the twin can write for a purpose, and check again.
func (f *flow) mac(purpose, of string) string {
	m := hmac.New(sha256.New, f.World.Key("google "+purpose))
	m.Write([]byte(of))
	return hex.EncodeToString(m.Sum(nil)[:16])
}
