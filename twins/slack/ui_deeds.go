package slack

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// deeds are what the forms of the pages do, by the last part of their address. Each returns where to go; "" is back.
var deeds map[string]func(v *visit, back string) (string, error)

func init() {
	deeds = map[string]func(v *visit, back string) (string, error){
		"archive": calling("conversations.archive", "channel"),
		"away":    (*visit).setAway,
		"create":  (*visit).createChannel,
		"delete":  calling("chat.delete", "channel", "ts"),
		"dismiss": (*visit).dismiss,
		"dm":      (*visit).openDM,
		"edit":    (*visit).editMessage,
		"invite":  calling("conversations.invite", "channel", "users"),
		"join":    calling("conversations.join", "channel"),
		"leave":   calling("conversations.leave", "channel"),
		"message": (*visit).sayMessage,
		"pin":     (*visit).pin,
		"purpose": calling("conversations.setPurpose", "channel", "purpose"),
		"react":   (*visit).reactToMessage,
		"read":    calling("conversations.mark", "channel", "ts"),
		"signout": (*visit).signOut,
		"status":  (*visit).setStatus,
		"topic":   calling("conversations.setTopic", "channel", "topic"),
	}
}

// calling is a deed that is a call of the Web API with some of the form's fields.
func calling(name string, fields ...string) func(*visit, string) (string, error) {
	return func(v *visit, back string) (string, error) {
		args := reply{}
		for _, f := range fields {
			args[f] = v.value(f)
		}
		_, err := v.web(name, args)
		return "", err
	}
}

// value is a field of the form.
func (v *visit) value(name string) string { return v.r.Echo.Request().PostFormValue(name) }

// sayMessage sends what is in the composer: a command if it begins like one, else a message, with a file if there is one.
func (v *visit) sayMessage(back string) (string, error) {
	channel, text := v.value("channel"), strings.TrimSpace(strings.ReplaceAll(v.value("text"), "\r\n", "\n"))
	if _, header, err := v.r.Echo.Request().FormFile("file"); err == nil && header.Size > 0 {
		return "", v.upload(channel, v.value("thread_ts"), text)
	}
	if strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") {
		name, rest, _ := strings.Cut(text, " ")
		if !strings.Contains(name[1:], "/") {
			return v.command(channel, v.value("thread_ts"), name, strings.TrimSpace(rest))
		}
	}
	if text == "" {
		return "", errNoText
	}
	return "", v.post(channel, v.value("thread_ts"), v.value("broadcast") != "", text)
}

// command runs a slash command: one of the client's own, or an app's.
//
// https://slack.com/help/articles/201259356-Slash-commands-in-Slack
func (v *visit) command(channel, thread, name, rest string) (string, error) {
	args := reply{"channel": channel}
	switch name {
	case "/me":
		_, err := v.web("chat.meMessage", reply{"channel": channel, "text": rest})
		return "", err
	case "/shrug":
		return "", v.post(channel, thread, false, strings.TrimSpace(rest+` ¯\_(ツ)_/¯`))
	case "/topic":
		_, err := v.web("conversations.setTopic", merge(args, reply{"topic": rest}))
		return "", err
	case "/leave", "/part":
		_, err := v.web("conversations.leave", args)
		return "", err
	case "/archive":
		_, err := v.web("conversations.archive", args)
		return "", err
	case "/invite":
		var user string
		v.look(func(c *call) { u, _ := c.userByName(rest); user = u.ID })
		_, err := v.web("conversations.invite", merge(args, reply{"users": user}))
		return "", err
	case "/join", "/open":
		var id string
		v.look(func(c *call) {
			ch, _ := c.s.channelsByName.Get(c.Tx, c.token.Team+"/"+strings.TrimPrefix(rest, "#"))
			id = ch.ID
		})
		_, err := v.web("conversations.join", reply{"channel": id})
		return v.client("/" + id), err
	case "/dm", "/msg":
		who, said, _ := strings.Cut(rest, " ")
		var user string
		v.look(func(c *call) { u, _ := c.userByName(who); user = u.ID })
		where, err := v.direct(user)
		if err == nil && strings.TrimSpace(said) != "" {
			err = v.post(where, "", false, said)
		}
		return v.client("/" + where), err
	case "/away", "/active":
		presence := map[string]string{"/away": "away", "/active": "auto"}[name]
		_, err := v.web("users.setPresence", reply{"presence": presence})
		return "", err
	case "/search":
		return v.client("/search?q=" + url.QueryEscape(rest)), nil
	}
	_, err := v.act("slash", reply{"channel": channel, "command": name, "text": rest})
	return "", err
}

// look reads the workspace as the visitor.
func (v *visit) look(f func(*call)) {
	v.r.View(func(tc *twin.Call) error {
		c := *v.call
		c.Call = tc
		f(&c)
		return nil
	})
}

// act does what an action of the control plane does.
func (v *visit) act(name string, in reply) (map[string]json.RawMessage, error) {
	in["user"] = v.user.ID
	out, err := v.s.Actions[name](v.r.Echo.Request().Context(), v.World, v.r, encode(in))
	if err != nil {
		s := err.Error()
		return nil, unanswered{ui.Flash{Error: strings.ToUpper(s[:1]) + s[1:]}}
	}
	var m map[string]json.RawMessage
	json.Unmarshal(encode(out), &m)
	return m, nil
}

// post says something as typed: names after @ and # become mentions.
func (v *visit) post(channel, thread string, broadcast bool, text string) error {
	v.web("users.setActive", reply{})
	_, err := v.act("message", reply{"channel": channel, "text": text, "thread_ts": thread, "reply_broadcast": broadcast && thread != ""})
	return err
}

// editMessage changes what the visitor has said.
func (v *visit) editMessage(back string) (string, error) {
	text := v.value("text")
	v.look(func(c *call) { text = mrkdwn.Store(text, mrkdwn.Options{LinkNames: true, IDs: c.mention}) })
	_, err := v.web("chat.update", reply{"channel": v.value("channel"), "ts": v.value("ts"), "text": text})
	where, _, _ := strings.Cut(back, "?")
	return where, err
}

// reactToMessage puts the visitor's reaction under a message, or takes it away again.
func (v *visit) reactToMessage(back string) (string, error) {
	name := strings.Trim(strings.TrimSpace(or(v.value("name"), v.value("emoji"))), ":")
	mine := false
	v.look(func(c *call) {
		m, _ := c.s.messages.Get(c.Tx, messageKey(v.value("channel"), v.value("ts")))
		for _, r := range m.Reactions {
			for _, u := range r.Users {
				mine = mine || r.Name == name && u == v.user.ID
			}
		}
	})
	do := "reactions.add"
	if mine {
		do = "reactions.remove"
	}
	_, err := v.web(do, reply{"channel": v.value("channel"), "timestamp": v.value("ts"), "name": name})
	return "", err
}

// pin pins a message to its channel, or takes it off.
func (v *visit) pin(back string) (string, error) {
	do := "pins.add"
	if v.value("pinned") != "" {
		do = "pins.remove"
	}
	_, err := v.web(do, reply{"channel": v.value("channel"), "timestamp": v.value("ts")})
	return "", err
}

// createChannel makes a channel and opens it.
func (v *visit) createChannel(back string) (string, error) {
	out, err := v.web("conversations.create", reply{"name": strings.ToLower(strings.ReplaceAll(strings.TrimSpace(v.value("name")), " ", "-")), "is_private": v.value("private") != ""})
	if err != nil {
		return "", err
	}
	id := pluck(out, "channel", "id")
	if purpose := v.value("purpose"); purpose != "" {
		v.web("conversations.setPurpose", reply{"channel": id, "purpose": purpose})
	}
	return v.client("/" + id), nil
}

// direct opens the conversation with somebody and returns its id.
func (v *visit) direct(user string) (string, error) {
	out, err := v.web("conversations.open", reply{"users": user})
	return pluck(out, "channel", "id"), err
}

func (v *visit) openDM(back string) (string, error) {
	id, err := v.direct(v.value("user"))
	if err != nil {
		return "", err
	}
	return v.client("/" + id), nil
}

// dismiss takes a message that only the visitor sees off their page.
func (v *visit) dismiss(back string) (string, error) {
	return "", v.r.Update(func(tc *twin.Call) error {
		m, ok := v.s.messages.Get(tc.Tx, messageKey(v.value("channel"), v.value("ts")))
		if !ok || m.Ephemeral != v.user.ID {
			return errMessageNotFound
		}
		v.s.messages.Delete(tc.Tx, messageKey(m.Channel, m.TS))
		return nil
	})
}

func (v *visit) setAway(back string) (string, error) {
	_, err := v.web("users.setPresence", reply{"presence": v.value("presence")})
	return "", err
}

// setStatus changes the visitor's status.
func (v *visit) setStatus(back string) (string, error) {
	emoji := strings.Trim(strings.TrimSpace(v.value("emoji")), ":")
	if emoji != "" {
		emoji = ":" + emoji + ":"
	}
	_, err := v.web("users.profile.set", reply{"profile": reply{"status_text": v.value("text"), "status_emoji": emoji}})
	return "", err
}

// signOut ends the session.
func (v *visit) signOut(back string) (string, error) {
	err := v.r.Update(func(tc *twin.Call) error {
		v.s.tokens.Delete(tc.Tx, v.token.Key)
		return nil
	})
	v.s.setSession(v.r, "", -1)
	ui.Say(v.r.Echo, ui.Flash{OK: "You have signed out."})
	return v.root() + "/signin", err
}

// upload shares a file.
func (v *visit) upload(channel, thread, comment string) error {
	m := v.s.methods["files.upload"]
	if m == nil {
		return errUnknownMethod
	}
	a, err := v.s.run(v.r, m, &arguments{token: v.secret, parts: v.r.Echo.Request().MultipartForm,
		form: url.Values{"channels": {channel}, "thread_ts": {thread}, "initial_comment": {comment}}})
	switch {
	case err != nil:
		return err
	case a.Error != "":
		return Error(a.Error)
	case a.Status >= http.StatusBadRequest:
		return unanswered{ui.Flash{Error: "The file could not be uploaded."}}
	}
	return nil
}
