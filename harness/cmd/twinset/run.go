package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/harness/llm"
	"twinset.dev/harness/trajectory"
	"twinset.dev/harness/trial"
)

func runCommand() *cobra.Command {
	var subject, out, product, suite string
	var trials, parallel int
	var bar float64
	var over spread
	var jury bench
	var from stories
	var sand sandbox
	var player string
	cmd := &cobra.Command{
		Use:   "run FILE|DIR...",
		Short: "Play scenarios with a subject, and say what fraction of the trials would satisfy the person",
		Long: `run plays each scenario as often as it asks for, each time in a world of its own, and writes a record of every trial.

The subject is one that is shipped (reference, null, lazy, flaky:0.8, hardcoder:DIR), a URL, container:IMAGE, once:COMMAND, or any
command. It is given nothing but the twins' addresses and credentials, as environment variables. A command reads lines of JSON,
{"user":"…"}, and writes {"say":"…"} as often as it likes and then {"done":true}.

Then judges read the records, and a report is written beside them. What went wrong with the machine, the player or a judge is counted
beside the fraction, never in it. Exits with 1 below --bar, and where no number can be shown.

A command that plays sealed scenarios is confined: it may write its own directory, read the system's programs and its own, and
connect to the twins.`,
		Example: "  twinset run scenarios/ --subject reference\n  twinset run scenarios/ --subject ./my-agent --trials 5 --parallel 8 --out runs/today --bar 0.9\n" +
			"  twinset run --pool sealed --why nightly --subject ./my-agent --judge anthropic:claude-sonnet-4-5,openai:gpt-5",
		RunE: func(cmd *cobra.Command, args []string) error {
			panel, err := jury.panel()
			if err != nil {
				return err
			}
			list, err := from.all(args)
			if err != nil {
				return err
			}
			o := trial.Options{Suite: suite, Product: product}
			if o.Subject, err = trial.ParseSubject(subject); err != nil {
				return err
			}
			if over.queue != "" && (from.pool != "" || sand.always) {
				return errors.New("--queue: sealed scenarios and confined subjects stay on this machine")
			}
			watch, err := sand.confine(o.Subject, from.pool != "", cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer watch.close()
			if o.Player, err = llm.Player(player); err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join(from.runs(), time.Now().UTC().Format("20060102-150405"))
			}
			if _, err := os.Stat(out); err == nil {
				return fmt.Errorf("%s is there already; name another --out", out)
			}
			trial.Hurry()
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
			if err := errors.Join(from.keep(out, list), watch.write(out)); err != nil {
				return err
			}
			if panel != nil {
				jury.parallel = parallel
				if _, err := jury.judge(cmd.Context(), *panel, out, records, byID(list), cmd.ErrOrStderr()); err != nil {
					return err
				}
			}
			rep, err := makeReport(out, records, byID(list), bar)
			if err != nil {
				return err
			}
			files, err := writeReport(rep, allFormats, out)
			if err != nil {
				return err
			}
			if err := show(cmd, rep, func(w *tabwriter.Writer) { reportTable(w, rep, files) }); err != nil {
				return err
			}
			if !rep.Clears() {
				return errBelow
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&subject, "subject", "reference", "the `product` under trial")
	f.IntVar(&trials, "trials", 0, "play each scenario so `many` times, whatever it asks for")
	f.IntVar(&parallel, "parallel", 2*runtime.NumCPU(), "so `many` trials at a time")
	f.StringVar(&out, "out", "", "write the records into this new `directory`; runs/TIME if empty, beside the pool where a sealed one is played")
	jury.flags(cmd, "rules")
	f.StringVar(&from.pool, "pool", "", "play this sealed `pool` too: sealed or vault")
	f.StringVar(&from.why, "why", "", "what the pool is opened `for`, for the access log")
	from.place.flags(cmd)
	sand.flags(cmd)
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
