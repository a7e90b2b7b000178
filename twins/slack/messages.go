package slack

import (
	"bytes"
	"encoding/json"
	"slices"

	"twinset.dev/kit/store"
)

// messageView is a message as Slack shows it.
type messageView struct {
	User, Subtype, TS, ClientMsgID, BotID, AppID, Username, Text, Team string
	ThreadTS, ParentUserID, LatestReply, LastRead, Inviter             string
	BotProfile, Blocks, Attachments, Metadata, AssistantThread, extra  json.RawMessage
	rareView
}

// rareView has the keys that most messages do without.
type rareView struct {
	Icons           any          `json:"icons,omitempty"`
	Edited          *Edit        `json:"edited,omitempty"`
	Files           []any        `json:"files,omitempty"`
	Upload          *bool        `json:"upload,omitempty"`
	DisplayAsBot    *bool        `json:"display_as_bot,omitempty"`
	ReplyCount      int64        `json:"reply_count,omitempty"`
	ReplyUsersCount int64        `json:"reply_users_count,omitempty"`
	ReplyUsers      []string     `json:"reply_users,omitempty"`
	IsLocked        *bool        `json:"is_locked,omitempty"`
	Subscribed      *bool        `json:"subscribed,omitempty"`
	Root            *messageView `json:"root,omitempty"`
	Reactions       []Reaction   `json:"reactions,omitempty"`
	PinnedTo        []string     `json:"pinned_to,omitempty"`
	Hidden          bool         `json:"hidden,omitempty"`
}

// MarshalJSON writes the keys of a subtype after those all messages have.
func (v messageView) MarshalJSON() ([]byte, error) { return v.append(nil), nil }

// append appends the view as JSON: the hot path of posting and reading. The rarer keys go through encode.
func (v messageView) append(b []byte) []byte {
	text := func(key, value string) {
		if value != "" {
			b = appendString(append(b, key...), value)
		}
	}
	raw := func(key string, value json.RawMessage) {
		if len(value) > 0 {
			b = append(append(b, key...), value...)
		}
	}
	b = append(b, `{"type":"message"`...)
	text(`,"subtype":`, v.Subtype)
	text(`,"user":`, v.User)
	b = appendString(append(b, `,"ts":`...), v.TS)
	text(`,"client_msg_id":`, v.ClientMsgID)
	text(`,"bot_id":`, v.BotID)
	text(`,"app_id":`, v.AppID)
	text(`,"username":`, v.Username)
	b = appendString(append(b, `,"text":`...), v.Text)
	text(`,"team":`, v.Team)
	raw(`,"bot_profile":`, v.BotProfile)
	raw(`,"blocks":`, v.Blocks)
	raw(`,"attachments":`, v.Attachments)
	raw(`,"metadata":`, v.Metadata)
	raw(`,"assistant_app_thread":`, v.AssistantThread)
	text(`,"thread_ts":`, v.ThreadTS)
	text(`,"parent_user_id":`, v.ParentUserID)
	text(`,"latest_reply":`, v.LatestReply)
	text(`,"last_read":`, v.LastRead)
	text(`,"inviter":`, v.Inviter)
	if rare := encode(v.rareView); len(rare) > 2 {
		b = append(append(b, ','), rare[1:len(rare)-1]...)
	}
	if len(v.extra) > 2 {
		b = append(append(b, ','), v.extra[1:len(v.extra)-1]...)
	}
	return append(b, '}')
}

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return append(b, encode(s)...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// messageView returns a message as the caller sees it.
func (c *call) messageView(m Message) messageView {
	v := messageView{
		User: m.User, Subtype: m.Subtype, TS: m.TS, ClientMsgID: m.ClientMsgID, BotID: m.Bot, AppID: m.App,
		Username: m.Username, Text: m.Text, Team: m.Team, BotProfile: c.atHome(m.BotProfile),
		Blocks: m.Blocks, Attachments: m.Attachments, ThreadTS: m.ThreadTS, ParentUserID: m.Parent,
		Inviter: m.Inviter, Metadata: m.Metadata, AssistantThread: m.AssistantThread, extra: m.Extra,
	}
	v.Edited, v.Reactions, v.Hidden = m.Edited, m.Reactions, m.Hidden
	if m.IconEmoji != "" {
		v.Icons = reply{"emoji": m.IconEmoji}
	} else if m.IconURL != "" {
		v.Icons = reply{"image_36": m.IconURL, "image_48": m.IconURL, "image_72": m.IconURL}
	}
	if m.Pinned {
		v.PinnedTo = []string{m.Channel}
	}
	if len(m.Files) > 0 {
		v.Files = c.fileViews(m.Files)
		v.Upload, v.DisplayAsBot = new(false), new(false)
	}
	if m.Call != "" {
		v.Blocks = c.callBlocks(m.Blocks)
	}
	if m.Replies > 0 {
		v.ReplyCount, v.ReplyUsersCount, v.LatestReply, v.ReplyUsers = m.Replies, m.RepliersCount, m.LatestReply, m.Repliers
		v.IsLocked = new(m.Locked)
		subscribed := slices.Contains(m.Subscribers, c.user.ID)
		v.Subscribed = new(subscribed)
		if subscribed {
			v.LastRead = or(m.ThreadLastRead[c.user.ID], m.TS)
		}
	}
	if m.Broadcast {
		if root, ok := c.s.messages.Get(c.Tx, messageKey(m.Channel, m.ThreadTS)); ok {
			root.Broadcast = false
			v.Root = new(c.messageView(root))
		}
	}
	return v
}

// atHome writes out the links of stored JSON that are kept without the address by which the caller knows the twin.
func (c *call) atHome(stored json.RawMessage) json.RawMessage {
	return bytes.ReplaceAll(stored, []byte(`":"/avatars/`), []byte(`":"`+c.base+`/avatars/`))
}

// appendMessages appends messages as the caller sees them to JSON, with commas between. What a message looks like is
// kept beside its row; a thread's first message looks different to those who follow the thread.
func (c *call) appendMessages(b []byte, rows []store.Row[Message], metadata bool) []byte {
	same := c.base
	if metadata {
		same += " metadata"
	}
	own := same + " " + c.user.ID
	encoded := func(m *Message) []byte {
		v := c.messageView(*m)
		if !metadata {
			v.Metadata = nil
		}
		return v.append(make([]byte, 0, 512+len(v.Text)+len(v.BotProfile)+len(v.Blocks)+len(v.Attachments)+len(v.Metadata)))
	}
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		switch m := row.Value(); {
		case len(m.Files) > 0 || m.Call != "" || m.Broadcast: // they show what other records say
			b = append(b, encoded(m)...)
		case m.Replies > 0:
			b = append(b, row.Memo(own, encoded)...)
		default:
			b = append(b, row.Memo(same, encoded)...)
		}
	}
	return b
}

// prefix is the range of the keys that begin with p.
func prefix(p string) store.Range { return store.Range{Prefix: p} }

// decodeInto turns a view into keys that can be added to.
func decodeInto(v any, into *reply) {
	if err := json.Unmarshal(encode(v), into); err != nil {
		panic(err) // it was encoded a moment ago
	}
}
