// Command llmtest serves a language model without one: scripts or a deterministic brain behind the protocols of Anthropic, OpenAI and
// Gemini.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/llmtest"
)

// errLeft is a script that was not played to its end.
var errLeft = errors.New("not all of the script was asked for")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := command()
	err := cmd.ExecuteContext(ctx)
	switch {
	case errors.Is(err, errLeft):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "llmtest:", err)
		os.Exit(2)
	}
}

// options are what the command line says.
type options struct {
	listen, script, brain, patches, truth string
	targets                               []string
	p, sens, spec                         float64
	seed                                  uint64
}

func command() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "llmtest (--script FILE | --brain NAME)",
		Short: "Serve a scripted or deterministic language model",
		Long: `Serve a language model without one, at the paths of the vendors' APIs.

Every API key plays the script from its beginning, in a namespace of its own. Brains:
  fixer, lazy, hardcoder    edit files by --patches
  null                      says that it is done
  looper                    makes the same call for ever
  thief                     tries to see --target, and says what it saw
  flaky                     is a fixer with chance --p and else null, by --seed
  oracle, noisy, gullible, verbose
                            judges that know the truth by the pattern --truth; noisy with --sens and --spec

When it is stopped, and steps of a script are left in a namespace that was used, it says so and exits with 1.`,
		Example: "  llmtest --script steps.yaml\n  llmtest --brain fixer --patches patches.yaml --listen 127.0.0.1:9999\n" +
			"  llmtest --brain oracle --truth '(?m)^\\[c1\\] final_state check, pass'",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := o.server()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), server, o.listen, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:9999", "where to serve")
	f.StringVar(&o.script, "script", "", "script in YAML")
	f.StringVar(&o.brain, "brain", "", "brain instead of a script")
	f.StringVar(&o.patches, "patches", "", "patches in YAML, for fixer, lazy, hardcoder and flaky")
	f.StringArrayVar(&o.targets, "target", nil, "what a thief wants to see")
	f.StringVar(&o.truth, "truth", "", "pattern in the record of what satisfies, for judges")
	f.Float64Var(&o.p, "p", 0.5, "chance of flaky to be good")
	f.Float64Var(&o.sens, "sens", 0.9, "chance of noisy to be right about what satisfies")
	f.Float64Var(&o.spec, "spec", 0.9, "chance of noisy to be right about the rest")
	f.Uint64Var(&o.seed, "seed", 1, "seed of flaky and noisy")
	return cmd
}

// server is what the options ask for.
func (o options) server() (*llmtest.Server, error) {
	if (o.script == "") == (o.brain == "") {
		return nil, errors.New("say either --script or --brain")
	}
	if o.script != "" {
		data, err := os.ReadFile(o.script)
		if err != nil {
			return nil, err
		}
		script, err := llmtest.ParseScript(data)
		return &llmtest.Server{Script: script}, err
	}
	brain, err := o.named()
	return &llmtest.Server{Brain: brain}, err
}

func (o options) named() (llmtest.Brain, error) {
	switch o.brain {
	case "null":
		return llmtest.Null, nil
	case "looper":
		return llmtest.Looper, nil
	case "thief":
		if len(o.targets) == 0 {
			return nil, errors.New("what shall the thief look for? say --target")
		}
		return llmtest.Thief(o.targets...), nil
	case "fixer", "lazy", "hardcoder", "flaky":
		return o.patcher()
	case "oracle", "noisy", "gullible", "verbose":
		return o.judge()
	}
	return nil, fmt.Errorf("no brain is called %q", o.brain)
}

func (o options) patcher() (llmtest.Brain, error) {
	if o.patches == "" {
		return nil, fmt.Errorf("what does a %s know? say --patches", o.brain)
	}
	data, err := os.ReadFile(o.patches)
	if err != nil {
		return nil, err
	}
	p, err := llmtest.ParsePatches(data)
	if err != nil {
		return nil, err
	}
	switch o.brain {
	case "lazy":
		return llmtest.Lazy(p), nil
	case "hardcoder":
		return llmtest.Hardcoder(p), nil
	case "flaky":
		return llmtest.Flaky(o.p, o.seed, llmtest.Fixer(p), llmtest.Null), nil
	}
	return llmtest.Fixer(p), nil
}

func (o options) judge() (llmtest.Brain, error) {
	if o.truth == "" {
		return nil, fmt.Errorf("how does a %s judge know the truth? say --truth", o.brain)
	}
	truth, err := regexp.Compile(o.truth)
	if err != nil {
		return nil, err
	}
	switch o.brain {
	case "noisy":
		return llmtest.Noisy(truth, o.sens, o.spec, o.seed), nil
	case "gullible":
		return llmtest.Gullible(truth), nil
	case "verbose":
		return llmtest.Verbose(llmtest.Oracle(truth)), nil
	}
	return llmtest.Oracle(truth), nil
}

// serve serves until ctx ends, and then says what nobody asked for.
func serve(ctx context.Context, s *llmtest.Server, at string, out io.Writer) error {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	fmt.Fprintf(out, "export ANTHROPIC_BASE_URL=%s ANTHROPIC_API_KEY=test-key\nexport OPENAI_BASE_URL=%s/v1 OPENAI_API_KEY=test-key\n"+
		"export GEMINI_BASE_URL=%s GEMINI_API_KEY=test-key\n", url, url, url)
	web := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan error, 1)
	go func() { done <- web.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := web.Shutdown(last); err != nil {
		return err
	}
	left := 0
	for _, key := range s.Keys() {
		for _, step := range s.Unconsumed(key) {
			fmt.Fprintf(out, "%s: nobody asked for: %s\n", key, step.Title())
			left++
		}
	}
	if left > 0 {
		return errLeft
	}
	return nil
}
