package okta

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/okta/okta-sdk-golang/v2/okta"
	"golang.org/x/oauth2"

	jwtverifier "github.com/okta/okta-jwt-verifier-golang/v2"
)

const callback = "http://127.0.0.1:9/callback"

// webApp makes an OpenID Connect app that everybody has.
func (e *env) webApp() (id, secret string) { return e.webAppAt(callback) }

// webAppAt is webApp for an app that listens somewhere.
func (e *env) webAppAt(callback string) (id, secret string) {
	e.t.Helper()
	return e.app(map[string]any{"application_type": "web", "redirect_uris": []any{callback}, "post_logout_redirect_uris": []any{callback},
		"response_types": []any{"code", "token", "id_token"}, "grant_types": []any{"authorization_code", "refresh_token", "implicit"}}, "client_secret_basic")
}

// app makes an app that everybody has, with settings of an OAuth client and a way to say who it is.
func (e *env) app(settings map[string]any, method string) (id, secret string) {
	e.t.Helper()
	var app struct {
		ID          string
		Credentials struct {
			OauthClient struct {
				ID     string `json:"client_id"`
				Secret string `json:"client_secret"`
			}
		}
	}
	e.api("POST", "/api/v1/apps", map[string]any{"name": "oidc_client", "label": "Launch pad", "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": method}}, "settings": map[string]any{"oauthClient": settings}}, &app)
	groups, _, err := e.Group.ListGroups(e.ctx, nil)
	must(e.t, err)
	for _, g := range groups {
		if g.Profile.Name == "Everyone" {
			_, _, err := e.Application.CreateApplicationGroupAssignment(e.ctx, app.ID, g.Id, okta.ApplicationGroupAssignment{})
			must(e.t, err)
		}
	}
	return app.Credentials.OauthClient.ID, app.Credentials.OauthClient.Secret
}

// api calls the management API as it is.
func (e *env) api(method, path string, in, out any) {
	e.t.Helper()
	b, err := json.Marshal(in)
	must(e.t, err)
	req, err := http.NewRequest(method, e.url+path, strings.NewReader(string(b)))
	must(e.t, err)
	req.Header.Set("Authorization", "SSWS "+e.creds.Env["OKTA_CLIENT_TOKEN"])
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	must(e.t, err)
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 300 {
		e.t.Fatalf("%s %s: %s %s", method, path, res.Status, body)
	}
	if out != nil {
		must(e.t, json.Unmarshal(body, out))
	}
}

// A browser is what a person goes through the pages with.
type browser struct {
	t *testing.T
	*http.Client
	last *url.URL // where the app was called back
}

func newBrowser(t *testing.T) *browser {
	jar, _ := cookiejar.New(nil)
	b := &browser{t: t}
	b.Client = &http.Client{Jar: jar, CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), callback) {
			b.last = req.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
var action = regexp.MustCompile(`<form method="post" action="([^"]+)"`)

// open goes to an address, and returns the page there, if it is not the app's.
func (b *browser) open(at string) (page string, status int) {
	b.t.Helper()
	res, err := b.Get(at)
	must(b.t, err)
	return b.read(res)
}

func (b *browser) read(res *http.Response) (string, int) {
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(b.t, err)
	return string(body), res.StatusCode
}

// fill sends the form of a page with what a person has typed.
func (b *browser) fill(root, page string, typed url.Values) (string, int) {
	b.t.Helper()
	m := action.FindStringSubmatch(page)
	if m == nil {
		b.t.Fatalf("no form in %s", page)
	}
	values := url.Values{}
	for _, h := range hidden.FindAllStringSubmatch(page, -1) {
		values.Set(h[1], h[2])
	}
	for k, v := range typed {
		values[k] = v
	}
	u, err := url.Parse(root)
	must(b.t, err)
	res, err := b.PostForm(u.Scheme+"://"+u.Host+m[1], values)
	must(b.t, err)
	return b.read(res)
}

// signIn goes to an address as somebody who has not signed in, and returns where the app is called back.
func (e *env) signIn(at string) url.Values {
	e.t.Helper()
	b := newBrowser(e.t)
	page, _ := b.open(at)
	page, status := b.fill(e.url, page, url.Values{"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
	if b.last == nil {
		e.t.Fatalf("the app was not called back: %d %s", status, page)
	}
	q := b.last.Query()
	if f, err := url.ParseQuery(b.last.Fragment); err == nil {
		for k, v := range f {
			q[k] = v
		}
	}
	return q
}

// TestLogin signs a person in through golang.org/x/oauth2 and go-oidc, at the org's authorization server and at a custom one.
func TestLogin(t *testing.T) {
	for name, server := range map[string]string{"org": "", "custom": "/oauth2/default"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := world(t)
			id, secret := e.webApp()
			provider, err := oidc.NewProvider(t.Context(), e.url+server)
			must(t, err)
			app := oauth2.Config{ClientID: id, ClientSecret: secret, RedirectURL: callback, Endpoint: provider.Endpoint(), Scopes: []string{"openid", "profile", "email", "offline_access"}}
			verifier := oauth2.GenerateVerifier()
			back := e.signIn(app.AuthCodeURL("s1", oauth2.S256ChallengeOption(verifier), oidc.Nonce("n1")))
			want(t, "state", back.Get("state"), "s1")
			tok, err := app.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier))
			must(t, err)
			raw, _ := tok.Extra("id_token").(string)
			idToken, err := provider.Verifier(&oidc.Config{ClientID: id}).Verify(t.Context(), raw)
			must(t, err)
			want(t, "nonce", idToken.Nonce, "n1")
			must(t, idToken.VerifyAccessToken(tok.AccessToken))
			info, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(tok))
			must(t, err)
			want(t, "subject", info.Subject, idToken.Subject)
			want(t, "email", info.Email, e.creds.Env["OKTA_TEST_USERNAME"])

			// A code is good once, and showing it again takes back what came of it.
			if _, err := app.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier)); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
				t.Fatalf("the code was good twice: %v", err)
			}
			if _, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(tok)); err == nil {
				t.Fatal("the access token is good although its code was shown twice")
			}
			if server == "" {
				return
			}
			again := e.signIn(app.AuthCodeURL("s2", oauth2.S256ChallengeOption(verifier)))
			tok, err = app.Exchange(t.Context(), again.Get("code"), oauth2.VerifierOption(verifier))
			must(t, err)
			v := jwtverifier.JwtVerifier{Issuer: e.url + server, ClaimsToValidate: map[string]string{"aud": "api://default", "cid": id}}
			made, err := v.New()
			must(t, err)
			access, err := made.VerifyAccessToken(tok.AccessToken)
			must(t, err)
			want(t, "sub", access.Claims["sub"].(string), e.creds.Env["OKTA_TEST_USERNAME"])
			tok.Expiry = tok.Expiry.Add(-2 * 3600e9)
			fresh, err := app.TokenSource(t.Context(), tok).Token()
			must(t, err)
			if fresh.AccessToken == tok.AccessToken {
				t.Fatal("refreshing gave the same access token")
			}
		})
	}
}

// TestLoginRefused asks for what an app may not have.
func TestLoginRefused(t *testing.T) {
	e := world(t)
	id, secret := e.webApp()
	b := newBrowser(t)
	page, status := b.open(e.url + "/oauth2/default/v1/authorize?client_id=" + id + "&response_type=code&scope=openid&state=s&redirect_uri=" + url.QueryEscape("http://127.0.0.1:9/else"))
	if status != 400 || !strings.Contains(page, "redirect_uri") {
		t.Fatalf("another redirect URI: %d %s", status, page)
	}
	for query, code := range map[string]string{
		"response_type=code&scope=openid+nonsense&state=s":                                     "invalid_scope",
		"response_type=code&scope=openid&state=s&prompt=none":                                  "login_required",
		"response_type=device&scope=openid&state=s":                                            "unsupported_response_type",
		"response_type=code&scope=openid":                                                      "invalid_request",
		"response_type=id_token&scope=openid&state=s":                                          "invalid_request",
		"response_type=code&scope=openid&state=s&code_challenge=x&code_challenge_method=plain": "invalid_request",
	} {
		b := newBrowser(t)
		b.open(e.url + "/oauth2/default/v1/authorize?client_id=" + id + "&redirect_uri=" + url.QueryEscape(callback) + "&" + query)
		if b.last == nil {
			t.Fatalf("%s: the app was not called back", query)
		}
		got := b.last.Query().Get("error")
		if f, _ := url.ParseQuery(b.last.Fragment); got == "" {
			got = f.Get("error")
		}
		want(t, query, got, code)
	}
	app := oauth2.Config{ClientID: id, ClientSecret: secret + "x", RedirectURL: callback, Endpoint: oauth2.Endpoint{TokenURL: e.url + "/oauth2/default/v1/token", AuthURL: e.url + "/oauth2/default/v1/authorize", AuthStyle: oauth2.AuthStyleInHeader}, Scopes: []string{"openid"}}
	back := e.signIn(app.AuthCodeURL("s"))
	if _, err := app.Exchange(context.Background(), back.Get("code")); err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Fatalf("a wrong secret: %v", err)
	}
	other := world(t)
	app.ClientSecret, app.Endpoint.TokenURL = secret, other.url+"/oauth2/default/v1/token"
	if _, err := app.Exchange(context.Background(), back.Get("code")); err == nil {
		t.Fatal("a code of one world is good in another")
	}
}
