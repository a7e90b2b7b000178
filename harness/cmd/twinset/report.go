package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twinset.dev/harness/holdout"
	"twinset.dev/harness/report"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// stories say where the scenarios of a run are.
type stories struct {
	paths []string
	pool  string
	why   string
	place place
}

func (s *stories) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&s.paths, "scenarios", nil, "`files` and folders of the scenarios; those that the run has kept if empty")
	f.StringVar(&s.pool, "pool", "", "open this sealed `pool` too: sealed or vault")
	f.StringVar(&s.why, "why", "", "what the pool is opened `for`, for the access log")
	s.place.flags(cmd)
}

// dirScenarios is where a run keeps the open scenarios that it has played.
const dirScenarios = "scenarios"

// read gives the scenarios that a run was made of, by id.
func (s *stories) read(run, what string) (map[string]*scenario.Scenario, error) {
	paths := s.paths
	if kept := filepath.Join(run, dirScenarios); len(paths) == 0 {
		if _, err := os.Stat(kept); err == nil {
			paths = []string{kept}
		}
	}
	list, err := scenario.ReadAll(paths...)
	if err != nil {
		return nil, err
	}
	sealed, err := s.sealed(what, run)
	return byID(append(list, sealed...)), err
}

// all are the scenarios in paths and, where a pool was asked for, those of the pool: at least one.
func (s *stories) all(paths []string) ([]*scenario.Scenario, error) {
	list, err := scenario.ReadAll(paths...)
	if err != nil {
		return nil, err
	}
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	sealed, err := s.sealed("run", wd)
	if list = append(list, sealed...); err == nil && len(list) == 0 {
		err = fmt.Errorf("no scenarios in %v", paths)
	}
	return list, err
}

// sealed are the scenarios of the pool that was asked for. They are in memory alone, and what they are read for is logged.
func (s *stories) sealed(what, workdir string) ([]*scenario.Scenario, error) {
	if s.pool == "" {
		return nil, nil
	}
	p, err := s.place.at(workdir)
	if err != nil {
		return nil, err
	}
	return openPool(p, scenario.Pool(s.pool), what, s.why)
}

// runs is the directory of runs. What is recorded of sealed scenarios tells of them, so it stays where they are.
func (s *stories) runs() string {
	if s.pool != "" {
		return filepath.Join(s.place.dir, "runs")
	}
	return "runs"
}

// keep copies the open scenarios of a run beside its records, so that it can be judged again when they have changed.
func (s *stories) keep(run string, list []*scenario.Scenario) error {
	for _, sc := range list {
		if sc.Pool == scenario.Sealed || sc.Pool == scenario.Vault {
			continue
		}
		b, err := os.ReadFile(sc.Path)
		if err == nil {
			err = os.MkdirAll(filepath.Join(run, dirScenarios), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(run, dirScenarios, sc.ID+".md"), b, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func byID(list []*scenario.Scenario) map[string]*scenario.Scenario {
	by := map[string]*scenario.Scenario{}
	for _, s := range list {
		by[s.ID] = s
	}
	return by
}

func reportCommand() *cobra.Command {
	var from stories
	var formats []string
	var compare, out string
	var bar float64
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Say what a run came to: a page, JSON, JUnit XML, Markdown",
		Long: `report reads the records of a run and writes what they come to beside them. It shows no number where judges failed their
examination, where more than 5 % of the trials failed for reasons that are not the subject's, or where a subject came by sealed
scenarios. Exits with 1 if there is no number, or one below --bar.`,
		Example: "  twinset report runs/today\n  twinset report runs/today --format html,junit --compare runs/yesterday --bar 0.9",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			rep, err := readReport(args[0], &from, bar)
			if err != nil {
				return err
			}
			if compare != "" {
				old, err := readReport(compare, &stories{}, 0)
				if err != nil {
					return err
				}
				rep.Compare(old)
			}
			files, err := writeReport(rep, formats, filepath.Join(args[0], out))
			if err != nil {
				return err
			}
			err = show(cmd, rep, func(w *tabwriter.Writer) { reportTable(w, rep, files) })
			if err == nil && !rep.Clears() {
				err = errBelow
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&formats, "format", allFormats, "write these `formats`")
	f.StringVar(&compare, "compare", "", "hold it against this earlier `run`, trial by trial")
	f.StringVar(&out, "out", "", "write into this `directory` of the run")
	f.Float64Var(&bar, "bar", 0, "exit with 1 if a smaller `fraction` is satisfied")
	from.flags(cmd)
	jsonFlag(cmd)
	return cmd
}

// allFormats are the formats that a report is written in if nobody asks for fewer.
var allFormats = []string{"html", "json", "junit", "md"}

// reportTable is a report for a terminal.
func reportTable(w *tabwriter.Writer, rep *report.Report, files []string) {
	for _, s := range rep.Stories {
		fmt.Fprintf(w, "%s\t%d of %d\t%s\n", s.ID, s.Tally.K, s.Tally.N, s.Wrong())
	}
	w.Flush()
	fmt.Fprintf(w, "\n%s\n%s\n", rep.Paragraph(), strings.Join(files, "\n"))
}

// readReport reads a run from its directory.
func readReport(run string, from *stories, bar float64) (*report.Report, error) {
	records, err := trajectory.ReadAll(run)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("%s has no records of trials", run)
	}
	known, err := from.read(run, "report")
	if err != nil {
		return nil, err
	}
	rep, err := makeReport(run, records, known, bar)
	if err != nil || from.pool == "" {
		return rep, err
	}
	p, err := from.place.at(run)
	if err != nil {
		return nil, err
	}
	lines, head, err := p.Verify()
	if err != nil {
		return nil, err
	}
	for _, l := range lines[max(0, len(lines)-50):] {
		rep.Access = append(rep.Access, l.String())
	}
	rep.Access = append(rep.Access, fmt.Sprintf("%d accesses in all, the last is %s", head.N, head.SHA))
	return rep, nil
}

// makeReport makes the report of records, with what the run's directory knows of its judges and of breaches.
func makeReport(run string, records []*trajectory.Trajectory, known map[string]*scenario.Scenario, bar float64) (*report.Report, error) {
	h, err := healthOf(run)
	if err != nil {
		return nil, err
	}
	seen, err := breaches(run, records, known)
	if err != nil {
		return nil, err
	}
	return report.New(report.Run{Name: filepath.Base(run), Trajectories: records, Scenarios: known, Health: h, Breaches: seen, Bar: bar}), nil
}

// fileBreaches is where a run keeps what was seen of its subject reaching for scenarios.
const fileBreaches = "breaches.json"

// breaches are those that were seen while the run was played, and what its records hold of the scenarios that are not open.
func breaches(run string, records []*trajectory.Trajectory, known map[string]*scenario.Scenario) (list []holdout.Breach, err error) {
	if err := readJSON(filepath.Join(run, fileBreaches), &list); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var secret []*scenario.Scenario
	for _, s := range known {
		if s.Pool == scenario.Sealed || s.Pool == scenario.Vault {
			secret = append(secret, s)
		}
	}
	scan := holdout.NewScanner(secret...)
	for _, t := range records {
		list = append(list, scan.Trial(t)...)
	}
	return list, nil
}

// writeReport writes a report into dir in each of the formats, and names the files.
func writeReport(rep *report.Report, formats []string, dir string) (files []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, name := range formats {
		format, ok := report.Formats[name]
		if !ok {
			return nil, fmt.Errorf("there is no format %q; there are html, json, junit and md", name)
		}
		path := filepath.Join(dir, format.File)
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(format.Write(rep, f), f.Close()); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	return files, nil
}
