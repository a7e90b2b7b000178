package slack

import (
	"testing"

	"github.com/slack-go/slack"
)

func init() {
	row("CreateConversationContext", func(t *testing.T) {
		e := world(t)
		made, err := e.bot().CreateConversationContext(t.Context(), slack.CreateConversationParams{ChannelName: "launch-8"})
		must(t, err)
		got, err := e.bot().GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: made.ID, IncludeNumMembers: true})
		must(t, err)
		want(t, "name", got.Name, "launch-8")
		want(t, "members", got.NumMembers, 1)
		_, err = e.bot().CreateConversation(slack.CreateConversationParams{ChannelName: "launch-8"})
		want(t, "the second of that name", err.Error(), "name_taken")
	})
}
