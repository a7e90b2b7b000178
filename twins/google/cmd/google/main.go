// Command google runs the twins of Google Drive, Sheets and Docs on one port, over the same files.
package main

import (
	"twinset.dev/kit/server"
	"twinset.dev/twins/google"
	"twinset.dev/twins/internal/demo"
)

func main() { server.Main(demo.YAML, google.Workspace) }
