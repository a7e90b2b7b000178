package slack

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// assistantMethods are the assistant.* methods.
//
// https://docs.slack.dev/ai
func (s *Slack) assistantMethods() {
	const scopes = "chat:write assistant:write"
	write(s, "assistant.threads.setStatus", about{twin.Full, special, scopes, "-"}, s.assistantThreadsSetStatus).requires("channel_id", "thread_ts", "status")
	write(s, "assistant.threads.setTitle", about{twin.Full, tier4, "assistant:write", "-"}, s.assistantThreadsSetTitle).requires("channel_id", "thread_ts", "title")
	write(s, "assistant.threads.setSuggestedPrompts", about{twin.Full, tier4, "assistant:write", "-"}, s.assistantThreadsSetSuggestedPrompts).requires("channel_id", "prompts")
	m := read(s, "assistant.search.context", about{twin.Partial, special, "search:read.public search:read.files search:read.users",
		"search:read search:read.public search:read.private search:read.im search:read.mpim search:read.files search:read.users"}, s.assistantSearchContext)
	m.op.Notes = "finds messages and channels by their words; not by meaning, and no files or people"
}

// timerThreadStatus takes away what an assistant said it was doing.
const timerThreadStatus = "thread_status"

// statusLasts is how long a status stays if the assistant says nothing more.
const statusLasts = 2 * time.Minute

// assistantThreadsSetStatus says what the app is doing in a thread, until it posts something there; an empty status says
// nothing.
//
// https://docs.slack.dev/reference/methods/assistant.threads.setStatus
func (s *Slack) assistantThreadsSetStatus(c *call, in *api.AssistantThreadsSetStatusRequest) (any, error) {
	x, err := c.assistantThread(in.ChannelID, in.ThreadTS)
	if err != nil {
		return nil, err
	}
	if _, code := s.sessions.Get(c.Tx, AgentSession{Channel: in.ChannelID}.key()); code {
		return nil, errMethodNotSupportedForType
	}
	if len(in.LoadingMessages) > 10 {
		return nil, invalid("[ERROR] no more than 10 items allowed [json-pointer:/loading_messages]")
	}
	x.Doing, x.Loading, x.DoingUsername = in.Status, in.LoadingMessages, in.Username
	s.sessions.Put(c.Tx, x)
	if in.Status == "" {
		c.Cancel("slack", timerThreadStatus, x.key())
	} else {
		c.At(c.Now.Add(statusLasts), "slack", timerThreadStatus, x.key())
	}
	return nil, nil
}

// threadStatusEnds takes away what an assistant said it was doing.
func (s *Slack) threadStatusEnds(c *twin.Call, key string) {
	if x, ok := s.sessions.Get(c.Tx, key); ok {
		x.Doing, x.Loading = "", nil
		s.sessions.Put(c.Tx, x)
	}
}

// spoken takes away what an assistant said it was doing in the thread where it has just posted.
func (c *call) spoken(m Message) {
	if m.ThreadTS == "" || m.App == "" {
		return
	}
	if x, ok := c.s.sessions.Get(c.Tx, AgentSession{Channel: m.Channel, Thread: m.ThreadTS}.key()); ok && x.Doing != "" && x.App == m.App {
		c.s.threadStatusEnds(c.Call, x.key())
		c.Cancel("slack", timerThreadStatus, x.key())
	}
}

// assistantThreadsSetTitle gives a thread with an app a title, which its first message shows.
//
// https://docs.slack.dev/reference/methods/assistant.threads.setTitle
func (s *Slack) assistantThreadsSetTitle(c *call, in *api.AssistantThreadsSetTitleRequest) (any, error) {
	x, err := c.assistantThread(in.ChannelID, in.ThreadTS)
	if err != nil {
		return nil, err
	}
	x.Title = in.Title
	s.sessions.Put(c.Tx, x)
	m, _ := s.messages.Get(c.Tx, messageKey(in.ChannelID, in.ThreadTS))
	was := c.messageView(m)
	m.AssistantThread = encode(reply{"title": in.Title, "title_blocks": c.richText(in.Title)})
	s.messages.Put(c.Tx, m)
	ch, _ := c.channel(in.ChannelID)
	c.emitChanged(ch, m, was)
	return nil, nil
}

// assistantThreadsSetSuggestedPrompts offers a person something to ask. Without a thread it is offered at the latest one.
//
// https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
func (s *Slack) assistantThreadsSetSuggestedPrompts(c *call, in *api.AssistantThreadsSetSuggestedPromptsRequest) (any, error) {
	thread := in.ThreadTS
	if thread == "" {
		for row := range s.history.Rows(c.Tx, store.Range{Prefix: in.ChannelID + "/", Desc: true}) {
			thread = or(row.Value().ThreadTS, row.Value().TS)
			break
		}
	}
	x, err := c.assistantThread(in.ChannelID, thread)
	if err != nil {
		return nil, err
	}
	var prompts []struct {
		Title   string `json:"title"`
		Message string `json:"message"`
	}
	if json.Unmarshal(in.Prompts, &prompts) != nil {
		return nil, invalid("[ERROR] must provide an array [json-pointer:/prompts]")
	}
	for _, p := range prompts {
		if p.Title == "" || p.Message == "" {
			return nil, invalid("[ERROR] each prompt must have a title and a message [json-pointer:/prompts]")
		}
	}
	x.Prompts, x.PromptsTitle = encode(prompts), in.Title
	s.sessions.Put(c.Tx, x)
	return nil, nil
}

// assistantThread finds the session of a thread that the app is in, which is new if there was none.
func (c *call) assistantThread(channel, thread string) (x AgentSession, err error) {
	ch, ok := c.channel(channel)
	if !ok || !c.isMember(ch) {
		return x, errChannelNotFound.with(reply{"detail": "Invalid channel_id"})
	}
	if m, ok := c.s.messages.Get(c.Tx, messageKey(channel, thread)); !ok || m.Hidden || m.Ephemeral != "" {
		return x, errInvalidThreadTS
	}
	x, ok = c.s.sessions.Get(c.Tx, AgentSession{Channel: channel, Thread: thread}.key())
	if !ok {
		x = AgentSession{Channel: channel, Thread: thread, App: c.token.App, Team: c.token.Team}
	}
	return x, nil
}

// assistantSearchRequest are the arguments of assistant.search.context, which no specification has.
type assistantSearchRequest struct {
	Query                   string   `json:"query"`
	ActionToken             string   `json:"action_token"`
	ChannelTypes            []string `json:"channel_types"`
	ContentTypes            []string `json:"content_types"`
	ContextChannelID        string   `json:"context_channel_id"`
	Cursor                  string   `json:"cursor"`
	IncludeBots             bool     `json:"include_bots"`
	Limit                   int64    `json:"limit"`
	IncludeDeletedUsers     bool     `json:"include_deleted_users"`
	Before                  int64    `json:"before"`
	After                   int64    `json:"after"`
	IncludeContextMessages  bool     `json:"include_context_messages"`
	Sort                    string   `json:"sort"`
	SortDir                 string   `json:"sort_dir"`
	IncludeMessageBlocks    bool     `json:"include_message_blocks"`
	Highlight               bool     `json:"highlight"`
	TermClauses             []string `json:"term_clauses"`
	Modifiers               string   `json:"modifiers"`
	IncludeArchivedChannels bool     `json:"include_archived_channels"`
	DisableSemanticSearch   bool     `json:"disable_semantic_search"`
}

// found is a message that a search has found, and how well it fits.
type found struct {
	Message
	score int
}

// assistantSearchContext finds what an app needs to know to answer a question.
//
// https://docs.slack.dev/reference/methods/assistant.search.context
func (s *Slack) assistantSearchContext(c *call, in *assistantSearchRequest) (any, error) {
	words := strings.FieldsFunc(strings.ToLower(in.Query), func(r rune) bool {
		return !(r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 0x7f)
	})
	if len(words) == 0 {
		return nil, errMissingQuery
	}
	if in.ContextChannelID != "" {
		if _, ok := c.channel(in.ContextChannelID); !ok {
			return nil, Error("context_channel_not_found")
		}
	}
	types := in.ChannelTypes
	if len(types) == 0 {
		types = []string{"public_channel"}
	}
	contents := in.ContentTypes
	if len(contents) == 0 {
		contents = []string{"messages"}
	}
	n := limit(in.Limit, 20, 20)
	var messages []found
	channels := []reply{}
	for ch := range s.channels.All(c.Tx, "") {
		if ch.Deleted || ch.Archived && !in.IncludeArchivedChannels || !slices.Contains(types, typeOf(ch)) || !c.sees(ch) || !inTeam(ch, c.token.Team) {
			continue
		}
		if slices.Contains(contents, "channels") && !ch.IM && fits(ch.Name+" "+ch.Topic.Value+" "+ch.Purpose.Value, words) > 0 && len(channels) < n {
			creator, _ := s.users.Get(c.Tx, ch.Creator)
			channels = append(channels, reply{"team_id": ch.Team, "creator_user_id": ch.Creator, "creator_name": creator.RealName, "date_created": ch.Created,
				"date_updated": ch.Updated / 1000, "name": ch.Name, "topic": ch.Topic.Value, "purpose": ch.Purpose.Value, "permalink": c.base + "/archives/" + ch.ID})
		}
		if !slices.Contains(contents, "messages") {
			continue
		}
		for m := range s.messages.All(c.Tx, ch.ID+"/") {
			at := tsTime(m.TS).Unix()
			if m.Hidden || m.Ephemeral != "" || housekeeping(m.Subtype) || m.Bot != "" && m.BotProfile != nil && c.isBot(m.User) && !in.IncludeBots ||
				in.Before > 0 && at >= in.Before || in.After > 0 && at <= in.After {
				continue
			}
			score := fits(m.Text, words)
			for _, clause := range in.TermClauses {
				if fits(m.Text, strings.Fields(strings.ToLower(clause))) == 0 {
					score = 0
				}
			}
			if score > 0 {
				messages = append(messages, found{m, score})
			}
		}
	}
	slices.SortStableFunc(messages, func(a, b found) int {
		if d := b.score - a.score; d != 0 && in.Sort != "timestamp" {
			return d
		}
		return strings.Compare(b.TS, a.TS)
	})
	if in.SortDir == "asc" {
		slices.Reverse(messages)
	}
	messages, next, err := page(messages, "context", in.Cursor, n, func(f found) string { return messageKey(f.Channel, f.TS) })
	if err != nil {
		return nil, err
	}
	list := []reply{}
	for _, f := range messages {
		v := c.contextView(f.Message, in.IncludeMessageBlocks)
		if in.IncludeContextMessages {
			v["context_messages"] = c.around(f.Message, in.IncludeMessageBlocks)
		}
		list = append(list, v)
	}
	results := reply{"messages": list}
	if slices.Contains(contents, "channels") {
		results["channels"] = channels
	}
	return reply{"results": results, "response_metadata": reply{"next_cursor": next}}, nil
}

func (c *call) isBot(user string) bool {
	u, _ := c.s.users.Get(c.Tx, user)
	return u.Bot
}

// fits counts the words that a text has.
func fits(text string, words []string) (n int) {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			n++
		}
	}
	return n
}

// contextView is a message as assistant.search.context shows it.
func (c *call) contextView(m Message, blocks bool) reply {
	u, _ := c.s.users.Get(c.Tx, m.User)
	ch, _ := c.s.channels.Get(c.Tx, m.Channel)
	v := reply{"author_user_id": m.author(), "author_name": or(m.Username, u.RealName), "team_id": m.Team, "channel_id": m.Channel, "channel_name": ch.Name,
		"message_ts": m.TS, "content": m.Text, "is_author_bot": u.Bot || m.User == "", "permalink": c.permalink(m)}
	if blocks && m.Blocks != nil {
		v["blocks"] = m.Blocks
	}
	return v
}

// around are the messages before and after one, two at most each.
func (c *call) around(m Message, blocks bool) reply {
	before, after := []reply{}, []reply{}
	key := messageKey(m.Channel, m.TS)
	for row := range c.s.history.Rows(c.Tx, store.Range{Prefix: m.Channel + "/", To: key, Desc: true}) {
		if len(before) == 2 {
			break
		}
		before = append(before, c.contextView(*row.Value(), blocks))
	}
	slices.Reverse(before)
	for row := range c.s.history.Rows(c.Tx, store.Range{Prefix: m.Channel + "/", From: key + "\x00"}) {
		if len(after) == 2 {
			break
		}
		after = append(after, c.contextView(*row.Value(), blocks))
	}
	return reply{"before": before, "after": after}
}
