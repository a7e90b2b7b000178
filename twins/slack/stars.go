package slack

import (
	"encoding/json"
	"slices"
	"strings"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// starsMethods are the stars.* methods: what is saved for later.
//
// https://docs.slack.dev/reference/methods?family=stars
func (s *Slack) starsMethods() {
	write(s, "stars.add", about{twin.Full, tier2, "-", "stars:write"}, s.starsAdd)
	write(s, "stars.remove", about{twin.Full, tier2, "-", "stars:write"}, s.starsRemove)
	read(s, "stars.list", about{twin.Full, tier3, "-", "stars:read"}, s.starsList)
}

// A Star marks something for one person: a message, a file, or a whole channel.
//
// https://docs.slack.dev/reference/methods/stars.list
type Star struct {
	User    string `json:"user"`
	Channel string `json:"channel"`
	TS      string `json:"ts"`
	File    string `json:"file"`
	Comment string `json:"comment"`
	At      int64  `json:"at"` // microseconds
}

// item is what is starred, the same for every user.
func (st Star) item() string {
	if st.File != "" {
		return st.File + " " + st.Comment
	}
	return st.Channel + " " + st.TS
}

// starred finds what the arguments of stars.add and stars.remove name.
func (c *call) starred(channel, file, comment, ts string) (Star, error) {
	st := Star{User: c.user.ID}
	switch {
	case file != "":
		if _, err := c.file(file); err != nil {
			return st, errFileNotFound
		}
		st.File = file
		return st, nil
	case comment != "":
		return st, errFileCommentNotFound // there have been none since 2018
	case channel == "":
		return st, errNoItemSpecified
	}
	ch, ok := c.channel(channel)
	if !ok {
		return st, errChannelNotFound
	}
	st.Channel = ch.ID
	if ts == "" {
		return st, nil
	}
	if st.TS, ok = parseTS(ts); !ok || !strings.Contains(ts, ".") {
		return st, errBadTimestamp
	}
	if m, ok := c.s.messages.Get(c.Tx, messageKey(ch.ID, st.TS)); !ok || m.Hidden || m.Ephemeral != "" && m.Ephemeral != c.user.ID {
		return st, errMessageNotFound
	}
	return st, nil
}

// starsAdd saves something for the caller.
//
// https://docs.slack.dev/reference/methods/stars.add
func (s *Slack) starsAdd(c *call, in *api.StarsAddRequest) (any, error) {
	st, err := c.starred(in.Channel, in.File, in.FileComment, in.Timestamp)
	if err != nil {
		return nil, err
	}
	if s.stars.Has(c.Tx, st.User+"/"+st.item()) {
		return nil, errAlreadyStarred
	}
	st.At = c.Now.UnixMicro()
	s.stars.Put(c.Tx, st)
	c.emitStar("star_added", st)
	return nil, nil
}

// starsRemove forgets something that the caller saved.
//
// https://docs.slack.dev/reference/methods/stars.remove
func (s *Slack) starsRemove(c *call, in *api.StarsRemoveRequest) (any, error) {
	st, err := c.starred(in.Channel, in.File, in.FileComment, in.Timestamp)
	if err != nil {
		return nil, err
	}
	kept, ok := s.stars.Get(c.Tx, st.User+"/"+st.item())
	if !ok {
		return nil, errNotStarred
	}
	s.stars.Delete(c.Tx, st.User+"/"+st.item())
	c.emitStar("star_removed", kept)
	return nil, nil
}

func (c *call) emitStar(name string, st Star) {
	if item, ok := c.starView(st); ok {
		c.emit(event{Type: name, To: []string{st.User}, Body: reply{"user": st.User, "item": item}})
	}
}

// starsList returns what the caller saved, newest first, but for what is gone since.
//
// https://docs.slack.dev/reference/methods/stars.list
func (s *Slack) starsList(c *call, in *api.StarsListRequest) (any, error) {
	type item struct {
		key  string
		view reply
	}
	items := []item{}
	for st := range s.starsByUser.Range(c.Tx, store.Range{Prefix: c.user.ID + "/"}) {
		if v, ok := c.starView(st); ok {
			items = append(items, item{st.item(), v})
		}
	}
	slices.Reverse(items)
	views := func(items []item) []reply {
		list := []reply{}
		for _, it := range items {
			list = append(list, it.view)
		}
		return list
	}
	if in.Limit > 0 || in.Cursor != "" {
		cut, next, err := page(items, "star", in.Cursor, limit(in.Limit, 100, 1000), func(it item) string { return it.key })
		if err != nil {
			return nil, err
		}
		return reply{"items": views(cut), "response_metadata": reply{"next_cursor": next}}, nil
	}
	cut, p := pageOf(items, int64(limit(in.Count, 100, 1000)), in.Page)
	return reply{"items": views(cut), "paging": p}, nil
}

// starView is what is starred, if it is still there for the caller.
func (c *call) starView(st Star) (reply, bool) {
	if st.File != "" {
		f, err := c.file(st.File)
		if err != nil {
			return nil, false
		}
		return reply{"type": "file", "file": c.fileFacts(f), "date_create": st.At / 1e6}, true
	}
	ch, ok := c.channel(st.Channel)
	if !ok {
		return nil, false
	}
	v := reply{"type": "channel", "channel": ch.ID, "date_create": st.At / 1e6}
	switch {
	case st.TS != "":
		m, ok := c.s.messages.Get(c.Tx, messageKey(ch.ID, st.TS))
		if !ok || m.Hidden {
			return nil, false
		}
		v["type"], v["message"] = "message", c.starredMessage(m)
	case ch.IM:
		v["type"] = "im"
	case ch.Private:
		v["type"] = "group"
	}
	return v, true
}

// starredMessage is a message as saved items show it.
func (c *call) starredMessage(m Message) reply {
	v := c.messageReply(m)
	v["permalink"], v["is_starred"] = c.permalink(m), true
	return v
}

// messageReply is a message as the caller sees it, as an object that more can be added to.
func (c *call) messageReply(m Message) reply {
	v := reply{}
	json.Unmarshal(encode(c.messageView(m)), &v)
	return v
}
