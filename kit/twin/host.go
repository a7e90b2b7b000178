// Package twin is the chassis every twin is built on: worlds, one request as one transaction, faults,
// journal, timers and deliveries. It knows no vendor.
package twin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/spec"
	"twinset.dev/kit/store"
)

// DefaultWorld is the world of a request that names no other.
const DefaultWorld = "default"

// Options are what a user sets on the command line.
type Options struct {
	Data      string   // directory that keeps the state; "" keeps it in memory
	NoSync    bool     // acknowledge before the disk has it
	Demo      []byte   // seed of a world that is given none
	Seed      []byte   // YAML or JSON of the default world; nil is the demo company
	WorldSeed uint64   // every world's chance and secrets derive from it
	BaseURL   string   // what links begin with, {twin} being the twin's name; "" repeats the host the caller used
	Strict    bool     // check every answer against the public spec
	Admin     string   // bearer token the control plane asks for; "" asks for none
	Egress    []string // hosts that deliveries may reach although they are not loopback
	History   int      // changes kept per world for diff and time travel
	Log       *slog.Logger
}

// A Host carries one or more twins on one world table.
type Host struct {
	Options
	Schema *store.Schema
	DB     *store.DB // nil until Open
	Sender *outbox.Sender

	twins       []*Base
	state       *store.Collection[worldState]
	timers      *store.Collection[Timer]
	timerByName *store.Index[Timer]
	faults      *store.Collection[Fault]
	outbox      *store.Collection[outbox.Delivery]
	links       *store.Collection[Link]
	known       *store.Collection[knowledge]
	tidings     *store.Collection[tiding]

	// Check holds an answer against the specification; nil unless the host is strict.
	Check func(op string, status int, contentType string, body []byte) []error

	disturbed atomic.Bool // some world may have faults or keep rate limits

	worlds sync.Map // *store.World to the *World that runs in it
	sched  *scheduler
	stop   context.CancelFunc
	done   sync.WaitGroup
	ctx    context.Context
}

// NewHost returns a Host that twins can be mounted on; Open makes it ready to serve.
func NewHost(o Options) *Host {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Host{Options: o, Schema: &store.Schema{}, Sender: outbox.NewSender(o.Egress)}
	h.state = store.NewCollection(h.Schema, "twin.world", func(*worldState) string { return "world" })
	h.newTimers()
	h.faults = store.NewCollection(h.Schema, "twin.faults", func(f *Fault) string { return f.ID })
	h.outbox = outbox.NewCollection(h.Schema)
	h.newLinks()
	h.ctx, h.stop = context.WithCancel(context.Background())
	return h
}

// A Base is what one twin has of its Host.
type Base struct {
	*Host
	Config
	Echo   *echo.Echo
	ops    []*Operation
	byID   map[string]*Operation
	origin *origin
}

// Config is what a twin tells the chassis about itself.
type Config struct {
	Service string // "slack": the prefix of its collections and the key of its section in a seed
	Title   string
	Port    int
	Source  string    // where its spec comes from, with version
	Spec    *spec.Doc // the public specification; nil if there is none

	// Seed adds a section of a seed file to the world of c. The company is what every twin shares.
	Seed func(c *Call, company, section json.RawMessage) error
	// Credentials returns ready credentials of the world of c: environment lines and objects.
	Credentials func(c *Call) (env map[string]string, objects map[string]any)
	// Refuse answers a fault in the vendor's own shape.
	Refuse func(r *Request, f Fault) Answer
	// Fire does what was due: a timer of this twin, within a transaction at the time it was due.
	Fire func(c *Call, t Timer) error
	// Deliver makes one attempt at a delivery, outside any transaction.
	Deliver func(ctx context.Context, w *World, d outbox.Delivery) outbox.Attempt
	// Retry returns how long to wait before attempt n+1, after n have failed; false gives up.
	Retry func(d outbox.Delivery, n int) (time.Duration, bool)
	// Settled is told, in a transaction, that a delivery was accepted or given up.
	Settled func(c *Call, d outbox.Delivery) error
	// Follow does what has become of a person or a group in the company's directory, and says with Did what that is.
	Follow func(c *Call, ch Change) error
	// Roles are the least of the vendor's roles that allow some things.
	Roles func(permissions []string) []string
	// Actions are what a person does in the product, by name.
	Actions map[string]Action
	// Bookkeeping are the collections, and fields of them, that only follow from what else happens: logs, counters, times. They may be
	// globs: "events", "channels.Updated", "*.Updated". What a trial must leave as it was, they need not be.
	Bookkeeping []string
	// UI is where a person starts, "/_twin/ui" if empty.
	UI string
	// On is the twin on whose port this one is served too; nil is a port of its own.
	On *Base
}

// An Action does in w what a person does in the product. Its answer is sent as JSON.
type Action func(ctx context.Context, w *World, r *Request, body json.RawMessage) (any, error)

// Mount adds a twin to the host and returns its Base, whose Echo it puts its routes on.
func (h *Host) Mount(c Config) *Base {
	b := &Base{Host: h, Config: c, byID: map[string]*Operation{}}
	if c.On != nil {
		b.Echo, b.origin = c.On.Echo, c.On.origin
	} else {
		b.Echo, b.origin = NewEcho(), &origin{}
	}
	h.twins = append(h.twins, b)
	return b
}

// NewEcho returns an Echo that finds the world in the path of a request.
func NewEcho() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Pre(worldPrefix)
	return e
}

// AllowEgress lets deliveries reach these hosts although they are not loopback.
func (h *Host) AllowEgress(hosts []string) {
	h.Egress = hosts
	h.Sender = outbox.NewSender(hosts)
}

// Twins returns the mounted twins in the order they were mounted.
func (h *Host) Twins() []*Base { return h.twins }

// Twin returns the twin that has the name.
func (h *Host) Twin(service string) (*Base, bool) {
	for _, b := range h.twins {
		if b.Service == service {
			return b, true
		}
	}
	return nil, false
}

// Neighbours returns the twins that are served on b's port, b first.
func (b *Base) Neighbours() []*Base {
	all := []*Base{b}
	for _, o := range b.twins {
		if o != b && o.Echo == b.Echo {
			all = append(all, o)
		}
	}
	return all
}

// Open opens the state and makes the default world if there is none.
func (h *Host) Open() error {
	db, err := store.Open(h.Schema, store.Options{
		Dir: h.Data, NoSync: h.NoSync, History: h.History, Seed: h.WorldSeed, Logger: h.Log,
	})
	if err != nil {
		return err
	}
	h.DB = db
	h.disturbed.Store(h.Data != "") // what is on disk is not looked through for faults
	h.sched = newScheduler(h)
	h.done.Go(func() { h.sched.run(h.ctx) })
	if _, ok := db.World(DefaultWorld); !ok {
		sw, err := db.Create(DefaultWorld)
		if err != nil {
			return err
		}
		if err := h.Attach(sw).Reseed(h.Seed, false); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	h.done.Go(func() { // reading worlds for the timers in them need not hold up the first request
		for _, name := range db.Worlds() {
			if w, ok := h.World(name); ok && h.ctx.Err() == nil {
				h.sched.wake(w)
			}
		}
	})
	return nil
}

// Close stops timers and deliveries, tells whoever is looking on that it is over, and closes the state.
func (h *Host) Close() error {
	h.stop()
	h.done.Wait()
	h.worlds.Range(func(_, w any) bool {
		w.(*World).hub.close()
		return true
	})
	if h.DB == nil {
		return nil
	}
	return h.DB.Close()
}

// World returns the world of that name.
func (h *Host) World(name string) (*World, bool) {
	sw, ok := h.DB.World(name)
	if !ok {
		return nil, false
	}
	return h.Attach(sw), true
}

// ErrNoWorld is returned for a name that no world has.
var ErrNoWorld = errors.New("twin: no such world")

// Fork makes a world from a snapshot. An empty name makes one up.
func (h *Host) Fork(from *store.Snapshot, name string, durable bool) (*World, error) {
	given := name != ""
	var sw *store.World
	for n := len(h.DB.Worlds()); sw == nil; n++ {
		if !given {
			name = fmt.Sprintf("w%d", n)
		}
		var err error
		sw, err = h.DB.Fork(from, name, durable)
		// A name that nobody gave may be another's by now: then the next will do.
		if err != nil && (given || !errors.Is(err, store.ErrExists)) {
			return nil, err
		}
	}
	w := h.Attach(sw)
	h.sched.wake(w)
	return w, nil
}

// Drop forgets a world and all that is in it.
func (h *Host) Drop(name string) error {
	sw, ok := h.DB.World(name)
	if !ok {
		return ErrNoWorld
	}
	if w, ok := h.worlds.LoadAndDelete(sw); ok {
		w.(*World).hub.close()
	}
	return h.DB.Drop(name)
}

// Collections returns the collections of a twin with their nouns, in name order.
func (h *Host) Collections() []string {
	names := h.Schema.Collections()
	sort.Strings(names)
	return names
}
