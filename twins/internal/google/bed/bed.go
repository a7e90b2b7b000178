// Package bed is where the tests of the Google twins play: accounts with the demo company in them, one twin or all of
// them on one table, and a world of its own for each test.
package bed

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"twinset.dev/kit/spec"
	"twinset.dev/kit/spec/check"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/identity"
	"twinset.dev/twins/internal/testbed"
)

// A Bed is the twin that all tests of a package share.
type Bed struct {
	*twin.Base
	Table *files.Table
	// Heard is told every answer to a script, with the id of its operation; nil is nobody.
	Heard func(op string, x twintest.Exchange)

	checker *check.Checker
	differs atomic.Int64
}

// Open mounts a twin beside accounts and a file table of its own.
func Open(mount func(*files.Table) *twin.Base) *Bed {
	b := &Bed{}
	testbed.Open(func(h *twin.Host) *twin.Base {
		b.Table = files.New(identity.New(h))
		b.Base = mount(b.Table)
		return b.Base
	})
	b.checker = check.New(b.Spec)
	return b
}

// World forks a world for one test.
func (b *Bed) World(t testing.TB) *twin.World { return testbed.World(t, b.Base) }

// Token is the ready-made access token of somebody of the company; of ana/a+b it is one for the scopes a and b alone.
func (b *Bed) Token(t testing.TB, w *twin.World, as string) string {
	t.Helper()
	token := ""
	if err := w.Update(func(c *twin.Call) error {
		email, scopes, scoped := strings.Cut(as, "/")
		if !strings.Contains(email, "@") {
			email += "@acme.example"
		}
		if token = b.Table.Ready(c, email); scoped {
			u, _ := b.Table.ByEmail(c.Tx, email)
			tok := identity.Token{User: u.ID, Client: "app-" + scopes}
			for s := range strings.SplitSeq(scopes, "+") {
				tok.Scopes = append(tok.Scopes, "https://www.googleapis.com/auth/"+s)
			}
			token = b.Table.Mint(c, tok)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if token == "" && as != "nobody" {
		t.Fatalf("no token for %s", as)
	}
	return token
}

// Stage is a world of its own in which a script is played: see In.
func (b *Bed) Stage(t *testing.T) twintest.Stage { return b.In(b.World(t)) }

// In is a world in which a script is played. as=ana is ana's ready-made token, as=ana/spreadsheets one for that scope, as=nobody one that
// nobody knows. $ana is the
// id of an account, $root_ana their My Drive, $key an API key.
func (b *Bed) In(w *twin.World) twintest.Stage {
	vars := map[string]string{"base": "http://slack.test/w/" + w.Name()}
	w.View(func(c *twin.Call) error {
		for u := range b.Table.Users.All(c.Tx, "") {
			name, _, _ := strings.Cut(u.Email, "@")
			vars[name], vars["root_"+name] = u.ID, u.Root
		}
		for k := range b.Table.Keys.All(c.Tx, "") {
			vars["key"] = c.World.Reveal(k.Secret)
		}
		return nil
	})
	var seq uint64
	return twintest.Stage{
		Handler: testbed.Handler(b.Base, w), Vars: vars,
		Token: func(t *testing.T, as string) string { return b.Token(t, w, as) },
		Seen: func(t *testing.T, x twintest.Exchange) {
			if all := w.Journal.Since(seq, 0); len(all) > 0 {
				last := all[len(all)-1] // those before it are calls within a batch
				seq = last.Seq
				b.seen(t, last.Operation, x)
			}
		},
	}
}

// seen holds a good answer against the public specification, and counts what differs.
func (b *Bed) seen(t *testing.T, op string, x twintest.Exchange) {
	if b.Heard != nil {
		b.Heard(op, x)
	}
	if x.Status >= 300 || x.Status == http.StatusNoContent || !strings.Contains(x.Type, "json") {
		return
	}
	for _, err := range b.checker.Response(op, x.Status, "application/json", x.Body) {
		b.differs.Add(1)
		t.Errorf("%s: differs from the schema: %v", x.Script, err)
	}
}

// Count leaves what the scripts have counted for the scoreboard.
func (b *Bed) Count(t *testing.T, public []spec.Operation, more map[string]any) {
	testbed.Count(t, b.Base, public, b.differs.Load(), more)
}
