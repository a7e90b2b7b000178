// Command bench measures the universe: trials an hour beside what the same requests cost a bare Echo server, how long a fork takes, and
// how much memory an idle universe holds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
	"twinset.dev/harness/universe"
	"twinset.dev/kit/twin"
)

func main() {
	long := flag.Duration("for", 10*time.Second, "measure for this `long`")
	parallel := flag.Int("parallel", 2*runtime.NumCPU(), "trials at a time")
	profile := flag.String("cpuprofile", "", "write a profile of the trials into this `file`")
	bar := flag.Float64("bar", 0, "exit with 1 below so `many` trials an hour")
	flag.Parse()
	if err := run(*long, *parallel, *profile, *bar); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(long time.Duration, parallel int, profile string, bar float64) error {
	if err := idle(); err != nil {
		return err
	}
	trial.Hurry()
	s, err := scenario.Parse([]byte(story))
	if err != nil {
		return err
	}
	r, err := trial.New(trial.Options{Subject: trial.Func(work)})
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Prepare(s); err != nil {
		return err
	}
	if t := r.Run(context.Background(), trial.Job{Scenario: s, Trial: 1}); !trial.Good(t) {
		return fmt.Errorf("the trial does not pass: %s", trial.Why(t))
	}
	forks(r)
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
	}
	before := processorTime()
	rate, err := trials(r, s, long, parallel)
	spent := processorTime() - before
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	before = processorTime()
	limit, err := bare(long/2, parallel)
	bareSpent := processorTime() - before
	if err != nil {
		return err
	}
	fmt.Printf("trials    %10.0f an hour: fork, 20 requests over four twins, checks, drop; %d at a time on %d processors, %.2f ms of processor each\n",
		rate, parallel, runtime.NumCPU(), spent.Seconds()*1000/(rate*long.Hours()))
	fmt.Printf("limit     %10.0f an hour: the same 20 requests to a bare Echo server, nothing else (%.0f %%), %.2f ms of processor each\n",
		limit, 100*rate/limit, bareSpent.Seconds()*1000/(limit*long.Hours()/2))
	if rate < bar {
		return fmt.Errorf("%.0f trials an hour is below %.0f", rate, bar)
	}
	return nil
}

// processorTime is what this process has used so far. On a machine that others use too it says more than the clock.
func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// trials runs as many trials as it can and returns how many that would be in an hour.
func trials(r *trial.Runner, s *scenario.Scenario, long time.Duration, parallel int) (float64, error) {
	ctx, stop := context.WithTimeout(context.Background(), long)
	defer stop()
	var n atomic.Int64
	var wrong atomic.Pointer[trajectory.Trajectory]
	began := time.Now()
	var wg sync.WaitGroup
	var next atomic.Int64
	for range parallel {
		wg.Go(func() {
			for ctx.Err() == nil && wrong.Load() == nil {
				t := r.Run(context.Background(), trial.Job{Scenario: s, Trial: int(next.Add(1)) + 1})
				if !trial.Good(t) {
					wrong.Store(t)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	if t := wrong.Load(); t != nil {
		return 0, errors.New(trial.Why(t))
	}
	return float64(n.Load()) / time.Since(began).Hours(), nil
}

// forks measures how long it takes to fork the whole universe and to drop it again.
func forks(r *trial.Runner) {
	h := r.Host()
	w, _ := h.World(twin.DefaultWorld)
	snap := w.Snapshot()
	const n = 2000
	var forking, dropping time.Duration
	for i := range n {
		name := fmt.Sprintf("fork%d", i)
		began := time.Now()
		_, err := h.Fork(snap, name, false)
		forked := time.Now()
		if err == nil {
			err = h.Drop(name)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		forking += forked.Sub(began)
		dropping += time.Since(forked)
	}
	fmt.Printf("fork      %10.1f µs: the whole universe; drop %.1f µs\n", float64(forking.Nanoseconds())/n/1000, float64(dropping.Nanoseconds())/n/1000)
}

// idle measures the memory of a universe that nobody has asked anything yet.
func idle() error {
	u, err := universe.New(twin.Options{WorldSeed: 1})
	if err != nil {
		return err
	}
	if err := u.Listen("127.0.0.1", 0); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- u.Serve(ctx) }()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok && err == nil {
			fmt.Printf("idle      %10s: resident, all twins with the demo company\n", strings.TrimSpace(kb))
		}
	}
	stop()
	return <-served
}

// bare answers the requests of a trial with nothing behind them: what the machine allows.
func bare(long time.Duration, parallel int) (float64, error) {
	e := echo.New()
	e.HideBanner = true
	answer := []byte(`{"ok":true}`)
	e.Any("/*", func(c echo.Context) error {
		io.Copy(io.Discard, c.Request().Body)
		return c.JSONBlob(http.StatusOK, answer)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	srv := &http.Server{Handler: e}
	go srv.Serve(ln)
	defer srv.Close()
	at := "http://" + ln.Addr().String()
	env := map[string]string{"OKTA_CLIENT_ORGURL": at, "JIRA_URL": at, "SLACK_API_URL": at + "/api/", "DRIVE_URL": at}
	ctx, stop := context.WithTimeout(context.Background(), long)
	defer stop()
	var n atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	var wg sync.WaitGroup
	for range parallel {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := work(context.Background(), trial.Session{Env: env}, "", func(string) {}); err != nil {
					failed.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(n.Load()) / time.Since(began).Hours(), nil
}
