package slack

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/blockkit"
)

// agentsMethods are the agents.* methods.
//
// https://docs.slack.dev/ai/slack-code
func (s *Slack) agentsMethods() {
	const manage = "code_channels:manage"
	write(s, "agents.conversations.create", about{twin.Full, tier2, manage, "-"}, s.agentsConversationsCreate)
	write(s, "agents.conversations.archive", about{twin.Full, tier2, manage, "-"}, s.agentsConversationsArchive).requires("channel_id")
	write(s, "agents.conversations.setCommands", about{twin.Full, tier3, manage, "-"}, s.agentsConversationsSetCommands).requires("channel_id", "commands")
	write(s, "agents.conversations.setProperties", about{twin.Full, tier3, manage, "-"}, s.agentsConversationsSetProperties).requires("channel_id")
	write(s, "agents.conversations.setView", about{twin.Full, tier3, manage, "-"}, s.agentsConversationsSetView).requires("channel_id")
	write(s, "agents.conversations.removeView", about{twin.Full, tier3, manage, "-"}, s.agentsConversationsRemoveView).requires("channel_id")
	read(s, "agents.conversations.listViews", about{twin.Full, tier3, manage, "-"}, s.agentsConversationsListViews).requires("channel_id")
	read(s, "agents.conversations.getCanvas", about{twin.Full, tier3, manage, "-"}, s.agentsConversationsGetCanvas).requires("channel", "canvas_id")
	write(s, "agents.conversations.setCanvasContent", about{twin.Full, tier3, manage, "-"}, s.agentsConversationsSetCanvasContent).requires("channel", "canvas_id", "content")
	write(s, "agents.sessions.setStatus", about{twin.Full, tier3, "chat:write", "-"}, s.agentsSessionsSetStatus).requires("status")
	write(s, "agents.sessions.rename", about{twin.Full, tier3, "chat:write", "-"}, s.agentsSessionsRename).requires("title")
}

// An AgentSession is a person's work with an agent: a thread, or a code channel, which is all one session.
type AgentSession struct {
	Channel, Thread             string // no Thread is a code channel
	ID, App, Team               string // ID is the agent's own
	Title, Initiator            string
	Agents                      map[string]string // status by bot user
	Username, Emoji, Icon       string
	OriginChannel, OriginTS     string
	Resource                    map[string]string
	Bar, Summary                json.RawMessage
	Commands                    map[string]json.RawMessage // by bot user
	Doing                       string                     // what an assistant says it is doing
	Loading                     []string
	Prompts                     json.RawMessage
	PromptsTitle, DoingUsername string
}

func (x AgentSession) key() string { return x.Channel + "/" + x.Thread }

// The statuses of a session, in the order in which one agent's is that of all.
var sessionStatuses = []string{"processing", "suspended", "active", "closed"}

// status is that of all agents in the session.
func (x AgentSession) status() string {
	for _, status := range sessionStatuses {
		for _, one := range x.Agents {
			if one == status {
				return status
			}
		}
	}
	return "active"
}

// An AgentView is a tab that an agent shows in its code channel.
type AgentView struct {
	Channel string          `json:"channel"`
	ID      string          `json:"id"`
	Key     string          `json:"key"`
	Type    string          `json:"type"`
	Name    string          `json:"name"`
	File    string          `json:"file"`
	Canvas  string          `json:"canvas"`
	Owner   string          `json:"owner"`
	Version int             `json:"version"`
	Added   int64           `json:"added"`
	Updated int64           `json:"updated"`
	Content string          `json:"content"`
	Blocks  json.RawMessage `json:"blocks"`
	CSP     json.RawMessage `json:"csp"`
	Access  string          `json:"access"`
	Hash    string          `json:"hash"`
	Base    string          `json:"base"`
	Head    string          `json:"head"`
}

// agentsConversationsCreate makes a code channel: a channel for one session with the calling agent.
//
// https://docs.slack.dev/reference/methods/agents.conversations.create
func (s *Slack) agentsConversationsCreate(c *call, in *api.AgentsConversationsCreateRequest) (any, error) {
	id := ""
	if in.SessionID != "" {
		id = c.token.App + "/" + c.token.Team + "/" + in.SessionID
		if x, ok := s.sessionsByID.Get(c.Tx, id); ok {
			return reply{"channel_id": x.Channel}, nil
		}
	}
	if (in.OriginChannelID == "") != (in.OriginMessageTS == "") {
		return nil, invalid("[ERROR] origin_channel_id and origin_message_ts must be provided together")
	}
	var origin Message
	private := false
	if in.OriginChannelID != "" {
		from, ok := c.channel(in.OriginChannelID)
		if !ok {
			return nil, errChannelNotFound
		}
		if origin, ok = s.messages.Get(c.Tx, messageKey(from.ID, in.OriginMessageTS)); !ok {
			return nil, errMessageNotFound
		}
		private = from.Private
	} else if in.Name == "" {
		return nil, missing("name")
	}
	if c.args.given("is_private") {
		private = in.IsPrivate
	}
	title := or(in.Name, cut(strings.TrimSpace(markup.ReplaceAllString(origin.Text, "")), 80))
	ch := c.newChannel(Channel{Name: c.freeName(title), Private: private})
	c.join(ch, c.user.ID, "")
	if origin.User != "" && origin.User != c.user.ID {
		c.join(ch, origin.User, c.user.ID)
	}
	s.sessions.Put(c.Tx, AgentSession{Channel: ch.ID, ID: id, App: c.token.App, Team: c.token.Team, Title: title, Initiator: origin.User,
		Agents: map[string]string{c.user.ID: "active"}, OriginChannel: in.OriginChannelID, OriginTS: in.OriginMessageTS})
	c.emit(event{Type: "channel_created", Hidden: ch.Private, Channel: ch, Body: reply{"channel": c.channelView(ch, viewEvent)}})
	return reply{"channel_id": ch.ID}, nil
}

// markup is a mention, a link or the like in a stored text.
var markup = regexp.MustCompile(`<[^>]*>`)

// freeName makes a channel's name of a title, one that no channel has.
func (c *call) freeName(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = '-'
		}
		if r != '-' || b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteRune(r)
		}
	}
	name := strings.Trim(cut(b.String(), 74), "-")
	if name == "" {
		name = "session"
	}
	for n := 1; ; n++ {
		free := name
		if n > 1 {
			free = fmt.Sprintf("%s-%d", name, n)
		}
		if _, taken := c.s.channelsByName.Get(c.Tx, c.token.Team+"/"+free); !taken {
			return free
		}
	}
}

// cut returns the first n characters of a text.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}

// agentsConversationsArchive ends a code channel. A summary is shown where the session began.
//
// https://docs.slack.dev/reference/methods/agents.conversations.archive
func (s *Slack) agentsConversationsArchive(c *call, in *api.AgentsConversationsArchiveRequest) (any, error) {
	ch, x, err := c.codeChannel(in.ChannelID)
	if err != nil {
		return nil, err
	}
	if ch.Archived {
		return nil, errAlreadyArchived
	}
	if m, ok := s.messages.Get(c.Tx, messageKey(ch.ID, in.SummaryMessageTS)); ok {
		x.Summary = encode(reply{"message_ts": m.TS})
		s.sessions.Put(c.Tx, x)
		if from, ok := c.channel(x.OriginChannel); ok && c.mayPost(from) == nil {
			if summary, err := c.compose(content{Text: m.Text}); err == nil {
				c.post(from, summary, x.OriginTS, false)
			}
		}
	}
	c.archive(ch)
	return nil, nil
}

// A command is a slash command that an agent has in its code channel.
type agentCommand struct {
	Name         string `json:"name"`
	Description  string `json:"description,omitempty"`
	ArgumentHint string `json:"argument_hint,omitempty"`
	ShouldEscape bool   `json:"should_escape,omitempty"`
}

// agentsConversationsSetCommands replaces the slash commands of the calling agent in a code channel.
//
// https://docs.slack.dev/reference/methods/agents.conversations.setCommands
func (s *Slack) agentsConversationsSetCommands(c *call, in *api.AgentsConversationsSetCommandsRequest) (any, error) {
	ch, x, err := c.codeChannel(in.ChannelID)
	if err != nil {
		return nil, err
	}
	var commands []agentCommand
	if json.Unmarshal(in.Commands, &commands) != nil {
		return nil, invalid("[ERROR] must provide an array [json-pointer:/commands]")
	}
	names := map[string]bool{}
	for i, cmd := range commands {
		if n := utf8.RuneCountInString(cmd.Name); n < 1 || n > 31 || names[cmd.Name] || strings.HasPrefix(cmd.Name, "/") {
			return nil, invalid(fmt.Sprintf("[ERROR] must be 1 to 31 characters, unique and without a slash [json-pointer:/commands/%d/name]", i))
		}
		names[cmd.Name] = true
	}
	total := len(commands)
	for bot, others := range x.Commands {
		var list []agentCommand
		if json.Unmarshal(others, &list); bot != c.user.ID {
			total += len(list)
		}
	}
	if total > 10 {
		return nil, invalid("[ERROR] no more than 10 items allowed [json-pointer:/commands]")
	}
	all := map[string]json.RawMessage{c.user.ID: encode(commands)}
	for bot, others := range x.Commands {
		if bot != c.user.ID {
			all[bot] = others
		}
	}
	x.Commands = all
	s.sessions.Put(c.Tx, x)
	c.emit(event{Type: "commands_changed", Channel: ch, Screen: true, Body: reply{"channel": ch.ID}})
	return reply{"channel_id": ch.ID, "command_count": len(commands)}, nil
}

// barItem is an entry of a code channel's context bar.
type barItem struct {
	Key      string `json:"key"`
	Label    string `json:"label"`
	Icon     string `json:"icon,omitempty"`
	URL      string `json:"url,omitempty"`
	ItemType string `json:"item_type,omitempty"`
	Bot      string `json:"bot_user_id,omitempty"`
}

// agentsConversationsSetProperties sets what is given of the context bar, the summary and the resource of a code channel.
//
// https://docs.slack.dev/reference/methods/agents.conversations.setProperties
func (s *Slack) agentsConversationsSetProperties(c *call, in *api.AgentsConversationsSetPropertiesRequest) (any, error) {
	ch, x, err := c.codeChannel(in.ChannelID)
	if err != nil {
		return nil, err
	}
	var code struct {
		Items   *[]barItem `json:"context_bar_items"`
		Summary *struct {
			MessageTS string `json:"message_ts"`
			ThreadTS  string `json:"thread_ts,omitempty"`
		} `json:"summary_message"`
	}
	var resource map[string]string
	switch {
	case present(in.CodeChannel) == nil && present(in.AgentResource) == nil:
		return nil, invalid("[ERROR] at least one property must be provided")
	case present(in.CodeChannel) != nil && json.Unmarshal(in.CodeChannel, &code) != nil:
		return nil, invalid("[ERROR] must provide an object [json-pointer:/code_channel]")
	case present(in.AgentResource) != nil && json.Unmarshal(in.AgentResource, &resource) != nil:
		return nil, invalid("[ERROR] must provide an object [json-pointer:/agent_resource]")
	}
	if code.Items != nil {
		items := *code.Items
		if len(items) > 5 {
			return nil, invalid("[ERROR] no more than 5 items allowed [json-pointer:/code_channel/context_bar_items]")
		}
		for i, item := range items {
			at := fmt.Sprintf(" [json-pointer:/code_channel/context_bar_items/%d]", i)
			switch {
			case item.Key == "" || utf8.RuneCountInString(item.Key) > 64:
				return nil, invalid("[ERROR] missing required field: key" + at)
			case item.Label == "" || utf8.RuneCountInString(item.Label) > 128:
				return nil, invalid("[ERROR] missing required field: label" + at)
			case item.ItemType == "action" && item.URL != "":
				items[i].ItemType = "info"
				c.warn("action_with_url_overridden_to_info")
			}
			items[i].Bot = c.user.ID
		}
		x.Bar = encode(items)
	}
	if code.Summary != nil {
		x.Summary = encode(code.Summary)
	}
	if resource != nil {
		merged := map[string]string{}
		for _, from := range []map[string]string{x.Resource, resource} {
			for k, v := range from {
				merged[k] = v
			}
		}
		x.Resource = merged
	}
	s.sessions.Put(c.Tx, x)
	return reply{"channel_id": ch.ID}, nil
}

// maxView is how many bytes of content a view may have.
const maxView = 1_000_000

// agentsConversationsSetView shows a view in a code channel, in the place of the one with the same key.
//
// https://docs.slack.dev/reference/methods/agents.conversations.setView
func (s *Slack) agentsConversationsSetView(c *call, in *api.AgentsConversationsSetViewRequest) (any, error) {
	ch, _, err := c.codeChannel(in.ChannelID)
	if err != nil {
		return nil, err
	}
	kind := or(in.Type, "html")
	key := in.ViewKey
	if kind == "diff" {
		key = "diff" // there is one
	}
	v := AgentView{Channel: ch.ID, Key: key, Type: kind, Owner: c.user.ID, CSP: present(in.CSP)}
	switch {
	case !slices.Contains([]string{"html", "diff", "block_kit", "canvas"}, kind):
		return nil, Error("invalid_view_type")
	case key == "":
		return nil, missing("view_key")
	case len(in.Content) > maxView:
		return nil, Error("content_too_large")
	case (kind == "html" || kind == "diff") && !c.args.given("content"):
		return nil, missing("content")
	case kind == "block_kit" && !c.args.given("blocks"):
		return nil, missing("blocks")
	case kind == "canvas" && in.CanvasID == "":
		return nil, missing("canvas_id")
	}
	switch kind {
	case "html":
		v.Content = in.Content
	case "diff":
		v.Content, v.Base, v.Head = in.Content, in.BaseBranch, in.HeadBranch
	case "block_kit":
		valid, problems := blockkit.Validate(blockkit.Home, in.Blocks, c.blockID)
		if problems != nil {
			return nil, errInvalidBlocks.with(reply{"response_metadata": reply{"messages": problems}})
		}
		v.Blocks = encode(valid)
	case "canvas":
		if _, err := c.canvas(in.CanvasID); err != nil {
			return nil, err
		}
		v.Canvas, v.Access, v.Hash = in.CanvasID, or(in.AccessLevel, "write"), in.AgentContentHash
	}
	base := path.Base(key)
	v.Name = or(in.Name, strings.TrimSuffix(strings.TrimSuffix(base, ".html"), ".htm"))
	v.Added, v.Version = c.Now.Unix(), 1
	if old, ok := c.agentView(ch.ID, func(o AgentView) bool { return o.Key == key }); ok {
		v.ID, v.File, v.Added, v.Version = old.ID, old.File, old.Added, old.Version+1
	} else {
		v.ID = c.id("Ct")
		if kind != "canvas" {
			v.File = c.id("F")
		}
	}
	v.Updated = c.Now.Unix()
	s.agentViews.Put(c.Tx, v)
	out := reply{"channel_id": ch.ID, "view_id": v.ID, "content_version": v.Version, "type": v.Type}
	if v.Canvas != "" {
		out["canvas_id"] = v.Canvas
	} else {
		out["file_id"] = v.File
	}
	return out, nil
}

// agentsConversationsListViews returns the views of a code channel. Those of today are in session_views.
//
// https://docs.slack.dev/reference/methods/agents.conversations.listViews
func (s *Slack) agentsConversationsListViews(c *call, in *api.AgentsConversationsListViewsRequest) (any, error) {
	ch, _, err := c.codeChannel(in.ChannelID)
	if err != nil {
		return nil, err
	}
	return reply{"views": []any{}, "session_views": c.sessionViews(ch.ID)}, nil
}

func (c *call) sessionViews(channel string) []reply {
	list := []reply{}
	for v := range c.s.agentViews.All(c.Tx, channel+"/") {
		one := reply{"view_id": v.ID, "type": v.Type, "view_key": v.Key, "name": v.Name, "content_version": v.Version,
			"date_added": v.Added, "date_updated": v.Updated, "owner_bot_user_id": v.Owner}
		if v.Type == "diff" {
			delete(one, "view_key")
		}
		if v.Canvas != "" {
			one["canvas_id"] = v.Canvas
		} else {
			one["file_id"] = v.File
		}
		list = append(list, one)
	}
	return list
}

// agentsConversationsRemoveView takes a view off a code channel.
//
// https://docs.slack.dev/reference/methods/agents.conversations.removeView
func (s *Slack) agentsConversationsRemoveView(c *call, in *api.AgentsConversationsRemoveViewRequest) (any, error) {
	ch, _, err := c.codeChannel(in.ChannelID)
	if err != nil {
		return nil, err
	}
	if (in.ViewKey == "") == (in.ViewID == "") {
		return nil, invalid("[ERROR] exactly one of view_key and view_id must be provided")
	}
	v, ok := c.agentView(ch.ID, func(o AgentView) bool { return o.ID == in.ViewID || in.ViewKey != "" && o.Key == in.ViewKey })
	if !ok {
		return nil, errViewNotFound
	}
	s.agentViews.Delete(c.Tx, ch.ID+"/"+v.ID)
	return reply{"channel_id": ch.ID, "view_id": v.ID}, nil
}

func (c *call) agentView(channel string, is func(AgentView) bool) (AgentView, bool) {
	for v := range c.s.agentViews.All(c.Tx, channel+"/") {
		if is(v) {
			return v, true
		}
	}
	return AgentView{}, false
}

// agentsConversationsGetCanvas returns what a canvas of a code channel says.
//
// https://docs.slack.dev/reference/methods/agents.conversations.getCanvas
func (s *Slack) agentsConversationsGetCanvas(c *call, in *api.AgentsConversationsGetCanvasRequest) (any, error) {
	f, err := c.sessionCanvas(in.Channel, in.CanvasID)
	if err != nil {
		return nil, err
	}
	if in.ContentFormat != "" && in.ContentFormat != "markdown" {
		return nil, invalid("[ERROR] must be one of: markdown [json-pointer:/content_format]")
	}
	return reply{"canvas_id": f.ID, "title": f.Title, "content": markdown(f.Sections), "comments": []any{}, "has_more_comments": false}, nil
}

// agentsConversationsSetCanvasContent writes a canvas of a code channel anew; sections that say the same stay.
//
// https://docs.slack.dev/reference/methods/agents.conversations.setCanvasContent
func (s *Slack) agentsConversationsSetCanvasContent(c *call, in *api.AgentsConversationsSetCanvasContentRequest) (any, error) {
	f, err := c.sessionCanvas(in.Channel, in.CanvasID)
	if err != nil {
		return nil, err
	}
	return reply{"canvas_id": f.ID, "sections_changed_count": c.rewriteCanvas(f, in.Content)}, nil
}

// sessionCanvas finds a canvas that is attached to a code channel.
func (c *call) sessionCanvas(channel, id string) (File, error) {
	ch, _, err := c.codeChannel(channel)
	if err != nil {
		return File{}, err
	}
	f, err := c.canvas(id)
	if err != nil {
		return f, err
	}
	if _, ok := c.agentView(ch.ID, func(v AgentView) bool { return v.Canvas == id }); !ok && ch.Canvas != id {
		return f, errCanvasNotFound
	}
	return f, nil
}

// agentsSessionsSetStatus says how far the calling agent is with a session, which it begins if there is none.
//
// https://docs.slack.dev/reference/methods/agents.sessions.setStatus
func (s *Slack) agentsSessionsSetStatus(c *call, in *api.AgentsSessionsSetStatusRequest) (any, error) {
	if !slices.Contains(sessionStatuses, in.Status) {
		return nil, invalid("[ERROR] must be one of: active, processing, suspended, closed [json-pointer:/status]")
	}
	x, begun, err := c.agentSession(in.ChannelID, in.ThreadTS)
	if err != nil {
		return nil, err
	}
	if !begun {
		if utf8.RuneCountInString(in.Title) > maxTitle {
			return nil, invalid("[ERROR] must be less than 201 characters [json-pointer:/title]")
		}
		if in.InitiatorUserID != "" && !s.members.Has(c.Tx, memberKey(in.ChannelID, in.InitiatorUserID)) {
			return nil, errUserNotInChannel
		}
		x = AgentSession{Channel: in.ChannelID, Thread: in.ThreadTS, App: c.token.App, Team: c.token.Team, Title: in.Title, Initiator: in.InitiatorUserID}
	}
	if in.Username != "" || in.IconEmoji != "" || in.IconURL != "" {
		if err := c.need("chat:write.customize"); err != nil {
			return nil, err
		}
		x.Username, x.Emoji, x.Icon = in.Username, in.IconEmoji, in.IconURL
	}
	s.sessions.Put(c.Tx, x.with(c.user.ID, in.Status))
	x, _ = s.sessions.Get(c.Tx, x.key())
	out := reply{"status": x.status(), "agent_status": in.Status}
	if x.Title != "" {
		out["title"] = x.Title
	}
	return out, nil
}

// with is the session with the status of one agent.
func (x AgentSession) with(bot, status string) AgentSession {
	agents := map[string]string{bot: status}
	for b, st := range x.Agents {
		if b != bot {
			agents[b] = st
		}
	}
	x.Agents = agents
	return x
}

// maxTitle is how many characters a session's title may have.
const maxTitle = 200

// agentsSessionsRename gives a session another title; a code channel goes by its name too.
//
// https://docs.slack.dev/reference/methods/agents.sessions.rename
func (s *Slack) agentsSessionsRename(c *call, in *api.AgentsSessionsRenameRequest) (any, error) {
	if n := utf8.RuneCountInString(in.Title); n < 1 || n > maxTitle {
		return nil, invalid("[ERROR] must be 1 to 200 characters [json-pointer:/title]")
	}
	x, begun, err := c.agentSession(in.ChannelID, in.ThreadTS)
	if err != nil {
		return nil, err
	}
	if !begun {
		return nil, errSessionNotFound
	}
	if x.Thread == "" && x.Title != in.Title {
		ch, _ := s.channels.Get(c.Tx, x.Channel)
		c.rename(ch, c.freeName(in.Title))
	}
	x.Title = in.Title
	s.sessions.Put(c.Tx, x)
	return reply{"title": x.Title}, nil
}

// agentSession finds a session by its channel and its thread, if it has begun.
func (c *call) agentSession(channel, thread string) (x AgentSession, begun bool, err error) {
	ch, ok := c.channel(channel)
	if !ok || !c.isMember(ch) {
		return x, false, errChannelNotFound
	}
	x, ok = c.s.sessions.Get(c.Tx, AgentSession{Channel: channel, Thread: thread}.key())
	_, code := c.s.sessions.Get(c.Tx, AgentSession{Channel: channel}.key())
	switch {
	case code && thread != "":
		return x, false, errInvalidThreadTS
	case !code && thread == "":
		return x, false, Error("missing_thread_ts")
	case thread != "" && !c.s.messages.Has(c.Tx, messageKey(channel, thread)):
		return x, false, errInvalidThreadTS
	}
	return x, ok, nil
}

// codeChannel finds a code channel that the calling agent is in.
func (c *call) codeChannel(id string) (ch Channel, x AgentSession, err error) {
	ch, ok := c.channel(id)
	if !ok || !c.isMember(ch) {
		return ch, x, errChannelNotFound
	}
	if x, ok = c.s.sessions.Get(c.Tx, AgentSession{Channel: id}.key()); !ok {
		return ch, x, errMethodNotSupportedForType
	}
	return ch, x, nil
}

// streamEnded sets the status of the session that a stream was in.
func (c *call) streamEnded(m Message, status string) error {
	if !slices.Contains(sessionStatuses, status) {
		return invalid("[ERROR] must be one of: active, processing, suspended, closed [json-pointer:/session_status]")
	}
	for _, thread := range []string{m.ThreadTS, ""} {
		if x, ok := c.s.sessions.Get(c.Tx, AgentSession{Channel: m.Channel, Thread: thread}.key()); ok {
			c.s.sessions.Put(c.Tx, x.with(c.user.ID, status))
			break
		}
	}
	return nil
}

// properties are what a conversation is beside being one: its tabs, its canvas, a session with an agent.
//
// https://docs.slack.dev/ai/slack-code/code-channel-properties
func (c *call) properties(ch Channel) reply {
	v := reply{}
	if len(ch.Properties) > 0 {
		json.Unmarshal(ch.Properties, &v)
	}
	merge(v, restrictions(ch))
	x, ok := c.s.sessions.Get(c.Tx, AgentSession{Channel: ch.ID}.key())
	if !ok {
		return v
	}
	var bots []string
	for bot := range x.Agents {
		bots = append(bots, bot)
	}
	slices.Sort(bots)
	session := reply{"status": x.status(), "title": x.Title, "agent_bot_user_ids": bots, "encoded_agent_bot_user_ids": bots}
	if x.OriginTS != "" {
		session["origin_link"] = reply{"channel_id": x.OriginChannel, "ts": x.OriginTS}
	}
	if x.Initiator != "" {
		session["encoded_initiator_user_id"] = x.Initiator
	}
	code := reply{}
	if x.Bar != nil {
		code["context_bar_items"] = x.Bar
	}
	if x.Summary != nil {
		code["summary_message"] = x.Summary
	}
	if views := c.sessionViews(ch.ID); len(views) > 0 {
		code["agent_session_views"] = views
	}
	v["agent_session"], v["code_channel"] = session, code
	if x.Resource != nil {
		v["agent_resource"] = x.Resource
	}
	return v
}
