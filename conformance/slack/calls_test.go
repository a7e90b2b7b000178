package slack

import (
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func init() {
	add := func(t *testing.T, e *env) slack.Call {
		t.Helper()
		c, err := e.bot().AddCallContext(t.Context(), slack.AddCallParameters{
			JoinURL: "https://calls.example.com/1", ExternalUniqueID: "call-1", CreatedBy: e.person("bo"), Title: "Stand-up",
			Participants: []slack.CallParticipant{{SlackID: e.person("bo")}, {ExternalID: "x", DisplayName: "Guest"}},
		})
		must(t, err)
		return c
	}
	get := func(t *testing.T, e *env, id string) slack.Call {
		t.Helper()
		c, err := e.bot().GetCallContext(t.Context(), id)
		must(t, err)
		return c
	}
	row("AddCallContext", func(t *testing.T) {
		e := world(t)
		c := add(t, e)
		_, _, err := e.bot().PostMessage(e.channel("general"), slack.MsgOptionText("Stand-up", false), slack.MsgOptionBlocks(slack.NewCallBlock(c.ID)))
		must(t, err)
		m := latestMessage(t, e.user("ana"), e.channel("general"))
		b, ok := m.Blocks.BlockSet[0].(*slack.CallBlock)
		if !ok || b.Call == nil || b.Call.V1 == nil {
			t.Fatalf("the message shows %+v", m.Blocks.BlockSet[0])
		}
		want(t, "name", b.Call.V1.Name, "Stand-up")
		want(t, "participants", len(b.Call.V1.ActiveParticipants), 2)
		_, err = e.bot().AddCall(slack.AddCallParameters{JoinURL: "https://calls.example.com/2", ExternalUniqueID: "call-2"})
		refused(t, err, "invalid_created_by")
	})
	row("GetCallContext", func(t *testing.T) {
		e := world(t)
		c := get(t, e, add(t, e).ID)
		want(t, "title", c.Title, "Stand-up")
		want(t, "participants", len(c.Participants), 2)
		want(t, "the guest", c.Participants[1].DisplayName, "Guest")
		_, err := e.bot().GetCall("R0NONE00000")
		refused(t, err, "invalid_call_id")
	})
	row("UpdateCallContext", func(t *testing.T) {
		e := world(t)
		id := add(t, e).ID
		_, err := e.bot().UpdateCallContext(t.Context(), id, slack.UpdateCallParameters{Title: "Sit-down", JoinURL: "https://calls.example.com/9"})
		must(t, err)
		c := get(t, e, id)
		want(t, "call", c.Title+" "+c.JoinURL, "Sit-down https://calls.example.com/9")
	})
	row("EndCallContext", func(t *testing.T) {
		e := world(t)
		id := add(t, e).ID
		must(t, e.bot().EndCallContext(t.Context(), id, slack.EndCallParameters{Duration: 30 * time.Minute}))
		c := get(t, e, id)
		want(t, "length", int(c.DateEnd-c.DateStart), 1800)
		refused(t, e.bot().EndCall(id, slack.EndCallParameters{}), "inactive_call")
	})
	row("CallAddParticipantsContext", func(t *testing.T) {
		e := world(t)
		id := add(t, e).ID
		ana := []slack.CallParticipant{{SlackID: e.person("ana")}}
		must(t, e.bot().CallAddParticipantsContext(t.Context(), id, ana))
		want(t, "participants", len(get(t, e, id).Participants), 3)
		refused(t, e.bot().CallAddParticipants(id, ana), "bad_users")
	})
	row("CallRemoveParticipantsContext", func(t *testing.T) {
		e := world(t)
		id := add(t, e).ID
		guest := []slack.CallParticipant{{ExternalID: "x"}}
		must(t, e.bot().CallRemoveParticipantsContext(t.Context(), id, guest))
		want(t, "participants", len(get(t, e, id).Participants), 1)
		refused(t, e.bot().CallRemoveParticipants(id, guest), "bad_users")
	})
}
