package gdrive

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/gdrive/internal/query"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) drivesOperations() {
	const normal = "kind,id,name"
	d.On(twin.Full, "drives.list", d.drivesList).Answers(api.DriveList{}, "kind,nextPageToken,drives("+normal+")")
	d.On(twin.Full, "drives.get", d.drivesGet).Answers(api.Drive{}, normal)
	d.On(twin.Full, "drives.create", d.drivesCreate).Answers(api.Drive{}, normal)
	d.On(twin.Full, "drives.update", d.drivesUpdate).Answers(api.Drive{}, normal)
	d.On(twin.Full, "drives.delete", d.drivesDelete)
	d.On(twin.Full, "drives.hide", d.drivesHide).Answers(api.Drive{}, normal)
	d.On(twin.Full, "drives.unhide", d.drivesUnhide).Answers(api.Drive{}, normal)
	d.On(twin.Full, "teamdrives.list", d.teamdrivesList).Answers(api.TeamDriveList{}, "kind,nextPageToken,teamDrives("+normal+")")
	d.On(twin.Full, "teamdrives.get", d.drivesGet).Answers(api.TeamDrive{}, normal)
	d.On(twin.Full, "teamdrives.create", d.drivesCreate).Answers(api.TeamDrive{}, normal)
	d.On(twin.Full, "teamdrives.update", d.drivesUpdate).Answers(api.TeamDrive{}, normal)
	d.On(twin.Full, "teamdrives.delete", d.drivesDelete)
}

var (
	errDriveExists   = gapi.Because(409, "teamDriveAlreadyExists", "A shared drive with the provided request ID already exists.")
	errDriveCreator  = gapi.Because(403, "userCannotCreateTeamDrives", "The user cannot create new shared drives.")
	errDriveNotEmpty = gapi.Because(403, "cannotDeleteResourceWithChildren", "A shared drive cannot be deleted with untrashed items inside.")
	errDriveAdmin    = gapi.Because(403, "insufficientAdministratorPrivileges", "The user does not have sufficient administrator privileges.")
	errDriveQuery    = gapi.Because(400, "queryRequiresAdminCredentials", "The query requires administrator credentials.").At("q")
	errItemDeletion  = gapi.Because(400, "badRequest", "allowItemDeletion is only supported when useDomainAdminAccess is also true.").At("allowItemDeletion")
	errDriveName     = gapi.Because(400, "required", "The name field is required.").At("drive.name")
	errDriveRole     = gapi.Because(403, "forbidden", "The user does not have sufficient permissions for this shared drive.")
	errThemeAndColor = gapi.Because(400, "badRequest", "The themeId field cannot be set with the colorRgb or backgroundImageFile fields.").At("drive.themeId")
	errNoTheme       = invalidValue("drive.themeId")
	errCannotReset   = gapi.Because(403, "teamDrivesRestrictionAdminManaged", "Administrative privileges on this shared drive are required to modify restrictions.")
)

// A driveView is a shared drive as a caller sees it.
type driveView struct {
	files.Drive
	d     *Drive
	c     *call
	role  files.Role
	admin bool // the caller looks at it as an administrator of the domain
}

// driveOf is the shared drive that a call is about.
func (d *Drive) driveOf(c *call) (*driveView, error) {
	name := "driveId"
	if !slices.Contains(c.Op.Params, name) {
		name = "teamDriveId"
	}
	id := c.Param(name)
	v := &driveView{d: d, c: c, role: d.DriveRole(c, id), admin: c.QTrue("useDomainAdminAccess")}
	dr, ok := d.Drives.Get(c.Tx, id)
	switch v.Drive = dr; {
	case v.admin && !c.Who.User.Admin:
		return nil, errDriveAdmin
	case v.admin:
		v.role = files.Organizer
	}
	if !ok || v.role == files.None {
		return nil, errNoDrive(id).At(name)
	}
	return v, nil
}

// drivesCreate makes a shared drive that the caller organizes. Asked once more with the same requestId it makes no other one.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/create
func (d *Drive) drivesCreate(c *call) (any, error) {
	var in api.Drive
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	request := c.Q("requestId")
	switch {
	case request == "":
		return nil, errMissing("requestId")
	case c.Who.User.Domain == "":
		return nil, errDriveCreator
	case deref(in.Name) == "":
		return nil, errDriveName
	case in.ThemeID != nil && themeOf(*in.ThemeID) == nil:
		return nil, errNoTheme
	}
	for dr := range d.Drives.All(c.Tx, "") {
		if dr.Request == c.Who.User.ID+"/"+request {
			return nil, errDriveExists
		}
	}
	dr := files.Drive{ID: "0A" + c.Rand(11, idAlphabet) + "Uk9PVA", Name: *in.Name, Created: c.Now.UnixMilli(), Request: c.Who.User.ID + "/" + request, Theme: deref(in.ThemeID)}
	if dr.Theme == "" {
		dr.Theme = themes[int(c.Chance()*float64(len(themes)))].id
	}
	dr.Color = themeOf(dr.Theme).color
	d.MakeDrive(c, dr, c.Who.User)
	return (&driveView{Drive: dr, d: d, c: c, role: files.Organizer}).view(), nil
}

// drivesGet answers a shared drive.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/get
func (d *Drive) drivesGet(c *call) (any, error) {
	v, err := d.driveOf(c)
	if err != nil {
		return nil, err
	}
	return v.view(), nil
}

// drivesList lists the shared drives that the caller is a member of or, for an administrator who says so, all of the domain.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/list
func (d *Drive) drivesList(c *call) (any, error) { return d.listDrives(c, "drive#driveList", "drives") }

// teamdrivesList is drivesList by its former name.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/teamdrives/list
func (d *Drive) teamdrivesList(c *call) (any, error) {
	return d.listDrives(c, "drive#teamDriveList", "teamDrives")
}

func (d *Drive) listDrives(c *call, kind, name string) (any, error) {
	admin := c.QTrue("useDomainAdminAccess")
	if admin && !c.Who.User.Admin {
		return nil, errDriveAdmin
	}
	size, err := pageSize(c, "pageSize", 10, 100)
	if err != nil {
		return nil, err
	}
	q, err := query.Parse(c.Q("q"), query.Drives)
	if err != nil {
		return nil, errQuery
	}
	if !admin && (asksFor(q, "memberCount") || asksFor(q, "organizerCount") || asksFor(q, "orgUnitId") || asksFor(q, "createdTime")) {
		return nil, errDriveQuery
	}
	var all []*driveView
	for dr := range d.Drives.All(c.Tx, "") {
		v := &driveView{Drive: dr, d: d, c: c, role: d.DriveRole(c, dr.ID), admin: admin}
		if admin {
			v.role = files.Organizer
		}
		if v.role != files.None && (q == nil || v.is(q)) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b *driveView) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
	page, next, err := paged(c, all, size, c.Q("q"), func(v *driveView) string { return v.ID })
	if err != nil {
		return nil, err
	}
	list := make([]any, len(page))
	for i, v := range page {
		list[i] = v.view()
	}
	out := obj{"kind": kind, name: list}
	if next != "" {
		out["nextPageToken"] = next
	}
	return out, nil
}

// is reports whether a shared drive is as a query asks.
//
// https://developers.google.com/workspace/drive/api/guides/search-shareddrives
func (v *driveView) is(n query.Node) bool {
	switch n := n.(type) {
	case query.And:
		return v.is(n.Left) && v.is(n.Right)
	case query.Or:
		return v.is(n.Left) || v.is(n.Right)
	case query.Not:
		return !v.is(n.Of)
	case query.Is:
		switch n.Term {
		case "name":
			if n.Op == "contains" {
				return query.Starts(v.Name, n.Text)
			}
			return strings.EqualFold(v.Name, n.Text) == (n.Op == "=")
		case "createdTime":
			return byOp(time.UnixMilli(v.Created).Compare(n.Time), n.Op)
		case "hidden":
			return (v.hidden() == n.Bool) == (n.Op == "=")
		case "orgUnitId":
			return (v.Org == n.Text) == (n.Op == "=")
		case "memberCount":
			return byOp(cmp.Compare(v.members(files.None), n.Number), n.Op)
		}
		return byOp(cmp.Compare(v.members(files.Organizer), n.Number), n.Op)
	}
	return true
}

// members counts those who have at least a role.
func (v *driveView) members(least files.Role) (n int64) {
	for p := range v.d.Permissions.All(v.c.Tx, v.ID+"/") {
		if p.Role >= least {
			n++
		}
	}
	return n
}

func (v *driveView) hidden() bool { return slices.Contains(v.Hidden, v.c.Who.User.ID) }

// drivesUpdate renames a shared drive, or changes how it looks and what it restricts.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/update
func (d *Drive) drivesUpdate(c *call) (any, error) {
	var in api.Drive
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	var team api.TeamDrive
	if err := c.Bind(&team); err != nil {
		return nil, err
	}
	v, err := d.driveOf(c)
	if err != nil {
		return nil, err
	}
	dr := v.Drive
	switch {
	case v.role < files.Organizer:
		return nil, errDriveRole
	case in.ThemeID != nil && (in.ColorRGB != nil || in.BackgroundImageFile != nil):
		return nil, errThemeAndColor
	case in.ThemeID != nil && themeOf(*in.ThemeID) == nil:
		return nil, errNoTheme
	case in.Name != nil && *in.Name == "":
		return nil, errDriveName
	case in.Restrictions != nil && dr.Restrictions["adminManagedRestrictions"] && !v.admin:
		return nil, errCannotReset
	}
	if in.Name != nil {
		dr.Name = *in.Name
	}
	if in.ThemeID != nil {
		dr.Theme, dr.Image, dr.Color = *in.ThemeID, "", themeOf(*in.ThemeID).color
	}
	if in.ColorRGB != nil {
		dr.Color = strings.ToLower(*in.ColorRGB)
	}
	if b := in.BackgroundImageFile; b != nil {
		image, role := d.Find(c, deref(b.ID))
		if role == files.None || image.Content == nil || image.Content.Width == 0 {
			return nil, errNoFile(deref(b.ID))
		}
		dr.Image = image.ID
	}
	if r := in.Restrictions; r != nil {
		members := r.DriveMembersOnly
		if team.Restrictions != nil && members == nil {
			members = team.Restrictions.TeamMembersOnly
		}
		dr.Restrictions = restricted(dr.Restrictions, map[string]*bool{
			"adminManagedRestrictions": r.AdminManagedRestrictions, "copyRequiresWriterPermission": r.CopyRequiresWriterPermission, "domainUsersOnly": r.DomainUsersOnly, "driveMembersOnly": members,
			"sharingFoldersRequiresOrganizerPermission": r.SharingFoldersRequiresOrganizerPermission,
			"restrictedForReaders":                      deref(r.DownloadRestriction).RestrictedForReaders, "restrictedForWriters": deref(r.DownloadRestriction).RestrictedForWriters,
		})
	}
	d.Drives.Put(c.Tx, dr)
	d.DriveChanged(c, dr.ID, false, nil)
	v.Drive = dr
	return v.view(), nil
}

// restricted are restrictions with those changed that are said.
func restricted(old map[string]bool, said map[string]*bool) map[string]bool {
	m := map[string]bool{}
	for name, is := range said {
		if is != nil && *is || is == nil && old[name] {
			m[name] = true
		}
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// drivesDelete deletes a shared drive in which is nothing but trash.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/delete
func (d *Drive) drivesDelete(c *call) (any, error) {
	v, err := d.driveOf(c)
	if err != nil {
		return nil, err
	}
	items := c.QTrue("allowItemDeletion")
	switch {
	case items && !v.admin:
		return nil, errItemDeletion
	case v.role < files.Organizer:
		return nil, errDriveRole
	}
	for row := range d.ByDrive.Rows(c.Tx, within(v.ID)) {
		if f := row.Value(); !items && f.ID != v.ID && !d.Trashed(c.Tx, *f) {
			return nil, errDriveNotEmpty
		}
	}
	top, _ := d.Files.Get(c.Tx, v.ID)
	lost := d.Audience(c.Tx, top)
	d.Remove(c, top)
	d.Drives.Delete(c.Tx, v.ID)
	d.DriveChanged(c, v.ID, true, lost)
	return nil, nil
}

// drivesHide takes a shared drive out of the caller's default view.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/hide
func (d *Drive) drivesHide(c *call) (any, error) { return d.hide(c, true) }

// drivesUnhide puts a shared drive back into the caller's default view.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/drives/unhide
func (d *Drive) drivesUnhide(c *call) (any, error) { return d.hide(c, false) }

func (d *Drive) hide(c *call, hidden bool) (any, error) {
	v, err := d.driveOf(c)
	if err != nil {
		return nil, err
	}
	v.Hidden = toggled(v.Hidden, c.Who.User.ID, hidden)
	d.Drives.Put(c.Tx, v.Drive)
	return v.view(), nil
}

// view is a shared drive as Drive shows it, under the names that the method has for things.
func (v *driveView) view() obj {
	team := strings.HasPrefix(v.c.Op.ID, "drive.teamdrives.")
	out := obj{
		"kind": "drive#drive", "id": v.ID, "name": v.Name, "colorRgb": v.Color, "backgroundImageLink": v.c.Link + "/drive-themes/" + v.Theme, "createdTime": stamp(v.Created),
		"capabilities": v.capabilities(team), "restrictions": v.restrictions(team),
	}
	if v.Image != "" {
		out["backgroundImageLink"] = thumbnailLink(v.c, v.Image)
	}
	if v.admin && v.Org != "" {
		out["orgUnitId"] = v.Org
	}
	if out["hidden"] = v.hidden(); team {
		out["kind"] = "drive#teamDrive"
		delete(out, "hidden")
	}
	return out
}

func (v *driveView) restrictions(team bool) obj {
	members := "driveMembersOnly"
	if team {
		members = "teamMembersOnly"
	}
	r := v.Restrictions
	return obj{
		"adminManagedRestrictions": r["adminManagedRestrictions"], "copyRequiresWriterPermission": r["copyRequiresWriterPermission"], "domainUsersOnly": r["domainUsersOnly"], members: r["driveMembersOnly"],
		"sharingFoldersRequiresOrganizerPermission": r["sharingFoldersRequiresOrganizerPermission"],
		"downloadRestriction":                       obj{"restrictedForReaders": r["restrictedForReaders"] || r["restrictedForWriters"], "restrictedForWriters": r["restrictedForWriters"]},
	}
}

// capabilities are what the caller may do in a shared drive, each from a role on.
func (v *driveView) capabilities(team bool) obj {
	manages := v.role >= files.Organizer && (v.admin || !v.Restrictions["adminManagedRestrictions"])
	out := obj{
		"canChangeCopyRequiresWriterPermissionRestriction": manages, "canChangeDomainUsersOnlyRestriction": manages, "canChangeDownloadRestriction": manages,
		"canChangeSharingFoldersRequiresOrganizerPermissionRestriction": manages,
		"canListChildren": true, "canDownload": v.role >= files.Writer || !v.Restrictions["copyRequiresWriterPermission"], "canCopy": v.role >= files.Writer || !v.Restrictions["copyRequiresWriterPermission"],
	}
	for name, least := range map[string]files.Role{
		"canComment": files.Commenter, "canAddChildren": files.Writer, "canEdit": files.Writer, "canReadRevisions": files.Writer, "canRename": files.Writer, "canShare": files.Writer,
		"canTrashChildren": files.FileOrganizer, "canDeleteChildren": files.Organizer, "canManageMembers": files.Organizer,
	} {
		out[name] = v.role >= least
	}
	if team {
		out["canChangeTeamDriveBackground"], out["canChangeTeamMembersOnlyRestriction"], out["canDeleteTeamDrive"] = v.role >= files.Organizer, manages, v.role >= files.Organizer
		out["canRemoveChildren"], out["canRenameTeamDrive"], out["canResetTeamDriveRestrictions"] = v.role >= files.Organizer, v.role >= files.Organizer, manages
		return out
	}
	out["canChangeDriveBackground"], out["canChangeDriveMembersOnlyRestriction"], out["canDeleteDrive"] = v.role >= files.Organizer, manages, v.role >= files.Organizer
	out["canRenameDrive"], out["canResetDriveRestrictions"] = v.role >= files.Organizer, manages
	return out
}

// A theme is how a shared drive can look.
type theme struct{ id, color string }

var themes = []theme{
	{"abacus", "#ea6100"}, {"blueprints", "#4285f4"}, {"bok_choy", "#0b8043"}, {"camera", "#c2185b"}, {"coffee", "#795548"}, {"dice", "#d23f31"}, {"garden", "#689f38"}, {"pastel_paper", "#ab47bc"}, {"telescope", "#3f51b5"}, {"typewriter", "#607d8b"},
}

func themeOf(id string) *theme {
	if i := slices.IndexFunc(themes, func(t theme) bool { return t.id == id }); i >= 0 {
		return &themes[i]
	}
	return nil
}
