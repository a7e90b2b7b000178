package jira

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/spec"
	"twinset.dev/kit/tree"
	"twinset.dev/kit/twin"
	"twinset.dev/twins/jira/internal/api"
)

// An obj is a JSON object. One that is in the store, or comes from there, is not changed: clone it.
type obj = map[string]any

// A call is one request as one transaction.
type call struct {
	*twin.Call
	j       *Jira
	r       *twin.Request
	op      *operation
	version string // of the API: "3", "2"; the Agile API says "2", as its rich text is text
	base    string // what links begin with
	rest    string // what links into this version of the API begin with
	query   url.Values
	sent    []byte
	body    any // what was sent, if it was JSON
	files   []sentFile
	who     User
	grant   *OAuthToken // with which an app acts for who
	connect string      // key of the Connect app that is calling
	gateway bool        // it came by way of api.atlassian.com/ex/jira
	site    Site
	quiet   bool        // nobody is mailed of what happens
	post    *bulkMail   // or once, of all of it
	more    http.Header // further headers of the answer
	asked   map[string]bool
	below   below
}

// An operation is one row of the API.
type operation struct {
	spec.Operation
	row    *twin.Operation
	reads  bool   // runs beside other readers and cannot write
	leaves string // the parameter of the query with which a GET leaves something behind after all
	open   bool   // anybody may ask, and sees what anybody may
	upload bool
	raw    bool // the body is what it is, not JSON
	serve  func(*call) (any, error)
}

// specified notes what the specifications have, so that the twin can say which of it it serves.
func (j *Jira) specified() {
	for _, s := range api.Operations {
		j.spec[s.ID] = &operation{Operation: s}
	}
}

// on serves an operation of the specification by its id, in every version of the API that has it.
func (j *Jira) on(level twin.Level, id string, serve func(*call) (any, error)) versions {
	var vs versions
	for _, name := range []string{id, "v2." + id} {
		if op := j.spec[name]; op != nil {
			delete(j.spec, name)
			vs = append(vs, j.route(level, op, serve))
		}
	}
	if vs == nil {
		panic("jira: " + id + " is not in the specification, or declared twice")
	}
	return vs
}

// beyond serves what the specification does not have.
func (j *Jira) beyond(level twin.Level, id, method, path string, serve func(*call) (any, error)) versions {
	return versions{j.route(level, &operation{Operation: spec.Operation{ID: id, Method: method, Path: path}}, serve)}
}

// versions are the rows of one operation, one for each version of the API.
type versions []*operation

// public lets anybody call, who then sees what the permissions of anybody show.
func (vs versions) public() versions { return vs.each(func(op *operation) { op.open = true }) }

// writesOn is for a GET that leaves something behind when a parameter is true.
func (vs versions) writesOn(parameter string) versions {
	return vs.each(func(op *operation) { op.leaves = parameter })
}

// readsOnly is for a POST that only asks.
func (vs versions) readsOnly() versions { return vs.each(func(op *operation) { op.reads = true }) }

// bytes is for a body of any kind, which is in c.sent.
func (vs versions) bytes() versions { return vs.each(func(op *operation) { op.raw = true }) }

// uploads is for an operation that is sent a form with files.
func (vs versions) uploads() versions { return vs.each(func(op *operation) { op.upload = true }) }

// noted says in the manifest what of an operation is not as it is in a site.
func (vs versions) noted(what string) versions {
	return vs.each(func(op *operation) { op.row.Notes = what })
}

func (vs versions) each(f func(*operation)) versions {
	for _, op := range vs {
		f(op)
	}
	return vs
}

func (j *Jira) route(level twin.Level, op *operation, serve func(*call) (any, error)) *operation {
	op.serve, op.reads = serve, op.Method == http.MethodGet
	op.row = j.Operation(&twin.Operation{ID: op.ID, Method: op.Method, Path: op.Path, Level: level})
	j.Echo.Add(op.Method, inEcho.Replace(op.Path), func(ec echo.Context) error { return j.answerTo(ec, op) })
	return op
}

// inEcho makes {parameters} of paths :parameters.
var inEcho = strings.NewReplacer("{", ":", "}", "")

// unserved refuses the rest of the specification.
func (j *Jira) unserved() {
	for _, s := range api.Operations {
		if op := j.spec[s.ID]; op != nil {
			j.route(twin.None, op, func(*call) (any, error) { return nil, errNotTwinned })
		}
	}
}

// gatewayPath begins the addresses at which apps reach a site: api.atlassian.com/ex/jira/{cloudid}.
const gatewayPath = "/ex/jira/"

// acceptedPaths makes /rest/api/latest mean version 2, and a path that ends in a slash the same as without it.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#version
func acceptedPaths(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		u := ec.Request().URL
		if rest, ok := strings.CutPrefix(u.Path, gatewayPath); ok {
			cloud, path, _ := strings.Cut(rest, "/")
			ec.Set(gatewayPath, cloud)
			u.Path = "/" + path
			if raw, ok := strings.CutPrefix(u.RawPath, gatewayPath+cloud); ok {
				u.RawPath = raw
			}
		}
		if strings.HasPrefix(u.Path, "/rest/") {
			for _, p := range []*string{&u.Path, &u.RawPath} {
				*p = strings.TrimRight(*p, "/")
				if rest, ok := strings.CutPrefix(*p, "/rest/api/latest/"); ok {
					*p = "/rest/api/2/" + rest
				}
				for _, api := range []string{"/rest/agile/", "/rest/dev-status/"} {
					if rest, ok := strings.CutPrefix(*p, api+"latest/"); ok {
						*p = api + "1.0/" + rest
					}
				}
			}
		}
		return next(ec)
	}
}

// maxBody bounds a request body that is not an upload.
const maxBody = 8 << 20

// answerTo is the way of every request: who is it, may they, run the operation as one transaction, write what came of it.
func (j *Jira) answerTo(ec echo.Context, op *operation) error {
	k := credentialOf(ec.Request())
	sent, err := readBody(ec.Request(), op)
	var files []sentFile
	if op.upload {
		files, err = j.filesOf(ec.Request())
	}
	return j.Serve(ec, op.row, k.secret, func(r *twin.Request) (twin.Answer, error) {
		if refused := (*refusal)(nil); errors.As(err, &refused) {
			return j.encode(nil, nil, err)
		} else if err != nil {
			return twin.Answer{}, err
		}
		transaction := r.Update
		if op.reads && !r.VendorLimits() && (op.leaves == "" || ec.QueryParam(op.leaves) != "true") {
			transaction = r.View
		}
		var c *call
		var out any
		err := transaction(func(tc *twin.Call) (err error) {
			c = j.newCall(tc)
			c.r, c.op, c.query, c.files = r, op, ec.QueryParams(), files
			if cloud, ok := ec.Get(gatewayPath).(string); ok {
				if cloud != c.site.Cloud {
					return errNoSite
				}
				c.gateway, c.base = true, c.base+gatewayPath+cloud
			}
			if c.speak("2"); strings.HasPrefix(op.Path, "/rest/api/3/") {
				c.speak("3")
			}
			out, err = c.run(k, sent)
			return err
		})
		if refused := (*refusal)(nil); err != nil && !errors.As(err, &refused) {
			return twin.Answer{}, err // ours, not Jira's: a 500 that the journal shows in full
		}
		r.Actor = c.who.ID
		r.Ignored = c.ignored()
		return j.encode(c, out, err)
	})
}

// newCall is a call that nobody makes: of a seed or a timer, until answerTo says more.
func (j *Jira) newCall(tc *twin.Call) *call {
	c := &call{Call: tc, j: j, base: j.URL(tc), query: url.Values{}, more: http.Header{}, asked: map[string]bool{}}
	c.speak("2")
	c.site, _ = j.sites.Get(tc.Tx, "site")
	return c
}

// speak makes the call one of a version of the API.
func (c *call) speak(version string) { c.version, c.rest = version, c.base+"/rest/api/"+version }

func (c *call) run(k credential, sent []byte) (any, error) {
	if err := c.authenticate(k); err != nil {
		return nil, err
	}
	need := c.op.takes()
	for i := range need {
		c.r.Need(need[i : i+1])
	}
	if err := c.limit(); err != nil {
		return nil, err
	}
	if c.sent = sent; len(sent) > 0 && !c.op.raw {
		if err := json.Unmarshal(sent, &c.body); err != nil {
			return nil, badRequest(jsonProblem(err))
		}
	}
	return c.op.serve(c)
}

func readBody(r *http.Request, op *operation) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 || op.upload {
		return nil, nil
	}
	if kind := r.Header.Get("Content-Type"); !strings.Contains(kind, "json") && !op.raw && op.Method != http.MethodGet && op.Method != http.MethodDelete {
		return nil, errMediaType
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(http.MaxBytesReader(nil, r.Body, maxBody)); err != nil {
		return nil, errTooLarge
	}
	return b.Bytes(), nil
}

// param is a value of the path.
func (c *call) param(name string) string {
	v := c.r.Echo.Param(name)
	if u, err := url.PathUnescape(v); err == nil {
		return u
	}
	return v
}

// q is a value of the query. What nobody asks for with q, qs or list is noted as ignored.
func (c *call) q(name string) string {
	c.asked[name] = true
	return c.query.Get(name)
}

// qs are the values of the query under a name that may be repeated, or hold several with commas between.
func (c *call) qs(name string) (out []string) {
	c.asked[name] = true
	for _, v := range c.query[name] {
		for s := range strings.SplitSeq(v, ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// qtrue is a switch of the query.
func (c *call) qtrue(name string, otherwise bool) bool {
	switch strings.ToLower(c.q(name)) {
	case "true":
		return true
	case "":
		return otherwise
	}
	return false
}

// qint is a number of the query.
func (c *call) qint(name string, otherwise int) (int, error) {
	s := c.q(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, badRequest("The value '%s' of the query parameter '%s' is not a number.", s, name)
	}
	return n, nil
}

// expands reports whether the caller asks for a part that is left out otherwise.
func (c *call) expands(name string) bool {
	return slices.Contains(c.qs("expand"), name) || slices.ContainsFunc(texts(object(c.body)["expand"]), func(s string) bool { return s == name }) ||
		slices.Contains(strings.Split(text(object(c.body)["expand"]), ","), name)
}

// ignored are the parameters of the query that nothing asked for.
func (c *call) ignored() (names []string) {
	for name := range c.query {
		if !c.asked[name] && name != "expand" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// api is the address of something in the version of the API that is being spoken.
func (c *call) api(path string) string { return c.rest + path }

// self is the address that was asked for, without what follows the "?".
func (c *call) self() string { return c.base + c.r.Echo.Request().URL.Path }

// An answer is what goes back when it is not 200 and JSON.
type answer struct {
	status int
	body   any
	kind   string // content type of a body that is []byte
	header http.Header
	stream func(echo.Context) error
}

func created(v any) answer { return answer{status: http.StatusCreated, body: v} }

// accepted answers with the address of a task, which goes on.
func accepted(v any) answer { return answer{status: http.StatusAccepted, body: v} }

// encode writes an answer the way Jira does.
func (j *Jira) encode(c *call, out any, err error) (twin.Answer, error) {
	a := twin.Answer{Type: "application/json;charset=UTF-8", Header: http.Header{"Cache-Control": {"no-cache, no-store, no-transform"}, "X-Content-Type-Options": {"nosniff"},
		"X-Frame-Options": {"SAMEORIGIN"}, "X-Arequestid": {requestID()}, "Vary": {"Accept"}}}
	if c != nil {
		for k, v := range c.more {
			a.Header[k] = v
		}
		if c.who.ID != "" {
			a.Header["X-Aaccountid"] = []string{c.who.ID}
		}
	}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		a.Status, a.Error = refused.status, refused.code()
		for k, v := range refused.header {
			a.Header[k] = v
		}
		if out = refused.said(); refused.text != "" {
			out = answer{status: refused.status, body: []byte(refused.text), kind: "text/plain;charset=UTF-8"}
		}
	}
	if x, ok := out.(answer); ok {
		a.Status, out = x.status, x.body // 200 if zero
		for k, v := range x.header {
			a.Header[k] = v
		}
		if x.stream != nil {
			a.Type, a.Stream = x.kind, x.stream
			return a, nil
		}
		if b, ok := out.([]byte); ok {
			a.Type, a.Body = x.kind, b
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

// refuseFault is how Jira says what a fault asks for.
func (j *Jira) refuseFault(r *twin.Request, f twin.Fault) twin.Answer {
	refused := *errInternal
	if f.Status == http.StatusTooManyRequests {
		refused = *tooMany(max(f.RetryAfter, 1))
	}
	if f.Error != "" {
		refused.messages = []string{f.Error}
	}
	if f.Status != 0 {
		refused.status = f.Status
	}
	a, _ := j.encode(nil, nil, &refused)
	return a
}

// stamp is a time as Jira writes it, and null if there is none. Times are kept in milliseconds.
func stamp(ms int64) any {
	if ms == 0 {
		return nil
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000-0700")
}

// at is the time of the call as it is kept.
func (c *call) at() int64 { return c.Now.UnixMilli() }

// next returns a new number among those of a name; the first is first.
func (c *call) next(name string, first int64) int64 {
	n, ok := c.j.counters.Get(c.Tx, name)
	if !ok {
		n = Counter{Name: name, N: first - 1}
	}
	n.N++
	c.j.counters.Put(c.Tx, n)
	return n.N
}

// key is a number as the store sorts it.
func key(id int64) string {
	const zeros = "000000000000"
	var room [2 * len(zeros)]byte
	s := strconv.AppendInt(append(room[:0], zeros...), id, 10)
	return string(s[min(len(s)-len(zeros), len(zeros)):])
}

// id is a number as the API writes most of them.
func id(n int64) string { return strconv.FormatInt(n, 10) }

// number reads an id: digits alone, as text or as a JSON number. It is 0 if there is none.
func number(v any) int64 {
	switch v := v.(type) {
	case float64:
		if v == float64(int64(v)) && v > 0 {
			return int64(v)
		}
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > 0 {
			return n
		}
	}
	return 0
}

// Values of a JSON object, and what stands for those that are not there.

func text(v any) string { s, _ := v.(string); return s }

func truth(v any) bool { b, _ := v.(bool); return b }

func object(v any) obj { m, _ := v.(obj); return m }

func list(v any) []any { l, _ := v.([]any); return l }

// texts are the strings of a list.
func texts(v any) (out []string) {
	for _, x := range list(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// anys is the other way round.
func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// dig follows keys into nested objects.
func dig(v any, keys ...string) any {
	for _, k := range keys {
		v = object(v)[k]
	}
	return v
}

// clone copies a JSON value all the way down.
func clone[T any](v T) T { out, _ := copied(v).(T); return out }

func copied(v any) any {
	switch v := v.(type) {
	case obj:
		if v == nil {
			return v
		}
		out := make(obj, len(v))
		for k, x := range v {
			out[k] = copied(x)
		}
		return out
	case []any:
		if v == nil {
			return v
		}
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = copied(x)
		}
		return out
	}
	return v
}

// with is an object with some members of another in the place of its own.
func with(base obj, more obj) obj {
	out := make(obj, len(base)+len(more))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}
