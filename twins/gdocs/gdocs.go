// Package gdocs is a digital twin of Google Docs.
package gdocs

import (
	_ "embed"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

//go:embed spec/SOURCE
var specSource string

// Docs is one twin of Google Docs.
type Docs struct {
	*gapi.API
	*files.Table
}

// New mounts a Docs twin beside the Drive whose files are in the table.
func New(t *files.Table) *twin.Base { return mount(t).API.Base }

func mount(t *files.Table) *Docs {
	s := &Docs{Table: t}
	s.API = gapi.New(t.Mount(twin.Config{
		Service: "gdocs", Title: "Google Docs", Port: 7006, UI: "/drive/my-drive", Spec: api.Spec, Source: strings.TrimSpace(specSource), On: t.Identity.Base,
		Credentials: s.credentials,
	}), t.Identity, "docs", false, api.Operations)

	s.Unserved()
	return s
}

func (s *Docs) credentials(c *twin.Call) (map[string]string, map[string]any) {
	return map[string]string{"DOCS_URL": c.Base()}, nil
}
