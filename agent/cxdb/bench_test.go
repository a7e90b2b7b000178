package cxdb

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// payloadSize is about what a turn of an agent has.
const payloadSize = 512

func benchPayload(n uint64) []byte {
	b := make([]byte, payloadSize)
	rng := rand.New(rand.NewPCG(n, 1))
	for i := range b {
		b[i] = "abcdefgh"[rng.IntN(8)]
	}
	return encode(mapping{{uint64(1), string(b)}})
}

// BenchmarkAppend appends durable turns, and beside it writes what a turn writes with Badger alone: three keys, a sync
// for each transaction. Many writers share the store's syncs; Badger's own transactions share them too.
//
//	go test ./cxdb -run XXX -bench . -benchtime 2s
func BenchmarkAppend(b *testing.B) {
	ctx := context.Background()
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("cxdb/writers=%d", writers), func(b *testing.B) {
			p := open(b).Everything()
			var n atomic.Uint64
			perSecond(b, writers, func(next func() bool) {
				c, err := p.Create(ctx, 0)
				for err == nil && next() {
					_, err = p.Append(ctx, c.ID, Append{TypeID: "t", TypeVersion: 1, Payload: benchPayload(n.Add(1))})
				}
				if err != nil {
					b.Error(err)
				}
			})
		})
		b.Run(fmt.Sprintf("badger/writers=%d", writers), func(b *testing.B) {
			db := open(b).db
			var n atomic.Uint64
			perSecond(b, writers, func(next func() bool) {
				for next() {
					id := n.Add(1)
					payload := benchPayload(id)
					err := db.Update(func(tx *badger.Txn) error {
						k := binary.BigEndian.AppendUint64(nil, id)
						return firstError(tx.Set(append([]byte("B"), k...), pack(payload)), tx.Set(append([]byte("T"), k...), payload[:80]),
							tx.Set(append([]byte("N"), k...), nil))
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// perSecond runs b.N steps from one or many goroutines and reports the rate.
func perSecond(b *testing.B, writers int, work func(next func() bool)) {
	b.ResetTimer()
	if writers == 1 {
		i := 0
		work(func() bool { i++; return i <= b.N })
	} else {
		b.SetParallelism(writers / 2)
		b.RunParallel(func(pb *testing.PB) { work(pb.Next) })
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
}

// BenchmarkRead reads turns with their payloads, proven by their hashes, and beside it the same bytes from Badger alone.
func BenchmarkRead(b *testing.B) {
	ctx := context.Background()
	s := open(b)
	p := s.Everything()
	c, err := p.Create(ctx, 0)
	if err != nil {
		b.Fatal(err)
	}
	const turns = 2000
	done := make(chan error)
	for i := range uint64(turns) {
		go func() {
			_, err := p.Append(ctx, c.ID, Append{TypeID: "t", TypeVersion: 1, Payload: benchPayload(i)})
			done <- err
		}()
	}
	for range turns {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.Run("cxdb", func(b *testing.B) {
		for i := range b.N {
			t, err := p.Turn(ctx, uint64(i%turns+1))
			if err == nil {
				_, err = p.payload(ctx, t)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
	})
	b.Run("badger", func(b *testing.B) {
		for i := range b.N {
			err := s.db.View(func(tx *badger.Txn) error {
				r := reader{tx}
				t, err := r.turn(uint64(i%turns + 1))
				if err == nil {
					_, err = r.raw(blobKey(t.Hash))
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
	})
}
