package gdrive

import (
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/identity"
)

// Arrived gives somebody new their My Drive.
func (d *Drive) Arrived(c *twin.Call, u identity.User) { d.Roots(d.API.By(c, u), u) }

// Renamed lets what was shared with somebody be shared with them under their new name and address.
func (d *Drive) Renamed(c *twin.Call, was, u identity.User) {
	for _, p := range slices.Collect(d.SharedWith.All(c.Tx, strings.ToLower(was.Email))) {
		if p.ID == u.ID {
			p.Email, p.Name = u.Email, u.Name
			d.Permissions.Put(c.Tx, p)
		}
	}
}

// Departed gives all that somebody owns to another: it goes into a folder of that one's My Drive that is called by their address,
// and they may still write. If there is no other, nobody owns it, and those with whom it was shared go on.
//
// https://support.google.com/a/answer/1247799
func (d *Drive) Departed(tc *twin.Call, u, to identity.User) {
	c := d.API.By(tc, to)
	if to.ID == "" {
		c = d.API.By(tc, u)
	}
	folder := ""
	for _, f := range slices.Collect(d.ByOwner.Range(c.Tx, store.Range{Prefix: files.Of(u.ID)})) {
		if f.ID == u.Root || f.Space != "" {
			continue
		}
		if to.ID != "" && f.Parent == u.Root && folder == "" {
			made, _ := d.Create(c, files.File{Name: u.Email, Type: files.Folder}) // a folder has no editor that could refuse
			folder = made.ID
		}
		d.Permissions.Delete(c.Tx, f.ID+"/"+u.ID)
		if f.Parent == u.Root {
			f.Parent = folder
		}
		if f.Owner = to.ID; to.ID == "" {
			f.Former = u.ID
		} else {
			d.Permissions.Put(c.Tx, files.Permission{File: f.ID, ID: u.ID, Type: "user", Role: files.Writer, Email: u.Email, Name: u.Name, At: c.Now.UnixMilli(), By: u.ID})
			d.owned(c, f, to)
		}
		d.Save(c, f)
	}
}

func (d *Drive) owned(c *call, f files.File, u identity.User) {
	d.Permissions.Put(c.Tx, files.Permission{File: f.ID, ID: u.ID, Type: "user", Role: files.Owner, Email: u.Email, Name: u.Name, At: c.Now.UnixMilli()})
}

// Returned gives somebody back what nobody has owned since they left.
func (d *Drive) Returned(tc *twin.Call, u identity.User) {
	c := d.API.By(tc, u)
	for f := range d.Files.All(c.Tx, "") {
		if f.Former != u.ID || f.Owner != "" || f.Drive != "" {
			continue
		}
		if f.Owner, f.Former = u.ID, ""; f.Parent == "" {
			f.Parent = u.Root
		}
		d.owned(c, f, u)
		d.Save(c, f)
	}
}
