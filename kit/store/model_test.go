package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// A model is what a world should be: the items of each version still to be told.
type model struct {
	items    map[string]item
	versions map[uint64]map[string]item
	saved    map[string]map[string]item
	durable  bool
}

func newModel(items map[string]item, version uint64, durable bool) *model {
	return &model{maps.Clone(items), map[uint64]map[string]item{version: maps.Clone(items)}, map[string]map[string]item{}, durable}
}

// verify compares a reader with a model: every record, and every index with its rebuild (invariant 4).
func (h *house) verify(t *testing.T, r Reader, want map[string]item) {
	t.Helper()
	got := map[string]item{}
	for i := range h.items.All(r, "") {
		got[i.ID] = i
	}
	equal(t, got, want)
	equal(t, h.items.Len(r), len(want))
	for _, x := range []*Index[item]{h.email, h.byRoom, h.byTag} {
		for _, desc := range []bool{false, true} {
			keys := func(i item) []string { return x.x.keys(&i) }
			equal(t, ids(x.Range(r, Range{Desc: desc})), selected(want, Range{Desc: desc}, keys))
		}
	}
	for _, i := range want {
		if i.Email != "" {
			by, ok := h.email.Get(r, i.Email)
			equal(t, ok, true)
			equal(t, by.ID, i.ID)
		}
	}
}

func (h *house) verifyAll(t *testing.T, models map[string]*model) {
	t.Helper()
	equal(t, h.Worlds(), slices.Sorted(maps.Keys(models)))
	for name, m := range models {
		w, ok := h.World(name)
		equal(t, ok, true)
		if err := w.View(func(tx *Tx) error { h.verify(t, tx, m.items); return nil }); err != nil {
			t.Fatal(err)
		}
		for v, want := range m.versions {
			s, err := w.At(v)
			if err != nil {
				t.Fatal(err)
			}
			h.verify(t, s, want)
		}
		equal(t, len(w.Saved()), len(m.saved))
		for name, want := range m.saved {
			s, ok := w.Load(name)
			equal(t, ok, true)
			h.verify(t, s, want)
		}
	}
}

// Random operations on a forest of worlds and snapshots do what they do to maps, in memory, on disk, and on a disk that
// is closed and opened in between (invariants 4 and 7).
func TestModel(t *testing.T) {
	for seed := range uint64(6) {
		for _, mode := range []string{"memory", "check", "disk"} {
			t.Run(fmt.Sprint(mode, seed), func(t *testing.T) { testModel(t, seed, mode) })
		}
	}
}

func testModel(t *testing.T, seed uint64, mode string) {
	r := rand.New(rand.NewPCG(seed, 3))
	o := Options{}
	if mode == "disk" {
		o.Dir, o.NoSync, o.memTable = t.TempDir(), true, 256<<10
	}
	h := open(t, o)
	h.Schema.Check = mode == "check"
	models := map[string]*model{"root": newModel(nil, 0, true)}
	models["root"].items = map[string]item{}
	models["root"].versions[0] = map[string]item{}
	h.create(t, "root")
	type held struct {
		s     *Snapshot
		items map[string]item
	}
	var snaps []held
	no := errors.New("no")
	names := 0
	steps := 400
	if testing.Short() {
		steps = 100
	}
	for range steps {
		all := slices.Sorted(maps.Keys(models))
		name := all[r.IntN(len(all))]
		m := models[name]
		w, ok := h.World(name)
		if !ok {
			t.Fatal("no world " + name)
		}
		switch p := r.IntN(100); {
		case p < 70:
			items := maps.Clone(m.items)
			fail := r.IntN(4) == 0
			violated := false
			wrote := false
			err := w.Update(func(tx *Tx) error {
				count := 1 + r.IntN(12)
				if r.IntN(40) == 0 {
					count = 800 // more than one Badger transaction takes
				}
				for range count {
					id := fmt.Sprint("k", r.IntN(200))
					if r.IntN(4) == 0 {
						_, had := items[id]
						if h.items.Delete(tx, id) != had {
							t.Error("Delete of ", id)
						}
						delete(items, id)
						wrote = wrote || had
						continue
					}
					i := item{ID: id, Room: fmt.Sprint("c", r.IntN(5)), N: r.Int()}
					for range r.IntN(3) {
						i.Tags = append(i.Tags, pick(r, "\x00", "\x01", "a", "\u00ff", "\U0010ffff"))
					}
					if r.IntN(3) == 0 {
						i.Email = fmt.Sprint("e", r.IntN(2000))
					}
					for _, other := range items {
						if other.ID != id && i.Email != "" && other.Email == i.Email {
							violated = true
							i.Email = ""
							if r.IntN(3) == 0 {
								i.Email = other.Email
								h.items.Put(tx, i)
								return nil
							}
							violated = false
						}
					}
					h.items.Put(tx, i)
					items[id] = i
					wrote = true
				}
				if fail {
					return no
				}
				return nil
			})
			_, unique := errors.AsType[*UniqueError](err)
			if unique != violated || fail && !violated && err != no || !fail && !violated && err != nil {
				t.Fatal(err, fail, violated)
			}
			if err == nil {
				m.items = items
				if wrote {
					m.versions[w.Version()] = maps.Clone(items)
				}
			}
		case p < 77 && len(models) < 10:
			names++
			child := fmt.Sprint("f", names)
			durable := r.IntN(2) == 0
			h.fork(t, w, child, durable)
			models[child] = newModel(m.items, w.Version(), durable && m.durable || durable && mode == "disk")
		case p < 82:
			snaps = append(snaps, held{w.Snapshot(), maps.Clone(m.items)})
		case p < 86 && len(snaps) > 0:
			s := snaps[r.IntN(len(snaps))]
			if err := w.Restore(s.s); err != nil {
				t.Fatal(err)
			}
			m.items = maps.Clone(s.items)
			m.versions[w.Version()] = maps.Clone(m.items)
		case p < 89:
			names++
			if _, err := w.Save(fmt.Sprint("s", names)); err != nil {
				t.Fatal(err)
			}
			m.saved[fmt.Sprint("s", names)] = maps.Clone(m.items)
		case p < 91:
			for saved := range m.saved {
				if err := w.Unsave(saved); err != nil {
					t.Fatal(err)
				}
				delete(m.saved, saved)
				break
			}
		case p < 95 && len(models) > 3:
			if err := h.Drop(name); err != nil {
				t.Fatal(err)
			}
			delete(models, name)
		case p < 97 && mode == "disk":
			if err := h.DB.Close(); err != nil {
				t.Fatal(err)
			}
			for _, s := range snaps {
				h.verify(t, s.s, s.items)
			}
			snaps = nil
			h = open(t, o)
			for name, m := range models {
				if !m.durable {
					delete(models, name)
					continue
				}
				w, _ := h.World(name)
				m.versions = map[uint64]map[string]item{w.Version(): maps.Clone(m.items)}
			}
			h.verifyAll(t, models)
			if len(models) == 0 {
				models["root"] = newModel(map[string]item{}, 0, true)
				h.create(t, "root")
			}
		}
	}
	h.verifyAll(t, models)
	for _, s := range snaps {
		h.verify(t, s.s, s.items)
	}
}
