package slack

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// post calls a method that slack-go has not, or whose answer it does not keep, with a person's token.
func (e *env) post(name, method string, args url.Values, out any) {
	e.t.Helper()
	for _, tok := range e.creds.Slack.Tokens {
		if tok.Kind != "user" || tok.Name != name {
			continue
		}
		args.Set("token", tok.Token)
		res, err := http.PostForm(e.url+"/api/"+method, args)
		must(e.t, err)
		defer res.Body.Close()
		must(e.t, json.NewDecoder(res.Body).Decode(out))
		return
	}
	e.t.Fatalf("nobody called %q has a token", name)
}

// home returns the workspace and the organisation that everybody is in.
func (e *env) home() (team, org string) {
	e.t.Helper()
	who, err := e.user("ana").AuthTest()
	must(e.t, err)
	return who.TeamID, who.EnterpriseID
}

// labs returns the organisation's other workspace.
func (e *env) labs() string {
	e.t.Helper()
	team, _ := e.home()
	got, err := e.user("ana").AdminTeamsList(e.t.Context())
	must(e.t, err)
	for _, t := range got.Teams {
		if t.ID != team {
			return t.ID
		}
	}
	e.t.Fatal("there is no other workspace")
	return ""
}

func init() {
	row("AdminAppsApprovedListContext", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		var ok struct{ OK bool }
		e.post("ana", "admin.apps.approve", url.Values{"app_id": {e.creds.Slack.Apps[0].ID}, "team_id": {team}}, &ok)
		want(t, "the approval", ok.OK, true)
		got, err := e.user("ana").AdminAppsApprovedListContext(t.Context(), slack.AdminAppsListOptionTeamID(team))
		must(t, err)
		want(t, "approved apps", len(got.ApprovedApps), 1)
		want(t, "the app", got.ApprovedApps[0].App.ID, e.creds.Slack.Apps[0].ID)
		want(t, "whoever approved it", got.ApprovedApps[0].LastResolvedBy.ActorID, e.person("ana"))
		_, err = e.user("bo").AdminAppsApprovedListContext(t.Context())
		refused(t, err, "not_an_admin")
	})
	row("AdminAppsRestrictedListContext", func(t *testing.T) {
		e := world(t)
		_, org := e.home()
		var ok struct{ OK bool }
		e.post("ana", "admin.apps.restrict", url.Values{"app_id": {e.creds.Slack.Apps[0].ID}, "enterprise_id": {org}}, &ok)
		want(t, "the restriction", ok.OK, true)
		got, err := e.user("ana").AdminAppsRestrictedListContext(t.Context(), slack.AdminAppsListOptionEnterpriseID(org))
		must(t, err)
		want(t, "restricted apps", len(got.RestrictedApps), 1)
		want(t, "the app", got.RestrictedApps[0].App.Name, "rocketbot")
	})
	row("AdminAppsRequestsListContext", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		e.act("request_app", map[string]string{"user": "bo", "app": e.creds.Slack.Apps[0].ID, "message": "please"}, nil)
		got, err := e.user("ana").AdminAppsRequestsListContext(t.Context(), slack.AdminAppsListOptionTeamID(team))
		must(t, err)
		want(t, "requests", len(got.AppRequests), 1)
		want(t, "who asks", got.AppRequests[0].User.ID, e.person("bo"))
		want(t, "what they say", got.AppRequests[0].Message, "please")
		want(t, "scopes are listed", len(got.AppRequests[0].Scopes) > 0, true)
	})
	row("AdminConversationsArchive", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsArchive(t.Context(), id))
		want(t, "archived", e.info(e.user("ana"), id).IsArchived, true)
		_, _, err := e.user("bo").PostMessage(id, slack.MsgOptionText("hello?", false))
		refused(t, err, "is_archived")
		refused(t, e.user("ana").AdminConversationsArchive(t.Context(), id), "already_archived")
	})
	row("AdminConversationsUnarchive", func(t *testing.T) {
		e := world(t)
		id := e.channel("launch-6")
		must(t, e.user("ana").AdminConversationsUnarchive(t.Context(), id))
		want(t, "archived", e.info(e.user("ana"), id).IsArchived, false)
		refused(t, e.user("ana").AdminConversationsUnarchive(t.Context(), id), "channel_not_archived")
	})
	row("AdminConversationsBulkArchive", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsBulkArchive(t.Context(), []string{id}))
		e.advance("2s")
		want(t, "archived", e.info(e.user("ana"), id).IsArchived, true)
		refused(t, e.user("ana").AdminConversationsBulkArchive(t.Context(), []string{id}), "no_valid_channels")
	})
	row("AdminConversationsBulkDelete", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsBulkDelete(t.Context(), []string{id}))
		e.advance("2s")
		_, err := e.user("ana").GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: id})
		refused(t, err, "channel_not_found")
	})
	row("AdminConversationsBulkMove", func(t *testing.T) {
		e := world(t)
		id, labs := e.channel("random"), e.labs()
		must(t, e.user("ana").AdminConversationsBulkMove(t.Context(), slack.AdminConversationsBulkMoveParams{ChannelIDs: []string{id}, TargetTeamID: labs}))
		e.advance("2s")
		teams, _, err := e.user("ana").AdminConversationsGetTeams(t.Context(), slack.AdminConversationsGetTeamsParams{ChannelID: id})
		must(t, err)
		want(t, "the workspace", teams[0], labs)
	})
	row("AdminConversationsConvertToPrivate", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		must(t, e.user("ana").AdminConversationsConvertToPrivate(t.Context(), id))
		want(t, "private", e.info(e.user("ana"), id).IsPrivate, true)
		refused(t, e.user("ana").AdminConversationsConvertToPrivate(t.Context(), e.channel("general")), "channel_type_not_supported")
	})
	row("AdminConversationsConvertToPublic", func(t *testing.T) {
		e := world(t)
		id := e.channel("leads")
		must(t, e.user("ana").AdminConversationsConvertToPublic(t.Context(), id))
		ch, err := e.user("bo").GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: id})
		must(t, err)
		want(t, "private", ch.IsPrivate, false)
		refused(t, e.user("ana").AdminConversationsConvertToPublic(t.Context(), id), "not_supported")
	})
	row("AdminConversationsCreate", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		id, err := e.user("ana").AdminConversationsCreate(t.Context(), "launch-9", true, slack.AdminConversationsCreateOptionTeamID(team), slack.AdminConversationsCreateOptionDescription("The ninth"))
		must(t, err)
		ch := e.info(e.user("ana"), id)
		want(t, "name", ch.Name, "launch-9")
		want(t, "purpose", ch.Purpose.Value, "The ninth")
		want(t, "private", ch.IsPrivate, true)
		wide, err := e.user("ana").AdminConversationsCreate(t.Context(), "all-hands", false, slack.AdminConversationsCreateOptionOrgWide(true))
		must(t, err)
		want(t, "shared in the organisation", e.info(e.user("ana"), wide).IsOrgShared, true)
		_, err = e.user("ana").AdminConversationsCreate(t.Context(), "nowhere", false)
		refused(t, err, "team_id_or_org_required")
	})
	row("AdminConversationsDelete", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsDelete(t.Context(), id))
		_, err := e.user("bo").GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: id})
		refused(t, err, "channel_not_found")
	})
	row("AdminConversationsDisconnectShared", func(t *testing.T) {
		e := world(t)
		id := e.shared()
		want(t, "shared", e.info(e.user("ana"), id).IsExtShared, true)
		must(t, e.user("ana").AdminConversationsDisconnectShared(t.Context(), id, slack.AdminConversationsDisconnectSharedOptionLeavingTeamIDs([]string{"T0OTHER"})))
		want(t, "shared", e.info(e.user("ana"), id).IsExtShared, false)
		refused(t, e.user("ana").AdminConversationsDisconnectShared(t.Context(), id), "no_teams_to_disconnect")
	})
	row("AdminConversationsEKMListOriginalConnectedChannelInfo", func(t *testing.T) {
		e := world(t)
		id := e.shared()
		must(t, e.user("ana").AdminConversationsDisconnectShared(t.Context(), id))
		got, err := e.user("ana").AdminConversationsEKMListOriginalConnectedChannelInfo(t.Context(), slack.AdminConversationsEKMListOriginalConnectedChannelInfoOptionChannelIDs([]string{id}))
		must(t, err)
		want(t, "channels", len(got.Channels), 1)
		want(t, "the original", got.Channels[0].OriginalConnectedChannelID, id)
	})
	row("AdminConversationsSetConversationPrefs", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsSetConversationPrefs(t.Context(), slack.AdminConversationsSetConversationPrefsParams{ChannelID: id,
			Prefs: slack.AdminConversationPrefs{WhoCanPost: &slack.AdminConversationPref{Type: []string{"admin"}}}}))
		_, _, err := e.user("bo").PostMessage(id, slack.MsgOptionText("may I?", false))
		refused(t, err, "restricted_action_thread_only_channel")
		_, ts, err := e.user("ana").PostMessage(id, slack.MsgOptionText("I may", false))
		must(t, err)
		_, _, err = e.user("bo").PostMessage(id, slack.MsgOptionText("a reply", false), slack.MsgOptionTS(ts))
		must(t, err)
	})
	row("AdminConversationsGetConversationPrefs", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsSetConversationPrefs(t.Context(), slack.AdminConversationsSetConversationPrefsParams{ChannelID: id,
			Prefs: slack.AdminConversationPrefs{CanThread: &slack.AdminConversationPref{Type: []string{"admin"}, User: []string{e.person("bo")}}}}))
		got, err := e.user("ana").AdminConversationsGetConversationPrefs(t.Context(), id)
		must(t, err)
		want(t, "who may reply", got.CanThread.User[0], e.person("bo"))
		want(t, "nobody is kept from posting", got.WhoCanPost == nil, true)
	})
	row("AdminConversationsSetCustomRetention", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		must(t, e.user("ana").AdminConversationsSetCustomRetention(t.Context(), id, 1))
		e.advance("30h")
		h, err := e.user("ana").GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: id})
		must(t, err)
		want(t, "messages that are left", len(h.Messages), 0)
		refused(t, e.user("ana").AdminConversationsSetCustomRetention(t.Context(), id, 0), "invalid_duration")
	})
	row("AdminConversationsGetCustomRetention", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		must(t, e.user("ana").AdminConversationsSetCustomRetention(t.Context(), id, 70))
		got, err := e.user("ana").AdminConversationsGetCustomRetention(t.Context(), id)
		must(t, err)
		want(t, "days", got.DurationDays, 70)
		want(t, "enabled", got.IsPolicyEnabled, true)
	})
	row("AdminConversationsRemoveCustomRetention", func(t *testing.T) {
		e := world(t)
		id := e.channel("engineering")
		must(t, e.user("ana").AdminConversationsSetCustomRetention(t.Context(), id, 1))
		must(t, e.user("ana").AdminConversationsRemoveCustomRetention(t.Context(), id))
		e.advance("30h")
		h, err := e.user("ana").GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: id})
		must(t, err)
		want(t, "messages are left", len(h.Messages) > 0, true)
	})
	row("AdminConversationsSetTeams", func(t *testing.T) {
		e := world(t)
		id, labs := e.channel("random"), e.labs()
		team, _ := e.home()
		must(t, e.user("ana").AdminConversationsSetTeams(t.Context(), slack.AdminConversationsSetTeamsParams{ChannelID: id, TeamID: &team, TargetTeamIDs: []string{team, labs}}))
		want(t, "shared in the organisation", e.info(e.user("ana"), id).IsOrgShared, true)
		refused(t, e.user("ana").AdminConversationsSetTeams(t.Context(), slack.AdminConversationsSetTeamsParams{ChannelID: id, TargetTeamIDs: []string{"T0NOWHERE"}}), "invalid_target_team")
	})
	row("AdminConversationsGetTeams", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		team, _ := e.home()
		must(t, e.user("ana").AdminConversationsSetTeams(t.Context(), slack.AdminConversationsSetTeamsParams{ChannelID: id, TargetTeamIDs: []string{team, e.labs()}}))
		first, next, err := e.user("ana").AdminConversationsGetTeams(t.Context(), slack.AdminConversationsGetTeamsParams{ChannelID: id, Limit: 1})
		must(t, err)
		second, end, err := e.user("ana").AdminConversationsGetTeams(t.Context(), slack.AdminConversationsGetTeamsParams{ChannelID: id, Limit: 1, Cursor: next})
		must(t, err)
		want(t, "workspaces", len(first)+len(second), 2)
		want(t, "the end", end, "")
	})
	row("AdminConversationsInvite", func(t *testing.T) {
		e := world(t)
		id := e.channel("leads")
		must(t, e.user("ana").AdminConversationsInvite(t.Context(), slack.AdminConversationsInviteParams{ChannelID: id, UserIDs: []string{e.person("bo")}}))
		members, _, err := e.user("bo").GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: id})
		must(t, err)
		want(t, "bo is in", slices.Contains(members, e.person("bo")), true)
		refused(t, e.user("ana").AdminConversationsInvite(t.Context(), slack.AdminConversationsInviteParams{ChannelID: id, UserIDs: []string{"U0NOBODY"}}), "failed_for_some_users")
	})
	row("AdminConversationsLookup", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		later := time.Now().Add(time.Hour).Unix()
		_, next, err := e.user("ana").AdminConversationsLookup(t.Context(), []string{team}, later, slack.AdminConversationsLookupOptionMaxMemberCount(3), slack.AdminConversationsLookupOptionLimit(1))
		must(t, err)
		want(t, "there are more", next != "", true)
		var got struct { // slack-go looks for them under a name that Slack does not use
			ChannelIDs []string `json:"channel_ids"`
		}
		e.post("ana", "admin.conversations.lookup", url.Values{"team_ids": {team}, "last_message_activity_before": {"9999999999"}, "max_member_count": {"3"}}, &got)
		want(t, "#support is quiet", slices.Contains(got.ChannelIDs, e.channel("support")), true)
		_, _, err = e.user("ana").AdminConversationsLookup(t.Context(), []string{"T0NOWHERE"}, later)
		refused(t, err, "no_valid_teams")
	})
	row("AdminConversationsRename", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsRename(t.Context(), id, "water-cooler"))
		want(t, "name", e.info(e.user("ana"), id).Name, "water-cooler")
		refused(t, e.user("ana").AdminConversationsRename(t.Context(), id, "support"), "name_taken")
	})
	row("AdminConversationsRestrictAccessAddGroup", func(t *testing.T) {
		e := world(t)
		id := e.channel("leads")
		team, _ := e.home()
		must(t, e.user("ana").AdminConversationsRestrictAccessAddGroup(t.Context(), id, e.group("product"), slack.AdminConversationsRestrictAccessAddGroupOptionTeamID(team)))
		refused(t, e.user("ana").AdminConversationsInvite(t.Context(), slack.AdminConversationsInviteParams{ChannelID: id, UserIDs: []string{e.person("bo")}}), "failed_for_some_users")
		refused(t, e.user("ana").AdminConversationsRestrictAccessAddGroup(t.Context(), e.channel("random"), e.group("product")), "invalid_channel_type")
	})
	row("AdminConversationsRestrictAccessListGroups", func(t *testing.T) {
		e := world(t)
		id := e.channel("leads")
		must(t, e.user("ana").AdminConversationsRestrictAccessAddGroup(t.Context(), id, e.group("product")))
		got, err := e.user("ana").AdminConversationsRestrictAccessListGroups(t.Context(), id)
		must(t, err)
		want(t, "groups", len(got), 1)
		want(t, "the group", got[0], e.group("product"))
	})
	row("AdminConversationsRestrictAccessRemoveGroup", func(t *testing.T) {
		e := world(t)
		id := e.channel("leads")
		team, _ := e.home()
		must(t, e.user("ana").AdminConversationsRestrictAccessAddGroup(t.Context(), id, e.group("product")))
		must(t, e.user("ana").AdminConversationsRestrictAccessRemoveGroup(t.Context(), id, e.group("product"), slack.AdminConversationsRestrictAccessRemoveGroupOptionTeamID(team)))
		must(t, e.user("ana").AdminConversationsInvite(t.Context(), slack.AdminConversationsInviteParams{ChannelID: id, UserIDs: []string{e.person("bo")}}))
		refused(t, e.user("ana").AdminConversationsRestrictAccessRemoveGroup(t.Context(), id, e.group("product")), "link_not_found")
	})
	row("AdminConversationsSearch", func(t *testing.T) {
		e := world(t)
		got, err := e.user("ana").AdminConversationsSearch(t.Context(), slack.AdminConversationsSearchOptionSort("name"), slack.AdminConversationsSearchOptionSortDir("asc"),
			slack.AdminConversationsSearchOptionLimit(2), slack.AdminConversationsSearchOptionSearchChannelTypes([]string{"exclude_archived"}))
		must(t, err)
		want(t, "the first", got.Conversations[0].Name, "engineering")
		want(t, "its members", got.Conversations[0].MemberCount, 4)
		want(t, "all", got.TotalCount, 6)
		more, err := e.user("ana").AdminConversationsSearch(t.Context(), slack.AdminConversationsSearchOptionSort("name"), slack.AdminConversationsSearchOptionSortDir("asc"),
			slack.AdminConversationsSearchOptionCursor(got.NextCursor), slack.AdminConversationsSearchOptionSearchChannelTypes([]string{"exclude_archived"}))
		must(t, err)
		want(t, "the rest", len(more.Conversations), 4)
		_, err = e.user("ana").AdminConversationsSearch(t.Context(), slack.AdminConversationsSearchOptionSort("colour"))
		refused(t, err, "invalid_sort")
	})
	row("AdminRolesAddAssignments", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		refused(t, e.user("bo").AdminConversationsArchive(t.Context(), e.channel("random")), "restricted_action")
		_, err := e.user("ana").AdminRolesAddAssignments(t.Context(), slack.AdminRolesAddAssignmentsParams{RoleID: "Rl01", EntityIDs: []string{team}, UserIDs: []string{e.person("bo")}})
		must(t, err)
		must(t, e.user("bo").AdminConversationsArchive(t.Context(), e.channel("random")))
		got, err := e.user("ana").AdminRolesAddAssignments(t.Context(), slack.AdminRolesAddAssignmentsParams{RoleID: "Rl01", EntityIDs: []string{"X0"}, UserIDs: []string{e.person("bo")}})
		refused(t, err, "no_valid_entities")
		want(t, "the rejected", got.RejectedEntities[0].ID, "X0")
	})
	row("AdminRolesListAssignments", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		_, err := e.user("ana").AdminRolesAddAssignments(t.Context(), slack.AdminRolesAddAssignmentsParams{RoleID: "Rl03", EntityIDs: []string{team}, UserIDs: []string{e.person("bo"), e.person("dara")}})
		must(t, err)
		got, err := e.user("ana").AdminRolesListAssignments(t.Context(), slack.AdminRolesListAssignmentsOptionRoleIDs([]string{"Rl03"}), slack.AdminRolesListAssignmentsOptionLimit(1))
		must(t, err)
		want(t, "assignments of a page", len(got.RoleAssignments), 1)
		more, err := e.user("ana").AdminRolesListAssignments(t.Context(), slack.AdminRolesListAssignmentsOptionCursor(got.ResponseMetadata.Cursor))
		must(t, err)
		want(t, "the rest", len(more.RoleAssignments), 1)
		want(t, "the entity", more.RoleAssignments[0].EntityID, team)
	})
	row("AdminRolesRemoveAssignments", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		_, err := e.user("ana").AdminRolesAddAssignments(t.Context(), slack.AdminRolesAddAssignmentsParams{RoleID: "Rl03", EntityIDs: []string{team}, UserIDs: []string{e.person("bo")}})
		must(t, err)
		_, err = e.user("ana").AdminRolesRemoveAssignments(t.Context(), slack.AdminRolesRemoveAssignmentsParams{RoleID: "Rl03", EntityIDs: []string{team}, UserIDs: []string{e.person("bo")}})
		must(t, err)
		got, err := e.user("ana").AdminRolesListAssignments(t.Context())
		must(t, err)
		want(t, "assignments", len(got.RoleAssignments), 0)
	})
	row("AdminTeamsList", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		got, err := e.user("ana").AdminTeamsList(t.Context())
		must(t, err)
		i := slices.IndexFunc(got.Teams, func(x slack.AdminTeam) bool { return x.ID == team })
		want(t, "its owner", got.Teams[i].PrimaryOwner.UserID, e.person("ana"))
		_, err = e.user("bo").AdminTeamsList(t.Context())
		refused(t, err, "not_an_admin")
	})
	row("AdminTeamsSettingsInfo", func(t *testing.T) {
		e := world(t)
		team, org := e.home()
		got, err := e.user("ana").AdminTeamsSettingsInfo(t.Context(), team)
		must(t, err)
		want(t, "domain", got.Domain, "acme-rockets")
		want(t, "organisation", got.EnterpriseID, org)
		want(t, "default icon", got.Icon.ImageDefault, true)
		_, err = e.user("ana").AdminTeamsSettingsInfo(t.Context(), "T0NOWHERE")
		refused(t, err, "team_not_found")
	})
	row("AdminTeamsSettingsSetDefaultChannels", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		id := e.channel("engineering")
		must(t, e.user("ana").AdminTeamsSettingsSetDefaultChannels(t.Context(), team, id))
		got, err := e.user("ana").AdminTeamsSettingsInfo(t.Context(), team)
		must(t, err)
		want(t, "the channel", got.DefaultChannels[0], id)
		before := e.info(e.user("ana"), id).NumMembers
		var ok struct{ OK bool }
		e.post("ana", "admin.users.invite", url.Values{"team_id": {team}, "email": {"kai@partner.example"}, "channel_ids": {e.channel("random")}}, &ok)
		want(t, "a newcomer is in it", e.info(e.user("ana"), id).NumMembers, before+1)
		refused(t, e.user("ana").AdminTeamsSettingsSetDefaultChannels(t.Context(), team, "C0NOWHERE"), "one_or_more_invalid_channels")
	})
	row("AdminTeamsSettingsSetDescription", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		must(t, e.user("ana").AdminTeamsSettingsSetDescription(t.Context(), team, "We build better rockets."))
		want(t, "the description", e.records("slack.teams", team)["description"], any("We build better rockets."))
		refused(t, e.user("ana").AdminTeamsSettingsSetDescription(t.Context(), "T0NOWHERE", "x"), "team_not_found")
	})
	row("AdminTeamsSettingsSetDiscoverability", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		must(t, e.user("ana").AdminTeamsSettingsSetDiscoverability(t.Context(), team, slack.TeamDiscoverabilityInviteOnly))
		got, err := e.user("ana").AdminTeamsList(t.Context())
		must(t, err)
		i := slices.IndexFunc(got.Teams, func(x slack.AdminTeam) bool { return x.ID == team })
		want(t, "discoverability", got.Teams[i].Discoverability, slack.TeamDiscoverabilityInviteOnly)
		refused(t, e.user("ana").AdminTeamsSettingsSetDiscoverability(t.Context(), team, "secret"), "discoverability_setting_invalid")
	})
	row("AdminTeamsSettingsSetIcon", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		must(t, e.user("ana").AdminTeamsSettingsSetIcon(t.Context(), team, "https://icons.acme.example/a.png"))
		got, err := e.user("ana").AdminTeamsSettingsInfo(t.Context(), team)
		must(t, err)
		want(t, "default icon", got.Icon.ImageDefault, false)
		refused(t, e.user("ana").AdminTeamsSettingsSetIcon(t.Context(), team, "a.png"), "invalid_url")
	})
	row("AdminTeamsSettingsSetName", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		must(t, e.user("ana").AdminTeamsSettingsSetName(t.Context(), team, "Acme Starships"))
		got, err := e.user("bo").GetTeamInfo()
		must(t, err)
		want(t, "name", got.Name, "Acme Starships")
	})
	row("AdminUsersList", func(t *testing.T) {
		e := world(t)
		team, _ := e.home()
		got, err := e.user("ana").AdminUsersList(t.Context(), slack.AdminUsersListOptionTeamID(team), slack.AdminUsersListOptionOnlyGuests(true))
		must(t, err)
		want(t, "guests", len(got.Users), 1)
		want(t, "the guest", got.Users[0].Username, "hana")
		left, err := e.user("ana").AdminUsersList(t.Context(), slack.AdminUsersListOptionIsActive(false), slack.AdminUsersListOptionIncludeDeactivatedUserWorkspaces(true))
		must(t, err)
		want(t, "who has left", left.Users[0].Username, "ivan")
		want(t, "where they were", left.Users[0].Workspaces[0], team)
		_, err = e.user("bo").AdminUsersList(t.Context())
		refused(t, err, "not_an_admin")
	})
	row("GetAuditLogsContext", func(t *testing.T) {
		e := world(t)
		id := e.channel("random")
		must(t, e.user("ana").AdminConversationsArchive(t.Context(), id))
		must(t, e.user("ana").AdminConversationsUnarchive(t.Context(), id))
		got, next, err := e.user("ana").GetAuditLogsContext(t.Context(), slack.AuditLogParameters{Entity: id, Limit: 1})
		must(t, err)
		want(t, "the last action", got[0].Action, "public_channel_unarchive")
		want(t, "who did it", got[0].Actor.User.ID, e.person("ana"))
		want(t, "to what", got[0].Entity.Channel.Name, "random")
		more, end, err := e.user("ana").GetAuditLogsContext(t.Context(), slack.AuditLogParameters{Entity: id, Cursor: next})
		must(t, err)
		want(t, "the action before", more[0].Action, "public_channel_archive")
		want(t, "the end", end, "")
		_, _, err = e.user("bo").GetAuditLogsContext(t.Context(), slack.AuditLogParameters{})
		var status slack.StatusCodeError
		want(t, "a member is refused", errors.As(err, &status) && status.Code == http.StatusForbidden, true)
	})
}

// shared returns a channel of ana's that another company is in.
func (e *env) shared() string {
	e.t.Helper()
	team, _ := e.home()
	ana := e.person("ana")
	control(e.t, http.MethodPost, e.url+"/_twin/seed?mode=merge", map[string]any{"records": map[string]any{
		"slack.teams":    []any{map[string]any{"id": "T0OTHER", "name": "Other", "domain": "other"}},
		"slack.channels": []any{map[string]any{"id": "C0SHARED", "team": team, "name": "partners", "creator": ana, "external": []string{"T0OTHER"}}},
		"slack.members":  []any{map[string]any{"channel": "C0SHARED", "user": ana}},
	}}, nil)
	return "C0SHARED"
}

// records returns one record of the world as it is exported.
func (e *env) records(collection, id string) map[string]any {
	e.t.Helper()
	var all struct {
		Records map[string][]map[string]any
	}
	control(e.t, http.MethodGet, e.url+"/_twin/seed", nil, &all)
	for _, r := range all.Records[collection] {
		if r["id"] == id {
			return r
		}
	}
	e.t.Fatalf("there is no %s in %s", id, collection)
	return nil
}
