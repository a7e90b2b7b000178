// Package jira is a digital twin of a Jira Cloud site: the platform's REST API in versions 3 and 2, the Agile API, and
// what people see in a browser.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/
package jira

import (
	_ "embed"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/api"
)

//go:embed spec/SOURCE
var specSource string

// A Jira is one twin of a site.
type Jira struct {
	*twin.Base
	state
	spec map[string]*operation // of the specification that nobody serves yet, by id
}

// New mounts a Jira twin on h.
func New(h *twin.Host) *twin.Base { return mount(h).Base }

func mount(h *twin.Host) *Jira {
	j := &Jira{state: newState(h.Schema), spec: map[string]*operation{}}
	j.Base = h.Mount(twin.Config{
		Service: "jira", Title: "Jira", Port: 7002, UI: "/jira", Spec: api.PlatformV3Spec, Source: strings.TrimSpace(specSource),
		Seed: j.seed, Credentials: j.credentials, Refuse: j.refuseFault,
	})
	j.Echo.Pre(acceptedPaths)
	j.specified()

	// Issues.
	j.issuesOperations()
	j.issueFieldsOperations()
	j.issueSearchOperations()
	j.jqlOperations()
	j.jiraExpressionsOperations()

	// People.
	j.myselfOperations()
	j.usersOperations()

	// The site.
	j.serverInfoOperations()

	// Signing in.
	j.oauthRoutes()
	j.sessionOperations()

	// What people see.
	j.uiRoutes()

	j.unserved()
	return j
}
