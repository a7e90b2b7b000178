package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/harness/queue"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
)

func workerCommand() *cobra.Command {
	var url string
	var parallel int
	cmd := &cobra.Command{
		Use:   "worker --queue URL",
		Short: "Do trials of runs that others have put into a queue",
		Long: `worker takes trials from the queue of a NATS server with JetStream, does them in a universe of its own and leaves their records there,
until it is stopped. Any number of workers on any machines share the runs. The trials of one that dies are done again by others,
and each counts once. The subject is started here: what a command names must be on this machine.`,
		Example: "  twinset run scenarios/ --subject ./my-agent --queue embedded:0.0.0.0:4222 --parallel 0\n  twinset worker --queue nats://10.0.0.7:4222 --parallel 8",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := queue.Open(cmd.Context(), url, 0)
			if err != nil {
				return err
			}
			defer q.Close()
			fmt.Fprintf(cmd.ErrOrStderr(), "working for %s\n", url)
			return q.Work(cmd.Context(), parallel, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
		},
	}
	f := cmd.Flags()
	f.StringVar(&url, "queue", "nats://127.0.0.1:4222", "the NATS server's `URL`")
	f.IntVar(&parallel, "parallel", 2*runtime.NumCPU(), "so `many` trials at a time")
	return cmd
}

// spread is how a run shares its trials out.
type spread struct {
	queue    string
	patience time.Duration
}

func (s *spread) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.queue, "queue", "", "share the trials with workers: nats://HOST:PORT, or embedded[:HOST:PORT] for a server in this process; this process does --parallel of them itself")
	f.DurationVar(&s.patience, "patience", queue.Patience, "with --queue: `how long` a trial is left to a worker that shows no sign of life")
}

// all does the jobs, here or wherever there are workers, and hands over each record as it is done.
func (s *spread) all(ctx context.Context, r *trial.Runner, subject, player string, jobs []trial.Job, parallel int, progress io.Writer, done func(*trajectory.Trajectory) error) error {
	if s.queue == "" {
		return r.All(ctx, jobs, parallel, done)
	}
	url := s.queue
	if at, ok := strings.CutPrefix(url, "embedded"); ok {
		host, port, err := net.SplitHostPort(strings.TrimPrefix(at, ":"))
		if at == "" {
			host, port, err = "127.0.0.1", "0", nil
		}
		n, e := strconv.Atoi(port)
		if err != nil || e != nil {
			return fmt.Errorf("--queue is nats://HOST:PORT, embedded or embedded:HOST:PORT, not %q", s.queue)
		}
		var stop func()
		if url, stop, err = queue.Embedded(host, n); err != nil {
			return err
		}
		defer stop()
	}
	q, err := queue.Open(ctx, url, s.patience)
	if err != nil {
		return err
	}
	defer q.Close()
	fmt.Fprintf(progress, "twinset worker --queue %s\n", url)
	if parallel > 0 {
		working, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- q.Work(working, parallel, r.Log) }()
		defer func() { stop(); <-ended }()
	}
	return q.Play(ctx, queue.Run{Name: "run-" + strings.ToLower(rand.Text()[:10]), Subject: subject, Player: player, Suite: r.Suite, Product: r.Product}, jobs, done)
}
