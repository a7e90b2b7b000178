package queue

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
)

// TestMain lets the test's own program be a worker.
func TestMain(m *testing.M) {
	if url := os.Getenv("TWINSET_TEST_WORKER"); url != "" {
		q, err := Open(context.Background(), url, 0)
		if err == nil {
			fmt.Println("working")
			err = q.Work(context.Background(), 2, slog.New(slog.DiscardHandler))
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func startWorker(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "TWINSET_TEST_WORKER="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatalf("the worker does not begin: %v", err)
	}
	return cmd
}

// embedded is a queue of the test's own, where it is, and the scenarios there are to play.
func embedded(t *testing.T) (q *Queue, url string, all []*scenario.Scenario) {
	t.Helper()
	url, stop, err := Embedded("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	if q, err = Open(t.Context(), url, time.Second); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	if all, err = scenario.ReadAll("../../scenarios"); err != nil {
		t.Fatal(err)
	}
	return q, url, all
}

// TestKilledWorker shares a run out to two workers and kills one of them half-way: every trial is counted exactly once.
func TestKilledWorker(t *testing.T) {
	q, url, all := embedded(t)
	jobs := trial.Jobs(all[:1], 60)
	first := startWorker(t, url)
	startWorker(t, url)
	counted := map[string]int{}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	err := q.Play(ctx, Run{Name: "killed", Subject: "reference"}, jobs, func(rec *trajectory.Trajectory) error {
		counted[rec.ID]++
		if !trial.Good(rec) {
			t.Errorf("%s: %s", rec.ID, trial.Why(rec))
		}
		if len(counted) == len(jobs)/2 {
			return first.Process.Kill() // SIGKILL
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if counted[j.ID()] != 1 {
			t.Errorf("%s is counted %d times", j.ID(), counted[j.ID()])
		}
	}
	if keys, err := q.kv.Keys(t.Context()); err == nil {
		t.Errorf("the run has left %v", keys)
	}
}

// TestAgain has a trial done whose result is there already: it stays as it was.
func TestAgain(t *testing.T) {
	q, _, all := embedded(t)
	job := trial.Job{Scenario: all[0], Trial: 1}
	earlier := &trajectory.Trajectory{ID: job.ID(), Why: "done before", Termination: trajectory.Completed}
	b, err := pack(earlier)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.kv.Put(t.Context(), "result.again."+job.ID(), b); err != nil {
		t.Fatal(err)
	}
	working, end := context.WithCancel(t.Context())
	defer end()
	go q.Work(working, 1, slog.New(slog.DiscardHandler))
	err = q.Play(t.Context(), Run{Name: "again", Subject: "null"}, []trial.Job{job}, func(rec *trajectory.Trajectory) error {
		if rec.Why != "done before" {
			t.Errorf("the result is another one: %s", rec.Why)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNames(t *testing.T) {
	err := (&Queue{}).Play(t.Context(), Run{Name: "a.b"}, nil, nil)
	if err == nil || !strings.Contains(err.Error(), "no name of a run") {
		t.Errorf("a name with a dot: %v", err)
	}
}
