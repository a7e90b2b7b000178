package slack

import (
	"slices"
	"strconv"
	"testing"

	"github.com/slack-go/slack"
)

// info is a channel as a client sees it.
func (e *env) info(api *slack.Client, id string) *slack.Channel {
	e.t.Helper()
	ch, err := api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: id, IncludeNumMembers: true})
	must(e.t, err)
	return ch
}

// made is a new channel of the bot's.
func (e *env) made(name string) string {
	e.t.Helper()
	ch, err := e.bot().CreateConversation(slack.CreateConversationParams{ChannelName: name})
	must(e.t, err)
	return ch.ID
}

// members are who is in a channel.
func (e *env) members(id string) []string {
	e.t.Helper()
	us, _, err := e.user("ana").GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: id})
	must(e.t, err)
	return us
}

// seen are the messages of a channel, the newest first.
func (e *env) seen(api *slack.Client, id string) []slack.Message {
	e.t.Helper()
	h, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: id, IncludeAllMetadata: true})
	must(e.t, err)
	return h.Messages
}

// posted is a new message of the bot's.
func (e *env) posted(channel, text string) (ts string) {
	e.t.Helper()
	_, ts, err := e.bot().PostMessage(channel, slack.MsgOptionText(text, false))
	must(e.t, err)
	return ts
}

func init() {
	row("CreateConversationContext", func(t *testing.T) {
		e := world(t)
		made, err := e.bot().CreateConversationContext(t.Context(), slack.CreateConversationParams{ChannelName: "launch-8"})
		must(t, err)
		got := e.info(e.bot(), made.ID)
		want(t, "name", got.Name, "launch-8")
		want(t, "members", got.NumMembers, 1)
		_, err = e.bot().CreateConversation(slack.CreateConversationParams{ChannelName: "launch-8"})
		refused(t, err, "name_taken")
	})
	row("ArchiveConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.made("launch-8")
		must(t, e.bot().ArchiveConversationContext(t.Context(), id))
		want(t, "archived", e.info(e.bot(), id).IsArchived, true)
		_, _, err := e.bot().PostMessage(id, slack.MsgOptionText("too late", false))
		refused(t, err, "is_archived")
		refused(t, e.bot().ArchiveConversation(id), "already_archived")
		refused(t, e.user("ana").ArchiveConversation(e.channel("general")), "cant_archive_general")
	})
	row("UnArchiveConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("launch-6")
		must(t, e.user("ana").UnArchiveConversationContext(t.Context(), id))
		want(t, "archived", e.info(e.user("ana"), id).IsArchived, false)
		refused(t, e.user("ana").UnArchiveConversation(id), "not_archived")
	})
	row("RenameConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.made("launch-8")
		_, err := e.bot().RenameConversationContext(t.Context(), id, "launch-9")
		must(t, err)
		got := e.info(e.bot(), id)
		want(t, "name", got.Name, "launch-9")
		want(t, "name before", slices.Contains(got.PreviousNames, "launch-8"), true)
		_, err = e.bot().RenameConversation(id, "general")
		refused(t, err, "name_taken")
	})
	row("SetTopicOfConversationContext", func(t *testing.T) {
		e := world(t)
		ch, err := e.bot().SetTopicOfConversationContext(t.Context(), e.channel("engineering"), "Launch 8 is off")
		must(t, err)
		want(t, "topic", e.info(e.bot(), ch.ID).Topic.Value, "Launch 8 is off")
		want(t, "message", e.seen(e.bot(), ch.ID)[0].SubType, "channel_topic")
		_, err = e.bot().SetTopicOfConversation(e.channel("leads"), "x")
		refused(t, err, "channel_not_found")
	})
	row("SetPurposeOfConversationContext", func(t *testing.T) {
		e := world(t)
		ch, err := e.bot().SetPurposeOfConversationContext(t.Context(), e.channel("engineering"), "We build it")
		must(t, err)
		want(t, "purpose", e.info(e.bot(), ch.ID).Purpose.Value, "We build it")
		_, err = e.bot().SetPurposeOfConversation(e.channel("random"), "x")
		refused(t, err, "not_in_channel")
	})
	row("InviteUsersToConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.made("launch-8")
		_, err := e.bot().InviteUsersToConversationContext(t.Context(), id, e.person("bo"), e.person("dara"))
		must(t, err)
		want(t, "bo is in", slices.Contains(e.members(id), e.person("bo")), true)
		want(t, "members", len(e.members(id)), 3)
		_, err = e.bot().InviteUsersToConversation(id, e.person("bo"))
		refused(t, err, "already_in_channel")
	})
	row("ForceInviteUsersToConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.made("launch-8")
		_, err := e.bot().ForceInviteUsersToConversationContext(t.Context(), id, e.person("bo"), "U0000000000")
		if err != nil {
			refused(t, err, "user_not_found")
		}
		want(t, "bo is in all the same", slices.Contains(e.members(id), e.person("bo")), true)
	})
	row("InviteSharedEmailsToConversationContext", func(t *testing.T) {
		e := world(t)
		id, _, err := e.bot().InviteSharedEmailsToConversationContext(t.Context(), e.channel("engineering"), "pat@umbrella.example")
		must(t, err)
		var by struct{ Team string }
		e.act("accept_shared_invite", map[string]any{"invite": id, "by": map[string]string{"domain": "umbrella", "team": "Umbrella"}}, &by)
		want(t, "pending", e.info(e.bot(), e.channel("engineering")).IsPendingExtShared, true)
		_, _, err = e.bot().InviteSharedEmailsToConversation(e.channel("general"), "pat@umbrella.example")
		refused(t, err, "cannot_share_mandatory_channel")
	})
	row("InviteSharedUserIDsToConversationContext", func(t *testing.T) {
		e := world(t)
		id, legacy, err := e.bot().InviteSharedUserIDsToConversationContext(t.Context(), e.channel("engineering"), e.person("dara"))
		must(t, err)
		want(t, "invite", id[:1], "I")
		want(t, "legacy", legacy, false)
		_, _, err = e.bot().InviteSharedUserIDsToConversation(e.channel("engineering"), e.person("bo"))
		refused(t, err, "already_in_channel")
	})
	row("InviteSharedToConversationContext", func(t *testing.T) {
		e := world(t)
		limited := false
		params := slack.InviteSharedToConversationParams{ChannelID: e.channel("engineering"), Emails: []string{"pat@umbrella.example"}, ExternalLimited: &limited}
		id, _, err := e.bot().InviteSharedToConversationContext(t.Context(), params)
		must(t, err)
		e.act("accept_shared_invite", map[string]any{"invite": id, "by": map[string]string{"domain": "umbrella"}}, nil)
		params.Emails = []string{"not an address"}
		_, _, err = e.bot().InviteSharedToConversation(params)
		refused(t, err, "invalid_email")
	})
	row("KickUserFromConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.made("launch-8")
		_, err := e.bot().InviteUsersToConversation(id, e.person("bo"))
		must(t, err)
		must(t, e.bot().KickUserFromConversationContext(t.Context(), id, e.person("bo")))
		want(t, "bo is in", slices.Contains(e.members(id), e.person("bo")), false)
		refused(t, e.bot().KickUserFromConversation(id, e.person("bo")), "not_in_channel")
	})
	row("JoinConversationContext", func(t *testing.T) {
		e := world(t)
		ch, warning, _, err := e.bot().JoinConversationContext(t.Context(), e.channel("random"))
		must(t, err)
		want(t, "warning", warning, "")
		want(t, "a member", ch.IsMember, true)
		_, warning, warnings, err := e.bot().JoinConversation(ch.ID)
		must(t, err)
		want(t, "warning", warning, "already_in_channel")
		want(t, "warnings", len(warnings), 1)
		_, _, _, err = e.bot().JoinConversation(e.channel("leads"))
		refused(t, err, "channel_not_found")
	})
	row("LeaveConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		was, err := e.bot().LeaveConversationContext(t.Context(), id)
		must(t, err)
		want(t, "was out already", was, false)
		want(t, "members", len(e.members(id)), 3)
		was, err = e.bot().LeaveConversation(id)
		must(t, err)
		want(t, "was out already", was, true)
		_, err = e.user("bo").LeaveConversation(e.channel("general"))
		refused(t, err, "cant_leave_general")
	})
	row("GetUsersInConversationContext", func(t *testing.T) {
		e := world(t)
		all := e.members(e.channel("engineering"))
		page, next, err := e.bot().GetUsersInConversationContext(t.Context(), &slack.GetUsersInConversationParameters{ChannelID: e.channel("engineering"), Limit: 3})
		must(t, err)
		rest, last, err := e.bot().GetUsersInConversationContext(t.Context(), &slack.GetUsersInConversationParameters{ChannelID: e.channel("engineering"), Limit: 3, Cursor: next})
		must(t, err)
		want(t, "cursor", last, "")
		want(t, "all", slices.Equal(append(page, rest...), all), true)
		want(t, "ana is in", slices.Contains(all, e.person("ana")), true)
	})
	row("GetConversationInfoContext", func(t *testing.T) {
		e := world(t)
		ch, err := e.bot().GetConversationInfoContext(t.Context(), &slack.GetConversationInfoInput{ChannelID: e.channel("engineering"), IncludeNumMembers: true, IncludeLocale: true})
		must(t, err)
		want(t, "name", ch.Name, "engineering")
		want(t, "topic", ch.Topic.Value, "Launch 7 is on Thursday")
		want(t, "members", ch.NumMembers, 4)
		want(t, "locale", ch.Locale, "en-US")
		_, err = e.bot().GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: e.channel("leads")})
		refused(t, err, "channel_not_found")
	})
	row("GetConversationsContext", func(t *testing.T) {
		e := world(t)
		var names []string
		for cursor, first := "", true; first || cursor != ""; first = false {
			chs, next, err := e.bot().GetConversationsContext(t.Context(), &slack.GetConversationsParameters{Limit: 2, Cursor: cursor, ExcludeArchived: true, Types: []string{"public_channel", "private_channel"}})
			must(t, err)
			for _, ch := range chs {
				names = append(names, ch.Name)
			}
			cursor = next
		}
		slices.Sort(names)
		want(t, "channels", slices.Equal(names, []string{"engineering", "general", "incidents", "random", "support"}), true)
		_, _, err := e.bot().GetConversations(&slack.GetConversationsParameters{Cursor: "nonsense"})
		refused(t, err, "invalid_cursor")
	})
	row("GetAllConversationsContext", func(t *testing.T) {
		e := world(t)
		chs, err := e.user("ana").GetAllConversationsContext(t.Context(), slack.GetConversationsOptionLimit(2), slack.GetConversationsOptionTypes([]string{"public_channel", "private_channel"}))
		must(t, err)
		want(t, "channels", len(chs), 7)
	})
	row("slack.ConversationPagination.Next", func(t *testing.T) {
		e := world(t)
		p, n := e.bot().GetConversationsPaginated(slack.GetConversationsOptionLimit(4), slack.GetConversationsOptionExcludeArchived(true)), 0
		for {
			var err error
			if p, err = p.Next(t.Context()); p.Done(err) {
				break
			}
			must(t, err)
			n += len(p.Conversations)
		}
		want(t, "channels on all pages", n, 5)
	})
	row("GetConversationHistoryContext", func(t *testing.T) {
		e := world(t)
		id := e.made("launch-8")
		for i := range 5 {
			e.posted(id, "message "+strconv.Itoa(i))
		}
		h, err := e.bot().GetConversationHistoryContext(t.Context(), &slack.GetConversationHistoryParameters{ChannelID: id, Limit: 2})
		must(t, err)
		want(t, "newest", h.Messages[0].Text, "message 4")
		want(t, "more", h.HasMore, true)
		next, err := e.bot().GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: id, Limit: 2, Cursor: h.ResponseMetaData.NextCursor})
		must(t, err)
		want(t, "next", next.Messages[0].Text, "message 2")
		one, err := e.bot().GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: id, Latest: next.Messages[1].Timestamp, Inclusive: true, Limit: 1})
		must(t, err)
		want(t, "the one", one.Messages[0].Text, "message 1")
		_, err = e.bot().GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: e.channel("random")})
		refused(t, err, "not_in_channel")
	})
	row("GetConversationRepliesContext", func(t *testing.T) {
		e := world(t)
		id := e.made("launch-8")
		root := e.posted(id, "a thread")
		for i := range 3 {
			_, _, err := e.bot().PostMessage(id, slack.MsgOptionText("reply "+strconv.Itoa(i), false), slack.MsgOptionTS(root))
			must(t, err)
		}
		ms, more, next, err := e.bot().GetConversationRepliesContext(t.Context(), &slack.GetConversationRepliesParameters{ChannelID: id, Timestamp: root, Limit: 2})
		must(t, err)
		want(t, "root", ms[0].ReplyCount, 3)
		want(t, "more", more, true)
		rest, more, _, err := e.bot().GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: id, Timestamp: root, Cursor: next})
		must(t, err)
		want(t, "last", rest[len(rest)-1].Text, "reply 2")
		want(t, "more", more, false)
		_, _, _, err = e.bot().GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: id, Timestamp: "1.000001"})
		refused(t, err, "thread_not_found")
	})
	row("MarkConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		ts := e.posted(id, "read this")
		must(t, e.user("ana").MarkConversationContext(t.Context(), id, ts))
		want(t, "read", e.info(e.user("ana"), id).LastRead, ts)
		refused(t, e.user("ana").MarkConversation(e.channel("support"), ts), "not_in_channel")
	})
	row("OpenConversationContext", func(t *testing.T) {
		e := world(t)
		ch, _, open, err := e.bot().OpenConversationContext(t.Context(), &slack.OpenConversationParameters{Users: []string{e.person("bo")}, ReturnIM: true})
		must(t, err)
		want(t, "open already", open, false)
		want(t, "with", e.info(e.bot(), ch.ID).User, e.person("bo"))
		again, _, open, err := e.bot().OpenConversation(&slack.OpenConversationParameters{Users: []string{e.person("bo")}, ReturnIM: true})
		must(t, err)
		want(t, "open already", open, true)
		want(t, "the same", again.ID, ch.ID)
		group, _, _, err := e.bot().OpenConversation(&slack.OpenConversationParameters{Users: []string{e.person("bo"), e.person("ana")}, ReturnIM: true})
		must(t, err)
		want(t, "group", group.IsMpIM, true)
		_, _, _, err = e.bot().OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0000000000"}})
		refused(t, err, "user_not_found")
	})
	row("CloseConversationContext", func(t *testing.T) {
		e := world(t)
		ch, _, _, err := e.bot().OpenConversation(&slack.OpenConversationParameters{Users: []string{e.person("bo")}})
		must(t, err)
		noop, closed, err := e.bot().CloseConversationContext(t.Context(), ch.ID)
		must(t, err)
		want(t, "no-op", noop, false)
		want(t, "closed already", closed, false)
		_, closed, err = e.bot().CloseConversation(ch.ID)
		must(t, err)
		want(t, "closed already", closed, true)
		_, _, err = e.bot().CloseConversation(e.channel("general"))
		refused(t, err, "method_not_supported_for_channel_type")
	})
}
