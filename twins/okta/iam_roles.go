package okta

import (
	"iter"
	"net/url"
	"regexp"
	"slices"

	"twinset.dev/kit/twin"
)

// roleKind is an administrator's role that the org has made.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleECustom/
var roleKind = &kind{name: "roles", noun: "CustomRole", prefix: "cr0", title: "label", path: "/api/v1/iam/roles/%s", event: "iam.role"}

func init() {
	roleKind.check, roleKind.links, roleKind.view, roleKind.deletes = checkRole, linksOfRole, viewRole, deleteRole
}

// permissionKind is something that a role allows, by its name.
//
// https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleECustomPermission/
var permissionKind = &kind{name: "role_permissions", noun: "Permission", prefix: "per", title: "label"}

func (o *Okta) rolesOperations() {
	o.on(twin.Full, "listRoles", o.listRoles)
	o.on(twin.Full, "createRole", o.createRole)
	o.on(twin.Full, "getRole", o.getRole)
	o.on(twin.Full, "replaceRole", o.replaceRole)
	o.on(twin.Full, "deleteRole", o.deleteRole)
	o.on(twin.Full, "listRolePermissions", o.listRolePermissions)
	o.on(twin.Full, "createRolePermission", o.createRolePermission)
	o.on(twin.Full, "getRolePermission", o.getRolePermission)
	o.on(twin.Full, "replaceRolePermission", o.replaceRolePermission)
	o.on(twin.Full, "deleteRolePermission", o.deleteRolePermission)
}

// boxed is a page of a list that is a member of an object, beside its links.
func boxed[T any](c *call, name string, seq iter.Seq[T], key func(T) string, links obj, view func(T) any) (any, error) {
	out, err := paged(c, seq, key, 100, 200, view)
	if err != nil {
		return nil, err
	}
	p := out.(page)
	v := obj{name: p.items}
	if p.after != "" {
		q := url.Values{}
		for k, x := range c.query {
			q[k] = x
		}
		q.Set("after", p.after)
		links = with(links, obj{"next": href(c.base + c.r.Echo.Request().URL.Path + "?" + q.Encode())})
	}
	if len(links) > 0 {
		v["_links"] = links
	}
	return v, nil
}

func idOf(r Record) string { return r.ID }

func (o *Okta) listRoles(c *call) (any, error) {
	return boxed(c, "roles", c.all(roleKind, ""), idOf, nil, func(r Record) any { return c.shown(roleKind, r) })
}

// role is the role of an id or a label.
func (c *call) role(ref string) (Record, error) {
	if r, ok := c.called(roleKind, "", ref); ok {
		return r, nil
	}
	return c.fetch(roleKind, "", ref)
}

var permissionName = regexp.MustCompile(`^okta(\.[A-Za-z]+){2,}$`)

// createRole makes a role with the permissions that it begins with.
func (o *Okta) createRole(c *call) (any, error) {
	names := texts(c.body["permissions"])
	if text(c.body["label"]) != "" && text(c.body["description"]) != "" && len(names) == 0 {
		return nil, blank("permissions")
	}
	for _, n := range names {
		if !permissionName.MatchString(n) {
			return nil, invalid("permissions", "permissions: The permission is not valid: "+n)
		}
	}
	r, err := c.make(roleKind, "", c.body)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		c.permit(r, n, nil)
	}
	return c.shown(roleKind, r), nil
}

func (o *Okta) getRole(c *call) (any, error) {
	r, err := c.role(c.param("roleIdOrLabel"))
	if err != nil {
		return nil, err
	}
	return c.shown(roleKind, r), nil
}

func (o *Okta) replaceRole(c *call) (any, error) {
	r, err := c.role(c.param("roleIdOrLabel"))
	if err != nil {
		return nil, err
	}
	if r, err = c.replace(roleKind, r, c.body); err != nil {
		return nil, err
	}
	return c.shown(roleKind, r), nil
}

func (o *Okta) deleteRole(c *call) (any, error) {
	r, err := c.role(c.param("roleIdOrLabel"))
	if err != nil {
		return nil, err
	}
	return nil, c.remove(roleKind, r)
}

func checkRole(c *call, doc obj, was *Record) error { return c.labelled(roleKind, doc, was) }

// labelled checks and keeps the label and the description that are all there is to a role or a resource set.
func (c *call) labelled(k *kind, doc obj, was *Record) error {
	label, description := text(doc["label"]), text(doc["description"])
	switch {
	case label == "":
		return blank("label")
	case description == "":
		return blank("description")
	case c.taken(k, "", label, was):
		return invalid("label", "label: An object with this field already exists")
	}
	clear(doc)
	doc["label"], doc["description"] = label, description
	return nil
}

func linksOfRole(c *call, r Record, links obj) {
	at := c.address(roleKind, r)
	links["self"], links["permissions"] = href(at), href(at+"/permissions")
}

func viewRole(c *call, r Record, v obj) { v["isCloneable"] = false }

// deleteRole takes the role's permissions with it. One that somebody has stays.
func deleteRole(c *call, r Record) error {
	for set := range c.all(resourceSetKind, "") {
		if len(c.bound(set, r)) > 0 {
			return invalid("role", "The role is assigned and cannot be deleted.")
		}
	}
	for p := range c.all(permissionKind, r.ID) {
		c.o.tables[permissionKind].records.Delete(c.Tx, p.ID)
	}
	return nil
}

// permit adds a permission to a role, or changes its conditions.
func (c *call) permit(r Record, name string, conditions any) Record {
	p, ok := c.called(permissionKind, r.ID, name)
	if !ok {
		p = Record{ID: c.id(permissionKind.prefix), Parent: r.ID, Created: c.at(), Order: c.order()}
	}
	p.Updated, p.Doc = c.at(), obj{"label": name, "conditions": copied(conditions)}
	c.logged("iam.role.permissions.add", "SUCCESS", roleKind.target(r))
	return c.keep(permissionKind, p)
}

func (c *call) permission(r Record, p Record) any {
	at := c.address(roleKind, r)
	return obj{"label": p.Name, "created": stamp(p.Created), "lastUpdated": stamp(p.Updated), "conditions": p.Doc["conditions"], "_links": obj{"role": href(at), "self": href(at + "/permissions/" + p.Name)}}
}

func (o *Okta) listRolePermissions(c *call) (any, error) {
	r, err := c.role(c.param("roleIdOrLabel"))
	if err != nil {
		return nil, err
	}
	out := []any{}
	for p := range c.all(permissionKind, r.ID) {
		out = append(out, c.permission(r, p))
	}
	return obj{"permissions": out}, nil
}

func (c *call) roleAndPermission() (r, p Record, err error) {
	if r, err = c.role(c.param("roleIdOrLabel")); err != nil {
		return r, p, err
	}
	p, ok := c.called(permissionKind, r.ID, c.param("permissionType"))
	if !ok {
		return r, p, notFound(c.param("permissionType"), permissionKind.noun)
	}
	return r, p, nil
}

// createRolePermission adds a permission, for good with the conditions that were sent.
func (o *Okta) createRolePermission(c *call) (any, error) {
	r, err := c.role(c.param("roleIdOrLabel"))
	if err != nil {
		return nil, err
	}
	name := c.param("permissionType")
	if !permissionName.MatchString(name) {
		return nil, invalid("permissionType", "permissionType: The permission is not valid: "+name)
	}
	conditions, err := permissionConditions(c.body["conditions"])
	if err != nil {
		return nil, err
	}
	c.permit(r, name, conditions)
	return nil, nil
}

// permissionConditions are the attributes that a permission is about: either some of them, or all but some.
func permissionConditions(v any) (any, error) {
	conditions := object(v)
	if len(conditions) == 0 {
		return nil, nil
	}
	for k, x := range conditions {
		if !slices.Contains([]string{"include", "exclude"}, k) || x != nil && object(x) == nil {
			return nil, invalid("conditions", "conditions: The conditions are not valid.")
		}
	}
	if object(conditions["include"]) != nil && object(conditions["exclude"]) != nil {
		return nil, invalid("conditions", "conditions: Only one of include and exclude can be set.")
	}
	return conditions, nil
}

func (o *Okta) getRolePermission(c *call) (any, error) {
	r, p, err := c.roleAndPermission()
	if err != nil {
		return nil, err
	}
	return c.permission(r, p), nil
}

func (o *Okta) replaceRolePermission(c *call) (any, error) {
	r, p, err := c.roleAndPermission()
	if err != nil {
		return nil, err
	}
	conditions, err := permissionConditions(c.body["conditions"])
	if err != nil {
		return nil, err
	}
	return c.permission(r, c.permit(r, p.Name, conditions)), nil
}

func (o *Okta) deleteRolePermission(c *call) (any, error) {
	r, p, err := c.roleAndPermission()
	if err != nil {
		return nil, err
	}
	c.o.tables[permissionKind].records.Delete(c.Tx, p.ID)
	c.logged("iam.role.permissions.delete", "SUCCESS", roleKind.target(r))
	return nil, nil
}
