package slack

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"twinset.dev/kit/twin"
)

// calls answers a method as somebody in a world, as scripts name them.
func calls(t *testing.T, s *Slack, w *twin.World) func(as, method string, args map[string]any) (map[string]any, *httptest.ResponseRecorder) {
	return func(as, method string, args map[string]any) (map[string]any, *httptest.ResponseRecorder) {
		t.Helper()
		body, _ := json.Marshal(args)
		req := httptest.NewRequest(http.MethodPost, "/w/"+w.Name()+"/api/"+method, bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
		req.Header.Set("Authorization", "Bearer "+mint(t, s, w, as))
		rec := httptest.NewRecorder()
		s.Echo.ServeHTTP(rec, req)
		var v map[string]any
		json.Unmarshal(rec.Body.Bytes(), &v)
		if rec.Code >= 500 {
			t.Fatalf("%s %v answers %d: %s", method, args, rec.Code, rec.Body)
		}
		return v, rec
	}
}

// TestAnalytics reads what the files of a day say of what was done in it.
func TestAnalytics(t *testing.T) {
	s, w := world(t)
	do := calls(t, s, w)
	rows := func(args map[string]any) map[string]map[string]any {
		t.Helper()
		_, rec := do("ana", "admin.analytics.getFile", args)
		if got := rec.Header().Get("Content-Type"); got != "application/gzip" {
			t.Fatalf("the file is %s: %s", got, rec.Body)
		}
		z, err := gzip.NewReader(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]map[string]any{}
		for d := json.NewDecoder(z); d.More(); {
			var row map[string]any
			if err := d.Decode(&row); err != nil {
				t.Fatal(err)
			}
			id, _ := row["enterprise_user_id"].(string)
			if id == "" {
				id = row["channel_id"].(string)
			}
			out[id] = row
		}
		return out
	}
	var bo, general string
	w.View(func(c *twin.Call) error {
		u, _ := s.usersByName.Get(c.Tx, "bo")
		bo = u.ID
		for ch := range s.channels.All(c.Tx, "") {
			if ch.General {
				general = ch.ID
			}
		}
		return nil
	})
	for range 3 {
		do("bo", "chat.postMessage", map[string]any{"channel": general, "text": "counted"})
	}
	if err := w.Advance(t.Context(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	members := rows(map[string]any{"type": "member", "date": "2026-03-02"})
	for key, want := range map[string]any{"messages_posted_count": 4.0, "channel_messages_posted_count": 4.0, "is_active": true, "is_guest": false, "email_address": "bo@acme.example"} {
		if got := members[bo][key]; got != want {
			t.Errorf("%s of bo is %v, want %v", key, got, want)
		}
	}
	channels := rows(map[string]any{"type": "public_channel", "date": "2026-03-02"})
	for key, want := range map[string]any{"messages_posted_by_members_count": 4.0, "members_who_posted_count": 2.0, "total_members_count": 7.0, "channel_type": "single_workspace_channel"} {
		if got := channels[general][key]; got != want {
			t.Errorf("%s of #general is %v, want %v", key, got, want)
		}
	}
	if got := rows(map[string]any{"type": "public_channel", "metadata_only": true})[general]["name"]; got != "general" {
		t.Errorf("the metadata of #general call it %v", got)
	}
}

// TestAdministered plays random sequences of what administrators and members do, and looks after each whether all
// that is left belongs together.
func TestAdministered(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s, w := world(t)
			rnd := rand.New(rand.NewPCG(7, seed))
			do := calls(t, s, w)
			var users, teams, groups []string
			w.View(func(c *twin.Call) error {
				for u := range s.users.All(c.Tx, "") {
					if !u.Bot && u.ID != "USLACKBOT" {
						users = append(users, u.ID)
					}
				}
				for tm := range s.teams.All(c.Tx, "") {
					if !tm.Org {
						teams = append(teams, tm.ID)
					}
				}
				for g := range s.usergroups.All(c.Tx, "") {
					groups = append(groups, g.ID)
				}
				return nil
			})
			channel := func() (id string) {
				var all []string
				w.View(func(c *twin.Call) error {
					for ch := range s.channels.All(c.Tx, "") {
						all = append(all, ch.ID)
					}
					return nil
				})
				return all[rnd.IntN(len(all))]
			}
			pick := func(list []string) string { return list[rnd.IntN(len(list))] }
			done := map[string]int{}
			who := []string{"ana", "bo", "chidi", "dara", "hana", "bot"}
			for i := range 150 {
				as, ch, method, args := "ana", channel(), "", map[string]any{}
				args["channel_id"] = ch
				switch rnd.IntN(20) {
				case 0:
					method, args = "admin.conversations.create", map[string]any{"name": fmt.Sprintf("c%d", rnd.IntN(12)), "is_private": rnd.IntN(2) == 0, "team_id": pick(teams)}
				case 1:
					method = "admin.conversations.archive"
				case 2:
					method = "admin.conversations.unarchive"
				case 3:
					method = "admin.conversations.delete"
				case 4:
					method = "admin.conversations.convertToPrivate"
				case 5:
					method = "admin.conversations.convertToPublic"
				case 6:
					method, args["user_ids"] = "admin.conversations.invite", []string{pick(users), pick(users)}
				case 7:
					method, args["name"] = "admin.conversations.rename", fmt.Sprintf("c%d", rnd.IntN(12))
				case 8:
					method, args["target_team_ids"], args["org_channel"] = "admin.conversations.setTeams", []string{pick(teams)}, rnd.IntN(4) == 0
				case 9:
					method, args = "admin.conversations.bulkMove", map[string]any{"channel_ids": []string{ch, channel()}, "target_team_id": pick(teams)}
				case 10:
					method, args = "admin.conversations.bulkDelete", map[string]any{"channel_ids": []string{ch}}
				case 11:
					method, args = "admin.users.assign", map[string]any{"user_id": pick(users), "team_id": pick(teams)}
				case 12:
					method, args = "admin.users.remove", map[string]any{"user_id": pick(users), "team_id": pick(teams)}
				case 13:
					method, args = pick([]string{"admin.users.setAdmin", "admin.users.setRegular"}), map[string]any{"user_id": pick(users), "team_id": pick(teams)}
				case 14:
					method, args = "admin.usergroups.addChannels", map[string]any{"usergroup_id": pick(groups), "channel_ids": []string{ch}}
				case 15:
					method, args["duration_days"] = "admin.conversations.setCustomRetention", 1
				case 16:
					as, method, args = pick(who), pick([]string{"conversations.join", "conversations.leave", "conversations.archive"}), map[string]any{"channel": ch}
				default:
					as, method, args = pick(who), "chat.postMessage", map[string]any{"channel": ch, "text": fmt.Sprint("message ", i)}
					archived := false
					w.View(func(c *twin.Call) error {
						x, _ := s.channels.Get(c.Tx, ch)
						archived = x.Archived
						return nil
					})
					if v, _ := do(as, method, args); archived && v["ok"] == true {
						t.Fatalf("step %d: an archived channel took a message", i)
					}
					continue
				}
				v, _ := do(as, method, args)
				if v["ok"] == true {
					done[method]++
				}
				if rnd.IntN(3) == 0 {
					if err := w.Advance(t.Context(), time.Duration(rnd.IntN(20))*time.Hour); err != nil {
						t.Fatal(err)
					}
				}
				if wrong := disorder(s, w); len(wrong) > 0 {
					t.Fatalf("step %d: after %s %v (%v) %s", i, method, args, v, strings.Join(wrong, "; "))
				}
			}
			if len(done) < 10 {
				t.Errorf("of all that was tried only %v was done", done)
			}
		})
	}
}

// disorder lists what does not belong together in a world.
func disorder(s *Slack, w *twin.World) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	w.View(func(c *twin.Call) error {
		for m := range s.members.All(c.Tx, "") {
			ch, ok := s.channels.Get(c.Tx, m.Channel)
			u, there := s.users.Get(c.Tx, m.User)
			switch {
			case !ok:
				say("%s is in %s, which is not there", m.User, m.Channel)
			case !there:
				say("%s is in %s and is nobody", m.User, ch.Name)
			case u.Deleted && !ch.IM && !ch.MPIM && m.Joined > ch.Created:
				say("%s is deactivated and in %s", u.Name, ch.Name)
			}
		}
		for m := range s.messages.All(c.Tx, "") {
			if !s.channels.Has(c.Tx, m.Channel) {
				say("a message is in %s, which is not there", m.Channel)
			}
		}
		names := map[string]string{}
		for ch := range s.channels.All(c.Tx, "") {
			if ch.IM || ch.MPIM {
				continue
			}
			key := ch.Team + "/" + ch.Name
			if other, taken := names[key]; taken {
				say("%s and %s are both called %s", other, ch.ID, ch.Name)
			}
			names[key] = ch.ID
			if x, ok := s.channelsByName.Get(c.Tx, key); !ok || x.ID != ch.ID {
				say("the index does not find %s by its name", ch.Name)
			}
			if len(ch.Teams) > 0 && !slices.Contains(ch.Teams, ch.Team) && !ch.OrgWide {
				say("%s is at home in %s and not in it", ch.Name, ch.Team)
			}
		}
		for st := range s.seats.All(c.Tx, "") {
			u, _ := s.users.Get(c.Tx, st.User)
			if !slices.Contains(u.Teams, st.Team) || u.Team == st.Team {
				say("%s has a seat in %s and is not there beside their own workspace", u.Name, st.Team)
			}
		}
		for u := range s.users.All(c.Tx, "") {
			if !slices.Contains(u.Teams, u.Team) {
				say("%s is not in their own workspace", u.Name)
			}
			if u.PrimaryOwner && u.Deleted {
				say("the primary owner is gone")
			}
		}
		for g := range s.usergroups.All(c.Tx, "") {
			for _, id := range g.Channels {
				if !s.channels.Has(c.Tx, id) {
					say("the group %s has a channel that is not there", g.Handle)
				}
			}
		}
		for a := range s.audits.All(c.Tx, "") {
			if a.Action == "" || a.Object == "" {
				say("an audit entry is about nothing: %s %s", a.Action, a.Entity)
			}
			if !slices.ContainsFunc([]string{"workspace_or_org", "user", "file", "channel", "app", "barrier", "workflow_builder"}, func(k string) bool { return slices.Contains(auditActions[k], a.Action) }) {
				say("the log says %s, which is no action", a.Action)
			}
		}
		return nil
	})
	return wrong
}
