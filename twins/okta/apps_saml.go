package okta

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (o *Okta) samlOperations() {
	o.on(twin.Full, "previewSAMLmetadataForApplication", o.previewSAMLmetadataForApplication)
	o.beyond(twin.Full, "getSAMLMetadata", http.MethodGet, "/app/{key}/sso/saml/metadata", o.getSAMLMetadata).public()
}

// An entity is the metadata of a SAML identity provider.
//
// https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
type entity struct {
	XMLName xml.Name `xml:"md:EntityDescriptor"`
	ID      string   `xml:"entityID,attr"`
	MD      string   `xml:"xmlns:md,attr"`
	IDP     struct {
		Signed   bool   `xml:"WantAuthnRequestsSigned,attr"`
		Protocol string `xml:"protocolSupportEnumeration,attr"`
		Key      struct {
			Use  string `xml:"use,attr"`
			Info struct {
				DS   string `xml:"xmlns:ds,attr"`
				Cert string `xml:"ds:X509Data>ds:X509Certificate"`
			} `xml:"ds:KeyInfo"`
		} `xml:"md:KeyDescriptor"`
		SLO    []samlService `xml:"md:SingleLogoutService,omitempty"`
		Format []string      `xml:"md:NameIDFormat"`
		SSO    []samlService `xml:"md:SingleSignOnService"`
	} `xml:"md:IDPSSODescriptor"`
}

type samlService struct {
	Binding  string `xml:",attr"`
	Location string `xml:",attr"`
}

const (
	bindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	bindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
)

// previewSAMLmetadataForApplication describes the org as the identity provider of an app, with the key that kid names.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSO/#tag/ApplicationSSO/operation/previewSAMLmetadataForApplication
func (o *Okta) previewSAMLmetadataForApplication(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	accept := c.r.Echo.Request().Header.Get("Accept")
	if accept != "" && !strings.Contains(accept, "xml") && !strings.Contains(accept, "*/*") || !slices.Contains([]string{modeSAML20, modeSAML11, modeWSFed}, a.SignOnMode) {
		return nil, errMediaType
	}
	kid := c.query.Get("kid")
	if kid == "" {
		kid = a.SigningKey
	}
	return c.samlMetadata(a, kid)
}

// getSAMLMetadata is the same for everybody, at the address that names the app as SAML does.
func (o *Okta) getSAMLMetadata(c *call) (any, error) {
	for _, a := range c.allApps() {
		if a.Key == c.param("key") && a.SignOnMode == modeSAML20 {
			return c.samlMetadata(a, a.SigningKey)
		}
	}
	return nil, notFound(c.param("key"), "AppInstance")
}

func (c *call) samlMetadata(a App, kid string) (any, error) {
	k, ok := c.o.keys.Get(c.Tx, a.ID+"/"+kid)
	if !ok {
		return nil, notFound(kid, "JsonWebKey")
	}
	at := c.link("/app/" + a.Name + "/" + a.Key)
	services := func(path string) []samlService {
		return []samlService{{bindingPost, at + path}, {bindingRedirect, at + path}}
	}
	e := entity{ID: "http://www.okta.com/" + a.Key, MD: "urn:oasis:names:tc:SAML:2.0:metadata"}
	so := object(dig(a.Doc, "settings", "signOn"))
	e.IDP.Signed, e.IDP.Protocol, e.IDP.Key.Use = truth(so["samlSignedRequestEnabled"]), "urn:oasis:names:tc:SAML:2.0:protocol", "signing"
	e.IDP.Key.Info.DS, e.IDP.Key.Info.Cert = "http://www.w3.org/2000/09/xmldsig#", folded(c.certificate(k), 76, "\n")
	if truth(dig(so, "slo", "enabled")) {
		e.IDP.SLO = services("/slo/saml")
	}
	format := text(so["subjectNameIdFormat"])
	if format == "" {
		format = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
	}
	e.IDP.Format = []string{format}
	if other := "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"; !a.own() && format != other {
		e.IDP.Format = append(e.IDP.Format, other)
	}
	e.IDP.SSO = services("/sso/saml")
	doc, err := xml.Marshal(e)
	if err != nil {
		return nil, err
	}
	// What Go escapes in character data, a certificate's line ends, the recipient of this reads as they are.
	doc = []byte(strings.ReplaceAll(string(doc), "&#xA;", "\n"))
	return answer{status: http.StatusOK, body: slices.Concat([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), doc), kind: "application/xml"}, nil
}

// folded is base64 in lines.
func folded(b []byte, width int, end string) string {
	s := base64.StdEncoding.EncodeToString(b)
	var lines []string
	for len(s) > width {
		lines = append(lines, s[:width])
		s = s[width:]
	}
	return strings.Join(append(lines, s), end)
}

// foldedCertificate is the certificate of a service provider as Okta shows it.
func foldedCertificate(sent string) string {
	cert, ok := parseCertificate([]byte(sent))
	if !ok {
		return sent
	}
	return folded(cert.Raw, 76, "\r\n") + "\r\n"
}
