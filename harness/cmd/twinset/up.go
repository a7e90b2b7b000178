package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/harness/universe"
	"twinset.dev/kit/server"
	"twinset.dev/kit/twin"
)

func upCommand() *cobra.Command {
	var o twin.Options
	var host, seed string
	var port int
	var quiet, verbose, background bool
	cmd := &cobra.Command{
		Use:   "up [TWIN...]",
		Short: "Start twins side by side: one company, one clock, one control plane",
		Long: `up starts the named twins, or all of them, in one process, and serves them until it is stopped.

Every twin has a port of its own (okta 7001, jira 7002, slack 7003, google 7007) and the suite has 7000: the dashboard, and a
control plane that spans them all. The lines it prints point SDKs and programs at the twins.`,
		Example:   "  twinset up\n  twinset up --detach && eval \"$(twinset env)\"\n  twinset up slack jira --port 8000\n  twinset up --seed company.yaml --data ./state",
		ValidArgs: universe.Services,
		RunE: func(cmd *cobra.Command, services []string) error {
			if background && os.Getenv(logVariable) == "" {
				return detach(cmd)
			}
			began, started := time.Now(), server.Hurry()
			level := slog.LevelInfo
			if verbose {
				level = slog.LevelDebug
			}
			o.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
			o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
			if seed != "" {
				doc, err := os.ReadFile(seed)
				if err != nil {
					return err
				}
				o.Seed = doc
			}
			u, err := universe.New(o, services...)
			if err != nil {
				return err
			}
			if err := u.Listen(host, port); err != nil {
				return err
			}
			started()
			if !quiet {
				greet(cmd.OutOrStdout(), u, time.Since(began))
			}
			remove, err := note(u.URL())
			if err != nil {
				return err
			}
			defer remove()
			return u.Serve(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&host, "host", "127.0.0.1", "listen on this `address`")
	f.IntVar(&port, "port", universe.Port, "the suite's port `number`; twins follow it, 0 takes any free ones")
	f.StringVar(&seed, "seed", "", "start from this seed `file` (YAML or JSON) instead of the demo company")
	f.StringVar(&o.Data, "data", "", "keep state in this `directory`; in memory if empty")
	f.BoolVar(&o.NoSync, "no-sync", false, "with --data: acknowledge before the disk has it")
	f.Uint64Var(&o.WorldSeed, "world-seed", 1, "`number` that ids, secrets and chance derive from")
	f.StringVar(&o.BaseURL, "base-url", "", "what links begin with, as in https://{twin}.example.test; the host the caller used if empty")
	f.BoolVar(&o.Strict, "strict", false, "check every answer against the public spec and log what differs")
	f.StringVar(&o.Admin, "admin-token", "", "bearer `token` the control plane asks for")
	f.StringSliceVar(&o.Egress, "allow-egress", nil, "`hosts` that deliveries may reach although they are not loopback")
	f.IntVar(&o.History, "history", 0, "changes kept per world for diff and time travel; 0 is 65536, -1 none")
	f.BoolVarP(&background, "detach", "d", false, "return once the twins answer, and leave them running; twinset down stops them")
	f.BoolVarP(&quiet, "quiet", "q", false, "do not print the lines to paste")
	f.BoolVarP(&verbose, "verbose", "v", false, "log more")
	return cmd
}

// greet says what runs where, and the lines that point programs at it.
func greet(out io.Writer, u *universe.Universe, took time.Duration) {
	fmt.Fprintf(out, "%d twins in %d ms, dashboard on %s/_twin/ui\n\n", len(u.Twins), took.Milliseconds(), u.URL())
	w, _ := u.World(twin.DefaultWorld)
	for _, b := range u.Twins {
		fmt.Fprintf(out, "# %s: %s%s\n", b.Title, b.URLIn(w, nil), b.UI)
		server.Lines(out, b.Neighbours()...)
		fmt.Fprintln(out)
	}
}
