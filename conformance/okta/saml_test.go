package okta

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"html"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"
	"github.com/crewjam/saml/samlsp"
	"github.com/okta/okta-sdk-golang/v2/okta"
)

var samlResponse = regexp.MustCompile(`name="SAMLResponse" value="([^"]+)"`)

// TestSAML signs a person in to a service provider of crewjam/saml, which checks everything that there is to check.
func TestSAML(t *testing.T) {
	e := world(t)
	const acs = "http://127.0.0.1:9/saml/acs"
	var app struct {
		ID string
	}
	e.api("POST", "/api/v1/apps", map[string]any{"label": "Hangar", "signOnMode": "SAML_2_0", "visibility": map[string]any{"autoSubmitToolbar": false, "hide": map[string]any{"iOS": false, "web": false}},
		"settings": map[string]any{"signOn": map[string]any{"ssoAcsUrl": acs, "idpIssuer": "http://www.okta.com/${org.externalKey}", "audience": "http://127.0.0.1:9/saml/metadata", "recipient": acs, "destination": acs,
			"subjectNameIdTemplate": "${user.userName}", "subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "responseSigned": true, "assertionSigned": true,
			"signatureAlgorithm": "RSA_SHA256", "digestAlgorithm": "SHA256", "honorForceAuthn": true, "authnContextClassRef": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
			"attributeStatements": []any{
				map[string]any{"type": "EXPRESSION", "name": "firstName", "namespace": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", "values": []any{"user.firstName"}},
				map[string]any{"type": "GROUP", "name": "teams", "namespace": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified", "filterType": "STARTS_WITH", "filterValue": "Eng"}}}}}, &app)
	groups, _, err := e.Group.ListGroups(e.ctx, nil)
	must(t, err)
	for _, g := range groups {
		if g.Profile.Name == "Everyone" {
			_, _, err := e.Application.CreateApplicationGroupAssignment(e.ctx, app.ID, g.Id, okta.ApplicationGroupAssignment{})
			must(t, err)
		}
	}
	req, err := http.NewRequest("GET", e.url+"/api/v1/apps/"+app.ID+"/sso/saml/metadata", nil)
	must(t, err)
	req.Header.Set("Authorization", "SSWS "+e.creds.Env["OKTA_CLIENT_TOKEN"])
	req.Header.Set("Accept", "application/xml")
	b := newBrowser(t)
	res, err := b.Do(req)
	must(t, err)
	metadata, _ := b.read(res)
	idp, err := samlsp.ParseMetadata([]byte(metadata))
	must(t, err)

	key, cert := selfSigned(t)
	root, _ := url.Parse("http://127.0.0.1:9/")
	sp := samlsp.DefaultServiceProvider(samlsp.Options{URL: *root, Key: key, Certificate: cert, IDPMetadata: idp})
	sp.EntityID = "http://127.0.0.1:9/saml/metadata"
	ask, err := sp.MakeAuthenticationRequest(idp.IDPSSODescriptors[0].SingleSignOnServices[1].Location, saml.HTTPRedirectBinding, saml.HTTPPostBinding)
	must(t, err)
	at, err := ask.Redirect("relay", &sp)
	must(t, err)
	page, _ := b.open(at.String())
	page, status := b.fill(e.url, page, url.Values{"username": {e.creds.Env["OKTA_TEST_USERNAME"]}, "password": {e.creds.Env["OKTA_TEST_PASSWORD"]}})
	m := samlResponse.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no response: %d %s", status, page)
	}
	raw, err := base64.StdEncoding.DecodeString(html.UnescapeString(m[1]))
	must(t, err)
	assertion, err := sp.ParseXMLResponse(raw, []string{ask.ID}, *root.JoinPath("saml/acs"))
	if bad, ok := err.(*saml.InvalidResponseError); ok {
		t.Fatal(bad.PrivateErr)
	}
	must(t, err)
	want(t, "name", assertion.Subject.NameID.Value, e.creds.Env["OKTA_TEST_USERNAME"])
	told := map[string]string{}
	for _, a := range assertion.AttributeStatements[0].Attributes {
		told[a.Name] = a.Values[0].Value
	}
	want(t, "first name", told["firstName"], "Ana")
	want(t, "teams", told["teams"], "Engineering")

	// What somebody has changed on the way is refused.
	forged := strings.Replace(string(raw), ">Ana<", ">Bob<", 1)
	if _, err := sp.ParseXMLResponse([]byte(forged), []string{ask.ID}, *root.JoinPath("saml/acs")); err == nil {
		t.Fatal("a response that was changed is good")
	}
}

func selfSigned(t *testing.T) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, &key.PublicKey, key)
	must(t, err)
	block, _ := pem.Decode(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	cert, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	return key, cert
}
