package okta

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/slack-go/slack"

	"twinset.dev/conformance/internal/lab"
)

// slackTwin runs beside the org: people who are given Slack come to be in it.
var slackTwin = lab.Of("slack")

// TestProvisionedSlack brings people and groups of the org into the workspace of the Slack twin by its SCIM API.
func TestProvisionedSlack(t *testing.T) {
	e := world(t)
	var creds struct {
		credentials
		Slack struct {
			Tokens []struct{ Name, Kind, Token string }
		}
	}
	workspace := slackTwin.World(t, &creds)
	admin := ""
	for _, u := range creds.Slack.Tokens {
		if u.Name == "ana" && u.Kind == "user" {
			admin = u.Token
		}
	}
	sl := slack.New(creds.Env["SLACK_BOT_TOKEN"], slack.OptionAPIURL(workspace+"/api/"))

	var app struct{ ID string }
	e.api("POST", "/api/v1/apps", map[string]any{"name": "slack", "label": "Slack", "signOnMode": "SAML_2_0", "settings": map[string]any{"app": map[string]any{"domain": "acme-rockets"}}}, &app)
	at := "/api/v1/apps/" + app.ID
	e.api("POST", at+"/connections/default?activate=true", map[string]any{"baseUrl": workspace + "/scim/v2", "profile": map[string]any{"authScheme": "TOKEN", "token": admin}}, nil)
	on := map[string]any{"status": "ENABLED"}
	e.api("PUT", at+"/features/USER_PROVISIONING", map[string]any{"create": map[string]any{"lifecycleCreate": on}, "update": map[string]any{"profile": on, "lifecycleDeactivate": on}}, nil)

	mia, _, err := e.User.CreateUser(e.ctx, newUser("Mia"), nil)
	must(t, err)
	email := (*mia.Profile)["email"].(string)
	g := e.group("Pilots")
	_, err = e.Group.AddUserToGroup(e.ctx, g.Id, mia.Id)
	must(t, err)
	_, _, err = e.Application.CreateApplicationGroupAssignment(e.ctx, app.ID, g.Id, okta.ApplicationGroupAssignment{})
	must(t, err)
	var inSlack *slack.User
	lab.Eventually(t, "Mia in Slack", func() bool {
		inSlack, err = sl.GetUserByEmail(email)
		return err == nil
	})
	want(t, "name", inSlack.Profile.FirstName, "Mia")
	var stands struct{ ExternalID, SyncState, Status string }
	lab.Eventually(t, "Okta knowing it", func() bool {
		e.api("GET", at+"/users/"+mia.Id, nil, &stands)
		return stands.SyncState == "SYNCHRONIZED"
	})
	want(t, "external id", stands.ExternalID, inSlack.ID)

	var push struct{ ID string }
	e.api("POST", at+"/group-push/mappings", map[string]any{"sourceGroupId": g.Id, "targetGroupName": "Test pilots"}, &push)
	members := func() []string {
		groups, err := sl.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true))
		must(t, err)
		for _, g := range groups {
			if g.Name == "Test pilots" {
				return g.Users
			}
		}
		return nil
	}
	lab.Eventually(t, "the group in Slack", func() bool { return slices.Equal(members(), []string{inSlack.ID}) })

	e.api("POST", "/api/v1/users/"+mia.Id, map[string]any{"profile": map[string]any{"title": "Test pilot"}}, nil)
	lab.Eventually(t, "Mia's title in Slack", func() bool {
		u, err := sl.GetUserInfo(inSlack.ID)
		return err == nil && u.Profile.Title == "Test pilot"
	})

	_, err = e.User.DeactivateUser(e.ctx, mia.Id, nil)
	must(t, err)
	lab.Eventually(t, "Mia out of Slack", func() bool {
		u, err := sl.GetUserInfo(inSlack.ID)
		return err == nil && u.Deleted
	})

	// Slack's word is told in the log.
	e.api("POST", at+"/connections/default", map[string]any{"baseUrl": workspace + "/scim/v2", "profile": map[string]any{"authScheme": "TOKEN", "token": "xoxp-of-nobody"}}, nil)
	zoe, _, err := e.User.CreateUser(e.ctx, newUser("Zoe"), nil)
	must(t, err)
	e.api("POST", at+"/users", map[string]any{"id": zoe.Id, "scope": "USER"}, nil)
	lab.Eventually(t, "the refusal", func() bool {
		e.api("GET", at+"/users/"+zoe.Id, nil, &stands)
		return stands.SyncState == "ERROR"
	})
	res, err := http.Get(e.url + "/_twin/outbox")
	must(t, err)
	defer res.Body.Close()
	var out struct {
		Deliveries []struct {
			Kind, Method, URL string
			Header            map[string]string
		}
	}
	must(t, json.NewDecoder(res.Body).Decode(&out))
	for _, d := range out.Deliveries {
		if d.Kind == "scim" && len(d.Header) > 0 {
			t.Errorf("the outbox has the headers %v", d.Header)
		}
	}
}
