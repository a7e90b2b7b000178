package slack

import (
	"regexp"
	"slices"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// bookmarksMethods are the bookmarks.* methods.
//
// https://docs.slack.dev/reference/methods?family=bookmarks
func (s *Slack) bookmarksMethods() {
	write(s, "bookmarks.add", about{twin.Full, tier2, "bookmarks:write", "bookmarks:write"}, s.bookmarksAdd).requires("channel_id", "title", "type")
	write(s, "bookmarks.edit", about{twin.Full, tier2, "bookmarks:write", "bookmarks:write"}, s.bookmarksEdit).requires("bookmark_id", "channel_id")
	write(s, "bookmarks.remove", about{twin.Full, tier2, "bookmarks:write", "bookmarks:write"}, s.bookmarksRemove).requires("bookmark_id", "channel_id")
	read(s, "bookmarks.list", about{twin.Full, tier3, "bookmarks:read", "bookmarks:read"}, s.bookmarksList).requires("channel_id")
}

// A Bookmark is a link at the head of a channel, or a folder of them.
type Bookmark struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	Title   string `json:"title"`
	Link    string `json:"link"`
	Emoji   string `json:"emoji"`
	Icon    string `json:"icon"`
	Type    string `json:"type"`
	Entity  string `json:"entity"`
	Parent  string `json:"parent"`
	Created int64  `json:"created"`
	Updated int64  `json:"updated"`
	Rank    string `json:"rank"`
	By      string `json:"by"`
	Team    string `json:"team"`
	App     string `json:"app"` // who changed it last
}

// maxBookmarks is how many bookmarks one channel can have.
const maxBookmarks = 100

// bookmarksAdd adds a bookmark to a channel.
//
// https://docs.slack.dev/reference/methods/bookmarks.add
func (s *Slack) bookmarksAdd(c *call, in *api.BookmarksAddRequest) (any, error) {
	ch, err := c.bookmarked(in.ChannelID)
	if err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains([]string{"link", "folder"}, in.Type):
		return nil, Error("invalid_bookmark_type")
	case in.Type == "folder" && in.Link != "":
		return nil, Error("parent_with_link")
	case in.Type == "link" && !bookmarkLink.MatchString(in.Link):
		return nil, errInvalidLink
	case in.Emoji != "" && !bookmarkEmoji.MatchString(in.Emoji):
		return nil, errInvalidEmoji
	}
	if in.ParentID != "" {
		if parent, ok := s.bookmarks.Get(c.Tx, ch.ID+"/"+in.ParentID); !ok || parent.Type != "folder" {
			return nil, Error("invalid_parent_type")
		}
	}
	rank, err := c.nextRank(ch)
	if err != nil {
		return nil, err
	}
	b := Bookmark{ID: c.id("Bk"), Channel: ch.ID, Title: in.Title, Link: in.Link, Emoji: in.Emoji, Type: in.Type, Entity: in.EntityID, Parent: in.ParentID,
		Created: c.Now.Unix(), Rank: rank, By: c.user.ID, Team: c.token.Team, App: c.token.App}
	s.bookmarks.Put(c.Tx, b)
	return reply{"bookmark": b.view()}, nil
}

// bookmarksEdit changes what is given of a bookmark; an empty emoji takes it off.
//
// https://docs.slack.dev/reference/methods/bookmarks.edit
func (s *Slack) bookmarksEdit(c *call, in *api.BookmarksEditRequest) (any, error) {
	ch, err := c.bookmarked(in.ChannelID)
	if err != nil {
		return nil, err
	}
	b, ok := s.bookmarks.Get(c.Tx, ch.ID+"/"+in.BookmarkID)
	switch {
	case !ok:
		return nil, errNotFound
	case in.Link != "" && b.Type == "folder":
		return nil, Error("parent_with_link")
	case in.Link != "" && !bookmarkLink.MatchString(in.Link):
		return nil, errInvalidLink
	case in.Emoji != "" && !bookmarkEmoji.MatchString(in.Emoji):
		return nil, errInvalidEmoji
	}
	b.Link = or(in.Link, b.Link)
	if c.args.given("title") {
		b.Title = in.Title
	}
	if c.args.given("emoji") {
		b.Emoji = in.Emoji
	}
	b.Updated, b.By, b.Team = c.Now.Unix(), c.user.ID, c.token.Team
	s.bookmarks.Put(c.Tx, b)
	return reply{"bookmark": b.view()}, nil
}

// bookmarksRemove takes a bookmark off a channel; a folder goes with what is in it.
//
// https://docs.slack.dev/reference/methods/bookmarks.remove
func (s *Slack) bookmarksRemove(c *call, in *api.BookmarksRemoveRequest) (any, error) {
	ch, err := c.bookmarked(in.ChannelID)
	if err != nil {
		return nil, err
	}
	if !s.bookmarks.Delete(c.Tx, ch.ID+"/"+in.BookmarkID) {
		return nil, errNotFound
	}
	for b := range s.bookmarks.All(c.Tx, ch.ID+"/") {
		if b.Parent == in.BookmarkID {
			s.bookmarks.Delete(c.Tx, ch.ID+"/"+b.ID)
		}
	}
	return nil, nil
}

// bookmarksList returns the bookmarks of a channel in the order in which they are shown.
//
// https://docs.slack.dev/reference/methods/bookmarks.list
func (s *Slack) bookmarksList(c *call, in *api.BookmarksListRequest) (any, error) {
	ch, ok := c.channel(in.ChannelID)
	if !ok {
		return nil, errChannelNotFound
	}
	bookmarks := slices.Collect(s.bookmarks.All(c.Tx, ch.ID+"/"))
	slices.SortStableFunc(bookmarks, func(a, b Bookmark) int { return strings.Compare(a.Rank, b.Rank) })
	list := []reply{}
	for _, b := range bookmarks {
		list = append(list, b.view())
	}
	return reply{"bookmarks": list}, nil
}

var (
	bookmarkLink  = regexp.MustCompile(`^https?://[^\s]+$`)
	bookmarkEmoji = regexp.MustCompile(`^:[a-z0-9_+'.-]+(::skin-tone-[2-6])?:$`)
)

// bookmarked finds a channel whose bookmarks the caller may change.
func (c *call) bookmarked(id string) (Channel, error) {
	ch, ok := c.channel(id)
	switch {
	case !ok:
		return ch, errChannelNotFound
	case ch.Archived || !c.isMember(ch):
		return ch, errPermissionDenied
	}
	return ch, nil
}

// nextRank is what puts a bookmark after all others of its channel. Ranks are compared as strings.
func (c *call) nextRank(ch Channel) (string, error) {
	last, n := "", 0
	for b := range c.s.bookmarks.All(c.Tx, ch.ID+"/") {
		last, n = max(last, b.Rank), n+1
	}
	if n >= maxBookmarks {
		return "", Error("too_many_bookmarks")
	}
	if end := len(last) - 1; end >= 0 && last[end] < 'z' {
		return last[:end] + string(last[end]+1), nil
	}
	return last + "i", nil
}

func (b Bookmark) view() reply {
	return reply{"id": b.ID, "channel_id": b.Channel, "title": b.Title, "link": b.Link, "emoji": b.Emoji, "icon_url": null(b.Icon), "type": b.Type,
		"entity_id": null(b.Entity), "date_created": b.Created, "date_updated": b.Updated, "rank": b.Rank, "last_updated_by_user_id": b.By,
		"last_updated_by_team_id": b.Team, "shortcut_id": nil, "app_id": null(b.App), "app_action_id": nil}
}
