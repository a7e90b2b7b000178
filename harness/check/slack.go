package check

import (
	"slices"
	"strings"
)

// Slack is the workspace.
type Slack struct {
	Users      []SlackUser                             `expr:"users"`
	Channels   []Channel                               `expr:"channels"`
	Messages   []Message                               `expr:"messages"`
	Usergroups []Usergroup                             `expr:"usergroups"`
	User       func(handle string) (SlackUser, error)  `expr:"user"`
	Channel    func(name string) (Channel, error)      `expr:"channel"`
	Usergroup  func(handle string) (Usergroup, error)  `expr:"usergroup"`
	In         func(channel string) ([]Message, error) `expr:"in"`
	Direct     func(handle string) []Message           `expr:"direct"` // what stands in direct messages with somebody
}

// A SlackUser is a person or an app in Slack.
type SlackUser struct {
	ID       string   `expr:"id"`
	Handle   string   `expr:"handle"`
	RealName string   `expr:"realName"`
	Email    string   `expr:"email"`
	Title    string   `expr:"title"`
	Deleted  bool     `expr:"deleted"`
	Admin    bool     `expr:"admin"`
	Guest    bool     `expr:"guest"`
	Bot      bool     `expr:"bot"`
	Channels []string `expr:"channels"` // names
}

// A Channel is a conversation of many.
type Channel struct {
	ID       string   `expr:"id"`
	Name     string   `expr:"name"`
	Private  bool     `expr:"private"`
	Archived bool     `expr:"archived"`
	Topic    string   `expr:"topic"`
	Purpose  string   `expr:"purpose"`
	Members  []string `expr:"members"` // handles
}

// A Message is what somebody has said in Slack.
type Message struct {
	Channel   string              `expr:"channel"` // name, or dm:HANDLE+HANDLE
	User      string              `expr:"user"`    // handle
	Text      string              `expr:"text"`
	TS        string              `expr:"ts"`
	Thread    string              `expr:"thread"` // ts of the root, of a reply
	Pinned    bool                `expr:"pinned"`
	Reactions map[string][]string `expr:"reactions"` // handles by emoji
}

// A Usergroup is a group of people who can be mentioned together.
type Usergroup struct {
	ID       string   `expr:"id"`
	Handle   string   `expr:"handle"`
	Name     string   `expr:"name"`
	Disabled bool     `expr:"disabled"`
	Users    []string `expr:"users"` // handles
}

// The records as the twin keeps them, as far as the views need them.
type (
	slackTeam struct {
		EmailDomain string `json:"email_domain"`
	}
	slackUser struct {
		ID, Name, Email, Title          string
		Deleted, Admin, Restricted, Bot bool
		RealName                        string `json:"real_name"`
		UltraRestricted                 bool   `json:"ultra_restricted"`
		AppUser                         bool   `json:"app_user"`
	}
	slackChannel struct {
		ID, Name                             string
		Private, IM, MPIM, Archived, Deleted bool
		Topic, Purpose                       struct{ Value string }
		Peers                                []string
	}
	slackMember  struct{ Channel, User string }
	slackMessage struct {
		Channel, TS, User, Text string
		ThreadTS                string `json:"thread_ts"`
		Pinned, Hidden          bool
		Reactions               []struct {
			Name  string
			Users []string
		}
	}
	slackGroup struct {
		ID, Handle, Name string
		Users            []string
		Deleted          int64
	}
)

func (st *State) slackUsers() naming {
	return names(st, "slack.users", func(u *slackUser) (string, string) { return u.ID, u.Name })
}

func (st *State) slackChannels() naming {
	people := st.slackUsers()
	return names(st, "slack.channels", func(c *slackChannel) (string, string) {
		if c.IM || c.MPIM {
			return c.ID, "dm:" + strings.Join(called(people, c.Peers), "+")
		}
		return c.ID, c.Name
	}, people)
}

func (st *State) slack() Slack {
	return Slack{
		User: func(handle string) (SlackUser, error) {
			handle = st.handle(handle)
			for u := range records[slackUser](st, "slack.users") {
				if u.Name == handle || st.handle(u.Email) == handle {
					return st.slackUser(u), nil
				}
			}
			return SlackUser{}, st.none("there is no %q in Slack", handle)
		},
		Channel: func(name string) (Channel, error) {
			name = strings.TrimPrefix(name, "#")
			for c := range records[slackChannel](st, "slack.channels") {
				if c.Name == name && !c.Deleted {
					return st.channel(c), nil
				}
			}
			return Channel{}, st.none("there is no channel #%s", name)
		},
		Usergroup: func(handle string) (Usergroup, error) {
			for g := range records[slackGroup](st, "slack.usergroups") {
				if g.Handle == strings.TrimPrefix(handle, "@") {
					return st.usergroup(g), nil
				}
			}
			return Usergroup{}, st.none("there is no user group @%s", handle)
		},
		In: func(channel string) ([]Message, error) {
			channel = strings.TrimPrefix(channel, "#")
			channels := st.slackChannels()
			for c := range records[slackChannel](st, "slack.channels") {
				if channels.of(c.ID) == channel {
					return st.messages(func(m *slackMessage) bool { return m.Channel == c.ID }), nil
				}
			}
			return nil, st.none("there is no channel #%s", channel)
		},
		Direct: func(handle string) []Message {
			channels := st.slackChannels()
			return st.messages(func(m *slackMessage) bool {
				who, dm := strings.CutPrefix(channels.of(m.Channel), "dm:")
				return dm && slices.Contains(strings.Split(who, "+"), st.handle(handle))
			})
		},
	}
}

func (st *State) slackUser(u *slackUser) SlackUser {
	v := SlackUser{ID: u.ID, Handle: u.Name, RealName: u.RealName, Email: u.Email, Title: u.Title, Deleted: u.Deleted, Admin: u.Admin, Guest: u.Restricted || u.UltraRestricted, Bot: u.Bot || u.AppUser}
	for _, m := range grouped(st, "slack.members", "user", func(m *slackMember) string { return m.User })[u.ID] {
		v.Channels = append(v.Channels, st.slackChannels().of(m.Channel))
	}
	slices.Sort(v.Channels)
	return v
}

func (st *State) channel(c *slackChannel) Channel {
	v := Channel{ID: c.ID, Name: c.Name, Private: c.Private, Archived: c.Archived, Topic: c.Topic.Value, Purpose: c.Purpose.Value}
	for _, m := range grouped(st, "slack.members", "channel", func(m *slackMember) string { return m.Channel })[c.ID] {
		v.Members = append(v.Members, st.slackUsers().of(m.User))
	}
	slices.Sort(v.Members)
	return v
}

func (st *State) messages(wanted func(*slackMessage) bool) (list []Message) {
	people, channels := st.slackUsers(), st.slackChannels()
	for m := range records[slackMessage](st, "slack.messages") {
		if m.Hidden || !wanted(m) {
			continue
		}
		v := Message{Channel: channels.of(m.Channel), User: people.of(m.User), Text: m.Text, TS: m.TS, Pinned: m.Pinned}
		if m.ThreadTS != m.TS {
			v.Thread = m.ThreadTS
		}
		for _, r := range m.Reactions {
			if v.Reactions == nil {
				v.Reactions = map[string][]string{}
			}
			v.Reactions[r.Name] = called(people, r.Users)
		}
		list = append(list, v)
	}
	return list
}

func (st *State) usergroup(g *slackGroup) Usergroup {
	return Usergroup{ID: g.ID, Handle: g.Handle, Name: g.Name, Disabled: g.Deleted != 0, Users: called(st.slackUsers(), g.Users)}
}
