package cxdb

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// capture puts a small directory into a space.
func capture(t *testing.T, p *Space) Hash {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"main.go": "package main\n", "sub/deep/note.txt": "deep", "sub/empty": "", "skip/me": "secret"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("sub/deep/note.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return must(p.Capture(context.Background(), dir, func(_ string, d fs.DirEntry) bool { return d.Name() == "skip" }))(t)
}

func TestFileTrees(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	root := capture(t, p)
	if again := capture(t, p); again != root {
		t.Errorf("the same files have two trees: %s, %s", root, again)
	}
	c := must(p.Create(ctx, 0))(t)
	bare := must(p.Append(ctx, c.ID, say("before")))(t)
	a := say("with files")
	a.FS = root
	must(p.Append(ctx, c.ID, a))(t)
	heir := must(p.Append(ctx, c.ID, say("after")))(t)
	if got := must(p.FSRoot(ctx, heir.ID))(t); got != root {
		t.Errorf("the later turn has the tree %s", got)
	}
	_, err := p.FSRoot(ctx, bare.ID)
	wantErr(t, err, ErrNotFound)

	for path, want := range map[string]string{
		"": "dir link:2 main.go:0 sub:1", "/": "dir link:2 main.go:0 sub:1", "sub": "dir deep:1 empty:0", "./sub/deep/": "dir note.txt:0",
		"sub/deep/note.txt": "file 4 640", "link": "symlink 17 777",
		"none": "", "sub/none": "", "main.go/x": "", "skip": "",
	} {
		e, list, err := p.Open(ctx, root, path)
		if want == "" {
			wantErr(t, err, ErrNotFound)
			continue
		}
		got := kinds[e.Kind]
		for _, e := range list {
			got += fmt.Sprintf(" %s:%d", e.Name, e.Kind)
		}
		if e.Kind != KindDir {
			got += fmt.Sprintf(" %d %o", e.Size, e.Mode)
		}
		if err != nil || got != want {
			t.Errorf("%q: got %s, want %s, %v", path, got, want, err)
		}
	}
	_, _, err = p.Open(ctx, heir.Hash, "")
	wantErr(t, err, ErrInvalid)

	h := (&Server{Store: s}).Handler()
	get := func(path string) *httptest.ResponseRecorder {
		res := httptest.NewRecorder()
		h.ServeHTTP(res, httptest.NewRequest("GET", fmt.Sprintf("http://127.0.0.1/v1/turns/%d/fs%s", heir.ID, path), nil))
		return res
	}
	file := get("/sub/deep/note.txt")
	if file.Body.String() != "deep" || file.Header().Get("X-Fs-Hash") != Sum([]byte("deep")).String() || file.Header().Get("X-Fs-Mode") != "640" ||
		!strings.HasPrefix(file.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("%v %s", file.Header(), file.Body)
	}
	for _, path := range []string{"?path=sub", "/sub"} {
		var got struct {
			Root    Hash `json:"fs_root_hash"`
			Entries []struct{ Name, Kind, Mode string }
		}
		if err := json.Unmarshal(get(path).Body.Bytes(), &got); err != nil || got.Root != root || len(got.Entries) != 2 || got.Entries[0].Kind != "dir" || got.Entries[1].Mode != "640" {
			t.Errorf("%s: %+v %v", path, got, err)
		}
	}
	var full struct {
		Kind    string
		Content []byte `json:"content_base64"`
	}
	if err := json.Unmarshal(get("/main.go?format=json").Body.Bytes(), &full); err != nil || full.Kind != "file" || string(full.Content) != "package main\n" {
		t.Error(full, err)
	}
	if res := get("/none"); res.Code != 404 {
		t.Error(res.Code, res.Body)
	}
}

func TestMetrics(t *testing.T) {
	s := open(t)
	h := (&Server{Store: s}).Handler()
	get := func(path string) (m struct {
		Objects struct {
			Contexts int `json:"contexts_total"`
		}
		Perf   map[string]struct{ Total int }
		Errors struct {
			Total  int
			ByType map[string]int `json:"by_type"`
		}
	}) {
		res := httptest.NewRecorder()
		h.ServeHTTP(res, httptest.NewRequest("GET", "http://localhost"+path, nil))
		if path == "/v1/metrics" {
			if err := json.Unmarshal(res.Body.Bytes(), &m); err != nil {
				t.Fatal(err)
			}
		}
		return m
	}
	must(s.Everything().Create(context.Background(), 0))(t)
	get("/v1/contexts/1")
	get("/v1/contexts/2")
	if m := get("/v1/metrics"); m.Objects.Contexts != 1 || m.Perf["http"].Total != 2 || m.Errors.Total != 1 || m.Errors.ByType["http"] != 1 {
		t.Errorf("%+v", m)
	}
}
