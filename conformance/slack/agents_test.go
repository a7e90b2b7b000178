package slack

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// task is a code channel of the bot's.
func (e *env) task(t *testing.T) string {
	t.Helper()
	made, err := e.bot().CreateAgentConversationContext(t.Context(), "Fix the valve", slack.CreateAgentConversationOptionSessionID("s1"))
	must(t, err)
	return made.ChannelID
}

// assistantThread is a thread between ana and the bot.
func (e *env) assistantThread() (channel, ts string) {
	e.t.Helper()
	ch, _, _, err := e.user("ana").OpenConversation(&slack.OpenConversationParameters{Users: []string{e.person("rocketbot")}})
	must(e.t, err)
	return ch.ID, e.says("ana", ch.ID, "when is launch 8?")
}

// opened is ana's click on a work object, and the trigger that the app gets for it.
func (e *env) opened(t *testing.T) (trigger string) {
	event, _ := e.listen()
	channel, ts := e.linked()
	_, _, _, err := e.bot().UnfurlMessageWorkObject(channel, ts, nil, workObject())
	must(t, err)
	e.act("open_entity", map[string]string{"user": "ana", "channel": channel, "ts": ts}, nil)
	var asked slackevents.EntityDetailsRequestedEvent
	must(t, json.Unmarshal(event("entity_details_requested"), &asked))
	want(t, "reference", asked.ExternalRef.ID, "9")
	want(t, "who", asked.User, e.person("ana"))
	return asked.TriggerID
}

// entity is what ana sees of it.
func (e *env) entity() (seen struct {
	Metadata, Error map[string]any
	UserAuthURL     string `json:"user_auth_url"`
}) {
	e.t.Helper()
	var screen struct{ Entity json.RawMessage }
	e.act("screen", map[string]string{"user": "ana"}, &screen)
	must(e.t, json.Unmarshal(screen.Entity, &seen))
	return seen
}

func init() {
	row("CreateAgentConversationContext", func(t *testing.T) {
		e := world(t)
		origin := e.says("bo", e.channel("engineering"), "<@"+e.person("rocketbot")+"> fix the valve")
		made, err := e.bot().CreateAgentConversationContext(t.Context(), "Fix the valve", slack.CreateAgentConversationOptionSessionID("s1"),
			slack.CreateAgentConversationOptionOriginChannelID(e.channel("engineering")), slack.CreateAgentConversationOptionOriginMessageTimestamp(origin))
		must(t, err)
		ch := e.info(e.bot(), made.ChannelID)
		want(t, "title", ch.Properties.AgentSession.Title, "Fix the valve")
		want(t, "bo is in", slices.Contains(e.members(made.ChannelID), e.person("bo")), true)
		again, err := e.bot().CreateAgentConversation("Again", slack.CreateAgentConversationOptionSessionID("s1"))
		must(t, err)
		want(t, "the same session's", again.ChannelID, made.ChannelID)
	})
	row("ArchiveAgentConversationContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		must(t, e.bot().ArchiveAgentConversationContext(t.Context(), id))
		want(t, "archived", e.info(e.bot(), id).IsArchived, true)
		if err := e.bot().ArchiveAgentConversation(e.channel("engineering")); err == nil {
			t.Fatal("a channel that is no code channel was archived")
		}
	})
	row("SetAgentConversationCommandsContext", func(t *testing.T) {
		e := world(t)
		set, err := e.bot().SetAgentConversationCommandsContext(t.Context(), e.task(t), []slack.AgentCommand{{Name: "test", Description: "Run the tests"}, {Name: "ship"}})
		must(t, err)
		want(t, "commands", set.CommandCount, 2)
		_, err = e.bot().SetAgentConversationCommands(e.channel("engineering"), nil)
		refused(t, err, "method_not_supported_for_channel_type")
	})
	row("SetAgentConversationPropertiesContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		link := "https://acme.example/s/1"
		_, err := e.bot().SetAgentConversationPropertiesContext(t.Context(), id, slack.SetAgentConversationPropertiesOptionCodeChannel(slack.AgentCodeChannelProperties{
			ContextBarItems: []slack.AgentContextBarItem{{Key: "repo", Label: "acme/valve"}}}), slack.SetAgentConversationPropertiesOptionAgentResource(slack.AgentResourceProperties{URL: &link}))
		must(t, err)
		ch := e.info(e.bot(), id)
		want(t, "label", ch.Properties.CodeChannel.ContextBarItems[0].Label, "acme/valve")
		_, err = e.bot().SetAgentConversationProperties(e.channel("engineering"), slack.SetAgentConversationPropertiesOptionAgentResource(slack.AgentResourceProperties{URL: &link}))
		refused(t, err, "method_not_supported_for_channel_type")
	})
	row("SetAgentSessionStatusContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		set, err := e.bot().SetAgentSessionStatusContext(t.Context(), slack.AgentSessionSetStatusParameters{ChannelID: id, Status: "processing"})
		must(t, err)
		want(t, "status", set.AgentStatus, "processing")
		want(t, "read back", e.info(e.bot(), id).Properties.AgentSession.Status, "processing")
		_, err = e.bot().SetAgentSessionStatus(slack.AgentSessionSetStatusParameters{ChannelID: "C0000000000", Status: "processing"})
		refused(t, err, "channel_not_found")
	})
	row("RenameAgentSessionContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		got, err := e.bot().RenameAgentSessionContext(t.Context(), slack.AgentSessionRenameParameters{ChannelID: id, Title: "Replace the valve"})
		must(t, err)
		want(t, "title", got.Title, "Replace the valve")
		want(t, "name", e.info(e.bot(), id).Name, "replace-the-valve")
		_, err = e.bot().RenameAgentSession(slack.AgentSessionRenameParameters{ChannelID: e.channel("engineering"), Title: "x", ThreadTS: e.says("bo", e.channel("engineering"), "?")})
		refused(t, err, "session_not_found")
	})
	row("SetAgentConversationViewContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		set, err := e.bot().SetAgentConversationViewContext(t.Context(), id, slack.SetAgentConversationViewOptionViewKey("report"), slack.SetAgentConversationViewOptionContent("<h1>Report</h1>"),
			slack.SetAgentConversationViewOptionName("Report"))
		must(t, err)
		again, err := e.bot().SetAgentConversationView(id, slack.SetAgentConversationViewOptionViewKey("report"), slack.SetAgentConversationViewOptionContent("<h1>More</h1>"))
		must(t, err)
		want(t, "the same view", again.ViewID, set.ViewID)
		want(t, "version", again.ContentVersion, set.ContentVersion+1)
		_, err = e.bot().SetAgentConversationView(e.channel("engineering"), slack.SetAgentConversationViewOptionViewKey("x"), slack.SetAgentConversationViewOptionContent("x"))
		refused(t, err, "method_not_supported_for_channel_type")
	})
	row("ListAgentConversationViewsContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		set, err := e.bot().SetAgentConversationView(id, slack.SetAgentConversationViewOptionViewKey("report"), slack.SetAgentConversationViewOptionContent("<h1>Report</h1>"))
		must(t, err)
		list, err := e.bot().ListAgentConversationViewsContext(t.Context(), id)
		must(t, err)
		found := slices.ContainsFunc(list.Views, func(v slack.AgentConversationView) bool { return v.ViewID == set.ViewID }) ||
			slices.ContainsFunc(list.SessionViews, func(v slack.AgentConversationSessionView) bool { return v.ViewID == set.ViewID })
		want(t, "listed", found, true)
		_, err = e.bot().ListAgentConversationViews("C0000000000")
		refused(t, err, "channel_not_found")
	})
	row("RemoveAgentConversationViewContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		set, err := e.bot().SetAgentConversationView(id, slack.SetAgentConversationViewOptionViewKey("report"), slack.SetAgentConversationViewOptionContent("<h1>Report</h1>"))
		must(t, err)
		_, err = e.bot().RemoveAgentConversationViewContext(t.Context(), id, slack.RemoveAgentConversationViewOptionViewID(set.ViewID))
		must(t, err)
		list, err := e.bot().ListAgentConversationViews(id)
		must(t, err)
		want(t, "views", len(list.Views)+len(list.SessionViews), 0)
		_, err = e.bot().RemoveAgentConversationView(id, slack.RemoveAgentConversationViewOptionViewID(set.ViewID))
		refused(t, err, "view_not_found")
	})
	row("SetAgentConversationCanvasContentContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		canvas, err := e.bot().CreateChannelCanvas(id, slack.DocumentContent{Type: "markdown", Markdown: "# Plan\n\nOne"})
		must(t, err)
		set, err := e.bot().SetAgentConversationCanvasContentContext(t.Context(), id, canvas, "# Plan\n\nTwo")
		must(t, err)
		want(t, "changed", set.SectionsChangedCount, 1)
		got, err := e.bot().GetAgentConversationCanvas(id, canvas)
		must(t, err)
		want(t, "content", got.Content, "# Plan\n\nTwo")
		_, err = e.bot().SetAgentConversationCanvasContent(id, "F0000000000", "x")
		refused(t, err, "canvas_not_found")
	})
	row("GetAgentConversationCanvasContext", func(t *testing.T) {
		e := world(t)
		id := e.task(t)
		canvas, err := e.bot().CreateChannelCanvas(id, slack.DocumentContent{Type: "markdown", Markdown: "# Plan\n\nOne"})
		must(t, err)
		got, err := e.bot().GetAgentConversationCanvasContext(t.Context(), id, canvas, slack.GetAgentConversationCanvasOptionContentFormat("markdown"))
		must(t, err)
		want(t, "content", got.Content, "# Plan\n\nOne")
		_, err = e.bot().GetAgentConversationCanvas(id, "F0000000000")
		refused(t, err, "canvas_not_found")
	})

	row("SetAssistantThreadsTitleContext", func(t *testing.T) {
		e := world(t)
		channel, ts := e.assistantThread()
		must(t, e.bot().SetAssistantThreadsTitleContext(t.Context(), slack.AssistantThreadsSetTitleParameters{ChannelID: channel, ThreadTS: ts, Title: "Launch dates"}))
		var replies struct {
			Messages []struct {
				Thread struct{ Title string } `json:"assistant_app_thread"`
			}
		}
		control(t, http.MethodGet, e.url+"/api/conversations.replies?channel="+channel+"&ts="+ts+"&token="+e.creds.Env["SLACK_BOT_TOKEN"], nil, &replies)
		want(t, "title", replies.Messages[0].Thread.Title, "Launch dates")
		refused(t, e.bot().SetAssistantThreadsTitle(slack.AssistantThreadsSetTitleParameters{ChannelID: channel, ThreadTS: "1.000001", Title: "x"}), "invalid_thread_ts")
	})
	row("SetAssistantThreadsStatusContext", func(t *testing.T) {
		e := world(t)
		channel, ts := e.assistantThread()
		must(t, e.bot().SetAssistantThreadsStatusContext(t.Context(), slack.AssistantThreadsSetStatusParameters{ChannelID: channel, ThreadTS: ts, Status: "is thinking...", LoadingMessages: []string{"Counting"}}))
		refused(t, e.bot().SetAssistantThreadsStatus(slack.AssistantThreadsSetStatusParameters{ChannelID: "C0000000000", ThreadTS: ts, Status: "x"}), "channel_not_found")
	})
	row("SetAssistantThreadsSuggestedPromptsContext", func(t *testing.T) {
		e := world(t)
		channel, ts := e.assistantThread()
		params := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: channel, ThreadTS: ts, Title: "Ask"}
		params.AddPrompt("Launch", "When is the next launch?")
		must(t, e.bot().SetAssistantThreadsSuggestedPromptsContext(t.Context(), params))
		params.AddPrompt("", "")
		if err := e.bot().SetAssistantThreadsSuggestedPrompts(params); err == nil {
			t.Fatal("an empty prompt was taken")
		}
	})
	row("SearchAssistantContextContext", func(t *testing.T) {
		e := world(t)
		found, err := e.user("ana").SearchAssistantContextContext(t.Context(), slack.AssistantSearchContextParameters{Query: "telemetry deploying"})
		must(t, err)
		want(t, "channel", found.Results.Messages[0].ChannelName, "engineering")
		hidden, err := e.user("bo").SearchAssistantContext(slack.AssistantSearchContextParameters{Query: "headcount", ChannelTypes: []string{"private_channel"}})
		must(t, err)
		want(t, "hits in what bo cannot see", len(hidden.Results.Messages), 0)
		_, err = e.user("bo").SearchAssistantContext(slack.AssistantSearchContextParameters{Query: "x", Cursor: "nonsense"})
		refused(t, err, "invalid_cursor")
	})

	details := slack.EntityDetailsMetadata{EntityType: "slack#/entities/item", URL: deploy, ExternalRef: slack.WorkObjectExternalRef{ID: "9"},
		EntityPayload: map[string]any{"attributes": map[string]any{"title": map[string]any{"text": "Deploy nine"}}}}
	row("EntityPresentDetailsContext", func(t *testing.T) {
		e := world(t)
		trigger := e.opened(t)
		must(t, e.bot().EntityPresentDetailsContext(t.Context(), slack.EntityPresentDetailsParameters{TriggerID: trigger, Metadata: &details}))
		want(t, "type", e.entity().Metadata["entity_type"], any("slack#/entities/item"))
		refused(t, e.bot().EntityPresentDetails(slack.EntityPresentDetailsParameters{TriggerID: trigger, Metadata: &details}), "invalid_trigger_id")
	})
	row("EntityPresentDetailsWithMetadata", func(t *testing.T) {
		e := world(t)
		must(t, e.bot().EntityPresentDetailsWithMetadata(e.opened(t), details))
		want(t, "url", e.entity().Metadata["url"], any(deploy))
		refused(t, e.bot().EntityPresentDetailsWithMetadata("forged", details), "invalid_trigger_id")
	})
	row("EntityPresentDetailsWithError", func(t *testing.T) {
		e := world(t)
		must(t, e.bot().EntityPresentDetailsWithError(e.opened(t), slack.EntityDetailsError{Status: "not_found"}))
		want(t, "status", e.entity().Error["status"], any("not_found"))
	})
	row("EntityPresentDetailsWithAuth", func(t *testing.T) {
		e := world(t)
		must(t, e.bot().EntityPresentDetailsWithAuth(e.opened(t), "https://acme.example/connect", "Connect"))
		want(t, "url", e.entity().UserAuthURL, "https://acme.example/connect")
	})
}
