package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trial"
)

func scenarioCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scenario",
		Short: "Write scenarios, and find out whether they are good ones",
		Long: `A scenario is one Markdown file: a story of a person who wants something done, what would satisfy them, and the checks that
hold whatever a judge thinks. Beside NAME.md lies NAME.reference.txt, the script of a subject that does it right.`,
	}
	cmd.AddCommand(scenarioNewCommand(), scenarioLintCommand(), scenarioAcceptCommand())
	return cmd
}

func scenarioNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "new FILE.md",
		Short:   "Begin a scenario: a file with every heading, and TODOs where you have something to say",
		Example: "  twinset scenario new scenarios/quarterly-review.md",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for path, text := range map[string]string{args[0]: scenario.Template(args[0]), trial.ScriptOf(args[0]): trial.ScriptTemplate} {
				f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
				if err != nil {
					return err
				}
				_, err = f.WriteString(text)
				if err := errors.Join(err, f.Close()); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			return nil
		},
	}
}

// scenarios reads the scenarios that a command names.
func scenarios(paths []string) ([]*scenario.Scenario, error) {
	all, err := scenario.ReadAll(paths...)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no scenarios in %v", paths)
	}
	return all, err
}

// rehearsal is the scenarios that a command names, and a universe to try them in, which is to be closed.
func rehearsal(paths []string) ([]*scenario.Scenario, *trial.Runner, error) {
	all, err := scenarios(paths)
	if err != nil {
		return nil, nil, err
	}
	r, err := trial.New(trial.Options{Subject: trial.Null{}})
	return all, r, err
}

func scenarioLintCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "lint FILE|DIR...",
		Short:   "Say what keeps scenarios from being good ones",
		Long:    "lint reads scenarios, compiles their checks against the twins, makes the worlds they begin in, and says what is wrong or doubtful.\nIt exits with 1 if something is wrong.",
		Example: "  twinset scenario lint scenarios/",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, r, err := rehearsal(args)
			if err != nil {
				return err
			}
			defer r.Close()
			type finding struct {
				Scenario string `json:"scenario"`
				scenario.Finding
			}
			found, wrong := []finding{}, 0
			for _, s := range all {
				list := scenario.Lint(s, all...)
				if err := r.Prepare(s); err != nil {
					list = append(list, scenario.Finding{Rule: "checks", Text: err.Error(), Error: true})
				}
				for _, f := range list {
					found = append(found, finding{s.ID, f})
					if f.Error {
						wrong++
					}
				}
			}
			err = show(cmd, found, func(w *tabwriter.Writer) {
				for _, f := range found {
					level := "doubtful"
					if f.Error {
						level = "wrong"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Scenario, level, f.Rule, f.Text)
				}
				fmt.Fprintf(w, "%d scenarios, %d things wrong\n", len(all), wrong)
			})
			if err == nil && wrong > 0 {
				err = errBelow
			}
			return err
		},
	}
	jsonFlag(cmd)
	return cmd
}

func scenarioAcceptCommand() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "accept FILE|DIR...",
		Short: "Find out whether scenarios tell good subjects from bad ones",
		Long: `accept plays each scenario with subjects it must tell apart: one that does nothing and one that only says it is done must fail, the
reference must pass, and every mutant of the reference must fail: each write left out, each thing looked up mistaken for another, the
last words said before the work is done. It exits with 1 if a scenario cannot do that.`,
		Example: "  twinset scenario accept scenarios/contractor-leaves.md\n  twinset scenario accept --all scenarios/",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, r, err := rehearsal(args)
			if err != nil {
				return err
			}
			defer r.Close()
			results, rejected := []*trial.Acceptance{}, 0
			for _, s := range list {
				a, err := trial.Accept(cmd.Context(), r, s)
				if err != nil {
					return fmt.Errorf("%s: %w", s.Path, err)
				}
				results = append(results, a)
				if !a.Accepted {
					rejected++
				}
			}
			err = show(cmd, results, func(w *tabwriter.Writer) {
				for _, a := range results {
					verdict := "accepted"
					if !a.Accepted {
						verdict = "REJECTED"
					}
					fmt.Fprintf(w, "%s\t%s\t%d runs\n", a.Scenario, verdict, len(a.Runs))
					for _, p := range a.Runs {
						if all || p.Did != p.Must {
							fmt.Fprintf(w, "  %s\tmust %s, did %s\t%s\n", p.Subject, p.Must, p.Did, p.Why)
						}
					}
				}
			})
			if err == nil && rejected > 0 {
				err = errBelow
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "show every run, not only those that went the wrong way")
	jsonFlag(cmd)
	return cmd
}
