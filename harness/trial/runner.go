// Package trial plays scenarios: each trial in a world of its own that is forked from the one the scenario begins in, with a person
// played, a subject that answers and works on the twins, and a record of what happened.
package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"twinset.dev/harness/check"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/universe"
	"twinset.dev/kit/clock"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// Friday is when a story begins that does not say when.
var Friday = time.Date(2026, time.March, 6, 16, 40, 0, 0, time.UTC)

// Options say how trials are run.
type Options struct {
	Subject Subject
	Player  Player // Scripted if nil
	Suite   string // what the run is called
	Product string // commit or image of the subject
	Log     *slog.Logger
}

// A Runner runs trials in forks of the worlds of one universe, in this process. Its methods may be called from many goroutines.
type Runner struct {
	Options
	*place
}

// A place is where trials run.
type place struct {
	u      *universe.Universe
	cancel context.CancelFunc
	served chan error

	mu    sync.Mutex
	ready map[string]*ready // by the scenario's digest
}

// With returns a Runner in the same universe that has another subject.
func (r *Runner) With(s Subject) *Runner {
	o := r.Options
	o.Subject = s
	return &Runner{o, r.place}
}

// New starts a universe and returns a Runner in it.
func New(o Options) (*Runner, error) {
	if o.Player == nil {
		o.Player = Scripted{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	u, err := universe.New(twin.Options{WorldSeed: 1, Log: o.Log})
	if err != nil {
		return nil, err
	}
	if err := u.Listen("127.0.0.1", 0); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runner{o, &place{u: u, cancel: cancel, served: make(chan error, 1), ready: map[string]*ready{}}}
	go func() { r.served <- u.Serve(ctx) }()
	return r, nil
}

// Hurry lets a program that plays thousands of trials give memory for time, unless its GOGC says how much: worlds come and go faster
// than anything is worth collecting.
func Hurry() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// Close ends the universe.
func (r *Runner) Close() error {
	r.cancel()
	return <-r.served
}

// Host is what the worlds of the trials are in.
func (r *Runner) Host() *twin.Host { return r.u.Host }

// A ready scenario is one whose world has been made.
type ready struct {
	once   sync.Once
	s      *scenario.Scenario
	snap   *store.Snapshot
	checks *check.Checks
	acts   []act
	memory *check.Memory
	env    *environment
	err    error
}

// Prepare makes the world that a scenario begins in and compiles its checks, once; trials do it when they have to.
func (r *Runner) Prepare(s *scenario.Scenario) error {
	_, err := r.prepare(s)
	return err
}

func (r *Runner) prepare(s *scenario.Scenario) (*ready, error) {
	r.mu.Lock()
	p := r.ready[s.SHA256]
	if p == nil {
		p = &ready{s: s}
		r.ready[s.SHA256] = p
	}
	r.mu.Unlock()
	p.once.Do(func() { p.err = p.make(r) })
	return p, p.err
}

func (p *ready) make(r *Runner) (err error) {
	h, s := r.u.Host, p.s
	if p.checks, err = check.Compile(&s.Checks, h); err != nil {
		return err
	}
	base, _ := h.World(twin.DefaultWorld)
	w, err := h.Fork(base.Snapshot(), "before."+s.ID+"."+s.SHA256[:min(8, len(s.SHA256))], false)
	if err != nil {
		return err
	}
	defer h.Drop(w.Name())
	at := s.Checks.World.Clock
	if at.IsZero() {
		at = Friday
	}
	frozen, err := json.Marshal(clock.Clock{}.Set(at, true))
	if err != nil {
		return err
	}
	if err := w.Reseed(fmt.Appendf(nil, "clock: %s\n%s", frozen, h.Demo), false); err != nil {
		return err
	}
	if seed := s.Checks.World.Seed; len(seed) > 0 {
		b, err := yaml.Marshal(seed)
		if err != nil {
			return err
		}
		if err := w.Reseed(b, true); err != nil {
			return fmt.Errorf("world.seed: %w", err)
		}
	}
	for i, f := range s.Checks.World.Faults {
		f.ID = fmt.Sprintf("world%d", i)
		if _, err := w.AddFault(twin.Fault(f)); err != nil {
			return fmt.Errorf("world.faults[%d]: %w", i, err)
		}
	}
	if p.acts, err = compileActs(s.Checks.Player, r.u); err != nil {
		return err
	}
	p.snap = w.Snapshot()
	p.memory = check.Remember(w, p.checks)
	p.env = newEnvironment(r.u, w)
	return nil
}

// A Job is one trial of one scenario.
type Job struct {
	Scenario *scenario.Scenario
	Trial    int // from 1
}

// ID is what a trial is called in a run: offboard-contractor.3.
func (j Job) ID() string { return fmt.Sprintf("%s.%d", j.Scenario.ID, j.Trial) }

// Seed is the chance of a trial: the scenario's, another one for each trial.
func (j Job) Seed() uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %d", j.Scenario.Seed, j.Trial)
	return h.Sum64() | 1
}

// Jobs are n trials of each scenario, or as many as each asks for if n is 0, the first of all before the second of any.
func Jobs(scenarios []*scenario.Scenario, n int) (jobs []Job) {
	for trial := 1; ; trial++ {
		more := false
		for _, s := range scenarios {
			want := n
			if want == 0 {
				want = max(s.Trials, 1)
			}
			if trial <= want {
				jobs = append(jobs, Job{s, trial})
				more = true
			}
		}
		if !more {
			return jobs
		}
	}
}

// All runs jobs, so many at a time, and hands over each record as it is done. It ends early when ctx does or done says so.
func (r *Runner) All(ctx context.Context, jobs []Job, parallel int, done func(*trajectory.Trajectory) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan Job)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range max(parallel, 1) {
		wg.Go(func() {
			for j := range queue {
				t := r.Run(ctx, j)
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				err := done(t)
				mu.Unlock()
				if err != nil {
					stop(err)
				}
			}
		})
	}
	for _, j := range jobs {
		select {
		case queue <- j:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return nil
}

// An environment makes the variables that a subject is given. What differs between the worlds that come of one is the name in
// addresses and the tag in secrets, so it is put together once and those are replaced.
type environment struct {
	vars      map[string]string
	name, tag string
}

func newEnvironment(u *universe.Universe, w *twin.World) *environment {
	e := &environment{vars: map[string]string{}, name: w.Name(), tag: w.Seal("")}
	w.View(func(c *twin.Call) error {
		for _, b := range u.Twins {
			for _, n := range b.Neighbours() {
				if n.Credentials == nil {
					continue
				}
				vars, _ := n.Credentials(c)
				for k, v := range vars {
					e.vars[k] = v
				}
			}
		}
		return nil
	})
	return e
}

// in are the variables for a world.
func (e *environment) in(w *twin.World) map[string]string {
	swap := strings.NewReplacer("/w/"+e.name, "/w/"+w.Name(), e.tag, w.Seal(""))
	vars := make(map[string]string, len(e.vars))
	for k, v := range e.vars {
		vars[k] = swap.Replace(v)
	}
	return vars
}
