package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// A wal keeps worlds in Badger. A space is one whole state: its keys are disjoint from those of all other spaces, and
// a world or a saved snapshot is a key that says which space is its own. So a state that does not fit in one Badger
// transaction is written to a new space and becomes the world's by one small write; what a kill leaves in spaces
// that nothing speaks of is deleted at the next start.
//
//	m                            the format
//	t name                       → table id of a collection
//	w world                      → spaceOf
//	s length(world) world name   → savedIn
//	r space 0                    → version
//	r space table key            → record's JSON
type wal struct {
	db     *DB
	badger *badger.DB
	lock   *os.File
	tables []uint16        // by def.id
	defs   map[uint16]*def // by table id
	spaces atomic.Uint64   // the latest one
	avail  func() (int64, error)

	mu     sync.RWMutex // held for writing while closing, for reading while using badger
	closed bool
	queue  chan *entry
	failed atomic.Pointer[error] // a group could not be written: memory is ahead of the disk

	done    chan struct{}
	tasks   sync.WaitGroup
	quit    atomic.Bool
	reaping sync.Mutex
}

type spaceOf struct {
	Space uint64 `json:"space"`
	Born  uint64 `json:"born"`
}

type savedIn struct {
	Space   uint64    `json:"space"`
	Version uint64    `json:"version"`
	At      time.Time `json:"at"`
}

// An entry is what one commit writes, whole or not at all.
type entry struct {
	writes []write
	size   int64 // towards Badger's limit, which does not count what goes to the value log
	bytes  int64
	done   chan error
}

type write struct{ key, value []byte } // a nil value deletes

const (
	// Badger maps its files into memory, where a full disk is a SIGBUS. It needs two memtables, two value logs
	// and the tables of a compaction at most.
	reserve = 64 << 20

	maxKey   = 60_000
	maxValue = 15 << 20 // below ValueLogFileSize
	inline   = 64 << 10 // values from here on are in the value log
)

// openLog opens the directory and lists its worlds.
func (db *DB) openLog() (err error) {
	dir := filepath.Join(db.o.Dir, "log")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	l := &wal{db: db, defs: map[uint16]*def{}, queue: make(chan *entry, 1024), done: make(chan struct{})}
	l.avail = func() (int64, error) { return available(db.o.Dir) }
	if l.lock, err = os.OpenFile(filepath.Join(db.o.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o666); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			if l.badger != nil {
				l.badger.Close()
			}
			l.lock.Close()
		}
	}()
	if lock(l.lock) != nil {
		return fmt.Errorf("store: %s is in use by another process", db.o.Dir)
	}
	if err := l.room(-reserve / 4); err != nil { // half of it is enough to read and to drop worlds
		return fmt.Errorf("%w: %s", err, db.o.Dir)
	}
	if err := removeEmpty(dir); err != nil {
		return err
	}
	if l.badger, err = badger.Open(l.options(dir)); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := l.collections(); err != nil {
		return err
	}
	if err := l.list(); err != nil {
		return err
	}
	if err := db.blobs.open(filepath.Join(db.o.Dir, "blobs")); err != nil {
		return err
	}
	db.log = l
	go l.run()
	return nil
}

// options keep Badger at about 30 MiB.
func (l *wal) options(dir string) badger.Options {
	memTable := l.db.o.memTable
	if memTable == 0 {
		memTable = 2 << 20
	}
	return badger.DefaultOptions(dir).
		WithSyncWrites(!l.db.o.NoSync).
		WithLogger(badgerLogger{l.db.o.Logger}).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithMemTableSize(memTable).
		WithNumMemtables(2).
		WithBaseTableSize(2 << 20).
		WithBaseLevelSize(2 << 20).
		WithNumLevelZeroTables(2).
		WithNumLevelZeroTablesStall(6).
		WithNumCompactors(2).
		WithNumGoroutines(1).
		WithCompactL0OnClose(true). // so that the next start can give back what was dropped
		WithCompression(options.Snappy).
		WithBlockCacheSize(1 << 20).
		WithValueLogFileSize(16 << 20).
		WithValueThreshold(min(inline, memTable/10))
}

// removeEmpty deletes the files that Badger had created but not yet written to when it was killed: it refuses a
// directory that has them (https://github.com/dgraph-io/badger/issues/2207).
func removeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return err
		}
		if ext := filepath.Ext(e.Name()); info.Size() == 0 && (ext == ".mem" || ext == ".vlog") {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
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

// collections gives every collection its table id, for good. A collection that this schema does not have is kept as
// it is, so that another binary's records survive in the same directory.
func (l *wal) collections() error {
	const format = "twinset store 1"
	return l.badger.Update(func(tx *badger.Txn) error {
		switch item, err := tx.Get([]byte("m")); {
		case err == badger.ErrKeyNotFound:
			if err := tx.Set([]byte("m"), []byte(format)); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			if b, err := item.ValueCopy(nil); err != nil || string(b) != format {
				return fmt.Errorf("store: %s has the format %q, not %q: %v", l.db.o.Dir, b, format, err)
			}
		}
		ids := map[string]uint16{}
		last := uint16(0)
		err := each(tx, "t", func(key, value []byte) error {
			id := binary.BigEndian.Uint16(value)
			ids[string(key[1:])] = id
			last = max(last, id)
			return nil
		})
		if err != nil {
			return err
		}
		for _, d := range l.db.schema.defs {
			if ids[d.name] == 0 {
				last++
				if err := tx.Set([]byte("t"+d.name), binary.BigEndian.AppendUint16(nil, last)); err != nil {
					return err
				}
				ids[d.name] = last
			}
			l.tables = append(l.tables, ids[d.name])
			l.defs[ids[d.name]] = d
		}
		for name, id := range ids {
			if l.defs[id] == nil {
				d := &def{schema: l.db.schema, id: len(l.db.defs), name: name, make: func() *row { return &row{val: new(json.RawMessage)} }}
				l.db.defs = append(l.db.defs, d)
				l.tables = append(l.tables, id)
				l.defs[id] = d
			}
		}
		return nil
	})
}

// each calls f with all keys that start with prefix and their values, good until f returns.
func each(tx *badger.Txn, prefix string, f func(key, value []byte) error) error {
	o := badger.DefaultIteratorOptions
	o.Prefix = []byte(prefix)
	it := tx.NewIterator(o)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		if err := item.Value(func(v []byte) error { return f(item.Key(), v) }); err != nil {
			return err
		}
	}
	return nil
}

// list finds the worlds and their saved snapshots, and deletes the spaces that are nobody's.
func (l *wal) list() error {
	return l.badger.View(func(tx *badger.Txn) error {
		owned := map[uint64]bool{}
		err := each(tx, "w", func(key, value []byte) error {
			var at spaceOf
			if err := json.Unmarshal(value, &at); err != nil {
				return err
			}
			name := string(key[1:])
			l.db.worlds[name] = &World{db: l.db, name: name, born: at.Born, durable: true, unread: true, space: at.Space}
			owned[at.Space] = true
			return nil
		})
		if err != nil {
			return err
		}
		err = each(tx, "s", func(key, value []byte) error {
			var in savedIn
			if err := json.Unmarshal(value, &in); err != nil {
				return err
			}
			n, size := binary.Uvarint(key[1:])
			rest := string(key[1+size:])
			w, name := l.db.worlds[rest[:n]], rest[n:]
			if w.saved == nil {
				w.saved = map[string]*savedSnapshot{}
			}
			w.saved[name] = &savedSnapshot{SavedSnapshot: SavedSnapshot{name, in.Version, in.At}, space: in.Space}
			owned[in.Space] = true
			return nil
		})
		if err != nil {
			return err
		}

		o := badger.DefaultIteratorOptions
		o.PrefetchValues = false
		o.Prefix = []byte("r")
		it := tx.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); {
			space := binary.BigEndian.Uint64(it.Item().Key()[1:])
			l.spaces.Store(space)
			if !owned[space] {
				l.reap(space)
			}
			it.Seek(spaceKey(space + 1))
		}
		for space := range owned {
			l.spaces.Store(max(space, l.spaces.Load()))
		}
		return nil
	})
}

func spaceKey(space uint64) []byte { return binary.BigEndian.AppendUint64([]byte{'r'}, space) }

// recordKey is the key of a record; table 0 has the version.
func recordKey(space uint64, table uint16, pk string) []byte {
	b := make([]byte, 0, 11+len(pk))
	b = append(b, 'r')
	b = binary.BigEndian.AppendUint64(b, space)
	b = binary.BigEndian.AppendUint16(b, table)
	return append(b, pk...)
}

func worldKey(w *World) []byte { return []byte("w" + w.name) }

func savedKey(w *World, name string) []byte {
	b := binary.AppendUvarint([]byte{'s'}, uint64(len(w.name)))
	return append(append(b, w.name...), name...)
}

// room returns ErrFull unless n bytes may be written without using the reserve up.
func (l *wal) room(n int64) error {
	free, err := l.avail()
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if free < reserve+2*n {
		return ErrFull
	}
	return nil
}

// load reads the world if nobody has yet.
func (w *World) load() {
	w.loading.Do(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.unread || w.dropped {
			return
		}
		st, err := w.db.log.read(w.space)
		if err != nil {
			w.failed = fmt.Errorf("store: world %s cannot be read: %w", w.name, err)
			w.db.o.Logger.Error(w.failed.Error())
			st = w.db.empty
		}
		w.hold(st)
		w.version.Store(st.version)
		w.history.base = st.version
		w.unread = false
	})
}

// scan decodes every record of a space, in the order of tables and keys, and the version into none.
func (l *wal) scan(space uint64, f func(d *def, pk string, r *row) error) (version uint64, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return 0, ErrClosed
	}
	err = l.badger.View(func(tx *badger.Txn) error {
		return each(tx, string(spaceKey(space)), func(key, value []byte) error {
			table, pk := binary.BigEndian.Uint16(key[9:]), string(key[11:])
			if table == 0 {
				version = binary.BigEndian.Uint64(value)
				return nil
			}
			d := l.defs[table]
			if d == nil {
				return fmt.Errorf("no collection has the table %d", table)
			}
			r, err := d.decode(value, false)
			if err != nil {
				return fmt.Errorf("%s %q: %w", d.name, pk, err)
			}
			return f(d, pk, r)
		})
	})
	return version, err
}

// read returns the state in a space.
func (l *wal) read(space uint64) (*state, error) {
	st := emptyState(l.db.defs)
	version, err := l.scan(space, func(d *def, pk string, r *row) error {
		t := st.tables[d.id]
		t.rows.Load(pk, r)
		for i, x := range d.indexes {
			for _, k := range x.keys(r.val) {
				if other, taken := t.indexes[i].Set(x.entry(k, pk), pk); taken && other != pk {
					return &UniqueError{d.name, x.name, k}
				}
			}
		}
		if d.schema.Check {
			b, err := d.encode(r.val)
			r.json = &b
			return err
		}
		return nil
	})
	st.version = version
	return st, err
}

// append makes a transaction durable once the returned function has returned.
func (l *wal) append(tx *Tx) (func() error, error) {
	w := tx.w
	e := &entry{done: make(chan error, 1)}
	for i := range tx.steps {
		s := &tx.steps[i]
		if now, _ := w.cur.tables[s.def.id].rows.Get(s.pk); now != s.new {
			continue // a later step has the last word
		}
		key, value, err := l.encode(w.space, s.def, s.pk, s.new)
		if err != nil {
			return nil, err
		}
		e.add(key, value)
	}
	if err := l.room(e.bytes); err != nil {
		return nil, err
	}
	if e.size > l.maxSize() || len(e.writes) > l.maxCount() {
		return l.replace(w, w.cur)
	}
	e.add(recordKey(w.space, 0, ""), binary.BigEndian.AppendUint64(nil, w.cur.version))
	return l.submit(e)
}

// encode returns what to write for a row; nothing for a deleted one.
func (l *wal) encode(space uint64, d *def, pk string, r *row) (key, value []byte, err error) {
	if r != nil {
		if value, err = d.encode(r.val); err != nil {
			return nil, nil, fmt.Errorf("store: %s %q: %w", d.name, pk, err)
		}
	}
	if len(pk) > maxKey || len(value) > maxValue {
		return nil, nil, fmt.Errorf("%w: %s %.100q", ErrTooBig, d.name, pk)
	}
	return recordKey(space, l.tables[d.id], pk), value, nil
}

func (e *entry) add(key, value []byte) {
	e.writes = append(e.writes, write{key, value})
	e.bytes += int64(len(key) + len(value))
	e.size += int64(len(key) + 32)
	if len(value) < inline {
		e.size += int64(len(value))
	}
}

// maxSize and maxCount are what may go into one Badger transaction, with a margin for its own bookkeeping.
func (l *wal) maxSize() int64 { return l.badger.MaxBatchSize() * 8 / 10 }
func (l *wal) maxCount() int  { return int(l.badger.MaxBatchCount() * 8 / 10) }

// replace writes a world's state to a new space and returns a function that waits until it is the world's.
func (l *wal) replace(w *World, st *state) (func() error, error) {
	space, err := l.writeState(st)
	if err != nil {
		return nil, err
	}
	durable, err := l.set(worldKey(w), spaceOf{space, w.born})
	if err != nil {
		l.reap(space)
		return nil, err
	}
	old := w.space
	w.space = space
	return func() error {
		err := durable()
		if err == nil {
			l.reap(old)
		}
		return err
	}, nil
}

// create writes a new world.
func (l *wal) create(w *World, st *state) error {
	space, err := l.writeState(st)
	if err != nil {
		return err
	}
	w.durable, w.space = true, space
	return l.setNow(worldKey(w), spaceOf{space, w.born}, space)
}

// drop forgets a world; the returned function waits until that is on disk.
func (l *wal) drop(w *World) (func() error, error) {
	spaces := []uint64{w.space}
	e := &entry{done: make(chan error, 1)}
	e.add(worldKey(w), nil)
	for name, s := range w.saved {
		e.add(savedKey(w, name), nil)
		spaces = append(spaces, s.space)
	}
	durable, err := l.submit(e)
	return func() error {
		err := durable()
		if err == nil {
			l.reap(spaces...)
		}
		return err
	}, err
}

// save writes a named snapshot.
func (l *wal) save(w *World, s *savedSnapshot) error {
	space, err := l.writeState(s.snap.st)
	if err != nil {
		return err
	}
	s.space = space
	return l.setNow(savedKey(w, s.Name), savedIn{space, s.Version, s.At}, space)
}

// unsave forgets a named snapshot.
func (l *wal) unsave(w *World, s *savedSnapshot) error {
	e := &entry{done: make(chan error, 1)}
	e.add(savedKey(w, s.Name), nil)
	durable, err := l.submit(e)
	if err == nil {
		err = durable()
	}
	if err == nil {
		l.reap(s.space)
	}
	return err
}

// writeState writes a state to a new space.
func (l *wal) writeState(st *state) (space uint64, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usable(); err != nil {
		return 0, err
	}
	space = l.spaces.Add(1)
	b := l.badger.NewWriteBatch()
	defer b.Cancel()
	unchecked := int64(0)
	put := func(key, value []byte) error {
		if unchecked -= int64(len(key) + len(value)); unchecked < 0 {
			if err := l.room(1 << 20); err != nil {
				return err
			}
			unchecked = 1 << 20
		}
		return b.Set(key, value)
	}
	for _, d := range l.db.defs {
		st.tables[d.id].rows.Scan(func(pk string, r *row) bool {
			var key, value []byte
			if key, value, err = l.encode(space, d, pk, r); err == nil {
				err = put(key, value)
			}
			return err == nil
		})
		if err != nil {
			break
		}
	}
	if err == nil {
		err = put(recordKey(space, 0, ""), binary.BigEndian.AppendUint64(nil, st.version))
	}
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		b.Cancel()
		l.reapLocked(space)
	}
	return space, err
}

func (l *wal) set(key []byte, value any) (func() error, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	e := &entry{done: make(chan error, 1)}
	e.add(key, b)
	return l.submit(e)
}

// setNow makes a space somebody's and waits until that is on disk.
func (l *wal) setNow(key []byte, value any, space uint64) error {
	durable, err := l.set(key, value)
	if err != nil {
		l.reap(space)
		return err
	}
	return durable()
}

// usable tells, under the lock, whether the log can be written.
func (l *wal) usable() error {
	if l.closed {
		return ErrClosed
	}
	if err := l.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// submit queues an entry; entries are written in the order of their submission.
func (l *wal) submit(e *entry) (func() error, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usable(); err != nil {
		return nil, err
	}
	l.queue <- e
	return func() error { return <-e.done }, nil
}

// run writes the queue, as much as there is at a time in one Badger transaction: in Badger's log that is whole or
// absent, and one sync makes it durable. (badger.DB.Sync would not do: it leaves out a memtable just rotated.)
func (l *wal) run() {
	defer close(l.done)
	const idle = 10 * time.Second
	timer := time.NewTimer(idle)
	var group []*entry
	var next *entry // did not fit in the group before
	for {
		if next == nil {
			select {
			case next = <-l.queue:
				if next == nil {
					return
				}
			case <-timer.C:
				l.tasks.Go(l.tidy)
				continue
			}
		}
		group, next = l.gather(group, next)
		err := l.commit(group)
		for _, e := range group {
			e.done <- err
		}
		clear(group)
		timer.Reset(idle)
	}
}

// gather returns a group that begins with first, and the entry that did not fit in it. Those who waited for the last
// group have something new in a moment: a sync that is shared is worth letting them run first.
func (l *wal) gather(last []*entry, first *entry) (group []*entry, next *entry) {
	wait := min(len(last), 64)
	group = append(last[:0], first)
	size, count := first.size, len(first.writes)
	for {
		select {
		case next = <-l.queue:
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
		size, count = size+next.size, count+len(next.writes)
		if size > l.maxSize() || count > l.maxCount() {
			return group, next
		}
		group = append(group, next)
	}
}

func (l *wal) commit(group []*entry) error {
	if err := l.failed.Load(); err != nil {
		return *err
	}
	tx := l.badger.NewTransaction(true)
	defer tx.Discard()
	var err error
	for _, e := range group {
		for _, w := range e.writes {
			if w.value == nil {
				err = errors.Join(err, tx.Delete(w.key))
			} else {
				err = errors.Join(err, tx.Set(w.key, w.value))
			}
		}
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		err = fmt.Errorf("store: the log cannot be written: %w", err)
		l.db.o.Logger.Error(err.Error())
		l.failed.Store(&err)
	}
	return err
}

// tidy gives back what a busy time has taken.
func (l *wal) tidy() {
	for !l.quit.Load() && l.badger.RunValueLogGC(0.5) == nil {
	}
	debug.FreeOSMemory()
}

// reap deletes spaces that are nobody's, in the background. What a kill prevents is done after the next start.
func (l *wal) reap(spaces ...uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.closed {
		l.reapLocked(spaces...)
	}
}

func (l *wal) reapLocked(spaces ...uint64) {
	l.tasks.Go(func() {
		l.reaping.Lock()
		defer l.reaping.Unlock()
		for _, space := range spaces {
			if err := l.clear(space); err != nil {
				l.db.o.Logger.Error("store: old records stay until the next start", "error", err)
			}
		}
	})
}

func (l *wal) clear(space uint64) error {
	var keys [][]byte
	b := l.badger.NewWriteBatch()
	defer b.Cancel()
	err := l.badger.View(func(tx *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.PrefetchValues = false
		o.Prefix = spaceKey(space)
		it := tx.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid() && !l.quit.Load(); it.Next() {
			keys = append(keys, it.Item().KeyCopy(nil))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return b.Flush()
}

func (l *wal) close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	close(l.queue)
	l.mu.Unlock()
	<-l.done
	l.quit.Store(true)
	l.tasks.Wait()
	return errors.Join(l.badger.Close(), l.lock.Close())
}
