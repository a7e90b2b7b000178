package okta

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/keys"
)

// credentialOperations are the keys with which Okta signs what it says to an app.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOCredentialKey/
func (o *Okta) credentialOperations() {
	o.on(twin.Full, "listApplicationKeys", func(c *call) (any, error) { return c.listKeys(withinApp, c.param("appId")) })
	o.on(twin.Full, "getApplicationKey", func(c *call) (any, error) { return c.getKey(withinApp, c.param("appId"), c.param("keyId")) })
	o.on(twin.Full, "generateApplicationKey", func(c *call) (any, error) { return c.generateKey(withinApp, c.param("appId")) })
	o.on(twin.Full, "cloneApplicationKey", func(c *call) (any, error) {
		return c.cloneKey(withinApp, c.param("appId"), c.param("keyId"), c.query.Get("targetAid"))
	})
	o.serveKind(twin.Full, csrKind, crud{get: "getCsrForApplication", delete: "revokeCsrFromApplication"}, withinApp)
	o.on(twin.Full, "listCsrsForApplication", func(c *call) (any, error) { return c.listCSRs(withinApp, c.param("appId")) })
	o.on(twin.Full, "generateCsrForApplication", func(c *call) (any, error) { return c.generateCSR(withinApp, c.param("appId")) })
	o.on(twin.Full, "publishCsrFromApplication", func(c *call) (any, error) { return c.publishCSR(withinApp, c.param("appId"), c.param("csrId")) })
}

// A keyring has the private keys of this process: working one out takes a moment.
type keyring struct {
	mu   sync.Mutex
	made map[string]func() *rsa.PrivateKey
}

// privateKey is the key of that name.
func (o *Okta) privateKey(kid string) *rsa.PrivateKey {
	o.keyring.mu.Lock()
	once := o.keyring.made[kid]
	if once == nil {
		once = sync.OnceValue(func() *rsa.PrivateKey { return keys.RSA(o.WorldSeed, "okta key "+kid) })
		if o.keyring.made == nil {
			o.keyring.made = map[string]func() *rsa.PrivateKey{}
		}
		o.keyring.made[kid] = once
	}
	o.keyring.mu.Unlock()
	return once()
}

const keyAlphabet = idAlphabet + "-_"

// newKey makes a key for an app or an identity provider, with a certificate for so many years.
func (c *call) newKey(parent string, years int) Key {
	k := Key{ID: c.Rand(43, keyAlphabet), Parent: parent, Created: c.at(), Updated: c.at(), Expires: c.Now.AddDate(years, 0, 0).Unix() * 1000}
	c.o.keys.Put(c.Tx, k)
	return k
}

// orgKey gives an app or an identity provider the key that is the org's.
func (c *call) orgKey(parent string) Key {
	k, ok := c.o.keys.Get(c.Tx, "org/"+seedID("org", "key"))
	if !ok {
		org, _ := c.o.orgs.Get(c.Tx, "org")
		k = Key{ID: seedID("org", "key"), Parent: "org", Created: org.Created, Updated: org.Created, Expires: time.UnixMilli(org.Created).AddDate(10, 0, 0).UnixMilli()}
		c.o.keys.Put(c.Tx, k)
	}
	k.Parent = parent
	c.o.keys.Put(c.Tx, k)
	return k
}

// giveKeys gives a new app the keys it is signed for with: the org's, unless it is one of the org's own, and one of its own for SAML 2.0.
func (c *call) giveKeys(a *App) {
	if !a.own() || a.SignOnMode != modeSAML20 {
		kid := c.orgKey(a.ID).ID
		if slices.Contains([]string{modeSAML11, modeWSFed, modeOIDC}, a.SignOnMode) {
			a.SigningKey = kid
		}
	}
	if a.SignOnMode == modeSAML20 {
		a.SigningKey = c.newKey(a.ID, 10).ID
	}
}

// emailAddress is the name of that part of a certificate's subject.
var emailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

// certificate is the certificate of a key, in DER: the one that was published for it, or one that it has signed itself.
func (c *call) certificate(k Key) []byte {
	if k.Certificate != "" {
		der, err := base64.StdEncoding.DecodeString(k.Certificate)
		if err != nil {
			panic(err) // we have encoded it
		}
		return der
	}
	org, _ := c.o.orgs.Get(c.Tx, "org")
	private := c.o.privateKey(k.ID)
	name := pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
		{Type: asn1.ObjectIdentifier{2, 5, 4, 6}, Value: "US"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 8}, Value: "California"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 7}, Value: "San Francisco"},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "Okta"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: "SSOProvider"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: cmp.Or(org.Subdomain, "okta")},
		{Type: emailAddress, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("info@okta.com")}}}}
	t := &x509.Certificate{SerialNumber: big.NewInt(k.Created + 1), Subject: name, NotBefore: time.UnixMilli(k.Created).Add(-time.Minute).UTC(), NotAfter: time.UnixMilli(k.Expires).UTC(), SignatureAlgorithm: x509.SHA256WithRSA}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &private.PublicKey, private)
	if err != nil {
		panic(err) // nothing in it comes from outside
	}
	return der
}

// jwk is a key as the caller sees it.
func (c *call) jwk(k Key) obj {
	der := c.certificate(k)
	public := &c.o.privateKey(k.ID).PublicKey
	sum := sha256.Sum256(der)
	enc := base64.RawURLEncoding
	return obj{"kty": "RSA", "created": stamp(k.Created), "lastUpdated": stamp(k.Updated), "expiresAt": stamp(k.Expires), "kid": k.ID, "use": "sig", "x5c": []any{base64.StdEncoding.EncodeToString(der)},
		"x5t#S256": enc.EncodeToString(sum[:]), "e": enc.EncodeToString(big.NewInt(int64(public.E)).Bytes()), "n": enc.EncodeToString(public.N.Bytes())}
}

// keysBelow are the keys of an app or an identity provider, the newest first.
func (c *call) keysBelow(parent string) []Key {
	return inOrder(slices.Collect(c.o.keys.All(c.Tx, parent+"/")), func(k Key) int64 { return -k.Created }, func(k Key) string { return k.ID })
}

// A finder says whether there is something of that id for things to stand below.
type finder = func(c *call, id string) error

func (c *call) listKeys(within finder, parent string) (any, error) {
	if err := within(c, parent); err != nil {
		return nil, err
	}
	out := []any{}
	for _, k := range c.keysBelow(parent) {
		out = append(out, c.jwk(k))
	}
	return out, nil
}

func (c *call) key(within finder, parent, kid string) (Key, error) {
	if err := within(c, parent); err != nil {
		return Key{}, err
	}
	k, ok := c.o.keys.Get(c.Tx, parent+"/"+kid)
	if !ok {
		return k, notFound(kid, "JsonWebKey")
	}
	return k, nil
}

func (c *call) getKey(within finder, parent, kid string) (any, error) {
	k, err := c.key(within, parent, kid)
	if err != nil {
		return nil, err
	}
	return c.jwk(k), nil
}

func (c *call) generateKey(within finder, parent string) (any, error) {
	if err := within(c, parent); err != nil {
		return nil, err
	}
	years, err := strconv.Atoi(c.query.Get("validityYears"))
	if err != nil || years < 2 || years > 10 {
		return nil, invalid("generateKey", "Validity years out of range. It should be 2 - 10 years")
	}
	k := c.newKey(parent, years)
	c.logged("app.keys.generate", "SUCCESS", target{parent, "AppInstance", ""})
	return created(c.jwk(k)), nil
}

// cloneKey gives a key of one app or identity provider to another, so that both are signed for alike.
func (c *call) cloneKey(within finder, parent, kid, to string) (any, error) {
	k, err := c.key(within, parent, kid)
	if err != nil {
		return nil, err
	}
	if err := within(c, to); err != nil {
		return nil, err
	}
	if c.o.keys.Has(c.Tx, to+"/"+kid) {
		return nil, invalid("cloneKey", "Key already exists in the list of key credentials for the target app.")
	}
	k.Parent = to
	c.o.keys.Put(c.Tx, k)
	c.logged("app.keys.clone", "SUCCESS", target{to, "AppInstance", ""})
	return created(c.jwk(k)), nil
}

// csrKind is a request to certify a key: its id is that of the key.
var csrKind = &kind{name: "csrs", noun: "Csr", path: "/api/v1/apps/%s/credentials/csrs/%s", event: "app.csr"}

func init() { csrKind.view = viewCSR }

func viewCSR(c *call, r Record, v obj) {
	delete(v, "lastUpdated")
	at := c.address(csrKind, r)
	if c.o.tables[idpKind].records.Has(c.Tx, r.Parent) {
		at = c.link("/api/v1/idps/" + r.Parent + "/credentials/csrs/" + r.ID)
	}
	v["_links"] = obj{"self": hints(at, "GET", "DELETE"), "publish": hints(at+"/lifecycle/publish", "POST")}
}

func (c *call) listCSRs(within finder, parent string) (any, error) {
	if err := within(c, parent); err != nil {
		return nil, err
	}
	out := []any{}
	for r := range c.all(csrKind, parent) {
		out = append(out, c.shown(csrKind, r))
	}
	return out, nil
}

// generateCSR makes a key and asks that it be certified.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOCredentialKey/#tag/ApplicationSSOCredentialKey/operation/generateCsrForApplication
func (c *call) generateCSR(within finder, parent string) (any, error) {
	if err := within(c, parent); err != nil {
		return nil, err
	}
	subject := object(c.body["subject"])
	if subject == nil {
		return nil, blank("subject")
	}
	name := pkix.Name{}
	for _, part := range []struct {
		field string
		oid   int
	}{{"countryName", 6}, {"stateOrProvinceName", 8}, {"localityName", 7}, {"organizationName", 10}, {"organizationalUnitName", 11}, {"commonName", 3}} {
		if v := text(subject[part.field]); v != "" {
			name.ExtraNames = append(name.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, part.oid}, Value: asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(v)}})
		}
	}
	id := c.Rand(43, keyAlphabet)
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: name, DNSNames: texts(dig(c.body, "subjectAltNames", "dnsNames")), SignatureAlgorithm: x509.SHA256WithRSA}, c.o.privateKey(id))
	if err != nil {
		return nil, invalid("csr", "The certificate signing request metadata is invalid.")
	}
	r := Record{ID: id, Parent: parent, Created: c.at(), Order: c.order(), Updated: c.at(), Doc: obj{"csr": base64.StdEncoding.EncodeToString(der), "kty": "RSA"}}
	c.keep(csrKind, r)
	if strings.Contains(c.r.Echo.Request().Header.Get("Accept"), "application/pkcs10") {
		return answer{status: http.StatusCreated, body: []byte(text(r.Doc["csr"])), kind: "application/pkcs10; filename=okta.p10"}, nil
	}
	return created(c.shown(csrKind, r)), nil
}

// publishCSR takes the certificate that somebody has made of a request, and makes its key one to sign with.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationSSOCredentialKey/#tag/ApplicationSSOCredentialKey/operation/publishCsrFromApplication
func (c *call) publishCSR(within finder, parent, id string) (any, error) {
	if err := within(c, parent); err != nil {
		return nil, err
	}
	r, err := c.fetch(csrKind, parent, id)
	if err != nil {
		return nil, err
	}
	cert, ok := parseCertificate(c.sent)
	switch {
	case !ok:
		return nil, invalid("certificate", "The certificate is not well-formed.")
	case !matchesKey(cert, c.o.privateKey(id)):
		return nil, invalid("certificate", "The certificate doesn't match the CSR.")
	case cert.NotAfter.Before(c.Now.AddDate(0, 0, 90)):
		return nil, invalid("certificate", "The certificate validity period is less than 90 days.")
	}
	k := Key{ID: id, Parent: parent, Created: c.at(), Updated: c.at(), Expires: cert.NotAfter.UnixMilli(), Certificate: base64.StdEncoding.EncodeToString(cert.Raw)}
	c.o.keys.Put(c.Tx, k)
	c.o.tables[csrKind].records.Delete(c.Tx, r.ID)
	return created(c.jwk(k)), nil
}

func matchesKey(cert *x509.Certificate, key *rsa.PrivateKey) bool {
	public, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(&key.PublicKey)
}

// parseCertificate reads a certificate in PEM, in DER, or in DER in base64, which may be a JSON string.
func parseCertificate(sent []byte) (*x509.Certificate, bool) {
	var quoted string
	if json.Unmarshal(sent, &quoted) == nil {
		sent = []byte(quoted)
	}
	der := sent
	if block, _ := pem.Decode(sent); block != nil {
		der = block.Bytes
	} else if b, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(sent), nil))); err == nil {
		der = b
	}
	cert, err := x509.ParseCertificate(der)
	return cert, err == nil
}
