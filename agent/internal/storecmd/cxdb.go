// Package storecmd has the commands about a context store, for every program that offers them.
package storecmd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twinset.dev/agent/cxdb"
)

// storeFlag adds --store to a command; where it points is read from CXDB_STORE when it is not given.
func storeFlag(c *cobra.Command) *string {
	where := os.Getenv("CXDB_STORE")
	if where == "" {
		where = ".factory/cxdb"
	}
	return c.PersistentFlags().String("store", where, "the store: its directory, or its URL with the token in CXDB_TOKEN (default from CXDB_STORE)")
}

// with calls f with the store that --store names. A directory that is not there is no store.
func with(where string, f func(cxdb.API) error) error {
	if !strings.Contains(where, "://") {
		if _, err := os.Stat(where); err != nil {
			return fmt.Errorf("no store: %w", err)
		}
	}
	api, done, err := cxdb.Connect(where, os.Getenv("CXDB_TOKEN"))
	if err != nil {
		return err
	}
	return errors.Join(f(api), done())
}

// Cxdb is the command cxdb with its subcommands.
func Cxdb() *cobra.Command {
	root := &cobra.Command{
		Use:   "cxdb",
		Short: "Serve, read and write the context store",
		Example: "  cxdb serve --dir .factory/cxdb\n  cxdb ls 'title ^= \"factory\" AND created > \"-7d\"'\n" +
			"  cxdb get context 1\n  cxdb get turn 12\n  cxdb fork 12\n  echo '{\"text\": \"hi\"}' | cxdb append 3 --type my.Note",
	}
	where := storeFlag(root)
	root.AddCommand(serveCommand(), lsCommand(where), getCommand(where), forkCommand(where), appendCommand(where),
		exportCommand(where), importCommand(where), verifyCommand(where))
	return root
}

func serveCommand() *cobra.Command {
	var dir, addr, binary, tokens string
	var hosts []string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve a store over HTTP, with a page for people, and over the binary protocol",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			grants, err := readTokens(tokens)
			if err != nil {
				return err
			}
			s, err := cxdb.Open(dir, cxdb.Options{Logger: slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))})
			if err != nil {
				return err
			}
			return errors.Join(serve(c, &cxdb.Server{Store: s, Tokens: grants, Hosts: hosts}, addr, binary), s.Close())
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", ".factory/cxdb", "the store's directory")
	f.StringVar(&addr, "addr", "127.0.0.1:9010", "where HTTP listens")
	f.StringVar(&binary, "binary", "127.0.0.1:9009", "where the binary protocol listens; empty for nowhere")
	f.StringVar(&tokens, "tokens", "", "a file of lines NAMESPACE TOKEN [read-only], namespace * for all; without it whoever reaches the store owns it")
	f.StringArrayVar(&hosts, "host", nil, "a name that browsers may call the store by, beside loopback ones (may be repeated)")
	return c
}

func serve(c *cobra.Command, v *cxdb.Server, addr, binary string) error {
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	ended, n := make(chan error, 2), 1
	if binary != "" {
		b, err := net.Listen("tcp", binary)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		fmt.Fprintf(c.OutOrStdout(), "binary protocol on %s\n", b.Addr())
		n++
		go func() { ended <- v.ServeBinary(ctx, b) }()
	}
	fmt.Fprintf(c.OutOrStdout(), "export CXDB_STORE=http://%s\n", l.Addr())
	go func() { ended <- v.ServeHTTP(ctx, l) }()
	err = <-ended
	cancel()
	if n == 2 {
		err = errors.Join(err, <-ended)
	}
	return err
}

// readTokens reads who may see what.
func readTokens(path string) (map[string]cxdb.Grant, error) {
	if path == "" {
		return nil, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: tokens are for their owner alone; chmod 600", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	grants := map[string]cxdb.Grant{}
	for i, line := range strings.Split(string(b), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if len(words) < 2 || len(words) > 3 || len(words) == 3 && words[2] != "read-only" {
			return nil, fmt.Errorf("%s:%d: a line is NAMESPACE TOKEN [read-only]", path, i+1)
		}
		if _, twice := grants[words[1]]; twice {
			return nil, fmt.Errorf("%s:%d: the token opens another namespace already", path, i+1)
		}
		g := cxdb.Grant{Namespace: words[0], ReadOnly: len(words) == 3}
		if g.Namespace == "*" {
			g = cxdb.Grant{All: true, ReadOnly: g.ReadOnly}
		}
		grants[words[1]] = g
	}
	if len(grants) == 0 {
		return nil, fmt.Errorf("%s: no tokens; without any, everything would be open", path)
	}
	return grants, nil
}

func lsCommand(where *string) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "ls [QUERY]",
		Short: "List contexts, newest first; QUERY is CQL",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return with(*where, func(api cxdb.API) error {
				var list []cxdb.Context
				var err error
				if len(args) == 1 {
					list, err = api.Search(c.Context(), args[0], limit)
				} else {
					err = api.Contexts(c.Context(), func(x cxdb.Context) bool {
						list = append(list, x)
						return len(list) < limit
					})
				}
				if err != nil {
					return err
				}
				t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "CONTEXT\tHEAD\tDEPTH\tCREATED\tFROM\tTITLE")
				for _, x := range list {
					from := ""
					if x.Parent != 0 {
						from = fmt.Sprintf("%d at %d", x.Parent, x.Base)
					}
					fmt.Fprintf(t, "%d\t%d\t%d\t%s\t%s\t%s\n", x.ID, x.Head, x.Depth, time.UnixMilli(x.Created).Format(time.DateTime), from, x.Title)
				}
				return t.Flush()
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", 100, "how many at most")
	return c
}

func getCommand(where *string) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:       "get {context ID | turn ID | blob HASH}",
		Short:     "Print a context's turns or one turn as JSON lines, or the bytes of a blob",
		Args:      cobra.ExactArgs(2),
		ValidArgs: []string{"context", "turn", "blob"},
		RunE: func(c *cobra.Command, args []string) error {
			return with(*where, func(api cxdb.API) error { return get(c, api, args[0], args[1], limit) })
		},
	}
	c.Flags().IntVar(&limit, "limit", 1000, "how many turns of a context, its last ones")
	return c
}

func get(c *cobra.Command, api cxdb.API, what, which string, limit int) error {
	out := json.NewEncoder(c.OutOrStdout())
	show := func(t cxdb.Typed) error {
		return out.Encode(struct {
			cxdb.Turn
			Data json.RawMessage `json:"data"`
		}{t.Turn, t.Data})
	}
	if what == "blob" {
		h, err := cxdb.ParseHash(which)
		if err != nil {
			return err
		}
		b, err := api.Blob(c.Context(), h)
		if err == nil {
			_, err = c.OutOrStdout().Write(b)
		}
		return err
	}
	id, err := strconv.ParseUint(which, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not an id", which)
	}
	switch what {
	case "context":
		turns, err := api.Typed(c.Context(), id, 0, limit)
		for _, t := range turns {
			if err == nil {
				err = show(t)
			}
		}
		return err
	case "turn":
		t, err := api.TypedTurn(c.Context(), id)
		if err != nil {
			return err
		}
		return show(t)
	}
	return fmt.Errorf("get what? context, turn or blob, not %s", what)
}

func forkCommand(where *string) *cobra.Command {
	return &cobra.Command{
		Use:   "fork TURN",
		Short: "Make a context whose head is a turn, and print its id; 0 makes an empty one",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			base, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is not an id", args[0])
			}
			return with(*where, func(api cxdb.API) error {
				x, err := api.Create(c.Context(), base)
				if err == nil {
					fmt.Fprintln(c.OutOrStdout(), x.ID)
				}
				return err
			})
		},
	}
}

func appendCommand(where *string) *cobra.Command {
	var a cxdb.Append
	c := &cobra.Command{
		Use:   "append CONTEXT",
		Short: "Append a turn, whose data is the JSON object on standard input, and print its id",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is not an id", args[0])
			}
			data, err := io.ReadAll(c.InOrStdin())
			if err != nil {
				return err
			}
			return with(*where, func(api cxdb.API) error {
				t, err := api.AppendJSON(c.Context(), id, a, data)
				if err == nil {
					fmt.Fprintln(c.OutOrStdout(), t.ID)
				}
				return err
			})
		},
	}
	f := c.Flags()
	f.StringVar(&a.TypeID, "type", "", "the type of the data")
	f.Uint32Var(&a.TypeVersion, "version", 1, "the version of the type")
	f.Uint64Var(&a.Parent, "parent", 0, "the turn to follow: the head, or an ancestor of it (default the head)")
	f.StringVar(&a.Key, "key", "", "an idempotency key: a repeated one prints the turn it wrote")
	if err := c.MarkFlagRequired("type"); err != nil {
		panic(err) // it is there
	}
	return c
}

// local opens the directory that --store names: what these commands do, a server does not.
func local(where string, f func(*cxdb.Store) error) error {
	if strings.Contains(where, "://") {
		return errors.New("this needs the store's directory, not its URL")
	}
	s, err := cxdb.Open(where, cxdb.Options{})
	if err != nil {
		return err
	}
	return errors.Join(f(s), s.Close())
}

func exportCommand(where *string) *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "Write the whole store to standard output, as JSON lines",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return local(*where, func(s *cxdb.Store) error { return s.Export(c.Context(), c.OutOrStdout()) })
		},
	}
}

func importCommand(where *string) *cobra.Command {
	return &cobra.Command{
		Use:   "import",
		Short: "Read an export from standard input into an empty store",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return local(*where, func(s *cxdb.Store) error {
				f, err := s.Import(c.Context(), bufio.NewReader(c.InOrStdin()))
				return errors.Join(err, report(c.OutOrStdout(), f))
			})
		},
	}
}

func verifyCommand(where *string) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Read all there is and check it: hashes, heads, parents, depths",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := os.Stat(*where); err != nil && !strings.Contains(*where, "://") {
				return fmt.Errorf("no store: %w", err)
			}
			return local(*where, func(s *cxdb.Store) error {
				f, err := s.Verify(c.Context())
				return errors.Join(err, report(c.OutOrStdout(), f))
			})
		},
	}
}

// report prints a finding; problems make it an error.
func report(w io.Writer, f cxdb.Finding) error {
	for _, p := range f.Problems {
		fmt.Fprintln(w, p)
	}
	fmt.Fprintf(w, "%d contexts, %d turns, %d blobs, %d problems\n", f.Contexts, f.Turns, f.Blobs, len(f.Problems))
	if len(f.Problems) > 0 {
		return fmt.Errorf("%d problems", len(f.Problems))
	}
	return nil
}
