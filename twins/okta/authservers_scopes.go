package okta

import (
	"cmp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// What tokens may be asked for, and what is written into them.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServerScopes/
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServerClaims/
var (
	scopeKind = &kind{name: "scopes", noun: "OAuth2Scope", prefix: "scp", path: "/api/v1/authorizationServers/%s/scopes/%s", event: "oauth2.scope", past: true}
	claimKind = &kind{name: "claims", noun: "OAuth2Claim", prefix: "ocl", path: "/api/v1/authorizationServers/%s/claims/%s", event: "oauth2.claim", past: true}
)

func init() {
	scopeKind.check, scopeKind.deletes, scopeKind.view = checkScope, deletesSystem, viewPlain
	claimKind.check, claimKind.deletes, claimKind.view = checkClaim, deletesSystem, viewPlain
}

func (o *Okta) authServersScopesOperations() {
	o.serveKind(twin.Full, scopeKind, crud{list: "listOAuth2Scopes", create: "createOAuth2Scope", get: "getOAuth2Scope", replace: "replaceOAuth2Scope", delete: "deleteOAuth2Scope", made: 201}, withinServer)
	o.serveKind(twin.Full, claimKind, crud{list: "listOAuth2Claims", create: "createOAuth2Claim", get: "getOAuth2Claim", replace: "replaceOAuth2Claim", delete: "deleteOAuth2Claim", made: 201}, withinServer)
}

// checkScope refuses what is no scope. Of those that came with the server only whether they are default and published may change.
func checkScope(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	other, taken := c.called(scopeKind, c.param("authServerId"), name)
	switch {
	case name == "":
		return blank("name")
	case strings.ContainsAny(name, " \t\"\\"):
		return invalid("name", "name: The field has an invalid value")
	case name == "okta" || strings.HasPrefix(name, "okta."):
		return invalid("name", "name: The scope name is reserved")
	case taken && (was == nil || other.ID != was.ID):
		return invalid("name", "name: An object with this field already exists")
	case was != nil && was.System && name != was.Name:
		return readOnly("name")
	}
	delete(doc, "system")
	fill(doc, obj{"description": nil, "consent": "IMPLICIT", "default": false, "metadataPublish": "NO_CLIENTS", "optional": false, "apiResourceId": nil})
	switch {
	case !slices.Contains([]string{"IMPLICIT", "REQUIRED", "FLEXIBLE"}, text(doc["consent"])):
		return invalid("consent", "consent: The field must be one of IMPLICIT, REQUIRED, FLEXIBLE.")
	case !slices.Contains([]string{"ALL_CLIENTS", "NO_CLIENTS"}, text(doc["metadataPublish"])):
		return invalid("metadataPublish", "metadataPublish: The field must be one of ALL_CLIENTS, NO_CLIENTS.")
	}
	return nil
}

// checkClaim refuses what is no claim.
func checkClaim(c *call, doc obj, was *Record) error {
	name, kind, valued := text(doc["name"]), text(doc["claimType"]), text(doc["valueType"])
	switch {
	case name == "":
		return blank("name")
	case was != nil && was.System && name != was.Name:
		return readOnly("name")
	case kind == "":
		return blank("claimType")
	case kind != "RESOURCE" && kind != "IDENTITY":
		return invalid("claimType", "claimType: The field must be one of RESOURCE, IDENTITY.")
	case valued != "" && valued != "EXPRESSION" && valued != "GROUPS" && (valued != "SYSTEM" || was == nil || !was.System):
		return invalid("valueType", "valueType: The field must be one of EXPRESSION, GROUPS.")
	case valued != "SYSTEM" && text(doc["value"]) == "":
		return blank("value")
	case valued == "GROUPS" && text(doc["group_filter_type"]) == "":
		return blank("group_filter_type")
	}
	for other := range c.all(claimKind, c.param("authServerId")) {
		if other.Name == name && other.Doc["claimType"] == kind && (was == nil || other.ID != was.ID) {
			return invalid("name", "name: An object with this field already exists")
		}
	}
	delete(doc, "system")
	fill(doc, obj{"valueType": "EXPRESSION", "alwaysIncludeInToken": true, "apiResourceId": nil, "conditions": obj{}})
	fill(object(doc["conditions"]), obj{"scopes": []any{}})
	doc["status"] = cmp.Or(text(c.body["status"]), "ACTIVE")
	return nil
}

func deletesSystem(c *call, r Record) error {
	if r.System {
		return readOnly("system")
	}
	return nil
}

// viewPlain is how things are seen that only have an address.
func viewPlain(c *call, r Record, v obj) {
	v["system"] = r.System
	delete(v, "created")
	delete(v, "lastUpdated")
}

// standardScopes gives a server the scopes of OpenID Connect.
func (c *call) standardScopes(server string) {
	for i, s := range [][3]string{
		{"openid", "openid", "Signals that a request is an OpenID request."},
		{"profile", "profile", "Allows this application to access your profile information."},
		{"email", "email", "Allows this application to access your email address."},
		{"address", "address", "Allows this application to access your address information."},
		{"phone", "phone", "Allows this application to access your phone number."},
		{"offline_access", "offline_access", "Allows this application to access your information when you are not using the application."},
		{"device_sso", "device_sso", "Allows this application to sign you in to other applications on this device."},
	} {
		c.standard(scopeKind, server, i, obj{"name": s[0], "displayName": s[1], "description": s[2], "consent": "IMPLICIT", "default": false, "metadataPublish": "ALL_CLIENTS", "optional": false, "apiResourceId": nil})
	}
}

// standardClaims gives a server the claims of OpenID Connect: most are in tokens only when they are small.
func (c *call) standardClaims(server string) {
	c.standard(claimKind, server, 0, obj{"name": "sub", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "(appuser != null) ? appuser.userName : app.clientId",
		"alwaysIncludeInToken": true, "conditions": obj{"scopes": []any{}}, "status": "ACTIVE", "apiResourceId": nil})
	for i, claim := range [][2]string{{"address", "address"}, {"birthdate", "profile"}, {"email", "email"}, {"email_verified", "email"}, {"family_name", "profile"}, {"gender", "profile"},
		{"given_name", "profile"}, {"locale", "profile"}, {"middle_name", "profile"}, {"name", "profile"}, {"nickname", "profile"}, {"phone_number", "phone"}, {"picture", "profile"},
		{"preferred_username", "profile"}, {"profile", "profile"}, {"updated_at", "profile"}, {"website", "profile"}, {"zoneinfo", "profile"}} {
		always := claim[0] == "email" || claim[0] == "name" || claim[0] == "preferred_username"
		c.standard(claimKind, server, i+1, obj{"name": claim[0], "claimType": "IDENTITY", "valueType": "SYSTEM", "alwaysIncludeInToken": always,
			"conditions": obj{"scopes": []any{claim[1]}}, "status": "ACTIVE", "apiResourceId": nil})
	}
}

// standard keeps the i-th of what comes with a server, in this order.
func (c *call) standard(k *kind, server string, i int, doc obj) {
	at, id := c.at()+int64(i), c.id(k.prefix)
	if server == defaultServer {
		id = seedID(k.prefix, k.name+"/"+text(doc["name"]))
	}
	c.keep(k, Record{ID: id, Parent: server, System: true, Created: at, Updated: at, Doc: doc})
}
