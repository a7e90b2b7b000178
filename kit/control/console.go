package control

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/store"
	"twinset.dev/kit/twin"
	"twinset.dev/kit/ui"
)

//go:embed console/*.html console/*.css
var consoleFiles embed.FS

var consoleDir, _ = fs.Sub(consoleFiles, "console")

var consolePages = sync.OnceValue(func() *template.Template { return ui.Templates(consoleDir, nil) })

// console is the control plane for people: pages at /_twin/ui, of the world that the address names.
func (p *plane) console(e *echo.Echo) {
	ui.Assets(e)
	ui.Serve(e, "/_twin/ui/console", consoleDir)
	pages := map[string]func(*screen) error{
		"": p.overviewPage, "/journal": p.journalPage, "/faults": p.faultsPage, "/outbox": p.outboxPage, "/snapshots": p.snapshotsPage, "/diff": p.diffPage, "/seed": p.seedPage, "/operations": p.operationsPage,
	}
	for path, fill := range pages {
		e.GET("/_twin/ui"+path, p.person(func(ec echo.Context, w *twin.World) error {
			s := p.screen(ec, w, strings.TrimPrefix(path, "/"))
			if err := fill(s); err != nil {
				return err
			}
			return s.show(http.StatusOK, or(s.Tab, "overview"))
		}))
	}
	e.GET("/_twin/ui/", func(ec echo.Context) error { return ec.Redirect(http.StatusSeeOther, prefix(ec)+"/_twin/ui") })
	e.GET("/_twin/ui/events", p.person(func(ec echo.Context, w *twin.World) error {
		more, stop := w.Journal.Follow()
		defer stop()
		return ui.Stream(ec, more, func(struct{}) (any, bool) { return "journal", true })
	}))
	e.GET("/_twin/ui/seed.json", p.person(p.export))
	e.POST("/_twin/ui/enter", p.enter)
	e.POST("/_twin/ui/do/:what", p.person(func(ec echo.Context, w *twin.World) error {
		do := map[string]func(echo.Context, *twin.World) (string, error){
			"fork": p.doFork, "drop": p.doDrop, "reset": p.doReset, "clock": p.doClock, "advance": p.doAdvance, "fault": p.doFault, "unfault": p.doUnfault,
			"redeliver": p.doRedeliver, "snapshot": p.doSnapshot, "restore": p.doRestore, "unsave": p.doUnsave, "limits": p.doLimits, "seed": p.doSeed,
		}[ec.Param("what")]
		ec.Request().Body = http.MaxBytesReader(ec.Response(), ec.Request().Body, maxBody)
		if err := ec.Request().ParseMultipartForm(8 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return ec.NoContent(http.StatusBadRequest)
		}
		if do == nil {
			return ec.NoContent(http.StatusNotFound)
		}
		said, err := do(ec, w)
		if err != nil {
			ui.Say(ec, ui.Flash{Error: err.Error()})
		} else if said != "" {
			ui.Say(ec, ui.Flash{OK: said})
		}
		where := ui.Back(ec.FormValue("back"), prefix(ec)+"/_twin/ui")
		if name, ok := strings.CutPrefix(where, "/w/"); ok { // a world that is gone has no page
			name, _, _ = strings.Cut(name, "/")
			if _, there := p.World(name); !there {
				where = "/_twin/ui"
			}
		}
		return ec.Redirect(http.StatusSeeOther, where)
	}))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// prefix is what addresses begin with in the world that the request names in its path.
func prefix(ec echo.Context) string {
	if name := ec.Request().Header.Get(twin.WorldHeader); name != "" && name != twin.DefaultWorld {
		return "/w/" + name
	}
	return ""
}

const adminCookie = "twin_admin"

// pass is what the cookie of somebody who knows the admin token holds.
func (p *plane) pass() string {
	mac := hmac.New(sha256.New, []byte(p.Admin))
	mac.Write([]byte("twin console"))
	return hex.EncodeToString(mac.Sum(nil))
}

// person lets a page be seen by whoever may use the control plane, and its forms be sent by these pages alone.
func (p *plane) person(f func(echo.Context, *twin.World) error) echo.HandlerFunc {
	cross := http.NewCrossOriginProtection()
	return p.in(func(ec echo.Context, w *twin.World) error {
		if err := cross.Check(ec.Request()); err != nil {
			return ec.String(http.StatusForbidden, "This form was sent from another site.\n")
		}
		if p.Admin != "" {
			if c, err := ec.Cookie(adminCookie); err != nil || !hmac.Equal([]byte(c.Value), []byte(p.pass())) {
				s := p.screen(ec, w, "enter")
				s.Events = ""
				return s.show(http.StatusUnauthorized, "enter")
			}
		}
		return f(ec, w)
	})
}

// enter takes the admin token.
func (p *plane) enter(ec echo.Context) error {
	where := ui.Back(ec.FormValue("back"), "/_twin/ui")
	if !hmac.Equal([]byte(ec.FormValue("token")), []byte(p.Admin)) {
		ui.Say(ec, ui.Flash{Error: "This is not the admin token."})
		return ec.Redirect(http.StatusSeeOther, where)
	}
	ec.SetCookie(&http.Cookie{Name: adminCookie, Value: p.pass(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: ec.Request().TLS != nil})
	return ec.Redirect(http.StatusSeeOther, where)
}

// A screen is what a page of the console shows.
type screen struct {
	ui.Page
	ec      echo.Context
	w       *twin.World
	Service string
	Home    string // where a person starts in the twin itself
	Tab     string
	Tabs    []tab
	World   string
	Worlds  []worldLine
	Mode    string
	Now     time.Time
	Version uint64
	Back    string

	Env        [][2]string
	Twins      []twinLine
	Entries    []twin.Entry
	Find       string
	Faults     []twin.Fault
	Limits     bool
	Deliveries []delivery
	Snapshots  []store.SavedSnapshot
	Since      string
	Until      string
	Created    []change
	Updated    []change
	Deleted    []change
	Problem    string
	Operations []operationLine
	Holdings   []holding
	Suite      bool
}

type tab struct {
	Name, Href string
	Here       bool
}

type worldLine struct {
	Name, Home, Console string
	Version             uint64
	Here, Default       bool
	Mode                string
	Now                 time.Time
}

type twinLine struct {
	Title, Service, Home         string
	Full, Partial, Shape, Absent int
}

// A holding is how many records of a collection a world has.
type holding struct {
	Collection string
	Records    int
}

type operationLine struct {
	*twin.Operation
	Service string
	Mean    string
}

type delivery struct {
	outbox.Delivery
	Last outbox.Attempt
}

func (p *plane) screen(ec echo.Context, w *twin.World, at string) *screen {
	root := prefix(ec)
	c := w.Clock()
	title := p.Title
	if !p.suite() {
		title += " twin"
	}
	s := &screen{Page: ui.Page{Title: title + ": console", Class: "console", Root: root, Styles: []string{root + "/_twin/ui/console/console.css"}, Events: root + "/_twin/ui/events", Said: ui.Said(ec)},
		ec: ec, w: w, Service: title, Home: root + or(p.UI, "/_twin/ui"), Tab: at, Suite: p.suite(), World: w.Name(), Mode: c.Mode(), Now: c.Now(), Version: w.Version(), Back: root + ec.Request().URL.RequestURI()}
	for _, t := range [][2]string{{"Overview", ""}, {"Journal", "/journal"}, {"Faults", "/faults"}, {"Outbox", "/outbox"}, {"Snapshots", "/snapshots"}, {"Changes", "/diff"}, {"Seed", "/seed"}, {"Operations", "/operations"}} {
		s.Tabs = append(s.Tabs, tab{t[0], root + "/_twin/ui" + t[1], strings.TrimPrefix(t[1], "/") == at})
	}
	for _, name := range p.DB.Worlds() {
		o, ok := p.World(name)
		if !ok {
			continue
		}
		at := ""
		if name != twin.DefaultWorld {
			at = "/w/" + name
		}
		oc := o.Clock()
		s.Worlds = append(s.Worlds, worldLine{name, at + or(p.UI, "/_twin/ui"), at + "/_twin/ui", o.Version(), o == w, name == twin.DefaultWorld, oc.Mode(), oc.Now()})
		if len(s.Worlds) == 200 {
			break
		}
	}
	return s
}

func (s *screen) show(status int, name string) error {
	b, err := ui.Render(consolePages(), name, s)
	if err != nil {
		return err
	}
	maps.Copy(s.ec.Response().Header(), ui.Headers())
	return s.ec.HTMLBlob(status, b)
}

func (p *plane) overviewPage(s *screen) error {
	env, _ := p.creds(s.ec, s.w)
	for _, k := range slices.Sorted(maps.Keys(env)) {
		s.Env = append(s.Env, [2]string{k, env[k]})
	}
	for _, b := range p.twins {
		t := twinLine{Title: b.Title, Service: b.Service, Home: b.URLIn(s.w, &twin.Request{Base: b, World: s.w, Echo: s.ec}) + or(b.UI, "/_twin/ui")}
		for _, op := range b.Operations() {
			switch op.Level {
			case twin.Full:
				t.Full++
			case twin.Partial:
				t.Partial++
			case twin.Shape:
				t.Shape++
			default:
				t.Absent++
			}
		}
		s.Twins = append(s.Twins, t)
	}
	return nil
}

func (p *plane) journalPage(s *screen) error {
	s.Find = s.ec.QueryParam("find")
	for _, e := range slices.Backward(s.w.Journal.Since(0, 0)) {
		if s.Find != "" && !strings.Contains(strings.ToLower(e.Twin+" "+e.Operation+" "+e.Path+" "+e.Actor+" "+e.Error+" "+strconv.Itoa(e.Status)), strings.ToLower(s.Find)) {
			continue
		}
		if e.Error != "" { // one of ours brings its stack; the page has room for what happened
			e.Error, _, _ = strings.Cut(e.Error, "\n")
		}
		if s.Entries = append(s.Entries, e); len(s.Entries) == 200 {
			break
		}
	}
	return nil
}

func (p *plane) faultsPage(s *screen) error {
	for _, b := range p.twins {
		s.Twins = append(s.Twins, twinLine{Title: b.Title, Service: b.Service})
	}
	for _, f := range s.w.Faults() {
		if f.RateLimits != "" {
			s.Limits = f.RateLimits == "vendor"
			continue
		}
		s.Faults = append(s.Faults, f)
	}
	return nil
}

func (p *plane) outboxPage(s *screen) error {
	for _, d := range slices.Backward(s.w.Outbox()) {
		l := delivery{Delivery: d}
		if n := len(d.Attempts); n > 0 {
			l.Last = d.Attempts[n-1]
		}
		if s.Deliveries = append(s.Deliveries, l); len(s.Deliveries) == 200 {
			break
		}
	}
	return nil
}

func (p *plane) snapshotsPage(s *screen) error {
	s.Snapshots = s.w.Saved()
	return nil
}

func (p *plane) diffPage(s *screen) error {
	s.Snapshots = s.w.Saved()
	s.Since = s.ec.QueryParam("since")
	s.Until = s.ec.QueryParam("until")
	from, ok := version(s.w, s.Since, s.w.Seeded())
	to, there := version(s.w, s.Until, s.w.Version())
	if !ok || !there {
		s.Problem = "A point in time is a version or the name of a snapshot."
		return nil
	}
	var err error
	s.Created, s.Updated, s.Deleted, err = changed(s.w, from, to, false)
	if errors.Is(err, store.ErrHistory) {
		s.Problem, err = fmt.Sprintf("What changed from version %d to %d is no longer kept, or has not happened.", from, to), nil
	}
	for _, list := range []*[]change{&s.Created, &s.Updated, &s.Deleted} {
		*list = (*list)[:min(len(*list), 200)]
	}
	return err
}

// seedPage shows what a seed would have to say to make the world again; the form loads another.
func (p *plane) seedPage(s *screen) error {
	now := s.w.Snapshot()
	for _, name := range p.Collections() {
		h := holding{Collection: name}
		for range p.Schema.Records(now, name) {
			h.Records++
		}
		if h.Records > 0 {
			s.Holdings = append(s.Holdings, h)
		}
	}
	return nil
}

// suite reports whether the port is that of all twins, and of no twin itself.
func (p *plane) suite() bool { return !slices.Contains(p.twins, p.Base) }

func (p *plane) operationsPage(s *screen) error {
	s.Find = s.ec.QueryParam("find")
	for _, b := range p.twins {
		for _, op := range b.Operations() {
			if s.Find != "" && !strings.Contains(strings.ToLower(b.Service+" "+op.ID+" "+op.Path+" "+string(op.Level)), strings.ToLower(s.Find)) {
				continue
			}
			l := operationLine{op, b.Service, ""}
			if n := op.Calls(); n > 0 {
				l.Mean = fmt.Sprintf("%.2f ms", float64(op.Micros())/float64(n)/1000)
			}
			s.Operations = append(s.Operations, l)
		}
	}
	slices.SortStableFunc(s.Operations, func(a, b operationLine) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.ID, b.ID))
	})
	return nil
}
