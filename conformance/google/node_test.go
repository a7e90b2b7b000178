package google

import (
	"testing"

	"twinset.dev/conformance/internal/lab"
)

// TestNode uses the twins as Google's own clients for Node do.
func TestNode(t *testing.T) {
	e := world(t)
	lab.Node(t, "js", "clients.mjs", map[string]any{"url": e.url, "authorizedUser": e.creds.Google.AuthorizedUser})
}
