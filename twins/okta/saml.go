package okta

import (
	"bytes"
	"compress/flate"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// samlLife is for how long an assertion is good.
const samlLife = 5 * time.Minute

// samlRoutes are where a service provider sends people to sign in, and where they start from the dashboard.
func (o *Okta) samlRoutes() {
	for _, method := range []string{"GET", "POST"} {
		o.pageRoute(method, "/app/{appName}/{key}/sso/saml", "saml.sso."+strings.ToLower(method), o.samlSSO)
	}
}

// A samlRequest is what a service provider asks for.
type samlRequest struct{ ID, ACS, Issuer string }

// samlSSO signs a person in to an app with a signed response, which their browser carries there.
//
// https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf
func (o *Okta) samlSSO(c *oauthCall) (any, error) {
	app, ok := c.appByKey(c.r.Echo.Param("key"))
	if !ok || app.Status != "ACTIVE" || app.SignOnMode != modeSAML20 {
		return c.problem(badRequest("not_found", "The app you are looking for is not here."))
	}
	raw := c.form.Get("SAMLRequest")
	req, err := readSAMLRequest(raw, c.op.Method == "GET")
	if err != nil {
		return c.problem(badRequest("invalid_request", "The SAML request is not valid: "+err.Error()))
	}
	s, ok := c.browserSession()
	if !ok {
		q := url.Values{}
		if raw != "" {
			q.Set("SAMLRequest", deflated(raw, c.op.Method == "GET"))
		}
		if r := c.form.Get("RelayState"); r != "" {
			q.Set("RelayState", r)
		}
		return c.showSignIn(Pending{To: c.link("/app/"+app.Name+"/"+app.Key+"/sso/saml") + "?" + q.Encode()}, "", "")
	}
	u, _ := o.users.Get(c.Tx, s.User)
	if !c.assigned(app, u) {
		return c.problem(badRequest("access_denied", "User is not assigned to this application."))
	}
	so := object(dig(app.Doc, "settings", "signOn"))
	acs := firstText(so["ssoAcsUrlOverride"], so["ssoAcsUrl"], dig(app.Doc, "settings", "app", "acsUrl"), dig(app.Doc, "settings", "app", "acsURL"))
	if req.ACS != "" && req.ACS != acs {
		allowed := slices.ContainsFunc(list(so["acsEndpoints"]), func(e any) bool { return object(e)["url"] == req.ACS })
		if !allowed {
			return c.problem(badRequest("invalid_request", "The assertion consumer service URL of the request is not one of the app's."))
		}
		acs = req.ACS
	}
	if acs == "" {
		return c.problem(badRequest("invalid_request", "The app has no assertion consumer service URL."))
	}
	commands, err := c.askAboutAssertion(app, u, s, acs)
	if err != nil {
		return nil, err
	}
	response, err := c.samlResponse(app, u, s, req, acs, commands)
	if err != nil {
		return nil, err
	}
	c.logged("user.authentication.sso", "SUCCESS", u.target(), app.target())
	relay := c.form.Get("RelayState")
	if relay == "" {
		relay = text(so["defaultRelayState"])
	}
	values := url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString(response)}}
	if relay != "" {
		values.Set("RelayState", relay)
	}
	return c.page(200, "answer", obj{"Mode": "form_post", "URI": acs, "Values": values}), nil
}

// readSAMLRequest reads an AuthnRequest; one that is empty asks for nothing in particular.
func readSAMLRequest(raw string, compressed bool) (req samlRequest, err error) {
	if raw == "" {
		return req, nil
	}
	b, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		return req, errors.New("it is not base64")
	}
	if compressed {
		if b, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), 1<<20)); err != nil {
			return req, errors.New("it is not compressed as it should be")
		}
	}
	doc := etree.NewDocument()
	if doc.ReadFromBytes(b) != nil || doc.Root() == nil || doc.Root().Tag != "AuthnRequest" {
		return req, errors.New("it is not an AuthnRequest")
	}
	root := doc.Root()
	req = samlRequest{ID: root.SelectAttrValue("ID", ""), ACS: root.SelectAttrValue("AssertionConsumerServiceURL", "")}
	if i := root.FindElement("./Issuer"); i != nil {
		req.Issuer = strings.TrimSpace(i.Text())
	}
	return req, nil
}

// deflated is a request as a link carries it.
func deflated(raw string, already bool) string {
	if already {
		return raw
	}
	b, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		return raw
	}
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	w.Write(b)
	w.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes())
}

// samlResponse is the signed response that says who a person is.
func (c *oauthCall) samlResponse(app App, u User, s Session, req samlRequest, acs string, commands []any) ([]byte, error) {
	so := object(dig(app.Doc, "settings", "signOn"))
	instant := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	now, until := instant(c.Now), instant(c.Now.Add(samlLife))
	issuer := strings.ReplaceAll(firstText(so["idpIssuer"], "http://www.okta.com/"+app.Key), "${org.externalKey}", app.Key)
	head := func(tag string) *etree.Element {
		e := etree.NewElement(tag)
		e.CreateAttr("ID", "id"+c.Rand(38, "0123456789"))
		e.CreateAttr("IssueInstant", now)
		e.CreateAttr("Version", "2.0")
		i := e.CreateElement("saml2:Issuer")
		i.CreateAttr("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity")
		i.CreateAttr("xmlns:saml2", "urn:oasis:names:tc:SAML:2.0:assertion")
		i.SetText(issuer)
		return e
	}
	response := head("saml2p:Response")
	response.CreateAttr("xmlns:saml2p", "urn:oasis:names:tc:SAML:2.0:protocol")
	response.CreateAttr("Destination", firstText(so["destinationOverride"], so["destination"], acs))
	if req.ID != "" {
		response.CreateAttr("InResponseTo", req.ID)
	}
	response.CreateElement("saml2p:Status").CreateElement("saml2p:StatusCode").CreateAttr("Value", "urn:oasis:names:tc:SAML:2.0:status:Success")

	a := head("saml2:Assertion")
	a.CreateAttr("xmlns:saml2", "urn:oasis:names:tc:SAML:2.0:assertion")
	subject := a.CreateElement("saml2:Subject")
	name := subject.CreateElement("saml2:NameID")
	name.CreateAttr("Format", firstText(so["subjectNameIdFormat"], "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"))
	name.SetText(c.userNameAt(app, u))
	confirmation := subject.CreateElement("saml2:SubjectConfirmation")
	confirmation.CreateAttr("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")
	data := confirmation.CreateElement("saml2:SubjectConfirmationData")
	if req.ID != "" {
		data.CreateAttr("InResponseTo", req.ID)
	}
	data.CreateAttr("NotOnOrAfter", until)
	data.CreateAttr("Recipient", firstText(so["recipientOverride"], so["recipient"], acs))
	conditions := a.CreateElement("saml2:Conditions")
	conditions.CreateAttr("NotBefore", instant(c.Now.Add(-samlLife)))
	conditions.CreateAttr("NotOnOrAfter", until)
	conditions.CreateElement("saml2:AudienceRestriction").CreateElement("saml2:Audience").SetText(firstText(so["audienceOverride"], so["audience"], dig(app.Doc, "settings", "app", "audRestriction"), req.Issuer))
	statement := a.CreateElement("saml2:AuthnStatement")
	statement.CreateAttr("AuthnInstant", instant(time.UnixMilli(s.Created)))
	statement.CreateAttr("SessionIndex", firstText(req.ID, a.SelectAttrValue("ID", "")))
	statement.CreateElement("saml2:AuthnContext").CreateElement("saml2:AuthnContextClassRef").SetText(firstText(so["authnContextClassRef"], "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"))
	if attributes := c.samlAttributes(app, u); len(attributes.ChildElements()) > 0 {
		a.AddChild(attributes)
	}
	patchAssertion(a, commands, c.Now)
	signs := func(e *etree.Element) error {
		return c.signXML(app.ID, app.SigningKey, e, text(so["signatureAlgorithm"]))
	}
	if v, ok := so["assertionSigned"].(bool); !ok || v {
		if err := signs(a); err != nil {
			return nil, err
		}
	}
	response.AddChild(a)
	if v, ok := so["responseSigned"].(bool); !ok || v {
		if err := signs(response); err != nil {
			return nil, err
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(response)
	return doc.WriteToBytes()
}

// samlAttributes are what the app wants to be told of a person.
func (c *oauthCall) samlAttributes(app App, u User) *etree.Element {
	out := etree.NewElement("saml2:AttributeStatement")
	for _, s := range list(dig(app.Doc, "settings", "signOn", "attributeStatements")) {
		s := object(s)
		var values []string
		if s["type"] == "GROUP" {
			values = c.groupNames(u, text(s["filterType"]), text(s["filterValue"]))
		} else {
			for _, expression := range texts(s["values"]) {
				if v, ok := c.evaluated(expression, app, &u); ok {
					values = append(values, inText(v)...)
				}
			}
		}
		if len(values) == 0 {
			continue
		}
		addAttribute(out, text(s["name"]), text(s["namespace"]), values)
	}
	return out
}

// signXML signs an element with a key of an app or of an identity provider; the signature stands behind the issuer, as the
// schema wants it.
func (c *call) signXML(parent, kid string, e *etree.Element, algorithm string) error {
	k, ok := c.o.keys.Get(c.Tx, parent+"/"+kid)
	if !ok {
		return errors.New(parent + " has no key to sign with")
	}
	cert, err := x509.ParseCertificate(c.certificate(k))
	if err != nil {
		return err
	}
	ctx, err := dsig.NewSigningContext(c.o.privateKey(k.ID), [][]byte{cert.Raw})
	if err != nil {
		return err
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	method := dsig.RSASHA256SignatureMethod
	if algorithm == "RSA_SHA1" || algorithm == "SHA-1" {
		method = dsig.RSASHA1SignatureMethod
	}
	if err := ctx.SetSignatureMethod(method); err != nil {
		return err
	}
	sig, err := ctx.ConstructSignature(e, true)
	if err != nil {
		return err
	}
	e.InsertChildAt(1, sig)
	return nil
}

// firstText is the first of some values that is a text and not empty.
func firstText(values ...any) string {
	for _, v := range values {
		if s := text(v); s != "" {
			return s
		}
	}
	return ""
}
