// Command slack runs the Slack twin.
package main

import (
	"twinset.dev/kit/server"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/slack"
)

func main() { server.Main(demo.YAML, slack.New) }
