// Package control is the control plane under /_twin/: worlds, snapshots, clock, faults, journal, outbox and
// the actions of people. It is the same on every twin; on a port that carries several twins it spans them all.
package control

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
)

// maxBody bounds what the control plane reads at once: a seed of a large company.
const maxBody = 256 << 20

type plane struct {
	*twin.Base              // whose port it is
	twins      []*twin.Base // whose operations, credentials and actions this port shows
}

// Mount puts the control plane of some twins, at least one, on the port of b.
func Mount(b *twin.Base, twins ...*twin.Base) {
	e, p := b.Echo, &plane{b, twins}
	e.GET("/_twin/health", p.health)
	p.console(e)
	g := e.Group("/_twin", p.admin)
	g.GET("", p.index)
	g.GET("/", p.index)
	g.GET("/manifest", p.manifest)
	g.GET("/openapi.json", p.openapi)
	g.GET("/metrics", p.metrics())
	g.GET("/worlds", p.worlds)
	g.POST("/worlds", p.fork)
	g.DELETE("/worlds/:world", p.drop)
	for _, at := range []string{"", "/worlds/:world"} {
		g.GET(at+"/credentials", p.in(p.credentials))
		g.POST(at+"/reset", p.in(p.reset))
		g.GET(at+"/seed", p.in(p.export))
		g.POST(at+"/seed", p.in(p.seed))
		g.GET(at+"/snapshots", p.in(p.snapshots))
		g.POST(at+"/snapshots", p.in(p.snapshot))
		g.DELETE(at+"/snapshots/:snapshot", p.in(p.unsave))
		g.POST(at+"/restore", p.in(p.restore))
		g.GET(at+"/diff", p.in(p.diff))
		g.GET(at+"/journal", p.in(p.journal))
		g.GET(at+"/clock", p.in(p.clock))
		g.PUT(at+"/clock", p.in(p.setClock))
		g.POST(at+"/clock/advance", p.in(p.advance))
		g.GET(at+"/links", p.in(p.links))
		g.PUT(at+"/links", p.in(p.setLinks))
		g.GET(at+"/consistency", p.in(p.consistency))
		g.PUT(at+"/consistency", p.in(p.setConsistency))
		g.GET(at+"/evidence", p.in(p.evidence))
		g.GET(at+"/faults", p.in(p.faults))
		g.POST(at+"/faults", p.in(p.addFault))
		g.DELETE(at+"/faults", p.in(p.removeFault))
		g.DELETE(at+"/faults/:fault", p.in(p.removeFault))
		g.GET(at+"/outbox", p.in(p.outbox))
		g.POST(at+"/outbox/redeliver", p.in(p.redeliver))
		g.GET(at+"/actions", p.in(p.actions))
		g.POST(at+"/actions/:action", p.in(p.act))
	}
	g.GET("/worlds/:world", p.in(p.world))
}

// refusal is what the control plane answers when it does not do what was asked.
type refusal struct {
	Status int    `json:"-"`
	Error  string `json:"error"`
}

func refuse(ec echo.Context, status int, format string, args ...any) error {
	return ec.JSON(status, refusal{Error: fmt.Sprintf(format, args...)})
}

// admin asks for the admin token, if there is one.
func (p *plane) admin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		ec.Request().Body = http.MaxBytesReader(ec.Response(), ec.Request().Body, maxBody)
		want := p.Admin
		if want == "" || strings.HasPrefix(ec.Path(), "/_twin/ui") {
			return next(ec)
		}
		got := strings.TrimPrefix(ec.Request().Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
			ec.Response().Header().Set("WWW-Authenticate", `Bearer realm="twin"`)
			return refuse(ec, http.StatusUnauthorized, "the control plane asks for the admin token")
		}
		return next(ec)
	}
}

// in finds the world in the path; without one, the world the request is for.
func (p *plane) in(f func(echo.Context, *twin.World) error) echo.HandlerFunc {
	return func(ec echo.Context) error {
		name := ec.Param("world")
		if name == "" {
			name = ec.Request().Header.Get(twin.WorldHeader)
		}
		if name == "" {
			name = twin.DefaultWorld
		}
		w, ok := p.World(name)
		if !ok {
			return refuse(ec, http.StatusNotFound, "there is no world %q", name)
		}
		return f(ec, w)
	}
}

// read decodes the body, JSON or YAML, strictly; no body is no values.
func read(ec echo.Context, into any) error {
	b, err := io.ReadAll(ec.Request().Body)
	if err != nil {
		return err
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return nil
	}
	if t, _, _ := mime.ParseMediaType(ec.Request().Header.Get("Content-Type")); strings.Contains(t, "yaml") {
		var v any
		if err := yaml.Unmarshal(b, &v); err != nil {
			return err
		}
		if b, err = json.Marshal(v); err != nil {
			return err
		}
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (p *plane) version() string {
	if bi, ok := debug.ReadBuildInfo(); ok && bi.Main.Version != "" {
		return bi.Main.Version
	}
	return "(devel)"
}

func (p *plane) health(ec echo.Context) error {
	if err := p.DB.Free(); err != nil {
		return ec.JSON(http.StatusServiceUnavailable, map[string]string{"status": "failing", "service": p.Service, "error": err.Error()})
	}
	return ec.JSON(http.StatusOK, map[string]string{"status": "ok", "service": p.Service, "version": p.version()})
}

func (p *plane) index(ec echo.Context) error {
	routes := map[string][]string{}
	for _, r := range ec.Echo().Routes() {
		if strings.HasPrefix(r.Path, "/_twin/") && !strings.HasPrefix(r.Path, "/_twin/worlds/:world/") {
			routes[r.Path] = append(routes[r.Path], r.Method)
		}
	}
	return ec.JSON(http.StatusOK, map[string]any{"service": p.Service, "version": p.version(), "routes": routes})
}

func (p *plane) manifest(ec echo.Context) error {
	type one struct {
		Service    string             `json:"service"`
		URL        string             `json:"url"`
		Source     string             `json:"source"`
		Totals     map[twin.Level]int `json:"totals"`
		Operations []*twin.Operation  `json:"operations"`
	}
	w, _ := p.World(twin.DefaultWorld)
	var all []one
	for _, b := range p.twins {
		m := one{b.Service, b.URLIn(w, &twin.Request{Base: b, World: w, Echo: ec}), b.Source, map[twin.Level]int{twin.Full: 0, twin.Partial: 0, twin.Shape: 0, twin.None: 0}, b.Operations()}
		for _, op := range m.Operations {
			m.Totals[op.Level]++
		}
		all = append(all, m)
	}
	if len(all) == 1 {
		return ec.JSON(http.StatusOK, all[0])
	}
	return ec.JSON(http.StatusOK, map[string]any{"service": p.Service, "twins": all})
}

func (p *plane) openapi(ec echo.Context) error {
	which := ec.QueryParam("service")
	for _, b := range p.twins {
		if b.Spec != nil && (which == "" || which == b.Service) {
			return ec.JSONBlob(http.StatusOK, b.Spec.JSON())
		}
	}
	return refuse(ec, http.StatusNotFound, "no spec of %q", which)
}

func (p *plane) worlds(ec echo.Context) error {
	out := []any{}
	for _, name := range p.DB.Worlds() {
		if w, ok := p.World(name); ok {
			out = append(out, p.describe(ec, w))
		}
	}
	return ec.JSON(http.StatusOK, map[string]any{"worlds": out})
}

func (p *plane) world(ec echo.Context, w *twin.World) error {
	return ec.JSON(http.StatusOK, p.describe(ec, w))
}

func (p *plane) describe(ec echo.Context, w *twin.World) map[string]any {
	c := w.Clock()
	return map[string]any{
		"name": w.Name(), "version": w.Version(), "url": p.url(ec, w),
		"clock": map[string]any{"mode": c.Mode(), "now": c.Now().Format(time.RFC3339Nano)},
	}
}

func (p *plane) url(ec echo.Context, w *twin.World) string {
	return p.URLIn(w, &twin.Request{Base: p.Base, World: w, Echo: ec})
}

func (p *plane) fork(ec echo.Context) error {
	var in struct {
		Name, From, Snapshot string
		Durable              *bool
	}
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	if in.From == "" {
		in.From = twin.DefaultWorld
	}
	if in.Name != "" && !validName(in.Name) {
		return refuse(ec, http.StatusBadRequest, "a world's name is up to 64 letters, digits, dots, dashes and underscores; %q is not", in.Name)
	}
	from, ok := p.World(in.From)
	if !ok {
		return refuse(ec, http.StatusNotFound, "there is no world %q", in.From)
	}
	snap := from.Snapshot()
	if in.Snapshot != "" {
		if snap, ok = from.Load(in.Snapshot); !ok {
			return refuse(ec, http.StatusNotFound, "world %q has no snapshot %q", in.From, in.Snapshot)
		}
	}
	w, err := p.Fork(snap, in.Name, in.Durable == nil || *in.Durable)
	switch {
	case errors.Is(err, store.ErrExists):
		return refuse(ec, http.StatusConflict, "there is a world %q already", in.Name)
	case err != nil:
		return err
	}
	d := p.describe(ec, w)
	env, objects := p.creds(ec, w)
	d["credentials"] = merge(map[string]any{"env": env}, objects)
	urls := map[string]string{}
	for _, b := range p.twins {
		urls[b.Service] = b.URLIn(w, &twin.Request{Base: b, World: w, Echo: ec})
	}
	d["urls"] = urls
	return ec.JSON(http.StatusCreated, d)
}

func validName(s string) bool {
	if len(s) > 64 {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.') {
			return false
		}
	}
	return s != "." && s != ".."
}

func (p *plane) drop(ec echo.Context) error {
	name := ec.Param("world")
	if name == twin.DefaultWorld {
		return refuse(ec, http.StatusConflict, "the default world stays; reset it instead")
	}
	if _, ok := p.World(name); !ok {
		return refuse(ec, http.StatusNotFound, "there is no world %q", name)
	}
	if err := p.Drop(name); err != nil {
		return err
	}
	return ec.NoContent(http.StatusNoContent)
}

func merge(m, more map[string]any) map[string]any {
	for k, v := range more {
		m[k] = v
	}
	return m
}

func (p *plane) creds(ec echo.Context, w *twin.World) (map[string]string, map[string]any) {
	env, objects := map[string]string{}, map[string]any{}
	for _, b := range p.twins {
		if b.Credentials == nil {
			continue
		}
		r := &twin.Request{Base: b, World: w, Echo: ec}
		r.View(func(c *twin.Call) error {
			e, o := b.Credentials(c)
			for k, v := range e {
				env[k] = v
			}
			if o != nil {
				objects[b.Service] = o
			}
			return nil
		})
	}
	return env, objects
}

func (p *plane) credentials(ec echo.Context, w *twin.World) error {
	env, objects := p.creds(ec, w)
	return ec.JSON(http.StatusOK, merge(map[string]any{"env": env}, objects))
}

func (p *plane) reset(ec echo.Context, w *twin.World) error {
	if err := w.Reset(); err != nil {
		return err
	}
	return ec.JSON(http.StatusOK, p.describe(ec, w))
}

func (p *plane) export(ec echo.Context, w *twin.World) error {
	doc, err := w.Export()
	if err != nil {
		return err
	}
	if ec.QueryParam("format") == "yaml" {
		j, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		var v any
		if err := yaml.Unmarshal(j, &v); err != nil {
			return err
		}
		y, err := yaml.Marshal(v)
		if err != nil {
			return err
		}
		return ec.Blob(http.StatusOK, "application/yaml", y)
	}
	return ec.JSON(http.StatusOK, doc)
}

func (p *plane) seed(ec echo.Context, w *twin.World) error {
	mode := ec.QueryParam("mode")
	if mode != "" && mode != "replace" && mode != "merge" {
		return refuse(ec, http.StatusBadRequest, "mode is %q; it can be replace or merge", mode)
	}
	b, err := io.ReadAll(ec.Request().Body)
	if err != nil {
		return refuse(ec, http.StatusRequestEntityTooLarge, "%v", err)
	}
	if err := w.Reseed(b, mode == "merge"); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	return ec.JSON(http.StatusOK, p.describe(ec, w))
}

func (p *plane) snapshots(ec echo.Context, w *twin.World) error {
	out := []any{}
	for _, s := range w.Saved() {
		out = append(out, map[string]any{"name": s.Name, "version": s.Version, "at": s.At})
	}
	return ec.JSON(http.StatusOK, map[string]any{"snapshots": out})
}

func (p *plane) snapshot(ec echo.Context, w *twin.World) error {
	var in struct{ Name string }
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	if in.Name == "" {
		in.Name = fmt.Sprintf("v%d", w.Version())
	}
	if !validName(in.Name) {
		return refuse(ec, http.StatusBadRequest, "%q is no name", in.Name)
	}
	s, err := w.Save(in.Name)
	if errors.Is(err, store.ErrExists) {
		return refuse(ec, http.StatusConflict, "there is a snapshot %q already", in.Name)
	} else if err != nil {
		return err
	}
	return ec.JSON(http.StatusCreated, map[string]any{"name": in.Name, "version": s.Version()})
}

func (p *plane) unsave(ec echo.Context, w *twin.World) error {
	if _, ok := w.Load(ec.Param("snapshot")); !ok {
		return refuse(ec, http.StatusNotFound, "there is no snapshot %q", ec.Param("snapshot"))
	}
	if err := w.Unsave(ec.Param("snapshot")); err != nil {
		return err
	}
	return ec.NoContent(http.StatusNoContent)
}

func (p *plane) restore(ec echo.Context, w *twin.World) error {
	var in struct {
		Snapshot string
		Version  *uint64
	}
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	var s *store.Snapshot
	switch {
	case in.Snapshot != "":
		var ok bool
		if s, ok = w.Load(in.Snapshot); !ok {
			return refuse(ec, http.StatusNotFound, "there is no snapshot %q", in.Snapshot)
		}
	case in.Version != nil:
		var err error
		if s, err = w.At(*in.Version); err != nil {
			return refuse(ec, http.StatusGone, "version %d: %v", *in.Version, err)
		}
	default:
		return refuse(ec, http.StatusBadRequest, "name a snapshot or a version")
	}
	if err := w.RestoreTo(s); err != nil {
		return err
	}
	return ec.JSON(http.StatusOK, p.describe(ec, w))
}

func (p *plane) clock(ec echo.Context, w *twin.World) error {
	c := w.Clock()
	return ec.JSON(http.StatusOK, map[string]any{"mode": c.Mode(), "now": c.Now().Format(time.RFC3339Nano)})
}

func (p *plane) setClock(ec echo.Context, w *twin.World) error {
	var in struct {
		Mode string
		Now  *time.Time
	}
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	c := w.Clock()
	t := c.Now()
	if in.Now != nil {
		t = *in.Now
	}
	switch in.Mode {
	case "frozen":
		c = c.Set(t, true)
	case "real":
		if c = (clock.Clock{}); in.Now != nil {
			c = c.Set(t, false)
		}
	case "":
		c = c.Set(t, c.Frozen)
	default:
		return refuse(ec, http.StatusBadRequest, "mode is %q; it can be real or frozen", in.Mode)
	}
	if err := w.SetClock(c); err != nil {
		return err
	}
	return p.clock(ec, w)
}

func (p *plane) advance(ec echo.Context, w *twin.World) error {
	var in struct{ By string }
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	d, err := clock.ParseDuration(in.By)
	if err != nil || d < 0 {
		return refuse(ec, http.StatusBadRequest, "by is %q; it is a duration such as 90s, 24h or 7d", in.By)
	}
	if err := w.Advance(ec.Request().Context(), d); err != nil {
		return err
	}
	return p.clock(ec, w)
}

func (p *plane) links(ec echo.Context, w *twin.World) error {
	links := map[string]twin.Link{}
	for _, l := range w.Links() {
		links[l.Twin] = l
	}
	return ec.JSON(http.StatusOK, map[string]any{"links": links})
}

// setLinks replaces all links, by the twins that follow; what is not said is as it is at first.
func (p *plane) setLinks(ec echo.Context, w *twin.World) error {
	var in struct{ Links json.RawMessage }
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	if in.Links == nil {
		return refuse(ec, http.StatusBadRequest, "links, by the twins that follow, are missing")
	}
	links, err := p.ParseLinks(in.Links)
	if err != nil {
		return refuse(ec, http.StatusBadRequest, "links: %v", err)
	}
	if err := w.SetLinks(links); err != nil {
		return err
	}
	return p.links(ec, w)
}

func (p *plane) consistency(ec echo.Context, w *twin.World) error {
	s := w.Consistency()
	if s.Mode == "" {
		s.Mode = "strong"
	}
	return ec.JSON(http.StatusOK, s)
}

func (p *plane) setConsistency(ec echo.Context, w *twin.World) error {
	var in twin.Consistency
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	if err := w.SetConsistency(in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	return p.consistency(ec, w)
}

// evidence says what was driven of each twin of the port, and what scopes and permissions that takes.
func (p *plane) evidence(ec echo.Context, w *twin.World) error {
	all, whole := w.Evidence()
	shown := map[string]twin.Evidence{}
	for _, e := range all {
		if slices.ContainsFunc(p.twins, func(b *twin.Base) bool { return b.Service == e.Twin }) {
			shown[e.Twin] = e
		}
	}
	return ec.JSON(http.StatusOK, map[string]any{"twins": shown, "whole": whole})
}

func (p *plane) faults(ec echo.Context, w *twin.World) error {
	return ec.JSON(http.StatusOK, map[string]any{"faults": append([]twin.Fault{}, w.Faults()...)})
}

func (p *plane) addFault(ec echo.Context, w *twin.World) error {
	var f twin.Fault
	if err := read(ec, &f); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	f, err := w.AddFault(f)
	if err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	return ec.JSON(http.StatusCreated, f)
}

func (p *plane) removeFault(ec echo.Context, w *twin.World) error {
	found, err := w.RemoveFault(ec.Param("fault"))
	if err != nil {
		return err
	}
	if !found && ec.Param("fault") != "" {
		return refuse(ec, http.StatusNotFound, "there is no fault %q", ec.Param("fault"))
	}
	return ec.NoContent(http.StatusNoContent)
}

func (p *plane) outbox(ec echo.Context, w *twin.World) error {
	out := []any{}
	for _, d := range w.Outbox() {
		out = append(out, d)
	}
	return ec.JSON(http.StatusOK, map[string]any{"deliveries": out})
}

func (p *plane) redeliver(ec echo.Context, w *twin.World) error {
	var in struct{ ID string }
	if err := read(ec, &in); err != nil {
		return refuse(ec, http.StatusBadRequest, "%v", err)
	}
	found, err := w.Redeliver(in.ID)
	switch {
	case err != nil:
		return err
	case !found:
		return refuse(ec, http.StatusNotFound, "there is no delivery %q", in.ID)
	}
	return ec.NoContent(http.StatusAccepted)
}

func (p *plane) actions(ec echo.Context, w *twin.World) error {
	names := []string{}
	for _, b := range p.twins {
		for name := range b.Actions {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return ec.JSON(http.StatusOK, map[string]any{"actions": names})
}

func (p *plane) act(ec echo.Context, w *twin.World) error {
	name := ec.Param("action")
	for _, b := range p.twins {
		act, ok := b.Actions[name]
		if !ok || ec.QueryParam("twin") != "" && ec.QueryParam("twin") != b.Service {
			continue
		}
		body, err := io.ReadAll(ec.Request().Body)
		if err != nil {
			return refuse(ec, http.StatusRequestEntityTooLarge, "%v", err)
		}
		if len(body) == 0 {
			body = []byte("{}")
		}
		out, err := act(ec.Request().Context(), w, &twin.Request{Base: b, World: w, Echo: ec}, body)
		if err != nil {
			return refuse(ec, http.StatusUnprocessableEntity, "%v", err)
		}
		return ec.JSON(http.StatusOK, out)
	}
	return refuse(ec, http.StatusNotFound, "there is no action %q", name)
}

func since(ec echo.Context) (uint64, error) {
	s := ec.QueryParam("since")
	if s == "" {
		return 0, nil
	}
	return strconv.ParseUint(s, 10, 64)
}
