package cxdb

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// A Finding is what Verify found.
type Finding struct {
	Contexts, Turns, Blobs uint64
	Problems               []string
}

// Verify reads all there is and checks it: every blob against its hash, every record against its sum, that every head,
// parent and payload is there, that depths follow each other, and that the indexes say what the turns do.
func (s *Store) Verify(_ context.Context) (f Finding, err error) {
	bad := func(format string, args ...any) { f.Problems = append(f.Problems, fmt.Sprintf(format, args...)) }
	err = s.db.View(func(tx *badger.Txn) error {
		r := reader{tx}
		err := r.each([]byte("b/"), nil, false, func(key []byte, _ *badger.Item) (bool, error) {
			f.Blobs++
			if len(key) != 2+len(Hash{}) {
				bad("blob with the key %q", key)
			} else if _, err := r.blob(Hash(key[2:])); err != nil {
				bad("%v", err)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		err = r.each([]byte("t/"), nil, false, func(key []byte, _ *badger.Item) (bool, error) {
			f.Turns++
			if err := r.verifyTurn(number(key[2:])); err != nil {
				bad("%v", err)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		err = r.each([]byte("n/"), nil, false, func(key []byte, _ *badger.Item) (bool, error) {
			if t, err := r.turn(number(key[10:])); err != nil || t.Parent != number(key[2:10]) {
				bad("the children of turn %d have turn %d: %v", number(key[2:10]), number(key[10:]), err)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		err = r.each([]byte("f/"), nil, false, func(key []byte, _ *badger.Item) (bool, error) {
			var root []byte
			if _, err := r.get(key, &root); err != nil || len(root) != len(Hash{}) {
				bad("file tree of turn %d: %v", number(key[2:]), err)
			} else if ok, err := r.has(blobKey(Hash(root))); err != nil || !ok {
				bad("file tree of turn %d: blob %x is missing: %v", number(key[2:]), root, err)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		return r.each([]byte("c/"), nil, false, func(key []byte, _ *badger.Item) (bool, error) {
			f.Contexts++
			if err := r.verifyContext(number(key[2:])); err != nil {
				bad("%v", err)
			}
			return true, nil
		})
	})
	if t := s.Totals(); err == nil && (t.Turns != f.Turns || t.Contexts != f.Contexts || t.Blobs != f.Blobs) {
		bad("the totals are %d contexts, %d turns, %d blobs; there are %d, %d, %d",
			t.Contexts, t.Turns, t.Blobs, f.Contexts, f.Turns, f.Blobs)
	}
	return f, err
}

func (r reader) verifyTurn(id uint64) error {
	t, err := r.turn(id)
	if err != nil {
		return err
	}
	if t.ID != id {
		return fmt.Errorf("turn %d says it is %d", id, t.ID)
	}
	if ok, err := r.has(blobKey(t.Hash)); err != nil || !ok {
		return fmt.Errorf("turn %d: blob %s is missing: %v", id, t.Hash, err)
	}
	if ok, err := r.has(childKey(t.Parent, id)); err != nil || !ok {
		return fmt.Errorf("turn %d is not among the children of %d: %v", id, t.Parent, err)
	}
	if _, err := r.context(t.Context); err != nil {
		return fmt.Errorf("turn %d: %w", id, err)
	}
	var depth uint32
	if t.Parent != 0 {
		p, err := r.turn(t.Parent)
		if err != nil {
			return fmt.Errorf("the parent of turn %d: %w", id, err)
		}
		depth = p.Depth + 1
	}
	if t.Depth != depth {
		return fmt.Errorf("turn %d has depth %d, not %d", id, t.Depth, depth)
	}
	return nil
}

func (r reader) verifyContext(id uint64) error {
	c, err := r.context(id)
	if err != nil {
		return err
	}
	for _, turn := range []uint64{c.Head, c.Base} {
		if turn == 0 {
			continue
		}
		t, err := r.turn(turn)
		if err != nil {
			return fmt.Errorf("context %d: %w", id, err)
		}
		if turn == c.Head && t.Depth != c.Depth {
			return fmt.Errorf("context %d has depth %d, its head %d", id, c.Depth, t.Depth)
		}
	}
	return nil
}
