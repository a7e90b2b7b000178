package okta

import (
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// authenticatorMethodsOperations are the ways of using an authenticator, and which models of security keys may be used.
func (o *Okta) authenticatorMethodsOperations() {
	o.on(twin.Full, "listAuthenticatorMethods", o.listAuthenticatorMethods)
	o.on(twin.Full, "getAuthenticatorMethod", o.getAuthenticatorMethod)
	o.on(twin.Full, "replaceAuthenticatorMethod", o.replaceAuthenticatorMethod)
	o.on(twin.Full, "activateAuthenticatorMethod", o.activateAuthenticatorMethod)
	o.on(twin.Full, "deactivateAuthenticatorMethod", o.deactivateAuthenticatorMethod)
	o.on(twin.Partial, "verifyRpIdDomain", o.verifyRpIdDomain).noted("nobody looks the domain's record up; every domain is good")
	o.on(twin.Full, "listAllCustomAAGUIDs", o.listAllCustomAAGUIDs)
	o.on(twin.Full, "createCustomAAGUID", o.createCustomAAGUID)
	o.on(twin.Full, "getCustomAAGUID", o.getCustomAAGUID)
	o.on(twin.Full, "replaceCustomAAGUID", o.replaceCustomAAGUID)
	o.on(twin.Full, "updateCustomAAGUID", o.updateCustomAAGUID)
	o.on(twin.Full, "deleteCustomAAGUID", o.deleteCustomAAGUID)
}

func (o *Okta) listAuthenticatorMethods(c *call) (any, error) {
	r, err := c.authenticatorOf()
	if err != nil {
		return nil, err
	}
	rows := list(r.Doc["methods"])
	out := make([]any, len(rows))
	for i, m := range rows {
		out[i] = c.method(r, object(m))
	}
	return out, nil
}

func (o *Okta) getAuthenticatorMethod(c *call) (any, error) {
	r, i, err := c.methodOf("methodType")
	if err != nil {
		return nil, err
	}
	return c.method(r, object(list(r.Doc["methods"])[i])), nil
}

// replaceAuthenticatorMethod changes the settings of a method; those that are not sent stay.
func (o *Okta) replaceAuthenticatorMethod(c *call) (any, error) {
	r, i, err := c.methodOf("methodType")
	if err != nil {
		return nil, err
	}
	if c.body == nil {
		return nil, errMalformed
	}
	if kind := c.body["type"]; kind != nil && kind != c.param("methodType") {
		return nil, readOnly("type")
	}
	return c.writeMethod(r, i, func(m obj) obj {
		if s := object(c.body["settings"]); s != nil {
			m["settings"] = with(object(m["settings"]), clone(s))
		}
		return m
	}), nil
}

func (o *Okta) activateAuthenticatorMethod(c *call) (any, error) { return c.turnMethod("ACTIVE") }

// deactivateAuthenticatorMethod switches a method off, if another is left.
func (o *Okta) deactivateAuthenticatorMethod(c *call) (any, error) { return c.turnMethod("INACTIVE") }

func (c *call) turnMethod(status string) (any, error) {
	r, i, err := c.methodOf("methodType")
	if err != nil {
		return nil, err
	}
	if !switchable(r, c.param("methodType")) {
		return nil, invalid("api.authenticator.error.unsupported.active.deactivate")
	}
	return c.writeMethod(r, i, func(m obj) obj { return with(m, obj{"status": status}) }), nil
}

// switchable reports whether a method may be off: those that are not on from the start.
func switchable(r Record, method string) bool {
	for _, m := range authenticatorSorts[text(r.Doc["key"])].methods {
		if m.kind == method {
			return m.status != ""
		}
	}
	return false
}

// verifyRpIdDomain says that the domain that security keys are registered with is the org's.
func (o *Okta) verifyRpIdDomain(c *call) (any, error) {
	r, i, err := c.methodOf("webAuthnMethodType")
	if err != nil {
		return nil, err
	}
	domain := object(dig(list(r.Doc["methods"])[i], "settings", "rpId", "domain"))
	if text(domain["name"]) == "" {
		return nil, blank("rpId.domain.name")
	}
	c.writeMethod(r, i, func(m obj) obj {
		settings := object(m["settings"])
		settings["rpId"] = with(object(settings["rpId"]), obj{"domain": with(domain, obj{"validationStatus": "VERIFIED"})})
		return m
	})
	return nil, nil
}

// methodOf is the authenticator that the path names, and which of its methods.
func (c *call) methodOf(param string) (Record, int, error) {
	r, err := c.authenticatorOf()
	if err != nil {
		return r, 0, err
	}
	kind := c.param(param)
	i := slices.IndexFunc(list(r.Doc["methods"]), func(m any) bool { return object(m)["type"] == kind })
	if i < 0 {
		return r, 0, notFound(kind, "AuthenticatorMethod")
	}
	return r, i, nil
}

// writeMethod changes one method of an authenticator.
func (c *call) writeMethod(r Record, i int, change func(obj) obj) any {
	methods := clone(list(r.Doc["methods"]))
	methods[i] = change(object(methods[i]))
	r.Doc, r.Updated = with(r.Doc, obj{"methods": methods}), c.at()
	r = c.keep(authenticatorKind, r)
	c.logged("security.authenticator.lifecycle.update", "SUCCESS", authenticatorKind.target(r))
	return c.method(r, object(methods[i]))
}

// method is a method as the caller sees it.
func (c *call) method(r Record, m obj) any {
	at := c.address(authenticatorKind, r) + "/methods/" + text(m["type"])
	links := obj{"self": hints(at, "GET", "PUT")}
	if switchable(r, text(m["type"])) {
		turnLink(links, at, text(m["status"]))
	}
	return with(m, obj{"_links": links})
}

// Models of security keys, by their AAGUID.

var aaguidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (o *Okta) listAllCustomAAGUIDs(c *call) (any, error) {
	r, err := c.securityKeys()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, m := range list(r.Doc["aaguids"]) {
		out = append(out, c.aaguid(r, object(m)))
	}
	return out, nil
}

func (o *Okta) createCustomAAGUID(c *call) (any, error) {
	r, err := c.securityKeys()
	if err != nil {
		return nil, err
	}
	id := text(c.body["aaguid"])
	switch {
	case c.body == nil:
		return nil, errMalformed
	case !aaguidForm.MatchString(id):
		return nil, invalid("aaguid", "aaguid: The field has an invalid value")
	case slices.ContainsFunc(list(r.Doc["aaguids"]), func(m any) bool { return strings.EqualFold(text(object(m)["aaguid"]), id) }):
		return nil, invalid("aaguid", "aaguid: An object with this field already exists")
	}
	m := with(obj{"name": id, "authenticatorCharacteristics": obj{}}, only(clone(c.body), "aaguid", "name", "authenticatorCharacteristics", "attestationRootCertificates"))
	c.keepAAGUIDs(r, append(slices.Clone(list(r.Doc["aaguids"])), m))
	return c.aaguid(r, m), nil
}

func (o *Okta) getCustomAAGUID(c *call) (any, error) {
	r, i, err := c.aaguidOf()
	if err != nil {
		return nil, err
	}
	return c.aaguid(r, object(list(r.Doc["aaguids"])[i])), nil
}

func (o *Okta) replaceCustomAAGUID(c *call) (any, error) {
	return c.writeAAGUID(func(was obj) obj { return only(was, "aaguid", "name") })
}

func (o *Okta) updateCustomAAGUID(c *call) (any, error) {
	return c.writeAAGUID(func(was obj) obj { return was })
}

// writeAAGUID puts what was sent onto what stays of a model.
func (c *call) writeAAGUID(stays func(obj) obj) (any, error) {
	r, i, err := c.aaguidOf()
	if err != nil {
		return nil, err
	}
	if c.body == nil {
		return nil, errMalformed
	}
	models := slices.Clone(list(r.Doc["aaguids"]))
	m := with(stays(object(models[i])), only(clone(c.body), "name", "authenticatorCharacteristics", "attestationRootCertificates"))
	models[i] = m
	c.keepAAGUIDs(r, models)
	return c.aaguid(r, m), nil
}

func (o *Okta) deleteCustomAAGUID(c *call) (any, error) {
	r, i, err := c.aaguidOf()
	if err != nil {
		return nil, err
	}
	c.keepAAGUIDs(r, slices.Delete(slices.Clone(list(r.Doc["aaguids"])), i, i+1))
	return nil, nil
}

// securityKeys is the authenticator that the path names, if it is one of models of keys.
func (c *call) securityKeys() (Record, error) {
	r, err := c.authenticatorOf()
	if err == nil && (r.Doc["key"] != "webauthn" || r.Status != "ACTIVE") {
		return r, errFeature
	}
	return r, err
}

func (c *call) aaguidOf() (Record, int, error) {
	r, err := c.securityKeys()
	if err != nil {
		return r, 0, err
	}
	id := c.param("aaguid")
	i := slices.IndexFunc(list(r.Doc["aaguids"]), func(m any) bool { return strings.EqualFold(text(object(m)["aaguid"]), id) })
	if i < 0 {
		return r, 0, notFound(id, "CustomAAGUID")
	}
	return r, i, nil
}

func (c *call) keepAAGUIDs(r Record, models []any) {
	r.Doc, r.Updated = with(r.Doc, obj{"aaguids": models}), c.at()
	c.logged("security.authenticator.lifecycle.update", "SUCCESS", authenticatorKind.target(c.keep(authenticatorKind, r)))
}

// aaguid is a model as the caller sees it.
func (c *call) aaguid(r Record, m obj) any {
	return with(m, obj{"_links": obj{"self": hints(c.address(authenticatorKind, r)+"/aaguids/"+text(m["aaguid"]), "GET", "PUT", "DELETE")}})
}
