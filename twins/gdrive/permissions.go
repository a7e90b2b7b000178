package gdrive

import (
	"encoding/json"
	"math"
	"slices"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
)

func (d *Drive) permissionsOperations() {
	const normal = "kind,id,type,role,allowFileDiscovery"
	d.On(twin.Full, "permissions.create", d.permissionsCreate).Answers(api.Permission{}, normal)
	d.On(twin.Full, "permissions.get", d.permissionsGet).Answers(api.Permission{}, normal)
	d.On(twin.Full, "permissions.list", d.permissionsList).Answers(api.PermissionList{}, "kind,nextPageToken,permissions("+normal+")")
	d.On(twin.Full, "permissions.update", d.permissionsUpdate).Answers(api.Permission{}, normal)
	d.On(twin.Full, "permissions.delete", d.permissionsDelete)
}

// shareable is the file or shared drive that a call is about, as far as the caller may see it. An administrator may see any
// shared drive of their domain.
func (d *Drive) shareable(c *call) (*fileView, error) {
	id := c.Param("fileId")
	if admin := c.QTrue("useDomainAdminAccess"); admin && d.knowsDrives(c) {
		if f, ok := d.Files.Get(c.Tx, id); ok && f.ID == f.Drive && c.Who.User.Admin {
			return &fileView{File: f, d: d, c: c, mask: c.Mask, role: files.Organizer, known: true}, nil
		}
		return nil, errNoFile(id)
	}
	return d.find(c)
}

// permissionsCreate shares a file or a shared drive, or gives it to another owner. Sharing once more with the same people
// gives them the new role.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/create
func (d *Drive) permissionsCreate(c *call) (any, error) {
	var in api.Permission
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	v, err := d.shareable(c)
	if err != nil {
		return nil, err
	}
	p := files.Permission{File: v.ID, Type: deref(in.Type), Role: files.ParseRole(deref(in.Role)), Found: deref(in.AllowFileDiscovery), At: c.Now.UnixMilli(), By: c.Who.User.ID, View: deref(in.View)}
	switch {
	case p.Type == "":
		return nil, errTypeRequired
	case deref(in.Role) == "":
		return nil, errRoleRequired
	case p.Role == files.None:
		return nil, errRoleInvalid
	}
	if err := d.grantee(c, &p, &in); err != nil {
		return nil, err
	}
	silent := c.Q("sendNotificationEmail") != "" && !c.QTrue("sendNotificationEmail")
	switch {
	case v.mayNot(shares):
		return nil, errForbidden(v.ID)
	case p.Email != "" && p.Name == "" && silent:
		return nil, errNoAccount(p.Email)
	case p.Role == files.Owner:
		if silent && c.QTrue("transferOwnership") {
			return nil, errTransferMail
		}
		return d.transfer(c, v, p)
	}
	if err := v.fits(p); err != nil {
		return nil, err
	}
	if err := v.expires(&p, in.ExpirationTime); err != nil {
		return nil, err
	}
	for _, a := range v.accesses() {
		if a.ID != p.ID {
			continue
		}
		if a.Role == files.Owner {
			return nil, errOwnerStays
		}
		for _, up := range a.Above { // what comes from above is the least that there is
			p.Role = max(p.Role, up.Role)
		}
		if a.Direct != files.None {
			p.At, p.By = a.At, a.By
		}
	}
	d.Permissions.Put(c.Tx, p)
	d.sharedAgain(c, v)
	if !silent && p.Email != "" {
		d.invite(c, v, p, c.Q("emailMessage"))
	}
	return d.permissionOf(c, v, p.ID), nil
}

// sharedAgain notes that others can see a file or a shared drive now.
func (d *Drive) sharedAgain(c *call, v *fileView) {
	v.File, v.reached = d.Save(c, v.File), false
	if v.ID == v.Drive {
		d.DriveChanged(c, v.ID, false, nil)
	}
}

// invite writes to those with whom something was shared.
func (d *Drive) invite(c *call, v *fileView, p files.Permission, message string) {
	subject := c.Who.User.Name + " has shared \"" + v.Name + "\" with you"
	if p.Role == files.Owner {
		subject = c.Who.User.Name + " has made you the owner of \"" + v.Name + "\""
	}
	m, _ := json.Marshal(obj{
		"to": p.Email, "from": c.Who.User.Email, "subject": subject, "text": message, "role": p.Role.String(), "fileId": v.ID, "link": c.Link + pageOf(v.File),
	})
	c.Deliver(outbox.Delivery{Twin: "gdrive", Kind: toMailbox, Topic: "share", Subject: p.Email, Body: string(m)})
}

// permissionsGet answers one permission.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/get
func (d *Drive) permissionsGet(c *call) (any, error) {
	v, a, err := d.permission(c)
	if err != nil {
		return nil, err
	}
	return d.permissionView(c, v.File, a, c.Mask), nil
}

// permission is the permission that a call is about. Who may not share something sees no permissions but their own.
func (d *Drive) permission(c *call) (*fileView, files.Access, error) {
	v, err := d.shareable(c)
	if err != nil {
		return nil, files.Access{}, err
	}
	id := c.Param("permissionId")
	if id == "me" {
		id = c.Who.User.ID
	}
	i := slices.IndexFunc(v.accesses(), func(a files.Access) bool { return a.ID == id })
	switch {
	case v.mayNot(edits) && id != c.Who.User.ID:
		return nil, files.Access{}, errForbidden(v.ID)
	case i < 0:
		return nil, files.Access{}, errNoPermission(id)
	}
	return v, v.accesses()[i], nil
}

// listed are all who have a role, those who have one in the published view alone only if they are asked for.
func (v *fileView) listed() []files.Access {
	published := v.c.Q("includePermissionsForView") == "published"
	return slices.DeleteFunc(slices.Clone(v.accesses()), func(a files.Access) bool { return a.View != "" && !published })
}

// permissionsList lists who has been let at a file or a shared drive.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/list
func (d *Drive) permissionsList(c *call) (any, error) {
	v, err := d.shareable(c)
	if err != nil {
		return nil, err
	}
	size, err := pageSize(c, "pageSize", 100, 100)
	if err != nil {
		return nil, err
	}
	if c.Q("pageSize") == "" && v.Drive == "" {
		size = math.MaxInt32 // all of them
	}
	if v.mayNot(edits) {
		return nil, errForbidden(v.ID)
	}
	page, next, err := paged(c, v.listed(), size, v.ID, func(a files.Access) string { return a.ID })
	if err != nil {
		return nil, err
	}
	out := obj{"kind": "drive#permissionList"}
	list := make([]any, len(page))
	for i, a := range page {
		list[i] = d.permissionView(c, v.File, a, c.Mask.Sub("permissions"))
	}
	if out["permissions"] = list; next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

// permissionsUpdate gives somebody another role, or makes them the owner or the owner to be.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/update
func (d *Drive) permissionsUpdate(c *call) (any, error) {
	var in api.Permission
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	var said map[string]json.RawMessage
	json.Unmarshal(c.Body, &said)
	for _, name := range []string{"id", "emailAddress", "domain", "type", "displayName", "photoLink", "deleted", "permissionDetails", "teamDrivePermissionDetails"} {
		if v, ok := said[name]; ok && string(v) != "null" {
			return nil, errNotWritable
		}
	}
	v, a, err := d.permission(c)
	if err != nil {
		return nil, err
	}
	p := a.Permission
	p.File = v.ID
	asked := deref(in.Role)
	p.Role = files.ParseRole(asked)
	switch {
	case asked == "":
		return nil, errRoleRequired
	case p.Role == files.None:
		return nil, errRoleInvalid
	case p.Role == files.Owner:
		return d.transfer(c, v, p)
	case v.mayNot(shares):
		return nil, errForbidden(v.ID)
	case a.Role == files.Owner:
		return nil, errOwnerStays
	case a.Direct == files.None && v.Drive != "" && v.ID != v.Drive && p.Role == a.Role:
		return nil, errInheritedDrive
	}
	for _, up := range a.Above {
		if p.Role < up.Role && v.Drive != "" {
			return nil, errInheritedDrive
		} else if p.Role < up.Role {
			return nil, errInherited
		}
	}
	if err := v.fits(p); err != nil {
		return nil, err
	}
	if v.ID == v.Drive && a.Role == files.Organizer && p.Role < files.Organizer && v.organizers() == 1 {
		return nil, errLastOrganizer
	}
	if c.QTrue("removeExpiration") {
		p.Expires = 0
	} else if err := v.expires(&p, in.ExpirationTime); err != nil {
		return nil, err
	}
	if in.PendingOwner != nil && v.Drive == "" {
		if v.mayNot(runs) || p.Type != "user" {
			return nil, errForbidden(v.ID)
		}
		if p.Pending = *in.PendingOwner; p.Pending {
			d.invite(c, v, p, "")
		}
	}
	d.Permissions.Put(c.Tx, p)
	d.sharedAgain(c, v)
	return d.permissionOf(c, v, p.ID), nil
}

func (v *fileView) organizers() (n int) {
	for _, a := range v.accesses() {
		if a.Role == files.Organizer {
			n++
		}
	}
	return n
}

// permissionsDelete ends a permission. Everybody may end their own.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/permissions/delete
func (d *Drive) permissionsDelete(c *call) (any, error) {
	v, a, err := d.permission(c)
	if err != nil {
		return nil, err
	}
	switch {
	case a.Role == files.Owner:
		return nil, errOwnerStays
	case v.mayNot(shares) && a.ID != c.Who.User.ID:
		return nil, errMayNotDelete
	case a.Direct == files.None && v.Drive != "":
		return nil, errInheritedDrive
	case a.Direct == files.None:
		return nil, errInherited
	case v.ID == v.Drive && a.Role == files.Organizer && v.organizers() == 1:
		return nil, errLastOrganizer
	}
	d.Permissions.Delete(c.Tx, v.ID+"/"+a.ID)
	if d.sharedAgain(c, v); len(a.Above) == 0 {
		if d.Lost(c, v.File, []string{a.Grantee()}); v.ID == v.Drive {
			d.DriveChanged(c, v.ID, true, []string{a.Grantee()})
		}
	}
	return nil, nil
}
