package slack

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"twinset.dev/twins/slack/internal/blockkit"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// A face is how somebody is shown beside what they say.
type face struct {
	Name, Initials, Color, Image, Href string
	Glyph                              template.HTML // shown instead
	App, Active                        bool
}

// faceOf is how a user is shown.
func (c *call) faceOf(u User) face {
	name := or(u.DisplayName, or(u.RealName, u.Name))
	f := face{Name: name, Initials: monogram(or(u.RealName, name)), Color: "#" + or(u.Color, "5d6b6d"), Href: root(c.World) + "/team/" + u.ID,
		App: u.Bot, Active: c.present(u)}
	if b, ok := c.s.bots.Get(c.Tx, u.BotID); u.Image != "" || ok && b.Icon != "" {
		f.Image = root(c.World) + "/avatars/" + u.ID + "_72.png"
	}
	return f
}

// present reports whether somebody is there: an app always is, a person while they are signed in.
func (c *call) present(u User) bool {
	if u.Bot || u.ID == "USLACKBOT" {
		return true
	}
	if u.Presence == "away" || u.Deleted || c.online(u) {
		return u.Presence != "away" && !u.Deleted
	}
	for t := range c.s.tokensByUser.All(c.Tx, u.ID) {
		if t.Kind == tokenLegacy && !t.Revoked {
			return true
		}
	}
	return false
}

// monogram is the first letters of the first and the last word of a name.
func monogram(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) > 2 {
		words = []string{words[0], words[len(words)-1]}
	}
	s := ""
	for _, w := range words {
		s += strings.ToUpper(string([]rune(w)[:1]))
	}
	return or(s, "?")
}

// A line is a message as a page shows it.
type line struct {
	ID, TS, Channel  string
	Form             string // id of the form that its buttons belong to
	CSRF, At         string
	Author           face
	AuthorID         string
	Time, Whole, ISO string
	Day              string // said above the first message of a day
	New              bool   // the first that its reader has not seen
	Same             bool   // its author has just said something else
	Target           bool   // the one that the page is about
	Text             template.HTML
	Panel            *panel
	Blocks           []part
	Attachments      []attachmentLine
	Files            []fileLine
	Edited, Pinned   bool
	Whisper          bool
	Note             bool // what somebody did to the channel rather than said
	Gone             bool
	Broadcast        string // where the thread is that it was sent from
	Reactions        []reactionLine
	Replies          int
	LastReply        string
	Repliers         []face
	Thread           string // where its thread is; "" within a thread
	Link             string
	Mine, MayDelete  bool
	MayReact         bool
	Editing          string // its text, while it is being changed
	EditLink         string
	IsEditing        bool
	Shortcuts        []shortcutLine
	InThread         bool
}

type shortcutLine struct{ Name, App, Callback string }

type reactionLine struct {
	Name  string
	Glyph template.HTML
	Count int
	Mine  bool
	Who   string
}

type fileLine struct {
	ID, Name, Title, Kind, Size, Image, Download, Link string
	Width, Height                                      int
	Text                                               string
}

// An attachmentLine is a legacy attachment as a page shows it.
//
// https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
type attachmentLine struct {
	blockkit.Object
	Color                  template.CSS
	Pretext, Text          template.HTML
	Title, TitleLink       string
	Author, AuthorLink     string
	Fields                 []attachmentField
	Footer, When           string
	Image, ImageElsewhere  string
	Thumb                  string
	Blocks                 []part
	Buttons                []attachmentAction
	AttachmentID, Callback string
}

type attachmentField struct {
	Title string
	Value template.HTML
	Short bool
}

type attachmentAction struct {
	Name, Text, Value, Type, Style, URL, Press, Confirm string
	Options                                             []choice
}

// line is a message as the visitor sees it, within a list whose last message was before.
func (v *visit) line(m Message, before *Message, thread bool) line {
	zone := zoneOf(v.user)
	at := moment(m.TS).In(zone)
	prefix := "m-"
	if thread {
		prefix = "t-"
	}
	l := line{ID: prefix + m.TS, TS: m.TS, Channel: m.Channel, Form: "do-" + prefix + m.TS, CSRF: v.csrf(), At: v.client(""),
		Time: at.Format("15:04"), Whole: at.Format("Monday, 2 January 2006 at 15:04:05"), ISO: at.UTC().Format(time.RFC3339Nano), InThread: thread,
		Edited: m.Edited != nil, Pinned: m.Pinned, Whisper: m.Ephemeral != "", Gone: m.Hidden, Link: v.root() + "/archives/" + m.Channel + "/p" + strings.Replace(m.TS, ".", "", 1),
		Mine: m.User == v.user.ID && m.Bot == "", EditLink: v.client("/" + m.Channel + "?edit=" + m.TS + "#" + prefix + m.TS)}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		l.Link += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
	}
	if thread {
		l.EditLink = v.client("/" + m.Channel + "/thread/" + or(m.ThreadTS, m.TS) + "?edit=" + m.TS + "#" + prefix + m.TS)
	}
	l.MayDelete = (l.Mine || v.user.Admin) && !l.Whisper && !l.Gone
	l.MayReact = !l.Whisper && !l.Gone
	l.Author, l.AuthorID = v.author(m)
	if before == nil || !oneDay(moment(before.TS).In(zone), at) {
		if !thread {
			l.Day = v.day(at)
		}
	}
	l.Note = noted(m)
	l.Same = before != nil && l.Day == "" && !l.Note && !noted(*before) && before.User == m.User && before.Bot == m.Bot && before.Username == m.Username && !m.Broadcast &&
		!before.Hidden && !l.Gone && m.Ephemeral == before.Ephemeral && at.Sub(moment(before.TS)) < 5*time.Minute && before.Subtype == m.Subtype
	if m.Broadcast && !thread {
		l.Broadcast = v.client("/" + m.Channel + "/thread/" + m.ThreadTS)
	}
	l.content(v, m)
	for _, r := range m.Reactions {
		l.Reactions = append(l.Reactions, reactionLine{r.Name, v.emoji(r.Name), max(r.Count, len(r.Users)), slices.Contains(r.Users, v.user.ID), v.whoReacted(r)})
	}
	if m.Replies > 0 && !thread {
		l.Replies, l.LastReply = int(m.Replies), v.ago(moment(m.LatestReply).In(zone))
		for _, id := range m.Repliers {
			u, _ := v.s.users.Get(v.Tx, id)
			l.Repliers = append(l.Repliers, v.faceOf(u))
		}
	}
	if l.MayReact {
		l.Shortcuts = v.shortcuts()
	}
	if !thread && !l.Whisper {
		l.Thread = v.client("/" + m.Channel + "/thread/" + or(m.ThreadTS, m.TS))
	}
	return l
}

// content is what a message says: its blocks if it has any, else its text; then attachments and files.
func (l *line) content(v *visit, m Message) {
	var blocks blockkit.Blocks
	json.Unmarshal(m.Blocks, &blocks)
	l.Panel = &panel{v: v, Channel: m.Channel, TS: m.TS, ID: "b-" + l.ID, names: v.name}
	if len(blocks) > 0 {
		l.Panel.values = v.remembered(messageKey(m.Channel, m.TS), blocks)
		l.Blocks = l.Panel.parts(blocks)
	} else if m.NoMrkdwn {
		l.Text = v.decorate(mrkdwn.LiteralHTML(m.Text, v.name))
	} else {
		l.Text = v.decorate(mrkdwn.HTML(m.Text, v.name))
	}
	for e := range blockkit.Interactive(blocks) {
		l.Panel.Live = l.Panel.Live || e.Type() != "image"
	}
	var attachments []blockkit.Object
	json.Unmarshal(m.Attachments, &attachments)
	for _, a := range attachments {
		l.Attachments = append(l.Attachments, l.Panel.attachment(a))
	}
	var files []struct {
		ID, Name, Title, Mimetype, Mode, Preview, Permalink string
		PrettyType                                          string `json:"pretty_type"`
		Size                                                int64
		URL                                                 string `json:"url_private"`
		Download                                            string `json:"url_private_download"`
		Thumb                                               string `json:"thumb_360"`
		Width                                               int    `json:"original_w"`
		Height                                              int    `json:"original_h"`
	}
	if len(m.Files) > 0 {
		json.Unmarshal(encode(v.fileViews(m.Files)), &files)
	}
	for _, f := range files {
		if f.Mode == "tombstone" {
			l.Files = append(l.Files, fileLine{ID: f.ID, Name: "This file was deleted."})
			continue
		}
		fl := fileLine{ID: f.ID, Name: f.Name, Title: or(f.Title, f.Name), Kind: f.PrettyType, Size: bytesText(f.Size), Download: v.here(or(f.Download, f.URL)), Link: v.here(f.Permalink), Text: f.Preview,
			Width: f.Width, Height: f.Height}
		if strings.HasPrefix(f.Mimetype, "image/") {
			fl.Image = v.here(or(f.Thumb, f.URL))
		}
		l.Files = append(l.Files, fl)
	}
}

// here is an address on this twin without its host, so that a page finds it under whatever name it was opened.
func (v *visit) here(link string) string {
	if rest, ok := strings.CutPrefix(link, v.base); ok {
		return v.root() + rest
	}
	return link
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

// author is who a message is shown to be from.
func (v *visit) author(m Message) (face, string) {
	u, ok := v.s.users.Get(v.Tx, m.User)
	f := v.faceOf(u)
	if !ok {
		f = face{Name: "Unknown", Initials: "?", Color: "#5d6b6d"}
	}
	if m.Bot != "" {
		b, _ := v.s.bots.Get(v.Tx, m.Bot)
		f.App, f.Name = true, or(b.Name, f.Name)
		f.Initials = monogram(f.Name)
	}
	if m.Username != "" {
		f.Name, f.Initials = m.Username, monogram(m.Username)
	}
	if m.IconEmoji != "" {
		f.Glyph, f.Color, f.Image = v.emoji(strings.Trim(m.IconEmoji, ":")), "transparent", ""
	} else if m.IconURL != "" {
		f.Image, _ = v.picture(m.IconURL)
	}
	return f, u.ID
}

// noted reports whether a message tells what somebody did to the channel.
func noted(m Message) bool {
	return strings.HasPrefix(m.Subtype, "channel_") || strings.HasPrefix(m.Subtype, "group_") || m.Subtype == "pinned_item" || m.Subtype == "bot_add" || m.Subtype == "bot_remove"
}

func (v *visit) whoReacted(r Reaction) string {
	var names []string
	for i, id := range r.Users {
		switch {
		case i == 20:
			names = append(names, fmt.Sprintf("%d others", len(r.Users)-20))
		case i > 20:
		case id == v.user.ID:
			names = append(names, "You")
		default:
			n, _ := v.name(mrkdwn.User, id)
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ") + " reacted with :" + r.Name + ":"
}

// moment is the time of a ts.
func moment(ts string) time.Time {
	sec, frac, _ := strings.Cut(ts, ".")
	s, _ := strconv.ParseInt(sec, 10, 64)
	us, _ := strconv.ParseInt((frac + "000000")[:6], 10, 64)
	return time.Unix(s, us*1000)
}

func oneDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// day is what a day is called today.
func (v *visit) day(t time.Time) string {
	now := v.Now.In(t.Location())
	switch {
	case oneDay(t, now):
		return "Today"
	case oneDay(t, now.AddDate(0, 0, -1)):
		return "Yesterday"
	case t.Year() == now.Year():
		return t.Format("Monday, 2 January")
	}
	return t.Format("Monday, 2 January 2006")
}

// ago is when something was, as said of a thread's last reply.
func (v *visit) ago(t time.Time) string {
	d := v.Now.Sub(t)
	switch {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case oneDay(t, v.Now.In(t.Location())):
		return "today at " + t.Format("15:04")
	case oneDay(t, v.Now.In(t.Location()).AddDate(0, 0, -1)):
		return "yesterday at " + t.Format("15:04")
	}
	return v.day(t) + " at " + t.Format("15:04")
}

// name is what the visitor knows an id by.
func (v *visit) name(kind mrkdwn.Kind, id string) (string, bool) {
	switch kind {
	case mrkdwn.User:
		if u, ok := v.s.users.Get(v.Tx, id); ok {
			return or(u.DisplayName, or(u.RealName, u.Name)), true
		}
	case mrkdwn.Channel:
		if ch, ok := v.s.channels.Get(v.Tx, id); ok && v.sees(ch) {
			return ch.Name, ch.Name != ""
		}
		return "private channel", true
	}
	return "", false
}

var emojiSpan = regexp.MustCompile(`<span class="emoji">:([^<>:]+):(?::skin-tone-([2-6]):)?</span>`)

// emoji draws an emoji: a standard one, or one that the workspace has added.
func (v *visit) emoji(name string) template.HTML {
	base, _, _ := strings.Cut(name, "::")
	e, ok := v.s.emoji.Get(v.Tx, v.token.Team+"/"+base)
	if ok && e.Alias != "" {
		if aliased, ok := v.s.emoji.Get(v.Tx, e.Team+"/"+e.Alias); ok {
			e = aliased
		} else {
			return drawn(e.Alias)
		}
	}
	src, here := v.picture(v.emojiURL(e))
	if !ok || !here {
		return drawn(name)
	}
	esc := template.HTMLEscapeString
	return template.HTML(`<img class="emoji" src="` + esc(src) + `" alt=":` + esc(base) + `:" title=":` + esc(base) + `:">`)
}

// decorate draws the emoji of a text and marks where its reader is mentioned.
func (v *visit) decorate(h template.HTML) template.HTML {
	s := string(h)
	if strings.Contains(s, `class="emoji"`) {
		s = emojiSpan.ReplaceAllStringFunc(s, func(span string) string {
			return string(v.emoji(emojiSpan.FindStringSubmatch(span)[1]))
		})
	}
	if strings.Contains(s, `class="mention"`) {
		me, _ := v.name(mrkdwn.User, v.user.ID)
		for _, who := range []string{me, "here", "channel", "everyone"} {
			s = strings.ReplaceAll(s, `<span class="mention">@`+template.HTMLEscapeString(who)+`</span>`, `<span class="mention me">@`+template.HTMLEscapeString(who)+`</span>`)
		}
	}
	return template.HTML(s)
}

// mrkdwn is a piece of Slack's markup as a page shows it.
func (v *visit) mrkdwn(text string) template.HTML { return v.decorate(mrkdwn.HTML(text, v.name)) }

// picture is the address of a picture if a page may load it: a twin's pages take nothing from beyond this machine. The
// rest are shown as links.
func (v *visit) picture(link string) (src string, ok bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	if strings.HasPrefix(link, v.base+"/") {
		return v.here(link), true
	}
	if u.Scheme == "http" && u.Hostname() == "localhost" {
		return link, true
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && u.Scheme == "http" && a.Unmap().IsLoopback() {
		return link, true
	}
	return "", false
}

// A panel is where blocks are: a message, a modal or a Home tab, and what its reader has put into them.
type panel struct {
	v           *visit
	ID          string // of its form
	Channel, TS string
	View        string
	Live        bool // there is something in it to use
	names       mrkdwn.Lookup
	values      blockkit.Object   // state.values
	errors      map[string]string // by block_id
}

// parts are blocks ready to be shown.
func (on *panel) parts(list blockkit.Blocks) []part {
	out := make([]part, len(list))
	for i, b := range list {
		out[i] = part{b, on, b, ""}
	}
	return out
}

// A part is one object of Block Kit on a surface: a block, an element or what is in one.
type part struct {
	blockkit.Object
	On    *panel
	block blockkit.Object // that it is in
	extra string
}

// Type is the part's type.
func (p part) Type() string { return p.Str("type") }

// Kid is the object in a member.
func (p part) Kid(name string) *part {
	if o := p.Obj(name); o != nil {
		return &part{o, p.On, p.block, ""}
	}
	return nil
}

// Kids are the objects in a member that is a list.
func (p part) Kids(name string) (kids []part) {
	var list []any
	switch x := p.Get(name).(type) {
	case []any:
		list = x
	case blockkit.Blocks:
		for _, o := range x {
			list = append(list, o)
		}
	}
	for _, x := range list {
		if o, ok := x.(blockkit.Object); ok {
			k := part{o, p.On, p.block, ""}
			if o.Has("block_id") && o.Str("type") != "" {
				k.block = o
			}
			kids = append(kids, k)
		}
	}
	return kids
}

// Nested are the block and its elements of a container, each its own block.
func (p part) Nested(name string) []part { return p.Kids(name) }

// Line is the part as the text object that it is.
func (p part) Line() template.HTML { return p.On.text(p.Object) }

// HTML is the text object in a member.
func (p part) HTML(name string) template.HTML {
	if s := p.Str(name); s != "" {
		return p.On.text(blockkit.Object{{Name: "type", Value: "plain_text"}, {Name: "text", Value: s}})
	}
	return p.On.text(p.Obj(name))
}

// Plain is the text of a text object in a member, for where no markup can be.
func (p part) Plain(name string) string {
	if s := p.Str(name); s != "" {
		return s
	}
	return mrkdwn.Unescape(p.Obj(name).Str("text"))
}

func (on *panel) text(o blockkit.Object) template.HTML {
	switch {
	case o == nil:
		return ""
	case o.Str("type") == "mrkdwn":
		return on.v.decorate(mrkdwn.HTML(o.Str("text"), on.names))
	}
	s := template.HTMLEscapeString(mrkdwn.Unescape(o.Str("text")))
	s = strings.ReplaceAll(s, "\n", "<br>")
	if o.Get("emoji") != false {
		s = shortcode.ReplaceAllStringFunc(s, func(code string) string {
			if g := emojiByName[strings.Trim(code, ":")]; g != "" {
				return string(drawn(strings.Trim(code, ":")))
			}
			return code
		})
	}
	return template.HTML(s)
}

var shortcode = regexp.MustCompile(`:[a-z0-9_+'-]+:`)

// Markdown is the text of a markdown block: near enough Slack's own markup once its bold, links and headings are.
func (p part) Markdown() template.HTML {
	var b strings.Builder
	for s := range strings.SplitSeq(p.Str("text"), "\n") {
		if h := strings.TrimLeft(s, "#"); len(h) < len(s) && strings.HasPrefix(h, " ") {
			s = "**" + strings.TrimSpace(h) + "**"
		}
		s = markdownBold.ReplaceAllString(s, "\x01$1\x01")
		s = markdownItalic.ReplaceAllString(s, "${1}_${2}_")
		s = strings.ReplaceAll(s, "\x01", "*")
		s = markdownLink.ReplaceAllString(s, "<$2|$1>")
		s = strings.ReplaceAll(s, "~~", "~")
		b.WriteString(markdownBullet.ReplaceAllString(s, "$1• ") + "\n")
	}
	return p.On.v.mrkdwn(mrkdwn.Store(strings.TrimSuffix(b.String(), "\n"), mrkdwn.Options{}))
}

var (
	markdownBold   = regexp.MustCompile(`(?:\*\*|__)(\S(?:.*?\S)?)(?:\*\*|__)`)
	markdownItalic = regexp.MustCompile(`(^|[^*\w])\*([^*\s][^*]*)\*`)
	markdownLink   = regexp.MustCompile(`\[([^\]]+)\]\((https?://[^\s)]+)\)`)
	markdownBullet = regexp.MustCompile(`^(\s*)[-*+] `)
)

// Picture is the address of the part's picture, "" for one from elsewhere.
func (p part) Picture(name string) string {
	src, _ := p.On.v.picture(p.address(name))
	return src
}

// address is where a picture is: on the web, or a file in the workspace.
func (p part) address(name string) string {
	if f := p.Obj("slack_file"); f != nil && name == "image_url" {
		return or(f.Str("url"), p.On.v.fileURL(f.Str("id")))
	}
	return p.Str(name)
}

// Link is a link in a member that a page may show.
func (p part) Link(name string) string { return safeLink(p.address(name)) }

func safeLink(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
		return ""
	}
	return link
}

// Fault is what is wrong with what was put into the block.
func (p part) Fault() string { return p.On.errors[p.block.Str("block_id")] }

// Optional reports whether an input may be left empty.
func (p part) Optional() bool { return p.Get("optional") == true }

// Yes reports whether a member is true.
func (p part) Yes(name string) bool { return p.Get(name) == true }

// Num is a member that is a number.
func (p part) Num(name string) string {
	n, _ := p.Get(name).(json.Number)
	return n.String()
}

// HTMLID is an id for the element within the page.
func (p part) HTMLID() string {
	return p.On.ID + "-" + url.QueryEscape(p.block.Str("block_id")+"-"+p.Str("action_id"))
}

// Name is the name of the element's field in the form of its surface.
func (p part) Name() string { return "v/" + p.Press() }

// Press names the element in a form.
func (p part) Press() string {
	return url.QueryEscape(p.block.Str("block_id")) + "/" + url.QueryEscape(p.Str("action_id"))
}

// Tells is what makes the app know when the element's value changes: in a message always, in an input only if it asks.
func (p part) Tells() string {
	if p.block.Str("type") == "input" && p.block.Get("dispatch_action") != true {
		return ""
	}
	return p.Press()
}

// Confirm is what somebody is asked before they use the element.
func (p part) Confirm() string {
	o := p.Obj("confirm")
	if o == nil {
		return ""
	}
	return mrkdwn.Plain(o.Obj("title").Str("text")+"\n\n"+o.Obj("text").Str("text"), p.On.names)
}

// members says where each kind of element keeps its value.
var members = map[string]string{
	"static_select": "selected_option", "external_select": "selected_option", "radio_buttons": "selected_option",
	"checkboxes": "selected_options", "multi_static_select": "selected_options", "multi_external_select": "selected_options",
	"users_select": "selected_user", "conversations_select": "selected_conversation", "channels_select": "selected_channel",
	"multi_users_select": "selected_users", "multi_conversations_select": "selected_conversations", "multi_channels_select": "selected_channels",
	"datepicker": "selected_date", "timepicker": "selected_time", "datetimepicker": "selected_date_time", "rich_text_input": "rich_text_value",
}

// Value is what is in the element now.
func (p part) Value() string {
	switch x := p.value().(type) {
	case string:
		return x
	case json.Number:
		if p.Type() == "datetimepicker" {
			n, _ := x.Int64()
			return time.Unix(n, 0).In(zoneOf(p.On.v.user)).Format("2006-01-02T15:04")
		}
		return x.String()
	case blockkit.Object:
		if p.Type() == "rich_text_input" {
			return plainRich(x)
		}
		return x.Str("value")
	}
	return ""
}

func (p part) value() any {
	return p.On.values.Obj(p.block.Str("block_id")).Obj(p.Str("action_id")).Get(or(members[p.Type()], "value"))
}

// plainRich is the text of a rich text value.
func plainRich(o blockkit.Object) string {
	if o.Str("type") == "text" {
		return o.Str("text")
	}
	s := ""
	for _, e := range o.List("elements") {
		if k, ok := e.(blockkit.Object); ok {
			s += plainRich(k)
		}
	}
	return s
}

// A choice is one option that an element offers.
type choice struct {
	Value, Label, Group string
	HTML, Description   template.HTML
	Chosen              bool
	URL                 string
}

// Choices are the options that the element offers, with the ones that are chosen.
func (p part) Choices() (list []choice) {
	chosen := func(value string) bool {
		switch x := p.value().(type) {
		case string:
			return x == value
		case blockkit.Object:
			return x.Str("value") == value
		case []any:
			return slices.ContainsFunc(x, func(one any) bool {
				o, _ := one.(blockkit.Object)
				return one == any(value) || o != nil && o.Str("value") == value
			})
		}
		return false
	}
	add := func(group string, options []any) {
		for _, x := range options {
			o, _ := x.(blockkit.Object)
			c := choice{Value: o.Str("value"), Label: emojiText(mrkdwn.Unescape(o.Obj("text").Str("text"))), Group: group, HTML: p.On.text(o.Obj("text")), Description: p.On.text(o.Obj("description")), URL: safeLink(o.Str("url"))}
			c.Chosen = chosen(c.Value)
			list = append(list, c)
		}
	}
	v := p.On.v
	switch t := strings.TrimPrefix(p.Type(), "multi_"); t {
	case "users_select":
		for u := range v.s.users.All(v.Tx, "") {
			if !u.Deleted && u.Team == v.token.Team {
				list = append(list, choice{Value: u.ID, Label: or(u.RealName, u.Name), Chosen: chosen(u.ID)})
			}
		}
	case "channels_select", "conversations_select":
		include := p.Obj("filter").List("include")
		for m := range v.s.membersByUser.All(v.Tx, v.user.ID) {
			ch, ok := v.s.channels.Get(v.Tx, m.Channel)
			kind := map[string]string{"public_channel": "public", "private_channel": "private"}[typeOf(ch)]
			if !ok || ch.Archived || ch.Deleted || t == "channels_select" && kind != "public" || len(include) > 0 && !slices.Contains(include, any(or(kind, typeOf(ch)))) {
				continue
			}
			list = append(list, choice{Value: ch.ID, Label: v.title(ch), Chosen: chosen(ch.ID)})
		}
	case "external_select":
		if o, ok := p.value().(blockkit.Object); ok {
			list = append(list, choice{Value: string(encode(o)), Label: mrkdwn.Unescape(o.Obj("text").Str("text")), Chosen: true})
		}
		if many, ok := p.value().([]any); ok {
			for _, x := range many {
				o, _ := x.(blockkit.Object)
				list = append(list, choice{Value: string(encode(o)), Label: mrkdwn.Unescape(o.Obj("text").Str("text")), Chosen: true})
			}
		}
	default:
		add("", p.List("options"))
		for _, g := range p.List("option_groups") {
			o, _ := g.(blockkit.Object)
			add(mrkdwn.Unescape(o.Obj("label").Str("text")), o.List("options"))
		}
	}
	slices.SortStableFunc(list, func(a, b choice) int {
		if strings.HasSuffix(p.Type(), "users_select") || strings.HasSuffix(p.Type(), "channels_select") || strings.HasSuffix(p.Type(), "conversations_select") {
			return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
		}
		return 0
	})
	return list
}

// Groups are the choices by the group that they are in.
func (p part) Groups() (groups [][]choice) {
	for _, c := range p.Choices() {
		if n := len(groups); n > 0 && groups[n-1][0].Group == c.Group {
			groups[n-1] = append(groups[n-1], c)
		} else {
			groups = append(groups, []choice{c})
		}
	}
	return groups
}

// Many reports whether several options can be chosen.
func (p part) Many() bool { return strings.HasPrefix(p.Type(), "multi_") }

// Rich is a rich_text block.
//
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
func (p part) Rich() template.HTML {
	var b strings.Builder
	p.On.rich(&b, p.Object)
	return template.HTML(b.String())
}

// RichIn is the rich text in a member.
func (p part) RichIn(name string) template.HTML {
	var b strings.Builder
	p.On.rich(&b, p.Obj(name))
	return template.HTML(b.String())
}

func (on *panel) rich(b *strings.Builder, o blockkit.Object) {
	elements := func(o blockkit.Object) {
		for _, e := range o.List("elements") {
			if k, ok := e.(blockkit.Object); ok {
				on.rich(b, k)
			}
		}
	}
	escaped := template.HTMLEscapeString
	switch o.Str("type") {
	case "rich_text":
		elements(o)
	case "rich_text_section":
		b.WriteString(`<p>`)
		elements(o)
		b.WriteString(`</p>`)
	case "rich_text_quote":
		b.WriteString(`<blockquote>`)
		elements(o)
		b.WriteString(`</blockquote>`)
	case "rich_text_preformatted":
		b.WriteString(`<pre>`)
		elements(o)
		b.WriteString(`</pre>`)
	case "rich_text_list":
		tag := "ul"
		if o.Str("style") == "ordered" {
			tag = "ol"
		}
		indent, _ := o.Get("indent").(json.Number)
		offset, _ := o.Get("offset").(json.Number)
		start, _ := strconv.Atoi(string(offset))
		fmt.Fprintf(b, `<%s class="list in%s" start="%d">`, tag, escaped(or(string(indent), "0")), start+1)
		for _, e := range o.List("elements") {
			if k, ok := e.(blockkit.Object); ok {
				b.WriteString(`<li>`)
				elements(k)
				b.WriteString(`</li>`)
			}
		}
		b.WriteString("</" + tag + ">")
	default:
		on.span(b, o)
	}
}

// span is one run of a rich text.
func (on *panel) span(b *strings.Builder, o blockkit.Object) {
	style := o.Obj("style")
	for _, s := range []struct{ name, tag string }{{"bold", "b"}, {"italic", "i"}, {"strike", "s"}, {"underline", "u"}, {"code", "code"}} {
		if style.Get(s.name) == true {
			b.WriteString("<" + s.tag + ">")
			defer b.WriteString("</" + s.tag + ">")
		}
	}
	escaped := template.HTMLEscapeString
	mention := func(kind mrkdwn.Kind, sigil, id, href string) {
		name, ok := on.names(kind, id)
		if !ok {
			name = id
		}
		class := "mention"
		if kind == mrkdwn.User && id == on.v.user.ID {
			class += " me"
		}
		if href == "" {
			b.WriteString(`<span class="` + class + `">` + escaped(sigil+name) + `</span>`)
			return
		}
		b.WriteString(`<a class="` + class + `" href="` + escaped(href) + `">` + escaped(sigil+name) + `</a>`)
	}
	switch o.Str("type") {
	case "text":
		b.WriteString(strings.ReplaceAll(escaped(o.Str("text")), "\n", "<br>"))
	case "link":
		label := or(o.Str("text"), o.Str("url"))
		if link := safeLink(o.Str("url")); link != "" {
			b.WriteString(`<a href="` + escaped(link) + `" target="_blank" rel="noopener noreferrer">` + escaped(label) + `</a>`)
		} else {
			b.WriteString(escaped(label))
		}
	case "emoji":
		b.WriteString(string(on.v.emoji(o.Str("name"))))
	case "user":
		mention(mrkdwn.User, "@", o.Str("user_id"), on.v.root()+"/team/"+o.Str("user_id"))
	case "channel":
		mention(mrkdwn.Channel, "#", o.Str("channel_id"), on.v.client("/"+o.Str("channel_id")))
	case "usergroup":
		mention(mrkdwn.Subteam, "@", o.Str("usergroup_id"), "")
	case "team":
		b.WriteString(escaped(o.Str("team_id")))
	case "broadcast":
		b.WriteString(`<span class="mention me">@` + escaped(o.Str("range")) + `</span>`)
	case "color":
		b.WriteString(`<code>` + escaped(o.Str("value")) + `</code>`)
	case "date":
		n, _ := o.Get("timestamp").(json.Number)
		sec, _ := n.Int64()
		b.WriteString(escaped(or(o.Str("fallback"), time.Unix(sec, 0).In(zoneOf(on.v.user)).Format("2 January 2006 15:04"))))
	}
}

// attachment is a legacy attachment.
func (on *panel) attachment(o blockkit.Object) attachmentLine {
	v := on.v
	colour := strings.TrimPrefix(o.Str("color"), "#")
	if !stripe.MatchString(colour) {
		colour = ""
	}
	a := attachmentLine{Object: o, Color: template.CSS(colour), Pretext: v.mrkdwn(o.Str("pretext")), Text: v.mrkdwn(o.Str("text")), Title: emojiText(mrkdwn.Unescape(o.Str("title"))),
		TitleLink: safeLink(o.Str("title_link")), Author: mrkdwn.Unescape(o.Str("author_name")), AuthorLink: safeLink(o.Str("author_link")), Footer: mrkdwn.Unescape(o.Str("footer")), Callback: o.Str("callback_id")}
	id, _ := o.Get("id").(json.Number)
	a.AttachmentID = id.String()
	if ts, ok := o.Get("ts").(json.Number); ok {
		a.When = v.ago(moment(ts.String()).In(zoneOf(v.user)))
	}
	if link := o.Str("image_url"); link != "" {
		if src, ok := v.picture(link); ok {
			a.Image = src
		} else {
			a.ImageElsewhere = safeLink(link)
		}
	}
	a.Thumb, _ = v.picture(o.Str("thumb_url"))
	for _, f := range o.List("fields") {
		if f, ok := f.(blockkit.Object); ok {
			a.Fields = append(a.Fields, attachmentField{emojiText(mrkdwn.Unescape(f.Str("title"))), v.mrkdwn(f.Str("value")), f.Get("short") == true})
		}
	}
	if list, ok := o.Get("blocks").([]any); ok {
		for _, b := range list {
			if b, ok := b.(blockkit.Object); ok {
				a.Blocks = append(a.Blocks, part{b, on, b, ""})
				for e := range blockkit.Interactive(blockkit.Blocks{b}) {
					on.Live = on.Live || e.Type() != ""
				}
			}
		}
	}
	for _, x := range o.List("actions") {
		b, ok := x.(blockkit.Object)
		if !ok {
			continue
		}
		act := attachmentAction{Name: b.Str("name"), Text: emojiText(mrkdwn.Unescape(b.Str("text"))), Value: b.Str("value"), Type: b.Str("type"), Style: b.Str("style"), URL: safeLink(b.Str("url"))}
		act.Press = "attachment/" + a.AttachmentID + "/" + url.QueryEscape(b.Str("id"))
		if c := b.Obj("confirm"); c != nil {
			act.Confirm = c.Str("title") + "\n\n" + c.Str("text")
		}
		for _, opt := range b.List("options") {
			if opt, ok := opt.(blockkit.Object); ok {
				act.Options = append(act.Options, choice{Value: opt.Str("value"), Label: mrkdwn.Unescape(opt.Str("text"))})
			}
		}
		on.Live = true
		a.Buttons = append(a.Buttons, act)
	}
	return a
}

var stripe = regexp.MustCompile(`^[0-9A-Fa-f]{3,8}$`)

// emojiText is a text for where no markup can be, with its emoji drawn.
func emojiText(s string) string {
	return shortcode.ReplaceAllStringFunc(s, func(code string) string { return or(emojiByName[strings.Trim(code, ":")], code) })
}

// Action is the address that using the element is sent to.
func (p part) Action() string { return p.On.v.client("/do/use") }

// OptionsURL is where a menu asks the app for options.
func (p part) OptionsURL() string {
	q := url.Values{"channel": {p.On.Channel}, "ts": {p.On.TS}, "view_id": {p.On.View}, "block_id": {p.block.Str("block_id")}, "action_id": {p.Str("action_id")}}
	return p.On.v.client("/options?" + q.Encode())
}

// BlockHTMLID is an id for the block within the page.
func (p part) BlockHTMLID() string {
	return p.On.ID + "-block-" + url.QueryEscape(p.block.Str("block_id"))
}

// Label is what the element's block is called.
func (p part) Label() string { return mrkdwn.Unescape(p.block.Obj("label").Str("text")) }

// Rows are the cells of a table.
func (p part) Rows() (rows [][]part) {
	for _, r := range p.List("rows") {
		var row []part
		cells, _ := r.([]any)
		for _, x := range cells {
			if o, ok := x.(blockkit.Object); ok {
				row = append(row, part{o, p.On, p.block, ""})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Cell is what is in a cell of a table, if it is text.
func (p part) Cell() template.HTML {
	switch p.Type() {
	case "rich_text":
		return p.Rich()
	case "raw_number":
		return template.HTML(template.HTMLEscapeString(or(p.Str("text"), p.Num("value"))))
	}
	return template.HTML(template.HTMLEscapeString(p.Str("text")))
}

// A series is one row of a chart's figures.
type series struct {
	Name   string
	Values []string
}

// Series are the figures of a chart.
func (p part) Series() (list []series) {
	chart := p.Obj("chart")
	for _, x := range chart.List("segments") {
		o, _ := x.(blockkit.Object)
		n, _ := o.Get("value").(json.Number)
		list = append(list, series{o.Str("label"), []string{n.String()}})
	}
	if categories := chart.Obj("axis_config").List("categories"); categories != nil {
		head := series{}
		for _, c := range categories {
			s, _ := c.(string)
			head.Values = append(head.Values, s)
		}
		list = append(list, head)
	}
	for _, x := range chart.List("series") {
		o, _ := x.(blockkit.Object)
		s := series{Name: o.Str("name")}
		for _, d := range o.List("data") {
			d, _ := d.(blockkit.Object)
			n, _ := d.Get("value").(json.Number)
			s.Values = append(s.Values, n.String())
		}
		list = append(list, s)
	}
	return list
}
