package okta

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
	"golang.org/x/oauth2"

	"twinset.dev/conformance/internal/lab"
)

// code is what a generator of codes shows for a secret now, as RFC 6238 has it.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	must(t, err)
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	i := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[i:])&0x7fffffff)%1000000)
}

// relyingParty is an app that signs people in with OpenID Connect and says who they are.
func relyingParty(t *testing.T, e *env) string {
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	id, secret := e.webAppAt(srv.URL + "/callback")
	provider, err := oidc.NewProvider(t.Context(), e.url)
	must(t, err)
	app := oauth2.Config{ClientID: id, ClientSecret: secret, RedirectURL: srv.URL + "/callback", Endpoint: provider.Endpoint(), Scopes: []string{"openid", "profile"}}
	verifier := oauth2.GenerateVerifier()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, app.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), http.StatusFound)
	})
	mux.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		tok, err := app.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		raw, _ := tok.Extra("id_token").(string)
		idToken, err := provider.Verifier(&oidc.Config{ClientID: id}).Verify(r.Context(), raw)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var claims struct {
			Name string
			AMR  []string
		}
		idToken.Claims(&claims)
		fmt.Fprintf(w, "<h1>Hello %s</h1><p>%v</p>", claims.Name, claims.AMR)
	})
	return srv.URL
}

// A window is somebody's browser.
type window struct {
	*lab.Page
	t *testing.T
}

// windows runs f with a browser of each size, each in a world of its own.
func windows(t *testing.T, f func(w *window, e *env)) {
	browser := lab.Browser(t)
	for _, at := range lab.Screens {
		t.Run(at.Name, func(t *testing.T) {
			e := world(t)
			w := &window{lab.Open(t, browser, at.Name, at.Width, at.Height), t}
			f(w, e)
			w.Quiet()
		})
	}
}

func (w *window) open(url string)            { w.t.Helper(); w.Goes(url) }
func (w *window) write(field, text string)   { w.t.Helper(); w.Types(field, text) }
func (w *window) click(what string)          { w.t.Helper(); w.Presses(what, "") }
func (w *window) choose(list, option string) { w.t.Helper(); w.Chooses(list, option) }
func (w *window) sees(text string)           { w.t.Helper(); w.Sees("body", text) }
func (w *window) listens()                   { w.t.Helper(); w.Listens() }
func (w *window) shoot(name string)          { w.t.Helper(); w.Shoot(name) }

// submit sends a form.
func (w *window) submit(form string) {
	w.t.Helper()
	w.Run(fmt.Sprintf(`document.querySelector(%q).requestSubmit()`, form))
}

// signIn fills in the sign-in page.
func (w *window) signIn(e *env) {
	w.t.Helper()
	w.sees("Sign In")
	w.write("#username", e.creds.Env["OKTA_TEST_USERNAME"])
	w.write("#password", e.creds.Env["OKTA_TEST_PASSWORD"]+"\r")
}

// TestBrowser signs a person in to an app, with a password and the code of a generator.
func TestBrowser(t *testing.T) {
	windows(t, func(w *window, e *env) {
		t := w.t
		var me struct{ ID string }
		e.api("GET", "/api/v1/users/me", nil, &me)
		var factor struct {
			ID       string
			Embedded struct {
				Activation struct{ SharedSecret string }
			} `json:"_embedded"`
		}
		e.api("POST", "/api/v1/users/"+me.ID+"/factors", map[string]any{"factorType": "token:software:totp", "provider": "GOOGLE"}, &factor)
		secret := factor.Embedded.Activation.SharedSecret
		e.api("POST", "/api/v1/users/"+me.ID+"/factors/"+factor.ID+"/lifecycle/activate", map[string]any{"passCode": code(t, secret, time.Now().Add(-30*time.Second))}, nil)
		w.open(relyingParty(t, e))
		w.sees("Sign In")
		w.shoot("password")
		w.write("#username", e.creds.Env["OKTA_TEST_USERNAME"])
		w.write("#password", "wrong\r")
		w.sees("Unable to sign in")
		w.write("#password", e.creds.Env["OKTA_TEST_PASSWORD"]+"\r")
		w.sees("Enter code")
		w.shoot("code")
		w.write("#code", code(t, secret, time.Now())+"\r")
		w.sees("Hello Ana Silva")
		w.sees("otp")
	})
}

// TestAdministration creates a person on the pages of administrators, puts them into a group and sees it in the log.
func TestAdministration(t *testing.T) {
	windows(t, func(w *window, e *env) {
		w.open(e.url + "/")
		w.signIn(e)
		w.sees("What has happened last")
		w.shoot("overview")
		w.open(e.url + "/admin/users")
		w.click("#add summary")
		w.write("[name=firstName]", "Zoe")
		w.write("[name=lastName]", "Quill")
		w.write("[name=email]", "zoe.quill@example.com")
		w.write("#add [name=password]", "Correct-Horse-9")
		w.shoot("add-person")
		w.submit("#add form")
		w.sees("The person is created.")
		w.sees("zoe.quill@example.com")

		w.choose("#groups select", "Engineering")
		w.click("#groups .find button")
		w.sees("Added to the group.")
		w.shoot("person")
		u, _, err := e.User.GetUser(e.ctx, "zoe.quill@example.com")
		must(w.t, err)
		want(w.t, "status", u.Status, "ACTIVE")
		groups, _, err := e.User.ListUserGroups(e.ctx, u.Id)
		must(w.t, err)
		want(w.t, "groups", len(groups), 2)
		for _, page := range []string{"/admin/users?q=zoe", "/admin/groups", "/admin/group/" + groups[1].Id, "/admin/apps/active", "/admin/policies", "/enduser/settings"} {
			w.open(e.url + page)
			w.sees("Sign out")
			w.shoot(strings.NewReplacer("/", "-", "?", "-", groups[1].Id, "one").Replace(page[1:]))
		}

		w.open(e.url + "/admin/group/" + groups[1].Id)
		w.choose("#members select", "Emre")
		w.click("#members .find button")
		w.sees("Added to the group.")
		w.open(e.url + "/report/system_log_2?search=membership")
		w.sees("group.user_membership.add")
		w.sees("Zoe Quill")
		w.shoot("log")
		w.listens()
		_, err = e.Group.RemoveUserFromGroup(e.ctx, groups[1].Id, u.Id)
		must(w.t, err)
		w.sees("group.user_membership.remove") // without asking again
	})
}

// TestAdministrationOfTheOrg makes apps, policies, rules and authorization servers on the pages, and finds them by the API.
func TestAdministrationOfTheOrg(t *testing.T) {
	windows(t, func(w *window, e *env) {
		w.open(e.url + "/admin/apps/new")
		w.signIn(e)
		w.sees("Single-page app")
		w.shoot("app-sorts")
		w.open(e.url + "/admin/apps/new?sort=web")
		w.write("[name=label]", "Telemetry")
		w.write("textarea[name$=redirect_uris]", "http://localhost:9000/callback")
		w.shoot("app-new")
		w.submit("#new")
		w.sees("Its client secret is")
		w.shoot("app-secret")
		apps, _, err := e.Application.ListApplications(e.ctx, query.NewQueryParams(query.WithQ("Telemetry")))
		must(w.t, err)
		app := apps[0].(*okta.Application)
		w.click("#edit summary")
		w.write("#edit textarea[name$=post_logout_redirect_uris]", "http://localhost:9000/bye")
		w.submit("#edit form")
		w.sees("The app is saved.")
		w.sees("http://localhost:9000/bye")
		w.choose("#tab-groups select", "Engineering")
		w.click("#tab-groups .find button")
		w.sees("The app is assigned to the group.")
		w.shoot("app")
		groups, _, err := e.Application.ListApplicationGroupAssignments(e.ctx, app.Id, nil)
		must(w.t, err)
		want(w.t, "groups of the app", len(groups), 1)

		desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"detail": "The token has expired."}`)
		}))
		defer desk.Close()
		var zendesk struct{ ID string }
		e.api("POST", "/api/v1/apps", map[string]any{"name": "zendesk", "label": "Desk", "signOnMode": "SAML_2_0"}, &zendesk)
		w.open(e.url + "/admin/app/zendesk/instance/" + zendesk.ID)
		w.click("#connect summary")
		w.write("#connect [name=baseUrl]", desk.URL)
		w.write("#connect [name=token]", "secret")
		w.submit("#connect form")
		w.sees("Provisioning is on.")
		w.click("#provisioning [name='create.lifecycleCreate.on']")
		w.submit("#provisioning form.card")
		w.sees("Saved.")
		w.choose("#tab-people select", "Emre")
		w.click("#tab-people .find button")
		w.sees("The token has expired.") // among the tasks
		w.Run(`document.querySelector("#tasks").scrollIntoView({block: "center"})`)
		w.shoot("provisioning")

		w.open(e.url + "/admin/policies")
		w.click("#type-OKTA_SIGN_ON .add summary")
		w.write("#type-OKTA_SIGN_ON [name=name]", "Night shift")
		w.click("#type-OKTA_SIGN_ON .check input")
		w.shoot("policy-new")
		w.submit("#type-OKTA_SIGN_ON .add form")
		w.sees("The policy is created.")
		w.click("#add summary")
		w.write("#add [name=name]", "Two factors")
		w.click("#add [name='actions.signon.requireFactor']")
		w.shoot("rule-new")
		w.submit("#add form")
		w.sees("The rule is added.")
		w.sees("Ask for a second factor")
		w.shoot("policy")
		policies, _, err := e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType("OKTA_SIGN_ON")))
		must(w.t, err)
		night := policies[0].(*okta.Policy)
		want(w.t, "first policy", night.Name, "Night shift")
		var rules []struct {
			Name    string
			Actions struct{ Signon struct{ RequireFactor bool } }
		}
		e.api("GET", "/api/v1/policies/"+night.Id+"/rules", nil, &rules)
		want(w.t, "rule asks for a factor", rules[0].Actions.Signon.RequireFactor, true)

		w.open(e.url + "/admin/groups/rules")
		w.click("#add summary")
		w.write("#add [name=name]", "Pilots")
		w.write("#add [name='conditions.expression.value']", `user.title=="Pilot"`)
		w.click("#add .checks input")
		w.shoot("group-rule-new")
		w.submit("#add form")
		w.sees("The rule is created.")
		w.click("#rules form[action$=activateGroupRule] button")
		w.sees("The rule applies.")
		w.shoot("group-rules")

		w.open(e.url + "/admin/oauth2/as")
		w.click("#add summary")
		w.write("#add [name=name]", "Flights")
		w.write("#add [name=audiences]", "api://flights")
		w.submit("#add form")
		w.sees("The server is created.")
		w.click("#add-scope summary")
		w.write("#add-scope [name=name]", "fly")
		w.submit("#add-scope form")
		w.sees("The scope is added.")
		w.click("#add-claim summary")
		w.write("#add-claim [name=name]", "rank")
		w.write("#add-claim [name=value]", "user.title")
		w.submit("#add-claim form")
		w.sees("The claim is added.")
		w.click("#add-policy summary")
		w.write("#add-policy [name=name]", "Machines")
		w.write("#add-policy [name=description]", "Robots that fly")
		w.submit("#add-policy form")
		w.sees("The policy is created.")
		w.click("#add summary")
		w.write("#add [name=name]", "All of them")
		w.click("#add input[value=client_credentials]")
		w.submit("#add form")
		w.sees("The rule is added.")
		w.shoot("access-policy")
		w.click("main a[href*='/admin/oauth2/as/']")
		w.sees("Robots that fly")
		w.shoot("authorization-server")
		id, secret := e.granted("client_credentials")
		servers, _, err := e.AuthorizationServer.ListAuthorizationServers(e.ctx, nil)
		must(w.t, err)
		said := e.token(servers[len(servers)-1].Id, id, secret, url.Values{"grant_type": {"client_credentials"}, "scope": {"fly"}})
		want(w.t, "refusal", said.Error, "")

		// Who sees to apps alone sees the pages of apps alone.
		mia := e.user("Mia")
		e.role(mia, "APP_ADMIN")
		w.open(e.url + "/login/signout")
		w.open(e.url + "/admin")
		w.sees("Sign In")
		w.write("#username", (*mia.Profile)["login"].(string))
		w.write("#password", password+"\r")
		w.sees("What has happened last")
		w.open(e.url + "/admin/apps/active")
		w.sees("Telemetry")
		want(w.t, "tabs", strings.Join(strings.Fields(w.Reads(".tabs")), " "), "Overview People Groups Applications Policies System Log")
		w.shoot("apps-of-app-admin")
	})
}

// TestDashboard shows a person an app as soon as they have it, which then opens.
func TestDashboard(t *testing.T) {
	windows(t, func(w *window, e *env) {
		wiki := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<h1>The wiki</h1>") }))
		defer wiki.Close()
		w.open(e.url + "/app/UserHome")
		w.signIn(e)
		w.sees("No apps have been assigned to you.")
		w.listens()
		var me, app struct{ ID string }
		e.api("GET", "/api/v1/users/me", nil, &me)
		e.api("POST", "/api/v1/apps", map[string]any{"name": "bookmark", "label": "Wiki", "signOnMode": "BOOKMARK", "settings": map[string]any{"app": map[string]any{"url": wiki.URL}}}, &app)
		e.api("POST", "/api/v1/apps/"+app.ID+"/users", map[string]any{"id": me.ID}, nil)
		w.sees("Wiki")
		w.shoot("home")
		w.click("#apps a")
		w.sees("The wiki")

		w.open(e.url + "/enduser/settings")
		w.click("#factors form button")
		w.sees("Type this key")
		secret := w.Reads("#secret")
		w.shoot("generator")
		w.write("[name=passCode]", code(w.t, secret, time.Now())+"\r")
		w.sees("The generator of codes is set up.")
		w.write("[name=oldPassword]", e.creds.Env["OKTA_TEST_PASSWORD"])
		w.write("[name=newPassword]", "Another-Rocket-7\r")
		w.sees("Your password is changed.")
	})
}
