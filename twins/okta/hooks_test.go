package okta

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/keys"
)

// ask asks a twin as ana and returns the status and the JSON object of the answer.
func ask(t *testing.T, o *Okta, w *twin.World, method, path, body string) (int, http.Header, any) {
	t.Helper()
	req := httptest.NewRequest(method, "/w/"+w.Name()+path, strings.NewReader(body))
	req.Header.Set("Authorization", mint(t, o, w, "ana"))
	if req.Header.Set("Content-Type", "application/json"); !strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/secevent+jwt")
	}
	rec := httptest.NewRecorder()
	o.Echo.ServeHTTP(rec, req)
	var v any
	json.Unmarshal(rec.Body.Bytes(), &v)
	return rec.Code, rec.Header(), v
}

// TestEventHookIsTold makes a hook, verifies it, and lets two things happen of which its filter lets one through.
func TestEventHookIsTold(t *testing.T) {
	o, w := world(t)
	r := newReceiver(t)
	hook := fmt.Sprintf(`{"name": "tell", "events": {"type": "EVENT_TYPE", "items": ["group.lifecycle.create"],
		"filter": {"type": "EXPRESSION_LANGUAGE", "eventFilterMap": [{"event": "group.lifecycle.create", "condition": {"expression": "event.target.?[displayName eq 'Pilots'].size()>0"}}]}},
		"channel": {"type": "HTTP", "version": "1.0.0", "config": {"uri": %q, "authScheme": {"type": "HEADER", "key": "Authorization", "value": "s3cret"}}}}`, r.URL+"/verify")
	_, _, v := ask(t, o, w, "POST", "/api/v1/eventHooks", hook)
	id := text(object(v)["id"])
	ask(t, o, w, "POST", "/api/v1/groups", `{"profile": {"name": "Early Pilots"}}`)
	if status, _, _ := ask(t, o, w, "POST", "/api/v1/eventHooks/"+id+"/lifecycle/verify", ""); status != 200 {
		t.Fatalf("verification: %d", status)
	}
	for _, name := range []string{"Cooks", "Pilots"} {
		ask(t, o, w, "POST", "/api/v1/groups", `{"profile": {"name": "`+name+`"}}`)
	}
	got := wait(t, func() []heard { return r.calls("/verify") }, 2)
	if got[0].auth != "s3cret" || got[1].auth != "s3cret" || got[0].body != "" {
		t.Errorf("the challenge and the event were sent as %+v", got)
	}
	var event struct {
		EventType string
		Source    string
		Data      struct{ Events []obj }
	}
	if err := json.Unmarshal([]byte(got[1].body), &event); err != nil {
		t.Fatal(err)
	}
	if event.EventType != "com.okta.event_hook" || !strings.HasSuffix(event.Source, id) || len(event.Data.Events) != 1 || dig(list(event.Data.Events[0]["target"])[0], "displayName") != "Pilots" {
		t.Errorf("the hook was told %s", got[1].body)
	}
	time.Sleep(50 * time.Millisecond)
	if n := len(r.calls("/verify")); n != 2 {
		t.Errorf("the hook was called %d times, want 2", n)
	}
}

// wait returns what f returns once it has n elements.
func wait[T any](t *testing.T, f func() []T, n int) []T {
	t.Helper()
	for range 200 {
		if got := f(); len(got) >= n {
			return got
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("there were %d, want %d", len(f()), n)
	return nil
}

// TestFollowingTheLog goes from next link to next link, to find what happens meanwhile and nothing twice.
func TestFollowingTheLog(t *testing.T) {
	o, w := world(t)
	path := "/api/v1/logs?filter=eventType+eq+%22group.lifecycle.create%22&limit=2"
	var seen []string
	step := func() int {
		_, h, v := ask(t, o, w, "GET", path, "")
		for _, e := range list(v) {
			seen = append(seen, text(dig(list(object(e)["target"])[0], "displayName")))
		}
		path = ""
		for _, l := range h["Link"] {
			if at, ok := strings.CutSuffix(l, `>; rel="next"`); ok {
				path = at[strings.Index(at, "/api/"):]
			}
		}
		if path == "" {
			t.Fatal("the log ends, though nobody said where")
		}
		return len(list(v))
	}
	if n := step(); n != 0 {
		t.Fatalf("the log begins with %d events", n)
	}
	for _, name := range []string{"A", "B", "C"} {
		ask(t, o, w, "POST", "/api/v1/groups", `{"profile": {"name": "`+name+`"}}`)
	}
	step()
	step()
	step()
	ask(t, o, w, "POST", "/api/v1/groups", `{"profile": {"name": "D"}}`)
	step()
	if got := strings.Join(seen, ""); got != "ABCD" {
		t.Errorf("saw %s", got)
	}
	if _, h, _ := ask(t, o, w, "GET", "/api/v1/logs?until=2030-01-01T00:00:00Z&limit=1000", ""); len(h["Link"]) != 1 {
		t.Errorf("a log with an end has the links %q", h["Link"])
	}
}

// TestSignalsAreSigned has a receiver get a token that the published key verifies, and a provider's token believed only
// when its own key has signed it.
func TestSignalsAreSigned(t *testing.T) {
	o, w := world(t)
	r := newReceiver(t)
	_, _, v := ask(t, o, w, "POST", "/api/v1/ssf/stream", fmt.Sprintf(`{"delivery": {"method": "urn:ietf:rfc:8935", "endpoint_url": %q}, "events_requested": [%q]}`, r.URL+"/set", eventSessionRevoked))
	ask(t, o, w, "POST", "/api/v1/ssf/stream/verification", `{"stream_id": "`+text(object(v)["stream_id"])+`", "state": "abc"}`)
	got := wait(t, func() []heard { return r.calls("/set") }, 1)
	token, err := jwt.ParseSigned(got[0].body, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims obj
	if err := token.Claims(&o.privateKey(token.Headers[0].KeyID).PublicKey, &claims); err != nil {
		t.Fatal(err)
	}
	if dig(claims, "events", eventVerification, "state") != "abc" || claims["aud"] != r.URL+"/set" {
		t.Errorf("the receiver was told %v", claims)
	}

	theirs, other := keys.RSA(1, "provider"), keys.RSA(1, "somebody else")
	published := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(res).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &theirs.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	}))
	defer published.Close()
	ask(t, o, w, "POST", "/api/v1/security-events-providers", fmt.Sprintf(`{"name": "Watch", "type": "okta", "settings": {"issuer": "https://watch.example", "jwks_url": %q}}`, published.URL))
	publish := func(key any, issuer string) (int, any) {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		set, err := jwt.Signed(signer).Claims(obj{"iss": issuer, "jti": "1", "iat": time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).Unix(), "events": obj{"https://schemas.okta.com/secevent/okta/event-type/user-risk-change": obj{}}}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		status, _, v := ask(t, o, w, "POST", "/security/api/v1/security-events", set)
		return status, object(v)["err"]
	}
	if status, _ := publish(theirs, "https://watch.example"); status != http.StatusAccepted {
		t.Errorf("their own token: %d", status)
	}
	if status, code := publish(other, "https://watch.example"); status != http.StatusBadRequest || code != "authentication_failed" {
		t.Errorf("a forged token: %d %v", status, code)
	}
	if status, code := publish(theirs, "https://stranger.example"); status != http.StatusBadRequest || code != "invalid_issuer" {
		t.Errorf("a stranger's token: %d %v", status, code)
	}
	if _, _, v := ask(t, o, w, "GET", "/api/v1/logs?filter=eventType+eq+%22security.events.provider.receive_event%22", ""); len(list(v)) != 1 {
		t.Errorf("the log has %d signals, want 1", len(list(v)))
	}
}

// TestInlineHookWithAccessToken asks hooks that want to know by an access token who asks, which Okta gets by a secret or by a key.
func TestInlineHookWithAccessToken(t *testing.T) {
	o, w := world(t)
	r := newReceiver(t)
	_, _, v := ask(t, o, w, "POST", "/api/v1/hook-keys", `{"name": "key"}`)
	key, kid := text(object(v)["id"]), text(object(v)["keyId"])
	for name, how := range map[string]string{"secret": `"authType": "client_secret_post", "clientSecret": "s3cret"`, "key": `"authType": "private_key_jwt", "hookKeyId": "` + key + `"`} {
		_, _, v := ask(t, o, w, "POST", "/api/v1/inlineHooks", fmt.Sprintf(`{"name": %q, "type": "com.okta.import.transform", "version": "1.0.0",
			"channel": {"type": "OAUTH", "version": "1.0.0", "config": {"uri": %q, "tokenUrl": %q, "clientId": "okta", "scope": "hook", %s}}}`, name, r.URL+"/inline", r.URL+"/token", how))
		if dig(v, "channel", "config", "clientSecret") != nil {
			t.Errorf("%s: the secret is shown", name)
		}
		if status, _, v := ask(t, o, w, "POST", "/api/v1/inlineHooks/"+text(object(v)["id"])+"/execute", `{"data": {}}`); status != 200 || len(list(object(v)["commands"])) != 1 {
			t.Errorf("%s: %d %v", name, status, v)
		}
		asked, called := r.calls("/token"), r.calls("/inline")
		form, _ := url.ParseQuery(asked[len(asked)-1].body)
		if got := called[len(called)-1].auth; got != "Bearer of-the-hook" || form.Get("grant_type") != "client_credentials" || form.Get("scope") != "hook" {
			t.Errorf("%s: the hook was called as %q, for %v", name, got, form)
		}
		if name == "secret" && form.Get("client_secret") != "s3cret" {
			t.Errorf("the server was asked with %v", form)
		}
		if name == "key" {
			token, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				t.Fatal(err)
			}
			var claims obj
			if err := token.Claims(&o.privateKey(kid).PublicKey, &claims); err != nil || claims["sub"] != "okta" || claims["aud"] != r.URL+"/token" {
				t.Errorf("the assertion says %v (%v)", claims, err)
			}
		}
	}
	if _, _, v := ask(t, o, w, "GET", "/api/v1/hook-keys/"+key, ""); object(v)["isUsed"] != true {
		t.Error("the key is not used")
	}
	if status, _, _ := ask(t, o, w, "DELETE", "/api/v1/hook-keys/"+key, ""); status != 400 {
		t.Errorf("a key in use was deleted: %d", status)
	}
}

// TestTokenInlineHook lets a hook change an access token, refuse it, and be out of order.
func TestTokenInlineHook(t *testing.T) {
	o, w := world(t)
	r := newReceiver(t)
	post := func(path, body string) obj {
		t.Helper()
		status, _, v := ask(t, o, w, "POST", path, body)
		if status >= 300 {
			t.Fatalf("POST %s: %d %v", path, status, v)
		}
		return object(v)
	}
	hook := post("/api/v1/inlineHooks", fmt.Sprintf(`{"name": "tokens", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0", "channel": {"type": "HTTP", "version": "1.0.0", "config": {"uri": %q}}}`, r.URL+"/tokens"))
	post("/api/v1/apps", `{"name": "oidc_client", "label": "Service", "signOnMode": "OPENID_CONNECT", "credentials": {"oauthClient": {"client_id": "my-service", "client_secret": "a-secret-that-is-long-enough", "token_endpoint_auth_method": "client_secret_post"}},
		"settings": {"oauthClient": {"application_type": "service", "grant_types": ["client_credentials"], "response_types": ["token"]}}}`)
	post("/api/v1/authorizationServers/default/scopes", `{"name": "fly"}`)
	_, _, v := ask(t, o, w, "GET", "/api/v1/authorizationServers/default/policies", "")
	policy := "/api/v1/authorizationServers/default/policies/" + text(object(list(v)[0])["id"]) + "/rules"
	post(policy, `{"type": "RESOURCE_ACCESS", "name": "Machines", "priority": 1, "conditions": {"grantTypes": {"include": ["client_credentials"]}, "scopes": {"include": ["*"]}}, "actions": {"token": {"accessTokenLifetimeMinutes": 60, "inlineHook": {"id": "`+text(hook["id"])+`"}}}}`)
	token := func() (int, obj, obj) {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"my-service"}, "client_secret": {"a-secret-that-is-long-enough"}, "scope": {"fly"}}
		req := httptest.NewRequest("POST", "/w/"+w.Name()+"/oauth2/default/v1/token", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		o.Echo.ServeHTTP(rec, req)
		out, claims := obj{}, obj{}
		json.Unmarshal(rec.Body.Bytes(), &out)
		if parsed, err := jwt.ParseSigned(text(out["access_token"]), []jose.SignatureAlgorithm{jose.RS256}); err == nil {
			parsed.UnsafeClaimsWithoutVerification(&claims)
		}
		return rec.Code, out, claims
	}
	r.say(`{"commands": [{"type": "com.okta.access.patch", "value": [{"op": "add", "path": "/claims/level", "value": "gold"}, {"op": "replace", "path": "/claims/iss", "value": "mallory"}, {"op": "replace", "path": "/token/lifetime/expiration", "value": 600}]}]}`)
	if status, out, claims := token(); status != 200 || claims["level"] != "gold" || claims["iss"] == "mallory" || out["expires_in"] != 600.0 || claims["exp"].(float64)-claims["iat"].(float64) != 600 {
		t.Errorf("with the hook: %d %v %v", status, out, claims)
	}
	r.say(`{"error": {"errorSummary": "not today"}}`)
	if status, out, _ := token(); status != 400 || out["error"] != "server_error" || out["error_description"] != "not today" {
		t.Errorf("refused by the hook: %d %v", status, out)
	}
	r.say(`nonsense`)
	if status, out, claims := token(); status != 200 || claims["level"] != nil || out["expires_in"] != 3600.0 {
		t.Errorf("without the hook: %d %v %v", status, out, claims)
	}
	var sent struct {
		Data struct {
			Context obj
			Access  obj
		}
	}
	json.Unmarshal([]byte(r.calls("/tokens")[0].body), &sent)
	if dig(sent.Data.Context, "protocol", "client", "name") != "Service" || dig(sent.Data.Access, "scopes", "fly", "action") != "GRANT" {
		t.Errorf("the hook was asked %s", r.calls("/tokens")[0].body)
	}
}

// TestInlineHooksOfSignIn lets hooks decide about an imported password, about who registers, and about an assertion.
func TestInlineHooksOfSignIn(t *testing.T) {
	o, w := world(t)
	r := newReceiver(t)
	send := func(method, path, body string) obj {
		t.Helper()
		status, _, v := ask(t, o, w, method, path, body)
		if status >= 300 {
			t.Fatalf("%s %s: %d %v", method, path, status, v)
		}
		return object(v)
	}
	hook := func(kind string) string {
		t.Helper()
		return text(send("POST", "/api/v1/inlineHooks", fmt.Sprintf(`{"name": %q, "type": %q, "version": "1.0.0", "channel": {"type": "HTTP", "version": "1.0.0", "config": {"uri": %q}}}`, kind, kind, r.URL+"/tokens"))["id"])
	}
	last := func() (sent obj) {
		calls := r.calls("/tokens")
		json.Unmarshal([]byte(calls[len(calls)-1].body), &sent)
		return sent
	}

	hook("com.okta.user.credential.password.import")
	u := send("POST", "/api/v1/users", `{"profile": {"login": "moved@example.com", "email": "moved@example.com", "firstName": "Mo", "lastName": "Ved"}, "credentials": {"password": {"hook": {"type": "default"}}}}`)
	if u["status"] != "ACTIVE" || dig(u, "credentials", "provider", "type") != "IMPORT" {
		t.Errorf("somebody with a hook for a password is %v", u)
	}
	signsIn := func() int {
		status, _, _ := ask(t, o, w, "POST", "/api/v1/authn", `{"username": "moved@example.com", "password": "Their-own-1"}`)
		return status
	}
	r.say(`{"commands": []}`)
	if got := signsIn(); got != 401 {
		t.Errorf("a password that the hook does not know: %d", got)
	}
	if sent := last(); dig(sent, "data", "context", "credential", "password") != "Their-own-1" || dig(sent, "data", "action", "credential") != "UNVERIFIED" {
		t.Errorf("the hook was asked %v", sent)
	}
	r.say(`{"commands": [{"type": "com.okta.action.update", "value": {"credential": "VERIFIED"}}]}`)
	if got := signsIn(); got != 200 {
		t.Errorf("a password that the hook knows: %d", got)
	}
	asked := len(r.calls("/tokens"))
	if got := signsIn(); got != 200 || len(r.calls("/tokens")) != asked {
		t.Errorf("the second time: %d, and the hook was asked again: %v", got, len(r.calls("/tokens")) != asked)
	}

	app := send("POST", "/api/v1/apps", `{"name": "oidc_client", "label": "Pages", "signOnMode": "OPENID_CONNECT", "credentials": {"oauthClient": {"client_id": "the-pages", "token_endpoint_auth_method": "none"}},
		"settings": {"oauthClient": {"application_type": "browser", "redirect_uris": ["https://pages.example.com/"], "response_types": ["code"], "grant_types": ["authorization_code", "interaction_code"]}}}`)
	policy := text(send("POST", "/api/v1/policies", `{"type": "PROFILE_ENROLLMENT", "name": "Registration"}`)["id"])
	_, _, v := ask(t, o, w, "GET", "/api/v1/policies/"+policy+"/rules", "")
	rule := clone(object(list(v)[0]))
	merge(object(dig(rule, "actions", "profileEnrollment")), obj{"unknownUserAction": "REGISTER", "preRegistrationInlineHooks": []any{obj{"inlineHookId": hook("com.okta.user.pre-registration")}},
		"profileAttributes": []any{obj{"name": "email", "label": "Email", "required": true}, obj{"name": "firstName", "required": true}, obj{"name": "lastName", "required": true}}})
	send("PUT", "/api/v1/policies/"+policy+"/rules/"+text(rule["id"]), string(encodeJSON(rule)))
	send("PUT", "/api/v1/apps/"+text(app["id"])+"/policies/"+policy, "")
	form := url.Values{"client_id": {"the-pages"}, "scope": {"openid"}, "redirect_uri": {"https://pages.example.com/"}, "state": {"s"}, "code_challenge": {strings.Repeat("c", 43)}, "code_challenge_method": {"S256"}}
	req := httptest.NewRequest("POST", "/w/"+w.Name()+"/oauth2/default/v1/interact", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	o.Echo.ServeHTTP(rec, req)
	var begun obj
	json.Unmarshal(rec.Body.Bytes(), &begun)
	handle := text(send("POST", "/idp/idx/introspect", fmt.Sprintf(`{"interactionHandle": %q}`, begun["interaction_handle"]))["stateHandle"])
	send("POST", "/idp/idx/enroll", fmt.Sprintf(`{"stateHandle": %q}`, handle))
	registers := func() (int, any) {
		status, _, v := ask(t, o, w, "POST", "/idp/idx/enroll/new", fmt.Sprintf(`{"stateHandle": %q, "userProfile": {"email": "new@example.com", "firstName": "New", "lastName": "Comer"}}`, handle))
		return status, v
	}
	r.say(`{"commands": [{"type": "com.okta.action.update", "value": {"registration": "DENY"}}], "error": {"errorSummary": "no", "errorCauses": [{"errorSummary": "Not from there", "location": "data.userProfile.email"}]}}`)
	if status, v := registers(); status != 400 || !strings.Contains(fmt.Sprint(v), "Not from there") {
		t.Errorf("somebody whom the hook turns away: %d %v", status, v)
	}
	r.say(`{"commands": [{"type": "com.okta.user.profile.update", "value": {"lastName": "Hooked"}}, {"type": "com.okta.action.update", "value": {"registration": "ALLOW"}}]}`)
	if status, v := registers(); status != 200 || dig(v, "user", "value", "profile", "lastName") != "Hooked" {
		t.Errorf("somebody whom the hook lets in: %d %v", status, v)
	}

	saml := send("POST", "/api/v1/apps", fmt.Sprintf(`{"label": "Wings", "signOnMode": "SAML_2_0", "settings": {"implicitAssignment": true, "signOn": {"defaultRelayState": "", "ssoAcsUrl": "https://wings.example.com/acs", "recipient": "https://wings.example.com/acs",
		"destination": "https://wings.example.com/acs", "audience": "wings", "idpIssuer": "okta", "subjectNameIdTemplate": "${user.userName}", "subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
		"responseSigned": true, "assertionSigned": true, "signatureAlgorithm": "RSA_SHA256", "digestAlgorithm": "SHA256", "honorForceAuthn": true, "authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
		"inlineHooks": [{"id": %q}], "attributeStatements": [{"type": "EXPRESSION", "name": "first", "namespace": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic", "values": ["user.firstName"]}]}}}`, hook("com.okta.saml.tokens.transform")))
	send("POST", "/api/v1/apps/"+text(saml["id"])+"/users", fmt.Sprintf(`{"id": %q}`, u["id"]))
	var cookie, key string
	w.Update(func(tc *twin.Call) error {
		c := &call{Call: tc, o: o, more: http.Header{}}
		someone, _ := o.users.Get(tc.Tx, text(u["id"]))
		cookie = w.Seal(c.signIn(someone, []string{"pwd"}).Secret)
		a, _ := o.apps.Get(tc.Tx, text(saml["id"]))
		key = a.Name + "/" + a.Key
		return nil
	})
	r.say(`{"commands": [{"type": "com.okta.assertion.patch", "value": [{"op": "replace", "path": "/claims/first/attributeValues/0/value", "value": "Wilbur"},
		{"op": "add", "path": "/claims/wings", "value": {"attributes": {"NameFormat": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"}, "attributeValues": [{"attributes": {"xsi:type": "xs:string"}, "value": "two"}]}}]}]}`)
	req = httptest.NewRequest("GET", "/w/"+w.Name()+"/app/"+key+"/sso/saml", nil)
	req.AddCookie(&http.Cookie{Name: sessionCookie, Value: cookie})
	rec = httptest.NewRecorder()
	o.Echo.ServeHTTP(rec, req)
	m := regexp.MustCompile(`name="SAMLResponse" value="([^"]+)"`).FindStringSubmatch(rec.Body.String())
	if m == nil {
		t.Fatalf("no response: %d %s", rec.Code, rec.Body)
	}
	response, err := base64.StdEncoding.DecodeString(html.UnescapeString(m[1]))
	if err != nil || !strings.Contains(string(response), ">Wilbur<") || !strings.Contains(string(response), ">two<") {
		t.Errorf("the app is told %s", response)
	}
	if sent := last(); dig(sent, "data", "assertion", "subject", "nameId") != "moved@example.com" {
		t.Errorf("the hook was asked %v", sent)
	}
}
