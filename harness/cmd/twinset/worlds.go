package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// A worldLine is a world as the control plane describes it.
type worldLine struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	URL     string `json:"url"`
	Clock   struct {
		Mode string    `json:"mode"`
		Now  time.Time `json:"now"`
	} `json:"clock"`
	URLs        map[string]string `json:"urls,omitempty"`
	Credentials struct {
		Env map[string]string `json:"env"`
	} `json:"credentials,omitzero"`
}

func worldCommand(p *remote) *cobra.Command {
	c := &cobra.Command{Use: "world", Short: "List, fork, compare and drop worlds", Example: "  twinset world fork trial-1\n  twinset world diff --world trial-1\n  twinset world drop trial-1"}
	c.AddCommand(p.worldList(), p.worldFork(), p.worldDrop(), p.worldDiff())
	return c
}

func (p *remote) worldList() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the worlds there are", Example: "  twinset world ls --json", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var all struct {
				Worlds []worldLine `json:"worlds"`
			}
			if err := p.Call(c.Context(), http.MethodGet, "/_twin/worlds", nil, &all); err != nil {
				return err
			}
			return show(c, all.Worlds, func(w *tabwriter.Writer) {
				fmt.Fprintln(w, "WORLD\tVERSION\tCLOCK\tURL")
				for _, l := range all.Worlds {
					fmt.Fprintf(w, "%s\t%d\t%s %s\t%s\n", l.Name, l.Version, l.Clock.Mode, l.Clock.Now.Format(time.RFC3339), l.URL)
				}
			})
		},
	}
}

func (p *remote) worldFork() *cobra.Command {
	var snapshot string
	var fleeting bool
	c := &cobra.Command{
		Use: "fork [NAME]", Short: "Make a copy of a world, which then lives its own life",
		Long:    "fork copies the world given by --world, with everything in it, and prints the lines that point programs at the copy.",
		Example: "  twinset world fork trial-1\n  eval \"$(twinset world fork)\"\n  twinset world fork --world trial-1 --snapshot before",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			body := map[string]any{"from": p.World, "snapshot": snapshot, "durable": !fleeting}
			if len(args) > 0 {
				body["name"] = args[0]
			}
			var made worldLine
			if err := p.Call(c.Context(), http.MethodPost, "/_twin/worlds", body, &made); err != nil {
				return err
			}
			return show(c, made, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "# world %s\n", made.Name)
				shellLines(w, made.Credentials.Env)
			})
		},
	}
	c.Flags().StringVar(&snapshot, "snapshot", "", "fork from this `snapshot` rather than from now")
	c.Flags().BoolVar(&fleeting, "fleeting", false, "keep the copy in memory even if the twins keep state on disk")
	return c
}

func (p *remote) worldDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME...", Short: "Forget worlds and all that is in them", Example: "  twinset world drop trial-1 trial-2", Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: p.complete("/_twin/worlds", "worlds", "name"),
		RunE: func(c *cobra.Command, names []string) error {
			for _, name := range names {
				if err := p.Call(c.Context(), http.MethodDelete, "/_twin/worlds/"+url.PathEscape(name), nil, nil); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// A difference is one record that is not what it was.
type difference struct {
	Twin       string `json:"twin"`
	Collection string `json:"collection"`
	Key        string `json:"key"`
	Fields     map[string]struct {
		From any `json:"from"`
		To   any `json:"to"`
	} `json:"fields,omitempty"`
	Record  any    `json:"record,omitempty"`
	Version uint64 `json:"version"`
}

type differences struct {
	Since   uint64       `json:"since"`
	Version uint64       `json:"version"`
	Created []difference `json:"created"`
	Updated []difference `json:"updated"`
	Deleted []difference `json:"deleted"`
}

func (p *remote) worldDiff() *cobra.Command {
	var since string
	var code bool
	c := &cobra.Command{
		Use: "diff", Short: "Say what has changed in a world, in the vendors' nouns",
		Long:    "diff compares the world with what its seed made, or with what it was at --since: the name of a snapshot, or a version.",
		Example: "  twinset world diff --world trial-1\n  twinset world diff --since before --exit-code", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var d differences
			if err := p.Call(c.Context(), http.MethodGet, p.In("/diff?since="+url.QueryEscape(since)), nil, &d); err != nil {
				return err
			}
			if err := show(c, d, d.print); err != nil {
				return err
			}
			if code && len(d.Created)+len(d.Updated)+len(d.Deleted) > 0 {
				return errBelow
			}
			return nil
		},
	}
	c.Flags().StringVar(&since, "since", "", "a `snapshot` or a version; the seed if empty")
	c.Flags().BoolVar(&code, "exit-code", false, "exit with 1 if anything has changed")
	return c
}

func (d differences) print(w *tabwriter.Writer) {
	for _, x := range d.Created {
		fmt.Fprintf(w, "+ %s %s %s %s\n", x.Twin, x.Collection, x.Key, brief(x.Record))
	}
	for _, x := range d.Updated {
		for _, name := range slices.Sorted(maps.Keys(x.Fields)) {
			f := x.Fields[name]
			fmt.Fprintf(w, "~ %s %s %s %s: %s -> %s\n", x.Twin, x.Collection, x.Key, name, brief(f.From), brief(f.To))
		}
	}
	for _, x := range d.Deleted {
		fmt.Fprintf(w, "- %s %s %s %s\n", x.Twin, x.Collection, x.Key, brief(x.Record))
	}
}

// brief is a value on one line, cut where a person has seen enough.
func brief(v any) string {
	if m, ok := v.(map[string]any); ok {
		m = maps.Clone(m)
		maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil || v == "" || v == false || v == 0.0 })
		v = m
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const enough = 400 // characters
	if r := []rune(string(b)); len(r) > enough {
		return string(r[:enough]) + "…"
	}
	return string(b)
}

func snapshotCommand(p *remote) *cobra.Command {
	c := &cobra.Command{
		Use: "snapshot [NAME]", Short: "Remember the world as it is now", Example: "  twinset snapshot before\n  twinset snapshot ls\n  twinset snapshot rm before", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var made struct {
				Name    string `json:"name"`
				Version uint64 `json:"version"`
			}
			if err := p.Call(c.Context(), http.MethodPost, p.In("/snapshots"), map[string]string{"name": strings.Join(args, "")}, &made); err != nil {
				return err
			}
			return show(c, made, func(w *tabwriter.Writer) { fmt.Fprintf(w, "%s\tversion %d\n", made.Name, made.Version) })
		},
	}
	ls := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the snapshots of a world", Example: "  twinset snapshot ls", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var all struct {
				Snapshots []struct {
					Name    string    `json:"name"`
					Version uint64    `json:"version"`
					At      time.Time `json:"at"`
				} `json:"snapshots"`
			}
			if err := p.Call(c.Context(), http.MethodGet, p.In("/snapshots"), nil, &all); err != nil {
				return err
			}
			return show(c, all.Snapshots, func(w *tabwriter.Writer) {
				fmt.Fprintln(w, "SNAPSHOT\tVERSION\tTAKEN")
				for _, s := range all.Snapshots {
					fmt.Fprintf(w, "%s\t%d\t%s\n", s.Name, s.Version, s.At.Format(time.RFC3339))
				}
			})
		},
	}
	rm := &cobra.Command{
		Use: "rm NAME", Short: "Forget a snapshot", Example: "  twinset snapshot rm before", Args: cobra.ExactArgs(1),
		ValidArgsFunction: one(p.complete("/_twin/worlds/{world}/snapshots", "snapshots", "name")),
		RunE: func(c *cobra.Command, args []string) error {
			return p.Call(c.Context(), http.MethodDelete, p.In("/snapshots/"+url.PathEscape(args[0])), nil, nil)
		},
	}
	c.AddCommand(ls, rm)
	return c
}

func restoreCommand(p *remote) *cobra.Command {
	var version uint64
	c := &cobra.Command{
		Use: "restore [SNAPSHOT]", Short: "Give the world the state of a snapshot or of an earlier version",
		Example: "  twinset restore before\n  twinset restore --version 41", Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: one(p.complete("/_twin/worlds/{world}/snapshots", "snapshots", "name")),
		RunE: func(c *cobra.Command, args []string) error {
			body := map[string]any{}
			switch {
			case len(args) > 0:
				body["snapshot"] = args[0]
			case c.Flags().Changed("version"):
				body["version"] = version
			}
			return p.Call(c.Context(), http.MethodPost, p.In("/restore"), body, nil)
		},
	}
	c.Flags().Uint64Var(&version, "version", 0, "the `version` to return to, as world ls and journal show them")
	return c
}

func resetCommand(p *remote) *cobra.Command {
	return &cobra.Command{
		Use: "reset", Short: "Return the world to its seed", Example: "  twinset reset --world trial-1", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return p.Call(c.Context(), http.MethodPost, p.In("/reset"), nil, nil)
		},
	}
}

func seedCommand(p *remote) *cobra.Command {
	var merge bool
	c := &cobra.Command{
		Use: "seed [FILE]", Short: "Load a seed into the world, or export the world as one",
		Long:    "seed loads a file (YAML or JSON, - for standard input) in place of what is in the world. Without a file it prints the seed that makes\nexactly this world again.",
		Example: "  twinset seed company.yaml\n  twinset seed extra.yaml --merge\n  twinset seed > world.json", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return p.Call(c.Context(), http.MethodGet, p.In("/seed"), nil, c.OutOrStdout())
			}
			doc, err := readFile(c, args[0])
			if err != nil {
				return err
			}
			mode := "replace"
			if merge {
				mode = "merge"
			}
			return p.Call(c.Context(), http.MethodPost, p.In("/seed?mode="+mode), doc, nil)
		},
	}
	c.Flags().BoolVar(&merge, "merge", false, "add to what is there")
	return c
}
