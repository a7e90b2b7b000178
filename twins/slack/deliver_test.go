package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
)

// configure changes the demo's app.
func configure(t *testing.T, s *Slack, w *twin.World, change func(*App)) (app App) {
	t.Helper()
	must(t, w.Update(func(c *twin.Call) error {
		for app = range s.apps.All(c.Tx, "") {
			break
		}
		was := app
		change(&app)
		s.apps.Put(c.Tx, app)
		s.reinstall(c, was, app)
		return nil
	}))
	return app
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// speak has bo say something in #general.
func speak(t *testing.T, s *Slack, w *twin.World, text string) {
	t.Helper()
	must(t, w.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, "bo")
		if err != nil {
			return err
		}
		ch, err := c.addressee("#general")
		if err != nil {
			return err
		}
		m, err := c.compose(content{Text: text})
		if err != nil {
			return err
		}
		_, err = c.post(ch, m, "", false)
		return err
	}))
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s did not happen", what)
}

// TestEventRetries holds the schedule of retries to Slack's: nearly at once, after a minute, after five; each says which
// it is and why. An app that says so gets none.
func TestEventRetries(t *testing.T) {
	s, w := world(t)
	var mu sync.Mutex
	var got []http.Header
	noRetry := false
	srv := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header.Clone())
		if noRetry {
			res.Header().Set("X-Slack-No-Retry", "1")
		}
		res.WriteHeader(http.StatusInternalServerError)
	}))
	defer srv.Close()
	configure(t, s, w, func(a *App) { a.RequestURL = srv.URL })
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(got) }

	speak(t, s, w, "hello")
	until(t, "the first retry", func() bool { return count() == 2 })
	must(t, w.Advance(t.Context(), 59*time.Second))
	if n := count(); n != 2 {
		t.Fatalf("after 59 seconds there were %d attempts, want 2", n)
	}
	must(t, w.Advance(t.Context(), 2*time.Second))
	if n := count(); n != 3 {
		t.Fatalf("after a minute there were %d attempts, want 3", n)
	}
	must(t, w.Advance(t.Context(), 10*time.Minute))
	if n := count(); n != 4 {
		t.Fatalf("after eleven minutes there were %d attempts, want 4", n)
	}
	for i, h := range got {
		num, why := "", ""
		if i > 0 {
			num, why = fmt.Sprint(i), "http_error"
		}
		if h.Get("X-Slack-Retry-Num") != num || h.Get("X-Slack-Retry-Reason") != why {
			t.Errorf("attempt %d says %q and %q, want %q and %q", i, h.Get("X-Slack-Retry-Num"), h.Get("X-Slack-Retry-Reason"), num, why)
		}
	}
	ds := w.Outbox()
	if d := ds[len(ds)-1]; d.State != outbox.Failed || len(d.Attempts) != 4 {
		t.Errorf("the delivery is %s after %d attempts", d.State, len(d.Attempts))
	}
	noRetry = true
	speak(t, s, w, "again")
	until(t, "the last attempt", func() bool { d := w.Outbox(); return d[len(d)-1].State == outbox.Failed })
	if n := count(); n != 5 {
		t.Errorf("an app that wants no retries got %d", n-5)
	}
}

// TestDeliveryReasons holds what Slack calls failures to what went wrong.
func TestDeliveryReasons(t *testing.T) {
	s, w := world(t)
	hops := 0
	srv := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			select {
			case <-r.Context().Done():
			case <-time.After(4 * time.Second):
			}
		case "/round":
			hops++
			http.Redirect(res, r, "/round", http.StatusTemporaryRedirect)
		case "/twice":
			http.Redirect(res, r, "/once", http.StatusFound)
		case "/once":
			http.Redirect(res, r, "/ok", http.StatusFound)
		case "/bad":
			res.WriteHeader(http.StatusTeapot)
		}
	}))
	defer srv.Close()
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	app := configure(t, s, w, func(*App) {})
	for _, c := range []struct{ url, reason string }{
		{srv.URL + "/ok", ""}, {srv.URL + "/twice", ""}, {srv.URL + "/bad", "http_error"}, {srv.URL + "/slow", "http_timeout"},
		{srv.URL + "/round", "too_many_redirects"}, {"http://127.0.0.1:1/", "connection_failed"}, {tls.URL, "ssl_error"}, {"https://slack.com/", "connection_failed"},
	} {
		a := s.deliver(t.Context(), w, outbox.Delivery{Twin: "slack", Kind: toEvents, Subject: app.ID, URL: c.url, Body: "{}"})
		if a.OK() != (c.reason == "") {
			t.Errorf("%s: %+v", c.url, a)
		} else if !a.OK() && reason(a) != c.reason {
			t.Errorf("%s is a %s, want %s (%s)", c.url, reason(a), c.reason, a.Error)
		}
	}
	if hops != maxRedirects+1 {
		t.Errorf("an app that redirects for ever was asked %d times", hops)
	}
}

// TestEventsPerHour holds a world that keeps Slack's limits to 30,000 events an hour, and to saying so once a minute.
func TestEventsPerHour(t *testing.T) {
	s, w := world(t)
	app := configure(t, s, w, func(a *App) { a.SocketMode = true })
	_, err := w.AddFault(twin.Fault{RateLimits: "vendor"})
	must(t, err)
	must(t, w.Update(func(c *twin.Call) error {
		s.rates.Put(c.Tx, EventRate{App: app.ID, Team: app.Team, Since: c.Now.Unix(), Events: eventsPerHour - 1})
		return nil
	}))
	for range 3 {
		speak(t, s, w, "hello")
	}
	topics := func() (ts []string) {
		for _, d := range w.Outbox() {
			ts = append(ts, d.Topic)
		}
		return ts
	}
	if got, want := topics(), []string{"message", "app_rate_limited"}; !slices.Equal(got, want) {
		t.Fatalf("the app was told %v, want %v", got, want)
	}
	var body struct {
		Minute int64 `json:"minute_rate_limited"`
	}
	json.Unmarshal([]byte(w.Outbox()[1].Body), &body)
	if want := w.Clock().Now().Unix(); body.Minute != want {
		t.Errorf("limited in minute %d, want %d", body.Minute, want)
	}
	must(t, w.Advance(t.Context(), time.Hour))
	speak(t, s, w, "hello")
	if got := topics(); got[len(got)-1] != "message" {
		t.Errorf("an hour later the app was told %v", got)
	}
}

// A testSocket is a client of Socket Mode.
type testSocket struct {
	conn *websocket.Conn
	got  chan map[string]any
}

func dial(t *testing.T, s *Slack, w *twin.World, base, query string) *testSocket {
	t.Helper()
	var addr string
	must(t, w.Update(func(tc *twin.Call) error {
		var app App
		for app = range s.apps.All(tc.Tx, "") {
			break
		}
		c := &call{Call: tc, s: s, base: base + "/w/" + w.Name(), token: Token{App: app.ID}}
		out, err := s.appsConnectionsOpen(c, nil)
		if err != nil {
			return err
		}
		addr = out.(reply)["url"].(string)
		return nil
	}))
	return dialAt(t, addr+query)
}

func dialAt(t *testing.T, addr string) *testSocket {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), addr, nil)
	must(t, err)
	c := &testSocket{conn, make(chan map[string]any, 64)}
	go func() {
		defer close(c.got)
		for {
			_, b, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			var v map[string]any
			json.Unmarshal(b, &v)
			c.got <- v
		}
	}()
	return c
}

func (c *testSocket) next(t *testing.T) map[string]any {
	t.Helper()
	select {
	case v := <-c.got:
		return v
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
		return nil
	}
}

func (c *testSocket) ack(t *testing.T, v map[string]any) {
	t.Helper()
	must(t, c.conn.Write(t.Context(), websocket.MessageText, encode(reply{"envelope_id": v["envelope_id"]})))
}

// TestSockets holds Socket Mode to what its clients rely on: tickets are good once, connections take turns, what is not
// acknowledged comes again, they are told to go in time, and they end with the world's state.
func TestSockets(t *testing.T) {
	s, w := world(t)
	srv := httptest.NewServer(s.Echo)
	defer srv.Close()
	configure(t, s, w, func(a *App) { a.SocketMode = true })
	before := runtime.NumGoroutine()

	a := dial(t, s, w, srv.URL, "")
	if hello := a.next(t); hello["type"] != "hello" || hello["num_connections"] != 1.0 {
		t.Fatalf("the first greeting is %v", hello)
	}
	b := dial(t, s, w, srv.URL, "&debug_reconnects=true")
	hello := b.next(t)
	if hello["num_connections"] != 2.0 || hello["debug_info"].(map[string]any)["approximate_connection_time"] != 360.0 {
		t.Fatalf("the second greeting is %v", hello)
	}

	turns := map[*testSocket]int{}
	for range 4 {
		speak(t, s, w, "turn")
		select {
		case v := <-a.got:
			a.ack(t, v)
			turns[a]++
		case v := <-b.got:
			b.ack(t, v)
			turns[b]++
		case <-time.After(5 * time.Second):
			t.Fatal("nothing came")
		}
	}
	if turns[a] != 2 || turns[b] != 2 {
		t.Fatalf("of four events one connection got %d", turns[a])
	}
	until(t, "all being acknowledged", func() bool {
		return !slices.ContainsFunc(w.Outbox(), func(d outbox.Delivery) bool { return d.State != outbox.Delivered })
	})

	must(t, w.Advance(t.Context(), 351*time.Second))
	if v := b.next(t); v["type"] != "disconnect" || v["reason"] != "warning" {
		t.Fatalf("before its end the connection heard %v", v)
	}
	must(t, w.Advance(t.Context(), 10*time.Second))
	if v := b.next(t); v["reason"] != "refresh_requested" {
		t.Fatalf("at its end the connection heard %v", v)
	}
	if _, open := <-b.got; open {
		t.Fatal("the connection goes on")
	}

	speak(t, s, w, "not acknowledged")
	first := a.next(t)
	again := a.next(t) // after three seconds
	if again["retry_attempt"] != 1.0 || again["retry_reason"] != "timeout" || again["envelope_id"] == first["envelope_id"] {
		t.Fatalf("the retry is %v", again)
	}
	if first["retry_attempt"] != 0.0 || first["accepts_response_payload"] != false || first["type"] != "events_api" {
		t.Fatalf("the first attempt is %v", first)
	}
	a.ack(t, again)

	must(t, w.Reset())
	if _, open := <-a.got; open {
		t.Fatal("a reset leaves the connection")
	}
	configure(t, s, w, func(a *App) { a.SocketMode = true })
	c := dial(t, s, w, srv.URL, "")
	c.next(t)
	must(t, s.Drop(w.Name()))
	if _, open := <-c.got; open {
		t.Fatal("dropping the world leaves the connection")
	}
	http.DefaultClient.CloseIdleConnections()
	until(t, "every goroutine's end", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// TestTickets holds the address of a socket to being good once and for thirty seconds.
func TestTickets(t *testing.T) {
	s, w := world(t)
	srv := httptest.NewServer(s.Echo)
	defer srv.Close()
	ticket := func() (presented string) {
		must(t, w.Update(func(tc *twin.Call) error {
			presented = (&call{Call: tc, s: s}).ticket(Ticket{App: "A1"})
			return nil
		}))
		return presented
	}
	at := func(ticket string) string {
		return "ws" + strings.TrimPrefix(srv.URL, "http") + "/link/?ticket=" + url.QueryEscape(ticket)
	}
	good := ticket() // it names its world by itself
	if hello := dialAt(t, at(good)).next(t); hello["type"] != "hello" {
		t.Fatalf("a good ticket hears %v", hello)
	}
	if v := dialAt(t, at(good)).next(t); v["type"] != "error" {
		t.Fatalf("a spent ticket hears %v", v)
	}
	late := ticket()
	must(t, w.Advance(t.Context(), 31*time.Second))
	if v := dialAt(t, at(late)).next(t); v["type"] != "error" {
		t.Fatalf("a late ticket hears %v", v)
	}
}

// TestRTM holds a connection of RTM to what its clients rely on besides events: pongs, answers to what they say, presence,
// and an end when their token is revoked.
func TestRTM(t *testing.T) {
	s, w := world(t)
	srv := httptest.NewServer(s.Echo)
	defer srv.Close()
	var addr, general, bo string
	must(t, w.Update(func(tc *twin.Call) error {
		c, err := s.person(tc, "ana")
		if err != nil {
			return err
		}
		c.base = srv.URL + "/w/" + w.Name()
		s.tokens.Put(tc.Tx, Token{Key: "xoxs-rtm", Kind: tokenLegacy, User: c.user.ID, Team: c.user.Team})
		c.token.Key = "xoxs-rtm"
		addr = c.rtmURL()
		general = c.channelID("general")
		u, _ := c.userByName("bo")
		bo = u.ID
		return nil
	}))
	c := dialAt(t, addr)
	send := func(v reply) { must(t, c.conn.Write(t.Context(), websocket.MessageText, encode(v))) }
	hear := func(kind string) map[string]any {
		for {
			if v := c.next(t); v["type"] == kind || kind == "" && v["type"] == nil {
				return v
			}
		}
	}
	hear("hello")
	if v := hear("reconnect_url"); !strings.Contains(v["url"].(string), "/websocket/") {
		t.Errorf("reconnect_url is %v", v)
	}
	send(reply{"type": "ping", "id": 7, "time": 3})
	if v := hear("pong"); v["reply_to"] != 7.0 || v["time"] != 3.0 {
		t.Errorf("the pong is %v", v)
	}
	send(reply{"type": "message", "id": 8, "channel": general, "text": "hi"})
	if v := hear(""); v["ok"] != true || v["reply_to"] != 8.0 || v["text"] != "hi" || v["ts"] == "" {
		t.Errorf("the answer to a message is %v", v)
	}
	for _, bad := range []struct {
		in   reply
		code float64
	}{{reply{"type": "message", "id": 9, "channel": general, "text": ""}, 2}, {reply{"type": "message", "id": 9, "channel": "C000", "text": "x"}, 4}, {reply{"type": "dance", "id": 9}, 1}} {
		send(bad.in)
		if v := hear(""); v["ok"] != false || v["error"].(map[string]any)["code"] != bad.code {
			t.Errorf("%v is answered %v", bad.in, v)
		}
	}
	send(reply{"type": "presence_query", "ids": []string{bo}})
	if v := hear("presence_change"); v["user"] != bo {
		t.Errorf("the presence is %v", v)
	}
	must(t, w.Update(func(tc *twin.Call) error {
		tok, _ := s.tokens.Get(tc.Tx, "xoxs-rtm")
		tok.Revoked = true
		s.tokens.Put(tc.Tx, tok)
		return nil
	}))
	speak(t, s, w, "unheard")
	hear("goodbye")
	if _, open := <-c.got; open {
		t.Error("the connection of a revoked token goes on")
	}
}
