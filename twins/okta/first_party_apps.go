package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// firstPartyAppsOperations are settings of Okta's own apps: how long a session of the Admin Console lasts, and what
// people's personal accounts may do.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OktaApplicationSettings/
func (o *Okta) firstPartyAppsOperations() {
	o.on(twin.Full, "getFirstPartyAppSettings", o.getFirstPartyAppSettings)
	o.on(twin.Full, "replaceFirstPartyAppSettings", o.replaceFirstPartyAppSettings)
	o.on(twin.Full, "replaceOktaPersonalAdminSettings", o.replaceOktaPersonalAdminSettings)
	o.on(twin.Full, "listPersonalAppsExportBlockList", o.listPersonalAppsExportBlockList)
	o.on(twin.Full, "replaceBlockedEmailDomains", o.replaceBlockedEmailDomains)
}

// consoleSessions are how long a session of the Admin Console lasts, in minutes, and how long it may.
var consoleSessions = []struct {
	name        string
	usual, most float64
}{{"sessionIdleTimeoutMinutes", 15, 720}, {"sessionMaxLifetimeMinutes", 720, 10080}}

func (c *call) adminConsole() error {
	if name := c.param("appName"); name != "admin-console" {
		return notFound(name, "FirstPartyApp")
	}
	return nil
}

func (o *Okta) getFirstPartyAppSettings(c *call) (any, error) {
	v := obj{}
	for _, s := range consoleSessions {
		v[s.name] = s.usual
	}
	return with(v, c.settingOf("adminConsole", obj{})), c.adminConsole()
}

func (o *Okta) replaceFirstPartyAppSettings(c *call) (any, error) {
	if err := c.adminConsole(); err != nil {
		return nil, err
	}
	v := obj{}
	for _, s := range consoleSessions {
		n, ok := c.body[s.name].(float64)
		switch {
		case c.body[s.name] == nil:
			n = s.usual
		case !ok || n < 5 || n > s.most:
			return nil, invalid(s.name, s.name+": The field is out of range.")
		}
		v[s.name] = n
	}
	c.setting("adminConsole", v)
	c.logged("application.lifecycle.update", "SUCCESS", target{"admin-console", "AppInstance", "Okta Admin Console"})
	return v, nil
}

// replaceOktaPersonalAdminSettings says what people see of Okta Personal.
func (o *Okta) replaceOktaPersonalAdminSettings(c *call) (any, error) {
	v := obj{}
	for _, k := range []string{"enableExportApps", "enableEnduserEntryPoints"} {
		v[k] = truth(c.body[k])
	}
	c.setting("personal", with(c.settingOf("personal", obj{}), v))
	return nil, nil
}

func (o *Okta) listPersonalAppsExportBlockList(c *call) (any, error) {
	domains := list(c.settingOf("personal", obj{})["domains"])
	return obj{"domains": slices.Clone(append([]any{}, domains...))}, nil
}

// replaceBlockedEmailDomains says to which domains people's personal apps may not go.
func (o *Okta) replaceBlockedEmailDomains(c *call) (any, error) {
	domains := list(c.body["domains"])
	if domains == nil {
		return nil, blank("domains")
	}
	for _, d := range domains {
		if !domainName.MatchString(text(d)) {
			return nil, invalid("domains", "domains: The domain is not valid: "+text(d))
		}
	}
	c.setting("personal", with(c.settingOf("personal", obj{}), obj{"domains": copied(domains)}))
	return nil, nil
}
