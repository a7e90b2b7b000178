package slack

import (
	"cmp"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/ui"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// frame is what all pages of the client have around them.
type frame struct {
	ui.Page
	Team     Team
	Me       face
	MyID     string
	MyName   string
	Guest    bool
	CSRF     string
	At       string // what addresses in the client begin with
	Query    string
	Sections []sidebarSection
	Modals   []modalLine
	Away     bool
}

type sidebarSection struct {
	Name, Kind string
	Items      []sidebarItem
}

type sidebarItem struct {
	ID, Name, Href string
	Sign           string // "#", or "private"
	Face           *face
	Unread, Muted  bool
	Badge          int
	Active         bool
}

// frame makes the surroundings of a page; channel is the conversation that it shows, if any.
func (v *visit) frame(title, class, channel string) frame {
	t, _ := v.s.teams.Get(v.Tx, v.token.Team)
	r := v.root()
	f := frame{Page: ui.Page{Title: title + " – " + t.Name, Class: "client " + class, Root: r, Styles: []string{r + "/client/assets/slack.css"},
		Script: []string{r + "/client/assets/slack.js"}, Events: r + "/client/events"},
		Team: t, Me: v.faceOf(v.user), MyID: v.user.ID, MyName: or(v.user.RealName, v.user.Name), CSRF: v.csrf(), At: v.client(""), Guest: v.user.Restricted || v.user.UltraRestricted,
		Away: v.user.Presence == "away"}
	channels, direct, apps := sidebarSection{Name: "Channels", Kind: "channels"}, sidebarSection{Name: "Direct messages", Kind: "direct"}, sidebarSection{Name: "Apps", Kind: "apps"}
	talked := map[string]bool{}
	for m := range v.s.membersByUser.All(v.Tx, v.user.ID) {
		ch, ok := v.s.channels.Get(v.Tx, m.Channel)
		if !ok || ch.Deleted || ch.Archived && ch.ID != channel {
			continue
		}
		item := sidebarItem{ID: "at-" + ch.ID, Name: v.title(ch), Href: v.client("/" + ch.ID), Active: ch.ID == channel, Muted: m.Muted}
		unread, mentions := v.unread(m)
		item.Unread, item.Badge = unread > 0 && !m.Muted, mentions
		switch {
		case ch.IM:
			other, _ := v.s.users.Get(v.Tx, v.peer(ch))
			if !m.Open && unread == 0 && ch.ID != channel {
				continue
			}
			fc := v.faceOf(other)
			item.Face, item.Badge = &fc, unread
			if other.Bot {
				talked[other.App] = true
				apps.Items = append(apps.Items, item)
			} else {
				direct.Items = append(direct.Items, item)
			}
		case ch.MPIM:
			if !m.Open && unread == 0 && ch.ID != channel {
				continue
			}
			item.Sign, item.Badge = strconv.Itoa(len(ch.Peers)-1), unread
			direct.Items = append(direct.Items, item)
		case ch.Private:
			item.Sign = "private"
			channels.Items = append(channels.Items, item)
		default:
			item.Sign = "#"
			channels.Items = append(channels.Items, item)
		}
	}
	for in := range v.s.installs.All(v.Tx, "") {
		u, ok := v.s.users.Get(v.Tx, in.BotUser)
		if in.Team != v.token.Team || !ok || u.Deleted || talked[in.App] {
			continue
		}
		fc := v.faceOf(u)
		apps.Items = append(apps.Items, sidebarItem{ID: "at-" + in.App, Name: fc.Name, Href: v.client("/app/" + in.App), Face: &fc, Active: channel == in.App})
	}
	for _, sec := range []sidebarSection{channels, direct, apps} {
		slices.SortFunc(sec.Items, func(a, b sidebarItem) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
		f.Sections = append(f.Sections, sec)
	}
	f.Modals = v.modals()
	return f
}

// peer is who a direct conversation is with.
func (v *visit) peer(ch Channel) string {
	for _, p := range ch.Peers {
		if p != v.user.ID {
			return p
		}
	}
	return v.user.ID
}

// title is what a conversation is called by the visitor.
func (v *visit) title(ch Channel) string {
	switch {
	case ch.IM:
		n, _ := v.name(mrkdwn.User, v.peer(ch))
		if v.peer(ch) == v.user.ID {
			n += " (you)"
		}
		return n
	case ch.MPIM:
		var names []string
		for _, p := range ch.Peers {
			if n, _ := v.name(mrkdwn.User, p); p != v.user.ID {
				names = append(names, n)
			}
		}
		return strings.Join(names, ", ")
	}
	return ch.Name
}

// unread counts what a member has not seen, up to a hundred, and how much of it names them.
func (v *visit) unread(m Member) (n, mentions int) {
	for msg := range v.s.history.Range(v.Tx, store.Range{Prefix: m.Channel + "/", From: messageKey(m.Channel, or(m.LastRead, "0")) + "\x00", Desc: true}) {
		if n == 100 {
			break
		}
		if msg.User == v.user.ID && msg.Bot == "" || noted(msg) || msg.Hidden {
			continue
		}
		n++
		if strings.Contains(msg.Text, "<@"+v.user.ID) || strings.Contains(msg.Text, "<!") && func() bool { t := mrkdwn.Mentions(msg.Text); return t.Here || t.Channel || t.Everyone }() {
			mentions++
		}
	}
	return n, mentions
}

// channelData is the page of a conversation.
type channelData struct {
	frame
	Channel   Channel
	Name      string
	Sign      string
	Topic     template.HTML
	Face      *face
	PeerApp   string
	Members   int
	Pins      int
	IsMember  bool
	Lines     []line
	Older     string
	Newer     string
	Beginning bool
	MayWrite  bool
	Why       string // there is no composer
	Thread    *threadData
	Commands  []string
	Home      bool
	People    []face
}

type threadData struct {
	Root      line
	Lines     []line
	Composer  bool
	TS, Close string
}

// pageSize is how many messages a page shows at once.
const pageSize = 50

// homePage is where a person starts: on a narrow screen the list of conversations, else the general channel beside it.
func (v *visit) homePage() (string, any, error) {
	first := ""
	for m := range v.s.membersByUser.All(v.Tx, v.user.ID) {
		ch, ok := v.s.channels.Get(v.Tx, m.Channel)
		if ok && !ch.Archived && !ch.Deleted && (first == "" || ch.General) {
			first = ch.ID
		}
	}
	if first == "" {
		return v.browsePage()
	}
	name, data, err := v.conversation(first, "")
	if d, ok := data.(*channelData); ok && err == nil {
		d.Home, d.Class = true, "client home"
	}
	return name, data, err
}

// channelPage is a conversation, with one of its threads beside it if the address names one.
func (v *visit) channelPage() (string, any, error) {
	id, ts := v.r.Echo.Param("channel"), v.r.Echo.Param("ts")
	ts = strings.TrimPrefix(ts, id+"-")
	if u, ok := v.s.users.Get(v.Tx, id); ok { // /client/T/U is the conversation with somebody
		return "", redirect(v.root() + "/team/" + u.ID), nil
	}
	return v.conversation(id, ts)
}

func (v *visit) conversation(id, thread string) (string, any, error) {
	ch, ok := v.channel(id)
	if !ok {
		return "", nil, errChannelNotFound
	}
	d := &channelData{Channel: ch, Name: v.title(ch), Sign: "#", IsMember: v.isMember(ch)}
	d.frame = v.frame(d.Name, "at", ch.ID)
	d.Topic = v.mrkdwn(ch.Topic.Value)
	switch {
	case ch.IM:
		u, _ := v.s.users.Get(v.Tx, v.peer(ch))
		fc := v.faceOf(u)
		d.Face, d.Sign, d.PeerApp = &fc, "", u.App
		if d.Topic == "" {
			d.Topic = template.HTML(template.HTMLEscapeString(u.Title))
		}
	case ch.MPIM:
		d.Sign = ""
	case ch.Private:
		d.Sign = "private"
	}
	d.Members = v.countMembers(ch.ID)
	d.Pins = int(v.pinCount(ch.ID))
	if err := v.mayPost(ch); err == nil {
		d.MayWrite = true
	} else if code, ok := err.(Error); ok {
		d.Why = told(code)
	}
	v.list(d, ch)
	if thread != "" {
		root, ok := v.s.messages.Get(v.Tx, messageKey(ch.ID, thread))
		if ok && root.ThreadTS != "" && root.ThreadTS != root.TS {
			root, ok = v.s.messages.Get(v.Tx, messageKey(ch.ID, root.ThreadTS))
		}
		if !ok || root.Ephemeral != "" {
			return "", nil, errMessageNotFound
		}
		t := &threadData{Root: v.line(root, nil, true), Composer: d.MayWrite && !root.Locked, TS: root.TS, Close: v.client("/" + ch.ID)}
		v.editing(&t.Root, root)
		replies := slices.Collect(v.s.threads.Range(v.Tx, prefix(messageKey(ch.ID, root.TS)+"/")))
		replies = append(replies, v.whispers(ch.ID, root.TS, root.TS)...)
		slices.SortFunc(replies, func(a, b Message) int { return strings.Compare(a.TS, b.TS) })
		for i := range replies {
			var before *Message
			if i > 0 {
				before = &replies[i-1]
			}
			l := v.line(replies[i], before, true)
			v.editing(&l, replies[i])
			t.Lines = append(t.Lines, l)
		}
		d.Thread = t
		d.Class = "client at threaded"
	}
	return "client", d, nil
}

// list puts the messages of a conversation onto its page: the newest, those before or after one, or those around one.
func (v *visit) list(d *channelData, ch Channel) {
	q := v.r.Echo.QueryParam
	ts := func(name string) string { t, _ := parseTS(q(name)); return t }
	var ms []Message
	read := func(r store.Range, n int) (got []Message, more bool) {
		r.Prefix = ch.ID + "/"
		for m := range v.s.history.Range(v.Tx, r) {
			if len(got) == n {
				return got, true
			}
			got = append(got, m)
		}
		return got, false
	}
	older, newer := false, false
	switch at := ts("at"); {
	case at != "":
		before, more := read(store.Range{To: messageKey(ch.ID, at) + "\x00", Desc: true}, pageSize/2)
		slices.Reverse(before)
		after, moreAfter := read(store.Range{From: messageKey(ch.ID, at) + "\x00"}, pageSize/2)
		ms, older, newer = append(before, after...), more, moreAfter
	case ts("after") != "":
		ms, newer = read(store.Range{From: messageKey(ch.ID, ts("after")) + "\x00"}, pageSize)
		older = true
	default:
		r := store.Range{Desc: true}
		if ts("before") != "" {
			r.To, newer = messageKey(ch.ID, ts("before")), true
		}
		ms, older = read(r, pageSize)
		slices.Reverse(ms)
	}
	if len(ms) > 0 {
		first, last := ms[0].TS, ms[len(ms)-1].TS
		if older {
			d.Older = v.client("/" + ch.ID + "?before=" + first)
		}
		if newer {
			d.Newer = v.client("/" + ch.ID + "?after=" + last)
		} else {
			last = "9999999999.999999"
		}
		ms = append(ms, v.whispers(ch.ID, first, last)...)
		slices.SortFunc(ms, func(a, b Message) int { return strings.Compare(a.TS, b.TS) })
	} else if !newer {
		ms = v.whispers(ch.ID, "0", "9999999999.999999")
	}
	d.Beginning = !older
	member, _ := v.s.members.Get(v.Tx, memberKey(ch.ID, v.user.ID))
	fresh := v.r.Echo.Request().Header.Get("Twin-Refresh") == "seen" // what comes while one looks is not new
	for i := range ms {
		var before *Message
		if i > 0 {
			before = &ms[i-1]
		}
		l := v.line(ms[i], before, false)
		if !fresh && member.LastRead != "" && ms[i].TS > member.LastRead && ms[i].User != v.user.ID {
			l.New, fresh, l.Same = i > 0, true, false
		}
		l.Target = ms[i].TS == ts("at")
		v.editing(&l, ms[i])
		d.Lines = append(d.Lines, l)
	}
}

// editing opens the message that the address asks to change.
func (v *visit) editing(l *line, m Message) {
	if v.r.Echo.QueryParam("edit") == m.TS && l.Mine {
		l.IsEditing, l.Editing = true, v.editable(m.Text)
	}
}

// editable is a stored text as its author would type it.
func (v *visit) editable(text string) string {
	text = typedMention.ReplaceAllStringFunc(text, func(s string) string {
		id, _, _ := strings.Cut(s[2:len(s)-1], "|")
		switch s[1] {
		case '@':
			if u, ok := v.s.users.Get(v.Tx, id); ok {
				return "@" + u.Name
			}
		case '#':
			if n, ok := v.name(mrkdwn.Channel, id); ok {
				return "#" + n
			}
		case '!':
			return "@" + id
		}
		return s
	})
	return mrkdwn.Unescape(text)
}

// whispers are the messages of a conversation that the visitor alone sees, between two of its messages.
func (v *visit) whispers(channel, from, upTo string) (ms []Message) {
	for m := range v.s.ephemerals.Range(v.Tx, store.Range{Prefix: channel + "/" + v.user.ID + "/", From: channel + "/" + v.user.ID + "/" + from, To: channel + "/" + v.user.ID + "/" + upTo + "\x00"}) {
		ms = append(ms, m)
	}
	return ms
}

// permalinkPage finds the message that a permalink is of.
func (v *visit) permalinkPage() (string, any, error) {
	id := v.r.Echo.Param("channel")
	p := strings.TrimPrefix(v.r.Echo.Param("ts"), "p")
	if cid := v.r.Echo.QueryParam("cid"); cid != "" {
		id = cid
	}
	if _, ok := v.channel(id); !ok {
		return "", nil, errChannelNotFound
	}
	if len(p) <= 6 {
		return "", redirect(v.client("/" + id)), nil
	}
	ts := p[:len(p)-6] + "." + p[len(p)-6:]
	m, ok := v.s.messages.Get(v.Tx, messageKey(id, ts))
	switch {
	case !ok:
		return "", nil, errMessageNotFound
	case m.ThreadTS != "" && m.ThreadTS != m.TS:
		return "", redirect(v.client("/" + id + "/thread/" + m.ThreadTS + "#t-" + ts)), nil
	}
	return "", redirect(v.client("/" + id + "?at=" + ts + "#m-" + ts)), nil
}

// appRedirect opens an app, or somebody, or a channel.
//
// https://docs.slack.dev/interactivity/deep-linking
func (v *visit) appRedirect() (string, any, error) {
	q := v.r.Echo.QueryParam
	switch {
	case q("channel") != "":
		if _, ok := v.s.users.Get(v.Tx, q("channel")); ok {
			return "", redirect(v.root() + "/team/" + q("channel")), nil
		}
		return "", redirect(v.client("/" + url.PathEscape(q("channel")))), nil
	case q("app") != "":
		return "", redirect(v.client("/app/" + url.PathEscape(q("app")))), nil
	}
	return "", redirect(v.client("")), nil
}

// detailsData is what there is to know of a conversation.
type detailsData struct {
	frame
	Channel          Channel
	Name, Created    string
	Topic, Purpose   template.HTML
	Raw              Channel
	People           []personLine
	Pinned           []line
	Others           []personLine // who could be invited
	IsMember, Manage bool
}

type personLine struct {
	Face                      face
	ID, Name, Handle, Title   string
	Role, Status, LocalTime   string
	Email, Phone, Pronouns    string
	StatusEmoji               template.HTML
	Bot, Deleted, Self, Admin bool
	App                       string
}

func (v *visit) personLine(u User) personLine {
	p := personLine{Face: v.faceOf(u), ID: u.ID, Name: or(u.RealName, u.Name), Handle: or(u.DisplayName, u.Name), Title: u.Title, Role: role(u), Status: u.StatusText,
		Email: u.Email, Phone: u.Phone, Pronouns: u.Pronouns, Bot: u.Bot, Deleted: u.Deleted, Self: u.ID == v.user.ID, Admin: u.Admin, App: u.App}
	if u.StatusEmoji != "" {
		p.StatusEmoji = v.emoji(strings.Trim(u.StatusEmoji, ":"))
	}
	p.LocalTime = v.Now.In(zoneOf(u)).Format("15:04")
	return p
}

// detailsPage is about a conversation: what it is for, who is in it, what is pinned.
func (v *visit) detailsPage() (string, any, error) {
	ch, ok := v.channel(v.r.Echo.Param("channel"))
	if !ok {
		return "", nil, errChannelNotFound
	}
	d := &detailsData{frame: v.frame(v.title(ch), "at", ch.ID), Channel: ch, Name: v.title(ch), IsMember: v.isMember(ch), Manage: v.isMember(ch) && !ch.Archived && !ch.IM && !ch.MPIM,
		Topic: v.mrkdwn(ch.Topic.Value), Purpose: v.mrkdwn(ch.Purpose.Value), Created: moment(strconv.FormatInt(ch.Created, 10)).In(zoneOf(v.user)).Format("2 January 2006")}
	in := map[string]bool{}
	for m := range v.s.members.All(v.Tx, ch.ID+"/") {
		u, _ := v.s.users.Get(v.Tx, m.User)
		in[u.ID] = true
		d.People = append(d.People, v.personLine(u))
	}
	if d.Manage {
		for u := range v.s.users.All(v.Tx, "") {
			if !in[u.ID] && !u.Deleted && u.Team == v.token.Team && u.ID != "USLACKBOT" {
				d.Others = append(d.Others, v.personLine(u))
			}
		}
	}
	byName := func(a, b personLine) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(d.People, byName)
	slices.SortFunc(d.Others, byName)
	for m := range v.s.history.Range(v.Tx, store.Range{Prefix: ch.ID + "/", Desc: true}) {
		if m.Pinned {
			l := v.line(m, nil, false)
			l.ID, l.Day = "p-"+m.TS, ""
			d.Pinned = append(d.Pinned, l)
		}
	}
	return "details", d, nil
}

// peopleData is the directory.
type peopleData struct {
	frame
	People []personLine
	Find   string
}

// peoplePage is everybody in the workspace.
func (v *visit) peoplePage() (string, any, error) {
	d := &peopleData{frame: v.frame("People", "at", ""), Find: v.r.Echo.QueryParam("find")}
	for u := range v.s.users.All(v.Tx, "") {
		if u.Bot || u.Deleted || u.ID == "USLACKBOT" || u.Team != v.token.Team && !slices.Contains(u.Teams, v.token.Team) {
			continue
		}
		if d.Find != "" && !strings.Contains(strings.ToLower(u.Name+" "+u.RealName+" "+u.DisplayName+" "+u.Title), strings.ToLower(d.Find)) {
			continue
		}
		d.People = append(d.People, v.personLine(u))
	}
	slices.SortFunc(d.People, func(a, b personLine) int { return strings.Compare(a.Name, b.Name) })
	return "people", d, nil
}

// profileData is one person.
type profileData struct {
	frame
	Person personLine
	Away   bool
}

// profilePage is about one person.
func (v *visit) profilePage() (string, any, error) {
	u, ok := v.s.users.Get(v.Tx, v.r.Echo.Param("user"))
	if !ok {
		return "", nil, errUserNotFound
	}
	if u.Bot {
		return "", redirect(v.client("/app/" + u.App)), nil
	}
	return "profile", &profileData{frame: v.frame(or(u.RealName, u.Name), "at", ""), Person: v.personLine(u), Away: u.Presence == "away"}, nil
}

// browseData is the list of channels that one can join.
type browseData struct {
	frame
	Channels []browseLine
	Find     string
}

type browseLine struct {
	ID, Name, Href, About string
	Members               int
	IsMember, Archived    bool
	Private               bool
}

// browsePage is every channel that the visitor can see.
func (v *visit) browsePage() (string, any, error) {
	d := &browseData{frame: v.frame("Channels", "at", ""), Find: v.r.Echo.QueryParam("find")}
	for ch := range v.s.channels.All(v.Tx, "") {
		if ch.IM || ch.MPIM || ch.Deleted || !v.sees(ch) || !inTeam(ch, v.token.Team) || !strings.Contains(ch.Name, strings.ToLower(d.Find)) {
			continue
		}
		about := ch.Purpose.Value
		d.Channels = append(d.Channels, browseLine{ID: ch.ID, Name: ch.Name, Href: v.client("/" + ch.ID), About: mrkdwn.Plain(or(about, ch.Topic.Value), v.name), Members: v.countMembers(ch.ID),
			IsMember: v.isMember(ch), Archived: ch.Archived, Private: ch.Private})
	}
	slices.SortFunc(d.Channels, func(a, b browseLine) int {
		return cmp.Or(cmp.Compare(b2i(a.Archived), b2i(b.Archived)), strings.Compare(a.Name, b.Name))
	})
	return "browse", d, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// newChannelPage is the form that makes a channel.
func (v *visit) newChannelPage() (string, any, error) {
	return "newchannel", &browseData{frame: v.frame("New channel", "at", "")}, nil
}

// appsData is the list of apps.
type appsData struct {
	frame
	Apps []appLine
}

type appLine struct {
	App      App
	Face     face
	Href, DM string
	Commands []Command
}

// appsPage is the apps of the workspace.
func (v *visit) appsPage() (string, any, error) {
	d := &appsData{frame: v.frame("Apps", "at", "")}
	for in := range v.s.installs.All(v.Tx, "") {
		app, ok := v.s.apps.Get(v.Tx, in.App)
		if !ok || in.Team != v.token.Team {
			continue
		}
		u, _ := v.s.users.Get(v.Tx, in.BotUser)
		l := appLine{App: app, Face: v.faceOf(u), Href: v.client("/app/" + app.ID), Commands: app.Commands}
		l.Face.Name, l.Face.Initials = app.Name, monogram(app.Name)
		d.Apps = append(d.Apps, l)
	}
	return "apps", d, nil
}

// appData is an app: its Home tab and what it can do.
type appData struct {
	frame
	App       App
	Face      face
	BotUser   string
	Messages  string // address of the conversation with it
	Panel     *panel
	Blocks    []part
	Published bool
	Tab       string
}

// appPage is an app's Home tab; opening it tells the app.
func (v *visit) appPage() (string, any, error) {
	id := v.r.Echo.Param("app")
	app, ok := v.s.apps.Get(v.Tx, id)
	in, installed := v.s.installs.Get(v.Tx, id+"/"+v.token.Team)
	if !ok || !installed {
		return "", nil, Error("app_not_found")
	}
	u, _ := v.s.users.Get(v.Tx, in.BotUser)
	d := &appData{frame: v.frame(app.Name, "at", app.ID), App: app, Face: v.faceOf(u), BotUser: in.BotUser, Tab: v.r.Echo.QueryParam("tab")}
	if ch, ok := v.s.channelsByPeers.Get(v.Tx, peersKey([]string{v.user.ID, in.BotUser})); ok {
		d.Messages = v.client("/" + ch.ID)
	}
	if !app.HomeTab {
		d.Tab = "about"
	}
	v.home(d)
	return "app", d, nil
}

// searchData is what a search has found.
type searchData struct {
	frame
	Find  string
	Total string
	Found []foundLine
	Page  int
	More  string
}

type foundLine struct {
	Line        line
	Where, Href string
}

// searchPage looks for messages, as search.messages does.
func (v *visit) searchPage() (string, any, error) {
	d := &searchData{Find: strings.TrimSpace(v.r.Echo.QueryParam("q"))}
	d.frame = v.frame("Search", "at", "")
	d.Query = d.Find
	if d.Find != "" {
		if err := v.search(d); err != nil {
			return "", nil, err
		}
	}
	return "search", d, nil
}

// typedMention is a mention in a stored text.
var typedMention = regexp.MustCompile(`<[@#!][^<>]+>`)
