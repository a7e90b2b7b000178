package store

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// seeded is a world of 5,000 items with two indexes.
func seeded(b *testing.B, o Options) (*house, *World) {
	h := open(b, o)
	w := h.create(b, "root")
	h.fill(b, w, 5000)
	return h, w
}

func BenchmarkGet(b *testing.B) {
	h, w := seeded(b, Options{})
	b.ReportAllocs()
	w.View(func(tx *Tx) error {
		for b.Loop() {
			h.items.Get(tx, "I003333")
		}
		return nil
	})
}

func BenchmarkGetUnique(b *testing.B) {
	h, w := seeded(b, Options{})
	b.ReportAllocs()
	w.View(func(tx *Tx) error {
		for b.Loop() {
			h.email.Get(tx, "3333@example.com")
		}
		return nil
	})
}

func BenchmarkUpdate(b *testing.B) {
	h, w := seeded(b, Options{})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		w.Update(func(tx *Tx) error {
			i, _ := h.items.Get(tx, "I003333")
			i.N = n
			h.items.Put(tx, i)
			return nil
		})
	}
}

func BenchmarkInsert(b *testing.B) {
	h, w := seeded(b, Options{})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		w.Update(func(tx *Tx) error {
			h.items.Put(tx, item{ID: fmt.Sprintf("J%08d", n), Email: fmt.Sprintf("%d@new", n), Room: "room7"})
			return nil
		})
	}
}

// The newest 50 of one room, by an index, and by keys that are in that order.
func BenchmarkNewest50(b *testing.B) {
	h, w := seeded(b, Options{})
	for _, bench := range []struct {
		name string
		scan func(r Reader) int
	}{
		{"index", func(r Reader) (n int) {
			for range h.byRoom.Rows(r, Range{Prefix: "room7", Desc: true}) {
				if n++; n == 50 {
					break
				}
			}
			return n
		}},
		{"key", func(r Reader) (n int) {
			for range h.items.Rows(r, Range{Prefix: "I00", Desc: true}) {
				if n++; n == 50 {
					break
				}
			}
			return n
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			w.View(func(tx *Tx) error {
				for b.Loop() {
					if bench.scan(tx) != 50 {
						b.Fatal("not 50")
					}
				}
				return nil
			})
		})
	}
}

func BenchmarkForkDrop(b *testing.B) {
	h, w := seeded(b, Options{})
	s := w.Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		h.Fork(s, "f", false)
		h.Drop("f")
	}
}

func BenchmarkFork50ChangesDrop(b *testing.B) {
	h, w := seeded(b, Options{})
	s := w.Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		f, _ := h.Fork(s, "f", false)
		for n := range 50 {
			f.Update(func(tx *Tx) error {
				i, _ := h.items.Get(tx, fmt.Sprintf("I%06d", n*97))
				i.N = -1
				h.items.Put(tx, i)
				return nil
			})
		}
		h.Drop("f")
	}
}

func BenchmarkSnapshot(b *testing.B) {
	_, w := seeded(b, Options{})
	b.ReportAllocs()
	for b.Loop() {
		w.Snapshot()
	}
}

// One-record commits of 16 writers to a world apiece and to one world, each synced to disk.
func BenchmarkDurable(b *testing.B) {
	for _, worlds := range []int{1, 16} {
		b.Run(fmt.Sprint(worlds, "worlds"), func(b *testing.B) {
			h := open(b, Options{Dir: b.TempDir()})
			var all []*World
			for n := range worlds {
				all = append(all, h.create(b, fmt.Sprint("w", n)))
			}
			var next atomic.Int64
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				id := next.Add(1)
				w := all[id%int64(worlds)]
				for n := 0; p.Next(); n++ {
					err := w.Update(func(tx *Tx) error {
						h.items.Put(tx, item{ID: fmt.Sprint("I", id, "-", n%100), Room: "r", N: n})
						return nil
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func BenchmarkReopen(b *testing.B) {
	for _, n := range []int{5000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			h := open(b, Options{Dir: dir, NoSync: true})
			h.fill(b, h.create(b, "w"), n)
			h.DB.Close()
			for b.Loop() {
				h := open(b, Options{Dir: dir, NoSync: true})
				w, _ := h.World("w")
				if h.items.Len(w.Snapshot()) != n {
					b.Fatal("not all")
				}
				b.StopTimer()
				h.DB.Close()
				b.StartTimer()
			}
		})
	}
}
