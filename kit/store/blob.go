package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

// Blobs are file contents by the SHA-256 of their bytes, in memory or as files. A blob lives while a record that
// names it (see [Collection.Blobs]) is in a world, in what a world's history can tell, or in a snapshot.
type Blobs struct {
	db   *DB
	dir  string      // empty: in memory
	used atomic.Bool // there may be blobs

	sweeping sync.Mutex

	mu     sync.Mutex
	known  map[string]*blob // in memory all, on disk those in use since the last sweep
	snaps  []weak.Pointer[Snapshot]
	full   int         // of snaps, when the dead ones are taken out
	sweep  uint64      // the latest one
	moved  bool        // records were lost other than one by one since the latest sweep began
	timer  *time.Timer // of a sweep to come
	closed bool
}

type blob struct {
	data    []byte
	pending int       // Puts whose record is still to come
	put     time.Time // the latest Put
	sweep   uint64    // under way when it was last put, named or no longer named
}

// A Put that no record followed is given up after this time.
const pendingFor = time.Hour

func newBlobs(db *DB) *Blobs { return &Blobs{db: db, known: map[string]*blob{}} }

// open takes over the blobs in dir.
func (b *Blobs) open(dir string) error {
	b.dir = dir
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "put-") {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
			continue
		}
		b.used.Store(true)
	}
	return nil
}

func (b *Blobs) close() {
	b.mu.Lock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.mu.Unlock()
	b.sweeping.Lock()
	defer b.sweeping.Unlock() // after one that is under way
}

func (b *Blobs) path(hash string) string { return filepath.Join(b.dir, hash[:2], hash) }

// Put keeps what r yields. The record that names it is to follow within the hour.
func (b *Blobs) Put(r io.Reader) (hash string, size int64, err error) {
	b.used.Store(true)
	sum := sha256.New()
	if b.dir == "" {
		data, err := io.ReadAll(io.TeeReader(r, sum))
		if err != nil {
			return "", 0, err
		}
		hash = hex.EncodeToString(sum.Sum(nil))
		b.mu.Lock()
		defer b.mu.Unlock()
		b.expect(hash).data = data
		return hash, int64(len(data)), nil
	}

	f, err := os.CreateTemp(b.dir, "put-*")
	if err != nil {
		return "", 0, err
	}
	defer func() {
		f.Close()
		os.Remove(f.Name())
	}()
	if size, err = io.Copy(&filling{b.db, f, sum, 0}, r); err != nil {
		return "", 0, err
	}
	if !b.db.o.NoSync {
		if err := f.Sync(); err != nil {
			return "", 0, err
		}
	}
	if err := f.Close(); err != nil {
		return "", 0, err
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	path := b.path(hash)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", 0, err
	}
	b.mu.Lock()
	b.expect(hash)
	err = os.Rename(f.Name(), path)
	b.mu.Unlock()
	if err == nil && !b.db.o.NoSync {
		err = syncDirs(filepath.Dir(path), b.dir)
	}
	return hash, size, err
}

// expect notes that a record will name the blob.
func (b *Blobs) expect(hash string) *blob {
	x := b.known[hash]
	if x == nil {
		x = &blob{}
		b.known[hash] = x
	}
	x.pending++
	x.put = time.Now()
	x.sweep = b.sweep
	return x
}

// A filling writes while there is room on the disk.
type filling struct {
	db      *DB
	f       *os.File
	sum     hash.Hash
	checked int64 // bytes to go until the next look
}

func (w *filling) Write(p []byte) (int, error) {
	if w.checked -= int64(len(p)); w.checked < 0 {
		if err := w.db.Free(); err != nil {
			return 0, err
		}
		w.checked = 1 << 20
	}
	w.sum.Write(p)
	return w.f.Write(p)
}

func syncDirs(dirs ...string) error {
	for _, dir := range dirs {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		err = d.Sync()
		d.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// Open returns a blob and its size, or an error that is [fs.ErrNotExist].
func (b *Blobs) Open(hash string) (io.ReadSeekCloser, int64, error) {
	if !isHash(hash) {
		return nil, 0, fmt.Errorf("store: blob %q: %w", hash, fs.ErrNotExist)
	}
	if b.dir == "" {
		b.mu.Lock()
		x := b.known[hash]
		b.mu.Unlock()
		if x == nil {
			return nil, 0, fmt.Errorf("store: blob %s: %w", hash, fs.ErrNotExist)
		}
		return memoryFile{bytes.NewReader(x.data)}, int64(len(x.data)), nil
	}
	f, err := os.Open(b.path(hash))
	if err != nil {
		return nil, 0, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

func isHash(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

// touch notes that a record that names blobs was put, replaced or deleted.
func (b *Blobs) touch(d *def, old, new *row) {
	if !b.used.Load() {
		return
	}
	var had, has []string
	if old != nil {
		had = d.refs(old.val)
	}
	if new != nil {
		has = d.refs(new.val)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, hash := range slices.Concat(had, has) {
		x := b.known[hash]
		if x == nil {
			if b.dir == "" {
				continue
			}
			x = &blob{}
			b.known[hash] = x
		}
		x.sweep = b.sweep
		if i >= len(had) && x.pending > 0 && !slices.Contains(had, hash) {
			x.pending--
		}
	}
}

// watch makes the sweeps respect a snapshot for as long as somebody has it.
func (b *Blobs) watch(s *Snapshot) {
	if !b.used.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.snaps) >= b.full {
		b.snaps = slices.DeleteFunc(b.snaps, func(p weak.Pointer[Snapshot]) bool { return p.Value() == nil })
		b.full = max(64, 2*len(b.snaps))
	}
	b.snaps = append(b.snaps, weak.Make(s))
}

// lost says that a whole state is about to go, under the lock that snapshots of it are taken under, and plans a sweep.
func (b *Blobs) lost() {
	if !b.used.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moved = true
	if b.timer == nil && !b.closed {
		b.timer = time.AfterFunc(time.Second, func() {
			b.mu.Lock()
			b.timer = nil
			b.mu.Unlock()
			b.Sweep()
		})
	}
}

// Sweep frees the blobs that nothing names any more. It runs by itself a second after worlds were dropped, restored
// or lost a saved snapshot.
func (b *Blobs) Sweep() {
	if !b.used.Load() {
		return
	}
	b.sweeping.Lock()
	defer b.sweeping.Unlock()
	for range 3 {
		b.mu.Lock()
		if b.closed {
			b.mu.Unlock()
			return
		}
		b.sweep++
		b.moved = false
		b.mu.Unlock()
		live, err := b.live()
		if err != nil {
			b.db.o.Logger.Error("store: no sweep of blobs", "error", err)
			return
		}
		if b.free(live) {
			return
		}
	}
	b.lost() // too much is going on
}

// free deletes what is not live; it gives up if a record may have moved past live's eyes.
func (b *Blobs) free(live map[string]bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.moved {
		return false
	}
	dead := func(hash string) bool {
		x := b.known[hash]
		return !live[hash] && (x == nil || x.sweep < b.sweep && (x.pending == 0 || time.Since(x.put) > pendingFor))
	}
	if b.dir == "" {
		maps.DeleteFunc(b.known, func(hash string, _ *blob) bool { return dead(hash) })
		return true
	}
	err := filepath.WalkDir(b.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !isHash(e.Name()) || !dead(e.Name()) {
			return err
		}
		return os.Remove(path)
	})
	if err != nil {
		b.db.o.Logger.Error("store: sweep of blobs", "error", err)
	}
	maps.DeleteFunc(b.known, func(_ string, x *blob) bool { return x.pending == 0 })
	return true
}

// live returns the hashes of all blobs that records name. The snapshots come before the worlds: what is taken of a
// world later is seen in the world, or its loss is noticed.
func (b *Blobs) live() (map[string]bool, error) {
	live := map[string]bool{}
	seen := map[*table]bool{}
	record := func(d *def, _ string, r *row) error {
		if r != nil && d.refs != nil {
			for _, hash := range d.refs(r.val) {
				live[hash] = true
			}
		}
		return nil
	}
	state := func(st *state) {
		for _, d := range b.db.defs {
			t := st.tables[d.id]
			if d.refs == nil || seen[t] {
				continue
			}
			seen[t] = true
			t.rows.Scan(func(pk string, r *row) bool { return record(d, pk, r) == nil })
		}
	}

	b.mu.Lock()
	snaps := slices.Clone(b.snaps)
	b.mu.Unlock()
	for _, p := range snaps {
		if s := p.Value(); s != nil {
			state(s.st)
		}
	}

	b.db.mu.RLock()
	worlds := slices.Collect(maps.Values(b.db.worlds))
	b.db.mu.RUnlock()
	for _, w := range worlds {
		if w == nil {
			continue
		}
		w.mu.RLock()
		st, steps, space, err := w.cur, w.history.steps, uint64(0), w.failed
		if w.unread {
			space = w.space
		} else {
			w.shared.Store(true)
		}
		w.mu.RUnlock()
		if err != nil {
			return nil, err
		}
		if space != 0 {
			if _, err := b.db.log.scan(space, record); err != nil {
				return nil, err
			}
		} else {
			state(st)
		}
		for i := range steps {
			if s := &steps[i]; s.def == nil {
				state(s.before())
			} else {
				record(s.def, s.pk, s.old)
				record(s.def, s.pk, s.new)
			}
		}

		w.savedMu.Lock()
		saved := slices.Collect(maps.Values(w.saved))
		w.savedMu.Unlock()
		for _, s := range saved {
			if s.snap != nil {
				state(s.snap.st)
			} else if _, err := b.db.log.scan(s.space, record); err != nil {
				return nil, err
			}
		}
	}
	return live, nil
}
