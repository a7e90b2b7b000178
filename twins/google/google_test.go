package google

import (
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdocs"
	"twinset.dev/twins/gdrive"
	"twinset.dev/twins/gsheets"
	"twinset.dev/twins/internal/google/bed"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
)

// host has the three twins on one file table; each test works in a world of its own.
var host = sync.OnceValue(func() *bed.Bed {
	return bed.Open(func(t *files.Table) *twin.Base {
		drive, sheets, docs := gdrive.New(t), gsheets.New(t), gdocs.New(t)
		gapi.Discovery(t.Identity, drive, sheets, docs)
		return docs
	})
})

// TestScripts plays what takes more than one twin.
func TestScripts(t *testing.T) { twintest.Play(t, "testdata/*.txt", host().Stage) }
