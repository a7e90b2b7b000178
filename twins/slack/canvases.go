package slack

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Section is a heading, a paragraph, a list item or another piece of a canvas.
type Section struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"` // h1, h2, h3, item, code, divider, table, quote or paragraph
	Markdown string `json:"markdown"`
}

// canvasesMethods are the canvases.* methods. A canvas is a file.
//
// https://docs.slack.dev/surfaces/canvases
func (s *Slack) canvasesMethods() {
	write(s, "canvases.create", about{twin.Full, tier2, "canvases:write", "canvases:write"}, s.canvasesCreate)
	write(s, "canvases.edit", about{twin.Full, tier3, "canvases:write", "canvases:write"}, s.canvasesEdit)
	write(s, "canvases.delete", about{twin.Full, tier3, "canvases:write", "canvases:write"}, s.canvasesDelete)
	write(s, "canvases.access.set", about{twin.Full, tier3, "canvases:write", "canvases:write"}, s.canvasesAccessSet)
	write(s, "canvases.access.delete", about{twin.Full, tier3, "canvases:write", "canvases:write"}, s.canvasesAccessDelete)
	read(s, "canvases.sections.lookup", about{twin.Full, tier3, "canvases:read", "canvases:read"}, s.canvasesSectionsLookup)
	read(s, "canvases.getContent", about{twin.Full, tier3, "canvases:read", "canvases:read"}, s.canvasesGetContent)
	write(s, "conversations.canvases.create", about{twin.Full, tier2, "canvases:write", "canvases:write"}, s.conversationsCanvasesCreate)
}

// maxCanvas is how many characters of markdown a canvas may be given at once.
const maxCanvas = 1 << 20

// document is what callers give a canvas.
type document struct {
	Type     string `json:"type"`
	Markdown string `json:"markdown"`
}

// readDocument reads a document_content or title_content. None is an empty document.
func readDocument(j json.RawMessage) (d document, detail string) {
	if present(j) == nil {
		return d, ""
	}
	switch {
	case json.Unmarshal(j, &d) != nil:
		return d, "document_content is not an object"
	case d.Type != "" && d.Type != "markdown":
		return d, "Unsupported document content type: " + d.Type
	case utf8.RuneCountInString(d.Markdown) > maxCanvas:
		return d, "document_content is longer than 1048576 characters"
	}
	return d, ""
}

// because adds what Slack says in so many words about why.
func because(code Error, detail string) error { return code.with(reply{"detail": detail}) }

// canvasesCreate makes a canvas; with a channel, one that is a tab of it.
//
// https://docs.slack.dev/reference/methods/canvases.create
func (s *Slack) canvasesCreate(c *call, in *api.CanvasesCreateRequest) (any, error) {
	d, detail := readDocument(in.DocumentContent)
	if detail != "" {
		return nil, because("canvas_creation_failed", detail)
	}
	if c.user.Restricted || c.user.UltraRestricted {
		return nil, errRestrictedAction
	}
	f := File{Name: in.Title, Title: in.Title, Sections: c.sections(d.Markdown)}
	if in.ChannelID != "" {
		ch, ok := c.channel(in.ChannelID)
		switch {
		case !ok:
			return nil, errChannelNotFound
		case !c.isMember(ch) || ch.Archived:
			return nil, errRestrictedAction
		}
		f.Access = map[string]string{ch.ID: "write"}
		f = c.addCanvas(f)
		c.addTab(ch, f)
		return reply{"canvas_id": f.ID}, nil
	}
	return reply{"canvas_id": c.addCanvas(f).ID}, nil
}

// conversationsCanvasesCreate makes a conversation's own canvas, of which there is one.
//
// https://docs.slack.dev/reference/methods/conversations.canvases.create
func (s *Slack) conversationsCanvasesCreate(c *call, in *api.ConversationsCanvasesCreateRequest) (any, error) {
	ch, ok := c.channel(in.ChannelID)
	if !ok {
		return nil, errChannelNotFound
	}
	d, detail := readDocument(in.DocumentContent)
	switch {
	case detail != "":
		return nil, because("channel_canvas_creation_failed", detail)
	case ch.Canvas != "":
		return nil, Error("channel_canvas_already_exists")
	case !c.isMember(ch) || ch.Archived || c.user.Restricted || c.user.UltraRestricted:
		return nil, errRestrictedAction
	}
	title := or(in.Title, ch.Name)
	f := c.addCanvas(File{Name: title, Title: title, Channel: ch.ID, Sections: c.sections(d.Markdown), Access: map[string]string{ch.ID: "write"}})
	ch.Canvas = f.ID
	s.channels.Put(c.Tx, ch)
	c.addTab(ch, f)
	return reply{"canvas_id": f.ID}, nil
}

// addCanvas puts a new canvas into the workspace.
func (c *call) addCanvas(f File) File {
	f.Mode, f.Type, f.LastEditor, f.Editors = modeCanvas, "quip", c.user.ID, []string{c.user.ID}
	f.Name, f.Title = or(f.Name, "Untitled"), or(f.Title, "Untitled")
	f.Size = int64(len(markdown(f.Sections)))
	return c.addFile(f, contents{Size: f.Size})
}

// addTab shows a canvas as a tab of a conversation.
func (c *call) addTab(ch Channel, f File) {
	ch, _ = c.s.channels.Get(c.Tx, ch.ID)
	properties := map[string]json.RawMessage{}
	json.Unmarshal(ch.Properties, &properties)
	var tabs []json.RawMessage
	json.Unmarshal(properties["tabs"], &tabs)
	kind := "canvas"
	if ch.Canvas == f.ID {
		kind = "channel_canvas"
		properties["canvas"] = encode(reply{"file_id": f.ID, "is_empty": len(f.Sections) == 0, "quip_thread_id": quipThread(f)})
	}
	tab := encode(reply{"id": c.id("Ct"), "label": "", "type": kind, "data": reply{"file_id": f.ID}})
	properties["tabs"] = encode(append(tabs, tab))
	ch.Properties = encode(properties)
	c.s.channels.Put(c.Tx, ch)
}

// dropTab takes a canvas that is gone off its conversations.
func (c *call) dropTab(f File) {
	for id := range f.Access {
		ch, ok := c.s.channels.Get(c.Tx, id)
		if !ok || len(ch.Properties) == 0 {
			continue
		}
		properties := map[string]json.RawMessage{}
		json.Unmarshal(ch.Properties, &properties)
		var tabs []struct {
			ID    string `json:"id"`
			Label string `json:"label"`
			Type  string `json:"type"`
			Data  struct {
				FileID string `json:"file_id"`
			} `json:"data"`
		}
		json.Unmarshal(properties["tabs"], &tabs)
		kept := []reply{}
		for _, t := range tabs {
			if t.Data.FileID != f.ID {
				kept = append(kept, reply{"id": t.ID, "label": t.Label, "type": t.Type, "data": t.Data})
			}
		}
		properties["tabs"] = encode(kept)
		if ch.Canvas == f.ID {
			ch.Canvas = ""
			delete(properties, "canvas")
		}
		ch.Properties = encode(properties)
		c.s.channels.Put(c.Tx, ch)
	}
}

// canvas finds a canvas that the caller may see.
func (c *call) canvas(id string) (File, error) {
	f, ok := c.s.files.Get(c.Tx, id)
	if !ok || f.Deleted || f.Mode != modeCanvas || !c.seesFile(f) {
		return f, errCanvasNotFound
	}
	return f, nil
}

// writes reports whether the caller may change a canvas or a list.
func (c *call) writes(f File) bool {
	level := c.access(f)
	return level == "write" || level == "owner"
}

// canvasChange is one entry of canvases.edit's changes.
type canvasChange struct {
	Operation       string          `json:"operation"`
	SectionID       string          `json:"section_id"`
	DocumentContent json.RawMessage `json:"document_content"`
	TitleContent    json.RawMessage `json:"title_content"`
}

// canvasesEdit changes a canvas, one operation at a time. Sections that are written anew get new ids.
//
// https://docs.slack.dev/reference/methods/canvases.edit
func (s *Slack) canvasesEdit(c *call, in *api.CanvasesEditRequest) (any, error) {
	if in.CanvasID == "" {
		return nil, missing("canvas_id")
	}
	if present(in.Changes) == nil {
		return nil, missing("changes")
	}
	var changes []canvasChange
	switch {
	case json.Unmarshal(in.Changes, &changes) != nil:
		return nil, invalid("[ERROR] must be a valid json array [json-pointer:/changes]")
	case len(changes) != 1:
		return nil, invalid("[ERROR] no more than 1 items allowed [json-pointer:/changes]")
	}
	f, err := c.canvas(in.CanvasID)
	if err != nil {
		return nil, err
	}
	if !c.writes(f) {
		return nil, errRestrictedAction
	}
	change := changes[0]
	d, detail := readDocument(change.DocumentContent)
	if detail != "" {
		return nil, because("canvas_editing_failed", detail)
	}
	fresh := c.sections(d.Markdown)
	at := slices.IndexFunc(f.Sections, func(sec Section) bool { return sec.ID == change.SectionID })
	anchored := change.Operation == "insert_after" || change.Operation == "insert_before" || change.Operation == "delete" ||
		change.Operation == "replace" && change.SectionID != ""
	switch {
	case anchored && change.SectionID == "":
		return nil, invalid("[ERROR] missing required field: section_id [json-pointer:/changes/0]")
	case anchored && at < 0:
		return nil, because("canvas_editing_failed", "Section not found: "+change.SectionID)
	case strings.HasPrefix(change.Operation, "insert") && len(fresh) == 0 || change.Operation == "replace" && present(change.DocumentContent) == nil:
		return nil, invalid("[ERROR] missing required field: document_content [json-pointer:/changes/0]")
	}
	switch change.Operation {
	case "insert_at_start":
		f.Sections = slices.Concat(fresh, f.Sections)
	case "insert_at_end":
		f.Sections = slices.Concat(f.Sections, fresh)
	case "insert_before":
		f.Sections = slices.Concat(f.Sections[:at], fresh, f.Sections[at:])
	case "insert_after":
		f.Sections = slices.Concat(f.Sections[:at+1], fresh, f.Sections[at+1:])
	case "replace":
		if at < 0 {
			f.Sections = fresh
		} else {
			f.Sections = slices.Concat(f.Sections[:at], fresh, f.Sections[at+1:])
		}
	case "delete":
		f.Sections = slices.Concat(f.Sections[:at], f.Sections[at+1:])
	case "rename":
		title, detail := readDocument(change.TitleContent)
		if detail != "" || strings.TrimSpace(title.Markdown) == "" {
			return nil, invalid("[ERROR] missing required field: title_content [json-pointer:/changes/0]")
		}
		f.Title = plainMarkdown(strings.TrimLeft(strings.TrimSpace(title.Markdown), "# "))
		f.Name = f.Title
	default:
		return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/changes/0/operation]")
	}
	f.Updated, f.LastEditor, f.Size = c.Now.Unix(), c.user.ID, int64(len(markdown(f.Sections)))
	if !slices.Contains(f.Editors, c.user.ID) {
		f.Editors = append(slices.Clone(f.Editors), c.user.ID)
	}
	s.files.Put(c.Tx, f)
	c.emitFile("file_change", f, nil)
	return nil, nil
}

// canvasesDelete does away with a canvas.
//
// https://docs.slack.dev/reference/methods/canvases.delete
func (s *Slack) canvasesDelete(c *call, in *api.CanvasesDeleteRequest) (any, error) {
	f, err := c.canvas(in.CanvasID)
	if err != nil {
		return nil, err
	}
	if c.access(f) != "owner" && !c.owns(f) {
		return nil, errRestrictedAction
	}
	c.deleteFile(f)
	return nil, nil
}

// canvasesAccessSet says what people, or the members of channels, may do with a canvas.
//
// https://docs.slack.dev/reference/methods/canvases.access.set
func (s *Slack) canvasesAccessSet(c *call, in *api.CanvasesAccessSetRequest) (any, error) {
	f, err := c.canvas(in.CanvasID)
	if err != nil {
		return nil, err
	}
	return c.grantAccess(f, in.AccessLevel, in.ChannelIDs, in.UserIDs)
}

// grantAccess says what people, or the members of channels, may do with a canvas or a list. Making somebody its owner
// leaves the former owner with write access.
func (c *call) grantAccess(f File, level string, channels, users []string) (any, error) {
	switch {
	case !slices.Contains([]string{"read", "write", "owner"}, level):
		return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/access_level]")
	case (len(channels) > 0) == (len(users) > 0):
		return nil, errInvalidParameters
	case !c.writes(f) || level == "owner" && c.access(f) != "owner":
		return nil, errRestrictedAction
	case level == "owner" && len(users) != 1:
		return nil, errInvalidParameters
	}
	for _, id := range channels {
		if _, ok := c.channel(id); !ok {
			return nil, errChannelNotFound
		}
	}
	for _, id := range users {
		u, ok := c.s.users.Get(c.Tx, id)
		switch {
		case !ok:
			return nil, errUserNotFound
		case u.Deleted || id == f.User && level != "owner": // whose it is stays its owner
			return nil, Error("failed_to_update_user_ids").with(reply{"failed_to_update_user_ids": []string{id}})
		}
	}
	f.Access = maps.Clone(f.Access)
	if f.Access == nil {
		f.Access = map[string]string{}
	}
	for _, id := range append(channels, users...) {
		f.Access[id] = level
	}
	if level == "owner" {
		f.Access[f.User] = "write"
		f.User = users[0]
		delete(f.Access, f.User)
	}
	c.s.files.Put(c.Tx, f)
	c.emitFile("file_change", f, nil)
	return nil, nil
}

// canvasesAccessDelete takes access to a canvas from people, or the members of channels.
//
// https://docs.slack.dev/reference/methods/canvases.access.delete
func (s *Slack) canvasesAccessDelete(c *call, in *api.CanvasesAccessDeleteRequest) (any, error) {
	f, err := c.canvas(in.CanvasID)
	if err != nil {
		return nil, err
	}
	return c.revokeAccess(f, in.ChannelIDs, in.UserIDs)
}

// revokeAccess takes access to a canvas or a list from people, or the members of channels.
func (c *call) revokeAccess(f File, channels, users []string) (any, error) {
	switch {
	case len(channels)+len(users) == 0:
		return nil, errInvalidParameters
	case !c.writes(f):
		return nil, errRestrictedAction
	}
	for _, id := range channels {
		if _, ok := c.channel(id); !ok {
			return nil, errChannelNotFound
		}
	}
	for _, id := range users {
		if !c.s.users.Has(c.Tx, id) {
			return nil, errUserNotFound
		}
	}
	f.Access = maps.Clone(f.Access)
	for _, id := range append(channels, users...) {
		delete(f.Access, id)
	}
	c.s.files.Put(c.Tx, f)
	c.emitFile("file_change", f, nil)
	return nil, nil
}

// canvasesSectionsLookup finds the sections of a canvas that are of a type and contain a text.
//
// https://docs.slack.dev/reference/methods/canvases.sections.lookup
func (s *Slack) canvasesSectionsLookup(c *call, in *api.CanvasesSectionsLookupRequest) (any, error) {
	if present(in.Criteria) == nil {
		return nil, missing("criteria")
	}
	var by struct {
		SectionTypes []string `json:"section_types"`
		ContainsText string   `json:"contains_text"`
	}
	if json.Unmarshal(in.Criteria, &by) != nil {
		return nil, invalid("[ERROR] must be an object [json-pointer:/criteria]")
	}
	if len(by.SectionTypes) == 0 && by.ContainsText == "" {
		return nil, invalid("[ERROR] must have at least 1 properties [json-pointer:/criteria]")
	}
	for i, t := range by.SectionTypes {
		if !slices.Contains([]string{"any_header", "h1", "h2", "h3"}, t) {
			return nil, invalid(fmt.Sprintf("[ERROR] must be a valid enum value [json-pointer:/criteria/section_types/%d]", i))
		}
	}
	f, ok := s.files.Get(c.Tx, in.CanvasID)
	switch {
	case !ok || f.Mode != modeCanvas || !c.seesFile(f):
		return nil, errCanvasNotFound
	case f.Deleted:
		return nil, Error("canvas_deleted")
	}
	found := []reply{}
	for _, sec := range f.Sections {
		typed := len(by.SectionTypes) == 0 || slices.Contains(by.SectionTypes, sec.Kind) || slices.Contains(by.SectionTypes, "any_header") && strings.HasPrefix(sec.Kind, "h")
		if typed && strings.Contains(strings.ToLower(plainMarkdown(sec.Markdown)), strings.ToLower(by.ContainsText)) {
			found = append(found, reply{"id": sec.ID})
		}
	}
	return reply{"sections": found}, nil
}

// canvasesGetContentRequest are the arguments of canvases.getContent.
type canvasesGetContentRequest struct {
	CanvasID    string `json:"canvas_id"`
	ContentType string `json:"content_type"`
}

// canvasesGetContent returns a canvas as markdown or as HTML.
//
// https://docs.slack.dev/reference/methods/canvases.getContent
func (s *Slack) canvasesGetContent(c *call, in *canvasesGetContentRequest) (any, error) {
	f, err := c.canvas(in.CanvasID)
	if err != nil {
		return nil, err
	}
	switch in.ContentType {
	case "", "markdown":
		return reply{"content": markdown(f.Sections)}, nil
	case "html":
		return reply{"content": sectionsHTML(f.Sections)}, nil
	}
	return nil, invalid("[ERROR] must be a valid enum value [json-pointer:/content_type]")
}

// canvasFacts adds the keys that a canvas has beside those of every file.
func (c *call) canvasFacts(v reply, f File) {
	delete(v, "permalink_public")
	people, private := []reply{}, 0
	for _, id := range slices.Sorted(maps.Keys(f.Access)) {
		if !strings.HasPrefix(id, "C") {
			people = append(people, reply{"user_id": id, "access": f.Access[id]})
		} else if ch, _ := c.s.channels.Get(c.Tx, id); ch.Private {
			private++
		}
	}
	merge(v, reply{
		"editable": true, "permalink": c.base + "/docs/" + f.Team + "/" + f.ID, "quip_thread_id": quipThread(f), "updated": f.Updated, "edit_timestamp": f.Updated,
		"last_editor": f.LastEditor, "editors": ids(f.Editors), "access": c.access(f), "is_channel_space": f.Channel != "",
		"org_or_workspace_access": "none", "is_restricted_sharing_enabled": false, "dm_mpdm_users_with_file_access": people,
		"private_channels_with_file_access_count": private, "teams_shared_with": []string{}, "team_pref_version_history_enabled": true,
		"canvas_printing_enabled": true, "show_badge": false, "title_blocks": []string{}, "update_notification": 0,
	})
	if f.Channel != "" {
		v["linked_channel_id"] = f.Channel
	}
}

// quipThread is the id that a canvas has behind the scenes.
func quipThread(f File) string { return seedID("", f.ID)[1:] + "A" }

// sectionID is the id of a section until it is written anew.
func (c *call) sectionID() string { return "temp:C:" + c.Rand(28, secretAlphabet) }

var (
	heading    = regexp.MustCompile(`^(#{1,6})\s+`)
	listItem   = regexp.MustCompile(`^\s*([-*+]|\d+[.)])\s+`)
	horizontal = regexp.MustCompile(`^\s*(-{3,}|\*{3,}|_{3,})\s*$`)
)

// sections cuts markdown into the sections of a canvas.
func (c *call) sections(text string) (secs []Section) {
	var open []string
	kind := ""
	flush := func() {
		if len(open) > 0 {
			secs = append(secs, Section{c.sectionID(), kind, strings.Join(open, "\n")})
		}
		open, kind = nil, ""
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		fence := strings.HasPrefix(trimmed, "```")
		if kind == "code" {
			if open = append(open, line); fence {
				flush()
			}
			continue
		}
		next := "paragraph"
		switch m := heading.FindStringSubmatch(line); {
		case fence:
			next = "code"
		case m != nil:
			next = fmt.Sprintf("h%d", min(len(m[1]), 3))
		case horizontal.MatchString(line):
			next = "divider"
		case listItem.MatchString(line):
			next = "item"
		case strings.HasPrefix(trimmed, ">"):
			next = "quote"
		case strings.HasPrefix(trimmed, "|"):
			next = "table"
		}
		if trimmed == "" {
			flush()
			continue
		}
		single := next != "paragraph" && next != "quote" && next != "table"
		if single || next != kind {
			flush()
		}
		kind = next
		open = append(open, line)
		if single && next != "code" {
			flush()
		}
	}
	flush()
	return secs
}

// rewriteCanvas writes a canvas anew, and returns how many sections changed: one that says what an old one said
// keeps its id.
func (c *call) rewriteCanvas(f File, content string) (changed int) {
	old := slices.Clone(f.Sections)
	fresh := c.sections(content)
	for i, sec := range fresh {
		at := slices.IndexFunc(old, func(o Section) bool { return o.Kind == sec.Kind && o.Markdown == sec.Markdown })
		if at < 0 {
			changed++
			continue
		}
		fresh[i].ID = old[at].ID
		old = slices.Delete(old, at, at+1)
	}
	changed += max(0, len(old)-changed) // what is left of the old ones was replaced or taken out
	f.Sections, f.Updated, f.LastEditor, f.Size = fresh, c.Now.Unix(), c.user.ID, int64(len(markdown(fresh)))
	c.s.files.Put(c.Tx, f)
	c.emitFile("file_change", f, nil)
	return changed
}

// markdown is what a canvas's sections say.
func markdown(secs []Section) string {
	var b strings.Builder
	for i, sec := range secs {
		if i > 0 {
			b.WriteString("\n")
			if sec.Kind != "item" || secs[i-1].Kind != "item" {
				b.WriteString("\n")
			}
		}
		b.WriteString(sec.Markdown)
	}
	return b.String()
}

var (
	emphasis = regexp.MustCompile("\\*\\*|__|~~|`")
	link     = regexp.MustCompile(`!?\[([^\]]*)\]\(([^)\s]*)\)`)
	strong   = regexp.MustCompile(`\*\*(.+?)\*\*`)
	italic   = regexp.MustCompile(`\b_(.+?)_\b|\*(.+?)\*`)
	struck   = regexp.MustCompile(`~~(.+?)~~`)
	code     = regexp.MustCompile("`([^`]+)`")
	prefixes = regexp.MustCompile(`^\s*(#{1,6}\s+|>\s?|[-*+]\s+(\[[ xX]\]\s+)?|\d+[.)]\s+)`)
)

// plainMarkdown is markdown without its marks.
func plainMarkdown(s string) string {
	return emphasis.ReplaceAllString(link.ReplaceAllString(prefixes.ReplaceAllString(s, ""), "$1"), "")
}

// inlineHTML is the inside of a line of markdown as HTML.
func inlineHTML(s string) string {
	s = html.EscapeString(s)
	s = code.ReplaceAllString(s, "<code>$1</code>")
	s = link.ReplaceAllStringFunc(s, func(m string) string {
		p := link.FindStringSubmatch(m)
		if !isURL(html.UnescapeString(p[2])) {
			return p[1]
		}
		return `<a href="` + p[2] + `">` + p[1] + `</a>`
	})
	s = strong.ReplaceAllString(s, "<b>$1</b>")
	s = italic.ReplaceAllString(s, "<i>$1$2</i>")
	return struck.ReplaceAllString(s, "<del>$1</del>")
}

// sectionsHTML is a canvas as HTML.
func sectionsHTML(secs []Section) string {
	var b strings.Builder
	for i, sec := range secs {
		body := prefixes.ReplaceAllString(sec.Markdown, "")
		item := sec.Kind == "item"
		if item && (i == 0 || secs[i-1].Kind != "item") {
			b.WriteString("<ul>\n")
		}
		switch sec.Kind {
		case "h1", "h2", "h3":
			fmt.Fprintf(&b, "<%s id='%s'>%s</%s>\n", sec.Kind, sec.ID, inlineHTML(body), sec.Kind)
		case "item":
			fmt.Fprintf(&b, "<li id='%s'>%s</li>\n", sec.ID, inlineHTML(body))
		case "code":
			text := strings.TrimPrefix(sec.Markdown, strings.SplitN(sec.Markdown, "\n", 2)[0])
			fmt.Fprintf(&b, "<pre id='%s'>%s</pre>\n", sec.ID, html.EscapeString(strings.TrimSuffix(strings.TrimSpace(text), "```")))
		case "divider":
			b.WriteString("<hr>\n")
		case "quote":
			fmt.Fprintf(&b, "<blockquote id='%s'>%s</blockquote>\n", sec.ID, inlineHTML(strings.ReplaceAll(body, "\n> ", "\n")))
		case "table":
			fmt.Fprintf(&b, "<table id='%s'>\n", sec.ID)
			for row := range strings.SplitSeq(sec.Markdown, "\n") {
				if strings.Trim(row, "|-: \t") == "" {
					continue
				}
				b.WriteString("<tr>")
				for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(row), "|"), "|") {
					b.WriteString("<td>" + inlineHTML(strings.TrimSpace(cell)) + "</td>")
				}
				b.WriteString("</tr>\n")
			}
			b.WriteString("</table>\n")
		default:
			fmt.Fprintf(&b, "<p id='%s' class='line'>%s</p>\n", sec.ID, strings.ReplaceAll(inlineHTML(body), "\n", "<br>"))
		}
		if item && (i == len(secs)-1 || secs[i+1].Kind != "item") {
			b.WriteString("</ul>\n")
		}
	}
	return b.String()
}

// canvasHTML is the document that a canvas's url_private leads to.
func (c *call) canvasHTML(f File) string {
	return "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + html.EscapeString(f.Title) + "</title></head>\n<body>\n<h1>" +
		html.EscapeString(f.Title) + "</h1>\n" + sectionsHTML(f.Sections) + "</body></html>\n"
}
