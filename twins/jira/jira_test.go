package jira

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"twinset.dev/kit/spec/check"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/internal/testbed"
	"twinset.dev/twins/jira/internal/api"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() (j *Jira) {
	testbed.Open(func(h *twin.Host) *twin.Base { j = mount(h); return j.Base })
	return j
})

// world forks a world of its own for one test.
func world(t testing.TB) (*Jira, *twin.World) { return host(), testbed.World(t, host().Base) }

// stage is where scripts are played. as=ana is ana's API token, as=none one that nobody knows, as=app the Connect app. $ana is the id of an account,
// $token is bo's API token; $x61 is so many letters, $n51 the numbers from 1 to so many, $s51 the same as strings, and
// $contexts are more contexts of a UI modification than it can have.
func stage(t *testing.T) twintest.Stage {
	j, w := world(t)
	vars := map[string]string{}
	w.View(func(c *twin.Call) error {
		for u := range j.users.All(c.Tx, "") {
			name, _, _ := strings.Cut(u.Email, "@")
			vars[name] = u.ID
		}
		return nil
	})
	for _, n := range []int{61, 81, 129, 201, 251, 256, 1001, 4001, 32769, 50001} {
		vars[fmt.Sprint("x", n)] = strings.Repeat("x", n)
	}
	for _, n := range []int{51, 101, 201, 1001, 5001, 10001} {
		numbers := make([]string, n)
		for i := range numbers {
			numbers[i] = fmt.Sprint(i + 1)
		}
		vars[fmt.Sprint("n", n)], vars[fmt.Sprint("s", n)] = strings.Join(numbers, ","), `"`+strings.Join(numbers, `","`)+`"`
	}
	vars["contexts"] = strings.TrimSuffix(strings.Repeat(`{"projectId": "10000", "issueTypeId": "10002", "viewType": "GIC"},`, maxModificationContexts+1), ",")
	_, vars["token"], _ = strings.Cut(decoded(strings.TrimPrefix(basic(t, j, w, "bo"), "Basic ")), ":")
	vars["base"] = "http://slack.test/w/" + w.Name()
	return twintest.Stage{
		Handler: testbed.Handler(j.Base, w),
		Token:   func(t *testing.T, as string) string { return basic(t, j, w, as) },
		Seen:    seen,
		Vars:    vars,
	}
}

// connectToken is what the demo's Connect app says of itself, whatever it asks for.
func connectToken(t testing.TB, j *Jira, w *twin.World) string {
	var app ConnectApp
	var now time.Time
	w.View(func(c *twin.Call) error {
		app, _ = j.connectApps.Get(c.Tx, "com.acme.telemetry")
		now = c.Now
		return nil
	})
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(w.Reveal(app.Secret))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{"iss": app.Key, "iat": now.Unix(), "exp": now.Unix() + 180, "qsh": "context-qsh"}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return "JWT " + token
}

func decoded(s string) string {
	b, _ := base64.StdEncoding.DecodeString(s)
	return string(b)
}

// basic is what somebody says of themselves with their API token.
func basic(t testing.TB, j *Jira, w *twin.World, as string) string {
	t.Helper()
	if as == "app" {
		return connectToken(t, j, w)
	}
	secret := "none"
	w.View(func(c *twin.Call) error {
		for tok := range j.tokens.All(c.Tx, "") {
			if tok.Label == as {
				secret = w.Seal(tok.Secret)
			}
		}
		return nil
	})
	if secret == "none" && as != "none" {
		t.Fatalf("no token for %s", as)
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(as+"@acme.example:"+secret))
}

var (
	schemaErrors atomic.Int64
	checker      = sync.OnceValue(func() *check.Checker { return check.New(api.PlatformV3Spec, api.PlatformV2Spec, api.AgileSpec) })
)

// seen notes every answer of a script, holds the good ones against the public specification, and counts what differs.
func seen(t *testing.T, x twintest.Exchange) {
	var best *twin.Operation // the one with the fewest parameters: /issue/picker is no issue's key
	for _, op := range host().Operations() {
		if op.Method == x.Method && fits(op.Path, x.Path) && (best == nil || strings.Count(op.Path, "{") < strings.Count(best.Path, "{")) {
			best = op
		}
	}
	if best == nil {
		return
	}
	hear(best.ID, x)
	if x.Status >= 300 || x.Status == http.StatusNoContent {
		return
	}
	noteAnswer(best.Method, best.Path, x.Body)
	for _, err := range checker().Response(best.ID, x.Status, x.Type, x.Body) {
		schemaErrors.Add(1)
		t.Logf("%s: differs from the schema: %v", x.Script, err)
	}
}

// fits reports whether a path is one of a template with {parameters}.
func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	checkFull(t)
	agree, of := holdExamples(t)
	more := map[string]any{}
	if of > 0 {
		more["samples"] = map[string]int{"passed": agree, "of": of}
	}
	testbed.Count(t, host().Base, api.Operations, schemaErrors.Load(), more)
}
