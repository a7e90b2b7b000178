package jira

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

func (j *Jira) appsOperations() {
	j.on(twin.Full, "AddonPropertiesResource.getAddonProperties_get", j.getAddonProperties)
	j.on(twin.Full, "AddonPropertiesResource.getAddonProperty_get", j.getAddonProperty)
	j.on(twin.Full, "AddonPropertiesResource.putAddonProperty_put", j.putAddonProperty)
	j.on(twin.Full, "AddonPropertiesResource.deleteAddonProperty_delete", j.deleteAddonProperty)
	j.on(twin.Full, "getForgeAppPropertyKeys", j.getForgeAppPropertyKeys)
	j.on(twin.Full, "getForgeAppProperty", j.getForgeAppProperty)
	j.on(twin.Full, "putAppProperty", j.putAppProperty)
	j.on(twin.Full, "deleteAppProperty", j.deleteAppProperty)
	j.on(twin.Partial, "DynamicModulesResource.getModules_get", j.getModules).noted("Modules are kept; they add nothing to pages.")
	j.on(twin.Partial, "DynamicModulesResource.registerModules_post", j.registerModules).noted("Modules are kept; they add nothing to pages.")
	j.on(twin.Full, "DynamicModulesResource.removeModules_delete", j.removeModules)
	j.on(twin.Full, "services", j.services)
}

// longestAppKey is how long the key of an app property can be.
const longestAppKey = 127

// spoken refuses in the shape that the operations for apps have: a message and, mostly, the status.
func spoken(status int, message string) *refusal {
	return &refusal{status: status, messages: []string{message}, body: obj{"message": message, "statusCode": status}}
}

var (
	errNotApp        = spoken(http.StatusUnauthorized, "Access to this resource must be authenticated as an app.")
	errNotForge      = &refusal{status: http.StatusForbidden, messages: []string{"Access to this resource must be authenticated as an app."}, body: obj{"errorMessages": []any{"Access to this resource must be authenticated as an app."}}}
	errLongAppKey    = spoken(http.StatusBadRequest, "The property key cannot be longer than 127 characters.")
	errNoAppProperty = spoken(http.StatusNotFound, "Property with key not found.")
	errBigProperty   = spoken(http.StatusBadRequest, "The property value cannot be longer than 32768 characters.")
	errNotConnect    = &refusal{status: http.StatusUnauthorized, messages: []string{"The request is not from a Connect app."}, body: obj{"message": "The request is not from a Connect app."}}
)

// appProperties is what the properties of the Connect app that calls are kept with. The path names the app.
func (c *call) appProperties() (string, error) {
	switch {
	case c.connect == "" || c.connect != c.param("addonKey"):
		return "", errNotApp
	case len(c.param("propertyKey")) > longestAppKey:
		return "", errLongAppKey
	}
	return "app/" + c.connect, nil
}

// forgeProperties is what the properties of the app that calls are kept with.
func (c *call) forgeProperties() (string, error) {
	switch {
	case c.app() == "":
		return "", errNotForge
	case len(c.param("propertyKey")) > longestAppKey:
		return "", errLongAppKey
	}
	return "forge/" + c.app(), nil
}

// appPropertyKeys answers with the keys of an app's properties, at an address of the site.
func (c *call) appPropertyKeys(of, at string) obj {
	keys := []any{}
	for x := range c.j.properties.All(c.Tx, of+"/") {
		keys = append(keys, obj{"self": c.base + at + url.PathEscape(x.Key), "key": x.Key})
	}
	return obj{"keys": keys}
}

// putFor keeps the body as a property of an app.
func (c *call) putFor(of string) (any, error) {
	if b, _ := json.Marshal(c.body); len(b) > maxPropertyValue {
		return nil, errBigProperty
	}
	if len(c.sent) == 0 {
		return nil, spoken(http.StatusBadRequest, "The property value cannot be empty.")
	}
	if c.setProperty(of, c.param("propertyKey"), c.body) {
		return answer{status: http.StatusOK, body: obj{"message": "Property updated.", "statusCode": http.StatusOK}}, nil
	}
	return created(obj{"message": "Property created.", "statusCode": http.StatusCreated}), nil
}

// getAddonProperties returns the keys of a Connect app's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-atlassian-connect-1-addons-addonkey-properties-get
func (j *Jira) getAddonProperties(c *call) (any, error) {
	of, err := c.appProperties()
	if err != nil {
		return nil, err
	}
	return c.appPropertyKeys(of, "/rest/atlassian-connect/1/addons/"+c.connect+"/properties/"), nil
}

// getAddonProperty returns a property of a Connect app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-atlassian-connect-1-addons-addonkey-properties-propertykey-get
func (j *Jira) getAddonProperty(c *call) (any, error) {
	of, err := c.appProperties()
	if err != nil {
		return nil, err
	}
	x, ok := j.properties.Get(c.Tx, of+"/"+c.param("propertyKey"))
	if !ok {
		return nil, errNoAppProperty
	}
	return obj{"key": x.Key, "value": x.Value, "self": c.self()}, nil
}

// putAddonProperty keeps a property of a Connect app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-atlassian-connect-1-addons-addonkey-properties-propertykey-put
func (j *Jira) putAddonProperty(c *call) (any, error) {
	of, err := c.appProperties()
	if err != nil {
		return nil, err
	}
	return c.putFor(of)
}

// deleteAddonProperty deletes a property of a Connect app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-atlassian-connect-1-addons-addonkey-properties-propertykey-delete
func (j *Jira) deleteAddonProperty(c *call) (any, error) {
	of, err := c.appProperties()
	if err == nil && !j.properties.Delete(c.Tx, of+"/"+c.param("propertyKey")) {
		err = errNoAppProperty
	}
	return nil, err
}

// getForgeAppPropertyKeys returns the keys of an app's properties.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-forge-1-app-properties-get
func (j *Jira) getForgeAppPropertyKeys(c *call) (any, error) {
	of, err := c.forgeProperties()
	if err != nil {
		return nil, err
	}
	return c.appPropertyKeys(of, "/rest/forge/1/app/properties/"), nil
}

// getForgeAppProperty returns a property of an app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-forge-1-app-properties-propertykey-get
func (j *Jira) getForgeAppProperty(c *call) (any, error) {
	of, err := c.forgeProperties()
	if err != nil {
		return nil, err
	}
	x, ok := j.properties.Get(c.Tx, of+"/"+c.param("propertyKey"))
	if !ok {
		return nil, errNoAppProperty
	}
	return obj{"key": x.Key, "value": x.Value}, nil
}

// putAppProperty keeps a property of an app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-forge-1-app-properties-propertykey-put
func (j *Jira) putAppProperty(c *call) (any, error) {
	of, err := c.forgeProperties()
	if err != nil {
		return nil, err
	}
	return c.putFor(of)
}

// deleteAppProperty deletes a property of an app.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-app-properties/#api-rest-forge-1-app-properties-propertykey-delete
func (j *Jira) deleteAppProperty(c *call) (any, error) {
	of, err := c.forgeProperties()
	if err == nil && !j.properties.Delete(c.Tx, of+"/"+c.param("propertyKey")) {
		err = errNoAppProperty
	}
	return nil, err
}

// modulesOf is what the dynamic modules of the Connect app that calls are kept with.
func (c *call) modulesOf() (string, error) {
	if c.connect == "" {
		return "", errNotConnect
	}
	return "modules/" + c.connect, nil
}

// getModules returns the modules that a Connect app has registered.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dynamic-modules/#api-rest-atlassian-connect-1-app-module-dynamic-get
func (j *Jira) getModules(c *call) (any, error) {
	of, err := c.modulesOf()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for x := range j.properties.All(c.Tx, of+"/") {
		out = append(out, x.Value)
	}
	return obj{"modules": out}, nil
}

// registerModules adds modules of a Connect app: all of them or none.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dynamic-modules/#api-rest-atlassian-connect-1-app-module-dynamic-post
func (j *Jira) registerModules(c *call) (any, error) {
	of, err := c.modulesOf()
	if err != nil {
		return nil, err
	}
	modules, twice, seen := []any{}, []string{}, map[string]bool{}
	for kind, v := range object(c.body) {
		for _, m := range list(v) {
			if kind != "modules" {
				m = obj{"type": kind, "module": m}
			}
			modules = append(modules, m)
		}
	}
	slices.SortFunc(modules, func(a, b any) int { return strings.Compare(moduleKey(a), moduleKey(b)) })
	for _, m := range modules {
		k := moduleKey(m)
		if k == "" {
			return nil, connectRefusal("Installation failed. The app " + c.connect + " has a module without a key. Please contact the app vendor.")
		}
		if seen[k] || j.properties.Has(c.Tx, of+"/"+k) {
			twice = append(twice, k)
		}
		seen[k] = true
	}
	switch {
	case len(modules) == 0:
		return nil, connectRefusal("Installation failed. The app " + c.connect + " has no modules. Please contact the app vendor.")
	case len(twice) > 0:
		return nil, connectRefusal("Installation failed. The app " + c.connect + " has duplicate module keys: [" + strings.Join(twice, ", ") + "]. Please contact the app vendor.")
	}
	for _, m := range modules {
		c.setProperty(of, moduleKey(m), m)
	}
	return answer{status: http.StatusOK, body: obj{}}, nil
}

func connectRefusal(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, messages: []string{message}, body: obj{"message": message}}
}

// moduleKey is the key of a module, by itself or with its type beside it.
func moduleKey(m any) string {
	if k := text(object(m)["key"]); k != "" {
		return k
	}
	return text(dig(m, "module", "key"))
}

// removeModules deletes modules of a Connect app: those that the query names, or all.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-dynamic-modules/#api-rest-atlassian-connect-1-app-module-dynamic-delete
func (j *Jira) removeModules(c *call) (any, error) {
	of, err := c.modulesOf()
	if err != nil {
		return nil, err
	}
	keys := c.qs("moduleKey")
	for x := range j.properties.All(c.Tx, of+"/") {
		if len(keys) == 0 || slices.Contains(keys, x.Key) {
			j.properties.Delete(c.Tx, x.Of+"/"+x.Key)
		}
	}
	return nil, nil
}

// services returns the services of the organization that an app knows by their ids. A site without Opsgenie has none.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-service-registry/#api-rest-atlassian-connect-1-service-registry-get
func (j *Jira) services(c *call) (any, error) {
	if c.connect == "" {
		return nil, errNotConnect
	}
	if len(c.qs("serviceIds")) == 0 {
		return nil, badRequest("At least one service ID has to be specified.")
	}
	return []any{}, nil
}
