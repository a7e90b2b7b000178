// Package files is the one file table of the Google twins: what a person has in Drive, who may see it, and what has
// changed. A spreadsheet and a document are files too; their editors keep what is in them.
package files

import (
	"fmt"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// MIME types of what has no bytes of its own.
const (
	Folder      = "application/vnd.google-apps.folder"
	Shortcut    = "application/vnd.google-apps.shortcut"
	Spreadsheet = "application/vnd.google-apps.spreadsheet"
	Document    = "application/vnd.google-apps.document"
)

// Native reports whether a type is one of Google's own, whose files have no bytes.
func Native(mime string) bool { return strings.HasPrefix(mime, "application/vnd.google-apps.") }

// A File is a row of the table. Times are milliseconds; 0 is never.
type File struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Type        string `json:"type"` // MIME type
	Description string `json:"description,omitempty"`
	Parent      string `json:"parent,omitempty"` // a folder, or a shared drive; none for what was only shared with its owner's friends
	Drive       string `json:"drive,omitempty"`  // the shared drive it is in
	Owner       string `json:"owner,omitempty"`  // a user's id; nobody owns what is in a shared drive
	Former      string `json:"former,omitempty"` // who owned what nobody does since they have left
	Space       string `json:"space,omitempty"`  // "" is drive, otherwise appDataFolder
	App         string `json:"app,omitempty"`    // the client that made it
	// Apps are the clients that have opened or made it, which the scope drive.file lets at it.
	Apps []string `json:"apps,omitempty"`

	Created    int64  `json:"created"`
	Modified   int64  `json:"modified"`
	ModifiedBy string `json:"modified_by,omitempty"`
	// ModifiedOf is, by user, when those who are not the last to change it last did.
	ModifiedOf map[string]int64 `json:"modified_of,omitempty"`
	Trashed    int64            `json:"trashed,omitempty"` // when it itself was put there
	TrashedBy  string           `json:"trashed_by,omitempty"`
	Version    int64            `json:"version"`
	Head       string           `json:"head,omitempty"` // the revision that is current

	Content      *Content `json:"content,omitempty"` // none for Google's own types
	OriginalName string   `json:"original_name,omitempty"`
	Extension    string   `json:"extension,omitempty"`
	Text         string   `json:"text,omitempty"` // what its maker gives to be searched

	Properties    map[string]string            `json:"properties,omitempty"`
	AppProperties map[string]map[string]string `json:"app_properties,omitempty"` // by client
	Color         string                       `json:"color,omitempty"`          // of a folder
	Target        string                       `json:"target,omitempty"`         // of a shortcut
	TargetType    string                       `json:"target_type,omitempty"`
	Lock          *Lock                        `json:"lock,omitempty"`
	Labels        []Label                      `json:"labels,omitempty"`
	Picture       *Picture                     `json:"picture,omitempty"` // a small one that its maker gives
	Encryption    *Encryption                  `json:"encryption,omitempty"`

	NoCopy         bool             `json:"no_copy,omitempty"`          // copyRequiresWriterPermission
	WritersNoShare bool             `json:"writers_no_share,omitempty"` // the opposite of writersCanShare
	Limited        bool             `json:"limited,omitempty"`          // inheritedPermissionsDisabled
	ViewedBy       map[string]int64 `json:"viewed_by,omitempty"`        // by user
	Starred        []string         `json:"starred,omitempty"`          // users
	NoReaders      bool             `json:"no_readers,omitempty"`       // downloadRestrictions: readers may not download it
	NoWriters      bool             `json:"no_writers,omitempty"`       // nor may writers
}

// An Encryption is how the content of a file was encrypted by those who made it. One without a key says that it was not.
type Encryption struct {
	Key     string `json:"key,omitempty"`  // wrapped by the company's key service
	Hash    string `json:"hash,omitempty"` // of the key and what it is for
	Format  string `json:"format,omitempty"`
	Chunks  string `json:"chunks,omitempty"` // their size: default or small
	Service string `json:"service,omitempty"`
}

// Content is bytes in the blob store.
type Content struct {
	Hash   string `json:"hash"` // SHA-256
	Size   int64  `json:"size"`
	MD5    string `json:"md5"`
	SHA1   string `json:"sha1"`
	Width  int    `json:"width,omitempty"` // of a picture
	Height int    `json:"height,omitempty"`
	Words  string `json:"words,omitempty"` // the beginning of what is text, which a search looks through
}

// A Picture is a small picture of a file that cannot be drawn from what is in it.
type Picture struct {
	Type  string `json:"type"`
	Bytes []byte `json:"bytes"`
}

// A Lock is a content restriction.
type Lock struct {
	Reason    string `json:"reason,omitempty"`
	By        string `json:"by,omitempty"`
	At        int64  `json:"at,omitempty"`
	OwnerOnly bool   `json:"owner_only,omitempty"`
	System    bool   `json:"system,omitempty"`
}

// A Label is a label that is on a file, with the values of its fields.
type Label struct {
	ID       string                `json:"id"`
	Revision string                `json:"revision"`
	Fields   map[string]LabelField `json:"fields,omitempty"`
}

// A LabelField is what a field of a label says.
type LabelField struct {
	Type   string   `json:"type"` // dateString, integer, selection, text, user
	Values []string `json:"values"`
}

// A Permission lets somebody at a file, and at what is in it if it is a folder or a shared drive.
type Permission struct {
	File    string `json:"file"`
	ID      string `json:"id"`
	Type    string `json:"type"` // user, group, domain, anyone
	Role    Role   `json:"role"`
	Email   string `json:"email,omitempty"`
	Domain  string `json:"domain,omitempty"`
	Name    string `json:"name,omitempty"`
	Expires int64  `json:"expires,omitempty"`
	Found   bool   `json:"found,omitempty"`   // allowFileDiscovery
	Pending bool   `json:"pending,omitempty"` // the owner to be, who has not agreed yet
	View    string `json:"view,omitempty"`
	At      int64  `json:"at,omitempty"` // when it was given
	By      string `json:"by,omitempty"` // and by whom
}

// A Role is what a permission lets do. Later ones include those before.
type Role int

// Roles.
const (
	None Role = iota
	Reader
	Commenter
	Writer
	FileOrganizer
	Organizer
	Owner
)

var roles = []string{"", "reader", "commenter", "writer", "fileOrganizer", "organizer", "owner"}

func (r Role) String() string { return roles[r] }

// ParseRole is the role of a name; None if there is none.
func ParseRole(s string) Role {
	for i, name := range roles {
		if name == s {
			return Role(i)
		}
	}
	return None
}

// A Drive is a shared drive.
type Drive struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Created      int64           `json:"created"`
	Hidden       []string        `json:"hidden,omitempty"` // from whose default view
	Color        string          `json:"color,omitempty"`
	Theme        string          `json:"theme,omitempty"`
	Image        string          `json:"image,omitempty"` // the file that is its background
	Restrictions map[string]bool `json:"restrictions,omitempty"`
	Org          string          `json:"org,omitempty"`
	Request      string          `json:"request,omitempty"` // the requestId that made it
}

// A Revision is a state that a file has been in.
type Revision struct {
	File     string   `json:"file"`
	ID       string   `json:"id"`
	N        int64    `json:"n"` // in the order of time
	Modified int64    `json:"modified"`
	By       string   `json:"by"`
	Type     string   `json:"type"`
	Name     string   `json:"name,omitempty"`
	Content  *Content `json:"content,omitempty"`
	Keep     bool     `json:"keep,omitempty"`
	// How it is published on the web.
	Published bool `json:"published,omitempty"`
	Auto      bool `json:"auto,omitempty"`
	Outside   bool `json:"outside,omitempty"`
}

// A Change is one step of what has changed in everybody's files and drives.
type Change struct {
	N       int64    `json:"n"`
	At      int64    `json:"at"`
	File    string   `json:"file,omitempty"`
	Drive   string   `json:"drive,omitempty"` // the drive that changed, or that the file is in
	Type    string   `json:"type"`            // file, drive
	Removed bool     `json:"removed,omitempty"`
	Lost    []string `json:"lost,omitempty"` // addresses of those who cannot see it any more
	By      string   `json:"by,omitempty"`
	Parts   string   `json:"parts,omitempty"` // of the file, as notifications name them
}

// A Counter counts up.
type Counter struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

// A Table is the files of a host.
type Table struct {
	*identity.Identity
	// Editors keep what is in files of Google's own types, by MIME type.
	Editors map[string]Editor
	// Told are told of every change, within its transaction.
	Told []func(c *gapi.Call, ch Change)

	Files       *store.Collection[File]
	Permissions *store.Collection[Permission]
	Drives      *store.Collection[Drive]
	Revisions   *store.Collection[Revision]
	Changes     *store.Collection[Change]
	Comments    *store.Collection[Comment]
	counters    *store.Collection[Counter]

	ByParent   *store.Index[File]
	Inside     *store.Index[File]       // by Of its folder, and its owner
	Folders    *store.Index[File]       // by owner
	ByOwner    *store.Index[File]       // by Of: the newest change first
	ByDrive    *store.Index[File]       // so too
	ByName     *store.Index[File]       // in small letters
	SharedWith *store.Index[Permission] // by grantee
	// CommentByID finds a comment by its file's id, a slash and its own.
	CommentByID *store.Index[Comment]
}

// New puts the table on the host of the accounts.
func New(id *identity.Identity) *Table {
	s := id.Schema
	t := &Table{
		Identity: id, Editors: map[string]Editor{},
		Files:       store.NewCollection(s, "gdrive.files", func(f *File) string { return f.ID }),
		Permissions: store.NewCollection(s, "gdrive.permissions", func(p *Permission) string { return p.File + "/" + p.ID }),
		Drives:      store.NewCollection(s, "gdrive.drives", func(d *Drive) string { return d.ID }),
		Revisions:   store.NewCollection(s, "gdrive.revisions", func(r *Revision) string { return r.File + "/" + sorted(r.N) }),
		Changes:     store.NewCollection(s, "gdrive.changes", func(c *Change) string { return sorted(c.N) }),
		Comments:    store.NewCollection(s, "gdrive.comments", func(c *Comment) string { return c.File + "/" + sorted(c.N) }),
		counters:    store.NewCollection(s, "gdrive.counters", func(c *Counter) string { return c.Name }),
	}
	t.Files.Blobs(func(f *File) []string { return f.Content.blobs() })
	t.Revisions.Blobs(func(r *Revision) []string { return r.Content.blobs() })
	t.ByParent = t.Files.Index("parent", func(f *File) []string { return some(f.Parent) })
	t.Inside = t.Files.Index("inside", func(f *File) []string {
		if f.Parent == "" || f.Drive != "" {
			return nil
		}
		return []string{Of(f.Parent) + f.Owner}
	})
	t.Folders = t.Files.Index("folders", func(f *File) []string {
		if f.Type != Folder {
			return nil
		}
		return some(f.Owner)
	})
	t.ByOwner = t.Files.Index("owner", func(f *File) []string { return newest(f.Owner, f) })
	t.ByDrive = t.Files.Index("drive", func(f *File) []string { return newest(f.Drive, f) })
	t.ByName = t.Files.Index("name", func(f *File) []string { return []string{strings.ToLower(f.Name)} })
	t.SharedWith = t.Permissions.Index("grantee", func(p *Permission) []string { return []string{p.Grantee()} })
	t.CommentByID = t.Comments.Unique("id", func(c *Comment) []string { return []string{c.File + "/" + c.ID} })
	return t
}

// blobs are the bytes that are kept: none for what has none.
func (c *Content) blobs() []string {
	if c == nil || c.Size == 0 {
		return nil
	}
	return []string{c.Hash}
}

// Grantee is whom a permission is for: an address, "@" and a domain, or "*".
func (p *Permission) Grantee() string {
	switch p.Type {
	case "anyone":
		return "*"
	case "domain":
		return "@" + strings.ToLower(p.Domain)
	}
	return strings.ToLower(p.Email)
}

// newest is a key of what somebody has, under which what has changed last comes first. Of is what it begins with.
func newest(whose string, f *File) []string {
	if whose == "" {
		return nil
	}
	return []string{Newest(whose, f.Modified)}
}

// Newest is the key under which an owner's or a drive's files stand that were modified at a time.
func Newest(whose string, modified int64) string { return Of(whose) + sorted(1<<50-modified) }

// Of is what the keys of an owner's files, or of a drive's, begin with.
func Of(whose string) string { return whose + "/" }

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// sorted is a number as the store sorts it.
func sorted(n int64) string { return fmt.Sprintf("%016d", n) }
