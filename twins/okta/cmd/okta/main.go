// Command okta runs the Okta twin.
package main

import (
	"twinset.dev/kit/server"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/okta"
)

func main() { server.Main(demo.YAML, okta.New) }
