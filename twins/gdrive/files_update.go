package gdrive

import (
	"slices"
	"strings"

	"twinset.dev/twins/internal/google/files"
)

// filesUpdate changes what is known of a file, moves it, puts it into the trash and back, and gives it other content.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/update
func (d *Drive) filesUpdate(c *call) (any, error) {
	f, err := d.update(c)
	if err != nil {
		return nil, err
	}
	return d.view(c, f, c.Mask), nil
}

// update changes a file as was sent.
func (d *Drive) update(c *call) (none files.File, err error) {
	in, err := d.body(c, "id", "createdTime", "shortcutDetails")
	if err != nil {
		return none, err
	}
	if in.has("parents") {
		return none, errParentsWritten
	}
	v, err := d.find(c)
	if err != nil {
		return none, err
	}
	m, _ := c.Media.(*media)
	if err := v.allowed(in, m); err != nil {
		return none, err
	}
	f, was := v.File, v.File
	if err := d.write(c, &f, in); err != nil {
		return none, err
	}
	if in.Trashed != nil {
		if f.Trashed, f.TrashedBy = 0, ""; *in.Trashed {
			f.Trashed, f.TrashedBy = c.Now.UnixMilli(), c.Who.User.ID
		}
	}
	if f, err = d.move(c, v, f); err != nil {
		return none, err
	}
	if in.MimeType != nil && f.Content != nil && !files.Native(*in.MimeType) {
		f.Type = *in.MimeType
	}
	switch at, dated := date(in.ModifiedTime); {
	case dated:
		f.Touch(c, at)
	case f.Name != was.Name || f.Description != was.Description:
		f.Touch(c, c.Now.UnixMilli())
	}
	switch {
	case m != nil && f.Content != nil:
		f.Content = kept(c, m)
		if in.ContentHints == nil {
			f.Picture = nil // it showed what was in the file before
		}
		if in.MimeType == nil && m.Type != "" {
			f.Type = m.Type
		}
		d.Files.Put(c.Tx, f)
		f = d.Edited(c, f.ID)
		if at, ok := date(in.ModifiedTime); ok {
			f.Modified = at
			d.Files.Put(c.Tx, f)
		}
		if c.QTrue("keepRevisionForever") {
			if err := d.keep(c, f); err != nil {
				return none, err
			}
		}
	case m != nil:
		e := d.Editors[f.Type]
		if e == nil || !slices.Contains(e.Imports(), m.Type) {
			return none, errBadRequest
		}
		d.Files.Put(c.Tx, f)
		if err := e.Import(c, f, m.Type, m.Bytes); err != nil {
			return none, err
		}
		f = d.Edited(c, f.ID)
	default:
		f = d.Save(c, f)
	}
	if f.Parent != was.Parent || f.Limited != was.Limited {
		d.Table.Left(c, was, f)
	}
	return f, nil
}

// allowed refuses what the caller may not change of a file.
func (v *fileView) allowed(in *fileBody, m *media) error {
	personal := true // what only the caller sees
	for name := range in.said {
		personal = personal && (name == "starred" || name == "viewedByMeTime")
	}
	locking := in.has("contentRestrictions")
	switch {
	case !personal && v.mayNot(edits), m != nil && v.mayNot(edits):
		return errForbidden(v.ID)
	case in.Trashed != nil && v.mayNot(trashes), in.Name != nil && *in.Name != v.Name && v.top():
		return errForbidden(v.ID)
	case (in.CopyRequiresWriterPermission != nil || in.ViewersCanCopyContent != nil) && v.mayNot(tends):
		return errForbidden(v.ID)
	case (in.WritersCanShare != nil || in.InheritedPermissionsDisabled != nil || in.DownloadRestrictions != nil) && v.mayNot(runs):
		return errForbidden(v.ID)
	case locking && v.mayNot(locks):
		return errForbidden(v.ID)
	case v.Lock != nil && !locking && (m != nil || in.Name != nil && *in.Name != v.Name):
		return errLocked
	}
	return nil
}

// move puts a file elsewhere, as addParents and removeParents say: it has one parent before and after.
func (d *Drive) move(c *call, v *fileView, f files.File) (files.File, error) {
	add, remove := list(c.Q("addParents")), list(c.Q("removeParents"))
	for i, id := range remove {
		if id == "root" {
			remove[i] = c.Who.User.Root
		}
	}
	leaves := slices.Contains(remove, f.Parent)
	switch {
	case len(add) == 0 && !leaves:
		return f, nil
	case v.mayNot(moves):
		return f, errForbidden(f.ID)
	case len(add) == 0 && f.Drive != "":
		return f, errDriveParent
	case len(add) == 0: // nobody's folder is its owner's My Drive
		u, _ := d.Users.Get(c.Tx, f.Owner)
		f.Parent = u.Root
		return f, nil
	}
	to, err := d.folder(c, add[0])
	if err != nil {
		return f, err
	}
	if to.ID == f.Parent {
		return f, nil
	}
	if !leaves && !c.QTrue("enforceSingleParent") && v.parents() != nil || len(add) > 1 {
		if f.Drive != "" || to.Drive != "" {
			return f, errDriveParent
		}
		return f, errAddParent
	}
	for at := to; ; { // a folder goes into none that is in it
		if at.ID == f.ID {
			return f, errBadRequest
		}
		var ok bool
		if at, ok = d.Files.Get(c.Tx, at.Parent); !ok {
			break
		}
	}
	if f.Drive != to.Drive {
		if err := d.changeDrive(c, v, to); err != nil {
			return f, err
		}
		f.Drive, f.Owner = to.Drive, d.ownerIn(c, f, to)
		d.took(c, f)
	}
	f.Parent = to.ID
	return f, nil
}

// changeDrive refuses what cannot go from one drive to another.
func (d *Drive) changeDrive(c *call, v *fileView, to files.File) error {
	trashed := d.Trashed(c.Tx, v.File)
	switch {
	case to.Drive != "" && trashed:
		return errTrashedMoveIn
	case to.Drive != "" && v.folder() && v.Drive == "":
		return errFolderMoveIn
	case v.Drive != "" && trashed:
		return errTrashedMoveOut
	case v.Drive != "" && v.mayNot(runs):
		return errForbidden(v.ID)
	case v.Drive == "" && v.Owner != c.Who.User.ID:
		owner, _ := d.Users.Get(c.Tx, v.Owner)
		for p := range d.Permissions.All(c.Tx, to.Drive+"/") {
			if slices.Contains(d.Addresses(c.Tx, owner), p.Grantee()) && p.Role >= files.Writer {
				return nil
			}
		}
		return errOwnerNoMember
	}
	return nil
}

// ownerIn is who owns a file in another folder: nobody in a shared drive, and in My Drive whose it is.
func (d *Drive) ownerIn(c *call, f, to files.File) string {
	if to.Drive != "" {
		return ""
	}
	return to.Owner
}

// took gives a file, and what is in it, to the drive or the owner that it now has.
func (d *Drive) took(c *call, f files.File) {
	for p := range d.Permissions.All(c.Tx, f.ID+"/") {
		if p.Role == files.Owner {
			d.Permissions.Delete(c.Tx, p.File+"/"+p.ID)
		}
	}
	if u, ok := d.Users.Get(c.Tx, f.Owner); ok {
		d.Permissions.Put(c.Tx, files.Permission{File: f.ID, ID: u.ID, Type: "user", Role: files.Owner, Email: u.Email, Name: u.Name, At: c.Now.UnixMilli()})
	}
	for child := range d.ByParent.All(c.Tx, f.ID) {
		child.Drive, child.Owner = f.Drive, f.Owner
		d.took(c, child)
		d.Save(c, child)
	}
}

// list is what a parameter lists with commas.
func list(s string) (all []string) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
