package cxdb

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// A Grant is what a token allows: one namespace, or all of them, to read and, unless it is read-only, to write.
type Grant struct {
	Namespace string
	All       bool
	ReadOnly  bool
}

// A Server offers a store over HTTP and the binary protocol. Without tokens whoever reaches it owns everything; with
// them every caller needs one, and sees its grant's namespace alone.
type Server struct {
	Store  *Store
	Tokens map[string]Grant

	// Hosts are the names a browser may call the HTTP API by, beside loopback ones and IP addresses.
	Hosts []string
}

// space returns what a token opens.
func (v *Server) space(token string) (*Space, Grant, error) {
	if len(v.Tokens) == 0 {
		return v.Store.Everything(), Grant{All: true}, nil
	}
	for t, g := range v.Tokens {
		if subtle.ConstantTimeCompare([]byte(t), []byte(token)) == 1 {
			if g.All {
				return v.Store.Everything(), g, nil
			}
			return v.Store.Space(g.Namespace), g, nil
		}
	}
	return nil, Grant{}, refuse(ErrForbidden, "the token is missing or unknown")
}

// idle is how long a binary connection may say nothing.
const idle = 5 * time.Minute

// ServeBinary answers the binary protocol on a listener until the context ends, and closes it.
func (v *Server) ServeBinary(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var conns sync.WaitGroup
	defer conns.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		conns.Go(func() {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			v.serveConn(ctx, conn)
		})
	}
}

// A wireSession is one connection: who it is, and what it may do.
type wireSession struct {
	*session
	v     *Server
	space *Space
	grant Grant
	said  bool // hello
}

func (v *Server) serveConn(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	live := v.Store.live
	w := &wireSession{session: live.connect(conn.RemoteAddr().String()), v: v}
	w.space, w.grant, _ = v.space("")
	defer func() {
		contexts := live.disconnect(w.session)
		if w.said {
			v.Store.bus.send(Event{w.namespace, "client_disconnected", map[string]any{
				"session_id": w.ID, "client_tag": w.Tag, "contexts": contexts}})
		}
	}()
	in := bufio.NewReader(conn)
	for {
		if err := conn.SetDeadline(time.Now().Add(idle)); err != nil {
			return
		}
		f, err := readFrame(in)
		tooLarge := errors.Is(err, ErrTooLarge)
		if err != nil && !tooLarge {
			return
		}
		live.active(w.session)
		start := v.Store.now()
		var answer []byte
		if err == nil {
			answer, err = w.answer(ctx, f)
		}
		reply := frame{Type: f.Type, ID: f.ID, Payload: answer}
		if err == nil && len(answer) > maxFrame {
			err = refuse(ErrTooLarge, "the answer has %d bytes, a frame at most %d: use HTTP or ask for less", len(answer), maxFrame)
		}
		if err != nil {
			code, _ := status(err)
			v.Store.meter.fail("binary")
			reply.Type, reply.Payload = msgError, new(body).u32(uint32(code)).bytes([]byte(err.Error())).b
		}
		v.Store.meter.count("binary", v.Store.now().Sub(start))
		if _, err := conn.Write(reply.encode()); err != nil || tooLarge {
			return
		}
	}
}

// answer does what a frame asks and returns the payload of the answer.
func (w *wireSession) answer(ctx context.Context, f frame) ([]byte, error) {
	if f.Type == msgHello {
		return w.hello(f.Payload)
	}
	if w.space == nil {
		return nil, refuse(ErrForbidden, "the token is missing or unknown")
	}
	if w.grant.ReadOnly && slices.Contains([]uint16{msgCreate, msgFork, msgAppend, msgAttachFS, msgPutBlob}, f.Type) {
		return nil, refuse(ErrForbidden, "the token is read-only")
	}
	b := &body{b: f.Payload}
	switch f.Type {
	case msgCreate, msgFork:
		base := b.takeU64()
		if err := b.err("CTX_CREATE"); err != nil {
			return nil, err
		}
		if f.Type == msgFork && base == 0 {
			return nil, refuse(ErrInvalid, "a fork needs a base turn")
		}
		c, err := w.space.Create(ctx, base)
		if err == nil {
			w.v.Store.live.created(w.session, c.ID)
		}
		return head(c), err
	case msgHead:
		id := b.takeU64()
		if err := b.err("GET_HEAD"); err != nil {
			return nil, err
		}
		c, err := w.space.Context(ctx, id)
		return head(c), err
	case msgAppend:
		a, err := parseAppend(f.Payload, f.Flags)
		if err != nil {
			return nil, err
		}
		t, err := w.space.Append(ctx, a.Context, a.Append)
		return new(body).u64(a.Context).u64(t.ID).u32(t.Depth).hash(t.Hash).b, err
	case msgLast:
		id, limit, payloads := b.takeU64(), b.takeU32(), b.takeU32()
		if err := b.err("GET_LAST"); err != nil {
			return nil, err
		}
		return w.last(ctx, id, int(limit), payloads != 0)
	case msgBlob:
		h := b.takeHash()
		if err := b.err("GET_BLOB"); err != nil || len(b.b) > 0 {
			return nil, refuse(ErrInvalid, "invalid blob hash length")
		}
		blob, err := w.space.Blob(ctx, h)
		return new(body).bytes(blob).b, err
	case msgAttachFS:
		id, root := b.takeU64(), b.takeHash()
		if err := b.err("ATTACH_FS"); err != nil {
			return nil, err
		}
		return new(body).u64(id).hash(root).b, w.space.AttachFS(ctx, id, root)
	case msgPutBlob:
		return w.putBlob(ctx, b)
	}
	return nil, refuse(ErrInvalid, "unknown msg_type %d", f.Type)
}

func head(c Context) []byte { return new(body).u64(c.ID).u64(c.Head).u32(c.Depth).b }

func (w *wireSession) hello(payload []byte) ([]byte, error) {
	h, err := parseHello(payload)
	if err != nil {
		return nil, err
	}
	space, grant, err := w.v.space(h.Token)
	if err != nil {
		return nil, err
	}
	w.space, w.grant = space, grant
	w.v.Store.live.name(w.session, h.Tag, grant.Namespace)
	if !w.said {
		w.said = true
		w.v.Store.bus.send(Event{grant.Namespace, "client_connected", map[string]any{"session_id": w.ID, "client_tag": h.Tag}})
	}
	return new(body).u64(w.ID).u16(protocolVersion).b, nil
}

func (w *wireSession) last(ctx context.Context, id uint64, limit int, payloads bool) ([]byte, error) {
	turns, err := w.space.Last(ctx, id, limit)
	if err != nil {
		return nil, err
	}
	out := new(body).u32(uint32(len(turns)))
	for _, t := range turns {
		var payload []byte
		if payloads {
			if payload, err = w.space.payload(ctx, t); err != nil {
				return nil, err
			}
		}
		if out.turn(t, payload); len(out.b) > maxFrame {
			break // too large to send; the caller says so
		}
	}
	return out.b, nil
}

func (w *wireSession) putBlob(ctx context.Context, b *body) ([]byte, error) {
	h, data := b.takeHash(), b.takeBytes()
	if err := b.err("PUT_BLOB"); err != nil {
		return nil, err
	}
	if Sum(data) != h {
		return nil, refuse(ErrInvalid, "blob hash mismatch")
	}
	_, isNew, err := w.space.PutBlob(ctx, data)
	stored := byte(0)
	if isNew {
		stored = 1
	}
	return append(new(body).hash(h).b, stored), err
}
