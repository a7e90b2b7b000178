package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// A plane is the control plane of twins that run somewhere, and the world that a command is about.
type plane struct{ url, admin, world string }

// controls gives the commands what they need to find the control plane, and puts them under cmd if it is not nil.
func (p *plane) controls(cmds ...*cobra.Command) []*cobra.Command {
	for _, c := range cmds {
		f := c.PersistentFlags()
		f.StringVar(&p.url, "url", env("TWINSET_URL", "http://127.0.0.1:7000"), "the control plane, of the suite or of one twin")
		f.StringVar(&p.admin, "admin-token", env("TWINSET_ADMIN_TOKEN", os.Getenv("TWIN_ADMIN_TOKEN")), "what the control plane asks for")
		f.StringVarP(&p.world, "world", "w", env("TWINSET_WORLD", "default"), "the `world` this is about")
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

// in is the path of a call about the world.
func (p *plane) in(path string) string { return "/_twin/worlds/" + url.PathEscape(p.world) + path }

// errGone is returned when nothing answers where the control plane should be.
var errGone = errors.New("nothing answers")

// call asks the control plane. A body may be nil, bytes that are sent as they are, or what becomes JSON; so may into.
func (p *plane) call(ctx context.Context, method, path string, body, into any) error {
	res, err := p.open(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch into := into.(type) {
	case nil:
		return nil
	case io.Writer:
		_, err = io.Copy(into, res.Body)
	default:
		err = json.NewDecoder(res.Body).Decode(into)
	}
	return err
}

// open asks, and returns the answer for the caller to read and close. What the control plane refuses is an error in its words.
func (p *plane) open(ctx context.Context, method, path string, body any, accept string) (*http.Response, error) {
	var send io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		send, kind = bytes.NewReader(b), "application/yaml" // of which JSON is a part
	default:
		j, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		send = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(p.url, "/")+path, send)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	if send != nil {
		req.Header.Set("Content-Type", kind)
	}
	if p.admin != "" {
		req.Header.Set("Authorization", "Bearer "+p.admin)
	}
	res, err := http.DefaultClient.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w at %s; `twinset up` starts the twins", errGone, p.url)
	} else if err != nil {
		return nil, err
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer res.Body.Close()
	var said struct{ Error, Message string }
	if b, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10)); json.Unmarshal(b, &said) == nil && said.Error+said.Message != "" {
		return nil, errors.New(said.Error + said.Message)
	}
	return nil, fmt.Errorf("%s %s: %s", method, path, res.Status)
}

// complete offers what a list of the control plane has: the values of a field of the things under a key.
func (p *plane) complete(path, key, field string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		var lists map[string][]json.RawMessage
		if p.call(ctx, http.MethodGet, strings.ReplaceAll(path, "{world}", url.PathEscape(p.world)), nil, &lists) != nil {
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
