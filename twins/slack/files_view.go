package slack

import (
	"html"
	"slices"
	"strings"
)

// fileViews are files as messages show them: without where else they are shown. A file that is gone is a tombstone.
func (c *call) fileViews(ids []string) []any {
	views := make([]any, 0, len(ids))
	for _, id := range ids {
		f, ok := c.s.files.Get(c.Tx, id)
		if !ok || f.Deleted {
			views = append(views, reply{"id": id, "mode": "tombstone"})
			continue
		}
		views = append(views, c.fileFacts(f))
	}
	return views
}

// fileView is a file as the caller sees it.
//
// https://docs.slack.dev/reference/objects/file-object
func (c *call) fileView(f File) reply {
	v := c.fileFacts(f)
	comments := 0
	for range c.s.fileComments.Rows(c.Tx, prefix(f.ID+"/")) {
		comments++
	}
	channels, groups, ims := []string{}, []string{}, []string{}
	public, private := map[string][]reply{}, map[string][]reply{}
	for _, sh := range f.Shares {
		ch, ok := c.s.channels.Get(c.Tx, sh.Channel)
		if !ok || !c.sees(ch) {
			continue
		}
		kind, shares := &channels, public
		switch {
		case ch.IM:
			kind, shares = &ims, private
		case ch.Private || ch.MPIM:
			kind, shares = &groups, private
		}
		if !slices.Contains(*kind, ch.ID) {
			*kind = append(*kind, ch.ID)
		}
		shares[ch.ID] = append(shares[ch.ID], c.shareView(ch, sh))
	}
	shares := reply{}
	if len(public) > 0 {
		shares["public"] = public
	}
	if len(private) > 0 {
		shares["private"] = private
	}
	merge(v, reply{"comments_count": comments, "shares": shares, "channels": channels, "groups": groups, "ims": ims, "has_more_shares": false})
	if len(f.Reactions) > 0 {
		v["reactions"] = f.Reactions
	}
	if len(f.PinnedTo) > 0 {
		v["pinned_to"] = f.PinnedTo
	}
	return v
}

// shareView is where a file is shown, with the thread that follows from it.
func (c *call) shareView(ch Channel, sh Share) reply {
	v := reply{"reply_users": []string{}, "reply_users_count": 0, "reply_count": 0, "ts": sh.TS, "team_id": ch.Team,
		"share_user_id": sh.User, "source": "UNKNOWN"}
	if ch.Name != "" {
		v["channel_name"] = ch.Name
	}
	m, ok := c.s.messages.Get(c.Tx, messageKey(sh.Channel, sh.TS))
	if ok && m.ThreadTS != "" {
		v["thread_ts"] = m.ThreadTS
	}
	if ok && m.Replies > 0 {
		v["reply_users"], v["reply_users_count"], v["reply_count"], v["latest_reply"] = ids(m.Repliers), m.RepliersCount, m.Replies, m.LatestReply
	}
	return v
}

// fileFacts are those keys of a file that do not depend on where it is shown.
func (c *call) fileFacts(f File) reply {
	t := filetypeByID[f.Type]
	ref := f.Team + "-" + f.ID
	slug := slug(f.Name)
	v := reply{
		"id": f.ID, "created": f.Created, "timestamp": f.Created, "name": f.Name, "title": f.Title, "mimetype": t.mime, "filetype": t.id,
		"pretty_type": t.pretty, "user": f.User, "user_team": f.Team, "editable": f.Mode == modeSnippet, "size": f.Size, "mode": f.Mode,
		"is_external": false, "external_type": "", "is_public": c.public(f), "public_url_shared": f.Public, "display_as_bot": false, "username": "",
		"url_private":          c.base + "/files-pri/" + ref + "/" + slug,
		"url_private_download": c.base + "/files-pri/" + ref + "/download/" + slug,
		"permalink":            c.base + "/files/" + f.User + "/" + f.ID + "/" + slug,
		"permalink_public":     c.base + "/slack-files/" + ref + "-" + c.World.Seal(f.Secret),
		"is_starred":           c.s.stars.Has(c.Tx, c.user.ID+"/"+Star{File: f.ID}.item()), "has_rich_preview": false, "file_access": "visible",
	}
	if f.Alt != "" {
		v["alt_txt"] = f.Alt
	}
	switch f.Mode {
	case modeHosted:
		v["media_display_type"] = "unknown"
		if kind, _, _ := strings.Cut(t.mime, "/"); kind == "video" || kind == "audio" {
			v["media_display_type"] = kind
		}
		if f.Width > 0 {
			c.thumbnails(v, f)
		}
	case modeSnippet:
		v["edit_link"] = v["permalink"].(string) + "/edit"
		v["preview"], v["preview_highlight"], v["lines"] = f.Preview, highlight(f.Preview), f.Lines
		v["lines_more"], v["preview_is_truncated"] = max(f.Lines-previewLines, 0), f.Lines > previewLines
	case modeExternal:
		v["is_external"], v["external_type"], v["external_id"], v["external_url"] = true, "app", f.ExternalID, f.ExternalURL
		v["url_private"] = f.ExternalURL
		delete(v, "url_private_download")
		delete(v, "permalink_public")
		app, _ := c.s.apps.Get(c.Tx, f.App)
		v["app_id"], v["app_name"], v["bot_id"] = f.App, app.Name, f.Bot
		v["media_display_type"] = "unknown"
		if f.Width > 0 {
			v["has_rich_preview"] = true
			c.thumbnails(v, f)
		}
	case modeCanvas:
		c.canvasFacts(v, f)
	case modeList:
		c.listFacts(v, f)
	}
	return v
}

// thumbnail is a size that Slack makes of images: a square, or what fits into one.
type thumbnail struct {
	name   string
	size   int
	square bool
	always bool // of small images as well
}

var thumbnailSizes = []thumbnail{
	{"64", 64, true, true}, {"80", 80, true, true}, {"160", 160, true, true}, {"360", 360, false, true}, {"480", 480, false, false},
	{"720", 720, false, false}, {"800", 800, false, false}, {"960", 960, false, false}, {"1024", 1024, false, false},
}

// fit is the size of an image's thumbnail; ok tells whether there is one. That of 800 is as wide, however high.
func (t thumbnail) fit(w, h int) (tw, th int, ok bool) {
	switch {
	case t.square:
		return t.size, t.size, true
	case t.size == 800:
		return t.size, max(1, (h*t.size+w/2)/w), w >= t.size
	case max(w, h) < t.size:
		return w, h, t.always
	case w >= h:
		return t.size, max(1, (h*t.size+w/2)/w), true
	}
	return max(1, (w*t.size+h/2)/h), t.size, true
}

// thumbnails adds the keys of an image's thumbnails. They are drawn when somebody looks at them.
func (c *call) thumbnails(v reply, f File) {
	name := slug(strings.TrimSuffix(f.Name, "."+fileExtension(f.Name)))
	format := "png"
	if f.Type == "jpg" {
		format = "jpg"
	}
	url := func(what, format string) string {
		return c.base + "/files-tmb/" + f.Team + "-" + f.ID + "-" + f.Blob[:10] + "/" + name + "_" + what + "." + format
	}
	for _, t := range thumbnailSizes {
		w, h, ok := t.fit(f.Width, f.Height)
		if !ok {
			continue
		}
		v["thumb_"+t.name] = url(t.name, format)
		if !t.square {
			v["thumb_"+t.name+"_w"], v["thumb_"+t.name+"_h"] = w, h
		}
		if f.Animated && (t.name == "360" || t.name == "480") {
			v["thumb_"+t.name+"_gif"] = url(t.name, "gif")
		}
	}
	v["original_w"], v["original_h"] = f.Width, f.Height
	if f.Animated {
		v["deanimate_gif"] = url("deanimate_gif", "png")
	}
}

// slug is a file's name as links have it.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, or(name, "file"))
}

func fileExtension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i+1:]
	}
	return ""
}

// highlight is a text as the HTML that Slack shows code in.
func highlight(text string) string {
	var b strings.Builder
	b.WriteString("<div class=\"CodeMirror cm-s-default CodeMirrorServer\">\n<div class=\"CodeMirror-code\">\n")
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString("<div><pre>" + html.EscapeString(line) + "</pre></div>\n")
	}
	b.WriteString("</div>\n</div>\n")
	return b.String()
}

// highlightCSS goes with highlight.
const highlightCSS = ".CodeMirror-code pre { margin: 0; font-family: monospace; white-space: pre-wrap; }"
