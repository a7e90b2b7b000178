package slack

import (
	"encoding/json"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// entityMethods are the entity.* methods.
//
// https://docs.slack.dev/messaging/work-objects
func (s *Slack) entityMethods() {
	write(s, "entity.presentDetails", about{twin.Full, tier3, "", ""}, s.entityPresentDetails).requires("trigger_id")
}

// entityPresentDetails shows the person who has opened a work object its details, an error or a way to sign in.
//
// https://docs.slack.dev/reference/methods/entity.presentDetails
func (s *Slack) entityPresentDetails(c *call, in *api.EntityPresentDetailsRequest) (any, error) {
	var metadata struct {
		EntityType    string                     `json:"entity_type"`
		EntityPayload map[string]json.RawMessage `json:"entity_payload"`
		URL           string                     `json:"url"`
		ExternalRef   struct {
			ID string `json:"id"`
		} `json:"external_ref"`
	}
	var problem struct {
		Status string `json:"status"`
	}
	switch {
	case present(in.Metadata) != nil && (json.Unmarshal(in.Metadata, &metadata) != nil || metadata.EntityType == "" || metadata.EntityPayload == nil):
		return nil, Error("invalid_metadata")
	case present(in.Error) != nil && (json.Unmarshal(in.Error, &problem) != nil || problem.Status == ""):
		return nil, invalid("[ERROR] missing required field: status [json-pointer:/error]")
	case in.UserAuthRequired && in.UserAuthURL == "":
		return nil, Error("user_auth_url_missing")
	case present(in.Metadata) == nil && present(in.Error) == nil && !in.UserAuthRequired:
		return nil, missing("metadata")
	}
	t, err := c.exchange(in.TriggerID, errInvalidTriggerID, errInvalidTriggerID, errInvalidTriggerID)
	if err != nil {
		return nil, err
	}
	c.emit(event{Type: "entity_details", To: []string{t.User}, Screen: true, Body: reply{"metadata": in.Metadata, "error": in.Error,
		"user_auth_required": in.UserAuthRequired, "user_auth_url": in.UserAuthURL, "trigger_id": in.TriggerID}})
	return nil, nil
}
