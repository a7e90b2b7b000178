package okta

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"

	"twinset.dev/conformance/internal/lab"
)

// twin is the process that all tests share.
var twin = lab.Of("okta")

func TestMain(m *testing.M) { lab.Main(m) }

// An env is a world of its own and a client for it.
type env struct {
	t     *testing.T
	url   string // of the world
	creds credentials
	ctx   context.Context
	*okta.Client
}

type credentials struct{ Env map[string]string }

// world forks a world for the test and drops it afterwards.
func world(t *testing.T) *env {
	t.Helper()
	var creds credentials
	url := twin.World(t, &creds)
	return at(t, url, creds)
}

// at is a client for the org at an address.
func at(t *testing.T, url string, creds credentials) *env {
	t.Helper()
	e := &env{t: t, url: url, creds: creds}
	var err error
	e.ctx, e.Client, err = okta.NewClient(t.Context(), okta.WithOrgUrl(e.url), okta.WithToken(e.creds.Env["OKTA_CLIENT_TOKEN"]),
		okta.WithTestingDisableHttpsCheck(true), okta.WithCache(false), okta.WithRequestTimeout(20), okta.WithRateLimitMaxRetries(0))
	must(t, err)
	return e
}

var must = lab.Must

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	lab.Want(t, what, got, want)
}

// refused fails the test unless the org said no with this code, and a sentence that has these words in it.
func refused(t *testing.T, err error, code, words string) {
	t.Helper()
	var oe *okta.Error
	if !errors.As(err, &oe) {
		t.Fatalf("got %v, want a refusal with %s", err, code)
	}
	if oe.ErrorCode != code || !strings.Contains(oe.Error(), words) {
		t.Fatalf("refused with %s, %q, want %s, %q", oe.ErrorCode, oe.Error(), code, words)
	}
}

// rows are the tests of the symbols, registered by the files of this package by family.
var rows = lab.Rows{Service: "okta", Prefix: "okta."}

// row registers the test of a symbol by resource and method: "Group", "CreateGroup".
func row(resource, method string, f func(*testing.T)) {
	rows.Row("okta."+resource+"Resource."+method, f)
}

// TestSymbols drives every symbol of okta-sdk-golang that calls Okta.
func TestSymbols(t *testing.T) {
	names := make([]string, len(Symbols))
	for i, s := range Symbols {
		names[i] = s.Name
	}
	rows.Run(t, names)
}
