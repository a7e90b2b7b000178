package cxdb

import (
	"strconv"
	"sync"
	"time"
)

// An Event is something that happened in a store: context_created, context_metadata_updated, turn_appended,
// client_connected, client_disconnected or error_occurred. Ids in its data are strings.
type Event struct {
	Namespace string
	Kind      string
	Data      map[string]any
}

// A bus hands events to those who listen. Who does not keep up is let go: the channel is closed.
type bus struct {
	mu        sync.Mutex
	listeners map[chan Event]*Space
	closed    bool
}

func newBus() *bus { return &bus{listeners: map[chan Event]*Space{}} }

// backlog is how many events a listener may be behind.
const backlog = 256

func (b *bus) send(e Event) {
	for k, v := range e.Data {
		if id, ok := v.(uint64); ok {
			e.Data[k] = strconv.FormatUint(id, 10)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch, space := range b.listeners {
		if !space.sees(e.Namespace) {
			continue
		}
		select {
		case ch <- e:
		default:
			delete(b.listeners, ch)
			close(ch)
		}
	}
}

func (b *bus) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.listeners {
		close(ch)
	}
	clear(b.listeners)
	b.closed = true
}

// Listen returns the space's events from now on. The channel closes when the store does, or when the listener is
// hundreds of events behind. Stop ends it.
func (p *Space) Listen() (events <-chan Event, stop func()) {
	ch := make(chan Event, backlog)
	b := p.s.bus
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(ch)
		return ch, func() {}
	}
	b.listeners[ch] = p
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if _, ok := b.listeners[ch]; ok {
			delete(b.listeners, ch)
			close(ch)
		}
	}
}

// A session is one connection of the binary protocol.
type session struct {
	ID           uint64 `json:"session_id,string"`
	Tag          string `json:"client_tag"`
	Peer         string `json:"peer_addr,omitempty"`
	Connected    int64  `json:"connected_at"`
	LastActivity int64  `json:"last_activity_at"`
	Contexts     int    `json:"context_count"`

	namespace string
}

// sessions know who is connected and which contexts are live: those that a connected session has created, and those
// that were written to within liveFor.
type sessions struct {
	mu      sync.Mutex
	now     func() time.Time
	next    uint64
	open    map[uint64]*session
	owner   map[uint64]uint64 // context to session
	written map[uint64]int64  // context to unix ms
}

const liveFor = 30 * time.Second

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, open: map[uint64]*session{}, owner: map[uint64]uint64{}, written: map[uint64]int64{}}
}

func (l *sessions) connect(peer string) *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	now := l.now().UnixMilli()
	s := &session{ID: l.next, Peer: peer, Connected: now, LastActivity: now}
	l.open[s.ID] = s
	return s
}

func (l *sessions) name(s *session, tag, namespace string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Tag, s.namespace = tag, namespace
}

func (l *sessions) active(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.LastActivity = l.now().UnixMilli()
}

func (l *sessions) created(s *session, context uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Contexts++
	l.owner[context] = s.ID
}

// disconnect forgets a session and returns the contexts it had created.
func (l *sessions) disconnect(s *session) (contexts []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, s.ID)
	for c, owner := range l.owner {
		if owner == s.ID {
			delete(l.owner, c)
			contexts = append(contexts, strconv.FormatUint(c, 10))
		}
	}
	return contexts
}

// wrote notes a write to a context, and forgets those of long ago.
func (l *sessions) wrote(context uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now().UnixMilli()
	l.written[context] = now
	if len(l.written) > 4096 {
		for c, at := range l.written {
			if now-at > liveFor.Milliseconds() {
				delete(l.written, c)
			}
		}
	}
}

// of returns the session that created a context and is still there, or 0.
func (l *sessions) of(context uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owner[context]
}

func (l *sessions) isLive(context uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.written[context]
	return l.owner[context] != 0 || ok && l.now().UnixMilli()-at <= liveFor.Milliseconds()
}

// list returns the open sessions that a space may know of.
func (l *sessions) list(p *Space) []session {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []session{}
	for _, s := range l.open {
		if p.sees(s.namespace) {
			list = append(list, *s)
		}
	}
	return list
}
