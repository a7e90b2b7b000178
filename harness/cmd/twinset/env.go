package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// formats are the ways in which the lines that point programs at the twins can be written.
var formats = map[string]func(w io.Writer, vars map[string]string){
	"shell":   shellLines,
	"dotenv":  dotenvLines,
	"compose": composeLines,
}

func envCommand(p *remote) *cobra.Command {
	var format, host string
	c := &cobra.Command{
		Use: "env", Short: "Print the lines that point programs at a world", Args: cobra.NoArgs,
		Long: `env prints credentials and addresses of the world as a shell takes them, as a .env file, or as the environment of a docker
compose service. --host writes another host name into the addresses: compose services reach this machine as
host.docker.internal.`,
		Example: "  eval \"$(twinset env)\"\n  twinset env --format dotenv > .env\n  twinset env --format compose --host host.docker.internal",
		RunE: func(c *cobra.Command, _ []string) error {
			lines, ok := formats[format]
			if !ok {
				return fmt.Errorf("there is no format %q; there are %s", format, strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
			}
			var creds struct {
				Env map[string]string `json:"env"`
			}
			if err := p.Call(c.Context(), http.MethodGet, p.In("/credentials"), nil, &creds); err != nil {
				return err
			}
			if host != "" {
				for k, v := range creds.Env {
					creds.Env[k] = atHost(v, host)
				}
			}
			return show(c, creds.Env, func(w *tabwriter.Writer) { lines(c.OutOrStdout(), creds.Env) })
		},
	}
	c.Flags().StringVar(&format, "format", "shell", "shell, dotenv or compose")
	c.Flags().StringVar(&host, "host", "", "the `host` to name in addresses")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(slices.Sorted(maps.Keys(formats)), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// atHost puts another host into an address, and leaves what is none.
func atHost(v, host string) string {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return v
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	u.Host = host
	return u.String()
}

func shellLines(w io.Writer, vars map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(w, "export %s=%s\n", k, shellQuoted(vars[k]))
	}
}

// shellQuoted is a word as a POSIX shell reads it.
func shellQuoted(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@%+=,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func dotenvLines(w io.Writer, vars map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		v := vars[k]
		if shellQuoted(v) != v {
			v = strconv.Quote(v)
		}
		fmt.Fprintf(w, "%s=%s\n", k, v)
	}
}

func composeLines(w io.Writer, vars map[string]string) {
	fmt.Fprintln(w, "environment:")
	for _, k := range slices.Sorted(maps.Keys(vars)) {
		fmt.Fprintf(w, "  %s: %s\n", k, strconv.Quote(strings.ReplaceAll(vars[k], "$", "$$"))) // compose fills in what follows one
	}
}

// readFile reads a file, or standard input for -.
func readFile(c *cobra.Command, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(c.InOrStdin())
	}
	return os.ReadFile(name)
}
