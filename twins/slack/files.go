package slack

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// Modes of a File.
const (
	modeHosted   = "hosted"   // bytes that somebody uploaded
	modeSnippet  = "snippet"  // text that can be edited in Slack
	modeExternal = "external" // a link to where an app keeps it
	modeCanvas   = "quip"
	modeList     = "list"
)

// A File is what somebody has uploaded, written or linked to.
//
// https://docs.slack.dev/reference/objects/file-object
type File struct {
	ID          string            `json:"id"`
	Team        string            `json:"team"`
	User        string            `json:"user"`
	Bot         string            `json:"bot"`
	App         string            `json:"app"` // of an app's upload
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Alt         string            `json:"alt"`
	Type        string            `json:"type"`
	Mode        string            `json:"mode"`
	Size        int64             `json:"size"`
	Blob        string            `json:"blob"` // the bytes, or the preview image of a remote file
	Width       int               `json:"width"`
	Height      int               `json:"height"` // of an image
	Animated    bool              `json:"animated"`
	Preview     string            `json:"preview"` // the first lines of a text
	Lines       int               `json:"lines"`
	Created     int64             `json:"created"`
	Updated     int64             `json:"updated"`
	LastEditor  string            `json:"last_editor"`
	Editors     []string          `json:"editors"`
	Shares      []Share           `json:"shares"`
	Secret      string            `json:"secret"`      // bare; of the public link
	Public      bool              `json:"public"`      // the public link works
	ExternalID  string            `json:"external_id"` // by which its app knows a remote file
	ExternalURL string            `json:"external_url"`
	Searchable  string            `json:"searchable"` // further words that a remote file is found by
	Reactions   []Reaction        `json:"reactions"`
	PinnedTo    []string          `json:"pinned_to"`
	Deleted     bool              `json:"deleted"`
	Access      map[string]string `json:"access"`   // what users and channels may do with a canvas or a list
	Sections    []Section         `json:"sections"` // of a canvas
	Channel     string            `json:"channel"`  // whose canvas it is
}

// A Share is a message that shows a file.
type Share struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	User    string `json:"user"`
}

// An Upload is a file that somebody has announced, and whose bytes may have come.
type Upload struct {
	Ticket   string   `json:"ticket"` // bare; what the upload URL ends with carries the world's tag
	File     string   `json:"file"`
	User     string   `json:"user"`
	Name     string   `json:"name"`
	Alt      string   `json:"alt"`
	Snippet  string   `json:"snippet"`
	Contents contents `json:"contents"`
}

// A FileComment is a remark on a file, from the time before threads.
type FileComment struct {
	ID      string `json:"id"`
	File    string `json:"file"`
	User    string `json:"user"`
	Comment string `json:"comment"`
	Created int64  `json:"created"`
}

// filesMethods are the files.* methods.
//
// https://docs.slack.dev/reference/methods?family=files
func (s *Slack) filesMethods() {
	write(s, "files.upload", about{twin.Full, tier2, "files:write", "files:write files:write:user"}, s.filesUpload).receives = []string{"file", "content"}
	write(s, "files.getUploadURLExternal", about{twin.Full, tier4, "files:write", "files:write"}, s.filesGetUploadURLExternal)
	write(s, "files.completeUploadExternal", about{twin.Full, tier4, "files:write", "files:write"}, s.filesCompleteUploadExternal)
	read(s, "files.info", about{twin.Full, tier4, "files:read", "files:read"}, s.filesInfo)
	read(s, "files.list", about{twin.Full, tier3, "files:read", "files:read"}, s.filesList)
	write(s, "files.delete", about{twin.Full, tier3, "files:write", "files:write files:write:user"}, s.filesDelete)
	write(s, "files.edit", about{twin.Full, tier3, "files:write", "files:write"}, s.filesEdit)
	write(s, "files.sharedPublicURL", about{twin.Full, tier3, "-", "files:write files:write:user"}, s.filesSharedPublicURL)
	write(s, "files.revokePublicURL", about{twin.Full, tier3, "files:write", "files:write files:write:user"}, s.filesRevokePublicURL)
	write(s, "files.comments.add", about{twin.Full, tier2, "files:write", "files:write files:write:user"}, s.filesCommentsAdd)
	write(s, "files.comments.edit", about{twin.Full, tier2, "files:write", "files:write files:write:user"}, s.filesCommentsEdit)
	write(s, "files.comments.delete", about{twin.Full, tier2, "files:write", "files:write files:write:user"}, s.filesCommentsDelete)
	s.uploadRoutes()
	s.downloadRoutes()
}

// Limits of what may be uploaded.
const (
	maxFile    = 1 << 30
	maxSnippet = 1 << 20
	maxContent = 130 << 10 // of files.upload's content
	maxAlt     = 1000
)

// filesUpload makes a file of what comes with the call and shares it: the old way.
//
// https://docs.slack.dev/reference/methods/files.upload
func (s *Slack) filesUpload(c *call, in *api.FilesUploadRequest) (any, error) {
	got, uploaded := c.args.received["file"]
	if !uploaded && in.Content == "" {
		return nil, Error("no_file_data")
	}
	var chs []Channel
	for _, ref := range list(in.Channels) {
		ch, ok := c.channel(ref)
		if !ok {
			ch, ok = s.channelsByName.Get(c.Tx, c.token.Team+"/"+strings.TrimPrefix(ref, "#"))
		}
		switch {
		case !ok || !c.sees(ch):
			return nil, errChannelNotFound
		case ch.Archived:
			return nil, errIsArchived
		case !c.isMember(ch):
			return nil, errNotInChannel
		}
		chs = append(chs, ch)
	}
	name := or(in.Filename, got.Name)
	f := File{Name: name, Title: or(in.Title, strings.TrimSuffix(name, path.Ext(name))), Type: got.Type}
	if !uploaded {
		got = c.args.received["content"]
		f.Name, f.Type = or(name, "-.txt"), got.Type
	}
	if t, ok := filetypeByID[in.Filetype]; ok {
		f.Type = t.id
		if name == "" {
			f.Name = "-." + t.extension()
		}
	}
	f.Title = or(f.Title, "Untitled")
	f = c.addFile(f, got, chs...)
	for _, ch := range chs {
		if in.ThreadTS != "" {
			if _, err := c.threadRoot(ch, in.ThreadTS); err != nil {
				return nil, errInvalidThreadTS
			}
		}
		m, err := c.introduction(in.InitialComment, nil)
		if err != nil {
			return nil, err
		}
		if err := c.share([]string{f.ID}, ch, m, in.ThreadTS); err != nil {
			return nil, err
		}
	}
	f, _ = s.files.Get(c.Tx, f.ID)
	return reply{"file": c.fileView(f)}, nil
}

// filesGetUploadURLExternalRequest are the arguments of files.getUploadURLExternal: the alternative text has gone by two names.
type filesGetUploadURLExternalRequest struct {
	Filename    string `json:"filename"`
	Length      int64  `json:"length"`
	AltTxt      string `json:"alt_txt"`
	AltText     string `json:"alt_text"`
	SnippetType string `json:"snippet_type"`
}

// filesGetUploadURLExternal returns where the bytes of a file are to be sent.
//
// https://docs.slack.dev/reference/methods/files.getUploadURLExternal
func (s *Slack) filesGetUploadURLExternal(c *call, in *filesGetUploadURLExternalRequest) (any, error) {
	alt := or(in.AltTxt, in.AltText)
	switch {
	case in.Filename == "":
		return nil, missing("filename")
	case !c.args.given("length"):
		return nil, missing("length")
	case in.Length <= 0:
		return nil, errMissingArgument
	case utf8.RuneCountInString(alt) > maxAlt:
		return nil, Error("alt_txt_too_large")
	case in.Length > maxFile:
		return nil, errFileUploadSizeRestricted
	}
	if in.SnippetType != "" {
		if _, ok := snippetType(in.SnippetType); !ok {
			return nil, Error("unknown_snippet_type")
		}
		if in.Length > maxSnippet {
			return nil, Error("snippet_too_large")
		}
	}
	u := Upload{Ticket: c.Rand(32, secretAlphabet), File: c.id("F"), User: c.user.ID, Name: in.Filename, Alt: alt, Snippet: in.SnippetType}
	s.uploads.Put(c.Tx, u)
	return reply{"upload_url": c.base + "/upload/v1/" + c.World.Seal(u.Ticket), "file_id": u.File}, nil
}

// filesCompleteUploadExternalRequest are the arguments of files.completeUploadExternal, those that came late included.
type filesCompleteUploadExternalRequest struct {
	Files          json.RawMessage `json:"files"`
	ChannelID      string          `json:"channel_id"`
	Channels       []string        `json:"channels"`
	ThreadTS       string          `json:"thread_ts"`
	InitialComment string          `json:"initial_comment"`
	Blocks         json.RawMessage `json:"blocks"`
	Username       string          `json:"username"`
	IconURL        string          `json:"icon_url"`
	IconEmoji      string          `json:"icon_emoji"`
}

// filesCompleteUploadExternal makes files of what was sent to upload URLs, and shares them in one message.
//
// https://docs.slack.dev/reference/methods/files.completeUploadExternal
func (s *Slack) filesCompleteUploadExternal(c *call, in *filesCompleteUploadExternalRequest) (any, error) {
	if !c.args.given("files") {
		return nil, missing("files")
	}
	var asked []struct {
		ID            string `json:"id"`
		Title         string `json:"title"`
		HighlightType string `json:"highlight_type"`
	}
	if json.Unmarshal(in.Files, &asked) != nil {
		return nil, invalid("[ERROR] must be a valid json array [json-pointer:/files]")
	}
	if len(asked) == 0 {
		return nil, invalid("[ERROR] must have at least 1 items [json-pointer:/files]")
	}
	var ups []Upload
	for _, a := range asked {
		u, ok := s.uploadsByFile.Get(c.Tx, a.ID)
		if !ok || u.User != c.user.ID || u.Contents.Blob == "" || slices.ContainsFunc(ups, func(x Upload) bool { return x.File == u.File }) {
			return nil, errFileNotFound
		}
		ups = append(ups, u)
	}
	chs, err := c.destinations(in.ChannelID, in.Channels)
	if err != nil {
		return nil, err
	}
	m, err := c.introduction(in.InitialComment, in.Blocks)
	if err != nil {
		return nil, err
	}
	if in.Username != "" || in.IconURL != "" || in.IconEmoji != "" {
		if err := c.need("chat:write.customize"); err != nil {
			return nil, err
		}
		m.Username, m.IconURL, m.IconEmoji = in.Username, in.IconURL, in.IconEmoji
	}
	var ids []string
	for i, u := range ups {
		f := File{ID: u.File, Name: u.Name, Title: or(asked[i].Title, u.Name), Alt: u.Alt, Type: u.Contents.Type}
		for _, kind := range []string{u.Snippet, asked[i].HighlightType} {
			if t, ok := snippetType(kind); ok && (u.Snippet != "" || filetypeByID[f.Type].text) {
				f.Type = t.id
			}
		}
		s.uploads.Delete(c.Tx, u.Ticket)
		ids = append(ids, c.addFile(f, u.Contents, chs...).ID)
	}
	for _, ch := range chs {
		if err := c.share(ids, ch, m, in.ThreadTS); err != nil {
			return nil, err
		}
	}
	views := []reply{}
	for _, id := range ids {
		f, _ := s.files.Get(c.Tx, id)
		views = append(views, c.fileView(f))
	}
	return reply{"files": views}, nil
}

// destinations finds the conversations that files are to be shared in: one by id, and others by the ids of channels or people.
func (c *call) destinations(channel string, more []string) (chs []Channel, err error) {
	if len(more) > 100 {
		return nil, Error("channels_limit_exceeded")
	}
	refs := more
	if channel != "" {
		refs = append([]string{channel}, more...)
	}
	for i, ref := range refs {
		ch, ok := c.channel(ref)
		if u, is := c.s.users.Get(c.Tx, ref); !ok && is && !u.Deleted && c.user.ID != "" {
			ch, _ = c.openIM(u.ID)
			ok = true
		}
		switch {
		case !ok && channel != "" && i == 0:
			return nil, errChannelNotFound
		case !ok:
			return nil, errInvalidChannel
		case !c.isMember(ch):
			return nil, errNotInChannel
		case ch.Archived || ch.ReadOnly && !c.user.Admin:
			return nil, Error("posting_to_channel_denied")
		}
		if !slices.ContainsFunc(chs, func(x Channel) bool { return x.ID == ch.ID }) {
			chs = append(chs, ch)
		}
	}
	return chs, nil
}

// introduction is the message that files are shared with: a comment, else blocks, else nothing.
func (c *call) introduction(comment string, blocks json.RawMessage) (Message, error) {
	if comment != "" {
		return c.compose(content{Text: comment})
	}
	if present(blocks) == nil {
		return Message{}, nil
	}
	return c.compose(content{Blocks: blocks})
}

// addFile puts a new file of the caller's into the workspace, which those where it is about to be shared hear of.
func (c *call) addFile(f File, got contents, chs ...Channel) File {
	f.ID = or(f.ID, c.id("F"))
	f.Team, f.User, f.Bot, f.App = c.token.Team, c.user.ID, c.token.Bot, c.token.App
	f.Blob, f.Size, f.Width, f.Height, f.Animated = got.Blob, got.Size, got.Width, got.Height, got.Animated
	f.Created, f.Updated, f.Secret = c.Now.Unix(), c.Now.Unix(), c.Rand(10, hexAlphabet)
	f.Mode = or(f.Mode, modeHosted)
	if filetypeByID[f.Type].text && f.Mode == modeHosted && f.Size <= maxSnippet {
		f.Mode, f.Preview, f.Lines = modeSnippet, got.Preview, got.Lines
	}
	c.s.files.Put(c.Tx, f)
	soon := f
	for _, ch := range chs {
		soon.Shares = append(soon.Shares, Share{Channel: ch.ID})
	}
	c.emitFile("file_created", soon, nil)
	return f
}

// share shows files in a conversation, in one message.
func (c *call) share(ids []string, ch Channel, m Message, threadTS string) error {
	fresh := map[string]bool{}
	for _, id := range ids { // the message's event shows them as shared already
		f, _ := c.s.files.Get(c.Tx, id)
		fresh[id] = !ch.Private && !c.public(f)
		f.Shares = append(slices.Clone(f.Shares), Share{Channel: ch.ID, User: c.user.ID})
		c.s.files.Put(c.Tx, f)
	}
	m.Files = ids
	m, err := c.post(ch, m, threadTS, false)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f, _ := c.s.files.Get(c.Tx, id)
		f.Shares = slices.Clone(f.Shares)
		f.Shares[len(f.Shares)-1].TS = m.TS
		c.s.files.Put(c.Tx, f)
		if fresh[id] {
			c.emitFile("file_public", f, nil)
		}
		c.emit(event{Type: "file_shared", Channel: ch, Hidden: true, Body: c.fileEvent(f, reply{"channel_id": ch.ID})})
	}
	return nil
}

// unshare notes that a message that showed files is gone.
func (c *call) unshare(ch Channel, m Message) {
	for _, id := range m.Files {
		f, ok := c.s.files.Get(c.Tx, id)
		if !ok || f.Deleted {
			continue
		}
		f.Shares = slices.DeleteFunc(slices.Clone(f.Shares), func(sh Share) bool { return sh.Channel == ch.ID && sh.TS == m.TS })
		c.s.files.Put(c.Tx, f)
		c.emit(event{Type: "file_unshared", Channel: ch, Hidden: true, Body: c.fileEvent(f, reply{"channel_id": ch.ID})})
	}
}

// reshare makes a message show other files than before, and tells of those that it shows no more or only now.
func (c *call) reshare(ch Channel, m Message, files []string) (Message, error) {
	gone := m
	gone.Files = nil
	for _, id := range m.Files {
		if !slices.Contains(files, id) {
			gone.Files = append(gone.Files, id)
		}
	}
	for _, id := range files {
		f, err := c.file(id)
		if err != nil {
			return m, errFileNotFound
		}
		if slices.Contains(m.Files, id) {
			continue
		}
		f.Shares = append(slices.Clone(f.Shares), Share{Channel: ch.ID, TS: m.TS, User: c.user.ID})
		c.s.files.Put(c.Tx, f)
		c.emit(event{Type: "file_shared", Channel: ch, Hidden: true, Body: c.fileEvent(f, reply{"channel_id": ch.ID})})
	}
	c.unshare(ch, gone)
	m.Files = files
	return m, nil
}

// public reports whether the file is in a public channel, for everyone in the workspace to see.
func (c *call) public(f File) bool {
	for _, sh := range f.Shares {
		if ch, ok := c.s.channels.Get(c.Tx, sh.Channel); ok && !ch.Private && !ch.IM && !ch.MPIM {
			return true
		}
	}
	return false
}

// emitFile tells those who see the file what happened to it.
func (c *call) emitFile(name string, f File, more reply) {
	c.emit(event{Type: name, To: c.audience(f), Body: c.fileEvent(f, more)})
}

func (c *call) fileEvent(f File, more reply) reply {
	return merge(reply{"file_id": f.ID, "user_id": c.user.ID, "file": reply{"id": f.ID}}, more)
}

// audience lists who sees the file: whose it is, and who is where it is shared.
func (c *call) audience(f File) []string {
	users := []string{f.User}
	for _, sh := range f.Shares {
		for m := range c.s.members.All(c.Tx, sh.Channel+"/") {
			users = append(users, m.User)
		}
	}
	for id := range f.Access {
		if strings.HasPrefix(id, "C") {
			for m := range c.s.members.All(c.Tx, id+"/") {
				users = append(users, m.User)
			}
		}
		users = append(users, id)
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// sees reports whether the caller may see the file.
func (c *call) seesFile(f File) bool {
	if f.User == c.user.ID && f.User != "" {
		return true
	}
	for _, sh := range f.Shares {
		if ch, ok := c.s.channels.Get(c.Tx, sh.Channel); ok && c.sees(ch) {
			return true
		}
	}
	return c.access(f) != ""
}

// access is what the caller may do with a canvas or a list: owner, write, read or nothing.
func (c *call) access(f File) string {
	best := f.Access[c.user.ID]
	if f.User == c.user.ID {
		best = "owner"
	}
	rank := []string{"", "read", "write", "owner"}
	for id, level := range f.Access {
		if strings.HasPrefix(id, "C") && c.s.members.Has(c.Tx, memberKey(id, c.user.ID)) && slices.Index(rank, level) > slices.Index(rank, best) {
			best = level
		}
	}
	return best
}

// file finds a file that the caller may see.
func (c *call) file(id string) (File, error) {
	f, ok := c.s.files.Get(c.Tx, id)
	switch {
	case !ok || !c.seesFile(f):
		return f, errFileNotFound
	case f.Deleted:
		return f, errFileDeleted
	}
	return f, nil
}

// filesInfo returns one file with its comments; of a snippet, its text as well.
//
// https://docs.slack.dev/reference/methods/files.info
func (s *Slack) filesInfo(c *call, in *api.FilesInfoRequest) (any, error) {
	if in.File == "" {
		return nil, errFileNotFound
	}
	f, err := c.file(in.File)
	if err != nil {
		return nil, err
	}
	comments := []reply{}
	for fc := range s.fileComments.All(c.Tx, f.ID+"/") {
		comments = append(comments, c.commentView(fc))
	}
	v := reply{"file": c.fileView(f)}
	if in.Count > 0 || in.Page > 0 {
		v["comments"], v["paging"] = paged(comments, in.Count, in.Page)
	} else {
		cut, next, err := page(comments, "comment", in.Cursor, limit(in.Limit, 100, 1000), func(r reply) string { return r["id"].(string) })
		if err != nil {
			return nil, err
		}
		v["comments"], v["response_metadata"] = cut, reply{"next_cursor": next}
	}
	if f.Mode == modeSnippet {
		text := s.text(f)
		v["content"], v["is_truncated"] = text, false
		v["content_highlight_html"], v["content_highlight_html_truncated"], v["content_highlight_css"] = highlight(text), false, highlightCSS
	}
	return v, nil
}

// paged cuts a list into pages by number, and says which this one is.
//
// https://docs.slack.dev/apis/web-api/pagination#classic-pagination
func paged[T any](items []T, count, page int64) ([]T, reply) {
	n := limit(count, 100, 1000)
	page = max(page, 1)
	total := len(items)
	pages := (total + n - 1) / n
	facts := reply{"count": n, "total": total, "page": page, "pages": pages}
	start := min(int(min(page-1, int64(total)))*n, total)
	return items[start:min(start+n, total)], facts
}

// filesListRequest are the arguments of files.list; the last two page by cursor, which some clients ask for.
type filesListRequest struct {
	Channel                string `json:"channel"`
	User                   string `json:"user"`
	TeamID                 string `json:"team_id"`
	TSFrom                 string `json:"ts_from"`
	TSTo                   string `json:"ts_to"`
	Types                  string `json:"types"`
	Count                  int64  `json:"count"`
	Page                   int64  `json:"page"`
	ShowFilesHiddenByLimit bool   `json:"show_files_hidden_by_limit"`
	Cursor                 string `json:"cursor"`
	Limit                  int64  `json:"limit"`
}

// filesList returns the files that the caller can see, newest first.
//
// https://docs.slack.dev/reference/methods/files.list
func (s *Slack) filesList(c *call, in *filesListRequest) (any, error) {
	types, ok := fileTypes(in.Types)
	if !ok {
		return nil, errUnknownType
	}
	if in.User != "" && !s.users.Has(c.Tx, in.User) {
		return nil, errUserNotFound
	}
	from, to, err := between(in.TSFrom, in.TSTo)
	if err != nil {
		return nil, err
	}
	if in.Channel != "" {
		if _, ok := c.channel(in.Channel); !ok {
			return nil, errChannelNotFound
		}
	}
	views := []reply{}
	for _, f := range c.filesNewestFirst(in.Channel) {
		if f.Created < from || f.Created > to || in.User != "" && f.User != in.User || !types(f) || !c.seesFile(f) {
			continue
		}
		views = append(views, c.fileView(f))
	}
	if in.Cursor != "" || in.Limit > 0 && in.Page == 0 && in.Count == 0 {
		cut, next, err := page(views, "file", in.Cursor, limit(in.Limit, 100, 1000), func(v reply) string { return v["id"].(string) })
		if err != nil {
			return nil, err
		}
		_, facts := paged(views, in.Limit, 1)
		return reply{"files": cut, "paging": facts, "response_metadata": reply{"next_cursor": next}}, nil
	}
	cut, facts := paged(views, in.Count, in.Page)
	return reply{"files": cut, "paging": facts}, nil
}

// filesNewestFirst are the files of a channel, or of the workspace.
func (c *call) filesNewestFirst(channel string) []File {
	var fs []File
	if channel != "" {
		fs = slices.Collect(c.s.filesByChannel.All(c.Tx, channel))
	} else {
		fs = slices.Collect(c.s.filesByTime.Range(c.Tx, prefix(c.token.Team+"/")))
	}
	slices.SortStableFunc(fs, func(a, b File) int {
		return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(a.ID, b.ID))
	})
	return fs
}

// between reads a span of time in seconds; its ends belong to it.
func between(from, to string) (oldest, latest int64, err error) {
	latest = 1 << 62
	if from != "" {
		f, err := strconv.ParseFloat(from, 64)
		if err != nil {
			return 0, 0, invalid("[ERROR] must be a valid timestamp [json-pointer:/ts_from]")
		}
		oldest = int64(f)
	}
	if to != "" && to != "now" {
		f, err := strconv.ParseFloat(to, 64)
		if err != nil {
			return 0, 0, invalid("[ERROR] must be a valid timestamp [json-pointer:/ts_to]")
		}
		latest = int64(f)
	}
	return oldest, latest, nil
}

// fileTypes reads the types that files.list is asked for.
func fileTypes(asked string) (is func(File) bool, ok bool) {
	kinds := list(or(asked, "all"))
	for _, k := range kinds {
		if !slices.Contains([]string{"all", "spaces", "snippets", "images", "gdocs", "zips", "pdfs", "canvases", "lists", "videos", "audios"}, k) {
			return nil, false
		}
	}
	return func(f File) bool {
		t := filetypeByID[f.Type]
		for _, k := range kinds {
			if k == "all" || k == "snippets" && f.Mode == modeSnippet || k == "images" && strings.HasPrefix(t.mime, "image/") ||
				k == "gdocs" && strings.HasPrefix(t.mime, "application/vnd.google-apps") || k == "zips" && t.id == "zip" || k == "pdfs" && t.id == "pdf" ||
				(k == "spaces" || k == "canvases") && f.Mode == modeCanvas || k == "lists" && f.Mode == modeList ||
				k == "videos" && strings.HasPrefix(t.mime, "video/") || k == "audios" && strings.HasPrefix(t.mime, "audio/") {
				return true
			}
		}
		return false
	}, true
}

// filesDelete takes a file away; the messages that showed it show that it is gone.
//
// https://docs.slack.dev/reference/methods/files.delete
func (s *Slack) filesDelete(c *call, in *api.FilesDeleteRequest) (any, error) {
	f, err := c.file(in.File)
	if err != nil {
		return nil, err
	}
	if !c.owns(f) {
		return nil, Error("cant_delete_file")
	}
	c.deleteFile(f)
	return nil, nil
}

// owns reports whether the caller may do away with the file: it is theirs, or they are an admin.
func (c *call) owns(f File) bool {
	return f.User == c.user.ID || c.token.Kind != tokenBot && c.user.Admin
}

// deleteFile takes a file away; what is left of it is a tombstone in the messages that showed it.
func (c *call) deleteFile(f File) {
	channels := []string{}
	for _, sh := range f.Shares {
		if !slices.Contains(channels, sh.Channel) {
			channels = append(channels, sh.Channel)
		}
	}
	before := make([]messageView, len(f.Shares))
	for i, sh := range f.Shares {
		if m, ok := c.s.messages.Get(c.Tx, messageKey(sh.Channel, sh.TS)); ok {
			before[i] = c.messageView(m)
		}
	}
	if f.Mode == modeCanvas {
		c.dropTab(f)
	}
	to := c.audience(f)
	f.Deleted, f.Public, f.Blob, f.Preview, f.Sections = true, false, "", "", nil
	c.s.files.Put(c.Tx, f)
	for i, sh := range f.Shares {
		if m, ok := c.s.messages.Get(c.Tx, messageKey(sh.Channel, sh.TS)); ok {
			ch, _ := c.s.channels.Get(c.Tx, sh.Channel)
			c.emitChanged(ch, m, before[i])
		}
	}
	for fc := range c.s.fileComments.All(c.Tx, f.ID+"/") {
		c.s.fileComments.Delete(c.Tx, f.ID+"/"+fc.ID)
	}
	c.emit(event{Type: "file_deleted", To: to, Body: reply{"file_id": f.ID, "channel_ids": channels}})
}

// filesEditRequest are the arguments of files.edit, which Slack's own clients call.
type filesEditRequest struct {
	File     string `json:"file"`
	Title    string `json:"title"`
	Filetype string `json:"filetype"`
}

// filesEdit gives a file another title or a snippet another type.
func (s *Slack) filesEdit(c *call, in *filesEditRequest) (any, error) {
	f, err := c.file(in.File)
	if err != nil {
		return nil, err
	}
	if !c.owns(f) {
		return nil, errNoPermission
	}
	f.Title, f.Updated = or(in.Title, f.Title), c.Now.Unix()
	if in.Filetype != "" {
		t, ok := snippetType(in.Filetype)
		if !ok || f.Mode != modeSnippet {
			return nil, errUnknownType
		}
		f.Type = t.id
	}
	s.files.Put(c.Tx, f)
	c.emitFile("file_change", f, nil)
	return reply{"file": c.fileView(f)}, nil
}

// filesSharedPublicURL makes a file's public link work.
//
// https://docs.slack.dev/reference/methods/files.sharedPublicURL
func (s *Slack) filesSharedPublicURL(c *call, in *api.FilesSharedPublicURLRequest) (any, error) {
	f, err := c.file(in.File)
	switch {
	case err != nil:
		return nil, errFileNotFound
	case c.user.Restricted || c.user.UltraRestricted:
		return nil, errUserIsRestricted
	case f.Mode == modeExternal || f.Mode == modeCanvas || f.Mode == modeList:
		return nil, errNotAllowed
	case f.Public:
		return nil, Error("already_public")
	}
	f.Public = true
	s.files.Put(c.Tx, f)
	c.audit("file_public_link_created", aboutFile(f), nil)
	c.emitFile("file_change", f, nil)
	comments := []reply{}
	for fc := range s.fileComments.All(c.Tx, f.ID+"/") {
		comments = append(comments, c.commentView(fc))
	}
	cut, facts := paged(comments, 0, 0)
	return reply{"file": c.fileView(f), "comments": cut, "paging": facts}, nil
}

// filesRevokePublicURL makes a file's public link useless, for good: the next one is another.
//
// https://docs.slack.dev/reference/methods/files.revokePublicURL
func (s *Slack) filesRevokePublicURL(c *call, in *api.FilesRevokePublicURLRequest) (any, error) {
	f, err := c.file(in.File)
	switch {
	case err != nil:
		return nil, errFileNotFound
	case !c.owns(f):
		return nil, errNoPermission
	}
	if f.Public {
		f.Public, f.Secret = false, c.Rand(10, hexAlphabet)
		s.files.Put(c.Tx, f)
		c.audit("file_public_link_revoked", aboutFile(f), nil)
		c.emitFile("file_change", f, nil)
	}
	return reply{"file": c.fileView(f)}, nil
}

// filesCommentsAddRequest are the arguments of files.comments.add, which Slack has withdrawn from new apps.
type filesCommentsAddRequest struct {
	File    string `json:"file"`
	Comment string `json:"comment"`
}

// filesCommentsAdd remarks on a file.
func (s *Slack) filesCommentsAdd(c *call, in *filesCommentsAddRequest) (any, error) {
	f, err := c.file(in.File)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Comment) == "" {
		return nil, Error("no_comment")
	}
	fc := FileComment{ID: c.id("Fc"), File: f.ID, User: c.user.ID, Comment: in.Comment, Created: c.Now.Unix()}
	s.fileComments.Put(c.Tx, fc)
	c.emitFile("file_comment_added", f, reply{"comment": c.commentView(fc)})
	return reply{"comment": c.commentView(fc)}, nil
}

// filesCommentsEditRequest are the arguments of files.comments.edit, which Slack has withdrawn from new apps.
type filesCommentsEditRequest struct {
	File    string `json:"file"`
	ID      string `json:"id"`
	Comment string `json:"comment"`
}

// filesCommentsEdit changes what the caller remarked on a file.
func (s *Slack) filesCommentsEdit(c *call, in *filesCommentsEditRequest) (any, error) {
	f, err := c.file(in.File)
	if err != nil {
		return nil, err
	}
	fc, ok := s.fileComments.Get(c.Tx, f.ID+"/"+in.ID)
	switch {
	case !ok:
		return nil, errCommentNotFound
	case strings.TrimSpace(in.Comment) == "":
		return nil, Error("no_comment")
	case fc.User != c.user.ID:
		return nil, Error("cant_edit")
	}
	fc.Comment = in.Comment
	s.fileComments.Put(c.Tx, fc)
	c.emitFile("file_comment_edited", f, reply{"comment": c.commentView(fc)})
	return reply{"comment": c.commentView(fc)}, nil
}

// filesCommentsDelete takes a remark on a file back.
//
// https://docs.slack.dev/reference/methods/files.comments.delete
func (s *Slack) filesCommentsDelete(c *call, in *api.FilesCommentsDeleteRequest) (any, error) {
	f, err := c.file(in.File)
	if err != nil {
		return nil, err
	}
	fc, ok := s.fileComments.Get(c.Tx, f.ID+"/"+in.ID)
	switch {
	case !ok:
		return nil, errCommentNotFound
	case fc.User != c.user.ID && !c.owns(f):
		return nil, Error("cant_delete")
	}
	s.fileComments.Delete(c.Tx, f.ID+"/"+fc.ID)
	c.emitFile("file_comment_deleted", f, reply{"comment": fc.ID})
	return nil, nil
}

func (c *call) commentView(fc FileComment) reply {
	return reply{"id": fc.ID, "created": fc.Created, "timestamp": fc.Created, "user": fc.User, "is_intro": false, "comment": fc.Comment}
}
