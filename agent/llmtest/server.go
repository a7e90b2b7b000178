package llmtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"twinset.dev/agent/llm"
)

// Server is the model behind its protocols. The zero value answers nothing until it has a script or a brain.
type Server struct {
	Brain  Brain   // of the keys that have nothing of their own; may be nil
	Script *Script // of the same keys, each of which plays it from its beginning; may be nil

	mu     sync.Mutex
	spaces map[string]*space
}

// space is what a key has to itself.
type space struct {
	brain  Brain
	script *playing
	count  int
	prompt string          // of the request before
	signed map[string]bool // thinking that this model signed
	log    []Logged
}

// Logged is a request that came.
type Logged struct {
	Protocol string          `json:"protocol"`
	Path     string          `json:"path"`
	Stream   bool            `json:"stream"`
	Status   int             `json:"status"`
	Why      string          `json:"why,omitempty"` // it was refused
	Header   http.Header     `json:"header"`        // without the key
	Body     json.RawMessage `json:"body"`
}

// Play sets the script of a key.
func (s *Server) Play(key string, script *Script) { s.set(key, &space{script: play(script)}) }

// Think sets the brain of a key.
func (s *Server) Think(key string, b Brain) { s.set(key, &space{brain: b}) }

func (s *Server) set(key string, sp *space) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spaces == nil {
		s.spaces = map[string]*space{}
	}
	sp.signed = map[string]bool{}
	s.spaces[key] = sp
}

// Keys are all that were used or prepared.
func (s *Server) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.spaces))
}

// space is that of a key, made when it is first used.
func (s *Server) space(key string) *space {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.spaces[key]
	if sp == nil {
		if sp = (&space{signed: map[string]bool{}}); s.Script != nil {
			sp.script = play(s.Script)
		}
		if s.spaces == nil {
			s.spaces = map[string]*space{}
		}
		s.spaces[key] = sp
	}
	return sp
}

// Unconsumed are the steps of a key's script that nobody asked for.
func (s *Server) Unconsumed(key string) []Step {
	if sp := s.space(key); sp.script != nil {
		return sp.script.rest()
	}
	return nil
}

// Requests are those of a key, the oldest first.
func (s *Server) Requests(key string) []Logged {
	sp := s.space(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(sp.log)
}

// answer is a step on its way to the wire.
type answer struct {
	Step
	c     Conversation
	id    string
	model string
	usage llm.Usage
}

// callID is the id of the i-th call.
func (a answer) callID(i int) string { return fmt.Sprintf("call_%s_%d", a.id, i+1) }

// event is one of a stream; a type of "" is not written.
type event struct {
	kind string
	data any
}

// protocol is how a vendor speaks.
type protocol struct {
	name   string
	key    func(*http.Request) string
	parse  func(*http.Request, []byte) (Conversation, error)
	whole  func(answer) any
	events func(answer) []event // without what tells the end
	end    func(answer) []event // the last, which tell that the answer is whole
	refuse func(status int, code, message string) any
	broken func(code string) []event                  // an error inside of a stream
	failed func(a answer, code string) (any, []event) // an answer that failed as a whole; nil: as broken
}

// ServeHTTP answers for every vendor, at its own paths.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch p := r.URL.Path; {
	case strings.HasPrefix(p, "/__admin/"):
		s.admin(w, r)
	case p == "/healthz":
		fmt.Fprintln(w, "ok")
	case p == "/v1/models":
		s.models(w, r)
	case r.Method == http.MethodPost && strings.HasSuffix(p, "/messages"):
		s.serve(w, r, anthropicWire)
	case r.Method == http.MethodPost && strings.HasSuffix(p, "/responses"):
		s.serve(w, r, responsesWire)
	case r.Method == http.MethodPost && strings.HasSuffix(p, "/chat/completions"):
		s.serve(w, r, chatWire)
	case r.Method == http.MethodPost && strings.HasPrefix(p, "/v1beta/models/"):
		s.serve(w, r, geminiWire)
	default:
		send(w, http.StatusNotFound, chatWire.refuse(http.StatusNotFound, "not_found", "llmtest does not serve "+r.Method+" "+p))
	}
}

// models lists the catalog, in the form that Anthropic's and OpenAI's lists share.
func (s *Server) models(w http.ResponseWriter, _ *http.Request) {
	list := []object{}
	for _, m := range llm.Models("") {
		list = append(list, object{"id": m.ID, "object": "model", "type": "model", "display_name": m.Name, "owned_by": m.Provider, "created": 0})
	}
	send(w, http.StatusOK, object{"object": "list", "data": list, "has_more": false})
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, p protocol) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<20))
	if err != nil {
		return // who sends it has gone, or sends without end
	}
	key := p.key(r)
	if key == "" {
		send(w, http.StatusUnauthorized, p.refuse(http.StatusUnauthorized, "", "no API key"))
		return
	}
	sp := s.space(key)
	a, status, why := s.answer(r, p, sp, key, body)
	logged := Logged{Protocol: p.name, Path: r.URL.Path, Stream: a.c.Stream, Status: status, Why: why, Header: r.Header.Clone(), Body: body}
	for _, h := range []string{"Authorization", "X-Api-Key", "X-Goog-Api-Key"} {
		logged.Header.Del(h)
	}
	if !json.Valid(body) {
		logged.Body = nil
	}
	s.mu.Lock()
	sp.log = append(sp.log, logged)
	s.mu.Unlock()
	f := cmp.Or(a.Fault, &Fault{})
	switch {
	case status != http.StatusOK:
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		send(w, status, p.refuse(status, f.Code, why))
	case f.WrongContentType:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintln(w, "<html><body>Please log in.</body></html>")
	case a.c.Stream:
		stream(w, r, p, a, f)
	default:
		whole(w, r, p, a, f)
	}
}

// answer finds what to say: a status that is not 200 refuses, and says why.
func (s *Server) answer(r *http.Request, p protocol, sp *space, key string, body []byte) (answer, int, string) {
	c, err := p.parse(r, body)
	c.Protocol, c.Namespace, c.Raw = p.name, key, body
	a := answer{c: c}
	if err != nil {
		return a, http.StatusBadRequest, err.Error()
	}
	s.mu.Lock()
	err = sp.check(c)
	s.mu.Unlock()
	if err != nil {
		return a, http.StatusBadRequest, err.Error()
	}
	var why string
	switch brain := sp.brain; {
	case sp.script != nil:
		a.Step, why = sp.script.next(c)
	case brain != nil:
		a.Step = brain(c)
	case s.Brain != nil:
		a.Step = s.Brain(c)
	default:
		why = "no script: the key has neither script nor brain"
	}
	if why != "" {
		return a, http.StatusInternalServerError, why
	}
	if f := a.Fault; f != nil && f.Status != 0 {
		return a, f.Status, cmp.Or(f.Message, http.StatusText(f.Status))
	}
	if f := a.Fault; f != nil && f.Incomplete != "" {
		a.Finish = map[string]string{"max_output_tokens": "length", "content_filter": "content_filter"}[f.Incomplete]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sp.finish(&a)
	return a, http.StatusOK, ""
}

// whole sends an answer at once.
func whole(w http.ResponseWriter, r *http.Request, p protocol, a answer, f *Fault) {
	wait(r, f.SlowMS)
	v := p.whole(a)
	switch {
	case f.Hang:
		<-r.Context().Done()
		return
	case f.MidStreamError != "" || f.ResponseFailed != "" && p.failed == nil:
		code := f.MidStreamError + f.ResponseFailed
		send(w, http.StatusInternalServerError, p.refuse(http.StatusInternalServerError, code, code))
		return
	case f.ResponseFailed != "":
		v, _ = p.failed(a, f.ResponseFailed)
	}
	w.Header().Set("Content-Type", "application/json")
	b, _ := json.Marshal(v)
	if f.CutAfterEvents != nil || f.MalformedSSE {
		b = b[:len(b)/2]
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	if f.CutAfterEvents != nil {
		w.Header().Set("Content-Length", fmt.Sprint(2*len(b)))
	}
	w.Write(b)
}

// stream sends an answer event by event.
func stream(w http.ResponseWriter, r *http.Request, p protocol, a answer, f *Fault) {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	events, end := p.events(a), p.end(a)
	middle := len(events) / 2
	switch {
	case f.ResponseFailed != "" && p.failed != nil:
		_, end = p.failed(a, f.ResponseFailed)
		events = events[:middle]
	case f.MidStreamError != "" || f.ResponseFailed != "":
		events, end = events[:middle], p.broken(f.MidStreamError+f.ResponseFailed)
	case f.MalformedSSE:
		events, end = events[:middle], []event{{"", json.RawMessage(`{"type":`)}}
		if p.name == "anthropic" {
			end[0].kind = "content_block_delta"
		}
	}
	for i, e := range append(events, end...) {
		if f.CutAfterEvents != nil && i == *f.CutAfterEvents {
			flush.Flush()
			panic(http.ErrAbortHandler) // the connection goes, as when a proxy dies
		}
		if wait(r, f.SlowMS); r.Context().Err() != nil {
			return
		}
		write(w, e)
		flush.Flush()
		if f.Hang {
			<-r.Context().Done()
			return
		}
	}
}

func wait(r *http.Request, ms int) {
	if ms > 0 {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Duration(ms) * time.Millisecond):
		}
	}
}

func write(w io.Writer, e event) {
	if e.kind != "" {
		fmt.Fprintf(w, "event: %s\n", e.kind)
	}
	data, raw := e.data.(json.RawMessage) // as it is, even if it is no JSON
	if !raw {
		data, _ = json.Marshal(e.data)
	}
	fmt.Fprintf(w, "data: %s\n\n", data)
}
