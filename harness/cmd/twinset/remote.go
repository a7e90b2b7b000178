package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/harness/plane"
)

// A remote is the control plane of twins that run somewhere, and the world that a command is about.
type remote struct{ plane.Client }

// controls gives the commands what they need to find the control plane, and puts them under cmd if it is not nil.
func (p *remote) controls(cmds ...*cobra.Command) []*cobra.Command {
	for _, c := range cmds {
		f := c.PersistentFlags()
		f.StringVar(&p.URL, "url", env("TWINSET_URL", "http://127.0.0.1:7000"), "the control plane, of the suite or of one twin")
		f.StringVar(&p.Admin, "admin-token", env("TWINSET_ADMIN_TOKEN", os.Getenv("TWIN_ADMIN_TOKEN")), "what the control plane asks for")
		f.StringVarP(&p.World, "world", "w", env("TWINSET_WORLD", "default"), "the `world` this is about")
		c.RegisterFlagCompletionFunc("world", p.complete("/_twin/worlds", "worlds", "name"))
		f.Bool("json", false, "print JSON for programs")
	}
	return cmds
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// complete offers what a list of the control plane has: the values of a field of the things under a key.
func (p *remote) complete(path, key, field string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		var lists map[string][]json.RawMessage
		if p.Call(ctx, http.MethodGet, strings.ReplaceAll(path, "{world}", url.PathEscape(p.World)), nil, &lists) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []string
		for _, raw := range lists[key] {
			var name string
			if field == "" {
				json.Unmarshal(raw, &name)
			} else {
				var thing map[string]any
				json.Unmarshal(raw, &thing)
				name, _ = thing[field].(string)
			}
			names = append(names, name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// one lets the first argument alone be completed.
func one(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, start string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return f(cmd, args, start)
	}
}
