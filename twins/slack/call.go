package slack

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/tree"
	"twinset.dev/kit/twin"
)

// A call is one Web API method call by someone Slack knows.
type call struct {
	*twin.Call
	s       *Slack
	m       *method
	token   Token
	user    User // who acts: a person, or the bot user of an app
	args    *arguments
	base    string // what links begin with
	warning []string
}

// reply is what a method answers beside "ok".
type reply = map[string]any

// raw is an answer already encoded, begun with call.begin.
type raw []byte

// begin begins the answer of a method that encodes it by hand, with room for as much as the last one took.
func (c *call) begin() []byte {
	n := int(c.m.size.Load())
	return append(make([]byte, 0, n+n/8+64), `{"ok":true`...)
}

// tier is how often Slack lets an app call a method in a minute when rate limits are on.
//
// https://docs.slack.dev/apis/web-api/rate-limits
type tier int

const (
	tier1   tier = 1
	tier2   tier = 20
	tier3   tier = 50
	tier4   tier = 100
	special tier = 600
)

// about is what Slack documents of a method beside its arguments: how often it may be called, and the scopes of
// which a bot's and a person's token need at least one, separated by spaces. An empty list asks for no scope; "-"
// refuses tokens of that kind.
type about struct {
	level     twin.Level
	tier      tier
	bot, user string
}

// A method is one entry of the Web API.
type method struct {
	name      string
	about     about
	op        *twin.Operation
	reads     bool // runs beside other readers and cannot write
	open      bool // needs no token: OAuth exchanges and the like
	appTokens bool // is called with an app-level or configuration token
	anyToken  bool // is called with any token
	bot, user []string
	takes     map[string]bool
	size      atomic.Int64 // of the last answer encoded by hand
	receives  []string     // arguments that are files, kept before the transaction begins
	serve     func(*call) (any, error)
}

// write declares a method that changes the workspace. In is a struct whose fields are the arguments, by json tag.
func write[In any](s *Slack, name string, a about, h func(*call, *In) (any, error)) *method {
	return s.declare(name, a, reflect.TypeFor[In](), func(c *call, in any) (any, error) { return h(c, in.(*In)) })
}

// declare is write for an In that only the caller knows: every type makes the compiler another copy of a generic function.
func (s *Slack) declare(name string, a about, in reflect.Type, h func(c *call, in any) (any, error)) *method {
	bind, takes := binder(in)
	m := &method{name: name, about: a, takes: takes, bot: strings.Fields(a.bot), user: strings.Fields(a.user)}
	m.serve = func(c *call) (any, error) {
		v := reflect.New(in).Interface()
		if err := bind(c.args, v); err != nil {
			return nil, err
		}
		return h(c, v)
	}
	if s.methods[name] != nil {
		panic("slack: " + name + " is declared twice")
	}
	m.op = s.Operation(&twin.Operation{ID: name, Method: http.MethodPost, Path: "/api/" + name, Level: a.level})
	s.methods[name] = m
	return m
}

// read declares a method that changes nothing.
func read[In any](s *Slack, name string, a about, h func(*call, *In) (any, error)) *method {
	m := write(s, name, a, h)
	m.reads = true
	m.op.Method = http.MethodGet
	return m
}

// requires names the arguments without which Slack does not look any further: one that is there but empty is
// looked at, and is then its own refusal.
func (m *method) requires(arguments ...string) *method {
	serve := m.serve
	m.serve = func(c *call) (any, error) {
		var absent []string
		for _, a := range arguments {
			if !c.args.given(a) {
				absent = append(absent, "[ERROR] missing required field: "+a)
			}
		}
		if absent != nil {
			return nil, invalid(absent...)
		}
		return serve(c)
	}
	return m
}

// webAPI serves all declared methods, GET and POST alike.
func (s *Slack) webAPI() {
	unknown := s.Operation(&twin.Operation{ID: "unknown", Method: http.MethodPost, Path: "/api/*", Level: twin.Full,
		Notes: "any other name is refused as unknown_method"})
	serve := func(ec echo.Context) error {
		m := s.methods[ec.Param("*")]
		if m == nil {
			return s.Serve(ec, unknown, "", func(r *twin.Request) (twin.Answer, error) {
				return answer(nil, refusal{errUnknownMethod, reply{"req_method": ec.Param("*")}}, nil), nil
			})
		}
		args, refused := decode(ec)
		return s.Serve(ec, m.op, args.token, func(r *twin.Request) (twin.Answer, error) {
			if refused != nil {
				return answer(nil, refused, nil), nil
			}
			return s.run(r, m, args)
		})
	}
	s.Echo.GET("/api/*", serve)
	s.Echo.POST("/api/*", serve)
}

// run authenticates the caller and runs the method as one transaction.
func (s *Slack) run(r *twin.Request, m *method, args *arguments) (twin.Answer, error) {
	var c *call
	var out any
	transaction := r.Update
	if m.reads {
		transaction = r.View
	}
	if limited, err := s.limit(r, m, args); err != nil || limited.Status != 0 {
		return limited, err
	}
	if err := s.receive(r, m, args); err != nil {
		if code := Error(""); errors.As(err, &code) {
			return answer(nil, code, nil), nil
		}
		return twin.Answer{}, err
	}
	err := transaction(func(tc *twin.Call) error {
		c = &call{Call: tc, s: s, m: m, args: args, base: s.URL(tc), warning: args.warning}
		if err := c.authenticate(); err != nil {
			return err
		}
		var err error
		out, err = m.serve(c)
		return err
	})
	if code := Error(""); err != nil && !errors.As(err, &code) {
		return twin.Answer{}, err // ours, not Slack's: a 500 that the journal shows in full
	}
	r.Actor = c.token.User
	r.Ignored = args.ignored(m)
	a := answer(out, err, c.warning)
	if body, ok := out.(raw); ok {
		m.size.Store(int64(len(body)))
	}
	if c.token.Key != "" {
		a.Header = http.Header{
			"X-Oauth-Scopes":          {strings.Join(c.token.Scopes, ",")},
			"X-Accepted-Oauth-Scopes": {strings.Join(m.scopes(c.token), ",")},
		}
	}
	if f, ok := out.(attachment); ok && err == nil {
		a.Type, a.Body = f.kind, f.body
		a.Header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	}
	return a, nil
}

// limit refuses a call that comes too soon, in a world that keeps Slack's rate limits.
func (s *Slack) limit(r *twin.Request, m *method, args *arguments) (twin.Answer, error) {
	if !r.VendorLimits() {
		return twin.Answer{}, nil
	}
	var wait int64
	err := r.Update(func(c *twin.Call) error {
		tok, _ := s.tokens.Get(c.Tx, r.World.Unseal(args.token))
		l, _ := s.limits.Get(c.Tx, tok.App+" "+m.name)
		now := c.Now.Unix()
		if now >= l.Since+60 {
			l = Limit{App: tok.App, Method: m.name, Since: now}
		}
		if l.Calls++; l.Calls > int(m.about.tier) {
			wait = max(l.Since+60-now, 1)
			return nil
		}
		s.limits.Put(c.Tx, l)
		return nil
	})
	if err != nil || wait == 0 {
		return twin.Answer{}, err
	}
	return tooMany(wait), nil
}

func tooMany(seconds int64) twin.Answer {
	a := answer(nil, errRatelimited, nil)
	a.Status = http.StatusTooManyRequests
	a.Header = http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}}
	return a
}

// refuseFault is how Slack says what a fault asks for.
func (s *Slack) refuseFault(_ *twin.Request, f twin.Fault) twin.Answer {
	code := Error(f.Error)
	switch {
	case f.Status == http.StatusTooManyRequests:
		return tooMany(int64(max(f.RetryAfter, 1)))
	case f.Status >= 500 && code == "":
		return twin.Answer{Status: f.Status, Type: "text/html; charset=utf-8", Body: []byte("<!DOCTYPE html><title>Server Error</title>"), Error: strconv.Itoa(f.Status)}
	case code == "":
		code = errInternalError
	}
	a := answer(nil, code, nil)
	a.Status = f.Status
	return a
}

// authenticate finds out who is calling and whether the token opens this method.
//
// https://docs.slack.dev/authentication/tokens
func (c *call) authenticate() error {
	if c.args.token == "" {
		if c.m.open {
			return nil
		}
		return errNotAuthed
	}
	tok, ok := c.s.tokens.Get(c.Tx, c.World.Unseal(c.args.token))
	switch {
	case !ok && c.m.open:
		return nil
	case !ok || tok.Kind == tokenRefresh:
		return errInvalidAuth
	case tok.Revoked:
		return errTokenRevoked
	case tok.Expires != 0 && c.Now.Unix() >= tok.Expires:
		return errTokenExpired
	}
	c.token = tok
	if tok.User != "" {
		if c.user, ok = c.s.users.Get(c.Tx, tok.User); !ok || c.user.Deleted {
			return errAccountInactive
		}
	}
	if !c.m.anyToken && c.m.appTokens != (tok.Kind == tokenApp || tok.Kind == tokenConfig) {
		return errNotAllowedTokenType
	}
	accepted := c.m.scopes(tok)
	if len(accepted) == 1 && accepted[0] == "-" {
		return errNotAllowedTokenType
	}
	return c.need(accepted...)
}

// scopes are those of which the token needs at least one for the method.
func (m *method) scopes(t Token) []string {
	if t.Kind == tokenBot {
		return m.bot
	}
	return m.user
}

// need refuses a token that has none of the scopes. No scopes ask for none.
func (c *call) need(scopes ...string) error {
	c.Request.Need(scopes)
	if len(scopes) == 0 || c.has(scopes...) {
		return nil
	}
	return errMissingScope.with(reply{"needed": strings.Join(scopes, ","), "provided": strings.Join(c.token.Scopes, ",")})
}

// has reports whether the token has any of the scopes. A legacy token may do what its person may.
func (c *call) has(scopes ...string) bool {
	if c.token.Kind == tokenLegacy {
		return !slices.ContainsFunc(scopes, func(s string) bool { return strings.HasPrefix(s, "admin") }) || c.user.Admin
	}
	for _, s := range scopes {
		if slices.Contains(c.token.Scopes, s) {
			return true
		}
	}
	return false
}

// warn adds a code to the answer's warnings.
func (c *call) warn(code string) {
	if !slices.Contains(c.warning, code) {
		c.warning = append(c.warning, code)
	}
}

// idAlphabet is what Slack's ids are made of.
const idAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// secretAlphabet is what Slack's tokens are made of.
const secretAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// id returns a new id of the kind that prefix says.
func (c *call) id(prefix string) string { return newID(c.Call, prefix) }

func newID(c *twin.Call, prefix string) string { return prefix + "0" + c.Rand(9, idAlphabet) }

// answer encodes what a method returned the way Slack does: ok first, then the rest.
func answer(out any, err error, warnings []string) twin.Answer {
	a := twin.Answer{Type: "application/json; charset=utf-8"}
	facts := reply{}
	if err != nil {
		code := Error("")
		errors.As(err, &code)
		a.Error = string(code)
		if r, ok := errors.AsType[refusal](err); ok {
			for k, v := range r.with {
				facts[k] = v
			}
		}
		facts["error"] = code
		out = facts
	}
	if len(warnings) > 0 {
		body, ok := out.(reply)
		if !ok {
			body = reply{}
			json.Unmarshal(encode(out), &body)
			delete(body, "ok") // an answer encoded by hand says so itself
		}
		meta, _ := body["response_metadata"].(reply)
		if meta == nil {
			meta = reply{}
		}
		meta["warnings"] = warnings
		body["warning"] = strings.Join(warnings, ",")
		body["response_metadata"] = meta
		out = body
	}
	head := `{"ok":true`
	if err != nil {
		head = `{"ok":false`
	}
	if body, ok := out.(raw); ok {
		a.Body = body
		return a
	}
	var b bytes.Buffer
	b.WriteString(head)
	if body := encode(out); len(body) > 2 {
		b.WriteByte(',')
		b.Write(body[1:])
	} else {
		b.WriteByte('}')
	}
	a.Body = b.Bytes()
	return a
}

// encode returns v as JSON with & < > as they are, as Slack sends them; nil is {}.
func encode(v any) []byte {
	switch v := v.(type) {
	case nil:
		return []byte("{}")
	case raw:
		return v
	}
	b, err := tree.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
