package main

import (
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func clockCommand(p *remote) *cobra.Command {
	c := &cobra.Command{
		Use: "clock", Short: "Show, freeze, set and advance the world's clock", Args: cobra.NoArgs,
		Long:    "Without a subcommand, clock shows the time in the world. Advancing it does in order all that falls due on the way: scheduled\nmessages, expiring tokens, retries.",
		Example: "  twinset clock\n  twinset clock freeze\n  twinset clock set 2026-03-02T09:30:00Z\n  twinset clock advance 7d",
		RunE:    func(c *cobra.Command, _ []string) error { return p.time(c, http.MethodGet, "/clock", nil) },
	}
	c.AddCommand(
		&cobra.Command{
			Use: "freeze", Short: "Let time stand still", Example: "  twinset clock freeze", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error {
				return p.time(c, http.MethodPut, "/clock", map[string]string{"mode": "frozen"})
			},
		},
		&cobra.Command{
			Use: "run", Short: "Let time run, from the real time of now", Example: "  twinset clock run", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error {
				return p.time(c, http.MethodPut, "/clock", map[string]string{"mode": "real"})
			},
		},
		&cobra.Command{
			Use: "set TIME", Short: "Set the time, as in 2026-03-02T09:30:00Z", Example: "  twinset clock set 2026-03-02T09:30:00Z", Args: cobra.ExactArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				t, err := time.Parse(time.RFC3339, args[0])
				if err != nil {
					return fmt.Errorf("%q is no time such as 2026-03-02T09:30:00Z", args[0])
				}
				return p.time(c, http.MethodPut, "/clock", map[string]any{"now": t})
			},
		},
		&cobra.Command{
			Use: "advance DURATION", Short: "Move time on, as in 90s, 24h or 7d", Example: "  twinset clock advance 24h", Args: cobra.ExactArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				return p.time(c, http.MethodPost, "/clock/advance", map[string]string{"by": args[0]})
			},
		})
	return c
}

// time asks about the clock and shows what it says then.
func (p *remote) time(c *cobra.Command, method, path string, body any) error {
	var now struct {
		Mode string    `json:"mode"`
		Now  time.Time `json:"now"`
	}
	if err := p.Call(c.Context(), method, p.In(path), body, &now); err != nil {
		return err
	}
	return show(c, now, func(w *tabwriter.Writer) { fmt.Fprintf(w, "%s\t%s\n", now.Now.Format(time.RFC3339), now.Mode) })
}
