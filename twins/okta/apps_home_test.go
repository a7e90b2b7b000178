package okta

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"twinset.dev/kit/twin"
)

// A browser is somebody's, signed in.
type browser struct {
	t    *testing.T
	base string
	*http.Client
}

// signedIn opens a browser in which a person has signed in.
func signedIn(t *testing.T, o *Okta, w *twin.World, login string) browser {
	t.Helper()
	server := httptest.NewServer(o.Echo)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := browser{t, server.URL + "/w/" + w.Name(), &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	res, err := b.Post(b.base+"/api/v1/authn", "application/json", strings.NewReader(`{"username": "`+login+`", "password": "`+defaultPassword+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct{ SessionToken string }
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || got.SessionToken == "" {
		t.Fatalf("no session token: %v", err)
	}
	b.open("/login/sessionCookieRedirect?" + url.Values{"token": {got.SessionToken}, "redirectUrl": {b.base}}.Encode())
	return b
}

// open returns the status of a page, where it leads on to, and what it says.
func (b browser) open(path string) (status int, to, says string) {
	b.t.Helper()
	res, err := b.Get(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(body)
}

// An app's link takes a person who has it to where it is, and nobody else.
func TestOpenApp(t *testing.T) {
	o, w := world(t)
	made := map[string]App{}
	err := w.Update(func(tc *twin.Call) error {
		c := &call{Call: tc, o: o}
		for _, body := range []obj{
			{"name": "bookmark", "label": "Wiki", "settings": obj{"app": obj{"url": "https://wiki.example.com"}}},
			{"name": "okta_org2org", "label": "Another org", "settings": obj{"app": obj{"baseUrl": "https://other.example.com"}}},
			{"name": "oidc_client", "label": "Page", "settings": obj{"oauthClient": obj{"redirect_uris": []any{"https://page.example.com"}}}},
		} {
			c.body, c.query = body, url.Values{}
			v, err := o.createApplication(c)
			if err != nil {
				return err
			}
			a, _ := o.apps.Get(c.Tx, text(v.(obj)["id"]))
			made[a.Label] = a
			if a.Label != "Wiki" {
				u, _ := o.usersByLogin.Get(c.Tx, "bo@acme.example")
				o.appUsers.Put(c.Tx, AppUser{App: a.ID, User: u.ID, Scope: "USER", Created: c.at(), Credentials: obj{"userName": "bo"}})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	at := func(label string) string { return "/home/" + made[label].Name + "/" + made[label].ID + "/x" }
	b := signedIn(t, o, w, "bo@acme.example")
	if status, _, says := b.open(at("Wiki")); status != 400 || !strings.Contains(says, "not assigned") {
		t.Errorf("an app that is not Bo's: %d %s", status, says)
	}
	if status, to, _ := b.open(at("Another org")); status != 302 || !strings.HasSuffix(to, "/app/okta_org2org/"+made["Another org"].Key+"/sso/saml") {
		t.Errorf("a SAML app: %d %s", status, to)
	}
	if status, _, says := b.open(at("Page")); status != 400 || !strings.Contains(says, "no page") {
		t.Errorf("an app without a page: %d %s", status, says)
	}
	err = w.Update(func(tc *twin.Call) error {
		u, _ := o.usersByLogin.Get(tc.Tx, "bo@acme.example")
		o.appUsers.Put(tc.Tx, AppUser{App: made["Wiki"].ID, User: u.ID, Scope: "USER", Created: 1, Credentials: obj{"userName": "bo"}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, to, _ := b.open(at("Wiki")); status != 302 || to != "https://wiki.example.com" {
		t.Errorf("a bookmark: %d %s", status, to)
	}
}
