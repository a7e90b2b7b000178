package okta

import (
	"testing"
	"time"

	"github.com/okta/okta-sdk-golang/v2/okta"
	"github.com/okta/okta-sdk-golang/v2/okta/query"
)

func init() {
	row("Session", "CreateSession", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		_, token := e.authn(u, password)
		s, _, err := e.Session.CreateSession(e.ctx, okta.CreateSessionRequest{SessionToken: token})
		must(t, err)
		want(t, "status", s.Status, "ACTIVE")
		want(t, "login", s.Login, "mia@pilots.example")
		want(t, "in the log", e.logged("user.session.start", u.Id), 1)
		_, _, err = e.Session.CreateSession(e.ctx, okta.CreateSessionRequest{SessionToken: token})
		refused(t, err, "E0000004", "Authentication failed") // a session token is good once
	})
	row("Session", "GetSession", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		s := e.session(u)
		got, _, err := e.Session.GetSession(e.ctx, s.Id)
		must(t, err)
		want(t, "user", got.UserId, u.Id)
		want(t, "how", string(*got.Amr[0]), "pwd")
		e.advance("24h")
		_, _, err = e.Session.GetSession(e.ctx, s.Id)
		refused(t, err, "E0000007", s.Id)
	})
	row("Session", "RefreshSession", func(t *testing.T) {
		e := world(t)
		s := e.session(e.user("Mia"))
		e.advance("1h")
		got, _, err := e.Session.RefreshSession(e.ctx, s.Id)
		must(t, err)
		if later := got.ExpiresAt.Sub(*s.ExpiresAt); later < time.Hour {
			t.Fatalf("it lasts %s longer", later)
		}
		_, _, err = e.Session.RefreshSession(e.ctx, "102none")
		refused(t, err, "E0000007", "102none")
	})
	row("Session", "EndSession", func(t *testing.T) {
		e := world(t)
		u := e.user("Mia")
		s := e.session(u)
		_, err := e.Session.EndSession(e.ctx, s.Id)
		must(t, err)
		_, _, err = e.Session.GetSession(e.ctx, s.Id)
		refused(t, err, "E0000007", s.Id)
		want(t, "in the log", e.logged("user.session.end", u.Id), 1)
	})
	row("LogEvent", "GetLogs", func(t *testing.T) {
		e := world(t)
		g := e.group("Pilots")
		all, _, err := e.LogEvent.GetLogs(e.ctx, query.NewQueryParams(query.WithFilter(`eventType eq "group.lifecycle.create" and target.id eq "`+g.Id+`"`)))
		must(t, err)
		want(t, "events", len(all), 1)
		want(t, "message", all[0].DisplayMessage, "Create Okta group")
		want(t, "result", all[0].Outcome.Result, "SUCCESS")
		want(t, "actor", all[0].Actor.Id, e.me().Id)
		want(t, "target", all[0].Target[0].DisplayName, "Pilots")
		found, _, err := e.LogEvent.GetLogs(e.ctx, query.NewQueryParams(query.WithQ("Pilots"), query.WithSince(all[0].Published.Format(time.RFC3339))))
		must(t, err)
		want(t, "events that mention Pilots", len(found), 1)
		_, _, err = e.LogEvent.GetLogs(e.ctx, query.NewQueryParams(query.WithSince("yesterday")))
		refused(t, err, "E0000030", "Invalid date")
	})
	rows.Row("okta.Response.Next", func(t *testing.T) {
		e := world(t)
		all, _, err := e.User.ListUsers(e.ctx, query.NewQueryParams(query.WithLimit(200)))
		must(t, err)
		page, res, err := e.User.ListUsers(e.ctx, query.NewQueryParams(query.WithLimit(2)))
		must(t, err)
		seen := page
		for res.HasNextPage() {
			page = nil
			res, err = res.Next(e.ctx, &page)
			must(t, err)
			if len(page) > 2 {
				t.Fatalf("a page has %d people", len(page))
			}
			seen = append(seen, page...)
		}
		id := func(u *okta.User) string { return u.Id }
		want(t, "people on all pages", names(seen, id), names(all, id))
	})
	subscriptionRows()
}

// subscribed is whether somebody is told of something: "subscribed" or "unsubscribed".
func (e *env) subscribed(kind string) string {
	e.t.Helper()
	s, _, err := e.User.GetUserSubscriptionByNotificationType(e.ctx, e.me().Id, kind)
	must(e.t, err)
	return s.Status
}

// roleSubscribed is the same of a role.
func (e *env) roleSubscribed(role, kind string) string {
	e.t.Helper()
	s, _, err := e.Subscription.GetRoleSubscriptionByNotificationType(e.ctx, role, kind)
	must(e.t, err)
	return s.Status
}

func subscriptionRows() {
	row("User", "ListUserSubscriptions", func(t *testing.T) {
		e := world(t)
		_, err := e.Subscription.SubscribeUserSubscriptionByNotificationType(e.ctx, e.me().Id, "APP_IMPORT")
		must(t, err)
		all, _, err := e.User.ListUserSubscriptions(e.ctx, e.me().Id)
		must(t, err)
		status := map[string]string{}
		for _, s := range all {
			status[s.NotificationType] = s.Status
		}
		want(t, "imports", status["APP_IMPORT"], "subscribed")
		want(t, "lockouts", status["USER_LOCKED_OUT"], "unsubscribed")
		_, _, err = e.User.ListUserSubscriptions(e.ctx, e.user("Mia").Id)
		refused(t, err, "E0000006", "permission")
	})
	row("User", "GetUserSubscriptionByNotificationType", func(t *testing.T) {
		e := world(t)
		want(t, "announcements", e.subscribed("OKTA_ANNOUNCEMENT"), "subscribed")
		want(t, "imports", e.subscribed("APP_IMPORT"), "unsubscribed")
		_, _, err := e.User.GetUserSubscriptionByNotificationType(e.ctx, e.me().Id, "WEATHER")
		refused(t, err, "E0000007", "WEATHER")
	})
	row("Subscription", "SubscribeUserSubscriptionByNotificationType", func(t *testing.T) {
		e := world(t)
		_, err := e.Subscription.SubscribeUserSubscriptionByNotificationType(e.ctx, e.me().Id, "APP_IMPORT")
		must(t, err)
		want(t, "imports", e.subscribed("APP_IMPORT"), "subscribed")
		_, err = e.Subscription.SubscribeUserSubscriptionByNotificationType(e.ctx, e.user("Mia").Id, "APP_IMPORT")
		refused(t, err, "E0000006", "permission")
	})
	row("Subscription", "UnsubscribeUserSubscriptionByNotificationType", func(t *testing.T) {
		e := world(t)
		_, err := e.Subscription.UnsubscribeUserSubscriptionByNotificationType(e.ctx, e.me().Id, "OKTA_ISSUE")
		must(t, err)
		want(t, "issues", e.subscribed("OKTA_ISSUE"), "unsubscribed")
		want(t, "issues of the role", e.roleSubscribed("SUPER_ADMIN", "OKTA_ISSUE"), "subscribed")
	})
	row("Subscription", "ListRoleSubscriptions", func(t *testing.T) {
		e := world(t)
		_, err := e.Subscription.UnsubscribeRoleSubscriptionByNotificationType(e.ctx, "ORG_ADMIN", "AD_AGENT")
		must(t, err)
		all, _, err := e.Subscription.ListRoleSubscriptions(e.ctx, "ORG_ADMIN")
		must(t, err)
		status := map[string]string{}
		for _, s := range all {
			status[s.NotificationType] = s.Status
		}
		want(t, "AD agents", status["AD_AGENT"], "unsubscribed")
		want(t, "LDAP agents", status["LDAP_AGENT"], "subscribed")
		_, _, err = e.Subscription.ListRoleSubscriptions(e.ctx, "CAPTAIN")
		refused(t, err, "E0000007", "CAPTAIN")
	})
	row("Subscription", "GetRoleSubscriptionByNotificationType", func(t *testing.T) {
		e := world(t)
		want(t, "lockouts", e.roleSubscribed("SUPER_ADMIN", "USER_LOCKED_OUT"), "unsubscribed")
		want(t, "announcements", e.roleSubscribed("SUPER_ADMIN", "OKTA_ANNOUNCEMENT"), "subscribed")
	})
	row("Subscription", "SubscribeRoleSubscriptionByNotificationType", func(t *testing.T) {
		e := world(t)
		_, err := e.Subscription.SubscribeRoleSubscriptionByNotificationType(e.ctx, "APP_ADMIN", "APP_IMPORT")
		must(t, err)
		want(t, "imports", e.roleSubscribed("APP_ADMIN", "APP_IMPORT"), "subscribed")
		want(t, "another role's", e.roleSubscribed("ORG_ADMIN", "APP_IMPORT"), "unsubscribed")
	})
	row("Subscription", "UnsubscribeRoleSubscriptionByNotificationType", func(t *testing.T) {
		e := world(t)
		_, err := e.Subscription.UnsubscribeRoleSubscriptionByNotificationType(e.ctx, "APP_ADMIN", "AD_AGENT")
		must(t, err)
		want(t, "AD agents", e.roleSubscribed("APP_ADMIN", "AD_AGENT"), "unsubscribed")
		_, err = e.Subscription.SubscribeRoleSubscriptionByNotificationType(e.ctx, "APP_ADMIN", "AD_AGENT")
		must(t, err)
		want(t, "AD agents", e.roleSubscribed("APP_ADMIN", "AD_AGENT"), "subscribed")
	})
}
