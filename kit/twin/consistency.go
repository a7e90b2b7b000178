package twin

import (
	"fmt"
	"sync"
	"time"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/store"
)

// A Consistency says when a world's searches, feeds of changes and rules have heard of what was written: at once, or, if it is
// lagging, By later on the world's clock.
type Consistency struct {
	Mode string `json:"mode,omitempty"` // strong, lagging; "" is strong
	By   string `json:"by,omitempty"`
}

// valid refuses what is no consistency.
func (s Consistency) valid() error {
	d, err := clock.ParseDuration(s.By)
	switch {
	case s.Mode != "" && s.Mode != "strong" && s.Mode != "lagging":
		return fmt.Errorf("mode is %q; it can be strong or lagging", s.Mode)
	case s.Mode == "lagging" && (err != nil || d <= 0):
		return fmt.Errorf("by is %q; it is a duration such as 2s or 5m", s.By)
	case s.Mode != "lagging" && s.By != "":
		return fmt.Errorf("by is of what lags")
	}
	return nil
}

func (s Consistency) lag() time.Duration {
	if s.Mode != "lagging" {
		return 0
	}
	d, _ := clock.ParseDuration(s.By) // it was read before it was kept
	return d
}

// Lag is how much later than what is written a search, a feed or a rule hears of it; 0 is at once.
func (c *Call) Lag() time.Duration { return c.state.Consistency.lag() }

// Past is the call on the world as its searches and feeds know it: itself, or, in a world that lags, one that reads what was
// there a while ago and cannot write.
func (c *Call) Past() *Call {
	lag := c.Lag()
	if lag == 0 {
		return c
	}
	s := c.World.past.at(c.Now.Add(-lag))
	if s == nil {
		return c
	}
	then := *c
	then.Tx = s.Tx(c.World.World)
	return &then
}

// Consistency returns when the world's searches hear of what is written.
func (w *World) Consistency() (s Consistency) {
	w.World.View(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		s = st.Consistency
		return nil
	})
	return s
}

// SetConsistency changes when the world's searches hear of what is written; they know all that there is now.
func (w *World) SetConsistency(s Consistency) error {
	if err := s.valid(); err != nil {
		return err
	}
	err := w.World.Update(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		st.Consistency = s
		w.Host.state.Put(tx, st)
		return nil
	})
	w.index()
	return err
}

// index lets a world that lags know all that there is: when it begins to, or when other state was put into it.
func (w *World) index() {
	var all []moment
	if w.Consistency().lag() > 0 {
		all = []moment{{snap: w.Snapshot()}}
	}
	w.past.mu.Lock()
	w.past.moments = all
	w.past.mu.Unlock()
}

// past is what a world that lags has been.
type past struct {
	mu      sync.Mutex
	moments []moment // the oldest first
}

type moment struct {
	at   time.Time
	snap *store.Snapshot
}

// at is the newest state that is not younger than a time.
func (p *past) at(t time.Time) (s *store.Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.moments {
		if s == nil || !m.at.After(t) {
			s = m.snap
		}
	}
	return s
}

// add keeps what a world is at a time, and forgets what has been over since before another.
func (p *past) add(now, over time.Time, snap *store.Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.moments) - 1; n > 0 && p.moments[n].at.Equal(now) {
		p.moments[n].snap = snap
	} else {
		p.moments = append(p.moments, moment{now, snap})
	}
	for len(p.moments) > 1 && !p.moments[1].at.After(over) {
		p.moments = p.moments[1:]
	}
}
