package trial

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"twinset.dev/harness/check"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/kit/twin"
)

// A play is a trial that is under way.
type play struct {
	r     *Runner
	p     *ready
	s     *scenario.Scenario
	t     *trajectory.Trajectory
	w     *twin.World
	began time.Time

	seen     uint64          // entries of the journal that are events already
	versions []check.Version // which event brought the world to which version
}

// errPlayer marks what is neither the subject's nor the harness's fault, but the player's or the scenario's.
type errPlayer struct{ error }

// Run runs one trial. Whatever goes wrong is in its record.
func (r *Runner) Run(ctx context.Context, j Job) *trajectory.Trajectory {
	s := j.Scenario
	t := &trajectory.Trajectory{
		ID: j.ID(), Scenario: s.ID, ScenarioSHA: s.SHA256, Suite: r.Suite, Subject: r.Subject.Name(), Product: r.Product,
		Twins: s.Twins, Trial: j.Trial, Seed: j.Seed(), Started: time.Now().UTC(), Player: r.Player.Who(), Termination: trajectory.InfraError,
	}
	if err := r.run(ctx, j, t); err != nil {
		t.Termination, t.Why = trajectory.InfraError, err.Error()
	}
	t.Ended = time.Now().UTC()
	return t
}

func (r *Runner) run(ctx context.Context, j Job, t *trajectory.Trajectory) error {
	p, err := r.prepare(j.Scenario)
	if err != nil {
		return err
	}
	w, err := r.u.Fork(p.snap, j.ID(), false)
	if err != nil {
		return err
	}
	defer r.u.Drop(w.Name())
	if err := w.SetChance(t.Seed); err != nil {
		return err
	}
	if m := j.Scenario.Budget.Minutes; m > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, time.Duration(m*float64(time.Minute)), errBudget)
		defer stop()
	}
	pl := &play{r: r, p: p, s: j.Scenario, t: t, w: w, began: time.Now()}
	pl.ended(ctx, pl.converse(ctx))
	return pl.settle()
}

var errBudget = errors.New("the trial took longer than its budget")

// ended says how the conversation came to its end.
func (pl *play) ended(ctx context.Context, err error) {
	t := pl.t
	pe, ofPlayer := errors.AsType[errPlayer](err)
	switch {
	case errors.Is(context.Cause(ctx), errBudget):
		t.Termination, t.Why = trajectory.OverBudget, errBudget.Error()
	case ofPlayer:
		t.Termination, t.Why = trajectory.PlayerError, pe.Error()
	case errors.Is(err, errEnough):
		t.Termination, t.Why = trajectory.GaveUp, err.Error()
	case ctx.Err() != nil:
		t.Termination, t.Why = trajectory.InfraError, ctx.Err().Error()
	case err != nil:
		t.Termination, t.Why = trajectory.Crash, err.Error()
	default:
		t.Termination = trajectory.Completed
	}
}

var errEnough = errors.New("the person gave up")

// converse plays the person's steps, and what else happens before and after each.
func (pl *play) converse(ctx context.Context) error {
	conv, err := pl.r.Subject.Meet(ctx, Session{Env: pl.p.env.in(pl.w), Scenario: pl.s, Seed: pl.t.Seed})
	if err != nil {
		return err
	}
	defer func() {
		conv.Close()
		pl.overheard()
	}()
	for i, step := range pl.s.Steps {
		pl.event(trajectory.Event{Actor: "harness", Kind: "step", Text: strconv.Itoa(i + 1)})
		if step.After > 0 {
			if err := pl.w.Advance(ctx, step.After); err != nil {
				return errPlayer{err}
			}
			pl.event(trajectory.Event{Actor: "harness", Kind: "log", Text: step.After.String() + " later"})
		}
		if err := pl.act(ctx, func(a act) bool { return a.Before == i+1 }); err != nil {
			return errPlayer{err}
		}
		words, enough, err := pl.r.Player.Play(ctx, pl.s, i, pl.t.Events)
		if err != nil {
			return errPlayer{err}
		}
		for _, w := range words {
			pl.event(trajectory.Event{Actor: "user", Kind: "say", Text: w})
			err := conv.Hear(ctx, w, func(answer string) {
				pl.overheard()
				pl.event(trajectory.Event{Actor: "product", Kind: "say", Text: answer})
			})
			pl.overheard()
			if err != nil {
				return err
			}
		}
		if enough {
			return errEnough
		}
		if err := pl.act(ctx, func(a act) bool { return a.After == i+1 }); err != nil {
			return errPlayer{err}
		}
	}
	return nil
}

func (pl *play) event(e trajectory.Event) {
	e.N = len(pl.t.Events) + 1
	e.MS = time.Since(pl.began).Milliseconds()
	if e.At.IsZero() {
		e.At = pl.w.Clock().Now()
	}
	pl.t.Events = append(pl.t.Events, e)
}

// overheard makes events of the requests that the twins have answered since it was called last.
func (pl *play) overheard() {
	for _, e := range pl.w.Journal.Since(pl.seen, 0) {
		pl.seen = e.Seq
		kind := "http"
		if e.Fault != "" {
			kind = "fault"
		}
		text := e.Method + " " + e.Path
		if e.Actor != "" {
			text += " by " + e.Actor
		}
		pl.event(trajectory.Event{At: e.At, Actor: "twin:" + e.Twin, Kind: kind, Operation: e.Operation, Status: e.Status, Error: e.Error, Text: text})
		if e.Status == http.StatusInternalServerError && e.Fault == "" {
			pl.t.Why = fmt.Sprintf("the %s twin failed at %s %s: %s", e.Twin, e.Method, e.Path, e.Error)
		}
		pl.mark(e.Version)
	}
}

// mark says that the newest event has brought the world to a version.
func (pl *play) mark(version uint64) {
	if n := len(pl.versions); version > 0 && (n == 0 || pl.versions[n-1].Version < version) {
		pl.versions = append(pl.versions, check.Version{Version: version, Event: len(pl.t.Events)})
	}
}

// settle takes stock: what has changed, and what the checks say.
func (pl *play) settle() error {
	t := pl.t
	if t.Why != "" && t.Termination == trajectory.Completed {
		return errors.New(t.Why) // a twin failed
	}
	slices.SortFunc(pl.versions, func(a, b check.Version) int { return int(int64(a.Version - b.Version)) })
	st, err := check.NewState(pl.w, pl.p.memory, t.Events)
	if err != nil {
		return err
	}
	t.Diff = st.Changes(pl.versions)
	t.Checks = pl.p.checks.Run(st, t.Diff)
	return nil
}
