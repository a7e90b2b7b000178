// Package twins lists the twins, for a program that starts any of them.
package twins

import (
	"twinset.dev/kit/twin"
	"twinset.dev/twins/google"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/jira"
	"twinset.dev/twins/okta"
	"twinset.dev/twins/slack"
)

// Mounts put a twin on a host, by its service.
var Mounts = map[string]func(*twin.Host) *twin.Base{
	"gdocs":   google.Docs,
	"gdrive":  google.Drive,
	"google":  google.Workspace,
	"gsheets": google.Sheets,
	"jira":    jira.New,
	"okta":    okta.New,
	"slack":   slack.New,
}

// Demo is the seed of the company that every twin starts with.
var Demo = demo.YAML
