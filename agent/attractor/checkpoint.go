package attractor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// Checkpoint is all that a run needs to go on after this process is gone: checkpoint.json in the run's directory.
type Checkpoint struct {
	Schema      int                 `json:"schema"`
	RunID       string              `json:"run_id"`
	GraphSHA256 string              `json:"graph_sha256"`
	Timestamp   time.Time           `json:"timestamp"`
	Status      string              `json:"status"` // running, success or fail
	Reason      string              `json:"reason,omitempty"`
	CurrentNode string              `json:"current_node"` // the last completed one
	NextNode    string              `json:"next_node,omitempty"`
	NextEdge    int                 `json:"next_edge"` // index of the edge to it, -1 for a jump
	Completed   []string            `json:"completed_nodes"`
	Outcomes    map[string]*Outcome `json:"node_outcomes"`
	Previous    *Outcome            `json:"previous_outcome,omitempty"`
	Visits      map[string]int      `json:"visits"`
	Retries     map[string]int      `json:"node_retries"`
	Steps       int                 `json:"steps"`
	Restarts    int                 `json:"restarts"`
	Context     map[string]any      `json:"context"`
	Logs        []string            `json:"logs"`
	Work        *photo              `json:"work_tree,omitempty"`
}

// Manifest is what a run was started with: manifest.json in its directory.
type Manifest struct {
	Run     string         `json:"run_id"`
	Name    string         `json:"name"`
	Goal    string         `json:"goal"`
	Started time.Time      `json:"started"`
	Seed    uint64         `json:"seed"`
	Work    string         `json:"work"`
	NewGoal string         `json:"goal_override,omitempty"`
	Set     map[string]any `json:"set,omitempty"`
}

// LoadCheckpoint reads the checkpoint of a run's directory.
func LoadCheckpoint(dir string) (*Checkpoint, error) {
	var c Checkpoint
	if err := readJSON(filepath.Join(dir, "checkpoint.json"), &c); err != nil {
		return nil, err
	}
	if c.Schema != 1 {
		return nil, fmt.Errorf("%s: checkpoint schema %d is not known", dir, c.Schema)
	}
	return &c, nil
}

// LoadManifest reads the manifest of a run's directory.
func LoadManifest(dir string) (*Manifest, error) {
	var m Manifest
	return &m, readJSON(filepath.Join(dir, "manifest.json"), &m)
}

func readJSON(path string, to any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// writeJSON replaces a file in one step that survives a crash.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(b, '\n'))
}

func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func hash(src []byte) string {
	sum := sha256.Sum256(src)
	return hex.EncodeToString(sum[:])
}

// journal is a run's directory while the run has it: nobody else may run in it, and every event goes into events.jsonl.
type journal struct {
	dir    string
	lock   *os.File
	events *os.File
	seq    int
}

func openJournal(dir string) (*journal, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	j := &journal{dir: dir}
	var err error
	if j.lock, err = os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(j.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		j.lock.Close()
		return nil, fmt.Errorf("%s: another process runs in it", dir)
	}
	if j.events, err = os.OpenFile(filepath.Join(dir, "events.jsonl"), os.O_CREATE|os.O_RDWR, 0o644); err != nil {
		j.lock.Close()
		return nil, err
	}
	// A kill may have cut the last line; events are counted by whole ones.
	old, err := os.ReadFile(j.events.Name())
	whole := int64(bytes.LastIndexByte(old, '\n') + 1)
	_, err2 := j.events.Seek(whole, 0)
	if err := errors.Join(err, err2, j.events.Truncate(whole)); err != nil {
		j.close()
		return nil, err
	}
	j.seq = bytes.Count(old, []byte{'\n'})
	// A run's directory inside a work tree is none of the work tree's business.
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o644); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

func (j *journal) write(ev Event) error {
	b, err := json.Marshal(ev)
	if err == nil {
		_, err = j.events.Write(append(b, '\n'))
	}
	return err
}

func (j *journal) close() {
	j.events.Close()
	j.lock.Close()
}

// ReadEvents are the events of a run's directory so far.
func ReadEvents(dir string) ([]Event, error) {
	b, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []Event
	for line := range bytes.Lines(b[:bytes.LastIndexByte(b, '\n')+1]) {
		var ev Event
		if err := json.Unmarshal(line, &ev); err != nil {
			return out, fmt.Errorf("%s: event %d: %w", dir, len(out)+1, err)
		}
		out = append(out, ev)
	}
	return out, err
}

// state is where a walk through the graph stands: the run's own, or a parallel branch's.
type state struct {
	branch   string // "" outside of branches
	dir      string // where its stages' directories go
	work     string
	context  *Context
	path     []string
	last     map[string]*Outcome
	previous *Outcome // the latest, which diamonds pass on
	visits   map[string]int
	retries  map[string]int
	steps    int
	restarts int
	resumed  bool // until the first stage after a resume has begun
}

func newState(dir, work string, ctx *Context) *state {
	return &state{dir: dir, work: work, context: ctx, last: map[string]*Outcome{}, visits: map[string]int{}, retries: map[string]int{}}
}

func (s *state) save(g *Graph, at string, to *way) *Checkpoint {
	c := &Checkpoint{
		Schema: 1, Status: "running", CurrentNode: at, NextEdge: -1,
		Completed: slices.Clone(s.path), Outcomes: s.last, Previous: s.previous, Visits: s.visits, Retries: s.retries,
		Steps: s.steps, Restarts: s.restarts, Context: s.context.Snapshot(), Logs: s.context.Logs(),
	}
	if to != nil {
		c.NextNode, c.NextEdge = to.to, slices.Index(g.Edges, to.edge)
	}
	return c
}

func (c *Checkpoint) state(g *Graph, dir, work string) (*state, *way) {
	s := newState(dir, work, NewContext())
	s.context.Apply(c.Context)
	s.context.logs = c.Logs
	s.path, s.previous, s.steps, s.restarts = c.Completed, c.Previous, c.Steps, c.Restarts
	maps.Copy(s.last, c.Outcomes)
	maps.Copy(s.visits, c.Visits)
	maps.Copy(s.retries, c.Retries)
	to := &way{to: c.NextNode, rule: "resume"}
	if c.NextEdge >= 0 && c.NextEdge < len(g.Edges) && g.Edges[c.NextEdge].To == c.NextNode {
		to.edge = g.Edges[c.NextEdge]
	}
	return s, to
}
