package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/attractor"
)

func runCommand() *cobra.Command {
	var o attractor.Options
	var set []string
	var auto bool
	var model stager
	c := &cobra.Command{
		Use:   "run FILE.dot",
		Short: "Run a pipeline; exits with 1 when it fails and 2 when it cannot be run or was stopped",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			src, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if o.Set, err = assignments(set); err != nil {
				return err
			}
			backend, done, err := model.open(c.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			o.Backend = backend
			if o.Logs == "" {
				name := strings.TrimSuffix(filepath.Base(args[0]), ".dot")
				o.Logs = filepath.Join(o.Work, ".factory", "runs", name+"-"+time.Now().UTC().Format("20060102-150405.000"))
			}
			model.warn(c.ErrOrStderr(), o.Work, o.Logs, model.where)
			o.Interviewer = interviewer(c, auto)
			o.Observe = both(tell(c.OutOrStdout()), model.observe(func(string) string { return o.Logs }))
			res, err := attractor.New(o).Run(c.Context(), src)
			return ended(c, o.Logs, res, err)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Goal, "goal", "", "the goal, instead of the graph's")
	f.StringArrayVar(&set, "set", nil, "put key=value into the context (may be repeated)")
	f.StringVar(&o.Work, "work", ".", "the directory where tools and models work")
	f.StringVar(&o.Logs, "logs", "", "the run's directory (default WORK/.factory/runs/NAME-TIME)")
	f.Uint64Var(&o.Seed, "seed", 1, "for jitter and experiments")
	f.BoolVar(&auto, "auto", false, "take the first choice at every human gate")
	model.flags(f)
	return c
}

func resumeCommand() *cobra.Command {
	var o attractor.Options
	var auto bool
	var model stager
	c := &cobra.Command{
		Use:   "resume DIR",
		Short: "Go on with a run from its last checkpoint",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			backend, done, err := model.open(c.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, done()) }()
			o.Backend = backend
			o.Logs, o.Interviewer = args[0], interviewer(c, auto)
			o.Observe = both(tell(c.OutOrStdout()), model.observe(func(string) string { return o.Logs }))
			res, err := attractor.New(o).Resume(c.Context())
			return ended(c, o.Logs, res, err)
		},
	}
	c.Flags().BoolVar(&o.Force, "force", false, "resume although the graph has changed since the checkpoint")
	c.Flags().BoolVar(&auto, "auto", false, "take the first choice at every human gate")
	model.flags(c.Flags())
	return c
}

func lintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint FILE.dot…",
		Short: "Say what is wrong with pipelines; exits with 1 when one could not run",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			bad := 0
			for _, file := range args {
				g, err := parseFile(file)
				if err != nil {
					return err
				}
				ds := attractor.Lint(g, nil)
				for _, d := range ds {
					fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", file, d)
					if d.Fix != "" {
						fmt.Fprintf(c.OutOrStdout(), "    %s\n", d.Fix)
					}
				}
				if attractor.Errors(ds) != nil {
					bad++
				}
			}
			if bad > 0 {
				return failed("%d of %d pipelines cannot run", bad, len(args))
			}
			return nil
		},
	}
}

func printCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "print FILE.dot",
		Short: "Print a pipeline with defaults, chains and subgraphs resolved, as DOT that Graphviz accepts",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			g, err := parseFile(args[0])
			if err == nil {
				fmt.Fprint(c.OutOrStdout(), attractor.Print(g))
			}
			return err
		},
	}
}

func parseFile(file string) (*attractor.Graph, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	g, err := attractor.Parse(src)
	if err != nil {
		return nil, failed("%s:%v", file, err)
	}
	return g, nil
}

func assignments(set []string) (map[string]any, error) {
	out := map[string]any{}
	for _, kv := range set {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || k == "" {
			return nil, fmt.Errorf("--set %s: write key=value", kv)
		}
		out[k] = v
	}
	return out, nil
}

func interviewer(c *cobra.Command, auto bool) attractor.Interviewer {
	if auto {
		return attractor.AutoApprove{}
	}
	return attractor.NewConsole(c.InOrStdin(), c.OutOrStdout())
}

// tell prints what a person wants to follow: stages and how they end.
func tell(w io.Writer) func(attractor.Event) {
	return func(ev attractor.Event) {
		where := ev.Node
		if ev.Branch != "" {
			where = ev.Branch + ":" + ev.Node
		}
		switch ev.Kind {
		case attractor.StageStarted:
			fmt.Fprintf(w, "%-10s %s\n", "start", where)
		case attractor.StageCompleted, attractor.StageFailed:
			fmt.Fprintf(w, "%-10s %s  %s  %s\n", ev.Outcome.Status, where, ev.Duration.Round(time.Millisecond), oneLine(ev.Text))
		case attractor.StageRetrying:
			fmt.Fprintf(w, "%-10s %s  in %s\n", "retry", where, ev.Delay.Round(time.Millisecond))
		case attractor.GateUnmet:
			fmt.Fprintf(w, "%-10s %s  back to %s\n", "gate unmet", where, ev.Target)
		case attractor.PipelineResumed:
			fmt.Fprintf(w, "%-10s at %s  %s\n", "resume", ev.Target, ev.Text)
		case attractor.PipelineRestarted:
			fmt.Fprintf(w, "%-10s at %s, number %d\n", "restart", ev.Target, ev.Count)
		case attractor.Diagnosed:
			fmt.Fprintf(w, "%s\n", ev.Text)
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// ended says how a run ended and makes it an exit code.
func ended(c *cobra.Command, logs string, res *attractor.Result, err error) error {
	switch {
	case errors.Is(err, attractor.ErrStopped):
		return fmt.Errorf("%w; go on with: agent resume %s", err, logs)
	case err != nil:
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %s in %d stages, %s\n", res.Run, res.Status, len(res.Path), res.Logs)
	if res.Status != attractor.Success {
		return failed("%s", oneLine(res.Reason))
	}
	return nil
}
