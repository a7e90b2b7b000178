package okta

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"image"
	"image/png"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

// bookmark makes an app that is only an address.
func (e *env) bookmark(label string) *okta.BookmarkApplication {
	e.t.Helper()
	a := okta.NewBookmarkApplication()
	a.Label = label
	a.Settings = &okta.BookmarkApplicationSettings{App: &okta.BookmarkApplicationSettingsApplication{Url: "https://" + label + ".example.com"}}
	made, _, err := e.Application.CreateApplication(e.ctx, a, nil)
	must(e.t, err)
	return made.(*okta.BookmarkApplication)
}

// client makes an OAuth client.
func (e *env) client(label string) *okta.OpenIdConnectApplication {
	e.t.Helper()
	code, grant := okta.OAuthResponseType("code"), okta.OAuthGrantType("authorization_code")
	a := okta.NewOpenIdConnectApplication()
	a.Label = label
	a.Credentials = &okta.OAuthApplicationCredentials{OauthClient: &okta.ApplicationCredentialsOAuthClient{TokenEndpointAuthMethod: "client_secret_post"}}
	a.Settings = &okta.OpenIdConnectApplicationSettings{OauthClient: &okta.OpenIdConnectApplicationSettingsClient{ApplicationType: "web", RedirectUris: []string{"https://" + label + ".example.com/cb"},
		ResponseTypes: []*okta.OAuthResponseType{&code}, GrantTypes: []*okta.OAuthGrantType{&grant}}}
	made, _, err := e.Application.CreateApplication(e.ctx, a, nil)
	must(e.t, err)
	return made.(*okta.OpenIdConnectApplication)
}

// org2org makes an app of the catalog to which people sign on by SAML and are provisioned.
func (e *env) org2org() *okta.SamlApplication {
	e.t.Helper()
	a := okta.NewSamlApplication()
	a.Name, a.Label = "okta_org2org", "Another org"
	settings := okta.ApplicationSettingsApplication{"baseUrl": "https://other.example.com"}
	a.Settings = &okta.SamlApplicationSettings{App: &settings}
	made, _, err := e.Application.CreateApplication(e.ctx, a, nil)
	must(e.t, err)
	return made.(*okta.SamlApplication)
}

// somebody is a person of the company.
func (e *env) somebody() string {
	e.t.Helper()
	users, _, err := e.User.ListUsers(e.ctx, nil)
	must(e.t, err)
	return users[0].Id
}

// certified is a certificate for the key of a request, in DER.
func certified(t *testing.T, csr string) []byte {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(csr)
	must(t, err)
	req, err := x509.ParseCertificateRequest(der)
	must(t, err)
	must(t, req.CheckSignature())
	ca, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "A certifier"}}
	out, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: req.Subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(2, 0, 0)}, issuer, req.PublicKey, ca)
	must(t, err)
	return out
}

// inPEM is a certificate as text.
func inPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

var csrMetadata = okta.CsrMetadata{Subject: &okta.CsrMetadataSubject{CommonName: "SP", CountryName: "US"}, SubjectAltNames: &okta.CsrMetadataSubjectAltNames{DnsNames: []string{"sp.example.com"}}}

func init() {
	row("Application", "CreateApplication", func(t *testing.T) {
		e := world(t)
		a := e.client("Web")
		want(t, "client id", a.Credentials.OauthClient.ClientId, a.Id)
		if len(a.Credentials.OauthClient.ClientSecret) < 40 {
			t.Fatalf("the secret is %q", a.Credentials.OauthClient.ClientSecret)
		}
		_, _, err := e.Application.CreateApplication(e.ctx, okta.NewBookmarkApplication(), nil)
		refused(t, err, "E0000001", "label")
	})
	row("Application", "GetApplication", func(t *testing.T) {
		e := world(t)
		a := e.bookmark("wiki")
		got, _, err := e.Application.GetApplication(e.ctx, a.Id, okta.NewBookmarkApplication(), nil)
		must(t, err)
		want(t, "address", got.(*okta.BookmarkApplication).Settings.App.Url, "https://wiki.example.com")
		_, _, err = e.Application.GetApplication(e.ctx, "0oanone", okta.NewBookmarkApplication(), nil)
		refused(t, err, "E0000007", "0oanone (AppInstance)")
	})
	row("Application", "ListApplications", func(t *testing.T) {
		e := world(t)
		e.bookmark("wiki")
		found, _, err := e.Application.ListApplications(e.ctx, query.NewQueryParams(query.WithQ("wik")))
		must(t, err)
		want(t, "found", len(found), 1)
		_, res, err := e.Application.ListApplications(e.ctx, query.NewQueryParams(query.WithLimit(2)))
		must(t, err)
		want(t, "more", res.HasNextPage(), true)
	})
	row("Application", "UpdateApplication", func(t *testing.T) {
		e := world(t)
		a := e.bookmark("wiki")
		a.Label = "Better wiki"
		_, _, err := e.Application.UpdateApplication(e.ctx, a.Id, a)
		must(t, err)
		got, _, err := e.Application.GetApplication(e.ctx, a.Id, okta.NewBookmarkApplication(), nil)
		must(t, err)
		want(t, "label", got.(*okta.BookmarkApplication).Label, "Better wiki")
	})
	row("Application", "DeactivateApplication", func(t *testing.T) {
		e := world(t)
		a := e.bookmark("wiki")
		_, err := e.Application.DeactivateApplication(e.ctx, a.Id)
		must(t, err)
		got, _, err := e.Application.GetApplication(e.ctx, a.Id, okta.NewBookmarkApplication(), nil)
		must(t, err)
		want(t, "status", got.(*okta.BookmarkApplication).Status, "INACTIVE")
	})
	row("Application", "ActivateApplication", func(t *testing.T) {
		e := world(t)
		a := e.bookmark("wiki")
		_, err := e.Application.DeactivateApplication(e.ctx, a.Id)
		must(t, err)
		_, err = e.Application.ActivateApplication(e.ctx, a.Id)
		must(t, err)
		got, _, err := e.Application.GetApplication(e.ctx, a.Id, okta.NewBookmarkApplication(), nil)
		must(t, err)
		want(t, "status", got.(*okta.BookmarkApplication).Status, "ACTIVE")
	})
	row("Application", "DeleteApplication", func(t *testing.T) {
		e := world(t)
		a := e.bookmark("wiki")
		_, err := e.Application.DeleteApplication(e.ctx, a.Id)
		refused(t, err, "E0000056", "Delete application forbidden")
		_, err = e.Application.DeactivateApplication(e.ctx, a.Id)
		must(t, err)
		_, err = e.Application.DeleteApplication(e.ctx, a.Id)
		must(t, err)
		_, _, err = e.Application.GetApplication(e.ctx, a.Id, okta.NewBookmarkApplication(), nil)
		refused(t, err, "E0000007", a.Id)
	})
	row("Application", "UploadApplicationLogo", func(t *testing.T) {
		e := world(t)
		a := e.bookmark("wiki")
		var picture bytes.Buffer
		must(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
		name := filepath.Join(t.TempDir(), "logo.png")
		must(t, os.WriteFile(name, picture.Bytes(), 0o600))
		_, err := e.Application.UploadApplicationLogo(e.ctx, a.Id, name)
		must(t, err)
		got, _, err := e.Application.GetApplication(e.ctx, a.Id, okta.NewBookmarkApplication(), nil)
		must(t, err)
		logo := got.(*okta.BookmarkApplication).Links.(map[string]any)["logo"].([]any)[0].(map[string]any)["href"].(string)
		if !strings.Contains(logo, "/fs/bco/") {
			t.Fatalf("the logo is at %s", logo)
		}
	})
	row("Application", "UpdateApplicationPolicy", func(t *testing.T) {
		e := world(t)
		a := e.bookmark("wiki")
		_, err := e.Application.UpdateApplicationPolicy(e.ctx, a.Id, "rstnone")
		refused(t, err, "E0000007", "rstnone")
		policies, _, err := e.Policy.ListPolicies(e.ctx, query.NewQueryParams(query.WithType("ACCESS_POLICY")))
		must(t, err)
		id := policies[len(policies)-1].(*okta.Policy).Id
		_, err = e.Application.UpdateApplicationPolicy(e.ctx, a.Id, id)
		must(t, err)
		got, _, err := e.Application.GetApplication(e.ctx, a.Id, okta.NewBookmarkApplication(), nil)
		must(t, err)
		if at := got.(*okta.BookmarkApplication).Links.(map[string]any)["accessPolicy"].(map[string]any)["href"].(string); !strings.HasSuffix(at, id) {
			t.Fatalf("the policy is %s, want %s", at, id)
		}
	})
	row("Application", "PreviewSAMLAppMetadata", func(t *testing.T) {
		e := world(t)
		a := e.org2org()
		res, err := e.Application.PreviewSAMLAppMetadata(e.ctx, a.Id, query.NewQueryParams(query.WithKid(a.Credentials.Signing.Kid)))
		must(t, err)
		want(t, "type", res.Header.Get("Content-Type"), "application/xml")
	})
	appPeople()
	appSecrets()
	appKeys()
	appProvisioning()
	appTokens()
}

func appPeople() {
	assigned := func(t *testing.T) (*env, *okta.OpenIdConnectApplication, *okta.AppUser) {
		e := world(t)
		a := e.client("Web")
		u, _, err := e.Application.AssignUserToApplication(e.ctx, a.Id, okta.AppUser{Id: e.somebody()})
		must(t, err)
		return e, a, u
	}
	row("Application", "AssignUserToApplication", func(t *testing.T) {
		e, a, u := assigned(t)
		want(t, "scope", u.Scope, "USER")
		if u.Credentials.UserName == "" || u.Profile.(map[string]any)["zoneinfo"] == nil {
			t.Fatalf("got %+v, want a name and a time zone", u)
		}
		_, _, err := e.Application.AssignUserToApplication(e.ctx, a.Id, okta.AppUser{})
		refused(t, err, "E0000001", "id")
	})
	row("Application", "GetApplicationUser", func(t *testing.T) {
		e, a, u := assigned(t)
		got, _, err := e.Application.GetApplicationUser(e.ctx, a.Id, u.Id, nil)
		must(t, err)
		want(t, "name", got.Credentials.UserName, u.Credentials.UserName)
		_, _, err = e.Application.GetApplicationUser(e.ctx, a.Id, "00unone", nil)
		refused(t, err, "E0000007", "AppUser")
	})
	row("Application", "ListApplicationUsers", func(t *testing.T) {
		e, a, u := assigned(t)
		users, _, err := e.Application.ListApplicationUsers(e.ctx, a.Id, nil)
		must(t, err)
		want(t, "users", len(users), 1)
		want(t, "who", users[0].Id, u.Id)
	})
	row("Application", "UpdateApplicationUser", func(t *testing.T) {
		e, a, u := assigned(t)
		got, _, err := e.Application.UpdateApplicationUser(e.ctx, a.Id, u.Id, okta.AppUser{Credentials: &okta.AppUserCredentials{UserName: "other"}})
		must(t, err)
		want(t, "name", got.Credentials.UserName, "other")
	})
	row("Application", "DeleteApplicationUser", func(t *testing.T) {
		e, a, u := assigned(t)
		_, err := e.Application.DeleteApplicationUser(e.ctx, a.Id, u.Id, nil)
		must(t, err)
		_, _, err = e.Application.GetApplicationUser(e.ctx, a.Id, u.Id, nil)
		refused(t, err, "E0000007", u.Id)
	})

	given := func(t *testing.T) (*env, *okta.OpenIdConnectApplication, *okta.Group) {
		e := world(t)
		a, g := e.client("Web"), e.group("Pilots")
		_, _, err := e.Application.CreateApplicationGroupAssignment(e.ctx, a.Id, g.Id, okta.ApplicationGroupAssignment{})
		must(t, err)
		return e, a, g
	}
	row("Application", "CreateApplicationGroupAssignment", func(t *testing.T) {
		e, a, g := given(t)
		who := e.somebody()
		_, err := e.Group.AddUserToGroup(e.ctx, g.Id, who)
		must(t, err)
		got, _, err := e.Application.GetApplicationUser(e.ctx, a.Id, who, nil)
		must(t, err)
		want(t, "scope", got.Scope, "GROUP")
		_, _, err = e.Application.CreateApplicationGroupAssignment(e.ctx, a.Id, "00gnone", okta.ApplicationGroupAssignment{})
		refused(t, err, "E0000007", "UserGroup")
	})
	row("Application", "GetApplicationGroupAssignment", func(t *testing.T) {
		e, a, g := given(t)
		got, _, err := e.Application.GetApplicationGroupAssignment(e.ctx, a.Id, g.Id, nil)
		must(t, err)
		want(t, "group", got.Id, g.Id)
	})
	row("Application", "ListApplicationGroupAssignments", func(t *testing.T) {
		e, a, g := given(t)
		got, _, err := e.Application.ListApplicationGroupAssignments(e.ctx, a.Id, nil)
		must(t, err)
		want(t, "groups", len(got), 1)
		want(t, "group", got[0].Id, g.Id)
	})
	row("Application", "DeleteApplicationGroupAssignment", func(t *testing.T) {
		e, a, g := given(t)
		_, err := e.Application.DeleteApplicationGroupAssignment(e.ctx, a.Id, g.Id)
		must(t, err)
		_, _, err = e.Application.GetApplicationGroupAssignment(e.ctx, a.Id, g.Id, nil)
		refused(t, err, "E0000007", g.Id)
	})
}

func appSecrets() {
	second := func(t *testing.T) (*env, *okta.OpenIdConnectApplication, *okta.ClientSecret) {
		e := world(t)
		a := e.client("Web")
		s, _, err := e.Application.CreateNewClientSecretForApplication(e.ctx, a.Id, okta.ClientSecretMetadata{})
		must(t, err)
		return e, a, s
	}
	row("Application", "CreateNewClientSecretForApplication", func(t *testing.T) {
		e, a, s := second(t)
		want(t, "status", s.Status, "ACTIVE")
		_, _, err := e.Application.CreateNewClientSecretForApplication(e.ctx, a.Id, okta.ClientSecretMetadata{})
		refused(t, err, "E0000001", "maximum")
	})
	row("Application", "ListClientSecretsForApplication", func(t *testing.T) {
		e, a, s := second(t)
		got, _, err := e.Application.ListClientSecretsForApplication(e.ctx, a.Id)
		must(t, err)
		want(t, "secrets", len(got), 2)
		want(t, "the second", got[0].Id == s.Id || got[1].Id == s.Id, true)
	})
	row("Application", "GetClientSecretForApplication", func(t *testing.T) {
		e, a, s := second(t)
		got, _, err := e.Application.GetClientSecretForApplication(e.ctx, a.Id, s.Id)
		must(t, err)
		want(t, "hash", got.SecretHash, s.SecretHash)
	})
	row("Application", "DeactivateClientSecretForApplication", func(t *testing.T) {
		e, a, s := second(t)
		got, _, err := e.Application.DeactivateClientSecretForApplication(e.ctx, a.Id, s.Id)
		must(t, err)
		want(t, "status", got.Status, "INACTIVE")
	})
	row("Application", "ActivateClientSecretForApplication", func(t *testing.T) {
		e, a, s := second(t)
		_, _, err := e.Application.DeactivateClientSecretForApplication(e.ctx, a.Id, s.Id)
		must(t, err)
		got, _, err := e.Application.ActivateClientSecretForApplication(e.ctx, a.Id, s.Id)
		must(t, err)
		want(t, "status", got.Status, "ACTIVE")
	})
	row("Application", "DeleteClientSecretForApplication", func(t *testing.T) {
		e, a, s := second(t)
		_, err := e.Application.DeleteClientSecretForApplication(e.ctx, a.Id, s.Id)
		refused(t, err, "E0000001", "active")
		_, _, err = e.Application.DeactivateClientSecretForApplication(e.ctx, a.Id, s.Id)
		must(t, err)
		_, err = e.Application.DeleteClientSecretForApplication(e.ctx, a.Id, s.Id)
		must(t, err)
		_, _, err = e.Application.GetClientSecretForApplication(e.ctx, a.Id, s.Id)
		refused(t, err, "E0000007", s.Id)
	})

	granted := func(t *testing.T) (*env, *okta.OpenIdConnectApplication, *okta.OAuth2ScopeConsentGrant) {
		e := world(t)
		a := e.client("Web")
		g, _, err := e.Application.GrantConsentToScope(e.ctx, a.Id, okta.OAuth2ScopeConsentGrant{Issuer: e.url, ScopeId: "okta.users.read"})
		must(t, err)
		return e, a, g
	}
	row("Application", "GrantConsentToScope", func(t *testing.T) {
		e, a, g := granted(t)
		want(t, "client", g.ClientId, a.Id)
		_, _, err := e.Application.GrantConsentToScope(e.ctx, a.Id, okta.OAuth2ScopeConsentGrant{Issuer: e.url})
		refused(t, err, "E0000001", "scopeId")
	})
	row("Application", "ListScopeConsentGrants", func(t *testing.T) {
		e, a, _ := granted(t)
		got, _, err := e.Application.ListScopeConsentGrants(e.ctx, a.Id, nil)
		must(t, err)
		want(t, "scope", got[0].ScopeId, "okta.users.read")
	})
	row("Application", "GetScopeConsentGrant", func(t *testing.T) {
		e, a, g := granted(t)
		got, _, err := e.Application.GetScopeConsentGrant(e.ctx, a.Id, g.Id, nil)
		must(t, err)
		want(t, "source", got.Source, "ADMIN")
	})
	row("Application", "RevokeScopeConsentGrant", func(t *testing.T) {
		e, a, g := granted(t)
		_, err := e.Application.RevokeScopeConsentGrant(e.ctx, a.Id, g.Id)
		must(t, err)
		_, _, err = e.Application.GetScopeConsentGrant(e.ctx, a.Id, g.Id, nil)
		refused(t, err, "E0000007", g.Id)
	})
}

func appKeys() {
	row("Application", "ListApplicationKeys", func(t *testing.T) {
		e := world(t)
		a := e.org2org()
		keys, _, err := e.Application.ListApplicationKeys(e.ctx, a.Id)
		must(t, err)
		want(t, "signing", keys[0].Kid, a.Credentials.Signing.Kid)
		der, err := base64.StdEncoding.DecodeString(keys[0].X5c[0])
		must(t, err)
		cert, err := x509.ParseCertificate(der)
		must(t, err)
		must(t, cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature))
	})
	generated := func(t *testing.T) (*env, *okta.SamlApplication, *okta.JsonWebKey) {
		e := world(t)
		a := e.org2org()
		k, _, err := e.Application.GenerateApplicationKey(e.ctx, a.Id, query.NewQueryParams(query.WithValidityYears(2)))
		must(t, err)
		return e, a, k
	}
	row("Application", "GenerateApplicationKey", func(t *testing.T) {
		e, a, k := generated(t)
		want(t, "years", k.ExpiresAt.Year()-k.Created.Year(), 2)
		_, _, err := e.Application.GenerateApplicationKey(e.ctx, a.Id, query.NewQueryParams(query.WithValidityYears(20)))
		refused(t, err, "E0000001", "Validity years out of range")
	})
	row("Application", "GetApplicationKey", func(t *testing.T) {
		e, a, k := generated(t)
		got, _, err := e.Application.GetApplicationKey(e.ctx, a.Id, k.Kid)
		must(t, err)
		want(t, "modulus", got.N, k.N)
	})
	row("Application", "CloneApplicationKey", func(t *testing.T) {
		e, a, k := generated(t)
		b := e.bookmark("wiki")
		got, _, err := e.Application.CloneApplicationKey(e.ctx, a.Id, k.Kid, query.NewQueryParams(query.WithTargetAid(b.Id)))
		must(t, err)
		want(t, "modulus", got.N, k.N)
		_, _, err = e.Application.GetApplicationKey(e.ctx, b.Id, k.Kid)
		must(t, err)
	})

	requested := func(t *testing.T) (*env, *okta.SamlApplication, *okta.Csr) {
		e := world(t)
		a := e.org2org()
		csr, _, err := e.Application.GenerateCsrForApplication(e.ctx, a.Id, csrMetadata)
		must(t, err)
		return e, a, csr
	}
	row("Application", "GenerateCsrForApplication", func(t *testing.T) {
		_, _, csr := requested(t)
		want(t, "kty", csr.Kty, "RSA")
		certified(t, csr.Csr)
	})
	row("Application", "GetCsrForApplication", func(t *testing.T) {
		e, a, csr := requested(t)
		got, _, err := e.Application.GetCsrForApplication(e.ctx, a.Id, csr.Id)
		must(t, err)
		want(t, "csr", got.Csr, csr.Csr)
	})
	row("Application", "ListCsrsForApplication", func(t *testing.T) {
		e, a, csr := requested(t)
		got, _, err := e.Application.ListCsrsForApplication(e.ctx, a.Id)
		must(t, err)
		want(t, "csr", got[0].Id, csr.Id)
	})
	row("Application", "RevokeCsrFromApplication", func(t *testing.T) {
		e, a, csr := requested(t)
		_, err := e.Application.RevokeCsrFromApplication(e.ctx, a.Id, csr.Id)
		must(t, err)
		_, _, err = e.Application.GetCsrForApplication(e.ctx, a.Id, csr.Id)
		refused(t, err, "E0000007", csr.Id)
	})
	for _, p := range []struct {
		method string
		sent   func(der []byte) string
		call   func(e *env, app, csr, cert string) (*okta.JsonWebKey, *okta.Response, error)
	}{
		{"PublishCerCert", base64.StdEncoding.EncodeToString, func(e *env, app, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.Application.PublishCerCert(e.ctx, app, csr, cert)
		}},
		{"PublishDerCert", base64.StdEncoding.EncodeToString, func(e *env, app, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.Application.PublishDerCert(e.ctx, app, csr, cert)
		}},
		{"PublishBinaryCerCert", base64.StdEncoding.EncodeToString, func(e *env, app, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.Application.PublishBinaryCerCert(e.ctx, app, csr, cert)
		}},
		{"PublishBinaryDerCert", base64.StdEncoding.EncodeToString, func(e *env, app, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.Application.PublishBinaryDerCert(e.ctx, app, csr, cert)
		}},
		{"PublishBinaryPemCert", inPEM, func(e *env, app, csr, cert string) (*okta.JsonWebKey, *okta.Response, error) {
			return e.Application.PublishBinaryPemCert(e.ctx, app, csr, cert)
		}},
	} {
		row("Application", p.method, func(t *testing.T) {
			e, a, csr := requested(t)
			k, _, err := p.call(e, a.Id, csr.Id, p.sent(certified(t, csr.Csr)))
			must(t, err)
			want(t, "key", k.Kid, csr.Id)
			_, _, err = e.Application.GetApplicationKey(e.ctx, a.Id, csr.Id)
			must(t, err)
			_, _, err = e.Application.GetCsrForApplication(e.ctx, a.Id, csr.Id)
			refused(t, err, "E0000007", csr.Id)
		})
	}
}

func appProvisioning() {
	row("Application", "ListFeaturesForApplication", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Application.ListFeaturesForApplication(e.ctx, e.org2org().Id)
		must(t, err)
		want(t, "features", len(got), 2)
		_, _, err = e.Application.ListFeaturesForApplication(e.ctx, e.bookmark("wiki").Id)
		refused(t, err, "E0000001", "feature")
	})
	row("Application", "GetFeatureForApplication", func(t *testing.T) {
		e := world(t)
		got, _, err := e.Application.GetFeatureForApplication(e.ctx, e.org2org().Id, "USER_PROVISIONING")
		must(t, err)
		want(t, "create", got.Capabilities.Create.LifecycleCreate.Status, "DISABLED")
	})
	row("Application", "UpdateFeatureForApplication", func(t *testing.T) {
		e := world(t)
		a := e.org2org()
		_, _, err := e.Application.UpdateFeatureForApplication(e.ctx, a.Id, "USER_PROVISIONING", okta.CapabilitiesObject{Create: &okta.CapabilitiesCreateObject{LifecycleCreate: &okta.LifecycleCreateSettingObject{Status: "ENABLED"}}})
		must(t, err)
		got, _, err := e.Application.GetFeatureForApplication(e.ctx, a.Id, "USER_PROVISIONING")
		must(t, err)
		want(t, "create", got.Capabilities.Create.LifecycleCreate.Status, "ENABLED")
	})
	connected := func(t *testing.T) (*env, string) {
		e := world(t)
		id := e.org2org().Id
		_, _, err := e.Application.SetDefaultProvisioningConnectionForApplication(e.ctx, id, okta.ProvisioningConnectionRequest{Profile: &okta.ProvisioningConnectionProfile{AuthScheme: "TOKEN", Token: "secret"}}, query.NewQueryParams(query.WithActivate(true)))
		must(t, err)
		return e, id
	}
	status := func(t *testing.T, e *env, id string) string {
		got, _, err := e.Application.GetDefaultProvisioningConnectionForApplication(e.ctx, id)
		must(t, err)
		return got.Status
	}
	row("Application", "GetDefaultProvisioningConnectionForApplication", func(t *testing.T) {
		e := world(t)
		want(t, "status", status(t, e, e.org2org().Id), "DISABLED")
		want(t, "of a bookmark", status(t, e, e.bookmark("wiki").Id), "UNKNOWN")
	})
	row("Application", "SetDefaultProvisioningConnectionForApplication", func(t *testing.T) {
		e, id := connected(t)
		want(t, "status", status(t, e, id), "ENABLED")
		_, _, err := e.Application.SetDefaultProvisioningConnectionForApplication(e.ctx, id, okta.ProvisioningConnectionRequest{Profile: &okta.ProvisioningConnectionProfile{AuthScheme: "TOKEN"}}, nil)
		refused(t, err, "E0000001", "token")
	})
	row("Application", "DeactivateDefaultProvisioningConnectionForApplication", func(t *testing.T) {
		e, id := connected(t)
		_, err := e.Application.DeactivateDefaultProvisioningConnectionForApplication(e.ctx, id)
		must(t, err)
		want(t, "status", status(t, e, id), "DISABLED")
	})
	row("Application", "ActivateDefaultProvisioningConnectionForApplication", func(t *testing.T) {
		e := world(t)
		id := e.org2org().Id
		_, err := e.Application.ActivateDefaultProvisioningConnectionForApplication(e.ctx, id)
		must(t, err)
		want(t, "status", status(t, e, id), "ENABLED")
	})
}

func appTokens() {
	held := func(t *testing.T) (*env, string, *okta.OAuth2Token) {
		e := world(t)
		code, password, refresh := okta.OAuthResponseType("code"), okta.OAuthGrantType("password"), okta.OAuthGrantType("refresh_token")
		a := okta.NewOpenIdConnectApplication()
		a.Label = "Phone"
		a.Credentials = &okta.OAuthApplicationCredentials{OauthClient: &okta.ApplicationCredentialsOAuthClient{TokenEndpointAuthMethod: "client_secret_post"}}
		a.Settings = &okta.OpenIdConnectApplicationSettings{OauthClient: &okta.OpenIdConnectApplicationSettingsClient{ApplicationType: "native", RedirectUris: []string{"com.example:/cb"},
			ResponseTypes: []*okta.OAuthResponseType{&code}, GrantTypes: []*okta.OAuthGrantType{&password, &refresh}}}
		made, _, err := e.Application.CreateApplication(e.ctx, a, nil)
		must(t, err)
		app := made.(*okta.OpenIdConnectApplication)
		users, _, err := e.User.ListUsers(e.ctx, query.NewQueryParams(query.WithSearch(`profile.login eq "`+e.creds.Env["OKTA_TEST_USERNAME"]+`"`)))
		must(t, err)
		_, _, err = e.Application.AssignUserToApplication(e.ctx, app.Id, okta.AppUser{Id: users[0].Id})
		must(t, err)
		res, err := http.PostForm(e.url+"/oauth2/v1/token", url.Values{"client_id": {app.Id}, "client_secret": {app.Credentials.OauthClient.ClientSecret}, "grant_type": {"password"},
			"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}, "scope": {"openid offline_access"}})
		must(t, err)
		res.Body.Close()
		want(t, "token", res.StatusCode, http.StatusOK)
		tokens, _, err := e.Application.ListOAuth2TokensForApplication(e.ctx, app.Id, nil)
		must(t, err)
		want(t, "tokens", len(tokens), 1)
		return e, app.Id, tokens[0]
	}
	row("Application", "ListOAuth2TokensForApplication", func(t *testing.T) {
		_, app, token := held(t)
		want(t, "client", token.ClientId, app)
		want(t, "status", token.Status, "ACTIVE")
	})
	row("Application", "GetOAuth2TokenForApplication", func(t *testing.T) {
		e, app, token := held(t)
		got, _, err := e.Application.GetOAuth2TokenForApplication(e.ctx, app, token.Id, nil)
		must(t, err)
		want(t, "whose", got.UserId, token.UserId)
		_, _, err = e.Application.GetOAuth2TokenForApplication(e.ctx, app, "none", nil)
		refused(t, err, "E0000007", app+".none (OAuth2RefreshTokenTx)")
	})
	row("Application", "RevokeOAuth2TokenForApplication", func(t *testing.T) {
		e, app, token := held(t)
		_, err := e.Application.RevokeOAuth2TokenForApplication(e.ctx, app, token.Id)
		must(t, err)
		_, _, err = e.Application.GetOAuth2TokenForApplication(e.ctx, app, token.Id, nil)
		refused(t, err, "E0000007", token.Id)
	})
	row("Application", "RevokeOAuth2TokensForApplication", func(t *testing.T) {
		e, app, _ := held(t)
		_, err := e.Application.RevokeOAuth2TokensForApplication(e.ctx, app)
		must(t, err)
		tokens, _, err := e.Application.ListOAuth2TokensForApplication(e.ctx, app, nil)
		must(t, err)
		want(t, "tokens", len(tokens), 0)
	})
}
