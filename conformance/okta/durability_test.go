package okta

import (
	"fmt"
	"sync"
	"testing"

	"github.com/okta/okta-sdk-golang/v2/okta"

	"twinset.dev/conformance/internal/lab"
)

// TestKillNine kills a twin that keeps its state in a directory while groups are being made, again and again, and
// finds every group that was acknowledged.
func TestKillNine(t *testing.T) {
	acknowledged := map[string]string{} // name by id
	var mu sync.Mutex
	twin.KillNine(t, func(round int, url string) func(writer, n int) error {
		var creds credentials
		lab.Control(t, "GET", url+"/_twin/credentials", nil, &creds)
		e := at(t, url, creds)
		groups, _, err := e.Group.ListGroups(e.ctx, nil)
		must(t, err)
		got := map[string]string{}
		for _, g := range groups {
			got[g.Id] = g.Profile.Name
		}
		for id, name := range acknowledged {
			if got[id] != name {
				t.Fatalf("round %d: group %s was acknowledged as %q and is %q", round, id, name, got[id])
			}
		}
		return func(writer, n int) error {
			name := fmt.Sprintf("round %d writer %d group %d", round, writer, n)
			g, _, err := e.Group.CreateGroup(e.ctx, okta.Group{Profile: &okta.GroupProfile{Name: name}})
			if err == nil {
				mu.Lock()
				acknowledged[g.Id] = name
				mu.Unlock()
			}
			return err
		}
	})
	if len(acknowledged) < 50 {
		t.Fatalf("only %d groups were acknowledged; the test proves little", len(acknowledged))
	}
	t.Logf("%d acknowledged groups survived 12 kills", len(acknowledged))
}
