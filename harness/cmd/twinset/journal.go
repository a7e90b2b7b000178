package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/kit/twin"
)

func journalCommand(p *remote) *cobra.Command {
	var follow, failed bool
	var since uint64
	var last int
	var only string
	c := &cobra.Command{
		Use: "journal", Short: "Show the requests that a world has answered", Args: cobra.NoArgs,
		Long:    "journal shows what was asked of the twins, by whom, what they answered, and what brought it about. With --json each request is a line.",
		Example: "  twinset journal -f\n  twinset journal --twin slack --failed\n  twinset journal --json | jq .operation",
		RunE: func(c *cobra.Command, _ []string) error {
			accept, path := "application/x-ndjson", p.In("/journal?since="+strconv.FormatUint(since, 10))
			if follow {
				accept = "text/event-stream"
			}
			res, err := p.Open(c.Context(), http.MethodGet, path, nil, accept)
			if err != nil {
				return err
			}
			defer res.Body.Close()
			asJSON, _ := c.Flags().GetBool("json")
			keep := func(e twin.Entry) bool {
				return (only == "" || e.Twin == only) && (!failed || e.Error != "" || e.Status >= 400 || e.Status == 0)
			}
			var held []twin.Entry
			err = entries(res.Body, func(e twin.Entry) error {
				switch {
				case !keep(e):
				case follow:
					return printEntries(c.OutOrStdout(), asJSON, e)
				default:
					held = append(held, e)
				}
				return nil
			})
			if err != nil && c.Context().Err() == nil {
				return err
			}
			if last > 0 && len(held) > last {
				held = held[len(held)-last:]
			}
			return printEntries(c.OutOrStdout(), asJSON, held...)
		},
	}
	f := c.Flags()
	f.BoolVarP(&follow, "follow", "f", false, "go on as requests come in")
	f.Uint64Var(&since, "since", 0, "show what came after this `seq`")
	f.IntVarP(&last, "last", "n", 0, "show the last so many; 0 is all that are kept")
	f.StringVar(&only, "twin", "", "show this `twin` alone")
	f.BoolVar(&failed, "failed", false, "show what was refused or went wrong alone")
	return c
}

// entries reads a journal, as JSON lines or as server-sent events.
func entries(r io.Reader, each func(twin.Entry) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := strings.TrimPrefix(lines.Text(), "data: ")
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var e twin.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return lines.Err()
}

func printEntries(out io.Writer, asJSON bool, all ...twin.Entry) error {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for _, e := range all {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range all {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\t%s\n", e.Seq, e.At.Format(time.TimeOnly), e.Twin, e.Status, e.Operation, e.Method+" "+e.Path, remarks(e))
	}
	return w.Flush()
}

// remarks are what is worth knowing of a request beside what it was.
func remarks(e twin.Entry) string {
	var parts []string
	for _, s := range []string{e.Actor, e.Error} {
		if s != "" {
			parts = append(parts, strings.SplitN(s, "\n", 2)[0])
		}
	}
	if e.Fault != "" {
		parts = append(parts, "fault "+e.Fault)
	}
	if e.Cause != "" {
		parts = append(parts, "because of "+e.Cause)
	}
	if len(e.Ignored) > 0 {
		parts = append(parts, "ignored "+strings.Join(e.Ignored, " "))
	}
	return strings.Join(parts, ", ")
}

func outboxCommand(p *remote) *cobra.Command {
	c := &cobra.Command{
		Use: "outbox", Short: "Show what the twins have sent, and send it again", Args: cobra.NoArgs, Example: "  twinset outbox\n  twinset outbox redeliver D0006a1b2c3",
		RunE: func(c *cobra.Command, _ []string) error {
			var all struct {
				Deliveries []struct {
					ID       string            `json:"id"`
					Twin     string            `json:"twin"`
					Kind     string            `json:"kind"`
					State    string            `json:"state"`
					URL      string            `json:"url"`
					Subject  string            `json:"subject"`
					Attempts []json.RawMessage `json:"attempts"`
				} `json:"deliveries"`
			}
			if err := p.Call(c.Context(), http.MethodGet, p.In("/outbox"), nil, &all); err != nil {
				return err
			}
			return show(c, all.Deliveries, func(w *tabwriter.Writer) {
				fmt.Fprintln(w, "DELIVERY\tTWIN\tKIND\tSTATE\tATTEMPTS\tTO")
				for _, d := range all.Deliveries {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", d.ID, d.Twin, d.Kind, d.State, len(d.Attempts), strings.TrimSpace(d.URL+" "+d.Subject))
				}
			})
		},
	}
	c.AddCommand(&cobra.Command{
		Use: "redeliver ID", Short: "Make another attempt at a delivery", Example: "  twinset outbox redeliver D0006a1b2c3", Args: cobra.ExactArgs(1),
		ValidArgsFunction: one(p.complete("/_twin/worlds/{world}/outbox", "deliveries", "id")),
		RunE: func(c *cobra.Command, args []string) error {
			return p.Call(c.Context(), http.MethodPost, p.In("/outbox/redeliver"), map[string]string{"id": args[0]}, nil)
		},
	})
	return c
}

func actCommand(p *remote) *cobra.Command {
	var on string
	c := &cobra.Command{
		Use: "act [ACTION [JSON]]", Short: "Do what a person does in a product: click, approve, type a command", Args: cobra.MaximumNArgs(2),
		Long:              "Without an action, act lists those there are. The action's particulars are JSON; - reads them from standard input.",
		Example:           "  twinset act\n  twinset act slash '{\"command\":\"/rocket\",\"user\":\"ana\",\"channel\":\"general\"}'",
		ValidArgsFunction: one(p.complete("/_twin/worlds/{world}/actions", "actions", "")),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				var all struct{ Actions []string }
				if err := p.Call(c.Context(), http.MethodGet, p.In("/actions"), nil, &all); err != nil {
					return err
				}
				return show(c, all.Actions, func(w *tabwriter.Writer) {
					for _, a := range all.Actions {
						fmt.Fprintln(w, a)
					}
				})
			}
			body := []byte("{}")
			if len(args) > 1 {
				body = []byte(args[1])
				if args[1] == "-" {
					var err error
					if body, err = io.ReadAll(c.InOrStdin()); err != nil {
						return err
					}
				}
			}
			if !json.Valid(body) {
				return errors.New("what comes after the action is JSON")
			}
			return p.Call(c.Context(), http.MethodPost, p.In("/actions/"+url.PathEscape(args[0])+"?twin="+url.QueryEscape(on)), body, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&on, "twin", "", "the `twin` it is done in, if several know the action")
	return c
}
