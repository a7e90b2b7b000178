package okta

import (
	"encoding/json"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"twinset.dev/kit/twin"
)

// preregistrationKind is a security key that a maker prepares for a person and sends to them. The person is its parent.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/WebAuthnPreregistration/
var preregistrationKind = &kind{name: "webauthnPreregistrations", noun: "WebAuthnPreregistrationFactor", prefix: "fwf", path: "/webauthn-registration/api/v1/users/%s/enrollments/%s", event: "user.mfa.factor.preregister"}

func (o *Okta) webauthnRegistrationOperations() {
	const sealed = "what the key answers is taken unread, for only its maker could open it"
	o.on(twin.Partial, "enrollPreregistrationEnrollment", o.enrollPreregistrationEnrollment).noted(sealed)
	o.on(twin.Partial, "activatePreregistrationEnrollment", o.activatePreregistrationEnrollment).noted(sealed)
	o.on(twin.Full, "generateFulfillmentRequest", o.generateFulfillmentRequest)
	o.on(twin.Full, "sendPin", o.sendPin)
	o.on(twin.Full, "listWebAuthnPreregistrationFactors", o.listWebAuthnPreregistrationFactors)
	o.on(twin.Full, "deleteWebAuthnPreregistrationFactor", o.deleteWebAuthnPreregistrationFactor)
	o.on(twin.Full, "assignFulfillmentErrorWebAuthnPreregistrationFactor", o.assignFulfillmentErrorWebAuthnPreregistrationFactor)
}

// enrollPreregistrationEnrollment asks the maker for a credential for each of the sites that are named. What is asked is
// sealed with the maker's key.
func (o *Okta) enrollPreregistrationEnrollment(c *call) (any, error) {
	u, err := c.preregistering()
	if err != nil {
		return nil, err
	}
	raw, _ := json.Marshal(c.body["yubicoTransportKeyJWK"])
	var transport jose.JSONWebKey
	if json.Unmarshal(raw, &transport) != nil || !transport.IsPublic() {
		return nil, invalid("yubicoTransportKeyJWK", "yubicoTransportKeyJWK: The field has an invalid value")
	}
	sites := texts(c.body["enrollmentRpIds"])
	if len(sites) == 0 {
		return nil, blank("enrollmentRpIds")
	}
	requests := []any{}
	for _, site := range sites {
		r := c.keep(preregistrationKind, Record{ID: c.id("fwf"), Parent: u.ID, Status: "PENDING_ACTIVATION", Created: c.at(), Updated: c.at(), Doc: obj{"name": site}})
		sealed, err := seal(transport, obj{"challenge": c.Rand(43, idAlphabet), "rp": obj{"id": site, "name": site}, "user": obj{"id": u.ID, "name": u.login(), "displayName": u.display()},
			"pubKeyCredParams": []any{obj{"type": "public-key", "alg": -7}, obj{"type": "public-key", "alg": -257}}})
		if err != nil {
			return nil, invalid("yubicoTransportKeyJWK", "yubicoTransportKeyJWK: The field has an invalid value")
		}
		requests = append(requests, obj{"authenticatorEnrollmentId": r.ID, "keyId": transport.KeyID, "credRequestJwe": sealed})
		c.logged("user.mfa.factor.preregister.initiate", "SUCCESS", u.target(), preregistrationKind.target(r))
	}
	pin, err := seal(transport, obj{"minPinLength": 6})
	return obj{"userId": u.ID, "fulfillmentProvider": "yubico", "credRequests": requests, "pinRequestJwe": pin}, err
}

// seal makes a JWE that only the owner of a key can open.
func seal(key jose.JSONWebKey, v obj) (string, error) {
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: key}, nil)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sealed, err := e.Encrypt(raw)
	if err != nil {
		return "", err
	}
	return sealed.CompactSerialize()
}

func (o *Okta) activatePreregistrationEnrollment(c *call) (any, error) {
	u, err := c.preregistering()
	if err != nil {
		return nil, err
	}
	ids := []any{}
	for _, x := range list(c.body["credResponses"]) {
		id := text(object(x)["authenticatorEnrollmentId"])
		r, err := c.fetch(preregistrationKind, u.ID, id)
		switch {
		case err != nil:
			return nil, err
		case text(object(x)["credResponseJwe"]) == "":
			return nil, blank("credResponseJwe")
		}
		r.Status, r.Updated = "ACTIVE", c.at()
		r.Doc = with(r.Doc, obj{"serial": c.body["serial"], "version": c.body["version"]})
		c.keep(preregistrationKind, r)
		c.logged("user.mfa.factor.preregister.complete", "SUCCESS", u.target(), preregistrationKind.target(r))
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, blank("credResponses")
	}
	return obj{"userId": u.ID, "fulfillmentProvider": "yubico", "authenticatorEnrollmentIds": ids}, nil
}

// generateFulfillmentRequest orders the keys to be sent.
func (o *Okta) generateFulfillmentRequest(c *call) (any, error) {
	u, err := c.preregistering()
	switch {
	case err != nil:
		return nil, err
	case len(list(c.body["fulfillmentData"])) == 0:
		return nil, blank("fulfillmentData")
	}
	c.logged("user.mfa.factor.preregister.fulfillment", "SUCCESS", u.target())
	return nil, nil
}

// sendPin tells a person the number that opens their key.
func (o *Okta) sendPin(c *call) (any, error) {
	u, err := c.preregistering()
	if err != nil {
		return nil, err
	}
	r, err := c.fetch(preregistrationKind, u.ID, text(c.body["authenticatorEnrollmentId"]))
	if err != nil {
		return nil, err
	}
	c.logged("user.mfa.factor.preregister.pin", "SUCCESS", u.target(), preregistrationKind.target(r))
	return nil, nil
}

func (o *Okta) listWebAuthnPreregistrationFactors(c *call) (any, error) {
	id := c.param("userId")
	if _, ok := o.users.Get(c.Tx, id); !ok {
		return nil, notFound(id, "User")
	}
	out := []any{}
	for r := range c.all(preregistrationKind, id) {
		out = append(out, obj{"id": r.ID, "factorType": "webauthn", "provider": "FIDO", "vendorName": "FIDO", "status": r.Status, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated),
			"profile": obj{"credentialId": nil, "authenticatorName": "YubiKey", "serial": r.Doc["serial"]},
			"_links":  obj{"self": hints(c.address(preregistrationKind, r), "GET", "DELETE")}})
	}
	return out, nil
}

func (o *Okta) deleteWebAuthnPreregistrationFactor(c *call) (any, error) {
	r, err := c.fetch(preregistrationKind, c.param("userId"), c.param("authenticatorEnrollmentId"))
	if err != nil {
		return nil, err
	}
	return nil, c.remove(preregistrationKind, r)
}

// assignFulfillmentErrorWebAuthnPreregistrationFactor notes that a key will not come.
func (o *Okta) assignFulfillmentErrorWebAuthnPreregistrationFactor(c *call) (any, error) {
	r, err := c.fetch(preregistrationKind, c.param("userId"), c.param("authenticatorEnrollmentId"))
	if err != nil {
		return nil, err
	}
	r.Status, r.Updated = "FULFILLMENT_ERRORED", c.at()
	c.keep(preregistrationKind, r)
	return nil, nil
}

// preregistering is the person that a call is about, by a maker that Okta knows.
func (c *call) preregistering() (User, error) {
	if c.body == nil {
		return User{}, errMalformed
	}
	if maker := text(c.body["fulfillmentProvider"]); !slices.Contains([]string{"", "yubico"}, maker) {
		return User{}, invalid("fulfillmentProvider", "fulfillmentProvider: The field has an invalid value")
	}
	id := text(c.body["userId"])
	if id == "" {
		return User{}, blank("userId")
	}
	u, ok := c.o.users.Get(c.Tx, id)
	if !ok {
		return u, notFound(id, "User")
	}
	return u, nil
}
