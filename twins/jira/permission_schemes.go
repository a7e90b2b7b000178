package jira

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
)

func (j *Jira) permissionSchemesOperations() {
	j.on(twin.Full, "getAllPermissionSchemes", j.getAllPermissionSchemes)
	j.on(twin.Full, "createPermissionScheme", j.createPermissionScheme)
	j.on(twin.Full, "getPermissionScheme", j.getPermissionScheme)
	j.on(twin.Full, "updatePermissionScheme", j.updatePermissionScheme)
	j.on(twin.Full, "deletePermissionScheme", j.deletePermissionScheme)
	j.on(twin.Full, "getPermissionSchemeGrants", j.getPermissionSchemeGrants)
	j.on(twin.Full, "createPermissionGrant", j.createPermissionGrant)
	j.on(twin.Full, "getPermissionSchemeGrant", j.getPermissionSchemeGrant)
	j.on(twin.Full, "deletePermissionSchemeEntity", j.deletePermissionSchemeEntity)
	j.on(twin.Full, "getAssignedPermissionScheme", j.getAssignedPermissionScheme)
	j.on(twin.Full, "assignPermissionScheme", j.assignPermissionScheme)
}

// firstScheme is the permission scheme that every site has; its id is 0.
const firstScheme = 0

func (c *call) permissionSchemeShown(s PermissionScheme) obj {
	v := obj{"expand": "permissions,user,group,projectRole,field,all", "id": s.ID, "self": c.api("/permissionscheme/" + id(s.ID)), "name": s.Name, "description": s.Description}
	if s.Project != 0 {
		v["scope"] = obj{"type": "PROJECT", "project": obj{"id": id(s.Project)}}
	}
	if c.expandsAny() {
		v["permissions"] = c.grantsShown(s)
	}
	return v
}

func (c *call) grantsShown(s PermissionScheme) []any {
	out := []any{}
	for _, g := range s.Grants {
		out = append(out, c.grantShown(s, g))
	}
	return out
}

func (c *call) grantShown(s PermissionScheme, g Grant) obj {
	return obj{"id": g.ID, "self": c.api("/permissionscheme/" + id(s.ID) + "/permission/" + id(g.ID)), "holder": c.holderShown(g.Holder), "permission": g.Permission}
}

// permissionScheme finds a scheme by what the caller writes for it; one has the id 0.
func (c *call) permissionScheme(written string) (PermissionScheme, error) {
	n, err := strconv.ParseInt(written, 10, 64)
	s, ok := c.j.permissionSchemes.Get(c.Tx, key(n))
	if err != nil || !ok {
		return s, notFound("The permission scheme with id '%s' does not exist.", written)
	}
	return s, nil
}

// managedScheme finds the scheme that the path names, for an administrator.
func (c *call) managedScheme() (PermissionScheme, error) {
	if err := c.adminOnly(); err != nil {
		return PermissionScheme{}, err
	}
	return c.permissionScheme(c.param("schemeId"))
}

// readGrant reads a permission and who gets it.
func (c *call) readGrant(v any) (Grant, error) {
	doc := object(v)
	p, ok := permissionOf(text(doc["permission"]))
	if !ok || p.Global {
		return Grant{}, wrong("permission", "Unrecognized permission: '%s'", text(doc["permission"]))
	}
	h, err := c.readHolder(doc["holder"])
	return Grant{Permission: p.Key, Holder: h}, err
}

// schemeDetails reads what a caller says of a scheme.
func (c *call) schemeDetails(s *PermissionScheme, doc obj) error {
	s.Name = strings.TrimSpace(text(doc["name"]))
	switch {
	case s.Name == "":
		return wrong("name", "You must specify a name for the permission scheme.")
	case utf8.RuneCountInString(s.Name) > 255:
		return wrong("name", "The name must not exceed 255 characters in length.")
	}
	for other := range c.j.permissionSchemes.All(c.Tx, "") {
		if strings.EqualFold(other.Name, s.Name) && other.ID != s.ID {
			return wrong("name", "A permission scheme with this name already exists.")
		}
	}
	if v, ok := doc["description"]; ok {
		s.Description = text(v)
	}
	if doc["permissions"] == nil {
		return nil
	}
	s.Grants = nil
	for _, v := range list(doc["permissions"]) {
		g, err := c.readGrant(v)
		if err != nil {
			return err
		}
		g.ID = c.next("grant", 10400)
		s.Grants = append(s.Grants, g)
	}
	return nil
}

func schemeItem(ID int64, name string) obj { return item(id(ID), name, "SCHEME") }

// getAllPermissionSchemes returns all permission schemes.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-get
func (j *Jira) getAllPermissionSchemes(c *call) (any, error) {
	out := []any{}
	for s := range j.permissionSchemes.All(c.Tx, "") {
		out = append(out, c.permissionSchemeShown(s))
	}
	return obj{"permissionSchemes": out}, nil
}

// createPermissionScheme makes a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-post
func (j *Jira) createPermissionScheme(c *call) (any, error) {
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	s := PermissionScheme{ID: -1}
	if err := c.schemeDetails(&s, object(c.body)); err != nil {
		return nil, err
	}
	s.ID = c.next("permissionScheme", defaultPermissions+1)
	j.permissionSchemes.Put(c.Tx, s)
	c.audited("Permission scheme created", "permissions", schemeItem(s.ID, s.Name), changedValues([3]string{"Name", "", s.Name}, [3]string{"Description", "", s.Description})...)
	v := c.permissionSchemeShown(s)
	v["permissions"] = c.grantsShown(s)
	return created(v), nil
}

// getPermissionScheme returns a scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-get
func (j *Jira) getPermissionScheme(c *call) (any, error) {
	s, err := c.permissionScheme(c.param("schemeId"))
	if err != nil {
		return nil, err
	}
	return c.permissionSchemeShown(s), nil
}

// updatePermissionScheme changes a scheme. If it names permissions, the scheme has no others.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-put
func (j *Jira) updatePermissionScheme(c *call) (any, error) {
	s, err := c.managedScheme()
	if err != nil {
		return nil, err
	}
	was := s
	if err := c.schemeDetails(&s, object(c.body)); err != nil {
		return nil, err
	}
	j.permissionSchemes.Put(c.Tx, s)
	c.audited("Permission scheme updated", "permissions", schemeItem(s.ID, s.Name), changedValues([3]string{"Name", was.Name, s.Name}, [3]string{"Description", was.Description, s.Description})...)
	v := c.permissionSchemeShown(s)
	v["permissions"] = c.grantsShown(s)
	return v, nil
}

// deletePermissionScheme deletes a scheme that no project has.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-delete
func (j *Jira) deletePermissionScheme(c *call) (any, error) {
	s, err := c.managedScheme()
	if err != nil {
		return nil, err
	}
	if s.ID == firstScheme {
		return nil, badRequest("The default permission scheme cannot be deleted.")
	}
	for range c.projectsUsing(func(p Project) bool { return p.Permissions == s.ID }) {
		return nil, badRequest("The permission scheme with id '%d' is used by projects and cannot be deleted.", s.ID)
	}
	j.permissionSchemes.Delete(c.Tx, key(s.ID))
	c.audited("Permission scheme deleted", "permissions", schemeItem(s.ID, s.Name))
	return nil, nil
}

// getPermissionSchemeGrants returns what a scheme gives to whom.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-permission-get
func (j *Jira) getPermissionSchemeGrants(c *call) (any, error) {
	s, err := c.permissionScheme(c.param("schemeId"))
	if err != nil {
		return nil, err
	}
	return obj{"permissions": c.grantsShown(s), "expand": "user,group,projectRole,field,all"}, nil
}

// createPermissionGrant gives somebody a permission.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-permission-post
func (j *Jira) createPermissionGrant(c *call) (any, error) {
	s, err := c.managedScheme()
	if err != nil {
		return nil, err
	}
	g, err := c.readGrant(c.body)
	switch {
	case err != nil:
		return nil, err
	case slices.ContainsFunc(s.Grants, func(x Grant) bool { return x.Permission == g.Permission && x.Holder == g.Holder }):
		return nil, badRequest("The permission '%s' has already been granted to this holder.", g.Permission)
	}
	g.ID = c.next("grant", 10400)
	s.Grants = append(slices.Clone(s.Grants), g)
	j.permissionSchemes.Put(c.Tx, s)
	c.audited("Permission scheme updated", "permissions", schemeItem(s.ID, s.Name), changedValue("Permission", "", g.Permission), changedValue("Type", "", g.Type), changedValue("Value", "", g.Value))
	return created(c.grantShown(s, g)), nil
}

// grantOf is where a scheme has the grant that the path names.
func (c *call) grantOf(s PermissionScheme) (int, error) {
	n := number(c.param("permissionId"))
	at := slices.IndexFunc(s.Grants, func(g Grant) bool { return g.ID == n })
	if at < 0 {
		return at, notFound("The permission grant with id '%s' does not exist.", c.param("permissionId"))
	}
	return at, nil
}

// getPermissionSchemeGrant returns what one grant gives to whom.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-permission-permissionid-get
func (j *Jira) getPermissionSchemeGrant(c *call) (any, error) {
	s, err := c.permissionScheme(c.param("schemeId"))
	if err != nil {
		return nil, err
	}
	at, err := c.grantOf(s)
	if err != nil {
		return nil, err
	}
	return c.grantShown(s, s.Grants[at]), nil
}

// deletePermissionSchemeEntity takes a permission away.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permission-schemes/#api-rest-api-3-permissionscheme-schemeid-permission-permissionid-delete
func (j *Jira) deletePermissionSchemeEntity(c *call) (any, error) {
	s, err := c.managedScheme()
	if err != nil {
		return nil, err
	}
	at, err := c.grantOf(s)
	if err != nil {
		return nil, err
	}
	g := s.Grants[at]
	s.Grants = slices.Delete(slices.Clone(s.Grants), at, at+1)
	j.permissionSchemes.Put(c.Tx, s)
	c.audited("Permission scheme updated", "permissions", schemeItem(s.ID, s.Name), changedValue("Permission", g.Permission, ""), changedValue("Type", g.Type, ""), changedValue("Value", g.Value, ""))
	return nil, nil
}

// getAssignedPermissionScheme returns the scheme of a project.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-permission-schemes/#api-rest-api-3-project-projectkeyorid-permissionscheme-get
func (j *Jira) getAssignedPermissionScheme(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectKeyOrId"))
	if err != nil {
		return nil, err
	}
	s, err := c.permissionScheme(id(p.Permissions))
	if err != nil {
		return nil, err
	}
	return c.permissionSchemeShown(s), nil
}

// assignPermissionScheme gives a project another scheme.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-permission-schemes/#api-rest-api-3-project-projectkeyorid-permissionscheme-put
func (j *Jira) assignPermissionScheme(c *call) (any, error) {
	p, err := c.managedProject(c.param("projectKeyOrId"))
	if err != nil {
		return nil, err
	}
	if err := c.adminOnly(); err != nil {
		return nil, err
	}
	s, err := c.permissionScheme(plainWords(object(c.body)["id"]))
	switch {
	case err != nil:
		return nil, err
	case p.Team:
		return nil, badRequest("The permission scheme of a team-managed project cannot be changed.")
	}
	was, _ := c.permissionScheme(id(p.Permissions))
	p.Permissions = s.ID
	j.projects.Put(c.Tx, p)
	c.audited("Permission scheme added to project", "permissions", schemeItem(s.ID, s.Name), changedValues([3]string{"Permission scheme", was.Name, s.Name})...)
	return c.permissionSchemeShown(s), nil
}
