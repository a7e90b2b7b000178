package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
	"twinset.dev/twins/slack/internal/blockkit"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

func init() {
	deeds["close"] = (*visit).closeModal
	deeds["close-dialog"] = (*visit).closeDialog
	deeds["shortcut"] = (*visit).useShortcut
	deeds["submit"] = (*visit).submitModal
	deeds["submit-dialog"] = (*visit).submitDialog
	deeds["use"] = (*visit).use
}

// A modalLine is what an app has put before the visitor: a modal, or a dialog from before there were any.
type modalLine struct {
	ID, Hash      string
	CSRF, At      string
	Title         template.HTML
	Submit, Close string
	Below         bool // there is another below it
	From          string
	Panel         *panel
	Blocks        []part
	Fields        []dialogField // of a dialog
	Wrong         map[string]string
}

type dialogField struct {
	dialogElement
	Wrong string
}

// modals is the modal on top, or the dialog.
func (v *visit) modals() (list []modalLine) {
	if top, ok := v.onTop(v.user.ID); ok {
		content := top.content()
		app, _ := v.s.apps.Get(v.Tx, top.App)
		on := &panel{v: v, ID: "view-" + top.ID, View: top.ID, Live: true, names: v.name, values: v.remembered(top.ID, content.Blocks)}
		m := modalLine{ID: top.ID, Hash: top.Hash, CSRF: v.csrf(), At: v.client(""), Title: on.text(content.Title), From: app.Name, Below: top.Previous != "", Panel: on, Blocks: on.parts(content.Blocks)}
		if content.Submit != nil {
			m.Submit = emojiText(mrkdwn.Unescape(content.Submit.Str("text")))
		}
		m.Close = or(emojiText(mrkdwn.Unescape(content.Close.Str("text"))), "Close")
		if m.Submit != "" && content.Close == nil {
			m.Close = "Cancel"
		}
		list = append(list, m)
	}
	for d := range v.s.dialogsByUser.All(v.Tx, v.user.ID) {
		var f dialogForm
		json.Unmarshal(d.Dialog, &f)
		app, _ := v.s.apps.Get(v.Tx, d.App)
		m := modalLine{ID: d.ID, Hash: d.ID, CSRF: v.csrf(), At: v.client(""), Title: template.HTML(template.HTMLEscapeString(f.Title)), Submit: or(f.SubmitLabel, "Submit"), Close: "Cancel", From: app.Name}
		for _, e := range f.Elements {
			switch e.DataSource {
			case "users":
				for u := range v.s.users.All(v.Tx, "") {
					if !u.Deleted && !u.Bot {
						e.Options = append(e.Options, dialogOption{or(u.RealName, u.Name), u.ID})
					}
				}
			case "channels", "conversations":
				for m := range v.s.membersByUser.All(v.Tx, v.user.ID) {
					if ch, _ := v.s.channels.Get(v.Tx, m.Channel); !ch.Archived {
						e.Options = append(e.Options, dialogOption{v.title(ch), ch.ID})
					}
				}
			}
			m.Fields = append(m.Fields, dialogField{dialogElement: e})
		}
		return []modalLine{m}
	}
	return list
}

// saying puts what is wrong with a form beside its fields.
func (f *frame) saying(said ui.Flash) {
	f.Said = said
	for i := range f.Modals {
		m := &f.Modals[i]
		if said.Form != m.ID {
			continue
		}
		m.Wrong = said.Fields
		if m.Panel != nil {
			m.Panel.errors = said.Fields
		}
		for j := range m.Fields {
			m.Fields[j].Wrong = said.Fields[m.Fields[j].Name]
		}
	}
}

// remembered is state.values of what the visitor has put into some blocks, as far as it is good.
func (v *visit) remembered(where string, blocks blockkit.Blocks) blockkit.Object {
	held, _ := v.s.inputs.Get(v.Tx, v.user.ID+"/"+where)
	good := blockkit.Inputs{}
	for block, actions := range held.in(blocks) {
		for action, raw := range actions {
			if _, wrong := blockkit.State(blocks, blockkit.Inputs{block: {action: raw}}); wrong == nil {
				if good[block] == nil {
					good[block] = map[string]json.RawMessage{}
				}
				good[block][action] = raw
			}
		}
	}
	values, _ := blockkit.State(blocks, good)
	return values
}

// fileURL is the address of a file's bytes.
func (v *visit) fileURL(id string) string {
	f, ok := v.s.files.Get(v.Tx, id)
	if !ok || !v.seesFile(f) {
		return ""
	}
	link, _ := v.fileFacts(f)["url_private"].(string)
	return link
}

// home puts what an app shows the visitor onto its page.
func (v *visit) home(d *appData) {
	view, ok := v.s.viewsByHome.Get(v.Tx, d.App.ID+"/"+v.user.ID)
	if !ok {
		return
	}
	blocks := view.content().Blocks
	d.Panel = &panel{v: v, ID: "home-" + view.ID, View: view.ID, Live: true, names: v.name, values: v.remembered(view.ID, blocks)}
	d.Blocks, d.Published = d.Panel.parts(blocks), true
}

// search asks search.messages and shows what it finds.
func (v *visit) search(d *searchData) error {
	c := *v.call
	page, _ := strconv.Atoi(v.r.Echo.QueryParam("page"))
	page = max(page, 1)
	c.m, c.args = v.s.methods["search.messages"], &arguments{form: url.Values{"query": {d.Find}, "page": {strconv.Itoa(page)}, "count": {"20"}, "sort": {"timestamp"}}}
	out, err := c.m.serve(&c)
	if err != nil {
		return err
	}
	var found struct {
		Messages struct {
			Total   int
			Matches []struct {
				TS      string
				Channel struct{ ID string }
			}
		}
	}
	json.Unmarshal(encode(out), &found)
	d.Total = ui.Plural(found.Messages.Total, "message", "messages")
	for _, m := range found.Messages.Matches {
		msg, ok := v.s.messages.Get(v.Tx, messageKey(m.Channel.ID, m.TS))
		ch, _ := v.s.channels.Get(v.Tx, m.Channel.ID)
		if !ok {
			continue
		}
		l := v.line(msg, nil, false)
		l.Day = ""
		where := v.title(ch)
		if !ch.IM && !ch.MPIM {
			where = "#" + where
		}
		d.Found = append(d.Found, foundLine{l, where, l.Link})
	}
	if page*20 < found.Messages.Total {
		d.More = v.client("/search?q=" + url.QueryEscape(d.Find) + "&page=" + strconv.Itoa(page+1))
	}
	return nil
}

// shortcuts are those that apps offer for a message.
func (v *visit) shortcuts() (list []shortcutLine) {
	for in := range v.s.installsByTeam.All(v.Tx, v.token.Team) {
		app, _ := v.s.apps.Get(v.Tx, in.App)
		for _, sc := range app.Shortcuts {
			if sc.Message && !app.Disabled {
				list = append(list, shortcutLine{sc.Name, app.Name, sc.Callback})
			}
		}
	}
	return list
}

// pressed reads the name of an element as forms carry it, and what comes with it.
func pressed(s string) (block, action, value string) {
	parts := strings.SplitN(s, "/", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	block, _ = url.QueryUnescape(parts[0])
	action, _ = url.QueryUnescape(parts[1])
	return block, action, parts[2]
}

// use uses an element of a message, a modal or a Home tab. What else is in the form is remembered first, as the
// interaction tells of it too.
func (v *visit) use(back string) (string, error) {
	press := v.value("press")
	at := reply{}
	if view := v.value("view_id"); view != "" {
		at["view_id"] = view
	} else {
		at["channel"], at["ts"] = v.value("channel"), v.value("ts")
	}
	if rest, ok := strings.CutPrefix(press, "attachment/"); ok {
		name, value, err := v.attachmentAction(rest)
		if err != nil {
			return "", err
		}
		if value == "" {
			value = v.value(press)
		}
		_, err = v.act("click", merge(at, reply{"name": name, "value": value}))
		return "", err
	}
	block, action, value := pressed(press)
	blocks, where, err := v.blocksAt()
	if err != nil {
		return "", err
	}
	e, ok := blockkit.Find(blocks, block, action)
	if !ok {
		return "", unanswered{ui.Flash{Error: "This has changed in the meantime."}}
	}
	given, err := v.keep(blocks, where)
	if err != nil {
		return "", err
	}
	in := merge(at, reply{"block_id": block, "action_id": action})
	switch e.Type() {
	case "button", "icon_button", "workflow_button":
	case "overflow", "feedback_buttons":
		in["value"] = value
	default:
		in["value"] = given[block][action]
	}
	_, err = v.act("click", in)
	return "", err
}

// attachmentAction finds a button or menu of a message from before Block Kit.
func (v *visit) attachmentAction(at string) (name, value string, err error) {
	attachment, id, _ := strings.Cut(at, "/")
	id, _ = url.QueryUnescape(id)
	found := false
	v.look(func(c *call) {
		m, _ := c.s.messages.Get(c.Tx, messageKey(v.value("channel"), v.value("ts")))
		var list []struct {
			ID      json.Number
			Actions []struct{ ID, Name, Value, Type string }
		}
		json.Unmarshal(m.Attachments, &list)
		for _, a := range list {
			for _, b := range a.Actions {
				if a.ID.String() == attachment && b.ID == id {
					name, found = b.Name, true
					if b.Type != "select" {
						value = b.Value
					}
				}
			}
		}
	})
	if !found {
		return "", "", unanswered{ui.Flash{Error: "This has changed in the meantime."}}
	}
	return name, value, nil
}

// blocksAt are the blocks that the form is of, and what their inputs are kept under.
func (v *visit) blocksAt() (blocks blockkit.Blocks, where string, err error) {
	at := spot{User: v.user.ID, Channel: v.value("channel"), TS: v.value("ts"), ViewID: v.value("view_id")}
	v.look(func(c *call) {
		var p surface
		if p, err = c.at(at); err == nil {
			blocks, where = p.blocks, p.where()
		}
	})
	if err != nil {
		if code := Error(""); !errors.As(err, &code) {
			err = unanswered{ui.Flash{Error: strings.ToUpper(err.Error()[:1]) + err.Error()[1:]}}
		}
	}
	return blocks, where, err
}

// keep reads what is in the form's inputs, and remembers what of it is good.
func (v *visit) keep(blocks blockkit.Blocks, where string) (blockkit.Inputs, error) {
	given := blockkit.Inputs{}
	for e := range blockkit.Interactive(blocks) {
		raw, ok, err := v.typed(e)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if given[e.BlockID()] == nil {
			given[e.BlockID()] = map[string]json.RawMessage{}
		}
		given[e.BlockID()][e.ActionID()] = raw
	}
	return given, v.r.Update(func(tc *twin.Call) error {
		c := *v.call
		c.Call = tc
		for block, actions := range given {
			for action, raw := range actions {
				if _, wrong := blockkit.State(blocks, blockkit.Inputs{block: {action: raw}}); wrong == nil {
					c.fill(where, block, action, raw)
				}
			}
		}
		return nil
	})
}

// typed is what the form has for an element, in the form that actions take.
func (v *visit) typed(e blockkit.Element) (raw json.RawMessage, ok bool, err error) {
	form := v.r.Echo.Request().PostForm
	if m := v.r.Echo.Request().MultipartForm; m != nil {
		form = m.Value
	}
	values := slices.DeleteFunc(slices.Clone(form["v/"+url.QueryEscape(e.BlockID())+"/"+url.QueryEscape(e.ActionID())]), func(s string) bool { return s == "" })
	first := ""
	if len(values) > 0 {
		first = values[0]
	}
	null := json.RawMessage("null")
	switch t := e.Type(); t {
	case "button", "icon_button", "workflow_button", "overflow", "feedback_buttons", "image":
		return nil, false, nil
	case "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input":
		return encode(strings.ReplaceAll(first, "\r\n", "\n")), true, nil
	case "checkboxes", "multi_static_select", "multi_users_select", "multi_conversations_select", "multi_channels_select":
		return encode(append([]string{}, values...)), true, nil
	case "external_select":
		if first == "" {
			return null, true, nil
		}
		return json.RawMessage(first), json.Valid([]byte(first)), nil
	case "multi_external_select":
		list := []json.RawMessage{}
		for _, s := range values {
			if json.Valid([]byte(s)) {
				list = append(list, json.RawMessage(s))
			}
		}
		return encode(list), true, nil
	case "datetimepicker":
		if first == "" {
			return null, true, nil
		}
		at, err := time.ParseInLocation("2006-01-02T15:04", first[:min(16, len(first))], zoneOf(v.user))
		if err != nil {
			return nil, false, unanswered{ui.Flash{Error: "This is no date and time: " + first}}
		}
		return encode(at.Unix()), true, nil
	case "file_input":
		files, err := v.attach(e)
		return encode(files), len(files) > 0, err
	}
	if first == "" {
		return null, true, nil
	}
	return encode(first), true, nil
}

// attach uploads the files of an input.
func (v *visit) attach(e blockkit.Element) (files []json.RawMessage, err error) {
	m := v.r.Echo.Request().MultipartForm
	if m == nil {
		return nil, nil
	}
	for _, h := range m.File["v/"+url.QueryEscape(e.BlockID())+"/"+url.QueryEscape(e.ActionID())] {
		if h.Size == 0 {
			continue
		}
		a, err := v.s.run(v.r, v.s.methods["files.upload"], &arguments{token: v.secret, form: url.Values{}, parts: &multipart.Form{File: map[string][]*multipart.FileHeader{"file": {h}}}})
		if err != nil {
			return nil, err
		}
		if a.Error != "" {
			return nil, Error(a.Error)
		}
		var out struct{ File json.RawMessage }
		json.Unmarshal(a.Body, &out)
		files = append(files, out.File)
	}
	return files, nil
}

// submitModal presses a modal's submit button.
func (v *visit) submitModal(back string) (string, error) {
	blocks, where, err := v.blocksAt()
	if err != nil {
		return "", err
	}
	values, err := v.keep(blocks, where)
	if err != nil {
		return "", err
	}
	out, err := v.act("submit_view", reply{"view_id": v.value("view_id"), "values": values})
	return "", v.faulty(out, err, v.value("view_id"))
}

// faulty says what is wrong with the fields of a form, if an action answers that something is.
func (v *visit) faulty(out map[string]json.RawMessage, err error, form string) error {
	if err != nil || out["errors"] == nil {
		return err
	}
	wrong := map[string]string{}
	json.Unmarshal(out["errors"], &wrong)
	for k, s := range wrong {
		if s != "" {
			wrong[k] = strings.ToUpper(s[:1]) + s[1:]
		}
	}
	return unanswered{ui.Flash{Form: form, Fields: wrong}}
}

func (v *visit) closeModal(back string) (string, error) {
	_, err := v.act("close_view", reply{"view_id": v.value("view_id"), "clear": v.value("clear") != ""})
	return "", err
}

func (v *visit) submitDialog(back string) (string, error) {
	values := reply{}
	for k := range v.r.Echo.Request().PostForm {
		if name, ok := strings.CutPrefix(k, "d/"); ok {
			values[name] = v.value(k)
		}
	}
	out, err := v.act("submit_dialog", reply{"values": values})
	return "", v.faulty(out, err, v.value("dialog"))
}

func (v *visit) closeDialog(back string) (string, error) {
	_, err := v.act("close_dialog", reply{})
	return "", err
}

func (v *visit) useShortcut(back string) (string, error) {
	in := reply{"callback_id": v.value("callback_id")}
	if ts := v.value("ts"); ts != "" {
		in["channel"], in["ts"] = v.value("channel"), ts
	}
	_, err := v.act("shortcut", in)
	return "", err
}

// looked does what looking at a page does beside showing it: an app hears that its tab is open, and what is shown is read.
func (v *visit) looked() {
	ec := v.r.Echo
	refresh := ec.Request().Header.Get("Twin-Refresh")
	switch ec.Path() {
	case "/client/:team/app/:app":
		if refresh == "" && ec.QueryParam("tab") == "" {
			v.act("open_home", reply{"app": ec.Param("app"), "tab": "home"})
		}
	case "/client/:team/:channel", "/client/:team/:channel/thread/:ts":
		last, app := "", ""
		v.look(func(c *call) {
			ch, ok := c.channel(ec.Param("channel"))
			m, in := c.s.members.Get(c.Tx, memberKey(ch.ID, v.user.ID))
			if !ok || !in {
				return
			}
			if u, ok := c.s.users.Get(c.Tx, v.peer(ch)); ok && ch.IM && u.Bot {
				app = u.App
			}
			for newest := range c.s.history.Range(c.Tx, store.Range{Prefix: ch.ID + "/", Desc: true}) {
				if newest.TS > m.LastRead {
					last = newest.TS
				}
				break
			}
		})
		if app != "" && refresh == "" {
			v.act("open_home", reply{"app": app, "tab": "messages"})
		}
		if last != "" && refresh != "hidden" {
			v.web("conversations.mark", reply{"channel": ec.Param("channel"), "ts": last})
		}
	}
}

// answerJSON answers what a page's script asks for.
func (s *Slack) answerJSON(r *twin.Request, f func(*visit) (any, error)) (twin.Answer, error) {
	var v *visit
	in := false
	r.View(func(tc *twin.Call) error { v, in = s.visitor(r, tc); return nil })
	if !in || r.Echo.Param("team") != v.token.Team {
		return twin.Answer{Status: http.StatusForbidden, Type: "application/json", Body: []byte("[]"), Error: "not_authed"}, nil
	}
	out, err := f(v)
	if err != nil {
		out = []string{}
	}
	return twin.Answer{Type: "application/json", Header: http.Header{"Cache-Control": {"no-store"}}, Body: encode(out)}, nil
}

// suggest asks an app for the options of a menu.
func (v *visit) suggest() (any, error) {
	q := v.r.Echo.QueryParam
	in := reply{"block_id": q("block_id"), "action_id": q("action_id"), "value": q("q")}
	if q("view_id") != "" {
		in["view_id"] = q("view_id")
	} else {
		in["channel"], in["ts"] = q("channel"), q("ts")
	}
	out, err := v.act("options", in)
	if err != nil {
		return nil, err
	}
	type option struct {
		Value string `json:"value"`
		Label string `json:"label"`
	}
	options := []option{}
	add := func(raw json.RawMessage) {
		var list []blockkit.Object
		json.Unmarshal(raw, &list)
		for _, o := range list {
			options = append(options, option{string(encode(o)), emojiText(mrkdwn.Unescape(o.Obj("text").Str("text")))})
		}
	}
	add(out["options"])
	var groups []struct{ Options json.RawMessage }
	json.Unmarshal(out["option_groups"], &groups)
	for _, g := range groups {
		add(g.Options)
	}
	return options, nil
}

// names are what could be meant by the beginning of a name: of somebody after an @, a channel after a #, an emoji after a
// colon, a command after a slash.
func (v *visit) names() (any, error) {
	type name struct {
		Insert string `json:"insert"`
		Show   string `json:"show"`
		About  string `json:"about"`
	}
	q := strings.ToLower(v.r.Echo.QueryParam("q"))
	list := []name{}
	if q == "" {
		return list, nil
	}
	begins := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool {
			return slices.ContainsFunc(append(strings.Fields(strings.ToLower(n)), strings.ToLower(n)), func(w string) bool { return strings.HasPrefix(w, q[1:]) })
		})
	}
	v.look(func(c *call) {
		switch q[0] {
		case '@':
			for u := range c.s.users.All(c.Tx, "") {
				if !u.Deleted && (u.Team == v.token.Team || u.ID == "USLACKBOT") && begins(u.Name, u.RealName, u.DisplayName) {
					list = append(list, name{"@" + u.Name, or(u.RealName, u.Name), "@" + u.Name})
				}
			}
			for _, all := range [][2]string{{"here", "those who are active"}, {"channel", "everybody in the conversation"}} {
				if strings.HasPrefix(all[0], q[1:]) {
					list = append(list, name{"@" + all[0], "@" + all[0], all[1]})
				}
			}
		case '#':
			for ch := range c.s.channels.All(c.Tx, "") {
				if ch.Name != "" && !ch.IM && !ch.MPIM && !ch.Archived && !ch.Deleted && c.sees(ch) && strings.Contains(ch.Name, q[1:]) {
					list = append(list, name{"#" + ch.Name, "#" + ch.Name, ch.Purpose.Value})
				}
			}
		case ':':
			for _, g := range emojiGroups {
				for _, n := range g.Names {
					if strings.Contains(n, q[1:]) {
						list = append(list, name{":" + n + ":", emojiByName[n], ":" + n + ":"})
					}
				}
			}
		case '/':
			for in := range c.s.installsByTeam.All(c.Tx, v.token.Team) {
				app, _ := c.s.apps.Get(c.Tx, in.App)
				for _, cmd := range app.Commands {
					if strings.HasPrefix(cmd.Command, q) {
						list = append(list, name{cmd.Command, strings.TrimSpace(cmd.Command + " " + cmd.Hint), fmt.Sprintf("%s (%s)", cmd.Description, app.Name)})
					}
				}
			}
			for _, own := range [][3]string{{"/dm", "/dm @somebody [message]", "Message somebody"}, {"/invite", "/invite @somebody", "Add somebody to this channel"}, {"/join", "/join #channel", "Open a channel"}, {"/leave", "/leave", "Leave this channel"}, {"/me", "/me does something", "Say what you do"}, {"/search", "/search words", "Search messages"}, {"/shrug", "/shrug [message]", "Say it with a shrug"}, {"/topic", "/topic words", "Set the channel’s topic"}} {
				if strings.HasPrefix(own[0], q) {
					list = append(list, name{own[0], own[1], own[2]})
				}
			}
		}
	})
	slices.SortStableFunc(list, func(a, b name) int { return strings.Compare(a.Insert, b.Insert) })
	return list[:min(len(list), 12)], nil
}
