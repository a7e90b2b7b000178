package okta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/spec"
	"twinset.dev/kit/tree"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/okta/internal/api"
)

// An obj is a JSON object. One that is in the store, or comes from there, is not changed: clone it.
type obj = map[string]any

// A call is one request by somebody the org knows, as one transaction.
type call struct {
	*twin.Call
	o     *Okta
	r     *twin.Request
	op    *operation
	base  string // what links begin with
	query url.Values
	body  obj // what was sent, if it was a JSON object
	sent  []byte
	who   principal
	// touched is what has changed that apps may have to be told of.
	touched touched
	// request is what the log calls the request.
	request string
	more    http.Header     // further headers of the answer
	heard   map[string]word // what inline hooks have said, by id
}

// An operation is one row of the API.
type operation struct {
	spec.Operation
	row   *twin.Operation
	reads bool // runs beside other readers and cannot write
	open  bool // needs nobody to be known
	serve func(*call) (any, error)
	takes []string // its permissions
}

// specified notes what the specification has, so that the twin can say which of it it serves.
func (o *Okta) specified() {
	for _, s := range api.Operations {
		o.spec[s.ID] = &operation{Operation: s}
	}
}

// on serves an operation of the specification, by its id.
func (o *Okta) on(level twin.Level, id string, serve func(*call) (any, error)) *operation {
	op := o.spec[id]
	if op == nil {
		panic("okta: " + id + " is not in the specification, or declared twice")
	}
	delete(o.spec, id)
	return o.route(level, op, serve)
}

// beyond serves what the specification does not have.
func (o *Okta) beyond(level twin.Level, id, method, path string, serve func(*call) (any, error)) *operation {
	return o.route(level, &operation{Operation: spec.Operation{ID: id, Method: method, Path: path}}, serve)
}

func (o *Okta) route(level twin.Level, op *operation, serve func(*call) (any, error)) *operation {
	op.serve, op.reads = serve, op.Method == http.MethodGet
	o.served[op.ID] = op
	op.row = o.Operation(&twin.Operation{ID: op.ID, Method: op.Method, Path: op.Path, Level: level})
	o.Echo.Add(op.Method, routed(op.Path), func(ec echo.Context) error { return o.answerTo(ec, op) })
	return op
}

// routed is a path as the router writes it.
func routed(path string) string { return inEcho.Replace(path) }

var inEcho = strings.NewReplacer("{", ":", "}", "")

// public lets anybody call an operation.
func (op *operation) public() *operation { op.open = true; return op }

// needs says of which family of scopes an access token has to have one, to read or to manage.
func (op *operation) needs(family string) *operation {
	op.Scopes = []string{family + map[bool]string{true: ".read", false: ".manage"}[op.Method == http.MethodGet]}
	return op
}

// noted says in the manifest what of an operation is not as it is in an org.
func (op *operation) noted(what string) *operation { op.row.Notes = what; return op }

// unserved refuses the rest of the specification, and every other path.
func (o *Okta) unserved() {
	for _, s := range api.Operations {
		if o.spec[s.ID] != nil {
			o.on(twin.None, s.ID, func(*call) (any, error) { return nil, errNotTwinned })
		}
	}
	unknown := &operation{row: o.Operation(&twin.Operation{ID: "unknown", Method: http.MethodGet, Path: "/api/*", Level: twin.Full,
		Notes: "any other path or method is refused as E0000022"}), open: true, reads: true, serve: func(*call) (any, error) { return nil, errMethod }}
	serve := func(ec echo.Context) error { return o.answerTo(ec, unknown) }
	o.Echo.RouteNotFound("/api/*", serve)
	o.Echo.HTTPErrorHandler = func(err error, ec echo.Context) {
		if he := (*echo.HTTPError)(nil); errors.As(err, &he) && he.Code == http.StatusMethodNotAllowed && strings.HasPrefix(ec.Request().URL.Path, "/api/") {
			serve(ec)
			return
		}
		o.Echo.DefaultHTTPErrorHandler(err, ec)
	}
}

// withoutSlash makes a path of the API that ends in a slash mean the same as without it.
func withoutSlash(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		if u := ec.Request().URL; strings.HasPrefix(u.Path, "/api/") {
			u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
		}
		return next(ec)
	}
}

// maxBody bounds a request body that is not an upload.
const maxBody = 8 << 20

// answerTo is the way of every request: who is it, may they, run the operation as one transaction, write what came of it.
func (o *Okta) answerTo(ec echo.Context, op *operation) error {
	secret := credentialOf(ec.Request())
	sent, err := readBody(ec.Request())
	return o.Serve(ec, op.row, secret.tagged(), func(r *twin.Request) (twin.Answer, error) {
		if err != nil {
			return o.encode(r, nil, nil, errMalformed)
		}
		transaction := r.Update
		if op.reads && !r.VendorLimits() && !proves(ec.Request()) {
			transaction = r.View
		}
		var c *call
		var out any
		err := hearing(ec.Request().Context(), func(heard map[string]word) (*call, error) {
			return c, transaction(func(tc *twin.Call) (err error) {
				c = &call{Call: tc, o: o, r: r, op: op, base: o.URL(tc), query: ec.QueryParams(), sent: sent, more: http.Header{}, heard: heard}
				if out, err = c.run(secret); err == nil {
					out, err = c.settled(out)
				}
				return err
			})
		})
		if err == nil {
			out, err = c.hold(ec.Request().Context(), out)
		}
		if refused := (*refusal)(nil); err != nil && !errors.As(err, &refused) {
			return twin.Answer{}, err // ours, not Okta's: a 500 that the journal shows in full
		}
		r.Actor = c.who.actor()
		return o.encode(r, c, out, err)
	})
}

// A question is what an operation has to hear from outside before it can answer. It is sent when the operation's
// transaction is over, and the operation goes on in another one.
type question struct {
	delivery outbox.Delivery
	then     func(*call, outbox.Attempt) (any, error)
}

// ask sends a question, again if that failed, and goes on with what came of it.
func (c *call) ask(ctx context.Context, q question) (out any, err error) {
	var d outbox.Delivery
	for range hookTries {
		if d, err = c.r.World.Send(ctx, c.o.Base, q.delivery); err != nil {
			return nil, err
		}
		if a := d.Attempts[0]; a.Error == "" && a.Status < http.StatusInternalServerError {
			break
		}
	}
	err = c.r.Update(func(tc *twin.Call) (err error) {
		c.Call = tc
		if out, err = q.then(c, d.Attempts[0]); err == nil {
			c.provision()
		}
		return err
	})
	return out, err
}

// hold goes on with an answer as long as it is a question.
func (c *call) hold(ctx context.Context, out any) (_ any, err error) {
	for q, asks := out.(question); asks && err == nil; q, asks = out.(question) {
		out, err = c.ask(ctx, q)
	}
	return out, err
}

func (c *call) run(secret credential) (any, error) {
	if err := c.authenticate(secret); err != nil {
		return nil, err
	}
	if err := c.limit(); err != nil {
		return nil, err
	}
	if len(c.sent) > 0 && strings.Contains(c.r.Echo.Request().Header.Get("Content-Type"), "json") {
		var v any
		if json.Unmarshal(c.sent, &v) != nil {
			return nil, errMalformed
		}
		c.body, _ = v.(obj)
	}
	out, err := c.op.serve(c)
	if err == nil {
		c.provision()
	}
	return out, err
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
		return nil, r.ParseMultipartForm(maxBody)
	}
	var b bytes.Buffer
	_, err := b.ReadFrom(http.MaxBytesReader(nil, r.Body, maxBody))
	return b.Bytes(), err
}

// param is a value of the path.
func (c *call) param(name string) string {
	v := c.r.Echo.Param(name)
	if u, err := url.PathUnescape(v); err == nil {
		return u
	}
	return v
}

// link is the address of something in this org.
func (c *call) link(path string) string { return c.base + path }

func href(url string) obj { return obj{"href": url} }

// hints is a link with the methods that it allows.
func hints(url string, methods ...string) obj {
	allow := make([]any, len(methods))
	for i, m := range methods {
		allow[i] = m
	}
	return obj{"href": url, "hints": obj{"allow": allow}}
}

// An answer is what goes back when it is not 200 and JSON.
type answer struct {
	status int
	body   any
	kind   string // content type, if it is not JSON
}

func created(v any) answer { return answer{status: http.StatusCreated, body: v} }

// A page is a part of a list, and where the next part begins.
type page struct {
	items []any
	raw   []byte // the items as they are sent, in the place of items
	after string // "" on the last page
}

// paged collects one page of what seq yields, in its order: limit of them, beginning after the cursor that the caller
// was given. view makes an item what the caller sees; key is what the cursor names.
func paged[T any](c *call, seq iter.Seq[T], key func(T) string, normal, most int, view func(T) any) (any, error) {
	limit, err := c.limitOf(normal, most)
	if err != nil {
		return nil, err
	}
	after := c.query.Get("after")
	p := page{items: []any{}}
	found := after == ""
	last := ""
	for v := range seq {
		if !found {
			found = key(v) == after
			continue
		}
		if len(p.items) == limit {
			p.after = last
			break
		}
		p.items = append(p.items, view(v))
		last = key(v)
	}
	if !found {
		return nil, errPaging
	}
	return p, nil
}

func (c *call) limitOf(normal, most int) (int, error) {
	text := c.query.Get("limit")
	if text == "" {
		return normal, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, invalid("limit", "limit: The field should be an integer")
	case n <= 0:
		return normal, nil
	}
	return min(n, most), nil
}

// settled turns what an operation returned into status and body, and adds the Link headers of a list.
func (c *call) settled(out any) (any, error) {
	p, ok := out.(page)
	if !ok {
		return out, nil
	}
	self := c.r.Echo.Request().URL
	q := c.query
	at := func(q url.Values, rel string) {
		u := c.base + self.Path
		if len(q) > 0 {
			u += "?" + q.Encode()
		}
		c.more.Add("Link", "<"+u+`>; rel="`+rel+`"`)
	}
	at(q, "self")
	if p.after != "" {
		next := url.Values{}
		for k, v := range q {
			next[k] = v
		}
		next.Set("after", p.after)
		at(next, "next")
	}
	if p.raw != nil {
		return answer{body: p.raw, kind: "application/json"}, nil
	}
	return p.items, nil
}

// encode writes an answer the way Okta does.
func (o *Okta) encode(r *twin.Request, c *call, out any, err error) (twin.Answer, error) {
	a := twin.Answer{Type: "application/json", Header: http.Header{"X-Okta-Request-Id": {requestID()}, "Cache-Control": {"no-cache, no-store"}, "Pragma": {"no-cache"}, "Expires": {"0"}}}
	if c != nil {
		for k, v := range c.more {
			a.Header[k] = v
		}
	}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		a.Status, a.Error = refused.status, refused.code
		for k, v := range refused.header {
			a.Header[k] = v
		}
		causes := make([]any, len(refused.causes))
		for i, s := range refused.causes {
			causes[i] = obj{"errorSummary": s}
		}
		causes = append(causes, refused.details...)
		out = obj{"errorCode": refused.code, "errorSummary": refused.summary, "errorLink": refused.code, "errorId": errorID(c), "errorCauses": causes}
		if refused.body != nil {
			out = answer{status: refused.status, body: refused.body, kind: ionJSON}
		}
	}
	if x, ok := out.(answer); ok {
		a.Status, out = x.status, x.body // 200 if zero
		if x.kind != "" {
			a.Type = x.kind
		}
		if b, ok := out.([]byte); ok {
			a.Body = b
			return a, nil
		}
	}
	if out == nil {
		if a.Status == 0 {
			a.Status = http.StatusNoContent
		}
		a.Type = ""
		return a, nil
	}
	a.Body, err = tree.Marshal(out)
	return a, err
}

// errorID is what support would ask for of a refusal.
func errorID(c *call) string {
	if c == nil {
		return "oae" + requestID()[:22]
	}
	return "oae" + c.Rand(22, idAlphabet)
}

// refuseFault is how Okta says what a fault asks for.
func (o *Okta) refuseFault(r *twin.Request, f twin.Fault) twin.Answer {
	refused := *errInternal
	if f.Status == http.StatusTooManyRequests {
		refused = *errTooMany
		refused.header = http.Header{"X-Rate-Limit-Limit": {"600"}, "X-Rate-Limit-Remaining": {"0"},
			"X-Rate-Limit-Reset": {strconv.FormatInt(time.Now().Unix()+int64(max(f.RetryAfter, 1)), 10)}}
	}
	if f.Error != "" {
		refused.code = f.Error
	}
	if f.Status != 0 {
		refused.status = f.Status
	}
	a, _ := o.encode(r, nil, nil, &refused)
	return a
}

// orNull is null for a string that is not there.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// isURL reports whether s is an address on the web.
func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// stamp is a time as Okta writes it, and null if there is none. Times are kept in milliseconds.
func stamp(ms int64) any {
	if ms == 0 {
		return nil
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// at is the time of the call as it is kept: Okta counts in seconds.
func (c *call) at() int64 { return c.Now.Unix() * 1000 }

// idAlphabet is what ids and secrets are made of.
const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// id returns a new id of the kind that prefix says, 20 characters long.
func (c *call) id(prefix string) string { return newID(c.Call, prefix) }

func newID(c *twin.Call, prefix string) string {
	return prefix + c.Rand(20-len(prefix), idAlphabet)
}
