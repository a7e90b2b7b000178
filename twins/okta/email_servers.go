package okta

import (
	"twinset.dev/kit/twin"
)

// emailServerKind is an SMTP server of the org's own, which sends its emails while it is enabled.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EmailServer/
var emailServerKind = &kind{name: "email_servers", noun: "EmailServer", prefix: "ces", title: "alias", path: "/api/v1/email-servers/%s", event: "system.email_server"}

func init() {
	emailServerKind.check, emailServerKind.view = checkEmailServer, viewEmailServer
}

func (o *Okta) emailServersOperations() {
	o.serveKind(twin.Full, emailServerKind, crud{create: "createEmailServer", get: "getEmailServer", delete: "deleteEmailServer", made: 201}, nil)
	o.on(twin.Full, "listEmailServers", o.listEmailServers)
	o.on(twin.Full, "updateEmailServer", o.updateEmailServer)
	o.on(twin.Partial, "testEmailServer", o.testEmailServer).noted("the twin calls no mail server: the connection always fails")
}

func (o *Okta) listEmailServers(c *call) (any, error) {
	out := []any{}
	for s := range c.all(emailServerKind, "") {
		out = append(out, c.shown(emailServerKind, s))
	}
	return obj{"email-servers": out}, nil
}

// updateEmailServer changes what was sent and leaves the rest.
func (o *Okta) updateEmailServer(c *call) (any, error) {
	s, err := c.fetch(emailServerKind, "", c.param("emailServerId"))
	if err != nil {
		return nil, err
	}
	return c.patch(emailServerKind, s)
}

// testEmailServer tries to send an email by a server, which the twin cannot: it calls nobody.
func (o *Okta) testEmailServer(c *call) (any, error) {
	if _, err := c.fetch(emailServerKind, "", c.param("emailServerId")); err != nil {
		return nil, err
	}
	for _, k := range []string{"fromAddress", "toAddress"} {
		if text(c.body[k]) == "" {
			return nil, blank(k)
		}
	}
	return nil, errEmailConnection
}

func checkEmailServer(c *call, doc obj, was *Record) error {
	for _, k := range []string{"alias", "host", "username", "password"} {
		if text(doc[k]) == "" {
			return blank(k)
		}
	}
	port, ok := doc["port"].(float64)
	switch {
	case !ok:
		return blank("port")
	case port < 1 || port > 65535:
		return invalid("port", "port: The port must be between 1 and 65535.")
	}
	doc["enabled"] = truth(doc["enabled"])
	for other := range c.all(emailServerKind, "") {
		if truth(doc["enabled"]) && truth(other.Doc["enabled"]) && (was == nil || other.ID != was.ID) {
			return errEmailServer
		}
	}
	for k := range doc {
		switch k {
		case "alias", "host", "port", "username", "password", "enabled":
		default:
			delete(doc, k)
		}
	}
	return nil
}

func viewEmailServer(c *call, r Record, v obj) {
	for _, k := range []string{"password", "created", "lastUpdated", "_links"} {
		delete(v, k)
	}
}
