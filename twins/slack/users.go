package slack

import (
	"strings"
)

// userByName finds a user by the name that is written after an @.
func (c *call) userByName(name string) (User, bool) {
	return c.s.usersByName.Get(c.Tx, strings.ToLower(strings.TrimPrefix(name, "@")))
}

// userView returns a user as the caller sees it: an email address needs users:read.email.
//
// https://docs.slack.dev/reference/objects/user-object
func (c *call) userView(u User) reply {
	v := reply{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "deleted": u.Deleted, "profile": c.profileView(u), "updated": u.Updated,
		"is_bot": u.Bot, "is_app_user": u.AppUser,
	}
	if u.Deleted {
		return v
	}
	merge(v, reply{
		"color": u.Color, "real_name": u.RealName, "tz": u.TZ, "tz_label": u.TZLabel, "tz_offset": u.TZOffset,
		"is_admin": u.Admin, "is_owner": u.Owner, "is_primary_owner": u.PrimaryOwner,
		"is_restricted": u.Restricted, "is_ultra_restricted": u.UltraRestricted,
		"is_email_confirmed": !u.Invited, "who_can_share_contact_card": "EVERYONE",
	})
	if u.Invited {
		v["is_invited_user"] = true
	}
	if u.ID == c.user.ID && c.token.Kind != tokenBot {
		v["has_2fa"] = u.TwoFactor
	}
	if t, ok := c.s.teams.Get(c.Tx, u.Team); ok && t.Enterprise != "" && !u.Bot {
		org, _ := c.s.teams.Get(c.Tx, t.Enterprise)
		v["enterprise_user"] = reply{
			"id": u.ID, "enterprise_id": org.ID, "enterprise_name": org.Name, "is_admin": false, "is_owner": u.PrimaryOwner,
			"is_primary_owner": u.PrimaryOwner, "teams": u.Teams,
		}
	}
	return v
}

// profileView returns a user's profile as the caller sees it.
//
// https://docs.slack.dev/reference/objects/user-object#profile
func (c *call) profileView(u User) reply {
	avatar := strings.ToLower(u.ID)
	p := reply{
		"title": u.Title, "phone": u.Phone, "skype": u.Skype, "real_name": u.RealName, "real_name_normalized": u.RealName,
		"display_name": u.DisplayName, "display_name_normalized": u.DisplayName,
		"status_text": u.StatusText, "status_emoji": u.StatusEmoji, "status_expiration": u.StatusExpiration, "status_text_canonical": "",
		"avatar_hash": avatar, "team": u.Team,
	}
	for _, size := range []string{"24", "32", "48", "72", "192", "512"} {
		p["image_"+size] = c.base + "/avatars/" + u.ID + "_" + size + ".png"
	}
	first, last, _ := strings.Cut(u.RealName, " ")
	p["first_name"], p["last_name"] = or(u.FirstName, first), or(u.LastName, last)
	if u.Email != "" && (c.has("users:read.email") || c.token.Kind == "" || u.ID == c.user.ID) {
		p["email"] = u.Email
	}
	if u.Pronouns != "" {
		p["pronouns"] = u.Pronouns
	}
	if u.StartDate != "" {
		p["start_date"] = u.StartDate
	}
	if u.Image != "" {
		p["is_custom_image"] = true
		p["image_1024"] = c.base + "/avatars/" + u.ID + "_1024.png"
		p["image_original"] = c.base + "/avatars/" + u.ID + "_original.png"
	}
	if u.Bot {
		p["api_app_id"], p["always_active"], p["bot_id"] = u.App, true, u.BotID
	}
	return p
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// botProfile is how a message shows the app that wrote it.
func (c *call) botProfile(b Bot) reply {
	return reply{
		"id": b.ID, "app_id": b.App, "name": b.Name, "deleted": b.Deleted, "updated": b.Updated, "team_id": b.Team,
		"icons": c.icons(b),
	}
}

func (c *call) icons(b Bot) reply {
	v := reply{}
	for _, size := range []string{"36", "48", "72"} {
		v["image_"+size] = c.base + "/avatars/" + b.ID + "_" + size + ".png"
	}
	return v
}
