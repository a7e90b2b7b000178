package okta

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// apiServiceKind is a service of Okta's catalog that calls the org's APIs.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApiServiceIntegrations/
var apiServiceKind = &kind{name: "apiServices", noun: "APIServiceIntegration", prefix: "0oa", path: "/integrations/api/v1/api-services/%s", event: "app.api_service", deletes: deleteAPIService}

func init() { apiServiceKind.check, apiServiceKind.view = checkAPIService, viewAPIService }

// apiSecretKind is a secret of such a service.
var apiSecretKind = &kind{name: "apiServiceSecrets", noun: "OAuth2ClientSecret", prefix: "ocs", path: "/integrations/api/v1/api-services/%s/credentials/secrets/%s", event: "app.oauth2.credentials.lifecycle", lifecycle: true, deletes: deleteSecret}

func init() { apiSecretKind.view, apiSecretKind.turns = viewAPISecret, turnAPISecret }

func (o *Okta) apiServicesOperations() {
	o.serveKind(twin.Full, apiServiceKind, crud{list: "listApiServiceIntegrationInstances", get: "getApiServiceIntegrationInstance", delete: "deleteApiServiceIntegrationInstance"}, nil)
	o.on(twin.Partial, "createApiServiceIntegrationInstance", o.createAPIServiceIntegrationInstance).noted("takes any type, for the catalog of API services is not public")
	o.serveKind(twin.Full, apiSecretKind, crud{list: "listApiServiceIntegrationInstanceSecrets", delete: "deleteApiServiceIntegrationInstanceSecret", activate: "activateApiServiceIntegrationInstanceSecret",
		deactivate: "deactivateApiServiceIntegrationInstanceSecret"}, withinAPIService)
	o.on(twin.Full, "createApiServiceIntegrationInstanceSecret", o.createAPIServiceIntegrationInstanceSecret)
}

// createAPIServiceIntegrationInstance lets a service in, with the scopes that it is granted.
func (o *Okta) createAPIServiceIntegrationInstance(c *call) (any, error) {
	r, err := c.make(apiServiceKind, "", c.body)
	if err != nil {
		return nil, err
	}
	secret := c.addAPISecret(r.ID)
	v := c.shown(apiServiceKind, r).(obj)
	v["clientSecret"] = c.World.Reveal(text(secret.Doc["client_secret"]))
	return created(v), nil
}

func withinAPIService(c *call, id string) error {
	_, err := c.fetch(apiServiceKind, "", id)
	return err
}

var apiServiceType = regexp.MustCompile(`^[a-z0-9_-]+$`)

func checkAPIService(c *call, doc obj, was *Record) error {
	kind := text(doc["type"])
	switch {
	case kind == "":
		return blank("type")
	case !apiServiceType.MatchString(kind):
		return invalid("type", "type: Not one of the allowed values.")
	case len(texts(doc["grantedScopes"])) == 0:
		return blank("grantedScopes")
	}
	for _, s := range texts(doc["grantedScopes"]) {
		if !oktaScope.MatchString(s) {
			return invalid("grantedScopes", "grantedScopes: '"+s+"' is not a scope of the Okta API.")
		}
	}
	for k := range doc {
		if !slices.Contains([]string{"type", "grantedScopes", "properties"}, k) {
			delete(doc, k)
		}
	}
	name := strings.TrimSuffix(strings.TrimSuffix(kind, "apiservice"), "_")
	if name == "" {
		name = kind
	}
	doc["name"], doc["createdBy"] = strings.ToUpper(name[:1])+name[1:], c.who.user.ID
	fill(doc, obj{"properties": obj{}})
	return nil
}

func viewAPIService(c *call, r Record, v obj) {
	delete(v, "created")
	delete(v, "lastUpdated")
	v["createdAt"], v["configGuideUrl"] = stamp(r.Created), c.link("/integrations/guides/"+text(r.Doc["type"]))
	at := c.address(apiServiceKind, r)
	v["_links"] = obj{"self": hints(at, http.MethodGet, http.MethodDelete), "secrets": href(at + "/credentials/secrets"), "client": hints(c.link("/oauth2/v1/clients/"+r.ID), http.MethodGet),
		"logo": obj{"name": "medium", "href": c.link(defaultLogo)}}
}

func deleteAPIService(c *call, r Record) error {
	for s := range c.all(apiSecretKind, r.ID) {
		c.o.tables[apiSecretKind].records.Delete(c.Tx, s.ID)
	}
	return nil
}

func (o *Okta) createAPIServiceIntegrationInstanceSecret(c *call) (any, error) {
	id := c.param("apiServiceId")
	if err := withinAPIService(c, id); err != nil {
		return nil, err
	}
	if len(slices.Collect(c.all(apiSecretKind, id))) >= 2 {
		return nil, errManySecrets
	}
	r := c.addAPISecret(id)
	v := c.shown(apiSecretKind, r).(obj)
	v["client_secret"] = c.World.Reveal(text(r.Doc["client_secret"]))
	return created(v), nil
}

func (c *call) addAPISecret(service string) Record {
	r := Record{ID: c.id(apiSecretKind.prefix), Parent: service, Status: "ACTIVE", Created: c.at(), Order: c.order(), Updated: c.at(), Doc: obj{"client_secret": c.Rand(64, secretAlphabet)}}
	c.keep(apiSecretKind, r)
	return r
}

// viewAPISecret shows no more of a secret than tells it from another.
func viewAPISecret(c *call, r Record, v obj) {
	secret := c.World.Reveal(text(r.Doc["client_secret"]))
	v["client_secret"], v["secret_hash"] = "***"+secret[len(secret)-4:], secretHash(secret)
	at := c.address(apiSecretKind, r)
	self := hints(at, http.MethodDelete)
	v["_links"] = obj{"self": self, "deactivate": hints(at+"/lifecycle/deactivate", http.MethodPost)}
	if r.Status != "ACTIVE" {
		v["_links"] = obj{"self": self, "activate": hints(at+"/lifecycle/activate", http.MethodPost), "delete": self}
	}
}

func turnAPISecret(c *call, r *Record, status string) error {
	if status == "INACTIVE" && r.Status == "ACTIVE" {
		active := slices.DeleteFunc(slices.Collect(c.all(apiSecretKind, r.Parent)), func(s Record) bool { return s.Status != "ACTIVE" })
		if len(active) == 1 {
			return errLastSecret
		}
	}
	return nil
}
