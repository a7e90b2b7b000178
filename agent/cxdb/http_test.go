package cxdb

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write the answers into the scripts")

// TestScripts plays the conversations of testdata: paragraphs of a request, ---- and the answer, at one store each. The
// clock stands at 2026-01-02T03:04:05Z. A token may stand behind the path, as as=TOKEN.
func TestScripts(t *testing.T) {
	names := must(filepath.Glob("testdata/*.txt"))(t)
	if len(names) == 0 {
		t.Fatal("no scripts")
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) { play(t, name) })
	}
}

func play(t *testing.T, name string) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := must(Open(t.TempDir(), Options{Now: func() time.Time { return now }}))(t)
	defer s.Close()
	v := &Server{Store: s}
	if strings.Contains(name, "tokens") {
		v.Tokens = map[string]Grant{"agent": {Namespace: "agent"}, "harness": {Namespace: "harness"},
			"reader": {Namespace: "harness", ReadOnly: true}, "owner": {All: true}}
	}
	h := v.Handler()
	var out strings.Builder
	script := string(must(os.ReadFile(name))(t))
	for i, part := range strings.Split(strings.TrimSpace(script), "\n\n") {
		ask, want, asked := strings.Cut(part, "\n----")
		if !asked {
			fmt.Fprintf(&out, "%s\n\n", part) // a comment of its own
			continue
		}
		got := answer(t, h, ask)
		if want = strings.TrimPrefix(want, "\n"); got != want && !*rewrite {
			t.Errorf("%s, paragraph %d:\n%s\n---- got\n%s\n---- want\n%s", name, i+1, ask, got, want)
		}
		fmt.Fprintf(&out, "%s\n----\n%s\n\n", ask, got)
	}
	if *rewrite {
		if err := os.WriteFile(name, []byte(strings.TrimSuffix(out.String(), "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// answer sends one request, and tells status, named headers and body.
func answer(t *testing.T, h http.Handler, ask string) string {
	var line string
	var body []string
	header := http.Header{}
	for l := range strings.Lines(ask) {
		l = strings.TrimSuffix(l, "\n")
		name, value, isHeader := strings.Cut(strings.TrimPrefix(l, "> "), ": ")
		switch {
		case strings.HasPrefix(l, "#"):
		case line == "":
			line = l
		case strings.HasPrefix(l, "> ") && isHeader:
			header.Set(name, value)
		default:
			body = append(body, l)
		}
	}
	words := strings.Fields(line)
	req := httptest.NewRequest(words[0], "http://127.0.0.1"+words[1], strings.NewReader(strings.Join(body, "\n")))
	req.Header = header
	for _, w := range words[2:] {
		if token, ok := strings.CutPrefix(w, "as="); ok {
			req.Header.Set("Authorization", "Bearer "+token)
		}
	}
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	res := httptest.NewRecorder()
	h.ServeHTTP(res, req)
	out := fmt.Sprintln(res.Code)
	for _, name := range []string{"ETag", "X-Fs-Hash", "X-Fs-Mode", "WWW-Authenticate"} {
		if v := res.Header().Get(name); v != "" {
			out += "< " + name + ": " + v + "\n"
		}
	}
	b := res.Body.Bytes()
	if strings.HasPrefix(res.Header().Get("Content-Type"), "application/json") && len(b) > 0 {
		var v any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%s: %v: %s", line, err, b)
		}
		b = must(json.MarshalIndent(v, "", " "))(t)
	}
	return strings.TrimSuffix(out+string(b), "\n")
}

func TestClient(t *testing.T) {
	ctx, s := context.Background(), open(t)
	if _, err := s.PutBundle(ctx, []byte(bundle)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer((&Server{Store: s, Tokens: map[string]Grant{"a": {Namespace: "agent"}, "o": {All: true}}}).Handler())
	defer server.Close()
	c := &Client{URL: server.URL + "/", Token: "a"}
	x := must(c.Create(ctx, 0))(t)
	data := `{"big":18446744073709551615,"text":"hi"}`
	turn := must(c.AppendJSON(ctx, x.ID, Append{TypeID: "test.All", TypeVersion: 1, Key: "k"}, []byte(data)))(t)
	again := must(c.AppendJSON(ctx, x.ID, Append{TypeID: "test.All", TypeVersion: 1, Key: "k"}, []byte(data)))(t)
	stored := must(s.Everything().Turn(ctx, turn.ID))(t)
	if turn.ID != again.ID || turn.Hash != stored.Hash || turn.Created != stored.Created {
		t.Fatalf("%+v, again %+v, stored %+v", turn, again, stored)
	}
	fork := must(c.Create(ctx, turn.ID))(t)
	must(c.AppendJSON(ctx, fork.ID, Append{TypeID: "test.None", TypeVersion: 1}, []byte(`{"x":1}`)))(t)

	list := must(c.Typed(ctx, fork.ID, 0, 10))(t)
	if len(list) != 2 || string(list[0].Data) != data || string(list[1].Data) != `{"x":1}` || list[0].Hash != turn.Hash {
		t.Fatalf("%+v", list)
	}
	if page := must(c.Typed(ctx, fork.ID, list[1].ID, 10))(t); len(page) != 1 || page[0].ID != turn.ID {
		t.Error(page)
	}
	for name, scan := range map[string]func(context.Context, uint64, []string, func(Typed) error) error{
		"client": c.ScanTyped, "space": s.Space("agent").ScanTyped} {
		var seen []string
		if err := scan(ctx, 0, []string{"test.All"}, func(t Typed) error {
			seen = append(seen, fmt.Sprint(t.ID, t.TypeID, t.TypeVersion, string(t.Data)))
			return nil
		}); err != nil || len(seen) != 1 || seen[0] != "1test.All1"+data {
			t.Error(name, seen, err)
		}
		wantErr(t, scan(ctx, 0, nil, func(Typed) error { return io.ErrNoProgress }), io.ErrNoProgress)
	}
	h, isNew, err := c.PutBlob(ctx, nil)
	if err != nil || !isNew || h != Sum(nil) {
		t.Error(h, isNew, err)
	}
	if b := must(c.Blob(ctx, h))(t); len(b) != 0 {
		t.Error(b)
	}
	got := 0
	if err := c.Contexts(ctx, func(y Context) bool { got++; return y.ID != fork.ID }); err != nil || got != 1 {
		t.Error(got, err)
	}
	if found := must(c.Search(ctx, "parent = 1", 5))(t); len(found) != 1 || found[0].ID != fork.ID || found[0].Parent != x.ID {
		t.Error(found)
	}
	if isNew, err := c.PutBundle(ctx, []byte(bundle)); isNew || err != nil {
		t.Error(isNew, err)
	}
	if isNew, err := c.PutBundle(ctx, []byte(strings.Replace(bundle, "#one", "#/two", 1))); !isNew || err != nil {
		t.Error(isNew, err)
	}
	for want, err := range map[error]error{
		ErrNotFound: c.do(ctx, "GET", "/v1/contexts/99", nil, nil), ErrInvalid: c.do(ctx, "GET", "/v1/contexts/x", nil, nil),
		ErrForbidden: (&Client{URL: server.URL}).do(ctx, "GET", "/v1/contexts", nil, nil)} {
		wantErr(t, err, want)
	}
}

func TestEventStream(t *testing.T) {
	ctx, s := context.Background(), open(t)
	server := httptest.NewServer((&Server{Store: s}).Handler())
	defer server.Close()
	res := must(http.Get(server.URL + "/v1/events"))(t)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		var got []string
		for lines.Scan() && lines.Text() != "" {
			got = append(got, lines.Text())
		}
		return strings.Join(got, " ")
	}
	if got := next(); got != "event: connected data: {}" {
		t.Fatal(got)
	}
	p := s.Everything()
	c := must(p.Create(ctx, 0))(t)
	meta := Append{TypeID: "t", TypeVersion: 1, Payload: encode(mapping{{uint64(30), mapping{{uint64(1), "me"}, {uint64(3), []any{"l"}}}}})}
	must(p.Append(ctx, c.ID, meta))(t)
	must(p.Append(ctx, c.ID, meta))(t)
	for _, want := range []string{
		`event: context_created data: {"client_tag":"","context_id":"1","created_at":`,
		`event: turn_appended data: {"context_id":"1","declared_type_id":"t","declared_type_version":1,"depth":0,"parent_turn_id":"0","turn_id":"1"}`,
		`event: context_metadata_updated data: {"client_tag":"me","context_id":"1","has_provenance":false,"labels":["l"],"title":""}`,
		`event: turn_appended data: {"context_id":"1","declared_type_id":"t","declared_type_version":1,"depth":1,"parent_turn_id":"1","turn_id":"2"}`,
	} {
		if got := next(); !strings.HasPrefix(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestSlowListener lets go of one who does not read, and hinders nobody.
func TestSlowListener(t *testing.T) {
	s := open(t)
	slow, stop := s.Everything().Listen()
	defer stop()
	for i := range backlog + 1 {
		s.bus.send(Event{Kind: "turn_appended", Data: map[string]any{"n": i}})
	}
	n := 0
	for range slow { // ends, because the channel was closed
		n++
	}
	if n != backlog {
		t.Errorf("%d events before it was let go", n)
	}
}

// TestPage finds everything the page asks for on the same server, and nothing that would come from elsewhere.
func TestPage(t *testing.T) {
	h := (&Server{Store: open(t), Tokens: map[string]Grant{"x": {}}}).Handler()
	get := func(path string) string {
		res := httptest.NewRecorder()
		h.ServeHTTP(res, httptest.NewRequest("GET", "http://localhost/"+path, nil))
		if res.Code != 200 || !strings.Contains(res.Header().Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: %d %s", path, res.Code, res.Header())
		}
		return res.Body.String()
	}
	page := get("")
	for _, name := range []string{"page.css", "page.js"} {
		content := get(name)
		if !strings.Contains(page, `"`+name+`"`) || len(content) < 1000 {
			t.Errorf("%s: %d bytes", name, len(content))
		}
		page += content
	}
	for _, not := range []string{"http://", "https://", "innerHTML", "style=\""} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q", not)
		}
	}
}
