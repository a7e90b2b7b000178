package okta

import (
	"encoding/base64"
	"math/big"

	"twinset.dev/kit/twin"
)

// hookKeyKind is a key by which Okta proves to a hook's token endpoint who it is.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/HookKey/
var hookKeyKind = &kind{name: "hook_keys", noun: "HookKey", prefix: "HKY", path: "/api/v1/hook-keys/%s", event: "system.hook_key", drops: []string{"keyId", "isUsed"}}

func init() {
	hookKeyKind.check, hookKeyKind.view, hookKeyKind.deletes = checkHookKey, viewHookKey, deleteHookKey
}

func (o *Okta) hookKeysOperations() {
	o.serveKind(twin.Full, hookKeyKind, crud{list: "listHookKeys", get: "getHookKey", delete: "deleteHookKey"}, nil)
	o.on(twin.Full, "createHookKey", o.createHookKey)
	o.on(twin.Full, "replaceHookKey", o.replaceHookKey)
	o.on(twin.Full, "getPublicKey", o.getPublicKey)
}

// createHookKey makes a pair of keys, of which only the public one is ever shown.
func (o *Okta) createHookKey(c *call) (any, error) {
	r, err := c.make(hookKeyKind, "", c.body)
	if err != nil {
		return nil, err
	}
	return with(c.shown(hookKeyKind, r).(obj), obj{"_embedded": publicHookKey(r)}), nil
}

// replaceHookKey gives a key another name.
func (o *Okta) replaceHookKey(c *call) (any, error) {
	r, err := c.fetch(hookKeyKind, "", c.param("id"))
	if err != nil {
		return nil, err
	}
	if r, err = c.replace(hookKeyKind, r, c.body); err != nil {
		return nil, err
	}
	return with(c.shown(hookKeyKind, r).(obj), obj{"_embedded": publicHookKey(r)}), nil
}

func (o *Okta) getPublicKey(c *call) (any, error) {
	id := c.param("keyId")
	for r := range c.all(hookKeyKind, "") {
		if text(r.Doc["keyId"]) == id {
			return publicHookKey(r), nil
		}
	}
	return nil, notFound(id, hookKeyKind.noun)
}

func publicHookKey(r Record) obj {
	return obj{"kty": "RSA", "alg": "RSA", "kid": r.Doc["keyId"], "use": nil, "e": "AQAB", "n": r.Doc["n"]}
}

func checkHookKey(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	if err := nameFits(name, 255); err != nil {
		return err
	}
	if c.taken(hookKeyKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	clear(doc)
	doc["name"] = name
	if was != nil {
		doc["keyId"], doc["n"] = was.Doc["keyId"], was.Doc["n"]
		return nil
	}
	id := c.uuid()
	doc["keyId"], doc["n"] = id, modulus(c.o.privateKey(id).N)
	return nil
}

// modulus is a number as keys are written in JSON.
func modulus(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }

func viewHookKey(c *call, r Record, v obj) {
	delete(v, "_links")
	delete(v, "n")
	v["isUsed"] = c.hookKeyUsed(r)
}

// hookKeyUsed reports whether a hook proves itself by the key.
func (c *call) hookKeyUsed(r Record) bool {
	for h := range c.all(inlineHookKind, "") {
		if dig(h.Doc, "channel", "config", "hookKeyId") == r.ID {
			return true
		}
	}
	return false
}

func deleteHookKey(c *call, r Record) error {
	if c.hookKeyUsed(r) {
		return invalid("hookKey", "The key is used by a hook.")
	}
	return nil
}

// uuid is a new id of the kind that is not Okta's own.
func (c *call) uuid() string {
	const hex = "0123456789abcdef"
	return c.Rand(8, hex) + "-" + c.Rand(4, hex) + "-4" + c.Rand(3, hex) + "-" + c.Rand(1, "89ab") + c.Rand(3, hex) + "-" + c.Rand(12, hex)
}
