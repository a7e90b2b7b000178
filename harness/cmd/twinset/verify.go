package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"twinset.dev/conformance/replay"
	"twinset.dev/kit/control"
	"twinset.dev/kit/server"
	"twinset.dev/kit/twin"
	"twinset.dev/twins"
)

type verify struct {
	service, url, admin, junit, only, op string

	json, prime, exact, verbose bool
	minAlike, minWhole          float64
	show                        int
}

func verifyCommand() *cobra.Command {
	var v verify
	c := &cobra.Command{
		Use:   "verify PATH...",
		Short: "Play recorded traffic at a twin and compare the answers",
		Long: `Verify plays what a real service was once asked, and compares what its twin answers: status, keys and values.

A PATH is a recording or a folder of them: HAR, go-vcr, VCR.py, betamax, Ruby VCR, or
{"source","name","steps":[{"method","path","query","type","body","status","response"}]}. Each is played in a fresh world of the twin.
What the service made up (ids, tokens, links, dates) is bound to what the twin answers in the same place.

A step is alike when its status is the same, 95% of the recorded keys are there with their types, and 90% of the values.
A recording is whole when all its steps are alike. A step does not count if it asks for what was there before the
recording began, if the service itself failed, if its body was not recorded, or if it is signed for the real service.

It exits with 0; with 1 if the share is below --min-alike or --min-whole; with 2 if it could not be done.`,
		Example: `  twinset verify cassettes/ --service okta
  twinset verify session.har --service slack --url http://127.0.0.1:7003 -v
  twinset verify cassettes/ --service okta --op 'POST /api/v1/users' -v
  twinset verify cassettes/ --service okta --min-alike 0.95 --junit verify.xml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, paths []string) error { return v.run(c, paths) },
	}
	f := c.Flags()
	f.StringVar(&v.service, "service", "", "whose traffic it is, if its hosts do not say: "+strings.Join(slices.Sorted(maps.Keys(replay.Services)), ", "))
	f.StringVar(&v.url, "url", "", "where the twin listens; without it one is started for the time being")
	f.StringVar(&v.admin, "admin-token", os.Getenv("TWIN_ADMIN_TOKEN"), "what the twin's control plane asks for")
	f.BoolVar(&v.json, "json", false, "write the report as JSON")
	f.StringVar(&v.junit, "junit", "", "write JUnit XML to this `file` too")
	f.Float64Var(&v.minAlike, "min-alike", 0, "fail if a smaller `share` of the steps is alike")
	f.Float64Var(&v.minWhole, "min-whole", 0, "fail if a smaller `share` of the recordings is whole")
	f.BoolVar(&v.prime, "prime", false, "make first what a recording reads and never made")
	f.BoolVar(&v.exact, "exact", false, "a step is alike only if nothing that counts differs")
	f.IntVar(&v.show, "show", 20, "operations and recordings to show")
	f.StringVar(&v.only, "only", "", "play the recordings whose name fits this `glob` alone")
	f.StringVar(&v.op, "op", "", "show this `operation` alone, or all that contain the text")
	f.BoolVarP(&v.verbose, "verbose", "v", false, "show each unlike step, the recorded and the answered JSON side by side")
	return c
}

func (v *verify) run(c *cobra.Command, paths []string) error {
	recs, err := v.read(paths)
	if err != nil {
		return err
	}
	if v.service == "" {
		if v.service = replay.ServiceOf(recs); v.service == "" {
			return errors.New("the recordings do not say whose they are: name it with --service")
		}
	}
	svc, err := replay.Lookup(v.service)
	if err != nil {
		return err
	}
	if v.url == "" {
		url, stop, err := start(svc.Name, 1)
		if err != nil {
			return err
		}
		defer stop()
		v.url = url
	}
	o := replay.Options{Admin: v.admin, Prime: v.prime, Exact: v.exact}
	if tty(os.Stderr) {
		o.Progress = func(done, all int) { fmt.Fprintf(os.Stderr, "\r%d of %d recordings\033[K", done, all) }
	}
	r, err := replay.Run(c.Context(), v.url, svc, recs, o)
	if o.Progress != nil {
		fmt.Fprint(os.Stderr, "\r\033[K")
	}
	if err != nil {
		return err
	}
	if v.junit != "" {
		if err := write(v.junit, r.WriteJUnit); err != nil {
			return err
		}
	}
	r.Filter(v.op)
	out := c.OutOrStdout()
	switch {
	case v.json:
		e := json.NewEncoder(out)
		e.SetIndent("", " ")
		err = e.Encode(r)
	default:
		if v.verbose {
			r.WriteUnlike(out, columns())
			fmt.Fprintln(out)
		}
		r.WriteText(out, v.show)
	}
	switch {
	case err != nil:
		return err
	case r.AlikeShare() < v.minAlike:
		return fmt.Errorf("%.4f of the steps are alike, %w: %v", r.AlikeShare(), errBelow, v.minAlike)
	case r.WholeShare() < v.minWhole:
		return fmt.Errorf("%.4f of the recordings are whole, %w: %v", r.WholeShare(), errBelow, v.minWhole)
	}
	return nil
}

func (v *verify) read(paths []string) ([]replay.Recording, error) {
	recs, err := replay.Read(paths...)
	if err != nil {
		return nil, err
	}
	if v.only != "" {
		if _, err := path.Match(v.only, ""); err != nil {
			return nil, fmt.Errorf("--only %q: %w", v.only, err)
		}
		recs = slices.DeleteFunc(recs, func(r replay.Recording) bool { ok, _ := path.Match(v.only, r.Name); return !ok })
	}
	if len(recs) == 0 {
		return nil, fmt.Errorf("no recording to play in %s", strings.Join(paths, ", "))
	}
	return recs, nil
}

// start starts a service's twin on a free port of this machine.
func start(service string, worldSeed uint64) (url string, stop func(), err error) {
	mount, ok := twins.Mounts[service]
	if !ok {
		return "", nil, fmt.Errorf("the twin of %s cannot be started here; name a running one with --url", service)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	h := twin.NewHost(twin.Options{Demo: twins.Demo, WorldSeed: worldSeed, History: -1})
	b := mount(h)
	if err := h.Open(); err != nil {
		return "", nil, errors.Join(err, ln.Close())
	}
	control.Mount(b, b.Neighbours()...)
	srv := server.Server(b.Echo)
	go srv.Serve(ln)
	return "http://" + ln.Addr().String(), func() { srv.Close(); h.Close() }, nil
}

func write(file string, to func(io.Writer) error) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(to(f), f.Close())
}

func tty(f *os.File) bool {
	s, err := f.Stat()
	return err == nil && s.Mode()&os.ModeCharDevice != 0
}

// columns is how wide to write: as COLUMNS says, else 160.
func columns() int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n >= 40 {
		return n
	}
	return 160
}
