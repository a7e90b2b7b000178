// Package gsheets is a digital twin of Google Sheets.
package gsheets

import (
	_ "embed"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gsheets/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

//go:embed spec/SOURCE
var specSource string

// Sheets is one twin of Google Sheets.
type Sheets struct {
	*gapi.API
	*files.Table
}

// New mounts a Sheets twin beside the Drive whose files are in the table.
func New(t *files.Table) *twin.Base { return mount(t).API.Base }

func mount(t *files.Table) *Sheets {
	s := &Sheets{Table: t}
	s.API = gapi.New(t.Mount(twin.Config{
		Service: "gsheets", Title: "Google Sheets", Port: 7005, UI: "/drive/my-drive", Spec: api.Spec, Source: strings.TrimSpace(specSource), On: t.Identity.Base,
		Credentials: s.credentials,
	}), t.Identity, "sheets", false, api.Operations)

	s.Unserved()
	return s
}

func (s *Sheets) credentials(c *twin.Call) (map[string]string, map[string]any) {
	return map[string]string{"SHEETS_URL": c.Base()}, nil
}
