package gdrive

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

type (
	obj  = gapi.Obj
	call = gapi.Call
)

// normal is what is answered of a file when no fields are asked for.
const normal = "kind,id,name,mimeType,driveId,teamDriveId,resourceKey"

func (d *Drive) filesOperations() {
	d.On(twin.Full, "files.create", d.filesCreate).Answers(api.File{}, normal)
	d.On(twin.Full, "files.get", d.filesGet).Answers(api.File{}, normal).Public()
	d.On(twin.Full, "files.list", d.filesList).Answers(api.FileList{}, "kind,nextPageToken,incompleteSearch,files("+normal+")").Public()
	d.On(twin.Full, "files.update", d.filesUpdate).Answers(api.File{}, normal)
	d.On(twin.Full, "files.copy", d.filesCopy).Answers(api.File{}, normal)
	d.On(twin.Full, "files.delete", d.filesDelete)
	d.On(twin.Full, "files.emptyTrash", d.filesEmptyTrash)
	d.On(twin.Full, "files.generateIds", d.filesGenerateIDs).Answers(api.GeneratedIDs{}, "").Writes()
	d.On(twin.Full, "files.export", d.filesExport).Public()
}

// A fileBody is what a request says of a file, and which of it, also what it says is null.
type fileBody struct {
	api.File
	said map[string]json.RawMessage
}

func (b *fileBody) has(name string) bool { _, ok := b.said[name]; return ok }

// readOnly are the fields that no request may write.
var readOnly = []string{
	"capabilities", "driveId", "explicitlyTrashed", "exportLinks", "fileExtension", "fullFileExtension", "hasAugmentedPermissions", "hasThumbnail", "headRevisionId", "iconLink",
	"imageMediaMetadata", "isAppAuthorized", "lastModifyingUser", "linkShareMetadata", "md5Checksum", "modifiedByMe", "modifiedByMeTime", "ownedByMe", "owners", "permissionIds", "permissions",
	"quotaBytesUsed", "resourceKey", "sha1Checksum", "sha256Checksum", "shared", "sharedWithMeTime", "sharingUser", "size", "spaces", "teamDriveId", "thumbnailLink", "thumbnailVersion",
	"trashedTime", "trashingUser", "version", "videoMediaMetadata", "viewedByMe", "webContentLink", "webViewLink", "labelInfo",
}

// body reads what a request says of a file. Nothing that cannot be written may be in it.
func (d *Drive) body(c *call, never ...string) (*fileBody, error) {
	b := &fileBody{}
	if err := c.Bind(&b.File); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(c.Body)) > 0 && json.Unmarshal(c.Body, &b.said) != nil {
		return nil, errBadRequest
	}
	for _, name := range append(never, readOnly...) {
		if v, ok := b.said[name]; ok && string(v) != "null" {
			return nil, errNotWritable
		}
	}
	return b, nil
}

// find is the file that a call is about. One in a shared drive is not there for a caller that does not say that it knows of
// shared drives.
func (d *Drive) find(c *call) (*fileView, error) {
	id := c.Param("fileId")
	f, role := d.Find(c, id)
	if role == files.None || f.Drive != "" && !d.knowsDrives(c) {
		return nil, errNoFile(id)
	}
	return &fileView{File: f, d: d, c: c, mask: c.Mask, role: role, known: true}, nil
}

// knowsDrives reports whether the caller says that it knows of shared drives.
func (d *Drive) knowsDrives(c *call) bool {
	all, team := c.QTrue("supportsAllDrives"), c.QTrue("supportsTeamDrives")
	return all || team
}

// filesCreate makes a file: with the content that came with it, a folder, a shortcut, or one of Google's own types.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/create
func (d *Drive) filesCreate(c *call) (any, error) {
	f, err := d.create(c)
	if err != nil {
		return nil, err
	}
	return d.view(c, f, c.Mask), nil
}

// create makes a file of what was sent.
func (d *Drive) create(c *call) (none files.File, err error) {
	in, err := d.body(c)
	if err != nil {
		return none, err
	}
	f := files.File{ID: deref(in.ID), Name: "Untitled", Type: deref(in.MimeType)}
	m, _ := c.Media.(*media)
	switch {
	case f.Type != "":
	case in.ShortcutDetails != nil:
		f.Type = files.Shortcut
	case m != nil && m.Type != "":
		f.Type = m.Type
	default:
		f.Type = "application/octet-stream"
	}
	if err := d.usable(c, f.ID, f.Type); err != nil {
		return none, err
	}
	if f.Parent, err = d.parent(c, in.Parents); err != nil {
		return none, err
	}
	if f.Type == files.Shortcut {
		target := deref(deref(in.ShortcutDetails).TargetID)
		t, role := d.Find(c, target)
		switch {
		case target == "":
			return none, errTargetRequired
		case role == files.None:
			return none, errNoFile(target)
		case t.Type == files.Shortcut:
			return none, errShortcutTarget
		}
		f.Name, f.Target, f.TargetType = t.Name, t.ID, t.Type
	}
	if at, ok := date(in.CreatedTime); ok {
		f.Created = at
	}
	return d.make(c, f, in, m)
}

// make adds a file with what a request says of it, and with content, which is converted if the file is of one of Google's
// own types.
func (d *Drive) make(c *call, f files.File, in *fileBody, m *media) (files.File, error) {
	if err := d.write(c, &f, in); err != nil {
		return f, err
	}
	if m != nil && !files.Native(f.Type) {
		f.Content = m.Content
	} else if m == nil && !files.Native(f.Type) && f.Content == nil {
		f.Content = noBytes
	}
	if f.Content != nil {
		f.Extension = extension(f.Name)
		if f.OriginalName == "" {
			f.OriginalName = f.Name
		}
	}
	f, err := d.Create(c, f)
	if err != nil {
		return f, err
	}
	if at, ok := date(in.ModifiedTime); ok && f.Modified != at {
		f.Modified = at
		d.Files.Put(c.Tx, f)
	}
	if m != nil && files.Native(f.Type) {
		e := d.Editors[f.Type]
		if e == nil || !slices.Contains(e.Imports(), m.Type) {
			return f, errBadRequest
		}
		if err := e.Import(c, f, m.Type, m.Bytes); err != nil {
			return f, err
		}
		f, _ = d.Files.Get(c.Tx, f.ID)
	}
	if c.QTrue("keepRevisionForever") && f.Content != nil {
		d.keep(c, f)
	}
	return f, nil
}

// keep keeps the current revision of a file for ever.
func (d *Drive) keep(c *call, f files.File) {
	if r, ok := d.Revision(c.Tx, f.ID, f.Head); ok {
		r.Keep = true
		d.Revisions.Put(c.Tx, r)
	}
}

// noBytes is the content of a file that was made without any.
var noBytes = &files.Content{Hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", MD5: "d41d8cd98f00b204e9800998ecf8427e", SHA1: "da39a3ee5e6b4b0d3255bfef95601890afd80709"}

// usable refuses an id that files.generateIds has not made for the caller and for such a file, and one that is taken.
func (d *Drive) usable(c *call, id, mime string) error {
	switch {
	case id == "":
		return nil
	case files.Native(mime) && mime != files.Folder && mime != files.Shortcut:
		return errIDNative
	case d.Files.Has(c.Tx, id):
		return errIDInUse
	case !d.generated(c, id, mime == files.Shortcut):
		return errIDUnusable
	}
	return nil
}

// parent is where a file that says so goes: the caller's My Drive if it says nothing.
func (d *Drive) parent(c *call, parents []string) (string, error) {
	switch {
	case len(parents) == 0:
		return c.Who.User.Root, nil
	case len(parents) > 1:
		for _, id := range parents {
			if p, ok := d.Files.Get(c.Tx, id); ok && p.Drive != "" {
				return "", errDriveParent
			}
		}
		return "", errAddParent
	}
	p, err := d.folder(c, parents[0])
	return p.ID, err
}

// folder is a folder that the caller can put something into. An app that sees only its own files may put them into any
// folder of the user's.
func (d *Drive) folder(c *call, id string) (files.File, error) {
	p, role := d.Find(c, id)
	if role == files.None {
		if p, _ = d.Files.Get(c.Tx, id); p.ID != "" && p.Space == "" {
			role = d.Role(c, p)
		}
	}
	switch {
	case role == files.None || p.Drive != "" && !d.knowsDrives(c):
		return p, errNoFile(id)
	case p.Type != files.Folder:
		return p, errParentNoFolder
	case role < files.Writer:
		return p, errParentRole
	case d.deep(c, p) >= deepest && p.Drive != "":
		return p, errDriveTooDeep
	case d.deep(c, p) >= deepest:
		return p, errTooDeep
	}
	return p, nil
}

// deepest is how many folders may be within one another.
const deepest = 100

func (d *Drive) deep(c *call, f files.File) (n int) {
	for ; n < deepest && f.Parent != ""; n++ {
		f, _ = d.Files.Get(c.Tx, f.Parent)
	}
	return n
}

// write changes what a request says of a file, without storing it.
func (d *Drive) write(c *call, f *files.File, in *fileBody) error {
	if in.Name != nil {
		f.Name = *in.Name
		if f.Content != nil {
			if e := extension(f.Name); e != "" {
				f.Extension = e
			}
		}
	}
	if in.has("description") {
		f.Description = deref(in.Description)
	}
	if in.OriginalFilename != nil {
		f.OriginalName = *in.OriginalFilename
	}
	if in.Starred != nil {
		f.Starred = toggled(f.Starred, c.Who.User.ID, *in.Starred)
	}
	var err error
	if f.Properties, err = propertied(f.Properties, in.said["properties"]); err != nil {
		return err
	}
	if in.has("appProperties") {
		mine, err := propertied(f.AppProperties[c.Who.Client], in.said["appProperties"])
		if err != nil {
			return err
		}
		f.AppProperties = maps.Clone(f.AppProperties)
		if f.AppProperties == nil {
			f.AppProperties = map[string]map[string]string{}
		}
		if f.AppProperties[c.Who.Client] = mine; mine == nil {
			delete(f.AppProperties, c.Who.Client)
		}
		if len(f.AppProperties) == 0 {
			f.AppProperties = nil
		}
	}
	if in.FolderColorRGB != nil && (f.Type == files.Folder || f.TargetType == files.Folder) {
		f.Color = nearest(*in.FolderColorRGB)
	}
	if at, ok := date(in.ViewedByMeTime); ok {
		f.ViewedBy = maps.Clone(f.ViewedBy)
		if f.ViewedBy == nil {
			f.ViewedBy = map[string]int64{}
		}
		f.ViewedBy[c.Who.User.ID] = at
	}
	if in.CopyRequiresWriterPermission != nil {
		f.NoCopy = *in.CopyRequiresWriterPermission
	} else if in.ViewersCanCopyContent != nil {
		f.NoCopy = !*in.ViewersCanCopyContent
	}
	if in.WritersCanShare != nil {
		f.WritersNoShare = !*in.WritersCanShare
	}
	if in.InheritedPermissionsDisabled != nil {
		f.Limited = *in.InheritedPermissionsDisabled
	}
	if r := deref(in.DownloadRestrictions).ItemDownloadRestriction; r != nil {
		f.NoWriters = deref(r.RestrictedForWriters)
		f.NoReaders = deref(r.RestrictedForReaders) || f.NoWriters
	}
	if h := in.ContentHints; h != nil && h.IndexableText != nil {
		f.Text = *h.IndexableText
	}
	if in.has("contentRestrictions") {
		f.Lock = nil
		for _, r := range in.ContentRestrictions {
			if deref(r.ReadOnly) {
				f.Lock = &files.Lock{Reason: deref(r.Reason), OwnerOnly: deref(r.OwnerRestricted), By: c.Who.User.ID, At: c.Now.UnixMilli()}
			}
		}
	}
	return nil
}

// toggled is a list with or without an item.
func toggled(list []string, item string, with bool) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == item })
	if with {
		return append(list, item)
	}
	return some(list)
}

// some is a list, or nil: a record holds no empty ones.
func some[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Limits of properties.
//
// https://developers.google.com/workspace/drive/api/guides/properties
const (
	propertyBytes = 124
	mostPublic    = 100
)

// propertied changes properties as a request says: those that are null go.
func propertied(old map[string]string, said json.RawMessage) (map[string]string, error) {
	if said == nil {
		return old, nil
	}
	var in map[string]*string
	if json.Unmarshal(said, &in) != nil {
		return nil, errBadRequest
	}
	m := maps.Clone(old)
	if m == nil {
		m = map[string]string{}
	}
	for k, v := range in {
		if v == nil {
			delete(m, k)
		} else if m[k] = *v; len(k)+len(*v) > propertyBytes {
			return nil, errPropertyTooLong
		}
	}
	switch {
	case len(m) > mostPublic:
		return nil, errTooManyProperties
	case len(m) == 0:
		return nil, nil
	}
	return m, nil
}

// date is a time that a request says.
func date(s *string) (int64, bool) {
	if s == nil {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, *s)
	return t.UnixMilli(), err == nil
}

// extension is what follows the name proper: gz of a.gz, tar.gz of a.tar.gz.
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 || i == len(name)-1 || strings.ContainsFunc(name[i+1:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return ""
	}
	if j := strings.LastIndexByte(name[:i], '.'); j > 0 && name[j+1:i] == "tar" {
		return name[j+1:]
	}
	return name[i+1:]
}

// filesGet answers a file's metadata, or its content.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/get
func (d *Drive) filesGet(c *call) (any, error) {
	v, err := d.find(c)
	if err != nil {
		return nil, err
	}
	if c.Q("alt") == "media" {
		return d.download(c, v, v.Content)
	}
	return d.view(c, v.File, c.Mask), nil
}

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
		f.Content = m.Content
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
			d.keep(c, f)
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

// filesCopy makes another file of the same content.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/copy
func (d *Drive) filesCopy(c *call) (any, error) {
	in, err := d.body(c, "shortcutDetails")
	if err != nil {
		return nil, err
	}
	v, err := d.find(c)
	if err != nil {
		return nil, err
	}
	if v.mayNot(copies) {
		return nil, errCannotCopy
	}
	f := files.File{
		ID: deref(in.ID), Name: "Copy of " + v.Name, Type: v.Type, Description: v.Description, Content: v.Content, OriginalName: v.OriginalName, Text: v.Text,
		Properties: v.Properties, Color: v.Color, Target: v.Target, TargetType: v.TargetType, NoCopy: v.NoCopy,
	}
	if mine := v.AppProperties[c.Who.Client]; mine != nil {
		f.AppProperties = map[string]map[string]string{c.Who.Client: mine}
	}
	if err := d.usable(c, f.ID, f.Type); err != nil {
		return nil, err
	}
	parents := in.Parents
	if p, ok := d.Files.Get(c.Tx, v.Parent); len(parents) == 0 && ok && d.Role(c, p) >= files.Writer {
		parents = []string{p.ID}
	}
	if f.Parent, err = d.parent(c, parents); err != nil {
		return nil, err
	}
	if to := deref(in.MimeType); to != "" && to != v.Type {
		return nil, errConversion
	}
	if f, err = d.make(c, f, in, nil); err != nil {
		return nil, err
	}
	if e := d.Editors[f.Type]; e != nil {
		if err := e.Copy(c, v.File, f); err != nil {
			return nil, err
		}
	}
	return d.view(c, f, c.Mask), nil
}

// filesDelete deletes a file for good, not by way of the trash.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/delete
func (d *Drive) filesDelete(c *call) (any, error) {
	v, err := d.find(c)
	if err != nil {
		return nil, err
	}
	if v.mayNot(deletes) {
		return nil, errForbidden(v.ID)
	}
	d.Remove(c, v.File)
	return nil, nil
}

// filesEmptyTrash deletes what the caller, or a shared drive, has in the trash.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/emptyTrash
func (d *Drive) filesEmptyTrash(c *call) (any, error) {
	in := d.ByOwner.Range(c.Tx, within(c.Who.User.ID))
	if id := c.Q("driveId"); id != "" {
		switch role := d.DriveRole(c, id); {
		case role == files.None:
			return nil, errNoDrive(id)
		case role < files.Organizer:
			return nil, errForbidden(id)
		}
		in = d.ByDrive.Range(c.Tx, within(id))
	}
	for f := range in {
		if f.Trashed != 0 && d.Files.Has(c.Tx, f.ID) {
			d.Remove(c, f)
		}
	}
	return nil, nil
}

// filesGenerateIDs makes ids that files can then be created with, so that creating them again does no harm.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/generateIds
func (d *Drive) filesGenerateIDs(c *call) (any, error) {
	n, err := c.QInt("count", 10, 1, 1000)
	if err != nil {
		return nil, err
	}
	space, kind := "drive", "files"
	if s := c.Q("space"); s != "" {
		space = s
	}
	if s := c.Q("type"); s != "" {
		kind = s
	}
	switch {
	case space != "drive" && space != files.AppData:
		return nil, invalidValue("space")
	case kind != "files" && kind != "shortcuts", kind == "shortcuts" && space != "drive":
		return nil, invalidValue("type")
	}
	ids := make([]any, n)
	for i := range ids {
		ids[i] = d.newID(c, kind == "shortcuts")
	}
	return obj{"kind": "drive#generatedIds", "space": space, "ids": ids}, nil
}

// An id that was generated shows by its end for whom and for what.
const (
	idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
	idRandom   = 24
	idProof    = 8
)

func (d *Drive) newID(c *call, shortcut bool) string {
	id := "1" + c.Rand(idRandom, idAlphabet)
	return id + d.proof(c, id, shortcut)
}

func (d *Drive) generated(c *call, id string, shortcut bool) bool {
	at := len(id) - idProof
	return at == idRandom+1 && d.proof(c, id[:at], shortcut) == id[at:]
}

func (d *Drive) proof(c *call, id string, shortcut bool) string {
	mac := hmac.New(sha256.New, c.World.Key("gdrive ids"))
	fmt.Fprint(mac, c.Who.User.ID, shortcut, id)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:idProof]
}

// largestExport is how many bytes files.export answers at most.
const largestExport = 10 << 20

// filesExport answers a file of one of Google's own types as another type.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/export
func (d *Drive) filesExport(c *call) (any, error) {
	mime := c.Q("mimeType")
	if mime == "" {
		return nil, errMissing("mimeType")
	}
	id := c.Param("fileId")
	f, role := d.Find(c, id)
	v := &fileView{File: f, d: d, c: c, role: role, known: true}
	e := d.Editors[f.Type]
	switch {
	case role == files.None:
		return nil, errNoFile(id)
	case e == nil:
		return nil, errNotExportable
	case v.mayNot(downloads):
		return nil, errCannotExport
	case !slices.Contains(e.Exports(), mime):
		return nil, errConversion
	}
	b, err := e.Export(c, f, mime)
	if err != nil {
		return nil, err
	}
	if len(b) > largestExport {
		return nil, errExportTooLarge
	}
	return gapi.Answer{Type: mime, Body: b}, nil
}

// colors are what a folder can have.
var colors = []string{
	"#ac725e", "#d06b64", "#f83a22", "#fa573c", "#ff7537", "#ffad46", "#42d692", "#16a765", "#7bd148", "#b3dc6c", "#fbe983", "#fad165",
	"#92e1c0", "#9fe1e7", "#9fc6e7", "#4986e7", "#9a9cff", "#b99aff", "#8f8f8f", "#cabdbf", "#cca6ac", "#f691b2", "#cd74e6", "#a47ae2",
}

const defaultColor = "#8f8f8f"

// nearest is the color that a folder can have and that is nearest to one; none if it is no color.
func nearest(rgb string) string {
	best, least := "", math.MaxInt
	for _, c := range colors {
		if n := distance(rgb, c); n < least {
			best, least = c, n
		}
	}
	return best
}

func distance(a, b string) (sum int) {
	if len(a) != 7 {
		return math.MaxInt
	}
	for i := 1; i < 7; i += 2 {
		x, y := digit(a[i])*16+digit(a[i+1]), digit(b[i])*16+digit(b[i+1])
		sum += (x - y) * (x - y)
	}
	return sum
}

func digit(b byte) int { return max(strings.IndexByte("0123456789abcdef", b|0x20), 0) }

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// decimal is a 64-bit number as JSON has it at Google: a string.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }
