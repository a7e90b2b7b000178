package slack

import (
	"bytes"
	"encoding/json"
	"slices"

	"twinset.dev/kit/store"
)

// messageView is a message as Slack shows it.
type messageView struct {
	User            string          `json:"user,omitempty"`
	Type            string          `json:"type"`
	Subtype         string          `json:"subtype,omitempty"`
	TS              string          `json:"ts"`
	ClientMsgID     string          `json:"client_msg_id,omitempty"`
	BotID           string          `json:"bot_id,omitempty"`
	AppID           string          `json:"app_id,omitempty"`
	Username        string          `json:"username,omitempty"`
	Icons           any             `json:"icons,omitempty"`
	Text            string          `json:"text"`
	Team            string          `json:"team,omitempty"`
	BotProfile      json.RawMessage `json:"bot_profile,omitempty"`
	Edited          *Edit           `json:"edited,omitempty"`
	Blocks          json.RawMessage `json:"blocks,omitempty"`
	Attachments     json.RawMessage `json:"attachments,omitempty"`
	Files           []any           `json:"files,omitempty"`
	Upload          *bool           `json:"upload,omitempty"`
	DisplayAsBot    *bool           `json:"display_as_bot,omitempty"`
	Metadata        json.RawMessage `json:"metadata,omitempty"`
	ThreadTS        string          `json:"thread_ts,omitempty"`
	ParentUserID    string          `json:"parent_user_id,omitempty"`
	ReplyCount      int64           `json:"reply_count,omitempty"`
	ReplyUsersCount int64           `json:"reply_users_count,omitempty"`
	LatestReply     string          `json:"latest_reply,omitempty"`
	ReplyUsers      []string        `json:"reply_users,omitempty"`
	IsLocked        *bool           `json:"is_locked,omitempty"`
	Subscribed      *bool           `json:"subscribed,omitempty"`
	LastRead        string          `json:"last_read,omitempty"`
	Root            *messageView    `json:"root,omitempty"`
	Reactions       []Reaction      `json:"reactions,omitempty"`
	PinnedTo        []string        `json:"pinned_to,omitempty"`
	Hidden          bool            `json:"hidden,omitempty"`
	Inviter         string          `json:"inviter,omitempty"`
	AssistantThread json.RawMessage `json:"assistant_app_thread,omitempty"`
	extra           json.RawMessage
}

// MarshalJSON writes the keys of a subtype after those all messages have.
func (v messageView) MarshalJSON() ([]byte, error) {
	type plain messageView
	b := encode(plain(v))
	if len(v.extra) > 2 {
		b = append(append(b[:len(b)-1], ','), v.extra[1:]...)
	}
	return b, nil
}

// messageView returns a message as the caller sees it.
func (c *call) messageView(m Message) messageView {
	v := messageView{
		Type: "message", User: m.User, Subtype: m.Subtype, TS: m.TS, ClientMsgID: m.ClientMsgID, BotID: m.Bot, AppID: m.App,
		Username: m.Username, Text: m.Text, Team: m.Team, BotProfile: c.atHome(m.BotProfile), Edited: m.Edited,
		Blocks: m.Blocks, Attachments: m.Attachments, ThreadTS: m.ThreadTS, ParentUserID: m.Parent,
		Reactions: m.Reactions, Hidden: m.Hidden, Inviter: m.Inviter, Metadata: m.Metadata, AssistantThread: m.AssistantThread, extra: m.Extra,
	}
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
		v.Upload, v.DisplayAsBot = new(m.Subtype == ""), new(false)
	}
	if m.Replies > 0 {
		v.ReplyCount, v.ReplyUsersCount, v.LatestReply, v.ReplyUsers = m.Replies, m.RepliersCount, m.LatestReply, m.Repliers
		v.IsLocked = new(m.Locked)
		subscribed := slices.Contains(m.Subscribers, c.user.ID)
		v.Subscribed = new(subscribed)
		if subscribed {
			v.LastRead = or(m.ThreadLastRead[c.user.ID], m.LatestReply)
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
		return encode(v)
	}
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		switch m := row.Value(); {
		case len(m.Files) > 0 || m.Broadcast: // they show what other records say
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
