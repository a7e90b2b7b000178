package okta

import (
	"slices"

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
