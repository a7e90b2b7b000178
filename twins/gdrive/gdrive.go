// Package gdrive is a digital twin of Google Drive: the files of a company's people and its shared drives, as the Drive API
// version 3 and a browser see them.
//
// https://developers.google.com/drive/api/reference/rest/v3
package gdrive

import (
	"crypto/rsa"
	_ "embed"
	"strings"

	"twinset.dev/kit/twin"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

//go:embed spec/SOURCE
var specSource string

// A Drive is one twin of Google Drive.
type Drive struct {
	*gapi.API
	*files.Table
	state
	cseKey func() *rsa.PrivateKey // that tokens for key services are signed with
}

// New mounts a Drive twin beside the accounts whose files are in the table.
func New(t *files.Table) *twin.Base { return mount(t).API.Base }

func mount(t *files.Table) *Drive {
	d := &Drive{Table: t, state: newState(t.Schema)}
	d.API = gapi.New(t.Mount(twin.Config{
		Service: "gdrive", Title: "Google Drive", Port: 7004, UI: "/drive/my-drive", Spec: api.Spec, Source: strings.TrimSpace(specSource), On: t.Identity.Base,
		Bookkeeping: []string{"changes", "counters", "budgets", "revisions", "operations", "files.version", "files.modified", "files.modified_by", "files.modified_of", "files.viewed_by", "files.head", "files.text"},
		Seed:        d.seed, Credentials: d.credentials, Fire: d.fire, Deliver: d.deliver, Retry: d.retry,
	}), t.Identity, "drive", true, api.Operations)
	d.API.Limit = d.limit

	t.Told = append(t.Told, d.told)
	t.Keeper = d

	d.filesOperations()
	d.uploadsOperations()
	d.downloadsOperations()
	d.revisionsOperations()
	d.changesOperations()
	d.channelsOperations()
	d.commentsOperations()
	d.Batch("/batch/drive/v3", 100)
	d.labelsOperations()
	d.permissionsOperations()
	d.drivesOperations()
	d.aboutOperations()
	d.appsOperations()
	d.accessproposalsOperations()
	d.approvalsOperations()
	d.cseOperations()
	d.links()

	d.uiRoutes()
	d.Unserved()
	return d
}

func (d *Drive) credentials(c *twin.Call) (map[string]string, map[string]any) {
	return map[string]string{"DRIVE_URL": d.API.URL(c)}, nil
}
