package okta

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// threatsOperations are what the org does against those who attack it.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ThreatInsight/
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AttackProtection/
func (o *Okta) threatsOperations() {
	o.on(twin.Full, "getCurrentConfiguration", o.getCurrentConfiguration)
	o.on(twin.Full, "updateConfiguration", o.updateConfiguration)
	o.on(twin.Full, "getUserLockoutSettings", attackSetting("lockout", "preventBruteForceLockoutFromUnknownDevices"))
	o.on(twin.Full, "replaceUserLockoutSettings", attackSetting("lockout", "preventBruteForceLockoutFromUnknownDevices"))
	o.on(twin.Full, "getAuthenticatorSettings", attackSetting("knowledge", "verifyKnowledgeSecondWhen2faRequired"))
	o.on(twin.Full, "replaceAuthenticatorSettings", attackSetting("knowledge", "verifyKnowledgeSecondWhen2faRequired"))
	o.serveKind(twin.Full, eventsProviderKind, crud{list: "listSecurityEventsProviderInstances", create: "createSecurityEventsProviderInstance", get: "getSecurityEventsProviderInstance",
		replace: "replaceSecurityEventsProviderInstance", delete: "deleteSecurityEventsProviderInstance", activate: "activateSecurityEventsProviderInstance", deactivate: "deactivateSecurityEventsProviderInstance"}, nil)
	o.on(twin.Partial, "publishSecurityEventTokens", o.publishSecurityEventTokens).public().noted("the provider's keys are not fetched, so that every signature is taken")
}

// getCurrentConfiguration says what ThreatInsight does about suspicious addresses.
func (o *Okta) getCurrentConfiguration(c *call) (any, error) {
	org, _ := o.orgs.Get(c.Tx, "org")
	v := c.settingOf("threats", obj{"action": "audit", "excludeZones": []any{}, "lastUpdated": stamp(org.Created)})
	return with(v, obj{"created": stamp(org.Created), "_links": obj{"self": hints(c.link("/api/v1/threats/configuration"), "GET", "POST")}}), nil
}

func (o *Okta) updateConfiguration(c *call) (any, error) {
	action := text(c.body["action"])
	switch {
	case c.body == nil:
		return nil, errMalformed
	case action == "":
		return nil, blank("action")
	case !slices.Contains([]string{"none", "audit", "block"}, action):
		return nil, invalid("action", "action: The field must be one of none, audit, block.")
	}
	for _, id := range texts(c.body["excludeZones"]) {
		if _, err := c.fetch(zoneKind, "", id); err != nil {
			return nil, invalid("excludeZones", "excludeZones: The network zone "+id+" does not exist.")
		}
	}
	c.setting("threats", obj{"action": action, "excludeZones": setOfTexts(c.body["excludeZones"]), "lastUpdated": stamp(c.at())})
	c.logged("security.threat.configuration.update", "SUCCESS")
	return o.getCurrentConfiguration(c)
}

// attackSetting serves a switch that is off on the first day, to those who ask and to those who change it.
func attackSetting(name, field string) func(*call) (any, error) {
	return func(c *call) (any, error) {
		if c.op.reads {
			return c.settingOf(name, obj{field: false}), nil
		}
		on, ok := c.body[field].(bool)
		switch {
		case c.body == nil:
			return nil, errMalformed
		case !ok:
			return nil, blank(field)
		}
		c.setting(name, obj{field: on})
		c.logged("security.attack_protection.settings.update", "SUCCESS")
		return obj{field: on}, nil
	}
}

// eventsProviderKind is somebody who tells Okta what happens elsewhere.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SSFReceiver/
var eventsProviderKind = &kind{name: "securityEventsProviders", noun: "SecurityEventsProvider", prefix: "sse", path: "/api/v1/security-events-providers/%s", event: "security.events.provider", lifecycle: true,
	view: func(c *call, r Record, v obj) { delete(v, "created"); delete(v, "lastUpdated") }}

func init() { eventsProviderKind.check = checkEventsProvider }

func checkEventsProvider(c *call, doc obj, was *Record) error {
	settings := object(doc["settings"])
	switch {
	case text(doc["name"]) == "":
		return blank("name")
	case text(doc["type"]) == "":
		return blank("type")
	case settings == nil:
		return blank("settings")
	case text(settings["well_known_url"]) == "" && (text(settings["issuer"]) == "" || text(settings["jwks_url"]) == ""):
		return invalid("settings", "settings: Either the well-known URL, or both the issuer and the JWKS URL, must be there.")
	}
	for other := range c.all(eventsProviderKind, "") {
		if was != nil && other.ID == was.ID {
			continue
		}
		if other.Name == doc["name"] {
			return invalid("name", "name: An object with this field already exists")
		}
	}
	return nil
}

// publishSecurityEventTokens takes a security event token, and notes what it says.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SSFSecurityEventToken/
func (o *Okta) publishSecurityEventTokens(c *call) (any, error) {
	refuse := func(code, why string) (any, error) {
		return answer{status: 400, body: obj{"err": code, "description": why}}, nil
	}
	parts := strings.Split(strings.TrimSpace(string(c.sent)), ".")
	var claims obj
	if len(parts) == 3 {
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || json.Unmarshal(payload, &claims) != nil {
			claims = nil
		}
	}
	if claims == nil {
		return refuse("invalid_request", "Failed parsing the SET token")
	}
	for p := range c.all(eventsProviderKind, "") {
		if p.Status == "ACTIVE" && dig(p.Doc, "settings", "issuer") == claims["iss"] {
			for event := range object(claims["events"]) {
				c.logged("security.events.provider.receive_event", "SUCCESS", eventsProviderKind.target(p), target{event, "SecurityEvent", event})
			}
			return accepted(nil), nil
		}
	}
	return refuse("invalid_issuer", "The issuer of the SET token is not a security events provider of the org")
}
