package twin

import (
	"sync"
	"time"
)

// An Entry is one request as the journal remembers it.
type Entry struct {
	Seq       uint64    `json:"seq"`
	At        time.Time `json:"at"` // world time
	Twin      string    `json:"twin"`
	Operation string    `json:"operation,omitempty"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Actor     string    `json:"actor,omitempty"`
	Status    int       `json:"status"`
	Error     string    `json:"error,omitempty"` // the vendor's code, or ours with a stack when it is our fault
	MS        float64   `json:"ms"`
	Ignored   []string  `json:"ignored,omitempty"` // parameters that no one read
	Schema    []string  `json:"schema,omitempty"`  // where the answer differs from the specification, in strict mode
	Fault     string    `json:"fault,omitempty"`   // the fault that was injected
	Cause     string    `json:"cause,omitempty"`
	Version   uint64    `json:"version,omitempty"` // of the world after it, when it wrote
	// Needed are scopes, of each of these one, and Permissions what else the caller had to be allowed.
	Needed      [][]string `json:"needed,omitempty"`
	Permissions []string   `json:"permissions,omitempty"`
}

// journalSize is how many entries a world keeps.
const journalSize = 8192

// A Journal keeps the newest requests of one world.
type Journal struct {
	mu   sync.Mutex
	ring []Entry
	seq  uint64
	subs map[chan struct{}]bool
}

func (j *Journal) add(e Entry) {
	j.mu.Lock()
	j.seq++
	e.Seq = j.seq
	if len(j.ring) < journalSize {
		j.ring = append(j.ring, e)
	} else {
		j.ring[(e.Seq-1)%journalSize] = e
	}
	for ch := range j.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
	j.mu.Unlock()
}

func (j *Journal) clear() {
	j.mu.Lock()
	j.ring, j.seq = nil, 0
	j.mu.Unlock()
}

// Since returns at most limit entries after seq, oldest first; a limit of 0 is no limit.
func (j *Journal) Since(seq uint64, limit int) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := j.seq - uint64(len(j.ring))
	var out []Entry
	for s := max(seq, first); s < j.seq && (limit <= 0 || len(out) < limit); s++ {
		out = append(out, j.ring[s%journalSize])
	}
	return out
}

// Follow returns a channel that is signalled when entries are added.
func (j *Journal) Follow() (more <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.subs == nil {
		j.subs = map[chan struct{}]bool{}
	}
	j.subs[ch] = true
	return ch, func() {
		j.mu.Lock()
		delete(j.subs, ch)
		j.mu.Unlock()
	}
}
