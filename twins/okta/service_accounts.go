package okta

import (
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
)

// serviceAccountKind is an account of an app that nobody in particular uses, and whose password the org keeps.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/ServiceAccount/
var serviceAccountKind = &kind{name: "service_accounts", noun: "ServiceAccount", prefix: "", path: "/privileged-access/api/v1/service-accounts/%s", event: "pam.service_account"}

func init() {
	serviceAccountKind.check, serviceAccountKind.view = checkServiceAccount, viewServiceAccount
}

func (o *Okta) serviceAccountsOperations() {
	o.serveKind(twin.Full, serviceAccountKind, crud{get: "getAppServiceAccount", delete: "deleteAppServiceAccount"}, nil)
	o.on(twin.Full, "listAppServiceAccounts", o.listAppServiceAccounts)
	o.on(twin.Full, "createAppServiceAccount", o.createAppServiceAccount)
	o.on(twin.Full, "updateAppServiceAccount", o.updateAppServiceAccount)
}

// listAppServiceAccounts finds accounts by a part of what they or their apps are called.
func (o *Okta) listAppServiceAccounts(c *call) (any, error) {
	match := strings.ToLower(c.query.Get("match"))
	accounts := slices.DeleteFunc(slices.Collect(c.all(serviceAccountKind, "")), func(r Record) bool {
		return !strings.Contains(strings.ToLower(r.Name+" "+text(r.Doc["username"])+" "+text(r.Doc["containerOrn"])), match)
	})
	return paged(c, slices.Values(accounts), idOf, 20, 200, func(r Record) any { return c.shown(serviceAccountKind, r) })
}

// createAppServiceAccount keeps an account. Its id is not of Okta's usual kind.
func (o *Okta) createAppServiceAccount(c *call) (any, error) {
	if c.body == nil {
		return nil, errMalformed
	}
	doc := without(clone(c.body), append([]string{"statusDetail", "containerGlobalName", "containerInstanceName"}, ours...)...)
	if err := checkServiceAccount(c, doc, nil); err != nil {
		return nil, err
	}
	r := c.keep(serviceAccountKind, Record{ID: c.uuid(), Created: c.at(), Updated: c.at(), Order: c.order(), Doc: doc})
	c.logged("pam.service_account.create", "SUCCESS", serviceAccountKind.target(r))
	return c.shown(serviceAccountKind, r), nil
}

// updateAppServiceAccount changes what was sent of what can be changed.
func (o *Okta) updateAppServiceAccount(c *call) (any, error) {
	r, err := c.fetch(serviceAccountKind, "", c.param("id"))
	if err != nil {
		return nil, err
	}
	doc := clone(r.Doc)
	for _, k := range []string{"name", "description", "ownerGroupIds", "ownerUserIds"} {
		if v, ok := c.body[k]; ok {
			doc[k] = copied(v)
		}
	}
	if r, err = c.replace(serviceAccountKind, r, doc); err != nil {
		return nil, err
	}
	return c.shown(serviceAccountKind, r), nil
}

var serviceAccountName = regexp.MustCompile(`^[\w\-. ]{1,50}$`)

func checkServiceAccount(c *call, doc obj, was *Record) error {
	for _, k := range []string{"name", "containerOrn", "username"} {
		if text(doc[k]) == "" {
			return blank(k)
		}
	}
	if !serviceAccountName.MatchString(text(doc["name"])) {
		return invalid("name", "name: The name is not valid.")
	}
	if !strings.HasPrefix(text(doc["containerOrn"]), "orn:") {
		return invalid("containerOrn", "containerOrn: The resource name is not valid.")
	}
	for _, id := range texts(doc["ownerUserIds"]) {
		if _, ok := c.o.users.Get(c.Tx, id); !ok {
			return notFound(id, "User")
		}
	}
	for _, id := range texts(doc["ownerGroupIds"]) {
		if _, ok := c.o.groups.Get(c.Tx, id); !ok {
			return notFound(id, "UserGroup")
		}
	}
	if other, ok := c.called(serviceAccountKind, "", text(doc["name"])); ok && (was == nil || other.ID != was.ID) {
		return invalid("name", "name: An object with this field already exists")
	}
	fill(doc, obj{"ownerUserIds": []any{}, "ownerGroupIds": []any{}})
	return nil
}

func viewServiceAccount(c *call, r Record, v obj) {
	parts := strings.Split(text(r.Doc["containerOrn"]), ":")
	if len(parts) > 6 {
		v["containerGlobalName"], v["containerInstanceName"] = parts[5], parts[6]
	}
	v["status"], v["statusDetail"] = "UNSECURED", "STAGED"
	if text(r.Doc["password"]) != "" {
		v["status"], v["statusDetail"] = "SECURED", "ROTATED"
	}
	delete(v, "password")
	delete(v, "_links")
}
