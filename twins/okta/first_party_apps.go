package okta

import (
	"twinset.dev/kit/twin"
)

// firstPartyAppsOperations are settings of Okta's own apps: how long a session of the Admin Console lasts, and what
// people's personal accounts may do.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/OktaApplicationSettings/
func (o *Okta) firstPartyAppsOperations() {
	o.on(twin.Full, "getFirstPartyAppSettings", o.getFirstPartyAppSettings)
	o.on(twin.Full, "replaceFirstPartyAppSettings", o.replaceFirstPartyAppSettings)
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
