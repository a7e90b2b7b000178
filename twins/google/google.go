// Package google puts the three Google twins on one file table and one port: a spreadsheet and a document are files in
// somebody's Drive. Its programs differ in their name, their port and the page they open with.
package google

import (
	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdocs"
	"twinset.dev/twins/gdrive"
	"twinset.dev/twins/gsheets"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// Workspace mounts Drive, Sheets and Docs, and returns the accounts that they share.
func Workspace(h *twin.Host) *twin.Base {
	id := identity.New(h)
	id.Echo.Pre(gapi.Overridden)
	t := files.New(id)
	gapi.Discovery(id, gdrive.New(t), gsheets.New(t), gdocs.New(t))
	return id.Base
}

// Drive mounts the same, and returns Drive.
func Drive(h *twin.Host) *twin.Base { return face(h, "gdrive") }

// Sheets mounts the same, and returns Sheets.
func Sheets(h *twin.Host) *twin.Base { return face(h, "gsheets") }

// Docs mounts the same, and returns Docs.
func Docs(h *twin.Host) *twin.Base { return face(h, "gdocs") }

func face(h *twin.Host, service string) *twin.Base {
	Workspace(h)
	b, _ := h.Twin(service)
	return b
}
