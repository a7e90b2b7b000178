package cxdb

import (
	"encoding/binary"

	"github.com/klauspost/compress/zstd"
)

// The codecs of a stored blob.
const (
	codecRaw  = 0
	codecZstd = 1
)

// smallest is the size in bytes below which compressing a blob is not worth the time.
const smallest = 128

var (
	zstdWriter, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	zstdReader, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxBlob+1<<20), zstd.WithDecoderConcurrency(0))
)

// pack makes the stored form of a blob: codec, length, bytes.
func pack(b []byte) []byte {
	head := binary.BigEndian.AppendUint32([]byte{codecZstd}, uint32(len(b)))
	if len(b) >= smallest {
		if p := zstdWriter.EncodeAll(b, head); len(p) < len(head)+len(b) {
			return p
		}
	}
	head[0] = codecRaw
	return append(head, b...)
}

// unpack returns the bytes of a stored blob, proven by their hash.
func unpack(h Hash, p []byte) ([]byte, error) {
	if len(p) < 5 {
		return nil, refuse(ErrCorrupt, "blob %s is cut short", h)
	}
	size, b := int(binary.BigEndian.Uint32(p[1:])), p[5:]
	if p[0] == codecZstd && size <= MaxBlob {
		var err error
		if b, err = zstdReader.DecodeAll(b, make([]byte, 0, size)); err != nil {
			return nil, refuse(ErrCorrupt, "blob %s: %v", h, err)
		}
	}
	if p[0] > codecZstd || len(b) != size || Sum(b) != h {
		return nil, refuse(ErrCorrupt, "blob %s does not match its hash", h)
	}
	return b, nil
}

// blob returns the bytes of a blob that must be there.
func (r reader) blob(h Hash) ([]byte, error) {
	p, err := r.raw(blobKey(h))
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, refuse(ErrNotFound, "blob %s not found", h)
	}
	return unpack(h, p)
}

// putBlob keeps a packed blob once, and lets the namespace read it. It says whether the namespace had it already.
func (w *writer) putBlob(ns string, h Hash, packed []byte, size int) (had bool, err error) {
	if had, err = w.has(ownKey(ns, h)); err != nil {
		return false, err
	}
	there := had
	if !there {
		if there, err = w.has(blobKey(h)); err != nil {
			return false, err
		}
		w.set(ownKey(ns, h), nil)
	}
	w.Puts++
	if there {
		w.Hits++
		return had, nil
	}
	w.set(blobKey(h), packed)
	w.Blobs, w.Raw, w.Stored = w.Blobs+1, w.Raw+uint64(size), w.Stored+uint64(len(packed))
	return had, nil
}
