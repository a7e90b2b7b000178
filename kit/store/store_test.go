package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// An item has every kind of index: unique and optional, multi-value, several values.
type item struct {
	ID    string   `json:"id"`
	Email string   `json:"email,omitempty"`
	Room  string   `json:"room,omitempty"`
	Tags  []string `json:"tags,omitempty"`
	N     int      `json:"n"`
	Blob  string   `json:"blob,omitempty"`
}

type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// A house is a schema of two collections and a DB on it.
type house struct {
	Schema
	*DB
	items                *Collection[item]
	notes                *Collection[note]
	email, byRoom, byTag *Index[item]
}

func (h *house) register() {
	h.items = NewCollection(&h.Schema, "test.items", func(i *item) string { return i.ID })
	h.email = h.items.Unique("email", func(i *item) []string { return some(i.Email) })
	h.byRoom = h.items.Index("room", func(i *item) []string { return some(i.Room) })
	h.byTag = h.items.Index("tags", func(i *item) []string { return i.Tags })
	h.items.Blobs(func(i *item) []string { return some(i.Blob) })
	h.notes = NewCollection(&h.Schema, "test.notes", func(n *note) string { return n.ID })
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func open(t testing.TB, o Options) *house {
	t.Helper()
	h := &house{}
	h.register()
	var err error
	if h.DB, err = Open(&h.Schema, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.DB.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) create(t testing.TB, name string) *World {
	t.Helper()
	w, err := h.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (h *house) fork(t testing.TB, from *World, name string, durable bool) *World {
	t.Helper()
	w, err := h.Fork(from.Snapshot(), name, durable)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func update(t testing.TB, w *World, f func(*Tx)) {
	t.Helper()
	if err := w.Update(func(tx *Tx) error { f(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func (h *house) put(t testing.TB, w *World, items ...item) {
	t.Helper()
	update(t, w, func(tx *Tx) {
		for _, i := range items {
			h.items.Put(tx, i)
		}
	})
}

// dump is everything in r, byte for byte.
func (h *house) dump(r Reader) string {
	var b strings.Builder
	for _, c := range h.Schema.Collections() {
		for k, v := range h.Schema.Dump(r, c) {
			fmt.Fprintf(&b, "%s %q %s\n", c, k, v)
		}
	}
	for _, x := range []*Index[item]{h.email, h.byRoom, h.byTag} {
		for i := range x.Range(r, Range{}) {
			fmt.Fprintf(&b, "%s %q\n", x.x.name, i.ID)
		}
	}
	return b.String()
}

func (h *house) now(t testing.TB, w *World) (text string) {
	t.Helper()
	if err := w.View(func(tx *Tx) error { text = h.dump(tx); return nil }); err != nil {
		t.Fatal(err)
	}
	return text
}

func ids(s iter.Seq[item]) []string {
	list := []string{}
	for i := range s {
		list = append(list, i.ID)
	}
	return list
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %.3000s\nwant %.3000s", fmt.Sprint(got), fmt.Sprint(want))
	}
}

func TestCollection(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	h.put(t, w, item{ID: "b", Email: "b@", Room: "r1", Tags: []string{"x", "y"}}, item{ID: "a", Room: "r1"}, item{ID: "c", Room: "r10"})
	equal(t, w.Version(), uint64(1))
	err := w.View(func(tx *Tx) error {
		got, ok := h.items.Get(tx, "b")
		equal(t, ok, true)
		equal(t, got, item{ID: "b", Email: "b@", Room: "r1", Tags: []string{"x", "y"}})
		_, ok = h.items.Get(tx, "d")
		equal(t, ok, false)
		equal(t, h.items.Has(tx, "a"), true)
		equal(t, h.items.Has(tx, "d"), false)
		equal(t, h.items.Len(tx), 3)
		equal(t, ids(h.items.All(tx, "")), []string{"a", "b", "c"})
		got, ok = h.email.Get(tx, "b@")
		equal(t, ok, true)
		equal(t, got.ID, "b")
		_, ok = h.email.Get(tx, "b")
		equal(t, ok, false)
		equal(t, ids(h.email.All(tx, "b@")), []string{"b"})
		got, _ = h.byRoom.Get(tx, "r1")
		equal(t, got.ID, "a")
		_, ok = h.byRoom.Get(tx, "r")
		equal(t, ok, false)
		equal(t, ids(h.byRoom.All(tx, "r1")), []string{"a", "b"})
		equal(t, ids(h.byRoom.Range(tx, Range{Prefix: "r1", Desc: true})), []string{"c", "b", "a"})
		equal(t, ids(h.byTag.Range(tx, Range{})), []string{"b", "b"})
		equal(t, tx.Writable(), false)
		equal(t, tx.Version(), uint64(1))
		equal(t, tx.World(), w)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	update(t, w, func(tx *Tx) {
		equal(t, h.items.Delete(tx, "b"), true)
		equal(t, h.items.Delete(tx, "b"), false)
		h.items.Put(tx, item{ID: "d", Email: "b@"}) // the address is free again
	})
	equal(t, ids(h.items.All(w.Snapshot(), "")), []string{"a", "c", "d"})
	update(t, w, func(tx *Tx) {})
	equal(t, w.Version(), uint64(2))
}

func TestSchemaRefuses(t *testing.T) {
	panics := func(name string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s does not panic", name)
			}
		}()
		f()
	}
	h := &house{}
	h.register()
	panics("a second collection of one name", func() { NewCollection(&h.Schema, "test.items", func(*string) string { return "" }) })
	panics("a second index of one name", func() { h.items.Index("email", nil) })
	db, err := Open(&h.Schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	panics("a collection after Open", func() { NewCollection(&h.Schema, "late", func(*string) string { return "" }) })
	panics("an index after Open", func() { h.items.Index("late", nil) })
	w, _ := db.Create("w")
	var kept *Tx
	w.Update(func(tx *Tx) error { kept = tx; return nil })
	panics("a Tx after its end", func() { h.items.Get(kept, "a") })
	w.View(func(tx *Tx) error {
		panics("Put in a View", func() { h.items.Put(tx, item{ID: "a"}) })
		return nil
	})
	h.put(t, w, item{ID: "a"})
	w.View(func(tx *Tx) error {
		panics("Delete in a View", func() { h.items.Delete(tx, "a") })
		return nil
	})
	_, err = db.Create("w")
	equal(t, err, ErrExists)
	_, err = db.Fork(w.Snapshot(), "w", false)
	equal(t, err, ErrExists)
	equal(t, db.Drop("v"), ErrNoWorld)
	equal(t, db.Drop("w"), nil)
	equal(t, db.Drop("w"), ErrNoWorld)
	equal(t, w.Update(func(*Tx) error { return nil }), ErrNoWorld)
	equal(t, w.View(func(*Tx) error { return nil }), ErrNoWorld)
	equal(t, w.Restore(w.Snapshot()), ErrNoWorld)
	other := open(t, Options{})
	_, err = db.Fork(other.create(t, "o").Snapshot(), "o", false)
	equal(t, err, ErrSchema)
}

// Unique violations undo the whole transaction, whatever f does about them.
func TestUnique(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	h.put(t, w, item{ID: "a", Email: "a@"})
	before := h.now(t, w)
	err := w.Update(func(tx *Tx) error {
		h.items.Put(tx, item{ID: "b", Email: "b@"})
		equal(t, tx.Err(), nil)
		h.items.Put(tx, item{ID: "c", Email: "a@"})
		if tx.Err() == nil {
			t.Error("no error")
		}
		equal(t, h.items.Has(tx, "c"), false)
		h.items.Put(tx, item{ID: "d", Email: "d@"})
		return nil
	})
	unique, ok := errors.AsType[*UniqueError](err)
	equal(t, ok, true)
	equal(t, *unique, UniqueError{"test.items", "email", "a@"})
	equal(t, err.Error(), `store: test.items has another record with email "a@"`)
	equal(t, h.now(t, w), before)
	equal(t, w.Version(), uint64(1))
	h.put(t, w, item{ID: "a", Email: "a@", N: 1}) // its own key
}

// An awkward string is a short one of the bytes that break bounds and separators.
func awkward(r *rand.Rand) string { return pick(r, "\x00", "\x01", "\x02", "a", "\xfe", "\xff") }

func pick(r *rand.Rand, parts ...string) (s string) {
	for range r.IntN(4) {
		s += parts[r.IntN(len(parts))]
	}
	return s
}

// Order is that of bytes, both ways, with every kind of bound, whatever the keys' bytes.
func TestOrder(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	r := rand.New(rand.NewPCG(5, 5))
	all := map[string]item{}
	for step := range 3000 {
		update(t, w, func(tx *Tx) {
			i := item{ID: awkward(r), Room: awkward(r), Tags: []string{awkward(r), awkward(r)}}
			if r.IntN(3) == 0 {
				delete(all, i.ID)
				h.items.Delete(tx, i.ID)
			} else {
				all[i.ID] = i
				h.items.Put(tx, i)
			}
		})
		if step%10 != 0 {
			continue
		}
		g := Range{Prefix: awkward(r), From: awkward(r), To: awkward(r), Desc: r.IntN(2) == 0}
		if r.IntN(2) == 0 {
			g.Prefix = ""
		}
		s := w.Snapshot()
		equal(t, ids(h.items.Range(s, g)), selected(all, g, func(i item) []string { return []string{i.ID} }))
		equal(t, ids(h.byRoom.Range(s, g)), selected(all, g, func(i item) []string { return some(i.Room) }))
		equal(t, ids(h.byTag.Range(s, g)), selected(all, g, func(i item) []string { return i.Tags }))
		key := awkward(r)
		equal(t, ids(h.byTag.All(s, key)), selected(all, Range{From: key, To: key + "\x00"}, func(i item) []string { return i.Tags }))
		equal(t, ids(h.items.All(s, key)), selected(all, Range{Prefix: key}, func(i item) []string { return []string{i.ID} }))
	}
}

// selected is Range done the plain way.
func selected(all map[string]item, g Range, keys func(item) []string) []string {
	type entry struct{ key, id string }
	var entries []entry
	for _, i := range all {
		list := slices.Clone(keys(i))
		slices.Sort(list)
		for _, k := range slices.Compact(list) {
			if strings.HasPrefix(k, g.Prefix) && k >= g.From && (g.To == "" || k < g.To) {
				entries = append(entries, entry{k, i.ID})
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	if g.Desc {
		slices.Reverse(entries)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.id)
	}
	return list
}

// A loop goes on over the collection as it was when it began, whatever its body writes.
func TestWriteWhileIterating(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	var want []string
	for n := range 200 {
		h.put(t, w, item{ID: fmt.Sprintf("%03d", n), Room: "a"})
		want = append(want, fmt.Sprintf("%03d", n))
	}
	update(t, w, func(tx *Tx) {
		var got []string
		for i := range h.byRoom.All(tx, "a") {
			got = append(got, i.ID)
			h.items.Delete(tx, i.ID)
			h.items.Put(tx, item{ID: i.ID + "+", Room: "a", N: 1}) // ahead of the loop
			for j := range h.items.All(tx, i.ID) {                 // an inner loop sees what is there now
				equal(t, j.ID, i.ID+"+")
				break
			}
		}
		equal(t, got, want)
		equal(t, h.items.Len(tx), 200)
		for i := range h.items.All(tx, "") {
			i.Room = "b"
			h.items.Put(tx, i)
		}
		equal(t, ids(h.byRoom.All(tx, "a")), []string{})
		for range h.items.All(tx, "") {
			h.Schema.Clear(tx, "test.items")
		}
		equal(t, h.items.Len(tx), 0)
	})
	err := w.Update(func(tx *Tx) error {
		h.items.Put(tx, item{ID: "x"})
		for range h.items.All(tx, "") {
			h.items.Put(tx, item{ID: "y"})
			return errors.New("no")
		}
		return nil
	})
	equal(t, err.Error(), "no")
	equal(t, h.now(t, w), "")
}

func TestMemo(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	h.put(t, w, item{ID: "a", N: 1})
	calls := 0
	encode := func(i *item) []byte { calls++; return fmt.Append(nil, i.N) }
	memo := func(r Reader, variant string) string {
		row, _ := h.items.Row(r, "a")
		return string(row.Memo(variant, encode))
	}
	s := w.Snapshot()
	equal(t, memo(s, "v1")+memo(s, "v1"), "11")
	equal(t, calls, 1)
	equal(t, memo(s, "v2")+memo(s, "v2"), "11")
	equal(t, calls, 2)
	h.put(t, w, item{ID: "a", N: 2})
	equal(t, memo(w.Snapshot(), "v2")+memo(s, "v2"), "21")
	equal(t, calls, 3)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 500 {
				if got := memo(s, fmt.Sprint(n%3)); got != "1" {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
	row, ok := h.items.Row(s, "b")
	equal(t, ok, false)
	equal(t, row, Row[item]{})
}

// A stamp is that of the records: a write to them makes a new one, whatever world and version it is seen in.
func TestStamp(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	stamp := func(r Reader) uint64 { return h.items.Stamp(r) }
	was := w.Snapshot()
	h.put(t, w, item{ID: "a", N: 1})
	one := w.Snapshot()
	equal(t, stamp(one) != stamp(was), true)
	f, err := h.DB.Fork(one, "f", false)
	equal(t, err, nil)
	equal(t, stamp(f.Snapshot()), stamp(one))
	h.put(t, f, item{ID: "a", N: 2})
	equal(t, stamp(f.Snapshot()) != stamp(one), true)
	equal(t, stamp(w.Snapshot()), stamp(one))
	no := errors.New("no")
	equal(t, w.Update(func(tx *Tx) error {
		h.items.Put(tx, item{ID: "a", N: 3})
		equal(t, stamp(tx) != stamp(one), true)
		return no
	}), no)
	equal(t, stamp(w.Snapshot()) == stamp(f.Snapshot()), false)
	equal(t, w.Restore(was), nil)
	equal(t, stamp(w.Snapshot()), stamp(was))
}

func TestDumpLoad(t *testing.T) {
	h := open(t, Options{})
	w, v := h.create(t, "w"), h.create(t, "v")
	h.put(t, w, item{ID: "b", Email: "b@", Tags: []string{"x"}}, item{ID: "a"})
	update(t, w, func(tx *Tx) { h.notes.Put(tx, note{"n", "<t>"}) })
	equal(t, h.Schema.Collections(), []string{"test.items", "test.notes"})
	update(t, v, func(tx *Tx) {
		for _, c := range h.Schema.Collections() {
			for key, record := range h.Schema.Dump(w.Snapshot(), c) {
				equal(t, key != "", true)
				if err := h.Schema.Load(tx, c, record); err != nil {
					t.Error(err)
				}
			}
		}
	})
	equal(t, h.now(t, v), h.now(t, w))
	for _, bad := range []struct{ collection, record string }{
		{"test.items", `{"id":"c","nonsense":1}`},
		{"test.items", `{"id":3}`},
		{"test.items", `{"id":"c"}{}`},
		{"test.items", `{"id":"c"} x`},
		{"test.items", ``},
		{"test.items", `{"id":"c","email":"b@"}`},
		{"nothing", `{}`},
	} {
		err := v.Update(func(tx *Tx) error { return h.Schema.Load(tx, bad.collection, json.RawMessage(bad.record)) })
		if err == nil {
			t.Errorf("%v: no error", bad)
		}
		equal(t, h.now(t, v), h.now(t, w))
	}
}

// Invariant 1: a fork and its parent do not see each other, grandchildren neither, and a parent may go.
func TestIsolation(t *testing.T) {
	h := open(t, Options{})
	root := h.create(t, "root")
	h.put(t, root, item{ID: "a", N: 1}, item{ID: "b", N: 1})
	child := h.fork(t, root, "child", false)
	grand := h.fork(t, child, "grand", false)
	equal(t, []uint64{root.Born(), child.Born(), grand.Version()}, []uint64{0, 1, 1})
	was := h.now(t, root)
	h.put(t, child, item{ID: "a", N: 2}, item{ID: "c"})
	equal(t, h.now(t, root), was)
	equal(t, h.now(t, grand), was)
	h.put(t, root, item{ID: "a", N: 3})
	update(t, grand, func(tx *Tx) { h.items.Delete(tx, "b") })
	values := func(w *World) (s string) {
		for i := range h.items.All(w.Snapshot(), "") {
			s += fmt.Sprint(i.ID, i.N, " ")
		}
		return s
	}
	equal(t, []string{values(root), values(child), values(grand)}, []string{"a3 b1 ", "a2 b1 c0 ", "a1 "})
	equal(t, h.Worlds(), []string{"child", "grand", "root"})
	held := child.Snapshot()
	for _, name := range []string{"root", "child"} {
		if err := h.Drop(name); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, values(grand), "a1 ")
	_, ok := h.World("root")
	equal(t, ok, false)
	again, err := h.Fork(held, "root", false)
	equal(t, err, nil)
	equal(t, values(again), "a2 b1 c0 ")
}

// Invariant 2: what a snapshot shows never changes, and forks may be made and written while everybody writes.
func TestSnapshotsUnderWriters(t *testing.T) {
	h := open(t, Options{})
	root := h.create(t, "root")
	for n := range 300 {
		h.put(t, root, item{ID: fmt.Sprint(n), Email: fmt.Sprint(n, "@"), Room: "a"})
	}
	base := root.Snapshot()
	want := h.dump(base)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for n := range 60 {
				s := base
				if g%2 == 0 {
					s = root.Snapshot()
				}
				text := h.dump(s)
				f, err := h.Fork(s, fmt.Sprint(g, "-", n), false)
				if err != nil {
					t.Error(err)
					return
				}
				for range 5 {
					id := r.IntN(300)
					h.put(t, f, item{ID: fmt.Sprint(id), Email: fmt.Sprint(id, "@"), Room: "b", N: r.Int()})
					h.put(t, root, item{ID: fmt.Sprint(id), Email: fmt.Sprint(id, "@"), Room: "c", N: r.Int()})
				}
				if h.dump(s) != text || len(h.now(t, f)) == 0 {
					t.Error("a snapshot changed")
				}
				if err := h.Drop(f.Name()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	equal(t, h.dump(base), want)
}

// Invariant 3: an Update that fails, panics or leaves by runtime.Goexit has not happened.
func TestUndo(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	h.put(t, w, item{ID: "a", Email: "a@", Room: "r", Tags: []string{"x", "y"}}, item{ID: "b", Email: "b@", Room: "r"})
	text := h.now(t, w)
	h.fork(t, w, "f", false) // so that half of the writes go to copies
	mess := func(tx *Tx) {
		h.items.Put(tx, item{ID: "a", Email: "new@", Room: "s", Tags: []string{"y", "z"}})
		h.items.Delete(tx, "b")
		h.items.Put(tx, item{ID: "c", Email: "b@"})
		h.items.Put(tx, item{ID: "b", Email: "a@"})
		h.items.Put(tx, item{ID: "b", Room: "t"})
		h.Schema.Clear(tx, "test.items")
		h.items.Put(tx, item{ID: "z"})
	}
	same := func() {
		t.Helper()
		equal(t, h.now(t, w), text)
		equal(t, w.Version(), uint64(1))
		changes, err := w.Changes(1)
		equal(t, err, nil)
		equal(t, changes, []Change{})
	}
	no := errors.New("no")
	equal(t, w.Update(func(tx *Tx) error { mess(tx); return no }), no)
	same()
	func() {
		defer func() { equal(t, recover(), "oops") }()
		w.Update(func(tx *Tx) error { mess(tx); panic("oops") })
	}()
	same()
	done := make(chan bool)
	go func() {
		defer close(done)
		w.Update(func(tx *Tx) error { mess(tx); runtime.Goexit(); return nil })
	}()
	<-done
	same()
	h.put(t, w, item{ID: "d", Email: "d@"})
	equal(t, w.Version(), uint64(2))
}

// A key function that panics leaves no half-made change behind.
func TestKeyFunctionPanics(t *testing.T) {
	var s Schema
	c := NewCollection(&s, "c", func(i *item) string { return i.ID })
	rooms := c.Index("room", func(i *item) []string { return some(i.Room) })
	c.Index("tag", func(i *item) []string { return i.Tags[:1] })
	db, err := Open(&s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, _ := db.Create("w")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		w.Update(func(tx *Tx) error { c.Put(tx, item{ID: "a", Room: "r"}); return nil })
	}()
	equal(t, c.Len(w.Snapshot()), 0)
	equal(t, ids(rooms.All(w.Snapshot(), "r")), []string{})
}

// Invariant 8: N concurrent increments make N.
func TestIncrements(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	h.put(t, w, item{ID: "n"})
	var mu sync.Mutex
	seen := map[uint64]bool{}
	w.OnCommit(func(v uint64) {
		w.View(func(*Tx) error { return nil }) // the lock is free
		mu.Lock()
		seen[v] = true
		mu.Unlock()
	})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 500 {
				update(t, w, func(tx *Tx) {
					i, _ := h.items.Get(tx, "n")
					i.N++
					h.items.Put(tx, i)
				})
			}
		})
	}
	wg.Wait()
	i, _ := h.items.Get(w.Snapshot(), "n")
	equal(t, i.N, 8000)
	equal(t, w.Version(), uint64(8001))
	equal(t, len(seen), 8000)
}

func heap() int64 {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (h *house) fill(t testing.TB, w *World, n int) {
	t.Helper()
	update(t, w, func(tx *Tx) {
		for i := range n {
			h.items.Put(tx, item{ID: fmt.Sprintf("I%06d", i), Email: fmt.Sprint(i, "@example.com"), Room: fmt.Sprint("room", i%40), N: i})
		}
	})
}

// Invariant 9: worlds that are dropped leave nothing; idle ones weigh next to nothing.
func TestHeap(t *testing.T) {
	h := open(t, Options{})
	root := h.create(t, "root")
	h.fill(t, root, 5000)
	base := root.Snapshot()
	trials := func(n int) {
		for i := range n {
			f, err := h.Fork(base, fmt.Sprint("f", i), false)
			if err != nil {
				t.Fatal(err)
			}
			f.Tag()
			if i%10 == 0 {
				h.put(t, f, item{ID: "I000001", N: -1}, item{ID: fmt.Sprint("new", i)})
				f.Save("s")
			}
			if err := h.Drop(f.Name()); err != nil {
				t.Fatal(err)
			}
		}
	}
	trials(1000)
	before := heap()
	trials(10_000)
	if grown := heap() - before; grown > 64<<10 {
		t.Errorf("10,000 forks and drops left %d bytes", grown)
	}

	before = heap()
	for i := range 1000 {
		if _, err := h.Fork(base, fmt.Sprint("idle", i), false); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > 5<<20 {
		t.Errorf("1,000 idle forks weigh %d bytes", grown)
	}
	perFork := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			h.Fork(base, "timed", false)
			h.Drop("timed")
		}
	}).NsPerOp()
	if perFork > 5000 && !testing.Short() {
		t.Errorf("fork and drop take %d ns", perFork)
	}
	t.Logf("fork and drop: %d ns", perFork)
}

// Invariant 10: At shows what was there, restores included; Changes are the difference.
func TestAt(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	r := rand.New(rand.NewPCG(10, 10))
	texts := []string{h.now(t, w)}
	states := []map[string]item{{}}
	all := map[string]item{}
	var snaps []*Snapshot
	var snapStates []map[string]item
	for range 400 {
		switch p := r.IntN(20); {
		case p == 0:
			snaps, snapStates = append(snaps, w.Snapshot()), append(snapStates, maps.Clone(all))
			continue
		case p == 1 && len(snaps) > 0:
			n := r.IntN(len(snaps))
			if err := w.Restore(snaps[n]); err != nil {
				t.Fatal(err)
			}
			all = maps.Clone(snapStates[n])
		default:
			update(t, w, func(tx *Tx) {
				for range 1 + r.IntN(4) {
					i := item{ID: fmt.Sprint(r.IntN(30)), Room: fmt.Sprint(r.IntN(3)), N: r.IntN(3)}
					if r.IntN(3) == 0 && h.items.Delete(tx, i.ID) {
						delete(all, i.ID)
					} else {
						h.items.Put(tx, i)
						all[i.ID] = i
					}
				}
			})
		}
		texts = append(texts, h.now(t, w))
		states = append(states, maps.Clone(all))
	}
	equal(t, w.Version(), uint64(len(texts)-1))
	for v, text := range texts {
		s, err := w.At(uint64(v))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, h.dump(s), text)
		equal(t, s.Version(), uint64(v))
		got, err := w.Changes(uint64(v))
		if err != nil {
			t.Fatal(err)
		}
		was := maps.Clone(states[v])
		last := ""
		for _, c := range got {
			if c.Collection != "test.items" || c.Key <= last || c.Version <= uint64(v) || c.Version > w.Version() {
				t.Fatalf("%+v after %s, since %d", c, last, v)
			}
			last = c.Key
			if old, ok := was[c.Key]; ok != (c.Old != nil) || ok && !reflect.DeepEqual(*c.Old.(*item), old) {
				t.Fatalf("%+v: it was %v", c, old)
			}
			delete(was, c.Key)
			if c.New != nil {
				was[c.Key] = *c.New.(*item)
			}
		}
		equal(t, was, all)
	}
	_, err := w.At(w.Version() + 1)
	equal(t, err, ErrHistory)
	_, err = w.Changes(w.Version() + 1)
	equal(t, err, ErrHistory)

	f := h.fork(t, w, "f", false)
	_, err = f.At(f.Born() - 1)
	equal(t, err, ErrHistory)
	h.put(t, f, item{ID: "x"})
	text := h.now(t, f)
	now, err := f.At(f.Version())
	equal(t, err, nil)
	h.put(t, f, item{ID: "y"})
	equal(t, h.dump(now), text)
	then, err := f.At(f.Born())
	equal(t, err, nil)
	equal(t, h.dump(then), texts[len(texts)-1])
}

// At and Changes may be asked while others write.
func TestAtUnderWriters(t *testing.T) {
	h := open(t, Options{History: 200})
	w := h.create(t, "w")
	sum := func(r Reader) (n int) {
		for i := range h.items.All(r, "") {
			n += i.N
		}
		return n
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 300 {
				update(t, w, func(tx *Tx) { // each version's items add up to its number
					id := fmt.Sprint(tx.Version() % 17)
					i, _ := h.items.Get(tx, id)
					h.items.Put(tx, item{ID: id, N: i.N + 1})
				})
			}
		})
		wg.Go(func() {
			for range 200 {
				v := w.Version()
				if s, err := w.At(v - min(v, 20)); err == nil && sum(s) != int(s.Version()) {
					t.Errorf("at %d there are %d", s.Version(), sum(s))
				}
				if _, err := w.Changes(v); err != nil && err != ErrHistory {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestHistoryIsBounded(t *testing.T) {
	for _, limit := range []int{-1, 1, 10, 100} {
		h := open(t, Options{History: limit})
		w := h.create(t, "w")
		texts := []string{""}
		for n := range 300 {
			update(t, w, func(tx *Tx) {
				for m := range n % 7 {
					h.items.Put(tx, item{ID: fmt.Sprint(m), N: n})
				}
				h.items.Put(tx, item{ID: "n", N: n})
			})
			texts = append(texts, h.now(t, w))
			if got := len(w.history.steps); got > max(limit, 0) {
				t.Fatalf("%d steps of %d", got, limit)
			}
			for v, text := range texts {
				s, err := w.At(uint64(v))
				if v < int(w.history.base) != (err == ErrHistory) {
					t.Fatal(v, w.history.base, err)
				}
				if err == nil && h.dump(s) != text {
					t.Fatalf("at %d of %d with a limit of %d", v, n, limit)
				}
			}
		}
		if limit == 100 && w.Version()-w.history.base < 10 {
			t.Errorf("only %d versions are kept", w.Version()-w.history.base)
		}
	}
	h := open(t, Options{})
	w := h.create(t, "w")
	for range 1000 {
		if err := w.Restore(w.Snapshot()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.history.steps); n > maxRestores {
		t.Errorf("%d whole states are kept", n)
	}
}

// A restore of another world's snapshot, and of another DB's.
func TestRestore(t *testing.T) {
	h := open(t, Options{})
	a, b := h.create(t, "a"), h.create(t, "b")
	h.put(t, a, item{ID: "a", Email: "x@"})
	h.put(t, b, item{ID: "b", Email: "x@"})
	h.put(t, b, item{ID: "b", Email: "y@"})
	committed := uint64(0)
	b.OnCommit(func(v uint64) { committed = v })
	if err := b.Restore(a.Snapshot()); err != nil {
		t.Fatal(err)
	}
	equal(t, h.now(t, b), h.now(t, a))
	equal(t, []uint64{b.Version(), committed}, []uint64{3, 3})
	h.put(t, b, item{ID: "c"})
	equal(t, ids(h.items.All(a.Snapshot(), "")), []string{"a"})

	other, err := Open(&h.Schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := other.Fork(b.Snapshot(), "c", false)
	equal(t, err, nil)
	equal(t, h.now(t, c), h.now(t, b))
	equal(t, a.Restore(c.Snapshot()), nil)
	equal(t, h.now(t, a), h.now(t, b))
}

func TestSaved(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "w")
	_, ok := w.Load("s")
	equal(t, ok, false)
	equal(t, w.Saved(), []SavedSnapshot{})
	h.put(t, w, item{ID: "a"})
	s, err := w.Save("s")
	equal(t, err, nil)
	text := h.dump(s)
	h.put(t, w, item{ID: "b"})
	_, err = w.Save("s")
	equal(t, err, ErrExists)
	w.Save("r")
	got, _ := w.Load("s")
	equal(t, h.dump(got), text)
	list := w.Saved()
	equal(t, []string{list[0].Name, list[1].Name}, []string{"s", "r"})
	equal(t, []uint64{list[0].Version, list[1].Version}, []uint64{1, 2})
	equal(t, w.Unsave("s"), nil)
	equal(t, w.Unsave("s"), ErrNoSaved)
	equal(t, len(w.Saved()), 1)
	h.Drop("w")
	equal(t, len(w.Saved()), 0)
}

func TestTagsAndKeys(t *testing.T) {
	h, same, other := open(t, Options{Seed: 7}), open(t, Options{Seed: 7}), open(t, Options{Seed: 8})
	a, b := h.create(t, "a"), h.create(t, "b")
	a2, a3 := same.create(t, "a"), other.create(t, "a")
	equal(t, len(a.Tag()), 8)
	equal(t, strings.Trim(a.Tag()+b.Tag(), tagAlphabet), "")
	equal(t, a.Tag(), a2.Tag())
	equal(t, a.Tag() != b.Tag() && a.Tag() != a3.Tag(), true)
	equal(t, len(a.Key("p")), 32)
	equal(t, a.Key("p"), a2.Key("p"))
	for _, k := range [][]byte{a.Key("q"), b.Key("p"), a3.Key("p")} {
		equal(t, bytes.Equal(k, a.Key("p")), false)
	}
	for _, w := range []*World{a, b} {
		got, ok := h.ByTag(w.Tag())
		equal(t, ok, true)
		equal(t, got, w)
	}
	got, ok := same.ByTag(a.Tag()) // nobody asked for a tag there
	equal(t, ok, true)
	equal(t, got, a2)
	_, ok = h.ByTag("00000000")
	equal(t, ok, false)
	tag := a.Tag()
	h.Drop("a")
	_, ok = h.ByTag(tag)
	equal(t, ok, false)
	a = h.create(t, "a")
	equal(t, a.Tag(), tag)

	// A tag that another world has is not given out again.
	h.Drop("a")
	h.mu.Lock()
	h.tags[tag] = b
	h.mu.Unlock()
	a = h.create(t, "a")
	equal(t, a.Tag() != tag, true)
}

// What an index is asked by its keys comes without the rest.
func TestWhere(t *testing.T) {
	h := open(t, Options{})
	w := h.create(t, "where")
	w.Update(func(tx *Tx) error {
		for _, i := range []item{{ID: "1", Room: "east\x00wing"}, {ID: "2", Room: "west"}, {ID: "3", Room: "north"}} {
			h.items.Put(tx, i)
		}
		return nil
	})
	w.View(func(tx *Tx) error {
		var got []string
		for r := range h.byRoom.Where(tx, Range{}, func(key string) bool { return strings.HasSuffix(key, "st") || key == "east\x00wing" }) {
			got = append(got, r.Value().ID)
		}
		if want := []string{"1", "2"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		return nil
	})
}

// Keys and Count say of an index what Range would, without the records.
func TestIndexKeys(t *testing.T) {
	h := open(t, Options{})
	w, err := h.Create("keys")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Update(func(tx *Tx) error {
		for n := range 900 {
			h.items.Put(tx, item{ID: fmt.Sprint(n), Email: fmt.Sprint("e", n), Room: fmt.Sprint("r", n%3), Tags: []string{"a\x00", fmt.Sprint("t", n%2)}})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.View(func(tx *Tx) error {
		for _, g := range []Range{{}, {Prefix: "r"}, {From: "r1", To: "r2"}, {From: "r1", Desc: true}, {Prefix: "a\x00"}, {From: "t1", To: "t1\x00"}, {Prefix: "x"}} {
			for _, x := range []*Index[item]{h.email, h.byRoom, h.byTag} {
				var want []string
				for i := range x.Range(tx, g) {
					want = append(want, i.ID)
				}
				if got := slices.Collect(x.Keys(tx, g)); !slices.Equal(got, want) {
					t.Errorf("%+v: got keys %v, want %v", g, got, want)
				}
				if got := x.Count(tx, g); got != len(want) {
					t.Errorf("%+v: counted %d, want %d", g, got, len(want))
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
