// Command cxdb serves, reads and writes a context store.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"twinset.dev/agent/internal/storecmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	c := storecmd.Cxdb()
	c.SilenceErrors, c.SilenceUsage = true, true
	err := c.ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cxdb:", err)
		os.Exit(1)
	}
}
