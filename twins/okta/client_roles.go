package okta

import (
	"encoding/base32"
	"net/url"
	"strings"

	"twinset.dev/kit/twin"
)

// clientRoleKind is an administrator's role that an app has, below the app's client id.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentClient/
var clientRoleKind = &kind{name: "client_roles", noun: "RoleAssignment", prefix: "irb", title: "type"}

func (o *Okta) clientRolesOperations() {
	o.on(twin.Full, "listRolesForClient", o.listRolesForClient)
	o.on(twin.Full, "assignRoleToClient", o.assignRoleToClient)
	o.on(twin.Full, "retrieveClientRole", o.retrieveClientRole)
	o.on(twin.Full, "deleteRoleFromClient", o.deleteRoleFromClient)
	o.on(twin.Full, "listAppTargetRoleToClient", o.listAppTargetRoleToClient)
	for _, p := range []struct{ assign, remove, member string }{
		{"assignAppTargetRoleToClient", "removeAppTargetRoleFromClient", "apps"},
		{"assignAppTargetInstanceRoleForClient", "removeAppTargetInstanceRoleForClient", "apps"},
		{"assignGroupTargetRoleForClient", "removeGroupTargetRoleFromClient", "groups"},
	} {
		o.on(twin.Full, p.assign, func(c *call) (any, error) { return nil, c.targetClientRole(p.member, true) })
		o.on(twin.Full, p.remove, func(c *call) (any, error) { return nil, c.targetClientRole(p.member, false) })
	}
	o.on(twin.Full, "listGroupTargetRoleForClient", o.listGroupTargetRoleForClient)
}

func (o *Okta) listRolesForClient(c *call) (any, error) {
	out := []any{}
	for r := range c.all(clientRoleKind, c.param("clientId")) {
		out = append(out, c.clientRole(r))
	}
	return out, nil
}

// assignRoleToClient gives an app a role: a standard one by its type, one of the org's own on a resource set. A standard
// role's assignment has the type itself for an id, in letters that fit an address.
func (o *Okta) assignRoleToClient(c *call) (any, error) {
	client, kind := c.param("clientId"), text(c.body["type"])
	r := Record{Parent: client, Status: "ACTIVE", Created: c.at(), Updated: c.at(), Order: c.order(), Doc: obj{"type": kind}}
	switch {
	case kind == "":
		return nil, blank("type")
	case kind == "CUSTOM":
		role, err := c.role(text(c.body["role"]))
		if err != nil {
			return nil, err
		}
		set, err := c.fetch(resourceSetKind, "", text(c.body["resource-set"]))
		if err != nil {
			return nil, err
		}
		r.ID = c.bind(set, role, "/oauth2/v1/clients/"+client).ID
		r.Doc["label"], r.Doc["role"], r.Doc["resource-set"] = role.Name, role.ID, set.ID
	case standardRoles[kind] == "":
		return nil, errMalformed
	default:
		r.ID = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(kind))
		r.Doc["label"] = standardRoles[kind]
	}
	if _, ok := o.tables[clientRoleKind].records.Get(c.Tx, client+"/"+r.ID); ok {
		return nil, &refusal{status: 409, code: "E0000090", summary: "Duplicate role assignment"}
	}
	r.Secret, r.ID = obj{"id": r.ID}, client+"/"+r.ID
	r = c.keep(clientRoleKind, r)
	c.logged("app.oauth2.client.privilege.grant", "SUCCESS", target{client, "PublicClientApp", client})
	return created(c.clientRole(r)), nil
}

func (c *call) clientRole(r Record) any {
	links := obj{"assignee": href(c.link("/oauth2/v1/clients/" + r.Parent))}
	if set := text(r.Doc["resource-set"]); set != "" {
		links["role"], links["resource-set"] = href(c.link("/api/v1/iam/roles/"+text(r.Doc["role"]))), href(c.link("/api/v1/iam/resource-sets/"+set))
		links["permissions"] = href(c.link("/api/v1/iam/roles/" + text(r.Doc["role"]) + "/permissions"))
		links["member"] = href(c.link("/api/v1/iam/resource-sets/" + set + "/bindings/" + text(r.Doc["role"]) + "/members/" + text(r.Secret["id"])))
	}
	return with(without(r.Doc, "apps", "groups"), obj{"id": r.Secret["id"], "status": r.Status, "created": stamp(r.Created), "lastUpdated": stamp(r.Updated), "assignmentType": "CLIENT", "_links": links})
}

// clientRoleOf is the assignment that the path names.
func (c *call) clientRoleOf() (Record, error) {
	r, ok := c.o.tables[clientRoleKind].records.Get(c.Tx, c.param("clientId")+"/"+c.param("roleAssignmentId"))
	if !ok {
		return r, notFound(c.param("roleAssignmentId"), clientRoleKind.noun)
	}
	return r, nil
}

func (o *Okta) retrieveClientRole(c *call) (any, error) {
	r, err := c.clientRoleOf()
	if err != nil {
		return nil, err
	}
	return c.clientRole(r), nil
}

func (o *Okta) deleteRoleFromClient(c *call) (any, error) {
	r, err := c.clientRoleOf()
	if err != nil {
		return nil, err
	}
	o.tables[clientRoleKind].records.Delete(c.Tx, r.ID)
	o.tables[bindingKind].records.Delete(c.Tx, text(r.Secret["id"]))
	c.logged("app.oauth2.client.privilege.revoke", "SUCCESS", target{r.Parent, "PublicClientApp", r.Parent})
	return nil, nil
}

// targetClientRole narrows a role to an app or a group, or lets go of one. The last one stays: a role without targets is
// about everything.
func (c *call) targetClientRole(member string, add bool) error {
	r, err := c.clientRoleOf()
	if err != nil {
		return err
	}
	kind := text(r.Doc["type"])
	if member == "apps" && kind != "APP_ADMIN" || member == "groups" && kind != "USER_ADMIN" && kind != "HELP_DESK_ADMIN" && kind != "GROUP_MEMBERSHIP_ADMIN" {
		return invalid("role", "The role does not have such targets: "+kind)
	}
	key := c.param("groupId")
	if member == "apps" {
		key = c.param("appName")
		if id := c.param("appId"); id != "" {
			key += "/" + id
		}
	} else if _, ok := c.o.groups.Get(c.Tx, key); !ok {
		return notFound(key, "UserGroup")
	}
	targets := clone(object(r.Doc[member]))
	if targets == nil {
		targets = obj{}
	}
	switch _, there := targets[key]; {
	case add:
		targets[key] = float64(c.order())
	case !there:
		return notFound(key, "Target")
	case len(targets) == 1:
		return invalid("target", "The last target of a role cannot be removed.")
	default:
		delete(targets, key)
	}
	r.Doc, r.Updated = with(r.Doc, obj{member: targets}), c.at()
	c.keep(clientRoleKind, r)
	return nil
}

// targetsOf are a role's targets in the order in which they came.
func targetsOf(r Record, member string) []string {
	targets := object(r.Doc[member])
	keys := make([]string, 0, len(targets))
	for k := range targets {
		keys = append(keys, k)
	}
	return inOrder(keys, func(k string) int64 { n, _ := targets[k].(float64); return int64(n) }, func(k string) string { return k })
}

func (o *Okta) listAppTargetRoleToClient(c *call) (any, error) {
	r, err := c.clientRoleOf()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, key := range targetsOf(r, "apps") {
		name, id, isInstance := strings.Cut(key, "/")
		v := obj{"name": name, "displayName": name, "status": "ACTIVE", "_links": obj{"self": href(c.link("/api/v1/catalog/apps/" + url.PathEscape(name)))}}
		if isInstance {
			v["id"], v["_links"] = id, obj{"self": href(c.link("/api/v1/apps/" + id))}
		}
		out = append(out, v)
	}
	return out, nil
}

func (o *Okta) listGroupTargetRoleForClient(c *call) (any, error) {
	r, err := c.clientRoleOf()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, id := range targetsOf(r, "groups") {
		if g, ok := o.groups.Get(c.Tx, id); ok {
			out = append(out, c.group(g))
		}
	}
	return out, nil
}
