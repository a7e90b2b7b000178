package cxdb

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"twinset.dev/agent/internal/look"
)

//go:embed ui
var ui embed.FS

// Handler answers the HTTP API, documented and implemented forms alike, and the page that browses the store.
//
// https://github.com/strongdm/cxdb/blob/main/docs/http-api.md
func (v *Server) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /health", v.health)
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	for path, name := range map[string]string{"/{$}": "index.html", "/page.css": "page.css", "/page.js": "page.js"} {
		content, err := ui.ReadFile("ui/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		if name == "page.css" {
			content = append([]byte(look.CSS), content...)
		}
		m.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'")
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
		})
	}
	for pattern, h := range map[string]handler{
		"GET /v1/contexts":                         (*call).listContexts,
		"GET /v1/contexts/search":                  (*call).searchContexts,
		"POST /v1/contexts":                        (*call).createContext,
		"POST /v1/contexts/create":                 (*call).createContext,
		"POST /v1/contexts/fork":                   (*call).forkContext,
		"GET /v1/contexts/{id}":                    (*call).getContext,
		"GET /v1/contexts/{id}/children":           (*call).childContexts,
		"GET /v1/contexts/{id}/provenance":         (*call).getProvenance,
		"GET /v1/contexts/{id}/turns":              (*call).listTurns,
		"POST /v1/contexts/{id}/turns":             (*call).appendTurn,
		"POST /v1/contexts/{id}/append":            (*call).appendTurn,
		"GET /v1/turns":                            (*call).scanTurns,
		"GET /v1/turns/{id}":                       (*call).getTurn,
		"GET /v1/turns/{id}/children":              (*call).childTurns,
		"POST /v1/turns/{id}/fs":                   (*call).attachFS,
		"GET /v1/turns/{id}/fs":                    (*call).listFS,
		"GET /v1/turns/{id}/fs/{path...}":          (*call).getFS,
		"POST /v1/blobs":                           (*call).putBlob,
		"GET /v1/blobs/{hash}":                     (*call).getBlob,
		"PUT /v1/registry/bundles/{id...}":         (*call).putBundle,
		"GET /v1/registry/bundles/{id...}":         (*call).getBundle,
		"GET /v1/registry/types":                   (*call).listTypes,
		"GET /v1/registry/types/{id}/versions/{n}": (*call).getType,
		"GET /v1/registry/renderers":               (*call).renderers,
		"GET /v1/stats":                            (*call).stats,
		"GET /v1/metrics":                          (*call).metrics,
		"GET /v1/events":                           (*call).events,
	} {
		m.Handle(pattern, v.handle(h))
	}
	m.Handle("/", v.handle(func(c *call) error { return refuse(ErrNotFound, "no such route") }))
	return v.guard(m)
}

// A handler answers one call, or returns why not.
type handler func(*call) error

// A call is one HTTP request of somebody who may see the space.
type call struct {
	*http.Request
	w     http.ResponseWriter
	v     *Server
	space *Space
	grant Grant
}

// handle finds out who calls, and turns errors into the API's envelope.
func (v *Server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := v.Store.now()
		c := &call{Request: r, w: w, v: v}
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		space, grant, err := v.space(token)
		if c.space, c.grant = space, grant; err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			c.fail(http.StatusUnauthorized, "UNAUTHORIZED", err)
			return
		}
		if grant.ReadOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
			err = refuse(ErrForbidden, "the token is read-only")
		}
		if err == nil {
			err = h(c)
		}
		if err != nil {
			code, name := status(err)
			c.fail(code, name, err)
		}
		if w.Header().Get("Content-Type") != eventStream { // which lasts as long as somebody listens
			v.Store.meter.count("http", v.Store.now().Sub(start))
		}
	})
}

func (c *call) fail(code int, name string, err error) {
	c.v.Store.meter.fail("http")
	body := map[string]any{"code": code, "name": name, "message": err.Error()}
	if q, ok := errors.AsType[*QueryError](err); ok {
		body["details"] = map[string]any{"position": q.Position, "field": q.Field}
	}
	c.reply(code, map[string]any{"error": body})
}

// guard keeps web pages of elsewhere away from a store that listens on this machine: a foreign name in Host, and writes
// that a browser says are another site's.
func (v *Server) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	return origin.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil && host != "localhost" && !strings.HasSuffix(host, ".localhost") && !slices.Contains(v.Hosts, host) {
			http.Error(w, "cxdb: not served under the name "+strconv.Quote(host), http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	}))
}

// ServeHTTP answers the HTTP API on a listener until the context ends.
func (v *Server) ServeHTTP(ctx context.Context, l net.Listener) error {
	s := &http.Server{Handler: v.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(last)
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (c *call) reply(code int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(code)
	_, err = c.w.Write(append(b, '\n'))
	if err != nil {
		return nil // the caller has gone
	}
	return nil
}

// number reads a path value or query parameter that is an id or a count; def when it is not there.
func (c *call) number(name, text string, def uint64) (uint64, error) {
	if text == "" {
		return def, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, refuse(ErrInvalid, "invalid %s: %q", name, text)
	}
	return n, nil
}

func (c *call) id() (uint64, error) { return c.number("id", c.PathValue("id"), 0) }

// most is how many of anything one answer lists.
const most = 10_000

func (c *call) limit(q url.Values, def uint64) (int, error) {
	n, err := c.number("limit", q.Get("limit"), def)
	if err == nil && n > most {
		err = refuse(ErrInvalid, "limit is at most %d", most)
	}
	return int(n), err
}

// truth reads a boolean parameter: true, 1, or its name alone.
func truth(q url.Values, name string, def bool) bool {
	if !q.Has(name) {
		return def
	}
	b, err := strconv.ParseBool(q.Get(name))
	return b || err != nil && q.Get(name) == ""
}

// body reads a JSON object.
func (c *call) body(v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, MaxBlob))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return refuse(ErrTooLarge, "a body has at most %d bytes", MaxBlob)
	}
	if err != nil {
		return refuse(ErrInvalid, "body: %v", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return refuse(ErrInvalid, "body: %v", err)
	}
	return nil
}

// An anyID is an id as a JSON string or number.
type anyID uint64

func (i *anyID) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseUint(strings.Trim(string(b), `"`), 10, 64)
	if err != nil && string(b) != "null" {
		return errors.New("an id is a number or a string of digits, not " + string(b))
	}
	*i = anyID(n)
	return nil
}

func text(n uint64) string { return strconv.FormatUint(n, 10) }

func iso(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func (v *Server) health(w http.ResponseWriter, r *http.Request) {
	c := &call{Request: r, w: w, v: v}
	m := v.Store.meter
	c.reply(http.StatusOK, map[string]any{"status": "ok", "version": "1.0.0", "uptime_seconds": int(m.now().Sub(m.started).Seconds())})
}

const eventStream = "text/event-stream"

// events streams the space's events; a comment every 20 seconds keeps the line open.
func (c *call) events() error {
	events, stop := c.space.Listen()
	defer stop()
	h := c.w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-cache")
	rc := http.NewResponseController(c.w)
	send := func(s string) bool {
		_, err := io.WriteString(c.w, s)
		return err == nil && rc.Flush() == nil
	}
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for ok := send("event: connected\ndata: {}\n\n"); ok; {
		select {
		case e, open := <-events:
			data, err := json.Marshal(e.Data)
			if !open || err != nil {
				return nil
			}
			ok = send("event: " + e.Kind + "\ndata: " + string(data) + "\n\n")
		case <-beat.C:
			ok = send(":heartbeat\n\n")
		case <-c.Context().Done():
			return nil
		}
	}
	return nil
}

func (c *call) stats() error {
	if !c.grant.All {
		return refuse(ErrForbidden, "the token does not see the whole store")
	}
	t := c.v.Store.Totals()
	return c.reply(http.StatusOK, map[string]any{"contexts": t.Contexts, "turns": t.Turns, "blobs": t.Blobs,
		"storage_bytes": t.StoredBytes, "raw_bytes": t.RawBytes, "dedup_hit_rate": t.DedupHitRate})
}

func (c *call) metrics() error {
	if !c.grant.All {
		return refuse(ErrForbidden, "the token does not see the whole store")
	}
	s := c.v.Store
	t := s.Totals()
	lsm, vlog := s.db.Size()
	sessions := s.live.list(c.space)
	return c.reply(http.StatusOK, map[string]any{
		"ts": iso(s.now().UnixMilli()), "uptime_seconds": s.now().Sub(s.meter.started).Seconds(),
		"sessions": map[string]any{"active": len(sessions)},
		"objects":  map[string]any{"contexts_total": t.Contexts, "turns_total": t.Turns, "blobs_total": t.Blobs, "bundles_total": t.Bundles},
		"storage": map[string]any{"blobs_raw_bytes": t.RawBytes, "blobs_stored_bytes": t.StoredBytes, "dedup_hit_rate": t.DedupHitRate,
			"tables_bytes": lsm, "value_log_bytes": vlog},
		"perf": s.meter.perf(), "errors": s.meter.failures(),
	})
}
