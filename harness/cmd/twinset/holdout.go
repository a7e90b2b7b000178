package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twinset.dev/harness/holdout"
	"twinset.dev/harness/judge"
	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// A place is where sealed scenarios are, and what opens them.
type place struct{ dir, key string }

func (p *place) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.dir, "place", os.Getenv(holdout.PlaceVariable), "the `directory` of the sealed pools, $"+holdout.PlaceVariable)
	cmd.Flags().StringVar(&p.key, "key", os.Getenv("TWINSET_KEY"), "the key `file`, $TWINSET_KEY; or set $TWINSET_PASSPHRASE")
}

// at opens the place, unless a subject that works in workdirs could come across it.
func (p *place) at(workdirs ...string) (*holdout.Place, error) {
	return holdout.At(p.dir, whoami(), holdout.Key{File: p.key, Passphrase: os.Getenv("TWINSET_PASSPHRASE")}, workdirs...)
}

func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint("uid ", os.Getuid())
}

// openPool reads the scenarios of a pool into memory.
func openPool(p *holdout.Place, pool scenario.Pool, what, why string) (list []*scenario.Scenario, err error) {
	files, err := p.Open(pool, what, why)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if filepath.Ext(name) != ".md" {
			continue
		}
		s, err := scenario.Parse(files[name])
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", pool, name, err)
		}
		s.Path = name
		list = append(list, s)
	}
	return list, nil
}

func holdoutCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "holdout",
		Short: "Keep scenarios that the subject must not see",
		Long: `holdout keeps two pools of scenarios sealed: "sealed", which runs are measured by, and "vault", which is opened for a release
alone. They lie as one age file each in a directory that is in no repository and that nobody else may read. Who opens them is
put down in a log that cannot be cut without its chain showing it.`,
		Example: "  export TWINSET_SCENARIOS=~/.scenarios TWINSET_KEY=~/.scenarios.key\n  twinset holdout init\n  twinset holdout seal drafts/*.md --pool sealed\n  twinset holdout log",
	}
	cmd.AddCommand(holdoutInit(), holdoutSeal(), holdoutOpen(), holdoutLog(), holdoutVerify(), holdoutComplain())
	return cmd
}

func holdoutInit() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use: "init", Short: "Make the directory and a key", Example: "  twinset holdout init --place ~/.scenarios --key ~/.scenarios.key", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if p.dir == "" || p.key == "" {
				return errors.New("say --place and --key")
			}
			if err := os.MkdirAll(p.dir, 0o700); err != nil {
				return err
			}
			if _, err := p.at(); err != nil {
				return err
			}
			if err := (holdout.Key{File: p.key}).Make(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "export %s=%s TWINSET_KEY=%s\n", holdout.PlaceVariable, p.dir, p.key)
			return nil
		},
	}
	p.flags(cmd)
	return cmd
}

func poolFlags(cmd *cobra.Command, pool, why *string) {
	cmd.Flags().StringVar(pool, "pool", string(scenario.Sealed), "the `pool`: sealed or vault")
	cmd.Flags().StringVar(why, "why", "", "`reason`, for the access log; the vault asks for one")
}

func holdoutSeal() *cobra.Command {
	var p place
	var pool, why string
	cmd := &cobra.Command{
		Use: "seal FILE...", Short: "Put scenarios into a pool", Args: cobra.MinimumNArgs(1),
		Long:    "seal puts scenarios, and what lies beside them under the same name, into a pool, in place of those with the same file names. Delete the files themselves afterwards.",
		Example: "  twinset holdout seal drafts/offboarding.md drafts/offboarding.reference.txt --pool sealed",
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := p.at()
			if err != nil {
				return err
			}
			files := map[string][]byte{}
			for _, path := range args {
				b, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if filepath.Ext(path) == ".md" {
					s, err := scenario.Parse(b)
					if err != nil {
						return fmt.Errorf("%s: %w", path, err)
					}
					if string(s.Pool) != pool {
						return fmt.Errorf("%s says that it is of the pool %q", path, s.Pool)
					}
				}
				files[filepath.Base(path)] = b
			}
			if err := at.Seal(scenario.Pool(pool), files, why); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d files sealed; delete them where they came from\n", len(files))
			return nil
		},
	}
	p.flags(cmd)
	poolFlags(cmd, &pool, &why)
	return cmd
}

func holdoutOpen() *cobra.Command {
	var p place
	var pool, why string
	cmd := &cobra.Command{
		Use: "open FILE", Short: "Print a sealed scenario, and put down who looked and why", Args: cobra.ExactArgs(1),
		Example: "  twinset holdout open offboarding.md --why 'a judge disagrees with Dana'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if why == "" {
				return errors.New("say --why")
			}
			at, err := p.at()
			if err != nil {
				return err
			}
			b, err := at.View(scenario.Pool(pool), args[0], why)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(b)
			return err
		},
	}
	p.flags(cmd)
	poolFlags(cmd, &pool, &why)
	return cmd
}

func holdoutLog() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use: "log", Short: "Who opened which scenario, when and why", Example: "  twinset holdout log --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := p.at()
			if err != nil {
				return err
			}
			lines, _, broken := at.Verify()
			err = show(cmd, lines, func(w *tabwriter.Writer) {
				fmt.Fprintln(w, "WHEN\tWHO\tWHAT\tPOOL\tSCENARIO\tWHY")
				for _, a := range lines {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.At.Format("2006-01-02 15:04:05"), a.Who, a.What, a.Pool, a.Scenario, a.Why)
				}
			})
			if broken != nil {
				return fmt.Errorf("%w: %w", broken, errBelow)
			}
			return err
		},
	}
	p.flags(cmd)
	jsonFlag(cmd)
	return cmd
}

func holdoutVerify() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that no line of the access log was taken out or changed; exits with 1 if one was", Example: "  twinset holdout verify", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := p.at()
			if err != nil {
				return err
			}
			_, head, err := at.Verify()
			if err != nil {
				return fmt.Errorf("%w: %w", err, errBelow)
			}
			return show(cmd, head, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "%d lines, unbroken; the last is %s\n", head.N, head.SHA)
			})
		},
	}
	p.flags(cmd)
	jsonFlag(cmd)
	return cmd
}

// holdoutComplain is what the subject's makers are told of a sealed run, and all that they are told.
func holdoutComplain() *cobra.Command {
	var from stories
	cmd := &cobra.Command{
		Use: "complain RUN", Short: "What may be told about a sealed run: one complaint, and no more than the ledger allows", Args: cobra.ExactArgs(1),
		Long: `complain prints one complaint about a sealed run for whoever builds the subject: the kind of failure, the area, a band of
satisfaction and a person's words. It names no scenario and no criterion. What it may give away is put down in bits; a scenario
of which 40 bits have been told is no secret any more, and belongs in the dev pool. Exits with 1 if there is a complaint.`,
		Example: "  twinset holdout complain runs/tonight --pool sealed --why 'round 3'",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := complain(cmd.Context(), args[0], &from)
			if err != nil {
				return err
			}
			if c == nil {
				return show(cmd, c, func(w *tabwriter.Writer) { fmt.Fprintln(w, "No complaint.") })
			}
			if err := show(cmd, c, func(w *tabwriter.Writer) {
				fmt.Fprintln(w, strings.Join(append([]string{c.String()}, c.Log...), "\n  "))
			}); err != nil {
				return err
			}
			return errBelow
		},
	}
	from.flags(cmd)
	jsonFlag(cmd)
	return cmd
}

// complain makes the complaint about the first trial that did not satisfy and whose scenario is still a secret; nil if none.
func complain(ctx context.Context, run string, from *stories) (*holdout.Complaint, error) {
	records, err := trajectory.ReadAll(run)
	if err != nil {
		return nil, err
	}
	known, err := from.read(run, "feedback")
	if err != nil {
		return nil, err
	}
	at, err := from.place.at(run)
	if err != nil {
		return nil, err
	}
	ledger, err := at.Ledger()
	if err != nil {
		return nil, err
	}
	var trials []satisfaction.Trial
	for _, t := range records {
		trials = append(trials, satisfaction.Trial{Scenario: t.Scenario, Seed: t.Seed, Outcome: judge.Decide(t).Outcome})
	}
	e := satisfaction.Of(trials, nil)
	if e.Refused != "" {
		return nil, errors.New(e.Refused)
	}
	for i, t := range records {
		s := known[t.Scenario]
		if trials[i].Outcome != satisfaction.Unsatisfied || s == nil || ledger.Spent[s.ID].Graduated {
			continue
		}
		c, err := holdout.Complain(ctx, s, t, e.Fraction, holdout.Phrases{})
		if err != nil {
			return nil, err
		}
		return &c, ledger.Spend(s.ID, c)
	}
	return nil, nil
}
