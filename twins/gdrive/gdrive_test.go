package gdrive

import (
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/google/bed"
	"twinset.dev/twins/internal/google/files"
)

var drive *Drive

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() *bed.Bed {
	return bed.Open(func(t *files.Table) *twin.Base { drive = mount(t); return drive.API.Base })
})

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", host().Stage)
	host().Count(t, api.Operations, nil)
}
