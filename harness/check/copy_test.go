package check

import (
	"encoding/json"
	"testing"
)

// TestCopy holds copies of every record of the demo company against what decoding its JSON gives.
func TestCopy(t *testing.T) {
	w := world(t)
	st := state(t, w, nil, nil)
	copies := 0
	for _, into := range []struct {
		collection string
		view       func() any
	}{
		{"okta.users", func() any { return new(oktaUser) }}, {"okta.groups", func() any { return new(oktaGroup) }}, {"okta.members", func() any { return new(oktaMember) }},
		{"okta.apps", func() any { return new(oktaApp) }}, {"slack.users", func() any { return new(slackUser) }}, {"slack.channels", func() any { return new(slackChannel) }},
		{"slack.messages", func() any { return new(slackMessage) }}, {"slack.usergroups", func() any { return new(slackGroup) }}, {"jira.users", func() any { return new(jiraUser) }},
		{"jira.issues", func() any { return new(jiraIssue) }}, {"jira.comments", func() any { return new(jiraComment) }}, {"jira.statuses", func() any { return new(jiraNamed) }},
		{"gdrive.files", func() any { return new(driveFile) }}, {"gdrive.permissions", func() any { return new(permission) }}, {"gsheets.sheets", func() any { return new(sheet) }},
		{"gsheets.blocks", func() any { return new(block) }}, {"gdocs.documents", func() any { return new(document) }}, {"okta.users", func() any { return new(map[string]any) }},
	} {
		for key, rec := range w.Host.Schema.Records(st.at, into.collection) {
			got, want := into.view(), into.view()
			b, err := json.Marshal(rec)
			if err == nil {
				err = json.Unmarshal(b, want)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := copyTo(got, rec); err != nil {
				t.Fatal(err)
			}
			if g, w := encode(got), encode(want); string(g) != string(w) {
				t.Errorf("%s[%s] is %s, want %s", into.collection, key, g, w)
			}
			copies++
		}
	}
	if copies < 200 {
		t.Errorf("only %d records were looked at", copies)
	}
}
