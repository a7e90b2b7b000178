package gdrive

import (
	"net/mail"
	"strings"
	"time"

	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

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
