package slack

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
	"twinset.dev/twins/slack/internal/mrkdwn"
)

// streamMethods are the chat.* methods for messages that grow while they are read.
//
// https://docs.slack.dev/ai/developing-ai-apps#streaming
func (s *Slack) streamMethods() {
	write(s, "chat.startStream", about{twin.Full, tier2, "chat:write", "-"}, s.chatStartStream).requires("channel")
	write(s, "chat.appendStream", about{twin.Full, tier4, "chat:write", "-"}, s.chatAppendStream).requires("channel", "ts")
	write(s, "chat.stopStream", about{twin.Full, tier2, "chat:write", "-"}, s.chatStopStream).requires("channel", "ts")
}

// A Stream is what has come so far of a message that is still being written.
type Stream struct {
	Chunks  bool   `json:"chunks"` // it is written in chunks, not in markdown_text
	Display string `json:"display"`
	Parts   []Part `json:"parts"`
}

// A Part is one piece of a stream: text, a task or blocks that the app made.
type Part struct {
	BlockID  string          `json:"block_id"`
	Markdown string          `json:"markdown"`
	Task     *Task           `json:"task"`
	Plan     string          `json:"plan"` // the title of the plan that shows all tasks
	Blocks   json.RawMessage `json:"blocks"`
}

// A Task is a step that an app reports of what it is doing.
type Task struct {
	ID      string          `json:"id"`
	Title   string          `json:"title"`
	Status  string          `json:"status"`
	Details string          `json:"details"`
	Output  string          `json:"output"`
	Sources json.RawMessage `json:"sources"`
}

// chatStartStream begins a message that goes on with chat.appendStream.
//
// https://docs.slack.dev/reference/methods/chat.startStream
func (s *Slack) chatStartStream(c *call, in *api.ChatStartStreamRequest) (any, error) {
	ch, ok := c.channel(in.Channel)
	if !ok {
		return nil, errChannelNotFound
	}
	switch {
	case !ch.IM && in.RecipientTeamID == "":
		return nil, Error("missing_recipient_team_id")
	case !ch.IM && in.RecipientUserID == "":
		return nil, Error("missing_recipient_user_id")
	case in.RecipientUserID != "" && !s.users.Has(c.Tx, in.RecipientUserID):
		return nil, errUserNotFound
	case in.TaskDisplayMode != "" && !slices.Contains([]string{"timeline", "plan", "dense"}, in.TaskDisplayMode):
		return nil, invalid("[ERROR] must be one of: timeline, plan, dense [json-pointer:/task_display_mode]")
	}
	if err := c.mayPost(ch); err != nil {
		return nil, err
	}
	m := Message{Stream: &Stream{Chunks: present(in.Chunks) != nil, Display: in.TaskDisplayMode}}
	c.sign(&m)
	if err := c.customize(&m, in.Username, in.IconEmoji, in.IconURL); err != nil {
		return nil, err
	}
	if in.MarkdownText != "" || present(in.Chunks) != nil {
		var err error
		if m, err = c.stream(m, in.MarkdownText, in.Chunks); err != nil {
			return nil, err
		}
	}
	m, err := c.post(ch, m, in.ThreadTS, false)
	if err != nil {
		return nil, err
	}
	return reply{"channel": ch.ID, "ts": m.TS}, nil
}

// chatAppendStream goes on with a message.
//
// https://docs.slack.dev/reference/methods/chat.appendStream
func (s *Slack) chatAppendStream(c *call, in *api.ChatAppendStreamRequest) (any, error) {
	ch, m, err := c.streaming(in.Channel, in.TS)
	if err != nil {
		return nil, err
	}
	if in.MarkdownText == "" && present(in.Chunks) == nil {
		return nil, Error("markdown_text_or_chunks_required")
	}
	if m, err = c.stream(m, in.MarkdownText, in.Chunks); err != nil {
		return nil, err
	}
	s.messages.Put(c.Tx, m)
	return reply{"channel": ch.ID, "ts": m.TS}, nil
}

// chatStopStream ends a message; blocks are shown below what was streamed.
//
// https://docs.slack.dev/reference/methods/chat.stopStream
func (s *Slack) chatStopStream(c *call, in *api.ChatStopStreamRequest) (any, error) {
	ch, m, err := c.streaming(in.Channel, in.TS)
	if err != nil {
		return nil, err
	}
	was := c.messageView(m)
	if in.MarkdownText != "" || present(in.Chunks) != nil {
		if m, err = c.stream(m, in.MarkdownText, in.Chunks); err != nil {
			return nil, err
		}
	}
	if blocks := present(in.Blocks); blocks != nil {
		stored, said, err := c.blocks(blocks)
		if err != nil {
			return nil, err
		}
		m.Blocks, m.Text = concat(m.Blocks, stored), or(m.Text, said)
	}
	if m.Metadata, err = c.metadata(in.Metadata); err != nil {
		return nil, err
	}
	m.Stream = nil
	s.messages.Put(c.Tx, m)
	c.emitChanged(ch, m, was)
	if in.SessionStatus != "" {
		if err := c.streamEnded(m, in.SessionStatus); err != nil {
			return nil, err
		}
	}
	return reply{"channel": ch.ID, "ts": m.TS, "message": c.messageView(m)}, nil
}

// streaming finds a message of the app that is still being written.
func (c *call) streaming(channel, ts string) (ch Channel, m Message, err error) {
	ch, ok := c.channel(channel)
	if !ok {
		return ch, m, errChannelNotFound
	}
	m, ok = c.s.messages.Get(c.Tx, messageKey(ch.ID, ts))
	switch {
	case !ok || m.Hidden:
		return ch, m, errMessageNotFound
	case m.App != c.token.App:
		return ch, m, Error("message_not_owned_by_app")
	case m.Stream == nil:
		return ch, m, Error("message_not_in_streaming_state")
	case ch.Archived:
		return ch, m, errIsArchived
	}
	return ch, m, nil
}

// stream adds text or chunks to a message that is being written.
//
// https://docs.slack.dev/reference/methods/chat.appendStream
func (c *call) stream(m Message, markdown string, chunks json.RawMessage) (Message, error) {
	chunks = present(chunks)
	switch {
	case markdown != "" && chunks != nil:
		return m, Error("cannot_provide_both_markdown_text_and_chunks")
	case m.Stream.Chunks != (chunks != nil) && len(m.Stream.Parts) > 0:
		return m, Error("streaming_mode_mismatch")
	case utf8.RuneCountInString(markdown) > maxMarkdown:
		return m, errMsgTooLong
	}
	st := Stream{Chunks: chunks != nil, Display: m.Stream.Display, Parts: slices.Clone(m.Stream.Parts)}
	if markdown != "" {
		c.streamText(&st, markdown)
	}
	if chunks != nil {
		var list []struct {
			Type, Text, ID, Title, Status, Details, Output string
			Sources, Blocks                                json.RawMessage
		}
		if json.Unmarshal(chunks, &list) != nil {
			return m, Error("invalid_chunks")
		}
		for _, k := range list {
			switch k.Type {
			case "markdown_text":
				c.streamText(&st, k.Text)
			case "task_update":
				if k.ID == "" {
					return m, Error("invalid_chunks")
				}
				c.streamTask(&st, Task{k.ID, k.Title, k.Status, k.Details, k.Output, present(k.Sources)})
			case "plan_update":
				st.Parts = append(slices.DeleteFunc(st.Parts, func(p Part) bool { return p.Plan != "" }), Part{BlockID: c.blockID(5), Plan: k.Title})
			case "blocks":
				stored, _, err := c.blocks(k.Blocks)
				if err != nil {
					return m, err
				}
				st.Parts = append(st.Parts, Part{Blocks: stored})
			default:
				return m, Error("invalid_chunks")
			}
		}
	}
	m.Stream = &st
	m.Text, m.Blocks = st.render()
	var shown []json.RawMessage
	if json.Unmarshal(m.Blocks, &shown); len(shown) > 50 {
		return m, Error("msg_blocks_too_many")
	}
	return m, nil
}

func (c *call) streamText(st *Stream, text string) {
	if n := len(st.Parts); n > 0 && st.Parts[n-1].Markdown != "" {
		st.Parts[n-1].Markdown += text
		return
	}
	st.Parts = append(st.Parts, Part{BlockID: c.blockID(5), Markdown: text})
}

// streamTask adds a task, or changes what is given of one that is there.
func (c *call) streamTask(st *Stream, t Task) {
	i := slices.IndexFunc(st.Parts, func(p Part) bool { return p.Task != nil && p.Task.ID == t.ID })
	if i < 0 {
		t.Status = or(t.Status, "pending")
		st.Parts = append(st.Parts, Part{BlockID: c.blockID(5), Task: &t})
		return
	}
	was := *st.Parts[i].Task
	was.Title, was.Status = or(t.Title, was.Title), or(t.Status, was.Status)
	was.Details, was.Output = was.Details+t.Details, was.Output+t.Output
	if t.Sources != nil {
		was.Sources = t.Sources
	}
	st.Parts[i].Task = &was
}

// render returns what the stream shows so far: tasks are cards where they came, or together in a plan.
func (st Stream) render() (text string, blocks json.RawMessage) {
	plan := Part{}
	var tasks []json.RawMessage
	for _, p := range st.Parts {
		if p.Plan != "" {
			plan = p
		}
		if p.Task != nil {
			tasks = append(tasks, p.Task.card(p.BlockID))
		}
	}
	together := st.Display == "plan" || plan.Plan != ""
	shown := false
	for _, p := range st.Parts {
		switch {
		case p.Markdown != "":
			text += p.Markdown
			blocks = concat(blocks, encode([]reply{{"type": "markdown", "block_id": p.BlockID, "text": p.Markdown}}))
		case p.Blocks != nil:
			blocks = concat(blocks, p.Blocks)
		case together && !shown:
			shown = true
			blocks = concat(blocks, encode([]reply{{"type": "plan", "block_id": p.BlockID, "title": or(plan.Plan, "Plan"), "tasks": tasks}}))
		case p.Task != nil && !together:
			blocks = concat(blocks, append(append(json.RawMessage("["), p.Task.card(p.BlockID)...), ']'))
		}
	}
	return mrkdwn.Store(text, mrkdwn.Options{}), blocks
}

// card is a task as a block.
func (t Task) card(id string) json.RawMessage {
	v := reply{"type": "task_card", "block_id": id, "task_id": t.ID, "title": t.Title, "status": t.Status}
	for k, text := range map[string]string{"details": t.Details, "output": t.Output} {
		if text != "" {
			v[k] = json.RawMessage(mrkdwn.RichText(mrkdwn.Store(text, mrkdwn.Options{})))
		}
	}
	if t.Sources != nil {
		v["sources"] = t.Sources
	}
	return encode(v)
}

// concat joins two lists of JSON.
func concat(a, b json.RawMessage) json.RawMessage {
	if len(a) <= 2 {
		return b
	}
	if len(b) <= 2 {
		return a
	}
	return slices.Concat(bytes.TrimSuffix(a, []byte("]")), []byte(","), bytes.TrimPrefix(b, []byte("[")))
}
