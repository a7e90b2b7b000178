// Command jira runs the Jira twin.
package main

import (
	"twinset.dev/kit/server"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/jira"
)

func main() { server.Main(demo.YAML, jira.New) }
