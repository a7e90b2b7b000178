package gdrive

import (
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

func (d *Drive) revisionsOperations() {
	d.On(twin.Full, "revisions.list", d.revisionsList).Answers(api.RevisionList{}, "kind,nextPageToken,revisions(kind,id,mimeType,modifiedTime)")
	d.On(twin.Full, "revisions.get", d.revisionsGet).Answers(api.Revision{}, "kind,id,mimeType,modifiedTime")
	d.On(twin.Full, "revisions.update", d.revisionsUpdate).Answers(api.Revision{}, "kind,id,mimeType,modifiedTime")
	d.On(twin.Full, "revisions.delete", d.revisionsDelete)
}

func errNoRevision(id string) error {
	return gapi.Because(404, "notFound", "Revision not found: %s.", id).At("revisionId")
}

// mostKept revisions of a file are kept for good.
const mostKept = 200

var errKept = gapi.Because(403, "numKeepForeverLimitExceeded", "The number of revisions that are kept forever has been exceeded.")

// revised finds the file that a call is about, for somebody who may see its revisions.
func (d *Drive) revised(c *call, need files.Role) (files.File, error) {
	f, role := d.Find(c, c.Param("fileId"))
	switch {
	case role == files.None:
		return f, errNoFile(c.Param("fileId"))
	case f.Type == files.Folder || f.Type == files.Shortcut:
		return f, gapi.Because(403, "revisionsNotSupported", "The file does not support revisions.")
	case role < need:
		return f, gapi.Because(403, "insufficientFilePermissions", "The user does not have sufficient permissions for file %s.", f.ID)
	}
	return f, nil
}

// revisionsList lists the states that a file has been in, the oldest first.
//
// https://developers.google.com/drive/api/reference/rest/v3/revisions/list
func (d *Drive) revisionsList(c *call) (any, error) {
	f, err := d.revised(c, files.Writer)
	if err != nil {
		return nil, err
	}
	p, err := c.Page(200, 1, 1000)
	if err != nil {
		return nil, err
	}
	m := c.Mask.Sub("revisions")
	items, next := gapi.Take(p, d.Revisions.All(c.Tx, f.ID+"/"), func(r files.Revision) string { return r.ID }, func(r files.Revision) any { return d.revisionView(c, f, r, m) })
	return c.List("drive#revisionList", "revisions", items, next), nil
}

// revisionsGet answers a state of a file, or the content that it had.
//
// https://developers.google.com/drive/api/reference/rest/v3/revisions/get
func (d *Drive) revisionsGet(c *call) (any, error) {
	f, err := d.revised(c, files.Writer)
	if err != nil {
		return nil, err
	}
	r, ok := d.revision(c, f)
	if !ok {
		return nil, errNoRevision(c.Param("revisionId"))
	}
	if c.Q("alt") == "media" {
		return d.download(c, &fileView{File: f, d: d, c: c, known: true, role: files.Writer}, r.Content)
	}
	return d.revisionView(c, f, r, c.Mask), nil
}

// revision is the one that a call names; "head" is the current one.
func (d *Drive) revision(c *call, f files.File) (files.Revision, bool) {
	id := c.Param("revisionId")
	if id == "head" {
		id = f.Head
	}
	return d.Revision(c.Tx, f.ID, id)
}

// revisionsUpdate keeps a state of a file for good, or publishes it.
//
// https://developers.google.com/drive/api/reference/rest/v3/revisions/update
func (d *Drive) revisionsUpdate(c *call) (any, error) {
	var in api.Revision
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	f, err := d.revised(c, files.Writer)
	if err != nil {
		return nil, err
	}
	r, ok := d.revision(c, f)
	if !ok {
		return nil, errNoRevision(c.Param("revisionId"))
	}
	if in.KeepForever != nil && *in.KeepForever != r.Keep {
		if f.Content == nil {
			return nil, gapi.Because(400, "invalid", "Only files with binary content have revisions that can be kept forever.").At("keepForever")
		}
		if *in.KeepForever && d.kept(c, f) >= mostKept {
			return nil, errKept
		}
		r.Keep = *in.KeepForever
	}
	if f.Content != nil && (in.Published != nil || in.PublishAuto != nil || in.PublishedOutsideDomain != nil) {
		return nil, gapi.Because(400, "invalid", "Only Docs Editors files can be published.").At("published")
	}
	set(&r.Published, in.Published)
	set(&r.Auto, in.PublishAuto)
	set(&r.Outside, in.PublishedOutsideDomain)
	d.Revisions.Put(c.Tx, r)
	d.Save(c, f)
	return d.revisionView(c, f, r, c.Mask), nil
}

// set is what a caller has said, if they have said anything.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (d *Drive) kept(c *call, f files.File) (n int) {
	for r := range d.Revisions.All(c.Tx, f.ID+"/") {
		if r.Keep {
			n++
		}
	}
	return n
}

// revisionsDelete forgets a state of a file with content: not the last one, nor one of a file of Google's own.
//
// https://developers.google.com/drive/api/reference/rest/v3/revisions/delete
func (d *Drive) revisionsDelete(c *call) (any, error) {
	f, err := d.revised(c, files.Writer)
	if err != nil {
		return nil, err
	}
	r, ok := d.revision(c, f)
	switch {
	case !ok:
		return nil, errNoRevision(c.Param("revisionId"))
	case f.Content == nil:
		return nil, gapi.Because(403, "revisionDeletionNotSupported", "The revision of this file cannot be deleted: only files with binary content support it.")
	case r.ID == f.Head:
		all := slices.Collect(d.Revisions.All(c.Tx, f.ID+"/"))
		if len(all) == 1 {
			return nil, gapi.Because(403, "cannotDeleteOnlyRevision", "The only revision of a file cannot be deleted.")
		}
		before := all[len(all)-2] // the file goes back to it
		f.Head, f.Content, f.Modified = before.ID, before.Content, before.Modified
	}
	d.Forget(c, r)
	d.Save(c, f)
	return nil, nil
}

// revisionView is a state of a file as the caller sees it.
func (d *Drive) revisionView(c *call, f files.File, r files.Revision, m *gapi.Mask) obj {
	v := obj{"kind": "drive#revision", "id": r.ID, "mimeType": r.Type, "modifiedTime": stamp(r.Modified)}
	if m.Has("lastModifyingUser") {
		if u := d.person(c, r.By); u != nil {
			v["lastModifyingUser"] = u
		}
	}
	if r.Content != nil {
		v["size"], v["md5Checksum"], v["keepForever"] = decimal(r.Content.Size), r.Content.MD5, r.Keep
		if r.Name != "" {
			v["originalFilename"] = r.Name
		}
		return v
	}
	v["published"] = r.Published
	if r.Published {
		v["publishAuto"], v["publishedOutsideDomain"] = r.Auto, r.Outside
		v["publishedLink"] = c.Link + "/file/d/" + f.ID + "/pub"
	}
	if m.Has("exportLinks") {
		if links := (&fileView{File: f, d: d, c: c, known: true, role: files.Writer}).exportLinks(); links != nil {
			v["exportLinks"] = links
		}
	}
	return v
}
