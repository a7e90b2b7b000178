package technique

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/record"
)

// A gate runs sealed scenarios against a product, by the program twinset.
type gate struct {
	pool, place, complaints, store string
	bar                            float64
	trials                         int
	product                        []string
}

// rounds of a gate after which no change of the band means that the loop brings nothing.
const roundsWithoutProgress = 3

func satisfactionCommand() *cobra.Command {
	var g gate
	c := &cobra.Command{
		Use:   "satisfaction [flags] -- COMMAND [ARG…]",
		Short: "Run the sealed scenarios against a product; exits with 1 below the bar, and leaves a complaint",
		Long: `satisfaction runs a sealed pool of scenarios against a product, with the program twinset. All that whoever builds the product learns
of a round that failed is a complaint: a kind of failure, an area, a band of satisfaction and a person's words. Three rounds in
one band are a standstill, which the pipeline finds in satisfaction.stalled.

With --store, what a round came to is recorded there for spend and weather, under the token $SATISFACTION_TOKEN, which is not the
agent's: it could read the figures otherwise.`,
		Example: `  export TWINSET_SCENARIOS=~/.scenarios TWINSET_KEY=~/.scenarios.key
  SATISFACTION="agent satisfaction --bar 0.9 -- ./product" agent run factory_loop.dot`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			g.product = args
			return g.round(c)
		},
	}
	f := c.Flags()
	f.StringVar(&g.pool, "pool", "sealed", "the sealed pool: sealed or vault")
	f.StringVar(&g.place, "place", os.Getenv("TWINSET_SCENARIOS"), "where the pools are, and the records of their runs will be; no place that the product's builder may read")
	f.StringVar(&g.complaints, "complaints", ".factory/complaints.md", "where the complaint is left")
	f.StringVar(&g.store, "store", os.Getenv("SATISFACTION_STORE"), "the URL of the context store that keeps what came of it")
	f.Float64Var(&g.bar, "bar", 0.9, "the fraction of trials that has to satisfy")
	f.IntVar(&g.trials, "trials", 0, "trials of each scenario (default as many as each asks for)")
	return c
}

// A verdict is what the program twinset says of a run, as far as a gate needs it.
type verdict struct {
	Satisfaction struct {
		Trials    int     `json:"trials"`
		Satisfied int     `json:"satisfied"`
		Fraction  float64 `json:"fraction"`
	} `json:"satisfaction"`
}

// A complaint is all that may be told of a sealed run.
type complaint struct {
	Class, Area, Band, Words string
	Log                      []string
}

func (g *gate) round(c *cobra.Command) error {
	if g.place == "" {
		return errors.New("say --place, or set TWINSET_SCENARIOS")
	}
	memory := filepath.Join(filepath.Dir(g.complaints), "bands.json")
	bands, err := remembered(memory)
	if err != nil {
		return err
	}
	n := strconv.Itoa(len(bands) + 1)
	out := filepath.Join(g.place, "runs", time.Now().UTC().Format("20060102-150405.000")+"-"+n)
	args := []string{"run", "--pool", g.pool, "--place", g.place, "--why", "the factory's round " + n, "--subject", strings.Join(g.product, " "),
		"--bar", strconv.FormatFloat(g.bar, 'g', -1, 64), "--out", out, "--json"}
	if g.trials > 0 {
		args = append(args, "--trials", strconv.Itoa(g.trials))
	}
	var v verdict
	below, err := asked(c.Context(), &v, args...)
	if err != nil {
		return err
	}
	if err := g.record(c.Context(), v, !below); err != nil {
		return err
	}
	if !below {
		fmt.Fprintln(c.OutOrStdout(), "users are satisfied")
		return errors.Join(gone(g.complaints), gone(memory), tell(map[string]any{"satisfaction.stalled": false}))
	}
	var said *complaint
	if _, err := asked(c.Context(), &said, "holdout", "complain", out, "--pool", g.pool, "--place", g.place, "--why", "the factory's round "+n, "--json"); err != nil {
		return err
	}
	text, band := "# A user was not satisfied\n\nMore may not be told.\n", "not to be told"
	if said != nil {
		band = said.Band
		text = fmt.Sprintf("# A user was not satisfied\n\n%s\n\nWhat went wrong: %s. It is about: %s. People are satisfied %s.\n", said.Words, said.Class, said.Area, said.Band)
		for _, line := range said.Log {
			text += "\n    " + line
		}
	}
	bands = append(bands, band)
	last := bands[max(0, len(bands)-roundsWithoutProgress):]
	stalled := len(last) == roundsWithoutProgress && len(slices.Compact(slices.Clone(last))) == 1
	b, err := json.Marshal(bands)
	if err != nil {
		return err
	}
	if err := errors.Join(replace(g.complaints, []byte(text)), replace(memory, b), tell(map[string]any{"satisfaction.stalled": stalled})); err != nil {
		return err
	}
	fmt.Fprint(c.OutOrStdout(), text)
	return not("users are not satisfied")
}

// asked runs the program twinset, which prints JSON, and says whether what it was asked about is not so.
func asked(ctx context.Context, into any, args ...string) (no bool, err error) {
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, "twinset", args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 1:
		no = true
	case err != nil:
		said := strings.TrimSpace(complaint.String())
		return false, fmt.Errorf("twinset %s: %w: %s", args[0], err, said[strings.LastIndexByte(said, '\n')+1:])
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		return false, fmt.Errorf("twinset %s: %w", args[0], err)
	}
	return no, nil
}

// record keeps what a round came to. The context that it makes belongs to the token's namespace.
func (g *gate) record(ctx context.Context, v verdict, passed bool) error {
	if g.store == "" {
		return nil
	}
	api, done, err := cxdb.Connect(g.store, os.Getenv("SATISFACTION_TOKEN"))
	if err != nil {
		return err
	}
	now := time.Now()
	run := "satisfaction-" + now.UTC().Format("20060102-150405.000")
	r, err := record.Begin(ctx, api, record.RunStarted{Run: run, Pipeline: "satisfaction", Started: record.At(now)})
	if err == nil {
		o := record.Outcome{Run: run, Satisfaction: v.Satisfaction.Fraction, Trajectories: int64(v.Satisfaction.Trials), Satisfied: int64(v.Satisfaction.Satisfied),
			Gate: "failed", Accepted: passed, Time: record.At(now)}
		if passed {
			o.Gate = "passed"
		}
		err = errors.Join(r.Put(ctx, o), r.Finish(ctx, record.RunFinished{Status: "success", Ended: record.At(now)}))
	}
	return errors.Join(err, done())
}

func remembered(file string) (bands []string, err error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &bands)
	}
	return bands, err
}

// gone removes a file, if it is there.
func gone(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
