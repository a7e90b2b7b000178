package okta

import (
	"slices"

	"twinset.dev/kit/twin"
)

// bundleKind is a bundle of roles that people can ask for, with what each is about.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GovernanceBundle/
var bundleKind = &kind{name: "governance_bundles", noun: "GovernanceBundle", prefix: "enb", path: "/api/v1/iam/governance/bundles/%s", event: "iam.governance.bundle"}

func init() {
	bundleKind.check, bundleKind.links, bundleKind.view = checkBundle, linksOfBundle, viewBundle
}

func (o *Okta) governanceOperations() {
	o.serveKind(twin.Full, bundleKind, crud{create: "createGovernanceBundle", get: "getGovernanceBundle", replace: "replaceGovernanceBundle", delete: "deleteGovernanceBundle"}, nil)
	o.on(twin.Full, "listGovernanceBundles", o.listGovernanceBundles)
	o.on(twin.Full, "listBundleEntitlements", o.listBundleEntitlements)
	o.on(twin.Full, "listBundleEntitlementValues", o.listBundleEntitlementValues)
	o.on(twin.Full, "getUserAssignedRoleGovernance", o.getUserAssignedRoleGovernance)
	o.on(twin.Partial, "getRoleAssignmentGovernanceGrant", noGrant).noted("nobody gets a role through governance")
	o.on(twin.Partial, "getRoleAssignmentGovernanceGrantResources", noGrant).noted("nobody gets a role through governance")
	o.on(twin.Full, "getOptInStatus", func(c *call) (any, error) { return c.optStatus(), nil })
	o.on(twin.Full, "optIn", func(c *call) (any, error) { return c.opt("OPTED_IN") })
	o.on(twin.Full, "optOut", func(c *call) (any, error) { return c.opt("OPTED_OUT") })
}

func checkBundle(c *call, doc obj, was *Record) error {
	name := text(doc["name"])
	if name == "" {
		return blank("name")
	}
	if c.taken(bundleKind, "", name, was) {
		return invalid("name", "name: An object with this field already exists")
	}
	entitlements := list(doc["entitlements"])
	if len(entitlements) == 0 {
		return blank("entitlements")
	}
	for _, e := range entitlements {
		role := text(object(e)["role"])
		if role == "" {
			return blank("entitlements.role")
		}
		if roleLabels[role] == "" {
			r, err := c.role(role)
			if err != nil {
				return err
			}
			role = r.ID
		}
		object(e)["role"], object(e)["id"] = role, c.id("ent")
		for _, s := range texts(object(e)["resourceSets"]) {
			if _, err := c.fetch(resourceSetKind, "", s); err != nil {
				return err
			}
		}
	}
	kept := obj{"name": name, "description": orNull(text(doc["description"])), "entitlements": entitlements}
	clear(doc)
	fill(doc, kept)
	return nil
}

func linksOfBundle(c *call, r Record, links obj) {
	at := c.address(bundleKind, r)
	links["self"], links["entitlements"] = href(at), href(at+"/entitlements")
}

func viewBundle(c *call, r Record, v obj) {
	org, _ := c.o.orgs.Get(c.Tx, "org")
	v["orn"], v["status"] = "orn:okta:governance:"+org.ID+":entitlement-bundles:"+r.ID, "ACTIVE"
	for _, k := range []string{"entitlements", "created", "lastUpdated"} {
		delete(v, k)
	}
}

func (o *Okta) listGovernanceBundles(c *call) (any, error) {
	return boxed(c, "bundles", c.all(bundleKind, ""), idOf, obj{"self": href(c.link("/api/v1/iam/governance/bundles"))}, func(r Record) any { return c.shown(bundleKind, r) })
}

func (c *call) bundle() (Record, error) { return c.fetch(bundleKind, "", c.param("bundleId")) }

// roleName is what a role is called, a standard one or one of the org's.
func (c *call) roleName(role string) string {
	if s := roleLabels[role]; s != "" {
		return s
	}
	r, _ := c.fetch(roleKind, "", role)
	return r.Name
}

func (o *Okta) listBundleEntitlements(c *call) (any, error) {
	b, err := c.bundle()
	if err != nil {
		return nil, err
	}
	at := c.address(bundleKind, b)
	id := func(e any) string { return text(object(e)["id"]) }
	return boxed(c, "entitlements", slices.Values(list(b.Doc["entitlements"])), id, obj{"self": href(at + "/entitlements"), "bundle": href(at)}, func(e any) any {
		role := text(object(e)["role"])
		return obj{"id": id(e), "role": role, "name": c.roleName(role), "description": c.roleName(role), "_links": obj{"values": href(at + "/entitlements/" + id(e) + "/values")}}
	})
}

// listBundleEntitlementValues returns what a role of a bundle is about: sets of resources, or groups and apps.
func (o *Okta) listBundleEntitlementValues(c *call) (any, error) {
	b, err := c.bundle()
	if err != nil {
		return nil, err
	}
	entitlements := list(b.Doc["entitlements"])
	i := slices.IndexFunc(entitlements, func(e any) bool { return object(e)["id"] == c.param("entitlementId") })
	if i < 0 {
		return nil, notFound(c.param("entitlementId"), "Entitlement")
	}
	at := c.address(bundleKind, b)
	e := object(entitlements[i])
	values := append(slices.Clone(texts(e["resourceSets"])), texts(e["targets"])...)
	links := obj{"self": href(at + "/entitlements/" + text(e["id"]) + "/values"), "bundle": href(at), "entitlements": href(at + "/entitlements")}
	return boxed(c, "entitlementValues", slices.Values(values), func(s string) string { return s }, links, func(s string) any {
		v := obj{"id": s, "name": s, "value": s, "_links": obj{}}
		if set, err := c.fetch(resourceSetKind, "", s); err == nil {
			v["name"], v["_links"] = set.Name, obj{"resource-set": href(c.address(resourceSetKind, set))}
		}
		if g, ok := o.groups.Get(c.Tx, s); ok {
			v["name"], v["_links"] = g.name(), obj{"group": href(c.link("/api/v1/groups/" + g.ID))}
		}
		return v
	})
}

func (c *call) optStatus() any {
	status := text(c.settingOf("governance", obj{})["optIn"])
	if status == "" {
		status = "OPTED_OUT"
	}
	return obj{"optInStatus": status, "_links": obj{"optInStatus": href(c.link("/api/v1/iam/governance/optIn"))}}
}

func (c *call) opt(status string) (any, error) {
	c.setting("governance", obj{"optIn": status})
	return c.optStatus(), nil
}

// getUserAssignedRoleGovernance says by which grants somebody has a role: of those that an administrator has given, none.
func (o *Okta) getUserAssignedRoleGovernance(c *call) (any, error) {
	a, err := adminUsers.of(c)
	if err != nil {
		return nil, err
	}
	at := c.link("/api/v1/users/" + a.Assignee + "/roles/" + a.ID)
	return obj{"grants": []any{}, "_links": obj{"self": href(at + "/governance"), "assignment": href(at)}}, nil
}

// noGrant finds no grant of a role.
func noGrant(c *call) (any, error) {
	if _, err := adminUsers.of(c); err != nil {
		return nil, err
	}
	return nil, notFound(c.param("grantId"), "GovernanceGrant")
}
