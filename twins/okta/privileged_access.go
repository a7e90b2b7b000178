package okta

import (
	"fmt"
	"regexp"
	"slices"

	"twinset.dev/kit/twin"
)

// serviceAccountKind is an account of an app that no person has to themselves, whose password Okta Privileged Access keeps.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ServiceAccount/
var serviceAccountKind = &kind{name: "serviceAccounts", noun: "AppServiceAccount", path: "/privileged-access/api/v1/service-accounts/%s", event: "pam.service_account", drops: []string{"containerGlobalName", "containerInstanceName", "statusDetail"}}

func init() {
	serviceAccountKind.check, serviceAccountKind.view, serviceAccountKind.newID = checkServiceAccount, viewServiceAccount, uuid
}

// uuid is the id of something that comes from another of Okta's products.
func uuid(c *call) string {
	h := c.Rand(32, "0123456789abcdef")
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:])
}

func (o *Okta) privilegedAccessOperations() {
	o.serveKind(twin.Partial, serviceAccountKind, crud{list: "listAppServiceAccounts", create: "createAppServiceAccount", get: "getAppServiceAccount", delete: "deleteAppServiceAccount"}, nil)
	for _, id := range []string{"listAppServiceAccounts", "createAppServiceAccount", "getAppServiceAccount", "deleteAppServiceAccount"} {
		o.served[id].noted("no password is ever rotated, and the app's name is not looked up")
	}
	o.on(twin.Partial, "updateAppServiceAccount", o.updateAppServiceAccount).noted("no password is ever rotated, and the app's name is not looked up")
}

// updateAppServiceAccount changes what is sent, and leaves the rest.
func (o *Okta) updateAppServiceAccount(c *call) (any, error) {
	r, err := c.fetch(serviceAccountKind, "", c.param("id"))
	switch {
	case err != nil:
		return nil, err
	case c.body == nil:
		return nil, errMalformed
	}
	r, err = c.replace(serviceAccountKind, r, with(r.Doc, only(c.body, "name", "description", "ownerGroupIds", "ownerUserIds")))
	if err != nil {
		return nil, err
	}
	return c.shown(serviceAccountKind, r), nil
}

var (
	accountName = regexp.MustCompile(`^[\w\-_. ]{1,50}$`)
	appORN      = regexp.MustCompile(`^orn:okta:(idp|directory):[^:]+:apps:[^:]+:[^:]+$`)
)

func checkServiceAccount(c *call, doc obj, was *Record) error {
	for _, field := range []string{"name", "containerOrn", "username"} {
		if text(doc[field]) == "" {
			return blank(field)
		}
	}
	switch {
	case !accountName.MatchString(text(doc["name"])):
		return invalid("name", "name: The field has an invalid value")
	case !appORN.MatchString(text(doc["containerOrn"])):
		return invalid("containerOrn", "containerOrn: The field has an invalid value")
	case len(text(doc["description"])) > 255:
		return invalid("description", "description: The field is too long")
	}
	for other := range c.all(serviceAccountKind, "") {
		if (was == nil || other.ID != was.ID) && other.Doc["containerOrn"] == doc["containerOrn"] && other.Doc["username"] == doc["username"] {
			return invalid("username", "username: An object with this field already exists")
		}
	}
	for _, owners := range []struct {
		field, noun string
		there       func(string) bool
	}{
		{"ownerUserIds", "User", func(id string) bool { _, ok := c.o.users.Get(c.Tx, id); return ok }},
		{"ownerGroupIds", "UserGroup", func(id string) bool { _, ok := c.o.groups.Get(c.Tx, id); return ok }},
	} {
		fill(doc, obj{owners.field: []any{}})
		ids := texts(doc[owners.field])
		if len(ids) > 10 {
			return invalid(owners.field, owners.field+": The field has too many entries")
		}
		if i := slices.IndexFunc(ids, func(id string) bool { return !owners.there(id) }); i >= 0 {
			return notFound(ids[i], owners.noun)
		}
	}
	return nil
}

// viewServiceAccount leaves out the password, and says whether there is one.
func viewServiceAccount(c *call, r Record, v obj) {
	delete(v, "_links")
	delete(v, "password")
	v["status"], v["statusDetail"] = "UNSECURED", "STAGED"
	if r.Doc["password"] != nil {
		v["status"], v["statusDetail"] = "NO_ISSUES", "ROTATED"
	}
}
