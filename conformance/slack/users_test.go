package slack

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// rewrite sends every request to the twin, for what slack-go sends to slack.com whatever it is told.
type rewrite struct{ to string }

func (r rewrite) RoundTrip(req *http.Request) (*http.Response, error) {
	to, err := url.Parse(r.to)
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.URL.Scheme, req.URL.Host, req.Host = to.Scheme, to.Host, ""
	if !strings.HasPrefix(req.URL.Path, to.Path) {
		req.URL.Path = to.Path + req.URL.Path
	}
	return http.DefaultTransport.RoundTrip(req)
}

// legacy is slack-go with ana's token, its requests to slack.com sent to the twin.
func (e *env) legacy(name string) *slack.Client {
	return e.user(name, slack.OptionHTTPClient(&http.Client{Transport: rewrite{e.url}}))
}

// token makes a token of a person's with these scopes.
func (e *env) token(user string, scopes ...string) string {
	e.t.Helper()
	secret := "xoxp-chosen-" + user + "-" + strings.ReplaceAll(strings.Join(scopes, "-"), ":", "")
	control(e.t, http.MethodPost, e.url+"/_twin/seed?mode=merge", map[string]any{"slack": map[string]any{
		"tokens": []map[string]any{{"token": secret, "user": user, "scopes": scopes}}}}, nil)
	return secret
}

// advance moves the world's clock on.
func (e *env) advance(by string) {
	e.t.Helper()
	control(e.t, http.MethodPost, e.url+"/_twin/clock/advance", map[string]string{"by": by}, nil)
}

// refused fails the test unless err is the error code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || !strings.HasSuffix(err.Error(), code) {
		t.Fatalf("the error is %v, want %s", err, code)
	}
}

// events are what the world has sent to apps, by type; listening for them needs an app that subscribes.
func (e *env) subscribe(events ...string) (sent func(kind string) int) {
	e.t.Helper()
	control(e.t, http.MethodPost, e.url+"/_twin/seed?mode=merge", map[string]any{"slack": map[string]any{"apps": []map[string]any{{
		"name": "listener", "owner": "ana", "request_url": "http://127.0.0.1:9/", "bot_events": events, "install": map[string]any{"by": "ana"},
		"bot_scopes": []string{"users:read", "users:read.email", "usergroups:read", "dnd:read", "emoji:read", "channels:read", "stars:read", "team:read"}}}}}, nil)
	return func(kind string) (n int) {
		e.t.Helper()
		var outbox struct {
			Deliveries []struct {
				Topic string `json:"topic"`
			} `json:"deliveries"`
		}
		control(e.t, http.MethodGet, e.url+"/_twin/outbox", nil, &outbox)
		for _, d := range outbox.Deliveries {
			if d.Topic == kind {
				n++
			}
		}
		return n
	}
}

func init() {
	row("GetUsersContext", func(t *testing.T) {
		e := world(t)
		us, err := e.bot().GetUsersContext(t.Context(), slack.GetUsersOptionLimit(4))
		must(t, err)
		names := []string{}
		for _, u := range us {
			names = append(names, u.Name)
		}
		for _, name := range []string{"ana", "ivan", "rocketbot", "slackbot"} {
			want(t, name+" is there", slices.Contains(names, name), true)
		}
		want(t, "users once each", len(names), len(slices.Compact(slices.Sorted(slices.Values(names)))))
		i := slices.Index(names, "chidi")
		want(t, "chidi's zone", us[i].TZ, "Africa/Lagos")
		want(t, "chidi's locale", us[i].Locale, "en-US")
		want(t, "chidi is an admin", us[i].IsAdmin, true)
		_, err = e.client(e.token("bo", "channels:read")).GetUsers()
		refused(t, err, "missing_scope")
	})
	row("slack.UserPagination.Next", func(t *testing.T) {
		e := world(t)
		all, err := e.bot().GetUsers()
		must(t, err)
		p, n := e.bot().GetUsersPaginated(slack.GetUsersOptionLimit(3)), 0
		for {
			if p, err = p.Next(t.Context()); p.Done(err) {
				break
			}
			must(t, err)
			if len(p.Users) > 3 {
				t.Fatalf("a page has %d users", len(p.Users))
			}
			for i, u := range p.Users {
				want(t, "user", u.ID, all[n+i].ID)
			}
			n += len(p.Users)
		}
		want(t, "users on all pages", n, len(all))
	})
	row("GetUserInfoContext", func(t *testing.T) {
		e := world(t)
		u, err := e.bot().GetUserInfoContext(t.Context(), e.person("ana"))
		must(t, err)
		want(t, "name", u.RealName, "Ana Silva")
		want(t, "email", u.Profile.Email, "ana@acme.example")
		want(t, "title", u.Profile.Title, "Head of Engineering")
		want(t, "primary owner", u.IsPrimaryOwner, true)
		want(t, "organisation", u.Enterprise.EnterpriseName, "Acme Group")
		_, err = e.bot().GetUserInfo("U0NOBODY")
		refused(t, err, "user_not_found")
	})
	row("GetUsersInfoContext", func(t *testing.T) {
		e := world(t)
		us, err := e.bot().GetUsersInfoContext(t.Context(), e.person("bo"), e.person("dara"))
		must(t, err)
		want(t, "users", len(*us), 2)
		want(t, "the second", (*us)[1].Name, "dara")
		_, err = e.bot().GetUsersInfo(e.person("bo"), "U0NOBODY")
		refused(t, err, "users_not_found")
	})
	row("GetUserByEmailContext", func(t *testing.T) {
		e := world(t)
		u, err := e.bot().GetUserByEmailContext(t.Context(), "Dara@acme.example")
		must(t, err)
		want(t, "name", u.Name, "dara")
		_, err = e.bot().GetUserByEmail("ivan@acme.example")
		refused(t, err, "users_not_found")
	})
	row("GetConversationsForUserContext", func(t *testing.T) {
		e := world(t)
		names := func(c *slack.Client, user string, types ...string) (names []string) {
			chs, _, err := c.GetConversationsForUserContext(t.Context(), &slack.GetConversationsForUserParameters{UserID: user, Types: types})
			must(t, err)
			for _, ch := range chs {
				names = append(names, ch.Name)
			}
			slices.Sort(names)
			return names
		}
		both := []string{"public_channel", "private_channel"}
		want(t, "ana's own", strings.Join(names(e.user("ana"), "", both...), " "), "engineering general incidents launch-6 leads random")
		want(t, "ana's, as bo sees them", strings.Join(names(e.user("bo"), e.person("ana"), both...), " "), "engineering general incidents launch-6 random")
		_, _, err := e.bot().GetConversationsForUser(&slack.GetConversationsForUserParameters{Types: []string{"nonsense"}})
		refused(t, err, "invalid_types")
	})
	row("SetUserPresenceContext", func(t *testing.T) {
		e := world(t)
		ana := e.user("ana")
		must(t, ana.SetUserPresenceContext(t.Context(), "away"))
		p, err := ana.GetUserPresence(e.person("ana"))
		must(t, err)
		want(t, "away by hand", p.ManualAway, true)
		must(t, ana.SetUserPresence("auto"))
		p, err = ana.GetUserPresence(e.person("ana"))
		must(t, err)
		want(t, "away by hand", p.ManualAway, false)
		refused(t, ana.SetUserPresence("busy"), "invalid_presence")
	})
	row("GetUserPresenceContext", func(t *testing.T) {
		e := world(t)
		p, err := e.bot().GetUserPresenceContext(t.Context(), e.person("bo"))
		must(t, err)
		want(t, "presence", p.Presence, "away")
		want(t, "of others, why", p.AutoAway, false)
		p, err = e.user("bo").GetUserPresence(e.person("bo"))
		must(t, err)
		want(t, "of oneself, why", p.AutoAway, true)
		_, err = e.bot().GetUserPresence("U0NOBODY")
		refused(t, err, "user_not_found")
	})
	row("GetUserIdentityContext", func(t *testing.T) {
		e := world(t)
		id, err := e.client(e.token("dara", "identity.basic", "identity.email", "identity.team")).GetUserIdentityContext(t.Context())
		must(t, err)
		want(t, "name", id.User.Name, "Dara Kim")
		want(t, "email", id.User.Email, "dara@acme.example")
		want(t, "team", id.Team.Name, "Acme Rockets")
		id, err = e.client(e.token("dara", "identity.basic")).GetUserIdentity()
		must(t, err)
		want(t, "email without its scope", id.User.Email, "")
		_, err = e.user("bo").GetUserIdentity()
		refused(t, err, "missing_scope")
	})

	row("GetUserProfileContext", func(t *testing.T) {
		e := world(t)
		p, err := e.bot().GetUserProfileContext(t.Context(), &slack.GetUserProfileParameters{UserID: e.person("ana"), IncludeLabels: true})
		must(t, err)
		want(t, "phone", p.Phone, "+351 21 555 0100")
		labels := map[string]string{}
		for _, f := range p.FieldsMap() {
			labels[f.Label] = f.Value
		}
		want(t, "desk", labels["Desk"], "A-101")
		_, err = e.bot().GetUserProfile(&slack.GetUserProfileParameters{UserID: "U0NOBODY"})
		refused(t, err, "user_not_found")
	})
	row("SetUserProfileContext", func(t *testing.T) {
		e := world(t)
		sent := e.subscribe("user_change", "user_profile_changed")
		p, err := e.user("bo").GetUserProfile(&slack.GetUserProfileParameters{})
		must(t, err)
		p.Title, p.Pronouns = "Principal Engineer", "he/him"
		must(t, e.user("bo").SetUserProfileContext(t.Context(), "", p))
		got, err := e.user("ana").GetUserProfile(&slack.GetUserProfileParameters{UserID: e.person("bo")})
		must(t, err)
		want(t, "title", got.Title, "Principal Engineer")
		want(t, "pronouns", got.Pronouns, "he/him")
		want(t, "name", got.RealName, "Bo Lindqvist")
		want(t, "user_change", sent("user_change"), 1)
		want(t, "user_profile_changed", sent("user_profile_changed"), 1)
		refused(t, e.user("bo").SetUserProfile(e.person("dara"), p), "not_admin")
	})
	row("SetUserRealName", func(t *testing.T) {
		e := world(t)
		must(t, e.user("bo").SetUserRealName("Bo Berg"))
		u, err := e.bot().GetUserInfo(e.person("bo"))
		must(t, err)
		want(t, "name", u.RealName, "Bo Berg")
		want(t, "last name", u.Profile.LastName, "Berg")
		refused(t, e.user("bo").SetUserRealName("everyone"), "reserved_name")
	})
	row("SetUserRealNameContextWithUser", func(t *testing.T) {
		e := world(t)
		must(t, e.user("ana").SetUserRealNameContextWithUser(t.Context(), e.person("emre"), "Emre Demir"))
		u, err := e.bot().GetUserInfo(e.person("emre"))
		must(t, err)
		want(t, "name", u.RealName, "Emre Demir")
		refused(t, e.user("bo").SetUserRealNameContextWithUser(t.Context(), e.person("emre"), "E"), "not_admin")
	})
	row("SetUserCustomFieldsContext", func(t *testing.T) {
		e := world(t)
		desk := e.field("Desk")
		must(t, e.user("bo").SetUserCustomFieldsContext(t.Context(), e.person("bo"), map[string]slack.UserProfileCustomField{desk: {Value: "C-3", Alt: "by the window"}}))
		p, err := e.bot().GetUserProfile(&slack.GetUserProfileParameters{UserID: e.person("bo")})
		must(t, err)
		want(t, "desk", p.FieldsMap()[desk].Value, "C-3")
		want(t, "alt", p.FieldsMap()[desk].Alt, "by the window")
		err = e.user("bo").SetUserCustomFields(e.person("bo"), map[string]slack.UserProfileCustomField{e.field("Launch pad"): {Value: "North"}})
		refused(t, err, "profile_set_failed")
	})
	row("SetUserCustomStatusContext", func(t *testing.T) {
		e := world(t)
		sent := e.subscribe("user_status_changed")
		until := time.Now().Add(time.Hour).Unix()
		must(t, e.user("bo").SetUserCustomStatusContext(t.Context(), "Fuelling", "", until))
		status := func() slack.UserProfile {
			u, err := e.bot().GetUserInfo(e.person("bo"))
			must(t, err)
			return u.Profile
		}
		want(t, "text", status().StatusText, "Fuelling")
		want(t, "emoji", status().StatusEmoji, ":speech_balloon:")
		want(t, "expiration", int64(status().StatusExpiration), until)
		e.advance("61m")
		want(t, "text an hour later", status().StatusText, "")
		want(t, "user_status_changed", sent("user_status_changed"), 2)
		refused(t, e.user("bo").SetUserCustomStatus(strings.Repeat("x", 101), "", 0), "too_long")
	})
	row("SetUserCustomStatusContextWithUser", func(t *testing.T) {
		e := world(t)
		must(t, e.user("ana").SetUserCustomStatusContextWithUser(t.Context(), e.person("gus"), "Audit", ":chart_with_upwards_trend:", 0))
		u, err := e.bot().GetUserInfo(e.person("gus"))
		must(t, err)
		want(t, "status", u.Profile.StatusText+u.Profile.StatusEmoji, "Audit:chart_with_upwards_trend:")
		refused(t, e.user("bo").SetUserCustomStatusContextWithUser(t.Context(), e.person("gus"), "x", "", 0), "not_admin")
	})
	row("SetUserCustomStatusWithUser", func(t *testing.T) {
		e := world(t)
		must(t, e.user("ana").SetUserCustomStatusWithUser(e.person("gus"), "Away", ":palm_tree:", 0))
		u, err := e.bot().GetUserInfo(e.person("gus"))
		must(t, err)
		want(t, "emoji", u.Profile.StatusEmoji, ":palm_tree:")
		want(t, "how to draw it", u.Profile.StatusEmojiDisplayInfo[0].EmojiName, "palm_tree")
	})
	row("UnsetUserCustomStatusContext", func(t *testing.T) {
		e := world(t)
		must(t, e.user("bo").SetUserCustomStatus("Lunch", ":pizza:", time.Now().Add(time.Hour).Unix()))
		must(t, e.user("bo").UnsetUserCustomStatusContext(t.Context()))
		u, err := e.bot().GetUserInfo(e.person("bo"))
		must(t, err)
		want(t, "status", u.Profile.StatusText+u.Profile.StatusEmoji, "")
		want(t, "expiration", u.Profile.StatusExpiration, 0)
	})
	row("SetUserPhotoContext", func(t *testing.T) {
		e := world(t)
		must(t, e.user("bo").SetUserPhotoContext(t.Context(), photo(t, 60, 40), slack.UserSetPhotoParams{CropX: 10, CropY: 5, CropW: 20}))
		u, err := e.bot().GetUserInfo(e.person("bo"))
		must(t, err)
		want(t, "custom", u.Profile.IsCustomImage, true)
		want(t, "original", strings.HasSuffix(u.Profile.ImageOriginal, "_original.png"), true)
		text := filepath.Join(t.TempDir(), "no.png")
		must(t, os.WriteFile(text, []byte("no picture"), 0o644))
		refused(t, e.user("bo").SetUserPhoto(text, slack.NewUserSetPhotoParams()), "bad_image")
	})
	row("DeleteUserPhotoContext", func(t *testing.T) {
		e := world(t)
		must(t, e.user("bo").SetUserPhoto(photo(t, 30, 30), slack.NewUserSetPhotoParams()))
		must(t, e.user("bo").DeleteUserPhotoContext(t.Context()))
		u, err := e.bot().GetUserInfo(e.person("bo"))
		must(t, err)
		want(t, "custom", u.Profile.IsCustomImage, false)
		refused(t, e.bot().DeleteUserPhoto(), "not_allowed_token_type")
	})

	row("GetUserPrefsContext", func(t *testing.T) {
		e := world(t)
		p, err := e.user("ana").GetUserPrefsContext(t.Context())
		must(t, err)
		want(t, "zone", p.UserPrefs.TZ, "Europe/Lisbon")
		want(t, "muted", p.UserPrefs.MutedChannels, "")
		_, err = e.bot().GetUserPrefs()
		refused(t, err, "not_allowed_token_type")
	})
	row("MuteChat", func(t *testing.T) {
		e := world(t)
		p, err := e.user("ana").MuteChat(e.channel("random"))
		must(t, err)
		want(t, "muted, as answered", p.UserPrefs.MutedChannels, e.channel("random"))
		_, err = e.user("ana").MuteChat(e.channel("general"))
		must(t, err)
		p, err = e.user("ana").GetUserPrefs()
		must(t, err)
		for _, name := range []string{"random", "general"} {
			want(t, name+" is muted", strings.Contains(p.UserPrefs.MutedChannels, e.channel(name)), true)
		}
		p, err = e.user("bo").GetUserPrefs()
		must(t, err)
		want(t, "bo's", p.UserPrefs.MutedChannels, "")
	})
	row("UnMuteChat", func(t *testing.T) {
		e := world(t)
		_, err := e.user("ana").MuteChat(e.channel("random"))
		must(t, err)
		_, err = e.user("ana").UnMuteChat(e.channel("random"))
		must(t, err)
		p, err := e.user("ana").GetUserPrefs()
		must(t, err)
		want(t, "muted", p.UserPrefs.MutedChannels, "")
	})

	row("DisableUserContext", func(t *testing.T) {
		e := world(t)
		sent := e.subscribe("user_change")
		must(t, e.legacy("ana").DisableUserContext(t.Context(), "acme-rockets", e.person("bo")))
		u, err := e.bot().GetUserInfo(e.person("bo"))
		must(t, err)
		want(t, "deleted", u.Deleted, true)
		_, err = e.user("bo").AuthTest()
		refused(t, err, "token_revoked")
		in, _, err := e.bot().GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: e.channel("general")})
		must(t, err)
		want(t, "in #general", slices.Contains(in, u.ID), false)
		want(t, "user_change", sent("user_change"), 1)
		refused(t, e.legacy("ana").DisableUser("acme-rockets", "U0NOBODY"), "user_not_found")
	})
	row("InviteToTeamContext", func(t *testing.T) {
		e := world(t)
		sent := e.subscribe("team_join")
		must(t, e.legacy("ana").InviteToTeamContext(t.Context(), "acme-rockets", "Jo", "Park", "jo@acme.example"))
		u, err := e.bot().GetUserByEmail("jo@acme.example")
		must(t, err)
		want(t, "name", u.RealName, "Jo Park")
		want(t, "invited", u.IsInvitedUser, true)
		want(t, "team_join", sent("team_join"), 1)
		refused(t, e.legacy("ana").InviteToTeam("acme-rockets", "Bo", "L", "bo@acme.example"), "already_in_team")
		refused(t, e.legacy("bo").InviteToTeam("acme-rockets", "K", "L", "k@acme.example"), "not_admin")
	})
	row("InviteRestrictedContext", func(t *testing.T) {
		e := world(t)
		must(t, e.legacy("ana").InviteRestrictedContext(t.Context(), "acme-rockets", e.channel("support"), "Kim", "Lee", "kim@partner.example"))
		u, err := e.bot().GetUserByEmail("kim@partner.example")
		must(t, err)
		want(t, "guest", u.IsRestricted, true)
		want(t, "of one channel", u.IsUltraRestricted, false)
		want(t, "channels", e.channelsOf(u.ID), "support")
		refused(t, e.legacy("ana").InviteRestricted("acme-rockets", "C0NONE", "K", "L", "l@partner.example"), "channel_not_found")
	})
	row("InviteGuestContext", func(t *testing.T) {
		e := world(t)
		must(t, e.legacy("ana").InviteGuestContext(t.Context(), "acme-rockets", e.channel("support"), "Kim", "Lee", "kim@partner.example"))
		u, err := e.bot().GetUserByEmail("kim@partner.example")
		must(t, err)
		want(t, "guest of one channel", u.IsUltraRestricted, true)
		want(t, "channels", e.channelsOf(u.ID), "support")
		refused(t, e.legacy("ana").InviteGuest("acme-rockets", e.channel("support")+","+e.channel("random"), "K", "L", "l@partner.example"), "requires_one_channel")
	})
	row("SetRegularContext", func(t *testing.T) {
		e := world(t)
		must(t, e.legacy("ana").SetRegularContext(t.Context(), "acme-rockets", e.person("hana")))
		u, err := e.bot().GetUserInfo(e.person("hana"))
		must(t, err)
		want(t, "guest", u.IsRestricted, false)
		must(t, e.legacy("ana").SetRegular("acme-rockets", e.person("ivan")))
		u, err = e.bot().GetUserInfo(e.person("ivan"))
		must(t, err)
		want(t, "ivan is back", u.Deleted, false)
		refused(t, e.legacy("bo").SetRegular("acme-rockets", e.person("hana")), "not_admin")
	})
	row("SetRestrictedContext", func(t *testing.T) {
		e := world(t)
		must(t, e.legacy("ana").SetRestrictedContext(t.Context(), "acme-rockets", e.person("emre"), e.channel("support"), e.channel("random")))
		u, err := e.bot().GetUserInfo(e.person("emre"))
		must(t, err)
		want(t, "guest", u.IsRestricted, true)
		want(t, "channels", e.channelsOf(u.ID), "random support")
		refused(t, e.legacy("ana").SetRestricted("acme-rockets", e.person("ana")), "cannot_update_admin_user")
	})
	row("SetUltraRestrictedContext", func(t *testing.T) {
		e := world(t)
		must(t, e.legacy("ana").SetUltraRestrictedContext(t.Context(), "acme-rockets", e.person("emre"), e.channel("support")))
		u, err := e.bot().GetUserInfo(e.person("emre"))
		must(t, err)
		want(t, "guest of one channel", u.IsUltraRestricted, true)
		want(t, "channels", e.channelsOf(u.ID), "support")
		refused(t, e.legacy("ana").SetUltraRestricted("acme-rockets", e.person("emre"), "C0NONE"), "channel_not_found")
	})
	row("SendSSOBindingEmailContext", func(t *testing.T) {
		e := world(t)
		must(t, e.legacy("ana").SendSSOBindingEmailContext(t.Context(), "acme-rockets", e.person("bo")))
		var export struct {
			Records map[string][]struct{ To, About string }
		}
		control(t, http.MethodGet, e.url+"/_twin/seed", nil, &export)
		mail := export.Records["slack.emails"]
		want(t, "emails", len(mail), 1)
		want(t, "it goes to", mail[0].To, "bo@acme.example")
		want(t, "it is about", mail[0].About, "sso_binding")
		refused(t, e.legacy("ana").SendSSOBindingEmail("acme-rockets", "U0NOBODY"), "user_not_found")
	})
}

// channelsOf are the names of the channels that someone is in.
func (e *env) channelsOf(user string) string {
	e.t.Helper()
	chs, _, err := e.user("ana").GetConversationsForUser(&slack.GetConversationsForUserParameters{UserID: user, Types: []string{"public_channel", "private_channel"}})
	must(e.t, err)
	names := []string{}
	for _, ch := range chs {
		names = append(names, ch.Name)
	}
	return strings.Join(slices.Sorted(slices.Values(names)), " ")
}

// field is the id of a profile field by its label.
func (e *env) field(label string) string {
	e.t.Helper()
	p, err := e.user("ana").GetTeamProfile()
	must(e.t, err)
	for _, f := range p.Fields {
		if f.Label == label {
			return f.ID
		}
	}
	e.t.Fatalf("there is no field %q", label)
	return ""
}

// photo draws a picture into a file.
func photo(t *testing.T, w, h int) string {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, color.NRGBA{uint8(x * 4), uint8(y * 6), 80, 255})
		}
	}
	name := filepath.Join(t.TempDir(), "photo.png")
	f, err := os.Create(name)
	must(t, err)
	must(t, png.Encode(f, img))
	must(t, f.Close())
	return name
}

// download fetches a link that an answer contains.
func download(t *testing.T, link string) (body []byte, kind string) {
	t.Helper()
	res, err := http.Get(link)
	must(t, err)
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	must(t, err)
	want(t, link, res.StatusCode, http.StatusOK)
	return body, res.Header.Get("Content-Type")
}
