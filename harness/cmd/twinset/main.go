// Command twinset starts the twins side by side, drives their worlds, verifies them against recorded traffic and runs
// scenarios against them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// errBelow is returned when the thing asked about is not so: a figure is below its bar, nothing runs, something differs.
// The program then exits with 1; with 2 when it could not do what it was told.
var errBelow = errors.New("below what was asked for")

// unmet makes such an error of any other.
type unmet struct{ error }

func (unmet) Is(target error) bool { return target == errBelow }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := rootCommand().ExecuteContext(ctx)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errBelow):
		fmt.Fprintln(os.Stderr, "twinset:", err)
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "twinset:", err)
		os.Exit(2)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "twinset",
		Short:         "Digital twins of SaaS products: start them, drive their worlds, prove what runs on them",
		Example:       "  twinset up --detach\n  eval \"$(twinset env)\"\n  twinset journal -f\n  twinset down",
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
	p := &remote{}
	group("run", "Start and stop:", append([]*cobra.Command{upCommand(), downCommand()}, p.controls(statusCommand(p), envCommand(p))...)...)
	group("drive", "Drive a world:", p.controls(worldCommand(p), snapshotCommand(p), restoreCommand(p), resetCommand(p), seedCommand(p),
		clockCommand(p), faultCommand(p), journalCommand(p), outboxCommand(p), actCommand(p), mcpCommand(p))...)
	group("prove", "Prove:", runCommand(), judgeCommand(), reportCommand(), scenarioCommand(), holdoutCommand(), subjectCommand(), verifyCommand(), workerCommand())
	root.AddCommand(confinedCommand())
	return root
}
