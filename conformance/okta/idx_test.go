package okta

import (
	"testing"

	"twinset.dev/conformance/internal/lab"
)

// TestIdentityEngine signs people in with @okta/okta-auth-js, as an app in a browser does that brings its own pages.
func TestIdentityEngine(t *testing.T) {
	e := world(t)
	lab.Node(t, "js", "signin.mjs", map[string]string{"url": e.url, "token": e.creds.Env["OKTA_CLIENT_TOKEN"], "username": e.creds.Env["OKTA_TEST_USERNAME"], "password": e.creds.Env["OKTA_TEST_PASSWORD"]})
}
