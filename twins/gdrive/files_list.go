package gdrive

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/twins/gdrive/internal/query"
	"twinset.dev/twins/internal/google/files"
)

// filesList lists the files that the caller has or that others have shared with them.
//
// https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list
func (d *Drive) filesList(c *call) (any, error) {
	then := c.Past()
	s, err := d.search(then)
	if err != nil {
		return nil, err
	}
	page, more := s.page()
	next := ""
	if more {
		next = pageToken(c, s.asked(), s.place(page[len(page)-1]))
	}
	if then != c {
		page = d.current(c, page)
	}
	out := obj{"kind": "drive#fileList", "incompleteSearch": false}
	list := make([]any, len(page))
	m := c.Mask.Sub("files")
	fields := wanted(m)
	for i, v := range page {
		list[i] = v.show(m, fields)
	}
	if out["files"] = list; more {
		out["nextPageToken"] = next
	}
	return out, nil
}

// current are files that were found in what there was, as they are now, but for those that the caller cannot see any more.
func (d *Drive) current(c *call, found []*fileView) (page []*fileView) {
	for _, v := range found {
		if f, role := d.Find(c, v.ID); role != files.None {
			page = append(page, &fileView{File: f, d: d, c: c})
		}
	}
	return page
}

// A search is what files.list is asked for.
type search struct {
	d       *Drive
	c       *call
	corpora string
	drive   string // the one shared drive to look in
	drives  bool   // items of shared drives are wanted too
	spaces  []string
	q       query.Node
	text    bool // q asks for fullText, so that the likeliest come first
	order   []order
	size    int
	after   []key // the place of the last file of the page before; nil is the beginning
}

// An order is one of the things that files are sorted by.
type order struct {
	by   string
	desc bool
}

// A key is what a file has for an order.
type key struct {
	N int64  `json:"n,omitempty"`
	S string `json:"s,omitempty"`
}

func (d *Drive) search(c *call) (s *search, err error) {
	s = &search{d: d, c: c, corpora: c.Q("corpora"), drive: c.Q("driveId"), spaces: []string{"drive"}}
	if corpus := c.Q("corpus"); s.corpora == "" {
		s.corpora = corpus
	}
	if id := c.Q("teamDriveId"); s.drive == "" {
		s.drive = id
	}
	items, teamItems := c.QTrue("includeItemsFromAllDrives"), c.QTrue("includeTeamDriveItems")
	s.drives = (items || teamItems) && d.knowsDrives(c)
	switch s.corpora {
	case "":
		s.corpora = "user"
	case "teamDrive":
		s.corpora = "drive"
	case "allTeamDrives", "user,allTeamDrives":
		s.corpora = "allDrives"
	case "user", "domain", "drive", "allDrives":
	default:
		return nil, invalidValue("corpora")
	}
	switch {
	case (s.drive != "") != (s.corpora == "drive"):
		return nil, errDriveCorpora
	case (s.corpora == "drive" || s.corpora == "allDrives") && !s.drives:
		return nil, errIncludeItems(s.corpora)
	case s.drive != "" && d.DriveRole(c, s.drive) == files.None:
		return nil, errNoDrive(s.drive)
	}
	if spaces := list(c.Q("spaces")); len(spaces) > 0 {
		s.spaces = spaces
	}
	for _, space := range s.spaces {
		if space != "drive" && space != files.AppData {
			return nil, invalidValue("spaces")
		}
		if c.Who.Known() && !c.Who.Has(spaceScopes[space]) {
			return nil, errSpaces
		}
	}
	if s.q, err = query.Parse(c.Q("q"), query.Files); err != nil {
		return nil, errQuery
	}
	s.text = asksFor(s.q, "fullText")
	if s.size, err = pageSize(c, "pageSize", 100, 1000); err != nil {
		return nil, err
	}
	for _, k := range list(c.Q("orderBy")) {
		by, dir, _ := strings.Cut(k, " ")
		if dir = strings.TrimSpace(dir); orders[by] == nil || dir != "" && dir != "desc" && dir != "asc" {
			return nil, invalidValue("orderBy")
		}
		s.order = append(s.order, order{by, dir == "desc"})
	}
	switch {
	case len(s.order) > 0 && s.text:
		return nil, errFullTextOrder
	case s.text:
		s.order = []order{{"relevance", true}, {"modifiedTime", true}}
	case len(s.order) == 0:
		s.order = []order{{"modifiedTime", true}}
	}
	if t := c.Q("pageToken"); t != "" && (!readPageToken(c, t, s.asked(), &s.after) || len(s.after) != len(s.order)+1) {
		return nil, errPageToken
	}
	c.Q("includeLabels")
	c.Q("includePermissionsForView")
	return s, nil
}

// spaceScopes are those with which a space can be searched.
var spaceScopes = map[string][]string{
	"drive": {
		"https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/drive.readonly", "https://www.googleapis.com/auth/drive.file", "https://www.googleapis.com/auth/drive.metadata",
		"https://www.googleapis.com/auth/drive.metadata.readonly", "https://www.googleapis.com/auth/drive.meet.readonly", "https://www.googleapis.com/auth/drive.photos.readonly",
	},
	files.AppData: {"https://www.googleapis.com/auth/drive.appdata"},
}

// asked is what has to be the same on each page.
func (s *search) asked() string {
	return strings.Join([]string{s.c.Q("q"), s.c.Q("orderBy"), s.corpora, s.drive, strings.Join(s.spaces, ",")}, "\x00")
}

// page are the files of the page that is asked for, and whether there are more.
func (s *search) page() (page []*fileView, more bool) {
	newest := len(s.order) == 1 && s.order[0] == order{"modifiedTime", true}
	candidates, sorted := s.candidates(newest)
	for f := range candidates {
		v := &fileView{File: *f, d: s.d, c: s.c}
		if s.after != nil && s.compare(s.place(v), s.after) <= 0 || !s.within(v) || s.q != nil && !s.is(s.q, v) {
			continue
		}
		if page = append(page, v); sorted && len(page) > s.size {
			break
		}
	}
	if !sorted {
		for _, v := range page {
			v.at = s.place(v)
		}
		slices.SortFunc(page, func(a, b *fileView) int { return s.compare(a.at, b.at) })
	}
	if len(page) > s.size {
		return page[:s.size], true
	}
	return page, false
}

// candidates are files among which are all that are asked for: of the folders, or the name, that the query asks for, or else
// all that the caller has. sorted is true if the newest comes first.
func (s *search) candidates(newest bool) (all iter.Seq[*files.File], sorted bool) {
	var best *store.Index[files.File]
	var in store.Range
	var least int
	consider := func(by *store.Index[files.File], key string) {
		if n := by.Count(s.c.Tx, exactly(key)); best == nil || n < least {
			best, in, least = by, exactly(key), n
		}
	}
	if is, ok := needed(s.q, "parents", "in"); ok {
		consider(s.d.ByParent, s.folderID(is.Text))
	}
	if is, ok := needed(s.q, "name", "="); ok {
		consider(s.d.ByName, strings.ToLower(is.Text))
	}
	if best != nil {
		return values(best.Rows(s.c.Tx, in)), false
	}
	return s.everything(), newest
}

// folderID is the id of a folder that may be named by another name.
func (s *search) folderID(id string) string {
	switch id {
	case "root":
		return s.c.Who.User.Root
	case files.AppData:
		return s.d.AppFolder(s.c).ID
	}
	return id
}

// needed finds what a query cannot do without.
func needed(n query.Node, term, op string) (query.Is, bool) {
	switch n := n.(type) {
	case query.And:
		if is, ok := needed(n.Left, term, op); ok {
			return is, true
		}
		return needed(n.Right, term, op)
	case query.Is:
		return n, n.Term == term && n.Op == op
	}
	return query.Is{}, false
}

// asksFor reports whether a query asks for a term anywhere.
func asksFor(n query.Node, term string) bool {
	switch n := n.(type) {
	case query.And:
		return asksFor(n.Left, term) || asksFor(n.Right, term)
	case query.Or:
		return asksFor(n.Left, term) || asksFor(n.Right, term)
	case query.Not:
		return asksFor(n.Of, term)
	case query.Is:
		return n.Term == term
	}
	return false
}

func within(whose string) store.Range { return store.Range{Prefix: files.Of(whose)} }

func exactly(key string) store.Range { return store.Range{From: key, To: key + "\x00"} }

func values(rows iter.Seq[store.Row[files.File]]) iter.Seq[*files.File] {
	return func(yield func(*files.File) bool) {
		for r := range rows {
			if !yield(r.Value()) {
				return
			}
		}
	}
}

// everything is what the caller owns, what is in their shared drives, and what others have shared with them: the newest first.
func (s *search) everything() iter.Seq[*files.File] {
	from := func(whose string) store.Range {
		g := within(whose)
		if s.after != nil && len(s.order) == 1 && s.order[0] == (order{"modifiedTime", true}) {
			g.From = files.Newest(whose, s.after[0].N)
		}
		return g
	}
	var sources []iter.Seq[*files.File]
	if s.drive == "" && s.c.Who.Known() {
		sources = append(sources, values(s.d.ByOwner.Rows(s.c.Tx, from(s.c.Who.User.ID))), slices.Values(s.shared()))
	}
	if s.drives {
		for dr := range s.d.Drives.All(s.c.Tx, s.drive) {
			if s.d.DriveRole(s.c, dr.ID) != files.None {
				sources = append(sources, values(s.d.ByDrive.Rows(s.c.Tx, from(dr.ID))))
			}
		}
	}
	return merged(sources)
}

// merged are the files of several sources in each of which the newest comes first.
func merged(sources []iter.Seq[*files.File]) iter.Seq[*files.File] {
	return func(yield func(*files.File) bool) {
		type head struct {
			f    *files.File
			next func() (*files.File, bool)
		}
		var heads []head
		for _, s := range sources {
			next, stop := iter.Pull(s)
			defer stop()
			if f, ok := next(); ok {
				heads = append(heads, head{f, next})
			}
		}
		for len(heads) > 0 {
			least := 0
			for i := range heads {
				if newer(heads[i].f, heads[least].f) < 0 {
					least = i
				}
			}
			if !yield(heads[least].f) {
				return
			}
			var ok bool
			if heads[least].f, ok = heads[least].next(); !ok {
				heads = slices.Delete(heads, least, least+1)
			}
		}
	}
}

func newer(a, b *files.File) int {
	return cmp.Or(cmp.Compare(b.Modified, a.Modified), cmp.Compare(a.ID, b.ID))
}

// shared are the files of others that the caller finds: in their own folders; shared with them or with a group that they are
// in, themselves or by way of a folder; shared with everybody or with their company, if it can be found or they have opened it.
func (s *search) shared() (all []*files.File) {
	seen := map[string]bool{}
	me, now := s.c.Who.User.ID, s.c.Now.UnixMilli()
	var add func(f *files.File)
	add = func(f *files.File) {
		if seen[f.ID] || f.Owner == me || f.Drive != "" && s.d.DriveRole(s.c, f.Drive) != files.None {
			return
		}
		seen[f.ID] = true
		all = append(all, f)
		if f.Type == files.Folder {
			for child := range values(s.d.ByParent.Rows(s.c.Tx, exactly(f.ID))) {
				if !child.Limited || s.d.Role(s.c, *child) != files.None {
					add(child)
				}
			}
		}
	}
	for folder := range values(s.d.Folders.Rows(s.c.Tx, exactly(me))) {
		in := files.Of(folder.ID)
		for f := range values(s.d.Inside.Rows(s.c.Tx, store.Range{Prefix: in, To: in + me})) {
			add(f)
		}
		for f := range values(s.d.Inside.Rows(s.c.Tx, store.Range{Prefix: in, From: in + me + "\x00"})) {
			add(f)
		}
	}
	for _, address := range append(slices.Clone(s.d.Mine(s.c)), "*") {
		for p := range s.d.SharedWith.All(s.c.Tx, address) {
			if p.Role == files.Owner || p.View != "" || p.Expires != 0 && p.Expires <= now {
				continue
			}
			row, ok := s.d.Files.Row(s.c.Tx, p.File)
			if !ok || (p.Type == "domain" || p.Type == "anyone") && !p.Found && row.Value().ViewedBy[me] == 0 {
				continue
			}
			add(row.Value())
		}
	}
	slices.SortFunc(all, newer)
	return all
}

// within reports whether a file is among those that are searched at all.
func (s *search) within(v *fileView) bool {
	space := v.Space
	if space == "" {
		space = "drive"
	}
	switch {
	case v.top(), !slices.Contains(s.spaces, space), !s.d.Reaches(s.c, v.File), v.Drive != "" && !s.drives, s.drive != "" && v.Drive != s.drive:
		return false
	case s.corpora == "domain":
		return slices.ContainsFunc(v.accesses(), func(a files.Access) bool {
			return a.Type == "domain" && a.Found && strings.EqualFold(a.Domain, s.c.Who.User.Domain)
		})
	}
	return v.may() != files.None
}

// orders are what files can be sorted by, and what each has for it.
var orders = map[string]func(v *fileView) key{
	"createdTime":      func(v *fileView) key { return key{N: v.Created} },
	"folder":           func(v *fileView) key { return key{N: one(!v.folder())} },
	"modifiedByMeTime": func(v *fileView) key { return key{N: v.modifiedByMe()} },
	"modifiedTime":     func(v *fileView) key { return key{N: v.Modified} },
	"name":             func(v *fileView) key { return key{S: strings.ToLower(v.Name)} },
	"name_natural":     func(v *fileView) key { return key{S: natural(v.Name)} },
	"quotaBytesUsed":   func(v *fileView) key { return key{N: v.d.quotaOf(v.c, v.File)} },
	"recency":          func(v *fileView) key { return key{N: max(v.Created, v.Modified, v.ViewedBy[v.me()], v.sharedAt())} },
	"sharedWithMeTime": func(v *fileView) key { return key{N: v.sharedAt()} },
	"starred":          func(v *fileView) key { return key{N: one(slices.Contains(v.Starred, v.me()))} },
	"viewedByMeTime":   func(v *fileView) key { return key{N: v.ViewedBy[v.me()]} },
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (v *fileView) sharedAt() int64 {
	p, _ := v.d.sharedWith(v.c, v.File)
	return p.At
}

// natural is a name as people sort it: 2 before 12.
func natural(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if digits := strings.TrimLeft(s[start:i], "0"); i > start {
			b.WriteByte('0')
			b.WriteByte(byte('0' + min(len(digits), 200-'0')))
			b.WriteString(digits)
			continue
		}
		b.WriteString(strings.ToLower(s[i : i+1]))
		i++
	}
	return b.String()
}

// place is where a file stands in the order that is asked for.
func (s *search) place(v *fileView) []key {
	keys := make([]key, 0, len(s.order)+1)
	for _, o := range s.order {
		if o.by == "relevance" {
			keys = append(keys, key{N: s.relevance(v)})
		} else {
			keys = append(keys, orders[o.by](v))
		}
	}
	return append(keys, key{S: v.ID})
}

func (s *search) compare(a, b []key) int {
	for i := range a {
		n := cmp.Or(cmp.Compare(a[i].N, b[i].N), strings.Compare(a[i].S, b[i].S))
		if i < len(s.order) && s.order[i].desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return 0
}
