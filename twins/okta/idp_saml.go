package okta

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// askSAML sends a person to a SAML identity provider with a request.
//
// https://docs.oasis-open.org/security/saml/v2.0/saml-profiles-2.0-os.pdf
func (c *oauthCall) askSAML(r Record, p Pending) (any, error) {
	protocol := object(r.Doc["protocol"])
	to := text(dig(protocol, "endpoints", "sso", "url"))
	e := etree.NewElement("saml2p:AuthnRequest")
	e.CreateAttr("xmlns:saml2p", "urn:oasis:names:tc:SAML:2.0:protocol")
	e.CreateAttr("ID", "id"+p.Form)
	e.CreateAttr("Version", "2.0")
	e.CreateAttr("IssueInstant", c.Now.UTC().Format("2006-01-02T15:04:05.000Z"))
	e.CreateAttr("Destination", otherwise(text(dig(protocol, "endpoints", "sso", "destination")), to))
	e.CreateAttr("AssertionConsumerServiceURL", c.link("/sso/saml2/"+r.ID))
	e.CreateAttr("ProtocolBinding", bindingPost)
	issuer := e.CreateElement("saml2:Issuer")
	issuer.CreateAttr("xmlns:saml2", "urn:oasis:names:tc:SAML:2.0:assertion")
	issuer.SetText(text(dig(protocol, "credentials", "trust", "audience")))
	redirect := dig(protocol, "endpoints", "sso", "binding") == "HTTP-REDIRECT"
	if kid := text(dig(protocol, "credentials", "signing", "kid")); !redirect && dig(protocol, "algorithms", "request", "signature", "scope") == "REQUEST" {
		if err := c.signXML(r.ID, kid, e, text(dig(protocol, "algorithms", "request", "signature", "algorithm"))); err != nil {
			return nil, err
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(e)
	b, err := doc.WriteToBytes()
	if err != nil {
		return nil, err
	}
	values := url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString(b)}, "RelayState": {c.World.Seal(p.Key)}}
	if redirect {
		values.Set("SAMLRequest", deflated(values.Get("SAMLRequest"), false))
		return c.redirect(withQuery(to, values)), nil
	}
	return c.page(http.StatusOK, "answer", obj{"Mode": "form_post", "URI": to, "Values": values}), nil
}

// samlACS takes what a SAML identity provider says of a person, whom it may have been asked about or not.
func (o *Okta) samlACS(c *oauthCall) (any, error) {
	r, err := c.fetch(idpKind, "", c.param("idpId"))
	if err != nil || r.Status != "ACTIVE" || idpTypeOf(r).protocol != "SAML2" {
		return c.problem(badRequest("not_found", "The identity provider you are looking for is not here."))
	}
	p, asked := o.pending.Get(c.Tx, c.World.Unseal(c.form.Get("RelayState")))
	if asked = asked && p.IDP == r.ID && p.Expires >= c.Now.UnixMilli(); !asked {
		p = Pending{To: c.link("/app/UserHome")}
	}
	o.pending.Delete(c.Tx, p.Key)
	p.IDP = r.ID
	request := ""
	if asked {
		request = "id" + p.Form
	}
	external, said, err := c.readAssertion(r, request)
	if err != nil {
		return c.notThrough(r, p, "The response of the identity provider is not valid: "+err.Error())
	}
	return c.comeThrough(r, p, external, said, idpTokens{})
}

// readAssertion reads whom a signed response speaks of. request is the one that it answers, if there was one.
func (c *oauthCall) readAssertion(r Record, request string) (name string, said obj, err error) {
	raw, err := base64.StdEncoding.DecodeString(c.form.Get("SAMLResponse"))
	doc := etree.NewDocument()
	if err != nil || doc.ReadFromBytes(raw) != nil || doc.Root() == nil || doc.Root().Tag != "Response" {
		return "", nil, errors.New("it is not a response")
	}
	trust := object(dig(r.Doc, "protocol", "credentials", "trust"))
	a, err := c.trustedAssertion(doc.Root(), trust)
	if err != nil {
		return "", nil, err
	}
	at := func(path, attr string) string {
		e := a.FindElement(path)
		switch {
		case e == nil:
			return ""
		case attr == "":
			return strings.TrimSpace(e.Text())
		}
		return e.SelectAttrValue(attr, "")
	}
	skew := time.Duration(number(dig(r.Doc, "policy", "maxClockSkew"))) * time.Millisecond
	over := func(s string) bool {
		until, err := time.Parse(time.RFC3339, s)
		return s != "" && (err != nil || !c.Now.Before(until.Add(skew)))
	}
	id := "saml " + r.ID + " " + a.SelectAttrValue("ID", "")
	data := "./Subject/SubjectConfirmation/SubjectConfirmationData"
	switch {
	case at("./Issuer", "") != text(trust["issuer"]):
		return "", nil, errors.New("its issuer is another")
	case at("./Conditions/AudienceRestriction/Audience", "") != text(trust["audience"]):
		return "", nil, errors.New("its audience is another")
	case at(data, "Recipient") != c.link("/sso/saml2/"+r.ID):
		return "", nil, errors.New("its recipient is another")
	case over(at(data, "NotOnOrAfter")), over(at("./Conditions", "NotOnOrAfter")):
		return "", nil, errors.New("it has expired")
	case request != "" && at(data, "InResponseTo") != request:
		return "", nil, errors.New("it answers another request")
	case c.o.spent.Has(c.Tx, id):
		return "", nil, errors.New("it was shown before")
	}
	c.o.spent.Put(c.Tx, Spent{ID: id, Until: c.Now.Add(24 * time.Hour).UnixMilli()})
	name = at("./Subject/NameID", "")
	said = obj{"subjectNameId": name, "userName": name, "externalId": name}
	for _, e := range a.FindElements("./AttributeStatement/Attribute") {
		var values []any
		for _, v := range e.ChildElements() {
			values = append(values, v.Text())
		}
		if key := e.SelectAttrValue("Name", ""); len(values) == 1 {
			said[key] = values[0]
		} else {
			said[key] = values
		}
	}
	return name, said, nil
}

// trustedAssertion is the assertion of a response that the identity provider has signed, or whose response it has.
func (c *call) trustedAssertion(response *etree.Element, trust obj) (*etree.Element, error) {
	store := dsig.MemoryX509CertificateStore{}
	for _, kid := range append([]string{text(trust["kid"])}, texts(trust["additionalKids"])...) {
		key, _ := c.o.tables[idpKeyKind].records.Get(c.Tx, kid)
		for _, x := range texts(key.Doc["x5c"]) {
			if cert, ok := parseCertificate([]byte(x)); ok {
				store.Roots = append(store.Roots, (*x509.Certificate)(cert))
			}
		}
	}
	ctx := dsig.NewDefaultValidationContext(&store)
	ctx.Clock = dsig.NewFakeClockAt(c.Now)
	if signed, err := ctx.Validate(response); err == nil {
		if all := signed.FindElements("./Assertion"); len(all) == 1 {
			return all[0], nil
		}
	}
	all := slices.Collect(func(yield func(*etree.Element) bool) {
		for _, e := range response.ChildElements() {
			if e.Tag == "Assertion" && !yield(e) {
				return
			}
		}
	})
	if len(all) != 1 {
		return nil, errors.New("it has no assertion")
	}
	signed, err := ctx.Validate(all[0])
	if err != nil {
		return nil, errors.New("its signature is not the identity provider's")
	}
	return signed, nil
}
