package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// unfurlMethods are the chat.* methods by which apps show what is behind a link.
//
// https://docs.slack.dev/messaging/unfurling-links-in-messages
func (s *Slack) unfurlMethods() {
	write(s, "chat.unfurl", about{twin.Full, tier3, "links:write", "links:write"}, s.chatUnfurl)
}

// Where a link is that an app is told of.
const (
	sourceHistory  = "conversations_history"
	sourceComposer = "composer"
)

// emitLinks tells the apps that have the domain of a link in a message; not the app that posted it.
func (c *call) emitLinks(ch Channel, m Message) {
	urls := linksOf(m)
	if len(urls) == 0 || m.UnfurlOff {
		return
	}
	for in := range c.s.installsByEvent.All(c.Tx, ch.Team+" link_shared") {
		app, _ := c.s.apps.Get(c.Tx, in.App)
		var links []reply
		for _, u := range urls {
			if domain, ok := app.unfurls(u); ok {
				links = append(links, reply{"domain": domain, "url": u})
			}
		}
		if len(links) == 0 || app.ID == m.App {
			continue
		}
		body := reply{"channel": ch.ID, "user": m.author(), "message_ts": m.TS, "links": links, "unfurl_id": c.unfurlID(m), "source": sourceHistory,
			"is_bot_user_member": c.s.members.Has(c.Tx, memberKey(ch.ID, in.BotUser))}
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			body["thread_ts"] = m.ThreadTS
		}
		to := []string{in.BotUser}
		if in.BotUser == "" {
			to = slices.Collect(maps.Keys(in.UserScopes))
		}
		c.emit(event{Type: "link_shared", Channel: ch, To: to, Body: body})
	}
}

// unfurls returns the domain by which an app is concerned with a URL, if it is.
func (a App) unfurls(address string) (domain string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	i := slices.IndexFunc(a.UnfurlDomains, func(d string) bool { return u.Hostname() == d || strings.HasSuffix(u.Hostname(), "."+d) })
	if i < 0 {
		return "", false
	}
	return a.UnfurlDomains[i], true
}

// unfurlID names a message as link_shared does: with a proof that the app was told of it.
func (c *call) unfurlID(m Message) string {
	return fmt.Sprintf("%s.%s.%x", m.Channel, m.TS, c.World.Key("slack unfurl "+messageKey(m.Channel, m.TS)))
}

// chatUnfurl attaches what an app has to show of a link to the message that the link is in, or asks the message's author
// to let the app know who they are first.
//
// https://docs.slack.dev/reference/methods/chat.unfurl
func (s *Slack) chatUnfurl(c *call, in *api.ChatUnfurlRequest) (any, error) {
	ch, m, err := c.unfurled(in)
	if err != nil {
		return nil, err
	}
	var entities struct{ Entities []json.RawMessage }
	unfurls := map[string]json.RawMessage{}
	asks := in.UserAuthRequired || in.UserAuthURL != "" || in.UserAuthMessage != "" || present(in.UserAuthBlocks) != nil
	switch {
	case present(in.Unfurls) == nil && present(in.Metadata) == nil && !asks:
		return nil, errMissingUnfurls
	case present(in.Unfurls) != nil && json.Unmarshal(in.Unfurls, &unfurls) != nil:
		return nil, Error("invalid_unfurls_format")
	case present(in.Metadata) != nil && json.Unmarshal(in.Metadata, &entities) != nil:
		return nil, errInvalidMetadataFormat
	}
	app, ok := s.apps.Get(c.Tx, c.token.App)
	if !ok || len(app.UnfurlDomains) == 0 {
		return nil, errCannotFindService
	}
	for _, raw := range entities.Entities {
		var e workObject
		if json.Unmarshal(raw, &e) != nil {
			return nil, errInvalidMetadataFormat
		}
		if address := or(e.AppUnfurlURL, e.URL); unfurls[address] == nil {
			unfurls[address] = encode(reply{"title": e.title(), "work_object_entity": raw})
		}
	}
	was := c.messageView(m)
	for _, address := range slices.Sorted(maps.Keys(unfurls)) {
		if _, ok := app.unfurls(address); !ok {
			return nil, errCannotUnfurlURL
		}
		if !slices.Contains(linksOf(m), address) {
			return nil, Error("cannot_unfurl_message")
		}
		if m.Attachments, err = c.attachUnfurl(m, app, address, unfurls[address]); err != nil {
			return nil, err
		}
	}
	if asks {
		if err := c.askToAuthorize(ch, m, app, in); err != nil {
			return nil, err
		}
	}
	if !bytes.Equal(was.Attachments, m.Attachments) {
		s.messages.Put(c.Tx, m)
		c.emitChanged(ch, m, was)
	}
	return nil, nil
}

// unfurled finds the message that an unfurl is for.
func (c *call) unfurled(in *api.ChatUnfurlRequest) (ch Channel, m Message, err error) {
	channel, ts := in.Channel, in.TS
	if in.UnfurlID != "" || in.Source != "" {
		switch {
		case in.UnfurlID == "":
			return ch, m, Error("missing_unfurl_id")
		case in.Source == "":
			return ch, m, Error("missing_source")
		case in.Source != sourceHistory && in.Source != sourceComposer:
			return ch, m, Error("invalid_source")
		}
		parts := strings.SplitN(in.UnfurlID, ".", 4)
		if len(parts) != 4 || c.unfurlID(Message{Channel: parts[0], TS: parts[1] + "." + parts[2]}) != in.UnfurlID {
			return ch, m, Error("invalid_unfurl_id")
		}
		channel, ts = parts[0], parts[1]+"."+parts[2]
	}
	switch {
	case channel == "":
		return ch, m, errMissingChannel
	case ts == "":
		return ch, m, Error("missing_ts")
	}
	ch, ok := c.channel(channel)
	if !ok {
		return ch, m, Error("cannot_find_channel")
	}
	m, ok = c.s.messages.Get(c.Tx, messageKey(ch.ID, ts))
	if !ok || m.Hidden || m.Ephemeral != "" {
		return ch, m, Error("cannot_find_message")
	}
	return ch, m, nil
}

// attachUnfurl adds an unfurl to a message's attachments, in the place of the one that the app gave before for the URL.
func (c *call) attachUnfurl(m Message, app App, address string, unfurl json.RawMessage) (json.RawMessage, error) {
	stored, err := c.attachments(append(append(json.RawMessage("["), unfurl...), ']'))
	if err != nil {
		return nil, Error("cannot_parse_attachment")
	}
	var one, all []reply
	json.Unmarshal(stored, &one)
	json.Unmarshal(m.Attachments, &all)
	a := merge(one[0], reply{"from_url": address, "original_url": address, "app_unfurl_url": address, "is_app_unfurl": true, "app_id": app.ID, "bot_id": c.token.Bot})
	var given reply
	json.Unmarshal(unfurl, &given)
	if w := given["work_object_entity"]; w != nil {
		a["work_object_entity"] = w
	}
	i := slices.IndexFunc(all, func(old reply) bool { return old["from_url"] == address && old["app_id"] == app.ID })
	if i < 0 {
		i = len(all)
		all = append(all, nil)
	}
	a["id"] = i + 1
	all[i] = a
	return encode(all), nil
}

// askToAuthorize shows the author of a message, and nobody else, how to let the app know who they are.
func (c *call) askToAuthorize(ch Channel, m Message, app App, in *api.ChatUnfurlRequest) error {
	u, ok := c.s.users.Get(c.Tx, m.User)
	switch {
	case !ok:
		return Error("cannot_auth_user")
	case u.Bot:
		return errUserIsBot
	}
	text := in.UserAuthMessage
	if text == "" {
		text = app.Name + " would like to show previews of links that you share."
		if in.UserAuthURL != "" {
			text += " <" + in.UserAuthURL + "|Connect your account>"
		}
	}
	prompt, err := c.compose(content{Text: text, Blocks: in.UserAuthBlocks})
	if err != nil {
		return err
	}
	c.sign(&prompt)
	c.showTo(ch, prompt, m.User)
	return nil
}
