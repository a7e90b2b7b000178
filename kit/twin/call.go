package twin

import (
	"fmt"
	"math/rand/v2"
	"time"

	"twinset.dev/kit/outbox"
	"twinset.dev/kit/store"
)

// A Call is one transaction in one world: the state it sees, the time it runs at, and what leaves the twin
// once it has committed.
type Call struct {
	*store.Tx
	World   *World
	Request *Request // nil outside a request
	Now     time.Time

	state   worldState
	rand    *rand.Rand
	n       int
	notices []Notice
	after   []func()
	due     bool
	seeding bool
	told    bool    // others are to follow
	timer   string  // the kind of the timer that is fired
	steps   []Entry // that a twin has taken as it follows
}

// Keep refuses with err and yet keeps what was written, for the few refusals that a vendor remembers:
// the failed login that counts towards a lockout.
func Keep(err error) error { return keep{err} }

type keep struct{ error }

// Rand returns n characters of alphabet, the same ones when the same world is played again.
func (c *Call) Rand(n int, alphabet string) string {
	if c.rand == nil {
		c.rand = rand.New(rand.NewPCG(c.state.chance(c.World.Host), c.state.Draws))
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[c.rand.IntN(len(alphabet))]
	}
	return string(b)
}

// Chance returns a number in [0, 1), as reproducible as Rand.
func (c *Call) Chance() float64 {
	c.Rand(0, "")
	return c.rand.Float64()
}

// After runs f once the transaction has committed; it is not run if the transaction is refused.
func (c *Call) After(f func()) { c.after = append(c.after, f) }

// Notify tells whoever is looking on, once the transaction has committed.
func (c *Call) Notify(n Notice) { c.notices = append(c.notices, n) }

// Deliver writes d into the outbox; the first attempt is made as soon as the transaction has committed.
func (c *Call) Deliver(d outbox.Delivery) outbox.Delivery {
	c.n++
	d.ID = fmt.Sprintf("D%016x%03d", c.Now.UnixMicro(), c.n)
	for c.World.Host.outbox.Has(c.Tx, d.ID) {
		c.n++
		d.ID = fmt.Sprintf("D%016x%03d", c.Now.UnixMicro(), c.n)
	}
	d.Created, d.State, d.Due = c.Now, outbox.Pending, c.Now
	c.World.Host.outbox.Put(c.Tx, d)
	c.At(c.Now, d.Twin, kindDelivery, d.ID)
	return d
}

// At makes the twin's Fire run at time t of the world. A timer is known by twin, kind and key: setting it again moves it.
func (c *Call) At(t time.Time, twin, kind, key string) {
	c.Cancel(twin, kind, key)
	c.World.Host.timers.Put(c.Tx, Timer{At: t.UTC(), Twin: twin, Kind: kind, Key: key})
	c.due = true
}

// Cancel forgets a timer, if it is set.
func (c *Call) Cancel(twin, kind, key string) {
	h := c.World.Host
	if t, ok := h.timerByName.Get(c.Tx, timerName(twin, kind, key)); ok {
		h.timers.Delete(c.Tx, t.key())
	}
}

// committed lets out what waited for the commit.
func (c *Call) committed() {
	for _, n := range c.notices {
		c.World.Notify(n)
	}
	for _, f := range c.after {
		f()
	}
	if c.due {
		c.World.Host.sched.wake(c.World)
	}
}
