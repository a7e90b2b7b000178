package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
)

func runCommand() *cobra.Command {
	var subject, out, judge, product, suite string
	var trials, parallel int
	var bar float64
	var over spread
	var player string
	cmd := &cobra.Command{
		Use:   "run FILE|DIR...",
		Short: "Play scenarios with a subject, and say what fraction of the trials would satisfy the person",
		Long: `run plays each scenario as often as it asks for, each time in a world of its own, and writes a record of every trial.

The subject is one that is shipped (reference, null, lazy, flaky:0.8, hardcoder:DIR), a URL, container:IMAGE, once:COMMAND, or any
command. It is given nothing but the twins' addresses and credentials, as environment variables. A command reads lines of JSON,
{"user":"…"}, and writes {"say":"…"} as often as it likes and then {"done":true}.

What went wrong with the machine or the player is counted beside the fraction, never in it. Exits with 1 below --bar.`,
		Example: "  twinset run scenarios/ --subject reference\n  twinset run scenarios/ --subject ./my-agent --trials 5 --parallel 8 --out runs/today --bar 0.9",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := scenarios(args)
			if err != nil {
				return err
			}
			o := trial.Options{Suite: suite, Product: product}
			if o.Subject, err = trial.ParseSubject(subject); err != nil {
				return err
			}
			if o.Player, err = trial.ParsePlayer(player); err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join("runs", time.Now().UTC().Format("20060102-150405"))
			}
			if _, err := os.Stat(out); err == nil {
				return fmt.Errorf("%s is there already; name another --out", out)
			}
			r, err := trial.New(o)
			if err != nil {
				return err
			}
			defer r.Close()
			for _, s := range list {
				if err := r.Prepare(s); err != nil {
					return fmt.Errorf("%s: %w", s.Path, err)
				}
			}
			jobs, progress := trial.Jobs(list, trials), cmd.ErrOrStderr()
			records, err := play(jobs, out, progress, func(done func(*trajectory.Trajectory) error) error {
				return over.all(cmd.Context(), r, subject, player, jobs, parallel, progress, done)
			})
			if err != nil {
				return err
			}
			sum, err := conclude(cmd.Context(), list, records, out, judge)
			if err != nil {
				return err
			}
			sum.Records = out
			if err := show(cmd, sum, sum.table); err != nil {
				return err
			}
			if sum.Satisfaction < bar {
				return errBelow
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&subject, "subject", "reference", "the `product` under trial")
	f.IntVar(&trials, "trials", 0, "play each scenario so `many` times, whatever it asks for")
	f.IntVar(&parallel, "parallel", 2*runtime.NumCPU(), "so `many` trials at a time")
	f.StringVar(&out, "out", "", "write the records into this new `directory`; runs/TIME if empty")
	f.StringVar(&judge, "judge", "none", "who judges what checks cannot: none, scripted, or the `URL` of a model")
	f.StringVar(&product, "product", "", "`commit` or image of the subject, for the records")
	f.StringVar(&suite, "suite", "", "what this run is `called`, for the records")
	f.StringVar(&player, "player", "scripted", "`who` plays the person: scripted (what stands in quotes), anthropic:MODEL[@URL] or openai:MODEL[@URL]")
	over.flags(cmd)
	f.Float64Var(&bar, "bar", 0, "exit with 1 if a smaller `fraction` is satisfied")
	jsonFlag(cmd)
	return cmd
}

// play runs the jobs and writes their records, in the order of the jobs whichever is done first.
func play(jobs []trial.Job, out string, progress io.Writer, run func(done func(*trajectory.Trajectory) error) error) ([]*trajectory.Trajectory, error) {
	place := map[string]int{}
	for i, j := range jobs {
		place[j.ID()] = i
	}
	records := make([]*trajectory.Trajectory, len(jobs))
	written, good, prev := 0, 0, ""
	err := run(func(t *trajectory.Trajectory) error {
		records[place[t.ID]] = t
		for written < len(records) && records[written] != nil {
			if err := trajectory.Write(out, records[written], prev); err != nil {
				return err
			}
			if trial.Good(records[written]) {
				good++
			}
			prev = records[written].SHA
			written++
		}
		fmt.Fprintf(progress, "\r%d of %d trials, %d passed their checks", written, len(jobs), good)
		return nil
	})
	fmt.Fprintln(progress)
	return records, err
}

// A summary is what a run came to.
type summary struct {
	Satisfaction float64 `json:"satisfaction"` // mean over the scenarios
	Trials       int     `json:"trials"`       // that say something about the subject
	Satisfied    int     `json:"satisfied"`
	Infra        int     `json:"infra_errors"`
	Player       int     `json:"player_errors"`
	Scenarios    []score `json:"scenarios"`
	Records      string  `json:"records"`
}

type score struct {
	Scenario  string `json:"scenario"`
	Trials    int    `json:"trials"`
	Satisfied int    `json:"satisfied"`
	Why       string `json:"why,omitempty"` // of the first that was not
}

func (s *summary) table(w *tabwriter.Writer) {
	for _, x := range s.Scenarios {
		fmt.Fprintf(w, "%s\t%d of %d\t%s\n", x.Scenario, x.Satisfied, x.Trials, x.Why)
	}
	fmt.Fprintf(w, "satisfaction %.3f\t%d of %d\t%d infra errors, %d player errors; records in %s\n", s.Satisfaction, s.Satisfied, s.Trials, s.Infra, s.Player, s.Records)
}

// conclude decides every trial by its checks.
func conclude(_ context.Context, list []*scenario.Scenario, records []*trajectory.Trajectory, _, judge string) (*summary, error) {
	if judge != "none" {
		return nil, errors.New("--judge: only none can be asked for yet: trials are decided by their checks alone")
	}
	sum := &summary{}
	var shares float64
	for _, s := range list {
		x := score{Scenario: s.ID}
		for _, t := range records {
			switch {
			case t.Scenario != s.ID:
			case t.Termination == trajectory.InfraError:
				sum.Infra++
				x.Why = t.Why
			case t.Termination == trajectory.PlayerError:
				sum.Player++
				x.Why = t.Why
			default:
				x.Trials++
				if trial.Good(t) {
					x.Satisfied++
				} else if x.Why == "" {
					x.Why = trial.Why(t)
				}
			}
		}
		sum.Trials += x.Trials
		sum.Satisfied += x.Satisfied
		if x.Trials > 0 {
			shares += float64(x.Satisfied) / float64(x.Trials)
		}
		sum.Scenarios = append(sum.Scenarios, x)
	}
	sum.Satisfaction = shares / float64(len(list))
	return sum, nil
}
