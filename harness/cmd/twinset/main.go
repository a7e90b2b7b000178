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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	root := &cobra.Command{
		Use:           "twinset",
		Short:         "Digital twins of SaaS products",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(runCommand(), scenarioCommand(), subjectCommand(), upCommand(), verifyCommand())
	err := root.ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "twinset:", err)
		if errors.Is(err, errBelow) {
			os.Exit(1)
		}
		os.Exit(2)
	}
}
