package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/harness/judge"
	"twinset.dev/harness/llm"
	"twinset.dev/harness/satisfaction"
	"twinset.dev/harness/scenario"
	"twinset.dev/harness/trajectory"
)

// A bench is how judges are chosen on the command line.
type bench struct {
	names    []string
	votes    int
	author   string
	parallel int
	labels   string
}

func (b *bench) flags(cmd *cobra.Command, names ...string) {
	f := cmd.Flags()
	f.StringSliceVar(&b.names, "judge", names, "`who` judges: none, rules (repeats the checks), anthropic:MODEL[@URL], openai:MODEL[@URL]; name several for votes from several families")
	f.IntVar(&b.votes, "votes", 3, "judge each trial so `many` times; the majority decides")
	f.StringVar(&b.author, "author", "", "the model `family` that wrote the product, which does not vote (claude, gpt, …)")
	f.StringVar(&b.labels, "labels", "", "trials that people have judged, a `file` of lines {\"trial\":\"…\",\"satisfied\":[true,…]}: measures the judges")
}

// panel is nil where nobody is asked.
func (b *bench) panel() (*judge.Panel, error) {
	if len(b.names) == 0 || len(b.names) == 1 && b.names[0] == "none" {
		return nil, nil
	}
	p := &judge.Panel{Votes: b.votes, Author: b.author, Wait: 500 * time.Millisecond}
	for _, name := range b.names {
		m, err := llm.Judge(name)
		if err != nil {
			return nil, err
		}
		p.Models = append(p.Models, m)
	}
	_, err := p.Seats()
	return p, err
}

func judgeCommand() *cobra.Command {
	var b bench
	var from stories
	cmd := &cobra.Command{
		Use:   "judge RUN",
		Short: "Judge the trials of a run again, from their records",
		Long: `judge has judges vote on the trials that a run has recorded, without playing them again, and writes their verdicts beside the
records. Deterministic checks come first and are final: a trial that failed one is not judged.

Judges are examined first, with canaries whose truth is known. If one is judged wrongly, the report of the run shows no number.
Keys come from ANTHROPIC_API_KEY and OPENAI_API_KEY. Exits with 1 if the judges fail their examination.`,
		Example: "  twinset judge runs/today --judge rules\n  twinset judge runs/today --judge anthropic:claude-sonnet-4-5,openai:gpt-5 --author claude\n" +
			"  twinset judge runs/today --judge openai:llama-3.3-70b@http://127.0.0.1:8000/v1 --labels labels.jsonl",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := b.panel()
			if err != nil {
				return err
			}
			if p == nil {
				return errors.New("say with --judge who judges")
			}
			records, err := trajectory.ReadAll(args[0])
			if err != nil {
				return err
			}
			known, err := from.read(args[0], "judge")
			if err != nil {
				return err
			}
			h, err := b.judge(cmd.Context(), *p, args[0], records, known, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := show(cmd, judged(records, h), func(w *tabwriter.Writer) { judgedTable(w, records, h) }); err != nil {
				return err
			}
			if len(h.Withheld) > 0 {
				return fmt.Errorf("the judges failed their examination: %w", errBelow)
			}
			return nil
		},
	}
	b.flags(cmd, "rules")
	cmd.Flags().IntVar(&b.parallel, "parallel", 4, "judge so `many` trials at a time")
	from.flags(cmd)
	jsonFlag(cmd)
	return cmd
}

// fileHealth is where a run keeps what is known of its judges.
const fileHealth = "health.json"

// judge examines the panel, has it judge every record of a run, and writes what it says beside them.
func (b *bench) judge(ctx context.Context, p judge.Panel, run string, records []*trajectory.Trajectory, known map[string]*scenario.Scenario, progress io.Writer) (*judge.Health, error) {
	for _, t := range records {
		s := known[t.Scenario]
		if s == nil {
			return nil, fmt.Errorf("the scenario %q of %s is not here; say with --scenarios or --pool where it is", t.Scenario, t.ID)
		}
		if s.SHA256 != t.ScenarioSHA {
			return nil, fmt.Errorf("the scenario %q has changed since %s was played; judge with the one it was played from", t.Scenario, t.ID)
		}
	}
	labelled, err := b.labelled(records, known)
	if err != nil {
		return nil, err
	}
	h, err := p.Examine(ctx, labelled)
	if err != nil {
		return nil, err
	}
	doc, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(run, fileHealth), append(doc, '\n'), 0o644); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	turn := make(chan struct{}, max(1, b.parallel))
	for _, t := range records {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			err := p.Judge(ctx, known[t.Scenario], t, blobs(run, t))
			if err == nil {
				err = trajectory.WriteVerdicts(run, t)
			}
			if err != nil {
				stop(err)
				return
			}
			mu.Lock()
			done++
			fmt.Fprintf(progress, "\r%d of %d trials judged", done, len(records))
			mu.Unlock()
		})
	}
	wg.Wait()
	fmt.Fprintln(progress)
	return &h, context.Cause(ctx)
}

// blobs reads what is too long for a trial's events.
func blobs(run string, t *trajectory.Trajectory) func(string) ([]byte, error) {
	return func(sha string) ([]byte, error) {
		return os.ReadFile(filepath.Join(run, t.ID, "blobs", filepath.Base(sha)))
	}
}

// labelled are the records that people have judged.
func (b *bench) labelled(records []*trajectory.Trajectory, known map[string]*scenario.Scenario) (out []judge.Labelled, err error) {
	if b.labels == "" {
		return nil, nil
	}
	doc, err := os.ReadFile(b.labels)
	if err != nil {
		return nil, err
	}
	by := map[string]*trajectory.Trajectory{}
	for _, t := range records {
		by[t.ID] = t
	}
	sc := bufio.NewScanner(bytes.NewReader(doc))
	for n := 1; sc.Scan(); n++ {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		var l struct {
			Trial     string
			Satisfied []bool
		}
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", b.labels, n, err)
		}
		t := by[l.Trial]
		if t == nil || len(l.Satisfied) == 0 {
			return nil, fmt.Errorf("%s:%d: there is no trial %q in the run, or nobody judged it", b.labels, n, l.Trial)
		}
		out = append(out, judge.Labelled{Scenario: known[t.Scenario], Trajectory: t, Labels: l.Satisfied})
	}
	return out, sc.Err()
}

// healthOf is what is known of a run's judges, or nil.
func healthOf(run string) (*judge.Health, error) {
	b, err := os.ReadFile(filepath.Join(run, fileHealth))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var h judge.Health
	return &h, json.Unmarshal(b, &h)
}

type judgement struct {
	Trial string `json:"trial"`
	judge.Decision
}

func judged(records []*trajectory.Trajectory, h *judge.Health) any {
	var list []judgement
	for _, t := range records {
		list = append(list, judgement{t.ID, judge.Decide(t)})
	}
	return map[string]any{"trials": list, "judge_health": h}
}

func judgedTable(w *tabwriter.Writer, records []*trajectory.Trajectory, h *judge.Health) {
	fmt.Fprintln(w, "TRIAL\tOUTCOME\tBY\tVOTES\tREASON")
	counts := map[satisfaction.Outcome]int{}
	for _, t := range records {
		d := judge.Decide(t)
		counts[d.Outcome]++
		fmt.Fprintf(w, "%s\t%s\t%s\t%d of %d\t%.100s\n", t.ID, d.Outcome, d.By, d.For, d.Votes, d.Reason)
	}
	for _, why := range h.Withheld {
		fmt.Fprintf(w, "withheld: %s\n", why)
	}
	fmt.Fprintf(w, "%d of %d satisfied\n", counts[satisfaction.Satisfied], len(records))
}
