package universe

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"twinset.dev/kit/twin"
)

// What searches, feeds and rules know of a world that lags is what there was a while ago, however often it is asked.
func TestLagging(t *testing.T) {
	c := start(t, twin.Options{})
	c.twinset(http.MethodPut, "/_twin/clock", map[string]any{"mode": "frozen"})
	c.twinset(http.MethodPut, "/_twin/consistency", map[string]any{"mode": "lagging", "by": "2s"})
	ana := c.google("ana")
	var start struct{ StartPageToken string }
	c.get("google", "/drive/v3/changes/startPageToken", ana, &start)

	group := c.okta(http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Pilots"}})["id"].(string)
	rule := c.okta(http.MethodPost, "/api/v1/groups/rules", map[string]any{"type": "group_rule", "name": "Pilots", "conditions": map[string]any{"expression": map[string]any{"value": `user.title=="Pilot"`, "type": "urn:okta:expression:1.0"}},
		"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{group}}}})["id"].(string)
	c.okta(http.MethodPost, "/api/v1/groups/rules/"+rule+"/lifecycle/activate", nil)
	c.twinset(http.MethodPost, "/_twin/clock/advance", map[string]any{"by": "10s"})
	jo := c.okta(http.MethodPost, "/api/v1/users?activate=true", map[string]any{"profile": map[string]any{"firstName": "Jo", "lastName": "Quist", "login": "jo@acme.example", "email": "jo@acme.example", "title": "Pilot"}})["id"].(string)

	channel := ""
	for _, x := range c.slack("conversations.list", url.Values{})["channels"].([]any) {
		if x := x.(map[string]any); x["name"] == "random" {
			channel = x["id"].(string)
		}
	}
	posted := c.slack("chat.postMessage", url.Values{"channel": {channel}, "text": {"A zeppelin has landed."}})
	_, b := c.call(http.MethodPost, "google", "/drive/v3/files", ana, map[string]any{"name": "zeppelin.txt"})
	var file struct{ ID string }
	json.Unmarshal(b, &file)
	status, b := c.call(http.MethodPost, "jira", "/rest/api/3/issue", c.jiraAuth(), map[string]any{"fields": map[string]any{"project": map[string]any{"key": "OPS"}, "issuetype": map[string]any{"name": "Task"}, "summary": "Moor the zeppelin"}})
	if status != http.StatusCreated {
		t.Fatalf("%d %s", status, b)
	}

	finds := func() []int {
		t.Helper()
		messages := c.slack("search.messages", url.Values{"query": {"zeppelin"}})["messages"].(map[string]any)["total"].(float64)
		var issues struct{ Issues []any }
		c.jira("/rest/api/3/search/jql?jql="+url.QueryEscape(`summary ~ "zeppelin"`), &issues)
		var found struct{ Files []any }
		c.get("google", "/drive/v3/files?q="+url.QueryEscape("name = 'zeppelin.txt'"), ana, &found)
		var changes struct {
			Changes           []any
			NewStartPageToken string
		}
		c.get("google", "/drive/v3/changes?pageToken="+start.StartPageToken, ana, &changes)
		people := c.list("/api/v1/users?search=" + url.QueryEscape(`profile.title eq "Pilot"`))
		events := c.list("/api/v1/logs?filter=" + url.QueryEscape(`eventType eq "user.lifecycle.create"`))
		members := c.list("/api/v1/groups/" + group + "/users")
		return []int{int(messages), len(issues.Issues), len(found.Files), len(changes.Changes), len(people), len(events), len(members)}
	}
	nothing, everything := []int{0, 0, 0, 0, 0, 0, 0}, []int{1, 1, 1, 1, 1, 1, 1}
	if got := finds(); !slices.Equal(got, nothing) {
		t.Errorf("at once they know %v", got)
	}
	if f := c.slack("conversations.history", url.Values{"channel": {channel}, "limit": {"1"}}); f["messages"].([]any)[0].(map[string]any)["text"] != "A zeppelin has landed." {
		t.Error("history lags")
	}
	c.twinset(http.MethodPost, "/_twin/clock/advance", map[string]any{"by": "1999ms"})
	if got := finds(); !slices.Equal(got, nothing) {
		t.Errorf("too early they know %v", got)
	}
	c.twinset(http.MethodPost, "/_twin/clock/advance", map[string]any{"by": "1ms"})
	if got := finds(); !slices.Equal(got, everything) {
		t.Errorf("after a while they know %v", got)
	}

	// What is gone is not found, though the index has it still.
	c.slack("chat.delete", url.Values{"channel": {channel}, "ts": {posted["ts"].(string)}})
	c.call(http.MethodDelete, "google", "/drive/v3/files/"+file.ID, ana, nil)
	c.okta(http.MethodPost, "/api/v1/users/"+jo+"/lifecycle/deactivate", nil)
	c.okta(http.MethodDelete, "/api/v1/users/"+jo, nil)
	got := finds()
	if got[0] != 0 || got[2] != 0 || got[4] != 0 {
		t.Errorf("what was deleted is found: %v", got)
	}

	for _, bad := range []string{`{"mode":"weak"}`, `{"mode":"lagging"}`, `{"mode":"lagging","by":"-1s"}`, `{"by":"1s"}`, `{"mod":"strong"}`} {
		if status, got := c.call(http.MethodPut, "twinset", "/_twin/consistency", "", json.RawMessage(bad)); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad, status, got)
		}
	}
}

func TestEvidence(t *testing.T) {
	c := start(t, twin.Options{})
	c.twinset(http.MethodPost, "/_twin/reset", nil)
	c.login()
	w := c.opened()
	before := len(w.Journal.Since(0, 0))
	bo := c.oktaID("bo")
	c.okta(http.MethodPost, "/api/v1/users/"+bo+"/lifecycle/suspend", nil)
	c.call(http.MethodPost, "okta", "/api/v1/users/"+bo+"/lifecycle/suspend", "SSWS "+c.env["OKTA_CLIENT_TOKEN"], nil)
	c.slack("conversations.list", url.Values{"types": {"public_channel"}, "colour": {"red"}})
	c.get("google", "/drive/v3/files?q="+url.QueryEscape("name = 'checklist.txt'"), c.google("ana"), nil)
	c.jira("/rest/api/3/myself", nil)
	if before != 0 {
		t.Fatalf("%d requests before the run", before)
	}
	var e struct {
		Twins map[string]twin.Evidence
		Whole bool
	}
	c.get("twinset", "/_twin/evidence", "", &e)
	okta := e.Twins["okta"]
	if u := okta.Operations["suspendUser"]; u == nil || u.Calls != 2 || len(u.Errors) != 1 {
		t.Errorf("suspendUser: %+v", u)
	}
	if want := []string{"okta.users.manage"}; !slices.Equal(okta.Scopes, want) && !slices.Equal(okta.Scopes, []string{"okta.users.manage", "okta.users.read"}) {
		t.Errorf("okta takes %v", okta.Scopes)
	}
	if want := []string{"okta.users.lifecycle.suspend", "okta.users.read"}; !slices.Equal(okta.Permissions, want) || !slices.Equal(okta.Roles, []string{"USER_ADMIN"}) {
		t.Errorf("okta takes %v, as %v", okta.Permissions, okta.Roles)
	}
	slack := e.Twins["slack"]
	if u := slack.Operations["conversations.list"]; u == nil || u.Ignored["colour"] != 1 || !slices.Equal(slack.Scopes, []string{"channels:read"}) {
		t.Errorf("slack: %+v, %v", u, slack.Scopes)
	}
	if got := e.Twins["gdrive"].Scopes; !slices.Equal(got, []string{"https://www.googleapis.com/auth/drive.metadata.readonly"}) {
		t.Errorf("drive takes %v", got)
	}
	if got := e.Twins["jira"].Scopes; !slices.Contains(got, "read:jira-user") && !slices.Contains(got, "read:jira-work") {
		t.Errorf("jira takes %v", got)
	}
	if !e.Whole {
		t.Error("the journal has not everything")
	}
}
