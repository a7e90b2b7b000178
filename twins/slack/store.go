package slack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"twinset.dev/kit/store"
)

// A Team is a workspace.
type Team struct {
	ID, Name, Domain, EmailDomain string
	Enterprise                    string // id of the organisation, which is a Team too
	Org                           bool   // an organisation, not a workspace
	Icon                          string // URL of a square picture; "" is Slack's default icon
	Created                       int64
	Description, Discoverability  string
	DefaultChannels               []string
	Prefs                         map[string]json.RawMessage
}

// A User is a person, or the user that an app acts as.
type User struct {
	ID, Team, Name, RealName             string
	DisplayName, Email, Title, Phone     string
	FirstName, LastName, Pronouns, Skype string
	StartDate                            string
	StatusText, StatusEmoji              string
	StatusExpiration                     int64
	TZ, TZLabel, Locale, Color           string
	TZOffset                             int64
	Image                                string            // blob of the photo; "" is a drawn one
	Fields                               map[string]Custom // custom profile fields by id
	Deleted, Bot, AppUser, Stranger      bool
	Admin, Owner, PrimaryOwner           bool
	Restricted, UltraRestricted          bool
	Invited, TwoFactor                   bool
	BotID, App                           string // of an app's user
	Presence                             string // set by hand: "away" or ""
	Active                               int64  // when last seen
	Teams                                []string
	GuestUntil                           int64
	Prefs                                map[string]json.RawMessage
	Created, Updated                     int64
}

// A Custom is the value of a custom profile field.
type Custom struct {
	Value string `json:"value"`
	Alt   string `json:"alt"`
}

// A Bot is an app's presence in a workspace, as messages show it.
type Bot struct {
	ID, App, User, Team, Name string
	Icon                      string
	Deleted                   bool
	Updated                   int64
}

// Kinds of Token.
const (
	tokenBot     = "bot"     // xoxb-: an app's bot user
	tokenUser    = "user"    // xoxp-: a person, through an app
	tokenApp     = "app"     // xapp-: an app itself, for Socket Mode
	tokenConfig  = "config"  // xoxe.xoxp-: a person, for app manifests
	tokenRefresh = "refresh" // xoxe-1-: good for a new token alone
	tokenLegacy  = "legacy"  // xoxs-: a person, with all they may do
)

// A Token says who is calling and what they may do. Its Key is the bare secret: what the holder presents carries the
// world's tag as well.
//
// https://docs.slack.dev/authentication/tokens
type Token struct {
	Key, Kind  string
	User, Bot  string
	App, Team  string
	Org        bool // good for all workspaces of the organisation
	Scopes     []string
	Expires    int64 // Unix seconds; 0 is never
	Refreshes  string
	Revoked    bool
	Created    int64
	OpenID     bool // of Sign in with Slack
	Incoming   string
	Authorized string // the code that it was given for
}

// An App is what a developer has made: its settings, the same in every workspace that it is installed in.
//
// https://docs.slack.dev/app-manifests
type App struct {
	ID, Name, Description string
	Owner, Team           string // who made it, where
	ClientID              string
	Secret, Signing       string // bare; what the developer sees carries the world's tag
	Verification          string
	RequestURL            string // of events; empty with SocketMode
	Verified              bool   // RequestURL has answered its challenge
	InteractivityURL      string
	OptionsURL            string
	SocketMode            bool
	Interactive           bool
	Redirects             []string
	BotName               string
	BotAlwaysOnline       bool
	HomeTab, MessagesTab  bool
	MessagesReadOnly      bool
	BotScopes, UserScopes []string
	BotEvents, UserEvents []string
	Commands              []Command
	Shortcuts             []Shortcut
	UnfurlDomains         []string
	Functions             json.RawMessage // of the manifest
	Workflows             json.RawMessage
	Manifest              json.RawMessage // as it was given, beyond what is above
	Rotation              bool            // tokens expire and are refreshed
	Distributed           bool
	Disabled              bool
	Icon                  string
	Assistant             bool
	Created, Updated      int64
}

// A Command is a slash command of an app.
type Command struct {
	Command, URL, Description, Hint string
	Escape                          bool
}

// A Shortcut is a global shortcut or a message shortcut of an app.
type Shortcut struct {
	Name, Callback, Description string
	Message                     bool
}

// An Install is an app in a workspace: its bot, and the people who have authorized it.
type Install struct {
	App, Team, Enterprise string
	Org                   bool
	By                    string
	BotUser, Bot          string
	BotScopes             []string
	UserScopes            map[string][]string // by user
	BotEvents, UserEvents []string            // of the app, as they were when it was installed
	At                    int64
}

// An authorization is someone on whose behalf an app gets an event.
type authorization struct {
	User string
	Bot  bool
}

// audience lists on whose behalf the app may get the event: its bot, then the people who authorized it.
func (in Install) audience(event string) (as []authorization) {
	if slices.Contains(in.BotEvents, event) && in.BotUser != "" {
		as = append(as, authorization{in.BotUser, true})
	}
	if slices.Contains(in.UserEvents, event) {
		for _, u := range slices.Sorted(maps.Keys(in.UserScopes)) {
			as = append(as, authorization{u, false})
		}
	}
	return as
}

// allows reports whether the install has a scope that opens the event.
func (in Install) allows(event string) bool {
	need := eventScopes[event]
	if need == "" {
		return true
	}
	for _, scope := range strings.Fields(need) {
		if slices.Contains(in.BotScopes, scope) {
			return true
		}
		for _, granted := range in.UserScopes {
			if slices.Contains(granted, scope) {
				return true
			}
		}
	}
	return false
}

// A Channel is a conversation: public, private, direct or among several.
type Channel struct {
	ID, Team, Name        string
	Creator               string
	Created, Updated      int64 // seconds, milliseconds
	Private, IM, MPIM     bool
	General, Archived     bool
	Topic, Purpose        Note
	PreviousNames         []string
	LastTS                int64    // microseconds; the last ts given out
	Peers                 []string // of an IM or MPIM
	Teams                 []string // workspaces it is shared with in the organisation
	External              []string // teams of other organisations it is shared with
	Pending               []string // teams invited that have not accepted
	OrgWide, OrgMandatory bool
	ReadOnly, ThreadOnly  bool
	Prefs                 json.RawMessage
	RetentionDays         int64
	Groups                []string // IDP groups that a private channel is restricted to
	Canvas                string   // file of the channel's own canvas
	Properties            json.RawMessage
	Deleted               bool
	Agent                 json.RawMessage
	ConnectedLimitedTeams []string
}

// A Note is a channel's topic or purpose.
type Note struct {
	Value   string `json:"value"`
	Creator string `json:"creator"`
	Set     int64  `json:"last_set"`
}

// A Member is one user's place in one channel.
type Member struct {
	Channel, User string
	Joined        int64
	LastRead      string
	Open          bool // a direct conversation that is shown
	Muted         bool
	Inviter       string
}

// A Message is identified by its channel and its ts.
//
// https://docs.slack.dev/messaging
type Message struct {
	Channel, TS          string
	User, Bot, App, Team string
	Subtype              string
	Text                 string
	Username             string          // shown instead of the author's own
	IconEmoji, IconURL   string          // shown instead of the author's own
	BotProfile           json.RawMessage // as it was when it was posted
	Blocks, Attachments  json.RawMessage
	Metadata             json.RawMessage
	Files                []string
	ThreadTS, Parent     string // the ts of the thread's root and its author
	Broadcast            bool   // a reply that is shown in the channel too
	Replies              int64
	Repliers             []string // at most five, oldest first
	RepliersCount        int64
	LatestReply          string
	Locked               bool // a thread that takes no more replies
	Subscribers          []string
	Reactions            []Reaction
	Edited               *Edit
	ClientMsgID          string
	Pinned               bool
	PinnedBy             string // whom Slack names for it; "" is the author
	PinnedAt             int64
	Ephemeral            string // the only user who sees it
	NoMrkdwn             bool
	Inviter              string
	Extra                json.RawMessage // further keys of a subtype: topic, purpose, name, old_name …
	Stream               *Stream         // set while it is being written with chat.appendStream
	UnfurlOff            bool            // its links are not shown
	Hidden               bool            // a tombstone: its thread still has replies
	Call                 string
	AssistantThread      json.RawMessage
	ThreadLastRead       map[string]string // by user
}

// A Reaction is an emoji and who reacted with it, in order.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// An Edit says who changed a message last, and when.
type Edit struct {
	User string `json:"user"`
	TS   string `json:"ts"`
}

// A Limit counts the calls of one app to one method in the current minute.
type Limit struct {
	App, Method string
	Since       int64
	Calls       int
}

func messageKey(channel, ts string) string { return channel + "/" + ts }

func memberKey(channel, user string) string { return channel + "/" + user }

// state is everything the twin remembers.
type state struct {
	teams    *store.Collection[Team]
	users    *store.Collection[User]
	bots     *store.Collection[Bot]
	apps     *store.Collection[App]
	installs *store.Collection[Install]
	tokens   *store.Collection[Token]
	channels *store.Collection[Channel]
	members  *store.Collection[Member]
	messages *store.Collection[Message]
	limits   *store.Collection[Limit]

	usersByName     *store.Index[User]
	usersByEmail    *store.Index[User]
	botsByApp       *store.Index[Bot]
	appsByClient    *store.Index[App]
	installsByEvent *store.Index[Install] // by workspace and event
	tokensByUser    *store.Index[Token]
	tokensByApp     *store.Index[Token]
	channelsByName  *store.Index[Channel]
	channelsByPeers *store.Index[Channel]
	membersByUser   *store.Index[Member]
	history         *store.Index[Message] // what a channel shows: no replies but broadcasts
	threads         *store.Index[Message] // replies, by channel and root

	// Messaging: conversations, chat, reactions, pins, bookmarks, agents.
	scheduled         *store.Collection[Scheduled]
	scheduledByBucket *store.Index[Scheduled] // by channel and five minutes
	scheduledBySender *store.Index[Scheduled]
	pinned            *store.Index[Message] // by channel
	reacted           *store.Index[Message] // by user
	bookmarks         *store.Collection[Bookmark]
	invites           *store.Collection[Invite]
	invitesByChannel  *store.Index[Invite]
	sessions          *store.Collection[AgentSession]
	sessionsByID      *store.Index[AgentSession]
	agentViews        *store.Collection[AgentView]

	// Files, canvases, lists, calls.

	// People and the workspace: profiles, user groups, emoji, reminders, stars, search.

	// The platform: OAuth, views, triggers, sockets, functions and workflows.

	// Administration: approvals, barriers, roles, policies, audit.
}

func newState(sc *store.Schema) state {
	var s state
	s.teams = store.NewCollection(sc, "slack.teams", func(t Team) string { return t.ID })
	s.users = store.NewCollection(sc, "slack.users", func(u User) string { return u.ID })
	s.usersByName = s.users.Index("name", func(u User) []string { return []string{u.Name} })
	s.usersByEmail = s.users.Index("email", func(u User) []string { return some(u.Email) })
	s.bots = store.NewCollection(sc, "slack.bots", func(b Bot) string { return b.ID })
	s.botsByApp = s.bots.Index("app", func(b Bot) []string { return some(b.App) })
	s.apps = store.NewCollection(sc, "slack.apps", func(a App) string { return a.ID })
	s.appsByClient = s.apps.Unique("client", func(a App) []string { return some(a.ClientID) })
	s.installs = store.NewCollection(sc, "slack.installs", func(in Install) string { return in.App + "/" + in.Team })
	s.installsByEvent = s.installs.Index("event", func(in Install) (keys []string) {
		for _, e := range slices.Concat(in.BotEvents, in.UserEvents) {
			keys = append(keys, in.Team+" "+e)
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	})
	s.tokens = store.NewCollection(sc, "slack.tokens", func(t Token) string { return t.Key })
	s.tokensByUser = s.tokens.Index("user", func(t Token) []string { return some(t.User) })
	s.tokensByApp = s.tokens.Index("app", func(t Token) []string { return some(t.App) })
	s.channels = store.NewCollection(sc, "slack.channels", func(c Channel) string { return c.ID })
	s.channelsByName = s.channels.Unique("name", func(c Channel) []string {
		if c.Name == "" || c.IM || c.MPIM || c.Deleted {
			return nil
		}
		return []string{c.Team + "/" + c.Name}
	})
	s.channelsByPeers = s.channels.Index("peers", func(c Channel) []string { return some(peersKey(c.Peers)) })
	s.members = store.NewCollection(sc, "slack.members", func(m Member) string { return memberKey(m.Channel, m.User) })
	s.membersByUser = s.members.Index("user", func(m Member) []string { return []string{m.User} })
	s.messages = store.NewCollection(sc, "slack.messages", func(m Message) string { return messageKey(m.Channel, m.TS) })
	s.history = s.messages.Unique("history", func(m Message) []string {
		if m.Ephemeral != "" || m.ThreadTS != "" && m.ThreadTS != m.TS && !m.Broadcast {
			return nil
		}
		return []string{messageKey(m.Channel, m.TS)}
	})
	s.threads = s.messages.Unique("thread", func(m Message) []string {
		if m.Ephemeral != "" || m.ThreadTS == "" || m.ThreadTS == m.TS {
			return nil
		}
		return []string{messageKey(m.Channel, m.ThreadTS) + "/" + m.TS}
	})
	s.limits = store.NewCollection(sc, "slack.limits", func(l Limit) string { return l.App + " " + l.Method })

	// Messaging.
	s.scheduled = store.NewCollection(sc, "slack.scheduled_messages", func(m Scheduled) string { return m.ID })
	s.scheduledByBucket = s.scheduled.Index("bucket", func(m Scheduled) []string { return []string{m.bucket()} })
	s.scheduledBySender = s.scheduled.Index("sender", func(m Scheduled) []string { return []string{m.sender()} })
	s.pinned = s.messages.Index("pinned", func(m Message) []string {
		if !m.Pinned {
			return nil
		}
		return []string{m.Channel}
	})
	s.reacted = s.messages.Index("reacted", Message.reactors)
	s.bookmarks = store.NewCollection(sc, "slack.bookmarks", func(b Bookmark) string { return b.Channel + "/" + b.ID })
	s.invites = store.NewCollection(sc, "slack.shared_invites", func(i Invite) string { return i.ID })
	s.invitesByChannel = s.invites.Index("channel", func(i Invite) []string { return some(i.Channel) })
	s.sessions = store.NewCollection(sc, "slack.agent_sessions", AgentSession.key)
	s.sessionsByID = s.sessions.Index("id", func(x AgentSession) []string { return some(x.ID) })
	s.agentViews = store.NewCollection(sc, "slack.agent_views", func(v AgentView) string { return v.Channel + "/" + v.ID })

	// Files, canvases, lists, calls.

	// People and the workspace.

	// The platform.

	// Administration.

	return s
}

func some(key string) []string {
	if key == "" {
		return nil
	}
	return []string{key}
}

// nextTS returns the ts of the next message in ch, which is the time of the call, or a microsecond after the last
// message if the clock has not moved.
func (ch *Channel) nextTS(now int64) string {
	ch.LastTS = max(now, ch.LastTS+1)
	return formatTS(ch.LastTS)
}

func formatTS(micros int64) string { return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6) }
