package record

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"twinset.dev/agent/cxdb"
)

// A Store is where records go: a [cxdb.Space] or a [cxdb.Client].
type Store interface {
	Create(ctx context.Context, base uint64) (cxdb.Context, error)
	AppendJSON(ctx context.Context, id uint64, a cxdb.Append, data []byte) (cxdb.Turn, error)
	PutBlob(ctx context.Context, b []byte) (h cxdb.Hash, isNew bool, err error)
	PutBundle(ctx context.Context, raw []byte) (isNew bool, err error)
}

// A Run writes one run of a pipeline. Its context has a fork for each parallel branch, and for each retry, which begins
// where the failed attempt did; so what led to where the run is reads as one line. It is safe for concurrent use.
type Run struct {
	ID    string
	title string
	store Store

	mu      sync.Mutex
	main    line
	lines   map[string]*line  // by branch
	where   map[string]string // node to branch
	tallies map[string]*tally // by node
	spent   Spend
}

// A line is a context that a run writes to, its head, and the branch it is for.
type line struct {
	context, head uint64
	branch        string
}

// A tally is what went on in the attempt at a stage that is under way.
type tally struct {
	StageFinished
	before uint64 // the head when the first attempt began
}

// Begin makes the context of a run and writes its first turn.
func Begin(ctx context.Context, s Store, started RunStarted) (*Run, error) {
	if started.Run == "" {
		return nil, errors.New("record: a run needs an id")
	}
	if _, err := s.PutBundle(ctx, Bundle()); err != nil {
		return nil, fmt.Errorf("record: publish the types: %w", err)
	}
	c, err := s.Create(ctx, 0)
	if err != nil {
		return nil, err
	}
	started.About.Title = cmp.Or(started.About.Title, started.Pipeline)
	started.About.Labels = append(started.About.Labels, "run:"+started.Run)
	r := open(s, started.Run, started.About.Title, c)
	return r, r.Put(ctx, started)
}

// Resume goes on with a run whose first context is known: where its main line was, which after a retry is a fork.
func Resume(ctx context.Context, s interface {
	Store
	Context(ctx context.Context, id uint64) (cxdb.Context, error)
	Search(ctx context.Context, query string, limit int) ([]cxdb.Context, error)
}, run string, id uint64) (*Run, error) {
	c, err := s.Context(ctx, id)
	if err != nil {
		return nil, err
	}
	title := c.Title
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(run)
	forks, err := s.Search(ctx, fmt.Sprintf(`root = %d AND label = "run:%s" AND NOT label ^= "branch:"`, id, quoted), 1)
	if err != nil {
		return nil, err
	}
	if len(forks) > 0 {
		c = forks[0]
	}
	return open(s, run, title, c), nil
}

// titleMark stands between the title of a run and what a fork of it is for.
const titleMark = ": "

func open(s Store, run, title string, c cxdb.Context) *Run {
	return &Run{ID: run, title: title, store: s, main: line{context: c.ID, head: c.Head}, lines: map[string]*line{}, where: map[string]string{},
		tallies: map[string]*tally{}, spent: Spend{Run: run}}
}

// A Ref points at what a run has written: what a trajectory keeps of it.
type Ref struct {
	Context uint64 `json:"context_id,string"`
	Head    uint64 `json:"head_turn_id,string"`
}

// Ref returns where the run's main line is.
func (r *Run) Ref() Ref {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Ref{r.main.context, r.main.head}
}

// Put writes a record of the run as a whole.
func (r *Run) Put(ctx context.Context, rec Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.put(ctx, &r.main, rec, "")
}

// put writes a record on a line. A record with a key is written once, even when a resumed run tells it again.
func (r *Run) put(ctx context.Context, l *line, rec Record, key string) error {
	data, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	t, err := r.store.AppendJSON(ctx, l.context, cxdb.Append{TypeID: rec.kind(), TypeVersion: version, Key: key}, data)
	if err != nil {
		return fmt.Errorf("record: %s: %w", rec.kind(), err)
	}
	l.head = max(l.head, t.ID)
	return nil
}

// line returns where a node's records go.
func (r *Run) line(node string) *line {
	if l, ok := r.lines[r.where[node]]; ok {
		return l
	}
	return &r.main
}

// branch returns the line of a parallel branch, forked from the line of the parallel node when it is new.
func (r *Run) branch(ctx context.Context, branch string) (*line, error) {
	if l, ok := r.lines[branch]; ok {
		return l, nil
	}
	parallel, _, _ := strings.Cut(branch, "/")
	l, err := r.fork(ctx, r.line(parallel).head, Forked{Why: "branch", Branch: branch, About: Metadata{Title: "branch " + branch}})
	if err == nil {
		r.lines[branch] = l
	}
	return l, err
}

// fork makes a line that begins after a turn, and says what it is for.
func (r *Run) fork(ctx context.Context, base uint64, f Forked) (*line, error) {
	c, err := r.store.Create(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("record: fork for %s: %w", f.About.Title, err)
	}
	f.Run = r.ID
	f.About.Title = r.title + titleMark + f.About.Title
	f.About.Labels = []string{"run:" + r.ID}
	if f.Branch != "" {
		f.About.Labels = append(f.About.Labels, "branch:"+f.Branch)
	}
	l := &line{c.ID, c.Head, f.Branch}
	return l, r.put(ctx, l, f, "")
}

// Event writes what a pipeline told, and at the end of a stage what went on in it.
func (r *Run) Event(ctx context.Context, e Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Run = r.ID
	if e.Branch != "" {
		if _, err := r.branch(ctx, e.Branch); err != nil {
			return err
		}
	}
	if e.Node != "" {
		r.where[e.Node] = e.Branch
	}
	l := r.line(e.Node)
	if e.Kind == "stage_started" {
		if err := r.stageStarted(ctx, l, e); err != nil {
			return err
		}
	}
	if err := r.put(ctx, l, e, fmt.Sprint("event/", r.ID, "/", e.Seq)); err != nil {
		return err
	}
	if e.Kind != "stage_completed" && e.Kind != "stage_failed" {
		return nil
	}
	t := r.tally(e.Node)
	done := t.finished(e)
	r.tallies[e.Node] = &tally{before: t.before}
	return r.put(ctx, l, done, fmt.Sprint("stage/", r.ID, "/", e.Seq))
}

// stageStarted remembers where a stage began, and goes back there for a retry.
func (r *Run) stageStarted(ctx context.Context, l *line, e Event) error {
	t := r.tally(e.Node)
	if e.Attempt > 1 && t.before != 0 {
		retry, err := r.fork(ctx, t.before, Forked{Why: "retry", Node: e.Node, Branch: l.branch, Attempt: e.Attempt,
			About: Metadata{Title: fmt.Sprintf("attempt %d at %s", e.Attempt, e.Node)}})
		if err != nil {
			return err
		}
		*l = *retry
	} else {
		*t = tally{before: l.head}
	}
	t.told(e)
	return nil
}

// told takes over what an event says of a stage's model.
func (t *tally) told(e Event) {
	t.Use = cmp.Or(e.Use, t.Use)
	if e.Model != "" {
		t.Model, t.Provider, t.Effort = e.Model, e.Provider, e.Effort
	}
	if e.AssignedBy != "" {
		t.Experiment = &Experiment{ID: e.Node, AssignedBy: e.AssignedBy}
	}
}

func (r *Run) tally(node string) *tally {
	if r.tallies[node] == nil {
		r.tallies[node] = &tally{}
	}
	return r.tallies[node]
}

// finished is the record of a stage's attempt.
func (t *tally) finished(e Event) StageFinished {
	t.told(e)
	s := t.StageFinished
	s.Run, s.Node, s.Visit, s.Attempt, s.Ended, s.Ms = e.Run, e.Node, e.Visit, e.Attempt, e.Time, e.Ms
	s.Outcome, s.FailureClass, s.WillRetry = e.Status, e.FailureClass, e.WillRetry
	if s.Experiment != nil {
		s.Experiment.Arm = s.Model
	}
	s.Smoothness = smoothness(s)
	return s
}

// smoothness grades an attempt by what can be counted, from effortless to failed.
func smoothness(s StageFinished) string {
	trouble := s.BadArgs + s.EditsFailed + 2*s.Steers + 5*s.Loops + 5*(s.Attempt-1)
	switch {
	case s.Outcome != "success" && s.Outcome != "partial_success":
		return "failed"
	case trouble == 0 && s.Outcome == "success":
		return "effortless"
	case trouble <= 2:
		return "smooth"
	case trouble <= 6:
		return "bumpy"
	}
	return "struggled"
}

// Call writes a model call on the line of its stage.
func (r *Run) Call(ctx context.Context, c LLMCall) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Run == "" {
		c.Run = r.ID
	}
	if err := r.put(ctx, r.line(c.Stage), c, "call/"+c.ID); err != nil {
		return err
	}
	r.spent.Calls++
	t := r.tally(c.Stage)
	t.Calls++
	t.Tokens += c.Tokens()
	t.BadArgs += c.BadArgs
	t.Simulated = t.Simulated || c.Simulated
	t.Model, t.Provider, t.Effort = c.Requested, c.Provider, c.Effort
	t.Use = cmp.Or(c.Use, t.Use)
	if c.USD == nil {
		t.Unpriced += c.Tokens()
		r.spent.Unpriced += c.Tokens()
		return nil
	}
	t.USD += *c.USD
	r.spent.USD += *c.USD
	return nil
}

// Spent returns what the run has cost so far, recorded calls of this process alone.
func (r *Run) Spent() Spend {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spent
}

// edits are the tools whose failure counts as a failed edit.
var edits = map[string]bool{"edit_file": true, "write_file": true, "apply_patch": true}

// Tool writes the use of a tool, and its whole output as a blob.
func (r *Run) Tool(ctx context.Context, c ToolCall, output []byte) error {
	h, _, err := r.store.PutBlob(ctx, output)
	if err != nil {
		return fmt.Errorf("record: the output of %s: %w", c.Name, err)
	}
	c.Output, c.Bytes = h.String(), int64(len(output))
	r.mu.Lock()
	defer r.mu.Unlock()
	c.Run = r.ID
	if c.IsError && edits[c.Name] {
		r.tally(c.Stage).EditsFailed++
	}
	return r.put(ctx, r.line(c.Stage), c, "tool/"+c.Session+"/"+c.ID)
}

// textLimit is how many bytes of a message are in its turn; a longer one is a blob as well.
const textLimit = 2000

// Say writes something said in a session.
func (r *Run) Say(ctx context.Context, m Message) error {
	if len(m.Text) > textLimit {
		h, _, err := r.store.PutBlob(ctx, []byte(m.Text))
		if err != nil {
			return fmt.Errorf("record: a message: %w", err)
		}
		end := textLimit
		for !utf8.RuneStart(m.Text[end]) {
			end--
		}
		m.Blob, m.Text = h.String(), m.Text[:end]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m.Run = r.ID
	switch m.Kind {
	case "loop_detection":
		r.tally(m.Stage).Loops++
	case "steering_injected":
		r.tally(m.Stage).Steers++
	}
	return r.put(ctx, r.line(m.Stage), m, "")
}

// Finish writes how the run ended and what it cost.
func (r *Run) Finish(ctx context.Context, f RunFinished) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.Run = r.ID
	spent := r.spent
	spent.Time = f.Ended
	return errors.Join(r.put(ctx, &r.main, spent, ""), r.put(ctx, &r.main, f, ""))
}
