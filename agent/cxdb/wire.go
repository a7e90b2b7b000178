package cxdb

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
)

// The messages of the binary protocol. A frame is length u32, type u16, flags u16, request id u64 and the payload, all
// little-endian; an answer repeats type and request id, or is an error.
const (
	msgHello    = 1
	msgCreate   = 2
	msgFork     = 3
	msgHead     = 4
	msgAppend   = 5
	msgLast     = 6
	msgBlob     = 9
	msgAttachFS = 10
	msgPutBlob  = 11
	msgError    = 255
)

// flagFS says that an append ends with the root of a file tree.
const flagFS = 1

// maxFrame is the largest payload of a frame in bytes.
const maxFrame = 64 << 20

const protocolVersion = 1

type frame struct {
	Type, Flags uint16
	ID          uint64
	Payload     []byte
}

// readFrame reads one frame. io.EOF is a clean end; after ErrTooLarge the stream cannot be read on.
func readFrame(r io.Reader) (f frame, err error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return f, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	f.Type, f.Flags = binary.LittleEndian.Uint16(head[4:]), binary.LittleEndian.Uint16(head[6:])
	f.ID = binary.LittleEndian.Uint64(head[8:])
	if size > maxFrame {
		return f, refuse(ErrTooLarge, "a frame has at most %d bytes, not %d", maxFrame, size)
	}
	// Grow with what comes, not with what was announced.
	f.Payload, err = io.ReadAll(io.LimitReader(r, int64(size)))
	if err == nil && len(f.Payload) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	return f, err
}

func (f frame) encode() []byte {
	b := make([]byte, 0, 16+len(f.Payload))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.Payload)))
	b = binary.LittleEndian.AppendUint16(b, f.Type)
	b = binary.LittleEndian.AppendUint16(b, f.Flags)
	b = binary.LittleEndian.AppendUint64(b, f.ID)
	return append(b, f.Payload...)
}

// A body builds and reads payloads. A read beyond its end makes it short, and everything after it zero.
type body struct {
	b     []byte
	short bool
}

func (b *body) u16(n uint16) *body { b.b = binary.LittleEndian.AppendUint16(b.b, n); return b }
func (b *body) u32(n uint32) *body { b.b = binary.LittleEndian.AppendUint32(b.b, n); return b }
func (b *body) u64(n uint64) *body { b.b = binary.LittleEndian.AppendUint64(b.b, n); return b }
func (b *body) hash(h Hash) *body  { b.b = append(b.b, h[:]...); return b }
func (b *body) bytes(p []byte) *body {
	b.b = append(b.u32(uint32(len(p))).b, p...)
	return b
}

func (b *body) take(n int) []byte {
	if n > len(b.b) || n < 0 {
		b.short, b.b = true, nil
		return make([]byte, min(max(n, 0), 32))
	}
	p := b.b[:n]
	b.b = b.b[n:]
	return p
}

func (b *body) takeU16() uint16   { return binary.LittleEndian.Uint16(b.take(2)) }
func (b *body) takeU32() uint32   { return binary.LittleEndian.Uint32(b.take(4)) }
func (b *body) takeU64() uint64   { return binary.LittleEndian.Uint64(b.take(8)) }
func (b *body) takeHash() Hash    { return Hash(b.take(32)) }
func (b *body) takeBytes() []byte { return b.take(int(b.takeU32())) }

// err is the refusal of a payload that was too short for its message.
func (b *body) err(message string) error {
	if b.short {
		return refuse(ErrInvalid, "the payload of %s is too short", message)
	}
	return nil
}

// A hello opens a session. The token, in the metadata, says which namespace.
type hello struct {
	Version uint16
	Tag     string
	Token   string
}

func (h hello) encode() []byte {
	meta, err := json.Marshal(map[string]string{"token": h.Token})
	if err != nil {
		panic(err) // a map of strings
	}
	b := new(body).u16(h.Version).u16(uint16(len(h.Tag)))
	b.b = append(b.b, h.Tag...)
	return b.bytes(meta).b
}

// parseHello reads a hello; an empty one is legal.
func parseHello(p []byte) (h hello, err error) {
	if len(p) == 0 {
		return h, nil
	}
	b := &body{b: p}
	h.Version = b.takeU16()
	h.Tag = string(b.take(int(b.takeU16())))
	meta := b.takeBytes()
	if err := b.err("HELLO"); err != nil || len(meta) == 0 {
		return h, err
	}
	var m struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(meta, &m); err != nil {
		return h, refuse(ErrInvalid, "the metadata of HELLO is not a JSON object")
	}
	h.Token = m.Token
	return h, nil
}

// A wireAppend is the payload of an append.
type wireAppend struct {
	Context uint64
	Append
	Encoding, Compression, Len uint32
	Hash                       Hash
}

func (a wireAppend) encode() (flags uint16, payload []byte) {
	b := new(body).u64(a.Context).u64(a.Parent).bytes([]byte(a.TypeID)).u32(a.TypeVersion)
	b.u32(a.Encoding).u32(a.Compression).u32(a.Len).hash(a.Hash).bytes(a.Payload).bytes([]byte(a.Key))
	if a.FS != (Hash{}) {
		return flagFS, b.hash(a.FS).b
	}
	return 0, b.b
}

// parseAppend reads an append and proves its payload by length and hash.
func parseAppend(p []byte, flags uint16) (a wireAppend, err error) {
	b := &body{b: p}
	a.Context, a.Parent, a.TypeID, a.TypeVersion = b.takeU64(), b.takeU64(), string(b.takeBytes()), b.takeU32()
	a.Encoding, a.Compression, a.Len, a.Hash = b.takeU32(), b.takeU32(), b.takeU32(), b.takeHash()
	a.Payload, a.Key = b.takeBytes(), string(b.takeBytes())
	if flags&flagFS != 0 {
		a.FS = b.takeHash()
	}
	if err := b.err("APPEND"); err != nil {
		return a, err
	}
	switch {
	case a.Encoding != 1:
		return a, refuse(ErrInvalid, "unsupported encoding: %d", a.Encoding)
	case a.Compression > codecZstd:
		return a, refuse(ErrInvalid, "unsupported compression: %d", a.Compression)
	case a.Len > MaxBlob:
		return a, refuse(ErrTooLarge, "a payload has at most %d bytes, not %d", MaxBlob, a.Len)
	case a.Compression == codecZstd:
		if a.Payload, err = zstdReader.DecodeAll(a.Payload, nil); err != nil {
			return a, refuse(ErrInvalid, "zstd decode failed: %v", err)
		}
	}
	switch {
	case len(a.Payload) != int(a.Len):
		return a, refuse(ErrInvalid, "uncompressed length mismatch")
	case Sum(a.Payload) != a.Hash:
		return a, refuse(ErrInvalid, "content hash mismatch")
	}
	return a, nil
}

// An item is one turn of GET_LAST's answer. The payload's length is always there, 0 when it was not asked for.
func (b *body) turn(t Turn, payload []byte) *body {
	b.u64(t.ID).u64(t.Parent).u32(t.Depth).bytes([]byte(t.TypeID)).u32(t.TypeVersion).u32(t.Encoding)
	return b.u32(0).u32(t.Len).hash(t.Hash).bytes(payload)
}

func (b *body) takeTurn() (t Turn, payload []byte) {
	t = Turn{ID: b.takeU64(), Parent: b.takeU64(), Depth: b.takeU32(), TypeID: string(b.takeBytes()),
		TypeVersion: b.takeU32(), Encoding: b.takeU32()}
	b.takeU32()
	t.Len, t.Hash = b.takeU32(), b.takeHash()
	return t, b.takeBytes()
}

// status is the code that a refusal has in both protocols, and its name.
func status(err error) (code int, name string) {
	for _, s := range []struct {
		reason error
		code   int
		name   string
	}{
		{ErrNotFound, 404, "NOT_FOUND"}, {ErrInvalid, 422, "UNPROCESSABLE_ENTITY"}, {ErrConflict, 409, "CONFLICT"},
		{ErrForbidden, 403, "FORBIDDEN"}, {ErrNoType, 424, "FAILED_DEPENDENCY"}, {ErrTooLarge, 413, "TOO_LARGE"},
		{ErrClosed, 503, "UNAVAILABLE"},
	} {
		if errors.Is(err, s.reason) {
			return s.code, s.name
		}
	}
	return 500, "INTERNAL_ERROR"
}

// reason is the other way round, for clients.
func reason(code int) error {
	switch code {
	case 401, 403:
		return ErrForbidden
	case 404:
		return ErrNotFound
	case 400, 422:
		return ErrInvalid
	case 409:
		return ErrConflict
	case 413:
		return ErrTooLarge
	case 424:
		return ErrNoType
	}
	return ErrCorrupt
}
