package gdrive

import (
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// permissionOf is a permission as it has become.
func (d *Drive) permissionOf(c *call, v *fileView, id string) any {
	for _, a := range v.accesses() {
		if a.ID == id {
			return d.permissionView(c, v.File, a, c.Mask)
		}
	}
	return obj{}
}

// permissionView is a permission as Drive shows it.
func (d *Drive) permissionView(c *call, f files.File, a files.Access, m *gapi.Mask) obj {
	v := obj{"kind": "drive#permission", "id": a.ID, "type": a.Type, "role": a.Role.String()}
	switch a.Type {
	case "user", "group":
		v["emailAddress"], v["deleted"] = a.Email, false
		if u, ok := d.Users.Get(c.Tx, a.ID); ok {
			v["photoLink"] = photoOf(c, u)
		}
		if a.Type == "user" && f.Drive == "" {
			v["pendingOwner"] = a.Pending
		}
	case "domain":
		v["domain"], v["allowFileDiscovery"] = a.Domain, a.Found
	default:
		v["allowFileDiscovery"] = a.Found
	}
	if a.Name != "" {
		v["displayName"] = a.Name
	}
	if a.Expires != 0 {
		v["expirationTime"] = stamp(a.Expires)
	}
	if a.View != "" {
		v["view"] = a.View
	}
	if f.Drive != "" && (m.Has("permissionDetails") || m.Has("teamDrivePermissionDetails")) {
		v["permissionDetails"], v["teamDrivePermissionDetails"] = detailsOf(f, a)
	}
	return v
}

// detailsOf tells of each role that a permission is made of where it comes from, under today's names and those of before.
func detailsOf(f files.File, a files.Access) (today, before []any) {
	add := func(role files.Role, from string) {
		kind := "file"
		if from == f.Drive {
			kind = "member"
		}
		one := obj{"permissionType": kind, "role": role.String(), "inherited": from != f.ID}
		two := obj{"teamDrivePermissionType": kind, "role": role.String(), "inherited": from != f.ID}
		if from != f.ID {
			one["inheritedFrom"], two["inheritedFrom"] = from, from
		}
		today, before = append(today, one), append(before, two)
	}
	if a.Direct != files.None {
		add(a.Direct, f.ID)
	}
	for _, up := range a.Above {
		add(up.Role, up.From)
	}
	return today, before
}
