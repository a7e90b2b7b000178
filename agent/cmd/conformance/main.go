// Command conformance answers the questions by which AttractorBench judges an implementation: one subcommand for each, JSON
// in and JSON out. Models are asked where the environment says (OPENAI_BASE_URL, OPENAI_API_KEY and so on).
//
// https://github.com/strongdm/attractorbench
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"

	"twinset.dev/agent/attractor"
	"twinset.dev/agent/llm"
	llmcontract "twinset.dev/agent/llm/contract"
	"twinset.dev/agent/llm/providers"
	loopcontract "twinset.dev/agent/loop/contract"
)

// pipelines are the subcommands of the third tier, which read files.
var pipelines = map[string]func(ctx context.Context, args []string, out io.Writer) error{
	"parse": parse, "validate": validate, "run": run, "list-handlers": listHandlers,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := answer(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// answer finds the subcommand among those of the three tiers.
func answer(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	client, loop := llmcontract.Commands(os.Getenv), loopcontract.Commands(os.Getenv)
	if len(args) == 0 {
		args = []string{""}
	}
	name, rest := args[0], args[1:]
	if c, ok := pipelines[name]; ok {
		return c(ctx, rest, out)
	}
	first, second := client[name], loop[name]
	switch {
	case first == nil && second == nil:
		names := slices.Concat(slices.Collect(maps.Keys(client)), slices.Collect(maps.Keys(loop)), slices.Collect(maps.Keys(pipelines)))
		slices.Sort(names)
		return fmt.Errorf("usage: conformance %s", strings.Join(names, "|"))
	case len(rest) > 0:
		return fmt.Errorf("%s reads its standard input and takes no arguments", name)
	case first != nil:
		return first(ctx, in, out)
	}
	return second(ctx, in, out)
}

func source(args []string) ([]byte, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("expected one DOT file, got %d arguments", len(args))
	}
	return os.ReadFile(args[0])
}

type node struct {
	ID    string          `json:"id"`
	Type  string          `json:"type"`
	Label string          `json:"label"`
	Attrs attractor.Attrs `json:"attrs"`
}

type edge struct {
	From      string          `json:"from"`
	To        string          `json:"to"`
	Label     string          `json:"label,omitempty"`
	Condition string          `json:"condition,omitempty"`
	Weight    int             `json:"weight"`
	Attrs     attractor.Attrs `json:"attrs"`
}

func parse(_ context.Context, args []string, out io.Writer) error {
	src, err := source(args)
	if err != nil {
		return err
	}
	g, err := attractor.Parse(src)
	if err != nil {
		return err
	}
	nodes, edges := []node{}, []edge{}
	for _, n := range g.Nodes {
		nodes = append(nodes, node{n.ID, g.TypeOf(n), n.Label(), n.Attrs})
	}
	for _, e := range g.Edges {
		edges = append(edges, edge{e.From, e.To, e.Label(), e.Condition(), e.Attrs.Int("weight", 0), e.Attrs})
	}
	return json.NewEncoder(out).Encode(map[string]any{"name": g.Name, "goal": g.Goal(), "graph_attrs": g.Attrs, "nodes": nodes, "edges": edges})
}

func validate(_ context.Context, args []string, out io.Writer) error {
	src, err := source(args)
	if err != nil {
		return err
	}
	ds := []attractor.Diagnostic{}
	if g, err := attractor.Parse(src); err != nil {
		ds = append(ds, attractor.Diagnostic{Rule: "syntax", Severity: attractor.SeverityError, Message: err.Error()})
	} else {
		ds = append(ds, attractor.Lint(g, nil)...)
	}
	return json.NewEncoder(out).Encode(map[string]any{"valid": attractor.Errors(ds) == nil, "diagnostics": ds})
}

func run(ctx context.Context, args []string, out io.Writer) error {
	src, err := source(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := attractor.Options{Logs: dir, RunID: "conformance"}
	client := providers.FromEnv(os.Getenv)
	if _, fallback := client.Providers(); fallback != "" {
		o.Backend = oneCall{client, fallback}
	}
	res, err := attractor.New(o).Run(ctx, src)
	if err != nil {
		return err
	}
	cp, err := attractor.LoadCheckpoint(dir)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{"status": res.Status, "outcome": res.Status, "failure_reason": res.Reason,
		"completed_nodes": res.Path, "context": res.Context, "node_outcomes": cp.Outcomes})
}

func listHandlers(_ context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("list-handlers takes no arguments")
	}
	return json.NewEncoder(out).Encode(attractor.New(attractor.Options{}).Types())
}

// oneCall is a backend that puts a stage's prompt to a model once.
type oneCall struct {
	client   *llm.Client
	provider string
}

func (b oneCall) Run(ctx context.Context, s *attractor.Stage, prompt string) (attractor.Reply, error) {
	provider := b.provider
	if s.Params.Provider != "" {
		provider = s.Params.Provider
	}
	model := s.Params.Model
	if model == "" {
		newest, ok := llm.Latest(provider, "")
		if !ok {
			return attractor.Reply{}, fmt.Errorf("no model of %s is known", provider)
		}
		model = newest.ID
	}
	res, err := b.client.Complete(ctx, llm.Request{Provider: provider, Model: model, Messages: []llm.Message{llm.UserText(prompt)}})
	if err != nil {
		return attractor.Reply{}, err
	}
	return attractor.Reply{Text: res.Message.Text()}, nil
}
