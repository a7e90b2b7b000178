package slack

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// Scopes of the conversations methods: for channels, private channels, direct messages and those among several, in
// this order. Any one of those with a | between them will do.
const (
	scopesRead        = "channels:read groups:read im:read mpim:read"
	scopesHistory     = "channels:history groups:history im:history mpim:history"
	scopesManage      = "channels:manage|channels:write groups:write im:write mpim:write"
	scopesWrite       = "channels:write groups:write im:write mpim:write"
	scopesInvite      = "channels:manage|channels:write.invites groups:write|groups:write.invites im:write mpim:write"
	scopesInviteUser  = "channels:write|channels:write.invites groups:write|groups:write.invites im:write mpim:write"
	scopesTopic       = "channels:manage|channels:write.topic groups:write|groups:write.topic im:write|im:write.topic mpim:write|mpim:write.topic"
	scopesTopicPerson = "channels:write|channels:write.topic groups:write|groups:write.topic im:write|im:write.topic mpim:write|mpim:write.topic"
)

// anyOf is what a method declares of scopes that depend on the conversation.
func anyOf(level twin.Level, tier tier, bot, user string) about {
	return about{level, tier, strings.ReplaceAll(bot, "|", " "), strings.ReplaceAll(user, "|", " ")}
}

// conversationsMethods are the conversations.* methods for channels and for what is said in them.
//
// https://docs.slack.dev/reference/methods?family=conversations
func (s *Slack) conversationsMethods() {
	write(s, "conversations.archive", anyOf(twin.Full, tier2, scopesManage, scopesWrite), s.conversationsArchive).requires("channel")
	write(s, "conversations.unarchive", anyOf(twin.Full, tier2, scopesManage, scopesWrite), s.conversationsUnarchive).requires("channel")
	write(s, "conversations.create", anyOf(twin.Full, tier2, scopesManage, scopesWrite), s.conversationsCreate).requires("name")
	write(s, "conversations.rename", anyOf(twin.Full, tier2, scopesManage, scopesWrite), s.conversationsRename).requires("channel", "name")
	write(s, "conversations.setTopic", anyOf(twin.Full, tier2, scopesTopic, scopesTopicPerson), s.conversationsSetTopic).requires("channel", "topic")
	write(s, "conversations.setPurpose", anyOf(twin.Full, tier2, scopesTopic, scopesTopicPerson), s.conversationsSetPurpose).requires("channel", "purpose")
	write(s, "conversations.invite", anyOf(twin.Full, tier3, scopesInvite, scopesInviteUser), s.conversationsInvite).requires("channel")
	write(s, "conversations.kick", anyOf(twin.Full, tier3, scopesManage, scopesWrite), s.conversationsKick).requires("channel")
	write(s, "conversations.join", about{twin.Full, tier3, "channels:join", "channels:write"}, s.conversationsJoin).requires("channel")
	write(s, "conversations.leave", anyOf(twin.Full, tier3, scopesManage, scopesWrite), s.conversationsLeave).requires("channel")
	write(s, "conversations.mark", anyOf(twin.Full, tier3, scopesManage, scopesWrite), s.conversationsMark).requires("channel", "ts")
	read(s, "conversations.history", about{twin.Full, tier3, scopesHistory, scopesHistory}, s.conversationsHistory).requires("channel")
	read(s, "conversations.replies", about{twin.Full, tier3, scopesHistory, scopesHistory}, s.conversationsReplies).requires("channel", "ts")
	read(s, "conversations.info", about{twin.Full, tier3, scopesRead, scopesRead}, s.conversationsInfo).requires("channel")
	read(s, "conversations.list", about{twin.Full, tier2, scopesRead, scopesRead}, s.conversationsList)
	read(s, "conversations.members", about{twin.Full, tier4, scopesRead, scopesRead}, s.conversationsMembers).requires("channel")
}

// conversationsArchive closes a channel to new messages.
//
// https://docs.slack.dev/reference/methods/conversations.archive
func (s *Slack) conversationsArchive(c *call, in *api.ConversationsArchiveRequest) (any, error) {
	ch, err := c.managed(in.Channel, scopesManage, scopesWrite)
	if err != nil {
		return nil, err
	}
	switch {
	case ch.General:
		return nil, errCantArchiveGeneral
	case ch.Archived:
		return nil, errAlreadyArchived
	case c.user.UltraRestricted:
		return nil, errUserIsUltraRestricted
	case c.user.Restricted:
		return nil, errUserIsRestricted
	case !c.isMember(ch) && c.token.Kind == tokenBot:
		return nil, errNotInChannel
	}
	c.archive(ch)
	return nil, nil
}

// archive closes a channel to new messages, says so in it and tells everyone concerned.
func (c *call) archive(ch Channel) {
	ch.Archived, ch.Updated = true, c.Now.UnixMilli()
	c.s.channels.Put(c.Tx, ch)
	c.announce(ch, "archive", "archived the channel", nil)
	c.emit(event{Type: kind(ch, "channel_archive", "group_archive"), Channel: ch, Body: reply{"channel": ch.ID, "user": c.user.ID, "is_moved": 0}})
}

// conversationsUnarchive opens an archived channel again, with the caller in it.
//
// https://docs.slack.dev/reference/methods/conversations.unarchive
func (s *Slack) conversationsUnarchive(c *call, in *api.ConversationsUnarchiveRequest) (any, error) {
	ch, err := c.managed(in.Channel, scopesManage, scopesWrite)
	if err != nil {
		return nil, err
	}
	switch {
	case !ch.Archived:
		return nil, errNotArchived
	case c.user.UltraRestricted:
		return nil, errUserIsUltraRestricted
	case c.user.Restricted:
		return nil, errUserIsRestricted
	case !c.isMember(ch) && c.token.Kind == tokenBot:
		return nil, errNotInChannel
	}
	ch.Archived, ch.Updated = false, c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	if !c.isMember(ch) {
		s.members.Put(c.Tx, Member{Channel: ch.ID, User: c.user.ID, Joined: c.Now.Unix()})
	}
	c.announce(ch, "unarchive", "un-archived the channel", nil)
	c.emit(event{Type: kind(ch, "channel_unarchive", "group_unarchive"), Channel: ch, Body: reply{"channel": ch.ID, "user": c.user.ID}})
	return nil, nil
}

// conversationsCreate makes a channel, with the caller in it.
//
// https://docs.slack.dev/reference/methods/conversations.create
func (s *Slack) conversationsCreate(c *call, in *api.ConversationsCreateRequest) (any, error) {
	scopes := []string{"channels:manage", "channels:write"}
	if in.IsPrivate {
		scopes = []string{"groups:write"}
	}
	if err := c.need(scopes...); err != nil {
		return nil, err
	}
	if c.user.Restricted || c.user.UltraRestricted {
		return nil, errUserIsRestricted
	}
	name, err := c.channelName(in.Name)
	if err != nil {
		return nil, err
	}
	ch := c.newChannel(Channel{Name: name, Private: in.IsPrivate})
	c.join(ch, c.user.ID, "")
	c.emit(event{Type: "channel_created", Hidden: ch.Private, Channel: ch, Body: reply{"channel": c.channelView(ch, viewEvent)}})
	return reply{"channel": merge(c.channelView(ch, viewCreated), reply{"priority": 0})}, nil
}

// conversationsRename gives a channel another name. It remains to be found by its former names in previous_names.
//
// https://docs.slack.dev/reference/methods/conversations.rename
func (s *Slack) conversationsRename(c *call, in *api.ConversationsRenameRequest) (any, error) {
	ch, err := c.managed(in.Channel, scopesManage, scopesWrite)
	if err != nil {
		return nil, err
	}
	switch {
	case ch.Archived:
		return nil, errIsArchived
	case !c.isMember(ch):
		return nil, errNotInChannel
	case c.user.Restricted || c.user.UltraRestricted:
		return nil, errUserIsRestricted
	case ch.General && !c.user.Admin, ch.Creator != c.user.ID && !c.user.Admin:
		return nil, errNotAuthorized
	}
	if strings.TrimPrefix(strings.TrimSpace(in.Name), "#") == ch.Name {
		return reply{"channel": c.channelView(ch, viewCreated)}, nil
	}
	name, err := c.channelName(in.Name)
	if err != nil {
		return nil, err
	}
	return reply{"channel": c.channelView(c.rename(ch, name), viewCreated)}, nil
}

// rename gives a channel a name that is free, says so in it and tells everyone concerned.
func (c *call) rename(ch Channel, name string) Channel {
	old := ch.Name
	ch.Name, ch.Updated = name, c.Now.UnixMilli()
	former := []string{old}
	for _, n := range ch.PreviousNames {
		if n != old && n != name {
			former = append(former, n)
		}
	}
	ch.PreviousNames = former
	c.s.channels.Put(c.Tx, ch)
	c.announce(ch, "name", "has renamed the channel from \""+old+"\" to \""+name+"\"", reply{"old_name": old, "name": name})
	c.emit(event{Type: kind(ch, "channel_rename", "group_rename"), Channel: ch, Body: reply{"channel": reply{
		"id": ch.ID, "is_channel": isChannel(ch), "is_mpim": ch.MPIM, "name": name, "name_normalized": name, "created": ch.Created,
	}}})
	return ch
}

// maxNote is how many characters a topic or a purpose may have.
const maxNote = 250

// conversationsSetTopic writes what a channel is about just now.
//
// https://docs.slack.dev/reference/methods/conversations.setTopic
func (s *Slack) conversationsSetTopic(c *call, in *api.ConversationsSetTopicRequest) (any, error) {
	ch, err := c.noted(in.Channel, in.Topic)
	if err != nil {
		return nil, err
	}
	if topic := mrkdwn.Literal(in.Topic); topic != ch.Topic.Value {
		ch.Topic = Note{topic, c.user.ID, c.Now.Unix()}
		c.note(ch, "topic", topic)
	}
	return reply{"channel": c.channelView(ch, viewOpened)}, nil
}

// conversationsSetPurpose writes what a channel is for.
//
// https://docs.slack.dev/reference/methods/conversations.setPurpose
func (s *Slack) conversationsSetPurpose(c *call, in *api.ConversationsSetPurposeRequest) (any, error) {
	ch, err := c.noted(in.Channel, in.Purpose)
	if err != nil {
		return nil, err
	}
	if purpose := mrkdwn.Literal(in.Purpose); purpose != ch.Purpose.Value {
		ch.Purpose = Note{purpose, c.user.ID, c.Now.Unix()}
		c.note(ch, "purpose", purpose)
	}
	return reply{"channel": c.channelView(ch, viewOpened)}, nil
}

// noted finds a channel whose topic or purpose the caller may write.
func (c *call) noted(id, text string) (Channel, error) {
	ch, ok := c.channel(id)
	if !ok {
		return ch, errChannelNotFound
	}
	if err := c.needFor(ch, scopesTopic, scopesTopicPerson); err != nil {
		return ch, err
	}
	switch {
	case ch.IM:
		return ch, errMethodNotSupportedForType
	case ch.Archived:
		return ch, errIsArchived
	case !c.isMember(ch):
		return ch, errNotInChannel
	case c.user.Restricted || c.user.UltraRestricted:
		return ch, errUserIsRestricted
	case utf8.RuneCountInString(text) > maxNote:
		return ch, errTooLong
	}
	return ch, nil
}

// note keeps a channel whose topic or purpose has changed, and says so in it.
func (c *call) note(ch Channel, what, text string) {
	ch.Updated = c.Now.UnixMilli()
	c.s.channels.Put(c.Tx, ch)
	said := "set the channel " + what + ": " + text
	if text == "" {
		said = "cleared the channel " + what
	}
	c.announce(ch, what, said, reply{what: text})
}

// maxInvited is how many users one call may invite.
const maxInvited = 1000

// conversationsInvite puts users into a channel. Unless it is forced, it puts in all of them or none.
//
// https://docs.slack.dev/reference/methods/conversations.invite
func (s *Slack) conversationsInvite(c *call, in *api.ConversationsInviteRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	if err := c.needFor(ch, scopesInvite, scopesInviteUser); err != nil {
		return nil, err
	}
	users := list(in.Users)
	switch {
	case ch.IM || ch.MPIM:
		return nil, errMethodNotSupportedForType
	case ch.Archived:
		return nil, errIsArchived
	case !c.isMember(ch):
		return nil, errNotInChannel
	case c.user.UltraRestricted:
		return nil, errUserIsUltraRestricted
	case c.user.Restricted:
		return nil, errUserIsRestricted
	case len(users) == 0:
		return nil, errNoUser
	case len(users) > maxInvited:
		return nil, errTooManyUsers
	}
	var wrong []reply
	var welcome []string
	for _, u := range users {
		if err := c.mayInvite(ch, u); err != nil {
			wrong = append(wrong, reply{"user": u, "ok": false, "error": err.Error()})
		} else if !slices.Contains(welcome, u) {
			welcome = append(welcome, u)
		}
	}
	if len(wrong) > 0 && (!in.Force || len(welcome) == 0) {
		return nil, Error(wrong[0]["error"].(string)).with(reply{"errors": wrong})
	}
	for _, u := range welcome {
		c.join(ch, u, c.user.ID)
	}
	ch, _ = s.channels.Get(c.Tx, ch.ID)
	out := reply{"channel": c.channelView(ch, viewCreated)}
	if len(wrong) > 0 {
		out["errors"] = wrong
	}
	return out, nil
}

// mayInvite refuses to put a user into a channel.
func (c *call) mayInvite(ch Channel, user string) error {
	u, ok := c.s.users.Get(c.Tx, user)
	switch {
	case user == c.user.ID:
		return errCantInviteSelf
	case !ok || u.Deleted || u.ID == "USLACKBOT":
		return errUserNotFound
	case c.s.members.Has(c.Tx, memberKey(ch.ID, user)):
		return errAlreadyInChannel
	case u.UltraRestricted && c.channelsOf(user) > 0:
		return errUraMaxChannels
	case !c.admitted(ch, user):
		return errRestrictedAction
	}
	return nil
}

// channelsOf counts the channels that a user is in, direct conversations aside.
func (c *call) channelsOf(user string) (n int) {
	for m := range c.s.membersByUser.All(c.Tx, user) {
		if ch, _ := c.s.channels.Get(c.Tx, m.Channel); !ch.IM && !ch.MPIM && !ch.Archived {
			n++
		}
	}
	return n
}

// conversationsKick removes a user from a channel.
//
// https://docs.slack.dev/reference/methods/conversations.kick
func (s *Slack) conversationsKick(c *call, in *api.ConversationsKickRequest) (any, error) {
	ch, err := c.managed(in.Channel, scopesManage, scopesWrite)
	if err != nil {
		return nil, err
	}
	switch {
	case c.user.Restricted || c.user.UltraRestricted:
		return nil, errUserIsRestricted
	case in.User == "":
		return nil, errNoUser
	case in.User == c.user.ID:
		return nil, errCantKickSelf
	case !s.users.Has(c.Tx, in.User):
		return nil, errUserNotFound
	case ch.General:
		return nil, errCantKickFromGeneral
	case ch.Archived:
		return nil, errIsArchived
	case !c.isMember(ch) && !c.user.Admin, !s.members.Has(c.Tx, memberKey(ch.ID, in.User)):
		return nil, errNotInChannel
	}
	c.part(ch, in.User)
	return reply{"errors": reply{}}, nil
}

// conversationsJoin puts the caller into a public channel.
//
// https://docs.slack.dev/reference/methods/conversations.join
func (s *Slack) conversationsJoin(c *call, in *api.ConversationsJoinRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	switch {
	case ch.IM || ch.MPIM || ch.Private:
		return nil, errMethodNotSupportedForType
	case ch.Archived:
		return nil, errIsArchived
	case c.user.UltraRestricted:
		return nil, errUserIsUltraRestricted
	case c.user.Restricted:
		return nil, errUserIsRestricted
	}
	if c.isMember(ch) {
		c.warn("already_in_channel")
		return reply{"channel": c.channelView(ch, viewJoined)}, nil
	}
	c.join(ch, c.user.ID, "")
	ch, _ = s.channels.Get(c.Tx, ch.ID)
	return reply{"channel": c.channelView(ch, viewJoined)}, nil
}

// conversationsLeave takes the caller out of a channel.
//
// https://docs.slack.dev/reference/methods/conversations.leave
func (s *Slack) conversationsLeave(c *call, in *api.ConversationsLeaveRequest) (any, error) {
	ch, err := c.managed(in.Channel, scopesManage, scopesWrite)
	if err != nil {
		return nil, err
	}
	switch {
	case ch.Archived:
		return nil, errIsArchived
	case ch.General:
		return nil, errCantLeaveGeneral
	case c.user.UltraRestricted:
		return nil, errUserIsUltraRestricted
	case c.user.Restricted:
		return nil, errUserIsRestricted
	case !c.isMember(ch):
		return reply{"not_in_channel": true}, nil
	case ch.Private && c.countMembers(ch.ID) == 1:
		return nil, errLastMember
	}
	c.part(ch, c.user.ID)
	return nil, nil
}

// conversationsMark moves the caller's reading mark, be it backwards.
//
// https://docs.slack.dev/reference/methods/conversations.mark
func (s *Slack) conversationsMark(c *call, in *api.ConversationsMarkRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	if err := c.needFor(ch, scopesManage, scopesWrite); err != nil {
		return nil, err
	}
	ts, ok := parseTS(in.TS)
	m, member := s.members.Get(c.Tx, memberKey(ch.ID, c.user.ID))
	switch {
	case !ok || ts == "":
		return nil, errInvalidTimestamp
	case !member:
		return nil, errNotInChannel
	}
	m.LastRead = ts
	s.members.Put(c.Tx, m)
	all, shown := c.unread(ch.ID, m)
	name := map[string]string{"public_channel": "channel_marked", "private_channel": "group_marked", "im": "im_marked", "mpim": "mpim_marked"}[typeOf(ch)]
	c.emit(event{Type: name, Channel: ch, To: []string{c.user.ID}, Screen: true, Body: reply{"channel": ch.ID, "ts": ts, "unread_count": all, "unread_count_display": shown}})
	return nil, nil
}

// conversationsHistory returns a conversation's messages, newest first.
//
// https://docs.slack.dev/reference/methods/conversations.history
func (s *Slack) conversationsHistory(c *call, in *api.ConversationsHistoryRequest) (any, error) {
	ch, err := c.readable(in.Channel)
	if err != nil {
		return nil, err
	}
	span, err := spanOf(ch.ID+"/", in.Oldest, in.Latest, in.Inclusive)
	if err != nil {
		return nil, err
	}
	after, err := nextTS(in.Cursor)
	if err != nil {
		return nil, err
	}
	n := limit(in.Limit, 100, 999)
	// Slack pages from the newest message back; with oldest alone, from the oldest on. A page shows the newest first either way.
	forward := in.Oldest != "" && in.Latest == ""
	switch {
	case after == "":
	case forward:
		span.From = messageKey(ch.ID, after) + "\x00"
	default:
		span.To = messageKey(ch.ID, after)
	}
	span.Desc = !forward
	rows := make([]store.Row[Message], 0, n)
	more := false
	for row := range s.history.Rows(c.Tx, span) {
		if more = len(rows) == n; more {
			break
		}
		rows = append(rows, row)
	}
	next := ""
	if more {
		next = rows[n-1].Value().TS
	}
	if forward {
		slices.Reverse(rows)
	}
	b := c.appendMessages(append(c.begin(), `,"messages":[`...), rows, in.IncludeAllMetadata)
	b = append(b, `],"has_more":`...)
	b = strconv.AppendBool(b, more)
	b = append(b, `,"pin_count":`...)
	b = strconv.AppendInt(b, c.pinCount(ch.ID), 10)
	b = append(b, `,"channel_actions_ts":null,"channel_actions_count":0`...)
	if in.Latest != "" {
		b = append(append(b, `,"latest":`...), encode(in.Latest)...)
	}
	if in.Oldest != "" {
		b = append(append(b, `,"oldest":`...), encode(in.Oldest)...)
	}
	return appendNext(b, next), nil
}

// conversationsReplies returns a thread: its first message at the head of each page, then the replies, oldest first.
//
// https://docs.slack.dev/reference/methods/conversations.replies
func (s *Slack) conversationsReplies(c *call, in *api.ConversationsRepliesRequest) (any, error) {
	ch, err := c.readable(in.Channel)
	if err != nil {
		return nil, err
	}
	root, ok := s.messages.Row(c.Tx, messageKey(ch.ID, in.TS))
	if !ok || root.Value().Ephemeral != "" {
		return nil, errThreadNotFound
	}
	span, err := spanOf(messageKey(ch.ID, in.TS)+"/", in.Oldest, in.Latest, in.Inclusive)
	if err != nil {
		return nil, err
	}
	after, err := nextTS(in.Cursor)
	if err != nil {
		return nil, err
	}
	if after != "" {
		span.From = span.Prefix + after + "\x00"
	}
	n := limit(in.Limit, 1000, 1000) - 1
	if after != "" {
		n = max(n, 1) // else a page of one would never get on
	}
	rows := []store.Row[Message]{root}
	more := false
	for row := range s.threads.Rows(c.Tx, span) {
		if more = len(rows) > n; more {
			break
		}
		rows = append(rows, row)
	}
	next := ""
	if more {
		next = rows[len(rows)-1].Value().TS
	}
	b := c.appendMessages(append(c.begin(), `,"messages":[`...), rows, in.IncludeAllMetadata)
	b = append(b, `],"has_more":`...)
	return appendNext(strconv.AppendBool(b, more), next), nil
}

// spanOf is the range of the keys that begin with prefix and go on with a ts from oldest to latest.
func spanOf(prefix, oldest, latest string, inclusive bool) (store.Range, error) {
	r := store.Range{Prefix: prefix}
	from, ok := parseTS(oldest)
	if !ok {
		return r, errInvalidTSOldest
	}
	to, ok := parseTS(latest)
	if !ok {
		return r, errInvalidTSLatest
	}
	if from != "" {
		r.From = prefix + from + bound(!inclusive)
	}
	if to != "" {
		r.To = prefix + to + bound(inclusive)
	}
	return r, nil
}

// bound is what a key is followed by to be past the key itself.
func bound(past bool) string {
	if past {
		return "\x00"
	}
	return ""
}

// nextTS returns the ts that a cursor of messages ends at; the cursor has it without its dot.
func nextTS(cursor string) (string, error) {
	key, err := from("next_ts", cursor)
	if err != nil || key == "" {
		return "", err
	}
	ts, ok := parseTS(key[:max(0, len(key)-6)] + "." + key[max(0, len(key)-6):])
	if !ok || len(key) < 7 {
		return "", errInvalidCursor
	}
	return ts, nil
}

// appendNext ends an answer with the cursor of the page after ts, if there is one.
func appendNext(b []byte, ts string) raw {
	if ts != "" {
		b = append(b, `,"response_metadata":{"next_cursor":"`...)
		b = append(b, cursor("next_ts", strings.Replace(ts, ".", "", 1))...)
		b = append(b, `"}`...)
	}
	return append(b, '}')
}

// parseTS returns a ts with all its digits; "" and "0" are no ts, "now" is the end of time.
func parseTS(s string) (string, bool) {
	switch s {
	case "", "0":
		return "", true
	case "now":
		return "9999999999.999999", true
	}
	sec, frac, _ := strings.Cut(s, ".")
	frac = frac[:min(6, len(frac))]
	if _, err := strconv.ParseUint(sec+frac, 10, 64); err != nil || len(sec) > 10 {
		return "", false
	}
	return strings.Repeat("0", 10-len(sec)) + sec + "." + frac + strings.Repeat("0", 6-len(frac)), true
}

// conversationsInfo returns one conversation.
//
// https://docs.slack.dev/reference/methods/conversations.info
func (s *Slack) conversationsInfo(c *call, in *api.ConversationsInfoRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	if err := c.needFor(ch, scopesRead, scopesRead); err != nil {
		return nil, err
	}
	v := c.channelView(ch, viewInfo)
	if in.IncludeNumMembers {
		v["num_members"] = c.countMembers(ch.ID)
	}
	if in.IncludeLocale {
		v["locale"] = or(c.user.Locale, "en-US")
	}
	return reply{"channel": v}, nil
}

// conversationsList returns the conversations that the caller can see, in the order of their ids.
//
// https://docs.slack.dev/reference/methods/conversations.list
func (s *Slack) conversationsList(c *call, in *api.ConversationsListRequest) (any, error) {
	types, err := c.conversationTypes(in.Types)
	if err != nil {
		return nil, err
	}
	team, err := c.workspace(in.TeamID)
	if err != nil {
		return nil, err
	}
	after, err := from("team", in.Cursor)
	if err != nil {
		return nil, err
	}
	if in.Limit > 1000 || in.Limit < 0 {
		return nil, errInvalidLimit
	}
	n := limit(in.Limit, 100, 1000)
	r := store.Range{}
	if after != "" {
		r.From = after + "\x00"
	}
	list, next := []reply{}, ""
	for ch := range s.channels.Range(c.Tx, r) {
		if ch.Deleted || !types[typeOf(ch)] || in.ExcludeArchived && ch.Archived || !inTeam(ch, team) || !c.sees(ch) {
			continue
		}
		if len(list) == n {
			next = cursor("team", list[n-1]["id"].(string))
			break
		}
		v := c.channelView(ch, viewListed)
		if !ch.IM {
			v["num_members"] = c.countMembers(ch.ID)
		}
		list = append(list, v)
	}
	return reply{"channels": list, "response_metadata": reply{"next_cursor": next}}, nil
}

// workspace returns the workspace that a call is about: the token's, or the one that it names of those the token is
// good for.
func (c *call) workspace(asked string) (string, error) {
	if asked == "" || asked == c.token.Team {
		if c.token.Org && asked == "" {
			return "", errMissingArgument
		}
		return c.token.Team, nil
	}
	t, ok := c.s.teams.Get(c.Tx, asked)
	own, _ := c.s.teams.Get(c.Tx, c.token.Team)
	if !ok || !c.token.Org || t.Enterprise != own.Enterprise && t.Enterprise != own.ID {
		return c.token.Team, nil // for a token of one workspace, team_id says nothing
	}
	return t.ID, nil
}

// conversationTypes reads a list of conversation types, and refuses a token that may not see one of them.
func (c *call) conversationTypes(asked string) (map[string]bool, error) {
	if asked == "" {
		asked = "public_channel"
	}
	scope := map[string]string{"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
	types := map[string]bool{}
	for _, t := range list(asked) {
		if scope[t] == "" {
			return nil, errInvalidTypes
		}
		if err := c.need(scope[t]); err != nil {
			return nil, err
		}
		types[t] = true
	}
	return types, nil
}

// typeOf is what conversations.list calls a kind of conversation.
func typeOf(ch Channel) string {
	switch {
	case ch.IM:
		return "im"
	case ch.MPIM:
		return "mpim"
	case ch.Private:
		return "private_channel"
	}
	return "public_channel"
}

// conversationsMembers returns who is in a conversation.
//
// https://docs.slack.dev/reference/methods/conversations.members
func (s *Slack) conversationsMembers(c *call, in *api.ConversationsMembersRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	if err := c.needFor(ch, scopesRead, scopesRead); err != nil {
		return nil, err
	}
	after, err := from("user", in.Cursor)
	if err != nil {
		return nil, err
	}
	if in.Limit < 0 || in.Limit > 1000 {
		return nil, errInvalidLimit
	}
	n := limit(in.Limit, 100, 1000)
	r := store.Range{Prefix: ch.ID + "/"}
	if after != "" {
		r.From = memberKey(ch.ID, after) + "\x00"
	}
	users, next := []string{}, ""
	for m := range s.members.Range(c.Tx, r) {
		if len(users) == n {
			next = cursor("user", users[n-1])
			break
		}
		users = append(users, m.User)
	}
	return reply{"members": users, "response_metadata": reply{"next_cursor": next}}, nil
}

// channel finds a conversation by id. One that the caller may not see is not there.
func (c *call) channel(id string) (Channel, bool) {
	ch, ok := c.s.channels.Get(c.Tx, id)
	return ch, ok && !ch.Deleted && c.sees(ch)
}

// managed finds a channel, not a direct conversation, that the token may manage by its scopes.
func (c *call) managed(id, bot, user string) (Channel, error) {
	ch, ok := c.channel(id)
	if !ok {
		return ch, errChannelNotFound
	}
	if err := c.needFor(ch, bot, user); err != nil {
		return ch, err
	}
	if ch.IM || ch.MPIM {
		return ch, errMethodNotSupportedForType
	}
	return ch, nil
}

// readable finds a conversation whose messages the caller may read.
func (c *call) readable(id string) (Channel, error) {
	ch, ok := c.channel(id)
	if !ok {
		return ch, errChannelNotFound
	}
	if err := c.needFor(ch, scopesHistory, scopesHistory); err != nil {
		return ch, err
	}
	if c.token.Kind == tokenBot && !c.isMember(ch) {
		return ch, errNotInChannel
	}
	return ch, nil
}

// sees reports whether the conversation is there for the caller: a public channel is, for all but guests; anything
// else is for those in it.
func (c *call) sees(ch Channel) bool {
	if !ch.Private && !ch.IM && !ch.MPIM && !c.user.Restricted && !c.user.UltraRestricted {
		return true
	}
	return c.isMember(ch)
}

// inTeam reports whether the conversation is shown in a workspace.
func inTeam(ch Channel, team string) bool {
	return ch.Team == team || ch.OrgWide || slices.Contains(ch.Teams, team)
}

func (c *call) isMember(ch Channel) bool {
	return c.user.ID != "" && c.s.members.Has(c.Tx, memberKey(ch.ID, c.user.ID))
}

// needFor asks for a scope that goes with the kind of conversation: the lists name one each, or some with a | between
// them, for channels, private channels, direct messages and those among several.
func (c *call) needFor(ch Channel, bot, user string) error {
	scopes := strings.Fields(user)
	if c.token.Kind == tokenBot {
		scopes = strings.Fields(bot)
	}
	of := map[string]int{"public_channel": 0, "private_channel": 1, "im": 2, "mpim": 3}[typeOf(ch)]
	return c.need(strings.Split(scopes[of], "|")...)
}

// channelName checks a name for a channel and returns it as it will be.
//
// https://docs.slack.dev/reference/methods/conversations.create#naming
func (c *call) channelName(name string) (string, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "#")
	switch {
	case name == "":
		return "", errInvalidNameRequired
	case utf8.RuneCountInString(name) > 80:
		return "", errInvalidNameMaxlength
	case strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPunct(r) }) < 0:
		return "", errInvalidNamePunctuation
	}
	for _, r := range name {
		lower := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_'
		if !lower && (r < 0x80 || strings.ToLower(string(r)) != string(r)) {
			return "", errInvalidNameSpecials
		}
	}
	if _, taken := c.s.channelsByName.Get(c.Tx, c.token.Team+"/"+name); taken {
		return "", errNameTaken
	}
	return name, nil
}

// newChannel puts a conversation into the workspace, with nobody in it.
func (c *call) newChannel(ch Channel) Channel {
	id := "C"
	if ch.IM {
		id = "D"
	}
	ch.ID, ch.Team, ch.Creator = c.id(id), or(ch.Team, c.token.Team), c.user.ID
	ch.Created, ch.Updated = c.Now.Unix(), c.Now.UnixMilli()
	c.s.channels.Put(c.Tx, ch)
	return ch
}

// peersKey is the same for the same people in any order.
func peersKey(peers []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(peers))), " ")
}

// join puts a user into a channel, says so there and tells everyone concerned.
func (c *call) join(ch Channel, user, inviter string) {
	c.s.members.Put(c.Tx, Member{Channel: ch.ID, User: user, Joined: c.Now.Unix(), Inviter: inviter})
	if ch.IM || ch.MPIM {
		return
	}
	u, _ := c.s.users.Get(c.Tx, user)
	extra := reply{}
	if inviter != "" && inviter != user {
		extra["inviter"] = inviter
	}
	c.announceBy(ch, u.ID, "join", "<@"+user+"> has joined the "+kind(ch, "channel", "group"), extra)
	body := reply{"user": user, "channel": ch.ID, "channel_type": letter(ch), "team": u.Team}
	if inviter != "" {
		body["inviter"] = inviter
	}
	c.emit(event{Type: "member_joined_channel", Channel: ch, Body: body})
}

// part takes a user out of a channel, says so there and tells everyone concerned, the user included.
func (c *call) part(ch Channel, user string) {
	u, _ := c.s.users.Get(c.Tx, user)
	c.announceBy(ch, user, "leave", "<@"+user+"> has left the "+kind(ch, "channel", "group"), nil)
	c.emit(event{Type: "member_left_channel", Channel: ch, Body: reply{"user": user, "channel": ch.ID, "channel_type": letter(ch), "team": u.Team}})
	c.emit(event{Type: kind(ch, "channel_left", "group_left"), Channel: ch, To: []string{user}, Body: reply{"channel": ch.ID, "actor_id": c.user.ID}})
	c.s.members.Delete(c.Tx, memberKey(ch.ID, user))
}

// letter is how member events tell a public channel from the rest.
func letter(ch Channel) string {
	if ch.Private {
		return "G"
	}
	return "C"
}

// kind picks the word for a public channel or for a private one.
func kind(ch Channel, public, private string) string {
	if ch.Private {
		return private
	}
	return public
}

// announce posts what the caller did to the channel as one of its messages: its subtype is channel_… or group_….
func (c *call) announce(ch Channel, what, text string, extra reply) {
	c.announceBy(ch, c.user.ID, what, "<@"+c.user.ID+"> "+text, extra)
}

func (c *call) announceBy(ch Channel, user, what, text string, extra reply) {
	m := Message{Channel: ch.ID, User: user, Team: ch.Team, Subtype: kind(ch, "channel_", "group_") + what, Text: text}
	if len(extra) > 0 {
		m.Extra = encode(extra)
	}
	c.say(ch, m)
}

// say puts a message that nobody wrote into a channel.
func (c *call) say(ch Channel, m Message) Message {
	ch, _ = c.s.channels.Get(c.Tx, ch.ID)
	m.TS = ch.nextTS(c.Now.UnixMicro())
	c.s.channels.Put(c.Tx, ch)
	c.s.messages.Put(c.Tx, m)
	c.emitMessage(ch, m)
	return m
}

func (c *call) countMembers(channel string) (n int) {
	for range c.s.members.Rows(c.Tx, prefix(channel+"/")) {
		n++
	}
	return n
}

// unread counts a member's messages after the reading mark, and those of them that ask to be read: not what Slack
// itself says of the channel.
func (c *call) unread(channel string, m Member) (all, shown int) {
	r := store.Range{Prefix: channel + "/", From: messageKey(channel, lastRead(m)) + "\x00"}
	for row := range c.s.history.Rows(c.Tx, r) {
		msg := row.Value()
		if msg.User == m.User || msg.Hidden {
			continue
		}
		all++
		if !housekeeping(msg.Subtype) {
			shown++
		}
	}
	return all, shown
}

// housekeeping reports whether a subtype is of the messages by which Slack tells what was done to a channel.
func housekeeping(subtype string) bool {
	return strings.HasPrefix(subtype, "channel_") || strings.HasPrefix(subtype, "group_") || subtype == "pinned_item"
}

// markRead moves a member's reading mark; it never moves back here.
func (c *call) markRead(channel, user, ts string) {
	m, ok := c.s.members.Get(c.Tx, memberKey(channel, user))
	if ok && m.LastRead < ts {
		m.LastRead = ts
		c.s.members.Put(c.Tx, m)
	}
}

// reopen shows a direct conversation again to those who had closed it.
func (c *call) reopen(ch Channel) {
	if !ch.IM && !ch.MPIM {
		return
	}
	for m := range c.s.members.All(c.Tx, ch.ID+"/") {
		if !m.Open {
			m.Open = true
			c.s.members.Put(c.Tx, m)
		}
	}
}

// Where a conversation is shown decides which of its keys are.
type view int

const (
	viewInfo view = iota
	viewListed
	viewCreated
	viewJoined
	viewOpened
	viewEvent
)

// isChannel reports whether Slack calls a conversation a channel, public or not. Private ones from before 2021 have ids
// with a G and are groups.
func isChannel(ch Channel) bool { return !ch.IM && !ch.MPIM && !strings.HasPrefix(ch.ID, "G") }

// channelView returns a conversation as the caller sees it.
//
// https://docs.slack.dev/reference/objects/conversation-object
func (c *call) channelView(ch Channel, where view) reply {
	team := or(c.token.Team, ch.Team)
	v := reply{
		"id": ch.ID, "created": ch.Created, "updated": ch.Updated, "is_archived": ch.Archived, "is_im": ch.IM,
		"is_org_shared": len(ch.Teams) > 1 || ch.OrgWide, "context_team_id": team,
	}
	me, member := c.s.members.Get(c.Tx, memberKey(ch.ID, c.user.ID))
	if ch.IM {
		other := c.peer(ch)
		v["user"] = other
		if where == viewListed {
			u, _ := c.s.users.Get(c.Tx, other)
			v["is_user_deleted"] = u.Deleted
		}
		if where != viewEvent {
			v["priority"] = 0
		}
		if where == viewInfo || where == viewOpened {
			c.addReading(v, ch, me)
		}
		return v
	}
	internal := ch.Teams
	if len(internal) == 0 {
		internal = []string{ch.Team}
	}
	merge(v, reply{
		"name": ch.Name, "name_normalized": ch.Name, "is_channel": isChannel(ch), "is_group": strings.HasPrefix(ch.ID, "G"),
		"is_mpim": ch.MPIM, "is_private": ch.Private || ch.MPIM, "is_general": ch.General, "unlinked": 0,
		"creator": ch.Creator, "is_shared": len(ch.External) > 0 || len(ch.Teams) > 1, "is_ext_shared": len(ch.External) > 0,
		"is_pending_ext_shared": len(ch.Pending) > 0, "pending_shared": ids(ch.Pending), "pending_connected_team_ids": ids(ch.Pending),
		"shared_team_ids": append(slices.Clone(internal), ch.External...), "topic": ch.Topic, "purpose": ch.Purpose, "previous_names": ids(ch.PreviousNames),
	})
	if where == viewEvent {
		v["is_moved"] = 0
		return v
	}
	v["is_member"] = member
	if p := c.properties(ch); len(p) > 0 && where != viewCreated && where != viewOpened {
		v["properties"] = p
	}
	switch where {
	case viewInfo:
		v["internal_team_ids"] = internal
		if len(ch.External) > 0 {
			v["connected_team_ids"], v["conversation_host_id"], v["connected_limited_team_ids"] = ch.External, ch.Team, ids(ch.ConnectedLimitedTeams)
		}
		if ch.ReadOnly {
			v["is_read_only"] = true
		}
		if ch.ThreadOnly {
			v["is_thread_only"] = true
		}
		if ch.OrgWide {
			v["is_org_default"], v["is_org_mandatory"] = true, ch.OrgMandatory
		}
	case viewJoined:
		v["priority"] = 0
	case viewCreated:
		v["internal_team_ids"], v["is_moved"] = internal, 0
	}
	if member && where != viewListed {
		v["last_read"] = lastRead(me)
	}
	if ch.MPIM && (where == viewInfo || where == viewOpened) {
		c.addReading(v, ch, me)
	}
	return v
}

// peer is whom the caller talks with in a direct conversation, who may be the caller.
func (c *call) peer(ch Channel) string {
	for _, p := range ch.Peers {
		if p != c.user.ID {
			return p
		}
	}
	return c.user.ID
}

// addReading tells how far a member of a direct conversation has read it.
func (c *call) addReading(v reply, ch Channel, me Member) {
	v["last_read"], v["is_open"], v["latest"] = lastRead(me), me.Open, nil
	v["unread_count"], v["unread_count_display"] = c.unread(ch.ID, me)
	for row := range c.s.history.Rows(c.Tx, store.Range{Prefix: ch.ID + "/", Desc: true}) {
		v["latest"] = c.messageView(*row.Value())
		break
	}
}

func lastRead(m Member) string {
	if m.LastRead == "" {
		return "0000000000.000000"
	}
	return m.LastRead
}

func merge(v, more reply) reply {
	for k, x := range more {
		v[k] = x
	}
	return v
}

// ids is a list that is never null.
func ids(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
