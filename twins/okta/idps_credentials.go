package okta

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"slices"

	"twinset.dev/kit/twin"
)

// idpCredentialsOperations are the keys of identity providers: theirs, by which Okta trusts them, and Okta's own.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/IdentityProviderKeys/
func (o *Okta) idpCredentialsOperations() {
	o.on(twin.Full, "createIdentityProviderKey", o.createIdentityProviderKey)
	o.on(twin.Full, "listIdentityProviderKeys", o.listIdentityProviderKeys)
	o.on(twin.Full, "getIdentityProviderKey", o.getIdentityProviderKey)
	o.on(twin.Full, "replaceIdentityProviderKey", o.replaceIdentityProviderKey)
	o.on(twin.Full, "deleteIdentityProviderKey", o.deleteIdentityProviderKey)

	o.on(twin.Full, "listIdentityProviderSigningKeys", func(c *call) (any, error) { return c.listKeys(withinIDP, c.param("idpId")) })
	o.on(twin.Full, "getIdentityProviderSigningKey", func(c *call) (any, error) { return c.getKey(withinIDP, c.param("idpId"), c.param("kid")) })
	o.on(twin.Full, "generateIdentityProviderSigningKey", func(c *call) (any, error) { return c.generateKey(withinIDP, c.param("idpId")) })
	o.on(twin.Full, "cloneIdentityProviderKey", func(c *call) (any, error) {
		return c.cloneKey(withinIDP, c.param("idpId"), c.param("kid"), c.query.Get("targetIdpId"))
	})
	o.on(twin.Full, "listActiveIdentityProviderSigningKey", o.listActiveIdentityProviderSigningKey)
	o.serveKind(twin.Full, csrKind, crud{get: "getCsrForIdentityProvider", delete: "revokeCsrForIdentityProvider"}, withinIDP)
	o.on(twin.Full, "listCsrsForIdentityProvider", func(c *call) (any, error) { return c.listCSRs(withinIDP, c.param("idpId")) })
	o.on(twin.Full, "generateCsrForIdentityProvider", func(c *call) (any, error) { return c.generateCSR(withinIDP, c.param("idpId")) })
	o.on(twin.Full, "publishCsrForIdentityProvider", func(c *call) (any, error) { return c.publishCSR(withinIDP, c.param("idpId"), c.param("idpCsrId")) })
}

// idpKeyKind is the certificate of an identity provider. Its id is the key's.
var idpKeyKind = &kind{name: "idpKeys", noun: "JsonWebKey", event: "system.idp.key"}

// createIdentityProviderKey takes the certificate of an identity provider.
func (o *Okta) createIdentityProviderKey(c *call) (any, error) {
	r := Record{ID: c.uuid(), Created: c.at(), Order: c.order()}
	return c.setIDPKey(r)
}

func (c *call) setIDPKey(r Record) (any, error) {
	chain := texts(c.body["x5c"])
	if len(chain) == 0 {
		return nil, blank("x5c")
	}
	cert, ok := parseCertificate([]byte(chain[0]))
	if !ok {
		return nil, invalid("x5c", "x5c: The certificate is not well-formed.")
	}
	enc := base64.RawURLEncoding
	sum := sha256.Sum256(cert.Raw)
	r.Doc = obj{"x5c": anys(chain), "use": "sig", "x5t#S256": enc.EncodeToString(sum[:]), "expiresAt": stamp(cert.NotAfter.UnixMilli())}
	switch public := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		fill(r.Doc, obj{"kty": "RSA", "alg": "RSA", "n": enc.EncodeToString(public.N.Bytes()), "e": enc.EncodeToString(big.NewInt(int64(public.E)).Bytes())})
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 4, x, y
		if err != nil {
			return nil, invalid("x5c", "x5c: The certificate is not well-formed.")
		}
		half := len(point) / 2
		fill(r.Doc, obj{"kty": "EC", "alg": "EC", "crv": public.Params().Name, "x": enc.EncodeToString(point[1 : half+1]), "y": enc.EncodeToString(point[half+1:])})
	default:
		return nil, invalid("x5c", "x5c: The certificate's key must be RSA or EC.")
	}
	r.Updated = c.at()
	c.keep(idpKeyKind, r)
	return c.idpKey(r), nil
}

func (c *call) idpKey(r Record) obj {
	return with(r.Doc, obj{"kid": r.ID, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated)})
}

func (o *Okta) listIdentityProviderKeys(c *call) (any, error) {
	return paged(c, c.all(idpKeyKind, ""), func(r Record) string { return r.ID }, 20, 200, func(r Record) any { return c.idpKey(r) })
}

func (o *Okta) getIdentityProviderKey(c *call) (any, error) {
	r, err := c.fetch(idpKeyKind, "", c.param("kid"))
	if err != nil {
		return nil, err
	}
	return c.idpKey(r), nil
}

func (o *Okta) replaceIdentityProviderKey(c *call) (any, error) {
	r, err := c.fetch(idpKeyKind, "", c.param("kid"))
	if err != nil {
		return nil, err
	}
	return c.setIDPKey(r)
}

// deleteIdentityProviderKey forgets a certificate that no identity provider is trusted by.
func (o *Okta) deleteIdentityProviderKey(c *call) (any, error) {
	r, err := c.fetch(idpKeyKind, "", c.param("kid"))
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(slices.Collect(c.all(idpKind, "")), func(p Record) bool { return dig(p.Doc, "protocol", "credentials", "trust", "kid") == r.ID }) {
		return nil, &refusal{status: 400, code: "E0000001", summary: "Api validation failed: kid", causes: []string{"The key is in use by an identity provider."}}
	}
	o.tables[idpKeyKind].records.Delete(c.Tx, r.ID)
	return nil, nil
}

// listActiveIdentityProviderSigningKey is the key with which Okta signs what it asks of an identity provider.
func (o *Okta) listActiveIdentityProviderSigningKey(c *call) (any, error) {
	r, err := c.fetch(idpKind, "", c.param("idpId"))
	if err != nil {
		return nil, err
	}
	k, ok := o.keys.Get(c.Tx, r.ID+"/"+text(dig(r.Doc, "protocol", "credentials", "signing", "kid")))
	if !ok {
		return nil, nil
	}
	return []any{c.jwk(k)}, nil
}
