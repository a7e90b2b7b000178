package okta

import (
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/okta/okta-sdk-golang/v2/okta"
)

// A federation is two orgs: people of there sign in to an app of here.
type federation struct {
	here, there *env
	app         oauth2.Config
	provider    *oidc.Provider
	idp         string
}

// federate makes another org an OpenID Connect identity provider of this one, with a policy.
func federate(t *testing.T, policy map[string]any) *federation {
	t.Helper()
	f := &federation{here: world(t), there: world(t)}
	id, secret := f.there.webAppAt(f.here.url + "/oauth2/v1/authorize/callback")
	at := func(path string) map[string]any { return map[string]any{"url": f.there.url + path} }
	var idp struct{ ID string }
	f.here.api("POST", "/api/v1/idps", map[string]any{"type": "OIDC", "name": "The other org", "policy": policy, "protocol": map[string]any{"type": "OIDC", "scopes": []any{"openid", "profile", "email"}, "issuer": at(""),
		"endpoints":   map[string]any{"authorization": at("/oauth2/v1/authorize"), "token": at("/oauth2/v1/token"), "userInfo": at("/oauth2/v1/userinfo"), "jwks": at("/oauth2/v1/keys")},
		"credentials": map[string]any{"client": map[string]any{"client_id": id, "client_secret": secret, "pkce_required": true}}}}, &idp)
	f.idp = idp.ID
	f.register()
	return f
}

// register makes the app of here.
func (f *federation) register() {
	t := f.here.t
	id, secret := f.here.webApp()
	var err error
	f.provider, err = oidc.NewProvider(t.Context(), f.here.url)
	must(t, err)
	f.app = oauth2.Config{ClientID: id, ClientSecret: secret, RedirectURL: callback, Endpoint: f.provider.Endpoint(), Scopes: []string{"openid", "profile"}}
}

// comes signs somebody in through the identity provider, and returns what the app is told.
func (f *federation) comes(login, password string) url.Values {
	t := f.here.t
	t.Helper()
	b := newBrowser(t)
	page, _ := b.open(f.app.AuthCodeURL("s", oauth2.SetAuthURLParam("idp", f.idp)))
	if page = b.goOn(page); !strings.Contains(page, `name="username"`) {
		t.Fatalf("no sign-in page at the identity provider: %s", page)
	}
	page, status := b.fill(f.there.url, page, url.Values{"username": {login}, "password": {password}})
	page = b.goOn(page)
	if b.last == nil {
		t.Fatalf("the app was not called back: %d %s", status, page)
	}
	return b.last.Query()
}

var posted = regexp.MustCompile(`<form method="post" action="([^"]+)" id="answer">`)

// goOn sends the forms that a browser would send by itself.
func (b *browser) goOn(page string) string {
	b.t.Helper()
	for m := posted.FindStringSubmatch(page); m != nil && b.last == nil; m = posted.FindStringSubmatch(page) {
		values := url.Values{}
		for _, h := range hidden.FindAllStringSubmatch(page, -1) {
			values.Set(h[1], html.UnescapeString(h[2]))
		}
		res, err := b.PostForm(html.UnescapeString(m[1]), values)
		must(b.t, err)
		page, _ = b.read(res)
	}
	return page
}

// claims are what the app learns for a code.
func (f *federation) claims(code string) map[string]any {
	t := f.here.t
	t.Helper()
	tok, err := f.app.Exchange(t.Context(), code)
	must(t, err)
	raw, _ := tok.Extra("id_token").(string)
	id, err := f.provider.Verifier(&oidc.Config{ClientID: f.app.ClientID}).Verify(t.Context(), raw)
	must(t, err)
	claims := map[string]any{}
	must(t, id.Claims(&claims))
	return claims
}

// TestIdentityProvider signs people in through another org: somebody new, and somebody who is here already.
func TestIdentityProvider(t *testing.T) {
	f := federate(t, map[string]any{"provisioning": map[string]any{"action": "AUTO", "groups": map[string]any{"action": "NONE"}}, "accountLink": map[string]any{"action": "AUTO"},
		"subject": map[string]any{"userNameTemplate": map[string]any{"template": "idpuser.email"}, "matchType": "USERNAME"}})
	mia := f.there.user("Mia")
	claims := f.claims(f.comes("mia@pilots.example", password).Get("code"))
	want(t, "username", claims["preferred_username"], any("mia@pilots.example"))
	want(t, "provider", claims["idp"], any(f.idp))
	u, _, err := f.here.User.GetUser(f.here.ctx, "mia@pilots.example")
	must(t, err)
	want(t, "status", u.Status, "ACTIVE")
	want(t, "who keeps the password", u.Credentials.Provider.Type, "FEDERATION")
	linked, _, err := f.here.IdentityProvider.GetIdentityProviderApplicationUser(f.here.ctx, f.idp, u.Id)
	must(t, err)
	want(t, "name over there", linked.ExternalId, mia.Id)
	tokens, _, err := f.here.IdentityProvider.ListSocialAuthTokens(f.here.ctx, f.idp, u.Id)
	must(t, err)
	want(t, "tokens of the provider", len(tokens), 1)
	req, _ := http.NewRequest("GET", f.there.url+"/oauth2/v1/userinfo", nil)
	req.Header.Set("Authorization", "Bearer "+tokens[0].Token)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	want(t, "what the token opens", res.StatusCode, 200)

	// A second time it is the same person; somebody who is here already is linked.
	want(t, "the same person", f.claims(f.comes("mia@pilots.example", password).Get("code"))["sub"], any(u.Id))
	ana := f.here.me()
	want(t, "somebody linked", f.claims(f.comes(f.there.creds.Env["OKTA_TEST_USERNAME"], f.there.creds.Env["OKTA_TEST_PASSWORD"]).Get("code"))["sub"], any(ana.Id))

	f.throughIDX(u.Id)

	// Whoever is suspended here does not get in by another door.
	_, err = f.here.User.SuspendUser(f.here.ctx, u.Id)
	must(t, err)
	want(t, "somebody suspended", f.comes("mia@pilots.example", password).Get("error"), "access_denied")
}

// throughIDX signs Mia in to an app with pages of its own, which offer the provider.
func (f *federation) throughIDX(sub string) {
	t := f.here.t
	t.Helper()
	var policies []struct{ ID string }
	f.here.api("GET", "/api/v1/policies?type=IDP_DISCOVERY", nil, &policies)
	f.here.api("POST", "/api/v1/policies/"+policies[0].ID+"/rules", map[string]any{"name": "Everybody", "type": "IDP_DISCOVERY", "conditions": map[string]any{"network": map[string]any{"connection": "ANYWHERE"}},
		"actions": map[string]any{"idp": map[string]any{"providers": []any{map[string]any{"id": f.idp, "type": "OIDC"}}}}}, nil)
	c := f.here.party("authorization_code", "interaction_code")
	c.server = "/oauth2"
	verifier := oauth2.GenerateVerifier()
	status, begun := c.post("/v1/interact", url.Values{"redirect_uri": {callback}, "scope": {"openid"}, "state": {"s"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"}})
	want(t, "status", status, 200)
	var state struct {
		Remediation struct{ Value []struct{ Name, Href string } }
	}
	f.here.api("POST", "/idp/idx/introspect", map[string]any{"interactionHandle": begun["interaction_handle"]}, &state)
	offered := ""
	for _, form := range state.Remediation.Value {
		if form.Name == "redirect-idp" {
			offered = form.Href
		}
	}
	b := newBrowser(t)
	page, _ := b.open(offered)
	page, _ = b.fill(f.there.url, page, url.Values{"username": {"mia@pilots.example"}, "password": {password}})
	if b.last == nil {
		t.Fatal(page)
	}
	out := c.token("", url.Values{"grant_type": {"interaction_code"}, "interaction_code": {b.last.Query().Get("interaction_code")}, "code_verifier": {verifier}})
	want(t, "who", c.verify(out["id_token"])["sub"], any(sub))
}

// TestIdentityProviderRefuses lets in neither who is here already nor anybody new, where the policy does not.
func TestIdentityProviderRefuses(t *testing.T) {
	f := federate(t, map[string]any{"provisioning": map[string]any{"action": "DISABLED"}, "accountLink": map[string]any{"action": "DISABLED"},
		"subject": map[string]any{"userNameTemplate": map[string]any{"template": "idpuser.email"}, "matchType": "USERNAME"}})
	f.there.user("Mia")
	back := f.comes("mia@pilots.example", password)
	want(t, "somebody new", back.Get("error"), "access_denied")
	want(t, "state", back.Get("state"), "s")
	want(t, "somebody here", f.comes(f.there.creds.Env["OKTA_TEST_USERNAME"], f.there.creds.Env["OKTA_TEST_PASSWORD"]).Get("error"), "access_denied")
	// A routing rule offers the provider on the sign-in page.
	var policies []struct{ ID string }
	f.here.api("GET", "/api/v1/policies?type=IDP_DISCOVERY", nil, &policies)
	f.here.api("POST", "/api/v1/policies/"+policies[0].ID+"/rules", map[string]any{"name": "Everybody", "type": "IDP_DISCOVERY", "conditions": map[string]any{"network": map[string]any{"connection": "ANYWHERE"}},
		"actions": map[string]any{"idp": map[string]any{"providers": []any{map[string]any{"id": f.idp, "type": "OIDC"}}}}}, nil)
	b := newBrowser(t)
	if page, _ := b.open(f.app.AuthCodeURL("s")); !strings.Contains(page, "Sign in with The other org") {
		t.Fatalf("the provider is not offered: %s", page)
	}
	page, status := b.open(f.here.url + "/oauth2/v1/authorize/callback?state=forged&code=x")
	if status != 400 {
		t.Fatalf("a state that nobody gave: %d %s", status, page)
	}
}

// TestSAMLIdentityProvider signs people in through another org that is a SAML identity provider.
func TestSAMLIdentityProvider(t *testing.T) {
	f := &federation{here: world(t), there: world(t)}
	f.register()
	var app struct {
		ID    string
		Links struct{ Metadata struct{ Href string } } `json:"_links"`
	}
	settings := map[string]any{"defaultRelayState": "", "ssoAcsUrl": "http://127.0.0.1:9/", "recipient": "http://127.0.0.1:9/", "destination": "http://127.0.0.1:9/", "audience": "here", "idpIssuer": "http://www.okta.com/${org.externalKey}",
		"subjectNameIdTemplate": "${user.userName}", "subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "responseSigned": true, "assertionSigned": true, "signatureAlgorithm": "RSA_SHA256", "digestAlgorithm": "SHA256",
		"honorForceAuthn": true, "authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "attributeStatements": []any{}}
	for _, name := range []string{"firstName", "lastName", "email"} {
		settings["attributeStatements"] = append(settings["attributeStatements"].([]any), map[string]any{"type": "EXPRESSION", "name": name, "namespace": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", "values": []any{"user." + name}})
	}
	f.there.api("POST", "/api/v1/apps", map[string]any{"label": "Here", "signOnMode": "SAML_2_0", "settings": map[string]any{"signOn": settings}}, &app)
	groups, _, err := f.there.Group.ListGroups(f.there.ctx, nil)
	must(t, err)
	for _, g := range groups {
		if g.Profile.Name == "Everyone" {
			_, _, err := f.there.Application.CreateApplicationGroupAssignment(f.there.ctx, app.ID, g.Id, okta.ApplicationGroupAssignment{})
			must(t, err)
		}
	}
	req, err := http.NewRequest("GET", f.there.url+"/api/v1/apps/"+app.ID+"/sso/saml/metadata", nil)
	must(t, err)
	req.Header.Set("Authorization", "SSWS "+f.there.creds.Env["OKTA_CLIENT_TOKEN"])
	req.Header.Set("Accept", "application/xml")
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	metadata, _ := newBrowser(t).read(res)
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(metadata)
		if m == nil {
			t.Fatalf("no %s in %s", pattern, metadata)
		}
		return m[1]
	}
	key, _, err := f.here.IdentityProvider.CreateIdentityProviderKey(f.here.ctx, okta.JsonWebKey{X5c: []string{strings.Join(strings.Fields(find(`X509Certificate>([^<]+)<`)), "")}})
	must(t, err)
	var idp struct {
		ID       string
		Protocol struct {
			Credentials struct{ Trust struct{ Audience string } }
		}
	}
	f.here.api("POST", "/api/v1/idps", map[string]any{"type": "SAML2", "name": "The other org", "protocol": map[string]any{"type": "SAML2",
		"endpoints":   map[string]any{"sso": map[string]any{"url": find(`HTTP-POST" Location="([^"]+)"`), "binding": "HTTP-POST"}, "acs": map[string]any{"binding": "HTTP-POST", "type": "INSTANCE"}},
		"credentials": map[string]any{"trust": map[string]any{"issuer": find(`entityID="([^"]+)"`), "kid": key.Kid}}},
		"policy": map[string]any{"provisioning": map[string]any{"action": "AUTO", "groups": map[string]any{"action": "NONE"}}, "accountLink": map[string]any{"action": "AUTO"},
			"subject": map[string]any{"userNameTemplate": map[string]any{"template": "idpuser.subjectNameId"}, "matchType": "USERNAME"}}}, &idp)
	f.idp = idp.ID
	acs := f.here.url + "/sso/saml2/" + idp.ID
	settings["ssoAcsUrl"], settings["recipient"], settings["destination"], settings["audience"] = acs, acs, acs, idp.Protocol.Credentials.Trust.Audience
	f.there.api("PUT", "/api/v1/apps/"+app.ID, map[string]any{"label": "Here", "signOnMode": "SAML_2_0", "settings": map[string]any{"signOn": settings}}, nil)

	f.there.user("Mia")
	claims := f.claims(f.comes("mia@pilots.example", password).Get("code"))
	want(t, "username", claims["preferred_username"], any("mia@pilots.example"))
	u, _, err := f.here.User.GetUser(f.here.ctx, "mia@pilots.example")
	must(t, err)
	want(t, "first name", (*u.Profile)["firstName"], any("Mia"))

	// What somebody has changed on the way is not believed.
	b := newBrowser(t)
	page, _ := b.open(f.app.AuthCodeURL("s", oauth2.SetAuthURLParam("idp", f.idp)))
	page, _ = b.fill(f.there.url, b.goOn(page), url.Values{"username": {"mia@pilots.example"}, "password": {password}})
	said := url.Values{}
	for _, h := range hidden.FindAllStringSubmatch(page, -1) {
		said.Set(h[1], html.UnescapeString(h[2]))
	}
	raw, err := base64.StdEncoding.DecodeString(said.Get("SAMLResponse"))
	must(t, err)
	forged := strings.Replace(string(raw), ">mia@pilots.example<", ">"+f.here.creds.Env["OKTA_TEST_USERNAME"]+"<", 1)
	if forged == string(raw) {
		t.Fatal("the response does not say who signs in")
	}
	said.Set("SAMLResponse", base64.StdEncoding.EncodeToString([]byte(forged)))
	_, err = b.PostForm(acs, said)
	must(t, err)
	want(t, "a response that was changed", b.last.Query().Get("error"), "access_denied")
}
