package okta

import (
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
)

// authServerKind is an authorization server: who issues tokens for an API. Its scopes, claims, policies and the keys of
// those it encrypts for have it as their parent.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServer/
var authServerKind = &kind{name: "authorizationServers", noun: "AuthorizationServer", prefix: "aus", path: "/api/v1/authorizationServers/%s", event: "oauth2.as", past: true, lifecycle: true}

func init() {
	authServerKind.check, authServerKind.deletes, authServerKind.view = checkAuthServer, deletesAuthServer, viewAuthServer
	authServerKind.seen = func(c *call, r Record) bool { return c.may("okta.authzServers.read", r.ID) }
}

func (o *Okta) authServersOperations() {
	o.serveKind(twin.Full, authServerKind, crud{list: "listAuthorizationServers", get: "getAuthorizationServer", replace: "replaceAuthorizationServer",
		delete: "deleteAuthorizationServer", activate: "activateAuthorizationServer", deactivate: "deactivateAuthorizationServer", quiet: true}, nil)
	o.on(twin.Full, "createAuthorizationServer", o.createAuthorizationServer)
	o.on(twin.Full, "listAssociatedServersByTrustedType", o.listAssociatedServersByTrustedType)
	o.on(twin.Full, "createAssociatedServers", o.createAssociatedServers)
	o.on(twin.Full, "deleteAssociatedServer", o.deleteAssociatedServer)
	o.authServersPoliciesOperations()
	o.authServersScopesOperations()
	o.authServersKeysOperations()
	o.authServersClientsOperations()
}

// createAuthorizationServer makes a server with a key to sign with, and the scopes and claims that every server has.
func (o *Okta) createAuthorizationServer(c *call) (any, error) {
	r, err := c.make(authServerKind, "", c.body)
	if err != nil {
		return nil, err
	}
	c.standardScopes(r.ID)
	c.standardClaims(r.ID)
	c.rotatesLater(r)
	return created(c.shown(authServerKind, r)), nil
}

// checkAuthServer refuses what is no server. The keys that it has signed with stay.
func checkAuthServer(c *call, doc obj, was *Record) error {
	switch {
	case text(doc["name"]) == "":
		return blank("name")
	case len(texts(doc["audiences"])) == 0:
		return blank("audiences")
	}
	signing := obj{"rotationMode": "AUTO"}
	if mode := text(dig(doc, "credentials", "signing", "rotationMode")); mode != "" {
		signing["rotationMode"] = mode
	}
	if mode := signing["rotationMode"]; mode != "AUTO" && mode != "MANUAL" {
		return invalid("credentials.signing.rotationMode", "credentials.signing.rotationMode: The field must be one of AUTO, MANUAL.")
	}
	for _, k := range []string{"issuer", "default", "keys", "trusted"} {
		delete(doc, k)
	}
	fill(doc, obj{"description": nil, "issuerMode": "DYNAMIC"})
	doc["credentials"] = obj{"signing": signing}
	if was != nil {
		doc["keys"], doc["trusted"] = was.Doc["keys"], was.Doc["trusted"]
		c.rotatesLater(Record{ID: was.ID, Doc: doc})
		return nil
	}
	doc["keys"], doc["trusted"] = []any{c.nameKey("ACTIVE")}, []any{}
	return nil
}

func deletesAuthServer(c *call, r Record) error {
	c.Cancel("okta", afterRotation, r.ID)
	for _, p := range c.policies(r.ID, "OAUTH_AUTHORIZATION_POLICY") {
		for _, rule := range c.rules(p.ID) {
			c.o.tables[ruleKind].records.Delete(c.Tx, rule.ID)
		}
	}
	for _, k := range []*kind{policyKind, scopeKind, claimKind, resourceKeyKind} {
		for x := range c.all(k, r.ID) {
			c.o.tables[k].records.Delete(c.Tx, x.ID)
		}
	}
	return nil
}

// viewAuthServer says what a server signs with, for a rotation is due 90 days after the last unless people do it by hand.
func viewAuthServer(c *call, r Record, v obj) {
	delete(v, "keys")
	delete(v, "trusted")
	v["default"], v["issuer"] = r.ID == defaultServer, c.link("/oauth2/"+r.ID)
	key := activeKey(r)
	at := int64(number(key["at"]))
	signing := with(object(dig(v, "credentials", "signing")), obj{"kid": key["kid"], "lastRotated": stamp(at)})
	if signing["rotationMode"] == "AUTO" {
		signing["nextRotation"] = stamp(at + rotation.Milliseconds())
	}
	v["credentials"] = obj{"signing": signing}
	here, links := c.address(authServerKind, r), object(v["_links"])
	wellKnown := func(name string) obj {
		return with(hints(c.link("/oauth2/"+r.ID+"/.well-known/"+name), "GET"), obj{"name": name})
	}
	links["self"] = hints(here, "GET", "DELETE", "PUT")
	links["metadata"] = []any{wellKnown("oauth-authorization-server"), wellKnown("openid-configuration")}
	links["rotateKey"] = hints(here+"/credentials/lifecycle/keyRotate", "POST")
	links["keys"] = hints(here+"/credentials/keys", "GET")
	links["resourceServerCredentialsKeys"] = hints(here+"/resourceservercredentials/keys", "GET")
	for _, k := range []string{"claims", "policies", "scopes"} {
		links[k] = hints(here+"/"+k, "GET", "POST")
	}
}

const rotation = 90 * 24 * time.Hour

// authServer is the server that the path names.
func (c *call) authServer() (Record, error) {
	return c.fetch(authServerKind, "", c.param("authServerId"))
}

// withinServer finds the server that something is below.
func withinServer(c *call, id string) error {
	_, err := c.fetch(authServerKind, "", id)
	return err
}

// Servers that a server trusts: tokens of the one may be exchanged for tokens of the other.

func (o *Okta) listAssociatedServersByTrustedType(c *call) (any, error) {
	r, err := c.authServer()
	if err != nil {
		return nil, err
	}
	var found []Record
	q := strings.ToLower(c.query.Get("q"))
	for s := range c.all(authServerKind, "") {
		trusts := slices.Contains(texts(r.Doc["trusted"]), s.ID)
		if c.query.Get("trusted") == "false" {
			trusts = slices.Contains(texts(s.Doc["trusted"]), r.ID)
		}
		if trusts && strings.HasPrefix(strings.ToLower(s.Name), q) {
			found = append(found, s)
		}
	}
	return paged(c, slices.Values(found), func(s Record) string { return s.ID }, 200, 200, c.associated)
}

func (o *Okta) createAssociatedServers(c *call) (any, error) {
	r, err := c.authServer()
	if err != nil {
		return nil, err
	}
	ids := texts(c.body["trusted"])
	if len(ids) == 0 {
		return nil, blank("trusted")
	}
	trusted, out := texts(r.Doc["trusted"]), []any{}
	for _, id := range ids {
		s, err := c.fetch(authServerKind, "", id)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(trusted, id) {
			trusted = append(trusted, id)
		}
		out = append(out, c.associated(s))
	}
	c.trusts(r, trusted)
	return out, nil
}

func (o *Okta) deleteAssociatedServer(c *call) (any, error) {
	r, err := c.authServer()
	if err != nil {
		return nil, err
	}
	id := c.param("associatedServerId")
	trusted := texts(r.Doc["trusted"])
	i := slices.Index(trusted, id)
	if i < 0 {
		return nil, notFound(id, "AuthorizationServer")
	}
	c.trusts(r, slices.Delete(trusted, i, i+1))
	return nil, nil
}

func (c *call) trusts(r Record, ids []string) {
	r.Doc, r.Updated = with(r.Doc, obj{"trusted": anys(ids)}), c.at()
	c.logged("oauth2.as.updated", "SUCCESS", authServerKind.target(c.keep(authServerKind, r)))
}

// associated is a server as others see it.
func (c *call) associated(s Record) any {
	return without(object(c.shown(authServerKind, s)), "_links")
}

// defaultServer is the id of the server that comes with the org.
const defaultServer = "default"

// bootstrapAuthServers makes the server that comes with the org, which lets everybody have what they ask for.
//
// https://developer.okta.com/docs/concepts/auth-servers/#default-custom-authorization-server
func (c *call) bootstrapAuthServers() {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	c.rotatesLater(c.keep(authServerKind, Record{ID: defaultServer, Status: "ACTIVE", Created: org.Created, Updated: org.Created, Doc: obj{
		"name": "default", "description": "Default Authorization Server for your Applications", "audiences": []any{"api://default"}, "issuerMode": "DYNAMIC",
		"credentials": obj{"signing": obj{"rotationMode": "AUTO"}}, "trusted": []any{}, "keys": []any{with(c.nameKey("ACTIVE"), obj{"at": float64(c.at())})}}}))
	c.standardScopes(defaultServer)
	c.standardClaims(defaultServer)
	p := c.keep(policyKind, Record{ID: seedID("00p", "oauth/default"), Parent: defaultServer, Status: "ACTIVE", Priority: 1, Created: org.Created, Updated: org.Created,
		Doc: obj{"type": "OAUTH_AUTHORIZATION_POLICY", "name": "Default Policy", "description": "Default policy description", "conditions": obj{"clients": obj{"include": []any{"ALL_CLIENTS"}}}}})
	everyone, _ := c.o.everyone(c)
	r := c.ownRule(p, "Default Policy Rule", 1, obj{"people": obj{"users": obj{"include": []any{}, "exclude": []any{}}, "groups": obj{"include": []any{everyone.ID}, "exclude": []any{}}},
		"grantTypes": obj{"include": setOfTexts([]any{"authorization_code", "implicit", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"})},
		"scopes":     obj{"include": []any{"*"}}},
		obj{"token": obj{"accessTokenLifetimeMinutes": 60., "refreshTokenLifetimeMinutes": 0., "refreshTokenWindowMinutes": 10080.}})
	r.System = false
	c.keep(ruleKind, r)
}
