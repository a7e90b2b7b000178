package okta

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"twinset.dev/conformance/internal/lab"
)

// A party is an app as its authorization server knows it.
type party struct {
	e          *env
	server     string // the path of the server
	id, secret string
	lastDPoP   string // the nonce that the server gave last
	proves     func(method, url, nonce, access string) string
}

// party makes an app that everybody has, which may use some grant types at the default server.
func (e *env) party(grants ...string) *party {
	e.t.Helper()
	types, uris := []any{}, []any{callback}
	for _, g := range grants {
		types = append(types, g)
	}
	id, secret := e.app(map[string]any{"application_type": "web", "redirect_uris": uris, "post_logout_redirect_uris": uris, "response_types": []any{"code", "token", "id_token"}, "grant_types": types,
		"refresh_token": map[string]any{"rotation_type": "ROTATE", "leeway": 0}}, "client_secret_post")
	return &party{e: e, server: "/oauth2/default", id: id, secret: secret}
}

// post calls an endpoint of the server as the app.
func (c *party) post(path string, form url.Values) (int, map[string]any) {
	c.e.t.Helper()
	form.Set("client_id", c.id)
	form.Set("client_secret", c.secret)
	at := c.e.url + c.server + path
	req, err := http.NewRequest("POST", at, strings.NewReader(form.Encode()))
	must(c.e.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.proves != nil {
		req.Header.Set("DPoP", c.proves("POST", at, c.lastDPoP, ""))
	}
	res, err := http.DefaultClient.Do(req)
	must(c.e.t, err)
	defer res.Body.Close()
	if n := res.Header.Get("DPoP-Nonce"); n != "" {
		c.lastDPoP = n
	}
	out := map[string]any{}
	json.NewDecoder(res.Body).Decode(&out)
	return res.StatusCode, out
}

// token asks for tokens, and refuses the test unless the answer is the error that is wanted, none if "".
func (c *party) token(wanted string, form url.Values) map[string]any {
	c.e.t.Helper()
	status, out := c.post("/v1/token", form)
	if got, _ := out["error"].(string); got != wanted || (status == 200) != (wanted == "") {
		c.e.t.Fatalf("%v: %d %v, want %q", form, status, out, wanted)
	}
	return out
}

// authorize is where the app sends people.
func (c *party) authorize(more url.Values) string {
	q := url.Values{"client_id": {c.id}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s"}, "nonce": {"n"}}
	for k, v := range more {
		q[k] = v
	}
	return c.e.url + c.server + "/v1/authorize?" + q.Encode()
}

// code is one that the app is given for somebody who signs in.
func (c *party) code(more url.Values) url.Values {
	c.e.t.Helper()
	return url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {c.e.signIn(c.authorize(more)).Get("code")}}
}

// userinfo is what the server says of who an access token is for.
func (c *party) userinfo(access any) int {
	c.e.t.Helper()
	req, err := http.NewRequest("GET", c.e.url+c.server+"/v1/userinfo", nil)
	must(c.e.t, err)
	req.Header.Set("Authorization", fmt.Sprint("Bearer ", access))
	res, err := http.DefaultClient.Do(req)
	must(c.e.t, err)
	res.Body.Close()
	return res.StatusCode
}

func (c *party) verify(raw any) map[string]any {
	c.e.t.Helper()
	p, err := oidc.NewProvider(c.e.t.Context(), strings.TrimSuffix(c.e.url+c.server, "/oauth2"))
	must(c.e.t, err)
	id, err := p.Verifier(&oidc.Config{ClientID: c.id}).Verify(c.e.t.Context(), fmt.Sprint(raw))
	must(c.e.t, err)
	claims := map[string]any{}
	must(c.e.t, id.Claims(&claims))
	return claims
}

// TestImplicitAndHybrid gets tokens on the way back, in each place where an app may want them.
func TestImplicitAndHybrid(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code", "implicit")
	back := e.signIn(c.authorize(url.Values{"response_type": {"token id_token"}}))
	claims := c.verify(back.Get("id_token"))
	want(t, "nonce", claims["nonce"], any("n"))
	sum := sha256.Sum256([]byte(back.Get("access_token")))
	want(t, "hash of the access token", claims["at_hash"], any(base64.RawURLEncoding.EncodeToString(sum[:16])))
	want(t, "what the token opens", c.userinfo(back.Get("access_token")), 200)
	want(t, "code", back.Get("code"), "")
	back = e.signIn(c.authorize(url.Values{"response_type": {"code id_token"}}))
	sum = sha256.Sum256([]byte(back.Get("code")))
	want(t, "hash of the code", c.verify(back.Get("id_token"))["c_hash"], any(base64.RawURLEncoding.EncodeToString(sum[:16])))
	want(t, "tokens for the code", c.userinfo(c.token("", url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {back.Get("code")}})["access_token"]), 200)

	for mode, sign := range map[string]string{"form_post": `name="code"`, "okta_post_message": "postMessage"} {
		b := newBrowser(t)
		page, _ := b.open(c.authorize(url.Values{"response_mode": {mode}}))
		page, _ = b.fill(e.url, page, url.Values{"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
		if !strings.Contains(page, sign) || b.last != nil {
			t.Fatalf("%s: %s", mode, page)
		}
	}
	b := newBrowser(t)
	b.open(c.authorize(url.Values{"response_type": {"token"}, "response_mode": {"query"}}))
	want(t, "tokens in a query", b.last.Query().Get("error"), "invalid_request")
	b.open(e.party("authorization_code").authorize(url.Values{"response_type": {"id_token"}}))
	f, _ := url.ParseQuery(b.last.Fragment)
	want(t, "an app that may not", f.Get("error"), "unauthorized_client")
}

// TestDevice lets a device in by its page, and another one not.
func TestDevice(t *testing.T) {
	e := world(t)
	const grant = "urn:ietf:params:oauth:grant-type:device_code"
	c := e.party("authorization_code", grant)
	begin := func() (map[string]any, url.Values) {
		status, d := c.post("/v1/device/authorize", url.Values{"scope": {"openid"}})
		want(t, "status", status, 200)
		return d, url.Values{"grant_type": {grant}, "device_code": {fmt.Sprint(d["device_code"])}}
	}
	answers := func(d map[string]any, answer string) string {
		b := newBrowser(t)
		page, _ := b.open(fmt.Sprint(d["verification_uri_complete"]))
		page, _ = b.fill(e.url, page, url.Values{"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
		page, _ = b.fill(e.url, page, url.Values{"user_code": {fmt.Sprint(d["user_code"])}, "answer": {answer}})
		return page
	}
	d, form := begin()
	c.token("authorization_pending", form)
	c.token("slow_down", form)
	if page := answers(d, "allow"); !strings.Contains(page, "Device activated") {
		t.Fatal(page)
	}
	want(t, "who", c.verify(c.token("", form)["id_token"])["sub"], any(e.me().Id))
	c.token("invalid_grant", form) // once
	d, form = begin()
	answers(d, "deny")
	c.token("access_denied", form)
	_, form = begin()
	e.advance("11m")
	c.token("expired_token", form)
	c.token("invalid_grant", url.Values{"grant_type": {grant}, "device_code": {"none"}})
}

// TestBackchannel asks somebody on their phone.
func TestBackchannel(t *testing.T) {
	e := world(t)
	const grant = "urn:openid:params:grant-type:ciba"
	c := e.party("authorization_code", grant)
	c.server = "/oauth2"
	begin := func(form url.Values) url.Values {
		status, d := c.post("/v1/bc/authorize", form)
		want(t, "status", status, 200)
		want(t, "interval", d["interval"], any(5.))
		return url.Values{"grant_type": {grant}, "auth_req_id": {fmt.Sprint(d["auth_req_id"])}}
	}
	answer := func(answer string) {
		lab.Control(t, http.MethodPost, e.url+"/_twin/actions/answer_push", map[string]any{"user": e.creds.Env["OKTA_TEST_USERNAME"], "answer": answer}, nil)
	}
	asks := url.Values{"scope": {"openid"}, "login_hint": {e.creds.Env["OKTA_TEST_USERNAME"]}, "binding_message": {"Pay 5"}}
	form := begin(asks)
	c.token("authorization_pending", form)
	answer("approve")
	if c.token("", form)["id_token"] == nil {
		t.Fatal("no ID token")
	}
	form = begin(asks)
	answer("reject")
	c.token("access_denied", form)
	for name, bad := range map[string]url.Values{
		"invalid_request": {"scope": {"openid"}}, "invalid_scope": {"scope": {"profile"}, "login_hint": {"x"}}, "unknown_user_id": {"scope": {"openid"}, "login_hint": {"nobody"}},
		"invalid_binding_message": {"scope": {"openid"}, "login_hint": {"x"}, "binding_message": {strings.Repeat("x", 21)}},
	} {
		_, out := c.post("/v1/bc/authorize", bad)
		want(t, "refusal", out["error"], any(name))
	}
}

// TestOtherGrants gets tokens for a password, and for the token of somebody else's app.
func TestOtherGrants(t *testing.T) {
	e := world(t)
	const exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	c := e.party("authorization_code", "password", exchange)
	form := url.Values{"grant_type": {"password"}, "username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}, "scope": {"openid"}}
	access := c.token("", form)["access_token"]
	want(t, "what the token opens", c.userinfo(access), 200)
	form.Set("password", "wrong")
	c.token("invalid_grant", form)
	e.api("POST", "/api/v1/authorizationServers/default/scopes", map[string]any{"name": "fly"}, nil)
	form = url.Values{"grant_type": {exchange}, "subject_token": {fmt.Sprint(access)}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "scope": {"fly"}, "audience": {"api://default"}}
	out := c.token("", form)
	want(t, "scope", out["scope"], any("fly"))
	form.Set("subject_token", "x.y.z")
	c.token("invalid_request", form)
	e.party("authorization_code").token("unauthorized_client", form)
}

// TestPushedAndSignedRequests sends people with a request that only the app could have written.
func TestPushedAndSignedRequests(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code")
	status, pushed := c.post("/v1/par", url.Values{"redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid"}, "state": {"pushed"}})
	want(t, "status", status, 201)
	at := e.url + c.server + "/v1/authorize?" + url.Values{"client_id": {c.id}, "request_uri": {fmt.Sprint(pushed["request_uri"])}}.Encode()
	want(t, "state", e.signIn(at).Get("state"), "pushed")
	_, refused := c.post("/v1/par", url.Values{"redirect_uri": {callback + "x"}, "response_type": {"code"}, "scope": {"openid"}, "state": {"s"}})
	want(t, "another redirect URI", refused["error"], any("invalid_request"))
	b := newBrowser(t)
	if _, status := b.open(strings.Replace(at, c.id, e.party("authorization_code").id, 1)); status != 400 {
		t.Fatalf("another app's request: %d", status)
	}

	sign := func(secret string, claims map[string]any) string {
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret)}, nil)
		must(t, err)
		payload, err := json.Marshal(claims)
		must(t, err)
		j, err := s.Sign(payload)
		must(t, err)
		raw, err := j.CompactSerialize()
		must(t, err)
		return raw
	}
	claims := map[string]any{"iss": c.id, "aud": e.url + c.server, "exp": time.Now().Add(time.Minute).Unix(), "state": "signed", "scope": "openid"}
	want(t, "state", e.signIn(c.authorize(url.Values{"request": {sign(c.secret, claims)}})).Get("state"), "signed")
	for _, raw := range []string{sign(strings.Repeat("x", 40), claims), "x", sign(c.secret, map[string]any{"iss": "else", "aud": e.url + c.server}), sign(c.secret, map[string]any{"iss": c.id, "aud": "else"}),
		sign(c.secret, map[string]any{"iss": c.id, "aud": e.url + c.server, "exp": 1})} {
		if page, status := b.open(c.authorize(url.Values{"request": {raw}})); status != 400 || !strings.Contains(page, "invalid_request_object") {
			t.Fatalf("a request that the app has not signed: %d %s", status, page)
		}
	}
}

// TestDPoP binds tokens to a key, and refuses who does not hold it.
func TestDPoP(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code")
	c.server = "/oauth2"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	used := 0
	proof := func(jti string) func(method, url, nonce, access string) string {
		return func(method, url, nonce, access string) string {
			used++
			if jti != "" {
				used = -1
			}
			s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
			must(t, err)
			claims := map[string]any{"htm": method, "htu": url, "iat": time.Now().Unix(), "jti": fmt.Sprint(jti, used)}
			if nonce != "" {
				claims["nonce"] = nonce
			}
			if access != "" {
				sum := sha256.Sum256([]byte(access))
				claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
			}
			payload, _ := json.Marshal(claims)
			j, err := s.Sign(payload)
			must(t, err)
			raw, _ := j.CompactSerialize()
			return raw
		}
	}
	c.proves = proof("")
	form := c.code(nil)
	c.token("use_dpop_nonce", form)
	out := c.token("", form)
	want(t, "type", out["token_type"], any("DPoP"))
	access := fmt.Sprint(out["access_token"])
	asks := func(scheme, proof string) int {
		req, err := http.NewRequest("GET", e.url+"/oauth2/v1/userinfo", nil)
		must(t, err)
		req.Header.Set("Authorization", scheme+" "+access)
		req.Header.Set("DPoP", proof)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		res.Body.Close()
		return res.StatusCode
	}
	at := e.url + "/oauth2/v1/userinfo"
	once := c.proves("GET", at, "", access)
	want(t, "with a proof", asks("DPoP", once), 200)
	want(t, "with a proof that was shown before", asks("DPoP", once), 401)
	want(t, "as a bearer", asks("Bearer", ""), 401)
	want(t, "with a proof for another address", asks("DPoP", c.proves("GET", e.url+"/else", "", access)), 401)
	want(t, "with a proof for another token", asks("DPoP", c.proves("GET", at, "", "else")), 401)
	key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	want(t, "with another key", asks("DPoP", c.proves("GET", at, "", access)), 401)
	c.proves = proof("same")
	form = c.code(nil)
	c.token("", form)
	c.token("invalid_dpop_proof", c.code(nil))
}

// TestRefreshRotation shows a refresh token twice, and loses all that came of it.
func TestRefreshRotation(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code", "refresh_token")
	first := c.token("", c.code(url.Values{"scope": {"openid profile offline_access"}}))
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fmt.Sprint(first["refresh_token"])}}
	second := c.token("", form)
	if second["refresh_token"] == first["refresh_token"] {
		t.Fatal("the refresh token does not rotate")
	}
	c.token("invalid_scope", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fmt.Sprint(second["refresh_token"])}, "scope": {"openid email"}})
	e.advance("1m")
	c.token("invalid_grant", form)
	c.token("invalid_grant", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fmt.Sprint(second["refresh_token"])}})
	want(t, "what came of it", c.userinfo(second["access_token"]), 401)

	// Revoking and introspecting.
	third := c.token("", c.code(url.Values{"scope": {"openid offline_access"}}))
	active := func(token any) any {
		_, out := c.post("/v1/introspect", url.Values{"token": {fmt.Sprint(token)}})
		return out["active"]
	}
	want(t, "active", active(third["access_token"]), any(true))
	want(t, "somebody else's introspection of a refresh token", func() any {
		_, out := e.party("authorization_code").post("/v1/introspect", url.Values{"token": {fmt.Sprint(third["refresh_token"])}})
		return out["active"]
	}(), any(false))
	status, _ := c.post("/v1/revoke", url.Values{"token": {fmt.Sprint(third["access_token"])}})
	want(t, "status", status, 200)
	want(t, "access token that was revoked", active(third["access_token"]), any(false))
	want(t, "refresh token beside it", active(third["refresh_token"]), any(true))
	c.post("/v1/revoke", url.Values{"token": {fmt.Sprint(third["refresh_token"])}})
	want(t, "refresh token that was revoked", active(third["refresh_token"]), any(false))
	status, _ = c.post("/v1/revoke", url.Values{"token": {"none"}})
	want(t, "a token that nobody knows", status, 200)
}

// TestPrompts comes back to an app while signed in: without a page, with one, and with one that asks for consent.
func TestPrompts(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code")
	b := newBrowser(t)
	goes := func(more url.Values) (page, code, err string) {
		b.last = nil
		page, _ = b.open(c.authorize(more))
		if b.last == nil {
			return page, "", ""
		}
		return "", b.last.Query().Get("code"), b.last.Query().Get("error")
	}
	page, _, _ := goes(nil)
	b.fill(e.url, page, url.Values{"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
	if _, code, err := goes(url.Values{"prompt": {"none"}}); code == "" {
		t.Fatalf("no code without a page: %s", err)
	}
	if page, _, _ := goes(url.Values{"prompt": {"login"}}); !strings.Contains(page, "Sign In") {
		t.Fatal("prompt=login shows no page")
	}
	if _, code, _ := goes(url.Values{"max_age": {"3600"}}); code == "" {
		t.Fatal("max_age asks somebody who has just signed in")
	}
	e.advance("90m")
	if page, _, _ := goes(url.Values{"max_age": {"3600"}}); !strings.Contains(page, "Sign In") {
		t.Fatal("max_age does not ask somebody who signed in long ago")
	}

	var scope struct{ ID string }
	e.api("POST", "/api/v1/authorizationServers/default/scopes", map[string]any{"name": "fly", "displayName": "Fly for you", "consent": "REQUIRED"}, &scope)
	if _, code, _ := goes(url.Values{"prompt": {"consent"}}); code == "" {
		t.Fatal("scopes that ask for no consent are asked about")
	}
	asked := url.Values{"scope": {"openid fly"}, "prompt": {"consent"}}
	page, _, _ = goes(asked)
	if !strings.Contains(page, "Fly for you") || strings.Contains(page, "Know who you are") {
		t.Fatalf("the page asks for %s", page)
	}
	b.fill(e.url, page, url.Values{"answer": {"deny"}})
	want(t, "a no", b.last.Query().Get("error"), "access_denied")
	page, _, _ = goes(asked)
	b.fill(e.url, page, url.Values{"answer": {"allow"}})
	form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {b.last.Query().Get("code")}}
	want(t, "scope", c.token("", form)["scope"], any("fly openid"))
	c.token("invalid_grant", form) // a code is good once
	for _, uri := range []string{callback + "/", callback + "?x=1", strings.Replace(callback, "http", "https", 1)} {
		if _, status := b.open(c.authorize(url.Values{"redirect_uri": {uri}})); status != 400 {
			t.Fatalf("%s is as good as %s", uri, callback)
		}
	}
}

// TestFrontChannelLogout ends a session, and tells the other app that it was used for in the browser.
func TestFrontChannelLogout(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code")
	id, secret := e.app(map[string]any{"application_type": "web", "redirect_uris": []any{callback}, "response_types": []any{"code"}, "grant_types": []any{"authorization_code"}, "participate_slo": true,
		"frontchannel_logout_uri": "http://127.0.0.1:9/out", "frontchannel_logout_session_required": true}, "client_secret_post")
	other := &party{e: e, server: c.server, id: id, secret: secret}
	b := newBrowser(t)
	page, _ := b.open(c.authorize(nil))
	b.fill(e.url, page, url.Values{"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
	hint := c.token("", url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {b.last.Query().Get("code")}})["id_token"]
	b.open(other.authorize(nil))
	sid := other.verify(other.token("", url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {b.last.Query().Get("code")}})["id_token"])["sid"]
	out := func(more url.Values) string {
		q := url.Values{"id_token_hint": {fmt.Sprint(hint)}, "post_logout_redirect_uri": {callback}, "state": {"bye"}}
		for k, v := range more {
			q[k] = v
		}
		return e.url + c.server + "/v1/logout?" + q.Encode()
	}
	for _, bad := range []url.Values{{"post_logout_redirect_uri": {callback + "/else"}}, {"id_token_hint": {"x.y.z"}}, {"id_token_hint": {""}}, {"client_id": {id}}} {
		if _, status := b.open(out(bad)); status != 400 {
			t.Fatalf("%v: %d", bad, status)
		}
	}
	page, _ = b.open(out(nil))
	page = html.UnescapeString(page)
	if !strings.Contains(page, `<iframe src="http://127.0.0.1:9/out?iss=`) || !strings.Contains(page, fmt.Sprint("sid=", sid)) || !strings.Contains(page, callback+"?state=bye") {
		t.Fatalf("the other app (%v) is not told: %s", sid, page)
	}
	b.last = nil
	b.open(c.authorize(url.Values{"prompt": {"none"}}))
	want(t, "the session", b.last.Query().Get("error"), "login_required")
}

// TestPolicyOfServer gives tokens only for whom and what the server's rules speak of.
func TestPolicyOfServer(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code", "password")
	var policies, rules []struct{ ID string }
	e.api("GET", "/api/v1/authorizationServers/default/policies", nil, &policies)
	at := "/api/v1/authorizationServers/default/policies/" + policies[0].ID + "/rules"
	e.api("GET", at, nil, &rules)
	rule := func(people, grants, scopes []any) {
		t.Helper()
		e.api("PUT", at+"/"+rules[0].ID, map[string]any{"name": "Rule", "type": "RESOURCE_ACCESS", "conditions": map[string]any{"people": map[string]any{"users": map[string]any{"include": []any{}, "exclude": people}, "groups": map[string]any{"include": []any{"EVERYONE"}}},
			"grantTypes": map[string]any{"include": grants}, "scopes": map[string]any{"include": scopes}}}, nil)
	}
	form := url.Values{"grant_type": {"password"}, "username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}, "scope": {"openid email"}}
	rule(nil, []any{"password"}, []any{"*"})
	c.token("", form)
	want(t, "another grant", e.signIn(c.authorize(nil)).Get("error"), "access_denied")
	rule([]any{e.me().Id}, []any{"password"}, []any{"*"})
	c.token("access_denied", form)
	rule(nil, []any{"password"}, []any{"openid"})
	c.token("access_denied", form)

	// The claims are those that the server is set up with.
	rule(nil, []any{"password", "authorization_code"}, []any{"*"})
	var claims []struct {
		ID, Name, ClaimType string
	}
	e.api("GET", "/api/v1/authorizationServers/default/claims", nil, &claims)
	for _, claim := range claims {
		if claim.Name == "email" {
			e.api("PUT", "/api/v1/authorizationServers/default/claims/"+claim.ID, map[string]any{"name": "email", "claimType": "IDENTITY", "valueType": "SYSTEM", "status": "INACTIVE", "conditions": map[string]any{"scopes": []any{"email"}}}, nil)
		}
		if claim.Name == "sub" {
			e.api("PUT", "/api/v1/authorizationServers/default/claims/"+claim.ID, map[string]any{"name": "sub", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "user.firstName", "status": "ACTIVE", "conditions": map[string]any{"scopes": []any{}}}, nil)
		}
	}
	out := c.token("", form)
	if email, ok := c.verify(out["id_token"])["email"]; ok {
		t.Fatalf("the claim that is off is there: %v", email)
	}
	_, said := c.post("/v1/introspect", url.Values{"token": {fmt.Sprint(out["access_token"])}})
	want(t, "sub", said["sub"], any("Ana"))
}
