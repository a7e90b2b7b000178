package okta

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"

	"twinset.dev/conformance/internal/lab"
)

// enter fills in the sign-in page of an app as somebody.
func (c *party) enter(login, password string) (b *browser, page string) {
	c.e.t.Helper()
	b = newBrowser(c.e.t)
	page, _ = b.open(c.authorize(nil))
	page, _ = b.fill(c.e.url, page, url.Values{"username": {login}, "password": {password}})
	return b, page
}

// TestSignInPages goes through the pages that policies and statuses put between the password and the app.
func TestSignInPages(t *testing.T) {
	e := world(t)
	c := e.party("authorization_code")
	mia := e.user("Mia")

	// A password that is too old is replaced first.
	_, _, err := e.User.ExpirePassword(e.ctx, mia.Id)
	must(t, err)
	b, page := c.enter("mia@pilots.example", password)
	if !strings.Contains(page, "Your password has expired") || !strings.Contains(page, "at least 8 characters") {
		t.Fatal(page)
	}
	if page, _ = b.fill(e.url, page, url.Values{"password": {"short"}}); !strings.Contains(page, "Password requirements were not met") {
		t.Fatal(page)
	}
	if page, _ = b.fill(e.url, page, url.Values{"password": {"Another-Rocket-7"}}); !strings.Contains(page, "Your password is set") {
		t.Fatal(page)
	}
	if b, page = c.enter("mia@pilots.example", "Another-Rocket-7"); b.last == nil {
		t.Fatal(page)
	}

	// A session that began with the password alone is not enough for an app that wants two factors of whoever has them.
	leo := e.user("Leo")
	b, _ = c.enter("leo@pilots.example", password)
	e.api("POST", "/api/v1/users/"+leo.Id+"/factors?activate=true", map[string]any{"factorType": "sms", "provider": "OKTA", "profile": map[string]any{"phoneNumber": "+15551234567"}}, nil)
	b.last = nil
	b.open(c.authorize(url.Values{"prompt": {"none"}}))
	want(t, "without a page", b.last.Query().Get("error"), "login_required")
	b.last = nil
	if page, _ = b.open(c.authorize(nil)); !strings.Contains(page, "Verify with Phone") {
		t.Fatal(page)
	}
	var sent []struct{ Code string }
	lab.Control(t, http.MethodPost, e.url+"/_twin/actions/messages", map[string]any{"user": "leo@pilots.example"}, &sent)
	if page, _ = b.fill(e.url, page, url.Values{"code": {sent[0].Code}}); b.last == nil {
		t.Fatal(page)
	}
	b.last = nil
	if b.open(c.authorize(url.Values{"prompt": {"none"}})); b.last.Query().Get("code") == "" {
		t.Fatal("the session does not remember the second factor")
	}

	// Whoever must have another factor and has none sets one up on the way.
	groups, _, err := e.Group.ListGroups(e.ctx, query.NewQueryParams(query.WithQ("Everyone")))
	must(t, err)
	var policy struct{ ID string }
	e.api("POST", "/api/v1/policies", map[string]any{"type": "OKTA_SIGN_ON", "name": "Strict", "conditions": map[string]any{"people": map[string]any{"groups": map[string]any{"include": []any{groups[0].Id}}}}}, &policy)
	e.api("POST", "/api/v1/policies/"+policy.ID+"/rules", map[string]any{"name": "Always", "type": "SIGN_ON", "actions": map[string]any{"signon": map[string]any{"access": "ALLOW", "requireFactor": true, "factorPromptMode": "ALWAYS",
		"session": map[string]any{"maxSessionIdleMinutes": 120, "maxSessionLifetimeMinutes": 0, "usePersistentCookie": false}}}}, nil)
	b, page = c.enter("mia@pilots.example", "Another-Rocket-7")
	secret := regexp.MustCompile(`id="secret">([A-Z2-7]+)<`).FindStringSubmatch(page)
	if secret == nil || b.last != nil {
		t.Fatal(page)
	}
	if page, _ = b.fill(e.url, page, url.Values{"code": {"000000"}}); !strings.Contains(page, "Invalid code") {
		t.Fatal(page)
	}
	page, _ = b.fill(e.url, page, url.Values{"code": {code(t, secret[1], time.Now())}})
	if b.last == nil {
		t.Fatal(page)
	}
	claims := c.verify(c.token("", url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {b.last.Query().Get("code")}})["id_token"])
	amr, _ := json.Marshal(claims["amr"])
	want(t, "how", string(amr), `["mfa","otp","pwd"]`)
	factors, _, err := e.UserFactor.ListFactors(e.ctx, mia.Id)
	must(t, err)
	want(t, "factors", len(factors), 1)

	// Who is kept out is told so.
	e.api("PUT", "/api/v1/policies/"+policy.ID, map[string]any{"type": "OKTA_SIGN_ON", "name": "Strict", "conditions": map[string]any{"people": map[string]any{"groups": map[string]any{"include": []any{groups[0].Id}}}}}, nil)
	var rules []struct{ ID string }
	e.api("GET", "/api/v1/policies/"+policy.ID+"/rules", nil, &rules)
	e.api("PUT", "/api/v1/policies/"+policy.ID+"/rules/"+rules[0].ID, map[string]any{"name": "Always", "type": "SIGN_ON", "actions": map[string]any{"signon": map[string]any{"access": "DENY"}}}, nil)
	if _, page = c.enter("mia@pilots.example", "Another-Rocket-7"); !strings.Contains(page, "You do not have permission") {
		t.Fatal(page)
	}
}

// TestMailLinks opens the links that people are sent, and chooses a password there.
func TestMailLinks(t *testing.T) {
	e := world(t)
	links := regexp.MustCompile(regexp.QuoteMeta(e.url) + `/(?:tokens/[A-Za-z0-9]+/verify|reset_password/[A-Za-z0-9]+)`)
	last := func() string {
		found := ""
		for _, d := range e.outbox() {
			if m := links.FindString(d.Body); m != "" {
				found = m
			}
		}
		if found == "" {
			t.Fatal("nobody was sent a link")
		}
		return found
	}
	choose := func(at string, typed url.Values) string {
		b := newBrowser(t)
		page, status := b.open(at)
		want(t, "status of the page", status, http.StatusOK)
		page, _ = b.fill(e.url, page, typed)
		return page
	}
	profile := okta.UserProfile{"firstName": "New", "lastName": "Comer", "email": "new@pilots.example", "login": "new@pilots.example"}
	u, _, err := e.User.CreateUser(e.ctx, okta.CreateUserRequest{Profile: &profile}, nil)
	must(t, err)
	at := last()
	if page := choose(at, url.Values{"password": {"Another-Rocket-7"}}); !strings.Contains(page, "Your password is set") {
		t.Fatal(page)
	}
	got, _, err := e.User.GetUser(e.ctx, u.Id)
	must(t, err)
	want(t, "status", got.Status, "ACTIVE")
	b := newBrowser(t)
	_, status := b.open(at)
	want(t, "a link that was used", status, http.StatusBadRequest)

	_, _, err = e.User.ResetPassword(e.ctx, u.Id, query.NewQueryParams(query.WithSendEmail(true)))
	must(t, err)
	if page := choose(last(), url.Values{"password": {"Another-Rocket-7"}}); !strings.Contains(page, "used too recently") {
		t.Fatal(page)
	}
	if page := choose(last(), url.Values{"password": {"Yet-Another-8"}}); !strings.Contains(page, "Your password is set") {
		t.Fatal(page)
	}
}
