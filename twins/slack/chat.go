package slack

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// chatMethods are the chat.* methods.
//
// https://docs.slack.dev/reference/methods?family=chat
func (s *Slack) chatMethods() {
	write(s, "chat.postMessage", about{twin.Full, special, "chat:write", "chat:write chat:write:user"}, s.chatPostMessage)
	write(s, "chat.meMessage", about{twin.Full, tier3, "chat:write", "chat:write"}, s.chatMeMessage)
	write(s, "chat.delete", about{twin.Full, tier3, "chat:write", "chat:write"}, s.chatDelete)
	read(s, "chat.getPermalink", about{twin.Full, special, "", ""}, s.chatGetPermalink)
}

// maxText is how many characters of text a message keeps.
const maxText = 40000

// chatPostMessage says something in a conversation.
//
// https://docs.slack.dev/reference/methods/chat.postMessage
func (s *Slack) chatPostMessage(c *call, in *api.ChatPostMessageRequest) (any, error) {
	ch, err := c.addressee(in.Channel)
	if err != nil {
		return nil, err
	}
	m, err := c.compose(content{
		Text: in.Text, Markdown: in.MarkdownText, Blocks: in.Blocks, Attachments: in.Attachments, Metadata: in.Metadata,
		Parse: in.Parse, LinkNames: in.LinkNames, NoMrkdwn: c.args.given("mrkdwn") && !in.Mrkdwn,
	})
	if err != nil {
		return nil, err
	}
	if err := c.mayPost(ch); err != nil {
		return nil, err
	}
	if in.Username != "" || in.IconURL != "" || in.IconEmoji != "" {
		if c.token.Kind == tokenBot && !c.has("chat:write.customize", "chat:write:bot") {
			return nil, c.need("chat:write.customize")
		}
		m.Username, m.IconURL, m.IconEmoji = in.Username, in.IconURL, in.IconEmoji
		m.Subtype = "bot_message"
	}
	if m, err = c.post(ch, m, in.ThreadTS, in.ReplyBroadcast); err != nil {
		return nil, err
	}
	return c.posted(m), nil
}

// posted is the answer of a method that has posted a message.
func (c *call) posted(m Message) raw {
	b := appendString(append(c.begin(), `,"channel":`...), m.Channel)
	b = appendString(append(b, `,"ts":`...), m.TS)
	b = append(b, `,"message":`...)
	row, _ := c.s.messages.Row(c.Tx, messageKey(m.Channel, m.TS))
	return append(c.appendMessage(b, row), '}')
}

// chatMeMessage says what its author does, as /me does.
//
// https://docs.slack.dev/reference/methods/chat.meMessage
func (s *Slack) chatMeMessage(c *call, in *api.ChatMeMessageRequest) (any, error) {
	ch, err := c.addressee(in.Channel)
	if err != nil {
		return nil, err
	}
	m, err := c.compose(content{Text: in.Text})
	if err != nil {
		return nil, err
	}
	if err := c.mayPost(ch); err != nil {
		return nil, err
	}
	m.Subtype, m.Blocks = "me_message", nil
	if m, err = c.post(ch, m, "", false); err != nil {
		return nil, err
	}
	return reply{"channel": ch.ID, "ts": m.TS}, nil
}

// chatDelete takes a message back. A root that has replies leaves a tombstone.
//
// https://docs.slack.dev/reference/methods/chat.delete
func (s *Slack) chatDelete(c *call, in *api.ChatDeleteRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	m, ok := s.messages.Get(c.Tx, messageKey(ch.ID, in.TS))
	switch {
	case !ok || m.Hidden:
		return nil, errMessageNotFound
	case ch.Archived:
		return nil, errIsArchived
	case !c.wrote(m) && !(c.token.Kind != tokenBot && c.user.Admin):
		return nil, errCantDeleteMessage
	}
	c.unpost(ch, m)
	return reply{"channel": ch.ID, "ts": m.TS}, nil
}

// chatGetPermalink returns the address of a message in a browser.
//
// https://docs.slack.dev/reference/methods/chat.getPermalink
func (s *Slack) chatGetPermalink(c *call, in *api.ChatGetPermalinkRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	m, ok := s.messages.Get(c.Tx, messageKey(ch.ID, in.MessageTS))
	if !ok {
		return nil, errMessageNotFound
	}
	return reply{"channel": ch.ID, "permalink": c.permalink(m)}, nil
}

// permalink is where a message is shown in a browser.
func (c *call) permalink(m Message) string {
	link := c.base + "/archives/" + m.Channel + "/p" + strings.Replace(m.TS, ".", "", 1)
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
	}
	return link
}

// addressee finds the conversation that something is sent to: a channel's id or name, or a user, to whom a direct
// message is opened.
func (c *call) addressee(ref string) (Channel, error) {
	if ch, ok := c.channel(ref); ok {
		return ch, nil
	}
	name := strings.TrimPrefix(ref, "#")
	if ch, ok := c.s.channelsByName.Get(c.Tx, c.token.Team+"/"+name); ok && c.sees(ch) {
		return ch, nil
	}
	u, ok := c.s.users.Get(c.Tx, ref)
	if !ok && strings.HasPrefix(ref, "@") {
		u, ok = c.userByName(ref[1:])
	}
	switch {
	case !ok || c.user.ID == "":
		return Channel{}, errChannelNotFound
	case u.Deleted:
		return Channel{}, errChannelNotFound
	}
	ch, _ := c.openIM(u.ID)
	return ch, nil
}

// mayPost refuses someone who may not write in the conversation.
func (c *call) mayPost(ch Channel) error {
	switch {
	case ch.Archived:
		return errIsArchived
	case c.isMember(ch):
	case ch.Private || ch.IM || ch.MPIM:
		return errNotInChannel
	case c.token.Kind == tokenBot && c.has("chat:write.public"):
	case c.token.Kind == tokenUser || c.token.Kind == tokenBot || c.token.Kind == tokenLegacy:
		return errNotInChannel
	}
	if ch.ReadOnly && !c.user.Admin {
		return Error("restricted_action_read_only_channel")
	}
	return nil
}

// content is what a caller wants a message to say.
type content struct {
	Text, Markdown                string
	Blocks, Attachments, Metadata json.RawMessage
	Parse                         string
	LinkNames, NoMrkdwn           bool
}

// compose makes a message of what a caller sent, in the form that Slack stores and echoes.
func (c *call) compose(in content) (m Message, err error) {
	blocks, attachments := present(in.Blocks), present(in.Attachments)
	switch {
	case in.Markdown != "" && (in.Text != "" || blocks != nil):
		return m, Error("markdown_text_conflict")
	case utf8.RuneCountInString(in.Markdown) > 12000:
		return m, errMsgTooLong
	case in.Text == "" && in.Markdown == "" && blocks == nil && attachments == nil:
		return m, errNoText
	}
	m = Message{NoMrkdwn: in.NoMrkdwn}
	if in.Markdown != "" {
		blocks = encode([]reply{{"type": "markdown", "text": in.Markdown}})
		in.Text = in.Markdown
	}
	m.Blocks, m.Attachments = blocks, attachments //BLOCKS
	if m.Metadata, err = metadata(in.Metadata); err != nil {
		return m, err
	}
	if n := utf8.RuneCountInString(in.Text); n > maxText {
		in.Text = string([]rune(in.Text)[:maxText])
		c.warn("message_truncated")
	}
	m.Text = mrkdwn.Store(in.Text, mrkdwn.Options{Parse: in.Parse, LinkNames: in.LinkNames, IDs: c.mention})
	if m.Blocks == nil && m.Text != "" && !m.NoMrkdwn {
		m.Blocks = c.richText(m.Text)
	}
	return m, nil
}

// present returns an argument that is there; an empty one is as good as none.
func present(j json.RawMessage) json.RawMessage {
	switch strings.TrimSpace(string(j)) {
	case "", "[]", "null", `""`:
		return nil
	}
	return j
}

// metadata checks the metadata of a message.
//
// https://docs.slack.dev/messaging/message-metadata
func metadata(j json.RawMessage) (json.RawMessage, error) {
	if j = present(j); j == nil {
		return nil, nil
	}
	if len(j) > 16<<10 {
		return nil, errMetadataTooLarge
	}
	var md struct {
		EventType    *string                    `json:"event_type"`
		EventPayload map[string]json.RawMessage `json:"event_payload"`
	}
	if json.Unmarshal(j, &md) != nil {
		return nil, errInvalidMetadataFormat
	}
	if md.EventType == nil || md.EventPayload == nil {
		return nil, errInvalidMetadataSchema
	}
	return encode(reply{"event_type": *md.EventType, "event_payload": md.EventPayload}), nil
}

// richText is the block that Slack makes of a text for itself.
func (c *call) richText(text string) json.RawMessage {
	block := mrkdwn.RichText(text)
	id := append([]byte(`[{"block_id":"`), c.Rand(5, secretAlphabet)...)
	return append(append(append(id, `",`...), block[1:]...), ']')
}

// mention resolves an @name or #name to the id that Slack puts in its place.
func (c *call) mention(kind mrkdwn.Kind, name string) (id string, ok bool) {
	switch kind {
	case mrkdwn.User:
		u, ok := c.userByName(name)
		return u.ID, ok
	case mrkdwn.Channel:
		ch, ok := c.s.channelsByName.Get(c.Tx, c.token.Team+"/"+name)
		return ch.ID, ok && c.sees(ch)
	}
	return "", false
}

// post puts a message into a conversation, as its next one or as a reply, and tells everyone concerned.
func (c *call) post(ch Channel, m Message, threadTS string, broadcast bool) (Message, error) {
	m.Channel = ch.ID
	if m.User == "" {
		c.sign(&m)
	}
	var root Message
	if threadTS != "" {
		var err error
		if root, err = c.threadRoot(ch, threadTS); err != nil {
			return m, err
		}
		m.ThreadTS, m.Parent = root.TS, root.User
		if m.Broadcast = broadcast; broadcast {
			m.Subtype = "thread_broadcast"
		}
	} else if broadcast {
		return m, errCantBroadcastMessage
	}
	ch, _ = c.s.channels.Get(c.Tx, ch.ID) // its last ts may have moved
	m.TS = ch.nextTS(c.Now.UnixMicro())
	c.s.channels.Put(c.Tx, ch)
	if calls := callsIn(m.Blocks); calls != nil {
		m.Call = calls[0]
		c.showCalls(m)
	}
	c.s.messages.Put(c.Tx, m)
	if threadTS != "" {
		c.addReply(root, m)
	}
	if m.User != "" {
		c.markRead(ch.ID, m.User, m.TS)
	}
	c.reopen(ch)
	c.emitMessage(ch, m)
	return m, nil
}

// sign writes who is speaking into a message.
func (c *call) sign(m *Message) {
	m.User, m.Team = c.user.ID, c.token.Team
	if c.token.App == "" {
		return
	}
	if b, ok := c.s.botsByApp.Get(c.Tx, c.token.App); ok {
		m.Bot, m.App = b.ID, b.App
		row, _ := c.s.bots.Row(c.Tx, b.ID)
		m.BotProfile = row.Memo(c.base, func(*Bot) []byte { return encode(c.botProfile(b)) })
	}
}

// wrote reports whether the caller is the author of a message.
func (c *call) wrote(m Message) bool {
	if c.token.Kind == tokenBot {
		return m.Bot != "" && m.Bot == c.token.Bot || m.User == c.user.ID
	}
	return m.User == c.user.ID
}

// threadRoot returns the first message of the thread that ts is in.
func (c *call) threadRoot(ch Channel, ts string) (Message, error) {
	root, ok := c.s.messages.Get(c.Tx, messageKey(ch.ID, ts))
	if ok && root.ThreadTS != "" && root.ThreadTS != root.TS {
		root, ok = c.s.messages.Get(c.Tx, messageKey(ch.ID, root.ThreadTS))
	}
	switch {
	case !ok || root.Ephemeral != "":
		return root, errThreadNotFound
	case root.Locked:
		return root, Error("restricted_action_thread_locked")
	}
	return root, nil
}

// addReply counts a reply at its thread's root.
func (c *call) addReply(root, m Message) {
	root.ThreadTS = root.TS
	root.Replies++
	root.LatestReply = m.TS
	if !slices.Contains(root.Repliers, m.User) {
		root.RepliersCount++
		if len(root.Repliers) < 5 {
			root.Repliers = append(slices.Clone(root.Repliers), m.User)
		}
	}
	for _, u := range []string{root.User, m.User} {
		if u != "" && !slices.Contains(root.Subscribers, u) {
			root.Subscribers = append(slices.Clone(root.Subscribers), u)
		}
	}
	c.s.messages.Put(c.Tx, root)
}

// unpost takes a message out of its conversation and tells everyone concerned.
func (c *call) unpost(ch Channel, m Message) {
	if m.Replies > 0 {
		tomb := Message{Channel: m.Channel, TS: m.TS, User: "USLACKBOT", Subtype: "tombstone", Text: "This message was deleted.", Hidden: true,
			ThreadTS: m.TS, Replies: m.Replies, Repliers: m.Repliers, RepliersCount: m.RepliersCount, LatestReply: m.LatestReply, Subscribers: m.Subscribers, Team: m.Team}
		c.s.messages.Put(c.Tx, tomb)
	} else {
		c.s.messages.Delete(c.Tx, messageKey(m.Channel, m.TS))
	}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		c.recount(m.Channel, m.ThreadTS)
	}
	c.unshare(ch, m)
	c.emit(event{Type: "message", Channel: ch, Body: reply{
		"type": "message", "subtype": "message_deleted", "hidden": true, "channel": ch.ID, "deleted_ts": m.TS, "previous_message": c.messageView(m),
	}})
}

// recount makes a thread's root agree with the replies that are left; a tombstone without replies goes too.
func (c *call) recount(channel, ts string) {
	root, ok := c.s.messages.Get(c.Tx, messageKey(channel, ts))
	if !ok {
		return
	}
	root.Replies, root.RepliersCount, root.Repliers, root.LatestReply = 0, 0, nil, ""
	var authors []string
	for r := range c.s.threads.Range(c.Tx, prefix(messageKey(channel, ts)+"/")) {
		root.Replies++
		root.LatestReply = r.TS
		if !slices.Contains(authors, r.User) {
			authors = append(authors, r.User)
		}
	}
	root.RepliersCount = int64(len(authors))
	root.Repliers = authors[:min(5, len(authors))]
	if root.Replies == 0 {
		root.ThreadTS = ""
		if root.Hidden {
			c.s.messages.Delete(c.Tx, messageKey(channel, ts))
			return
		}
	}
	c.s.messages.Put(c.Tx, root)
}
