package files

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// An Editor keeps what is in the files of one of Google's own types.
type Editor interface {
	// New makes what is in a file that was just made.
	New(c *gapi.Call, f File) error
	// Copy makes what is in to the same as what is in from.
	Copy(c *gapi.Call, from, to File) error
	// Delete forgets what was in a file.
	Delete(c *gapi.Call, f File)
	// Exports are the MIME types that a file can be written as.
	Exports() []string
	// Export writes a file as one of these.
	Export(c *gapi.Call, f File, mime string) ([]byte, error)
	// Imports are the MIME types that a file can be made of.
	Imports() []string
	// Import makes what is in a new file of bytes of one of these.
	Import(c *gapi.Call, f File, mime string, content []byte) error
	// Text is what a search looks through.
	Text(c *gapi.Call, f File) string
}

// Ids of new files are as long as Google's.
const (
	nativeID = 44
	uploadID = 33
	alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
)

// NewID makes up the id of a file of a type.
func NewID(c *gapi.Call, mime string) string {
	n := uploadID
	if Native(mime) && mime != Folder && mime != Shortcut {
		n = nativeID
	}
	return "1" + c.Rand(n-1, alphabet)
}

// Next counts up under a name; the first is 1.
func (t *Table) Next(c *gapi.Call, name string) int64 {
	n, _ := t.counters.Get(c.Tx, name)
	n.Name = name
	n.N++
	t.counters.Put(c.Tx, n)
	return n.N
}

// Last is what next has last returned under a name.
func (t *Table) Last(r store.Reader, name string) int64 {
	n, _ := t.counters.Get(r, name)
	return n.N
}

// Changed is the name under which changes are counted.
const Changed = "change"

// Create adds a file in the caller's name: in their My Drive if it says no parent, as its owner unless it is in a shared
// drive. Editors make what is in it.
func (t *Table) Create(c *gapi.Call, f File) (File, error) {
	if f.ID == "" {
		f.ID = NewID(c, f.Type)
	}
	now := c.Now.UnixMilli()
	if f.Created == 0 {
		f.Created = now
	}
	if f.Modified == 0 {
		f.Modified = f.Created
	}
	if f.Parent == "" {
		f.Parent = c.Who.User.Root
	}
	if app := t.AppFolder(c); f.Parent == app.ID && !t.Files.Has(c.Tx, app.ID) {
		t.Files.Put(c.Tx, app)
	}
	parent, _ := t.Files.Get(c.Tx, f.Parent)
	f.Drive, f.Space = parent.Drive, parent.Space
	f.Owner, f.ModifiedBy, f.App = c.Who.User.ID, c.Who.User.ID, c.Who.Client
	f.Apps = some(c.Who.Client)
	f.ViewedBy = map[string]int64{c.Who.User.ID: now}
	f.Version = 1
	if f.Drive != "" {
		f.Owner = ""
	} else {
		t.Permissions.Put(c.Tx, Permission{File: f.ID, ID: c.Who.User.ID, Type: "user", Role: Owner, Email: c.Who.User.Email, Name: c.Who.User.Name, At: now})
	}
	f.Head = t.revise(c, f)
	t.Files.Put(c.Tx, f)
	t.changed(c, Change{File: f.ID, Drive: f.Drive, Type: "file"})
	if e := t.Editors[f.Type]; e != nil {
		if err := e.New(c, f); err != nil {
			return f, err
		}
	}
	f, _ = t.Files.Get(c.Tx, f.ID)
	return f, nil
}

// revise keeps the state that a file is in, and returns the id of the revision. Folders and shortcuts have none.
func (t *Table) revise(c *gapi.Call, f File) string {
	if f.Type == Folder || f.Type == Shortcut {
		return ""
	}
	n := t.Next(c, "revision/"+f.ID)
	r := Revision{File: f.ID, N: n, Modified: f.Modified, By: c.Who.User.ID, Type: f.Type, Name: f.OriginalName, Content: f.Content}
	if f.Content != nil {
		r.ID = "0" + f.ID[1:10] + c.Rand(40, alphabet)
	} else {
		r.ID = idOf(n)
	}
	t.Revisions.Put(c.Tx, r)
	return r.ID
}

func idOf(n int64) string { return strings.TrimLeft(sorted(n), "0") }

// Save keeps a file that has changed. What was only looked at, and not changed, has no other version.
func (t *Table) Save(c *gapi.Call, f File) File {
	f.Version++
	t.Files.Put(c.Tx, f)
	t.changed(c, Change{File: f.ID, Drive: f.Drive, Type: "file"})
	return f
}

// Edited notes that the caller has changed what is in a file. Edits of one person within a few minutes are one revision
// of a file that has no bytes.
func (t *Table) Edited(c *gapi.Call, id string) File {
	f, ok := t.Files.Get(c.Tx, id)
	if !ok {
		return f
	}
	f.Touch(c, c.Now.UnixMilli())
	if last, ok := t.Revision(c.Tx, f.ID, f.Head); ok && f.Content == nil && last.By == c.Who.User.ID && f.Modified-last.Modified < sitting && !last.Keep {
		last.Modified = f.Modified
		t.Revisions.Put(c.Tx, last)
	} else {
		f.Head = t.revise(c, f)
	}
	f.Version++
	t.Files.Put(c.Tx, f)
	t.changed(c, Change{File: f.ID, Drive: f.Drive, Type: "file", Parts: "content,properties"})
	return f
}

// Touch notes that the caller has changed a file.
func (f *File) Touch(c *gapi.Call, at int64) {
	if f.ModifiedBy != c.Who.User.ID {
		f.ModifiedOf = maps.Clone(f.ModifiedOf)
		if f.ModifiedOf == nil {
			f.ModifiedOf = map[string]int64{}
		}
		f.ModifiedOf[f.ModifiedBy] = f.Modified
		delete(f.ModifiedOf, c.Who.User.ID)
	}
	f.Modified, f.ModifiedBy = at, c.Who.User.ID
}

// sitting is how long after an edit the next one still belongs to the same revision.
const sitting = 5 * 60 * 1000

// Revision returns a revision of a file by its id.
func (t *Table) Revision(r store.Reader, file, id string) (Revision, bool) {
	for rev := range t.Revisions.All(r, file+"/") {
		if rev.ID == id {
			return rev, true
		}
	}
	return Revision{}, false
}

// Opened notes that the caller has seen a file.
func (t *Table) Opened(c *gapi.Call, f File) {
	f.ViewedBy = maps.Clone(f.ViewedBy)
	if f.ViewedBy == nil {
		f.ViewedBy = map[string]int64{}
	}
	f.ViewedBy[c.Who.User.ID] = c.Now.UnixMilli()
	t.Files.Put(c.Tx, f)
}

// changed adds a step to what has changed.
func (t *Table) changed(c *gapi.Call, ch Change) {
	ch.N, ch.At, ch.By = t.Next(c, Changed), c.Now.UnixMilli(), c.Who.User.ID
	t.Changes.Put(c.Tx, ch)
	for _, f := range t.Told {
		f(c, ch)
	}
}

// DriveChanged notes that a shared drive has changed, or is gone.
func (t *Table) DriveChanged(c *gapi.Call, id string, removed bool, lost []string) {
	t.changed(c, Change{Drive: id, Type: "drive", Removed: removed, Lost: lost})
}

// Lost notes that some cannot see a file any more, nor what they saw because it is in it.
func (t *Table) Lost(c *gapi.Call, f File, who []string) {
	t.changed(c, Change{File: f.ID, Drive: f.Drive, Type: "file", Removed: true, Lost: who})
	for child := range t.ByParent.All(c.Tx, f.ID) {
		if !child.Limited {
			t.Lost(c, child, who)
		}
	}
}

// MovedAway notes who cannot see a file any more that has gone elsewhere, or that what is above does not reach any more.
func (t *Table) MovedAway(c *gapi.Call, was, is File) {
	still := t.Audience(c.Tx, is)
	if lost := slices.DeleteFunc(t.Audience(c.Tx, was), func(who string) bool { return slices.Contains(still, who) }); len(lost) > 0 {
		t.Lost(c, is, lost)
	}
}

// Remove deletes a file for good, with everything in it that the same account owns or that is in the same shared drive.
// What others keep in a folder goes to their My Drive.
func (t *Table) Remove(c *gapi.Call, f File) {
	for child := range t.ByParent.All(c.Tx, f.ID) {
		if child.Owner == f.Owner {
			t.Remove(c, child)
			continue
		}
		u, _ := t.Users.Get(c.Tx, child.Owner)
		child.Parent = u.Root
		t.Save(c, child)
	}
	lost := t.Audience(c.Tx, f)
	if e := t.Editors[f.Type]; e != nil {
		e.Delete(c, f)
	}
	for _, p := range slices.Collect(t.Permissions.All(c.Tx, f.ID+"/")) {
		t.Permissions.Delete(c.Tx, p.File+"/"+p.ID)
	}
	for _, r := range slices.Collect(t.Revisions.All(c.Tx, f.ID+"/")) {
		t.Revisions.Delete(c.Tx, r.File+"/"+sorted(r.N))
	}
	t.counters.Delete(c.Tx, "revision/"+f.ID)
	t.Files.Delete(c.Tx, f.ID)
	t.changed(c, Change{File: f.ID, Drive: f.Drive, Type: "file", Removed: true, Lost: lost})
}

// Trashed reports whether a file, or a folder that it is in, is in the trash.
func (t *Table) Trashed(r store.Reader, f File) bool {
	for range depth {
		if f.Trashed != 0 {
			return true
		}
		parent, ok := t.Files.Get(r, f.Parent)
		if !ok {
			return false
		}
		f = parent
	}
	return false
}

// depth bounds the way up from a file: folders may be nested a hundred deep, and above them is the drive.
const depth = 102

// MakeDrive adds a shared drive, with its top folder, that somebody organizes.
func (t *Table) MakeDrive(c *gapi.Call, dr Drive, u identity.User) {
	t.Drives.Put(c.Tx, dr)
	t.Files.Put(c.Tx, File{ID: dr.ID, Name: "Drive", Type: Folder, Drive: dr.ID, Created: dr.Created, Modified: dr.Created, ModifiedBy: u.ID, Version: 1})
	t.Permissions.Put(c.Tx, Permission{File: dr.ID, ID: u.ID, Type: "user", Role: Organizer, Email: u.Email, Name: u.Name, At: dr.Created, By: u.ID})
	t.DriveChanged(c, dr.ID, false, nil)
}

// scopes that reach every file of the caller, and not just those that their app has made or opened.
var everyFile = []string{
	"https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/drive.readonly", "https://www.googleapis.com/auth/drive.metadata",
	"https://www.googleapis.com/auth/drive.metadata.readonly", "https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/spreadsheets.readonly",
	"https://www.googleapis.com/auth/documents", "https://www.googleapis.com/auth/documents.readonly", "https://www.googleapis.com/auth/drive.meet.readonly", "https://www.googleapis.com/auth/drive.photos.readonly",
}

// AppData is the space that an app has to itself in somebody's Drive, and another name of the folder that it is.
const AppData = "appDataFolder"

// AppFolder is the folder that the caller's app has to itself in their Drive. It is stored once something is in it.
func (t *Table) AppFolder(c *gapi.Call) File {
	id := identity.FileID("appdata "+c.Who.User.ID+" "+c.Who.Client, 33)
	if f, ok := t.Files.Get(c.Tx, id); ok {
		return f
	}
	at := c.Who.User.Created * 1000
	return File{ID: id, Name: "Application Data", Type: Folder, Owner: c.Who.User.ID, Space: AppData, App: c.Who.Client, Created: at, Modified: at, ModifiedBy: c.Who.User.ID, Version: 1}
}

var appData = []string{"https://www.googleapis.com/auth/drive.appdata"}

// Find returns a file that the caller may see, and the most that they may do with it. "root" is their My Drive,
// "appDataFolder" what their app has to itself.
func (t *Table) Find(c *gapi.Call, id string) (File, Role) {
	if id == AppData {
		f := t.AppFolder(c)
		return f, t.Role(c, f)
	}
	if id == "root" {
		id = c.Who.User.Root
	}
	f, ok := t.Files.Get(c.Tx, id)
	if !ok || !t.Reaches(c, f) {
		return File{}, None
	}
	role := t.Role(c, f)
	if role == None {
		return File{}, None
	}
	return f, role
}

// Reaches reports whether the scopes of the caller's token go as far as a file.
func (t *Table) Reaches(c *gapi.Call, f File) bool {
	c.Far = c.Far || f.Space == "" && !slices.Contains(f.Apps, c.Who.Client)
	switch {
	case f.Space != "":
		return c.Who.Has(appData) && f.App == c.Who.Client
	case c.Who.Key, c.Who.Has(everyFile):
		return true
	}
	return slices.Contains(f.Apps, c.Who.Client)
}

// Roots makes the folder that is an account's My Drive, unless it is there.
func (t *Table) Roots(c *gapi.Call, u identity.User) {
	if t.Files.Has(c.Tx, u.Root) {
		return
	}
	t.Files.Put(c.Tx, File{ID: u.Root, Name: "My Drive", Type: Folder, Owner: u.ID, Created: c.Now.UnixMilli(), Modified: c.Now.UnixMilli(), ModifiedBy: u.ID, Version: 1})
	t.Permissions.Put(c.Tx, Permission{At: c.Now.UnixMilli(), File: u.Root, ID: u.ID, Type: "user", Role: Owner, Email: u.Email, Name: u.Name})
}

// Since are the changes from one on, with their numbers.
func (t *Table) Since(r store.Reader, n int64) iter.Seq2[int64, Change] {
	return func(yield func(int64, Change) bool) {
		for ch := range t.Changes.Range(r, store.Range{From: sorted(n)}) {
			if !yield(ch.N, ch) {
				return
			}
		}
	}
}

// Forget deletes a revision.
func (t *Table) Forget(c *gapi.Call, r Revision) { t.Revisions.Delete(c.Tx, r.File+"/"+sorted(r.N)) }

// What is a change of a file in the words of a notification: the state of the file, and which parts of it have changed.
func (ch Change) What(f File) (state, parts string) {
	switch {
	case ch.Removed:
		return "remove", ""
	case f.Version == 1:
		return "add", ""
	case f.Trashed != 0 && f.Trashed == ch.At:
		return "trash", ""
	}
	if ch.Parts != "" {
		return "update", ch.Parts
	}
	return "update", "properties"
}
