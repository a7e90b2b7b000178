package slack

import (
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// directMethods are the conversations.* methods for direct messages, of two or of several.
//
// https://docs.slack.dev/reference/methods?family=conversations
func (s *Slack) directMethods() {
	write(s, "conversations.open", anyOf(twin.Full, tier3, scopesManage, scopesWrite), s.conversationsOpen)
	write(s, "conversations.close", anyOf(twin.Full, tier2, scopesManage, scopesWrite), s.conversationsClose).requires("channel")
}

// maxPeers is how many others a direct conversation can have.
const maxPeers = 8

// conversationsOpen shows the caller the direct conversation with some users, making it if there is none.
//
// https://docs.slack.dev/reference/methods/conversations.open
func (s *Slack) conversationsOpen(c *call, in *api.ConversationsOpenRequest) (any, error) {
	if in.Channel != "" {
		ch, ok := c.channel(in.Channel)
		switch {
		case !ok:
			return nil, errChannelNotFound
		case !ch.IM && !ch.MPIM:
			return nil, errMethodNotSupportedForType
		}
		if err := c.needFor(ch, scopesManage, scopesWrite); err != nil {
			return nil, err
		}
		return c.opened(ch, in.ReturnIM), nil
	}
	asked := list(in.Users)
	if len(asked) == 0 {
		return nil, errUsersListNotSupplied
	}
	peers := []string{c.user.ID}
	for _, id := range asked {
		u, ok := s.users.Get(c.Tx, id)
		switch {
		case !ok:
			return nil, errUserNotFound
		case u.Deleted:
			return nil, errUserDisabled
		case !c.knows(u):
			return nil, errUserNotVisible
		}
		if !slices.Contains(peers, id) {
			peers = append(peers, id)
		}
	}
	several := Channel{IM: len(peers) <= 2, MPIM: len(peers) > 2, Private: true, Peers: peers}
	if err := c.needFor(several, scopesManage, scopesWrite); err != nil {
		return nil, err
	}
	switch {
	case len(peers) == 1 && c.user.Bot:
		return nil, errNotEnoughUsers
	case len(peers) > maxPeers+1:
		return nil, errTooManyUsers
	case c.barred(several):
		return nil, errUserNotVisible
	}
	ch, ok := s.channelsByPeers.Get(c.Tx, peersKey(peers))
	switch {
	case ok:
		return c.opened(ch, in.ReturnIM), nil
	case in.PreventCreation:
		return nil, errChannelNotFound
	case several.IM:
		ch, _ = c.openIM(peers[len(peers)-1])
	default:
		ch = c.openMPIM(several)
	}
	return c.channelOpened(ch, in.ReturnIM), nil
}

// conversationsClose takes a direct conversation out of the caller's sight, until there is something new in it.
//
// https://docs.slack.dev/reference/methods/conversations.close
func (s *Slack) conversationsClose(c *call, in *api.ConversationsCloseRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	switch {
	case !ok:
		return nil, errChannelNotFound
	case !ch.IM && !ch.MPIM:
		return nil, errMethodNotSupportedForType
	}
	if err := c.needFor(ch, scopesManage, scopesWrite); err != nil {
		return nil, err
	}
	m, _ := s.members.Get(c.Tx, memberKey(ch.ID, c.user.ID))
	if !m.Open {
		return reply{"no_op": true, "already_closed": true}, nil
	}
	m.Open = false
	s.members.Put(c.Tx, m)
	name := "im_close"
	if ch.MPIM {
		name = "group_close"
	}
	c.emit(event{Type: name, Channel: ch, To: []string{c.user.ID}, Body: reply{"user": c.user.ID, "channel": ch.ID}})
	return nil, nil
}

// opened shows the caller a direct conversation that there is.
func (c *call) opened(ch Channel, full bool) reply {
	m, _ := c.s.members.Get(c.Tx, memberKey(ch.ID, c.user.ID))
	if m.Open {
		return merge(c.channelOpened(ch, full), reply{"no_op": true, "already_open": true})
	}
	m.Open = true
	c.s.members.Put(c.Tx, m)
	c.emitOpen(ch)
	return c.channelOpened(ch, full)
}

// channelOpened is the answer of conversations.open, which is short unless it is asked for all.
func (c *call) channelOpened(ch Channel, full bool) reply {
	if full {
		return reply{"channel": c.channelView(ch, viewOpened)}
	}
	return reply{"channel": reply{"id": ch.ID}}
}

func (c *call) emitOpen(ch Channel) {
	name := "im_open"
	if ch.MPIM {
		name = "group_open"
	}
	c.emit(event{Type: name, Channel: ch, To: []string{c.user.ID}, Body: reply{"user": c.user.ID, "channel": ch.ID}})
}

// knows reports whether a user is there for the caller: for a guest, only those are who share a channel with them, and
// the apps.
func (c *call) knows(u User) bool {
	if !c.user.Restricted && !c.user.UltraRestricted || u.ID == c.user.ID || u.Bot {
		return true
	}
	for m := range c.s.membersByUser.All(c.Tx, c.user.ID) {
		if c.s.members.Has(c.Tx, memberKey(m.Channel, u.ID)) {
			return true
		}
	}
	return false
}

// openIM returns the direct conversation of the caller and another user, making it if there is none.
func (c *call) openIM(user string) (ch Channel, fresh bool) {
	peers := []string{c.user.ID, user}
	if ch, ok := c.s.channelsByPeers.Get(c.Tx, peersKey(peers)); ok {
		return ch, false
	}
	ch = c.newChannel(Channel{IM: true, Private: true, Peers: peers})
	c.seat(ch)
	c.emit(event{Type: "im_created", Channel: ch, To: []string{c.user.ID}, Body: reply{"user": c.user.ID, "channel": c.channelView(ch, viewEvent)}})
	c.emitOpen(ch)
	return ch, true
}

// openMPIM makes the direct conversation of the caller and some others. Its name and its purpose tell who they are.
func (c *call) openMPIM(ch Channel) Channel {
	var names, mentions []string
	for _, p := range ch.Peers {
		u, _ := c.s.users.Get(c.Tx, p)
		names = append(names, u.Name)
		mentions = append(mentions, "@"+u.Name)
	}
	ch.Name = "mpdm-" + strings.Join(names, "--") + "-1"
	ch.Topic = Note{"Group messaging", c.user.ID, c.Now.Unix()}
	ch.Purpose = Note{"Group messaging with: " + strings.Join(mentions, " "), c.user.ID, c.Now.Unix()}
	ch = c.newChannel(ch)
	c.seat(ch)
	c.emitOpen(ch)
	return ch
}

// seat puts the peers of a direct conversation into it; so far only the caller is shown it.
func (c *call) seat(ch Channel) {
	for _, u := range slices.Compact(slices.Sorted(slices.Values(ch.Peers))) {
		c.s.members.Put(c.Tx, Member{Channel: ch.ID, User: u, Joined: c.Now.Unix(), Open: u == c.user.ID})
	}
}
