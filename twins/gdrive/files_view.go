package gdrive

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// A fileView is a file as a caller sees it. What is dear to find is found once, when a field asks for it.
type fileView struct {
	files.File
	d    *Drive
	c    *call
	mask *gapi.Mask // of the file

	role    files.Role
	known   bool // role has been found
	drive   files.Drive
	loaded  bool // drive has been looked up
	access  []files.Access
	reached bool  // access has been found
	at      []key // its place in the order of a search
}

// view is a file as the caller sees it, as far as the mask wants it.
func (d *Drive) view(c *call, f files.File, m *gapi.Mask) obj {
	return (&fileView{File: f, d: d, c: c}).show(m, wanted(m))
}

// wanted are the fields of a file that a mask wants.
func wanted(m *gapi.Mask) (fields []*field) {
	for i := range fileFields {
		if m.Has(fileFields[i].name) {
			fields = append(fields, &fileFields[i])
		}
	}
	return fields
}

// show is the file with the fields that the mask wants.
func (v *fileView) show(m *gapi.Mask, fields []*field) obj {
	v.mask = m
	out := make(obj, len(fields))
	for _, x := range fields {
		if value := x.of(v); value != nil {
			out[x.name] = value
		}
	}
	return out
}

// A field of a file, and what it is; nil is none.
type field struct {
	name string
	of   func(v *fileView) any
}

// fileFields are all fields of a file.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files
var fileFields = []field{
	{"kind", func(v *fileView) any { return "drive#file" }},
	{"id", func(v *fileView) any { return v.ID }},
	{"name", func(v *fileView) any { return v.Name }},
	{"mimeType", func(v *fileView) any { return v.Type }},
	{"description", func(v *fileView) any { return given(v.Description) }},
	{"starred", func(v *fileView) any { return slices.Contains(v.Starred, v.me()) }},
	{"trashed", func(v *fileView) any { return v.d.Trashed(v.c.Tx, v.File) }},
	{"explicitlyTrashed", func(v *fileView) any { return v.Trashed != 0 }},
	{"trashedTime", func(v *fileView) any { return v.inDrive(moment(v.Trashed)) }},
	{"trashingUser", func(v *fileView) any { return v.inDrive(v.d.person(v.c, v.TrashedBy)) }},
	{"parents", func(v *fileView) any { return v.parents() }},
	{"properties", func(v *fileView) any { return pairs(v.Properties) }},
	{"appProperties", func(v *fileView) any { return pairs(v.AppProperties[v.c.Who.Client]) }},
	{"spaces", func(v *fileView) any {
		if v.Space != "" {
			return []any{v.Space}
		}
		return []any{"drive"}
	}},
	{"version", func(v *fileView) any { return strconv.FormatInt(v.Version, 10) }},
	{"webContentLink", func(v *fileView) any {
		if v.Content == nil || v.Space != "" {
			return nil
		}
		return v.c.Link + "/uc?id=" + v.ID + "&export=download"
	}},
	{"webViewLink", func(v *fileView) any {
		if v.Space != "" {
			return nil
		}
		return v.c.Link + pageOf(v.File)
	}},
	{"iconLink", func(v *fileView) any { return v.c.Link + "/16/type/" + v.Type }},
	{"clientEncryptionDetails", (*fileView).encryptionDetails},
	{"hasThumbnail", func(v *fileView) any { return v.pictured() }},
	{"thumbnailLink", func(v *fileView) any {
		if !v.pictured() || v.mayNot(downloads) {
			return nil
		}
		return thumbnailLink(v.c, v.ID)
	}},
	{"thumbnailVersion", func(v *fileView) any {
		if !v.pictured() {
			return "0"
		}
		return strconv.FormatInt(v.Version, 10)
	}},
	{"viewedByMe", func(v *fileView) any { return v.ViewedBy[v.me()] != 0 }},
	{"viewedByMeTime", func(v *fileView) any { return moment(v.ViewedBy[v.me()]) }},
	{"createdTime", func(v *fileView) any { return stamp(v.Created) }},
	{"modifiedTime", func(v *fileView) any { return stamp(v.Modified) }},
	{"modifiedByMe", func(v *fileView) any { return v.modifiedByMe() != 0 }},
	{"modifiedByMeTime", func(v *fileView) any { return moment(v.modifiedByMe()) }},
	{"sharedWithMeTime", func(v *fileView) any {
		if p, ok := v.d.sharedWith(v.c, v.File); ok {
			return moment(p.At)
		}
		return nil
	}},
	{"sharingUser", func(v *fileView) any {
		if p, ok := v.d.sharedWith(v.c, v.File); ok {
			return v.d.person(v.c, p.By)
		}
		return nil
	}},
	{"owners", func(v *fileView) any {
		if v.Drive != "" {
			return nil
		}
		if v.Owner == "" {
			return []any{} // who had it has left
		}
		return []any{v.d.person(v.c, v.Owner)}
	}},
	{"teamDriveId", func(v *fileView) any { return given(v.Drive) }},
	{"driveId", func(v *fileView) any { return given(v.Drive) }},
	{"lastModifyingUser", func(v *fileView) any { return v.d.person(v.c, v.ModifiedBy) }},
	{"shared", func(v *fileView) any {
		if v.Drive != "" {
			return nil
		}
		return slices.ContainsFunc(v.accesses(), func(a files.Access) bool { return a.ID != v.Owner })
	}},
	{"ownedByMe", func(v *fileView) any {
		if v.Drive != "" {
			return nil
		}
		return v.Owner == v.me()
	}},
	{"capabilities", func(v *fileView) any { return v.capabilities(v.mask.Sub("capabilities")) }},
	{"viewersCanCopyContent", func(v *fileView) any { return !v.noCopy() }},
	{"copyRequiresWriterPermission", func(v *fileView) any { return v.noCopy() }},
	{"writersCanShare", func(v *fileView) any {
		if v.Drive != "" {
			return nil
		}
		return !v.WritersNoShare
	}},
	{"permissionIds", func(v *fileView) any {
		if v.mayNot(shares) && v.Drive == "" {
			return nil
		}
		ids := []any{}
		for _, a := range v.listed() {
			ids = append(ids, a.ID)
		}
		return ids
	}},
	{"permissions", func(v *fileView) any {
		if v.mayNot(shares) || v.Drive != "" {
			return nil
		}
		all := []any{}
		for _, a := range v.listed() {
			all = append(all, v.d.permissionView(v.c, v.File, a, v.mask.Sub("permissions")))
		}
		return all
	}},
	{"hasAugmentedPermissions", func(v *fileView) any {
		if v.Drive == "" {
			return nil
		}
		return slices.ContainsFunc(v.accesses(), func(a files.Access) bool { return a.Direct != files.None && v.ID != v.Drive })
	}},
	{"inheritedPermissionsDisabled", func(v *fileView) any { return v.Limited }},
	{"folderColorRgb", func(v *fileView) any {
		if v.Type == files.Folder && v.Color == "" {
			return defaultColor
		}
		return given(v.Color)
	}},
	{"originalFilename", func(v *fileView) any { return v.ofContent(v.OriginalName) }},
	{"fullFileExtension", func(v *fileView) any { return v.ofContent(v.Extension) }},
	{"fileExtension", func(v *fileView) any { return v.ofContent(v.Extension[strings.LastIndexByte(v.Extension, '.')+1:]) }},
	{"md5Checksum", func(v *fileView) any {
		if v.Content == nil {
			return nil
		}
		return v.Content.MD5
	}},
	{"sha1Checksum", func(v *fileView) any {
		if v.Content == nil {
			return nil
		}
		return v.Content.SHA1
	}},
	{"sha256Checksum", func(v *fileView) any {
		if v.Content == nil {
			return nil
		}
		return v.Content.Hash
	}},
	{"size", func(v *fileView) any {
		if v.Content == nil && (!files.Native(v.Type) || v.Type == files.Folder || v.Type == files.Shortcut) {
			return nil
		}
		return strconv.FormatInt(sizeOf(v.File), 10)
	}},
	{"quotaBytesUsed", func(v *fileView) any { return strconv.FormatInt(v.d.quotaOf(v.c, v.File), 10) }},
	{"headRevisionId", func(v *fileView) any { return v.ofContent(v.Head) }},
	{"imageMediaMetadata", func(v *fileView) any {
		if v.Content == nil || v.Content.Width == 0 {
			return nil
		}
		return obj{"width": v.Content.Width, "height": v.Content.Height, "rotation": 0}
	}},
	{"isAppAuthorized", func(v *fileView) any { return slices.Contains(v.Apps, v.c.Who.Client) }},
	{"exportLinks", func(v *fileView) any { return v.exportLinks() }},
	{"shortcutDetails", func(v *fileView) any {
		if v.Target == "" {
			return nil
		}
		return obj{"targetId": v.Target, "targetMimeType": v.TargetType}
	}},
	{"contentRestrictions", func(v *fileView) any { return v.restrictions() }},
	{"downloadRestrictions", func(v *fileView) any {
		if v.Type == files.Folder {
			return nil
		}
		return obj{
			"itemDownloadRestriction":                 obj{"restrictedForReaders": v.NoReaders || v.NoCopy, "restrictedForWriters": v.NoWriters},
			"effectiveDownloadRestrictionWithContext": obj{"restrictedForReaders": v.noCopy(), "restrictedForWriters": v.noWriters()},
		}
	}},
	{"linkShareMetadata", func(v *fileView) any {
		return obj{"securityUpdateEligible": false, "securityUpdateEnabled": true}
	}},
	{"labelInfo", func(v *fileView) any {
		wanted := v.c.Q("includeLabels")
		if wanted == "" {
			return nil
		}
		labels := []any{}
		for _, l := range v.Labels {
			if slices.Contains(strings.Split(wanted, ","), l.ID) {
				labels = append(labels, v.d.labelView(v.c, l))
			}
		}
		return obj{"labels": labels}
	}},
}

// given is a text, if it is there.
func given(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// pairs are properties, if there are any.
func pairs(m map[string]string) any {
	if len(m) == 0 {
		return nil
	}
	out := make(obj, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// stamp is a time as Drive writes it.
func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// moment is a time, if it ever was.
func moment(ms int64) any {
	if ms == 0 {
		return nil
	}
	return stamp(ms)
}

func (v *fileView) me() string { return v.c.Who.User.ID }

// inDrive is a field that only items of shared drives have.
func (v *fileView) inDrive(value any) any {
	if v.Drive == "" {
		return nil
	}
	return value
}

// ofContent is a field that only files with bytes have.
func (v *fileView) ofContent(value string) any {
	if v.Content == nil {
		return nil
	}
	return given(value)
}

func (v *fileView) may() files.Role {
	if !v.known {
		v.role, v.known = v.d.Role(v.c, v.File), true
	}
	return v.role
}

func (v *fileView) accesses() []files.Access {
	if !v.reached {
		v.access, v.reached = v.d.Accesses(v.c.Tx, v.File, v.c.Now.UnixMilli()), true
	}
	return v.access
}

// shared is the drive that the file is in.
func (v *fileView) sharedDrive() files.Drive {
	if !v.loaded && v.Drive != "" {
		v.drive, _ = v.d.Drives.Get(v.c.Tx, v.Drive)
	}
	v.loaded = true
	return v.drive
}

// noCopy reports whether readers may neither copy nor download the file; noWriters so of writers.
func (v *fileView) noCopy() bool {
	dr := v.sharedDrive()
	return v.NoCopy || v.NoReaders || v.noWriters() || dr.Restrictions["copyRequiresWriterPermission"] || dr.Restrictions["restrictedForReaders"]
}

func (v *fileView) noWriters() bool {
	return v.NoWriters || v.sharedDrive().Restrictions["restrictedForWriters"]
}

// parents are those that the caller may see: none is written.
func (v *fileView) parents() any {
	parent, ok := v.d.Files.Get(v.c.Tx, v.Parent)
	if !ok || v.Owner != v.me() && v.d.Role(v.c, parent) == files.None {
		return nil
	}
	return []any{v.Parent}
}

func (v *fileView) modifiedByMe() int64 {
	if v.ModifiedBy == v.me() {
		return v.Modified
	}
	return v.ModifiedOf[v.me()]
}

// pictured reports whether there is a small picture of the file.
func (v *fileView) pictured() bool {
	return v.Picture != nil || v.Content != nil && v.Content.Width > 0
}

// pageOf is where a browser opens a file.
func pageOf(f files.File) string {
	switch f.Type {
	case files.Folder:
		return "/drive/folders/" + f.ID
	case files.Spreadsheet:
		return "/spreadsheets/d/" + f.ID + "/edit?usp=drivesdk"
	case files.Document:
		return "/document/d/" + f.ID + "/edit?usp=drivesdk"
	}
	return "/file/d/" + f.ID + "/view?usp=drivesdk"
}

// exportLinks are where a file of one of Google's own types can be had as another one.
func (v *fileView) exportLinks() any {
	e := v.d.Editors[v.Type]
	if e == nil || v.mayNot(downloads) {
		return nil
	}
	links := obj{}
	for _, mime := range e.Exports() {
		links[mime] = v.c.Link + exportPath + v.ID + "?mimeType=" + url.QueryEscape(mime)
	}
	return links
}

// restrictions are what keeps the content as it is.
func (v *fileView) restrictions() any {
	if v.Lock == nil {
		return nil
	}
	r := obj{"readOnly": true, "type": "globalContentRestriction", "ownerRestricted": v.Lock.OwnerOnly, "systemRestricted": v.Lock.System}
	if v.Lock.Reason != "" {
		r["reason"] = v.Lock.Reason
	}
	if at := moment(v.Lock.At); at != nil {
		r["restrictionTime"], r["restrictingUser"] = at, v.d.person(v.c, v.Lock.By)
	}
	return []any{r}
}

// person is an account as Drive shows it.
func (d *Drive) person(c *call, id string) any {
	u, ok := d.Users.Get(c.Tx, id)
	if !ok {
		return nil
	}
	return obj{
		"kind": "drive#user", "displayName": u.Name, "photoLink": photoOf(c, u), "me": u.ID == c.Who.User.ID, "permissionId": u.ID, "emailAddress": u.Email,
	}
}

func photoOf(c *call, u identity.User) string { return c.Link + "/a/" + u.ID + "=s64" }

// sharedWith is the permission that somebody has given the caller, or a group that they are in, on the file itself. The
// newest counts.
func (d *Drive) sharedWith(c *call, f files.File) (last files.Permission, ok bool) {
	if f.Owner == c.Who.User.ID || !c.Who.Known() {
		return last, false
	}
	now := c.Now.UnixMilli()
	for p := range d.Permissions.All(c.Tx, f.ID+"/") {
		if (p.Type == "user" || p.Type == "group") && p.At >= last.At && (p.Expires == 0 || p.Expires > now) && slices.Contains(d.Mine(c), p.Grantee()) {
			last, ok = p, true
		}
	}
	return last, ok
}

// sizeOf is how large a file is. Google's own types have no bytes: it counts what they take.
func sizeOf(f files.File) int64 {
	switch {
	case f.Content != nil:
		return f.Content.Size
	case f.Type == files.Folder || f.Type == files.Shortcut || !files.Native(f.Type):
		return 0
	}
	return nativeSize
}

// nativeSize is what a file without bytes counts for.
const nativeSize = 1024

// quotaOf is how much a file takes of its owner's storage: its content, and revisions that are kept.
func (d *Drive) quotaOf(c *call, f files.File) int64 {
	n := sizeOf(f)
	if f.Content != nil {
		for r := range d.Revisions.All(c.Tx, f.ID+"/") {
			if r.Keep && r.ID != f.Head && r.Content != nil {
				n += r.Content.Size
			}
		}
	}
	return n
}
