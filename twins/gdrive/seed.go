package gdrive

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"path"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/identity"
)

// section is what a seed says of Drive. People and groups are named by their address, or by what stands before the @ of the
// company's; folders by the path from the owner's My Drive, or from a shared drive.
type section struct {
	Keys   *KeyService // where the company keeps the keys of what its people encrypt themselves
	Labels []Label
	Apps   []struct {
		App
		Users []string `json:"users"`
	}
	Drives []struct {
		Name         string
		Members      map[string]string // who, to their role
		Restrictions map[string]bool
	}
	Files []seedFile
}

// A seedFile is a file, or a folder with the files in it.
type seedFile struct {
	Name, Type, Description, Text string // Type is folder, document, spreadsheet, shortcut or a MIME type; by the name if empty
	Owner, Drive                  string
	Target                        string // of a shortcut, the name of a file that comes before
	Shared                        map[string]string
	Link                          string // the role that everybody has who has the link
	Domain                        string // and everybody in the company
	Starred                       []string
	Viewed                        []string
	Labels                        map[string]map[string]string
	Properties                    map[string]string
	Trashed                       bool
	Ago                           string
	Requests                      []struct{ By, Role, Message string }
	Comments                      []seedComment
	Files                         []seedFile
}

// A seedComment is what somebody says of a file, with what others answer.
type seedComment struct {
	By, Text, Ago, Quote string
	Resolved             bool
	Replies              []struct{ By, Text, Ago string }
}

// seed gives every account its My Drive, and fills them with what the seed says.
func (d *Drive) seed(tc *twin.Call, _, raw json.RawMessage) error {
	var se section
	if len(raw) > 0 {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&se); err != nil {
			return err
		}
	}
	for u := range d.Users.All(tc.Tx, "") {
		d.Roots(d.API.By(tc, u), u)
	}
	if se.Keys != nil {
		d.keyServices.Put(tc.Tx, *se.Keys)
	}
	for _, l := range se.Labels {
		if l.Revision == "" {
			l.Revision = "1"
		}
		d.labels.Put(tc.Tx, l)
	}
	for _, a := range se.Apps {
		for _, name := range a.Users {
			u, err := d.account(tc, name)
			if err != nil {
				return err
			}
			a.App.Users = append(a.App.Users, u.ID)
		}
		for cl := range d.Clients.All(tc.Tx, "") {
			if cl.Name == a.Name {
				a.Client = cl.ID
			}
		}
		d.apps.Put(tc.Tx, a.App)
	}
	for _, x := range se.Drives {
		if err := d.seedDrive(tc, x.Name, x.Members, x.Restrictions); err != nil {
			return err
		}
	}
	for _, f := range se.Files {
		if err := d.seedFile(tc, f, "", ""); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

// account is the account of a name or an address.
func (d *Drive) account(tc *twin.Call, name string) (identity.User, error) {
	ws, _ := d.Workspaces.Get(tc.Tx, "workspace")
	if u, ok := d.ByEmail(tc.Tx, name); ok {
		return u, nil
	}
	if u, ok := d.ByEmail(tc.Tx, name+"@"+ws.Domain); ok {
		return u, nil
	}
	return identity.User{}, fmt.Errorf("there is nobody called %q", name)
}

// let gives a person or a group a role, in a file or a shared drive.
func (d *Drive) let(tc *twin.Call, file, name, role, by string, at int64) error {
	r := files.ParseRole(role)
	if r == files.None {
		return fmt.Errorf("%q is no role", role)
	}
	p := files.Permission{File: file, Role: r, At: at, By: by}
	ws, _ := d.Workspaces.Get(tc.Tx, "workspace")
	if g, ok := d.GroupByEmail(tc.Tx, name+"@"+ws.Domain); ok {
		p.ID, p.Type, p.Email, p.Name = g.ID, "group", g.Email, g.Name
	} else {
		u, err := d.account(tc, name)
		if err != nil {
			return err
		}
		p.ID, p.Type, p.Email, p.Name = u.ID, "user", u.Email, u.Name
	}
	d.Permissions.Put(tc.Tx, p)
	return nil
}

func (d *Drive) seedDrive(tc *twin.Call, name string, members map[string]string, restrictions map[string]bool) error {
	who := make([]string, 0, len(members))
	for m := range members {
		who = append(who, m)
	}
	slices.Sort(who)
	i := slices.IndexFunc(who, func(m string) bool { return members[m] == "organizer" })
	if i < 0 {
		return fmt.Errorf("shared drive %s: nobody is its organizer", name)
	}
	u, err := d.account(tc, who[i])
	if err != nil {
		return err
	}
	dr := files.Drive{ID: identity.RootID("drive " + name), Name: name, Created: tc.Now.UnixMilli(), Restrictions: restrictions, Theme: themes[len(name)%len(themes)].id}
	dr.Color = themeOf(dr.Theme).color
	d.MakeDrive(d.API.By(tc, u), dr, u)
	for _, m := range who {
		if err := d.let(tc, dr.ID, m, members[m], u.ID, dr.Created); err != nil {
			return err
		}
	}
	return nil
}

// seedFile makes a file and what is in it. above is the path of the folder that it is in.
func (d *Drive) seedFile(tc *twin.Call, x seedFile, parent, above string) error {
	u, err := d.account(tc, x.Owner)
	if err != nil {
		return err
	}
	c := d.API.By(tc, u)
	then := *tc
	then.Now = time.UnixMilli(before(tc, x.Ago)).UTC()
	c.Call = &then
	if x.Drive != "" {
		parent = identity.RootID("drive " + x.Drive)
	}
	above += "/" + x.Name
	f := files.File{Name: x.Name, Description: x.Description, Parent: parent, Type: typeNamed(x.Type, x.Name), Properties: x.Properties}
	length := 33
	if files.Native(f.Type) && f.Type != files.Folder && f.Type != files.Shortcut {
		length = 44
	}
	f.ID = identity.FileID(x.Owner+" "+x.Drive+above, length)
	if !files.Native(f.Type) {
		if f.Content, err = d.stored(x.Text, f.Type); err != nil {
			return err
		}
		f.OriginalName, f.Extension = f.Name, extension(f.Name)
	}
	if x.Target != "" {
		t, ok := d.ByName.Get(tc.Tx, strings.ToLower(x.Target))
		if !ok {
			return fmt.Errorf("there is no file called %q to point at", x.Target)
		}
		f.Target, f.TargetType = t.ID, t.Type
	}
	if f, err = d.Create(c, f); err != nil {
		return err
	}
	if e := d.Editors[f.Type]; e != nil && x.Text != "" {
		from := "text/plain"
		if f.Type == files.Spreadsheet {
			from = "text/csv"
		}
		if err := e.Import(c, f, from, []byte(x.Text)); err != nil {
			return err
		}
		f, _ = d.Files.Get(c.Tx, f.ID)
	}
	at := c.Now.UnixMilli()
	for name, role := range x.Shared {
		if err := d.let(tc, f.ID, name, role, u.ID, at); err != nil {
			return err
		}
	}
	ws, _ := d.Workspaces.Get(tc.Tx, "workspace")
	if x.Domain != "" {
		d.Permissions.Put(tc.Tx, files.Permission{File: f.ID, ID: identity.PermissionID(ws.Domain) + "k", Type: "domain", Role: files.ParseRole(x.Domain), Domain: ws.Domain, Name: ws.Name, Found: true, At: at, By: u.ID})
	}
	if x.Link != "" {
		d.Permissions.Put(tc.Tx, files.Permission{File: f.ID, ID: "anyoneWithLink", Type: "anyone", Role: files.ParseRole(x.Link), At: at, By: u.ID})
	}
	for _, name := range x.Starred {
		s, err := d.account(tc, name)
		if err != nil {
			return err
		}
		f.Starred = append(f.Starred, s.ID)
	}
	f.ViewedBy = maps.Clone(f.ViewedBy)
	for _, name := range x.Viewed {
		s, err := d.account(tc, name)
		if err != nil {
			return err
		}
		f.ViewedBy[s.ID] = at
	}
	for _, id := range sortedKeys(x.Labels) {
		l := files.Label{ID: id, Revision: "1", Fields: map[string]files.LabelField{}}
		def, _ := d.labels.Get(tc.Tx, id)
		for _, field := range def.Fields {
			if value, ok := x.Labels[id][field.ID]; ok {
				l.Fields[field.ID] = files.LabelField{Type: field.Type, Values: []string{value}}
			}
		}
		f.Labels = append(f.Labels, l)
	}
	for _, r := range x.Requests {
		by, err := d.account(tc, r.By)
		if err != nil {
			return err
		}
		if _, err := d.propose(d.API.By(tc, by), f, r.Role, r.Message); err != nil {
			return err
		}
	}
	for _, said := range x.Comments {
		if err := d.seedComment(tc, f, said); err != nil {
			return err
		}
	}
	if x.Trashed {
		f.Trashed, f.TrashedBy = at, u.ID
	}
	d.Files.Put(tc.Tx, f)
	for _, child := range x.Files {
		if child.Owner == "" {
			child.Owner = x.Owner
		}
		if child.Ago == "" {
			child.Ago = x.Ago
		}
		if err := d.seedFile(tc, child, f.ID, above); err != nil {
			return fmt.Errorf("%s: %w", child.Name, err)
		}
	}
	return nil
}

// seedComment adds a comment to a file. One that is settled was settled by who answered last.
func (d *Drive) seedComment(tc *twin.Call, f files.File, x seedComment) error {
	u, err := d.account(tc, x.By)
	if err != nil {
		return err
	}
	c, at := d.API.By(tc, u), before(tc, x.Ago)
	said := files.Comment{File: f.ID, ID: "AAAA" + c.Rand(7, secretAlphabet), N: d.Next(c, "comment"), By: u.ID, Text: x.Text, Created: at, Modified: at, Resolved: x.Resolved}
	if x.Quote != "" {
		said.Quote = &files.Quote{Type: "text/plain", Text: x.Quote}
	}
	for i, r := range x.Replies {
		by, err := d.account(tc, r.By)
		if err != nil {
			return err
		}
		reply := files.Reply{ID: "AAAA" + c.Rand(7, secretAlphabet), By: by.ID, Text: r.Text, Created: before(tc, r.Ago)}
		if reply.Modified = reply.Created; x.Resolved && i == len(x.Replies)-1 {
			reply.Action = "resolve"
		}
		said.Replies, said.Modified = append(said.Replies, reply), max(said.Modified, reply.Created)
	}
	d.Comments.Put(tc.Tx, said)
	return nil
}

// before is so long ago, or now.
func before(tc *twin.Call, ago string) int64 {
	d, _ := time.ParseDuration(ago)
	return tc.Now.Add(-d).UnixMilli()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// typeNamed is the MIME type that a seed means.
func typeNamed(kind, name string) string {
	switch kind {
	case "folder", "document", "spreadsheet", "shortcut", "presentation", "drawing", "form":
		return "application/vnd.google-apps." + kind
	case "":
		if t, _, _ := strings.Cut(mime.TypeByExtension(path.Ext(name)), ";"); t != "" {
			return t
		}
		return "text/plain"
	}
	return kind
}

// stored keeps the text of a file among the bytes.
func (d *Drive) stored(text, kind string) (*files.Content, error) {
	if text == "" {
		return noBytes, nil
	}
	hash, size, err := d.DB.Blobs().Put(io.NopCloser(strings.NewReader(text)))
	m, s := md5.Sum([]byte(text)), sha1.Sum([]byte(text))
	content := &files.Content{Hash: hash, Size: size, MD5: hex.EncodeToString(m[:]), SHA1: hex.EncodeToString(s[:])}
	if strings.HasPrefix(kind, "text/") {
		content.Words = text
	}
	return content, err
}
