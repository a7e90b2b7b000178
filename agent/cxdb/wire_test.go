package cxdb

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"testing"
)

// serve starts a store's binary protocol and returns its address.
func serve(t *testing.T, v *Server) string {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- v.ServeBinary(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func unhex(t testing.TB, s string) []byte {
	return must(hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(s)))(t)
}

// TestFrames says the bytes of every message: what is sent, and what must come back.
func TestFrames(t *testing.T) {
	s := open(t)
	conn := must(net.Dial("tcp", serve(t, &Server{Store: s})))(t)
	defer conn.Close()
	payload := encode(mapping{{uint64(1), "hi"}}) // 81 01 a2 68 69
	h, tree := Sum(payload).String(), Sum(encodeTree(nil)).String()
	none := strings.Repeat("00", 32)
	for _, test := range []struct{ name, send, want string }{
		{"HELLO", `0e000000 0100 0000 0100000000000000  0100 0200 6d65 04000000 7b7d2020`,
			`0a000000 0100 0000 0100000000000000  0100000000000000 0100`},
		{"HELLO of an old client", `00000000 0100 0000 0200000000000000`,
			`0a000000 0100 0000 0200000000000000  0100000000000000 0100`},
		{"CTX_CREATE", `08000000 0200 0000 0300000000000000  0000000000000000`,
			`14000000 0200 0000 0300000000000000  0100000000000000 0000000000000000 00000000`},
		{"PUT_BLOB", `25000000 0b00 0000 0400000000000000 ` + tree + ` 01000000 90`,
			`21000000 0b00 0000 0400000000000000 ` + tree + ` 01`},
		{"PUT_BLOB again", `25000000 0b00 0000 0500000000000000 ` + tree + ` 01000000 90`,
			`21000000 0b00 0000 0500000000000000 ` + tree + ` 00`},
		{"APPEND", `52000000 0500 0000 0600000000000000
			0100000000000000 0000000000000000 01000000 54 02000000 01000000 00000000 05000000 ` + h + ` 05000000 8101a26869 00000000`,
			`34000000 0500 0000 0600000000000000  0100000000000000 0100000000000000 00000000 ` + h},
		{"APPEND with key and tree", `74000000 0500 0100 0700000000000000
			0100000000000000 0100000000000000 01000000 54 02000000 01000000 00000000 05000000 ` + h + ` 05000000 8101a26869 02000000 6b31 ` + tree,
			`34000000 0500 0000 0700000000000000  0100000000000000 0200000000000000 01000000 ` + h},
		{"GET_HEAD", `08000000 0400 0000 0800000000000000  0100000000000000`,
			`14000000 0400 0000 0800000000000000  0100000000000000 0200000000000000 01000000`},
		{"CTX_FORK", `08000000 0300 0000 0900000000000000  0100000000000000`,
			`14000000 0300 0000 0900000000000000  0200000000000000 0100000000000000 00000000`},
		{"GET_LAST without payloads", `10000000 0600 0000 0a00000000000000  0200000000000000 0a000000 00000000`,
			`51000000 0600 0000 0a00000000000000  01000000
			0100000000000000 0000000000000000 00000000 01000000 54 02000000 01000000 00000000 05000000 ` + h + ` 00000000`},
		{"GET_LAST with payloads", `10000000 0600 0000 0b00000000000000  0200000000000000 0a000000 01000000`,
			`56000000 0600 0000 0b00000000000000  01000000
			0100000000000000 0000000000000000 00000000 01000000 54 02000000 01000000 00000000 05000000 ` + h + ` 05000000 8101a26869`},
		{"GET_BLOB", `20000000 0900 0000 0c00000000000000 ` + h,
			`09000000 0900 0000 0c00000000000000  05000000 8101a26869`},
		{"ATTACH_FS", `28000000 0a00 0000 0d00000000000000  0100000000000000 ` + tree,
			`28000000 0a00 0000 0d00000000000000  0100000000000000 ` + tree},

		// What cannot be done is an error, and the connection stays.
		{"unknown context", `08000000 0400 0000 0e00000000000000  0900000000000000`,
			errorFrame(14, 404, "context 9 not found")},
		{"unknown blob", `20000000 0900 0000 0f00000000000000 ` + none, errorFrame(15, 404, "blob "+none+" not found")},
		{"wrong hash", `25000000 0b00 0000 1000000000000000 ` + none + ` 01000000 90`, errorFrame(16, 422, "blob hash mismatch")},
		{"short", `02000000 0500 0000 1100000000000000  0100`, errorFrame(17, 422, "the payload of APPEND is too short")},
		{"unknown type", `00000000 0700 0000 1200000000000000`, errorFrame(18, 422, "unknown msg_type 7")},
		{"fork of nothing", `08000000 0300 0000 1300000000000000  0000000000000000`, errorFrame(19, 422, "a fork needs a base turn")},
		{"other line", `52000000 0500 0000 1400000000000000
			0200000000000000 0200000000000000 01000000 54 02000000 01000000 00000000 05000000 ` + h + ` 05000000 8101a26869 00000000`,
			errorFrame(20, 409, "turn 2 is not in the line of context 2: fork it")},
		{"hash of another payload", `52000000 0500 0000 1500000000000000
			0100000000000000 0000000000000000 01000000 54 02000000 01000000 00000000 05000000 ` + tree + ` 05000000 8101a26869 00000000`,
			errorFrame(21, 422, "content hash mismatch")},
		{"and goes on", `08000000 0400 0000 1600000000000000  0100000000000000`,
			`14000000 0400 0000 1600000000000000  0100000000000000 0200000000000000 01000000`},
		{"too large", `01000004 0500 0000 1700000000000000`, errorFrame(0, 413, "")},
	} {
		if _, err := conn.Write(unhex(t, test.send)); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		f, err := readFrame(conn)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if test.name == "too large" {
			if f.Type != msgError || f.Payload[0] != 413&0xff {
				t.Errorf("%s: %+v", test.name, f)
			}
			continue
		}
		if got, want := hex.EncodeToString(f.encode()), hex.EncodeToString(unhex(t, test.want)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.name, got, want)
		}
	}
	if _, err := readFrame(conn); !errors.Is(err, io.EOF) {
		t.Errorf("after a frame that is too large: %v", err)
	}
}

func errorFrame(id uint64, code uint32, detail string) string {
	return hex.EncodeToString(frame{msgError, 0, id, new(body).u32(code).bytes([]byte(detail)).b}.encode())
}

func TestConn(t *testing.T) {
	ctx, s := context.Background(), open(t)
	addr := serve(t, &Server{Store: s, Tokens: map[string]Grant{
		"a": {Namespace: "agent"}, "h": {Namespace: "harness"}, "r": {Namespace: "harness", ReadOnly: true}, "all": {All: true}}})
	events, stop := s.Everything().Listen()
	defer stop()
	h := must(Dial(ctx, addr, "the-harness", "h"))(t)
	defer h.Close()
	c := must(h.Create(ctx, 0))(t)
	a := say(strings.Repeat("evidence ", 100))
	turn := must(h.Append(ctx, c.ID, a))(t)
	if turn.Depth != 0 || turn.Hash != Sum(a.Payload) {
		t.Fatalf("%+v", turn)
	}
	for _, payloads := range []bool{true, false} {
		list := must(h.Last(ctx, c.ID, 5, payloads))(t)
		if len(list) != 1 || list[0].ID != turn.ID || bytes.Equal(list[0].Payload, a.Payload) != payloads {
			t.Fatalf("with payloads %v: %+v", payloads, list)
		}
	}
	if list := must(h.Last(ctx, c.ID, math.MaxUint32, true))(t); len(list) != 1 {
		t.Error("as many as there are: ", len(list))
	}
	tree, isNew, err := h.PutBlob(ctx, encodeTree(nil))
	if err != nil || !isNew {
		t.Fatal(isNew, err)
	}
	if err := h.AttachFS(ctx, turn.ID, tree); err != nil {
		t.Fatal(err)
	}
	fork := must(h.Fork(ctx, turn.ID))(t)
	if got := must(h.Head(ctx, fork.ID))(t); got.Head != turn.ID {
		t.Error(got)
	}

	// The agent's own token does not open what is the harness's, nor does none.
	agent := must(Dial(ctx, addr, "agent", "a"))(t)
	defer agent.Close()
	_, err = agent.Last(ctx, c.ID, 5, true)
	wantErr(t, err, ErrNotFound)
	_, err = agent.Blob(ctx, turn.Hash)
	wantErr(t, err, ErrNotFound)
	_, err = Dial(ctx, addr, "", "wrong")
	wantErr(t, err, ErrForbidden)
	quiet := must(net.Dial("tcp", addr))(t)
	defer quiet.Close()
	quiet.Write(frame{Type: msgHead, Payload: make([]byte, 8)}.encode())
	if f := must(readFrame(quiet))(t); f.Type != msgError || f.Payload[0] != 403&0xff {
		t.Errorf("without a hello: %+v", f)
	}
	reader := must(Dial(ctx, addr, "", "r"))(t)
	defer reader.Close()
	must(reader.Blob(ctx, turn.Hash))(t)
	_, err = reader.Create(ctx, 0)
	wantErr(t, err, ErrForbidden)

	// Compressed payloads are taken, and a wrong length is not.
	zip := wireAppend{Context: c.ID, Append: a, Encoding: 1, Compression: 1, Len: uint32(len(a.Payload)), Hash: Sum(a.Payload)}
	zip.Payload = zstdWriter.EncodeAll(a.Payload, nil)
	flags, payload := zip.encode()
	if _, err := h.ask(ctx, msgAppend, flags, payload); err != nil {
		t.Error(err)
	}
	zip.Len++
	_, payload = zip.encode()
	_, err = h.ask(ctx, msgAppend, 0, payload)
	wantErr(t, err, ErrInvalid)

	h.Close()
	var kinds []string
	for e := range events {
		kinds = append(kinds, e.Kind)
		if e.Kind == "client_disconnected" && e.Data["client_tag"] == "the-harness" {
			if got := e.Data["contexts"].([]string); len(got) != 2 {
				t.Error("contexts of the session: ", got)
			}
			break
		}
	}
	if got := strings.Join(kinds[:3], " "); got != "client_connected context_created turn_appended" {
		t.Error(got)
	}
}

func TestCancelledAsk(t *testing.T) {
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err == nil {
			readFrame(conn)
			conn.Write(frame{Type: msgHello, ID: 1, Payload: new(body).u64(1).u16(1).b}.encode())
			io.Copy(io.Discard, conn) // and never answers again
		}
	}()
	c := must(Dial(context.Background(), l.Addr().String(), "", ""))(t)
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background())
	go cancel()
	_, err := c.Head(ctx, 1)
	wantErr(t, err, context.Canceled)
}

func FuzzFrames(f *testing.F) {
	_, payload := wireAppend{Context: 1, Append: say("x"), Encoding: 1, Len: 4, Hash: Sum(say("x").Payload)}.encode()
	f.Add(frame{msgAppend, 1, 7, payload}.encode())
	f.Add(frame{msgHello, 0, 1, hello{1, "tag", "token"}.encode()}.encode())
	f.Add(frame{msgLast, 0, 1, new(body).u32(1).turn(Turn{TypeID: "t"}, []byte("x")).b}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := readFrame(bytes.NewReader(b))
		if err != nil {
			return
		}
		if got := fr.encode(); !bytes.Equal(got, b[:len(got)]) {
			t.Fatalf("%x became %x", b, got)
		}
		parseHello(fr.Payload)
		items := &body{b: fr.Payload}
		for n := items.takeU32(); n > 0 && !items.short; n-- {
			items.takeTurn()
		}
		a, err := parseAppend(fr.Payload, fr.Flags)
		if err != nil || a.Compression != 0 || fr.Flags&flagFS != 0 && a.FS == (Hash{}) {
			return
		}
		if _, again := a.encode(); !bytes.Equal(again, fr.Payload[:len(again)]) {
			t.Fatalf("%x became %x", fr.Payload, again)
		}
	})
}
