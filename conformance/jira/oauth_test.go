package jira

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"twinset.dev/conformance/internal/lab"
)

// callback is where the demo company's app is called back.
const callback = "http://127.0.0.1:8080/callback"

// consenting signs somebody in with a browser's cookies and lets an app act for them: the code that the app is called back with.
func consenting(t *testing.T, e *env, authorize string) url.Values {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	read := func(res *http.Response, err error) string {
		t.Helper()
		lab.Must(t, err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		lab.Must(t, err)
		return string(b)
	}
	find := func(page, pattern string) string {
		t.Helper()
		m := regexp.MustCompile(pattern).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("there is no %s in %s", pattern, page)
		}
		return strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace(m[1])
	}
	page := read(browser.Get(authorize))
	read(browser.PostForm(e.url+"/login", url.Values{"accountId": {find(page, `value="([^"]+)" title="Bo Lindqvist"`)}}))
	page = read(browser.Get(authorize))
	res, err := browser.PostForm(e.url+"/authorize", url.Values{"form": {find(page, `name="form" value="([^"]+)"`)}, "query": {find(page, `name="query" value="([^"]+)"`)}, "answer": {"accept"}})
	lab.Must(t, err)
	defer res.Body.Close()
	to, err := res.Location()
	lab.Must(t, err)
	return to.Query()
}

// TestOAuth lets an app act for somebody, and holds it to what they have said yes to.
func TestOAuth(t *testing.T) {
	e := world(t)
	app := oauth2.Config{ClientID: e.creds.Env["JIRA_OAUTH_CLIENT_ID"], ClientSecret: e.creds.Env["JIRA_OAUTH_CLIENT_SECRET"], RedirectURL: callback,
		Scopes: []string{"read:jira-work", "read:me", "offline_access"}, Endpoint: oauth2.Endpoint{AuthURL: e.url + "/authorize", TokenURL: e.url + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams}}
	back := consenting(t, e, app.AuthCodeURL("some state", oauth2.SetAuthURLParam("audience", "api.atlassian.com"), oauth2.SetAuthURLParam("prompt", "consent")))
	lab.Want(t, "state", back.Get("state"), "some state")
	tok, err := app.Exchange(t.Context(), back.Get("code"))
	lab.Must(t, err)

	client := app.Client(t.Context(), tok)
	get := func(path string, out any) int {
		t.Helper()
		res, err := client.Get(e.url + path)
		lab.Must(t, err)
		defer res.Body.Close()
		json.NewDecoder(res.Body).Decode(out)
		return res.StatusCode
	}
	var sites []struct {
		ID, Name string
		Scopes   []string
	}
	lab.Want(t, "sites", get("/oauth/token/accessible-resources", &sites), 200)
	lab.Want(t, "scopes", strings.Join(sites[0].Scopes, " "), "read:jira-work")
	var me struct{ Name string }
	lab.Want(t, "me", get("/me", &me), 200)
	lab.Want(t, "my name", me.Name, "Bo Lindqvist")
	site := "/ex/jira/" + sites[0].ID
	var issue struct{ Key, Self string }
	lab.Want(t, "issue", get(site+"/rest/api/3/issue/ROCK-1", &issue), 200)
	lab.Want(t, "self", issue.Self, e.url+site+"/rest/api/3/issue/10000")

	var no struct{ Message string }
	lab.Want(t, "another site", get("/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue/ROCK-1", &no), 404)
	lab.Want(t, "around the gateway", get("/rest/api/3/issue/ROCK-1", &no), 401)
	lab.Want(t, "user, without its scope", get(site+"/rest/api/3/myself", &no), 401)
	lab.Want(t, "what it says", no.Message, "Unauthorized; scope does not match")

	// A code is good once, and showing it again ends what came of it.
	_, err = app.Exchange(t.Context(), back.Get("code"))
	denied(t, err, "invalid_grant")
	lab.Want(t, "after the code was shown again", get("/me", &me), 401)
}

// TestRefresh holds refresh tokens to one use each.
func TestRefresh(t *testing.T) {
	e := world(t)
	app := oauth2.Config{ClientID: e.creds.Env["JIRA_OAUTH_CLIENT_ID"], ClientSecret: e.creds.Env["JIRA_OAUTH_CLIENT_SECRET"], RedirectURL: callback,
		Scopes: []string{"read:jira-work", "offline_access"}, Endpoint: oauth2.Endpoint{AuthURL: e.url + "/authorize", TokenURL: e.url + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams}}
	back := consenting(t, e, app.AuthCodeURL("s", oauth2.SetAuthURLParam("audience", "api.atlassian.com")))
	first, err := app.Exchange(t.Context(), back.Get("code"))
	lab.Must(t, err)
	again := func(refresh string) (*oauth2.Token, error) {
		return app.TokenSource(context.Background(), &oauth2.Token{RefreshToken: refresh}).Token()
	}
	second, err := again(first.RefreshToken)
	lab.Must(t, err)
	if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken {
		t.Fatal("a refresh gave what was there already")
	}
	_, err = again(first.RefreshToken)
	denied(t, err, "invalid_grant")
	_, err = again(second.RefreshToken) // which ended with the one that was shown twice
	denied(t, err, "invalid_grant")

	other := world(t)
	app.Endpoint.TokenURL = other.url + "/oauth/token"
	_, err = again(second.RefreshToken)
	denied(t, err, "access_denied")
}

// denied wants OAuth to have said no with a code.
func denied(t *testing.T, err error, code string) {
	t.Helper()
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want %s", err, code)
	}
	lab.Want(t, "error", refused.ErrorCode, code)
}
