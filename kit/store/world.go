package store

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Refusals of the store.
var (
	ErrExists  = errors.New("store: the name is taken")
	ErrNoWorld = errors.New("store: no such world")
	ErrNoSaved = errors.New("store: no such saved snapshot")
	ErrHistory = errors.New("store: the history of this world does not reach that version")
	ErrFull    = errors.New("store: the disk is almost full")
	ErrTooBig  = errors.New("store: the record is too big for the log")
	ErrClosed  = errors.New("store: closed")
	ErrSchema  = errors.New("store: the snapshot belongs to another schema")
)

// A UniqueError says that two records of one collection would have the same key in a unique index.
type UniqueError struct{ Collection, Index, Key string }

func (e *UniqueError) Error() string {
	return fmt.Sprintf("store: %s has another record with %s %q", e.Collection, e.Index, e.Key)
}

// Options say where and how a DB keeps its worlds.
type Options struct {
	Dir     string       // of the log and the blobs; empty keeps everything in memory
	NoSync  bool         // acknowledge commits that a power failure could still take back
	History int          // changes kept per world for Changes and At; 0 means 65536, less than 0 none
	Seed    uint64       // of every world's keys and tag, with the world's name
	Logger  *slog.Logger // nil means slog.Default

	memTable int64 // of Badger, in tests
}

// A DB is a set of named worlds.
type DB struct {
	schema *Schema
	o      Options
	defs   []*def // the schema's, then those of collections that only the directory knows
	empty  *state
	log    *wal // nil in memory
	blobs  *Blobs

	mu     sync.RWMutex
	worlds map[string]*World // nil: a name that is being created
	tags   map[string]*World // as far as anybody asked
}

// Open opens the worlds in o.Dir, reading none of them yet.
func Open(s *Schema, o Options) (*DB, error) {
	s.opened.Store(true)
	if o.History == 0 {
		o.History = 1 << 16
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	db := &DB{schema: s, o: o, defs: slices.Clip(s.defs), worlds: map[string]*World{}, tags: map[string]*World{}}
	db.blobs = newBlobs(db)
	if o.Dir != "" {
		if err := db.openLog(); err != nil {
			return nil, err
		}
	}
	db.empty = emptyState(db.defs)
	return db, nil
}

// Close waits until everything acknowledged is on disk and gives up the directory. No Update may be under way.
func (db *DB) Close() error {
	db.blobs.close()
	if db.log == nil {
		return nil
	}
	return db.log.close()
}

// World returns the world of that name, reading it from disk when it is asked for first.
func (db *DB) World(name string) (*World, bool) {
	db.mu.RLock()
	w := db.worlds[name]
	db.mu.RUnlock()
	if w == nil {
		return nil, false
	}
	w.load()
	return w, true
}

// Worlds returns the names of all worlds, sorted.
func (db *DB) Worlds() []string {
	db.mu.RLock()
	defer db.mu.RUnlock()
	names := make([]string, 0, len(db.worlds))
	for name, w := range db.worlds {
		if w != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Create adds an empty world.
func (db *DB) Create(name string) (*World, error) {
	return db.add(name, db.empty, db.log != nil)
}

// Fork adds a world whose state is that of from, in constant time. A durable one, of a DB with a directory, is
// written out before Fork returns.
func (db *DB) Fork(from *Snapshot, name string, durable bool) (*World, error) {
	st, err := db.adopt(from)
	if err != nil {
		return nil, err
	}
	if db.schema.Check {
		from.st.verify(db.schema)
	}
	w, err := db.add(name, st, durable && db.log != nil)
	runtime.KeepAlive(from) // until the world keeps its blobs alive
	return w, err
}

// adopt returns the state of s in terms of this DB, which may be another one than s was taken of.
func (db *DB) adopt(s *Snapshot) (*state, error) {
	switch {
	case s.db.schema != db.schema:
		return nil, ErrSchema
	case s.db == db:
		return s.st, nil
	}
	n := len(db.schema.defs)
	return &state{s.st.version, slices.Concat(s.st.tables[:n], db.empty.tables[n:])}, nil
}

func (db *DB) add(name string, st *state, durable bool) (*World, error) {
	w := &World{db: db, name: name, born: st.version}
	w.hold(st)
	w.version.Store(st.version)
	w.history.base = st.version
	if !durable {
		db.mu.Lock()
		defer db.mu.Unlock()
		if _, taken := db.worlds[name]; taken {
			return nil, ErrExists
		}
		db.worlds[name] = w
		return w, nil
	}

	db.mu.Lock()
	if _, taken := db.worlds[name]; taken {
		db.mu.Unlock()
		return nil, ErrExists
	}
	db.worlds[name] = nil
	db.mu.Unlock()
	err := db.log.create(w, st)
	db.mu.Lock()
	defer db.mu.Unlock()
	if err != nil {
		delete(db.worlds, name)
		return nil, err
	}
	db.worlds[name] = w
	return w, nil
}

// Drop forgets a world, its history and its saved snapshots. Snapshots that somebody holds stay good.
func (db *DB) Drop(name string) error {
	db.mu.RLock()
	w := db.worlds[name]
	db.mu.RUnlock()
	if w == nil {
		return ErrNoWorld
	}

	w.savedMu.Lock()
	defer w.savedMu.Unlock()
	w.mu.Lock()
	if w.dropped {
		w.mu.Unlock()
		return ErrNoWorld
	}
	var durable func() error
	if w.durable {
		var err error
		if durable, err = db.log.drop(w); err != nil {
			w.mu.Unlock()
			return err
		}
	}
	db.blobs.lost()
	w.dropped = true
	w.hold(db.empty)
	w.history = history{}
	w.saved = nil
	w.mu.Unlock()

	db.mu.Lock()
	delete(db.worlds, name)
	if w.tag != "" && db.tags[w.tag] == w {
		delete(db.tags, w.tag)
	}
	db.mu.Unlock()
	if durable != nil {
		return durable()
	}
	return nil
}

// ByTag returns the world with that tag.
func (db *DB) ByTag(tag string) (*World, bool) {
	db.mu.RLock()
	w := db.tags[tag]
	db.mu.RUnlock()
	if w == nil {
		db.mu.Lock()
		if len(db.tags) < len(db.worlds) {
			for _, name := range slices.Sorted(maps.Keys(db.worlds)) {
				if w := db.worlds[name]; w != nil {
					db.tagged(w)
				}
			}
		}
		w = db.tags[tag]
		db.mu.Unlock()
	}
	if w == nil {
		return nil, false
	}
	w.load()
	return w, true
}

const tagAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// tagged gives w its tag, under db.mu.
func (db *DB) tagged(w *World) string {
	for n := 0; w.tag == ""; n++ {
		sum := binary.BigEndian.Uint64(db.derive(fmt.Sprintf("tag %d %s", n, w.name)))
		b := make([]byte, 8)
		for i := range b {
			b[i] = tagAlphabet[sum%62]
			sum /= 62
		}
		if other := db.tags[string(b)]; other == nil {
			w.tag = string(b)
		}
	}
	if db.worlds[w.name] == w {
		db.tags[w.tag] = w
	}
	return w.tag
}

func (db *DB) derive(purpose string) []byte {
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], db.o.Seed)
	return mac(seed[:], purpose)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Blobs returns the DB's file contents.
func (db *DB) Blobs() *Blobs { return db.blobs }

// Free returns [ErrFull] when there is too little room left on the disk to write safely.
func (db *DB) Free() error {
	if db.log == nil {
		return nil
	}
	return db.log.room(0)
}

// A World is one isolated set of all collections. Its methods are safe for concurrent use; inside an Update or a
// View of a world, only the Tx may be used on it.
type World struct {
	db      *DB
	name    string
	born    uint64
	version atomic.Uint64

	mu sync.RWMutex
	head
	history history
	dropped bool
	space   uint64 // where in the log its records are, if it is durable
	hooks   []func(uint64)

	durable bool // it is in the log
	loading sync.Once
	unread  bool  // until loaded
	failed  error // why it could not be loaded

	savedMu sync.Mutex
	saved   map[string]*savedSnapshot

	tag string // under db.mu
}

// A head is a state that may be written, in place as far as nobody else has it.
type head struct {
	cur    *state
	shared atomic.Bool // cur was handed out
	own    []bool      // tables of cur that nobody else has
}

func (h *head) hold(st *state) {
	h.cur = st
	h.shared.Store(true)
}

// mutable returns a collection's table for writing.
func (h *head) mutable(d *def) *table {
	if h.shared.Load() {
		h.cur = &state{h.cur.version, slices.Clone(h.cur.tables)}
		h.shared.Store(false)
		if h.own == nil {
			h.own = make([]bool, len(h.cur.tables))
		} else {
			clear(h.own)
		}
	}
	t := h.cur.tables[d.id]
	if !h.own[d.id] || t.loops > 0 {
		t = t.copy()
		h.cur.tables[d.id] = t
		h.own[d.id] = true
	}
	return t
}

// Name returns the world's name.
func (w *World) Name() string { return w.name }

// Tag returns eight letters and digits that stand for this world among all worlds, the same for the same seed and name.
func (w *World) Tag() string {
	w.db.mu.Lock()
	defer w.db.mu.Unlock()
	return w.db.tagged(w)
}

// Born returns the version with which the world began.
func (w *World) Born() uint64 { return w.born }

// Version returns the version of the latest commit.
func (w *World) Version() uint64 { return w.version.Load() }

// Key returns 32 bytes that only this world has, for one purpose.
func (w *World) Key(purpose string) []byte {
	return mac(w.db.derive("key "+w.name), purpose)
}

// OnCommit calls f after each commit, outside the world's lock and in the goroutine that committed: calls may
// overlap and overtake each other.
func (w *World) OnCommit(f func(version uint64)) {
	w.mu.Lock()
	w.hooks = append(slices.Clip(w.hooks), f)
	w.mu.Unlock()
}

// usable tells, under the lock, whether the world can be read.
func (w *World) usable() error {
	if w.dropped {
		return ErrNoWorld
	}
	return w.failed
}

// Update runs f alone in the world. When f returns an error or panics, nothing has changed; when it returns nil,
// all its changes are one commit, durable when Update returns. A Tx that wrote nothing makes no version.
//
// An error of the log, unlike one of f, leaves the changes visible in memory: from then on every Update fails.
func (w *World) Update(f func(*Tx) error) error {
	version, hooks, durable, err := w.commit(f)
	if err != nil || version == 0 {
		return err
	}
	return committed(version, hooks, durable)
}

func committed(version uint64, hooks []func(uint64), durable func() error) error {
	if durable != nil {
		if err := durable(); err != nil {
			return err
		}
	}
	for _, f := range hooks {
		f(version)
	}
	return nil
}

func (w *World) commit(f func(*Tx) error) (version uint64, hooks []func(uint64), durable func() error, err error) {
	w.mu.Lock()
	tx := &Tx{w: w, writable: true}
	keep := false
	defer func() {
		if !keep {
			tx.undo()
		}
		tx.over = true
		w.mu.Unlock()
	}()
	if err := w.usable(); err != nil {
		return 0, nil, nil, err
	}
	tx.version = w.cur.version
	if err := f(tx); err != nil {
		return 0, nil, nil, err
	}
	if tx.err != nil {
		return 0, nil, nil, tx.err
	}
	tx.verify()
	if len(tx.steps) == 0 {
		keep = true
		return 0, nil, nil, nil
	}
	version = tx.version + 1
	w.cur.version = version
	if w.durable {
		if durable, err = w.db.log.append(tx); err != nil {
			w.cur.version = tx.version
			return 0, nil, nil, err
		}
	}
	keep = true
	w.history.add(tx.steps, w.db.o.History)
	w.version.Store(version)
	return version, w.hooks, durable, nil
}

// View runs f over the world as it is while no Update runs.
func (w *World) View(f func(*Tx) error) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if err := w.usable(); err != nil {
		return err
	}
	tx := &Tx{w: w, version: w.cur.version}
	defer func() { tx.over = true }()
	err := f(tx)
	tx.verify()
	return err
}

// Snapshot returns the world as it is now, in constant time. That of a dropped world is empty.
func (w *World) Snapshot() *Snapshot {
	w.mu.RLock()
	s := w.snapshot()
	w.mu.RUnlock()
	return s
}

func (w *World) snapshot() *Snapshot {
	if w.db.schema.Check {
		w.cur.verify(w.db.schema)
	}
	w.shared.Store(true)
	s := &Snapshot{w.db, w.cur}
	w.db.blobs.watch(s)
	return s
}

// Restore commits a version whose state is that of s, which may be of another world.
func (w *World) Restore(s *Snapshot) error {
	st, err := w.db.adopt(s)
	if err != nil {
		return err
	}
	version, hooks, durable, err := w.restore(st)
	runtime.KeepAlive(s) // until the world keeps its blobs alive
	if err != nil {
		return err
	}
	return committed(version, hooks, durable)
}

func (w *World) restore(st *state) (version uint64, hooks []func(uint64), durable func() error, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return 0, nil, nil, err
	}
	old := w.cur
	st = &state{old.version + 1, st.tables}
	if w.durable {
		if durable, err = w.db.log.replace(w, st); err != nil {
			return 0, nil, nil, err
		}
	}
	w.db.blobs.lost()
	w.hold(st)
	w.history.add([]step{{version: st.version, old: &row{val: old}}}, w.db.o.History)
	w.version.Store(st.version)
	return st.version, w.hooks, durable, nil
}

// A Tx is a world inside an Update or a View; it is good until that returns, in one goroutine.
type Tx struct {
	w        *World
	version  uint64
	writable bool
	over     bool
	err      error
	steps    []step
	seen     []sight
	at       *state // of one that reads a snapshot
}

// World returns the world.
func (tx *Tx) World() *World { return tx.w }

// Version returns the version that the transaction began with; an Update commits as the next one.
func (tx *Tx) Version() uint64 { return tx.version }

// Err returns the violation that will undo the transaction, if there was one.
func (tx *Tx) Err() error { return tx.err }

// Writable reports whether this is an Update.
func (tx *Tx) Writable() bool { return tx.writable }

func (tx *Tx) schema() *Schema { return tx.w.db.schema }

func (tx *Tx) table(d *def) *table {
	if tx.over {
		panic("store: a transaction was used after its end")
	}
	if tx.at != nil {
		return tx.at.tables[d.id]
	}
	return tx.w.cur.tables[d.id]
}

func (tx *Tx) put(d *def, new *row) {
	pk := d.key(new.val)
	t := tx.table(d)
	old, _ := t.rows.Get(pk)
	c := d.change(old, new)
	if x, k := t.taken(d, pk, c); x != nil {
		if tx.err == nil {
			tx.err = &UniqueError{d.name, x.name, k}
		}
		return
	}
	tx.write(d, pk, c)
}

func (tx *Tx) delete(d *def, pk string) bool {
	old, ok := tx.table(d).rows.Get(pk)
	if ok {
		tx.write(d, pk, d.change(old, nil))
	}
	return ok
}

func (tx *Tx) write(d *def, pk string, c change) {
	if !tx.writable {
		panic("store: a View wrote to " + d.name)
	}
	if d.schema.Check {
		tx.remember(d, pk, c.old, c.new)
	}
	tx.w.head.mutable(d).apply(d, pk, c)
	tx.steps = append(tx.steps, step{tx.version + 1, d, pk, c.old, c.new})
	if d.refs != nil {
		tx.w.db.blobs.touch(d, c.old, c.new)
	}
}

func (tx *Tx) undo() {
	for _, s := range slices.Backward(tx.steps) {
		tx.w.head.mutable(s.def).apply(s.def, s.pk, s.def.change(s.new, s.old))
	}
}

// A Snapshot is a world at one version, for as long as one likes.
type Snapshot struct {
	db *DB
	st *state
}

// Version returns the version of the world that the snapshot shows.
func (s *Snapshot) Version() uint64 { return s.st.version }

// Tx reads the snapshot as a transaction of a world that cannot write.
func (s *Snapshot) Tx(w *World) *Tx { return &Tx{w: w, version: s.st.version, at: s.st} }

func (s *Snapshot) schema() *Schema     { return s.db.schema }
func (s *Snapshot) table(d *def) *table { return s.st.tables[d.id] }

// A SavedSnapshot is what is known of a named snapshot without reading it.
type SavedSnapshot struct {
	Name    string
	Version uint64
	At      time.Time
}

type savedSnapshot struct {
	SavedSnapshot
	snap  *Snapshot // nil until read
	space uint64    // where it is in the log, if the world is durable
}

// Save keeps the world as it is now under a name, on disk if the world is.
func (w *World) Save(name string) (*Snapshot, error) {
	w.savedMu.Lock()
	defer w.savedMu.Unlock()
	if w.saved[name] != nil {
		return nil, ErrExists
	}
	w.mu.RLock()
	if err := w.usable(); err != nil {
		w.mu.RUnlock()
		return nil, err
	}
	s := &savedSnapshot{snap: w.snapshot()}
	w.mu.RUnlock()
	s.SavedSnapshot = SavedSnapshot{name, s.snap.Version(), time.Now().UTC().Round(0)}
	if w.durable {
		if err := w.db.log.save(w, s); err != nil {
			return nil, err
		}
	}
	if w.saved == nil {
		w.saved = map[string]*savedSnapshot{}
	}
	w.saved[name] = s
	return s.snap, nil
}

// Saved returns the world's named snapshots, the oldest first.
func (w *World) Saved() []SavedSnapshot {
	w.savedMu.Lock()
	defer w.savedMu.Unlock()
	list := make([]SavedSnapshot, 0, len(w.saved))
	for _, s := range w.saved {
		list = append(list, s.SavedSnapshot)
	}
	slices.SortFunc(list, func(a, b SavedSnapshot) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// Load returns a named snapshot, reading it from disk when it is asked for first.
func (w *World) Load(name string) (*Snapshot, bool) {
	w.savedMu.Lock()
	defer w.savedMu.Unlock()
	s := w.saved[name]
	if s == nil {
		return nil, false
	}
	if s.snap == nil {
		st, err := w.db.log.read(s.space)
		if err != nil {
			w.db.o.Logger.Error("store: a saved snapshot cannot be read", "world", w.name, "snapshot", name, "error", err)
			return nil, false
		}
		s.snap = &Snapshot{w.db, st}
		w.db.blobs.watch(s.snap)
	}
	return s.snap, true
}

// Unsave forgets a named snapshot.
func (w *World) Unsave(name string) error {
	w.savedMu.Lock()
	defer w.savedMu.Unlock()
	s := w.saved[name]
	if s == nil {
		return ErrNoSaved
	}
	if w.durable {
		if err := w.db.log.unsave(w, s); err != nil {
			return err
		}
	}
	w.db.blobs.lost()
	delete(w.saved, name)
	return nil
}

// A history is what a world's latest commits changed, in their order.
type history struct {
	base     uint64 // the oldest version that can still be told
	steps    []step
	restores int
}

// A step is one record's change. A Restore is a step without a collection, whose old value is the state it replaced.
type step struct {
	version  uint64
	def      *def
	pk       string
	old, new *row
}

// before returns the state that a Restore replaced.
func (s *step) before() *state { return s.old.val.(*state) }

// maxRestores bounds how many whole states a history holds on to.
const maxRestores = 64

func (h *history) add(steps []step, limit int) {
	version := steps[len(steps)-1].version
	if limit < 0 {
		h.base = version
		return
	}
	h.steps = append(h.steps, steps...)
	if steps[0].def == nil {
		h.restores++
	}
	if len(h.steps) <= limit && h.restores <= maxRestores {
		return
	}
	cut := h.steps[len(h.steps)/2].version
	n, _ := slices.BinarySearchFunc(h.steps, cut+1, func(s step, v uint64) int { return cmp.Compare(s.version, v) })
	h.base = cut
	h.steps = slices.Clone(h.steps[n:])
	h.restores = 0
	for i := range h.steps {
		if h.steps[i].def == nil {
			h.restores++
		}
	}
}

// since returns the steps after a version.
func (h *history) since(version uint64) []step {
	n, _ := slices.BinarySearchFunc(h.steps, version+1, func(s step, v uint64) int { return cmp.Compare(s.version, v) })
	return h.steps[n:]
}

// told returns the present state, which is then shared, and the steps that led to it from version.
func (w *World) told(version uint64) (*state, []step, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if err := w.usable(); err != nil {
		return nil, nil, err
	}
	if version < w.history.base || version > w.cur.version {
		return nil, nil, ErrHistory
	}
	w.shared.Store(true)
	return w.cur, w.history.since(version), nil
}

// At returns the world as it was at a version. It takes time in proportion to the changes since.
func (w *World) At(version uint64) (*Snapshot, error) {
	st, steps, err := w.told(version)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{w.db, unwind(st, steps, version)}
	w.db.blobs.watch(s)
	return s, nil
}

// unwind returns the state before the steps that led to st.
func unwind(st *state, steps []step, version uint64) *state {
	if len(steps) == 0 {
		return st
	}
	var h head
	h.hold(st)
	for _, s := range slices.Backward(steps) {
		if s.def == nil {
			h.hold(s.before())
		} else {
			h.mutable(s.def).apply(s.def, s.pk, s.def.change(s.new, s.old))
		}
	}
	return &state{version, h.cur.tables}
}

// A Change is what became of one record between two versions.
type Change struct {
	Collection string
	Key        string
	Old, New   any    // the record as *T, read only; nil: there was none, or is none
	First      uint64 // version that changed the record first, since then
	Version    uint64 // that changed the record last
}

// Changes returns what is different from what it was at a version, by collection and key.
func (w *World) Changes(since uint64) ([]Change, error) { return w.Between(since, w.Version()) }

// Between returns what was different at one version from what it was at an earlier one, by collection and key.
func (w *World) Between(since, until uint64) ([]Change, error) {
	st, steps, err := w.told(since)
	if err != nil {
		return nil, err
	}
	if until < since {
		return nil, ErrHistory
	}
	if later := slices.IndexFunc(steps, func(s step) bool { return s.version > until }); later >= 0 {
		st, steps = unwind(st, steps[later:], until), steps[:later]
	}
	type id struct {
		def *def
		pk  string
	}
	type net struct {
		old, new       *row
		first, version uint64
	}
	nets := map[id]*net{}
	restored := -1
	for i := range steps {
		if steps[i].def == nil {
			restored = i
		}
	}
	if restored >= 0 {
		before := unwind(st, steps, since)
		for _, d := range w.db.defs {
			compare(before.tables[d.id], st.tables[d.id], func(pk string, old, new *row) {
				nets[id{d, pk}] = &net{old, new, steps[restored].version, steps[restored].version}
			})
		}
		for _, s := range steps[restored+1:] {
			if n := nets[id{s.def, s.pk}]; n != nil {
				n.version = s.version
			}
		}
	} else {
		for _, s := range steps {
			n := nets[id{s.def, s.pk}]
			if n == nil {
				n = &net{old: s.old, first: s.version}
				nets[id{s.def, s.pk}] = n
			}
			n.new, n.version = s.new, s.version
		}
	}

	type placed struct {
		Change
		place int
	}
	found := make([]placed, 0, len(nets))
	for k, n := range nets {
		c := placed{Change{Collection: k.def.name, Key: k.pk, First: n.first, Version: n.version}, k.def.id}
		if n.old != nil {
			c.Old = n.old.val
		}
		if n.new != nil {
			c.New = n.new.val
		}
		if !reflect.DeepEqual(c.Old, c.New) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b placed) int { return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.Key, b.Key)) })
	changes := make([]Change, len(found))
	for i, c := range found {
		changes[i] = c.Change
	}
	return changes, nil
}

// compare calls f for each key whose row is not the same one in two tables.
func compare(a, b *table, f func(pk string, old, new *row)) {
	if a == b {
		return
	}
	i, j := a.rows.Iter(), b.rows.Iter()
	inA, inB := i.First(), j.First()
	for inA || inB {
		switch {
		case !inB || inA && i.Key() < j.Key():
			f(i.Key(), i.Value(), nil)
			inA = i.Next()
		case !inA || j.Key() < i.Key():
			f(j.Key(), nil, j.Value())
			inB = j.Next()
		default:
			if i.Value() != j.Value() {
				f(i.Key(), i.Value(), j.Value())
			}
			inA, inB = i.Next(), j.Next()
		}
	}
}
