// Command gsheets runs the Google Sheets twin, with the Drive that its files are in.
package main

import (
	"twinset.dev/kit/server"
	"twinset.dev/twins/google"
	"twinset.dev/twins/internal/demo"
)

func main() { server.Main(demo.YAML, google.Sheets) }
