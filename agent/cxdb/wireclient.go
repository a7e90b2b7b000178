package cxdb

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"
)

// A Conn speaks the binary protocol of a store, one request at a time; it is safe for concurrent use. A context that
// ends while an answer is awaited closes the connection.
type Conn struct {
	Session uint64 // the server's number for it

	mu   sync.Mutex
	conn net.Conn
	in   *bufio.Reader
	next uint64
}

// Dial connects and says hello. The tag names the client in the store's lists.
func Dial(ctx context.Context, address, tag, token string) (*Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &Conn{conn: conn, in: bufio.NewReader(conn)}
	b, err := c.ask(ctx, msgHello, 0, hello{protocolVersion, tag, token}.encode())
	if err != nil {
		conn.Close()
		return nil, err
	}
	c.Session = b.takeU64()
	return c, b.err("HELLO")
}

// Close ends the session.
func (c *Conn) Close() error { return c.conn.Close() }

func (c *Conn) ask(ctx context.Context, kind, flags uint16, payload []byte) (*body, error) {
	if len(payload) > maxFrame {
		return nil, refuse(ErrTooLarge, "a frame has at most %d bytes, not %d", maxFrame, len(payload))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c.next++
	if _, err := c.conn.Write(frame{kind, flags, c.next, payload}.encode()); err != nil {
		return nil, firstError(ctx.Err(), err)
	}
	f, err := readFrame(c.in)
	b := &body{b: f.Payload}
	switch {
	case err != nil:
		return nil, firstError(ctx.Err(), err)
	case f.ID != c.next:
		c.conn.Close()
		return nil, refuse(ErrInvalid, "the server answered request %d, not %d", f.ID, c.next)
	case f.Type == msgError:
		code, detail := b.takeU32(), b.takeBytes()
		return nil, refuse(reason(int(code)), "%s", detail)
	}
	return b, nil
}

func (c *Conn) head(ctx context.Context, kind uint16, id uint64) (x Context, err error) {
	b, err := c.ask(ctx, kind, 0, new(body).u64(id).b)
	if err != nil {
		return x, err
	}
	x.ID, x.Head, x.Depth = b.takeU64(), b.takeU64(), b.takeU32()
	return x, b.err("the answer")
}

// Create makes a context, with a turn as its head when base is not 0.
func (c *Conn) Create(ctx context.Context, base uint64) (Context, error) {
	return c.head(ctx, msgCreate, base)
}

// Fork makes a context whose head is a turn.
func (c *Conn) Fork(ctx context.Context, base uint64) (Context, error) {
	return c.head(ctx, msgFork, base)
}

// Head returns a context's head and its depth.
func (c *Conn) Head(ctx context.Context, id uint64) (Context, error) {
	return c.head(ctx, msgHead, id)
}

// Append writes a turn.
func (c *Conn) Append(ctx context.Context, id uint64, a Append) (t Turn, err error) {
	flags, payload := wireAppend{Context: id, Append: a, Encoding: 1, Len: uint32(len(a.Payload)), Hash: Sum(a.Payload)}.encode()
	b, err := c.ask(ctx, msgAppend, flags, payload)
	if err != nil {
		return t, err
	}
	t = Turn{Context: b.takeU64(), ID: b.takeU64(), Depth: b.takeU32(), Hash: b.takeHash(), Encoding: 1,
		TypeID: a.TypeID, TypeVersion: a.TypeVersion, Len: uint32(len(a.Payload))}
	return t, b.err("the answer")
}

// A Full is a turn with its payload.
type Full struct {
	Turn
	Payload []byte
}

// Last returns up to limit turns that end with the head, oldest first, with payloads when asked.
func (c *Conn) Last(ctx context.Context, id uint64, limit uint32, payloads bool) (list []Full, err error) {
	want := uint32(0)
	if payloads {
		want = 1
	}
	b, err := c.ask(ctx, msgLast, 0, new(body).u64(id).u32(limit).u32(want).b)
	if err != nil {
		return nil, err
	}
	for n := b.takeU32(); n > 0 && !b.short; n-- {
		t, payload := b.takeTurn()
		t.Context = id
		if payloads && Sum(payload) != t.Hash {
			return nil, refuse(ErrCorrupt, "turn %d does not match its hash", t.ID)
		}
		list = append(list, Full{t, payload})
	}
	return list, b.err("the answer")
}

// Blob returns the bytes of a blob, proven by their hash.
func (c *Conn) Blob(ctx context.Context, h Hash) ([]byte, error) {
	b, err := c.ask(ctx, msgBlob, 0, h[:])
	if err != nil {
		return nil, err
	}
	blob := b.takeBytes()
	if Sum(blob) != h {
		return nil, refuse(ErrCorrupt, "blob %s does not match its hash", h)
	}
	return blob, b.err("the answer")
}

// PutBlob keeps bytes under their hash, and says whether they are new to the namespace.
func (c *Conn) PutBlob(ctx context.Context, p []byte) (h Hash, isNew bool, err error) {
	h = Sum(p)
	b, err := c.ask(ctx, msgPutBlob, 0, new(body).hash(h).bytes(p).b)
	if err != nil {
		return h, false, err
	}
	b.takeHash()
	isNew = b.take(1)[0] == 1
	return h, isNew, b.err("the answer")
}

// AttachFS says which file tree a turn saw.
func (c *Conn) AttachFS(ctx context.Context, turn uint64, root Hash) error {
	_, err := c.ask(ctx, msgAttachFS, 0, new(body).u64(turn).hash(root).b)
	return err
}
