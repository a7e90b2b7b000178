package cxdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// Options change how a store is opened. The zero value is right.
type Options struct {
	Now    func() time.Time // the clock; time.Now when nil
	Logger *slog.Logger     // discards when nil
}

// A Store is open on one directory, for one process at a time. Everything in it is reached through a [Space].
type Store struct {
	db  *badger.DB
	now func() time.Time
	log *slog.Logger

	types *Registry
	bus   *bus
	live  *sessions
	meter *meter

	mu     sync.RWMutex // held to send to queue, and to close it
	closed bool
	views  sync.WaitGroup // under way; begun under mu, so that none begins after closed
	queue  chan *op
	done   chan struct{}
	failed atomic.Pointer[error]
	totals atomic.Pointer[totals]
}

// An op is one write. Many of them share a transaction, and so a sync of the disk.
type op struct {
	size  int                   // bytes it writes, about
	do    func(w *writer) error // checks first, then writes: a refusal leaves nothing behind
	after func()                // tells the world, once it is durable
	err   error
	done  chan struct{}
}

// A writer is the transaction that ops share. Its reads see what ops before in the same group wrote.
type writer struct {
	reader
	totals
	err error // the first write that failed: the group is lost
}

func (w *writer) set(key, value []byte) { w.setEntry(badger.NewEntry(key, value)) }

func (w *writer) setEntry(e *badger.Entry) {
	if err := w.tx.SetEntry(e); err != nil && w.err == nil {
		w.err = err
	}
}

func (w *writer) delete(key []byte) {
	if err := w.tx.Delete(key); err != nil && w.err == nil {
		w.err = err
	}
}

// Open opens the store in a directory, or makes one.
func Open(dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := removeEmpty(dir); err != nil {
		return nil, err
	}
	db, err := badger.Open(badger.DefaultOptions(dir).
		WithLogger(badgerLogger{o.Logger}).
		WithSyncWrites(true).
		WithDetectConflicts(false). // there is one writer
		WithMetricsEnabled(false).
		WithMemTableSize(16 << 20).
		WithNumMemtables(3).
		WithValueThreshold(64 << 10).
		WithValueLogFileSize(MaxBlob + 1<<20).
		WithBlockCacheSize(16 << 20).
		WithCompression(options.None). // blobs are compressed already
		WithChecksumVerificationMode(options.OnTableAndBlockRead).
		WithNumCompactors(2).
		WithNumGoroutines(2))
	if err != nil {
		return nil, fmt.Errorf("cxdb: open %s: %w", dir, err)
	}
	s := &Store{db: db, now: o.Now, log: o.Logger, bus: newBus(), live: newSessions(o.Now), meter: newMeter(o.Now),
		queue: make(chan *op, 1024), done: make(chan struct{})}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go s.run()
	return s, nil
}

// load reads what is kept in memory: the totals and the types.
func (s *Store) load() error {
	return s.db.View(func(tx *badger.Txn) (err error) {
		r, t := reader{tx}, &totals{}
		if _, err := r.get(totalsKey, t); err != nil {
			return err
		}
		s.totals.Store(t)
		s.types, err = loadRegistry(r)
		return err
	})
}

// Close waits for the writes under way and closes the store.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.queue)
	s.mu.Unlock()
	<-s.done
	s.views.Wait()
	s.bus.close()
	return s.db.Close()
}

// write runs an op in the next group and returns when it is durable. A cancelled context gives up only before that.
func (s *Store) write(ctx context.Context, o *op) error {
	o.done = make(chan struct{})
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return refuse(ErrClosed, "the store is closed")
	}
	select {
	case s.queue <- o:
		s.mu.RUnlock()
	case <-ctx.Done():
		s.mu.RUnlock()
		return ctx.Err()
	}
	<-o.done
	return o.err
}

// run commits what is in the queue, as much as there is at a time: one sync makes all of a group durable.
func (s *Store) run() {
	defer close(s.done)
	var group []*op
	var next *op
	for {
		if next == nil {
			if next = <-s.queue; next == nil {
				return
			}
		}
		group, next = s.gather(group, next)
		s.commit(group)
		for _, o := range group {
			if o.err == nil && o.after != nil {
				o.after()
			}
			close(o.done)
		}
	}
}

// gather returns a group that begins with first, and the op that did not fit in it. Those who waited for the last group
// have something new in a moment: a sync that is shared is worth letting them run first.
func (s *Store) gather(last []*op, first *op) (group []*op, next *op) {
	const most = 512
	wait := min(len(last), 64)
	group = append(last[:0], first)
	size := first.size
	for len(group) < most {
		select {
		case next = <-s.queue:
		default:
			if wait == 0 {
				return group, nil
			}
			wait--
			runtime.Gosched()
			continue
		}
		if next == nil { // closed
			return group, nil
		}
		if size += next.size; int64(size) > s.db.MaxBatchSize()/2 {
			return group, next
		}
		group = append(group, next)
	}
	return group, nil
}

// commit runs a group in one transaction, which Badger keeps whole or not at all.
func (s *Store) commit(group []*op) {
	err := s.failed.Load()
	if err == nil {
		tx := s.db.NewTransaction(true)
		defer tx.Discard()
		w := &writer{reader: reader{tx}, totals: *s.totals.Load()}
		before := w.totals
		for _, o := range group {
			o.err = o.do(w)
		}
		if w.totals != before {
			w.set(totalsKey, seal(totalsKey, w.totals))
		}
		if w.err == nil {
			w.err = tx.Commit()
		}
		if w.err == nil {
			s.totals.Store(&w.totals)
			return
		}
		failed := fmt.Errorf("cxdb: the store cannot be written: %w", w.err)
		s.log.Error(failed.Error())
		s.failed.Store(&failed)
		err = &failed
	}
	for _, o := range group {
		o.err = *err
	}
}

// view reads one moment of the store. What f calls may begin another view.
func (s *Store) view(f func(r reader) error) error {
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return refuse(ErrClosed, "the store is closed")
	}
	s.views.Add(1)
	s.mu.RUnlock()
	defer s.views.Done()
	err := s.db.View(func(tx *badger.Txn) error { return f(reader{tx}) })
	if errors.Is(err, ErrCorrupt) {
		s.log.Error(err.Error())
		s.bus.send(Event{Kind: "error_occurred", Data: map[string]any{
			"timestamp_ms": s.now().UnixMilli(), "kind": "corrupt", "status_code": 500, "message": err.Error()}})
	}
	return err
}

// Totals are how much there is in a store.
type Totals struct {
	Contexts, Turns, Blobs, Bundles uint64
	RawBytes, StoredBytes           uint64  // of the blobs, before and after compression
	DedupHitRate                    float64 // the share of writes whose blob was there already
}

// Totals returns how much there is.
func (s *Store) Totals() Totals {
	t := s.totals.Load()
	return Totals{t.Context, t.Turn, t.Blobs, t.Bundle, t.Raw, t.Stored, float64(t.Hits) / float64(max(t.Puts, 1))}
}

// Types returns the registry.
func (s *Store) Types() *Registry { return s.types }

// removeEmpty deletes the files that Badger had made but not yet written to when it was killed: it refuses a directory
// that has them (https://github.com/dgraph-io/badger/issues/2207).
func removeEmpty(dir string) error {
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.Size() > 0 {
				continue
			}
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

type badgerLogger struct{ *slog.Logger }

func (l badgerLogger) Errorf(f string, a ...any)   { l.Error("badger: " + line(f, a)) }
func (l badgerLogger) Warningf(f string, a ...any) { l.Warn("badger: " + line(f, a)) }
func (l badgerLogger) Infof(string, ...any)        {}
func (l badgerLogger) Debugf(string, ...any)       {}

func line(f string, a []any) string { return strings.TrimSpace(fmt.Sprintf(f, a...)) }
