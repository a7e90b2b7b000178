// Package server starts twins as a program: flags, listener, the lines to paste, graceful shutdown.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"twinset.dev/kit/control"
	"twinset.dev/kit/spec"
	"twinset.dev/kit/spec/check"
	"twinset.dev/kit/twin"
)

// Main runs a twin, with those that share its port, until it is told to stop, and exits with 0, or with 1 and a sentence.
// The twin that mount returns gives the program its name, port and page.
func Main(demo []byte, mount func(*twin.Host) *twin.Base) {
	if err := run(os.Args[1:], os.Stdout, demo, mount); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer, demo []byte, mount func(*twin.Host) *twin.Base) error {
	started := Hurry()
	o := twin.Options{Demo: demo}
	b := mount(twin.NewHost(o))
	name := b.Service + "-twin"
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	addr := fs.String("addr", env("ADDR", fmt.Sprintf("127.0.0.1:%d", b.Port)), "listen on `host:port`")
	data := fs.String("data", env("DATA", ""), "keep state in `directory`; in memory if empty, and for mounted:DIR when nothing is mounted there")
	noSync := fs.Bool("no-sync", false, "with -data: acknowledge before the disk has it")
	seed := fs.String("seed", env("SEED", ""), "start from this seed `file` (YAML or JSON) instead of the demo company")
	worldSeed := fs.Uint64("world-seed", 1, "`number` that ids, secrets and chance derive from")
	base := fs.String("base-url", env("BASE_URL", ""), "what links begin with; the host the caller used if empty")
	useTLS := fs.String("tls", env("TLS", ""), "`cert.pem,key.pem` to serve HTTPS with")
	strict := fs.Bool("strict", false, "check every answer against the public spec and log what differs")
	admin := fs.String("admin-token", env("ADMIN_TOKEN", ""), "bearer `token` the control plane asks for")
	egress := fs.String("allow-egress", env("ALLOW_EGRESS", ""), "`hosts`, separated by commas, that deliveries may reach although they are not loopback")
	history := fs.Int("history", 0, "changes kept per world for diff and time travel; 0 is 65536, -1 none")
	quiet := fs.Bool("quiet", false, "do not print the lines to paste")
	verbose := fs.Bool("verbose", false, "log more")
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "%s is a digital twin of %s.\n\n  %s [flags]     serve until stopped\n  %s health      ask a running twin how it is\n\n", name, b.Title, name, name)
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if fs.Arg(0) == "health" {
		return health(out, *addr)
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%s: unknown command %q", name, fs.Arg(0))
	}

	if dir, ok := strings.CutPrefix(*data, "mounted:"); ok {
		if *data = ""; mounted(dir) {
			*data = dir
		}
	}
	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	h := b.Host
	h.Options = twin.Options{
		Demo: demo, Data: *data, NoSync: *noSync, WorldSeed: *worldSeed, BaseURL: strings.TrimSuffix(*base, "/"),
		Strict: *strict, Admin: *admin, History: *history, Log: log,
	}
	if *egress != "" {
		h.AllowEgress(strings.Split(*egress, ","))
	}
	if *seed != "" {
		doc, err := os.ReadFile(*seed)
		if err != nil {
			return err
		}
		h.Options.Seed = doc
	}

	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	if *useTLS != "" {
		cert, key, _ := strings.Cut(*useTLS, ",")
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return err
		}
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
	if err := h.Open(); err != nil {
		return err
	}
	Hold(h)
	control.Mount(b, b.Neighbours()...)
	started()
	scheme := "http"
	if *useTLS != "" {
		scheme = "https"
	}
	url := scheme + "://" + ln.Addr().String()
	b.Listening(url)
	if !*quiet {
		fmt.Fprintf(out, "%s twin on %s\n\n", b.Title, url)
		Lines(out, b.Neighbours()...)
		fmt.Fprintf(out, "\nbrowser   %s%s\ncontrol   %s/_twin/\n", url, b.UI, url)
	}
	log.Debug("listening", "twin", b.Service, "url", url)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Serve(ctx, h, Port{ln, b.Echo})
}

// Hold holds every answer of a strict host against the public specifications of its twins.
func Hold(h *twin.Host) {
	if !h.Strict {
		return
	}
	var specs []*spec.Doc
	for _, b := range h.Twins() {
		if b.Spec != nil {
			specs = append(specs, b.Spec)
		}
	}
	h.Check = check.New(specs...).Response
}

// A Port is a listener, and what answers there.
type Port struct {
	net.Listener
	http.Handler
}

// Serve answers at the ports until ctx is done or one of them fails, lets what is under way end within five seconds, and
// closes the host.
func Serve(ctx context.Context, h *twin.Host, ports ...Port) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var servers []*http.Server
	for _, p := range ports {
		srv := Server(p.Handler)
		srv.BaseContext = func(net.Listener) context.Context { return ctx } // what waits for news does not hold up the end
		servers = append(servers, srv)
	}
	thrift(ctx, servers)
	failed := make(chan error, len(servers))
	for i, srv := range servers {
		go func() { failed <- srv.Serve(ports[i]) }()
	}
	var err error
	select {
	case err = <-failed:
		stop()
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, srv := range servers {
		if srv.Shutdown(grace) != nil {
			err = errors.Join(err, srv.Close())
		}
	}
	return errors.Join(err, h.Close())
}

// Server returns an HTTP server with the house's limits: headers within 10 s, idle connections closed after two minutes.
func Server(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
}

// Hurry keeps the collector away from a start that takes no more memory than most; started lets it at work again, and
// lets a burst of requests fill more memory between collections than is usual.
func Hurry() (started func()) {
	const most = 256 << 20
	debug.SetGCPercent(-1)
	limit := debug.SetMemoryLimit(most)
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(200)
	}
}

// thrift gives memory back to the system when a burst of requests, or the work of starting, has been over for a second.
func thrift(ctx context.Context, servers []*http.Server) {
	const burst = 100 // requests: a client that asks now and then is not worth a collection
	var asked atomic.Int64
	for _, srv := range servers {
		srv.ConnState = func(_ net.Conn, s http.ConnState) {
			if s == http.StateActive {
				asked.Add(1)
			}
		}
	}
	go func() {
		last, thrifty := int64(0), int64(-burst)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
			now := asked.Load()
			if now == last && now >= thrifty+burst {
				debug.FreeOSMemory()
				thrifty = now
			}
			last = now
		}
	}()
}

func env(name, otherwise string) string {
	if v := os.Getenv("TWIN_" + name); v != "" {
		return v
	}
	return otherwise
}

func health(out io.Writer, addr string) error {
	if host, port, err := net.SplitHostPort(addr); err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	res, err := (&http.Client{Timeout: 3 * time.Second}).Get("http://" + addr + "/_twin/health")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	io.Copy(out, res.Body)
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", res.Status)
	}
	return nil
}

// Lines writes what a user pastes into a shell to reach the twins' default worlds.
func Lines(out io.Writer, twins ...*twin.Base) {
	for _, b := range twins {
		w, ok := b.World(twin.DefaultWorld)
		if !ok || b.Credentials == nil {
			continue
		}
		w.View(func(c *twin.Call) error {
			env, _ := b.Credentials(c)
			for _, k := range slices.Sorted(maps.Keys(env)) {
				fmt.Fprintf(out, "export %s=%s\n", k, env[k])
			}
			return nil
		})
	}
}
