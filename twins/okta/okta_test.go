package okta

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"twinset.dev/kit/spec/check"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/internal/testbed"
	"twinset.dev/twins/okta/internal/api"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() (o *Okta) {
	testbed.Open(func(h *twin.Host) *twin.Base { o = mount(h); return o.Base })
	return o
})

// world forks a world of its own for one test.
func world(t testing.TB) (*Okta, *twin.World) { return host(), testbed.World(t, host().Base) }

// stage is where scripts are played. as=ana is ana's API token, as=none one that nobody knows. $ana is the id of a
// person, $engineering of a group, $everyone of the group of all; $x51 is so many letters, $modulus one of 2,048 bits, $gateways, $places and $items one more than there may be.
func stage(t *testing.T) twintest.Stage {
	o, w := world(t)
	vars := map[string]string{"password": defaultPassword, "modulus": strings.Repeat("v", 342)}
	for _, n := range []int{51, 101, 129, 256, 1025, 150000} {
		vars[fmt.Sprint("x", n)] = strings.Repeat("x", n)
	}
	vars["gateways"] = strings.TrimSuffix(strings.Repeat(`{"type": "CIDR", "value": "1.2.3.4/32"},`, mostAddresses+1), ",")
	vars["places"] = strings.TrimSuffix(strings.Repeat(`{"country": "SE"},`, mostPlaces+1), ",")
	vars["items"] = strings.TrimSuffix(strings.Repeat(`{"externalId": "e"},`, maxBulk+1), ",")
	vars["receiver"] = newReceiver(t).URL
	w.View(func(c *twin.Call) error {
		for u := range o.users.All(c.Tx, "") {
			name, _, _ := strings.Cut(u.login(), "@")
			vars[name] = u.ID
		}
		for g := range o.groups.All(c.Tx, "") {
			vars[strings.ReplaceAll(strings.ToLower(g.name()), " ", "_")] = g.ID
		}
		return nil
	})
	prefix := "/w/" + w.Name()
	vars["base"] = "http://slack.test" + prefix
	return twintest.Stage{
		Handler: testbed.Handler(o.Base, w),
		Token:   func(t *testing.T, as string) string { return mint(t, o, w, as) },
		Seen:    seen,
		Vars:    vars,
	}
}

// mint returns an API token of a person by the name in their login, making it if need be.
func mint(t testing.TB, o *Okta, w *twin.World, as string) string {
	t.Helper()
	if as == "none" || strings.Contains(as, ".") {
		return "SSWS " + as
	}
	var secret string
	err := w.Update(func(c *twin.Call) error {
		for tok := range o.tokens.All(c.Tx, "") {
			if u, _ := o.users.Get(c.Tx, tok.User); strings.HasPrefix(u.login(), as+"@") {
				secret = w.Seal(tok.Secret)
				return nil
			}
		}
		for u := range o.users.All(c.Tx, "") {
			if strings.HasPrefix(u.login(), as+"@") {
				tok := APIToken{ID: newID(c, "00T"), Name: as, User: u.ID, Secret: "00" + c.Rand(32, idAlphabet), Created: c.Now.UnixMilli()}
				o.tokens.Put(c.Tx, tok)
				secret = w.Seal(tok.Secret)
			}
		}
		return nil
	})
	if err != nil || secret == "" {
		t.Fatalf("no token for %s: %v", as, err)
	}
	return "SSWS " + secret
}

var (
	schemaErrors atomic.Int64
	checker      = sync.OnceValue(func() *check.Checker { return check.New(api.Spec) })
)

// seen holds every good answer of a script against the public specification, and counts what differs.
func seen(t *testing.T, x twintest.Exchange) {
	op := operationAt(x.Method, x.Path)
	if op == nil {
		return
	}
	hear(op.ID, x)
	if x.Status >= 300 || x.Status == http.StatusNoContent {
		return
	}
	for _, err := range checker().Response(op.ID, x.Status, x.Type, x.Body) {
		schemaErrors.Add(1)
		t.Logf("%s: differs from the schema: %v", x.Script, err)
	}
}

// operationAt is what serves a path, nil if it is none of the API.
func operationAt(method, path string) *twin.Operation {
	path = strings.TrimPrefix(path, "http://slack.test") // of a link
	if rest, ok := strings.CutPrefix(path, "/w/"); ok {
		_, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	ec := host().Echo.NewContext(nil, nil)
	host().Echo.Router().Find(method, path, ec)
	return served()[method+" "+ec.Path()]
}

// served are the operations, by where the router has them.
var served = sync.OnceValue(func() map[string]*twin.Operation {
	by := map[string]*twin.Operation{}
	for _, op := range host().Operations() {
		by[op.Method+" "+routed(op.Path)] = op
	}
	return by
})

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	checkFull(t)
	testbed.Count(t, host().Base, api.Operations, schemaErrors.Load(), nil)
}
