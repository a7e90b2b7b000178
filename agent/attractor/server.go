package attractor

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed ui
var ui embed.FS

// Server runs pipelines for HTTP clients and people: the published routes, their short forms that act on the newest run,
// and two pages.
//
// https://github.com/strongdm/attractor/blob/main/attractor-spec.md#95-http-server-mode
type Server struct {
	http.Handler
	dir     string
	options Options
	ctx     context.Context
	cancel  context.CancelFunc

	going sync.WaitGroup

	mu   sync.Mutex
	runs []*served // oldest first
}

// served is one run: live, or read from its directory.
type served struct {
	id, name, goal string
	started        time.Time
	dot            []byte

	mu      sync.Mutex
	events  []Event
	changed chan struct{} // closed and replaced at each event
	live    bool
	status  string // running, success, fail or stopped
	reason  string
	cancel  context.CancelFunc
	pending []*pendingQuestion
}

type pendingQuestion struct {
	Question
	answer chan Answer
}

// NewServer serves the runs of a directory. Options are those of every run; the server itself is the interviewer.
func NewServer(dir string, o Options) (*Server, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	s := &Server{dir: dir, options: o}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if r, err := readRun(filepath.Join(dir, e.Name())); err == nil {
			s.runs = append(s.runs, r)
		}
	}
	slices.SortFunc(s.runs, func(a, b *served) int { return a.started.Compare(b.started) })
	s.Handler = s.guard(s.routes())
	return s, nil
}

// guard keeps pages of other sites from starting commands here: neither by a request across origins nor under a name of
// theirs that they let point to this machine.
func (s *Server) guard(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host := req.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if host != "localhost" && net.ParseIP(strings.Trim(host, "[]")) == nil {
			refuse(w, http.StatusForbidden, "ask for this server as localhost or by its address, not as %s", host)
			return
		}
		next.ServeHTTP(w, req)
	})
}

// Close stops all runs at their checkpoints, waits for them, and ends all streams.
func (s *Server) Close() {
	s.cancel()
	s.going.Wait()
}

// readRun finds a run that another process left behind.
func readRun(dir string) (*served, error) {
	m, err := LoadManifest(dir)
	if err != nil {
		return nil, err
	}
	dot, err := os.ReadFile(filepath.Join(dir, "graph.dot"))
	if err != nil {
		return nil, err
	}
	r := &served{id: filepath.Base(dir), name: m.Name, goal: m.Goal, started: m.Started, dot: dot, changed: make(chan struct{}), status: "stopped"}
	if r.events, err = ReadEvents(dir); err != nil {
		return nil, err
	}
	if cp, err := LoadCheckpoint(dir); err == nil && cp.Status != "running" {
		r.status, r.reason = cp.Status, cp.Reason
	}
	return r, nil
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	newest := func(use func(*served, http.ResponseWriter, *http.Request)) http.HandlerFunc { return s.with("", use) }
	byID := func(use func(*served, http.ResponseWriter, *http.Request)) http.HandlerFunc { return s.with("id", use) }
	mux.HandleFunc("POST /pipelines", s.submit)
	mux.HandleFunc("POST /run", s.submit)
	mux.HandleFunc("GET /pipelines", s.list)
	mux.HandleFunc("GET /pipelines/{id}", byID(s.status))
	mux.HandleFunc("GET /status", newest(s.status))
	mux.HandleFunc("GET /pipelines/{id}/events", byID(s.stream))
	mux.HandleFunc("POST /pipelines/{id}/cancel", byID(s.stop))
	mux.HandleFunc("POST /pipelines/{id}/resume", byID(s.resume))
	mux.HandleFunc("GET /pipelines/{id}/graph", byID(s.graph))
	mux.HandleFunc("GET /pipelines/{id}/questions", byID(s.questions))
	mux.HandleFunc("POST /pipelines/{id}/questions/{qid}/answer", byID(s.answer))
	mux.HandleFunc("POST /answer", newest(s.answer))
	mux.HandleFunc("GET /pipelines/{id}/checkpoint", byID(s.checkpoint))
	mux.HandleFunc("GET /pipelines/{id}/context", byID(s.context))
	files, _ := fs.Sub(ui, "ui")
	static := http.FileServerFS(files)
	mux.Handle("GET /ui/", http.StripPrefix("/ui", static))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "runs.html") })
	mux.HandleFunc("GET /runs/{id}", byID(func(_ *served, w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "run.html") }))
	return mux
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, format string, args ...any) {
	answerJSON(w, status, map[string]any{"error": fmt.Sprintf(format, args...)})
}

// with finds the run that a path names, or the newest.
func (s *Server) with(param string, use func(*served, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		s.mu.Lock()
		var found *served
		for _, r := range s.runs {
			if param == "" || r.id == req.PathValue(param) {
				found = r
			}
		}
		s.mu.Unlock()
		if found == nil {
			refuse(w, http.StatusNotFound, "there is no such run")
			return
		}
		use(found, w, req)
	}
}

// submission is what a client sends; a body that is not JSON is the DOT source itself.
type submission struct {
	DOT     string         `json:"dot"`
	Source  string         `json:"dot_source"`
	Goal    string         `json:"goal"`
	Context map[string]any `json:"context"`
}

func (s *Server) submit(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 4<<20))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "%v", err)
		return
	}
	in := submission{DOT: string(body)}
	if t, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")); t == "application/json" {
		in = submission{}
		if err := json.Unmarshal(body, &in); err != nil {
			refuse(w, http.StatusBadRequest, "%v", err)
			return
		}
	}
	src := []byte(or(in.DOT, in.Source))
	o := s.options
	o.Goal, o.Set = in.Goal, in.Context
	g, err := Parse(src)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "%v", err)
		return
	}
	ds := append([]Diagnostic{}, Lint(g, New(o).Types(), o.Rules...)...)
	if Errors(ds) != nil {
		answerJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": "the pipeline cannot run", "diagnostics": ds})
		return
	}
	r := &served{name: g.Name, goal: or(in.Goal, g.Goal()), started: s.options.Clock.Now(), dot: src, changed: make(chan struct{})}
	s.mu.Lock()
	for n := len(s.runs) + 1; ; n++ {
		r.id = fmt.Sprintf("%s-%d", g.Name, n)
		if err := os.Mkdir(filepath.Join(s.dir, r.id), 0o755); err == nil {
			break
		} else if !errors.Is(err, fs.ErrExist) {
			s.mu.Unlock()
			refuse(w, http.StatusInternalServerError, "%v", err)
			return
		}
	}
	s.runs = append(s.runs, r)
	s.mu.Unlock()
	s.start(r, o, func(ctx context.Context, e *Engine) (*Result, error) { return e.Run(ctx, src) })
	w.Header().Set("Location", "/pipelines/"+r.id)
	answerJSON(w, http.StatusCreated, map[string]any{"id": r.id, "status": "running", "diagnostics": ds})
}

// start lets a run go in the background.
func (s *Server) start(r *served, o Options, run func(context.Context, *Engine) (*Result, error)) {
	ctx, cancel := context.WithCancel(s.ctx)
	if next := o.Observe; next != nil {
		o.Observe = func(e Event) { r.observe(e); next(e) }
	} else {
		o.Observe = r.observe
	}
	o.Logs, o.Interviewer = filepath.Join(s.dir, r.id), Callback(r.ask)
	r.mu.Lock()
	r.live, r.status, r.reason, r.cancel = true, "running", "", cancel
	r.mu.Unlock()
	s.going.Add(1)
	go func() {
		defer s.going.Done()
		defer cancel()
		res, err := run(ctx, New(o))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.live = false
		switch {
		case errors.Is(err, ErrStopped):
			r.status, r.reason = "stopped", err.Error()
		case err != nil:
			r.status, r.reason = "fail", err.Error()
		default:
			r.status, r.reason = string(res.Status), res.Reason
		}
		r.wake()
	}()
}

// observe takes an event in; nobody who listens is waited for.
func (r *served) observe(ev Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
	r.wake()
}

// wake tells all who wait that there is news; r.mu is held.
func (r *served) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// ask leaves a question for whoever answers over HTTP.
func (r *served) ask(ctx context.Context, q Question) (Answer, error) {
	p := &pendingQuestion{q, make(chan Answer, 1)}
	r.mu.Lock()
	r.pending = append(r.pending, p)
	r.wake()
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.pending = slices.DeleteFunc(r.pending, func(x *pendingQuestion) bool { return x == p })
		r.mu.Unlock()
	}()
	select {
	case a := <-p.answer:
		return a, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
}

func (r *served) view() map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	current := ""
	completed := []string{}
	for _, ev := range r.events {
		switch {
		case ev.Kind == StageStarted && ev.Branch == "":
			current = ev.Node
		case (ev.Kind == StageCompleted || ev.Kind == StageFailed && !ev.Retrying) && ev.Branch == "":
			completed = append(completed, ev.Node)
		}
	}
	return map[string]any{"id": r.id, "name": r.name, "goal": r.goal, "started": r.started.UTC(), "status": r.status, "reason": r.reason,
		"current_node": current, "completed_nodes": completed, "events": len(r.events), "questions": len(r.pending)}
}

func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	runs := slices.Clone(s.runs)
	s.mu.Unlock()
	out := []map[string]any{}
	for _, r := range slices.Backward(runs) {
		out = append(out, r.view())
	}
	answerJSON(w, http.StatusOK, map[string]any{"pipelines": out})
}

func (s *Server) status(r *served, w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, r.view())
}

func (s *Server) stop(r *served, w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	live, cancel := r.live, r.cancel
	r.mu.Unlock()
	if !live {
		refuse(w, http.StatusConflict, "the run is not running")
		return
	}
	cancel()
	answerJSON(w, http.StatusAccepted, map[string]any{"id": r.id, "status": "cancelling"})
}

func (s *Server) resume(r *served, w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	live, status := r.live, r.status
	r.mu.Unlock()
	if live || status != "stopped" {
		refuse(w, http.StatusConflict, "only a stopped run can be resumed, this one is %s", status)
		return
	}
	s.start(r, s.options, func(ctx context.Context, e *Engine) (*Result, error) { return e.Resume(ctx) })
	answerJSON(w, http.StatusAccepted, map[string]any{"id": r.id, "status": "running"})
}

func (s *Server) graph(r *served, w http.ResponseWriter, req *http.Request) {
	g, err := Parse(r.dot)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "%v", err)
		return
	}
	if req.URL.Query().Get("format") == "dot" {
		w.Header().Set("Content-Type", "text/vnd.graphviz; charset=utf-8")
		io.WriteString(w, Print(g))
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	io.WriteString(w, SVG(g))
}

func (s *Server) questions(r *served, w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []Question{}
	for _, p := range r.pending {
		out = append(out, p.Question)
	}
	answerJSON(w, http.StatusOK, map[string]any{"questions": out})
}

// answer takes {"answer": …}, {"value": …} or {"text": …}; without a question's id in the path or in question_id it answers the oldest.
func (s *Server) answer(r *served, w http.ResponseWriter, req *http.Request) {
	var in struct {
		Answer     string `json:"answer"`
		Value      string `json:"value"`
		Text       string `json:"text"`
		QuestionID string `json:"question_id"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, req.Body, 1<<20)).Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, "%v", err)
		return
	}
	id := or(req.PathValue("qid"), in.QuestionID)
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.pending, func(p *pendingQuestion) bool { return id == "" || p.ID == id })
	if i < 0 {
		refuse(w, http.StatusNotFound, "there is no such question to answer")
		return
	}
	p := r.pending[i]
	a := answerOf(p.Question, or(in.Answer, in.Value, in.Text))
	if err := p.Fits(a); err != nil {
		answerJSON(w, http.StatusUnprocessableEntity, map[string]any{"error": err.Error(), "options": p.Options})
		return
	}
	r.pending = slices.Delete(r.pending, i, i+1)
	p.answer <- a
	answerJSON(w, http.StatusOK, map[string]any{"question_id": p.ID, "answer": a})
}

func (s *Server) checkpoint(r *served, w http.ResponseWriter, _ *http.Request) {
	cp, err := LoadCheckpoint(filepath.Join(s.dir, r.id))
	if err != nil {
		refuse(w, http.StatusNotFound, "there is no checkpoint yet")
		return
	}
	answerJSON(w, http.StatusOK, cp)
}

func (s *Server) context(r *served, w http.ResponseWriter, _ *http.Request) {
	cp, err := LoadCheckpoint(filepath.Join(s.dir, r.id))
	if err != nil {
		refuse(w, http.StatusNotFound, "there is no checkpoint yet")
		return
	}
	answerJSON(w, http.StatusOK, cp.Context)
}

// heartbeat keeps an idle stream's connection open.
const heartbeat = 15 * time.Second

// stream sends a run's events as they happen, after those that Last-Event-ID (or ?after=) names, and ends with the run.
func (s *Server) stream(r *served, w http.ResponseWriter, req *http.Request) {
	after, err := strconv.Atoi(or(req.Header.Get("Last-Event-ID"), req.URL.Query().Get("after"), "0"))
	if err != nil || after < 0 {
		refuse(w, http.StatusBadRequest, "Last-Event-ID must be an event's number")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for {
		r.mu.Lock()
		news := slices.Clone(r.events[min(after, len(r.events)):])
		changed, live, status := r.changed, r.live, r.status
		r.mu.Unlock()
		for _, ev := range news {
			b, _ := json.Marshal(ev)
			fmt.Fprintf(w, "id: %d\nevent: %s\ndata: %s\n\n", ev.Seq, ev.Kind, b)
			after = ev.Seq
		}
		if len(news) == 0 && !live {
			fmt.Fprintf(w, "event: end\ndata: {\"status\":%q}\n\n", status)
			out.Flush()
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		if len(news) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-s.options.Clock.After(heartbeat):
			io.WriteString(w, ": still here\n\n")
		case <-req.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}
