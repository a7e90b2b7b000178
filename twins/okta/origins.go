package okta

import (
	"net/url"
	"slices"

	"twinset.dev/kit/twin"
)

// originKind is a web site that may call Okta from a browser, be sent people to, or show Okta in a frame.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/TrustedOrigin/
var originKind = &kind{name: "trustedOrigins", noun: "TrustedOrigin", prefix: "tos", path: "/api/v1/trustedOrigins/%s", event: "security.trusted_origin", lifecycle: true}

func init() { originKind.check = checkOrigin }

func (o *Okta) originsOperations() {
	o.serveKind(twin.Full, originKind, crud{list: "listTrustedOrigins", create: "createTrustedOrigin", get: "getTrustedOrigin", replace: "replaceTrustedOrigin",
		delete: "deleteTrustedOrigin", activate: "activateTrustedOrigin", deactivate: "deactivateTrustedOrigin"}, nil)
}

func checkOrigin(c *call, doc obj, was *Record) error {
	name, origin := text(doc["name"]), text(doc["origin"])
	if err := nameFits(name, 255); err != nil {
		return err
	}
	switch {
	case origin == "":
		return blank("origin")
	}
	if u, err := url.Parse(origin); err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" {
		return invalid("origin", "origin: Origin value is not valid")
	}
	for other := range c.all(originKind, "") {
		if was != nil && other.ID == was.ID {
			continue
		}
		for _, field := range []string{"name", "origin"} {
			if other.Doc[field] == doc[field] {
				return invalid(field, field+": An object with this field already exists")
			}
		}
	}
	if len(list(doc["scopes"])) == 0 {
		return blank("scopes")
	}
	for _, s := range list(doc["scopes"]) {
		if !slices.Contains([]string{"CORS", "REDIRECT", "IFRAME_EMBED"}, text(object(s)["type"])) {
			return invalid("scopes", "scopes: The field has an invalid value")
		}
	}
	c.authored(doc, was, "createdBy", "lastUpdatedBy")
	return nil
}

// authored notes who made something, and who changed it last.
func (c *call) authored(doc obj, was *Record, by, lastBy string) {
	doc[by], doc[lastBy] = c.who.user.ID, c.who.user.ID
	if was != nil {
		doc[by] = was.Doc[by]
	}
}
