package okta

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
)

// A robot is a service app, which shows that it is itself by a signature.
type robot struct {
	id  string
	key string // PEM
}

// robot makes a service app that may have scopes of Okta's own APIs.
func (e *env) robot(scopes ...string) robot {
	e.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(e.t, err)
	number := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	jwk := map[string]any{"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "n": number(key.N), "e": number(big.NewInt(int64(key.E)))}
	var app struct{ ID string }
	e.api("POST", "/api/v1/apps", map[string]any{"name": "oidc_client", "label": "Robot", "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": "private_key_jwt"}},
		"settings": map[string]any{"oauthClient": map[string]any{"application_type": "service", "grant_types": []string{"client_credentials"}, "response_types": []string{"token"},
			"jwks": map[string]any{"keys": []any{jwk}}}}}, &app)
	for _, s := range scopes {
		_, _, err := e.Application.GrantConsentToScope(e.ctx, app.ID, okta.OAuth2ScopeConsentGrant{ScopeId: s, Issuer: e.url})
		must(e.t, err)
	}
	return robot{app.ID, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))}
}

// administers gives a service app an administrator's role.
func (e *env) administers(r robot, role string) {
	e.t.Helper()
	e.api("POST", "/oauth2/v1/clients/"+r.id+"/roles", map[string]any{"type": role}, nil)
}

// as is a client of the world that authorizes itself in another way than by an API token.
func (e *env) as(how ...okta.ConfigSetter) (context.Context, *okta.Client) {
	e.t.Helper()
	ctx, client, err := okta.NewClient(e.t.Context(), append(how, okta.WithOrgUrl(e.url),
		okta.WithTestingDisableHttpsCheck(true), okta.WithCache(false), okta.WithRequestTimeout(20), okta.WithRateLimitMaxRetries(0))...)
	must(e.t, err)
	return ctx, client
}

func init() {
	rows.Row("okta.PrivateKeyAuth.Authorize", func(t *testing.T) {
		e := world(t)
		g, r := e.group("Pilots"), e.robot("okta.groups.read")
		as := func(key string, scopes ...string) (context.Context, *okta.Client) {
			return e.as(okta.WithAuthorizationMode("PrivateKey"), okta.WithClientId(r.id), okta.WithPrivateKey(key), okta.WithPrivateKeyId("k1"), okta.WithScopes(scopes))
		}
		ctx, client := as(r.key, "okta.groups.read")
		_, _, err := client.Group.GetGroup(ctx, g.Id)
		refused(t, err, "E0000006", "do not have permission") // the scope alone does not do
		e.administers(r, "READ_ONLY_ADMIN")
		got, _, err := client.Group.GetGroup(ctx, g.Id)
		must(t, err)
		want(t, "group", got.Profile.Name, "Pilots")
		_, err = client.Group.DeleteGroup(ctx, g.Id)
		refused(t, err, "", "does not contain the required scopes")
		ctx, client = as(r.key, "okta.groups.manage") // nobody has granted it
		_, _, err = client.Group.GetGroup(ctx, g.Id)
		refused(t, err, "", "scopes")
		ctx, client = as(e.robot().key, "okta.groups.read") // another's key
		_, _, err = client.Group.GetGroup(ctx, g.Id)
		refused(t, err, "", "signature is invalid")
	})
	rows.Row("okta.JWTAuth.Authorize", func(t *testing.T) {
		e := world(t)
		r := e.robot("okta.users.manage")
		e.administers(r, "ORG_ADMIN")
		signer, err := okta.CreateKeySigner(r.key, "k1")
		must(t, err)
		as := func(org string) (context.Context, *okta.Client) {
			assertion, err := okta.CreateClientAssertion(org, r.id, signer)
			must(t, err)
			return e.as(okta.WithAuthorizationMode("JWT"), okta.WithClientAssertion(assertion), okta.WithScopes([]string{"okta.users.manage"}))
		}
		ctx, client := as(e.url)
		u, _, err := client.User.CreateUser(ctx, newUser("Mia"), nil)
		must(t, err)
		want(t, "status", e.status(u.Id), "ACTIVE")
		_, _, err = client.Group.ListGroups(ctx, nil)
		refused(t, err, "", "does not contain the required scopes")
		ctx, client = as("https://elsewhere.example")
		_, _, err = client.User.GetUser(ctx, u.Id)
		refused(t, err, "", "audience")
	})
}
