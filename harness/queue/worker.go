package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"twinset.dev/harness/llm"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
)

// attempts is how many workers a trial may take with it before it is given up as an infrastructure error.
const attempts = 5

// A worker does trials of whatever runs there are.
type worker struct {
	q   *Queue
	log *slog.Logger

	mu   sync.Mutex
	runs map[string]*known
}

// known is a run that a worker has begun to work for.
type known struct {
	r         *trial.Runner
	dir       string
	scenarios map[string]*scenario.Scenario
	busy      int
	idle      time.Time // since when nothing of it has been done
}

// Work does trials, so many at a time, until ctx ends; those under way are left to others. It returns at once when it cannot reach NATS.
func (q *Queue) Work(ctx context.Context, parallel int, log *slog.Logger) error {
	w := &worker{q: q, log: log, runs: map[string]*known{}}
	defer w.close()
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, max(parallel, 1))
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		msg, err := q.jobs.Next(jetstream.FetchMaxWait(time.Second))
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			<-slots
			if !errors.Is(err, nats.ErrTimeout) && !errors.Is(err, jetstream.ErrNoMessages) {
				log.Warn("no trial can be had from the queue", "err", err)
				time.Sleep(time.Second)
			}
			w.tidy()
			continue
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := w.do(ctx, msg); err != nil && ctx.Err() == nil {
				log.Error("trial not done", "err", err)
				msg.NakWithDelay(time.Second)
			}
		})
	}
}

// do does one trial, shows signs of life until it is done, leaves its result and takes it out of the queue.
func (w *worker) do(ctx context.Context, msg jetstream.Msg) error {
	var t ticket
	if err := json.Unmarshal(msg.Data(), &t); err != nil {
		return msg.TermWithReason(err.Error())
	}
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	alive, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		tick := time.NewTicker(w.q.wait / 4)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				msg.InProgress()
			case <-alive.Done():
				return
			}
		}
	}()
	k, s, err := w.run(ctx, t)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return msg.Ack() // of a run that is over
	}
	if err != nil {
		return err
	}
	defer w.done(k)
	job := trial.Job{Scenario: s, Trial: t.Trial}
	var rec *trajectory.Trajectory
	if meta.NumDelivered > attempts {
		now := time.Now().UTC()
		rec = &trajectory.Trajectory{ID: job.ID(), Scenario: s.ID, ScenarioSHA: s.SHA256, Subject: k.r.Subject.Name(), Twins: s.Twins, Trial: t.Trial, Seed: job.Seed(), Started: now, Ended: now,
			Termination: trajectory.InfraError, Why: fmt.Sprintf("%d workers did not come to its end", attempts), Player: k.r.Player.Who()}
	} else {
		rec = k.r.Run(ctx, job)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	b, err := pack(rec)
	if err != nil {
		return err
	}
	// Only the first result counts: the trial may have been taken from us because we seemed dead.
	if _, err := w.q.kv.Create(ctx, "result."+t.Run+"."+job.ID(), b); err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return err
	}
	return msg.DoubleAck(ctx)
}

// run returns what is known of a ticket's run and scenario, asking for what is not.
func (w *worker) run(ctx context.Context, t ticket) (*known, *scenario.Scenario, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.runs[t.Run]
	if k == nil {
		e, err := w.q.kv.Get(ctx, "run."+t.Run)
		if err != nil {
			return nil, nil, err
		}
		if k, err = w.begin(e.Value()); err != nil {
			return nil, nil, err
		}
		w.runs[t.Run] = k
	}
	s := k.scenarios[t.Scenario]
	if s == nil {
		var err error
		if s, err = w.q.load(ctx, t.Run, t.Scenario, k.dir); err != nil {
			return nil, nil, err
		}
		k.scenarios[t.Scenario] = s
	}
	k.busy++
	return k, s, nil
}

func (w *worker) begin(spec []byte) (*known, error) {
	var r Run
	if err := json.Unmarshal(spec, &r); err != nil {
		return nil, err
	}
	subject, err := trial.ParseSubject(r.Subject)
	if err != nil {
		return nil, err
	}
	player, err := llm.Player(cmp.Or(r.Player, "scripted"))
	if err != nil {
		return nil, err
	}
	k := &known{scenarios: map[string]*scenario.Scenario{}}
	if k.dir, err = os.MkdirTemp("", "twinset-worker-"); err != nil {
		return nil, err
	}
	if k.r, err = trial.New(trial.Options{Subject: subject, Player: player, Suite: r.Suite, Product: r.Product, Log: w.log}); err != nil {
		os.RemoveAll(k.dir)
		return nil, err
	}
	w.log.Info("working for a run", "run", r.Name, "subject", r.Subject)
	return k, nil
}

func (w *worker) done(k *known) {
	w.mu.Lock()
	k.busy--
	k.idle = time.Now()
	w.mu.Unlock()
}

// tidy ends the universes of runs that have had nothing to do for a while.
func (w *worker) tidy() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, k := range w.runs {
		if k.busy == 0 && time.Since(k.idle) > time.Minute {
			k.end()
			delete(w.runs, name)
		}
	}
}

func (w *worker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.runs {
		k.end()
	}
}

func (k *known) end() {
	k.r.Close()
	os.RemoveAll(k.dir)
}
