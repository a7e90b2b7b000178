package slack

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/twin"
)

// overheard plays calls in a world of its own and returns the events that whoever looks on is told of.
func overheard(t *testing.T, calls ...[3]string) (events []event) {
	t.Helper()
	s, w := world(t)
	notices, stop := w.Watch(100)
	for _, c := range calls {
		tok := mint(t, s, w, c[0])
		var body map[string]string
		w.View(func(tc *twin.Call) error {
			for u := range s.users.All(tc.Tx, "") {
				c[2] = strings.ReplaceAll(c[2], "$"+u.Name, u.ID)
			}
			for ch := range s.channels.All(tc.Tx, "") {
				c[2] = strings.ReplaceAll(c[2], "#"+ch.Name, ch.ID)
			}
			for g := range s.usergroups.All(tc.Tx, "") {
				c[2] = strings.ReplaceAll(c[2], "@"+g.Handle, g.ID)
			}
			return nil
		})
		req := httptest.NewRequest(http.MethodPost, "/w/"+w.Name()+"/api/"+c[1], strings.NewReader(c[2]))
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("Authorization", "Bearer "+tok)
		rec := httptest.NewRecorder()
		s.Echo.ServeHTTP(rec, req)
		if json.Unmarshal(rec.Body.Bytes(), &body); !strings.HasPrefix(rec.Body.String(), `{"ok":true`) {
			t.Fatalf("%s answers %s", c[1], rec.Body)
		}
	}
	stop()
	for n := range notices {
		if e, ok := n.Payload.(event); ok {
			events = append(events, e)
		}
	}
	return events
}

// TestPeopleEvents says which events follow from what people do to people.
func TestPeopleEvents(t *testing.T) {
	for name, tc := range map[string]struct {
		calls [][3]string
		want  []string
	}{
		"profile":  {[][3]string{{"bo", "users.profile.set", `{"profile": {"title": "Pilot"}}`}}, []string{"user_change", "user_profile_changed"}},
		"status":   {[][3]string{{"bo", "users.profile.set", `{"profile": {"status_text": "Lunch"}}`}}, []string{"user_change", "user_profile_changed", "user_status_changed"}},
		"presence": {[][3]string{{"bo", "users.setActive", ""}, {"bo", "users.setPresence", `{"presence": "away"}`}}, []string{"presence_change", "presence_change", "manual_presence_change"}},
		"prefs":    {[][3]string{{"bo", "users.prefs.set", `{"muted_channels": "#random"}`}}, []string{"pref_change"}},
		"invitation": {[][3]string{{"ana", "users.admin.invite", `{"email": "jo@acme.example"}`}},
			[]string{"message", "member_joined_channel", "team_join"}},
		"deactivation": {[][3]string{{"ana", "users.admin.setInactive", `{"user": "$emre"}`}},
			[]string{"subteam_updated", "subteam_members_changed", "subteam_self_removed", "user_change"}},
		"guest of one channel": {[][3]string{{"ana", "users.admin.setUltraRestricted", `{"user": "$gus", "channel": "#random"}`}},
			[]string{"user_change", "member_left_channel", "member_left_channel"}},
		"user group": {[][3]string{{"bo", "usergroups.create", `{"name": "Crew"}`}, {"bo", "usergroups.update", `{"usergroup": "@crew", "name": "Pad crew"}`}},
			[]string{"subteam_created", "subteam_updated"}},
		"members": {[][3]string{{"bo", "usergroups.users.update", `{"usergroup": "@oncall", "users": "$bo,$dara"}`}},
			[]string{"subteam_updated", "subteam_members_changed", "subteam_self_added", "subteam_self_removed"}},
		"snooze":     {[][3]string{{"bo", "dnd.setSnooze", `{"num_minutes": 5}`}}, []string{"dnd_updated", "dnd_updated_user"}},
		"star":       {[][3]string{{"bo", "stars.add", `{"channel": "#random"}`}, {"bo", "stars.remove", `{"channel": "#random"}`}}, []string{"star_added", "star_removed"}},
		"revocation": {[][3]string{{"dara", "auth.revoke", `{}`}}, []string{"tokens_revoked"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range overheard(t, tc.calls...) {
				got = append(got, e.Type)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestUserEventsHideEmails says that an app without users:read.email is told of a user without the email address.
func TestUserEventsHideEmails(t *testing.T) {
	for _, e := range overheard(t, [3]string{"bo", "users.profile.set", `{"profile": {"title": "Pilot"}}`}) {
		for _, tc := range []struct {
			scopes []string
			want   bool
		}{{[]string{"users:read"}, false}, {[]string{"users:read", "users:read.email"}, true}} {
			shown := Install{BotScopes: tc.scopes}.shown(e.Body)
			if _, got := shown["user"].(reply)["profile"].(reply)["email"]; got != tc.want {
				t.Errorf("%s with %v: email is there %t, want %t", e.Type, tc.scopes, got, tc.want)
			}
		}
	}
}

// TestParseWhen reads what people say of when; it is half past ten on Monday, 2 March 2026.
func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 30, 0, 0, time.UTC)
	for said, want := range map[string]string{
		"in 5 minutes": "2026-03-02T10:35", "in an hour": "2026-03-02T11:30", "in half an hour": "2026-03-02T11:00", "in 1 hour and 30 minutes": "2026-03-02T12:00",
		"2h": "2026-03-02T12:30", "in 2 days": "2026-03-04T10:30", "in 2 days at 9am": "2026-03-04T09:00", "in three weeks": "2026-03-23T10:30", "in a month": "2026-04-02T10:30",
		"today at 3:30pm": "2026-03-02T15:30", "today": "2026-03-02T13:30", "tonight": "2026-03-02T20:00", "tonight at 9": "2026-03-02T21:00", "at 8:30 tonight": "2026-03-02T20:30", "tomorrow": "2026-03-03T09:00",
		"tomorrow at 9am": "2026-03-03T09:00", "9am tomorrow": "2026-03-03T09:00", "the day after tomorrow": "2026-03-04T09:00", "at noon": "2026-03-02T12:00", "at 9": "2026-03-03T09:00",
		"15:00": "2026-03-02T15:00", "at 3 p.m.": "2026-03-02T15:00", "12am": "2026-03-03T00:00", "midnight": "2026-03-03T00:00", "tomorrow in the evening": "2026-03-03T18:00",
		"on Tuesday": "2026-03-03T09:00", "Monday": "2026-03-09T09:00", "next week": "2026-03-09T09:00", "next friday at noon": "2026-03-06T12:00", "next month": "2026-04-01T09:00",
		"March 5": "2026-03-05T09:00", "on 5th of March at 17:00": "2026-03-05T17:00", "March 1st": "2027-03-01T09:00", "Jan 2 2027": "2027-01-02T09:00", "2026-12-24": "2026-12-24T09:00",
		"3/5/2026 at 8:15": "2026-03-05T08:15", "every day": "2026-03-03T09:00", "every day at 11am": "2026-03-02T11:00", "every weekday": "2026-03-03T09:00", "every Thursday": "2026-03-05T09:00",
		"every Monday and Friday at 10": "2026-03-06T10:00", "every other Tuesday": "2026-03-03T09:00", "every month": "2026-04-02T09:00", "every 1st": "2026-04-01T09:00",
		"every March 5": "2026-03-05T09:00", "every morning": "2026-03-03T09:00", "weekly": "2026-03-03T09:00",
	} {
		got, _, ok := parseWhen(said, now)
		if s := got.Format("2006-01-02T15:04"); !ok || s != want {
			t.Errorf("%q is %s (%t), want %s", said, s, ok, want)
		}
	}
	for _, said := range []string{"", "soon", "in", "in 5", "yesterday", "at 25:00", "13pm", "February 30", "every", "every blue moon", "2025-01-01", "in 5 minutes tomorrow friday x", "at"} {
		if got, _, ok := parseWhen(said, now); ok {
			t.Errorf("%q is %s", said, got)
		}
	}
}
