package gdrive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"

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
		f.Content = kept(c, m)
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
		return f, d.keep(c, f)
	}
	return f, nil
}

// keep keeps the current revision of a file for ever.
func (d *Drive) keep(c *call, f files.File) error {
	r, ok := d.Revision(c.Tx, f.ID, f.Head)
	if ok && !r.Keep && d.kept(c, f) >= mostKept {
		return errKept
	}
	if ok {
		r.Keep = true
		d.Revisions.Put(c.Tx, r)
	}
	return nil
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
	if c.QTrue("copyComments") {
		d.copyComments(c, v.ID, f.ID)
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

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// decimal is a 64-bit number as JSON has it at Google: a string.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }
