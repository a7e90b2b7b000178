// Package gapi is the dialect that the Google twins share: how a method is found, who may call it, how its body is read,
// which part of its answer is wanted, how lists are paged, and how a refusal is worded.
//
// https://developers.google.com/drive/api/guides/performance
// https://google.aip.dev
package gapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/spec"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/internal/google/identity"
)

// An Obj is a JSON object. One that is in the store, or comes from there, is not changed.
type Obj = map[string]any

// An API is one of Google's: its methods, and the dialect of its errors.
type API struct {
	*twin.Base
	Identity *identity.Identity
	name     string // sheets: as in sheets.googleapis.com
	older    bool   // the dialect of errors
	spec     map[string]*Operation
	served   map[string]*Operation // by id
	shapes   map[string]*shape     // by method and path as the router knows it
	batch    string                // the path of its batches
	words    func() *words
	// Limit refuses a call that is one too many, in worlds that keep the vendor's limits; nil refuses none.
	Limit func(c *Call) error
}

// A Handler does what a method is for. What it returns is the answer: a tree of Obj and []any, nil for no content,
// an Answer, or whatever encoding/json writes.
type Handler func(c *Call) (any, error)

// An Operation is one method of an API.
type Operation struct {
	spec.Operation
	row     *twin.Operation
	serve   Handler
	reads   bool // runs beside other readers and cannot write
	open    bool // an API key alone will do, and sees what is public
	raw     func(c *Call, r *http.Request) error
	ticket  func(c *Call) (identity.Who, bool)
	answers reflect.Type
	normal  *Mask // what is answered when no fields are asked for
	params  []string
	near    []string // scopes, the least first; far are those that reach what the app has not made
	far     []string
	lists   bool // looks through all that the caller has
}

// New returns an API whose methods are those of the specification. older is for Drive's dialect of errors.
func New(b *twin.Base, id *identity.Identity, name string, older bool, operations []spec.Operation) *API {
	a := &API{Base: b, Identity: id, name: name, older: older, spec: map[string]*Operation{}, served: map[string]*Operation{}, shapes: map[string]*shape{}}
	for _, s := range operations {
		a.spec[s.ID] = &Operation{Operation: s}
	}
	b.Refuse = a.refuseFault
	return a
}

// On serves a method of the specification, by its id without the API's name: files.list.
func (a *API) On(level twin.Level, id string, serve Handler) *Operation {
	full := a.name + "." + id
	op := a.spec[full]
	if op == nil {
		panic("gapi: " + full + " is not in the specification, or declared twice")
	}
	delete(a.spec, full)
	return a.route(level, op, serve)
}

// Beyond serves what the specification does not have.
func (a *API) Beyond(level twin.Level, id, method, path string, scopes []string, serve Handler) *Operation {
	return a.route(level, &Operation{Operation: spec.Operation{ID: a.name + "." + id, Method: method, Path: path, Scopes: scopes}}, serve)
}

// Noted says in the manifest what of a method is not as it is at Google.
func (op *Operation) Noted(what string) *Operation { op.row.Notes = what; return op }

// Public lets an API key, or nobody, call a method, which then sees what is public.
func (op *Operation) Public() *Operation { op.open = true; return op }

// ReadsOnly is for a POST that only asks.
func (op *Operation) ReadsOnly() *Operation { op.reads = true; return op }

// Writes is for a GET that leaves something behind.
func (op *Operation) Writes() *Operation { op.reads = false; return op }

// Answers says of which generated type an answer is, which tells the fields that a caller can ask for, and which of
// them are answered to a caller who asks for none: all if normal is empty.
func (op *Operation) Answers(v any, normal string) *Operation {
	op.answers = reflect.TypeOf(v)
	op.normal, _ = ParseMask(normal)
	return op
}

// Streams is for a method whose body is content. take is called before the transaction, and reads it into c.
func (op *Operation) Streams(take func(c *Call, r *http.Request) error) *Operation {
	op.raw = take
	return op
}

// Ticket is for a method whose address may itself prove who asks. It says who that is; false is for an address that
// proves nothing.
func (op *Operation) Ticket(who func(c *Call) (identity.Who, bool)) *Operation {
	op.ticket = who
	return op
}

// A shape is a path as the router knows it, and the methods that are told apart by what follows a colon.
type shape struct{ verbs map[string]*Operation }

func (a *API) route(level twin.Level, op *Operation, serve Handler) *Operation {
	op.lists = strings.HasSuffix(op.ID, ".list") || strings.Contains(op.ID, ".changes.")
	op.measure()
	op.serve, op.reads = serve, op.Method == http.MethodGet
	a.served[op.ID] = op
	op.row = a.Operation(&twin.Operation{ID: op.ID, Method: op.Method, Path: op.Path, Level: level})
	path, verb := op.Path, ""
	if i := strings.LastIndexByte(path, ':'); i > strings.LastIndexByte(path, '/') {
		path, verb = path[:i], path[i+1:]
	}
	var routed []string
	for s := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(s, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			op.params = append(op.params, name)
			s = ":p" + strconv.Itoa(len(op.params))
		} else if verb != "" && len(routed) == strings.Count(path, "/") {
			s += "\\:" + verb // a verb behind a fixed name is part of the name
			verb = ""
		}
		routed = append(routed, s)
	}
	at := strings.Join(routed, "/")
	key := op.Method + " " + at
	sh := a.shapes[key]
	if sh == nil {
		sh = &shape{verbs: map[string]*Operation{}}
		a.shapes[key] = sh
		a.Echo.Add(op.Method, at, func(ec echo.Context) error { return a.dispatch(ec, sh) })
	}
	sh.verbs[verb] = op
	return op
}

// dispatch finds the method: the verb behind the last colon of the path, if there is a method that has it.
func (a *API) dispatch(ec echo.Context, sh *shape) error {
	values := ec.ParamValues()
	op, last := sh.verbs[""], ""
	if n := len(values); n > 0 {
		last = values[n-1]
		if i := strings.LastIndexByte(last, ':'); i >= 0 {
			if o := sh.verbs[last[i+1:]]; o != nil {
				op, last = o, last[:i]
			}
		}
	}
	if op == nil {
		return a.NotFound(ec)
	}
	params := make([]string, len(op.params))
	for i := range params {
		v := values[i]
		if i == len(values)-1 {
			v = last
		}
		if ec.Request().URL.RawPath != "" {
			if u, err := url.PathUnescape(v); err == nil {
				v = u
			}
		}
		params[i] = v
	}
	return a.answer(ec, op, params)
}

// Unserved refuses the rest of the specification.
func (a *API) Unserved() {
	for _, id := range slices.Sorted(func(yield func(string) bool) {
		for id := range a.spec {
			if !yield(id) {
				return
			}
		}
	}) {
		a.route(twin.None, a.spec[id], func(*Call) (any, error) { return nil, errNotTwinned })
	}
}

// NotFound is what Google's front answers for a path that no API has.
func (a *API) NotFound(ec echo.Context) error {
	return ec.HTML(http.StatusNotFound, "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> That’s an error.<p>The requested URL <code>"+
		strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(ec.Request().URL.Path)+"</code> was not found on this server. That’s all we know.")
}

// A Call is one request as one transaction.
type Call struct {
	*twin.Call
	API   *API
	R     *twin.Request
	Op    *Operation
	Who   identity.Who
	Link  string // what links begin with
	Body  []byte
	Query url.Values
	Mask  *Mask       // what of the answer is wanted
	More  http.Header // further headers of the answer
	Media any         // what Streams has taken
	Far   bool        // it has reached a file that the caller's app has neither made nor opened
	// Addresses are all under which things may be shared with the caller; nobody has looked yet if it is nil.
	Addresses []string

	params []string
	asked  map[string]bool
}

// maxBody bounds a request body that is no upload.
const maxBody = 64 << 20

// answer is the way of every request: who is it, may they, run the method as one transaction, write what came of it.
func (a *API) answer(ec echo.Context, op *Operation, params []string) error {
	token, key := identity.Credential(ec.Request())
	credential := token
	if credential == "" {
		credential = key
	}
	if op.ticket != nil && credential == "" {
		credential = ec.QueryParam("upload_id")
	}
	return a.Serve(ec, op.row, credential, func(r *twin.Request) (twin.Answer, error) {
		c := &Call{API: a, R: r, Op: op, Query: ec.QueryParams(), params: params, asked: map[string]bool{}, More: http.Header{}}
		out, err := c.prepare(ec.Request())
		if err == nil {
			transaction := r.Update
			if op.reads && !r.VendorLimits() {
				transaction = r.View
			}
			err = transaction(func(tc *twin.Call) (err error) {
				c.Call, c.Link = tc, a.URL(tc)
				out, err = c.run(token, key)
				return err
			})
		}
		if refused := (*Refusal)(nil); err != nil && !errors.As(err, &refused) {
			return twin.Answer{}, err // ours, not Google's: a 500 that the journal shows in full
		}
		r.Actor, r.Ignored = c.Who.User.Email, c.ignored()
		return a.encode(c, out, err)
	})
}

// prepare reads what can be read outside a transaction.
func (c *Call) prepare(r *http.Request) (any, error) {
	if c.Op.raw != nil {
		return nil, c.Op.raw(c, r)
	}
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, Invalid("The request body could not be decompressed.")
		}
		body = z
	}
	if _, err := b.ReadFrom(io.LimitReader(body, maxBody+1)); err != nil {
		return nil, Invalid("The request body could not be read.")
	}
	if b.Len() > maxBody {
		return nil, errTooLarge
	}
	c.Body = b.Bytes()
	return nil, nil
}

func (c *Call) run(token, key string) (any, error) {
	of, inBatch := c.R.Echo.Request().Context().Value(batched{}).(string)
	if inBatch && (of != c.API.batch || c.Op.raw != nil) {
		return nil, errNotInBatch
	}
	if err := c.authorize(token, key); err != nil {
		return nil, err
	}
	if c.API.Limit != nil && c.VendorLimits() {
		if err := c.API.Limit(c); err != nil {
			return nil, err
		}
	}
	if err := c.checkWords(); err != nil {
		return nil, err
	}
	if err := c.fields(); err != nil {
		return nil, err
	}
	out, err := c.Op.serve(c)
	c.needs()
	if a, ok := out.(Answer); ok && a.Stream != nil && inBatch { // content is not in batches: it is told where there is some
		u := *c.R.Echo.Request().URL
		return Answer{Status: http.StatusFound, Header: http.Header{"Location": {c.Link + "/download" + u.RequestURI()}}}, nil
	}
	return out, err
}

// authorize says who asks, and refuses those who may not.
func (c *Call) authorize(token, key string) error {
	if c.Op.ticket != nil {
		if who, ok := c.Op.ticket(c); ok {
			c.Who = who
			return nil
		}
	}
	if token == "" && key == "" {
		return errUnregistered
	}
	who, ok := c.API.Identity.Ask(c.Call, token, key)
	switch {
	case !ok && token == "":
		return errKey
	case !ok:
		return errCredentials
	case who.Key && !c.Op.open:
		return errNoLogin
	case who.Known() && !who.Has(c.Op.Scopes):
		return errScope(c.API.name, c.Op)
	}
	c.Who = who
	return nil
}

// fields reads which part of the answer is wanted.
func (c *Call) fields() error {
	c.Mask = c.Op.normal
	text := c.Q("fields")
	if text == "" {
		if text = c.R.Echo.Request().Header.Get("X-Goog-FieldMask"); text == "" {
			return nil
		}
	}
	m, ok := ParseMask(text)
	if !ok {
		return c.invalidFields(text)
	}
	if c.Op.answers != nil {
		m.Names(func(path []string) bool {
			ok = HasField(c.Op.answers, path)
			if !ok {
				text = strings.Join(path, ".")
				if c.API.older {
					text = strings.Join(path, "/")
				}
			}
			return ok
		})
		if !ok {
			return c.invalidFields(text)
		}
	}
	c.Mask = m
	return nil
}

func (c *Call) invalidFields(text string) error {
	if c.API.older {
		return Because(400, "invalidParameter", "Invalid field selection %s", text).At("fields")
	}
	r := Invalid("Request contains an invalid argument.")
	r.Details = []any{Obj{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": []any{
		Obj{"field": "fields", "description": fmt.Sprintf("Error expanding 'fields' parameter. Cannot find matching fields for path '%s'.", text)},
	}}}
	return r
}

// HasField reports whether a generated type has a field at the path.
func HasField(t reflect.Type, path []string) bool {
	for _, name := range path {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t != rawType {
			t = t.Elem()
		}
		switch {
		case name == every:
			return true
		case t.Kind() == reflect.Map:
			t = t.Elem()
			continue
		case t.Kind() != reflect.Struct:
			return t.Kind() == reflect.Interface || t == rawType
		}
		f, ok := fieldsOf(t)[name]
		if !ok {
			return false
		}
		t = t.Field(f.index).Type
	}
	return true
}

// Param is a value of the path, by its place: the first is 0.
func (c *Call) Param(name string) string {
	if i := slices.Index(c.Op.params, name); i >= 0 {
		return c.params[i]
	}
	panic("gapi: " + c.Op.ID + " has no parameter " + name)
}

// Q is a value of the query. What nobody asks for with one of the Q methods is noted as ignored.
func (c *Call) Q(name string) string {
	c.asked[name] = true
	return c.Query.Get(name)
}

// Qs are the values of the query under a name that may be repeated.
func (c *Call) Qs(name string) []string {
	c.asked[name] = true
	return c.Query[name]
}

// QTrue is a switch of the query, however its value is written.
func (c *Call) QTrue(name string) bool {
	return strings.EqualFold(c.Q(name), "true") || c.Query.Get(name) == "1"
}

// QInt is a number of the query between bounds, and what stands for one that is not given.
func (c *Call) QInt(name string, otherwise, least, most int) (int, error) {
	s := c.Q(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		if c.API.older {
			return 0, Because(400, "invalidParameter", "Invalid value '%s'. Values must be within the range: [%d, %d]", s, least, most).At(name)
		}
		return 0, Invalid("Invalid value at '%s' (TYPE_INT32), \"%s\"", snake(name), s)
	}
	if n < least || n > most {
		return 0, Because(400, "invalidParameter", "Invalid value '%d'. Values must be within the range: [%d, %d]", n, least, most).At(name)
	}
	return n, nil
}

// system are the parameters that every method takes and that change nothing here.
var system = map[string]bool{"alt": true, "prettyPrint": true, "quotaUser": true, "key": true, "access_token": true, "oauth_token": true, "userIp": true, "$.xgafv": true, "uploadType": true, "upload_protocol": true, "callback": true}

// ignored are the parameters of the query that nothing asked for.
func (c *Call) ignored() (names []string) {
	for name := range c.Query {
		if !c.asked[name] && !system[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Past is the call on what a search or a feed knows: itself unless the world lags.
func (c *Call) Past() *Call {
	past := c.Call.Past()
	if past == c.Call {
		return c
	}
	then := *c
	then.Call, then.Addresses = past, nil
	return &then
}

// By is a call that nobody makes over the network: of a seed or a timer, in somebody's name.
func (a *API) By(c *twin.Call, u identity.User) *Call {
	return &Call{API: a, Call: c, Who: identity.Who{User: u, Scopes: identity.Scopes}, Link: a.URL(c), Query: url.Values{}, More: http.Header{}, asked: map[string]bool{}}
}
