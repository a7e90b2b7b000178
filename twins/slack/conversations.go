package slack

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// Scopes of the conversations methods: one for each kind of conversation.
const (
	scopesRead    = "channels:read groups:read im:read mpim:read"
	scopesHistory = "channels:history groups:history im:history mpim:history"
	scopesManage  = "channels:manage groups:write im:write mpim:write"
	scopesWrite   = "channels:write groups:write im:write mpim:write"
)

// conversationsMethods are the conversations.* methods.
//
// https://docs.slack.dev/reference/methods?family=conversations
func (s *Slack) conversationsMethods() {
	write(s, "conversations.archive", about{twin.Full, tier2, scopesManage, scopesWrite}, s.conversationsArchive)
	write(s, "conversations.create", about{twin.Full, tier2, "channels:manage groups:write im:write mpim:write", scopesWrite}, s.conversationsCreate)
	read(s, "conversations.history", about{twin.Full, tier3, scopesHistory, scopesHistory}, s.conversationsHistory)
	read(s, "conversations.info", about{twin.Full, tier3, scopesRead, scopesRead}, s.conversationsInfo)
	read(s, "conversations.list", about{twin.Full, tier2, scopesRead, scopesRead}, s.conversationsList)
	read(s, "conversations.members", about{twin.Full, tier4, scopesRead, scopesRead}, s.conversationsMembers)
	write(s, "conversations.join", about{twin.Full, tier3, "channels:join", "channels:write"}, s.conversationsJoin)
}

// conversationsArchive closes a channel to new messages.
//
// https://docs.slack.dev/reference/methods/conversations.archive
func (s *Slack) conversationsArchive(c *call, in *api.ConversationsArchiveRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	if err := c.needFor(ch, scopesManage, scopesWrite); err != nil {
		return nil, err
	}
	switch {
	case ch.IM || ch.MPIM:
		return nil, errMethodNotSupportedForType
	case ch.General:
		return nil, errCantArchiveGeneral
	case ch.Archived:
		return nil, errAlreadyArchived
	case !c.isMember(ch) && c.token.Kind == tokenBot:
		return nil, errNotInChannel
	case c.user.UltraRestricted || c.user.Restricted:
		return nil, errUserIsRestricted
	}
	ch.Archived, ch.Updated = true, c.Now.UnixMilli()
	s.channels.Put(c.Tx, ch)
	c.announce(ch, "archive", "archived the channel", nil)
	c.emit(event{Type: kind(ch, "channel_archive", "group_archive"), Channel: ch, Body: reply{"channel": ch.ID, "user": c.user.ID, "is_moved": 0}})
	return nil, nil
}

// conversationsCreate makes a channel, with the caller in it.
//
// https://docs.slack.dev/reference/methods/conversations.create
func (s *Slack) conversationsCreate(c *call, in *api.ConversationsCreateRequest) (any, error) {
	scopes := "channels:manage channels:write"
	if in.IsPrivate {
		scopes = "groups:write"
	}
	if err := c.need(strings.Fields(scopes)...); err != nil {
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
	return reply{"channel": c.channelView(ch, viewCreated)}, nil
}

// conversationsHistory returns a conversation's messages, newest first.
//
// https://docs.slack.dev/reference/methods/conversations.history
func (s *Slack) conversationsHistory(c *call, in *api.ConversationsHistoryRequest) (any, error) {
	ch, err := c.readable(in.Channel)
	if err != nil {
		return nil, err
	}
	oldest, ok := parseTS(in.Oldest)
	if !ok {
		return nil, errInvalidTSOldest
	}
	latest, ok := parseTS(in.Latest)
	if !ok {
		return nil, errInvalidTSLatest
	}
	n := limit(in.Limit, 100, 999)
	r := store.Range{Prefix: ch.ID + "/", Desc: true}
	if latest != "" {
		r.To = messageKey(ch.ID, latest) + bound(in.Inclusive)
	}
	if oldest != "" {
		r.From = messageKey(ch.ID, oldest) + bound(!in.Inclusive)
	}
	if in.Cursor != "" {
		after, err := from("next_ts", in.Cursor)
		if err != nil {
			return nil, err
		}
		r.To = messageKey(ch.ID, after)
	}
	if in.Oldest != "" && in.Latest == "" && in.Cursor == "" {
		r = s.oldestFirst(c, r, n)
	}
	b := append(c.begin(), `,"messages":[`...)
	count, more, last := 0, false, ""
	for row := range s.history.Rows(c.Tx, r) {
		if count == n {
			more = true
			break
		}
		if count > 0 {
			b = append(b, ',')
		}
		b = c.appendMessage(b, row)
		last = row.Value().TS
		count++
	}
	b = append(b, `],"has_more":`...)
	b = strconv.AppendBool(b, more)
	b = append(b, `,"pin_count":`...)
	b = strconv.AppendInt(b, c.pinCount(ch.ID), 10)
	b = append(b, `,"channel_actions_ts":null,"channel_actions_count":0`...)
	if in.Latest != "" {
		b = append(b, `,"latest":`...)
		b = append(b, encode(in.Latest)...)
	}
	if in.Oldest != "" {
		b = append(b, `,"oldest":`...)
		b = append(b, encode(in.Oldest)...)
	}
	if more {
		b = append(b, `,"response_metadata":{"next_cursor":"`...)
		b = append(b, cursor("next_ts", last)...)
		b = append(b, `"}`...)
	}
	return raw(append(b, '}')), nil
}

// oldestFirst narrows r to its n oldest messages: with oldest alone, Slack pages from that end.
func (s *Slack) oldestFirst(c *call, r store.Range, n int) store.Range {
	r.Desc = false
	seen := 0
	for m := range s.history.Range(c.Tx, r) {
		if seen++; seen > n {
			r.To = messageKey(m.Channel, m.TS)
			break
		}
	}
	r.Desc = true
	return r
}

// bound is what a key is followed by to be past the key itself.
func bound(past bool) string {
	if past {
		return "\x00"
	}
	return ""
}

// parseTS returns a ts with all its digits; "" and "0" are no ts, "now" is the end of time.
func parseTS(s string) (string, bool) {
	if s == "" || s == "0" {
		return "", true
	}
	if s == "now" {
		return "9999999999.999999", true
	}
	sec, frac, _ := strings.Cut(s, ".")
	if len(sec) > 10 || len(frac) > 6 {
		frac = frac[:min(6, len(frac))]
	}
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
		v["locale"] = "en-US"
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
	after, err := from("channel", in.Cursor)
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
		if !types[typeOf(ch)] || in.ExcludeArchived && ch.Archived || !c.sees(ch) || !c.inTeam(ch) {
			continue
		}
		if len(list) == n {
			next = cursor("channel", list[n-1]["id"].(string))
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
	case c.user.Restricted || c.user.UltraRestricted:
		return nil, errUserIsRestricted
	}
	if c.isMember(ch) {
		c.warn("already_in_channel")
		return reply{"channel": c.channelView(ch, viewJoined)}, nil
	}
	c.join(ch, c.user.ID, "")
	return reply{"channel": c.channelView(ch, viewJoined)}, nil
}

// channel finds a conversation by id. One that the caller may not see is not there.
func (c *call) channel(id string) (Channel, bool) {
	ch, ok := c.s.channels.Get(c.Tx, id)
	return ch, ok && !ch.Deleted && c.sees(ch)
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

// inTeam reports whether the conversation is shown in the caller's workspace.
func (c *call) inTeam(ch Channel) bool {
	return ch.Team == c.token.Team || ch.OrgWide || slices.Contains(ch.Teams, c.token.Team)
}

func (c *call) isMember(ch Channel) bool {
	return c.user.ID != "" && c.s.members.Has(c.Tx, memberKey(ch.ID, c.user.ID))
}

// needFor asks for the scope that goes with the kind of conversation: the lists name one each for channels,
// private channels, direct messages and those among several.
func (c *call) needFor(ch Channel, bot, user string) error {
	scopes := strings.Fields(user)
	if c.token.Kind == tokenBot {
		scopes = strings.Fields(bot)
	}
	switch typeOf(ch) {
	case "private_channel":
		return c.need(scopes[1])
	case "im":
		return c.need(scopes[2])
	case "mpim":
		return c.need(scopes[3])
	}
	return c.need(scopes[0])
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
	case strings.Trim(name, "-_") == "":
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
	ch.ID, ch.Team, ch.Creator = c.id(id), c.token.Team, c.user.ID
	ch.Created, ch.Updated = c.Now.Unix(), c.Now.UnixMilli()
	c.s.channels.Put(c.Tx, ch)
	return ch
}

// openIM returns the direct conversation of the caller and another user, making it if there is none.
func (c *call) openIM(user string) (ch Channel, fresh bool) {
	peers := []string{c.user.ID, user}
	if ch, ok := c.s.channelsByPeers.Get(c.Tx, peersKey(peers)); ok {
		return ch, false
	}
	ch = c.newChannel(Channel{IM: true, Private: true, Peers: peers})
	for _, u := range slices.Compact(slices.Sorted(slices.Values(peers))) {
		c.s.members.Put(c.Tx, Member{Channel: ch.ID, User: u, Joined: c.Now.Unix(), Open: u == c.user.ID})
	}
	c.emit(event{Type: "im_created", Channel: ch, To: []string{c.user.ID}, Body: reply{"user": c.user.ID, "channel": c.channelView(ch, viewEvent)}})
	return ch, true
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
	c.announceBy(ch, c.user.ID, what, text, extra)
}

func (c *call) announceBy(ch Channel, user, what, text string, extra reply) {
	m := Message{Channel: ch.ID, User: user, Team: ch.Team, Subtype: kind(ch, "channel_", "group_") + what, Text: text}
	if len(extra) > 0 {
		m.Extra = encode(extra)
	}
	ch, _ = c.s.channels.Get(c.Tx, ch.ID)
	m.TS = ch.nextTS(c.Now.UnixMicro())
	c.s.channels.Put(c.Tx, ch)
	c.s.messages.Put(c.Tx, m)
	c.emitMessage(ch, m)
}

func (c *call) countMembers(channel string) (n int) {
	for range c.s.members.Rows(c.Tx, prefix(channel+"/")) {
		n++
	}
	return n
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
	viewEvent
)

// channelView returns a conversation as the caller sees it.
//
// https://docs.slack.dev/reference/objects/conversation-object
func (c *call) channelView(ch Channel, where view) reply {
	team := c.token.Team
	if team == "" {
		team = ch.Team
	}
	v := reply{
		"id": ch.ID, "created": ch.Created, "updated": ch.Updated, "is_archived": ch.Archived, "is_im": ch.IM,
		"is_org_shared": len(ch.Teams) > 1 || ch.OrgWide, "context_team_id": team,
	}
	if ch.IM {
		other := c.user.ID
		for _, p := range ch.Peers {
			if p != c.user.ID {
				other = p
			}
		}
		v["user"] = other
		if where == viewListed {
			u, _ := c.s.users.Get(c.Tx, other)
			v["is_user_deleted"] = u.Deleted
		}
		if where != viewEvent {
			v["priority"] = 0
		}
		if where == viewInfo {
			m, _ := c.s.members.Get(c.Tx, memberKey(ch.ID, c.user.ID))
			v["last_read"] = lastRead(m)
			delete(v, "priority")
		}
		return v
	}
	shared := ch.Teams
	if len(shared) == 0 {
		shared = []string{ch.Team}
	}
	merge(v, reply{
		"name": ch.Name, "name_normalized": ch.Name, "is_channel": !ch.Private && !ch.MPIM, "is_group": ch.Private && !ch.MPIM,
		"is_mpim": ch.MPIM, "is_private": ch.Private || ch.MPIM, "is_general": ch.General, "unlinked": 0,
		"creator": ch.Creator, "is_shared": len(ch.External) > 0 || len(ch.Teams) > 1, "is_ext_shared": len(ch.External) > 0,
		"is_pending_ext_shared": len(ch.Pending) > 0, "pending_shared": ids(ch.Pending), "pending_connected_team_ids": []string{},
		"shared_team_ids": append(slices.Clone(shared), ch.External...), "topic": ch.Topic, "purpose": ch.Purpose, "previous_names": ids(ch.PreviousNames),
	})
	if where == viewEvent {
		v["is_moved"] = 0
		return v
	}
	v["is_member"] = c.isMember(ch)
	if len(ch.Properties) > 0 && where != viewCreated {
		v["properties"] = ch.Properties
	}
	if where == viewInfo || where == viewCreated {
		m, ok := c.s.members.Get(c.Tx, memberKey(ch.ID, c.user.ID))
		if ok {
			v["last_read"] = lastRead(m)
		}
	}
	if where == viewCreated {
		v["priority"] = 0
	}
	return v
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
