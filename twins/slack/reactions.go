package slack

import (
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// reactionsMethods are the reactions.* methods.
//
// https://docs.slack.dev/reference/methods?family=reactions
func (s *Slack) reactionsMethods() {
	write(s, "reactions.add", about{twin.Full, tier3, "reactions:write", "reactions:write"}, s.reactionsAdd).requires("name")
	write(s, "reactions.remove", about{twin.Full, tier2, "reactions:write", "reactions:write"}, s.reactionsRemove).requires("name")
	read(s, "reactions.get", about{twin.Full, tier3, "reactions:read", "reactions:read"}, s.reactionsGet)
	read(s, "reactions.list", about{twin.Full, tier2, "reactions:read", "reactions:read"}, s.reactionsList)
}

// How many emoji one user may react to a message with, and all of them together.
const (
	maxReactions = 23
	maxEmoji     = 50
)

// reactors are the users who have reacted to a message.
func (m Message) reactors() (users []string) {
	for _, r := range m.Reactions {
		users = append(users, r.Users...)
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// reactionsAdd reacts to a message with an emoji.
//
// https://docs.slack.dev/reference/methods/reactions.add
func (s *Slack) reactionsAdd(c *call, in *api.ReactionsAddRequest) (any, error) {
	name, ok := c.emojiName(in.Name)
	if !ok {
		return nil, errInvalidName
	}
	ch, m, err := c.item(in.Channel, in.Timestamp)
	if err != nil {
		return nil, err
	}
	mine := 0
	for _, r := range m.Reactions {
		if slices.Contains(r.Users, c.user.ID) {
			mine++
		}
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	switch {
	case ch.Archived:
		return nil, errIsArchived
	case !c.isMember(ch):
		return nil, errNotInChannel
	case c.threadLocked(m):
		return nil, errThreadLocked
	case i >= 0 && slices.Contains(m.Reactions[i].Users, c.user.ID):
		return nil, errAlreadyReacted
	case mine >= maxReactions:
		return nil, errTooManyReactions
	case i < 0 && len(m.Reactions) >= maxEmoji:
		return nil, errTooManyEmoji
	}
	m.Reactions = slices.Clone(m.Reactions)
	if i < 0 {
		i = len(m.Reactions)
		m.Reactions = append(m.Reactions, Reaction{Name: name})
	}
	r := m.Reactions[i]
	r.Users = append(slices.Clone(r.Users), c.user.ID)
	r.Count = len(r.Users)
	m.Reactions[i] = r
	s.messages.Put(c.Tx, m)
	c.emitReaction("reaction_added", ch, m, name)
	return nil, nil
}

// reactionsRemove takes a reaction back.
//
// https://docs.slack.dev/reference/methods/reactions.remove
func (s *Slack) reactionsRemove(c *call, in *api.ReactionsRemoveRequest) (any, error) {
	name, ok := c.emojiName(in.Name)
	if !ok {
		return nil, errInvalidName
	}
	if in.File != "" || in.FileComment != "" {
		return nil, c.removeFromFile(in, name)
	}
	ch, m, err := c.item(in.Channel, in.Timestamp)
	if err != nil {
		return nil, err
	}
	left, had := withoutReaction(m.Reactions, name, c.user.ID)
	switch {
	case ch.Archived:
		return nil, errIsArchived
	case !had:
		return nil, errNoReaction
	}
	m.Reactions = left
	s.messages.Put(c.Tx, m)
	c.emitReaction("reaction_removed", ch, m, name)
	return nil, nil
}

// removeFromFile takes back a reaction to a file. They are from the time before files were posted as messages, when
// one could react to them.
func (c *call) removeFromFile(in *api.ReactionsRemoveRequest, name string) error {
	if in.FileComment != "" {
		if _, _, err := c.comment(in.FileComment); err != nil {
			return err
		}
		return errNoReaction
	}
	f, err := c.file(in.File)
	if err != nil {
		return errFileNotFound
	}
	left, had := withoutReaction(f.Reactions, name, c.user.ID)
	if !had {
		return errNoReaction
	}
	f.Reactions = left
	c.s.files.Put(c.Tx, f)
	c.emit(event{Type: "reaction_removed", Body: reply{"user": c.user.ID, "reaction": name, "item_user": f.User, "item": reply{"type": "file", "file": f.ID}}})
	return nil
}

// withoutReaction takes a user's reaction away, and reports whether it was there.
func withoutReaction(all []Reaction, name, user string) (left []Reaction, had bool) {
	i := slices.IndexFunc(all, func(r Reaction) bool { return r.Name == name && slices.Contains(r.Users, user) })
	if i < 0 {
		return all, false
	}
	left = slices.Clone(all)
	r := left[i]
	r.Users = slices.DeleteFunc(slices.Clone(r.Users), func(u string) bool { return u == user })
	r.Count = len(r.Users)
	if left[i] = r; r.Count == 0 {
		left = slices.Delete(left, i, i+1)
	}
	return left, true
}

// comment finds a comment on a file that the caller may see.
func (c *call) comment(id string) (File, FileComment, error) {
	for fc := range c.s.fileComments.All(c.Tx, "") {
		if fc.ID == id {
			if f, err := c.file(fc.File); err == nil {
				return f, fc, nil
			}
		}
	}
	return File{}, FileComment{}, errFileCommentNotFound
}

// reactionsGet returns a message with the reactions to it.
//
// https://docs.slack.dev/reference/methods/reactions.get
func (s *Slack) reactionsGet(c *call, in *api.ReactionsGetRequest) (any, error) {
	if in.FileComment != "" {
		f, fc, err := c.comment(in.FileComment)
		if err != nil {
			return nil, err
		}
		return reply{"type": "file_comment", "file": c.fileView(f), "comment": c.commentView(fc)}, nil
	}
	if in.File != "" {
		f, err := c.file(in.File)
		if err != nil {
			return nil, errFileNotFound
		}
		return reply{"type": "file", "file": c.fileView(f)}, nil
	}
	ch, m, err := c.item(in.Channel, in.Timestamp)
	if err != nil {
		return nil, err
	}
	return reply{"type": "message", "channel": ch.ID, "message": c.withPermalink(m)}, nil
}

// reactionsList returns what a user has reacted to, as far as the caller may see it, the newest first.
//
// https://docs.slack.dev/reference/methods/reactions.list
func (s *Slack) reactionsList(c *call, in *api.ReactionsListRequest) (any, error) {
	user := or(in.User, c.user.ID)
	if !s.users.Has(c.Tx, user) {
		return nil, errUserNotFound
	}
	var items []Message
	for m := range s.reacted.All(c.Tx, user) {
		if _, ok := c.channel(m.Channel); ok {
			items = append(items, m)
		}
	}
	slices.SortStableFunc(items, func(a, b Message) int { return strings.Compare(b.TS, a.TS) })
	total, out := len(items), reply{}
	if in.Limit > 0 || in.Cursor != "" {
		var next string
		var err error
		if items, next, err = page(items, "reaction", in.Cursor, limit(in.Limit, 100, 1000), func(m Message) string { return messageKey(m.Channel, m.TS) }); err != nil {
			return nil, err
		}
		out["response_metadata"] = reply{"next_cursor": next}
	} else {
		n := limit(in.Count, 100, 1000)
		at := max(int(in.Page), 1)
		out["paging"] = reply{"count": n, "total": total, "page": at, "pages": (total + n - 1) / n}
		items = items[min((at-1)*n, total):min(at*n, total)]
	}
	list := []reply{}
	for _, m := range items {
		list = append(list, reply{"type": "message", "channel": m.Channel, "message": c.withPermalink(m)})
	}
	out["items"] = list
	return out, nil
}

// item finds the message that a channel and a timestamp name.
func (c *call) item(channel, timestamp string) (ch Channel, m Message, err error) {
	if channel == "" || timestamp == "" {
		return ch, m, errNoItemSpecified
	}
	ch, ok := c.channel(channel)
	if !ok {
		return ch, m, errChannelNotFound
	}
	ts, ok := parseTS(timestamp)
	if !ok || ts == "" || !strings.Contains(timestamp, ".") {
		return ch, m, errBadTimestamp
	}
	m, ok = c.s.messages.Get(c.Tx, messageKey(ch.ID, ts))
	if !ok || m.Hidden || m.Ephemeral != "" {
		return ch, m, errMessageNotFound
	}
	return ch, m, nil
}

// withPermalink is a message with its address.
func (c *call) withPermalink(m Message) reply {
	v := reply{}
	decodeInto(c.messageView(m), &v)
	v["permalink"] = c.permalink(m)
	return v
}

// threadLocked reports whether a message is in a thread that admins have locked.
func (c *call) threadLocked(m Message) bool {
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		m, _ = c.s.messages.Get(c.Tx, messageKey(m.Channel, m.ThreadTS))
	}
	return m.Locked
}

func (c *call) emitReaction(name string, ch Channel, m Message, emoji string) {
	c.emit(event{Type: name, Channel: ch, Body: reply{
		"user": c.user.ID, "reaction": emoji, "item_user": m.User, "item": reply{"type": "message", "channel": ch.ID, "ts": m.TS},
	}})
}

var (
	emojiPattern = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_+'-][\p{Ll}\p{Lo}\p{N}_+'.-]*(::skin-tone-[2-6])?$`)
	// emojiAliases are names that Slack keeps under another one.
	emojiAliases = map[string]string{"thumbsup": "+1", "thumbsdown": "-1"}
)

// emojiName returns the name under which Slack keeps an emoji.
func (c *call) emojiName(given string) (name string, ok bool) {
	name = strings.Trim(given, ":")
	if strings.HasPrefix(given, ":") && strings.HasSuffix(given, ":") || !strings.HasPrefix(given, ":") {
		base, tone, toned := strings.Cut(name, "::")
		if alias, is := emojiAliases[base]; is {
			base = alias
		}
		if name = base; toned {
			name += "::" + tone
		}
		return name, len([]rune(base)) <= 100 && emojiPattern.MatchString(name)
	}
	return name, false
}
