package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"twinset.dev/agent/attractor"
	"twinset.dev/agent/codergen"
	"twinset.dev/agent/llm"
	"twinset.dev/agent/llm/providers"
	"twinset.dev/agent/loop"
	"twinset.dev/agent/loop/mcp"
	"twinset.dev/agent/record"
)

// A coder is what the flags say of the model at work and of where it may act.
type coder struct {
	provider, model      string
	rounds               int
	confined             bool
	read, write, servers []string
	ports                []uint
	meter                meter

	tools    []loop.Tool // of the servers
	manual   string      // what they say of themselves
	fallback string      // the client's first provider
}

func (o *coder) flags(f *pflag.FlagSet) {
	f.StringVar(&o.model, "model", "", "the model (default the provider's newest)")
	f.StringVar(&o.provider, "provider", "", "openai, anthropic, gemini or openai-compatible (default whose model it is, else the first with a key)")
	f.IntVar(&o.rounds, "rounds", 0, "most rounds of tools for one task (default 200)")
	f.BoolVar(&o.confined, "confined", false, "tools reach nothing but the work directory, the system's programs and what the next three flags name")
	f.StringArrayVar(&o.read, "read", nil, "a path that confined tools may read too (may be repeated)")
	f.StringArrayVar(&o.write, "write", nil, "a directory that confined tools may write too (may be repeated)")
	f.UintSliceVar(&o.ports, "port", nil, "a TCP port that confined commands may connect to (may be repeated)")
	o.meter.flags(f)
	f.StringArrayVar(&o.servers, "mcp", nil, "a server whose tools the model gets, by the Model Context Protocol over HTTP; $MCP_TOKEN is its bearer token (may be repeated)")
}

// open finds the model's provider and the servers' tools; every request goes through the layers, is recorded, and metered. done closes the connections.
func (o *coder) open(ctx context.Context, rec *recorder, layers ...llm.Middleware) (client *llm.Client, done func(), err error) {
	prices, err := o.meter.sheet()
	if err != nil {
		return nil, nil, err
	}
	inner, stop, err := o.meter.open(ctx, rec)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	client = providers.FromEnv(o.meter.getenv, slices.Concat(layers, []llm.Middleware{rec.trace(prices)}, inner)...)
	if _, o.fallback = client.Providers(); o.fallback == "" {
		return nil, nil, errors.New("no model can be asked: set ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY or OPENAI_COMPATIBLE_BASE_URL")
	}
	var open []*mcp.Server
	done = func() {
		stop()
		for _, s := range open {
			s.Close()
		}
	}
	for _, url := range o.servers {
		s, err := mcp.Connect(ctx, url, os.Getenv("MCP_TOKEN"))
		if err != nil {
			done()
			return nil, nil, err
		}
		open = append(open, s)
		tools, err := s.Tools(ctx)
		if err != nil {
			done()
			return nil, nil, err
		}
		o.tools = append(o.tools, tools...)
		if about := s.Instructions(); about != "" {
			o.manual += "\nAbout the tools of " + url + ":\n" + about + "\n"
		}
	}
	return client, done, nil
}

// profile is how the model works that a stage asks for, or else the flags.
func (o *coder) profile(want attractor.ModelParams) (loop.Profile, error) {
	model := cmp.Or(want.Model, o.model)
	provider := cmp.Or(want.Provider, o.provider, loop.ProviderOf(model), o.fallback)
	if model == "" {
		newest, ok := llm.Latest(provider, "tools")
		if !ok {
			return loop.Profile{}, fmt.Errorf("no model of %s is known: name one with --model", provider)
		}
		model = newest.ID
	}
	p := loop.ProfileOf(provider, model).With(o.tools...)
	p.Base += o.manual
	return p, nil
}

// environment is where the tools act. More directories are writable to a confined one.
func (o *coder) environment(dir string, more ...string) (loop.Environment, error) {
	local, err := loop.NewLocal(dir)
	if err != nil || !o.confined {
		return local, err
	}
	box := loop.Box{Read: o.read, Write: append(slices.Clone(o.write), more...)}
	for _, p := range o.ports {
		if p > 65535 {
			return nil, fmt.Errorf("--port %d is no port", p)
		}
		box.Ports = append(box.Ports, uint16(p))
	}
	return loop.NewConfined(local, box)
}

// warn says which of the directories that tools should leave alone confined tools can write to.
func (o *coder) warn(w io.Writer, work string, dirs ...string) {
	for _, dir := range dirs {
		for _, open := range append([]string{work}, o.write...) {
			if o.confined && dir != "none" && !strings.Contains(dir, "://") && inside(dir, open) {
				fmt.Fprintf(w, "agent: warning: the model's tools can change %s, which is in %s\n", dir, open)
			}
		}
	}
}

func inside(path, dir string) bool {
	path, _ = filepath.Abs(path)
	dir, _ = filepath.Abs(dir)
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// A stager is what the flags say of who carries out the model stages of pipelines.
type stager struct {
	coder
	recorder
	backend string
}

func (o *stager) flags(f *pflag.FlagSet) {
	f.StringVar(&o.backend, "backend", "model", "what carries out model stages: model, or simulate, which answers every prompt with a fixed text")
	o.coder.flags(f)
	o.recorder.flags(f)
}

// open gives the backend, and opens the record; done ends both.
func (o *stager) open(ctx context.Context) (b attractor.Backend, done func() error, err error) {
	if o.backend != "model" && o.backend != "simulate" {
		return nil, nil, fmt.Errorf("--backend %s: not known; choose model or simulate", o.backend)
	}
	recorded, err := o.recorder.open()
	if err != nil || o.backend == "simulate" {
		return nil, recorded, err
	}
	client, disconnect, err := o.coder.open(ctx, &o.recorder)
	if err != nil {
		return nil, nil, errors.Join(err, recorded())
	}
	sessions := &codergen.Backend{LLM: client, Profile: o.profile, Config: loop.Config{Stream: true, MaxRounds: o.rounds},
		Environment: func(s *attractor.Stage) (loop.Environment, error) { return o.environment(s.Work, s.Dir) },
		Observe:     func(s *attractor.Stage, e loop.Event) { o.session(s.Run, s.Node.ID, e) }}
	return sessions, func() error {
		sessions.Close()
		disconnect()
		return recorded()
	}, nil
}

// both has two observers hear the same.
func both(a, b func(attractor.Event)) func(attractor.Event) {
	return func(e attractor.Event) {
		a(e)
		b(e)
	}
}

func codeCommand() *cobra.Command {
	var o coder
	var rec recorder
	var work, instructions, effort string
	var lines bool
	c := &cobra.Command{
		Use:   "code TASK",
		Short: "Have a model do one task in a directory; exits with 1 when it was not done in time and 2 when it could not be done",
		Long: `code opens one session, has the model work on the task until it is done, and prints its last words. What it does on the way is
told on standard error. The task - is read from standard input.`,
		Example: "  agent code 'make the tests pass' --work ~/project\n  agent code 'file the bug in Jira' --mcp http://127.0.0.1:7000/_twin/mcp --confined",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			task := args[0]
			if task == "-" {
				b, err := io.ReadAll(c.InOrStdin())
				if err != nil {
					return err
				}
				task = string(b)
			}
			if strings.TrimSpace(task) == "" {
				return errors.New("the task is empty")
			}
			recorded, err := rec.open()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, recorded()) }()
			o.warn(c.ErrOrStderr(), work, rec.where)
			client, done, err := o.open(c.Context(), &rec)
			if err != nil {
				return err
			}
			defer done()
			profile, err := o.profile(attractor.ModelParams{})
			if err != nil {
				return err
			}
			env, err := o.environment(work)
			if err != nil {
				return err
			}
			if e, ok := env.(io.Closer); ok {
				defer e.Close()
			}
			tell := narrate(c.ErrOrStderr())
			if lines {
				out := json.NewEncoder(c.OutOrStdout())
				tell = func(e loop.Event) { out.Encode(e) }
			}
			run := "code-" + time.Now().UTC().Format("20060102-150405.000")
			config := loop.Config{ID: run, Stream: true, MaxRounds: o.rounds, ReasoningEffort: effort, Instructions: instructions,
				Events: func(e loop.Event) { tell(e); rec.session(run, "", e) }}
			rec.begin(record.RunStarted{Run: run, Pipeline: "code", Goal: task, Started: record.At(time.Now()), About: record.Metadata{Client: "agent code"}}, false)
			ctx := llm.WithTags(c.Context(), llm.Tags{Run: run, Purpose: "build"})
			session, err := loop.New(ctx, client, profile, env, config)
			if err != nil {
				return err
			}
			defer session.Close()
			answer, err := session.Submit(ctx, task)
			rec.finish(run, answer, err)
			if err != nil {
				return err
			}
			if !lines {
				fmt.Fprintln(c.OutOrStdout(), answer.Text)
			}
			if answer.Limited {
				return failed("it was not done after %d rounds of tools", answer.Rounds)
			}
			return nil
		},
	}
	o.flags(c.Flags())
	rec.flags(c.Flags())
	c.Flags().StringVar(&effort, "effort", "", "reasoning effort: low, medium, high")
	c.Flags().StringVar(&work, "work", ".", "the directory to work in")
	c.Flags().StringVar(&instructions, "instructions", "", "more instructions, which win over all others")
	c.Flags().BoolVar(&lines, "json", false, "print the session's events, one JSON object a line, and nothing else")
	return c
}

// narrate tells a person what a session does. It leaves out its last words, which are the answer.
func narrate(w io.Writer) func(loop.Event) {
	said := ""
	return func(e loop.Event) {
		if e.Parent == "" && e.Kind == loop.ToolCallStart && said != "" {
			fmt.Fprintln(w, said)
			said = ""
		}
		who := ""
		if e.Parent != "" {
			who = strings.TrimPrefix(e.Session, e.Parent+"/") + ": "
		}
		switch e.Kind {
		case loop.ToolCallStart:
			fmt.Fprintf(w, "%s%s %s\n", who, e.Call.Name, clip(e.Call.Args))
		case loop.ToolCallEnd:
			if e.IsError {
				fmt.Fprintf(w, "%s%s\n", who, clip(e.Output))
			}
		case loop.AssistantTextEnd:
			if e.Parent == "" {
				said = e.Text
			} else if e.Text != "" {
				fmt.Fprintf(w, "%s%s\n", who, e.Text)
			}
		case loop.Warning, loop.LoopDetection, loop.TurnLimit:
			fmt.Fprintf(w, "%s%s: %s\n", who, e.Kind, e.Text)
		}
	}
}

// clip is the beginning of a text, on one line.
func clip(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 150 {
		return string(r[:150]) + "…"
	}
	return string(r)
}

// confinedCommand is what confined tools are started by: see [loop.NewConfined].
func confinedCommand() *cobra.Command {
	return &cobra.Command{
		Use: loop.ConfinedCommand + " BOX [-- PROGRAM [ARG...]]", Short: "Become a program that can reach nothing but a box", Hidden: true,
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			return loop.ServeConfined(args, c.InOrStdin(), c.OutOrStdout())
		},
	}
}
