package slack

import (
	"net/url"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// adminEmojiMethods are the admin.emoji.* methods. An organisation's emoji are in all its workspaces.
//
// https://docs.slack.dev/reference/methods?family=admin.emoji
func (s *Slack) adminEmojiMethods() {
	write(s, "admin.emoji.add", about{twin.Partial, tier2, "-", "admin.teams:write"}, s.adminEmojiAdd).op.Notes = "the picture is not fetched, so nothing is said of its size or format"
	write(s, "admin.emoji.addAlias", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminEmojiAddAlias)
	read(s, "admin.emoji.list", about{twin.Full, tier2, "-", "admin.teams:read"}, s.adminEmojiList)
	write(s, "admin.emoji.remove", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminEmojiRemove)
	write(s, "admin.emoji.rename", about{twin.Full, tier2, "-", "admin.teams:write"}, s.adminEmojiRename)
}

// adminEmojiAdd adds an emoji with the picture at an address. The twin does not fetch it: the address itself is shown.
//
// https://docs.slack.dev/reference/methods/admin.emoji.add
func (s *Slack) adminEmojiAdd(c *call, in *api.AdminEmojiAddRequest) (any, error) {
	if err := c.require("name", "url"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	name, err := c.newEmojiName(org, in.Name)
	if err != nil {
		return nil, err
	}
	if u, err := url.Parse(in.URL); in.URL == "" {
		return nil, Error("no_image_uploaded")
	} else if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, Error("error_bad_upload")
	}
	c.everywhere(org, func(c *call, team string) {
		c.setEmoji(Emoji{Team: team, Name: name, URL: in.URL, By: c.user.ID, Created: c.Now.Unix()})
	})
	c.audit("emoji_added", aboutTeam(org), reply{"name": name})
	return nil, nil
}

// newEmojiName checks a name for a new emoji and returns it as it will be.
func (c *call) newEmojiName(org Team, name string) (string, error) {
	name = strings.Trim(strings.TrimSpace(name), ":")
	if name == "" {
		return "", Error("error_missing_name")
	}
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			return "", Error("error_lower_case_names_only")
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', strings.ContainsRune("_-+'", r), r > 0x7f:
		default:
			return "", Error("error_bad_name_i18n")
		}
	}
	switch _, custom := c.emojiIn(org, name); {
	case custom:
		return "", Error("error_name_taken")
	case standardEmoji(name):
		return "", Error("error_name_taken_i18n")
	}
	return name, nil
}

// emojiIn finds an emoji in any workspace of the organisation.
func (c *call) emojiIn(org Team, name string) (Emoji, bool) {
	name = strings.Trim(strings.TrimSpace(name), ":")
	for _, t := range c.workspaces(org) {
		if e, ok := c.s.emoji.Get(c.Tx, t.ID+"/"+name); ok {
			return e, true
		}
	}
	return Emoji{}, false
}

// everywhere does something in each workspace of the organisation, as a caller from there.
func (c *call) everywhere(org Team, do func(c *call, team string)) {
	for _, t := range c.workspaces(org) {
		d := *c
		d.token.Team, d.user.Team = t.ID, t.ID
		do(&d, t.ID)
	}
}

// adminEmojiAddAlias gives an emoji another name.
//
// https://docs.slack.dev/reference/methods/admin.emoji.addAlias
func (s *Slack) adminEmojiAddAlias(c *call, in *api.AdminEmojiAddAliasRequest) (any, error) {
	if err := c.require("name", "alias_for"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	name, err := c.newEmojiName(org, in.Name)
	if err != nil {
		return nil, err
	}
	target := strings.Trim(strings.TrimSpace(in.AliasFor), ":")
	e, custom := c.emojiIn(org, target)
	switch {
	case target == "":
		return nil, Error("no_alias_selected")
	case !custom && !standardEmoji(target):
		return nil, Error("error_invalid_alias")
	case e.Alias != "":
		target = e.Alias
	}
	c.everywhere(org, func(c *call, team string) {
		c.setEmoji(Emoji{Team: team, Name: name, Alias: target, By: c.user.ID, Created: c.Now.Unix()})
	})
	c.audit("emoji_aliased", aboutTeam(org), reply{"name": name})
	return nil, nil
}

// adminEmojiList lists the organisation's emoji.
//
// https://docs.slack.dev/reference/methods/admin.emoji.list
func (s *Slack) adminEmojiList(c *call, in *api.AdminEmojiListRequest) (any, error) {
	n, err := c.between(in.Limit, 100, 1000)
	if err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	var all []Emoji
	seen := map[string]bool{}
	for _, t := range c.workspaces(org) {
		for e := range s.emoji.All(c.Tx, t.ID+"/") {
			if !seen[e.Name] {
				seen[e.Name] = true
				all = append(all, e)
			}
		}
	}
	all, next, err := page(all, "emoji", in.Cursor, n, func(e Emoji) string { return e.Name })
	if err != nil {
		return nil, err
	}
	v := reply{}
	for _, e := range all {
		link := c.emojiURL(e)
		if e.Alias != "" {
			link = "alias:" + e.Alias
		}
		v[e.Name] = reply{"url": link, "date_created": e.Created, "uploaded_by": e.By}
	}
	return reply{"emoji": v, "response_metadata": reply{"next_cursor": next}}, nil
}

// adminEmojiRemove takes an emoji away everywhere.
//
// https://docs.slack.dev/reference/methods/admin.emoji.remove
func (s *Slack) adminEmojiRemove(c *call, in *api.AdminEmojiRemoveRequest) (any, error) {
	if err := c.require("name"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	e, ok := c.emojiIn(org, in.Name)
	switch {
	case !ok && standardEmoji(strings.Trim(in.Name, ":")):
		return nil, Error("failure_removing_emoji")
	case !ok:
		return nil, Error("emoji_not_found")
	}
	c.everywhere(org, func(c *call, team string) {
		if e, ok := s.emoji.Get(c.Tx, team+"/"+e.Name); ok {
			c.removeEmoji(e)
		}
	})
	c.audit("emoji_removed", aboutTeam(org), reply{"name": e.Name})
	return nil, nil
}

// adminEmojiRename gives an emoji another name instead of its own.
//
// https://docs.slack.dev/reference/methods/admin.emoji.rename
func (s *Slack) adminEmojiRename(c *call, in *api.AdminEmojiRenameRequest) (any, error) {
	if err := c.require("name", "new_name"); err != nil {
		return nil, err
	}
	org, err := c.admin(errNotAnAdmin, errFeatureNotEnabled)
	if err != nil {
		return nil, err
	}
	e, ok := c.emojiIn(org, in.Name)
	if !ok {
		return nil, Error("error_invalid_emoji_to_rename")
	}
	name, err := c.newEmojiName(org, in.NewName)
	if err != nil {
		return nil, err
	}
	c.everywhere(org, func(c *call, team string) {
		if e, ok := s.emoji.Get(c.Tx, team+"/"+e.Name); ok {
			c.renameEmoji(e, name)
		}
	})
	c.audit("emoji_renamed", aboutTeam(org), reply{"name": name})
	return nil, nil
}

// standardEmoji reports whether every workspace has an emoji of the name.
func standardEmoji(name string) bool {
	for _, category := range emojiCategories {
		if slices.Contains(strings.Fields(category.emoji), name) {
			return true
		}
	}
	return false
}
