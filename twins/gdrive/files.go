package gdrive

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
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
	d.On(twin.Full, "files.delete", d.filesDelete)
}

// filesCreate makes a file of a name and a type, with nothing in it.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/create
func (d *Drive) filesCreate(c *call) (any, error) {
	f, err := d.create(c)
	if err != nil {
		return nil, err
	}
	return d.view(c, f, c.Mask), nil
}

// create makes a file of what was sent: metadata, and content if there is any.
func (d *Drive) create(c *call) (files.File, error) {
	var in api.File
	if err := c.Bind(&in); err != nil {
		return files.File{}, err
	}
	f := files.File{Name: deref(in.Name), Type: deref(in.MimeType)}
	if f.Name == "" {
		f.Name = "Untitled"
	}
	if f.Type == "" {
		f.Type = "application/octet-stream"
	}
	if m, ok := c.Media.(*media); ok {
		f.Content, f.Text, f.OriginalName = &m.Content, m.Text, f.Name
		if in.MimeType == nil {
			f.Type = m.Type
		}
	}
	return d.Create(c, f)
}

// filesUpdate changes a file's metadata, its content, or both.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/update
func (d *Drive) filesUpdate(c *call) (any, error) {
	f, err := d.update(c)
	if err != nil {
		return nil, err
	}
	return d.view(c, f, c.Mask), nil
}

// update changes a file as was sent.
func (d *Drive) update(c *call) (files.File, error) {
	var in api.File
	if err := c.Bind(&in); err != nil {
		return files.File{}, err
	}
	f, role := d.Find(c, c.Param("fileId"))
	switch {
	case role == files.None:
		return f, errNoFile(c.Param("fileId"))
	case role < files.Writer:
		return f, errForbidden()
	}
	set(&f.Name, in.Name)
	if m, ok := c.Media.(*media); ok {
		f.Content, f.Text = &m.Content, m.Text
		d.Files.Put(c.Tx, f)
		return d.Edited(c, f.ID), nil
	}
	return d.Save(c, f), nil
}

// filesGet answers a file's metadata.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/get
func (d *Drive) filesGet(c *call) (any, error) {
	f, role := d.Find(c, c.Param("fileId"))
	if role == files.None {
		return nil, errNoFile(c.Param("fileId"))
	}
	if c.Q("alt") == "media" {
		return d.download(c, f, role, f.Content)
	}
	return d.view(c, f, c.Mask), nil
}

// filesDelete deletes a file for good, not by way of the trash.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/delete
func (d *Drive) filesDelete(c *call) (any, error) {
	f, role := d.Find(c, c.Param("fileId"))
	switch {
	case role == files.None:
		return nil, errNoFile(c.Param("fileId"))
	case role < files.Owner:
		return nil, errForbidden()
	}
	d.Remove(c, f)
	return nil, nil
}

// view is a file as the caller sees it, as far as the mask wants it.
func (d *Drive) view(c *call, f files.File, m *gapi.Mask) obj {
	return obj{
		"kind": "drive#file", "id": f.ID, "name": f.Name, "mimeType": f.Type,
		"createdTime": stamp(f.Created), "modifiedTime": stamp(f.Modified),
	}
}

// stamp is a time as Drive writes it.
func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// decimal is a 64-bit number as JSON has it at Google: a string.
func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// parseTime reads a time of a query in milliseconds, in UTC unless it says where.
func parseTime(s string) (int64, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

// userView is somebody as others see them.
func (d *Drive) userView(c *call, u identity.User) obj {
	return obj{"kind": "drive#user", "displayName": u.Name, "me": u.ID == c.Who.User.ID, "permissionId": u.ID, "emailAddress": u.Email, "photoLink": c.Link + "/a/" + u.ID + "=s64"}
}

// exportLinks are the addresses at which a file can be had as another type.
func (d *Drive) exportLinks(c *call, f files.File) obj {
	e := d.Editors[f.Type]
	if e == nil {
		return nil
	}
	links := obj{}
	for _, mime := range e.Exports() {
		links[mime] = c.Link + "/drive/v3/files/" + f.ID + "/export?mimeType=" + url.QueryEscape(mime)
	}
	return links
}

// driveView is a shared drive as the caller sees it.
func (d *Drive) driveView(c *call, x files.Drive, m *gapi.Mask) obj {
	return obj{"kind": "drive#drive", "id": x.ID, "name": x.Name}
}
