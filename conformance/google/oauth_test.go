package google

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

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"twinset.dev/conformance/internal/lab"
)

// callback is where the demo company's app is called back.
const callback = "http://127.0.0.1:8080/callback"

// A person is somebody's browser, with cookies of its own.
type person struct {
	t *testing.T
	e *env
	*http.Client
}

func (e *env) person() *person {
	jar, _ := cookiejar.New(nil)
	return &person{e.t, e, &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), e.url) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// reads returns a page, and the address that it is not sent on to: an app's.
func (p *person) reads(res *http.Response, err error) (page string, to *url.URL) {
	p.t.Helper()
	must(p.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(p.t, err)
	to, _ = res.Location()
	return string(b), to
}

func (p *person) finds(page, pattern string) string {
	p.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		p.t.Fatalf("there is no %s in %s", pattern, page)
	}
	return strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace(m[1])
}

// picks chooses an account on the page that asks for one.
func (p *person) picks(page, name string) (string, *url.URL) {
	p.t.Helper()
	user := p.finds(page, `name="user" value="(\d+)" title="`+name+`"`)
	return p.reads(p.PostForm(p.e.origin()+p.finds(page, `<form method="post" action="([^"]+)"`), url.Values{"user": {user}}))
}

// says answers the page that asks whether an app may act.
func (p *person) says(page, answer string, granted ...string) (string, *url.URL) {
	p.t.Helper()
	return p.reads(p.PostForm(p.e.origin()+p.finds(page, `<form method="post" action="([^"]+)"`), url.Values{"form": {p.finds(page, `name="form" value="([^"]+)"`)}, "answer": {answer}, "granted": granted}))
}

func (e *env) origin() string {
	u, _ := url.Parse(e.url)
	return u.Scheme + "://" + u.Host
}

// app is the company's web app, which asks for scopes.
func (e *env) app(scopes ...string) *oauth2.Config {
	c := e.creds.Google.Web
	return &oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: callback, Scopes: scopes, Endpoint: oauth2.Endpoint{AuthURL: e.url + "/o/oauth2/v2/auth", TokenURL: e.url + "/token", DeviceAuthURL: e.url + "/device/code", AuthStyle: oauth2.AuthStyleInParams}}
}

// denied wants OAuth to have said no with a code.
func denied(t *testing.T, err error, code, description string) {
	t.Helper()
	var said *oauth2.RetrieveError
	if !errors.As(err, &said) {
		t.Fatalf("got %v, want %s", err, code)
	}
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	must(t, json.Unmarshal(said.Body, &body))
	lab.Want(t, "error", body.Error+": "+body.Description, code+": "+description)
}

// TestOAuth lets an app act for somebody, and holds it to what they have said yes to.
func TestOAuth(t *testing.T) {
	e := world(t)
	app := e.app("openid", "email", "profile", drive.DriveReadonlyScope, sheets.SpreadsheetsScope)
	verifier := oauth2.GenerateVerifier()
	p := e.person()
	page, _ := p.reads(p.Get(app.AuthCodeURL("some state", oauth2.AccessTypeOffline, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("nonce", "n-1"))))
	page, _ = p.picks(page, "Bo Lindqvist")
	p.finds(page, `(Rocket Reports wants access)`)
	_, back := p.says(page, "allow", drive.DriveReadonlyScope) // and not the spreadsheets
	q := back.Query()
	want(t, "state", q.Get("state"), "some state")
	want(t, "scopes", q.Get("scope"), "email profile openid "+userinfo+"email "+userinfo+"profile "+drive.DriveReadonlyScope)
	want(t, "domain", q.Get("hd"), "acme.example")

	_, err := app.Exchange(t.Context(), q.Get("code"))
	denied(t, err, "invalid_grant", "Missing code verifier.")
	tok, err := app.Exchange(t.Context(), q.Get("code"), oauth2.VerifierOption(verifier))
	must(t, err)
	if tok.RefreshToken == "" {
		t.Fatal("an app that people are to be away from got no refresh token")
	}
	_, err = app.Exchange(t.Context(), q.Get("code"), oauth2.VerifierOption(verifier))
	denied(t, err, "invalid_grant", "Bad Request")

	// Who they are.
	provider, err := oidc.NewProvider(t.Context(), e.url)
	must(t, err)
	id, err := provider.Verifier(&oidc.Config{ClientID: app.ClientID}).Verify(t.Context(), tok.Extra("id_token").(string))
	must(t, err)
	want(t, "nonce", id.Nonce, "n-1")
	must(t, id.VerifyAccessToken(tok.AccessToken))
	info, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(tok))
	must(t, err)
	want(t, "address", info.Email, "bo@acme.example")
	want(t, "subject", info.Subject, id.Subject)

	// What they may do.
	bo := e.by(app.TokenSource(context.Background(), tok))
	_, err = bo.drive.Files.Get("root").Do()
	must(t, err)
	_, err = bo.drive.Files.Create(&drive.File{Name: "no"}).Do()
	refused(t, err, 403, "insufficientPermissions")

	// Asked again, they need not be; and the app gets no second refresh token.
	_, back = p.reads(p.Get(e.app("openid").AuthCodeURL("again", oauth2.AccessTypeOffline)))
	again, err := app.Exchange(t.Context(), back.Query().Get("code"))
	must(t, err)
	want(t, "a second refresh token", again.RefreshToken, "")
	_, back = p.reads(p.Get(e.app("openid").AuthCodeURL("more", oauth2.SetAuthURLParam("include_granted_scopes", "true"))))
	more, err := app.Exchange(t.Context(), back.Query().Get("code"))
	must(t, err)
	want(t, "scopes with those granted before", more.Extra("scope"), any("openid "+userinfo+"email "+userinfo+"profile "+drive.DriveReadonlyScope))
	_, back = p.reads(p.Get(app.AuthCodeURL("none", oauth2.SetAuthURLParam("prompt", "none"))))
	want(t, "without asking", back.Query().Get("error"), "interaction_required")
	page, _ = p.reads(p.Get(e.app("openid").AuthCodeURL("whose", oauth2.SetAuthURLParam("prompt", "select_account"))))
	page, back = p.picks(page, "Dara Kim")
	if back != nil {
		t.Fatal("Dara was not asked")
	}
	_, back = p.says(page, "deny")
	want(t, "who says no", back.Query().Get("error"), "access_denied")

	// And in the end they take it back.
	res, err := http.PostForm(e.url+"/revoke", url.Values{"token": {tok.RefreshToken}})
	must(t, err)
	res.Body.Close()
	want(t, "revoked", res.StatusCode, 200)
	_, err = app.TokenSource(context.Background(), &oauth2.Token{RefreshToken: tok.RefreshToken}).Token()
	denied(t, err, "invalid_grant", "Token has been expired or revoked.")
	_, err = e.by(oauth2.StaticTokenSource(tok)).drive.Files.Get("root").Do()
	refused(t, err, 401, "authError")

	other := world(t)
	_, err = other.app().TokenSource(context.Background(), &oauth2.Token{RefreshToken: e.creds.Google.AuthorizedUser["refresh_token"]}).Token()
	if err == nil {
		t.Fatal("a refresh token of one world is good in another")
	}
}

const userinfo = "https://www.googleapis.com/auth/userinfo."

// TestServiceAccount lets a program in with its key, and lets it act for others as far as the domain says.
func TestServiceAccount(t *testing.T) {
	e := world(t)
	self := e.robot("", drive.DriveScope)
	about, err := self.drive.About.Get().Fields("user").Do()
	if err == nil { // until about is twinned
		want(t, "itself", about.User.EmailAddress, e.creds.Google.ServiceAccount["client_email"])
	}
	made, err := self.drive.Files.Create(&drive.File{Name: "made by a program"}).Do()
	must(t, err)
	_, err = e.drive.Files.Get(made.Id).Do()
	refused(t, err, 404, "notFound")

	mine, err := e.drive.Files.Create(&drive.File{Name: "ana's"}).Do()
	must(t, err)
	_, err = self.drive.Files.Get(mine.Id).Do()
	refused(t, err, 404, "notFound")
	_, err = e.robot("ana@acme.example", drive.DriveScope).drive.Files.Get(mine.Id).Do()
	must(t, err)

	_, err = e.robot("pat.doyle@supplier.example", drive.DriveScope).drive.Files.Get(mine.Id).Do()
	denied(t, err, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.")
	_, err = e.robot("nobody@acme.example", drive.DriveScope).drive.Files.Get(mine.Id).Do()
	denied(t, err, "invalid_grant", "Invalid email or User ID")

	// The key of one world opens no other.
	other := world(t)
	e.creds.Google.ServiceAccount["token_uri"] = other.creds.Google.ServiceAccount["token_uri"]
	key, _ := json.Marshal(e.creds.Google.ServiceAccount)
	e.creds.Env["GOOGLE_APPLICATION_CREDENTIALS_JSON"] = string(key)
	_, err = e.robot("", drive.DriveScope).drive.Files.Get(made.Id).Do()
	denied(t, err, "invalid_grant", "Invalid JWT Signature.")
}

// TestDevice lets in a device that has no browser.
func TestDevice(t *testing.T) {
	e := world(t)
	c := e.creds.Google.Device
	app := e.app("email", drive.DriveFileScope)
	app.ClientID, app.ClientSecret = c.ClientID, c.ClientSecret
	asks, err := app.DeviceAuth(t.Context())
	must(t, err)
	p := e.person()
	page, _ := p.reads(p.Get(e.url + "/device"))
	page, _ = p.picks(page, "Fatima Haddad")
	p.finds(page, `(Enter the code)`)
	page, _ = p.reads(p.Get(e.url + "/device?user_code=" + strings.ToLower(asks.UserCode)))
	page, _ = p.reads(p.PostForm(e.url+"/device", url.Values{"form": {p.finds(page, `name="form" value="([^"]+)"`)}, "user_code": {asks.UserCode}, "answer": {"allow"}}))
	p.finds(page, `(Success!)`)
	asks.Interval = 1
	tok, err := app.DeviceAccessToken(t.Context(), asks)
	must(t, err)
	fatima := e.by(app.TokenSource(context.Background(), tok))
	made, err := fatima.drive.Files.Create(&drive.File{Name: "from the launch pad"}).Do()
	must(t, err)
	_, err = e.as("fatima").drive.Files.Get(made.Id).Do()
	must(t, err)
}
