package jira

import (
	"testing"

	"twinset.dev/conformance/internal/lab"
)

// twin is the process that all tests share.
var twin = lab.Of("jira")

func TestMain(m *testing.M) { lab.Main(m) }

// An env is a world of its own.
type env struct {
	t     *testing.T
	url   string
	creds credentials
}

type credentials struct{ Env map[string]string }

// world forks a world for the test and drops it afterwards.
func world(t *testing.T) *env {
	t.Helper()
	e := &env{t: t}
	e.url = twin.World(t, &e.creds)
	return e
}
