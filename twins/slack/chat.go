package slack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/blockkit"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// chatMethods are the chat.* methods for messages that are posted at once.
//
// https://docs.slack.dev/reference/methods?family=chat
func (s *Slack) chatMethods() {
	write(s, "chat.postMessage", about{twin.Full, special, "chat:write", "chat:write chat:write:user"}, s.chatPostMessage).requires("channel")
	write(s, "chat.meMessage", about{twin.Full, tier3, "chat:write", "chat:write chat:write:user"}, s.chatMeMessage).requires("channel")
	write(s, "chat.postEphemeral", about{twin.Full, tier4, "chat:write", "chat:write chat:write:user"}, s.chatPostEphemeral).requires("channel", "user")
	write(s, "chat.update", about{twin.Full, tier3, "chat:write", "chat:write chat:write:user"}, s.chatUpdate).requires("channel", "ts")
	write(s, "chat.delete", about{twin.Full, tier3, "chat:write", "chat:write chat:write:user"}, s.chatDelete).requires("channel", "ts")
	read(s, "chat.getPermalink", about{twin.Full, special, "", ""}, s.chatGetPermalink).requires("channel", "message_ts")
}

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
	c.sign(&m)
	if err := c.customize(&m, in.Username, in.IconEmoji, in.IconURL); err != nil {
		return nil, err
	}
	m.UnfurlOff = c.args.given("unfurl_links") && !in.UnfurlLinks
	if m, err = c.post(ch, m, in.ThreadTS, in.ReplyBroadcast); err != nil {
		return nil, err
	}
	if slices.Contains(c.warning, mrkdwn.TruncatedWarning) {
		return c.posted(reply{"channel": ch.ID, "ts": m.TS, "message": c.messageView(m)}), nil
	}
	b := appendString(append(c.begin(), `,"channel":`...), ch.ID)
	b = appendString(append(b, `,"ts":`...), m.TS)
	row, _ := s.messages.Row(c.Tx, messageKey(ch.ID, m.TS))
	b = c.appendMessages(append(b, `,"message":`...), []store.Row[Message]{row}, true)
	return raw(append(b, '}')), nil
}

// posted adds to the answer of a method that took a text what became of it.
func (c *call) posted(out reply) reply {
	if slices.Contains(c.warning, mrkdwn.TruncatedWarning) {
		out["response_metadata"] = reply{"messages": []string{mrkdwn.TruncatedMessage}}
	}
	return out
}

// chatMeMessage says what its author does, as /me does.
//
// https://docs.slack.dev/reference/methods/chat.meMessage
func (s *Slack) chatMeMessage(c *call, in *api.ChatMeMessageRequest) (any, error) {
	ch, err := c.addressee(in.Channel)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(in.Text) > mrkdwn.MaxText {
		return nil, errMsgTooLong
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

// chatPostEphemeral says something in a conversation that one of its members alone sees. It is in no history.
//
// https://docs.slack.dev/reference/methods/chat.postEphemeral
func (s *Slack) chatPostEphemeral(c *call, in *api.ChatPostEphemeralRequest) (any, error) {
	ch, err := c.addressee(in.Channel)
	if err != nil {
		return nil, err
	}
	m, err := c.compose(content{
		Text: in.Text, Markdown: in.MarkdownText, Blocks: in.Blocks, Attachments: in.Attachments, Parse: in.Parse, LinkNames: in.LinkNames,
	})
	if err != nil {
		return nil, err
	}
	if err := c.mayPost(ch); err != nil {
		return nil, err
	}
	if err := c.restricted(ch, in.ThreadTS != ""); err != nil {
		return nil, err
	}
	if !s.members.Has(c.Tx, memberKey(ch.ID, in.User)) {
		return nil, errUserNotInChannel
	}
	c.sign(&m)
	if err := c.customize(&m, in.Username, in.IconEmoji, in.IconURL); err != nil {
		return nil, err
	}
	if in.ThreadTS != "" {
		root, err := c.threadRoot(ch, in.ThreadTS)
		if err != nil {
			return nil, err
		}
		m.ThreadTS, m.Parent = root.TS, root.User
	}
	m = c.showTo(ch, m, in.User)
	return c.posted(reply{"message_ts": m.TS}), nil
}

// showTo shows a message to one user alone.
func (c *call) showTo(ch Channel, m Message, user string) Message {
	m.Channel, m.Ephemeral = ch.ID, user
	return c.say(ch, m)
}

// chatUpdate changes what a message says. What is not given stays, but a new text without blocks takes the blocks' place.
//
// https://docs.slack.dev/reference/methods/chat.update
func (s *Slack) chatUpdate(c *call, in *api.ChatUpdateRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	m, ok := s.messages.Get(c.Tx, messageKey(ch.ID, in.TS))
	switch {
	case !ok || m.Hidden || m.Ephemeral != "":
		return nil, errMessageNotFound
	case ch.Archived:
		return nil, errIsInactive
	case !c.wrote(m) || housekeeping(m.Subtype):
		return nil, errCantUpdateMessage
	case m.Stream != nil:
		return nil, Error("streaming_state_conflict")
	case c.editWindowClosed(m):
		return nil, errEditWindowClosed
	case utf8.RuneCountInString(in.Text) > maxUpdate:
		return nil, errMsgTooLong
	}
	was := c.messageView(m)
	says := in.Text != "" || in.MarkdownText != "" || present(in.Blocks) != nil || present(in.Attachments) != nil
	if in.ReplyBroadcast && !m.Broadcast {
		switch {
		case m.ThreadTS == "" || m.ThreadTS == m.TS:
			return nil, errCantBroadcastMessage
		case says && in.Text != m.Text:
			return nil, errNoDualBroadcastContentUpdate
		}
		m.Broadcast, m.Subtype, says = true, "thread_broadcast", false
	} else if !says && !c.args.given("metadata") && len(in.FileIDs) == 0 && !c.args.given("attachments") {
		return nil, errNoText
	}
	if says {
		now, err := c.compose(content{
			Text: in.Text, Markdown: in.MarkdownText, Blocks: in.Blocks, Attachments: in.Attachments, Parse: or(in.Parse, "client"), LinkNames: in.LinkNames,
		})
		if err != nil {
			return nil, err
		}
		if in.Text != "" || now.Blocks != nil {
			m.Text, m.Blocks = now.Text, now.Blocks
		}
		m.Edited = c.edit()
		if now.Attachments != nil {
			m.Attachments = now.Attachments
		}
	}
	if c.args.given("attachments") && present(in.Attachments) == nil {
		m.Attachments = nil
	}
	if c.args.given("metadata") {
		if string(in.Metadata) == "{}" {
			in.Metadata = nil
		}
		md, err := c.metadata(in.Metadata)
		if err != nil {
			return nil, err
		}
		m.Metadata = md
	}
	if len(in.FileIDs) > 0 {
		shown, err := c.reshare(ch, m, in.FileIDs)
		if err != nil {
			return nil, err
		}
		m = shown
	}
	s.messages.Put(c.Tx, m)
	c.emitChanged(ch, m, was)
	v := reply{}
	decodeInto(c.messageView(m), &v)
	for _, k := range notInUpdate {
		delete(v, k)
	}
	return c.posted(reply{"channel": ch.ID, "ts": m.TS, "text": m.Text, "message": v}), nil
}

// maxUpdate is how many characters of text a message can be changed to.
const maxUpdate = 4000

// notInUpdate are the keys of a message that chat.update does not answer: where it is and what became of it.
var notInUpdate = []string{"ts", "thread_ts", "parent_user_id", "reply_count", "reply_users_count", "latest_reply", "reply_users", "is_locked",
	"subscribed", "last_read", "root", "reactions", "pinned_to"}

// edit says that the caller changes a message now. An app is known by its bot here.
func (c *call) edit() *Edit {
	by := c.user.ID
	if c.token.Kind == tokenBot {
		by = c.token.Bot
	}
	return &Edit{by, formatTS(c.Now.Unix() * 1e6)}
}

// editWindowClosed reports whether the workspace no longer lets people change a message; apps always may.
func (c *call) editWindowClosed(m Message) bool {
	t, _ := c.s.teams.Get(c.Tx, c.token.Team)
	minutes, err := strconv.ParseInt(strings.Trim(string(t.Prefs["msg_edit_window_mins"]), `"`), 10, 64)
	if err != nil || minutes < 0 || c.token.Kind == tokenBot {
		return false
	}
	return c.Now.Sub(tsTime(m.TS)) > time.Duration(minutes)*time.Minute
}

// tsTime is the time that a ts tells.
func tsTime(ts string) time.Time {
	micros, _ := strconv.ParseInt(strings.Replace(ts, ".", "", 1), 10, 64)
	return time.UnixMicro(micros)
}

// emitChanged tells that a message is another now.
func (c *call) emitChanged(ch Channel, m Message, was messageView) {
	c.emit(event{Type: "message", Channel: ch, Body: reply{
		"subtype": "message_changed", "hidden": true, "channel": ch.ID, "channel_type": channelType(ch),
		"message": c.messageView(m), "previous_message": was,
	}})
	c.emitMetadata(ch, m, was.Metadata)
}

// emitMetadata tells what became of a message's metadata.
//
// https://docs.slack.dev/messaging/message-metadata
func (c *call) emitMetadata(ch Channel, m Message, was json.RawMessage) {
	body := reply{"app_id": m.App, "bot_id": m.Bot, "user_id": m.User, "team_id": m.Team, "channel_id": ch.ID, "message_ts": m.TS}
	name := ""
	switch {
	case m.Metadata == nil && was == nil || string(m.Metadata) == string(was):
		return
	case was == nil:
		name, body["metadata"] = "message_metadata_posted", m.Metadata
	case m.Metadata == nil:
		name, body["previous_metadata"], body["deleted_ts"] = "message_metadata_deleted", was, formatTS(c.Now.UnixMicro())
	default:
		name, body["metadata"], body["previous_metadata"] = "message_metadata_updated", m.Metadata, was
	}
	c.emit(event{Type: name, Channel: ch, Body: body})
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
	case !ok || m.Hidden || m.Ephemeral != "":
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
	if !ok || m.Ephemeral != "" {
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
	if !ok || u.Deleted || c.user.ID == "" || !c.knows(u) {
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
	case !c.isMember(ch) && !(typeOf(ch) == "public_channel" && c.token.Kind == tokenBot && c.has("chat:write.public")):
		return errNotInChannel
	case ch.ReadOnly && !c.user.Admin:
		return errRestrictedActionReadOnlyChannel
	case c.barred(ch):
		return errRestrictedAction
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

// maxMarkdown is how many characters a markdown_text may have.
const maxMarkdown = 12000

// compose makes a message of what a caller sent, in the form that Slack stores and echoes.
func (c *call) compose(in content) (m Message, err error) {
	blocks, attachments := present(in.Blocks), present(in.Attachments)
	switch {
	case in.Markdown != "" && (in.Text != "" || blocks != nil):
		return m, Error("markdown_text_conflict")
	case utf8.RuneCountInString(in.Markdown) > maxMarkdown:
		return m, errMsgTooLong
	case in.Text == "" && in.Markdown == "" && blocks == nil && attachments == nil:
		return m, errNoText
	}
	m = Message{NoMrkdwn: in.NoMrkdwn}
	if in.Markdown != "" {
		blocks = encode([]reply{{"type": "markdown", "text": in.Markdown}})
		in.Text = in.Markdown
	}
	var said string
	if blocks != nil {
		if m.Blocks, said, err = c.blocks(blocks); err != nil {
			return m, err
		}
	}
	if attachments != nil {
		if m.Attachments, err = c.attachments(attachments); err != nil {
			return m, err
		}
	}
	if m.Metadata, err = c.metadata(in.Metadata); err != nil {
		return m, err
	}
	text, cut := mrkdwn.Truncate(in.Text)
	if cut {
		c.warn(mrkdwn.TruncatedWarning)
	}
	m.Text = mrkdwn.Store(text, mrkdwn.Options{Parse: in.Parse, LinkNames: in.LinkNames, IDs: c.mention})
	if m.Text == "" {
		m.Text = said
	} else if m.Blocks == nil && !m.NoMrkdwn {
		m.Blocks = c.richText(m.Text)
	}
	return m, nil
}

// blocks checks the blocks of a message, and returns them as they are stored and what they say.
//
// https://docs.slack.dev/reference/block-kit/blocks
func (c *call) blocks(j json.RawMessage) (stored json.RawMessage, said string, err error) {
	if !blockkit.IsArray(j) {
		return nil, "", errInvalidBlocksFormat
	}
	valid, problems := blockkit.Validate(blockkit.Message, j, c.blockID)
	if problems != nil {
		plain := make([]string, len(problems))
		for i, p := range problems {
			plain[i] = strings.TrimPrefix(p, "[ERROR] ")
		}
		return nil, "", errInvalidBlocks.with(reply{"errors": plain, "response_metadata": reply{"messages": problems}})
	}
	return encode(valid), blockkit.PlainText(valid), nil
}

// attachments checks the attachments of a message, and returns them as they are stored.
func (c *call) attachments(j json.RawMessage) (json.RawMessage, error) {
	var some []json.RawMessage
	if json.Unmarshal(j, &some) == nil && len(some) > blockkit.MaxAttachments {
		return nil, errTooManyAttachments
	}
	stored, _, problems := blockkit.ValidateAttachments(j, c.blockID)
	if problems != nil {
		return nil, errInvalidAttachments.with(reply{"response_metadata": reply{"messages": problems}})
	}
	return stored, nil
}

// blockID makes up the id of a block or of an action in it.
func (c *call) blockID(n int) string { return c.Rand(n, secretAlphabet) }

// present returns an argument that is there; an empty one is as good as none.
func present(j json.RawMessage) json.RawMessage {
	switch strings.TrimSpace(string(j)) {
	case "", "[]", "null", `""`:
		return nil
	}
	return j
}

// metadata checks the metadata of a message: an event of the app's, or the work objects that the message is about.
//
// https://docs.slack.dev/messaging/message-metadata
func (c *call) metadata(j json.RawMessage) (json.RawMessage, error) {
	if j = present(j); j == nil {
		return nil, nil
	}
	if len(j) > 16<<10 {
		return nil, errMetadataTooLarge
	}
	var md struct {
		EventType    *string                    `json:"event_type"`
		EventPayload map[string]json.RawMessage `json:"event_payload"`
		Entities     []json.RawMessage          `json:"entities"`
	}
	if json.Unmarshal(j, &md) != nil {
		return nil, errInvalidMetadataFormat
	}
	if md.EventType != nil && *md.EventType == "" && md.EventPayload == nil && md.Entities == nil {
		return nil, nil // what SDKs send of none
	}
	if (md.EventType == nil || md.EventPayload == nil) && md.Entities == nil {
		return nil, errInvalidMetadataSchema
	}
	out := reply{}
	if md.EventType != nil && md.EventPayload != nil {
		out["event_type"], out["event_payload"] = *md.EventType, md.EventPayload
	}
	if md.Entities != nil {
		out["entities"] = md.Entities
	}
	return encode(out), nil
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
	if m.User == "" && m.Bot == "" {
		c.sign(&m)
	}
	if m.User == c.user.ID {
		if err := c.restricted(ch, threadTS != ""); err != nil {
			return m, err
		}
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
	} else if ch.ThreadOnly && !c.user.Admin {
		return m, errRestrictedActionThreadOnlyChannel
	}
	ch, _ = c.s.channels.Get(c.Tx, ch.ID) // its last ts may have moved
	m.TS = ch.nextTS(c.Now.UnixMicro())
	c.s.channels.Put(c.Tx, ch)
	if calls := callsIn(m.Blocks); calls != nil {
		m.Call = calls[0]
		c.showCalls(m)
	}
	c.s.messages.Put(c.Tx, m)
	if root.Channel != "" {
		c.addReply(root, m)
	}
	if m.User != "" {
		c.markRead(ch.ID, m.User, m.TS)
	}
	c.reopen(ch)
	c.spoken(m)
	c.emitMessage(ch, m)
	c.emitLinks(ch, m)
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
		home := call{Call: c.Call} // links without an address, which is the reader's
		row, _ := c.s.bots.Row(c.Tx, b.ID)
		m.BotProfile = row.Memo("", func(b *Bot) []byte { return encode(home.botProfile(*b)) })
	}
}

// customize lets an app speak under another name. Slack then no longer says which user it is.
func (c *call) customize(m *Message, username, emoji, url string) error {
	if username == "" && emoji == "" && url == "" || c.token.Kind == tokenUser {
		return nil // with a person's token the message is the person's
	}
	if c.token.Kind == tokenBot {
		if err := c.need("chat:write.customize"); err != nil {
			return err
		}
	}
	m.Username, m.IconEmoji, m.IconURL = username, emoji, url
	if m.Bot != "" {
		m.User, m.BotProfile, m.Subtype = "", nil, "bot_message"
		b, _ := c.s.bots.Get(c.Tx, m.Bot)
		m.Username = or(username, b.Name)
	}
	return nil
}

// author is the user who wrote a message, or the bot if the message does not say which user it is.
func (m Message) author() string { return or(m.User, m.Bot) }

// wrote reports whether the caller is the author of a message.
func (c *call) wrote(m Message) bool {
	if c.token.Kind == tokenBot {
		return m.User == c.user.ID || m.User == "" && m.Bot == c.token.Bot
	}
	return m.User == c.user.ID
}

// threadRoot returns the first message of the thread that ts is in. Slack does not ask whether there is one: a reply
// to what never was, or is no more, is kept under that ts all the same, and then only the root's TS is set.
func (c *call) threadRoot(ch Channel, ts string) (Message, error) {
	root, ok := c.s.messages.Get(c.Tx, messageKey(ch.ID, ts))
	if ok && root.ThreadTS != "" && root.ThreadTS != root.TS {
		root, ok = c.s.messages.Get(c.Tx, messageKey(ch.ID, root.ThreadTS))
	}
	switch {
	case !ok && !validTS.MatchString(ts):
		return root, errInvalidThreadTS.with(reply{"response_metadata": reply{"messages": []string{"[ERROR] " + ts + " is not a valid thread_ts"}}})
	case !ok || root.Ephemeral != "":
		return Message{TS: ts}, nil
	case housekeeping(root.Subtype):
		return root, Error("cannot_reply_to_message")
	case root.Locked:
		return root, Error("restricted_action_thread_locked")
	}
	return root, nil
}

var validTS = regexp.MustCompile(`^[1-9][0-9]*(\.[0-9]+)?$`)

// addReply counts a reply at its thread's root.
func (c *call) addReply(root, m Message) {
	root.ThreadTS = root.TS
	root.Replies++
	root.LatestReply = m.TS
	if !slices.Contains(root.Repliers, m.author()) {
		root.RepliersCount++
		if len(root.Repliers) < 5 {
			root.Repliers = append(slices.Clone(root.Repliers), m.author())
		}
	}
	if m.User != "" {
		read := map[string]string{m.User: m.TS}
		for u, ts := range root.ThreadLastRead {
			read[u] = max(ts, read[u])
		}
		root.ThreadLastRead = read
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
	was := c.messageView(m)
	if m.Pinned {
		m = c.unpin(ch, m)
	}
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
		"subtype": "message_deleted", "hidden": true, "channel": ch.ID, "channel_type": channelType(ch), "deleted_ts": m.TS, "previous_message": was,
	}})
	metadata := m.Metadata
	m.Metadata = nil
	c.emitMetadata(ch, m, metadata)
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
		if !slices.Contains(authors, r.author()) {
			authors = append(authors, r.author())
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

// textLink is a link in a stored text.
var textLink = regexp.MustCompile(`<(https?://[^|>\s]+)(?:\|[^>]*)?>`)

// linksOf are the links of a message, each once, in order.
func linksOf(m Message) (urls []string) {
	for _, found := range textLink.FindAllStringSubmatch(m.Text, -1) {
		if u := mrkdwn.Unescape(found[1]); !slices.Contains(urls, u) {
			urls = append(urls, u)
		}
	}
	return urls
}
