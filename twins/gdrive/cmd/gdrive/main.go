// Command gdrive runs the Google Drive twin.
package main

import (
	"twinset.dev/kit/server"
	"twinset.dev/twins/google"
	"twinset.dev/twins/internal/demo"
)

func main() { server.Main(demo.YAML, google.Drive) }
