// Package gsheets is a digital twin of Google Sheets: the spreadsheets of a company's people, as the Sheets API version 4 and
// a browser see them.
//
// https://developers.google.com/workspace/sheets/api/reference/rest
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

type (
	// An Obj is a JSON object.
	Obj  = gapi.Obj
	call = gapi.Call
)

// Sheets is one twin of Google Sheets.
type Sheets struct {
	*gapi.API
	*files.Table
	*state
}

// New mounts a Sheets twin beside the Drive whose files are in the table.
func New(t *files.Table) *twin.Base { return mount(t).API.Base }

func mount(t *files.Table) *Sheets {
	s := &Sheets{Table: t, state: newState(t.Schema)}
	s.API = gapi.New(t.Mount(twin.Config{
		Service: "gsheets", Title: "Google Sheets", Port: 7005, UI: "/drive/my-drive", Spec: api.Spec, Source: strings.TrimSpace(specSource), On: t.Identity.Base,
		Bookkeeping: []string{"books.version"},
		Seed:        s.seed, Credentials: s.credentials,
	}), t.Identity, "sheets", false, api.Operations)
	s.API.Words("google.apps.sheets.v4", false, map[string]string{
		"InputValueOption": "ValueInputOption", "ResponseValueRenderOption": "ValueRenderOption", "ResponseDateTimeRenderOption": "DateTimeRenderOption",
		"PivotStandardValueFunction": "PivotValueSummarizeFunction", "ValueLayout": "PivotValueLayout",
	})
	t.Editors[files.Spreadsheet] = editor{s}

	s.spreadsheetsOperations()
	s.batchOperations()
	s.valuesOperations()
	s.dataFilterOperations()
	s.sheetsOperations()
	s.Batch("/batch", 1000)

	s.uiRoutes()

	s.Unserved()
	return s
}

func (s *Sheets) credentials(c *twin.Call) (map[string]string, map[string]any) {
	return map[string]string{"SHEETS_URL": s.API.URL(c)}, nil
}
