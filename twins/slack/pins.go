package slack

import (
	"cmp"
	"slices"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// pinsMethods are the pins.* methods.
//
// https://docs.slack.dev/reference/methods?family=pins
func (s *Slack) pinsMethods() {
	write(s, "pins.add", about{twin.Full, tier2, "pins:write", "pins:write"}, s.pinsAdd)
	write(s, "pins.remove", about{twin.Full, tier2, "pins:write", "pins:write"}, s.pinsRemove)
	read(s, "pins.list", about{twin.Full, tier2, "pins:read", "pins:read"}, s.pinsList).requires("channel")
}

// maxPins is how many messages can be pinned in one channel.
const maxPins = 100

// pinsAdd pins a message to its channel, and says so there.
//
// https://docs.slack.dev/reference/methods/pins.add
func (s *Slack) pinsAdd(c *call, in *api.PinsAddRequest) (any, error) {
	ch, m, err := c.pinnable(in.Channel, in.Timestamp)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Pinned:
		return nil, errAlreadyPinned
	case housekeeping(m.Subtype):
		return nil, errNotPinnable
	}
	if err := c.mayPin(ch); err != nil {
		return nil, err
	}
	m.Pinned, m.PinnedBy, m.PinnedAt = true, c.user.ID, c.Now.Unix()
	s.messages.Put(c.Tx, m)
	c.say(ch, Message{Channel: ch.ID, User: c.user.ID, Team: ch.Team, Subtype: "pinned_item", Text: "<@" + c.user.ID + "> pinned a message to this channel.",
		Extra: encode(reply{"item_type": "C", "item": c.pinItem(m)})})
	body := c.pinBody(ch, m)
	body["pinned_info"] = reply{"channel": ch.ID, "pinned_by": m.PinnedBy, "pinned_ts": m.PinnedAt}
	c.emit(event{Type: "pin_added", Channel: ch, Body: body})
	return nil, nil
}

// pinsRemove takes a pin off a message.
//
// https://docs.slack.dev/reference/methods/pins.remove
func (s *Slack) pinsRemove(c *call, in *api.PinsRemoveRequest) (any, error) {
	ch, m, err := c.pinnable(in.Channel, in.Timestamp)
	if err != nil {
		return nil, err
	}
	if !m.Pinned {
		return nil, errNoPin
	}
	s.messages.Put(c.Tx, c.unpin(ch, m))
	return nil, nil
}

// pinsList returns what is pinned to a channel, the newest pin first.
//
// https://docs.slack.dev/reference/methods/pins.list
func (s *Slack) pinsList(c *call, in *api.PinsListRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	pins := slices.Collect(s.pinned.All(c.Tx, ch.ID))
	slices.SortStableFunc(pins, func(a, b Message) int {
		return cmp.Or(cmp.Compare(b.pinnedAt(), a.pinnedAt()), cmp.Compare(b.TS, a.TS))
	})
	items := []reply{}
	for _, m := range pins {
		items = append(items, c.pinItem(m))
	}
	return reply{"items": items}, nil
}

// pinnable finds a message in a channel that the caller is in.
func (c *call) pinnable(channel, timestamp string) (ch Channel, m Message, err error) {
	ch, ok := c.channel(channel)
	switch {
	case !ok:
		return ch, m, errChannelNotFound
	case timestamp == "":
		return ch, m, errNoItemSpecified
	}
	if ch, m, err = c.item(channel, timestamp); err != nil {
		return ch, m, err
	}
	switch {
	case ch.Archived:
		return ch, m, errIsArchived
	case !c.isMember(ch):
		return ch, m, errNotInChannel
	}
	return ch, m, nil
}

// mayPin refuses a pin too many.
func (c *call) mayPin(ch Channel) error {
	if c.pinCount(ch.ID) >= maxPins {
		return errTooManyPins
	}
	return nil
}

func (c *call) pinCount(channel string) (n int64) {
	for range c.s.pinned.All(c.Tx, channel) {
		n++
	}
	return n
}

// unpin takes the pin off a message, which is still to be stored, and tells everyone concerned.
func (c *call) unpin(ch Channel, m Message) Message {
	body := c.pinBody(ch, m)
	m.Pinned, m.PinnedBy, m.PinnedAt = false, "", 0
	body["pin_count"] = c.pinCount(ch.ID) - 1
	body["has_pins"] = c.pinCount(ch.ID) > 1
	c.emit(event{Type: "pin_removed", Channel: ch, Body: body})
	return m
}

// pinBody is what pin events tell.
func (c *call) pinBody(ch Channel, m Message) reply {
	return reply{"user": c.user.ID, "channel_id": ch.ID, "item": c.pinItem(m), "item_user": m.User, "pin_count": c.pinCount(ch.ID)}
}

func (c *call) pinItem(m Message) reply {
	return reply{"type": "message", "channel": m.Channel, "created": m.pinnedAt(), "created_by": or(m.PinnedBy, m.author()), "message": c.withPermalink(m)}
}

// pinnedAt is when a message was pinned; a seeded one, as soon as it was posted.
func (m Message) pinnedAt() int64 {
	if m.PinnedAt == 0 {
		return tsTime(m.TS).Unix()
	}
	return m.PinnedAt
}
