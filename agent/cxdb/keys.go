package cxdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/dgraph-io/badger/v4"
	"github.com/vmihailenco/msgpack/v5"
)

// All that a store keeps. Numbers in keys are big-endian, so that keys sort as their numbers do.
//
//	b/<hash>               the blob: codec byte, length, bytes
//	o/<namespace>\0<hash>  the namespace may read the blob
//	t/<turn>               the turn
//	n/<parent><turn>       the turns that follow a turn
//	c/<context>            the context
//	p/<context><context>   the contexts whose parent is a context
//	k/<context><key>       the turn that an idempotency key wrote, for a day
//	f/<turn>               the root of the file tree attached to the turn
//	r/<bundle>             a bundle of types, as it was sent
//	q                      how much there is, and the last ids
func blobKey(h Hash) []byte             { return append([]byte("b/"), h[:]...) }
func ownKey(ns string, h Hash) []byte   { return append([]byte("o/"+ns+"\x00"), h[:]...) }
func turnKey(id uint64) []byte          { return numbered("t/", id) }
func childKey(parent, id uint64) []byte { return numbered("n/", parent, id) }
func contextKey(id uint64) []byte       { return numbered("c/", id) }
func forkKey(parent, id uint64) []byte  { return numbered("p/", parent, id) }
func fsKey(id uint64) []byte            { return numbered("f/", id) }
func bundleKey(n uint64) []byte         { return numbered("r/", n) }
func onceKey(id uint64, key string) []byte {
	return append(numbered("k/", id), key...)
}

var totalsKey = []byte("q")

func numbered(prefix string, ids ...uint64) []byte {
	b := []byte(prefix)
	for _, id := range ids {
		b = binary.BigEndian.AppendUint64(b, id)
	}
	return b
}

func number(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// totals are the last ids given and how much there is, so that counting costs nothing.
type totals struct {
	Turn, Context, Bundle uint64
	Blobs                 uint64
	Raw, Stored           uint64 // bytes of the blobs, before and after compression
	Puts, Hits            uint64 // blobs written, and those that were there already
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal encodes a record with a sum over it and its key, so that a flipped bit or a record in a wrong place is noticed.
func seal(key []byte, v any) []byte {
	var buf bytes.Buffer
	enc := msgpack.NewEncoder(&buf)
	enc.UseArrayEncodedStructs(true)
	enc.UseCompactInts(true)
	if err := enc.Encode(v); err != nil {
		panic(err) // our own types
	}
	b := buf.Bytes()
	return binary.BigEndian.AppendUint32(b, crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, b))
}

func unseal(key, b []byte, v any) error {
	n := len(b) - 4
	if n < 0 || binary.BigEndian.Uint32(b[n:]) != crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, b[:n]) {
		return refuse(ErrCorrupt, "record %q does not match its checksum", key)
	}
	if err := msgpack.Unmarshal(b[:n], v); err != nil {
		return refuse(ErrCorrupt, "record %q: %v", key, err)
	}
	return nil
}

// A reader sees one moment of the store.
type reader struct{ tx *badger.Txn }

// has tells whether a key is there.
func (r reader) has(key []byte) (bool, error) {
	switch _, err := r.tx.Get(key); {
	case err == nil:
		return true, nil
	case errors.Is(err, badger.ErrKeyNotFound):
		return false, nil
	default:
		return false, fmt.Errorf("cxdb: %w", err)
	}
}

// raw returns the value of a key, or nil when there is none.
func (r reader) raw(key []byte) ([]byte, error) {
	item, err := r.tx.Get(key)
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("cxdb: %w", err)
	}
	b, err := item.ValueCopy(nil)
	if err != nil {
		return nil, refuse(ErrCorrupt, "record %q: %v", key, err)
	}
	return b, nil
}

// get decodes the record of a key, and says whether there is one.
func (r reader) get(key []byte, v any) (bool, error) {
	b, err := r.raw(key)
	if b == nil || err != nil {
		return false, err
	}
	return true, unseal(key, b, v)
}

// turn returns a turn that must be there.
func (r reader) turn(id uint64) (t Turn, err error) {
	ok, err := r.get(turnKey(id), &t)
	if err == nil && !ok {
		err = refuse(ErrNotFound, "turn %d not found", id)
	}
	return t, err
}

func (r reader) context(id uint64) (c Context, err error) {
	ok, err := r.get(contextKey(id), &c)
	if err == nil && !ok {
		err = refuse(ErrNotFound, "context %d not found", id)
	}
	return c, err
}

// ancestor returns the turn at a depth on the way from t to its root, in O(log depth) steps.
func (r reader) ancestor(t Turn, depth uint32) (Turn, error) {
	for t.Depth > depth {
		jump, err := r.turn(t.Jump)
		if err == nil && jump.Depth < depth {
			jump, err = r.turn(t.Parent)
		}
		if err != nil {
			return t, err
		}
		t = jump
	}
	return t, nil
}

// above tells whether the turn is id or has it among its ancestors.
func (r reader) above(t Turn, id uint64) (bool, error) {
	if id == 0 || id > t.ID {
		return false, nil
	}
	up, err := r.turn(id)
	if err != nil || up.Depth > t.Depth {
		return false, err
	}
	at, err := r.ancestor(t, up.Depth)
	return err == nil && at.ID == id, err
}

// under makes the turn that follows p, or a root when p is nil.
func (r reader) under(p *Turn, t *Turn) error {
	if p == nil {
		t.Jump = t.ID
		return nil
	}
	t.Parent, t.Depth = p.ID, p.Depth+1
	j, err := r.turn(p.Jump)
	if err != nil {
		return err
	}
	jj, err := r.turn(j.Jump)
	if err != nil {
		return err
	}
	t.Jump = p.ID
	if p.Depth-j.Depth == j.Depth-jj.Depth {
		t.Jump = jj.ID
	}
	return nil
}

// each calls f with the keys under a prefix, in order, until it says stop; from is where it starts.
func (r reader) each(prefix, from []byte, reverse bool, f func(key []byte, item *badger.Item) (more bool, err error)) error {
	o := badger.DefaultIteratorOptions
	o.Prefix, o.PrefetchValues, o.Reverse = prefix, false, reverse
	it := r.tx.NewIterator(o)
	defer it.Close()
	for it.Seek(from); it.Valid(); it.Next() {
		if more, err := f(it.Item().KeyCopy(nil), it.Item()); !more || err != nil {
			return err
		}
	}
	return nil
}
