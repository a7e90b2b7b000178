package twin

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// Levels of fidelity of an operation.
const (
	Full    Level = "full"    // state, errors, pagination and scopes are the vendor's
	Partial Level = "partial" // the behaviour is there, some of its edges are not
	Shape   Level = "shape"   // the answer has the vendor's shape, and nothing behind it
	None    Level = "none"    // answers 501
)

// A Level says how far an operation is twinned.
type Level string

// An Operation is one row of a twin's manifest.
type Operation struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Level  Level  `json:"fidelity"`
	Notes  string `json:"notes,omitempty"`

	calls, errors, micros atomic.Uint64
}

// Calls, Errors and Micros count what this process has answered: requests, those refused, and time spent.
func (o *Operation) Calls() uint64  { return o.calls.Load() }
func (o *Operation) Errors() uint64 { return o.errors.Load() }
func (o *Operation) Micros() uint64 { return o.micros.Load() }

// Operation adds an operation to the manifest.
func (b *Base) Operation(o *Operation) *Operation {
	if b.byID[o.ID] != nil {
		panic("twin: operation " + o.ID + " is declared twice")
	}
	b.byID[o.ID] = o
	b.ops = append(b.ops, o)
	return o
}

// Operations returns the manifest's rows in the order they were declared.
func (b *Base) Operations() []*Operation { return b.ops }

// A Request is one HTTP request to a twin, in the world it is for.
type Request struct {
	Base  *Base
	World *World
	Op    *Operation
	Echo  echo.Context

	Actor    string   // who asks, in the vendor's ids, for the journal
	Ignored  []string // parameters that nobody read, for the journal
	Cause    string   // what brought it about, for the journal
	Schema   []string // where the answer differs from the specification, when somebody checks
	version  uint64
	needed   [][]string
	permits  []string
	followed []Entry // what other twins have done because of it

	now       time.Time // of the world, when the request's first transaction ran
	disturbed bool      // the world has faults or keeps rate limits
}

// An Answer is what goes back: the vendor's status, headers and body.
type Answer struct {
	Status int
	Type   string // content type
	Header http.Header
	Body   []byte
	Error  string // the vendor's code, for the journal

	// Stream, if set, writes the answer itself; Body is not used.
	Stream func(ec echo.Context) error
}

// WorldHeader names the world a request is for.
const WorldHeader = "Twin-World"

// worldPrefix takes /w/{world} off the path, and off again: clients that keep the path of a link alone put it behind the
// base URL that they were given, which has the prefix too.
func worldPrefix(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		r := ec.Request()
		if rest, ok := strings.CutPrefix(r.URL.Path, "/w/"); ok {
			world, path, _ := strings.Cut(rest, "/")
			r.Header.Set(WorldHeader, world)
			again := "w/" + world + "/"
			r.URL.Path = "/" + strings.TrimPrefix(path, again)
			if raw := r.URL.RawPath; raw != "" {
				_, path, _ := strings.Cut(strings.TrimPrefix(raw, "/w/"), "/")
				r.URL.RawPath = "/" + strings.TrimPrefix(path, again)
			}
		}
		return next(ec)
	}
}

// Choose returns the world a request is for: by path, by header, by the credential it carries, else the default one.
func (h *Host) Choose(ec echo.Context, credential string) (*World, bool) {
	if name := ec.Request().Header.Get(WorldHeader); name != "" {
		return h.World(name)
	}
	if n := len(credential); n > tagLength {
		if sw, ok := h.DB.ByTag(credential[n-tagLength:]); ok {
			return h.Attach(sw), true
		}
	}
	return h.World(DefaultWorld)
}

const tagLength = 8

// Serve answers one request: it finds the world, lets faults strike, runs f and writes it all into the journal.
func (b *Base) Serve(ec echo.Context, op *Operation, credential string, f func(*Request) (Answer, error)) error {
	start := time.Now()
	w, ok := b.Choose(ec, credential)
	if !ok {
		return ec.JSON(http.StatusNotFound, map[string]string{"error": "no world " + strconv.Quote(ec.Request().Header.Get(WorldHeader))})
	}
	r := &Request{Base: b, World: w, Op: op, Echo: ec}
	fault, struck := r.fault()
	var a Answer
	var err error
	if struck && fault.Latency != "" {
		if d, e := time.ParseDuration(fault.Latency); e == nil {
			select {
			case <-time.After(d):
			case <-ec.Request().Context().Done():
			}
		}
	}
	if !struck || fault.When == "after" || !fault.replaces() {
		a, err = r.run(f)
	}
	if struck && err == nil && fault.replaces() {
		if fault.Drop {
			r.journal(start, 0, "dropped", fault.ID)
			return drop(ec)
		}
		a = b.Refuse(r, fault)
	}
	if err != nil {
		op.errors.Add(1)
		r.journal(start, http.StatusInternalServerError, err.Error(), fault.ID)
		b.Log.Error("internal error", "twin", b.Service, "operation", op.ID, "err", err)
		return ec.JSON(http.StatusInternalServerError, map[string]string{"error": "internal error; the journal has it in full"})
	}
	status := a.Status
	if status == 0 {
		status = http.StatusOK
	}
	hdr := ec.Response().Header()
	for k, v := range a.Header {
		hdr[k] = v
	}
	if fault.RetryAfter > 0 && hdr.Get("Retry-After") == "" {
		hdr.Set("Retry-After", strconv.Itoa(fault.RetryAfter))
	}
	if a.Error != "" {
		op.errors.Add(1)
	} else if b.Check != nil && a.Stream == nil {
		for _, e := range b.Check(op.ID, status, a.Type, a.Body) {
			b.Log.Warn("answer differs from the specification", "twin", b.Service, "operation", op.ID, "err", e)
			r.Schema = append(r.Schema, e.Error())
		}
	}
	var sent error // a caller who has gone away is nobody's fault
	if a.Stream != nil {
		sent = a.Stream(ec)
		r.journal(start, ec.Response().Status, a.Error, fault.ID)
	} else {
		r.journal(start, status, a.Error, fault.ID) // before the caller can ask the next thing
		if len(a.Body) > 0 {
			hdr.Set("Content-Length", strconv.Itoa(len(a.Body)))
		}
		if struck && fault.Truncate > 0 && fault.Truncate < len(a.Body) {
			a.Body = a.Body[:fault.Truncate]
		}
		if a.Type != "" {
			hdr.Set("Content-Type", a.Type)
		}
		ec.Response().WriteHeader(status)
		_, sent = ec.Response().Write(a.Body)
	}
	if sent != nil {
		b.Log.Debug("answer not sent", "twin", b.Service, "operation", op.ID, "err", sent)
	}
	return nil
}

// replaces reports whether the fault is answered instead of what would have been.
func (f Fault) replaces() bool { return f.Drop || f.Error != "" || f.Status != 0 }

func (r *Request) run(f func(*Request) (Answer, error)) (a Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return f(r)
}

func drop(ec echo.Context) error {
	conn, _, err := http.NewResponseController(ec.Response().Writer).Hijack()
	if err != nil {
		return err
	}
	return conn.Close()
}

// Update runs f as this request's transaction. If f returns an error, nothing it wrote and nothing it sent has happened.
func (r *Request) Update(f func(*Call) error) error {
	return r.World.update(r, time.Time{}, f)
}

// View runs f on the state as it is; it cannot write.
func (r *Request) View(f func(*Call) error) error { return r.World.view(r, f) }

// happened keeps the world's time of the first transaction of a request, if there is one.
func (r *Request) happened(at time.Time) {
	if r != nil && r.now.IsZero() {
		r.now = at
	}
}

func (r *Request) journal(start time.Time, status int, code, fault string) {
	if r.now.IsZero() {
		r.View(func(*Call) error { return nil })
	}
	took := time.Since(start)
	r.Op.calls.Add(1)
	r.Op.micros.Add(uint64(took.Microseconds()))
	req := r.Echo.Request()
	r.World.Journal.add(Entry{
		At: r.now, Twin: r.Base.Service, Operation: r.Op.ID, Method: req.Method, Path: req.URL.Path,
		Actor: r.Actor, Status: status, Error: code, MS: float64(took.Microseconds()) / 1000,
		Ignored: r.Ignored, Schema: r.Schema, Fault: fault, Cause: r.Cause, Version: r.version, Needed: r.needed, Permissions: r.permits,
	})
	for _, e := range r.followed {
		r.World.Journal.add(e)
	}
}

// An origin is where the twins of one port are reached.
type origin struct {
	last      atomic.Pointer[string] // scheme and host of the newest request, for links made outside one
	listening atomic.Pointer[url.URL]
}

// Listening tells b, and those that share its port, at which address they are reached, for links that are made before
// anybody has called and for callers at another port of the host.
func (b *Base) Listening(at string) {
	b.origin.last.Store(&at)
	if u, err := url.Parse(at); err == nil {
		b.origin.listening.Store(u)
	}
}

// URL returns what a link to the twin begins with in the world of c: the scheme and host that the caller used, and the
// world's prefix unless it is the default world.
func (b *Base) URL(c *Call) string { return b.URLIn(c.World, c.Request) }

// URLIn is URL in a world, for whoever made the request; r may be nil.
func (b *Base) URLIn(w *World, r *Request) string {
	base := strings.ReplaceAll(b.BaseURL, "{twin}", b.Service)
	switch {
	case base != "":
	case r == nil || r.Echo == nil:
		base = "http://127.0.0.1"
		if last := b.origin.last.Load(); last != nil {
			base = *last
		}
	case r.Echo.Echo() != b.Echo:
		base = b.seenFrom(r.Echo)
	default:
		base = b.caller(r.Echo)
	}
	if w.Name() != DefaultWorld {
		base += "/w/" + w.Name()
	}
	return base
}

// caller is the scheme and host that the caller used.
func (b *Base) caller(ec echo.Context) string {
	req := ec.Request()
	if o := b.origin.last.Load(); o != nil {
		if host, ok := strings.CutPrefix(*o, "http://"); ok && host == req.Host && req.TLS == nil {
			return *o
		}
	}
	o := ec.Scheme() + "://" + req.Host
	b.origin.last.Store(&o)
	return o
}

// seenFrom is where the twin is for somebody who has called another port: on the same host, at its own port.
func (b *Base) seenFrom(ec echo.Context) string {
	at := ec.Scheme() + "://" + ec.Request().Host
	listening := b.origin.listening.Load()
	if listening == nil {
		return at
	}
	u, err := url.Parse(at)
	if err != nil {
		return listening.String()
	}
	return listening.Scheme + "://" + net.JoinHostPort(u.Hostname(), listening.Port())
}
