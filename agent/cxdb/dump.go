package cxdb

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/dgraph-io/badger/v4"
)

// A dumped line holds one of these. The last one is the end, so that a cut dump is noticed.
type dumped struct {
	Bundle  json.RawMessage `json:"bundle,omitempty"`
	Blob    *dumpedBlob     `json:"blob,omitempty"`
	Turn    *Turn           `json:"turn,omitempty"`
	Context *Context        `json:"context,omitempty"`
	FS      *dumpedFS       `json:"fs,omitempty"`
	End     *Finding        `json:"end,omitempty"`
}

type dumpedBlob struct {
	Hash  Hash   `json:"hash"`
	Bytes []byte `json:"bytes"`

	// Owner is a namespace that may read it; the other owners follow in lines without bytes.
	Owner *string `json:"owner,omitempty"`
}

type dumpedFS struct {
	Turn uint64 `json:"turn_id,string"`
	Root Hash   `json:"root"`
}

// Export writes all there is as JSON lines: one moment of the store, every blob proven. Idempotency keys are left out.
func (s *Store) Export(_ context.Context, out io.Writer) error {
	b := bufio.NewWriter(out)
	e := json.NewEncoder(b)
	var end Finding
	err := s.view(func(r reader) error {
		each := func(prefix string, f func(key []byte) error) error {
			return r.each([]byte(prefix), nil, false, func(key []byte, _ *badger.Item) (bool, error) { return true, f(key) })
		}
		return firstError(
			each("r/", func(key []byte) error {
				var raw []byte
				_, err := r.get(key, &raw)
				return firstError(err, e.Encode(dumped{Bundle: raw}))
			}),
			each("b/", func(key []byte) error {
				h := Hash(key[2:])
				blob, err := r.blob(h)
				end.Blobs++
				return firstError(err, e.Encode(dumped{Blob: &dumpedBlob{Hash: h, Bytes: blob}}))
			}),
			each("o/", func(key []byte) error {
				i := len(key) - len(Hash{})
				owner := string(key[2 : i-1])
				return e.Encode(dumped{Blob: &dumpedBlob{Hash: Hash(key[i:]), Owner: &owner}})
			}),
			each("c/", func(key []byte) error {
				c, err := r.context(number(key[2:]))
				end.Contexts++
				return firstError(err, e.Encode(dumped{Context: &c}))
			}),
			each("t/", func(key []byte) error {
				t, err := r.turn(number(key[2:]))
				end.Turns++
				return firstError(err, e.Encode(dumped{Turn: &t}))
			}),
			each("f/", func(key []byte) error {
				var root []byte
				_, err := r.get(key, &root)
				if err != nil || len(root) != len(Hash{}) {
					return firstError(err, refuse(ErrCorrupt, "record %q is no hash", key))
				}
				return e.Encode(dumped{FS: &dumpedFS{number(key[2:]), Hash(root)}})
			}),
			e.Encode(dumped{End: &end}))
	})
	return firstError(err, b.Flush())
}

// importGroup is how many lines share a sync.
const importGroup = 256

// Import reads a dump into an empty store and verifies what it got. Ids stay as they were.
func (s *Store) Import(ctx context.Context, in io.Reader) (Finding, error) {
	if s.Totals() != (Totals{}) {
		return Finding{}, refuse(ErrConflict, "a dump can only be read into an empty store")
	}
	d := json.NewDecoder(bufio.NewReader(in))
	var group []dumped
	flush := func() error {
		lines := group
		group = nil
		size := 0
		for _, l := range lines {
			if l.Blob != nil {
				size += len(l.Blob.Bytes)
			}
		}
		return s.write(ctx, &op{size: size, do: func(w *writer) error {
			for _, l := range lines {
				if err := w.restore(l); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	var end *Finding
	for end == nil {
		var l dumped
		if err := d.Decode(&l); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return Finding{}, refuse(ErrInvalid, "dump: %v", err)
		}
		if end = l.End; end != nil {
			break
		}
		if l.Bundle != nil {
			if _, err := s.PutBundle(ctx, l.Bundle); err != nil {
				return Finding{}, err
			}
			continue
		}
		// A large blob goes alone: a transaction has its limit.
		if group = append(group, l); len(group) == importGroup || l.Blob != nil && len(l.Blob.Bytes) > 16<<10 {
			if err := flush(); err != nil {
				return Finding{}, err
			}
		}
	}
	if err := flush(); err != nil {
		return Finding{}, err
	}
	f, err := s.Verify(ctx)
	if err == nil && (f.Contexts != end.Contexts || f.Turns != end.Turns || f.Blobs != end.Blobs) {
		err = refuse(ErrCorrupt, "the dump says it has %d contexts, %d turns, %d blobs; it had %d, %d, %d",
			end.Contexts, end.Turns, end.Blobs, f.Contexts, f.Turns, f.Blobs)
	}
	return f, err
}

// restore writes what a line of a dump says.
func (w *writer) restore(l dumped) error {
	switch {
	case l.Blob != nil && l.Blob.Owner != nil:
		w.set(ownKey(*l.Blob.Owner, l.Blob.Hash), nil)
	case l.Blob != nil:
		if Sum(l.Blob.Bytes) != l.Blob.Hash {
			return refuse(ErrCorrupt, "blob %s does not match its hash", l.Blob.Hash)
		}
		packed := pack(l.Blob.Bytes)
		w.set(blobKey(l.Blob.Hash), packed)
		w.Blobs, w.Raw, w.Stored = w.Blobs+1, w.Raw+uint64(len(l.Blob.Bytes)), w.Stored+uint64(len(packed))
		w.Puts++
	case l.Context != nil:
		c := *l.Context
		w.Context = max(w.Context, c.ID)
		w.set(contextKey(c.ID), seal(contextKey(c.ID), c))
		if c.Parent != 0 {
			w.set(forkKey(c.Parent, c.ID), nil)
		}
	case l.Turn != nil:
		t := *l.Turn
		var parent *Turn
		if t.Parent != 0 {
			p, err := w.turn(t.Parent)
			if err != nil {
				return err
			}
			parent = &p
		}
		if err := w.under(parent, &t); err != nil {
			return err
		}
		w.Turn = max(w.Turn, t.ID)
		w.set(turnKey(t.ID), seal(turnKey(t.ID), t))
		w.set(childKey(t.Parent, t.ID), nil)
	case l.FS != nil:
		w.set(fsKey(l.FS.Turn), seal(fsKey(l.FS.Turn), l.FS.Root[:]))
	default:
		return refuse(ErrInvalid, "dump: a line with nothing in it")
	}
	return nil
}
