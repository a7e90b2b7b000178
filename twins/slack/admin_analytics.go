package slack

import (
	"bytes"
	"compress/gzip"
	"slices"
	"time"

	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// adminAnalyticsMethods are the admin.analytics.* methods.
//
// https://docs.slack.dev/reference/methods?family=admin.analytics
func (s *Slack) adminAnalyticsMethods() {
	read(s, "admin.analytics.getFile", about{twin.Full, tier2, "-", "admin.analytics:read"}, s.adminAnalyticsGetFile)
}

// An attachment is an answer that is no JSON but a file.
type attachment struct {
	name, kind string
	body       []byte
}

// adminAnalyticsGetFile returns what people did on a day, or what was done in public channels, one line of JSON for
// each, compressed.
//
// https://docs.slack.dev/reference/methods/admin.analytics.getFile
func (s *Slack) adminAnalyticsGetFile(c *call, in *api.AdminAnalyticsGetFileRequest) (any, error) {
	if err := c.require("type"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, Error("feature_not_available"))
	if err != nil {
		return nil, err
	}
	switch {
	case in.Type != "member" && in.Type != "public_channel":
		return nil, errInvalidType
	case in.MetadataOnly && in.Type != "public_channel":
		return nil, Error("metadata_not_available")
	case in.MetadataOnly && in.Date != "":
		return nil, Error("metadata_only_does_not_support_date")
	case in.MetadataOnly:
		return s.lines(org.Name+" Public Channel Metadata", c.channelMetadata(org)), nil
	case in.Date == "":
		return nil, missing("date")
	}
	day, err := time.Parse(time.DateOnly, in.Date)
	switch {
	case err != nil:
		return nil, errInvalidDate
	case day.Before(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)):
		return nil, Error("data_not_available")
	case c.Now.Before(day.Add(24 * time.Hour)):
		return nil, Error("file_not_yet_available")
	case day.Before(c.Now.AddDate(0, -13, 0)):
		return nil, errFileNotFound
	case in.Type == "member":
		return s.lines(org.Name+" Member Analytics "+in.Date, c.memberAnalytics(org, day)), nil
	}
	return s.lines(org.Name+" Public Channel Analytics "+in.Date, c.channelAnalytics(org, day)), nil
}

// lines packs lines of JSON into a file.
func (s *Slack) lines(name string, rows []reply) attachment {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, r := range rows {
		z.Write(append(encode(r), '\n'))
	}
	z.Close()
	return attachment{name + ".json.gz", "application/gzip", b.Bytes()}
}

// said yields what was said in a channel on a day. Slack's own notes of joining and the like are nobody's messages.
func (c *call) said(ch Channel, day time.Time, yield func(Message)) {
	for m := range c.s.messages.Range(c.Tx, store.Range{
		Prefix: ch.ID + "/", From: messageKey(ch.ID, formatTS(day.UnixMicro())), To: messageKey(ch.ID, formatTS(day.Add(24*time.Hour).UnixMicro())),
	}) {
		if !m.Hidden && m.Ephemeral == "" && (m.Subtype == "" || slices.Contains([]string{"thread_broadcast", "me_message", "file_share", "bot_message"}, m.Subtype)) {
			yield(m)
		}
	}
}

// memberAnalytics is a row for each person: what they did on the day.
func (c *call) memberAnalytics(org Team, day time.Time) (rows []reply) {
	type deeds struct{ messages, inChannels, reactions, files int }
	did := map[string]deeds{}
	for ch := range c.s.channels.All(c.Tx, "") {
		if !c.governs(org, ch.Team) {
			continue
		}
		c.said(ch, day, func(m Message) {
			d := did[m.User]
			d.messages++
			d.files += len(m.Files)
			if !ch.IM && !ch.MPIM {
				d.inChannels++
			}
			did[m.User] = d
			for _, r := range m.Reactions {
				for _, u := range r.Users {
					d := did[u]
					d.reactions++
					did[u] = d
				}
			}
		})
	}
	for u := range c.s.users.All(c.Tx, "") {
		if u.Bot || u.ID == "USLACKBOT" || u.Stranger || !c.governs(org, u.Team) || u.Created >= day.Add(24*time.Hour).Unix() || u.Deleted && did[u.ID] == (deeds{}) {
			continue
		}
		d := did[u.ID]
		active := d != (deeds{}) || u.Active >= day.Unix() && u.Active < day.Add(24*time.Hour).Unix()
		guest := u.Restricted || u.UltraRestricted
		mobile, desktop := false, false
		for x := range c.s.devicesByUser.All(c.Tx, u.ID) {
			mobile, desktop = mobile || x.Mobile, desktop || !x.Mobile
		}
		rows = append(rows, reply{
			"date": day.Format(time.DateOnly), "enterprise_id": org.ID, "enterprise_user_id": u.ID, "email_address": u.Email, "enterprise_employee_number": "",
			"is_guest": guest, "is_billable_seat": !u.Deleted && !u.UltraRestricted, "is_active": active, "is_active_ios": active && mobile && !desktop,
			"is_active_android": false, "is_active_desktop": active && desktop, "is_active_apps": false, "is_active_workflows": false, "is_active_slack_connect": false,
			"reactions_added_count": d.reactions, "messages_posted_count": d.messages, "channel_messages_posted_count": d.inChannels, "files_added_count": d.files,
			"total_calls_count": 0, "slack_calls_count": 0, "slack_huddles_count": 0, "search_count": 0, "date_claimed": u.Created,
		})
	}
	return rows
}

// channelAnalytics is a row for each public channel: what was done in it on the day.
func (c *call) channelAnalytics(org Team, day time.Time) (rows []reply) {
	for ch := range c.s.channels.All(c.Tx, "") {
		if ch.Private || ch.IM || ch.MPIM || ch.Deleted || !c.governs(org, ch.Team) || ch.Created >= day.Add(24*time.Hour).Unix() {
			continue
		}
		messages, byMembers, reactions := 0, 0, 0
		posted, seen := map[string]bool{}, 0
		c.said(ch, day, func(m Message) {
			messages++
			if u, _ := c.s.users.Get(c.Tx, m.User); !u.Bot {
				byMembers++
				posted[m.User] = true
			}
			for _, r := range m.Reactions {
				reactions += len(r.Users)
			}
		})
		all, guests := 0, 0
		for m := range c.s.members.All(c.Tx, ch.ID+"/") {
			u, _ := c.s.users.Get(c.Tx, m.User)
			if u.Bot {
				continue
			}
			all++
			if u.Restricted || u.UltraRestricted {
				guests++
			}
			if posted[u.ID] || m.LastRead >= formatTS(day.UnixMicro()) {
				seen++
			}
		}
		kind := "single_workspace_channel"
		if ch.OrgWide {
			kind = "org_wide_channel"
		} else if len(ch.Teams) > 1 {
			kind = "multi_workspace_channel"
		}
		home, _ := c.s.teams.Get(c.Tx, ch.Team)
		shared, outside := []reply{}, []reply{}
		for _, id := range ch.Teams {
			if t, ok := c.s.teams.Get(c.Tx, id); ok {
				shared = append(shared, reply{"team_id": t.ID, "name": t.Name})
			}
		}
		for _, id := range ch.External {
			t, _ := c.s.teams.Get(c.Tx, id)
			outside = append(outside, reply{"name": t.Name, "domain": t.Domain})
		}
		rows = append(rows, reply{
			"date": day.Format(time.DateOnly), "enterprise_id": org.ID, "originating_team": reply{"team_id": home.ID, "name": home.Name}, "channel_id": ch.ID,
			"date_created": ch.Created, "date_last_active": c.lastActivity(ch) / 1e6, "total_members_count": all, "full_members_count": all - guests,
			"guest_member_count": guests, "messages_posted_count": messages, "messages_posted_by_members_count": byMembers, "members_who_viewed_count": seen,
			"members_who_posted_count": len(posted), "reactions_added_count": reactions, "visibility": "public", "channel_type": kind,
			"is_shared_externally": len(ch.External) > 0, "shared_with": shared, "externally_shared_with_organizations": outside,
		})
	}
	return rows
}

// channelMetadata is a row for each public channel: what it is called and for what it is.
func (c *call) channelMetadata(org Team) (rows []reply) {
	for ch := range c.s.channels.All(c.Tx, "") {
		if !ch.Private && !ch.IM && !ch.MPIM && !ch.Deleted && c.governs(org, ch.Team) {
			rows = append(rows, reply{"channel_id": ch.ID, "name": ch.Name, "topic": ch.Topic.Value, "description": ch.Purpose.Value, "date": c.Now.UTC().Format(time.DateOnly)})
		}
	}
	return rows
}
