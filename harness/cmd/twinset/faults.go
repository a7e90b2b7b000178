package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twinset.dev/kit/twin"
)

func faultCommand(p *remote) *cobra.Command {
	c := &cobra.Command{
		Use: "fault", Short: "Break the twins on purpose, in the vendors' own words",
		Example: "  twinset fault add --twin okta --status 429 --retry-after 2 --times 2\n  twinset fault add --operation 'chat.*' --error ratelimited --probability 0.1\n  twinset fault limits vendor\n  twinset fault ls",
	}
	c.AddCommand(p.faultList(), p.faultAdd(), p.faultRemove(), p.faultLimits())
	return c
}

func (p *remote) faultList() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the faults that are set", Example: "  twinset fault ls", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var all struct{ Faults []twin.Fault }
			if err := p.Call(c.Context(), http.MethodGet, p.In("/faults"), nil, &all); err != nil {
				return err
			}
			return show(c, all.Faults, func(w *tabwriter.Writer) {
				fmt.Fprintln(w, "FAULT\tSTRIKES\tDOES\tFIRED")
				for _, f := range all.Faults {
					fmt.Fprintf(w, "%s\t%s\t%s\t%d of %d\n", f.ID, strikes(f), does(f), f.Fired, f.Matched)
				}
			})
		},
	}
}

// strikes says in words what a fault is for.
func strikes(f twin.Fault) string {
	var parts []string
	for _, s := range []string{f.Twin, f.Operation, strings.ToUpper(f.Method), f.Path} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if f.Times > 0 {
		parts = append(parts, fmt.Sprintf("%d times", f.Times))
	}
	if f.Every > 1 {
		parts = append(parts, fmt.Sprintf("every %d.", f.Every))
	}
	if f.Probability > 0 {
		parts = append(parts, fmt.Sprintf("p=%g", f.Probability))
	}
	if parts == nil {
		return "everything"
	}
	return strings.Join(parts, " ")
}

// does says in words what a fault does.
func does(f twin.Fault) string {
	var parts []string
	add := func(is bool, format string, v ...any) {
		if is {
			parts = append(parts, fmt.Sprintf(format, v...))
		}
	}
	add(f.Error != "", "%s", f.Error)
	add(f.Status != 0, "status %d", f.Status)
	add(f.Latency != "", "waits %s", f.Latency)
	add(f.Drop, "drops the connection")
	add(f.Truncate > 0, "cuts at %d bytes", f.Truncate)
	add(f.RetryAfter > 0, "retry after %d s", f.RetryAfter)
	add(f.When == "after", "after the commit")
	add(f.RateLimits != "", "rate limits: %s", f.RateLimits)
	return strings.Join(parts, ", ")
}

func (p *remote) faultAdd() *cobra.Command {
	var f twin.Fault
	c := &cobra.Command{
		Use: "add", Short: "Set a fault", Args: cobra.NoArgs,
		Example: "  twinset fault add --twin jira --status 503 --every 5\n  twinset fault add --operation chat.postMessage --drop --when after",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := p.Call(c.Context(), http.MethodPost, p.In("/faults"), f, &f); err != nil {
				return err
			}
			return show(c, f, func(w *tabwriter.Writer) { fmt.Fprintln(w, f.ID) })
		},
	}
	fs := c.Flags()
	fs.StringVar(&f.Twin, "twin", "", "strike this `twin` alone")
	fs.StringVar(&f.Operation, "operation", "", "strike operations whose id fits this `glob`")
	fs.StringVar(&f.Method, "method", "", "strike requests with this HTTP `method`")
	fs.StringVar(&f.Path, "path", "", "strike requests whose path fits this `glob`")
	fs.StringVar(&f.Error, "error", "", "the vendor's error `code` to answer, in the vendor's shape")
	fs.IntVar(&f.Status, "status", 0, "the HTTP `status` to answer")
	fs.StringVar(&f.Latency, "latency", "", "wait this `duration` first, as in 250ms")
	fs.BoolVar(&f.Drop, "drop", false, "end the connection without an answer")
	fs.IntVar(&f.Truncate, "truncate", 0, "cut the answer after this many `bytes`")
	fs.StringVar(&f.When, "when", "", "before (the default) or after the commit")
	fs.IntVar(&f.Times, "times", 0, "strike this `often`; 0 is always")
	fs.IntVar(&f.Every, "every", 0, "strike each `n`-th match alone")
	fs.Float64Var(&f.Probability, "probability", 0, "strike with this `chance`, seeded; 0 is always")
	fs.IntVar(&f.RetryAfter, "retry-after", 0, "tell the caller to wait this many `seconds`")
	c.RegisterFlagCompletionFunc("when", cobra.FixedCompletions([]string{"before", "after"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (p *remote) faultRemove() *cobra.Command {
	return &cobra.Command{
		Use: "rm [FAULT...]", Short: "Remove faults, or all of them", Example: "  twinset fault rm F1\n  twinset fault rm",
		ValidArgsFunction: p.complete("/_twin/worlds/{world}/faults", "faults", "id"),
		RunE: func(c *cobra.Command, ids []string) error {
			if len(ids) == 0 {
				return p.Call(c.Context(), http.MethodDelete, p.In("/faults"), nil, nil)
			}
			for _, id := range ids {
				if err := p.Call(c.Context(), http.MethodDelete, p.In("/faults/"+url.PathEscape(id)), nil, nil); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (p *remote) faultLimits() *cobra.Command {
	return &cobra.Command{
		Use: "limits vendor|off", Short: "Keep the vendors' rate limits, or none", Example: "  twinset fault limits vendor", Args: cobra.ExactArgs(1), ValidArgs: []string{"vendor", "off"},
		RunE: func(c *cobra.Command, args []string) error {
			return p.Call(c.Context(), http.MethodPost, p.In("/faults"), twin.Fault{RateLimits: args[0]}, nil)
		},
	}
}
