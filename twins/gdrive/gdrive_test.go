package gdrive

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdrive/internal/api"
	"twinset.dev/twins/internal/demo"
	"twinset.dev/twins/internal/google/bed"
	"twinset.dev/twins/internal/google/files"
	"twinset.dev/twins/internal/google/gapi"
	"twinset.dev/twins/internal/google/identity"
)

// host is the one twin that all tests of this package share, and scene where they play; each works in a world of its own.
var (
	host = sync.OnceValue(func() *Drive { scene(); return drive })

	scene = sync.OnceValue(func() *bed.Bed {
		b := bed.Open(func(t *files.Table) *twin.Base {
			t.Editors["application/vnd.google-apps.drawing"] = drawings{}
			drive = mount(t)
			return drive.API.Base
		})
		b.Heard = hear
		return b
	})
	drive *Drive
)

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

func world(t testing.TB) (*Drive, *twin.World) {
	d, w := host(), scene().World(t)
	t.Cleanup(func() { hearWorld(w) })
	return d, w
}

// stage is where scripts are played: see bed. as=pat.doyle@supplier.example is somebody outside the company, and
// as=ana/drive.file an app of ana's own with this scope. $ and a name without what is no letter is the id of a file of the
// demo: $checklisttxt.
func stage(t *testing.T) twintest.Stage {
	d, w := world(t)
	st := scene().In(w)
	w.View(func(c *twin.Call) error {
		for g := range d.Groups.All(c.Tx, "") {
			name, _, _ := strings.Cut(g.Email, "@")
			st.Vars["group_"+name] = g.ID
		}
		for f := range d.Files.All(c.Tx, "") {
			if f.Name != "My Drive" && f.Name != "Drive" {
				st.Vars[strings.Map(func(r rune) rune {
					if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
						return r
					}
					return -1
				}, f.Name)] = f.ID
			}
		}
		for dr := range d.Drives.All(c.Tx, "") {
			st.Vars[dr.Name] = dr.ID
		}
		for p := range d.proposals.All(c.Tx, "") {
			st.Vars["proposal"] = p.ID
		}
		return nil
	})
	for _, n := range []int{125, 257} {
		st.Vars[fmt.Sprint("x", n)] = strings.Repeat("x", n)
	}
	st.Token = func(t *testing.T, as string) string { return bearer(t, d, w, as) }
	return st
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

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	scene().Count(t, api.Operations, nil)
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
		by := d.API.By(c, u)
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
			by := d.API.By(c, u)
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
