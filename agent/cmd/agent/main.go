// Command agent runs pipelines of stages that models, commands and people carry out, and has the tools that such pipelines
// call.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"twinset.dev/agent/internal/storecmd"
	"twinset.dev/agent/technique"
)

// errFailed is returned when the thing asked about is not so: a pipeline failed, a check found something. The program then
// exits with 1; with 2 when it could not do what it was told.
var errFailed = errors.New("failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := rootCommand().ExecuteContext(ctx)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errFailed), errors.Is(err, technique.ErrNot):
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(2)
	}
}

func failed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errFailed, fmt.Sprintf(format, args...))
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "agent",
		Short:         "Run pipelines of stages that models, commands and people carry out",
		Example:       "  agent lint factory_loop.dot\n  agent run factory_loop.dot --goal 'the users are satisfied' --model claude-opus-5-5\n  agent serve",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	group := func(id, title string, cmds ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, c := range cmds {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("pipelines", "Pipelines:", runCommand(), resumeCommand(), lintCommand(), printCommand(), serveCommand())
	group("agents", "Agents:", codeCommand())
	group("techniques", "What pipelines call:", technique.Commands(summariser)...)
	group("records", "What was done and what it cost:", storecmd.Weather(), storecmd.Spend(), storecmd.Cxdb())
	root.AddCommand(confinedCommand())
	return root
}
