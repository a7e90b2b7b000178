package gdocs

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"twinset.dev/kit/twin"
	"twinset.dev/kit/twintest"
	"twinset.dev/twins/gdocs/internal/api"
	"twinset.dev/twins/internal/google/bed"
	"twinset.dev/twins/internal/google/files"
)

// host is the one twin that all tests of this package share; each works in a world of its own.
var host = sync.OnceValue(func() *bed.Bed {
	b := bed.Open(func(t *files.Table) *twin.Base { docs = mount(t); return docs.API.Base })
	b.Heard = coverage.Hear
	return b
})

var docs *Docs

// coverage is what the scripts draw. What the requests of a batch refuse, the scripts of internal/document do.
var coverage = bed.Coverage{
	Words: map[string]int{"Invalid": 0, "Refuse": 1, "badPicture": 0, "badPost": 0},
	Elsewhere: map[string]string{
		"docs.batch":             "the tests of twins/google",
		"docs.pictures.get":      "TestPictures",
		"docs.ui.":               "TestPage",
		"Sign in and try again.": "TestPage",
	},
}

// stage is where scripts are played: see bed. $shared is a document of ana's in which bo may write; $small, $huge and $drawing are
// pictures that anyone may see: one as it should be, one with too many pixels and one of a kind that Docs does not take.
func stage(t *testing.T) twintest.Stage {
	w := host().World(t)
	st := host().In(w)
	if err := w.Update(func(c *twin.Call) error {
		for f := range docs.ByName.All(c.Tx, "launch plan") {
			st.Vars["shared"] = f.ID
			docs.Permissions.Put(c.Tx, files.Permission{File: f.ID, ID: "bo", Type: "user", Email: "bo@acme.example", Role: files.Writer})
		}
		for name, content := range map[string][]byte{"small": picture(t, 8, 6), "huge": picture(t, 6000, 6000), "drawing": []byte("<svg/>")} {
			hash, size, err := docs.DB.Blobs().Put(bytes.NewReader(content))
			if err != nil {
				return err
			}
			st.Vars[name] = name
			docs.Files.Put(c.Tx, files.File{ID: name, Name: name, Parent: st.Vars["root_ana"], Owner: st.Vars["ana"], Content: &files.Content{Hash: hash, Size: size}})
			docs.Permissions.Put(c.Tx, files.Permission{File: name, ID: "anyone", Type: "anyone", Role: files.Reader})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return st
}

// TestPictures: a document's copy of an image is there for whoever has its address, and only what documents have is.
func TestPictures(t *testing.T) {
	st := stage(t)
	send := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+st.Token(t, "ana"))
		rec := httptest.NewRecorder()
		st.Handler.ServeHTTP(rec, r)
		return rec
	}
	doc := "/v1/documents/" + st.Vars["shared"]
	if rec := send("POST", doc+":batchUpdate", `{"requests": [{"insertInlineImage": {"location": {"index": 1}, "uri": "https://drive.google.com/uc?id=small"}}]}`); rec.Code != 200 {
		t.Fatal(rec.Body)
	}
	address := regexp.MustCompile(`"contentUri": *"https?://[^/]+(/[^"]+)"`).FindStringSubmatch(send("GET", doc+"?fields=inlineObjects", "").Body.String())
	if address == nil {
		t.Fatal("the document has no image")
	}
	rec := send("GET", address[1], "")
	if got, want := rec.Body.Bytes(), picture(t, 8, 6); rec.Code != 200 || rec.Header().Get("Content-Type") != "image/png" || !bytes.Equal(got, want) {
		t.Errorf("%s: %d %s, %d bytes, not %d", address[1], rec.Code, rec.Header().Get("Content-Type"), len(got), len(want))
	}
	if rec := send("GET", address[1]+"0", ""); rec.Code != 404 {
		t.Errorf("an image that no document has: %d", rec.Code)
	}
}

// picture is a PNG of one colour.
func picture(t *testing.T, width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestScripts plays every conversation in testdata, and leaves what it counted for the scoreboard.
func TestScripts(t *testing.T) {
	twintest.Play(t, "testdata/*.txt", stage)
	coverage.Check(t, docs.Operations())
	played, all := requestKinds(t)
	host().Count(t, api.Operations, map[string]any{"kinds": map[string]int{"passed": len(played), "of": len(all)}})
}

// requestKinds are the kinds of requests that a batch can have, and those of them that a script shows done.
func requestKinds(t *testing.T) (played, all []string) {
	scripts, err := filepath.Glob("internal/document/testdata/requests/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, name := range scripts {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for step := range strings.SplitSeq(string(b), "\n\n") {
			in, out, _ := strings.Cut(step, "----\n")
			if len(out) > 3 && strings.Contains("400 403 404 ", out[:4]) {
				continue // refused
			}
			for _, m := range regexp.MustCompile(`(?m)^\{"(\w+)"`).FindAllStringSubmatch(in, -1) {
				done[m[1]] = true
			}
		}
	}
	kinds := reflect.TypeFor[api.Request]()
	for i := range kinds.NumField() {
		name, _, _ := strings.Cut(kinds.Field(i).Tag.Get("json"), ",")
		if all = append(all, name); done[name] {
			played = append(played, name)
		}
	}
	return played, all
}

func TestEveryRequest(t *testing.T) {
	played, all := requestKinds(t)
	for _, kind := range all {
		if !slices.Contains(played, kind) {
			t.Errorf("no script shows %s done", kind)
		}
	}
	t.Logf("%d of %d kinds of requests", len(played), len(all))
}
