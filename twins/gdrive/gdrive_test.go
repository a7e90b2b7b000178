package gdrive

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"twinset.dev/kit/spec/check"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
	"twinset.dev/twins/internal/testbed"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() (d *Drive) {
	testbed.Open(func(h *twin.Host) *twin.Base {
		t := files.New(identity.New(h))
		t.Editors["application/vnd.google-apps.drawing"] = drawings{}
		d = mount(t)
		return d.API.Base
	})
	return d
})

// drawings keeps what is in drawings, which no twin has: an editor with as little in it as can be.
type drawings struct{}

func (drawings) New(*gapi.Call, files.File) error                    { return nil }
func (drawings) Copy(*gapi.Call, files.File, files.File) error       { return nil }
func (drawings) Delete(*gapi.Call, files.File)                       {}
func (drawings) Exports() []string                                   { return []string{"image/svg+xml", "image/png"} }
func (drawings) Imports() []string                                   { return []string{"image/svg+xml"} }
func (drawings) Text(*gapi.Call, files.File) string                  { return "circle" }
func (drawings) Import(*gapi.Call, files.File, string, []byte) error { return nil }
func (drawings) Export(_ *gapi.Call, f files.File, mime string) ([]byte, error) {
	if mime == "image/png" {
		return make([]byte, largestExport+1), nil
	}
	return []byte("<svg><title>" + f.Name + "</title></svg>"), nil
}

func world(t testing.TB) (*Drive, *twin.World) { return host(), testbed.World(t, host().API.Base) }

// stage is where scripts are played. as=ana is ana's ready-made token, as=pat.doyle@supplier.example that of somebody outside the company, and
// as=ana/drive.file one of an app of its own with this scope. $ana is an account's id, $ana_root their My Drive, $key an API
// key, and $ and a name without what is no letter the id of a file of the demo: $checklisttxt.
func stage(t *testing.T) twintest.Stage {
	d, w := world(t)
	vars := map[string]string{"base": "http://slack.test/w/" + w.Name()}
	w.View(func(c *twin.Call) error {
		for u := range d.Users.All(c.Tx, "") {
			name, _, _ := strings.Cut(u.Email, "@")
			vars[name], vars[name+"_root"] = u.ID, u.Root
		}
		for g := range d.Groups.All(c.Tx, "") {
			name, _, _ := strings.Cut(g.Email, "@")
			vars["group_"+name] = g.ID
		}
		for f := range d.Files.All(c.Tx, "") {
			if f.Name != "My Drive" && f.Name != "Drive" {
				vars[strings.Map(func(r rune) rune {
					if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
						return r
					}
					return -1
				}, f.Name)] = f.ID
			}
		}
		for dr := range d.Drives.All(c.Tx, "") {
			vars[dr.Name] = dr.ID
		}
		for p := range d.proposals.All(c.Tx, "") {
			vars["proposal"] = p.ID
		}
		for k := range d.Keys.All(c.Tx, "") {
			vars["key"] = w.Reveal(k.Secret)
		}
		return nil
	})
	for _, n := range []int{125, 257} {
		vars[fmt.Sprint("x", n)] = strings.Repeat("x", n)
	}
	return twintest.Stage{Handler: testbed.Handler(d.API.Base, w), Token: func(t *testing.T, as string) string { return bearer(t, d, w, as) }, Seen: seen, Vars: vars}
}

// bearer is what somebody shows.
func bearer(t testing.TB, d *Drive, w *twin.World, as string) (out string) {
	t.Helper()
	who, scopes, scoped := strings.Cut(as, "/")
	err := w.Update(func(c *twin.Call) error {
		u, err := d.account(c, who)
		if err != nil && as != "none" {
			return err
		}
		if out = d.Ready(c, u.Email); scoped {
			tok := identity.Token{User: u.ID, Client: "app-" + scopes}
			for s := range strings.SplitSeq(scopes, "+") {
				tok.Scopes = append(tok.Scopes, "https://www.googleapis.com/auth/"+s)
			}
			out = d.Mint(c, tok)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if as == "none" {
		return "ya29.nobody"
	}
	return out
}

var (
	schemaErrors atomic.Int64
	checker      = sync.OnceValue(func() *check.Checker { return check.New(api.Spec) })
)

// seen notes every answer of a script, and holds the good ones against the public specification.
func seen(t *testing.T, x twintest.Exchange) {
	if _, rest, ok := strings.Cut(x.Path, "/w/"); ok { // a link that an answer gave
		x.Path = rest[strings.IndexByte(rest, '/'):]
	}
	var best *twin.Operation // the one with the fewest parameters: /files/trash is no file's id
	for _, op := range host().Operations() {
		if op.Method == x.Method && fits(op.Path, x.Path) && (best == nil || strings.Count(op.Path, "{") < strings.Count(best.Path, "{")) {
			best = op
		}
	}
	if best == nil {
		return
	}
	hear(best.ID, x)
	if x.Status >= 300 || x.Status == http.StatusNoContent || !strings.HasPrefix(x.Type, "application/json") {
		return
	}
	for _, err := range checker().Response(best.ID, x.Status, x.Type, x.Body) {
		schemaErrors.Add(1)
		t.Errorf("%s: differs from the schema: %v", x.Script, err)
	}
}

// fits reports whether a path is one of a template with {parameters}, with the same verb at its end.
func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		w, verb, _ := strings.Cut(want[i], ":")
		g, said, _ := strings.Cut(got[i], ":")
		if verb != said || w != g && !strings.HasPrefix(w, "{") {
			return false
		}
	}
	return true
}

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	checkFull(t)
	testbed.Count(t, host().API.Base, api.Operations, schemaErrors.Load(), nil)
}

// TestExport loads an exported world into another one: it is the same.
func TestExport(t *testing.T) {
	_, w := world(t)
	first, err := w.Export()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("again", func(t *testing.T) {
		_, other := world(t)
		if err := other.Reseed(b, false); err != nil {
			t.Fatal(err)
		}
		second, err := other.Export()
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(second); string(again) != string(b) {
			t.Error("an exported world loaded again is another one")
		}
	})
}

// TestSearchIsFast lists files among a hundred thousand.
func TestSearchIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a hundred thousand files")
	}
	h := twin.NewHost(twin.Options{Demo: demo.YAML, WorldSeed: 1}) // the store of the other tests looks at each record twice
	d := mount(files.New(identity.New(h)))
	if err := h.Open(); err != nil {
		t.Fatal(err)
	}
	w, _ := h.World(twin.DefaultWorld)
	const n = 100_000
	var u identity.User
	err := w.Update(func(c *twin.Call) error {
		u, _ = d.account(c, "hana")
		by := gapi.By(c, u)
		folder, err := d.Create(by, files.File{Name: "many", Type: files.Folder})
		for i := range n {
			f := files.File{ID: fmt.Sprintf("1many%028d", i), Name: fmt.Sprintf("file %d", i), Type: "text/plain", Parent: u.Root, Owner: u.ID, Created: int64(i + 1), Modified: int64(i + 1), Version: 1}
			if i%1000 == 0 {
				f.Parent = folder.ID
			}
			d.Files.Put(c.Tx, f)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"", "name = 'file 77'", "mimeType = 'text/plain' and trashed = false", "name contains 'file' and 'me' in owners", "'root' in parents and name = 'many'"} {
		var took time.Duration
		w.View(func(c *twin.Call) error {
			by := gapi.By(c, u)
			by.API, by.Op = d.API, &gapi.Operation{}
			by.Query.Set("q", q)
			s, err := d.search(by)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			page, _ := s.page()
			if took = time.Since(start); len(page) == 0 {
				t.Errorf("%s: nothing found", q)
			}
			return nil
		})
		if took > 50*time.Millisecond {
			t.Errorf("%q took %v", q, took)
		}
	}
}
