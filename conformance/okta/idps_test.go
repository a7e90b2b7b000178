package okta

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// google makes an identity provider that is a social network.
func (e *env) google(name string) *okta.IdentityProvider {
	e.t.Helper()
	p, _, err := e.IdentityProvider.CreateIdentityProvider(e.ctx, okta.IdentityProvider{Type: "GOOGLE", Name: name,
		Protocol: &okta.Protocol{Type: "OIDC", Scopes: []string{"openid"}, Credentials: &okta.IdentityProviderCredentials{Client: &okta.IdentityProviderCredentialsClient{ClientId: "id", ClientSecret: "secret"}}},
		Policy:   &okta.IdentityProviderPolicy{AccountLink: &okta.PolicyAccountLink{Action: "AUTO"}}})
	must(e.t, err)
	return p
}

// trusted makes the certificate of an identity provider known.
func (e *env) trusted() *okta.JsonWebKey {
	e.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(e.t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "An identity provider"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	must(e.t, err)
	k, _, err := e.IdentityProvider.CreateIdentityProviderKey(e.ctx, okta.JsonWebKey{X5c: []string{base64.StdEncoding.EncodeToString(der)}})
	must(e.t, err)
	want(e.t, "modulus", k.N, base64.RawURLEncoding.EncodeToString(key.N.Bytes()))
	return k
}

func init() {
	row("IdentityProvider", "CreateIdentityProvider", func(t *testing.T) {
		e := world(t)
		p := e.google("Google")
		want(t, "where", p.Protocol.Endpoints.Authorization.Url, "https://accounts.google.com/o/oauth2/auth")
		_, _, err := e.IdentityProvider.CreateIdentityProvider(e.ctx, okta.IdentityProvider{Type: "GOOGLE", Name: "X"})
		refused(t, err, "E0000001", "protocol")
	})
	row("IdentityProvider", "GetIdentityProvider", func(t *testing.T) {
		e := world(t)
		got, _, err := e.IdentityProvider.GetIdentityProvider(e.ctx, e.google("Google").Id)
		must(t, err)
		want(t, "name", got.Name, "Google")
		_, _, err = e.IdentityProvider.GetIdentityProvider(e.ctx, "0oanone")
		refused(t, err, "E0000007", "0oanone")
	})
	row("IdentityProvider", "ListIdentityProviders", func(t *testing.T) {
		e := world(t)
		e.google("Google")
		got, _, err := e.IdentityProvider.ListIdentityProviders(e.ctx, query.NewQueryParams(query.WithType("GOOGLE")))
		must(t, err)
		want(t, "found", len(got), 1)
		got, _, err = e.IdentityProvider.ListIdentityProviders(e.ctx, query.NewQueryParams(query.WithType("FACEBOOK")))
		must(t, err)
		want(t, "found", len(got), 0)
	})
	row("IdentityProvider", "UpdateIdentityProvider", func(t *testing.T) {
		e := world(t)
		p := e.google("Google")
		p.Name = "Google 2"
		_, _, err := e.IdentityProvider.UpdateIdentityProvider(e.ctx, p.Id, *p)
		must(t, err)
		got, _, err := e.IdentityProvider.GetIdentityProvider(e.ctx, p.Id)
		must(t, err)
		want(t, "name", got.Name, "Google 2")
	})
	row("IdentityProvider", "DeactivateIdentityProvider", func(t *testing.T) {
		e := world(t)
		got, _, err := e.IdentityProvider.DeactivateIdentityProvider(e.ctx, e.google("Google").Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
	})
	row("IdentityProvider", "ActivateIdentityProvider", func(t *testing.T) {
		e := world(t)
		p := e.google("Google")
		_, _, err := e.IdentityProvider.DeactivateIdentityProvider(e.ctx, p.Id)
		must(t, err)
		got, _, err := e.IdentityProvider.ActivateIdentityProvider(e.ctx, p.Id)
		must(t, err)
		want(t, "status", got.Status, "ACTIVE")
	})
	row("IdentityProvider", "DeleteIdentityProvider", func(t *testing.T) {
		e := world(t)
		p := e.google("Google")
		_, err := e.IdentityProvider.DeleteIdentityProvider(e.ctx, p.Id)
		must(t, err)
		_, _, err = e.IdentityProvider.GetIdentityProvider(e.ctx, p.Id)
		refused(t, err, "E0000007", p.Id)
	})

	row("IdentityProvider", "CreateIdentityProviderKey", func(t *testing.T) {
		e := world(t)
		want(t, "kty", e.trusted().Kty, "RSA")
		_, _, err := e.IdentityProvider.CreateIdentityProviderKey(e.ctx, okta.JsonWebKey{X5c: []string{"nothing"}})
		refused(t, err, "E0000001", "x5c")
	})
	row("IdentityProvider", "GetIdentityProviderKey", func(t *testing.T) {
		e := world(t)
		k := e.trusted()
		got, _, err := e.IdentityProvider.GetIdentityProviderKey(e.ctx, k.Kid)
		must(t, err)
		want(t, "modulus", got.N, k.N)
	})
	row("IdentityProvider", "ListIdentityProviderKeys", func(t *testing.T) {
		e := world(t)
		k := e.trusted()
		got, _, err := e.IdentityProvider.ListIdentityProviderKeys(e.ctx, nil)
		must(t, err)
		want(t, "key", got[0].Kid, k.Kid)
	})
	row("IdentityProvider", "DeleteIdentityProviderKey", func(t *testing.T) {
		e := world(t)
		k := e.trusted()
		_, err := e.IdentityProvider.DeleteIdentityProviderKey(e.ctx, k.Kid)
		must(t, err)
		_, _, err = e.IdentityProvider.GetIdentityProviderKey(e.ctx, k.Kid)
		refused(t, err, "E0000007", k.Kid)
	})

	signed := func(t *testing.T) (*env, *okta.IdentityProvider, *okta.JsonWebKey) {
		e := world(t)
		p := e.google("Google")
		k, _, err := e.IdentityProvider.GenerateIdentityProviderSigningKey(e.ctx, p.Id, query.NewQueryParams(query.WithValidityYears(2)))
		must(t, err)
		return e, p, k
	}
	row("IdentityProvider", "GenerateIdentityProviderSigningKey", func(t *testing.T) {
		e, p, k := signed(t)
		want(t, "years", k.ExpiresAt.Year()-k.Created.Year(), 2)
		_, _, err := e.IdentityProvider.GenerateIdentityProviderSigningKey(e.ctx, p.Id, query.NewQueryParams(query.WithValidityYears(1)))
		refused(t, err, "E0000001", "Validity years out of range")
	})
	row("IdentityProvider", "GetIdentityProviderSigningKey", func(t *testing.T) {
		e, p, k := signed(t)
		got, _, err := e.IdentityProvider.GetIdentityProviderSigningKey(e.ctx, p.Id, k.Kid)
		must(t, err)
		want(t, "modulus", got.N, k.N)
	})
	row("IdentityProvider", "ListIdentityProviderSigningKeys", func(t *testing.T) {
		e, p, k := signed(t)
		got, _, err := e.IdentityProvider.ListIdentityProviderSigningKeys(e.ctx, p.Id)
		must(t, err)
		want(t, "the newest", got[0].Kid, k.Kid)
	})
	row("IdentityProvider", "CloneIdentityProviderKey", func(t *testing.T) {
		e, p, k := signed(t)
		other := e.google("Another")
		_, _, err := e.IdentityProvider.CloneIdentityProviderKey(e.ctx, p.Id, k.Kid, query.NewQueryParams(query.WithTargetIdpId(other.Id)))
		must(t, err)
		got, _, err := e.IdentityProvider.GetIdentityProviderSigningKey(e.ctx, other.Id, k.Kid)
		must(t, err)
		want(t, "modulus", got.N, k.N)
	})
	idpRequests()
	idpUsers()
}

func idpRequests() {
	requested := func(t *testing.T) (*env, string, *okta.Csr) {
		e := world(t)
		id := e.google("Google").Id
		csr, _, err := e.IdentityProvider.GenerateCsrForIdentityProvider(e.ctx, id, csrMetadata)
		must(t, err)
		return e, id, csr
	}
	row("IdentityProvider", "GenerateCsrForIdentityProvider", func(t *testing.T) {
		_, _, csr := requested(t)
		certified(t, csr.Csr)
	})
	row("IdentityProvider", "GetCsrForIdentityProvider", func(t *testing.T) {
		e, id, csr := requested(t)
		got, _, err := e.IdentityProvider.GetCsrForIdentityProvider(e.ctx, id, csr.Id)
		must(t, err)
		want(t, "csr", got.Csr, csr.Csr)
	})
	row("IdentityProvider", "ListCsrsForIdentityProvider", func(t *testing.T) {
		e, id, csr := requested(t)
		got, _, err := e.IdentityProvider.ListCsrsForIdentityProvider(e.ctx, id)
		must(t, err)
		want(t, "csr", got[0].Id, csr.Id)
	})
	row("IdentityProvider", "RevokeCsrForIdentityProvider", func(t *testing.T) {
		e, id, csr := requested(t)
		_, err := e.IdentityProvider.RevokeCsrForIdentityProvider(e.ctx, id, csr.Id)
		must(t, err)
		_, _, err = e.IdentityProvider.GetCsrForIdentityProvider(e.ctx, id, csr.Id)
		refused(t, err, "E0000007", csr.Id)
	})
	for _, p := range []struct {
		method string
		sent   func(der []byte) string
		call   func(e *env, idp, csr, cert string) (*okta.JsonWebKey, *okta.Response, error)
	}{
		{"PublishCerCertForIdentityProvider", base64.StdEncoding.EncodeToString, func(e *env, idp, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.IdentityProvider.PublishCerCertForIdentityProvider(e.ctx, idp, csr, cert)
		}},
		{"PublishDerCertForIdentityProvider", base64.StdEncoding.EncodeToString, func(e *env, idp, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.IdentityProvider.PublishDerCertForIdentityProvider(e.ctx, idp, csr, cert)
		}},
		{"PublishBinaryCerCertForIdentityProvider", base64.StdEncoding.EncodeToString, func(e *env, idp, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.IdentityProvider.PublishBinaryCerCertForIdentityProvider(e.ctx, idp, csr, cert)
		}},
		{"PublishBinaryDerCertForIdentityProvider", base64.StdEncoding.EncodeToString, func(e *env, idp, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.IdentityProvider.PublishBinaryDerCertForIdentityProvider(e.ctx, idp, csr, cert)
		}},
		{"PublishBinaryPemCertForIdentityProvider", inPEM, func(e *env, idp, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.IdentityProvider.PublishBinaryPemCertForIdentityProvider(e.ctx, idp, csr, cert)
		}},
	} {
		row("IdentityProvider", p.method, func(t *testing.T) {
			e, id, csr := requested(t)
			k, _, err := p.call(e, id, csr.Id, p.sent(certified(t, csr.Csr)))
			must(t, err)
			want(t, "key", k.Kid, csr.Id)
			_, _, err = e.IdentityProvider.GetIdentityProviderSigningKey(e.ctx, id, csr.Id)
			must(t, err)
		})
	}
}

func idpUsers() {
	linked := func(t *testing.T) (*env, string, string) {
		e := world(t)
		id, who := e.google("Google").Id, e.somebody()
		_, _, err := e.IdentityProvider.LinkUserToIdentityProvider(e.ctx, id, who, okta.UserIdentityProviderLinkRequest{ExternalId: "them@google"})
		must(t, err)
		return e, id, who
	}
	row("IdentityProvider", "LinkUserToIdentityProvider", func(t *testing.T) {
		e, id, who := linked(t)
		_, _, err := e.IdentityProvider.LinkUserToIdentityProvider(e.ctx, id, who, okta.UserIdentityProviderLinkRequest{})
		refused(t, err, "E0000001", "externalId")
	})
	row("IdentityProvider", "GetIdentityProviderApplicationUser", func(t *testing.T) {
		e, id, who := linked(t)
		got, _, err := e.IdentityProvider.GetIdentityProviderApplicationUser(e.ctx, id, who)
		must(t, err)
		want(t, "external id", got.ExternalId, "them@google")
	})
	row("IdentityProvider", "ListIdentityProviderApplicationUsers", func(t *testing.T) {
		e, id, who := linked(t)
		got, _, err := e.IdentityProvider.ListIdentityProviderApplicationUsers(e.ctx, id)
		must(t, err)
		want(t, "who", got[0].Id, who)
	})
	row("IdentityProvider", "UnlinkUserFromIdentityProvider", func(t *testing.T) {
		e, id, who := linked(t)
		_, err := e.IdentityProvider.UnlinkUserFromIdentityProvider(e.ctx, id, who)
		must(t, err)
		_, _, err = e.IdentityProvider.GetIdentityProviderApplicationUser(e.ctx, id, who)
		refused(t, err, "E0000007", who)
	})
	row("IdentityProvider", "ListSocialAuthTokens", func(t *testing.T) {
		e, id, who := linked(t)
		got, _, err := e.IdentityProvider.ListSocialAuthTokens(e.ctx, id, who)
		must(t, err)
		want(t, "tokens", len(got), 0)
		_, _, err = e.IdentityProvider.ListSocialAuthTokens(e.ctx, id, "00unone")
		refused(t, err, "E0000007", "00unone")
	})
}
