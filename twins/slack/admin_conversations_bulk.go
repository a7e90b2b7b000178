package slack

import (
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A BulkAction is something being done to many channels.
//
// https://docs.slack.dev/reference/methods/admin.conversations.bulkArchive
type BulkAction struct {
	ID       string   `json:"id"`
	Org      string   `json:"org"`
	By       string   `json:"by"`
	What     string   `json:"what"`
	Target   string   `json:"target"`
	Channels []string `json:"channels"`
}

// timerBulk is the timer of a bulk action, which Slack does a little later.
const timerBulk = "bulk_action"

// adminConversationsBulkArchive closes many channels, a little later.
//
// https://docs.slack.dev/reference/methods/admin.conversations.bulkArchive
func (s *Slack) adminConversationsBulkArchive(c *call, in *api.AdminConversationsBulkArchiveRequest) (any, error) {
	if err := c.require("channel_ids"); err != nil {
		return nil, err
	}
	if err := atMost("channel_ids", in.ChannelIDs, 100); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, Error("invalid_enterprise"))
	if err != nil {
		return nil, err
	}
	return c.bulk(org, BulkAction{What: "archive"}, in.ChannelIDs)
}

// adminConversationsBulkDelete deletes many channels, a little later.
//
// https://docs.slack.dev/reference/methods/admin.conversations.bulkDelete
func (s *Slack) adminConversationsBulkDelete(c *call, in *api.AdminConversationsBulkDeleteRequest) (any, error) {
	if err := c.require("channel_ids"); err != nil {
		return nil, err
	}
	if err := atMost("channel_ids", in.ChannelIDs, 100); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, Error("invalid_enterprise"))
	if err != nil {
		return nil, err
	}
	return c.bulk(org, BulkAction{What: "delete"}, in.ChannelIDs)
}

// adminConversationsBulkMove moves many channels to another workspace, a little later.
//
// https://docs.slack.dev/reference/methods/admin.conversations.bulkMove
func (s *Slack) adminConversationsBulkMove(c *call, in *api.AdminConversationsBulkMoveRequest) (any, error) {
	if err := c.require("target_team_id", "channel_ids"); err != nil {
		return nil, err
	}
	if err := atMost("channel_ids", in.ChannelIDs, 100); err != nil {
		return nil, err
	}
	org, err := c.admin(errRestrictedAction, errTeamNotFound)
	if err != nil {
		return nil, err
	}
	if _, ok := c.orgTeam(org, in.TargetTeamID); !ok {
		return nil, Error("target_team_not_found")
	}
	return c.bulk(org, BulkAction{What: "move", Target: in.TargetTeamID}, in.ChannelIDs)
}

// unfitFor says why an action cannot be done to a channel; "" is no reason.
func (c *call) unfitFor(b BulkAction, ch Channel) Error {
	other, taken := c.s.channelsByName.Get(c.Tx, b.Target+"/"+ch.Name)
	switch {
	case b.What == "archive" && ch.Archived:
		return errAlreadyArchived
	case b.What == "move" && ch.Team == b.Target:
		return Error("already_in_target_team")
	case b.What == "move" && taken && other.ID != ch.ID:
		return errNameTaken
	case b.What == "move" && len(ch.External) > 0:
		return Error("externally_shared_or_disconnected_channel")
	}
	return ""
}

// bulk begins a bulk action on the channels that it can be done to, and says which those are not.
func (c *call) bulk(org Team, b BulkAction, channels []string) (any, error) {
	for range c.s.bulkActions.All(c.Tx, "") {
		return nil, Error("action_already_in_progress")
	}
	b.ID, b.Org, b.By = c.id("Ab"), org.ID, c.user.ID
	notAdded := []reply{}
	for _, id := range channels {
		ch, err := c.changeable(org, id)
		code := c.unfitFor(b, ch)
		if err != nil {
			code = err.(Error)
		}
		if code != "" {
			notAdded = append(notAdded, reply{"channel_id": id, "errors": []Error{code}})
			continue
		}
		b.Channels = append(b.Channels, id)
	}
	if len(b.Channels) == 0 {
		return nil, Error("no_valid_channels").with(reply{"not_added": notAdded})
	}
	c.s.bulkActions.Put(c.Tx, b)
	c.At(c.Now.Add(time.Second), "slack", timerBulk, b.ID)
	return reply{"bulk_action_id": b.ID, "not_added": notAdded}, nil
}

// finish does a bulk action. A channel that is no longer what it was is passed over.
func (s *Slack) finish(tc *twin.Call, id string) error {
	b, ok := s.bulkActions.Get(tc.Tx, id)
	if !ok {
		return nil
	}
	s.bulkActions.Delete(tc.Tx, id)
	c := s.as(&call{Call: tc, s: s, args: &arguments{}}, b.By)
	for _, id := range b.Channels {
		ch, ok := s.channels.Get(tc.Tx, id)
		switch {
		case !ok:
		case b.What == "archive" && !ch.Archived:
			c.archive(ch)
		case b.What == "delete":
			c.deleteChannel(ch)
		case b.What == "move":
			if _, taken := s.channelsByName.Get(tc.Tx, b.Target+"/"+ch.Name); taken {
				continue
			}
			from := ch.Team
			ch.Team, ch.Teams, ch.OrgWide, ch.Updated = b.Target, nil, false, c.Now.UnixMilli()
			s.channels.Put(tc.Tx, ch)
			c.dropOutsiders(ch)
			c.audit("channel_moved", aboutChannel(ch), reply{"source_team": from, "destination_team": b.Target, "initiated_by": "admin.conversations.bulkMove"})
		}
	}
	return nil
}
