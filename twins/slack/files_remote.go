package slack

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// filesRemoteMethods are the files.remote.* methods: files that an app keeps elsewhere.
//
// https://docs.slack.dev/messaging/working-with-files#remote
func (s *Slack) filesRemoteMethods() {
	write(s, "files.remote.add", about{twin.Full, tier2, "remote_files:write", ""}, s.filesRemoteAdd).receives = []string{"preview_image", "indexable_file_contents"}
	write(s, "files.remote.update", about{twin.Full, tier2, "remote_files:write", ""}, s.filesRemoteUpdate).receives = []string{"preview_image", "indexable_file_contents"}
	write(s, "files.remote.remove", about{twin.Full, tier2, "remote_files:write", ""}, s.filesRemoteRemove)
	write(s, "files.remote.share", about{twin.Full, tier2, "remote_files:share", "remote_files:share"}, s.filesRemoteShare)
	read(s, "files.remote.info", about{twin.Full, tier2, "remote_files:read", "remote_files:read"}, s.filesRemoteInfo)
	read(s, "files.remote.list", about{twin.Full, tier2, "remote_files:read", "remote_files:read"}, s.filesRemoteList)
}

// Limits of what an app may say of a remote file.
const (
	maxRemoteTitle   = 255
	maxExternalID    = 255
	maxPreviewPixels = 10000 // of each side
)

// filesRemoteAdd makes a remote file known. Adding the same one again changes it.
//
// https://docs.slack.dev/reference/methods/files.remote.add
func (s *Slack) filesRemoteAdd(c *call, in *api.FilesRemoteAddRequest) (any, error) {
	if c.token.Kind != tokenBot {
		return nil, Error("bot_user_required")
	}
	switch {
	case in.ExternalID == "":
		return nil, missing("external_id")
	case in.ExternalURL == "":
		return nil, missing("external_url")
	case in.Title == "":
		return nil, missing("title")
	case utf8.RuneCountInString(in.Title) > maxRemoteTitle:
		return nil, Error("bad_title")
	case utf8.RuneCountInString(in.ExternalID) > maxExternalID:
		return nil, Error("invalid_external_id")
	case !isURL(in.ExternalURL):
		return nil, invalid("[ERROR] must be a valid url [json-pointer:/external_url]")
	}
	f, again := s.filesByExternalID.Get(c.Tx, c.token.App+" "+in.ExternalID)
	f.Name, f.Title, f.ExternalID, f.ExternalURL, f.Mode = in.Title, in.Title, in.ExternalID, in.ExternalURL, modeExternal
	f.Type = remoteType(in.Filetype).id
	if err := c.illustrate(&f); err != nil {
		return nil, err
	}
	if again {
		f.Updated = c.Now.Unix()
		s.files.Put(c.Tx, f)
		c.emitFile("file_change", f, nil)
	} else {
		got := contents{Blob: f.Blob, Width: f.Width, Height: f.Height}
		f = c.addFile(f, got)
	}
	return reply{"file": c.fileView(f)}, nil
}

// remoteType is the type that an app gives a remote file; without one it is just remote.
func remoteType(name string) filetype {
	t, ok := filetypeByID[name]
	if !ok {
		t, ok = filetypeByExtension[strings.ToLower(name)]
	}
	if !ok {
		t = filetypeByID["remote"]
	}
	return t
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// illustrate gives a remote file the preview image and the words that came with the call.
func (c *call) illustrate(f *File) error {
	if got, ok := c.args.received["preview_image"]; ok {
		switch {
		case got.Width == 0:
			return errBadImage
		case got.Width > maxPreviewPixels || got.Height > maxPreviewPixels:
			return errTooLarge
		}
		f.Blob, f.Width, f.Height = got.Blob, got.Width, got.Height
	}
	if got, ok := c.args.received["indexable_file_contents"]; ok {
		f.Searchable = got.Preview
	} else if text := c.args.text("indexable_file_contents"); text != "" {
		f.Searchable = text[:min(len(text), maxSnippet)]
	}
	return nil
}

// remote finds a remote file of the calling app, by the id of either side.
func (c *call) remote(id, external string) (File, error) {
	switch {
	case id != "" && external != "":
		return File{}, Error("too_many_ids")
	case id == "" && external == "":
		return File{}, Error("invalid_args")
	}
	f, ok := c.s.files.Get(c.Tx, id)
	if external != "" {
		f, ok = c.s.filesByExternalID.Get(c.Tx, c.token.App+" "+external)
	}
	if !ok || f.Deleted || f.Mode != modeExternal || f.App != c.token.App && !c.seesFile(f) {
		return f, errFileNotFound
	}
	return f, nil
}

// filesRemoteUpdate changes what is known of a remote file. Both ids may be given: then the file gets that external id.
//
// https://docs.slack.dev/reference/methods/files.remote.update
func (s *Slack) filesRemoteUpdate(c *call, in *api.FilesRemoteUpdateRequest) (any, error) {
	if c.token.Kind != tokenBot {
		return nil, Error("bot_user_required")
	}
	external := in.ExternalID
	if in.File != "" {
		external = ""
	}
	f, err := c.remote(in.File, external)
	switch {
	case err != nil || f.App != c.token.App:
		return nil, errFileNotFound
	case utf8.RuneCountInString(in.Title) > maxRemoteTitle:
		return nil, Error("invalid_title")
	case in.ExternalURL != "" && !isURL(in.ExternalURL):
		return nil, Error("invalid_url")
	}
	if in.Filetype != "" {
		t := remoteType(in.Filetype)
		if t.id == "remote" && in.Filetype != "remote" {
			return nil, Error("invalid_type")
		}
		f.Type = t.id
	}
	f.Name, f.Title = or(in.Title, f.Name), or(in.Title, f.Title)
	f.ExternalURL, f.ExternalID = or(in.ExternalURL, f.ExternalURL), or(in.ExternalID, f.ExternalID)
	if err := c.illustrate(&f); err != nil {
		return nil, err
	}
	f.Updated = c.Now.Unix()
	s.files.Put(c.Tx, f)
	c.emitFile("file_change", f, nil)
	return reply{"file": c.fileView(f)}, nil
}

// filesRemoteRemove makes Slack forget a remote file.
//
// https://docs.slack.dev/reference/methods/files.remote.remove
func (s *Slack) filesRemoteRemove(c *call, in *api.FilesRemoteRemoveRequest) (any, error) {
	if c.token.Kind != tokenBot {
		return nil, Error("bot_user_required")
	}
	f, err := c.remote(in.File, in.ExternalID)
	if err != nil {
		return nil, err
	}
	if f.App != c.token.App {
		return nil, errFileNotFound
	}
	c.deleteFile(f)
	return nil, nil
}

// filesRemoteShare shows a remote file in conversations.
//
// https://docs.slack.dev/reference/methods/files.remote.share
func (s *Slack) filesRemoteShare(c *call, in *api.FilesRemoteShareRequest) (any, error) {
	if in.File == "" && in.ExternalID == "" || in.Channels == "" {
		return nil, Error("invalid_args")
	}
	external := in.ExternalID
	if in.File != "" {
		external = ""
	}
	f, err := c.remote(in.File, external)
	if err != nil {
		return nil, errFileNotFound
	}
	var chs []Channel
	for _, ref := range list(in.Channels) {
		ch, ok := c.channel(ref)
		switch {
		case !ok:
			return nil, errChannelNotFound
		case !c.isMember(ch):
			return nil, errNotInChannel
		case ch.Archived:
			return nil, errIsArchived
		}
		chs = append(chs, ch)
	}
	for _, ch := range chs {
		if err := c.share([]string{f.ID}, ch, Message{}, ""); err != nil {
			return nil, err
		}
	}
	f, _ = s.files.Get(c.Tx, f.ID)
	return reply{"file": c.fileView(f)}, nil
}

// filesRemoteInfo returns a remote file.
//
// https://docs.slack.dev/reference/methods/files.remote.info
func (s *Slack) filesRemoteInfo(c *call, in *api.FilesRemoteInfoRequest) (any, error) {
	f, err := c.remote(in.File, in.ExternalID)
	if err != nil {
		return nil, err
	}
	return reply{"file": c.fileView(f)}, nil
}

// filesRemoteList returns the remote files of the calling app, newest first.
//
// https://docs.slack.dev/reference/methods/files.remote.list
func (s *Slack) filesRemoteList(c *call, in *api.FilesRemoteListRequest) (any, error) {
	oldest, latest, err := between(in.TSFrom, in.TSTo)
	if err != nil {
		return nil, err
	}
	if in.Channel != "" {
		if _, ok := c.channel(in.Channel); !ok {
			return nil, errChannelNotFound
		}
	}
	fs := slices.DeleteFunc(c.filesNewestFirst(in.Channel), func(f File) bool {
		return f.Mode != modeExternal || f.App != c.token.App || f.Created < oldest || f.Created > latest
	})
	cut, next, err := page(fs, "remote_file", in.Cursor, limit(in.Limit, 100, 1000), func(f File) string { return f.ID })
	if err != nil {
		return nil, err
	}
	views := []reply{}
	for _, f := range cut {
		views = append(views, c.fileView(f))
	}
	return reply{"files": views, "response_metadata": reply{"next_cursor": next}}, nil
}
