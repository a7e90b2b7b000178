package okta

import (
	"encoding/base64"
	"math/big"
	"time"

	"twinset.dev/kit/twin"
)

// resourceKeyKind is a key of an API that a server encrypts tokens for.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OAuth2ResourceServerCredentialsKeys/
var resourceKeyKind = &kind{name: "resourceServerKeys", noun: "OAuth2ResourceServerJsonWebKey", prefix: "apk", title: "kid", path: "/api/v1/authorizationServers/%s/resourceservercredentials/keys/%s",
	event: "oauth2.as.resource_server_key", lifecycle: true}

func init() {
	resourceKeyKind.check, resourceKeyKind.deletes, resourceKeyKind.turns, resourceKeyKind.view = checkResourceKey, deletesResourceKey, turnsResourceKey, viewResourceKey
}

func (o *Okta) authServersKeysOperations() {
	o.on(twin.Full, "listAuthorizationServerKeys", o.listAuthorizationServerKeys)
	o.on(twin.Full, "getAuthorizationServerKey", o.getAuthorizationServerKey)
	o.on(twin.Full, "rotateAuthorizationServerKeys", o.rotateAuthorizationServerKeys)
	o.serveKind(twin.Full, resourceKeyKind, crud{list: "listOAuth2ResourceServerJsonWebKeys", get: "getOAuth2ResourceServerJsonWebKey",
		delete: "deleteOAuth2ResourceServerJsonWebKey", activate: "activateOAuth2ResourceServerJsonWebKey", deactivate: "deactivateOAuth2ResourceServerJsonWebKey"}, withinServer)
	o.on(twin.Full, "addOAuth2ResourceServerJsonWebKey", o.addOAuth2ResourceServerJsonWebKey)
}

func (o *Okta) listAuthorizationServerKeys(c *call) (any, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	return c.serverKeys(s), nil
}

func (o *Okta) getAuthorizationServerKey(c *call) (any, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	id := c.param("keyId")
	for _, k := range list(s.Doc["keys"]) {
		if object(k)["kid"] == id {
			return c.serverKey(s, object(k)), nil
		}
	}
	return nil, notFound(id, "JsonWebKey")
}

// rotateAuthorizationServerKeys signs with the next key from now on. What the one before has signed stays good.
func (o *Okta) rotateAuthorizationServerKeys(c *call) (any, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	if use := text(c.body["use"]); use != "sig" {
		return nil, invalid("use", "use: The field must be sig.")
	}
	return c.serverKeys(c.rotate(s)), nil
}

// rotate makes a server sign with its next key, and names the one after it.
func (c *call) rotate(s Record) Record {
	var active, expired obj
	for _, k := range list(s.Doc["keys"]) {
		switch k := object(k); k["status"] {
		case "ACTIVE":
			expired = with(k, obj{"status": "EXPIRED"})
		case "NEXT":
			active = with(k, obj{"status": "ACTIVE", "at": float64(c.at())})
		}
	}
	if active == nil {
		active = c.nameKey("ACTIVE")
	}
	s.Doc, s.Updated = with(s.Doc, obj{"keys": []any{active, c.nameKey("NEXT"), expired}}), c.at()
	s = c.keep(authServerKind, s)
	c.rotatesLater(s)
	c.logged("oauth2.as.key.rollover", "SUCCESS", authServerKind.target(s))
	return s
}

// afterRotation is the timer that rotates a server's keys.
const afterRotation = "key_rotation"

// rotatesLater sets when a server's keys rotate by themselves, unless people do it by hand.
func (c *call) rotatesLater(s Record) {
	c.Cancel("okta", afterRotation, s.ID)
	if dig(s.Doc, "credentials", "signing", "rotationMode") == "AUTO" {
		c.At(time.UnixMilli(int64(number(activeKey(s)["at"]))).Add(rotation), "okta", afterRotation, s.ID)
	}
}

// nameKey names a key to sign with. The key itself derives from its name.
func (c *call) nameKey(status string) obj {
	return obj{"kid": c.Rand(43, idAlphabet+"-_"), "status": status, "at": float64(c.at())}
}

// activeKey is what a server signs with.
func activeKey(s Record) obj {
	for _, k := range list(s.Doc["keys"]) {
		if object(k)["status"] == "ACTIVE" {
			return object(k)
		}
	}
	return nil
}

func (c *call) serverKeys(s Record) any {
	out := []any{}
	for _, k := range list(s.Doc["keys"]) {
		out = append(out, c.serverKey(s, object(k)))
	}
	return out
}

// serverKey is what everybody may know of a key.
func (c *call) serverKey(s Record, k obj) any {
	kid := text(k["kid"])
	public := c.o.privateKey(kid).PublicKey
	return obj{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": kid, "status": k["status"], "n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e":      base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
		"_links": obj{"self": hints(c.address(authServerKind, s)+"/credentials/keys/"+kid, "GET")}}
}

// addOAuth2ResourceServerJsonWebKey adds a key, on unless asked otherwise.
func (o *Okta) addOAuth2ResourceServerJsonWebKey(c *call) (any, error) {
	s, err := c.authServer()
	if err != nil {
		return nil, err
	}
	r, err := c.make(resourceKeyKind, s.ID, c.body)
	if err != nil {
		return nil, err
	}
	if c.body["status"] == "INACTIVE" {
		r.Status = "INACTIVE"
		c.keep(resourceKeyKind, r)
	}
	return created(c.shown(resourceKeyKind, r)), nil
}

// checkResourceKey refuses what is no public key.
func checkResourceKey(c *call, doc obj, was *Record) error {
	for _, field := range []string{"kty", "use", "e", "n"} {
		if text(doc[field]) == "" {
			return blank(field)
		}
	}
	switch {
	case doc["kty"] != "RSA":
		return invalid("kty", "kty: The field must be RSA.")
	case doc["use"] != "enc":
		return invalid("use", "use: The field must be enc.")
	}
	if kid := text(doc["kid"]); kid != "" {
		if _, taken := c.called(resourceKeyKind, c.param("authServerId"), kid); taken {
			return invalid("kid", "kid: An object with this field already exists")
		}
	}
	fill(doc, obj{"kid": nil})
	if c.body["status"] != "INACTIVE" {
		return onlyResourceKey(c, c.param("authServerId"))
	}
	return nil
}

// onlyResourceKey refuses a second key that is on.
func onlyResourceKey(c *call, server string) error {
	for k := range c.all(resourceKeyKind, server) {
		if k.Status == "ACTIVE" {
			return invalid("status", "status: Only one active key is allowed.")
		}
	}
	return nil
}

func deletesResourceKey(c *call, r Record) error {
	if r.Status == "ACTIVE" {
		return invalid("status", "status: An active key cannot be deleted.")
	}
	return nil
}

func turnsResourceKey(c *call, r *Record, status string) error {
	if status == "ACTIVE" && r.Status != status {
		return onlyResourceKey(c, r.Parent)
	}
	return nil
}

func viewResourceKey(c *call, r Record, v obj) {
	at, links := c.address(resourceKeyKind, r), object(v["_links"])
	delete(links, "self")
	if r.Status != "ACTIVE" {
		links["delete"] = hints(at, "DELETE")
	}
}
