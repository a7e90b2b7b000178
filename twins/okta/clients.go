package okta

import (
	"net/http"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// clientRegistrationOperations are the apps of an org as OAuth clients.
//
// https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/tag/Client/
func (o *Okta) clientRegistrationOperations() {
	o.beyond(twin.Full, "listClients", http.MethodGet, "/oauth2/v1/clients", o.listClients).needs("okta.clients")
	o.beyond(twin.Full, "createClient", http.MethodPost, "/oauth2/v1/clients", o.createClient).needs("okta.clients")
	o.beyond(twin.Full, "getClient", http.MethodGet, "/oauth2/v1/clients/{clientId}", o.getClient).needs("okta.clients")
	o.beyond(twin.Full, "replaceClient", http.MethodPut, "/oauth2/v1/clients/{clientId}", o.replaceClient).needs("okta.clients")
	o.beyond(twin.Full, "deleteClient", http.MethodDelete, "/oauth2/v1/clients/{clientId}", o.deleteClient).needs("okta.clients")
	o.beyond(twin.Full, "generateNewClientSecret", http.MethodPost, "/oauth2/v1/clients/{clientId}/lifecycle/newSecret", o.generateNewClientSecret).needs("okta.clients")
}

// clientFields are what a client is registered with, as the settings of an app have it too.
var clientFields = []string{"application_type", "client_uri", "consent_method", "frontchannel_logout_session_required", "frontchannel_logout_uri", "grant_types", "initiate_login_uri", "jwks", "jwks_uri", "logo_uri", "policy_uri",
	"post_logout_redirect_uris", "redirect_uris", "request_object_signing_alg", "response_types", "tos_uri", "dpop_bound_access_tokens"}

func (o *Okta) listClients(c *call) (any, error) {
	q := strings.ToLower(c.query.Get("q"))
	clients := slices.DeleteFunc(c.allApps(), func(a App) bool {
		return a.ClientID == "" || !strings.HasPrefix(strings.ToLower(a.Label), q) || !c.may("okta.apps.read", a)
	})
	return paged(c, slices.Values(clients), func(a App) string { return a.ClientID }, 50, 200, func(a App) any { return c.registered(a) })
}

// createClient registers a client: it makes an app.
func (o *Okta) createClient(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	if text(c.body["client_name"]) == "" {
		return nil, blank("client_name")
	}
	registration := c.body
	c.body = c.asApp()
	created, err := o.createApplication(c)
	if err != nil {
		return nil, err
	}
	a, _ := o.apps.Get(c.Tx, text(created.(obj)["id"]))
	c.body = registration
	return answer{status: http.StatusCreated, body: c.withSecret(a)}, nil
}

// asApp is the app that a registration asks for.
func (c *call) asApp() obj {
	settings := obj{}
	for _, k := range clientFields {
		if v := c.body[k]; v != nil {
			settings[k] = v
		}
	}
	credentials := obj{}
	for _, k := range []string{"client_id", "client_secret", "token_endpoint_auth_method"} {
		if v := c.body[k]; v != nil {
			credentials[k] = v
		}
	}
	return obj{"name": "oidc_client", "signOnMode": modeOIDC, "label": c.body["client_name"], "settings": obj{"oauthClient": settings}, "credentials": obj{"oauthClient": credentials}}
}

func (o *Okta) getClient(c *call) (any, error) {
	a, err := c.clientOf()
	if err != nil {
		return nil, err
	}
	return c.registered(a), nil
}

// replaceClient changes what a client is registered with; what is not sent is as it would be for a new one.
func (o *Okta) replaceClient(c *call) (any, error) {
	a, err := c.clientOf()
	if err != nil {
		return nil, err
	}
	secret, err := c.configure(&a, c.asApp())
	if err != nil {
		return nil, err
	}
	a.Updated = c.at()
	o.apps.Put(c.Tx, a)
	if secret != "" {
		c.setSecret(a, secret)
	}
	c.logged("application.lifecycle.update", "SUCCESS", a.target())
	return c.registered(a), nil
}

func (o *Okta) deleteClient(c *call) (any, error) {
	a, err := c.clientOf()
	if err != nil {
		return nil, err
	}
	c.forgetApp(a)
	c.logged("application.lifecycle.delete", "SUCCESS", a.target())
	return nil, nil
}

// generateNewClientSecret gives a client another secret in the place of those it has.
func (o *Okta) generateNewClientSecret(c *call) (any, error) {
	a, err := c.clientOf()
	if err != nil {
		return nil, err
	}
	if len(c.secretsOf(a)) == 0 {
		return nil, invalid("token_endpoint_auth_method", "The client does not authenticate with a client secret.")
	}
	for r := range c.all(appSecretKind, a.ID) {
		o.tables[appSecretKind].records.Delete(c.Tx, r.ID)
	}
	c.addSecret(a, c.World.Seal(c.Rand(64, secretAlphabet)))
	return c.withSecret(a), nil
}

func (c *call) clientOf() (App, error) {
	id := c.param("clientId")
	a, ok := c.clientCalled(id)
	if !ok {
		return a, notFound(id, "PublicClientApp")
	}
	return a, nil
}

// registered is an app as an OAuth client.
func (c *call) registered(a App) obj {
	settings := object(dig(a.Doc, "settings", "oauthClient"))
	v := obj{"client_id": a.ClientID, "client_name": a.Label, "client_id_issued_at": a.Created / 1000, "token_endpoint_auth_method": dig(a.Doc, "credentials", "oauthClient", "token_endpoint_auth_method")}
	for _, k := range clientFields {
		if x, ok := settings[k]; ok && k != "consent_method" {
			v[k] = x
		}
	}
	if keys := c.jwksOf(a); keys != nil {
		v["jwks"] = keys
	}
	if len(c.secretsOf(a)) > 0 {
		v["client_secret_expires_at"] = 0
	}
	return v
}

// withSecret is a client with its newest secret, as it is shown once.
func (c *call) withSecret(a App) obj {
	v := c.registered(a)
	if keys := c.secretsOf(a); len(keys) > 0 {
		v["client_secret"] = c.World.Reveal(keys[len(keys)-1])
	}
	return v
}
