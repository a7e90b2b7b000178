// Package slack is a digital twin of Slack: the Web API, the Events API, Socket Mode, RTM, interactivity,
// OAuth and what a person sees in a browser.
//
// https://docs.slack.dev
package slack

import (
	_ "embed"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

//go:embed spec/SOURCE
var specSource string

// A Slack is one twin of slack.com.
type Slack struct {
	*twin.Base
	state
	methods map[string]*method
}

// New mounts a Slack twin on h.
func New(h *twin.Host) *twin.Base { return mount(h).Base }

func mount(h *twin.Host) *Slack {
	s := &Slack{state: newState(h.Schema), methods: map[string]*method{}}
	s.Base = h.Mount(twin.Config{
		Service: "slack", Title: "Slack", Port: 7003, Spec: api.Spec, Source: strings.TrimSpace(specSource),
		Seed: s.seed, Credentials: s.credentials, Refuse: s.refuseFault, Fire: s.fire, Actions: s.connectActions(),
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

	// People and the workspace.

	// The platform.

	// Administration.

	s.webAPI()
	return s
}
