package okta

import (
	"net/http"
	"regexp"
	"slices"

	"twinset.dev/kit/twin"
)

// grantKind is the consent of the org that an app may have a scope of Okta's own APIs.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationGrants/
var grantKind = &kind{name: "appGrants", noun: "OAuth2ScopeConsentGrant", prefix: "oag", path: "/api/v1/apps/%s/grants/%s", title: "scopeId", event: "app.oauth2.as.consent"}

func init() { grantKind.check, grantKind.view = checkGrant, viewGrant }

func (o *Okta) grantsOperations() {
	o.serveKind(twin.Full, grantKind, crud{list: "listScopeConsentGrants", get: "getScopeConsentGrant", delete: "revokeScopeConsentGrant"}, withinClient)
	o.on(twin.Full, "grantConsentToScope", o.grantConsentToScope)
}

// withinClient finds the OAuth client that things stand below.
func withinClient(c *call, id string) error {
	a, ok := c.o.apps.Get(c.Tx, id)
	if !ok || a.ClientID == "" {
		return notFound(id, "AppInstance")
	}
	return nil
}

// grantConsentToScope lets an app have a scope.
func (o *Okta) grantConsentToScope(c *call) (any, error) {
	if err := withinClient(c, c.param("appId")); err != nil {
		return nil, err
	}
	r, err := c.make(grantKind, c.param("appId"), c.body)
	if err != nil {
		return nil, err
	}
	v := c.shown(grantKind, r).(obj)
	v["_embedded"] = obj{"scope": obj{"id": r.Name}}
	return created(v), nil
}

var oktaScope = regexp.MustCompile(`^(okta\.[A-Za-z0-9]+(\.[A-Za-z0-9]+)*|ssf\.(manage|read))$`)

func checkGrant(c *call, doc obj, was *Record) error {
	app := c.param("appId")
	scope := text(doc["scopeId"])
	switch {
	case scope == "":
		return blank("scopeId")
	case text(doc["issuer"]) == "":
		return blank("issuer")
	case text(doc["issuer"]) != c.base:
		return invalid("issuer", "issuer: The issuer must be the org authorization server.")
	case !oktaScope.MatchString(scope):
		return notFound(scope, "OAuth2Scope")
	}
	if _, taken := c.called(grantKind, app, scope); taken {
		return invalid("scopeId", "scopeId: Consent to the scope has already been granted.")
	}
	for k := range doc {
		if !slices.Contains([]string{"scopeId", "issuer"}, k) {
			delete(doc, k)
		}
	}
	delete(doc, "issuer") // it is the org, wherever that is
	doc["createdBy"] = obj{"id": c.who.user.ID, "type": "User"}
	return nil
}

func viewGrant(c *call, r Record, v obj) {
	a, _ := c.o.apps.Get(c.Tx, r.Parent)
	v["status"], v["issuer"], v["clientId"], v["source"] = "ACTIVE", c.base, a.ClientID, "ADMIN"
	v["_links"] = obj{"app": obj{"href": c.link("/api/v1/apps/" + a.ID), "title": a.Label}, "self": hints(c.address(grantKind, r), http.MethodGet, http.MethodDelete),
		"client": obj{"href": c.link("/oauth2/v1/clients/" + a.ClientID), "title": a.Label}}
	if c.query.Get("expand") == "scope" {
		v["_embedded"] = obj{"scope": obj{"id": r.Name}}
	}
}
