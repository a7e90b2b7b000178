package okta

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"

	"twinset.dev/conformance/internal/lab"
)

// trust lets the pages of an origin call the API.
func (e *env) trust(origin string) (id string) {
	e.t.Helper()
	var made struct{ ID string }
	e.api("POST", "/api/v1/trustedOrigins", map[string]any{"name": origin, "origin": origin, "scopes": []any{map[string]any{"type": "CORS"}}}, &made)
	return made.ID
}

// from asks as the page of an origin, and returns what the browser would look at.
func (e *env) from(origin, method, path string, header map[string]string) http.Header {
	e.t.Helper()
	req, err := http.NewRequest(method, e.url+path, nil)
	must(e.t, err)
	req.Header.Set("Origin", origin)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	must(e.t, err)
	res.Body.Close()
	return res.Header
}

// TestCrossOrigin calls the API from pages that are trusted, and from some that are not.
func TestCrossOrigin(t *testing.T) {
	e := world(t)
	const page, other = "https://pages.example.com", "https://else.example.com"
	preflight := map[string]string{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-okta-user-agent-extended"}
	const allowed, credentials = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
	want(t, "origin before it is trusted", e.from(page, "GET", "/api/v1/sessions/me", nil).Get(allowed), "")
	id := e.trust(page)
	for _, path := range []string{"/api/v1/authn", "/idp/idx/introspect", "/oauth2/v1/token", "/oauth2/default/v1/interact"} {
		h := e.from(page, "OPTIONS", path, preflight)
		want(t, path+" for the page", h.Get(allowed), page)
		want(t, path+" with cookies", h.Get(credentials), "true")
		want(t, path+" with a method", h.Get("Access-Control-Allow-Methods"), "POST")
		want(t, path+" with headers", h.Get("Access-Control-Allow-Headers"), "content-type,x-okta-user-agent-extended")
		want(t, path+" for another page", e.from(other, "OPTIONS", path, preflight).Get(allowed), "")
		want(t, path+" in the answer", e.from(page, "POST", path, nil).Get(allowed), page)
	}
	for _, path := range []string{"/.well-known/openid-configuration", "/oauth2/default/.well-known/oauth-authorization-server", "/oauth2/v1/keys", "/oauth2/default/v1/keys"} {
		h := e.from(other, "GET", path, nil)
		want(t, path+" for anybody", h.Get(allowed), "*")
		want(t, path+" with cookies", h.Get(credentials), "")
	}

	// An access token is no cookie, and may come from anywhere.
	h := e.from(other, "GET", "/api/v1/users", map[string]string{"Authorization": "Bearer x"})
	want(t, "with an access token", h.Get(allowed), other)
	want(t, "with an access token and cookies", h.Get(credentials), "")
	want(t, "the page of another scheme", e.from("http://pages.example.com", "GET", "/api/v1/sessions/me", nil).Get(allowed), "")
	e.api("POST", "/api/v1/trustedOrigins/"+id+"/lifecycle/deactivate", nil, nil)
	want(t, "origin that is trusted no longer", e.from(page, "GET", "/api/v1/sessions/me", nil).Get(allowed), "")
}

// alone is a twin of the test's own, whose default world it uses: the SDK for browsers takes an org to be an origin.
func alone(t *testing.T) *env {
	t.Helper()
	bin, err := twin.Build()
	must(t, err)
	cmd := exec.Command(bin, "-addr", "127.0.0.1:0")
	url, err := lab.Serve(cmd)
	must(t, err)
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var creds credentials
	lab.Control(t, http.MethodGet, url+"/_twin/credentials", nil, &creds)
	return at(t, url, creds)
}

// TestBrowserApp signs a person in to an app that is nothing but a page, with @okta/okta-auth-js: the page calls the
// API across origins, and gets tokens in a frame that nobody sees.
func TestBrowserApp(t *testing.T) {
	lab.Packages(t, "js")
	browser := lab.Browser(t)
	e := alone(t)
	files := http.FileServer(http.Dir(filepath.Join("js", "node_modules", "@okta", "okta-auth-js", "dist")))
	id := ""
	srv := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			files.ServeHTTP(res, r)
			return
		}
		fmt.Fprintf(res, `<!doctype html><title>App</title><p id="said">Wait</p><script src="/okta-auth-js.min.js"></script><script type="module">
			const say = (s) => { document.getElementById('said').textContent = s };
			const client = new OktaAuth({issuer: %q, clientId: %q, redirectUri: location.origin + '/', scopes: ['openid', 'profile']});
			try {
				const {sessionToken} = await client.signInWithCredentials({username: %q, password: %q});
				const {tokens} = await client.token.getWithoutPrompt({sessionToken});
				const again = await client.token.getWithoutPrompt();
				say('Hello ' + (await client.token.getUserInfo(again.tokens.accessToken, tokens.idToken)).name);
			} catch (err) { say('Refused: ' + err) }
		</script>`, e.url+"/oauth2/default", id, e.creds.Env["OKTA_TEST_USERNAME"], e.creds.Env["OKTA_TEST_PASSWORD"])
	}))
	defer srv.Close()
	id, _ = e.app(map[string]any{"application_type": "browser", "redirect_uris": []any{srv.URL + "/"}, "response_types": []any{"code"}, "grant_types": []any{"authorization_code"}}, "none")
	w := &window{lab.Open(t, browser, "app", 1280, 800), t}
	w.open(srv.URL)
	w.sees("Refused: ")
	e.trust(srv.URL)
	w.open(srv.URL)
	w.sees("Hello Ana Silva")
}
