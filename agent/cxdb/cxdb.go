// Package cxdb is a context store: an immutable, content-addressed tree of turns, with contexts as named heads in it.
//
// A turn never changes. A context is a head that moves when a turn is appended; a fork is a new context whose head is a
// turn that exists, so that it costs the same at any depth. Payloads are msgpack blobs, kept once each under the
// BLAKE3-256 hash of their bytes and checked against it at every read. What a write has answered is on the disk.
//
// It speaks the HTTP API and the binary protocol of https://github.com/strongdm/cxdb. Beyond these it knows namespaces:
// a [Space] sees only the contexts, turns and blobs of its own.
//
// On two busy cores it appends about 1,000 turns of 512 bytes a second from one writer and 4,000 to 5,500 from 64, each
// on the disk before it is answered, where Badger alone does 1,000 and 800 to 1,250 transactions; it reads 33,000 to
// 44,000 turns a second with their hashes proven, Badger alone 36,000 to 62,000. BenchmarkAppend and BenchmarkRead
// measure it anew.
package cxdb

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/zeebo/blake3"
)

// A Hash is the BLAKE3-256 of a blob's uncompressed bytes.
type Hash [32]byte

// Sum hashes the bytes of a blob.
func Sum(b []byte) Hash { return blake3.Sum256(b) }

// ParseHash reads 64 hexadecimal digits.
func ParseHash(s string) (h Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, refuse(ErrInvalid, "%q is not a hash of 64 hexadecimal digits", s)
	}
	return Hash(b), nil
}

func (h Hash) String() string               { return hex.EncodeToString(h[:]) }
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

func (h *Hash) UnmarshalText(b []byte) (err error) {
	*h, err = ParseHash(string(b))
	return err
}

// A Turn is one immutable step. Turn ids rise from 1 over the whole store; a root has parent 0 and depth 0.
type Turn struct {
	ID          uint64 `json:"turn_id,string"`
	Parent      uint64 `json:"parent_turn_id,string"`
	Context     uint64 `json:"context_id,string"` // the context it was appended to
	Depth       uint32 `json:"depth"`
	TypeID      string `json:"type_id"`
	TypeVersion uint32 `json:"type_version"`
	Encoding    uint32 `json:"encoding"` // 1 is msgpack
	Hash        Hash   `json:"content_hash_b3"`
	Len         uint32 `json:"uncompressed_len"`
	Created     int64  `json:"created_at_unix_ms"`

	// Jump is an ancestor some way up, chosen so that any ancestor is found in O(log depth) steps
	// (Myers, An Applicative Random-Access Stack, 1983).
	Jump uint64 `json:"-"`
}

// A Context is a head that moves along the turns that are appended to it.
type Context struct {
	ID        uint64 `json:"context_id,string"`
	Head      uint64 `json:"head_turn_id,string"` // 0 when empty
	Depth     uint32 `json:"head_depth"`
	Created   int64  `json:"created_at_unix_ms"`
	Base      uint64 `json:"base_turn_id,string"`      // the turn it was forked at, or 0
	Parent    uint64 `json:"parent_context_id,string"` // the context it was forked from, or 0
	Root      uint64 `json:"root_context_id,string"`   // the first of its line of forks: itself when it is none
	Namespace string `json:"namespace,omitempty"`      // the space it belongs to
	Metadata
}

// Metadata is what the first turn of a context says of it, under tag 30 of its payload.
type Metadata struct {
	Tag        string      `json:"client_tag,omitempty"`
	Title      string      `json:"title,omitempty"`
	Labels     []string    `json:"labels,omitempty"`
	Provenance *Provenance `json:"provenance,omitempty"`
}

// An Append is a turn to be written.
type Append struct {
	Parent      uint64 // 0 for the head; else the head or an ancestor of it
	TypeID      string
	TypeVersion uint32
	Payload     []byte // a msgpack map; see Encode for JSON
	Key         string // an idempotency key, kept for a day: a repeated one answers the turn it wrote
	FS          Hash   // the root of a file tree to attach, or zero
}

// The reasons for which a call is refused; errors.Is finds them. All else is the store's own failure.
var (
	ErrNotFound  = errors.New("not found")
	ErrInvalid   = errors.New("invalid")
	ErrConflict  = errors.New("conflict")
	ErrForbidden = errors.New("forbidden")
	ErrNoType    = errors.New("no type descriptor")
	ErrTooLarge  = errors.New("too large")
	ErrCorrupt   = errors.New("corrupt")
	ErrClosed    = errors.New("closed")
)

// A refusal is one of the reasons above with a sentence for the caller.
type refusal struct {
	reason error
	text   string
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.reason }

func refuse(reason error, format string, args ...any) error {
	return &refusal{reason, fmt.Sprintf(format, args...)}
}

// keyTTL is how long an idempotency key is remembered.
const keyTTL = 24 * time.Hour

// MaxBlob is the size of the largest blob in bytes.
const MaxBlob = 256 << 20
