package twin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/outbox"
	"twinset.dev/kit/store"
)

// A World is one isolated copy of everything, with what is running in it: its journal and its listeners.
type World struct {
	*store.World
	Host    *Host
	Journal *Journal
	hub     hub
	tag     string

	past      past
	following sync.Mutex // one at a time does what others were told
}

// worldState is what a world remembers of itself. It is a record, so that forks and restores carry it.
type worldState struct {
	Clock clock.Clock `json:"clock"`
	Draws uint64      `json:"draws"`          // transactions that used chance; the next one's seed
	Seed  uint64      `json:"seed,omitempty"` // of a world with a chance of its own

	Consistency Consistency `json:"consistency,omitzero"`
}

// Attach returns what is running in a world of the store, and starts it if nothing is.
func (h *Host) Attach(sw *store.World) *World {
	if w, ok := h.worlds.Load(sw); ok {
		return w.(*World)
	}
	w, there := h.worlds.LoadOrStore(sw, &World{World: sw, Host: h, Journal: &Journal{}, tag: sw.Tag()})
	if !there {
		w.(*World).index()
		w.(*World).follow(nil, time.Time{}) // what was told when it last stopped, or when it was forked
	}
	return w.(*World)
}

// Clock returns the world's clock.
func (w *World) Clock() clock.Clock {
	var c clock.Clock
	w.World.View(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		c = st.Clock
		return nil
	})
	return c
}

// SetClock replaces the world's clock; what is due by then is done by the scheduler.
func (w *World) SetClock(c clock.Clock) error {
	err := w.World.Update(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		st.Clock = c
		w.Host.state.Put(tx, st)
		return nil
	})
	w.Host.sched.wake(w)
	return err
}

// SetChance gives the world a chance of its own, which begins anew: the same seed, state and calls give the same ids, secrets and
// accidents in whatever world.
func (w *World) SetChance(seed uint64) error {
	return w.World.Update(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		st.Seed, st.Draws = seed, 0
		w.Host.state.Put(tx, st)
		return nil
	})
}

// chance is what the world's random numbers derive from.
func (st worldState) chance(h *Host) uint64 { return h.WorldSeed ^ st.Seed }

// Update runs f as one transaction in the world, outside any request.
func (w *World) Update(f func(*Call) error) error { return w.update(nil, time.Time{}, f) }

// View runs f on the world as it is.
func (w *World) View(f func(*Call) error) error { return w.view(nil, f) }

func (w *World) update(r *Request, at time.Time, f func(*Call) error) error {
	c := &Call{World: w, Request: r}
	var kept error
	err := w.World.Update(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		*c = Call{World: w, Request: r, Tx: tx, state: st, Now: at}
		if at.IsZero() {
			c.Now = st.Clock.Now()
		}
		kept = nil
		r.happened(c.Now)
		if err := f(c); err != nil {
			if k, ok := err.(keep); ok {
				kept = k.error
			} else {
				return err
			}
		}
		if c.rand != nil {
			c.state.Draws++
			w.Host.state.Put(tx, c.state)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.committed()
	if lag := c.Lag(); lag > 0 {
		w.past.add(c.Now, c.Now.Add(-lag), w.Snapshot())
	}
	if r != nil {
		r.version = w.Version()
	}
	if c.told {
		w.follow(r, at)
	}
	return kept
}

func (w *World) view(r *Request, f func(*Call) error) error {
	return w.World.View(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		c := &Call{World: w, Request: r, Tx: tx, state: st, Now: st.Clock.Now()}
		r.happened(c.Now)
		return f(c)
	})
}

// Seed is a seed file: what a world starts from.
//
// Sections belong to twins; Company is what they share; Records, when present, are the exact records of an
// export, by collection.
type Seed struct {
	Clock   *clock.Clock    `json:"clock,omitempty"`
	Company json.RawMessage `json:"company,omitempty"`
	// Consistency is when searches hear of what is written.
	Consistency *Consistency               `json:"consistency,omitempty"`
	Links       json.RawMessage            `json:"links,omitempty"` // how twins follow the directory, by twin
	Sections    map[string]json.RawMessage `json:"-"`
	Records     map[string]json.RawMessage `json:"records,omitempty"`
}

// ParseSeed reads a seed in YAML or JSON.
func ParseSeed(b []byte) (Seed, error) {
	var s Seed
	var doc map[string]any
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return s, fmt.Errorf("not YAML or JSON: %w", err)
	}
	s.Sections = map[string]json.RawMessage{}
	for k, v := range doc {
		j, err := json.Marshal(v)
		if err != nil {
			return s, fmt.Errorf("%s: %w", k, err)
		}
		switch k {
		case "clock":
			err = json.Unmarshal(j, &s.Clock)
		case "company":
			s.Company = j
		case "links":
			s.Links = j
		case "consistency":
			d := json.NewDecoder(bytes.NewReader(j))
			d.DisallowUnknownFields()
			if err = d.Decode(&s.Consistency); err == nil && s.Consistency != nil {
				err = s.Consistency.valid()
			}
		case "records":
			err = json.Unmarshal(j, &s.Records)
		default:
			s.Sections[k] = j
		}
		if err != nil {
			return s, fmt.Errorf("%s: %w", k, err)
		}
	}
	return s, nil
}

// seedSnapshot is the name of the snapshot that reset returns to.
const seedSnapshot = "seed"

// Reseed loads a seed (nil is the demo company) into the world, replacing what is there unless merge is set,
// and takes the snapshot that Reset returns to.
func (w *World) Reseed(b []byte, merge bool) error {
	if b == nil {
		b = w.Host.Demo
	}
	s, err := ParseSeed(b)
	if err != nil {
		return err
	}
	h := w.Host
	var links []Link
	if s.Links != nil {
		if links, err = h.ParseLinks(s.Links); err != nil {
			return fmt.Errorf("links: %w", err)
		}
	}
	for k := range s.Sections {
		if _, ok := h.Twin(k); !ok && !known(k) {
			return fmt.Errorf("section %q belongs to no twin; there are %s", k, strings.Join(services, ", "))
		}
	}
	err = w.World.Update(func(tx *store.Tx) error {
		var st worldState
		if merge {
			st, _ = h.state.Get(tx, "world")
		} else {
			for _, name := range h.Schema.Collections() {
				h.Schema.Clear(tx, name)
			}
		}
		if s.Clock != nil {
			st.Clock = *s.Clock
		}
		if s.Consistency != nil {
			st.Consistency = *s.Consistency
		}
		h.state.Put(tx, st)
		for _, name := range slices.Sorted(maps.Keys(s.Records)) {
			if err := loadRecords(h.Schema, tx, name, s.Records[name]); err != nil {
				return err
			}
			h.disturbed.Store(true) // faults may be among them
		}
		if links != nil {
			h.setLinks(tx, links)
		}
		if len(s.Company)+len(s.Sections) == 0 {
			return nil
		}
		c := &Call{World: w, Tx: tx, state: st, Now: st.Clock.Now(), seeding: true}
		for _, b := range h.twins {
			if b.Seed == nil || len(s.Company) == 0 && s.Sections[b.Service] == nil {
				continue
			}
			if err := b.Seed(c, s.Company, s.Sections[b.Service]); err != nil {
				return fmt.Errorf("%s: %w", b.Service, err)
			}
		}
		if c.rand != nil {
			c.state.Draws++
			h.state.Put(tx, c.state)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, again := w.Load(seedSnapshot); again {
		if err := w.Unsave(seedSnapshot); err != nil {
			return err
		}
	}
	_, err = w.Save(seedSnapshot)
	w.index()
	h.sched.wake(w)
	if !merge {
		w.Notify(Notice{Topic: Replaced})
	}
	return err
}

func loadRecords(s *store.Schema, tx *store.Tx, name string, raw json.RawMessage) error {
	if !slices.Contains(s.Collections(), name) {
		return fmt.Errorf("records: there is no collection %q", name)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(raw, &rows); err != nil {
		return fmt.Errorf("records: %s: %w", name, err)
	}
	for i, r := range rows {
		if err := s.Load(tx, name, r); err != nil {
			return fmt.Errorf("records: %s[%d]: %w", name, i, err)
		}
	}
	return nil
}

// Export returns the seed that makes exactly this world again.
func (w *World) Export() (map[string]any, error) {
	snap := w.Snapshot()
	records := map[string]any{}
	for _, name := range w.Host.Collections() {
		var rows []json.RawMessage
		for _, j := range w.Host.Schema.Dump(snap, name) {
			rows = append(rows, j)
		}
		if rows != nil {
			records[name] = rows
		}
	}
	return map[string]any{"records": records}, nil
}

// Seeded is the version of the world as its seed made it, or as it was forked.
func (w *World) Seeded() uint64 {
	if s, ok := w.Load(seedSnapshot); ok {
		return s.Version()
	}
	return w.Born()
}

// Reset returns the world to what its seed made.
func (w *World) Reset() error {
	s, ok := w.Load(seedSnapshot)
	if !ok { // a fork resets to what it was forked from
		var err error
		if s, err = w.At(w.Born()); err != nil {
			return err
		}
	}
	if err := w.RestoreTo(s); err != nil {
		return err
	}
	w.Journal.clear()
	return nil
}

// RestoreTo gives the world the state of a snapshot, its clock and timers included.
func (w *World) RestoreTo(s *store.Snapshot) error {
	err := w.Restore(s)
	w.index()
	w.follow(nil, time.Time{})
	w.Host.sched.wake(w)
	w.Notify(Notice{Topic: Replaced})
	return err
}

// Seal makes a secret that works in this world alone: a bare secret and the world's tag.
func (w *World) Seal(bare string) string { return bare + w.tag }

// Unseal returns the record key of a presented secret. One that was minted in another world gives a key that
// no record has; one that a user wrote into a seed by hand is good in the world it was seeded in.
func (w *World) Unseal(presented string) string {
	if bare, ok := strings.CutSuffix(presented, w.tag); ok {
		return bare
	}
	return w.Literal(presented)
}

// Literal is the record key of a secret that a user chose.
func (w *World) Literal(secret string) string { return w.Name() + "!" + secret }

// Reveal is the inverse of Unseal: what the holder of the secret presents.
func (w *World) Reveal(key string) string {
	if _, literal, ok := strings.Cut(key, "!"); ok {
		return literal
	}
	return w.Seal(key)
}

// Outbox returns the world's deliveries, oldest first.
func (w *World) Outbox() (ds []outbox.Delivery) {
	w.World.View(func(tx *store.Tx) error {
		ds = slices.Collect(w.Host.outbox.All(tx, ""))
		return nil
	})
	return ds
}

// Replaced is the topic of the notice, of no twin, that a reset, a restore or a seed has put other state into the world.
const Replaced = "replaced"

// A Notice is something that has happened in a world, for whoever is looking on.
type Notice struct {
	Twin, Topic string
	Payload     any
}

// hub passes notices to whoever is looking on. A slow listener loses notices, not the world.
type hub struct {
	mu   sync.Mutex
	subs map[chan Notice]bool
}

// Watch returns what happens in the world from now on; call stop when no longer interested.
func (w *World) Watch(buffer int) (notices <-chan Notice, stop func()) {
	ch := make(chan Notice, buffer)
	h := &w.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = map[chan Notice]bool{}
	}
	h.subs[ch] = true
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.subs[ch] {
			delete(h.subs, ch)
			close(ch)
		}
	}
}

// Watched reports whether anybody is looking on.
func (w *World) Watched() bool {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	return len(w.hub.subs) > 0
}

// Notify tells whoever is looking on.
func (w *World) Notify(n Notice) {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	for ch := range w.hub.subs {
		select {
		case ch <- n:
		default:
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.subs {
		close(ch)
	}
	h.subs = nil
}

var services = []string{"okta", "jira", "slack", "google", "gdrive", "gsheets", "gdocs"}

func known(service string) bool { return slices.Contains(services, service) }
