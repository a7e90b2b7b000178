package gdocs

import (
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/internal/google/bed"
	"twinset.dev/twins/internal/google/files"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() *bed.Bed { return bed.Open(New) })

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", host().Stage)
	host().Count(t, api.Operations, nil)
}

var _ func(*files.Table) *twin.Base = New
