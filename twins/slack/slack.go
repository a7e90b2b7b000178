// Package slack is a digital twin of Slack: the Web API, the Events API, Socket Mode, RTM, interactivity,
// OAuth and what a person sees in a browser.
//
// https://docs.slack.dev
package slack

import (
	"crypto/rsa"
	"sync"

	_ "embed"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/keys"
	"twinset.dev/twins/slack/internal/api"
)

//go:embed spec/SOURCE
var specSource string

// A Slack is one twin of slack.com.
type Slack struct {
	*twin.Base
	state
	methods   map[string]*method
	scopes    map[string]bool // those that apps can ask for
	sockets   sockets
	openidKey func() *rsa.PrivateKey
}

// New mounts a Slack twin on h.
func New(h *twin.Host) *twin.Base { return mount(h).Base }

func mount(h *twin.Host) *Slack {
	s := &Slack{state: newState(h.Schema), methods: map[string]*method{}}
	s.Base = h.Mount(twin.Config{
		Service: "slack", Title: "Slack", Port: 7003, Spec: api.Spec, Source: strings.TrimSpace(specSource),
		Bookkeeping: []string{"audit_logs", "integration_logs", "logins", "limits", "rates", "event_rates", "signed_in", "tickets", "triggers", "response_urls", "channels.last_ts", "members.last_read", "users.active", "*.updated"},
		Seed:        s.seed, Credentials: s.credentials, Refuse: s.refuseFault,
		Fire: s.fire, Deliver: s.deliver, Retry: s.retry, Actions: s.actions(), UI: "/", Follow: s.follow,
	})
	s.apiMethods()
	s.authMethods()

	// Messaging.
	s.chatMethods()
	s.scheduledMethods()
	s.unfurlMethods()
	s.streamMethods()
	s.conversationsMethods()
	s.directMethods()
	s.connectMethods()
	s.reactionsMethods()
	s.pinsMethods()
	s.bookmarksMethods()
	s.agentsMethods()
	s.assistantMethods()
	s.entityMethods()
	s.blocksMethods()

	// Files, canvases, lists, calls.
	s.filesMethods()
	s.filesRemoteMethods()
	s.canvasesMethods()
	s.slackListsMethods()
	s.callsMethods()

	// People and the workspace.
	s.usersMethods()
	s.usersProfileMethods()
	s.usersAdminMethods()
	s.botsMethods()
	s.usergroupsMethods()
	s.dndMethods()
	s.emojiMethods()
	s.teamMethods()
	s.remindersMethods()
	s.starsMethods()
	s.searchMethods()
	s.migrationMethods()
	s.slackbotMethods()
	s.scim()

	// The platform.
	s.appsMethods()
	s.oauthMethods()
	s.rtmMethods()
	s.viewsMethods()
	s.dialogMethods()
	s.functionsMethods()
	s.workflowsMethods()
	s.socketRoutes()
	s.responseRoutes()
	s.webhookRoutes()
	s.authorizeRoutes()
	s.openidRoutes()
	s.openidKey = sync.OnceValue(func() *rsa.PrivateKey { return keys.RSA(h.WorldSeed, "slack openid") })

	// Administration.
	s.adminMethods()
	s.auditAPI()

	s.webAPI()
	s.uiRoutes()
	s.scopes = s.scopesKnown()
	return s
}
