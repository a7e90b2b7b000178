package okta

import (
	"strings"

	"twinset.dev/kit/twin"
)

// personalOperations are what people may take along into an Okta account of their own.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OktaPersonalSettings/
func (o *Okta) personalOperations() {
	o.on(twin.Full, "replaceOktaPersonalAdminSettings", o.replaceOktaPersonalAdminSettings)
	o.on(twin.Full, "listPersonalAppsExportBlockList", o.listPersonalAppsExportBlockList)
	o.on(twin.Full, "replaceBlockedEmailDomains", o.replaceBlockedEmailDomains)
}

func (o *Okta) replaceOktaPersonalAdminSettings(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	settings := c.settingOf("personal", obj{"enableExportApps": true, "enableEnduserEntryPoints": true})
	for field := range settings {
		if on, ok := c.body[field].(bool); ok {
			settings[field] = on
		} else if c.body[field] != nil {
			return nil, invalid(field, field+": The field has an invalid value")
		}
	}
	c.setting("personal", settings)
	return nil, nil
}

func (o *Okta) listPersonalAppsExportBlockList(c *call) (any, error) {
	return c.settingOf("exportBlockList", obj{"domains": []any{}}), nil
}

func (o *Okta) replaceBlockedEmailDomains(c *call) (any, error) {
	domains := list(c.body["domains"])
	switch {
	case c.body == nil:
		return nil, errMalformed
	case domains == nil:
		return nil, blank("domains")
	}
	for _, d := range domains {
		if s := text(d); !strings.Contains(s, ".") || strings.ContainsAny(s, "@/ ") {
			return nil, invalid("domains", "domains: The field has an invalid value")
		}
	}
	c.setting("exportBlockList", obj{"domains": setOfTexts(domains)})
	return nil, nil
}
