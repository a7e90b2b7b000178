package slack

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v4"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/slack/internal/api"
)

// A Ticket opens one socket, once: an app's for Socket Mode, or somebody's for RTM.
type Ticket struct {
	Key   string `json:"key"`
	App   string `json:"app"`
	Token string `json:"token"` // key of the token that RTM listens with
	Short bool   `json:"short"` // debug_reconnects: the connection lives six minutes
	Until int64  `json:"until"`
}

// ticketLife is for how long a socket's address is good.
const ticketLife = 30 * time.Second

// appsConnectionsOpen gives an app the address of a socket.
//
// https://docs.slack.dev/reference/methods/apps.connections.open
func (s *Slack) appsConnectionsOpen(c *call, in *api.AppsConnectionsOpenRequest) (any, error) {
	app, _ := s.apps.Get(c.Tx, c.token.App)
	if !app.SocketMode {
		return nil, Error("socket_mode_not_enabled")
	}
	t := c.ticket(Ticket{App: app.ID})
	return reply{"url": socketBase(c.base) + "/link/?ticket=" + t + "&app_id=" + app.ID}, nil
}

// ticket writes down a ticket and returns what its holder presents.
func (c *call) ticket(t Ticket) string {
	t.Key = c.Rand(36, secretAlphabet)
	t.Until = c.Now.Add(ticketLife).Unix()
	c.s.tickets.Put(c.Tx, t)
	c.At(c.Now.Add(ticketLife), "slack", timerTicket, t.Key)
	return c.World.Seal(t.Key)
}

// redeem takes a ticket, which is good once.
func (s *Slack) redeem(tc *twin.Call, presented string) (Ticket, bool) {
	key := tc.World.Unseal(presented)
	t, ok := s.tickets.Get(tc.Tx, key)
	if !ok || tc.Now.Unix() > t.Until {
		return t, false
	}
	s.tickets.Delete(tc.Tx, key)
	tc.Cancel("slack", timerTicket, key)
	return t, true
}

// socketBase is where sockets are, of what links begin with.
func socketBase(base string) string { return "ws" + strings.TrimPrefix(base, "http") }

// sockets are the connections of this process. They are no part of a world's state: a fork has none.
type sockets struct {
	mu   sync.Mutex
	open map[receiver][]*socket
	next map[receiver]int
}

// A receiver is an app in a world.
type receiver struct {
	w   *twin.World
	app string
}

// A socket is one connection of Socket Mode.
type socket struct {
	id      string
	to      receiver
	conn    *websocket.Conn
	mu      sync.Mutex
	waiting map[string]chan json.RawMessage
	gone    chan struct{}
}

// envelope is one message of Socket Mode.
//
// https://docs.slack.dev/apis/events-api/using-socket-mode#events
type envelope struct {
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
	Type    string          `json:"type"`
	Accepts bool            `json:"accepts_response_payload"`
	Attempt *int            `json:"retry_attempt,omitempty"`
	Reason  *string         `json:"retry_reason,omitempty"`
}

// deliverSocket hands a delivery to one of the app's connections, each in turn, and waits for it to be acknowledged.
func (s *Slack) deliverSocket(ctx context.Context, w *twin.World, d outbox.Delivery) (a outbox.Attempt) {
	start := time.Now()
	defer func() { a.MS = float64(time.Since(start).Microseconds()) / 1000 }()
	so := s.sockets.pick(receiver{w, d.Subject})
	if so == nil {
		a.Error = "dial: the app has no open connection"
		return a
	}
	n := len(d.Attempts)
	sum := sha256.Sum256(append(w.Key("envelope"), fmt.Sprint(d.ID, n)...))
	e := envelope{ID: fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]), Payload: json.RawMessage(d.Body), Type: d.Kind}
	switch d.Kind {
	case toEvents:
		why := ""
		if n > 0 {
			why = strings.TrimPrefix(reason(d.Attempts[n-1]), "http_")
		}
		e.Type, e.Attempt, e.Reason = "events_api", &n, &why
	case toCommand:
		e.Accepts = true
	default:
		e.Accepts = d.Topic != "block_actions" && d.Topic != "view_closed" && d.Topic != "shortcut" && d.Topic != "message_action"
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	payload, err := so.ask(ctx, e)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		a.Error = "timeout"
	case err != nil:
		a.Error = "dial: " + err.Error()
	default:
		a.Status, a.Body = http.StatusOK, string(payload)
		a.Header = map[string]string{"Content-Type": "application/json"}
	}
	return a
}

// ask sends an envelope and returns what the client acknowledges it with.
func (so *socket) ask(ctx context.Context, e envelope) (json.RawMessage, error) {
	answer := make(chan json.RawMessage, 1)
	so.mu.Lock()
	so.waiting[e.ID] = answer
	so.mu.Unlock()
	defer func() {
		so.mu.Lock()
		delete(so.waiting, e.ID)
		so.mu.Unlock()
	}()
	if err := so.conn.Write(ctx, websocket.MessageText, encode(e)); err != nil {
		return nil, err
	}
	select {
	case payload := <-answer:
		return payload, nil
	case <-so.gone:
		return nil, errors.New("the connection has ended")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pick returns the connection whose turn it is.
func (ss *sockets) pick(to receiver) *socket {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	list := ss.open[to]
	if len(list) == 0 {
		return nil
	}
	ss.next[to]++
	return list[ss.next[to]%len(list)]
}

// add counts a connection in and returns how many the app has.
func (ss *sockets) add(so *socket) int {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.open == nil {
		ss.open, ss.next = map[receiver][]*socket{}, map[receiver]int{}
	}
	ss.open[so.to] = append(ss.open[so.to], so)
	return len(ss.open[so.to])
}

func (ss *sockets) remove(so *socket) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(ss.open[so.to]), func(o *socket) bool { return o == so })
	if ss.open[so.to] = list; len(list) == 0 {
		delete(ss.open, so.to)
		delete(ss.next, so.to)
	}
}

// of returns the app's connections; an empty id is all of them.
func (ss *sockets) of(to receiver, id string) (list []*socket) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for _, so := range ss.open[to] {
		if id == "" || so.id == id {
			list = append(list, so)
		}
	}
	return list
}

// How long a connection of Socket Mode lives, and how long before its end it is warned.
const (
	socketLife      = 18060 * time.Second
	shortSocketLife = 360 * time.Second
	socketWarning   = 10 * time.Second
)

// pingEvery is how often Slack pings a connection, and how long it waits for the pong.
const pingEvery = 10 * time.Second

// socketRoutes are where the addresses of sockets lead.
func (s *Slack) socketRoutes() {
	link := s.Operation(&twin.Operation{ID: "socket_mode", Method: http.MethodGet, Path: "/link/", Level: twin.Full})
	s.Echo.GET("/link/", func(ec echo.Context) error {
		short := ec.QueryParam("debug_reconnects") == "true"
		return s.upgrade(ec, link, ec.QueryParam("ticket"), func(r *twin.Request, t Ticket, conn *websocket.Conn) { s.serveSocket(r, t, conn, short) })
	})
	rtm := s.Operation(&twin.Operation{ID: "rtm_socket", Method: http.MethodGet, Path: "/websocket/:ticket", Level: twin.Full})
	s.Echo.GET("/websocket/:ticket", func(ec echo.Context) error { return s.upgrade(ec, rtm, ec.Param("ticket"), s.serveRTM) })
}

// upgrade turns a request into a connection, for whoever presents a ticket. Slack tells the bearer of a spent one so on
// the connection itself.
func (s *Slack) upgrade(ec echo.Context, op *twin.Operation, presented string, serve func(*twin.Request, Ticket, *websocket.Conn)) error {
	return s.Serve(ec, op, presented, func(r *twin.Request) (twin.Answer, error) {
		var t Ticket
		good := false
		err := r.Update(func(c *twin.Call) error {
			t, good = s.redeem(c, presented)
			return nil
		})
		if err != nil {
			return twin.Answer{}, err
		}
		return twin.Answer{Stream: func(ec echo.Context) error {
			conn, err := websocket.Accept(ec.Response(), ec.Request(), &websocket.AcceptOptions{InsecureSkipVerify: true})
			if err != nil {
				return err
			}
			defer conn.CloseNow()
			conn.SetReadLimit(1 << 20)
			if !good {
				say(conn, reply{"type": "error", "error": reply{"code": 1, "msg": "Socket URL has expired"}})
				return conn.Close(websocket.StatusPolicyViolation, "")
			}
			serve(r, t, conn)
			return nil
		}}, nil
	})
}

// say sends a message, to a client that has ten seconds to take it.
func say(conn *websocket.Conn, v any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, encode(v))
}

// attend keeps a connection alive and reads from it until it ends. A notice that pass answers false to ends it, and so
// does the world's end or a ping without a pong.
func attend(conn *websocket.Conn, notices <-chan twin.Notice, pass func(twin.Notice) bool, hear func([]byte)) {
	ctx, cancel := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	defer keeping.Wait()
	defer cancel()
	keeping.Go(func() {
		tick := time.NewTicker(pingEvery)
		defer tick.Stop()
		for {
			select {
			case n, ok := <-notices:
				if !ok || !pass(n) {
					conn.Close(websocket.StatusGoingAway, "")
					return
				}
			case <-tick.C:
				pinged, done := context.WithTimeout(ctx, pingEvery)
				err := conn.Ping(pinged)
				done()
				if err != nil {
					conn.CloseNow()
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return
		}
		hear(b)
	}
}

// serveSocket speaks Socket Mode until either side has had enough.
//
// https://docs.slack.dev/apis/events-api/using-socket-mode
func (s *Slack) serveSocket(r *twin.Request, t Ticket, conn *websocket.Conn, short bool) {
	life := socketLife
	if short {
		life = shortSocketLife
	}
	so := &socket{id: t.Key, to: receiver{r.World, t.App}, conn: conn, waiting: map[string]chan json.RawMessage{}, gone: make(chan struct{})}
	notices, unwatch := r.World.Watch(256)
	defer unwatch()
	n := s.sockets.add(so)
	defer s.sockets.remove(so)
	defer close(so.gone)
	err := r.World.Update(func(c *twin.Call) error {
		c.At(c.Now.Add(life-socketWarning), "slack", timerSocketWarning, t.App+"/"+so.id)
		c.At(c.Now.Add(life), "slack", timerSocketRefresh, t.App+"/"+so.id)
		return nil
	})
	if err != nil {
		return
	}
	defer r.World.Update(func(c *twin.Call) error {
		c.Cancel("slack", timerSocketWarning, t.App+"/"+so.id)
		c.Cancel("slack", timerSocketRefresh, t.App+"/"+so.id)
		return nil
	})
	debug := so.debugInfo()
	debug["build_number"], debug["approximate_connection_time"] = 1, int(life/time.Second)
	if say(conn, reply{"type": "hello", "num_connections": n, "debug_info": debug, "connection_info": reply{"app_id": t.App}}) != nil {
		return
	}
	attend(conn, notices, func(n twin.Notice) bool { return n.Topic != twin.Replaced }, so.hear)
}

// hear takes an acknowledgement.
func (so *socket) hear(b []byte) {
	var ack struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(b, &ack) != nil {
		return
	}
	so.mu.Lock()
	answer := so.waiting[ack.ID]
	delete(so.waiting, ack.ID)
	so.mu.Unlock()
	if answer != nil {
		answer <- ack.Payload
	}
}

func (so *socket) debugInfo() reply { return reply{"host": "applink-" + strings.ToLower(so.id[:8])} }

// disconnect tells the app's connections that they have to go, and after anything but a warning ends them.
func (s *Slack) disconnect(w *twin.World, app, id, why string) {
	for _, so := range s.sockets.of(receiver{w, app}, id) {
		say(so.conn, reply{"type": "disconnect", "reason": why, "debug_info": so.debugInfo()})
		if why != "warning" {
			s.sockets.remove(so)
			go so.conn.Close(websocket.StatusNormalClosure, "")
		}
	}
}
