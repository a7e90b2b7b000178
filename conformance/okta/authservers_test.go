package okta

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// server makes an authorization server that issues nothing yet.
func (e *env) server(name string) *okta.AuthorizationServer {
	e.t.Helper()
	s, _, err := e.AuthorizationServer.CreateAuthorizationServer(e.ctx, okta.AuthorizationServer{Name: name, Audiences: []string{"api://" + strings.ToLower(name)}})
	must(e.t, err)
	return s
}

// A tower is an authorization server that gives an app the scope "fly".
type tower struct {
	*env
	id             string // of the server
	scope          *okta.OAuth2Scope
	policy         *okta.AuthorizationServerPolicy
	rule           *okta.AuthorizationServerPolicyRule
	client, secret string
}

func newTower(t *testing.T) *tower {
	t.Helper()
	w := &tower{env: world(t)}
	w.id = w.server("Tower").Id
	w.client, w.secret = w.granted("client_credentials")
	var err error
	w.scope, _, err = w.AuthorizationServer.CreateOAuth2Scope(w.ctx, w.id, okta.OAuth2Scope{Name: "fly"})
	must(t, err)
	w.policy, _, err = w.AuthorizationServer.CreateAuthorizationServerPolicy(w.ctx, w.id, tokenPolicy("Pilots", "ALL_CLIENTS"))
	must(t, err)
	w.rule, _, err = w.AuthorizationServer.CreateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, tokenRule("Machines", 20))
	must(t, err)
	return w
}

// granted makes an app that everybody has and that gets tokens by a grant beside the ones by which people come.
func (e *env) granted(kind string) (id, secret string) {
	e.t.Helper()
	code := okta.OAuthResponseType("code")
	a := okta.NewOpenIdConnectApplication()
	a.Label = "Plane"
	a.Credentials = &okta.OAuthApplicationCredentials{OauthClient: &okta.ApplicationCredentialsOAuthClient{TokenEndpointAuthMethod: "client_secret_basic"}}
	a.Settings = &okta.OpenIdConnectApplicationSettings{OauthClient: &okta.OpenIdConnectApplicationSettingsClient{ApplicationType: "web", RedirectUris: []string{callback}, ResponseTypes: []*okta.OAuthResponseType{&code}}}
	for _, g := range []okta.OAuthGrantType{"authorization_code", "refresh_token", okta.OAuthGrantType(kind)} {
		a.Settings.OauthClient.GrantTypes = append(a.Settings.OauthClient.GrantTypes, &g)
	}
	_, _, err := e.Application.CreateApplication(e.ctx, a, nil)
	must(e.t, err)
	_, _, err = e.Application.CreateApplicationGroupAssignment(e.ctx, a.Id, e.everybody(), okta.ApplicationGroupAssignment{})
	must(e.t, err)
	return a.Credentials.OauthClient.ClientId, a.Credentials.OauthClient.ClientSecret
}

// tokenPolicy is a server's policy for an app, or for all.
func tokenPolicy(name, client string) okta.AuthorizationServerPolicy {
	return okta.AuthorizationServerPolicy{Type: "OAUTH_AUTHORIZATION_POLICY", Name: name, Description: "Who may fly", PriorityPtr: okta.Int64Ptr(1),
		Conditions: &okta.PolicyRuleConditions{Clients: &okta.ClientPolicyCondition{Include: []string{client}}}}
}

// tokenRule is a rule by which apps get tokens of their own that are good for so many minutes.
func tokenRule(name string, minutes int64) okta.AuthorizationServerPolicyRule {
	return okta.AuthorizationServerPolicyRule{Type: "RESOURCE_ACCESS", Name: name, PriorityPtr: okta.Int64Ptr(1),
		Conditions: &okta.AuthorizationServerPolicyRuleConditions{GrantTypes: &okta.GrantTypePolicyRuleCondition{Include: []string{"client_credentials"}},
			Scopes: &okta.OAuth2ScopesMediationPolicyRuleCondition{Include: []string{"*"}}},
		Actions: &okta.AuthorizationServerPolicyRuleActions{Token: &okta.TokenAuthorizationServerPolicyRuleAction{AccessTokenLifetimeMinutes: minutes}}}
}

// A grant is what a token endpoint has said.
type grant struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int    `json:"expires_in"`
	Error        string // "" when there is a token
	ErrorCode    string // of the management API, when there is no such server
}

// token asks a server for a token.
func (e *env) token(server, client, secret string, form url.Values) (said grant) {
	e.t.Helper()
	req, err := http.NewRequest(http.MethodPost, e.url+"/oauth2/"+server+"/v1/token", strings.NewReader(form.Encode()))
	must(e.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(client, secret)
	res, err := http.DefaultClient.Do(req)
	must(e.t, err)
	defer res.Body.Close()
	must(e.t, json.NewDecoder(res.Body).Decode(&said))
	return said
}

// ask asks for a scope for the tower's app.
func (w *tower) ask(scope string) grant {
	w.t.Helper()
	return w.token(w.id, w.client, w.secret, url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
}

// claims are what is in the access token; there has to be one.
func (g grant) claims(t *testing.T) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(g.AccessToken, ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %+v", g)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	must(t, json.Unmarshal(b, &claims))
	return claims
}

// metadata is what a server says of itself to everybody, and its status.
func (e *env) metadata(server string) (doc struct {
	Scopes []string `json:"scopes_supported"`
	Keys   string   `json:"jwks_uri"`
}, status int) {
	e.t.Helper()
	res, err := http.Get(e.url + "/oauth2/" + server + "/.well-known/oauth-authorization-server")
	must(e.t, err)
	defer res.Body.Close()
	must(e.t, json.NewDecoder(res.Body).Decode(&doc))
	return doc, res.StatusCode
}

func init() {
	row("AuthorizationServer", "CreateAuthorizationServer", func(t *testing.T) {
		e := world(t)
		s := e.server("Tower")
		want(t, "issuer", s.Issuer, e.url+"/oauth2/"+s.Id)
		want(t, "rotation", s.Credentials.Signing.RotationMode, "AUTO")
		_, status := e.metadata(s.Id)
		want(t, "status of its metadata", status, 200)
		scopes, _, err := e.AuthorizationServer.ListOAuth2Scopes(e.ctx, s.Id, nil)
		must(t, err)
		want(t, "has openid", slices.ContainsFunc(scopes, func(s *okta.OAuth2Scope) bool { return s.Name == "openid" }), true)
		_, _, err = e.AuthorizationServer.CreateAuthorizationServer(e.ctx, okta.AuthorizationServer{Name: "Tower"})
		refused(t, err, "E0000001", "audiences")
	})
	row("AuthorizationServer", "GetAuthorizationServer", func(t *testing.T) {
		e := world(t)
		got, _, err := e.AuthorizationServer.GetAuthorizationServer(e.ctx, e.server("Tower").Id)
		must(t, err)
		want(t, "audience", got.Audiences[0], "api://tower")
		_, _, err = e.AuthorizationServer.GetAuthorizationServer(e.ctx, "ausnone")
		refused(t, err, "E0000007", "ausnone (AuthorizationServer)")
	})
	row("AuthorizationServer", "ListAuthorizationServers", func(t *testing.T) {
		e := world(t)
		e.server("Tower")
		all, _, err := e.AuthorizationServer.ListAuthorizationServers(e.ctx, nil)
		must(t, err)
		want(t, "servers", len(all), 2)
		found, _, err := e.AuthorizationServer.ListAuthorizationServers(e.ctx, query.NewQueryParams(query.WithQ("Tow")))
		must(t, err)
		want(t, "servers found", len(found), 1)
		want(t, "name", found[0].Name, "Tower")
	})
	row("AuthorizationServer", "UpdateAuthorizationServer", func(t *testing.T) {
		w := newTower(t)
		_, _, err := w.AuthorizationServer.UpdateAuthorizationServer(w.ctx, w.id, okta.AuthorizationServer{Name: "Hangar", Description: "Where planes sleep", Audiences: []string{"api://hangar"}})
		must(t, err)
		got, _, err := w.AuthorizationServer.GetAuthorizationServer(w.ctx, w.id)
		must(t, err)
		want(t, "name", got.Name, "Hangar")
		want(t, "description", got.Description, "Where planes sleep")
		want(t, "audience of a token", w.ask("fly").claims(t)["aud"].(string), "api://hangar")
		_, _, err = w.AuthorizationServer.UpdateAuthorizationServer(w.ctx, w.id, okta.AuthorizationServer{Audiences: []string{"api://hangar"}})
		refused(t, err, "E0000001", "name")
	})
	row("AuthorizationServer", "DeleteAuthorizationServer", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeleteAuthorizationServer(w.ctx, w.id)
		must(t, err)
		_, _, err = w.AuthorizationServer.GetAuthorizationServer(w.ctx, w.id)
		refused(t, err, "E0000007", w.id)
		want(t, "asking for a token", w.ask("fly").AccessToken, "")
		_, _, err = w.AuthorizationServer.GetOAuth2Scope(w.ctx, w.id, w.scope.Id)
		refused(t, err, "E0000007", w.id+" (AuthorizationServer)")
	})
	row("AuthorizationServer", "DeactivateAuthorizationServer", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeactivateAuthorizationServer(w.ctx, w.id)
		must(t, err)
		got, _, err := w.AuthorizationServer.GetAuthorizationServer(w.ctx, w.id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
		want(t, "token", w.ask("fly").AccessToken, "")
	})
	row("AuthorizationServer", "ActivateAuthorizationServer", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeactivateAuthorizationServer(w.ctx, w.id)
		must(t, err)
		_, err = w.AuthorizationServer.ActivateAuthorizationServer(w.ctx, w.id)
		must(t, err)
		want(t, "client of a token", w.ask("fly").claims(t)["cid"].(string), w.client)
		_, err = w.AuthorizationServer.ActivateAuthorizationServer(w.ctx, "ausnone")
		refused(t, err, "E0000007", "ausnone")
	})
	row("AuthorizationServer", "ListAuthorizationServerKeys", func(t *testing.T) {
		w := newTower(t)
		keys, _, err := w.AuthorizationServer.ListAuthorizationServerKeys(w.ctx, w.id)
		must(t, err)
		want(t, "key", keys[0].Status, "ACTIVE")
		want(t, "key that signs", kid(t, w.ask("fly").AccessToken), keys[0].Kid)
		_, _, err = w.AuthorizationServer.ListAuthorizationServerKeys(w.ctx, "ausnone")
		refused(t, err, "E0000007", "ausnone")
	})
	row("AuthorizationServer", "RotateAuthorizationServerKeys", func(t *testing.T) {
		w := newTower(t)
		before := w.ask("fly").AccessToken
		keys, _, err := w.AuthorizationServer.RotateAuthorizationServerKeys(w.ctx, w.id, okta.JwkUse{Use: "sig"})
		must(t, err)
		byStatus := map[string]string{}
		for _, k := range keys {
			byStatus[k.Status] = k.Kid
		}
		after := w.ask("fly").AccessToken
		want(t, "key that signed", kid(t, before), byStatus["EXPIRED"])
		want(t, "key that signs", kid(t, after), byStatus["ACTIVE"])
		want(t, "key that will sign is known", byStatus["NEXT"] != "", true)
		meta, _ := w.metadata(w.id)
		verifier := oidc.NewVerifier(w.url+"/oauth2/"+w.id, oidc.NewRemoteKeySet(t.Context(), meta.Keys), &oidc.Config{ClientID: "api://tower"})
		for _, token := range []string{before, after} {
			_, err := verifier.Verify(t.Context(), token)
			must(t, err)
		}
		_, _, err = w.AuthorizationServer.RotateAuthorizationServerKeys(w.ctx, w.id, okta.JwkUse{Use: "enc"})
		refused(t, err, "E0000001", "use")
	})
	serverScopes()
	serverClaims()
	serverPolicies()
	serverRules()
	serverTokens()
}

// kid is the key that a token says it was signed with.
func kid(t *testing.T, token string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	must(t, err)
	var head struct{ Kid string }
	must(t, json.Unmarshal(b, &head))
	return head.Kid
}

func serverScopes() {
	row("AuthorizationServer", "CreateOAuth2Scope", func(t *testing.T) {
		w := newTower(t)
		want(t, "error before", w.ask("land").Error, "invalid_scope")
		s, _, err := w.AuthorizationServer.CreateOAuth2Scope(w.ctx, w.id, okta.OAuth2Scope{Name: "land"})
		must(t, err)
		want(t, "consent", s.Consent, "IMPLICIT")
		want(t, "scope of a token", w.ask("land").claims(t)["scp"].([]any)[0].(string), "land")
		_, _, err = w.AuthorizationServer.CreateOAuth2Scope(w.ctx, w.id, okta.OAuth2Scope{Name: "land"})
		refused(t, err, "E0000001", "already exists")
	})
	row("AuthorizationServer", "GetOAuth2Scope", func(t *testing.T) {
		w := newTower(t)
		got, _, err := w.AuthorizationServer.GetOAuth2Scope(w.ctx, w.id, w.scope.Id)
		must(t, err)
		want(t, "name", got.Name, "fly")
		_, _, err = w.AuthorizationServer.GetOAuth2Scope(w.ctx, "default", w.scope.Id)
		refused(t, err, "E0000007", w.scope.Id)
	})
	row("AuthorizationServer", "ListOAuth2Scopes", func(t *testing.T) {
		w := newTower(t)
		all, _, err := w.AuthorizationServer.ListOAuth2Scopes(w.ctx, w.id, nil)
		must(t, err)
		want(t, "last", all[len(all)-1].Name, "fly")
		found, _, err := w.AuthorizationServer.ListOAuth2Scopes(w.ctx, w.id, query.NewQueryParams(query.WithQ("off")))
		must(t, err)
		want(t, "scopes found", len(found), 1)
		want(t, "system", *found[0].System, true)
	})
	row("AuthorizationServer", "UpdateOAuth2Scope", func(t *testing.T) {
		w := newTower(t)
		meta, _ := w.metadata(w.id)
		want(t, "published before", slices.Contains(meta.Scopes, "fly"), false)
		_, _, err := w.AuthorizationServer.UpdateOAuth2Scope(w.ctx, w.id, w.scope.Id, okta.OAuth2Scope{Name: "fly", DisplayName: "Fly planes", MetadataPublish: "ALL_CLIENTS"})
		must(t, err)
		got, _, err := w.AuthorizationServer.GetOAuth2Scope(w.ctx, w.id, w.scope.Id)
		must(t, err)
		want(t, "display name", got.DisplayName, "Fly planes")
		meta, _ = w.metadata(w.id)
		want(t, "published after", slices.Contains(meta.Scopes, "fly"), true)
		_, _, err = w.AuthorizationServer.UpdateOAuth2Scope(w.ctx, w.id, w.scope.Id, okta.OAuth2Scope{Name: "openid"})
		refused(t, err, "E0000001", "already exists")
	})
	row("AuthorizationServer", "DeleteOAuth2Scope", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeleteOAuth2Scope(w.ctx, w.id, w.scope.Id)
		must(t, err)
		want(t, "error", w.ask("fly").Error, "invalid_scope")
		all, _, err := w.AuthorizationServer.ListOAuth2Scopes(w.ctx, w.id, nil)
		must(t, err)
		_, err = w.AuthorizationServer.DeleteOAuth2Scope(w.ctx, w.id, all[0].Id)
		refused(t, err, "E0000077", "read-only")
	})
}

func serverClaims() {
	// claim makes a claim of the access tokens of a tower.
	claim := func(w *tower) *okta.OAuth2Claim {
		w.t.Helper()
		c, _, err := w.AuthorizationServer.CreateOAuth2Claim(w.ctx, w.id, okta.OAuth2Claim{Name: "wings", ClaimType: "RESOURCE", ValueType: "EXPRESSION", Value: `"two"`})
		must(w.t, err)
		return c
	}
	row("AuthorizationServer", "CreateOAuth2Claim", func(t *testing.T) {
		w := newTower(t)
		c := claim(w)
		want(t, "status", c.Status, "ACTIVE")
		want(t, "claim of a token", w.ask("fly").claims(t)["wings"], any("two"))
		_, _, err := w.AuthorizationServer.CreateOAuth2Claim(w.ctx, w.id, okta.OAuth2Claim{Name: "wings", ClaimType: "RESOURCE", Value: `"three"`})
		refused(t, err, "E0000001", "already exists")
	})
	row("AuthorizationServer", "GetOAuth2Claim", func(t *testing.T) {
		w := newTower(t)
		got, _, err := w.AuthorizationServer.GetOAuth2Claim(w.ctx, w.id, claim(w).Id)
		must(t, err)
		want(t, "value", got.Value, `"two"`)
		want(t, "always", *got.AlwaysIncludeInToken, true)
		_, _, err = w.AuthorizationServer.GetOAuth2Claim(w.ctx, w.id, "oclnone")
		refused(t, err, "E0000007", "oclnone (OAuth2Claim)")
	})
	row("AuthorizationServer", "ListOAuth2Claims", func(t *testing.T) {
		w := newTower(t)
		before, _, err := w.AuthorizationServer.ListOAuth2Claims(w.ctx, w.id)
		must(t, err)
		claim(w)
		after, _, err := w.AuthorizationServer.ListOAuth2Claims(w.ctx, w.id)
		must(t, err)
		want(t, "claims", len(after), len(before)+1)
		want(t, "first", after[0].Name, "sub")
		want(t, "last", after[len(before)].Name, "wings")
	})
	row("AuthorizationServer", "UpdateOAuth2Claim", func(t *testing.T) {
		w := newTower(t)
		c := claim(w)
		_, _, err := w.AuthorizationServer.UpdateOAuth2Claim(w.ctx, w.id, c.Id, okta.OAuth2Claim{Name: "engines", ClaimType: "RESOURCE", ValueType: "EXPRESSION", Value: `"four"`})
		must(t, err)
		claims := w.ask("fly").claims(t)
		want(t, "claim of a token", claims["engines"], any("four"))
		want(t, "claim that was", claims["wings"], nil)
		_, _, err = w.AuthorizationServer.UpdateOAuth2Claim(w.ctx, w.id, c.Id, okta.OAuth2Claim{Name: "engines", ClaimType: "RESOURCE", ValueType: "EXPRESSION"})
		refused(t, err, "E0000001", "value")
	})
	row("AuthorizationServer", "DeleteOAuth2Claim", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeleteOAuth2Claim(w.ctx, w.id, claim(w).Id)
		must(t, err)
		want(t, "claim of a token", w.ask("fly").claims(t)["wings"], nil)
		all, _, err := w.AuthorizationServer.ListOAuth2Claims(w.ctx, w.id)
		must(t, err)
		_, err = w.AuthorizationServer.DeleteOAuth2Claim(w.ctx, w.id, all[0].Id)
		refused(t, err, "E0000077", "read-only")
	})
}

func serverPolicies() {
	row("AuthorizationServer", "CreateAuthorizationServerPolicy", func(t *testing.T) {
		w := newTower(t)
		p, _, err := w.AuthorizationServer.CreateAuthorizationServerPolicy(w.ctx, w.id, tokenPolicy("Captains", "ALL_CLIENTS"))
		must(t, err)
		want(t, "status", p.Status, "ACTIVE")
		all, _, err := w.AuthorizationServer.ListAuthorizationServerPolicies(w.ctx, w.id)
		must(t, err)
		want(t, "first", all[0].Name, "Captains")
		want(t, "second", all[1].Name, "Pilots")
		_, _, err = w.AuthorizationServer.CreateAuthorizationServerPolicy(w.ctx, w.id, tokenPolicy("Pilots", "ALL_CLIENTS"))
		refused(t, err, "E0000001", "Policy name already in use")
	})
	row("AuthorizationServer", "GetAuthorizationServerPolicy", func(t *testing.T) {
		w := newTower(t)
		got, _, err := w.AuthorizationServer.GetAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		must(t, err)
		want(t, "description", got.Description, "Who may fly")
		_, _, err = w.AuthorizationServer.GetAuthorizationServerPolicy(w.ctx, "default", w.policy.Id)
		refused(t, err, "E0000007", w.policy.Id)
	})
	row("AuthorizationServer", "ListAuthorizationServerPolicies", func(t *testing.T) {
		w := newTower(t)
		all, _, err := w.AuthorizationServer.ListAuthorizationServerPolicies(w.ctx, w.id)
		must(t, err)
		want(t, "policies", len(all), 1)
		want(t, "client", all[0].Conditions.Clients.Include[0], "ALL_CLIENTS")
		_, _, err = w.AuthorizationServer.ListAuthorizationServerPolicies(w.ctx, "ausnone")
		refused(t, err, "E0000007", "ausnone")
	})
	row("AuthorizationServer", "UpdateAuthorizationServerPolicy", func(t *testing.T) {
		w := newTower(t)
		other, _ := w.webApp()
		_, _, err := w.AuthorizationServer.UpdateAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id, tokenPolicy("Others", other))
		must(t, err)
		want(t, "error of whom it is no longer for", w.ask("fly").Error, "access_denied")
		got, _, err := w.AuthorizationServer.GetAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		must(t, err)
		want(t, "name", got.Name, "Others")
		_, _, err = w.AuthorizationServer.UpdateAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id, okta.AuthorizationServerPolicy{Type: "PASSWORD", Name: "Others"})
		refused(t, err, "E0000077", "type")
	})
	row("AuthorizationServer", "DeleteAuthorizationServerPolicy", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeleteAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		must(t, err)
		want(t, "error", w.ask("fly").Error, "access_denied")
		_, _, err = w.AuthorizationServer.GetAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		refused(t, err, "E0000007", w.policy.Id)
	})
	row("AuthorizationServer", "DeactivateAuthorizationServerPolicy", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeactivateAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		must(t, err)
		want(t, "error", w.ask("fly").Error, "access_denied")
		got, _, err := w.AuthorizationServer.GetAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
	})
	row("AuthorizationServer", "ActivateAuthorizationServerPolicy", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeactivateAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		must(t, err)
		_, err = w.AuthorizationServer.ActivateAuthorizationServerPolicy(w.ctx, w.id, w.policy.Id)
		must(t, err)
		want(t, "client of a token", w.ask("fly").claims(t)["cid"].(string), w.client)
		_, err = w.AuthorizationServer.ActivateAuthorizationServerPolicy(w.ctx, w.id, "00pnone")
		refused(t, err, "E0000007", "00pnone")
	})
}

func serverRules() {
	row("AuthorizationServer", "CreateAuthorizationServerPolicyRule", func(t *testing.T) {
		w := newTower(t)
		want(t, "lifetime", w.ask("fly").ExpiresIn, 20*60)
		_, _, err := w.AuthorizationServer.CreateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, tokenRule("Quick machines", 5))
		must(t, err)
		want(t, "lifetime by the new first rule", w.ask("fly").ExpiresIn, 5*60)
		_, _, err = w.AuthorizationServer.CreateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, tokenRule("Too quick", 4))
		refused(t, err, "E0000001", "must be between 5 minutes and 1440 minutes")
	})
	row("AuthorizationServer", "GetAuthorizationServerPolicyRule", func(t *testing.T) {
		w := newTower(t)
		got, _, err := w.AuthorizationServer.GetAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id)
		must(t, err)
		want(t, "lifetime", got.Actions.Token.AccessTokenLifetimeMinutes, 20)
		want(t, "window", got.Actions.Token.RefreshTokenWindowMinutes, 10080)
		_, _, err = w.AuthorizationServer.GetAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, "0prnone")
		refused(t, err, "E0000007", "0prnone")
	})
	row("AuthorizationServer", "ListAuthorizationServerPolicyRules", func(t *testing.T) {
		w := newTower(t)
		_, _, err := w.AuthorizationServer.CreateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, tokenRule("Quick machines", 5))
		must(t, err)
		all, _, err := w.AuthorizationServer.ListAuthorizationServerPolicyRules(w.ctx, w.id, w.policy.Id)
		must(t, err)
		want(t, "rules", len(all), 2)
		want(t, "first", all[0].Name, "Quick machines")
		want(t, "priority of the second", all[1].Priority, 2)
	})
	row("AuthorizationServer", "UpdateAuthorizationServerPolicyRule", func(t *testing.T) {
		w := newTower(t)
		_, _, err := w.AuthorizationServer.UpdateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id, tokenRule("Slow machines", 30))
		must(t, err)
		want(t, "lifetime", w.ask("fly").ExpiresIn, 30*60)
		people := tokenRule("People", 30)
		people.Conditions.GrantTypes.Include = []string{"password"}
		_, _, err = w.AuthorizationServer.UpdateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id, people)
		refused(t, err, "E0000001", "must contain a valid user or group")
	})
	row("AuthorizationServer", "DeleteAuthorizationServerPolicyRule", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeleteAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id)
		must(t, err)
		want(t, "error", w.ask("fly").Error, "access_denied")
		_, _, err = w.AuthorizationServer.GetAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id)
		refused(t, err, "E0000007", w.rule.Id)
	})
	row("AuthorizationServer", "DeactivateAuthorizationServerPolicyRule", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeactivateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id)
		must(t, err)
		want(t, "error", w.ask("fly").Error, "access_denied")
		got, _, err := w.AuthorizationServer.GetAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
	})
	row("AuthorizationServer", "ActivateAuthorizationServerPolicyRule", func(t *testing.T) {
		w := newTower(t)
		_, err := w.AuthorizationServer.DeactivateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id)
		must(t, err)
		_, err = w.AuthorizationServer.ActivateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, w.rule.Id)
		must(t, err)
		want(t, "lifetime", w.ask("fly").ExpiresIn, 20*60)
		_, err = w.AuthorizationServer.ActivateAuthorizationServerPolicyRule(w.ctx, w.id, w.policy.Id, "0prnone")
		refused(t, err, "E0000007", "0prnone")
	})
}

func serverTokens() {
	// refreshable makes an app that has a refresh token of the org's server, and says whether the token is still good.
	refreshable := func(e *env) (client string, good func() bool) {
		e.t.Helper()
		client, secret := e.granted("password")
		got := e.token("default", client, secret, url.Values{"grant_type": {"password"}, "scope": {"openid offline_access"},
			"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
		good = func() bool {
			e.t.Helper()
			again := e.token("default", client, secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.RefreshToken}})
			return again.AccessToken != "" && again.Error != "invalid_grant"
		}
		want(e.t, "the token is good", good(), true)
		return client, good
	}
	// tokens are the refresh tokens of an app.
	tokens := func(e *env, client string) []*okta.OAuth2RefreshToken {
		e.t.Helper()
		all, _, err := e.AuthorizationServer.ListRefreshTokensForAuthorizationServerAndClient(e.ctx, "default", client, nil)
		must(e.t, err)
		return all
	}
	row("AuthorizationServer", "ListOAuth2ClientsForAuthorizationServer", func(t *testing.T) {
		e := world(t)
		none, _, err := e.AuthorizationServer.ListOAuth2ClientsForAuthorizationServer(e.ctx, "default")
		must(t, err)
		want(t, "clients before", len(none), 0)
		client, _ := refreshable(e)
		all, _, err := e.AuthorizationServer.ListOAuth2ClientsForAuthorizationServer(e.ctx, "default")
		must(t, err)
		want(t, "clients", len(all), 1)
		want(t, "client", all[0].ClientId, client)
		want(t, "name", all[0].ClientName, "Plane")
	})
	row("AuthorizationServer", "ListRefreshTokensForAuthorizationServerAndClient", func(t *testing.T) {
		e := world(t)
		client, _ := refreshable(e)
		all := tokens(e, client)
		want(t, "tokens", len(all), 1)
		want(t, "status", all[0].Status, "ACTIVE")
		want(t, "issuer", all[0].Issuer, e.url+"/oauth2/default")
		want(t, "for offline access", slices.Contains(all[0].Scopes, "offline_access"), true)
		_, _, err := e.AuthorizationServer.ListRefreshTokensForAuthorizationServerAndClient(e.ctx, "ausnone", client, nil)
		refused(t, err, "E0000007", "ausnone")
	})
	row("AuthorizationServer", "GetRefreshTokenForAuthorizationServerAndClient", func(t *testing.T) {
		e := world(t)
		client, _ := refreshable(e)
		one := tokens(e, client)[0]
		got, _, err := e.AuthorizationServer.GetRefreshTokenForAuthorizationServerAndClient(e.ctx, "default", client, one.Id, nil)
		must(t, err)
		want(t, "user", got.UserId, one.UserId)
		want(t, "client", got.ClientId, client)
		_, _, err = e.AuthorizationServer.GetRefreshTokenForAuthorizationServerAndClient(e.ctx, "default", client, "oarnone", nil)
		refused(t, err, "E0000007", "oarnone")
	})
	row("AuthorizationServer", "RevokeRefreshTokenForAuthorizationServerAndClient", func(t *testing.T) {
		e := world(t)
		client, good := refreshable(e)
		id := tokens(e, client)[0].Id
		_, err := e.AuthorizationServer.RevokeRefreshTokenForAuthorizationServerAndClient(e.ctx, "default", client, id)
		must(t, err)
		want(t, "the token is good", good(), false)
		want(t, "tokens", len(tokens(e, client)), 0)
		_, err = e.AuthorizationServer.RevokeRefreshTokenForAuthorizationServerAndClient(e.ctx, "default", client, id)
		refused(t, err, "E0000007", id)
	})
	row("AuthorizationServer", "RevokeRefreshTokensForAuthorizationServerAndClient", func(t *testing.T) {
		e := world(t)
		one, oneGood := refreshable(e)
		other, otherGood := refreshable(e)
		_, err := e.AuthorizationServer.RevokeRefreshTokensForAuthorizationServerAndClient(e.ctx, "default", one)
		must(t, err)
		want(t, "the token is good", oneGood(), false)
		want(t, "another app's token is good", otherGood(), true)
		want(t, "tokens", len(tokens(e, one)), 0)
		want(t, "another app's tokens", len(tokens(e, other)), 1)
	})
}
