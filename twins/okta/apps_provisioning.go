package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// The features of an app whose people are provisioned.
const (
	userProvisioning    = "USER_PROVISIONING"
	inboundProvisioning = "INBOUND_PROVISIONING"
)

// provisioningOperations are how people come from Okta into an app, and the other way round.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationFeatures/
func (o *Okta) provisioningOperations() {
	o.on(twin.Full, "listFeaturesForApplication", o.listFeaturesForApplication)
	o.on(twin.Full, "getFeatureForApplication", o.getFeatureForApplication)
	o.on(twin.Full, "updateFeatureForApplication", o.updateFeatureForApplication)
	o.on(twin.Full, "getDefaultProvisioningConnectionForApplication", o.getDefaultProvisioningConnectionForApplication)
	o.on(twin.Full, "updateDefaultProvisioningConnectionForApplication", o.updateDefaultProvisioningConnectionForApplication)
	o.on(twin.Full, "activateDefaultProvisioningConnectionForApplication", func(c *call) (any, error) { return c.turnConnection("ENABLED") })
	o.on(twin.Full, "deactivateDefaultProvisioningConnectionForApplication", func(c *call) (any, error) { return c.turnConnection("DISABLED") })
	o.on(twin.Full, "getUserProvisioningConnectionJWKS", o.getUserProvisioningConnectionJWKS)
	o.on(twin.Partial, "verifyProvisioningConnectionForApplication", o.verifyProvisioningConnectionForApplication).noted("takes any code: there is no app behind it that could have given one")
}

var errNoProvisioning = invalid("feature", "Provisioning is not supported.")

// appFeatures are what an app's features are before anybody changes them, by name.
var appFeatures = map[string]obj{
	userProvisioning: {"create": obj{"lifecycleCreate": obj{"status": "DISABLED"}}, "update": obj{"profile": obj{"status": "DISABLED"}, "lifecycleDeactivate": obj{"status": "DISABLED"},
		"password": obj{"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"}}},
	inboundProvisioning: {"importSettings": obj{"username": obj{"userNameFormat": "EMAIL"}, "schedule": obj{"status": "DISABLED", "fullImport": nil, "incrementalImport": nil}},
		"importRules": obj{"userCreateAndMatch": obj{"exactMatchCriteria": "USERNAME", "allowPartialMatch": true, "autoConfirmPartialMatch": false, "autoConfirmExactMatch": false, "autoConfirmNewUsers": false, "autoActivateNewUsers": false}}},
}

var featureSays = map[string]string{
	userProvisioning:    "User provisioning settings from Okta to a downstream application",
	inboundProvisioning: "In-bound provisioning settings for provisioning users from an application to Okta",
}

func (o *Okta) listFeaturesForApplication(c *call) (any, error) {
	a, err := c.provisionedApp()
	if err != nil {
		return nil, err
	}
	return []any{c.appFeature(a, inboundProvisioning), c.appFeature(a, userProvisioning)}, nil
}

func (o *Okta) getFeatureForApplication(c *call) (any, error) {
	a, name, err := c.featureOf()
	if err != nil {
		return nil, err
	}
	return c.appFeature(a, name), nil
}

// updateFeatureForApplication changes the parts of a feature that are sent.
func (o *Okta) updateFeatureForApplication(c *call) (any, error) {
	a, name, err := c.featureOf()
	if err != nil {
		return nil, err
	}
	for part, v := range c.body {
		if object(v) == nil || appFeatures[name][part] == nil {
			return nil, invalid(part, part+": The field is not a capability of the feature.")
		}
	}
	a.Features = with(a.Features, obj{name: fill(fill(clone(with(obj{}, c.body)), object(a.Features[name])), appFeatures[name])})
	a.Updated = c.at()
	o.apps.Put(c.Tx, a)
	c.logged("application.provision.settings.update", "SUCCESS", a.target())
	return c.appFeature(a, name), nil
}

// featureOf is the app and the feature that the path names. A name that no feature has is refused before the app is looked for.
func (c *call) featureOf() (App, string, error) {
	name := c.param("featureName")
	if appFeatures[name] == nil {
		return App{}, "", notFound(name, "PublicAppFeatureSetName")
	}
	a, err := c.provisionedApp()
	return a, name, err
}

// provisionedApp is the app that the path names, if people can be provisioned to it.
func (c *call) provisionedApp() (App, error) {
	a, err := c.appOf()
	if err == nil && !catalog[a.Name].provides {
		return a, errNoProvisioning
	}
	return a, err
}

func (c *call) appFeature(a App, name string) obj {
	status := "DISABLED"
	if a.Connection["status"] == "ENABLED" || a.SignOnMode == "" {
		status = "ENABLED"
	}
	return obj{"name": name, "status": status, "description": featureSays[name], "capabilities": fill(clone(with(obj{}, object(a.Features[name]))), appFeatures[name]),
		"_links": obj{"self": hints(c.link("/api/v1/apps/"+a.ID+"/features/"+name), "GET", "PUT")}}
}

// getDefaultProvisioningConnectionForApplication says how Okta reaches the app. One to which nobody is provisioned it does not know how to reach.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ApplicationConnections/
func (o *Okta) getDefaultProvisioningConnectionForApplication(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	return c.connection(a), nil
}

func (o *Okta) updateDefaultProvisioningConnectionForApplication(c *call) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	profile := object(c.body["profile"])
	scheme := text(profile["authScheme"])
	switch {
	case profile == nil:
		return nil, blank("profile")
	case !slices.Contains([]string{"TOKEN", "OAUTH2", "UNKNOWN"}, scheme):
		return nil, invalid("authScheme", "authScheme: Not one of the allowed values.")
	case !catalog[a.Name].provides:
		return c.connection(a), nil
	case scheme == "TOKEN" && text(profile["token"]) == "":
		return nil, blank("token")
	case scheme == "OAUTH2" && text(profile["clientId"]) == "" && a.Name == "okta_org2org":
		return nil, blank("clientId")
	}
	status := text(a.Connection["status"])
	if c.query.Get("activate") == "true" {
		status = "ENABLED"
	}
	if status == "" {
		status = "DISABLED"
	}
	a.Connection = obj{"status": status, "profile": without(profile, "token"), "token": profile["token"], "baseUrl": c.body["baseUrl"]}
	a.Updated = c.at()
	o.apps.Put(c.Tx, a)
	c.testConnection(a)
	c.logged("application.provision.connection.update", "SUCCESS", a.target())
	return c.connection(a), nil
}

// turnConnection switches provisioning on and off; for an app that has none there is nothing to switch.
func (c *call) turnConnection(status string) (any, error) {
	a, err := c.appOf()
	if err != nil {
		return nil, err
	}
	if catalog[a.Name].provides {
		a.Connection = with(obj{"profile": obj{"authScheme": "TOKEN"}}, a.Connection)
		a.Connection["status"] = status
		a.Updated = c.at()
		c.o.apps.Put(c.Tx, a)
		c.testConnection(a)
	}
	return nil, nil
}

// testConnection asks the app for two people, to see whether it answers.
func (c *call) testConnection(a App) {
	if a.provisions() {
		c.askApp(a, "test", "/Users?startIndex=1&count=2")
	}
}

func (c *call) connection(a App) obj {
	if !catalog[a.Name].provides {
		return obj{"status": "UNKNOWN", "profile": obj{"authScheme": "UNKNOWN"}}
	}
	at := c.link("/api/v1/apps/" + a.ID + "/connections/default")
	v := fill(clone(without(a.Connection, "token")), obj{"status": "DISABLED", "profile": obj{"authScheme": "TOKEN"}})
	if v["baseUrl"] == nil {
		delete(v, "baseUrl")
	}
	v["authScheme"] = dig(v, "profile", "authScheme")
	links := obj{"self": hints(at, "POST", "GET")}
	if v["status"] == "ENABLED" {
		links["deactivate"] = hints(at+"/lifecycle/deactivate", "POST")
	} else {
		links["activate"] = hints(at+"/lifecycle/activate", "POST")
	}
	v["_links"] = links
	return v
}

// getUserProvisioningConnectionJWKS is the key with which Okta says who it is to the app.
func (o *Okta) getUserProvisioningConnectionJWKS(c *call) (any, error) {
	a, err := c.provisionedApp()
	if err != nil {
		return nil, err
	}
	keys := []any{}
	if k, ok := o.keys.Get(c.Tx, "org/"+seedID("org", "key")); ok && dig(a.Connection, "profile", "authScheme") == "OAUTH2" {
		keys = append(keys, with(without(c.jwk(k), "created", "lastUpdated", "expiresAt", "x5c", "x5t#S256"), obj{"alg": "RS256"}))
	}
	return obj{"jwks": obj{"keys": keys}}, nil
}

func (o *Okta) verifyProvisioningConnectionForApplication(c *call) (any, error) {
	a, err := c.provisionedApp()
	if err != nil {
		return nil, err
	}
	if a.Name != c.param("appName") {
		return nil, notFound(a.ID, "AppInstance")
	}
	if c.query.Get("code") == "" {
		return nil, blank("code")
	}
	a.Connection = with(a.Connection, obj{"status": "ENABLED"})
	o.apps.Put(c.Tx, a)
	return nil, nil
}
