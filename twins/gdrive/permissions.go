package gdrive

import (
	"encoding/json"
	"math"
	"net/mail"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

func (d *Drive) permissionsOperations() {
	const normal = "kind,id,type,role,allowFileDiscovery"
	d.On(twin.Full, "permissions.create", d.permissionsCreate).Answers(api.Permission{}, normal)
	d.On(twin.Full, "permissions.get", d.permissionsGet).Answers(api.Permission{}, normal)
	d.On(twin.Full, "permissions.list", d.permissionsList).Answers(api.PermissionList{}, "kind,nextPageToken,permissions("+normal+")")
	d.On(twin.Full, "permissions.update", d.permissionsUpdate).Answers(api.Permission{}, normal)
	d.On(twin.Full, "permissions.delete", d.permissionsDelete)
}

// Refusals of sharing.
var (
	errTypeRequired     = gapi.Because(400, "required", "The permission type field is required.").At("permission.type")
	errRoleRequired     = gapi.Because(400, "required", "The permission role field is required.").At("permission.role")
	errTypeInvalid      = gapi.Because(400, "invalid", "The specified permission type is invalid.").At("permission.type")
	errRoleInvalid      = gapi.Because(400, "invalid", "The specified role is invalid.").At("permission.role")
	errEmailInvalid     = gapi.Because(400, "invalid", "The specified emailAddress is invalid or not applicable for the given permission type.").At("permission.emailAddress")
	errDomainInvalid    = gapi.Because(400, "invalid", "The specified domain is invalid or not applicable for the given permission type.").At("permission.domain")
	errTransfer         = gapi.Because(403, "forbidden", "The transferOwnership parameter must be enabled when the permission role is 'owner'.").At("transferOwnership")
	errTransferMail     = gapi.Because(403, "forbidden", "The sendNotificationEmail parameter must not be disabled for ownership transfers.").At("sendNotificationEmail")
	errTransferType     = gapi.Because(403, "invalidOwnershipTransfer", "Ownership can only be transferred to a user.")
	errTransferDomain   = gapi.Because(400, "ownershipChangeAcrossDomainNotPermitted", "Ownership can only be transferred to another user in the same organization as the current owner.")
	errConsent          = gapi.Because(403, "consentRequiredForOwnershipTransfer", "Consent is required to transfer ownership of a file to another user.")
	errOwnerInDrive     = gapi.Because(403, "ownerOnTeamDriveItemNotSupported", "The owner role is not supported for items in shared drives.")
	errOrganizerOutside = gapi.Because(403, "organizerOnNonTeamDriveNotSupported", "The organizer role is only valid for shared drives.")
	errOrganizerOnItem  = gapi.Because(403, "organizerOnNonTeamDriveItemNotSupported", "The organizer role is only valid for shared drives, not for the items in them.")
	errContentOutside   = gapi.Because(403, "fileOrganizerOnNonTeamDriveNotSupported", "The fileOrganizer role is only valid for items in shared drives.")
	errContentOnFile    = gapi.Because(403, "fileOrganizerOnFoldersInSharedDriveOnly", "The fileOrganizer role is only valid for folders in shared drives.")
	errDriveToAnyone    = gapi.Because(403, "cannotShareTeamDriveTopFolderWithAnyoneOrDomains", "The top folder of a shared drive cannot be shared with anyone or with domains.")
	errDriveStranger    = gapi.Because(403, "cannotShareTeamDriveWithNonGoogleAccounts", "Cannot share a shared drive with non Google accounts.")
	errDomainUsersOnly  = gapi.Because(403, "teamDriveDomainUsersOnlyRestriction", "The shared drive only allows access by users of its domain.")
	errMembersOnly      = gapi.Because(403, "teamDriveTeamMembersOnlyRestriction", "The shared drive only allows access by its members.")
	errExpiresAnyone    = gapi.Because(403, "cannotSetExpirationOnAnyoneOrDomain", "Expiration dates can only be set on user and group permissions.")
	errExpiresPast      = gapi.Because(403, "expirationDatesMustBeInTheFuture", "Expiration dates must be in the future.")
	errExpiresLate      = gapi.Because(403, "expirationDateTooLate", "Expiration dates cannot be more than a year in the future.")
	errExpiresMember    = gapi.Because(403, "expirationDateNotAllowedForSharedDriveMembers", "Expiration dates cannot be set on shared drive members.")
	errExpiresItem      = gapi.Because(403, "cannotSetExpiration", "Expiration dates cannot be set on this item.")
	errInherited        = gapi.Because(403, "cannotModifyInheritedPermission", "Cannot modify a permission on an item to be less than the inherited access from a direct or indirect parent. Leverage limited access (https://developers.google.com/workspace/drive/api/guides/limited-expansive-access).")
	errInheritedDrive   = gapi.Because(403, "cannotModifyInheritedTeamDrivePermission", "Cannot update or delete an inherited permission on a shared drive item.")
	errOwnerStays       = gapi.Because(403, "cannotRemoveOwner", "The owner of a file cannot be removed.")
	errMayNotDelete     = gapi.Because(403, "cannotDeletePermission", "The authenticated user does not have the required access to delete the permission.")
	errLastOrganizer    = gapi.Because(403, "cannotRemoveLastOrganizer", "A shared drive must keep at least one organizer.")
)

func errNoPermission(id string) *gapi.Refusal {
	return gapi.Because(404, "notFound", "Permission not found: %s.", id).At("permissionId")
}

// errNoAccount is for an address that is nobody's, and to which no mail goes that would invite them.
func errNoAccount(email string) *gapi.Refusal {
	r := gapi.Because(400, "invalidSharingRequest", "Bad Request. User message: \"You are trying to invite %s. Since there is no Google account associated with this email address, you must check the \"Notify people\" box to invite this recipient.\"", email)
	return r
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

// grantee finds out whom a permission is for.
func (d *Drive) grantee(c *call, p *files.Permission, in *api.Permission) error {
	email, domain := deref(in.EmailAddress), strings.ToLower(deref(in.Domain))
	switch p.Type {
	case "user", "group":
		if at, err := mail.ParseAddress(email); err != nil || at.Address != email || domain != "" {
			return errEmailInvalid
		}
		p.Email = email
		if u, ok := d.ByEmail(c.Tx, email); ok {
			p.ID, p.Type, p.Email, p.Name = u.ID, "user", u.Email, u.Name
		} else if g, ok := d.GroupByEmail(c.Tx, email); ok {
			p.ID, p.Type, p.Email, p.Name = g.ID, "group", g.Email, g.Name
		} else if p.ID = identity.PermissionID(email); p.Type == "group" {
			return errNoAccount(email)
		}
		p.Found = false
	case "domain":
		if !strings.Contains(domain, ".") || email != "" {
			return errDomainInvalid
		}
		ws, _ := d.Workspaces.Get(c.Tx, "workspace")
		if p.ID, p.Domain, p.Name = identity.PermissionID(domain)+"k", domain, domain; domain == ws.Domain {
			p.Name = ws.Name
		}
	case "anyone":
		switch {
		case email != "":
			return errEmailInvalid
		case domain != "":
			return errDomainInvalid
		}
		if p.ID = "anyoneWithLink"; p.Found {
			p.ID = "anyone"
		}
	default:
		return errTypeInvalid
	}
	return nil
}

// fits refuses a role that there is not on such an item, and people that a shared drive keeps out.
func (v *fileView) fits(p files.Permission) error {
	top, many := v.ID == v.Drive, p.Type == "anyone" || p.Type == "domain"
	dr := v.sharedDrive()
	u, _ := v.d.Users.Get(v.c.Tx, p.ID)
	ws, _ := v.d.Workspaces.Get(v.c.Tx, "workspace")
	outside := p.Type == "anyone" || p.Type == "domain" && p.Domain != ws.Domain || p.Type == "user" && u.Domain != ws.Domain
	switch {
	case p.Role == files.Organizer && v.Drive == "":
		return errOrganizerOutside
	case p.Role == files.Organizer && !top:
		return errOrganizerOnItem
	case p.Role == files.FileOrganizer && v.Drive == "":
		return errContentOutside
	case p.Role == files.FileOrganizer && !v.folder():
		return errContentOnFile
	case many && p.Role > files.Writer:
		return errRoleInvalid
	case top && many:
		return errDriveToAnyone
	case top && p.Name == "":
		return errDriveStranger
	case dr.Restrictions["domainUsersOnly"] && outside:
		return errDomainUsersOnly
	case dr.Restrictions["driveMembersOnly"] && !top && !v.d.Permissions.Has(v.c.Tx, dr.ID+"/"+p.ID):
		return errMembersOnly
	}
	return nil
}

// expires reads when a permission ends.
func (v *fileView) expires(p *files.Permission, said *string) error {
	if said == nil {
		return nil
	}
	at, ok := date(said)
	now := v.c.Now
	switch {
	case !ok:
		return invalidValue("permission.expirationTime")
	case p.Type == "anyone" || p.Type == "domain":
		return errExpiresAnyone
	case v.ID == v.Drive:
		return errExpiresMember
	case v.folder() && p.Role > files.Reader:
		return errExpiresItem
	case at <= now.UnixMilli():
		return errExpiresPast
	case time.UnixMilli(at).After(now.AddDate(1, 0, 0)):
		return errExpiresLate
	}
	p.Expires = at
	return nil
}

// transfer makes somebody the owner of a file: at once within a company, and otherwise if they were asked before and are the
// one who calls.
func (d *Drive) transfer(c *call, v *fileView, p files.Permission) (any, error) {
	old, _ := d.Users.Get(c.Tx, v.Owner)
	next, known := d.Users.Get(c.Tx, p.ID)
	asked, _ := d.Permissions.Get(c.Tx, v.ID+"/"+p.ID)
	accepts := asked.Pending && c.Who.User.ID == p.ID
	switch {
	case v.Drive != "":
		return nil, errOwnerInDrive
	case !c.QTrue("transferOwnership"):
		return nil, errTransfer
	case p.Type != "user" || !known:
		return nil, errTransferType
	case !runs(v) && !accepts, v.top():
		return nil, errForbidden(v.ID)
	case next.ID == old.ID:
		return d.permissionOf(c, v, p.ID), nil
	case old.Domain != "" && next.Domain != old.Domain:
		return nil, errTransferDomain
	case old.Domain == "" && !accepts:
		return nil, errConsent
	}
	d.Permissions.Put(c.Tx, files.Permission{File: v.ID, ID: old.ID, Type: "user", Role: files.Writer, Email: old.Email, Name: old.Name, At: c.Now.UnixMilli(), By: old.ID})
	p.Role, p.Pending, p.Expires = files.Owner, false, 0
	d.Permissions.Put(c.Tx, p)
	f := v.File
	f.Owner = next.ID
	if c.QTrue("moveToNewOwnersRoot") {
		f.Parent = next.Root
	}
	v.File = d.Save(c, f)
	v.known, v.reached = false, false
	d.invite(c, v, p, c.Q("emailMessage"))
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
