package twin

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"twinset.dev/kit/clock"
	"twinset.dev/kit/outbox"
	"twinset.dev/kit/store"
)

// A Timer is something that will be done in a world when its clock shows At.
type Timer struct {
	At   time.Time `json:"at"`
	Twin string    `json:"twin"`
	Kind string    `json:"kind"`
	Key  string    `json:"key"`
}

// kindDelivery is the timer of the next attempt at a delivery.
const kindDelivery = "twin.delivery"

func timerName(twin, kind, key string) string { return twin + "\x00" + kind + "\x00" + key }

func (t Timer) key() string {
	return fmt.Sprintf("%020d\x00%s", t.At.UnixNano(), timerName(t.Twin, t.Kind, t.Key))
}

func (h *Host) newTimers() {
	h.timers = store.NewCollection(h.Schema, "twin.timers", (*Timer).key)
	h.timerByName = h.timers.Unique("name", func(t *Timer) []string { return []string{timerName(t.Twin, t.Kind, t.Key)} })
}

// next returns the earliest timer of the world.
func (w *World) next() (t Timer, c clock.Clock, ok bool) {
	w.World.View(func(tx *store.Tx) error {
		st, _ := w.Host.state.Get(tx, "world")
		c = st.Clock
		for t = range w.Host.timers.All(tx, "") {
			ok = true
			break
		}
		return nil
	})
	return t, c, ok
}

// Advance moves the world's clock on by d, doing in order and at its own time all that falls due on the way.
func (w *World) Advance(ctx context.Context, d time.Duration) error {
	return w.advanceTo(ctx, w.Clock().Now().Add(d), d)
}

func (w *World) advanceTo(ctx context.Context, target time.Time, d time.Duration) error {
	w.Host.sched.pause(w)
	defer w.Host.sched.resume(w)
	for ctx.Err() == nil {
		t, c, ok := w.next()
		if !ok || t.At.After(target) {
			break
		}
		if step := t.At.Sub(c.Now()); step > 0 {
			if err := w.SetClock(c.Advance(step)); err != nil {
				return err
			}
			d -= step
		}
		w.Host.fire(ctx, w, t)
	}
	return w.SetClock(w.Clock().Advance(max(d, 0)))
}

// fire does what t says. A timer that fails is dropped: it would fail again.
func (h *Host) fire(ctx context.Context, w *World, t Timer) {
	b, ok := h.Twin(t.Twin)
	if !ok {
		return
	}
	if t.Kind == kindDelivery {
		h.attempt(ctx, b, w, t)
		return
	}
	if t.Kind == kindFollow {
		w.heed(nil, t.At, t.Key)
		return
	}
	err := w.update(nil, t.At, func(c *Call) error {
		c.timer = t.Kind
		if !h.timers.Delete(c.Tx, t.key()) {
			return nil // cancelled since
		}
		return b.Fire(c, t)
	})
	if err != nil {
		h.Log.Error("timer failed", "world", w.Name(), "twin", t.Twin, "kind", t.Kind, "key", t.Key, "err", err)
		w.World.Update(func(tx *store.Tx) error { h.timers.Delete(tx, t.key()); return nil })
	}
}

// attempt makes the next attempt at a delivery and remembers what came of it.
func (h *Host) attempt(ctx context.Context, b *Base, w *World, t Timer) {
	var d outbox.Delivery
	w.World.View(func(tx *store.Tx) error { d, _ = h.outbox.Get(tx, t.Key); return nil })
	if d.State != outbox.Pending {
		w.World.Update(func(tx *store.Tx) error { h.timers.Delete(tx, t.key()); return nil })
		return
	}
	a := b.Deliver(ctx, w, d)
	if ctx.Err() != nil {
		return // shutting down: the timer stays and the attempt is made again
	}
	err := w.Update(func(c *Call) error {
		h.timers.Delete(c.Tx, t.key())
		return c.settle(b, d.ID, a)
	})
	if err != nil && !errors.Is(err, store.ErrNoWorld) {
		h.Log.Error("delivery not recorded", "world", w.Name(), "twin", b.Service, "delivery", d.ID, "err", err)
		w.World.Update(func(tx *store.Tx) error { h.timers.Delete(tx, t.key()); return nil })
	}
}

// settle records an attempt, sets the next one or ends the delivery.
func (c *Call) settle(b *Base, id string, a outbox.Attempt) error {
	h := c.World.Host
	d, ok := h.outbox.Get(c.Tx, id)
	if !ok {
		return nil
	}
	a.At = c.Now
	d.Attempts = append(d.Attempts[:len(d.Attempts):len(d.Attempts)], a)
	d.Due = time.Time{}
	if a.OK() {
		d.State = outbox.Delivered
	} else if wait, again := b.Retry(d, len(d.Attempts)); again {
		d.Due = c.Now.Add(wait)
		c.At(d.Due, d.Twin, kindDelivery, d.ID)
	} else {
		d.State = outbox.Failed
	}
	h.outbox.Put(c.Tx, d)
	if d.State == outbox.Pending || b.Settled == nil {
		return nil
	}
	return b.Settled(c, d)
}

// Send makes a delivery at once, without retries, and records it; for what a person is waiting for.
func (w *World) Send(ctx context.Context, b *Base, d outbox.Delivery) (outbox.Delivery, error) {
	err := w.Update(func(c *Call) error {
		d = c.Deliver(d)
		c.Cancel(d.Twin, kindDelivery, d.ID)
		return nil
	})
	if err != nil {
		return d, err
	}
	a := b.Deliver(ctx, w, d)
	err = w.Update(func(c *Call) error {
		a.At = c.Now
		d.Attempts, d.State, d.Due = []outbox.Attempt{a}, outbox.Failed, time.Time{}
		if a.OK() {
			d.State = outbox.Delivered
		}
		w.Host.outbox.Put(c.Tx, d)
		return nil
	})
	return d, err
}

// Redeliver makes another attempt at a delivery as soon as possible.
func (w *World) Redeliver(id string) (found bool, err error) {
	err = w.Update(func(c *Call) error {
		d, ok := w.Host.outbox.Get(c.Tx, id)
		if found = ok; !ok {
			return nil
		}
		d.State, d.Due = outbox.Pending, c.Now
		w.Host.outbox.Put(c.Tx, d)
		c.At(c.Now, d.Twin, kindDelivery, d.ID)
		return nil
	})
	return found, err
}

// scheduler runs the timers of all worlds whose clocks are running, and those already due where they stand still.
type scheduler struct {
	h    *Host
	mu   sync.Mutex
	heap dueHeap
	of   map[*World]*due
	held map[*World]int // being advanced by hand
	kick chan struct{}
	busy sync.WaitGroup
}

type due struct {
	w   *World
	at  time.Time // on the machine's clock
	pos int       // in the heap; -1 while not in it
	run bool      // a goroutine is firing this world's timers
}

func newScheduler(h *Host) *scheduler {
	return &scheduler{h: h, of: map[*World]*due{}, held: map[*World]int{}, kick: make(chan struct{}, 1)}
}

// wake looks again at when the world needs its next timer fired.
func (s *scheduler) wake(w *World) {
	if s == nil {
		return
	}
	t, c, ok := w.next()
	wait, will := c.Real(t.At)
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.of[w]
	if !ok || !will || s.held[w] > 0 {
		if d != nil && d.pos >= 0 {
			heap.Remove(&s.heap, d.pos)
		}
		if d != nil && !d.run {
			delete(s.of, w)
		}
		return
	}
	if d == nil {
		d = &due{w: w, pos: -1}
		s.of[w] = d
	}
	if d.run {
		return // it looks again when it is through
	}
	d.at = time.Now().Add(wait)
	if d.pos >= 0 {
		heap.Fix(&s.heap, d.pos)
	} else {
		heap.Push(&s.heap, d)
	}
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// pause keeps the scheduler out of a world; resume lets it in again.
func (s *scheduler) pause(w *World) {
	for {
		s.mu.Lock()
		s.held[w]++
		d := s.of[w]
		if d == nil || !d.run {
			if d != nil && d.pos >= 0 {
				heap.Remove(&s.heap, d.pos)
			}
			s.mu.Unlock()
			return
		}
		s.held[w]--
		s.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
}

func (s *scheduler) resume(w *World) {
	s.mu.Lock()
	if s.held[w]--; s.held[w] <= 0 {
		delete(s.held, w)
	}
	s.mu.Unlock()
	s.wake(w)
}

func (s *scheduler) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		s.mu.Lock()
		wait := time.Hour
		for len(s.heap) > 0 {
			d := s.heap[0]
			if wait = time.Until(d.at); wait > 0 {
				break
			}
			heap.Pop(&s.heap)
			d.run = true
			s.busy.Go(func() { s.fire(ctx, d) })
		}
		s.mu.Unlock()
		timer.Reset(max(wait, 0))
		select {
		case <-ctx.Done():
			s.busy.Wait()
			return
		case <-s.kick:
		case <-timer.C:
		}
	}
}

// fire runs all that is due in one world. Deliveries to different receivers go side by side, those to one
// receiver one after the other.
func (s *scheduler) fire(ctx context.Context, d *due) {
	for ctx.Err() == nil {
		var ts []Timer
		deliveries := map[string][]Timer{}
		d.w.World.View(func(tx *store.Tx) error {
			st, _ := s.h.state.Get(tx, "world")
			now := st.Clock.Now()
			n := 0
			for t := range s.h.timers.All(tx, "") {
				if n++; t.At.After(now) || n > 256 {
					break
				}
				if t.Kind == kindDelivery {
					o, _ := s.h.outbox.Get(tx, t.Key)
					to := o.Kind + " " + o.URL + " " + o.Subject
					deliveries[to] = append(deliveries[to], t)
				} else {
					ts = append(ts, t)
				}
			}
			return nil
		})
		if len(ts)+len(deliveries) == 0 {
			break
		}
		for _, t := range ts {
			s.h.fire(ctx, d.w, t)
		}
		var wg sync.WaitGroup
		for _, group := range deliveries {
			wg.Go(func() {
				for _, t := range group {
					s.h.fire(ctx, d.w, t)
				}
			})
		}
		wg.Wait()
	}
	s.mu.Lock()
	d.run = false
	s.mu.Unlock()
	s.wake(d.w)
}

type dueHeap []*due

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].pos, h[j].pos = i, j }
func (h *dueHeap) Push(x any)        { d := x.(*due); d.pos = len(*h); *h = append(*h, d) }
func (h *dueHeap) Pop() any {
	old := *h
	d := old[len(old)-1]
	*h, d.pos = old[:len(old)-1], -1
	return d
}
