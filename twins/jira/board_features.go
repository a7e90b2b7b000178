package jira

import "maps"

// A boardFeature is something that a team can turn on and off on a board of a team-managed project.
type boardFeature struct{ key, kind, group, name, words string }

const featureSprints = "jsw.agility.sprints"

// boardFeatures are those that there are.
//
// https://support.atlassian.com/jira-software-cloud/docs/enable-and-disable-features-in-team-managed-projects/
var boardFeatures = []boardFeature{
	{"jsw.agility.backlog", "BASIC", "Planning", "Backlog", "Plan and prioritize work in a dedicated space."},
	{featureSprints, "BASIC", "Planning", "Sprints", "Deliver value for your users in regular time periods."},
	{"jsw.agility.estimation", "ESTIMATION", "Planning", "Estimation", "Understand how much work your team can do."},
	{"jsw.agility.reports", "BASIC", "Planning", "Reports", "See how your team's work progresses."},
	{"jsw.agility.releases", "BASIC", "Development", "Releases", "Keep track of what you ship, and when."},
	{"jsw.agility.code", "BASIC", "Development", "Code", "See the code that belongs to your work."},
}

// getFeaturesForBoard lists what of a board is turned on.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-features-get
func (j *Jira) getFeaturesForBoard(c *call) (any, error) {
	b, err := c.board()
	if err != nil {
		return nil, err
	}
	return boardFeaturesShown(b), nil
}

// toggleFeatures turns something on a board on or off.
//
// https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-features-put
func (j *Jira) toggleFeatures(c *call) (any, error) {
	b, err := c.managedBoard()
	if err != nil {
		return nil, err
	}
	doc := object(c.body)
	on, isBool := doc["enabling"].(bool)
	known := false
	for _, f := range boardFeatures {
		known = known || f.key == doc["feature"]
	}
	switch {
	case !known:
		return nil, badRequest("The feature '%s' does not exist.", plainWords(doc["feature"]))
	case !isBool:
		return nil, errPayload
	case b.Type != "simple":
		return nil, badRequest("Features can only be toggled on boards of team-managed projects.")
	}
	if b.Features = maps.Clone(b.Features); b.Features == nil {
		b.Features = map[string]bool{}
	}
	b.Features[text(doc["feature"])] = on
	j.boards.Put(c.Tx, b)
	return boardFeaturesShown(b), nil
}

func boardFeaturesShown(b Board) obj {
	features := []any{}
	for _, f := range boardFeatures {
		state := "DISABLED"
		if b.Features[f.key] {
			state = "ENABLED"
		}
		v := obj{"boardFeature": f.kind, "boardId": b.ID, "state": state, "localisedName": f.name, "localisedDescription": f.words, "localisedGroup": f.group, "featureId": f.key, "featureType": f.kind, "toggleLocked": false}
		if f.kind == "ESTIMATION" {
			v["permissibleEstimationTypes"] = []any{obj{"value": "STORY_POINTS", "localisedName": "Story points", "localisedDescription": "Estimate in story points."}, obj{"value": "ORIGINAL_ESTIMATE", "localisedName": "Original estimate", "localisedDescription": "Estimate in time."}}
		}
		features = append(features, v)
	}
	return obj{"features": features}
}
