package attractor

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// clock is a clock for tests: waiting moves it at once, unless held says that a wait never ends.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
	held  func(time.Duration) bool
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = append(c.waits, d)
	ch := make(chan time.Time, 1)
	if c.held == nil || !c.held(d) {
		c.now = c.now.Add(d)
		ch <- c.now
	}
	return ch
}

type retryable bool

func (r retryable) Error() string   { return fmt.Sprintf("retryable=%t", bool(r)) }
func (r retryable) Retryable() bool { return bool(r) }

// scripted answers with the node's replies in turn, the last one for ever: texts, or the errors !transient and !terminal.
type scripted struct {
	mu      sync.Mutex
	calls   map[string]int
	prompts []string
}

func (b *scripted) Run(_ context.Context, s *Stage, prompt string) (Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls == nil {
		b.calls = map[string]int{}
	}
	replies := strings.Split(or(s.Node.Attrs["replies"], "done "+s.Node.ID), "|")
	n := min(b.calls[s.Node.ID], len(replies)-1)
	b.calls[s.Node.ID]++
	b.prompts = append(b.prompts, fmt.Sprintf("## %s fidelity=%s thread=%s\n%s", s.Node.ID, s.Fidelity, s.Thread, prompt))
	switch r := replies[n]; r {
	case "!transient":
		return Reply{}, retryable(true)
	case "!terminal":
		return Reply{}, retryable(false)
	default:
		return Reply{Text: r}, nil
	}
}

// observed collects events.
type observed struct{ events []Event }

func (o *observed) add(ev Event) { o.events = append(o.events, ev) }

// line is an event as a golden file has it: all but times, and of outcomes the status.
func line(ev Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", ev.Kind)
	for _, p := range []struct{ name, value string }{
		{"node", ev.Node}, {"branch", ev.Branch}, {"target", ev.Target}, {"text", ev.Text},
	} {
		if p.value != "" {
			fmt.Fprintf(&b, " %s=%q", p.name, p.value)
		}
	}
	if ev.Visit > 1 {
		fmt.Fprintf(&b, " visit=%d", ev.Visit)
	}
	if ev.Attempt > 1 {
		fmt.Fprintf(&b, " attempt=%d", ev.Attempt)
	}
	if ev.Outcome != nil {
		fmt.Fprintf(&b, " outcome=%s", ev.Outcome.Status)
	}
	if ev.Retrying {
		b.WriteString(" will_retry")
	}
	if ev.Answer != nil {
		fmt.Fprintf(&b, " answer=%s", ev.Answer.Value)
	}
	return b.String()
}

// run plays a pipeline in a fresh directory.
func run(t *testing.T, src string, change func(*Options)) (*Result, []Event, Options) {
	t.Helper()
	seen := &observed{}
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	o := Options{Logs: filepath.Join(dir, "run"), Work: work, Backend: &scripted{}, Clock: newClock(), Observe: seen.add}
	if change != nil {
		change(&o)
	}
	res, err := New(o).Run(t.Context(), []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return res, seen.events, o
}

func kinds(events []Event, skip ...EventKind) []string {
	var out []string
	for _, ev := range events {
		if !slices.Contains(skip, ev.Kind) {
			out = append(out, string(ev.Kind)+" "+ev.Node)
		}
	}
	return out
}

// TestGolden plays the pipelines of testdata: events, path, context and files are as written beside them.
func TestGolden(t *testing.T) {
	pipelines, _ := filepath.Glob("testdata/*.dot")
	if len(pipelines) < 15 {
		t.Fatalf("%d pipelines", len(pipelines))
	}
	for _, file := range pipelines {
		name := strings.TrimSuffix(filepath.Base(file), ".dot")
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			backend := &scripted{}
			res, events, o := run(t, string(src), func(o *Options) {
				o.Backend = backend
				o.Interviewer = &Queue{Answers: []Answer{{Value: "f"}, {Value: "Approve"}}}
				if err := os.WriteFile(filepath.Join(filepath.Dir(o.Work), "left"), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			})
			var b strings.Builder
			for _, ev := range events {
				b.WriteString(line(ev) + "\n")
			}
			fmt.Fprintf(&b, "\nstatus: %s\nreason: %s\npath: %s\n\n", res.Status, res.Reason, strings.Join(res.Path, " "))
			for _, k := range sortedKeys(res.Context) {
				v, _ := json.Marshal(res.Context[k])
				fmt.Fprintf(&b, "%s = %s\n", k, v)
			}
			b.WriteString("\n")
			err = filepath.WalkDir(o.Logs, func(path string, d fs.DirEntry, err error) error {
				if rel, _ := filepath.Rel(o.Logs, path); !d.IsDir() {
					fmt.Fprintln(&b, rel)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "\n%s\n", strings.Join(backend.prompts, "\n"))
			golden(t, filepath.Join("testdata", name+".txt"), b.String())
		})
	}
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-rewrite writes it anew)\n got:\n%s\nwant:\n%s", file, got, want)
	}
}
