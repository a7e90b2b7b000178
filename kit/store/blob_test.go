package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func (h *house) blob(t testing.TB, text string) string {
	t.Helper()
	hash, size, err := h.Blobs().Put(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, size, int64(len(text)))
	return hash
}

// has reports whether there is the blob, and that it is what it was.
func (h *house) has(t testing.TB, text, hash string) bool {
	t.Helper()
	f, size, err := h.Blobs().Open(hash)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil || string(b) != text || size != int64(len(text)) {
		t.Fatalf("%q of %d bytes, %v", b, size, err)
	}
	if at, err := f.Seek(-1, io.SeekEnd); at != size-1 || err != nil {
		t.Fatal(at, err)
	}
	return true
}

func eachMode(t *testing.T, f func(t *testing.T, o Options)) {
	t.Run("memory", func(t *testing.T) { f(t, Options{History: -1}) })
	t.Run("disk", func(t *testing.T) { f(t, Options{Dir: t.TempDir(), History: -1}) })
}

func TestBlobs(t *testing.T) {
	eachMode(t, func(t *testing.T, o Options) {
		h := open(t, o)
		w := h.create(t, "w")
		hash := h.blob(t, "text")
		equal(t, hash, "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1")
		equal(t, h.blob(t, "text"), hash)
		for _, bad := range []string{"", "x", "../../lock", "./../lock", strings.Repeat("0", 64), strings.Repeat("A", 64)} {
			if _, _, err := h.Blobs().Open(bad); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q: %v", bad, err)
			}
		}
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), true) // two records are still to come
		h.put(t, w, item{ID: "a", Blob: hash})
		h.put(t, w, item{ID: "b", Blob: hash})
		update(t, w, func(tx *Tx) { h.items.Delete(tx, "a") })
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), true)
		s := w.Snapshot()
		f := h.fork(t, w, "f", false)
		update(t, w, func(tx *Tx) { h.items.Delete(tx, "b") })
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), true) // the fork has it
		update(t, f, func(tx *Tx) { h.items.Put(tx, item{ID: "b", Blob: "other"}) })
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), true) // the snapshot has it
		runtime.KeepAlive(s)
		s = nil
		heap()
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), false)

		hash = h.blob(t, "text")
		h.put(t, w, item{ID: "a", Blob: hash})
		if _, err := w.Save("s"); err != nil {
			t.Fatal(err)
		}
		update(t, w, func(tx *Tx) { h.items.Delete(tx, "a") })
		heap()
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), true)
		h.Drop("w")
		heap()
		for deadline := time.Now().Add(10 * time.Second); h.has(t, "text", hash); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no sweep followed the Drop")
			}
		}
	})
}

// What a world's history can tell is there to be told.
func TestBlobsOfHistory(t *testing.T) {
	for name, lose := range map[string]func(h *house, w, empty *World){
		"deleted":  func(h *house, w, _ *World) { update(t, w, func(tx *Tx) { h.items.Delete(tx, "a") }) },
		"replaced": func(h *house, w, _ *World) { h.put(t, w, item{ID: "a", Blob: "other"}) },
		"restored": func(h *house, w, empty *World) { w.Restore(empty.Snapshot()) },
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, Options{History: 10})
			root, empty := h.create(t, "root"), h.create(t, "empty")
			hash := h.blob(t, "text")
			h.put(t, root, item{ID: "a", Blob: hash})
			w := h.fork(t, root, "w", false)
			h.Drop("root")
			lose(h, w, empty)
			heap()
			h.Blobs().Sweep()
			equal(t, h.has(t, "text", hash), true)
			for n := range 20 {
				h.put(t, w, item{ID: "b", N: n})
			}
			heap()
			h.Blobs().Sweep()
			equal(t, h.has(t, "text", hash), false)
		})
	}
	h := open(t, Options{History: 10})
	w := h.create(t, "w")
	hash := h.blob(t, "text")
	update(t, w, func(tx *Tx) { h.items.Put(tx, item{ID: "a", Blob: hash}); h.items.Delete(tx, "a") })
	h.Blobs().Sweep()
	equal(t, h.has(t, "text", hash), true)
}

// A sweep during which a world went away does not free anything: somebody may have saved its state from it.
func TestSweepIsInterrupted(t *testing.T) {
	h := open(t, Options{History: -1})
	empty := h.create(t, "empty").Snapshot()
	for name, lose := range map[string]func(w *World){
		"Drop":    func(w *World) { h.Drop(w.Name()) },
		"Restore": func(w *World) { w.Restore(empty) },
		"Unsave":  func(w *World) { w.Unsave("s") },
	} {
		w := h.create(t, name)
		hash := h.blob(t, name)
		h.put(t, w, item{ID: "a", Blob: hash})
		w.Save("s")
		h.blobs.moved = false
		lose(w)
		if h.blobs.free(nil) || !h.has(t, name, hash) {
			t.Error(name)
		}
	}
}

// A blob that no record came for is given up, but not at once.
func TestBlobsNobodyNamed(t *testing.T) {
	eachMode(t, func(t *testing.T, o Options) {
		h := open(t, o)
		hash := h.blob(t, "text")
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), true)
		h.blobs.known[hash].put = time.Now().Add(-2 * pendingFor)
		h.Blobs().Sweep()
		equal(t, h.has(t, "text", hash), false)

		_, _, err := h.Blobs().Put(io.MultiReader(strings.NewReader("half"), failing{}))
		equal(t, err, io.ErrNoProgress)
		if o.Dir != "" {
			left, _ := filepath.Glob(filepath.Join(o.Dir, "blobs", "put-*"))
			equal(t, left, []string(nil))
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// Blobs of worlds and saved snapshots that nobody has read yet are kept; what a kill left behind goes.
func TestBlobsReopened(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	h := open(t, o)
	w := h.create(t, "w")
	a, b, c := h.blob(t, "a"), h.blob(t, "b"), h.blob(t, "c")
	h.put(t, w, item{ID: "a", Blob: a})
	w.Save("s")
	h.put(t, w, item{ID: "a", Blob: b})
	h.DB.Close()
	half := filepath.Join(o.Dir, "blobs", "put-1")
	if err := os.WriteFile(half, []byte("hal"), 0o666); err != nil {
		t.Fatal(err)
	}
	h = open(t, o)
	h.Blobs().Sweep()
	equal(t, h.has(t, "a", a) && h.has(t, "b", b), true)
	equal(t, h.has(t, "c", c), false)
	_, err := os.Stat(half)
	equal(t, errors.Is(err, fs.ErrNotExist), true)
	w, _ = h.World("w")
	s, ok := w.Load("s")
	equal(t, ok, true)
	equal(t, w.Unsave("s"), nil)
	heap()
	h.Blobs().Sweep()
	equal(t, h.has(t, "a", a), true) // somebody has the snapshot
	runtime.KeepAlive(s)
	s = nil
	heap()
	h.Blobs().Sweep()
	equal(t, h.has(t, "a", a), false)
	equal(t, h.has(t, "b", b), true)
}

// No sweep takes a blob that somebody is moving between worlds and snapshots at that moment.
func TestBlobsUnderSweeps(t *testing.T) {
	eachMode(t, func(t *testing.T, o Options) {
		o.NoSync = true
		h := open(t, o)
		root := h.create(t, "root")
		stop := make(chan struct{})
		var sweeper, writers sync.WaitGroup
		sweeper.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					h.Blobs().Sweep()
				}
			}
		})
		for g := range 4 {
			writers.Go(func() {
				for n := range 60 {
					name := fmt.Sprint(g, "-", n)
					hash := h.blob(t, name)
					h.put(t, root, item{ID: name, Blob: hash})
					s := root.Snapshot()
					update(t, root, func(tx *Tx) { h.items.Delete(tx, name) })
					f, err := h.Fork(s, name, false)
					if err != nil {
						t.Error(err)
						return
					}
					v := h.create(t, name+"v")
					if err := v.Restore(f.Snapshot()); err != nil {
						t.Error(err)
					}
					h.Drop(name)
					if !h.has(t, name, hash) {
						t.Error("lost ", name)
					}
					h.Drop(name + "v")
				}
			})
		}
		writers.Wait()
		close(stop)
		sweeper.Wait()
		heap()
		h.Blobs().Sweep()
		if len(h.blobs.known) != 0 {
			t.Errorf("%d blobs are left", len(h.blobs.known))
		}
		files, _ := filepath.Glob(filepath.Join(o.Dir, "blobs", "*", "*"))
		equal(t, files, []string(nil))
	})
}
