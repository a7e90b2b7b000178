package store

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// quiet are the options of tests that provoke errors.
func quiet(t *testing.T) Options {
	return Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)}
}

func (h *house) reopen(t *testing.T, o Options) *house {
	t.Helper()
	if err := h.DB.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, o)
}

// keys returns all keys of one kind that are in the log.
func (h *house) keys(t *testing.T, prefix string) (keys []string) {
	t.Helper()
	h.log.tasks.Wait()
	err := h.log.badger.View(func(tx *badger.Txn) error {
		return each(tx, prefix, func(key, _ []byte) error {
			keys = append(keys, string(key))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Invariant 7: what is read is what was: forks, deletions, versions, saved snapshots. Reading waits until it is asked for.
func TestReplay(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	h := open(t, o)
	w := h.create(t, "a")
	h.put(t, w, item{ID: "1", Email: "1@", Tags: []string{"x", "\x00"}}, item{ID: "2"}, item{ID: "\x00\u00ff"})
	saved, err := w.Save("s")
	equal(t, err, nil)
	savedText, list := h.dump(saved), w.Saved()
	f := h.fork(t, w, "f", true)
	h.fork(t, w, "passing", false)
	update(t, w, func(tx *Tx) { h.items.Delete(tx, "2") })
	h.put(t, f, item{ID: "1", Email: "f@"})
	h.put(t, f, item{ID: "3", Email: "1@"})
	if err := f.Restore(w.Snapshot()); err != nil {
		t.Fatal(err)
	}
	h.put(t, f, item{ID: "4"})
	gone := h.create(t, "gone")
	h.put(t, gone, item{ID: "1"})
	gone.Save("s")
	h.Drop("gone")
	texts := []string{h.now(t, w), h.now(t, f)}
	tag := w.Tag()

	h = h.reopen(t, o)
	equal(t, h.Worlds(), []string{"a", "f"})
	equal(t, h.worlds["a"].unread && h.worlds["f"].unread, true)
	w, _ = h.World("a")
	equal(t, h.worlds["a"].unread, false)
	equal(t, h.worlds["f"].unread, true)
	f, ok := h.ByTag(h.worlds["f"].Tag())
	equal(t, ok, true)
	equal(t, []string{h.now(t, w), h.now(t, f)}, texts)
	equal(t, []uint64{w.Version(), f.Version(), w.Born(), f.Born()}, []uint64{2, 5, 0, 1})
	equal(t, w.Tag(), tag)
	_, err = w.At(1)
	equal(t, err, ErrHistory)
	equal(t, w.Saved(), list)
	s, ok := w.Load("s")
	equal(t, ok, true)
	equal(t, h.dump(s), savedText)
	equal(t, s.Version(), uint64(1))
	equal(t, w.Restore(s), nil)
	changes, err := w.Changes(2)
	equal(t, err, nil)
	equal(t, len(changes), 1) // equal records are no change, though they are other rows now
	equal(t, changes[0].Key, "2")
	equal(t, w.Unsave("s"), nil)

	h = h.reopen(t, o)
	w, _ = h.World("a")
	equal(t, h.now(t, w), savedText)
	equal(t, w.Version(), uint64(3))
	equal(t, len(w.Saved()), 0)
	h.Drop("a")
	h.Drop("f")
	equal(t, h.keys(t, "r"), []string(nil))
	equal(t, h.keys(t, "w"), []string(nil))
	equal(t, h.keys(t, "s"), []string(nil))
}

// More than one Badger transaction can take is one commit all the same, and leaves nothing behind.
func TestBigUpdate(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	h := open(t, o)
	w := h.create(t, "w")
	h.put(t, w, item{ID: "first"})
	space := w.space
	h.fill(t, w, 20_000)
	equal(t, w.space != space, true)
	space = w.space
	h.put(t, w, item{ID: "last", Room: strings.Repeat("x", 1<<20)}) // goes to the value log
	equal(t, w.space, space)
	equal(t, len(h.keys(t, "r")), 20_003)
	text := h.now(t, w)
	h = h.reopen(t, o)
	w, _ = h.World("w")
	equal(t, h.now(t, w) == text, true)
	equal(t, w.Version(), uint64(3))

	before := w.Version()
	err := w.Update(func(tx *Tx) error {
		h.Schema.Clear(tx, "test.items")
		h.items.Put(tx, item{ID: "huge", Room: strings.Repeat("x", 16<<20)})
		return nil
	})
	equal(t, errors.Is(err, ErrTooBig), true)
	err = w.Update(func(tx *Tx) error {
		h.items.Put(tx, item{ID: strings.Repeat("k", 65_000)})
		return nil
	})
	equal(t, errors.Is(err, ErrTooBig), true)
	equal(t, w.Version(), before)
	equal(t, h.now(t, w) == text, true)
}

// Commits that come at the same time share Badger transactions only as far as they fit.
func TestGroups(t *testing.T) {
	o := Options{Dir: t.TempDir(), NoSync: true, memTable: 256 << 10}
	h := open(t, o)
	w := h.create(t, "w")
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for n := range 40 {
				h.put(t, w, item{ID: fmt.Sprint(g), N: n, Room: strings.Repeat("x", 10<<10)}, item{ID: fmt.Sprint(g, "big"), Room: strings.Repeat("x", n<<11)})
				update(t, w, func(tx *Tx) {
					for m := range 150 {
						h.items.Put(tx, item{ID: fmt.Sprint(g, "-", m), N: n})
					}
				})
			}
		})
	}
	wg.Wait()
	text := h.now(t, w)
	h = h.reopen(t, o)
	w, _ = h.World("w")
	equal(t, h.now(t, w) == text, true)
	equal(t, w.Version(), uint64(16*80))
}

// A record that has no JSON is refused before anybody can see it.
func TestNoJSON(t *testing.T) {
	type number struct{ F float64 }
	var s Schema
	c := NewCollection(&s, "numbers", func(*number) string { return "" })
	db, err := Open(&s, quiet(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w, _ := db.Create("w")
	put := func(f float64) error { return w.Update(func(tx *Tx) error { c.Put(tx, number{f}); return nil }) }
	if err := put(math.NaN()); err == nil {
		t.Error("NaN is stored")
	}
	equal(t, c.Len(w.Snapshot()), 0)
	equal(t, put(1), nil)
}

func TestOneProcess(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	h := open(t, o)
	_, err := Open(&h.Schema, o)
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Error(err)
	}
	h.create(t, "w") // the first one is unharmed
	h.reopen(t, o)
}

// A kill can leave files that Badger had not written to yet, and records that no world or snapshot came to own.
func TestHalfWritten(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	h := open(t, o)
	w := h.create(t, "w")
	h.put(t, w, item{ID: "a"})
	text := h.now(t, w)
	if _, err := h.log.writeState(w.Snapshot().st); err != nil {
		t.Fatal(err)
	}
	space := h.log.spaces.Load()
	equal(t, len(h.keys(t, string(spaceKey(space)))), 2)
	h.DB.Close()
	for _, name := range []string{"00099.mem", "000099.vlog"} {
		if err := os.WriteFile(filepath.Join(o.Dir, "log", name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	h = open(t, o)
	equal(t, len(h.keys(t, string(spaceKey(space)))), 0)
	w, _ = h.World("w")
	equal(t, h.now(t, w), text)
	h.create(t, "v")
	equal(t, h.worlds["v"].space > space, true)
}

// A full disk refuses what would write, changes nothing, and is no reason to stop reading.
func TestFull(t *testing.T) {
	o := quiet(t)
	h := open(t, o)
	w := h.create(t, "w")
	h.fill(t, w, 30_000)
	s, err := w.Save("s")
	equal(t, err, nil)
	text := h.now(t, w)
	spaces := len(h.keys(t, "r"))

	real := h.log.avail
	free := int64(reserve) - 1
	h.log.avail = func() (int64, error) { return free, nil }
	refused := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, ErrFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("Free", h.Free())
	refused("Update", w.Update(func(tx *Tx) error { h.items.Put(tx, item{ID: "x"}); return nil }))
	refused("Restore", w.Restore(s))
	_, err = h.Create("x")
	refused("Create", err)
	_, err = h.Fork(s, "x", true)
	refused("Fork", err)
	_, err = w.Save("x")
	refused("Save", err)
	_, _, err = h.Blobs().Put(strings.NewReader("x"))
	refused("Put", err)

	// The room is used up while a state is being written.
	calls := 0
	h.log.avail = func() (int64, error) {
		calls++
		return int64(reserve)<<1 - int64(calls)*(reserve/2), nil
	}
	refused("Restore half-way", w.Restore(s))
	equal(t, calls > 1, true)

	equal(t, h.now(t, w), text)
	equal(t, len(h.keys(t, "r")), spaces)
	equal(t, h.Worlds(), []string{"w"})
	f, err := h.Fork(s, "memory", false)
	equal(t, err, nil)
	h.put(t, f, item{ID: "x"})
	h.log.avail = real
	h.put(t, w, item{ID: "x"})
	h.create(t, "x")

	h = h.reopen(t, o)
	w, _ = h.World("w")
	equal(t, h.items.Has(w.Snapshot(), "x"), true)
	equal(t, w.Version(), uint64(2))
}

// Tidying moves what is still needed out of the value log's old files.
func TestTidy(t *testing.T) {
	o := Options{Dir: t.TempDir(), NoSync: true}
	h := open(t, o)
	w := h.create(t, "w")
	h.put(t, w, item{ID: "kept", Room: strings.Repeat("k", 1<<20)})
	for n := range 50 {
		h.put(t, w, item{ID: "a", N: n, Room: strings.Repeat("x", 1<<20)})
		if n%10 == 0 {
			h.fill(t, w, 3000) // turns the memtables over
		}
	}
	text := h.now(t, w)
	h.log.tidy()
	h = h.reopen(t, o)
	w, _ = h.World("w")
	equal(t, h.now(t, w) == text, true)
	h.log.tidy()
	files, _ := filepath.Glob(filepath.Join(o.Dir, "log", "*.vlog"))
	t.Logf("%d value logs", len(files))
	h = h.reopen(t, o)
	w, _ = h.World("w")
	equal(t, h.now(t, w) == text, true)
}

// When the log cannot be written, nothing is acknowledged from then on.
func TestLogFails(t *testing.T) {
	h := &house{}
	h.register()
	db, err := Open(&h.Schema, quiet(t))
	if err != nil {
		t.Fatal(err)
	}
	w, err := db.Create("w")
	if err != nil {
		t.Fatal(err)
	}
	hooked := false
	w.OnCommit(func(uint64) { hooked = true })
	db.log.badger.Close()
	for range 3 {
		if err := w.Update(func(tx *Tx) error { h.items.Put(tx, item{ID: "a"}); return nil }); err == nil {
			t.Error("acknowledged")
		}
	}
	equal(t, hooked, false)
	if _, err := db.Create("v"); err == nil {
		t.Error("acknowledged")
	}
	db.log.lock.Close()
}

func TestClosed(t *testing.T) {
	h := open(t, Options{Dir: t.TempDir()})
	w := h.create(t, "w")
	h.DB.Close()
	equal(t, w.Update(func(tx *Tx) error { h.items.Put(tx, item{ID: "a"}); return nil }), ErrClosed)
	equal(t, h.items.Len(w.Snapshot()), 0)
}

// The collections of the directory are known by name: others may be added, reordered or absent, and those that a
// binary does not know survive what it does.
func TestSchemaChanges(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	h := open(t, o)
	w := h.create(t, "w")
	h.put(t, w, item{ID: "a", Email: "a@"})
	update(t, w, func(tx *Tx) { h.notes.Put(tx, note{"n", "text"}) })
	text := h.now(t, w)
	h.DB.Close()

	var other Schema
	extra := NewCollection(&other, "test.extra", func(n *note) string { return n.ID })
	notes := NewCollection(&other, "test.notes", func(n *note) string { return n.ID })
	db, err := Open(&other, o)
	if err != nil {
		t.Fatal(err)
	}
	w, _ = db.World("w")
	n, _ := notes.Get(w.Snapshot(), "n")
	equal(t, n, note{"n", "text"})
	before := w.Snapshot()
	err = w.Update(func(tx *Tx) error {
		for i := range 10_000 { // so many that the whole world is rewritten
			extra.Put(tx, note{ID: fmt.Sprint(i)})
		}
		return nil
	})
	equal(t, err, nil)
	if _, err := db.Fork(before, "f", true); err != nil {
		t.Fatal(err)
	}
	memory, err := Open(&other, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := memory.Fork(before, "m", false) // a DB that has not that collection
	equal(t, err, nil)
	v, _ := db.Create("v")
	equal(t, v.Restore(m.Snapshot()), nil)
	equal(t, db.Close(), nil)

	h = open(t, o)
	w, _ = h.World("w")
	equal(t, h.now(t, w), text)
	f, _ := h.World("f")
	equal(t, h.now(t, f), text)
	v, _ = h.World("v")
	equal(t, h.items.Len(v.Snapshot()), 0)
	equal(t, h.notes.Len(v.Snapshot()), 1)
}

// A world that cannot be read says so, keeps its records and its blobs, and leaves the others alone.
func TestUnreadable(t *testing.T) {
	o := quiet(t)
	h := open(t, o)
	w, good := h.create(t, "w"), h.create(t, "good")
	hash := h.blob(t, "text")
	h.put(t, good, item{ID: "a"})
	h.put(t, w, item{ID: "a", Blob: hash})
	key := recordKey(w.space, h.log.tables[h.items.def.id], "b")
	err := h.log.badger.Update(func(tx *badger.Txn) error { return tx.Set(key, []byte(`{"id":7}`)) })
	equal(t, err, nil)
	h = h.reopen(t, o)
	w, ok := h.World("w")
	equal(t, ok, true)
	for _, err := range []error{
		w.View(func(*Tx) error { return nil }),
		w.Update(func(*Tx) error { return nil }),
		w.Restore(w.Snapshot()),
	} {
		if err == nil || !strings.Contains(err.Error(), `test.items "b"`) {
			t.Error(err)
		}
	}
	_, err = w.Save("s")
	equal(t, err != nil, true)
	h.Blobs().Sweep()
	equal(t, h.has(t, "text", hash), true)
	good, _ = h.World("good")
	equal(t, ids(h.items.All(good.Snapshot(), "")), []string{"a"})
}
