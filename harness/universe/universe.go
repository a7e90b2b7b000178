// Package universe puts twins side by side: one world table, one clock, one seed, each twin on a port of its own, and one
// control plane that spans them all on the port of the suite.
package universe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"twinset.dev/harness/mcp"
	"twinset.dev/harness/plane"
	"twinset.dev/kit/control"
	"twinset.dev/kit/server"
	"twinset.dev/kit/twin"
	"twinset.dev/twins"
)

// Port is where the suite listens; a twin listens as far behind it as its own default port is.
const Port = 7000

// Services are the twins of a whole universe. Drive, Sheets and Docs are one workspace.
var Services = []string{"okta", "jira", "slack", "google"}

// A Universe is twins on one Host, with the suite that spans them.
type Universe struct {
	*twin.Host
	Suite *twin.Base   // the control plane's port
	Twins []*twin.Base // one for each port, in the order they were asked for
	ports []server.Port
}

// New mounts the named twins, or all of them. It does not open their worlds: Listen does, so that who comes early waits
// rather than being refused.
func New(o twin.Options, services ...string) (*Universe, error) {
	if o.Demo == nil {
		o.Demo = twins.Demo
	}
	if len(services) == 0 {
		services = Services
	}
	u := &Universe{Host: twin.NewHost(o)}
	for i, name := range services {
		mount, ok := twins.Mounts[name]
		if !ok {
			return nil, fmt.Errorf("there is no twin %q; there are %s", name, strings.Join(Services, ", "))
		}
		if slices.Contains(services[:i], name) {
			return nil, fmt.Errorf("the twin %q is named twice", name)
		}
		u.Twins = append(u.Twins, mount(u.Host))
	}
	mounted := u.Host.Twins()
	u.Suite = u.Mount(twin.Config{Service: "twinset", Title: "Twinset", Port: Port})
	control.Mount(u.Suite, mounted...)
	for _, b := range u.Twins {
		control.Mount(b, b.Neighbours()...)
	}
	server.Hold(u.Host)
	return u, nil
}

// Listen takes the ports on host, the suite's first, and opens the worlds; port 0 takes any that are free.
func (u *Universe) Listen(host string, port int) error {
	for _, b := range append([]*twin.Base{u.Suite}, u.Twins...) {
		at := 0
		if port != 0 {
			at = port + b.Port - Port
		}
		ln, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(at)))
		if err != nil {
			u.hangUp()
			return err
		}
		b.Listening("http://" + ln.Addr().String())
		var h http.Handler = b.Echo
		if b == u.Suite {
			h = u.byName(b.Echo)
		}
		u.ports = append(u.ports, server.Port{Listener: ln, Handler: h})
	}
	u.Suite.Echo.Any("/_twin/mcp", echo.WrapHandler(mcp.Handler(plane.Client{URL: u.URL(), World: twin.DefaultWorld})))
	if err := u.Open(); err != nil {
		u.hangUp()
		return err
	}
	return nil
}

func (u *Universe) hangUp() {
	for _, p := range u.ports {
		p.Close()
	}
}

// byName lets the suite's port answer for every twin that the host name begins with: slack.localhost:7000 is the Slack twin.
func (u *Universe) byName(suite http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(r.Host, ".")
		for _, b := range u.Twins {
			if b.Service == first {
				b.Echo.ServeHTTP(w, r)
				return
			}
		}
		suite.ServeHTTP(w, r)
	})
}

// Serve answers until ctx is done, and closes the universe.
func (u *Universe) Serve(ctx context.Context) error {
	if len(u.ports) == 0 {
		return errors.New("universe: nothing listens yet")
	}
	return server.Serve(ctx, u.Host, u.ports...)
}

// URL is where the suite is.
func (u *Universe) URL() string { return "http://" + u.ports[0].Addr().String() }
