package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say how to play.
type Options struct {
	Admin    string              // token that the twin's control plane asks for; "" if it asks for none
	Prime    bool                // make first what a recording reads and never made
	Exact    bool                // a step is alike only if nothing that counts differs
	Progress func(done, all int) // called after each recording; nil tells nobody
}

// A twinAt is a running twin: where it is, and what it says of itself.
type twinAt struct {
	url   string
	admin string
	ops   []operation
	http  *http.Client
	svc   *Service
}

// An operation is one of the twin's manifest.
type operation struct {
	ID, Method, Path string
	segments         []string
	needsBody        bool
	beyond           bool // the public specification does not have it
}

// A manifest is what a port says of its twin, or of the twins that share it.
type manifest struct {
	Service    string
	Source     string // of its public specification; "" if it has none
	Operations []operation
	Twins      []manifest
}

// A world is one copy of everything in the twin, forked for one recording.
type world struct {
	Name, URL   string
	Credentials struct {
		Env map[string]string
	}
}

// Run plays recordings at the twin that listens at base, each in a world of its own, and reports what it answered.
func Run(ctx context.Context, base string, svc *Service, recs []Recording, o Options) (*Report, error) {
	t := &twinAt{url: strings.TrimSuffix(base, "/"), admin: o.Admin, svc: svc, http: &http.Client{
		Timeout:       time.Minute,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	defer t.http.CloseIdleConnections()
	if err := t.introduce(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([][]Result, len(recs))
	todo := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range todo {
				r, err := t.play(ctx, &recs[i], o)
				if err != nil {
					cancel(fmt.Errorf("%s: %w", recs[i].Name, err))
					continue
				}
				mu.Lock()
				results[i] = r
				done++
				if o.Progress != nil {
					o.Progress(done, len(recs))
				}
				mu.Unlock()
			}
		})
	}
	for i := range recs {
		todo <- i
	}
	close(todo)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return newReport(svc.Name, results), nil
}

// introduce asks the twin for its operations.
func (t *twinAt) introduce(ctx context.Context) error {
	var all manifest
	if err := t.control(ctx, "GET", "/_twin/manifest", nil, &all); err != nil {
		return fmt.Errorf("no twin at %s: %w", t.url, err)
	}
	if len(all.Twins) == 0 {
		all.Twins = []manifest{all}
		if all.Service != t.svc.Name {
			return fmt.Errorf("the twin at %s is of %s, not of %s", t.url, all.Service, t.svc.Name)
		}
	}
	for _, m := range all.Twins {
		var spec struct {
			Paths map[string]map[string]json.RawMessage
		}
		if m.Source != "" {
			if err := t.control(ctx, "GET", "/_twin/openapi.json?service="+url.QueryEscape(m.Service), nil, &spec); err != nil {
				return err
			}
		}
		for _, op := range m.Operations {
			var in struct {
				RequestBody struct{ Required bool }
			}
			public, ok := spec.Paths[op.Path][strings.ToLower(op.Method)]
			if op.beyond = !ok; ok {
				json.Unmarshal(public, &in)
			}
			op.needsBody = in.RequestBody.Required
			op.segments = strings.Split(op.Path, "/")
			t.ops = append(t.ops, op)
		}
	}
	// What is spelled out is found before what a parameter stands for.
	slices.SortStableFunc(t.ops, func(a, b operation) int { return strings.Count(a.Path, "{") - strings.Count(b.Path, "{") })
	return nil
}

// operation finds what a step asks for, or names it after its path with the ids collapsed.
func (t *twinAt) operation(s *Step) operation {
	segs := strings.Split(s.Path, "/")
	for _, op := range t.ops {
		if op.Method == s.Method && fits(op.segments, segs) {
			return op
		}
	}
	for i, seg := range segs {
		if plain, err := url.PathUnescape(seg); err == nil && (isOpaque(plain) || isNumber(plain)) {
			segs[i] = "{}"
		}
	}
	return operation{Method: s.Method, Path: strings.Join(segs, "/")}
}

// fits says whether a path is of a template; a segment of that may be {id}:verb.
func fits(template, path []string) bool {
	if len(template) != len(path) {
		return false
	}
	for i, t := range template {
		before, rest, isParam := strings.Cut(t, "{")
		_, after, _ := strings.Cut(rest, "}")
		if !isParam && t != path[i] || isParam && (len(path[i]) <= len(before)+len(after) || !strings.HasPrefix(path[i], before) || !strings.HasSuffix(path[i], after)) {
			return false
		}
	}
	return true
}

// control calls the twin's control plane.
func (t *twinAt) control(ctx context.Context, method, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, t.url+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentTypeJSON)
	if t.admin != "" {
		req.Header.Set("Authorization", "Bearer "+t.admin)
	}
	res, err := t.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(answer))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// A player plays one recording in one world.
type player struct {
	*twinAt
	ctx     context.Context
	world   world
	origin  *origin
	bound   *bindings
	excused map[string]bool // ids of an answer that the twin could not be asked for fairly
}

func (t *twinAt) play(ctx context.Context, r *Recording, o Options) ([]Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &player{twinAt: t, ctx: ctx, origin: newOrigin(r), bound: newBindings(), excused: map[string]bool{}}
	if err := t.control(ctx, "POST", "/_twin/worlds", map[string]any{"durable": false}, &p.world); err != nil {
		return nil, err
	}
	defer t.control(context.WithoutCancel(ctx), "DELETE", "/_twin/worlds/"+p.world.Name, nil, nil)
	if o.Prime && t.svc.Prime != nil {
		t.svc.Prime(&Primer{p, r})
	}
	var out []Result
	for i := range r.Steps {
		res, err := p.step(r, i, o.Exact)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i, err)
		}
		out = append(out, res)
	}
	return out, nil
}

// Why a step does not count.
const (
	unscoredFailed  = "the service itself failed"
	unscoredForeign = "asks for what was there before"
	unscoredFollows = "follows from what is not scored"
	unscoredLost    = "its body was not recorded"
	unscoredSigned  = "signed for the real service"
	unscoredOther   = "answered by something else than the service"
)

const (
	contentTypeJSON = "application/json"
	contentTypeForm = "application/x-www-form-urlencoded"
)

func (p *player) step(r *Recording, i int, exact bool) (Result, error) {
	then := &r.Steps[i]
	op := p.operation(then)
	res := Result{Recording: r.Name, Index: i, Operation: op.Method + " " + op.Path, Want: then.Status, step: *then}
	s := &res.step
	switch {
	case then.Status == http.StatusTooManyRequests || then.Status >= 500:
		// What failed then changed nothing, so it is not asked again.
		res.Unscored = unscoredFailed
		return res, nil
	case then.Status >= 400 && p.svc.Refused != nil && !p.svc.Refused(then.Response):
		res.Unscored = unscoredOther
		return res, nil
	case p.lostBody(then, op):
		res.Unscored = unscoredLost
		s.Body = p.rebuild(then)
	case isSigned(then):
		res.Unscored = unscoredSigned
	default:
		res.Unscored = p.excuse(then)
	}
	s.Path, s.Query, s.Body = p.bound.path(s.Path), p.bound.form(s.Query), p.replace(s)
	got, err := p.send(s)
	if err != nil {
		return res, err
	}
	res.Got = got.Status
	if got.Status != then.Status && (got.Status == http.StatusNotImplemented || got.Status == http.StatusMethodNotAllowed) {
		res.Unscored = "" // what is not twinned counts, whatever else could be said of the step
	}
	for _, name := range []string{"Location", "Link"} {
		for j, v := range then.Header.Values(name) {
			if now := got.Header.Values(name); j < len(now) {
				p.bound.bindURL(strings.Trim(firstField(v), "<>"), strings.Trim(firstField(now[j]), "<>"), p.origin.own)
			}
		}
	}
	c := comparison{o: p.origin, b: p.bound, svc: p.svc, step: i, ours: p.aboutOurs(then), exact: exact}
	c.compare(&res, got.Response, got.Header.Get("Content-Type"))
	if !res.scored() {
		// What a made up body did not make as it was cannot be asked about either.
		guess := res.Unscored == unscoredLost && !res.Alike
		walk(then.Response, "", func(key string, v any) {
			if id, ok := str(v); ok && isID(key, v) && (guess && p.origin.born[id] && c.known[id] == "" || p.bound.to[id] == "") {
				p.excused[id] = true
			}
		})
	}
	return res, nil
}

func firstField(s string) string { s, _, _ = strings.Cut(s, ";"); return s }

// aboutOurs says whether a step's path names something born in the recording.
func (p *player) aboutOurs(s *Step) bool {
	return slices.ContainsFunc(s.sent(), func(v sentValue) bool { return v.where == inPath && p.origin.born[v.value] })
}

// excuse says why a step cannot be asked of the twin fairly: it names what was there before the recording began, and
// nothing here is bound to it. That something is not there is fair: the twin does not have it either.
func (p *player) excuse(s *Step) string {
	if s.Status == http.StatusNotFound {
		return ""
	}
	for _, v := range s.sent() {
		for _, id := range append(words(v.value), v.value) {
			switch {
			case p.excused[id]:
				return unscoredFollows
			case p.origin.foreign[id] && p.bound.to[id] == "":
				return unscoredForeign
			}
		}
	}
	return ""
}

// isSigned says whether a step carries a signature over the real service's address or time.
func isSigned(s *Step) bool {
	if s.Sent.Get("DPoP") != "" {
		return true
	}
	return slices.ContainsFunc(s.sent(), func(v sentValue) bool {
		return v.where != inPath && (v.key == "client_assertion" || v.key == "assertion")
	})
}

// lostBody says whether a step had a body that its recording does not have: it was accepted, and the operation asks for
// one or, if the specification does not say, made something new in answer to a post.
func (p *player) lostBody(s *Step, op operation) bool {
	switch {
	case s.Body != "" || s.Status >= 300:
		return false
	case op.ID != "" && !op.beyond:
		return op.needsBody
	}
	made := false
	walk(s.Response, "", func(key string, v any) {
		id, ok := str(v)
		made = made || ok && isID(key, v) && p.origin.born[id] && p.bound.to[id] == ""
	})
	return made && s.Method == http.MethodPost
}

// rebuild makes the body of a request out of its answer, without what the service made up; "" if there is nothing to go by.
func (p *player) rebuild(s *Step) any {
	answer, ok := s.Response.(map[string]any)
	if !ok {
		return ""
	}
	body := p.given(answer).(map[string]any)
	if p.svc.Complete != nil {
		p.svc.Complete(body)
	}
	return body
}

// given is a value without what only the service could have put there.
func (p *player) given(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, one := range v {
			s, _ := str(one)
			made := strings.HasPrefix(k, "_") || isTime(s) || isID(k, one) && p.bound.to[s] == ""
			if kept := p.given(one); !made && kept != nil {
				m[k] = kept
			}
		}
		return m
	case []any:
		l := []any{}
		for _, one := range v {
			l = append(l, p.given(one))
		}
		return l
	}
	return v
}

// replace is a step's body with what is bound replaced.
func (p *player) replace(s *Step) any {
	if t, ok := s.Body.(string); ok && s.isForm() {
		return p.bound.form(t)
	}
	return p.bound.value(s.Body)
}

// send asks the twin, and returns what it answered as a step.
func (p *player) send(s *Step) (Step, error) {
	var body []byte
	kind := s.Type
	switch b := s.Body.(type) {
	case string:
		body = []byte(b)
		if kind == "" && s.isForm() {
			kind = contentTypeForm
		}
	case map[string]any:
		if kind == "" && isFlat(b) { // a JSON body has said so
			form := url.Values{}
			for k, v := range b {
				form.Set(k, v.(string))
			}
			body, kind = []byte(form.Encode()), contentTypeForm
			break
		}
		body, _ = json.Marshal(b)
	default:
		body, _ = json.Marshal(b)
	}
	if kind == "" && len(body) > 0 {
		kind = contentTypeJSON
	}
	at := p.world.URL + s.Path
	credential := http.Header{}
	p.authorize(credential, s)
	query := s.Query
	if name := p.svc.TokenParam; name != "" {
		_, token, _ := strings.Cut(credential.Get("Authorization"), " ")
		query = setParam(query, name, token)
		if strings.HasPrefix(kind, contentTypeForm) {
			body = []byte(setParam(string(body), name, token))
		}
	}
	if query != "" {
		at += "?" + query
	}
	req, err := http.NewRequestWithContext(p.ctx, s.Method, at, bytes.NewReader(body))
	if err != nil {
		return Step{}, err
	}
	for _, k := range []string{"Accept", "Accept-Language", "If-Match", "If-None-Match", "Range", "X-Atlassian-Token", "X-Forwarded-For", "User-Agent"} {
		if v := s.Sent.Get(k); v != "" {
			req.Header.Set(k, p.bound.text(v))
		}
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", accept(s))
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	maps.Copy(req.Header, credential)
	res, err := p.http.Do(req)
	if err != nil {
		if p.ctx.Err() != nil {
			return Step{}, p.ctx.Err()
		}
		return Step{Response: err.Error()}, nil // no answer is an answer too, and never the recorded one
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		b = []byte(err.Error())
	}
	return Step{Status: res.StatusCode, Header: res.Header, Response: parseBody(b, res.Header, res.Header.Get("Content-Type"))}, nil
}

// accept is what a step must have asked for, if the recording does not say.
func accept(s *Step) string {
	if t, ok := s.Response.(string); ok && strings.HasPrefix(t, "<?xml") {
		return "application/xml"
	}
	return contentTypeJSON
}

// isFlat says whether an object is strings alone, as a form is.
func isFlat(m map[string]any) bool {
	for _, v := range m {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// setParam sets a parameter that a query or form has already, and leaves the others as they are.
func setParam(raw, name, value string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		if strings.HasPrefix(part, name+"=") {
			parts[i] = name + "=" + url.QueryEscape(value)
		}
	}
	return strings.Join(parts, "&")
}
