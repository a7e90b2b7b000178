package cxdb

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// TestCorruptRecords flips one bit in every record there is and expects each read of it to say so.
func TestCorruptRecords(t *testing.T) {
	ctx, s := context.Background(), open(t)
	p := s.Everything()
	c := must(p.Create(ctx, 0))(t)
	tree, _, err := p.PutBlob(ctx, encodeTree(nil))
	if err != nil {
		t.Fatal(err)
	}
	a := say(strings.Repeat("text ", 100))
	a.FS, a.Key = tree, "key"
	turn := must(p.Append(ctx, c.ID, a))(t)
	events, stop := p.Listen()
	defer stop()

	flip := func(key []byte) (undo func()) {
		var old []byte
		err := s.db.Update(func(tx *badger.Txn) error {
			item, err := tx.Get(key)
			if err != nil {
				return err
			}
			if old, err = item.ValueCopy(nil); err != nil {
				return err
			}
			bad := bytes.Clone(old)
			bad[len(bad)/2] ^= 4
			return tx.Set(key, bad)
		})
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := s.db.Update(func(tx *badger.Txn) error { return tx.Set(key, old) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, test := range []struct {
		name string
		key  []byte
		read func() error
	}{
		{"blob", blobKey(turn.Hash), func() error { _, err := p.Blob(ctx, turn.Hash); return err }},
		{"payload", blobKey(turn.Hash), func() error { _, err := p.Typed(ctx, c.ID, 0, 1); return err }},
		{"turn", turnKey(turn.ID), func() error { _, err := p.Turn(ctx, turn.ID); return err }},
		{"last", turnKey(turn.ID), func() error { _, err := p.Last(ctx, c.ID, 1); return err }},
		{"scan", turnKey(turn.ID), func() error { return p.Scan(ctx, 0, nil, func(Turn) bool { return true }) }},
		{"fork", turnKey(turn.ID), func() error { _, err := p.Create(ctx, turn.ID); return err }},
		{"context", contextKey(c.ID), func() error { _, err := p.Context(ctx, c.ID); return err }},
		{"append", contextKey(c.ID), func() error { _, err := p.Append(ctx, c.ID, say("x")); return err }},
		{"list", contextKey(c.ID), func() error { return p.Contexts(ctx, func(Context) bool { return true }) }},
		{"fs", fsKey(turn.ID), func() error { _, err := p.FSRoot(ctx, turn.ID); return err }},
		{"tree", blobKey(tree), func() error { _, _, err := p.Open(ctx, tree, ""); return err }},
		{"key", onceKey(c.ID, "key"), func() error { _, err := p.Append(ctx, c.ID, a); return err }},
	} {
		t.Run(test.name, func(t *testing.T) {
			undo := flip(test.key)
			wantErr(t, test.read(), ErrCorrupt)
			if found := must(s.Verify(ctx))(t); len(found.Problems) == 0 && test.name != "key" {
				t.Error("verify saw nothing")
			}
			undo()
			if test.name == "fork" || test.name == "append" || test.name == "key" {
				return // a second try would write
			}
			if err := test.read(); err != nil {
				t.Error(err)
			}
		})
	}
	if e := <-events; e.Kind != "error_occurred" || e.Data["kind"] != "corrupt" {
		t.Errorf("event: %+v", e)
	}
}

// TestCorruptFiles flips bytes in the files themselves: what is read is right or refused, never wrong.
func TestCorruptFiles(t *testing.T) {
	dir := t.TempDir()
	ctx, s := context.Background(), openAt(t, dir)
	p := s.Everything()
	c := must(p.Create(ctx, 0))(t)
	rng := rand.New(rand.NewPCG(3, 4))
	want := map[uint64]Hash{}
	for i := range 40 {
		text := make([]byte, 1+rng.IntN(100_000)*(i%2)) // in tables and in the value log
		for i := range text {
			text[i] = byte(rng.Uint32())
		}
		turn := must(p.Append(ctx, c.ID, say(string(text))))(t)
		want[turn.ID] = turn.Hash
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 30 {
		copied := t.TempDir()
		var hit string
		for i, at := 0, rng.IntN(len(names)); i < len(names); i++ {
			b, err := os.ReadFile(names[i])
			if err != nil {
				t.Fatal(err)
			}
			if ext := filepath.Ext(names[i]); i == at && (ext == ".sst" || ext == ".vlog") {
				hit = ext
				for range 8 {
					b[rng.IntN(len(b))] ^= byte(1 + rng.IntN(255))
				}
			}
			if err := os.WriteFile(filepath.Join(copied, filepath.Base(names[i])), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Open(copied, Options{})
		if err != nil {
			refused++
			continue
		}
		for id, h := range want {
			turn, err := s.Everything().Turn(ctx, id)
			if err == nil && turn.Hash != h {
				t.Errorf("%s: turn %d has another hash", hit, id)
			}
			b, err2 := s.Everything().Blob(ctx, h)
			if err2 == nil && Sum(b) != h {
				t.Errorf("%s: blob of turn %d is another", hit, id)
			}
			if err != nil || err2 != nil {
				refused++
			}
		}
		if err := s.Close(); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no flip was noticed: the test does not reach the data")
	}
}
