package store

import (
	"fmt"
	"strings"
	"testing"
)

// With Check on, a record changed without Put is found by the transaction that changed it, or by whoever meets it next.
func TestCheck(t *testing.T) {
	found := func(t *testing.T, f func()) {
		t.Helper()
		defer func() {
			t.Helper()
			got := fmt.Sprint(recover())
			for _, part := range []string{"test.items", `"a"`, `tags ["x","y"] is now ["x","z"]`} {
				if !strings.Contains(got, part) {
					t.Errorf("%q does not say %q", got, part)
				}
			}
		}()
		f()
	}
	begin := func(t *testing.T) (*house, *World, []string) {
		h := open(t, Options{})
		h.Schema.Check = true
		w := h.create(t, "w")
		tags := []string{"x", "y"}
		h.put(t, w, item{ID: "a", Room: "r", Tags: tags}, item{ID: "b"})
		return h, w, tags
	}

	t.Run("by the Update that does it", func(t *testing.T) {
		h, w, _ := begin(t)
		found(t, func() {
			w.Update(func(tx *Tx) error {
				i, _ := h.items.Get(tx, "a")
				i.Tags[1] = "z"
				return nil
			})
		})
		found(t, func() {
			w.Update(func(tx *Tx) error {
				i, _ := h.items.Get(tx, "a") // again: the panic undid what was put, but this was not
				h.items.Put(tx, i)
				return nil
			})
		})
	})
	t.Run("by the View that does it", func(t *testing.T) {
		h, w, _ := begin(t)
		found(t, func() {
			w.View(func(tx *Tx) error {
				for row := range h.byRoom.Rows(tx, Range{}) {
					row.Value().Tags[1] = "z"
				}
				return nil
			})
		})
	})
	for name, meet := range map[string]func(h *house, w *World){
		"Get":      func(h *house, w *World) { w.Update(func(tx *Tx) error { h.items.Get(tx, "a"); return nil }) },
		"All":      func(h *house, w *World) { w.Update(func(tx *Tx) error { ids(h.items.All(tx, "")); return nil }) },
		"Index":    func(h *house, w *World) { w.View(func(tx *Tx) error { h.byRoom.Get(tx, "r"); return nil }) },
		"Put":      func(h *house, w *World) { w.Update(func(tx *Tx) error { h.items.Put(tx, item{ID: "a"}); return nil }) },
		"Delete":   func(h *house, w *World) { w.Update(func(tx *Tx) error { h.items.Delete(tx, "a"); return nil }) },
		"Snapshot": func(h *house, w *World) { w.Snapshot() },
	} {
		t.Run("later by "+name, func(t *testing.T) {
			h, w, tags := begin(t)
			tags[1] = "z" // the caller kept what it put
			h.put(t, w, item{ID: "b", N: 1})
			found(t, func() { meet(h, w) })
		})
	}
	t.Run("later by Fork", func(t *testing.T) {
		h, w, tags := begin(t)
		s := w.Snapshot()
		tags[1] = "z"
		found(t, func() { h.Fork(s, "f", false) })
	})
	t.Run("in a snapshot", func(t *testing.T) {
		h, w, tags := begin(t)
		s := w.Snapshot()
		tags[1] = "z"
		found(t, func() { h.items.Get(s, "a") })
	})
	t.Run("in a world read from disk", func(t *testing.T) {
		o := Options{Dir: t.TempDir()}
		h := open(t, o)
		h.put(t, h.create(t, "w"), item{ID: "a", Tags: []string{"x", "y"}})
		h.DB.Close()
		h = &house{}
		h.register()
		h.Schema.Check = true
		db, err := Open(&h.Schema, o)
		equal(t, err, nil)
		defer db.Close()
		w, _ := db.World("w")
		row, _ := h.items.Row(w.Snapshot(), "a")
		row.Value().Tags[1] = "z"
		found(t, func() { w.Snapshot() })
	})
	t.Run("not when it is cloned and put", func(t *testing.T) {
		h, w, _ := begin(t)
		update(t, w, func(tx *Tx) {
			i, _ := h.items.Get(tx, "a")
			i.Tags = append([]string{"w"}, i.Tags...)
			h.items.Put(tx, i)
		})
		h.fork(t, w, "f", false)
		equal(t, ids(h.byTag.All(w.Snapshot(), "w")), []string{"a"})
	})
}
