package storecmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/cxdb"
	"twinset.dev/agent/record"
	"twinset.dev/agent/spend"
	"twinset.dev/agent/weather"
)

// A form writes a report; each has a file name.
type form struct {
	name  string
	write func(io.Writer) error
}

// publish writes all forms into a directory, or one of them to standard output.
func publish(c *cobra.Command, dir, format string, forms map[string]form) error {
	if dir == "" {
		f, ok := forms[format]
		if !ok {
			return fmt.Errorf("there is no format %q", format)
		}
		return f.write(c.OutOrStdout())
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, f := range forms {
		out, err := os.Create(filepath.Join(dir, f.name))
		if err != nil {
			return err
		}
		if err := errors.Join(f.write(out), out.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Weather is the command weather.
func Weather() *cobra.Command {
	var dir, format string
	var window time.Duration
	c := &cobra.Command{
		Use:     "weather",
		Short:   "Report how models do at each class of work",
		Example: "  agent weather\n  agent weather --dir public\n  agent weather prefer code claude-opus-4-6 --by dana --reason 'demo on Friday' --for 48h",
		Args:    cobra.NoArgs,
	}
	where := storeFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return with(*where, func(api cxdb.API) error {
			r, err := weather.Read(c.Context(), api, weather.Options{Now: time.Now(), Window: window})
			if err != nil {
				return err
			}
			return publish(c, dir, format, map[string]form{"md": {"weather.md", r.Markdown}, "html": {"weather.html", r.HTML},
				"json": {"weather.json", r.JSON}, "feed": {"feed.xml", r.Feed}})
		})
	}
	c.Flags().StringVar(&dir, "dir", "", "write weather.html, weather.md, weather.json and feed.xml into a directory")
	c.Flags().StringVar(&format, "format", "md", "what to print: md, html, json or feed")
	c.Flags().DurationVar(&window, "window", 7*24*time.Hour, "how far back the report looks; changes are against as long before")
	c.AddCommand(preferCommand(where))
	return c
}

// preferCommand records a person's choice of a model, with its reason and its end.
func preferCommand(where *string) *cobra.Command {
	var o record.Override
	var lasts time.Duration
	c := &cobra.Command{
		Use:   "prefer USE MODEL",
		Short: "Prefer a model for a use, whatever was measured, for a while",
		Args:  cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return with(*where, func(api cxdb.API) error {
				now := time.Now()
				o.Use, o.Model, o.From, o.Until = args[0], args[1], record.At(now), record.At(now.Add(lasts))
				run, err := record.Begin(c.Context(), api, record.RunStarted{Run: "override-" + now.UTC().Format("20060102T150405.000"),
					Pipeline: "prefer " + o.Model + " for " + o.Use, Started: record.At(now)})
				if err != nil {
					return err
				}
				return run.Put(c.Context(), o)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&o.Effort, "effort", "", "with this effort")
	f.StringVar(&o.Reason, "reason", "", "why")
	f.StringVar(&o.By, "by", "", "who says so")
	f.DurationVar(&lasts, "for", 7*24*time.Hour, "how long it holds")
	for _, name := range []string{"reason", "by"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // it is there
		}
	}
	return c
}

// Spend is the command spend.
func Spend() *cobra.Command {
	var dir, format, calendar string
	var engineers int
	c := &cobra.Command{
		Use:   "spend",
		Short: "Report what models cost, and what that bought",
		Args:  cobra.NoArgs,
	}
	where := storeFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		o := spend.Options{Now: time.Now()}
		switch {
		case engineers < 1:
			return errors.New("--engineers is at least 1")
		case calendar != "":
			var err error
			if o.Calendar, err = spend.ReadCalendar(calendar); err != nil {
				return err
			}
		default:
			o.Calendar.Weekdays = map[string]int{}
			for d := range 7 {
				o.Calendar.Weekdays[[]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[d]] = engineers
			}
		}
		return with(*where, func(api cxdb.API) error {
			r, err := spend.Read(c.Context(), api, o)
			if err != nil {
				return err
			}
			return publish(c, dir, format, map[string]form{"text": {"spend.txt", r.Text}, "md": {"spend.md", r.Markdown},
				"html": {"spend.html", r.HTML}, "json": {"spend.json", r.JSON}})
		})
	}
	c.Flags().StringVar(&dir, "dir", "", "write spend.html, spend.md, spend.json and spend.txt into a directory")
	c.Flags().StringVar(&format, "format", "text", "what to print: text, md, html or json")
	c.Flags().IntVar(&engineers, "engineers", 1, "how many are on duty every day")
	c.Flags().StringVar(&calendar, "calendar", "", `who is on duty when: {"weekdays": {"mon": 3}, "days": {"2026-12-24": 1}}`)
	return c
}
