package slack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"twinset.dev/kit/store"
)

// A Team is a workspace.
type Team struct {
	ID              string                     `json:"id"`
	Name            string                     `json:"name"`
	Domain          string                     `json:"domain"`
	EmailDomain     string                     `json:"email_domain"`
	Enterprise      string                     `json:"enterprise"` // id of the organisation, which is a Team too
	Org             bool                       `json:"org"`        // an organisation, not a workspace
	Icon            string                     `json:"icon"`       // URL of a square picture; "" is Slack's default icon
	Created         int64                      `json:"created"`
	Description     string                     `json:"description"`
	Discoverability string                     `json:"discoverability"`
	DefaultChannels []string                   `json:"default_channels"`
	Prefs           map[string]json.RawMessage `json:"prefs"`
}

// A User is a person, or the user that an app acts as.
type User struct {
	ID               string                     `json:"id"`
	Team             string                     `json:"team"`
	Name             string                     `json:"name"`
	RealName         string                     `json:"real_name"`
	DisplayName      string                     `json:"display_name"`
	Email            string                     `json:"email"`
	Title            string                     `json:"title"`
	Phone            string                     `json:"phone"`
	FirstName        string                     `json:"first_name"`
	LastName         string                     `json:"last_name"`
	Pronouns         string                     `json:"pronouns"`
	Skype            string                     `json:"skype"`
	StartDate        string                     `json:"start_date"`
	StatusText       string                     `json:"status_text"`
	StatusEmoji      string                     `json:"status_emoji"`
	StatusExpiration int64                      `json:"status_expiration"`
	TZ               string                     `json:"tz"`
	TZLabel          string                     `json:"tz_label"`
	Locale           string                     `json:"locale"`
	Color            string                     `json:"color"`
	TZOffset         int64                      `json:"tz_offset"`
	Image            string                     `json:"image"`    // blob of the photo, square; "" is a drawn one
	Original         string                     `json:"original"` // blob of the photo as it was uploaded
	Fields           map[string]Custom          `json:"fields"`   // custom profile fields by id
	Deleted          bool                       `json:"deleted"`
	Bot              bool                       `json:"bot"`
	AppUser          bool                       `json:"app_user"`
	Stranger         bool                       `json:"stranger"`
	Admin            bool                       `json:"admin"`
	Owner            bool                       `json:"owner"`
	PrimaryOwner     bool                       `json:"primary_owner"`
	Restricted       bool                       `json:"restricted"`
	UltraRestricted  bool                       `json:"ultra_restricted"`
	Invited          bool                       `json:"invited"`
	TwoFactor        bool                       `json:"two_factor"`
	BotID            string                     `json:"bot_id"`
	App              string                     `json:"app"`      // of an app's user
	Huddle           string                     `json:"huddle"`   // the channel whose huddle they are in
	Presence         string                     `json:"presence"` // set by hand: "away" or ""
	Active           int64                      `json:"active"`   // when last seen
	Teams            []string                   `json:"teams"`
	GuestUntil       int64                      `json:"guest_until"`
	Prefs            map[string]json.RawMessage `json:"prefs"`
	External         string                     `json:"external"` // id at the identity provider
	Work             json.RawMessage            `json:"work"`     // enterprise attributes, as SCIM has them
	Created          int64                      `json:"created"`
	Updated          int64                      `json:"updated"`
}

// A Custom is the value of a custom profile field.
type Custom struct {
	Value string `json:"value"`
	Alt   string `json:"alt"`
}

// A Bot is an app's presence in a workspace, as messages show it.
type Bot struct {
	ID      string `json:"id"`
	App     string `json:"app"`
	User    string `json:"user"`
	Team    string `json:"team"`
	Name    string `json:"name"`
	Icon    string `json:"icon"`
	Deleted bool   `json:"deleted"`
	Updated int64  `json:"updated"`
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
	Key        string   `json:"key"`
	Kind       string   `json:"kind"`
	User       string   `json:"user"`
	Bot        string   `json:"bot"`
	App        string   `json:"app"`
	Team       string   `json:"team"`
	Org        bool     `json:"org"` // good for all workspaces of the organisation
	Scopes     []string `json:"scopes"`
	Expires    int64    `json:"expires"` // Unix seconds; 0 is never
	Refreshes  string   `json:"refreshes"`
	Revoked    bool     `json:"revoked"`
	Created    int64    `json:"created"`
	OpenID     bool     `json:"open_id"` // of Sign in with Slack
	Incoming   string   `json:"incoming"`
	Authorized string   `json:"authorized"` // the code that it was given for
}

// An App is what a developer has made: its settings, the same in every workspace that it is installed in.
//
// https://docs.slack.dev/app-manifests
type App struct {
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	Description      string          `json:"description"`
	Owner            string          `json:"owner"`
	Team             string          `json:"team"` // who made it, where
	ClientID         string          `json:"client_id"`
	Secret           string          `json:"secret"`
	Signing          string          `json:"signing"` // bare; what the developer sees carries the world's tag
	Verification     string          `json:"verification"`
	RequestURL       string          `json:"request_url"` // of events; empty with SocketMode
	Verified         bool            `json:"verified"`    // RequestURL has answered its challenge
	InteractivityURL string          `json:"interactivity_url"`
	OptionsURL       string          `json:"options_url"`
	SocketMode       bool            `json:"socket_mode"`
	Interactive      bool            `json:"interactive"`
	Redirects        []string        `json:"redirects"`
	BotName          string          `json:"bot_name"`
	BotAlwaysOnline  bool            `json:"bot_always_online"`
	HomeTab          bool            `json:"home_tab"`
	MessagesTab      bool            `json:"messages_tab"`
	MessagesReadOnly bool            `json:"messages_read_only"`
	BotScopes        []string        `json:"bot_scopes"`
	UserScopes       []string        `json:"user_scopes"`
	BotEvents        []string        `json:"bot_events"`
	UserEvents       []string        `json:"user_events"`
	Commands         []Command       `json:"commands"`
	Shortcuts        []Shortcut      `json:"shortcuts"`
	UnfurlDomains    []string        `json:"unfurl_domains"`
	Functions        json.RawMessage `json:"functions"` // of the manifest
	Workflows        json.RawMessage `json:"workflows"`
	Manifest         json.RawMessage `json:"manifest"` // as it was given, beyond what is above
	Rotation         bool            `json:"rotation"` // tokens expire and are refreshed
	Distributed      bool            `json:"distributed"`
	Disabled         bool            `json:"disabled"`
	Icon             string          `json:"icon"`
	Assistant        bool            `json:"assistant"`
	Created          int64           `json:"created"`
	Updated          int64           `json:"updated"`
}

// A Command is a slash command of an app.
type Command struct {
	Command     string `json:"command"`
	URL         string `json:"url"`
	Description string `json:"description"`
	Hint        string `json:"hint"`
	Escape      bool   `json:"escape"`
}

// A Shortcut is a global shortcut or a message shortcut of an app.
type Shortcut struct {
	Name        string `json:"name"`
	Callback    string `json:"callback"`
	Description string `json:"description"`
	Message     bool   `json:"message"`
}

// An Install is an app in a workspace: its bot, and the people who have authorized it.
type Install struct {
	App        string              `json:"app"`
	Team       string              `json:"team"`
	Enterprise string              `json:"enterprise"`
	Org        bool                `json:"org"`
	By         string              `json:"by"`
	BotUser    string              `json:"bot_user"`
	Bot        string              `json:"bot"`
	BotScopes  []string            `json:"bot_scopes"`
	UserScopes map[string][]string `json:"user_scopes"` // by user
	BotEvents  []string            `json:"bot_events"`
	UserEvents []string            `json:"user_events"` // of the app, as they were when it was installed
	At         int64               `json:"at"`
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
		if in.has(scope) {
			return true
		}
	}
	return false
}

// A Channel is a conversation: public, private, direct or among several.
type Channel struct {
	ID                    string          `json:"id"`
	Team                  string          `json:"team"`
	Name                  string          `json:"name"`
	Creator               string          `json:"creator"`
	Created               int64           `json:"created"`
	Updated               int64           `json:"updated"` // seconds, milliseconds
	Private               bool            `json:"private"`
	IM                    bool            `json:"im"`
	MPIM                  bool            `json:"mpim"`
	General               bool            `json:"general"`
	Archived              bool            `json:"archived"`
	Topic                 Note            `json:"topic"`
	Purpose               Note            `json:"purpose"`
	PreviousNames         []string        `json:"previous_names"`
	LastTS                int64           `json:"last_ts"`  // microseconds; the last ts given out
	Peers                 []string        `json:"peers"`    // of an IM or MPIM
	Teams                 []string        `json:"teams"`    // workspaces it is shared with in the organisation
	External              []string        `json:"external"` // teams of other organisations it is shared with
	Pending               []string        `json:"pending"`  // teams invited that have not accepted
	OrgWide               bool            `json:"org_wide"`
	OrgMandatory          bool            `json:"org_mandatory"`
	ReadOnly              bool            `json:"read_only"`
	ThreadOnly            bool            `json:"thread_only"`
	Prefs                 json.RawMessage `json:"prefs"`
	RetentionDays         int64           `json:"retention_days"`
	Groups                []string        `json:"groups"` // IDP groups that a private channel is restricted to
	Canvas                string          `json:"canvas"` // file of the channel's own canvas
	Properties            json.RawMessage `json:"properties"`
	Deleted               bool            `json:"deleted"`
	Agent                 json.RawMessage `json:"agent"`
	ConnectedLimitedTeams []string        `json:"connected_limited_teams"`
}

// A Note is a channel's topic or purpose.
type Note struct {
	Value   string `json:"value"`
	Creator string `json:"creator"`
	Set     int64  `json:"last_set"`
}

// A Member is one user's place in one channel.
type Member struct {
	Channel  string `json:"channel"`
	User     string `json:"user"`
	Joined   int64  `json:"joined"`
	LastRead string `json:"last_read"`
	Open     bool   `json:"open"` // a direct conversation that is shown
	Muted    bool   `json:"muted"`
	Inviter  string `json:"inviter"`
}

// A Message is identified by its channel and its ts.
//
// https://docs.slack.dev/messaging
type Message struct {
	Channel         string            `json:"channel"`
	TS              string            `json:"ts"`
	User            string            `json:"user"`
	Bot             string            `json:"bot"`
	App             string            `json:"app"`
	Team            string            `json:"team"`
	Subtype         string            `json:"subtype"`
	Text            string            `json:"text"`
	Username        string            `json:"username"` // shown instead of the author's own
	IconEmoji       string            `json:"icon_emoji"`
	IconURL         string            `json:"icon_url"`    // shown instead of the author's own
	BotProfile      json.RawMessage   `json:"bot_profile"` // as it was when it was posted
	Blocks          json.RawMessage   `json:"blocks"`
	Attachments     json.RawMessage   `json:"attachments"`
	Metadata        json.RawMessage   `json:"metadata"`
	Files           []string          `json:"files"`
	ThreadTS        string            `json:"thread_ts"`
	Parent          string            `json:"parent"`    // the ts of the thread's root and its author
	Broadcast       bool              `json:"broadcast"` // a reply that is shown in the channel too
	Replies         int64             `json:"replies"`
	Repliers        []string          `json:"repliers"` // at most five, oldest first
	RepliersCount   int64             `json:"repliers_count"`
	LatestReply     string            `json:"latest_reply"`
	Locked          bool              `json:"locked"` // a thread that takes no more replies
	Subscribers     []string          `json:"subscribers"`
	Reactions       []Reaction        `json:"reactions"`
	Edited          *Edit             `json:"edited"`
	ClientMsgID     string            `json:"client_msg_id"`
	Pinned          bool              `json:"pinned"`
	PinnedBy        string            `json:"pinned_by"` // whom Slack names for it; "" is the author
	PinnedAt        int64             `json:"pinned_at"`
	Ephemeral       string            `json:"ephemeral"` // the only user who sees it
	NoMrkdwn        bool              `json:"no_mrkdwn"`
	Inviter         string            `json:"inviter"`
	Extra           json.RawMessage   `json:"extra"`      // further keys of a subtype: topic, purpose, name, old_name …
	Stream          *Stream           `json:"stream"`     // set while it is being written with chat.appendStream
	UnfurlOff       bool              `json:"unfurl_off"` // its links are not shown
	Hidden          bool              `json:"hidden"`     // a tombstone: its thread still has replies
	Call            string            `json:"call"`
	AssistantThread json.RawMessage   `json:"assistant_thread"`
	ThreadLastRead  map[string]string `json:"thread_last_read"` // by user
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
	App    string `json:"app"`
	Method string `json:"method"`
	Since  int64  `json:"since"`
	Calls  int    `json:"calls"`
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
	ephemerals      *store.Index[Message] // by channel and the only user who sees them

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
	details           *store.Collection[EntityDetails]

	// Files, canvases, lists, calls.
	files             *store.Collection[File]
	filesByTime       *store.Index[File]
	filesByChannel    *store.Index[File]
	filesByExternalID *store.Index[File]
	uploads           *store.Collection[Upload]
	uploadsByFile     *store.Index[Upload]
	fileComments      *store.Collection[FileComment]
	lists             *store.Collection[List]
	listItems         *store.Collection[ListItem]
	listExports       *store.Collection[ListExport]
	calls             *store.Collection[Call]
	callsByExternalID *store.Index[Call]

	// People and the workspace: profiles, user groups, emoji, reminders, stars, search.
	profileFields    *store.Collection[ProfileField]
	usergroups       *store.Collection[Usergroup]
	emoji            *store.Collection[Emoji]
	dnd              *store.Collection[DND]
	reminders        *store.Collection[Reminder]
	stars            *store.Collection[Star]
	logins           *store.Collection[Login]
	integrationLogs  *store.Collection[IntegrationLog]
	externalTeams    *store.Collection[ExternalTeam]
	emails           *store.Collection[Email]
	skills           *store.Collection[Skill]
	skillChoices     *store.Collection[SkillChoice]
	usergroupsByName *store.Index[Usergroup] // by workspace, and handle or name
	usergroupsByUser *store.Index[Usergroup]
	remindersByUser  *store.Index[Reminder] // of whoever made it and whoever it is for
	starsByUser      *store.Index[Star]     // in the order they were given
	loginsByTeam     *store.Index[Login]    // by when they were last used

	// The platform: OAuth, views, triggers, sockets, functions and workflows.
	codes            *store.Collection[Code]
	webhooks         *store.Collection[Webhook]
	tickets          *store.Collection[Ticket]
	triggers         *store.Collection[Trigger]
	replies          *store.Collection[ReplyURL]
	views            *store.Collection[View]
	inputs           *store.Collection[Inputs]
	dialogs          *store.Collection[Dialog]
	connections      *store.Collection[Connection]
	permissions      *store.Collection[PermissionRequest]
	functions        *store.Collection[Function]
	executions       *store.Collection[Execution]
	links            *store.Collection[WorkflowTrigger]
	featured         *store.Collection[Featured]
	steps            *store.Collection[Step]
	rates            *store.Collection[EventRate]
	rooms            *store.Collection[Room]
	installsByTeam   *store.Index[Install]
	viewsByUser      *store.Index[View] // open modals, oldest first
	viewsByExternal  *store.Index[View]
	viewsByHome      *store.Index[View]
	dialogsByUser    *store.Index[Dialog]
	functionsByApp   *store.Index[Function]
	webhooksByApp    *store.Index[Webhook]
	connectionsByApp *store.Index[Connection]

	// Administration: approvals, barriers, roles, policies, audit.
	audits         *store.Collection[Audit]
	assignments    *store.Collection[Assignment]
	barriers       *store.Collection[Barrier]
	appRequests    *store.Collection[AppRequest]
	resolutions    *store.Collection[Resolution]
	appConfigs     *store.Collection[AppConfig]
	activities     *store.Collection[Activity]
	functionRules  *store.Collection[FunctionRule]
	workflowEdits  *store.Collection[WorkflowEdit]
	inviteRequests *store.Collection[InviteRequest]
	seats          *store.Collection[Seat]
	devices        *store.Collection[Session] // that people are signed in on
	sessionRules   *store.Collection[SessionRule]
	policies       *store.Collection[PolicyEntity]
	bulkActions    *store.Collection[BulkAction]
	disconnected   *store.Collection[Disconnected]

	assignmentsByUser *store.Index[Assignment]
	devicesByUser     *store.Index[Session]
	seatsByUser       *store.Index[Seat]
}

func newState(sc *store.Schema) state {
	var s state
	s.teams = store.NewCollection(sc, "slack.teams", func(t *Team) string { return t.ID })
	s.users = store.NewCollection(sc, "slack.users", func(u *User) string { return u.ID })
	s.usersByName = s.users.Index("name", func(u *User) []string { return []string{u.Name} })
	s.usersByEmail = s.users.Index("email", func(u *User) []string { return some(u.Email) })
	s.bots = store.NewCollection(sc, "slack.bots", func(b *Bot) string { return b.ID })
	s.botsByApp = s.bots.Index("app", func(b *Bot) []string { return some(b.App) })
	s.apps = store.NewCollection(sc, "slack.apps", func(a *App) string { return a.ID })
	s.appsByClient = s.apps.Unique("client", func(a *App) []string { return some(a.ClientID) })
	s.installs = store.NewCollection(sc, "slack.installs", func(in *Install) string { return in.App + "/" + in.Team })
	s.installsByEvent = s.installs.Index("event", func(in *Install) (keys []string) {
		for _, e := range slices.Concat(in.BotEvents, in.UserEvents) {
			keys = append(keys, in.Team+" "+e)
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	})
	s.tokens = store.NewCollection(sc, "slack.tokens", func(t *Token) string { return t.Key })
	s.tokensByUser = s.tokens.Index("user", func(t *Token) []string { return some(t.User) })
	s.tokensByApp = s.tokens.Index("app", func(t *Token) []string { return some(t.App) })
	s.channels = store.NewCollection(sc, "slack.channels", func(c *Channel) string { return c.ID })
	s.channelsByName = s.channels.Unique("name", func(c *Channel) []string {
		if c.Name == "" || c.IM || c.MPIM || c.Deleted {
			return nil
		}
		return []string{c.Team + "/" + c.Name}
	})
	s.channelsByPeers = s.channels.Index("peers", func(c *Channel) []string { return some(peersKey(c.Peers)) })
	s.members = store.NewCollection(sc, "slack.members", func(m *Member) string { return memberKey(m.Channel, m.User) })
	s.membersByUser = s.members.Index("user", func(m *Member) []string { return []string{m.User} })
	s.messages = store.NewCollection(sc, "slack.messages", func(m *Message) string { return messageKey(m.Channel, m.TS) })
	s.history = s.messages.Unique("history", func(m *Message) []string {
		if m.Ephemeral != "" || m.ThreadTS != "" && m.ThreadTS != m.TS && !m.Broadcast {
			return nil
		}
		return []string{messageKey(m.Channel, m.TS)}
	})
	s.threads = s.messages.Unique("thread", func(m *Message) []string {
		if m.Ephemeral != "" || m.ThreadTS == "" || m.ThreadTS == m.TS {
			return nil
		}
		return []string{messageKey(m.Channel, m.ThreadTS) + "/" + m.TS}
	})
	s.ephemerals = s.messages.Unique("ephemeral", func(m *Message) []string {
		if m.Ephemeral == "" {
			return nil
		}
		return []string{messageKey(m.Channel, m.Ephemeral) + "/" + m.TS}
	})
	s.limits = store.NewCollection(sc, "slack.limits", func(l *Limit) string { return l.App + " " + l.Method })

	// Messaging.
	s.scheduled = store.NewCollection(sc, "slack.scheduled_messages", func(m *Scheduled) string { return m.ID })
	s.scheduledByBucket = s.scheduled.Index("bucket", func(m *Scheduled) []string { return []string{m.bucket()} })
	s.scheduledBySender = s.scheduled.Index("sender", func(m *Scheduled) []string { return []string{m.sender()} })
	s.pinned = s.messages.Index("pinned", func(m *Message) []string {
		if !m.Pinned {
			return nil
		}
		return []string{m.Channel}
	})
	s.reacted = s.messages.Index("reacted", (*Message).reactors)
	s.bookmarks = store.NewCollection(sc, "slack.bookmarks", func(b *Bookmark) string { return b.Channel + "/" + b.ID })
	s.invites = store.NewCollection(sc, "slack.shared_invites", func(i *Invite) string { return i.ID })
	s.invitesByChannel = s.invites.Index("channel", func(i *Invite) []string { return some(i.Channel) })
	s.sessions = store.NewCollection(sc, "slack.agent_sessions", (*AgentSession).key)
	s.sessionsByID = s.sessions.Index("id", func(x *AgentSession) []string { return some(x.ID) })
	s.details = store.NewCollection(sc, "slack.entity_details", func(d *EntityDetails) string { return d.User })
	s.agentViews = store.NewCollection(sc, "slack.agent_views", func(v *AgentView) string { return v.Channel + "/" + v.ID })

	// Files, canvases, lists, calls.
	s.files = store.NewCollection(sc, "slack.files", func(f *File) string { return f.ID })
	s.files.Blobs(func(f *File) []string { return some(f.Blob) })
	s.filesByTime = s.files.Index("time", func(f *File) []string {
		if f.Deleted {
			return nil
		}
		return []string{fmt.Sprintf("%s/%012d", f.Team, f.Created)}
	})
	s.filesByChannel = s.files.Index("channel", func(f *File) (keys []string) {
		if f.Deleted {
			return nil
		}
		for _, sh := range f.Shares {
			keys = append(keys, sh.Channel)
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	})
	s.filesByExternalID = s.files.Index("external", func(f *File) []string {
		if f.Deleted || f.ExternalID == "" {
			return nil
		}
		return []string{f.App + " " + f.ExternalID}
	})
	s.uploads = store.NewCollection(sc, "slack.uploads", func(u *Upload) string { return u.Ticket })
	s.uploads.Blobs(func(u *Upload) []string { return some(u.Contents.Blob) })
	s.uploadsByFile = s.uploads.Unique("file", func(u *Upload) []string { return []string{u.File} })
	s.fileComments = store.NewCollection(sc, "slack.file_comments", func(f *FileComment) string { return f.File + "/" + f.ID })
	s.lists = store.NewCollection(sc, "slack.lists", func(l *List) string { return l.File })
	s.listItems = store.NewCollection(sc, "slack.list_items", func(it *ListItem) string { return it.List + "/" + it.ID })
	s.listExports = store.NewCollection(sc, "slack.list_exports", func(x *ListExport) string { return x.List + "/" + x.ID })
	s.calls = store.NewCollection(sc, "slack.calls", func(v *Call) string { return v.ID })
	s.callsByExternalID = s.calls.Index("external", func(v *Call) []string { return []string{v.App + " " + v.ExternalID} })

	// People and the workspace.
	s.users.Blobs(func(u *User) []string { return append(some(u.Image), some(u.Original)...) })
	s.profileFields = store.NewCollection(sc, "slack.profile_fields", func(f *ProfileField) string { return f.Team + "/" + f.ID })
	s.usergroups = store.NewCollection(sc, "slack.usergroups", func(g *Usergroup) string { return g.ID })
	s.usergroupsByName = s.usergroups.Index("name", func(g *Usergroup) []string {
		return []string{g.Team + "/@" + g.Handle, g.Team + "/" + strings.ToLower(g.Name)}
	})
	s.usergroupsByUser = s.usergroups.Index("user", func(g *Usergroup) []string { return g.Users })
	s.emoji = store.NewCollection(sc, "slack.emoji", func(e *Emoji) string { return e.Team + "/" + e.Name })
	s.emoji.Blobs(func(e *Emoji) []string { return some(e.Image) })
	s.dnd = store.NewCollection(sc, "slack.dnd", func(d *DND) string { return d.User })
	s.reminders = store.NewCollection(sc, "slack.reminders", func(r *Reminder) string { return r.ID })
	s.remindersByUser = s.reminders.Index("user", func(r *Reminder) []string {
		if r.User == "" || r.User == r.Creator {
			return []string{r.Creator}
		}
		return []string{r.Creator, r.User}
	})
	s.stars = store.NewCollection(sc, "slack.stars", func(st *Star) string { return st.User + "/" + st.item() })
	s.starsByUser = s.stars.Index("user", func(st *Star) []string { return []string{fmt.Sprintf("%s/%016d", st.User, st.At)} })
	s.logins = store.NewCollection(sc, "slack.logins", func(l *Login) string { return l.User + "/" + l.IP + "/" + l.Agent })
	s.loginsByTeam = s.logins.Index("team", func(l *Login) []string { return []string{fmt.Sprintf("%s/%012d", l.Team, l.Last)} })
	s.integrationLogs = store.NewCollection(sc, "slack.integration_logs", func(l *IntegrationLog) string { return fmt.Sprintf("%s/%016d/%s", l.Team, l.At, l.App) })
	s.emails = store.NewCollection(sc, "slack.emails", func(m *Email) string { return m.ID })
	s.externalTeams = store.NewCollection(sc, "slack.external_teams", func(t *ExternalTeam) string { return t.ID })
	s.skills = store.NewCollection(sc, "slack.skills", func(sk *Skill) string { return sk.ID })
	s.skillChoices = store.NewCollection(sc, "slack.skill_choices", func(ch *SkillChoice) string { return ch.User + "/" + ch.Skill })

	// The platform.
	s.apps.Blobs((*App).blobs)
	s.codes = store.NewCollection(sc, "slack.oauth_codes", func(c *Code) string { return c.Key })
	s.webhooks = store.NewCollection(sc, "slack.webhooks", func(w *Webhook) string { return w.ID })
	s.webhooksByApp = s.webhooks.Index("app", func(w *Webhook) []string { return []string{w.App + "/" + w.Team} })
	s.tickets = store.NewCollection(sc, "slack.tickets", func(t *Ticket) string { return t.Key })
	s.triggers = store.NewCollection(sc, "slack.triggers", func(t *Trigger) string { return t.Key })
	s.replies = store.NewCollection(sc, "slack.response_urls", func(r *ReplyURL) string { return r.Key })
	s.views = store.NewCollection(sc, "slack.views", func(v *View) string { return v.ID })
	s.viewsByUser = s.views.Unique("user", func(v *View) []string {
		if v.Type == "home" {
			return nil
		}
		return []string{fmt.Sprintf("%s/%012d", v.User, v.Order)}
	})
	s.viewsByExternal = s.views.Unique("external", func(v *View) []string {
		if v.External == "" {
			return nil
		}
		return []string{v.App + "/" + v.Team + "/" + v.External}
	})
	s.viewsByHome = s.views.Unique("home", func(v *View) []string {
		if v.Type != "home" {
			return nil
		}
		return []string{v.App + "/" + v.User}
	})
	s.inputs = store.NewCollection(sc, "slack.inputs", func(in *Inputs) string { return in.User + "/" + in.Where })
	s.dialogs = store.NewCollection(sc, "slack.dialogs", func(d *Dialog) string { return d.ID })
	s.dialogsByUser = s.dialogs.Index("user", func(d *Dialog) []string { return []string{d.User} })
	s.connections = store.NewCollection(sc, "slack.user_connections", func(c *Connection) string { return c.App + "/" + c.User })
	s.connectionsByApp = s.connections.Index("app", func(c *Connection) []string { return []string{c.App} })
	s.permissions = store.NewCollection(sc, "slack.permission_requests", func(p *PermissionRequest) string { return p.ID })
	s.functions = store.NewCollection(sc, "slack.functions", func(f *Function) string { return f.ID })
	s.functionsByApp = s.functions.Unique("app", func(f *Function) []string { return []string{f.App + "/" + f.Callback} })
	s.executions = store.NewCollection(sc, "slack.function_executions", func(e *Execution) string { return e.ID })
	s.links = store.NewCollection(sc, "slack.workflow_triggers", func(t *WorkflowTrigger) string { return t.ID })
	s.featured = store.NewCollection(sc, "slack.featured_workflows", func(f *Featured) string { return f.Channel })
	s.steps = store.NewCollection(sc, "slack.workflow_steps", func(st *Step) string { return st.ID })
	s.rooms = store.NewCollection(sc, "slack.rooms", func(r *Room) string { return r.ID })
	s.rates = store.NewCollection(sc, "slack.event_rates", func(r *EventRate) string { return r.App + "/" + r.Team })
	s.installsByTeam = s.installs.Index("team", func(in *Install) []string { return []string{in.Team} })

	// Administration.
	s.audits = store.NewCollection(sc, "slack.audit_logs", func(a *Audit) string { return a.key() })
	s.assignments = store.NewCollection(sc, "slack.role_assignments", func(a *Assignment) string { return a.Role + "/" + a.Entity + "/" + a.User })
	s.assignmentsByUser = s.assignments.Index("user", func(a *Assignment) []string { return []string{a.User} })
	s.barriers = store.NewCollection(sc, "slack.barriers", func(b *Barrier) string { return b.ID })
	s.appRequests = store.NewCollection(sc, "slack.app_requests", func(r *AppRequest) string { return r.ID })
	s.resolutions = store.NewCollection(sc, "slack.app_resolutions", func(r *Resolution) string { return r.Team + "/" + r.App })
	s.appConfigs = store.NewCollection(sc, "slack.app_configs", func(a *AppConfig) string { return a.App })
	s.activities = store.NewCollection(sc, "slack.app_activities", func(a *Activity) string { return a.key() })
	s.functionRules = store.NewCollection(sc, "slack.function_permissions", func(f *FunctionRule) string { return f.Function })
	s.workflowEdits = store.NewCollection(sc, "slack.workflow_edits", func(w *WorkflowEdit) string { return w.Workflow })
	s.inviteRequests = store.NewCollection(sc, "slack.invite_requests", func(r *InviteRequest) string { return r.ID })
	s.seats = store.NewCollection(sc, "slack.seats", func(st *Seat) string { return st.Team + "/" + st.User })
	s.seatsByUser = s.seats.Index("user", func(st *Seat) []string { return []string{st.User} })
	s.devices = store.NewCollection(sc, "slack.signed_in", func(x *Session) string { return x.key() })
	s.devicesByUser = s.devices.Index("user", func(x *Session) []string { return []string{x.User} })
	s.sessionRules = store.NewCollection(sc, "slack.session_settings", func(r *SessionRule) string { return r.User })
	s.policies = store.NewCollection(sc, "slack.auth_policies", func(p *PolicyEntity) string { return p.Policy + "/" + p.Type + "/" + p.Entity })
	s.bulkActions = store.NewCollection(sc, "slack.bulk_actions", func(b *BulkAction) string { return b.ID })
	s.disconnected = store.NewCollection(sc, "slack.disconnected_channels", func(d *Disconnected) string { return d.Channel + "/" + d.Team })

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

func formatTS(micros int64) string {
	digits := strconv.FormatInt(micros+1e6, 10) // at least seven of them, the last six are the fraction
	return strconv.FormatInt(micros/1e6, 10) + "." + digits[len(digits)-6:]
}
