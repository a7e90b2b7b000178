package gdrive

import (
	"time"

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
	d.On(twin.Full, "files.delete", d.filesDelete)
}

// filesCreate makes a file of a name and a type, with nothing in it.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/create
func (d *Drive) filesCreate(c *call) (any, error) {
	var in api.File
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	f := files.File{Name: deref(in.Name), Type: deref(in.MimeType)}
	if f.Name == "" {
		f.Name = "Untitled"
	}
	if f.Type == "" {
		f.Type = "application/octet-stream"
	}
	f, err := d.Create(c, f)
	if err != nil {
		return nil, err
	}
	return d.view(c, f, c.Mask), nil
}

// filesGet answers a file's metadata.
//
// https://developers.google.com/drive/api/reference/rest/v3/files/get
func (d *Drive) filesGet(c *call) (any, error) {
	f, role := d.Find(c, c.Param("fileId"))
	if role == files.None {
		return nil, errNoFile(c.Param("fileId"))
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
